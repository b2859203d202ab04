"""Pages: self-contained, typeset as French readers expect, and text stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from grandlivre import render
from grandlivre.render.format import Format, printable, typeset
from grandlivre.reports.kit.table import Column, Row, grid
from render_hostile import TEXTS, hostile_report
from render_samples import bank_book, cash_count, financial_report

SAMPLES = {"journal-banque": bank_book(), "rapport-financier": financial_report(), "pv-caisse": cash_count()}


class _Reader(HTMLParser):
    """The tags of a page, its text outside styles, and every address it names."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.style = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name in ("src", "href", "action")]
        self.style = tag == "style"

    def handle_endtag(self, tag):
        self.style = False

    def handle_data(self, data):
        if not self.style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.mark.parametrize("model", SAMPLES)
def test_a_page_needs_nothing_else(model):
    page = render.html(SAMPLES[model])
    read = _Reader(page)
    assert len(page.encode()) < 250_000
    assert "script" not in read.tags
    assert read.addresses == []
    assert set(re.findall(r'url\("([a-z]+):', page)) == {"data"}
    assert "default-src 'none'" in page
    assert page == render.html(SAMPLES[model])


def test_a_page_prints_french_amounts_dates_and_percentages():
    text = _Reader(render.html(SAMPLES["rapport-financier"])).text
    assert "88\u202f500\u202f000\u00a0FCFA" in text
    assert "17,5\u00a0%" in text
    assert "31/12/2027" in text
    assert "PROVISOIRE" in text
    assert "Des erreurs de contrôle" in text
    assert "104,6\u00a0% – dépassé" in text
    assert "sous le plancher" in text


def test_a_donor_who_reads_english_gets_english():
    page = render.html(financial_report(language="en"))
    text = _Reader(page).text
    assert '<html lang="en">' in page
    assert "88,500,000\u00a0XOF" in text
    assert "17.5%" in text
    assert "PROVISIONAL" in text
    assert "Date and signature" in text
    assert "below the floor" in text


def test_nothing_says_provisional_on_a_final_report():
    assert "PROVISOIRE" not in render.html(bank_book())


def test_hostile_text_is_text():
    page = render.html(hostile_report())
    read = _Reader(page)
    assert not {"script", "img"} & set(read.tags)
    assert not {name for name in read.names if name.startswith("on")}
    assert page.count("<style>") == page.count("</style>") == 1
    shown = " ".join(read.text.split())
    for text in TEXTS.values():
        for line in printable(text).split("\n"):
            assert " ".join(line.split()) in shown
    assert "\u202e" not in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)
    page.encode("utf-8")


def test_figures_lead_to_their_entries_when_asked():
    seen: list[Row] = []

    def link(row: Row) -> str:
        seen.append(row)
        return f"?piece={row.refs[0].piece}&x=<"

    page = render.html(bank_book(3), link=link)
    assert len(seen) == 3
    assert '<a href="?piece=BQ-UE-EAU-2026-0031&amp;x=&lt;">18\u202f500</a>' in page


def test_an_empty_table_says_so():
    report = bank_book(0)
    empty = render.html(
        type(report)(
            **{**_fields(report), "body": (type(report.tables[0])("t", "Vide", report.tables[0].columns, ()),)}
        )
    )
    assert "Aucune ligne sur la période." in empty


def _fields(report):
    return {name: getattr(report, name) for name in type(report).__slots__}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (Format().money(1_234_567, label="FCFA"), "1\u202f234\u202f567\u00a0FCFA"),
        (Format().money(-45_000), "\u221245\u202f000"),
        (Format().money(-5, 2, "EUR"), "\u22120,05\u00a0EUR"),
        (Format("en").money(1_234_567, label="XOF"), "1,234,567\u00a0XOF"),
        (Format().percent(Decimal("0.875")), "87,5\u00a0%"),
        (Format().percent(Decimal(1)), "100\u00a0%"),
        (Format().percent(Decimal(1), 1), "100,0\u00a0%"),
        (Format().percent(Decimal("-0.00049")), "0\u00a0%"),
        (Format("en").percent(Decimal("0.875")), "87.5%"),
        (Format().value(Decimal("-1.12"), "points"), "\u22121,1\u00a0pt"),
        (Format("en").value(Decimal("24.37"), "points"), "24.4\u00a0pp"),
        (Format().date(date(2026, 3, 1)), "01/03/2026"),
        (Format().decimal(Decimal("1234.50")), "1\u202f234,5"),
        (Format().decimal(Decimal("1234.5"), 2), "1\u202f234,50"),
    ],
)
def test_formats(shown, expected):
    assert shown == expected


@pytest.mark.parametrize(
    ("francs", "language", "words"),
    [
        (2_000_000, "fr", "deux millions de francs CFA"),
        (87_500, "fr", "quatre-vingt-sept mille cinq cents francs CFA"),
        (1, "fr", "un franc CFA"),
        (0, "fr", "zéro franc CFA"),
        (80, "fr", "quatre-vingts francs CFA"),
        (1_000_000_000, "fr", "un milliard de francs CFA"),
        (2_500_000, "fr", "deux millions cinq cent mille francs CFA"),
        (-200, "fr", "moins deux cents francs CFA"),
        (87_500, "en", "eighty-seven thousand five hundred CFA francs"),
        (1, "en", "one CFA franc"),
    ],
)
def test_amounts_in_words(francs, language, words):
    assert render.amount_in_words(francs, language) == words


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Loyer : juillet", "Loyer\u00a0: juillet"),
        ("fini ; la suite ?", "fini\u202f; la suite\u202f?"),
        ("« Évaluation »", "«\u00a0Évaluation\u00a0»"),
        ("quote-part (40 %)", "quote-part (40\u00a0%)"),
        ("1 600 000 FCFA sur 2026 100 fois", "1\u202f600\u202f000\u00a0FCFA sur 2026 100 fois"),
        ("le 12 mars, 3 des 120", "le 12 mars, 3 des 120"),
        ("sans espace: tel quel", "sans espace: tel quel"),
        ("a :b", "a :b"),
    ],
)
def test_no_line_ends_where_french_printers_end_none(typed, shown):
    assert typeset(typed) == shown


def test_a_column_is_printed_under_another_where_the_report_asks_so():
    page = render.html(bank_book(3))
    assert page.count("<col ") == len(bank_book(3).tables[0].columns) - 4
    assert 'Date<span class="sous">Date de valeur</span></th>' in page
    assert 'N° pièce<span class="sous">Mode, Chèque / OV</span></th>' in page
    assert '<td class="j a">01/03/2026<span class="sous u">01/03/2026</span></td>' in page
    assert '<td class="u">BQ-UE-EAU-2026-0031<span class="sous u">chèque\u00a07740120</span></td>' in page


def test_a_heading_runs_across_its_table_and_the_head_of_a_group_stays_with_it():
    columns = (Column("code", "Code"), Column("label", "Libellé"), Column("amount", "Montant", "money", total="sum"))
    rows = (
        Row({"label": "Mars"}, role="heading"),
        Row({"code": "4011", "label": "Fournisseurs"}, role="heading"),
        Row({"label": "Groupe"}, role="subtotal", sums=(3,)),
        Row({"label": "Ligne", "amount": 5}),
        Row({"label": "Total"}, role="subtotal", sums=(3,)),
    )
    page = render.html(replace(bank_book(0), body=(grid("t", "Table", columns, rows),)))
    assert '<tr class="heading"><td class="u" colspan="3">Mars</td></tr>' in page
    assert '<tr class="heading"><td class="u">4011</td><td class="u" colspan="2">Fournisseurs</td></tr>' in page
    assert '<tr class="subtotal tete">' in page
    assert '<tr class="subtotal">' in page


def test_a_wide_table_gives_its_texts_more_lines_before_its_letters_get_smaller():
    texts = tuple(Column(f"t{index}", f"Texte {index}", width=30) for index in range(8))
    sums = tuple(Column(f"m{index}", f"Somme {index}", "money") for index in range(4))
    row = Row(
        {**{c.key: "Fournitures de formation et petit matériel" for c in texts}, **{c.key: 125_000 for c in sums}}
    )
    page = render.html(replace(bank_book(0), body=(grid("t", "Large", (*texts, *sums), (row,)),)))
    assert "--corps: 7.40pt" in page
