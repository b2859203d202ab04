"""What a whole run stood on, kept for the runs after it: its answer, the books it was given of, and what each rule's findings hang on.

The changes of ledgers since are always told from this run, however many were answered meanwhile. `GARDES` holds the guards, read last.
"""

from __future__ import annotations

from grandlivre.guards.as_data import NoDataError
from grandlivre.guards.as_data import read as read_guard
from grandlivre.guards.guard import Guard
from grandlivre.kept import records
from grandlivre.kept.answers import Rows
from grandlivre.kept.marks import UnsureError, digest_of
from grandlivre.kept.plain_entries import Known

_FILE, _GUARDS = "appui", "gardes"
_KIND, _GUARDS_KIND = "grandlivre appui 1", "grandlivre gardes 1"


class Facts:
    """What is known of the books themselves."""

    __slots__ = ("asserted", "known", "ledgers", "ranks")

    def __init__(
        self, known: Known, asserted: list[tuple[str, str]], ranks: list[tuple[str, str, int]], ledgers: frozenset[str]
    ) -> None:
        self.known = known
        self.asserted = asserted
        """The accounts of which a `balance` says the sum, each with its day."""
        self.ranks = ranks
        """Of directives of one kind and day in several ledgers: kind and day, ledger, line, in the order of the load."""
        self.ledgers = ledgers
        """The ledgers, by path from the root, whose entries may change without a whole run."""


class Ground:
    """A whole run's answer, and what it stood on."""

    __slots__ = ("answer", "facts", "guards", "texts", "under")

    def __init__(
        self, under: tuple[str, ...], answer: Rows, facts: Facts, texts: dict[str, str], guards: list[list[str]]
    ) -> None:
        self.under = under
        """The program, the entry point, the day, the names of all files, the papers, what lies beside, who parsed."""
        self.answer = answer
        self.facts = facts
        self.texts = texts
        """The digest of each text, by path from the root."""
        self.guards = guards
        """Each rule's name and guard, as texts."""

    def save(self, folder: str) -> None:
        """Keeps it in place of the former one. Raises OSError."""
        guards = records.written(_GUARDS_KIND, self.guards)
        known = self.facts.known
        tables = [
            [list(self.under), [digest_of(guards), known.currency]],
            self.answer,
            [list(each) for each in known.years],
            [[name, *days] for name, days in known.accounts.items()],
            [list(each) for each in known.series.items()],
            [list(each) for each in self.facts.asserted],
            [[key, path, str(line)] for key, path, line in self.facts.ranks],
            [[path, digest, "oui" if path in self.facts.ledgers else ""] for path, digest in self.texts.items()],
        ]
        counts = [str(len(table)) for table in tables]
        records.save(f"{folder}/{_GUARDS}", guards)
        records.save(f"{folder}/{_FILE}", records.written(_KIND, [counts, *(row for table in tables for row in table)]))

    @classmethod
    def load(cls, folder: str) -> Ground:
        """The last one that was kept. Raises OSError or UnsureError."""
        counts, *rows = records.load(f"{folder}/{_FILE}", _KIND)
        try:
            tables: list[Rows] = []
            at = 0
            for count in map(int, counts):
                tables.append(rows[at : at + count])
                at += count
            (under, (guards, currency)), answer, years, accounts, series, asserted, ranks, texts = tables
            known = Known(
                currency,
                {name: (opened, closed) for name, opened, closed in accounts},
                dict(series),
                [(start, end) for start, end in years],
            )
            facts = Facts(
                known,
                [(name, day) for name, day in asserted],
                [(key, path, int(line)) for key, path, line in ranks],
                frozenset(path for path, _, own in texts if own),
            )
            found = {path: digest for path, digest, _ in texts}
        except ValueError as error:
            raise UnsureError from error
        return cls(tuple(under), answer, facts, found, [[guards]])

    def read_guards(self, folder: str) -> list[Guard]:
        """What the rules' findings hang on. Raises OSError or UnsureError."""
        ((mark,),) = self.guards
        with open(f"{folder}/{_GUARDS}", "rb", buffering=0) as stream:
            content = stream.readall()
        if digest_of(content) != mark:  # of another run, or damaged
            raise UnsureError
        try:
            return [read_guard(text) for _, text in records.read(_GUARDS_KIND, content)]
        except (NoDataError, ValueError) as error:
            raise UnsureError from error
