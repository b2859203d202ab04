"""What each address of Fava does, and which of them a profile of readers may use.

The table is complete on purpose: an address that is not in it is refused, and a test compares it with the addresses of
the installed Fava.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What happens behind an address."""

    PAGE = "page"
    """A whole page, that a link from elsewhere may open."""
    ASSET = "asset"
    """Scripts, styles, fonts."""
    READ = "read"
    """Figures and entries."""
    QUERY = "query"
    """A query typed by the reader."""
    VOUCHER = "voucher"
    """A file of the documents folder."""
    SOURCE = "source"
    """Whole files of the books, absolute paths, options."""
    MOVE = "move"
    """Leads elsewhere without showing anything."""
    WRITE = "write"
    """Changes the books or a file."""


_API = {
    Kind.READ: (
        "account_report balance_sheet changed commodities context documents errors events help income_statement "
        "journal journal_page ledger_data narration_transaction narrations payee_accounts payee_transaction statistics "
        "source_slice trial_balance"
    ),
    Kind.QUERY: "query",
    Kind.SOURCE: "extract imports options source",
}
_API_WRITES = (
    "delete_document delete_source_slice put_add_document put_add_entries put_attach_document put_format_source "
    "put_move put_source put_source_slice put_upload_import_file"
)

KINDS: dict[str, Kind] = {
    "account": Kind.PAGE,
    "document": Kind.VOUCHER,
    "download_journal": Kind.SOURCE,
    "download_query": Kind.QUERY,
    "extension_endpoint": Kind.READ,
    "extension_js_module": Kind.ASSET,
    "extension_report": Kind.PAGE,
    "help_page": Kind.PAGE,
    "holdings_by": Kind.PAGE,
    "index": Kind.PAGE,
    "jump": Kind.MOVE,
    "report": Kind.PAGE,
    "statement": Kind.VOUCHER,
    "static": Kind.ASSET,
    **{f"json_api.get_{name}": kind for kind, names in _API.items() for name in names.split()},
    **{f"json_api.{name}": Kind.WRITE for name in _API_WRITES.split()},
}
"""Flask's endpoint → what it does. An endpoint of the extension that is not a GET counts as WRITE."""


_SOURCE_PAGES = {"editor", "import", "options"}


def kind_of(endpoint: str, method: str, arguments: Mapping[str, Any]) -> Kind | None:
    """What a request does; None for an address that nobody classified. `arguments` are the parts of its path."""
    if endpoint == "extension_endpoint" and method not in {"GET", "HEAD", "OPTIONS"}:
        return Kind.WRITE
    if endpoint == "report" and arguments.get("report_name") in _SOURCE_PAGES:
        return Kind.SOURCE
    return KINDS.get(endpoint)


@dataclass(frozen=True)
class Profile:
    """A kind of reader and what is open to them."""

    name: str
    allowed: frozenset[Kind]

    def reading_only(self) -> Profile:
        """The same reader, who changes nothing and sees entries, but neither whole files nor where they lie."""
        return Profile(self.name, self.allowed - {Kind.WRITE, Kind.SOURCE})


PROFILES = {"local": Profile("local", frozenset(Kind))}
"""`local`: the accountant on their own machine, who also edits."""
