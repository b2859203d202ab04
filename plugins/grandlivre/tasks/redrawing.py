"""An extract drawn before, drawn again after an edit of ordinary month files: those files alone, word for word as the whole would give.

What the first drawing knew is kept as plain data (`Notes`). Whatever these do not answer for, the whole is drawn again: another kind of
directive, an account they do not know, a file that comes or goes, a rule, a visa, a closing's paper, a typing trap.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core import account as account_types
from beancount.core import data
from beancount.parser import parser

from grandlivre.books.documents import DocumentFolder, is_document_key
from grandlivre.sources.audit import is_harmless
from grandlivre.sources.files import read
from grandlivre.sources.typing_traps import declared_names, traps_in
from grandlivre.tasks.extracted_rules import words
from grandlivre.writing import LedgerText, WriteError, pending

NAME = "EXTRAIT.json"
_STATE = re.compile(rb"[ \t]*(?:option|pushtag|poptag|pushmeta|popmeta)\b")
"""What stands between directives and changes how they are read."""
_ODD = re.compile(rb'(?m)^[ \t]*(?:option(?![ \t]+"name_[a-z]+")|plugin|include|pushtag|poptag|pushmeta|popmeta)\b')
"""What an ordinary file does not hold; the names of roots it repeats are judged as a typing trap."""
_OF_AN_ACCOUNT = frozenset(("pv-caisse", "releve"))
"""The kinds of `custom` that are of the tree of the account they name first."""
_KEPT_APART = ("visas", "releves", "recits")
"""Folders of the books whose files go into an extract as they are."""


class Page(NamedTuple):
    """What an extract holds of one file of the books."""

    ordinary: bool
    """Whether an edit of the file can be followed: it holds no closing."""
    papers: tuple[str, ...] = ()
    """The documents that the tree's own name there, sorted."""
    drawn: bool = False
    """Whether something of it is the tree's."""
    others: Mapping[str, bool] = {}
    """The directives but entries, counts and statements of one tree, by the digest of their text: whether they are the tree's.

    They may stand elsewhere in the file after an edit; none of them may come, change or go.
    """


class Notes(NamedTuple):
    """What a drawing knew."""

    tree: str
    accounts: Mapping[str, str]
    """The tree of each account, in lower case; "" of nobody's."""
    pages: Mapping[str, Page]
    """By path from ledger/, every file of the books but the entry point."""
    manifests: tuple[str, ...]
    """The manifests of closings, by path from ledger/."""
    numbers: tuple[str, ...]
    """The tax numbers of rules/fournisseurs.yaml: a row stays while the extract says its number."""
    errors: int

    def as_json(self) -> str:
        """As a text."""
        return json.dumps(self, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Notes:
        """From that text."""
        tree, accounts, pages, manifests, numbers, errors = json.loads(text)
        known = {path: Page(page[0], tuple(page[1]), *page[2:]) for path, page in pages.items()}
        return cls(tree, accounts, known, tuple(manifests), tuple(numbers), errors)


# What is the tree's -------------------------------------------------------------------------------------------------


def own_tree(entry: Any, accounts: Mapping[str, str]) -> str | None:
    """The one tree of an ordinary directive, in lower case; None for another kind, or where nobody knows."""
    if type(entry) is data.Transaction:
        named = [posting.account for posting in entry.postings]
    elif type(entry) is data.Custom and entry.type in _OF_AN_ACCOUNT:
        named = [value.value for value in entry.values or () if value.dtype == account_types.TYPE][:1]
    else:
        return None
    if not named or not all(name in accounts for name in named):
        return None
    trees = {accounts[name] for name in named} - {""}
    return trees.pop() if len(trees) == 1 else None


def papers_of(entry: Any) -> Iterator[str]:
    """The documents that a directive names, on itself and on its postings."""
    metas = [entry.meta or {}, *((posting.meta or {}) for posting in getattr(entry, "postings", None) or ())]
    for meta in metas:
        for key, value in meta.items():
            if is_document_key(key) and isinstance(value, str) and value.strip():
                yield value.strip()


def texts_of(text: str) -> dict[int, str]:
    """The digest of each directive of a file, by its line. Raises WriteError where a quote is never closed."""
    rows = text.splitlines(keepends=True)
    return {
        each.first + 1: hashlib.sha256("".join(rows[each.first : each.end]).encode()).hexdigest()
        for each in LedgerText(text).directives
    }


def cut_directives(text: str, wanted: Collection[int], added: Callable[[int], Iterable[str]] = lambda _: ()) -> str:
    """A file with the directives that begin on some lines, without the others and without comments.

    `added(line)` says what is written after the directive of a line.
    """
    rows = text.splitlines(keepends=True)
    spans = {each.first: each.end for each in LedgerText(text).directives}
    out: list[str] = []
    number = 0
    while number < len(rows):
        end = spans.get(number)
        if end is None:
            if _STATE.match(rows[number].encode()):
                out.append(rows[number])
            number += 1
            continue
        if number + 1 in wanted:
            out += ["\n", *rows[number:end], *added(number + 1)]
        number = end
    return "".join(out)


# Again --------------------------------------------------------------------------------------------------------------


class Redrawn(NamedTuple):
    """An extract after an edit."""

    notes: Notes
    undo: Callable[[], None]
    """Puts the files back as they were."""


class _Cut(NamedTuple):
    """A file of the books as the extract would hold it."""

    text: str
    page: Page


def redraw(main: Path, folder: Path, notes: Notes, changed: Iterable[str]) -> Redrawn | None:
    """Draws again, in the extract `folder`, what the changed paths give; None, and nothing written, where the whole must be.

    `changed` are all the files and folders of the books and the rules that are not what they were; none came or went.
    """
    parted = None if notes.errors or pending(main.parent.parent) else _parted(main, notes, changed)
    if parted is None:
        return None
    names, papers = parted
    required = declared_names(main.read_bytes())
    cuts: dict[str, _Cut] = {}
    for name in names:
        cut = _cut(main.parent / name, notes, notes.pages[name], required)
        if cut is None or cut.page.drawn != notes.pages[name].drawn:
            return None
        cuts[name] = cut
    after = notes._replace(pages={**notes.pages, **{name: cut.page for name, cut in cuts.items()}})
    if not _is_apart(main, folder, notes, after, cuts):
        return None
    files = {f"ledger/{name}": cut.text.encode() for name, cut in cuts.items() if cut.page.drawn}
    return _written(folder, {**files, **_papers(main, folder, notes, after, papers)}, after)


def _parted(main: Path, notes: Notes, changed: Iterable[str]) -> tuple[list[str], set[str]] | None:
    """The files to cut, by path from ledger/, and the folders of documents in which something changed; None: the whole."""
    names: list[str] = []
    folders: set[str] = set()
    for text in changed:
        path = Path(text)
        if not path.is_relative_to(main.parent):
            return None
        name = path.relative_to(main.parent).as_posix()
        first, _, inner = name.partition("/")
        page = notes.pages.get(name)
        if page is not None:
            if not page.ordinary:
                return None
            names.append(name)
        elif not path.is_dir() or first in _KEPT_APART:
            return None
        elif first == "documents":
            folders.add(inner)
    return names, folders


def _cut(path: Path, notes: Notes, page: Page, required: Mapping[str, str]) -> _Cut | None:
    """A file as the extract would hold it; None where it is not ordinary."""
    file = read(path)
    if file.problem is not None or _ODD.search(file.data) or not is_harmless(file) or traps_in(file, required):
        return None
    entries, errors, _ = parser.parse_string(file.data, report_filename=str(path))
    try:
        text = file.data.decode("utf-8")
        kept = None if errors else _kept(entries, texts_of(text), notes, page)
    except (WriteError, UnicodeDecodeError):
        return None
    if kept is None:
        return None
    papers = tuple(sorted({paper for entry in kept for paper in papers_of(entry)}))
    cut = cut_directives(text, {entry.meta["lineno"] for entry in kept})
    return _Cut(cut, Page(True, papers, bool(kept), page.others))


def _kept(entries: Iterable[Any], texts: Mapping[int, str], notes: Notes, page: Page) -> list[Any] | None:
    """The directives of a file that are the tree's; None where one is neither ordinary nor known."""
    kept, met = [], set()
    for entry in entries:
        tree = own_tree(entry, notes.accounts)
        if tree is None:
            text = texts.get(entry.meta["lineno"], "")
            if text not in page.others or text in met:
                return None
            met.add(text)
        if tree == notes.tree.lower() or (tree is None and page.others[text]):
            kept.append(entry)
    return kept if met == page.others.keys() else None


def _is_apart(main: Path, folder: Path, before: Notes, after: Notes, cuts: Mapping[str, _Cut]) -> bool:
    """Whether neither the rules of suppliers nor the manifests of closings of the extract hang on what changed."""
    numbers = set(before.numbers)
    for name, cut in cuts.items() if numbers else ():
        former = folder / "ledger" / name
        said = words([former.read_text(encoding="utf-8")]) if before.pages[name].drawn else frozenset()
        if numbers & (said ^ (words([cut.text]) if cut.page.drawn else frozenset())):
            return False
    moved = _named(before) ^ _named(after)
    if not moved:
        return True
    sealed = {
        row.rpartition("\t")[2]
        for name in before.manifests
        for row in (main.parent / name).read_text(encoding="utf-8").splitlines()
    }
    return not moved & sealed


def _named(notes: Notes) -> set[str]:
    return {paper for page in notes.pages.values() for paper in page.papers}


def _papers(main: Path, folder: Path, before: Notes, after: Notes, changed: Collection[str]) -> dict[str, bytes | None]:
    """The documents that come, that changed in a folder where something did, and (None) that go, by path in the extract."""
    documents = DocumentFolder(main.parent / "documents")
    one, other = _named(before), _named(after)
    found: dict[str, bytes | None] = {f"ledger/documents/{paper}": None for paper in one - other if _is_inside(paper)}
    looked = other if changed else other - one
    for paper in looked:
        if not _is_inside(paper) or (paper in one and paper.rpartition("/")[0] not in changed):
            continue
        name = f"ledger/documents/{paper}"
        held = documents.place(paper).read_bytes() if documents.size(paper) is not None else None
        drawn = folder / name
        if held != (drawn.read_bytes() if drawn.is_file() else None):
            found[name] = held
    return found


def _is_inside(paper: str) -> bool:
    return not DocumentFolder.escapes(paper)


def _written(folder: Path, files: Mapping[str, bytes | None], after: Notes) -> Redrawn:
    """The files put in their place, each at once, and the list of them."""
    place = folder / NAME
    told = json.loads(place.read_bytes())
    for name, content in files.items():
        if content is None:
            told["fichiers"].pop(name, None)
        else:
            told["fichiers"][name] = hashlib.sha256(content).hexdigest()
    told["fichiers"] = dict(sorted(told["fichiers"].items()))
    whole = {**files, NAME: (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()}
    former = {name: (folder / name).read_bytes() if (folder / name).is_file() else None for name in whole}

    def put(contents: Mapping[str, bytes | None]) -> None:
        for name, content in contents.items():
            _put(folder / name, content)

    put(whole)
    return Redrawn(after, lambda: put(former))


def _put(place: Path, content: bytes | None) -> None:
    if content is None:
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    other = place.with_name(f".{place.name}.tmp")
    other.write_bytes(content)
    os.replace(other, place)  # noqa: PTH105 - as everywhere a file takes the place of another
