"""What goes in which cell of a donor's own workbook: figures of one report, and of the agreement it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from grandlivre.i18n import did_you_mean
from grandlivre.policy.figures import WHOLE_KINDS
from grandlivre.policy.workbooks import DonorWorkbook, WorkbookTable
from grandlivre.reports.forms.facts import FormFacts
from grandlivre.reports.forms.figures import WHOLE
from grandlivre.reports.forms.making import agreement_facts
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Report, Table, Value
from grandlivre.sources.problem import RefusedError

_IDENTITY = {
    "nom": "organisation",
    "sigle": "sigle",
    "recepisse": "recepisse",
    "nif": "nif",
    "adresse": "adresse",
    "contact": "contact",
}
"""What `organisation.…` names, by the figure that says it."""
_ROLES = {"normal": "ligne", "heading": "titre", "subtotal": "sous-total", "total": "total"}


class Filled(NamedTuple):
    """A cell and its value."""

    sheet: str
    """"" is the first sheet."""
    cell: str
    value: Value
    exponent: int = 0
    """Decimals of a money's smallest unit."""


def filling(context: Context, reports: tuple[Report, ...], index: int, said: DonorWorkbook) -> tuple[Filled, ...]:
    """Every cell that a workbook takes from one of the reports; raises `RefusedError` where it names what is not there."""
    found = agreement_facts(context, said.model)
    filler = _Filler(reports[index], found[index if len(found) == len(reports) else 0])
    cells = [filler.cell(place, path) for place, path in said.cells.items()]
    for table in said.tables:
        cells += filler.table(table)
    return tuple(cells)


class _Filler(NamedTuple):
    """One report and the facts of its agreement."""

    report: Report
    facts: FormFacts

    def cell(self, place: str, path: str) -> Filled:
        """A cell written alone."""
        sheet, _, cell = place.rpartition("!")
        sheet = sheet.strip("'")
        head, *rest = path.split(".")
        name = _IDENTITY.get(rest[0], "") if head == "organisation" and len(rest) == 1 else path
        self._require_known(path, place)
        if name in WHOLE:
            places = self.facts.purse.exponent if WHOLE_KINDS[name] == "montant" else 0
            return Filled(sheet, cell, WHOLE[name](self.facts), places)
        if len(rest) == 2:
            table = self._table(head, place)
            column = self._column(table, rest[1], place)
            row = next((each for each in table.rows if rest[0] in (each.key, each.cells.get("code"))), None)
            if row is not None:
                return Filled(sheet, cell, row.cells.get(column), table.column(column).exponent)
            raise self._wrong(place, f"le tableau {head} n'a pas de ligne « {rest[0]} »", _row_names(table))
        known = [*(f"organisation.{key}" for key in _IDENTITY), *WHOLE]
        raise self._wrong(place, f"« {path} » n'est ni une donnée ni tableau.ligne.colonne", known)

    def table(self, said: WorkbookTable) -> Iterator[Filled]:
        """The rows of a table, one under the other."""
        at = f"tableau {said.table}"
        table = self._table(said.table, at)
        columns = {letter: table.column(self._column(table, key, at)) for letter, key in said.columns.items()}
        for key in said.columns.values():
            self._require_known(key, at)
        rows = [row for row in table.rows if _ROLES.get(row.role, "ligne") in said.roles]
        if said.end is not None and len(rows) > said.end - said.start + 1:
            raise RefusedError(
                f"Le tableau {said.table} a {len(rows)} lignes et le classeur n'en prévoit que {said.end - said.start + 1} "
                f"({said.sheet}, lignes {said.start} à {said.end}) : insérez des lignes dans le classeur, puis corrigez debut: et fin:."
            )
        for number, row in enumerate(rows, said.start):
            for letter, column in columns.items():
                yield Filled(said.sheet, f"{letter}{number}", row.cells.get(column.key), column.exponent)

    def _require_known(self, name: str, at: str) -> None:
        """Refuses a cumulative figure of an agreement whose earlier expenses nobody wrote down: the donor's title would be untrue."""
        if self.facts.execution.began_before and "cumul" in name:  # as such figures and columns are named
            agreement = self.facts.agreement
            raise RefusedError(
                f"Classeur, {at} : « {name} » demande ce qui a été dépensé depuis le début de la convention "
                f"{agreement.number or agreement.id}, commencée avant ces livres, et rien ne le dit. Écrivez realise-anterieur: sur "
                "ses lignes (0 XOF si rien n'a été dépensé)."
            )

    def _table(self, key: str, at: str) -> Table:
        found = next((each for each in self.report.tables if each.key == key), None)
        if found is None:
            raise self._wrong(at, f"le rapport n'a pas de tableau « {key} »", [each.key for each in self.report.tables])
        return found

    def _column(self, table: Table, key: str, at: str) -> str:
        known = [column.key for column in table.columns]
        if key not in known:
            raise self._wrong(at, f"le tableau {table.key} n'a pas de colonne « {key} »", known)
        return key

    def _wrong(self, at: str, what: str, known: list[str]) -> RefusedError:
        word = what.split("« ")[-1].split(" »")[0]
        hint = did_you_mean(word, known, f" Connus : {', '.join(known)}.")
        return RefusedError(f"Classeur, {at} : {what}.{hint} Corrigez rules/classeurs/.")


def _row_names(table: Table) -> list[str]:
    return [str(row.key or row.cells.get("code")) for row in table.rows if row.key or row.cells.get("code")]
