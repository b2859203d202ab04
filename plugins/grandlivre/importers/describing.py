"""A bank's format proposed from one of its files: the columns by their titles, the rest by what reads without a doubt."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import ValidationError

from grandlivre.importers.cells import UnreadableError, amount_of, day_of, fold, shown
from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.misread import misread
from grandlivre.importers.reading import read_statement
from grandlivre.importers.rows import FileRow
from grandlivre.importers.statement import BankFile, Reading
from grandlivre.importers.tables import bytes_of, proved_encoding, table_of
from grandlivre.sources.problem import Problem

KEYS: Mapping[str, str] = {
    "date": r"^(DATE|JOUR)\b(?!.*VAL)",
    "date-valeur": r"\bVAL(EUR)?\b",
    "solde": r"\bSOLDE\b|\bBALANCE\b",
    "debit": r"\bDEBITS?\b|\bSORTIES?\b|\bRETRAITS?\b",
    "credit": r"\bCREDITS?\b|\bENTREES?\b|\bDEPOTS?\b",
    "montant": r"\bMONTANT\b|\bAMOUNT\b",
    "frais": r"\bFRAIS\b|\bCOMMISSIONS?\b",
    "sens": r"^(SENS|D/C)\b",
    "statut": r"^(STATUT|ETAT)\b",
    "reference": r"\bREF|\bPIECE\b|\bCHEQUE\b|\bCHQ\b|^ID\b",
    "libelle": r"\bLIBELLE|DESIGNATION|OPERATION|\bNATURE\b|\bDETAILS?\b|\bMOTIF\b|DESCRIPTION|CORRESPONDANT|^SERVICE|^TYPE\b",
}
"""What the title of each column looks like, in capitals without accents; the first that fits is proposed."""
MEANINGS: Mapping[str, str] = {
    "date": "la date de l'opération",
    "libelle": "le libellé (plusieurs colonnes : séparez-les par +)",
    "debit": "les sorties d'argent (débit)",
    "credit": "les entrées d'argent (crédit)",
    "montant": "le montant, s'il n'y a qu'une colonne pour les deux sens",
    "sens": "le sens du montant (entrée ou sortie)",
    "date-valeur": "la date de valeur",
    "reference": "la référence ou le numéro de chèque",
    "frais": "les frais pris en plus du montant",
    "solde": "le solde après l'opération",
    "statut": "ce qui dit si l'opération a eu lieu",
}
"""What each key asks, in the order of the questions."""

_SEARCHED = 60
"""The titles are looked for in the first rows."""
_SEPARATORS = (";", ",", "\t", "|")
_DAYS = (
    *(
        f"{day}{hour}"
        for day in ("JJ/MM/AAAA", "JJ-MM-AAAA", "JJ.MM.AAAA", "AAAA-MM-JJ", "AAAA/MM/JJ", "JJ/MM/AA", "JJ-MM-AA")
        for hour in ("", " hh:mm:ss", " hh:mm")
    ),
    "AAAA-MM-JJThh:mm:ss",
    "AAAAMMJJ",
    "MM/JJ/AAAA",
)
_MARKS = ((" ", ","), ("", ","), (".", ","), (",", "."), ("", "."), (" ", "."))
"""(thousands, decimals) tried in turn."""
_ACCOUNT = r"compte\s*(?:n°|no|:)?\s*[;:]*\s*((?:[A-Z]{2})?[0-9][0-9 ]{6,30})"
_INCOMING = re.compile(r"C|CR|CREDIT(S|E|EE)?|RECUE?S?|ENTREES?|ENCAISSEMENTS?|DEPOTS?|\+|IN|CASH[- ]?IN|RECEIVED")
_OUTGOING = re.compile(
    r"D|DR|DB|DT|DEBIT(S|E|EE)?|ENVOYEE?S?|EMISE?S?|SORTIES?|DECAISSEMENTS?|RETRAITS?|-|OUT|CASH[- ]?OUT|SENT"
)
_DONE = re.compile(
    r"(AVEC )?SUCCES|SUCCESS(FUL)?|REUSSIE?S?|TERMINEE?S?|EFFECTUEE?S?|COMPLETE?D?|VALIDEE?S?|FAITE?S?|OK|EXECUTEE?S?"
)
_FAILED = re.compile(
    r"(EN )?ECHEC|ECHOUEE?S?|FAILED|REFUSEE?S?|REJETEE?S?|ANNULEE?S?|CANCELL?ED|EXPIREE?S?|NON EFFECTUEE?S?"
)
"""Words are only sorted when they are known whole: « Non validé », « Invalide » and « À valider » hold « valid » too."""
_NATURES = {
    "frais": ["AGIOS", "FRAIS", "COMMISSION", "TAF", "TENUE DE COMPTE"],
    "interets": ["INTERETS CREDITEURS", "INT. CREDITEURS"],
    "prelevements": ["PRELEVEMENT", "AVIS A TIERS DETENTEUR"],
    "impayes": ["IMPAYE", "REJET"],
}

_SORTED = (
    ("sens", _INCOMING, _OUTGOING, ("entrees", "Crédit"), ("sorties", "Débit")),
    ("statut", _DONE, _FAILED, ("statuts-faits", "Effectué"), ("statuts-ecartes", "")),
)
"""What sorts the words of a column, the keys they go under, and the word that stands there when the file has none."""
WORDS = ("entrees", "sorties", "statuts-faits", "statuts-ecartes", "colonnes-ignorees")
"""Keys whose words a person may say, beside the columns."""

Columns = dict[str, tuple[str, ...]]
"""The titles of each key's columns; one, but for `libelle`. Under the keys of `WORDS`, words."""


@dataclass(frozen=True)
class Sample:
    """A file whose format is not known yet: how its text is read, its rows, and where its titles stand."""

    path: Path
    kind: Literal["csv", "xlsx", "ofx"]
    encoding: str = "utf-8"
    separator: str = ";"
    rows: Sequence[FileRow] = ()
    header: int = 0
    """Rank of the row of titles."""
    epoch: date | None = None
    """The day 0 of a workbook's days stored as numbers."""

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles, in the order of the columns."""
        return tuple(filter(None, map(shown, self.rows[self.header].cells))) if self.rows else ()

    def column(self, title: str) -> Iterator[tuple[FileRow, Any]]:
        """The cells under a title."""
        ranks = [rank for rank, cell in enumerate(self.rows[self.header].cells) if fold(shown(cell)) == fold(title)]
        for row in self.rows[self.header + 1 :]:
            if ranks and ranks[0] < len(row.cells):
                yield row, row.cells[ranks[0]]


class FormatProposal(NamedTuple):
    """A format for a file: its YAML, the format it makes (None when it makes none), and how the file reads with it."""

    text: str
    form: StatementFormat | None
    reading: Reading
    doubts: tuple[str, ...] = ()
    """What the file does not prove, as French sentences: whoever agrees to the format decides."""


def sample(path: Path, titled: Sequence[str] = ()) -> Sample | Problem:
    """The file as it stands; its titles are the row that holds all of `titled`, else the row that looks most like titles."""
    kind = _kind(path)
    if kind == "ofx":
        return Sample(path, kind)
    encoding = _encoding(path) if kind == "csv" else "utf-8"
    best, most = None, 0
    for separator in _SEPARATORS if kind == "csv" else (";",):
        problems: list[Problem] = []
        form = _bare(type=kind, encodage=encoding, separateur=separator)
        data = bytes_of(path, form, problems)
        rows = table_of(data, form, path, problems).rows if data else []
        if (problems and kind == "xlsx") or not data:
            return problems[0]
        header, score = _header(rows, titled)
        if score > most:
            best, most = Sample(path, kind, encoding, separator, rows, header), score
    if best is None:
        wanted = ", ".join(f"« {title} »" for title in titled) or "date, libellé, débit et crédit (ou montant)"
        return Problem(path, 1, f"Aucune ligne de titres n'est trouvée ({wanted}) : dites-les par --colonne.")
    return best


def guess(found: Sample) -> Columns:
    """The columns that the titles name."""
    columns: Columns = {}
    for title in found.titles:
        key = next((key for key, pattern in KEYS.items() if re.search(pattern, fold(title))), None)
        if key == "libelle":
            columns[key] = (*columns.get(key, ()), title)
        elif key is not None:
            columns.setdefault(key, (title,))
    if {"debit", "credit"} <= columns.keys():
        columns.pop("montant", None)
        columns.pop("sens", None)
    return columns


def propose(found: Sample, name: str, columns: Columns, account: str | None) -> FormatProposal:
    """The first format, of those that the file allows, with which it reads whole; else the first, with what is wrong."""
    missing = missing_columns(columns) if found.kind != "ofx" else ""
    if missing:
        return FormatProposal("", None, Reading(None, (Problem(found.path, 1, missing),)))
    first: tuple[dict[str, Any], Reading] | None = None
    for values in _candidates(found, name, columns, account):
        try:
            form = StatementFormat.model_validate(values)
        except ValidationError as error:  # columns that a person asked for, and that do not go together
            said = str(error.errors()[0]["msg"])
            return FormatProposal("", None, Reading(None, (Problem(found.path, 1, said[:1].upper() + said[1:] + "."),)))
        reading = read_statement(found.path, form)
        if reading.statement is not None:
            return FormatProposal(_text(values), form, reading, tuple(_doubts(found, columns, form, reading.statement)))
        first = first or (values, reading)
    assert first is not None, "there is always one candidate"
    return FormatProposal(_text(first[0]), StatementFormat.model_validate(first[0]), first[1])


def _doubts(found: Sample, columns: Columns, form: StatementFormat, statement: BankFile) -> Iterator[str]:
    """What another format would read otherwise, as well."""
    for shape in _fitting_days(found, columns) if found.kind != "ofx" else ():
        other = _bare(format_date=shape)
        for title in columns.get("date", ()):
            differs = next((cell for _, cell in found.column(title) if _other_day(cell, form, other)), None)
            if differs is not None:
                yield f"« {shown(differs)} » se lit aussi {shape} : vérifiez « format-date: {form.day} » sur le papier."
    amounts = [line.amount for line in statement.lines]
    if "montant" in columns and "sens" not in columns and statement.opening is None and (min(amounts, default=0) > 0):
        yield (
            "Toutes les opérations se lisent comme des entrées d'argent, et aucun solde ne le prouve : si ce sont des sorties, "
            "« signe: depenses-positives »."
        )


def _other_day(cell: object, form: StatementFormat, other: StatementFormat) -> bool:
    if not isinstance(cell, str) or not (_reads(day_of, cell, form) and _reads(day_of, cell, other)):
        return False
    return day_of(cell, form) != day_of(cell, other)


def missing_columns(columns: Columns) -> str:
    """What no format can do without, as a French sentence; "" when all is there."""
    lacking = [key for key in ("date", "libelle") if key not in columns]
    if "montant" not in columns and not {"debit", "credit"} <= columns.keys():
        lacking.append("debit et credit, ou montant")
    if not lacking:
        return ""
    return f"Colonnes à dire encore : {', '.join(lacking)}. Par exemple --colonne libelle=Désignation."


# --- the file ---------------------------------------------------------------------------------------------------------


def _kind(path: Path) -> Literal["csv", "xlsx", "ofx"]:
    start = b""
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(400).lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"PK"):
        return "xlsx"
    return "ofx" if start.upper().startswith((b"OFXHEADER", b"<?OFX", b"<OFX")) or b"<OFX" in start.upper() else "csv"


def _encoding(path: Path) -> str:
    data = path.read_bytes() if path.is_file() else b""
    old = misread(data.decode("cp1252", "replace"), "cp1252") and not misread(data.decode("cp850"), "cp850")
    return proved_encoding(data) or ("cp850" if old else "cp1252")


def _bare(**values: str) -> StatementFormat:
    """A format that only says how a file, a date or an amount is written."""
    ranks = {key: str(rank) for rank, key in enumerate(("date", "libelle", "montant"), 1)}
    keys = {key.replace("_", "-"): value for key, value in values.items()}
    return StatementFormat.model_validate({"nom": "relevé", "type": "csv", "entete": "non", "colonnes": ranks, **keys})


def _header(rows: Sequence[FileRow], titled: Sequence[str]) -> tuple[int, int]:
    """(rank, score) of the row that looks most like titles; a score of 0 when none does."""
    scores = [_score(row, titled) for row in rows[:_SEARCHED]]
    best = max(scores, default=0)
    return (scores.index(best), best) if best else (0, 0)


def _score(row: FileRow, titled: Sequence[str]) -> int:
    words = {fold(shown(cell)) for cell in row.cells} - {""}
    if titled:
        return len(words) if {fold(title) for title in titled} <= words else 0
    keys = {key for word in words for key, pattern in KEYS.items() if re.search(pattern, word)}
    complete = "date" in keys and ({"debit", "credit"} <= keys or "montant" in keys)
    return len(keys) if complete else 0


# --- what the columns hold --------------------------------------------------------------------------------------------


def _candidates(found: Sample, name: str, columns: Columns, account: str | None) -> Iterator[dict[str, Any]]:
    """The formats to try, the likeliest first."""
    base: dict[str, Any] = {"nom": name, "type": found.kind}
    if found.kind == "ofx":
        yield {**base, **_accounts(found, account), "natures": _NATURES}
        return
    if found.kind == "csv":
        separator = "tab" if found.separator == "\t" else found.separator
        base |= {"encodage": found.encoding, "separateur": separator}
    above = found.rows[found.header].number - 1
    base |= {"lignes-ignorees": above} if above else {}
    base |= _accounts(found, account)
    written: dict[str, Any] = {
        key: list(titles) if len(titles) > 1 else titles[0] for key in MEANINGS if (titles := columns.get(key))
    }
    words = _words_of(found, columns)
    days = _fitting_days(found, columns)
    marks = _fitting_marks(found, columns)
    signs = (
        ("recettes-positives", "debits-negatifs")
        if "debit" in columns
        else ("recettes-positives", "depenses-positives")
    )
    for day, (thousands, point), order, sign in product(days, marks, _orders(found, columns, days[0]), signs):
        yield {
            **base,
            **_around(found, columns, days[0], order),
            "format-date": day,
            "separateur-milliers": thousands,
            "decimale": point,
            **({"ordre": order} if order != "croissant" else {}),
            **({"signe": sign} if sign != "recettes-positives" else {}),
            "colonnes": written,
            **words,
            "natures": _NATURES,
        }


def _accounts(found: Sample, account: str | None) -> dict[str, Any]:
    """How the account's number is found in the file, and the account of the books that it stands for."""
    if found.kind == "ofx":
        statement = read_statement(found.path, StatementFormat.model_validate({"nom": "x", "type": "ofx"})).statement
        number = statement.account_id if statement is not None else None
        return {"comptes": {number: account}} if number and account else {}
    for row in found.rows[: found.header]:
        match = re.search(_ACCOUNT, row.said, re.IGNORECASE)
        if match is not None:
            return {"compte": _ACCOUNT, **({"comptes": {match[1].strip(): account}} if account else {})}
    return {}


def _words_of(found: Sample, columns: Columns) -> dict[str, Any]:
    """The words of the columns `sens` and `statut` whose meaning is known, or said; any other is left out, and refused."""
    made: dict[str, Any] = {key: list(columns[key]) for key in WORDS if key in columns}
    for key, one, other, *lists in _SORTED:
        for title in columns.get(key, ()):
            words = list(dict.fromkeys(filter(None, (shown(cell) for _, cell in found.column(title)))))
            said = {fold(word) for name, _ in lists for word in made.get(name, ())}
            for pattern, (name, usual) in zip((one, other), lists, strict=True):
                known = [word for word in words if fold(word) not in said and pattern.fullmatch(fold(word))]
                made[name] = [*made.get(name, ()), *known] or ([usual] if usual else [])
    return {key: words for key, words in made.items() if words}


def _fitting_days(found: Sample, columns: Columns) -> tuple[str, ...]:
    """The shapes in which most cells of the dates read; a workbook's dates need none."""
    cells = [
        cell for title in columns.get("date", ()) for _, cell in found.column(title) if isinstance(cell, str) and cell
    ]
    if not cells:
        return _DAYS[:1]
    reads: Counter[str] = Counter()
    for shape in _DAYS:
        form = _bare(format_date=shape)
        reads[shape] = sum(_reads(day_of, cell, form) for cell in cells)
    most = max(reads.values())
    return tuple(shape for shape in _DAYS if reads[shape] == most) if most else _DAYS[:1]


def _fitting_marks(found: Sample, columns: Columns) -> tuple[tuple[str, str], ...]:
    """The marks of thousands and decimals with which most amounts read."""
    titles = [title for key in ("debit", "credit", "montant", "frais", "solde") for title in columns.get(key, ())]
    cells = [cell for title in titles for _, cell in found.column(title) if isinstance(cell, str) and cell.strip()]
    reads = {
        pair: sum(_reads(amount_of, cell, _bare(separateur_milliers=pair[0], decimale=pair[1])) for cell in cells)
        for pair in _MARKS
    }
    most = max(reads.values())
    return tuple(pair for pair in _MARKS if reads[pair] == most)


def _reads(read: Any, cell: str, form: StatementFormat) -> bool:
    try:
        return read(cell, form) is not None
    except UnreadableError:
        return False


def _orders(found: Sample, columns: Columns, day: str) -> tuple[str, ...]:
    """The order of the operations, by the first and the last date that differ."""
    days = [each for _, each in _dated(found, columns, day)]
    return ("decroissant", "croissant") if days and days[0] > days[-1] else ("croissant", "decroissant")


def _dated(found: Sample, columns: Columns, day: str) -> list[tuple[FileRow, date]]:
    """The rows that hold a date, and the date."""
    form = _bare(format_date=day)
    dated = []
    for title in columns.get("date", ()):
        for row, cell in found.column(title):
            with contextlib.suppress(UnreadableError):
                read = day_of(cell, form, found.epoch)
                if read is not None:
                    dated.append((row, read))
    return dated


def _around(found: Sample, columns: Columns, day: str, order: str) -> dict[str, Any]:
    """The rows of balances, of pages and of the end of the table; whether dates and wordings go on from row to row."""
    moves = _moves(found, columns)
    operations = [row.number for row, _ in _dated(found, columns, day) if row.number in moves]
    span = (operations[0], operations[-1]) if operations else (0, 0)
    made: dict[str, Any] = {}
    for row in found.rows:
        if row.number in operations or row is found.rows[found.header]:
            continue
        asked = _asked(row, span, order, moved=row.number in moves)
        if asked is not None:
            made.setdefault(*asked)
    return {key: value for key, value in made.items() if value}


def _moves(found: Sample, columns: Columns) -> set[int]:
    """The numbers of the rows that hold an amount."""
    titles = [title for key in ("debit", "credit", "montant") for title in columns.get(key, ())]
    return {row.number for title in titles for row, cell in found.column(title) if shown(cell).strip(" -–0,.")}


def _asked(row: FileRow, span: tuple[int, int], order: str, *, moved: bool) -> tuple[str, str] | None:
    """What a row that is no operation asks of the format, the operations standing between two rows: a key and its value."""
    first, last = span
    said, inside = fold(row.said), first < row.number < last
    if inside and re.search(r"\bREPORT", said):
        return "lignes-de-report", r"(^|; )([aà] )?report"
    if re.search(r"\bSOLDE\b", said) and re.search(r"\d", said):
        return _balance(said, row.number < first, order), _start(row)
    if inside and moved:
        return "date-reprise", "oui"
    if row.number > last and _start(row):
        return "pied", _start(row)
    if inside and sum(bool(shown(cell)) for cell in row.cells) == 1:
        return "suites", "oui"
    return None


_FIRST = re.compile(r"\b(ANCIEN|INITIAL|PRECEDENT|ANTERIEUR|OUVERTURE|DEPART|DEBUT)\b")
_LAST = re.compile(r"\b(NOUVEAU|FINAL|CLOTURE|ACTUEL|FIN)\b")


def _balance(said: str, above: bool, order: str) -> str:
    """Which balance a row prints: its words say, else its place."""
    if _FIRST.search(said) or _LAST.search(said):
        return "solde-initial" if _FIRST.search(said) else "solde-final"
    return "solde-initial" if above == (order == "croissant") else "solde-final"


def _start(row: FileRow) -> str:
    """A pattern of the words that begin a row, its dates and numbers left out."""
    words = [re.match(r"[^\d;:*]*", shown(cell)) for cell in row.cells]
    said = next((match[0].strip() for match in words if match and len(match[0].strip()) > 2), "")
    return f"(^|; ){re.escape(said[:40]).replace(chr(92) + ' ', ' ')}".lower() if said else ""


# --- its YAML ---------------------------------------------------------------------------------------------------------


def _text(values: Mapping[str, Any]) -> str:
    """The format as it is written under rules/releves/."""
    lines = ["# Relevé proposé par « grandlivre import --decrire » : relisez-le, puis importez un relevé."]
    for key, value in values.items():
        if isinstance(value, Mapping) and key != "comptes":
            lines += [f"{key}:", *(f"  {name}: {_scalar(each)}" for name, each in value.items())]
        else:
            lines.append(f"{key}: {_scalar(value)}")
    return "\n".join(lines) + "\n"


def _scalar(value: Any) -> str:
    return yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10_000).strip()[1:-1]
