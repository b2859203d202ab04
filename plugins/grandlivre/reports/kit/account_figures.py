"""The one notion of columns of every account: opening, period, year to date, closing.

Debits are positive. A storno stands in its original's column with a minus sign (inscription en négatif, AUDCIF art. 20).
An opening entry dated on the first day belongs to the opening balance, not to the movements.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement, Posted
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Fact
from grandlivre.sources.problem import RefusedError


class Sides(NamedTuple):
    """A movement as journals print it, in whole francs."""

    debit: int
    credit: int


def sides(entry: Entry, value: int) -> Sides:
    """Debit and credit of a value; a storno's stand negative on the other side."""
    if entry.is_storno:
        return Sides(value, 0) if value < 0 else Sides(0, -value)
    return Sides(value, 0) if value > 0 else Sides(0, -value)


def first_day(books: Books, start: date, end: date) -> date:
    """The day the movements of a span begin: its own first day, or the books' when they begin inside it."""
    return books.start if start < books.start <= end else start


def is_forward(entry: Entry, first: date) -> bool:
    """Whether an entry belongs to the balance brought forward to a day."""
    return entry.date < first or (entry.is_opening and entry.date == first)


def year_start(books: Books, day: date) -> date:
    """The first day of the fiscal year of a day; of the calendar's when none is declared."""
    year = books.policy.organisation.year_of(day)
    return year.start if year is not None else date(day.year, 1, 1)


def worth(movement: Movement, commodity: str = "") -> int:
    """What a movement counts: its value in the books' currency, or its units of the commodity asked for."""
    if not commodity:
        return movement.value
    return movement.units if movement.currency == commodity else 0


@dataclass(frozen=True)
class Figures:
    """One account over the period, in whole smallest units; balances are debits less credits."""

    account: Account
    opening: int
    debit: int
    credit: int
    year_debit: int
    """Debits since the fiscal year began, up to the period's end."""
    year_credit: int
    movements: tuple[Posted, ...]
    """The period's, in the order of the books."""

    @property
    def closing(self) -> int:
        """opening + debit − credit."""
        return self.opening + self.debit - self.credit

    @property
    def moved(self) -> bool:
        """Whether anything stands in its columns."""
        return bool(self.opening or self.movements or self.year_debit or self.year_credit)


def account_figures(context: Context, commodity: str = "") -> tuple[Figures, ...]:
    """Every account of the scope with something in its columns, by number then name."""
    found = (_figures(context, account, commodity) for account in context.accounts())
    return tuple(figures for figures in found if figures.moved)


def _figures(context: Context, account: Account, commodity: str) -> Figures:
    books, period = context.books, context.period
    first = first_day(books, period.start, period.end)
    year = first_day(books, year_start(books, period.end), period.end)
    if commodity:
        return _beside(books.movements(account.name), account, commodity, (first, year, period.end))
    ledger = books.ledger(account.name)
    start, since, end = ledger.brought_forward(first), ledger.brought_forward(year), ledger.until(period.end)
    return Figures(
        account,
        ledger.balances[start - 1] if start else 0,
        ledger.debits[end] - ledger.debits[start],
        ledger.credits[end] - ledger.credits[start],
        ledger.debits[end] - ledger.debits[since],
        ledger.credits[end] - ledger.credits[since],
        tuple([Posted(*ledger[rank][:2]) for rank in range(start, end) if ledger.amounts[rank]]),
    )


def _beside(steps: Sequence[Posted], account: Account, commodity: str, days: tuple[date, date, date]) -> Figures:
    """The figures in a commodity kept beside the books' currency; `days` begin the period and the year, and end both."""
    first, year, last = days
    opening = debit = credit = year_debit = year_credit = 0
    movements = []
    for posted in steps[: bisect_right(steps, last, key=_day)]:
        entry, value = posted.entry, worth(posted.movement, commodity)
        if not value:
            continue
        left, right = sides(entry, value)
        if not is_forward(entry, year):
            year_debit += left
            year_credit += right
        if is_forward(entry, first):
            opening += value
        else:
            debit += left
            credit += right
            movements.append(posted)
    return Figures(account, opening, debit, credit, year_debit, year_credit, tuple(movements))


def _day(posted: Posted) -> date:
    return posted.entry.date


def chosen_accounts(context: Context, prefixes: tuple[str, ...], what: str) -> tuple[Account, ...]:
    """The scope's accounts of those numbers that the period may move; `RefusedError` when there is none.

    `what` names them in French, in the singular: « compte de banque (52) ».
    """
    _ = context._
    known = context.books.accounts.get(context.scope.account)
    if context.scope.account and known is None:
        said = _("Le compte {account} n'existe pas dans ces livres : vérifiez son écriture (comptes.beancount).")
        raise RefusedError(said.format(account=context.scope.account))
    period = context.period
    found = tuple(
        account
        for account in context.accounts(*prefixes)
        if (account.opened is None or account.opened <= period.end)
        and (account.closed is None or account.closed >= period.start)
    )
    if found:
        return found
    if known is not None and not known.number.startswith(prefixes):
        said = _("{account} n'est pas un {what} : choisissez-en un, ou demandez un autre modèle.")
        raise RefusedError(said.format(account=known.name, what=what))
    said = _("Aucun {what} n'est ouvert sur la période {period} pour {scope} : vérifiez le bailleur et la période.")
    raise RefusedError(said.format(what=what, period=period.code, scope=context.scope_label))


def account_label(context: Context, account: Account) -> str:
    """The chart's own label, else the account's."""
    return context.books.policy.chart.accounts.get(account.number) or account.label or account.name


def account_title(context: Context, account: Account) -> str:
    """The account's label; before it its tree, when the scope has several."""
    label = account_label(context, account)
    one_tree = context.scope.tree or context.scope.account or not account.tree
    return label if one_tree else f"{account.tree} – {label}"


def bank_facts(context: Context, account: Account) -> tuple[Fact, ...]:
    """Which account this is for the bank: its name, branch, holder and number, as far as they are written."""
    donor = context.books.donor(account.tree)
    if donor is None or donor.accounts.bank != account.name:
        return ()
    own, _ = donor.accounts, context._
    said = (
        (_("Banque"), own.bank_name),
        (_("Agence"), own.branch),
        (_("Titulaire"), own.holder),
        (_("RIB"), own.number),
    )
    return tuple(Fact(label, text) for label, text in said if text)


def bank_account_words(context: Context, account: Account) -> str:
    """« notre compte n° ML016 … ouvert à la banque …, agence … »; its words in the books where the rules do not say it."""
    donor, _ = context.books.donor(account.tree), context._
    own = donor.accounts if donor is not None and donor.accounts.bank == account.name else None
    if own is None or not own.number:
        return _("notre compte {account}").format(account=context.account_words(account))
    said = [_("notre compte n° {number}").format(number=own.number)]
    if own.bank_name:
        said.append(_("ouvert à la banque {bank}").format(bank=own.bank_name))
    branch = _("agence de {place}").format(place=own.branch) if own.branch else ""
    return ", ".join(filter(None, (" ".join(said), branch)))


def by_tree(context: Context) -> Callable[[Account], Context]:
    """The context of an account's tree: its donor's language, its own state; made once a tree."""

    @cache
    def narrowed(tree: str) -> Context:
        return context if context.scope.tree == tree else replace(context, scope=replace(context.scope, tree=tree))

    return lambda account: narrowed(account.tree)
