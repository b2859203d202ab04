"""Meetings with what they decided and adopted, the steps of programme activities, and bodies that beneficiaries elect."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Place

BODIES = ("equipe", "direction", "bureau", "ag")
STAGES = ("identification", "planification", "execution", "suivi", "evaluation")
"""The stages of a project, in their order."""
_YEARLY = re.compile(r"(programme|comptes)-(\d{4})")


class Decision(NamedTuple):
    """What a meeting decided, who does it, by when, and when it was done."""

    text: str
    who: str
    due: dt.date | None
    done: dt.date | None


class Adoption(NamedTuple):
    """Something a meeting adopted, as it is written in `adopte`."""

    text: str

    @property
    def addendum(self) -> tuple[str, str] | None:
        """The agreement and the day of an addendum, `id@date`."""
        agreement, at, day = self.text.partition("@")
        return (agreement, day) if at else None

    @property
    def yearly(self) -> tuple[str, int] | None:
        """`programme` or `comptes` and the year, for what is adopted once a year."""
        match = _YEARLY.fullmatch(self.text)
        return (match[1], int(match[2])) if match else None

    @property
    def own_budget(self) -> tuple[str, int] | None:
        """The tree and the year of a budget of own resources, `CODE-AAAA`."""
        code, dash, year = self.text.rpartition("-")
        return (code, int(year)) if dash and re.fullmatch(r"\d{4}", year) and not self.yearly else None


class Meeting(NamedTuple):
    """A meeting, who came, what it adopted and decided."""

    body: str
    subject: str
    date: dt.date
    programme: str
    women: int
    men: int
    present: tuple[str, ...]
    """Identifiers of those who came."""
    adopted: tuple[Adoption, ...]
    mandated: tuple[str, ...]
    """Persons to whom it gave or renewed mandates."""
    decisions: tuple[Decision, ...]
    document: str
    place: Place


class Measure(NamedTuple):
    """What an activity added to an indicator."""

    indicator: str
    value: Decimal


class ActivityStep(NamedTuple):
    """A step of a programme activity: it belongs to the period of its last day."""

    tree: str
    code: str
    label: str
    start: dt.date
    end: dt.date
    stage: str
    location: str
    women: int
    men: int
    new_women: int
    """Among the women, those never counted before."""
    new_men: int
    measures: tuple[Measure, ...]
    document: str
    place: Place


class CommunityBody(NamedTuple):
    """A body that beneficiaries elected, as it stands from a day on until its next election."""

    tree: str
    id: str
    label: str
    date: dt.date
    women: int
    men: int
    chair: Literal["f", "h", ""]
    document: str
    place: Place


def _meeting(source: Source) -> Meeting:
    return Meeting(
        source.choice("rencontre", source.values[0].strip(), BODIES),
        source.values[1].strip(),
        source.date,
        source.text("programme"),
        source.count("femmes"),
        source.count("hommes"),
        _words(source, "presents"),
        tuple(Adoption(word) for word in _words(source, "adopte")),
        _words(source, "mandate"),
        tuple(_decisions(source)),
        source.text("document"),
        source.place,
    )


def _words(source: Source, key: str) -> tuple[str, ...]:
    """The words of a list written with spaces; a word said twice counts once."""
    return tuple(dict.fromkeys(source.text(key).replace(",", " ").split()))


def _decisions(source: Source) -> Iterator[Decision]:
    ranks = sorted(
        {int(match[1]) for key in source.entry.meta if (match := re.fullmatch(r"decision-(\d+)(?:-.*)?", key))}
    )
    for rank in ranks:
        key = f"decision-{rank}"
        if not (text := source.text(key)):
            source.say(f"« {key} » manque : écrivez ce qui a été décidé, ou retirez ce qui la suit ({key}-…).")
            continue
        yield Decision(
            text, source.text(f"{key}-responsable"), source.day(f"{key}-echeance"), source.day(f"{key}-faite")
        )


def _activity(source: Source) -> ActivityStep:
    women, men = source.count("femmes"), source.count("hommes")
    end = source.day("fin") or source.date
    if end < source.date:
        source.say(
            f"L'activité finit le {end.isoformat()}, avant de commencer le {source.date.isoformat()} : corrigez « fin »."
        )
        end = source.date
    return ActivityStep(
        source.values[0].strip(),
        source.values[1].strip(),
        source.values[2].strip(),
        source.date,
        end,
        source.choice("etape", source.text("etape"), STAGES),
        source.text("lieu"),
        women,
        men,
        _first_time(source, "nouveaux-femmes", "femmes", women),
        _first_time(source, "nouveaux-hommes", "hommes", men),
        tuple(_measures(source)),
        source.text("document"),
        source.place,
    )


def _first_time(source: Source, key: str, among: str, all_of_them: int) -> int:
    """Those never counted before: all of them when nothing is written, never more than came."""
    if key not in source.entry.meta:
        return all_of_them
    new = source.count(key)
    if new > all_of_them:
        source.say(
            f"« {key} » vaut {new} pour {all_of_them} « {among} » : les nouveaux sont parmi les présents. Corrigez l'un des deux."
        )
    return min(new, all_of_them)


def _measures(source: Source) -> Iterator[Measure]:
    ranks = sorted(
        {match[1] or "" for key in source.entry.meta if (match := re.fullmatch(r"(?:indicateur|valeur)(-\d+)?", key))}
    )
    for rank in ranks:
        label, value = source.text(f"indicateur{rank}"), source.entry.meta.get(f"valeur{rank}")
        if not label or value is None:
            present, absent = ("indicateur", "valeur") if label else ("valeur", "indicateur")
            source.say(f"« {present}{rank} » est écrit sans « {absent}{rank} » : l'un ne dit rien sans l'autre.")
        elif not isinstance(value, Decimal):
            source.say(f"« valeur{rank} » doit être un nombre, sans guillemets.")
        elif source.once(f"valeur{rank}", value):
            yield Measure(label, value)


def _community_body(source: Source) -> CommunityBody:
    chair = source.choice("presidence", source.text("presidence"), ("f", "h"))
    return CommunityBody(
        source.values[0].strip(),
        source.values[1].strip(),
        source.values[2].strip(),
        source.date,
        source.count("femmes"),
        source.count("hommes"),
        "f" if chair == "f" else "h" if chair == "h" else "",
        source.text("document"),
        source.place,
    )


KINDS = (
    Kind("rencontre", '"direction" "Objet de la réunion"', (str, str), _meeting),
    Kind("activite", '"UE-EAU" "A1.2" "Intitulé"', (str, str, str), _activity),
    Kind(
        "organe-communautaire",
        '"UE-EAU" "OC-012" "Comité de gestion de l\'eau de Koro"',
        (str, str, str),
        _community_body,
    ),
)
