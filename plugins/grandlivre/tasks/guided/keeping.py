"""A draft written into the books: all of it or nothing, once for each form, and recorded in git where there is git.

A form carries a token. Before the books change, `.grandlivre/saisies/<token>` says what is about to be written; a form that
is sent again (a double click, a page sent anew, a server that died before it answered) finds there what was written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from grandlivre.books.index import Books
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, Pages, open_desk
from grandlivre.tasks.guided.drafting import Draft, prepare
from grandlivre.tasks.keeping import Author, commit
from grandlivre.writing import DISK, WriteError
from grandlivre.writing.disk import unlink_if_there, write_new

_FOLDER = Path(".grandlivre") / "saisies"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KEPT = 500
"""Forms that are remembered."""
_TRIES = 3
"""Somebody else may write between the look and the writing: the form is then judged again."""


class BlockedError(RefusedError):
    """A draft that the controls refuse; nothing was written."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(*(each.message for each in draft.errors))
        self.draft = draft


class _AgainError(Exception):
    """The form was written already."""


@dataclass(frozen=True)
class Entered:
    """What a form wrote."""

    draft: Draft
    paths: tuple[str, ...]
    """The files that changed, relative to the root; none when the form had been written before."""
    commit: str
    """The commit that records it; "" where git keeps nothing."""
    text: str
    piece: str
    again: bool = False
    """Whether the same form had been written before."""
    problem: str = ""
    """A sentence when it is written and git could not record it."""


def enter(
    main: Path,
    genre: str,
    fields: Mapping[str, Any],
    *,
    token: str = "",
    today: date | None = None,
    author: Author | None = None,
) -> Entered:
    """Judges a form and writes it; raises FieldsError, BlockedError (nothing is written), RefusedError or WriteError."""
    if token and not _TOKEN.fullmatch(token):
        raise RefusedError("Le jeton de ce formulaire ne se lit pas : rouvrez la page.")
    for tried in range(_TRIES):
        desk = open_desk(main, "saisie", today)
        before = _written(desk.root, token, desk.books) if token else None
        if before is not None:
            return before
        draft = prepare(desk, genre, fields)
        try:
            return write(desk, draft, token=token, author=author)
        except _AgainError:
            continue
        except WriteError:
            if tried + 1 == _TRIES or not _has_changed(desk):
                raise
    raise WriteError("les livres changent pendant la saisie. Rien n'a été modifié ; envoyez de nouveau le formulaire.")


def write(desk: Desk, draft: Draft, *, token: str = "", author: Author | None = None) -> Entered:
    """Writes a draft, all its files or none; raises BlockedError while it adds an error, WriteError when the disk refuses."""
    if draft.errors:
        raise BlockedError(draft)

    def edit(pages: Pages) -> None:
        if token:
            if _noted(desk.root, token) is not None:
                raise _AgainError
            _note(desk.root, token, draft)
        draft.insert(pages)

    try:
        paths = desk.write("saisie", edit)
    except BaseException as error:
        if token and not isinstance(error, _AgainError):
            _forget(desk.root, token)
        raise
    kept = commit(desk.root, paths, author, _subject(draft))
    return Entered(draft, paths, kept.commit, draft.text, draft.piece, problem=kept.problem)


def _has_changed(desk: Desk) -> bool:
    """Whether the files of the books are not those that were read."""
    return any(not path.is_file() or path.read_bytes() != data for path, data in desk.files.items())


def _subject(draft: Draft) -> str:
    """What the commit says: the voucher, then the title of its entry."""
    first = next((part.text for part in draft.parts if part.piece == draft.piece), draft.parts[-1].text)
    title = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', first.partition("\n")[0]))
    return f"{draft.piece or draft.genre} : {title}"[:120]


# --- forms that were sent ---------------------------------------------------------------------------------------------


def _note(root: Path, token: str, draft: Draft) -> None:
    """Says, before anything is written, what that form writes."""
    folder = root / _FOLDER
    for path in (folder.parent, folder):
        if not path.exists():
            DISK.make_folder(path)
    files = [path.relative_to(root).as_posix() for path in dict.fromkeys(part.file for part in draft.parts)]
    told = {"genre": draft.genre, "piece": draft.piece, "texte": draft.text, "fichiers": files,
            "parties": [part.text for part in draft.parts]}  # fmt: skip
    unlink_if_there(DISK, folder / token)
    write_new(DISK, folder / token, json.dumps(told, ensure_ascii=False).encode())
    _thin(folder)


def _noted(root: Path, token: str) -> Mapping[str, Any] | None:
    """What a form that was sent before wrote; None when it wrote nothing, or somebody took it out of the books since."""
    try:
        told = json.loads((root / _FOLDER / token).read_bytes())
        text = "\n".join((root / file).read_text(encoding="utf-8") for file in told["fichiers"])
        if all(_head(part) in text for part in told["parties"]):
            return told  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _head(part: str) -> str:
    """What stays when an entry is ticked or signed: its title without the flag, then its voucher; a directive's first line."""
    title, first, *_ = [*part.splitlines(), ""]
    flagged = re.match(r"\d{4}-\d{2}-\d{2} [*!] (.*)", title)
    return f"{flagged[1]}\n{first}" if flagged is not None else title


def _written(root: Path, token: str, books: Books) -> Entered | None:
    told = _noted(root, token)
    if told is None:
        return None
    draft = Draft(told["genre"], told["piece"], (), (), (), ())
    return Entered(draft, (), "", told["texte"], told["piece"], again=True)


def _forget(root: Path, token: str) -> None:
    with suppress(OSError):
        unlink_if_there(DISK, root / _FOLDER / token)


def _thin(folder: Path) -> None:
    """Lets go of the oldest forms."""
    with suppress(OSError):
        found = sorted(os.scandir(folder), key=lambda item: item.stat().st_mtime)
        for item in found[:-_KEPT]:
            unlink_if_there(DISK, Path(item.path))
