"""The share of a donor's funds that the charges of a month call for: what was spent and what is released stay equal.

A month's charges count by booking date, less depreciation and provisions; its income by `date-valeur`, so that a share
booked late is still its month's. All income of class 7 counts, as `egalite-de-tresorerie` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from grandlivre.books.funds import Release, releases, side
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry
from grandlivre.i18n import Money
from grandlivre.i18n import day as shown
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import INCOME, RELEASED_FROM, SHARES_OF
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.entries import Value, transaction
from grandlivre.tasks.numbers import NextNumbers
from grandlivre.tasks.proposed import Batch, Draft, Leg
from grandlivre.tasks.trees import wanted_trees

SHARES = "OD"
"""The series of their vouchers."""
KIND = "quote-part"
"""What their `ecriture` says."""
_KEPT = ("ecriture", "convention")
"""What the month's share says of itself and its complement says again."""
_TITLES: Mapping[str, str] = {
    "fonds-administration": "Quote-part de fonds d'administration, charges {of}",
    "fonds-affectes": "Reprise de fonds affectés, charges {of}",
}


class Share(NamedTuple):
    """An entry that completes the share of a month."""

    date: date
    entry: str
    """The whole entry as it would be written."""
    why: str
    """A French sentence: what it completes, and by how much."""
    amount: int


class Need(NamedTuple):
    """What the share of a month still lacks, in whole francs; negative: what it released too much."""

    tree: str
    agreement: Agreement
    month: Period
    charges: int
    income: int
    missing: int
    """Once what a later month released for it, or an earlier one too much, is counted."""


# --- a whole period ---------------------------------------------------------------------------------------------------


def propose(desk: Desk, period: Period, tree: str | None = None) -> Batch:
    """The shares that the months of a period still lack; raises RefusedError when a tree's model is not declared."""
    draft = Draft(desk)
    for code in wanted_trees(desk, tree):
        if tree is not None and not any(each.financing in SHARES_OF for each in desk.books.tree_agreements(code)):
            draft.note(f"{code} n'a aucune convention de modèle A ou B : ses charges ne demandent pas de quote-part.")
        for need in needs(desk.books, code):
            if need.month.start >= period.start and need.month.end <= period.end:
                _propose(draft, need)
            elif need.missing and need.month.end < period.start:
                draft.note(
                    f"{code} : la quote-part {need.month.of} n'est pas juste non plus, il y manque {Money(need.missing)}."
                )
        _explain(draft, code, period)
    return draft.done()


def needs(books: Books, tree: str) -> tuple[Need, ...]:
    """Each month of each agreement of a tree whose charges call for a share (models A and B), in order."""
    rows: dict[str, list[Release]] = {}
    for row in releases(books, tree):
        if row.agreement is not None:
            rows.setdefault(row.agreement.id, []).append(row)
    return tuple(sorted((each for own in rows.values() for each in _settled(tree, own)), key=_order))


def missing(books: Books, period: Period) -> tuple[Need, ...]:
    """What the months of a period that have ended still lack, tree by tree."""
    return tuple(
        need
        for tree in books.trees
        for need in needs(books, tree)
        if need.missing and need.month.start >= period.start and need.month.end <= min(period.end, books.today)
    )


def how_to_write(period: Period, lacking: Sequence[Need]) -> str:
    """The command that writes what is missing, and what it would write; "" when nothing is."""
    if not lacking:
        return ""
    said = ", ".join(f"{need.tree} {need.month.label} {Money(need.missing)}" for need in lacking)
    trees = sorted({need.tree for need in lacking})
    alone = f" --bailleur {trees[0]}" if len(trees) == 1 else ""
    return f"grandlivre entries quote-part --periode {period.code}{alone} --ecrire passerait : {said}"


def _order(need: Need) -> tuple[date, str]:
    return need.month.start, need.agreement.id


def _settled(tree: str, rows: list[Release]) -> Iterator[Need]:
    """The months of one agreement: what a month released too much first fills what earlier months lack, then later ones.

    Other income takes the place of its own month's share, no more: it is for a person to say where it belongs.
    """
    lacks = [_lack(row) for row in rows]
    for here, left in enumerate(lacks):
        for other in (*range(here), *range(here + 1, len(lacks))) if left < 0 else ():
            filled = min(max(lacks[other], 0), -lacks[here])
            lacks[other] -= filled
            lacks[here] += filled
    for row, lack in zip(rows, lacks, strict=True):
        assert row.agreement is not None
        yield Need(tree, row.agreement, row.month, row.charges, row.income, lack)


def _lack(row: Release) -> int:
    lack = row.charges - (row.income - row.other)
    return max(lack - row.other, 0) if lack > 0 and row.other > 0 else lack


def _propose(draft: Draft, need: Need) -> None:
    books, month = draft.books, need.month
    if not need.missing:
        return
    if month.end > books.today:
        draft.note(
            f"{need.tree} : {month.label} n'est pas fini, sa quote-part ({Money(need.missing)} à ce jour) se passera le "
            f"{shown(month.end)}."
        )
        return
    words: dict[str, Value] = {}
    if books.agreement_on(need.tree, "", month.end) is not need.agreement:
        words["convention"] = need.agreement.id
    title = _TITLES[need.agreement.financing].format(of=month.of)
    if need.missing < 0:
        title = f"Reprise en trop : {title}"
    elif need.income > 0:
        title = f"Complément : {title}"
    draft.add(
        need.tree,
        month.end,
        title,
        KIND,
        _legs(draft, need),
        f"{need.tree}, {need.agreement.id}, {month.label} : charges {Money(need.charges)}, produits {Money(need.income)}, "
        f"il {'manque' if need.missing > 0 else 'y a en trop'} {Money(abs(need.missing))}.",
        words,
    )


def _legs(draft: Draft, need: Need) -> tuple[Leg, ...]:
    """From the funds into income; what is spent above the funds received is to be received from the donor (469, 169)."""
    funds, income = _accounts_for(draft, need)
    if need.missing < 0:
        return (income, -need.missing), (funds, need.missing)
    numbers, receivable = RELEASED_FROM[need.agreement.financing]
    day = need.month.end
    held = -sum(
        draft.books.balance(each.name, day) + draft.moved(each.name)
        for each in draft.books.tree_accounts(need.tree, *numbers)
    )
    taken = min(need.missing, max(held, 0))
    owed = need.missing - taken
    legs = [(funds, taken)] if taken else []
    if owed:
        legs.append((draft.account(need.tree, receivable, day), owed))
        draft.note(
            f"{need.tree} a dépensé {Money(owed)} de plus que reçu au {shown(day)} : le bailleur le doit ({receivable}). Quand il "
            f"le paie, créditez d'abord ce compte."
        )
    return (*legs, (income, -need.missing))


def _accounts_for(draft: Draft, need: Need) -> tuple[str, str]:
    """The account of funds and that of income: as the tree's last share of the agreement, else those of its model."""
    books, day = draft.books, need.month.end
    for entry in reversed(books.entries):
        if entry.tree == need.tree and _releases(entry) and books.agreement(entry) is need.agreement:
            habit = _accounts(entry)
            if all(books.index.is_open(each.name, day) for each in habit):
                return habit[0].name, habit[1].name
            break
    funds, income = SHARES_OF[need.agreement.financing]
    return draft.account(need.tree, funds, day), draft.account(need.tree, income, day)


def _explain(draft: Draft, tree: str, period: Period) -> None:
    """What a person has still to do about a tree: charges of no agreement, income that releases nothing."""
    books = draft.books
    for row in releases(books, tree):
        if row.agreement is None and row.month.start in period and row.charges:
            draft.note(
                f"{draft.at(row.place)} : {Money(row.charges)} de charges de {tree} ({row.month.label}) ne sont d'aucune "
                "convention, ou de plusieurs : aucune quote-part ne les couvre. Dites laquelle par convention:."
            )
        if row.other and row.month.start in period:
            draft.note(
                f"{draft.at(row.place)} : {tree} a {Money(row.other)} de produits autres que des quotes-parts "
                f"({row.month.label}) : les intérêts d'un bailleur vont au 462 ou au 165."
            )


def complete(desk: Desk, before: Books, trees: Sequence[str]) -> Batch:
    """What the charges added since `before` ask of the shares of months that are over, so that no gap grows.

    What those months lacked already stays for `entries quote-part` to say; a closed month takes nothing.
    """
    draft = Draft(desk)
    for tree in trees:
        lacked = {(each.agreement.id, each.month): each.missing for each in needs(before, tree)}
        for need in needs(desk.books, tree):
            more = need.missing - lacked.get((need.agreement.id, need.month), 0)
            if more and need.month.end <= desk.books.today and desk.books.closed_on(need.month.end) is None:
                _propose(draft, need._replace(missing=more))
    return draft.done()


# --- a charge found late ----------------------------------------------------------------------------------------------


def is_passed(books: Books, tree: str, month: Period) -> bool:
    """Whether the share of a tree is booked for a month."""
    return _share(books, tree, month) is not None


def complements(
    books: Books, tree: str, charges: Sequence[tuple[date, int]], numbers: NextNumbers
) -> tuple[Share, ...]:
    """What the shares already booked still need once charges (day, whole francs) are added to a tree.

    Months without a share, and shares that counted the charge already, ask for nothing.
    """
    added: dict[Period, int] = {}
    for day, amount in charges:
        month = Period.month(day)
        added[month] = added.get(month, 0) + amount
    found: list[Share] = []
    for month, amount in sorted(added.items(), key=lambda each: each[0].start):
        share = _share(books, tree, month)
        lacking = min(amount, amount + _spent_more(books, tree, month))
        if share is None or lacking <= 0:
            continue
        when, piece = numbers.next(max(day for day, _ in charges if day in month))
        if when in month:
            found.append(_complement(books, share, when, piece, month, lacking))
    return tuple(found)


def _complement(books: Books, share: Entry, day: date, piece: str, month: Period, amount: int) -> Share:
    funds, income = _accounts(share)
    words: dict[str, Value] = {key: said for key in _KEPT if (said := share.text(key))}
    entry = transaction(
        day,
        "*",
        share.payee,
        f"Complément de quote-part, frais de banque {month.of}",
        {"piece": piece, **words},
        ((funds.name, amount), (income.name, -amount)),
        books.policy.currency,
    )
    return Share(
        day, entry, f"{share.piece} est la quote-part {month.of} : ces frais la complètent de {Money(amount)}.", amount
    )


def _share(books: Books, tree: str, month: Period) -> Entry | None:
    """The last entry of a month that releases funds of a tree into its income, and does nothing else."""
    mine = (entry for entry in reversed(books.entries) if entry.date in month and entry.tree == tree)
    return next((e for e in mine if not e.is_storno and e.piece not in books.reversed_pieces and _releases(e)), None)


def _releases(entry: Entry) -> bool:
    if len(entry.movements) != 2 or entry.is_opening:
        return False
    funds, income = _accounts(entry)
    return side(funds) == "funds" and income.number.startswith(INCOME)


def _accounts(entry: Entry) -> tuple[Account, Account]:
    """The account debited, then the one credited."""
    debited, credited = sorted(entry.movements, key=lambda movement: -movement.value)
    return debited.account, credited.account


def _spent_more(books: Books, tree: str, month: Period) -> int:
    """What a tree has spent at the end of a month above what its shares release."""
    return sum(row.charges - row.income for row in releases(books, tree) if row.month.start <= month.start)
