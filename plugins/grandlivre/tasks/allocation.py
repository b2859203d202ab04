"""What the general assembly decided to do with a year's result: from 128 to reserves and balances brought forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from grandlivre.books.adoptions import adoptions
from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.i18n import Money
from grandlivre.i18n import day as shown
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import BROUGHT_FORWARD, OWN_FUNDS, RESULT_AWAITING, YEAR_RESULT
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.fiscal_years import before_the_books, fiscal_year, following_day
from grandlivre.tasks.proposed import Batch, Draft, Leg
from grandlivre.tasks.trees import wanted_trees
from grandlivre.tasks.year_end import MOVING, OPENING, moved

_ASSEMBLY = "ag"


class Part(NamedTuple):
    """A share of the result and the account that takes it, in whole francs."""

    number: str
    amount: int


def allocate(
    desk: Desk, asked: Period, tree: str | None = None, parts: Sequence[Part] = (), decided: date | None = None
) -> Batch:
    """The entries that carry a year's result where the assembly said; what no part takes goes to 121, or 129 for a deficit.

    Raises RefusedError without the assembly that adopted the year's accounts, or when the parts do not fit.
    """
    year = before_the_books(desk, asked) or fiscal_year(desk, asked)
    trees = wanted_trees(desk, tree)
    day = _decision(desk, year, decided)
    first = following_day(desk, year)
    waiting = {code: left for code in trees if (left := _waiting(desk.books, code, year, first))}
    if parts and len(waiting) > 1:
        raise RefusedError(
            f"Plusieurs projets ont un résultat {year.code} à affecter ({', '.join(waiting)}) : dites lequel par --bailleur."
        )
    draft = Draft(desk)
    for code, left in waiting.items():
        _allocate(draft, code, year, day, left, parts)
    if not waiting and year.end >= desk.books.start:
        _explain(draft, trees, year, first)
    return draft.done()


def _decision(desk: Desk, year: Period, decided: date | None) -> date:
    """The day of the assembly that adopted the year's accounts."""
    text = f"comptes-{year.code}"
    held = adoptions(desk.books, _ASSEMBLY).get(text)
    others = [each for each in desk.books.directives.meetings if each.body == _ASSEMBLY and each.date == decided]
    if held is None:
        where = next((f"{desk.inspection.relative(each.place.file)}:{each.place.line} : " for each in others), "")
        raise RefusedError(
            f"{where}aucune assemblée générale n'a adopté les comptes {year.code} au {shown(desk.books.today)} : inscrivez-la, "
            f'custom "rencontre" "ag" avec adopte: "{text}".'
        )
    if decided is not None and decided != held.date:
        raise RefusedError(
            f"{desk.inspection.relative(held.place.file)}:{held.place.line} : l'assemblée générale qui a adopté les comptes "
            f"{year.code} est du {shown(held.date)}, pas du {shown(decided)}."
        )
    return held.date


def _waiting(books: Books, tree: str, year: Period, first: date) -> dict[str, int]:
    """Where what is left of a year's result waits: on 128, or as the opening of the books brought it forward."""

    def concerns(entry: Entry) -> bool:
        if entry.kind == MOVING:
            return str(entry.meta.get("annee")) == year.code
        return entry.value_date == first and (entry.kind == OPENING or entry.is_opening)

    numbers = RESULT_AWAITING if year.end >= books.start else (*RESULT_AWAITING, *YEAR_RESULT)
    return {name: units for name, units in moved(books, tree, numbers, concerns).items() if units}


def _allocate(draft: Draft, tree: str, year: Period, day: date, waiting: dict[str, int], parts: Sequence[Part]) -> None:
    left = sum(waiting.values())
    sign = 1 if left < 0 else -1
    asked = sum(part.amount for part in parts)
    if asked > abs(left):
        raise RefusedError(
            f"{tree} n'a que {Money(abs(left))} à affecter de l'exercice {year.code} ; --vers en demande {Money(asked)}."
        )
    rest = BROUGHT_FORWARD[0 if left < 0 else 1]
    shares = [*parts, *([Part(rest, abs(left) - asked)] if asked < abs(left) else [])]
    legs: list[Leg] = [(name, -units) for name, units in waiting.items()]
    legs += [(draft.account(tree, part.number, day), -sign * part.amount) for part in shares]
    when, words = draft.first_open(day)
    draft.add(
        tree,
        when,
        f"Affectation du résultat de l'exercice {year.code}",
        MOVING,
        sorted(legs, key=lambda leg: -leg[1]),
        f"{tree} : {'excédent' if left < 0 else 'déficit'} {year.code} affecté par l'assemblée générale du {shown(day)} : "
        f"{', '.join(f'{part.number} {Money(part.amount)}' for part in shares)}.",
        {**words, "annee": int(year.code), "decide-le": day},
    )


def _explain(draft: Draft, trees: Sequence[str], year: Period, first: date) -> None:
    """Why nothing waits, when the result still stands on 13."""
    for tree in trees:
        for account in draft.books.tree_accounts(tree, *YEAR_RESULT):
            if draft.books.balance(account.name, first):
                draft.note(
                    f"{account.name} porte encore {Money(abs(draft.books.balance(account.name, first)))} au {shown(first)} : "
                    f"passez d'abord grandlivre entries reouverture --periode {year.code} --ecrire."
                )


def read_parts(desk: Desk, texts: Sequence[tuple[str, int]]) -> tuple[Part, ...]:
    """Accounts and amounts as typed; raises RefusedError for an account that no result goes to, or that does not exist."""
    chart = desk.books.policy.chart
    for number, amount in texts:
        if (
            not chart.holds(number)
            or not number.startswith(OWN_FUNDS)
            or number.startswith((*YEAR_RESULT, *RESULT_AWAITING))
        ):
            raise RefusedError(
                f"--vers {number} : un résultat s'affecte aux fonds propres (10 à 12), par exemple 118 (réserves) ou 121."
            )
        if amount <= 0:
            raise RefusedError(f"--vers {number} : donnez un montant positif.")
    return tuple(Part(number, amount) for number, amount in texts)
