"""What a page asks to add to the books, word by word, before anything is written (row S33).

Fava writes accounts, tags, links, keys, flags and currencies as they come: a line break in one of them, or a quote in the
name of a file, would end the line and begin another, a `plugin` line for instance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from grandlivre.i18n import Message

_WORD = re.compile(r"[A-Za-z0-9/_.-]+")
_KEY = re.compile(r"[a-z][A-Za-z0-9_-]+")
_ACCOUNT = re.compile(r"[^\W\d_][\w-]*(?::[^\W_][\w-]*)+")
_CURRENCY = re.compile(r"[A-Z][A-Z0-9'._-]*")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?")
_FLAG = re.compile(r"[*!&#?%A-Z]|txn|")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"[^\x00-\x1f\x7f;\"]{0,200}")
_TEXT = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f]{0,5000}")
_FILE_NAME = re.compile(r'[^\x00-\x1f\x7f"\\/]{1,200}')
_PATH = re.compile(r'[^\x00-\x1f\x7f"\\]{1,1000}')

_MISTAKE = Message("L'écriture n'est pas ajoutée : « {value} » n'est pas permis comme {what}.")
_SHAPE = Message("L'écriture n'est pas ajoutée : elle est incomplète ou d'une forme inattendue.")
_NAME = Message(
    "Le nom « {value} » n'est pas permis pour une pièce : ni guillemet, ni barre, ni saut de ligne. Renommez le fichier."
)


def entries_objection(entries: Any) -> str | None:
    """Why these entries, as Fava's pages send them, are not written; None when every word is what it must be."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return _SHAPE()
    try:
        words = [word for entry in entries for word in _words(entry)]
    except (LookupError, TypeError, AttributeError):
        return _SHAPE()
    for what, pattern, value in words:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            return _MISTAKE(value=" ".join(str(value).split())[:60], what=what)
    return None


def name_objection(name: str) -> str | None:
    """Why a file may not be kept under that name."""
    return None if _FILE_NAME.fullmatch(name) else _NAME(value=" ".join(name.split())[:60])


def path_objection(path: str) -> str | None:
    """Why a path may not be written in an entry."""
    return None if _PATH.fullmatch(path) else _NAME(value=" ".join(path.split())[:60])


_Word = tuple[str, re.Pattern[str], Any]


def _words(entry: dict[str, Any]) -> Iterator[_Word]:
    yield "date", _DAY, entry["date"]
    yield from _metadata(entry["meta"])
    match entry["t"]:
        case "Transaction":
            yield "drapeau", _FLAG, entry.get("flag", "")
            yield "bénéficiaire", _TEXT, entry.get("payee") or ""
            yield "libellé", _TEXT, entry["narration"] or ""
            for name, what in (("tags", "étiquette"), ("links", "lien")):
                yield from ((what, _WORD, word) for word in entry[name])
            for posting in entry["postings"]:
                yield "compte", _ACCOUNT, posting["account"]
                yield "montant", _AMOUNT, posting.get("amount", "")
                yield from _metadata(posting.get("meta") or {})
        case "Balance":
            yield "compte", _ACCOUNT, entry["account"]
            yield "montant", _NUMBER, entry["amount"]["number"]
            yield "devise", _CURRENCY, entry["amount"]["currency"]
        case "Note":
            yield "compte", _ACCOUNT, entry["account"]
            yield "note", _TEXT, entry["comment"]
        case other:
            yield "genre d'écriture", _KEY, f"?{other}"


def _metadata(meta: dict[str, Any]) -> Iterator[_Word]:
    for key, value in meta.items():
        if not key.startswith("__") and key not in ("filename", "lineno"):  # these two are never written
            yield "clé", _KEY, key
            if isinstance(value, str):
                yield f"valeur de {key}", _TEXT, value
            elif not isinstance(value, (bool, int, float)) and value is not None:
                yield f"valeur de {key}", _TEXT, None
