"""Reports written as files: each format whole or not at all, and a file that would not change left as it is."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grandlivre.render.agenda import ics
from grandlivre.render.flat import csv, json
from grandlivre.render.page import html
from grandlivre.render.printing import pdf
from grandlivre.render.workbook import xlsx
from grandlivre.reports.kit.table import Report
from grandlivre.sources.problem import Problem
from grandlivre.writing import write_file
from grandlivre.writing.problem import because

if TYPE_CHECKING:
    from grandlivre.inspection import Inspection
    from grandlivre.policy.workbooks import DonorWorkbook
    from grandlivre.reports.making import Job

FORMATS = ("html", "pdf", "xlsx", "csv", "json", "ics")

_PLAIN = {"xlsx": xlsx, "json": json, "ics": ics}
_NO_DATES = "Le modèle {model} n'a pas de dates à mettre dans un agenda : le format ics est celui de calendrier."
_NOTHING_DUE = (
    "Rien n'est dû sur {period} : un agenda vide ne s'ouvre pas. Demandez une autre période, ou un autre format."
)


@dataclass(frozen=True, slots=True)
class Published:
    """The files of one report."""

    files: tuple[Path, ...] = ()
    """In the order of `FORMATS`, the tables last."""
    written: int = 0
    """How many of them changed."""
    problem: Problem | None = None
    """Why a format is missing; the page stands in for it."""


def publish(report: Report, stem: Path, formats: Sequence[str], templates: Path | None) -> Published:
    """Writes a report beside `stem` (a path without extension); raises WriteError when the disk refuses.

    A template's mistake is returned and nothing is written. A PDF that cannot be made leaves the page in its place; one
    whose page has not changed is not made again.
    """
    wanted = set(formats)
    if "ics" in wanted and not report.events:
        return Published(problem=_without_dates(report))
    page = html(report, templates=templates) if wanted & {"html", "pdf"} else ""
    if isinstance(page, Problem):
        return Published(problem=page)
    printed = _named(stem, "pdf")
    unchanged = {"html", "pdf"} <= wanted and printed.is_file() and _holds(_named(stem, "html"), _encoded(page))
    contents, problem = _rendered(report, page, wanted - {"pdf"} if unchanged else wanted, templates)
    files = {_named(stem, form): contents[form] for form in FORMATS if form in contents}
    if "csv" in wanted:
        files |= {_named(stem, "csv", table): content for table, content in csv(report).items()}
    written = sum(write_changed(place, content) for place, content in files.items())
    return Published((*([printed] if unchanged else ()), *files), written, problem)


def filled_workbook(
    inspection: Inspection, job: Job, made: tuple[Report, ...], index: int, said: DonorWorkbook, digest12: str
) -> bytes:
    """The donor's own workbook filled from one of the reports; raises `RefusedError` naming the cell that may not be written."""
    from grandlivre.render.donor_workbook import filled
    from grandlivre.reports.filling import filling
    from grandlivre.reports.making import context_of

    context = context_of(inspection, job, digest12)
    return filled(inspection.root / "rules" / "classeurs" / said.file, filling(context, made, index, said))


def _without_dates(report: Report) -> Problem:
    said = _NO_DATES if report.events is None else _NOTHING_DUE
    return Problem(Path(), 0, said.format(model=report.model, period=report.period.label))


def _named(stem: Path, form: str, table: str = "") -> Path:
    return stem.with_name(f"{'-'.join(filter(None, (stem.name, table)))}.{form}")


def _encoded(page: str) -> bytes:
    return page.encode("utf-8", "replace")


def _rendered(
    report: Report, page: str, wanted: Set[str], templates: Path | None
) -> tuple[dict[str, bytes], Problem | None]:
    """The bytes of each format but the tables; the page instead of a PDF that cannot be made, and why."""
    contents = {form: render(report) for form, render in _PLAIN.items() if form in wanted}
    printed = pdf(report, templates=templates, page=page) if "pdf" in wanted else None
    problem = printed if isinstance(printed, Problem) else None
    if "html" in wanted or problem is not None:
        contents["html"] = _encoded(page)
    if isinstance(printed, bytes):
        contents["pdf"] = printed
    return contents, problem


def write_changed(path: Path, content: bytes) -> bool:
    """Writes a file unless it holds that content already; says whether it did. Raises WriteError."""
    if _holds(path, content):
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise because(error, path.parent.as_posix()) from error
    write_file(path, content)
    return True


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
