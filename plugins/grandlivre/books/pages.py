"""What Beancount's parser made of a ledger, as a text that is read again in a third of the time.

Only ledgers of ordinary directives have one: transactions without costs, statements, counts, assertions. A page is kept when reading it
gives back the parser's own entries, value by value and kind by kind; all other ledgers are parsed each time. Nothing in a page can run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from typing import Any

from beancount.core import account, data
from beancount.core.amount import Amount
from beancount.core.display_context import DisplayContext
from beancount.core.number import MISSING
from beancount.parser.grammar import ValueType

from grandlivre.books.loading import parsed_by

_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SAID = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
_NONE = "0"
_ACCOUNT: Any = account.TYPE
_KINDS: Mapping[str, Any] = {"s": str, "n": Decimal, "d": dt.date, "b": bool, "a": Amount, _NONE: type(None)}
_PLACED = ("filename", "lineno")
_NOTHING = ("include", "plugin", "operating_currency", "insert_pythonpath")
"""The options that a page does not say."""


class UnreadError(Exception):
    """A page that is none: the ledger is to be parsed."""


class _OddError(Exception):
    """Something that no page says."""


class KeptPages:
    """Pages in place of the parser, for the ledgers whose page is known; those that are parsed leave theirs."""

    def __init__(self, known: Callable[[str], str | None]) -> None:
        self._known = known
        self.fresh: dict[str, str] = {}
        """The pages of the ledgers that were parsed, by path."""

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Beancount's loader asks here for each file; the first, whose options become those of the load, is always parsed."""
        first = True

        def parse_file(plain: Any, name: str, encoding: str | None = None) -> Any:
            nonlocal first
            is_first, first = first, False
            text = None if is_first else self._known(name)
            if text is not None:
                try:
                    return read(text, name), [], _options(name)
                except UnreadError:
                    pass
            found = plain.parse_file(name, encoding=encoding)
            if not is_first and (made := _page(found, name)) is not None:
                self.fresh[name] = made
            return found

        with parsed_by(parse_file):
            yield


def _options(name: str) -> dict[str, Any]:
    """What the loader asks of the options of a file that another includes."""
    return {
        "filename": name,
        "include": [],
        "operating_currency": [],
        "insert_pythonpath": False,
        "dcontext": DisplayContext(),
    }


def _page(found: tuple[list[Any], list[Any], dict[str, Any]], name: str) -> str | None:
    entries, errors, options = found
    if errors or any(options[each] for each in _NOTHING):
        return None
    text = written(entries, name)
    return (
        text if text is not None and read(text, name) == entries and written(read(text, name), name) == text else None
    )


# --- writing ----------------------------------------------------------------------------------------------------------


def written(entries: list[Any], name: str) -> str | None:
    """The page of a file's entries; None when one of them is not ordinary."""
    try:
        return "\n".join(["\t".join(_entry(entry, name)) for entry in entries])
    except _OddError:
        return None


def _entry(entry: Any, name: str) -> list[str]:
    kind = type(entry)
    if kind is data.Transaction:
        return _transaction(entry, name)
    if kind is data.Custom:
        values = [text for each in entry.values for text in _typed(each)]
        head = ["C", *_head(entry, name), entry.type.translate(_ESCAPES), str(len(entry.values))]
        return [*head, *values, *_meta(entry.meta)]
    if kind is data.Balance and entry.diff_amount is None:
        head = ["B", *_head(entry, name), entry.account, _value(entry.amount), _value(entry.tolerance)]
        return [*head, *_meta(entry.meta)]
    raise _OddError


def _transaction(entry: Any, name: str) -> list[str]:
    head = ["T", *_head(entry, name), entry.flag, _value(entry.payee), _value(entry.narration)]
    said = [*head, " ".join(sorted(entry.tags)), " ".join(sorted(entry.links)), *_meta(entry.meta)]
    for posting in entry.postings:
        if posting.cost is not None or type(posting.account) is not str:
            raise _OddError
        said += [posting.account, _units(posting.units), _value(posting.price), _value(posting.flag)]
        said += [_line(posting.meta, name), *_meta(posting.meta)]
    return said


def _head(entry: Any, name: str) -> tuple[str, str]:
    if type(entry.date) is not dt.date:
        raise _OddError
    return entry.date.isoformat(), _line(entry.meta, name)


def _line(meta: Any, name: str) -> str:
    """The line of a directive or a posting of that file."""
    if (
        type(meta) is not dict
        or tuple(meta)[:2] != _PLACED
        or meta["filename"] != name
        or type(meta["lineno"]) is not int
    ):
        raise _OddError
    return str(meta["lineno"])


def _meta(meta: Mapping[str, Any]) -> list[str]:
    said = [str(len(meta) - 2)]
    for key, value in meta.items():
        if key not in _PLACED:
            said += [key, _value(value)]
    return said


def _value(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return f"s{value.translate(_ESCAPES)}"
    if value is None:
        return _NONE
    if kind is Amount and type(value.number) is Decimal and type(value.currency) is str:
        return f"a{value.number} {value.currency}"
    if kind is Decimal:
        return f"n{value}"
    if kind is dt.date:
        return f"d{value.isoformat()}"
    if kind is bool:
        return "b1" if value else "b"
    raise _OddError


def _units(units: Any) -> str:
    return "m" if units is MISSING else _value(units)


def _typed(value: Any) -> tuple[str, str]:
    """A value of a `custom` directive, and what the parser says it is."""
    if type(value) is not ValueType:
        raise _OddError
    said = _value(value.value)
    if value.dtype is not _KINDS[said[0]] and not (said[0] == "s" and value.dtype == _ACCOUNT):
        raise _OddError
    return said, "A" if value.dtype == _ACCOUNT else ""


# --- reading ----------------------------------------------------------------------------------------------------------


def read(text: str, name: str) -> list[Any]:
    """The entries of a page, as if they had been parsed from that file. Raises UnreadError."""
    try:
        return [_READERS[line[0]](line.split("\t"), name) for line in text.split("\n")] if text else []
    except (ValueError, IndexError, KeyError, ArithmeticError) as error:
        raise UnreadError from error


def _read_transaction(said: list[str], name: str) -> Any:
    _, day, line, flag, payee, narration, tags, links, count = said[:9]
    meta: dict[str, Any] = {"filename": name, "lineno": int(line)}
    at = 9 + 2 * int(count)
    meta.update(zip(said[9:at:2], map(_read, said[10:at:2]), strict=True))
    postings: list[Any] = []
    while at < len(said):
        named, units, price, mark, line, count = said[at : at + 6]
        own: dict[str, Any] = {"filename": name, "lineno": int(line)}
        at += 6
        if count != "0":
            end = at + 2 * int(count)
            own.update(zip(said[at:end:2], map(_read, said[at + 1 : end : 2]), strict=True))
            at = end
        moved = MISSING if units == "m" else _amount(units)
        other = None if price == _NONE else _amount(price)
        postings.append(_new(data.Posting, (named, moved, None, other, None if mark == _NONE else _read(mark), own)))
    both = (
        frozenset(tags.split(" ")) if tags else data.EMPTY_SET,
        frozenset(links.split(" ")) if links else data.EMPTY_SET,
    )
    return _new(data.Transaction, (meta, _day(day), flag, _read(payee), _read(narration), *both, postings))


def _read_custom(said: list[str], name: str) -> Any:
    meta: dict[str, Any] = {"filename": name, "lineno": int(said[2])}
    end = 5 + 2 * int(said[4])
    values = [
        ValueType(_read(value), _ACCOUNT if kind else _KINDS[value[0]])
        for value, kind in zip(said[5:end:2], said[6:end:2], strict=True)
    ]
    _read_meta(said, end, meta)
    return data.Custom(meta, _day(said[1]), _unescaped(said[3]), values)


def _read_balance(said: list[str], name: str) -> Any:
    meta: dict[str, Any] = {"filename": name, "lineno": int(said[2])}
    _read_meta(said, 6, meta)
    return data.Balance(meta, _day(said[1]), said[3], _read(said[4]), _read(said[5]), None)


_READERS = {"T": _read_transaction, "C": _read_custom, "B": _read_balance}


def _read_meta(said: list[str], at: int, meta: dict[str, Any]) -> int:
    """Adds the values that begin at a place; where they end."""
    end = at + 1 + 2 * int(said[at])
    for place in range(at + 1, end, 2):
        meta[said[place]] = _read(said[place + 1])
    return end


def _read(text: str) -> Any:
    kind = text[0]
    if kind == "s":
        return text[1:] if "\\" not in text else _unescaped(text[1:])
    if kind == _NONE:
        return None
    if kind == "a":
        return _amount(text)
    if kind == "n":
        return Decimal(text[1:])
    if kind == "d":
        return _day(text[1:])
    if kind == "b":
        return text == "b1"
    raise ValueError(text)


@cache
def _amount(text: str) -> Any:
    number, currency = text[1:].split(" ")
    if text[0] != "a":
        raise ValueError(text)
    return Amount(Decimal(number), currency)


@cache
def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    parts = iter(text)
    return "".join([_SAID[next(parts, "")] if sign == "\\" else sign for sign in parts])
