"""OFX statements, 1 (SGML) and 2 (XML): bytes, header, tags and dates read here, each movement with its own line of the file.

The bank's day is the eight digits it wrote: a time and a zone after them move nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from grandlivre.importers.cells import UnreadableError, amount_of, day_written
from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.reading import chained, nature
from grandlivre.importers.statement import BankFile, ImportProblem, StatementLine

_TAG = re.compile(r"<([A-Za-z0-9.]+)>([^<\r\n]*)")
_LINE_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_START = re.compile(r"<STMTTRN>", re.IGNORECASE)
_STOP = re.compile(r"</STMTTRN>|</BANKTRANLIST>|<STMTTRN>|<LEDGERBAL>", re.IGNORECASE)
_FRANCS = frozenset({"", "XOF", "CFA", "FCFA", "F CFA"})
_OUT = frozenset({"DEBIT", "FEE", "SRVCHG", "CHECK", "PAYMENT", "DIRECTDEBIT", "POS", "ATM", "CASH"})
_IN = frozenset({"CREDIT", "DEP", "DIRECTDEP"})
"""What a kind of movement says of its sign; interest and transfers go both ways."""
_AMOUNT = re.compile(r"([+-]?)(\d{1,3}(?: \d{3})+|\d{1,18})(?:[.,](\d{0,6}))?")


def read_ofx(path: Path, data: bytes, form: StatementFormat, problems: list[ImportProblem]) -> BankFile | None:
    """The only bank account of an OFX file; amounts, dates and the closing balance are the bank's."""

    def say(row: int, message: str) -> None:
        problems.append(ImportProblem(str(path), row, message))

    text = _decoded(data)
    body = text.upper().find("<OFX>")
    if body < 0:
        say(1, f"Un fichier OFX « {form.name} » est attendu ; celui-ci est abîmé ou incomplet. Exportez-le de nouveau.")
        return None
    spans = _movements(text)
    if "</OFX>" not in text.upper():
        whole = sum(1 for _, end in spans if text[end:].upper().startswith("</STMTTRN>"))
        last = text.rstrip().count("\n") + 1
        say(
            last,
            f"Ce fichier est coupé : {len(spans)} opération(s) commencée(s), {whole} complète(s). Exportez-le encore.",
        )
        return None
    accounts = len(re.findall(r"<(?:CC)?STMTRS>", text, re.IGNORECASE))
    if accounts != 1:
        say(1, f"Un seul compte est attendu ; {accounts} sont trouvés. Exportez un compte à la fois.")
        return None
    currency = _value(text, "CURDEF").upper()
    if currency not in _FRANCS:
        say(1, f"Un compte en francs CFA (XOF) est attendu ; la devise du fichier est {currency}.")
    lines = [_line(path, _row(text, start), _tags(text[start:end]), form, problems) for start, end in spans]
    kept = [line for line in lines if line is not None]
    if any(late.date < early.date for early, late in pairwise(kept)):
        kept.sort(key=lambda line: line.date)
    closing: int | None = None
    ledger = text.upper().find("<LEDGERBAL>")
    if ledger >= 0:
        try:
            closing = _units(_value(text[ledger:], "BALAMT"), form)
        except UnreadableError as refusal:
            say(_row(text, ledger), f"Solde final : {refusal}")
    if problems:
        return None
    opening, closing = chained(path, None, closing, kept, problems)
    number = re.sub(r"\s", "", _value(text, "ACCTID"))
    return BankFile(number or None, opening, closing, tuple(kept))


def _decoded(data: bytes) -> str:
    """The file as text: UTF-8 when its bytes are, else the encoding that Western banks write; line breaks as `\\n`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return _LINE_BREAK.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def _movements(text: str) -> list[tuple[int, int]]:
    """Where each movement begins and ends; a bank may leave out what closes a tag."""
    found = []
    for start in _START.finditer(text):
        stop = _STOP.search(text, start.end())
        found.append((start.end(), stop.start() if stop else len(text)))
    return found


def _tags(text: str) -> Mapping[str, str]:
    """The values of the tags, the first of each name; an empty tag is an absent one."""
    found: dict[str, str] = {}
    for name, value in _TAG.findall(text):
        said = " ".join(html.unescape(html.unescape(value)).split())
        if said:
            found.setdefault(name.upper(), said)
    return found


def _value(text: str, name: str) -> str:
    match = re.search(rf"<{name}>([^<\r\n]*)", text, re.IGNORECASE)
    return " ".join(html.unescape(match[1]).split()) if match else ""


def _row(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _units(written: str, form: StatementFormat) -> int:
    """Whole francs; raises UnreadableError."""
    match = _AMOUNT.fullmatch(" ".join(written.split()))
    if match is None:
        raise UnreadableError(f"un montant est attendu ; « {written[:40]} » est trouvé.")
    sign, whole, rest = match[1], match[2], match[3] or ""
    if len(rest) == 3 and len(whole) <= 3 and whole.strip("0"):
        raise UnreadableError(
            f"« {written[:40]} » se lit {whole} {rest} ou {whole} et une fraction : demandez un export sans séparateur."
        )
    number = Decimal(f"{sign}{whole.replace(' ', '')}" + (f".{rest.rstrip('0')}" if rest.strip("0") else ""))
    return amount_of(number, form) or 0


def _line(
    path: Path, row: int, tags: Mapping[str, str], form: StatementFormat, problems: list[ImportProblem]
) -> StatementLine | None:
    refusals: list[str] = []
    amount, day = 0, date.min
    try:
        day = day_written(tags.get("DTPOSTED", "")[:8])
    except UnreadableError as refusal:
        refusals.append(f"Date : {refusal}")
    try:
        amount = _units(tags.get("TRNAMT", ""), form)
    except UnreadableError as refusal:
        refusals.append(f"Montant : {refusal}")
    kind, currency = tags.get("TRNTYPE", "").upper(), tags.get("CURSYM", "").upper()
    if currency not in _FRANCS:
        refusals.append(
            f"Cette opération est en {currency} ; des francs CFA sont attendus. Demandez un relevé en francs."
        )
    if (kind in _OUT and amount > 0) or (kind in _IN and amount < 0):
        refusals.append(
            f"TRNTYPE {kind} contredit le signe de {tags.get('TRNAMT', '')} : entrée ou sortie ? Demandez à la banque un "
            "fichier juste."
        )
    for refusal_ in refusals:
        problems.append(ImportProblem(str(path), row, refusal_))
    if refusals:
        return None
    cheque = tags.get("CHECKNUM", "")
    text = " ".join(filter(None, (tags.get("NAME"), tags.get("MEMO")))) or (f"Chèque {cheque}" if cheque else kind)
    return StatementLine(row, day, None, amount, text, cheque or tags.get("FITID") or None, None, nature(text, form))
