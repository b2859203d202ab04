"""What an entry debits and credits within one group of accounts moved no cash: funds released or moved, assets disposed of.

Unlike the couples of `cash`, the rest of the entry may do anything: an invoice with its share of the donor's funds in one
entry is read as the invoice alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Movement, Pattern, Shape
from grandlivre.policy.layouts import Selector
from grandlivre.policy.sycebnl import RESULT, YEAR_RESULT
from grandlivre.statements.figures import AccountYear, Span

Groups = tuple[tuple[Selector, ...], ...]


class Offset(NamedTuple):
    """What of an account's movements moved no cash."""

    debit: int
    credit: int


_NONE = Offset(0, 0)


def without_offsets(books: Books, span: Span, read: Iterable[AccountYear], groups: Groups) -> Iterator[AccountYear]:
    """The figures less what offsets itself within the entries of a year."""
    found = offsets(books, span, groups)
    for each in read:
        own = found.get(each.account.name)
        yield each if own is None else each._replace(debit=each.debit - own.debit, credit=each.credit - own.credit)


def offsets(books: Books, span: Span, groups: Groups) -> Mapping[str, Offset]:
    """By account, what offsets itself within the entries of a span; openings and closings left out."""
    return books.once(("offsets", span, groups), lambda: _offsets(books.shapes, span, groups))


def offset_positions(pattern: Pattern, groups: Groups) -> Iterator[tuple[int, ...]]:
    """The movements of such a pattern that may offset each other: of one tree, on two of a group's beginnings (or its only one)."""
    if pattern.touches(YEAR_RESULT) and pattern.touches(RESULT):
        return
    taken: set[int] = set()
    for group in groups:
        prefixes = tuple(selector.prefix for selector in group)
        for tree in pattern.trees:
            own = tuple(p for p in pattern.positions(prefixes) if pattern.accounts[p].tree == tree and p not in taken)
            numbers = [pattern.accounts[p].number for p in own]
            touched = sum(any(number.startswith(prefix) for number in numbers) for prefix in prefixes)
            if len(own) > 1 and touched >= min(2, len(prefixes)):
                taken.update(own)
                yield own


def offset_movements(pattern: Pattern, movements: tuple[Movement, ...], groups: Groups) -> frozenset[int]:
    """Which movements of an entry offset each other."""
    found = [own for own in offset_positions(pattern, groups) if not sum(movements[place].value for place in own)]
    return frozenset(place for own in found for place in own)


def _offsets(shapes: Iterable[Shape], span: Span, groups: Groups) -> dict[str, Offset]:
    found: dict[str, Offset] = {}
    known: dict[Pattern, tuple[tuple[int, ...], ...]] = {}
    for shape in shapes:
        if shape.pattern not in known:
            known[shape.pattern] = tuple(offset_positions(shape.pattern, groups))
        for positions in known[shape.pattern]:
            for position, own in zip(positions, _sides(shape, span, positions), strict=True):
                name = shape.pattern.accounts[position].name
                before = found.get(name, _NONE)
                found[name] = Offset(before.debit + own.debit, before.credit + own.credit)
    return found


def _sides(shape: Shape, span: Span, positions: tuple[int, ...]) -> list[Offset]:
    """What those movements debit and credit in the entries of the span where they offset each other."""
    run = shape.between(span.start, span.end)
    columns = [shape.moved(position)[run] for position in positions]
    entries = shape.entries[run]
    kinds = [entry.kind for entry in entries] if "ecriture" in shape.form.keys else [""] * len(entries)
    kept = [
        not any((sum(row), kind in ("a-nouveau", "cloture")))
        for row, kind in zip(zip(*columns, strict=True), kinds, strict=True)
    ]
    sides = []
    for column in columns:
        rows = [(value, kind == "extourne") for value, kind, mine in zip(column, kinds, kept, strict=True) if mine]
        debit = sum([value for value, storno in rows if (value > 0) is not storno])
        sides.append(Offset(debit, debit - sum([value for value, _ in rows])))
    return sides
