"""Project books of a few entries: donors in a line, accounts opened by themselves, the five reports made in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grandlivre.books.index import Books
from grandlivre.reports.kit.table import Report, Value
from statement_bed import ORGANISATION, books_of, cells, gaps, made, table

SET = ("bilan-projet", "exploitation-projet", "emplois-ressources", "execution-budgetaire", "reconciliation-tresorerie")
THREE = dict.fromkeys(("1", "2", "3"), "cout-unitaire: 2 000 000 XOF")
"""Three lines: 1 000 000 in each of two years."""
TWO_YEARS = ORGANISATION + "  - {du: 2027-01-01, au: 2027-12-31}\n"


def donor(
    code: str,
    lines: Mapping[str, str] | None = None,
    model: str = "fonds-administration",
    span: tuple[str, str] = ("2026-01-01", "2027-12-31"),
    accounts: str = "",
    more: str = "",
    language: str = "fr",
) -> dict[str, str]:
    """A donor's file: one agreement C-CODE with budget lines (code: what else its YAML says)."""
    text = f"code: {code}\nnom: Bailleur {code} (fictif)\npartenaire: Bailleur {code}\nlangue: {language}\n"
    text += f"comptes:\n  banque: Actif:{code}:52111-Banque\n{accounts}"
    text += f"conventions:\n  - id: C-{code}\n    du: {span[0]}\n    au: {span[1]}\n    financement: {model}\n"
    if lines:
        rows = "".join(
            f'          - {{code: "{name}", libelle: Ligne {name}, {said}}}\n' for name, said in lines.items()
        )
        text += f"    budget:\n      - code: B\n        libelle: Projet\n        lignes:\n{rows}"
    return {f"bailleurs/{code.lower()}.yaml": text + more}


def project(
    folder: Path, entries: str, donors: Mapping[str, str], organisation: str = TWO_YEARS, day: str = "2027-12-31"
) -> Books:
    """The books of those entries; every account they name is opened on the first day."""
    named = sorted({word for word in entries.split() if word.count(":") == 2 and word.startswith(ROOTS)})
    opened = "".join(f"2020-01-01 open {name}\n" for name in named)
    return books_of(folder, opened + entries, organisation, donors, day)


ROOTS = ("Actif", "Passif", "Capitaux", "Charges", "Produits")


def uses(books: Books, period: str = "2026", tree: str = "AAA", column: str = "year") -> dict[str, Value]:
    """A column of the statement of sources and uses that closes on its cash and leaves no account out."""
    report = made(books, "emplois-ressources", period, tree)
    assert set(gaps(report).values()) == {0}
    assert not unattached(report)
    return cells(report, "lines", column)


def lines(books: Books, period: str = "2026", tree: str = "AAA") -> dict[str, dict[str, Value]]:
    """The rows of the budget's execution, by code."""
    rows = table(made(books, "execution-budgetaire", period, tree), "lines").rows
    return {str(row.cells["code"]): dict(row.cells) for row in rows if row.cells.get("code")}


def unattached(report: Report) -> dict[Value, Value]:
    """What no line reads, by account number."""
    rows = table(report, "unattached").rows
    return {row.cells["number"]: row.cells["amount"] for row in rows if row.cells.get("number")}


def nonzero(found: Mapping[str, Value]) -> dict[str, Value]:
    """What is not nil."""
    return {key: value for key, value in found.items() if value}
