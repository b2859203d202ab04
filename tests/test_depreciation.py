"""`entries amortissements`: what the register asks for, once, by period, without a new finding; refused without a life.

2026 of the four trees of `asset_books`, by hand (360 days, half up):
* FONCT: 1 850 000 over 60 months, 370 000; 850 000 over 36 months from 29/01 (332 days of 1 080), 261 296; both on 2844:
  631 296. Software: 300 000 over 36 months from 01/07, 50 000 on 2813.
* EQUIP (model D): the car of case C09, 4 000 000 over four years, 1 000 000, its subsidy of as much released at that pace;
  of the 1 000 000 that paid for land, one tenth (App. 3). Released: 1 100 000.
* EAU (model A): nothing. AFF (model B): 720 000 over 36 months from 31/03, 271 days of 1 080: 180 667.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from asset_books import FILES, write_books
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.values import read_date

FONCT = "ledger/fonct/2026-01.beancount"
YEAR = {
    "Charges:FONCT:6813-Dotations": 631_296,
    "Charges:FONCT:6812-Dotations-incorporelles": 50_000,
    "Actif:FONCT:2844-Amortissements": -631_296,
    "Actif:FONCT:2813-Amortissements-logiciels": -50_000,
    "Charges:EQUIP:6813-Dotations-corporelles": 1_000_000,
    "Actif:EQUIP:2845-Amortissements-du-transport": -1_000_000,
    "Capitaux:EQUIP:1417-Subventions": 1_100_000,
    "Produits:EQUIP:799-Reprises-de-subventions": -1_100_000,
    "Charges:AFF:6813-Dotations-corporelles": 180_667,
    "Actif:AFF:2844-Amortissements-du-materiel": -180_667,
}


def run(main: Path, *words: str, today: str = "2027-01-10") -> Result:
    made = CliRunner().invoke(cli, ["entries", "amortissements", *words, "--today", today, "--ledger", str(main)])
    assert made.exception is None or isinstance(made.exception, SystemExit), made.output
    return made


def looked(main: Path, today: str = "2027-01-10") -> Inspection:
    return inspect(main, read_date(today))


def booked(found: Inspection) -> Counter[str]:
    """What the entries of depreciation moved, by account."""
    moved: Counter[str] = Counter()
    for entry in found.books.entries:
        if entry.kind == "amortissement":
            for movement in entry.movements:
                moved[movement.account.name] += movement.value
    return moved


def said(found: Inspection) -> Counter[tuple[str, str]]:
    return Counter((each.rule, each.message) for each in found.findings)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Inspection, Result]:
    """Books in which 2026 was written, what they said before, and what the command said."""
    main = write_books(tmp_path_factory.mktemp("amortissements"))
    before = looked(main)
    made = run(main, "--periode", "2026", "--ecrire")
    assert made.exit_code == 0, made.output
    return main, before, made


def test_a_year_is_booked_tree_by_tree(written: tuple[Path, Inspection, Result]) -> None:
    main, _, made = written
    found = looked(main)
    assert booked(found) == YEAR
    entries = [each for each in found.books.entries if each.kind == "amortissement"]
    assert [(each.tree, each.date.isoformat()) for each in entries] == [
        ("AFF", "2026-12-31"),
        ("EQUIP", "2026-12-31"),
        ("FONCT", "2026-12-31"),
    ]
    assert "EAU : 1 immobilisation de fonds d'administration" in made.output
    assert "subventions à reprendre : il manque 1 100 000 FCFA" in made.output


def test_check_finds_nothing_new_and_twice_adds_nothing(written: tuple[Path, Inspection, Result]) -> None:
    main, before, made = written
    assert "aucun constat nouveau" in made.output
    assert said(looked(main)) - said(before) == Counter()
    texts = {path: path.read_bytes() for path in main.parent.rglob("*.beancount")}
    for period in ("2026", "2026-T4", "2026-12", "2026-T1"):  # a year booked at its end leaves nothing to its parts
        again = run(main, "--periode", period, "--ecrire")
        assert "\nRien à ajouter" in again.output
    assert {path: path.read_bytes() for path in main.parent.rglob("*.beancount")} == texts


def test_the_alert_of_a_year_not_depreciated_is_gone(written: tuple[Path, Inspection, Result], tmp_path: Path) -> None:
    main, _, _ = written
    late = "2027-05-01"
    assert not [each for each in looked(main, late).findings if each.rule == "immobilisations"]
    bare = looked(write_books(tmp_path), late)
    assert len([each for each in bare.findings if each.rule == "immobilisations"]) == 4  # 2844 and 2813, EQUIP, AFF


def test_quarters_and_months_make_the_year(tmp_path: Path) -> None:
    main = write_books(tmp_path)
    assert "Rien n'a été écrit" in run(main, "--periode", "2026-T1").output
    for period, day in (("2026-T1", "2026-04-05"), ("2026-T3", "2026-10-05"), ("2026-12", "2027-01-05")):
        assert run(main, "--periode", period, "--ecrire", today=day).exit_code == 0
    found = looked(main)
    # 850 000 from 29/01: 62 days to the end of March, 48 796.3; July to September 90 days, December 30, at 787.04 a day
    wear = [
        m.value for e in found.books.entries if e.kind == "amortissement" and e.tree == "FONCT" for m in e.movements
    ]
    assert wear[:2] == [92_500 + 48_796, -(92_500 + 48_796)]
    year = run(main, "--periode", "2026", "--ecrire")
    assert year.exit_code == 0, year.output
    assert booked(looked(main)) == YEAR


def test_what_is_not_booked_before_is_said(tmp_path: Path) -> None:
    made = run(write_books(tmp_path), "--periode", "2026-T4", "--bailleur", "fonct")
    # nine months: 277 500 + 190 463 (242 days of 1 080), and 25 000 of software since July
    assert "FONCT : avant le 01/10/2026, amortissements et reprises : il manque 492 963 FCFA." in made.output
    assert "EQUIP" not in made.output


def test_a_period_that_is_not_over_is_proposed_with_a_word(tmp_path: Path) -> None:
    made = run(write_books(tmp_path), "--periode", "2026", "--bailleur", "AFF", today="2026-11-29")
    assert "180667 XOF" in made.output
    assert "AFF : la période n'est pas finie." in made.output


def test_by_whole_months(tmp_path: Path) -> None:
    text = FILES["rules/organisation.yaml"] + "choix: {prorata: mois}\n"
    main = write_books(tmp_path, {"rules/organisation.yaml": text})
    made = run(main, "--periode", "2026", "--bailleur", "AFF")
    assert re.search(r"2844-\S+ +-200000 XOF", made.output)  # March counts whole: 10 months of 36


def test_an_early_exit_gives_back_what_was_too_much(tmp_path: Path) -> None:
    main = write_books(tmp_path)
    run(main, "--periode", "2026", "--ecrire")
    path = main.parent.parent / FONCT
    # the computer left on 30/06: 152 days of 1 080, 119 630 instead of 261 296
    text = path.read_text("utf-8").replace(
        '  libelle: "Ordinateur"\n', '  libelle: "Ordinateur"\n  sortie: 2026-06-30\n  motif-sortie: "vol"\n'
    )
    path.write_text(text, "utf-8")
    made = run(main, "--periode", "2026", "--ecrire")
    assert "FONCT, année 2026 : 3 immobilisations, amortissements : il y a en trop 141 666 FCFA." in made.output
    assert booked(looked(main))["Actif:FONCT:2844-Amortissements"] == -(370_000 + 119_630)
    assert "Rien à ajouter" in run(main, "--periode", "2026").output


@pytest.mark.parametrize("life", ["", '  duree: "longtemps"\n'])
def test_an_asset_without_a_life_is_refused_on_its_line(tmp_path: Path, life: str) -> None:
    text = FILES[FONCT].replace(
        '  mise-en-service: 2026-01-29\n  duree: "36 mois"\n', f"  mise-en-service: 2026-01-29\n{life}"
    )
    main = write_books(tmp_path, {FONCT: text})
    before = {path: path.read_bytes() for path in main.parent.rglob("*.beancount")}
    line = text[: text.index('"IM-2026-001"')].count("\n") + 1
    for words in (("--ecrire",), ("--bailleur", "FONCT")):
        made = run(main, "--periode", "2026", *words)
        assert made.exit_code == 2
        assert f"{FONCT}:{line} : l'immobilisation IM-2026-001 ne dit pas sur combien de temps" in made.output
    assert {path: path.read_bytes() for path in main.parent.rglob("*.beancount")} == before
    assert run(main, "--periode", "2026", "--bailleur", "AFF").exit_code == 0  # another tree's is another matter


def test_what_is_not_in_service_waits(tmp_path: Path) -> None:
    text = FILES[FONCT].replace("  mise-en-service: 2026-01-29\n", "")
    made = run(write_books(tmp_path, {FONCT: text}), "--periode", "2026", "--bailleur", "FONCT")
    assert "IM-2026-001 n'est pas en service, elle ne s'amortit pas encore." in made.output
    assert "370000 XOF" in made.output


def test_a_closed_year_is_depreciated_in_the_first_open_day(tmp_path: Path) -> None:
    """AUDCIF art. 22-4: the day it is of goes in `date-valeur`; the year then lacks nothing."""
    closed = '\n2027-01-05 custom "cloture" "2026-T4"\n  version: 2\n  empreinte: "sha256:0"\n'
    main = write_books(tmp_path, {FONCT: FILES[FONCT] + closed})
    assert run(main, "--periode", "2026", "--bailleur", "AFF", "--ecrire").exit_code == 0
    [entry] = [each for each in looked(main).books.entries if each.kind == "amortissement"]
    assert (entry.date.isoformat(), entry.value_date.isoformat()) == ("2027-01-01", "2026-12-31")
    assert "Rien à ajouter" in run(main, "--periode", "2026", "--bailleur", "AFF").output
    quarter = run(main, "--periode", "2027-T1", "--bailleur", "AFF")
    assert "60000 XOF" in quarter.output  # 90 days of 1 080, and nothing of 2026 again
    late = [each for each in looked(main, "2027-05-01").findings if each.rule == "immobilisations"]
    assert not [each for each in late if "AFF" in each.message]


def test_words_that_are_no_period_or_tree(tmp_path: Path) -> None:
    main = write_books(tmp_path)
    assert "« 2026-Q1 » n'est pas une période" in run(main, "--periode", "2026-Q1").output
    assert "Le projet « EQIP » n'existe pas." in run(main, "--periode", "2026", "--bailleur", "EQIP").output
