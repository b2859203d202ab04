"""A day of two people who use no mouse: a figure followed to its scan, a payment prepared, signed, another refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import axe
from access_bed import PASSWORD, serving_people, write_accounts
from signed_books import keys
from signing import Keys
from signing_bed import ARGUMENTS, CHROMIUM, PREPARED, Phone, accept, awaiting_books
from small_books import ready
from viewer_bed import Viewer

__all__ = ["keys", "ready"]
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")]
_FAR = 200


@pytest.fixture(scope="module")
def root(ready: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books with payments that wait, and a paper that waits for its entry."""
    found = awaiting_books(ready, keys, tmp_path_factory.mktemp("clavier") / "ong")
    queue = found / "ledger/documents/arrivee"
    queue.mkdir(parents=True)
    (queue / "facture.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    return found


@pytest.fixture(scope="module")
def viewer(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """The served books, with the accounts of the accountant and of the director."""
    people = {"kadi": ("comptable", "comptable"), "awa": ("direction", "directeur")}
    accounts = write_accounts(tmp_path_factory.mktemp("acces") / "acces.json", people)
    with serving_people(root / "ledger/main.beancount", accounts) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as tool:
        made = tool.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield made
        made.close()


def tab_to(page: Any, wanted: str) -> None:
    """Presses Tab until that is reached, seen by its outline."""
    for _ in range(_FAR):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"Tab does not reach {wanted}")


def follow(page: Any, wanted: str, there: str) -> None:
    """Reaches a link, opens it, waits for what stands there."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")
    page.wait_for_selector(there)


def logged_in(browser: Any, viewer: Viewer, person: str, name: str) -> Phone:
    phone = Phone(browser, viewer, person)
    phone.page.goto(f"{phone.origin}/")
    phone.page.wait_for_selector("[name=nom]:focus")
    phone.page.keyboard.type(name)
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.type(PASSWORD)
    phone.page.keyboard.press("Enter")
    phone.page.wait_for_selector(".gl-tabs")
    return phone


def written(path: Path, text: str) -> str:
    """What a file holds once it holds a text."""
    end = time.monotonic() + 30
    while text not in (found := path.read_text(encoding="utf-8")):
        assert time.monotonic() < end, found[-600:]
        time.sleep(0.1)
    return found


def test_from_a_figure_to_a_signature(browser: Any, viewer: Viewer, root: Path) -> None:
    accountant = logged_in(browser, viewer, "comptable", "kadi")
    page = accountant.page
    axe.without_scans(page)  # that a scan is shown in the page is proved with the pages
    follow(page, ".gl-treasury td a", ".gl-page")
    follow(page, "a[href*='BQ-FONCT-2026-0001']", ".gl-voucher")
    assert page.locator(".gl-scanned iframe, .gl-scanned object, .gl-scanned img, .gl-scanned embed").count()
    follow(page, ".gl-tabs a[href*='/Saisir/']", "#gl-formulaire [name=beneficiaire]")
    follow(page, "a[href*='genre=paiement'][data-take], a.gl-take", "#gl-formulaire [name=beneficiaire]")
    for name, said in (
        ("beneficiaire", "Papeterie du Fleuve"),
        ("libelle", "Encre"),
        ("montant", "12000"),
        ("ligne", "1.1"),
        ("mode", "Vir"),
        ("ordre", "OV-9"),
    ):
        tab_to(page, f"#gl-formulaire [name={name}]")
        page.keyboard.type(said)
    with page.expect_response(lambda answer: answer.url.endswith("/grandlivre/saisie") and answer.status == 200):
        page.keyboard.press("Control+Enter")
    piece = "BQ-FONCT-2026-0007"
    page.wait_for_selector(f"#gl-ecrit:has-text('{piece}')")
    november = root / "ledger/fonct/2026-11.beancount"
    entry = written(november, f'piece: "{piece}"')
    assert ' ! "Papeterie du Fleuve"' in entry[: entry.index(piece)]
    assert accountant.complaints == []
    page.context.close()

    director = logged_in(browser, viewer, "directeur", "awa")
    page = director.page
    follow(page, ".gl-tabs a[href*='/ASigner/']", ".gl-tosign[data-ready]")
    tab_to(page, "[data-enrol]")
    page.keyboard.press("Enter")
    director.page.locator(".gl-made:not([hidden])").wait_for()
    accept(root, str(page.locator(".gl-row").inner_text()))
    page.reload()
    page.wait_for_selector(".gl-tosign[data-ready]")
    tab_to(page, f'[data-object="{piece}"] button[data-sign]')
    page.keyboard.press("Enter")
    assert director.status() == "1 pièce signée par D. Deux (directeur)."
    assert 'signataire-1: "directeur"' in written(november, 'signataire-1: "directeur"')
    director.card(piece).wait_for(state="detached")
    tab_to(page, f'[data-object="{PREPARED[0]}"] .gl-refuse summary')
    page.keyboard.press("Enter")
    tab_to(page, f'[data-object="{PREPARED[0]}"] textarea')
    page.keyboard.type("La facture n'est pas au bon nom")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert director.status() == "1 pièce refusée par D. Deux (directeur)."
    assert director.complaints == []
    page.context.close()
