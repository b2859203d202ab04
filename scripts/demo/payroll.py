"""Salaries of the demonstration: social contributions, payroll tax, and the entry of the month."""

from __future__ import annotations

from typing import NamedTuple

from demo.world import Staff

EMPLOYER = {"4311": 90, "4312": 20, "4321": 54, "4333": 35}
"""Employer's contributions in ‰: family benefits and employment agency, work accidents, pension, health cover."""
EMPLOYEE = {"4321": 360, "4333": 306}
"""Employee's contributions in ‱: pension and health cover."""
EMPLOYER_TAXES = 85
"""Employer's taxes on salaries in ‰ (CFE, TL, TFP, TEJ)."""
BRACKETS = (
    (330000, 0),
    (578400, 5),
    (1176400, 12),
    (1789733, 18),
    (2384195, 26),
    (3494130, 31),
    (10**9, 37),
)
"""Yearly brackets of the payroll tax and their rates in %."""


class Pay(NamedTuple):
    """A month of pay of one tree: gross by line, what each account is owed, the employer's charges and taxes."""

    gross: dict[str, tuple[int, int]]
    owed: dict[str, int]
    social: int
    taxes: int

    @property
    def net(self) -> int:
        """What the staff receives."""
        return self.owed["422"]


def payroll_tax(gross: int, relief: int) -> int:
    """The month's payroll tax (ITS) on a gross salary, `relief` in ‰ for the family."""
    yearly = (gross - gross * sum(EMPLOYEE.values()) // 10000) * 12
    due, below = 0, 0
    for top, rate in BRACKETS:
        due += max(0, min(yearly, top) - below) * rate
        below = top
    return due * (1000 - relief) // (1000 * 100 * 12)


def pay(staff: tuple[Staff, ...]) -> Pay:
    """The month's pay of a tree's staff."""
    gross: dict[str, tuple[int, int]] = {}
    owed = dict.fromkeys(("4311", "4312", "4321", "4333", "4472", "442", "422"), 0)
    social = taxes = 0
    for each in staff:
        amount, heads = gross.get(each.line, (0, 0))
        gross[each.line] = amount + each.gross, heads + 1
        net = each.gross
        for account, rate in EMPLOYER.items():
            part = each.gross * rate // 1000
            owed[account] += part
            social += part
        for account, rate in EMPLOYEE.items():
            part = each.gross * rate // 10000
            owed[account] += part
            net -= part
        tax = payroll_tax(each.gross, each.relief)
        owed["4472"] += tax
        owed["422"] += net - tax
        owed["442"] += each.gross * EMPLOYER_TAXES // 1000
        taxes += each.gross * EMPLOYER_TAXES // 1000
    return Pay(dict(sorted(gross.items())), owed, social, taxes)
