"""Statement lines as draft entries, and each format as a beangulp importer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import beangulp
from beancount.core import data
from beancount.core.amount import Amount

from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.reading import read_statement, recognised
from grandlivre.importers.statement import Statement, identities

IDENTITY = "ligne-releve"
"""The metadata that says which statement line an entry comes from; it is what makes a second import add nothing."""


def known_identities(entries: Iterable[data.Directive]) -> frozenset[str]:
    """The statement lines that entries (of the books and of the drafts) already stand for."""
    return frozenset(str(entry.meta[IDENTITY]) for entry in entries if entry.meta and IDENTITY in entry.meta)


def drafts(
    statement: Statement, account: str, source: str, *, known: Collection[str] = (), currency: str = "XOF"
) -> list[data.Transaction]:
    """One unfinished entry (flag `!`, the bank's side only) for each line that is not known yet."""
    found: list[data.Transaction] = []
    for line, identity in zip(statement.lines, identities(account, statement.lines), strict=True):
        if identity in known:
            continue
        meta = data.new_metadata(source, line.row, {IDENTITY: identity})
        if line.reference:
            meta["reference-releve"] = line.reference
        if line.nature:
            meta["nature"] = line.nature
        posting = data.Posting(account, Amount(Decimal(line.amount), currency), None, None, None, None)
        narration = line.text.replace('"', "'")
        found.append(data.Transaction(meta, line.date, "!", None, narration, data.EMPTY_SET, data.EMPTY_SET, [posting]))
    return found


class StatementImporter(beangulp.Importer):  # type: ignore[misc]
    """A statement format as beangulp sees it: `identify`, `extract` and `archive` follow the YAML."""

    def __init__(self, form: StatementFormat, account: str) -> None:
        self.form = form
        self.importer_account = account

    @property
    def name(self) -> str:
        """The bank's name."""
        return self.form.name

    def identify(self, filepath: str) -> bool:
        """Whether the file has this format's kind, encoding and columns."""
        return bool(recognised(Path(filepath), [self.form]))

    def account(self, filepath: str) -> str:
        """The ledger account of the statement."""
        return self.importer_account

    def date(self, filepath: str) -> date | None:
        """The day of the newest line."""
        statement = read_statement(Path(filepath), self.form).statement
        return max((line.date for line in statement.lines), default=None) if statement else None

    def extract(self, filepath: str, existing: Sequence[data.Directive]) -> list[data.Transaction]:
        """The drafts of the lines not yet in `existing`; a file that cannot be read raises with every problem."""
        reading = read_statement(Path(filepath), self.form)
        if reading.statement is None:
            raise ValueError("\n".join(f"{p.path}:{p.row}: {p.message}" for p in reading.problems))
        return drafts(reading.statement, self.importer_account, filepath, known=known_identities(existing or ()))
