"""The ledger of a new organisation: entry point, accounts of each tree, first month, opening entry."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import CALLED_FUNDS, IN_KIND
from grandlivre.policy.values import exponent
from grandlivre.scaffold.accounts import ROOTS, name, opened, sections
from grandlivre.scaffold.examples import example_month
from grandlivre.scaffold.organisation import NewOrganisation, NewTree

_HEADER = "".join(f'option "name_{key}" "{word}"\n' for key, word in ROOTS.items())
_WIDTH = 56
"""Column where amounts end, counted from the posting's indentation."""

_MAIN = """\
option "title" "{title}"
option "operating_currency" "{currency}"
option "inferred_tolerance_default" "{currency}:{tolerance}"
option "account_previous_balances" "Soldes-anterieurs"
option "account_previous_earnings" "Resultats-anterieurs"
option "account_previous_conversions" "Conversions-anterieures"
option "account_current_earnings" "Resultat-en-cours"
option "account_current_conversions" "Conversions-en-cours"
option "account_unrealized_gains" "Plus-values-latentes"

; Les contrôles, réglés dans rules/. Ne retirez pas cette ligne.
plugin "grandlivre.checks" "../rules"

{start} custom "fava-option" "language" "fr"
{start} custom "fava-option" "locale" "fr"
{start} custom "fava-option" "invert-income-liabilities-equity" "true"
{start} custom "fava-option" "show-accounts-with-zero-transactions" "false"
{start} custom "fava-option" "default-page" "extension/Accueil/"
{start} custom "fava-extension" "grandlivre.viewer"

include "comptes.beancount"
"""
_LABELS = {
    "XOF": "Franc CFA (BCEAO)",
    "XAF": "Franc CFA (BEAC)",
    "EUR": "Euro",
    "GNF": "Franc guinéen",
    "USD": "Dollar des États-Unis",
}


def ledger_files(org: NewOrganisation) -> Iterator[tuple[str, str]]:
    """(path, text) of every file under ledger/ that holds books."""
    yield "ledger/main.beancount", _main(org)
    yield "ledger/comptes.beancount", _commodities(org)
    first = Period.month(org.opening_day)
    for tree in org.trees:
        folder = f"ledger/{tree.code.lower()}"
        yield f"{folder}/comptes.beancount", _accounts(org, tree)
        for month in {first, Period.month(org.adopted), example_month(org)}:
            opening = _opening(org, tree) if tree.opening and month == first else ""
            yield f"{folder}/{month.code}.beancount", f"{_month(tree, month)}\n{opening}"


def quoted(text: str) -> str:
    """A Beancount string."""
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _main(org: NewOrganisation) -> str:
    title = quoted(org.acronym)[1:-1]
    tolerance = "0.5" if exponent(org.currency) == 0 else "0.005"
    head = _MAIN.format(title=title, currency=org.currency, tolerance=tolerance, start=org.start)
    includes = "".join(f'include "{tree.code.lower()}/*.beancount"\n' for tree in org.trees)
    return f";; {org.acronym} : point d'entrée des livres\n{_HEADER}{head}{includes}"


def _commodities(org: NewOrganisation) -> str:
    parts = [f";; Monnaies des livres\n{_HEADER}"]
    for currency in dict.fromkeys((org.currency, "EUR", *(tree.called for tree in org.trees))):
        label = _LABELS.get(currency, currency)
        places = exponent(currency)
        parts.append(f'{org.start} commodity {currency}\n  name: "{label}"\n  precision: {places}\n')
    parts.append(
        f"{org.start} commodity {org.currency}-CVN\n"
        f'  name: "Contributions volontaires en nature, évaluées en {_LABELS.get(org.currency, org.currency)}"\n'
        f"  precision: {exponent(org.currency)}\n"
    )
    return "\n".join(parts)


def _accounts(org: NewOrganisation, tree: NewTree) -> str:
    parts = [f";; {tree.code} : {_comment(tree.name)}, comptes\n{_HEADER}"]
    accounts = opened(tree)
    foreign = tree.financing not in ("ressources-propres", "don")
    for digit, title in sections().items():
        lines = []
        for each in accounts:
            if each.number[0] == digit:
                money = f"{org.currency}-CVN" if each.number.startswith(IN_KIND) else org.currency
                if foreign and each.number.startswith(CALLED_FUNDS):
                    money = ",".join(dict.fromkeys((money, "EUR", tree.called)))
                lines.append(f"{org.start} open {name(tree, each).ljust(52)} {money}\n")
        if lines:
            parts.append(f"; {title}\n{''.join(lines)}")
    return "\n".join(parts)


def _month(tree: NewTree, month: Period) -> str:
    return (
        f"; {tree.code} : {month.label}. Les écritures du mois et ses directives, dans l'ordre des pièces.\n{_HEADER}"
    )


def _opening(org: NewOrganisation, tree: NewTree) -> str:
    """The balances brought forward, as one entry."""
    assert org.opening_file is not None
    day = org.opening_day
    said = "Reprise de la balance au" if org.balance_day else "Report à nouveau au"
    lines = [
        f"{day} * {quoted(org.acronym)} {quoted(f'{said} {day:%d/%m/%Y}')}",
        f'  piece: "OD-{tree.code}-{day.year}-0001"',
        f'  ecriture: "{"reprise" if org.balance_day else "a-nouveau"}"',
        f"  document: {quoted(opening_document(org, tree))}",
    ]
    for each, units in tree.opening:
        lines.append(f"  {name(tree, each).ljust(_WIDTH - len(str(units)) - 1)} {units} {org.currency}")
    return "\n".join(lines) + "\n"


def opening_document(org: NewOrganisation, tree: NewTree) -> str:
    """Where the spreadsheet of the opening is kept, relative to ledger/documents/."""
    day = org.opening_day
    return f"{tree.code.lower()}/{Period.month(day).code}/OD-{tree.code}-{day.year}-0001.xlsx"


def _comment(text: str) -> str:
    return " ".join(text.split())
