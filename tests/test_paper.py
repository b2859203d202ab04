"""The reports of the demonstration books as they come out of the printer and stand on a screen: what an eye would refuse."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from re import findall
from typing import Any, NamedTuple

import pytest

from grandlivre import render
from grandlivre.inspection import Inspection
from grandlivre.policy.periods import Period
from grandlivre.render.format import typeset
from grandlivre.render.printing import weasyprint_pdf
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Scope
from grandlivre.reports.kit.table import Letterhead, Report, Row, Signature, Table, Text
from grandlivre.reports.making import Job, jobs, make
from render_hostile import TEXTS
from render_samples import cash_count

TREE = "UNICEF-EDU"
"""The tree whose voucher numbers are the longest."""
PIECES = {"ordre-paiement": "BQ-UNICEF-EDU-2026-0071", "bon-caisse": "CS-UNICEF-EDU-2026-0035"}
WHOLE = ("plan-tresorerie", "calendrier")
QUARTER = Period.parse("2026-T3")
MARGIN = 13 * 72 / 25.4
"""Points at the left and at the right of a page where nothing stands."""
CHROMIUM = Path("/usr/bin/chromium")

poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")


class Word(NamedTuple):
    """A word of a page and its box, in points."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> float:
        """The size of its letters: the boxes of our font are 1.362 times as high."""
        return (self.bottom - self.top) / 1.362


class Page(NamedTuple):
    """A printed page."""

    width: float
    height: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(" ".join(word.text for word in self.words).split())


def pages(content: bytes, folder: Path) -> list[Page]:
    (folder / "rapport.pdf").write_bytes(content)
    said = subprocess.run(
        ["pdftotext", "-bbox", str(folder / "rapport.pdf"), "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode("utf-8")
    found = []
    for width, height, body in findall(r'(?s)<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', said):
        boxes = findall(r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', body)
        words = tuple(Word(unescape(text), *map(float, box)) for *box, text in boxes)
        found.append(Page(float(width), float(height), words))
    return found


class Printout(NamedTuple):
    """A report and its printed pages."""

    report: Report
    sheets: list[Page]


MADE: dict[str, Report | None] = {}
PRINTED: dict[str, Printout] = {}


def first_of(demo: Inspection, name: str) -> Report | None:
    """The first report of a model, made once; none when it has nothing to say."""
    if name not in MADE:
        model = models()[name]
        assert QUARTER is not None
        if name in PIECES:
            asked = [Job(model, Scope(TREE, "", PIECES[name]), QUARTER)]
        else:
            asked = list(jobs(demo.books, model, QUARTER, Scope("" if name in WHOLE else TREE)))
        MADE[name] = next((report for job in asked for report in make(demo, job, "0123456789ab")), None)
    return MADE[name]


def printed(report: Report, folder: Path) -> list[Page]:
    pytest.importorskip("weasyprint")
    page = render.html(report)
    assert isinstance(page, str)
    return pages(weasyprint_pdf(page), folder)


def printout(demo: Inspection, name: str, folder: Path) -> Printout:
    """The first report of a model, printed once for the tests that read it."""
    report = first_of(demo, name)
    assert report is not None
    if name not in PRINTED:
        PRINTED[name] = Printout(report, printed(report, folder))
    return PRINTED[name]


@pytest.fixture(scope="module", params=models())
def printouts(demo, request, tmp_path_factory) -> list[Printout]:
    """The first report of a model; none when it has nothing to say."""
    if first_of(demo, request.param) is None:
        return []
    return [printout(demo, request.param, tmp_path_factory.mktemp("papier"))]


def overlapping(page: Page) -> list[tuple[str, str]]:
    """The pairs of words of which one hides a good part of the other."""
    found = []
    words = sorted(page.words, key=lambda word: word.top)
    for index, one in enumerate(words):
        for other in words[index + 1 :]:
            if other.top > one.bottom:
                break
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - max(one.top, other.top)
            if across > 1 and down > 0.3 * min(one.bottom - one.top, other.bottom - other.top):
                found.append((one.text, other.text))
    return found


@poppler
def test_every_page_is_whole_and_readable(printouts):
    for _, sheets in printouts:
        for number, page in enumerate(sheets, 1):
            assert page.text.endswith(f"Page {number} / {len(sheets)}")
            assert "0123456789ab" in page.text
            assert overlapping(page) == []
            assert {word.text for word in page.words if word.size < 6.95} == set()
            outside = {
                word.text
                for word in page.words
                if word.left < MARGIN - 1 or word.right > page.width - MARGIN + 1 or word.bottom > page.height - 15
            }
            assert outside == set()


@poppler
def test_totals_and_signatures_stand_on_one_page(printouts):
    for report, sheets in printouts:
        table = next((block for block in reversed(report.body) if isinstance(block, Table)), None)
        signed = [
            page.text
            for page in sheets
            if all(" ".join(typeset(signature.role).split()) in page.text for signature in report.signatures)
        ]
        assert signed
        if table is not None and table.rows:
            shown = [column.key for column in table.columns if column.page]
            said = [table.rows[-1].cells.get(key) for key in shown]
            last = next(
                (text for text in said if isinstance(text, str) and text), ""
            )  # a row to fill by hand says nothing
            assert any(all(word in page for word in typeset(last).split()) for page in signed), last


@poppler
@pytest.mark.parametrize("landscape", [False, True])
def test_long_names_stay_in_the_letterhead(tmp_path, landscape):
    long = (
        "Association nationale pour le développement communautaire des cercles de la région de Mopti (exemple fictif)"
    )
    head = Letterhead("ANI-Mali", long, (f"Bandiagara, {long}", "Tél. 20 22 22 22", "Accord-cadre 0001/2008"))
    report = replace(cash_count(), scope=f"GENRE — {long}", letterhead=head, landscape=landscape)
    page = printed(report, tmp_path)[0]
    top = [word for word in page.words if word.bottom < page.height / 4]
    assert sum(word.text == "développement" for word in top) == 3
    assert overlapping(page) == []
    assert min(word.left for word in page.words) >= MARGIN - 1
    assert max(word.right for word in page.words) <= page.width - MARGIN + 1


@poppler
def test_the_two_statements_of_funds_stand_side_by_side_over_the_signatures(demo, tmp_path):
    for tree in ("UE-EAU", "GENRE", TREE):
        assert QUARTER is not None
        if tree == TREE:
            sheets = printout(demo, "rapport-financier", tmp_path).sheets
        else:
            (report,) = make(demo, Job(models()["rapport-financier"], Scope(tree), QUARTER), "0123456789ab")
            sheets = printed(report, tmp_path)
        (page,) = [page for page in sheets if "situation au" in page.text]
        heads = [word for word in page.words if word.text == "Libellé"]
        assert len(heads) == 2
        assert len({round(word.top) for word in heads}) == 1
        assert "Président du Bureau exécutif" in page.text
        between = [word for word in page.words if word.text in ("situation", "Directeur")]
        assert between[0].bottom < between[-1].top


@poppler
def test_the_bank_book_keeps_every_column_in_letters_one_can_read(demo, tmp_path):
    report, sheets = printout(demo, "journal-banque", tmp_path)
    titles = {word for table in report.tables for column in table.columns for word in column.title.split()}
    for page in sheets:
        assert titles <= {word.text.rstrip(",") for word in page.words}
        lines = [word.size for word in page.words if word.text.startswith(("BQ-", "virement", "Traoré"))]
        assert min(lines) >= 7.2


@poppler
def test_a_cell_of_five_thousand_characters_is_cut_between_pages_and_nothing_is_lost(demo, tmp_path):
    report = first_of(demo, "rapport-financier")
    assert report is not None
    table = report.tables[0]
    long = Row({**table.rows[1].cells, "comment": TEXTS["long"]}, depth=1)
    table = replace(table, rows=(table.rows[0], long, *table.rows[2:]))
    note = Text((TEXTS["long"],), "Commentaires")
    told = replace(report, body=(table, note, *report.body[1:]), signatures=(*report.signatures, Signature("Lu")))
    sheets = printed(told, tmp_path)
    assert sum(page.text.count("Règlement") for page in sheets) == 2 * TEXTS["long"].count("Règlement")
    for page in sheets:
        assert overlapping(page) == []
        assert max(word.right for word in page.words) <= page.width - MARGIN + 1
        assert max(word.bottom for word in page.words) <= page.height - 15


@poppler
def test_the_head_of_a_group_is_not_left_alone_at_the_end_of_a_page(demo, tmp_path):
    report, sheets = printout(demo, "suivi-budgetaire", tmp_path)
    heads = {
        (row.cells["code"], row.cells["label"])
        for table in report.tables
        for row in table.rows
        if row.role == "subtotal" and row.cells.get("code")
    }
    assert heads
    for page, after in pairwise(sheets):
        lines = [word for word in page.words if word.bottom < page.height - 45]
        lowest = max(word.top for word in lines)
        tail = " ".join(word.text for word in lines if abs(word.top - lowest) < 3)
        assert not any(tail.startswith(f"{code} {label}") for code, label in heads), after.text[:80]


@pytest.fixture(scope="module")
def browser() -> Any:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as tool:
        found = tool.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--headless"])
        yield found
        found.close()


def test_on_a_screen_nothing_runs_out_of_its_cell(browser, demo):
    """A phone scrolls a wide table inside its frame; a screen of 1280 pixels shows every table whole."""
    sheet = browser.new_page(viewport={"width": 1280, "height": 900})
    for name in models():
        report = first_of(demo, name)
        if report is None:
            continue
        sheet.set_viewport_size({"width": 1280, "height": 900})
        sheet.set_content(str(render.html(report)))
        frames = "[...document.querySelectorAll('.cadre')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert sheet.evaluate(frames) == 0, name
        for width in (1280, 390):
            sheet.set_viewport_size({"width": width, "height": 900})
            wide = "document.documentElement.scrollWidth"
            assert sheet.evaluate(wide) <= width, (name, width)
            run_over = "[...document.querySelectorAll('td')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
            assert sheet.evaluate(run_over) == [], (name, width)
    sheet.close()
