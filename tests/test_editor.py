"""`grandlivre lsp` and a real client: what it underlines is what `check` says, of text that nobody saved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types

from small_books import ready

__all__ = ["ready"]

from editor_bed import Editor


@pytest.fixture(scope="module")
def books(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books of a small organisation, for the editor of this module."""
    return Path(shutil.copytree(ready, tmp_path_factory.mktemp("editor") / "ong"))


@pytest.fixture(scope="module")
def editor(books: Path) -> Iterator[Editor]:
    """One editor for all."""
    made = Editor(books)
    yield made
    made.close()


@pytest.fixture
def month(books: Path, editor: Editor) -> Iterator[Path]:
    """The month's file, shown as it was saved before and after."""
    path = books / "ledger/fonct/2026-01.beancount"
    yield path
    editor.show(path, path.read_text(encoding="utf-8"))


def checked(books: Path) -> set[tuple[str, int, str, str]]:
    """What the command says of the saved books."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "grandlivre", "check", "--format", "json"],
        cwd=books,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return {(row["file"], row["line"], row["rule"], row["message"]) for row in json.loads(done.stdout)["findings"]}


def test_underlines_what_check_says_of_the_unsaved_text(
    books: Path, editor: Editor, month: Path, tmp_path: Path
) -> None:
    saved = month.read_text(encoding="utf-8")
    editor.show(month, saved)
    assert editor.findings() == checked(books)
    typed = saved.replace('piece: "BQ-FONCT-2026-0002"', 'piece: "BQ-FONCT-2026-0009"', 1)
    editor.show(month, typed)
    copy = Path(shutil.copytree(books, tmp_path / "copie"))
    (copy / month.relative_to(books)).write_text(typed, encoding="utf-8", newline="\n")
    assert editor.findings() == checked(copy) != checked(books)
    assert month.read_text(encoding="utf-8") == saved


@pytest.mark.parametrize("cut", [411, 733, 1201])
def test_half_typed_text_is_said_in_french_and_never_breaks_the_server(
    books: Path, editor: Editor, month: Path, cut: int
) -> None:
    saved = month.read_text(encoding="utf-8")
    editor.show(month, saved[: min(cut, len(saved) - 3)])
    assert editor.findings()
    assert not any("Traceback" in sentence for *_, sentence in editor.findings())
    editor.show(month, saved)
    assert editor.findings() == checked(books)
    assert editor.complaints == []


def test_goes_to_what_a_word_names(books: Path, editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8")
    editor.show(month, text)
    lines = text.splitlines()
    account = next(at for at, line in enumerate(lines) if "585-Virements" in line)
    place = types.Position(account, lines[account].index("585") + 1)
    [found] = editor.do(
        editor.client.text_document_definition_async(types.DefinitionParams(editor.document(month), place))
    )
    declared = Path(found.uri.removeprefix("file://")).read_text(encoding="utf-8").splitlines()[found.range.start.line]
    assert "open Actif:FONCT:585-Virements-de-fonds" in declared
    named = editor.do(
        editor.client.text_document_references_async(
            types.ReferenceParams(types.ReferenceContext(include_declaration=True), editor.document(month), place)
        )
    )
    assert len(named) == sum(
        path.read_text(encoding="utf-8").count("Actif:FONCT:585-Virements-de-fonds")
        for path in [*books.glob("ledger/**/*.beancount"), *books.glob("rules/**/*.yaml")]
    )
    signer = next(at for at, line in enumerate(lines) if "signataire-1" in line)
    place = types.Position(signer, lines[signer].index("directeur") + 1)
    [found] = editor.do(
        editor.client.text_document_definition_async(types.DefinitionParams(editor.document(month), place))
    )
    assert found.uri.endswith("rules/mandats.yaml")


def test_says_balances_beside_bank_postings(editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8")
    editor.show(month, text)
    whole = types.Range(types.Position(0, 0), types.Position(len(text.splitlines()), 0))
    hints = editor.do(
        editor.client.text_document_inlay_hint_async(types.InlayHintParams(editor.document(month), whole))
    )
    lines = text.splitlines()
    first = next(each for each in hints if "52111-Banque" in lines[each.position.line])
    assert first.label == "solde 500 000 FCFA"
    held = ("  Actif:FONCT:52111-", "  Actif:FONCT:5711-")
    assert [each.position.line for each in hints] == [at for at, line in enumerate(lines) if line.startswith(held)]


def test_hovering_an_account_tells_its_balance_and_a_finding_its_rule(editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8")
    typed = text.replace('piece: "BQ-FONCT-2026-0002"', 'piece: "BQ-FONCT-2026-0009"', 1)
    editor.show(month, typed)
    lines = typed.splitlines()
    bank = next(at for at, line in enumerate(lines) if "52111-Banque" in line)
    place = types.Position(bank, lines[bank].index("52111"))
    said = editor.do(editor.client.text_document_hover_async(types.HoverParams(editor.document(month), place)))
    assert said is not None
    assert "Solde après cette écriture : 500 000 FCFA" in str(said.contents)
    wrong = next(each for each in editor.said[month] if each.code == "numerotation-pieces")
    said = editor.do(
        editor.client.text_document_hover_async(types.HoverParams(editor.document(month), wrong.range.start))
    )
    assert said is not None
    assert "numerotation-pieces" in str(said.contents)


def test_formatting_aligns_amounts_and_touches_nothing_else(editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8").replace("52111-Banque      500000", "52111-Banque  500000")
    text += '\n2026-01-28 * "Marché" "Fournitures"\n  Actif:FONCT:52111-Banque   -1500 XOF\n  Charges:FONCT:6041-Fournitures 1500 XOF\n'
    editor.show(month, text)
    asked = types.DocumentFormattingParams(editor.document(month), types.FormattingOptions(2, insert_spaces=True))
    edits = editor.do(editor.client.text_document_formatting_async(asked))
    lines = text.splitlines()
    for edit in sorted(edits or [], key=lambda each: -each.range.start.character):
        line, start, end = edit.range.start.line, edit.range.start.character, edit.range.end.character
        assert not lines[line][start:end].strip()
        assert not edit.new_text.strip()
        lines[line] = lines[line][:start] + edit.new_text + lines[line][end:]
    assert edits
    last = [line for line in lines if "1500 XOF" in line]
    assert len({line.index(" XOF") for line in last}) == 1
    assert [line.split() for line in lines] == [line.split() for line in text.splitlines()]
