"""A statement file, read by its format: a `BankFile`, or every problem at once with its row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from grandlivre.i18n import day, integer
from grandlivre.importers.cells import Cell, UnreadableError, amount_of, day_of, fold, text_of
from grandlivre.importers.formats import Columns, StatementFormat
from grandlivre.importers.statement import BankFile, ImportProblem, Reading, StatementLine
from grandlivre.importers.tables import Row, bytes_of, rows, shown


def read_statement(path: Path, form: StatementFormat) -> Reading:
    """Reads one statement file. Never raises for what the file holds: problems are values, in the order of rows."""
    problems: list[ImportProblem] = []
    data = bytes_of(path, form, problems)
    statement: BankFile | None = None
    if data and form.kind == "ofx":
        from grandlivre.importers.ofx import read_ofx

        statement = read_ofx(path, data, form, problems)
    elif data:
        table = rows(path, data, form, problems)
        if not problems:
            statement = _Table(path, form, problems).read(table)
    if problems or statement is None:
        return Reading(None, tuple(sorted(problems, key=lambda p: p.row)))
    return Reading(statement, ())


def recognised(path: Path, form: StatementFormat) -> bool:
    """Whether the format's kind, encoding and columns fit the file; its lines may still be wrong."""
    if path.suffix.lower() != f".{form.kind}":
        return False
    problems: list[ImportProblem] = []
    data = bytes_of(path, form, problems)
    if data and form.kind != "ofx":
        _Table(path, form, problems).places(rows(path, data, form, problems))
    return not problems


def nature(text: str, form: StatementFormat) -> str | None:
    """What the format says this wording is, as its French key; None for an ordinary movement."""
    said = f" {fold(text)} "
    for name, info in type(form.natures).model_fields.items():
        for words in getattr(form.natures, name):
            if re.search(rf"(?<![A-Z0-9]){re.escape(fold(words))}", said):
                return info.alias or name
    return None


def chained(
    path: Path, opening: int | None, closing: int | None, lines: Sequence[StatementLine], problems: list[ImportProblem]
) -> tuple[int | None, int | None]:
    """The opening and closing balances, each running balance checked against the amounts before it."""
    running, last_row = opening, 1
    waiting = 0  # amounts before any balance is known
    for line in lines:
        waiting += line.amount
        if running is not None:
            running += line.amount
        if line.balance is not None:
            if running is None:
                opening, running = line.balance - waiting, line.balance
            elif running != line.balance:
                said = (
                    f"Le solde imprimé est {integer(line.balance)} ; avec les montants depuis la ligne {last_row}, "
                    f"{integer(running)} est attendu (écart {integer(line.balance - running)}). "
                    "Une ligne manque, est en double ou a été modifiée : exportez le relevé de nouveau."
                )
                problems.append(ImportProblem(str(path), line.row, said))
                running = line.balance
            last_row = line.row
    if running is not None and closing is not None and running != closing:
        said = (
            f"Le solde final imprimé est {integer(closing)} ; le solde de départ et les {len(lines)} opérations "
            f"donnent {integer(running)} (écart {integer(closing - running)}). "
            "Une ligne manque ou est en trop : exportez le relevé de nouveau."
        )
        problems.append(ImportProblem(str(path), lines[-1].row if lines else 1, said))
    if running is None and closing is not None:
        opening, running = closing - waiting, closing
    return opening, running


_LONGEST_STATEMENT = 400
"""No bank prints more than a year, and a little, on one statement: days."""


class _Table:
    """One reading of one table."""

    def __init__(self, path: Path, form: StatementFormat, problems: list[ImportProblem]) -> None:
        assert form.columns is not None
        self.path, self.form, self.problems = path, form, problems
        self.columns: Columns = form.columns
        self.at: dict[str, int] = {}
        self.left_out = 0
        self.width = 0
        """How many titles the table has; 0 without titles."""

    def say(self, row: int, message: str) -> None:
        self.problems.append(ImportProblem(str(self.path), row, message))

    def places(self, table: list[Row]) -> list[Row]:
        """Finds the column of each key and gives the rows under the titles; nothing when a column is missing."""
        body = [row for row in table if row.number > self.form.skipped and not row.empty]
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
        return body[1:]

    def _missing(self, missing: list[str], titles: Row, table: list[Row]) -> str:
        def quoted(words: Iterable[str]) -> str:
            return ", ".join(f"« {word} »" for word in words)

        found = [title for title in map(shown, titles.cells) if title]
        said = f"Colonnes attendues et absentes : {quoted(missing)} ; colonnes trouvées : {quoted(found)}."
        wanted = {fold(title) for title in self.columns.written().values()}
        elsewhere = next((row for row in table if wanted <= {fold(shown(cell)) for cell in row.cells}), None)
        if elsewhere is not None:
            number = elsewhere.number
            return f"{said} Les titres sont ligne {number} : écrivez « lignes-ignorees: {number - 1} »."
        if len(found) == 1 and self.form.kind == "csv":
            mark = "tabulation" if self.form.separator == "\t" else self.form.separator
            return f"{said} Le séparateur attendu est « {mark} » : corrigez « separateur » si la banque en a changé."
        return f"{said} Ce relevé vient-il bien de « {self.form.name} » ? Sinon, corrigez « colonnes »."

    def read(self, table: list[Row]) -> BankFile | None:
        body = self.places(table)
        if self.problems:
            return None
        first = body[0].number if body else len(table) + 1
        account: str | None = None
        opening: int | None = None
        closing: int | None = None
        lines: list[StatementLine] = []
        ended = False
        for row in table:
            if row.empty:
                continue
            said = row.said
            around = ended or row.number < first
            if around and account is None and self.form.account:
                match = re.search(self.form.account, said, re.IGNORECASE)
                account = re.sub(r"\s", "", match[match.lastindex or 0]) if match else None
            if self.form.opening and opening is None and re.search(self.form.opening, said, re.IGNORECASE):
                opening = self._last_amount(row)
                continue
            if self.form.closing and re.search(self.form.closing, said, re.IGNORECASE):
                closing = self._last_amount(row)
                continue
            if not around and self.form.footer and re.search(self.form.footer, said, re.IGNORECASE):
                ended = True
            elif not around:
                self._line(row, lines)
        if not lines and closing is None and not self.problems:
            self.say(
                min(first, table[-1].number),
                "Aucune opération n'est trouvée sous les titres. Vérifiez « lignes-ignorees » et « pied ».",
            )
        if self.form.order == "decroissant":
            lines = _oldest_first(lines)
        if lines:
            self._far(lines)
        if not self.problems:
            opening, closing = chained(self.path, opening, closing, lines, self.problems)
        return BankFile(account, opening, closing, tuple(lines), self.left_out)

    def _far(self, lines: list[StatementLine]) -> None:
        """Refuses operations years apart: a digit of a year is wrong."""
        first, last = min(lines, key=lambda line: line.date), max(lines, key=lambda line: line.date)
        if (last.date - first.date).days > _LONGEST_STATEMENT:
            said = f"Les opérations iraient du {day(first.date)} (ligne {first.row}) au {day(last.date)} : une année est fausse."
            self.say(last.row, f"{said} Corrigez la date, ou exportez le relevé de nouveau.")

    def _last_amount(self, row: Row) -> int | None:
        for cell in reversed(row.cells):
            try:
                units = None if isinstance(cell, date) else amount_of(cell, self.form)
            except UnreadableError:
                continue
            if units is not None:
                return units
        self.say(row.number, f"Un solde est attendu sur cette ligne ; « {row.said[:60]} » est trouvé.")
        return None

    def _cell(self, row: Row, key: str) -> Cell:
        place = self.at.get(key)
        return row.cells[place] if place is not None and place < len(row.cells) else None

    def _text(self, row: Row) -> str:
        keys = [key for key in self.at if key.startswith("libelle ")]
        return " ".join(filter(None, (text_of(self._cell(row, key)) for key in keys)))

    def _overflows(self, row: Row) -> bool:
        """Whether a row holds more cells than there are titles: its values stand under the wrong ones."""
        many = max((rank for rank, cell in enumerate(row.cells, 1) if shown(cell)), default=0)
        if not self.width or many <= self.width:
            return False
        mark = f" ; un « {self.form.separator} » dans un libellé sans guillemets ?" if self.form.kind == "csv" else ""
        self.say(
            row.number, f"Cette ligne a {many} cases sous {self.width} titres{mark} Corrigez-la, rien n'est deviné."
        )
        return True

    def _counts(self, row: Row) -> bool:
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

    def _line(self, row: Row, lines: list[StatementLine]) -> None:
        if self._overflows(row) or not self._counts(row):
            return
        refusals: list[str] = []
        values: dict[str, int | None] = {}
        days: dict[str, date | None] = {}
        text, reference = "", ""
        for key in ("date", "date-valeur"):
            try:
                days[key] = day_of(self._cell(row, key), self.form)
            except UnreadableError as refusal:
                refusals.append(f"Colonne « {self._title(key)} » : {refusal}")
        for key in ("debit", "credit", "montant", "frais", "solde"):
            try:
                values[key] = amount_of(self._cell(row, key), self.form)
            except UnreadableError as refusal:
                refusals.append(f"Colonne « {self._title(key)} » : {refusal}")
        try:
            text = self._text(row)
            reference = text_of(self._cell(row, "reference"))
        except UnreadableError as refusal:
            refusals.append(f"Libellé ou référence : {refusal}")
        if not refusals and not any((*days.values(), *values.values())) and text and self.form.continued and lines:
            lines[-1] = lines[-1]._replace(text=f"{lines[-1].text} {text}")
            lines[-1] = lines[-1]._replace(nature=nature(lines[-1].text, self.form))
            return
        if not refusals and days["date"] is None:
            refusals.append(f"Une date est attendue (colonne « {self.columns.date} ») ; la case est vide.")
        amount = self._amount(row, values, refusals) if not refusals else None
        for refusal_ in refusals:
            self.say(row.number, refusal_)
        booked = days.get("date")
        if refusals or booked is None or amount is None:
            return
        fees, balance = values["frais"] or 0, values["solde"]
        line = StatementLine(row.number, booked, days["date-valeur"], amount, text, reference or None, balance)
        if not fees:
            lines.append(line._replace(nature=nature(text, self.form)))
            return
        charge = line._replace(amount=-fees, text=f"Frais {text}", nature="frais")
        lines += [line._replace(balance=None, nature=nature(text, self.form)), charge]

    def _title(self, key: str) -> str:
        return self.columns.written().get(key, key)

    def _amount(self, row: Row, values: dict[str, int | None], refusals: list[str]) -> int | None:
        """Signed whole francs, receipts positive."""
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
        negative = self.form.sign == "debits-negatifs"
        return (credit or 0) + (debit or 0) if negative else (credit or 0) - (debit or 0)

    def _signed(self, row: Row, amount: int | None, refusals: list[str]) -> int | None:
        if amount is None:
            title = self.columns.amount
            refusals.append(f"Un montant est attendu (colonne « {title} ») ; la case est vide.")
            return None
        if self.columns.direction is None:
            return -amount if self.form.sign == "depenses-positives" else amount
        word = fold(shown(self._cell(row, "sens")))
        if word in map(fold, self.form.receipts):
            return abs(amount)
        if word in map(fold, self.form.payments):
            return -abs(amount)
        known = ", ".join(f"« {each} »" for each in (*self.form.receipts, *self.form.payments))
        refusals.append(
            f"Colonne « {self.columns.direction} » : un de ces mots est attendu : {known} ; "
            f"« {word[:40]} » est trouvé. Ajoutez-le à « entrees » ou à « sorties » du format."
        )
        return None


def _oldest_first(lines: list[StatementLine]) -> list[StatementLine]:
    """The rows turned round; a line and its fees, which share a row, stay in that order."""
    return sorted(lines, key=lambda line: -line.row)
