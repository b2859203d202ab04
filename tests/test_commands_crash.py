"""The commands as they are typed, in processes killed at the steps of their writing, two at once, on a bad disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import asset_books
import command_faults
import year_books
from grandlivre.cli import cli
from grandlivre.inspection import inspect
from small_books import month_of, ready
from test_reconcile import Move, bank_file, make

__all__ = ["ready"]

pytestmark = pytest.mark.slow
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process a step is affordable only by forking")
DIED = 9
EACH = 1 if os.environ.get("GRANDLIVRE_LONG") else 3
"""The steps between two deaths of commands that write as `count` does, which dies at each of its own."""
REFUSED = re.compile("« grandlivre count »|pas encore dit son nom|ont changé depuis|a changé depuis")
MAIN = "ledger/main.beancount"
COUNT = (
    "--heure", "18:00", "--billets", "10000x8 5000x1 2000x2", "--pieces", "250x1",
    "--controleur", "comptable", "--temoin", "directeur",
)  # fmt: skip

Files = dict[str, bytes]


def files(root: Path) -> Files:
    """Every file under the root, without the private folder, git's, and temporary names."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not {".grandlivre", ".git"} & set(path.relative_to(root).parts)
        and not path.name.endswith(".grandlivre-tmp")
    }


def leftovers(root: Path) -> list[str]:
    """What only an interrupted command leaves."""
    return [path.name for path in root.rglob("*") if path.name.endswith(".grandlivre-tmp") or path.name == "journal"]


def forked(root: Path, words: tuple[str, ...], step: int = 0, how: str = "exit") -> tuple[int, str]:
    """Runs a command in a child of this process, which is warm; its status (DIED when killed) and what it said."""
    said = root.parent / f"{root.name}.txt"
    child = os.fork()
    if child == 0:
        status = 70
        try:
            os.chdir(root)
            out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for descriptor in (1, 2):
                os.dup2(out, descriptor)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - this process ends by _exit
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            if step:
                command_faults.fail_at(step, how)
            try:
                cli.main(list(words), prog_name="grandlivre")
            except SystemExit as end:
                status = int(end.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    waited = os.waitpid(child, 0)[1]
    status = DIED if os.WIFSIGNALED(waited) else os.WEXITSTATUS(waited)
    return status, said.read_text(encoding="utf-8")


def typed(root: Path, *words: str) -> subprocess.Popen[str]:
    """A command in a new interpreter, as a person's."""
    return subprocess.Popen(
        [sys.executable, "-m", "grandlivre", *words],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its status and what it said."""
    said = process.communicate(timeout=60)[0]
    return process.returncode, said


# The books each command is tried on ---------------------------------------------------------------------------------


def till(root: Path, ready: Path) -> tuple[str, ...]:
    """A till to count."""
    shutil.copytree(ready, root)
    return ("count", "FONCT", "--date", "2026-01-20", *COUNT)


def month_to_close(root: Path, ready: Path) -> tuple[str, ...]:
    """A month ready to be closed."""
    shutil.copytree(ready, root)
    return ("close", "2026-01", "--date", "2026-02-10", "--oui")


def voucher(root: Path, ready: Path) -> tuple[str, ...]:
    """A voucher to reverse."""
    shutil.copytree(ready, root)
    return ("entries", "extourne", "CS-FONCT-2026-0002", "--ecrire")


def new_month(root: Path, ready: Path) -> tuple[str, ...]:
    """A month to prepare."""
    shutil.copytree(ready, root)
    return ("month", "2026-12")


def sent_report(root: Path, ready: Path) -> tuple[str, ...]:
    """A report to send, PDF and all."""
    shutil.copytree(ready, root)
    return ("report", "balance", "--bailleur", "FONCT", "--periode", "2026-01", "--transmettre", "--date", "2026-02-10")


def statement(root: Path, _: Path) -> tuple[str, ...]:
    """A statement that explains the whole month, with charges to propose."""
    moves = (
        Move("BQ-EAU-2026-0001", date(2026, 3, 4), -25_000, "Moussa Diarra", "0441001", "").text,
        Move("BQ-EAU-2026-0002", date(2026, 3, 9), -60_000, "INPS", "", "OV-009").text,
    )
    make(root, *moves)
    lines = (
        ("05/03/2026", "CHQ 0441001", -25_000),
        ("10/03/2026", "VIR OV-009", -60_000),
        ("31/03/2026", "AGIOS", -900),
    )
    file = bank_file(root, 50_000_000, *lines)
    return ("reconcile", "EAU", "--releve", file.name, "--accept")


def drafts(root: Path, ready: Path) -> tuple[str, ...]:
    """The same statement, to import."""
    statement(root, ready)
    return ("import", "releve.csv", "--compte", "EAU")


def shares(root: Path, _: Path) -> tuple[str, ...]:
    """Six shares of funds in two trees, with the accounts and the months' files that they lack."""
    year_books.make(root)
    return ("entries", "quote-part", "--periode", "2026", "--ecrire")


def year_to_close(root: Path, _: Path) -> tuple[str, ...]:
    """A year to close, of a tree whose charges are its own."""
    year_books.make(root)
    return ("entries", "cloture", "--periode", "2026", "--bailleur", "FONCT", "--ecrire", "--today", "2027-04-15")


def year_to_depreciate(root: Path, _: Path) -> tuple[str, ...]:
    """Three trees to depreciate, with the accounts and the month's files that they lack."""
    empty = {f"ledger/{tree}/2026-01.beancount": asset_books.HEADER for tree in ("eau", "aff")}
    asset_books.write_books(root, empty)
    return ("entries", "amortissements", "--periode", "2026", "--ecrire", "--today", "2027-01-10")


def asset_to_sell(root: Path, _: Path) -> tuple[str, ...]:
    """An asset that leaves: its directive in January's file, its entry in another one."""
    year_to_depreciate(root, _)
    return ("entries", "sortie", "IM-2026-001", "--date", "2027-03-31", "--motif", "vente", "--ecrire")


Case = Callable[[Path, Path], tuple[str, ...]]


def next_command(root: Path) -> tuple[int, str]:
    """The command somebody types afterwards; `month` of a month that exists changes nothing itself."""
    (first, *_) = sorted(path.stem for path in root.glob("ledger/*/2026-*.beancount"))
    return forked(root, ("month", first))


@forks
@pytest.mark.parametrize(
    ("case", "stride"),
    [
        (till, 1),
        (statement, EACH),
        (month_to_close, EACH),
        (voucher, 6),
        (new_month, 6),
        (sent_report, 25),
        (drafts, 6),
        (shares, 40),
        (year_to_close, 20),
        (year_to_depreciate, 25),
        (asset_to_sell, 8),
    ],
)
def test_killed_at_any_step_a_command_is_done_or_not_done(tmp_path: Path, ready: Path, case: Case, stride: int) -> None:
    whole = tmp_path / "whole"
    words = case(whole, ready)
    before = files(whole)
    status, said = forked(whole, words)
    assert status == 0, said
    after = files(whole)
    assert before != after
    outcomes = []
    for step in range(1, 400, stride):
        root = tmp_path / str(step)
        case(root, ready)
        status, said = forked(root, words, step, "kill" if step % 2 else "exit")
        if status != DIED:
            assert (status, files(root)) == (0, after), said
            break
        for path, content in files(root).items():
            assert content in (before.get(path), after.get(path)), f"{path} partly written at step {step}"
        assert files(root).keys() >= before.keys()
        status, said = next_command(root)
        found = files(root)
        assert status == 0, said
        assert found in (before, after), f"step {step}"
        assert leftovers(root) == []
        outcomes.append(found == after)
        shutil.rmtree(root)
    assert status == 0
    assert outcomes == sorted(outcomes), "once the journal is complete the change is always finished"
    assert stride > 1 or (outcomes.count(True) > 5 and outcomes.count(False) > 5)


@forks
def test_an_interrupted_opening_is_begun_again_or_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grandlivre.tasks.founding.secrets.token_hex", lambda size: "0" * 2 * size)
    words = ("init", ".", "--oui", "--exercice", "2026", "--sigle", "AVEC")
    whole = tmp_path / "whole"
    whole.mkdir()
    status, said = forked(whole, words)
    assert status == 0, said
    after = files(whole)
    last = 0
    for step in (1, 3, 40, *range(100, 2_000, 60 * EACH)):
        root = tmp_path / str(step)
        root.mkdir()
        status, said = forked(root, words, step)
        if status != DIED:
            break
        last = step
        assert all(after[path] == content for path, content in files(root).items())
        status, said = forked(root, words)
        assert status == 0, said
        assert files(root) == after, f"step {step}"
        assert leftovers(root) == []
        shutil.rmtree(root)
    assert status == 0, said
    assert last > 100


@forks
@pytest.mark.parametrize("how", ["full", "read-only"])
@pytest.mark.parametrize("case", [till, statement])
def test_a_disk_that_refuses_is_said_and_nothing_changes(tmp_path: Path, ready: Path, case: Case, how: str) -> None:
    root = tmp_path / "livres"
    words = case(root, ready)
    before = files(root)
    for step in (1, 9):
        status, said = forked(root, words, step, how)
        assert status == 2, said
        assert "Traceback" not in said
        assert {"full": "le disque est plein", "read-only": "lecture seule"}[how] in said
        assert "Rien n'a été modifié" in said
        assert (files(root), leftovers(root)) == (before, [])
    assert forked(root, words)[0] == 0


def test_a_file_nobody_may_write_is_named(tmp_path: Path, ready: Path) -> None:
    root = tmp_path / "livres"
    words = till(root, ready)
    month_of(root).chmod(0o444)
    before = files(root)
    status, said = ended(typed(root, *words))
    assert (status, files(root)) == (2, before), said
    assert "ledger/fonct/2026-01.beancount: écriture refusée" in said
    month_of(root).chmod(0o644)


def test_two_counts_at_once_both_stand_or_one_is_told_who_writes(tmp_path: Path, ready: Path) -> None:
    root = tmp_path / "livres"
    till(root, ready)
    main = root / MAIN
    known = inspect(main).errors
    text = month_of(root).read_text(encoding="utf-8")
    twins = [typed(root, "count", "FONCT", "--date", f"2026-01-{day}", *COUNT) for day in (20, 21)]
    results = [ended(each) for each in twins]
    wrote = [status == 0 for status, _ in results]
    assert any(wrote), results
    for status, said in results:
        assert "Traceback" not in said
        if status:
            assert status == 2
            assert REFUSED.search(said), said
    after = month_of(root).read_text(encoding="utf-8")
    assert after.count('custom "pv-caisse"') == text.count('custom "pv-caisse"') + sum(wrote)
    found = inspect(main)
    assert not found.halted
    assert found.errors == known
    assert leftovers(root) == []
