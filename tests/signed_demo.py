"""The demonstration books, signed with its known keys and closed to October, then a little of November: what tests tamper with."""

from __future__ import annotations

import re
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest

from grandlivre.tasks import closing, signing, signing_closings, signing_rules
from grandlivre.tasks.desk import Desk, open_desk
from once import once

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from demo import keys  # noqa: E402

TODAY = date(2026, 11, 12)
NOVEMBER = "ledger/fonct/2026-11.beancount"
SIGNATORIES = ("directeur", "tresoriere")
PIECES = tuple(f"BQ-FONCT-2026-{number:04d}" for number in range(201, 207))
_PROOF = "preuve: [{depuis: 2026-11-01, valeur: visa}]"


def _payment(rank: int, piece: str) -> str:
    return f"""
2026-11-{6 + rank % 3:02d} * "Net Sahel (fictif)" "Accès à internet, facture {rank}"
  piece: "{piece}"
  signataire-1: "directeur"
  signataire-2: "tresoriere"
  mode: "cheque"
  cheque: "09100{rank}"
  facture: "F26-09{rank}"
  document: "fonct/2026-11/{piece}.pdf"
  Passif:FONCT:4011-Fournisseurs  {10_000 + 1_000 * rank} XOF
  Actif:FONCT:52114-Banque-BIM  -{10_000 + 1_000 * rank} XOF
"""


def _november(root: Path) -> None:
    folder = root / "ledger/documents/fonct/2026-11"
    folder.mkdir(parents=True, exist_ok=True)
    for piece in PIECES:
        (folder / f"{piece}.pdf").write_bytes(f"%PDF-1.4 {piece}".encode())
    path = root / NOVEMBER
    text = "".join(_payment(rank, piece) for rank, piece in enumerate(PIECES))
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8", newline="\n")


def _asked(root: Path) -> None:
    """From November, two of the rules want visas."""
    path = root / "rules/controles.yaml"
    text = re.sub(
        r"^(double-signature: \{.*)\}$", rf"\1, {_PROOF}}}", path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    text = text.replace("\nperiode-close: oui\n", f"\nperiode-close: {{{_PROOF}}}\n")
    assert text.count(_PROOF) == 2
    path.write_text(text, encoding="utf-8", newline="\n")
    (root / "rules/cles.yaml").write_text(keys.register("2026-10-16"), encoding="utf-8")


class Office:
    """The people of the demonstration at their desks, each with the known key."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.keys = {person: keys.write(folder, person) for person in keys.PEOPLE}

    def desk(self, day: date) -> Desk:
        return open_desk(self.root / "ledger/main.beancount", "sign", day)

    def _who(self, desk: Desk, person: str) -> signing.Signatory:
        return signing.signatory(desk.books, person, self.keys[person], Path.home())

    def entries(self, day: date) -> None:
        for person in SIGNATORIES:
            desk = self.desk(day)
            found = signing.batches(signing.awaiting(desk.books, person, "ecritures"))
            signing.write(desk, signing.sign(desk, self._who(desk, person), found))

    def rules(self, day: date) -> None:
        for person in ("directeur", "president"):
            desk = self.desk(day)
            signing_rules.sign(desk, self._who(desk, person), signing_rules.proposed(desk.books, person))

    def closing(self, day: date, period: str) -> None:
        for person in ("directeur", "president"):
            desk = self.desk(day)
            asked = signing_closings.proposed(desk.books, person, period)
            signing_closings.sign(desk, self._who(desk, person), asked)

    def close(self, day: date, period: str) -> None:
        """Sealed as it stands: what a closing's checklist asks for is other tests' matter."""
        desk = self.desk(day)
        closing.write(desk, closing.seal(desk.books, closing.read_period(desk.books, period), day))


@pytest.fixture(scope="session")
@once
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The rules under two keys, October's payments signed, two closings signed, then November's payments."""
    root = tmp_path_factory.mktemp("demo") / "ong"
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, root / name)
    _asked(root)
    made = Office(root, tmp_path_factory.mktemp("cles"))
    made.rules(date(2026, 10, 31))
    made.entries(date(2026, 10, 31))
    made.closing(date(2026, 10, 31), "2026-T3")
    made.close(date(2026, 11, 5), "2026-10")
    made.closing(date(2026, 11, 5), "2026-10")
    _november(root)
    made.entries(date(2026, 11, 10))
    return made
