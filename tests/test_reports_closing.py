"""The minutes of a closing: the root in words and as a QR code that a machine reads back, every digest that it seals."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import segno

from grandlivre import render
from grandlivre.inspection import Inspection
from grandlivre.policy.periods import Period
from grandlivre.render.page import qr_code
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Scope
from grandlivre.reports.kit.table import Code, Report, Table, Text
from grandlivre.reports.making import Job, make

_PATH = re.compile(r"M(\d+) (\d+)h(\d+)v1H\1z")


def minutes(inspection: Inspection, code: str) -> list[Report]:
    span = Period.parse(code)
    assert span is not None
    return list(make(inspection, Job(models()["pv-cloture"], Scope(), span), ""))


def modules(path: str) -> set[tuple[int, int]]:
    """The dark squares of a drawing, (column, row)."""
    runs = [tuple(map(int, found)) for found in _PATH.findall(path)]
    assert "".join(f"M{x} {y}h{many}v1H{x}z" for x, y, many in runs) == path
    return {(x + step, y) for x, y, many in runs for step in range(many)}


def test_the_drawing_is_the_code_and_its_quiet_border() -> None:
    """The matrix of segno, four modules away from every edge (ISO 18004 asks for four)."""
    text = f"2026-T3=sha256:{'0f' * 32}"
    drawn = qr_code(text)
    matrix = [list(row) for row in segno.make_qr(text, error="q", boost_error=False).matrix]
    dark = {(x + 4, y + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert drawn.side == len(matrix) + 8
    assert modules(drawn.path) == dark


def test_a_paper_says_what_the_closing_seals(demo: Inspection) -> None:
    (found,) = minutes(demo, "2026-T3")
    closing = next(each for each in demo.books.closings if each.period == "2026-T3")
    (code,) = [block for block in found.body if isinstance(block, Code)]
    assert code.text == f"2026-T3={closing.digest}"
    assert code.text in code.paragraphs
    (table,) = [block for block in found.body if isinstance(block, Table)]
    digests = {f"sha256:{row.cells['digest']}" for row in table.rows}
    assert {digest for _, digest in closing.trees} | {closing.rules, closing.previous} <= digests
    said = " ".join(text for block in found.body if isinstance(block, Text) for text in block.paragraphs)
    assert f"grandlivre verify --racine 2026-T3={closing.digest}" in said
    assert "hors des livres" in said
    assert [box.role for box in found.signatures] == ["Directeur", "Président du Bureau exécutif"]
    assert not found.provisional


def test_a_year_has_a_paper_a_closing_and_an_open_period_says_so(demo: Inspection) -> None:
    assert [each.subtitle for each in minutes(demo, "2026")] == [f"PV-CLOTURE-2026-T{n}" for n in (1, 2, 3)]
    (open_,) = minutes(demo, "2026-10")
    assert "grandlivre close" in str(open_.body)


def test_the_page_draws_it_without_script_and_other_formats_say_it(demo: Inspection) -> None:
    (found,) = minutes(demo, "2026-T3")
    page = render.html(found)
    assert isinstance(page, str)
    assert "<script" not in page
    (drawing,) = re.findall(r'<svg class="qr".*?</svg>', page, re.DOTALL)
    code = next(block for block in found.body if isinstance(block, Code))
    assert f'<path d="{qr_code(code.text).path}"' in drawing
    assert f"<title>{code.text}</title>" in drawing
    assert code.text.encode() in render.json(found)
    assert render.xlsx(found)[:2] == b"PK"


def test_a_machine_reads_the_printed_code(demo: Inspection, tmp_path: Path) -> None:
    """Where a reader of codes is installed (OpenCV) with poppler; elsewhere the matrix alone is compared, above."""
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("weasyprint")
    if shutil.which("pdftoppm") is None:
        pytest.skip("no poppler")
    (found,) = minutes(demo, "2026-T3")
    printed = render.pdf(found)
    assert isinstance(printed, bytes)
    (tmp_path / "pv.pdf").write_bytes(printed)
    words = ["pdftoppm", "-r", "110", "-png", "-singlefile", str(tmp_path / "pv.pdf"), str(tmp_path / "pv")]
    subprocess.run(words, check=True, timeout=60)
    code = next(block for block in found.body if isinstance(block, Code))
    assert cv2.QRCodeDetector().detectAndDecode(cv2.imread(str(tmp_path / "pv.png")))[0] == code.text
