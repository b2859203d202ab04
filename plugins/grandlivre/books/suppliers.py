"""Who is the same supplier: the same NIF, or the same name when one NIF is missing (contract §5, as a union); which invoice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from grandlivre.policy.people import normalise

same_name = cache(normalise)

_WORDS = frozenset({"facture", "fact", "numero", "num", "no", "n"})
"""What may be written before an invoice's number."""
_PARTS = re.compile(r"\d+|[^\W\d_]+")


@cache
def tax_id(text: str) -> str:
    """A NIF without spaces, dots or case."""
    return re.sub(r"[\s.\-/]", "", text).upper()


@cache
def invoice_key(number: str) -> str:
    """An invoice number without case, accents, separators, leading zeros, or the word « facture »."""
    bare = number.lower()
    if not number.isascii():
        bare = unicodedata.normalize("NFKD", number.replace("°", " ").replace("º", " ")).casefold()
        bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    parts = _PARTS.findall(bare)
    while len(parts) > 1 and parts[0] in _WORDS:
        parts.pop(0)
    return "-".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


class Suppliers:
    """A canonical key for each (NIF, name) met in the books."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._parent: dict[str, str] = {}
        self._keys: dict[tuple[str, str], str] = {}
        ids_of: dict[str, set[str]] = {}
        bare: set[str] = set()
        for nif, name in pairs:
            key = same_name(name)
            if nif:
                ids_of.setdefault(key, set()).add(tax_id(nif))
            else:
                bare.add(key)
        for name in sorted(bare):
            for nif in sorted(ids_of.get(name, ())):
                self._join(f"nif:{nif}", f"nom:{name}")

    def _root(self, node: str) -> str:
        while (parent := self._parent.get(node, node)) != node:
            node = parent
        return node

    def _join(self, one: str, other: str) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        if first != second:
            self._parent[second] = first

    def key(self, nif: str, name: str) -> str:
        """The canonical key of a supplier; "" for no name and no NIF."""
        key = self._keys.get((nif, name))
        if key is None:
            bare = "" if nif else same_name(name)
            node = f"nif:{tax_id(nif)}" if nif else f"nom:{bare}"
            key = self._keys[nif, name] = self._root(node) if nif or bare else ""
        return key
