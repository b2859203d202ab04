"""Books: the loaded ledger indexed once. Facts only; limits are the policy's, sentences are the rules'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from grandlivre.books.bank import Reconciliation, Ticks, reconciliations
from grandlivre.books.budget import (
    AlikeCharges,
    Charge,
    Commitment,
    TreeCharges,
    charged,
    charges,
    commitments,
    tree_charges,
)
from grandlivre.books.conversion import Conversion, Receipt, receipts
from grandlivre.books.dealings import Dealing, Transfer, dealings, transfers
from grandlivre.books.directives import Directives, read_directives
from grandlivre.books.directives.closings import Closing
from grandlivre.books.directives.purchasing import Dossier, Quote
from grandlivre.books.documents import DocumentFolder
from grandlivre.books.ledger import Ledger, Part
from grandlivre.books.memory import MEMORY, Memory
from grandlivre.books.purchases import (
    CHARGES,
    Advance,
    BankCharges,
    Bought,
    ChargePayees,
    Invoice,
    Nature,
    Payment,
    Purchase,
    advances,
    bought,
    cancelled_by_storno,
    invoices,
    payments,
    purchases,
    supplier_lines,
)
from grandlivre.books.pushed import pushed_signatures
from grandlivre.books.reading import AccountIndex, Reader
from grandlivre.books.records import (
    Account,
    BookProblem,
    Entry,
    Form,
    Fractional,
    Movement,
    Pattern,
    Place,
    Posted,
    Shape,
    VoucherSeries,
    Waiver,
)
from grandlivre.books.shared_costs import SharedCosts, matched
from grandlivre.books.suppliers import Suppliers
from grandlivre.i18n import keep_in
from grandlivre.policy.donors import Agreement, Donor
from grandlivre.policy.loading import Policy
from grandlivre.policy.people import same_name
from grandlivre.policy.periods import Period, day_after
from grandlivre.policy.programmes import Programme
from grandlivre.policy.sycebnl import ADVANCES, BANK, STATED, TRADE_PAYABLES, TREASURY
from grandlivre.sources.overlay import current
from grandlivre.sources.yaml import Block, plain

T = TypeVar("T")

READING = "grandlivre-reading"
"""The key of `options_map` under which a process that stays hands over what was made of the transactions of its last load."""

_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""


@dataclass(frozen=True)
class Books:
    """The ledger as it stands: entries in the order (date, voucher number, file, line), accounts, directives."""

    policy: Policy
    folder: Path
    """The folder of the entry point (ledger/)."""
    main: str
    """The entry point's path."""
    entries: tuple[Entry, ...]
    directives: Directives
    shapes: tuple[Shape, ...]
    """The entries grouped with those alike, by their first entry."""
    series: tuple[VoucherSeries, ...]
    """The series of vouchers, by their first voucher."""
    index: AccountIndex
    fractional: tuple[Fractional, ...]
    problems: tuple[BookProblem, ...]
    as_of: date | None = None
    """`--today`, when it was given."""
    _memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    raw: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    """Beancount's own directives, for `books/digest.py` only."""
    foreign: tuple[Entry, ...] = ()
    """The entries that move another commodity than the books' currency, in the order of the books."""
    real_day: date | None = None
    """The day on which the command was given, where one is known; books judged on another day keep it."""
    memory: Memory | None = field(default=None, compare=False, repr=False)
    """What earlier checks worked out; `grandlivre check` alone hands one over."""
    coming: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """The papers that a change which is only tried would put in documents/."""
    strays: tuple[Entry, ...] = ()
    """The entries outside the fiscal years: said by `reglement`, counted by nothing."""

    # --- time -----------------------------------------------------------------------------------------------------

    @cached_property
    def today(self) -> date:
        """`--today`, else the last transaction's date inside the fiscal years, else the first day of the first year."""
        if self.as_of is not None:
            return self.as_of
        years = self.policy.organisation
        if self.entries:
            return self.entries[-1].date
        return years.years[0].start if years.years else date(1970, 1, 1)

    def at(self, day: date) -> Books:
        """The same books judged on another day."""
        return self.once(("at", day), lambda: replace(self, as_of=day, _memo={}))

    def once(self, key: Any, read: Callable[[], T]) -> T:
        """What is read once for these books, under a key of its own."""
        if key not in self._memo:
            self._memo[key] = read()
        return self._memo[key]  # type: ignore[no-any-return]

    def once_for_all(self, key: Any, read: Callable[[Books], T]) -> T:
        """What is read once of the whole books, whichever part of them asks."""
        return self.once(key, lambda: read(self))

    def unless_known(self, files: Iterable[Path], facts: Any, work: Callable[[], Iterable[T]]) -> list[T]:
        """What a work over some files finds; nothing, at once, where an earlier check found nothing there for these facts."""
        if self.memory is None:
            return list(work())
        key = self.memory.key(map(str, files), facts)
        if self.memory.is_sound(key):
            return []
        found = list(work())
        if not found:
            self.memory.found_sound(key)
        return found

    def forget(self) -> None:
        """Lets go of what was worked out, some of which names the books: they then go as soon as nobody uses them."""
        for each in [each for each in self._memo.values() if isinstance(each, Books) and each is not self]:
            each.forget()
        self._memo.clear()
        for name in self.__dict__.keys() - type(self).__dataclass_fields__:
            del self.__dict__[name]

    @cached_property
    def start(self) -> date:
        """The first day the books speak of."""
        years = self.policy.organisation.years
        if years:
            return max(years[0].start, self.policy.organisation.adopted or years[0].start)
        return self.entries[0].date if self.entries else self.today

    @cached_property
    def first_transaction(self) -> date | None:
        """The day of the first transaction booked here, openings and what was taken over apart; None in fresh books."""
        return next((entry.date for entry in self.entries if not entry.is_taken_over), None)

    # --- accounts and trees ---------------------------------------------------------------------------------------

    @property
    def accounts(self) -> Mapping[str, Account]:
        """Every account named by an `open` or a posting."""
        return self.index.by_name

    @cached_property
    def trees(self) -> tuple[str, ...]:
        """The codes of the declared donors, else every tree met, sorted."""
        if self.policy.donors:
            return tuple(sorted(self.policy.donors))
        return tuple(sorted({account.tree for account in self.accounts.values() if account.tree}))

    def tree_accounts(self, tree: str, *prefixes: str) -> tuple[Account, ...]:
        """The accounts of a tree whose number begins with one of the prefixes, by number."""
        found = [
            a for a in self.accounts.values() if a.tree == tree and (not prefixes or a.number.startswith(prefixes))
        ]
        return tuple(sorted(found, key=lambda account: (account.number, account.name)))

    def tree_place(self, tree: str) -> Place:
        """Where a finding on a whole tree stands: the `open` of its bank account, else of its first account."""
        donor = self.policy.donors.get(tree)
        if donor is not None and donor.accounts.bank in self.accounts:
            account = self.accounts[donor.accounts.bank or ""]
            if account.opened is not None:
                return account.place
        banks = [a for a in (*self.tree_accounts(tree, *BANK), *self.tree_accounts(tree)) if a.opened is not None]
        return banks[0].place if banks else Place(self.main, 1)

    def donor_place(self, tree: str, *location: str | int) -> Place:
        """Where a donor's file says something; a donor described inline stands on its tree."""
        if self.policy.root is None:
            return self.tree_place(tree)
        path, line = self.policy.donor_line(tree, *location)
        return Place(str(path), line)

    def rules_place(self, name: str, *location: str | int) -> Place:
        """Where a file of rules says something; its first line when it does not, the entry point when there is no file."""
        document = self.policy.documents.get(name)
        if document is None:
            return Place(self.main, 1)
        says = isinstance(document.node, Block) and location[0] in document.node.items
        return Place(str(document.path), document.line(*location) if says else 1)

    def agreement_place(self, tree: str, agreement: Agreement, *location: str | int) -> Place:
        """Where an agreement says something; one described inline stands on its tree."""
        if self.policy.root is None:
            return self.tree_place(tree)
        path, line = self.policy.agreement_line(agreement, *location)
        return Place(str(path), line)

    def programme_place(self, programme: Programme) -> Place:
        """The first line that a programme's file says."""
        for name, document in self.policy.documents.items():
            if name.startswith("programmes/") and isinstance(document.node, Block):
                written = plain(document.node)
                if (written.get("bailleur"), written.get("nom")) == (programme.donor, programme.name):
                    return Place(str(document.path), document.line())
        return self.tree_place(programme.donor)

    def tree_at(self, file: str, line: int) -> str:
        """The tree of what stands on a line; "" when it is nobody's."""
        return self._tree_by_place.get((file, line), "")

    @cached_property
    def _tree_by_place(self) -> Mapping[tuple[str, int], str]:
        found: dict[tuple[str, int], str] = {account.place: account.tree for account in self.accounts.values()}
        for entry in self.entries:
            found[entry.file, entry.line] = entry.tree
            for movement in entry.movements:
                found[entry.file, movement.line] = movement.account.tree
        directives = self.directives
        for dossier in directives.dossiers:
            found[dossier.place] = dossier.tree
            found |= dict.fromkeys((quote.place for quote in dossier.quotes), dossier.tree)
        for count in directives.counts:
            found[count.place] = count.account.tree
        for statement in directives.statements:
            found[statement.place] = statement.account.tree
        for asset in directives.assets:
            found[asset.place] = asset.account.tree
        return found

    @cached_property
    def tills(self) -> tuple[Account, ...]:
        """Every till: declared in the policy or numbered 57."""
        declared = self.policy.tills
        found = {a.name: a for a in self.accounts.values() if a.is_till or a.name in declared}
        return tuple(found[name] for name in sorted(found))

    @cached_property
    def banks(self) -> tuple[Account, ...]:
        """Every bank account (52)."""
        return tuple(sorted((a for a in self.accounts.values() if a.is_bank), key=lambda a: a.name))

    # --- movements ------------------------------------------------------------------------------------------------

    @cached_property
    def commodities_beside(self) -> tuple[str, ...]:
        """Commodities that entries move without any value in the books' currency (XOF-CVN), sorted."""
        own = self.policy.currency
        moves = (movement for entry in self.foreign for movement in entry.movements)
        return tuple(sorted({m.currency for m in moves if m.units and not m.value and m.currency != own}))

    def first_entry(self, tree: str) -> Entry:
        """The first entry that touches a tree which some entry touches."""
        return self.entries[min(shape.places[0] for shape in self.shapes if tree in shape.pattern.trees)]

    def matching(self, wanted: Callable[[Pattern], bool]) -> tuple[Entry, ...]:
        """The entries whose accounts satisfy a condition, in the order of the books."""
        return self._listed(places for pattern, places in self._by_pattern.items() if wanted(pattern))

    def touching(self, *prefixes: str) -> tuple[Entry, ...]:
        """The entries with a movement on an account whose number begins with one of the prefixes."""
        return self.matching(lambda pattern: pattern.touches(prefixes))

    def carrying(self, *keys: str) -> tuple[Entry, ...]:
        """The entries whose own metadata holds one of the keys."""
        return self._listed(places for form, places in self._by_form.items() if not form.keys.keys().isdisjoint(keys))

    @cached_property
    def doubtful(self) -> tuple[Entry, ...]:
        """The entries whose own metadata may hold a value of the wrong kind."""
        return self._listed(places for form, places in self._by_form.items() if not form.sound)

    def _listed(self, groups: Iterable[list[int]]) -> tuple[Entry, ...]:
        return tuple([self.entries[place] for place in sorted(chain.from_iterable(groups))])

    @cached_property
    def _by_pattern(self) -> Mapping[Pattern, list[int]]:
        """The places, among the entries, of those that touch the same accounts."""
        found: defaultdict[Pattern, list[int]] = defaultdict(list)
        for shape in self.shapes:
            found[shape.pattern] += shape.places
        for places in found.values():
            places.sort()
        return found

    @cached_property
    def _by_form(self) -> Mapping[Form, list[int]]:
        """The places, among the entries, of those that carry the same keys."""
        found: defaultdict[Form, list[int]] = defaultdict(list)
        for shape in self.shapes:
            found[shape.form] += shape.places
        return found

    @cached_property
    def last_value_date(self) -> date:
        """The latest value date of an entry, `start` without entries."""
        days = [entry.value_date for entry in self.carrying("date-valeur")]
        return max([self.entries[-1].date, *days]) if self.entries else self.start

    @cached_property
    def _touched(self) -> Mapping[str, Mapping[Pattern, tuple[int, ...]]]:
        """By account, the patterns it is in, and which of their movements are on it."""
        found: defaultdict[str, dict[Pattern, tuple[int, ...]]] = defaultdict(dict)
        for pattern in self._by_pattern:
            for position, account in enumerate(pattern.accounts):
                own = found[account.name]
                own[pattern] = (*own.get(pattern, ()), position)
        return found

    def _posted(self, account: str) -> tuple[Posted, ...]:
        key = ("posted", account)
        if key not in self._memo:
            where = self._touched.get(account, {})
            places = sorted(chain.from_iterable(self._by_pattern[pattern] for pattern in where))
            found: list[Posted] = []
            for entry in [self.entries[place] for place in places]:
                for position in where[entry.pattern]:
                    found.append(_new(Posted, (entry, entry.movements[position])))
            self._memo[key] = tuple(found)
        return self._memo[key]  # type: ignore[no-any-return]

    def movements(self, account: str) -> tuple[Posted, ...]:
        """The movements of one account in the order of the books."""
        return self._posted(account)

    def ledger(self, account: str) -> Ledger:
        """The movements of one account with its balance after each."""
        key = ("ledger", account)
        return self.once(key, lambda: Ledger(self.entries, self.parts(account)))

    def parts(self, account: str) -> list[Part]:
        """The entries alike that touch an account, and which of their movements do."""
        where = self._touched.get(account, {})
        return [(shape, where[shape.pattern]) for shape in self.shapes if shape.pattern in where]

    def balance(self, account: str, day: date) -> int:
        """The balance of one account at the end of a day, in the books' currency."""
        ledger = self.ledger(account)
        reached = ledger.until(day)
        return ledger.balances[reached - 1] if reached else 0

    def vouchers(self, piece: str) -> tuple[Entry, ...]:
        """The entries that carry a voucher number."""
        return self._by_piece.get(piece, ())

    @cached_property
    def _by_piece(self) -> Mapping[str, tuple[Entry, ...]]:
        found: dict[str, tuple[Entry, ...]] = {}
        for entry in self.entries:
            if entry.piece:
                found[entry.piece] = (*found.get(entry.piece, ()), entry)
        return found

    # --- agreements and budget lines ------------------------------------------------------------------------------

    def donor(self, tree: str) -> Donor | None:
        """The donor of a tree."""
        return self.policy.donors.get(tree)

    def tree_agreements(self, tree: str) -> tuple[Agreement, ...]:
        """Every agreement of a tree's donor, oldest first."""
        donor = self.donor(tree)
        return donor.agreements if donor is not None else ()

    def agreements(self, entry: Entry, movement: Movement | None = None) -> tuple[Agreement, ...]:
        """The agreements an entry may belong to: the one it names, else those in force on its value date."""
        named = entry.text("convention", movement)
        key = (entry.tree, named, None if named else entry.value_date)
        found: tuple[Agreement, ...] | None = self._memo.get(key)
        if found is None:
            own = self.tree_agreements(entry.tree)
            found = tuple(a for a in own if (a.id == named if named else a.on(entry.value_date)))
            self._memo[key] = found
        return found

    def agreement(self, entry: Entry, movement: Movement | None = None) -> Agreement | None:
        """The agreement of an entry, when exactly one fits."""
        found = self.agreements(entry, movement)
        return found[0] if len(found) == 1 else None

    def agreement_on(self, tree: str, named: str, day: date) -> Agreement | None:
        """The agreement of a directive: the one it names, else the only one of its tree in force that day."""
        own = self.tree_agreements(tree)
        found = [each for each in own if (each.id == named if named else each.on(day))]
        return found[0] if len(found) == 1 else None

    @cached_property
    def charges(self) -> tuple[Charge, ...]:
        """What was charged to the budgets, in the order of the books."""
        alike, others = self.alike_charges
        rows = [row for each in alike for row in each.charges()]
        for shape in others:
            places = {id(entry): place for entry, place in zip(shape.entries, shape.places, strict=True)}
            rows += [(places[id(charge.entry)], charge) for charge in self.charges_of(shape.entries)]
        rows.sort(key=itemgetter(0))
        return tuple([charge for _, charge in rows])

    def charges_of(self, entries: Iterable[Entry]) -> tuple[Charge, ...]:
        """What some entries charge to the budgets."""
        return charges(entries, self.agreement, self.vouchers)

    @cached_property
    def alike_charges(self) -> tuple[tuple[AlikeCharges, ...], tuple[Shape, ...]]:
        """The charges of entries alike under one agreement, and the other entries a budget may pay, to be read one by one."""
        turns = {
            code: sorted({day for each in donor.agreements for day in (each.start, day_after(each.final_day))})
            for code, donor in self.policy.donors.items()
        }
        alike: list[AlikeCharges] = []
        others: list[Shape] = []
        for shape in self.shapes:
            positions = charged(shape.pattern)
            if not positions:
                continue
            if not shape.ordinary or not shape.form.keys.keys().isdisjoint(("convention", "date-valeur")):
                others.append(shape)
                continue
            for run in shape.runs(turns.get(shape.entries[0].tree, ())):
                alike.append(AlikeCharges(shape, run, positions, self.agreement(shape.entries[run.start])))
        return tuple(alike), tuple(others)

    @cached_property
    def charges_by_tree(self) -> Mapping[str, tuple[Charge, ...]]:
        """The same by tree."""
        found: dict[str, list[Charge]] = {}
        for charge in self.charges:
            found.setdefault(charge.movement.account.tree, []).append(charge)
        return {tree: tuple(own) for tree, own in found.items()}

    def charges_by_line(self, tree: str) -> TreeCharges:
        """The charges of a tree, line by line."""
        own = self.charges_by_tree
        return self.once(("lines", tree), lambda: tree_charges(own.get(tree, ()), self.awaiting_signature))

    @cached_property
    def commitments(self) -> tuple[Commitment, ...]:
        """The awards, with what was booked on each."""
        return commitments(self.dossiers.values(), self.charges, self.agreement_on)

    @cached_property
    def awards(self) -> tuple[Commitment, ...]:
        """The awards alone, what was booked on each left out."""
        return commitments(self.dossiers.values(), (), self.agreement_on)

    def received(self, tree: str, agreement: Agreement) -> tuple[Receipt, ...]:
        """The instalments of an agreement that its tree received, those reversed left out."""

        def read() -> tuple[Receipt, ...]:
            entries = self.matching(lambda pattern: tree in pattern.trees and pattern.touches(TREASURY))
            own = (e for e in entries if e.piece not in self.reversed_pieces and self.agreement(e) is agreement)
            return receipts(own, agreement.currency(self.policy.currency))

        return self.once(("received", tree, agreement.id), read)

    def conversion(self, tree: str, agreement: Agreement, period: Period) -> Conversion:
        """How what an agreement paid becomes its currency in a report of a period."""
        own = self.policy.currency
        received = tuple(each for each in self.received(tree, agreement) if each.entry.date <= period.end)
        reached = min(period.end, self.today)
        return Conversion(agreement, agreement.currency(own), own, received, self.policy.rates, period, reached)

    @cached_property
    def shared_costs(self) -> SharedCosts:
        """The shares of common costs, stornos and what they cancel left out."""
        shares = (entry for entry in self.carrying("reciproque") if entry.truth("reciproque"))
        return matched(each for each in shares if not each.is_storno and each.piece not in self.reversed_pieces)

    # --- bank statements ------------------------------------------------------------------------------------------

    def ticks(self, account: str) -> Ticks:
        """The movements of a bank account with the statement each appears on."""
        key = ("ticks", account)
        if key not in self._memo:
            self._memo[key] = Ticks(self.entries, self.parts(account))
        return self._memo[key]  # type: ignore[no-any-return]

    def reconciliations(self, account: str) -> tuple[Reconciliation, ...]:
        """Each statement of a bank account compared with the books, by date."""
        key = ("reconciliations", account)
        if key not in self._memo:
            own = (each for each in self.directives.statements if each.account.name == account)
            self._memo[key] = reconciliations(self.ticks(account), own)
        return self._memo[key]  # type: ignore[no-any-return]

    # --- what movements mean together -----------------------------------------------------------------------------

    @cached_property
    def reversed_pieces(self) -> frozenset[str]:
        """Vouchers a storno reverses."""
        return cancelled_by_storno(self.carrying("ecriture"))

    @cached_property
    def suppliers(self) -> Suppliers:
        """Who is the same supplier, over all trees."""

        def pairs() -> Iterator[tuple[str, str]]:
            for shape in self.shapes:
                if shape.form.keys.keys().isdisjoint(("nif", "beneficiaire")):
                    yield from [("", payee) for payee in set(shape.payees)]
                else:
                    yield from set(zip(shape.texts("nif"), shape.names(), strict=True))
                for entry in shape.entries if shape.annotated else ():
                    for movement in entry.movements:
                        if "beneficiaire" in movement.meta or "nif" in movement.meta:
                            yield entry.text("nif", movement), entry.payee_of(movement)
            for dossier in self.directives.dossiers:
                yield dossier.tax_id, dossier.winner_name
                for quote in dossier.quotes:
                    yield quote.tax_id, quote.name
            for quote in self.directives.loose_quotes:
                yield quote.tax_id, quote.name

        return Suppliers(pairs(), self.policy.suppliers)

    def dealings(self, wanted: Callable[[str, str], bool]) -> Iterator[Dealing]:
        """The entries that name a supplier whose key and name are wanted."""
        return dealings(self.shapes, self.suppliers, wanted)

    @cached_property
    def transfers(self) -> tuple[Transfer, ...]:
        """The payments that say into which account they go."""
        return tuple(transfers(self.shapes, self.suppliers))

    @cached_property
    def dossiers(self) -> Mapping[str, Dossier]:
        """Procurement dossiers by number, their suppliers under canonical keys."""
        found: dict[str, Dossier] = {}
        for dossier in self.directives.dossiers:
            quotes = tuple(self._known(quote) for quote in dossier.quotes)
            winner = self.suppliers.key(dossier.tax_id, dossier.winner_name)
            found[dossier.id] = dossier._replace(quotes=quotes, winner=winner)
        return found

    def _known(self, quote: Quote) -> Quote:
        return quote._replace(supplier=self.suppliers.key(quote.tax_id, quote.name))

    def bought(self, nature: Nature = Nature()) -> tuple[Bought, ...]:  # noqa: B008 - an immutable tuple
        """Every posting that buys something, in the order of the books."""
        key = ("bought", nature)
        if key not in self._memo:
            self._memo[key] = tuple(bought(self.shapes, nature, self.reversed_pieces, self.suppliers))
        return self._memo[key]  # type: ignore[no-any-return]

    def purchases(self, nature: Nature = Nature()) -> tuple[Purchase, ...]:  # noqa: B008 - an immutable tuple
        """Purchases added up by dossier, else invoice, else voucher, in the order of their first entry."""
        key = ("purchases", nature)
        if key not in self._memo:
            self._memo[key] = purchases(self.bought(nature))
        return self._memo[key]  # type: ignore[no-any-return]

    @cached_property
    def charge_payees(self) -> ChargePayees:
        """Who may take bank charges: an account's own bank, else who is neither a person nor a supplier."""
        policy = self.policy
        owners = [donor.accounts for donor in policy.donors.values()]
        banks = {own.bank: same_name(own.bank_name) for own in owners if own.bank and own.bank_name}
        others = {*policy.people, *(person.name for person in policy.people.values()), *self._supplier_names()}
        return ChargePayees(banks, {same_name(name) for name in others} - {""})

    def _supplier_names(self) -> Iterator[str]:
        """Whoever has a tax number, is owed on 401 or gave a quote."""
        for shape in self.shapes:
            owed = shape.pattern.positions(TRADE_PAYABLES)
            if shape.annotated:
                for entry in shape.entries:
                    for movement in entry.movements:
                        if entry.text("nif", movement) or movement.account.is_(*TRADE_PAYABLES):
                            yield entry.payee_of(movement)
            elif owed:
                yield from shape.names()
            elif "nif" in shape.form.keys:
                yield from [name for nif, name in zip(shape.texts("nif"), shape.names(), strict=True) if nif]
        quotes = [*self.directives.loose_quotes]
        for dossier in self.directives.dossiers:
            quotes += dossier.quotes
            yield dossier.winner_name
        yield from [quote.name for quote in quotes]

    def paying(self, accounts: tuple[str, ...]) -> Iterator[tuple[Shape, tuple[int, ...]]]:
        """The entries that may pay out of accounts of those numbers, and which of their movements do."""
        for shape in self.shapes:
            positions = shape.pattern.positions(accounts)
            if positions:
                yield shape, positions

    def payments(self, accounts: tuple[str, ...], charges: BankCharges = CHARGES) -> tuple[Payment, ...]:
        """Payments out of accounts of those numbers (contract §5)."""
        key = ("payments", accounts, charges)
        if key not in self._memo:
            self._memo[key] = self.payments_of(self.touching(*accounts), accounts, charges)
        return self._memo[key]  # type: ignore[no-any-return]

    @cached_property
    def awaiting_signature(self) -> frozenset[Place]:
        """Where the payments stand that are only prepared (contract §7 bis)."""
        return frozenset(payment.entry.place for payment in self.unsigned_payments)

    @cached_property
    def unsigned_payments(self) -> tuple[Payment, ...]:
        """The payments of banks and mobile money that are only prepared, in the order of the books."""
        prepared = [entry for entry in self.touching(*STATED) if entry.flag == "!"]
        return tuple(payment for payment in self.payments_of(prepared, STATED) if payment.awaits_signature)

    def payments_of(
        self, entries: Iterable[Entry], accounts: tuple[str, ...], charges: BankCharges = CHARGES
    ) -> tuple[Payment, ...]:
        """What those entries pay."""
        return payments(entries, accounts, charges, self.charge_payees)

    @cached_property
    def supplier_lines(self) -> tuple[Bought, ...]:
        """Every posting on what suppliers are owed, in the order of the books."""
        return supplier_lines(self.shapes, self.suppliers)

    @cached_property
    def invoices(self) -> tuple[Invoice, ...]:
        """Debts to suppliers and what settled them."""
        return invoices(self.supplier_lines)

    @cached_property
    def invoices_by_tree(self) -> Mapping[str, tuple[Invoice, ...]]:
        """The same by the tree of the account that owes."""
        found: dict[str, list[Invoice]] = {}
        for invoice in self.invoices:
            found.setdefault(invoice.movement.account.tree, []).append(invoice)
        return {tree: tuple(own) for tree, own in found.items()}

    @cached_property
    def advances(self) -> tuple[Advance, ...]:
        """Advances to be justified."""
        return advances(self.touching(*ADVANCES))

    @cached_property
    def waivers(self) -> tuple[Waiver, ...]:
        """Every entry that asks to be excused from a rule."""
        return tuple(
            Waiver(entry, entry.text("derogation"), entry.text("motif"), entry.text("derogation-par"))
            for entry in self.carrying("derogation")
        )

    @cached_property
    def closings(self) -> tuple[Closing, ...]:
        """Closings in the order of their periods, months and quarters mixed; those whose period does not read come first."""
        return tuple(sorted(self.directives.closings, key=_closed_to))

    @cached_property
    def closed(self) -> tuple[tuple[Closing, Period], ...]:
        """The closings by period, each with it; one whose period does not read closes nothing."""
        return tuple([(each, period) for each in self.closings if (period := Period.parse(each.period)) is not None])

    def closing_before(self, closing: Closing) -> Closing | None:
        """The closing of the last period that ended before another closing's began; None for the first."""
        own = Period.parse(closing.period)
        before = [each for each, period in self.closed if own is not None and period.end < own.start]
        return before[-1] if before else None

    def closed_on(self, day: date) -> tuple[date, date] | None:
        """The last day of the closed period that holds a day, and the day of its closing; None when it is open."""
        for closing, period in self.closed:
            if day in period:
                return period.end, closing.date
        return None

    @cached_property
    def documents(self) -> DocumentFolder:
        """The files under documents/."""
        return DocumentFolder(self.folder / "documents", self.memory, self.coming)


def build(entries: list[Any], options: Mapping[str, Any], policy: Policy, as_of: date | None = None) -> Books:
    """The books of a Beancount load; linear in its size. Its files are read for what a load no longer shows."""
    main = str(options.get("filename") or "")
    keep_in(policy.currency)
    reader = Reader(entries, options, policy, options.get(READING))
    reader.read(policy.organisation.is_open)
    directives = read_directives(reader.others, reader)
    memory = options.get(MEMORY)
    return Books(
        policy,
        Path(main).parent,
        main,
        tuple(reader.entries),
        directives,
        reader.shapes,
        tuple(reader.series.values()),
        reader.accounts,
        tuple(reader.fractional),
        (*reader.problems, *pushed_signatures(options.get("include", ()))),
        as_of,
        raw=tuple(entries),
        foreign=tuple(
            sorted((e for e in reader.foreign if policy.organisation.is_open(e.date)), key=lambda entry: entry.sort_key)
        ),
        strays=tuple(reader.strays),
        real_day=as_of,
        memory=memory.reading(options) if memory is not None else None,
        coming=current().papers,
    )


def _closed_to(closing: Closing) -> tuple[date, date, date]:
    """The order of closings: « 2026-10 » comes after « 2026-T3 »."""
    period = Period.parse(closing.period)
    return (period.end, period.start, closing.date) if period is not None else (date.min, date.min, closing.date)
