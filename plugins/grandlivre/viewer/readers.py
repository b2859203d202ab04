"""Who asks: the person behind the current request, and the role that person has in the served books."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from flask import g


class Role(Enum):
    """What a person is to the organisation, as an account of the served books says it."""

    LOCAL = "local"
    """The accountant on their own machine, without an account."""
    DIRECTION = "direction"
    BOARD = "bureau"
    ACCOUNTANT = "comptable"
    AUDITOR = "auditeur"
    DONOR = "bailleur"


@dataclass(frozen=True)
class Reader:
    """Who asks."""

    name: str
    """The account's name; "" on the accountant's own machine."""
    role: Role
    person: str = ""
    """Their identifier in `mandats.yaml`; "" when the account names nobody."""
    tree: str = ""
    """The tree of a donor's reader; "" for every other role."""
    token: str = field(default="", repr=False)
    """What each form, and each request that writes, must carry; "" without an account."""


LOCAL = Reader("", Role.LOCAL)


def reader() -> Reader:
    """Who makes the current request; the accountant themselves where no account is asked for."""
    found = getattr(g, "grandlivre_reader", None)  # Fava's own `g` has no `get`
    return found if isinstance(found, Reader) else LOCAL


def recognise(found: Reader) -> None:
    """Says, once the session is read, who makes the current request."""
    g.grandlivre_reader = found
