"""Books of two donors for their forms: UNICEF in francs with its FACE, the European Union in euros with its Annex VI."""

from __future__ import annotations

from pathlib import Path

from march_books import HEADER

AGREED = """\
code: EDU
nom: "UNICEF, éducation (fictif)"
partenaire: UNICEF
pays-origine-fonds: US
langue: {language}
comptes: {{banque: Actif:EDU:52112-Banque, banque-nom: BNDA, rib: "ML043 02110"}}
conventions:
  - id: UNICEF-2025-07
    numero: MLI/PCA/2025-07
    libelle: "Éducation de base (fictif)"
    du: 2026-01-01
    au: 2026-12-31
    montant: 20 000 000 XOF
    financement: fonds-affectes
    adoptee-le: 2025-12-12
    tranches: [{{date: 2026-01-05, montant: 8 000 000 XOF}}, {{date: 2026-04-10, montant: 12 000 000 XOF}}]
    budget:
      - code: "1"
        libelle: "Activités"
        libelle-en: "Activities"
        lignes:
          - {{code: "1.1", libelle: "Formations", libelle-en: "Training", unite: atelier, quantite: 10, cout-unitaire: 1 500 000 XOF}}
          - {{code: "1.2", libelle: "Suivi", libelle-en: "Monitoring", unite: mission, quantite: 20, cout-unitaire: 250 000 XOF}}
    rapports: [{{modele: face, periodicite: trimestre, delai: 30 jours}}]
"""
EUROPE = """\
code: EAU
nom: "Union européenne, eau (fictif)"
partenaire: Union européenne
pays-origine-fonds: BE
langue: {language}
comptes: {{banque: Actif:EAU:52111-Banque}}
conventions:
  - id: UE-1
    numero: UE/2026/1
    libelle: "Eau (fictif)"
    du: 2026-01-01
    au: 2026-12-31
    montant: 99 991.50 EUR
    taux: [{{depuis: 2026-01-01, valeur: 655.957}}]
    financement: fonds-administration
    adoptee-le: 2025-12-12
    souplesse: [{{niveau: rubrique, seuil: 25 %, sens: deux, cumulatif: oui, base: dernier-avenant, action: avenant}}]
    tranches: [{{date: 2026-01-05, montant: 60 000 EUR}}, {{date: 2026-07-05, montant: 39 991.50 EUR}}]
    budget:
      - code: "1"
        libelle: "Ressources humaines"
        libelle-en: "Human resources"
        lignes: [{{code: "1.1", libelle: "Animateurs", libelle-en: "Field workers", unite: mois, quantite: 24, cout-unitaire: 2 000 EUR}}]
      - code: "3"
        libelle: "Équipement et fournitures"
        libelle-en: "Equipment and supplies"
        lignes: [{{code: "3.1", libelle: "Kits", libelle-en: "Kits", unite: kit, quantite: 100, cout-unitaire: 410 EUR}}]
      - code: "8"
        libelle: "Imprévus"
        libelle-en: "Contingency"
        lignes: [{{code: "8.1", libelle: "Réserve pour imprévus", libelle-en: "Contingency reserve", cout-unitaire: 4 450 EUR}}]
      - code: "10"
        libelle: "Coûts indirects"
        libelle-en: "Indirect costs"
        lignes: [{{code: "10.1", libelle: "Coûts indirects", libelle-en: "Indirect costs", cout-unitaire: 6 541.50 EUR}}]
    avenants: [{{date: 2026-04-01, adopte-le: 2026-03-20, lignes: {{"1.1": {{quantite: 25}}, "3.1": {{quantite: 95, cout-unitaire: 410 EUR}}}}}}]
{moves}    rapports: [{{modele: ue-annexe-6, periodicite: semestre, delai: 60 jours{edition}}}]
"""
PROGRAMME = """\
bailleur: EDU
nom: "Éducation de base"
responsable: directeur
activites:
  - {code: A1.2, libelle: "Formation des maîtres", lignes: ["1.1"], indicateurs: [{libelle: "maîtres formés", unite: maîtres, cible: 40}]}
"""
FACE = """
2026-05-10 custom "face" "UNICEF-2025-07" "2026-T1" "A1.2"
  autorise: 5000000 XOF
  accepte: 4100000 XOF
  demande: 3200000 XOF
  autorise-suivant: 3000000 XOF
"""
LEDGER = """
2026-01-01 open Actif:EDU:52112-Banque
2026-01-01 open Passif:EDU:463-Fonds-affectes
2026-01-01 open Charges:EDU:633-Formations
2026-01-01 open Charges:EDU:6384-Missions
2026-01-01 open Actif:EAU:52111-Banque
2026-01-01 open Actif:EAU:4692-Fonds-a-recevoir
2026-01-01 open Passif:EAU:462-Fonds
2026-01-01 open Passif:EAU:4011-Fournisseurs
2026-01-01 open Charges:EAU:661-Salaires
2026-01-01 open Charges:EAU:6011-Kits
2026-01-01 open Charges:EAU:6318-Frais-bancaires

2026-01-05 * "UNICEF" "Tranche 1 : virement reçu"
  piece: "BQ-EDU-2026-0001"
  Actif:EDU:52112-Banque  8000000 XOF
  Passif:EDU:463-Fonds-affectes

2026-02-10 * "Hôtel Sahel" "Atelier des maîtres"
  piece: "BQ-EDU-2026-0002"
  mode: "cheque"
  cheque: "0441030"
  ligne: "1.1"
  activite: "A1.2"
  quantite: 3
  Charges:EDU:633-Formations  4200000 XOF
  Actif:EDU:52112-Banque

2026-03-02 * "K. Diallo" "Mission de suivi"
  piece: "BQ-EDU-2026-0003"
  mode: "virement"
  ligne: "1.2"
  Charges:EDU:6384-Missions  150000 XOF
  Actif:EDU:52112-Banque

2026-01-05 * "Union européenne" "Tranche 1 : virement reçu"
  piece: "BQ-EAU-2026-0001"
  Actif:EAU:52111-Banque       39347420 XOF
  Charges:EAU:6318-Frais-bancaires  10000 XOF
    ligne: "1.1"
  Passif:EAU:462-Fonds           -60000 EUR @@ 39357420 XOF

2026-02-25 * "Personnel" "Salaires"
  piece: "BQ-EAU-2026-0002"
  ligne: "1.1"
  quantite: 4
  Charges:EAU:661-Salaires  5247656 XOF
  Actif:EAU:52111-Banque

2026-03-03 * "Labo Paris" "Kits payés en euros"
  piece: "OD-EAU-2026-0001"
  facture: "F-17"
  nif: "FR1"
  ligne: "3.1"
  Charges:EAU:6011-Kits            4100 EUR @@ 2689424 XOF
  Passif:EAU:4011-Fournisseurs -2689424 XOF

2026-03-20 * "Labo Paris" "Règlement"
  piece: "BQ-EAU-2026-0003"
  mode: "virement"
  ordre: "OV-9"
  facture: "F-17"
  nif: "FR1"
  Passif:EAU:4011-Fournisseurs  2689424 XOF
  Actif:EAU:52111-Banque

2026-05-12 * "Comptoir" "Kits"
  piece: "BQ-EAU-2026-0004"
  ligne: "3.1"
  Charges:EAU:6011-Kits  1000000 XOF
  Actif:EAU:52111-Banque
"""
RULES = {
    "organisation.yaml": """\
sigle: ONG
nom: "Organisation fictive"
identite: {nif: "080000001A", adresse: "Bamako", telephone: "+223 20 00 00 00"}
exercices: [{du: 2026-01-01, au: 2026-12-31}]
organes: {bureau-executif: [president], direction: [directeur]}
""",
    "mandats.yaml": """\
personnes:
  president: {nom: "M. Diarra (fictif)", college: bureau-executif, fonction: Président}
  directeur: {nom: "A. Traoré (fictif)", college: direction, fonction: Directeur}
""",
    "plan-comptable.yaml": "comptes: {}\n",
    "controles.yaml": "",
    "programmes/edu.yaml": PROGRAMME,
}


def write(
    root: Path,
    *,
    language: str = "fr",
    edition: str = "",
    moves: tuple[str, ...] = (),
    ledger: str = FACE,
    rules: dict[str, str] | None = None,
) -> Path:
    """Writes the books; `moves` are reallocations of the European agreement; returns their entry point."""
    said = f", edition: {edition}" if edition else ""
    moved = "    reaffectations:\n" + "".join(f"      - {{{each}}}\n" for each in moves) if moves else ""
    files = {f"rules/{name}": text for name, text in {**RULES, **(rules or {})}.items()}
    files["rules/bailleurs/edu.yaml"] = AGREED.format(language=language)
    files["rules/bailleurs/eau.yaml"] = EUROPE.format(language=language, edition=said, moves=moved)
    plugin = 'option "operating_currency" "XOF"\nplugin "grandlivre.checks" "../rules"\n'
    files["ledger/main.beancount"] = f"{HEADER}{plugin}{LEDGER}{ledger}"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / "ledger" / "main.beancount"
