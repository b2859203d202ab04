"""Letters of other scripts that look like Latin ones, and words that mix them with Latin letters.

« Kаlan » with a Cyrillic « а » reads as « Kalan » and is another text: a name that no comparison finds again. A word of
one script (Arabic, N'Ko, Tifinagh, Cyrillic) is lawful; so are units (« µm », « kΩ ») and degrees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_CYRILLIC = dict(zip("АВЕЅІЈКМНОРСТУХҮаеѕіјорсухһԁԛԝүкмнтвг", "ABESIJKMHOPCTYXYaesijopcyxhdqwykmhtbr", strict=True))
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹικνορτυχϲϳ", "ABEZHIKMNOPTYXCikvoptuxcj", strict=True))
_LATIN = dict(zip("ɑɡıȷ", "agij", strict=True))
LOOK_ALIKES = str.maketrans({**_CYRILLIC, **_GREEK, **_LATIN})
"""Each letter that a reader takes for a Latin one, and that one."""

_ODD_SCRIPTS = frozenset({"CYRILLIC", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU"})
"""Scripts whose letters have no place beside Latin ones in a word; of Greek, only those that look Latin (« kΩ », « µm » stay)."""
_WORD = re.compile(r"[^\W\d_]+")


class MixedWord(NamedTuple):
    """A word that mixes Latin letters with those of another script."""

    start: int
    """Where it begins in the text, from 0."""
    word: str
    letter: str
    """Its first letter of the other script."""
    script: str
    """That script, as Unicode names it: CYRILLIC, GREEK …"""

    @property
    def mended(self) -> str:
        """The Latin word it imitates; "" when some letter imitates none."""
        word = latin(self.word)
        return "" if any(mixed_words(word)) else word


def mixed_words(text: str) -> Iterator[MixedWord]:
    """The words of a text that mix scripts, in their order."""
    if text.isascii():
        return
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        odd = next((letter for letter in word if _is_odd(letter)), "")
        if odd and any(_script(letter) == "LATIN" for letter in word):
            yield MixedWord(match.start(), word, odd, _script(odd))


def latin(word: str) -> str:
    """A word with its look-alikes replaced by the Latin letters they imitate."""
    return word if word.isascii() else word.translate(LOOK_ALIKES)


def _is_odd(letter: str) -> bool:
    return not letter.isascii() and (letter in _GREEK or _script(letter) in _ODD_SCRIPTS)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ", 1)[0]
