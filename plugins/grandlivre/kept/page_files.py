"""The pages of ledgers in `.grandlivre/index/pages/`, each under the content it was parsed from and the program that parsed it."""

from __future__ import annotations

import os

from grandlivre.kept import records
from grandlivre.kept.marks import State, UnsureError, digest_of
from grandlivre.kept.program import loaded, version

_SPARE = 40
"""Pages kept beyond twice those of the books as they are: branches, an edit and its undoing."""


class PageFiles:
    """The pages of the ledgers that a look saw."""

    def __init__(self, folder: str, root: str, state: State) -> None:
        self._folder = f"{folder}/pages"
        self._under = version([path for path in loaded() if f"{os.sep}beancount{os.sep}" in path])
        self._digests = {f"{root}/{path}": text.digest for path, text in state.texts.items()}

    def of(self, name: str) -> str | None:
        """The page of a ledger, by its absolute path; None where there is none, or where a byte of it is damaged."""
        if name not in self._digests:
            return None
        try:
            with open(self._place(name), "rb", buffering=0) as stream:
                mark, _, body = stream.readall().partition(b"\n")
            return body.decode() if mark == digest_of(body).encode() else None
        except (OSError, UnicodeDecodeError):
            return None

    def differ(self, pages: dict[str, str]) -> bool:
        """Whether a page that was kept is another than the one just made of the same ledger."""
        return any(self.of(name) not in (None, text) for name, text in pages.items())

    def save(self, pages: dict[str, str]) -> None:
        """Keeps pages, by the absolute path of their ledgers. Raises OSError or UnsureError."""
        if not pages:
            return
        os.makedirs(self._folder, exist_ok=True)
        if os.path.islink(self._folder):
            raise UnsureError
        for name, text in pages.items():
            body = text.encode()
            records.save(self._place(name), digest_of(body).encode() + b"\n" + body)
        with os.scandir(self._folder) as found:
            kept = sorted((-each.stat().st_mtime_ns, each.path) for each in found)
        for _, path in kept[2 * len(self._digests) + _SPARE :]:
            os.unlink(path)

    def clear(self) -> None:
        """Forgets them all. Raises OSError."""
        if os.path.isdir(self._folder) and not os.path.islink(self._folder):
            for name in os.listdir(self._folder):
                os.unlink(f"{self._folder}/{name}")

    def _place(self, name: str) -> str:
        return f"{self._folder}/{digest_of(f'{self._under} {self._digests[name]}'.encode())}"
