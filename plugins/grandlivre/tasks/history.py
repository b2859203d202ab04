"""The history of a voucher: who recorded it and changed it (git), who signed or refused it (visas), when its period was closed."""

from __future__ import annotations

import re
from datetime import date
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.i18n import did_you_mean, listing
from grandlivre.proof.judging import Standing
from grandlivre.proof.signature import read_signature
from grandlivre.proof.verifying import counter
from grandlivre.proof.visa import PERSONAL
from grandlivre.rules import proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.past import content_at, file_changes

_BEGINS = re.compile(r"\d{4}-\d{2}-\d{2} ")


class Event(NamedTuple):
    """One thing that happened to a voucher."""

    day: date
    who: str
    what: str
    lines: tuple[str, ...] = ()
    """Lines of the ledger that went (-) or came (+)."""


class History(NamedTuple):
    """What is known of a voucher, oldest first."""

    entry: Entry | None
    """As the books hold it today; None when they hold it no more."""
    events: tuple[Event, ...]
    silent: str
    """Why git tells nothing, "" when it does."""


def history(books: Books, piece: str) -> History:
    """All that happened to a voucher; raises RefusedError for one that nobody knows."""
    entries = books.vouchers(piece)
    signed = _signed(books, piece)
    if not entries and not signed:
        known = [entry.piece for entry in books.entries if entry.piece]
        raise RefusedError(f"La pièce {piece} n'est pas dans les livres.{did_you_mean(piece, known, likeness=0.8)}")
    recorded: list[Event] = []
    silent = ""
    entry = entries[0] if entries else None
    if entry is not None:
        try:
            recorded = _recorded(Path(books.main), Path(entry.file), piece)
        except RefusedError as error:
            silent = str(error)
    events = [*recorded, *signed, *(_closed(books, entry) if entry is not None else [])]
    return History(entry, tuple(sorted(events, key=lambda event: event.day)), silent)


def _signed(books: Books, piece: str) -> list[Event]:
    """Every visa that lists the voucher, with what it is worth."""
    found = proofs(books)
    newest = found.listed()
    events: list[Event] = []
    for standing in found.standings:
        visa = standing.visa
        if visa.nature not in PERSONAL or all(name != piece for _, name in visa.body):
            continue
        who = books.policy.called(visa.person)
        if visa.person not in standing.signers:
            events.append(Event(visa.date, who, f"visa qui ne vaut rien ({standing.file.path})"))
        elif visa.nature == "refus":
            events.append(Event(visa.date, who, f"refuse : {visa.reason}"))
        else:
            last = newest.get((visa.person, visa.nature, piece)) == visa.date
            state = found.of_object(piece, visa.person, visa.nature) if last else None
            said = f", {state.state}" if state is not None else ""
            what = {"derogations": "signe la dérogation", "rapport": "signe le rapport"}.get(visa.nature, "signe")
            events.append(Event(visa.date, who, f"{what}{said}{_counted(standing)}"))
    return events


def _counted(standing: Standing) -> str:
    """The counter that a security key showed: one that goes back betrays a copy. It is shown, never judged."""
    for each in standing.file.signatures:
        shown = counter(read_signature(each.content)) if each.signer == standing.visa.person else None
        if shown is not None:
            return f" (compteur de la clé : {shown})"
    return ""


def _closed(books: Books, entry: Entry) -> list[Event]:
    """The closing of the voucher's period."""
    for closing, period in books.closed:
        if entry.date in period:
            standing = proofs(books).closing(closing).standing
            by = f", signée par {listing(list(standing.signers))}" if standing is not None and standing.signers else ""
            return [Event(closing.date, "", f"période {closing.period} close{by}")]
    return []


def _recorded(main: Path, file: Path, piece: str) -> list[Event]:
    """What git recorded of the voucher's lines in the file where it stands, and what is not recorded yet."""
    events: list[Event] = []
    before = ""
    for change in file_changes(main, file):
        content = content_at(main, change.id, change.path) if change.kind != "D" else b""
        now = _block((content or b"").decode("utf-8", "replace"), piece)
        if now != before:
            what = "saisit" if not before else "retire" if not now else "modifie"
            lines = tuple(_differences(before, now)) if before and now else ()
            events.append(Event(change.day, change.author, f"{what} ({change.id[:12]}, « {change.subject} »)", lines))
            before = now
    now = _block(file.read_text(encoding="utf-8"), piece)
    if now != before:
        what = "modifiée depuis son dernier enregistrement dans git" if before else "pas encore enregistrée dans git"
        events.append(Event(date.max, "", what, tuple(_differences(before, now)) if before else ()))
    return events


def _block(text: str, piece: str) -> str:
    """The lines of the entry that carries a voucher, as they are written."""
    lines = text.splitlines()
    quoted = f'"{piece}"'
    for at, line in enumerate(lines):
        if line.strip().startswith("piece:") and quoted in line:
            start = next((rank for rank in range(at, -1, -1) if _BEGINS.match(lines[rank])), at)
            end = next((rank for rank in range(at, len(lines)) if not lines[rank].startswith((" ", "\t"))), len(lines))
            return "\n".join(each.rstrip() for each in lines[start:end])
    return ""


def _differences(before: str, now: str) -> list[str]:
    rows = list(unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=0))[2:]
    return [f"{row[0]} {row[1:].strip()}" for row in rows if not row.startswith("@@")]
