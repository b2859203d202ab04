"""Writes the visas of the marked ledgers `tests/checks/visa*`: `python tests/visa_marks.py`, after their entries changed.

Its keys come from a fixed seed (`signing.seeded`): anybody can sign with them, so they prove nothing but the rule.
What must be said of a visa stands beside it, in `<visa>.marques`.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from beancount import loader

from grandlivre.books.index import build
from grandlivre.books.signed import signables
from grandlivre.policy.loading import load_policy
from grandlivre.proof.visa import Signed, Visa, digest_of
from signing import SoftKey, seeded

ROOT = Path(__file__).parent / "checks" / "visa"
AUTHORISED = ROOT.with_name("visa-autorisation")
BOOKS = "6f0c1e9d5a7b4c3d8e2f1a0b9c8d7e6f"
PEOPLE = ("directeur", "tresoriere")


def keys() -> str:
    rows = [f'  - {{personne: {who}, cle: "{seeded(who).public}", du: 2026-01-01, au: 2026-06-30}}\n' for who in PEOPLE]
    return (
        "# Clés d'exemple, tirées d'une graine connue (tests/signing.py) : elles ne prouvent rien.  # erreur: regles-visees personne n'a signé\ncles:\n"
        + "".join(rows)
    )


class Desk:
    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "rules/cles.yaml").write_text(keys(), encoding="utf-8", newline="\n")
        shutil.rmtree(root / "ledger/visas", ignore_errors=True)
        entries, _, options = loader.load_file(str(root / "ledger/main.beancount"))
        self.books = build(entries, options, load_policy(root / "rules"))
        self.last: dict[str, str] = {}

    def visa(self, person: str, day: date, piece: str, digest: str = "") -> Visa:
        found = self.books.vouchers(piece)
        digest = digest or signables(self.books).entry(found[0]).digest
        key = "SHA256:" + _fingerprint(seeded(person))
        previous = self.last.get(person, "-")
        return Visa(BOOKS, "ecritures", day, previous, (Signed(digest, piece),), "EAU", person, key)

    def keep(self, visa: Visa, rank: int = 1, mark: str = "", signature: bytes = b"") -> Path:
        folder = self.root / f"ledger/visas/ecritures/{visa.date:%Y-%m}"
        path = folder / f"{visa.date}-{visa.person}-{rank}.visa"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(visa.content)
        signed = path.with_name(f"{path.name}.{visa.person}.sig")
        signed.write_bytes(signature or seeded(visa.person).sign(visa.content))
        if mark:
            beside = signed if mark.startswith("sig ") else path
            line, words = mark.removeprefix("sig ").split(" ", 1)
            beside.with_name(f"{beside.name}.marques").write_text(f"{line} ; erreur: visa {words}\n", encoding="utf-8")
        self.last[visa.person] = digest_of(visa.content)
        return path


def _fingerprint(key: SoftKey) -> str:
    import base64
    import hashlib

    return base64.b64encode(hashlib.sha256(key.blob).digest()).decode().rstrip("=")


def main() -> None:
    desk = Desk(ROOT)
    gone = f"sha256:{'0' * 64}"
    desk.keep(desk.visa("directeur", date(2026, 2, 3), "BQ-EAU-2026-0001"))
    # the last day of a key is valid, the day after is not
    desk.keep(desk.visa("directeur", date(2026, 6, 30), "BQ-EAU-2026-0002"))
    desk.keep(desk.visa("directeur", date(2026, 7, 1), "BQ-EAU-2026-0002"), mark="sig 1 sa clé a expiré le 30/06/2026")
    desk.keep(desk.visa("tresoriere", date(2026, 2, 4), "BQ-EAU-2026-0001"))
    desk.keep(
        desk.visa("tresoriere", date(2026, 2, 5), "BQ-EAU-2026-0009", gone), mark="9 les livres n'en ont plus rien"
    )
    other = desk.visa("tresoriere", date(2026, 2, 6), "BQ-EAU-2026-0002")
    signature = seeded("tresoriere").sign(other.content + b"\n")
    desk.keep(other, mark="sig 1 ne correspond pas au texte", signature=signature)
    back = desk.visa("tresoriere", date(2026, 1, 31), "BQ-EAU-2026-0001")
    desk.keep(back, mark="7 ne s'antidate pas")
    desk = Desk(AUTHORISED)
    desk.keep(desk.visa("tresoriere", date(2026, 2, 2), "BQ-EAU-2026-0002"))


if __name__ == "__main__":
    main()
