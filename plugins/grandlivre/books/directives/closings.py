"""Closed periods and reports sent, with their digests."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import NamedTuple

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Place
from grandlivre.policy.periods import Period

RESERVE_MARK = " · "
"""What parts a reserve: rule, object, reason."""


class Closing(NamedTuple):
    """A closed period and its digests."""

    period: str
    date: dt.date
    version: int
    previous: str
    digest: str
    trees: tuple[tuple[str, str], ...]
    """(tree code in lower case, digest)."""
    place: Place
    rules: str = ""
    """Digest of the rules in force, from version 2 on."""
    reserves: tuple[str, ...] = ()
    """What was open and lawful at the closing: « règle · objet · motif »."""
    series: tuple[tuple[str, int], ...] = ()
    """The last number of each series of vouchers, from version 2 on."""
    visas: str = ""
    """Digest of the list of visas that it keeps; "" without any."""
    rules_visa: str = ""
    """The version of the rules that guardians had signed: « 0003 sha256:… »; "" without any."""
    extract: str = ""
    """In the extract of a project, its code: of the others only their digests are there."""
    manifest: str = ""
    """In an extract, the digest of the whole manifest."""


class Transmission(NamedTuple):
    """A report sent to a donor."""

    model: str
    tree: str
    period: str
    date: dt.date
    digest: str
    document: str
    place: Place
    closing: str = ""
    """Root of the last closing when it was sent."""
    series: tuple[tuple[str, int], ...] = ()
    """The last number of each series of vouchers at the end of its period."""
    rules_visa: str = ""
    """The version of the rules that guardians had signed when it was sent."""


class Revision(NamedTuple):
    """The decision to change a rule that was in force in a closed period."""

    file: str
    """`rules/controles.yaml`."""
    key: str
    """A value's path, or the beginning of several: `trois-proformas.seuil`."""
    date: dt.date
    reason: str
    decided: dt.date | None
    """The day of the meeting that decided."""
    place: Place


def _closing(source: Source) -> Closing:
    code = source.values[0].strip()
    if Period.parse(code) is None:
        source.say(f"La période « {code} » ne se lit pas : écrivez 2026-T1 ou 2026-03.")
    trees = tuple(
        sorted(
            (key.removeprefix("empreinte-"), str(value))
            for key, value in source.entry.meta.items()
            if key.startswith("empreinte-")
        )
    )
    version = source.count("version") or 1
    reserves = tuple(
        _reserve(source, str(value).strip())
        for key, value in sorted(source.entry.meta.items())
        if key.startswith("reserve-") and str(value).strip()
    )
    return Closing(
        code,
        source.date,
        version,
        source.text("precedente"),
        source.text("empreinte"),
        trees,
        source.place,
        source.text("regles"),
        reserves,
        _series(source),
        source.text("visas"),
        source.text("visa-regles"),
        source.text("extrait"),
        source.text("manifeste"),
    )


def _reserve(source: Source, text: str) -> str:
    if len(text.split(RESERVE_MARK, 2)) != 3:
        source.say(f"La réserve « {text} » ne se lit pas : écrivez « règle · objet · motif ».")
    return unicodedata.normalize("NFC", text)


def _series(source: Source) -> tuple[tuple[str, int], ...]:
    found = []
    for word in source.text("dernieres-pieces").split():
        series, mark, number = word.rpartition("=")
        if not mark or not number.isdecimal():
            source.say(f"« {word} » ne se lit pas dans dernieres-pieces: : écrivez BQ-UE-EAU-2026=124.")
        else:
            found.append((series, int(number)))
    return tuple(found)


def _transmission(source: Source) -> Transmission:
    model, tree, period = (value.strip() for value in source.values)
    return Transmission(
        model,
        tree,
        period,
        source.date,
        source.text("empreinte"),
        source.text("document"),
        source.place,
        source.text("racine-cloture"),
        _series(source),
        source.text("visa-regles"),
    )


def _revision(source: Source) -> Revision:
    file, key = (value.strip() for value in source.values)
    return Revision(file, key, source.date, source.text("motif"), source.day("decide-le"), source.place)


KINDS = (
    Kind("cloture", '"2026-T1"', (str,), _closing),
    Kind("transmission", '"rapport-financier" "UE-EAU" "2026-T1"', (str, str, str), _transmission),
    Kind("revision", '"rules/controles.yaml" "trois-proformas.seuil"', (str, str), _revision),
)
