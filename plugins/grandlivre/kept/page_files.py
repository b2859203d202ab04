"""The pages of ledgers in `.grandlivre/index/pages/`, each under the content it was parsed from and the program that parsed it.

With each stands how its ledger was cut into blocks (`blocks`), so that the next run knows which of them changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from grandlivre.kept import blocks, records
from grandlivre.kept.blocks import Block
from grandlivre.kept.marks import UnsureError, digest_of
from grandlivre.kept.program import loaded, version

_SPARE = 40
"""Pages kept beyond twice those of the books as they are: branches, an edit and its undoing."""


def parser_version() -> str:
    """The program that parses. Raises OSError."""
    return version([path for path in loaded() if f"{os.sep}beancount{os.sep}" in path])


class PageFiles:
    """The pages of ledgers, whose digests are given by path from the root."""

    def __init__(self, folder: str, root: str, digests: Mapping[str, str], under: str) -> None:
        self._folder = f"{folder}/pages"
        self.under = under
        """The program that parsed them."""
        self._digests = {f"{root}/{path}": digest for path, digest in digests.items()}

    def of(self, name: str) -> str | None:
        """The page of a ledger, by its absolute path; None where there is none, or where a byte of it is damaged."""
        try:
            return self._read(name)[1]
        except (OSError, UnicodeDecodeError, UnsureError):
            return None

    def cut(self, name: str) -> tuple[list[Block], str]:
        """The blocks of a ledger and its page. Raises OSError or UnsureError where they are not known."""
        try:
            said, page = self._read(name)
            return blocks.read(said), page
        except ValueError as error:
            raise UnsureError from error

    def _read(self, name: str) -> tuple[str, str]:
        """The line of blocks and the page."""
        if name not in self._digests:
            raise UnsureError
        with open(self._place(name), "rb", buffering=0) as stream:
            mark, _, body = stream.readall().partition(b"\n")
        if mark != digest_of(body).encode():
            raise UnsureError
        said, _, page = body.decode().partition("\n")
        return said, page

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
            body = f"{self._blocks(name)}\n{text}".encode()
            records.save(self._place(name), digest_of(body).encode() + b"\n" + body)
        with os.scandir(self._folder) as found:
            kept = sorted((-each.stat().st_mtime_ns, each.path) for each in found)
        for _, path in kept[2 * len(self._digests) + _SPARE :]:
            os.unlink(path)

    def _blocks(self, name: str) -> str:
        """How a ledger is cut into blocks; "" where it cannot be. Raises OSError, or UnsureError when it is another by now."""
        with open(name, "rb", buffering=0) as stream:
            content = stream.readall()
        if digest_of(content) != self._digests[name]:
            raise UnsureError
        try:
            return blocks.written(blocks.cut(content))
        except UnsureError:
            return ""

    def clear(self) -> None:
        """Forgets them all. Raises OSError."""
        if os.path.isdir(self._folder) and not os.path.islink(self._folder):
            for name in os.listdir(self._folder):
                os.unlink(f"{self._folder}/{name}")

    def _place(self, name: str) -> str:
        return f"{self._folder}/{digest_of(f'{self.under} {self._digests[name]}'.encode())}"
