"""Statement lines as draft entries: each format of `rules/releves/` is a beangulp importer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import beangulp
from beancount.core import data
from beancount.core.amount import Amount
from beangulp.exceptions import Error
from beangulp.extract import DUPLICATE

from grandlivre.importers.formats import StatementFormat, load_formats
from grandlivre.importers.reading import read_statement, recognised
from grandlivre.importers.statement import BankFile, identities
from grandlivre.sources.problem import Problem

IDENTITY = "ligne-releve"
"""The metadata that says which statement line an entry comes from; it is what makes a second import add nothing."""
LINE = "__ligne__"
"""Where an extracted entry carries its `StatementLine`; Beancount never prints such a key."""


class StatementImporter(beangulp.Importer):  # type: ignore[misc]
    """A statement format as beangulp sees it: its commands identify, extract and archive what the YAML describes.

    A file that cannot be read raises beangulp's Error, whose French text says every problem with its row.
    """

    def __init__(self, form: StatementFormat, account: str | None = None, currency: str = "XOF") -> None:
        self.form = form
        self.importer_account = account
        self.currency = currency

    @property
    def name(self) -> str:
        """The bank's name."""
        return self.form.name

    def identify(self, filepath: str) -> bool:
        """Whether the file has this format's kind, encoding and columns."""
        return recognised(Path(filepath), self.form)

    def account(self, filepath: str) -> str:
        """The ledger account: the one given, else the one the format declares for the number the bank prints. Raises Error."""
        if self.importer_account is not None:
            return self.importer_account
        number = self.statement(filepath).account_id
        found = self.form.account_of(number)
        if found is None:
            said = f"le n° {number}, que le format ne connaît pas" if number else "aucun numéro de compte"
            raise Error(f"{filepath} porte {said} : déclarez son compte dans « comptes » de « {self.form.name} ».")
        return found

    def date(self, filepath: str) -> dt.date | None:
        """The day of the newest line."""
        return max((line.date for line in self.statement(filepath).lines), default=None)

    def filename(self, filepath: str) -> str:
        """The name under which beangulp archives it, after the date and under the account: banks' own names say neither."""
        return f"releve{Path(filepath).suffix.lower()}"

    def statement(self, filepath: str) -> BankFile:
        """What the file says. Raises Error."""
        reading = read_statement(Path(filepath), self.form)
        if reading.statement is None:
            raise Error("\n".join(f"{each}" for each in reading.problems))
        return reading.statement

    def extract(self, filepath: str, existing: data.Entries) -> list[data.Transaction]:
        """One unfinished entry a movement (flag `!`, the bank's side only), whatever exists: `deduplicate` compares."""
        account, lines = self.account(filepath), self.statement(filepath).lines
        found: list[data.Transaction] = []
        for line, identity in zip(lines, identities(account, lines), strict=True):
            if line.is_information:
                continue
            meta = data.new_metadata(filepath, line.row, {IDENTITY: identity, LINE: line})
            if line.reference:
                meta["reference-releve"] = line.reference
            if line.nature:
                meta["nature"] = line.nature
            legs = [self.leg(account, line.amount)]
            found.append(data.Transaction(meta, line.date, "!", None, line.text, data.EMPTY_SET, data.EMPTY_SET, legs))
        return found

    def leg(self, account: str, units: int) -> data.Posting:
        """A posting of whole units."""
        return data.Posting(account, Amount(Decimal(units), self.currency), None, None, None, None)

    def sort(self, entries: data.Entries, reverse: bool = False) -> None:
        """By day; within a day the bank's order stays, whichever way the rows of its file go."""
        entries.sort(key=lambda entry: entry.date, reverse=reverse)

    def deduplicate(self, entries: data.Entries, existing: data.Entries) -> None:
        """Marks each line that an entry came from already, wherever it went since, then compares the others."""
        came = {entry.meta[IDENTITY]: entry for entry in existing if entry.meta and IDENTITY in entry.meta}
        for entry in entries:
            if entry.meta[IDENTITY] in came:
                entry.meta[DUPLICATE] = came[entry.meta[IDENTITY]]
        self.compare(
            [entry for entry in entries if DUPLICATE not in entry.meta],
            [entry for entry in existing if not (entry.meta and IDENTITY in entry.meta)],
        )

    def compare(self, entries: data.Entries, existing: data.Entries) -> None:
        """Marks what was typed by hand, as beangulp does it: by `cmp`, two days around."""
        super().deduplicate(entries, existing)

    @staticmethod
    def cmp(entry: data.Transaction, other: data.Directive) -> bool:
        """Whether the other one moves exactly the same amount on the account (beangulp's own is 5 % wide)."""
        moved = entry.postings[0]
        return isinstance(other, data.Transaction) and any(
            (each.account, each.units) == (moved.account, moved.units) for each in other.postings
        )


def statement_importers(folder: Path | str, currency: str = "XOF") -> list[StatementImporter]:
    """One importer a format under a folder, ready for `beangulp.Ingest`; raises beangulp's Error with every mistake."""
    problems: list[Problem] = []
    formats = load_formats(Path(folder), problems)
    if problems:
        raise Error("\n".join(f"{each.path}:{each.line}: {each.message}" for each in problems))
    return [StatementImporter(form, currency=currency) for form in formats.values()]
