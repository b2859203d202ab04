"""The language server: findings as one types, over standard input and output."""

from __future__ import annotations

import asyncio
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from grandlivre.editor.diagnostics import diagnostics
from grandlivre.editor.workspace import Workspace, entry_point_above

_QUIET = 0.15
"""Seconds without a keystroke before the books are judged."""
_OURS = (".beancount", ".yaml")


class Server(LanguageServer):
    """One editor and the books whose files it opens."""

    def __init__(self, main: Path | None = None, today: date | None = None) -> None:
        super().__init__("grandlivre", version("grandlivre"), text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self._given = main
        self._today = today
        self.books: dict[Path, Workspace] = {}
        self._told: dict[Path, set[str]] = {}
        """By entry point: the files that the editor was last told something about."""
        self._waiting: dict[Path, asyncio.Task[None]] = {}

    def workspace_of(self, uri: str) -> Workspace | None:
        """The books that hold a file; None for a file of no books."""
        path = path_of(uri)
        if path is None or path.suffix not in _OURS:
            return None
        main = self._given or entry_point_above(path.parent)
        if main is None:
            return None
        return self.books.setdefault(main.resolve(), Workspace(main, self._today))

    def look(self, found: Workspace) -> None:
        """Judges the books once nobody has typed for a moment, and says what they hold."""
        waiting = self._waiting.pop(found.main, None)
        if waiting is not None:
            waiting.cancel()
        self._waiting[found.main] = asyncio.get_running_loop().create_task(self._look(found))

    async def _look(self, found: Workspace) -> None:
        await asyncio.sleep(_QUIET)
        await asyncio.shield(self.say(found))

    async def say(self, found: Workspace) -> None:
        """Says every finding of the books, file by file; a file that has none any more is said clean."""
        inspection = await asyncio.to_thread(found.judged)
        said = {from_fs_path(str(path)) or "": rows for path, rows in diagnostics(inspection, found.text).items()}
        for uri in sorted(self._told.get(found.main, set()) | said.keys()):
            asked = types.PublishDiagnosticsParams(uri, said.get(uri, []))
            self.text_document_publish_diagnostics(asked)
        self._told[found.main] = set(said)


def path_of(uri: str) -> Path | None:
    """The file that an address names, links followed; None for what is no file."""
    name = to_fs_path(uri)
    return Path(name).resolve() if name and uri.startswith("file:") else None


def server(main: Path | None = None, today: date | None = None) -> Server:
    """A server of the books of `main`, or of those that hold each file that is opened."""
    made = Server(main, today)

    def show(uri: str, text: str | None) -> None:
        found, path = made.workspace_of(uri), path_of(uri)
        if found is not None and path is not None:
            found.show(path, None if text is None else text.encode())
            made.look(found)

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(asked: types.DidOpenTextDocumentParams) -> None:
        show(asked.text_document.uri, asked.text_document.text)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(asked: types.DidChangeTextDocumentParams) -> None:
        uri = asked.text_document.uri
        show(uri, made.workspace.get_text_document(uri).source)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(asked: types.DidCloseTextDocumentParams) -> None:
        show(asked.text_document.uri, None)

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(asked: types.DidSaveTextDocumentParams) -> None:
        _again(asked.text_document.uri)

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def watched(asked: types.DidChangeWatchedFilesParams) -> None:
        for each in asked.changes:
            _again(each.uri)

    def _again(uri: str) -> None:
        found = made.workspace_of(uri)
        if found is not None:
            found.changed()
            made.look(found)

    _ = (opened, changed, closed, saved, watched)
    return made


def serve(main: Path | None, today: date | None) -> None:
    """Serves until the editor ends the conversation."""
    made: Any = server(main, today)
    made.start_io()
