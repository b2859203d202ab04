"""Small books of four trees, fresh from `init`, that are filled through the forms of guided entry alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from grandlivre.cli import cli
from grandlivre.tasks.desk import open_desk
from grandlivre.tasks.guided import Draft, Entered, enter, prepare

FOUND = (
    "--oui",
    "--nom=Sini Kɛnɛya, association (fictif)",
    "--sigle=SINI",
    "--exercice=2026",
    "--arbre=EAU:Union européenne (fictif):fonds-administration:BE",
    "--arbre=EDU:Fonds pour l'école (fictif):fonds-affectes:SN",
    "--arbre=GENRE:Coopération du Nord (fictif):subvention-exploitation:NO",
    "--convention=EAU:UE/2026/7:2026-01-01:2027-12-31:100000 EUR",
    "--convention=EDU:FE-12:2026-01-01:2026-12-31:20000000",
    "--convention=GENRE:CN-3:2026-01-01:2026-12-31:18000000",
    *(
        f"--banque={tree}:{bank}"
        for tree, bank in (("EAU", "BDM"), ("EDU", "BNDA"), ("GENRE", "BMS"), ("FONCT", "BIM"))
    ),
    "--caisse=EAU:caissier",
    "--caisse=EDU:non",
    "--caisse=GENRE:non",
    "--caisse=FONCT:caissier",
    "--mobile=EDU:Orange Money",
    "--personne=directrice:A. Diallo (fictif):Directrice:direction",
    "--personne=presidente:M. Keïta (fictif):Présidente:bureau-executif",
    "--personne=tresorier:B. Coulibaly (fictif):Trésorier:bureau-executif",
    "--personne=comptable:S. Traoré (fictif):Comptable:appui",
    "--personne=caissier:Y. Sangaré (fictif):Caissier:appui",
    "--personne=chef-eau:O. Guindo (fictif):Chef de projet eau:programme",
)
BUDGET = """\
    adoptee-le: 2026-01-01
    budget:
      - code: "2"
        libelle: "Activités et bureau"
        lignes:
          - {code: "2.1", libelle: "Missions", unite: mission, quantite: 10, cout-unitaire: 600 000 XOF, comptes: [6384, 6181]}
          - {code: "2.2", libelle: "Fournitures", unite: mois, quantite: 24, cout-unitaire: 150 000 XOF, comptes: [6055, 6047]}
          - {code: "2.3", libelle: "Loyer", unite: mois, quantite: 24, cout-unitaire: 160 000 XOF, comptes: [6222]}
          - {code: "2.4", libelle: "Frais de banque", unite: mois, quantite: 24, cout-unitaire: 10 000 XOF, comptes: [631]}
"""
SIGNED = ["directrice", "presidente"]
TREES = ("EAU", "EDU", "GENRE", "FONCT")


def found(root: Path, words: Sequence[str] = FOUND) -> Path:
    """New books with a budget for each donor; the entry point."""
    made = CliRunner().invoke(cli, ["init", str(root), *words])
    assert made.exit_code == 0, made.output
    for path in (root / "rules/bailleurs").glob("*.yaml"):
        if path.stem == "fonct":
            continue
        lines = path.read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if not line.startswith("    adoptee-le")]
        at = next(rank for rank, line in enumerate(kept) if line.startswith("    financement:"))
        kept = [*kept[: at + 1], BUDGET.rstrip("\n"), *kept[at + 1 :]]
        path.write_text("\n".join(kept), encoding="utf-8", newline="\n")
    return root / "ledger/main.beancount"


class Accountant:
    """Somebody who fills forms in, one after another."""

    def __init__(self, main: Path, today: date) -> None:
        self.main = main
        self.today = today
        self.papers = 0

    def paper(self) -> str:
        """A paper of its own, in the folder of documents."""
        path = self._next()
        while path.exists():
            path = self._next()
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"%PDF-1.4 " + f"{self.papers}".encode() * self.papers + b"\n%%EOF\n")
        return path.name

    def _next(self) -> Path:
        self.papers += 1
        return self.main.parent / f"documents/papier-{self.papers:04d}.pdf"

    def tries(self, genre: str, /, **fields: Any) -> Draft:
        """What a form would write."""
        return prepare(open_desk(self.main, "essai", self.today), genre, _named(fields))

    def enters(self, genre: str, /, token: str = "", **fields: Any) -> Entered:
        """Writes a form."""
        fields.setdefault("document-pv" if genre == "marche" else "document", self.paper())
        return enter(self.main, genre, _named(fields), token=token, today=self.today)


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    """Python's `montant_devise` is the form's `montant-devise`."""
    return {name.replace("_", "-"): value for name, value in fields.items() if value is not None}


def open_year(who: Accountant) -> None:
    """What the year begins with: budgets adopted, money received, a till filled."""
    who.enters("rencontre", date="2026-01-02", organe="bureau", objet="Budgets de l'année", femmes=1, hommes=1,
               presents=["presidente", "tresorier"], adopte=["FONCT-2026", *who_adopts(who)])  # fmt: skip
    who.enters("recette", bailleur="EAU", date="2026-01-05", de="Union européenne (fictif)", nature="tranche",
               montant=13_119_140, montant_devise="20 000 EUR")  # fmt: skip
    who.enters("recette", bailleur="EDU", date="2026-01-05", de="Fonds pour l'école (fictif)", nature="tranche",
               montant="8 000 000")  # fmt: skip
    who.enters("recette", bailleur="GENRE", date="2026-01-05", de="Coopération du Nord (fictif)", nature="tranche",
               montant="7 000 000")  # fmt: skip
    who.enters("recette", bailleur="FONCT", date="2026-01-05", de="Pharmacie du Fleuve (fictif)", nature="don",
               montant=900_000)  # fmt: skip
    who.enters("reapprovisionnement", bailleur="EAU", date="2026-01-06", montant=140_000, cheque="0000001",
               signataires=SIGNED)  # fmt: skip


def who_adopts(who: Accountant) -> list[str]:
    """The agreements of the donors."""
    books = open_desk(who.main, "essai", who.today).books
    return sorted(each.id for tree in ("EAU", "EDU", "GENRE") for each in books.tree_agreements(tree))
