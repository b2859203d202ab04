"""What makes a waiver void."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from grandlivre.books.index import Books
from grandlivre.books.people import receives
from grandlivre.books.records import Waiver
from grandlivre.rules.rule import READERS, Rule


class WaiverFault(StrEnum):
    """Why a waiver silences nothing."""

    NO_RULE = "sans-regle"
    UNKNOWN_RULE = "regle-inconnue"
    NO_REASON = "sans-motif"
    FORBIDDEN = "interdite"
    NO_AUTHOR = "sans-auteur"
    POWERLESS = "sans-pouvoir"
    PAYEE = "beneficiaire"


def waiver_fault(waiver: Waiver, books: Books, rules: Mapping[str, Rule], known: frozenset[str]) -> WaiverFault | None:
    """What makes a waiver void, or None. Its author is asked for where somebody holds the power `autorisation`."""
    policy, entry = books.policy, waiver.entry
    if not waiver.rule:
        return WaiverFault.NO_RULE
    if waiver.rule in READERS:
        return WaiverFault.FORBIDDEN
    if waiver.rule not in known:
        return WaiverFault.UNKNOWN_RULE
    rule = rules.get(waiver.rule)
    if rule is not None and rule.waiver == "interdite":
        return WaiverFault.FORBIDDEN
    if not waiver.reason:
        return WaiverFault.NO_REASON
    if not any(mandate.power == "autorisation" for mandate in policy.mandates):
        return None
    if not waiver.by:
        return WaiverFault.NO_AUTHOR
    if not policy.holds_power(waiver.by, "autorisation", entry.value_date):
        return WaiverFault.POWERLESS
    if receives(policy, entry, waiver.by):
        return WaiverFault.PAYEE
    return None
