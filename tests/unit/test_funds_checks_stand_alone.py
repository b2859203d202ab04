"""Budgets, funds, statements and closings in anybody's Beancount file: English roots, no configuration, odd values."""

from __future__ import annotations

import pytest
from beancount import loader

from grandlivre.rules import OPTION

_MODULES = (
    "unknown_budget_line",
    "overspent_budget",
    "outside_agreement",
    "split_purchase",
    "unequal_funds",
    "unreconciled_bank",
    "closed_period",
)
_BOOKS = """
2026-01-01 open Assets:Water:52111-Bank
2026-01-01 open Assets:Cash
2026-01-01 open Expenses:Water:6047-Stationery
2026-01-05 * "Shop" "Paper"
  ligne: 3.1
  convention: TRUE
  pointage: 2026-01-05
  marche: 12
  activite: Assets:Cash
  date-valeur: "2026-01-01"
  Expenses:Water:6047-Stationery   40000 XOF
  Assets:Water:52111-Bank
2026-01-06 * "Annulation"
  ecriture: "extourne"
  annule: "BQ-X-2026-0001"
  Expenses:Water:6047-Stationery   -10.5 EUR @@ 7000 XOF
  Assets:Cash
2026-01-07 * "Nothing"
2026-02-01 custom "cloture" "2026-01"
  version: 1
  empreinte: 12
  empreinte-water: TRUE
2026-02-01 custom "releve" Assets:Water:52111-Bank "2026-01" 1 XOF
2026-02-02 custom "releve" Assets:Water:52111-Bank "janvier" 1 XOF
2026-02-03 custom "cloture" "demain"
"""


_EMPTY = '2026-01-04 custom "proforma"\n'
"""A directive without any value: Beancount's own `pad` stops on it after the plugins, which must not."""


@pytest.mark.parametrize("module", _MODULES)
def test_a_rule_alone_never_breaks(module: str) -> None:
    for books in (_BOOKS, _BOOKS + _EMPTY):
        _, errors, options = loader.load_string(f'plugin "grandlivre.checks.{module}"\n{books}')
        ours = [error for error in errors if "beancount.ops.pad" not in error.message]
        assert {type(error).__name__ for error in ours} <= {"RuleError"}
        assert not [finding.message for finding in options[OPTION].findings if "interrompu" in finding.message]


def test_numbers_may_be_given_for_names_that_carry_none() -> None:
    """A bank account named without its number is reconciled all the same."""
    config = "  numeros:\n    Assets:Water:Bank: 52111\n"
    books = """
2026-01-01 open Assets:Water:Bank
2026-01-01 open Equity:Water:Reserves
2026-01-05 * "Receipt"
  pointage: "2026-01"
  Assets:Water:Bank   1000 XOF
  Equity:Water:Reserves
2026-01-31 custom "releve" Assets:Water:Bank "2026-01" 999 XOF
"""
    _, errors, _ = loader.load_string(f'plugin "grandlivre.checks.unreconciled_bank" "\n{config}"\n{books}')
    (error,) = errors
    assert "999 FCFA + 0 FCFA d'encaissements en suspens" in error.message


_UNCUT = """
2026-01-01 open Assets:Bank:Checking
2026-01-01 open Expenses:Programs:Paper
2026-01-01 open Expenses:Office:Rent
2026-01-01 open Assets:WATER:52111-Bank
2026-01-05 * "Shop" "Paper"
  Expenses:Programs:Paper   40000 XOF
  Expenses:Office:Rent      10000 XOF
  Assets:Bank:Checking
"""


@pytest.mark.parametrize(
    "config", ["", "bailleurs: [{code: WATER, nom: Water, comptes: {banque: Assets:WATER:52111-Bank}}]"]
)
def test_books_that_are_not_cut_by_donor_mix_none(config: str) -> None:
    config = f"  numeros: {{Assets:Bank: 521, Expenses:Programs: 6047, Expenses:Office: 6222}}\n  {config}\n"
    _, errors, options = loader.load_string(f'plugin "grandlivre.checks.crossed_donors" "\n{config}"\n{_UNCUT}')
    assert {type(error).__name__ for error in errors} <= {"RuleError"}
    assert options[OPTION].findings == ()
