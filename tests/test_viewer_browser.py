"""Fava's own pages under our policy, in a real Chromium: nothing blocked, nothing logged, a light first load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from viewer_bed import Viewer, first_load, serving, write_books

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")]

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

PAGES = [
    "income_statement/?time=2026-03&filter=%23lot3",
    "journal/",
    "query/?query_string=SELECT%20account,%20sum(position)%20GROUP%20BY%20account",
    "query/?query_string=PRINT",
    "holdings/by_account/",
    "documents/",
    "editor/",
    "options/",
]
"""What the pages' own tests, which ask for the same of the others over the demonstration, do not open."""


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    hostile = (
        '2026-01-04 * "Pirate" "<img src=x onerror=\'window.pris=1\'><script>window.pris=2</script>'
        "<a href='javascript:window.pris=3' id=piege>ici</a>\"\n"
        "  Expenses:Eau:604-Fournitures  5 XOF\n  Assets:Eau:521-Banque\n"
    )
    main = write_books(tmp_path_factory.mktemp("livres"), extra=hostile, months=4)
    with serving(main) as running:
        yield running


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    with playwright.sync_playwright() as tool:
        found = tool.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profil")), executable_path=str(CHROMIUM), args=ARGUMENTS, headless=True
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def tab(context) -> object:  # type: ignore[no-untyped-def]
    """One tab for all the tests: a new one takes the processor a second."""
    found = context.new_page()
    found.complaints = []
    found.on("console", lambda m: m.type == "error" and found.complaints.append(f"{m.type}: {m.text}"))
    found.on("pageerror", lambda e: found.complaints.append(f"exception: {e}"))
    found.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    return found


@pytest.fixture
def page(tab) -> object:  # type: ignore[no-untyped-def]
    """The tab, the pointer on nothing, without the complaints of the test before."""
    tab.mouse.move(0, 0)
    tab.complaints.clear()
    return tab


@pytest.mark.parametrize("address", PAGES)
def test_no_complaint(viewer: Viewer, page, address: str) -> None:  # type: ignore[no-untyped-def]
    page.set_default_timeout(30_000)
    page.goto(f"{viewer.url}/livres/{address}")
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("article > *")
    assert page.complaints == []


def test_first_load_is_light(viewer: Viewer, context) -> None:  # type: ignore[no-untyped-def]
    assert 50_000 < sum(first_load(context.new_page(), viewer)) <= 300_000


def test_script_in_a_narration_does_not_run(viewer: Viewer, page) -> None:  # type: ignore[no-untyped-def]
    page.goto(f"{viewer.url}/livres/journal/?filter=payee:Pirate")
    page.wait_for_selector("text=Pirate")
    page.wait_for_timeout(300)
    assert page.locator("#piege, article img[src=x]").count() == 0
    assert "<script>window.pris=2</script>" in page.locator("article").inner_text()
    assert page.evaluate("window.pris") is None
    assert page.complaints == []


SHOWS = {"facture.pdf": "object", "photo.png": "img", "page.html": "iframe", "dessin.svg": "img"}


@pytest.mark.parametrize("name", SHOWS)
def test_documents_page_previews_safely(viewer: Viewer, page, name: str) -> None:  # type: ignore[no-untyped-def]
    page.goto(f"{viewer.url}/livres/documents/")
    page.locator(f"text={name}").first.click()
    page.wait_for_selector(f"article {SHOWS[name]}", state="attached")
    page.wait_for_timeout(300)  # for a script to run in
    assert page.title() != "pris"
    # Fava previews a PDF as a plug-in, which the policy refuses; its link opens the browser's own reader.
    assert all("object-src" in complaint for complaint in page.complaints)
    assert not page.complaints or name.endswith(".pdf")
