"""The page « À signer » in a real Chromium, on phones whose authenticators are made of software: one server for all."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import axe
from access_bed import PASSWORD, serving_people, write_accounts
from grandlivre.inspection import inspect
from grandlivre.rules import TODAY as TODAY_ASKED
from grandlivre.tasks.signing import awaiting
from grandlivre.viewer import fava_adapter, guard
from grandlivre.viewer.readers import Reader, Role
from grandlivre.viewer.routes import KINDS, PROFILES, RequestKind, kind_of
from signed_books import PAYMENT, keys, sign
from signing import Keys
from signing_bed import ARGUMENTS, CHROMIUM, PREPARED, TODAY, Phone, accept, awaiting_books, february, prepared, served
from small_books import ready
from viewer_bed import Viewer

__all__ = ["keys", "ready"]
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")]
GET = """
async ([challenge, site, wanted]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const got = await navigator.credentials.get({publicKey: {challenge: bytes(challenge), rpId: site, userVerification: wanted}});
  return Object.fromEntries(["authenticatorData", "clientDataJSON", "signature"].map((n) => [n, text(got.response[n])]));
}
"""


@pytest.fixture(scope="module")
def root(ready: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books, in a git repository."""
    found = awaiting_books(ready, keys, tmp_path_factory.mktemp("a-signer") / "ong")
    git(found, "init", "-q", "-b", "main")
    git(found, "add", "-A")
    git(found, "-c", "user.name=Essai", "-c", "user.email=essai@exemple.org", "commit", "-qm", "livres")
    return found


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


@pytest.fixture(scope="module")
def viewer(root: Path) -> Iterator[Viewer]:
    with served(root) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        found = tool.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def enrolled(root: Path, viewer: Viewer, browser: Any) -> dict[str, Phone]:
    """The director's and the treasurer's phones: proposed by their page, then written by whoever keeps the rules."""
    phones = {who: Phone(browser, viewer, who) for who in ("directeur", "tresorier")}
    lines = [phone.enrol() for phone in phones.values()]
    first = phones["directeur"]
    first.open()
    assert "n'a pas de clé d'accès dans rules/cles.yaml" in first.page.locator(".gl-tosign").inner_text()
    assert first.page.locator("button[data-sign], form[data-refuse]").count() == 0
    assert len(list((root / "ledger/cles-proposees").glob("*.yaml"))) == 2
    assert "elle signera aussitôt, car personne ne garde les règles" in first.page.locator(".gl-tosign").inner_text()
    first.page.locator("[data-accept]").first.click()
    assert first.status() == "La clé est inscrite dans rules/cles.yaml."
    assert first.page.locator("[data-accept]").count() == 1
    text = (root / "rules/cles.yaml").read_text(encoding="utf-8")
    accept(root, *[line for line in lines if line not in text])
    return phones


@pytest.fixture
def director(enrolled: dict[str, Phone]) -> Phone:
    phone = enrolled["directeur"]
    phone.page.set_viewport_size({"width": 390, "height": 844})
    phone.complaints.clear()
    phone.open()
    return phone


def door(viewer: Viewer, name: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
    """What a door of the page answers to a program, under the name that passkeys know."""
    said = {"Content-Type": "application/json", "Host": f"localhost:{viewer.port}", **headers}
    found = viewer.ask(f"~/extension/ASigner/{name}", "POST", said, json.dumps(body))
    return found.status, json.loads(found.body) if found.body.startswith(b"{") else {"error": found.text}


def asked(phone: Phone, piece: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """The question for a piece as the page shows it."""
    rows = json.loads(phone.card(piece).locator("button[data-sign]").get_attribute("data-objets"))
    body = {"personne": phone.person, "nature": "ecritures", "objets": rows, **more}
    return door(phone.viewer, "preparer", body)


def answered(phone: Phone, question: dict[str, Any], wanted: str = "required") -> dict[str, str]:
    """What the phone answers to a question."""
    return dict(phone.page.evaluate(GET, [question["defi"], question["site"], wanted]))


def said(root: Path, rule: str, day: date = date.fromisoformat(TODAY)) -> list[str]:  # noqa: B008 - a constant
    found = inspect(root / "ledger/main.beancount", day).findings
    return [each.message for each in found if each.rule == rule]


# What a person sees ---------------------------------------------------------------------------------------------------


def test_a_card_says_all_that_one_looks_at(director: Phone) -> None:
    words = " ".join(director.card(PREPARED[0]).inner_text().split())
    for expected in (
        "Papeterie du Fleuve 25 000 FCFA",
        "Paiement à signer",
        "Vingt-cinq mille francs CFA",
        "Depuis Banque",
        "Ligne 1.1 Fournitures FONCT-2026 reste 495 000 FCFA, ce qui est préparé compté",
        "Votre signature compte comme signataire 1, par votre mandat du 01/01/2026 jusqu'au 31/12/2026, sans plafond.",
        "Peut aussi signer ce montant le 05/02/2026 : T. Un.",
        "Signer",
        "Refuser",
    ):
        assert expected in words.replace("\u202f", " ").replace("\xa0", " "), (expected, words)
    later = " ".join(director.card(PREPARED[3]).inner_text().split()).replace("\u202f", " ").replace("\xa0", " ")
    assert "14/02/2026" in later
    assert "reste 440 000 FCFA" in later
    link = director.card(PREPARED[0]).locator("a[data-shown]")
    assert link.get_attribute("data-shown") == "pdf"
    assert director.page.request.get(f"{director.origin}{link.get_attribute('href')}").body().startswith(b"%PDF")


def test_the_page_is_right_on_a_phone_and_on_a_screen(director: Phone) -> None:
    """axe-core, names, targets, contrast, no sideways scroll, light and dark; on a screen the scan stands beside the list."""
    page = director.page
    director.card(PREPARED[0]).locator(".gl-refuse summary").click()
    assert axe.faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    boxes = [each.bounding_box() for each in page.locator(".gl-acts button[data-sign]").all()]
    assert all(box is not None and box["height"] >= 44 for box in boxes)
    director.open()
    beside, card = page.locator(".gl-beside").bounding_box(), director.card(PREPARED[0]).bounding_box()
    assert beside["x"] > card["x"] + card["width"]
    director.card(PREPARED[1]).locator("a[data-shown]").click()
    assert PREPARED[1] in page.locator(".gl-beside-name").inner_text()
    assert PREPARED[1] in page.locator(".gl-beside iframe").get_attribute("src")
    assert director.complaints == []


def test_the_machines_number_leads_to_its_name(director: Phone, viewer: Viewer) -> None:
    text = viewer.ask("~/extension/ASigner/", personne="directeur").text
    assert f"http://localhost:{viewer.port}/livres/extension/ASigner/?personne=directeur" in text
    assert "ouvrez cette adresse pour signer" in text.replace("&#39;", "'")
    nobody = viewer.ask("~/extension/ASigner/", personne="inconnu").text
    assert "gl-piece" not in nobody.split("</style>")[-1]


# Signing, refusing ----------------------------------------------------------------------------------------------------


def test_keyboard_alone(director: Phone, root: Path, viewer: Viewer, keys: Keys) -> None:
    """Opens the book, signs a payment, refuses another: the accountant reads why on three pages and in the command."""
    page = director.page

    def tab_to(wanted: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                return
        raise AssertionError(f"Tab does not reach {wanted}")

    tab_to(f'[data-object="{PREPARED[0]}"] button[data-sign]')
    page.keyboard.press("Enter")
    assert director.status() == "1 pièce signée par D. Deux (directeur)."
    director.card(PREPARED[0]).wait_for(state="detached")
    assert 'signataire-1: "directeur"' in february(root).read_text(encoding="utf-8")
    tab_to(f'[data-object="{PREPARED[1]}"] .gl-refuse summary')
    page.keyboard.press("Enter")
    tab_to(f'[data-object="{PREPARED[1]}"] textarea')
    page.keyboard.type("La facture n'est pas au bon nom")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert director.status() == "1 pièce refusée par D. Deux (directeur)."
    why = "refusé le 10/02/2026 : La facture n'est pas au bon nom"
    for address in (f"~/extension/Piece/?piece={PREPARED[1]}", "~/extension/Accueil/"):
        assert why in viewer.ask(address).text.replace("&#39;", "'").replace("\xa0", " "), address
    told = sign(root, keys, "tresorier", "--en-attente").output
    assert "a refusé le 10/02/2026 : La facture n'est pas au bon nom" in told
    assert said(root, "visa") == []
    assert director.complaints == []


def test_a_whole_project_by_one_touch(enrolled: dict[str, Phone], root: Path) -> None:
    """The treasurer signs the payments that wait in one text, the one that the director refused among them."""
    phone = enrolled["tresorier"]
    phone.open()
    phone.page.get_by_role("button", name="Signer les 5 pièces de FONCT").click()
    assert phone.status() == "5 pièces signées par T. Un (tresorier)."
    assert phone.page.locator(".gl-page").inner_text() == "Rien à signer"
    [visa] = (root / "ledger/visas/ecritures/2026-02").glob("*tresorier*.visa")
    assert visa.read_text(encoding="utf-8").count("sha256:") == 5
    assert git(root, "log", "-1", "--format=%an|%s").startswith("T. Un|visa ecritures : BQ-FONCT-2026-0002, ")
    kept = git(root, "show", "--stat", "--format=", "HEAD")
    assert "tresorier-1.visa.tresorier.sig" in kept.replace(" ", "")
    assert "ledger/fonct/2026-02.beancount" in kept
    assert said(root, "visa") == []


def test_after_a_change_the_signature_falls_and_says_why(
    enrolled: dict[str, Phone], root: Path, viewer: Viewer
) -> None:
    month = february(root)
    text = month.read_text(encoding="utf-8")
    month.write_text(text.replace("25000 XOF", "385000 XOF", 1), encoding="utf-8", newline="\n")
    phone = enrolled["tresorier"]
    phone.open()
    words = " ".join(phone.card(PREPARED[0]).inner_text().split()).replace("\u202f", " ")
    assert "est tombée : le montant est passé de 25 000 à 385 000 FCFA depuis. Relisez avant de signer." in words
    piece = viewer.ask(f"~/extension/Piece/?piece={PREPARED[0]}").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "le montant est passé de 25 000 à 385 000 FCFA depuis la signature de T. Un du 10/02/2026" in piece
    assert phone.press(PREPARED[0]) == "1 pièce signée par T. Un (tresorier)."
    assert phone.card(PREPARED[0]).count() == 0


def test_an_entry_edited_between_showing_and_signing(director: Phone, root: Path) -> None:
    month = february(root)
    text = month.read_text(encoding="utf-8")
    month.write_text(text.replace("45000 XOF", "46000 XOF", 1), encoding="utf-8", newline="\n")
    told = director.press(PREPARED[2])
    assert (
        f"{PREPARED[2]} : le montant est passé de 45 000 à 46 000 FCFA depuis que cette page vous l'a montré." in told
    )
    assert len(list((root / "ledger/visas/ecritures/2026-02").glob("*directeur*.visa"))) == 1
    director.open()
    status, question = asked(director, PREPARED[2])  # and once more, between the question and the answer
    assert status == 200, question
    answer = answered(director, question)
    month.write_text(text, encoding="utf-8", newline="\n")
    status, told = door(director.viewer, "signer", {"jeton": question["jeton"], "reponse": answer})
    assert (status, "le montant est passé de 46 000 à 45 000 FCFA" in told["error"]) == (409, True), told
    assert said(root, "visa") == []


def test_two_directors_at_once(enrolled: dict[str, Phone], root: Path, viewer: Viewer) -> None:
    """Both were asked before either answered, and both answer at the same moment; both signatures stand, each under its own rank."""
    month = february(root)
    piece = "BQ-FONCT-2026-0007"
    shutil.copy(root / f"ledger/documents/fonct/{PREPARED[0]}.pdf", root / f"ledger/documents/fonct/{piece}.pdf")
    month.write_text(f"{month.read_text(encoding='utf-8')}{prepared(piece, 12_000)}", encoding="utf-8", newline="\n")
    questions = {}
    for name, phone in enrolled.items():
        phone.open()
        questions[name] = asked(phone, piece)[1]
    answers = {name: answered(phone, questions[name]) for name, phone in enrolled.items()}

    def send(name: str) -> tuple[int, dict[str, Any]]:
        return door(viewer, "signer", {"jeton": questions[name]["jeton"], "reponse": answers[name]})

    with ThreadPoolExecutor(2) as both:
        assert [status for status, _ in both.map(send, answers)] == [200, 200]
    for name in answers:  # the same answer once more
        status, refused = send(name)
        assert (status, "a déjà servi" in refused["error"]) == (409, True)
    text = month.read_text(encoding="utf-8").partition(piece)[2]
    named = {line.strip() for line in text.splitlines() if "signataire-" in line}
    ranks = ("directeur", "tresorier"), ("tresorier", "directeur")
    assert named in [{f'signataire-1: "{one}"', f'signataire-2: "{two}"'} for one, two in ranks]
    assert said(root, "visa") == []


# Who is refused -------------------------------------------------------------------------------------------------------


def test_what_the_doors_refuse(enrolled: dict[str, Phone], viewer: Viewer, root: Path) -> None:
    director, treasurer = enrolled["directeur"], enrolled["tresorier"]
    director.open()
    before = sorted((root / "ledger/visas").rglob("*"))
    _, question = asked(director, PREPARED[2])
    another = answered(treasurer, question)
    status, told = door(viewer, "signer", {"jeton": question["jeton"], "reponse": another})
    assert (status, "est celle de T. Un (tresorier)" in told["error"]) == (409, True)
    director.tool.send("WebAuthn.setUserVerified", {"authenticatorId": director.authenticator, "isUserVerified": False})
    _, question = asked(director, PREPARED[2])
    unseen = answered(director, question, "discouraged")
    status, told = door(viewer, "signer", {"jeton": question["jeton"], "reponse": unseen})
    assert (status, "n'a pas vérifié son propriétaire" in told["error"]) == (409, True)
    assert "Rien n'a été signé : vous avez annulé" in director.press(PREPARED[2])
    director.tool.send("WebAuthn.setUserVerified", {"authenticatorId": director.authenticator, "isUserVerified": True})
    director.complaints.clear()
    for name, body, headers, code in (
        ("preparer", {}, {"Origin": "https://autre.exemple.org"}, 403),
        ("preparer", {}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ("preparer", {}, {"Content-Type": "text/plain"}, 409),
        ("preparer", [], {}, 409),
        ("preparer", {"personne": "directeur", "nature": "tout", "objets": [["a", "b"]]}, {}, 409),
        ("preparer", {"personne": "inconnu", "nature": "ecritures", "objets": [["a", "b"]]}, {}, 409),
        ("preparer", {"personne": "directeur", "nature": "ecritures", "objets": "x"}, {}, 409),
        ("preparer", {"personne": "directeur", "nature": "ecritures", "objets": [["a"]]}, {}, 409),
        ("preparer", {"personne": ["directeur"], "nature": "ecritures", "objets": [["a", "b"]]}, {}, 409),
        ("signer", {"jeton": "x", "reponse": None}, {}, 409),
        ("signer", {"jeton": {}, "reponse": None}, {}, 409),
        ("accepter", {"empreinte": "SHA256:x"}, {}, 409),
        ("accepter", {}, {"Origin": "https://autre.exemple.org"}, 403),
        ("inscrire", {"personne": "directeur", "cle": "pas du base64"}, {}, 409),
        ("inscrire", {"personne": "directeur", "cle": base64.b64encode(b"x").decode()}, {}, 409),
    ):
        status, told = door(viewer, name, body, **headers)
        assert status == code, (name, body, told)
        assert told["error"], (name, body)
    assert viewer.ask("~/extension/ASigner/preparer").status == 404
    assert sorted((root / "ledger/visas").rglob("*")) == before
    assert not any("Traceback" in line or "Erreur interne" in line for line in viewer.output)


def test_doors_have_a_kind_of_their_own() -> None:
    post = kind_of("extension_endpoint", "POST", {"extension_name": "ASigner"})
    assert post is RequestKind.SIGN
    assert kind_of("extension_endpoint", "POST", {"extension_name": "Piece"}) is RequestKind.WRITE
    assert kind_of("extension_endpoint", "GET", {"extension_name": "ASigner"}) is KINDS["extension_endpoint"]
    assert RequestKind.SIGN not in PROFILES["local"].reading_only().allowed(Role.LOCAL)


@pytest.mark.parametrize(
    ("who", "status", "words"),
    [
        (Reader("a", Role.DIRECTION, "directeur"), 200, ""),
        (Reader("b", Role.BOARD, "tresorier"), 409, "Votre compte ne signe que pour vous"),
        (Reader("c", Role.ACCOUNTANT, "comptable"), 409, "Votre compte ne signe que pour vous"),
        (Reader("d", Role.AUDITOR), 403, "n'est pas ouverte à votre rôle"),
        (Reader("e", Role.AUDITOR, "directeur"), 403, "n'est pas ouverte à votre rôle"),
        (Reader("f", Role.ACCOUNTANT, "caissier"), 409, "Votre compte ne signe que pour vous"),
        (Reader("g", Role.DIRECTION, "parti"), 409, "ne nomme aucune personne"),
    ],
)
def test_an_account_signs_for_its_own_person(
    enrolled: dict[str, Phone], root: Path, who: Reader, status: int, words: str
) -> None:
    """In the program itself: accounts and their sessions have tests of their own."""
    app = _app(root, profile="direction")
    body = {"personne": "directeur", "nature": "refus", "motif": "essai", "objets": [[PREPARED[3], _shown(root)]]}
    client = app.test_client()
    told: dict[str, Any] = {
        "base_url": f"http://localhost:{enrolled['directeur'].viewer.port}",
        "environ_overrides": {guard.READER: who},
    }
    found = client.post("/livres/extension/ASigner/preparer", json=body, **told)
    assert found.status_code == status, found.text
    assert words in found.text.replace("&#39;", "'")
    page = client.get("/livres/extension/ASigner/?personne=tresorier", **told).text
    assert 'name="personne"' not in page
    assert f'data-personne="{who.person if who.person != "parti" else ""}"' in page
    signs = who.person == "directeur" and who.role is not Role.AUDITOR
    assert (" data-sign " in page.split("</style>")[-1]) == signs


def _app(root: Path, *, profile: str = "local", read_only: bool = False) -> Any:
    app = fava_adapter.create_app(root / "ledger/main.beancount", read_only=read_only)
    app.config[TODAY_ASKED] = date.fromisoformat(TODAY)
    guard.harden(app, profile=profile, read_only=read_only)
    fava_adapter.first_ledger(app)
    return app


def _shown(root: Path) -> str:
    books = inspect(root / "ledger/main.beancount", date.fromisoformat(TODAY)).books
    return next(each.signable.digest for each in awaiting(books, "directeur", None, [PREPARED[3]]))


def test_a_reader_signs_nothing(root: Path) -> None:
    client = _app(root, read_only=True).test_client()
    found = client.post("/livres/extension/ASigner/preparer", json={}, base_url="http://localhost")
    assert found.status_code == 403
    assert "rien ne s'y signe" in found.text.replace("&#39;", "'")
    page = client.get("/livres/extension/ASigner/?personne=directeur", base_url="http://localhost").text
    assert "data-sign " not in page.split("</style>")[-1]
    assert PAYMENT in page


def test_a_director_logs_in_enrols_and_signs(root: Path, browser: Any, tmp_path: Path) -> None:
    """With accounts: the page is the account's own, and each door carries the session's token. Last: it signs on the machine's own day."""
    accounts = write_accounts(tmp_path / "acces.json", {"awa": ("direction", "directeur")})
    with serving_people(root / "ledger/main.beancount", accounts) as viewer:
        phone = Phone(browser, viewer, "directeur")
        phone.page.goto(f"{phone.origin}/connexion")
        phone.page.fill("[name=nom]", "awa")
        phone.page.fill("[name=mot-de-passe]", PASSWORD)
        phone.page.keyboard.press("Enter")
        phone.page.wait_for_selector(".gl-tabs")
        line = phone.enrol()
        assert phone.page.locator("select[name=personne]").count() == 0
        accept(root, line)
        phone.open("tresorier")
        assert phone.page.locator(".gl-tosign").get_attribute("data-personne") == "directeur"
        assert phone.press(PREPARED[3]) == "1 pièce signée par D. Deux (directeur)."
        rows = json.loads(phone.page.locator("button[data-sign]").first.get_attribute("data-objets"))
        body = {"personne": "directeur", "nature": "ecritures", "objets": rows}
        token = phone.page.locator('meta[name="jeton"]').get_attribute("content")
        mine = phone.page.request.post(
            f"{phone.origin}/livres/extension/ASigner/accepter", data={"empreinte": "x"}, headers={"X-Jeton": token}
        )
        assert (mine.status, "Les règles ne s'écrivent pas ici" in mine.json()["error"]) == (409, True)
        bare = phone.page.request.post(f"{phone.origin}/livres/extension/ASigner/preparer", data=body)
        assert (bare.status, "rechargez-la" in bare.json()["error"]) == (403, True)
        assert phone.complaints == []
        phone.page.context.close()
    assert said(root, "visa", date(2026, 11, 29)) == []
