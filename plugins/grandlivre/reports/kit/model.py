"""What a report says of itself: its name, for whom it is, what it is made for and when the house prints it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who reads it, which decides its signature boxes and its paper."""

    INTERNAL = "interne"
    MANAGEMENT = "direction"
    DONOR = "bailleur"


class MadeFor(StrEnum):
    """What one report is made for."""

    TREE = "tree"
    ACCOUNT = "account"
    VOUCHER = "piece"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportModel:
    """A report that can be asked for."""

    name: str
    """What is typed: `journal-banque`."""
    title: str
    audience: Audience
    scope: MadeFor = MadeFor.TREE
    prefixes: tuple[str, ...] = ()
    """Numbers of the accounts it is made for, when its scope is an account."""
    routine: int = 0
    """Its place among what every tree prints each period, owed to a donor or not; 0: only when asked for or owed."""
    whole: int = 0
    """Its place among what is printed once for the whole organisation; 0: it is not."""
    financing: tuple[str, ...] = ()
    """Of a report made for all at once: the models of financing of the trees that have one of their own too."""
    ahead: bool = False
    """Whether it looks forward: made for periods that have not begun too."""


INDEX = ReportModel(name="index", title="Rapports de la période", audience=Audience.INTERNAL)
"""The page that leads to the reports of a period; no module makes it."""
