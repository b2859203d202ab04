"""PDF by both printers: pages, repeated heads, totals beside the signatures, always the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import form_books
from grandlivre import render
from grandlivre.inspection import inspect
from grandlivre.policy.periods import Period
from grandlivre.render.printing import browser_pdf, find_browser, weasyprint_pdf
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Text
from render_hostile import hostile_report
from render_samples import bank_book, cash_count, financial_report

pytestmark = pytest.mark.slow

_BROWSER = find_browser()


def _pages(content: bytes, tmp_path: Path) -> list[str]:
    """The text of each page, thin and no-break spaces as plain ones."""
    pdfium = pytest.importorskip("pypdfium2") if not _poppler() else None
    if pdfium is not None:
        document = pdfium.PdfDocument(content)
        texts = [page.get_textpage().get_text_range() for page in document]
    else:
        path = tmp_path / "page.pdf"
        path.write_bytes(content)
        done = subprocess.run(
            ["pdftotext", "-layout", "-enc", "UTF-8", str(path), "-"], capture_output=True, check=True, timeout=60
        )
        texts = done.stdout.decode("utf-8").split("\f")[:-1]
    return [re.sub(r"[\u202f\u00a0]", " ", text) for text in texts]


def _poppler() -> bool:
    return any(Path(folder, "pdftotext").is_file() for folder in os.environ.get("PATH", "").split(os.pathsep))


def _print(report, printer: str) -> bytes:
    page = render.html(report)
    if printer == "weasyprint":
        pytest.importorskip("weasyprint")
        return weasyprint_pdf(page)
    if _BROWSER is None:
        pytest.skip("no browser here")
    content = browser_pdf(page, report.period.end, _BROWSER)
    assert isinstance(content, bytes), content
    return content


@pytest.mark.parametrize("printer", ["weasyprint", "browser"])
def test_heads_repeat_and_totals_stand_beside_the_signatures(printer, tmp_path):
    pages = _pages(_print(bank_book(), printer), tmp_path)
    assert len(pages) >= 3
    for number, page in enumerate(pages, 1):
        assert "Bénéficiaire" in page
        assert f"Page {number} / {len(pages)}" in page
        assert "Empreinte 3f9ac2d1807b" in page
    assert "Totaux de la période" in pages[-1]
    assert "Le directeur" in pages[-1]
    assert [number for page in pages for number in re.findall(r"BQ-UE-EAU-2026-(\d{4})", page)] == [
        f"{i:04d}" for i in range(31, 151)
    ]


@pytest.mark.parametrize("lines", [19, 22, 24, 27])
def test_wherever_the_page_ends_totals_stand_beside_the_signatures(lines, tmp_path):
    pages = _pages(_print(bank_book(lines), "weasyprint"), tmp_path)
    assert [("Totaux de la période" in page, "Solde à reporter" in page, "Le comptable" in page) for page in pages][
        -1
    ] == (True,) * 3
    assert f"BQ-UE-EAU-2026-{lines + 30:04d}" in pages[-1]


@pytest.mark.skipif(not _poppler(), reason="pdfinfo (poppler-utils) is not installed")
@pytest.mark.parametrize("many", [4, 7])
def test_the_first_page_of_a_form_is_not_left_empty(many, tmp_path):
    """A short first table is cut rather than pushed whole behind the head: the FACE in euros, its certification and its signatures."""
    activities = "".join(
        f'  - {{code: A{i}, libelle: "Activité {i} du programme hydraulique villageois", lignes: ["3.1"]}}\n'
        for i in range(1, many + 1)
    )
    programme = f'bailleur: EAU\nnom: "Eau"\nresponsable: directeur\nactivites:\n{activities}'
    main = form_books.write(tmp_path / "books", ledger="", rules={"programmes/eau.yaml": programme})
    found = inspect(main, date(2026, 7, 10))
    period = Period.parse("2026-T1")
    assert period is not None
    context = Context(found.books, Scope("EAU"), period, found.findings, found.waived, "0" * 12)
    (report,) = models(found.books.policy)["face"].reports(context)
    pages = _pages(_print(report, "weasyprint"), tmp_path)
    assert "Activité 1 du programme" in pages[0]
    (signed,) = [page for page in pages if "Responsable habilité du partenaire" in page]
    assert all(words in signed for words in ("Total", "certifie que", "cinq ans"))


def test_a_pdf_is_tagged_and_its_foot_names_the_whole_subject(tmp_path):
    subject = (
        "Association pour le développement communautaire des cercles de Bandiagara, Koro et Bankass, région de Mopti"
    )
    content = _print(replace(bank_book(3), scope=subject), "weasyprint")
    file = tmp_path / "etiquete.pdf"
    file.write_bytes(content)
    said = subprocess.run(["pdfinfo", str(file)], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Tagged: +yes", said)
    (page, *_) = _pages(content, tmp_path)
    foot = " ".join(page[page.rindex("ANI-Mali") :].split())
    assert subject in foot


def test_minutes_of_a_cash_count_hold_on_one_page(tmp_path):
    (page,) = _pages(_print(cash_count(), "weasyprint"), tmp_path)
    assert "quatre-vingt-sept mille cinq cents francs CFA" in page
    assert "87 500 FCFA" in page
    assert "Le témoin" in page


def test_every_page_of_a_provisional_report_says_so(tmp_path):
    pages = _pages(_print(financial_report(), "weasyprint"), tmp_path)
    assert len(pages) >= 4
    assert all("PROVISOIRE" in page for page in pages)
    signed = next(page for page in pages if "La trésorière" in page)
    assert "Écart (doit être nul)" in signed


def test_hostile_text_prints_and_nothing_is_cut(tmp_path):
    content = _print(hostile_report(), "weasyprint")
    text = " ".join("".join(_pages(content, tmp_path)).split())
    assert "<script>alert(1)</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert "😀 □□□ ✓" in text
    assert text.count("Règlement de la facture") > 3 * 160


def test_the_same_bytes_whatever_the_hash_seed_and_the_fonts_of_the_machine(tmp_path):
    pytest.importorskip("weasyprint")
    report = replace(cash_count(), body=(*cash_count().body, Text(("Reçu 😀 ✓ منظمة ߒߞߏ 漢字",))))
    page = render.html(report)
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    (tmp_path / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>', encoding="utf-8"
    )
    script = (
        "import pathlib, sys; from grandlivre.render.printing import weasyprint_pdf; "
        "sys.stdout.buffer.write(weasyprint_pdf(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')))"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"),
        "TZ": "Asia/Tokyo",
    }
    elsewhere = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "page.html")],
        capture_output=True,
        check=True,
        timeout=120,
        env=environment,
    )
    here = weasyprint_pdf(page)
    assert here == elsewhere.stdout == render.pdf(report)
    assert b"pdfaid:part" in _inflated(here)


def test_a_browser_s_dates_are_the_report_s(tmp_path):
    content = _print(cash_count(), "browser")
    assert content == _print(cash_count(), "browser")
    assert set(re.findall(rb"/(?:CreationDate|ModDate) \((D:\d{8})", content)) == {b"D:20260331"}
    assert len(_pages(content, tmp_path)) == 1


def test_without_any_printer_the_page_stays_the_report(monkeypatch):
    monkeypatch.setattr("grandlivre.render.printing.find_browser", lambda: None)
    monkeypatch.setitem(sys.modules, "weasyprint.urls", None)
    problem = render.pdf(cash_count())
    assert isinstance(problem, render.Problem)
    assert "la page HTML est le rapport" in str(problem)


def test_a_browser_that_fails_is_a_value(tmp_path):
    problem = browser_pdf("<p>", date(2026, 3, 31), tmp_path / "absent")
    assert isinstance(problem, render.Problem)


def test_no_address_is_followed():
    pytest.importorskip("weasyprint")
    plain = weasyprint_pdf("<p>a</p>")
    for address in ("http://127.0.0.1:9/x.png", Path(__file__).as_uri(), "../x.png"):
        assert (
            len(weasyprint_pdf(f'<p>a</p><img src="{address}"><link rel="stylesheet" href="{address}">'))
            <= len(plain) + 200
        )


def _inflated(content: bytes) -> bytes:
    """Every stream of a PDF, unpacked."""
    parts = [content]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"".join(parts)
