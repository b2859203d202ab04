"""Every use of Fava: its extension API is unstable, so one module imports it and `tests/test_fava_contract.py` pins it.

Fava's classes are changed in a few named places (`replace_…`), each of which can be repeated without effect.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, ItemsView, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import fava.application
import fava.core
import fava.core.filters
import fava.core.ingest
import fava.internal_api
import fava.json_api
import jinja2
from beancount.core.account import has_component
from fava.beans.abc import Close
from fava.beans.account import get_entry_accounts
from fava.beans.flags import FLAG_UNREALIZED
from fava.beans.funcs import hash_entry
from fava.context import g
from fava.core import EntryNotFoundForHashError, FavaLedger, FilteredLedger, StatementNotFoundError
from fava.core.accounts import AccountDict, LastEntry
from fava.core.attributes import AttributesModule, get_active_years
from fava.core.file import FileModule, NonSourceFileError
from fava.core.filters import FilterError, Match
from fava.core.query_shell import FavaBQLShell, FavaShellError, QueryShell
from fava.ext import FavaExtensionBase, extension_endpoint
from fava.helpers import BeancountError, FavaAPIError
from fava.util.date import parse_date
from fava.util.ranking import DEFAULT_RATE
from flask import Flask, Response, abort, current_app, has_app_context, request

from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import READING
from grandlivre.books.loading import Load
from grandlivre.books.reading import Reading
from grandlivre.books.records import Place
from grandlivre.books.reloading import Reloading
from grandlivre.inspection import real_day
from grandlivre.rules import KEPT, TODAY, kept_apart
from grandlivre.sources.problem import RefusedError
from grandlivre.viewer.attributes import Attributes, last_entries
from grandlivre.viewer.watching import FileWatch

__all__ = [
    "BookFolders",
    "FavaAPIError",
    "FavaExtensionBase",
    "FavaLedger",
    "FilterError",
    "FilteredLedger",
    "InFrench",
    "LoadProblem",
    "accounts_matching",
    "add_words",
    "create_app",
    "day_asked",
    "edit_scripts",
    "edit_templates",
    "endpoint",
    "escape_journals",
    "first_ledger",
    "folders_of",
    "g",
    "is_read_only",
    "ledger_of_request",
    "place_of",
    "replace_document_serving",
    "replace_error_answers",
    "replace_filters",
    "replace_loading",
    "replace_queries",
    "replace_query_download",
    "shorten_logs",
    "span_of",
    "url_for",
]

SLUG = "livres"
"""First part of every address, so that an address stays when the title of the books changes."""

_Loader = fava.application._LedgerSlugLoader


class _OneLedger(_Loader):
    """The one ledger of the process, under a fixed name; it is loaded knowing what `serve` was told."""

    def _load(self) -> list[FavaLedger]:
        with self.fava_app.app_context():
            return super()._load()

    @property
    def ledgers_by_slug(self) -> dict[str, FavaLedger]:
        return {SLUG: self.ledgers[0]}

    def first_slug(self) -> str:
        return SLUG

    def items(self) -> ItemsView[str, FavaLedger]:
        return self.ledgers_by_slug.items()


def create_app(ledger: Path, *, read_only: bool = False) -> Flask:
    """Fava's application over one ledger, not loaded yet; Fava wants an absolute path."""
    app = fava.application.create_app([str(ledger.absolute())], read_only=read_only)
    app.config["LEDGERS"] = _OneLedger(app)
    return app


def first_ledger(app: Flask) -> FavaLedger:
    """The ledger of an application, loaded now if it was not."""
    loader: _Loader = app.config["LEDGERS"]
    return loader.ledgers[0]


def ledger_of_request() -> FavaLedger | None:
    """The ledger the current address names, if any."""
    return getattr(g, "ledger", None)


_F = TypeVar("_F", bound=Callable[..., Any])


def endpoint(name: str, *methods: str) -> Callable[[_F], _F]:
    """Marks a method of a page as what answers `extension/<page>/<name>`; to GET unless other methods are named."""

    def mark(function: _F) -> _F:
        extension_endpoint(name, list(methods) or None)(function)  # type: ignore[arg-type]
        return function

    return mark


def span_of(ledger: FavaLedger, text: str) -> tuple[date, date] | None:
    """First and last day of a time filter, as Fava reads it; None without any. Raises FilterError."""
    if not text.strip():
        return None
    try:
        begin, end = parse_date(text, ledger.fava_options.fiscal_year_end)
    except (ValueError, OverflowError):
        begin = end = None
    if begin is None or end is None or end <= begin:
        raise FilterError("time", f"Failed to parse date: {text}")
    return begin, end - timedelta(days=1)


def accounts_matching(text: str) -> Callable[[str], bool]:
    """Whether an account passes an account filter, as Fava reads it. Raises FilterError."""
    match = fava.core.filters.Match(text)
    return lambda name: has_component(name, text) or match(name)


_FILTERS = ("conversion", "interval", "account", "filter", "time")


def url_for(endpoint: str, **values: Any) -> str:
    """The address of a page of the current books, with the reader's filters; None drops a filter."""
    asked = request.args
    for name in _FILTERS:  # Fava looks for each at every address, at some cost where there is none
        if name not in asked:
            values.setdefault(name, None)
    return fava.application.url_for(endpoint, **values)


def place_of(ledger: FavaLedger, mark: str) -> Place | None:
    """The place of the directive that Fava's own addresses name `context-<mark>`; None when it is gone."""
    try:
        return Place.of(ledger.get_entry(mark).meta)
    except FavaAPIError:
        return None


def is_read_only(app: Flask) -> bool:
    """Whether Fava itself was started to refuse all writing."""
    return any(each.__name__ == "_read_only" for each in app.before_request_funcs.get(None, ()))


class BookFolders(NamedTuple):
    """Where the books are and where their files may be."""

    books: Path
    """The folder of the main file."""
    documents: tuple[Path, ...]
    """Vouchers, statements, files to import."""
    sources: tuple[Path, ...]
    """Folders of text the editor may open: the books and the rules beside them."""


def folders_of(ledger: FavaLedger) -> BookFolders:
    """The folders of a ledger, as its options and our layout name them."""
    books = Path(ledger.beancount_file_path).parent
    named = ("documents", "releves", *ledger.options["documents"], *ledger.fava_options.import_dirs)
    return BookFolders(books, tuple(dict.fromkeys(books / name for name in named)), (books, books.parent / "rules"))


class InFrench:
    """Marks an error of Fava's kind whose message is a sentence of ours."""


class RefusedQueryError(FavaShellError, InFrench):
    """A query that is not answered."""


class RefusedFilterError(FilterError, InFrench):
    """A filter that is not applied."""


class RefusedFileError(FavaAPIError, InFrench):
    """A file that is not opened."""


Stored = Callable[[str], str | None]
_SERIALISED = QueryShell.execute_query_serialised


def replace_queries(
    run: Callable[[str, Sequence[Any], Sequence[Any], Mapping[str, Any], Stored], Any], limited: Callable[[], Any]
) -> None:
    """`run(text, entries, errors, options, stored)` answers every query, instead of Fava's shared shell.

    What it raises as RefusedError is shown to the reader. `limited()` counts the time until the answer is written.
    """

    def run_alone(self: FavaBQLShell, entries: Sequence[Any], query: str) -> Any:
        def stored(name: str) -> str | None:
            return next((q.query_string for q in self.ledger.all_entries_by_type.Query if q.name == name), None)

        try:
            return run(query, entries, self.ledger.errors, self.ledger.options, stored)
        except RefusedError as error:
            raise RefusedQueryError(str(error)) from None

    def execute_query_serialised(self: QueryShell, entries: Sequence[Any], query: str) -> Any:
        try:
            with limited():
                return _SERIALISED(self, entries, query)
        except RefusedError as error:
            raise RefusedQueryError(str(error)) from None

    FavaBQLShell.run = run_alone  # type: ignore[method-assign]
    QueryShell.execute_query_serialised = execute_query_serialised  # type: ignore[method-assign]


def replace_query_download(
    app: Flask,
    formats: Sequence[str],
    write: Callable[[Any, Any], bytes],
    limited: Callable[[], Any],
    refused: Callable[[str], Response],
) -> None:
    """`write(cursor, display context)` makes the file of a query's rows; other formats than those do not exist."""

    def download_query(result_format: str, **_kwargs: str) -> Response:
        if result_format not in formats:
            abort(404)
        try:
            with limited():
                rows = g.ledger.query_shell.shell.run(
                    g.filtered.entries_with_all_prices, request.args.get("query_string", "")
                )
                if isinstance(rows, str):
                    return refused("Seul un tableau peut être téléchargé ; cette requête n'en donne pas.")
                data = write(rows, g.ledger.options["dcontext"])
        except RefusedError as error:
            raise RefusedQueryError(str(error)) from None
        response = Response(data, mimetype="text/csv")
        response.headers["Content-Disposition"] = f"attachment; filename=requete.{result_format}"
        return response

    app.view_functions["download_query"] = download_query
    app.config["HAVE_EXCEL"] = False
    vars(fava.internal_api)["HAVE_EXCEL"] = False


def replace_error_answers(app: Flask, answer: Callable[[str, int, bool], Response]) -> None:
    """`answer(message, status, French)` says what Fava refuses: the reader asked amiss, the program did not fail."""

    def said(error: Exception) -> Response:
        missing = isinstance(error, (EntryNotFoundForHashError, StatementNotFoundError))
        status = 404 if missing else int(getattr(error, "status", 400))
        return answer(str(error), status, isinstance(error, InFrench))

    for blueprint in (None, "json_api"):
        handlers: dict[Any, Any] = app.error_handler_spec[blueprint][None]
        for kind in [FavaAPIError, *handlers]:
            if issubclass(kind, (FavaAPIError, fava.json_api.ValidationError)):
                handlers[kind] = said


def replace_filters(
    objection: Callable[[str, str, str], str | None],
    pattern_objection: Callable[[str], str | None],
    limited: Callable[[], Any],
    still_allowed: Callable[[], None],
) -> None:
    """Filters are examined before they run and timed while they do.

    `objection(account, filter, time)` and `pattern_objection(pattern)` give a French refusal or None.
    """

    class GuardedMatch(Match):
        """A search pattern that was found cheap enough."""

        def __init__(self, search: str) -> None:
            reason = pattern_objection(search)
            if reason:
                raise RefusedFilterError("filter", reason)
            super().__init__(search)

        def __call__(self, obj: Any) -> bool:
            still_allowed()
            return super().__call__(obj)

    class GuardedFilteredLedger(FilteredLedger):
        """A filtered view whose filters were examined."""

        def __init__(
            self,
            ledger: FavaLedger,
            *,
            account: str | None = None,
            filter: str | None = None,  # noqa: A002  # Fava's name
            time: str | None = None,
        ) -> None:
            reason = objection(account or "", filter or "", time or "")
            if reason:
                raise RefusedFilterError("filter", reason)
            try:
                with limited():
                    super().__init__(ledger, account=account, filter=filter, time=time)
            except RecursionError:
                raise RefusedFilterError("filter", "Le filtre est trop imbriqué. Écrivez-le plus simplement.") from None
            except RefusedError as error:
                raise RefusedFilterError("filter", str(error)) from None

    fava.core.filters.Match = GuardedMatch  # type: ignore[misc]
    fava.core.FilteredLedger = GuardedFilteredLedger  # type: ignore[misc]


_GET_SOURCE = FileModule.get_source
_EXTRACT = fava.core.ingest.IngestModule.extract


def replace_document_serving(
    inside: Callable[[FavaLedger, str], bool],
    readable_source: Callable[[FavaLedger, Path], bool],
    send: Callable[[str], Response],
) -> None:
    """Files leave the machine only when `inside` or `readable_source` accepts their path, and through `send`."""

    def is_ours(filename: str, ledger: FavaLedger) -> bool:
        return inside(ledger, filename)

    def statement_path(self: FavaLedger, entry_hash: str, metadata_key: str) -> str:
        """The file a metadata value names: beside the documents folders first, as the contract says."""
        value = self.get_entry(entry_hash).meta.get(metadata_key)
        if not isinstance(value, str) or not metadata_key.startswith("document"):
            return ""
        books, folders, _ = folders_of(self)
        candidates = [str(DocumentFolder(folder).place(value)) for folder in folders] + [str(books / value)]
        return next((path for path in candidates if inside(self, path)), "")

    def get_source(self: FileModule, path: Path) -> tuple[str, str]:
        if not readable_source(self.ledger, path):
            raise NonSourceFileError(path)
        return _GET_SOURCE(self, path)

    def extract(self: Any, filename: str, importer_name: str) -> Any:
        if not inside(self.ledger, filename):
            raise RefusedFileError("Ce fichier n'est pas dans un dossier d'import des livres.")
        return _EXTRACT(self, filename, importer_name)

    for module, name, ours in (
        (fava.application, "is_document_or_import_file", is_ours),
        (fava.json_api, "is_document_or_import_file", is_ours),
        (fava.application, "send_file_inline", send),
    ):
        setattr(module, name, ours)
    FavaLedger.statement_path = statement_path  # type: ignore[method-assign]
    FileModule.get_source = get_source  # type: ignore[method-assign]
    fava.core.ingest.IngestModule.extract = extract  # type: ignore[method-assign]


class LoadProblem(BeancountError):  # noqa: N818  # Fava shows this name
    """Why the books were not read again; the errors page shows it on its file and line."""


_LOAD_FILE = FavaLedger.load_file


def day_asked() -> date | None:
    """The day given to `serve`, if any."""
    return current_app.config.get(TODAY) if has_app_context() else None


class _Known:
    """What this process knows of the books of one entry point, for their next load."""

    def __init__(self) -> None:
        self.reloading = Reloading()
        self.reading = Reading()
        self.attributes = Attributes(DEFAULT_RATE)
        self.last: dict[str, tuple[Any, LastEntry]] = {}
        """By account, the last directive that names it, and what Fava says of it."""


_known: dict[str, _Known] = {}


def _knowledge(ledger: FavaLedger) -> _Known | None:
    """What is known of a ledger that our loader has read."""
    return _known.get(ledger.beancount_file_path)


def _load(main: str, *, is_encrypted: bool = False) -> Load:
    """The books in our loader, which keeps what the rules read of them, and follows an edit of some entries."""
    del is_encrypted  # such books are not ours
    path = Path(main)
    known = _known.setdefault(main, _Known())
    given = {KEPT: [], TODAY: real_day(path, day_asked()), READING: known.reading}
    entries, errors, options = known.reloading.load(path, given)
    options["include"] = [name for name in options["include"] if Path(name).is_file()]  # folders expire a cache only
    return entries, errors, options


def _watched(ledger: FavaLedger) -> FileWatch:
    """Our watcher in the place of Fava's, which learns of a change some time after it."""
    before: Any = ledger.watcher if hasattr(ledger, "watcher") else None
    if isinstance(before, FileWatch):
        before.begin()
        return before
    if before is not None and hasattr(before, "__exit__"):
        before.__exit__(None, None, None)
    ours = FileWatch(Path(ledger.beancount_file_path))
    ledger.watcher = ours  # type: ignore[assignment]
    return ours


def replace_loading(problems: Callable[[Path], Sequence[tuple[Path, int, str]]]) -> None:
    """Our loader and our watcher; `problems(main file)` is asked before every load.

    While it names some, the books loaded before stay and show them. What Fava works out of all entries follows an edit too.
    """

    def load_file(self: FavaLedger) -> None:
        watcher = _watched(self)
        found = [
            LoadProblem({"filename": str(path), "lineno": max(line, 1)}, message, None)
            for path, line, message in problems(Path(self.beancount_file_path))
        ]
        if not found or not hasattr(self, "all_entries"):
            _let_go(self)
            try:
                with kept_apart():
                    _LOAD_FILE(self)
            except Exception:
                watcher.notify(Path(self.beancount_file_path))  # the next request tries again
                raise
            return
        self.load_errors = [*found, *(e for e in self.load_errors if not isinstance(e, LoadProblem))]

    FavaLedger.load_file = load_file  # type: ignore[method-assign]
    AttributesModule.load_file = _load_attributes  # type: ignore[method-assign]
    AccountDict.load_file = _load_accounts  # type: ignore[method-assign]
    setattr(fava.core, "load_uncached", _load)  # noqa: B010 - not a name that Fava exports


def _let_go(ledger: FavaLedger) -> None:
    """What was worked out of the load shown so far goes before the next is made."""
    ledger.get_filtered.cache_clear()
    ledger.get_entry.cache_clear()
    for page in ledger.extensions._exts:
        if (let_go := getattr(page, "before_load_file", None)) is not None:
            let_go()
    options: Any = getattr(ledger, "options", {})
    options.pop(KEPT, None)


_LOAD_ATTRIBUTES, _LOAD_ACCOUNTS = AttributesModule.load_file, AccountDict.load_file


def _load_attributes(self: AttributesModule) -> None:
    """What Fava offers to complete, as its own method finds it."""
    ledger = self.ledger
    known = _knowledge(ledger)
    offered = known and known.attributes.read(ledger.all_entries, known.reloading.edit, ledger.accounts)
    if not offered or offered.currencies is None:
        _LOAD_ATTRIBUTES(self)
        return
    self.links, self.tags, self.accounts, self.payees = offered[:4]
    self.currencies = offered.currencies
    self.years = get_active_years(ledger.all_entries, ledger.fava_options.fiscal_year_end)


def _load_accounts(self: AccountDict) -> None:
    """What Fava says of each account, as its own method finds it; what asks for balances is its own affair."""
    ledger = self.ledger
    known, opens = _knowledge(ledger), ledger.all_entries_by_type.Open
    if known is None or any(each.meta.get("fava-uptodate-indication") for each in opens):
        _LOAD_ACCOUNTS(self)
        return
    self.clear()
    last = last_entries(ledger.all_entries, (each.account for each in opens), get_entry_accounts, FLAG_UNREALIZED)
    before, known.last = known.last, {}
    for each in opens:
        data = self.setdefault(each.account)
        data.meta, data.currencies = each.meta, each.currencies
        entry = last.get(each.account)
        if entry is not None and not isinstance(entry, Close):
            former, said = before.get(each.account, (None, None))
            said = said if said is not None and former is entry else LastEntry(entry.date, hash_entry(entry))
            known.last[each.account], data.last_entry = (entry, said), said
    for closed in ledger.all_entries_by_type.Close:
        self.setdefault(closed.account).close_date = closed.date


Edits = Sequence[tuple[str, str]]
"""(text, what stands in its place)."""


def _edited(text: str, edits: Edits) -> str:
    for old, new in edits:
        text = text.replace(old, new)
    return text


class _Edited(jinja2.BaseLoader):
    """Fava's templates, some texts changed as they are read."""

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        self.loader = loader
        self.everywhere: Edits = ()
        self.edits: Mapping[str, Edits] = {}

    def get_source(self, environment: jinja2.Environment, template: str) -> Any:
        source, filename, uptodate = self.loader.get_source(environment, template)
        return _edited(source, [*self.everywhere, *self.edits.get(template, ())]), filename, uptodate

    def list_templates(self) -> list[str]:
        return self.loader.list_templates()


def _loader(app: Flask) -> _Edited:
    """The templates of an application, to be edited."""
    if not isinstance(app.jinja_loader, _Edited):
        assert app.jinja_loader is not None
        app.jinja_loader = _Edited(app.jinja_loader)
    if app.jinja_env.cache is not None:
        app.jinja_env.cache.clear()
    return app.jinja_loader


def escape_journals(app: Flask) -> None:
    """A narration is shown as it was typed, never as HTML (row S6)."""
    if app.jinja_loader is not None:
        _loader(app).everywhere = (("{% autoescape false %}", "{% autoescape true %}"),)


def edit_templates(app: Flask, edits: Mapping[str, Edits]) -> None:
    """Changes texts of Fava's templates, by template."""
    if app.jinja_loader is not None:
        _loader(app).edits = edits


def edit_scripts(app: Flask, edits: Edits) -> None:
    """Changes texts of Fava's scripts as they are sent."""
    plain: Callable[..., Any] = app.view_functions["static"]
    kept: dict[tuple[str, str], bytes] = {}

    def static(filename: str) -> Response:
        response: Response = app.make_response(plain(filename=filename))
        tag = response.get_etag()[0] or ""
        if not filename.endswith(".js") or response.status_code != 200:
            return response
        response.direct_passthrough = False
        if (filename, tag) not in kept:
            kept[filename, tag] = _edited(response.get_data().decode(), edits).encode()
        response.set_data(kept[filename, tag])
        return response

    app.view_functions["static"] = static


def add_words(app: Flask, words: Mapping[str, str]) -> None:
    """Words of Fava's pages in French, before its own catalogue."""
    app.jinja_env.globals["translations"] = lambda: {**fava.application.translations(), **words}


class _OneLine(logging.Filter):
    """Drops the traceback of a log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR and record.exc_info:
            error = record.exc_info[1]
            record.msg, record.args, record.exc_info = f"Erreur signalée au lecteur : {error}".splitlines()[0], (), None
        return True


_ONE_LINE = _OneLine()


def shorten_logs() -> None:
    """An error that the reader sees is one line on the console, not a traceback."""
    fava.json_api.log.addFilter(_ONE_LINE)
