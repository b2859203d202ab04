"""Three months of a small organisation entered only through the forms of a real server; then counted, reconciled, closed, reported.

Every figure asserted here was added up by hand from the forms below.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grandlivre.cli import cli
from guided_books import FOUND, SIGNED, found
from test_first_quarter import Line, ofx
from test_guided_page import SERVE
from viewer_bed import Viewer, running

pytestmark = pytest.mark.slow
DAY = "2026-03-31"
WORDS = [
    *(word for word in FOUND if not any(tree in word for tree in ("EDU", "GENRE", "FONCT:caissier"))),
    "--caisse=FONCT:non",
]
EAU, FASO = {"bailleur": "EAU"}, "Faso Papeterie (fictif)"
RENT = {**EAU, "beneficiaire": "M. Bagayoko (fictif)", "libelle": "Loyer de l'antenne", "montant": "150 000", "ligne": "2.3",
        "mode": "virement", "signataires": SIGNED}  # fmt: skip
FEE = {
    **EAU,
    "beneficiaire": "BDM",
    "libelle": "Frais de tenue de compte",
    "montant": "2 360",
    "ligne": "2.4",
    "compte": "6318",
}
SHOP = {
    **EAU,
    "beneficiaire": "Papeterie du fleuve (fictif)",
    "libelle": "Fournitures",
    "ligne": "2.2",
    "compte": "6055",
}
MEETING = {
    "organe": "direction",
    "objet": "Réunion du mois",
    "femmes": 2,
    "hommes": 1,
    "presents": "directrice comptable",
}
FORMS: list[tuple[str, str, dict[str, Any]]] = [
    ("2026-01-02", "rencontre", {"organe": "bureau", "objet": "Budgets de l'année", "femmes": 1, "hommes": 1,
                                 "presents": "presidente tresorier", "adopte": "FONCT-2026 UE-2026-7"}),
    ("2026-01-05", "recette", {**EAU, "de": "Union européenne (fictif)", "nature": "tranche", "montant": "13 119 140",
                               "montant-devise": "20 000 EUR"}),
    ("2026-01-05", "recette", {"bailleur": "FONCT", "de": "Membres de SINI", "nature": "cotisation", "montant": 400_000,
                               "annee": 2026}),
    ("2026-01-06", "reapprovisionnement", {**EAU, "montant": 120_000, "cheque": "0000101", "signataires": SIGNED}),
    ("2026-01-08", "avance", {**EAU, "beneficiaire": "chef-eau", "libelle": "Mission de suivi", "montant": 300_000,
                              "echeance": "2026-02-10", "cheque": "0000102", "signataires": SIGNED}),
    ("2026-01-12", "depense-caisse", {**SHOP, "montant": 15_500}),
    ("2026-01-15", "recette", {"bailleur": "FONCT", "de": "Pharmacie du Fleuve (fictif)", "nature": "don", "montant": 250_000}),
    ("2026-01-19", "paiement", {**RENT, "ordre": "OV-001"}),
    ("2026-01-26", "rencontre", MEETING),
    ("2026-01-30", "paiement", FEE),
    ("2026-02-03", "justification", {"avance": "AV-2026-001", "reliquat": 15_000, "lignes": [
        {"ligne": "2.1", "compte": "6384", "montant": 285_000, "libelle": "Indemnités et hébergement"}]}),
    ("2026-02-06", "marche", {**EAU, "objet": "Cahiers et manuels", "ligne": "2.2", "proformas": [
        {"fournisseur": "Librairie du Djoliba (fictif)", "nif": "081111111A", "date": "2026-02-04", "montant": 301_500},
        {"fournisseur": FASO, "nif": "082222222B", "date": "2026-02-04", "montant": 285_000},
        {"fournisseur": "Bureautique Kora (fictif)", "nif": "083333333C", "date": "2026-02-05", "montant": 312_000}]}),
    ("2026-02-10", "facture", {**EAU, "beneficiaire": FASO, "facture": "F26-0112", "libelle": "Cahiers et manuels",
                               "montant": 285_000, "compte": "6047", "marche": "M-2026-001"}),
    ("2026-02-16", "recette", {"bailleur": "FONCT", "de": "Amis de Koro (fictif)", "nature": "don", "montant": 20_000}),
    ("2026-02-18", "depense-caisse", {**SHOP, "montant": 18_250}),
    ("2026-02-19", "paiement", {**RENT, "ordre": "OV-002"}),
    ("2026-02-20", "paiement", {**EAU, "beneficiaire": FASO, "facture": "F26-0112", "libelle": "Cahiers et manuels : règlement",
                                "montant": 285_000, "cheque": "0000103", "marche": "M-2026-001", "signataires": SIGNED}),
    ("2026-02-23", "rencontre", MEETING),
    ("2026-02-27", "paiement", FEE),
    ("2026-03-02", "reapprovisionnement", {**EAU, "montant": 33_750, "cheque": "0000104", "signataires": SIGNED}),
    ("2026-03-05", "recette", {"bailleur": "FONCT", "de": "Mairie de Koro (fictif)", "nature": "prestation", "montant": 100_000}),
    ("2026-03-10", "depense-caisse", {**SHOP, "montant": 12_000}),
    ("2026-03-12", "activite", {**EAU, "code": "A1", "intitule": "Relais formés", "lieu": "Koro", "femmes": 12, "hommes": 9}),
    ("2026-03-19", "paiement", {**RENT, "ordre": "OV-003"}),
    ("2026-03-23", "rencontre", MEETING),
    ("2026-03-31", "paiement", FEE),
]  # fmt: skip
BDM = {
    "2026-01": (31, 12_546_780, [
        Line("2026-01-05", "VIR RECU UNION EUROPEENNE", "", 13_119_140), Line("2026-01-07", "CHEQUE", "0000101", -120_000),
        Line("2026-01-09", "CHEQUE", "0000102", -300_000), Line("2026-01-20", "VIR EMIS", "OV-001", -150_000),
        Line("2026-01-30", "FRAIS DE TENUE DE COMPTE", "", -2_360),
    ]),
    "2026-02": (28, 12_124_420, [
        Line("2026-02-03", "VERSEMENT", "", 15_000), Line("2026-02-20", "VIR EMIS", "OV-002", -150_000),
        Line("2026-02-23", "CHEQUE", "0000103", -285_000), Line("2026-02-27", "FRAIS DE TENUE DE COMPTE", "", -2_360),
    ]),
    "2026-03": (31, 11_938_310, [
        Line("2026-03-03", "CHEQUE", "0000104", -33_750), Line("2026-03-20", "VIR EMIS", "OV-003", -150_000),
        Line("2026-03-31", "FRAIS DE TENUE DE COMPTE", "", -2_360),
    ]),
}  # fmt: skip
BIM = {
    "2026-01": (
        31,
        650_000,
        [Line("2026-01-05", "REMISE COTISATIONS", "", 400_000), Line("2026-01-16", "DON", "", 250_000)],
    ),
    "2026-02": (28, 670_000, [Line("2026-02-16", "DON", "", 20_000)]),
    "2026-03": (31, 770_000, [Line("2026-03-05", "VIR RECU MAIRIE", "", 100_000)]),
}
COUNTED = {"2026-01": ("10000x10 2000x2 500x1", ""), "2026-02": ("10000x8 5000x1 1000x1", "250x1"),
           "2026-03": ("10000x10 5000x1 1000x3", "")}  # fmt: skip


def run(root: Path, *words: str, status: int = 0) -> str:
    result = CliRunner().invoke(cli, [*words, "--ledger", str(root / "ledger/main.beancount")])
    assert result.exit_code == status, f"{words}\n{result.output}"
    return result.output


def send(viewer: Viewer, genre: str, fields: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"genre": genre, "champs": fields, **more})
    answer = viewer.ask("~/grandlivre/saisie", "POST", {"Content-Type": "application/json"}, body)
    return answer.status, answer.json


def test_three_months_are_entered_through_forms_alone(tmp_path: Path) -> None:
    main = found(tmp_path / "ong", WORDS)
    root = main.parent.parent
    shutil.rmtree(root / ".git", ignore_errors=True)
    home = main.parent / "documents/arrivee"
    home.mkdir()
    typed = 0
    with running([sys.executable, "-c", SERVE, str(main), "local", DAY], main.parent) as viewer:
        for rank, (day, genre, fields) in enumerate(FORMS):
            name = f"papier {rank} é.pdf"
            (home / name).write_bytes(b"%%PDF-1.4 %d\n%%%%EOF\n" % rank * (rank + 1))
            paper = "document-pv" if genre == "marche" else "document"
            given = {**fields, "date": day, paper: f"arrivee/{name}"}
            if "montant-devise" in fields:  # the call for funds is a paper of its own
                (home / "appel.pdf").write_bytes(b"%PDF-1.4 appel\n%%EOF\n")
                given["document-appel"] = "arrivee/appel.pdf"
            status, told = send(viewer, genre, given, formulaire=f"formulaire-{rank:03d}")
            assert status == 200, (day, genre, told)
            typed += sum(len(str(value)) + 1 for value in fields.values() if isinstance(value, (str, int)))
    print(f"\n{len(FORMS)} formulaires, {typed} caractères saisis au plus, soit {typed // len(FORMS)} par formulaire")
    assert list(home.iterdir()) == []
    assert (main.parent / "documents/eau/M-2026-001-pv.pdf").is_file()
    assert {path.parent.parent.name for path in (main.parent / "documents").glob("*/2026-*/*.pdf")} == {"eau", "fonct"}
    for month, (last, _, _) in BDM.items():
        notes, coins = COUNTED[month]
        run(root, "count", "EAU", "--billets", notes, "--pieces", coins, "--type", "mensuel", "--heure", "17:00", "--date",
            f"{month}-{last}", "--controleur", "comptable", "--temoin", "tresorier", "--today", DAY)  # fmt: skip
        for tree, bank in (("EAU", BDM), ("FONCT", BIM)):
            _, balance, lines = bank[month]
            statement = tmp_path / f"{tree}-{month}.ofx"
            statement.write_bytes(ofx(lines, month, last, balance=balance, xml=tree == "FONCT"))
            if month == "2026-01":
                run(root, "import", "--decrire", str(statement), "--nom", tree.lower(), "--compte", tree, "--oui")
            said = run(root, "reconcile", tree, "--releve", str(statement), "--accept", "--today", DAY)
            assert said.rstrip().endswith("rapproché, 0 suspens."), said
    run(root, "check", "--today", DAY)
    run(root, "close", "2026-T1", "--oui", "--today", "2026-04-02")
    checked = json.loads(run(root, "check", "--format", "json", "--today", "2026-04-02"))
    assert checked["errors"] == 0
    run(root, "report", "rapport-financier", "--bailleur", "EAU", "--periode", "2026-T1", "--format", "json", "--out",
        str(tmp_path / "rapports"))  # fmt: skip
    report = json.loads(next((tmp_path / "rapports").rglob("*.json")).read_text(encoding="utf-8"))
    whole = json.dumps(report)
    for amount in (285_000, 330_750, 450_000, 7_080, 1_072_830):  # lines 2.1 to 2.4, and all of them
        assert str(amount) in whole, amount
