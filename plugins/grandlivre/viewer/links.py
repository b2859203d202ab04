"""Where figures lead: a list of ours, a voucher's page, a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from grandlivre.books.records import Entry, Place
from grandlivre.viewer import fava_adapter
from grandlivre.viewer.state import Loaded

_NAMED = 30
"""Accounts that an address can name."""


class Links:
    """Addresses within the books of the current request; the reader's filters are kept unless said otherwise."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded

    def page(self, name: str, **parameters: Any) -> str:
        """One of our pages."""
        return fava_adapter.url_for("extension_report", extension_name=name, **parameters)

    def download(self, name: str, endpoint: str, **parameters: Any) -> str:
        """What a page of ours gives as a file."""
        bare = dict.fromkeys(("time", "account", "filter", "conversion", "interval"))
        folder = fava_adapter.url_for("extension_report", extension_name=name, **bare)
        return f"{folder}{endpoint}?{urlencode(parameters)}" if parameters else f"{folder}{endpoint}"

    def accounts(self, names: Sequence[str], **more: Any) -> str:
        """The movements of some accounts, with their balance; of their whole project when they are too many to name."""
        if len(names) > _NAMED:
            return self.page("Journal", **{"account": names[0].split(":")[1], "filter": None, **more})
        return self.page("Journal", **{"account": None, "filter": None, "compte": tuple(names), **more})

    def raw_journal(self, names: Sequence[str]) -> str:
        """Fava's own page of one account, or its journal: the accountant's."""
        if len(names) == 1:
            return fava_adapter.url_for("account", name=names[0], account=None, filter=None)
        return fava_adapter.url_for("report", report_name="journal")

    def accounts_of(self, tree: str, prefixes: tuple[str, ...]) -> str:
        """The movements of a tree's accounts of some numbers."""
        return self.accounts([account.name for account in self.loaded.books.tree_accounts(tree, *prefixes)])

    def at(self, place: tuple[str, int]) -> str:
        """The page of what stands on a line."""
        return self.place(Place(*place))

    def entry(self, entry: Entry) -> str:
        """The page of an entry: by its voucher, or by its line when several carry it."""
        if entry.piece and len(self.loaded.books.vouchers(entry.piece)) == 1:
            return self.page("Piece", piece=entry.piece)
        return self.place(entry.place)

    def place(self, place: Place) -> str:
        """The page of what stands on a line."""
        return self.page("Piece", fichier=self.loaded.short(place.file), ligne=place.line)

    def paper(self, path: str) -> str:
        """A file of the folder of documents."""
        return self.download("Piece", "document", chemin=path)

    def entries(self, **choice: Any) -> str:
        """A list of vouchers: `arbre` and `numeros` choose the accounts that they move."""
        return self.page("Piece", account=None, **choice)

    def editor(self, place: Place) -> str:
        """The line in the editor."""
        return fava_adapter.url_for(
            "report", report_name="editor", file_path=place.file, line=place.line, time=None, account=None, filter=None
        )
