"""The income statement of the minimal cash system (SMT): receipts and payments, then what brings them to the year's result.

KZC = KZ + VA + VB − VC − JG + what changed without money, and must be HB of the balance sheet, which reads accounts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.policy.layouts import Side
from grandlivre.policy.sycebnl import DEPRECIATION
from grandlivre.statements.cash_basis import CashBasis, Flow, cash_basis
from grandlivre.statements.cash_sums import cash_sums
from grandlivre.statements.explaining import Behind
from grandlivre.statements.figures import AccountYear, Span, at_opening, figures, is_closing, span_of, year_before
from grandlivre.statements.layout_files import layout_of
from grandlivre.statements.mapping import Statement, fill
from grandlivre.statements.years import Year, choices

INCOME, BALANCE = "resultat-smt", "bilan-smt"
_CHANGES = {"VA": "GB", "VB": "GC", "VC": "HD"}
"""The lines that are changes of a line of the balance sheet."""
_DEBTS = "VC"
"""Of _CHANGES, the one without the debts born of an asset."""


def minimal_income(books: Books, end: date, tree: str = "") -> Year:
    """The income statement of a tree (of all, when "") over the fiscal year of a day, up to that day, and the year before's."""
    span = span_of(books, end)
    former = year_before(books, span)
    before = _statement(books, former, tree) if former is not None else None
    return Year(span, _statement(books, span, tree), before)


def behind_income(books: Books, made: Year, key: str, tree: str = "") -> tuple[Behind, ...]:
    """The movements behind a line (the lines it adds up too), in the order of the books."""
    found = list(_behind(books, made, key, tree, 1))
    return tuple(sorted(found, key=lambda each: (each.entry.sort_key, each.movement.line)))


def _statement(books: Books, span: Span, tree: str) -> Statement:
    read, basis = figures(books, span, tree), _of_tree(books, cash_sums(books, span), tree)
    layout, chosen = layout_of(books.policy, BALANCE), choices(books)
    now, opening = fill(layout, read, chosen), fill(layout, at_opening(read), chosen)
    given = {key: now.net(line) - opening.net(line) for key, line in _CHANGES.items()}
    given[_DEBTS] -= basis.new_asset_debts
    given["JG"] = sum(each.movement for each in read if each.account.is_(*DEPRECIATION))
    given["VX"] = given["JG"] + sum(each.amount for each in basis.beside)
    return fill(layout_of(books.policy, INCOME), _received_and_paid(basis), chosen, given=given)


def _of_tree(books: Books, basis: CashBasis, tree: str) -> CashBasis:
    if not tree:
        apart = _shared(books, basis)
        return replace(basis, flows=tuple(each for each in basis.flows if id(each.entry) not in apart))
    parts = (tuple(each for each in part if each.movement.account.tree == tree) for part in basis.parts)
    return CashBasis(*parts)


def shared_costs(books: Books, span: Span) -> int:
    """What trees paid each other as shares of common costs: in no line of the whole organisation."""
    basis = cash_sums(books, span)
    apart = _shared(books, basis)
    return sum(each.amount for each in basis.flows if id(each.entry) in apart and each.side == "C")


def _shared(books: Books, basis: CashBasis) -> frozenset[int]:
    """The entries by which trees share common costs, two by two: nobody outside received or paid anything."""
    counted: dict[int, int] = {}
    for flow in basis.flows:
        counted[id(flow.entry)] = counted.get(id(flow.entry), 0) + (flow.amount if flow.counts else 0)
    return frozenset(
        id(entry)
        for pair in books.shared_costs.pairs
        if all(id(entry) in counted for entry in pair) and not sum(counted[id(entry)] for entry in pair)
        for entry in pair
    )


def _received_and_paid(basis: CashBasis) -> tuple[AccountYear, ...]:
    """What was received (credit) and paid (debit) for each account."""
    sums: dict[Account, list[int]] = {}
    for flow in basis.flows:
        if flow.counts:
            sums.setdefault(flow.account, [0, 0])[flow.side == "C"] += flow.amount
    ordered = sorted(sums.items(), key=lambda each: (each[0].number, each[0].name))
    return tuple(AccountYear(account, 0, -paid, received, 0) for account, (paid, received) in ordered)


# --- the entries behind a line ----------------------------------------------------------------------------------------


def _behind(books: Books, made: Year, key: str, tree: str, sign: int) -> Iterator[Behind]:
    layout, basis = made.now.layout, _of_tree(books, cash_basis(books, made.span), tree)
    line = layout.by_key[key]
    for term in line.sums:
        yield from _behind(books, made, term.key, tree, sign * term.sign)
    wanted = {(share.figures.account.name, share.side) for share in made.now.shares[key]}
    direction = -sign * layout.direction_of(line)
    yield from _counted((each for each in basis.flows if _is_in(each, wanted)), direction)
    if key in _CHANGES:
        yield from _change(books, made.span, tree, _CHANGES[key], sign)
    if key == _DEBTS:
        yield from _counted(basis.asset_debts, sign)
    if key == "JG":
        yield from _depreciation(books, made.span, tree, sign)
    if key == "VX":
        yield from _uneven((*_depreciation(books, made.span, tree, sign), *_counted(basis.beside, sign)))


def _is_in(flow: Flow, wanted: set[tuple[str, Side]]) -> bool:
    return flow.counts and (flow.account.name, flow.side) in wanted


def _counted(flows: Iterable[Flow], sign: int) -> Iterator[Behind]:
    yield from (Behind(each.entry, each.movement, sign * each.amount) for each in flows)


def _uneven(parts: Iterable[Behind]) -> Iterator[Behind]:
    """The parts of the entries that bring something: what only moves inside, or wears out, answers itself."""
    by_entry: dict[int, list[Behind]] = {}
    for each in parts:
        by_entry.setdefault(id(each.entry), []).append(each)
    for own in by_entry.values():
        if sum(each.amount for each in own):
            yield from own


def _change(books: Books, span: Span, tree: str, line: str, sign: int) -> Iterator[Behind]:
    """What each movement of the year changed of a line of the balance sheet: an account counts on its side alone."""
    layout, read = layout_of(books.policy, BALANCE), figures(books, span, tree)
    described = layout.by_key[line]
    direction, sided = layout.direction_of(described), any(selector.side for selector in described.numbers)
    for account, deducted in _shares(books, read, line):
        balance = next((each.opening for each in read if each.account.name == account), 0)
        for entry, movement in books.movements(account):
            if not span.start <= entry.date <= span.end or entry.is_opening or not movement.value:
                continue
            before, balance = direction * balance, balance + movement.value
            amount = direction * movement.value
            if sided and not deducted:
                amount = max(direction * balance, 0) - max(before, 0)
            if amount:
                yield Behind(entry, movement, sign * amount)


def _shares(books: Books, read: tuple[AccountYear, ...], line: str) -> Iterator[tuple[str, bool]]:
    """The accounts that a line of the balance sheet reads at either end of the year, and whether it takes them away."""
    layout, chosen = layout_of(books.policy, BALANCE), choices(books)
    made = (fill(layout, each, chosen).shares[line] for each in (read, at_opening(read)))
    yield from dict.fromkeys((share.figures.account.name, share.deduction) for shares in made for share in shares)


def _depreciation(books: Books, span: Span, tree: str, sign: int) -> Iterator[Behind]:
    for entry in books.touching(*DEPRECIATION):
        if span.start <= entry.date <= span.end and not entry.is_opening and not is_closing(entry):
            for movement in entry.movements:
                if movement.account.is_(*DEPRECIATION) and movement.account.tree == (tree or movement.account.tree):
                    yield Behind(entry, movement, sign * movement.value)
