"""The chart of accounts: SYCEBNL numbers and their labels."""

from collections.abc import Mapping
from functools import cached_property

from grandlivre.policy.model import Field, Model
from grandlivre.policy.values import Prefix


class Chart(Model):
    """Le plan comptable SYCEBNL de l'organisation : numéro et intitulé."""

    accounts: Mapping[Prefix, str] = Field({}, alias="comptes")
    """Intitulé de chaque numéro."""

    @cached_property
    def leaves(self) -> frozenset[str]:
        """The numbers no other number extends."""
        parents = {number[:size] for number in self.accounts for size in range(1, len(number))}
        return frozenset(self.accounts) - parents

    def holds(self, number: str) -> bool:
        """Whether a number is in the chart or extends one of its leaves."""
        if number in self.accounts:
            return True
        return any(number[:size] in self.leaves for size in range(1, len(number)))

    def knows_prefix(self, prefix: str) -> bool:
        """Whether a prefix names some account of the chart (part of one, one, or the extension of a leaf)."""
        return self.holds(prefix) or prefix in self._beginnings

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(number[:size] for number in self.accounts for size in range(1, len(number) + 1))

    def label(self, number: str) -> str:
        """The label of the longest number the given one begins with."""
        for size in range(len(number), 0, -1):
            if number[:size] in self.accounts:
                return self.accounts[number[:size]]
        return ""
