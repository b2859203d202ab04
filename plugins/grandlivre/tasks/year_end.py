"""The closing of a fiscal year's accounts, and their opening again on its morrow.

Closing: classes 6, 7 and 8 of each tree are zeroed against 131 (excess) or 139 (deficit); in model A what the donor gave for
investments and nobody spent is shown apart, 162 → 165. Opening: the result waits on 128 for the general assembly, and 165 goes
back to 162 (SYCEBNL, art. 16 and application 8). What is right already is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.i18n import Money
from grandlivre.i18n import day as shown
from grandlivre.policy.periods import Period, day_before
from grandlivre.policy.sycebnl import (
    ASSETS_HELD,
    DEFICIT,
    EXCESS,
    INVESTMENT_FUNDS,
    RESULT,
    RESULT_AWAITING,
    SHARES_OF,
    SPECIFIC_FUNDS,
)
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import depreciation
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.fiscal_years import fiscal_year, following_day, is_closed, require_over
from grandlivre.tasks.proposed import Batch, Draft, Leg
from grandlivre.tasks.shares import missing
from grandlivre.tasks.trees import wanted_trees

CLOSING, OPENING, MOVING = "cloture", "reouverture", "affectation"
"""What `ecriture` says of each."""
_MODEL_A = "fonds-administration"


def close_accounts(desk: Desk, asked: Period, tree: str | None = None, to_running: int | None = None) -> Batch:
    """The entries that close a fiscal year; raises RefusedError when it is not over, or not right yet.

    `to_running`: of a tree's unspent investment funds, the francs that its running costs may use (162 → 462).
    """
    year = fiscal_year(desk, asked)
    trees = wanted_trees(desk, tree)
    require_over(desk, year)
    _require_shares(desk, year, trees)
    _require_depreciation(desk, year, tree)
    _require_closed_before(desk, year, trees)
    draft = Draft(desk)
    for code in trees:
        _close(draft, code, year)
        if any(each.financing == _MODEL_A for each in desk.books.tree_agreements(code)):
            _set_apart(draft, code, year, to_running if tree is not None else None)
    return draft.done()


def open_accounts(desk: Desk, asked: Period, tree: str | None = None) -> Batch:
    """The entries of the first day after a closed fiscal year; the year asked for is the one closed, or the one that opens."""
    year = fiscal_year(desk, asked)
    trees = wanted_trees(desk, tree)
    before = _year_before(desk, year)
    if not is_closed(desk, year) and before is not None and is_closed(desk, before):
        year = before
    require_over(desk, year)
    first = following_day(desk, year)
    draft = Draft(desk)
    for code in trees:
        left = [
            each for each in desk.books.tree_accounts(code, *RESULT) if _standing(desk.books, code, year)[each.name]
        ]
        if left:
            raise RefusedError(
                f"{draft.at(left[0].place)} : {left[0].name} garde un solde au {shown(year.end)}, l'exercice {year.code} "
                f"n'y est pas clos : grandlivre entries cloture --periode {year.code} --ecrire."
            )
        _carry_result(draft, code, year, first)
        _take_back(draft, code, year, first)
    return draft.done()


def left_open(books: Books, period: Period) -> str:
    """What to say before a period is sealed with which a fiscal year ends, when its accounts are not closed; else ""."""
    year = books.policy.organisation.year_of(period.end)
    if year is None or year.end != period.end:
        return ""
    if not any(books.balance(a.name, year.end) for tree in books.trees for a in books.tree_accounts(tree, *RESULT)):
        return ""
    return (
        f"L'exercice {year.end:%Y} finit avec cette période et ses comptes ne sont pas soldés : passez d'abord grandlivre entries "
        f"cloture --periode {year.end:%Y} --ecrire. Une fois la période scellée, la clôture se datera du premier jour ouvert."
    )


# --- closing ----------------------------------------------------------------------------------------------------------


def _require_shares(desk: Desk, year: Period, trees: Iterable[str]) -> None:
    lacking = [need for need in missing(desk.books, year) if need.tree in trees]
    if lacking:
        place = desk.books.tree_place(lacking[0].tree)
        said = ", ".join(f"{need.tree} {need.month.of} ({Money(need.missing)})" for need in lacking)
        raise RefusedError(
            f"{desk.inspection.relative(place.file)}:{place.line} : il manque des quotes-parts, le résultat serait faux : {said}. "
            f"Passez-les d'abord : grandlivre entries quote-part --periode {year.code} --ecrire."
        )


def _require_depreciation(desk: Desk, year: Period, tree: str | None) -> None:
    """What the register of assets still asks of the year comes first; an asset without a duration is refused on its line."""
    lacking = depreciation.propose(desk, year, tree).entries
    if lacking:
        place = desk.books.tree_place(lacking[0].tree)
        said = ", ".join(f"{each.tree} {Money(each.amount)}" for each in lacking)
        raise RefusedError(
            f"{desk.inspection.relative(place.file)}:{place.line} : il manque des amortissements, le résultat serait faux : {said}. "
            f"Passez-les d'abord : grandlivre entries amortissements --periode {year.code} --ecrire."
        )


def _require_closed_before(desk: Desk, year: Period, trees: Iterable[str]) -> None:
    books, eve = desk.books, day_before(year.start)
    for tree in trees:
        for account in books.tree_accounts(tree, *RESULT):
            if books.balance(account.name, eve):
                raise RefusedError(
                    f"{desk.inspection.relative(account.place.file)}:{account.place.line} : {account.name} garde un solde au "
                    f"{shown(eve)}, l'exercice précédent n'est pas clos : grandlivre entries cloture --periode {eve:%Y} --ecrire."
                )


def _close(draft: Draft, tree: str, year: Period) -> None:
    """Zeroes the tree's classes 6, 7 and 8; once some are closed, what came since completes the result."""
    books, standing = draft.books, _standing(draft.books, tree, year)
    legs: list[Leg] = [
        (each.name, -standing[each.name]) for each in books.tree_accounts(tree, *RESULT) if standing[each.name]
    ]
    if not legs:
        return
    done = moved(books, tree, (*EXCESS, *DEFICIT, *RESULT), _closes(year))
    already = {
        number: sum(units for name, units in done.items() if books.accounts[name].is_(number))
        for number in (*EXCESS, *DEFICIT)
    }
    result = sum(already.values()) - sum(units for _, units in legs)
    wanted = {EXCESS[0]: min(result, 0), DEFICIT[0]: max(result, 0)}
    day, words = draft.first_open(year.end)
    legs += [
        (draft.account(tree, number, day), units - already[number])
        for number, units in wanted.items()
        if units != already[number]
    ]
    said = (
        f"excédent de {Money(-result)}" if result < 0 else f"déficit de {Money(result)}" if result else "résultat nul"
    )
    draft.add(
        tree,
        day,
        f"{'Complément de clôture' if done else 'Clôture'} des comptes de l'exercice {year.code}",
        CLOSING,
        legs,
        f"{tree}, exercice {year.code} : charges et produits soldés, {said}.",
        words,
    )


def _set_apart(draft: Draft, tree: str, year: Period, to_running: int | None) -> None:
    """Of model A, what was received for investments and bought nothing: to running costs if asked, the rest to 165."""
    books, standing = draft.books, _standing(draft.books, tree, year)
    given = {each.name: standing[each.name] for each in books.tree_accounts(tree, *INVESTMENT_FUNDS)}
    bought = sum(standing[each.name] for each in books.tree_accounts(tree, *ASSETS_HELD))
    unspent = -sum(given.values()) - bought
    if to_running is not None:
        more = _adjust(draft, tree, year, given, max(unspent, 0), to_running)
        unspent -= more
        given = {name: units + dict(_taken(given, more)).get(name, 0) for name, units in given.items()}
    shown_already = -sum(moved(books, tree, SPECIFIC_FUNDS, _closes(year)).values())
    unspent = max(unspent, -shown_already)
    if not unspent:
        return
    day, words = draft.first_open(year.end)
    specific = draft.account(tree, SPECIFIC_FUNDS[0], day)
    taken = _taken(given, unspent) if unspent > 0 else ((next(iter(given)), unspent),)
    draft.add(
        tree,
        day,
        f"Fonds d'investissement non employés, exercice {year.code}",
        CLOSING,
        sorted((*taken, (specific, -unspent)), key=lambda leg: -leg[1]),
        f"{tree} : {Money(unspent + shown_already)} reçus pour des investissements n'ont rien acheté, ils se montrent au "
        f"{SPECIFIC_FUNDS[0]}.",
        words,
    )


def _adjust(draft: Draft, tree: str, year: Period, given: dict[str, int], unspent: int, to_running: int) -> int:
    """What still moves from investment to running costs for the year to have moved what was asked."""
    running = SHARES_OF[_MODEL_A][0]
    adjusted = moved(draft.books, tree, (running,), lambda entry: entry.kind == MOVING and entry.value_date in year)
    more = to_running + sum(adjusted.values())
    if more > unspent:
        raise RefusedError(
            f"{tree} n'a que {Money(unspent)} de fonds d'investissement non employés au {shown(year.end)} : la clé ne peut pas "
            f"en passer {Money(more)} au {running}."
        )
    if more <= 0:
        return 0
    day, words = draft.first_open(year.end)
    draft.add(
        tree,
        day,
        f"Ajustement de la clé de répartition, exercice {year.code}",
        MOVING,
        (*_taken(given, more), (draft.account(tree, running, day), -more)),
        f"{tree} : {Money(more)} de fonds d'investissement passent au fonctionnement, comme demandé.",
        words,
    )
    return more


def _taken(given: dict[str, int], amount: int) -> tuple[Leg, ...]:
    """The debits that take an amount from funds held in credit, the first accounts first."""
    legs = []
    for name, units in given.items():
        taken = min(amount, max(-units, 0))
        if taken:
            legs.append((name, taken))
            amount -= taken
    return tuple(legs)


# --- opening ----------------------------------------------------------------------------------------------------------


def _year_before(desk: Desk, year: Period) -> Period | None:
    eve = day_before(year.start)
    found = desk.books.policy.organisation.year_of(eve)
    return Period(f"{found.end:%Y}", found.start, found.end) if found is not None else None


def _carry_result(draft: Draft, tree: str, year: Period, first: date) -> None:
    """131 and 139 → 128, where the result waits for the general assembly."""
    books = draft.books
    accounts, standing = books.tree_accounts(tree, *EXCESS, *DEFICIT), _standing(books, tree, year)
    carried = moved(books, tree, (*EXCESS, *DEFICIT), _opens(first))
    legs: list[Leg] = [
        (each.name, -left) for each in accounts if (left := standing[each.name] + carried.get(each.name, 0))
    ]
    result = -sum(units for _, units in legs)
    if not legs:
        return
    if result:
        legs.append((draft.account(tree, RESULT_AWAITING[0], first), result))
    day, words = draft.first_open(first)
    draft.add(
        tree,
        day,
        f"Résultat de l'exercice {year.code}, en instance d'affectation",
        OPENING,
        legs,
        f"{tree} : {'excédent' if result < 0 else 'déficit'} de {Money(abs(result))}, à affecter par l'assemblée générale.",
        words,
    )


def _take_back(draft: Draft, tree: str, year: Period, first: date) -> None:
    """165 → 162 of model A: what the closing set apart may be spent again."""

    def apart(entry: Entry) -> bool:
        return (_closes(year)(entry) and not entry.pattern.touches(RESULT)) or _opens(first)(entry)

    left = moved(draft.books, tree, (*INVESTMENT_FUNDS, *SPECIFIC_FUNDS), apart)
    legs = [(name, -units) for name, units in left.items() if units]
    if not legs:
        return
    amount = sum(max(0, units) for _, units in legs)
    day, words = draft.first_open(first)
    draft.add(
        tree,
        day,
        f"Fonds d'investissement non employés de l'exercice {year.code}, repris",
        OPENING,
        sorted(legs, key=lambda leg: -leg[1]),
        f"{tree} : {Money(amount)} reviennent du {SPECIFIC_FUNDS[0]} aux fonds d'investissement.",
        words,
    )


def _closes(year: Period) -> Callable[[Entry], bool]:
    """Whether an entry closes the accounts of that year, whenever it was booked."""
    return lambda entry: entry.kind == CLOSING and entry.value_date in year


def _opens(first: date) -> Callable[[Entry], bool]:
    """Whether an entry opens the accounts again on that day, whenever it was booked."""
    return lambda entry: entry.kind == OPENING and entry.value_date == first


# --- amounts ----------------------------------------------------------------------------------------------------------


def moved(books: Books, tree: str, numbers: tuple[str, ...], wanted: Callable[[Entry], bool]) -> dict[str, int]:
    """What the wanted entries move on a tree's accounts of those numbers, by account; stornos of them count."""
    found: dict[str, int] = {}
    for entry in books.carrying("ecriture"):
        if tree not in entry.trees or not wanted(_origin(books, entry)):
            continue
        for movement in entry.movements:
            if movement.account.tree == tree and movement.account.is_(*numbers):
                found[movement.account.name] = found.get(movement.account.name, 0) + movement.value
    return found


def _origin(books: Books, entry: Entry) -> Entry:
    """The entry that a storno takes back; any other entry itself."""
    if not entry.is_storno:
        return entry
    return next((each for each in books.vouchers(entry.text("annule")) if not each.is_storno), entry)


def _standing(books: Books, tree: str, year: Period) -> Mapping[str, int]:
    """The balances of a tree's accounts at a year's end, with its closings booked once its last period was closed."""
    late = moved(books, tree, ("",), lambda entry: _closes(year)(entry) and entry.date > year.end)
    return {
        each.name: books.balance(each.name, year.end) + late.get(each.name, 0) for each in books.tree_accounts(tree)
    }
