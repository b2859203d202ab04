"""The language server: findings as one types, over standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from grandlivre.books.index import Books
from grandlivre.editor import places, rules_completion
from grandlivre.editor.completion import completions
from grandlivre.editor.curing import cures
from grandlivre.editor.diagnostics import diagnostic, diagnostics
from grandlivre.editor.hints import balances
from grandlivre.editor.hover import told
from grandlivre.editor.layout import aligned
from grandlivre.editor.remedies import Remedy
from grandlivre.editor.reversing import reversal
from grandlivre.editor.text import Change
from grandlivre.editor.words import Word, units, word_at
from grandlivre.editor.workspace import Workspace, entry_point_above
from grandlivre.rules import READERS, Finding

_PAUSES = (0.15, 0.5)
"""Seconds without a keystroke before books are inspected again: as long as that takes, within these bounds."""
_REST = 2.0
"""The same where nothing else can be found: what the editor knows of balances and numbers follows."""
_SETTLED = "$/grandlivre/settled"
"""What an editor that asks for it (`settled` among its options) is told when what is underlined is what `check` says."""
_STORNO = f"{types.CodeActionKind.Source.value}.extourne"
_TURN = 0.001
"""Seconds that an inspection may go on before a keystroke is listened to."""
_OURS = (".beancount", ".yaml")


class Server(LanguageServer):
    """One editor and the books whose files it opens."""

    def __init__(self, main: Path | None = None, today: date | None = None) -> None:
        super().__init__("grandlivre", version("grandlivre"), text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self._given = main
        self._today = today
        self.books: dict[Path, Workspace] = {}
        self._told: dict[Path, dict[str, list[types.Diagnostic]]] = {}
        """By entry point, what the editor was last told of each file."""
        self._sure: dict[Path, bool] = {}
        """By entry point, whether what it was told is what `check` says."""
        self._waiting: dict[Path, asyncio.Task[None]] = {}
        self.asks_when_settled = False

    def workspace_of(self, uri: str, *, papers: bool = False) -> Workspace | None:
        """The books that hold a text, or a paper too; None for a file of no books."""
        path = path_of(uri)
        if path is None or (path.suffix not in _OURS and not papers):
            return None
        main = self._given or entry_point_above(path.parent)
        if main is None:
            return None
        return self.books.setdefault(main.resolve(), Workspace(main, self._today))

    def told(self, found: Workspace, path: Path) -> list[types.Diagnostic]:
        """What the editor was last told of a file."""
        return self._told.get(found.main, {}).get(_uri(path), [])

    def typed(self, found: Workspace, path: Path) -> None:
        """Says at once what is known of a text that changed; what is not sure is inspected once nobody types for a moment."""
        said = found.said()
        if said is None:
            self._inspect_in(found, _PAUSES[0])
            return
        if said.sure and not self._sure.get(found.main):
            self._say_everything(found)
        else:
            for each in {path, *said.findings}:
                rows = said.findings.get(each)
                self._say(found, each, found.known(each) if rows is None else rows, always=each == path)
        self._sure[found.main] = said.sure
        if said.sure:
            self._settled()
        least, most = _PAUSES
        unread = any(each.rule in READERS for rows in said.findings.values() for each in rows)
        if said.sure:
            if said.findings:
                self._inspect_in(found, _REST)
        elif unread:  # what it says of itself is most of what there is to say
            self._inspect_in(found, min(_REST, max(least, 4 * found.took)))
        else:
            self._inspect_in(found, min(most, max(least, found.took)))

    def look(self, found: Workspace) -> None:
        """Inspects the books, of which a file changed on the disk, once nothing changes for a moment."""
        self._inspect_in(found, _PAUSES[0])

    def _inspect_in(self, found: Workspace, pause: float) -> None:
        waiting = self._waiting.pop(found.main, None)
        if waiting is not None:
            waiting.cancel()
        self._waiting[found.main] = asyncio.get_running_loop().create_task(self._inspect(found, pause))

    async def _inspect(self, found: Workspace, pause: float) -> None:
        await asyncio.sleep(pause)
        await asyncio.shield(self.inspect(found))

    async def inspect(self, found: Workspace) -> None:
        """Inspects the books whole and says every finding, file by file; a file that has none any more is said clean."""
        await asyncio.to_thread(found.judged)
        self._say_everything(found)
        if found.is_judged:
            self._sure[found.main] = True
            self._settled()
        if found.standing is not None:
            await asyncio.to_thread(found.standing.prepare)

    def _say_everything(self, found: Workspace) -> None:
        every = found.everything()
        for path in sorted({*every, *(path_of(uri) or found.main for uri in self._told.get(found.main, {}))}):
            self._say(found, path, every.get(path, ()), always=path in found.texts)

    def _say(self, found: Workspace, path: Path, findings: Iterable[Finding], *, always: bool) -> None:
        """Tells what is found in a file, when that is another thing than before."""
        rows = diagnostics(findings, found.text(path).splitlines())
        told, uri = self._told.setdefault(found.main, {}), _uri(path)
        if always or rows != told.get(uri, []):
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, rows))
        told[uri] = rows

    def _settled(self) -> None:
        if self.asks_when_settled:
            self.protocol.notify(_SETTLED, {})


def _uri(path: Path) -> str:
    return from_fs_path(str(path)) or ""


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
            made.typed(found, path)

    @made.feature(types.INITIALIZE)
    async def initialize(asked: types.InitializeParams) -> None:
        options: Any = asked.initialization_options  # a record where JSON was read, a mapping where Python was
        asks = options.get("settled") if isinstance(options, Mapping) else getattr(options, "settled", False)
        made.asks_when_settled = bool(asks)

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
        found = made.workspace_of(uri, papers=True)
        if found is not None:
            found.changed()
            made.look(found)

    _ = (initialize, opened, changed, closed, saved, watched)
    _add_answers(made)
    return made


def _add_answers(made: Server) -> None:
    """What the editor asks: where a word is declared and named, what it means, balances, aligned amounts."""

    @made.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(asked: types.DefinitionParams) -> list[types.Location]:
        spot = await _spot(made, asked.text_document.uri, asked.position)
        if spot is None or spot.word is None:
            return []
        return places.definitions(spot.books, spot.word, spot.tree)

    @made.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(asked: types.ReferenceParams) -> list[types.Location]:
        spot = await _spot(made, asked.text_document.uri, asked.position)
        if spot is None or spot.word is None:
            return []
        return await asyncio.to_thread(places.references, spot.found, spot.books, spot.word.text)

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(asked: types.HoverParams) -> types.Hover | None:
        spot = await _spot(made, asked.text_document.uri, asked.position)
        if spot is None:
            return None
        at = asked.position.line
        spoken = {str(each.code) for each in made.told(spot.found, spot.path) if each.range.start.line == at}
        said = await asyncio.to_thread(told, spot.found, spot.books, spot.path, spot.word, spoken)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, said)) if said else None

    @made.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(asked: types.InlayHintParams) -> list[types.InlayHint]:
        spot = await _spot(made, asked.text_document.uri, asked.range.start)
        if spot is None or spot.path.suffix != ".beancount":
            return []
        first, last = asked.range.start.line, asked.range.end.line
        return await asyncio.to_thread(balances, spot.found, spot.books, spot.path, first, last)

    @made.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def formatting(asked: types.DocumentFormattingParams) -> list[types.TextEdit]:
        found, path = made.workspace_of(asked.text_document.uri), path_of(asked.text_document.uri)
        if found is None or path is None or path.suffix != ".beancount":
            return []
        return aligned(found.text(path).splitlines())

    @made.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', ":", " ", "{", "["]))
    async def completion(asked: types.CompletionParams) -> list[types.CompletionItem]:
        spot = await _spot(made, asked.text_document.uri, asked.position)
        if spot is None:
            return []
        lines = spot.found.text(spot.path).splitlines()
        if spot.path.suffix != ".beancount":
            return await asyncio.to_thread(rules_completion.completions, spot.books, spot.path, lines, asked.position)
        return await asyncio.to_thread(completions, spot.books, spot.path, lines, asked.position, spot.tree)

    @made.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, _STORNO]),
    )
    async def actions(asked: types.CodeActionParams) -> list[types.CodeAction]:
        found, path = made.workspace_of(asked.text_document.uri), path_of(asked.text_document.uri)
        if found is None or path is None:
            return []
        first, last = asked.range.start.line, asked.range.end.line
        offered: list[types.CodeAction] = []
        spoken = any(first <= each.range.start.line <= last for each in made.told(found, path))
        if spoken and _wants(asked, types.CodeActionKind.QuickFix):
            cured = await asyncio.to_thread(cures, found, path, first, last)
            offered += [_action(found, remedy, types.CodeActionKind.QuickFix, finding) for finding, remedy in cured]
        automatic = asked.context.trigger_kind == types.CodeActionTriggerKind.Automatic
        if path.suffix == ".beancount" and not automatic and _wants(asked, _STORNO):
            storno = await asyncio.to_thread(reversal, found, path, first)
            offered += [_action(found, storno, _STORNO)] if storno is not None else []
        return offered

    _ = (definition, references, hover, hints, formatting, completion, actions)


def _wants(asked: types.CodeActionParams, kind: str) -> bool:
    """Whether an editor that names the kinds it wants names that one, or one that it is part of."""
    only = asked.context.only
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


def _action(found: Workspace, remedy: Remedy, kind: str, finding: Finding | None = None) -> types.CodeAction:
    """A remedy as an editor offers it; one change of whole lines in each file."""
    edits = {_uri(each.path): [_edit(each, found.text(each.path))] for each in remedy.changes}
    new = [each.path for each in remedy.changes if each.path not in found.texts and not each.path.exists()]
    whole = types.WorkspaceEdit(changes=edits)
    if new:  # only this form makes a file
        whole = types.WorkspaceEdit(
            document_changes=[
                *(types.CreateFile(_uri(each)) for each in new),
                *(
                    types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri), list(each))
                    for uri, each in edits.items()
                ),
            ]
        )
    said = [diagnostic(finding, found.text(Path(finding.file)).splitlines())] if finding is not None else None
    return types.CodeAction(remedy.title, kind, said, edit=whole)


def _edit(change: Change, text: str) -> types.TextEdit:
    lines = text.splitlines()
    said = "".join(f"{line}\n" for line in change.lines)
    start, end = types.Position(change.start, 0), types.Position(change.until, 0)
    if lines and (change.until > len(lines) or (change.start >= len(lines) and not text.endswith("\n"))):
        last = len(lines) - 1
        end = types.Position(last, units(lines[last]))
        start = end if change.start >= len(lines) else start
        said = ("\n" if change.start >= len(lines) else "") + said
    return types.TextEdit(types.Range(start, end), said)


class _Spot(NamedTuple):
    """Where the cursor is."""

    found: Workspace
    path: Path
    word: Word | None
    books: Books
    """The books as they could last be read whole."""
    tree: str
    """The tree of the file, or of the entry under the cursor."""


async def _spot(made: Server, uri: str, position: types.Position) -> _Spot | None:
    found, path = made.workspace_of(uri), path_of(uri)
    if found is None or path is None:
        return None
    books = (await asyncio.to_thread(found.latest)).books
    lines = found.text(path).splitlines()
    word = word_at(lines, position, yaml=path.suffix != ".beancount")
    return _Spot(found, path, word, books, _tree(books, path, position.line))


def _tree(books: Books, path: Path, at: int) -> str:
    """The tree of what stands on a line, else that of the file's folder."""
    folders = {tree.lower(): tree for tree in books.trees}
    return books.tree_at(str(path), at + 1) or folders.get(path.parent.name, "")


def serve(main: Path | None, today: date | None) -> None:
    """Serves until the editor ends the conversation."""
    sys.setswitchinterval(_TURN)
    made: Any = server(main, today)
    made.start_io()
