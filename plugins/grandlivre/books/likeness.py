"""Names that may be one house's: typed with a slip, in one word or two, with and without what firms add to a name.

A guess, which a tax number settles. Digits and initials are never a slip (« Hôtel Sahel 1 » and « Hôtel Sahel 2 », « M. Keïta »
and « A. Keïta »), nor is a first letter (« Amadou » and « Mamadou »).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from itertools import combinations
from typing import NamedTuple

from grandlivre.policy.people import normalise

_FORMS = frozenset(
    "ets etablissement etablissements ste societe sa sarl sarlu suarl eurl sas sasu gie snc cie compagnie entreprise".split()
)
"""What kind of firm it is."""
_LINKS = frozenset("d de des du et l la le les".split())
_TRADES = ("services", "service", "negoce", "commerce", "distribution", "trading", "freres", "fils")
"""What a firm may add to its name or leave out."""
_SPELLED = re.compile(r"\b\w(?: \w)+\b")
"""« s a r l »: letters that are one word."""
_LONG = 5
"""Letters of a word in which a slip is one."""
_LIKE = 0.85


class _Name(NamedTuple):
    """A name as it is compared; two words of it are never in an order."""

    words: tuple[str, ...]
    """Without legal forms and link words."""
    core: tuple[str, ...]
    """The same without trades."""
    joined: str
    """All in one word."""


def alike_pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pairs of names that may be one house's; only names that share something are compared."""
    rooms: dict[Hashable, list[str]] = {}
    for name in sorted(set(names)):
        for room in _rooms(_read(name)):
            rooms.setdefault(room, []).append(name)
    seen: set[tuple[str, str]] = set()
    for together in rooms.values():
        for pair in combinations(together, 2):
            if pair not in seen and alike(*pair):
                seen.add(pair)
                yield pair


def alike(one: str, other: str) -> bool:
    """Whether two names may be one house's."""
    first, second = _read(one), _read(other)
    if not first.words or not second.words:
        return False
    if first.words == second.words or first.joined == second.joined:
        return True
    if first.core == second.core and first.core in (first.words, second.words):
        return True
    return _one_slip(first.words, second.words)


def _one_slip(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    left, right = Counter(first), Counter(second)
    odd, also = list((left - right).elements()), list((right - left).elements())
    return len(odd) == len(also) == 1 and _slipped(odd[0], also[0])


def _slipped(word: str, other: str) -> bool:
    """Whether one word is the other with a slip of the keyboard."""
    plain = word.isalpha() and other.isalpha() and min(len(word), len(other)) >= _LONG
    first, second = sorted((word, other))
    return plain and word[0] == other[0] and SequenceMatcher(None, first, second).ratio() >= _LIKE


def _rooms(name: _Name) -> Iterator[Hashable]:
    """What a name shares with all those it may be like."""
    yield "core", name.core
    yield "joined", name.joined
    for rank, word in enumerate(name.words):
        if len(word) >= _LONG and word.isalpha():
            rest = name.words[:rank] + name.words[rank + 1 :]
            yield "head", rest, word[:3]
            yield "tail", rest, word[0], word[-3:]


@cache
def _read(name: str) -> _Name:
    every = _SPELLED.sub(lambda match: match[0].replace(" ", ""), normalise(name)).split()
    words = [word for word in every if word not in _FORMS and word not in _LINKS] or every
    core = [word for word in words if not get_close_matches(word, _TRADES, 1, _LIKE)] or words
    return _Name(tuple(sorted(words)), tuple(sorted(core)), "".join(words))
