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
from grandlivre.importers.statement import BankFile, StatementLine
from grandlivre.matching import BookMovement, Tick, match
from grandlivre.policy.periods import Period
from grandlivre.scaffold.months import header
from grandlivre.sources.files import DRAFTS
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.entries import Value, transaction
from grandlivre.tasks.proposals import counterpart
from grandlivre.tasks.reconciling import movement_of
from grandlivre.tasks.statement_files import Source, account_of
from grandlivre.writing import LedgerText, WriteError

_IDENTITY = re.compile(IDENTITY.encode() + rb':[ \t]*"([0-9a-f]{16})"')
_MAYBE = "peut-etre"
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
    """What one statement brings; every line of it is in exactly one of the three."""

    source: Source
    account: Account
    imported: int
    """How many lines an earlier import already brought."""
    booked: int
    """How many lines the books already hold."""
    drafts: tuple[Draft, ...]
    path: Path
    """The file of drafts."""


class BooksImporter(StatementImporter):
    """The importer of one statement over these books: it knows what they hold and where charges and interest go."""

    def __init__(self, desk: Desk, source: Source, ledger_account: Account) -> None:
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
        for tick in matching.certain:
            for line in tick.lines:
                drafts[line].meta[DUPLICATE] = tick
        for choice in matching.choices:
            for line in choice.lines:
                drafts[line].meta[_MAYBE] = " ".join(sorted({each.voucher for each in choice.movements}))


def prepare(desk: Desk, source: Source, wanted: str | None = None) -> Intake:
    """Sorts the lines of a statement; writes nothing."""
    account = account_of(desk, source, wanted)
    existing = list(desk.inspection.entries)
    importer = BooksImporter(desk, source, account)
    entries = extract_from_file(importer, str(source.path), existing)
    importer.deduplicate(entries, existing)
    drafts = tuple(_draft(entry, importer.currency) for entry in entries if DUPLICATE not in entry.meta)
    booked = sum(isinstance(entry.meta.get(DUPLICATE), Tick) for entry in entries)
    last = max((line.date for line in source.statement.lines), default=desk.books.today)
    name = f"{account.tree.lower()}-{account.number}-{Period.month(last).code}.beancount"
    imported = len(entries) - booked - len(drafts)
    return Intake(source, account, imported, booked, drafts, desk.ledger / DRAFTS / name)


def write(desk: Desk, intake: Intake) -> tuple[str, ...]:
    """Adds the drafts to their file; returns the changed paths (none when there is nothing to add)."""
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


def _drafted(desk: Desk) -> frozenset[str]:
    """The identities written in any file of drafts, readable by Beancount or not."""
    folder = desk.ledger / DRAFTS
    return frozenset(
        found.decode()
        for path in sorted(folder.glob("**/*.beancount"))
        for found in _IDENTITY.findall(path.read_bytes())
    )


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
