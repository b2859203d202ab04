"""A change of entries, judged by the guards and by the rules: whoever is not concerned says the same, word for word.

The edits keep every other line where it stands, so that findings can be compared as they are.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from beancount import loader

from grandlivre.books.index import Books
from grandlivre.books.plain import plain_entry
from grandlivre.checks import rules_for
from grandlivre.guards.change import Change
from grandlivre.inspection import Inspection
from grandlivre.rules import Finding, Rule, run, verify

ENTRY = re.compile(r"^20\d\d-\d\d-\d\d \*.*\n(?:[ \t]+\S.*\n)+", re.MULTILINE)


def change_of(before: Books, after: Books, file: str) -> Change | None:
    """What an edit of one file changed; None when an entry that is not ordinary went or came."""
    old = [entry for entry in before.entries if entry.file == file]
    new = [entry for entry in after.entries if entry.file == file]
    told = [[(e.date, e.flag, e.payee, e.narration, _said(e)) for e in entries] for entries in (old, new)]
    gone, come = [], []
    for tag, a, b, c, d in SequenceMatcher(None, *told, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += [plain_entry(each, before) for each in old[a:b]]
            come += [plain_entry(each, after) for each in new[c:d]]
    if None in gone or None in come:
        return None
    return Change(tuple(each for each in gone if each), tuple(each for each in come if each))


def _said(entry: object) -> str:
    """All that an entry says, whatever the line it stands on."""
    meta = {key: value for key, value in entry.meta.items() if key not in ("filename", "lineno")}  # type: ignore[attr-defined]
    lines = [
        (
            each.account.name,
            each.units,
            each.currency,
            sorted((k, str(v)) for k, v in each.meta.items() if k != "lineno"),
        )
        for each in entry.movements  # type: ignore[attr-defined]
    ]
    return repr((sorted((k, str(v)) for k, v in meta.items()), sorted(entry.tags), sorted(entry.links), lines))  # type: ignore[attr-defined]


@dataclass
class Score:
    """How often each guard spared its rule, and what was missed."""

    spared: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def hold(self, before: Inspection, after: Inspection, file: str) -> None:
        """Holds every rule's guard against a change, and what the rule then says against what it said."""
        change = change_of(before.books, after.books, file)
        if change is None:
            return
        for rule in rules_for(before.books):
            self.weigh(rule, before.books, change, lambda rule=rule: (_findings(rule, before), _findings(rule, after)))  # type: ignore[misc]

    def weigh(self, rule: Rule, before: Books, change: Change, said: Callable[[], tuple[Said, Said]]) -> None:
        """Holds one rule's guard against a change, and what it said before and after."""
        if rule.guard(before).is_met(change):
            self.asked[rule.id] = self.asked.get(rule.id, 0) + 1
            return
        self.spared[rule.id] = self.spared.get(rule.id, 0) + 1
        one, other = said()
        if one != other:
            self.missed.append(f"{rule.id} : {sorted(map(str, one ^ other))} après {change}")

    def __str__(self) -> str:
        rules = sorted(self.spared.keys() | self.asked.keys())
        counts = {rule: (self.spared.get(rule, 0), self.asked.get(rule, 0)) for rule in rules}
        return "\n" + "\n".join(f"{rule}: {spared} / {spared + asked}" for rule, (spared, asked) in counts.items())


Said = set[tuple[object, ...]]


def _findings(rule: Rule, found: Inspection) -> Said:
    return said_of(rule, (*found.findings, *found.waived))


def said_of(rule: Rule, every: Sequence[Finding]) -> Said:
    return {(each.file, each.line, each.level, each.message, each.piece) for each in every if each.rule == rule.id}


# --- the marked ledgers, whose rules have much to say -----------------------------------------------------------------


def hold_marked(ledger: Path, score: Score, seeds: range) -> None:
    """Holds the guards of a ledger's own rules against drawn edits of it; they keep what they said of the day it ends on."""
    text = ledger.read_text(encoding="utf-8")
    before = _judged(ledger)
    for seed in seeds:
        ledger.write_text(edited(ledger, random.Random(f"{ledger.name} {seed}")), encoding="utf-8")
        after = _judged(ledger)
        ledger.write_text(text, encoding="utf-8")
        for (rule, own, day), (same, others, _) in zip(before, after, strict=True):
            books, new = own.at(day), others.at(day)
            change = change_of(books, new, str(ledger))
            if change is not None:
                score.weigh(rule, books, change, lambda: (_run(rule, books), _run(same, new)))  # noqa: B023 - called at once


def _judged(ledger: Path) -> list[tuple[Rule, Books, date]]:
    """The rules of a ledger's own plugins, with the books each reads."""
    heard: list[tuple[Rule, Books, date]] = []
    judge = Rule.judge

    def listening(rule: Rule, books: Books) -> Iterator[Finding]:
        if all(each is not rule for each, _, _ in heard):
            heard.append((rule, books, books.today))
        return judge(rule, books)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "judge", listening)
        loader.load_file(str(ledger))
    return heard


def _run(rule: Rule, books: Books) -> Said:
    outcome = run((rule,), books)
    return said_of(rule, (*outcome.findings, *outcome.waived, *outcome.reserved, *verify((rule,), books)))


# --- edits that leave the lines where they are ------------------------------------------------------------------------

Edit = Callable[[str, random.Random], str]


def amount(entry: str, lot: random.Random) -> str:
    """Every amount multiplied, or moved by the same."""
    if lot.random() < 0.5:
        factor = lot.choice((2, 3, 10, 40))
        return re.sub(r"(?<=\s)(-?)(\d+)(?= XOF)", lambda m: f"{m[1]}{int(m[2]) * factor}", entry)
    step = lot.choice((1, -1, 100, 1000, 5000, 250_000))
    return re.sub(r"(?<=\s)(-?)(\d+)(?= XOF)", lambda m: f"{m[1]}{max(1, int(m[2]) + step)}", entry)


def another_day(entry: str, lot: random.Random) -> str:
    return f"{entry[:8]}{lot.randint(1, 28):02d}{entry[10:]}"


def label(entry: str, lot: random.Random) -> str:
    head, _, rest = entry.partition("\n")
    return re.sub(r'"([^"]*)"$', lambda m: f'"{m[1]} {lot.choice(("bis", "reprise", "n° 2"))}"', head) + "\n" + rest


def value(entry: str, lot: random.Random, other: str = "") -> str:
    """The value of a key of another entry."""
    keys = re.findall(r"^  ([a-z][a-z0-9-]*): (.*)$", other, re.MULTILINE)
    own = re.findall(r"^  ([a-z][a-z0-9-]*): (.*)$", entry, re.MULTILINE)
    shared = [(name, said, new) for name, said in own for key, new in keys if key == name and said != new]
    if not shared:
        return entry
    name, said, new = lot.choice(shared)
    return entry.replace(f"  {name}: {said}\n", f"  {name}: {new}\n", 1)


def account(entry: str, lot: random.Random, other: str = "") -> str:
    """The account of a movement of another entry."""
    own = re.findall(r"^  ([A-Z]\S+:\S+)", entry, re.MULTILINE)
    theirs = re.findall(r"^  ([A-Z]\S+:\S+)", other, re.MULTILINE)
    if not own or not theirs:
        return entry
    return entry.replace(lot.choice(own), lot.choice(theirs), 1)


def payee(entry: str, lot: random.Random, other: str = "") -> str:
    theirs = re.match(r'^\S+ \* "([^"]*)" "', other)
    return re.sub(r'^(\S+ \* )"[^"]*" "', lambda m: f'{m[1]}"{theirs[1]}" "', entry) if theirs else entry


def gone(entry: str, lot: random.Random) -> str:
    return "".join(f"; {line}\n" for line in entry.splitlines())


def key_gone(entry: str, lot: random.Random) -> str:
    keys = re.findall(r"^  ([a-z][a-z0-9-]*: .*)$", entry, re.MULTILINE)
    return entry.replace(f"  {(said := lot.choice(keys))}", f"  ; {said}", 1) if keys else entry


def edited(path: Path, lot: random.Random) -> str:
    """One to three edits of entries of a file, or copies of one below the last line; the text as it becomes."""
    text = path.read_text(encoding="utf-8")
    for _ in range(lot.choice((1, 1, 1, 2, 3))):
        text = _edited(text, lot)
    return text


def _edited(text: str, lot: random.Random) -> str:
    entries = [each[0] for each in ENTRY.finditer(text)]
    if not entries:
        return text
    one, other = lot.choice(entries), lot.choice(entries)
    kind = lot.randrange(9)
    if kind == 0:
        return f"{text}\n{next_of(one, text)}"
    if kind in (1, 2, 3):
        return text.replace(one, (value, account, payee)[kind - 1](one, lot, other), 1)
    return text.replace(one, (amount, another_day, label, gone, key_gone)[kind - 4](one, lot), 1)


def next_of(entry: str, text: str) -> str:
    """A copy of an entry under the next number of its series."""
    found = re.search(r'piece: "(\S+)-(\d+)"', entry)
    if not found:
        return entry
    last = max(int(each) for each in re.findall(rf'piece: "{re.escape(found[1])}-(\d+)"', text))
    return entry.replace(found[0], f'piece: "{found[1]}-{last + 1:0{len(found[2])}d}"')
