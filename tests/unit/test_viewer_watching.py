"""The viewer's watcher: every change of the books, their rules or their vouchers, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grandlivre.sources.marks import differing, mark_of
from grandlivre.viewer.watching import FileWatch, files_of


@pytest.fixture
def main(tmp_path: Path) -> Path:
    for name in ("ledger/main.beancount", "ledger/eau/2026-01.beancount", "rules/controles.yaml", "rules/b/eau.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("; texte\n", encoding="utf-8")
    (tmp_path / "ledger/documents/eau").mkdir(parents=True)
    (tmp_path / "ledger/documents/eau/a.pdf").write_bytes(b"%PDF")
    return tmp_path / "ledger/main.beancount"


def replaced(path: Path, text: str) -> None:
    """As editors save: another file takes its place, with the time of the former one."""
    seen = path.stat()
    other = path.with_name("autre")
    other.write_text(text, encoding="utf-8")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)


def retouched(path: Path) -> None:
    """In place, the same size, within one tick of the clock; then the time of the content is put back."""
    seen = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("texte", "textf"), encoding="utf-8")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


CHANGES = {
    "an entry": lambda root: (root / "ledger/eau/2026-01.beancount").write_text("; autre\n", encoding="utf-8"),
    "a file put in place with an older time": lambda root: replaced(root / "ledger/eau/2026-01.beancount", "; textf\n"),
    "a letter, and the time put back": lambda root: retouched(root / "ledger/eau/2026-01.beancount"),
    "a new month": lambda root: (root / "ledger/eau/2026-02.beancount").write_text("", encoding="utf-8"),
    "a month that is gone": lambda root: (root / "ledger/eau/2026-01.beancount").unlink(),
    "a rule": lambda root: (root / "rules/b/eau.yaml").write_text("a: 1\n", encoding="utf-8"),
    "a new donor": lambda root: (root / "rules/b/genre.yaml").write_text("a: 1\n", encoding="utf-8"),
    "a voucher": lambda root: (root / "ledger/documents/eau/b.pdf").write_bytes(b"%PDF"),
    "a voucher that is gone": lambda root: (root / "ledger/documents/eau/a.pdf").unlink(),
    "the entry point": lambda root: (root / "ledger/main.beancount").unlink(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_once(main: Path, name: str) -> None:
    watch = FileWatch(main)
    watch.update([main], [])
    assert not watch.check()
    before = watch.last_checked
    CHANGES[name](main.parent.parent)
    assert watch.check()
    assert watch.last_checked > before
    watch.begin()
    watch.update([main], [])
    assert not watch.check()


def test_two_changes_within_one_tick(main: Path) -> None:
    """A look at a file that has just changed tells by its content whether it changed again."""
    path = str(main)
    former = mark_of(path)
    assert former is not None
    assert former.content
    same = former._replace(content=b"autre")
    assert former.is_as(former, path)
    assert not former.is_as(same, path), "the times, the size and the number are those of another content"
    assert former.is_as(former._replace(content=b""), path), "long after its last change a file is not read"
    assert differing({path: former}, {path: None}) == [path]


def test_what_an_editor_leaves_is_no_change(main: Path) -> None:
    watch = FileWatch(main)
    watch.update([main], [])
    (main.parent / "eau/.2026-01.beancount.swp").write_bytes(b"x")
    (main.parent / ".main.beancount.picklecache").write_bytes(b"x")
    assert not watch.check()


def test_a_change_while_the_books_are_read_shows_at_the_next_request(main: Path) -> None:
    watch = FileWatch(main)
    watch.begin()
    (main.parent / "eau/2026-01.beancount").write_text("; pendant\n", encoding="utf-8")
    watch.update([main, main.parent / "eau/2026-01.beancount"], [])
    assert watch.check()


def test_fava_tells_what_it_wrote(main: Path) -> None:
    watch = FileWatch(main)
    watch.notify(main)
    assert watch.check()
    assert not watch.check()


def test_hidden_folders_are_not_walked(main: Path) -> None:
    (main.parent / ".git").mkdir()
    (main.parent / ".git/x.beancount").write_text("", encoding="utf-8")
    assert not any(".git" in path for path in files_of(main))
