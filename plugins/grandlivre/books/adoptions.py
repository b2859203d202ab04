"""What meetings adopted, and the words under which a budget is adopted: `UE-2025-118`, `UE-2025-118@2026-07-01`, `FONCT-2026`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from grandlivre.books.directives.governance import Meeting
from grandlivre.books.index import Books
from grandlivre.policy.donors import Agreement

_OWN = "ressources-propres"


def adoptions(books: Books, body: str) -> Mapping[str, Meeting]:
    """The first meeting of a body, up to today, that adopted each thing."""
    found: dict[str, Meeting] = {}
    for meeting in books.directives.meetings:
        if meeting.body == body and meeting.date <= books.today:
            for each in meeting.adopted:
                if each.text not in found or meeting.date < found[each.text].date:
                    found[each.text] = meeting
    return found


def stated(books: Books, agreement: Agreement) -> date | None:
    """The day `adoptee-le` says, for an agreement that ran on the first day of the first fiscal year."""
    years = books.policy.organisation.years
    return agreement.adopted if years and agreement.start <= years[0].start else None


def is_yearly(agreement: Agreement) -> bool:
    """Whether the board adopts its budget anew each year: the organisation's own resources."""
    return agreement.financing == _OWN


def budget_texts(tree: str, agreement: Agreement, year: int) -> tuple[str, ...]:
    """What `adopte` may call the budget of an agreement in a year, the usual word first."""
    return (f"{tree}-{year}", agreement.id) if is_yearly(agreement) else (agreement.id,)


def addendum_text(agreement: Agreement, since: date) -> str:
    """What `adopte` calls an addendum."""
    return f"{agreement.id}@{since.isoformat()}"
