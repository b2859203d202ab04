"""The demonstration books: same bytes every time, the promised life of an NGO, no Beancount error, every voucher there."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import bench_seal  # noqa: E402
import demo_books  # noqa: E402
from demo import ani_mali, bulk  # noqa: E402
from grandlivre.inspection import inspect  # noqa: E402


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Every generated file."""
    return ani_mali.files()


def load(root: Path, files: dict[str, bytes]) -> tuple[list[data.Directive], list[object]]:
    """The entries and errors of written books, without our plugin."""
    texts = {path: content for path, content in files.items() if path.endswith(".beancount")}
    plugin = b'plugin "grandlivre.checks" "../rules"\n'
    assert plugin in texts["ledger/main.beancount"]
    texts["ledger/main.beancount"] = texts["ledger/main.beancount"].replace(plugin, b"")
    demo_books.write(root, texts)
    entries, errors, _ = loader.load_file(str(root / "ledger" / "main.beancount"))
    return entries, errors


def test_the_committed_files_are_the_generated_ones(files: dict[str, bytes]) -> None:
    assert demo_books.differences(ROOT, files) == []
    assert ani_mali.files() == files


def test_the_books_load_and_look_like_a_year(files: dict[str, bytes], tmp_path: Path) -> None:
    entries, errors = load(tmp_path, files)
    assert errors == []
    transactions = [entry for entry in entries if isinstance(entry, data.Transaction)]
    assert 600 <= len(transactions) <= 900
    trees = Counter(posting.account.split(":")[1] for entry in transactions for posting in entry.postings[:1])
    assert set(trees) == {"UE-EAU", "UNICEF-EDU", "GENRE", "FONCT"}
    assert min(trees.values()) > 100
    assert {entry.date.month for entry in transactions} == set(range(1, 11))
    said = {entry.type for entry in entries if isinstance(entry, data.Custom)}
    assert said >= {"marche", "proforma", "pv-caisse", "releve", "immobilisation", "rencontre", "activite"}


def test_every_document_exists_and_is_small(files: dict[str, bytes]) -> None:
    text = "\n".join(content.decode() for path, content in files.items() if path.endswith(".beancount"))
    named = set(re.findall(r'^ +document(?:-[a-z]+)?: "(.+)"$', text, re.MULTILINE))
    held = {path.removeprefix("ledger/documents/"): content for path, content in files.items() if "/documents/" in path}
    held = {path: content for path, content in held.items() if not path.startswith(("MANIFESTE-", "REGLES-"))}
    assert named == set(held)
    assert text.count("\n2026-") > 1000
    for path, content in held.items():
        assert content.startswith({"pdf": b"%PDF-1.4", "png": b"\x89PNG", "json": b"{"}[path.rpartition(".")[2]]), path
        assert len(content) <= (100_000 if "/transmis/" in path else 1500), path


def test_the_examples_of_the_readme_are_entries_of_the_books(files: dict[str, bytes]) -> None:
    text = (ROOT / "ledger" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```beancount\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 15
    books = "\n".join(content.decode() for path, content in files.items() if path.endswith(".beancount"))
    entries = {entry.strip() for entry in books.split("\n\n")}
    shown = [each for block in blocks for each in block.strip().split("\n\n")]
    written_by_a_command = [each for each in shown if ' custom "transmission" ' in each and "sha256:…" in each]
    assert len(written_by_a_command) <= 1
    assert [each for each in shown if each not in entries and each not in written_by_a_command] == []


def test_large_books_have_the_number_asked_for(tmp_path: Path) -> None:
    made = bulk.files(3, 2, 1500, 7)
    assert bulk.files(3, 2, 1500, 7) == made
    entries, errors = load(tmp_path, made)
    assert errors == []
    assert sum(isinstance(entry, data.Transaction) for entry in entries) == 1500
    assert sum(path.endswith(".pdf") for path in made) == 3 * 24
    size = sum(len(content) for path, content in made.items() if path.endswith(".beancount"))
    assert size < 1500 * 600


def test_large_books_of_the_real_shape_are_closed_without_an_error(tmp_path: Path) -> None:
    made = bulk.files(3, 1, 600, 7, real=True)
    made["rules/plan-comptable.yaml"] = (ROOT / "rules" / "plan-comptable.yaml").read_bytes()
    demo_books.write(tmp_path, made)
    main = tmp_path / "ledger" / "main.beancount"
    assert bench_seal.seal(main) == 3
    found = inspect(main)
    assert found.errors == 0
    assert {each.rule for each in found.findings} <= {
        "rapprochement-bancaire",
        "regles-affaiblies",
    }  # cheques never cashed, a rule stopped
    assert len(found.books.closings) == 3
    documents = [str(entry.meta["document"]) for entry in found.books.entries]
    assert len(set(documents)) == len(documents) == 600
    first = (tmp_path / "ledger/bail-01/2026-01.beancount").read_text(encoding="utf-8")
    assert first.count("XOF\n") < first.count("piece:") * 2  # last amounts are left out
