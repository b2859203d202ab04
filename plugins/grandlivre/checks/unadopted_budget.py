"""The rule `budget-non-adopte`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from grandlivre.books.adoptions import addendum_text, adoptions, budget_texts, is_yearly, stated
from grandlivre.books.bounds import charging, tied
from grandlivre.books.budget import Charge, charged
from grandlivre.books.guarding import beginning
from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.guards.budgets import EarlySpan, Spending
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.i18n import Message, Money
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import day_before
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, plugin


class _Budget(NamedTuple):
    """A budget that the board adopts before anything is spent on it."""

    agreement: Agreement
    texts: tuple[str, ...]
    """What `adopte` may call it, the usual word first."""
    label: str
    since: date
    """The first day it holds."""
    adopted: date | None


class UnadoptedBudget(Rule):
    """Dépense faite avant que le bureau ait adopté son budget, ou l'assemblée le programme de l'année.

    Une réunion du bureau adopte un budget dans `adopte` : l'identifiant de la convention (`UE-2025-118`), un avenant
    (`UE-2025-118@2026-07-01`), le budget propre d'une année (`FONCT-2026`). La première dépense d'avant ce jour est une
    erreur, une par budget ; le jour même est à temps. `adoptee-le` suffit à une convention qui court au premier jour du
    premier exercice : elle fut adoptée avant ces livres.

    Tant qu'aucune réunion du bureau ni de l'assemblée n'est inscrite, ce n'est qu'une alerte par convention, sur sa ligne.
    Dès qu'une assemblée générale a adopté le programme d'une année (`programme-2026`), celui de chaque année suivante
    s'adopte avant sa première dépense.

    Source : manuel de procédures d'ANI-Mali, budgets prévisionnels adoptés par le bureau, programme par l'assemblée générale.

    Exemple : le bureau adopte UE-2025-118 le 15/01/2026 ; 40 000 FCFA y sont dépensés le 14/01/2026.
    """

    id = "budget-non-adopte"
    family = Family.GOVERNANCE
    whole = True
    closing_point = ClosingPoint.BUDGETS

    never = Message(
        "{label} n'est adopté par aucune réunion inscrite : {amount} y sont dépensés le {day}. Inscrivez la réunion du "
        'bureau qui l\'a adopté (adopte: "{text}") et son procès-verbal, ou soumettez-le au bureau.'
    )
    later = Message(
        "{label} est adopté par le bureau le {adopted} : {amount} y sont dépensés dès le {day}. Payez sur les ressources "
        "propres ce qui précède, ou faites ratifier la dépense et motivez une dérogation."
    )
    no_meeting = Message(
        "Aucune réunion du bureau ni de l'assemblée n'est inscrite : rien ne dit qui a adopté le budget de {agreement}. "
        'Inscrivez la réunion qui l\'a fait (custom "rencontre" "bureau", adopte: "{agreement}").'
    )
    programme_never = Message(
        "Le programme {year} n'est adopté par aucune assemblée générale inscrite, et {amount} sont dépensés le {day} : "
        "inscrivez l'assemblée qui l'a adopté (adopte: \"programme-{year}\"), ou convoquez-la."
    )
    programme_later = Message(
        "Le programme {year} est adopté par l'assemblée générale le {adopted} : {amount} sont dépensés dès le {day}. Faites "
        "ratifier la dépense et motivez une dérogation ; l'an prochain, réunissez l'assemblée avant la première dépense."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """One finding a budget; one alert an agreement while no deciding meeting is in the books at all."""
        if not _decided(books):
            yield from self._undecided(books)
            return
        spent = [charge for charge in books.charges if charge.amount > 0 and not charge.entry.is_storno]
        for budget in _budgets(books):
            own = [charge for charge in spent if charge.agreement is budget.agreement]
            first = _first(own, budget.since, budget.adopted)
            if first is not None:
                yield self._said(first, budget.label, budget.texts[0], budget.adopted, (self.never, self.later))
        for year, adopted in _programmes(books):
            first = _first([charge for charge in spent if charge.day.year == year], date.min, adopted)
            if first is not None:
                yield self._said(first, "", "", adopted, (self.programme_never, self.programme_later), year)

    def guard(self, books: Books) -> Guard:
        """The first expense of each budget that comes before its adoption, and what would come before it."""
        if not _decided(books):
            return on(*beginning(books))
        early = books.charges_of(self._early(books))
        spent = [charge for charge in early if charge.amount > 0 and not charge.entry.is_storno]
        spans = []
        for budget in _budgets(books):
            own = [charge for charge in spent if charge.agreement is budget.agreement]
            spans.append(_span(budget.agreement.id, own, budget.since, budget.adopted))
        for year, adopted in _programmes(books):
            own = [charge for charge in spent if charge.day.year == year]
            late = _span("", own, date(year, 1, 1), adopted)
            spans.append(late._replace(until=min(late.until, date(year, 12, 31))))
        open_ = tuple(span for span in spans if span.since <= span.until)
        return on(Spending(charging(books), open_), Vouchers(self.told(books) | self._tied(books)))

    def doubt(self, books: Books) -> Doubt:
        """The entries dated before an adoption."""
        return Doubt(self._early(books) if _decided(books) else ())

    def _early(self, books: Books) -> list[Entry]:
        """The entries dated between the first day of a budget or of a year and its adoption."""
        spans = [(budget.since, budget.adopted or date.max) for budget in _budgets(books)]
        spans += [(date(year, 1, 1), adopted or date.max) for year, adopted in _programmes(books)]
        late = [(first, last) for first, last in spans if first < last]
        every = books.entries if late else ()
        return [entry for entry in every if any(first <= entry.value_date < last for first, last in late)]

    def _tied(self, books: Books) -> frozenset[str]:
        """The vouchers that another of their number may overtake, of the days on which something is said."""
        days = {entry.value_date for piece in self.told(books) for entry in books.vouchers(piece)}
        sure = tied(books, lambda pattern: bool(charged(pattern))) if days else frozenset()
        return frozenset(entry.piece for piece in sure for entry in books.vouchers(piece) if entry.value_date in days)

    def _undecided(self, books: Books) -> Iterator[Finding]:
        first = books.first_transaction
        if first is None:
            return
        for code, donor in sorted(books.policy.donors.items()):
            for agreement in donor.agreements:
                if agreement.start <= books.today and agreement.final_day >= first and not stated(books, agreement):
                    at = books.agreement_place(code, agreement)
                    yield self.finding(self.no_meeting, at, level=Level.WARNING, agreement=agreement.id)

    def _said(
        self,
        charge: Charge,
        label: str,
        text: str,
        adopted: date | None,
        messages: tuple[Message, Message],
        year: int | None = None,
    ) -> Finding:
        never, later = messages
        return self.finding(
            never if adopted is None else later,
            charge.entry,
            label=label,
            text=text,
            adopted=adopted,
            amount=Money(charge.amount),
            day=charge.day,
            year=str(year),
        )


def _span(agreement: str, own: Iterable[Charge], since: date, adopted: date | None) -> EarlySpan:
    """The days of which a charge may be the first before an adoption; the last before the first for none."""
    first = _first(own, since, adopted)
    until = day_before(adopted) if adopted is not None else date.max
    return EarlySpan(agreement, since, until if first is None else min(until, first.day))


def _decided(books: Books) -> bool:
    """Whether a meeting of the board or of the assembly is in the books at all."""
    return any(each.body in ("bureau", "ag") and each.date <= books.today for each in books.directives.meetings)


def _budgets(books: Books) -> Iterator[_Budget]:
    """Each budget in force by today: of an agreement, of each addendum, of each year of own resources."""
    by_board = adoptions(books, "bureau")
    for code, donor in sorted(books.policy.donors.items()):
        for agreement in donor.agreements:
            for texts, label, since in _of(code, agreement):
                days = [by_board[text].date for text in texts if text in by_board]
                if since == agreement.start and (said := stated(books, agreement)) is not None:
                    days.append(said)
                yield _Budget(agreement, texts, label, since, min(days, default=None))


def _of(code: str, agreement: Agreement) -> Iterator[tuple[tuple[str, ...], str, date]]:
    """The budgets of an agreement: what `adopte` may call each, its words, its first day."""
    if is_yearly(agreement):
        for year in range(agreement.start.year, agreement.final_day.year + 1):
            since = max(agreement.start, date(year, 1, 1))
            yield budget_texts(code, agreement, year), f"Le budget {code} de {year}", since
    else:
        words = f"Le budget de la convention {agreement.id}"
        yield budget_texts(code, agreement, agreement.start.year), words, agreement.start
    for addendum in agreement.addenda:
        text = addendum_text(agreement, addendum.since)
        yield (text,), f"L'avenant {text}", addendum.since


def _programmes(books: Books) -> Iterator[tuple[int, date | None]]:
    """Each year after the first whose programme an assembly adopted, with the day of its own adoption."""
    adopted = {
        int(text[-4:]): held.date for text, held in adoptions(books, "ag").items() if text.startswith("programme-")
    }
    if adopted:
        for year in range(min(adopted) + 1, books.today.year + 1):
            yield year, adopted.get(year)


def _first(spent: Iterable[Charge], since: date, adopted: date | None) -> Charge | None:
    """The first expense from a day on that comes before the adoption."""
    early = [each for each in spent if since <= each.day < (adopted or date.max)]
    return min(early, key=lambda each: each.day, default=None)


__plugins__ = (plugin(UnadoptedBudget),)
