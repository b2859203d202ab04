"""What guards of several rules ask of the books (`grandlivre/guards`), read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from grandlivre.books.index import Books
from grandlivre.books.purchases import BankCharges, Nature
from grandlivre.books.records import Entry, Movement, Shape
from grandlivre.guards.buying import invoice_mark, piece_mark
from grandlivre.guards.guard import Anything, Condition
from grandlivre.guards.moving import Begun
from grandlivre.guards.naming import Names, Trading, pair
from grandlivre.guards.paying import Charges
from grandlivre.guards.sieve import Sieve
from grandlivre.policy.people import same_name
from grandlivre.policy.sycebnl import TRADE_PAYABLES


def pair_of(entry: Entry, movement: Movement | None = None) -> str:
    """The tax number and the name that an entry gives, or one of its movements, as guards write it."""
    return pair(entry.text("nif", movement), entry.payee_of(movement))


def pairs(books: Books) -> Counter[str]:
    """Each tax number with the name that entries give, and how many entries do."""
    return books.once_for_all("pairs", lambda whole: Counter(_pairs(whole)))


def _pairs(books: Books) -> Iterator[str]:
    for shape in books.shapes:
        if "nif" in shape.form.keys or "beneficiaire" in shape.form.keys:
            own = [pair(nif, name) for nif, name in zip(shape.texts("nif"), shape.names(), strict=True)]
        else:
            own = [pair("", payee) for payee in shape.payees]
        if not shape.annotated:
            yield from own
            continue
        for first, entry in zip(own, shape.entries, strict=True):
            told = [each for each in entry.movements if "beneficiaire" in each.meta or "nif" in each.meta]
            yield from {first, *(pair_of(entry, each) for each in told)}


def _quoted(books: Books) -> Iterator[str]:
    """The pairs that directives give."""
    quotes = [*books.directives.loose_quotes]
    for dossier in books.directives.dossiers:
        quotes += dossier.quotes
        yield pair(dossier.tax_id, dossier.winner_name)
    yield from [pair(quote.tax_id, quote.name) for quote in quotes]


def names(books: Books) -> Names:
    """The condition of whoever asks who is the same supplier."""

    def read(whole: Books) -> Names:
        counts, kept = pairs(whole), frozenset(_quoted(whole))
        rare = [each for each, count in counts.items() if count == 1 and each not in kept]
        return Names(kept.union(counts), Sieve.of(rare))

    return books.once_for_all("guard: names", read)


def beginning(books: Books) -> tuple[Condition, ...]:
    """The condition of whoever asks when the first transaction was."""
    first = books.first_transaction
    return (Begun(first),) if first is not None else (Anything(),)


def opening(books: Books) -> tuple[Condition, ...]:
    """The condition of whoever asks on which day the books begin."""
    return () if books.policy.organisation.years else beginning(books)


def taken_by_banks(books: Books, charges: BankCharges, names: Iterable[str]) -> Charges:
    """The charges that banks take by themselves, for guards, and who took some where no bank is told."""
    known = books.charge_payees
    return Charges(
        charges.numbers,
        charges.ceiling,
        tuple(sorted(known.banks.items())),
        frozenset(names) - known.others,
        TRADE_PAYABLES,
    )


def trading(names: Iterable[str]) -> Trading:
    """The condition of whoever asks who may take charges by itself."""
    return Trading(frozenset(names), TRADE_PAYABLES)


def takers(shape: Shape) -> set[str]:
    """Whoever some entries alike pay, as names are compared."""
    texts = set(shape.payees) | set(shape.texts("beneficiaire"))
    for entry in shape.entries if shape.annotated else ():
        texts |= {entry.text("beneficiaire", movement) for movement in entry.movements}
    return {same_name(text) for text in texts}


def pairs_by_supplier(books: Books) -> Mapping[str, list[str]]:
    """Each tax number with the name under which a supplier is known, by its key."""

    def read(whole: Books) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in names(whole).known:
            nif, _, name = each.partition("\0")
            found.setdefault(whole.suppliers.key(nif, name), []).append(each)
        return found

    return books.once_for_all("pairs by supplier", read)


def purchase_marks(books: Books, nature: Nature) -> tuple[Sieve, Sieve]:
    """The invoices and vouchers that buy something without a dossier, and those that several entries carry."""

    def read(whole: Books) -> tuple[Sieve, Sieve]:
        known, common, own = list[str](), list[str](), pairs_by_supplier(whole)
        for each in whole.purchases(nature):
            if each.kind == "marche":
                continue
            if each.kind == "facture":
                marks = [invoice_mark(each.tree, who, each.key) for who in own[each.supplier]]
            else:
                marks = [piece_mark(each.tree, each.key)]
            known += marks
            first = each.lines[0].entry
            if len(each.lines) > 1 and any(line.entry is not first for line in each.lines):
                common += marks
        return Sieve.of(known), Sieve.of(common)

    return books.once_for_all(("purchase marks", nature), read)
