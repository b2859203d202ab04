"""What a form offers while it is filled in: lines with what is left, suppliers with their open invoices, who may sign, the till.

Plain data, for the page; whoever writes is judged by the rules alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.people import AUTHORISES
from grandlivre.books.records import Account, Entry
from grandlivre.checks import rules_for
from grandlivre.checks.missing_quotes import MissingQuotes
from grandlivre.policy.donors import Agreement
from grandlivre.policy.people import Power, same_name, without_asides
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import ASSETS, EXPENSES, SETTLED_ALSO, SUPPLIER_DEBTS, TREASURY
from grandlivre.reports.execution import LineExecution, executions
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.tasks.guided import known
from grandlivre.tasks.numbers import NextNumbers

_SIGNS: Power = "signature-bancaire"
_PAYEES = 300
"""Names that a form suggests."""
_SUGGESTED = 12
"""Entries looked at for what was last paid to somebody."""


class Asked(NamedTuple):
    """What the form says so far."""

    tree: str
    day: date
    amount: int
    payee: str
    mode: str


def offers(books: Books, asked: Asked) -> dict[str, Any]:
    """Everything that the page shows for a tree, a day, an amount and a payee."""
    tree, day = asked.tree, asked.day
    if tree not in books.trees:
        return {"projets": list(books.trees), "avances": _advances(books, "")}
    money = known.mobile_of(books, tree, day) if asked.mode == "mobile" else known.bank_of(books, tree, day)
    return {
        "projets": list(books.trees),
        "suite": _next_numbers(books, tree, day),
        "marche": known.next_dossier(books, day),
        "avance": known.next_advance(books, day),
        "banque": _called(money),
        "cheque": next_cheque(books, money) if money is not None else "",
        "lignes": _lines(books, tree, day),
        "comptes": _accounts(books, tree, day),
        "signataires": _able(books, asked, money, _SIGNS),
        "autorisent": _able(books, asked, money, AUTHORISES),
        "caisse": _till(books, asked),
        "seuil": _threshold(books, day),
        "noms": _payees(books, tree),
        "factures": _bills(books, tree, asked.payee),
        "avances": _advances(books, tree),
        "marches": _dossiers(books, tree),
        "activites": _activities(books, tree),
        "conventions": [{"id": each.id, "numero": each.number} for each in known.agreements_on(books, tree, day)],
        "dernier": _last_paid(books, tree, asked.payee),
        "nif": known.tax_id(books, asked.payee),
    }


def next_cheque(books: Books, account: Account) -> str:
    """The number after the last cheque drawn on an account, of the same length; "" when none was numbered."""
    for posted in reversed(books.movements(account.name)):
        said = posted.entry.text("cheque", posted.movement)
        if said.isdecimal() and posted.movement.value < 0:
            return f"{int(said) + 1:0{len(said)}d}"
    return ""


def _next_numbers(books: Books, tree: str, day: date) -> dict[str, str]:
    return {series: NextNumbers(books, series, tree).next_within(day)[1] for series in ("BQ", "CS", "MM", "OD")}


def _called(account: Account | None) -> str:
    return account.name if account is not None else ""


def _lines(books: Books, tree: str, day: date) -> list[dict[str, Any]]:
    return [
        {"code": line.code, "libelle": line.label, "convention": agreement.id, "reste": line.available}
        for agreement, line in lines_on(books, tree, day)
    ]


def lines_on(books: Books, tree: str, day: date) -> list[tuple[Agreement, LineExecution]]:
    """The lines of the budgets in force, each with what is left of it once orders are counted."""

    def read() -> list[tuple[Agreement, LineExecution]]:
        context = Context(books, Scope(tree), Period("", day, day), (), ())
        return [
            (budget.agreement, line)
            for budget in executions(context, signed=True)
            if budget.agreement is not None and budget.agreement.on(day)
            for line in budget.lines
        ]

    return books.once(("guided lines", tree, day), read)


def _accounts(books: Books, tree: str, day: date) -> list[dict[str, str]]:
    opened = known.open_accounts(books, tree, day, *EXPENSES, *ASSETS, *SUPPLIER_DEBTS, *SETTLED_ALSO)
    return [
        {"numero": each.number, "compte": each.name, "libelle": books.policy.chart.label(each.number)}
        for each in opened
    ]


def _able(books: Books, asked: Asked, money: Account | None, power: Power) -> list[dict[str, str]]:
    """Who holds a power that day, for that account and that amount, and is not the one who is paid."""
    policy, found = books.policy, []
    for who, person in policy.people.items():
        held = any(
            mandate.on(asked.day)
            and (money is None or mandate.covers(money.name, money.number))
            and mandate.allows(asked.amount)
            for mandate in policy.mandates_of(who, power)
        )
        if held and same_name(person.name) != same_name(asked.payee) and who != asked.payee:
            found.append(
                {
                    "id": who,
                    "nom": without_asides(person.name),
                    "college": person.college or "",
                    "fonction": person.role,
                }
            )
    return found


def _till(books: Books, asked: Asked) -> dict[str, Any] | None:
    """What the till holds that day, and its bounds."""
    till = known.till_of(books, asked.tree, asked.day)
    if till is None:
        return None
    box = books.policy.tills.get(till.name)
    bounds = box.bounds_at(asked.day) if box is not None else None
    return {
        "compte": till.name,
        "solde": books.balance(till.name, date.max),
        "plancher": bounds.floor.units if bounds is not None else None,
        "plafond": bounds.ceiling.units if bounds is not None else None,
    }


def _threshold(books: Books, day: date) -> int | None:
    """The amount above which quotes are asked that day; None when none are."""
    rule = next((each for each in rules_for(books) if isinstance(each, MissingQuotes)), None)
    amount = rule.threshold.at(day) if rule is not None and rule.count.at(day) else None
    return amount.units if amount is not None else None


def _payees(books: Books, tree: str) -> list[str]:
    """Whoever was paid, the tree's own first, then people and the register of suppliers."""

    def read() -> list[str]:
        people = [without_asides(person.name) for person in books.policy.people.values()]
        register = [row.name for row in books.policy.suppliers]
        own = [entry.payee for entry in reversed(books.entries) if entry.tree == tree and _pays(entry)]
        others = [entry.payee for entry in reversed(books.entries) if entry.tree != tree and entry.text("nif")]
        return [name for name in dict.fromkeys([*own, *others, *register, *people]) if name][:_PAYEES]

    return books.once(("guided payees", tree), read)


def _pays(entry: Entry) -> bool:
    return entry.pattern.touches((*TREASURY, *SUPPLIER_DEBTS))


def _bills(books: Books, tree: str, payee: str) -> list[dict[str, Any]]:
    """What suppliers of the tree are owed, the one named first."""
    wanted = same_name(payee)
    found = [
        {
            "nom": bill.name,
            "numero": bill.number,
            "reste": bill.left,
            "date": bill.entry.date.isoformat() if bill.entry is not None else "",
            "libelle": _bare(bill.entry.narration) if bill.entry is not None else "",
            "marche": bill.entry.text("marche") if bill.entry is not None else "",
            "nif": known.tax_id(books, bill.name),
        }
        for bill in known.open_bills(books, tree)
        if bill.number
    ]
    return sorted(found, key=lambda each: (same_name(str(each["nom"])) != wanted, str(each["date"])))


def _advances(books: Books, tree: str) -> list[dict[str, Any]]:
    return [
        {
            "numero": each.id,
            "nom": each.opened.payee,
            "reste": each.open,
            "echeance": each.due.isoformat() if each.due is not None else "",
            "libelle": each.opened.narration,
        }
        for each in books.advances
        if each.open > 0 and (not tree or each.tree == tree)
    ]


def _dossiers(books: Books, tree: str) -> list[dict[str, Any]]:
    """The dossiers on which something may still be bought."""
    return [
        {
            "numero": each.dossier.id,
            "objet": each.dossier.subject,
            "attributaire": each.dossier.winner_name,
            "reste": each.award - sum(charge.amount for charge in each.booked),
        }
        for each in books.commitments
        if each.dossier.tree == tree and each.outstanding_on(books.today) > 0
    ]


def _activities(books: Books, tree: str) -> list[dict[str, Any]]:
    return [
        {"code": each.code, "libelle": each.label, "indicateurs": [one.label for one in each.indicators]}
        for programme in books.policy.programmes
        if programme.donor == tree
        for each in programme.activities
    ]


def _last_paid(books: Books, tree: str, payee: str) -> dict[str, Any] | None:
    """What somebody was last paid for: its wording, its line, its account, its amount."""
    wanted = same_name(payee)
    if not wanted:
        return None
    mine = (entry for entry in known.last_entries(books, tree) if same_name(entry.payee) == wanted)
    for entry in _first(mine, _SUGGESTED):
        spent = [each for each in entry.movements if each.account.is_(*EXPENSES, *ASSETS) and each.value > 0]
        if len(spent) == 1 and not entry.is_storno:
            return {
                "libelle": _bare(entry.narration),
                "ligne": entry.text("ligne", spent[0]),
                "compte": spent[0].account.number,
                "montant": spent[0].value,
                "mode": entry.text("mode"),
            }
    return None


def _bare(narration: str) -> str:
    """What was bought, without whether it was billed or paid."""
    return narration.removesuffix(" : facture").removesuffix(" : règlement")


def _first(entries: Iterable[Entry], most: int) -> list[Entry]:
    return [entry for _, entry in zip(range(most), entries, strict=False)]
