"""The balance of a bank or a till after each of its movements, beside the movement."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from grandlivre.books.index import Books
from grandlivre.editor.words import units
from grandlivre.editor.workspace import Workspace
from grandlivre.i18n import Money


def balances(shown: Workspace, books: Books, path: Path, first: int, last: int) -> list[types.InlayHint]:
    """The hints of some lines (0: the first) of a file, in the order of the file."""
    found: list[types.InlayHint] = []
    lines, now = shown.text(path).splitlines(), shown.lines(path)
    for account in books.accounts.values():
        if not (account.is_bank or account.is_mobile or account.is_till):
            continue
        for step in books.ledger(account.name):
            if step.entry.file != str(path):
                continue
            at = (now(step.movement.line) or 0) - 1
            if not first <= at <= last or not 0 <= at < len(lines):
                continue
            if account.name not in lines[at]:
                continue  # the text moved on since the books were read
            where = types.Position(at, units(lines[at].rstrip()))
            said = types.InlayHint(where, f"solde {Money(step.balance)}", padding_left=True)
            found.append(said)
    return sorted(found, key=lambda each: (each.position.line, str(each.label)))
