"""What a malicious or careless hand can type into a narration, and a report full of it."""

from __future__ import annotations

from dataclasses import replace

from grandlivre.reports.kit.table import Column, Fact, Report, Row, Signature, Text, grid
from render_samples import bank_book

TEXTS = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "attribute": "\" onmouseover=alert(1) x='",
    "style": "</style><script>alert(3)</script>",
    "formula": '=HYPERLINK("http://example.invalid";"clic")',
    "plus": "+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "url": "https://example.invalid/?a=1&b=2",
    "template": "{{ 7 * 7 }}{% raw %}",
    "right-to-left": "منظمة غير حكومية 2026",
    "override": "facture \u202egpj.exe",
    "emoji": "Reçu 😀 👨\u200d👩\u200d👧 ✓",
    "control": "a\x00b\x07c\x1bd\x85e\tf",
    "surrogate": "demi \ud83d signe",
    "n'ko": "ߒߞߏ ߞߊ߲",
    "bambara": "Ɲɛgɛ ni ɔrɔ ŋana",
    "excel-escape": "_x0041_ _x000D_",
    "lines": "première ligne\nseconde ligne",
    "long": ("Règlement de la facture " * 250)[:5000],
    "word": "W" * 900,
}


def hostile_report() -> Report:
    """Every text of the report is one of these."""
    columns = (
        Column("label", TEXTS["html"], width=20),
        Column("amount", TEXTS["formula"][:20], "money", total="sum", group=TEXTS["attribute"]),
    )
    rows = [Row({"label": text, "amount": index}) for index, text in enumerate(TEXTS.values())]
    table = grid(
        "hostile", TEXTS["style"], columns, [*rows, Row({}, role="total", sums=range(len(rows)))], TEXTS["html"]
    )
    return replace(
        bank_book(0),
        title=TEXTS["style"],
        subtitle=TEXTS["template"],
        scope=TEXTS["attribute"],
        facts=tuple(Fact(key, text) for key, text in TEXTS.items()),
        body=(table, Text(tuple(TEXTS.values()), TEXTS["html"])),
        annexes=(replace(table, title=TEXTS["style"]),),
        signatures=(Signature(TEXTS["html"], TEXTS["attribute"], TEXTS["formula"]),),
        digest12="<b>",
        landscape=False,
    )
