"""The index of `check`: whatever is done to the books, to the clock or to the index itself, it says what a whole run says.

`GRANDLIVRE_MODIFICATIONS=2000` draws so many edits instead of sixty.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import nursery
from grandlivre.inspection import inspect, voices
from grandlivre.kept import after_edit, asking, ground, index, keeping, marks, records, running
from grandlivre.kept.answers import KIND, Answer
from grandlivre.kept.index import Index
from grandlivre.kept.keeping import Keeper
from grandlivre.kept.marks import UnsureError
from grandlivre.render.findings import Verdict, write
from grandlivre.sources import audit, find_traps, walk
from kept_edits import EDITS, ENTRIES, OFTEN, Bench
from small_books import close, ready

__all__ = ["ready"]

ROOT = Path(__file__).resolve().parent.parent
EDITED = int(os.environ.get("GRANDLIVRE_MODIFICATIONS", "60"))
DAY = "2026-11-29"
SECOND = 1_000_000_000
_save = records.save


@pytest.fixture(scope="module")
def sealed(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small books with a sealed month and alerts."""
    root = Path(shutil.copytree(ready, tmp_path_factory.mktemp("index") / "ong"))
    closed = close(root, "2026-01", "--date", "2026-02-10", "--oui")
    assert closed.exit_code == 0, closed.output
    month = root / "ledger/fonct/2026-02.beancount"
    month.write_text(month.read_text(encoding="utf-8") + later_month(root), encoding="utf-8", newline="\n")
    for path in root.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return root


def later_month(root: Path) -> str:
    """Ordinary entries of a month that is open, with their papers."""
    said = ""
    for turn in range(1, 9):
        paper = root / f"ledger/documents/fonct/fevrier-{turn}.pdf"
        paper.write_bytes(b"%%PDF-1.4 f%d" % turn)
        said += f"""
2026-02-{10 + turn} * "Boutique {turn % 3}" "Fournitures {turn}"
  piece: "CS-FONCT-2026-{2 + turn:04d}"
  document: "fonct/{paper.name}"
  Charges:FONCT:6055-Fournitures-de-bureau  {1000 + 250 * turn} XOF
  Actif:FONCT:5711-Caisse
"""
    return said


@pytest.fixture
def books(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / "ong"))


@pytest.fixture(autouse=True)
def on_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not continuous integration, which has no index."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Puts the clock of the index forward, as if the files had been left alone that long."""

    def put(seconds: int) -> None:
        monkeypatch.setattr(records, "save", lambda path, content: _save(path, content) + seconds * SECOND)

    return put


def main_of(root: Path) -> Path:
    return root / "ledger" / "main.beancount"


@dataclass
class Quick:
    """An answer of the index."""

    code: int
    text: str


def _answered(words: list[str]) -> int | None:
    asked = asking.read(words)
    return asking.answered(asked) if asked is not None else None


def quick(root: Path, capsys: pytest.CaptureFixture[str], *words: str, day: str = DAY) -> Quick | None:
    """What the index answers; None when everything is to be read."""
    capsys.readouterr()
    code = _answered(["check", "--ledger", str(main_of(root)), "--today", day, *words])
    said = capsys.readouterr().out
    assert code is not None or not said
    return None if code is None else Quick(code, said)


def whole(root: Path, day: str = DAY, helped: bool = False) -> Verdict:
    """A whole run, which leaves its answer; it never differs from one that was kept, nor from one that the index `helped`."""
    keeper = Keeper.of(main_of(root), date.fromisoformat(day))
    help_ = (keeper.plain, keeper.pages) if keeper is not None else ()
    found = inspect(main_of(root), date.fromisoformat(day), None, *help_)
    verdict = Verdict.of(found)
    if helped:
        assert verdict == Verdict.of(inspect(main_of(root), date.fromisoformat(day)))
    if keeper is not None:
        assert not keeper.differs(verdict)
        walked = walk(main_of(root))
        assert list(audit(walked, plain=keeper.plain)) == list(audit(walked))
        assert list(find_traps(walked, keeper.plain)) == list(find_traps(walked))
        keeper.keep(found, verdict)
    return verdict


def as_whole(verdict: Verdict, form: str = "text", only: tuple[str, ...] = (), strict: bool = False) -> Quick:
    """The same in one form."""
    asked = verdict.of_rules(only)
    return Quick(asking.status(asked, strict), write(asked, form))


# --- whatever happens -------------------------------------------------------------------------------------------------


@dataclass
class Drawn:
    """What became of edits that were drawn by lot."""

    again: int = 0
    """Answers given of books that had just been read whole."""
    after: int = 0
    """Answers given after an edit."""
    warm: int = 0
    """Those among them that no former answer gave: entries had changed."""
    met: set[str] = field(default_factory=set)


@contextmanager
def counting(patch: pytest.MonkeyPatch) -> Iterator[list[Answer]]:
    """The answers given after a change of entries."""
    given: list[Answer] = []
    answer = after_edit.answer_after_edit

    def counted(*words: Any) -> Answer:
        given.append(answer(*words))
        return given[-1]

    patch.setattr(after_edit, "answer_after_edit", counted)
    yield given


def drawn(root: Path, edits: int, seed: int, capsys: pytest.CaptureFixture[str]) -> Drawn:
    """Edits drawn by lot, each followed by both ways of checking."""
    bench = Bench(root, random.Random(seed))
    former = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    found = Drawn()
    with pytest.MonkeyPatch.context() as patch, counting(patch) as warm:
        patch.setattr(records, "save", lambda path, content: _save(path, content) + bench.skew)
        for turn in range(edits):
            edit = EDITS[turn % len(EDITS)] if turn < len(EDITS) else bench.lot.choice((*EDITS, *OFTEN, *OFTEN, *OFTEN))
            told = f"{turn} {edit.__name__} {edit(bench)}"
            found.met.add(edit.__name__)
            form = bench.lot.choice(("text", "json"))
            only = bench.lot.choice(((), (), ("caisse-hors-bornes",), ("pv-de-caisse", "numerotation-pieces")))
            strict = bench.lot.random() < 0.3
            words = ["--format", form, *(word for rule in only for word in ("--only", rule)), *["--strict"] * strict]
            first = quick(root, capsys, *words, day=bench.day)
            verdict = whole(root, bench.day, helped=EDITED >= 1000 or turn % 3 == 0)
            truth = as_whole(verdict, form, only, strict)
            again = quick(root, capsys, *words, day=bench.day)
            assert first in (None, truth), told
            assert again in (None, truth), told
            found.again += again is not None
            found.after += first is not None
            if (
                bench.lot.random() < (0.5 if verdict.halted else 0.06) or not bench.ledgers() or not bench.papers()
            ):  # begin afresh
                for path in [each for each in root.rglob("*") if each.is_file() or each.is_symlink()]:
                    if bench.index not in path.parents and path not in former:
                        path.unlink()
                for path, content in former.items():
                    path.write_bytes(content)
                bench.backups.clear()
        found.warm = len(warm)
    return found


def test_whatever_is_edited_the_index_says_what_a_whole_run_says(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = drawn(books, EDITED, 18, capsys)
    print(found)
    assert len(found.met) == len(EDITS)
    assert found.again > EDITED // 3, "the index hardly ever answered"
    assert found.after > EDITED // 20, "the index never answered after an edit that says nothing"


@pytest.mark.skipif(EDITED < 1000, reason="GRANDLIVRE_MODIFICATIONS=2000")
def test_the_same_in_the_demonstration_books(demo_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = drawn(demo_copy, EDITED // 10, 81, capsys)
    print(found)
    assert found.again > EDITED // 40


# --- ordinary entries -------------------------------------------------------------------------------------------------


def steadily(root: Path, edits: int, seed: int, capsys: pytest.CaptureFixture[str], months: str = "20*") -> Drawn:
    """Edits of entries, one upon the other while the index answers; most that it does not answer are undone."""
    bench, found = Bench(root, random.Random(seed), months=months), Drawn()
    former = {path: path.read_bytes() for path in bench.ledgers()}
    whole(root, bench.day)
    with pytest.MonkeyPatch.context() as patch, counting(patch) as warm:
        for turn in range(edits):
            before = {path: path.read_bytes() for path in former}
            edit = bench.lot.choice((*OFTEN, *OFTEN, *ENTRIES))
            told = f"{turn} {edit.__name__} {edit(bench)}"
            found.met.add(edit.__name__)
            form = bench.lot.choice(("text", "json"))
            first = quick(root, capsys, "--format", form, day=bench.day)
            truth = as_whole(Verdict.of(inspect(main_of(root), date.fromisoformat(bench.day))), form)
            assert first in (None, truth), told
            found.after += first is not None
            luck = bench.lot.random()
            if luck < 0.1 or first is None:
                for path, content in (former if luck < 0.1 else before).items():
                    path.write_bytes(content)
            if luck < 0.15:  # it stands on books with other findings, for a while
                kept = root / ".grandlivre/index/appui"
                stood = kept.stat().st_mtime_ns
                told = bench.lot.choice(ENTRIES)(bench) if luck > 0.1 else told
                whole(root, bench.day)
                if kept.stat().st_mtime_ns == stood:  # a rule is then asked after every edit
                    for path, content in former.items():
                        path.write_bytes(content)
        found.warm = len(warm)
    return found


def test_an_edit_of_ordinary_entries_is_answered_as_a_whole_run_would(
    books: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = steadily(books, EDITED // 2, 41, capsys, months="2026-02")
    print(found)
    assert found.warm > EDITED // 30, "the index hardly ever answered after an edit of entries"


@pytest.mark.skipif(EDITED < 1000, reason="GRANDLIVRE_MODIFICATIONS=2000")
def test_so_it_is_in_the_demonstration_books(demo_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = steadily(demo_copy, EDITED // 10, 82, capsys, months="2026-10")
    print(found)
    assert found.warm > EDITED // 100


def edited(root: Path, change: Callable[[str], str], file: str = "fonct/2026-02") -> Path:
    """Another text in a ledger."""
    path = root / f"ledger/{file}.beancount"
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8", newline="\n")
    return path


_HEAD, _PIECE = '2026-02-14 * "Boutique 1" "Fournitures 4"', '  piece: "CS-FONCT-2026-0006"\n'
_OWN = f'{_HEAD}\n{_PIECE}  document: "fonct/fevrier-4.pdf"\n  Charges:FONCT:6055-Fournitures-de-bureau  2000 XOF\n  Actif:FONCT:5711-Caisse\n'
_NEW = _OWN.replace("0006", "0011").replace("2026-02-14", "2026-02-19").replace("2000", "1900")


def in_own(old: str, new: str) -> Callable[[str], str]:
    """A change within one entry."""
    return lambda text: text.replace(_OWN, _OWN.replace(old, new), 1)


@pytest.mark.parametrize(
    "change",
    [
        in_own('4"\n', '4 bis"\n'), in_own('4"\n', '4" #revu ^lien\n'), in_own("2000 XOF\n", "2000 XOF ; reçu « bleu »\n"), in_own("2000 XOF\n", "2000 XOF\n  ; vu\n"),
        lambda text: text.replace(_OWN, f"; vu\n\n\n{_OWN}"), lambda text: text.replace("\n\n2026-02-14", "\n\n\n\n2026-02-14"),
    ],
    ids=range(6),
)  # fmt: skip
def test_what_concerns_no_rule_is_answered(
    books: Path, change: Callable[[str], str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(books)
    edited(books, change)
    with counting(monkeypatch) as warm:
        first = quick(books, capsys, "--format", "json")
        assert quick(books, capsys, "--format", "json") == first
    assert len(warm) == 1
    assert first == as_whole(Verdict.of(inspect(main_of(books), date.fromisoformat(DAY))), "json")


WHOLE: dict[str, Callable[[str], str]] = {
    "another flag": in_own('* "Boutique 1" "Fournitures 4"', '! "Boutique 1" "Fournitures 4"'),
    "an entry of a kind of its own": in_own(_PIECE, f'{_PIECE}  ecriture: "reprise"\n'),
    "a waiver": in_own(_PIECE, f'{_PIECE}  derogation: "fractionnement"\n  motif: "urgence"\n  derogation-par: "directeur"\n'),
    "an account that is not open": in_own("6055-Fournitures-de-bureau", "6056-Fournitures"),
    "accounts of two trees": in_own("Charges:FONCT", "Charges:AUTRE"),
    "amounts that do not add up": in_own("Actif:FONCT:5711-Caisse", "Actif:FONCT:5711-Caisse  -1999 XOF"),
    "no amount at all": in_own("2000 XOF", ""),
    "an amount of nothing": in_own("2000 XOF", "0 XOF"),
    "decimals": in_own("2000 XOF", "2000.5 XOF"),
    "a sum": in_own("2000 XOF", "1000 + 1000 XOF"),
    "another currency": in_own("2000 XOF", "3 EUR"),
    "a price": in_own("2000 XOF", "3 EUR @@ 2000 XOF"),
    "a year that is none of the books": in_own("2026-02-14", "2025-02-14"),
    "a day to come": in_own("2026-02-14", "2026-12-14"),
    "no day": in_own("2026-02-14", "2026-02-30"),
    "a series that nobody knows": in_own("CS-FONCT-2026-0006", "CS-AUTRE-2026-0006"),
    "no voucher": in_own(_PIECE, ""),
    "a number for a text": in_own('"CS-FONCT-2026-0006"', "6"),
    "a word of another kind": in_own(_PIECE, f'{_PIECE}  mode: "troc"\n'),
    "a key twice": in_own(_PIECE, f"{_PIECE}{_PIECE}"),
    "a paper elsewhere": in_own("fonct/fevrier", "../fonct/fevrier"),
    "a hidden space": in_own("Fournitures 4", "Fournitures\u00a04"),
    "a sign that nobody sees": in_own("Fournitures 4", "Fournitures\u200b 4"),
    "an accent apart": in_own("Fournitures 4", "Ete\u0301 4"),
    "an angle": in_own("Fournitures 4", "Fournitures <4>"),
    "a bar": in_own("Fournitures 4", "Fournitures \\\\4"),
    "a tab": in_own("  Charges", "\tCharges"),
    "a text over two lines": in_own("Fournitures 4", "Fournitures\n4"),
    "a blank line within": in_own(_PIECE, f"\n{_PIECE}"),
    "a line that is nothing": in_own(_PIECE, f"{_PIECE}  bon pour accord\n"),
    "a half-made merge": lambda text: f"{text}=======\n",
    "no end of line": lambda text: text.rstrip("\n"),
    "ends of lines of Windows": lambda text: text.replace("\n", "\r\n"),
    "entries that changed places": lambda text: text.replace(_OWN, "").replace("\n\n2026-02-16", f"\n\n{_OWN}\n2026-02-16", 1),
    "another directive": lambda text: f'{text}\n2026-02-20 custom "rencontre" "direction" "Réunion"\n',
    "a note": lambda text: f'{text}\n2026-02-20 note Actif:FONCT:5711-Caisse "vu"\n',
    "an assertion": lambda text: f"{text}\n2026-02-20 balance Actif:FONCT:5711-Caisse  5 XOF\n",
    "an option": lambda text: f'option "title" "Autre"\n{text}',
    "an inclusion": lambda text: f'{text}\ninclude "../autre.beancount"\n',
    "a plugin": lambda text: f'{text}\nplugin "os"\n',
    "a tag for all that follows": lambda text: f"pushtag #a\n{text}",
    "an entry above the header": lambda text: f"{_NEW}\n{text}",
    "a title": lambda text: f"* Titre\n{text}",
    "a remark of signs that nobody types": lambda text: f"; \u2500\u2500\n{text}",
}  # fmt: skip


def test_what_is_more_than_ordinary_is_read_whole(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever rules say of it: none is asked here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "guards_of", lambda _found: [["aucune", "[]"]])
        whole(books)
    path = books / "ledger/fonct/2026-02.beancount"
    text = path.read_text(encoding="utf-8")
    edited(books, in_own("2000", "2001"))
    assert quick(books, capsys) is not None
    for what, change in WHOLE.items():
        path.write_bytes(change(text).encode())
        assert change(text) != text, what
        assert quick(books, capsys) is None, what
    path.write_text(text, encoding="utf-8", newline="\n")
    for file in ("main", "comptes", "fonct/comptes"):
        other = books / f"ledger/{file}.beancount"
        former = other.read_bytes()
        other.write_bytes(b"; vu\n" + former)
        assert quick(books, capsys) is None, file
        other.write_bytes(former)
    edited(books, in_own("2000", "2002"))
    assert quick(books, capsys, day="2026-11-28") is None
    assert quick(books, capsys) is not None
    (books / "ledger/documents/fonct/z.pdf").write_bytes(b"%PDF-1.4 z")
    edited(books, lambda now: now.replace("2002", "2003"))
    assert quick(books, capsys) is None


def test_a_sum_that_an_assertion_says_is_reckoned_again(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(books, lambda text: f"{text}\n2026-02-17 balance Actif:FONCT:5711-Caisse  78000 XOF\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "guards_of", lambda _found: [["aucune", "[]"]])
        assert not any(found.rule == "beancount" for found in whole(books).findings)
    path = edited(books, in_own("2000", "2001"))
    assert quick(books, capsys) is None
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("1750 XOF", "1749 XOF"), encoding="utf-8", newline="\n")
    assert quick(books, capsys) is not None
    edited(books, lambda now: now.replace("3000 XOF", "3001 XOF"))  # after that morning
    assert quick(books, capsys) is not None


def test_what_stands_on_lines_that_move_moves_with_them(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(books, lambda text: text.replace(_OWN, _OWN.replace(_PIECE, f'{_PIECE}  mode: "troc"\n')))
    found = [each for each in whole(books).findings if each.file.endswith("2026-02.beancount")]
    assert found
    edited(books, lambda text: text.replace("2026-02-12 *", "; vu\n; revu\n\n2026-02-12 *"))
    said = quick(books, capsys)
    assert said == as_whole(Verdict.of(inspect(main_of(books), date.fromisoformat(DAY))))
    edited(books, lambda text: text.replace("Fournitures 4", "Fournitures 4 bis"))
    assert quick(books, capsys) is None, "a finding stands on it"


def test_many_edits_are_told_from_the_last_whole_run(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole(books)
    folder = books / ".grandlivre/index"
    kept = (folder / "appui").read_bytes()
    for turn in range(20):  # more than answers are kept
        edited(
            books, lambda text, turn=turn: text.replace(f"Fournitures {1 + turn % 8}", f"Fournitures {1 + turn % 8} x")
        )  # type: ignore[misc]
        assert quick(books, capsys) is not None, turn
    assert (folder / "appui").read_bytes() == kept
    assert len(list(folder.glob("reponse-*"))) <= 12
    assert quick(books, capsys) == as_whole(Verdict.of(inspect(main_of(books), date.fromisoformat(DAY))))


def test_after_an_edit_no_library_is_imported(books: Path) -> None:
    command(books)
    edited(books, in_own('4"\n', '4 bis"\n'))
    script = """
import sys
from grandlivre.kept import asking
assert asking.answered(asking.read(["check"])) is not None
print(sorted({name.partition(".")[0] for name in sys.modules} & {
    "pydantic", "jinja2", "click", "babel", "beancount", "yaml", "pathlib", "subprocess", "hashlib"}))
"""
    env = {**os.environ, "GRANDLIVRE_AUJOURDHUI": DAY}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=books, capture_output=True, text=True, env=env, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    bare = command(books, "--sans-index")
    again = command(books)
    assert (again.stdout, again.returncode, again.stderr) == (bare.stdout, bare.returncode, "")
    rows = records.load(str(books / ".grandlivre/index/appui"), ground._KIND)
    lying = [[*row, "regle-inventee"] if row[0] == "rules" else row for row in rows]
    (books / ".grandlivre/index/appui").write_bytes(records.written(ground._KIND, lying))
    edited(books, lambda text: text.replace("4 bis", "4 ter"))
    assert command(books, CI="true").stdout == bare.stdout
    assert command(books, "--sans-index").stdout == bare.stdout
    shouted = command(books, "--sur")
    assert (shouted.stdout, shouted.returncode) == (bare.stdout, 1)
    assert shouted.stderr.startswith("Attention : l'index")
    assert not (books / ".grandlivre/index/appui").exists()


# --- what it is made of -----------------------------------------------------------------------------------------------


def test_every_file_that_a_check_reads_is_one_that_the_index_looks_at(books: Path) -> None:
    """A whole run in a process of its own, every opening, listing and look at a file noted."""
    script = """
import os, sys
met = set()
def note(name):
    def wrapped(path, *more, **words):
        if isinstance(path, (str, bytes, os.PathLike)): met.add(os.path.abspath(os.fsdecode(path)))
        return former(path, *more, **words)
    former = getattr(os, name)
    setattr(os, name, wrapped)
for name in ("stat", "lstat"): note(name)
sys.addaudithook(lambda event, args: met.add(os.path.abspath(os.fsdecode(args[0])))
    if event in ("open", "os.listdir", "os.scandir") and isinstance(args[0], (str, bytes, os.PathLike)) else None)
from pathlib import Path
from datetime import date
from grandlivre.inspection import inspect
from grandlivre.inspection.today import real_day
import pydantic, yaml, zoneinfo  # what is imported when the rules are read looks at where Python stands
main = Path(sys.argv[1])
met.clear()
real_day(main)
inspect(main, date(2026, 11, 29))
print(repr(sorted(met)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(main_of(books))], capture_output=True, text=True, check=True
    )
    met = [Path(each) for each in ast.literal_eval(done.stdout)]
    state = Index(str(main_of(books))).look(0)
    unseen = [path for path in met if path.is_relative_to(books) and path.exists() and not _is_seen(path, books, state)]
    assert unseen == []
    assert sum(path.is_relative_to(books / "ledger") for path in met) > 10, "nothing was noted"
    code = [ROOT, Path(sys.prefix), Path(sys.base_prefix), Path("/dev"), Path("/proc"), Path("/usr"), Path("/etc")]
    beyond = [path for path in met if path not in (books, *books.parents) and not path.is_relative_to(books)]
    others = [
        path for path in beyond if not any(path.is_relative_to(each) or each.is_relative_to(path) for each in code)
    ]
    assert [path for path in others if path.name != ".git"] == []


def _is_seen(path: Path, root: Path, state: marks.State) -> bool:
    inside = path.relative_to(root).parts
    if path.is_dir() or not inside:
        return True
    if inside[0] in ("ledger", "rules", "templates"):
        return path.relative_to(root).as_posix() in state.texts or path.relative_to(root).as_posix() in state.fresh
    return inside[0] == ".git"


def test_a_change_of_the_program_or_of_a_library_is_a_whole_run(
    books: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    verdict = whole(books)
    assert quick(books, capsys) == as_whole(verdict)
    seen = index.version
    monkeypatch.setattr(index, "version", lambda libraries: f"{seen(libraries)}'")
    assert quick(books, capsys) is None
    monkeypatch.setattr(index, "version", seen)
    assert quick(books, capsys) == as_whole(verdict)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert quick(books, capsys) is None
    listed = (books / ".grandlivre/index/programme").read_text(encoding="utf-8")
    assert all(name in listed for name in ("beancount/parser/_parser", "pydantic_core", "yaml", "site-packages\n"))


def test_a_paper_that_changed_within_a_tick_of_the_clock_is_read(
    books: Path, capsys: pytest.CaptureFixture[str], later: Callable[[int], None]
) -> None:
    paper = books / "ledger/documents/fonct/d.pdf"
    paper.write_bytes(b"%PDF-1.4 dd")
    state = Index(str(main_of(books))).look(paper.stat().st_mtime_ns)
    assert "ledger/documents/fonct/d.pdf" in state.fresh
    verdict = whole(books)
    assert quick(books, capsys) == as_whole(verdict)
    kept = next((books / ".grandlivre/index").glob("reponse-*"))
    assert b"fresh\t" in kept.read_bytes()
    later(60)
    assert quick(books, capsys) == as_whole(verdict)
    assert b"fresh\t" not in kept.read_bytes()
    seen = (books / ".grandlivre/index/vu").read_text(encoding="utf-8")
    assert all(line.split("\t")[3] == "oui" for line in seen.split("\n")[4:])


def test_marks_alone_are_believed_once_files_were_left_alone(
    books: Path, capsys: pytest.CaptureFixture[str], later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    later(60)
    verdict = whole(books)
    read: list[str] = []
    digest = marks.content_digest
    monkeypatch.setattr(marks, "content_digest", lambda path, mark: read.append(path) or digest(path, mark))
    assert quick(books, capsys) == as_whole(verdict)
    assert read == []
    month = books / "ledger/fonct/2026-01.beancount"
    seen = month.stat()
    month.write_bytes(month.read_bytes().replace(b"10750 XOF", b"10751 XOF"))
    os.utime(month, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert quick(books, capsys) is None
    assert read == [str(month)]


def test_a_cache_that_git_tracks_is_seen(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q", str(books)], check=True)
    (books / "ledger/.main.beancount.picklecache").write_bytes(b"x")
    verdict = whole(books)
    assert quick(books, capsys) == as_whole(verdict)
    subprocess.run(["git", "-C", str(books), "add", "-f", "ledger/.main.beancount.picklecache"], check=True)
    assert quick(books, capsys) is None
    assert "picklecache" in write(whole(books), "text")
    assert quick(books, capsys) is None


@pytest.mark.parametrize("version", ["2", "4"])
def test_git_s_own_list_is_read_where_it_names_every_file(
    books: Path, version: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the hook of a commit the list has just changed: git itself is not started for that, unless it shortens names."""
    started: list[object] = []
    run = subprocess.run
    here = {"cwd": books, "check": True}
    run(["git", "init", "-q"], **here)  # type: ignore[call-overload]
    verdict = whole(books)
    run(["git", "add", "ledger"], **here)  # type: ignore[call-overload]
    run(["git", "update-index", "--index-version", version], **here)  # type: ignore[call-overload]
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")  # as git says it to its hooks
    monkeypatch.setattr(subprocess, "run", lambda *words, **how: started.append(words) or run(*words, **how))
    assert quick(books, capsys) == as_whole(verdict)
    assert bool(started) == (version == "4")
    (books / "ledger/x.PICKLECACHE").write_bytes(b"")
    run(["git", "add", "-f", "ledger/x.PICKLECACHE"], **here)  # type: ignore[call-overload]
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index-autre")
    shutil.move(books / ".git/index", books / ".git/index-autre")
    assert quick(books, capsys) is None


def test_the_audit_and_the_typing_traps_read_what_changed(
    books: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(books)
    month, other = books / "ledger/fonct/2026-01.beancount", books / "ledger/fonct/2026-02.beancount"
    keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
    assert keeper is not None
    assert {month, other} <= keeper.plain
    assert main_of(books) not in keeper.plain
    month.write_text(f"{month.read_text(encoding='utf-8')}\n; fin\n", encoding="utf-8")
    keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
    assert keeper is not None
    assert (month in keeper.plain, other in keeper.plain) == (False, True)
    assert Keeper.of(main_of(books), date.fromisoformat(DAY), sure=True).plain == frozenset()  # type: ignore[union-attr]
    trapped = f"{other.read_text(encoding='utf-8')}\n; \u200b\n"
    other.write_text(trapped, encoding="utf-8")
    assert any(found.rule == "texte" for found in whole(books).findings)
    seen = records.load(str(books / ".grandlivre/index/vu"), index._SEEN_KIND)
    lying = [[*row[:4], "oui"] if row[0].endswith("2026-02.beancount") else row for row in seen]
    (books / ".grandlivre/index/vu").write_bytes(records.written(index._SEEN_KIND, lying))
    keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
    assert keeper is not None
    assert other in keeper.plain
    sure = Keeper.of(main_of(books), date.fromisoformat(DAY), sure=True)
    assert sure is not None
    assert sure.differs(Verdict.of(inspect(main_of(books), date.fromisoformat(DAY))))
    assert not list((books / ".grandlivre/index").glob("reponse-*"))


def test_ledgers_that_did_not_change_are_not_parsed_again(books: Path) -> None:
    whole(books)
    month = books / "ledger/fonct/2026-01.beancount"
    month.write_text(month.read_text(encoding="utf-8").replace("10750 XOF", "10751 XOF"), encoding="utf-8")
    keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
    assert keeper is not None
    found = inspect(main_of(books), date.fromisoformat(DAY), None, (), keeper.pages)
    assert list(keeper.pages.fresh) == [str(month)]
    plain = inspect(main_of(books), date.fromisoformat(DAY))
    assert found.entries == plain.entries
    assert Verdict.of(found) == Verdict.of(plain)
    for page in (books / ".grandlivre/index/pages").iterdir():
        page.write_bytes(page.read_bytes().replace(b"10750", b"10751"))
    keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
    assert keeper is not None
    inspect(main_of(books), date.fromisoformat(DAY), None, (), keeper.pages)
    assert str(month) in keeper.pages.fresh


def test_a_page_that_says_something_else_is_shouted(books: Path) -> None:
    whole(books)
    for page in (books / ".grandlivre/index/pages").iterdir():  # written anew, digest and all: only comparing tells
        body = page.read_bytes().partition(b"\n")[2].replace(b"10750 XOF", b"10749 XOF")
        page.write_bytes(marks.digest_of(body).encode() + b"\n" + body)
    sure = Keeper.of(main_of(books), date.fromisoformat(DAY), sure=True)
    assert sure is not None
    found = inspect(main_of(books), date.fromisoformat(DAY), None, sure.plain, sure.pages)
    assert sure.differs(Verdict.of(found))
    assert not list((books / ".grandlivre/index/pages").iterdir())


# --- the folder -------------------------------------------------------------------------------------------------------


def test_every_damaged_byte_is_a_whole_run_or_the_same_answer(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = as_whole(whole(books))
    folder = books / ".grandlivre/index"
    lot = random.Random(5)
    for path in sorted(each for each in folder.iterdir() if each.is_file()):
        content = path.read_bytes()
        for _ in range(5 if content else 0):
            at = lot.randrange(len(content))
            for damage in (content[:at], content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :], content + b"\n"):
                path.write_bytes(damage)
                (folder / "tours").write_bytes(b"1") if path.name != "tours" else None
                assert quick(books, capsys) in (None, truth), path.name
        path.write_bytes(content)
    (folder / "tours").write_bytes(b"1")
    assert quick(books, capsys) == truth


@pytest.mark.parametrize("texts", [["a", "", "b\tc", "\\", "\\\\t", "d\r\n", "é\udcff"], [""], ["\\n"]])
def test_what_is_written_is_read_again(texts: list[str]) -> None:
    assert records.read("essai", records.written("essai", [texts, texts])) == [texts, texts]
    with pytest.raises(UnsureError):
        records.read("autre", records.written("essai", [texts]))


def test_two_writers_at_once_leave_an_index_that_is_whole(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = as_whole(whole(books))
    found = inspect(main_of(books), date.fromisoformat(DAY))
    verdict = Verdict.of(found)

    def keep() -> None:
        for _ in range(6):
            keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
            if keeper is not None:
                keeper.keep(found, verdict)

    writers = [threading.Thread(target=keep) for _ in range(2)]
    for each in writers:
        each.start()
    answers = [quick(books, capsys) for _ in range(10)]
    for each in writers:
        each.join()
    assert all(answer in (None, truth) for answer in answers)
    whole(books)
    assert quick(books, capsys) == truth


def test_a_change_during_the_run_keeps_nothing(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
    assert keeper is not None
    found = inspect(main_of(books), date.fromisoformat(DAY))
    month = books / "ledger/fonct/2026-01.beancount"
    month.write_text(f"{month.read_text(encoding='utf-8')}\n; plus tard\n", encoding="utf-8")
    keeper.keep(found, Verdict.of(found))
    assert not list((books / ".grandlivre/index").glob("reponse-*"))
    assert quick(books, capsys) is None


def test_no_link_is_followed_to_the_index(books: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    whole(books)
    (books / ".grandlivre/index").rename(tmp_path / "ailleurs")
    (books / ".grandlivre/index").symlink_to(tmp_path / "ailleurs")
    assert quick(books, capsys) is None
    assert Keeper.of(main_of(books), date.fromisoformat(DAY)) is None


def test_a_disk_that_lets_programs_say_the_last_change_has_no_index(
    books: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As FAT does: what `touch -r` puts back would be believed."""
    whole(books)
    real = os.stat

    def fat(path: object, **how: object) -> object:
        seen = real(path, **how)  # type: ignore[call-overload]
        return SimpleNamespace(st_ctime_ns=seen.st_mtime_ns) if str(path).endswith("tours") else seen

    monkeypatch.setattr(index.os, "stat", fat)
    assert quick(books, capsys) is None


def test_too_many_papers_to_read_are_judged_again(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_MOST_READ", 30)
    with pytest.raises(UnsureError):
        Index(str(main_of(books))).look(0)


def test_only_the_last_answers_are_kept(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = inspect(main_of(books), date.fromisoformat(DAY))
    for turn in range(15):
        (books / "ledger/README.md").write_text(str(turn), encoding="utf-8")
        keeper = Keeper.of(main_of(books), date.fromisoformat(DAY))
        assert keeper is not None
        keeper.keep(found, Verdict.of(found))
    assert len(list((books / ".grandlivre/index").glob("reponse-*"))) == 12
    assert (books / ".grandlivre/index/.gitignore").read_text(encoding="utf-8").endswith("*\n")


# --- the command ------------------------------------------------------------------------------------------------------


def command(root: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GRANDLIVRE_AUJOURDHUI": DAY, **more}
    line = [sys.executable, "-m", "grandlivre", "check", *words]
    return nursery.run(line, root, env)


def test_the_command_answers_from_the_index_and_never_when_it_must_not(books: Path) -> None:
    bare = command(books, "--sans-index")
    assert not (books / ".grandlivre/index").exists()
    first = command(books, "--format", "json")
    assert (first.stderr, list((books / ".grandlivre/index").glob("reponse-*")) != []) == ("", True)
    again = command(books)
    assert (again.stdout, again.returncode, again.stderr) == (bare.stdout, bare.returncode, "")
    kept = next((books / ".grandlivre/index").glob("reponse-*"))
    rows = records.load(str(kept), KIND)
    rows = [row if row[0] != "rules" else [*row, "regle-inventee"] for row in rows]
    kept.write_bytes(records.written(KIND, rows))  # somebody writes in the index: only what never believes it tells
    assert command(books).stdout != bare.stdout
    assert command(books, "--sans-index").stdout == bare.stdout
    assert command(books, CI="true").stdout == bare.stdout
    shouted = command(books, "--sur")
    assert (shouted.stdout, shouted.returncode) == (bare.stdout, 1)
    assert shouted.stderr.startswith("Attention : l'index")
    assert not kept.exists()
    calm = command(books, "--sur")
    assert (calm.stdout, calm.returncode, calm.stderr) == (bare.stdout, bare.returncode, "")
    (books / ".grandlivre/index/tours").write_bytes(b"49")
    kept = next((books / ".grandlivre/index").glob("reponse-*"))
    kept.write_bytes(records.written(KIND, rows))
    fiftieth = command(books)
    assert (fiftieth.stdout, fiftieth.returncode, fiftieth.stderr[:9]) == (bare.stdout, 1, "Attention")
    refused = command(books, "--sur", "--format", "sarif")
    assert (refused.returncode, "--sur compare avec l'index" in refused.stderr) == (2, True)


def test_an_answer_imports_no_library(books: Path) -> None:
    command(books)
    script = """
import sys
from grandlivre.kept import asking
assert asking.answered(asking.read(["check"])) is not None
print(sorted({name.partition(".")[0] for name in sys.modules} & {
    "pydantic", "jinja2", "click", "babel", "beancount", "yaml", "json", "pathlib", "subprocess", "decimal"}))
"""
    env = {**os.environ, "GRANDLIVRE_AUJOURDHUI": DAY}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=books, capture_output=True, text=True, env=env, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "words",
    [["report"], ["check", "--since", "HEAD"], ["check", "--format", "sarif"], ["check", "--today", ""], ["check", "-h"],
     ["check", "--sur"], ["check", "--sans-index"], ["check", "--only"], ["check", "--only", "inconnue"], ["check", "--today", "hier"],
     ["check", "livres"], ["check", "--ledger", "ailleurs"]],
)  # fmt: skip
def test_what_else_is_asked_is_the_command_s(
    books: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (books / ".grandlivre/index").exists():
        whole(books)
    monkeypatch.chdir(books)
    monkeypatch.setenv("GRANDLIVRE_AUJOURDHUI", DAY)
    assert _answered(["check", "--strict", f"--today={DAY}"]) is not None
    assert _answered(words) is None


def test_an_interrupted_command_is_told(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole(books)
    (books / ".grandlivre/journal").mkdir()
    assert quick(books, capsys) is None


def test_every_voice_may_be_asked_for_alone(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = whole(books)
    known = Index(str(main_of(books)))
    known.recall()
    assert known.voices == {voice.id for voice in voices()}
    for voice in voices():
        assert quick(books, capsys, "--only", voice.id) in (None, as_whole(verdict, only=(voice.id,)))


def test_to_be_sure_nothing_that_was_remembered_is_believed(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_: Path) -> None:
        raise AssertionError("a memory was asked")

    said = running.whole(main_of(books), date.fromisoformat(DAY), "text")
    monkeypatch.setattr(running.Memory, "of", asked)
    monkeypatch.setattr(running.RememberedRules, "of", asked)
    with pytest.raises(AssertionError):
        running.whole(main_of(books), date.fromisoformat(DAY), "text")
    assert running.whole(main_of(books), date.fromisoformat(DAY), "text", sure=True) == said
