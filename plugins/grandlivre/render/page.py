"""A report as one self-contained HTML page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from grandlivre.render.format import Format, typeset
from grandlivre.render.grids import Link, grid
from grandlivre.render.templates import rendered
from grandlivre.render.words import translator
from grandlivre.reports.kit.formula import rounded
from grandlivre.reports.kit.table import PLACES, Bar, Bars, Block, Code, Fact, Facts, Gauge, Gauges, Report, Table, Text
from grandlivre.sources.problem import Problem

_TRACK = 1000
"""Width of the drawing of a bar or a gauge, in its own units."""
_PORTRAIT, _LANDSCAPE = 521, 768
"""Points between the margins of an A4 page."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled value, as printed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick on a drawing."""

    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A bar or a gauge: what it says in words, and where its parts stand on a track of 1000."""

    label: str
    figures: str
    state: str
    alarm: bool
    fill: int
    marks: tuple[Mark, ...]
    note: str


def html(
    report: Report,
    *,
    templates: Path | None = None,
    link: Link | None = None,
    back: str = "",
    home: object = None,
) -> str | Problem:
    """The report as a page that needs nothing else; `templates` is the organisation's own folder of templates.

    `back` is where a reader on a screen returns to; `home` is the first page, on the index of reports (`render/home.py`).
    """
    form = Format(report.language)
    view: dict[str, object] = {
        "rapport": _view(report, form, link),
        "langue": report.language,
        "retour": back,
        "tableau": home,
    }
    return rendered(templates, [f"{report.model}.html", "rapport.html"], view)


def _view(report: Report, form: Format, link: Link | None) -> Mapping[str, object]:
    head = report.letterhead
    body = tuple(_block(block, report, form, link) for block in report.body)
    annexes = tuple(_block(block, report, form, link) for block in report.annexes)
    return {
        "modele": report.model,
        "titre": typeset(report.title),
        "sous_titre": typeset(report.subtitle),
        "objet": typeset(report.about or report.scope),
        "sigle": typeset(head.acronym),
        "organisation": typeset(head.name),
        "coordonnees": tuple(typeset(line) for line in head.lines),
        "periode": typeset(report.period.label),
        "du": form.date(report.period.start),
        "au": form.date(report.period.end),
        "fin_iso": report.period.end.isoformat(),
        "monnaie": typeset(report.currency_label),
        "faits": _pairs(report.facts, report, form),
        "corps": body,
        "annexes": annexes,
        "signatures": tuple(
            {"role": typeset(s.role), "nom": typeset(s.name), "mention": typeset(s.extra)} for s in report.signatures
        ),
        "provisoire": report.provisional,
        "provisoire_parce_que": typeset(report.provisional_why),
        "entete": typeset(report.heading),
        "exemple": report.example,
        "situation": form.date(report.situation) if report.situation is not None else "",
        "derniere": form.date(report.last_entry) if report.last_entry is not None else "",
        "posterieures": report.counts_later,
        "empreinte": typeset(report.digest12),
        "cloture": typeset(report.closing),
        "racine": typeset(report.closing_root),
        "destinataire": typeset(report.audience),
        "paysage": report.landscape,
    }


def _pairs(facts: tuple[Fact, ...], report: Report, form: Format) -> tuple[Pair, ...]:
    return tuple(Pair(typeset(fact.label), form.fact(fact, report.currency_label)) for fact in facts if fact.page)


def _block(block: Block, report: Report, form: Format, link: Link | None) -> dict[str, object]:
    """The block under the name of the macro that shows it."""
    match block:
        case Table():
            shown = grid(block, form, _LANDSCAPE if report.landscape else _PORTRAIT, link)
            return {"genre": "tableau", "titre": typeset(block.title), "content": shown}
        case Facts():
            return {"genre": "faits", "titre": typeset(block.title), "content": _pairs(block.facts, report, form)}
        case Text():
            paragraphs = tuple(typeset(text) for text in block.paragraphs)
            return {"genre": block.role, "titre": typeset(block.title), "content": paragraphs}
        case Code():
            paragraphs = tuple(typeset(text) for text in block.paragraphs)
            return {
                "genre": "code",
                "titre": typeset(block.title),
                "content": qr_code(block.text),
                "alineas": paragraphs,
            }
        case Gauges():
            drawings = tuple(gauge(each, form, report.currency_label) for each in block.gauges)
            return {"genre": "jauges", "titre": typeset(block.title), "content": drawings}
        case Bars():
            bars = tuple(bar(each, form, report.currency_label, typeset(block.mark_label)) for each in block.bars)
            return {"genre": "barres", "titre": typeset(block.title), "content": bars}


@dataclass(frozen=True, slots=True)
class Squares:
    """A QR code: the side in modules, its quiet border included, and the dark ones as one path of SVG."""

    side: int
    path: str
    text: str


def qr_code(text: str) -> Squares:
    """A text as a QR code that a quarter of which may be smudged (level Q)."""
    import segno  # only these pages need it

    rows = [bytes(row) for row in segno.make_qr(text, error="q", boost_error=False).matrix_iter(border=4)]
    path = "".join(
        f"M{run.start()} {y}h{run.end() - run.start()}v1H{run.start()}z"
        for y, row in enumerate(rows)
        for run in re.finditer(rb"\x01+", row)
    )
    return Squares(len(rows), path, text)


def gauge(fact: Gauge, form: Format, label: str) -> Drawing:
    """A till on a track from nothing to a quarter above its ceiling."""
    word = translator(form.language)
    state = "entre le plancher et le plafond"
    if fact.value < 0:
        state = "solde négatif"
    elif fact.value < fact.floor:
        state = "sous le plancher"
    elif fact.value > fact.ceiling:
        state = "au-dessus du plafond"
    end = max(fact.ceiling * 5 // 4, fact.value, 1)
    marks = tuple(
        Mark(_at(units, end), f"{word(name)} {form.money(units)}")
        for name, units in (("plancher", fact.floor), ("plafond", fact.ceiling))
    )
    alarm = not fact.floor <= fact.value <= fact.ceiling
    figures = form.money(fact.value, label=label)
    return Drawing(typeset(fact.label), figures, word(state), alarm, _at(fact.value, end), marks, typeset(fact.note))


def bar(fact: Bar, form: Format, label: str, mark_label: str = "") -> Drawing:
    """A part of a whole on a track that ends at the whole, or at the part when it is larger."""
    word = translator(form.language)
    end = max(fact.whole, fact.part, 1)
    ratio = rounded(Fraction(fact.part, fact.whole), PLACES["percent"]) if fact.whole > 0 else None  # as tables do
    state = word("sans budget") if ratio is None else form.percent(ratio)
    over = fact.part > fact.whole
    alarm = over and not fact.counted
    if alarm and ratio is not None:
        state = f"{state} – {word('dépassé')}"
    marks = (
        [Mark(_at(int(fact.mark * fact.whole), end), f"{mark_label} {form.percent(fact.mark)}".strip())]
        if fact.mark
        else []
    )
    if over:
        marks.append(Mark(_at(fact.whole, end), ""))
    unit = fact.counted or label
    figures = f"{form.money(fact.part)} {word('sur')} {form.money(fact.whole, label=unit)}"
    return Drawing(typeset(fact.label), figures, state, alarm, _at(fact.part, end), tuple(marks), typeset(fact.note))


def _at(units: int, end: int) -> int:
    return max(0, min(_TRACK, units * _TRACK // end))
