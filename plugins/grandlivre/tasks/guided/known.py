"""What the books already know that a form need not ask for: accounts, agreements, suppliers, invoices, advances, numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from grandlivre.books.index import Books
from grandlivre.books.owed import Bill, suppliers_owed
from grandlivre.books.purchases import Advance
from grandlivre.books.records import Account, Entry
from grandlivre.checks import rules_for
from grandlivre.checks.double_signature import DoubleSignature
from grandlivre.guards.naming import invoice_key
from grandlivre.policy.donors import Agreement, BudgetLine
from grandlivre.policy.people import same_name
from grandlivre.policy.sycebnl import ASSETS, BANK, EXPENSES, MOBILE, NOT_CHARGED, TILL


def agreements_on(books: Books, tree: str, day: date) -> tuple[Agreement, ...]:
    """The agreements of a tree in force on a day."""
    return tuple(each for each in books.tree_agreements(tree) if each.on(day))


def agreement_for(books: Books, tree: str, day: date, named: str, line: str) -> Agreement | None:
    """The agreement that pays: the one named, the only one in force, else the only one whose budget has the line."""
    found = agreements_on(books, tree, day)
    if named:
        return next((each for each in books.tree_agreements(tree) if each.id == named), None)
    if len(found) > 1 and line:
        found = tuple(each for each in found if line in each.budget_at(day))
    return found[0] if len(found) == 1 else None


def budget_line(agreement: Agreement | None, code: str, day: date) -> BudgetLine | None:
    """The line of a budget in force on a day."""
    return agreement.budget_at(day).get(code) if agreement is not None else None


def open_accounts(books: Books, tree: str, day: date, *numbers: str) -> tuple[Account, ...]:
    """The accounts of a tree that are open on a day, by number."""
    return tuple(each for each in books.tree_accounts(tree, *numbers) if books.index.is_open(each.name, day))


def bank_of(books: Books, tree: str, day: date) -> Account | None:
    """The donor's bank account, else the only one open on 52."""
    return _declared(books, books_banks(books, tree), tree, day, *BANK)


def mobile_of(books: Books, tree: str, day: date) -> Account | None:
    """The donor's account of electronic money."""
    donor = books.donor(tree)
    return _declared(books, donor.accounts.mobile if donor is not None else (), tree, day, *MOBILE)


def till_of(books: Books, tree: str, day: date, named: str = "") -> Account | None:
    """The till that is named, else the only one of the tree."""
    tills = open_accounts(books, tree, day, *TILL)
    if named:
        return next((each for each in tills if named in (each.name, each.number)), None)
    return tills[0] if len(tills) == 1 else None


def books_banks(books: Books, tree: str) -> tuple[str, ...]:
    """The bank accounts that the donor's file declares, the main one first."""
    donor = books.donor(tree)
    return donor.accounts.banks if donor is not None else ()


def _declared(books: Books, names: Iterable[str], tree: str, day: date, *numbers: str) -> Account | None:
    opened = open_accounts(books, tree, day, *numbers)
    declared = [each for name in names for each in opened if each.name == name]
    return declared[0] if declared else opened[0] if len(opened) == 1 else None


def tax_id(books: Books, name: str) -> str:
    """The NIF that the register, or the papers of the books, give a supplier; "" when nobody knows it."""
    wanted = same_name(name)
    if not wanted:
        return ""
    for row in books.policy.suppliers:
        if row.tax_id and wanted in map(same_name, row.names):
            return row.tax_id
    return _tax_ids(books).get(wanted, "")


def _tax_ids(books: Books) -> dict[str, str]:
    """By the name that is compared, the NIF last written beside it."""

    def read() -> dict[str, str]:
        found: dict[str, str] = {}
        for dossier in books.dossiers.values():
            found |= {same_name(each.name): each.tax_id for each in dossier.quotes if each.tax_id}
        for entry in books.carrying("nif"):
            if nif := entry.text("nif"):
                found[same_name(entry.payee)] = nif
        return found

    return books.once(_tax_ids, read)


def open_bills(books: Books, tree: str) -> tuple[Bill, ...]:
    """What a tree owes its suppliers, bill by bill, counting everything that is booked."""

    def read() -> dict[str, tuple[Bill, ...]]:
        owed = suppliers_owed(books.supplier_lines, books.vouchers, date.max)
        return {code: each.bills for code, each in owed.items()}

    return books.once(open_bills, read).get(tree, ())


def bill_of(books: Books, tree: str, name: str, nif: str, invoice: str) -> Bill | None:
    """The invoice of that number which a supplier is still owed."""
    wanted, key = invoice_key(invoice), books.suppliers.key(nif, name)
    for bill in open_bills(books, tree):
        its = bill.entry.text("nif") if bill.entry is not None else ""
        if bill.number and invoice_key(bill.number) == wanted and books.suppliers.key(its, bill.name) == key:
            return bill
    return None


def advance_of(books: Books, number: str) -> Advance | None:
    """The advance of that number."""
    return next((each for each in books.advances if each.id == number), None)


def accounts_of_line(
    books: Books, tree: str, day: date, line: BudgetLine | None, code: str, payee: str
) -> tuple[Account, ...]:
    """The accounts a line may be charged to, the likeliest first: what its payee, then its line, was charged to before."""
    if line is None or not line.accounts:
        return ()
    found = [
        each
        for each in open_accounts(books, tree, day, *EXPENSES, *ASSETS)
        if line.allows(each.number) and not each.number.startswith(NOT_CHARGED)
    ]
    used: Counter[str] = Counter()
    who = same_name(payee)
    for charge in books.charges_by_tree.get(tree, ()):
        if charge.line == code and charge.amount > 0:
            used[charge.movement.account.name] += 1_000 if same_name(charge.entry.payee) == who else 1
    return tuple(sorted(found, key=lambda each: (-used[each.name], each.number, each.name)))


def is_likeliest(books: Books, tree: str, accounts: tuple[Account, ...], code: str) -> bool:
    """Whether the first of several accounts may be taken without asking: the line was charged to it before."""
    return len(accounts) == 1 or any(
        charge.line == code and charge.movement.account.name == accounts[0].name
        for charge in books.charges_by_tree.get(tree, ())
    )


def person_called(books: Books, said: str) -> tuple[str, str]:
    """The identifier and the name of a declared person, by either; ("", "") when nobody is called so."""
    people = books.policy.people
    if said in people:
        return said, people[said].name
    wanted = same_name(said)
    found = [key for key, person in people.items() if same_name(person.name) == wanted]
    return (found[0], people[found[0]].name) if len(found) == 1 else ("", "")


def signature_rule(books: Books) -> DoubleSignature | None:
    """How payments are signed here."""
    return next((rule for rule in rules_for(books) if isinstance(rule, DoubleSignature)), None)


def next_dossier(books: Books, day: date) -> str:
    """The number of the next procurement dossier: M-AAAA-NNN."""
    return _next("M", day, books.dossiers)


def next_advance(books: Books, day: date) -> str:
    """The number of the next advance: AV-AAAA-NNN."""
    return _next("AV", day, (each.id for each in books.advances))


def next_gift(books: Books, day: date) -> str:
    """The next number of the donors' register: RD-AAAA-NNNN."""
    return _next("RD", day, (entry.text("registre") for entry in books.carrying("registre")), 4)


def _next(stem: str, day: date, taken: Iterable[str], digits: int = 3) -> str:
    pattern = re.compile(rf"{stem}-{day.year}-(\d+)")
    last = max((int(match[1]) for each in taken if (match := pattern.fullmatch(each))), default=0)
    return f"{stem}-{day.year}-{last + 1:0{digits}d}"


def last_entries(books: Books, tree: str) -> Iterator[Entry]:
    """The entries of a tree, the latest first."""
    return (entry for entry in reversed(books.entries) if entry.tree == tree)


def home_of(books: Books, tree: str) -> Path:
    """The file where a tree opens its accounts."""
    files = [each.place.file for each in books.tree_accounts(tree) if each.opened is not None]
    return Path(max(sorted(set(files)), key=files.count))
