"""Several files or none: interruptions at every step, full and read-only disks, editors at work meanwhile."""

import errno
import json
import os
import stat
from datetime import date
from pathlib import Path
from typing import NoReturn

import pytest

from grandlivre.writing import ChangeSet, Locked, WriteError, locked, pending, recover, write_file
from grandlivre.writing import journal as journals
from grandlivre.writing.journal import FOLDER
from writing_faults import (
    AFTER,
    BOOKS,
    FEBRUARY,
    JANUARY,
    MANIFEST,
    StoppingDisk,
    change_books,
    private,
    state,
    write_books,
)

NEVER = 1_000_000


class Killed(BaseException):
    """The process is gone: nothing after this reaches the disk."""


def _killed() -> NoReturn:
    raise Killed


def _steps(root: Path) -> int:
    """How many steps the whole change takes, made on books of its own."""
    write_books(root)
    disk = StoppingDisk(NEVER, _killed, fast=True)
    change_books(root, disk)
    return disk.steps


def _interrupted(root: Path, stop_at: int) -> None:
    write_books(root)
    with pytest.raises(Killed):
        change_books(root, StoppingDisk(stop_at, _killed, fast=True))


def _sentence(root: Path, disk: StoppingDisk) -> str:
    """What the change was refused with; nothing when it was made."""
    try:
        change_books(root, disk)
    except WriteError as error:
        return str(error)
    return ""


def _interrupted_in_the_renames(tmp_path: Path) -> Path:
    """Books killed when the first of three files is in place."""
    steps = _steps(tmp_path / "whole")
    for back in range(1, steps):
        root = tmp_path / f"back-{back}"
        _interrupted(root, steps - back)
        if (root / JANUARY).read_bytes() == AFTER[JANUARY] and (root / FEBRUARY).read_bytes() == BOOKS[FEBRUARY]:
            return root
    pytest.fail("no step between the renames")


def test_the_change_is_made_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write_books(tmp_path)
    (tmp_path / JANUARY).chmod(0o640)
    change_books(tmp_path, StoppingDisk(NEVER, _killed))
    assert state(tmp_path) == AFTER
    assert private(tmp_path) == []
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / JANUARY).stat().st_mode) == 0o640


def test_commit_says_what_changed_and_an_empty_change_touches_nothing(tmp_path: Path) -> None:
    write_books(tmp_path)
    change = ChangeSet(tmp_path)
    change.ledger(Path(JANUARY)).remove_metadata(2, "pointage")
    change.edit(Path(FEBRUARY), BOOKS[FEBRUARY], expected=BOOKS[FEBRUARY])
    assert change.commit() == ()
    assert not (tmp_path / ".grandlivre").exists()
    change = ChangeSet(tmp_path)
    change.create(tmp_path / "z.txt", b"z")
    change.edit(Path(FEBRUARY), b"", expected=BOOKS[FEBRUARY])
    assert change.commit() == (FEBRUARY, "z.txt")


def test_any_interruption_is_completed_or_leaves_the_books_as_they_were(tmp_path: Path) -> None:
    steps = _steps(tmp_path / "whole")
    assert steps > 40
    for stop_at in range(1, steps + 1):
        root = tmp_path / str(stop_at)
        _interrupted(root, stop_at)
        waiting = pending(root)
        done = state(root) == AFTER
        recovered = recover(root)
        assert state(root) == (AFTER if waiting or done else BOOKS), stop_at
        assert (recovered is not None) == waiting
        assert private(root) == []
        assert recover(root) is None


def test_a_repair_interrupted_at_any_step_can_be_repaired(tmp_path: Path) -> None:
    steps = _steps(tmp_path / "whole")
    repairs = 0
    for stop_at in range(1, steps + 1, 6):
        for repair_stop in range(1, steps):
            root = tmp_path / f"{stop_at}-{repair_stop}"
            _interrupted(root, stop_at)
            if not pending(root):
                break
            try:
                recover(root, StoppingDisk(repair_stop, _killed, fast=True))
                break
            except Killed:
                repairs += 1
            recover(root)
            assert state(root) == AFTER, (stop_at, repair_stop)
    assert repairs > 20


@pytest.mark.parametrize(
    ("code", "said", "stride"),
    [
        (errno.ENOSPC, "le disque est plein", 1),
        (errno.EROFS, "ce disque est en lecture seule", 7),
        (errno.EACCES, "le fichier ou son dossier est en lecture seule", 7),
        (errno.EIO, "erreur système EIO", 7),
    ],
)
def test_a_disk_that_refuses_one_step_changes_nothing(tmp_path: Path, code: int, said: str, stride: int) -> None:
    def refused() -> NoReturn:
        raise OSError(code, os.strerror(code))

    steps = _steps(tmp_path / "whole")
    refusals = 0
    for stop_at in range(1, steps + 1, stride):
        root = tmp_path / str(stop_at)
        write_books(root)
        sentence = _sentence(root, StoppingDisk(stop_at, refused, dead=False, fast=True))
        if sentence:
            refusals += 1
            assert said in sentence
            assert "Rien n'a été modifié" in sentence
            assert "\n" not in sentence
            assert ".grandlivre-tmp" not in sentence
            assert state(root) == BOOKS, stop_at
            assert not (root / MANIFEST).parent.exists()
        else:
            assert state(root) == AFTER, "only tidying up was refused"
        assert not pending(root)
        recover(root)
        assert private(root) == []
    assert refusals > 35 // stride


def test_a_disk_that_refuses_everything_from_one_step_on_loses_nothing(tmp_path: Path) -> None:
    def full() -> NoReturn:
        raise OSError(errno.ENOSPC, "full")

    steps = _steps(tmp_path / "whole")
    suspended = 0
    for stop_at in range(1, steps + 1):
        root = tmp_path / str(stop_at)
        write_books(root)
        said = _sentence(root, StoppingDisk(stop_at, full, fast=True))
        assert not said or "le disque est plein" in said
        waiting = pending(root)
        assert waiting == ("restée en suspens" in said)
        assert waiting or state(root) in (BOOKS, AFTER)
        suspended += waiting
        recover(root)
        assert state(root) == (AFTER if waiting or not said else BOOKS), stop_at
    assert suspended > 5


def test_the_system_calls_themselves_may_be_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "full")

    for name in ("write", "replace", "fsync"):
        root = tmp_path / name
        write_books(root)
        with monkeypatch.context() as patch:
            patch.setattr(os, name, full)
            with pytest.raises(WriteError, match=r"plein\. Rien n'a été modifié"):
                change_books(root, StoppingDisk(NEVER, _killed))
        assert state(root) == BOOKS
        with monkeypatch.context() as patch:
            patch.setattr(os, "ftruncate", full)
            with pytest.raises(WriteError, match="plein"), locked(root, "count"):
                pytest.fail("the lock cannot be signed")


def test_a_read_only_file_is_refused_even_to_root(tmp_path: Path) -> None:
    write_books(tmp_path)
    (tmp_path / FEBRUARY).chmod(0o444)
    with pytest.raises(WriteError, match="lecture seule") as caught:
        change_books(tmp_path, StoppingDisk(NEVER, _killed))
    assert caught.value.path == FEBRUARY
    assert state(tmp_path) == BOOKS
    with pytest.raises(WriteError, match="lecture seule"):
        write_file(tmp_path / FEBRUARY, b"")
    assert state(tmp_path) == BOOKS


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    write_books(tmp_path)
    folder = (tmp_path / FEBRUARY).parent
    folder.chmod(0o555)
    try:
        with pytest.raises(WriteError, match="lecture seule"):
            change_books(tmp_path, StoppingDisk(NEVER, _killed))
        assert state(tmp_path) == BOOKS
    finally:
        folder.chmod(0o755)


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    write_books(tmp_path)
    change = ChangeSet(tmp_path)
    change.ledger(Path(JANUARY)).set_metadata(2, "pointage", "2026-01")
    change.create(Path(MANIFEST), b"x")
    (tmp_path / JANUARY).write_bytes(b"; autre chose\n")
    with pytest.raises(WriteError, match=r"a changé depuis .* Rien n'a été modifié") as caught:
        change.commit()
    assert caught.value.path == JANUARY
    assert state(tmp_path) == {**BOOKS, JANUARY: b"; autre chose\n"}
    with pytest.raises(WriteError, match="a changé"):
        ChangeSet(tmp_path).ledger(Path(JANUARY), expected=BOOKS[JANUARY])
    change = ChangeSet(tmp_path)
    change.create(Path(FEBRUARY), b"x")
    with pytest.raises(WriteError, match="a changé"):
        change.commit()


def test_a_file_that_changes_during_the_renames_undoes_the_others(tmp_path: Path) -> None:
    write_books(tmp_path)

    class Editor(StoppingDisk):
        def replace(self, source: Path, target: Path) -> None:
            super().replace(source, target)
            if target.name == "2026-01.beancount":
                (tmp_path / FEBRUARY).write_bytes(b"; saisie en cours\n")

    with pytest.raises(WriteError, match="a changé") as caught:
        change_books(tmp_path, Editor(NEVER, _killed))
    assert caught.value.path == FEBRUARY
    assert state(tmp_path) == {**BOOKS, FEBRUARY: b"; saisie en cours\n"}
    assert private(tmp_path) == []


def test_a_repair_never_overwrites_what_was_typed_since(tmp_path: Path) -> None:
    root = _interrupted_in_the_renames(tmp_path)
    (root / FEBRUARY).write_bytes(b"; saisie\n")
    with pytest.raises(WriteError, match=r"a changé .*\.grandlivre/journal.*supprimez ce dossier") as caught:
        recover(root)
    assert caught.value.path == FEBRUARY
    assert (root / FEBRUARY).read_bytes() == b"; saisie\n"
    assert pending(root)
    change = ChangeSet(root)
    change.create(Path("x"), b"")
    with pytest.raises(WriteError, match="attend d'être terminée"):
        change.commit()


def test_the_next_command_finishes_the_interrupted_one_and_says_so(tmp_path: Path) -> None:
    root = _interrupted_in_the_renames(tmp_path)
    with locked(root, "count") as recovered:
        assert recovered is not None
        assert recovered.message.endswith(f": {MANIFEST}, {JANUARY}, {FEBRUARY}.")
        assert state(root) == AFTER
    with locked(root, "count") as recovered:
        assert recovered is None


def test_a_damaged_or_foreign_journal_is_refused(tmp_path: Path) -> None:
    root = _interrupted_in_the_renames(tmp_path)
    record = root / FOLDER / "journal.json"
    good = json.loads(record.read_bytes())
    before = state(root)
    for path in ("../dehors", "/etc/x", ".grandlivre/verrou", "ledger/../../dehors"):
        foreign = {**good, "fichiers": [{**good["fichiers"][0], "path": path}]}
        for content in (json.dumps(foreign), "{", "[]", json.dumps({**good, "version": 2})):
            record.write_text(content, encoding="utf-8")
            with pytest.raises(WriteError, match="illisible"):
                recover(root)
    record.write_text(json.dumps(good), encoding="utf-8")
    side = root / FOLDER / "2.apres"
    side.write_bytes(side.read_bytes()[:-1])
    with pytest.raises(WriteError, match="illisible"):
        recover(root)
    assert {path: content for path, content in state(root).items() if "-tmp" not in path} == {
        path: content for path, content in before.items() if "-tmp" not in path
    }


def test_a_file_outside_the_books_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "livres"
    write_books(root)
    (tmp_path / "dehors").write_bytes(b"")
    (root / "lien").symlink_to(tmp_path / "dehors")
    for path in (Path("../dehors"), tmp_path / "dehors", Path("lien"), Path(".grandlivre/verrou")):
        with pytest.raises(WriteError, match="hors du dossier"):
            ChangeSet(root).create(path, b"")


def test_a_link_inside_the_books_stays_a_link(tmp_path: Path) -> None:
    write_books(tmp_path)
    (tmp_path / "lien").symlink_to(tmp_path / JANUARY)
    change = ChangeSet(tmp_path)
    change.ledger(Path("lien")).set_metadata(2, "pointage", "2026-01")
    assert change.commit() == (JANUARY,)
    assert (tmp_path / "lien").is_symlink()


def test_a_file_that_cannot_be_edited_is_said(tmp_path: Path) -> None:
    write_books(tmp_path)
    (tmp_path / "cp1252").write_bytes("; a\n; é\n".encode("cp1252"))
    with pytest.raises(WriteError, match="UTF-8") as caught:
        ChangeSet(tmp_path).ledger(Path("cp1252"))
    assert str(caught.value).startswith("cp1252:2: ")
    with pytest.raises(WriteError, match="n'existe pas"):
        ChangeSet(tmp_path).ledger(Path("absent"))
    with pytest.raises(WriteError, match="ne peut pas être lu"):
        ChangeSet(tmp_path).ledger(Path("ledger"))
    with pytest.raises(WriteError, match="aucune écriture") as caught:
        ChangeSet(tmp_path).ledger(Path(JANUARY)).set_metadata(1, "pointage", "x")
    assert (caught.value.path, caught.value.line) == (JANUARY, 1)


def test_one_file_changed_twice_in_a_change_is_a_bug(tmp_path: Path) -> None:
    write_books(tmp_path)
    change = ChangeSet(tmp_path)
    assert change.ledger(Path(JANUARY)) is change.ledger(tmp_path / JANUARY)
    with pytest.raises(ValueError, match="twice"):
        change.edit(Path(JANUARY), b"", expected=b"")


def test_names_of_every_kind_can_be_repaired(tmp_path: Path) -> None:
    write_books(tmp_path)
    names = ["PV 17h30 é.pdf"] if os.name == "nt" else ["PV 17:30 é.pdf", "a\\b"]
    change = ChangeSet(tmp_path)
    for name in names:
        change.create(tmp_path / "ledger" / name, b"x")
    change.commit()
    assert {f"ledger/{name}" for name in names} <= set(state(tmp_path))
    entries = tuple(journals.Replacement(f"ledger/{name}", None, journals.digest(b"x"), None) for name in names)
    disk = StoppingDisk(NEVER, _killed)
    journals.write(disk, tmp_path, journals.Journal(entries, ()), [(None, b"x")] * len(names))
    assert recover(tmp_path) is not None


def test_a_disk_that_writes_little_at_a_time_still_writes_everything(tmp_path: Path) -> None:
    class Slow(StoppingDisk):
        def write(self, descriptor: int, data: bytes) -> int:
            return super().write(descriptor, data[:7])

    write_books(tmp_path)
    change_books(tmp_path, Slow(NEVER, _killed, fast=True))
    assert state(tmp_path) == AFTER


def test_an_interruption_from_the_keyboard_undoes_the_change_unless_it_is_made(tmp_path: Path) -> None:
    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    steps = _steps(tmp_path / "whole")
    outcomes = []
    for stop_at in range(1, steps + 1):
        root = tmp_path / str(stop_at)
        write_books(root)
        with pytest.raises(KeyboardInterrupt):
            change_books(root, StoppingDisk(stop_at, interrupted, dead=False, fast=True))
        assert not pending(root)
        assert state(root) in (BOOKS, AFTER), stop_at
        outcomes.append(state(root) == AFTER)
    assert outcomes == sorted(outcomes)
    assert 2 < outcomes.count(True) < steps / 2, "only what tidies up may come after the end"


def test_nothing_is_undone_once_the_journal_is_gone(tmp_path: Path) -> None:
    """Without a journal a second interruption could not be repaired."""

    class Interrupted(StoppingDisk):
        def unlink(self, path: Path) -> None:
            super().unlink(path)
            if path.name == "journal.json":
                raise KeyboardInterrupt

    write_books(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        change_books(tmp_path, Interrupted(NEVER, _killed, fast=True))
    assert state(tmp_path) == AFTER


def test_a_lock_is_refused_while_held_and_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(Locked, match="grandlivre close"), locked(tmp_path, "close"), locked(tmp_path, "count"):
        pytest.fail("two commands at once")
    with locked(tmp_path, "count"):
        assert str(os.getpid()) in (tmp_path / ".grandlivre/verrou").read_text(encoding="utf-8")
    assert (tmp_path / ".grandlivre/verrou").read_bytes() == b""


def test_a_file_alone_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "rapport.csv"
    write_file(target, b"un")
    target.chmod(0o640)
    for stop_at in range(1, 20):
        try:
            write_file(target, b"deux", StoppingDisk(stop_at, _killed, fast=True))
        except Killed:
            assert target.read_bytes() in (b"un", b"deux")
        else:
            break
    assert target.read_bytes() == b"deux"
    assert [path.name for path in tmp_path.iterdir()] == ["rapport.csv"]
    if os.name != "nt":
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
    with pytest.raises(WriteError, match="ENOENT"):
        write_file(tmp_path / "absent/rapport.csv", b"")


def test_an_entry_of_another_year_joins_the_books_byte_for_byte(tmp_path: Path) -> None:
    """A month of 300 CRLF entries comes back with the added lines only."""
    path = tmp_path / "ledger/2026-03.beancount"
    rows = [f'2026-03-{1 + n % 28:02} * "Achat n° {n}" ; é\r\n  A:B   {n} XOF\r\n  C:D\r\n\r\n' for n in range(300)]
    path.parent.mkdir()
    path.write_bytes("".join(rows).encode())
    change = ChangeSet(tmp_path)
    for n in range(0, 300, 3):
        change.ledger(path).set_metadata(1 + 4 * n, "pointage", "2026-03")
    change.ledger(path).insert_entry(date(2025, 12, 31), "2025-12-31 open C:D")
    change.commit()
    ticked = [
        row.replace("é\r\n", 'é\r\n  pointage: "2026-03"\r\n') if n % 3 == 0 else row for n, row in enumerate(rows)
    ]
    assert path.read_bytes() == ("2025-12-31 open C:D\r\n\r\n" + "".join(ticked)).encode()
