"""The rules as YAML: every mistake is a French sentence on its own line, all at once, and never an exception."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from beancount import loader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grandlivre.checks import rules_of
from grandlivre.inspection import inspect
from grandlivre.policy.choices import Choices
from grandlivre.policy.loading import Policy, load_policy
from grandlivre.policy.people import folded, normalise

GOOD: Mapping[str, str] = {
    "organisation.yaml": """\
sigle: ANI-Mali
nom: Association fictive
devise: XOF
exercices: [{du: 2026-01-01, au: 2026-12-31}]
organes: {bureau-executif: [president]}
revenus-propres: [701]
jours-feries: [2026-01-20]
cles-de-repartition: [{depuis: 2026-01-01, cle: {EAU: 87.5 %, FONCT: "12,5 %"}}]
""",
    "mandats.yaml": """\
personnes:
  president: {nom: M. Diarra, college: bureau-executif}
  caissiere: {nom: S. Keita}
mandats:
  - {personne: president, pouvoir: signature-bancaire, du: 2026-01-01, au: 2026-06-30, comptes: [52]}
  - {personne: president, pouvoir: signature-bancaire, du: 2026-07-01, comptes: [52], plafond: 5 000 000 XOF}
""",
    "plan-comptable.yaml": """\
comptes: {"521": Banques, "571": Caisse, "6047": Fournitures, "701": Ventes}
""",
    "bailleurs/eau.yaml": """\
code: EAU
nom: Projet eau
comptes:
  banque: Actif:EAU:521-Banque
  caisses:
    - compte: Actif:EAU:571-Caisse
      caissier: caissiere
      bornes: [{depuis: 2026-01-01, plancher: 25 000 XOF, plafond: 150 000 XOF}]
conventions:
  - id: EAU-1
    du: 2026-01-01
    au: 2026-12-31
    montant: 150 000,50 EUR
    taux: 655.957
    financement: fonds-administration
    budget:
      - code: "3"
        libelle: Fournitures
        lignes:
          - {code: 3.10, libelle: Cahiers, cout-unitaire: 51 000 XOF, comptes: [6047]}
          - {code: NO, libelle: Mot anglais, cout-unitaire: 51 000 XOF}
          - {code: 012345670, libelle: Zéro en tête, cout-unitaire: 51 000 XOF}
""",
    "bailleurs/fonct.yaml": "code: FONCT\nnom: Fonctionnement\n",
    "programmes/eau.yaml": "bailleur: EAU\nnom: Eau\nresponsable: president\nactivites: [{code: A1, libelle: Forage}]\n",
    "fournisseurs.yaml": """\
fournisseurs:
  - {nom: Faso Papeterie, nif: 084112345A, autres-noms: [Ets Faso], comptes: [ML016 01201 020112345678 90], lie-a: [caissiere]}
  - {nom: Info-Bureau, nif: 012345670, comptes: [76 00 11 22, NO], exclu-depuis: 2026-10-01}
""",
    "controles.yaml": "caisse-hors-bornes: {delai: 3 jours}\n",
}
"""An organisation in order, with the words that YAML readers usually spoil."""


def written(folder: Path, changed: Mapping[str, str | bytes | None] = GOOD) -> Path:
    """The rules of `GOOD` with some files changed, or left out (None)."""
    for name, text in {**GOOD, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def spots(policy: Policy) -> list[tuple[str, int, str]]:
    """Where each problem stands, by a path relative to the rules."""
    root = policy.root
    assert root is not None
    return [(p.path.relative_to(root).as_posix(), p.line, p.message) for p in policy.problems]


def test_good_rules_are_silent_and_kept_as_written(tmp_path: Path) -> None:
    """`3.10`, `NO` and `012345670` stay what was typed; commas and points both make decimals."""
    policy = load_policy(written(tmp_path))
    assert spots(policy) == []
    (agreement,) = policy.donors["EAU"].agreements
    assert list(agreement.budget_at(agreement.start)) == ["3.10", "NO", "012345670"]
    assert agreement.amount is not None
    assert (agreement.amount.units, agreement.amount.currency) == (15_000_050, "EUR")
    assert policy.suppliers[1].tax_id == "012345670"
    assert policy.suppliers[1].accounts == ("76 00 11 22", "NO")


def test_choices_of_the_statements(tmp_path: Path) -> None:
    """What is not written is the default of the contract (contract-2 §9); what is written changes that key alone."""
    silent = load_policy(written(tmp_path)).organisation
    assert (silent.statement_set, silent.choices) == (
        "associations",
        Choices.model_validate(
            {
                "ligne-702": "RG",
                "fonds-affectes-tft": "FM",
                "fonds-46-tft": "FE",
                "ordres-anciens": "comptes",
                "prorata": "jours",
                "reports-de-credits": "oui",
            }
        ),
    )
    text = GOOD["organisation.yaml"] + "jeu-d-etats: smt\nchoix: {fonds-affectes-tft: FP, reports-de-credits: non}\n"
    share = "  contrepartie-etat: [Actif:EAU:571-Caisse]\n  caisses:"
    policy = load_policy(
        written(
            tmp_path,
            {"organisation.yaml": text, "bailleurs/eau.yaml": GOOD["bailleurs/eau.yaml"].replace("  caisses:", share)},
        )
    )
    said = policy.organisation
    assert spots(policy) == []
    assert (said.statement_set, said.choices.earmarked_flows, said.choices.carried_credits) == ("smt", "FP", False)
    assert said.choices.model_copy(update={"earmarked_flows": "FM", "carried_credits": True}) == silent.choices
    assert policy.donors["EAU"].accounts.state_share == ("Actif:EAU:571-Caisse",)


def test_the_register_of_suppliers_may_be_missing(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, {"fournisseurs.yaml": None}))
    assert (spots(policy), policy.suppliers) == ([], ())


PEOPLE = "personnes: {president: {nom: M}, caissiere: {nom: S}}\nmandats:\n"
DONOR = GOOD["bailleurs/eau.yaml"]
BUDGET = "          - {code: 3.10, libelle: Cahiers, cout-unitaire: 51 000 XOF, comptes: [6047]}\n"


def donor(old: str, new: str) -> tuple[str, str]:
    """The donor's file with one text changed."""
    assert old in DONOR
    return "bailleurs/eau.yaml", DONOR.replace(old, new, 1)


MISTAKES: Mapping[str, tuple[str, str, str]] = {
    # what, (file, its text with # ICI on the line that complains, words of the sentence)
    "unknown-key": ("organisation.yaml", "sigle: X\ndevize: XOF  # ICI\n", "Vouliez-vous écrire « devise »"),
    "impossible-date": (
        "organisation.yaml",
        "exercices:\n  - {du: 2026-02-30, au: 2026-12-31}  # ICI\n",
        "la date 2026-02-30 n'existe pas",
    ),
    "french-date": (
        "organisation.yaml",
        "exercices:\n  - du: 01/01/2026  # ICI\n    au: 2026-12-31\n",
        "écrivez AAAA-MM-JJ",
    ),
    "year-backwards": (
        "organisation.yaml",
        "exercices:\n  - {du: 2026-12-31, au: 2026-01-01}  # ICI\n",
        "avant de commencer",
    ),
    "years-overlap": (
        "organisation.yaml",
        "exercices:  # ICI\n  - {du: 2026-01-01, au: 2026-12-31}\n  - {du: 2026-12-31, au: 2027-12-31}\n",
        "avant la fin du précédent",
    ),
    "list-wanted": ("organisation.yaml", "jours-feries: 2026-01-20  # ICI\n", "une liste est attendue"),
    "block-wanted": ("organisation.yaml", "organes: [president]  # ICI\n", "un bloc de clés est attendu"),
    "scalar-file": ("organisation.yaml", "ANI-Mali  # ICI\n", "Un bloc « clé: valeur » est attendu"),
    "list-file": ("organisation.yaml", "- sigle: X  # ICI\n", "Un bloc « clé: valeur » est attendu"),
    "choice": ("organisation.yaml", "langue: anglais  # ICI\n", "valeurs permises : fr, en"),
    "key-sum": (
        "organisation.yaml",
        "cles-de-repartition:\n  - depuis: 2026-01-01\n    cle: {EAU: 50 %, FONCT: 49 %}  # ICI\n",
        "doit faire 100 %",
    ),
    "key-donor": (
        "organisation.yaml",
        "cles-de-repartition:\n  - {depuis: 2026-01-01, cle: {EAUX: 100 %}}  # ICI\n",
        "n'a pas de fichier dans bailleurs/",
    ),
    "own-income": ("organisation.yaml", "revenus-propres:\n  - 701\n  - 799  # ICI\n", "n'est pas dans plan-comptable"),
    "body-member": (
        "organisation.yaml",
        "organes:\n  ag:\n    - presidente  # ICI\n",
        "Vouliez-vous écrire « president »",
    ),
    "tab": ("organisation.yaml", "sigle: X\n\tnom: Y  # ICI\n", "indentez avec des espaces"),
    "open-brace": ("organisation.yaml", "sigle: X\nexercices: [{du: 2026-01-01\nnom: Y  # ICI\n", "n'est pas refermé"),
    "colon": ("organisation.yaml", "nom: Eau : projet  # ICI\n", "mettez le texte entre guillemets"),
    "duplicate": ("organisation.yaml", "sigle: X\nnom: Y\nsigle: Z  # ICI\n", "est écrite deux fois (déjà ligne 1)"),
    "anchor": ("organisation.yaml", "sigle: &a X  # ICI\nnom: Y\n", "ancres et références"),
    "tag": ("organisation.yaml", "sigle: !!str X  # ICI\n", "L'étiquette YAML"),
    "second-document": ("organisation.yaml", "sigle: X\n---  # ICI\nnom: Y\n", "Un seul document par fichier"),
    "unknown-power": (
        "mandats.yaml",
        PEOPLE + "  - personne: president\n    pouvoir: signature  # ICI\n    du: 2026-01-01\n",
        "valeurs permises : signature-bancaire",
    ),
    "unknown-person": (
        "mandats.yaml",
        PEOPLE + "  - {personne: presidant, pouvoir: autorisation, du: 2026-01-01}  # ICI\n",
        "ou corrigez l'identifiant. Vouliez-vous écrire « president »",
    ),
    "mandates-overlap": (
        "mandats.yaml",
        (
            PEOPLE + "  - {personne: president, pouvoir: autorisation, du: 2026-01-01, au: 2026-06-30}\n"
            "  - {personne: president, pouvoir: autorisation, du: 2026-06-30}  # ICI\n"
        ),
        "se chevauchent",
    ),
    "mandate-prefix": (
        "mandats.yaml",
        PEOPLE + "  - {personne: president, pouvoir: autorisation, du: 2026-01-01, comptes: [99]}  # ICI\n",
        "Le numéro 99 n'est pas dans plan-comptable.yaml",
    ),
    "two-ids": (
        "mandats.yaml",
        "personnes:\n  president: {nom: M. Diarra}\n  caissiere: {nom: m  diarra}  # ICI\n",
        "gardez un seul identifiant par personne",
    ),
    "bare-amount": (*donor("51 000 XOF, comptes: [6047]}", "51000}  # ICI"), "n'a pas de devise"),
    "cents-of-franc": (*donor("51 000 XOF, comptes: [6047]}", "'51 000,5 XOF'}  # ICI"), "XOF s'écrit sans décimale"),
    "huge-amount": (*donor("51 000 XOF, comptes: [6047]}", "9999999999999999 XOF}  # ICI"), "dépasse 15 chiffres"),
    "unknown-number": (*donor("[6047]}", "[6999]}  # ICI"), "Le numéro 6999 n'est pas dans plan-comptable.yaml"),
    "not-a-number": (*donor("[6047]}", "[Fournitures]}  # ICI"), "n'est pas un numéro de compte"),
    "duplicate-line": (*donor(BUDGET, BUDGET + BUDGET.replace("}", "}  # ICI")), "« 3.10 » est écrite deux fois"),
    "comma-in-flow": (
        *donor("taux: 655.957", "souplesse: [{niveau: ligne, seuil: 87,5 %}]  # ICI"),
        'La virgule coupe la valeur de « seuil » en deux : écrivez-la entre guillemets (par exemple seuil: "…,5 %")',
    ),
    "percent-without-sign": (*donor("comptes: [6047]}", "part-bailleur: 100}  # ICI"), "n'est pas un pourcentage"),
    "no-rate": (
        *donor("montant: 150 000,50 EUR\n    taux: 655.957", "montant: 150 USD  # ICI\n    taux-politique: fixe"),
        "donnez son taux (taux: [{depuis: …, valeur: …}]).",
    ),
    "no-rate-policy": (
        *donor("montant: 150 000,50 EUR\n    taux: 655.957", "montant: 150 USD  # ICI\n    taux: 600"),
        "dites comment ses dépenses se convertissent (taux-politique: fixe, encaissement, encaissement-pondere,",
    ),
    "rates-policy": (
        *donor("montant: 150 000,50 EUR", "montant: 150 000,50 EUR\n    taux-politique: cours  # ICI"),
        "fixe, encaissement, encaissement-pondere, moyenne-mensuelle, mois.",
    ),
    "moved-from-nowhere": (
        *donor(
            "    budget:",
            "    reaffectations:\n      - {date: 2026-02-01, de: 9.9, vers: NO, montant: 1 XOF}  # ICI\n    budget:",
        ),
        "La ligne « 9.9 » n'est pas au budget de la convention EAU-1",
    ),
    "moved-too-soon": (
        *donor(
            "    budget:",
            "    avenants: [{date: 2026-03-01, lignes: {N1: {libelle: Kits, rubrique: 3, cout-unitaire: 1 XOF}}}]\n"
            "    reaffectations:\n      - {date: 2026-02-28, de: NO, vers: N1, montant: 1 XOF}  # ICI\n    budget:",
        ),
        "La ligne « N1 » n'est au budget de la convention EAU-1 que depuis l'avenant du 2026-03-01 : datez",
    ),
    "moved-to-itself": (
        *donor(
            "    budget:",
            "    reaffectations:\n      - {date: 2026-02-01, de: NO, vers: NO, montant: 1 XOF}  # ICI\n    budget:",
        ),
        "la réaffectation va de la ligne NO à elle-même",
    ),
    "moved-nothing": (
        *donor(
            "    budget:",
            "    reaffectations:\n      - {date: 2026-02-01, de: 3.10, vers: NO, montant: 0 XOF}  # ICI\n    budget:",
        ),
        "pour revenir en arrière, échangez de et vers",
    ),
    "moved-outside": (
        *donor(
            "    budget:",
            "    reaffectations:\n      - {date: 2027-02-01, de: 3.10, vers: NO, montant: 1 XOF}  # ICI\n    budget:",
        ),
        "tombe hors de la convention EAU-1",
    ),
    "moved-in-dollars": (
        *donor(
            "    budget:",
            "    reaffectations:\n      - {date: 2026-02-01, de: 3.10, vers: NO, montant: 1 USD}  # ICI\n    budget:",
        ),
        "Écrivez ce qui est déplacé en XOF ou dans la devise",
    ),
    "rates-without-a-day": (
        "taux.yaml",
        "taux:\n  - {devise: USD, valeur: 600}  # ICI\n",
        "un taux dit son mois",
    ),
    "rates-of-no-month": (
        "taux.yaml",
        "taux:\n  - {devise: USD, mois: 2026-T1, valeur: 600}  # ICI\n",
        "n'est pas un mois",
    ),
    "rates-of-nothing": (
        "taux.yaml",
        "taux:\n  - {devise: USD, mois: 2026-01, valeur: 0}  # ICI\n",
        "plus grand que zéro",
    ),
    "rates-said-twice": (
        "taux.yaml",
        "taux:\n  - {devise: USD, mois: 2026-01, valeur: 600}\n  - {devise: USD, mois: 2026-01, valeur: 601}  # ICI\n",
        "Le taux de USD est écrit deux fois pour 2026-01",
    ),
    "rates-of-francs": (
        "taux.yaml",
        "taux:\n  - {devise: XOF, mois: 2026-01, valeur: 1}  # ICI\n",
        "est la monnaie des livres",
    ),
    "dated-values": (
        *donor(
            "taux: 655.957",
            "taux:  # ICI\n      - {depuis: 2026-02-01, valeur: 655}\n      - {depuis: 2026-01-01, valeur: 656}",
        ),
        "de la plus ancienne à la plus récente",
    ),
    "same-day-values": (
        *donor(
            "[{depuis: 2026-01-01, plancher: 25 000 XOF, plafond: 150 000 XOF}]",
            "  # ICI\n"
            "        - {depuis: 2026-01-01, plancher: 1 XOF, plafond: 9 XOF}\n"
            "        - {depuis: 2026-01-01, plancher: 2 XOF, plafond: 9 XOF}",
        ),
        "deux valeurs commencent le 2026-01-01",
    ),
    "floor-over-ceiling": (
        *donor("plancher: 25 000 XOF, plafond: 150 000 XOF}]", "plancher: 9 XOF, plafond: 8 XOF}]  # ICI"),
        "sous le plafond",
    ),
    "cashier": (*donor("caissier: caissiere", "caissier: inconnue  # ICI"), "« inconnue » n'est pas déclarée"),
    "other-tree": (
        *donor("banque: Actif:EAU:521-Banque", "banque: Actif:GENRE:521-Banque  # ICI"),
        "pas dans le projet EAU",
    ),
    "account-twice": (
        *donor("compte: Actif:EAU:571-Caisse", "compte: Actif:EAU:521-Banque  # ICI"),
        "un compte, un usage",
    ),
    "own-funds-elsewhere": (
        *donor("financement: fonds-administration", "financement: ressources-propres  # ICI"),
        "est réservé à",
    ),
    "missing-code": ("bailleurs/fonct.yaml", "nom: Fonctionnement  # ICI\n", "La clé « code » manque"),
    "same-donor": ("bailleurs/fonct.yaml", "code: EAU  # ICI\nnom: Encore\n", "déjà décrit dans un autre fichier"),
    "programme-donor": (
        "programmes/eau.yaml",
        "bailleur: EAUX  # ICI\nnom: Eau\n",
        "n'a pas de fichier dans bailleurs/",
    ),
    "cut-by-a-sign": ("organisation.yaml", "sigle: ONG #3 eau # ICI\n", "« ONG » s'arrête au signe « # »"),
    "not-a-list": (
        "bailleurs/eau.yaml",
        "code: EAU\nnom: Eau\nconventions:\n  - {id: E, du: 2026-01-01, au: 2026-12-31, financement: fonds-administration, souplesse: 25 %}  # ICI\n",
        "par exemple souplesse: [{niveau: rubrique, seuil: 10 %}]",
    ),
    "supplier-person": (
        "fournisseurs.yaml",
        "fournisseurs:\n  - nom: Faso\n    lie-a: [president, cassiere]  # ICI\n",
        "« cassiere » n'est pas déclarée dans mandats.yaml",
    ),
    "supplier-name-twice": (
        "fournisseurs.yaml",
        "fournisseurs:\n  - {nom: Faso Papeterie}\n  - {nom: Info, autres-noms: [PAPETERIE FASO (Ségou)]}  # ICI\n",
        "est déjà celui de Faso Papeterie : un nom, un fournisseur",
    ),
    "supplier-nif-twice": (
        "fournisseurs.yaml",
        "fournisseurs:\n  - {nom: Faso, nif: 08 41-a}\n  - {nom: Info, nif: 0841A}  # ICI\n",
        "Le NIF 0841A est déjà celui de Faso",
    ),
    "supplier-account-twice": (
        "fournisseurs.yaml",
        "fournisseurs:\n  - {nom: Faso, comptes: [76 00 11 22]}\n  - {nom: Info, comptes: ['1', 76001122]}  # ICI\n",
        "Le compte 76001122 est déjà celui de Faso",
    ),
    "supplier-day": ("fournisseurs.yaml", "fournisseurs:\n  - {nom: Faso, exclu-depuis: octobre}  # ICI\n", "date"),
    "supplier-name": ("fournisseurs.yaml", "fournisseurs:\n  - {nif: 0841A}  # ICI\n", "La clé « nom » manque"),
    "statement-set": ("organisation.yaml", "jeu-d-etats: projet  # ICI\n", "valeurs permises : associations, smt"),
    "choice-of-the-law": (
        "organisation.yaml",
        "choix:\n  prorata: jours\n  ligne-702: RF  # ICI\n",
        "« RF » n'est pas permis ici ; valeurs permises : RG, non-rattache",
    ),
    "auditor-backwards": (
        "organisation.yaml",
        "commissaires-aux-comptes:\n  - {nom: Cabinet, du: 2026-06-01, au: 2026-05-31}  # ICI\n",
        "ce mandat finit le 2026-05-31 avant de commencer",
    ),
    "choice-unknown": ("organisation.yaml", "choix:\n  ligne-701: RG  # ICI\n", "Vouliez-vous écrire « ligne-702 »"),
    "state-share-elsewhere": (
        *donor("  caisses:", "  contrepartie-etat: [Actif:GENRE:571-Caisse]  # ICI\n  caisses:"),
        "n'est pas un compte de trésorerie de EAU",
    ),
    "state-share-no-cash": (
        *donor("  caisses:", "  contrepartie-etat: [Passif:EAU:463-Etat]  # ICI\n  caisses:"),
        "la contrepartie de l'État est sur un compte 51, 52, 53, 55, 57 de ce projet",
    ),
    "state-share-twice": (
        *donor("  caisses:", "  contrepartie-etat: [Actif:EAU:571-Caisse, Actif:EAU:571-Caisse]  # ICI\n  caisses:"),
        "est écrit deux fois",
    ),
    "chart-number": ("plan-comptable.yaml", "comptes:\n  6A: Fournitures  # ICI\n", "n'est pas un numéro de compte"),
}


@pytest.mark.parametrize(("name", "text", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_each_mistake_on_its_line(tmp_path: Path, name: str, text: str, words: str) -> None:
    """One sentence with the words of an accountant, where the mistake was typed."""
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "# ICI" in row)
    found = spots(load_policy(written(tmp_path, {name: text})))
    assert [spot for spot in found if spot[0] == name and words in spot[2]] == [
        (name, line, next((s[2] for s in found if words in s[2]), words))
    ], found
    assert all(message[:1].isupper() or message[:1] == "«" for _, _, message in found)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Mistakes of several files, and several of one row, are said in one reading; what is right is kept."""
    folder = written(
        tmp_path,
        {
            "organisation.yaml": "sigle: X\nexercices:\n  - {du: 2026-01-01, au: 2026-12-31}\n  - {du: 2027-13-01, au: hier}\n",
            "mandats.yaml": "personnes:\n  president: {nom: M. Diarra, college: bureau}\n  caissiere: {nom: S. Keita}\n",
            "programmes/eau.yaml": "bailleur: EAU\nnom: Eau\nactivites: [{code: A1}, {code: A2, libelle: B, du: x}]\n",
        },
    )
    policy = load_policy(folder)
    assert [(name, line) for name, line, _ in spots(policy)] == [
        ("mandats.yaml", 2),
        ("organisation.yaml", 4),
        ("organisation.yaml", 4),
        ("programmes/eau.yaml", 3),
        ("programmes/eau.yaml", 3),
    ]
    assert [year.start.year for year in policy.organisation.years] == [2026]
    assert list(policy.people) == ["president", "caissiere"]
    assert [activity.code for activity in policy.programmes[0].activities] == ["A2"]


def test_a_cut_row_hides_no_other(tmp_path: Path) -> None:
    """A bad row is taken out; what its neighbours say wrong is still said, on their own lines."""
    text = """\
code: EAU
nom: Eau
conventions:
  - id: EAU-0
    du: 2026-01-01
    au: demain
    financement: fonds-administration
  - id: EAU-1
    du: 2026-12-31
    au: 2026-01-01
    montant: beaucoup
    financement: fonds-administration
  - id: EAU-2
    du: 2026-01-01
    au: 2026-12-31
    financement: ressources-propres
    budget: [{code: "1", libelle: A, lignes: [{code: "1.1", libelle: B, cout-unitaire: 5 XOF, comptes: [6999]}]}]
"""
    found = spots(load_policy(written(tmp_path, {"bailleurs/eau.yaml": text})))
    assert [(line, message.split(" : ")[0]) for name, line, message in found if name == "bailleurs/eau.yaml"] == [
        (6, "« au »"),
        (8, "« conventions »"),
        (11, "« montant »"),
        (16, "« ressources-propres » est réservé à FONCT"),
        (17, "Le numéro 6999 n'est pas dans plan-comptable.yaml"),
    ]


def test_a_hole_is_not_a_second_mistake(tmp_path: Path) -> None:
    """A share that cannot be read is one sentence: that the rest no longer makes 100 % is its consequence."""
    text = "cles-de-repartition:\n  - depuis: 2026-01-01\n    cle: {EAU: moitié, FONCT: 50 %}\n"
    assert [line for _, line, _ in spots(load_policy(written(tmp_path, {"organisation.yaml": text})))] == [3]


@pytest.mark.parametrize("name", ["organisation.yaml", "mandats.yaml", "plan-comptable.yaml"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    """A file that disappears is named, on its line 1."""
    found = spots(load_policy(written(tmp_path, {name: None})))
    assert (name, 1) in [(file, line) for file, line, message in found if "manque dans le dossier" in message]


def test_missing_folders(tmp_path: Path) -> None:
    """Without rules/ or rules/bailleurs/ the policy is empty and says so."""
    (problem,) = load_policy(tmp_path / "rules").problems
    assert "Le dossier des règles rules/ manque" in problem.message
    folder = tmp_path / "rules"
    for name in ("organisation.yaml", "mandats.yaml", "plan-comptable.yaml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("", encoding="utf-8")
    (said,) = load_policy(folder).problems
    assert "Le dossier bailleurs/ manque" in said.message


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal of the system is a sentence, for root too: it is simulated."""
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "mandats.yaml":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    found = spots(load_policy(written(tmp_path)))
    assert ("mandats.yaml", 1, "Le fichier mandats.yaml ne peut pas être lu (accès refusé).") in found


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    """A folder under a file's name is said, not raised."""
    folder = written(tmp_path, {"organisation.yaml": None})
    (folder / "organisation.yaml").mkdir()
    assert any(
        name == "organisation.yaml" and "ne peut pas être lu" in said for name, _, said in spots(load_policy(folder))
    )


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("sigle: X\nnom: Café\n".encode("cp1252"), 2, "n'est pas en UTF-8"),
        ("sigle: X\n".encode("utf-16"), 1, "n'est pas en UTF-8"),
        (b"sigle: X\nnom: \x07\n", 2, "caractère de contrôle"),
        (b"a: " + b"[" * 60 + b"]" * 60, 1, "niveaux imbriqués"),
        (b"a: " + b"[" * 20_000, 1, "niveaux imbriqués"),
        (b"sigle: X\n" * 600_000, 1, "dépasse 5 Mo"),
    ],
    ids=["cp1252", "utf-16", "control", "deep", "very-deep", "heavy"],
)
def test_bytes_that_are_not_rules(tmp_path: Path, data: bytes, line: int, words: str) -> None:
    """Encodings, control characters, bombs of brackets and huge files end in a sentence."""
    found = spots(load_policy(written(tmp_path, {"organisation.yaml": data})))
    assert [(name, at) for name, at, said in found if words in said] == [("organisation.yaml", line)]


def test_byte_order_mark_is_harmless_in_yaml(tmp_path: Path) -> None:
    """Windows' Notepad may put one before the first key."""
    text = GOOD["organisation.yaml"].replace("\n", "\r\n")
    policy = load_policy(written(tmp_path, {"organisation.yaml": b"\xef\xbb\xbf" + text.encode()}))
    assert spots(policy) == []
    assert policy.organisation.acronym == "ANI-Mali"


# --- whatever is typed, a sentence and never an exception -------------------------------------------------------------

_WORDS = sorted(
    {word for text in GOOD.values() for line in text.splitlines() for word in line.replace(":", " ").split()}
)
_SCALARS = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(
        ["", "~", "null", "NO", "0x1F", "1e400", "-0", ".inf", "2026-02-30", "9999-99-99", "100 %", "1 XOF"]
    ),
    st.integers(-(10**40), 10**40).map(str),
    st.dates().map(str),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=12),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(_SCALARS, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@st.composite
def _spoiled(draw: st.DrawFn) -> tuple[str, bytes]:
    """One file of rules: a good one with a value replaced, a line cut or repeated, or plain noise."""
    name = draw(st.sampled_from(sorted(GOOD)))
    if draw(st.integers(0, 3)) == 0:
        return name, draw(st.binary(max_size=60))
    lines = GOOD[name].splitlines()
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        key, colon, _ = lines[index].partition(":")
        change = draw(st.integers(0, 3))
        if change == 0 and len(lines) > 1:
            del lines[index]
        elif change == 1:
            lines.insert(index, lines[index])
        elif change == 2 and colon:
            lines[index] = f"{key}: {draw(_TREES)}"
        else:
            lines[index] = lines[index].replace(draw(st.sampled_from(_WORDS)), draw(_SCALARS), 1)
    return name, "\n".join(lines).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules in order, of which one file at a time is spoiled and then restored."""
    return written(tmp_path_factory.mktemp("rules"))


@given(spoiled=_spoiled())
@settings(
    max_examples=500 if os.environ.get("GRANDLIVRE_LONG") else 250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    database=None,
)
def test_nothing_typed_ever_raises(rules: Path, spoiled: tuple[str, bytes]) -> None:
    """Every reading gives a policy; each problem stands on a line of some file and is one French line."""
    name, data = spoiled
    (rules / name).write_bytes(data)
    try:
        policy = load_policy(rules)
        _, policy = rules_of(policy)
    finally:
        (rules / name).write_text(GOOD[name], encoding="utf-8")
    for problem in policy.problems:
        assert problem.line >= 1
        assert problem.message.endswith((".", "?"))
        assert "Value error" not in problem.message


def test_books_are_kept_in_a_currency_without_cents(tmp_path: Path) -> None:
    (tmp_path / "organisation.yaml").write_text("sigle: X\ndevise: USD\n", encoding="utf-8")
    policy = load_policy(tmp_path)
    said = [(each.line, each.message) for each in policy.problems if "USD" in each.message]
    assert [line for line, _ in said] == [2]
    assert "ne se tiennent pas en USD" in said[0][1]
    assert policy.currency == "XOF"


def test_a_file_that_cannot_be_read_is_the_only_thing_said(demo_texts: Path) -> None:
    """Not the seventy consequences of a donor nobody can read."""
    path = demo_texts / "rules" / "bailleurs" / "ue-eau.yaml"
    path.write_bytes(path.read_bytes().replace("européenne".encode(), "européenne".encode("cp1252"), 1))
    found = inspect(demo_texts / "ledger" / "main.beancount")
    assert [(Path(each.file).name, each.rule) for each in found.findings] == [("ue-eau.yaml", "reglement")]
    assert "pas en UTF-8" in found.findings[0].message
    assert found.halted
    assert [each.source["filename"] for each in loader.load_file(str(found.main))[1]] == [str(path)]


@pytest.mark.parametrize("written", ["A. Traoré (fictif)", "a.  TRAORÉ", "A. Traoré (Bandiagara) (intérim)"])
def test_what_stands_in_brackets_is_no_part_of_a_name(written: str) -> None:
    assert normalise(written) == "a traore"
    assert normalise("(Caisse)") == "caisse"


def test_the_identity_is_written_once_wherever_it_stands(tmp_path: Path) -> None:
    """The keys at the top of the file stay valid; what both places say must be the same."""

    def read(*lines: str) -> tuple[Policy, list[tuple[int, str]]]:
        text = GOOD["organisation.yaml"] + "\n".join(lines) + "\n"
        (tmp_path / "organisation.yaml").write_text(text, encoding="utf-8")
        policy = load_policy(tmp_path)
        return policy, [(each.line, each.message) for each in policy.problems if "identite" in each.message]

    above, none = read("nif: 084X", "recepisse: R-1")
    assert (none, above.organisation.papers.tax_id, above.organisation.papers.registration) == ([], "084X", "R-1")
    both, none = read("nif: 084X", "identite: {nif: 084X, recepisse: R-1, accord-cadre: A-2}")
    own = both.organisation.papers
    assert (none, own.tax_id, own.registration, own.framework) == ([], "084X", "R-1", "A-2")
    _, ((line, said),) = read("nif: 084X", "identite: {nif: 085Y}")
    assert line == len(GOOD["organisation.yaml"].splitlines()) + 2
    assert "« nif » vaut « 084X » en tête du fichier et « 085Y » dans identite" in said

    assert folded("Agios (intérêts débiteurs)") == "agios interets debiteurs"


@pytest.mark.parametrize(
    "name",
    ["organisation.yaml", "mandats.yaml", "plan-comptable.yaml", "controles.yaml", "membres.yaml", "donateurs.yaml"],
)
@pytest.mark.parametrize("text", ["", "\n", "# rien encore\n"])
def test_an_empty_file_of_rules_stops_no_control(tmp_path: Path, name: str, text: str) -> None:
    """It says nothing; what it no longer declares is said by the others."""
    policy = load_policy(written(tmp_path, {name: text}))
    assert policy.unread == ()
