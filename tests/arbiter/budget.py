"""What is spent and ordered against what was agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from arbiter.buying import Dossier, _winner, agreement_of, amount_of, budget_lines, dossiers, is_charge, same_supplier
from arbiter.money import on
from arbiter.reading import Entry, Ledger, Note, Verdict, dated, whole


@dataclass(frozen=True)
class Event:
    """An entry, or an award, and what it changes of a line's load."""

    at: Entry | Note
    day: date
    line: str
    more: int


def line_budget(agreement: dict[str, Any], line: dict[str, Any], day: date) -> Decimal:
    """The donor's part of a line, in francs at the rate of the day."""
    said = line["cout-unitaire"]
    value = Decimal(line.get("quantite", "1")) * whole(said)
    if not said.strip().endswith("XOF"):
        value *= Decimal(dated(agreement["taux"], day) or "1")
    return value * whole(line.get("part-bailleur", "100 %")) / 100


def overspent(books: Ledger) -> Iterator[Verdict]:
    known, same = dossiers(books), same_supplier(books)
    for tree in books.donors:
        for agreement in books.agreements(tree):
            if "budget" in agreement:
                events = list(_events(books, tree, agreement, known, same))
                yield from _Follow(books, agreement).judge(events)


def _events(
    books: Ledger, tree: str, agreement: dict[str, Any], known: dict[str, Dossier], same: Any
) -> Iterator[Event]:
    """Awards and charges, in the order of value dates; a purchase on a dossier takes from what was ordered."""
    rows: list[tuple[Any, Event, str]] = []
    for number, dossier in known.items():
        chosen = _winner(dossier, same)
        line = dossier.note.text("ligne")
        if (
            chosen is not None
            and line
            and dossier.note.text("bailleur") == tree
            and _of(books, tree, dossier.note) is agreement
        ):
            rows.append(
                ((dossier.note.day, 0, 0), Event(dossier.note, dossier.note.day, line, amount_of(chosen)), number)
            )
    for place, entry in enumerate(books.entries):
        for leg in entry.legs:
            if (
                is_charge(leg)
                and leg.tree == tree
                and agreement_of(books, entry, leg) is agreement
                and entry.text("ligne", leg)
            ):
                event = Event(entry, entry.value_day, entry.text("ligne", leg), leg.value)
                rows.append(((entry.value_day, 1, place), event, entry.text("marche", leg)))
    ordered: dict[str, Event] = {}
    left: dict[str, int] = {}
    for _, event, number in sorted(rows, key=lambda row: row[0]):
        if isinstance(event.at, Note):
            ordered[number], left[number] = event, event.more
        elif number in ordered:
            taken = min(left[number], event.more) if event.more > 0 else 0
            left[number] -= taken
            if taken:
                yield Event(event.at, event.day, ordered[number].line, -taken)
        yield event


def _of(books: Ledger, tree: str, note: Note) -> dict[str, Any] | None:
    rows, named = books.agreements(tree), note.text("convention")
    if named:
        return next((row for row in rows if row["id"] == named), None)
    running = [row for row in rows if row["du"] <= note.day.isoformat() <= row["au"]]
    return running[0] if len(running) == 1 else None


class _Follow:
    """One agreement, event after event."""

    def __init__(self, books: Ledger, agreement: dict[str, Any]) -> None:
        self.books, self.agreement = books, agreement
        rows = agreement.get("souplesse") or [{"niveau": "ligne", "seuil": "0 %", "action": "avenant"}]
        self.rule = rows[0]
        self.heading = {line["code"]: part["code"] for part in agreement["budget"] for line in part["lignes"]}
        self.known: dict[date, dict[str, Decimal]] = {}
        self.load: dict[str, int] = defaultdict(int)
        for part in agreement["budget"]:
            for line in part["lignes"]:
                self.load[line["code"]] = whole(line.get("realise-anterieur", "0"))

    def unit(self, line: str) -> str:
        return self.heading.get(line, line) if self.rule["niveau"] == "rubrique" else line

    def budgets(self, day: date) -> dict[str, Decimal]:
        if day not in self.known:
            lines = budget_lines(self.agreement, day.isoformat())
            self.known[day] = {code: line_budget(self.agreement, line, day) for code, line in lines.items()}
        return self.known[day]

    def bases(self, day: date) -> dict[str, Decimal]:
        """What each line or heading may be compared with."""
        first = date.fromisoformat(self.agreement["du"])
        found: dict[str, Decimal] = defaultdict(Decimal)
        for code, value in self.budgets(first if self.rule.get("base") == "budget-initial" else day).items():
            found[self.unit(code)] += value
        return found

    def loads(self) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for code, value in self.load.items():
            found[self.unit(code)] += value
        return found

    def judge(self, events: list[Event]) -> Iterator[Verdict]:
        over: set[str] = set()
        warned: dict[str, Entry | Note] = {}
        for group in _by_object(events):
            at, day = group[0].at, group[0].day
            for event in group:
                self.load[event.line] += event.more
            now = self._over(day)
            yield from (on("depassement-budgetaire", at, self._level(unit)) for unit in sorted(now - over))
            over = now
            near = self._near(day)
            warned = {code: warned.get(code, at) for code in near}
        if self.agreement["du"] <= self.books.today.isoformat() <= self.agreement["au"]:
            # a line that is over its own limit has had its finding
            yield from (on("depassement-budgetaire", at, "alerte") for code, at in warned.items() if code not in over)

    def _level(self, unit: str) -> str:
        """The total of the agreement is never exceeded; the rest as its flexibility says."""
        return "alerte" if self.rule.get("action") == "alerte" and unit != "*" else "erreur"

    def _over(self, day: date) -> set[str]:
        """What is beyond its limit: lines or headings, « * » for the total, « + » for what the others cannot give."""
        budgets, bases, loads = self.budgets(day), self.bases(day), self.loads()
        part = Decimal(whole(self.rule["seuil"])) / 100
        found = {unit for unit, base in bases.items() if loads[unit] > base * (1 + part)}
        if sum(self.load[code] for code in budgets) > sum(budgets.values()):
            found.add("*")
        if self.rule.get("sens") in ("deux", "baisse"):
            need = sum(max(Decimal(0), loads[unit] - base) for unit, base in bases.items())
            spare = (min(base * part, base - loads[unit]) for unit, base in bases.items() if loads[unit] <= base)
            if need > sum(spare):
                found.add("+")
        return found

    def _near(self, day: date) -> set[str]:
        """The lines that have reached the share of their budget from which they are said."""
        share = Decimal(whole(self.books.setting("depassement-budgetaire", "seuil-alerte", "90 %"))) / 100
        return {code for code, budget in self.budgets(day).items() if budget > 0 and self.load[code] >= budget * share}


def _by_object(events: list[Event]) -> Iterator[list[Event]]:
    """Events of one entry, or one award, together."""
    group: list[Event] = []
    for event in events:
        if group and group[0].at is not event.at:
            yield group
            group = []
        group.append(event)
    if group:
        yield group
