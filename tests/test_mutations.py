"""Faults planted in the demonstration books, one at a time: the right rule says so, on that file and line.

Every change keeps the books balanced, so that plain Beancount sees nothing. Any other error must be one that the fault
names beforehand as its true consequence.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from doubts import compared
from grandlivre.books.purchases import Nature
from grandlivre.books.records import Entry
from grandlivre.checks import rule_ids
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period

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
            if data:
                path.write_bytes(data)
            else:  # it was not there
                path.unlink()
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

    def open_account(self, tree: str, name: str) -> Place:
        """Opens an account at the end of a tree's list."""
        path = self.root / "ledger" / tree.lower() / "comptes.beancount"
        lines = self.lines(path)
        self.write(path, [*lines, f"2026-02-01 open {name}  XOF", ""])
        return Place(str(path), len(lines) + 1)

    def rule(self, name: str, old: str, new: str) -> Place:
        """Rewrites a line of the rules."""
        path = self.root / "rules" / name
        lines = self.lines(path)
        number = next(index for index, line in enumerate(lines) if old in line)
        self.write(path, [*lines[:number], lines[number].replace(old, new), *lines[number + 1 :]])
        return Place(str(path), number + 1)


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
FAULTS: dict[str, tuple[str, str, set[str], Fault]] = {}


def fault(rule: str, *consequences: str, level: str = "erreur") -> Callable[[Fault], Fault]:
    """Registers a fault: the rule that must say it, and the rules whose errors are its true consequences."""

    def note(plant: Fault) -> Fault:
        FAULTS[plant.__name__] = (rule, level, set(consequences), plant)
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


@fault("double-signature")
def bank_charges_are_paid_by_transfer(desk: Desk) -> Place:
    entry = desk.any_entry(lambda e: e.piece.startswith("BQ") and all(m.account.is_("52", "631") for m in e.movements))
    return desk.set(entry, "mode", '"virement"')


# money that comes back by the storno of a payment leaves by that of a receipt: the sign is all that is turned
@fault("double-signature", "reglement", "rapprochement-bancaire", "egalite-de-tresorerie", "decouvert")
def a_receipt_is_given_back(desk: Desk) -> Place:
    entry = desk.any_entry(lambda e: bank_payment(e) and not e.text("nif") and not e.text("avance"))
    desk.set(entry, "signataire-1", None)
    desk.set(entry, "signataire-2", None)
    return desk.set(entry, "ecriture", '"extourne"')


@fault("double-signature")
def a_ticked_payment_still_waits_for_a_signature(desk: Desk) -> Place:
    entry = desk.any_entry(lambda e: bank_payment(e) and bool(e.text("pointage")))
    desk.set(entry, "signataire-2", None)
    return desk.sub(entry, rf"^{entry.date} \*", f"{entry.date} !", 1)


@fault("reglement")
def a_file_is_signed_at_once(desk: Desk) -> Place:
    path = desk.path(desk.any_entry(bank_payment).file)
    lines = desk.lines(path)
    desk.write(path, [*lines, 'pushmeta signataire-1: "directeur"', "popmeta signataire-1:", ""])
    return Place(str(path), len(lines) + 1)


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


@fault("facture-en-double", "trois-proformas", "tiers-a-solder")
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
    first, second = next((a, b) for a in buying for b in buying if a.tree != b.tree and a.date < b.date)
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


@fault("rapprochement-bancaire", "releve-fichier")
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


@fault("compte-bancaire-unique", "rapprochement-bancaire")
def a_second_bank_account_is_opened(desk: Desk) -> Place:
    return desk.open_account("UE-EAU", "Actif:UE-EAU:52115-Banque-BNDA")


@fault("compte-hors-plan")
def an_account_is_not_in_the_chart(desk: Desk) -> Place:
    return desk.open_account("UE-EAU", "Charges:UE-EAU:6049-Divers")


# the bank's statement and its list of outstanding items no longer agree; the salaries pass their signatories' ceiling, and what
# the staff is owed
@fault("decouvert", "rapprochement-bancaire", "double-signature", "autorisation", "tiers-a-solder")
def salaries_empty_the_bank(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: bank_payment(e) and len(e.movements) == 2 and e.movements[0].account.is_("422") and e.tree == "UE-EAU"
    )
    return desk.scale(entry, 90_000_000)


# two cash expenses above what a till may pay at once, and a till that no longer holds what was counted
@fault("fractionnement", "caisse-hors-bornes", "pv-de-caisse", "egalite-de-tresorerie")
def a_purchase_is_split_in_two(desk: Desk) -> Place:
    """Two small purchases of one month become two halves of one: same supplier, same account and line."""
    small = [e for e in desk.entries if small_cash(e) and Nature().holds(e.movements[0].account.number)]
    first, second = next(
        (a, b) for a in small for b in small if a.tree == b.tree and a is not b and 0 < (b.date - a.date).days <= 20
    )
    for entry in (first, second):
        desk.scale(entry, 26_000 - entry.movements[0].value)
    desk.sub(second, re.escape(f'"{second.payee}"'), f'"{first.payee}"', 1)
    desk.sub(second, re.escape(second.movements[0].account.name), first.movements[0].account.name)
    return desk.set(second, "ligne", f'"{first.text("ligne")}"')


# an award of 2 300 000 invoiced for more, its authorisation, and the register of assets that no longer agrees
@fault("depassement-budgetaire", "trois-proformas", "autorisation", "reglement")
def motorcycles_cost_more_than_their_heading(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: e.tree == "UE-EAU" and e.movements[:1] != () and e.movements[0].account.is_("2458")
    )
    return desk.scale(entry, 1_200_000)


@fault("avance-en-retard")
def an_advance_is_justified_without_its_number(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: bool(e.text("avance")) and any(m.account.is_("4213") and m.value < 0 for m in e.movements)
    )
    return desk.set(entry, "avance", None)


@fault("avance-en-retard")
def somebody_overdue_receives_an_advance(desk: Desk) -> Place:
    """Nothing justifies a first advance any more: months later its holder receives another."""
    given = [
        e for e in desk.entries if e.text("avance") and any(m.account.is_("4213") and m.value > 0 for m in e.movements)
    ]
    first, second = next(
        (a, b) for a in given for b in given if a.payee_of() == b.payee_of() and (b.date - a.date).days > 90
    )
    for entry in desk.entries:
        if entry.text("avance") == first.text("avance") and entry is not first:
            desk.set(entry, "avance", '""')
    return desk.place(second)


# the till's own day: its numbers, its counts and its bounds are read in the order of dates
@fault("virement-en-transit", "numerotation-pieces", "pv-de-caisse", "caisse-hors-bornes")
def cash_drawn_arrives_the_day_after(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: (
            e.piece.startswith("CS")
            and e.date.day < 25
            and any(m.account.is_("585") and m.value < 0 for m in e.movements)
        )
    )
    return desk.sub(entry, f"^{entry.date}", str(entry.date + timedelta(days=1)), 1)


@fault("origine-des-fonds", level="alerte")
def a_donor_is_paid_by_a_listed_country(desk: Desk) -> Place:
    return desk.rule("bailleurs/ue-eau.yaml", "pays-origine-fonds: BE", "pays-origine-fonds: FR")


@fault("periode-close")
def a_closed_entry_changes(desk: Desk) -> Place:
    closing = desk.books.closings[0]
    period = Period.parse(closing.period)
    assert period is not None
    entry = desk.any_entry(lambda e: small_cash(e) and e.date in period)
    desk.sub(entry, re.escape(f'"{entry.narration}"'), '"Autre chose"', 1)
    return Place(str(desk.path(closing.place.file)), closing.place.line)


@fault("regle-retroactive")
def a_threshold_is_raised_in_the_past(desk: Desk) -> Place:
    return desk.rule("controles.yaml", "valeur: 51 000 XOF", "valeur: 75 000 XOF")


@fault("serie-tronquee", "periode-close", "numerotation-pieces")
def a_closing_knew_one_voucher_more(desk: Desk) -> Place:
    closing = desk.books.closings[-1]
    path = desk.path(closing.place.file)
    series, number = closing.series[-1]
    last = max(entry.number for entry in desk.entries if entry.piece.startswith(series))
    text = path.read_text(encoding="utf-8").replace(f"{series}={number}", f"{series}={last + 1}")
    desk.write(path, text.split("\n"))
    return Place(str(path), closing.place.line)


@fault("piece-reutilisee")
def a_voucher_cites_the_paper_of_another(desk: Desk) -> Place:
    first = next(entry for entry in desk.entries if small_cash(entry) and entry.tree == "UE-EAU")
    later = [entry for entry in desk.entries if small_cash(entry) and entry.date > first.date]
    return desk.set(desk.random.choice(later), "document", f'"{first.text("document")}"')


@fault("piece-reutilisee")
def a_cheque_is_drawn_twice(desk: Desk) -> Place:
    drawn = [entry for entry in desk.entries if bank_payment(entry) and entry.tree == "GENRE" and entry.text("cheque")]
    return desk.set(drawn[-1], "cheque", f'"{drawn[0].text("cheque")}"')


@fault("releve-fichier", "rapprochement-bancaire")
def a_statement_is_not_what_the_bank_wrote(desk: Desk) -> Place:
    statement = next(each for each in reversed(desk.books.directives.statements) if each.account.is_bank)
    path = desk.path(statement.place.file)
    lines = desk.lines(path)
    row = statement.place.line - 1
    changed = lines[row].replace(f" {statement.balance} XOF", f" {statement.balance + 1} XOF")
    desk.write(path, [*lines[:row], changed, *lines[row + 1 :]])
    return Place(str(path), statement.place.line)


@fault("date-valeur-lointaine")
def a_mandate_that_ended_is_revived(desk: Desk) -> Place:
    entry = next(e for e in desk.entries if bank_payment(e) and (e.date.month, e.tree) == (10, "UE-EAU"))
    key = next(key for key in ("signataire-1", "signataire-2") if entry.text(key) != "directeur")
    desk.set(entry, key, '"secretaire-generale"')
    return desk.set(entry, "date-valeur", "2026-09-15")


def paid_to_net_sahel(desk: Desk) -> Entry:
    """The last payment of the internet, by transfer."""
    return [entry for entry in desk.entries if entry.text("rib-beneficiaire") and entry.payee.startswith("Net Sahel")][
        -1
    ]


@fault("conflit-d-interets", level="alerte")
def who_signs_is_related_to_the_supplier(desk: Desk) -> Place:
    entry = paid_to_net_sahel(desk)
    old = "comptes: [ML099 01001"
    desk.rule("fournisseurs.yaml", old, f"lie-a: [{entry.text('signataire-1')}], {old}")
    return desk.place(entry)


@fault("conflit-d-interets")
def an_excluded_supplier_sells_again(desk: Desk) -> Place:
    sold = [entry for entry in desk.entries if entry.payee.startswith("Net Sahel") and entry.piece.startswith("OD")][-1]
    old = "comptes: [ML099 01001"
    desk.rule("fournisseurs.yaml", old, f"exclu-depuis: {sold.date}, {old}")
    return desk.place(sold)


@fault("virement-fournisseur", level="alerte")
def a_transfer_goes_to_another_account(desk: Desk) -> Place:
    return desk.set(paid_to_net_sahel(desk), "rib-beneficiaire", '"ML099 01001 010000870531 13"')


# an unauthorised shift of funds that no budget line, and no share, knows
@fault("comptes-de-bilan", "egalite-de-tresorerie", "ligne-budgetaire")
def reserves_pay_an_expense(desk: Desk) -> Place:
    own = "Capitaux:FONCT:121-Report-a-nouveau"
    assert own in desk.books.accounts
    entry = desk.any_entry(lambda e: small_cash(e) and e.tree == "FONCT")
    return desk.sub(entry, re.escape(entry.movements[0].account.name), own)


@fault("tiers-a-solder")
def a_payment_names_an_invoice_that_nothing_booked(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: bank_payment(e) and bool(e.text("facture")) and all(m.account.is_("401", "52") for m in e.movements)
    )
    return desk.set(entry, "facture", '"F26-9999"')


def _meeting(desk: Desk, body: str, wanted: str) -> tuple[Path, list[str], int]:
    """The file of a meeting, its lines, and the place of its first one."""
    met = next(m for m in desk.books.directives.meetings if m.body == body and wanted in m.subject)
    path = desk.path(met.place.file)
    return path, desk.lines(path), met.place.line - 1


def _without(desk: Desk, body: str, wanted: str, key: str) -> Place:
    """Takes one key of a meeting away."""
    path, lines, at = _meeting(desk, body, wanted)
    row = next(row for row in range(at, len(lines)) if lines[row].startswith(f"  {key}:"))
    desk.write(path, lines[:row] + lines[row + 1 :])
    return Place(str(path), at + 1)


@fault("rencontre-manquante", level="alerte")
def a_months_meeting_was_not_held(desk: Desk) -> Place:
    path, lines, at = _meeting(desk, "direction", "septembre")
    desk.write(path, [*lines[:at], lines[at].replace('"direction"', '"equipe"'), *lines[at + 1 :]])
    return desk.rule("organisation.yaml", "rencontres:", "rencontres:")


@fault("quorum")
def two_members_adopt(desk: Desk) -> Place:
    path, lines, at = _meeting(desk, "bureau", "plan de travail")
    lines[at + 1 : at + 1] = ['  adopte: "FONCT-2026"']
    row = next(row for row in range(at, len(lines)) if "presents:" in lines[row])
    lines[row] = '  presents: "president tresoriere"'
    desk.write(path, lines)
    return Place(str(path), at + 1)


@fault("decision-en-retard", level="alerte")
def a_decision_is_never_done(desk: Desk) -> Place:
    return _without(desk, "direction", "mars", "decision-1-faite")


@fault("budget-non-adopte")
def nobody_adopted_the_addendum(desk: Desk) -> Place:
    path, lines, _ = _meeting(desk, "bureau", "avenant de UE/2025/118")
    desk.write(path, [line.replace(" UE-2025-118@2026-07-01", "") for line in lines])
    first = next(
        charge.entry
        for charge in sorted(desk.books.charges, key=lambda each: each.day)
        if charge.agreement is not None and charge.agreement.id == "UE-2025-118" and charge.day.month == 7
    )
    return Place(str(desk.path(first.file)), first.line)


@fault("mandat-non-decide", level="alerte")
def nobody_gave_the_mandate(desk: Desk) -> Place:
    _without(desk, "bureau", "avenant de UE/2025/118", "mandate")
    return desk.rule("mandats.yaml", "du: 2026-07-01, au: 2026-12-31", "du: 2026-07-01, au: 2026-12-31")


@fault("activite-sans-depense", level="alerte")
def an_activity_cost_nothing(desk: Desk) -> Place:
    desk.rule("bailleurs/ue-eau.yaml", "    financement:", "    lien-activite: oui\n    financement:")
    step = next(s for s in desk.books.directives.activities if s.code == "A2.1" and s.tree == "UE-EAU")
    for path in (desk.root / "ledger").rglob("*.beancount"):
        lines = desk.lines(path)
        if any('activite: "A2.1"' in line for line in lines):
            desk.write(path, [line.replace('activite: "A2.1"', 'activite: "A2.2"') for line in lines])
    return Place(str(desk.path(step.place.file)), step.place.line)


@fault("depense-sans-activite", level="alerte")
def allowances_for_an_activity_nobody_held(desk: Desk) -> Place:
    desk.rule("bailleurs/ue-eau.yaml", "    financement:", "    lien-activite: oui\n    financement:")
    entry = desk.any_entry(
        lambda e: e.tree == "UE-EAU" and e.text("activite") == "A1.1" and e.date.month == 10 and not e.kind
        and any(m.account.is_("6384") for m in e.movements)
    )  # fmt: skip
    desk.set(entry, "activite", '"A9.9"')
    movement = next(m for m in entry.movements if m.account.is_("6384"))
    return Place(str(desk.path(entry.file)), movement.line)


@fault("parite", level="alerte")
def a_body_of_men_is_elected(desk: Desk) -> Place:
    body = next(each for each in desk.books.directives.communities if each.id == "OC-001")
    path = desk.path(body.place.file)
    lines = desk.lines(path)
    row = next(row for row in range(body.place.line, len(lines)) if "femmes:" in lines[row])
    desk.write(path, [*lines[:row], "  femmes: 0", *lines[row + 1 :]])
    return Place(str(path), body.place.line)


@fault("rapport-en-retard", "periode-close", level="alerte")
def a_report_was_never_sent(desk: Desk) -> Place:
    sent = next(t for t in desk.books.directives.transmissions if (t.tree, t.period) == ("GENRE", "2026-T3"))
    path = desk.path(sent.place.file)
    lines = desk.lines(path)
    at = sent.place.line - 1
    end = next(row for row in range(at, len(lines)) if not lines[row].strip())
    desk.write(path, lines[:at] + lines[end:])
    return Place(
        str(desk.root / "rules/bailleurs/genre.yaml"), _line(desk, "bailleurs/genre.yaml", "rapport-financier", 2)
    )


def _line(desk: Desk, name: str, words: str, nth: int) -> int:
    """The line of the nth row of a file of rules that holds words."""
    found = [n for n, line in enumerate(desk.lines(desk.root / "rules" / name), 1) if words in line]
    return found[nth - 1]


@fault("cotisation-en-retard", level="alerte")
def dues_are_asked_for_before_they_were_paid(desk: Desk) -> Place:
    desk.rule("controles.yaml", "cotisation-en-retard: {delai: 12 mois}", "cotisation-en-retard: {delai: 9 mois}")
    paid = next(entry for entry in reversed(desk.entries) if entry.text("membre"))
    desk.set(paid, "annee", "2025")
    return desk.rule("membres.yaml", "cotisation:", "cotisation:")


@fault("taux-manquant", "regle-retroactive", level="alerte")
def a_policy_asks_for_rates_that_nobody_wrote(desk: Desk) -> Place:
    return desk.rule(
        "bailleurs/ue-eau.yaml",
        "    financement: fonds-administration",
        "    taux-politique: mois\n    financement: fonds-administration",
    )


@fault("immobilisations", level="alerte")
def a_computer_was_sold_and_stays_in_the_accounts(desk: Desk) -> Place:
    """Nobody opens the sealed January again: when an asset leaves is written on its directive, which seals leave alone."""
    asset = next(each for each in desk.books.directives.assets if each.id == "IM-2026-001")
    path = desk.path(asset.place.file)
    lines, at = desk.lines(path), asset.place.line
    desk.write(path, [*lines[:at], "  sortie: 2026-10-12", '  motif-sortie: "vente"', *lines[at:]])
    return Place(str(path), at)


@fault("ecart-inexplique", "rapport-en-retard", "periode-close", "regle-retroactive", level="alerte")
def a_donor_asks_why_and_nobody_wrote(desk: Desk) -> Place:
    a_report_was_never_sent(desk)
    return desk.rule(
        "bailleurs/genre.yaml",
        "    du: 2026-07-01",
        "    ecart-a-expliquer: 5 %\n    du: 2026-07-01",
    )


@fault("regles-affaiblies", "regle-retroactive", level="alerte")
def a_rule_is_stopped(desk: Desk) -> Place:
    return desk.rule("controles.yaml", "decouvert: oui", "decouvert: non")


@fault("cloture-en-retard")
def the_closings_are_taken_away(desk: Desk) -> Place:
    for closing in desk.books.closings:
        path = desk.path(closing.place.file)
        desk.write(path, [line.replace('custom "cloture"', 'event "cloture"') for line in desk.lines(path)])
    return desk.rule("organisation.yaml", "sigle:", "sigle:")._replace(line=1)


@fault("visa")
def a_signed_text_is_damaged(desk: Desk) -> Place:
    path = desk.root / "ledger/visas/ecritures/2026-10/2026-10-01-directeur-1.visa"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"grandlivre visa 1\r\n")
    desk.before[path] = b""  # taken away afterwards
    return Place(str(path), 1)


@fault("regles-visees")
def visas_are_asked_for_by_rules_that_nobody_signed(desk: Desk) -> Place:
    desk.rule("controles.yaml", "derogation: oui", "derogation: {preuve: [{depuis: 2026-10-31, valeur: visa}]}")
    return Place(str(desk.root / "ledger/main.beancount"), 1)


@fault("egalite-de-tresorerie", "rapprochement-bancaire")
def an_expense_is_booked_without_its_share(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: e.tree == "UE-EAU" and len(e.movements) == 2 and e.movements[0].account.is_("6318")
    )
    desk.scale(entry, 1_000)
    place = desk.books.tree_place("UE-EAU")
    return Place(str(desk.path(place.file)), place.line)


# two trees in one entry, a BQ of a tree whose bank it does not touch, both statements
@fault(
    "egalite-de-tresorerie", "bailleurs-croises", "rapprochement-bancaire", "numerotation-pieces", "double-signature"
)
def the_cash_of_one_tree_pays_the_debt_of_another(desk: Desk) -> Place:
    entry = desk.any_entry(
        lambda e: bank_payment(e) and e.tree == "UE-EAU" and len(e.movements) == 2 and e.movements[0].account.is_("401")
    )
    own, other = desk.books.tree_place("UE-EAU"), "Actif:GENRE:52113-Banque-BMS"
    assert other in desk.books.accounts
    desk.sub(entry, re.escape("Actif:UE-EAU:52111-Banque-BDM"), other)
    return Place(str(desk.path(own.file)), own.line)


def touches_a_closed_period(desk: Desk) -> bool:
    """Whether a changed month is closed: `periode-close` then says so too, which is a true consequence of any fault."""
    closed = [period for each in desk.books.closings if (period := Period.parse(each.period))]
    months = [Period.parse(path.stem) for path in desk.before if path.suffix == ".beancount"]
    return any(month is not None and month.start in period for month in months for period in closed)


def said_errors(found: Inspection) -> set[tuple[str, str, int]]:
    return {(f.rule, f.file, f.line) for f in found.findings if f.level == "erreur"}


EACH = 1 if os.environ.get("GRANDLIVRE_LONG") else 4
"""Of the rules that a fault is not about, one in so many is also judged whole, others with each fault; by flag, all of them."""


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_planted_fault_is_caught(name: str, desk: Desk) -> None:
    rule, level, consequences, plant = FAULTS[name]
    place = plant(desk)
    main = desk.root / "ledger" / "main.beancount"
    turn, turns = sorted(FAULTS).index(name), {each: rank for rank, each in enumerate(sorted(rule_ids()))}
    with compared(lambda each: each.id == rule or (turns[each.id] + turn) % EACH == 0):
        found = inspect(main)
    said = {(f.rule, f.file, f.line) for f in found.findings if f.level == level}
    assert (rule, *place) in said, (place, sorted(said))
    errors = said_errors(found)
    if touches_a_closed_period(desk):
        consequences = consequences | {"periode-close"}
    if any(path.suffix == ".yaml" for path in desk.before):
        consequences = consequences | {"regle-retroactive"}
    others = {r for r, _, _ in errors} - {rule} - consequences  # "beancount" among them would mean an unbalanced change
    assert others == set(), [f.message for f in found.findings if f.rule in others]


def test_every_rule_has_its_fault() -> None:
    """`texte` and `beancount` read files and Beancount's own errors: their tests are elsewhere."""
    assert {rule for rule, _, _, _ in FAULTS.values()} == rule_ids()


def test_untouched_books_hold_no_error(demo: Inspection) -> None:
    assert demo.errors == 0, [f.message for f in demo.findings if f.level == "erreur"]
    assert 3 <= demo.warnings <= 12
