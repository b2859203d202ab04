"""Who is the same supplier: the same NIF, or the same name when one NIF is missing (contract §5, as a union); the register of
suppliers says otherwise. Who may be the same is a guess of its own (`house`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import product

from grandlivre.books.likeness import alike_pairs
from grandlivre.policy.people import same_name
from grandlivre.policy.suppliers import RegisteredSupplier, bare_number

_BY_NIF = "nif:"


class Suppliers:
    """A canonical key for each (NIF, name) met in the books."""

    def __init__(self, pairs: Iterable[tuple[str, str]], register: Iterable[RegisteredSupplier] = ()) -> None:
        self._same = _Union()
        self._keys: dict[tuple[str, str], str] = {}
        self._pairs = set(pairs)
        self._declared: dict[str, str] = {}
        """By name of the register, the node of its row."""
        self._rows: dict[str, RegisteredSupplier] = {}
        for row in register:
            self._declare(row)
        ids_of: dict[str, set[str]] = {}
        bare: set[str] = set()
        for nif, name in self._pairs:
            key = same_name(name)
            if nif:
                ids_of.setdefault(key, set()).add(bare_number(nif))
            else:
                bare.add(key)
        for name in sorted(bare - self._declared.keys()):
            for nif in sorted(ids_of.get(name, ())):
                self._same.join(*sorted(map(self._same.root, (f"{_BY_NIF}{nif}", f"nom:{name}"))))

    def _declare(self, row: RegisteredSupplier) -> None:
        node = f"{_BY_NIF}{bare_number(row.tax_id)}" if row.tax_id else f"nom:{same_name(row.name)}"
        self._rows.setdefault(node, row)
        for name in row.names:
            self._declared.setdefault(same_name(name), node)

    def key(self, nif: str, name: str) -> str:
        """The canonical key of a supplier; "" for no name and no NIF."""
        key = self._keys.get((nif, name))
        if key is None:
            key = self._keys[nif, name] = self._key(nif, name)
        return key

    def _key(self, nif: str, name: str) -> str:
        bare = same_name(name)
        node = f"{_BY_NIF}{bare_number(nif)}" if nif else f"nom:{bare}" if bare else ""
        if node not in self._rows:
            node = self._declared.get(bare, node)
        return self._same.root(node) if node else ""

    @cached_property
    def register(self) -> Mapping[str, RegisteredSupplier]:
        """What the register says of suppliers, by their keys."""
        return {self._same.root(node): row for node, row in self._rows.items()}

    @staticmethod
    def has_tax_id(key: str) -> bool:
        """Whether a supplier's NIF is known, from any of the papers that name it."""
        return key.startswith(_BY_NIF)

    # --- who may be the same ----------------------------------------------------------------------------------------

    def house(self, key: str) -> str:
        """The key of the supplier that one without a NIF may be, by its name; its own when it is like no other.

        Two NIFs are two suppliers, two rows of the register too, however alike their names.
        """
        return key if self._is_known(key) else self._houses.get(key, key)

    def _is_known(self, key: str) -> bool:
        return self.has_tax_id(key) or key in self.register

    @cached_property
    def _houses(self) -> Mapping[str, str]:
        """For each supplier whose NIF nobody knows and that is like others: the known one among them, else the first."""
        keys: dict[str, set[str]] = {}
        for nif, name in [*self._pairs, *(("", name) for row in self._rows.values() for name in row.names)]:
            if name and (key := self.key(nif, name)):
                keys.setdefault(name, set()).add(key)
        houses = _Union()
        for one, other in sorted(alike_pairs(keys)):
            for pair in product(sorted(keys[one]), sorted(keys[other])):
                first, second = sorted(map(houses.root, pair), key=lambda root: (not self._is_known(root), root))
                if not self._is_known(second):
                    houses.join(first, second)
        return {key: houses.root(key) for found in keys.values() for key in found}


class _Union:
    """Nodes put together two by two."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, node: str) -> str:
        """The one that stands for all those put together with a node."""
        while (parent := self._parent.get(node, node)) != node:
            node = parent
        return node

    def join(self, first: str, second: str) -> None:
        """Puts two roots together; the first stands for both."""
        if first != second:
            self._parent[second] = first
