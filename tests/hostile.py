"""Hostile books for hypothesis: lawful shapes whose every value may be of another kind, size, time or spelling."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from march_books import HEADER

MAIN = f"""\
{HEADER}option "operating_currency" "XOF"
option "inferred_tolerance_default" "XOF:0.5"
plugin "grandlivre.checks" "../rules"
include "eau/*.beancount"
"""

ACCOUNTS = (
    "Actif:EAU:52111-Banque",
    "Actif:EAU:5711-Caisse",
    "Actif:EAU:5521-Orange",
    "Actif:EAU:585-Virements",
    "Actif:EAU:4213-Avances",
    "Actif:EAU:2442-Informatique",
    "Passif:EAU:4011-Fournisseurs",
    "Passif:EAU:462-Fonds",
    "Passif:EAU:422-Personnel",
    "Produits:EAU:702-Quote-part",
    "Charges:EAU:6047-Fournitures",
    "Charges:EAU:6318-Frais-bancaires",
    "Charges:EAU:6611-Salaires",
    "Actif:FONCT:52112-Banque",
    "Charges:FONCT:6055-Bureau",
    "Produits:FONCT:781-Refacturations",
    "Passif:EAU:169-Prets",
    "Actif:Inconnu",
    "Actif:EAU",
    "Capitaux:EAU:Sans-numero",
    "Charges:5",
    "Actif:ÉCOLE:57-Caisse-Ségou",
    "Actif:EAU:52:Sous:Compte",
    "Charges:EAU:99999999999999999999",
)
DATES = ("2026-03-12", "2026-01-01", "2026-12-31", "2026-02-28", "2024-02-29", "2025-12-31", "0001-01-01", "9999-12-31")
AMOUNTS = (
    "51001", "1", "0", "285000", "-51001", "25000.50", "0.000000000000001", "999999999999999",
    "123456789012345678901234567890", "-123456789012345678901234567890", "1e5", "(1 + 2) * 3", "00042", "1.",
)  # fmt: skip
CURRENCIES = ("XOF", "EUR", "XOF-CVN", "USD", "A", "X.Y_Z'9", "ZZZZZZZZZZZZZZZZZZZZZZZZ", "XAF")
WORDS = (
    '""', '"x"', '" "', '"BQ-EAU-2026-0001"', '"CS-EAU-2026-9999"', '"OD-EAU-0000-0000"', '"BQ-EAU-99999-1"',
    '"BQ-FONCT-2026-0001"', '"MM-EAU-2026-0002"', '"directeur"', '"directeur tresoriere"', '"inconnu"', '"1.1"',
    '"1"', '"EAU-1"', '"M-1"', '"A1"', '"2026-03"', '"2026-13"', '"a-nouveau"', '"cloture"', '"extourne"', '"cheque"',
    '"trois-proformas"', '"derogation"', '"2026-T1"', '"9999-T9"', '"10000x8 5000x1"', '"10000x99999999999999999999"',
    '"-5x-5"', '"x"', '"17:30"', '"99:99"', '"36 mois"', '"999999999 mois"', '"9999999999999 jours"', '"../../x"',
    '"/etc/passwd"', '"eau/\\"x\\".pdf"', '"sha256:0"', '"%s{0}{x!r}"', '"été ²³"', '"' + "9" * 400 + '"',
)  # fmt: skip
VALUES = (
    *WORDS, "TRUE", "FALSE", "NULL", "2026-03-12", "0001-01-01", "9999-12-31", "0", "12", "-3", "1.5",
    "1" * 30, "100 XOF", "1.5 EUR", "XOF", "#tag", "Actif:EAU:5711-Caisse", "",
)  # fmt: skip
KEYS = (
    "piece signataire-1 signataire-2 signataire-3 mode cheque ordre autorise-par beneficiaire ligne convention activite "
    "marche facture nif quantite document document-pv date-valeur pointage avance echeance reciproque registre ecriture "
    "annule annulee derogation motif derogation-par x"
).split()
DIRECTIVE_KEYS = (
    "bailleur convention attributaire ligne activite motif-choix document document-pv contrat-cadre fin nif "
    "valable-jusqu-au heure type billets pieces caissier controleur temoin derniere-piece motif suspens version precedente "
    "empreinte empreinte-eau mise-en-service duree piece programme femmes hommes adopte decision-1 decision-1-responsable "
    "decision-1-echeance etape lieu indicateur valeur"
).split()
CUSTOMS = (
    "marche proforma pv-caisse releve cloture transmission immobilisation rencontre activite budget fava-option inconnu"
).split()

LAWFUL = {
    "marche": ('"M-1"', '"Cahiers"'),
    "proforma": ('"M-1"', '"Faso"', "285000 XOF"),
    "pv-caisse": ("Actif:EAU:5711-Caisse", "87500 XOF"),
    "releve": ("Actif:EAU:52111-Banque", '"2026-03"', "4512000 XOF"),
    "cloture": ('"2026-T1"',),
    "transmission": ('"rapport-financier"', '"EAU"', '"2026-T1"'),
    "immobilisation": ('"IM-1"', "Actif:EAU:2442-Informatique", "850000 XOF"),
    "rencontre": ('"direction"', '"Réunion"'),
    "activite": ('"EAU"', '"A1"', '"Formation"'),
}


NATURAL = {
    "piece": ('"BQ-EAU-2026-0002"', '"CS-EAU-2026-0001"', '"OD-EAU-2026-0003"', '"MM-EAU-2026-0001"'),
    "signataire-1": ('"directeur"', '"president"'),
    "signataire-2": ('"directeur"', '"president"'),
    "autorise-par": ('"directeur"', '"president"'),
    "mode": ('"cheque"', '"virement"', '"especes"'),
    "beneficiaire": ('"caissiere"', '"Faso"'),
    "ligne": ('"1.1"',),
    "convention": ('"EAU-1"',),
    "activite": ('"A1"',),
    "marche": ('"M-1"',),
    "facture": ('"F-1"',),
    "nif": ('"084112345A"',),
    "date-valeur": ("2026-03-01", "2025-12-31", "0001-01-01", "9999-12-31"),
    "pointage": ('"2026-03"',),
    "avance": ('"AV-1"',),
    "echeance": ("2026-03-20", "0001-01-01", "9999-12-31"),
    "reciproque": ("TRUE",),
    "ecriture": ('"a-nouveau"', '"cloture"', '"extourne"'),
    "annule": ('"BQ-EAU-2026-0001"', '"CS-EAU-2026-0001"'),
    "derogation": ('"trois-proformas"', '"caisse-hors-bornes"'),
    "motif": ('"urgence"',),
    "derogation-par": ('"directeur"',),
    "bailleur": ('"EAU"',),
    "attributaire": ('"Faso"',),
    "contrat-cadre": ("TRUE",),
    "fin": ("2026-12-31", "0001-01-01", "9999-12-31"),
    "valable-jusqu-au": ("2026-06-08", "0001-01-01", "9999-12-31"),
    "type": ('"mensuel"', '"cloture"'),
    "billets": ('"10000x8 5000x1"', '"10000x8"'),
    "pieces": ('"250x2"',),
    "caissier": ('"caissiere"',),
    "controleur": ('"directeur"',),
    "derniere-piece": ('"CS-EAU-2026-0001"',),
    "suspens": ('"BQ-EAU-2026-0001"',),
    "version": ("1", '"1"'),
    "duree": ('"36 mois"',),
    "mise-en-service": ("2026-01-20", "0001-01-01", "9999-12-31"),
    "decision-1-echeance": ("2026-03-20",),
}
"""What a key usually holds."""


def metadata(keys: list[str], indent: str = "  ", most: int = 8) -> st.SearchStrategy[str]:
    """Lines of metadata: any key with any value."""
    pair = st.sampled_from(keys).flatmap(
        lambda key: st.tuples(
            st.just(key),
            st.sampled_from(VALUES)
            | st.sampled_from(NATURAL.get(key, WORDS))
            | st.sampled_from(NATURAL.get(key, WORDS)),
        )
    )
    return st.lists(pair, max_size=most, unique_by=lambda each: each[0]).map(
        lambda pairs: "".join(f"{indent}{key}: {value}\n" for key, value in pairs)
    )


@st.composite
def transactions(draw: st.DrawFn) -> str:
    """A transaction that balances most of the time."""
    flag = draw(st.sampled_from(("*", "!", "txn")))
    text = f"{draw(st.sampled_from(DATES))} {flag} {draw(st.sampled_from(WORDS))} {draw(st.sampled_from(WORDS))}\n"
    text += draw(metadata(KEYS))
    amount, currency = draw(st.sampled_from(AMOUNTS)), draw(st.sampled_from(CURRENCIES))
    kind = draw(st.sampled_from(("two", "two", "two", "elided", "none", "one", "price", "cost", "many")))
    one, other = draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(ACCOUNTS))
    own = draw(st.one_of(st.just(""), metadata(KEYS, "    ", 3)))
    match kind:
        case "two":
            return f"{text}  {one}  {amount} {currency}\n{own}  {other}  -({amount}) {currency}\n"
        case "elided":
            return f"{text}  {one}  {amount} {currency}\n{own}  {other}\n"
        case "one":
            return f"{text}  {one}  {amount} {currency}\n"
        case "price":
            return f"{text}  {one}  {amount} {currency} @@ 39357420 XOF\n  {other}  -39357420 XOF\n"
        case "cost":
            return f"{text}  {one}  2 {currency} {{ {amount} XOF }}\n  {other}\n"
        case "many":
            return f"{text}  {one}  0 XOF\n" * 1 + f"{own}  {other}  {amount} XOF\n  {other}  -({amount}) XOF\n"
        case _:
            return text


@st.composite
def customs(draw: st.DrawFn) -> str:
    """A directive of ours, with its own values or any others."""
    name = draw(st.sampled_from(CUSTOMS))
    values = draw(
        st.one_of(
            st.just(LAWFUL.get(name, ())), st.lists(st.sampled_from([v for v in VALUES if v != "NULL"]), max_size=4)
        )
    )
    text = f'{draw(st.sampled_from(DATES))} custom "{name}" {" ".join(values)}\n'
    return text + draw(metadata(DIRECTIVE_KEYS))


def others() -> st.SearchStrategy[str]:
    """Any other line."""
    lines = (
        "2026-01-01 open Actif:EAU:5712-Caisse",
        "2026-01-01 open Actif:EAU:52119-Banque EUR",
        "9999-12-31 close Actif:EAU:52111-Banque",
        "2026-01-01 close Actif:EAU:5711-Caisse",
        "2026-06-30 balance Actif:EAU:5711-Caisse 5 XOF",
        "2026-06-30 pad Actif:EAU:5711-Caisse Capitaux:EAU:Sans-numero",
        '2026-06-30 document Actif:EAU:5711-Caisse "absent.pdf"',
        '2026-06-30 note Actif:Nulle-Part "x"',
        '2026-06-30 event "x" "y"',
        "2026-06-30 price EUR 0 XOF",
        "2026-06-30 price EUR 655.957 XOF",
        '2026-06-30 query "q" "SELECT 1"',
        "2026-01-01 commodity XOF\n  precision: 0",
        "pushtag #x",
        "poptag #y",
        "pushmeta piece: 3",
        "popmeta ligne:",
        'option "title" "x"',
        'option "inferred_tolerance_default" "XOF:x"',
        "2026-02-30 * x",
        "  orpheline: 3",
        "* titre",
        '"',
        "}",
    )
    return st.sampled_from(lines).map(lambda line: f"{line}\n")


LAWFUL_MONTH = """\
2026-01-02 * "Ouverture"
  piece: "OD-EAU-2026-0001"
  ecriture: "a-nouveau"
  Actif:EAU:52111-Banque   9000000 XOF
  Actif:EAU:5711-Caisse     100000 XOF
  Passif:EAU:462-Fonds    -9100000 XOF
2026-03-10 custom "marche" "M-1" "Cahiers"
  bailleur: "EAU"
  attributaire: "Faso"
  ligne: "1.1"
2026-03-08 custom "proforma" "M-1" "Faso" 285000 XOF
  nif: "084112345A"
2026-03-08 custom "proforma" "M-1" "Teriya" 300000 XOF
2026-03-11 * "Faso" "Cahiers"
  piece: "OD-EAU-2026-0002"
  marche: "M-1"
  nif: "084112345A"
  facture: "F-1"
  ligne: "1.1"
  Charges:EAU:6047-Fournitures  285000 XOF
  Passif:EAU:4011-Fournisseurs -285000 XOF
2026-03-11 * "Faso" "Cahiers : règlement"
  piece: "BQ-EAU-2026-0001"
  signataire-1: "directeur"
  signataire-2: "president"
  marche: "M-1"
  nif: "084112345A"
  facture: "F-1"
  pointage: "2026-03"
  Passif:EAU:4011-Fournisseurs  285000 XOF
  Actif:EAU:52111-Banque       -285000 XOF
2026-03-12 * "S. Keita" "Mission"
  piece: "CS-EAU-2026-0001"
  avance: "AV-1"
  echeance: 2026-03-20
  Actif:EAU:4213-Avances  20000 XOF
  Actif:EAU:5711-Caisse  -20000 XOF
2026-03-31 custom "pv-caisse" Actif:EAU:5711-Caisse 80000 XOF
  billets: "10000x8"
  caissier: "caissiere"
  controleur: "directeur"
2026-03-31 custom "releve" Actif:EAU:52111-Banque "2026-03" 8715000 XOF
2026-04-15 custom "cloture" "2026-T1"
  version: 1
  empreinte: "sha256:0"
  empreinte-eau: "sha256:0"
"""
"""What the entries of a month meet."""


def ledgers() -> st.SearchStrategy[str]:
    """A month of a tree: its accounts are opened, its entries are anything."""
    opened = "".join(f"2026-01-01 open {name}\n" for name in ACCOUNTS[:17])
    entries = st.lists(st.one_of(transactions(), transactions(), customs(), others()), max_size=7)
    month = st.sampled_from(("", LAWFUL_MONTH, LAWFUL_MONTH))
    return st.builds(lambda made, lawful: f"{HEADER}\n{opened}\n{lawful}\n" + "\n".join(made), entries, month)


RULES: dict[str, Any] = {
    "organisation.yaml": {
        "sigle": "ANI-Mali",
        "nom": "Association fictive",
        "devise": "XOF",
        "langue": "fr",
        "exercices": [{"du": "2026-01-01", "au": "2026-12-31"}],
        "organes": {"bureau-executif": ["president"], "direction": ["directeur"]},
        "revenus-propres": ["701", "7041"],
        "jours-feries": ["2026-01-20"],
        "semaines-fermees": ["2026-W33"],
        "cles-de-repartition": [{"depuis": "2026-01-01", "cle": {"EAU": "87,5 %", "FONCT": "12,5 %"}}],
    },
    "mandats.yaml": {
        "personnes": {
            "president": {"nom": "M. Diarra", "college": "bureau-executif", "sexe": "h"},
            "directeur": {"nom": "A. Traoré", "college": "direction", "postes": [{"du": "2024-01-01"}]},
            "caissiere": {"nom": "S. Keita"},
        },
        "mandats": [
            {
                "personne": "president",
                "pouvoir": "signature-bancaire",
                "du": "2026-01-01",
                "au": "2026-06-30",
                "comptes": ["52"],
                "plafond": "5 000 000 XOF",
            },
            {"personne": "directeur", "pouvoir": "autorisation", "du": "2026-01-01"},
            {"personne": "caissiere", "pouvoir": "tenue-caisse", "du": "2026-01-01"},
        ],
    },
    "plan-comptable.yaml": {"comptes": {"521": "Banques", "571": "Caisse", "6047": "Fournitures", "701": "Ventes"}},
    "controles.yaml": {
        "caisse-hors-bornes": {"delai": "3 jours", "maximum-par-depense": "25 000 XOF"},
        "trois-proformas": {"seuil": [{"depuis": "2008-01-01", "valeur": "51 000 XOF"}], "nombre": "3"},
        "autorisation": {"paliers": [{"au-dela": "1 000 000 XOF", "college": "bureau-executif"}]},
        "avance-en-retard": {"delai": "5 jours ouvrés", "blocage": "30 jours"},
        "depassement-budgetaire": {"seuil-alerte": "90 %"},
        "decouvert": "oui",
    },
    "bailleurs/eau.yaml": {
        "code": "EAU",
        "nom": "Projet eau",
        "partenaire": "Union européenne",
        "pays-origine-fonds": "BE",
        "langue": "fr",
        "comptes": {
            "banque": "Actif:EAU:52111-Banque",
            "mobile": ["Actif:EAU:5521-Orange"],
            "prets": ["Passif:EAU:169-Prets"],
            "caisses": [
                {
                    "compte": "Actif:EAU:5711-Caisse",
                    "caissier": "caissiere",
                    "bornes": [{"depuis": "2026-01-01", "plancher": "25 000 XOF", "plafond": "150 000 XOF"}],
                }
            ],
        },
        "conventions": [
            {
                "id": "EAU-1",
                "numero": "EAU/1",
                "du": "2026-01-01",
                "au": "2026-12-31",
                "montant": "150 000,50 EUR",
                "taux": [{"depuis": "2026-01-01", "valeur": "655.957"}],
                "financement": "fonds-administration",
                "adoptee-le": "2025-12-12",
                "delai-paiement": "60 jours",
                "tranches": [{"date": "2026-01-12", "montant": "50 000 EUR"}],
                "souplesse": [
                    {
                        "niveau": "rubrique",
                        "seuil": "25 %",
                        "sens": "deux",
                        "cumulatif": "oui",
                        "base": "dernier-avenant",
                        "exclues": [],
                        "action": "avenant",
                    }
                ],
                "budget": [
                    {
                        "code": "1",
                        "libelle": "Fournitures",
                        "lignes": [
                            {
                                "code": "1.1",
                                "libelle": "Cahiers",
                                "unite": "mois",
                                "quantite": "48",
                                "cout-unitaire": "51 000 XOF",
                                "comptes": ["6047"],
                                "part-bailleur": "100 %",
                                "calendrier": {"2026-T1": "15 %"},
                            }
                        ],
                    }
                ],
                "avenants": [{"date": "2026-07-01", "lignes": {"1.1": {"quantite": "50"}}}],
                "rapports": [{"modele": "rapport-financier", "periodicite": "trimestre", "delai": "15 jours"}],
            }
        ],
    },
    "bailleurs/fonct.yaml": {
        "code": "FONCT",
        "nom": "Fonctionnement",
        "comptes": {"banque": "Actif:FONCT:52112-Banque"},
    },
    "programmes/eau.yaml": {
        "bailleur": "EAU",
        "nom": "Eau",
        "responsable": "directeur",
        "activites": [{"code": "A1", "libelle": "Forage"}],
    },
}
"""An organisation in order, every key of the contract written once."""

SPOILT: tuple[Any, ...] = (
    None, "", " ", "x", "oui", "non", "NO", "0", "-1", "1e999", "NaN", "Infinity", "9" * 30, "9" * 5000, "0 XOF", "-5 XOF",
    "1 000 000 000 000 000 000 XOF", "51 000", "51 000 ZZZ", "12,5 %", "-3 %", "900 %", "0.1 %", "2026-02-30",
    "0001-01-01", "9999-12-31", "2026-01-01", "10000-01-01", "0 jours", "-3 jours", "99999999999 jours", "9999 mois",
    "3 lunes", "2026-W99", "2026-T9", "Actif:EAU:5711-Caisse", "Actif", "fonds-affectes", "ressources-propres", "don",
    "avance", "subvention-exploitation", "EAU", "FONCT", "president", [], {}, ["x"], [[]], [{}], {"x": "y"},
    {"x": {"y": ["z"]}}, [None], [["a"], "b"], "{x}", "%s", "<b>", "été", "a: b",
)  # fmt: skip


def _paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at]
    if isinstance(node, dict):
        for key, value in node.items():
            found += _paths(value, (*at, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            found += _paths(value, (*at, index))
    return found


PATHS = [path for path in _paths(RULES) if path]


def _spoil(node: Any, path: tuple[Any, ...], value: Any, how: str) -> Any:
    """The node with one place replaced, removed, renamed or doubled."""
    step, rest = path[0], path[1:]
    if isinstance(node, dict) and step in node:
        if rest:
            return {k: (_spoil(v, rest, value, how) if k == step else v) for k, v in node.items()}
        if how == "remove":
            return {k: v for k, v in node.items() if k != step}
        if how == "rename":
            return {(f"{k}s" if k == step else k): v for k, v in node.items()}
        return {k: (value if k == step else v) for k, v in node.items()}
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        if rest:
            return [_spoil(v, rest, value, how) if i == step else v for i, v in enumerate(node)]
        if how == "remove":
            return [v for i, v in enumerate(node) if i != step]
        if how == "double":
            return [*node, node[step]]
        return [value if i == step else v for i, v in enumerate(node)]
    return node


@st.composite
def organisations(draw: st.DrawFn, least: int = 0, most: int = 4) -> dict[str, str]:
    """The files of rules/, some places of them spoilt; JSON is YAML."""
    made: Any = RULES
    for _ in range(draw(st.integers(least, most))):
        how = draw(st.sampled_from(("replace", "replace", "replace", "remove", "rename", "double")))
        made = _spoil(made, draw(st.sampled_from(PATHS)), draw(st.sampled_from(SPOILT)), how)
    return {name: _yaml(node) for name, node in made.items()}


def _yaml(node: Any) -> str:
    if isinstance(node, str):
        return node  # a whole file that is one word
    return json.dumps(node, ensure_ascii=False, indent=1)
