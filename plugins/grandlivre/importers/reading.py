"""A statement file, read by its format: a `BankFile`, or every problem at once with its row."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path

from grandlivre.i18n import counted, day, integer
from grandlivre.importers.cells import (
    Cell,
    Side,
    UnreadableError,
    amount_of,
    day_of,
    fold,
    reference_of,
    shown,
    text_of,
)
from grandlivre.importers.chain import chained, in_order, oldest_first, proved, too_far
from grandlivre.importers.formats import Columns, StatementFormat
from grandlivre.importers.natures import nature
from grandlivre.importers.ofx import is_ofx, read_ofx
from grandlivre.importers.rows import FileRow, FileTable
from grandlivre.importers.statement import BankFile, Reading, StatementLine
from grandlivre.importers.tables import bytes_of, table_of
from grandlivre.sources.problem import Problem

_MOST_PROBLEMS = 100
_SIDES: tuple[Side, Side] = ("debit", "credit")
_EXTENSIONS = {"csv": (".csv", ".txt", ".tsv"), "xlsx": (".xlsx", ".xlsm"), "ofx": (".ofx", ".qfx", ".txt", ".xml")}
_HEADERS = 60
"""How many rows may stand above the titles for a file to be recognised."""
_TOTALS = re.compile(
    r"(LE |LES )?(SOUS[- ]?TOTA(L|UX)|TOTA(L|UX)|REPORTS?|A REPORTER|SOLDES?|CUMULS?|MOUVEMENTS?|ENSEMBLE)\b"
)
"""How rows that add others up begin: without a date they are no operation."""
_BALANCES = re.compile(
    r"((ANCIEN|NOUVEAU) SOLDE|SOLDE (ANCIEN|NOUVEAU|AU|DU|INITIAL|FINAL|PRECEDENT|ANTERIEUR|REPORTE|DEBITEUR|CREDITEUR|COMPTABLE)"
    r"|SOLDE D.OUVERTURE|SOLDE DE (CLOTURE|DEPART|FIN)|(SOUS[- ]?)?TOTA(L|UX)|A REPORTER|REPORTS?$|REPORT (A NOUVEAU|DE SOLDE))\b"
)
"""How rows begin that are no operation even with a date: read as one, a balance would be a receipt."""
_AMOUNTS = ("debit", "credit", "montant", "frais", "solde")
_TELLING = {
    "statut": re.compile(r"^(STATUTS?|STATUS|ETAT)\b"),
    "sens": re.compile(r"^(SENS|D/C)\b"),
    "frais": re.compile(r"\bFRAIS\b|\bCOMMISSIONS?\b"),
}
"""Titles of columns that may change what an operation is worth."""
_CURRENCY = re.compile(r"^(DEVISE|MONNAIE|CURRENCY)\b")
_FRANCS = frozenset({"", "XOF", "XAF", "GNF", "CFA", "FCFA", "F CFA", "F.CFA", "F"})


def read_statement(path: Path, form: StatementFormat) -> Reading:
    """Reads one statement file. Never raises for what the file holds: problems are values, in the order of rows."""
    problems: list[Problem] = []
    data = bytes_of(path, form, problems)
    statement: BankFile | None = None
    if data and form.kind == "ofx":
        statement = read_ofx(path, data, form, problems)
    elif data:
        table = table_of(data, form, path, problems)
        if not problems:
            statement = _Reader(path, form, problems).read(table)
    if problems or statement is None:
        return Reading(None, _first(problems))
    return Reading(statement, ())


def recognised(path: Path, form: StatementFormat) -> bool:
    """Whether the format's kind, encoding and columns fit the file; its lines may still be wrong."""
    if not may_be(path, form):
        return False
    problems: list[Problem] = []
    data = bytes_of(path, form, problems)
    if form.kind == "ofx":
        return is_ofx(data)
    if data:
        table = table_of(data, form, path, problems, form.skipped + _HEADERS)
        if not problems:
            _Reader(path, form, problems).places(table.rows)
    return not problems


def may_be(path: Path, form: StatementFormat) -> bool:
    """Whether files of this kind may be named so."""
    return path.suffix.lower() in _EXTENSIONS[form.kind]


def _first(problems: list[Problem]) -> tuple[Problem, ...]:
    """The problems in the order of rows; beyond a hundred, their number."""
    found = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
    rest = len(found) - _MOST_PROBLEMS
    if rest <= 0:
        return tuple(found)
    last = found[_MOST_PROBLEMS]
    return (
        *found[:_MOST_PROBLEMS],
        last._replace(message=f"… et {counted(rest, 'autre ligne')} à corriger à partir d'ici."),
    )


def _unworded(reference: str | None) -> str:
    """What an operation is called that the bank does not word."""
    return f"Opération {reference}" if reference else "Opération sans libellé"


class _Reader:
    """One reading of one table."""

    def __init__(self, path: Path, form: StatementFormat, problems: list[Problem]) -> None:
        assert form.columns is not None
        self.path, self.form, self.problems = path, form, problems
        self.columns: Columns = form.columns
        self.at: dict[str, int] = {}
        self.width = 0
        """How many titles the table has; 0 without titles."""
        self.titles: tuple[str, ...] = ()
        self.epoch: date | None = None
        self.account: str | None = None
        self.opening: int | None = None
        self.closing: int | None = None
        self.period: tuple[date, date] | None = None
        self.lines: list[StatementLine] = []
        self.carried: list[tuple[FileRow, int]] = []
        """Report rows and the balance they carry from one page to the next."""
        self.undated: list[FileRow] = []
        """Operations whose day is that of the operation above."""
        self.debits: list[tuple[FileRow, int]] = []
        self.fees: list[tuple[FileRow, int]] = []
        self.spent: list[tuple[FileRow, int]] = []
        """Amounts that the column of the direction calls payments, as they are written."""
        self.short: list[FileRow] = []
        """Rows of a csv file that end before the last amount: a cell was left out at the end, or lost before."""
        self.telling: dict[int, str] = {}
        """Columns that no key reads and that may change an operation: the key each would have."""
        self.currency: int | None = None
        self.unheard: dict[int, FileRow] = {}
        """The first operation of which such a column says something."""
        self.left_out = 0
        self.ended = False

    def say(self, row: int, *messages: str) -> None:
        self.problems += [Problem(self.path, row, message) for message in messages]

    # --- the titles ---------------------------------------------------------------------------------------------------

    def places(self, table: list[FileRow]) -> list[FileRow]:
        """Finds the column of each key and gives the rows under the titles; nothing when a column is missing."""
        body = [row for row in table if row.number > self.form.skipped]
        wanted = self.columns.written()
        if not self.form.header:
            self.at = {key: int(rank) - 1 for key, rank in wanted.items()}
            return body
        if not body:
            self.say(1, f"Aucune ligne de titres après les {self.form.skipped} lignes ignorées. Vérifiez ce fichier.")
            return []
        titles = {fold(shown(cell)): place for place, cell in reversed(list(enumerate(body[0].cells)))}
        missing = [title for title in wanted.values() if fold(title) not in titles]
        if missing:
            self.say(body[0].number, self._missing(missing, body[0], table))
            return []
        self.at = {key: titles[fold(title)] for key, title in wanted.items()}
        self.width = len(body[0].cells)
        self.titles = tuple(map(shown, body[0].cells))
        self._other_titles(body[0])
        return body[1:]

    def _other_titles(self, titles: FileRow) -> None:
        """Refuses a title that stands twice, and keeps in mind the columns that no key reads and that may count."""
        written = [fold(shown(cell)) for cell in titles.cells]
        for title in self.columns.written().values():
            ranks = [str(rank) for rank, each in enumerate(written, 1) if each == fold(title)]
            if len(ranks) > 1:
                self.say(
                    titles.number,
                    f"Le titre « {title[:40]} » est celui de plusieurs colonnes ({', '.join(ranks)}) : rien n'est deviné. Dites les "
                    f"rangs : « entete: non », « lignes-ignorees: {titles.number} » et, par exemple, « date: 1 ».",
                )
        ignored = set(map(fold, self.form.ignored))
        for rank, title in enumerate(written):
            if rank in self.at.values() or title in ignored:
                continue
            if _CURRENCY.search(title):
                self.currency = rank
            key = next((key for key, pattern in _TELLING.items() if pattern.search(title)), None)
            if key is not None and key not in self.at and (key != "sens" or "montant" in self.at):
                self.telling[rank] = key

    def _missing(self, missing: list[str], titles: FileRow, table: list[FileRow]) -> str:
        def quoted(words: Iterable[str]) -> str:
            return ", ".join(f"« {word[:40]} »" for word in words)

        found = [title for title in map(shown, titles.cells) if title]
        said = f"Colonnes attendues et absentes : {quoted(missing)} ; colonnes trouvées : {quoted(found[:20])}."
        wanted = {fold(title) for title in self.columns.written().values()}
        elsewhere = next((row for row in table if wanted <= {fold(shown(cell)) for cell in row.cells}), None)
        if elsewhere is not None:
            number = elsewhere.number
            return f"{said} Les titres sont ligne {number} : écrivez « lignes-ignorees: {number - 1} »."
        if len(found) == 1 and self.form.kind == "csv":
            mark = "tabulation" if self.form.separator == "\t" else self.form.separator
            return f"{said} Le séparateur attendu est « {mark} » : corrigez « separateur » si la banque en a changé."
        return f"{said} Ce relevé vient-il bien de « {self.form.name} » ? Sinon, corrigez « colonnes »."

    # --- the rows -----------------------------------------------------------------------------------------------------

    def read(self, table: FileTable) -> BankFile | None:
        self.epoch = table.epoch
        body = self.places(table.rows)
        if self.problems:
            return None
        first = body[0].number if body else table.rows[-1].number + 1
        for row in table.rows:
            self._row(row, above=row.number < first)
        if not self.lines and self.closing is None and not self.problems:
            said = "Aucune opération n'est trouvée sous les titres. Vérifiez « lignes-ignorees » et « pied »."
            self.say(min(first, table.rows[-1].number), said)
        too_far(self.path, self.lines, self.problems)
        self._outside_period()
        return None if self.problems else self._file()

    def _row(self, row: FileRow, *, above: bool) -> None:
        said, around = row.said, above or self.ended
        if around:
            self._around(row, said)
        elif self._titles_again(row):
            return
        if self.opening is None and self._says(self.form.opening, said):
            self.opening = self._balance(row, inside=not above)
        elif self._says(self.form.closing, said):
            self.closing = self._balance(row, inside=not above)
        elif around:
            self._not_below(row)
        elif self._says(self.form.carried, said):
            self._carried(row)
        elif self._says(self.form.footer, said):
            self.ended = True
        else:
            self._operation(row)

    def _not_below(self, row: FileRow) -> None:
        """Refuses an operation under what ends the table: a page's total is no footer."""
        if not self.ended:
            return
        silent: list[str] = []
        values = self._values(row, silent)
        moved = any(values[key] for key in ("debit", "credit", "montant"))
        if self._days(row, silent)["date"] is not None and moved and not silent:
            said = "Une opération se lit sous la ligne qui termine le tableau : resserrez « pied », ou déclarez cette ligne-là"
            self.say(row.number, f"{said} dans « lignes-de-report ».")

    @staticmethod
    def _says(pattern: str | None, said: str) -> bool:
        return pattern is not None and re.search(pattern, said, re.IGNORECASE) is not None

    def _around(self, row: FileRow, said: str) -> None:
        if self.account is None and self.form.account:
            match = re.search(self.form.account, said, re.IGNORECASE)
            self.account = re.sub(r"\s", "", match[match.lastindex or 0]) if match else None
        if self.period is None and self.form.period and (match := re.search(self.form.period, said, re.IGNORECASE)):
            try:
                form = self.form.model_copy(update={"day": self.form.day.split()[0]})
                start, end = (day_of(match[rank], form) for rank in (1, 2))
            except UnreadableError as refusal:
                self.say(row.number, f"Période imprimée : {refusal} Corrigez « periode » du format.")
                return
            self.period = (start, end) if start and end else None

    def _titles_again(self, row: FileRow) -> bool:
        """Whether the bank prints its titles again, at the top of a page."""
        titles = self.columns.written()
        return self.form.header and all(
            fold(shown(self._cell(row, key))) == fold(title) for key, title in titles.items()
        )

    def _outside_period(self) -> None:
        """Refuses an operation outside the period that the bank prints."""
        if self.period is None:
            return
        start, end = self.period
        for line in self.lines:
            if not start <= line.date <= end:
                said = f"Le {day(line.date)} n'est pas dans la période imprimée, du {day(start)} au {day(end)}."
                self.say(line.row, f"{said} Corrigez la date, ou exportez le relevé de nouveau.")

    def _file(self) -> BankFile | None:
        """What was read, once its balances explain its amounts."""
        standing = oldest_first(self.lines) if self.form.order == "decroissant" else self.lines
        lines = in_order(self.opening, standing)
        doubts: list[Problem] = []
        opening, closing = chained(self.path, self.opening, self.closing, lines, doubts)
        certain = not doubts and proved(self.opening, self.closing, lines)
        if not certain:
            self._unsure()
        if self.debits and not certain and self._against(self.debits):
            row, debit = self.debits[0]
            self.say(
                row.number,
                f"Tous les débits ont le signe de {integer(debit)} et les soldes ne prouvent rien : des sorties ou des "
                f"entrées ? Si ce sont des sorties : « signe: {self._other_sign()} ».",
            )
        elif self.undated and not certain:
            self.say(
                self.undated[0].number,
                "Cette ligne n'a pas de date et les soldes ne prouvent pas que c'est une opération. Si c'est un total, "
                "déclarez « pied » ; sinon, « solde-initial » et « solde-final ».",
            )
        self.problems += doubts if not self.problems else []
        self._check_carried(opening, lines)
        return None if self.problems else BankFile(self.account, opening, closing, tuple(lines), self.left_out)

    # --- printed balances ---------------------------------------------------------------------------------------------

    def _balance(self, row: FileRow, *, inside: bool) -> int | None:
        """The balance of a row; under the titles, the column of debits says that the account is overdrawn."""
        found = self._by_column(row) if inside else None
        if found is None:
            amounts = [self._figure(row, cell) for cell in row.cells if not isinstance(cell, date)]
            found = next((units for units in reversed(amounts) if units is not None), None)
        if found is None:
            self.say(row.number, f"Un solde est attendu sur cette ligne ; « {row.said[:60]} » est trouvé.")
        elif found > 0 and re.search(r"\bDEBITEUR\b", fold(row.said)) and "CREDITEUR" not in fold(row.said):
            return -found
        return found

    def _by_column(self, row: FileRow) -> int | None:
        balance = self._figure(row, self._cell(row, "solde"))
        if balance is not None:
            return balance
        debit, credit = (self._figure(row, self._cell(row, side), side) for side in _SIDES)
        if debit and credit:
            both = f"{integer(debit)} et {integer(credit)}"
            self.say(row.number, f"Un seul solde est attendu sur cette ligne ; {both} sont trouvés.")
        return -abs(debit) if debit else credit if credit is not None else debit

    def _figure(self, row: FileRow, cell: Cell, side: Side | None = None) -> int | None:
        """The amount of a cell, None when it holds words or a day; what is made of figures must be readable."""
        try:
            return None if isinstance(cell, date) else amount_of(cell, self.form, side)
        except UnreadableError as refusal:
            if re.fullmatch(r"[-+−\d.,'’ ()*]+", shown(cell)) and not self._is_day(cell):
                self.say(row.number, f"Solde : {refusal}")
            return None

    def _is_day(self, cell: Cell) -> bool:
        try:
            return day_of(cell, self.form) is not None
        except UnreadableError:
            return False

    def _carried(self, row: FileRow) -> None:
        """Keeps the balance of a report row; what stands in its other columns are the page's totals."""
        balance = self._figure(row, self._cell(row, "solde"))
        if balance is not None:
            self.carried.append((row, balance))

    def _check_carried(self, opening: int | None, lines: Sequence[StatementLine]) -> None:
        """Compares each report row with the balance that the rows above it make, when the rows go from the oldest."""
        if opening is None or any(late.row < early.row for early, late in pairwise(lines)):
            return
        balances = list(accumulate((line.amount for line in lines), initial=opening))
        for row, balance in self.carried:
            running = balances[bisect_left(lines, row.number, key=lambda line: line.row)]
            if balance != running:
                said = f"Le report imprimé est {integer(balance)} ; les lignes au-dessus donnent {integer(running)}."
                self.say(row.number, f"{said} Exportez le relevé de nouveau.")

    # --- what the balances must prove ---------------------------------------------------------------------------------

    def _unsure(self) -> None:
        """Names what would be a guess: with no balances to prove them, these readings have another one."""
        for rank, row in self.unheard.items():
            key, title = self.telling[rank], self.titles[rank]
            self.say(
                row.number,
                f"La colonne « {title[:40]} » dit « {shown(row.cells[rank])[:40]} » et aucune clé ne la lit : déclarez « {key}: {title[:40]} » "
                f"sous « colonnes », ou, si elle ne change rien, « colonnes-ignorees: [{title[:40]}] ».",
            )
        if self.short:
            self.say(
                self.short[0].number,
                f"Cette ligne a {len(self.short[0].cells)} cases sous {self.width} titres et les soldes ne prouvent rien : une case "
                "perdue ferait d'une entrée une sortie. Exportez le relevé de nouveau, ou déclarez « solde ».",
            )
        if self.fees and self._against(self.fees):
            row, fee = self.fees[0]
            self.say(
                row.number,
                f"Tous les frais ont le signe de {integer(fee)} et les soldes ne prouvent rien : pris ou rendus ? S'ils sont pris : "
                f"« signe: {self._other_sign()} ».",
            )
        if len({amount > 0 for _, amount in self.spent if amount}) > 1:
            row, amount = next(each for each in self.spent if each[1] < 0)
            self.say(
                row.number,
                f"Des sorties portent un moins ({integer(amount)}) et d'autres non : cette ligne reprend-elle de l'argent ou en rend-"
                "elle ? Les soldes ne le disent pas : déclarez « solde », ou demandez à la banque un autre export.",
            )

    def _against(self, signed: Sequence[tuple[FileRow, int]]) -> bool:
        """Whether every amount of a column of payments has the sign that the format does not expect."""
        return all((amount > 0) == (self.form.sign == "debits-negatifs") for _, amount in signed)

    def _other_sign(self) -> str:
        return ("debits-negatifs", "recettes-positives")[self.form.sign == "debits-negatifs"]

    # --- an operation -------------------------------------------------------------------------------------------------

    def _cell(self, row: FileRow, key: str) -> Cell:
        place = self.at.get(key)
        return row.cells[place] if place is not None and place < len(row.cells) else None

    def _text(self, row: FileRow) -> str:
        keys = [key for key in self.at if key.startswith("libelle ")]
        return " ".join(filter(None, (text_of(self._cell(row, key)) for key in keys)))

    def _overflows(self, row: FileRow) -> bool:
        """Whether a row holds more cells than there are titles: its values stand under the wrong ones."""
        many = max((rank for rank, cell in enumerate(row.cells, 1) if shown(cell)), default=0)
        if not self.width or many <= self.width:
            return False
        mark = f" ; un « {self.form.separator} » dans un libellé sans guillemets ?" if self.form.kind == "csv" else ""
        self.say(
            row.number, f"Cette ligne a {many} cases sous {self.width} titres{mark} Corrigez-la, rien n'est deviné."
        )
        return True

    def _counts(self, row: FileRow) -> bool:
        """Whether the operation was done, as the column of its status says."""
        if self.columns.status is None:
            return True
        word = fold(shown(self._cell(row, "statut")))
        if word in map(fold, self.form.failed):
            self.left_out += 1
            return False
        if word not in map(fold, self.form.done):
            known = ", ".join(f"« {each} »" for each in (*self.form.done, *self.form.failed))
            self.say(
                row.number,
                f"Colonne « {self.columns.status} » : un de ces mots est attendu : {known} ; « {word[:40]} » est trouvé. "
                "Ajoutez-le à « statuts-faits » ou à « statuts-ecartes » du format.",
            )
            return False
        return True

    def _operation(self, row: FileRow) -> None:
        if self._overflows(row) or not self._counts(row):
            return
        refusals: list[str] = []
        days = self._days(row, refusals)
        values = self._values(row, refusals)
        text, reference = self._wording(row, refusals)
        silent = not any((*days.values(), *values.values()))
        if not refusals and silent and self._goes_on(text):
            return
        if _BALANCES.match(fold(text)):
            refusals.append(
                f"« {text[:40]} » est un solde ou un total, pas une opération : déclarez cette ligne dans « solde-initial », "
                "« solde-final », « lignes-de-report » ou « pied »."
            )
        self._listen(row, refusals)
        booked = self._booked(row, days, text, refusals) if not refusals else None
        amount = self._amount(row, values, refusals) if not refusals else None
        if booked is None or amount is None:
            self.say(row.number, *refusals)
            return
        text = text or _unworded(reference)
        line = StatementLine(row.number, booked, days["date-valeur"], amount, text, reference, values["solde"])
        if values["frais"]:
            self.fees.append((row, values["frais"]))
        self._add(line, values["frais"])

    def _listen(self, row: FileRow, refusals: list[str]) -> None:
        """Notes what the row leaves out, or says where no key reads; refuses another currency."""
        if self.form.kind == "csv" and any(self.at.get(key, 0) >= len(row.cells) for key in _AMOUNTS):
            self.short.append(row)
        said = {rank: shown(cell).strip() for rank, cell in enumerate(row.cells)}
        for rank, key in self.telling.items():
            if said.get(rank, "").strip("0-–,. " if key == "frais" else ""):
                self.unheard.setdefault(rank, row)
        currency = fold(said.get(self.currency, "")) if self.currency is not None else ""
        if currency not in _FRANCS:
            refusals.append(
                f"Cette opération est en {currency[:20]} ; des francs sont attendus. Demandez un relevé en francs."
            )

    def _wording(self, row: FileRow, refusals: list[str]) -> tuple[str, str | None]:
        try:
            return self._text(row), reference_of(self._cell(row, "reference"))
        except UnreadableError as refusal:
            refusals.append(f"Libellé ou référence : {refusal}")
            return "", None

    def _goes_on(self, text: str) -> bool:
        """Adds the words of a row that holds nothing else to the operation above, where the bank prints them so."""
        if not (text and self.form.continued and self.lines):
            return False
        joined = f"{self.lines[-1].text} {text}"
        self.lines[-1] = self.lines[-1]._replace(text=joined, nature=nature(joined, self.form))
        return True

    def _add(self, line: StatementLine, fees: int | None) -> None:
        named = line._replace(nature=nature(line.text, self.form))
        if not fees:
            self.lines.append(named)
            return
        taken = fees if self.form.sign == "debits-negatifs" else -fees
        charge = line._replace(amount=taken, text=f"Frais {line.text}", nature="frais")
        self.lines += [named._replace(balance=None), charge]

    def _days(self, row: FileRow, refusals: list[str]) -> dict[str, date | None]:
        found: dict[str, date | None] = {"date": None, "date-valeur": None}
        for key in found:
            try:
                found[key] = day_of(self._cell(row, key), self.form, self.epoch)
            except UnreadableError as refusal:
                refusals.append(f"Colonne « {self._title(key)} » : {refusal}")
        return found

    def _values(self, row: FileRow, refusals: list[str]) -> dict[str, int | None]:
        found: dict[str, int | None] = dict.fromkeys(("debit", "credit", "montant", "frais", "solde"))
        for key in found:
            try:
                found[key] = amount_of(self._cell(row, key), self.form, self._side(key))
            except UnreadableError as refusal:
                refusals.append(f"Colonne « {self._title(key)} » : {refusal}")
        return found

    def _side(self, key: str) -> Side | None:
        """The side on which a column stands, so that D or C after its amounts confirms it; None when the sign is there."""
        if key == "credit":
            return "credit"
        spent = key == "montant" and self.form.sign == "depenses-positives"
        return "debit" if spent or key in ("debit", "frais") else None

    def _booked(self, row: FileRow, days: dict[str, date | None], text: str, refusals: list[str]) -> date | None:
        """The day of an operation: its own, or that of the operation above where the bank prints it once."""
        if days["date"] is not None:
            return days["date"]
        dateless = self.form.day_once and days["date-valeur"] is None
        if dateless and self.lines and text and not _TOTALS.match(fold(text)):
            self.undated.append(row)
            return self.lines[-1].date
        refusals.append(
            f"Une date est attendue (colonne « {self.columns.date} ») ; la case est vide. Total ou mention : déclarez "
            "« pied » ; report d'une page : « lignes-de-report » ; date imprimée une fois par jour : « date-reprise: oui »."
        )
        return None

    def _title(self, key: str) -> str:
        return self.columns.written().get(key, key)

    def _amount(self, row: FileRow, values: dict[str, int | None], refusals: list[str]) -> int | None:
        """Signed whole francs, receipts positive; None once a refusal says why."""
        if self.columns.amount is not None:
            return self._signed(row, values["montant"], refusals)
        debit, credit = values["debit"], values["credit"]
        if debit and credit:
            both = f"{integer(debit)} et {integer(credit)}"
            refusals.append(f"Un débit ou un crédit est attendu, pas les deux ; {both} sont trouvés sur la même ligne.")
            return None
        if debit is None and credit is None:
            said = f"« {self.columns.debit} » et « {self.columns.credit} »"
            refusals.append(f"Un montant est attendu ; {said} sont vides. Si c'est un pied, déclarez « pied ».")
            return None
        if debit:
            self.debits.append((row, debit))
        negative = self.form.sign == "debits-negatifs"
        return (credit or 0) + (debit or 0) if negative else (credit or 0) - (debit or 0)

    def _signed(self, row: FileRow, amount: int | None, refusals: list[str]) -> int | None:
        if amount is None:
            title = self.columns.amount
            refusals.append(f"Un montant est attendu (colonne « {title} ») ; la case est vide.")
            return None
        if self.columns.direction is None:
            return -amount if self.form.sign == "depenses-positives" else amount
        word = fold(shown(self._cell(row, "sens")))
        if word in map(fold, self.form.receipts):
            if amount < 0:
                refusals.append(f"« {word} » contredit le signe de {integer(amount)} : entrée ou sortie ?")
                return None
            return amount
        if word in map(fold, self.form.payments):
            self.spent.append((row, amount))
            return -abs(amount)
        known = ", ".join(f"« {each} »" for each in (*self.form.receipts, *self.form.payments))
        refusals.append(
            f"Colonne « {self.columns.direction} » : un de ces mots est attendu : {known} ; "
            f"« {word[:40]} » est trouvé. Ajoutez-le à « entrees » ou à « sorties » du format."
        )
        return None
