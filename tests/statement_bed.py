"""Statements of small ledgers written by hand: the real loader, a policy of a few lines, reports made in this process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from beancount import loader

from grandlivre.books.index import Books, build
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Table, Value

FOLDER = Path(__file__).parent / "statements"
HEAD = """\
option "name_assets" "Actif"
option "name_liabilities" "Passif"
option "name_equity" "Capitaux"
option "name_expenses" "Charges"
option "name_income" "Produits"
option "operating_currency" "XOF"
"""
ORGANISATION = """\
sigle: ONG
nom: Organisation (fictif)
devise: XOF
exercices:
  - {du: 2026-01-01, au: 2026-12-31}
"""


def books_of(
    folder: Path,
    ledger: str,
    organisation: str = ORGANISATION,
    more: Mapping[str, str] | None = None,
    day: str = "2026-12-31",
) -> Books:
    """The books of a ledger's text under rules written in a folder (`more`: files by their path under rules/)."""
    rules = folder / "rules"
    (rules / "bailleurs").mkdir(parents=True, exist_ok=True)
    for name, text in {"organisation.yaml": organisation, **(more or {})}.items():
        path = rules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    main = folder / "main.beancount"
    main.write_text(ledger if ledger.startswith((";", "option")) else HEAD + ledger, encoding="utf-8")
    entries, errors, options = loader.load_file(str(main))
    assert not errors, errors
    return build(entries, options, load_policy(rules), date.fromisoformat(day))


def made(books: Books, model: str, period: str = "2026", tree: str = "") -> Report:
    """A report, in its only sheet."""
    span = Period.parse(period)
    assert span is not None
    (report,) = models()[model].reports(Context(books, Scope(tree), span))
    return report


def table(report: Report, key: str) -> Table:
    """A table of a report."""
    return next(each for each in report.tables if each.key == key)


def cells(report: Report, key: str, column: str) -> dict[str, Value]:
    """A column of a table, by REF."""
    return {str(row.cells.get("ref")): row.cells.get(column) for row in table(report, key).rows if row.cells.get("ref")}


def gaps(report: Report) -> dict[str, Value]:
    """What must be nil."""
    return {fact.label: fact.value for fact in report.facts if fact.label.startswith("Écart")}
