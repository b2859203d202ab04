"""A real language client, talking to `grandlivre lsp` on its standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

T = TypeVar("T")
_PATIENCE = 60


class Editor:
    """An editor with one set of books open; what it says is waited for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("essai", "1")
        self.said: dict[Path, list[types.Diagnostic]] = {}
        self._told, self._settled = asyncio.Event(), asyncio.Event()
        self._versions: dict[Path, int] = {}
        self.complaints: list[str] = []

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(asked: types.PublishDiagnosticsParams) -> None:
            self.said[self._path(asked.uri)] = list(asked.diagnostics)
            self._told.set()

        @self.client.feature("$/grandlivre/settled")
        def settled(_: Any) -> None:
            self._settled.set()

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def shown(asked: types.ShowMessageParams) -> None:
            self.complaints.append(asked.message)

        _ = (published, settled, shown)
        self.do(self._start())

    async def _start(self) -> None:
        await self.client.start_io(sys.executable, "-P", "-m", "grandlivre", "lsp")
        asked = types.InitializeParams(
            types.ClientCapabilities(), root_uri=self.root.as_uri(), initialization_options={"settled": True}
        )
        self.capabilities = (await self.client.initialize_async(asked)).capabilities
        self.client.initialized(types.InitializedParams())

    def close(self) -> None:
        """Ends the conversation as an editor does."""

        async def end() -> None:
            await self.client.shutdown_async(None)
            self.client.exit(None)
            await self.client.stop()

        self.do(end())
        self.loop.close()

    def do(self, asked: Coroutine[Any, Any, T]) -> T:
        """What a question answers."""
        return self.loop.run_until_complete(asyncio.wait_for(asked, _PATIENCE))

    def _path(self, uri: str) -> Path:
        from pygls.uris import to_fs_path

        return Path(to_fs_path(uri) or "")

    def document(self, path: Path) -> types.TextDocumentIdentifier:
        """How a file is named."""
        return types.TextDocumentIdentifier(path.as_uri())

    def show(self, path: Path, text: str) -> None:
        """Types a text, without saving it, and waits until what the server says of the books is what `check` says."""
        self.type(path, text)
        self.do(self._settled.wait())

    def type(self, path: Path, text: str) -> None:
        """Types a text, without saving it, and waits for the first thing that the server says of it."""
        self._told.clear()
        self._settled.clear()
        number = self._versions[path] = self._versions.get(path, 0) + 1
        if number == 1:
            item = types.TextDocumentItem(path.as_uri(), "beancount", number, text)
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        else:
            named = types.VersionedTextDocumentIdentifier(number, path.as_uri())
            whole = types.TextDocumentContentChangeWholeDocument(text)
            self.client.text_document_did_change(types.DidChangeTextDocumentParams(named, [whole]))
        self.do(self._told.wait())

    def rest(self, then: Callable[[], None] | None = None) -> None:
        """Waits until the server has inspected the books whole again: after the last text, or after something else done now."""
        if then is not None:
            self._settled.clear()
            then()
        self.do(self._settled.wait())

    def findings(self) -> set[tuple[str, int, str, str]]:
        """(file, line, rule, sentence) of everything that is underlined."""
        return {
            (path.relative_to(self.root).as_posix(), each.range.start.line + 1, str(each.code), each.message)
            for path, rows in self.said.items()
            for each in rows
        }
