"""What the page of a voucher says: who was paid what, from where, on which line and what it has left, who signed, what it settles."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from grandlivre.books.budget import Charge
from grandlivre.books.directives.purchasing import Dossier
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Place, Posted
from grandlivre.policy.people import Person, folded
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import AGREED, MONEY
from grandlivre.reports.execution import executions
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.wording import MODES
from grandlivre.rules import Finding
from grandlivre.tasks import signatures
from grandlivre.tasks.signatures import Signature
from grandlivre.viewer import papers
from grandlivre.viewer.life import BankLine, bank_lines
from grandlivre.viewer.papers import Paper
from grandlivre.viewer.state import Loaded

_date_of = itemgetter(0)
_KINDS = {
    "a-nouveau": "Report à nouveau",
    "affectation": "Affectation du résultat",
    "amortissement": "Amortissement",
    "cloture": "Écriture de clôture",
    "extourne": "Extourne",
    "quote-part": "Quote-part de fonds",
    "reouverture": "Réouverture des comptes",
    "reprise": "Reprise d'autres livres",
}


class VoucherLine(NamedTuple):
    """One movement, as a person reads it."""

    account: Account
    label: str
    """The account in words."""
    line: str
    """The budget line it is charged to."""
    line_label: str
    agreement: str
    """The agreement's id, "" without any."""
    debit: int
    credit: int
    left: LineLeft | None
    """What the budget line has left today; None where no budget says it."""


class LineLeft(NamedTuple):
    """A budget line today, in whole francs."""

    budget: int
    spent: int
    ordered: int
    left: int
    day: date


class Offered(NamedTuple):
    """A quote of the dossier that a voucher pays."""

    name: str
    amount: int
    chosen: bool
    paper: Paper | None


class Related(NamedTuple):
    """Another entry that this one settles, reverses, justifies, or is settled by."""

    said: str
    entry: Entry
    amount: int
    papers: tuple[Paper, ...]


class VoucherSheet(NamedTuple):
    """An entry, whole."""

    entry: Entry
    title: str
    """Who was paid, who paid, or what it is."""
    amount: int
    direction: str
    """« Payé », « Reçu », « Montant »."""
    money: tuple[tuple[str, str], ...]
    """(« Depuis » or « Vers », account in words) of each treasury account."""
    facts: tuple[tuple[str, str], ...]
    """(name, value) of what else the entry says."""
    signatures: tuple[Signature, ...]
    refusals: tuple[str, ...]
    """Who refused to sign it, when and why."""
    bank: tuple[BankLine, ...]
    offers: tuple[Offered, ...]
    """The quotes of its dossier, the one chosen first."""
    lines: tuple[VoucherLine, ...]
    papers: tuple[Paper, ...]
    """Its own files first, then those of its dossier."""
    related: tuple[Related, ...]
    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    before: Entry | None
    """The voucher before it in its series."""
    after: Entry | None


def voucher(loaded: Loaded, entry: Entry) -> VoucherSheet:
    """The page of an entry."""
    books = loaded.books
    moved = [movement for movement in entry.movements if movement.account.is_(*MONEY)]
    net = sum(movement.value for movement in moved)
    gross = sum(movement.value for movement in entry.movements if movement.value > 0)
    dossier = books.dossiers.get(entry.text("marche"))
    own = papers.of_entry(books, entry)
    before, after = neighbours(loaded, entry)
    return VoucherSheet(
        entry,
        person_in_words(books, entry.payee) or entry.narration or "Sans libellé",
        abs(net) or gross,
        _direction(net),
        tuple(
            ("Depuis" if movement.value < 0 else "Vers", account_in_words(books, movement.account))
            for movement in moved
        ),
        tuple(_facts(books, entry)),
        signatures.of_entry(books, entry),
        tuple(said for other, said in signatures.refused(books) if other.place == entry.place),
        bank_lines(books, entry),
        _offers(books, dossier),
        tuple(_lines(loaded, entry)),
        papers.once((*own, *papers.of_dossier(books, dossier))),
        tuple(_related(books, entry)),
        about(entry, loaded.inspection.findings),
        about(entry, loaded.inspection.waived),
        before,
        after,
    )


def _direction(net: int) -> str:
    if not net:
        return "Montant"
    return "Payé" if net < 0 else "Reçu"


def about(entry: Entry, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that stand on an entry or one of its lines."""
    lines = {entry.line, *(movement.line for movement in entry.movements)}
    return tuple(each for each in findings if each.line in lines and each.file == entry.file)


def entry_at(books: Books, place: Place, day: date) -> Entry | None:
    """The entry that begins at a place."""
    own = books.entries[bisect_left(books.entries, day, key=_date_of) : bisect_right(books.entries, day, key=_date_of)]
    return next((each for each in own if each.place == place), None)


def neighbours(loaded: Loaded, entry: Entry) -> tuple[Entry | None, Entry | None]:
    """The vouchers before and after one in its series, by number."""
    series = entry.series
    if series is None:
        return None, None
    books = loaded.books
    key = ("series", series.journal, series.tree, series.year)
    own = loaded.once(key, lambda: sorted((e for e in books.entries if e.series is series), key=lambda e: e.number))
    where = next((index for index, each in enumerate(own) if each is entry), None)
    if where is None:
        return None, None
    return (own[where - 1] if where else None), (own[where + 1] if where + 1 < len(own) else None)


def account_in_words(books: Books, account: Account) -> str:
    """« Banques locales (Banque BDM) », as the chart of accounts and the books name it."""
    chart = books.policy.chart.accounts.get(account.number)
    own = account.label.replace("-", " ")
    if chart is None:
        return own or account.name
    same = folded(own) in folded(chart) or folded(chart) in folded(own)
    return chart if same else f"{chart} ({own})"


def person_in_words(books: Books, who: str) -> str:
    """The name of a declared person, else the text itself."""
    found: Person | None = books.policy.people.get(who)
    return found.name if found is not None else who


def _facts(books: Books, entry: Entry) -> Iterable[tuple[str, str]]:
    beneficiary = entry.text("beneficiaire")
    authorised = ", ".join(person_in_words(books, who) for who in entry.text("autorise-par").split())
    said = (
        ("Nature", _KINDS.get(entry.kind, "")),
        ("Objet", entry.narration),
        ("Reçu par", person_in_words(books, beneficiary) if beneficiary else ""),
        ("Mode", MODES.get(entry.text("mode"), entry.text("mode"))),
        ("Chèque n°", entry.text("cheque")),
        ("Ordre n°", entry.text("ordre")),
        ("Facture n°", entry.text("facture")),
        ("NIF", entry.text("nif")),
        ("Marché", entry.text("marche")),
        ("Avance", entry.text("avance")),
        ("Activité", entry.text("activite")),
        ("Registre des dons", entry.text("registre")),
        ("Autorisé par", authorised),
        ("Annulée", entry.text("annulee")),
        ("Dérogation", entry.text("derogation")),
        ("Motif", entry.text("motif")),
        ("Accordée par", person_in_words(books, entry.text("derogation-par"))),
    )
    yield from ((name, value) for name, value in said if value)


def _lines(loaded: Loaded, entry: Entry) -> Iterable[VoucherLine]:
    books = loaded.books
    for movement in entry.movements:
        tree, code = movement.account.tree, entry.text("ligne", movement)
        budgeted = bool(code) and movement.account.is_(*AGREED)
        agreement = books.agreement(entry, movement) if budgeted else None
        lines: Mapping[str, Any] = agreement.budget_at(entry.value_date) if agreement is not None else {}
        yield VoucherLine(
            movement.account,
            account_in_words(books, movement.account),
            code if budgeted else "",
            lines[code].label if code in lines else "",
            agreement.id if agreement is not None else "",
            max(movement.value, 0),
            max(-movement.value, 0),
            loaded.once(("lines left", tree), lambda tree=tree: _left(books, tree)).get((agreement.id, code))  # type: ignore[misc]
            if agreement is not None
            else None,
        )


def _left(books: Books, tree: str) -> Mapping[tuple[str, str], LineLeft]:
    """By agreement and line, what the budgets of a tree have left today; an agreement older than the books says nothing."""
    context = Context(books, Scope(tree), Period("", books.start, books.today))
    return {
        (each.agreement.id, line.code): LineLeft(
            line.budget, line.cumulative, line.outstanding, line.available, books.today
        )
        for each in executions(context, signed=True)
        if each.agreement is not None and not each.began_before
        for line in each.lines
        if line.budget
    }


def _offers(books: Books, dossier: Dossier | None) -> tuple[Offered, ...]:
    if dossier is None:
        return ()
    award = dossier.award
    found = [
        Offered(
            each.name,
            each.amount,
            each is award,
            papers.paper(books, f"Proforma de {each.name}", each.document) if each.document else None,
        )
        for each in dossier.quotes
    ]
    return tuple(sorted(found, key=lambda offer: (not offer.chosen, offer.amount)))


def _related(books: Books, entry: Entry) -> Iterable[Related]:
    """Invoices, advances and stornos, each a link of the entry's history."""

    def related(said: str, other: Entry, amount: int) -> Related:
        return Related(said, other, amount, papers.of_entry(books, other))

    def settled(opened: Entry, settlements: Iterable[tuple[Entry, int]], by: str, what: str) -> Iterable[Related]:
        """What settled this entry, or what it settles."""
        if opened is entry:
            return [related(by, other, part) for other, part in settlements]
        part = sum(each for other, each in settlements if other is entry)
        return [related(what, opened, part)] if part else []

    for tree in entry.trees:
        for invoice in books.invoices_by_tree.get(tree, ()):
            yield from settled(invoice.entry, invoice.settlements, "Facture réglée par", "Règle la facture")
    for advance in books.advances if entry.text("avance") else ():
        yield from settled(advance.opened, advance.settlements, "Avance justifiée par", "Justifie l'avance")
    yield from (related("Annule", other, _size(other)) for other in books.vouchers(entry.text("annule")))
    if entry.piece in books.reversed_pieces:
        for other in books.carrying("annule"):
            if other.text("annule") == entry.piece:
                yield related("Annulée par", other, _size(other))


def _size(entry: Entry) -> int:
    return sum(movement.value for movement in entry.movements if movement.value > 0)


# Lists of vouchers --------------------------------------------------------------------------------------------------


class VoucherRow(NamedTuple):
    """An entry in a list."""

    entry: Entry
    title: str
    amount: int
    """What it moves on the accounts listed; the whole entry without any."""


def rows(books: Books, entries: Iterable[Entry], accounts: frozenset[str] = frozenset()) -> list[VoucherRow]:
    """Entries as a list shows them."""
    found = []
    for entry in entries:
        own = [movement for movement in entry.movements if movement.account.name in accounts]
        amount = sum(movement.value for movement in own) if own else _size(entry)
        found.append(VoucherRow(entry, person_in_words(books, entry.payee) or entry.narration, amount))
    return found


def moving(books: Books, accounts: Iterable[str]) -> list[Entry]:
    """The entries that move some accounts, the latest first."""
    posted: list[Posted] = [each for name in accounts for each in books.movements(name)]
    return sorted({id(each.entry): each.entry for each in posted}.values(), key=lambda e: e.sort_key, reverse=True)


def charged(books: Books, tree: str, agreement: str, day: date) -> list[VoucherRow]:
    """What makes the amount spent of an agreement at the end of a day, the latest first; signed payments alone."""
    return [
        _charge(books, charge)
        for charge in reversed(books.charges_by_tree.get(tree, ()))
        if charge.entry.date <= day
        and charge.entry.place not in books.awaiting_signature
        and charge.agreement is not None
        and charge.agreement.id == agreement
    ]


def spent_on(books: Books, tree: str, activity: str, start: date, day: date) -> list[VoucherRow]:
    """What makes the cost of an activity over some days, the latest first."""
    return [
        _charge(books, charge)
        for charge in reversed(books.charges_by_tree.get(tree, ()))
        if charge.activity == activity and start <= charge.entry.date <= day
    ]


def _charge(books: Books, charge: Charge) -> VoucherRow:
    entry = charge.entry
    return VoucherRow(entry, person_in_words(books, entry.payee) or entry.narration, charge.amount)


def matches(books: Books, entry: Entry, sought: str) -> bool:
    """Whether an entry holds the words sought, or moves the amount sought."""
    digits = "".join(sought.split()).replace("\u202f", "")
    if digits.isdecimal() and any(abs(movement.value) == int(digits[:15]) for movement in entry.movements):
        return True
    payee = person_in_words(books, entry.payee)
    told = folded(" ".join((entry.piece, payee, entry.payee, entry.narration, entry.text("facture"))))
    return all(word in told for word in folded(sought).split())
