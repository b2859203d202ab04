"""The depreciation that a period calls for, and the subsidies released at its pace: what the register says, less what is booked.

A movement on 28 counts as depreciation where its entry also touches 68, one on 14 as a release where it touches 799; both by
`date-valeur`, so that what the series of vouchers pushed past the period is still the period's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from grandlivre.books.assets import Registered, register
from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.i18n import Money, counted
from grandlivre.i18n import day as shown
from grandlivre.policy.periods import Period, day_before
from grandlivre.policy.sycebnl import (
    DEPRECIATION,
    DEPRECIATIONS,
    EQUIPMENT_SUBSIDIES,
    INTANGIBLE,
    SUBSIDIES_RELEASED,
    WEAR_OF_INTANGIBLE,
    WEAR_OF_TANGIBLE,
    WORN_TOGETHER,
)
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.proposed import Batch, Draft, Leg
from grandlivre.tasks.trees import wanted_trees

KIND = "amortissement"
"""What their `ecriture` says."""
_RELEASED = (SUBSIDIES_RELEASED,)
_INTANGIBLE_WEAR = tuple(f"{prefix}{number[1:]}" for prefix in DEPRECIATIONS for number in INTANGIBLE)
_DIGITS = 4
"""Digits of an account of depreciation: 2844 for 2442."""


def propose(desk: Desk, period: Period, tree: str | None = None) -> Batch:
    """One entry a tree for a period; raises RefusedError where an asset does not say how long it lasts."""
    draft = Draft(desk)
    trees = wanted_trees(desk, tree)
    own = {code: [each for each in register(desk.books) if each.tree == code] for code in trees}
    endless = [each for assets in own.values() for each in assets if _is_endless(each, period.end)]
    if endless:
        raise RefusedError(*(_endless(draft, each) for each in endless))
    for code, assets in own.items():
        if assets:
            _propose(draft, code, assets, period)
    return draft.done()


def _is_endless(each: Registered, end: date) -> bool:
    return each.wears_out and not each.asset.life and each.asset.date <= end


def _endless(draft: Draft, each: Registered) -> str:
    return (
        f"{draft.at(each.asset.place)} : l'immobilisation {each.asset.id} ne dit pas sur combien de temps elle s'amortit : "
        'ajoutez duree:, par exemple duree: "36 mois".'
    )


def _propose(draft: Draft, tree: str, assets: Iterable[Registered], period: Period) -> None:
    books = draft.books
    concerned = [each for each in assets if each.asset.date <= period.end and (each.wears_out or each.asset.subsidised)]
    _explain(draft, tree, assets, period)
    missing = _missing(draft, tree, concerned, period.start, period.end)
    lost = sum(amount for name, amount in missing.items() if _is_wear(books, name))
    legs = _legs(draft, tree, missing, period.end)
    if legs:
        released = sum(missing.values()) - lost
        day, words = draft.first_open(period.end)
        draft.add(
            tree,
            day,
            f"{'Amortissements' if lost else 'Reprise de subventions'} {period.of}",
            KIND,
            legs,
            f"{tree}, {period.label} : {counted(len(concerned), 'immobilisation')}, {_said('amortissements', lost)}"
            + (f" ; {_said('subventions à reprendre', released)}." if released else "."),
            words,
        )
        if period.end > books.today:
            draft.note(
                f"{tree} : la période n'est pas finie. Un achat ou une sortie d'ici le {shown(period.end)} demandera un "
                "complément : relancez alors la même commande."
            )
    before = day_before(period.start)
    if before >= books.start:
        left = sum(_missing(draft, tree, concerned, books.start, before).values())
        if left:
            draft.note(f"{tree} : avant le {shown(period.start)}, {_said('amortissements et reprises', left)}.")


def _said(what: str, amount: int) -> str:
    return f"{what} : {'il manque' if amount > 0 else 'il y a en trop'} {Money(abs(amount))}"


def _explain(draft: Draft, tree: str, assets: Iterable[Registered], period: Period) -> None:
    """What asks for nothing, and why."""
    lasting = [each for each in assets if not each.wears_out and each.is_project]
    if lasting:
        draft.note(
            f"{tree} : {counted(len(lasting), 'immobilisation')} de fonds d'administration ou d'avance à justifier : rien ne "
            "s'amortit dans le jeu projet."
        )
    for each in assets:
        if each.wears_out and each.asset.in_service is None and each.is_held(period.end):
            draft.note(
                f"{draft.at(each.asset.place)} : {each.asset.id} n'est pas en service, elle ne s'amortit pas encore."
            )


def _missing(draft: Draft, tree: str, assets: Sequence[Registered], start: date, end: date) -> Counter[str]:
    """What some days lack by account of depreciation or of subsidies, below zero where too much is booked.

    Never more than what all days together lack: a year booked at its end leaves nothing to its quarters.
    """
    last = max(end, _last_booked(draft.books, tree))
    ever = _gaps(draft, tree, assets, draft.books.start, last)
    found: Counter[str] = Counter()
    for name, gap in _gaps(draft, tree, assets, start, end).items():
        found[name] = min(gap, max(ever[name], 0)) if gap > 0 else max(gap, min(ever[name], 0))
    return found


def _gaps(draft: Draft, tree: str, assets: Iterable[Registered], start: date, end: date) -> Counter[str]:
    """What assets lose and release between two days (both counted), by account, less what is booked for those days."""
    found: Counter[str] = Counter()
    before = day_before(max(start, draft.books.start))
    for each in assets:
        lost = each.worn(end) - each.worn(before)
        if each.wears_out and lost:
            found[wear_account(draft.books, each)] += lost
        if each.asset.subsidy is not None:
            found[each.asset.subsidy.name] += each.released(end) - each.released(before)
    for entry in _booked(draft.books, tree):
        if start <= entry.value_date <= end:
            for movement in entry.movements:
                account = movement.account
                if account.is_(*DEPRECIATIONS) and entry.pattern.touches(DEPRECIATION):
                    found[account.name] += movement.value
                elif account.is_(*EQUIPMENT_SUBSIDIES) and entry.pattern.touches(_RELEASED):
                    found[account.name] -= movement.value
    return found


def _booked(books: Books, tree: str) -> Iterator[Entry]:
    """The entries of a tree that depreciate or release a subsidy."""
    for entry in books.matching(lambda pattern: tree in pattern.trees and pattern.touches((*DEPRECIATION, *_RELEASED))):
        if not entry.is_opening and entry.kind != "cloture":
            yield entry


def _last_booked(books: Books, tree: str) -> date:
    return max((entry.value_date for entry in _booked(books, tree)), default=books.start)


def wear_account(books: Books, each: Registered) -> str:
    """The account of depreciation of an asset: its tree's nearest one by name, else the number of one of the chart, to be opened."""
    if each.wear_account is not None:
        return each.wear_account.name
    number = each.asset.account.number
    group = next((group for group in WORN_TOGETHER if number.startswith(group)), ())
    wanted = [f"{DEPRECIATIONS[0]}{each[1:]}"[:_DIGITS] for each in (number, *group)]
    return next((each for each in wanted if each in books.policy.chart.accounts), wanted[0])


def _number(books: Books, account: str) -> str:
    """The number of an account, which stands for one that has still to be opened."""
    return account if account.isdigit() else books.index.get(account).number


def _is_wear(books: Books, account: str) -> bool:
    """Whether an account holds depreciation."""
    return _number(books, account).startswith(DEPRECIATIONS)


def _legs(draft: Draft, tree: str, missing: Counter[str], day: date) -> list[Leg]:
    """Charges against depreciation, then subsidies against what they release; nothing of what is right already."""
    lacking = sorted((name, amount) for name, amount in missing.items() if amount)
    wear = [(name, amount) for name, amount in lacking if _is_wear(draft.books, name)]
    charges: Counter[str] = Counter()
    for name, amount in wear:
        intangible = _number(draft.books, name).startswith(_INTANGIBLE_WEAR)
        charges[WEAR_OF_INTANGIBLE if intangible else WEAR_OF_TANGIBLE] += amount
    legs = [(draft.account(tree, number, day), amount) for number, amount in sorted(charges.items()) if amount]
    legs += [(draft.account(tree, name, day) if name.isdigit() else name, -amount) for name, amount in wear]
    released = [each for each in lacking if each not in wear]
    total = sum(amount for _, amount in released)
    if total:
        released = [*released, (draft.account(tree, SUBSIDIES_RELEASED, day), -total)]
    return legs + released
