"""Statement lines that the books do not hold yet, as drafts under `ledger/brouillons/`, never in the books."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from beancount.core import data
from beangulp.extract import DUPLICATE, extract_from_file

from grandlivre.books.records import Account
from grandlivre.importers.drafts import IDENTITY, LINE, StatementImporter
from grandlivre.importers.statement import BankFile, StatementLine, identities
from grandlivre.matching import BookMovement, Choice, Line, Match, match
from grandlivre.policy.periods import Period
from grandlivre.scaffold.months import header
from grandlivre.sources.files import DRAFTS
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.entries import Value, transaction
from grandlivre.tasks.proposals import counterpart
from grandlivre.tasks.reconciling import Study, movement_of
from grandlivre.tasks.statement_files import BankSource, account_of
from grandlivre.writing import LedgerText, WriteError

_IDENTITY = re.compile(IDENTITY.encode() + rb':[ \t]*"([0-9a-f]{16})"')
_MAYBE = "peut-etre"
_FEW = 5
"""How many vouchers a draft names at most: nobody looks up thirty."""
_LATE = timedelta(days=7)
_TITLE = """\
; Brouillons tirés du relevé de {account}, {month}. Ce fichier n'est pas dans les livres.
; Pour chaque écriture : le tiers, la contrepartie, piece:, les signataires et document: ; puis déplacez-la dans le
; fichier du mois en gardant ligne-releve:, et supprimez celles dont l'écriture existe déjà.
"""


class Draft(NamedTuple):
    """A statement line as an unfinished entry."""

    line: StatementLine
    entry: str
    """The entry as it is written."""
    maybe: str
    """Vouchers that may be the same operation; a person must look."""


@dataclass(frozen=True)
class Intake:
    """What one statement brings; every line of it is in exactly one of the four."""

    source: BankSource
    account: Account
    imported: int
    """How many lines an earlier import already brought."""
    booked: int
    """How many lines the books already hold."""
    information: int
    """How many lines of 0 F ask for nothing."""
    drafts: tuple[Draft, ...]
    path: Path
    """The file of drafts."""


class BooksImporter(StatementImporter):
    """The importer of one statement over these books: it knows what they hold and where charges and interest go."""

    def __init__(self, desk: Desk, source: BankSource, ledger_account: Account) -> None:
        super().__init__(source.form, ledger_account.name, desk.books.policy.currency)
        self.desk = desk
        self.source = source
        self.ledger_account = ledger_account

    def statement(self, filepath: str) -> BankFile:
        """The statement, read once."""
        return self.source.statement

    def extract(self, filepath: str, existing: data.Entries) -> list[data.Transaction]:
        """The drafts, those of charges and interest with their other side."""
        entries = super().extract(filepath, existing)
        for entry in entries:
            line: StatementLine = entry.meta[LINE]
            other = counterpart(self.desk.books, self.ledger_account, line)
            if isinstance(other, Account):
                entry.postings.append(self.leg(other.name, -line.amount))
        return entries

    def deduplicate(self, entries: data.Entries, existing: data.Entries) -> None:
        """Marks what waits among the drafts too: Beancount loads none of them."""
        waiting = _drafted(self.desk)
        for entry in entries:
            if entry.meta[IDENTITY] in waiting:
                entry.meta[DUPLICATE] = True
        super().deduplicate(entries, existing)

    def compare(self, entries: data.Entries, existing: data.Entries) -> None:
        """Marks a line with its certain match in the books, one movement for one line; doubts stay drafts and say so."""
        drafts = {entry.meta[LINE]: entry for entry in entries}
        matching = match(tuple(drafts), _candidates(self.desk, self.ledger_account, tuple(drafts)))
        for pair in matching.certain:
            for line in pair.lines:
                drafts[line].meta[DUPLICATE] = pair
        for choice in matching.choices:
            for line in choice.lines:
                drafts[line].meta[_MAYBE] = " ".join(_nearest(choice, line))


def _nearest(choice: Choice, line: Line) -> list[str]:
    """The vouchers of the few movements of a choice that are nearest to a line."""
    movements = {each for option in choice.options for each in option.movements if line in option.lines}
    nearest = sorted(movements, key=lambda each: (abs((each.date - line.date).days), each.key))[:_FEW]
    return sorted({each.voucher for each in nearest})


def prepare(desk: Desk, source: BankSource, wanted: str | None = None) -> Intake:
    """Sorts the lines of a statement; writes nothing. Raises RefusedError when its account is not known."""
    account = account_of(desk, source, wanted)
    existing = list(desk.inspection.entries)
    importer = BooksImporter(desk, source, account)
    entries = extract_from_file(importer, str(source.path), existing)
    importer.deduplicate(entries, existing)
    drafts = tuple(_draft(entry, importer.currency) for entry in entries if DUPLICATE not in entry.meta)
    booked = sum(isinstance(entry.meta.get(DUPLICATE), Match) for entry in entries)
    last = max((line.date for line in source.statement.lines), default=desk.books.today)
    name = f"{account.tree.lower()}-{account.number}-{Period.month(last).code}.beancount"
    imported = len(entries) - booked - len(drafts)
    information = len(source.statement.lines) - len(entries)
    return Intake(source, account, imported, booked, information, drafts, desk.ledger / DRAFTS / name)


def write(desk: Desk, intake: Intake) -> tuple[str, ...]:
    """Adds the drafts to their file; returns the changed paths (none when there is nothing to add); raises WriteError."""
    if not intake.drafts:
        return ()
    before = intake.path.read_bytes() if intake.path.exists() else None
    if before is None:
        month = Period.month(max(draft.line.date for draft in intake.drafts)).label
        title = _TITLE.format(account=intake.account.name, month=month)
        text = title + header(desk.inspection.main)
    else:
        text = _decoded(before, desk.inspection.relative(str(intake.path)))
    ledger = LedgerText(text, desk.inspection.relative(str(intake.path)))
    for draft in intake.drafts:
        ledger.insert_entry(draft.line.date, draft.entry)
    content = ledger.text().encode()
    return desk.write(
        "import",
        lambda pages: (
            pages.change.create(intake.path, content)
            if before is None
            else pages.change.edit(intake.path, content, before)
        ),
    )


def stale_drafts(desk: Desk, work: Study, source: BankSource) -> tuple[str, ...]:
    """Where the drafts stand (`file:line`) of the lines that a reconciliation explains."""
    explained = {line for pair in work.matching.certain for line in pair.lines} | {each.line for each in work.proposals}
    lines = source.statement.lines
    known = {
        identity
        for line, identity in zip(lines, identities(work.account.name, lines), strict=True)
        if line in explained
    }
    return tuple(
        f"{desk.inspection.relative(str(path))}:{number}"
        for path in _draft_files(desk)
        for number, text in enumerate(path.read_bytes().split(b"\n"), 1)
        if (found := _IDENTITY.search(text)) and found[1].decode() in known
    )


def _draft_files(desk: Desk) -> list[Path]:
    return sorted((desk.ledger / DRAFTS).glob("**/*.beancount"))


def _drafted(desk: Desk) -> frozenset[str]:
    """The identities written in any file of drafts, readable by Beancount or not."""
    return frozenset(found.decode() for path in _draft_files(desk) for found in _IDENTITY.findall(path.read_bytes()))


def _candidates(desk: Desk, account: Account, lines: Sequence[StatementLine]) -> list[BookMovement]:
    """The movements of the books that may be one of these lines: not imported themselves, not ticked elsewhere."""
    months = {Period.month(line.date).code for line in lines}
    last = max((line.date for line in lines), default=None)
    return [
        movement_of(each)
        for each in desk.books.ticks(account.name)
        if last is not None
        and each.entry.date <= last + _LATE
        and (not each.month or each.month in months)
        and IDENTITY not in each.entry.meta
    ]


def _draft(entry: data.Transaction, currency: str) -> Draft:
    """An extracted entry as the books write entries: beangulp's own printing names folders and lines nothing up."""
    line: StatementLine = entry.meta[LINE]
    own = {*data.new_metadata("", 0), LINE}
    words: dict[str, Value] = {key: value for key, value in entry.meta.items() if key not in own}
    bank, *others = (posting.account for posting in entry.postings)
    legs = [(bank, line.amount), *((other, -line.amount) for other in others)]
    text = transaction(line.date, "!", "", line.text, words, legs, currency)
    return Draft(line, text, entry.meta.get(_MAYBE, ""))


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WriteError("ce fichier de brouillons n'est pas en UTF-8 : enregistrez-le en UTF-8.", path) from error
