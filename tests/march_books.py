"""Books of one tree and one month, in order, small enough to be spoilt in every way by a test."""

from __future__ import annotations

from pathlib import Path

HEADER = """\
option "name_assets" "Actif"
option "name_liabilities" "Passif"
option "name_equity" "Capitaux"
option "name_income" "Produits"
option "name_expenses" "Charges"
"""
FILES = {
    "ledger/main.beancount": f"""\
{HEADER}option "operating_currency" "XOF"
option "inferred_tolerance_default" "XOF:0.5"
plugin "grandlivre.checks" "../rules"
include "eau/*.beancount"
""",
    "ledger/eau/comptes.beancount": f"""\
{HEADER}
2026-01-01 open Actif:EAU:52111-Banque        XOF
2026-01-01 open Actif:EAU:5711-Caisse         XOF
2026-01-01 open Actif:EAU:585-Virements       XOF
2026-01-01 open Passif:EAU:462-Fonds          XOF
2026-01-01 open Produits:EAU:702-Quote-part   XOF
2026-01-01 open Charges:EAU:6047-Fournitures  XOF
""",
    "ledger/eau/2026-01.beancount": f"""\
{HEADER}
2026-01-02 * "À-nouveau"
  piece: "OD-EAU-2026-0001"
  ecriture: "a-nouveau"
  Actif:EAU:52111-Banque   1000000 XOF
  Passif:EAU:462-Fonds    -1000000 XOF
""",
    "ledger/eau/2026-03.beancount": f"""\
{HEADER}
2026-03-02 * "Caisse EAU" "Réapprovisionnement"
  piece: "BQ-EAU-2026-0001"
  signataire-1: "directeur"
  signataire-2: "president"
  Actif:EAU:585-Virements   100000 XOF
  Actif:EAU:52111-Banque   -100000 XOF

2026-03-02 * "Caisse EAU" "Réapprovisionnement"
  piece: "CS-EAU-2026-0001"
  Actif:EAU:5711-Caisse     100000 XOF
  Actif:EAU:585-Virements  -100000 XOF

2026-03-05 * "Papeterie du Marché (fictif)" "Cahiers"
  piece: "CS-EAU-2026-0002"
  ligne: "1.1"
  Charges:EAU:6047-Fournitures  12000 XOF
  Actif:EAU:5711-Caisse        -12000 XOF

2026-03-31 * "Quote-part de mars"
  piece: "OD-EAU-2026-0002"
  Passif:EAU:462-Fonds         12000 XOF
  Produits:EAU:702-Quote-part -12000 XOF
""",
    "rules/organisation.yaml": """\
sigle: ONG
nom: Organisation fictive
exercices: [{du: 2026-01-01, au: 2026-12-31}]
organes: {bureau-executif: [president], direction: [directeur]}
""",
    "rules/mandats.yaml": """\
personnes:
  president: {nom: "M. Diarra (fictif)", college: bureau-executif}
  directeur: {nom: "A. Traoré (fictif)", college: direction}
  caissiere: {nom: "S. Keita (fictif)"}
mandats:
  - {personne: president, pouvoir: signature-bancaire, du: 2026-01-01, comptes: [52]}
  - {personne: directeur, pouvoir: signature-bancaire, du: 2026-01-01, comptes: [52]}
""",
    "rules/plan-comptable.yaml": """\
comptes: {"5211": Banques, "571": Caisses, "585": Virements, "462": Fonds, "702": Quotes-parts, "6047": Fournitures}
""",
    "rules/controles.yaml": """\
double-signature: {nombre: 2, colleges: [direction, bureau-executif]}
piece-justificative: non
pv-de-caisse: non
rapprochement-bancaire: non
""",
    "rules/bailleurs/eau.yaml": """\
code: EAU
nom: Projet eau (fictif)
pays-origine-fonds: BE
comptes:
  banque: Actif:EAU:52111-Banque
  caisses:
    - compte: Actif:EAU:5711-Caisse
      caissier: caissiere
      bornes: [{depuis: 2026-01-01, plancher: 25 000 XOF, plafond: 150 000 XOF}]
conventions:
  - id: EAU-1
    du: 2026-01-01
    au: 2026-12-31
    montant: 1 000 000 XOF
    adoptee-le: 2025-12-12
    financement: fonds-administration
    budget:
      - code: "1"
        libelle: Fournitures
        lignes: [{code: "1.1", libelle: Cahiers, quantite: 1, cout-unitaire: 1 000 000 XOF, comptes: [6047]}]
""",
}
"""Path below the root → text."""

MARCH = "ledger/eau/2026-03.beancount"


def write_books(root: Path, changed: dict[str, str | bytes] | None = None) -> Path:
    """Writes the books, some files changed; returns the entry point."""
    for name, text in {**FILES, **(changed or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root / "ledger" / "main.beancount"


def line_of(text: str, words: str) -> int:
    """The line of a text where words stand first."""
    return next(number for number, line in enumerate(text.split("\n"), 1) if words in line)
