"""The page « Saisir » in a real Chromium over a real server: keyboard only, both widths, light and dark, photos, the queue."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from grandlivre.rules import TODAY as TODAY_KEY
from grandlivre.viewer import entry_door, fava_adapter
from grandlivre.viewer.guard import harden
from grandlivre.viewer.readers import Reader, Role, recognise
from guided_books import SIGNED, Accountant, found, open_year
from test_scans import photo
from test_viewer_browser import ARGUMENTS, CHROMIUM
from viewer_bed import Viewer, running

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")]
GENRES = ("paiement", "facture", "depense-caisse", "reapprovisionnement", "marche", "avance", "justification", "recette",
          "rencontre", "activite")  # fmt: skip
TODAY = "2026-01-20"
SERVE = (
    "import sys; from datetime import date; from pathlib import Path; from grandlivre.viewer.server import serve; "
    "sys.exit(serve(Path(sys.argv[1]), port=0, read_only=sys.argv[2] == 'lecture', open_browser=False, "
    "today=date.fromisoformat(sys.argv[3])))"
)
COUNT = "addEventListener('keydown', () => { window.touches = (window.touches || 0) + 1; }, true)"
_JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small books with an invoice due and a rent paid before."""
    made = found(tmp_path_factory.mktemp("page") / "ong")
    shutil.rmtree(made.parent.parent / ".git", ignore_errors=True)
    who = Accountant(made, date(2026, 1, 6))
    open_year(who)
    who.today = date.fromisoformat(TODAY)
    who.enters("facture", bailleur="EAU", date="2026-01-12", beneficiaire="Faso Papeterie (fictif)", nif="084112345A",
               facture="F26-0064", libelle="Cahiers", montant="48 000", compte="6047", ligne="2.2")  # fmt: skip
    who.enters("paiement", bailleur="EAU", date="2026-01-13", beneficiaire="M. Bagayoko (fictif)", libelle="Loyer",
               montant=150_000, ligne="2.3", cheque="0441023", signataires=SIGNED)  # fmt: skip
    home = made.parent / "documents/arrivee"
    home.mkdir()
    (home / "Facture d'été n° 64.jpg").write_bytes(photo((1200, 900)))
    (home / "IMG_2.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    return made


@pytest.fixture(scope="module")
def viewer(main: Path) -> Iterator[Viewer]:
    import sys

    with running([sys.executable, "-c", SERVE, str(main), "local", TODAY], main.parent) as served:
        yield served


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        context = tool.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profil")), executable_path=str(CHROMIUM), args=ARGUMENTS, headless=True
        )
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
        page.on("pageerror", lambda e: page.complaints.append(f"exception: {e}"))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
        )
        page.add_init_script(COUNT)
        page.set_default_timeout(60_000)
        yield page
        context.close()


def opened(tab: Any, viewer: Viewer, genre: str, **more: str) -> None:
    tab.complaints.clear()
    tab.goto("about:blank")  # an answer that the page before still awaited is not this page's
    query = "&".join([f"genre={genre}", *(f"{name}={value}" for name, value in more.items())])
    with tab.expect_response(lambda answer: "/offres?" in answer.url):
        tab.goto(f"{viewer.url}/livres/extension/Saisir/?{query}")


def offered(tab: Any, **fields: str) -> Any:
    """The next answer of what the books propose to a form that holds that; one asked for earlier is another's."""

    def of_these(answer: Any) -> bool:
        path, _, query = answer.url.partition("?")
        said = {name: values[0].lower() for name, values in parse_qs(query).items()}
        return path.endswith("/offres") and all(said.get(name, "").startswith(each) for name, each in fields.items())

    return tab.expect_response(of_these)


def until(tab: Any, expression: str) -> None:
    """Waits for something to be true; the page's policy lets nobody evaluate a text inside it."""
    end = time.monotonic() + 60
    while not tab.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.05)


def judged(tab: Any) -> Any:
    """The next answer of the door to a form that is only tried."""
    return tab.expect_response(lambda answer: answer.url.endswith("/grandlivre/saisie"))


@pytest.mark.parametrize(
    "genre", GENRES if os.environ.get("GRANDLIVRE_LONG") else ("paiement", "marche", "justification")
)
def test_each_form_stands_at_both_widths_light_and_dark(viewer: Viewer, tab: Any, genre: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, viewer, genre)
    for width, height, scheme in ((390, 844, "dark"), (1280, 900, "light")):
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(color_scheme=scheme)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        small = tab.evaluate(
            "[...document.querySelectorAll('.gl-entry input, .gl-entry select, .gl-entry button, .gl-entry summary, .gl-kinds a')]"
            ".filter(e => !e.classList.contains('gl-sr')).map(e => [e.name || e.textContent, e.type === 'checkbox' "
            "? e.closest('label').getBoundingClientRect() : e.getBoundingClientRect()])"
            ".filter(([, r]) => r.width && (r.height < 24 || r.width < 24)).map(([n]) => n)"
        )
        assert small == []
        unnamed = tab.evaluate(
            "[...document.querySelectorAll('#gl-formulaire [name]')].filter(e => !e.labels?.length).map(e => e.name)"
        )
        assert unnamed == []
    assert tab.complaints == []


def test_an_ordinary_payment_takes_at_most_seventy_keystrokes_and_no_mouse(
    viewer: Viewer, tab: Any, main: Path
) -> None:
    """An invoice that is due: a few letters of the supplier, how it is paid, the signatories, Ctrl and Enter."""
    tab.set_viewport_size({"width": 1280, "height": 900})
    opened(tab, viewer, "paiement", piece="arrivee/Facture d'été n° 64.jpg")
    keys = tab.keyboard
    tab.wait_for_selector("[name=beneficiaire]:focus")
    keys.press("Shift+Tab")
    assert tab.evaluate("document.activeElement.name") == "bailleur"
    with offered(tab, bailleur="eau"):
        keys.type("EAU")
    until(tab, "[...document.querySelector('[name=beneficiaire]').list.options].some(o => o.value.startsWith('Faso'))")
    while tab.evaluate("document.activeElement.name") != "beneficiaire":
        keys.press("Tab")
    keys.type("faso")
    with offered(tab, bailleur="eau", beneficiaire="faso"):
        keys.press("Tab")
    until(tab, "document.querySelector('[name=montant]').value === '48000'")
    assert tab.input_value("[name=beneficiaire]") == "Faso Papeterie (fictif)"
    assert tab.input_value("[name=facture]") == "F26-0064"
    while tab.evaluate("document.activeElement.name") != "mode":
        keys.press("Tab")
    with offered(tab, mode="ch"):
        keys.type("Ch")
        keys.press("Tab")
    until(tab, "document.querySelector('[name=cheque]').value === '0441024'")
    ticked = 0
    while ticked < 2:
        who = tab.evaluate("document.activeElement.type === 'checkbox' ? document.activeElement.value : ''")
        if who in ("directrice", "presidente"):
            keys.press("Space")
            ticked += 1
        keys.press("Tab")
    tab.wait_for_selector("text=Aucune remarque")
    assert "BQ-EAU-2026-0004" in tab.inner_text("#gl-texte")
    with judged(tab) as answer:
        keys.press("Control+Enter")
    assert answer.value.status == 200, answer.value.text()
    tab.wait_for_selector("#gl-ecrit:has-text('Écrit : BQ-EAU-2026-0004')")
    touches = tab.evaluate("window.touches")
    print(f"\npaiement d'une facture due, au clavier seul : {touches} touches")
    assert touches <= 70
    assert tab.complaints == []
    text = (main.parent / "eau/2026-01.beancount").read_text(encoding="utf-8")
    entry = text[text.index("Cahiers : règlement") :]
    assert 'cheque: "0441024"' in entry
    assert 'signataire-2: "' in entry
    assert 'document: "eau/2026-01/BQ-EAU-2026-0004.jpg"' in entry
    assert (main.parent / "documents/eau/2026-01/BQ-EAU-2026-0004.jpg").is_file()
    assert not (main.parent / "documents/arrivee/Facture d'été n° 64.jpg").exists()
    assert tab.input_value("[name=beneficiaire]") == ""
    assert "Facture d'été" not in tab.inner_text(".gl-queue")


def test_an_expense_to_somebody_new_is_typed_whole_within_seventy_keystrokes(viewer: Viewer, tab: Any) -> None:
    opened(tab, viewer, "depense-caisse")
    tab.evaluate("window.touches = 0")
    tab.wait_for_selector("[name=beneficiaire]:focus")
    keys = tab.keyboard
    keys.type("Bazar Sory")
    keys.press("Tab")
    keys.type("Savon et seaux")
    keys.press("Tab")
    keys.type("2500")
    keys.press("Tab")
    keys.type("2.2")
    keys.press("Tab")
    keys.type("6055")
    with judged(tab):
        keys.press("Tab")
    until(tab, "document.querySelector('#gl-offres').innerText.replace(/\\s/g, ' ').includes('après : 137 500')")
    touches = tab.evaluate("window.touches")
    print(f"\ndépense de caisse, tout tapé : {touches} touches")
    assert touches <= 70
    # half typed, the page is loaded again: nothing is lost
    tab.reload()
    until(tab, "document.querySelector('[name=montant]').value === '2500'")
    assert tab.input_value("[name=libelle]") == "Savon et seaux"
    tab.wait_for_selector("text=n'a pas de pièce justificative")
    tab.click("#gl-effacer")
    tab.reload()
    tab.wait_for_selector("#gl-saisir[data-begun]")
    assert tab.input_value("[name=montant]") == ""


def test_what_is_wrong_is_shown_before_anything_is_written_and_nothing_is_lost(
    viewer: Viewer, tab: Any, main: Path
) -> None:
    opened(tab, viewer, "depense-caisse")
    before = (main.parent / "eau/2026-01.beancount").read_bytes()
    for name, said in (("beneficiaire", "Bazar (fictif)"), ("libelle", "Bâches"), ("montant", "88 000"), ("ligne", "2.2"),
                       ("compte", "6055")):  # fmt: skip
        tab.fill(f"[name={name}]", said)
    tab.wait_for_selector("#gl-constats .bad:has-text('Erreur')")
    tab.wait_for_selector("#gl-rangs:not([hidden])")  # quotes are asked in the same form, above the threshold
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector("#gl-ecrit.bad")
    assert (main.parent / "eau/2026-01.beancount").read_bytes() == before
    assert tab.input_value("[name=libelle]") == "Bâches"
    assert "proformas de fournisseurs distincts" in tab.inner_text("#gl-constats")
    tab.fill("[name=montant]", "180.000")
    tab.wait_for_selector("[data-field=montant] .gl-hint.gl-bad:has-text('deux façons')")
    tab.click("#gl-effacer")


def test_a_photo_is_taken_in_from_the_page_and_shown_beside_the_form(
    viewer: Viewer, tab: Any, main: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "Reçu de l'épicerie (été) 3.jpg"
    taken.write_bytes(photo((4032, 3024)))
    opened(tab, viewer, "depense-caisse")
    with tab.expect_response(lambda answer: answer.url.endswith("/grandlivre/arrivee")) as answer:
        tab.set_input_files("[data-paper=document]", str(taken))
    assert answer.value.status == 200
    tab.wait_for_selector("#gl-apercu img")
    until(tab, "document.querySelector('#gl-apercu img').naturalWidth === 1800")
    assert tab.input_value("[name=document]") == "arrivee/Recu-de-l-epicerie-ete-3.jpg"
    assert tab.complaints == []
    heic = tmp_path / "IMG_0007.HEIC"
    heic.write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    tab.set_input_files("[data-paper=document]", str(heic))
    tab.wait_for_selector("#gl-ecrit.bad:has-text('Le plus compatible')")
    heavy = tmp_path / "scan.pdf"
    heavy.write_bytes(b"%PDF-1.4\n" + b"0" * 40_000_000)
    tab.set_input_files("[data-paper=document]", str(heavy))
    tab.wait_for_selector("#gl-ecrit.bad:has-text('pèse 41 Mo')")
    tab.click("#gl-effacer")
    assert "IMG_2.heic" in tab.inner_text(".gl-queue")
    assert "Le plus compatible" in tab.inner_text(".gl-queue")


def test_the_door_refuses_what_is_not_asked_by_its_own_page(viewer: Viewer) -> None:
    body = json.dumps({"genre": "rencontre", "champs": {}, "essai": True})
    assert viewer.ask("~/grandlivre/saisie", "POST", {**_JSON, "Origin": "http://ailleurs.example"}, body).status == 403
    assert viewer.ask("~/grandlivre/saisie", "POST", {**_JSON, "Sec-Fetch-Site": "cross-site"}, body).status == 403
    assert viewer.ask("~/grandlivre/saisie").status == 405
    assert viewer.ask("~/grandlivre/saisie", "POST", _JSON, "[1]").status == 400
    assert viewer.ask("~/grandlivre/saisie", "POST", _JSON, "{").json["constats"] == []
    bad = viewer.ask("~/grandlivre/saisie", "POST", _JSON, body)
    assert (bad.status, set(bad.json["champs"])) == (400, {"date", "organe", "objet"})  # type: ignore[call-overload]
    blocked = viewer.ask("~/grandlivre/saisie", "POST", _JSON, json.dumps({"genre": "depense-caisse", "champs": {
        "bailleur": "EAU", "date": TODAY, "beneficiaire": "X (fictif)", "libelle": "Y", "montant": 139_000, "ligne": "2.2",
        "compte": "6055"}}))  # fmt: skip
    assert blocked.status == 409
    assert {"texte", "piece", "constats"} <= set(blocked.json)
    assert blocked.json["piece"] == "CS-EAU-2026-0002"
    heavy = viewer.ask(
        "~/grandlivre/arrivee", "POST", {"Content-Type": "multipart/form-data; boundary=x"}, b"0" * 40_000_000
    )
    assert heavy.status == 413
    assert "trop grand" in heavy.text


def asked_by(main: Path, person: Reader | None, *, read_only: bool = False) -> tuple[int, str, str]:
    """What the door, then the page, answer to somebody; the door's status, what it says, the page."""
    app = fava_adapter.create_app(main, read_only=read_only)
    app.config[TODAY_KEY] = date.fromisoformat(TODAY)
    harden(app, read_only=read_only)
    entry_door.install(app)
    if person is not None:
        app.before_request_funcs[None].append(lambda: recognise(person))
    client = app.test_client()
    where = {"base_url": "http://127.0.0.1:5050", "environ_overrides": {"SERVER_PORT": "5050"}}
    told = client.post("/livres/grandlivre/saisie", json={"genre": "rencontre", "champs": {}, "essai": True}, **where)
    page = client.get("/livres/extension/Saisir/", **where)
    return told.status_code, told.get_data(as_text=True), page.get_data(as_text=True)


def test_books_that_are_only_read_take_no_form(main: Path) -> None:
    status, said, page = asked_by(main, None, read_only=True)
    assert status in (401, 403)
    assert "lecture seule" in said
    assert "gl-formulaire" not in page


@pytest.mark.parametrize("role", Role)
def test_the_accountant_alone_enters(main: Path, role: Role) -> None:
    """Whoever else asks is refused by the door itself, whatever the routes of a profile say."""
    status, said, page = asked_by(main, Reader("sini", role))
    may = role in (Role.LOCAL, Role.ACCOUNTANT)
    assert status == (400 if may else 403), said
    assert ("gl-formulaire" in page) is may
    assert ("Seul le comptable saisit" in said) is not may
