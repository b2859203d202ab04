"""The trees of a new organisation: donors, their agreement, banks, tills and electronic money, asked or given as options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple, get_args

from grandlivre.cli import _answers as answers
from grandlivre.cli._interview import Silence
from grandlivre.i18n import decimal, did_you_mean
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.organisation import FiscalYear
from grandlivre.policy.periods import Period
from grandlivre.policy.rates import MONTHLY, RatePolicy, parity
from grandlivre.scaffold.accounts import money, slug
from grandlivre.scaffold.organisation import NewAccount, NewAgreement, NewPerson, NewTree, wrong_code
from grandlivre.sources.problem import RefusedError

_MODELS = {
    "fonds-administration": "l'argent d'un projet, que l'on gère ; il devient produit à mesure des dépenses (462, 702)",
    "fonds-affectes": "l'argent d'un projet porté par l'association, repris à mesure des dépenses (165, 7925)",
    "subvention-exploitation": "une aide au fonctionnement, acquise à la période qu'elle couvre (713, 477)",
    "subvention-investissement": "une aide qui paie des biens durables, reprise au rythme de l'usure (141, 799)",
    "don": "une libéralité sans contrepartie, inscrite au registre des donateurs (7041)",
    "avance": "des fonds à justifier avant d'être acquis (161)",
}
_POLICIES = {
    "fixe": "un seul taux, écrit dans la convention",
    "mois": "chaque dépense au taux de son mois (rules/taux.yaml)",
    "moyenne-mensuelle": "la moyenne des taux des mois du rapport (rules/taux.yaml)",
    "encaissement": "au taux de chaque tranche reçue, la plus ancienne d'abord",
    "encaissement-pondere": "à la moyenne des tranches reçues",
}


class Given(NamedTuple):
    """The options as they were typed."""

    name: str | None
    acronym: str | None
    currency: str | None
    year: str | None
    trees: tuple[str, ...]
    agreements: tuple[str, ...]
    banks: tuple[str, ...]
    tills: tuple[str, ...]
    mobile: tuple[str, ...]
    people: tuple[str, ...]
    mandates: tuple[str, ...]


def trees_of(given: Given, talk: Silence, year: FiscalYear, currency: str) -> tuple[NewTree, ...]:
    found = [_tree(each) for each in given.trees]
    if not found:
        found = list(_asked_trees(talk, year, currency))
    if not any(tree.code == OWN_TREE for tree in found):
        found.append(NewTree(OWN_TREE, "Fonctionnement propre", "ressources-propres", "ML"))
    signed = dict(_agreement(each, currency) for each in given.agreements)
    _require_known("convention", signed, found)
    return tuple(replace(tree, agreement=signed.get(tree.code, tree.agreement)) for tree in found)


def _require_known(option: str, named: Iterable[str], trees: Sequence[NewTree]) -> None:
    codes = [tree.code for tree in trees]
    for code in named:
        if code not in codes:
            raise RefusedError(
                f"--{option} {code} : ce projet n'est pas donné ({', '.join(codes)}).{did_you_mean(code, codes)}"
            )


def _tree(text: str) -> NewTree:
    form = "CODE:NOM:FINANCEMENT, par exemple UE-EAU:Union européenne:fonds-administration:BE"
    parts = answers.parts(text, "projet", form, 3, 4)
    return NewTree(parts[0].upper(), parts[1], parts[2], parts[3].upper() if len(parts) > 3 else "")


def _asked_trees(talk: Silence, year: FiscalYear, currency: str) -> Iterator[NewTree]:
    known = [OWN_TREE]
    about = (
        "Un bailleur a ses comptes à part et sa banque. Son code est la deuxième partie de chaque compte "
        f"(Actif:UE-EAU:5711-Caisse). {OWN_TREE}, le fonctionnement propre, s'ajoute de lui-même."
    )
    while code := talk.ask("Code d'un bailleur (par exemple UE-EAU ; Entrée : fini)", partial(_code, known), "", about):
        known.append(code)
        name = talk.ask(f"  Nom de {code}", answers.words, code, "Le nom complet du bailleur ou du projet.")
        about = f"Comment son argent se comptabilise (SYCEBNL) :\n{answers.listed(_MODELS)}"
        model = talk.ask(
            f"  Financement de {code} (1 à {len(_MODELS)}, ? pour les voir)", _model, next(iter(_MODELS)), about
        )
        about = "Deux lettres, par exemple BE. Une autorité peut demander d'où vient l'argent."
        country = talk.ask(f"  Pays d'où vient l'argent de {code} (Entrée : inconnu)", _country, "", about)
        yield NewTree(code, name, model, country, agreement=_asked_agreement(talk, code, year, currency))


def _code(known: Sequence[str], answer: str) -> str:
    code = answer.upper()
    if code in known:
        raise RefusedError(f"{code} est déjà là : un bailleur, un projet.")
    answers.refuse(wrong_code(code) if code else ())
    return code


def _model(answer: str) -> str:
    return answers.choice(tuple(_MODELS), answer)


def _country(answer: str) -> str:
    if answer and not re.fullmatch(r"[A-Za-z]{2}", answer):
        raise RefusedError("Deux lettres, par exemple BE.")
    return answer.upper()


def _asked_agreement(talk: Silence, code: str, year: FiscalYear, currency: str) -> NewAgreement | None:
    about = f"Le numéro écrit sur la convention signée ; sans lui, elle reste à écrire dans rules/bailleurs/{code.lower()}.yaml."
    number = talk.ask(f"  Numéro de la convention de {code} (Entrée : à écrire plus tard)", answers.optional, "", about)
    if not number:
        return None
    start = talk.ask(
        "  Elle commence le (AAAA-MM-JJ)", answers.day, f"{year.start}", "Le premier jour où une dépense est admise."
    )
    end = talk.ask(
        "  Elle finit le (AAAA-MM-JJ)",
        partial(answers.after, start),
        f"{year.end}",
        "Le dernier jour, avenants compris.",
    )
    about = "Le total promis, dans la monnaie de la convention : 150 000 EUR, ou 40 000 000 pour des francs."
    amount = talk.ask("  Montant et devise (Entrée : inconnu)", partial(answers.amount, currency), "", about)
    policy, rate = (None, None)
    if amount is not None and amount.currency != currency:
        policy, rate = _asked_rate(talk, amount.currency, currency, start)
    return NewAgreement(slug(number), number, start, end, amount, policy, rate)


def _asked_rate(talk: Silence, foreign: str, currency: str, start: date) -> tuple[RatePolicy | None, Decimal | None]:
    """How an agreement is converted, and the one rate that this way needs now."""
    known = parity(foreign, currency)
    if known is not None:
        about = "Le taux que dit la convention ; celui de l'euro est fixe."
        usual = decimal(known)
        return None, talk.ask(f"  Un {foreign} vaut combien de {currency}", answers.rate, usual, about)
    about = f"Ce que dit la convention de la conversion des dépenses :\n{answers.listed(_POLICIES)}"
    question = f"  Conversion des dépenses en {foreign} (1 à {len(_POLICIES)}, ? pour les voir)"
    policy = talk.ask(question, _policy, next(iter(_POLICIES)), about)
    if policy == "fixe":
        about = "Le taux que dit la convention."
        return policy, talk.ask(f"  Un {foreign} vaut combien de {currency}", answers.rate, "", about)
    if policy in MONTHLY:
        month = Period.month(start).label
        about = "Il s'écrit dans rules/taux.yaml, où chaque mois aura le sien (InforEuro, taux opérationnels de l'ONU)."
        question = f"  Taux publié pour {month} : un {foreign} vaut combien de {currency}"
    else:
        about = "Chaque tranche dira le sien par son prix total (@@) : celui-ci ne sert qu'au budget."
        question = f"  Taux auquel lire le budget : un {foreign} vaut combien de {currency}"
    return policy, talk.ask(question, answers.rate, "", about)


def _policy(answer: str) -> RatePolicy:
    word = answers.choice(tuple(_POLICIES), answer)
    policy: RatePolicy = next(each for each in get_args(RatePolicy) if each == word)
    return policy


def _agreement(text: str, currency: str) -> tuple[str, NewAgreement]:
    form = (
        "CODE:NUMÉRO:DU:AU[:MONTANT[:TAUX]], par exemple UE-EAU:UE/2025/118:2026-01-01:2027-12-31:150000 EUR, ou "
        "EDU:UNICEF/26:2026-01-01:2026-12-31:90000 USD:mois=601,25"
    )
    parts = [*answers.parts(text, "convention", form, 4, 6), "", ""]
    start = answers.day(parts[2])
    amount = answers.amount(currency, parts[4])
    policy, rate = (None, None)
    if amount is not None and amount.currency != currency:
        policy, rate = _said_rate(parts[5], parity(amount.currency, currency))
    end = answers.after(start, parts[3])
    return parts[0].upper(), NewAgreement(slug(parts[1]), parts[1], start, end, amount, policy, rate)


def _said_rate(text: str, known: Decimal | None) -> tuple[RatePolicy | None, Decimal | None]:
    """« 601,25 » is a fixed rate, « mois=601,25 » a policy and the rate it needs now; an euro needs neither."""
    named, _, written = text.partition("=")
    if named in _POLICIES:
        return _policy(named), answers.rate(written)
    return (None if known is not None else "fixe"), answers.rate(text) if text or known is None else known


# --- banks, tills, electronic money -----------------------------------------------------------------------------------


def with_money(
    given: Given, talk: Silence, trees: tuple[NewTree, ...], people: tuple[NewPerson, ...]
) -> tuple[NewTree, ...]:
    options = _typed(given, trees)
    done = []
    rank = 1
    for tree in trees:
        names, tills, operators = options[tree.code]
        banks = names or list(_banks(talk, tree.code, asked=not given.banks))
        first, rank = rank, rank + len(banks)
        tills = tills or list(_tills(talk, tree.code, people))
        operators = operators or list(_operators(talk, tree.code, asked=not given.mobile))
        done.append(
            replace(
                tree,
                banks=tuple(money("banque", place, name) for place, name in enumerate(banks, first)),
                tills=_numbered_tills(tills),
                mobile=tuple(money("mobile", place, name) for place, name in enumerate(operators, 1)),
            )
        )
    return tuple(done)


def _typed(given: Given, trees: Sequence[NewTree]) -> dict[str, tuple[list[str], list[list[str]], list[str]]]:
    """By tree: the banks, the tills (who keeps each, its name) and the operators that the options name."""
    banks = [answers.parts(each, "banque", "CODE:NOM, par exemple UE-EAU:BDM", 2, 2) for each in given.banks]
    tills = [answers.parts(each, "caisse", "CODE:PERSONNE[:NOM], ou CODE:non", 2, 3) for each in given.tills]
    form = "CODE:OPÉRATEUR, par exemple UE-EAU:Orange Money"
    operators = [answers.parts(each, "mobile", form, 2, 2) for each in given.mobile]
    for option, named in (("banque", banks), ("caisse", tills), ("mobile", operators)):
        _require_known(option, (parts[0] for parts in named), trees)
    return {
        tree.code: (
            [name for (name,) in _of(tree, banks)],
            _of(tree, tills),
            [name for (name,) in _of(tree, operators)],
        )
        for tree in trees
    }


def _of(tree: NewTree, named: Sequence[Sequence[str]]) -> list[list[str]]:
    """What options say of a tree, its code left out."""
    return [rest for code, *rest in named if code == tree.code]


def _banks(talk: Silence, code: str, *, asked: bool) -> Iterator[str]:
    about = "Le nom de la banque : un bailleur, un compte bancaire. Les chéquiers et relevés viennent d'elle."
    yield talk.ask(f"Banque de {code}", answers.words, "Banque", about) if asked else "Banque"
    other = f"{code} seul peut avoir plusieurs comptes bancaires."
    while (
        asked
        and code == OWN_TREE
        and (name := talk.ask(f"Autre banque de {code} (Entrée : aucune)", answers.optional, "", other))
    ):
        yield name


def _tills(talk: Silence, code: str, people: tuple[NewPerson, ...]) -> Iterator[list[str]]:
    """(who keeps it, its name) of each till."""
    about = (
        "L'identifiant de la personne ; « non » : pas de caisse ; « personne » : à dire plus tard.\n    "
        + "\n    ".join(f"{person.id} : {person.name}" for person in people)
    )
    check = partial(_keeper, people)
    keeper = talk.ask(f"Qui tient la caisse de {code} (identifiant, ou non)", check, _usual_cashier(people), about)
    yield [keeper]
    if keeper == "non":
        return
    other = "Un autre endroit où il y a de l'argent en espèces, par exemple Terrain ou Bandiagara."
    while name := talk.ask(f"Autre caisse de {code} (son nom ; Entrée : aucune)", answers.optional, "", other):
        yield [talk.ask(f"  Qui tient la caisse {name} de {code}", check, _usual_cashier(people), about), name]


def _operators(talk: Silence, code: str, *, asked: bool) -> Iterator[str]:
    about = "L'opérateur, par exemple Orange Money ou Moov Money : son compte est signé et rapproché comme une banque."
    while asked and (
        name := talk.ask(f"Monnaie électronique de {code} (opérateur ; Entrée : aucune)", answers.optional, "", about)
    ):
        yield name


def _keeper(people: tuple[NewPerson, ...], answer: str) -> str:
    known = [person.id for person in people]
    if answer not in (*known, "non", "personne"):
        raise RefusedError(
            f"« {answer} » n'est pas une personne donnée : {', '.join(known)}, non ou personne.{did_you_mean(answer, known)}"
        )
    return answer


def _numbered_tills(tills: Sequence[Sequence[str]]) -> tuple[tuple[NewAccount, str], ...]:
    """Each till and who keeps it; numbered when there are several."""
    kept = [parts for parts in tills if parts[0] != "non"]
    return tuple(
        (
            money("caisse", rank if len(kept) > 1 else 0, parts[1] if len(parts) > 1 else ""),
            "" if parts[0] == "personne" else parts[0],
        )
        for rank, parts in enumerate(kept, 1)
    )


def _usual_cashier(people: tuple[NewPerson, ...]) -> str:
    support = [person.id for person in people if person.college == "appui"]
    return next((id_ for id_ in support if "caiss" in id_), support[-1] if support else "personne")
