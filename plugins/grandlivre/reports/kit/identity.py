"""Who asks and where to pay: what a donor needs beside the letterhead."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Fact


def identity(context: Context) -> Iterator[Fact]:
    """Whom to write to, the tax number, and where the money is received."""
    word, said = context._, context.books.policy.organisation.papers
    contact = " · ".join(filter(None, (said.phone, said.email)))
    if contact:
        yield Fact(word("Contact"), contact)
    if said.tax_id:
        yield Fact(word("NIF"), said.tax_id)
    accounts = context.donor.accounts if context.donor is not None else None
    if accounts is not None and (accounts.bank_name or accounts.number):
        bank = " – ".join(filter(None, (accounts.bank_name, accounts.branch, accounts.holder, accounts.number)))
        yield Fact(word("Compte bancaire"), bank)
