"""The register of members: every figure found again by a plain loop, and books without a register."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from beancount.core import data

from grandlivre.books.index import build
from grandlivre.inspection import Inspection
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Table, Text
from grandlivre.reports.members_register import report

RULES = Path(__file__).parent.parent / "rules" / "membres.yaml"


def asked(books: Any, code: str) -> Context:
    period = Period.parse(code)
    assert period is not None
    return Context(books, Scope(), period)


def table(made: Any, key: str) -> Table:
    return next(each for each in made.tables if each.key == key)


@pytest.mark.parametrize("code", ["2026-01", "2026-T1", "2026-S1", "2026"])
def test_dues_are_found_again_by_a_plain_loop(demo: Inspection, code: str) -> None:
    context = asked(demo.books, code)
    written = yaml.safe_load(RULES.read_text("utf-8"))
    assert written["cotisation"][0]["valeur"] == "60 000 XOF"
    paid: Counter[str] = Counter()
    vouchers: dict[str, list[str]] = {}
    for entry in demo.books.raw:
        if isinstance(entry, data.Transaction) and entry.date <= context.period.end:
            for posting in entry.postings:
                meta = {**entry.meta, **posting.meta}
                if ":701-" in posting.account and meta.get("annee") == 2026:
                    paid[meta["membre"]] -= int(posting.units.number)
                    vouchers.setdefault(meta["membre"], []).append(entry.meta["piece"])
    made = report(context)
    rows = table(made, "dues-2026").rows
    # the dues of the year are owed by who joins later in it, too
    owing = [each for each in written["membres"] if not str(each.get("jusqu-au", "")).startswith("2025")]
    assert [row.cells["id"] for row in rows[:-1]] == [each["id"] for each in owing]
    for row in rows[:-1]:
        who = str(row.cells["id"])
        assert (row.cells["due"], row.cells["paid"]) == (60_000, paid[who])
        assert row.cells["missing"] == 60_000 - paid[who]
        assert [ref.piece for ref in row.refs if ref.piece] == vouchers.get(who, [])
    total = rows[-1].cells
    assert (total["due"], total["paid"]) == (60_000 * len(owing), sum(paid.values()))
    assert total["missing"] == 60_000 * len(owing) - sum(paid.values())


def test_who_is_a_member_that_day(demo: Inspection) -> None:
    counts = [int(str(fact.value)) for fact in report(asked(demo.books, "2026")).facts]
    assert counts == [12, 7, 4, 1]
    before = report(asked(demo.books, "2026-T1"))
    assert [int(str(fact.value)) for fact in before.facts] == [11, 6, 4, 1]
    assert "M-013" not in [row.cells["id"] for row in table(before, "members").rows]


MAIN = """\
option "name_assets" "Actif"
option "name_income" "Produits"
option "name_equity" "Capitaux"
option "name_liabilities" "Passif"
option "name_expenses" "Charges"
2026-01-01 open Actif:FONCT:5711-Caisse
2026-01-01 open Produits:FONCT:701-Cotisations
2026-02-01 * "Awa" "Cotisation"
  piece: "CS-FONCT-2026-0001"
  membre: "b"
  annee: 2026
  Actif:FONCT:5711-Caisse   5000 XOF
  Produits:FONCT:701-Cotisations
2026-02-02 * "Awa" "Cotisation sans année"
  piece: "CS-FONCT-2026-0002"
  membre: "a"
  Actif:FONCT:5711-Caisse   7000 XOF
  Produits:FONCT:701-Cotisations
"""


def written(folder: Path, members: str) -> Context:
    from beancount import loader

    (folder / "ledger").mkdir()
    (folder / "rules").mkdir()
    main = folder / "ledger" / "main.beancount"
    main.write_text(MAIN, encoding="utf-8")
    if members:
        (folder / "rules" / "membres.yaml").write_text(members, encoding="utf-8")
    entries, _, options = loader.load_file(str(main))
    return asked(build(entries, options, load_policy(folder / "rules")), "2026")


def test_books_without_a_register_say_so(tmp_path: Path) -> None:
    made = report(written(tmp_path, ""))
    warning = next(block for block in made.body if isinstance(block, Text))
    assert (warning.role, "Aucun registre des membres n'est tenu" in warning.paragraphs[0]) == ("warning", True)


def test_dues_that_name_no_member_or_no_year_stand_apart(tmp_path: Path) -> None:
    rules = "membres: [{id: a, nom: Awa, depuis: 2020-01-01}]\ncotisation: [{depuis: 2020-01-01, valeur: 9 000 XOF}]\n"
    made = report(written(tmp_path, rules))
    rows = table(made, "unnamed").rows
    said = [(row.cells["piece"], row.cells["member"], row.cells["year"], row.cells["amount"]) for row in rows[:-1]]
    assert said == [("CS-FONCT-2026-0001", "b", "2026", 5000), ("CS-FONCT-2026-0002", "a", "", 7000)]
    assert rows[-1].cells["amount"] == 12_000
    assert table(made, "dues-2026").rows[-1].cells["paid"] == 0
