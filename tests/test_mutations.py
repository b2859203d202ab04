"""Faults planted in the demonstration books, one at a time: the right rule says so, on that file and line.

Every change keeps the books balanced, so that plain Beancount sees nothing. Any other error must be one that the fault
names beforehand as its true consequence.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from grandlivre.books.purchases import Nature
from grandlivre.books.records import Entry
from grandlivre.inspection import Inspection, inspect

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent


class Place(NamedTuple):
    """Where the fault must be said."""

    file: str
    line: int


class Desk:
    """A copy of the books on which one fault at a time is planted, then taken back."""

    def __init__(self, root: Path, books: Inspection, seed: int = 0) -> None:
        self.root = root
        self.entries = books.books.entries
        self.books = books.books
        self.random = random.Random(seed)
        self.before: dict[Path, bytes] = {}

    def path(self, file: str) -> Path:
        return self.root / Path(file).relative_to(ROOT)

    def lines(self, path: Path) -> list[str]:
        return path.read_text(encoding="utf-8").split("\n")

    def write(self, path: Path, lines: list[str]) -> None:
        self.before.setdefault(path, path.read_bytes())
        path.write_text("\n".join(lines), encoding="utf-8")

    def restore(self) -> None:
        for path, data in self.before.items():
            path.write_bytes(data)
        self.before.clear()

    def any_entry(self, fits: Callable[[Entry], bool]) -> Entry:
        found = [entry for entry in self.entries if fits(entry)]
        assert found, "the demonstration books no longer hold such an entry"
        return self.random.choice(found)

    def place(self, entry: Entry, line: int | None = None) -> Place:
        return Place(str(self.path(entry.file)), line or entry.line)

    def block(self, entry: Entry) -> tuple[Path, list[str], int, int]:
        """The file's lines and the entry's first and last (exclusive) index."""
        path = self.path(entry.file)
        lines = self.lines(path)
        end = entry.line
        while end < len(lines) and lines[end].startswith((" ", "\t")):
            end += 1
        return path, lines, entry.line - 1, end

    def set(self, entry: Entry, key: str, value: str | None) -> Place:
        """Sets, adds or removes a metadata value of the entry."""
        path, lines, start, end = self.block(entry)
        rows = [row for row in lines[start:end] if not re.match(rf"\s+{re.escape(key)}:", row)]
        if value is not None:
            rows.insert(1, f"  {key}: {value}")
        self.write(path, lines[:start] + rows + lines[end:])
        return self.place(entry)

    def sub(self, entry: Entry, pattern: str, new: str, count: int = 0) -> Place:
        """Rewrites the entry's text."""
        path, lines, start, end = self.block(entry)
        text = "\n".join(lines[start:end])
        changed = re.sub(pattern, new, text, count=count)
        assert changed != text, f"{pattern} does not occur in {text}"
        self.write(path, lines[:start] + changed.split("\n") + lines[end:])
        return self.place(entry)

    def scale(self, entry: Entry, more: int) -> Place:
        """Adds an amount to each of the two postings of an entry, keeping its balance."""
        assert len(entry.movements) == 2
        path, lines, _, _ = self.block(entry)
        for movement in entry.movements:
            row = lines[movement.line - 1]
            sign = 1 if movement.value > 0 else -1
            old, new = str(movement.value), str(movement.value + sign * more)
            assert old in row
            lines[movement.line - 1] = row.replace(old, new)
        self.write(path, lines)
        return self.place(entry)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("livres")
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.fixture
def desk(copied: Path, demo: Inspection) -> Iterator[Desk]:
    desk = Desk(copied, demo)
    yield desk
    desk.restore()


def bank_payment(entry: Entry) -> bool:
    return (
        entry.piece.startswith("BQ")
        and bool(entry.text("signataire-2"))
        and entry.tree != "FONCT"
        and not entry.kind
        and all(not m.account.is_("58") for m in entry.movements)
    )


def small_cash(entry: Entry) -> bool:
    return (
        entry.piece.startswith("CS")
        and len(entry.movements) == 2
        and any(m.account.is_expense for m in entry.movements)
        and not entry.kind
    )


Fault = Callable[[Desk], Place]
FAULTS: dict[str, tuple[str, set[str], Fault]] = {}


def fault(rule: str, *consequences: str) -> Callable[[Fault], Fault]:
    """Registers a fault: the rule that must say it, and the rules that may say its true consequences."""

    def note(plant: Fault) -> Fault:
        FAULTS[plant.__name__] = (rule, set(consequences), plant)
        return plant

    return note


@fault("double-signature")
def second_signature_missing(desk: Desk) -> Place:
    return desk.set(desk.any_entry(bank_payment), "signataire-2", None)


@fault("double-signature")
def one_person_signs_twice(desk: Desk) -> Place:
    entry = desk.any_entry(bank_payment)
    return desk.set(entry, "signataire-2", f'"{entry.text("signataire-1")}"')


@fault("double-signature")
def signatory_without_mandate(desk: Desk) -> Place:
    return desk.set(desk.any_entry(bank_payment), "signataire-2", '"comptable"')


@fault("double-signature", "autorisation")
def payee_signs(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: bank_payment(e) and len(e.movements) == 2 and not e.text("nif") and not e.text("avance")
    )
    return desk.set(entry, "beneficiaire", f'"{entry.text("signataire-1")}"')


@fault("trois-proformas")
def a_quote_is_missing(desk: Desk) -> Place:
    purchase = next(
        p
        for p in desk.books.purchases()
        if p.kind == "marche" and p.total > 51_000 and not desk.books.dossiers[p.key].framework
    )
    quote = desk.books.dossiers[purchase.key].quotes[-1]
    path = desk.path(quote.place.file)
    lines = desk.lines(path)
    end = quote.place.line
    while lines[end].startswith(" "):
        end += 1
    # blank lines keep the other line numbers
    desk.write(path, [*lines[: quote.place.line - 1], *[""] * (end - quote.place.line + 1), *lines[end:]])
    total = 0
    for line in purchase.lines:
        total += line.movement.value
        if total > 51_000:
            return desk.place(line.entry)
    raise AssertionError


@fault(
    "bailleurs-croises",
    "egalite-de-tresorerie",
    "ligne-budgetaire",
    "reglement",
    "numerotation-pieces",
    "hors-convention",
    "pv-de-caisse",
)
def an_expense_lands_in_another_tree(desk: Desk) -> Place:
    entry = desk.any_entry(lambda e: small_cash(e) and e.tree == "UE-EAU")
    account = next(m.account.name for m in entry.movements if m.account.is_expense)
    other = "Charges:FONCT:6055-Fournitures-de-bureau"
    assert other in desk.books.accounts
    return desk.sub(entry, re.escape(account), other)


@fault("montant-entier")
def a_whole_amount_is_written_with_decimals(desk: Desk) -> Place:
    entry = desk.any_entry(small_cash)
    movement = entry.movements[0]
    desk.sub(entry, rf"{movement.value} XOF", f"{movement.value}.00 XOF", 1)
    return desk.place(entry, movement.line)


@fault("numerotation-pieces", "pv-de-caisse")
def a_number_is_skipped(desk: Desk) -> Place:
    last: dict[str, Entry] = {}
    for entry in desk.entries:
        if entry.voucher and entry.voucher.series == "CS":
            last[entry.tree] = entry
    entry = desk.random.choice(sorted(last.values(), key=lambda e: e.piece))
    assert entry.voucher is not None
    return desk.set(entry, "piece", f'"CS-{entry.tree}-{entry.voucher.year}-{entry.voucher.number + 7:04d}"')


@fault("piece-justificative")
def a_voucher_file_is_missing(desk: Desk) -> Place:
    return desk.set(desk.any_entry(small_cash), "document", '"ue-eau/absent.pdf"')


@fault("derogation")
def a_waiver_silences_nothing(desk: Desk) -> Place:
    entry = desk.any_entry(small_cash)
    desk.set(entry, "motif", '"sans raison"')
    desk.set(entry, "derogation-par", '"president"')
    return desk.set(entry, "derogation", '"trois-proformas"')


@fault("ligne-budgetaire", "depassement-budgetaire")
def a_budget_line_does_not_exist(desk: Desk) -> Place:
    entry = desk.any_entry(lambda e: small_cash(e) and e.tree != "FONCT" and bool(e.text("ligne")))
    desk.set(entry, "ligne", '"99.9"')
    line = next(m.line for m in entry.movements if m.account.is_expense)
    return desk.place(entry, line)


@fault("facture-en-double")
def an_invoice_is_charged_twice(desk: Desk) -> Place:
    buying = [
        e
        for e in desk.entries
        if e.text("facture")
        and e.text("nif")
        and any(Nature().holds(m.account.number) and m.value > 0 for m in e.movements)
        and e.meta.get("reciproque") is not True
        and not e.kind
    ]
    first, second = next(
        (a, b) for a in buying for b in buying if a.tree != b.tree and a.date < b.date and not b.text("marche")
    )
    desk.set(second, "nif", f'"{first.text("nif")}"')
    return desk.set(second, "facture", f'"{first.text("facture")}"')


@fault("autorisation")
def a_large_payment_is_not_authorised(desk: Desk) -> Place:
    return desk.set(desk.any_entry(lambda e: bank_payment(e) and bool(e.text("autorise-par"))), "autorise-par", None)


@fault("hors-convention", "ligne-budgetaire", "double-signature", "reglement")
def an_expense_happened_before_the_agreement(desk: Desk) -> Place:
    entry = desk.any_entry(lambda e: small_cash(e) and e.tree == "UE-EAU")
    return desk.set(entry, "date-valeur", "2025-11-15")


@fault("egalite-de-tresorerie")
def a_share_is_short_by_one_franc(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: e.tree == "UE-EAU" and len(e.movements) == 2 and any(m.account.is_("702") for m in e.movements)
    )
    desk.scale(entry, -1)
    place = desk.books.tree_place("UE-EAU")
    return Place(str(desk.path(place.file)), place.line)


@fault("pv-de-caisse")
def a_count_differs_without_a_reason(desk: Desk) -> Place:
    count = next(c for c in desk.books.directives.counts if not c.reason and c.notes)
    path = desk.path(count.place.file)
    lines = desk.lines(path)
    row = lines[count.place.line - 1]
    lines[count.place.line - 1] = row.replace(f"{count.counted} XOF", f"{count.counted - 500} XOF")
    desk.write(path, lines)
    return Place(str(path), count.place.line)


@fault("rapprochement-bancaire")
def a_statement_is_off_by_one_franc(desk: Desk) -> Place:
    statement = next(s for s in desk.books.directives.statements if s.account.is_bank)
    path = desk.path(statement.place.file)
    lines = desk.lines(path)
    row = lines[statement.place.line - 1]
    lines[statement.place.line - 1] = row.replace(f"{statement.balance} XOF", f"{statement.balance + 1} XOF")
    desk.write(path, lines)
    return Place(str(path), statement.place.line)


@fault("caisse-hors-bornes", "pv-de-caisse", "egalite-de-tresorerie", "trois-proformas", "depassement-budgetaire")
def a_cash_expense_is_too_large(desk: Desk) -> Place:
    entry = desk.any_entry(lambda e: small_cash(e) and e.tree == "GENRE")
    value = max(m.value for m in entry.movements)
    return desk.scale(entry, 26_000 - value)


@fault("reglement", "hors-convention")
def an_unknown_agreement_is_named(desk: Desk) -> Place:
    return desk.set(desk.any_entry(lambda e: small_cash(e) and e.tree == "UE-EAU"), "convention", '"UE-1999"')


def said_errors(found: Inspection) -> set[tuple[str, str, int]]:
    return {(f.rule, f.file, f.line) for f in found.findings if f.level == "erreur"}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_planted_fault_is_caught(name: str, desk: Desk) -> None:
    rule, consequences, plant = FAULTS[name]
    place = plant(desk)
    main = desk.root / "ledger" / "main.beancount"
    found = inspect(main)
    errors = said_errors(found)
    assert any(r == rule and f == place.file and abs(line - place.line) <= 2 for r, f, line in errors), (place, errors)
    others = {r for r, _, _ in errors} - {rule} - consequences  # "beancount" among them would mean an unbalanced change
    assert others == set(), [f.message for f in found.findings if f.rule in others]


def test_untouched_books_hold_no_error(demo: Inspection) -> None:
    assert demo.errors == 0, [f.message for f in demo.findings if f.level == "erreur"]
    assert 3 <= demo.warnings <= 12
