"""The note of installation, followed as it is written: its blocks run, its service serves on a read-only file system.

What a test cannot have here is said: no user is made, systemd only reads the unit, and Caddy is played by a client that adds
its headers; certificates are Caddy's matter.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from access_bed import PASSWORD, Person
from conftest import ROOT
from grandlivre.inspection.today import VARIABLE
from small_books import ready
from viewer_bed import Viewer, running

__all__ = ["ready"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="systemd, namespaces")]

NOTE = (ROOT / "plugins/DEPLOIEMENT.md").read_text(encoding="utf-8")
ORIGIN = "https://livres.exemple.org"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", NOTE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def _day() -> Iterator[None]:
    """The day on which the small books are in order."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv(VARIABLE, "2026-02-10")
        yield


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that the first block makes."""
    folder = tmp_path_factory.mktemp("machine")
    for name in ("srv/grandlivre", "etc/grandlivre", "var/backups/grandlivre", "opt/grandlivre/bin", "prive"):
        (folder / name).mkdir(parents=True)
    program = folder / "opt/grandlivre/bin/grandlivre"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m grandlivre "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


def here(machine: Path, text: str) -> str:
    """A text of the note with the folders of this test."""
    return re.sub(r"(?<![\w/])/(srv|etc|opt|var/backups)/grandlivre", rf"{machine}/\1/grandlivre", text)


def follow(machine: Path, kind: str, **told: str) -> str:
    """Runs the blocks of a kind, in their order, stopping at the first command that fails."""
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **told}
    script = "set -eu\n" + here(machine, "\n".join(blocks(kind)))
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, **quiet}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(machine: Path, ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The note followed over the accountant's repository."""
    mine = Path(shutil.copytree(ready, tmp_path_factory.mktemp("comptable") / "livres"))
    shutil.rmtree(mine / ".grandlivre", ignore_errors=True)
    (mine / ".gitignore").write_text(".grandlivre/\n", encoding="utf-8")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "ouverture"]):
        subprocess.run(["git", "-c", "user.name=K", "-c", "user.email=k@k", *words], cwd=mine, check=True)
    said = follow(machine, "sh essai", LIVRES_DU_COMPTABLE=str(mine), MOT_DE_PASSE=PASSWORD)
    assert "Ce dépôt reçoit désormais" in said
    assert "awa.traore" in said
    return machine


def test_the_blocks_run_and_leave_what_they_say(installed: Path) -> None:
    accounts = installed / "etc/grandlivre/acces.json"
    assert accounts.stat().st_mode & 0o777 == 0o600
    kept = installed / "var/backups/grandlivre/acces.json"
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (accounts.read_bytes(), 0o600)
    assert (installed / "srv/grandlivre/livres/.git/hooks/pre-receive").stat().st_mode & 0o111


def test_the_unit_reads_and_closes_what_it_says(installed: Path, tmp_path: Path) -> None:
    (unit,) = blocks("ini service")
    for line in (
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
        "User=grandlivre",
    ):
        assert f"\n{line}\n" in unit
    assert re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE) == ["/srv/grandlivre/livres"]
    if shutil.which("systemd-analyze"):
        place = tmp_path / "grandlivre.service"
        place.write_text(here(installed, unit).replace("User=grandlivre\nGroup=grandlivre\n", ""), encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", str(place)], capture_output=True, text=True, check=False)
        own = [line for line in done.stderr.splitlines() if "grandlivre" in line]
        assert own == [], done.stderr


def test_caddy_leads_to_the_service(installed: Path) -> None:
    (caddy,) = blocks("caddyfile")
    (unit,) = blocks("ini service")
    assert caddy.split()[0] == ORIGIN.removeprefix("https://")
    assert f"--origine {ORIGIN}\n" in unit
    port = re.search(r"--port (\d+)", unit)
    assert port is not None
    assert f"reverse_proxy 127.0.0.1:{port[1]}\n" in caddy


READ_ONLY = """
mount --make-rprivate /
mount --bind / / && mount -o remount,ro,bind /
mount --bind {books} {books} && mount -o remount,rw,bind {books}
mount --bind {private} {private} && mount -o remount,rw,bind {private}
if touch {machine}/ecrit 2>/dev/null; then echo "pas en lecture seule"; exit 9; fi
export TMPDIR={private}
exec {command}
"""


@pytest.fixture(scope="module")
def service(installed: Path) -> Iterator[Viewer]:
    """The command of the unit, where only the books and a private folder can be written."""
    (unit,) = blocks("ini service")
    started = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert started is not None
    program, *words = shlex.split(here(installed, started[1]))
    assert program.endswith("/opt/grandlivre/bin/grandlivre")
    words[words.index("5050")] = "0"
    books = installed / "srv/grandlivre/livres"
    add = [program, "users", "add", "kadi", "--role", "comptable", "--personne", "comptable", "--mot-de-passe-stdin"]
    add += ["--acces", str(installed / "etc/grandlivre/acces.json"), "--ledger", str(books / "ledger/main.beancount")]
    subprocess.run(add, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
    code = (
        "import sys; from grandlivre.viewer import server as own; usual = own.listening\n"
        "def listening(*w):\n made = usual(*w); print(f'http://127.0.0.1:{made.bind_addr[1]}/', flush=True); return made\n"
        "own.listening = listening; sys.argv = ['grandlivre', *sys.argv[1:]]\n"
        "from grandlivre.__main__ import main; main()"
    )
    command = [sys.executable, "-P", "-c", code, *words]
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0:
        script = READ_ONLY.format(
            books=books, private=installed / "prive", machine=installed, command=shlex.join(command)
        )
        command = ["unshare", "-m", "bash", "-eu", "-c", script]
    with running(command, installed, announced="http://127.0.0.1") as viewer:
        yield viewer


def test_the_service_serves_and_records(installed: Path, service: Viewer) -> None:
    """Through the proxy somebody logs in; what the accountant enters is written, and is a commit in their name."""
    books = installed / "srv/grandlivre/livres"
    proxy = {"Host": "livres.exemple.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    director = Person(service, more=proxy)
    assert director.log_in("awa.traore").status == 303
    assert director.ask("~/extension/Accueil/").status == 200
    assert Person(service).ask("/connexion").status == 400, "only the origin is served"
    accountant = Person(service, more=proxy)
    assert accountant.log_in("kadi").status == 303
    told = {"Content-Type": "application/json", "X-Jeton": accountant.token(), "Origin": ORIGIN}
    body = {
        "genre": "rencontre",
        "champs": {"date": "2026-02-05", "organe": "direction", "objet": "Réunion de février"},
    }
    refused = director.ask("~/grandlivre/saisie", "POST", {**told, "X-Jeton": director.token()}, json.dumps(body))
    assert refused.status == 403
    answer = accountant.ask("~/grandlivre/saisie", "POST", told, json.dumps(body))
    assert answer.status == 200, answer.text
    log = subprocess.run(
        ["git", "log", "-1", "--format=%H|%an|%ae|%s"], cwd=books, capture_output=True, text=True, check=True
    )
    commit, name, mail, subject = log.stdout.strip().split("|")
    assert (commit, name) == (answer.json["commit"], "K. Quatre")
    assert mail == "kadi@livres.invalid"
    assert "Réunion de février" in subject
    status = subprocess.run(["git", "status", "--porcelain"], cwd=books, capture_output=True, text=True, check=True)
    assert status.stdout == ""
    assert any("Connexion de awa.traore (direction), depuis 203.0.113.7." in line for line in service.output)


def test_the_backup_is_put_back(installed: Path) -> None:
    said = follow(installed, "sh retablir")
    assert "Cohérent" in said
    back, kept = installed / "srv/grandlivre/retablis", installed / "var/backups/grandlivre/livres.bundle"
    listed = subprocess.run(
        ["git", "bundle", "list-heads", str(kept)], capture_output=True, text=True, check=True, cwd=back
    )
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=back, capture_output=True, text=True, check=True)
    assert head.stdout.strip() in listed.stdout
