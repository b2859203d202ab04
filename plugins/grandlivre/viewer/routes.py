"""What each address of Fava does, and which of them a profile of readers may use.

The table is complete on purpose: an address that is not in it is refused, and a test compares it with the addresses of
the installed Fava.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class RequestKind(Enum):
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
    SIGN = "sign"
    """Asks for a signature, brings one, refuses, proposes a key: for who signs (the page « À signer »)."""


_API = {
    RequestKind.READ: (
        "account_report balance_sheet changed commodities context documents errors events help income_statement "
        "journal journal_page ledger_data narration_transaction narrations payee_accounts payee_transaction statistics "
        "source_slice trial_balance"
    ),
    RequestKind.QUERY: "query",
    RequestKind.SOURCE: "extract imports options source",
}
_API_WRITES = (
    "delete_document delete_source_slice put_add_document put_add_entries put_attach_document put_format_source "
    "put_move put_source put_source_slice put_upload_import_file"
)

KINDS: dict[str, RequestKind] = {
    "account": RequestKind.PAGE,
    "document": RequestKind.VOUCHER,
    "download_journal": RequestKind.SOURCE,
    "download_query": RequestKind.QUERY,
    "extension_endpoint": RequestKind.READ,
    "extension_js_module": RequestKind.ASSET,
    "extension_report": RequestKind.PAGE,
    "help_page": RequestKind.PAGE,
    "holdings_by": RequestKind.PAGE,
    "index": RequestKind.PAGE,
    "jump": RequestKind.MOVE,
    "report": RequestKind.PAGE,
    "statement": RequestKind.VOUCHER,
    "static": RequestKind.ASSET,
    **{f"json_api.get_{name}": kind for kind, names in _API.items() for name in names.split()},
    **{f"json_api.{name}": RequestKind.WRITE for name in _API_WRITES.split()},
}
"""Flask's endpoint → what it does. An endpoint of the extension that is not a GET counts as WRITE."""


SIGNING = "ASigner"
"""The page whose doors are signatures; its figures are read as any other's."""
_SOURCE_PAGES = {"editor", "import", "options"}


def kind_of(endpoint: str, method: str, arguments: Mapping[str, Any]) -> RequestKind | None:
    """What a request does; None for an address that nobody classified. `arguments` are the parts of its path."""
    if endpoint == "extension_endpoint" and method not in {"GET", "HEAD", "OPTIONS"}:
        return RequestKind.SIGN if arguments.get("extension_name") == SIGNING else RequestKind.WRITE
    if endpoint == "report" and arguments.get("report_name") in _SOURCE_PAGES:
        return RequestKind.SOURCE
    return KINDS.get(endpoint)


@dataclass(frozen=True)
class Profile:
    """A kind of reader and what is open to them."""

    name: str
    allowed: frozenset[RequestKind]

    def reading_only(self) -> Profile:
        """The same reader, who changes nothing and sees entries, but neither whole files nor where they lie."""
        return Profile(self.name, self.allowed - {RequestKind.WRITE, RequestKind.SIGN, RequestKind.SOURCE})


PROFILES = {"local": Profile("local", frozenset(RequestKind))}
"""`local`: the accountant on their own machine, who also edits."""
