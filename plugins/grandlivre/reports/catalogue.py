"""Which reports exist and which are due: a module of this package with a `MODEL` is a report.

A report module says:

    MODEL = "journal-banque"                 # what is typed
    TITLE = "Journal de banque"
    AUDIENCE = "interne"                     # interne | direction | bailleur
    SCOPE = "account"                        # tree (default) | account | piece | all
    PREFIXES = ("52",)                       # for `account`: the numbers it is made for
    def report(context): ...                 # a Report, or several
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

import grandlivre.reports as package
from grandlivre.policy.donors import ReportDue
from grandlivre.policy.loading import Policy
from grandlivre.policy.periods import Period
from grandlivre.reports.context import Context
from grandlivre.reports.table import Report

ScopeKind = Literal["tree", "account", "piece", "all"]
Maker = Callable[[Context], Report | tuple[Report, ...]]

INTERNAL = (
    "livre-journal",
    "journal-banque",
    "brouillard-caisse",
    "grand-livre",
    "balance",
    "rapprochement",
    "pv-caisse",
    "suivi-budgetaire",
    "comparatif",
    "avances",
    "engagements",
    "derogations",
)
"""What every tree prints each period, owed to a donor or not."""
WHOLE = ("balance", "plan-tresorerie", "calendrier")
"""What is printed once for the whole organisation."""
AHEAD = ("plan-tresorerie", "calendrier")
"""What looks forward: made for periods that have not begun too."""
_MONTHS = {"mois": 1, "trimestre": 3, "semestre": 6, "annee": 12}


@dataclass(frozen=True, slots=True)
class Model:
    """A report that can be asked for."""

    name: str
    title: str
    audience: str
    scope: ScopeKind
    prefixes: tuple[str, ...]
    """Numbers of the accounts it is made for, when its scope is an account."""
    make: Maker

    def reports(self, context: Context) -> tuple[Report, ...]:
        """The report, or its several sheets; raises `ReportProblem` when it cannot be made as asked."""
        made = self.make(context)
        return made if isinstance(made, tuple) else (made,)


class Due(NamedTuple):
    """A report to make."""

    tree: str
    """Empty for the whole organisation."""
    model: str
    """The name of the model, which may not exist."""
    period: Period
    deadline: date | None = None
    """The day it is owed to the donor; None inside the house."""


@cache
def models() -> Mapping[str, Model]:
    """Every report by its name, in alphabetical order."""
    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        name = getattr(module, "MODEL", None)
        if name:
            found[name] = Model(
                name,
                getattr(module, "TITLE", "") or name,
                getattr(module, "AUDIENCE", "interne"),
                cast(ScopeKind, getattr(module, "SCOPE", "tree")),
                getattr(module, "PREFIXES", ()),
                module.report,
            )
    return MappingProxyType(dict(sorted(found.items())))


def due(policy: Policy, period: Period) -> tuple[Due, ...]:
    """What is due for a period: what each donor is owed, then what the house prints for itself, tree by tree.

    A report owed more often than the period is long is made once, for the whole period; one owed more seldom is made
    for its own period when that ends with this one.
    """
    found: list[Due] = []
    for tree, donor in sorted(policy.donors.items()):
        named: dict[str, Due] = {}
        for agreement in donor.agreements:
            for asked in agreement.reports:
                own = _owed(asked, period)
                if own is not None and agreement.start <= own.end and agreement.final_day >= own.start:
                    deadline = asked.delay.after(own.end, frozenset(policy.organisation.holidays))
                    named.setdefault(asked.model, Due(tree, asked.model, own, deadline))
        found += named.values()
        found += (Due(tree, name, period) for name in INTERNAL if name in models() and name not in named)
    found += (Due("", name, period) for name in WHOLE if name in models())
    return tuple(found)


def _owed(asked: ReportDue, period: Period) -> Period | None:
    """The period of a report owed, that ends with `period`; None when it is not due."""
    for own in _longer(period):
        if len(list(own.months())) >= _MONTHS[asked.every]:
            return own if own.end == period.end else None
    return None


def _longer(period: Period) -> Iterator[Period]:
    """The period, then the longer ones that hold its last day."""
    day = period.end
    half, year = Period.parse(f"{day.year:04d}-S{(day.month + 5) // 6}"), Period.parse(f"{day.year:04d}")
    assert half is not None
    assert year is not None
    months = len(list(period.months()))
    yield period
    yield from (each for each in (Period.quarter(day), half, year) if len(list(each.months())) > months)
