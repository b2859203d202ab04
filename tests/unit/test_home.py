"""What a director asks first, counted otherwise on the demonstration books, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from grandlivre.books.purchases import Advance
from grandlivre.inspection import Inspection
from grandlivre.policy.donors import Agreement
from grandlivre.render.home import home_view
from grandlivre.reports import calendar
from grandlivre.reports.asked import ask
from grandlivre.reports.dashboard import BudgetState, budgets
from grandlivre.reports.deadlines import settled
from grandlivre.reports.execution import Execution, HeadingExecution, LineExecution
from grandlivre.reports.home import Home, Waiting, home
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.pace import Pace, paces

DAY = date(2026, 10, 31)


@dataclass(frozen=True)
class Words:
    """Leads that say what they were asked for."""

    def held(self, figure: str) -> str:
        return f"held:{figure}"

    def late(self, item: Any) -> str:
        return f"late:{item.kind}"

    def waiting(self, item: Any) -> str:
        return f"waiting:{item.title}"

    def budget(self, tree: str) -> str:
        return f"budget:{tree}"

    def month(self, month: Any) -> str:
        return f"month:{month.code}"

    def plan(self) -> str:
        return "plan"


@pytest.fixture(scope="module")
def found(demo: Inspection) -> Home:
    return home(demo.books, ask(demo.books), demo.last_entry)


def test_what_is_late_is_what_the_calendar_and_the_rules_say(demo: Inspection, found: Home) -> None:
    period = ask(demo.books).period
    duties = calendar.build(Context(demo.books, Scope(), period)).overdue
    assert [each.kind for each in found.late] == ["rapport", "avance", "decision"]
    assert sum(each.many for each in found.late) == duties
    assert found.late[1].many == sum(each.rule == "avance-en-retard" for each in demo.findings) > 0
    advance = found.late[1]
    assert (advance.since, advance.trees, advance.amount) == (date(2026, 10, 19), ("GENRE",), 90_000)
    one = home(demo.books, ask(demo.books, None, lambda name: ":UE-EAU:" in name))
    assert [(each.kind, each.trees) for each in one.late] == [("rapport", ("UE-EAU",))]


def test_meetings_that_were_missed_stand_apart_from_what_is_late(demo: Inspection) -> None:
    """On 18 November six weekly meetings were not held: shown last, and counted with what is late on no screen."""
    later = demo.at(date(2026, 11, 18))
    found = home(later.books, ask(later.books), later.last_entry)
    duties = calendar.build(Context(later.books, Scope(), ask(later.books).period)).overdue
    assert (found.late[-1].kind, found.late[-1].many, found.late[-1].is_missed) == ("reunion", 6, True)
    assert home_view(found, Words()).late_many == duties


def test_an_advance_whose_justification_was_reversed_is_not_done() -> None:
    """Justified on the 3rd, reversed on the 5th, justified again on the 9th: late between both, as the rule has it."""
    moves = [(SimpleNamespace(date=date(2026, 3, day)), part) for day, part in ((3, 500), (5, -500), (9, 500))]
    advance = Advance("AV-1", "EAU", "agent", SimpleNamespace(), date(2026, 3, 4), 500, tuple(moves[:2]))  # type: ignore[arg-type]
    assert advance.open == 500
    assert settled(advance) is None
    assert settled(advance._replace(settlements=tuple(moves[:1]))) == date(2026, 3, 3)  # type: ignore[arg-type]
    assert settled(advance._replace(settlements=tuple(moves))) == date(2026, 3, 9)  # type: ignore[arg-type]


def test_money_and_orders(demo: Inspection, found: Home) -> None:
    held = sum(demo.books.balance(a.name, DAY) for a in demo.books.accounts.values() if a.number.startswith("5"))
    assert found.held.available == held == 41_300_662
    ordered = sum(max(0, each.award - sum(c.movement.value for c in each.booked)) for each in demo.books.commitments)
    assert found.ordered == ordered > 0


def budget(spent: int, granted: int, **changes: Any) -> BudgetState:
    """A budget of one line, of an agreement of 2026, half of which is gone by."""
    facts = {
        "id": "X-1", "titre": "Essai", "du": "2026-01-01", "au": "2026-12-31", "financement": "fonds-affectes", **changes,
    }  # fmt: skip
    agreement = Agreement.model_construct(
        id=facts["id"],
        start=date.fromisoformat(facts["du"]),
        end=date.fromisoformat(facts["au"]),
        financing=facts["financement"],
        extensions=(),
        amendments=(),
    )
    line = LineExecution("1", "Ligne", granted, granted, 0, spent, 0, (), ())
    execution = Execution(agreement, Decimal("0.5"), (HeadingExecution("1", "R", (line,)),), began_before=False)
    return BudgetState("X", agreement, execution, "")


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        (3_400_000, "34,0 % dépensé pour 50,0 % du temps : 3,2 M FCFA à rendre ou à ne pas appeler à la fin (31/12/2026) si rien ne change"),
        (3_500_000, None),  # fifteen points are not said
        (6_500_000, None),
        (8_000_000, "80,0 % dépensé pour 50,0 % du temps : plus rien à dépenser le 15/08/2026, 138 jours avant la fin, si rien ne change"),
        (11_000_000, "110,0 % dépensé pour 50,0 % du temps : le budget est dépassé de 1,0 M FCFA, la convention finit le 31/12/2026"),
    ],
)  # fmt: skip
def test_budgets_too_slow_or_too_fast_in_words(found: Home, spent: int, said: str | None) -> None:
    day = date(2026, 7, 1)
    rows = paces((budget(spent, 10_000_000),), day)
    shown = home_view(replace(found, paces=rows), Words()).paces
    assert [plain(each.note) for each in shown] == ([said] if said else [])


def test_what_is_left_of_own_money_goes_back_to_nobody(found: Home) -> None:
    rows = paces((budget(1_000_000, 10_000_000, financement="ressources-propres"),), date(2026, 7, 1))
    (shown,) = home_view(replace(found, paces=rows), Words()).paces
    assert "8,0 M FCFA non dépensés à la fin" in plain(shown.note)
    assert paces((budget(1_000_000, 10_000_000),), date(2027, 1, 1)) == ()  # over: nothing can change


def test_the_demonstration_has_one_slow_budget(demo: Inspection, found: Home) -> None:
    (slow,) = found.paces
    state = next(each for each in budgets(demo.books, ask(demo.books)) if each.tree == slow.tree)
    spent, granted = state.spent, state.granted
    agreement = slow.agreement
    gone, whole = (DAY - agreement.start).days + 1, (agreement.final_day - agreement.start).days + 1
    assert abs(slow.left - (granted - spent * whole // gone)) < granted // 1000  # rates are rounded to four places
    assert isinstance(slow, Pace)
    assert slow.is_slow


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_page_in_words(found: Home) -> None:
    shown = home_view(found, Words())
    money: Mapping[str, str] = {each.href: plain(each.value) for each in shown.money}
    assert money == {
        "held:disponible": "41 300 662 FCFA",
        "held:engage": "2 596 170 FCFA",
        "held:net": "38 794 492 FCFA",
    }
    assert [each.href for each in shown.late] == ["late:rapport", "late:avance", "late:decision"]
    assert (shown.signing_title, shown.signing_many) == ("À signer", 0)
    course = shown.course
    assert course is not None
    assert [bar.kind for bar in course.bars] == ["passe"] * 10 + ["prevu"] * 2 + ["partiel"] * 10
    assert [bar.lowest for bar in course.bars].index(True) == 11
    assert all(bar.y >= 0 and bar.y + bar.height <= 150.2 for bar in course.bars)
    assert len(course.rows) == 22
    reckoned = {each.label: plain(each.note) for each in shown.reckoning}
    assert set(reckoned) >= {each.label for each in shown.money}


def test_one_person_sees_what_awaits_them(demo: Inspection) -> None:
    waits = [Waiting("Faso Papeterie", 285_000, "paiements et autorisations", DAY, SimpleNamespace())]  # type: ignore[arg-type]
    shown = home_view(home(demo.books, ask(demo.books), None, waits, "A. Traoré"), Words())
    assert (shown.signing_title, shown.signing_many) == ("Attend la signature de A. Traoré", 1)
    assert [(each.label, plain(each.value), each.href) for each in shown.signing] == [
        ("Faso Papeterie", "285 000 FCFA", "waiting:Faso Papeterie")
    ]
