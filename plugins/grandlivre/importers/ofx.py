"""OFX statements, 1 (SGML) and 2 (XML): bytes, header, tags and dates read here, each movement with its own line of the file.

The bank's day is the eight digits it wrote: a time and a zone after them move nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from grandlivre.i18n import counted
from grandlivre.importers.cells import UnreadableError, clean, day_written, whole_francs
from grandlivre.importers.chain import chained, too_far
from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.misread import Misread, misread
from grandlivre.importers.natures import nature
from grandlivre.importers.rows import ROWS
from grandlivre.importers.statement import BankFile, StatementLine
from grandlivre.policy.values import ambiguous
from grandlivre.sources.problem import Problem

_TAG = re.compile(r"<([A-Za-z0-9.]+)>([^<\r\n]*)")
_LINE_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_START = re.compile(r"<STMTTRN(?:\s[^<>]*)?>", re.IGNORECASE)
_STOP = re.compile(r"</STMTTRN>|</BANKTRANLIST>|<STMTTRN(?:\s[^<>]*)?>|<LEDGERBAL>", re.IGNORECASE)
_AMOUNTS = re.compile(r"<(/?STMTTRNP?|TRNAMT)\b[^<>]*>", re.IGNORECASE)
"""Where movements (those to come, STMTTRNP, among them) begin and end, and where amounts stand."""
_BODY = re.compile(r"<OFX>", re.IGNORECASE)
_HEAD = 10_000
"""Bytes in which an OFX file names itself."""
_LONGEST_MOVEMENT = 20_000
_LEDGER = re.compile(r"<LEDGERBAL>", re.IGNORECASE)
_ORIGINAL = re.compile(r"<ORIGCURRENCY>.*?</ORIGCURRENCY>", re.IGNORECASE | re.DOTALL)
_CURRENCY = re.compile(r"<CURRENCY>(.*?)(?:</CURRENCY>|\Z)", re.IGNORECASE | re.DOTALL)
_FRANCS = frozenset({"", "XOF", "CFA", "FCFA", "F CFA"})
_OUT = frozenset({"DEBIT", "FEE", "SRVCHG", "CHECK", "PAYMENT", "DIRECTDEBIT", "POS", "ATM", "CASH"})
_IN = frozenset({"CREDIT", "DEP", "DIRECTDEP"})
"""What a kind of movement says of its sign; interest and transfers go both ways."""
_AMOUNT = re.compile(r"([+-]?)(\d{1,3}(?: \d{3})+|\d{1,18})(?:[.,](\d{0,6}))?")


def read_ofx(path: Path, data: bytes, form: StatementFormat, problems: list[Problem]) -> BankFile | None:
    """The only bank account of an OFX file; amounts, dates and the closing balance are the bank's."""

    def say(row: int, message: str) -> None:
        problems.append(Problem(path, row, message))

    text = _without_comments(_decoded(data))
    if (odd := _misread(data, text)) is not None:
        say(odd.row, f"« {odd.word} » se lit mal : ce fichier mêle deux encodages. Exportez-le de nouveau, en UTF-8.")
        return None
    spans = _movements(text)
    unusable = _unusable(text, spans, form)
    if unusable is not None:
        say(*unusable)
        return None
    currency = _value(text, "CURDEF").upper()
    if currency not in _FRANCS:
        say(1, f"Un compte en francs CFA (XOF) est attendu ; la devise du fichier est {currency[:20]}.")
    rows = _rows(text, [start for start, _ in spans])
    lines = [_line(path, row, text[start:end], form, problems) for row, (start, end) in zip(rows, spans, strict=True)]
    kept = [line for line in lines if line is not None]
    if any(late.date < early.date for early, late in pairwise(kept)):
        kept.sort(key=lambda line: line.date)
    printed = _printed_balance(text, say)
    too_far(path, kept, problems)
    if problems:
        return None
    opening, closing = chained(path, None, printed, kept, problems)
    number = re.sub(r"\s", "", _value(text, "ACCTID"))
    return BankFile(number or None, opening, closing, tuple(kept))


def _unusable(text: str, spans: list[tuple[int, int]], form: StatementFormat) -> tuple[int, str] | None:
    """What keeps the file from being one account, whole: a row and a sentence."""
    if not _BODY.search(text):
        said = f"Un fichier OFX « {form.name} » est attendu ; celui-ci est abîmé ou incomplet. Exportez-le de nouveau."
        return 1, said
    if not re.search("</OFX>", text, re.IGNORECASE):
        whole = sum(text[end : end + 10].upper() == "</STMTTRN>" for _, end in spans)
        said = f"{counted(len(spans), 'opération commencée')}, {counted(whole, 'complète')}"
        return text.rstrip().count("\n") + 1, f"Ce fichier est coupé : {said}. Exportez-le encore."
    accounts = len(re.findall(r"<(?:CC)?STMTRS>", text, re.IGNORECASE))
    if accounts != 1:
        return 1, f"Un seul compte est attendu ; {accounts} sont trouvés. Exportez un compte à la fois."
    astray = _astray(text)
    if astray is not None:
        return text.count("\n", 0, astray) + 1, (
            "Un montant (TRNAMT) est hors de son opération, ou le second de la même : une balise STMTTRN manque, une opération "
            "serait perdue. Exportez le relevé de nouveau."
        )
    if len(spans) > ROWS:
        return 1, f"Ce fichier a {len(spans)} opérations ; {ROWS} au plus sont lues. Exportez un seul mois."
    return None


def _printed_balance(text: str, say: Callable[[int, str], None]) -> int | None:
    """The closing balance that the bank gives."""
    ledger = _LEDGER.search(text)
    if ledger is None:
        return None
    try:
        return _units(_value(text[ledger.end() :], "BALAMT"))
    except UnreadableError as refusal:
        say(text.count("\n", 0, ledger.start()) + 1, f"Solde final : {refusal}")
        return None


def is_ofx(data: bytes) -> bool:
    """Whether the file says, in its first lines, that it is OFX, however it is named."""
    return _BODY.search(_decoded(data[:_HEAD])) is not None


def _decoded(data: bytes) -> str:
    """The file as text: UTF-8 when its bytes are, else the encoding that Western banks write; line breaks as `\\n`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return _LINE_BREAK.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def _misread(data: bytes, text: str) -> Misread | None:
    """A word that shows two encodings in one file, where it is not UTF-8 whole."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return misread(text, "cp1252")
    return None


def _without_comments(text: str) -> str:
    """The text without what stands between `<!--` and `-->`; its rows keep their numbers."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    return "".join((*kept, text[at:]))


def _astray(text: str) -> int | None:
    """Where an amount stands that no movement holds, or that is a movement's second one; None when each has its own."""
    taken = True
    for tag in _AMOUNTS.finditer(text):
        name = tag[1].upper()
        if name != "TRNAMT":
            taken = name.startswith("/")
        elif taken:
            return tag.start()
        else:
            taken = True
    return None


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
        said = clean(html.unescape(html.unescape(value)))
        if said:
            found.setdefault(name.upper(), said)
    return found


def _value(text: str, name: str) -> str:
    match = re.search(rf"<{name}>([^<\r\n]*)", text, re.IGNORECASE)
    return clean(html.unescape(match[1])) if match else ""


def _rows(text: str, places: list[int]) -> Iterator[int]:
    """The row (1-based) of each place, places ascending."""
    row, before = 1, 0
    for place in places:
        row += text.count("\n", before, place)
        before = place
        yield row


def _currency(movement: str) -> str:
    """The currency of one movement, "" when it is the account's; what it was in before the bank changed it says nothing."""
    match = _CURRENCY.search(movement)
    if match is None:
        return ""
    return (_value(match[1], "CURSYM") or match[1].partition("<")[0].strip()).upper()


def _units(written: str) -> int:
    """Whole francs; raises UnreadableError."""
    match = _AMOUNT.fullmatch(" ".join(written.split()))
    if match is None:
        raise UnreadableError(f"un montant est attendu ; « {written[:40]} » est trouvé.")
    sign, whole, rest = match[1], match[2], match[3] or ""
    if ambiguous(f"{whole}.{rest}"):
        raise UnreadableError(
            f"« {written[:40]} » se lit {whole} {rest} ou {whole} et une fraction : demandez un export sans séparateur."
        )
    number = Decimal(f"{sign}{whole.replace(' ', '')}" + (f".{rest.rstrip('0')}" if rest.strip("0") else ""))
    return whole_francs(number, written)


def _contradicts(kind: str, amount: int) -> bool:
    """Whether a movement of that kind never has this sign."""
    return (kind in _OUT and amount > 0) or (kind in _IN and amount < 0)


def _line(path: Path, row: int, said: str, form: StatementFormat, problems: list[Problem]) -> StatementLine | None:
    if len(said) > _LONGEST_MOVEMENT:
        problems.append(Problem(path, row, "Cette opération n'a pas de fin : exportez le relevé de nouveau."))
        return None
    refusals: list[str] = []
    tags, currency = _tags(_ORIGINAL.sub("", said)), _currency(said)
    amount, day = 0, date.min
    try:
        day = day_written(tags.get("DTPOSTED", "")[:8])
    except UnreadableError as refusal:
        refusals.append(f"Date : {refusal}")
    try:
        amount = _units(tags.get("TRNAMT", ""))
    except UnreadableError as refusal:
        refusals.append(f"Montant : {refusal}")
    kind = tags.get("TRNTYPE", "").upper()
    if currency not in _FRANCS:
        refusals.append(
            f"Cette opération est en {currency[:20]} ; des francs CFA sont attendus. Demandez un relevé en francs."
        )
    if _contradicts(kind, amount):
        refusals.append(
            f"TRNTYPE {kind} contredit le signe de {tags.get('TRNAMT', '')} : entrée ou sortie ? Demandez à la banque un "
            "fichier juste."
        )
    if refusals:
        problems += [Problem(path, row, each) for each in refusals]
        return None
    cheque = tags.get("CHECKNUM", "")
    text = " ".join(filter(None, (tags.get("NAME"), tags.get("MEMO")))) or (f"Chèque {cheque}" if cheque else kind)
    return StatementLine(row, day, None, amount, text, cheque or tags.get("FITID") or None, None, nature(text, form))
