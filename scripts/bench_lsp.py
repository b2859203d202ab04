"""Times a keystroke in a text editor, until what is underlined is told again: `python scripts/bench_lsp.py ledger/main.beancount`.

A real language client speaks to `grandlivre lsp` over standard input and output. It prints milliseconds, the middle one and the longest:
while a label is typed in the largest month; while an entry is begun below it, which cannot be read yet and is inspected again meanwhile.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import statistics
import sys
import time
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

_TITLE = re.compile(r'^\d{4}-\d\d-\d\d \* "[^"\n]*" "[^"\n]*(?="$)', re.MULTILINE)
_LABEL = " reprise du mois"
_ENTRY = '\n2024-01-31 * "Papeterie" "Cahiers'
_PATIENCE = 900


class _Typist:
    """Types in one file and waits for what is said of it."""

    def __init__(self, path: Path) -> None:
        self.uri = path.as_uri()
        self.text = path.read_text(encoding="utf-8")
        self.client = LanguageClient("bench", "1")
        self.told, self.settled = asyncio.Event(), asyncio.Event()
        self._version = 1

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(asked: types.PublishDiagnosticsParams) -> None:
            if asked.uri == self.uri:
                self.told.set()

        @self.client.feature("$/grandlivre/settled")
        def settled(asked: types.InitializedParams) -> None:
            self.settled.set()

        _ = (published, settled)

    async def open(self) -> None:
        """Opens the file, and waits for the first inspection and for what it hangs on."""
        await self.client.start_io(sys.executable, "-P", "-m", "grandlivre", "lsp")
        options = {"settled": True}
        await self.client.initialize_async(
            types.InitializeParams(types.ClientCapabilities(), initialization_options=options)
        )
        self.client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(self.uri, "beancount", 1, self.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await asyncio.wait_for(self.settled.wait(), _PATIENCE)

    async def get_ready(self) -> None:
        """Waits until a remark is sure at once to change nothing: what the findings hang on is worked out after they are said."""
        began = time.perf_counter()
        for count in itertools.count():
            await asyncio.sleep(5 + 5 * count)
            await self.type(f"{self.text}\n; {count}\n")
            await asyncio.sleep(0.05)
            if self.settled.is_set():
                return
            if time.perf_counter() - began > _PATIENCE:
                sys.exit("no guard is known")

    async def type(self, text: str) -> float:
        """The seconds until something is said of the file with that text."""
        self.told.clear()
        self.settled.clear()
        self._version += 1
        named = types.VersionedTextDocumentIdentifier(self._version, self.uri)
        whole = types.TextDocumentContentChangeWholeDocument(text)
        began = time.perf_counter()
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(named, [whole]))
        await asyncio.wait_for(self.told.wait(), _PATIENCE)
        return time.perf_counter() - began

    async def close(self) -> None:
        """Ends the conversation."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


async def _measured(main: Path) -> tuple[list[float], list[float]]:
    path = max(main.parent.glob("*/20*.beancount"), key=lambda each: each.stat().st_size)
    typist = _Typist(path)
    await typist.open()
    await typist.get_ready()
    titles = list(_TITLE.finditer(typist.text))
    at = titles[len(titles) // 2].end()
    labels: list[float] = []
    for count in range(1, len(_LABEL) + 1):
        labels.append(await typist.type(typist.text[:at] + _LABEL[:count] + typist.text[at:]))
        await asyncio.sleep(0.1)
    entries: list[float] = []
    for count in range(2, len(_ENTRY) + 1):
        entries.append(await typist.type(typist.text + _ENTRY[:count]))
        await asyncio.sleep(0.1 if count % 10 else 0.8)  # long enough for an inspection to begin
    await typist.close()
    return labels, entries


def main() -> int:
    """Prints the four numbers."""
    labels, entries = asyncio.run(_measured(Path(sys.argv[1]).resolve()))
    figures = [f(each) * 1000 for each in (labels, entries) for f in (statistics.median, max)]
    print(*(f"{each:.1f}" for each in figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
