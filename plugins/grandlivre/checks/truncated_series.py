"""The rule `serie-tronquee`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from grandlivre.books.digest import last_numbers
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.i18n import Message
from grandlivre.rules import ClosingPoint, Family, Finding, Rule, plugin


class TruncatedSeries(Rule):
    """Signale une série de pièces dont les derniers numéros, connus d'une clôture ou d'un rapport envoyé, ont disparu.

    Un trou au milieu d'une série se voit (numerotation-pieces) ; les dernières pièces retirées ne laissent aucun trou.
    Chaque clôture et chaque envoi de rapport gardent le dernier numéro de chaque série (`dernieres-pieces`) : la série
    ne peut finir plus tôt qu'ils ne l'ont dit. Une pièce passée ne se retire pas, elle s'extourne.

    Le constat est sur la clôture ou l'envoi le plus récent qui connaissait la pièce.

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
        known: dict[str, tuple[int, date, Place, str]] = {}
        for closing in books.closings:
            told = f"clôture {closing.period}"
            for series, number in closing.series:
                known[series] = max(known.get(series, (0,)), (number, closing.date, closing.place, told))  # type: ignore[type-var]
        for sent in books.directives.transmissions:
            told = f"rapport {sent.model} {sent.period} envoyé"
            for series, number in sent.series:
                known[series] = max(known.get(series, (0,)), (number, sent.date, sent.place, told))  # type: ignore[type-var]
        now = dict(last_numbers(books, date.max)) if known else {}
        for series, (number, _, place, told) in sorted(known.items()):
            last = now.get(series, 0)
            if last < number:
                message = self.shorter if last else self.gone
                yield self.finding(message, place, series=series, then=str(number), now=str(last), known=told)


__plugins__ = (plugin(TruncatedSeries),)
