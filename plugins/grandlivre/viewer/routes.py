"""What each address does, Fava's and ours, and which of them each role may use.

The table is complete on purpose: an address that is not in it is refused, and a test walks every address of the
application, in every role, by every method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from grandlivre.viewer.readers import Role


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
    TEXT = "text"
    """The text of one entry, as it stands in its file."""
    SOURCE = "source"
    """Whole files of the books, absolute paths, options."""
    MOVE = "move"
    """Leads elsewhere without showing anything."""
    WRITE = "write"
    """Changes the books or a file, by Fava's own means."""
    ENTER = "enter"
    """Guided entry: its page, and what it writes."""
    SIGN = "sign"
    """What the signature book writes: a signature, a refusal, a key that is proposed."""


WRITING = frozenset((RequestKind.WRITE, RequestKind.ENTER, RequestKind.SIGN))
"""What changes the books: a form's token is asked for where there are accounts."""


_API = {
    RequestKind.READ: (
        "account_report balance_sheet changed commodities documents errors events help income_statement "
        "journal journal_page ledger_data narration_transaction narrations payee_accounts payee_transaction statistics "
        "trial_balance"
    ),
    RequestKind.TEXT: "context source_slice",
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
    "grandlivre_arrivee": RequestKind.ENTER,
    "grandlivre_saisie": RequestKind.ENTER,
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

OWN_PAGES = {
    "Saisir": RequestKind.ENTER,
}
"""Pages of ours that not everybody may open → what for. What their doors write is of that kind too."""
OWN_DOORS = {
    "ASigner": RequestKind.SIGN,
}
"""Pages that everybody may open, and whose doors write → of which kind."""

_REPORT_PAGES = {
    "editor": RequestKind.SOURCE,
    "import": RequestKind.SOURCE,
    "options": RequestKind.SOURCE,
    "query": RequestKind.QUERY,
}
"""Fava's pages that are more than figures."""


def kind_of(endpoint: str, method: str, arguments: Mapping[str, Any]) -> RequestKind | None:
    """What a request does; None for an address that nobody classified. `arguments` are the parts of its path."""
    if endpoint == "extension_endpoint" and method not in {"GET", "HEAD", "OPTIONS"}:
        return {**OWN_PAGES, **OWN_DOORS}.get(str(arguments.get("extension_name")), RequestKind.WRITE)
    if endpoint == "report":
        return _REPORT_PAGES.get(str(arguments.get("report_name")), RequestKind.PAGE)
    return KINDS.get(endpoint)


def asked_for(endpoint: str, method: str, arguments: Mapping[str, Any]) -> frozenset[RequestKind]:
    """The rights that a request needs, all of them; none for an address that nobody classified."""
    kind = kind_of(endpoint, method, arguments)
    if kind is None:
        return frozenset()
    shown = endpoint in ("extension_report", "extension_endpoint")  # Fava asks for every page's script on any page
    own = OWN_PAGES.get(str(arguments.get("extension_name"))) if shown else None
    return frozenset((kind,)) if own is None else frozenset((kind, own))


@dataclass(frozen=True)
class Profile:
    """A way of serving the books, and what is open to whom."""

    name: str
    rights: Mapping[Role, frozenset[RequestKind]]

    def allowed(self, role: Role) -> frozenset[RequestKind]:
        """What a role may do; nothing for one that this profile does not know."""
        return self.rights.get(role, frozenset())

    def reading_only(self) -> Profile:
        """The same readers, who change nothing and see entries, but neither whole files nor where they lie."""
        closed = WRITING | {RequestKind.SOURCE}
        return Profile(self.name, {role: kinds - closed for role, kinds in self.rights.items()})


_FIGURES = frozenset((RequestKind.PAGE, RequestKind.ASSET, RequestKind.READ, RequestKind.VOUCHER, RequestKind.MOVE))
_TEXTS = frozenset((RequestKind.TEXT, RequestKind.QUERY))
_ORGANISATION = {
    Role.DIRECTION: _FIGURES | {RequestKind.SIGN},
    Role.BOARD: _FIGURES | {RequestKind.SIGN},
    Role.ACCOUNTANT: _FIGURES | _TEXTS | {RequestKind.ENTER, RequestKind.SIGN},  # who holds a mandate: signing_page.py
    Role.AUDITOR: _FIGURES | _TEXTS,
}

PROFILES = {
    "local": Profile("local", {Role.LOCAL: frozenset(RequestKind)}),
    "direction": Profile("direction", _ORGANISATION),
    "bailleur": Profile("bailleur", {Role.DONOR: _FIGURES}),
}
"""`local`: the accountant on their own machine, who also edits. `direction`: people with accounts; a donor has nothing
there. `bailleur`: the process that serves one donor's extract."""
