"""The procedures manual of the demonstration, as YAML a person could have typed."""

from __future__ import annotations

from datetime import date

from demo.books import account
from demo.days import CLOSED_WEEKS, HOLIDAYS
from demo.seal import BOOKS_ID
from demo.world import (
    ACTIVITIES,
    BANK_MANDATES,
    BANK_NUMBERS,
    BODIES,
    BRANCHES,
    DONORS,
    DUES,
    EUR_RATE,
    FONCT,
    KEY,
    MEMBERS,
    PAID_INTO,
    PEOPLE,
    PLANNED,
    PROGRAMMES,
    RECRUITED,
    RESULTS,
    SPENT_BEFORE,
    SUPPLIERS,
    TREES,
    UE,
    UNITS,
    YEAR,
    Agreement,
    francs_of,
)

FICTION = "# Exemple de démonstration : personnes, organisations et chiffres sont fictifs.\n"


def money(amount: int, currency: str = "XOF") -> str:
    """51 000 XOF."""
    return f"{amount:,} {currency}".replace(",", " ")


LAST_DAY = "2026-10-31"
"""The day at which example books are judged."""


def rules() -> dict[str, str]:
    """Every file of rules this folder writes, by its path under rules/."""
    out = {"organisation.yaml": organisation(), "mandats.yaml": mandates(), "controles.yaml": CONTROLS}
    out |= {"fournisseurs.yaml": suppliers(), "membres.yaml": members(), "donateurs.yaml": givers()}
    for code in TREES:
        out[f"bailleurs/{code.lower()}.yaml"] = donor(code)
    for code in PROGRAMMES:
        out[f"programmes/{code.lower()}.yaml"] = programme(code)
    return out


CONTROLS = (
    FICTION
    + """\
# Réglages des contrôles : une clé par règle. Une règle absente d'ici s'applique avec ses valeurs par défaut ;
# « oui » l'applique telle quelle, « non » l'arrête. grandlivre rules IDENTIFIANT explique une règle et ses réglages.

# --- Comptes et trésorerie
compte-bancaire-unique: oui
compte-hors-plan: oui
bailleurs-croises: oui
decouvert: oui
virement-en-transit: oui
egalite-de-tresorerie: oui
rapprochement-bancaire: {delai: 10 jours, suspens-ancien: 90 jours, suspens-perime: 180 jours}
releve-fichier: oui
caisse-hors-bornes:
  delai: 3 jours
  maximum-par-depense: 25 000 XOF
  maximum-par-jour-et-beneficiaire: 50 000 XOF
pv-de-caisse: {delai: 5 jours, inopine: trimestre}

# --- Signatures et autorisations
double-signature: {nombre: 2, colleges: [direction, bureau-executif], frais-bancaires-plafond: 25 000 XOF}
autorisation:
  paliers: [{au-dela: 1 000 000 XOF, college: bureau-executif}]
comptes-de-bilan: oui
derogation: oui
visa: oui
regles-visees: oui

# --- Achats
trois-proformas:
  seuil: [{depuis: 2008-01-01, valeur: 51 000 XOF}]
  nombre: 3
  validite: 90 jours
  niveau: erreur
  derogation: permise
fractionnement:
  seuil: [{depuis: 2008-01-01, valeur: 51 000 XOF}]
  fenetre: 30 jours
facture-en-double: {jours: 10}
conflit-d-interets: oui
virement-fournisseur: oui

# --- Pièces et écritures
numerotation-pieces: oui
piece-justificative: {taille-maximale: 10}
piece-reutilisee: oui
immobilisations: {delai: 4 mois}
date-valeur-lointaine: {delai: 60 jours}
montant-entier: oui
periode-close: oui
regle-retroactive: oui
cloture-en-retard: oui
serie-tronquee: oui
avance-en-retard: {delai: 5 jours ouvrés, blocage: 30 jours}
tiers-a-solder: {delai-attente: 30 jours, delai-salaires: 8 jours, delai-impots: 15 jours, delai-fournisseurs: 60 jours}

# --- Budgets et conventions
ligne-budgetaire: oui
depassement-budgetaire: {seuil-alerte: 90 %}
hors-convention: oui
origine-des-fonds: {pays: [FR]}
taux-manquant: oui

# --- Vie de l'organisation
rencontre-manquante: oui
quorum: oui
decision-en-retard: oui
budget-non-adopte: oui
mandat-non-decide: oui
activite-sans-depense: oui
depense-sans-activite: oui
parite: oui
rapport-en-retard: oui
ecart-inexplique: oui
cotisation-en-retard: {delai: 12 mois}
"""
)


def suppliers() -> str:
    """fournisseurs.yaml: those paid by transfer, one related to somebody here, one excluded."""
    more = {
        "faso": "autres-noms: [Papeterie du Faso]",
        "jigui": "lie-a: [chauffeur-eau]",
        "meca": "exclu-depuis: 2026-11-01",
    }
    more |= {key: f"comptes: [{number}]" for key, number in PAID_INTO.items()}
    rows = [f'  - {{nom: "{SUPPLIERS[key].name}", nif: {SUPPLIERS[key].nif}, {said}}}' for key, said in more.items()]
    head = "# Les fournisseurs : leurs autres noms, leurs comptes, les personnes qui leur sont liées, leur exclusion.\n"
    return FICTION + head + "fournisseurs:\n" + "\n".join(rows) + "\n"


def members() -> str:
    """membres.yaml"""
    head = "# Les membres de l'association et leur cotisation ; un ancien membre garde sa ligne, avec jusqu-au:.\n"
    rows = []
    for key, (name, sex, since, until) in MEMBERS.items():
        said = f'id: {key}, nom: "{name} (fictif)"' + (f", sexe: {sex}" if sex else "")
        rows.append(f"  - {{{said}, depuis: {since}{f', jusqu-au: {until}' if until else ''}}}")
    dues = f"cotisation: [{{depuis: 2020-01-01, valeur: {money(DUES)}, par: an}}]"
    return FICTION + head + "membres:\n" + "\n".join(rows) + f"\n\n{dues}\n"


def givers() -> str:
    """donateurs.yaml: one described whole, one whose tax number is still to be asked for."""
    head = "# Les donateurs, pour le registre des donateurs ; ce qui manque ici y est imprimé « à compléter ».\n"
    described = {
        "pharmacie-fleuve": (
            'nom: "Pharmacie du Fleuve (fictif)", immatriculation: MA.MOP.2015.B.142, nif: 080000101B, '
            'adresse: "Mopti (fictif)", courriel: pharmacie@exemple.ml'
        ),
        "diaspora": (
            'nom: "Diaspora de Bandiagara (fictif)", immatriculation: W751000001, adresse: "Montreuil, France (fictif)", '
            "courriel: diaspora@exemple.ml"
        ),
    }
    rows = [f"  - {{id: {key}, personne: morale, {said}}}" for key, said in described.items()]
    return FICTION + head + "donateurs:\n" + "\n".join(rows) + "\n"


IATI = {
    "UE-2025-118": "{bailleur: XI-IATI-EC_INTPA, secteur: 14030}",
    "UNICEF-2025-07": "{bailleur: XM-DAC-41122, secteur: 11220}",
}
"""What the IATI file says of each agreement."""


def organisation() -> str:
    """organisation.yaml"""
    lines = [
        FICTION + "sigle: ANI-Mali",
        'nom: "ANI-Mali (livres de démonstration, chiffres fictifs)"',
        f"livres: {BOOKS_ID}",
        f"exemple: {LAST_DAY}",
        "devise: XOF",
        "langue: fr",
        "identite:",
        '  recepisse: "Récépissé 0123/MATD-DNI (fictif)"',
        '  accord-cadre: "Accord-cadre 0001/2008 (fictif)"',
        '  nif: "080000001A"',
        '  adresse: "Badalabougou, Bamako (fictif)"',
        "",
        "# Ce que publie grandlivre export iati ; l'identifiant se reçoit à l'inscription (ici, fictif).",
        "iati: {identifiant: ML-XXX-0123, secteurs: [{code: 14030, part: 60 %}, {code: 11220, part: 40 %}]}",
        "",
        "# Une ligne de plus chaque année.",
        f"exercices: [{{du: {YEAR}-01-01, au: {YEAR}-12-31}}]",
        "",
        "organes:",
        f"  bureau-executif: {{membres: [{', '.join(BODIES['bureau-executif'])}], taille: 5, quorum: 3}}",
        f"  direction: [{', '.join(BODIES['direction'])}]",
        "",
        "# Les rencontres que l'organisation se doit, et la parité qu'elle vise.",
        "rencontres: {equipe: semaine, direction: mois, bureau: trimestre, ag: annee}",
        "parite: {objectif: 50 %, tolerance: 10 points}",
        "",
        "# Revenus permis seulement dans FONCT : cotisations, dons, services vendus, contribution du fondateur.",
        "revenus-propres: [701, 7041, 7052, 752]",
        "",
        "# Les fêtes mobiles sont à corriger chaque année.",
        "jours-feries:",
        *(f"  - {day.isoformat()}  # {name}" for day, name in sorted(HOLIDAYS.items())),
        "",
        f"semaines-fermees: [{', '.join(CLOSED_WEEKS)}]",
        "",
        "cles-de-repartition:",
        f"  - depuis: {YEAR}-01-01",
        f"    cle: {{{', '.join(f'{code}: {share} %' for code, share in KEY.items())}}}",
    ]
    return "\n".join(lines) + "\n"


def mandates() -> str:
    """mandats.yaml"""
    lines = [FICTION + "# Les personnes, une seule fois pour tous les usages.", "personnes:"]
    for key, (name, role, college, sex) in PEOPLE.items():
        post = f"{{du: {RECRUITED[key]}, recrutement: oui}}" if key in RECRUITED else "{du: 2024-01-01}"
        said = f'{{nom: "{name} (fictif)", fonction: "{role}", college: {college}, sexe: {sex}, postes: [{post}]}}'
        lines.append(f"  {key}: {said}")
    year = f"du: {YEAR}-01-01, au: {YEAR}-12-31"
    lines += ["", "# Les pouvoirs, datés ; le premier et le dernier jour comptent.", "mandats:"]
    lines.append("  # Signature bancaire : une personne de la Direction et une du Bureau exécutif.")
    lines += [
        f"  - {{personne: {who}, pouvoir: signature-bancaire, du: {start}, au: {end}, comptes: [52, 55], plafond: {money(top)}, decide-le: {decided}}}"
        for who, start, end, top, decided in BANK_MANDATES
    ]
    lines.append("  # Autorisation des dépenses importantes et des dérogations : le Bureau exécutif.")
    lines += [
        f"  - {{personne: {who}, pouvoir: autorisation, {year}}}"
        for who in ("president", "tresoriere", "secretaire-generale")
    ]
    lines.append("  # Contrôle des caisses : jamais par la personne qui tient la caisse.")
    lines += [
        f"  - {{personne: {who}, pouvoir: controle-caisse, {year}, comptes: [57]}}"
        for who in ("comptable", "tresoriere", "directeur")
    ]
    lines.append("  # Tenue des caisses.")
    lines += [
        f"  - {{personne: {tree.cashier}, pouvoir: tenue-caisse, {year}, comptes: ['{account(code, '5711')}']}}"
        for code, tree in TREES.items()
    ]
    return "\n".join(lines) + "\n"


def donor(code: str) -> str:
    """bailleurs/CODE.yaml"""
    tree, said = TREES[code], DONORS[code]
    lines = [
        FICTION + f"code: {code}",
        f'nom: "{said.name}"',
        f'partenaire: "{said.partner}"',
        f"pays-origine-fonds: {said.country}",
        f"langue: {said.language}",
        "",
        "comptes:",
        f"  banque: {account(code, '52')}",
        f'  banque-nom: "{tree.bank_payee}"',
        f'  agence: "{BRANCHES[code]}"',
        f'  intitule: "{tree.holder}"',
        f'  rib: "{BANK_NUMBERS[tree.bank[0]]}"',
        f"  mobile: [{account(code, '5521') if code == UE else ''}]",
        "  prets: []",
        "  caisses:",
        f"    - compte: {account(code, '5711')}",
        f"      caissier: {tree.cashier}",
        f'      lieu: "{tree.place}"',
        f"      bornes: [{{depuis: {YEAR}-01-01, plancher: {money(tree.floor)}, plafond: {money(tree.ceiling)}}}]",
        "",
        "conventions:",
    ]
    for each in said.agreements:
        lines += agreement(each, own=code == FONCT)
    return "\n".join(lines) + "\n"


def agreement(each: Agreement, own: bool) -> list[str]:
    """One agreement of a donor's file."""
    lines = [f"  - id: {each.id}"]
    if each.number:
        lines.append(f"    numero: {each.number}")
    lines += [
        f'    libelle: "{each.label} (fictif)"',
        f"    du: {each.start}",
        f"    au: {each.end}",
    ]
    if not own:
        lines.append(f"    montant: {money(each.amount, each.currency)}")
    if each.currency == "EUR":
        lines.append(f"    taux: [{{depuis: {each.start}, valeur: {EUR_RATE // 1000}.{EUR_RATE % 1000}}}]")
    lines += [f"    financement: {each.financing}", f"    adoptee-le: {each.adopted}"]
    if not own:
        lines.append("    delai-paiement: 60 jours")
    if each.instalments:
        lines.append("    tranches:")
        lines += [
            f"      - {{date: {day}, montant: {money(amount, each.currency)}}}" for day, amount in each.instalments
        ]
    lines.append("    souplesse:")
    lines += [f"      - {rule}" for rule in each.flexibility]
    lines.append("    budget:")
    for heading, label, english, rows in each.budget:
        lines += [
            f'      - code: "{heading}"',
            f'        libelle: "{label}"',
            f'        libelle-en: "{english}"',
            "        lignes:",
        ]
        for row in rows:
            before = SPENT_BEFORE.get(each.id, {}).get(row.code, 0)
            lines.append(_line(row.code, row.label, row.unit, row.quantity, row.cost, row.accounts, before))
    if each.reserve:
        total = francs_of(each.amount) if each.currency == "EUR" else each.amount
        left = total - sum(row.quantity * row.cost for _, _, _, rows in each.budget for row in rows)
        lines += [
            f'      - code: "{each.reserve[0]}"', '        libelle: "Imprévus"', '        libelle-en: "Contingency"', "        lignes:",
            _line(each.reserve, "Imprévus, sur accord du bailleur", "forfait", 1, left),
        ]  # fmt: skip
    if each.addenda:
        lines.append("    avenants:")
        lines += [f"      - {row}" for row in each.addenda]
    if each.id in IATI:
        lines.append(f"    iati: {IATI[each.id]}")
    if each.reports:
        lines.append("    rapports:")
    lines += [
        f"      - {{modele: {model}, periodicite: {every}, delai: {delay}}}" for model, every, delay in each.reports
    ]
    return lines


def _line(
    code: str, label: str, unit: str, quantity: int, cost: int, accounts: tuple[str, ...] = (), before: int = 0
) -> str:
    earlier = f", realise-anterieur: {money(before)}" if before else ""
    admitted = f"comptes: [{', '.join(accounts)}], " if accounts else ""
    return (
        f'          - {{code: "{code}", libelle: "{label}", unite: {unit}, quantite: {quantity}, '
        f"cout-unitaire: {money(cost)}, {admitted}part-bailleur: 100 %{earlier}}}"
    )


def programme(code: str) -> str:
    """programmes/CODE.yaml"""
    first, last = date(YEAR, 1, 1), date(YEAR, 12, 31)
    lines = [
        FICTION + f"bailleur: {code}",
        f'nom: "{PROGRAMMES[code]}"',
        f"responsable: {TREES[code].lead}",
        f"du: {first}",
        f"au: {last}",
        "resultats:",
        *(
            f'  - {{code: {name}, libelle: "{label}", activites: [{", ".join(own)}]}}'
            for name, label, own in RESULTS[code]
        ),
        "activites:",
    ]
    for activity, label, rows, indicator, target in ACTIVITIES[code]:
        planned = ", ".join(f"{YEAR}-T{n}: {count}" for n, count in enumerate(PLANNED[activity], 1) if count)
        lines += [
            f"  - code: {activity}",
            f'    libelle: "{label}"',
            "    lignes: [" + ", ".join(f'"{row}"' for row in rows) + "]",
            f"    du: {first}",
            f"    au: {last}",
            f"    prevues: {{{planned}}}",
            "    indicateurs:",
            f'      - {{libelle: "{indicator}", unite: "{UNITS[indicator]}", reference: 0, cible: {{{YEAR}: {target}}}, cumul: somme}}',
        ]
    return "\n".join(lines) + "\n"
