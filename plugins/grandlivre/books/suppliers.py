"""Who is the same supplier: the same NIF, or the same name when one NIF is missing (contract §5, as a union)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from grandlivre.policy.people import same_name


@cache
def tax_id(text: str) -> str:
    """A NIF without spaces, dots or case."""
    return re.sub(r"[\s.\-/]", "", text).upper()


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
