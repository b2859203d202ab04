"""A bank statement against the books: what is certain, what a person must say, what is still outstanding.

`study` is pure: books and a statement in, a `Study` out. `write` puts what was accepted into the books:
`pointage` on the movements, the entries proposed, and the `releve` directive once the statement explains itself wholly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.bank import Tick, without_reversed
from grandlivre.books.directives.bank import Statement as Recorded
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.i18n import Money
from grandlivre.importers.statement import BankFile, StatementLine
from grandlivre.matching import BookMovement, Match, Matching, match
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import SHARES_OF
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, Pages, filed, require_open
from grandlivre.tasks.entries import Value, directive
from grandlivre.tasks.proposals import Drafter, Proposal, Puzzle
from grandlivre.tasks.shares import Need, Share, needs
from grandlivre.tasks.statement_files import BankSource, file_statement

_INTEREST = re.compile(r"\bint[ée]r[êe]ts?\b", re.IGNORECASE)


@dataclass(frozen=True)
class Study:
    """One statement of one account, against the books; amounts in whole francs, receipts positive."""

    account: Account
    month: Period
    opening: int
    closing: int
    """The bank's balances at both ends of the month."""
    lines: tuple[StatementLine, ...]
    """The movements of the month."""
    information: tuple[StatementLine, ...]
    """Its lines of 0 F: shown, never asked about."""
    left_out: int
    """How many lines of the file are of other months."""
    matching: Matching
    booked: dict[str, Tick]
    """The movement of the books behind each key of the matching."""
    settled: frozenset[str]
    """The keys that an earlier run had ticked already."""
    proposals: tuple[Proposal, ...]
    puzzles: tuple[Puzzle, ...]
    """Lines that neither the books nor a proposal explain, open choices apart."""
    shares: tuple[Share, ...]
    """What the charges proposed add to the shares of funds already passed."""
    book: int
    """The book balance at the end of the month, before any proposal."""
    earlier: int
    """What earlier statements showed and the books took after the end of this month."""
    recorded: Recorded | None
    """The `releve` directive of that month, when it is already written."""
    blocked: str = ""
    """Why nothing of it may be written: it does not follow the statement before."""

    @property
    def to_tick(self) -> tuple[Tick, ...]:
        """The movements certainly on the statement and not yet ticked, in the order of the books."""
        keys = {movement.key for pair in self.matching.certain for movement in pair.movements} - self.settled
        return tuple(each for key, each in self.booked.items() if key in keys)

    @property
    def unshown(self) -> tuple[Tick, ...]:
        """The movements the statement does not show (open choices included), oldest first."""
        return tuple(
            sorted((self.booked[m.key] for m in self.matching.suspens), key=lambda b: (b.day, b.piece, b.movement.line))
        )

    @property
    def outstanding(self) -> tuple[Tick, ...]:
        """Those the books held at the end of the month."""
        return tuple(each for each in self.unshown if each.entry.date <= self.month.end)

    @property
    def astray(self) -> tuple[Tick, ...]:
        """Movements ticked on this statement in the books, which it does not show."""
        return tuple(each for each in self.unshown if key_of(each) in self.settled)

    @property
    def since(self) -> int:
        """What the bank shows up to this statement and the books took after its month, `date-valeur` telling when it was."""
        shown = (self.booked[m.key] for pair in self.matching.certain for m in pair.movements)
        return self.earlier + sum(each.movement.value for each in shown if each.entry.date > self.month.end)

    @property
    def receipts(self) -> int:
        """Receipts outstanding."""
        return sum(each.movement.value for each in self.outstanding if each.movement.value > 0)

    @property
    def payments(self) -> int:
        """Payments outstanding, positive."""
        return -sum(each.movement.value for each in self.outstanding if each.movement.value < 0)

    @property
    def proposed(self) -> int:
        """What the proposals add to the book balance."""
        return sum(each.line.amount for each in self.proposals)

    @property
    def gap(self) -> int:
        """Statement + receipts outstanding − payments outstanding − book and what came since, the proposals booked."""
        return self.closing + self.receipts - self.payments - self.book - self.since - self.proposed

    @property
    def open_lines(self) -> int:
        """How many lines wait for a person."""
        return len(self.puzzles) + sum(len(choice.lines) for choice in self.matching.choices)

    @property
    def complete(self) -> bool:
        """Whether the statement explains the books wholly, once the proposals are booked."""
        return not (self.blocked or self.open_lines or self.gap or self.astray)

    @property
    def suspens(self) -> str:
        """The vouchers outstanding, as the directive lists them."""
        return " ".join(dict.fromkeys(each.piece or f"{each.entry.date}" for each in self.outstanding))


def month_of(statement: BankFile, wanted: Period | None) -> Period:
    """The month asked for, else that of the last line; raises RefusedError when the statement has none."""
    if wanted is not None:
        return wanted
    if not statement.lines:
        raise RefusedError("Ce relevé n'a aucune opération : dites son mois, par exemple --mois 2026-10.")
    return Period.month(max(line.date for line in statement.lines))


def with_closing(statement: BankFile, closing: int | None) -> BankFile:
    """The statement with the closing balance a person read on paper, when its file gives none.

    Raises RefusedError when its file gives another.
    """
    if closing is None:
        return statement
    if statement.closing is not None and statement.closing != closing:
        raise RefusedError(
            f"Le fichier du relevé finit à {Money(statement.closing)} ; vous dites {Money(closing)}. Retirez --solde."
        )
    return statement._replace(opening=closing - sum(line.amount for line in statement.lines), closing=closing)


def bank_name(books: Books, account: Account, source: BankSource) -> str:
    """Who takes the charges: the bank that the donor's file names, else the payee of the last charge, else the format's."""
    donor = books.donor(account.tree)
    if donor is not None and donor.accounts.bank == account.name and donor.accounts.bank_name:
        return donor.accounts.bank_name
    for entry, movement in reversed(books.movements(account.name)):
        if entry.payee and Tick(entry, movement, "").is_charge:
            return str(entry.payee)
    return str(source.form.name)


def has_work(work: Study) -> bool:
    """Whether writing would change the books."""
    if work.to_tick or work.proposals:
        return True
    if not work.complete:
        return False
    return work.recorded is None or set(work.recorded.outstanding) != set(work.suspens.split())


def study(
    books: Books,
    account: Account,
    statement: BankFile,
    month: Period,
    *,
    bank: str = "Banque",
    document: str = "",
    decided: Sequence[Match] = (),
    looking: bool = False,
) -> Study:
    """Compares the month's lines with the books; raises RefusedError when the balances do not follow one another.

    Who is only looking is shown the month all the same, `blocked` saying why nothing of it may be written.
    """
    opening, closing = _balances(statement, month)
    within = tuple(line for line in statement.lines if line.date in month)
    lines = tuple(line for line in within if not line.is_information)
    shown = _shown(books.ticks(account.name), month)
    blocked = _broken_chain(books, account, month, opening, shown.ticked)
    if blocked and not looking:
        raise RefusedError(blocked)
    matching = _matched(lines, shown, month, decided)
    drafter = Drafter(books, account, month, bank, document)
    drafted = drafter.draft(tuple(each for each in matching.unmatched if isinstance(each, StatementLine)), shown.after)
    return Study(
        account,
        month,
        opening,
        closing,
        lines,
        tuple(line for line in within if line.is_information),
        len(statement.lines) - len(within),
        matching,
        shown.booked,
        shown.settled,
        *drafted,
        books.balance(account.name, month.end),
        shown.earlier(month),
        _recorded(books, account, month, closing),
        blocked,
    )


class _Shown(NamedTuple):
    """What had happened on the account by the end of a month, by the statement that shows it."""

    before: list[Tick]
    """On the statements before this one."""
    here: list[Tick]
    """On this statement or on none yet: what its lines are matched with."""
    later: list[Tick]
    """On a later statement: outstanding for this one, and not to be matched."""
    after: list[Tick]
    """Booked after the month, on no statement yet: perhaps what this one shows, without its `date-valeur`."""

    @property
    def ticked(self) -> int:
        """The bank's balance, as the statements before tell it."""
        return sum(each.movement.value for each in self.before)

    @property
    def settled(self) -> frozenset[str]:
        """The keys of what an earlier run ticked on this statement."""
        return frozenset(key_of(each) for each in self.here if each.month)

    @property
    def booked(self) -> dict[str, Tick]:
        """What the statement may explain, by key."""
        return {key_of(each): each for each in (*self.here, *self.later)}

    def earlier(self, month: Period) -> int:
        """What earlier statements showed and the books took after the end of the month."""
        return sum(each.movement.value for each in self.before if each.entry.date > month.end)


def _shown(ticks: Iterable[Tick], month: Period) -> _Shown:
    before, here, later, after = list[Tick](), list[Tick](), list[Tick](), list[Tick]()
    for tick in ticks:
        if tick.happened > month.end:
            after += [] if tick.month else [tick]
        elif "" < tick.month < month.code:
            before.append(tick)
        elif tick.month <= month.code:
            here.append(tick)
        elif tick.entry.date <= month.end:
            later.append(tick)
    return _Shown(before, without_reversed(here), later, without_reversed(after))


def _matched(lines: Sequence[StatementLine], shown: _Shown, month: Period, decided: Sequence[Match]) -> Matching:
    """The lines and what is not on another statement; what waits for a later one is outstanding."""
    movements = [movement_of(each) for each in shown.here]
    settled = shown.settled
    again = _again(lines, [each for each in movements if each.key in settled], month, decided)
    found = match(lines, movements, as_of=month.end, decided=(*again, *decided))
    waiting = match((), [movement_of(each) for each in shown.later], as_of=month.end).outstanding
    return found._replace(outstanding=(*found.outstanding, *waiting))


def _again(
    lines: Sequence[StatementLine], settled: Sequence[BookMovement], month: Period, decided: Sequence[Match]
) -> list[Match]:
    """What an earlier run ticked keeps its lines, unless a person decided otherwise: running again changes nothing."""
    if not settled:
        return []
    chosen = {movement.key for pair in decided for movement in pair.movements}
    taken = {line for pair in decided for line in pair.lines}
    return [
        pair
        for pair in match(lines, settled, as_of=month.end).certain
        if not taken.intersection(pair.lines) and not chosen & {each.key for each in pair.movements}
    ]


def without_proposals(work: Study) -> Study:
    """The same study when a person wants none of the entries proposed."""
    refused = tuple(
        Puzzle(each.line, "l'écriture proposée a été refusée : passez-la vous-même.") for each in work.proposals
    )
    return replace(work, proposals=(), puzzles=(*work.puzzles, *refused), shares=())


def lacking_shares(books: Books, work: Study) -> tuple[Need, ...]:
    """The month's shares of the donor's funds that are still to be booked, the charges proposed among what they cover."""
    tree, month = work.account.tree, work.month
    charged = sum(-each.line.amount for each in work.proposals if each.other.is_expense and each.date in month)
    charged -= sum(share.amount for share in work.shares)
    if month.end > books.today:
        return ()
    own = [need for need in needs(books, tree) if need.month == month]
    agreement = books.agreement_on(tree, "", month.end)
    if not own and agreement is not None and agreement.financing in SHARES_OF:
        own = [Need(tree, agreement, month, 0, 0, 0)]
    if own:
        own[0] = own[0]._replace(charges=own[0].charges + charged, missing=own[0].missing + charged)
    return tuple(need for need in own if need.missing > 0)


def key_of(booked: Tick) -> str:
    """What tells a movement from every other: its file and line."""
    return f"{booked.entry.file}:{booked.movement.line}"


def write(desk: Desk, work: Study, source: BankSource, document: str = "") -> tuple[str, ...]:
    """Writes the certain ticks, the proposals and, when the study is complete, the `releve`; returns changed paths.

    Raises RefusedError when the study is blocked or the period closed, WriteError when the books cannot be written.
    """
    if work.blocked:
        raise RefusedError(work.blocked)
    if work.proposals or (work.complete and work.recorded is None):
        require_open(desk.books, work.month.end, "Ce relevé")
    for day in sorted({proposal.date for proposal in work.proposals}):
        require_open(desk.books, day, "L'écriture proposée")
    kept = file_statement(desk, source, work.account, work.month.code)
    data = source.path.read_bytes()

    def edit(pages: Pages) -> None:
        for booked in work.to_tick:
            banks = [m for m in booked.entry.movements if m.account.is_bank or m.account.is_mobile]
            posting = booked.movement.line if len(banks) > 1 else None
            pages.set(booked.entry.file, booked.entry.line, "pointage", work.month.code, posting)
        for proposal in work.proposals:
            pages.insert(desk.month_file(work.account, proposal.date), proposal.date, proposal.entry)
        for share in work.shares:
            pages.insert(desk.month_file(work.account, share.date), share.date, share.entry)
        if work.complete:
            _record(pages, work, document)
        if kept is not None:
            pages.change.create(kept, data)

    return desk.write("reconcile", edit)


def _record(pages: Pages, work: Study, document: str) -> None:
    """Adds the `releve`, or brings the outstanding list of the one that stands there up to date."""
    if work.recorded is not None:
        if set(work.recorded.outstanding) != set(work.suspens.split()):
            pages.set(work.recorded.place.file, work.recorded.place.line, "suspens", work.suspens)
        return
    words: dict[str, Value] = {}
    if work.suspens:
        words["suspens"] = work.suspens
    if document:
        words["document"] = document
    currency = pages.desk.books.policy.currency
    values = (work.account.name, f'"{work.month.code}"', f"{work.closing} {currency}")
    pages.insert(
        pages.desk.month_file(work.account, work.month.end),
        work.month.end,
        directive(work.month.end, "releve", values, words),
    )


def find_document(desk: Desk, account: Account, month: Period, wanted: str | None) -> str:
    """The scanned statement, relative to ledger/documents/: the one named, else the usual one if it is there.

    Raises RefusedError when the one named is not there.
    """
    if wanted:
        return filed(desk, wanted, "le relevé numérisé")
    usual = f"{account.tree.lower()}/{month.code}/releve-{account.number}.pdf"
    return usual if desk.books.documents.size(usual) is not None else ""


def movement_of(booked: Tick) -> BookMovement:
    """The movement as the matching sees it."""
    entry, movement = booked.entry, booked.movement
    return BookMovement(
        key_of(booked),
        min(booked.day, booked.happened),
        movement.value,
        cheque=entry.text("cheque", movement) or None,
        transfer=entry.text("ordre", movement) or None,
        payee=entry.payee,
        text=entry.narration,
        voucher=booked.piece,
        charge=booked.is_charge or (movement.value > 0 and _INTEREST.search(entry.narration) is not None),
    )


def _recorded(books: Books, account: Account, month: Period, closing: int) -> Recorded | None:
    """The `releve` directive of the month, which must agree with the bank's file."""
    for recorded in books.directives.statements:
        if recorded.account.name != account.name or recorded.month != month.code:
            continue
        if recorded.balance != closing:
            raise RefusedError(
                f"{Path(recorded.place.file).name}:{recorded.place.line}: la directive releve {month.of} porte "
                f"{Money(recorded.balance)} ; le fichier de la banque finit à {Money(closing)}. Corrigez-la d'abord, ou "
                "prenez le bon fichier."
            )
        return recorded
    return None


def _balances(statement: BankFile, month: Period) -> tuple[int, int]:
    """The bank's balances before the month's first line and after its last."""
    if statement.opening is None or statement.closing is None:
        raise RefusedError(
            "Ce relevé ne donne aucun solde : sans lui, rien ne prouve que toutes les opérations y sont. "
            "Demandez à la banque un relevé avec ses soldes, ou donnez le solde final avec --solde."
        )
    opening = statement.opening + sum(line.amount for line in statement.lines if line.date < month.start)
    closing = opening + sum(line.amount for line in statement.lines if line.date in month)
    after_it = sum(line.amount for line in statement.lines if line.date > month.end)
    total = closing + after_it
    if total != statement.closing:
        raise RefusedError(
            f"Le solde final imprimé est {Money(statement.closing)} ; le solde de départ et les "
            f"{len(statement.lines)} opérations donnent {Money(total)}. Exportez le relevé de nouveau."
        )
    return opening, closing


def _broken_chain(books: Books, account: Account, month: Period, opening: int, ticked: int) -> str:
    """Why the statement does not follow the one before; "" when it begins with what was ticked so far."""
    if opening == ticked:
        return ""
    previous = Period.month(month.start - timedelta(days=1))
    mine = [s for s in books.directives.statements if s.account.name == account.name and s.month < month.code]
    last = max(mine, key=lambda each: each.month, default=None)
    said = f"Le relevé {month.of} commence à {Money(opening)}"
    if last is None:
        return (
            f"{said} ; les mouvements déjà pointés de {account.name} font {Money(ticked)}. Vérifiez que c'est le bon "
            "compte et le premier relevé, et que l'à-nouveau porte le solde du relevé précédent."
        )
    if last.month < previous.code:
        return f"{said} ; le dernier relevé rapproché est {last.month}. Rapprochez d'abord {previous.label}."
    if last.balance != opening:
        return (
            f"{said} ; le relevé précédent ({last.month}) finit à {Money(last.balance)}, écart "
            f"{Money(opening - last.balance)}. Ce n'est pas le relevé qui suit, ou une opération y manque."
        )
    return (
        f"{said}, comme finit {last.month}, mais les mouvements pointés jusque-là font {Money(ticked)} : un pointage a "
        "été changé depuis. Lancez grandlivre check et corrigez-le d'abord."
    )
