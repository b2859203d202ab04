"""The rule `regle-retroactive`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from grandlivre.books.digest import rules_name, sealed_rules
from grandlivre.books.directives.closings import Closing, Revision
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.keys import FILE as KEYS
from grandlivre.policy.model import Field
from grandlivre.policy.periods import Period
from grandlivre.policy.written import Written, one_spaced, rule_files, written_files, written_now
from grandlivre.rules import Family, Finding, Rule, plugin

_WHOLE = frozenset({"controles.yaml", "plan-comptable.yaml", "organisation.yaml"})
"""Files where a value that comes, without a date, applies to the past as well."""
_ENDS = frozenset({"au", "jusqu-au", "revoquee-le"})
"""Keys that say until when something applies."""
_DECIDERS = frozenset({"bureau", "ag"})


class RetroactiveRule(Rule):
    """Règle en vigueur dans une période close et changée après la clôture.

    Chaque clôture garde les règles alors écrites (documents/REGLES-PERIODE.tsv : seuils, mandats, bornes de caisse,
    budgets). Une valeur qui a changé, disparu, ou qui arrive avec une date d'effet passée, réécrit le passé : des
    paiements refusés alors passeraient aujourd'hui. Restent libres : une valeur qui commence plus tard, une fin plus
    tardive que la période (`au`, `jusqu-au`, `revoquee-le`), ce qui ne règle rien (libellés, noms, adresses), et les gardiens
    des règles (cles.yaml, `politique`), dont la chaîne des versions répond (regles-visees).

    Un changement décidé s'inscrit dans les livres, après la clôture, et nomme le fichier et la clé :

      2026-11-10 custom "revision" "rules/controles.yaml" "trois-proformas.seuil"
        motif: "Seuil porté à 75 000 FCFA par l'assemblée générale"
        decide-le: 2026-11-08

    `decide-le` est le jour d'une réunion du bureau ou de l'assemblée générale (directive `rencontre`).

    Source : manuel de procédures, « qui décide quoi » ; AUDCIF art. 22 (aucune modification après coup).

    Exemple : seuil des trois proformas de 51 000 porté à 500 000 FCFA depuis 2008, trois trimestres étant clos.
    """

    id = "regle-retroactive"
    family = Family.FILES
    whole = True

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : une révision décidée est la seule voie."""

    changed = Message(
        "{key} valait « {then} » à la clôture {period} et vaut « {now} » : une règle en vigueur dans une période close ne "
        "change plus. Rétablissez « {then} » et donnez à la nouvelle valeur une date d'effet après le {end}, ou inscrivez "
        'la décision du bureau : custom "revision" "{file}" "{key}".'
    )
    gone = Message(
        "{key} valait « {then} » à la clôture {period} et n'est plus écrit : une règle en vigueur dans une période close "
        'reste écrite. Remettez-la, ou inscrivez la décision du bureau : custom "revision" "{file}" "{key}".'
    )
    came = Message(
        "{key} vaut « {now} » et n'était pas écrit à la clôture {period}, alors que cette valeur s'applique à cette période. "
        "Donnez-lui une date d'effet après le {end}, ou inscrivez la décision du bureau : "
        'custom "revision" "{file}" "{key}".'
    )
    unexplained = Message(
        "La révision de {key} ne dit pas {missing} : ajoutez {missing}, elle ne vaut rien sans cela.",
    )
    undecided = Message(
        "La révision de {key} se dit décidée le {day}, où aucune réunion du bureau ou de l'assemblée générale n'est inscrite. "
        "Inscrivez la rencontre avec son procès-verbal, ou corrigez decide-le."
    )

    def guard(self, books: Books) -> Guard:
        """Nothing: the rules, the closings and the meetings alone are judged."""
        return on()

    def check(self, books: Books) -> Iterator[Finding]:
        """Each value once, against the last closing that it contradicts."""
        yield from self._revisions(books)
        root = books.policy.root
        if root is None or not books.closings:
            return
        sealed = [path for closing in books.closings if (path := _kept(books, closing)).is_file()]
        facts = [[closing.period, closing.date.isoformat(), bool(closing.rules)] for closing in books.closings]
        founded = [
            [each.file, each.key, each.date.isoformat(), _founded(each, books)] for each in books.directives.revisions
        ]
        yield from books.unless_known(
            [*rule_files(root), *sealed], [self.id, facts, founded], partial(self._contradictions, books, root)
        )

    def _contradictions(self, books: Books, root: Path) -> Iterable[Finding]:
        files = written_files(root)
        said: dict[tuple[str, str], Finding] = {}
        for closing in books.closings:
            period = Period.parse(closing.period)
            sealed = sealed_rules(books, closing)
            if period is None or not sealed:
                continue
            revised = [
                each for each in books.directives.revisions if each.date >= closing.date and _founded(each, books)
            ]
            for change in _changes(sealed, written_now(files, period.end), period.end):
                if not any(_covers(each, change) for each in revised):
                    said[change.file, change.key] = self._finding(change, closing, period, root)
        return said.values()

    def _finding(self, change: _Change, closing: Closing, period: Period, root: Path) -> Finding:
        path = root.parent / change.file
        at = Place(str(change.at.path), change.at.line) if change.at else Place(str(path), 1)
        if not change.at and not path.exists():
            at = closing.place
        message = self.changed if change.at and change.then is not None else self.came if change.at else self.gone
        return self.finding(
            message,
            at,
            key=change.key,
            file=change.file,
            period=closing.period,
            end=period.end,
            then=change.then or "",
            now=change.at.value if change.at else "",
        )

    def _revisions(self, books: Books) -> Iterator[Finding]:
        for revision in books.directives.revisions:
            missing = [word for word, said in (("motif", revision.reason), ("decide-le", revision.decided)) if not said]
            if missing:
                yield self.finding(self.unexplained, revision.place, key=revision.key, missing=missing)
            elif not _founded(revision, books):
                yield self.finding(self.undecided, revision.place, key=revision.key, day=revision.decided)


class _Change(NamedTuple):
    """A value that is not what a closing sealed; `then` is None where it came, `at` where it went."""

    file: str
    key: str
    then: str | None
    at: Written | None


def _kept(books: Books, closing: Closing) -> Path:
    """Where a closing keeps the rules as they were written."""
    return books.folder / "documents" / rules_name(closing.period)


def _changes(
    sealed: Mapping[tuple[str, str], str], now: Mapping[tuple[str, str], Written], end: date
) -> Iterator[_Change]:
    for file, key in sorted(sealed.keys() | now.keys()):
        then, at = sealed.get((file, key)), now.get((file, key))
        if at is not None and then == one_spaced(at.value):
            continue
        came_free = then is None and at is not None and not at.dated and file.partition("/")[2] not in _WHOLE
        if not came_free and not _later(key, then, at, end) and not _is_proved(file, key, then):
            yield _Change(file, key, then, at)


def _later(key: str, then: str | None, at: Written | None, end: date) -> bool:
    """Whether a change touches only what comes after the period: an end that was and stays later, a later period."""
    parts = key.split(".")
    if any((period := Period.parse(part)) is not None and period.start > end for part in parts):
        return True
    return parts[-1] in _ENDS and all(_after(said, end) for said in (then, at.value if at else None))


def _is_proved(file: str, key: str, then: str | None) -> bool:
    """What visas judge: who guards the rules (`regles-visees`), and a key that is revoked from the day it was lost on (`visa`)."""
    if not file.endswith(f"/{KEYS}"):
        return False
    return key.startswith("politique.") or (then is None and key.rpartition(".")[2] in ("revoquee-le", "motif"))


def _after(said: str | None, end: date) -> bool:
    """Whether an end that is written, or none, is later than a day."""
    try:
        return said is None or date.fromisoformat(said) > end
    except ValueError:
        return False


def _covers(revision: Revision, change: _Change) -> bool:
    return revision.file == change.file and f"{change.key}.".startswith(f"{revision.key}.")


def _founded(revision: Revision, books: Books) -> bool:
    """Whether a meeting of the board or the assembly decided it, and says why."""
    return bool(revision.reason) and any(
        meeting.body in _DECIDERS and meeting.date == revision.decided for meeting in books.directives.meetings
    )


__plugins__ = (plugin(RetroactiveRule),)
