"""Where the figures of the first page lead in the viewer, and what awaits the reader's own signature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Transmission
from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.checks import rules_for
from grandlivre.policy.periods import Period
from grandlivre.reports.home import Late, Waiting
from grandlivre.rules import ProvedRule, State
from grandlivre.tasks.signature_book import TITLES, signature_book
from grandlivre.viewer.frame import View

_TOLD = {"avance": "avance-en-retard", "releve": "rapprochement-bancaire", "comptage": "pv-de-caisse", "cloture": "cloture-en-retard"}  # fmt: skip
"""The rule that tells all of what is late, by kind."""
_PROVED = {
    "ecritures": ("double-signature", "autorisation"),
    "derogations": ("derogation",),
    "caisse": ("pv-de-caisse",),
    "cloture": ("periode-close",),
}
"""The rules that may ask for a visa, by its nature."""


class ViewerLeads(NamedTuple):
    """Addresses of the viewer's own pages."""

    view: View

    @property
    def _tree(self) -> str | None:
        """The only tree looked at."""
        trees = self.view.asked.trees
        return trees[0] if len(trees) == 1 else None

    def held(self, figure: str) -> str:
        """The entries of a figure."""
        return self.view.links.entries(poste=figure, arbre=self._tree)

    def late(self, item: Late) -> str:
        """The thing itself, else the page that lists such things."""
        links = self.view.links
        if item.place is not None:
            return links.place(item.place)
        if item.kind == "rapport":
            return links.page("Rapports", account=item.trees[0] if len(item.trees) == 1 else None, time=None)
        if item.kind in _TOLD:
            return links.page("Controles", regle=_TOLD[item.kind], time=None)
        return links.page("Suivi", time=None)

    def waiting(self, item: Waiting) -> str:
        """The voucher, or the act."""
        return self.view.links.place(item.place)

    def budget(self, tree: str) -> str:
        """The budget of a project, line by line."""
        return self.view.links.page("Budget", account=tree)

    def month(self, month: Period) -> str:
        """The entries that make what a month held."""
        return self.view.links.entries(poste="disponible", arbre=self._tree, time=month.code)

    def plan(self) -> str:
        """The cash plan of the days looked at."""
        asked = self.view.asked
        return self.view.links.download(
            "Rapports",
            "rapport",
            modele="plan-tresorerie",
            periode=asked.period.code or Period.month(asked.day).code,
            bailleur=self._tree or "",
            format="html",
        )


def waiting_for(books: Books, person: str) -> Iterator[Waiting]:
    """What one person is really asked to sign: payments prepared, what a rule wants proved, and what changed since they signed.

    Names written on what nobody asks to prove await nothing.
    """
    book = signature_book(books, person)
    for each in sorted(book.pieces, key=lambda piece: piece.day):
        fallen = each.before.state is not State.ABSENT
        if each.key or fallen or _is_asked(books, each.nature, each.day):
            title, amount = _named(books, each.subject)
            what = "signature tombée" if fallen else TITLES[each.nature]
            yield Waiting(title, amount, what, each.day, each.subject.place)
    for closing in [each.closing for each in book.closings if _is_asked(books, "cloture", each.closing.date)]:
        yield Waiting(f"Clôture {closing.period}", None, TITLES["cloture"], closing.date, closing.place)


def _is_asked(books: Books, nature: str, day: date) -> bool:
    """Whether a rule wants a visa of that nature of what is dated that day."""
    rules = _PROVED.get(nature, ())
    return any(isinstance(each, ProvedRule) and each.id in rules and each.asks_visa(day) for each in rules_for(books))


def _named(books: Books, subject: Entry | CashCount | Transmission) -> tuple[str, int | None]:
    """What is signed, and its amount."""
    if isinstance(subject, CashCount):
        return f"Comptage de caisse, {subject.account.tree}", None
    if isinstance(subject, Transmission):
        return f"Rapport envoyé : {subject.model} {subject.tree} {subject.period}", None
    payee = books.policy.people.get(subject.payee)
    amount = sum(movement.value for movement in subject.movements if movement.value > 0)
    return payee.name if payee is not None else subject.payee or subject.narration, amount
