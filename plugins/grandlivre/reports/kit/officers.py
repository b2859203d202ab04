"""Who signs the organisation's own books: the people in office at the end of the period, by what they do."""

from __future__ import annotations

from datetime import date

from grandlivre.policy.people import Person, normalise
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Signature

ACCOUNTANT = ("Comptable",)
DIRECTOR = ("Directeur", "Directrice")
TREASURER = ("Trésorier", "Trésorière")
PRESIDENT = ("Président", "Présidente")


def name_of(context: Context, person: str) -> str:
    """The name of a declared person, else the text itself."""
    found = context.books.policy.people.get(person)
    return found.name if found is not None else person


def officer(context: Context, titles: tuple[str, ...]) -> Signature:
    """The box of whoever holds one of those titles at the period's end; without a name when nobody does."""
    wanted = tuple(normalise(title) for title in titles)
    present = [p for p in context.books.policy.people.values() if _in_post(p, context.period.end)]
    exact = [p for p in present if normalise(p.role) in wanted]
    close = [p for p in present if normalise(p.role).startswith(wanted)]
    for person in (*exact, *close):
        return Signature(context._(person.role), person.name)
    return Signature(context._(titles[0]))


def signer(context: Context, capacity: str, person: str) -> Signature:
    """The box of a named person who signs in some capacity, with their title under the name."""
    found = context.books.policy.people.get(person)
    role = found.role if found is not None else ""
    return Signature(context._(capacity), name_of(context, person), context._(role) if role else "")


def _in_post(person: Person, day: date) -> bool:
    return not person.posts or any(post.start <= day and (post.end is None or day <= post.end) for post in person.posts)
