"""What a rule and a finding are, how waivers silence, how rules run, and how a rule becomes a Beancount plugin."""

from grandlivre.books.part import Doubt
from grandlivre.rules.collector import collector_off, kept_apart, spare
from grandlivre.rules.finding import Finding, Level, Outcome, RuleError, in_order
from grandlivre.rules.plugin import KEPT, OPTION, TODAY, as_errors, deposit, keep, plugin, watch
from grandlivre.rules.proofs import DECLARED, Proof, Proofs, Signed, State, proofs, unless_proved
from grandlivre.rules.proved import UNPROVED, ProvedRule
from grandlivre.rules.reserves import RESERVABLE, Reserve, is_reservable, late_days, objects, read_reserve, reserves
from grandlivre.rules.rule import LOAD, READERS, TEXT, ClosingPoint, Family, Rule, Voice
from grandlivre.rules.running import compare, configure, run, verified, verify, was_interrupted
from grandlivre.rules.slack import Slack, Weaker, slack_of
from grandlivre.rules.waivers import WaiverFault, waiver_fault

__all__ = [
    "KEPT",
    "LOAD",
    "OPTION",
    "READERS",
    "RESERVABLE",
    "TEXT",
    "TODAY",
    "UNPROVED",
    "ClosingPoint",
    "DECLARED",
    "Doubt",
    "Family",
    "Finding",
    "Level",
    "Outcome",
    "Proof",
    "Proofs",
    "ProvedRule",
    "Reserve",
    "Rule",
    "RuleError",
    "Signed",
    "Slack",
    "State",
    "Voice",
    "WaiverFault",
    "Weaker",
    "as_errors",
    "collector_off",
    "compare",
    "configure",
    "deposit",
    "in_order",
    "is_reservable",
    "keep",
    "kept_apart",
    "late_days",
    "objects",
    "plugin",
    "proofs",
    "read_reserve",
    "reserves",
    "run",
    "slack_of",
    "spare",
    "unless_proved",
    "verified",
    "verify",
    "waiver_fault",
    "was_interrupted",
    "watch",
]
