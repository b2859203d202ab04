"""Books of four trees that own things, one a model of financing: what tests of the register and of its entries turn on."""

from __future__ import annotations

from pathlib import Path

from march_books import HEADER

_TREES = {
    "FONCT": ("Fonctionnement", "52111-Banque", "ressources-propres"),
    "EQUIP": ("Équipement (fictif)", "52112-Banque", "subvention-investissement"),
    "EAU": ("Projet eau (fictif)", "52113-Banque", "fonds-administration"),
    "AFF": ("Fonds affectés (fictif)", "52114-Banque", "fonds-affectes"),
}
FILES = {
    "ledger/main.beancount": f"""\
{HEADER}option "operating_currency" "XOF"
option "inferred_tolerance_default" "XOF:0.5"
plugin "grandlivre.checks" "../rules"
include "comptes.beancount"
include "fonct/*.beancount"
include "equip/*.beancount"
include "eau/*.beancount"
include "aff/*.beancount"
""",
    "ledger/comptes.beancount": f"""\
{HEADER}
2026-01-01 open Actif:FONCT:52111-Banque               XOF
2026-01-01 open Actif:FONCT:2441-Mobilier              XOF
2026-01-01 open Actif:FONCT:2442-Informatique          XOF
2026-01-01 open Actif:FONCT:213-Logiciels              XOF
2026-01-01 open Actif:FONCT:2844-Amortissements        XOF
2026-01-01 open Capitaux:FONCT:121-Report              XOF
2026-01-01 open Charges:FONCT:812-Valeurs-comptables   XOF
2026-01-01 open Charges:FONCT:6813-Dotations           XOF
2026-01-01 open Produits:FONCT:822-Produits-cessions   XOF
2026-01-01 open Actif:EQUIP:52112-Banque               XOF
2026-01-01 open Actif:EQUIP:2451-Automobile            XOF
2026-01-01 open Actif:EQUIP:222-Terrains               XOF
2026-01-01 open Capitaux:EQUIP:1417-Subventions        XOF
2026-01-01 open Actif:EAU:52113-Banque                 XOF
2026-01-01 open Actif:EAU:2458-Motos                   XOF
2026-01-01 open Passif:EAU:162-Fonds                   XOF
2026-01-01 open Actif:AFF:52114-Banque                 XOF
2026-01-01 open Actif:AFF:2442-Informatique            XOF
2026-01-01 open Passif:AFF:165-Fonds                   XOF
""",
    "ledger/fonct/2026-01.beancount": f"""\
{HEADER}
2026-01-01 * "À-nouveau"
  piece: "OD-FONCT-2026-0001"
  ecriture: "a-nouveau"
  Actif:FONCT:52111-Banque        5000000 XOF
  Actif:FONCT:2441-Mobilier       1850000 XOF
  Actif:FONCT:2844-Amortissements -1110000 XOF
  Capitaux:FONCT:121-Report

2026-01-01 custom "immobilisation" "IM-2023-001" Actif:FONCT:2441-Mobilier 1850000 XOF
  libelle: "Bureaux du siège"
  mise-en-service: 2023-01-01
  duree: "60 mois"
  piece: "OD-FONCT-2026-0001"

2026-01-22 * "Informatique du centre" "Ordinateur"
  piece: "BQ-FONCT-2026-0001"
  signataire-1: "directeur"
  signataire-2: "president"
  Actif:FONCT:2442-Informatique    850000 XOF
  Actif:FONCT:52111-Banque

2026-01-22 custom "immobilisation" "IM-2026-001" Actif:FONCT:2442-Informatique 850000 XOF
  libelle: "Ordinateur"
  mise-en-service: 2026-01-29
  duree: "36 mois"
  piece: "BQ-FONCT-2026-0001"
  numero-de-serie: "SN-1"
  lieu: "Siège"
  detenteur: "directeur"
  etat: "bon"
  inventaire: 2026-06-30
""",
    "ledger/fonct/2026-06.beancount": f"""\
{HEADER}
2026-06-30 * "Éditeur" "Logiciel de paie"
  piece: "BQ-FONCT-2026-0002"
  signataire-1: "directeur"
  signataire-2: "president"
  Actif:FONCT:213-Logiciels        300000 XOF
  Actif:FONCT:52111-Banque

2026-06-30 custom "immobilisation" "IM-2026-005" Actif:FONCT:213-Logiciels 300000 XOF
  mise-en-service: 2026-07-01
  duree: "3 ans"
  piece: "BQ-FONCT-2026-0002"
""",
    "ledger/equip/2026-01.beancount": f"""\
{HEADER}
2026-01-01 * "Organisme (fictif)" "Subvention d'équipement"
  piece: "BQ-EQUIP-2026-0001"
  Actif:EQUIP:52112-Banque        6000000 XOF
  Capitaux:EQUIP:1417-Subventions

2026-01-01 * "Garage (fictif)" "Véhicule"
  piece: "BQ-EQUIP-2026-0002"
  signataire-1: "directeur"
  signataire-2: "president"
  Actif:EQUIP:2451-Automobile     4000000 XOF
  Actif:EQUIP:52112-Banque

2026-01-01 custom "immobilisation" "IM-2026-002" Actif:EQUIP:2451-Automobile 4000000 XOF
  mise-en-service: 2026-01-01
  duree: "4 ans"
  piece: "BQ-EQUIP-2026-0002"
  subvention: Capitaux:EQUIP:1417-Subventions

2026-01-15 * "Commune (fictive)" "Terrain"
  piece: "BQ-EQUIP-2026-0003"
  signataire-1: "directeur"
  signataire-2: "president"
  Actif:EQUIP:222-Terrains        2000000 XOF
  Actif:EQUIP:52112-Banque

2026-01-15 custom "immobilisation" "IM-2026-003" Actif:EQUIP:222-Terrains 2000000 XOF
  mise-en-service: 2026-09-01
  piece: "BQ-EQUIP-2026-0003"
  subvention: Capitaux:EQUIP:1417-Subventions
  subvention-montant: 1000000 XOF
""",
    "ledger/eau/2026-02.beancount": f"""\
{HEADER}
2026-02-02 * "Bailleur (fictif)" "Tranche"
  piece: "BQ-EAU-2026-0001"
  Actif:EAU:52113-Banque          3000000 XOF
  Passif:EAU:162-Fonds

2026-02-18 * "Motos (fictif)" "Moto"
  piece: "BQ-EAU-2026-0002"
  signataire-1: "directeur"
  signataire-2: "president"
  Actif:EAU:2458-Motos            1150000 XOF
  Actif:EAU:52113-Banque

2026-02-18 custom "immobilisation" "IM-2026-004" Actif:EAU:2458-Motos 1150000 XOF
  mise-en-service: 2026-02-20
  duree: "48 mois"
  piece: "BQ-EAU-2026-0002"
""",
    "ledger/aff/2026-03.beancount": f"""\
{HEADER}
2026-03-02 * "Fondation (fictive)" "Fonds affectés"
  piece: "BQ-AFF-2026-0001"
  Actif:AFF:52114-Banque          1000000 XOF
  Passif:AFF:165-Fonds

2026-03-20 * "Informatique du centre" "Serveur"
  piece: "BQ-AFF-2026-0002"
  signataire-1: "directeur"
  signataire-2: "president"
  Actif:AFF:2442-Informatique      720000 XOF
  Actif:AFF:52114-Banque

2026-03-20 custom "immobilisation" "IM-2026-006" Actif:AFF:2442-Informatique 720000 XOF
  mise-en-service: 2026-03-31
  duree: "36 mois"
  piece: "BQ-AFF-2026-0002"
""",
    "rules/organisation.yaml": """\
sigle: ONG
nom: Organisation fictive
exercices: [{du: 2026-01-01, au: 2026-12-31}, {du: 2027-01-01, au: 2027-12-31}]
organes: {bureau-executif: [president], direction: [directeur]}
""",
    "rules/mandats.yaml": """\
personnes:
  president: {nom: "M. Diarra (fictif)", college: bureau-executif}
  directeur: {nom: "A. Traoré (fictif)", college: direction, fonction: "Directeur"}
mandats:
  - {personne: president, pouvoir: signature-bancaire, du: 2026-01-01, comptes: [52]}
  - {personne: directeur, pouvoir: signature-bancaire, du: 2026-01-01, comptes: [52]}
""",
    "rules/plan-comptable.yaml": """\
comptes: {"5211": Banques, "121": Report, "1417": Subventions, "162": Fonds, "165": Fonds, "213": Logiciels, "222": Terrains,
  "2441": Mobilier, "2442": Informatique, "2451": Automobile, "2458": Motos, "2813": Amortissements logiciels,
  "2844": Amortissements du matériel, "2845": Amortissements du transport, "6812": Dotations incorporelles,
  "6813": Dotations corporelles, "799": Reprises de subventions, "812": Valeurs comptables, "822": Produits de cessions}
""",
    "rules/controles.yaml": """\
piece-justificative: non
rapprochement-bancaire: non
trois-proformas: non
ligne-budgetaire: non
budget-non-adopte: non
""",
    **{
        f"rules/bailleurs/{code.lower()}.yaml": f"""\
code: {code}
nom: {name}
pays-origine-fonds: FR
comptes: {{banque: "Actif:{code}:{bank}"}}
conventions: [{{id: {code}-1, du: 2026-01-01, au: 2027-12-31, adoptee-le: 2025-12-12, financement: {model}}}]
"""
        for code, (name, bank, model) in _TREES.items()
    },
}
"""Path below the root → text."""


def write_books(root: Path, changed: dict[str, str] | None = None) -> Path:
    """Writes the books, some files changed; returns the entry point."""
    for name, text in {**FILES, **(changed or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return root / "ledger" / "main.beancount"
