"""The page of a voucher, of any other act of the books, and the list of vouchers that leads to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request

from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place
from grandlivre.policy.people import folded
from grandlivre.policy.sycebnl import STATED
from grandlivre.reports.holdings import HELD, holdings, together
from grandlivre.reports.kit.wording import amount_in_words
from grandlivre.sources.problem import RefusedError
from grandlivre.viewer import dashboards, fava_adapter, guard, refusals
from grandlivre.viewer.acts import act
from grandlivre.viewer.fava_adapter import endpoint
from grandlivre.viewer.frame import PAGES, Page, View
from grandlivre.viewer.links import Links
from grandlivre.viewer.rights import may
from grandlivre.viewer.routes import RequestKind
from grandlivre.viewer.voucher import VoucherRow, charged, entry_at, moving, rows, voucher

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
        return Links(self.loaded).place(Place(str(meta.get("filename", "")), int(meta.get("lineno", 0))))

    def facts(self, view: View) -> dict[str, Any]:
        """One voucher, one other act, or a list."""
        place, entry = self._wanted(view)
        shared = {"back": self._back(), "edits": may(RequestKind.WRITE) and may(RequestKind.SOURCE), "place": place}
        if entry is not None:
            found = voucher(view.loaded, entry)
            return {**shared, "shows": "piece", "voucher": found, "words": amount_in_words(found.amount)}
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
        directive = view.loaded.directive_at(Place(*place))
        if directive is None:
            return Place(*place), None
        own = Place(str(directive.meta.get("filename", "")), int(directive.meta.get("lineno", 0)))
        return own, entry_at(view.loaded.books, own, directive.date)

    # A list -----------------------------------------------------------------------------------------------------

    def _list(self, view: View) -> dict[str, Any]:
        books, args = view.loaded.books, request.args
        asked = self.view().asked
        day, earlier = asked.day, 0
        sought, piece, tree = args.get("cherche", "").strip(), args.get("piece", ""), args.get("arbre", "")
        post = args.get("poste", "")
        accounts = _accounts(books, tree, args.get("numeros", ""), post, day)
        agreement = args.get("convention", "")
        if agreement:
            found = charged(books, tree, agreement, day)
            budgets = view.loaded.once(("budgets", asked), lambda: dashboards.budgets(books, asked))
            own = [each for each in budgets if each.tree == tree and each.agreement.id == agreement]
            earlier = sum(line.earlier for each in own for line in each.execution.lines)
        else:
            entries = _entries(books, tree, piece, accounts, day) if accounts or not post else []
            found = rows(books, entries, frozenset(accounts))
            found = _signed(books, tree, post, day, found)
        total = sum(row.amount for row in found) + earlier if accounts or agreement or post else None
        if sought:
            found = [row for row in found if _matches(books, row, sought)]
        return {
            "rows": found[:SHOWN],
            "many": len(found),
            "total": total,
            "earlier": earlier,
            "sought": sought,
            "tree": tree,
            "chosen": {name: args[name] for name in ("numeros", "poste", "convention") if args.get(name)},
            "accounts": accounts,
            "trees": sorted(books.trees),
            "double": piece,
            "day": day,
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


def _accounts(books: Books, tree: str, numbers: str, post: str, day: date) -> list[str]:
    """The accounts that a list is about: of some numbers, or of a figure of treasury; none for all entries."""
    trees = [each for each in books.trees if not tree or each == tree]
    if post in _POSTS:
        held = together(holdings(books, each, day) for each in trees)
        return list(dict.fromkeys(name for part in _POSTS[post] for name in getattr(held, part).accounts))
    if numbers:
        return [account.name for each in trees for account in books.tree_accounts(each, *numbers.split(","))]
    return []


def _entries(books: Books, tree: str, piece: str, accounts: Sequence[str], day: date) -> Sequence[Entry]:
    """The entries of a list, the latest first."""
    if accounts:
        return [each for each in moving(books, accounts) if each.date <= day]
    if piece:
        return books.vouchers(piece)
    return [each for each in reversed(books.entries) if (not tree or tree in each.trees) and each.date <= day]


def _signed(books: Books, tree: str, post: str, day: date, found: list[VoucherRow]) -> list[VoucherRow]:
    """The rows of a figure: a payment that awaits its signatures has not left, and is committed (reports/holdings.py)."""
    if post not in ("disponible", "engage", "a-signer"):
        return found
    waits = {
        payment.entry.place: (payment.entry, payment.amount)
        for payment in books.payments(STATED)
        if payment.awaits_signature and payment.entry.date <= day and (not tree or payment.account.tree == tree)
    }
    if post == "disponible":
        return [row for row in found if row.entry.place not in waits]
    own = {row.entry.place: row.amount for row in found} if post == "engage" else {}
    sign = -1 if post == "engage" else 1
    prepared = rows(books, [entry for entry, _ in waits.values()])
    prepared = [row._replace(amount=sign * waits[row.entry.place][1] + own.get(row.entry.place, 0)) for row in prepared]
    others = [row for row in found if row.entry.place not in waits] if post == "engage" else []
    return sorted((*prepared, *others), key=lambda row: row.entry.sort_key, reverse=True)


def _matches(books: Books, row: VoucherRow, sought: str) -> bool:
    """Whether a voucher holds the words sought, or is of the amount sought."""
    entry = row.entry
    digits = "".join(sought.split()).replace("\u202f", "")
    if digits.isdecimal() and any(abs(movement.value) == int(digits[:15]) for movement in entry.movements):
        return True
    told = folded(" ".join((entry.piece, row.title, entry.payee, entry.narration, entry.text("facture"))))
    return all(word in told for word in folded(sought).split())
