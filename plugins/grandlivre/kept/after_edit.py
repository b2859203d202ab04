"""The answer after an edit of ordinary entries: that of the last whole run, when no rule's findings can have changed.

Everything is as in that run but for the content of a few ledgers, of which entries are gone or have come; each is ordinary, and read
here without a library. No rule's guard is met by that change. Then every rule says what it said, of entries that may stand on other
lines. In every other case there is no answer: the change is read whole.
"""

from __future__ import annotations

import os
from datetime import date

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.guard import Guard
from grandlivre.kept import answers, blocks
from grandlivre.kept.answers import Answer
from grandlivre.kept.blocks import COMMENT, ENTRY, Block, Matched
from grandlivre.kept.git import tracks_nothing
from grandlivre.kept.ground import Facts, Ground
from grandlivre.kept.index import Index
from grandlivre.kept.marks import State, UnsureError, digest_of, mark_of
from grandlivre.kept.page_files import PageFiles
from grandlivre.kept.plain_entries import Known, is_comment, of_block, of_page

_MOST_FILES, _MOST_BLOCKS = 12, 200
"""Beyond, a whole run is hardly slower, and a rule is sure to be concerned."""
_SAID, _FRESH = "said", "fresh"


def answer_after_edit(index: Index, state: State, day: date, facts: bool) -> Answer:
    """The answer after a change of ledgers since the last whole run. Raises OSError or UnsureError where there is none."""
    ground = Ground.load(index.folder)
    changed = _changed(index, state, day, ground)
    _are_papers_the_same(index, state, ground)
    git = tracks_nothing(index.main, index.git, state.clock)
    pages = PageFiles(index.folder, index.root, ground.texts, ground.under[-1])
    matches: dict[str, Matched] = {}
    gone: list[PlainEntry] = []
    come: list[PlainEntry] = []
    vouchers: list[tuple[frozenset[str], frozenset[str]]] = []
    for path in changed:
        content = _content(f"{index.root}/{path}", state.texts[path].digest)
        before, page = pages.cut(f"{index.root}/{path}")
        found = matches[path] = blocks.matched(before, blocks.cut(content))
        if len(found.gone) + len(found.come) > _MOST_BLOCKS:
            raise UnsureError
        left, right = _gone(found.gone, page, ground.facts.known), _come(found.come, ground.facts.known)
        vouchers.append((_vouchers(left), _vouchers(right)))
        gone += left
        come += right
    _is_each_at_home(vouchers)
    change = Change(tuple(gone), tuple(come))
    last = last_entry(ground.answer[0][3], change, day)
    are_assertions_as_true(change, ground.facts)
    is_order_the_same(matches, ground.facts)
    _is_no_rule_concerned(change, ground.read_guards(index.folder))
    rows = [_row(row, matches, state, last) for row in ground.answer if row[0] != _FRESH or row[1] in state.fresh]
    made = answers.from_records(rows, facts)
    index.keep_answer(state, day, rows)
    index.settle(state, day, made, git)
    return made


def _vouchers(entries: list[PlainEntry]) -> frozenset[str]:
    return frozenset([entry.text("piece") for entry in entries])


def _is_each_at_home(vouchers: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    """Raises UnsureError where an entry went from one ledger to another: a guard sees no change, a sentence may name its place."""
    for place, (gone, _) in enumerate(vouchers):
        if any(not gone.isdisjoint(come) for other, (_, come) in enumerate(vouchers) if other != place):
            raise UnsureError


def _is_no_rule_concerned(change: Change, guards: list[Guard]) -> None:
    """Raises UnsureError when a guard is met, or breaks."""
    try:
        met = any(guard.is_met(change) for guard in guards)
    except Exception as error:
        raise UnsureError from error
    if met:
        raise UnsureError


# --- is everything else as it was -------------------------------------------------------------------------------------


def _changed(index: Index, state: State, day: date, ground: Ground) -> list[str]:
    """The ledgers that have changed since, and nothing else has."""
    if not index.is_program_the_same() or ground.under[:-1] != index.under(state, day):
        raise UnsureError
    if ground.texts.keys() != state.texts.keys():
        raise UnsureError
    changed = [path for path, text in state.texts.items() if ground.texts[path] != text.digest]
    if not changed or len(changed) > _MOST_FILES or not ground.facts.ledgers.issuperset(changed):
        raise UnsureError
    return changed


def _are_papers_the_same(index: Index, state: State, ground: Ground) -> None:
    """Raises UnsureError where a paper that had just changed then has changed again since."""
    known = {row[1]: row[2] for row in ground.answer if row[0] == _FRESH}
    if not state.fresh.keys() <= known.keys():
        raise UnsureError
    if index.digests({path: mark_of(os.lstat(f"{index.root}/{path}")) for path in known}) != known:
        raise UnsureError


def _content(path: str, digest: str) -> bytes:
    with open(path, "rb", buffering=0) as stream:
        content = stream.readall()
    if digest_of(content) != digest:
        raise UnsureError
    return content


# --- what has changed -------------------------------------------------------------------------------------------------


def _gone(found: list[Block], page: str, known: Known) -> list[PlainEntry]:
    """The entries of blocks that are no more, from the page of their ledger."""
    if not found:
        return []
    at = {int(record.split("\t", 3)[2]): record for record in page.split("\n")} if page else {}
    entries: list[PlainEntry] = []
    for block in found:
        lines = [line for line in range(block.line, block.line + block.lines) if line in at]
        if lines != ([block.line] if block.kind == ENTRY else []) or block.kind not in (ENTRY, COMMENT):
            raise UnsureError
        entries += [of_page(at[line], known) for line in lines]
    return entries


def _come(found: list[Block], known: Known) -> list[PlainEntry]:
    """The entries of blocks that have come."""
    if any(block.kind == COMMENT and not is_comment(block.text) for block in found):
        raise UnsureError
    if any(block.kind not in (ENTRY, COMMENT) for block in found):
        raise UnsureError
    return [of_block(block.text, known) for block in found if block.kind == ENTRY]


def last_entry(said: str, change: Change, today: date) -> str:
    """The day of the last entry now, of which it was said before the change. Raises UnsureError."""
    come = [entry.date for entry in change.come]
    if not said or any(day > today for day in come):
        raise UnsureError
    last = date.fromisoformat(said)
    if any(entry.date >= last for entry in change.gone) and not any(day >= last for day in come):
        raise UnsureError
    return max([last, *come]).isoformat()


def are_assertions_as_true(change: Change, facts: Facts) -> None:
    """Raises UnsureError where a sum that a `balance` says, on the morning of its day, is another than it was."""
    touched = {movement.account for entry in change.entries() for movement in entry.movements}
    for name, day in facts.asserted:
        own = [account for account in touched if account == name or account.startswith(f"{name}:")]
        moved = (change.moved(account) for account in own)
        if own and sum(sum(amount for when, amount in days.items() if when.isoformat() < day) for days in moved):
            raise UnsureError


def is_order_the_same(matches: dict[str, Matched], facts: Facts) -> None:
    """Raises UnsureError where lines that moved put a directive before one of the same kind and day in another ledger."""
    groups: dict[str, list[tuple[int, int]]] = {}
    touched: set[str] = set()
    for key, path, line in facts.ranks:
        found = matches.get(path)
        now = found.line(line) if found is not None else line
        groups.setdefault(key, []).append((line, now))
        if now != line:
            touched.add(key)
    for key in touched:
        places = [now for _, now in sorted(groups[key], key=lambda place: place[0])]
        if any(after <= before for before, after in zip(places, places[1:], strict=False)):
            raise UnsureError


# --- the answer -------------------------------------------------------------------------------------------------------


def _row(row: list[str], matches: dict[str, Matched], state: State, last: str) -> list[str]:
    """A row of the former answer as it is now."""
    if row[0] == "verdict":
        return [*row[:3], last, *row[4:]]
    if row[0] != _SAID:
        return row
    _, file, line, level, rule, message, when, piece, steady, code, facts = row
    for path, found in matches.items():
        named = f"{os.path.basename(path)}:"
        if found.has_moved and any(named in text for text in (message, steady, facts)):
            raise UnsureError
    if file in matches:
        line = str(matches[file].line(int(line)))
    return [_SAID, file, line, level, rule, message, when, piece, steady, code, facts]
