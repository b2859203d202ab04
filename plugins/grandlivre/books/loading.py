"""A load of the books: what Beancount's own loader gives, equal in entries, errors and options, in less time.

Beancount parses, runs the plugins and validates. Booking and balancing are left out only where they cannot change
anything: most entries of such books name every amount, in one commodity, without lots or prices. All others go through
Beancount's own functions. `bean-check` and Fava keep Beancount's loader: they are the referees (tests/test_loading.py).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from beancount import loader
from beancount.core import interpolate
from beancount.core.amount import Amount
from beancount.core.data import Transaction, entry_sortkey
from beancount.core.number import MISSING
from beancount.ops import validation
from beancount.parser import booking, booking_full

Load = tuple[list[Any], list[Any], dict[str, Any]]
"""Entries, errors, options."""

# what Beancount leaves untyped
_infer_tolerances: Any = interpolate.infer_tolerances
_book_all: Any = booking.book
_book: Any = booking_full.book
_validate_missing_eliminated: Any = booking.validate_missing_eliminated
_validations: Any = validation.BASIC_VALIDATIONS
_input_hash: Any = loader.compute_input_hash

_has_no_decimals = Decimal(1).same_quantum
_NO_METHODS: dict[str, Any] = {}


def load(main: Path, given: Mapping[str, Any] = MappingProxyType({})) -> Load:
    """The books whose entry point is `main` (absolute), uncached; plugins find what is `given` among the options."""
    entries, errors, options = loader._parse_recursive([(str(main), True)], None)
    entries.sort(key=entry_sortkey)
    entries, found = book(entries, options)
    errors.extend(found)
    options.update(given)
    paths = list(sys.path)
    try:
        sys.path[0:0] = options.get("pythonpath", ())
        entries, errors = loader.run_transformations(entries, errors, options, None)
    finally:
        sys.path[:] = paths
    errors.extend(validate(entries, options))
    options["input_hash"] = _input_hash(options["include"])
    return entries, errors, options


def book(entries: list[Any], options: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What Beancount's booking makes of parsed entries, and its errors."""
    tolerances: dict[str, Any] = {}
    open_ones: set[int] = set()
    for entry in entries:
        if type(entry) is not Transaction:
            continue
        currency = _only_currency(entry.postings)
        if currency is not None:
            if currency not in tolerances:
                tolerances[currency] = _infer_tolerances(entry.postings, options)
            entry.meta[interpolate.AUTOMATIC_TOLERANCES] = tolerances[currency]
        elif all(map(_is_independent, entry.postings)):
            open_ones.add(id(entry))
        else:
            return _book_all(entries, options)  # type: ignore[no-any-return]
    booked: list[Any] = []
    errors: list[Any] = []
    changed: list[Any] = []
    for entry in entries:
        if id(entry) in open_ones:
            made, found = _book([entry], options, _NO_METHODS)
            changed += made
            booked += made
            errors += found
        else:
            booked.append(entry)
    return booked, errors + _validate_missing_eliminated(changed, options)


def _only_currency(postings: Sequence[Any]) -> str | None:
    """The one commodity of postings that leave nothing to book: whole amounts written out, without cost or price."""
    currency = None
    for _, units, cost, price, _, _ in postings:
        if type(units) is not Amount or cost is not None or price is not None:
            return None
        number, own = units
        if type(number) is not Decimal or not _has_no_decimals(number):
            return None
        if own != currency:
            if currency is not None or type(own) is not str:
                return None
            currency = own
    return currency


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
    doubtful = [entry for entry in entries if type(entry) is Transaction and not _is_balanced(entry.postings)]
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
