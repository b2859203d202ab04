"""The walk through includes: order, refusals, and what is missing, unreadable, repeated or forgotten."""

from pathlib import Path

import pytest
from beancount import loader

from grandlivre.inspection import inspect
from grandlivre.sources.files import SourceFile, Walk, read, walk


def write(root: Path, **files: str) -> Path:
    """A folder of books; `__` in a name stands for `/`. Returns the entry point."""
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".beancount")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return root / "main.beancount"


def names(found: Walk) -> list[str]:
    return [file.path.relative_to(found.root).as_posix() for file in found.files]


def facts(found: Walk) -> list[tuple[str, str, int, str]]:
    return [(f.kind, f.path.relative_to(found.root).as_posix(), f.line, f.value) for f in found.facts]


def test_globs_are_relative_sorted_and_recursive(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main='; "\n; " include "jamais.beancount"\ninclude "comptes.beancount"\ninclude "eau/*.beancount"\n',
        comptes="",
        eau__b="",
        eau__a='include "sous/**/*.beancount"\r\n',
        eau__sous__x__y="",
        brouillons__import="",
    )
    found = walk(main)
    assert names(found) == [
        "main.beancount",
        "comptes.beancount",
        "eau/a.beancount",
        "eau/b.beancount",
        "eau/sous/x/y.beancount",
    ]
    assert found.facts == ()
    assert [(i.line, i.pattern) for i in found.includes] == [
        (3, "comptes.beancount"),
        (4, "eau/*.beancount"),
        (1, "sous/**/*.beancount"),
    ]
    _, _, options = loader.load_file(str(main))
    assert sorted(options["include"]) == sorted(str(file.path) for file in found.files)


def test_what_is_wrong_with_the_set(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main='include "a.beancount"\ninclude "rien/*.beancount"\n\ninclude "a.beancount"\ninclude "b.beancount"\n',
        a='; texte\ninclude "main.beancount"\ninclude "a.beancount"\n',
        b="",
        oubli__c="",
        oubli__brouillons__d="",
    )
    found = walk(main)
    assert names(found) == ["main.beancount", "a.beancount", "b.beancount"]
    assert facts(found) == [
        ("empty-glob", "main.beancount", 2, "rien/*.beancount"),
        ("included-twice", "main.beancount", 4, "a.beancount"),
        ("include-cycle", "a.beancount", 2, "main.beancount"),
        ("include-cycle", "a.beancount", 3, "a.beancount"),
        ("never-included", "oubli/brouillons/d.beancount", 1, "oubli/brouillons/d.beancount"),
        ("never-included", "oubli/c.beancount", 1, "oubli/c.beancount"),
    ]


@pytest.mark.parametrize(
    ("pattern", "refusal"),
    [
        ("/etc/x.beancount", "absolute"),
        ("C:/x.beancount", "absolute"),
        ("\\\\\\\\serveur\\\\x.beancount", "absolute"),
        ("../x.beancount", "parent"),
        ("a/../../x.beancount", "parent"),
        ("secret.asc", "not-a-ledger"),
        ("secret.gpg", "not-a-ledger"),
        ("lien.beancount", "symlink"),
        ("dossier-lie/*.beancount", "symlink"),
        ("a.beancount", None),
    ],
)
def test_refused_includes_are_not_followed(tmp_path: Path, pattern: str, refusal: str | None) -> None:
    books = tmp_path / "ledger"
    main = write(books, main=f'include "{pattern}"\n', a="")
    write(tmp_path / "dehors", main="", x="")
    (books / "secret.asc").write_text("-----BEGIN PGP MESSAGE-----", encoding="utf-8")
    (books / "lien.beancount").symlink_to(tmp_path / "dehors" / "x.beancount")
    (books / "dossier-lie").symlink_to(tmp_path / "dehors", target_is_directory=True)
    found = walk(main)
    (include,) = found.includes
    assert include.refusal == refusal
    assert names(found) == (["main.beancount"] if refusal else ["main.beancount", "a.beancount"])


def test_books_reached_through_a_link_are_lawful(tmp_path: Path) -> None:
    write(tmp_path / "vrai", main='include "a.beancount"\n', a="")
    (tmp_path / "lien").symlink_to(tmp_path / "vrai", target_is_directory=True)
    found = walk(tmp_path / "lien" / "main.beancount")
    assert (names(found), found.facts) == (["main.beancount", "a.beancount"], ())


def test_missing_entry_point(tmp_path: Path) -> None:
    write(tmp_path, autre="")
    found = walk(tmp_path / "main.beancount")
    assert facts(found) == [("missing", "main.beancount", 1, "main.beancount")]
    assert found.files[0].problem == "missing"


def test_directory_and_dangling_link(tmp_path: Path) -> None:
    main = write(tmp_path, main='include "d*.beancount"\n', **{"dossier.beancount__x": ""})
    assert ("directory", "main.beancount", 1, "dossier.beancount") in facts(walk(main))


def test_a_folder_that_beancount_takes_for_a_pattern_is_said(tmp_path: Path) -> None:
    """In « livres [2026] » Beancount includes nothing: the books would be empty, and clean."""
    books = tmp_path / "livres [2026]"
    books.mkdir()
    (books / "main.beancount").write_text('include "a.beancount"\n', encoding="utf-8")
    (books / "a.beancount").write_text("2026-01-01 open Actif:A\n", encoding="utf-8")
    found = walk(books / "main.beancount")
    assert [(fact.kind, fact.path.name, fact.line) for fact in found.facts] == [("pattern-folder", "main.beancount", 1)]
    [said] = [each for each in inspect(books / "main.beancount").findings if each.rule == "texte"]
    assert "Renommez-le" in said.message


def test_refused_reading_is_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main = write(tmp_path, main='\ninclude "a.beancount"\n', a="")
    honest = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "a.beancount":
            raise PermissionError(13, "Permission denied")
        return honest(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert facts(walk(main)) == [("unreadable", "main.beancount", 2, "a.beancount")]


def test_text_and_lines(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("\ufeffété\r\n\u2028b\n".encode())
    file = read(tmp_path / "x")
    assert file.text == "été\r\n\u2028b\n"
    assert file.lines == ("été", "\u2028b", "")
    wrong = SourceFile(tmp_path / "x", b"\xe9t\xe9\n")
    assert wrong.text is None
    assert wrong.lines == ("\ufffdt\ufffd", "")
    assert read(tmp_path / "rien").problem == "missing"
    assert read(tmp_path).problem == "directory"
