"""A new organisation as the person who starts it describes it, and what of that cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, get_args

from grandlivre.i18n import Money
from grandlivre.policy.donors import OWN_TREE, Financing
from grandlivre.policy.organisation import FiscalYear
from grandlivre.policy.people import POWERS, College, same_name
from grandlivre.policy.rates import RatePolicy
from grandlivre.policy.sycebnl import BANK_AND_MOBILE, TILL
from grandlivre.policy.values import exponent

FINANCINGS: tuple[str, ...] = get_args(Financing)
COLLEGES: tuple[str, ...] = get_args(College)
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RESERVED = frozenset({"DOCUMENTS", "RELEVES", "BROUILLONS", "RECITS"})
_WINDOWS = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{name}{digit}" for name in ("COM", "LPT") for digit in range(1, 10))}
)


class NewAccount(NamedTuple):
    """An account to open: its SYCEBNL number, the rest of its leaf, its root (key of `ROOTS`)."""

    number: str
    label: str
    root: str

    @property
    def leaf(self) -> str:
        """The last part of its name."""
        return f"{self.number}-{self.label}" if self.label else self.number


class NewAgreement(NamedTuple):
    """A donor's agreement as it was signed: identifier, official number, first and last day, amount, how it is converted."""

    id: str
    number: str
    start: date
    end: date
    amount: Money | None = None
    policy: RatePolicy | None = None
    """How its expenses become its currency; None where it is the books' own, or has a parity."""
    rate: Decimal | None = None
    """Units of the books' currency for one of the amount's: the agreement's own, or that of its first month (`MONTHLY`)."""


@dataclass(frozen=True)
class NewTree:
    """A donor's tree, or the organisation's own."""

    code: str
    name: str
    financing: str
    country: str = ""
    """Country the money comes from (two letters)."""
    banks: tuple[NewAccount, ...] = ()
    """Its bank account; the organisation's own tree may have several."""
    mobile: tuple[NewAccount, ...] = ()
    tills: tuple[tuple[NewAccount, str], ...] = ()
    """Each till and the identifier of the person who keeps it ("" when nobody does yet)."""
    agreement: NewAgreement | None = None
    """The agreement in force, when it is known."""
    accounts: tuple[NewAccount, ...] = ()
    """Accounts named by an opening balance, besides the usual ones."""
    opening: tuple[tuple[NewAccount, int], ...] = ()
    """Balances brought forward, debits positive."""

    @property
    def called(self) -> str:
        """The currency in which its instalments are called: its agreement's, else the euro."""
        amount = self.agreement.amount if self.agreement is not None else None
        return amount.currency if amount is not None else "EUR"


class NewPerson(NamedTuple):
    """A person: identifier, name, role, college."""

    id: str
    name: str
    role: str
    college: str


class NewMandate(NamedTuple):
    """A power: whose, which, over which accounts (number prefixes or whole names), up to how much."""

    person: str
    power: str
    accounts: tuple[str, ...] = ()
    ceiling: int | None = None


@dataclass(frozen=True)
class NewOrganisation:
    """Everything a new repository is made from."""

    acronym: str
    name: str
    currency: str
    year: FiscalYear
    trees: tuple[NewTree, ...]
    people: tuple[NewPerson, ...]
    mandates: tuple[NewMandate, ...]
    opening_file: tuple[str, bytes] | None = None
    """Name and content of the spreadsheet the opening came from."""
    rows_aside: tuple[int, ...] = ()
    """Rows of that spreadsheet that hold amounts and were not taken over: they add up others."""
    balance_day: date | None = None
    """The day the opening balance was drawn, when the year had begun in other books."""
    books_id: str = ""
    """Identity of the books, 32 hexadecimal digits drawn once."""

    @property
    def start(self) -> date:
        """The first day of the books."""
        return self.year.start

    @property
    def adopted(self) -> date:
        """The first day kept in these books."""
        return self.balance_day + timedelta(days=1) if self.balance_day is not None else self.start

    @property
    def opening_day(self) -> date:
        """The date of the balances taken over."""
        return self.balance_day or self.start

    def tree(self, code: str) -> NewTree | None:
        """The tree of that code."""
        return next((each for each in self.trees if each.code == code), None)


USUAL_PEOPLE = (
    NewPerson("president", "Président (nom à compléter)", "Président du Bureau exécutif", "bureau-executif"),
    NewPerson("tresorier", "Trésorier (nom à compléter)", "Trésorier du Bureau exécutif", "bureau-executif"),
    NewPerson("directeur", "Directeur (nom à compléter)", "Directeur", "direction"),
    NewPerson("comptable", "Comptable (nom à compléter)", "Comptable", "appui"),
    NewPerson("caissier", "Caissier (nom à compléter)", "Caissier", "appui"),
)
"""Who an organisation cannot do without: two signatures, a control of the till, somebody to keep it."""


def usual_mandates(
    people: tuple[NewPerson, ...], cashiers: frozenset[str], ceiling: int | None
) -> tuple[NewMandate, ...]:
    """Bank signatures for direction and board, authorisation for the board, tills counted by who does not keep them."""
    board = [each.id for each in people if each.college == "bureau-executif"]
    heads = [each.id for each in people if each.college == "direction"]
    controllers = [each.id for each in people if each.college == "appui" and each.id not in cashiers]
    return (
        *(NewMandate(person, "signature-bancaire", BANK_AND_MOBILE, ceiling) for person in (*heads, *board)),
        *(NewMandate(person, "autorisation") for person in board),
        *(NewMandate(person, "controle-caisse", TILL) for person in (*controllers, *heads) if person not in cashiers),
    )


def with_cashiers(org: NewOrganisation) -> NewOrganisation:
    """The same with the power to keep each till given to the person who keeps it, where nobody said so."""
    kept = {mandate.person for mandate in org.mandates if mandate.power == "tenue-caisse"}
    keepers = sorted({cashier for tree in org.trees for _, cashier in tree.tills if cashier} - kept)
    return replace(org, mandates=(*org.mandates, *(NewMandate(person, "tenue-caisse", TILL) for person in keepers)))


def mistakes(org: NewOrganisation) -> Iterator[str]:
    """French sentences on what cannot be; nothing is written while there is one."""
    yield from wrong_currency(org.currency)
    codes = [tree.code for tree in org.trees]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"Le projet {code} est donné deux fois : un bailleur, un projet."
    for tree in org.trees:
        yield from _tree_mistakes(org, tree)
    yield from _people_mistakes(org)


def wrong_currency(currency: str) -> Iterator[str]:
    """Why the books cannot be kept in a currency."""
    if not _CURRENCY.fullmatch(currency):
        yield f"« {currency} » n'est pas une devise : écrivez trois majuscules, par exemple XOF."
    elif exponent(currency):
        yield (
            f"Les livres ne se tiennent pas en {currency}, qui a des centimes : seuils et montants y sont des unités "
            "entières. Donnez une devise sans décimales (XOF, XAF, GNF)."
        )


def wrong_code(code: str) -> Iterator[str]:
    """Why a tree cannot bear a code."""
    if not CODE.fullmatch(code) or code in _RESERVED or code in _WINDOWS:
        yield f"« {code} » ne peut pas être un code de projet : des majuscules, chiffres et tirets, par exemple UE-EAU."


def _tree_mistakes(org: NewOrganisation, tree: NewTree) -> Iterator[str]:
    yield from wrong_code(tree.code)
    if tree.financing not in FINANCINGS:
        yield f"Le financement « {tree.financing} » de {tree.code} n'existe pas ; choix : {', '.join(FINANCINGS)}."
    elif (tree.financing == "ressources-propres") != (tree.code == OWN_TREE):
        yield f"Le financement ressources-propres est celui de {OWN_TREE}, et de lui seul ; corrigez {tree.code}."
    if len(tree.banks) > 1 and tree.code != OWN_TREE:
        names = ", ".join(bank.leaf for bank in tree.banks)
        yield (
            f"{tree.code} a {len(tree.banks)} comptes de banque ({names}) : un bailleur, une banque. Donnez un projet à "
            "chacun (colonne « Bailleur » du tableau)."
        )
    people = {person.id for person in org.people}
    for till, cashier in tree.tills:
        if cashier and cashier not in people:
            yield f"La caisse {till.leaf} de {tree.code} est tenue par « {cashier} », qui n'est pas une personne donnée."


def _people_mistakes(org: NewOrganisation) -> Iterator[str]:
    ids = [person.id for person in org.people]
    names = [same_name(person.name) for person in org.people]
    for person in org.people:
        if not ID.fullmatch(person.id):
            yield f"« {person.id} » ne peut pas désigner une personne : des minuscules et des tirets, par exemple chef-projet."
        if person.college not in COLLEGES:
            yield f"Le collège « {person.college} » de {person.id} n'existe pas ; choix : {', '.join(COLLEGES)}."
        if ids.count(person.id) > 1:
            yield f"La personne {person.id} est donnée deux fois."
        if names.count(same_name(person.name)) > 1:
            yield f"Deux personnes portent le nom « {person.name} » : distinguez-les."
    for mandate in org.mandates:
        if mandate.person not in ids:
            yield f"Le mandat {mandate.power} est donné à « {mandate.person} », qui n'est pas une personne donnée."
        if mandate.power not in POWERS:
            yield f"Le pouvoir « {mandate.power} » n'existe pas ; choix : {', '.join(POWERS)}."
