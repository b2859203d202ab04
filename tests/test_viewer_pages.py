"""Our pages in a real Chromium over the demonstration books with faults, and over books that change or break."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import axe
import nursery
from viewer_bed import Viewer, first_load, free_port, running

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
pytestmark = pytest.mark.slow
with_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")

FAULTS = """
2026-10-30 * "=HYPERLINK(1)" "<b>Sans signature</b> & sans pièce"
  ligne: "4.3"
  Charges:UE-EAU:6047-Fournitures  40000 XOF
  Actif:UE-EAU:52111-Banque-BDM

2026-10-30 ! "Faso Papeterie" "Une narration
sur deux lignes: forgée.beancount:1: erreur: rien"
  Charges:UE-EAU:6047-Fournitures  1500 XOF
  Passif:UE-EAU:4011-Fournisseurs

2026-10-31 * "Trop" "Caisse trop pleine"
  Actif:UE-EAU:5711-Caisse  300000 XOF
  Actif:UE-EAU:585-Virements-de-fonds
"""
ADDRESSES = {
    "accueil": "extension/Accueil/",
    "accueil-ue": "extension/Accueil/?account=UE-EAU&time=2026-09",
    "controles": "extension/Controles/",
    "budget": "extension/Budget/?account=UE-EAU",
    "ligne": "extension/Budget/?arbre=UE-EAU&convention=UE-2025-118&ligne=4.3",
    "banque": "extension/Banque/?account=UE-EAU",
    "suivi": "extension/Suivi/",
    "suivi-ue": "extension/Suivi/?account=UE-EAU&time=2026-Q3",
    "suivi-vide": "extension/Suivi/?account=FONCT",
    "rapports": "extension/Rapports/?account=UE-EAU",
    "piece": "extension/Piece/?piece=BQ-UE-EAU-2026-0113",
    "piece-sans-numero": "extension/Piece/?fichier=ledger/ue-eau/2026-10.beancount&ligne=12",
    "pieces": "extension/Piece/?arbre=UE-EAU&cherche=loyer",
    "journal": "extension/Journal/?account=UE-EAU&time=2026-10&serie=BQ",
    "compte": "extension/Journal/?compte=Actif:UE-EAU:5711-Caisse&time=2026-09",
    "documents": "extension/Documents/?account=UE-EAU&cherche=loyer",
    "a-signer": "extension/ASigner/",
    "saisir": "extension/Saisir/?genre=paiement",
    "saisir-marche": "extension/Saisir/?genre=marche",
    "aide": "extension/Aide/",
    "empechement": "extension/Accueil/?time=jamais",
}


LOW = "sous le plancher demander 112 500"
"""What the first page says of a till of the demonstration books."""


def copy_of_books(folder: Path, extra: str = "") -> Path:
    """The demonstration books, and what `extra` adds to October; the main file."""
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, folder / name)
    with (folder / "ledger/ue-eau/2026-10.beancount").open("a", encoding="utf-8", newline="\n") as file:
        file.write(extra)
    return folder / "ledger/main.beancount"


def served(main: Path, *options: str) -> AbstractContextManager[Viewer]:
    """The command that accountants type."""
    command = [sys.executable, "-m", "grandlivre", "serve", "--ledger", str(main), "--port", "0", "--sans-navigateur"]
    return running([*command, *options], main.parent)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_books(tmp_path_factory.mktemp("livres"), FAULTS)


@pytest.fixture(scope="module")
def viewer(books: Path) -> Iterator[Viewer]:
    with served(books) as found:
        yield found


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """The books as they are kept, for readers."""
    with served(copy_of_books(tmp_path_factory.mktemp("lecture")), "--lecture") as found:
        yield found


def files_of(root: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes() for name in ("ledger", "rules") for path in (root / name).rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Viewer, dict[Path, bytes]]]:
    main = copy_of_books(tmp_path_factory.mktemp("changeants"))
    whole = files_of(main.parents[1])
    with served(main) as found:
        yield found, whole


@pytest.fixture
def own(changing: tuple[Viewer, dict[Path, bytes]]) -> Iterator[tuple[Viewer, Path]]:
    """One server over books as they are kept, that a test may change: they are as before for the next one; their main file."""
    found, whole = changing
    main = found.folder / "main.beancount"
    yield found, main
    now = files_of(main.parents[1])
    for path in now.keys() - whole.keys():
        path.unlink()
    for path, content in whole.items():
        if now.get(path) != content:
            path.write_bytes(content)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    tool = pytest.importorskip("playwright.sync_api")
    with tool.sync_playwright() as running_tool:
        found = running_tool.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    """One tab for all the tests (a new one takes the processor a second), with what the console and the policy complained of."""
    return axe.watched(browser.new_context())


def show(page: Any, viewer: Viewer, address: str, width: int = 1280, *, idle: bool = True) -> None:
    """Opens an address on a phone or on a screen, in light colours, the pointer on nothing; forgets what was complained of.

    Waits until nothing comes any more, half a second, unless something else is waited for.
    """
    if not page.url.startswith(viewer.url):  # a page whose server has ended complains of it
        page.goto("about:blank")
    page.emulate_media(media="screen", color_scheme="light")
    page.set_viewport_size({"width": width, "height": 844 if width < 700 else 900})
    page.mouse.move(0, 0)
    page.complaints.clear()
    page.goto(f"{viewer.url}/{viewer.slug}/{address}")
    if idle:
        page.wait_for_load_state("networkidle")


def text_of(viewer: Viewer, address: str) -> str:
    """The words of a page, without its tags."""
    found = viewer.ask(f"~/{address}")
    assert found.status == 200
    body = re.split(r"<article[^>]*>", found.text)[1].split('id="ledger-data"')[0]
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", body, flags=re.DOTALL)).split())


def test_no_page_names_a_folder_of_the_machine(viewer: Viewer, books: Path) -> None:
    for address in ADDRESSES.values():
        shown = re.split(r"<article[^>]*>", viewer.ask(f"~/{address}").text)[1].split('id="ledger-data"')[0]
        shown = re.sub(r'href="[^"]*/editor/[^"]*"', "", shown)  # Fava's editor wants it, of who may edit alone
        assert str(books.parent.parent) not in unescape(shown), address


# Lists of our own ---------------------------------------------------------------------------------------------------


def francs(text: str) -> int:
    return int(re.sub(r"[^\d−]", "", text).replace("−", "-"))


def test_the_journal_has_the_entries_of_its_days_and_the_balance_of_its_accounts(viewer: Viewer) -> None:
    whole = text_of(viewer, "extension/Journal/?time=2026-09")
    found = re.search(r"(\d+) écritures, débit ([\d ]+) FCFA Crédit ([\d ]+) FCFA", whole.replace("\u202f", " "))
    assert found is not None
    assert found[2] == found[3]
    summed = viewer.query(
        "SELECT sum(number) FROM year = 2026 AND month = 9 WHERE number > 0 AND currency = 'XOF'"
    ).json
    assert str(francs(found[2])) in str(summed["data"])
    bank = text_of(viewer, "extension/Journal/?compte=Actif:GENRE:52113-Banque-BMS").replace("\u202f", " ")
    assert "Solde au 31/10/2026 8 907 823 FCFA" in bank
    assert bank.index("solde 8 907 823") < bank.index("BQ-GENRE-2026-0093")
    october = text_of(viewer, "extension/Journal/?compte=Actif:GENRE:52113-Banque-BMS&time=2026-10")
    before = re.search(
        r"Solde avant le 01/10/2026 ([\d ]+) FCFA 1?\d écritures?, débit ([\d ]+) FCFA Crédit ([\d ]+) ",
        october.replace("\u202f", " "),
    )
    assert before is not None
    assert francs(before[1]) + francs(before[2]) - francs(before[3]) == 8_907_823
    assert "Aucune écriture pour ce choix" in text_of(viewer, "extension/Journal/?cherche=introuvable")
    second = text_of(viewer, "extension/Journal/?suite=100")
    assert "101 à 200 sur" in second
    assert "plus récentes" in second
    assert "journal de Fava" in whole


def test_documents_say_what_is_missing_first(viewer: Viewer, books: Path) -> None:
    said = text_of(viewer, "extension/Documents/?time=2026-10&account=UE-EAU")
    missing, _, filed = said.partition("Période")
    lacking = [each for each in checked(books) if each["rule"] == "piece-justificative"]
    assert len(lacking) == 3
    assert f"Ce qui manque {len(lacking)}" in missing
    assert "erreur" in missing
    assert "Octobre 2026" in filed
    assert "Justificatif BQ-UE-EAU-2026-0124.pdf" in filed
    assert "Relevé de compte : Banque BDM, UE-EAU, 2026-10, " in filed
    assert "UNICEF" not in filed
    assert str(ROOT) not in said
    assert "loyer" in text_of(viewer, "extension/Documents/?cherche=loyer").lower()


# What every reader needs --------------------------------------------------------------------------------------------


LIKE_OTHERS = () if os.environ.get("GRANDLIVRE_LONG") else ("accueil-ue", "suivi-ue", "suivi-vide", "pieces", "compte")
"""Pages that hold what another one holds: looked at by flag."""


@with_browser
@pytest.mark.parametrize("name", [name for name in ADDRESSES if name not in LIKE_OTHERS])
def test_pages_are_right(page: Any, viewer: Viewer, name: str) -> None:
    """WCAG 2.2 AA by axe-core on a phone and on a screen, light and dark; nothing refused, nothing logged, no sideways scroll."""
    assert axe.faults(page, f"{viewer.url}/livres/{ADDRESSES[name]}") == []


@with_browser
def test_faults_are_seen(page: Any) -> None:
    """The referee itself: a page with one fault of each kind, on a phone, on a screen alone, in the dark alone."""
    page.goto("about:blank")
    page.complaints.clear()
    page.set_content(
        "<html lang=fr><title>x</title><style>@media (max-width: 600px) { .large { display: none } } "
        "@media (prefers-color-scheme: dark) { .nuit { color: #888 } } p { color: #111 } main { background: #fff }</style>"
        "<main><p>Rien</p><p>Rien non plus</p><p style='color:#999'>pâle</p><input><a href=x>a</a> <a href=y>b</a>"
        "<p class=nuit>la nuit</p><div class=large><p><select><option>1</select></p><p style='color:#aaa'>large et pâle</p></div>"
        "<div style='width:2000px'>large</div><script>console.error('dit')</script></main>"
    )
    said = axe.faults(page, inside_fava=False)
    for words in (
        "390 light: color-contrast:.*pâle", "390 light: label:", "390 light: target-size", "390: scrolls sideways", "^dit$",
        "1280 light: select-name", "1280 light: color-contrast:.*large et pâle", "1280 light: target-size",
        "1280 dark: color-contrast:.*la nuit",
    ):  # fmt: skip
        assert any(re.search(words, each) for each in said), (words, said)
    assert not any(re.search("Rien|390.*(select|la nuit|large et)|light.*la nuit", each) for each in said), said


@with_browser
def test_first_screen_of_a_phone(page: Any, viewer: Viewer) -> None:
    """Money held, committed and net, what is late, what waits for a signature, the budgets in words, the course and its lowest point."""
    show(page, viewer, "", 390)
    assert page.url.endswith("/extension/Accueil/")
    assert re.search(r"\d+\serreurs? à corriger", page.locator(".gl-state").inner_text())
    said = {}
    for words in (
        ".gl-state", ".gl-money", ".tb-argent div:nth-child(4)", "#gl-retard", ".gl-todo .tb-liste li", "#gl-attend",
        ".gl-todo .tb-liste:nth-of-type(2) li", "#gl-allure", ".gl-todo .tb-liste:last-child li:last-child", ".tb-cours", ".tb-bas",
    ):  # fmt: skip
        box = page.locator(words).first.bounding_box()
        assert box is not None, words
        said[words] = box["y"] + box["height"]
    quiet = {words: end for words, end in said.items() if words not in (".tb-cours", ".tb-bas", "#gl-cours")}
    assert max(quiet.values()) <= 844, said  # these books also have two payments without their signatures


@with_browser
def test_first_screen_of_a_phone_on_an_ordinary_day(page: Any, own: tuple[Viewer, Path]) -> None:
    viewer, _ = own
    show(page, viewer, "", 390)
    end = page.locator(".tb-bas").bounding_box()
    assert end is not None
    assert end["y"] + end["height"] <= 844
    money = " ".join(page.locator(".tb-argent").inner_text().split())
    assert re.fullmatch(
        r"Disponible en banque et caisses 41 300 662 FCFA Engagé : dettes à payer 2 596 170 FCFA "
        r"Position nette, avances comprises 38 794 492 FCFA Frais de fonctionnement couverts \d,\d mois",
        money,
    )
    todo = " ".join(page.locator(".gl-todo").inner_text().split())
    assert re.search(
        r"En retard 3 Rapport financier, 3e trimestre 2026 : UE-EAU depuis le 15/10/2026 Avances non", todo
    )
    assert "À signer rien" in todo
    assert (
        "67,0 % dépensé pour 88,9 % du temps : 14,1 M FCFA à rendre ou à ne pas appeler à la fin (31/12/2026)" in todo
    )
    curve = " ".join(page.locator(".gl-curve").inner_text().split())
    assert "Au plus bas fin décembre 2026 18,2 M FCFA" in curve
    assert "En gris, dès janvier 2027 : GENRE, UE-EAU seulement" in curve
    assert page.locator(".tb-cours rect.passe").count() == 10
    assert page.locator(".tb-cours rect.prevu, .tb-cours rect.partiel").count() == 12
    plan = viewer.ask(unescape(page.locator(".tb-bas a").get_attribute("href"))).text.replace("\u202f", " ")
    assert "18 204 462" in plan
    how = " ".join(page.locator("section:has(#gl-calculs)").inner_text().split())
    assert "Position nette 38 794 492 FCFA divisée par" in how
    assert "Les commandes non facturées (1 320 250 FCFA) n'y sont pas" in how


@with_browser
def test_first_load_is_light(browser: Any, viewer: Viewer) -> None:
    page = browser.new_context().new_page()
    assert 50_000 < sum(first_load(page, viewer)) <= 300_000
    page.context.close()


@with_browser
def test_keyboard_alone(page: Any, viewer: Viewer) -> None:
    """From the first page to an entry, then to a downloaded report."""
    show(page, viewer, "extension/Accueil/")

    def tab_to(wanted: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none"
                return
        raise AssertionError(f"Tab does not reach {wanted}")

    tab_to(".gl-tills a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".gl-book")
    tab_to(".gl-book .gl-piece a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".gl-voucher")
    assert "/extension/Piece/?" in page.url
    page.goto(f"{viewer.url}/livres/extension/Rapports/?account=GENRE&periode=2026-T3")
    page.wait_for_load_state("networkidle")
    tab_to("a[href*='format=xlsx']")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".xlsx")
    assert page.complaints == []


@with_browser
def test_pages_print_on_a4(page: Any, viewer: Viewer) -> None:
    show(page, viewer, "extension/Accueil/")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 990})
    assert not page.locator(".gl-tabs").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@with_browser
def test_figures_lead_to_their_entries(page: Any, viewer: Viewer) -> None:
    show(page, viewer, "extension/Accueil/?account=UE-EAU")
    page.locator(".gl-treasury td.n a").first.click()
    page.wait_for_selector("#gl-ecritures")
    assert "/extension/Journal/?compte=Actif:UE-EAU:52111" in page.url.replace("%3A", ":")
    page.goto(f"{viewer.url}/livres/extension/Budget/?account=UE-EAU")
    page.locator(".gl-lines td a").first.click()
    page.wait_for_selector("#gl-pieces")
    page.locator(".gl-rows a").first.click()
    page.wait_for_selector(".gl-voucher")
    assert page.complaints == []


# A voucher ----------------------------------------------------------------------------------------------------------


SIZES = ({"width": 390, "height": 844}, {"width": 1280, "height": 900})
"""A phone and a screen."""


def touchable(page: Any, wanted: str) -> str:
    """The one place that the first shown element of a kind leads to, on a phone and on a screen where it can be touched."""
    found = page.locator(f"{wanted} >> visible=true").first
    places = set()
    for size in sorted(SIZES, key=lambda each: each != page.viewport_size):  # the page as it stands first
        page.set_viewport_size(size)
        found.click(trial=True)
        places.add(found.get_attribute("href"))
    assert len(places) == 1, places
    return str(places.pop())


def touch(page: Any, wanted: str) -> None:
    """One touch on the first shown element of a kind."""
    touchable(page, wanted)
    page.locator(f"{wanted} >> visible=true").first.click()


@pytest.fixture
def no_scan(page: Any) -> Iterator[None]:
    """Scans are lines of text: Chromium's reader of PDF, looked at with `test_the_scan_is_shown`, takes a second a page."""
    tool = axe.without_scans(page)
    yield
    page.goto("about:blank")  # nothing is asked any more
    tool.detach()


WAYS = {
    "extension/Accueil/?account=UE-EAU": (
        (".gl-treasury td.n a", ".gl-rows a"),
        (".gl-tills a", ".gl-book .gl-who a"),
        (".gl-o3 .gl-list a",),
        (".gl-o2 .gl-list li p:last-child a",),
    ),
    "extension/Accueil/": (
        (".tb-argent dd a", ".gl-rows a"),
        (".tb-argent div:nth-child(2) dd a", ".gl-rows a"),
        (".tb-argent div:nth-child(3) dd a", ".gl-rows a"),
        ("#gl-attend + .tb-liste a",),
        (".gl-treasury td.gl-held a", ".gl-rows a"),
        (".gl-treasury td.gl-net a", ".gl-rows a"),
        (".gl-budget .gl-small a", ".gl-rows a"),
    ),
    "extension/Budget/?account=UE-EAU": (
        (".gl-facts a", ".gl-rows a"),
        (".gl-lines td[data-l='dépensé'] a", ".gl-rows a"),
    ),
    "extension/Journal/?account=UE-EAU&time=2026-10": ((".gl-rows a",),),
    "extension/Documents/?account=UE-EAU&time=2026-10": ((".gl-rows a",),),
    "extension/Documents/": ((".gl-findings a",),),
    "extension/Banque/?account=UE-EAU": ((".gl-book .gl-piece a",),),
    "journal/?account=UE-EAU": ((".journal .datecell a",),),
    "extension/Controles/?account=UE-EAU": ((".gl-findings a[href*='Piece']",),),
    "extension/Piece/?arbre=UE-EAU&numeros=52": ((".gl-rows a",),),
}
"""From a page, what is touched to see a voucher."""


@with_browser
@pytest.mark.usefixtures("no_scan")
@pytest.mark.parametrize("start", WAYS)
def test_two_touches_from_a_figure_to_its_voucher(page: Any, viewer: Viewer, start: str) -> None:
    """On a phone and on a screen: the first way is gone with touches, the others are shown to lead as far by the same ones."""
    show(page, viewer, start, 390, idle=False)
    first, *others = WAYS[start]
    firsts = [touchable(page, way[0]) for way in others]
    for wanted in first:
        touch(page, wanted)
    for size in SIZES:
        page.set_viewport_size(size)
        page.wait_for_selector(".gl-voucher")
    assert "/extension/Piece/?" in page.url, first
    assert page.locator(".cm-editor").count() == 0
    assert page.complaints == []
    for place, (_, *seconds) in zip(firsts, others, strict=True):
        for wanted in seconds:
            page.goto(f"{viewer.url}{place}")
            place = touchable(page, wanted)
        assert "/extension/Piece/?" in place
        assert 'class="gl-card gl-voucher"' in viewer.ask(place).text, place
        assert page.complaints == []


def assert_lists_add_up(viewer: Viewer) -> None:
    """On the first page, at any day, for a tree or all of them."""
    for filters in ("", "&account=GENRE", "&time=2026-06&account=UE-EAU", "&time=2026-Q1"):
        page = viewer.ask(f"~/extension/Accueil/?x=1{filters}").text
        figures = re.findall(r'<a href="([^"]*/extension/Piece/[^"]*(?:poste|convention)=[^"]*)">(.*?)</a>', page)
        assert len(figures) >= 4
        for address, figure in figures:
            shown = (
                viewer.ask(unescape(address)).text.split('aria-label="Total"')[1].split("<dd>")[1].split("\u00a0")[0]
            )
            sign = -1 if "poste=engage" in address else 1
            number, total = (
                int(text.replace("\u202f", "").split("\u00a0")[0].replace("\u2212", "-")) for text in (figure, shown)
            )
            assert number == sign * total, (filters, address)


def test_a_list_adds_up_to_the_figure_that_leads_to_it(viewer: Viewer) -> None:
    assert_lists_add_up(viewer)


def test_payments_that_await_their_signatures_are_listed_as_committed(own: tuple[Viewer, Path]) -> None:
    prepared = """
2026-10-30 ! "Faso Papeterie" "À signer"
  Charges:UE-EAU:6047-Fournitures  40000 XOF
  Actif:UE-EAU:52111-Banque-BDM

2026-10-30 ! "Faso Papeterie" "Règlement à signer"
  Passif:UE-EAU:4011-Fournisseurs  25000 XOF
  Actif:UE-EAU:52111-Banque-BDM
"""
    viewer, main = own
    with (main.parent / "ue-eau/2026-10.beancount").open("a", encoding="utf-8", newline="\n") as file:
        file.write(prepared)
    assert_lists_add_up(viewer)
    listed = text_of(viewer, "extension/Piece/?poste=a-signer")
    assert "65 000 FCFA" in listed
    assert "2 écritures" in listed


def test_what_the_page_of_a_voucher_says(viewer: Viewer) -> None:
    said = text_of(viewer, "extension/Piece/?piece=BQ-UE-EAU-2026-0112")
    for words in (
        "M. Ouologuem (fictif)",
        "Pièce BQ-UE-EAU-2026-0112, 06/10/2026",
        "75\u202f000\u00a0FCFA".replace("\u00a0", " ").replace("\u202f", " "),
        "soixante-quinze mille francs CFA",
        "Depuis Banque BDM",
        "Ordre n° OV-UE-EAU-063",
        "A. Traoré (fictif) Directeur signataire 1 inscrit sur la pièce du 06/10/2026",
        "F. Diarra (fictif) Trésorière du Bureau exécutif",
        "4.5 Loyer, eau, électricité et quote-part du siège",
        "Relevé vu sur le relevé d'octobre 2026, arrêté au 31/10/2026 et rapproché",
        "sur cette ligne, au 31/10/2026 : budget",
        "Histoire",
        "rien à signaler",
        "Précédente BQ-UE-EAU-2026-0111",
        "Suivante BQ-UE-EAU-2026-0113",
        "Voir la pièce",
        "Ouvrir l'écriture dans l'éditeur",
    ):
        assert words in said, words
    assert str(ROOT) not in said
    advance = text_of(viewer, "extension/Piece/?piece=BQ-UE-EAU-2026-0113")
    assert "Avance justifiée par" in advance
    faulty = text_of(viewer, "extension/Piece/?cherche=Sans%20signature")
    assert "1 écriture" in faulty


def test_pages_of_what_is_no_voucher(viewer: Viewer) -> None:
    def at(start: str, month: str = "ue-eau/2026-10") -> str:
        lines = (ROOT / f"ledger/{month}.beancount").read_text(encoding="utf-8").splitlines()
        line = next(number for number, text in enumerate(lines, 1) if start in text)
        return text_of(viewer, f"extension/Piece/?fichier=ledger/{month}.beancount&ligne={line}")

    dossier = at('custom "marche" "M-2026-034"')
    assert "Fournitures de bureau de l'antenne" in dossier
    assert "Procès-verbal ouvrir M-2026-034-pv.pdf" in dossier
    assert "retenue" in dossier
    meeting = at('custom "rencontre" "equipe"')
    assert "Réunion d'équipe, semaine 41" in meeting
    assert "Femmes 2" in meeting
    count = at('custom "pv-caisse"')
    assert "Comptage de caisse" in count
    assert "Procès-verbal" in count or "Justificatif" in count
    assert "Présidence une femme" in at('custom "organe-communautaire"', "ue-eau/2026-09")
    board = at('custom "rencontre" "bureau"', "fonct/2026-09")
    assert "Présents B. Konaté (fictif), F. Diarra (fictif)" in board
    assert "faite le 17/09/2026" in at('custom "rencontre" "direction"', "fonct/2026-09")
    rule = text_of(viewer, "extension/Piece/?fichier=rules/controles.yaml&ligne=3")
    assert "rules/controles.yaml, ligne 3" in rule


@pytest.mark.parametrize(
    "address",
    [
        "extension/Piece/?piece=BQ-UE-EAU-2026-9999",
        "extension/Piece/?fichier=../../../etc/passwd&ligne=1",
        "extension/Piece/?fichier=/etc/passwd&ligne=1",
        "extension/Piece/?fichier=ledger/ue-eau/2026-10.beancount&ligne=abc",
        "extension/Piece/?empreinte=0000",
    ],
)
def test_a_voucher_that_is_not_there(viewer: Viewer, address: str) -> None:
    said = text_of(viewer, address)
    assert "Cette pièce n'est pas dans les livres" in said
    assert viewer.output[-1].startswith("Grand Livre est ouvert")


def test_scans_are_served_from_their_folder_alone(viewer: Viewer, books: Path) -> None:
    kept = books.parent / "documents/ue-eau/2026-10"
    (kept / "page.html").write_text("<script>document.title='pris'</script>", encoding="utf-8")
    scan = viewer.ask("~/extension/Piece/document", chemin="ue-eau/2026-10/BQ-UE-EAU-2026-0112.pdf")
    assert scan.body.startswith(b"%PDF")
    assert scan.headers["content-disposition"].startswith("inline")
    assert "frame-ancestors 'self'" in scan.headers["content-security-policy"]
    page = viewer.ask("~/extension/Piece/document", chemin="ue-eau/2026-10/page.html")
    assert page.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in page.headers["content-security-policy"]
    for path in ("../main.beancount", "../../rules/mandats.yaml", "/etc/passwd", "ue-eau/2026-10/absent.pdf", ""):
        assert viewer.ask("~/extension/Piece/document", chemin=path).status == 404, path


@with_browser
def test_the_scan_is_shown_in_the_page(page: Any, viewer: Viewer) -> None:
    answers: list[int] = []

    def answered(answer: Any) -> None:
        if "Piece/document" in answer.url:
            answers.append(answer.status)

    page.on("response", answered)
    show(page, viewer, "extension/Piece/?piece=BQ-UE-EAU-2026-0112", 390)
    page.remove_listener("response", answered)
    assert set(answers) == {200}
    for size in SIZES:
        page.set_viewport_size(size)
        assert page.locator(".gl-scans iframe").count() == 1
        target = page.locator(".gl-main")
        assert target.get_attribute("target") == "_blank"
        assert (target.bounding_box() or {"height": 0})["height"] >= 24
    assert page.complaints == []


@with_browser
def test_reading_only_shows_no_editing(page: Any, reading: Viewer) -> None:
    show(page, reading, "journal/?time=2026-10", 1280)
    for wanted in ("#add-transaction", "#export", "editor/", "import/", "options/"):
        assert page.locator(f"a[href*='{wanted}'] >> visible=true").count() == 0, wanted
    page.keyboard.press("n")
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/editor/?time=2026-10")
    assert "lecture" in page.inner_text("body")
    assert page.locator("a[href='/']").count() == 1
    assert page.locator("dialog[open], .cm-editor").count() == 0
    page.goto(f"{reading.url}/livres/journal/?time=2026-10#add-transaction")
    page.wait_for_function("() => !location.hash && !document.querySelector('dialog[open]')")
    page.goto(f"{reading.url}/livres/journal/?time=2026-10")
    page.wait_for_load_state("networkidle")
    mark = page.locator(".journal .transaction .datecell a").first.get_attribute("href")
    touch(page, ".journal .transaction .datecell a")
    page.wait_for_selector(".gl-voucher")
    assert "éditeur" not in page.locator(".gl").inner_text()
    page.goto(f"{reading.url}/livres/trial_balance/{mark}")
    page.wait_for_selector(".gl-voucher")
    page.goto(f"{reading.url}/livres/help/")
    assert "/extension/" in page.url
    for address in ("editor/", "import/", "options/"):
        answer = page.goto(f"{reading.url}/livres/{address}")
        assert answer is not None
        assert answer.status == 403


JOURNAL = "journal/" if os.environ.get("GRANDLIVRE_LONG") else "journal/?time=2026-Q1"
"""Every kind of entry stands in the first quarter; by flag, the ten months."""
_ENGLISH = re.compile(
    r"\b(Open|Close|Pad|Query|Custom|Transaction|Entry|Entries|Loading|Journal of|Help|Import|Error|"
    r"January|February|March|April|June|July|August|October|December|accumulated|from|Last)\b"
)


@with_browser
@pytest.mark.parametrize(
    "address",
    [
        "income_statement/", "balance_sheet/", "trial_balance/", JOURNAL, "query/", "holdings/", "statistics/",
        "account/Actif:UE-EAU:52111-Banque-BDM/", "account/Actif:UE-EAU:52111-Banque-BDM/?r=changes", "documents/",
        "events/", "commodities/", "help/", "help/filters", "import/", "errors/",
    ],
)  # fmt: skip
def test_no_english_page_and_no_empty_page(page: Any, viewer: Viewer, address: str) -> None:
    show(page, viewer, address)
    page.wait_for_selector("article > *")
    said = page.evaluate(
        "() => [document.querySelector('article'), document.querySelector('aside'), document.querySelector('header')]"
        ".map(e => e.innerText).join('\\n')"
    )
    assert not _ENGLISH.search(said.replace("Open Document", "")), _ENGLISH.search(said)
    titles = page.evaluate("() => [...document.querySelectorAll('article [title]')].map(e => e.title).join('\\n')")
    assert not re.search(r"\b(Toggle|Click|Show|entries)\b", titles), titles
    assert len(page.locator("article").inner_text()) > 60
    assert page.evaluate("document.documentElement.lang") == "fr"
    offered = {each.get_attribute("href") for each in page.locator("aside a >> visible=true").all()}
    assert not any(
        f"/{gone}/" in (each or "") for each in offered for gone in ("help", "import", "events", "documents")
    )
    assert page.complaints == []


@with_browser
def test_charts_speak_french(page: Any, viewer: Viewer) -> None:
    show(page, viewer, "balance_sheet/")
    page.wait_for_selector("article svg .tick text")
    ticks = page.locator("article svg .tick text").all_text_contents()
    assert "février" in ticks
    assert any(re.fullmatch(r"[\d,]+\u00a0M", tick) for tick in ticks)


# What the pages say -------------------------------------------------------------------------------------------------


def checked(main: Path) -> list[dict[str, Any]]:
    """The findings of `grandlivre check`."""
    command = [sys.executable, "-m", "grandlivre", "check", "--ledger", str(main), "--format", "json"]
    found: list[dict[str, Any]] = json.loads(nursery.run(command).stdout)["findings"]
    return found


def test_controls_are_those_of_check(viewer: Viewer, books: Path) -> None:
    said = text_of(viewer, "extension/Controles/")
    findings = checked(books)
    assert {finding["level"] for finding in findings} == {"erreur", "alerte"}
    for finding in findings:
        for part in re.split(r"\. (?=[A-ZÀ-Ý])", finding["message"]):
            assert " ".join(part.split()).rstrip(".") in said, finding
        assert f"{finding['file']}, ligne {finding['line']}" in said
    errors = sum(finding["level"] == "erreur" for finding in findings)
    assert f"Erreurs {errors} " in said
    assert f"Alertes {len(findings) - errors} " in said
    assert "forgée.beancount:1: erreur: rien" not in "\n".join(said.splitlines()[1:])


def test_controls_can_be_filtered(viewer: Viewer) -> None:
    tills = text_of(viewer, "extension/Controles/?regle=caisse-hors-bornes&niveau=erreur")
    assert "son plafond est de" in tills
    assert "Versez" in tills
    assert "après CS-GENRE-2026-0039" not in tills
    genre = text_of(viewer, "extension/Controles/?account=GENRE&regle=caisse-hors-bornes")
    assert "après CS-GENRE-2026-0039" in genre
    assert "son plafond est de" not in genre
    assert "Aucun constat pour ce choix" in text_of(viewer, "extension/Controles/?famille=Achats&niveau=alerte")


def test_narrations_are_text(viewer: Viewer) -> None:
    page = viewer.ask("~/extension/Budget/?arbre=UE-EAU&convention=UE-2025-118&ligne=4.3").text
    assert "&lt;b&gt;Sans signature&lt;/b&gt;" in page
    assert "<b>Sans signature" not in page


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("extension/Accueil/?time=jamais", "La période n'est pas comprise : jamais"),
        ("extension/Budget/?time=2026-02-31", "La période n'est pas comprise"),
        ("extension/Banque/?account=(a%2B)%2B%24", "demanderait trop de calcul"),
        ("extension/Accueil/?account=ZZZ", "Aucun bailleur ne correspond"),
        ("extension/Banque/?account=ZZZ", "Aucun compte de banque"),
        ("extension/Budget/?time=2040", "Aucun budget n'est en vigueur"),
        ("extension/Accueil/?filter=%23etiquette", "Le filtre « #etiquette » ne s'applique pas"),
        ("extension/Rapports/rapport?modele=nul", "Ce rapport n'existe pas"),
        ("extension/Rapports/rapport?modele=balance&periode=2026-13", "Cette période ne se comprend pas"),
        ("extension/Rapports/rapport?modele=balance&periode=2026&bailleur=ZZ", "Ce bailleur n'existe pas"),
        ("extension/Rapports/rapport?modele=journal-banque&periode=2026&compte=ZZ", "Ce compte n'existe pas"),
        ("extension/Rapports/rapport?modele=balance&periode=2026&feuille=99", "Cette page n'existe pas"),
        ("extension/Rapports/rapport?modele=balance&periode=2026&ligne=AA", "n'a pas de lignes à REF"),
        ("extension/Rapports/rapport?modele=bilan&periode=2026&ligne=ZZ", "n'est pas dans l'état bilan"),
    ],
)
def test_what_cannot_be_shown_is_said_in_french(viewer: Viewer, address: str, sentence: str) -> None:
    found = viewer.ask(f"~/{address}")
    assert found.status == 200
    assert sentence in unescape(found.text)
    assert "Traceback" not in found.text
    assert viewer.output[-1].startswith("Grand Livre est ouvert")


def test_a_line_of_a_statement_leads_to_its_entries(viewer: Viewer) -> None:
    """Balance sheet → the motorbikes of line AM → their voucher's page: two touches."""
    page = unescape(viewer.ask("~/extension/Rapports/rapport?modele=bilan&periode=2026").text)
    (line,) = set(re.findall(r'href="([^"]*ligne=AM)"', page))
    listed = viewer.ask(line)
    assert listed.status == 200
    assert "OD-UE-EAU-2026-0004" in listed.text
    assert "2 300 000" in re.sub(r"[\u00a0\u202f]", " ", unescape(listed.text))
    entry = re.search(r'href="([^"]*Piece[^"]*)"', unescape(listed.text))
    assert entry is not None
    assert "OD-UE-EAU-2026-0004" in viewer.ask(entry[1]).text


def test_filters_of_fava_are_followed(viewer: Viewer) -> None:
    march = text_of(viewer, "extension/Accueil/?time=2026-03&account=GENRE")
    assert "Mars 2026" in march
    assert "L'argent au 31/03/2026" in march
    assert (
        "octobre" not in march.lower().split("d'où vient cette prévision")[0]
    )  # what comes after March is said to be planned
    assert "Fonds non dépensés" in march
    bank = text_of(viewer, "extension/Banque/?time=2026-Q3&account=GENRE")
    assert all(month in bank for month in ("Juillet 2026", "Août 2026", "Septembre 2026"))
    assert "Octobre 2026" not in bank


# Follow-up ----------------------------------------------------------------------------------------------------------


@with_browser
@pytest.mark.usefixtures("no_scan")
@pytest.mark.parametrize("card", ["gl-activites", "gl-reunions", "gl-decisions", "gl-communautes"])
def test_the_follow_up_leads_to_its_acts_and_files(page: Any, viewer: Viewer, card: str) -> None:
    show(page, viewer, "extension/Suivi/", 1280 if card in ("gl-activites", "gl-decisions") else 390)
    folded = page.locator(f"section:has(#{card}) summary")
    if folded.count():
        folded.nth(-1).click()
    own = page.locator(f"section:has(#{card}) li:has(a[href*='/document']:visible)").last
    file = own.locator("a[href*='/document']").last.get_attribute("href")
    assert page.request.get(f"{viewer.url}{file}").status == 200
    own.locator("a[href*='/Piece/?'][href*='ligne=']").last.click()
    page.wait_for_selector(".gl-voucher")
    said = page.locator(".gl-date").inner_text()
    assert said.startswith({"gl-activites": "Activité", "gl-communautes": "Organe"}.get(card, "Rencontre"))
    assert page.locator(".gl-back a").first.inner_text() == "← Suivi"
    assert page.complaints == []


@with_browser
def test_the_cost_of_an_activity_leads_to_its_entries(page: Any, viewer: Viewer) -> None:
    show(page, viewer, "extension/Suivi/?time=2026-Q3")
    cost = page.locator("a[href*='activite=A1.2']").first
    amount = cost.inner_text()
    cost.click()
    page.wait_for_selector(".gl-rows a")
    assert amount in page.locator(".gl-facts").inner_text()
    amounts = [
        int("".join(re.findall(r"[0-9]", text))) for text in page.locator(".gl-rows .gl-line b").all_inner_texts()
    ]
    assert sum(amounts) == int("".join(re.findall(r"[0-9]", amount)))
    page.locator(".gl-rows a").first.click()
    page.wait_for_selector(".gl-voucher")


def test_the_follow_up_follows_the_filters_and_says_when_it_is_empty(viewer: Viewer) -> None:
    whole = text_of(viewer, "extension/Suivi/")
    for words in ("30 sur 27 prévues", "Bureau exécutif", "objectif 50 % de femmes, à 10 points près", "G1.1"):
        assert words in whole, words
    summer = text_of(viewer, "extension/Suivi/?account=UE-EAU&time=2026-Q3")
    assert "3e trimestre 2026" in summer
    assert "Remise des kits d'hygiène, deuxième phase" in summer
    assert not re.search(r"\bG1\.1\b|Assemblée générale|Personnel", summer)
    nothing = text_of(viewer, "extension/Suivi/?account=FONCT")
    assert "Aucun programme, aucune activité et aucune réunion" in nothing
    assert "Décisions à exécuter" not in nothing
    assert "Aucun projet ne correspond" in text_of(viewer, "extension/Suivi/?account=ZZZ")


@with_browser
def test_the_first_page_says_what_is_late_first_and_whom_we_depend_on(page: Any, own: tuple[Viewer, Path]) -> None:
    viewer, main = own
    path = main.parents[1] / "ledger/ue-eau/2026-09.beancount"
    text = path.read_text(encoding="utf-8")
    moved = text.replace('2026-09-14 custom "rencontre"', '2026-09-07 custom "rencontre"')
    assert moved != text
    path.write_text(moved, encoding="utf-8", newline="\n")
    for filters in ("", "?time=2026-03"):  # whatever days are looked at, late is what is late today
        show(page, viewer, f"extension/Accueil/{filters}", 390)
        said = " ".join(page.locator("section:has(#gl-echeances)").inner_text().split())
        assert said.index("En retard") < said.index("Rapport financier") < said.index("Réunions manquées")
        assert said.index("Réunions manquées") < said.index("À venir")
        assert "Réunions manquées : UE-EAU 1 1 non tenue depuis" in said
        assert "Décision : Obtenir du bailleur" in said.split("À venir")[0]
        late, errors = (page.locator(f"#{each}").bounding_box()["y"] for each in ("gl-echeances", "gl-alertes"))
        assert late < errors
    show(page, viewer, "extension/Accueil/")
    said = " ".join(page.locator("section:has(#gl-dependance)").inner_text().split())
    assert re.search(r"Premier bailleur UE-EAU : 32,3 % des revenus", said)
    assert re.search(r"Revenus propres 18,9 % des revenus", said)
    assert re.search(r"Mois restants FONCT 2,0 jusqu'à sa fin, le 31/12/2026", said)
    for share in ("32,3", "18,9"):
        page.locator("section:has(#gl-dependance) a", has_text=share).click()
        page.wait_for_selector("#gl-ecritures")
        page.go_back()
        page.wait_for_selector("#gl-dependance")
    page.locator("section:has(#gl-echeances) a", has_text=re.compile("^UE-EAU$")).last.click()
    page.wait_for_selector("#gl-reunions")
    assert "la semaine 38 de 2026" in page.locator("section:has(#gl-reunions)").inner_text()


# Reports ------------------------------------------------------------------------------------------------------------


def report(viewer: Viewer, form: str, model: str = "suivi-budgetaire", **more: str) -> Any:
    wanted = {"modele": model, "bailleur": "UE-EAU", "periode": "2026-10", "format": form, **more}
    found = viewer.ask("~/extension/Rapports/rapport", **wanted)
    assert found.status == 200
    return found


def test_reports_are_looked_at_and_downloaded(viewer: Viewer) -> None:
    page = report(viewer, "html")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "/livres/extension/Piece/?" in page.text
    table = report(viewer, "csv")
    assert table.headers["content-disposition"] == "attachment; filename*=UTF-8''suivi-budgetaire-ue-eau-2026-10.csv"
    assert report(viewer, "xlsx").body.startswith(b"PK")
    assert report(viewer, "json").json["model"] == "suivi-budgetaire"
    sheets = report(viewer, "html", "ordre-paiement")
    assert "feuilles" in sheets.text
    assert "feuille=2" in sheets.text
    assert report(viewer, "html", "ordre-paiement", feuille="2").status == 200


def test_the_donor_s_own_workbook_is_filled_where_one_is_kept(viewer: Viewer) -> None:
    """The agency's FACE, offered beside the report that fills it; its formulas stay; another model or name is refused."""
    shown = unescape(viewer.ask("~/extension/Rapports/", account="UNICEF-EDU", periode="2026-T3").text)
    (address,) = set(re.findall(r'href="([^"]*classeur=unicef-face[^"]*)"[^>]*>Classeur unicef-face</a>', shown))
    assert "modele=face" in address
    found = report(viewer, "xlsx", "face", bailleur="UNICEF-EDU", periode="2026-T3", classeur="unicef-face")
    said = found.headers["content-disposition"]
    assert said == "attachment; filename*=UTF-8''face-unicef-edu-2026-T3-unicef-face.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(found.body))["FACE"]
    assert sheet["B6"].value is not None
    assert sheet["A12"].value
    assert any(str(cell.value).startswith("=") for row in sheet.iter_rows() for cell in row)
    for wrong in ({"model": "rapport-financier"}, {"classeur": "autre"}):
        asked = {"model": "face", "bailleur": "UNICEF-EDU", "periode": "2026-T3", "classeur": "unicef-face", **wrong}
        assert "Ce classeur n'existe pas pour ce rapport" in unescape(report(viewer, "xlsx", **asked).text)


def test_downloaded_tables_hold_no_formula_of_the_books(viewer: Viewer) -> None:
    """Row S18: a payee that begins with = stays a text."""
    account = "Actif:UE-EAU:52111-Banque-BDM"
    book = openpyxl.load_workbook(io.BytesIO(report(viewer, "xlsx", "journal-banque", compte=account).body))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert cells
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    text = report(viewer, "csv", "journal-banque", compte=account).body.decode("utf-8-sig")
    fields = [field for row in csv.reader(io.StringIO(text), delimiter=";") for field in row if "HYPERLINK" in field]
    assert fields
    assert not any(field.startswith(("=", "+", "-", "@")) for field in fields)


@with_browser
def test_the_dashboard_beside_the_reports(browser: Any, books: Path, tmp_path: Path) -> None:
    """From a file, without network: on a phone and on a screen, light and dark, and on A4."""
    words = ["report", "--all", "--bailleur", "GENRE", "--periode", "2026-10", "--format", "html"]
    made = nursery.run([sys.executable, "-m", "grandlivre", *words, "--ledger", str(books), "--out", str(tmp_path)])
    assert made.returncode == 0, made.stderr
    context = browser.new_context(offline=True)
    page = axe.watched(context)
    address = (tmp_path / "2026-10/genre/index.html").as_uri()
    assert axe.faults(page, address, inside_fava=False) == []
    said = " ".join(page.locator(".tableau").inner_text().split())
    assert "Disponible en banque et caisses 8 915 323 FCFA" in said
    assert "Avances non justifiées, 1 agent : GENRE" in said
    page.locator(".tb-argent a").first.click()
    assert "8 907 823" in page.locator("body").inner_text().replace("\u202f", " ")
    page.go_back()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 990})
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    context.close()


@with_browser
def test_a_report_is_whole_under_its_policy(page: Any, viewer: Viewer) -> None:
    address = "extension/Rapports/rapport?modele=suivi-budgetaire&bailleur=UE-EAU&periode=2026-10&format=html"
    show(page, viewer, address)
    assert page.complaints == []
    assert page.evaluate("document.fonts.size") > 0
    page.locator("td.n a").first.click()
    page.wait_for_selector(".gl-voucher")


def test_a_report_leads_back_and_prints_without_it(viewer: Viewer) -> None:
    page = report(viewer, "html")
    assert 'class="retour"><a href="/livres/extension/Rapports/?periode=2026-10&amp;account=UE-EAU"' in page.text
    assert ".pied, .retour { display: none; }" in page.text


def test_rules_are_named_in_words(viewer: Viewer) -> None:
    said = text_of(viewer, "extension/Controles/")
    assert "Double signature" in said
    assert "Dépassement budgétaire" in said
    assert "depassement-budgetaire" in said
    assert "depassement-budgetaire" not in text_of(viewer, "extension/Accueil/")


@with_browser
def test_the_content_is_one_key_away(page: Any, viewer: Viewer) -> None:
    show(page, viewer, "extension/Rapports/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.gl') !== null")


@with_browser
def test_a_pdf_opens_in_the_browser(viewer: Viewer) -> None:
    found = report(viewer, "pdf")
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["content-disposition"].startswith("inline;")
    assert found.body.startswith(b"%PDF")


# Changes, breakage, other ways to run -------------------------------------------------------------------------------


def eventually(viewer: Viewer, address: str, wanted: str) -> str:
    end = time.monotonic() + 15
    while wanted not in (said := text_of(viewer, address)):
        assert time.monotonic() < end, said[:800]
        time.sleep(0.2)
    return said


def test_changes_show_without_restart(own: tuple[Viewer, Path]) -> None:
    viewer, main = own
    october = main.parent / "genre/2026-10.beancount"
    whole, rules = october.read_bytes(), (main.parents[1] / "rules/bailleurs/genre.yaml")
    kept = rules.read_bytes()
    assert LOW in text_of(viewer, "extension/Accueil/")
    # a rule: the floor of the till falls under what it holds
    rules.write_bytes(kept.replace(b"plancher: 20 000 XOF", b"plancher: 5 000 XOF"))
    assert rules.read_bytes() != kept
    said = eventually(viewer, "extension/Accueil/", "dans les bornes 5 000 à 120 000")
    assert LOW not in said
    rules.write_bytes(kept.replace(b"plancher: 20 000 XOF", b"plancher: 20 000 XOF, }"))
    eventually(viewer, "extension/Controles/", "rules/bailleurs/genre.yaml")
    rules.write_bytes(kept)
    eventually(viewer, "extension/Accueil/", LOW)
    # an entry
    october.write_bytes(
        whole + FAULTS.replace("UE-EAU", "GENRE").replace("52111-Banque-BDM", "52113-Banque-BMS").encode()
    )
    eventually(viewer, "extension/Accueil/", "HYPERLINK")
    # a file half written
    october.write_bytes(whole[: len(whole) // 2] + b'\n2026-10-30 * "Coup')
    said = eventually(viewer, "extension/Accueil/", "Des fichiers ne se lisent pas")
    controls = text_of(viewer, "extension/Controles/")
    assert "ledger/genre/2026-10.beancount" in controls
    assert "Les livres ne peuvent pas être lus entièrement" in report(viewer, "html").text
    # what the audit refuses is not loaded: the books before stay
    october.write_bytes(whole)
    eventually(viewer, "extension/Accueil/", "Aucune erreur")
    october.write_bytes(whole + b'\nplugin "os"\n')
    controls = eventually(viewer, "extension/Controles/", "plugin")
    assert "8 907 823" in text_of(viewer, "extension/Accueil/")
    # a main file that is gone, then back
    text = main.read_bytes()
    october.write_bytes(whole)
    main.unlink()
    eventually(viewer, "extension/Accueil/", "Des fichiers ne se lisent pas")
    main.write_bytes(text)
    said = eventually(viewer, "extension/Accueil/", "Aucune erreur")
    assert "ne se lisent pas" not in said
    findings = checked(main)
    assert f"Alertes {len(findings)} " in text_of(viewer, "extension/Controles/")


def test_an_agreement_older_than_the_books_shows_no_rate_and_nothing_left(own: tuple[Viewer, Path]) -> None:
    """Until its lines say what was spent before: on the first page, on the budget and on each of its lines."""
    viewer, main = own
    rules = main.parents[1] / "rules/bailleurs/unicef-edu.yaml"
    rules.write_text(
        re.sub(r", realise-anterieur: [\d ]+ XOF", "", rules.read_text(encoding="utf-8")), encoding="utf-8"
    )
    home = text_of(viewer, "extension/Accueil/?account=UNICEF-EDU")
    budgets = home[home.index("Budgets") :]
    assert "UNICEF-EDU MLI/PCA/2025-07 — dépensé depuis l'ouverture des livres" in budgets
    whole = text_of(viewer, "extension/Budget/?account=UNICEF-EDU")
    line = text_of(viewer, "extension/Budget/?arbre=UNICEF-EDU&convention=UNICEF-2025-07&ligne=4.1")
    for said in (whole, line):
        assert "Dépensé depuis l'ouverture des livres" in said
        assert "Disponible —" in said
        assert "écrivez realise-anterieur" in said


def test_the_first_answer_after_an_edit_is_not_stale(own: tuple[Viewer, Path]) -> None:
    """Pages of ours and what Fava's own ask for alone; a voucher's file too."""
    viewer, main = own
    october = main.parent / "genre/2026-10.beancount"
    text = october.read_text(encoding="utf-8")
    for number in range(6):
        entry = (
            f'\n2026-10-30 * "Recente {number}" "Essai"\n'
            "  Charges:GENRE:6047-Fournitures  5 XOF\n  Actif:GENRE:52113-Banque-BMS\n"
        )
        october.write_text(text + entry, encoding="utf-8", newline="\n")
        if number % 2:
            journal = viewer.ask("~/api/journal_page", page="1", order="desc", filter=f'payee:"Recente {number}"')
            assert f"Recente {number}" in journal.text
        else:
            assert f"Recente {number}" in viewer.ask("~/extension/Piece/", cherche=f"Recente {number}").text
    october.write_text(text, encoding="utf-8", newline="\n")
    assert "Aucune erreur" in text_of(viewer, "extension/Accueil/")
    scan = main.parent / "documents/ue-eau/2026-10/BQ-UE-EAU-2026-0112.pdf"
    scan.unlink()
    assert "n'est pas dans le dossier" in text_of(viewer, "extension/Piece/?piece=BQ-UE-EAU-2026-0112")
    assert "n'existe pas dans documents/" in text_of(viewer, "extension/Controles/")


def test_reading_only_shows_the_same_pages(reading: Viewer) -> None:
    assert "Aucune erreur" in text_of(reading, "extension/Accueil/")
    followed = reading.ask("~/extension/Suivi/").text.split('id="ledger-data"')[0]
    assert "Activités" in followed
    assert "editor/" not in re.split(r"<article[^>]*>", followed)[1]
    assert report(reading, "csv").body
    assert reading.ask("~/extension/Rapports/rapport", "POST").status == 403


def test_plain_fava_shows_our_pages_behind_the_guard(tmp_path: Path) -> None:
    main = copy_of_books(tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "fava.cli", "-p", str(port), str(main)]
    with running(command, main.parent, slug="ani-mali-d%C3%A9monstration") as viewer:
        assert viewer.ask("/").headers["location"] == f"/{viewer.slug}/extension/Accueil/"
        assert viewer.ask("/", headers={"Host": "evil.example"}).status == 400
        for name in ("Accueil", "Aide", "Controles", "Budget", "Banque", "Piece", "Rapports", "Suivi"):
            said = text_of(viewer, f"extension/{name}/")
            assert "Une erreur interne" not in said
        assert "content-security-policy" in viewer.ask("~/extension/Accueil/").headers
        assert viewer.ask("~/api/query", query_string=f".output {tmp_path}/vole").status != 200


def test_fava_names_of_accounts_are_french() -> None:
    main = (ROOT / "ledger/main.beancount").read_text(encoding="utf-8")
    named = dict(re.findall(r'^option "(account_[a-z_]+)" "([^"]+)"', main, re.MULTILINE))
    assert set(named) == {
        "account_previous_balances",
        "account_previous_earnings",
        "account_previous_conversions",
        "account_current_earnings",
        "account_current_conversions",
        "account_unrealized_gains",
    }
    assert not any(re.search("Earnings|Conversions:|Opening|Unrealized", name) for name in named.values())
