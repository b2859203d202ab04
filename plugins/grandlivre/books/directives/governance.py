"""Meetings with what they decided, and the steps of programme activities."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Place

_BODIES = ("equipe", "direction", "bureau", "ag")
_STAGES = ("identification", "planification", "execution", "suivi", "evaluation")


class Decision(NamedTuple):
    """What a meeting decided, who does it, by when, and when it was done."""

    text: str
    who: str
    due: dt.date | None
    done: dt.date | None


class Meeting(NamedTuple):
    """A meeting, who came, and what it decided."""

    body: str
    subject: str
    date: dt.date
    programme: str
    women: int
    men: int
    adopted: str
    decisions: tuple[Decision, ...]
    document: str
    place: Place


class ActivityStep(NamedTuple):
    """A step of a programme activity."""

    tree: str
    code: str
    label: str
    date: dt.date
    stage: str
    location: str
    women: int
    men: int
    indicator: str
    value: Decimal | None
    place: Place


def _meeting(source: Source) -> Meeting:
    decisions: list[Decision] = []
    while text := source.text(key := f"decision-{len(decisions) + 1}"):
        who, due, done = source.text(f"{key}-responsable"), source.day(f"{key}-echeance"), source.day(f"{key}-faite")
        decisions.append(Decision(text, who, due, done))
    return Meeting(
        source.choice("rencontre", source.values[0].strip(), _BODIES),
        source.values[1].strip(),
        source.date,
        source.text("programme"),
        source.count("femmes"),
        source.count("hommes"),
        source.text("adopte"),
        tuple(decisions),
        source.text("document"),
        source.place,
    )


def _activity(source: Source) -> ActivityStep:
    value = source.entry.meta.get("valeur")
    return ActivityStep(
        source.values[0].strip(),
        source.values[1].strip(),
        source.values[2].strip(),
        source.date,
        source.choice("etape", source.text("etape"), _STAGES),
        source.text("lieu"),
        source.count("femmes"),
        source.count("hommes"),
        source.text("indicateur"),
        value if isinstance(value, Decimal) else None,
        source.place,
    )


KINDS = (
    Kind("rencontre", '"direction" "Objet de la réunion"', (str, str), _meeting),
    Kind("activite", '"UE-EAU" "A1.2" "Intitulé"', (str, str, str), _activity),
)
