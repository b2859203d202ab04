"""The served books: accounts, sessions, roles; each row of the security table against a real server of this profile."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

import axe
import nursery
from access_bed import METHODS, PASSWORD, PEOPLE, Person, addresses, hidden, logged_in, serving_people, write_accounts
from grandlivre.cli import cli
from grandlivre.tasks.accounts import read
from grandlivre.viewer import entry_door, fava_adapter
from grandlivre.viewer.guard import CSP, HEADERS
from grandlivre.viewer.readers import Role
from grandlivre.viewer.routes import OWN_DOORS, OWN_PAGES, PROFILES, WRITING, RequestKind, asked_for
from small_books import ready
from viewer_bed import PDF, PNG, Viewer

__all__ = ["ready"]
pytestmark = pytest.mark.slow

HOSTILE = """
2026-01-08 * "Pirate" "<img src=x onerror='document.title=1'><script>document.title=2</script>"
  piece: "OD-FONCT-2026-0001"
  Charges:FONCT:6055-Fournitures-de-bureau  5 XOF
  Actif:FONCT:585-Virements-de-fonds
"""
DOCUMENTS = "ledger/documents/fonct"


def books(ready: Path, folder: Path) -> Path:
    """The small organisation, with a script in a narration, a page and a link among its vouchers."""
    root = Path(shutil.copytree(ready, folder / "ong"))
    month = root / "ledger/fonct/2026-01.beancount"
    month.write_text(month.read_text(encoding="utf-8") + HOSTILE, encoding="utf-8")
    (root / DOCUMENTS / "facture.pdf").write_bytes(PDF)
    (root / DOCUMENTS / "photo.png").write_bytes(PNG)
    (root / DOCUMENTS / "page.html").write_text("<script>document.title='pris'</script>", encoding="utf-8")
    (folder / "secret.txt").write_text("TRES-SECRET", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def root(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return books(ready, tmp_path_factory.mktemp("servi"))


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[Viewer]:
    accounts = write_accounts(root.parent / "prive" / "acces.json", PEOPLE)
    with serving_people(root / "ledger/main.beancount", accounts) as viewer:
        yield viewer


@pytest.fixture(scope="module")
def people(served: Viewer) -> dict[str, Person]:
    """One browser a role."""
    return {name: logged_in(served, name) for name in PEOPLE}


@pytest.fixture
def own(ready: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Books and accounts that one test may change: the main file and the file of accounts."""
    root = Path(shutil.copytree(ready, tmp_path / "ong"))
    return root / "ledger/main.beancount", write_accounts(tmp_path / "prive/acces.json", PEOPLE)


def plain(answer_text: str) -> None:
    """A page of error says no path, no file of the program, no traceback."""
    assert "Traceback" not in answer_text
    assert ".py" not in answer_text
    assert not re.search(r"/(tmp|home|root|usr)/", answer_text)


def look(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".grandlivre" not in path.parts}


# --- the file of accounts


def users(file: Path, *words: str, password: str = PASSWORD) -> Result:
    piped = ["--mot-de-passe-stdin"] if words[0] in ("add", "passwd") else []
    return CliRunner().invoke(cli, ["users", *words, *piped, "--acces", str(file)], input=f"{password}\n")


def test_accounts_are_kept_in_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "acces.json"
    done = users(file, "add", "awa.t", "--role", "direction", "--personne", "directeur", "--ledger", "absent")
    assert done.exit_code == 0, done.output
    assert users(file, "add", "ue", "--role", "bailleur:UE-EAU", "--ledger", "absent").exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text(encoding="utf-8")
    assert PASSWORD not in text
    assert text.count("$argon2id$v=19$") == 2
    assert [each.tree for each in read(file).accounts.values()] == ["", "UE-EAU"]
    listed = users(file, "list").output
    assert "awa.t" in listed
    assert "bailleur:UE-EAU" in listed
    before = read(file).accounts
    assert users(file, "passwd", "ue", password="un tout autre mot").exit_code == 0
    assert read(file).accounts["ue"].digest != before["ue"].digest
    assert users(file, "remove", "awa.t").exit_code == 0
    assert list(read(file).accounts) == ["ue"]


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (["add", "awa", "--role", "chef"], PASSWORD, "« chef » n'est pas un rôle"),
        (["add", "awa", "--role", "direction"], PASSWORD, "dites qui c'est avec --personne"),
        (["add", "awa", "--role", "auditeur", "--personne", "x"], PASSWORD, "retirez --personne"),
        (["add", "Awa T", "--role", "auditeur"], PASSWORD, "n'est pas un nom de compte"),
        (["add", "awa", "--role", "auditeur"], "court", "se devine"),
        (["add", "awa", "--role", "auditeur"], "aaaaaaaaaaaaaaaa", "se devine"),
        (["add", "awa", "--role", "bailleur:../x"], PASSWORD, "n'est pas un rôle"),
        (["passwd", "personne"], PASSWORD, "n'existe pas"),
        (["remove", "personne"], PASSWORD, "n'existe pas"),
    ],
)
def test_what_an_account_may_not_be(tmp_path: Path, words: list[str], password: str, said: str) -> None:
    file = tmp_path / "acces.json"
    more = ["--ledger", "absent"] if words[0] == "add" else []
    done = users(file, *words, *more, password=password)
    assert done.exit_code == 2
    assert said in done.output
    assert not file.exists()


def test_persons_and_trees_are_those_of_the_books(ready: Path, tmp_path: Path) -> None:
    ledger = ["--ledger", str(ready / "ledger/main.beancount")]
    wrong = users(tmp_path / "a.json", "add", "awa", "--role", "direction", "--personne", "directrice", *ledger)
    assert "« directrice » n'est pas une personne" in wrong.output
    assert "directeur" in wrong.output
    wrong = users(tmp_path / "a.json", "add", "ue", "--role", "bailleur:UE", *ledger)
    assert "« UE » n'est pas un projet" in wrong.output


@pytest.mark.parametrize("place", ["acces.json", "ledger/acces.json", "prive/loin/acces.json"])
def test_accounts_stand_outside_the_books(own: tuple[Path, Path], place: str) -> None:
    inside = own[0].parent.parent / place
    inside.parent.mkdir(parents=True, exist_ok=True)
    done = users(inside, "add", "awa", "--role", "auditeur", "--ledger", "absent")
    assert done.exit_code == 2
    assert "est dans le dossier des livres" in done.output
    served = serve_command(own[0], "--acces", str(inside))
    assert served.returncode == 2
    assert "est dans le dossier des livres" in served.stderr


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_accounts_that_others_may_read_are_refused(own: tuple[Path, Path]) -> None:
    own[1].chmod(0o644)
    assert "peut être lu par d'autres" in users(own[1], "list").output
    assert "peut être lu par d'autres" in serve_command(own[0], "--acces", str(own[1])).stderr


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 2, "comptes": []}', '{"version": 1, "comptes": [{"nom": "a"}]}']
)
def test_accounts_that_do_not_read_are_said(own: tuple[Path, Path], text: str) -> None:
    own[1].write_text(text, encoding="utf-8")
    done = users(own[1], "list")
    assert done.exit_code == 2
    assert "ne se lit pas" in done.output


def serve_command(main: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-c", "from grandlivre.__main__ import main; main()", "serve", "--profil"]
    command += ["direction", "--port", "0", "--ledger", str(main), *words]
    return nursery.run(command)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "demande --acces"),
        (["--adresse", "0.0.0.0"], "est ouverte au réseau"),
        (["--origine", "http://livres.exemple.org"], "sans TLS"),
        (["--origine", "livres.exemple.org"], "n'est pas celle d'un site"),
        (["--origine", "https://a.org/chemin"], "n'est pas celle d'un site"),
        (["--adresse", "ici"], "n'est pas une adresse"),
    ],
)
def test_what_prevents_serving(own: tuple[Path, Path], words: list[str], said: str) -> None:
    done = serve_command(own[0], *words, *(["--acces", str(own[1])] if words else []))
    assert done.returncode == 2
    assert said in done.stderr
    plain(done.stderr)


# --- coming in and going out


def test_nothing_of_the_books_answers_without_a_session(served: Viewer) -> None:
    """Pages lead to the form and come back; everything else, scripts included, is refused."""
    stranger = Person(served)
    page = stranger.ask("~/journal/", time="2026-01")
    assert (page.status, page.headers["location"]) == (303, "/connexion?suite=%2Flivres%2Fjournal%2F%3Ftime%3D2026-01")
    assert "livres" not in page.text
    for path in ("~/api/ledger_data", "/static/app.js", "~/document/?filename=x", "~/extension/Rapports/rapport"):
        answer = stranger.ask(path)
        assert answer.status in (303, 401), path
        plain(answer.text)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert stranger.ask("~/api/source", method).status == 401
    for cookie in ("x", "x" * 43, "", "a; grandlivre=b"):
        assert Person(served, {"grandlivre": cookie}).ask("~/journal/").status == 303


def test_the_first_page_says_what_waits_for_who_looks(own: tuple[Path, Path]) -> None:
    """A payment prepared waits for who may sign it; a name on what nobody asks to prove waits for nobody."""
    main, accounts = own
    month = main.parent / "fonct/2026-01.beancount"
    month.write_text(month.read_text(encoding="utf-8") + PREPARED, encoding="utf-8")
    with serving_people(main, accounts) as viewer:
        homes = {name: words(logged_in(viewer, name).ask("~/extension/Accueil/").text) for name in PEOPLE}
        piece = logged_in(viewer, "awa").ask("~/extension/Piece/?piece=BQ-FONCT-2026-0002").text
    assert "Attend la signature de D. Deux 1" in homes["awa"]
    assert "Imprimeur 12 000 FCFA 28/01/2026, paiements et autorisations" in homes["awa"]
    assert "Attend la signature de T. Un 1" in homes["binta"]
    assert "Attend la signature de K. Quatre rien" in homes["kadi"]
    assert "À signer 1" in homes["oumar"]  # an auditor is nobody of the organisation
    assert "éditeur" not in piece
    assert "voir les lignes changées" not in piece
    assert str(main.parent.parent) not in piece


PREPARED = """
2026-01-28 ! "Imprimeur" "Affiches"
  piece: "BQ-FONCT-2026-0090"
  ligne: "1"
  document: "fonct/a.pdf"
  Charges:FONCT:6055-Fournitures-de-bureau  12000 XOF
  Actif:FONCT:52111-Banque
"""


def words(page: str) -> str:
    """The words of a page of ours."""
    body = re.split(r"<article[^>]*>", page)[1]
    said = " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", body, flags=re.DOTALL)).split())
    return said.replace("\u202f", " ").replace("\u00a0", " ")


def test_log_in_leads_where_one_was_going_and_out_again(served: Viewer) -> None:
    person = Person(served)
    page = person.ask("/connexion")
    assert page.status == 200
    assert {name: page.headers[name.lower()] for name in HEADERS} == HEADERS
    assert page.headers["cache-control"] == "no-store"
    before = dict(person.cookies)
    answer = person.log_in("awa", then="/livres/journal/?time=2026-01")
    assert (answer.status, answer.headers["location"]) == (303, "/livres/journal/?time=2026-01")
    said = answer.headers["set-cookie"]
    assert person.cookies.keys() == {"grandlivre"}
    assert person.ask("~/journal/").status == 200
    assert person.ask("/connexion").headers["location"] == "/"
    assert "HttpOnly" in said
    assert "SameSite=" in said
    assert before.keys() == {"grandlivre-avant"}
    old = dict(person.cookies)
    token = person.token()
    assert person.post("/deconnexion", {"jeton": "faux"}).status == 403
    assert person.ask("/deconnexion").status == 405
    left = person.post("/deconnexion", {"jeton": token})
    assert (left.status, left.headers["location"]) == (303, "/connexion?sortie")
    assert not person.cookies
    assert Person(served, old).ask("~/journal/").status == 303


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/%0d%0aX: y\r\nZ: 1",
        "javascript:alert(1)",
        "\t//a",
    ],
)
def test_log_in_never_leads_to_another_site(served: Viewer, then: str) -> None:
    answer = Person(served).log_in("awa", then=then)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/")
    assert not answer.headers["location"].startswith(("//", "/\\"))
    assert "x" not in answer.headers
    assert "z" not in answer.headers


def test_no_session_is_fixed(served: Viewer) -> None:
    """A session begins with a number that nobody chose, and the one before ends."""
    person = Person(served, {"grandlivre": "choisi-par-un-autre"})
    assert person.log_in("awa").status == 303
    first = person.cookies["grandlivre"]
    assert first != "choisi-par-un-autre"
    form = hidden(Person(served, person.cookies).ask("/connexion").text or EMPTY_FORM)
    assert form
    other = Person(served, dict(person.cookies))
    page = Person(served)
    form = hidden(page.ask("/connexion").text)
    other.cookies |= page.cookies
    assert other.post("/connexion", {**form, "nom": "binta", "mot-de-passe": PASSWORD}).status == 303
    assert other.cookies["grandlivre"] != first
    assert Person(served, {"grandlivre": first}).ask("~/journal/").status == 303


EMPTY_FORM = '<input name="jeton" value=""><input name="suite" value="">'


def test_the_form_of_login_is_our_own(served: Viewer) -> None:
    """No token, another browser's, another site: nobody is let in, with the right password."""
    good = {"nom": "awa", "mot-de-passe": PASSWORD}
    assert Person(served).post("/connexion", good).status == 403
    mine, other = Person(served), Person(served)
    form = hidden(mine.ask("/connexion").text)
    other.ask("/connexion")
    assert other.post("/connexion", {**form, **good}).status == 403
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert mine.post("/connexion", {**form, **good}, foreign).status == 403
    assert "grandlivre" not in mine.cookies
    assert mine.post("/connexion", {**form, **good, "x": "y" * 9000}).status == 413
    for method in ("PUT", "DELETE", "PATCH"):
        assert mine.ask("/connexion", method).status == 405
    assert mine.ask("/connexion", "POST", {"X-HTTP-Method-Override": "GET"}, "").status == 403
    assert mine.post("/connexion", {**form, **good}).status == 303


def test_what_was_typed_is_shown_as_text(served: Viewer) -> None:
    answer = Person(served).log_in('"><script>alert(1)</script>', "x")
    assert answer.status == 403
    assert "<script" not in answer.text
    assert "Nom ou mot de passe incorrect." in answer.text
    assert answer.headers["content-security-policy"] == CSP


def test_failures_make_one_wait_by_name_and_by_address(own: tuple[Path, Path]) -> None:
    """The right password waits too; another name does not, until the address does; then the wait ends."""
    limits = {"tries_by_name": 3, "tries_by_address": 6, "first_wait": 2.0, "longest_wait": 4.0}
    with serving_people(*own, limits=limits) as viewer:
        for _ in range(3):
            assert Person(viewer).log_in("awa", "mauvais mot").status == 403
        locked = Person(viewer).log_in("awa")
        assert locked.status == 429
        assert int(locked.headers["retry-after"]) <= 2
        assert "Trop d'essais" in locked.text
        assert Person(viewer).log_in("kadi").status == 303
        time.sleep(2.1)
        assert Person(viewer).log_in("awa").status == 303
        for number in range(3):
            assert Person(viewer).log_in(f"inconnu{number}", "x").status == 403
        assert Person(viewer).log_in("binta").status == 429, "the address waits"
    assert "Connexion refusée pour awa, depuis 127.0.0.1." in viewer.output
    assert "Connexion refusée pour un nom inconnu, depuis 127.0.0.1." in viewer.output
    assert "inconnu0" not in "".join(viewer.output), "what was typed as a name may be a password"
    assert PASSWORD not in "".join(viewer.output)


def test_an_unknown_name_takes_as_long(own: tuple[Path, Path]) -> None:
    write_accounts(own[1], PEOPLE, dear=True)
    with serving_people(*own, limits={"tries_by_name": 99, "tries_by_address": 99}) as viewer:
        times: dict[str, list[float]] = {"awa": [], "personne": []}
        for turn in range(6):
            for name in times:
                person = Person(viewer)
                form = hidden(person.ask("/connexion").text)
                start = time.perf_counter()
                answer = person.post("/connexion", {**form, "nom": name, "mot-de-passe": f"mauvais {turn}"})
                times[name].append(time.perf_counter() - start)
                assert answer.status == 403
    known, unknown = (statistics.median(each) for each in times.values())
    assert min(min(each) for each in times.values()) > 0.01, "argon2id was asked for both"
    assert 0.5 < unknown / known < 2


def test_a_session_ends_by_itself(own: tuple[Path, Path]) -> None:
    """After so long without a request, and after so long whatever happens; an open page's own questions do not count."""
    with serving_people(*own, limits={"idle": 2.0, "longest": 5.0}) as viewer:
        idle, busy = logged_in(viewer, "awa"), logged_in(viewer, "kadi")
        begun = time.monotonic()
        while time.monotonic() - begun < 2.4:
            idle.ask("~/api/changed")
            assert busy.ask("~/api/errors").status == 200
            time.sleep(0.3)
        assert idle.ask("~/api/errors").status == 401
        while time.monotonic() - begun < 5.2:
            busy.ask("~/api/errors")
            time.sleep(0.3)
        assert busy.ask("~/api/errors").status == 401


def test_a_session_ends_with_its_account(own: tuple[Path, Path]) -> None:
    """Removed, another role, another password: at the next request; a file that no longer reads changes nothing."""
    main, file = own
    with serving_people(main, file) as viewer:
        awa, binta, kadi = (logged_in(viewer, name) for name in ("awa", "binta", "kadi"))
        file.write_text("abîmé", encoding="utf-8")
        assert awa.ask("~/api/errors").status == 200
        write_accounts(file, {**PEOPLE, "binta": ("auditeur", "")} | {"awa": ("direction", "tresorier")})
        assert awa.ask("~/api/errors").status == 401
        assert binta.ask("~/api/errors").status == 401
        assert kadi.ask("~/api/errors").status == 200
        assert users(file, "passwd", "kadi", password="un tout autre mot de passe").exit_code == 0
        assert kadi.ask("~/api/errors").status == 401
        assert Person(viewer).log_in("kadi").status == 403
        assert Person(viewer).log_in("kadi", "un tout autre mot de passe").status == 303
        file.unlink()
        assert Person(viewer).log_in("awa").status == 403


# --- behind a proxy


@pytest.fixture(scope="module")
def behind(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Served as https://livres.exemple.org; the server says that address, so its port is asked of the system."""
    folder = tmp_path_factory.mktemp("origine")
    root = Path(shutil.copytree(ready, folder / "ong"))
    accounts = write_accounts(folder / "acces.json", PEOPLE)
    limits = {"tries_by_address": 3, "tries_by_name": 50}
    with serving_origin(root / "ledger/main.beancount", accounts, "https://livres.exemple.org", limits) as viewer:
        yield viewer


def serving_origin(main: Path, accounts: Path, origin: str, limits: dict[str, float]) -> object:
    import access_bed
    from viewer_bed import running

    code = access_bed.SERVE.replace(
        "sys.exit(",
        "from grandlivre.viewer import server as own; usual = own.listening\n"
        "def listening(*w):\n    made = usual(*w); print(f'http://127.0.0.1:{made.bind_addr[1]}/', flush=True); return made\n"
        "own.listening = listening\nsys.exit(",
    )
    command = [sys.executable, "-c", code, str(main), str(accounts), origin, json.dumps(limits)]
    return running(command, main.parent, announced="http://127.0.0.1")


PROXY = {"Host": "livres.exemple.org", "X-Forwarded-Proto": "https"}


def test_behind_tls_cookies_are_for_tls(behind: Viewer) -> None:
    person = Person(behind, more={**PROXY, "X-Forwarded-For": "203.0.113.7", "Origin": "https://livres.exemple.org"})
    answer = person.log_in("awa")
    assert answer.status == 303, answer.text
    assert list(person.cookies) == ["__Host-grandlivre"]
    for part in ("Secure", "HttpOnly", "SameSite=", "Path=/"):
        assert part in answer.headers["set-cookie"]
    assert "max-age=" in answer.headers["strict-transport-security"]
    page = person.ask("~/journal/")
    assert page.status == 200
    assert "strict-transport-security" in page.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Host": "livres.exemple.org.evil.example"},
        {"Host": "livres.exemple.org:8080"},
        {"Host": "evil.example", "X-Forwarded-Host": "livres.exemple.org"},
        {**PROXY, "X-Forwarded-Proto": "http"},
    ],
)
def test_only_the_origin_is_served(behind: Viewer, headers: dict[str, str]) -> None:
    """Row S13 of this profile."""
    for path in ("/connexion", "/livres/journal/", "/livres/api/errors"):
        answer = Person(behind, more=headers).ask(path)
        assert answer.status == 400
        plain(answer.text)


def test_what_a_proxy_says_of_addresses(behind: Viewer) -> None:
    """The last address is the proxy's word; what the reader wrote before it is not believed."""
    for number in range(3):
        told = {**PROXY, "X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"}
        assert Person(behind, more=told).log_in(f"inconnu{number}", "x").status == 403
    assert Person(behind, more={**PROXY, "X-Forwarded-For": "203.0.113.9"}).log_in("awa").status == 429
    assert Person(behind, more={**PROXY, "X-Forwarded-For": "203.0.113.10"}).log_in("awa").status == 303
    assert Person(behind, more={**PROXY, "X-Forwarded-For": "n'importe quoi"}).log_in("awa").status == 303


def test_without_an_origin_no_proxy_is_believed(served: Viewer) -> None:
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "livres.exemple.org"}
    answer = Person(served, more=told).log_in("awa")
    assert answer.status == 303
    assert "Secure" not in answer.headers["set-cookie"]
    assert not [line for line in served.output if "203.0.113.9" in line]
    assert Person(served, more={"Host": "livres.exemple.org"}).ask("/connexion").status == 400


# --- the matrix of roles

ROLE_OF = {
    "awa": Role.DIRECTION,
    "binta": Role.BOARD,
    "kadi": Role.ACCOUNTANT,
    "oumar": Role.AUDITOR,
}
EXPECTED = {
    RequestKind.PAGE: "DBCA",
    RequestKind.ASSET: "DBCA",
    RequestKind.READ: "DBCA",
    RequestKind.VOUCHER: "DBCA",
    RequestKind.MOVE: "DBCA",
    RequestKind.TEXT: "CA",
    RequestKind.QUERY: "CA",
    RequestKind.SOURCE: "",
    RequestKind.WRITE: "",
    RequestKind.ENTER: "C",
    RequestKind.SIGN: "DBC",
}
"""Who may do what: D the Direction, B the board, C the accountant, A the auditor. Written here a second time on purpose."""
LETTERS = {Role.DIRECTION: "D", Role.BOARD: "B", Role.ACCOUNTANT: "C", Role.AUDITOR: "A"}


def test_the_matrix_is_the_one_that_was_decided() -> None:
    assert EXPECTED.keys() == set(RequestKind)
    for kind, letters in EXPECTED.items():
        allowed = {role for role in LETTERS if kind in PROFILES["direction"].allowed(role)}
        assert {LETTERS[role] for role in allowed} == set(letters), kind
    for role in (Role.DONOR, Role.LOCAL):
        assert not PROFILES["direction"].allowed(role), "nobody of that role is let in there"
    assert PROFILES["bailleur"].rights.keys() == {Role.DONOR}
    assert not PROFILES["bailleur"].allowed(Role.DONOR) & (WRITING | {RequestKind.SOURCE, RequestKind.QUERY})
    assert PROFILES["local"].allowed(Role.LOCAL) == frozenset(RequestKind)


@pytest.fixture(scope="module")
def every(root: Path) -> list[tuple[str, str, dict[str, str]]]:
    return addresses(root / "ledger/main.beancount")


@pytest.mark.parametrize("name", ROLE_OF)
def test_every_address_in_every_role(
    served: Viewer, people: dict[str, Person], root: Path, every: list[tuple[str, str, dict[str, str]]], name: str
) -> None:
    """Each rule, each method: refused exactly where the matrix says so, in French, and nothing changes in the books."""
    allowed = PROFILES["direction"].allowed(ROLE_OF[name])
    methods = {endpoint: set() for endpoint, *_ in every}
    app = fava_adapter.create_app(root / "ledger/main.beancount")
    entry_door.install(app)
    for rule in app.url_map.iter_rules():
        methods[rule.endpoint] |= rule.methods or set()
    before = look(root)
    tried = 0
    for endpoint, path, values in every:
        for method in METHODS:
            answer = people[name].ask(path, method, {"Content-Type": "application/json", "X-Jeton": "faux"})
            tried += 1
            wanted = asked_for(endpoint, method, values)
            if answer.status == 405:
                assert method not in methods[endpoint] or endpoint == "extension_endpoint", (path, method)
                continue
            if not wanted <= allowed and method != "OPTIONS":
                found = [asked_for(e, method, v) for e, p, v in every if p == path]
                assert answer.status == 403 or any(each <= allowed for each in found), (path, method, answer.status)
            if method in ("POST", "PUT", "DELETE", "PATCH"):
                assert answer.status == 403, (path, method, answer.status)
            elif wanted <= allowed and method == "GET":
                assert answer.status in (200, 302, 304, 400, 404), (path, answer.status, answer.text[:300])
            if answer.status >= 400:
                plain(answer.text)
    assert tried > 300
    assert look(root) == before


@pytest.mark.parametrize("name", ["awa", "binta", "oumar", "kadi"])
def test_no_role_is_shown_a_path_of_the_machine(people: dict[str, Person], root: Path, name: str) -> None:
    top = str(root.parent)
    for path in (
        "/livres/extension/Accueil/",
        "/livres/extension/Controles/",
        "/livres/extension/Piece/",
        "/livres/income_statement/",
        "/livres/journal/",
        "/livres/api/ledger_data",
        "/livres/api/journal",
        "/livres/api/documents",
        "/livres/api/errors",
        "/livres/api/statistics",
    ):
        answer = people[name].ask(path)
        assert answer.status in (200, 302), path
        for spelt in (top, quote(top), quote(top, safe=""), json.dumps(top)[1:-1]):
            assert spelt not in answer.text, path


@pytest.mark.parametrize("name", ["awa", "binta"])
def test_directors_see_neither_source_nor_query(people: dict[str, Person], name: str) -> None:
    """Rows S1, S3, S4 and S17: nothing to type a query in, no file, no raw text of an entry."""
    for path in (
        "~/editor/",
        "~/options/",
        "~/import/",
        "~/query/",
        "~/api/source",
        "~/api/options",
        "~/api/imports",
        "~/api/query?query_string=.output%20x",
        "~/api/query?query_string=SELECT%201",
        "~/api/context?entry_hash=x",
        "~/api/source_slice?entry_hash=x",
        "~/download-journal/",
        "~/download-query/query_result.csv?query_string=SELECT%201",
    ):
        answer = people[name].ask(path)
        assert answer.status == 403, path
        plain(answer.text)
    shell = people["kadi"].ask("~/api/query", query_string=f".output {name}.txt")
    assert shell.status in (400, 403)


# --- writing, from a page of this session only


def write_tries() -> list[dict[str, str]]:
    return [{}, {"X-Jeton": ""}, {"X-Jeton": "faux"}]


@pytest.mark.parametrize("page", [*OWN_PAGES, *OWN_DOORS])
def test_what_writes_needs_the_token_of_the_session(people: dict[str, Person], page: str) -> None:
    """Neither no token, nor a wrong one, nor another person's; with its own the request reaches the page."""
    kind = {**OWN_PAGES, **OWN_DOORS}[page]
    name = next(who for who, role in ROLE_OF.items() if kind in PROFILES["direction"].allowed(role))
    other = next(who for who, role in ROLE_OF.items() if kind not in PROFILES["direction"].allowed(role))
    path = f"~/extension/{page}/x"
    told = {"Content-Type": "application/json"}
    for headers in [*write_tries(), {"X-Jeton": people[other].token()}]:
        answer = people[name].ask(path, "POST", {**told, **headers}, "{}")
        assert answer.status == 403
        assert "rechargez-la" in answer.text
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    mine = {**told, "X-Jeton": people[name].token()}
    assert people[name].ask(path, "POST", {**mine, **foreign}, "{}").status == 403
    assert people[name].ask(path, "POST", mine, "{}").status not in (401, 403)
    assert people[other].ask(path, "POST", {**told, "X-Jeton": people[other].token()}, "{}").status == 403


@pytest.mark.parametrize("name", ["awa", "binta", "kadi", "oumar"])
def test_the_signature_book_is_the_accounts_own(people: dict[str, Person], name: str) -> None:
    """Nobody chooses whom they sign as; who signs nothing is told why, and is offered no button."""
    page = (
        people[name].ask("~/extension/ASigner/", personne="caissier").text.replace("&#39;", "'").split("</style>")[-1]
    )
    own = {"awa": "directeur", "binta": "tresorier", "kadi": "comptable", "oumar": ""}[name]
    assert f'data-personne="{own}"' in page
    assert '<select name="personne"' not in page
    assert ("ne nomme aucune personne" in page) == (name == "oumar")
    told = {"Content-Type": "application/json", "X-Jeton": people[name].token()}
    body = json.dumps({"personne": "caissier", "nature": "caisse", "objets": [["x", "y"]]})
    answer = people[name].ask("~/extension/ASigner/preparer", "POST", told, body)
    assert (answer.status, answer.json["error"]) == (
        (403, "La signature n'est pas ouverte à votre rôle.")
        if name == "oumar"
        else (409, "Votre compte ne signe que pour vous.")
    )


# --- the other rows of the security table, in this profile


def test_headers_on_every_answer(served: Viewer, people: dict[str, Person]) -> None:
    for person in (Person(served), people["awa"]):
        for path in ("/", "/connexion", "~/journal/", "~/api/errors", "/static/app.js", "~/absente/", "/deconnexion"):
            answer = person.ask(path)
            for name, value in HEADERS.items():
                assert answer.headers[name.lower()] == value, path


def test_narrations_are_text(people: dict[str, Person]) -> None:
    """Row S6."""
    for path in ("~/journal/", "~/api/journal_page?page=1&order=asc", "~/extension/Piece/"):
        text = people["awa"].ask(path).text
        assert "<script>document.title=2" not in text
        assert "<img src=x" not in text


def test_vouchers_inside_the_books_only(people: dict[str, Person], root: Path) -> None:
    """Rows S7, S8, S9 and S16."""
    awa = people["awa"]
    pdf = awa.ask("~/document/", filename=f"{DOCUMENTS}/facture.pdf")
    assert (pdf.status, pdf.headers["content-type"]) == (200, "application/pdf")
    page = awa.ask("~/document/", filename=f"{DOCUMENTS}/page.html")
    assert page.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in page.headers["content-security-policy"]
    for name in (
        str(root.parent / "secret.txt"),
        "../secret.txt",
        f"{DOCUMENTS}/../../../../secret.txt",
        "ledger/main.beancount",
        "rules/mandats.yaml",
        str(root.parent / "prive/acces.json"),
        "/etc/passwd",
    ):
        answer = awa.ask("~/document/", filename=name)
        assert answer.status in (403, 404), name
        assert "TRES-SECRET" not in answer.text
    for path in (
        "/static/../../secret.txt",
        "/static/%2e%2e/%2e%2e/secret.txt",
        "/livres/extension_js_module/..%2f..js",
    ):
        assert awa.ask(path).status in (303, 400, 403, 404)


def test_other_sites_get_nothing(people: dict[str, Person]) -> None:
    """Rows S2, S14 and S15, with a session in the browser."""
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert people["kadi"].ask("~/api/query", headers=picture, query_string="SELECT 1").status == 403
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert people["awa"].ask("~/extension/Accueil/", headers=link).status == 200
    jump = people["awa"].ask("/jump", headers={"Referer": "https://evil.example/"}, time="2026")
    assert jump.headers["location"] == "/"


def test_oversized_and_overridden_requests(people: dict[str, Person]) -> None:
    awa = people["awa"]
    assert awa.ask("~/journal/", filter="a" * 2_000_000).status == 414
    assert awa.ask("~/extension/Saisir/x", "POST", body=b"x" * 2_100_000).status == 413
    answer = people["awa"].ask("~/api/document", headers={"X-HTTP-Method-Override": "DELETE"}, filename="x")
    assert answer.status in (403, 405)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("CREATE TABLE x USING 'csv:/etc/passwd'", 400),
        (".output vole.txt", 400),
        ("output vole.txt", 400),
        ("SELECT account WHERE narration ~ '(a+)+$'", 400),
        ("SELECT account WHERE narration ~ '((((a*)*)*)*)*b'", 400),
        ("SELECT 1", 200),
    ],
)
def test_what_the_accountant_may_ask(people: dict[str, Person], root: Path, query: str, status: int) -> None:
    """Rows S1, S3 and S4: a query reads figures; it runs nothing, opens nothing, and comes to an end."""
    answer = people["kadi"].ask("~/api/query", query_string=query)
    assert answer.status == status, answer.text
    plain(answer.text)
    assert not list(root.rglob("vole.txt"))


def test_no_cell_of_a_download_is_a_formula(people: dict[str, Person]) -> None:
    """Rows S18 and S29."""
    answer = people["kadi"].ask("~/download-query/query_result.csv", query_string="SELECT '=cmd' AS x, payee")
    assert answer.status == 200
    assert not [row for row in answer.text.splitlines() if row.lstrip('"').startswith(("=", "+", "-", "@"))]


def test_half_open_connections_keep_nobody_waiting(served: Viewer, people: dict[str, Person]) -> None:
    """Row S32."""
    waiting = []
    for _ in range(40):
        connection = socket.create_connection(("127.0.0.1", served.port))
        connection.sendall(b"POST /connexion HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n")
        waiting.append(connection)
    start = time.monotonic()
    try:
        assert people["awa"].ask("~/api/changed").status == 200
        assert time.monotonic() - start < 6
    finally:
        for connection in waiting:
            connection.close()


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("ledger/main.beancount", 'plugin "os"\n', "plugin"),
        ("ledger/main.beancount", 'option "insert_pythonpath" "TRUE"\n', "insert_pythonpath"),
        ("ledger/main.beancount", '2026-01-01 custom "fava-extension" "essai"\n', "essai"),
        ("ledger/main.beancount", '2026-01-01 custom "fava-option" "import-config" "x.py"\n', "import-config"),
        ("ledger/main.beancount", 'include "/etc/hosts"\n', "/etc/hosts"),
        ("ledger/main.beancount", 'include "x.asc"\n', "x.asc"),
        ("click.py", "x = 1\n", "click.py"),
        ("rules/lien.yaml", None, "lien.yaml"),
    ],
)
def test_hostile_books_are_not_served(own: tuple[Path, Path], file: str, text: str | None, said: str) -> None:
    """Rows S10, S11, S23, S26, S27 and S30: the audit comes before any load, in this profile too."""
    place = own[0].parent.parent / file
    if text is None:
        place.symlink_to("/etc/hosts")
    else:
        with place.open("a", encoding="utf-8") as books:
            books.write(text)
    done = serve_command(own[0], "--acces", str(own[1]))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Les livres ne sont pas ouverts" in done.stderr


def test_a_cache_that_git_tracks_is_not_read(own: tuple[Path, Path]) -> None:
    """Row S12: what `bean-check` would unpickle stands in the repository."""
    root = own[0].parent.parent
    (own[0].parent / ".main.beancount.picklecache").write_bytes(b"cos\nsystem\n")
    for words in (["init", "-q"], ["add", "-f", "ledger/.main.beancount.picklecache"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    done = serve_command(own[0], "--acces", str(own[1]))
    assert (done.returncode, "picklecache" in done.stderr) == (1, True), done.stderr


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_changes_no_method(people: dict[str, Person], header: str) -> None:
    """Row S25."""
    for name in ("awa", "kadi"):
        for method in ("PUT", "DELETE"):
            answer = people[name].ask("~/api/changed", headers={header: method})
            assert (answer.status, answer.text) == (200, people[name].ask("~/api/changed").text)
            assert people[name].ask("~/api/source", "POST", {header: method}).status in (403, 405)


def test_a_name_over_two_lines_writes_no_line_of_its_own(people: dict[str, Person], root: Path) -> None:
    """Rows S22 and S33: by the door of guided entry."""
    fields = {"bailleur": "FONCT", "date": "2026-02-03", "montant": "1000", "libelle": "x", "ligne": ""}
    asked = {"genre": "paiement", "champs": {**fields, "beneficiaire": 'Y"\nplugin "os"'}, "essai": True}
    told = {"Content-Type": "application/json", "X-Jeton": people["kadi"].token()}
    answer = people["kadi"].ask("~/grandlivre/saisie", "POST", told, json.dumps(asked))
    assert answer.status in (200, 400)
    assert not [line for line in json.loads(answer.text)["texte"].splitlines() if line.startswith("plugin")]


# --- what each role is shown, in a browser

CHROMIUM = Path("/usr/bin/chromium")
SHOWN = [f"extension/{page}/" for page in ("Accueil", "Controles", "Budget", "Banque", "Suivi", "Rapports", "Aide")]
SHOWN += ["extension/Piece/", "extension/Piece/?piece=BQ-FONCT-2026-0002", "extension/ASigner/", "extension/Journal/"]
SHOWN += ["extension/Documents/", "income_statement/", "journal/", "account/Actif:FONCT:5711-Caisse/"]
LINKS = """() => [...document.querySelectorAll('a[href], form[action], button[formaction]')]
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .map(e => e.getAttribute('formaction') || e.getAttribute('action') || e.href)
  .map(h => new URL(h, location)).filter(u => u.origin === location.origin && u.pathname !== '/deconnexion')
  .map(u => u.pathname + u.search)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as tool:
        found = tool.chromium.launch(
            executable_path=str(CHROMIUM), args=["--headless", "--no-sandbox", "--disable-gpu"], headless=True
        )
        yield found
        found.close()


@pytest.mark.parametrize("name", ROLE_OF if os.environ.get("GRANDLIVRE_LONG") else ("awa",))
def test_nothing_shown_would_be_refused(served: Viewer, browser: Any, name: str) -> None:
    """Every link that a role sees is opened: none is refused; directors see no editor, query, import nor options."""
    size = {"width": 390, "height": 844} if name in ("awa", "oumar") else {"width": 1280, "height": 900}
    context = browser.new_context(viewport=size, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(90_000)
    complaints: list[str] = []
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.on("response", lambda r: r.status >= 400 and complaints.append(f"{r.status} {r.url}"))
    page.goto(f"{served.url}/livres/extension/Accueil/")
    assert page.url.startswith(f"{served.url}/connexion")
    page.wait_for_selector("[name=nom]:focus")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/livres/**", wait_until="commit")
    links: dict[str, str] = {}
    pages = [*SHOWN, "extension/Saisir/"] if name == "kadi" else SHOWN
    for address in pages:
        page.goto(f"{served.url}/livres/{address}")
        page.wait_for_selector("article > *")
        page.wait_for_selector("aside a", state="attached")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        for found in page.evaluate(LINKS):
            path, _, query = found.partition("?")
            links.setdefault(re.sub(r"=[^&]*", "", f"{path}?{query}"), found)
    assert complaints == []
    assert len(links) > 15
    statuses = page.evaluate(
        "async links => Object.fromEntries(await Promise.all(links.map(async l => [l, (await fetch(l)).status])))",
        list(links.values()),
    )
    assert not {link: status for link, status in statuses.items() if status in (401, 403)}
    forbidden = ("/editor/", "/options/", "/import/") + (() if name in ("kadi", "oumar") else ("/query/",))
    assert not [link for link in links.values() if any(f"/livres{each}" in link for each in forbidden)]
    page.goto(f"{served.url}/livres/extension/Accueil/")
    page.wait_for_selector("aside a", state="attached")
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert "add-transaction" not in page.url
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/connexion?sortie", wait_until="commit")
    assert page.get_by_role("status").inner_text() == "Vous êtes déconnecté."
    context.close()


def test_the_form_of_login_is_right_for_everybody(served: Viewer, browser: Any) -> None:
    page = axe.watched(browser.new_context(locale="fr-FR"))
    assert axe.faults(page, f"{served.url}/connexion", inside_fava=False) == []
    page.context.close()


# --- readers at once

READERS = 20
SECONDS = float(os.environ.get("GRANDLIVRE_LECTEURS_SECONDES", "2"))


def paths_of(number: int) -> list[str]:
    month = number % 3 + 1
    return [
        f"/livres/api/income_statement?time=2026-{month:02}",
        f"/livres/api/journal_page?page=1&order={'asc' if number % 2 else 'desc'}",
        "/livres/editor/",
        "/livres/api/query?query_string=SELECT%20account,%20sum(position)%20GROUP%20BY%20account",
        "/livres/extension/Saisir/",
        f"/livres/extension/Controles/?time=2026-{month:02}",
    ]


def test_readers_of_all_roles_at_once(served: Viewer) -> None:
    """Twenty sessions of four roles: each answer is the one that the same session had alone, token included."""
    names = [list(PEOPLE)[number % len(PEOPLE)] for number in range(READERS)]
    sessions = [logged_in(served, name) for name in names]

    def answered(number: int, path: str) -> tuple[int, str]:
        answer = sessions[number].ask(path)
        return answer.status, hashlib.sha256(answer.body).hexdigest()

    alone = {(n, path): answered(n, path) for n in range(READERS) for path in paths_of(n)}
    tokens = [session.token() for session in sessions]
    assert len(set(tokens)) == READERS
    assert {alone[0, "/livres/editor/"][0], alone[2, "/livres/extension/Saisir/"][0]} <= {403, 200, 404}
    assert alone[0, paths_of(0)[3]][0] == 403
    assert alone[2, paths_of(2)[3]][0] == 200
    wrong: list[str] = []
    counts = [0] * READERS
    end = time.monotonic() + SECONDS

    def read_on(number: int) -> None:
        while time.monotonic() < end and not wrong:
            for path in paths_of(number):
                if answered(number, path) != alone[number, path]:
                    wrong.append(f"{names[number]} {path}")
            counts[number] += 1

    threads = [threading.Thread(target=read_on, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert min(counts) > 0


@pytest.mark.skipif(os.name == "nt", reason="a signal ends a process at once there")
def test_a_served_viewer_stops_cleanly(own: tuple[Path, Path]) -> None:
    with serving_people(*own) as viewer:
        logged_in(viewer, "awa").ask("/")
        viewer.process.send_signal(signal.SIGTERM)
        assert viewer.process.wait(60) == 0
    assert viewer.output[-1] == "Grand Livre est arrêté."
    assert "Traceback" not in "\n".join(viewer.output)
