"""A second process that parses the last files of large books while the first one parses the first ones.

It is this very Python, told the files on a private pipe; it parses them from the last to the first and hands each back as plain data
(`marshal`: numbers, texts and tuples, nothing that can run). The loader takes what is there when it asks for a file, and parses the
others itself: the two meet where they meet. A file with errors, options, includes or anything but ordinary entries is parsed where the
loader stands, and so is everything when the other process ends early. What is handed back equals what would have been parsed, errors and
options included (tests/unit/test_second.py).
"""

from __future__ import annotations

import json
import marshal
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import cache
from threading import Thread
from typing import Any, BinaryIO

from beancount.core import account, data
from beancount.core.amount import Amount
from beancount.core.display_context import DisplayContext
from beancount.core.number import MISSING
from beancount.parser.grammar import ValueType

WORTH = 2_000_000
"""Bytes of ledgers from which a second process saves more than it costs to start."""
_ORDINARY = ("include", "plugin", "operating_currency", "insert_pythonpath")
"""The options that a file handed over says nothing of."""
_TRANSACTION, _CUSTOM, _BALANCE = range(3)
_HEAD = 12
"""Bytes before what is handed over: the place of the file, then how many follow (none: the file is to be parsed)."""
_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""


class SecondReader:
    """The other process, and what it has handed over."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = list(files)
        self._waited = set(files)
        self._read: dict[str, bytes] = {}
        self._process = subprocess.Popen(  # noqa: S603 - this very Python, nothing of the current folder before its libraries
            [
                sys.executable,
                "-P",
                "-c",
                f"import sys; sys.path[:] = sys.argv[1:]; from {__name__} import serve; serve()",
                *sys.path,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    @classmethod
    def of(cls, files: Mapping[str, int]) -> SecondReader | None:
        """A second process for files of these sizes; None where it would save nothing, or cannot be."""
        if sum(files.values()) < WORTH or _processors() < 2 or not sys.executable:
            return None
        try:
            return cls(list(files))
        except OSError:
            return None

    def _listen(self) -> None:
        sent, answers = self._process.stdin, self._process.stdout
        assert sent is not None
        assert answers is not None
        try:
            with sent:
                sent.write(json.dumps(self._files).encode())
            while len(head := answers.read(_HEAD)) == _HEAD:
                rank, size = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
                body = answers.read(size)
                if size and len(body) == size:
                    self._read[self._files[rank]] = body
        except (OSError, ValueError):  # it ended, or was ended
            return

    def taken(self, name: str) -> Any:
        """The entries, errors and options of a file, if the other process has read it; it ends when nothing is left for it."""
        body = self._read.pop(name, None)
        self._waited.discard(name)
        if self._waited <= self._read.keys():
            self._process.kill()
        return None if body is None else entries_of(marshal.loads(body), name)  # noqa: S302 - said by the process started here

    def end(self) -> None:
        """Ends the other process, whatever it was doing."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def parser(self, plain: Any) -> Any:
        """Beancount's parser, but for the files that the other process has read."""
        return _Ahead(self, plain)


class _Ahead:
    """What stands for Beancount's parser beside a second process."""

    def __init__(self, second: SecondReader, plain: Any) -> None:
        self._second = second
        self.parse_string = plain.parse_string
        self._parse_file = plain.parse_file

    def parse_file(self, name: str, encoding: str | None = None) -> Any:
        """The entries, errors and options of a file."""
        found = self._second.taken(name)
        return self._parse_file(name, encoding=encoding) if found is None else found


@contextmanager
def second_reader(files: Mapping[str, int]) -> Iterator[SecondReader | None]:
    """A second process for files of these sizes, where it saves time; ended with the context."""
    second = SecondReader.of(files)
    try:
        yield second
    finally:
        if second is not None:
            second.end()


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- in the other process ---------------------------------------------------------------------------------------------


def serve() -> None:
    """Parses the files that are named, from the last to the first, and hands each over."""
    import gc

    from beancount.parser import parser

    gc.disable()
    answers: BinaryIO = sys.stdout.buffer
    files = json.loads(sys.stdin.buffer.read())
    for rank in range(len(files) - 1, -1, -1):
        try:
            said = handed_over(parser.parse_file(files[rank]), files[rank])
        except Exception:  # whatever it is, the first process meets it where it can be said
            said = None
        body = b"" if said is None else marshal.dumps(said)
        answers.write(rank.to_bytes(4, "big") + len(body).to_bytes(8, "big") + body)
        answers.flush()


# --- what is handed over ----------------------------------------------------------------------------------------------


class _OddError(Exception):
    """Something that is not handed over."""


def handed_over(found: tuple[list[Any], list[Any], Mapping[str, Any]], name: str) -> Any:
    """What was parsed of a file as plain data; None when something in it is not ordinary."""
    entries, errors, options = found
    if errors or options["filename"] != name or any(options[each] for each in _ORDINARY):
        return None
    writing = _Writing(name)
    try:
        said = [writing.entry(each) for each in entries]
        return said, list(writing.amounts), _precisions(options["dcontext"])
    except _OddError:
        return None


def _precisions(context: DisplayContext) -> list[Any]:
    kept = []
    for currency, each in context.ccontexts.items():
        if not hasattr(each, "fractional_dist"):
            raise _OddError
        kept.append((currency, each.has_sign, each.integer_max, dict(each.fractional_dist.hist)))
    return kept


class _Writing:
    """Entries as tuples, whose amounts are places in a list."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.amounts: dict[tuple[str, str], int] = {}

    def entry(self, entry: Any) -> tuple[Any, ...]:
        kind = type(entry)
        if type(entry.date) is not date:
            raise _OddError
        day = entry.date.toordinal()
        line, meta = self._meta(entry.meta)
        if kind is data.Transaction:
            postings = tuple([part for each in entry.postings for part in self._posting(each)])
            tags, links = tuple(entry.tags) or None, tuple(entry.links) or None
            return _TRANSACTION, day, line, meta, entry.flag, entry.payee, entry.narration, tags, links, postings
        if kind is data.Custom:
            values = [self._typed(each) for each in entry.values]
            return _CUSTOM, day, line, meta, entry.type, values
        if kind is data.Balance and entry.diff_amount is None:
            return _BALANCE, day, line, meta, entry.account, self._amount(entry.amount), _value(entry.tolerance)
        raise _OddError

    def _posting(self, posting: Any) -> tuple[Any, ...]:
        named, units, cost, price, flag, meta = posting
        if cost is not None or type(named) is not str:
            raise _OddError
        line, more = self._meta(meta)
        moved = -1 if units is MISSING else self._amount(units)
        return named, moved, -1 if price is None else self._amount(price), flag, line, more

    def _amount(self, amount: Any) -> int:
        if type(amount) is not Amount or type(amount.number) is not Decimal or type(amount.currency) is not str:
            raise _OddError
        return self.amounts.setdefault((str(amount.number), amount.currency), len(self.amounts))

    def _meta(self, meta: Any) -> tuple[int, Any]:
        """The line, then the other keys: nothing, a mapping of plain values, or couples."""
        if type(meta) is not dict or tuple(meta)[:2] != ("filename", "lineno") or meta["filename"] != self._name:
            raise _OddError
        if len(meta) == 2:
            return meta["lineno"], None
        more = {key: value for key, value in meta.items() if key not in ("filename", "lineno")}
        if all(value is None or type(value) in (str, bool) for value in more.values()):
            return meta["lineno"], more
        return meta["lineno"], [(key, _value(value)) for key, value in more.items()]

    def _typed(self, value: Any) -> tuple[Any, str]:
        """A value of a `custom` directive, and what the parser says it is."""
        if type(value) is not ValueType:
            raise _OddError
        dtype: Any = value.dtype
        kind = _ACCOUNT if dtype == _ACCOUNT else _NAMES.get(dtype, "")
        if not kind:
            raise _OddError
        return _value(value.value), kind


_ACCOUNT = account.TYPE
_NAMES: Mapping[Any, str] = {
    str: "str",
    Decimal: "Decimal",
    date: "date",
    bool: "bool",
    Amount: "Amount",
    type(None): "None",
}
_DTYPES: Mapping[str, Any] = {_ACCOUNT: _ACCOUNT, **{name: kind for kind, name in _NAMES.items()}}


def _value(value: Any) -> Any:
    """A value as it is, or as a couple or more that begins with its kind."""
    kind = type(value)
    if value is None or kind in (str, bool):
        return value
    if kind is Decimal:
        return "n", str(value)
    if kind is date:
        return "d", value.toordinal()
    if kind is Amount and type(value.number) is Decimal and type(value.currency) is str:
        return "a", str(value.number), value.currency
    raise _OddError


# --- what is made of it -----------------------------------------------------------------------------------------------


def entries_of(said: Any, name: str) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """The entries, errors and options of a file, as if it had been parsed here."""
    entries, amounts, precisions = said
    units = [*(_amount(number, currency) for number, currency in amounts), MISSING]
    prices = [*units[:-1], None]
    made = [
        _transaction(each, name, units, prices) if each[0] == _TRANSACTION else _other(each, name, units)
        for each in entries
    ]
    return made, [], _options(name, precisions)


def _transaction(said: Sequence[Any], name: str, units: Sequence[Any], prices: Sequence[Any]) -> Any:
    _, day, line, meta, flag, payee, narration, tags, links, flat = said
    parts = iter(flat)
    postings = [
        _new(
            data.Posting,
            (
                sys.intern(named),
                units[moved],
                None,
                prices[price],
                mark,
                {"filename": name, "lineno": at} if more is None else _meta_of(name, at, more),
            ),
        )
        for named, moved, price, mark, at, more in zip(parts, parts, parts, parts, parts, parts, strict=True)
    ]
    both = (
        data.EMPTY_SET if tags is None else frozenset(tags),
        data.EMPTY_SET if links is None else frozenset(links),
    )
    head = (_meta_of(name, line, meta), _day(day), flag, payee, narration)
    return _new(data.Transaction, (*head, *both, postings))


def _other(said: Sequence[Any], name: str, units: Sequence[Any]) -> Any:
    kind, day, line, meta, *held = said
    own = _meta_of(name, line, meta)
    if kind == _CUSTOM:
        values = [ValueType(_value_of(value), _DTYPES[dtype]) for value, dtype in held[1]]
        return data.Custom(own, _day(day), held[0], values)
    return data.Balance(own, _day(day), held[0], units[held[1]], _value_of(held[2]), None)


def _meta_of(name: str, line: int, more: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"filename": name, "lineno": line}
    if more is not None:
        meta.update(more if type(more) is dict else {key: _value_of(value) for key, value in more})
    return meta


def _value_of(said: Any) -> Any:
    if type(said) is not tuple:
        return said
    if said[0] == "n":
        return Decimal(said[1])
    return _day(said[1]) if said[0] == "d" else _amount(said[1], said[2])


@cache
def _amount(number: str, currency: str) -> Any:
    return Amount(Decimal(number), currency)


@cache
def _day(ordinal: int) -> date:
    return date.fromordinal(ordinal)


def _options(name: str, precisions: Sequence[Any]) -> dict[str, Any]:
    """What the loader asks of the options of a file that another includes."""
    context = DisplayContext()
    for currency, has_sign, longest, digits in precisions:
        kept: Any = context.ccontexts[currency]
        kept.has_sign, kept.integer_max = has_sign, longest
        kept.fractional_dist.hist.update(digits)
    return {
        "filename": name,
        "include": [],
        "plugin": [],
        "operating_currency": [],
        "insert_pythonpath": False,
        "dcontext": context,
    }
