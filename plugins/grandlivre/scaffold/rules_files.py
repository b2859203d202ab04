"""The rules of a new organisation: who it is, who holds which power, one file a donor, the controls explained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from grandlivre.i18n import decimal, integer
from grandlivre.policy.rates import MONTHLY
from grandlivre.policy.sycebnl import TILL
from grandlivre.scaffold.accounts import name
from grandlivre.scaffold.controls import controls_file
from grandlivre.scaffold.organisation import NewAgreement, NewMandate, NewOrganisation, NewTree
from grandlivre.scaffold.shipped import shipped, text_file

_FLOOR, _CEILING = 25_000, 150_000
"""Bounds of a till until the organisation writes its own."""

_BUDGET = """\
    # Le budget, quand il est adopté : chaque dépense porte alors ligne: "1.1". Retirez les « # ».
    # adoptee-le: {start}
    # budget:
    #   - code: "1"
    #     libelle: "Fonctionnement"
    #     lignes:
    #       - {{code: "1.1", libelle: "Fournitures", unite: mois, quantite: 12, cout-unitaire: {cost} {currency}, comptes: [604, 605]}}
    # rapports:
    #   - {{modele: suivi-budgetaire, periodicite: mois, delai: 10 jours}}
"""


def rules_files(org: NewOrganisation) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every file under rules/."""
    yield "rules/organisation.yaml", _organisation(org).encode()
    yield "rules/mandats.yaml", _mandates(org).encode()
    yield "rules/controles.yaml", controls_file(currency=org.currency).encode()
    if monthly := [
        tree.agreement for tree in org.trees if tree.agreement is not None and tree.agreement.policy in MONTHLY
    ]:
        yield "rules/taux.yaml", _rates(monthly).encode()
    for tree in org.trees:
        yield f"rules/bailleurs/{tree.code.lower()}.yaml", _donor(org, tree).encode()
    yield "rules/README.md", text_file("rules.md").encode()
    source = shipped("rules")
    for path in sorted((source / "releves").glob("*.yaml")):
        yield f"rules/releves/exemples/{path.name}", _statement_example(org, path.read_text(encoding="utf-8")).encode()
    copied = (
        source / "plan-comptable.yaml",
        source / "releves/README.md",
        *sorted((source / "schemas").glob("*.json")),
    )
    for path in copied:
        yield f"rules/{path.relative_to(source).as_posix()}", path.read_bytes()


def text(value: str) -> str:
    """A text in double quotes."""
    return '"' + " ".join(value.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _organisation(org: NewOrganisation) -> str:
    bodies = {
        "bureau-executif": [each.id for each in org.people if each.college == "bureau-executif"],
        "direction": [each.id for each in org.people if each.college == "direction"],
    }
    lines = [
        "# L'organisation : son identité, ses exercices, ses organes.",
        f"sigle: {text(org.acronym)}",
        f"nom: {text(org.name)}",
        *([f"livres: {org.books_id}"] if org.books_id else []),
        f"devise: {org.currency}",
        "langue: fr",
        "# identite:",
        '#   recepisse: "…"',
        '#   accord-cadre: "…"',
        '#   nif: "080000000A"',
        '#   adresse: "Quartier, ville"',
        "",
        "# Une ligne de plus chaque année.",
        f"exercices: [{{du: {org.year.start}, au: {org.year.end}}}]",
        *([f"# Avant ce jour, l'exercice a été tenu ailleurs.\nadoption: {org.adopted}"] if org.balance_day else []),
        "",
        "# Membres de chaque organe (identifiants de mandats.yaml).",
        "organes:",
        *(f"  {body}: [{', '.join(members)}]" for body, members in bodies.items()),
        "",
        "# Un bloc dit aussi la taille d'après les statuts et le quorum : {membres: [...], taille: 5, quorum: 3}.",
        "",
        "# Les rencontres que l'organisation se doit (semaine, mois, trimestre, semestre, annee) ; ajoutez bureau et ag.",
        "rencontres: {equipe: semaine, direction: mois}",
        "# parite: {objectif: 50 %, tolerance: 10 points}",
        "",
        "# États annuels : associations (système normal) ou smt ; les choix que la loi laisse sont dans rules/README.md (choix).",
        "jeu-d-etats: associations",
        "",
        "# Revenus permis seulement dans FONCT : cotisations, dons, services vendus, contribution du fondateur.",
        "revenus-propres: [701, 7041, 7052, 752]",
        "",
        "# Jours fériés, pour les délais en jours ouvrés ; les fêtes mobiles sont à écrire chaque année.",
        f"jours-feries: [{org.start.year}-05-01]",
    ]
    return "\n".join(lines) + "\n"


def _statement_example(org: NewOrganisation, text: str) -> str:
    """A format of the demonstration, its account become the organisation's."""
    tree = next((tree for tree in org.trees if tree.banks), None)
    return re.sub(r"Actif:[^,}\s]+", name(tree, tree.banks[0]), text) if tree is not None else text


def _mandates(org: NewOrganisation) -> str:
    lines = [
        "# Les personnes, une seule fois pour tous les usages ; l'identifiant est celui des écritures (signataire-1: …).",
        "personnes:",
    ]
    for person in org.people:
        lines.append(
            f"  {person.id}: {{nom: {text(person.name)}, fonction: {text(person.role)}, college: {person.college}, "
            f"postes: [{{du: {org.start}}}]}}"
        )
    lines += [
        "",
        "# Les pouvoirs, datés ; le premier et le dernier jour comptent. Renouvelez-les chaque année.",
        "mandats:",
    ]
    lines += [f"  - {_mandate(org, mandate)}" for mandate in org.mandates]
    if not org.mandates:
        lines[-1] = "mandats: []"
    return "\n".join(lines) + "\n"


def _mandate(org: NewOrganisation, mandate: NewMandate) -> str:
    parts = [
        f"personne: {mandate.person}",
        f"pouvoir: {mandate.power}",
        f"du: {org.year.start}",
        f"au: {org.year.end}",
    ]
    accounts = mandate.accounts
    if mandate.power == "tenue-caisse" and accounts == TILL:
        kept = [name(tree, till) for tree in org.trees for till, who in tree.tills if who == mandate.person]
        accounts = tuple(kept) or accounts
    if accounts:
        parts.append(f"comptes: [{', '.join(text(each) if ':' in each else each for each in accounts)}]")
    if mandate.ceiling is not None:
        parts.append(f"plafond: {integer(mandate.ceiling)} {org.currency}")
    return "{" + ", ".join(parts) + "}"


def _donor(org: NewOrganisation, tree: NewTree) -> str:
    own = tree.financing == "ressources-propres"
    who = (
        "Le fonctionnement propre de l'organisation."
        if own
        else "Un bailleur : ses comptes, sa banque, ses conventions."
    )
    lines = [f"# {who}", f"code: {tree.code}", f"nom: {text(tree.name)}"]
    if tree.country:
        lines.append(f"pays-origine-fonds: {tree.country}")
    else:
        lines.append("# pays-origine-fonds: BE        # le pays d'où vient l'argent (deux lettres)")
    lines += ["langue: fr", "", "comptes:"]
    banks = [name(tree, bank) for bank in tree.banks]
    lines.append(f"  banque: {banks[0]}" if banks else "  # banque: Actif:…")
    lines += [
        '  # banque-nom: "…"          # comme la banque les écrit ; ils s\'impriment',
        '  # agence: "…"',
        '  # intitule: "…"',
        '  # rib: "…"',
    ]
    if len(banks) > 1:
        lines.append(f"  autres-banques: [{', '.join(banks[1:])}]")
    lines.append(f"  mobile: [{', '.join(name(tree, each) for each in tree.mobile)}]")
    lines.append("  prets: []")
    lines.append("  caisses:" if tree.tills else "  caisses: []")
    for till, cashier in tree.tills:
        lines.append(f"    - compte: {name(tree, till)}")
        if cashier:
            lines.append(f"      caissier: {cashier}")
        floor, ceiling = f"{integer(_FLOOR)} {org.currency}", f"{integer(_CEILING)} {org.currency}"
        lines.append(f"      bornes: [{{depuis: {org.start}, plancher: {floor}, plafond: {ceiling}}}]")
    lines += ["", "conventions:", *_agreement(org, tree)]
    amount = tree.agreement.amount if tree.agreement is not None else None
    foreign = amount is not None and amount.currency != org.currency
    currency = amount.currency if amount is not None else org.currency
    budget = _BUDGET.format(start=org.start, cost=80 if foreign else integer(50_000), currency=currency)
    return "\n".join(lines) + "\n" + budget


def _agreement(org: NewOrganisation, tree: NewTree) -> Iterator[str]:
    own = tree.financing == "ressources-propres"
    label = "Budget de fonctionnement" if own else tree.name
    signed = tree.agreement or NewAgreement(f"{tree.code}-{org.start.year}", "", org.year.start, org.year.end)
    yield f"  - id: {text(signed.id) if signed.id.isdecimal() else signed.id}"
    if signed.number:
        yield f"    numero: {text(signed.number)}"
    yield f"    libelle: {text(f'{label}, {signed.start.year}')}"
    yield f"    du: {signed.start}"
    yield f"    au: {signed.end}"
    if signed.amount is not None:
        units, currency, places = signed.amount
        yield f"    montant: {decimal(Decimal(units).scaleb(-places))} {currency}"
    yield from _conversion(signed)
    yield f"    financement: {tree.financing}"
    if not own:
        left = "tranches, souplesse" if tree.agreement else "numero, montant, taux, tranches, souplesse"
        yield f"    # {left} : recopiez ce que dit la convention signée."


def _conversion(signed: NewAgreement) -> Iterator[str]:
    """What the agreement's way of converting asks to be written beside it; monthly rates stand in a file of their own."""
    if signed.rate is not None and signed.policy not in MONTHLY:
        yield f"    taux: [{{depuis: {signed.start}, valeur: {signed.rate}}}]"
    match signed.policy:
        case None:
            pass
        case "mois" | "moyenne-mensuelle":
            yield f"    taux-politique: {signed.policy}  # un taux par mois, dans rules/taux.yaml"
        case "fixe":
            yield "    taux-politique: fixe  # ou encaissement, encaissement-pondere, moyenne-mensuelle, mois"
        case _:
            yield f"    taux-politique: {signed.policy}  # le taux de chaque tranche est le @@ de sa réception"


def _rates(signed: Iterable[NewAgreement]) -> str:
    """The table of rates: that of the first month of each agreement, once a currency and month."""
    rows = {
        (each.amount.currency, f"{each.start:%Y-%m}"): each.rate
        for each in signed
        if each.amount is not None and each.rate is not None
    }
    return (
        "# Les taux de change relevés : un par devise et par mois, ce qu'une unité vaut dans la monnaie des livres.\n"
        "# Les conventions dont taux-politique est mois ou moyenne-mensuelle les lisent ; un mois sans taux arrête leurs rapports.\n"
        "# Chaque mois, ajoutez le sien, avec source: InforEuro (ou taux opérationnels de l'ONU).\n"
        "taux:\n"
        + "".join(
            f"  - {{devise: {currency}, mois: {month}, valeur: {rate}}}\n" for (currency, month), rate in rows.items()
        )
    )
