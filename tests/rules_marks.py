"""Signs the rules of the marked ledgers `tests/checks/regles-visees-*`: `python tests/rules_marks.py`, after their files changed.

Their keys come from a fixed seed (`signing.seeded`): anybody can sign with them, so they prove nothing but the rule. A version is
what the files of the organisation were before some edits, which are undone here in a copy; what must be said of it stands beside
it, in `<visa>.marques`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from grandlivre.policy.guarded import guarded, main_digest
from grandlivre.proof.signature import WITNESS
from grandlivre.proof.visa import Signed, Visa, digest_of
from signing import seeded

ROOM = Path(__file__).parent / "checks"
BOOKS = "6f0c1e9d5a7b4c3d8e2f1a0b9c8d7e6f"
GUARDIANS = ("directeur", "tresoriere")
ATTESTING = "cabinet"
MAIN = "ledger/main.beancount"


class Chain:
    """The versions of one chain of an organisation."""

    def __init__(self, name: str, folder: str = "regles", replaces: str = "") -> None:
        self.root = ROOM / name
        self.folder = self.root / "ledger/visas" / folder
        self.replaces = replaces
        self.last = "-"
        self.number = 0
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def version(
        self,
        day: date,
        *signers: str,
        was: Mapping[str, str | None] = MappingProxyType({}),
        said: str = "",
        witnessed: bool = False,
    ) -> str:
        """Signs the files as they were: `was` says, by name, the text of each that was another, None where it was not there."""
        self.number += 1
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copytree(self.root, Path(folder) / "ong"))
            for name, text in was.items():
                if text is None:
                    (copy / name).unlink()
                else:
                    (copy / name).write_text(text, encoding="utf-8", newline="\n")
            body = tuple(sorted(Signed(digest, name) for name, digest in guarded(copy).items()))
            main = main_digest(copy / MAIN)
        replaces = self.replaces if self.number == 1 else ""
        visa = Visa(
            BOOKS, "regles", day, self.last, body, number=self.number, replaces=replaces, program=">= 0.1", main=main
        )
        path = self.folder / f"{self.number:04d}.visa"
        path.write_bytes(visa.content)
        for who in signers:
            path.with_name(f"{path.name}.{who}.sig").write_bytes(seeded(who).sign(visa.content))
        if witnessed:
            witness = seeded(ATTESTING)
            witness.namespace = WITNESS
            path.with_name(f"{path.name}.{ATTESTING}.sig").write_bytes(witness.sign(visa.content))
        if said:
            mark = f"1 ; erreur: regles-visees {said}\n"
            path.with_name(f"{path.name}.marques").write_text(mark, encoding="utf-8", newline="\n")
        self.last = digest_of(visa.content)
        return self.last


def write_keys(name: str, mark: str = "") -> None:
    rows = [f'  - {{personne: {who}, cle: "{seeded(who).public}", du: 2026-01-01}}' for who in GUARDIANS]
    head = f"# Clés d'exemple, tirées d'une graine connue (tests/signing.py) : elles ne prouvent rien.{mark}"
    witness = f'temoins: [{{nom: Cabinet, cle: "{seeded(ATTESTING).public}", du: 2026-01-01}}]'
    guard = "politique: {gardiens: [directeur, tresoriere], seuil: 2}"
    text = "\n".join([head, "cles:", *rows, witness, guard, ""])
    (ROOM / name / "rules/cles.yaml").write_text(text, encoding="utf-8", newline="\n")


def edited(name: str, file: str, old: str, new: str) -> str:
    """A file of an organisation with something else in it."""
    text = (ROOM / name / file).read_text(encoding="utf-8")
    assert old in text, (name, file, old)
    return text.replace(old, new)


def files() -> None:
    """One version; since then a file has changed, one came, one went. Closings and reports name it, or another one."""
    name = "regles-visees-fichiers"
    went = "rules/fournisseurs.yaml, signé le 10/01/2026 (version 0001), n'est plus là"
    write_keys(name, f"  # erreur: regles-visees {went}")
    mandates = edited(name, "rules/mandats.yaml", "nom: A. Traoré Keita", "nom: A. Traoré")
    was = {"rules/mandats.yaml": mandates, "rules/taux.yaml": None, "rules/fournisseurs.yaml": "fournisseurs: []\n"}
    signed = Chain(name).version(date(2026, 1, 10), *GUARDIANS, was=was)
    main = ROOM / name / MAIN
    text = re.sub(r'"0001 sha256:[0-9a-f]{64}"', f'"0001 {signed}"', main.read_text(encoding="utf-8"))
    main.write_text(text, encoding="utf-8", newline="\n")


def waiting() -> None:
    """A second version that one guardian signed: of it, only the lines of the entry point are new."""
    name = "regles-visees-attente"
    write_keys(name)
    chain = Chain(name)
    before = edited(name, MAIN, 'option "render_commas" "TRUE"\n', "")
    chain.version(date(2026, 1, 10), *GUARDIANS, was={MAIN: before})
    chain.version(date(2026, 1, 20), "directeur", said="La version 0002 est signée par directeur")


def replaced() -> None:
    """A chain that replaced another by decision of the assembly, and one that did without."""
    name = "regles-visees-chaines"
    write_keys(name)
    first = Chain(name).version(date(2026, 1, 10), *GUARDIANS)
    second = Chain(name, "regles-2", first).version(date(2026, 1, 15), *GUARDIANS, witnessed=True)
    said = "Cette chaîne des règles remplace celle qui finit le 15/01/2026, et aucun procès-verbal d'assemblée générale daté de ce jour-là au 20/01/2026"
    Chain(name, "regles-3", second).version(date(2026, 1, 20), *GUARDIANS, witnessed=True, said=said)


if __name__ == "__main__":
    files()
    waiting()
    replaced()
