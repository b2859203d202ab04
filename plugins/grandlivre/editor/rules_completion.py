"""What may stand where the cursor is in a file of `rules/`: keys and words as the schemas say, and what the rules already name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types

from grandlivre.books.index import Books
from grandlivre.editor.completion import Known, accounts
from grandlivre.editor.rules_places import Spot, Step, spot_at
from grandlivre.editor.words import units
from grandlivre.policy.people import without_asides
from grandlivre.reports.catalogue import models
from grandlivre.scaffold.shipped import shipped

_PLAIN = re.compile(r"[^\W\d][\w-]*(?::[\w-]+)*|\d{4}-\d\d-\d\d")
"""What no YAML reader takes for a number, and that needs no quotes."""


class _Shape(NamedTuple):
    """A part of a schema, and the parts that it may refer to."""

    node: Mapping[str, Any]
    parts: Mapping[str, Any]

    def every(self) -> Iterator[_Shape]:
        """The alternatives of it, references followed."""
        node = self.node
        if "$ref" in node:
            yield from _Shape(self.parts[str(node["$ref"]).rpartition("/")[2]], self.parts).every()
        for name in ("anyOf", "oneOf", "allOf"):
            for each in node.get(name, ()):
                yield from _Shape(each, self.parts).every()
        yield self

    def under(self, step: Step) -> Iterator[_Shape]:
        """What may stand under a key, or in a list."""
        for each in self.every():
            node = each.node
            found = [node.get("items")] if isinstance(step, int) else _under_key(node, step)
            yield from (_Shape(one, self.parts) for one in found if isinstance(one, Mapping))

    @property
    def said(self) -> str:
        """What the first sentence of its description says."""
        told = next((str(each.node["description"]) for each in (self, *self.every()) if "description" in each.node), "")
        return told.split("\n\n")[0].replace("\n", " ")


def _under_key(node: Mapping[str, Any], key: str) -> list[Any]:
    own = node.get("properties", {}).get(key)
    if own is not None:
        return [own]
    named = [each for pattern, each in node.get("patternProperties", {}).items() if re.search(pattern, key)]
    return [*named, node.get("additionalProperties")]


def completions(books: Books, path: Path, lines: list[str], position: types.Position) -> list[types.CompletionItem]:
    """What fits between the start of the word under the cursor and the cursor, required keys first."""
    root = _schema(path)
    if root is None:
        return []
    line = lines[position.line] if position.line < len(lines) else ""
    before = line.encode("utf-16-le")[: 2 * position.character].decode("utf-16-le", "replace")
    if re.search(r"(^|\s)#", before) is not None:
        return []
    spot = spot_at(lines, position.line, before)
    shapes = named = [root]
    for step in spot.path:
        shapes = [below for each in shapes for below in each.under(step)]
        named = shapes if isinstance(step, str) else named
    offered = [*_values(books, lines, spot, shapes, named)] if spot.value else []
    offered += [*_keys(books, spot, shapes)] if spot.key else []
    start = types.Position(position.line, position.character - units(spot.said))
    return [_item(rank, each, types.Range(start, position), spot.quoted) for rank, each in enumerate(_once(offered))]


def _once(offered: Iterable[Known]) -> list[Known]:
    return list({each.text: each for each in reversed(list(offered))}.values())[::-1]


def _item(rank: int, known: Known, place: types.Range, quoted: bool) -> types.CompletionItem:
    name = known.text
    bare = quoted or name.endswith(": ") or _PLAIN.fullmatch(name) is not None
    edit = types.TextEdit(place, name if bare else f'"{name}"')
    return types.CompletionItem(
        name.removesuffix(": "), detail=known.told, sort_text=f"{rank:05d}", filter_text=name, text_edit=edit
    )


@cache
def _schema(path: Path) -> _Shape | None:
    """The schema of a file of `rules/`, by its name or its folder; None for what is none."""
    folders = path.parts[path.parts.index("rules") + 1 :] if "rules" in path.parts else ()
    name = folders[0].removesuffix(".yaml") if folders else ""
    file = shipped("rules") / "schemas" / f"{name}.schema.json"
    if not name or not file.is_file():
        return None
    read = json.loads(file.read_text(encoding="utf-8"))
    return _Shape(read, read.get("$defs", {}))


def _keys(books: Books, spot: Spot, shapes: Iterable[_Shape]) -> Iterator[Known]:
    """The keys that are not there yet: those that must be, then the others; of a key of allocation, the donors."""
    known: dict[str, tuple[bool, str]] = {}
    for shape in shapes:
        for each in shape.every():
            required = each.node.get("required", ())
            for key, node in each.node.get("properties", {}).items():
                if key not in spot.present:
                    known.setdefault(key, (key in required, _Shape(node, shape.parts).said))
    for key, (required, said) in sorted(known.items(), key=lambda row: not row[1][0]):
        yield Known(f"{key}: ", f"{said} (obligatoire)" if required else said)
    if _named(spot.path)[0] == "cle":
        yield from (Known(f"{each.text}: ", each.told) for each in _donors(books, "") if each.text not in spot.present)


# --- values ----------------------------------------------------------------------------------------------------------


def _values(books: Books, lines: list[str], spot: Spot, shapes: list[_Shape], named: list[_Shape]) -> Iterator[Known]:
    """The words that the schema allows, what the rules name that fits the key (`named`), then the schema's examples."""
    every = [(each.node, shape.said) for shape in shapes for each in shape.every()]
    for node, said in every:
        words = [*node.get("enum", ()), *([node["const"]] if "const" in node else [])]
        yield from (Known(str(word), said) for word in words if isinstance(word, str))
    key, above = _named(spot.path)
    told = " ".join(each.said for each in named) + above
    for wanted, known in _BY_WORDS:
        if wanted.search(told):
            yield from known(books, _tree(books, lines))
    yield from _BY_KEY.get(key, _nothing)(books, _tree(books, lines))
    for node, said in every:
        examples = [*node.get("examples", ()), node.get("default")]
        yield from (Known(str(one), said) for one in examples if isinstance(one, str) and one)


def _named(path: tuple[Step, ...]) -> tuple[str, str]:
    """The last key of a path, and « organes » where it is one of a body."""
    names = [step for step in path if isinstance(step, str)]
    return (names[-1] if names else ""), ("(identifiants de mandats.yaml)" if names[:1] == ["organes"] else "")


def _tree(books: Books, lines: list[str]) -> str:
    """The donor that a file is about: its own code, or the one that it names."""
    said = (re.match(r"(?:code|bailleur):\s*[\"']?([^\s\"'#]+)", line) for line in lines)
    return next((each[1] for each in said if each is not None and each[1] in books.trees), "")


def _nothing(_: Books, __: str) -> Iterator[Known]:
    return iter(())


def _people(books: Books, _: str) -> Iterator[Known]:
    for id_, person in books.policy.people.items():
        yield Known(id_, ", ".join(filter(None, (without_asides(person.name), person.role))))


def _donors(books: Books, _: str) -> Iterator[Known]:
    yield from (Known(code, donor.name) for code, donor in books.policy.donors.items())


def _lines(books: Books, tree: str) -> Iterator[Known]:
    for agreement in books.tree_agreements(tree):
        for heading in agreement.headings:
            yield from (Known(line.code, f"{line.label} ({agreement.id})") for line in heading.lines)


def _activities(books: Books, tree: str) -> Iterator[Known]:
    for programme in books.policy.programmes:
        if programme.donor == tree:
            yield from (Known(each.code, each.label) for each in programme.activities)


def _accounts(books: Books, tree: str) -> Iterator[Known]:
    yield from accounts(books, tree, books.today)


def _numbers(books: Books, _: str) -> Iterator[Known]:
    yield from (Known(number, label) for number, label in books.policy.chart.accounts.items())


def _reports(books: Books, _: str) -> Iterator[Known]:
    yield from (Known(name, each.title) for name, each in models(books.policy).items())


_Offer = Callable[[Books, str], Iterator[Known]]
_BY_KEY: Mapping[str, _Offer] = {
    **dict.fromkeys(("bailleur", "projet"), _donors),
    **dict.fromkeys(("lignes", "de", "vers", "exclues"), _lines),
    **dict.fromkeys(("banque", "autres-banques", "mobile", "prets", "contrepartie-etat", "compte"), _accounts),
    "activites": _activities,
    "modele": _reports,
}
"""By key, what the rules and the books name that fits."""
_BY_WORDS: tuple[tuple[re.Pattern[str], _Offer], ...] = (
    (re.compile(r"[Ii]dentifiants? (?:de la|des) personne|identifiants de mandats\.yaml"), _people),
    (re.compile(r"[Pp]réfixes|[Nn]atures SYCEBNL|[Dd]ébuts de numéros"), _numbers),
    (re.compile(r"compte du grand livre"), _accounts),
)
"""By what the schema says of it, the same."""
