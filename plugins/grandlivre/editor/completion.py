"""What may stand where the cursor is: accounts, keys, and the values that the books know for each key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types

from grandlivre.books.documents import is_document_key
from grandlivre.books.index import Books
from grandlivre.books.metadata import CHOICES, KEYS
from grandlivre.editor.text import Directive
from grandlivre.editor.words import units
from grandlivre.i18n import Money
from grandlivre.tasks.guided.offers import Asked, offers

_VALUE = re.compile(r"\s+(?P<key>[a-z][A-Za-z0-9_-]*):\s*(?P<quote>\"?)(?P<said>[^\"]*)$")
_WORD = re.compile(r"\s+(?P<said>[a-z][A-Za-z0-9_-]*)?$")
_POSTED = re.compile(r"\s+(?P<said>[^\W\d_a-z][^\s\"]*)$")
_PAYEE = re.compile(r"\d{4}-\d\d-\d\d [*!] \"(?P<said>[^\"]*)$")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)")
_AMOUNT = re.compile(r"(?<=\s)-?(\d+) [A-Z]{3}\b")
_PAPERS = 400
"""Documents offered at most."""


class Known(NamedTuple):
    """A word that fits, and what it is."""

    text: str
    told: str = ""


def completions(
    books: Books, path: Path, lines: list[str], position: types.Position, tree: str
) -> list[types.CompletionItem]:
    """What fits between the start of the word under the cursor and the cursor, the likeliest first."""
    line = lines[position.line] if position.line < len(lines) else ""
    before = line.encode("utf-16-le")[: 2 * position.character].decode("utf-16-le", "replace")
    spot = Directive(path, lines, position.line) if lines else None
    day = _day(spot, books.today)
    for pattern, known in _OFFERED:
        found = pattern.match(before)
        if found is not None:
            asked = _asked(spot, tree, day)
            offered = list(known(books, asked, found.groupdict()))
            return _items(offered, found, position)
    return []


def _items(offered: Iterable[Known], found: re.Match[str], position: types.Position) -> list[types.CompletionItem]:
    said, groups = found["said"] or "", found.groupdict()
    start = types.Position(position.line, position.character - units(said))
    quoted = groups.get("quote") == "" and "key" in groups
    items = []
    for rank, each in enumerate(offered):
        new = f'"{each.text}"' if quoted and not _is_bare(groups["key"], each.text) else each.text
        edit = types.TextEdit(types.Range(start, position), new)
        items.append(
            types.CompletionItem(
                each.text, detail=each.told, sort_text=f"{rank:05d}", filter_text=each.text, text_edit=edit
            )
        )
    return items


def _is_bare(key: str, text: str) -> bool:
    """Whether Beancount wants the value without quotes: a date, TRUE."""
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d|TRUE|FALSE", text)) and key not in CHOICES


def _day(spot: Directive | None, today: date) -> date:
    found = _DAY.match(spot.lines[spot.start]) if spot is not None and spot.start < len(spot.lines) else None
    try:
        return date.fromisoformat(found[1]) if found is not None else today
    except ValueError:
        return today


def _asked(spot: Directive | None, tree: str, day: date) -> Asked:
    """What the entry says so far: for whom, how much, how."""
    if spot is None:
        return Asked(tree, day, 0, "", "")
    text = "\n".join(spot.lines[spot.start : spot.end])
    amounts = [int(each) for each in _AMOUNT.findall(text)]
    payee = re.search(r"[*!] \"([^\"]*)\"", text)
    return Asked(tree, day, max(amounts, default=0), payee[1] if payee is not None else "", spot.value("mode"))


# --- what is known ---------------------------------------------------------------------------------------------------


def _accounts(books: Books, asked: Asked, _: Mapping[str, str | None]) -> Iterator[Known]:
    return accounts(books, asked.tree, asked.day)


def accounts(books: Books, tree: str, day: date) -> Iterator[Known]:
    """The accounts opened on a day: those of the tree, then the others."""
    opened = [each for each in books.accounts.values() if each.opened is not None and each.opened <= day]
    for each in sorted(opened, key=lambda one: (one.tree != tree, one.name)):
        if each.closed is None or each.closed > day:
            label = books.policy.chart.label(each.number) or each.label
            yield Known(each.name, f"{label}, solde {Money(books.balance(each.name, date.max))}")


def _keys(books: Books, asked: Asked, said: Mapping[str, str | None]) -> Iterator[Known]:
    """The keys of an entry; where nothing is typed yet, its accounts too."""
    yield from (Known(f"{key}: ") for key in (*KEYS, "document"))
    if not said["said"]:
        yield from _accounts(books, asked, said)


def _payees(books: Books, asked: Asked, _: Mapping[str, str | None]) -> Iterator[Known]:
    from grandlivre.tasks.guided.known import tax_id

    for name in offers(books, asked).get("noms", ()):
        nif = tax_id(books, name)
        yield Known(name, f"NIF {nif}" if nif else "")


def _values(books: Books, asked: Asked, said: Mapping[str, str | None]) -> Iterator[Known]:
    key = said["key"] or ""
    if is_document_key(key):
        root = books.folder / "documents"
        names = (each.relative_to(root).as_posix() for each in sorted(root.rglob("*")) if each.is_file())
        found = (name for name in names if name.startswith(said["said"] or ""))
        yield from (Known(name) for _, name in zip(range(_PAPERS), found, strict=False))
        return
    if key in CHOICES:
        yield from (Known(each) for each in CHOICES[key])
        return
    known = _BY_KEY.get(key)
    if known is not None:
        yield from known(offers(books, asked))


def _numbers(known: Mapping[str, Any]) -> Iterator[Known]:
    yield from (Known(number, "prochain numéro") for number in known.get("suite", {}).values())


def _lines(known: Mapping[str, Any]) -> Iterator[Known]:
    for each in known.get("lignes", ()):
        yield Known(each["code"], f"{each['libelle']}, reste {Money(each['reste'])} ({each['convention']})")


def _people(name: str) -> Callable[[Mapping[str, Any]], Iterator[Known]]:
    def people(known: Mapping[str, Any]) -> Iterator[Known]:
        for each in known.get(name, ()):
            yield Known(each["id"], f"{each['nom']}, {each['fonction']}")

    return people


def _dossiers(known: Mapping[str, Any]) -> Iterator[Known]:
    for each in known.get("marches", ()):
        yield Known(each["numero"], f"{each['objet']}, {each['attributaire']}, reste {Money(each['reste'])}")
    if known.get("marche"):
        yield Known(known["marche"], "prochain numéro")


def _advances(known: Mapping[str, Any]) -> Iterator[Known]:
    for each in known.get("avances", ()):
        yield Known(each["numero"], f"{each['nom']}, reste {Money(each['reste'])}")
    if known.get("avance"):
        yield Known(known["avance"], "prochain numéro")


def _bills(known: Mapping[str, Any]) -> Iterator[Known]:
    for each in known.get("factures", ()):
        yield Known(each["numero"], f"{each['nom']}, reste {Money(each['reste'])}")


def _activities(known: Mapping[str, Any]) -> Iterator[Known]:
    yield from (Known(each["code"], each["libelle"]) for each in known.get("activites", ()))


def _agreements(known: Mapping[str, Any]) -> Iterator[Known]:
    yield from (Known(each["id"], each["numero"] or "") for each in known.get("conventions", ()))


def _cheque(known: Mapping[str, Any]) -> Iterator[Known]:
    if known.get("cheque"):
        yield Known(known["cheque"], "chèque suivant")


def _tax_id(known: Mapping[str, Any]) -> Iterator[Known]:
    if known.get("nif"):
        yield Known(known["nif"])


_BY_KEY: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Known]]] = {
    "piece": _numbers,
    "ligne": _lines,
    "signataire-1": _people("signataires"),
    "signataire-2": _people("signataires"),
    "autorise-par": _people("autorisent"),
    "marche": _dossiers,
    "avance": _advances,
    "facture": _bills,
    "activite": _activities,
    "convention": _agreements,
    "cheque": _cheque,
    "nif": _tax_id,
}
"""By key, what the books offer for it."""

_OFFERED: tuple[tuple[re.Pattern[str], Callable[[Books, Asked, Mapping[str, str | None]], Iterator[Known]]], ...] = (
    (_PAYEE, _payees),
    (_VALUE, _values),
    (_POSTED, _accounts),
    (_WORD, _keys),
)
