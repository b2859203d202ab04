"""Real processes killed at every step of a change, and real processes that want the books at the same time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import writing_faults
from grandlivre.writing import Locked, locked, recover
from writing_faults import AFTER, BOOKS, private, state, write_books

pytestmark = pytest.mark.slow

WAITER = """
import sys
from pathlib import Path
from grandlivre.writing import locked
with locked(Path(sys.argv[1]), "reconcile"):
    print("held", flush=True)
    sys.stdin.read()
"""

APPENDER = """
import sys, time
from pathlib import Path
from grandlivre.writing import ChangeSet, Locked, locked
root, name = Path(sys.argv[1]), sys.argv[2]
for turn in range(4):
    while True:
        try:
            with locked(root, "count"):
                change = ChangeSet(root)
                for path in ("a.txt", "b.txt", "c.txt"):
                    old = (root / path).read_bytes()
                    change.edit(root / path, old + f"{name}{turn}\\n".encode(), expected=old)
                change.commit()
            break
        except Locked as error:
            assert "grandlivre count" in str(error) or "pas encore dit son nom" in str(error), error
            time.sleep(0.005)
"""


def _run(root: Path, stop_at: int, command: str) -> int:
    arguments = [sys.executable, writing_faults.__file__, str(root), str(stop_at), command]
    return subprocess.run(arguments, check=False, timeout=60).returncode


def _assert_nothing_partial(root: Path) -> None:
    for path, content in state(root).items():
        if not path.endswith(".grandlivre-tmp"):
            assert content in {BOOKS.get(path), AFTER[path]}, path


def test_a_process_killed_at_any_step_leaves_whole_files_and_a_set_that_can_be_completed(tmp_path: Path) -> None:
    outcomes = []
    for stop_at in range(1, 200):
        root = tmp_path / str(stop_at)
        write_books(root)
        status = _run(root, stop_at, "change")
        _assert_nothing_partial(root)
        recover(root)
        found = state(root)
        assert found in (BOOKS, AFTER), stop_at
        assert [name for name in private(root) if name != "verrou"] == []
        outcomes.append(found == AFTER)
        if status == 0:
            break
        assert status == 9
    assert outcomes[-1], "the last run is not killed"
    assert len(outcomes) > 40, "every open, write, sync, rename and removal is a step"
    assert outcomes == sorted(outcomes), "once the journal is complete, the change is always finished"
    assert outcomes.count(True) > 15
    assert outcomes.count(False) > 15


def test_a_repair_killed_at_any_step_can_be_repaired(tmp_path: Path) -> None:
    interrupted = tmp_path / "interrupted"
    write_books(interrupted)
    disk = writing_faults.StoppingDisk(10_000, lambda: pytest.fail("not reached"))
    with locked(interrupted, "change", disk):
        before = disk.steps
        writing_faults.change_books(interrupted, disk)
    total = disk.steps - before
    shutil.rmtree(interrupted)
    write_books(interrupted)
    assert _run(interrupted, total - 12, "change") == 9
    assert state(interrupted) not in (BOOKS, AFTER), "killed in the middle of the renames"
    for stop_at in range(1, 100):
        root = tmp_path / str(stop_at)
        shutil.copytree(interrupted, root)
        status = _run(root, stop_at, "repair")
        _assert_nothing_partial(root)
        recover(root)
        assert state(root) == AFTER, stop_at
        if status == 0:
            break
    assert stop_at > 8


def test_a_second_command_is_told_who_holds_the_books_and_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said = rf"« grandlivre reconcile » \(processus {holder.pid} sur .*attendez"
        with pytest.raises(Locked, match=said), locked(tmp_path, "count"):
            pytest.fail("two commands at once")
        holder.kill()
        holder.wait(timeout=30)
    assert "reconcile" in (tmp_path / ".grandlivre/verrou").read_text(encoding="utf-8"), "the dead leave their name"
    with locked(tmp_path, "count"):
        assert "count" in (tmp_path / ".grandlivre/verrou").read_text(encoding="utf-8")


def test_commands_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_bytes(b"")
    children = [subprocess.Popen([sys.executable, "-c", APPENDER, str(tmp_path), name]) for name in "xyz"]
    assert [child.wait(timeout=60) for child in children] == [0, 0, 0]
    contents = {(tmp_path / name).read_bytes() for name in ("a.txt", "b.txt", "c.txt")}
    assert len(contents) == 1
    assert sorted(contents.pop().decode().split()) == sorted(f"{name}{turn}" for name in "xyz" for turn in range(4))
