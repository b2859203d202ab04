"""Signatures, tills, banks and transfers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from arbiter.reading import (
    Entry,
    Ledger,
    Leg,
    Note,
    Verdict,
    dated,
    month_end,
    months,
    period_of,
    plain,
    whole,
)

TREASURY = ("52", "53", "55", "57")
OPENING = ("a-nouveau", "reprise")


def on(rule: str, entry: Entry | Note, level: str = "erreur") -> Verdict:
    return Verdict(rule, level, entry.file, entry.line)


def closed_on(books: Ledger, day: date) -> bool:
    spans = [period_of(note.values[0]) for note in books.notes_of("cloture")]
    return any(start <= day <= end for start, end in spans)


# --- double-signature -------------------------------------------------------------------------------------------------


def bank_takes_it_alone(books: Ledger, entry: Entry, amount: int) -> bool:
    """What the bank debits by itself: charges only, small, without cheque nor order, in the bank's own name."""
    natures = books.setting("double-signature", "frais-bancaires", ["631", "6712", "6745"])
    limit = whole(books.setting("double-signature", "frais-bancaires-plafond", "25 000 XOF"))
    others = [leg for leg in entry.legs if not leg.is_("52", "53", "55")]
    if not others or any(not leg.is_(*natures) for leg in others) or amount > limit:
        return False
    if any(entry.text(key, leg) for key in ("mode", "cheque", "ordre") for leg in entry.legs):
        return False
    bank = books.donors.get(entry.tree, {}).get("comptes", {}).get("banque-nom", "")
    return plain(entry.payee) == plain(bank) if bank and entry.of("52") else not known_party(books, entry)


def known_party(books: Ledger, entry: Entry) -> bool:
    """Whether the payee is a declared person or a supplier."""
    names = {plain(person["nom"]) for person in books.people.values()} | set(books.people)
    names |= {plain(each.payee) for each in books.entries if each.text("nif") or each.of("401")}
    names |= {plain(note.values[1]) for note in books.notes_of("proforma")}
    return bool(entry.text("nif")) or bool(entry.receivers & names)


def signature_faults(books: Ledger, entry: Entry, account: str, amount: int, signed: list[str]) -> bool:
    """Whether one of those who signed may not, or the two are not of the colleges asked for."""
    people = [books.people.get(each) for each in signed]
    if any(person is None for person in people):
        return True
    twins = [plain(p["nom"]) for p in people if p and p.get("homonyme") != "oui"]
    if len(set(signed)) < len(signed) or len(set(twins)) < len(twins):
        return True
    for who, person in zip(signed, people, strict=True):
        if not books.person_holds(who, "signature-bancaire", entry.value_day, account, amount):
            return True
        if person and {who, plain(person["nom"])} & entry.receivers:
            return True
    return False


def double_signature(books: Ledger) -> Iterator[Verdict]:
    for entry in books.entries:
        if entry.kind not in OPENING:
            for account in sorted({leg.account for leg in entry.of("52", "53", "55") if leg.value < 0}):
                yield from _payment(books, entry, account)


def _payment(books: Ledger, entry: Entry, account: str) -> Iterator[Verdict]:
    """What one entry takes out of one account."""
    wanted = int(books.setting("double-signature", "nombre", 2))
    colleges = set(books.setting("double-signature", "colleges", ["direction", "bureau-executif"]))
    legs = [leg for leg in entry.legs if leg.account == account]
    amount = -sum(leg.value for leg in legs if leg.value < 0)
    if bank_takes_it_alone(books, entry, amount):
        return
    signed = [said for n in range(wanted) if (said := entry.text(f"signataire-{n + 1}", legs[0]))]
    if signed and signature_faults(books, entry, account, amount, signed):
        yield on("double-signature", entry)
    if len(signed) < wanted:
        yield on("double-signature", entry, "alerte" if _may_wait(books, entry, legs) else "erreur")
    elif colleges - {books.people.get(each, {}).get("college") for each in signed}:
        yield on("double-signature", entry)


def _may_wait(books: Ledger, entry: Entry, legs: list[Leg]) -> bool:
    """A payment flagged « ! » waits fifteen days for its signatures, unless the bank has shown it or the period is closed."""
    seen = any(entry.text("pointage", leg) for leg in legs) or closed_on(books, entry.day)
    return entry.flag == "!" and books.today <= entry.day + timedelta(days=15) and not seen


# --- tills ------------------------------------------------------------------------------------------------------------


def tills(books: Ledger) -> Iterator[tuple[str, dict[str, Any]]]:
    for donor in books.donors.values():
        for till in donor["comptes"].get("caisses") or []:
            yield till["compte"], till


def bound(till: dict[str, Any], key: str, day: date) -> int | None:
    began = [row for row in till["bornes"] if row["depuis"] <= day.isoformat()]
    return whole(max(began, key=lambda row: row["depuis"])[key]) if began else None


def moves_of(books: Ledger, account: str) -> list[tuple[Entry, int]]:
    """Entries that touch an account, in the order of the till, each with what it adds."""
    touched = [(entry, [leg for leg in entry.legs if leg.account == account]) for entry in books.entries]
    moves = [(entry, sum(leg.value for leg in legs)) for entry, legs in touched if legs]
    return sorted(moves, key=lambda move: move[0].order)


def steps_of(moves: list[tuple[Entry, int]]) -> Iterator[tuple[Entry, int, bool]]:
    """After every movement, the balance; a day with a storno is judged in the evening only. The last says whether it judges."""
    stormy = {entry.day for entry, _ in moves if entry.kind == "extourne"}
    balance = 0
    for place, (entry, more) in enumerate(moves):
        balance += more
        last = place + 1 == len(moves) or moves[place + 1][0].day != entry.day
        yield entry, balance, last or entry.day not in stormy


def till_out_of_bounds(books: Ledger) -> Iterator[Verdict]:
    for account, till in tills(books):
        moves = moves_of(books, account)
        yield from _too_much(moves, till)
        yield from _too_little(books, moves, till)
        yield from _cash_maxima(books, moves)


def _too_much(moves: list[tuple[Entry, int]], till: dict[str, Any]) -> Iterator[Verdict]:
    """A negative till is said once, one above its ceiling on each entry that brings more."""
    negative, before = False, 0
    for entry, balance, judged in steps_of(moves):
        ceiling = bound(till, "plafond", entry.day)
        more, before = balance - before, balance
        if judged and ceiling is not None:
            if balance < 0 and not negative:
                yield on("caisse-hors-bornes", entry)
            if balance > ceiling and more > 0 and entry.kind != "extourne":
                yield on("caisse-hors-bornes", entry)
            negative = balance < 0


def _too_little(books: Ledger, moves: list[tuple[Entry, int]], till: dict[str, Any]) -> Iterator[Verdict]:
    """Below the floor: an error when too long, an alert while it may still be fed; said of the entry that went below."""
    delay = timedelta(days=whole(books.setting("caisse-hors-bornes", "delai", "3 jours")))
    under: tuple[Entry, int] | None = None
    for entry, balance, judged in steps_of(moves):
        floor = bound(till, "plancher", entry.day)
        if not judged or floor is None:
            continue
        if balance < floor:
            under = under or (entry, balance)
        elif under is not None:
            if entry.day > under[0].day + delay:
                yield on("caisse-hors-bornes", under[0])
            under = None
    if under is not None and books.today > under[0].day + delay:
        yield on("caisse-hors-bornes", under[0])
    elif under is not None and under[1] >= 0:
        yield on("caisse-hors-bornes", under[0], "alerte")


def _cash_maxima(books: Ledger, moves: list[tuple[Entry, int]]) -> Iterator[Verdict]:
    most = books.setting("caisse-hors-bornes", "maximum-par-depense", None)
    daily = books.setting("caisse-hors-bornes", "maximum-par-jour-et-beneficiaire", None)
    received: Counter[tuple[date, str]] = Counter()
    undone = {(entry.text("annule"), entry.day) for entry in books.entries if entry.kind == "extourne"}
    for entry, more in moves:
        spent = -more - max(0, entry.total("58"))
        if entry.kind in OPENING or spent <= 0 or (entry.piece, entry.day) in undone:
            continue
        if most and spent > whole(most):
            yield on("caisse-hors-bornes", entry)
        who = entry.day, plain(payee_name(books, entry))
        before = received[who]
        received[who] += spent
        if daily and before <= whole(daily) < received[who]:
            yield on("caisse-hors-bornes", entry)


def payee_name(books: Ledger, entry: Entry) -> str:
    said = entry.text("beneficiaire") or entry.payee
    return str(books.people[said]["nom"]) if said in books.people else said


def cash_counts(books: Ledger) -> Iterator[Verdict]:
    yield from _missing_counts(books)
    for note in books.notes_of("pv-caisse"):
        if any(_count_faults(books, note)):
            yield on("pv-de-caisse", note)


def _missing_counts(books: Ledger) -> Iterator[Verdict]:
    kinds = ["", *books.setting("pv-de-caisse", "types", ["inopine", "mensuel", "cloture", "passation"])]
    for account, _ in tills(books):
        moves = moves_of(books, account)
        counted = [n for n in books.notes_of("pv-caisse") if n.values[0] == account and n.text("type") in kinds]
        if moves:
            yield from _no_surprise(books, account, moves[0][0].day)
        if moves and _month_not_counted(books, moves, sorted(note.day for note in counted)):
            file, line, _ = books.opens[account]
            yield Verdict("pv-de-caisse", "alerte", file, line)


def _no_surprise(books: Ledger, account: str, begun: date) -> Iterator[Verdict]:
    """A finished quarter, after the one in which the till began, has an unannounced count by somebody else."""
    if books.setting("pv-de-caisse", "inopine", "trimestre") == "non":
        return
    counts = [note for note in books.notes_of("pv-caisse") if note.values[0] == account]
    for last in (month for month in months(begun, books.today) if month.month % 3 == 0):
        start, end = date(last.year, last.month - 2, 1), month_end(last)
        if start <= begun or end >= books.today:
            continue
        surprises = [n for n in counts if start <= n.day <= end and n.text("type") == "inopine"]
        if not surprises:
            file, line, _ = books.opens[account]
            yield Verdict("pv-de-caisse", "alerte", file, line)
        elif all(n.text("controleur") in _usual(counts, n.day) for n in surprises):
            yield on("pv-de-caisse", surprises[-1], "alerte")


def _usual(counts: list[Note], day: date) -> set[str]:
    """Who controlled the counts of the month before."""
    before = day.replace(day=1) - timedelta(days=1)
    return {n.text("controleur") for n in counts if n.day.replace(day=1) == before.replace(day=1)}


def _month_not_counted(books: Ledger, moves: list[tuple[Entry, int]], counts: list[date]) -> bool:
    """Whether some month has no count of its own, in it or in the first days of the next."""
    delay = timedelta(days=whole(books.setting("pv-de-caisse", "delai", "5 jours")))
    missing = False
    for first in months(moves[0][0].day, books.today):
        end = month_end(first)
        own = next((day for day in counts if first <= day <= end + delay), None)
        if own is not None:
            counts.remove(own)
        elif end + delay < books.today:
            held = sum(more for entry, more in moves if entry.day <= end)
            missing |= bool(held) or any(first <= entry.day <= end for entry, _ in moves)
    return missing


def pieces_total(text: str) -> int:
    pairs = [pair.split("x") for pair in text.split()]
    return sum(int(value) * int(count) for value, count in pairs)


def _count_faults(books: Ledger, note: Note) -> Iterator[bool]:
    account, amount = note.values[0], int(note.values[1].number)
    till = dict(tills(books)).get(account, {})
    yield pieces_total(note.text("billets")) + pieces_total(note.text("pieces")) != amount
    last = books.by_piece.get(note.text("derniere-piece"))
    moves = [(entry, more) for entry, more in moves_of(books, account)]
    counted = [(entry, more) for entry, more in moves if entry.day <= note.day]
    if note.text("derniere-piece"):
        touching = last is not None and any(leg.account == account for leg in last.legs)
        yield not touching
        if last is None or not touching:
            return
        yield last.day > note.day
        after = [entry for entry, _ in moves if entry.order > last.order]
        yield any(entry.day < note.day for entry in after)
        counted = [(entry, more) for entry, more in moves if entry.order <= last.order]
    yield sum(more for _, more in counted) != amount and not note.text("motif")
    yield from _count_people(books, note, account, till)


def _count_people(books: Ledger, note: Note, account: str, till: dict[str, Any]) -> Iterator[bool]:
    cashier, controller, witness = (note.text(key) for key in ("caissier", "controleur", "temoin"))
    named = [each for each in (cashier, controller, witness) if each]
    yield len(set(named)) < len(named)
    yield not cashier
    yield not controller and note.text("type") != "quotidien"
    keeps = cashier in (till.get("caissier"), till.get("suppleant")) or books.person_holds(
        cashier, "tenue-caisse", note.day, account
    )
    yield bool(cashier) and not keeps
    yield bool(controller) and not books.person_holds(controller, "controle-caisse", note.day, account)


# --- trees and transfers ----------------------------------------------------------------------------------------------


def crossed_donors(books: Ledger) -> Iterator[Verdict]:
    for entry in books.entries:
        known = [tree for tree in entry.trees if tree in books.donors]
        if len(known) > 1:
            yield on("bailleurs-croises", entry)
        if entry.kind not in ("extourne", *OPENING) and _direct(entry):
            yield on("bailleurs-croises", entry)
    yield from _lonely_shares(books)


def _direct(entry: Entry) -> bool:
    by_account: Counter[str] = Counter()
    for leg in entry.of(*TREASURY):
        by_account[leg.account] += leg.value
    trees_out = {name.split(":")[1] for name, value in by_account.items() if value < 0}
    trees_in = {name.split(":")[1] for name, value in by_account.items() if value > 0}
    return bool(trees_out & trees_in)


def _lonely_shares(books: Ledger) -> Iterator[Verdict]:
    """Shares of common costs go by two, of one amount, out of the bank of a tree and into that of another."""
    shares = [(entry, entry.total("52")) for entry in books.entries if entry.shared and entry.kind != "extourne"]
    waiting = [(e, v) for e, v in shares if e.piece not in books.reversed_pieces and v]
    while waiting:
        entry, value = waiting.pop(0)
        pair = next((each for each in waiting if each[1] == -value and each[0].tree != entry.tree), None)
        if pair is None:
            yield on("bailleurs-croises", entry, "alerte")
        else:
            waiting.remove(pair)


def transit(books: Ledger) -> Iterator[Verdict]:
    for account in books.accounts("58"):
        tree = account.split(":")[1]
        comptes = books.donors.get(tree, {}).get("comptes", {})
        simple = not comptes.get("mobile") and not comptes.get("autres-banques")
        moves = [(e, v) for e, v in moves_of(books, account) if v]
        yield from _unanswered(books, moves, simple)


def _judged_day(books: Ledger, entry: Entry) -> date:
    """A storno is judged with the day of what it cancels."""
    cancelled = books.by_piece.get(entry.text("annule"))
    return cancelled.day if entry.kind == "extourne" and cancelled else entry.day


def _unanswered(books: Ledger, moves: list[tuple[Entry, int]], simple: bool) -> Iterator[Verdict]:
    days: dict[date, list[tuple[Entry, int]]] = defaultdict(list)
    for entry, value in moves:
        if entry.kind not in OPENING:
            days[_judged_day(books, entry)].append((entry, value))
    said: list[Entry] = []
    for _, legs in sorted(days.items()):
        left = _unpaired(legs)
        tills = [leg for leg in left if leg[0].of("57")]
        suspects = tills or (left if simple else [])
        if suspects and sum(value for _, value in (left if simple else tills)):
            # one a day, on the last that nothing answers
            said.append(max((entry for entry, _ in suspects), key=lambda e: e.order))
    yield from (on("virement-en-transit", entry) for entry in said)
    yield from _waiting_at_month_end(books, moves, said)


def _waiting_at_month_end(books: Ledger, moves: list[tuple[Entry, int]], said: list[Entry]) -> Iterator[Verdict]:
    """What is in transit at a month's end, on the entry that nothing answered; once a wait."""
    balance, since, told = 0, None, False
    days = sorted({entry.day for entry, _ in moves})
    for place, day in enumerate(days):
        own = [(entry, value) for entry, value in moves if entry.day == day]
        balance += sum(value for _, value in own)
        if not balance:
            since = None
            continue
        if since is None:
            since, told = _unpaired(own)[0][0], False
        told = told or any(entry in said for entry, _ in own)
        following = days[place + 1] if place + 1 < len(days) else date.max
        if not told and following > month_end(day) <= books.today:
            told = True
            yield on("virement-en-transit", since, "alerte")


def _unpaired(legs: list[tuple[Entry, int]]) -> list[tuple[Entry, int]]:
    """What is left of a day once equal amounts have answered each other."""
    left: list[tuple[Entry, int]] = []
    for entry, value in sorted(legs, key=lambda leg: leg[0].order):
        answer = next((each for each in left if each[1] == -value), None)
        if answer:
            left.remove(answer)
        else:
            left.append((entry, value))
    return left


def overdraft(books: Ledger) -> Iterator[Verdict]:
    for account in books.accounts("52", "53", "55"):
        balance, below = 0, False
        moves = moves_of(books, account)
        for day in sorted({entry.day for entry, _ in moves}):
            crossing: Entry | None = None
            for entry, more in moves:
                if entry.day == day:
                    if balance >= 0 > balance + more:
                        crossing = entry
                    balance += more
            if balance < 0 and not below and crossing:
                yield on("decouvert", crossing)
            below = balance < 0


# --- bank statements --------------------------------------------------------------------------------------------------


def reconciliation(books: Ledger) -> Iterator[Verdict]:
    statements: dict[str, dict[str, Note]] = defaultdict(dict)
    for note in books.notes_of("releve"):
        account, month = note.values[:2]
        if month in statements[account]:
            yield on("rapprochement-bancaire", note)
        statements[account].setdefault(month, note)
        if f"{note.day:%Y-%m}" != month:
            yield on("rapprochement-bancaire", note)
    for account in books.accounts("52", "55"):
        own = statements[account]
        if account.rsplit(":", 1)[-1].startswith("52"):
            yield from _missing_statements(books, account, own)
        legs = [(entry, leg) for entry in books.entries for leg in entry.legs if leg.account == account]
        yield from _ticks(books, legs, own, account)
        for month, note in own.items():
            if not _agrees(books, legs, month, note):
                yield on("rapprochement-bancaire", note)
        yield from _old(books, legs, own)


def _missing_statements(books: Ledger, account: str, own: dict[str, Note]) -> Iterator[Verdict]:
    file, line, opened = books.opens[account]
    delay = timedelta(days=whole(books.setting("rapprochement-bancaire", "delai", "10 jours")))
    if books.first_day is None:
        return
    for first in months(max(opened, books.first_day), books.today):
        if f"{first:%Y-%m}" not in own and month_end(first) + delay < books.today:
            yield Verdict("rapprochement-bancaire", "alerte", file, line)


def tick_of(entry: Entry, leg: Leg) -> str:
    return entry.text("pointage", leg)


def _ticks(books: Ledger, legs: list[tuple[Entry, Leg]], own: dict[str, Note], account: str) -> Iterator[Verdict]:
    bank = account.rsplit(":", 1)[-1].startswith("52")
    told: set[str] = set()
    for entry, leg in legs:
        tick = tick_of(entry, leg)
        if not tick or entry.kind in OPENING:
            continue
        if (
            len(tick) != 7
            or tick[4] != "-"
            or not (tick[:4] + tick[5:]).isdigit()
            or tick < f"{min(entry.day, entry.value_day):%Y-%m}"
        ):
            yield on("rapprochement-bancaire", entry)
        elif tick not in own and tick not in told and (not bank or tick > f"{books.today:%Y-%m}"):
            told.add(tick)
            yield on("rapprochement-bancaire", entry)


def _outstanding(books: Ledger, legs: list[tuple[Entry, Leg]], month: str, day: date) -> list[tuple[Entry, Leg]]:
    """Booked on or before the day and not ticked up to that month, less entries and stornos that the bank never saw."""
    open_legs = [(e, leg) for e, leg in legs if e.day <= day and (not tick_of(e, leg) or tick_of(e, leg) > month)]
    never = {e.piece for e, leg in open_legs if not tick_of(e, leg)}
    gone = {e.text("annule") for e, leg in open_legs if e.kind == "extourne" and e.text("annule") in never}
    return [
        (e, leg)
        for e, leg in open_legs
        if tick_of(e, leg) or not (e.piece in gone or (e.kind == "extourne" and e.text("annule") in gone))
    ]


def _agrees(books: Ledger, legs: list[tuple[Entry, Leg]], month: str, note: Note) -> bool:
    waiting = _outstanding(books, legs, month, note.day)
    book = sum(leg.value for e, leg in legs if e.day <= note.day)
    book += sum(
        leg.value for e, leg in legs if e.day > note.day >= e.value_day and tick_of(e, leg) and tick_of(e, leg) <= month
    )
    adjusted = int(note.values[2].number) + sum(leg.value for _, leg in waiting)
    listed = {e.text("piece", leg) for e, leg in waiting}
    return book == adjusted and listed == set(note.text("suspens").split())


def _old(books: Ledger, legs: list[tuple[Entry, Leg]], own: dict[str, Note]) -> Iterator[Verdict]:
    """What the latest statement leaves outstanding and nothing has cleared since."""
    limit = whole(books.setting("rapprochement-bancaire", "suspens-ancien", "90 jours"))
    if own:
        month, note = max(own.items())
        for entry, leg in _outstanding(books, legs, month, note.day):
            if not tick_of(entry, leg) and (books.today - entry.value_day).days > limit:
                yield on("rapprochement-bancaire", entry, "alerte")


def limit_of(books: Ledger, rule: str, day: date) -> int:
    said = books.setting(rule, "seuil", "51 000 XOF")
    return whole(dated(said, day) or "51 000 XOF")
