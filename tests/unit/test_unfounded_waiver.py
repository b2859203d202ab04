"""Waivers beside the rules they excuse: used, useless, and of a rule that is off or refuses them."""

from __future__ import annotations

import textwrap

from beancount import loader

from grandlivre.books.index import build
from grandlivre.checks.crossed_donors import CrossedDonors
from grandlivre.checks.unfounded_waiver import UnfoundedWaiver
from grandlivre.policy.loading import Policy
from grandlivre.rules import Outcome, Rule, run

LEDGER = """
    option "inferred_tolerance_default" "XOF:0.5"
    2026-01-01 open Assets:EAU:521-Bank
    2026-01-01 open Assets:EAU:571-Cash
    2026-01-01 open Expenses:EAU:6047-Supplies

    2026-01-05 * "Cash withdrawn at once"
      derogation: "bailleurs-croises"
      motif: "the 585 account was not open yet"
      Assets:EAU:571-Cash   1000 XOF
      Assets:EAU:521-Bank

    2026-01-06 * "Papeterie" "Nothing to excuse"
      derogation: "bailleurs-croises"
      motif: "just in case"
      Expenses:EAU:6047-Supplies   1000 XOF
      Assets:EAU:521-Bank

    2026-01-07 * "Papeterie" "A rule that does not run"
      derogation: "caisse-hors-bornes"
      motif: "just in case"
      Expenses:EAU:6047-Supplies   1000 XOF
      Assets:EAU:521-Bank
"""


def judged(*rules: Rule) -> Outcome:
    """What these rules say of the ledger above."""
    entries, errors, options = loader.load_string(textwrap.dedent(LEDGER))
    assert not errors
    known = frozenset({"bailleurs-croises", "caisse-hors-bornes", "derogation"})
    return run(rules, build(entries, options, Policy()), known)


def test_used_and_useless_waivers() -> None:
    """A waiver that silences a finding is counted; one that silences nothing, or a stopped rule, is a finding."""
    outcome = judged(CrossedDonors.model_validate({}), UnfoundedWaiver.model_validate({}))
    assert [(f.rule, f.date and f.date.day) for f in outcome.waived] == [("bailleurs-croises", 5)]
    useless, off = outcome.findings
    assert "n'a plus d'objet" in useless.message
    assert "est arrêtée" in off.message
    assert (useless.date and useless.date.day, off.date and off.date.day) == (6, 7)


def test_forbidden_waiver_silences_nothing() -> None:
    """Where the organisation forbids waivers of a rule, the finding stays and the waiver is refused."""
    strict = CrossedDonors.model_validate({"derogation": "interdite"})
    outcome = judged(strict, UnfoundedWaiver.model_validate({}))
    assert outcome.waived == ()
    assert [f.rule for f in outcome.findings if f.date and f.date.day == 5] == ["bailleurs-croises", "derogation"]
    assert sum("n'admet aucune dérogation" in f.message for f in outcome.findings) == 2


def test_alone_it_judges_only_the_form() -> None:
    """Without the other rules nobody knows what a waiver silences."""
    assert judged(UnfoundedWaiver.model_validate({})).findings == ()
