"""A donor's reader sees one extract, served by a process of its own that never read the rest of the books (rows S19, S20).

The extract is made, by another process too, in a private folder; a child serves it on a port of this machine, and answers
only who knows the key that it was told at birth. It ends by its own number, or by itself when its parent is gone.
"""

from __future__ import annotations

import contextlib
import hmac
import http.client
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grandlivre.sources.marks import Look, look
from grandlivre.viewer import refusals
from grandlivre.viewer.guard import HEADERS, READER
from grandlivre.viewer.readers import Reader, Role
from grandlivre.viewer.watching import files_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MAKES_SECONDS = 300
_STARTS_SECONDS = 60
_ASKS_SECONDS = 60
_LOOKS_SECONDS = 2.0
"""Between two looks at whether the books changed."""
_KEY = "X-Grandlivre-Cle"
_WHO = "X-Grandlivre-Lecteur"
_SCHEME = "X-Grandlivre-Schema"
_PASSED = (
    "Accept Accept-Language If-Modified-Since If-None-Match Origin Referer Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site "
    "Sec-Fetch-User User-Agent"
).split()
"""What the child hears of a request; never the session's cookie."""
_HELD = frozenset("connection content-length date keep-alive server set-cookie transfer-encoding".split())
"""What the child says for itself alone."""
_READ_ONLY = "Ces livres sont en lecture seule : rien n'y est modifié."


@dataclass
class _Room:
    """One child over one extract."""

    process: subprocess.Popen[bytes]
    port: int
    key: str
    folder: Path
    seen: Look

    def end(self) -> None:
        """Ends the child, by its own number, and takes the extract away."""
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class _Door:
    """The room of one tree, made when its first reader comes and made again when the books changed."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    room: _Room | None = None
    looked: float = 0.0


class DonorRooms:
    """The children of a server, one a tree."""

    def __init__(self, main: Path, today: date | None = None) -> None:
        self._main, self._today = main, today
        self._doors: dict[str, _Door] = {}
        self._lock = threading.Lock()

    def forward(self, environ: WSGIEnvironment, start_response: StartResponse, reader: Reader) -> Iterable[bytes]:
        """Asks the child of the reader's tree, and hands its answer on."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _said(environ, start_response, 403, _READ_ONLY)
        with self._lock:
            door = self._doors.setdefault(reader.tree, _Door())
        try:
            room = self._room(door, reader.tree)
            return _asked(room, environ, start_response, reader)
        except (OSError, http.client.HTTPException, subprocess.SubprocessError, ValueError) as error:
            sys.stderr.write(f"L'extrait de {reader.tree} n'est pas servi : {type(error).__name__}.\n")
            return _said(environ, start_response, 502, refusals.SENTENCES[502])

    def _room(self, door: _Door, tree: str) -> _Room:
        with door.lock:
            now = time.monotonic()
            room = door.room
            alive = room if room is not None and room.process.poll() is None else None
            recent = now - door.looked < _LOOKS_SECONDS
            if alive is not None and (recent or look(files_of(self._main)) == alive.seen):
                door.looked = now if not recent else door.looked
                return alive
            door.looked = now
            fresh = self._made(tree)
            if fresh is None and alive is not None:
                return alive  # books that cannot be extracted now: what was served stays
            if room is not None:
                room.end()
            door.room = fresh
            if fresh is None:
                raise ValueError(tree)
            return fresh

    def _made(self, tree: str) -> _Room | None:
        """A new extract and its child; None when the books do not give one."""
        seen = look(files_of(self._main))
        folder = Path(tempfile.mkdtemp(prefix="grandlivre-extrait-"))
        words = ["extract", "--bailleur", tree, "--out", str(folder / "extrait"), "--ledger", str(self._main)]
        words += ["--today", self._today.isoformat()] if self._today is not None else []
        run = "import sys; from grandlivre.__main__ import main; sys.argv[0] = 'grandlivre'; main()"
        done = subprocess.run(  # noqa: S603 - this very Python, nothing of the books' folder before its libraries
            [sys.executable, "-P", "-c", run, *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_MAKES_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            sys.stderr.write(done.stderr.decode("utf-8", "replace")[-2_000:])
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return self._opened(folder, seen)

    def _opened(self, folder: Path, seen: Look) -> _Room | None:
        key = secrets.token_urlsafe(32)
        process = subprocess.Popen(  # noqa: S603 - as above
            [sys.executable, "-P", "-c", f"from {__name__} import serve_extract; serve_extract()"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        told = {"folder": str(folder), "key": key, "today": self._today.isoformat() if self._today else ""}
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(_STARTS_SECONDS, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(told).encode() + b"\n")
            process.stdin.flush()
            said = process.stdout.readline(100).strip()
        finally:
            timer.cancel()
        room = _Room(process, int(said) if said.isdigit() else 0, key, folder, seen)
        if room.port:
            return room
        room.end()
        return None

    def close(self) -> None:
        """Ends every child."""
        for door in self._doors.values():
            with door.lock:
                if door.room is not None:
                    door.room.end()
                    door.room = None


def _asked(room: _Room, environ: WSGIEnvironment, start_response: StartResponse, reader: Reader) -> Iterable[bytes]:
    """The child's answer."""
    query = environ.get("QUERY_STRING", "")
    path = quote(environ.get("PATH_INFO", "/").encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~") or "/"
    headers = {name: said for name in _PASSED if (said := environ.get(f"HTTP_{name.upper().replace('-', '_')}"))}
    headers |= {"Host": environ.get("HTTP_HOST", ""), _KEY: room.key, _SCHEME: environ["wsgi.url_scheme"]}
    headers[_WHO] = json.dumps([reader.name, reader.tree, reader.token])
    connection = http.client.HTTPConnection("127.0.0.1", room.port, timeout=_ASKS_SECONDS)
    try:
        connection.request(environ["REQUEST_METHOD"], f"{path}?{query}" if query else path, headers=headers)
        found = connection.getresponse()
        body = found.read()
        kept = [(name, value) for name, value in found.getheaders() if name.lower() not in _HELD]
        length = found.getheader("Content-Length") if environ["REQUEST_METHOD"] == "HEAD" else str(len(body))
        start_response(f"{found.status} {found.reason}", [*kept, ("Content-Length", length or "0")])
        return [body]
    finally:
        connection.close()


def _said(environ: WSGIEnvironment, start_response: StartResponse, status: int, sentence: str) -> Iterable[bytes]:
    in_api = "/api/" in environ.get("PATH_INFO", "")
    body = refusals.as_json(sentence) if in_api else refusals.page(sentence)
    media = "application/json" if in_api else "text/html"
    usual = [
        ("Content-Type", f"{media}; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    start_response(f"{status} {http.client.responses[status]}", [*usual, *HEADERS.items()])
    return [body]


# In the child -------------------------------------------------------------------------------------------------------


def serve_extract() -> None:
    """Serves one extract until its parent closes the pipe, or is gone."""
    from grandlivre.inspection import refusals as audit
    from grandlivre.rules import TODAY
    from grandlivre.viewer import fava_adapter
    from grandlivre.viewer.guard import harden
    from grandlivre.viewer.server import listening
    from grandlivre.viewer.site import INSIDE

    told = json.loads(sys.stdin.buffer.readline())
    folder = Path(told["folder"])
    try:
        main = folder / "extrait" / "ledger" / "main.beancount"
        app = fava_adapter.create_app(main)
        app.config[TODAY] = date.fromisoformat(told["today"]) if told["today"] else None
        harden(app, profile="bailleur", audit=audit, site=INSIDE)
        fava_adapter.first_ledger(app)
        server = listening(known(app, told["key"]), 0)
        threading.Thread(target=server.serve, daemon=True).start()
        sys.stdout.write(f"{server.bind_addr[1]}\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def known(inner: WSGIApplication, key: str) -> WSGIApplication:
    """The application for who knows the key alone; the reader is whom the parent names."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said: Any = environ.pop(f"HTTP_{_KEY.upper().replace('-', '_')}", "")
        if not hmac.compare_digest(str(said).encode(), key.encode()):
            return _said(environ, start_response, 403, refusals.SENTENCES[403])
        name, tree, token = json.loads(environ.pop(f"HTTP_{_WHO.upper().replace('-', '_')}"))
        environ["wsgi.url_scheme"] = environ.pop(f"HTTP_{_SCHEME.upper().replace('-', '_')}", "http")
        environ[READER] = Reader(name, Role.DONOR, tree=tree, token=token)
        return inner(environ, start_response)

    return application
