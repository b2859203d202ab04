"""Two years of three trees as an accountant types them, before any entry of the year's end: models A and B, and FONCT.

Amounts in whole francs; no share of funds is booked. What they must give is argued in `test_entries_year.py`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

NAMES = """\
option "name_assets" "Actif"
option "name_liabilities" "Passif"
option "name_equity" "Capitaux"
option "name_income" "Produits"
option "name_expenses" "Charges"
"""
MAIN = f"""\
{NAMES}option "title" "ONG"
option "operating_currency" "XOF"
option "inferred_tolerance_default" "XOF:0.5"
plugin "grandlivre.checks" "../rules"
2026-01-01 commodity XOF
  precision: 0
include "eau/*.beancount"
include "edu/*.beancount"
include "fonct/*.beancount"
"""
ORGANISATION = """\
sigle: ONG
nom: "ONG d'essai"
exercices:
  - {du: 2026-01-01, au: 2026-12-31}
  - {du: 2027-01-01, au: 2027-12-31}
revenus-propres: [701]
"""
DONOR = """\
code: {code}
nom: "Bailleur {code}"
comptes: {{banque: "Actif:{code}:5211-Banque"}}
conventions:
  - {{id: {id}, du: 2026-01-01, au: 2027-12-31, financement: {model}, adoptee-le: 2025-12-12}}
"""
MODELS = {
    "EAU": ("UE-1", "fonds-administration"),
    "EDU": ("UN-1", "fonds-affectes"),
    "FONCT": ("F-1", "ressources-propres"),
}
ACCOUNTS = {
    "EAU": ("Actif:EAU:5211-Banque", "Actif:EAU:2442-Informatique", "Passif:EAU:462-Fonds", "Capitaux:EAU:162-Fonds",
            "Charges:EAU:6047-Fournitures", "Charges:EAU:6384-Missions", "Charges:EAU:6318-Frais", "Charges:EAU:6611-Salaires",
            "Produits:EAU:702-Quote-part"),
    "EDU": ("Actif:EDU:5211-Banque", "Capitaux:EDU:165-Fonds", "Charges:EDU:6277-Ateliers", "Charges:EDU:6011-Kits"),
    "FONCT": ("Actif:FONCT:5211-Banque", "Charges:FONCT:6222-Loyer", "Charges:FONCT:6055-Fournitures",
              "Produits:FONCT:701-Cotisations", "Produits:FONCT:771-Interets"),
}  # fmt: skip
MOVES = {
    # 3 000 000 for investments and 7 000 000 for running costs; a computer of 1 800 000 takes nothing from 162
    "EAU": ("2026-01-10 162 -3000000 462 -7000000", "2026-02-05 2442 1800000", "2026-02-20 6047 400000", "2026-03-12 6384 250000",
            "2026-11-30 6318 1500", "2026-12-15 6611 900000", "2027-01-20 6047 100000"),
    "EDU": ("2026-01-15 165 -5000000", "2026-04-06 6277 700000", "2026-12-20 6011 300000", "2027-02-03 6011 50000"),
    "FONCT": ("2026-01-05 701 -2000000", "2026-06-01 6222 600000", "2026-08-14 6055 150000", "2026-10-02 771 -10000",
              "2027-02-10 701 -800000"),
}  # fmt: skip
ASSEMBLY = """
2027-03-28 custom "rencontre" "ag" "Assemblée générale ordinaire"
  presents: "president"
  adopte: "comptes-2026"
"""


def make(root: Path) -> Path:
    """Writes the books under a folder; returns their entry point."""
    (root / "rules/bailleurs").mkdir(parents=True)
    (root / "rules/organisation.yaml").write_text(ORGANISATION, encoding="utf-8")
    shutil.copy(ROOT / "rules/plan-comptable.yaml", root / "rules")
    (root / "ledger").mkdir()
    (root / "ledger/main.beancount").write_text(MAIN, encoding="utf-8")
    for code, (agreement, model) in MODELS.items():
        said = DONOR.format(code=code, id=agreement, model=model)
        (root / f"rules/bailleurs/{code.lower()}.yaml").write_text(said, encoding="utf-8")
        folder = root / "ledger" / code.lower()
        folder.mkdir()
        opens = "".join(f"2026-01-01 open {name} XOF\n" for name in ACCOUNTS[code])
        (folder / "comptes.beancount").write_text(f"{NAMES}\n{opens}", encoding="utf-8")
        for year in ("2026", "2027"):
            moves = [line for line in MOVES[code] if line.startswith(year)]
            texts = (_entry(code, line.split(), rank) for rank, line in enumerate(moves, 1))
            (folder / f"{year}-01.beancount").write_text(f"{NAMES}\n{''.join(texts)}", encoding="utf-8")
    with (root / "ledger/fonct/2027-01.beancount").open("a", encoding="utf-8") as file:
        file.write(ASSEMBLY)
    return root / "ledger/main.beancount"


def _entry(code: str, words: list[str], rank: int) -> str:
    """A receipt or a payment of the tree's bank: its day, then each account and what it moves."""
    day, legs = words[0], list(zip(words[1::2], map(int, words[2::2]), strict=True))
    named = [(next(name for name in ACCOUNTS[code] if f":{number}-" in name), units) for number, units in legs]
    bank = -sum(units for _, units in named)
    rows = "".join(f"  {name} {units} XOF\n" for name, units in [(f"Actif:{code}:5211-Banque", bank), *named])
    return f'{day} * "Tiers" "Opération"\n  piece: "BQ-{code}-{day[:4]}-{rank:04d}"\n{rows}\n'
