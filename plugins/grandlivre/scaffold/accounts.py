"""The accounts a new tree opens: those every tree uses, and those of its financing model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from grandlivre.policy.sycebnl import CLASS_ROOTS, CREDITORS, DEBTORS, THIRD_PARTIES
from grandlivre.scaffold.organisation import NewAccount, NewTree
from grandlivre.scaffold.shipped import file
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import load, plain

ROOTS = {"assets": "Actif", "liabilities": "Passif", "equity": "Capitaux", "income": "Produits", "expenses": "Charges"}
"""The five roots of new books, by Beancount's name for them."""


@cache
def _resource() -> Mapping[str, Any]:
    """`files/comptes.yaml`: the headings, the numbers of money, and the accounts that each tree opens."""
    problems: list[Problem] = []
    found: Mapping[str, Any] = plain(load(file("comptes.yaml"), problems))
    assert not problems, problems
    return found


def sections() -> Mapping[str, str]:
    """The title of each class of accounts, by its digit."""
    found: Mapping[str, str] = _resource()["rubriques"]
    return found


def root_of(number: str, balance: int = 0) -> str:
    """The root an account goes under: by its class; third parties by their nature, else by the side of their balance."""
    if number.startswith(THIRD_PARTIES):
        if number.startswith(DEBTORS):
            return "assets"
        return "liabilities" if number.startswith(CREDITORS) or balance < 0 else "assets"
    return next(
        (CLASS_ROOTS[number[:size]] for size in (2, 1) if number[:size] in CLASS_ROOTS), CLASS_ROOTS[number[:1]]
    )


def money(kind: str, rank: int = 0, label: str = "") -> NewAccount:
    """An account of `banque`, `caisse` or `mobile`; its rank, when there are several of its sort, ends its number."""
    number, _, usual = _resource()["tresorerie"][kind].partition("-")
    said = slug(label)
    if kind != "mobile" and said and not said.startswith(usual):
        said = f"{usual}-{said}"
    return NewAccount(f"{number}{rank or ''}", said or usual, root_of(number))


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
    usual = map(account, (*_resource()["usuels"], *_resource()["financements"].get(tree.financing, ())))
    by_number = {each.number: each for each in (*usual, *own)}
    return tuple(by_number[number] for number in sorted(by_number))


def name(tree: NewTree, opened_account: NewAccount) -> str:
    """The whole name of an account of a tree."""
    return f"{ROOTS[opened_account.root]}:{tree.code}:{opened_account.leaf}"
