"""`grandlivre count`: what is counted, what the books expect, what is written."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import _terminal, cli
from grandlivre.inspection import inspect
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.counting import denominations, difference, expected, find_till
from test_reconcile import NAMES, changes, texts

RULES = Path(__file__).resolve().parent.parent / "rules"
TILL = "Actif:EAU:5711-Caisse"
PEOPLE = """\
personnes:
  caissiere: {nom: "T. Kassogué (fictif)", fonction: Caissière}
  comptable: {nom: "P. Kanté (fictif)", fonction: Comptable}
  secretaire: {nom: "J. Maïga (fictif)", fonction: Secrétaire}
mandats: []
"""
DONOR = f"""\
code: EAU
nom: Eau
comptes:
  caisses: [{{compte: "{TILL}", caissier: caissiere, bornes: [{{depuis: 2026-01-01, plancher: 25 000 XOF, plafond: 150 000 XOF}}]}}]
conventions: []
"""
MONTH = f"""\
{NAMES}
2026-03-02 * "Banque" "Réapprovisionnement"
  piece: "CS-EAU-2026-0001"
  {TILL}   100000 XOF
  Actif:EAU:585-Virements

2026-03-06 * "Photocopie" "Registres"
  piece: "CS-EAU-2026-0002"
  Charges:EAU:6055-Fournitures   12500 XOF
  {TILL}

2026-03-20 * "Gargote" "Repas"
  piece: "CS-EAU-2026-0003"
  Charges:EAU:6055-Fournitures   7500 XOF
  {TILL}
"""
WHO = ("--heure", "17:30", "--controleur", "comptable", "--temoin", "secretaire")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Small books with one till that holds 80 000 francs."""
    for folder in ("rules/bailleurs", "ledger/eau"):
        (tmp_path / folder).mkdir(parents=True)
    files = {
        "rules/organisation.yaml": "sigle: ANI-Mali\nexercices: [{du: 2026-01-01, au: 2026-12-31}]\n",
        "rules/mandats.yaml": PEOPLE,
        "rules/bailleurs/eau.yaml": DONOR,
        "ledger/main.beancount": f'{NAMES}plugin "grandlivre.checks" "../rules"\ninclude "eau/*.beancount"\n',
        "ledger/eau/comptes.beancount": f"{NAMES}2026-01-01 open {TILL} XOF\n2026-01-01 open Actif:EAU:585-Virements XOF\n"
        "2026-01-01 open Charges:EAU:6055-Fournitures XOF\n",
        "ledger/eau/2026-03.beancount": MONTH,
    }
    for path, text in files.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def count(root: Path, *words: str, answers: str | None = None) -> Result:
    given = ["count", "EAU", *words, "--ledger", str(root / "ledger" / "main.beancount")]
    return CliRunner().invoke(cli, given, input=answers)


def test_a_count_is_written_at_its_date_and_nothing_else_changes(root: Path) -> None:
    month = root / "ledger" / "eau" / "2026-03.beancount"
    month.write_bytes(MONTH.replace("\n", "\r\n").encode())
    said = count(
        root,
        "--date",
        "2026-03-31",
        "--billets",
        "500x2 10000x7 5000x1",
        "--pieces",
        "500x8",
        "--type",
        "mensuel",
        *WHO,
        "--today",
        "2026-03-31",
    )
    assert said.exit_code == 0, said.output
    assert (
        "Solde théorique 80 000 FCFA (après CS-EAU-2026-0003) · Solde physique 80 000 FCFA · Écart : aucun écart"
        in said.output
    )
    assert "Arrêté à la somme de quatre-vingt mille francs CFA (80 000 FCFA)." in said.output
    assert "écrit : ledger/eau/2026-03.beancount" in said.output
    assert changes(MONTH.replace("\n", "\r\n").encode(), month.read_bytes()) == [
        "+ \r\n",
        f'+ 2026-03-31 custom "pv-caisse" {TILL} 80000 XOF\r\n',
        '+   heure: "17:30"\r\n',
        '+   type: "mensuel"\r\n',
        '+   billets: "10000x7 5000x1 500x2"\r\n',
        '+   pieces: "500x8"\r\n',
        '+   caissier: "caissiere"\r\n',
        '+   controleur: "comptable"\r\n',
        '+   temoin: "secretaire"\r\n',
        '+   derniere-piece: "CS-EAU-2026-0003"\r\n',
    ]
    (found,) = inspect(root / "ledger" / "main.beancount").books.directives.counts
    assert (found.counted, found.detailed) == (80_000, 80_000)
    twice = count(root, "--date", "2026-03-31", "--billets", "10000x8", *WHO)
    assert "est déjà écrit le 31/03/2026 à 17:30" in twice.output
    assert twice.exit_code == 2


def test_a_difference_needs_its_reason(root: Path) -> None:
    seen = texts(root)
    short = ("--date", "2026-03-31", "--billets", "10000x7 5000x1 2000x2 500x1", *WHO)
    said = count(root, *short)
    assert said.exit_code == 2
    assert "manquant de 500 FCFA. Un écart doit être expliqué : ajoutez --motif." in said.output
    assert texts(root) == seen
    done = count(root, *short, "--motif", "Monnaie rendue en trop « à la gargote »")
    assert done.exit_code == 0, done.output
    assert "À comptabiliser : 500 FCFA au débit du 4211" in done.output
    assert (
        '  motif: "Monnaie rendue en trop « à la gargote »"\n'.encode() in texts(root)["ledger/eau/2026-03.beancount"]
    )


def test_a_count_after_a_voucher_of_the_day(root: Path) -> None:
    said = count(
        root,
        "--date",
        "2026-03-20",
        "--derniere-piece",
        "CS-EAU-2026-0002",
        "--billets",
        "10000x8 5000x1 2000x1 500x1",
        *WHO,
    )
    assert said.exit_code == 0, said.output
    assert "Solde théorique 87 500 FCFA (après CS-EAU-2026-0002)" in said.output
    assert "2026-03-20 custom" in texts(root)["ledger/eau/2026-03.beancount"].decode()
    low = count(root, "--date", "2026-04-01", "--billets", "10000x1", "--motif", "vol", *WHO)
    assert low.exit_code == 0, low.output
    assert "demandez un réapprovisionnement de 140 000 FCFA (plafond 150 000 FCFA)" in low.output
    april = texts(root)["ledger/eau/2026-04.beancount"].decode()
    assert april.startswith(f"; EAU : avril 2026.\n{NAMES}")


def test_each_answer_is_asked_until_it_fits_and_none_is_lost(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    days = "2027-03-31\n2026-12-01\n2026-03-31\n"  # in no fiscal year, not yet, and right
    notes = "7\n1\n2\nquatre\n0\n1\n"  # 10000 5000 2000, a wrong answer then 1000, 500
    coins = "\n" * 9
    people = "\nComptable\ncaissiere\ncomptable\n\nsecretaire\n"  # the usual cashier; two wrong; one left empty
    answers = f"{days}{notes}{coins}annuel\nmensuel\n5h\n17:30\n{people}\nMonnaie\nn\ny\nn\n"
    said = count(root, answers=answers)
    assert said.exit_code == 0, said.output
    for sentence in (
        "n'est dans aucun exercice",
        "n'a pas encore eu lieu",
        "Écrivez un nombre entier",
        "Le type « annuel » n'existe pas",
        "L'heure « 5h » ne se lit pas",
        "« Comptable » n'est pas dans rules/mandats.yaml. Vouliez-vous écrire « comptable » ?",
        "trois personnes différentes",
        "Témoin, parmi : caissiere (T. Kassogué (fictif)), comptable",
        "Dites qui est le témoin",
        "Un écart doit être expliqué",
        "manquant de 500 FCFA",
    ):
        assert sentence in said.output, sentence
    month = texts(root)["ledger/eau/2026-03.beancount"].decode()
    assert '  billets: "10000x7 5000x1 2000x2 500x1"\n' in month
    assert "Manquant" not in month


def test_what_was_typed_is_shown_when_it_is_not_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    given = ("--date", "2026-03-31", "--billets", "10000x8", "--type", "mensuel", *WHO, "--caissier", "caissiere")
    seen = texts(root)
    said = count(root, *given, answers="n\n")
    assert (said.exit_code, texts(root) == seen) == (0, True)
    assert '  billets: "10000x8"\n' in said.output


def test_a_count_typed_on_another_day_says_so(root: Path) -> None:
    late = ("--date", "2026-03-31", "--billets", "10000x8", "--today", "2026-04-12", *WHO)
    said = count(root, *late)
    assert said.exit_code == 0, said.output
    assert "Saisi dans les livres après coup, le 12/04/2026." in said.output
    assert "  saisi-le: 2026-04-12\n" in texts(root)["ledger/eau/2026-03.beancount"].decode()
    words = ["report", "pv-caisse", "--compte", TILL, "--periode", "2026-03", "--format", "json"]
    where = ["--out", str(root / "o"), "--ledger", str(root / "ledger" / "main.beancount")]
    done = CliRunner().invoke(cli, [*words, *where])
    assert done.exit_code == 0, done.output
    (paper,) = (root / "o").rglob("*.json")
    assert "Saisi après coup, le" in paper.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("notes", "account", "amount"),
    [
        ("10000x7 5000x1 2000x2 500x1", "Actif:EAU:4211-Personnel-avances", "500"),
        ("10000x8 500x1", "Passif:EAU:4712-Crediteurs-divers", "-500"),
    ],
)
def test_a_difference_is_followed_by_its_entry(
    root: Path, monkeypatch: pytest.MonkeyPatch, notes: str, account: str, amount: str
) -> None:
    shutil.copy(RULES / "plan-comptable.yaml", root / "rules")
    given = ("--date", "2026-03-31", "--billets", notes, "--type", "mensuel", "--motif", "rendu", *WHO)
    shown = count(root, *given)
    assert f"2026-03-31 open {account} XOF" in shown.output
    month = root / "ledger" / "eau" / "2026-03.beancount"
    month.write_text(MONTH, encoding="utf-8")
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    done = count(root, *given, "--caissier", "caissiere", answers="y\ny\nn\n")
    assert done.exit_code == 0, done.output
    books = inspect(root / "ledger" / "main.beancount").books
    entry = books.vouchers("CS-EAU-2026-0004")[0]
    moved = {each.account.name: str(each.value) for each in entry.movements}
    assert moved[account] == amount
    (found,) = books.directives.counts
    assert books.balance(TILL, date(2026, 3, 31)) == found.counted


def test_refusals_write_nothing(root: Path) -> None:
    seen = texts(root)
    money = ("--date", "2026-03-31", "--billets", "10000x8")
    for words, sentence in {
        (*money[:2], *WHO): "Dites ce que contient la caisse",
        (*money[:3], "250x1", *WHO): "Il n'existe pas de billet de 250 FCFA",
        (*money[:3], "10000 x 8", *WHO): "écrivez valeur x quantité",
        (*money, "--heure", "5h", *WHO[2:]): "écrivez --heure 17:30",
        (*money, *WHO[:2]): "--controleur",
        (*money, *WHO[:4], "--temoin", "comptable"): "trois personnes différentes",
        (*money, *WHO, "--type", "annuel"): "quotidien, inopine, mensuel",
        (*money, *WHO, "--derniere-piece", "CS-EAU-2026-0009"): "n'est pas un mouvement",
        ("--date", "2027-01-31", "--billets", "10000x8", *WHO): "n'est dans aucun exercice",
        (*money, *WHO, "--document", "eau/pv.pdf"): "n'est pas dans ledger/documents/",
    }.items():
        said = count(root, *words)
        assert said.exit_code == 2, (words, said.output)
        assert sentence in said.output, (words, said.output)
    assert texts(root) == seen


def test_pure_parts(root: Path) -> None:
    books = inspect(root / "ledger" / "main.beancount").books
    found = expected(books, find_till(books, "5711"), date(2026, 3, 31))
    assert (found.before, found.receipts, found.payments, found.balance) == (0, 100_000, 20_000, 80_000)
    assert denominations("500x0 250x4", "pieces") == ((250, 4),)
    with pytest.raises(RefusedError, match="deux fois"):
        denominations("250x1 250x2", "pieces")
    assert [difference(gap) for gap in (0, 500, -500)] == [
        "aucun écart",
        "excédent de 500 FCFA",
        "manquant de 500 FCFA",
    ]
