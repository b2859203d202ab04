"""What meetings, activities, community bodies and dues cite, and what of it nothing declares."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from grandlivre.books.directives.governance import Adoption
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.policy.sycebnl import DUES, GIFTS_REGISTERED

_MEMBER, _GIVER = "un membre de membres.yaml", "un donateur de donateurs.yaml"


class Unknown(NamedTuple):
    """A word that names nothing declared: where it stands, under which key, what it should be, and the known ones."""

    place: Place
    key: str
    word: str
    wanted: str
    """In French: « une personne de mandats.yaml »."""
    known: Collection[str]


def unknown_words(books: Books) -> Iterator[Unknown]:
    """Every word of the follow-up's directives that names nothing declared; silent about what has no register at all."""
    yield from _people(books)
    yield from _adoptions(books)
    yield from _activities(books)
    yield from _agencies(books)
    yield from _named(books, "membre", _MEMBER, {each.id for each in books.policy.members.members}, DUES)
    yield from _named(books, "donateur", _GIVER, {each.id for each in books.policy.givers.givers}, GIFTS_REGISTERED)


def _people(books: Books) -> Iterator[Unknown]:
    people = books.policy.people
    if not people:
        return
    for meeting in books.directives.meetings:
        cited = [("presents", who) for who in meeting.present] + [("mandate", who) for who in meeting.mandated]
        cited += [(f"decision-{n}-responsable", each.who) for n, each in enumerate(meeting.decisions, 1) if each.who]
        for key, who in cited:
            if who not in people:
                yield Unknown(meeting.place, key, who, "une personne de mandats.yaml", people)


def _adoptions(books: Books) -> Iterator[Unknown]:
    if not books.policy.donors:
        return
    known = _adoptable(books)
    for meeting in books.directives.meetings:
        for each in meeting.adopted:
            if not _is_known(each, known, books):
                wanted = "une convention, un avenant (convention@date), un budget propre (CODE-ANNÉE), programme-ANNÉE ou comptes-ANNÉE"
                yield Unknown(meeting.place, "adopte", each.text, wanted, known)


def _adoptable(books: Books) -> list[str]:
    agreements = [each for donor in books.policy.donors.values() for each in donor.agreements]
    addenda = [f"{each.id}@{addendum.since.isoformat()}" for each in agreements for addendum in each.addenda]
    years = {day.year for day in (books.start, books.today)}
    own = [f"{code}-{year}" for code in books.policy.donors for year in sorted(years)]
    return [each.id for each in agreements] + addenda + own


def _is_known(adoption: Adoption, known: list[str], books: Books) -> bool:
    own = adoption.own_budget
    return adoption.yearly is not None or adoption.text in known or (own is not None and own[0] in books.policy.donors)


def _activities(books: Books) -> Iterator[Unknown]:
    """Codes and indicators, for trees whose programme is described."""
    described: dict[str, dict[str, set[str]]] = {}
    for programme in books.policy.programmes:
        own = described.setdefault(programme.donor, {})
        for activity in programme.activities:
            own.setdefault(activity.code, set()).update(each.label for each in activity.indicators)
    for step in books.directives.activities:
        activities = described.get(step.tree)
        if not activities:
            continue
        if step.code not in activities:
            yield Unknown(step.place, "activite", step.code, f"une activité du programme {step.tree}", activities)
            continue
        labels = activities[step.code]
        for measure in step.measures:
            if labels and measure.indicator not in labels:
                wanted = f"un indicateur de l'activité {step.code}"
                yield Unknown(step.place, "indicateur", measure.indicator, wanted, labels)


def _agencies(books: Books) -> Iterator[Unknown]:
    """Agreements and activities that the form of an agency names."""
    trees = {each.id: code for code, donor in books.policy.donors.items() for each in donor.agreements}
    for said in books.directives.agencies:
        if said.agreement not in trees:
            if trees:
                yield Unknown(said.place, "face", said.agreement, "une convention de rules/bailleurs/", trees)
            continue
        codes = [
            each.code
            for own in books.policy.programmes
            if own.donor == trees[said.agreement]
            for each in own.activities
        ]
        if codes and said.activity not in codes:
            yield Unknown(
                said.place, "face", said.activity, f"une activité du programme {trees[said.agreement]}", codes
            )


def _named(books: Books, key: str, wanted: str, known: set[str], accounts: tuple[str, ...]) -> Iterator[Unknown]:
    """What entries, and their movements on some accounts, cite of a register that is kept."""
    if not known:
        return
    for entry in books.carrying(key):
        who = entry.meta.get(key)
        if isinstance(who, str) and who and who not in known:
            yield Unknown(entry.place, key, who, wanted, known)
    for entry in books.touching(*accounts):
        for movement in entry.movements:
            who = movement.meta.get(key)
            if isinstance(who, str) and who and who not in known:
                yield Unknown(Place(entry.file, movement.line), key, who, wanted, known)
