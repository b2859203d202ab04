"""What every report is made from: the books, whose report, which period, what the controls said; and its common frame."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry
from grandlivre.i18n import catalog, currency_label, decimal
from grandlivre.policy.donors import Agreement, Donor
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.model import ReportModel
from grandlivre.reports.kit.table import Fact, Letterhead, Ref, Report, Span
from grandlivre.reports.kit.wording import period_label
from grandlivre.rules import Finding, Level


@dataclass(frozen=True)
class Scope:
    """Whose report: a tree, one of its accounts, one voucher; empty means all."""

    tree: str = ""
    account: str = ""
    piece: str = ""


@dataclass(frozen=True)
class Context:
    """The inputs of one report."""

    books: Books
    scope: Scope
    period: Period
    findings: tuple[Finding, ...] = ()
    """Findings that no waiver silences, of both levels."""
    waived: tuple[Finding, ...] = ()
    digest12: str = ""
    """First 12 hexadecimal digits of the sha256 over the inputs."""

    @property
    def reached(self) -> date:
        """The period's last day that the books have reached: ages and forecasts are taken from it."""
        return min(self.period.end, self.books.today)

    @property
    def donor(self) -> Donor | None:
        """The donor of the scope's tree."""
        return self.books.policy.donors.get(self.scope.tree)

    @property
    def language(self) -> str:
        """The reader's language: the donor's, else the organisation's."""
        return self.donor.language if self.donor is not None else self.books.policy.organisation.language

    @property
    def _(self) -> Callable[[str], str]:
        """The translation of French words into the reader's language."""
        return catalog(self.language)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The scope's entries dated in the period, in the order of the books."""
        entries = self.entries_to_date
        return entries[bisect_left(entries, self.period.start, key=lambda entry: entry.date) :]

    @cached_property
    def entries_to_date(self) -> tuple[Entry, ...]:
        """The scope's entries dated up to the period's end."""
        tree, entries = self.scope.tree, self.books.entries
        if tree:
            entries = self.books.matching(lambda pattern: tree in pattern.trees)
        return entries[: bisect_right(entries, self.period.end, key=lambda entry: entry.date)]

    def agreements(self) -> tuple[Agreement, ...]:
        """The donor's agreements in force at some day of the period, oldest first."""
        donor = self.donor
        if donor is None:
            return ()
        return tuple(a for a in donor.agreements if a.start <= self.period.end and a.final_day >= self.period.start)

    @property
    def situation(self) -> date | None:
        """The day the figures speak of, when the period is not over; None when it is."""
        return self.reached if self.period.end > self.books.today else None

    def counts_until(self, day: date) -> int:
        """How many entries of the books are dated up to a day."""
        return bisect_right(self.books.entries, day, key=lambda entry: entry.date)

    def rates(self) -> tuple[Fact, ...]:
        """The rate of each agreement that is not in the books' currency: « 1 EUR = 655,957 FCFA »; its budget's, when only that is fixed."""
        own, day = self.books.policy.currency, min(self.period.end, max(self.reached, self.period.start))
        rates: dict[str, str] = {}
        for agreement in self.agreements():
            currency, rate = agreement.currency(own), agreement.rate_on(max(day, agreement.start))
            if currency != own and rate:
                value = decimal(rate) if self.language == "fr" else f"{rate.normalize():f}"
                rates[f"1 {currency} = {value} {currency_label(own) if self.language == 'fr' else own}"] = (
                    agreement.conversion
                )
        fixed, budget = self._("Taux de change"), self._("Taux de change du budget")
        return tuple(Fact(fixed if policy == "fixe" else budget, said) for said, policy in rates.items())

    @cached_property
    def provisional(self) -> bool:
        """Whether the period is not over, or unwaived errors exist in the tree, or in no tree, up to its end."""
        return self.situation is not None or any(
            finding.level == Level.ERROR
            and (finding.date is None or finding.date <= self.period.end)
            and self.tree_of(finding) in ("", self.scope.tree or self.tree_of(finding))
            for finding in self.findings
        )

    def tree_of(self, finding: Finding) -> str:
        """The tree a finding belongs to; "" when it stands on nobody's line."""
        return self.books.tree_at(finding.file, finding.line)

    def ref(self, entry: Entry) -> Ref:
        """Where an entry stands, for drill-down."""
        return Ref(entry.file, entry.line, entry.piece)

    def accounts(self, *prefixes: str) -> tuple[Account, ...]:
        """The scope's accounts whose number begins with one of the prefixes, by number then name."""
        found = [
            account
            for account in self.books.accounts.values()
            if (not self.scope.tree or account.tree == self.scope.tree)
            and (not self.scope.account or account.name == self.scope.account)
            and (not prefixes or account.number.startswith(prefixes))
        ]
        return tuple(sorted(found, key=lambda account: (account.number, account.name)))

    @property
    def letterhead(self) -> Letterhead:
        """Who issues the report."""
        own = self.books.policy.organisation
        said = own.papers
        lines = (
            said.address,
            " · ".join(filter(None, (said.phone, said.email))),
            " · ".join(filter(None, (said.registration, said.framework))),
        )
        return Letterhead(own.acronym, own.name, tuple(line for line in lines if line))

    def account_words(self, account: Account) -> str:
        """« Banque BDM (52111) »: what a paper prints for an account."""
        label = account.label or self.books.policy.chart.accounts.get(account.number)
        if label and account.number:
            return f"{label} ({account.number})"
        return label or account.number or account.name.rpartition(":")[2]

    @property
    def scope_label(self) -> str:
        """« UE-EAU — Union européenne, projet eau », an account's name, or the whole organisation."""
        if self.scope.account:
            return self.scope.account
        if self.donor is not None:
            return f"{self.donor.code} — {self.donor.name}"
        return self.scope.tree or self._("Toute l'organisation")

    def report(self, model: ReportModel, title: str = "", **parts: Any) -> Report:
        """The report with its common frame: letterhead, scope, period, state and digest.

        A sheet of a day or a month of its own is as final as that day, whatever longer period was asked for.
        """
        span = parts.get("period") or Span(period_label(self.period, self.language), self.period.start, self.period.end)
        account = self.books.accounts.get(parts.get("scope", self.scope.account))
        own = self if model.ahead else replace(self, period=Period(self.period.code, span.start, span.end))
        last = self.books.closings[-1] if self.books.closings else None
        frame: dict[str, Any] = {
            "model": model.name,
            "title": self._(title or model.title),
            "audience": model.audience.value,
            "period": span,
            "letterhead": self.letterhead,
            "language": self.language,
            "currency_label": currency_label(self.books.policy.currency)
            if self.language == "fr"
            else self.books.policy.currency,
            "scope": self.scope_label,
            "about": f"{account.tree} — {self.account_words(account)}" if account is not None else "",
            "provisional": own.provisional,
            "situation": own.situation,
            "last_entry": self.books.entries[-1].date if own.situation is not None and self.books.entries else None,
            "counts_later": own.situation is not None and own.counts_until(own.situation) < own.counts_until(span.end),
            "example": self.books.policy.organisation.example is not None,
            "digest12": self.digest12,
            "closing": last.period if last is not None else "",
            "closing_root": last.digest if last is not None else "",
            "root": str(self.books.folder.parent),
        }
        return Report(**{**frame, **parts})
