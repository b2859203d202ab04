"""Purchases, invoices, agreements, budget lines and advances."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from arbiter.money import OPENING, limit_of, on
from arbiter.reading import (
    NOT_PURCHASES,
    PURCHASES,
    Entry,
    Ledger,
    Leg,
    Note,
    SameSupplier,
    Supplier,
    Verdict,
    plain,
    supplier_of,
    whole,
    working_days,
)

WRITTEN_BY_COMMANDS = ("quote-part", "amortissement", "affectation", "reouverture", "reprise", "a-nouveau", "cloture")


@dataclass
class Purchase:
    """What adds up to one amount: a dossier's purchases, an invoice's, or a voucher's."""

    kind: str
    key: str
    tree: str
    parts: list[tuple[Entry, int]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(value for _, value in self.parts)

    @property
    def in_order(self) -> list[tuple[Entry, int]]:
        return sorted(self.parts, key=lambda part: (part[0].value_day, part[0].order))


def purchase_legs(books: Ledger, entry: Entry) -> list[Leg]:
    if entry.shared or entry.kind in ("extourne", *WRITTEN_BY_COMMANDS) or entry.piece in books.reversed_pieces:
        return []
    return [leg for leg in entry.of(*PURCHASES) if leg.value > 0 and not leg.is_(*NOT_PURCHASES)]


def same_supplier(books: Ledger) -> SameSupplier:
    """Everybody that an entry, a quote or a dossier names."""
    if books.suppliers is None:
        same = books.suppliers = SameSupplier()
        for row in (books.rules.get("fournisseurs.yaml") or {}).get("fournisseurs") or []:
            for name in (row["nom"], *(row.get("autres-noms") or [])):
                same.register[plain(name)] = row.get("nif", "")
        for entry in books.entries:
            same.add(supplier_of(entry))
            for leg in entry.legs:
                if "nif" in leg.meta or "beneficiaire" in leg.meta:
                    same.add(supplier_of(entry, leg))
        for note in books.notes_of("proforma"):
            same.add(quoted(note))
        for note in books.notes_of("marche"):
            same.add(Supplier(note.text("nif"), plain(note.text("attributaire"))))
    return books.suppliers


def quoted(note: Note) -> Supplier:
    return Supplier(re.sub(r"\s", "", note.text("nif")).upper(), plain(note.values[1]))


def purchases(books: Ledger) -> list[Purchase]:
    same = same_supplier(books)
    found: dict[tuple[str, ...], Purchase] = {}
    for entry in books.entries:
        for leg in purchase_legs(books, entry):
            dossier, invoice = entry.text("marche", leg), entry.text("facture", leg)
            key = ("piece", entry.piece, entry.file, str(entry.line))
            if dossier:
                key = ("marche", dossier)
            elif invoice:
                key = ("facture", same.key(supplier_of(entry, leg)), bare_number(invoice))
            bought = found.setdefault(key, Purchase(key[0], key[1], entry.tree))
            bought.parts.append((entry, leg.value))
    return list(found.values())


def bare_number(invoice: str) -> str:
    """« F26-0064 », « f26 64 » and « Facture F26/0064 » are one number."""
    words = re.sub(r"\b(facture|no|n)\b", " ", plain(invoice))
    return "".join(word.lstrip("0") or "0" for word in re.findall(r"[a-z]+|\d+", words))


# --- trois-proformas --------------------------------------------------------------------------------------------------


@dataclass
class Dossier:
    """A purchase dossier and its quotes."""

    note: Note
    quotes: list[Note]

    def valid(self, validity: int) -> list[Note]:
        award = self.note.day
        kept = []
        for quote in self.quotes:
            until = quote.meta.get("valable-jusqu-au") or quote.day + timedelta(days=validity)
            if quote.day <= award <= until:
                kept.append(quote)
        return kept

    @property
    def framework(self) -> bool:
        return self.note.meta.get("contrat-cadre") is True


def dossiers(books: Ledger) -> dict[str, Dossier]:
    quotes: dict[str, list[Note]] = defaultdict(list)
    for note in books.notes_of("proforma"):
        quotes[note.values[0]].append(note)
    return {n.values[0]: Dossier(n, quotes[n.values[0]]) for n in books.notes_of("marche")}


def amount_of(quote: Note) -> int:
    return int(quote.values[2].number)


def three_quotes(books: Ledger) -> Iterator[Verdict]:
    rule, known, same = "trois-proformas", dossiers(books), same_supplier(books)
    for bought in purchases(books):
        parts = bought.in_order
        dossier = known.get(bought.key) if bought.kind == "marche" else None
        if bought.kind == "marche" and dossier is None:
            yield on(rule, parts[0][0])
            continue
        day = dossier.note.day if dossier else parts[0][0].value_day
        limit = limit_of(books, rule, day)
        if dossier is None:
            if bought.total > limit:
                yield on(rule, _crossing(parts, limit))
            continue
        if bought.tree != dossier.note.text("bailleur"):
            yield on(rule, parts[0][0])
        chosen = _winner(dossier, same)
        asked = max(bought.total, amount_of(chosen) if chosen and dossier.framework else 0)
        if asked > limit:
            # a framework contract is one order: its quotes are due with the first purchase
            if _quotes_wrong(books, dossier, same):
                yield on(rule, parts[0][0] if dossier.framework else _crossing(parts, limit))
            yield from _bought_wrong(dossier, parts, same, chosen)
    yield from _choices(books, known, same)


def _crossing(parts: list[tuple[Entry, int]], limit: int) -> Entry:
    total = 0
    for entry, value in parts:
        total += value
        if total > limit:
            return entry
    return parts[-1][0]


def _winner(dossier: Dossier, same: SameSupplier) -> Note | None:
    """The quote of whoever was chosen, by name; another name of the same NIF is the same supplier."""
    named = plain(dossier.note.text("attributaire"))
    keys = {same.key(quoted(q)) for q in dossier.quotes if plain(q.values[1]) == named}
    own = [q for q in dossier.quotes if same.key(quoted(q)) in keys]
    return min(own, key=lambda q: (plain(q.values[1]) != named, amount_of(q))) if own else None


def _quotes_wrong(books: Ledger, dossier: Dossier, same: SameSupplier) -> bool:
    validity = whole(books.setting("trois-proformas", "validite", "90 jours"))
    wanted = int(books.setting("trois-proformas", "nombre", 3))
    distinct = {same.key(quoted(q)) for q in dossier.quotes}
    unquoted = bool(dossier.note.text("attributaire")) and bool(dossier.quotes) and _winner(dossier, same) is None
    return len(distinct) < wanted or len(dossier.valid(validity)) < len(dossier.quotes) or unquoted


def _bought_wrong(
    dossier: Dossier, parts: list[tuple[Entry, int]], same: SameSupplier, chosen: Note | None
) -> Iterator[Verdict]:
    """A purchase too early or too late is said of the first one, one from another supplier of each."""
    rule, until = "trois-proformas", dossier.note.meta.get("fin")
    early = [entry for entry, _ in parts if entry.value_day < dossier.note.day]
    ended = [entry for entry, _ in parts if dossier.framework and isinstance(until, date) and entry.value_day > until]
    yield from (on(rule, entry) for entry in (*early[:1], *ended[:1]))
    winner = same.key(quoted(chosen)) if chosen else same.key(Supplier("", plain(dossier.note.text("attributaire"))))
    for entry, _ in parts:
        if dossier.note.text("attributaire") and same.key(supplier_of(entry)) != winner:
            yield on(rule, entry)
    if chosen and sum(value for _, value in parts) > amount_of(chosen):
        yield on(rule, _crossing(parts, amount_of(chosen)))


def _choices(books: Ledger, known: dict[str, Dossier], same: SameSupplier) -> Iterator[Verdict]:
    """What a dossier itself must say, on its own line: who was chosen, and why when not the lowest."""
    validity = whole(books.setting("trois-proformas", "validite", "90 jours"))
    for dossier in known.values():
        limit = limit_of(books, "trois-proformas", dossier.note.day)
        if not any(amount_of(q) > limit for q in dossier.quotes):
            continue
        if not dossier.note.text("attributaire"):
            yield on("trois-proformas", dossier.note)
        chosen = _winner(dossier, same)
        if chosen is None or amount_of(chosen) <= limit:
            continue
        lowest = min(amount_of(q) for q in [chosen, *dossier.valid(validity)])
        if amount_of(chosen) > lowest and plain(dossier.note.text("motif-choix")) in ("", "moins disant"):
            yield on("trois-proformas", dossier.note)


# --- fractionnement ---------------------------------------------------------------------------------------------------


Part = tuple[date, Any, int, Entry, int]
"""Of a purchase: its day, its place in the books, its rank, its entry, what it brings to a signal."""


def splitting(books: Ledger) -> Iterator[Verdict]:
    """Purchases without a dossier that are one need: two signals on the same purchases are grave."""
    single: dict[tuple[str, ...], list[Part]] = defaultdict(list)
    double: dict[tuple[tuple[str, ...], ...], list[Part]] = defaultdict(list)
    same = same_supplier(books)
    for rank, bought in enumerate(purchases(books)):
        first = bought.in_order[0][0]
        if bought.kind == "marche" or bought.total > limit_of(books, "fractionnement", first.value_day):
            continue
        signals = _signals(books, bought, same)
        for key, amount in signals.items():
            single[key].append((first.value_day, first.order, rank, first, amount))
            for other, also in signals.items():
                if key[0] < other[0]:
                    double[key, other].append((first.value_day, first.order, rank, first, min(amount, also)))
    grave: dict[tuple[str, int], frozenset[int]] = {}
    for parts in double.values():
        for entry, whom in _crossings(books, parts):
            grave[entry.file, entry.line] = max(grave.get((entry.file, entry.line), whom), whom, key=len)
            yield on("fractionnement", entry)
    for parts in single.values():
        for entry, whom in _crossings(books, parts):
            if not any(whom <= known or known <= whom for known in grave.values()):
                yield on("fractionnement", entry, "alerte")


def _signals(books: Ledger, bought: Purchase, same: SameSupplier) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = defaultdict(int)
    entries = {id(entry): entry for entry, _ in bought.parts}.values()
    found["supplier", same.key(supplier_of(next(iter(entries))))] = bought.total
    for entry in entries:
        for leg in purchase_legs(books, entry):
            found["nature", entry.tree, leg.number, entry.text("ligne", leg)] += leg.value
            if entry.text("activite", leg):
                found["activity", entry.tree, entry.text("activite", leg)] += leg.value
    return found


def _crossings(books: Ledger, parts: list[Part]) -> Iterator[tuple[Entry, frozenset[int]]]:
    """Each purchase that takes the window above the threshold, with all that keep it above."""
    window = whole(books.setting("fractionnement", "fenetre", "30 jours"))
    ordered = sorted(parts, key=lambda part: part[:3])
    found: list[tuple[Entry, set[int]]] = []
    for place, (day, _, rank, entry, amount) in enumerate(ordered):
        inside = [(r, v) for d, _, r, _, v in ordered[:place] if (day - d).days < window]
        before, limit = sum(v for _, v in inside), limit_of(books, "fractionnement", day)
        if before + amount <= limit:
            continue
        if before > limit and found:
            found[-1][1].add(rank)
        else:
            found.append((entry, {rank, *(r for r, _ in inside)}))
    yield from ((entry, frozenset(whom)) for entry, whom in found)


# --- facture-en-double ------------------------------------------------------------------------------------------------


def double_invoice(books: Ledger) -> Iterator[Verdict]:
    rule, same, known = "facture-en-double", same_supplier(books), dossiers(books)
    days = int(books.setting(rule, "jours", 10))
    charged: list[tuple[Entry, str, str, int]] = []
    for entry in books.entries:
        by_invoice: dict[tuple[str, str], int] = defaultdict(int)
        for leg in purchase_legs(books, entry):
            if entry.text("facture", leg):
                by_invoice[same.key(supplier_of(entry, leg)), bare_number(entry.text("facture", leg))] += leg.value
        for (who, invoice), value in by_invoice.items():
            charged.append((entry, who, invoice, value))
    for place, (entry, who, invoice, value) in enumerate(charged):
        before = charged[:place]
        again = [each for each in before if each[1:3] == (who, invoice)]
        if again and not _in_parts(known, [*again, charged[place]]):
            yield on(rule, entry)
        alike = [e for e, w, i, v in before if w == who and i != invoice and v == value]
        if any(abs((entry.value_day - e.value_day).days) <= days for e in alike):
            yield on(rule, entry, "alerte")


def _in_parts(known: dict[str, Dossier], parts: list[tuple[Entry, str, str, int]]) -> bool:
    """One invoice in several entries: same tree, same dossier, different amounts, no more than the award."""
    same = {(entry.tree, entry.text("marche")) for entry, *_ in parts}
    amounts = [value for *_, value in parts]
    dossier = known.get(parts[0][0].text("marche"))
    if len(same) > 1 or dossier is None or dossier.framework or len(set(amounts)) < len(amounts):
        return False
    chosen = _winner(dossier, SameSupplier())
    return chosen is not None and sum(amounts) <= amount_of(chosen)


# --- agreements and budget lines --------------------------------------------------------------------------------------


def last_day(agreement: dict[str, Any]) -> str:
    ends = [agreement["au"], *(row["au"] for row in agreement.get("avenants") or [] if "au" in row)]
    return max(ends)


def agreement_of(books: Ledger, entry: Entry, leg: Leg) -> dict[str, Any] | None:
    named = entry.text("convention", leg)
    rows = books.agreements(leg.tree)
    if named:
        return next((row for row in rows if row["id"] == named), None)
    day = entry.value_day.isoformat()
    running = [row for row in rows if row["du"] <= day <= last_day(row)]
    return running[0] if len(running) == 1 else None


def is_charge(leg: Leg) -> bool:
    return leg.is_("6", "2") and not leg.is_("68", "69", "28", "29")


def judged_as_expense(books: Ledger, entry: Entry) -> bool:
    cancelled = entry.kind == "extourne" or entry.piece in books.reversed_pieces
    return not cancelled and entry.kind not in WRITTEN_BY_COMMANDS


def outside_agreement(books: Ledger) -> Iterator[Verdict]:
    natures = books.setting("hors-convention", "natures", "445 647 654 657 659 671 674 676 679 68 69".split())
    for entry in books.entries:
        if not judged_as_expense(books, entry):
            continue
        for leg in entry.legs:
            if leg.tree not in books.donors:
                continue
            if is_charge(leg) and leg.tree != "FONCT" and leg.value > 0:
                yield from _outside(books, entry, leg)
            agreement = agreement_of(books, entry, leg)
            if agreement and leg.value > 0 and _ineligible(entry, leg, agreement, natures):
                yield on("hors-convention", entry)


def _ineligible(entry: Entry, leg: Leg, agreement: dict[str, Any], natures: list[str]) -> bool:
    if agreement["financement"] in ("don", "ressources-propres"):
        return False
    charged_only = ("68", "69", "659", "679", "445")
    banned = [*natures, *(agreement.get("ineligibles") or [])]
    if not leg.is_(*banned):
        return False
    return bool(entry.text("ligne", leg)) or not leg.is_(*charged_only)


def _outside(books: Ledger, entry: Entry, leg: Leg) -> Iterator[Verdict]:
    day, rows = entry.value_day.isoformat(), books.agreements(leg.tree)
    named = entry.text("convention", leg)
    own = [row for row in rows if row["id"] == named] if named else rows
    if not own or any(row["du"] <= day <= last_day(row) for row in own):
        return
    ended = [row for row in own if last_day(row) < day]
    if ended:
        row = max(ended, key=last_day)
        end = date.fromisoformat(last_day(row))
        grace = end + timedelta(days=whole(row.get("delai-paiement", "0 jours")))
        dossier = dossiers(books).get(entry.text("marche", leg))
        if dossier and dossier.note.day <= end and entry.value_day <= grace:
            yield on("hors-convention", entry, "alerte")
            return
    yield on("hors-convention", entry)


def budget_lines(agreement: dict[str, Any], day: str) -> dict[str, dict[str, Any]]:
    """The lines in force that day, code by code."""
    lines = {row["code"]: row for heading in agreement["budget"] for row in heading["lignes"]}
    for addendum in sorted(agreement.get("avenants") or [], key=lambda row: row["date"]):
        if addendum["date"] <= day:
            for code, change in (addendum.get("lignes") or {}).items():
                lines[code] = {**lines.get(code, {}), **change}
    return lines


def budget_line(books: Ledger) -> Iterator[Verdict]:
    for entry in books.entries:
        if not judged_as_expense(books, entry):
            continue
        for leg in entry.legs:
            agreement = agreement_of(books, entry, leg)
            if not is_charge(leg) or leg.is_("603") or agreement is None or "budget" not in agreement:
                continue
            line = budget_lines(agreement, entry.value_day.isoformat()).get(entry.text("ligne", leg))
            if line is None or (line.get("comptes") and not leg.is_(*line["comptes"])):
                yield on("ligne-budgetaire", entry)


# --- advances ---------------------------------------------------------------------------------------------------------


@dataclass
class Advance:
    """What was given under a number, and what came back."""

    opened: Entry
    number: str
    moves: list[tuple[Entry, int]] = field(default_factory=list)

    @property
    def given(self) -> int:
        return sum(value for _, value in self.moves if value > 0)

    def left(self, day: date) -> int:
        return sum(value for entry, value in self.moves if entry.day <= day)


ADVANCES = ("421", "4091", "4093")


def late_advances(books: Ledger) -> Iterator[Verdict]:
    rule = "avance-en-retard"
    wanted = books.setting(rule, "comptes", ["4091", "4093", "4213"])
    found: dict[tuple[str, str], Advance] = {}
    for entry in books.entries:
        for leg in entry.of(*ADVANCES):
            number = entry.text("avance", leg)
            if number:
                _booked(found, entry, leg, number)
            elif leg.is_(*wanted) and not (entry.kind == "extourne" or entry.piece in books.reversed_pieces):
                yield on(rule, entry, "alerte" if entry.kind in OPENING else "erreur")
    for advance in found.values():
        yield from _judge_advance(books, advance)
    yield from _another_advance(books, list(found.values()))


def _booked(found: dict[tuple[str, str], Advance], entry: Entry, leg: Leg, number: str) -> None:
    own = found.setdefault((leg.tree, number), Advance(entry, number))
    own.moves.append((entry, leg.value))


def due_day(books: Ledger, advance: Advance) -> date:
    said = advance.opened.meta.get("echeance")
    if isinstance(said, date) and said >= advance.opened.value_day:
        return said
    delay = books.setting("avance-en-retard", "delai", "5 jours ouvrés")
    holidays = set(books.organisation.get("jours-feries") or [])
    if "ouvr" in delay:
        return working_days(advance.opened.value_day, whole(delay), holidays)
    return advance.opened.value_day + timedelta(days=whole(delay))


def _judge_advance(books: Ledger, advance: Advance) -> Iterator[Verdict]:
    said = advance.opened.meta.get("echeance")
    if isinstance(said, date) and said < advance.opened.value_day:
        yield on("avance-en-retard", advance.opened)
    left = advance.left(books.today)
    if left > 0 and books.today > due_day(books, advance):
        yield on("avance-en-retard", advance.opened, "alerte")
    if left >= 0:
        return
    total, crossing = advance.given, advance.opened  # a number that nothing opened before is said of its first entry
    for entry, value in advance.moves:
        if value < 0 <= total and total + value < 0 and advance.moves[0][1] > 0:
            crossing = entry
        total += min(0, value)
    yield on("avance-en-retard", crossing, "alerte")


def holder(books: Ledger, entry: Entry) -> str:
    said = entry.text("beneficiaire") or entry.payee
    ids = [who for who, person in books.people.items() if plain(person["nom"]) == plain(said)]
    return ids[0] if ids else (said if said in books.people else plain(said))


def _another_advance(books: Ledger, found: list[Advance]) -> Iterator[Verdict]:
    block = whole(books.setting("avance-en-retard", "blocage", "30 jours"))
    for new in found:
        day = new.opened.day
        if new.moves[0][1] < 0 or new.opened.kind in OPENING:
            continue
        late = [
            old
            for old in found
            if old.opened.order < new.opened.order
            and holder(books, old.opened) == holder(books, new.opened)
            and old.left(day) > 0
            and due_day(books, old) < day
        ]
        if late:  # the oldest decides
            first = min(late, key=lambda each: (each.opened.day, each.number))
            blocked = (day - first.opened.day).days > block
            yield on("avance-en-retard", new.opened, "erreur" if blocked else "alerte")
