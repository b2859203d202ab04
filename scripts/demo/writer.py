"""Text of the ledger: headers, transactions, directives, accounts, the way a careful accountant types them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from demo.model import Directive, Posting, Tx, Value

WIDTH = 56
"""Column where amounts end, counted from the posting's indentation."""

HEADER = """\
;; {title}
;; Livres de démonstration : ANI-Mali, personnes, fournisseurs et chiffres sont fictifs.
option "name_assets" "Actif"
option "name_liabilities" "Passif"
option "name_equity" "Capitaux"
option "name_income" "Produits"
option "name_expenses" "Charges"
"""

MAIN = """\
option "title" "{title}"
option "operating_currency" "XOF"
option "inferred_tolerance_default" "XOF:0.5"
option "account_previous_balances" "Soldes-anterieurs"
option "account_previous_earnings" "Resultats-anterieurs"
option "account_previous_conversions" "Conversions-anterieures"
option "account_current_earnings" "Resultat-en-cours"
option "account_current_conversions" "Conversions-en-cours"
option "account_unrealized_gains" "Plus-values-latentes"

plugin "grandlivre.checks" "../rules"

{first} custom "fava-option" "language" "fr"
{first} custom "fava-option" "locale" "fr"
{first} custom "fava-option" "invert-income-liabilities-equity" "true"
{first} custom "fava-option" "show-accounts-with-zero-transactions" "false"
{first} custom "fava-option" "default-page" "extension/Accueil/"
{first} custom "fava-extension" "grandlivre.viewer"

include "comptes.beancount"
"""

COMMODITIES = """\
{first} commodity XOF
  name: "Franc CFA (BCEAO)"
  precision: 0

{first} commodity EUR
  name: "Euro"
  precision: 2

{first} commodity XOF-CVN
  name: "Contributions volontaires en nature, évaluées en francs CFA"
  precision: 0
"""


def quote(text: str) -> str:
    """A Beancount string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def value(item: Value) -> str:
    """A metadata value as it is typed."""
    if item is True:
        return "TRUE"
    if item is False:
        return "FALSE"
    if isinstance(item, str):
        return quote(item)
    if isinstance(item, tuple):
        return f"{item[0]} {item[1]}"
    if isinstance(item, date):
        return item.isoformat()
    return str(item)


def posting(item: Posting) -> str:
    """One posting, its amount aligned, and its metadata."""
    number = str(item.amount)
    name = item.account.ljust(WIDTH - len(number) - 1)
    price = f" @@ {item.price} XOF" if item.price is not None else ""
    lines = [f"  {name} {number} {item.currency}{price}"]
    lines += [f"    {key}: {value(each)}" for key, each in item.meta.items()]
    return "\n".join(lines)


def transaction(item: Tx) -> str:
    """One transaction."""
    lines = [f"{item.day.isoformat()} * {quote(item.payee)} {quote(item.narration)}"]
    lines += [f"  {key}: {value(each)}" for key, each in item.meta.items()]
    lines += [posting(each) for each in item.postings]
    return "\n".join(lines)


def directive(item: Directive) -> str:
    """One custom directive."""
    lines = [" ".join([item.day.isoformat(), "custom", quote(item.kind), *item.values])]
    lines += [f"  {key}: {value(each)}" for key, each in item.meta.items()]
    return "\n".join(lines)


def month_file(title: str, items: Iterable[Tx | Directive]) -> str:
    """A month of one tree: its transactions and directives in order."""
    parts = [HEADER.format(title=title)]
    parts += [
        transaction(each) if isinstance(each, Tx) else directive(each) for each in sorted(items, key=lambda x: x.key)
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


SECTIONS = (
    ("1", "Ressources durables"),
    ("2", "Immobilisations"),
    ("4", "Tiers"),
    ("5", "Trésorerie"),
    ("6", "Charges"),
    ("7", "Revenus"),
    ("9", "Contributions volontaires en nature (hors bilan)"),
)


def accounts_file(title: str, opens: Iterable[tuple[str, str, date, str]]) -> str:
    """The accounts of one tree: (number, account, first day, currencies)."""
    rows = sorted(opens)
    parts = [HEADER.format(title=title)]
    for digit, label in SECTIONS:
        lines = [
            f"{day.isoformat()} open {name.ljust(52)} {money}"
            for number, name, day, money in rows
            if number[0] == digit
        ]
        if lines:
            parts.append("\n".join([f"; {label}", *lines]))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"
