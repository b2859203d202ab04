"""The State's file of a year: what is missing first, deposits with their proof, funding sources with country and number."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from beancount import loader

from grandlivre.books.index import build
from grandlivre.inspection import Inspection
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Table
from grandlivre.reports.state_file import report

MAIN = """\
option "name_assets" "Actif"
option "name_income" "Produits"
option "name_equity" "Capitaux"
option "name_liabilities" "Passif"
option "name_expenses" "Charges"
2026-01-01 open Actif:FONCT:5711-Caisse
2026-01-01 open Produits:FONCT:701-Cotisations
2026-03-01 * "Awa" "Cotisation"
  piece: "CS-FONCT-2026-0001"
  Actif:FONCT:5711-Caisse   5000 XOF
  Produits:FONCT:701-Cotisations
2026-04-08 custom "transmission" "rapport-activites" "" "2026-03"
  document-accuse: "etat/2026-03-accuse.pdf"
2026-04-20 custom "transmission" "rapport-activites" "" "2026-T1"
2026-05-04 custom "transmission" "rapport-activites" "EAU" "2026-04"
2026-05-20 custom "transmission" "rapport-activites" "" "2026-04"
  document-accuse: "etat/absent.pdf"
"""


@pytest.fixture
def books(tmp_path: Path) -> Any:
    for folder in ("rules", "ledger/documents/etat", "ledger/recits/ensemble"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "ledger/documents/etat/2026-03-accuse.pdf").write_bytes(b"%PDF accuse")
    (tmp_path / "ledger/recits/ensemble/2026.md").write_text(
        "## Trésorerie\nTout va bien.\n\n## Situation de l'entité\n<!-- à écrire -->\n", encoding="utf-8"
    )
    (tmp_path / "rules/organisation.yaml").write_text("identite: {recepisse: R-12, nif: '081'}\n", encoding="utf-8")
    main = tmp_path / "ledger/main.beancount"
    main.write_text(MAIN, encoding="utf-8")
    entries, _, options = loader.load_file(str(main))
    return lambda today: build(entries, options, load_policy(tmp_path / "rules"), today)


def made(books: Any, code: str) -> Report:
    period = Period.parse(code)
    assert period is not None
    return report(Context(books, Scope(), period))


def pieces(found: Report) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = table(found, "pieces").rows
    keys = ("state", "deposited", "what", "sha256")
    return {(str(r.cells["piece"]), str(r.cells["period"])): tuple(r.cells[k] for k in keys) for r in rows}


def table(found: Report, key: str) -> Table:
    return next(each for each in found.tables if each.key == key)


def test_each_piece_says_what_stands(books: Any) -> None:
    found = pieces(made(books(date(2026, 7, 15)), "2026-06"))
    digest = hashlib.sha256(b"%PDF accuse").hexdigest()
    month, quarter = "Rapport d'activités du mois", "Rapport d'activités du trimestre"
    assert found[month, "mars 2026"] == ("déposé", date(2026, 4, 8), "etat/2026-03-accuse.pdf", digest)
    assert found[month, "avril 2026"] == ("incomplet", date(2026, 5, 20), "etat/absent.pdf", "")
    assert found[quarter, "1er trimestre 2026"] == ("incomplet", date(2026, 4, 20), "", "")
    assert found[month, "juin 2026"][0] == found[quarter, "2e trimestre 2026"][0] == "manque"
    assert found[month, "juillet 2026"][0] == "à venir"
    assert (month, "février 2026") not in found, "nothing is asked before the first entry"
    assert found["Rapport annuel : Trésorerie", "année 2026"][0] == "inscrit"
    assert found["Rapport annuel : Évolution prévisible", "année 2026"][0] == "à venir"
    assert found["Récépissé de déclaration", ""][0::2] == ("inscrit", "R-12")
    assert found["Numéro de l'accord-cadre", ""][0] == "manque"


def test_what_is_missing_comes_first_and_is_counted(books: Any) -> None:
    found = made(books(date(2027, 1, 1)), "2026")
    order = ["manque", "incomplet", "à venir", "déposé", "inscrit"]
    said = [str(row.cells["state"]) for row in table(found, "pieces").rows]
    assert said == sorted(said, key=order.index)
    assert [fact.value for fact in found.facts] == [
        said.count("manque"), said.count("incomplet"), said.count("à venir"), said.count("déposé") + said.count("inscrit")
    ]  # fmt: skip
    assert said.count("à venir") == 0
    # months of May to December, quarters 2 to 4, the year, statements, sources, three headings, one number
    assert said.count("manque") == 8 + 3 + 3 + 3 + 1


@pytest.mark.parametrize(("day", "state"), [(date(2026, 6, 30), "à venir"), (date(2026, 7, 1), "manque")])
def test_a_month_is_missing_the_day_after_its_end(books: Any, day: date, state: str) -> None:
    assert pieces(made(books(day), "2026-06"))["Rapport d'activités du mois", "juin 2026"][0] == state


def test_a_heading_that_holds_a_comment_only_is_not_written(books: Any) -> None:
    found = pieces(made(books(date(2027, 1, 1)), "2026"))
    assert found["Rapport annuel : Situation de l'entité", "année 2026"][0] == "manque"


def test_the_sources_of_the_demonstration(demo: Inspection) -> None:
    rows = table(made(demo.books, "2026"), "sources").rows
    expected = [
        (code, each.id, donor.country or "à écrire", each.number or "à écrire", each.start, each.final_day)
        for code, donor in sorted(demo.books.policy.donors.items())
        for each in donor.agreements
        if each.start <= date(2026, 12, 31) and each.final_day >= date(2026, 1, 1)
    ]
    keys = ("tree", "agreement", "country", "number", "start", "end")
    assert [tuple(row.cells[key] for key in keys) for row in rows] == expected
    assert len(expected) == 5
