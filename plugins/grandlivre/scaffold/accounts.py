"""The accounts a new tree opens: those every tree uses, and those of its financing model."""

from __future__ import annotations

import re
import unicodedata

from grandlivre.scaffold.organisation import NewAccount, NewTree

ROOTS = {"assets": "Actif", "liabilities": "Passif", "equity": "Capitaux", "income": "Produits", "expenses": "Charges"}
"""The five roots of new books, by Beancount's name for them."""

SECTIONS = (
    ("1", "Ressources durables"),
    ("2", "Immobilisations"),
    ("3", "Stocks"),
    ("4", "Tiers"),
    ("5", "Trésorerie"),
    ("6", "Charges"),
    ("7", "Revenus"),
    ("8", "Autres charges et produits"),
    ("9", "Contributions volontaires en nature (hors bilan)"),
)
_CLASS_ROOT = {"1": "equity", "2": "assets", "3": "assets", "5": "assets", "6": "expenses", "7": "income"}
_CREDITORS = ("40", "422", "43", "442", "447", "462", "463", "464", "4712", "4739", "477", "479", "48")
_DEBTORS = ("409", "41", "421", "445", "469", "4711", "4731", "4732", "4733", "475", "476", "478", "485")

_USUAL = """
4011-Fournisseurs 4213-Avances-a-justifier 422-Remunerations-dues 4311-Prestations-familiales 4312-Accidents-de-travail
4321-Retraite 4333-AMO 442-Impots-et-taxes 4472-Impots-sur-salaires 4478-Retenues-a-la-source 585-Virements-de-fonds
6011-Biens-lies-a-l-activite 6047-Fournitures 6051-Eau 6052-Electricite 6053-Carburant 6054-Fournitures-entretien
6055-Fournitures-de-bureau 616-Transports-de-plis 6181-Voyages-et-deplacements 6222-Locations-de-batiments
6241-Entretien-immobilier 6252-Assurances 6277-Ateliers 6281-Telephone 6284-Internet 6318-Frais-bancaires
6324-Honoraires 633-Formation 6383-Receptions 6384-Missions 6413-Taxes-sur-salaires 6611-Salaires
6641-Charges-sociales
"""
_OF_MODEL = {
    "fonds-administration": "162-Fonds-investissement 462-Fonds-administration 4692-Fonds-a-recevoir "
    "702-Quote-part-fonds-administration",
    "fonds-affectes": "165-Fonds-affectes-a-un-projet 7925-Reprises-de-fonds-affectes",
    "subvention-exploitation": "4732-Subventions-a-recevoir 477-Produits-constates-avance 713-Subventions-exploitation",
    "subvention-investissement": "141-Subventions-equipement 4731-Subventions-a-recevoir 799-Reprises-de-subventions",
    "don": "475-Generosites-a-recevoir 7041-Dons",
    "avance": "161-Avances-de-fonds-a-justifier 702-Quote-part-fonds-administration",
    "ressources-propres": "121-Report-a-nouveau 2441-Materiel-et-mobilier 2442-Informatique 2844-Amortissements-materiel "
    "412-Clients-usagers 6813-Dotations-amortissements 701-Cotisations 7041-Dons 7052-Services-vendus 771-Interets "
    "781-Transferts-de-charges 901-Mises-a-disposition-gratuites 904-Personnel-benevole 911-Prestations-en-nature "
    "914-Benevolat",
}


def root_of(number: str, balance: int = 0) -> str:
    """The root an account goes under: by its class; third parties by their nature, else by the side of their balance."""
    if number[0] in _CLASS_ROOT:
        return _CLASS_ROOT[number[0]]
    if number[0] == "4":
        if number.startswith(_DEBTORS):
            return "assets"
        return "liabilities" if number.startswith(_CREDITORS) or balance < 0 else "assets"
    if number[0] == "9":
        return "income" if number.startswith("91") else "expenses"
    return "income" if number[0] == "8" and int(number[1:2] or 0) % 2 == 0 else "expenses"


def account(leaf: str, balance: int = 0) -> NewAccount:
    """An account from « 6047-Fournitures »."""
    number, _, label = leaf.partition("-")
    return NewAccount(number, label, root_of(number, balance))


def slug(label: str) -> str:
    """A label as the end of an account's name: ASCII letters, digits and hyphens."""
    bare = unicodedata.normalize("NFKD", label.replace("œ", "oe").replace("Œ", "OE"))
    words = re.findall(r"[A-Za-z0-9]+", "".join(ch for ch in bare if not unicodedata.combining(ch)))
    joined = "-".join(words)
    while len(joined) > 40 and "-" in joined:
        joined = joined.rpartition("-")[0]
    return joined[:1].upper() + joined[1:40]


def opened(tree: NewTree) -> tuple[NewAccount, ...]:
    """Every account the tree opens, by number; an account of the opening balance stands for the usual one of its number."""
    own = [*tree.banks, *tree.mobile, *(till for till, _ in tree.tills), *tree.accounts]
    usual = [account(leaf) for leaf in f"{_USUAL} {_OF_MODEL.get(tree.financing, '')}".split()]
    by_number = {each.number: each for each in (*usual, *own)}
    return tuple(by_number[number] for number in sorted(by_number))


def name(tree: NewTree, opened_account: NewAccount) -> str:
    """The whole name of an account of a tree."""
    return f"{ROOTS[opened_account.root]}:{tree.code}:{opened_account.leaf}"
