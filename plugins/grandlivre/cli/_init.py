"""The questions of `grandlivre init`, and its options read into the same answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from grandlivre.cli import _answers as answers
from grandlivre.cli._init_trees import Given, trees_of, with_money
from grandlivre.cli._interview import Silence
from grandlivre.policy.people import same_name
from grandlivre.policy.sycebnl import BANK_AND_MOBILE, TILL
from grandlivre.scaffold.accounts import slug
from grandlivre.scaffold.organisation import (
    ID,
    USUAL_PEOPLE,
    NewMandate,
    NewOrganisation,
    NewPerson,
    NewTree,
    usual_mandates,
)
from grandlivre.sources.problem import RefusedError

_COLLEGES = {
    "direction": "dirige et signe en banque",
    "bureau-executif": "les élus : cosignent en banque et autorisent",
    "programme": "les équipes des projets",
    "appui": "comptabilité, caisse, logistique",
}
T = TypeVar("T")


def organisation(folder: Path, given: Given, talk: Silence) -> NewOrganisation:
    """What the options and the answers describe; raises RefusedError on an option that does not read."""
    usual = slug(folder.resolve().name).upper() or "ONG"
    acronym = _given(given.acronym, talk, "Sigle", answers.words, usual, "Il paraît en tête de chaque état.")
    name = _given(given.name, talk, "Nom complet", answers.words, acronym, "Le nom des statuts.")
    about = (
        "La monnaie des livres, sans centimes : XOF, XAF ou GNF. Les conventions peuvent être en euros ou en dollars."
    )
    currency = _given(given.currency, talk, "Devise", answers.currency, "XOF", about)
    # the only question the clock answers: books are opened for the year we live in, unless somebody says otherwise
    this_year = str(datetime.now(tz=UTC).year)
    about = "2026 : du 1er janvier au 31 décembre. Sinon les deux jours : 2026-07-01:2027-06-30."
    year = _given(given.year, talk, "Premier exercice (AAAA, ou DU:AU)", answers.fiscal_year, this_year, about)
    people = _people(given, talk)
    trees = with_money(given, talk, trees_of(given, talk, year, currency), people)
    cashiers = frozenset(who for tree in trees for _, who in tree.tills)
    mandates = _mandates(given, talk, people, cashiers, currency)
    return NewOrganisation(acronym, name, currency, year, trees, people, mandates)


def welcome(kept: Sequence[tuple[str, str]]) -> None:
    """How to answer, and the answers of an interview that was left."""
    click.echo("Entrée prend la valeur entre crochets, « ? » explique la question, « retour » revient à celle d'avant.")
    if kept:
        click.echo(f"{len(kept)} réponses gardées sont reprises (« retour » les corrige, « recommencer » les oublie) :")
        for question, answer in kept:
            click.echo(f"  {question.strip()} : {answer or '–'}")


def show(org: NewOrganisation) -> None:
    """What is about to be written."""
    click.echo(
        f"{org.acronym} : {org.name}. Exercice du {org.year.start:%d/%m/%Y} au {org.year.end:%d/%m/%Y}, en {org.currency}."
    )
    for tree in org.trees:
        _show_tree(tree)
    if org.rows_aside:
        rows = ", ".join(map(str, org.rows_aside))
        click.echo(f"  Lignes du tableau laissées de côté, comme classes, totaux ou reports : {rows}.")
    for person in org.people:
        powers = ", ".join(each.power for each in org.mandates if each.person == person.id) or "aucun pouvoir"
        click.echo(f"  {person.id} : {person.name}, {person.college} ; {powers}")


def _show_tree(tree: NewTree) -> None:
    bank = ", ".join(each.leaf for each in tree.banks) or "aucune"
    till = ", ".join(f"{each.leaf} ({who or 'personne'})" for each, who in tree.tills) or "aucune"
    mobile = f" ; monnaie électronique {', '.join(each.leaf for each in tree.mobile)}" if tree.mobile else ""
    opening = f" ; ouverture : {len(tree.opening)} comptes" if tree.opening else ""
    click.echo(f"  {tree.code} ({tree.financing}) : {tree.name} ; banque {bank} ; caisse {till}{mobile}{opening}")
    if tree.agreement is not None:
        signed = tree.agreement
        amount = f", {signed.amount}" if signed.amount else ""
        click.echo(f"    convention {signed.number}{amount}, du {signed.start:%d/%m/%Y} au {signed.end:%d/%m/%Y}")


# --- each answer ------------------------------------------------------------------------------------------------------


def _given(
    option: str | None, talk: Silence, question: str, check: Callable[[str], T], usual: str, about: str = ""
) -> T:
    """What the option says, else what the person answers."""
    if option is not None and option.strip():
        return check(option.strip())
    return talk.ask(question, check, usual, about)


# --- people -----------------------------------------------------------------------------------------------------------


def _people(given: Given, talk: Silence) -> tuple[NewPerson, ...]:
    if given.people:
        form = "ID:NOM:FONCTION:COLLÈGE, par exemple directeur:A. Traoré:Directeur:direction"
        return tuple(NewPerson(*answers.parts(each, "personne", form, 4, 4)) for each in given.people)
    people: list[NewPerson] = []
    about = (
        "Le prénom et le nom de cette personne ; Entrée : à compléter plus tard dans rules/mandats.yaml.\n"
        "Deux signatures au moins sont nécessaires en banque : une de la direction, une du bureau exécutif."
    )
    for person in USUAL_PEOPLE:
        name = talk.ask(f"{person.role} (prénom et nom)", partial(_new_name, people), person.name, about)
        people.append(person._replace(name=name))
    while name := talk.ask(
        "Autre personne (prénom et nom ; Entrée : personne d'autre)", partial(_new_name, people, optional=True)
    ):
        known = [person.id for person in people]
        about = (
            "Le nom court que portent les écritures (signataire-1: …) : minuscules et tirets, par exemple chef-projet."
        )
        id_ = talk.ask(f"  Identifiant de {name}", partial(_new_id, known), slug(name).lower(), about)
        role = talk.ask(f"  Fonction de {name}", answers.words, "Agent", "Elle s'imprime sous les signatures.")
        about = f"Le collège dit les pouvoirs qu'une personne peut avoir :\n{answers.listed(_COLLEGES)}"
        college = talk.ask(f"  Collège de {name} (1 à {len(_COLLEGES)}, ? pour les voir)", _college, "programme", about)
        people.append(NewPerson(id_, name, role, college))
    return tuple(people)


def _college(answer: str) -> str:
    return answers.choice(tuple(_COLLEGES), answer)


def _new_name(known: Sequence[NewPerson], answer: str, *, optional: bool = False) -> str:
    if optional and not answer:
        return ""
    if same_name(answer) in [same_name(person.name) for person in known]:
        raise RefusedError(f"« {answer} » est déjà le nom d'une personne : distinguez-les.")
    return answers.words(answer)


def _new_id(known: Sequence[str], answer: str) -> str:
    if not ID.fullmatch(answer):
        raise RefusedError("Des minuscules, des chiffres et des tirets, par exemple chef-projet.")
    if answer in known:
        raise RefusedError(f"{answer} désigne déjà quelqu'un.")
    return answer


# --- mandates ---------------------------------------------------------------------------------------------------------


def _mandates(
    given: Given, talk: Silence, people: tuple[NewPerson, ...], cashiers: frozenset[str], currency: str
) -> tuple[NewMandate, ...]:
    if given.mandates:
        return tuple(_mandate(each, currency) for each in given.mandates)
    about = "Le plus gros paiement que chacun peut signer ; les mandats se complètent dans rules/mandats.yaml."
    question = "Plafond d'un paiement pour chaque signataire (Entrée : aucun)"
    ceiling = talk.ask(question, partial(answers.units, currency), "", about)
    return usual_mandates(people, cashiers, ceiling or None)


def _mandate(text: str, currency: str) -> NewMandate:
    parts = answers.parts(
        text, "mandat", "PERSONNE:POUVOIR[:PLAFOND], par exemple directeur:signature-bancaire:5000000", 2, 3
    )
    accounts = {"signature-bancaire": BANK_AND_MOBILE, "autorisation": ()}.get(parts[1], TILL)
    ceiling = answers.units(currency, parts[2]) if len(parts) == 3 else None
    return NewMandate(parts[0], parts[1], accounts, ceiling)
