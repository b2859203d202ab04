"""The gatehouse in front of the books that are served to people with accounts: who comes in, and as whom.

It stands before Fava: without a session nothing of the books answers, not even a script. It says to the guard who asks;
what that reader may do is the guard's matter. A donor's reader is led to another process, that serves their extract alone.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, quote

from grandlivre.i18n import one_line
from grandlivre.tasks.accounts import Account, verify
from grandlivre.viewer import login_page, refusals
from grandlivre.viewer.guard import HEADERS, READER
from grandlivre.viewer.readers import Reader, Role
from grandlivre.viewer.sessions import Attempts, Sessions
from grandlivre.viewer.site import Site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOGIN = "/connexion"
LOGOUT = "/deconnexion"
_LARGEST_FORM = 8_192
_POLLED = "/api/changed"
"""What an open page asks every few seconds by itself: it keeps nobody logged in."""
_YEAR = 31_536_000
_WAIT = "Trop d'essais. Réessayez dans {minutes} min."


class Doors(Protocol):
    """What leads a donor's reader to their own process."""

    def forward(self, environ: WSGIEnvironment, start_response: StartResponse, reader: Reader) -> Iterable[bytes]:
        """The answer of that process."""


@dataclass
class Gatehouse:
    """A WSGI application round another one."""

    inner: WSGIApplication
    site: Site
    accounts: Callable[[], Mapping[str, Account]]
    sessions: Sessions
    attempts: Attempts
    doors: Doors
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request, or hands it on with its reader."""
        in_clear = self.site.came_in_clear(environ)
        address = self.site.settle(environ)
        answer = self._secured(start_response)
        if in_clear or not self.site.is_ours(environ):
            return _refused(answer, 400, refusals.HOST)
        path = environ.get("PATH_INFO", "")
        if path == LOGIN:
            return self._login(environ, answer, address)
        reader = self._reader(environ)
        if reader is None:
            return self._turned_away(environ, answer)
        if path == LOGOUT:
            return self._logout(environ, answer, reader)
        if reader.role is Role.DONOR:
            return self.doors.forward(environ, answer, reader)
        environ[READER] = reader
        return self.inner(environ, answer)

    def _secured(self, start_response: StartResponse) -> StartResponse:
        """Says to browsers, behind TLS, never to come in clear."""
        if not self.site.is_secure:
            return start_response

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("Strict-Transport-Security", f"max-age={_YEAR}")], exc_info)

        return begin

    # Who asks -------------------------------------------------------------------------------------------------------

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; its prefix keeps other hosts and plain connections from setting it."""
        return "__Host-grandlivre" if self.site.is_secure else "grandlivre"

    @property
    def _before(self) -> str:
        """The name of the cookie that the form of login goes with; it is nobody's session."""
        return f"{self.cookie}-avant"

    def _reader(self, environ: WSGIEnvironment) -> Reader | None:
        number = _cookie(environ, self.cookie)
        polled = environ.get("PATH_INFO", "").endswith(_POLLED)
        return self.sessions.find(number, self.accounts(), touch=not polled) if number else None

    def _turned_away(self, environ: WSGIEnvironment, answer: StartResponse) -> Iterable[bytes]:
        """Without a session: a page leads to the form, anything else is refused."""
        path = environ.get("PATH_INFO", "")
        page = environ["REQUEST_METHOD"] == "GET" and "/api/" not in path and not path.startswith("/static/")
        if page and path != LOGOUT:
            query = environ.get("QUERY_STRING", "")
            then = quote(path.encode("latin-1", "replace"), safe="/:") + (f"?{query}" if query else "")
            led = f"{LOGIN}?suite={quote(then, safe='')}" if then != "/" and _is_local(then) else LOGIN
            return _plain(answer, 303, b"", [("Location", led)])
        return _refused(answer, 401, "Connectez-vous pour ouvrir les livres.", in_api="/api/" in path)

    # Coming in ------------------------------------------------------------------------------------------------------

    def _login(self, environ: WSGIEnvironment, answer: StartResponse, address: str) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        asked = {
            key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True).items()
        }
        then = asked.get("suite", "/")
        if method in ("GET", "HEAD"):
            if self._reader(environ) is not None:
                return _plain(answer, 303, b"", [("Location", then if _is_local(then) else "/")])
            said = login_page.LEFT if "sortie" in asked else ""
            return self._form(environ, answer, then=then, good=said)
        if method != "POST":
            return _refused(answer, 405, refusals.SENTENCES[405])
        form = _posted(environ)
        if form is None:
            return _refused(answer, 413, refusals.SENTENCES[413])
        if not self._is_own_form(environ, form.get("jeton", "")):
            return self._form(environ, answer, 403, then=form.get("suite", "/"), bad=login_page.EXPIRED)
        return self._tried(environ, answer, address, form)

    def _tried(
        self, environ: WSGIEnvironment, answer: StartResponse, address: str, form: Mapping[str, str]
    ) -> Iterable[bytes]:
        name, then = form.get("nom", "").strip().lower()[:64], form.get("suite", "/")
        wait = self.attempts.wait(name, address)
        if wait > 0:
            said = _WAIT.format(minutes=math.ceil(wait / 60))
            more = [("Retry-After", str(math.ceil(wait)))]
            return self._form(environ, answer, 429, then=then, name=name, bad=said, more=more)
        account = self.accounts().get(name)
        if not verify(account, form.get("mot-de-passe", "")) or account is None:
            self.attempts.failed(name, address)
            whose = f"pour {name}" if account is not None else "pour un nom inconnu"
            _told(f"Connexion refusée {whose}, depuis {address}.")
            return self._form(environ, answer, 403, then=then, name=name, bad=login_page.FAILED)
        self.attempts.succeeded(name)
        self.sessions.end(_cookie(environ, self.cookie))
        number = self.sessions.begin(account)
        _told(f"Connexion de {name} ({account.role}), depuis {address}.")
        cookies = [self._set(self.cookie, number), self._set(self._before, "", gone=True, strict=True)]
        return _plain(answer, 303, b"", [("Location", then if _is_local(then) else "/"), *cookies])

    def _form(
        self,
        environ: WSGIEnvironment,
        answer: StartResponse,
        status: int = 200,
        *,
        then: str = "/",
        name: str = "",
        bad: str = "",
        good: str = "",
        more: Iterable[tuple[str, str]] = (),
    ) -> Iterable[bytes]:
        value = _cookie(environ, self._before)
        headers = list(more)
        if len(value) < 32:
            value = secrets.token_urlsafe(32)
            headers.append(self._set(self._before, value, strict=True))
        page = login_page.page(self._token(value), then if _is_local(then) else "/", name, bad, good)
        return _plain(answer, status, b"" if environ["REQUEST_METHOD"] == "HEAD" else page, headers)

    def _token(self, value: str) -> str:
        return hmac.new(self._secret, f"{LOGIN} {value}".encode(), hashlib.sha256).hexdigest()

    def _is_own_form(self, environ: WSGIEnvironment, token: str) -> bool:
        """Whether a form came from a page that this browser was given, on this site."""
        value = _cookie(environ, self._before)
        return (
            bool(value)
            and self._is_own_page(environ)
            and hmac.compare_digest(token.encode(), self._token(value).encode())
        )

    def _is_own_page(self, environ: WSGIEnvironment) -> bool:
        own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '').lower()}"
        site = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
        return environ.get("HTTP_ORIGIN", own) == own and site in ("same-origin", "none")

    # Going out ------------------------------------------------------------------------------------------------------

    def _logout(self, environ: WSGIEnvironment, answer: StartResponse, reader: Reader) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            return _refused(answer, 405, refusals.SENTENCES[405])
        token = (_posted(environ) or {}).get("jeton", "")
        if not self._is_own_page(environ) or not hmac.compare_digest(token.encode(), reader.token.encode()):
            return _refused(answer, 403, refusals.SENTENCES[403])
        self.sessions.end(_cookie(environ, self.cookie))
        gone = self._set(self.cookie, "", gone=True)
        return _plain(answer, 303, b"", [("Location", f"{LOGIN}?sortie"), gone, ("Clear-Site-Data", '"cache"')])

    def _set(self, name: str, value: str, *, gone: bool = False, strict: bool = False) -> tuple[str, str]:
        parts = [f"{name}={value}", "Path=/", "HttpOnly", f"SameSite={'Strict' if strict else 'Lax'}"]
        parts += ["Secure"] if self.site.is_secure else []
        parts += ["Max-Age=0"] if gone else []
        return "Set-Cookie", "; ".join(parts)


def _cookie(environ: WSGIEnvironment, name: str) -> str:
    """The value of a cookie; "" when it is not there, or there twice: somebody else set one of them."""
    pairs = (part.strip().partition("=") for part in environ.get("HTTP_COOKIE", "").split(";"))
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else ""


def _posted(environ: WSGIEnvironment) -> dict[str, str] | None:
    """The fields of a form; None for one that is too large."""
    said = environ.get("CONTENT_LENGTH") or "0"
    if not said.isdecimal() or int(said) > _LARGEST_FORM:
        return None
    try:
        text = environ["wsgi.input"].read(int(said)).decode("utf-8")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=20)
    except (OSError, ValueError):
        return {}
    return {key: values[0] for key, values in fields.items()}


def _is_local(address: str) -> bool:
    """Whether an address leads to a page of this site, however a browser reads it."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return (
        plain and address.startswith("/") and not address.startswith("//") and not address.startswith((LOGIN, LOGOUT))
    )


def _plain(
    answer: StartResponse, status: int, body: bytes, headers: Iterable[tuple[str, str]], media: str = "text/html"
) -> Iterable[bytes]:
    usual = [("Content-Type", f"{media}; charset=utf-8"), ("Content-Length", str(len(body))), *HEADERS.items()]
    answer(f"{status} {HTTPStatus(status).phrase}", [*usual, ("Cache-Control", "no-store"), *headers])
    return [body]


def _refused(answer: StartResponse, status: int, sentence: str, *, in_api: bool = False) -> Iterable[bytes]:
    body = refusals.as_json(sentence) if in_api else refusals.page(sentence)
    return _plain(answer, status, body, [], "application/json" if in_api else "text/html")


def _told(sentence: str) -> None:
    """A line of the server's log."""
    sys.stderr.write(one_line(sentence) + "\n")
