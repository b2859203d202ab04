"""The few words in which findings are told, apart from all others: a check that has nothing to read imports nothing else."""

from __future__ import annotations

from enum import StrEnum

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

_CONTROL = dict.fromkeys((*range(32), 127, 133, 8232, 8233), " ")


class Level(StrEnum):
    """How grave a finding is."""

    ERROR = "erreur"
    WARNING = "alerte"


def integer(number: int) -> str:
    """Thousands set apart by a plain space: 1 234 567."""
    return f"{number:,}".replace(",", " ")


def day(value: date) -> str:
    """JJ/MM/AAAA."""
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def counted(number: int, one: str, many: str = "", none: str = "") -> str:
    """« 1 opération lue », « 3 opérations lues »: every word takes an s, or `many` says how; `none` is the word for 0, which
    is singular in French."""
    if not number and none:
        return f"{none} {one}"
    several = many or " ".join(word if word.endswith(("s", "x", "z")) else f"{word}s" for word in one.split(" "))
    return f"{integer(number)} {one if abs(number) < 2 else several}"


def one_line(text: str) -> str:
    """The text without line breaks or control characters, so that no message can forge another."""
    return text.translate(_CONTROL)


def capital(sentence: str) -> str:
    """The sentence with a capital at its head."""
    return sentence[:1].upper() + sentence[1:]
