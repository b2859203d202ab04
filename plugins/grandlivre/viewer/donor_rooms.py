"""A donor's reader sees one extract, served by a process of its own that never read the rest of the books (rows S19, S20).

The extract is made, by another process too, in a private folder; a child serves it on a port of this machine, and answers
only who knows the key that it was told at birth. It ends by its own number, or by itself when its parent is gone. After an edit of
ordinary month files those alone are drawn again (`tasks.redrawing`), and the child that is there reads them.
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
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grandlivre.i18n import one_line
from grandlivre.sources.marks import Look, differing, look
from grandlivre.tasks.problem import RefusedError, WriteError
from grandlivre.tasks.redrawing import Notes, redraw
from grandlivre.viewer import refusals
from grandlivre.viewer.guard import HEADERS, READER
from grandlivre.viewer.readers import Reader, Role
from grandlivre.viewer.watching import files_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

_MAKES_SECONDS = 300
_STARTS_SECONDS = 60
_ASKS_SECONDS = 60
_KEY = "X-Grandlivre-Cle"
_WHO = "X-Grandlivre-Lecteur"
_SCHEME = "X-Grandlivre-Schema"
_AGAIN = "X-Grandlivre-Relire"
"""What the parent alone says, never handed on from a reader: the books are read again, and their errors counted."""
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
    notes: Notes

    @property
    def extract(self) -> Path:
        """The books that the child serves."""
        return self.folder / "extrait"

    def is_alive(self) -> bool:
        """Whether the child is there."""
        return self.process.poll() is None

    def read_again(self) -> bool:
        """Lets the child read what changed; whether it finds no error there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ASKS_SECONDS)
        try:
            connection.request("GET", "/", headers={_KEY: self.key, _AGAIN: "oui"})
            found = connection.getresponse()
            return found.status == http.HTTPStatus.OK and found.read() == b"0"
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

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
    refused: Look | None = None
    """Books of which no extract could be made."""


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
        """The room over the books as they are now: looked at on each request, so that no page is stale."""
        with door.lock:
            now = look(files_of(self._main))
            room = door.room if door.room is not None and door.room.is_alive() else None
            if room is not None and (_same(room.seen, now) or self._follows(room, now)):
                room.seen = now
                return room
            if room is not None and door.refused is not None and _same(door.refused, now):
                return room  # books that cannot be extracted now: what was served stays
            fresh = self._made(tree, now)
            if fresh is None and room is not None:
                door.refused = now
                return room
            if door.room is not None:
                door.room.end()
            door.room, door.refused = fresh, None
            if fresh is None:
                raise ValueError(tree)
            return fresh

    def _follows(self, room: _Room, now: Look) -> bool:
        """Whether what changed could be drawn again alone, and the child reads it without an error."""
        if now.keys() != room.seen.keys():
            return False
        again = redraw(self._main, room.extract, room.notes, differing(room.seen, now))
        if again is None:
            return False
        if room.read_again():
            room.notes = again.notes
            return True
        again.undo()
        return False

    def _made(self, tree: str, seen: Look) -> _Room | None:
        """A new extract and its child; None when the books do not give one."""
        folder = Path(tempfile.mkdtemp(prefix="grandlivre-extrait-"))
        told = {"books": str(self._main), "tree": tree, "folder": str(folder), "today": _written(self._today)}
        done = subprocess.run(  # noqa: S603 - this very Python, nothing of the books' folder before its libraries
            [sys.executable, "-P", "-c", f"from {__name__} import draw_extract; draw_extract()"],
            cwd=folder,
            input=json.dumps(told).encode(),
            capture_output=True,
            timeout=_MAKES_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            sys.stderr.write(done.stderr.decode("utf-8", "replace")[-2_000:])
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return self._opened(folder, seen, Notes.from_json(done.stdout.decode()))

    def _opened(self, folder: Path, seen: Look, notes: Notes) -> _Room | None:
        key = secrets.token_urlsafe(32)
        process = subprocess.Popen(  # noqa: S603 - as above
            [sys.executable, "-P", "-c", f"from {__name__} import serve_extract; serve_extract()"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        told = {"folder": str(folder), "key": key, "today": _written(self._today)}
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
        room = _Room(process, int(said) if said.isdigit() else 0, key, folder, seen, notes)
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


def _same(former: Look, now: Look) -> bool:
    """Whether nothing changed between two looks at the same books."""
    return former.keys() == now.keys() and not differing(former, now)


def _written(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _read(day: str) -> date | None:
    return date.fromisoformat(day) if day else None


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


# In the children ----------------------------------------------------------------------------------------------------


def draw_extract() -> None:
    """Draws one extract, and tells what it knew; what keeps it from being drawn is told in French, with status 2."""
    from grandlivre.inspection import real_day
    from grandlivre.tasks.extracting import extract

    told = json.loads(sys.stdin.buffer.read())
    main = Path(told["books"])
    try:
        found = extract(main, told["tree"], Path(told["folder"]) / "extrait", real_day(main, _read(told["today"])))
    except (RefusedError, WriteError) as error:
        sys.stderr.write(f"{one_line(str(error))}\n")
        sys.exit(2)
    sys.stdout.buffer.write(found.notes.as_json().encode())


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
        app.config[TODAY] = _read(told["today"])
        harden(app, profile="bailleur", audit=audit, site=INSIDE)
        fava_adapter.first_ledger(app)
        server = listening(known(app, told["key"], lambda: _errors_now(app)), 0)
        threading.Thread(target=server.serve, daemon=True).start()
        sys.stdout.write(f"{server.bind_addr[1]}\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def _errors_now(app: Flask) -> int:
    """How many errors the books have once read again, if they changed; -1 where they cannot be read wholly."""
    from grandlivre.viewer import fava_adapter, frame

    with app.extensions["grandlivre"].lock, app.app_context():
        ledger = fava_adapter.first_ledger(app)
        ledger.changed()
        inspection = frame.loaded_of(ledger).inspection
        refused = any(isinstance(error, fava_adapter.LoadProblem) for error in ledger.load_errors)
        return -1 if inspection.halted or refused else inspection.errors


def known(inner: WSGIApplication, key: str, errors_now: Callable[[], int]) -> WSGIApplication:
    """The application for who knows the key alone; the reader is whom the parent names.

    The parent alone may also ask how many errors the books have as they are now.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said: Any = environ.pop(f"HTTP_{_KEY.upper().replace('-', '_')}", "")
        if not hmac.compare_digest(str(said).encode(), key.encode()):
            return _said(environ, start_response, 403, refusals.SENTENCES[403])
        if environ.pop(f"HTTP_{_AGAIN.upper().replace('-', '_')}", ""):
            start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
            return [str(errors_now()).encode()]
        name, tree, token = json.loads(environ.pop(f"HTTP_{_WHO.upper().replace('-', '_')}"))
        environ["wsgi.url_scheme"] = environ.pop(f"HTTP_{_SCHEME.upper().replace('-', '_')}", "http")
        environ[READER] = Reader(name, Role.DONOR, tree=tree, token=token)
        return inner(environ, start_response)

    return application
