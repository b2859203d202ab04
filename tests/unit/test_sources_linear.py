"""However a file is written, reading it before the load takes a time that grows with its size, no faster."""

from __future__ import annotations

from pathlib import Path
from time import thread_time

import pytest

from grandlivre.inspection import inspect
from grandlivre.sources import audit, find_traps, walk
from grandlivre.sources.audit import LONGEST

SHAPES = {
    "comment": b"; " + b"x" * 12,
    "comment in words": b"; ab 5 100 \xc3\xa9 1/2 ",
    "quotes": b'; "a" ',
    "code": b"ab cd ",
    "numbers": b"51 000 51,000 51.000 ",
    "accents in accounts": "é:à ".encode(),
    "tags": "#é ".encode(),
    "days first": b"03/01/2026 ",
    "impossible days": b"2026-13-45 ",
    "document without end": b"document ",
    "document upwards": b"document ..",
    "documents of accounts": b"document A:B ",
    "options": b'option "',
    "includes": b'include "',
    "slashes": b'/"',
    "accounts": b"A:",
    "signs": "−5".encode(),
    "no-break spaces": "\u00a05".encode(),
    "decomposed": b"; e\xcc\x81 ",
    "other encodings": b"; \xe9a ",
    "angles": b'"<" ',
    "mixed scripts": "\u0430b ".encode(),
    "other scripts": "\u0430\u0436 ".encode(),
}


def seconds(folder: Path, data: bytes) -> float:
    (folder / "main.beancount").write_bytes(data + b"\n")
    before = thread_time()
    books = walk(folder / "main.beancount")
    list(audit(books))
    list(find_traps(books))
    return thread_time() - before


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_a_long_line_is_read_in_a_time_that_grows_as_it_does(tmp_path: Path, shape: bytes) -> None:
    """Six times as long, it takes about six times; quadratic, it would take thirty-six."""
    line = shape * (750_000 // len(shape))
    short = max(seconds(tmp_path, line[:125_000]), 0.01)
    assert seconds(tmp_path, line) < 20 * short


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("; " + "x" * 20_000_000, "la ligne compte"),
        (
            '2026-01-01 note Actif:A "' + "un mot de plus sur cette ligne, sans aucun guillemet\n" * 50_000 + '"',
            "le texte ouvert ici",
        ),
        (
            '2026-01-01 note Actif:A "' + "un mot de plus sur cette ligne, sans aucun guillemet\n" * 50_000,
            "le texte ouvert ici",
        ),
    ],
    ids=["comment", "text", "text without end"],
)
def test_megabytes_are_refused_at_once(tmp_path: Path, text: str, kind: str) -> None:
    """Beancount would take minutes: it reads a word of n letters n/8192 times."""
    main = tmp_path / "main.beancount"
    main.write_text(f"\n{text}\n", encoding="utf-8")
    before = thread_time()
    found = inspect(main)
    assert thread_time() - before < 20
    assert found.halted
    assert {each.line for each in found.findings if kind in each.message.lower()} == {2}


def test_long_files_of_short_lines_are_lawful(tmp_path: Path) -> None:
    """Prices hold no quote at all; the limit itself passes."""
    main = tmp_path / "main.beancount"
    main.write_text("2026-01-01 price EUR 655.957 XOF\n" * 20_000 + "; " + "x" * (LONGEST - 2) + "\n", encoding="utf-8")
    assert list(audit(walk(main))) == []
    main.write_text('option "title" "x"\n' + "2026-01-01 price EUR 655.957 XOF\n" * 20_000, encoding="utf-8")
    assert list(audit(walk(main))) == []
