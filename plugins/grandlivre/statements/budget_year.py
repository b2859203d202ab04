"""The execution of budgets over a fiscal year (Guide d'application, App. 22): disbursed, committed, what the year before left to pay.

Disbursed: charges and assets of the year, plus what suppliers were owed before, less what they are owed now (by origin of the
debt), plus advances paid to suppliers less those used. Committed: invoices due, and what of open orders is not invoiced yet.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from typing import NamedTuple, TypeVar

from grandlivre.books.budget import Charge, Commitment
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement, Pattern
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import day_before
from grandlivre.policy.sycebnl import OTHER_CHARGES, PREPAID
from grandlivre.statements.between import Trees
from grandlivre.statements.debts import debt_sums, debts_of
from grandlivre.statements.explaining import Behind
from grandlivre.statements.figures import AccountYear, Span, span_of
from grandlivre.statements.layout_files import layout_of
from grandlivre.statements.mapping import Share
from grandlivre.statements.offsets import Groups, offset_movements, offset_positions
from grandlivre.statements.uses import STATEMENT as USES
from grandlivre.statements.year_share import year_budgets

T = TypeVar("T")


class Key(NamedTuple):
    """A budget line."""

    tree: str
    agreement: str
    """"" for none."""
    line: str
    """"" for none."""


@dataclass(slots=True)
class LineYear:
    """What a budget line did in a year, in whole francs."""

    budget: int = 0
    disbursed: int = 0
    due: int = 0
    """Owed to suppliers at the end."""
    orders: int = 0
    """Ordered and not invoiced at the end."""
    carried: int = 0
    """Owed or ordered at the end of the year before."""


class OpenAdvance(NamedTuple):
    """What of an advance on an open order is not used yet: in what is disbursed, and in the order."""

    entry: Entry
    order: Commitment
    amount: int


@dataclass(frozen=True)
class BudgetYear:
    """The execution of the budgets of some trees over a year."""

    span: Span
    lines: Mapping[Key, LineYear]
    older: tuple[Commitment, ...]
    """Orders of years before that are still open."""
    advances: tuple[OpenAdvance, ...]
    unattached: tuple[Share, ...]
    """By account, what no budget line takes: disbursed or due."""

    def line(self, tree: str, agreement: str, code: str) -> LineYear:
        """A line; nothing at all when nothing happened on it."""
        return self.lines.get(Key(tree, agreement, code), LineYear())


def behind_budget(books: Books, end: date, trees: Trees, keys: Set[Key]) -> tuple[Behind, ...]:
    """What those lines disbursed over the fiscal year of a day, movement by movement, in the order of the books."""
    reader = _Reader(books, span_of(books, end), trees, told={})
    reader.read()
    found = [each for key, own in (reader.told or {}).items() if key in keys for each in own]
    return tuple(sorted(found, key=lambda each: (each.entry.sort_key, each.movement.line)))


def budget_year(books: Books, end: date, trees: Trees) -> BudgetYear:
    """The execution of all agreements of those trees over the fiscal year of a day, up to that day."""
    return books.once(("budget year", end, trees), lambda: _Reader(books, span_of(books, end), trees).read())


def _booked(charge: Charge) -> date:
    return charge.entry.date


@dataclass
class _Reader:
    books: Books
    span: Span
    trees: Trees
    lines: dict[Key, LineYear] = field(default_factory=dict)
    nowhere: dict[str, int] = field(default_factory=dict)
    """By account, what names no line."""
    offset: dict[Pattern, bool] = field(default_factory=dict)
    """Whether movements of a pattern may offset each other."""
    told: dict[Key, list[Behind]] | None = None
    """What each line disbursed, movement by movement, when somebody asks."""

    @cached_property
    def groups(self) -> Groups:
        """What offsets itself in sources and uses spends no budget either."""
        return layout_of(self.books.policy, USES).offset

    def read(self) -> BudgetYear:
        self._budgets()
        self._charges()
        self._debts()
        older = self._orders()
        advances = tuple(self._advances())
        if not self.books.policy.organisation.choices.carried_credits:
            for line in self.lines.values():
                line.carried = 0
        return BudgetYear(self.span, self.lines, older, advances, tuple(self._unattached()))

    def _at(self, tree: str, agreement: str, line: str) -> LineYear:
        return self.lines.setdefault(Key(tree, agreement, line), LineYear())

    def _budgets(self) -> None:
        for tree in self.trees:
            for agreement in self.books.tree_agreements(tree):
                for code, amount in year_budgets(self.books, agreement, self.span.end).items():
                    self._at(tree, agreement.id, code).budget = amount

    def _charges(self) -> None:
        """Classes 2 and 6 that budgets pay, and the charges outside ordinary activities (8) that name a line."""
        for charges in self._of_trees(self.books.charges_by_tree):
            first = bisect_left(charges, self.span.start, key=_booked)
            for charge in charges[first : bisect_right(charges, self.span.end, key=_booked)]:
                if not self._in_kind(charge):
                    agreement = charge.agreement.id if charge.agreement is not None else ""
                    self._spend(charge.entry, charge.movement, agreement, charge.line, charge.amount)
        for entry in self.books.touching(*OTHER_CHARGES):
            if not (entry.is_of_the_year and self.span.start <= entry.date <= self.span.end):
                continue
            for movement in entry.movements:
                if movement.account.is_(*OTHER_CHARGES) and movement.account.tree in self.trees:
                    agreement, line = self._agreement(entry, movement), entry.text("ligne", movement)
                    self._spend(entry, movement, agreement, line, movement.value)

    def _in_kind(self, charge: Charge) -> bool:
        """Whether what a charge spends was given, not bought: its own entry credits as much to gifts received."""
        pattern = charge.entry.pattern
        if pattern not in self.offset:
            self.offset[pattern] = next(offset_positions(pattern, self.groups), None) is not None
        return self.offset[pattern] and any(
            charge.entry.movements[place] is charge.movement
            for place in offset_movements(pattern, charge.entry.movements, self.groups)
        )

    def _spend(self, entry: Entry, movement: Movement, agreement: str, line: str, amount: int) -> None:
        if not line:
            self._lose(movement.account, amount)
            return
        key = Key(movement.account.tree, agreement, line)
        self._at(*key).disbursed += amount
        self._tell(key, entry, movement, amount)

    def _tell(self, key: Key, entry: Entry, movement: Movement, amount: int) -> None:
        if self.told is not None:
            self.told.setdefault(key, []).append(Behind(entry, movement, amount))

    def _lose(self, account: Account, amount: int) -> None:
        self.nowhere[account.name] = self.nowhere.get(account.name, 0) + amount

    def _debts(self) -> None:
        """Debts of the year before count as paid in it once they are settled; those of its end as due."""
        for account, origin, before, within in chain.from_iterable(self._of_trees(debt_sums(self.books, self.span))):
            if not origin.line:
                self._lose(account, -before)  # in the year: as much disbursed as no longer due
                continue
            line = self._at(account.tree, origin.agreement, origin.line)
            line.carried -= before
            line.due -= before + (within or 0)
            line.disbursed += within or 0
        if self.told is not None:
            self._tell_debts()

    def _tell_debts(self) -> None:
        for entry, account, origin, amount in chain.from_iterable(debts_of(self.books, tree) for tree in self.trees):
            if origin.line and self.span.start <= entry.date <= self.span.end and not entry.is_opening:
                movement = next((each for each in entry.movements if each.account == account), entry.movements[0])
                self._tell(Key(account.tree, origin.agreement, origin.line), entry, movement, amount)

    def _of_trees(self, by_tree: Mapping[str, Sequence[T]]) -> Iterator[Sequence[T]]:
        return (by_tree.get(tree, ()) for tree in self.trees)

    def _orders(self) -> tuple[Commitment, ...]:
        """What is still to come of orders, at the end and at the end of the year before; the older ones."""
        counted = self.books.policy.organisation.choices.older_orders == "comptes"
        older, eve = [], day_before(self.span.start)
        former = span_of(self.books, eve)
        for order in self.books.commitments:
            dossier = order.dossier
            if dossier.tree not in self.trees or dossier.date > self.span.end:
                continue
            agreement = order.agreement.id if order.agreement is not None else ""
            line = self._at(dossier.tree, agreement, dossier.line)
            left = order.outstanding_on(self.span.end)
            if dossier.date < self.span.start:
                if left:
                    older.append(order)
                if counted or dossier.date >= former.start:
                    line.carried += order.outstanding_on(eve)
            if counted or dossier.date >= self.span.start:
                line.orders += left
        return tuple(older)

    def _advances(self) -> Iterator[OpenAdvance]:
        """Advances to suppliers: disbursed when paid, taken back when used; on open orders, they are told."""
        groups: dict[tuple[str, str], list[tuple[Entry, Movement]]] = {}
        for entry in self.books.touching(*PREPAID):
            if entry.date > self.span.end:
                continue
            for movement in entry.movements:
                account = movement.account
                if account.is_(*PREPAID) and account.tree in self.trees:
                    groups.setdefault((account.tree, _advance_named(entry, movement)), []).append((entry, movement))
        orders = {(each.dossier.tree, each.dossier.id): each for each in self.books.commitments}
        for rows in groups.values():
            dossier, agreement, line = self._line_of(rows)
            for entry, movement in rows:
                if entry.date >= self.span.start and not entry.is_opening:
                    self._spend(entry, movement, agreement, line, movement.value)
            order = orders.get((rows[0][1].account.tree, dossier))
            left = sum(movement.value for _, movement in rows)
            if order is not None and left > 0 and order.outstanding_on(self.span.end):
                yield OpenAdvance(rows[0][0], order, left)

    def _line_of(self, rows: list[tuple[Entry, Movement]]) -> tuple[str, str, str]:
        """The dossier, the agreement and the budget line of an advance: what one of its postings says, else its dossier."""
        dossier = next((said for entry, movement in rows if (said := entry.text("marche", movement))), "")
        for entry, movement in rows:
            if line := entry.text("ligne", movement):
                return dossier, self._agreement(entry, movement), line
        found = self.books.dossiers.get(dossier)
        if found is not None:
            agreement = self.books.agreement_on(found.tree, found.agreement, found.date)
            return dossier, agreement.id if agreement is not None else "", found.line
        entry, movement = rows[-1]
        for each in self.books.charges_of([entry]):
            if each.line:
                return dossier, each.agreement.id if each.agreement is not None else "", each.line
        return dossier, self._agreement(entry, movement), ""

    def _agreement(self, entry: Entry, movement: Movement) -> str:
        found: Agreement | None = self.books.agreement(entry, movement)
        return found.id if found is not None else ""

    def _unattached(self) -> Iterator[Share]:
        for name, amount in sorted(
            self.nowhere.items(), key=lambda each: (self.books.accounts[each[0]].number, each[0])
        ):
            if amount:
                account = self.books.accounts[name]
                yield Share(AccountYear(account, 0, max(amount, 0), max(-amount, 0), 0), amount, reading="mouvement")


def _advance_named(entry: Entry, movement: Movement) -> str:
    """What the postings of one advance share: the advance or the dossier they name, else their voucher."""
    said = entry.text("avance", movement) or entry.text("marche", movement)
    return said or entry.piece or str(entry.place)
