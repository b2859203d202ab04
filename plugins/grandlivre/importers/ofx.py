"""OFX statements through ofxparse, with the line of the file where each movement stands."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from grandlivre.importers.cells import UnreadableError, amount_of
from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.reading import chained, nature
from grandlivre.importers.statement import ImportProblem, Statement, StatementLine


def read_ofx(path: Path, data: bytes, form: StatementFormat, problems: list[ImportProblem]) -> Statement | None:
    """The only bank account of an OFX file; amounts, dates and the closing balance are the bank's."""
    from ofxparse import OfxParser
    from ofxparse.ofxparse import OfxParserException

    def say(row: int, message: str) -> None:
        problems.append(ImportProblem(str(path), row, message))

    try:
        accounts: list[Any] = OfxParser.parse(io.BytesIO(data), fail_fast=False).accounts
    except (OfxParserException, ValueError, LookupError, AttributeError, TypeError, ArithmeticError):
        say(1, f"Un fichier OFX « {form.name} » est attendu ; celui-ci est abîmé ou incomplet. Exportez-le de nouveau.")
        return None
    if len(accounts) != 1 or accounts[0].statement is None:
        say(1, f"Un seul compte est attendu ; {len(accounts)} sont trouvés. Exportez un compte à la fois.")
        return None
    account, found = accounts[0], accounts[0].statement
    currency = str(getattr(found, "currency", "") or "").upper()
    if currency and currency != "XOF":
        say(1, f"Un compte en francs CFA (XOF) est attendu ; la devise du fichier est {currency}.")
    starts = [data.count(b"\n", 0, match.start()) + 1 for match in re.finditer(rb"(?i)<STMTTRN>", data)]
    for wrong in found.discarded_entries:
        text = str(wrong["content"])
        named = re.search(r"(?i)<fitid>\s*([^<\r\n]+)", text)
        row = _row_of(data, named[1].strip()) if named else 1
        say(row, "Cette opération n'a pas de date, de montant ou d'identifiant lisible. Exportez le relevé de nouveau.")
    if found.discarded_entries or len(starts) != len(found.transactions):
        return None
    lines = [_line(path, row, each, form, problems) for row, each in zip(starts, found.transactions, strict=True)]
    kept = [line for line in lines if line is not None]
    if any(late.date < early.date for early, late in pairwise(kept)):
        kept.sort(key=lambda line: line.date)
    closing: int | None = None
    if getattr(found, "balance", None) is not None:
        try:
            closing = amount_of(Decimal(found.balance), form)
        except UnreadableError as refusal:
            say(1, f"Solde final : {refusal}")
    if problems:
        return None
    opening, closing = chained(path, None, closing, kept, problems)
    number = re.sub(r"\s", "", account.account_id or "")
    return Statement(number or None, opening, closing, tuple(kept))


def _row_of(data: bytes, identifier: str) -> int:
    return data.count(b"\n", 0, max(0, data.find(identifier.encode()))) + 1


def _line(
    path: Path, row: int, movement: Any, form: StatementFormat, problems: list[ImportProblem]
) -> StatementLine | None:
    try:
        amount = amount_of(Decimal(movement.amount), form)
    except UnreadableError as refusal:
        problems.append(ImportProblem(str(path), row, f"Montant : {refusal}"))
        return None
    if amount is None or movement.date is None:
        problems.append(ImportProblem(str(path), row, "Une date et un montant sont attendus pour cette opération."))
        return None
    text = " ".join(f"{movement.payee or ''} {movement.memo or ''}".split())
    number = str(getattr(movement, "checknum", "") or "").strip()
    reference = number or str(movement.id or "").strip() or None
    return StatementLine(row, movement.date.date(), None, amount, text, reference, None, nature(text, form))
