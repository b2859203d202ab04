"""The page of a voucher, of any other act of the books, and the list of vouchers that leads to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response, request

from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.books.purchases import Payment
from grandlivre.books.records import Entry, Place
from grandlivre.policy.sycebnl import STATED
from grandlivre.reports import dashboard
from grandlivre.reports.holdings import HELD, holdings, together
from grandlivre.reports.kit.wording import amount_in_words
from grandlivre.sources.problem import RefusedError
from grandlivre.viewer import fava_adapter, guard, refusals
from grandlivre.viewer.acts import act
from grandlivre.viewer.fava_adapter import endpoint
from grandlivre.viewer.frame import PAGES, Page, View
from grandlivre.viewer.life import past
from grandlivre.viewer.links import Links
from grandlivre.viewer.rights import may
from grandlivre.viewer.routes import RequestKind
from grandlivre.viewer.voucher import VoucherRow, charged, entry_at, matches, moving, rows, spent_on, voucher

SHOWN = 200
"""Vouchers of a list shown at once; the search finds the others."""
_SHOWN_IN_PAGE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
"""A scan may stand inside our own page."""
_UNKNOWN = "Cette pièce n'est pas dans les livres : elle a pu changer de numéro ou de ligne. Cherchez-la dans la liste."


class Piece(Page):
    """A voucher with its scan; without an address of one, the list of vouchers."""

    report_title = "Pièces"
    template = "piece.html"
    filtered = False
    has_js_module = True

    def address_of(self, directive: Any) -> str:
        """The page of one of Fava's directives."""
        meta = directive.meta
        return Links(self.loaded).place(Place.of(meta))

    def facts(self, view: View) -> dict[str, Any]:
        """One voucher, one other act, or a list."""
        place, entry = self._wanted(view)
        shared = {"back": self._back(), "edits": may(RequestKind.WRITE) and may(RequestKind.SOURCE), "place": place}
        shared["texts"] = may(RequestKind.TEXT)
        if entry is not None:
            found = voucher(view.loaded, entry)
            told = {"words": amount_in_words(found.amount), "past": past(view.loaded.books, entry)}
            return {**shared, "shows": "piece", "voucher": found, **told}
        if place is not None:
            directive = view.loaded.directive_at(place)
            if directive is not None:
                return {**shared, "shows": "acte", "act": act(view.loaded.books, directive), **self._said(view, place)}
            return {**shared, "shows": "ligne", **self._said(view, place)}
        return {**shared, "shows": "liste", **self._list(view)}

    @staticmethod
    def _said(view: View, place: Place) -> dict[str, Any]:
        """What the controls say of a line."""
        findings = [each for each in view.loaded.inspection.findings if (each.file, each.line) == tuple(place)]
        return {"findings": findings, "where": f"{view.loaded.short(place.file)}, ligne {place.line}"}

    def _wanted(self, view: View) -> tuple[Place | None, Entry | None]:
        """The place and the entry an address names: by voucher, by line, or by Fava's own mark of a directive."""
        piece, mark = request.args.get("piece", ""), request.args.get("empreinte", "")
        file, line = request.args.get("fichier", ""), request.args.get("ligne", "")
        if piece:
            known = view.loaded.books.vouchers(piece)
            if len(known) == 1:
                return known[0].place, known[0]
            if not known:
                raise RefusedError(_UNKNOWN)
            return None, None
        if mark:
            place = fava_adapter.place_of(self.ledger, mark)
        elif file:
            place = view.loaded.named(file, int(line)) if line.isdecimal() and len(line) < 10 else None
        else:
            return None, None
        if place is None:
            raise RefusedError(_UNKNOWN)
        directive = view.loaded.directive_at(place)
        if directive is None:
            return place, None
        own = Place.of(directive.meta)
        return own, entry_at(view.loaded.books, own, directive.date)

    # A list -----------------------------------------------------------------------------------------------------

    def _list(self, view: View) -> dict[str, Any]:
        books, args = view.loaded.books, request.args
        asked = self.view().asked
        sought = args.get("cherche", "").strip()
        wanted = _Wanted.of(args, asked.day)
        accounts = _accounts(books, wanted)
        earlier = 0
        if wanted.activity:
            found = spent_on(books, wanted.tree, wanted.activity, asked.start, wanted.day)
        elif wanted.agreement:
            found = charged(books, wanted.tree, wanted.agreement, wanted.day)
            budgets = view.loaded.once(("budgets", asked), lambda: dashboard.budgets(books, asked))
            earlier = _spent_before(budgets, wanted)
        else:
            found = _signed(books, wanted, rows(books, _entries(books, wanted, accounts), frozenset(accounts)))
        summed = accounts or wanted.agreement or wanted.post or wanted.activity
        total = sum(row.amount for row in found) + earlier if summed else None
        if sought:
            found = [row for row in found if matches(books, row.entry, sought)]
        return {
            "rows": found[:SHOWN],
            "many": len(found),
            "total": total,
            "earlier": earlier,
            "sought": sought,
            "tree": wanted.tree,
            "chosen": {name: args[name] for name in ("numeros", "poste", "convention", "activite") if args.get(name)},
            "accounts": accounts,
            "trees": sorted(books.trees),
            "double": wanted.piece,
            "day": wanted.day,
            "asked": asked,
        }

    # Files and the way back -------------------------------------------------------------------------------------

    @endpoint("document")
    def document(self) -> Response:
        """A file of the folder of documents, shown inside our page where a browser can."""
        ledger, wanted = self.ledger, request.args.get("chemin", "")
        folder = DocumentFolder(Path(ledger.beancount_file_path).parent / "documents")
        path = str(folder.place(wanted))
        if not may(RequestKind.VOUCHER) or not guard.is_voucher(ledger, path):
            return Response(refusals.page("Cette pièce n'est pas dans le dossier des documents."), 404)
        response = guard.send_voucher(path)
        if response.headers.get("Content-Disposition", "").startswith("inline"):
            response.headers["Content-Security-Policy"] = _SHOWN_IN_PAGE
        return response

    @staticmethod
    def _back() -> tuple[str, str] | None:
        """(address, name) of the page the reader comes from, when it is one of this viewer."""
        came = urlsplit(request.referrer or "")
        slug = f"/{request.path.strip('/').split('/')[0]}/"
        if came.netloc != request.host or not came.path.startswith(slug) or "/extension/Piece/" in came.path:
            return None
        name = next((label for key, label in PAGES if f"/extension/{key}/" in came.path), "la page précédente")
        return f"{came.path}{'?' + came.query if came.query else ''}", name


class _Wanted(NamedTuple):
    """The list an address asks for; "" for what it leaves out."""

    tree: str
    piece: str
    """A voucher number that several entries carry."""
    numbers: str
    """The beginnings of account numbers, between commas."""
    post: str
    """A figure of treasury."""
    agreement: str
    activity: str
    """An activity of the tree's programme."""
    day: date
    """The last day shown."""

    @classmethod
    def of(cls, args: Mapping[str, str], day: date) -> _Wanted:
        """What the words of an address ask for."""

        def said(name: str) -> str:
            return args.get(name, "")

        tree, piece, numbers, post = said("arbre"), said("piece"), said("numeros"), said("poste")
        return cls(tree, piece, numbers, post, said("convention"), said("activite"), day)


_POSTS = {
    "disponible": ("bank", "till", "mobile", "transit"),
    "engage": ("debts",),
    "a-signer": (),
    "net": HELD,
    "banque": ("bank",),
    "caisse": ("till",),
    "mobile": ("mobile",),
    "transit": ("transit",),
    "avances": ("advances",),
    "creances": ("receivables",),
}
"""The figures of treasury, by what addresses call them, and the parts of what is held that make them."""


def _accounts(books: Books, wanted: _Wanted) -> list[str]:
    """The accounts that a list is about: of some numbers, or of a figure of treasury; none for all entries."""
    trees = [each for each in books.trees if wanted.tree in ("", each)]
    if wanted.post in _POSTS:
        held = together(holdings(books, each, wanted.day) for each in trees)
        return list(dict.fromkeys(name for part in _POSTS[wanted.post] for name in getattr(held, part).accounts))
    if wanted.numbers:
        return [account.name for each in trees for account in books.tree_accounts(each, *wanted.numbers.split(","))]
    return []


def _entries(books: Books, wanted: _Wanted, accounts: Sequence[str]) -> Sequence[Entry]:
    """The entries of a list, the latest first."""
    if accounts:
        return [each for each in moving(books, accounts) if each.date <= wanted.day]
    if wanted.post:
        return ()
    if wanted.piece:
        return books.vouchers(wanted.piece)
    own = (each for each in reversed(books.entries) if not wanted.tree or wanted.tree in each.trees)
    return [each for each in own if each.date <= wanted.day]


def _spent_before(budgets: Iterable[dashboard.BudgetState], wanted: _Wanted) -> int:
    """What an agreement had spent before the books began."""
    own = [each for each in budgets if each.tree == wanted.tree and each.agreement.id == wanted.agreement]
    return sum(line.earlier for each in own for line in each.execution.lines)


def _signed(books: Books, wanted: _Wanted, found: list[VoucherRow]) -> list[VoucherRow]:
    """The rows of a figure: a payment that awaits its signatures has not left, and is committed (reports/holdings.py)."""
    if wanted.post not in ("disponible", "engage", "a-signer"):
        return found
    waits = _unsigned(books, wanted)
    others = [row for row in found if row.entry.place not in waits]
    if wanted.post == "disponible":
        return others
    own = {row.entry.place: row.amount for row in found}
    sign = -1 if wanted.post == "engage" else 1
    prepared = rows(books, [payment.entry for payment in waits.values()])
    prepared = [
        row._replace(amount=sign * waits[row.entry.place].amount + own.get(row.entry.place, 0)) for row in prepared
    ]
    return sorted((*prepared, *others), key=lambda row: row.entry.sort_key, reverse=True)


def _unsigned(books: Books, wanted: _Wanted) -> dict[Place, Payment]:
    """The payments that await their signatures."""
    return {
        payment.entry.place: payment
        for payment in books.payments(STATED)
        if payment.awaits_signature and payment.entry.date <= wanted.day and wanted.tree in ("", payment.account.tree)
    }
