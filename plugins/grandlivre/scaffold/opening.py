"""An opening balance from a spreadsheet: accounts and balances of each tree, checked before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from grandlivre.i18n import Money
from grandlivre.policy.chart import Chart
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.reading import validate
from grandlivre.policy.sycebnl import BANK, IN_KIND, MOBILE, MONEY, RESULT, TILL
from grandlivre.policy.values import exponent
from grandlivre.scaffold.accounts import opened, root_of, slug
from grandlivre.scaffold.balance_sheet import SHEET, BalanceRow, read_balance
from grandlivre.scaffold.organisation import NewAccount, NewOrganisation, NewTree
from grandlivre.scaffold.shipped import shipped
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import load


def with_opening(org: NewOrganisation, path: Path) -> tuple[NewOrganisation, tuple[Problem, ...]]:
    """The organisation with the accounts and balances of the spreadsheet, and what is wrong in it, by row."""
    rows, problems, aside = read_balance(path, exponent(org.currency))
    if problems and not rows:
        return org, tuple(problems)
    chart = _chart()
    by_tree: dict[str, list[BalanceRow]] = {}
    codes = {tree.code for tree in org.trees}
    rows = [row._replace(number=_without_filling(row.number, chart)) for row in rows]
    for row in rows:
        code = row.tree or OWN_TREE
        problems += _mistakes(row, code, codes, chart, mid_year=org.balance_day is not None)
        by_tree.setdefault(code, []).append(row)
    if not rows:
        problems.append(Problem(SHEET, 0, "Le tableau n'a aucune ligne de compte sous ses titres."))
    for code, own in by_tree.items():
        problems += _together(org, code, own, aside)
    if problems:
        return org, tuple(sorted(set(problems)))
    trees = tuple(_filled(tree, by_tree.get(tree.code, [])) for tree in org.trees)
    return replace(org, trees=trees, opening_file=(path.name, path.read_bytes()), rows_aside=aside), ()


def _chart() -> Chart:
    path = shipped("rules") / "plan-comptable.yaml"
    chart = validate(Chart, load(path, []), path, [])
    assert chart is not None, "the chart of the package reads"
    return chart


_FILLED = 8
"""Programs that number every account on so many digits fill them up with zeros."""


def _without_filling(number: str, chart: Chart) -> str:
    """A number filled up with zeros (52100000), as the chart has it (521); any other number as it is."""
    if chart.holds(number) and len(number) < _FILLED:
        return number
    fitting = (number[:size] for size in range(2, len(number)) if not number[size:].strip("0"))
    return next((each for each in fitting if each in chart.accounts), number)


def _mistakes(row: BalanceRow, code: str, codes: set[str], chart: Chart, *, mid_year: bool) -> Iterator[Problem]:
    if code not in codes:
        known = ", ".join(sorted(codes))
        yield Problem(
            SHEET, row.row, f"Le projet « {code} » n'existe pas : projets donnés : {known}. Ajoutez --projet."
        )
    if not chart.holds(row.number):
        yield Problem(
            SHEET,
            row.row,
            f"Le compte {row.number} « {row.label} » n'est pas dans le plan SYCEBNL : donnez-lui le numéro qui convient.",
        )
    elif row.number.startswith(RESULT) and row.balance and not mid_year:
        yield Problem(
            SHEET,
            row.row,
            f"Le compte {row.number} porte un solde de {Money(row.balance)} : une ouverture ne porte que les classes 1 à 5. "
            "Affectez d'abord le résultat au compte 13 ou 12 ; si la balance est arrêtée en cours d'exercice, dites-en le "
            "jour, par exemple --au 2026-06-30.",
        )
    elif row.number.startswith(IN_KIND) and row.balance:
        yield Problem(SHEET, row.row, f"Le compte {row.number} (classe 9) ne se reporte pas : retirez son solde.")


def _together(org: NewOrganisation, code: str, rows: list[BalanceRow], aside: tuple[int, ...]) -> Iterator[Problem]:
    """What rows of one tree say against each other."""
    yield from _twice(rows)
    yield from _groupings(rows)
    banks = [row for row in rows if row.number.startswith(BANK)]
    if len(banks) > 1 and code != OWN_TREE:
        yield Problem(
            SHEET,
            banks[1].row,
            f"{code} aurait {len(banks)} comptes de banque : un bailleur, une banque. Dites le projet de chaque ligne dans une "
            "colonne « Bailleur ».",
        )
    total = sum(row.balance for row in rows)
    if total:
        places = exponent(org.currency)
        debit = Money(sum(row.balance for row in rows if row.balance > 0), org.currency, places)
        credit = Money(-sum(row.balance for row in rows if row.balance < 0), org.currency, places)
        yield Problem(
            SHEET,
            0,
            f"La balance de {code} n'est pas équilibrée : débits {debit}, crédits {credit}, écart "
            f"{Money(total, org.currency, places)}.{_left(aside)}",
        )


def _twice(rows: list[BalanceRow]) -> Iterator[Problem]:
    """Accounts that stand on several rows."""
    first: dict[str, int] = {}
    for row in rows:
        if row.number in first:
            yield Problem(SHEET, row.row, f"Le compte {row.number} est déjà ligne {first[row.number]} : réunissez-les.")
        first.setdefault(row.number, row.row)


def _groupings(rows: list[BalanceRow]) -> Iterator[Problem]:
    """Rows whose balance is that of the accounts below, counted again."""
    moved = {row.number for row in rows if row.balance}
    for row in rows:
        parts = sorted(number for number in moved if number != row.number and number.startswith(row.number))
        if row.balance and parts:
            said = f"Le compte {row.number} regroupe {', '.join(parts[:3])} : retirez cette ligne de regroupement."
            yield Problem(SHEET, row.row, said)


def _left(aside: tuple[int, ...]) -> str:
    if not aside:
        return ""
    return f" Lignes laissées de côté (classes, totaux, reports) : {', '.join(map(str, aside[:20]))}."


def _filled(tree: NewTree, rows: list[BalanceRow]) -> NewTree:
    if not rows:
        return tree
    usual: Mapping[str, NewAccount] = {each.number: each for each in opened(tree)}
    accounts = {row.row: _account(row, usual) for row in rows}
    cashier = tree.tills[0][1] if tree.tills else ""

    def of(kind: tuple[str, ...]) -> tuple[NewAccount, ...]:
        return tuple(accounts[row.row] for row in rows if row.number.startswith(kind))

    rest = tuple(accounts[row.row] for row in rows if not row.number.startswith(MONEY))
    return replace(
        tree,
        banks=of(BANK) or tree.banks,
        mobile=of(MOBILE) or tree.mobile,
        tills=tuple((till, cashier) for till in of(TILL)) or tree.tills,
        accounts=rest,
        opening=tuple((accounts[row.row], row.balance) for row in sorted(rows, key=lambda r: r.number) if row.balance),
    )


def _account(row: BalanceRow, usual: Mapping[str, NewAccount]) -> NewAccount:
    """The usual account of that number, else one named by its label."""
    if row.number in usual:
        return usual[row.number]
    return NewAccount(row.number, slug(row.label), root_of(row.number, row.balance))
