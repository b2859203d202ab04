"""What each bank sends at the end of the month: files in the forms of rules/releves/, with its own delays and wording."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape

from demo.books import Books, account
from demo.days import MONTHS, before, month_code, month_end, works
from demo.model import Tx, number_of
from demo.world import BANK_NUMBERS, FONCT, GENRE, TREES, UE, UNICEF, YEAR

_TAX = 17
"""Tax on financial services, in percent of the bank's fee."""


class Shown(NamedTuple):
    """One line of a statement."""

    day: date
    order: int
    amount: int
    text: str
    reference: str
    fees: int = 0
    """Taken on top of the amount, where the operator shows fees apart."""

    @property
    def value_day(self) -> date:
        """Receipts count a day later, payments a day earlier: the bank's own habit."""
        return self.day + timedelta(days=1 if self.amount > 0 else -1)


class Month(NamedTuple):
    """One statement: the month's lines in order between two balances."""

    number: str
    holder: str
    start: date
    end: date
    opening: int
    closing: int
    lines: tuple[Shown, ...]


def files(books: Books) -> dict[str, bytes]:
    """Every statement file by its path from the repository's root."""
    written: dict[str, tuple[str, Callable[[Month], bytes]]] = {
        UE: ("csv", _bdm), UNICEF: ("xlsx", _bnda), GENRE: ("csv", _bms), FONCT: ("ofx", _ofx),
    }  # fmt: skip
    out: dict[str, bytes] = {}
    for code, tree in TREES.items():
        suffix, write = written[code]
        for month in _months(books, code, account(code, "52"), tree.bank[0]):
            out[f"ledger/releves/{tree.folder}/{month_code(month.end)}-{tree.bank[0]}.{suffix}"] = write(month)
    for month in _months(books, UE, account(UE, "5521"), "5521"):
        if month.lines:  # the operator exports nothing for a month without an operation
            out[f"ledger/releves/{TREES[UE].folder}/{month_code(month.end)}-5521.csv"] = _mobile(month)
    return out


def _months(books: Books, code: str, name: str, number: str) -> list[Month]:
    """The account's months; every closing balance is checked against the books' own `releve`."""
    by_month: dict[str, list[Shown]] = defaultdict(list)
    opening = 0
    for order, tx in enumerate(books.of(code)):
        for posting in tx.postings:
            tick = str(posting.meta.get("pointage") or tx.meta.get("pointage") or "")
            if posting.account != name or not tick:
                continue
            if tick < f"{YEAR}-01":
                opening += posting.amount
            else:
                by_month[tick] += _lines(tx, posting.amount, posting.meta, tick, order)
    said = {
        each.values[1].strip('"'): each.values[2]
        for each in books.directives
        if each.kind == "releve" and each.values[0] == name
    }
    found: list[Month] = []
    for month in range(1, 11):
        start = date(YEAR, month, 1)
        lines = tuple(sorted(by_month[month_code(start)]))
        closing = opening + sum(line.amount - line.fees for line in lines)
        if said[month_code(start)] != f"{closing} XOF":
            raise AssertionError(f"{name} {start:%Y-%m}: {closing} is not {said[month_code(start)]}")
        holder = TREES[code].holder
        found.append(Month(BANK_NUMBERS.get(number, number), holder, start, month_end(start), opening, closing, lines))
        opening = closing
    return found


def _lines(tx: Tx, amount: int, meta: dict[str, object], tick: str, order: int) -> list[Shown]:
    """What the bank prints for one movement: the fee and its tax are two lines."""
    day = _bank_day(tx, tick)
    who = _folded(tx.payee)
    cheque = str(meta.get("cheque") or tx.meta.get("cheque") or "")
    transfer = str(tx.meta.get("ordre") or "")
    others = {number_of(p.account) for p in tx.postings if number_of(p.account)[:2] not in ("52", "55")}
    mobile = any(number_of(p.account).startswith("55") and p.amount == amount for p in tx.postings)
    if mobile:
        fees = sum(p.amount for p in tx.postings if number_of(p.account) == "6317")
        return [Shown(day, order, amount + fees, who, f"PP{day:%y%m%d}.{order:04d}", fees)]
    if amount < 0 and others == {"6318"}:
        fee, rest = divmod(-amount * 100, 100 + _TAX)
        texts = ("FRAIS TENUE DE COMPTE", f"TAF {_TAX} % SUR FRAIS")
        if rest:
            return [Shown(day, order, amount, f"{texts[0]} ET TAF", "")]
        return [Shown(day, order, -fee, texts[0], ""), Shown(day, order, amount + fee, texts[1], "")]
    if "Intérêts" in tx.narration:
        return [Shown(day, order, amount, "INTERETS CREDITEURS DU TRIMESTRE", "")]
    if tx.meta.get("ecriture"):
        return [Shown(day, order, amount, f"CHQ {cheque} PRESENTE EN COMPENSATION", cheque)]
    if cheque and others == {"585"}:
        return [Shown(day, order, amount, f"RETRAIT ESPECES CHQ {cheque}", cheque)]
    if cheque:
        return [Shown(day, order, amount, f"CHQ {cheque} {who[:20].strip()}", cheque)]
    if transfer:
        return [Shown(day, order, amount, f"VIR EMIS {transfer} {who[:22].strip()}", transfer)]
    if tx.meta.get("mode") == "especes":
        return [Shown(day, order, amount, f"VERSEMENT ESPECES {who[:20].strip()}", "")]
    return [Shown(day, order, amount, f"VIR {'RECU DE' if amount > 0 else 'EMIS'} {who[:24].strip()}", "")]


def _bank_day(tx: Tx, tick: str) -> date:
    """The open day the bank books it, inside the month of the statement that shows it."""
    start = date(int(tick[:4]), int(tick[5:]), 1)
    day = tx.day + timedelta(days=tx.lag or 0)
    if day < start:  # a cheque presented late
        day = start + timedelta(days=4 + tx.day.day % 9)
    day = min(day, month_end(start))
    while not works(day) and day < month_end(start):
        day += timedelta(days=1)
    return day if works(day) else max(before(day), start, tx.day)


def _folded(text: str) -> str:
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", text.replace("(fictif)", "")) if not unicodedata.combining(c)
    )
    return " ".join(bare.upper().replace("'", " ").replace(",", " ").split())


def _spaced(amount: int) -> str:
    return f"{amount:,}".replace(",", " ")


def _running(month: Month) -> list[tuple[Shown, int]]:
    held, found = month.opening, []
    for line in month.lines:
        held += line.amount - line.fees
        found.append((line, held))
    return found


def _sides(line: Shown) -> tuple[str, str]:
    return ("", _spaced(line.amount)) if line.amount > 0 else (_spaced(-line.amount), "")


def _bdm(month: Month) -> bytes:
    rows = [
        ["Banque BDM (exemple fictif) - agence de Mopti"],
        [f"Compte n° ;{month.number}"],
        [f"Titulaire;{month.holder}"],
        [f"Période;du {month.start:%d/%m/%Y} au {month.end:%d/%m/%Y}"],
        [""],
        ["Date", "Valeur", "Libellé", "N° pièce", "Débit", "Crédit", "Solde"],
        ["", "", f"SOLDE AU {month.start - timedelta(days=1):%d/%m/%Y}", "", "", "", _spaced(month.opening)],
    ]
    for line, held in _running(month):
        debit, credit = _sides(line)
        rows.append(
            [
                f"{line.day:%d/%m/%Y}",
                f"{line.value_day:%d/%m/%Y}",
                line.text,
                line.reference,
                debit,
                credit,
                _spaced(held),
            ]
        )
    paid = -sum(line.amount for line in month.lines if line.amount < 0)
    received = sum(line.amount for line in month.lines if line.amount > 0)
    rows += [
        ["", "", f"NOUVEAU SOLDE AU {month.end:%d/%m/%Y}", "", "", "", _spaced(month.closing)],
        ["", "", "TOTAL DES MOUVEMENTS", "", _spaced(paid), _spaced(received), ""],
        ["SAUF ERREUR OU OMISSION"],
    ]
    return "".join(";".join(row) + "\n" for row in rows).encode("cp1252")


def _bms(month: Month) -> bytes:
    rows = [
        ["Banque BMS (exemple fictif)"],
        [f"Compte : {month.number}", month.holder],
        [f"Relevé de {MONTHS[month.start.month - 1]} {month.start.year}"],
        ["Date comptable", "Date de valeur", "Opération", "Référence", "Montant", "Solde courant"],
        ["", "", "ANCIEN SOLDE", "", "", str(month.opening)],
    ]
    for line, held in _running(month):
        rows.append(
            [
                f"{line.day:%d.%m.%Y}",
                f"{line.value_day:%d.%m.%Y}",
                line.text,
                line.reference,
                str(line.amount),
                str(held),
            ]
        )
    rows.append(["", "", "NOUVEAU SOLDE", "", "", str(month.closing)])
    return "".join(";".join(row) + "\n" for row in rows).encode()


def _bnda(month: Month) -> bytes:
    rows: list[Sequence[str | int]] = [
        ["Banque BNDA (exemple fictif)"],
        ["Compte", month.number],
        ["Titulaire", month.holder],
        ["Solde d'ouverture", "", "", "", "", "", month.opening],
        [],
        ["Date", "Valeur", "Désignation", "Chèque ou ordre", "Débit", "Crédit", "Solde progressif"],
    ]
    for line, held in _running(month):
        debit, credit = (-line.amount, "") if line.amount < 0 else ("", line.amount)
        rows.append(
            [f"{line.day:%d/%m/%Y}", f"{line.value_day:%d/%m/%Y}", line.text, line.reference, debit, credit, held]
        )
    rows.append(["Solde de clôture", "", "", "", "", "", month.closing])
    return _workbook("Operations", rows)


def _ofx(month: Month) -> bytes:
    head = (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
        "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
        "<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>XOF\n"
        f"<BANKACCTFROM><BANKID>ML041<ACCTID>{month.number.replace(' ', '')}<ACCTTYPE>CHECKING</BANKACCTFROM>\n"
        f"<BANKTRANLIST><DTSTART>{month.start:%Y%m%d}<DTEND>{month.end:%Y%m%d}\n"
    )
    parts = [head]
    for place, line in enumerate(month.lines, 1):
        kind = "CREDIT" if line.amount > 0 else "CHECK" if line.reference.isdigit() else "DEBIT"
        number = f"<CHECKNUM>{line.reference}" if line.reference.isdigit() else ""
        parts.append(
            f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{line.day:%Y%m%d}<TRNAMT>{line.amount}"
            f"<FITID>BIM{month.start:%Y%m}{place:04d}{number}<NAME>{escape(line.text)}</STMTTRN>\n"
        )
    parts.append(
        f"</BANKTRANLIST><LEDGERBAL><BALAMT>{month.closing}<DTASOF>{month.end:%Y%m%d}</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
    return "".join(parts).encode("cp1252")


def _mobile(month: Month) -> bytes:
    rows = []
    for place, (line, held) in enumerate(_running(month)):
        at = f"{line.day.isoformat()} {8 + place % 9:02d}:{place * 7 % 60:02d}:00"
        kind, way = ("Dépôt", "Reçu") if line.amount > 0 else ("Transfert", "Envoyé")
        rows.append(
            f"{at},{kind},7000{place:04d},{line.text},{line.reference},{way},{abs(line.amount)},{line.fees},{held}\n"
        )
    title = "Date et heure,Type,Correspondant,Motif,ID transaction,Sens,Montant,Frais,Solde\n"
    return (title + "".join(reversed(rows))).encode()


def _workbook(sheet: str, rows: Sequence[Sequence[str | int]]) -> bytes:
    """A minimal workbook, stored without compression so that every machine writes the same bytes."""
    cells = []
    for number, row in enumerate(rows, 1):
        parts = []
        for letter, cell in zip("ABCDEFGH", row, strict=False):
            if isinstance(cell, int):
                parts.append(f'<c r="{letter}{number}"><v>{cell}</v></c>')
            elif cell:
                parts.append(f'<c r="{letter}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        cells.append(f'<row r="{number}">{"".join(parts)}</row>')
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(cells)}</sheetData></worksheet>',
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, text in members.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            archive.writestr(entry, (head + text).encode())
    return out.getvalue()
