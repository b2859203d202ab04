"""A donor's login: one extract, from a process of its own (rows S19 and S20), and nothing of the others."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from access_bed import METHODS, PEOPLE, Person, addresses, logged_in, serving_people, write_accounts
from conftest import ROOT
from grandlivre.viewer.readers import Role
from grandlivre.viewer.routes import PROFILES, asked_for
from viewer_bed import Viewer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="processes are looked up in /proc")]

DONORS = {"europe": ("bailleur:UE-EAU", ""), "fonds": ("bailleur:GENRE", ""), "personne": ("bailleur:ABSENT", "")}
OTHERS = re.compile(r"(?<![\w-])(?:GENRE|UNICEF-EDU|FONCT)(?![\w-])")
PAGES = ("Accueil", "Controles", "Budget", "Banque", "Suivi", "Rapports", "Piece", "Aide")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bailleurs") / "livres"
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[Viewer]:
    accounts = write_accounts(root.parent / "acces.json", {**PEOPLE, **DONORS})
    with serving_people(root / "ledger/main.beancount", accounts) as viewer:
        yield viewer
        started = children(viewer)
    assert started
    assert not [pid for pid in started if alive(pid)], "asked to end, the server ends them by their numbers"


@pytest.fixture(scope="module")
def europe(served: Viewer) -> Person:
    return logged_in(served, "europe")


def children(viewer: Viewer) -> list[int]:
    """The processes that the server started and that serve extracts."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text(encoding="utf-8")
            command = status.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if f"PPid:\t{viewer.process.pid}\n" in text and b"serve_extract" in command:
            found.append(int(status.parent.name))
    return sorted(found)


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


def test_a_donor_sees_one_project(europe: Person, served: Viewer) -> None:
    """Each page of ours and each figure of Fava's: that project, never a word of the others, no path of the machine."""
    assert europe.ask("/").status == 302
    assert len(children(served)) == 1
    for path in [f"~/extension/{page}/" for page in PAGES] + [
        "~/income_statement/",
        "~/balance_sheet/",
        "~/journal/",
        "~/api/journal",
        "~/api/ledger_data",
        "~/api/documents",
        "~/api/errors",
        "~/api/trial_balance",
        "~/extension/Rapports/rapport?modele=journal-banque&bailleur=UE-EAU&periode=2026-09&compte=Actif:UE-EAU:52111-Banque-BDM",
    ]:
        answer = europe.ask(path)
        assert answer.status in (200, 302), (path, answer.text[:300])
        text = re.sub(r"empreinte-[a-z-]+|BQ-[A-Z-]+-2026=", "", answer.text)
        assert OTHERS.search(text) is None, (path, OTHERS.search(text))
        assert "/tmp/" not in text, path
        assert "grandlivre-extrait-" not in text, path
    assert "UE-EAU" in europe.ask("~/extension/Accueil/").text
    assert "bailleur" in europe.ask("~/journal/").text
    assert "Se déconnecter" in europe.ask("~/journal/").text


def test_documents_of_that_project_alone(europe: Person) -> None:
    own = "ledger/documents/ue-eau/2026-10/BQ-UE-EAU-2026-0119.pdf"
    assert europe.ask("~/document/", filename=own).headers["content-type"] == "application/pdf"
    for name in (
        "ledger/documents/genre/M-2026-035-imprim.pdf",
        "ledger/documents/fonct/2026-10/BQ-FONCT-2026-0144.pdf",
        "../../livres/ledger/documents/fonct/2026-10/BQ-FONCT-2026-0144.pdf",
        "rules/organisation.yaml",
        "EXTRAIT.json",
        "/etc/passwd",
    ):
        assert europe.ask("~/document/", filename=name).status in (403, 404), name


def test_every_address_of_a_donor(europe: Person, root: Path) -> None:
    """The whole map, each method: figures and vouchers alone; the rest is refused in French."""
    allowed = PROFILES["bailleur"].allowed(Role.DONOR)
    every = addresses(root / "ledger/main.beancount")
    refused = 0
    for endpoint, path, values in every:
        for method in METHODS:
            answer = europe.ask(path, method, {"X-Jeton": "x", "Content-Type": "application/json"})
            if method not in ("GET", "HEAD"):
                assert answer.status == 403, (method, path)
            elif not asked_for(endpoint, method, values) <= allowed:
                same = [asked_for(e, method, v) for e, p, v in every if p == path]
                assert answer.status in (403, 405) or any(each <= allowed for each in same), (method, path)
                refused += answer.status == 403
            assert "Traceback" not in answer.text
    assert refused > 20


def test_each_donor_has_a_process_of_its_own(served: Viewer, europe: Person) -> None:
    fonds = logged_in(served, "fonds")
    assert "GENRE" in fonds.ask("~/extension/Accueil/").text
    assert "UE-EAU" not in fonds.ask("~/journal/").text
    assert "UE-EAU" not in fonds.ask("~/api/ledger_data").text
    assert len(children(served)) == 2
    assert europe.ask("~/api/errors").status == 200
    nobody = logged_in(served, "personne").ask("~/extension/Accueil/")
    assert nobody.status == 502
    assert "/tmp/" not in nobody.text
    assert len(children(served)) == 2


def test_the_child_answers_its_parent_alone(served: Viewer, europe: Person) -> None:
    """Another program of this machine that finds its port has nothing, whatever it says of itself."""
    europe.ask("~/api/errors")
    inodes = set()
    for pid in children(served):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            found = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())) if link.is_symlink() else None
            inodes |= {found[1]} if found else set()
    rows = [row.split() for row in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]]
    ports = {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in inodes}
    assert ports
    for port in ports:
        for headers in (
            {},
            {"X-Grandlivre-Cle": "x", "X-Grandlivre-Lecteur": json.dumps(["x", "UE-EAU", ""])},
            {"X-Grandlivre-Lecteur": json.dumps(["x", "UE-EAU", ""])},
        ):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/livres/api/ledger_data", headers=headers)
            answer = connection.getresponse()
            assert answer.status == 403
            assert b"UE-EAU" not in answer.read()
            connection.close()


def test_a_change_of_the_books_shows_to_the_donor(served: Viewer, europe: Person, root: Path) -> None:
    """At the next request: the same child reads an edit of a month; of its rules, another takes the place of the first, which ends."""
    europe.ask("~/api/errors")
    before = children(served)
    month = root / "ledger/ue-eau/2026-10.beancount"
    text = month.read_text(encoding="utf-8")
    for word in ("Papier de l'antenne", "Papier de l'Antenne"):
        edited = text.replace("Fournitures de bureau de l'antenne : règlement", word)
        month.write_text(edited, encoding="utf-8", newline="\n")
        assert word in europe.ask("~/api/journal").text
    assert children(served) == before
    controls = root / "rules/controles.yaml"
    controls.write_text(f"{controls.read_text(encoding='utf-8')}\n# revu\n", encoding="utf-8", newline="\n")
    assert "Papier de l" in europe.ask("~/api/journal").text
    after = children(served)
    assert len(after) == len(before)
    assert after != before
    month.write_text(text + '\n2026-10-30 * "Cassé', encoding="utf-8", newline="\n")
    assert "Papier de l" in europe.ask("~/api/journal").text, "books that do not read change nothing"
    assert children(served) == after
    month.write_text(text, encoding="utf-8", newline="\n")
    assert "Papier de l" not in europe.ask("~/api/journal").text


def test_children_end_with_a_parent_that_was_killed(root: Path, tmp_path: Path) -> None:
    """They end by themselves, and clear their private folder."""
    accounts = write_accounts(tmp_path / "acces.json", DONORS)
    with serving_people(root / "ledger/main.beancount", accounts) as viewer:
        assert logged_in(viewer, "fonds").ask("~/api/errors").status == 200
        (child,) = children(viewer)
        folder = Path(f"/proc/{child}/cwd").readlink()
        assert folder.name.startswith("grandlivre-extrait-")
        assert folder.stat().st_mode & 0o777 == 0o700
        viewer.process.kill()
        viewer.process.wait(60)
        end = time.monotonic() + 20
        while (alive(child) or folder.exists()) and time.monotonic() < end:
            time.sleep(0.1)
        assert not alive(child)
        assert not folder.exists()
