"""Faults and lawful changes, drawn at random and written into a copy of the demonstration books.

A book is a list of blocks of text: what stands on a line of its own margin and the indented lines below it. Changes work
on blocks, so that one never spoils the place of another, and every transaction stays balanced.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

AMOUNT = re.compile(r"^(\s+\S+:\S+\s+)(-?\d+)( XOF\s*)$")


class NothingFitsError(Exception):
    """The books no longer hold what this change needs."""


@dataclass(eq=False)
class Block:
    """One directive as text."""

    lines: list[str]

    @property
    def head(self) -> str:
        return self.lines[0]

    @property
    def day(self) -> date:
        return date.fromisoformat(self.head[:10])

    @property
    def is_entry(self) -> bool:
        return re.match(r"\d{4}-\d\d-\d\d [*!] ", self.head) is not None

    def is_note(self, kind: str) -> bool:
        return f' custom "{kind}"' in self.head

    def get(self, key: str) -> str:
        for line in self.lines[1:]:
            found = re.match(rf"  {re.escape(key)}: (.*)$", line)
            if found:
                return found.group(1).strip('"')
        return ""

    def set(self, key: str, value: str | None) -> None:
        """Sets, adds or takes away a value of the directive; text comes quoted."""
        kept = [line for line in self.lines[1:] if not re.match(rf"  {re.escape(key)}: ", line)]
        self.lines[1:] = kept if value is None else [f"  {key}: {value}", *kept]

    def sub(self, pattern: str, new: str) -> None:
        text = "\n".join(self.lines)
        changed = re.sub(pattern, new, text, count=1)
        if changed == text:
            raise NothingFitsError(pattern)
        self.lines = changed.split("\n")

    def legs(self) -> list[tuple[int, str, int]]:
        """Place of the line, account and amount of each posting in francs."""
        found = [(place, AMOUNT.match(line)) for place, line in enumerate(self.lines)]
        return [(place, hit.group(1).split()[0], int(hit.group(2))) for place, hit in found if hit]

    def touches(self, prefix: str, sign: int = 0) -> bool:
        return any(
            account.rsplit(":", 1)[-1].startswith(prefix) and (not sign or (value > 0) == (sign > 0))
            for _, account, value in self.legs()
        )

    @property
    def tree(self) -> str:
        legs = self.legs()
        return legs[0][1].split(":")[1] if legs else ""

    @property
    def simple(self) -> bool:
        """Whether it has two postings in francs and no storno or opening."""
        plain = len([line for line in self.lines if re.match(r"  [A-Z]\w*:\S+:", line)]) == 2
        return plain and len(self.legs()) == 2 and not self.get("ecriture") and not self.get("annulee")

    def scale(self, value: int) -> None:
        """Gives a two-posting entry another amount."""
        for place, _, old in self.legs():
            self.lines[place] = re.sub(r"-?\d+( XOF)", f"{value if old > 0 else -value}\\1", self.lines[place])

    def move(self, day: date) -> None:
        self.lines[0] = f"{day}{self.lines[0][10:]}"

    def copy(self) -> Block:
        return Block(list(self.lines))


@dataclass
class Draft:
    """The books on which changes are made; `write` puts them in the copy, `restore` takes them back."""

    root: Path
    random: random.Random
    blocks: dict[str, list[Block]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    before: dict[Path, bytes | None] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for path in sorted((self.root / "ledger").glob("*/*.beancount")):
            self.blocks[path.relative_to(self.root).as_posix()] = cut(path.read_text(encoding="utf-8"))
        for path in sorted((self.root / "rules").rglob("*.yaml")):
            self.rules[path.relative_to(self.root).as_posix()] = path.read_text(encoding="utf-8")

    @cached_property
    def last(self) -> date:
        """The day of the last entry."""
        return max(block.day for blocks in self.blocks.values() for block in blocks if block.is_entry)

    # --- choosing

    def pick(self, fits: Callable[[Block], bool]) -> Block:
        found = [
            block
            for blocks in self.blocks.values()
            for block in blocks
            if re.match(r"\d{4}-", block.head) and fits(block)
        ]
        if not found:
            raise NothingFitsError
        return self.random.choice(found)

    def entry(self, fits: Callable[[Block], bool]) -> Block:
        return self.pick(lambda block: block.is_entry and fits(block))

    def open_entry(self, fits: Callable[[Block], bool]) -> Block:
        """An entry of the last month."""
        return self.entry(lambda block: block.day >= self.last.replace(day=1) and fits(block))

    def note(self, kind: str, fits: Callable[[Block], bool] = lambda _: True) -> Block:
        return self.pick(lambda block: block.is_note(kind) and fits(block))

    def file_of(self, block: Block) -> str:
        return next(name for name, blocks in self.blocks.items() if block in blocks)

    def remove(self, block: Block) -> None:
        self.blocks[self.file_of(block)].remove(block)

    def add(self, like: Block, block: Block) -> None:
        self.blocks[self.file_of(like)] += [Block([""]), block, Block([""])]

    def next_piece(self, series: str, tree: str) -> str:
        found = [
            int(hit.group(1))
            for blocks in self.blocks.values()
            for block in blocks
            if block.is_entry and (hit := re.fullmatch(rf"{series}-{tree}-2026-(\d+)", block.get("piece")))
        ]
        return f"{series}-{tree}-2026-{max(found, default=0) + 1:04d}"

    def tree(self) -> str:
        """Any tree that may buy office supplies."""
        heads = [block.head for blocks in self.blocks.values() for block in blocks if ":6055-" in block.head]
        return self.random.choice(heads).split(":")[1]

    def rule(self, file: str, old: str, new: str) -> None:
        text = self.rules.get(f"rules/{file}", "")
        if old not in text:
            raise NothingFitsError(old)
        self.rules[f"rules/{file}"] = text.replace(old, new, 1)

    # --- files

    def put(self, path: Path, data: bytes | None) -> None:
        self.before.setdefault(path, path.read_bytes() if path.exists() else None)
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)

    def write(self) -> None:
        texts = {name: "\n".join("\n".join(block.lines) for block in blocks) for name, blocks in self.blocks.items()}
        for name, text in (texts | self.rules).items():
            path = self.root / name
            if path.read_bytes() != text.encode():
                self.put(path, text.encode())

    def restore(self) -> None:
        for path, data in self.before.items():
            if data is None:
                with suppress(FileNotFoundError):
                    path.unlink()
            else:
                path.write_bytes(data)


def cut(text: str) -> list[Block]:
    blocks: list[Block] = []
    for line in text.split("\n"):
        if line.startswith((" ", "\t")) and blocks:
            blocks[-1].lines.append(line)
        else:
            blocks.append(Block([line]))
    return blocks


def copied_books(source: Path, target: Path) -> Path:
    for name in ("ledger", "rules"):
        shutil.copytree(source / name, target / name)
    return target


Change = Callable[[Draft], None]
CHANGES: dict[str, Change] = {}
LAWFUL: set[str] = set()


def fault(change: Change) -> Change:
    CHANGES[change.__name__] = change
    return change


def lawful(change: Change) -> Change:
    """A change that, alone and outside closed periods, must give no finding at all."""
    LAWFUL.add(change.__name__)
    return fault(change)


def signed(block: Block) -> bool:
    return bool(block.get("signataire-2")) and block.touches("52", -1)


def bank_simple(block: Block) -> bool:
    return signed(block) and block.simple


def cash_expense(block: Block) -> bool:
    return block.simple and block.touches("57", -1) and block.touches("6", 1)


def charges(block: Block) -> bool:
    return block.simple and block.touches("631", 1) and block.touches("52", -1)


def invoice(block: Block) -> bool:
    return block.simple and bool(block.get("facture")) and block.touches("401", -1) and block.touches("6", 1)


# --- signatures -------------------------------------------------------------------------------------------------------


@fault
def one_signature_is_missing(draft: Draft) -> None:
    draft.entry(signed).set(draft.random.choice(["signataire-1", "signataire-2"]), None)


@fault
def no_signature(draft: Draft) -> None:
    block = draft.entry(signed)
    block.set("signataire-1", None)
    block.set("signataire-2", '""')


@fault
def one_signs_twice(draft: Draft) -> None:
    block = draft.entry(signed)
    block.set("signataire-2", f'"{block.get("signataire-1")}"')


@fault
def someone_else_signs(draft: Draft) -> None:
    who = draft.random.choice(
        ["comptable", "coordinatrice", "secretaire-generale", "inconnu", "president", "tresoriere", "conseiller"]
    )
    draft.entry(signed).set(draft.random.choice(["signataire-1", "signataire-2"]), f'"{who}"')


@fault
def the_payee_signs(draft: Draft) -> None:
    block = draft.entry(lambda b: bank_simple(b) and not b.get("nif") and not b.get("avance"))
    block.set("beneficiaire", f'"{block.get("signataire-1")}"')


@fault
def a_signatory_is_paid_by_name(draft: Draft) -> None:
    block = draft.entry(
        lambda b: bank_simple(b) and not b.get("nif") and not b.get("avance") and not b.get("beneficiaire")
    )
    name = draft.random.choice(["A. Traore (fictif)", "a. traoré (FICTIF)", "F. Diarra (fictif)"])
    block.sub(r'"[^"]*"', f'"{name}"')


@lawful
def signatures_the_other_way_round(draft: Draft) -> None:
    block = draft.open_entry(signed)
    first, second = block.get("signataire-1"), block.get("signataire-2")
    block.set("signataire-1", f'"{second}"')
    block.set("signataire-2", f'"{first}"')


@fault
def a_payment_waits_for_its_signature(draft: Draft) -> None:
    block = draft.entry(signed)
    block.set("signataire-2", None)
    block.sub(r" \* ", " ! ")
    if draft.random.random() < 0.6:
        block.set("pointage", None)


@fault
def charges_are_paid_to_someone(draft: Draft) -> None:
    block = draft.entry(charges)
    how = draft.random.randrange(4)
    if how == 0:
        block.set("mode", '"virement"')
    elif how == 1:
        block.set("cheque", '"0999001"')
    elif how == 2:
        block.sub(r'"[^"]*"', '"M. Saye (fictif)"')
    else:
        block.scale(draft.random.choice([25_000, 25_001, 40_000]))


@fault
def a_receipt_is_given_back(draft: Draft) -> None:
    receipt = draft.open_entry(lambda b: b.simple and b.touches("52", 1) and not b.touches("58"))
    storno(draft, receipt, signed_too=draft.random.random() < 0.5)


@fault
def a_payment_is_reversed(draft: Draft) -> None:
    storno(
        draft, draft.open_entry(lambda b: b.simple and (b.touches("52", -1) or b.touches("57", -1))), signed_too=False
    )


@fault
def an_invoice_is_reversed(draft: Draft) -> None:
    storno(draft, draft.open_entry(invoice), signed_too=False)


def storno(draft: Draft, block: Block, *, signed_too: bool) -> None:
    back = block.copy()
    for key in "signataire-1 signataire-2 pointage document mode cheque ordre derogation motif".split():
        back.set(key, None)
    series = block.get("piece").split("-")[0]
    back.set("piece", f'"{draft.next_piece(series, block.tree)}"')
    back.set("ecriture", '"extourne"')
    back.set("annule", f'"{block.get("piece")}"')
    for place, _, value in back.legs():
        back.lines[place] = re.sub(r"-?\d+( XOF)", f"{-value}\\1", back.lines[place])
    back.move(draft.last)
    if signed_too:
        back.set("signataire-1", '"directeur"')
        back.set("signataire-2", '"president"')
    draft.add(block, back)


# --- purchases --------------------------------------------------------------------------------------------------------


@fault
def a_quote_is_missing(draft: Draft) -> None:
    draft.remove(draft.note("proforma"))


@fault
def a_quote_comes_after_the_award(draft: Draft) -> None:
    quote = draft.note("proforma")
    quote.move(quote.day + timedelta(days=draft.random.choice([1, 20, 60])))


@fault
def a_quote_has_expired(draft: Draft) -> None:
    quote = draft.note("proforma")
    quote.set("valable-jusqu-au", str(quote.day + timedelta(days=draft.random.choice([0, 1, 30]))))


@fault
def a_quote_has_no_end(draft: Draft) -> None:
    draft.note("proforma").set("valable-jusqu-au", None)


@fault
def two_quotes_of_one_supplier(draft: Draft) -> None:
    quote = draft.note("proforma")
    number = re.findall(r'"([^"]*)"', quote.head)[1]
    other = draft.note("proforma", lambda b: f'"{number}"' in b.head and b is not quote)
    quote.set("nif", f'"{other.get("nif")}"')


@fault
def another_winner(draft: Draft) -> None:
    award = draft.note("marche")
    number = re.findall(r'"([^"]*)"', award.head)[1]
    quote = draft.note("proforma", lambda b: f'"{number}"' in b.head)
    award.set("attributaire", f'"{re.findall(chr(34) + "([^" + chr(34) + "]*)" + chr(34), quote.head)[2]}"')


@fault
def a_dearer_choice_without_reason(draft: Draft) -> None:
    draft.note("marche").set("motif-choix", draft.random.choice([None, '"moins-disant"', '"qualité"']))


@fault
def a_purchase_forgets_its_dossier(draft: Draft) -> None:
    draft.entry(lambda b: invoice(b) and bool(b.get("marche"))).set("marche", None)


@fault
def a_dossier_that_is_not_there(draft: Draft) -> None:
    draft.entry(lambda b: invoice(b)).set("marche", '"M-2026-999"')


@fault
def a_purchase_costs_more(draft: Draft) -> None:
    block = draft.entry(lambda b: invoice(b) and bool(b.get("marche")))
    value = max(value for _, _, value in block.legs())
    block.scale(value + draft.random.choice([1, 5_000, 200_000]))


@fault
def a_purchase_at_the_threshold(draft: Draft) -> None:
    block = draft.open_entry(lambda b: bank_simple(b) and b.touches("6", 1) and not b.touches("631"))
    block.scale(draft.random.choice([51_000, 51_001, 50_999]))
    block.sub(r"Charges:([A-Z0-9-]+):\S+", r"Charges:\1:6055-Fournitures-de-bureau")


@fault
def a_purchase_is_split(draft: Draft) -> None:
    block = draft.entry(cash_expense)
    value = draft.random.choice([25_000, 25_500, 25_501, 13_000])
    other = block.copy()
    other.set("piece", f'"{draft.next_piece("CS", block.tree)}"')
    for each in (block, other):
        each.sub(r"Charges:([A-Z0-9-]+):\S+", r"Charges:\1:6055-Fournitures-de-bureau")
        each.scale(value)
    other.move(min(draft.last, block.day + timedelta(days=draft.random.choice([0, 1, 10, 29, 30, 31]))))
    draft.add(block, other)


@fault
def an_invoice_is_charged_twice(draft: Draft) -> None:
    first, second = draft.entry(invoice), draft.entry(invoice)
    number = first.get("facture")
    if draft.random.random() < 0.5:
        number = draft.random.choice(
            [number.lower(), number.replace("-", " "), f"Facture {number}", number.replace("-0", "/")]
        )
    second.set("nif", f'"{first.get("nif")}"')
    second.set("facture", f'"{number}"')


@fault
def the_same_amount_again(draft: Draft) -> None:
    first = draft.entry(invoice)
    second = draft.entry(lambda b: invoice(b) and b is not first)
    second.set("nif", f'"{first.get("nif")}"')
    second.sub(r'"[^"]*"', re.findall(r'"[^"]*"', first.head)[0])
    second.scale(max(value for _, _, value in first.legs()))
    second.move(first.day + timedelta(days=draft.random.choice([0, 3, 9, 10, 11])))


@fault
def a_supplier_without_its_number(draft: Draft) -> None:
    draft.entry(lambda b: bool(b.get("nif"))).set("nif", None)


# --- tills ------------------------------------------------------------------------------------------------------------


def fed(block: Block) -> bool:
    return block.simple and block.touches("57", 1) and block.touches("585", -1)


@fault
def a_till_is_fed_too_much(draft: Draft) -> None:
    block = draft.entry(fed)
    piece = block.day
    value = max(value for _, _, value in block.legs())
    other = draft.entry(
        lambda b: (
            b.simple
            and b.day == piece
            and b.touches("585", 1)
            and b.touches("52", -1)
            and max(v for *_, v in b.legs()) == value
        )
    )
    more = draft.random.choice([-1, 1, 500, 60_000])
    for each in (block, other):
        each.scale(value + more)


@fault
def a_till_pays_a_large_expense(draft: Draft) -> None:
    draft.entry(cash_expense).scale(draft.random.choice([24_999, 25_000, 25_001, 60_000, 160_000]))


@fault
def one_payee_twice_a_day(draft: Draft) -> None:
    block = draft.entry(cash_expense)
    block.scale(25_000)
    for _ in range(draft.random.choice([1, 2])):
        other = block.copy()
        other.set("piece", f'"{draft.next_piece("CS", block.tree)}"')
        draft.add(block, other)


@fault
def a_till_is_fed_late(draft: Draft) -> None:
    block = draft.entry(fed)
    other = draft.entry(lambda b: b.simple and b.day == block.day and b.touches("585", 1) and b.touches("52", -1))
    later = block.day + timedelta(days=draft.random.choice([1, 3, 4, 8]))
    block.move(later)
    if draft.random.random() < 0.7:
        other.move(later)


@fault
def a_count_is_missing(draft: Draft) -> None:
    draft.remove(draft.note("pv-caisse"))


@fault
def a_count_differs(draft: Draft) -> None:
    block = draft.note("pv-caisse")
    value = int(re.search(r"(\d+) XOF", block.head).group(1))  # type: ignore[union-attr]
    block.sub(r"\d+ XOF", f"{value + draft.random.choice([-500, 500])} XOF")
    how = draft.random.randrange(3)
    if how:
        notes = block.get("pieces")
        block.set("pieces", f'"{notes} 500x1"' if notes else '"500x1"')
    if how == 2:
        block.set("motif", '"différence constatée"')


@fault
def a_count_is_signed_by_another(draft: Draft) -> None:
    block = draft.note("pv-caisse")
    key = draft.random.choice(["caissier", "controleur", "temoin"])
    who = draft.random.choice([block.get("caissier"), "comptable", "directeur", "gardien", "tresoriere"])
    block.set(key, f'"{who}"')


@fault
def a_count_is_daily_only(draft: Draft) -> None:
    draft.note("pv-caisse").set("type", draft.random.choice(['"quotidien"', '"inopine"', None]))


@fault
def a_count_names_an_earlier_voucher(draft: Draft) -> None:
    block = draft.note("pv-caisse", lambda b: bool(b.get("derniere-piece")))
    head, number = block.get("derniere-piece").rsplit("-", 1)
    block.set("derniere-piece", f'"{head}-{max(1, int(number) + draft.random.choice([-1, -3, 1])):04d}"')


@fault
def a_count_names_no_voucher(draft: Draft) -> None:
    draft.note("pv-caisse").set("derniere-piece", None)


@fault
def a_count_comes_later(draft: Draft) -> None:
    block = draft.note("pv-caisse", lambda b: b.day < date(2026, 10, 1))
    block.move(block.day + timedelta(days=draft.random.choice([3, 5, 7, 12])))


# --- trees and transfers ----------------------------------------------------------------------------------------------


@fault
def cash_is_drawn_directly(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("585", 1) and b.touches("52", -1))
    block.sub(r"(Actif:[A-Z0-9-]+:)585\S+", r"\g<1>5711-Caisse")


@fault
def another_tree_pays(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("6055", 1))
    block.sub(r"Charges:[A-Z0-9-]+:6055", f"Charges:{draft.tree()}:6055")


@fault
def one_side_of_a_share_is_missing(draft: Draft) -> None:
    draft.entry(lambda b: bool(b.get("reciproque"))).set("reciproque", None)


@fault
def one_side_of_a_transfer_is_missing(draft: Draft) -> None:
    draft.remove(draft.entry(lambda b: b.simple and b.touches("585")))


@fault
def a_transfer_of_another_amount(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("585"))
    block.scale(max(value for _, _, value in block.legs()) + draft.random.choice([-1, 1_000]))


@fault
def a_mobile_transfer_is_late(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("585", -1) and b.touches("55", 1))
    block.move(block.day + timedelta(days=draft.random.choice([1, 4, 25])))


@fault
def the_bank_is_emptied(draft: Draft) -> None:
    draft.entry(lambda b: bank_simple(b) and not b.touches("58")).scale(
        draft.random.choice([4_000_000, 20_000_000, 60_000_000])
    )


# --- bank statements --------------------------------------------------------------------------------------------------


@fault
def a_movement_is_not_ticked(draft: Draft) -> None:
    draft.entry(lambda b: bool(b.get("pointage"))).set("pointage", None)


@fault
def a_movement_is_ticked_elsewhere(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.get("pointage")))
    tick = draft.random.choice(["2026-01", "2026-05", "2026-10", "2026-12", "mars", "2026-3"])
    block.set("pointage", f'"{tick}"')


@fault
def a_statement_is_off(draft: Draft) -> None:
    block = draft.note("releve")
    value = int(re.search(r"(-?\d+) XOF", block.head).group(1))  # type: ignore[union-attr]
    block.sub(r"-?\d+ XOF", f"{value + draft.random.choice([-1, 1, 150_000])} XOF")


@fault
def a_statement_is_missing(draft: Draft) -> None:
    draft.remove(draft.note("releve"))


@fault
def a_list_of_outstanding_items_is_wrong(draft: Draft) -> None:
    block = draft.note("releve")
    block.set("suspens", None if block.get("suspens") else '"BQ-FONCT-2026-0003"')


@fault
def a_statement_of_another_day(draft: Draft) -> None:
    block = draft.note("releve")
    block.move(block.day + timedelta(days=1))


# --- advances ---------------------------------------------------------------------------------------------------------


@fault
def an_advance_has_no_number(draft: Draft) -> None:
    draft.entry(lambda b: b.touches("4213")).set("avance", None)


@fault
def an_advance_is_not_justified(draft: Draft) -> None:
    block = draft.entry(lambda b: b.touches("4213", -1) and b.touches("6"))
    draft.remove(block)


@fault
def an_advance_is_due_on_another_day(draft: Draft) -> None:
    block = draft.entry(lambda b: b.touches("4213", 1) and bool(b.get("echeance")))
    day = block.day + timedelta(days=draft.random.choice([-3, 0, 2, 120]))
    block.set("echeance", draft.random.choice([str(day), None]))


@fault
def an_advance_goes_to_a_debtor(draft: Draft) -> None:
    first = draft.entry(lambda b: b.touches("4213", 1))
    second = draft.entry(lambda b: b.touches("4213", 1) and b is not first)
    second.set("beneficiaire", f'"{first.get("beneficiaire")}"')
    for blocks in draft.blocks.values():
        for block in blocks:
            if block.is_entry and block.get("avance") == first.get("avance") and block.touches("4213", -1):
                block.move(draft.last)


@fault
def an_advance_is_justified_twice_over(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("4213", -1))
    block.scale(max(value for _, _, value in block.legs()) + draft.random.choice([1, 20_000]))


@fault
def an_advance_takes_the_number_of_another(draft: Draft) -> None:
    first, second = draft.entry(lambda b: b.touches("4213", -1)), draft.entry(lambda b: b.touches("4213", 1))
    first.set("avance", f'"{second.get("avance")}"')


# --- numbers and documents --------------------------------------------------------------------------------------------


def parts_of(block: Block) -> tuple[str, str, str]:
    """Series, tree and number of a voucher."""
    found = re.fullmatch(r"(..)-(.+)-2026-(\d+)", block.get("piece"))
    if found is None:
        raise NothingFitsError
    return found.group(1), found.group(2), found.group(3)


@fault
def a_number_is_changed(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.legs()))
    journal, tree, number = parts_of(block)
    new = draft.random.choice(
        [
            f"{journal}-{tree}-2026-{int(number) + draft.random.choice([-1, 1, 7]):04d}",
            f"{journal}-{tree}-2025-{number}",
            f"{draft.random.choice(['BQ', 'CS', 'MM', 'OD'])}-{tree}-2026-{number}",
            f"{journal}-GENRE-2026-{number}",
            f"{journal}-AUTRE-2026-{number}",
            f"{journal}{tree}{number}",
            "",
        ]
    )
    block.set("piece", f'"{new}"')


@fault
def an_entry_goes_to_another_day(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.legs()) and not b.get("ecriture"))
    day = block.day + timedelta(days=draft.random.choice([-20, -6, -1, 1, 6, 20]))
    block.move(min(max(day, date(2026, 1, 2)), draft.last))


@fault
def an_entry_is_removed(draft: Draft) -> None:
    draft.remove(draft.entry(lambda b: bool(b.legs()) and not b.get("ecriture")))


@fault
def the_last_of_a_series_is_removed(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.legs()))
    journal, tree, _ = parts_of(block)
    last = draft.next_piece(journal, tree)
    number = int(last.rsplit("-", 1)[1]) - 1
    for back in range(draft.random.choice([1, 3, 25])):
        with suppress(NothingFitsError):
            draft.remove(draft.entry(lambda b, n=number - back: b.get("piece") == f"{journal}-{tree}-2026-{n:04d}"))  # type: ignore[misc]


@fault
def a_cancelled_number_has_postings(draft: Draft) -> None:
    draft.entry(lambda b: bool(b.legs())).set("annulee", '"erreur de saisie"')


@fault
def a_voucher_file_is_missing(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.get("document")))
    block.set("document", draft.random.choice(['"ue-eau/absent.pdf"', None, '"ue-eau/./x.pdf"', '"ue-eau/"']))
    if draft.random.random() < 0.4:
        block.sub(r" [*!] ", " ! ")


@fault
def a_voucher_file_is_damaged(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.get("document")))
    path = draft.root / "ledger" / "documents" / block.get("document")
    if not path.is_file() or path in draft.before:
        raise NothingFitsError
    draft.put(path, draft.random.choice([b"", b"MZ not a document", b"%PDF-1.4 another one"]))


@fault
def a_file_serves_twice(draft: Draft) -> None:
    first = draft.pick(lambda b: bool(b.get("document")) and (b.is_entry or b.is_note("proforma")))
    second = draft.pick(lambda b: bool(b.get("document")) and (b.is_entry or b.is_note("proforma")) and b is not first)
    second.set("document", f'"{first.get("document")}"')


@fault
def a_file_is_a_copy(draft: Draft) -> None:
    first = draft.entry(lambda b: b.get("document").endswith(".pdf"))
    second = draft.open_entry(lambda b: b.get("document").endswith(".pdf") and b is not first)
    folder = draft.root / "ledger" / "documents"
    source, target = folder / first.get("document"), folder / second.get("document")
    if not source.is_file() or not target.is_file() or target in draft.before:
        raise NothingFitsError
    draft.put(target, source.read_bytes())


@fault
def a_cheque_is_drawn_twice(draft: Draft) -> None:
    key = draft.random.choice(["cheque", "ordre"])
    first = draft.entry(lambda b: bool(b.get(key)) and signed(b))
    second = draft.entry(lambda b: bool(b.get(key)) and signed(b) and b is not first and b.tree == first.tree)
    number = first.get(key)
    second.set(key, f'"{draft.random.choice([number, number.lstrip("0"), number[:2] + " " + number[2:]])}"')


# --- dates and budget -------------------------------------------------------------------------------------------------


@fault
def a_value_date_is_far(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.legs()) and not b.get("ecriture"))
    day = block.day - timedelta(days=draft.random.choice([5, 59, 60, 61, 90]))
    block.set("date-valeur", str(max(day, date(2026, 1, 1))))


@fault
def a_mandate_is_revived(draft: Draft) -> None:
    block = draft.open_entry(signed)
    key = next(key for key in ("signataire-1", "signataire-2") if block.get(key) != "directeur")
    block.set(key, '"secretaire-generale"')
    block.set("date-valeur", draft.random.choice(["2026-09-15", "2026-09-30", "2026-10-01"]))


@fault
def an_expense_is_outside_its_agreement(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("6", 1) and b.tree != "FONCT")
    block.set("date-valeur", draft.random.choice(["2025-12-20", "2025-06-30", "2027-07-01", "2028-02-01"]))


@fault
def the_other_agreement_is_named(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("6", 1) and b.tree == "GENRE")
    block.set("convention", draft.random.choice(['"FH-2025-031"', '"FH-2026-044"']))


@fault
def a_budget_line_is_wrong(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.get("ligne")) and b.touches("6", 1))
    block.set("ligne", draft.random.choice(['"99.9"', '"1.1"', '"4.3"', None, '""']))


@fault
def a_fine_is_paid(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple and b.touches("6318", 1))
    tree = block.tree
    block.sub(r"Charges:[A-Z0-9-]+:6318-\S+", f"Charges:{tree}:647-Amendes")
    accounts = draft.blocks[f"ledger/{tree.lower()}/comptes.beancount"]
    if not any(f"Charges:{tree}:647-" in each.head for each in accounts):
        accounts.append(Block([f"2026-01-01 open Charges:{tree}:647-Amendes XOF", ""]))


# --- rules and closings -----------------------------------------------------------------------------------------------


@fault
def a_closing_is_removed(draft: Draft) -> None:
    closings = [b for blocks in draft.blocks.values() for b in blocks if b.is_note("cloture")]
    if not closings:
        raise NothingFitsError
    draft.remove(max(closings, key=lambda b: b.day))


@fault
def a_rule_asks_less(draft: Draft) -> None:
    old, new = draft.random.choice(
        [
            ("decouvert: oui", "decouvert: non"),
            ("  nombre: 3", "  nombre: 1"),
            ("valeur: 51 000 XOF", "valeur: 500 000 XOF"),
            ("pv-de-caisse: {delai: 5 jours}", "pv-de-caisse: {delai: 40 jours}"),
            ("  validite: 90 jours", "  validite: 400 jours"),
            ("  niveau: erreur", "  niveau: alerte"),
            ("  delai: 3 jours", "  delai: 10 jours"),
            ("fenetre: 30 jours", "fenetre: 10 jours"),
            ("blocage: 30 jours", "blocage: 90 jours"),
            ("{delai: 60 jours}", "{delai: 61 jours}"),
        ]
    )
    draft.rule("controles.yaml", old, new)


@fault
def a_rule_asks_more(draft: Draft) -> None:
    old, new = draft.random.choice(
        [
            ("  nombre: 3", "  nombre: 4"),
            ("  validite: 90 jours", "  validite: 30 jours"),
            ("valeur: 51 000 XOF", "valeur: 20 000 XOF"),
            ("  delai: 3 jours", "  delai: 1 jours"),
            ("maximum-par-depense: 25 000 XOF", "maximum-par-depense: 10 000 XOF"),
        ]
    )
    draft.rule("controles.yaml", old, new)


@fault
def a_threshold_gets_a_later_value(draft: Draft) -> None:
    day = draft.random.choice(["2026-02-01", "2026-10-01", "2026-11-01"])
    old = "  seuil: [{depuis: 2008-01-01, valeur: 51 000 XOF}]\n  nombre"
    draft.rule("controles.yaml", old, old.replace("}]", f"}}, {{depuis: {day}, valeur: 300 000 XOF}}]"))


@fault
def a_till_gets_other_bounds(draft: Draft) -> None:
    old = "bornes: [{depuis: 2026-01-01, plancher: 25 000 XOF, plafond: 150 000 XOF}]"
    day = draft.random.choice(["2026-01-01", "2026-04-01", "2026-10-02"])
    new = f"{old[:-1]}, {{depuis: {day}, plancher: 40 000 XOF, plafond: 130 000 XOF}}]"
    if day == "2026-01-01":
        new = old.replace("150 000", "900 000")
    draft.rule("bailleurs/ue-eau.yaml", old, new)


@fault
def a_mandate_changes(draft: Draft) -> None:
    who = draft.random.choice(["directeur", "president", "coordinatrice"])
    row = f"{{personne: {who}, pouvoir: signature-bancaire, du: 2026-01-01, au: 2026-12-31, comptes: [52, 55]"
    new = draft.random.choice(
        [
            row.replace("au: 2026-12-31", "au: 2026-08-31"),
            row.replace("au: 2026-12-31", "au: 2027-12-31"),
            row.replace("[52, 55]", "[52]"),
            row.replace("du: 2026-01-01", "du: 2026-03-01"),
        ]
    )
    draft.rule("mandats.yaml", row, new)


# --- what changes nothing ---------------------------------------------------------------------------------------------


@lawful
def postings_in_another_order(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple)
    first, second = (place for place, _, _ in block.legs())
    if second == first + 1:
        block.lines[first], block.lines[second] = block.lines[second], block.lines[first]


@lawful
def an_amount_is_left_out(draft: Draft) -> None:
    block = draft.entry(lambda b: b.simple)
    place, account, _ = block.legs()[-1]
    block.lines[place] = f"  {account}"


@lawful
def an_entry_stands_in_another_file(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.legs()))
    draft.remove(block)
    draft.blocks[draft.random.choice([name for name in sorted(draft.blocks) if "comptes" not in name])] += [
        Block([""]),
        block,
        Block([""]),
    ]


@lawful
def a_comment_is_written(draft: Draft) -> None:
    block = draft.entry(lambda b: bool(b.legs()))
    block.lines.insert(1, "  ; vu avec le comptable")


@fault
def a_waiver_excuses_something(draft: Draft) -> None:
    block = draft.open_entry(lambda b: cash_expense(b) or bank_simple(b))
    rule, spoil = draft.random.choice(
        [
            ("double-signature", lambda: block.set("signataire-1", None)),
            ("caisse-hors-bornes", lambda: block.scale(26_000)),
            ("piece-justificative", lambda: block.set("document", None)),
            ("ligne-budgetaire", lambda: block.set("ligne", '"9.9"')),
        ]
    )
    spoil()
    block.set("derogation", f'"{rule}"')
    block.set("motif", '"accord écrit du bureau"')
    block.set("derogation-par", draft.random.choice(['"president"', '"comptable"', '"tresoriere"']))


def draw(draft: Draft) -> list[str]:
    """One to six changes; returns their names."""
    done: list[str] = []
    names = sorted(CHANGES)
    wanted = draft.random.randint(1, 6)
    while len(done) < wanted:
        name = draft.random.choice(names)
        try:
            CHANGES[name](draft)
        except NothingFitsError:
            continue
        done.append(name)
    draft.write()
    return done
