"""The books as a task reads them, and the one door through which it writes.

What was read is remembered byte for byte: when anybody changed a file of the books meanwhile, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from grandlivre.books.documents import composed
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.i18n import did_you_mean
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.rules import Finding
from grandlivre.scaffold.months import header
from grandlivre.sources import walk
from grandlivre.sources.files import Include
from grandlivre.sources.problem import RefusedError
from grandlivre.writing import DISK, ChangeSet, MetadataValue, WriteError, insert_entry, interrupted, locked, pending

_SHOWN = 5
Changes = Mapping[Path, tuple[bytes | None, bytes | None]]
"""By file, what it holds and what it would hold; None where there is no such file."""


@dataclass(frozen=True)
class Desk:
    """Books opened for one task."""

    inspection: Inspection
    files: dict[Path, bytes]
    """Every file of the books, as it was before the load."""
    includes: tuple[Include, ...]
    recovered: str
    """What an interrupted command had left and was finished, or ""."""

    @property
    def root(self) -> Path:
        """The folder that holds ledger/ and rules/."""
        return self.inspection.root

    @property
    def ledger(self) -> Path:
        """The folder of the entry point."""
        return self.inspection.main.parent

    @property
    def books(self) -> Books:
        """The index over the books."""
        return self.inspection.books

    def write(self, command: str, edit: Callable[[Pages], None]) -> tuple[str, ...]:
        """Makes the edits, all or none, and returns the paths that changed, relative to the root; raises WriteError."""
        with locked(self.root, command, DISK):
            if read_files(self.inspection.main)[0] != self.files:
                raise WriteError(
                    "les livres ont changé depuis que la commande les a lus. Rien n'a été modifié ; "
                    "enregistrez vos fichiers, puis relancez la commande."
                )
            change = ChangeSet(self.root, DISK)
            pages = Pages(self, change)
            edit(pages)
            pages.close()
            return change.commit()

    def planned(self, edit: Callable[[Pages], None]) -> Changes:
        """What the edits would change, by file: its content before and after; nothing is written. Raises WriteError."""
        change = ChangeSet(self.root, DISK)
        pages = Pages(self, change)
        edit(pages)
        pages.close()
        return change.changes

    def month_file(self, account: Account, day: date) -> Path:
        """The file where a directive of that account and day goes, existing or to be created."""
        return month_file(self.books, self.files, self.includes, account.tree, day) or Path(account.place.file)


class Pages:
    """The files of the books while a task edits them."""

    def __init__(self, desk: Desk, change: ChangeSet) -> None:
        self.desk = desk
        self.change = change
        self._new: dict[Path, str] = {}

    def insert(self, path: Path, day: date, entry: str) -> None:
        """Adds an entry at its date; a month's file that does not exist yet is made with its header."""
        if path in self.desk.files:
            self.change.ledger(path, self.desk.files[path]).insert_entry(day, entry)
            return
        title = f"; {path.parent.name.upper()} : {Period.month(day).label}.\n"
        text = self._new.get(path) or f"{title}{header(self.desk.inspection.main)}"
        self._new[path] = insert_entry(text, day, entry)

    def set(self, file: str, line: int, key: str, value: MetadataValue, posting_line: int | None = None) -> None:
        """Sets a value on the directive, or on its posting, that begins at that line."""
        path = Path(file)
        self.change.ledger(path, self.desk.files.get(path)).set_metadata(line, key, value, posting_line)

    def close(self) -> None:
        """Hands the new files to the change."""
        for path, text in self._new.items():
            self.change.create(path, text.encode())


def open_desk(main: Path, command: str, today: date | None = None) -> Desk:
    """Opens the books, having finished what an interrupted command left; raises RefusedError or WriteError.

    Who only looks takes no lock and leaves no file: `Desk.write` takes it.
    """
    main = main.resolve()
    recovered = ""
    if interrupted(main.parent.parent):
        with locked(main.parent.parent, command) as finished:
            recovered = finished.message if finished is not None else ""
    files, includes = read_files(main)
    inspection = inspect(main, today)
    if inspection.halted:
        said = [
            f"{inspection.relative(f.file)}:{f.line}: {f.message}"
            for f in inspection.findings
            if f.rule in ("texte", "beancount")
        ]
        raise RefusedError(
            "Les livres ne se lisent pas entièrement : corrigez d'abord ceci (grandlivre check montre tout).",
            *said[:_SHOWN],
        )
    return Desk(inspection, files, includes, recovered)


def waiting(main: Path) -> str:
    """What to say to who reads books in which an interrupted command has still to write, or ""."""
    if not pending(main.resolve().parent.parent):
        return ""
    return (
        "Une commande a été interrompue pendant son écriture : ces livres peuvent être à moitié écrits. La prochaine "
        "commande qui écrit (reconcile, count, close …) la termine d'abord."
    )


def verdict(before: Inspection) -> tuple[Inspection, tuple[Finding, ...]]:
    """The books inspected again after a task, and the findings that were not there before it."""
    after = inspect(before.main, before.books.as_of)
    known = {(f.rule, f.file, f.steady) for f in before.findings}
    return after, tuple(f for f in after.findings if (f.rule, f.file, f.steady) not in known)


def find_account(books: Books, wanted: str, accounts: tuple[Account, ...], kind: str) -> Account:
    """The account a person means: its whole name, its number, the end of its name, or its tree when it has one only.

    Raises RefusedError, naming those that are possible, when the words fit none or several.
    """
    opened = [each for each in accounts if each.opened is not None]
    exact = [each for each in opened if each.name == wanted]
    if exact:
        return exact[0]
    said = wanted.casefold()
    found = [
        each
        for each in opened
        if said in (each.number, each.tree.casefold()) or each.name.casefold().endswith(f":{said}")
    ]
    if len(found) == 1:
        return found[0]
    names = [each.name for each in (found or opened)]
    if not names:
        raise RefusedError(f"Ces livres n'ont aucun compte de {kind} ouvert.")
    why = "désigne plusieurs comptes" if found else f"n'est pas un compte de {kind}"
    raise RefusedError(
        f"« {wanted} » {why}.{did_you_mean(wanted, names)} Comptes possibles : {', '.join(sorted(names))}."
    )


def filed(desk: Desk, wanted: str, what: str) -> str:
    """A file of ledger/documents/ by its path there (or its whole path); raises RefusedError when it is not there."""
    documents = desk.books.documents
    folder = documents.root.resolve()
    for path in ((folder / wanted).resolve(), Path(wanted).resolve()):
        if path.is_relative_to(folder):
            name = composed(path.relative_to(folder).as_posix())
            if documents.size(name) is not None:
                return name
    raise RefusedError(f"Le fichier {wanted} n'est pas dans ledger/documents/ : rangez-y d'abord {what}.")


def require_open(books: Books, day: date, what: str) -> None:
    """Raises RefusedError when a day is in a closed period or in no fiscal year."""
    for closing, period in books.closed:
        if day in period:
            raise RefusedError(f"{what} du {day:%d/%m/%Y} est dans la période {closing.period}, qui est close.")
    if not books.policy.organisation.is_open(day):
        raise RefusedError(
            f"{what} du {day:%d/%m/%Y} n'est dans aucun exercice ouvert : ajoutez l'exercice dans rules/organisation.yaml."
        )


def read_files(main: Path) -> tuple[dict[Path, bytes], tuple[Include, ...]]:
    """The files of the books as they stand, and the lines that include them."""
    walked = walk(main)
    return {file.path: file.data for file in walked.files if file.problem is None}, walked.includes


def month_file(books: Books, files: Container[Path], includes: Iterable[Include], tree: str, day: date) -> Path | None:
    """The file that holds, or will hold, what a tree books on a day: one that the books read; None when there is none.

    A tree's folder may have been renamed: where no include reads the usual one, its last entry shows where it lives.
    """
    name = f"{Period.month(day).code}.beancount"
    last = next((e for e in reversed(books.entries) if tree in e.trees and e.date <= day), None)
    homes = [books.folder / tree.lower(), *([Path(last.file).parent] if last is not None else [])]
    for month in (home / name for home in homes):
        if month in files or any(each.names(month) for each in includes):
            return month
    return Path(last.file) if last is not None and Path(last.file) in files else None
