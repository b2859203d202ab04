"""What `check` remembers spares it work and never hides a change; whoever must not believe it does not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from click.testing import CliRunner

from grandlivre.books import memory as memories
from grandlivre.books.memory import Memory
from grandlivre.checks import closed_period, retroactive_rule
from grandlivre.cli import cli
from grandlivre.importers import reading
from grandlivre.inspection import inspect
from small_books import close, month_of, ready, small, swap

__all__ = ["ready", "small"]

DAY = date(2026, 2, 20)
ALL = 4
"""The documents of the closed month."""


class Work:
    """What a check had to work out: documents hashed, periods computed."""

    def __init__(self) -> None:
        self.documents = self.periods = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    done = Work()
    plain, period_items = Memory.digest, closed_period.period_items

    def digest(self: Memory, path: str, file: str) -> tuple[str, int]:
        known = self._met.get(path) or self._known.get(path)
        found = plain(self, path, file)
        done.documents += known is None or known is not self._met.get(path)
        return found

    def items(books: Any, closed: Any) -> Any:
        done.periods += len(closed)
        return period_items(books, closed)

    monkeypatch.setattr(Memory, "digest", digest)
    monkeypatch.setattr(closed_period, "period_items", items)
    return done


@pytest.fixture
def sealed(small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Books with a closed month whose files count as left alone, though a test wrote them just now."""
    assert close(small, "2026-01", "--date", "2026-01-31").exit_code == 0
    monkeypatch.setattr(memories, "_SETTLED", -(10**12))
    return small


def check(root: Path) -> list[tuple[str, str]]:
    memory = Memory.of(root)
    found = inspect(root / "ledger/main.beancount", DAY, memory)
    if memory is not None:
        memory.save()
    return [(each.rule, each.message) for each in found.findings]


def keeping_times(path: Path, content: bytes) -> None:
    """Writes a file over itself and puts its times back, as `touch -r` does."""
    seen = path.stat()
    assert len(content) == seen.st_size
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert path.stat().st_mtime_ns == seen.st_mtime_ns


def store(root: Path) -> Path:
    return root / ".grandlivre" / "empreintes"


needs_marks = pytest.mark.skipif(os.name == "nt", reason="Windows does not say the last change: every document is read")


@needs_marks
def test_a_second_check_works_out_nothing_again(sealed: Path, work: Work) -> None:
    assert check(sealed) == []
    assert (work.documents, work.periods) == (ALL, 1)
    assert check(sealed) == check(sealed) == []
    assert (work.documents, work.periods) == (ALL, 1)


@needs_marks
def test_a_document_changed_behind_its_time_is_seen(sealed: Path, work: Work) -> None:
    assert check(sealed) == []
    keeping_times(sealed / "ledger/documents/fonct/b.pdf", b"%PDF-1.4 x")
    [(rule, said)] = check(sealed)
    assert (rule, "fonct/b.pdf n'a plus le même contenu" in said) == ("periode-close", True)
    assert work.documents == ALL + 1


@needs_marks
def test_a_document_put_in_anothers_place_is_seen(sealed: Path) -> None:
    assert check(sealed) == []
    path = sealed / "ledger/documents/fonct/b.pdf"
    seen = path.stat()
    other = sealed / "other.pdf"
    other.write_bytes(b"%PDF-1.4 y")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)
    assert [rule for rule, _ in check(sealed)] == ["periode-close"]


def test_a_sealed_entry_changed_behind_its_time_is_seen(sealed: Path, work: Work) -> None:
    assert check(sealed) == []
    month = month_of(sealed)
    keeping_times(month, month.read_bytes().replace(b'"Registres"', b'"Registre."'))
    said = check(sealed)
    assert [rule for rule, _ in said] == ["periode-close"]
    assert check(sealed) == said  # what is wrong is never remembered
    assert work.periods == 3
    keeping_times(month, month.read_bytes().replace(b'"Registre."', b'"Registres"'))
    assert check(sealed) == []
    assert work.periods == 3


def test_an_entry_of_the_period_in_another_file_is_seen(sealed: Path) -> None:
    assert check(sealed) == []
    lines = month_of(sealed).read_text(encoding="utf-8").splitlines(keepends=True)
    head = "".join(line for line in lines if line.startswith("option "))
    extra = f'{head}2026-01-08 * "Divers" "Ajout"\n  Charges:FONCT:6055-Fournitures-de-bureau  0 XOF\n'
    (sealed / "ledger/fonct/2026-02.beancount").write_text(extra, encoding="utf-8", newline="\n")
    said = check(sealed)
    assert any(rule == "periode-close" and "08/01/2026" in each for rule, each in said), said


@pytest.mark.parametrize(
    "path", ["rules/controles.yaml", "ledger/main.beancount", "ledger/documents/MANIFESTE-2026-01.tsv"]
)
def test_what_a_seal_depends_on_is_part_of_its_key(sealed: Path, work: Work, path: str) -> None:
    check(sealed)
    file = sealed / path
    more = b"\n" if path.endswith("tsv") else b"\n# x\n" if path.endswith("yaml") else b"\n; x\n"
    file.write_bytes(file.read_bytes() + more)
    before = work.periods
    check(sealed)
    assert work.periods == before + 1


def test_nothing_is_remembered_beside_another_plugin(sealed: Path, work: Work) -> None:
    main = sealed / "ledger/main.beancount"
    main.write_text(main.read_text(encoding="utf-8") + '\nplugin "beancount.plugins.noduplicates"\n', encoding="utf-8")
    check(sealed)
    check(sealed)
    assert work.periods in (0, 2)  # 0 where the audit refuses the plugin before anything loads


@pytest.mark.parametrize("place", [0, 63, 64, 65, 90, -1])
def test_a_damaged_store_is_worth_nothing(sealed: Path, work: Work, place: int) -> None:
    check(sealed)
    content = bytearray(store(sealed).read_bytes())
    content[place] ^= 1
    store(sealed).write_bytes(content)
    assert check(sealed) == []
    assert (work.documents, work.periods) == (2 * ALL, 2)
    check(sealed)
    assert work.periods == 2


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"pieces":[],"periodes":[]}', b'{"pieces":{"a":3},"periodes":[]}', b"\xff"]
)
def test_a_store_of_another_form_is_worth_nothing(sealed: Path, body: bytes) -> None:
    check(sealed)
    store(sealed).write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert check(sealed) == []


def test_a_deleted_store_costs_time_only(sealed: Path, work: Work) -> None:
    check(sealed)
    store(sealed).unlink()
    assert check(sealed) == []
    assert (work.documents, work.periods) == (2 * ALL, 2)


def test_what_has_just_changed_is_not_remembered(small: Path, work: Work) -> None:
    assert close(small, "2026-01", "--date", "2026-01-31").exit_code == 0
    before = work.periods
    check(small)
    hashed = work.documents
    check(small)
    assert (hashed > 0, work.documents, work.periods) == (True, 2 * hashed, before + 2)
    assert store(small).read_bytes() == b""


def test_books_without_a_seal_leave_no_store(small: Path) -> None:
    assert Memory.of(small) is None
    assert not store(small).exists()


def test_a_store_that_leads_elsewhere_is_not_followed(sealed: Path) -> None:
    target = sealed / "elsewhere"
    store(sealed).symlink_to(target)
    assert Memory.of(sealed) is None
    assert not target.exists()


def test_a_store_that_cannot_be_written_costs_time_only(sealed: Path) -> None:
    store(sealed).mkdir(parents=True)
    assert check(sealed) == []


def test_the_first_bytes_of_a_hashed_document_are_known_while_it_is_the_same(sealed: Path) -> None:
    check(sealed)
    memory = Memory.of(sealed)
    assert memory is not None
    assert memory._known
    for path in memory._known:
        file = sealed / "ledger" / "documents" / path
        content, seen = file.read_bytes(), file.stat()
        known = memory.same(path, seen)
        assert known is not None
        assert known == (hashlib.sha256(content).hexdigest(), len(content), content[:16])
        file.write_bytes(b"MZ" + content[2:])
        os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
        assert memory.same(path, file.stat()) is None


# --- works that found nothing ------------------------------------------------------------------------------------------


class Readings:
    """The bank's files that a check read, and how often it read the rules beside what closings keep of them."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.rules = 0


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Readings:
    done = Readings()
    read_statement, written_files = reading.read_statement, retroactive_rule.written_files

    def statement(path: Path, form: Any) -> Any:
        done.files.add(path.name)
        return read_statement(path, form)

    def rules(folder: Path) -> Any:
        done.rules += 1
        return written_files(folder)

    monkeypatch.setattr(reading, "read_statement", statement)
    monkeypatch.setattr(retroactive_rule, "written_files", rules)
    return done


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A copy of the marked ledger of a rule, where a check remembers."""
    monkeypatch.setattr(memories, "_SETTLED", -(10**12))

    def copy(rule: str) -> Path:
        root = Path(shutil.copytree(Path(__file__).parent.parent / "checks" / rule, tmp_path / rule))
        manifest = root / "ledger/documents/MANIFESTE-2020-01.tsv"
        manifest.parent.mkdir(exist_ok=True)
        manifest.touch()
        return root

    return copy


def test_a_banks_file_that_agreed_is_not_read_again(marked: Callable[[str], Path], read: Readings) -> None:
    root = marked("releve-fichier")
    first = check(root)
    agree = {"2026-01-52111.csv", "2026-02-52111.csv", "2026-04-52111-2.csv", "mars.csv"}
    assert agree <= read.files
    read.files.clear()
    assert (check(root), read.files) == (first, {"2026-03-52111.csv", "2026-05-52111.csv"})


def test_a_banks_file_changed_behind_its_time_is_read_again(marked: Callable[[str], Path]) -> None:
    root = marked("releve-fichier")
    first = check(root)
    path = root / "ledger/releves/eau/2026-01-52111.csv"
    keeping_times(
        path, path.read_bytes().replace(b"VIREMENT;500;1500", b"VIREMENT;600;1600").replace(b";1500", b";1600")
    )
    [(rule, said)] = set(check(root)) - set(first)
    assert (rule, "2026-01-52111.csv dit 1 600 FCFA" in said) == ("releve-fichier", True)


@pytest.mark.parametrize("path", ["ledger/main.beancount", "rules/releves/banque.yaml", "rules/releves/autre.yaml"])
def test_a_banks_file_is_read_again_for_another_balance_or_format(
    marked: Callable[[str], Path], read: Readings, path: str
) -> None:
    root = marked("releve-fichier")
    first = check(root)
    file = root / path
    text = (
        file.read_text(encoding="utf-8") if file.exists() else (root / "rules/releves/banque.yaml").read_text("utf-8")
    )
    file.write_text(text.replace('"2026-01" 1500 XOF', '"2026-01" 1501 XOF'), encoding="utf-8", newline="\n")
    if path.startswith("rules"):
        file.write_text(file.read_text(encoding="utf-8") + "# autre\n", encoding="utf-8", newline="\n")
    read.files.clear()
    assert (check(root) == first, "2026-01-52111.csv" in read.files) == (path.startswith("rules"), True)


def test_another_program_believes_nothing_of_what_this_one_found(
    marked: Callable[[str], Path], read: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = marked("releve-fichier")
    check(root)
    monkeypatch.setattr(memories, "_program", lambda folder: ["another"])
    read.files.clear()
    check(root)
    assert "2026-01-52111.csv" in read.files


def test_the_rules_that_closings_keep_are_compared_again_when_one_changes(sealed: Path, read: Readings) -> None:
    check(sealed)
    assert (check(sealed), read.rules) == ([], 1)
    controls = sealed / "rules/controles.yaml"
    controls.write_text(controls.read_text(encoding="utf-8") + "# x\n", encoding="utf-8", newline="\n")
    assert (check(sealed), read.rules) == ([], 2)
    kept = sealed / "ledger/documents/REGLES-2026-01.tsv"
    kept.write_bytes(kept.read_bytes() + b"rules/controles.yaml\ttrois-proformas.nombre\t9\n")
    said = check(sealed)
    assert "regle-retroactive" in {rule for rule, _ in said}
    assert (check(sealed), read.rules) == (said, 4)  # what is wrong is never remembered


_MODULES = """
import sys
from grandlivre.cli import cli
try:
    cli(["check", "--ledger", sys.argv[1], "--today", "2026-02-20"])
except SystemExit as end:
    print(end.code, *sys.modules)
"""


def test_a_check_imports_what_it_needs(sealed: Path) -> None:
    command = [sys.executable, "-c", _MODULES, str(sealed / "ledger/main.beancount")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0", done.stdout
    heavy = ("jinja2", "babel", "openpyxl", "xlsxwriter", "weasyprint", "fava", "beangulp")
    own = ("reports", "viewer", "tasks", "writing", "scaffold", "importers", "matching", "inspection.load_errors")
    assert not {*heavy, *(f"grandlivre.{name}" for name in own)} & set(modules)


# --- who never believes it --------------------------------------------------------------------------------------------


def poisoned(root: Path) -> None:
    """A changed document, and a store forged so that it vouches for it."""
    check(root)
    path = root / "ledger/documents/fonct/b.pdf"
    path.write_bytes(b"%PDF-1.4 x")
    said = json.loads(store(root).read_bytes().partition(b"\n")[2])
    said["pieces"]["fonct/b.pdf"][0] = list(memories._mark(path.stat()))
    body = json.dumps(said).encode()
    store(root).write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


@needs_marks
@pytest.mark.parametrize(
    ("words", "ci"),
    [
        (("--format", "github"), ""),
        (("--format", "gitlab"), ""),
        (("--format", "sarif"), ""),
        (("--format", "junit"), ""),
        ((), "true"),
    ],
)
def test_continuous_integration_never_believes_the_store(
    sealed: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], ci: str
) -> None:
    poisoned(sealed)
    assert check(sealed) == []  # who may write there may fool this machine
    monkeypatch.setenv("CI", ci)
    ledger = str(sealed / "ledger/main.beancount")
    result = CliRunner().invoke(cli, ["check", "--ledger", ledger, "--today", "2026-02-20", *words])
    assert (result.exit_code, "fonct/b.pdf" in result.output) == (1, True), result.output


@needs_marks
def test_closing_and_the_plugin_never_believe_the_store(sealed: Path) -> None:
    poisoned(sealed)
    assert "fonct/b.pdf" in close(sealed, "2026-02", "--voir").output
    month = month_of(sealed)
    month.write_bytes(month.read_bytes().replace(b'"Registres"', b'"Registre."'))
    _, errors, options = loader.load_file(str(sealed / "ledger/main.beancount"))
    assert memories.MEMORY not in options
    assert any("periode-close" in error.message for error in errors)
    swap('"Registre."', '"Registres"')(sealed)


@needs_marks
def test_the_command_remembers(sealed: Path, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    words = ["check", "--ledger", str(sealed / "ledger/main.beancount"), "--today", "2026-02-20"]
    first, second = CliRunner().invoke(cli, words), CliRunner().invoke(cli, [*words, "--format", "json"])
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert (work.documents, work.periods) == (ALL, 1)


def test_a_bank_s_file_found_to_agree_is_not_read_again(demo_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes, the formats and the books' side decide: a forged directive or a changed file is compared again."""
    monkeypatch.setattr(memories, "_SETTLED", -(10**12))
    read: list[str] = []
    plain = reading.read_statement

    def counted(path: Path, form: Any) -> Any:
        read.append(path.name)
        return plain(path, form)

    monkeypatch.setattr(reading, "read_statement", counted)

    def said() -> list[str]:
        read.clear()
        return [message for rule, message in check(demo_copy) if rule == "releve-fichier"]

    assert said() == []
    assert read
    assert said() == []
    assert read == []
    month = demo_copy / "ledger/ue-eau/2026-10.beancount"
    text = month.read_text(encoding="utf-8")
    month.write_text(text.replace('"2026-10" ', '"2026-10" 1', 1), encoding="utf-8")
    assert len(said()) == 1
    assert set(read) == {"2026-10-52111.csv"}
    month.write_text(text, encoding="utf-8")
    bank = demo_copy / "ledger/releves/ue-eau/2026-10-52111.csv"
    bank.write_bytes(bank.read_bytes().replace(b"\n30/10/2026", b"\n31/10/2026"))
    said()
    assert set(read) == {"2026-10-52111.csv"}
