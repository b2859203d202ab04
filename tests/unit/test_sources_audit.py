"""The static audit: what would run code or read outside the books is refused, and its lawful neighbour is not."""

import shutil
import subprocess
from pathlib import Path

import pytest

from grandlivre.sources.audit import audit
from grandlivre.sources.files import walk


def facts(root: Path, main: str, **more: str) -> list[tuple[str, str, int, str]]:
    root.mkdir(parents=True, exist_ok=True)
    (root / "main.beancount").write_text(main, encoding="utf-8", newline="")
    for name, text in more.items():
        (root / f"{name}.beancount").write_text(text, encoding="utf-8", newline="")
    return [(f.kind, f.path.name, f.line, f.value) for f in audit(walk(root / "main.beancount"))]


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ('plugin "evil"', "plugin", "evil"),
        ('plugin "grandlivre.checksum"', "plugin", "grandlivre.checksum"),
        ('plugin "beancount.plugins.auto_accounts"', "plugin", "beancount.plugins.auto_accounts"),
        ('"x" plugin "evil"', "plugin", "evil"),
        ('"\n"plugin "evil"', "plugin", "evil"),
        ('pl"\nplugin "e\\vil"', "plugin", "evil"),
        ('option "insert_pythonpath" "TRUE"', "option", "insert_pythonpath"),
        ('option "insert\\_pythonpath" "TRUE"', "option", "insert_pythonpath"),
        ('option "plugin_processing_mode" "raw"', "option", "plugin_processing_mode"),
        ('option "include" "/etc/passwd"', "option", "include"),
        ('option "documents" "/srv"', "documents-option", "/srv"),
        ('option "documents" "../dehors"', "documents-option", "../dehors"),
        ('2026-01-01 custom "fava-extension" "evil"', "fava-extension", "evil"),
        ('2026-01-01 custom "fava-option" "import-config" "x.py"', "fava-option", "import-config"),
        ('2026-01-01 custom "fava-option" "import_dirs" "/"', "fava-option", "import_dirs"),
        ('2026-01-01 document Actif:A "/etc/passwd"', "document-absolute", "/etc/passwd"),
        ('2026-01-01 document Actif:A "../x.pdf"', "document-parent", "../x.pdf"),
        ('  document: "/etc/passwd"', "document-absolute", "/etc/passwd"),
        ('  document-pv: "a/../../x.pdf"', "document-parent", "a/../../x.pdf"),
        ('  document: "C:/x.pdf"', "document-absolute", "C:/x.pdf"),
        ('  document: "\\.\\./x.pdf"', "document-parent", "../x.pdf"),
        ('pushmeta document: "/x.pdf"', "document-absolute", "/x.pdf"),
        ('include "/etc/x.beancount"', "include-absolute", "/etc/x.beancount"),
        ('include "../x.beancount"', "include-parent", "../x.beancount"),
        ('include "x.gpg"', "include-not-a-ledger", "x.gpg"),
        ("  Assets:A  12/0 XOF", "division", "12 / 0"),
        ("  n: (1 / 0)", "division", "1 / 0"),
        ("  n: 1/2", "division", "1 / 2"),
    ],
)
def test_refused(tmp_path: Path, line: str, kind: str, value: str) -> None:
    number = 3 + line.count("\n")
    assert facts(tmp_path, f"; livres\n\n{line}\n") == [(kind, "main.beancount", number, value)]


@pytest.mark.parametrize(
    "line",
    [
        'plugin "grandlivre.checks" "../rules"',
        'plugin "grandlivre.checks.cash_out_of_bounds"',
        '; plugin "evil"',
        '* plugin "evil"',
        '2026-01-01 note Actif:A "on écrit \\"plugin\\" puis le nom"',
        'option "name_assets" "Actif"',
        'option "documents" "documents"',
        '2026-01-01 custom "fava-extension" "grandlivre.viewer"',
        '2026-01-01 custom "fava-option" "language" "fr"',
        '  document: "ue-eau/BQ-1.pdf"',
        '  document: "ue-eau/a..b.pdf"',
        '2026-01-01 document Actif:A "documents/x.pdf"',
        '2026-01-01 * "Reçu" "document ../manquant"',
        '03/01/2026 * "Faso" "Une date que la règle texte explique"',
    ],
)
def test_lawful(tmp_path: Path, line: str) -> None:
    assert facts(tmp_path, f"{line}\n") == []


def test_plugin_lines_stand_in_the_entry_point_only(tmp_path: Path) -> None:
    found = facts(tmp_path, 'include "a.beancount"\n', a='\nplugin "grandlivre.checks"\n')
    assert found == [("plugin-elsewhere", "a.beancount", 2, "grandlivre.checks")]


def test_allowed_plugins_is_a_parameter(tmp_path: Path) -> None:
    (tmp_path / "main.beancount").write_text('plugin "beancount.plugins.leafonly"\n', encoding="utf-8")
    books = walk(tmp_path / "main.beancount")
    assert [f.kind for f in audit(books)] == ["plugin"]
    assert list(audit(books, allowed_plugins=("beancount.plugins",))) == []


def test_every_link_among_the_documents(tmp_path: Path) -> None:
    """Whether a line names it or not, and wherever it leads: git may set it out as a plain text elsewhere."""
    books = tmp_path / "ledger"
    (books / "documents" / "ue").mkdir(parents=True)
    (tmp_path / "secret.pdf").write_bytes(b"x")
    (books / "documents" / "bon.pdf").write_bytes(b"x")
    (books / "documents" / "ue" / "dehors.pdf").symlink_to(tmp_path / "secret.pdf")
    (books / "documents" / "ue" / "dedans.pdf").symlink_to(books / "documents" / "bon.pdf")
    text = '2026-01-01 * "x"\n  document: "ue/dehors.pdf"\n  document-c: "bon.pdf"\n'
    assert facts(books, text) == [
        ("link", "dedans.pdf", 1, "documents/ue/dedans.pdf"),
        ("link", "dehors.pdf", 1, "documents/ue/dehors.pdf"),
    ]


def test_a_documents_folder_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "ailleurs" / "x.pdf").write_bytes(b"x")
    books = tmp_path / "ledger"
    books.mkdir()
    (books / "documents").symlink_to(tmp_path / "ailleurs", target_is_directory=True)
    assert facts(books, '2026-01-01 * "x"\n  document: "x.pdf"\n') == [("link", "documents", 1, "documents")]


def test_a_document_directive_through_a_link(tmp_path: Path) -> None:
    books = tmp_path / "ledger"
    books.mkdir()
    (tmp_path / "secret.pdf").write_bytes(b"x")
    (books / "x.pdf").symlink_to(tmp_path / "secret.pdf")
    found = facts(books, '2026-01-01 document Actif:A "x.pdf"\n')
    assert found == [("document-symlink", "main.beancount", 1, "x.pdf")]


@pytest.mark.skipif(shutil.which("git") is None, reason="git")
def test_tracked_cache_files(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    git("init")
    books = tmp_path / "ledger"
    books.mkdir()
    (books / ".main.beancount.picklecache").write_bytes(b"x")
    assert facts(books, "; livres\n") == []
    git("add", "-f", "ledger/.main.beancount.picklecache")
    assert facts(books, "; livres\n") == [
        ("picklecache", ".main.beancount.picklecache", 1, ".main.beancount.picklecache")
    ]


def test_code_beside_the_entry_point(tmp_path: Path) -> None:
    for name in ("click.py", "documents/scan.py", "yaml/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    found = facts(tmp_path, "; livres\n")
    assert found == [("python", "click.py", 1, "click.py"), ("python", "__init__.py", 1, "yaml/__init__.py")]


def test_without_git_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    assert facts(tmp_path, "; livres\n") == []
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert facts(tmp_path, "; livres\n") == []
