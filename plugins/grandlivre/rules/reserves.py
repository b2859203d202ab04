"""What a closing declared open: it silences one rule on one object, before and after the closing, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.directives.closings import RESERVE_MARK, Closing
from grandlivre.books.index import Books
from grandlivre.policy.periods import Period
from grandlivre.policy.values import Duration
from grandlivre.rules.finding import Finding
from grandlivre.rules.rule import Rule

RESERVABLE = frozenset(
    {
        "avance-en-retard",
        "pv-de-caisse",
        "rapprochement-bancaire",
        "virement-en-transit",
        "decision-en-retard",
        "rapport-en-retard",
        "tiers-a-solder",
        "releve-fichier",
        "caisse-hors-bornes",
    }
)
"""What may lawfully be open when a period is closed; of a till, a floor alone."""
_DAY_OR_MONTH = re.compile(r"\d{4}-\d{2}(-\d{2})?")


class Reserve(NamedTuple):
    """One thing declared open: the rule, the object (a voucher, an advance, « compte date » or « compte mois »), why."""

    rule: str
    object: str
    reason: str

    @property
    def text(self) -> str:
        """As a closing writes it."""
        return RESERVE_MARK.join(self)

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is of that rule on that object."""
        return finding.rule == self.rule and is_reservable(finding) and self.object in objects(finding)


def late_days(rule: Rule, period: Period, books: Books) -> tuple[date, ...]:
    """The days on which a closing judges a rule of monthly papers besides the period's end: once their delay has elapsed."""
    delay = getattr(rule, "delay", None)
    if not isinstance(delay, Duration):
        return ()
    return (delay.after(period.end, books.policy.holidays) + timedelta(days=1),)


def read_reserve(text: str) -> Reserve | None:
    """The reserve that a text says, None when it does not read or names a rule that nothing can be reserved of."""
    parts = [part.strip() for part in text.split(RESERVE_MARK.strip(), 2)]
    if len(parts) != 3 or not all(parts) or parts[0] not in RESERVABLE:
        return None
    return Reserve(*parts)


def reserves(closings: Iterable[Closing]) -> tuple[Reserve, ...]:
    """What the closings of the books declared open."""
    return tuple(
        found for closing in closings for text in closing.reserves if (found := read_reserve(text)) is not None
    )


def is_reservable(finding: Finding) -> bool:
    """Whether such a finding may be declared open at a closing."""
    return finding.rule in RESERVABLE and (finding.rule != "caisse-hors-bornes" or "floor" in finding.facts)


def objects(finding: Finding) -> tuple[str, ...]:
    """What a reserve may name the finding by, the most telling first."""
    facts = finding.facts
    named = [str(facts[key]) for key in ("advance", "object", "object_alone") if facts.get(key)]
    account = str(facts.get("account") or "")
    told = (value for key, value in facts.items() if key != "back")  # the day that ends one may begin another
    days = [value for value in told if isinstance(value, str) and _DAY_OR_MONTH.fullmatch(value)]
    named += [f"{account} {day}" for day in days if account]
    return tuple(dict.fromkeys((*named, *([finding.piece] if finding.piece else []))))
