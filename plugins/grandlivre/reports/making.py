"""Reports made from an inspection of the books: whose, for which period, with what was sent before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grandlivre.books.index import Books
from grandlivre.i18n import day
from grandlivre.inspection import Inspection
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import Due, Listed, due, model_named
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.model import MadeFor
from grandlivre.reports.kit.table import Report
from grandlivre.reports.sent import last_sent, with_adjustments
from grandlivre.sources.problem import RefusedError


@dataclass(frozen=True, slots=True)
class Job:
    """One report to make."""

    model: Listed
    scope: Scope
    period: Period

    @property
    def name(self) -> str:
        """What its file is called, without folder or extension: `journal-banque-52111-banque-bdm`."""
        detail = self.scope.piece or self.scope.account.rpartition(":")[2]
        return f"{self.model.name}-{detail.lower()}" if detail else self.model.name


def make(inspection: Inspection, job: Job, digest12: str) -> tuple[Report, ...]:
    """The report of a job, or its several sheets; raises `RefusedError` when it cannot be made as asked."""
    today = inspection.books.today
    if job.period.start > today and not job.model.ahead:
        raise RefusedError(
            f"La période {job.period.code} commence le {day(job.period.start)} ; les livres sont au {day(today)} : ce "
            "rapport ne dirait rien. Demandez une période commencée, ou corrigez l'année."
        )
    context = context_of(inspection, job, digest12)
    made = job.model.reports(context)
    if job.scope.account or job.scope.piece or len(made) != 1:
        return made
    sent = last_sent(context, job.model.name)
    return made if sent is None else (with_adjustments(context, made[0], sent),)


def context_of(inspection: Inspection, job: Job, digest12: str) -> Context:
    """What the report of a job is made from: what is over reads the same on any day."""
    seen = inspection.at(min(job.period.end, inspection.books.today))
    return Context(seen.books, job.scope, job.period, seen.findings, seen.waived, digest12)


def jobs(books: Books, model: Listed, period: Period, scope: Scope) -> Iterator[Job]:
    """A report for what is asked; where nothing is said, for each account or tree it is made for."""
    if scope.piece:
        yield Job(model, Scope(scope.tree or _tree_of(books, scope.piece), scope.account, scope.piece), period)
    elif model.scope is MadeFor.ACCOUNT:
        names = (scope.account,) if scope.account else accounts(books, model, period, scope.tree)
        for name in names:
            yield Job(model, Scope(books.accounts[name].tree, name), period)
    elif scope.tree or model.scope is MadeFor.ALL or model.whole:
        yield Job(model, scope, period)
    else:
        for tree in books.trees:
            yield Job(model, Scope(tree), period)


def _tree_of(books: Books, piece: str) -> str:
    """The tree of a voucher or a dossier; "" when there is none of that number."""
    entries = books.vouchers(piece)
    if entries:
        return entries[0].tree
    return books.dossiers[piece].tree if piece in books.dossiers else ""


def accounts(books: Books, model: Listed, period: Period, tree: str) -> tuple[str, ...]:
    """The accounts that moved by the period's end and that the model is made for, by tree and number."""
    found = [
        account
        for account in books.accounts.values()
        if account.number.startswith(model.prefixes or ("",)) and (not tree or account.tree == tree)
    ]
    found.sort(key=lambda account: (account.tree, account.number, account.name))
    return tuple(
        account.name
        for account in found
        if (moved := books.movements(account.name)) and moved[0].entry.date <= period.end
    )


def due_jobs(books: Books, period: Period, tree: str) -> tuple[tuple[Due, tuple[Job, ...]], ...]:
    """What is due for a period, in the whole organisation or one tree, with the reports to make; none for an unknown model."""
    found = []
    for each in due(books.policy, period):
        if tree and each.tree != tree:
            continue
        model = model_named(each.model, books.policy)
        found.append((each, tuple(jobs(books, model, each.period, Scope(each.tree))) if model is not None else ()))
    return tuple(found)


def last_quarter(books: Books) -> Period:
    """The last quarter that ended on or before the books' today; the first one of the books when none has ended."""
    quarter = Period.quarter(books.today)
    if quarter.end <= books.today:
        return quarter
    month = quarter.start.month - 3
    year = quarter.start.year
    before = Period.quarter(
        quarter.start.replace(year=year - 1, month=10) if month < 1 else quarter.start.replace(month=month)
    )
    return before if before.end >= books.start else quarter
