"""The page of reports: which can be asked for, and one of them made as a page or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.policy.periods import Period
from grandlivre.render import csv, html, json, pdf, xlsx
from grandlivre.render.flat import archive
from grandlivre.render.templates import shipped_templates
from grandlivre.reports.catalogue import Listed, model_named, models
from grandlivre.reports.digest import digest
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.explained import explanation
from grandlivre.reports.kit.table import Report, Row
from grandlivre.reports.making import Job, accounts, make
from grandlivre.sources.problem import Problem, RefusedError
from grandlivre.tasks.publishing import filled_workbook
from grandlivre.viewer.state import Loaded

AUDIENCES = {"bailleur": "Pour le bailleur", "direction": "Pour la direction", "interne": "Pour la comptabilité"}
TYPES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "json": "application/json",
}
"""Formats a reader may ask for, and their media types."""
_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.12"

_UNKNOWN = "Ce rapport n'existe pas. Choisissez-le dans la page Rapports."
_PERIOD = "Cette période ne se comprend pas. Écrivez 2026, 2026-S1, 2026-T1 ou 2026-03."
_NO_REF = "Ce rapport n'a pas de lignes à REF dont on liste les écritures."
_NO_WORKBOOK = "Ce classeur n'existe pas pour ce rapport. Choisissez-le dans la page Rapports."
_HALTED = "Les livres ne peuvent pas être lus entièrement : aucun rapport n'est établi. Voyez la page Contrôles."
_ACCOUNT = "Ce compte n'existe pas dans les livres."
_TREE = "Ce bailleur n'existe pas dans les livres."


class Offer(NamedTuple):
    """A report that can be asked for."""

    model: Listed
    scope: Scope
    detail: str
    """The account it is about, when it is about one."""


def workbooks(books: Books) -> Mapping[str, tuple[str, ...]]:
    """The donors' own workbooks that the organisation keeps, by the model that fills each."""
    found: dict[str, tuple[str, ...]] = {}
    for name, each in books.policy.workbooks.items():
        found[each.model] = (*found.get(each.model, ()), name)
    return found


class Shelf(NamedTuple):
    """The reports of a tree, or of the whole organisation (tree "")."""

    tree: str
    name: str
    offers: Mapping[str, tuple[Offer, ...]]
    """By audience."""


def shelves(books: Books, trees: tuple[str, ...], period: Period, whole: bool) -> tuple[Shelf, ...]:
    """What can be asked for, for the whole organisation first, then tree by tree."""
    found = [_shelf(books, "", period)] if whole else []
    found += [_shelf(books, tree, period) for tree in trees]
    return tuple(shelf for shelf in found if shelf.offers)


def _shelf(books: Books, tree: str, period: Period) -> Shelf:
    offers: dict[str, list[Offer]] = {audience: [] for audience in AUDIENCES}
    for model in models(books.policy).values():
        offers[model.audience] += _offers(books, model, tree, period)
    donor = books.donor(tree)
    name = donor.name if donor is not None else tree or "Toute l'organisation"
    return Shelf(tree, name, {audience: tuple(own) for audience, own in offers.items() if own})


def _offers(books: Books, model: Listed, tree: str, period: Period) -> list[Offer]:
    """What one model offers there: a report an account, or one report; a donor's form where it was promised."""
    donor = books.donor(tree)
    agreements = donor.agreements if donor is not None else ()
    if model.form and not any(asked.model == model.name for each in agreements for asked in each.reports):
        return []
    match model.scope:
        case "account" if tree:
            names = accounts(books, model, period, tree)
            return [Offer(model, Scope(tree, name), name.split(":", 2)[-1]) for name in names]
        case "all" if not tree or any(each.financing in model.financing for each in agreements):
            return [Offer(model, Scope(tree), "")]
        case "tree" if tree or model.whole:
            return [Offer(model, Scope(tree), "")]
    return []


def of_pieces() -> tuple[Listed, ...]:
    """The reports made for one voucher or one dossier."""
    return tuple(model for model in models().values() if model.scope == "piece")


def periods(books: Books) -> tuple[Period, ...]:
    """The periods that have begun, the longest first, the latest first among equals."""
    found = []
    for year in range(books.today.year, books.start.year - 1, -1):
        codes = [f"{year}", *(f"{year}-S{n}" for n in (2, 1)), *(f"{year}-T{n}" for n in (4, 3, 2, 1))]
        codes += [f"{year}-{month:02d}" for month in range(12, 0, -1)]
        found += [period for code in codes if (period := Period.parse(code)) is not None]
    begun = [each for each in found if each.start <= books.today and each.end >= books.start]
    return tuple(sorted(begun, key=lambda each: (each.start - each.end, -each.start.toordinal())))


class Wanted(NamedTuple):
    """A report as a reader asks for it."""

    model: str
    tree: str
    account: str
    piece: str
    period: str
    ref: str = ""
    """A line of a statement: the entries behind it are asked for."""


def made(loaded: Loaded, wanted: Wanted) -> tuple[Job, tuple[Report, ...]]:
    """The report, or its several sheets. Raises `RefusedError` when it cannot be made as asked."""
    if loaded.inspection.halted:
        raise RefusedError(_HALTED)
    model = model_named(wanted.model, loaded.books.policy)
    period = Period.parse(wanted.period)
    if model is None:
        raise RefusedError(_UNKNOWN)
    if period is None:
        raise RefusedError(_PERIOD)
    if wanted.tree and wanted.tree not in loaded.books.trees:
        raise RefusedError(_TREE)
    if wanted.account and wanted.account not in loaded.books.accounts:
        raise RefusedError(_ACCOUNT)
    job = Job(model, Scope(wanted.tree, wanted.account, wanted.piece), period)
    inputs = _inputs(loaded)
    if wanted.ref:
        return job, loaded.once(("report", wanted, inputs), lambda: (_explained(loaded, job, wanted.ref),))
    return job, loaded.once(("report", wanted, inputs), lambda: make(loaded.inspection, job, inputs))


def _inputs(loaded: Loaded) -> str:
    """The digest that a report carries."""
    return digest(loaded.inspection.main, own_templates(loaded) or shipped_templates())[:12]


def workbook(loaded: Loaded, job: Job, reports: tuple[Report, ...], index: int, name: str) -> tuple[str, bytes]:
    """The donor's own workbook of that name, filled from one of the reports: what its name ends with, and its content.

    Raises `RefusedError` where the organisation keeps none of that name for the model, or a cell may not be written.
    """
    said = loaded.books.policy.workbooks.get(name)
    if said is None or said.model != job.model.name:
        raise RefusedError(_NO_WORKBOOK)
    content = filled_workbook(loaded.inspection, job, reports, index, said, _inputs(loaded))
    return Path(said.file).suffix.lower().removeprefix("."), content


def _explained(loaded: Loaded, job: Job, ref: str) -> Report:
    """The entries behind a line. Raises `RefusedError` for a report without REF, or a line it does not have."""
    if job.model.explain is None:
        raise RefusedError(_NO_REF)
    inspection = loaded.inspection.at(min(job.period.end, loaded.books.today))
    context = Context(inspection.books, job.scope, job.period, inspection.findings)
    return explanation(context, job.model.title, ref, job.model.explain(context, ref))


def own_templates(loaded: Loaded) -> Path | None:
    """The organisation's own folder of templates."""
    folder = loaded.inspection.root / "templates"
    return folder if folder.is_dir() else None


def rendered(
    loaded: Loaded,
    report: Report,
    form: str,
    address: Callable[[Place], str],
    behind: Callable[[str], str],
    back: str = "",
) -> bytes:
    """A report in one of the formats; on the page, figures lead to their entries. Raises `RefusedError`.

    `address` leads to an entry, `behind` to the list of those of a line.
    """
    own = own_templates(loaded)

    def link(row: Row) -> str:
        return behind(row.behind) if row.behind else address(Place(row.refs[0].file, row.refs[0].line))

    content: str | bytes | Problem
    if form == "pdf":
        content = pdf(report, templates=own)
    elif form == "xlsx":
        content = xlsx(report)
    elif form == "csv":
        tables = csv(report)
        alone = len(tables) == 1
        content = tables[""] if alone else archive({f"{name}.csv": table for name, table in tables.items()})
    elif form == "json":
        content = json(report)
    else:
        content = html(report, templates=own, link=link, back=back)
    if isinstance(content, Problem):
        raise RefusedError(str(content))
    return content.encode() if isinstance(content, str) else content


def media(form: str, content: bytes) -> tuple[str, str]:
    """What a file's name ends with, and its media type: several tables come in one archive."""
    if form == "csv" and content.startswith(b"PK"):
        return "zip", "application/zip"
    return form, TYPES.get(form, _MACROS)


def file_name(job: Job, sheet: int, form: str, workbook: str = "") -> str:
    """`suivi-budgetaire-ue-eau-2026-T3.pdf`; the workbook it fills comes last."""
    parts = [job.name, job.scope.tree.lower(), job.period.code, str(sheet) if sheet else "", workbook]
    return f"{'-'.join(part for part in parts if part)}.{form}"
