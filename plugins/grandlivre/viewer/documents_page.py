"""The page « Documents »: what lacks its file first, then the files of the books, month by month, each with what it proves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from heapq import merge
from itertools import groupby, islice
from typing import Any, NamedTuple

from flask import request

from grandlivre.books.documents import is_document_key
from grandlivre.books.records import Entry, Place
from grandlivre.checks.missing_voucher import MissingVoucher
from grandlivre.policy.people import folded
from grandlivre.policy.periods import Period
from grandlivre.reports.asked import Asked
from grandlivre.viewer import controls, papers, shelf
from grandlivre.viewer.acts import KINDS, act
from grandlivre.viewer.frame import Page, View
from grandlivre.viewer.journal_page import filter_of
from grandlivre.viewer.papers import Paper
from grandlivre.viewer.state import Loaded
from grandlivre.viewer.voucher import matches, person_in_words

SHOWN = 100
"""Rows of a page."""
MISSING = 40
"""What lacks its file, shown at once; the controls list it all."""


class Proof(NamedTuple):
    """An entry or a directive, and the files it names."""

    date: date
    place: Place
    piece: str
    title: str
    what: str
    """What it is for, when the title does not say it."""
    tree: str
    papers: tuple[Paper, ...]


class Month(NamedTuple):
    """What a month holds, the latest first."""

    label: str
    rows: tuple[Proof, ...]


class Shelf(NamedTuple):
    """A page of the list."""

    months: tuple[Month, ...]
    many: int
    """Rows of this page."""
    older: bool
    """Whether earlier ones are on the next page."""


def shelf_of(loaded: Loaded, asked: Asked, sought: str, after: int) -> Shelf:
    """The files of some days and projects, from a rank on."""
    every = merge(_entries(loaded, asked, sought), _acts(loaded, asked, sought), key=lambda row: row.date, reverse=True)
    found = list(islice(every, after, after + SHOWN + 1))
    rows = found[:SHOWN]
    months = tuple(
        Month(month.label, tuple(own)) for month, own in groupby(rows, key=lambda row: Period.month(row.date))
    )
    return Shelf(months, len(rows), len(found) > SHOWN)


def _entries(loaded: Loaded, asked: Asked, sought: str) -> Iterator[Proof]:
    """The entries that name files, the latest first."""
    books, trees = loaded.books, set(asked.trees)
    for entry in reversed(books.entries):
        if not asked.start <= entry.date <= asked.day or trees.isdisjoint(entry.trees) or not _names_files(entry):
            continue
        if sought and not matches(books, entry, sought):
            continue
        title = person_in_words(books, entry.payee) or entry.narration or "Sans libellé"
        what = entry.narration if title != entry.narration else ""
        tree = ", ".join(entry.trees)
        yield Proof(entry.date, entry.place, entry.piece, title, what, tree, papers.of_entry(books, entry))


def _names_files(entry: Entry) -> bool:
    if any(is_document_key(key) for key in entry.form.keys):
        return True
    return entry.annotated and any(is_document_key(key) for each in entry.movements for key in each.meta)


def _acts(loaded: Loaded, asked: Asked, sought: str) -> Iterator[Proof]:
    """The meetings, quotes, counts, statements… that name files, the latest first."""
    for directive in loaded.once("filed acts", lambda: _filed(loaded)):
        if not asked.start <= directive.date <= asked.day:
            continue
        place = Place.of(directive.meta)
        tree = loaded.tree_at(place.file)
        if tree and tree not in asked.trees:
            continue
        found = act(loaded.books, directive)
        title = f"{found.kind} : {found.title}" if found.title != found.kind else found.kind
        if not sought or all(word in folded(title) for word in folded(sought).split()):
            own = papers.once(papers.named(loaded.books, directive.meta))
            yield Proof(directive.date, place, "", title, "", tree, own)


def _filed(loaded: Loaded) -> list[Any]:
    """The directives of ours that name files, the latest first."""
    own = [each for each in loaded.entries if getattr(each, "type", "") in KINDS]
    filed = [each for each in own if any(is_document_key(key) for key in each.meta)]
    return sorted(filed, key=lambda each: each.date, reverse=True)


class Documents(Page):
    """The files behind the books, in the place of Fava's own list."""

    report_title = "Documents"
    template = "documents.html"

    def facts(self, view: View) -> dict[str, Any]:
        """What is missing, and a page of what there is."""
        args, loaded = request.args, view.loaded
        after = args.get("suite", "")
        rank = int(after) if after.isdecimal() and len(after) < 8 else 0
        sought = args.get("cherche", "").strip()
        found = shelf_of(loaded, view.asked, sought, rank)
        concerned = controls.concerned(loaded.inspection.findings, view.asked, loaded.tree_of, view.timed)
        chosen = controls.FilterChoice(rule=MissingVoucher.id)
        groups = controls.groups(concerned, chosen)
        missing = groups[0].findings if groups else ()
        return {
            "shelf": found,
            "missing": missing[:MISSING],
            "missing_many": len(missing),
            "rule": MissingVoucher.id,
            "sought": sought,
            "rank": rank,
            "step": SHOWN,
            "time": args.get("time", ""),
            "tree": args.get("account", ""),
            "periods": [(filter_of(each), each.label) for each in shelf.periods(loaded.books)],
        }
