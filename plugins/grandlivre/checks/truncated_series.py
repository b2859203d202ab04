"""The rule `serie-tronquee`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from grandlivre.books.digest import last_numbers
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.guards.guard import Guard, on
from grandlivre.guards.series import LastNumber, LastNumbers
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.rules import ClosingPoint, Family, Finding, Rule, plugin

Numbers: TypeAlias = tuple[tuple[str, int], ...]


class TruncatedSeries(Rule):
    """Derniers numéros d'une série disparus, alors qu'une clôture ou un rapport envoyé les connaît.

    Un trou au milieu d'une série se voit (numerotation-pieces) ; les dernières pièces retirées ne laissent aucun trou.
    Chaque clôture et chaque envoi de rapport gardent le dernier numéro de chaque série (`dernieres-pieces`) : la série
    ne peut finir plus tôt qu'ils ne l'ont dit. Une pièce passée ne se retire pas, elle s'extourne.

    Le constat est sur la clôture ou l'envoi le plus récent qui connaissait la pièce. Avec `grandlivre check --since
    RÉVISION`, les livres de cette révision font aussi foi ; il est alors sur la pièce disparue, là où elle était.

    Source : AUDCIF art. 22 (numérotation sans trou, aucune suppression) ; manuel de procédures, pièces comptables.

    Exemple : BQ-UE-EAU-2026 finissait au n° 124 à la clôture du 3e trimestre, et finit au n° 121.
    """

    id = "serie-tronquee"
    family = Family.VOUCHERS
    closing_point = ClosingPoint.SERIES

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : le constat n'est sur aucune écriture."""

    shorter = Message(
        "La série {series} finissait au n° {then} ({known}) et finit au n° {now} : des pièces passées ont disparu. "
        "Remettez-les (la version d'avant est dans git) ; une pièce fausse s'extourne, elle ne se retire pas."
    )
    gone = Message(
        "La série {series} finissait au n° {then} ({known}) et n'a plus aucune pièce. Remettez-les (la version d'avant est "
        "dans git) ; une pièce fausse s'extourne, elle ne se retire pas."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each series once, against the highest number that a closing or a sending knew."""
        known = _known(books)
        now = dict(last_numbers(books, date.max)) if known else {}
        extract = books.policy.organisation.extract
        for series, most in sorted(known.items()):
            if extract and not _is_of(series, extract):
                continue  # the others' numbers are known there, not their vouchers
            last = now.get(series, 0)
            if last < most.number:
                message = self.shorter if last else self.gone
                yield self.finding(
                    message, most.place, series=series, then=str(most.number), now=str(last), known=most.told
                )

    def guard(self, books: Books) -> Guard:
        """The voucher that holds each known series up to its number, or what ends it before."""
        return on(LastNumbers(tuple(_ends(books, _known(books)))))

    def compare(self, books: Books, former: Books) -> Iterator[Finding]:
        """Each series that ended further in a former revision, on the voucher that ended it."""
        now = dict(last_numbers(books, date.max))
        for series, then in last_numbers(former, date.max):
            last = now.get(series, 0)
            if last < then:
                piece = f"{series}-{then:04d}"
                ended = next((entry.place for entry in former.entries if entry.piece == piece), Place(former.main, 1))
                message = self.shorter if last else self.gone
                yield self.finding(
                    message, ended, series=series, then=str(then), now=str(last), known="révision comparée"
                )


class _Known(NamedTuple):
    """The last number of a series as somebody knew it: the highest, then the latest."""

    number: int
    day: date
    place: Place
    told: str


def _known(books: Books) -> dict[str, _Known]:
    """By series, its last number as a closing or a sending knew it."""
    known: dict[str, _Known] = {}
    for closing in books.closings:
        _note(known, closing.series, closing.date, closing.place, f"clôture {closing.period}")
    for sent in books.directives.transmissions:
        _note(known, sent.series, sent.date, sent.place, f"rapport {sent.model} {sent.period} envoyé")
    return known


def _ends(books: Books, known: Mapping[str, _Known]) -> Iterator[LastNumber]:
    """How far each known series goes now."""
    for series in books.series if known else ():
        name = f"{series.journal}-{series.tree}-{series.year:04d}"
        if name in known:
            kept = min((number for number in series.numbers if number >= known[name].number), default=0)
            yield LastNumber(name, kept, max(series.numbers, default=0))
    for name in known.keys() - {f"{each.journal}-{each.tree}-{each.year:04d}" for each in books.series}:
        yield LastNumber(name, 0, 0)


def _is_of(series: str, tree: str) -> bool:
    """Whether a series (BQ-UE-EAU-2026) is a tree's."""
    return series.partition("-")[2].rpartition("-")[0] == tree


def _note(known: dict[str, _Known], series: Numbers, day: date, place: Place, told: str) -> None:
    for name, number in series:
        said = _Known(number, day, place, told)
        known[name] = max(known.get(name, said), said)


__plugins__ = (plugin(TruncatedSeries),)
