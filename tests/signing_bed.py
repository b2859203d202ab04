"""Small books that await signatures, a server over them, and phones of software that sign in a real Chromium."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe
from signing import Keys
from viewer_bed import Viewer, running

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
TODAY = "2026-02-10"
PREPARED = ("BQ-FONCT-2026-0003", "BQ-FONCT-2026-0004", "BQ-FONCT-2026-0005", "BQ-FONCT-2026-0006")
"""Payments that are only prepared: nobody is named."""
GUARD = "politique: {gardiens: [directeur, tresorier, comptable], seuil: 2}"


def prepared(piece: str, amount: int, payee: str = "Papeterie du Fleuve", day: str = "2026-02-05") -> str:
    """A payment « à signer », with its document."""
    return (
        f'\n{day} ! "{payee}" "Cahiers et registres"\n  piece: "{piece}"\n  mode: "virement"\n  ordre: "{piece[-2:]}"\n'
        f'  ligne: "1.1"\n  document: "fonct/{piece}.pdf"\n'
        f"  Charges:FONCT:6055-Fournitures-de-bureau  {amount} XOF\n  Actif:FONCT:52111-Banque\n"
    )


def february(root: Path) -> Path:
    return root / "ledger/fonct/2026-02.beancount"


def awaiting_books(ready: Path, keys: Keys, root: Path) -> Path:
    """A copy of the small books with February's payments to sign; the people have keys of their own."""
    shutil.copytree(ready, root)
    (root / "rules/cles.yaml").write_text(keys.yaml(), encoding="utf-8")
    donor = root / "rules/bailleurs/fonct.yaml"
    head, mark, tail = donor.read_text(encoding="utf-8").partition("    # budget:\n")
    lines = [line.replace("    # ", "    ", 1) for line in f"{mark}{tail}".splitlines()[:5]]
    donor.write_text(head + "\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    january = (root / "ledger/fonct/2026-01.beancount").read_text(encoding="utf-8")
    head = january[: january.index("\n2026-01-02 custom")]
    days = ("2026-02-05", "2026-02-05", "2026-02-05", "2026-02-14")  # the last one is prepared for later
    rows = [prepared(piece, 25_000 + 10_000 * rank, day=days[rank]) for rank, piece in enumerate(PREPARED)]
    february(root).write_text(head.replace("janvier", "février") + "".join(rows), encoding="utf-8", newline="\n")
    for rank, piece in enumerate(PREPARED):
        content = b"%PDF-1.4 piece " + str(rank).encode()
        (root / f"ledger/documents/fonct/{piece}.pdf").write_bytes(content)
    return root


@contextmanager
def served(root: Path, *options: str) -> Iterator[Viewer]:
    """The command that directors' machines run."""
    main = root / "ledger/main.beancount"
    words = [sys.executable, "-m", "grandlivre", "serve", "--ledger", str(main), "--port", "0", "--sans-navigateur"]
    with running([*words, "--today", TODAY, *options], main.parent) as viewer:
        yield viewer


class Phone:
    """A page on somebody's phone; its authenticator is made of software."""

    def __init__(self, browser: Any, viewer: Viewer, person: str) -> None:
        self.person = person
        self.viewer = viewer
        self.page = axe.watched(browser.new_context(viewport={"width": 390, "height": 844}))
        self.page.set_default_timeout(20_000)
        self.tool = self.page.context.new_cdp_session(self.page)
        self.tool.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.authenticator = self.tool.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    @property
    def complaints(self) -> list[str]:
        """What the console and the policy complain of."""
        return self.page.complaints  # type: ignore[no-any-return]

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.viewer.port}"

    def open(self, person: str = "") -> None:
        self.page.goto(f"{self.origin}/livres/extension/ASigner/?personne={person or self.person}")
        self.page.wait_for_selector(".gl-tosign[data-ready]")

    def enrol(self) -> str:
        """The line that the page proposes for this phone."""
        self.open()
        self.page.locator("[data-enrol]").click()
        self.page.locator(".gl-made:not([hidden])").wait_for()
        return str(self.page.locator(".gl-row").inner_text())

    def status(self) -> str:
        """What the page says once something came of an act."""
        self.page.wait_for_function(
            "() => { const s = document.querySelector('.gl-tosign[data-ready]:not([aria-busy]) .gl-status:not([hidden])');"
            " return s && !s.textContent.startsWith('Confirmez'); }"
        )
        return " ".join(re.split(r"\s+", self.page.locator(".gl-status").inner_text()))

    def card(self, piece: str) -> Any:
        return self.page.locator(f'.gl-piece[data-object="{piece}"]')

    def press(self, piece: str) -> str:
        self.card(piece).locator("button[data-sign]").click()
        return self.status()


def accept(root: Path, *lines: str) -> None:
    """Writes proposed keys under `cles:`, as whoever keeps the rules does."""
    path = root / "rules/cles.yaml"
    text = path.read_text(encoding="utf-8")
    rows = "".join(f"  {line}\n" for line in lines)
    path.write_text(text.replace("cles:\n", f"cles:\n{rows}", 1), encoding="utf-8", newline="\n")
