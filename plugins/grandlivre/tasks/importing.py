"""Statement lines that the books do not hold yet, as drafts under `ledger/brouillons/`, never in the books."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from grandlivre.books.records import Account
from grandlivre.importers.drafts import IDENTITY, known_identities
from grandlivre.importers.statement import StatementLine, identities
from grandlivre.matching import BookMovement, match
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
_LATE = timedelta(days=7)
_TITLE = """\
; Brouillons tirés du relevé de {account}, {month}. Ce fichier n'est pas dans les livres.
; Pour chaque écriture : le tiers, la contrepartie, piece:, les signataires et document: ; puis déplacez-la dans le
; fichier du mois en gardant ligne-releve:, et supprimez celles dont l'écriture existe déjà.
"""


@dataclass(frozen=True)
class Draft:
    """A statement line as an unfinished entry."""

    line: StatementLine
    entry: str
    maybe: tuple[str, ...]
    """Vouchers that may be the same operation; a person must look."""


@dataclass(frozen=True)
class Intake:
    """What one statement brings; every line of it is in exactly one of the three."""

    source: Source
    account: Account
    imported: int
    """Lines that an earlier import already brought."""
    booked: tuple[tuple[StatementLine, str], ...]
    """Lines that the books already hold, with their voucher."""
    drafts: tuple[Draft, ...]
    path: Path
    """The file of drafts."""


def prepare(desk: Desk, source: Source, wanted: str | None = None) -> Intake:
    """Sorts the lines of a statement; writes nothing."""
    account = account_of(desk, source, wanted)
    lines = source.statement.lines
    known = known_identities(desk.inspection.entries) | _drafted(desk)
    named = dict(zip(identities(account.name, lines), lines, strict=True))
    fresh = {identity: line for identity, line in named.items() if identity not in known}
    matching = match(tuple(fresh.values()), _candidates(desk, account, tuple(fresh.values())))
    booked = {
        line: ", ".join(sorted({each.voucher for each in tick.movements}))
        for tick in matching.certain
        for line in tick.lines
    }
    maybe = {
        line: tuple(sorted({each.voucher for each in choice.movements}))
        for choice in matching.choices
        for line in choice.lines
    }
    drafts = [
        _draft(desk, account, identity, line, maybe.get(line, ()))
        for identity, line in fresh.items()
        if line not in booked
    ]
    last = max((line.date for line in lines), default=desk.books.today)
    name = f"{account.tree.lower()}-{account.number}-{Period.month(last).code}.beancount"
    return Intake(
        source,
        account,
        len(lines) - len(fresh),
        tuple((line, booked[line]) for line in fresh.values() if line in booked),
        tuple(drafts),
        desk.ledger / DRAFTS / name,
    )


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


def _draft(desk: Desk, account: Account, identity: str, line: StatementLine, maybe: tuple[str, ...]) -> Draft:
    words: dict[str, Value] = {IDENTITY: identity}
    if line.reference:
        words["reference-releve"] = line.reference
    if line.nature:
        words["nature"] = line.nature
    if maybe:
        words["peut-etre"] = " ".join(maybe)
    other = counterpart(desk.books, account, line)
    legs = [(account.name, line.amount)]
    if isinstance(other, Account):
        legs.append((other.name, -line.amount))
    entry = transaction(line.date, "!", "", line.text, words, legs, desk.books.policy.currency)
    return Draft(line, entry, maybe)


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WriteError("ce fichier de brouillons n'est pas en UTF-8 : enregistrez-le en UTF-8.", path) from error
