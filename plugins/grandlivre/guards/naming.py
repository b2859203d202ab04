"""Who is named: the suppliers and people of an entry, and what its keys say."""

from __future__ import annotations

from functools import cache
from itertools import chain

from grandlivre.guards.change import Change, PlainEntry, PlainMovement
from grandlivre.guards.record import NamedTuple
from grandlivre.guards.sieve import Sieve

# annotations are texts here: nothing is imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TRUTHS = {"b1": "True", "b": "False"}
_WORDS = frozenset({"facture", "fact", "numero", "num", "no", "n"})
"""What may be written before an invoice's number."""


@cache
def invoice_key(number: str) -> str:
    """An invoice number without case, accents, separators, leading zeros, or the word « facture »."""
    bare = number.lower()
    if not number.isascii():
        import unicodedata

        bare = unicodedata.normalize("NFKD", number.replace("°", " ").replace("º", " ")).casefold()
        bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    import re

    parts = re.findall(r"\d+|[^\W\d_]+", bare)
    while len(parts) > 1 and parts[0] in _WORDS:
        parts.pop(0)
    return "-".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


@cache
def plain_name(name: str) -> str | None:
    """What `same_name` makes of a name; None where more than case, accents, signs and brackets is to be known for that."""
    import unicodedata

    bare = unicodedata.normalize("NFKD", _without_asides(name)).casefold()
    bare = "".join([ch for ch in bare if not unicodedata.combining(ch)])
    if any(ch.isalnum() and not ch.isascii() for ch in bare):
        return None
    return " ".join(sorted("".join([ch if ch.isalnum() or ch == "_" else " " for ch in bare]).split()))


def _without_asides(name: str) -> str:
    if "(" not in name:
        return name
    import re

    return re.sub(r"\([^()]*\)", " ", name).strip() or name


def said(entry: PlainEntry, key: str, movement: PlainMovement | None = None) -> str:
    """A metadata value as text, the movement's before the entry's; "" when it is missing, as `Entry.text` reads it."""
    own = movement.keys.get(key, "") if movement is not None else ""
    written = own if len(own) > 1 or own == "b" else entry.keys.get(key, "")
    return _TRUTHS.get(written, written[1:]).strip()


def carries(entry: PlainEntry, key: str) -> bool:
    """Whether an entry or one of its movements carries a key."""
    return key in entry.keys or any(key in each.keys for each in entry.movements)


def pair(nif: str, name: str) -> str:
    """A tax number and a name as one text."""
    return f"{nif}\0{name}"


def pair_of(entry: PlainEntry, movement: PlainMovement | None = None) -> str:
    """The tax number and the name that an entry gives, or one of its movements."""
    return pair(said(entry, "nif", movement), said(entry, "beneficiaire", movement) or entry.payee)


def pairs_of(entry: PlainEntry) -> frozenset[str]:
    """Each tax number with the name that an entry and its movements give."""
    own = [each for each in entry.movements if "nif" in each.keys or "beneficiaire" in each.keys]
    return frozenset([pair_of(entry), *(pair_of(entry, each) for each in own)])


class Names(NamedTuple):
    """A tax number and a name that nobody gave together, or that nobody gives any more: who is the same may change."""

    known: frozenset[str]
    """Every pair that the books give."""
    rare: Sieve
    """Of these, what one entry gives alone."""

    def is_met(self, change: Change) -> bool:
        """Whether a pair came that is new, or the last of its kind went."""
        gone, come = _many(change.gone), _many(change.come)
        if any(each not in self.known for each in gone | come):
            return True
        return any(each in self.rare or len(change.gone) > 1 for each in gone - come)


class Naming(NamedTuple):
    """Somebody the rule looks at."""

    pairs: frozenset[str]
    on: tuple[str, ...] = ("",)
    """Of which accounts the entry must have one, by the beginning of their numbers."""

    def is_met(self, change: Change) -> bool:
        """Whether an entry went or came that names such a pair."""
        return any(
            not self.pairs.isdisjoint(_every(entry))
            and any(each.number.startswith(self.on) for each in entry.movements)
            for entry in change.entries()
        )


class Trading(NamedTuple):
    """Somebody who takes charges by itself, and who became a supplier, or is one no more: has a tax number or is owed."""

    names: frozenset[str]
    """Whoever takes charges, as names are compared."""
    payables: tuple[str, ...]
    """How the numbers of accounts begin on which suppliers are owed."""

    def is_met(self, change: Change) -> bool:
        """Whether an entry went or came that says so of one of them."""
        traders = names_of_traders(change, self.payables)
        return None in traders or not self.names.isdisjoint(traders)


def names_of_traders(change: Change, payables: tuple[str, ...]) -> frozenset[str | None]:
    """Whoever has a tax number or is owed on an account of suppliers, as names are compared; None for one hard to compare."""
    return frozenset(
        plain_name(each.partition("\0")[2])
        for entry in change.entries()
        if carries(entry, "nif") or any(each.number.startswith(payables) for each in entry.movements)
        for each in _every(entry)
    )


def _every(entry: PlainEntry) -> Iterator[str]:
    """Each pair that an entry or a movement may be known by."""
    return chain([pair_of(entry)], (pair_of(entry, each) for each in entry.movements))


def _many(entries: Iterable[PlainEntry]) -> frozenset[str]:
    return frozenset().union(*map(pairs_of, entries))


class Transfers(NamedTuple):
    """A payment that says into which account it goes, which is not the account of all payments to its payee."""

    key: str
    """Under which the account stands."""
    quiet: frozenset[str]
    """The payees all of whose payments go to one account, with nothing to be said: tax number, name, account."""

    def is_met(self, change: Change) -> bool:
        """Whether another payment went or came."""
        return any(
            number and f"{pair_of(entry, each)}\0{number}" not in self.quiet
            for entry in change.entries()
            for each in (None, *entry.movements)
            if (number := said(entry, self.key, each))
        )
