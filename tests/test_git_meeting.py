"""The accountant's push and the server's commits meet: checked, set out, put together, never lost. Real git, both sides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import nursery
from grandlivre.tasks.keeping import Author, commit
from grandlivre.tasks.meeting import ClashError, together
from small_books import ready

__all__ = ["ready"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="hooks are scripts of sh")]

MONTH = "ledger/fonct/2026-02.beancount"
ENTRY = """
2026-02-{day:02} * "Papeterie" "{what}"
  piece: "CS-FONCT-2026-{number:04}"
  document: "fonct/{document}.pdf"
  Charges:FONCT:6055-Fournitures-de-bureau  {amount} XOF
  Actif:FONCT:5711-Caisse
"""
AWA = Author("Awa Traoré", "directeur")


def git(root: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ["git", *words], cwd=root, env={**os.environ, **own}, capture_output=True, text=True, check=check
    )


def grandlivre(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", "from grandlivre.__main__ import main; main()", *words]
    return nursery.run(command, root)


def entry(number: int, what: str = "Papier", day: int = 3, document: str | None = None, amount: int = 1000) -> str:
    return ENTRY.format(day=day, number=number, what=what, document=document or f"n{number}", amount=amount)


def add(root: Path, number: int, what: str = "Papier", *, paper: bool = True, **more: int) -> list[str]:
    """Adds an entry and its voucher; the paths."""
    month = root / MONTH
    month.write_text(month.read_text(encoding="utf-8") + entry(number, what, **more), encoding="utf-8")
    paths = [MONTH]
    if paper:
        place = root / f"ledger/documents/fonct/n{number}.pdf"
        place.write_bytes(b"%PDF-1.4 " + what.encode() + str(number).encode())
        paths.append(f"ledger/documents/fonct/n{number}.pdf")
    return paths


def record(root: Path, message: str = "travail du comptable") -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


@pytest.fixture(scope="module")
def prepared(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's books with an error of old, its hooks installed, and the accountant's clone beside."""
    folder = tmp_path_factory.mktemp("depot")
    server = Path(shutil.copytree(ready, folder / "serveur"))
    shutil.rmtree(server / ".grandlivre", ignore_errors=True)
    month = server / MONTH
    month.parent.mkdir(exist_ok=True)
    if not month.exists():
        first = (server / "ledger/fonct/2026-01.beancount").read_text(encoding="utf-8")
        head = "".join(line for line in first.splitlines(keepends=True) if line.startswith("option"))
        month.write_text(head, encoding="utf-8")
    with month.open("a", encoding="utf-8") as file:
        file.write(entry(3, "Ancienne, sans pièce", document="absente"))
    (server / ".gitignore").write_text(".grandlivre/\n", encoding="utf-8")
    git(server, "init", "-q", "-b", "main")
    for key, value in (("user.name", "Serveur"), ("user.email", "s@example.org")):
        git(server, "config", key, value)
    record(server, "ouverture")
    done = grandlivre(server, "git", "install")
    assert done.returncode == 0, done.stderr
    git(folder, "clone", "-q", str(server), "comptable")
    for key, value in (("user.name", "Kadi"), ("user.email", "k@example.org")):
        git(folder / "comptable", "config", key, value)
    return folder


@pytest.fixture
def both(prepared: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The server and the accountant, copied: hooks and clone say their own places again."""
    server, mine = tmp_path / "serveur", tmp_path / "comptable"
    shutil.copytree(prepared / "serveur", server)
    shutil.copytree(prepared / "comptable", mine)
    for name in ("pre-receive", "push-to-checkout", "post-receive"):
        hook = server / ".git/hooks" / name
        hook.write_text(hook.read_text(encoding="utf-8").replace(str(prepared), str(tmp_path)), encoding="utf-8")
    git(server, "config", "core.hooksPath", str(server / ".git/hooks"))
    git(mine, "remote", "set-url", "origin", str(server))
    return server, mine


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD").stdout.strip()


def test_a_sound_push_is_received_and_shown(both: tuple[Path, Path]) -> None:
    """The error of old passes; what is new stands in the served folder at once."""
    server, mine = both
    add(mine, 4)
    record(mine)
    done = git(mine, "push", "origin", "main")
    assert "Grand Livre contrôle ce que vous envoyez" in done.stderr
    assert "Aucune erreur nouvelle" in done.stderr
    assert "Reçu" in done.stderr
    assert head(server) == head(mine)
    assert "CS-FONCT-2026-0004" in (server / MONTH).read_text(encoding="utf-8")
    assert (server / "ledger/documents/fonct/n4.pdf").is_file()
    assert git(server, "status", "--porcelain").stdout == ""
    assert not (server / ".git/grandlivre-recoit").exists()


def test_a_push_with_a_new_error_is_refused(both: tuple[Path, Path]) -> None:
    """In the rule's own sentence; nothing moves on the server, nothing is lost; no attribute hides a file (row S21)."""
    server, mine = both
    before = head(server)
    hidden = "export-ignore export-subst ident -diff merge=ours filter=x"
    (mine / ".gitattributes").write_text(f"* {hidden}\nledger/** {hidden}\n", encoding="utf-8")
    add(mine, 4, paper=False)
    record(mine)
    done = git(mine, "push", "origin", "main", check=False)
    assert done.returncode != 0
    assert "nouveau : " in done.stderr
    assert "[piece-justificative]" in done.stderr
    assert "Refusé : 1 erreur nouvelle" in done.stderr
    assert "CS-FONCT-2026-0003" not in done.stderr, "what was there before is not told again"
    assert "Traceback" not in done.stderr
    assert head(server) == before
    assert "0004" not in (server / MONTH).read_text(encoding="utf-8")
    assert "0004" in (mine / MONTH).read_text(encoding="utf-8")


def test_a_push_that_brings_programs_runs_none(both: tuple[Path, Path]) -> None:
    """Neither modules beside the books nor tracked hooks run on the server; the audit refuses the former."""
    server, mine = both
    trap = "import pathlib; pathlib.Path('/tmp/grandlivre-pris').touch()\n"
    for name in ("click.py", "grandlivre/__init__.py", "sitecustomize.py"):
        (mine / name).parent.mkdir(exist_ok=True)
        (mine / name).write_text(trap, encoding="utf-8")
    for name in ("pre-receive", "post-receive", "push-to-checkout"):
        hook = mine / ".githooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\ntouch /tmp/grandlivre-pris\n", encoding="utf-8")
        hook.chmod(0o755)
    record(mine)
    done = git(mine, "push", "origin", "main", check=False)
    assert done.returncode != 0
    assert "click.py" in done.stderr
    assert not Path("/tmp/grandlivre-pris").exists()
    assert head(server) != head(mine)


def test_history_is_neither_rewritten_nor_removed(both: tuple[Path, Path]) -> None:
    server, mine = both
    before = head(server)
    git(mine, "commit", "--amend", "-q", "-m", "autre")
    for words in (["--force", "origin", "main"], ["origin", ":main"]):
        done = git(mine, "push", *words, check=False)
        assert done.returncode != 0
        assert head(server) == before
    assert "récrit l'histoire" in git(mine, "push", "--force", "origin", "main", check=False).stderr
    git(mine, "push", "-q", "origin", "HEAD:refs/heads/brouillon")
    assert head(server) == before, "another branch is not the served one"


def test_what_the_server_wrote_without_recording_is_kept(both: tuple[Path, Path]) -> None:
    server, mine = both
    add(server, 4, "Saisie coupée")
    add(mine, 5, "Envoi")
    record(mine)
    done = git(mine, "push", "origin", "main", check=False)
    assert done.returncode != 0
    assert "grandlivre git exchange" in done.stderr
    assert "Saisie coupée" in git(server, "show", f"HEAD:{MONTH}").stdout
    done = grandlivre(mine, "git", "exchange")
    assert done.returncode == 0, done.stdout + done.stderr
    for text in ((server / MONTH).read_text(encoding="utf-8"), (mine / MONTH).read_text(encoding="utf-8")):
        assert "Saisie coupée" in text
        assert "Envoi" in text


def test_both_sides_add_to_the_same_month(both: tuple[Path, Path]) -> None:
    """Git alone calls it a conflict; `exchange` puts the two together, checks, and sends."""
    server, mine = both
    assert commit(server, add(server, 4, "Du serveur", day=10), AWA, "CS-FONCT-2026-0004").commit
    add(mine, 5, "Du comptable", day=12)
    record(mine)
    assert git(mine, "push", "origin", "main", check=False).returncode != 0
    done = grandlivre(mine, "git", "exchange")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Pris du serveur : 1 enregistrement." in done.stdout
    assert "Aucune erreur nouvelle" in done.stdout
    assert "Envoyé." in done.stdout
    assert head(server) == head(mine)
    text = (server / MONTH).read_text(encoding="utf-8")
    assert text.index("Du serveur") < text.index("Du comptable")
    authors = git(server, "log", "--format=%an").stdout.splitlines()
    assert {"Awa Traoré", "Kadi"} <= set(authors)
    assert grandlivre(mine, "git", "exchange").stdout == "Rien à envoyer : le serveur a tout ce que vous avez.\n"


def state(root: Path) -> tuple[str, str, str]:
    return head(root), git(root, "status", "--porcelain").stdout, (root / MONTH).read_text(encoding="utf-8")


def test_two_vouchers_of_one_number_are_told(both: tuple[Path, Path]) -> None:
    server, mine = both
    commit(server, add(server, 4, "Du serveur"), AWA, "CS-FONCT-2026-0004")
    add(mine, 4, "Du comptable")
    (mine / "ledger/documents/fonct/n4.pdf").write_bytes(b"%PDF-1.4 " + b"Du serveur" + b"4")
    record(mine)
    before = state(mine), state(server)
    done = grandlivre(mine, "git", "exchange")
    assert done.returncode == 1
    assert "[numerotation-pieces]" in done.stdout
    assert "ne vont pas ensemble : rien n'a été changé ni envoyé" in done.stdout
    assert (state(mine), state(server)) == before


def test_what_both_changed_is_explained(both: tuple[Path, Path]) -> None:
    server, mine = both
    for root, what in ((server, "Corrigée au bureau"), (mine, "Corrigée ailleurs")):
        month = root / MONTH
        month.write_text(month.read_text(encoding="utf-8").replace("Ancienne, sans pièce", what), encoding="utf-8")
    commit(server, [MONTH], AWA, "correction")
    record(mine)
    before = state(mine), state(server)
    done = grandlivre(mine, "git", "exchange")
    assert done.returncode == 2
    assert MONTH in done.stderr
    assert "Ancienne, sans pièce" in done.stderr
    assert "Rien n'a été changé ni envoyé" in done.stderr
    assert (state(mine), state(server)) == before


def test_what_is_not_saved_is_said(both: tuple[Path, Path]) -> None:
    _, mine = both
    add(mine, 4)
    done = grandlivre(mine, "git", "exchange")
    assert done.returncode == 2
    assert "pas encore enregistrés" in done.stderr
    assert MONTH in done.stderr
    record(mine)
    assert "n'a pas répondu" in grandlivre(mine, "git", "exchange", "--depot", "ailleurs").stderr
    assert "n'a pas répondu" in grandlivre(mine, "git", "exchange", "--depot", "--upload-pack=x").stderr


def test_writing_goes_on_while_one_receives(both: tuple[Path, Path]) -> None:
    """The server records eight entries while the accountant exchanges: every entry of both is there in the end."""
    server, mine = both
    made: list[str] = []

    def write() -> None:
        for number in range(8):
            path = f"ledger/documents/fonct/serveur-{number}.txt"
            (server / path).write_text(str(number), encoding="utf-8")
            made.append(commit(server, [path], AWA, f"serveur {number}").commit)

    thread = threading.Thread(target=write)
    add(mine, 4, "Envoi 4")
    record(mine)
    thread.start()
    for _ in range(12):
        done = grandlivre(mine, "git", "exchange")
        if done.returncode == 0 and not thread.is_alive():
            break
    thread.join()
    assert grandlivre(mine, "git", "exchange").returncode == 0
    assert all(made)
    assert head(server) == head(mine)
    listed = git(server, "ls-files").stdout
    assert all(f"serveur-{number}.txt" in listed for number in range(8))
    assert "Envoi 4" in (server / MONTH).read_text(encoding="utf-8")
    assert git(server, "status", "--porcelain").stdout == ""


def test_a_hook_of_somebody_else_is_left_alone(both: tuple[Path, Path]) -> None:
    server, _ = both
    hook = server / ".git/hooks/pre-receive"
    assert grandlivre(server, "git", "install").returncode == 0, "again changes nothing"
    hook.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    done = grandlivre(server, "git", "install")
    assert done.returncode == 2
    assert "Un autre crochet est déjà là" in done.stderr
    assert hook.read_text(encoding="utf-8") == "#!/bin/sh\nexit 0\n"


HEAD_LINE = 'option "name_assets" "Actif"\n'
A, B, C = (f'\n2026-01-0{n} * "X" "{n}"\n  Actif:A  {n} XOF\n  Actif:B\n' for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "wanted"),
    [
        (A, A + B, A + C, ["1", "2", "3"]),
        (A, A, A + C, ["1", "3"]),
        (A + B, A + B + C, A, ["1", "3"]),
        (A + B, B, A + B + C, ["2", "3"]),
        (A + B, A + B + C, A.replace('"1"', '"un"') + B, ["un", "2", "3"]),
        (A, A + B, A + B, ["1", "2"]),
        (A, A + B + C, A + B, ["1", "2", "3"]),
    ],
)
def test_files_are_put_together_by_entries(base: str, ours: str, theirs: str, wanted: list[str]) -> None:
    made = together(HEAD_LINE + base, HEAD_LINE + ours, HEAD_LINE + theirs)
    assert sorted(line.split('"')[3] for line in made.splitlines() if line.startswith("2026")) == sorted(wanted)
    assert made.count("Actif:A") == len(wanted)


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        (A, A.replace('"1"', '"un"'), A.replace('"1"', '"une"')),
        (A, "", A.replace('"1"', '"un"')),
        ("", A, B),
        (A, A + B, 'option "title" "x"\n' + A),
    ],
)
def test_what_both_changed_is_a_clash(base: str, ours: str, theirs: str) -> None:
    first = HEAD_LINE if base else ""
    with pytest.raises(ClashError):
        together(first + base, HEAD_LINE + ours, HEAD_LINE + theirs)
