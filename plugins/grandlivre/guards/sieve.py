"""Many texts in little room: what a sieve holds not is surely none of them."""

from __future__ import annotations

from binascii import b2a_base64
from zlib import crc32

from grandlivre.guards.record import NamedTuple

# annotations are texts here: nothing is imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_SIGNS = {sign: rank for rank, sign in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}

_MIX = 2_654_435_761
"""What makes a second place of the first one's number."""


class Sieve(NamedTuple):
    """A set of texts that may seem to hold another one, once in some seventy."""

    bits: str
    """Six a sign."""

    @classmethod
    def of(cls, texts: Collection[str]) -> Sieve:
        """The sieve of some texts."""
        size = 3 * (16 + 2 * len(texts) // 3)
        found, bits = bytearray(size), 8 * size
        for text in texts:
            told = crc32(text.encode("utf-8", "surrogatepass"))
            one, other = told % bits, (told * _MIX >> 13) % bits
            found[one >> 3] |= 128 >> (one & 7)
            found[other >> 3] |= 128 >> (other & 7)
        return cls(b2a_base64(found, newline=False).decode("ascii") if texts else "")

    def __contains__(self, text: object) -> bool:
        """Whether it may hold a text; False only where it does not."""
        bits = 6 * len(self.bits)
        if not bits:
            return False
        told = crc32(str(text).encode("utf-8", "surrogatepass"))
        places = (told % bits, (told * _MIX >> 13) % bits)
        return all(_SIGNS[self.bits[place // 6]] >> (5 - place % 6) & 1 for place in places)
