"""Receipts: one a payer of each voucher that receives own money or a gift, found again by a plain loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data

from grandlivre.books.index import build
from grandlivre.inspection import Inspection
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Text
from grandlivre.reports.receipt import report
from grandlivre.sources.problem import RefusedError


def asked(books: Any, code: str, **scope: str) -> Context:
    period = Period.parse(code)
    assert period is not None
    return Context(books, Scope(**scope), period)


def amounts(made: tuple[Report, ...]) -> list[tuple[str, int]]:
    return [(each.subtitle, int(str(each.tables[0].rows[-1].cells["amount"]))) for each in made]


def said(made: Report) -> str:
    return " ".join(text for block in made.body if isinstance(block, Text) for text in block.paragraphs)


@pytest.mark.parametrize("code", ["2026-T1", "2026-06", "2026"])
def test_receipts_are_found_again_by_a_plain_loop(demo: Inspection, code: str) -> None:
    context = asked(demo.books, code)
    found: list[tuple[str, int]] = []
    for entry in sorted((e for e in demo.books.raw if isinstance(e, data.Transaction)), key=lambda e: e.date):
        received: dict[str, int] = {}
        money = any(p.account.split(":")[2][0] == "5" and p.units.number > 0 for p in entry.postings)
        for posting in entry.postings:
            leaf = posting.account.split(":")[2].split("-")[0]
            if leaf.startswith(("701", "7041", "41")) and posting.units.number < 0:
                who = posting.meta.get("membre", "")
                received[who] = received.get(who, 0) - int(posting.units.number)
            elif leaf == "911":  # lent: valued off the balance sheet
                received[""], money = -int(posting.units.number), True
        if money and received and entry.date in context.period and entry.meta.get("ecriture") is None:
            piece = entry.meta["piece"]
            many = len(received) > 1
            found += [(f"{piece}-{n}" if many else piece, each) for n, each in enumerate(received.values(), 1)]
    assert sorted(amounts(report(context))) == sorted(found)
    assert len(found) > 1


def test_one_voucher_of_several_members(demo: Inspection) -> None:
    made = report(asked(demo.books, "2026", piece="BQ-FONCT-2026-0087"))
    assert amounts(made) == [(f"BQ-FONCT-2026-0087-{n}", amount) for n, amount in enumerate((60000,) * 3 + (30000,), 1)]
    assert "Reçu de D. Haïdara (fictif) la somme de trente mille francs CFA" in said(made[-1])
    assert "Cotisation 2026" in said(made[-1])
    for mention in ("Récépissé 0123/MATD-DNI (fictif)", "Accord-cadre 0001/2008 (fictif)", "080000001A"):
        assert mention in said(made[-1])
    assert [each.role for each in made[-1].signatures] == ["Comptable", "Directeur"]


def test_cash_is_signed_by_who_keeps_the_till(demo: Inspection) -> None:
    (made,) = report(asked(demo.books, "2026", piece="CS-FONCT-2026-0003"))
    assert [each.name for each in made.signatures] == ["V. Fomba (fictif)", "A. Traoré (fictif)"]
    facts = {fact.label: fact.value for fact in made.facts}
    assert (facts["Reçu n°"], facts["Reçu de"], facts["Montant"]) == ("CS-FONCT-2026-0003", "A. Berthé (fictif)", 20000)


@pytest.mark.parametrize(("piece", "why"), [("BQ-FONCT-2026-9999", "n'existe pas"), ("BQ-UE-EAU-2026-0001", "recette")])
def test_another_voucher_is_refused(demo: Inspection, piece: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        report(asked(demo.books, "2026", piece=piece))


MAIN = """\
option "name_assets" "Actif"
option "name_income" "Produits"
option "name_equity" "Capitaux"
option "name_liabilities" "Passif"
option "name_expenses" "Charges"
2026-01-01 open Actif:FONCT:5711-Caisse
2026-01-01 open Actif:FONCT:412-Clients
2026-01-01 open Charges:FONCT:6047-Fournitures
2026-01-01 open Produits:FONCT:7041-Dons
2026-01-01 open Produits:FONCT:754-Dons-en-nature
2026-01-01 open Produits:FONCT:7052-Services
2026-02-01 * "Awa" "Cahiers donnés"
  piece: "OD-FONCT-2026-0001"
  Charges:FONCT:6047-Fournitures   5000 XOF
  Produits:FONCT:754-Dons-en-nature
2026-02-02 * "Client" "Facture émise"
  piece: "OD-FONCT-2026-0002"
  Actif:FONCT:412-Clients   7000 XOF
  Produits:FONCT:7052-Services
2026-02-03 * "Issa" "Don promis"
  piece: "OD-FONCT-2026-0003"
  Actif:FONCT:412-Clients   8000 XOF
  Produits:FONCT:7041-Dons
2026-02-04 * "Client" "Règlement"
  piece: "CS-FONCT-2026-0001"
  Actif:FONCT:5711-Caisse   7000 XOF
  Actif:FONCT:412-Clients
2026-02-05 * "Oumou" "Don repris"
  piece: "CS-FONCT-2026-0002"
  Actif:FONCT:5711-Caisse   900 XOF
  Produits:FONCT:7041-Dons
2026-02-06 * "Oumou" "Extourne"
  piece: "CS-FONCT-2026-0003"
  ecriture: "extourne"
  annule: "CS-FONCT-2026-0002"
  Actif:FONCT:5711-Caisse   -900 XOF
  Produits:FONCT:7041-Dons
"""


def test_gifts_in_kind_yes_bills_and_promises_no(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    main = tmp_path / "main.beancount"
    main.write_text(MAIN, encoding="utf-8")
    entries, _, options = loader.load_file(str(main))
    books = build(entries, options, load_policy(tmp_path / "rules"))
    made = report(asked(books, "2026"))
    assert amounts(made) == [("OD-FONCT-2026-0001", 5000), ("CS-FONCT-2026-0001", 7000), ("CS-FONCT-2026-0002", 900)]
    assert "un don en nature évalué à cinq mille francs CFA" in said(made[0])
    assert "À écrire dans rules/organisation.yaml (identite)" in said(made[0])
    assert "extournée" in said(made[2])
    (none,) = report(asked(books, "2026-12"))
    assert "Aucune cotisation, aucun don" in said(none)
