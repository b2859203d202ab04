"""A transaction while it is made: its title, its keys, what each account moves, as the accountant would type it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from grandlivre.books.records import Account
from grandlivre.i18n import Money
from grandlivre.tasks.entries import Value, metadata, quoted

_WIDTH = 56
"""Column where amounts end, counted from the posting's indentation."""


@dataclass(frozen=True)
class Leg:
    """What one account moves; debits are positive."""

    account: str
    units: int
    """Whole units of the books' currency."""
    words: Mapping[str, Value] = field(default_factory=dict)
    """Its own keys."""
    foreign: Money | None = None
    """The same in another currency, of which `units` is the worth."""


def told(words: Mapping[str, Value | None]) -> dict[str, Value]:
    """The keys that have something to say, in their order."""
    return {key: value for key, value in words.items() if value is not None and value != ""}


def named(account: Account | str) -> str:
    """The name of an account that is known, or that a person wrote."""
    return account if isinstance(account, str) else account.name


def written(
    day: date, flag: str, payee: str, narration: str, values: Mapping[str, Value], legs: tuple[Leg, ...], currency: str
) -> str:
    """The whole transaction."""
    who = f"{quoted(payee)} " if payee else ""
    lines = [f"{day.isoformat()} {flag} {who}{quoted(narration)}", *metadata(values)]
    for leg in legs:
        number, unit, worth = f"{leg.units}", currency, ""
        if leg.foreign is not None:
            number, unit = _decimal(leg.foreign, leg.units), leg.foreign.currency
            worth = f" @@ {abs(leg.units)} {currency}"
        lines.append(f"  {leg.account.ljust(_WIDTH - len(number) - 1)} {number} {unit}{worth}")
        lines += metadata(leg.words, "    ")
    return "\n".join(lines) + "\n"


def _decimal(money: Money, side: int) -> str:
    whole, rest = divmod(abs(money.units), 10**money.exponent)
    text = f"{whole}.{rest:0{money.exponent}d}" if rest else str(whole)
    return f"-{text}" if side < 0 else text
