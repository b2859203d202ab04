"""The guard round Fava's application: rows S1–S9, S13–S16 and S25 of the security table.

`harden(app)` is for an application that has not served yet; `harden_running()` and `guard_request()` are for our
extension under plain `fava`. They change this application, and Fava's classes through `fava_adapter`.

Who may ask, by the browser's own word (`Sec-Fetch-Site`): this site, or an address typed by hand, everything; another
site, another port of this machine included, only a whole page opened by a link, never a picture, a script, a form, a
frame or a figure. A program that sends no such header is not a browser; its writes must then carry no foreign `Origin`.
"""

from __future__ import annotations

import hmac
import html
import io
import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, has_app_context, redirect, request, send_file

from grandlivre.i18n import Message
from grandlivre.viewer import additions, downloads, fava_adapter, patterns, queries, refusals
from grandlivre.viewer.readers import Reader, Role, reader, recognise
from grandlivre.viewer.routes import PROFILES, WRITING, Profile, RequestKind, asked_for, kind_of
from grandlivre.viewer.site import THIS_MACHINE, Site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

Audit = Callable[[Path], Sequence[tuple[Path, int, str]]]
"""The static audit: main file → (file, line, French sentence) for each thing that forbids loading the books."""

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

LONGEST_ADDRESS = 8_192
LARGEST_BODY = 2_000_000
LARGEST_UPLOAD = 25_000_000
_DISCARDED = 100_000_000
"""Bytes that are let come in only to be refused."""
FILTER_SECONDS = 5.0
_TEXTS = ("text/", "application/json")
_UPLOADS = ("/api/add_document", "/api/upload_import_file", "/grandlivre/arrivee")
_UPLOAD_ENDPOINTS = ("json_api.put_add_document", "json_api.put_upload_import_file")
_LONGEST_PARAMETERS = {"account": 300, "filter": 500, "time": 100, "query_string": queries.LONGEST}
_LEDGERS = (".beancount", ".bean")
_INLINE = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}

_PARAMETER_LONG = Message("Le champ « {name} » compte {length} caractères ; la limite est de {limit}.")
_YEARS = Message("La période ne va pas au-delà des années 1990 à 2099.")
_FOREIGN = "Cette demande vient d'un autre site et a été refusée."
_UNKNOWN_ROUTE = "Cette adresse n'est pas ouverte dans la visionneuse."
_READ_ONLY = {
    RequestKind.WRITE: refusals.SENTENCES[401],
    RequestKind.ENTER: refusals.SENTENCES[401],
    RequestKind.SIGN: "Cette visionneuse est en lecture seule : rien ne s'y signe.",
    RequestKind.SOURCE: "Cette visionneuse est en lecture seule : les fichiers des livres n'y sont pas montrés.",
}
_ROLES = {
    RequestKind.WRITE: "Ces livres ne se modifient pas ainsi : le comptable écrit par la saisie guidée ou par git.",
    RequestKind.SOURCE: "Les fichiers des livres ne sont pas montrés ici.",
    RequestKind.QUERY: "Les requêtes libres ne sont pas ouvertes à votre rôle.",
    RequestKind.TEXT: "Le texte des écritures n'est pas ouvert à votre rôle ; la page de la pièce dit tout.",
    RequestKind.ENTER: "La saisie est ouverte au comptable seulement.",
    RequestKind.SIGN: "La signature n'est pas ouverte à votre rôle.",
}
_OUT_OF_DATE = "Cette page n'est plus à jour : rechargez-la, puis recommencez. Rien n'a été modifié."
READER = "grandlivre.reader"
"""Where a server with accounts says, in a request's environment, who makes it."""
_GONE = Message("Le fichier {name} n'est plus lisible ; la dernière version lue reste affichée.")


_LOOKED = "grandlivre.examined"
"""The key of a request's environment that says that the guard looked at it."""


class Refusal(NamedTuple):
    """Why a request is not served."""

    status: int
    sentence: str


@dataclass
class Guard:
    """What the guard of one application knows."""

    profile: Profile
    site: Site = THIS_MACHINE
    """The addresses under which the application answers."""
    lock: RLock = field(default_factory=RLock)
    """Held by each request that reads the books: Fava reloads them, and pages its journals, without any."""

    def allowed(self) -> frozenset[RequestKind]:
        """What the reader of the current request may do."""
        return self.profile.allowed(reader().role)


def harden(
    app: Flask,
    *,
    profile: str = "local",
    read_only: bool = False,
    audit: Audit | None = None,
    site: Site = THIS_MACHINE,
) -> None:
    """Puts the guard round an application, once. `audit` runs before every load of the books."""
    harden_process(audit)
    _install(app, PROFILES[profile], read_only, site)


def harden_running() -> None:
    """The same for the application that is loading our extension: for the extension's `__init__`.

    Fava's command loads the books within its first request, so this request too is examined. Without an application
    (books loaded on their own) only Fava's classes are changed.
    """
    harden_process()
    if has_app_context():
        _install(current_app, PROFILES["local"], read_only=False)


def guard_request() -> None:
    """For the extension's `before_request`: guards an application that loaded the books before it had a request."""
    if "grandlivre" not in current_app.extensions:
        harden_running()
        refused = _before()
        if refused is not None:
            abort(refused)


_audit: Audit | None = None
_patching = Lock()


def harden_process(audit: Audit | None = None) -> None:
    """Makes Fava's classes safe: queries, filters, files, loading, logs. Can be repeated."""
    global _audit  # as Fava's classes are
    with _patching:
        _audit = audit or _audit
        fava_adapter.replace_queries(queries.run, lambda: patterns.time_limit(queries.SECONDS))
        fava_adapter.replace_filters(
            _filter_objection, patterns.objection, lambda: patterns.time_limit(FILTER_SECONDS), patterns.still_allowed
        )
        fava_adapter.replace_document_serving(is_voucher, is_source, send_voucher)
        fava_adapter.replace_loading(_load_problems)
        fava_adapter.shorten_logs()


def audits_loads() -> bool:
    """Whether the static audit runs before every load."""
    return _audit is not None


def _install(app: Flask, profile: Profile, read_only: bool, site: Site = THIS_MACHINE) -> None:
    if "grandlivre" in app.extensions:
        return
    guard = app.extensions["grandlivre"] = Guard(profile.reading_only() if read_only else profile, site)
    # New lists, not `before_request()`: Flask refuses it once it has served, and may be walking the old list right now.
    app.before_request_funcs[None] = [_before, *app.before_request_funcs.get(None, [])]
    app.after_request_funcs[None] = [_after, *app.after_request_funcs.get(None, [])]
    app.view_functions["jump"] = _jump(app.view_functions["jump"])
    fava_adapter.escape_journals(app)
    fava_adapter.replace_query_download(
        app,
        downloads.FORMATS,
        downloads.as_csv,
        lambda: patterns.time_limit(queries.SECONDS),
        lambda sentence: _refused(Refusal(400, sentence), in_api=False),
    )
    fava_adapter.replace_error_answers(app, _answer)
    app.log_exception = _log_briefly  # type: ignore[method-assign]
    app.wsgi_app = _gate(app.wsgi_app, guard)  # type: ignore[method-assign, assignment]


# Before Flask -------------------------------------------------------------------------------------------------------


def _gate(inner: WSGIApplication, guard: Guard) -> WSGIApplication:
    """Host, sizes and the lock: what is settled before Flask reads anything."""

    def gate(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refusal = _refuse_host(guard.site, environ) or _refuse_size(environ)
        if refusal is None:
            refusal = _read_body(environ)
        if refusal is not None:
            return _plain_refusal(environ, start_response, refusal)
        if environ.get("PATH_INFO", "").startswith("/static/"):
            return inner(environ, start_response)
        with guard.lock:
            return inner(environ, start_response)

    return gate


def _refuse_host(site: Site, environ: WSGIEnvironment) -> Refusal | None:
    """Only the names under which the books are served (row S13)."""
    return None if site.is_ours(environ) else Refusal(400, refusals.HOST)


def _refuse_size(environ: WSGIEnvironment) -> Refusal | None:
    if len(environ.get("QUERY_STRING", "")) + len(environ.get("PATH_INFO", "")) > LONGEST_ADDRESS:
        return Refusal(414, refusals.SENTENCES[414])
    return None


def _read_body(environ: WSGIEnvironment) -> Refusal | None:
    """Reads the body before the lock is taken, so that a slow sender keeps nobody waiting."""
    limit = LARGEST_UPLOAD if environ.get("PATH_INFO", "").endswith(_UPLOADS) else LARGEST_BODY
    too_large = Refusal(413, refusals.SENTENCES[413])
    announced = environ.get("CONTENT_LENGTH") or ""
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if not announced and not chunked:
        return None
    if not chunked and not re.fullmatch(r"[0-9]{1,18}", announced):
        return Refusal(400, refusals.SENTENCES[400])
    wanted = limit + 1 if chunked else int(announced)
    try:
        if wanted > LARGEST_UPLOAD and not chunked:
            if limit == LARGEST_UPLOAD:
                _discard(environ["wsgi.input"], wanted)
            return too_large
        body = environ["wsgi.input"].read(wanted)  # read even when refused: the sender then hears why
    except (OSError, ValueError):
        return Refusal(408, refusals.SENTENCES[408])
    if len(body) > limit:
        return too_large
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return None


def _discard(body: Any, announced: int) -> None:
    """Lets a file that is too large arrive, and go: who sends it hears then why it is refused."""
    left = min(announced, _DISCARDED)
    while left > 0 and (part := body.read(min(left, 1 << 16))):
        left -= len(part)


def _plain_refusal(environ: WSGIEnvironment, start_response: StartResponse, refusal: Refusal) -> Iterable[bytes]:
    """A refusal without Flask."""
    response = _refused(refusal, in_api=_answers_json(environ.get("PATH_INFO", "")))
    _set_headers(response)
    return response(environ, start_response)


# Inside Flask -------------------------------------------------------------------------------------------------------


def _before() -> Response | None:
    """Flask's `before_request`: who asks, what for, and whether they may."""
    request.environ[_LOOKED] = True
    found = request.environ.get(READER)
    if isinstance(found, Reader):
        recognise(found)
    guard: Guard = current_app.extensions["grandlivre"]
    refusal = _refuse_host(guard.site, request.environ) or examine()
    return _refused(refusal, in_api=_in_api()) if refusal else None


def examine() -> Refusal | None:
    """Why the current request is refused, or None."""
    if request.endpoint is None:
        return None  # Flask answers 404 or 405 by itself
    kind = kind_of(request.endpoint, request.method, request.view_args or {})
    if kind is None:
        return Refusal(403, _UNKNOWN_ROUTE)
    guard: Guard = current_app.extensions["grandlivre"]
    missing = asked_for(request.endpoint, request.method, request.view_args or {}) - guard.allowed()
    refusal = _refuse_site(kind) or _refuse_role(kind if kind in missing else next(iter(missing), None))
    if refusal:
        return refusal
    if kind in WRITING and not _carries_token():
        return Refusal(403, _OUT_OF_DATE)
    for name, limit in _LONGEST_PARAMETERS.items():
        length = len(request.args.get(name, ""))
        if length > limit:
            return Refusal(400, _PARAMETER_LONG(name=name, length=length, limit=limit))
    return _refuse_addition(request.endpoint)


def _refuse_role(kind: RequestKind | None) -> Refusal | None:
    """What a role may not do, in words for that role."""
    if kind is None:
        return None
    sentences = _READ_ONLY if reader().role is Role.LOCAL else _ROLES
    return Refusal(403, sentences.get(kind, refusals.SENTENCES[403]))


def _carries_token() -> bool:
    """Whether a request that writes comes from a page of this very session; nobody asks without accounts."""
    wanted = reader().token
    carried = request.headers.get("X-Jeton") or request.form.get("jeton", "")
    return not wanted or hmac.compare_digest(carried.encode(), wanted.encode())


def _refuse_addition(endpoint: str) -> Refusal | None:
    """What would write something else than what it says (row S33)."""
    said = None
    if endpoint == "json_api.put_add_entries":
        asked = request.get_json(silent=True)
        said = additions.entries_objection(asked.get("entries") if isinstance(asked, dict) else None)
    elif endpoint == "json_api.put_attach_document":
        asked = request.get_json(silent=True)
        said = additions.path_objection(str(asked.get("filename", "")) if isinstance(asked, dict) else "")
    elif endpoint in _UPLOAD_ENDPOINTS and (upload := request.files.get("file")):
        said = additions.name_objection(upload.filename or "")
    elif endpoint == "json_api.put_move":
        asked = request.get_json(silent=True)
        said = additions.name_objection(str(asked.get("new_name", "")) if isinstance(asked, dict) else "")
    return Refusal(400, said) if said else None


def _refuse_site(kind: RequestKind) -> Refusal | None:
    """Requests that another site started (rows S2 and S14)."""
    site = request.headers.get("Sec-Fetch-Site", "")
    foreign = Refusal(403, _FOREIGN)
    origin = request.headers.get("Origin")
    if origin is not None and origin != own_origin() and (site or request.method not in {"GET", "HEAD"}):
        return foreign
    if site in {"", "same-origin", "none"}:
        return None
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest") == "document"
    return None if kind is RequestKind.PAGE and request.method == "GET" and opened else foreign


def own_origin() -> str:
    """The site of the current request, as a browser writes it."""
    guard: Guard = current_app.extensions["grandlivre"]
    return guard.site.origin or f"{request.scheme}://{request.host}"


def _jump(view: Callable[..., Any]) -> Callable[..., Any]:
    """Fava's `/jump` goes back to the page that named it, whatever its site; here only to a page of ours (row S15)."""

    def jump() -> Any:
        back = request.referrer or ""
        return view() if back.startswith(own_origin() + "/") else redirect("/")

    return jump


def _after(response: Response) -> Response:
    """Flask's `after_request`: the headers, and French error pages."""
    if _LOOKED not in request.environ:  # under plain `fava`, the request within which the books were loaded
        response = _before() or response
    if response.status_code >= 400 and not isinstance(response, (_Refused, refusals.Told)):
        _fill(response, refusals.sentence(response.status_code), in_api=_in_api())
    _hide_folders(response)
    _set_headers(response)
    return response


def _set_headers(response: Response) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"


def _in_api() -> bool:
    """Whether a script asks, that shows the sentence by itself: Fava's, or ours at one of a page's doors."""
    door = request.endpoint == "extension_endpoint" and request.method not in {"GET", "HEAD"}
    return door or _answers_json(request.path)


def _answers_json(path: str) -> bool:
    """Whether what answers there is read by a program: Fava's own doors, and ours."""
    return "/api/" in path or "/grandlivre/" in path


def refused_asking(status: int, sentence: str) -> Response:
    """A refusal for a script of ours, that shows its `error`."""
    return _refused(Refusal(status, sentence), in_api=True)


class _Refused(Response):
    """A response that already says why, in French."""


def _refused(refusal: Refusal, *, in_api: bool) -> Response:
    response = _Refused(status=refusal.status)
    _fill(response, refusal.sentence, in_api=in_api)
    return response


def _fill(response: Response, sentence: str, *, in_api: bool) -> None:
    response.set_data(refusals.as_json(sentence) if in_api else refusals.page(sentence))
    response.mimetype = "application/json" if in_api else "text/html"


def _answer(message: str, status: int, french: bool) -> Response:
    """What Fava refused, in French and without the machine's folders."""
    sentence = message if french else refusals.translated(message, status, _private_folders())
    return _refused(Refusal(status, sentence), in_api=_in_api())


def _private_folders() -> list[str]:
    ledger = fava_adapter.ledger_of_request()
    folder = Path(ledger.beancount_file_path).parent if ledger else Path.cwd()
    return [f"{each}{os.sep}" for each in (folder, folder.parent)]


def _hide_folders(response: Response) -> None:
    """Takes the machine's folders out of what a reader sees, who needs none; the accountant's editor names its files."""
    kind = kind_of(request.endpoint or "", request.method, request.view_args or {})
    shown = RequestKind.SOURCE in current_app.extensions["grandlivre"].allowed() and kind is not RequestKind.QUERY
    if (
        shown
        or kind is RequestKind.ASSET
        or response.direct_passthrough
        or not (response.mimetype or "").startswith(_TEXTS)
    ):
        return
    body = before = response.get_data()
    for spelt in sorted({spelt for folder in _private_folders() for spelt in _spellings(folder)}, key=len):
        body = body.replace(spelt, b"")
    if body != before:
        response.set_data(body)


def _spellings(folder: str) -> Iterator[bytes]:
    """A folder as JSON, HTML and an address write it; none for the root of a disk, which every path begins with."""
    if Path(folder).parent != Path(folder):
        for text in (folder, json.dumps(folder)[1:-1], html.escape(folder), quote(folder), quote(folder, safe="")):
            yield text.encode()


def _log_briefly(exc_info: Any) -> None:
    """One line on the console; the traceback with `GRANDLIVRE_DEBUG`."""
    error = exc_info[1]
    where = traceback.extract_tb(exc_info[2])[-1] if exc_info[2] else None
    place = f" ({Path(where.filename).name}:{where.lineno})" if where else ""
    line = f"Erreur interne sur {request.path} : {type(error).__name__} : {error}{place}"
    sys.stderr.write(" ".join(line.split()) + "\n")
    if os.environ.get("GRANDLIVRE_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)


# The books' files ---------------------------------------------------------------------------------------------------


def is_voucher(ledger: fava_adapter.FavaLedger, filename: str) -> bool:
    """Whether a path is a plain file of the documents folders, reached without any link (rows S7, S8 and S16)."""
    folders = fava_adapter.folders_of(ledger)
    path = _path_of(ledger, filename)
    if not filename or not filename.isprintable() or path.name.startswith(".") or path.suffix in _LEDGERS:
        return False
    return any(_inside(path, folder, folders.books) for folder in folders.documents)


def _path_of(ledger: fava_adapter.FavaLedger, filename: str) -> Path:
    """A file as pages name it: absolute, or from the folder that holds the books."""
    return fava_adapter.folders_of(ledger).books.parent / filename


def is_source(ledger: fava_adapter.FavaLedger, path: Path) -> bool:
    """Whether a path is a text of the books or of the rules beside them."""
    folders = fava_adapter.folders_of(ledger)
    return any(_inside(path, folder, folder) for folder in folders.sources)


def _inside(path: Path, folder: Path, root: Path) -> bool:
    """Whether `path` is a file under `folder`, itself under `root`, no link being followed below `root`."""
    try:
        plain, base, inner = (Path(os.path.normpath(each.absolute())) for each in (path, root, folder))
        if not plain.is_relative_to(inner) or not plain.is_relative_to(base):
            return False
        expected = base.resolve() / plain.relative_to(base)
        return os.path.normcase(plain.resolve()) == os.path.normcase(expected) and plain.is_file()
    except (OSError, ValueError):
        return False


def send_voucher(filename: str) -> Response:
    """A file of the documents folder: PDF, PNG and JPEG are shown, anything else is downloaded (row S9)."""
    ledger = fava_adapter.ledger_of_request()
    if ledger is None or not is_voucher(ledger, filename):
        return _refused(Refusal(404, "Cette pièce n'est pas dans le dossier des documents."), in_api=False)
    path = _path_of(ledger, filename)
    shown = _INLINE.get(path.suffix.lower())
    response = send_file(path, mimetype=shown or "application/octet-stream")
    disposition = "inline" if shown else "attachment"
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(path.name, safe='')}"
    if not shown:
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


# Filters and loading ------------------------------------------------------------------------------------------------


def _filter_objection(account: str, filter_: str, time: str) -> str | None:
    for name, text in (("account", account), ("filter", filter_), ("time", time)):
        if len(text) > _LONGEST_PARAMETERS[name]:
            return _PARAMETER_LONG(name=name, length=len(text), limit=_LONGEST_PARAMETERS[name])
    if any(not 1990 <= int(year) <= 2099 for year in re.findall(r"\d{4}", time)):
        return _YEARS()
    return None


def _load_problems(main: Path) -> Sequence[tuple[Path, int, str]]:
    """What forbids to load the books now: a main file that is gone, or what the static audit found."""
    if not os.access(main, os.R_OK):
        return [(main, 1, _GONE(name=main.name))]
    return _audit(main) if _audit else []
