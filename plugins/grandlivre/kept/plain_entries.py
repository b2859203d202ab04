"""Ordinary entries of a ledger, without a library: from the lines of a block, and from the page of the same file as it was.

The lines must be written as an accountant's programs and hands write them, sign by sign; everything else asks for a whole run. Nothing
here decides what Beancount reads: `tests/test_plain_entries.py` holds it against Beancount's own parser.
"""

from __future__ import annotations

import re
from datetime import date

from grandlivre.books.metadata import is_sound_as_written
from grandlivre.guards.change import PlainEntry, PlainMovement
from grandlivre.kept.marks import UnsureError

_SIGNS = re.compile(r"[ !\"#$%&'()*+,\-./0-9:;=?@A-Z\[\]^_`a-z{|}~À-ÖØ-öø-ſ«»’–—…°€·]{0,1000}")
"""The signs of a line that has changed: no typing trap holds one, none is composed of several, none is a word of code."""
_TAIL = r" *(?:;[^\"]*)?"
_HEAD = re.compile(r"(\d{4}-\d\d-\d\d) \* +\"([^\"]*)\"(?: +\"([^\"]*)\")?((?: +[#^][A-Za-z0-9_/.-]+)*)" + _TAIL)
_KEY = re.compile(
    r" +([a-z][A-Za-z0-9_-]+): +(?:\"([^\"]*)\"|(\d{4}-\d\d-\d\d)|(0|[1-9]\d{0,13})|(TRUE|FALSE))" + _TAIL
)
_POSTING = re.compile(r" +([^\s\";:#]+(?::[^\s\";:]+)+)(?: +(-?[1-9]\d{0,13}) +([A-Z]{3,12}))?" + _TAIL)
_REMARK = re.compile(r" *;[^\"]*")
_UNITS = re.compile(r"a(-?[1-9]\d{0,13}) ([A-Z]{3,12})")
_PAPER = re.compile(r"(?![/ ])(?!.*\.\.)[^\\:]+")
_APART = ("ecriture", "annule", "annulee", "derogation", "filename", "lineno", "__")
"""How keys begin that make an entry more than an ordinary one."""
_PIECE = re.compile(r"([A-Z]{2}-[\x21-\x7e]+)-\d{4,12}")


class Known:
    """What ordinary entries may name."""

    __slots__ = ("accounts", "currency", "series", "years")

    def __init__(
        self, currency: str, accounts: dict[str, tuple[str, str]], series: dict[str, str], years: list[tuple[str, str]]
    ) -> None:
        self.currency = currency
        self.accounts = accounts
        """The first and last days on which an account is open, as ISO writes them; "" without a last one."""
        self.series = series
        """The tree of each series of vouchers: « BQ-UE-EAU-2026 »."""
        self.years = years
        """The days of the fiscal years."""


_Movement = tuple[str, str, dict[str, str]]
"""Account, amount with its sign ("" when it is left out), keys."""


def of_block(text: str, known: Known) -> PlainEntry:
    """The entry of a block. Raises UnsureError where it is not an ordinary one."""
    head, *lines = text.split("\n")
    said = _HEAD.fullmatch(head)
    if said is None or not all(map(_SIGNS.fullmatch, (head, *lines))):
        raise UnsureError
    keys: dict[str, str] = {}
    movements: list[_Movement] = []
    for line in lines:
        if key := _KEY.fullmatch(line):
            name, text_, day, number, truth = key.groups()
            own = movements[-1][2] if movements else keys
            if name in own:
                raise UnsureError
            own[name] = _value(text_, day, number, truth)
        elif posting := _POSTING.fullmatch(line):
            account, amount, currency = posting.groups()
            if currency not in (None, known.currency):
                raise UnsureError
            movements.append((account, amount or "", {}))
        elif not _REMARK.fullmatch(line):
            raise UnsureError
    day, first, second, words = said.groups()
    payee, narration = (first, second) if second is not None else ("", first)
    marks = words.split()
    tags, links = (" ".join(sorted({each[1:] for each in marks if each[0] == sign})) for sign in "#^")
    return _entry((day, payee, narration, tags, links), keys, movements, known)


def is_comment(text: str) -> bool:
    """Whether a block of comments holds ordinary signs alone."""
    return _SIGNS.fullmatch(text) is not None


def _value(text: str | None, day: str | None, number: str | None, truth: str | None) -> str:
    if text is not None:
        return f"s{text}"
    if day is not None:
        _day(day)
        return f"d{day}"
    return f"n{number}" if number is not None else "b1" if truth == "TRUE" else "b"


def of_page(record: str, known: Known) -> PlainEntry:
    """The entry of a transaction in a page (`books/pages.py`). Raises UnsureError where it is not an ordinary one."""
    if "\\" in record:
        raise UnsureError
    said = record.split("\t")
    try:
        kind, day, _, flag, payee, narration, tags, links, count = said[:9]
        at = 9 + 2 * int(count)
        keys = dict(zip(said[9:at:2], said[10:at:2], strict=True))
        movements: list[_Movement] = []
        while at < len(said):
            account, units, price, mark, _, count = said[at : at + 6]
            end = at + 6 + 2 * int(count)
            own = dict(zip(said[at + 6 : end : 2], said[at + 7 : end : 2], strict=True))
            found = _UNITS.fullmatch(units)
            if (price, mark) != ("0", "0") or (found is None and units != "m"):
                raise UnsureError
            if found is not None and found[2] != known.currency:
                raise UnsureError
            movements.append((account, found[1] if found is not None else "", own))
            at = end
    except ValueError as error:
        raise UnsureError from error
    if (kind, flag) != ("T", "*"):
        raise UnsureError
    return _entry((day, _text(payee), _text(narration), tags, links), keys, movements, known)


def _text(value: str) -> str:
    if value[:1] not in ("s", "0"):
        raise UnsureError
    return value[1:]


def _entry(
    said: tuple[str, str, str, str, str], keys: dict[str, str], movements: list[_Movement], known: Known
) -> PlainEntry:
    """The entry, once it is sure that it is ordinary."""
    day, payee, narration, tags, links = said
    if not any(start <= day <= end for start, end in known.years):
        raise UnsureError
    every = [keys, *(own for _, _, own in movements)]
    if any(name.startswith(_APART) or not _is_plain(name, value) for own in every for name, value in own.items()):
        raise UnsureError
    if not movements or not all(map(is_sound_as_written, every)):
        raise UnsureError
    trees = {_tree(account, day, known) for account, _, _ in movements}
    found = _PIECE.fullmatch(keys.get("piece", "")[1:])
    if found is None or trees != {known.series.get(found[1])}:
        raise UnsureError
    balanced = zip(movements, _amounts([amount for _, amount, _ in movements]), strict=True)
    made = tuple([PlainMovement(account, amount, own) for (account, _, own), amount in balanced])
    return PlainEntry(_day(day), payee, narration, tags, links, keys, made)


def _is_plain(name: str, value: str) -> bool:
    if value[:1] not in ("s", "d", "n", "b"):
        return False
    return not name.startswith("document") or (value[0] == "s" and _PAPER.fullmatch(value[1:]) is not None)


def _tree(account: str, day: str, known: Known) -> str:
    opened, closed = known.accounts.get(account, ("", ""))
    if not opened or day < opened or (closed and day > closed):
        raise UnsureError
    return account.split(":")[1]


def _amounts(said: list[str]) -> list[int]:
    """The amounts, the one that is left out worked out; they add up to zero. Raises UnsureError."""
    total = sum(int(each) for each in said if each)
    missing = said.count("")
    if missing > 1 or (missing == 1) == (total == 0):
        raise UnsureError
    return [int(each) if each else -total for each in said]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnsureError from error
