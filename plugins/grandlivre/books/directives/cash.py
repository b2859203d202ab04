"""Minutes of cash counts."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from beancount.core import account as account_types
from beancount.core import amount

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Account, Place

FACES = {"billets": (10000, 5000, 2000, 1000, 500), "pieces": (500, 250, 200, 100, 50, 25, 10, 5, 1)}
"""Face values of the notes and coins of the BCEAO; 500 exists as both."""

_OCCASIONS = ("quotidien", "inopine", "mensuel", "cloture", "passation")


class CashCount(NamedTuple):
    """The minutes of a cash count."""

    account: Account
    date: dt.date
    counted: int
    hour: str
    kind: str
    notes: tuple[tuple[int, int], ...]
    """(face value, how many), notes."""
    coins: tuple[tuple[int, int], ...]
    cashier: str
    controller: str
    witness: str
    last_piece: str
    reason: str
    typed: dt.date | None
    """The day it was written into the books, when that was later."""
    place: Place

    @property
    def detailed(self) -> int:
        """The sum of its denominations."""
        return sum(face * many for face, many in (*self.notes, *self.coins))


def _denominations(source: Source, key: str) -> tuple[tuple[int, int], ...]:
    rows: list[tuple[int, int]] = []
    seen: set[int] = set()
    for word in source.text(key).split():
        match = re.fullmatch(r"(\d{1,6})[xX](\d{1,9})", word)
        if match is None:
            source.say(f"« {word} » dans {key} ne se lit pas : écrivez valeur x quantité, par exemple 10000x8.")
            continue
        face, many = int(match[1]), int(match[2])
        if face not in FACES[key]:
            allowed = ", ".join(str(each) for each in FACES[key])
            kind = "billet" if key == "billets" else "pièce"
            source.say(f"Il n'existe pas de {kind} de {face} FCFA ; valeurs permises dans {key} : {allowed}.")
            continue
        if face in seen:
            source.say(f"La valeur {face} est comptée deux fois dans {key}.")
        seen.add(face)
        rows.append((face, many))
    return tuple(sorted(rows, reverse=True))


def _count(source: Source) -> CashCount:
    return CashCount(
        source.account(source.values[0]),
        source.date,
        source.money(source.values[1]),
        source.text("heure"),
        source.choice("type", source.text("type"), _OCCASIONS),
        _denominations(source, "billets"),
        _denominations(source, "pieces"),
        source.text("caissier"),
        source.text("controleur"),
        source.text("temoin"),
        source.text("derniere-piece"),
        source.text("motif"),
        source.day("saisi-le"),
        source.place,
    )


KINDS = (Kind("pv-caisse", "Actif:…:5711-Caisse 87500 XOF", (account_types.TYPE, amount.Amount), _count),)
