"""Gzip on the way out: cheroot sends bytes as they are, and Fava's scripts are a megabyte."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SMALLEST = 1_000
_KEPT = 64
_TYPES = ("text/", "application/json", "application/javascript", "application/wasm", "image/svg+xml")


def compressed(inner: WSGIApplication) -> WSGIApplication:
    """The same application, its texts compressed for browsers that accept it; static files are compressed once."""
    kept: dict[tuple[str, str], bytes] = {}

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", "") or environ["REQUEST_METHOD"] == "HEAD":
            return inner(environ, start_response)
        answer: list[Any] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answer[:] = [status, headers, exc_info]
            return lambda _data: None

        chunks = inner(environ, hold)
        status, headers, exc_info = answer
        named = {name.lower(): value for name, value in headers}
        if not status.startswith("200") or "content-encoding" in named or not _is_text(named):
            start_response(status, headers, exc_info)
            return chunks
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        if len(body) >= SMALLEST:
            body, headers = _packed(environ["PATH_INFO"], named, headers, body, kept)
        start_response(status, headers, exc_info)
        return [body]

    return application


def _is_text(named: dict[str, str]) -> bool:
    return named.get("content-type", "").startswith(_TYPES)


def _packed(
    path: str, named: dict[str, str], headers: list[tuple[str, str]], body: bytes, kept: dict[tuple[str, str], bytes]
) -> tuple[bytes, list[tuple[str, str]]]:
    tag = named.get("etag", "") if path.startswith("/static/") else ""
    packed = kept.get((path, tag)) if tag else None
    if packed is None:
        packed = gzip.compress(body, 6 if not tag else 9, mtime=0)
        if tag and len(kept) < _KEPT:
            kept[path, tag] = packed
    rest = [(name, value) for name, value in headers if name.lower() not in {"content-length", "etag", "vary"}]
    rest += [("Content-Length", str(len(packed))), ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    if named.get("etag"):
        rest.append(("ETag", named["etag"] if named["etag"].startswith("W/") else f"W/{named['etag']}"))
    return packed, rest
