"""A load of the books: what Beancount's own loader gives, equal in entries, errors and options, in less time.

Beancount parses, runs the plugins and validates. Booking and balancing are done here only where there is next to nothing
to do: most entries of such books move whole amounts of one commodity, without lots or prices, and leave out one amount
at most. All others go through Beancount's own functions. `bean-check` keeps Beancount's loader: it is the referee
(tests/unit/test_loading.py). A process that stays, the viewer, also keeps what was parsed of files that did not change.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from decimal import Decimal, Inexact, localcontext
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, Protocol

from beancount import loader
from beancount.core import interpolate
from beancount.core.amount import Amount
from beancount.core.data import Transaction, entry_sortkey
from beancount.core.number import MISSING
from beancount.ops import validation
from beancount.parser import booking, booking_full, parser

from grandlivre.sources.marks import Mark, mark_of
from grandlivre.sources.overlay import current, shown

Load = tuple[list[Any], list[Any], dict[str, Any]]
"""Entries, errors, options."""

# what Beancount leaves untyped
_infer_tolerances: Any = interpolate.infer_tolerances
_book_all: Any = booking.book
_book: Any = booking_full.book
_is_user_specified: Any = interpolate.is_tolerance_user_specified
_validate_missing_eliminated: Any = booking.validate_missing_eliminated
_validations: Any = validation.BASIC_VALIDATIONS
_loader: Any = loader
_input_hash: Any = loader.compute_input_hash

_PARSER: Any = parser
_PARSES: ContextVar[Callable[..., Any] | None] = ContextVar(
    "who reads files in place of Beancount's parser", default=None
)
_PLAIN: ContextVar[Any] = ContextVar(
    "the parser of files, Beancount's own or one that reads ahead of it", default=_PARSER
)


def _parse_file(name: str, encoding: str | None = None) -> Any:
    parse = _PARSES.get() or _PLAIN.get().parse_file
    return parse(name, encoding=encoding)


_loader.parser = SimpleNamespace(parse_file=_parse_file, parse_string=_PARSER.parse_string)
"""What Beancount's loader asks for each file: its own parser, but in a context that says another. Two threads may load at once."""


@contextmanager
def parsed_by(parse: Callable[[Any, str, str | None], Any]) -> Iterator[None]:
    """Beancount's loader asks `parse` for each file, in this context alone; it is given the parser it stands for first."""

    def parse_file(name: str, encoding: str | None = None) -> Any:
        return parse(_PLAIN.get(), name, encoding)

    token = _PARSES.set(parse_file)
    try:
        yield
    finally:
        _PARSES.reset(token)


_has_no_decimals = Decimal(1).same_quantum
_DIGITS = 15
"""Amounts of more digits are added up by Beancount alone, which rounds the longest."""
_NO_METHODS: dict[str, Any] = {}


class ParsedFiles:
    """What Beancount's parser made of each file, for a next load in the same process, while the file stays as it was.

    What an editor shows and has not saved is parsed in the place of its file.

    Booking an entry again that was booked before changes nothing in it; when the entry point changes, and with it the
    options, all is parsed again.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Known, Load]] = {}
        self._seen: dict[str, tuple[Known, Load]] = {}
        self._top: Known | None = None
        self.edition = 0
        """Grows when the entry point changes."""

    def files(self) -> dict[str, list[Any]]:
        """What the files of the last load hold, in the order in which they were read; the entry point left out."""
        return {name: found[0] for name, (_, found) in self._kept.items()}

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Beancount's loader asks here for each file."""
        first = True
        self._seen = {}

        def parse_file(plain: Any, name: str, encoding: str | None = None) -> Load:
            nonlocal first
            text = shown(Path(name))
            mark = mark_of(name) if text is None else text

            def parse() -> Load:
                if text is None:
                    return plain.parse_file(name, encoding=encoding)  # type: ignore[no-any-return]
                return plain.parse_string(text, report_filename=name)  # type: ignore[no-any-return]

            if first:  # its options become those of the whole load
                first = False
                if not _is_as(name, mark, self._top):
                    self._kept = {}
                    self.edition += 1
                self._top = mark
                return parse()
            known = self._kept.get(name)
            known = (mark, known[1] if known is not None and _is_as(name, mark, known[0]) else parse())
            self._seen[name] = known
            return known[1]

        with parsed_by(parse_file):
            try:
                yield
            finally:
                self._kept = self._seen


Known = Mark | bytes | None
"""By what the text of a file is known: its mark, or the text an editor shows."""


def _is_as(name: str, now: Known, before: Known) -> bool:
    """Whether a file says what it said before."""
    if isinstance(now, Mark) and isinstance(before, Mark):
        return now.is_as(before, name)
    return isinstance(now, bytes) and now == before


class Parsing(Protocol):
    """Who stands in for Beancount's parser where it would parse again what it parsed before."""

    def serving(self) -> AbstractContextManager[None]:
        """While the loader asks for files."""


class Ahead(Protocol):
    """Who reads files before the loader asks for them."""

    def parser(self, plain: Any) -> Any:
        """Beancount's parser, but for what is read already."""


@contextmanager
def _reading(ahead: Ahead | None) -> Iterator[None]:
    token = _PLAIN.set(_PARSER if ahead is None else ahead.parser(_PARSER))
    try:
        yield
    finally:
        _PLAIN.reset(token)


def load(
    main: Path,
    given: Mapping[str, Any] = MappingProxyType({}),
    parsed: Parsing | None = None,
    ahead: Ahead | None = None,
) -> Load:
    """The books whose entry point is `main` (absolute), uncached; plugins find what is `given` among the options.

    In a trial (`sources.overlay`), its texts are read in the place of what stands on the disk.
    """
    texts = current().texts
    with _reading(ahead):
        entries, errors, options = parse(main, parsed or (ParsedFiles() if texts else None))
    for path, text in texts.items():
        if path.suffix == main.suffix and not path.exists():
            more, said, _ = _PARSER.parse_string(text, str(path))
            entries.extend(more)
            errors.extend(said)
    entries.sort(key=entry_sortkey)
    entries, found = book(entries, options)
    errors.extend(found)
    options.update(given)
    entries, errors = transform(entries, errors, options)
    errors.extend(validate(entries, options))
    return sealed((entries, errors, options))


def parse(main: Path, parsed: Parsing | None) -> Load:
    """What the files of the books say, in the order in which they are read."""
    with parsed.serving() if parsed is not None else nullcontext():
        return loader._parse_recursive([(str(main), True)], None)


def transform(entries: list[Any], errors: list[Any], options: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What Beancount's plugins and the books' own make of booked entries, and all errors so far."""
    paths = list(sys.path)
    try:
        sys.path[0:0] = options.get("pythonpath", ())
        return loader.run_transformations(entries, errors, options, None)
    finally:
        sys.path[:] = paths


def sealed(found: Load) -> Load:
    """A load with the digest of what it was read from."""
    options = found[2]
    options["input_hash"] = _input_hash(options["include"])
    return found


Plain = tuple[Any, str, int]
"""A transaction of whole amounts, their commodity, and which of them is left out."""


def book(entries: list[Any], options: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What Beancount's booking makes of parsed entries, and its errors."""
    parted = apart(entries)
    return _book_all(entries, options) if parted is None else book_apart(entries, parted, options)


def apart(entries: list[Any]) -> tuple[list[Plain], set[int]] | None:
    """The plain transactions, and the numbers of the others to be booked one by one; None where one depends on others."""
    plain: list[Plain] = []
    others: set[int] = set()
    for entry in entries:
        if type(entry) is not Transaction:
            continue
        found = _plain(entry.postings)
        if found is not None:
            plain.append((entry, *found))
        elif all(map(_is_independent, entry.postings)):
            others.add(id(entry))
        else:
            return None
    return plain, others


def book_apart(
    entries: list[Any], parted: tuple[list[Plain], set[int]], options: dict[str, Any]
) -> tuple[list[Any], list[Any]]:
    """The same of entries that can be booked one by one."""
    plain, others = parted
    known: dict[str, tuple[Any, Decimal | None]] = {}
    for entry, currency, gap in plain:
        if currency not in known:
            known[currency] = _tolerance(entry.postings, currency, options)
        tolerance, quantum = known[currency]
        if gap >= 0:
            _fill(entry.postings, gap, currency, quantum)
        entry.meta[interpolate.AUTOMATIC_TOLERANCES] = tolerance
    booked: list[Any] = []
    errors: list[Any] = []
    changed: list[Any] = []
    for entry in entries:
        if id(entry) in others:
            made, said = _book([entry], options, _NO_METHODS)
            changed += made
            booked += made
            errors += said
        else:
            booked.append(entry)
    return booked, errors + _validate_missing_eliminated(changed, options)


def _plain(postings: Sequence[Any]) -> tuple[str, int] | None:
    """The one commodity of postings of whole amounts, without cost or price, and which amount is left out (-1: none)."""
    currency, gap = None, -1
    for place, (_, units, cost, price, _, _) in enumerate(postings):
        if cost is not None or price is not None:
            return None
        if units is MISSING and gap < 0:
            gap = place
            continue
        if not _is_whole(units):
            return None
        if units.currency != currency:
            if currency is not None:
                return None
            currency = units.currency
    if currency is None or (gap >= 0 and _has_long_amounts(postings)):
        return None
    return currency, gap


def _is_whole(units: Any) -> bool:
    """Whether what a posting says it moves is an amount without decimals."""
    if type(units) is not Amount:
        return False
    number, currency = units
    return type(number) is Decimal and _has_no_decimals(number) and type(currency) is str


def _has_long_amounts(postings: Sequence[Any]) -> bool:
    """Whether an amount has more digits than reckoning keeps."""
    return any(each.units.number.adjusted() > _DIGITS for each in postings if each.units is not MISSING)


def _tolerance(postings: Sequence[Any], currency: str, options: dict[str, Any]) -> tuple[Any, Decimal | None]:
    """What such postings tolerate, and the multiple to which an amount left out is rounded (None: as it is)."""
    tolerances = _infer_tolerances(postings, options)
    quantum = (tolerances.get(currency) or Decimal(0)) * 2
    return tolerances, quantum.normalize() if quantum and _is_user_specified(quantum.normalize()) else None


def _fill(postings: list[Any], gap: int, currency: str, quantum: Decimal | None) -> None:
    """Puts the amount left out that makes the others balance; none is needed when they balance already."""
    posting = postings[gap]
    number = -sum([units.number for _, units, *_ in postings if units is not MISSING], Decimal(0))
    if not number:
        del postings[gap]
        return
    meta = {} if posting.meta is None else posting.meta
    meta[interpolate.AUTOMATIC_META] = True
    units = Amount(number if quantum is None else number.quantize(quantum), currency)
    postings[gap] = posting._replace(units=units, meta=meta)


def _is_independent(posting: Any) -> bool:
    """Whether booking a posting never looks at what its account holds already."""
    _, units, cost, price, _, _ = posting
    return (
        cost is None
        and (units is MISSING or (type(units) is Amount and type(units.currency) is str))
        and (price is None or (type(price) is Amount and type(price.currency) is str))
    )


def validate(entries: list[Any], options: dict[str, Any]) -> list[Any]:
    """What Beancount's validation says of transformed entries."""
    with localcontext() as context:
        context.clear_flags()
        doubtful = [entry for entry in entries if type(entry) is Transaction and not _is_balanced(entry.postings)]
        if context.flags[Inexact]:  # an amount of more digits than reckoning keeps: nothing is sure
            doubtful = entries
    errors: list[Any] = []
    for check in _validations:
        balances = check is validation.validate_check_transaction_balances
        errors.extend(check(doubtful if balances else entries, options))
    return errors


def _is_balanced(postings: Sequence[Any]) -> bool:
    """Whether postings of one commodity, without cost or price, add up to zero exactly."""
    total: Any = 0
    currency = None
    for _, units, cost, price, _, _ in postings:
        if type(units) is not Amount or cost is not None or price is not None:
            return False
        number, own = units
        if type(number) is not Decimal or (own != currency and currency is not None):
            return False
        currency = own
        total += number
    return not total
