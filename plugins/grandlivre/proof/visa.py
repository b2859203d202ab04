"""The text that a person signs: one form only, so that the same bytes are signed, kept and verified everywhere.

UTF-8, LF, one space between words, a final line end, headers in a fixed order, the signed objects sorted. Contract §11.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

FIRST_LINE = "grandlivre visa 1"
NONE = "-"
"""What `precedent` says when nothing came before."""
PERSONAL = ("ecritures", "derogations", "refus", "caisse", "rapport")
"""Signed by one person, each key's chained to its last one."""
SHARED = ("regles", "cloture")
"""One text that several people sign, chained to the text before."""
NATURES = (*PERSONAL, *SHARED)
MOST = 4_000_000
"""Bytes of the longest text that is read."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_PERSON = re.compile(r"[a-z0-9-]{1,40}")
_BOOKS = re.compile(r"[0-9a-f]{32}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"\d{4}")
_PERIOD = re.compile(r"\d{4}-(?:T[1-4]|\d{2})")
_PROGRAM = re.compile(r">= \d+\.\d+")
_TREE = re.compile(r"\S{1,60}")
_RULES = re.compile(r"\d{4} sha256:[0-9a-f]{64}")
_WORDS = re.compile(r"\S(?:.*\S)?")


class VisaError(ValueError):
    """A text that is no visa: the line (from 1), what is wrong and what to do, in French."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


class Head(NamedTuple):
    """The last visa of one key when a shared text was written."""

    key: str
    visa: str


class Signed(NamedTuple):
    """One thing that a visa is about, with its digest."""

    digest: str
    object: str


class Visa(NamedTuple):
    """What one text says."""

    books: str
    nature: str
    date: date
    previous: str
    """Digest of the text before, "-" for the first."""
    body: tuple[Signed, ...]
    tree: str = ""
    person: str = ""
    key: str = ""
    """Fingerprint of the key that signs, « SHA256:… »."""
    reason: str = ""
    """Why it refuses."""
    number: int = 0
    """Of a version of the rules."""
    period: str = ""
    """Of a closing."""
    replaces: str = ""
    """The chain of rules that this one replaces."""
    program: str = ""
    """The oldest program that may verify: « >= 0.1 »."""
    main: str = ""
    """Digest of the entry point's options and plugins."""
    rules: str = ""
    """Of a closing, the version of the rules: « 0003 sha256:… »."""
    heads: tuple[Head, ...] = ()

    @property
    def text(self) -> str:
        """The text as it is signed."""
        lines = [FIRST_LINE]
        lines += [f"{name} {said}" for name in headers(self.nature) for said in _said(self, name)]
        lines += [f"{each.digest} {each.object}" for each in self.body]
        return "".join(f"{line}\n" for line in lines)

    @property
    def content(self) -> bytes:
        """The text's bytes."""
        return self.text.encode()


def digest_of(content: bytes) -> str:
    """« sha256:… » of some bytes: what `precedent` and `tete` name a text by."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def headers(nature: str) -> tuple[str, ...]:
    """The headers of a nature, in their order; `tete` may come several times, `remplace` and `motif` where they apply."""
    if nature == "regles":
        return ("livres", "nature", "numero", "date", "precedent", "remplace", "programme", "main", "tete")
    if nature == "cloture":
        return ("livres", "nature", "periode", "date", "precedent", "visa-regles", "tete")
    own = ("livres", "nature", "arbre", "personne", "cle", "date", "precedent")
    return (*own, *{"refus": ("motif",), "rapport": ("tete",)}.get(nature, ()))


_FORMS: dict[str, re.Pattern[str]] = {
    "livres": _BOOKS,
    "nature": re.compile("|".join(NATURES)),
    "numero": _NUMBER,
    "periode": _PERIOD,
    "date": _DAY,
    "precedent": re.compile(rf"-|{_DIGEST.pattern}"),
    "remplace": _DIGEST,
    "programme": _PROGRAM,
    "main": _DIGEST,
    "visa-regles": _RULES,
    "tete": re.compile(rf"{_KEY.pattern} {_DIGEST.pattern}"),
    "arbre": _TREE,
    "personne": _PERSON,
    "cle": _KEY,
    "motif": _WORDS,
}
_OPTIONAL = frozenset({"remplace", "tete", "visa-regles"})
"""Headers that stand where there is something to say."""
_RESTORE = "Remettez le fichier tel qu'il a été signé (git le garde), ou faites signer de nouveau."


def read(content: bytes) -> Visa:
    """The visa of a text; raises VisaError at the first deviation from the one form."""
    lines = _lines(content)
    if lines[0] != FIRST_LINE:
        raise VisaError(1, f"La première ligne d'un visa est « {FIRST_LINE} ». {_RESTORE}")
    nature = next((line.removeprefix("nature ") for line in lines[:4] if line.startswith("nature ")), "")
    if nature not in NATURES:
        raise VisaError(
            min(3, len(lines)), f"La nature « {nature[:40]} » est inconnue : {', '.join(NATURES)}. {_RESTORE}"
        )
    said, rest = _headers(lines, nature)
    body = tuple(_signed(line, rank) for rank, line in enumerate(lines[rest:], rest + 1))
    _require_order(body, rest, "Les objets signés")
    if not body:
        raise VisaError(len(lines), f"Ce visa ne porte sur rien. {_RESTORE}")
    heads = tuple(Head(*each.split(" ")) for each in said.get("tete", ()))
    return Visa(
        books=said["livres"][0],
        nature=nature,
        date=_day(said["date"][0]),
        previous=said["precedent"][0],
        body=body,
        tree=_one(said, "arbre"),
        person=_one(said, "personne"),
        key=_one(said, "cle"),
        reason=_one(said, "motif"),
        number=int(_one(said, "numero") or 0),
        period=_one(said, "periode"),
        replaces=_one(said, "remplace"),
        program=_one(said, "programme"),
        main=_one(said, "main"),
        rules=_one(said, "visa-regles"),
        heads=heads,
    )


def _lines(content: bytes) -> list[str]:
    """The lines of a text; raises VisaError for bytes that no visa holds."""
    if len(content) > MOST:
        raise VisaError(1, f"Ce visa dépasse {MOST} octets : il n'est pas lu. {_RESTORE}")
    if b"\r" in content:
        raise VisaError(
            content[: content.index(b"\r")].count(b"\n") + 1,
            "Ce visa a des fins de ligne de Windows (CR), et la signature ne porte plus sur lui : écrivez "
            "« ledger/visas/** -text » dans .gitattributes, puis reprenez le fichier (git checkout).",
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VisaError(content[: error.start].count(b"\n") + 1, f"Ce visa n'est pas en UTF-8. {_RESTORE}") from None
    if not text.endswith("\n"):
        raise VisaError(text.count("\n") + 1, f"Ce visa ne finit pas par une fin de ligne : il est coupé. {_RESTORE}")
    lines = text[:-1].split("\n")
    for rank, line in enumerate(lines, 1):
        if line != " ".join(line.split(" ")) or "  " in line or line != line.strip() or not line:
            raise VisaError(rank, f"Les mots d'un visa sont séparés par une espace, sans ligne vide. {_RESTORE}")
        if not line.isprintable() or line != unicodedata.normalize("NFC", line):
            raise VisaError(rank, f"Cette ligne a un caractère qu'un visa n'a pas. {_RESTORE}")
    return lines


def _headers(lines: list[str], nature: str) -> tuple[dict[str, list[str]], int]:
    """What the headers say, and where the body begins."""
    said: dict[str, list[str]] = {}
    rank = 1
    for name in headers(nature):
        while rank < len(lines) and lines[rank].startswith(f"{name} ") and (name == "tete" or name not in said):
            value = lines[rank].removeprefix(f"{name} ")
            if not _FORMS[name].fullmatch(value):
                raise VisaError(rank + 1, f"« {name} » n'a pas la forme attendue. {_RESTORE}")
            said.setdefault(name, []).append(value)
            rank += 1
        if name not in said and name not in _OPTIONAL:
            raise VisaError(rank + 1, f"La ligne « {name} … » est attendue ici. {_RESTORE}")
    heads = said.get("tete", [])
    keys = [each.split(" ")[0] for each in heads]
    if heads != sorted(heads) or len(set(keys)) < len(keys):
        raise VisaError(rank, f"Les lignes tete sont triées, une par clé. {_RESTORE}")
    return said, rank


def _signed(line: str, rank: int) -> Signed:
    digest, _, object_ = line.partition(" ")
    if not _DIGEST.fullmatch(digest) or not object_:
        raise VisaError(rank, f"« sha256:… objet » est attendu ici. {_RESTORE}")
    return Signed(digest, object_)


def _require_order(body: tuple[Signed, ...], before: int, what: str) -> None:
    objects = [each.object for each in body]
    if list(body) != sorted(body):
        rank = next(rank for rank, (one, two) in enumerate(zip(body, sorted(body), strict=True)) if one != two)
        raise VisaError(before + rank + 1, f"{what} sont triés. {_RESTORE}")
    twice = (
        next((rank for rank, name in enumerate(objects) if objects.index(name) < rank), None)
        if len(set(objects)) < len(objects)
        else None
    )
    if twice is not None:
        raise VisaError(before + twice + 1, f"« {objects[twice][:60]} » est signé deux fois dans ce visa. {_RESTORE}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise VisaError(2, f"La date {text} n'existe pas. {_RESTORE}") from None


def _one(said: dict[str, list[str]], name: str) -> str:
    return said.get(name, [""])[0]


_SAYS: dict[str, Callable[[Visa], str]] = {
    "livres": lambda visa: visa.books,
    "nature": lambda visa: visa.nature,
    "numero": lambda visa: f"{visa.number:04d}",
    "periode": lambda visa: visa.period,
    "date": lambda visa: visa.date.isoformat(),
    "precedent": lambda visa: visa.previous,
    "remplace": lambda visa: visa.replaces,
    "programme": lambda visa: visa.program,
    "main": lambda visa: visa.main,
    "visa-regles": lambda visa: visa.rules,
    "arbre": lambda visa: visa.tree,
    "personne": lambda visa: visa.person,
    "cle": lambda visa: visa.key,
    "motif": lambda visa: visa.reason,
}


def _said(visa: Visa, name: str) -> list[str]:
    """What a header says, once a line."""
    if name == "tete":
        return [f"{each.key} {each.visa}" for each in sorted(visa.heads)]
    said = _SAYS[name](visa)
    return [said] if said or name not in _OPTIONAL else []
