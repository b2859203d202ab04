"""The questions of `grandlivre init`, and its options read into the same answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from grandlivre.cli._terminal import ask
from grandlivre.i18n import did_you_mean, one_line
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.organisation import FiscalYear
from grandlivre.policy.values import exponent
from grandlivre.scaffold.accounts import slug
from grandlivre.scaffold.organisation import (
    CODE,
    COLLEGES,
    FINANCINGS,
    ID,
    USUAL_PEOPLE,
    NewAccount,
    NewMandate,
    NewOrganisation,
    NewPerson,
    NewTree,
    usual_mandates,
)
from grandlivre.tasks.problem import RefusedError

_DONOR_MODELS = tuple(each for each in FINANCINGS if each != "ressources-propres")


class Given(NamedTuple):
    """The options as they were typed."""

    name: str | None
    acronym: str | None
    currency: str | None
    year: str | None
    trees: tuple[str, ...]
    banks: tuple[str, ...]
    tills: tuple[str, ...]
    people: tuple[str, ...]
    mandates: tuple[str, ...]


def organisation(folder: Path, given: Given, asking: bool) -> NewOrganisation:
    """What the options and the answers describe; raises RefusedError on an option that does not read."""
    usual = slug(folder.resolve().name).upper() or "ONG"
    acronym = _text(asking, "Sigle", given.acronym, usual)
    name = _text(asking, "Nom complet", given.name, acronym)
    currency = _text(asking, "Devise", given.currency, "XOF").upper()
    # the only question the clock answers: books are opened for the year we live in, unless somebody says otherwise
    this_year = str(datetime.now(tz=UTC).year)
    if given.year is not None or not asking:
        year = _year(given.year or this_year)
    else:
        year = ask("Premier exercice (AAAA, ou DU:AU)", _year, this_year)
    people = _people(given, asking)
    trees = _trees(given, asking, people)
    cashiers = frozenset(who for tree in trees for _, who in tree.tills)
    mandates = _mandates(given, asking, people, cashiers, currency)
    return NewOrganisation(one_line(acronym), one_line(name), currency, year, trees, people, mandates)


def show(org: NewOrganisation) -> None:
    """What is about to be written."""
    click.echo(
        f"{org.acronym} : {org.name}. Exercice du {org.year.start:%d/%m/%Y} au {org.year.end:%d/%m/%Y}, en {org.currency}."
    )
    for tree in org.trees:
        bank = ", ".join(each.leaf for each in tree.banks) or "aucune"
        till = ", ".join(f"{each.leaf} ({who or 'personne'})" for each, who in tree.tills) or "aucune"
        opening = f" ; ouverture : {len(tree.opening)} comptes" if tree.opening else ""
        click.echo(f"  {tree.code} ({tree.financing}) : {tree.name} ; banque {bank} ; caisse {till}{opening}")
    for person in org.people:
        powers = ", ".join(each.power for each in org.mandates if each.person == person.id) or "aucun pouvoir"
        click.echo(f"  {person.id} : {person.name}, {person.college} ; {powers}")


# --- each answer ------------------------------------------------------------------------------------------------------


def _text(asking: bool, question: str, given: str | None, usual: str) -> str:
    if given is not None or not asking:
        return (given if given is not None else usual).strip() or usual
    return str(click.prompt(question, default=usual)).strip()


def _year(text: str) -> FiscalYear:
    try:
        if re.fullmatch(r"(19|20|21)\d\d", text):
            start, end = date(int(text), 1, 1), date(int(text), 12, 31)
        else:
            first, _, last = text.partition(":")
            start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise RefusedError(f"« {text} » n'est pas un exercice : écrivez 2026, ou 2026-07-01:2027-06-30.") from None
    if not start < end:
        raise RefusedError(f"L'exercice finit le {end:%d/%m/%Y}, avant de commencer le {start:%d/%m/%Y}.")
    return FiscalYear.model_validate({"du": start, "au": end})


def _parts(text: str, option: str, form: str, least: int, most: int) -> list[str]:
    parts = [part.strip() for part in text.split(":")]
    if not least <= len(parts) <= most or not all(parts[:least]):
        raise RefusedError(f"--{option} « {text} » ne se lit pas : écrivez {form}.")
    return parts


def _people(given: Given, asking: bool) -> tuple[NewPerson, ...]:
    if given.people:
        form = "ID:NOM:FONCTION:COLLÈGE, par exemple directeur:A. Traoré:Directeur:direction"
        return tuple(NewPerson(*_parts(each, "personne", form, 4, 4)) for each in given.people)
    if not asking:
        return USUAL_PEOPLE
    click.echo("Les personnes (Entrée : à compléter plus tard dans rules/mandats.yaml).")
    people = [
        person._replace(name=str(click.prompt(f"  {person.role}", default=person.name)).strip())
        for person in USUAL_PEOPLE
    ]
    while name := str(
        click.prompt("  Autre personne (nom, ou Entrée pour finir)", default="", show_default=False)
    ).strip():
        known = [person.id for person in people]
        question = "    Identifiant (minuscules et tirets)"
        id_ = ask(question, partial(_new_id, known), slug(name).lower())
        role = str(click.prompt("    Fonction", default="Agent")).strip()
        people.append(NewPerson(id_, name, role, ask(f"    Collège ({', '.join(COLLEGES)})", _college, "programme")))
    return tuple(people)


def _new_id(known: Sequence[str], answer: str) -> str:
    if not ID.fullmatch(answer):
        raise RefusedError("Des minuscules, des chiffres et des tirets, par exemple chef-projet.")
    if answer in known:
        raise RefusedError(f"{answer} désigne déjà quelqu'un.")
    return answer


def _college(answer: str) -> str:
    if answer not in COLLEGES:
        raise RefusedError(f"Choix : {', '.join(COLLEGES)}.{did_you_mean(answer, COLLEGES)}")
    return answer


def _trees(given: Given, asking: bool, people: tuple[NewPerson, ...]) -> tuple[NewTree, ...]:
    found = [_tree(each) for each in given.trees]
    if not found and asking:
        found = list(_asked_trees())
    if not any(tree.code == OWN_TREE for tree in found):
        found.append(NewTree(OWN_TREE, "Fonctionnement propre", "ressources-propres", "ML"))
    banks = dict(_parts(each, "banque", "CODE:NOM, par exemple UE-EAU:BDM", 2, 2) for each in given.banks)
    tills = dict(_parts(each, "caisse", "CODE:PERSONNE, ou CODE:non", 2, 2) for each in given.tills)
    codes = [tree.code for tree in found]
    for option, named in (("banque", banks), ("caisse", tills)):
        for code in named:
            if code not in codes:
                raise RefusedError(
                    f"--{option} {code} : cet arbre n'est pas donné ({', '.join(codes)}).{did_you_mean(code, codes)}"
                )
    usual_cashier = _usual_cashier(people)
    done = []
    for rank, tree in enumerate(found, 1):
        bank = banks.get(tree.code) or (
            _asked(f"Banque de {tree.code}", "Banque") if asking and not banks else "Banque"
        )
        cashier = tills.get(tree.code)
        if cashier is None:
            cashier = (
                _asked(f"Qui tient la caisse de {tree.code} (identifiant, ou non)", usual_cashier)
                if asking
                else usual_cashier
            )
        label = slug(bank) if bank == "Banque" or slug(bank).startswith("Banque") else f"Banque-{slug(bank)}"
        keeper = "" if cashier == "personne" else cashier
        till = () if cashier == "non" else ((NewAccount("5711", "Caisse", "assets"), keeper),)
        done.append(replace(tree, banks=(NewAccount(f"5211{rank}", label, "assets"),), tills=till))
    return tuple(done)


def _usual_cashier(people: tuple[NewPerson, ...]) -> str:
    support = [person.id for person in people if person.college == "appui"]
    return next((id_ for id_ in support if "caiss" in id_), support[-1] if support else "personne")


def _asked(question: str, usual: str) -> str:
    return str(click.prompt(question, default=usual)).strip()


def _tree(text: str) -> NewTree:
    form = "CODE:NOM:FINANCEMENT, par exemple UE-EAU:Union européenne:fonds-administration:BE"
    parts = _parts(text, "arbre", form, 3, 4)
    return NewTree(parts[0].upper(), parts[1], parts[2], parts[3].upper() if len(parts) > 3 else "")


def _asked_trees() -> Iterator[NewTree]:
    click.echo(
        "Les bailleurs : un code, un nom, un modèle de financement. FONCT (fonctionnement propre) s'ajoute de lui-même."
    )
    while True:
        code = ask("  Code du bailleur (par exemple UE-EAU ; Entrée pour finir)", _code, "")
        if not code:
            return
        name = str(click.prompt("    Nom")).strip()
        model = ask(f"    Financement ({', '.join(_DONOR_MODELS)})", _model, _DONOR_MODELS[0])
        country = ask("    Pays d'où vient l'argent (deux lettres, Entrée si inconnu)", _country, "")
        yield NewTree(code, name, model, country)


def _code(answer: str) -> str:
    code = answer.upper()
    if code and (not CODE.fullmatch(code) or code == OWN_TREE):
        raise RefusedError("Des majuscules, des chiffres et des tirets, par exemple UE-EAU ; FONCT est déjà là.")
    return code


def _model(answer: str) -> str:
    if answer not in _DONOR_MODELS:
        raise RefusedError(f"Choix : {', '.join(_DONOR_MODELS)}.{did_you_mean(answer, _DONOR_MODELS)}")
    return answer


def _country(answer: str) -> str:
    if answer and not re.fullmatch(r"[A-Za-z]{2}", answer):
        raise RefusedError("Deux lettres, par exemple BE.")
    return answer.upper()


def _mandates(
    given: Given, asking: bool, people: tuple[NewPerson, ...], cashiers: frozenset[str], currency: str
) -> tuple[NewMandate, ...]:
    if given.mandates:
        return tuple(_mandate(each, currency) for each in given.mandates)
    ceiling: int | None = None
    if asking:
        answer = ask(
            "Plafond d'un paiement pour chaque signataire (Entrée : aucun)", lambda text: _units(text, currency), ""
        )
        ceiling = answer or None
    return usual_mandates(people, cashiers, ceiling)


def _mandate(text: str, currency: str) -> NewMandate:
    parts = _parts(text, "mandat", "PERSONNE:POUVOIR[:PLAFOND], par exemple directeur:signature-bancaire:5000000", 2, 3)
    accounts = {"signature-bancaire": ("52", "55"), "autorisation": ()}.get(parts[1], ("57",))
    ceiling = _units(parts[2], currency) if len(parts) == 3 else None
    return NewMandate(parts[0], parts[1], accounts, ceiling)


def _units(text: str, currency: str) -> int:
    digits = re.sub(r"[\s_]|[A-Z]{3,4}$", "", text)
    if digits and not digits.isdecimal():
        raise RefusedError(f"« {text} » n'est pas un montant : écrivez par exemple 5000000.")
    return int(digits or 0) * (1 if exponent(currency) == 0 else 10 ** exponent(currency))
