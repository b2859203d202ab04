"""`entries quote-part|cloture|reouverture|affectation` over two years of models A and B and of FONCT, figures argued by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import year_books

sys.path.insert(0, str(year_books.ROOT / "scripts"))

import demo_books
from demo import bulk
from grandlivre.books.index import Books
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect

NOW = "2027-04-15"
"""The first quarter of 2027 is over, the accounts of 2026 were adopted on 28 March."""
SHARES = {
    # model A (SYCEBNL, Guide, App. 8): Σ 702 = Σ charges of the month, the computer (class 2) left out, and by engagement
    "EAU": {"2026-02": 400_000, "2026-03": 250_000, "2026-11": 1_500, "2026-12": 900_000, "2027-01": 100_000},
    # model B (App. 4): 7925 for the part consumed
    "EDU": {"2026-04": 700_000, "2026-12": 300_000, "2027-02": 50_000},
    "FONCT": {},
}


def run(main: Path, *words: str, today: str = NOW) -> Result:
    return CliRunner().invoke(cli, ["entries", *words, "--today", today, "--ledger", str(main)])


def done(main: Path, *words: str, today: str = NOW) -> str:
    """What a command that must succeed said."""
    result = run(main, *words, today=today)
    assert result.exit_code == 0, result.output
    return result.output


def look(main: Path, today: str = NOW) -> Inspection:
    return inspect(main, date.fromisoformat(today))


def balance(books: Books, tree: str, number: str, day: str) -> int:
    return sum(books.balance(each.name, date.fromisoformat(day)) for each in books.tree_accounts(tree, number))


def shares(books: Books, tree: str) -> dict[str, int]:
    """What the entries of that word release, by the month they are of."""
    found: dict[str, int] = {}
    for entry in books.entries:
        if entry.kind == "quote-part" and entry.tree == tree:
            month = f"{entry.value_date:%Y-%m}"
            found[month] = found.get(month, 0) - sum(m.value for m in entry.movements if m.account.is_("7"))
    return found


def append(main: Path, name: str, text: str) -> None:
    """Adds an entry to a month's file of the books, made with its header where there is none."""
    path = main.parent / name
    before = path.read_text(encoding="utf-8") if path.exists() else year_books.NAMES
    path.write_text(f"{before}\n{text}", encoding="utf-8")


def faults(inspection: Inspection) -> set[tuple[str, str, str]]:
    return {(each.rule, each.file, each.message) for each in inspection.findings}


def texts(main: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(main.parent.rglob("*.beancount"))}


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books as typed, no share booked."""
    return year_books.make(tmp_path_factory.mktemp("typed"))


@pytest.fixture(scope="module")
def shared(typed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the shares of both years."""
    main = copy(typed, tmp_path_factory.mktemp("shared"))
    done(main, "quote-part", "--periode", "2026", "--ecrire")
    done(main, "quote-part", "--periode", "2027-T1", "--ecrire")
    return main


@pytest.fixture(scope="module")
def closed(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With 2026 closed."""
    main = copy(shared, tmp_path_factory.mktemp("closed"))
    done(main, "cloture", "--periode", "2026", "--ecrire")
    return main


@pytest.fixture(scope="module")
def opened(closed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With 2027 open on 2026's balances, and the result allocated."""
    main = copy(closed, tmp_path_factory.mktemp("opened"))
    done(main, "reouverture", "--periode", "2026", "--ecrire")
    done(main, "affectation", "--periode", "2026", "--vers", "118=500 000", "--ecrire")
    return main


def copy(main: Path, folder: Path) -> Path:
    """The same books elsewhere; returns their entry point."""
    root = main.parent.parent
    shutil.copytree(root, folder, dirs_exist_ok=True)
    return folder / main.relative_to(root)


# --- shares of funds --------------------------------------------------------------------------------------------------


def test_each_month_and_agreement_gets_its_share_on_its_last_day(shared: Path) -> None:
    found = look(shared)
    assert {tree: shares(found.books, tree) for tree in SHARES} == SHARES
    assert [e.date for e in found.books.entries if e.kind == "quote-part" and e.tree == "EAU"] == [
        date(2026, 2, 28), date(2026, 3, 31), date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31),
    ]  # fmt: skip
    # 7 000 000 received for running costs less 1 551 500 spent in 2026, then 100 000
    assert balance(found.books, "EAU", "462", "2026-12-31") == -5_448_500
    assert balance(found.books, "EAU", "462", "2027-03-31") == -5_348_500
    assert balance(found.books, "EDU", "165", "2026-12-31") == -4_000_000
    assert not [each for each in found.findings if each.rule == "egalite-de-tresorerie"]


def test_what_is_written_adds_no_finding_and_written_twice_nothing(typed: Path, shared: Path) -> None:
    rules = {"egalite-de-tresorerie"}
    before, after = faults(look(typed)), faults(look(shared))
    root, other = str(typed.parent.parent), str(shared.parent.parent)
    moved = {(rule, file.replace(root, other), message) for rule, file, message in before}
    assert {each for each in after if (each[0], each[2]) not in {(e[0], e[2]) for e in moved}} == set()
    assert {each[0] for each in before} - {each[0] for each in after} == rules
    texts_before = texts(shared)
    assert "les livres ont déjà tout" in done(shared, "quote-part", "--periode", "2026", "--ecrire")
    assert texts(shared) == texts_before


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("2026-03", {"EAU": ["2026-03"], "EDU": []}),
        ("2026-T1", {"EAU": ["2026-02", "2026-03"], "EDU": []}),
        ("2026-S1", {"EAU": ["2026-02", "2026-03"], "EDU": ["2026-04"]}),
        ("2026", {"EAU": ["2026-02", "2026-03", "2026-11", "2026-12"], "EDU": ["2026-04", "2026-12"]}),
    ],
)
def test_a_period_is_a_month_a_quarter_a_half_or_a_year(
    typed: Path, tmp_path: Path, period: str, months: dict[str, list[str]]
) -> None:
    main = copy(typed, tmp_path)
    done(main, "quote-part", "--periode", period, "--ecrire")
    books = look(main).books
    assert {tree: sorted(shares(books, tree)) for tree in months} == months


def test_a_month_put_right_makes_no_other_month_s_gap_a_new_one(typed: Path, tmp_path: Path) -> None:
    """February's 400 000 are in every later gap: what each month itself lacks is what tells its finding from others."""
    main = copy(typed, tmp_path)
    assert "aucun constat nouveau" in done(main, "quote-part", "--periode", "2026-02", "--ecrire")
    said = [
        each.message for each in look(main).findings if each.rule == "egalite-de-tresorerie" and "mars" in each.message
    ]
    assert ["écart de -250 000 FCFA" in each for each in said] == [True]
    append(
        main,
        "eau/2026-04.beancount",
        '2026-03-30 * "Tiers" "Missions"\n  piece: "BQ-EAU-2026-0099"\n  Charges:EAU:6384-Missions 1 XOF\n'
        "  Actif:EAU:5211-Banque\n",
    )
    steady = {each.steady for each in look(main).findings if each.rule == "egalite-de-tresorerie"}
    assert [each for each in steady if "mars" in each and "-250 001 FCFA" in each], "what is new is said"


def test_one_tree_alone_and_nothing_without_the_word(typed: Path, tmp_path: Path) -> None:
    main = copy(typed, tmp_path)
    before = texts(main)
    said = done(main, "quote-part", "--periode", "2026", "--bailleur", "edu")
    assert "Rien n'a été écrit" in said
    assert "À ouvrir dans ledger/edu/comptes.beancount" in said
    assert "open Produits:EDU:7925-Reprises-de-fonds-affectes-a-un-projet" in said
    assert texts(main) == before
    done(main, "quote-part", "--periode", "2026", "--bailleur", "edu", "--ecrire")
    books = look(main).books
    assert (shares(books, "EAU"), sorted(shares(books, "EDU"))) == ({}, ["2026-04", "2026-12"])


def test_a_tree_of_another_model_is_told_that_it_needs_none(typed: Path) -> None:
    said = done(typed, "quote-part", "--periode", "2026", "--bailleur", "FONCT")
    assert said.splitlines()[-1] == "Rien à ajouter."
    assert "FONCT n'a aucune convention de modèle A ou B" in said


def test_a_month_that_is_short_gets_its_complement(shared: Path, tmp_path: Path) -> None:
    main = copy(shared, tmp_path)
    append(
        main,
        "eau/2026-11.beancount",
        '2026-11-30 * "Banque" "Agios"\n  piece: "BQ-EAU-2026-0005"\n  date-valeur: 2026-11-29\n'
        "  Charges:EAU:6318-Frais 700 XOF\n  Actif:EAU:5211-Banque\n",
    )
    said = done(main, "quote-part", "--periode", "2026-T4", "--ecrire")
    # November's charges are 2 200, its share 1 500; the complement is November's though the series stands on 31 December
    assert "charges 2 200 FCFA, produits 1 500 FCFA, il manque 700 FCFA" in said
    assert '2026-11-30 * "ONG" "Complément : Quote-part de fonds d\'administration, charges de novembre 2026"' in said
    assert 'piece: "OD-EAU-2026-0005"' in said
    assert shares(look(main).books, "EAU")["2026-11"] == 2_200
    assert "les livres ont déjà tout" in done(main, "quote-part", "--periode", "2026", "--ecrire")


def test_a_charge_taken_back_takes_its_share_back(shared: Path, tmp_path: Path) -> None:
    main = copy(shared, tmp_path)
    append(
        main,
        "eau/2027-03.beancount",
        '2027-03-02 * "Tiers" "Fournitures rendues"\n  piece: "BQ-EAU-2027-0002"\n'
        "  Charges:EAU:6047-Fournitures -30000 XOF\n  Actif:EAU:5211-Banque\n",
    )
    done(main, "quote-part", "--periode", "2027-03", "--ecrire")
    found = look(main)
    assert shares(found.books, "EAU")["2027-03"] == -30_000
    assert not [each for each in found.findings if each.rule in ("egalite-de-tresorerie", "comptes-de-bilan")]


def test_a_share_of_two_months_booked_late_is_enough(typed: Path, tmp_path: Path) -> None:
    """February and March of model A released together on 31 March: 650 000, the tree is right from then on."""
    main = copy(typed, tmp_path)
    append(
        main,
        "eau/2026-03.beancount",
        '2026-03-31 * "ONG" "Quote-part de février et mars"\n  piece: "OD-EAU-2026-0001"\n'
        "  Passif:EAU:462-Fonds 650000 XOF\n  Produits:EAU:702-Quote-part\n",
    )
    assert "les livres ont déjà tout" in done(main, "quote-part", "--periode", "2026-T1", "--bailleur", "EAU")


def test_a_month_that_is_not_over_waits(typed: Path) -> None:
    said = done(typed, "quote-part", "--periode", "2026-12", "--bailleur", "EAU", today="2026-12-30")
    assert "décembre 2026 n'est pas fini, sa quote-part (900 000 FCFA à ce jour) se passera le 31/12/2026" in said
    assert '"quote-part"' not in said
    assert '"quote-part"' in done(typed, "quote-part", "--periode", "2026-12", "--bailleur", "EAU", today="2026-12-31")


def test_the_funds_are_those_the_tree_uses_and_two_agreements_are_told_apart(typed: Path, tmp_path: Path) -> None:
    """The State's part (463) is released by habit; an agreement that ended within the month is named."""
    main = copy(typed, tmp_path)
    rules = main.parent.parent / "rules/bailleurs/eau.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace(
            "- {id: UE-1, du: 2026-01-01, au: 2027-12-31",
            "- {id: UE-0, du: 2026-01-01, au: 2026-03-20, financement: fonds-administration, adoptee-le: 2025-12-12}\n"
            "  - {id: UE-1, du: 2026-03-21, au: 2027-12-31",
        ),
        encoding="utf-8",
    )
    append(
        main,
        "eau/2026-02.beancount",
        "2026-01-01 open Passif:EAU:463-Etat XOF\n"
        '2026-02-28 * "ONG" "Quote-part de février"\n  piece: "OD-EAU-2026-0001"\n'
        "  Passif:EAU:463-Etat 400000 XOF\n  Produits:EAU:702-Quote-part\n",
    )
    said = done(main, "quote-part", "--periode", "2026", "--bailleur", "EAU")
    march, november = said.partition("novembre 2026")[0], said.partition("novembre 2026")[2]
    assert "UE-0, mars 2026 : charges 250 000" in march
    assert 'convention: "UE-0"' in march
    assert "463-Etat" in march
    assert "462-Fonds" in november
    assert "convention:" not in november


def test_what_is_spent_above_the_funds_is_to_be_received(shared: Path, tmp_path: Path) -> None:
    """462 is never in debit: 469 holds what the donor owes (SYCEBNL, Guide, App. 8). 5 348 500 left, 6 000 000 spent."""
    main = copy(shared, tmp_path)
    append(
        main,
        "eau/2027-03.beancount",
        '2027-03-02 * "Tiers" "Salaires"\n  piece: "BQ-EAU-2027-0002"\n'
        "  Charges:EAU:6611-Salaires 6000000 XOF\n  Actif:EAU:5211-Banque\n",
    )
    append(
        main,
        "edu/2027-03.beancount",
        '2027-03-02 * "Tiers" "Kits"\n  piece: "BQ-EDU-2027-0002"\n  Charges:EDU:6011-Kits 4000000 XOF\n  Actif:EDU:5211-Banque\n',
    )
    said = done(main, "quote-part", "--periode", "2027-03", "--ecrire")
    assert "EAU a dépensé 651 500 FCFA de plus que reçu au 31/03/2027 : le bailleur le doit (4692)" in said
    found = look(main)
    assert [balance(found.books, "EAU", each, "2027-03-31") for each in ("462", "4692")] == [0, 651_500]
    # model B: 5 000 000 − 1 000 000 − 50 000 − 4 000 000
    assert [balance(found.books, "EDU", each, "2027-03-31") for each in ("165", "169")] == [0, 50_000]
    assert not [each for each in found.findings if each.rule in ("egalite-de-tresorerie", "compte-hors-plan")]
    assert "les livres ont déjà tout" in done(main, "quote-part", "--periode", "2027-03", "--ecrire")


def test_charges_of_no_agreement_and_other_income_are_said(typed: Path, tmp_path: Path) -> None:
    main = copy(typed, tmp_path)
    rules = main.parent.parent / "rules/bailleurs/eau.yaml"
    said = rules.read_text(encoding="utf-8")
    twin = "  - {id: UE-2, du: 2026-03-01, au: 2026-04-30, financement: fonds-administration, adoptee-le: 2025-12-12}\n"
    rules.write_text(said + twin, encoding="utf-8")
    append(
        main,
        "edu/2026-05.beancount",
        "2026-01-01 open Produits:EDU:771-Interets XOF\n"
        '2026-05-02 * "Banque" "Intérêts"\n  piece: "BQ-EDU-2026-0004"\n  Actif:EDU:5211-Banque 900 XOF\n'
        "  Produits:EDU:771-Interets\n",
    )
    told = done(main, "quote-part", "--periode", "2026")
    assert (
        "ledger/eau/2026-01.beancount:26 : 250 000 FCFA de charges de EAU (mars 2026) ne sont d'aucune convention"
        in told
    )
    assert "ledger/edu/2026-05.beancount:11 : EDU a 900 FCFA de produits autres que des quotes-parts (mai 2026)" in told
    assert "il manque 700 000 FCFA" in told, "interest of May is no share of April"
    assert "Reprise en trop" not in told


def test_the_closing_of_a_period_says_which_shares_it_lacks(typed: Path) -> None:
    words = ["close", "2026-T1", "--voir", "--today", NOW, "--ledger", str(typed)]
    said = CliRunner().invoke(cli, words).output
    assert (
        "→ grandlivre entries quote-part --periode 2026-T1 --bailleur EAU --ecrire passerait : EAU février 2026 400 000 FCFA, "
        "EAU mars 2026 250 000 FCFA"
    ) in said


# --- closing and opening ----------------------------------------------------------------------------------------------


def test_the_closing_zeroes_the_year_against_its_result(closed: Path) -> None:
    books = look(closed).books
    for tree in SHARES:
        assert [balance(books, tree, number, "2026-12-31") for number in "678"] == [0, 0, 0]
    # FONCT: dues 2 000 000 and interest 10 000, rent 600 000 and supplies 150 000
    assert balance(books, "FONCT", "131", "2026-12-31") == -1_260_000
    assert [balance(books, tree, "13", "2026-12-31") for tree in ("EAU", "EDU")] == [0, 0]
    # model A: 3 000 000 for investments, a computer of 1 800 000: 1 200 000 unspent, shown on 165 (App. 8)
    assert balance(books, "EAU", "165", "2026-12-31") == -1_200_000
    assert balance(books, "EAU", "162", "2026-12-31") == -1_800_000
    # one entry a tree on 6, 7, 8, the last voucher of its last day
    closings = [each for each in books.entries if each.kind == "cloture" and each.pattern.touches(("6", "7"))]
    assert sorted((each.tree, each.date) for each in closings) == [(tree, date(2026, 12, 31)) for tree in SHARES]
    assert balance(books, "EAU", "6", "2027-03-31") == 100_000, "the new year's charges are its own"


def test_the_new_year_begins_with_the_result_awaiting_and_the_assembly_allocates_it(closed: Path, opened: Path) -> None:
    books = look(opened).books
    assert balance(books, "FONCT", "128", "2027-01-01") == -1_260_000
    assert balance(books, "FONCT", "131", "2027-01-01") == 0
    assert (balance(books, "EAU", "165", "2027-01-01"), balance(books, "EAU", "162", "2027-01-01")) == (0, -3_000_000)
    assert [balance(books, "FONCT", each, "2027-03-28") for each in ("128", "118", "121")] == [0, -500_000, -760_000]
    (allocated,) = (each for each in books.entries if each.kind == "affectation")
    assert (allocated.date, allocated.meta["decide-le"], int(allocated.meta["annee"])) == (
        date(2027, 3, 28), date(2027, 3, 28), 2026,
    )  # fmt: skip
    assert allocated.piece == "OD-FONCT-2027-0002"


def test_none_of_them_adds_a_finding_nor_anything_twice(shared: Path, opened: Path) -> None:
    before, after = look(shared), look(opened)
    known = {(each.rule, each.message) for each in before.findings}
    assert [each for each in after.findings if (each.rule, each.message) not in known] == []
    assert after.errors == before.errors
    written = texts(opened)
    for words in (
        ("quote-part", "--periode", "2026"),
        ("cloture", "--periode", "2026"),
        ("reouverture", "--periode", "2026"),
        ("reouverture", "--periode", "2027"),
        ("affectation", "--periode", "2026", "--vers", "118=500000"),
        ("affectation", "--periode", "2026"),
    ):
        assert "les livres ont déjà tout" in done(opened, *words, "--ecrire"), words
    assert texts(opened) == written


def test_what_is_booked_after_the_closing_completes_it(opened: Path, tmp_path: Path) -> None:
    """A rent of 1 500 000 found late turns the excess of 1 260 000 into a deficit of 240 000."""
    main = copy(opened, tmp_path)
    append(
        main,
        "fonct/2026-12.beancount",
        '2026-12-31 * "Tiers" "Loyer oublié"\n  piece: "BQ-FONCT-2026-0005"\n'
        "  Charges:FONCT:6222-Loyer 1500000 XOF\n  Actif:FONCT:5211-Banque\n",
    )
    said = done(main, "cloture", "--periode", "2026", "--ecrire")
    assert "Complément de clôture des comptes de l'exercice 2026" in said
    assert "déficit de 240 000 FCFA" in said
    books = look(main).books
    assert (balance(books, "FONCT", "131", "2026-12-31"), balance(books, "FONCT", "139", "2026-12-31")) == (0, 240_000)
    done(main, "reouverture", "--periode", "2026", "--ecrire")
    books = look(main).books
    assert [balance(books, "FONCT", each, "2027-01-01") for each in ("131", "139", "128")] == [0, 0, 240_000]
    assert balance(books, "FONCT", "128", "2027-03-28") == 1_500_000, (
        "booked after the allocation, numbers follow dates"
    )
    # the assembly's decision no longer fits: what remains of the result is allocated too, here as a deficit
    done(main, "affectation", "--periode", "2026", "--ecrire")
    books = look(main).books
    assert [balance(books, "FONCT", each, "2027-04-15") for each in ("128", "121", "129")] == [0, -760_000, 1_500_000]


def test_the_last_quarter_is_not_sealed_without_a_word_on_the_closing(
    shared: Path, closed: Path, tmp_path: Path
) -> None:
    main = copy(shared, tmp_path)
    seals = "".join(
        f'2027-01-20 custom "cloture" "2026-T{quarter}"\n  version: 1\n  empreinte: "sha256:0{quarter}"\n'
        for quarter in range(1, 4)
    )
    for books, wanted in ((main, True), (closed, False)):
        if books is closed:
            books = copy(closed, tmp_path / "closed")
        append(books, "fonct/2027-02.beancount", seals)
        said = CliRunner().invoke(cli, ["close", "2026-T4", "--voir", "--today", NOW, "--ledger", str(books)]).output
        assert ("L'exercice 2026 finit avec cette période" in said) is wanted, said


def test_what_the_register_of_assets_asks_comes_before_the_closing(shared: Path, tmp_path: Path) -> None:
    """FONCT buys a computer of 360 000 on 1 July, over three years: six months of 10 000 before the year's end."""
    main = copy(shared, tmp_path)
    append(
        main,
        "fonct/2026-07.beancount",
        "2026-01-01 open Actif:FONCT:2442-Informatique XOF\n"
        '2026-07-01 * "Tiers" "Ordinateur"\n  piece: "BQ-FONCT-2026-0099"\n'
        "  Actif:FONCT:2442-Informatique 360000 XOF\n  Actif:FONCT:5211-Banque\n"
        '2026-07-01 custom "immobilisation" "IM-1" Actif:FONCT:2442-Informatique 360000 XOF\n'
        '  mise-en-service: 2026-07-01\n  duree: "36 mois"\n  piece: "BQ-FONCT-2026-0099"\n',
    )
    refused = run(main, "cloture", "--periode", "2026")
    assert (refused.exit_code, "il manque des amortissements" in refused.output, "FONCT 60 000 FCFA" in refused.output) == (
        2, True, True,
    ), refused.output  # fmt: skip
    done(main, "amortissements", "--periode", "2026", "--ecrire")
    done(main, "cloture", "--periode", "2026", "--ecrire")
    assert balance(look(main).books, "FONCT", "131", "2026-12-31") == -1_200_000, "1 260 000 less 60 000"


def test_an_asset_found_after_the_closing_takes_back_what_was_set_apart(closed: Path, tmp_path: Path) -> None:
    """1 200 000 shown on 165; a printer of 200 000 bought on 31 December leaves 1 000 000."""
    main = copy(closed, tmp_path)
    append(
        main,
        "eau/2026-12.beancount",
        '2026-12-31 * "Tiers" "Imprimante"\n  piece: "BQ-EAU-2026-0006"\n'
        "  Actif:EAU:2442-Informatique 200000 XOF\n  Actif:EAU:5211-Banque\n",
    )
    done(main, "cloture", "--periode", "2026", "--ecrire")
    books = look(main).books
    assert (balance(books, "EAU", "165", "2026-12-31"), balance(books, "EAU", "162", "2026-12-31")) == (
        -1_000_000,
        -2_000_000,
    )
    assert "les livres ont déjà tout" in done(main, "cloture", "--periode", "2026", "--ecrire")
    done(main, "reouverture", "--periode", "2026", "--ecrire")
    assert balance(look(main).books, "EAU", "165", "2027-01-01") == 0


def test_a_year_whose_last_quarter_is_sealed_closes_on_the_first_open_day(shared: Path, tmp_path: Path) -> None:
    """AUDCIF art. 22-4: booked on the first day of the first open period, `date-valeur` the day it is about."""
    main = copy(shared, tmp_path)
    seals = "".join(
        f'2027-01-20 custom "cloture" "2026-T{quarter}"\n  version: 1\n  empreinte: "sha256:0{quarter}"\n'
        for quarter in range(1, 5)
    )
    append(main, "fonct/2027-02.beancount", seals)
    done(main, "cloture", "--periode", "2026", "--ecrire")
    books = look(main).books
    closings = [each for each in books.entries if each.kind == "cloture"]
    assert {(each.date, each.value_date) for each in closings} == {(date(2027, 1, 1), date(2026, 12, 31))}
    assert [balance(books, "FONCT", number, "2027-01-01") for number in ("6", "7", "131")] == [0, 0, -1_260_000]
    done(main, "reouverture", "--periode", "2026", "--ecrire")
    books = look(main).books
    assert [balance(books, "FONCT", number, "2027-01-01") for number in ("131", "128")] == [0, -1_260_000]
    assert [balance(books, "EAU", number, "2027-01-01") for number in ("165", "162")] == [0, -3_000_000]
    for words in (("cloture", "--periode", "2026"), ("reouverture", "--periode", "2026")):
        assert "les livres ont déjà tout" in done(main, *words, "--ecrire")
    assert not [each for each in look(main).findings if each.rule == "numerotation-pieces"]


def test_the_key_between_investment_and_running_costs_moves_only_when_asked(shared: Path, tmp_path: Path) -> None:
    main = copy(shared, tmp_path)
    words = ("cloture", "--periode", "2026", "--bailleur", "EAU", "--cle-vers-462", "300 000", "--ecrire")
    done(main, *words)
    books = look(main).books
    # 1 200 000 unspent: 300 000 to 462, 900 000 shown on 165
    assert balance(books, "EAU", "165", "2026-12-31") == -900_000
    assert balance(books, "EAU", "462", "2026-12-31") == -5_748_500
    assert "les livres ont déjà tout" in done(main, *words)
    refused = run(main, "cloture", "--periode", "2026", "--bailleur", "EAU", "--cle-vers-462", "1 300 000")
    assert (refused.exit_code, "ne peut pas" in refused.output) == (2, True), refused.output
    assert run(main, "cloture", "--periode", "2026", "--cle-vers-462", "1").exit_code == 2


def test_a_second_year_closes_and_opens_on_the_first(opened: Path, tmp_path: Path) -> None:
    """2027: FONCT has dues of 800 000 alone; 118 and 121 stay as they were allocated."""
    main = copy(opened, tmp_path)
    rules = main.parent.parent / "rules/organisation.yaml"
    said = rules.read_text(encoding="utf-8")
    rules.write_text(said.replace("revenus", "  - {du: 2028-01-01, au: 2028-12-31}\nrevenus", 1), encoding="utf-8")
    late = "2028-02-01"
    done(main, "quote-part", "--periode", "2027", "--ecrire", today=late)
    done(main, "cloture", "--periode", "2027", "--ecrire", today=late)
    done(main, "reouverture", "--periode", "2027", "--ecrire", today=late)
    books = look(main, late).books
    assert balance(books, "FONCT", "131", "2027-12-31") == -800_000
    assert [balance(books, "FONCT", each, "2028-01-01") for each in ("131", "128", "118", "121")] == [
        0, -800_000, -500_000, -760_000,
    ]  # fmt: skip
    assert balance(books, "EAU", "165", "2027-12-31") == -1_200_000
    assert balance(books, "EAU", "162", "2028-01-01") == -3_000_000
    assert "les livres ont déjà tout" in done(main, "reouverture", "--periode", "2027", "--ecrire", today=late)


def test_the_result_of_the_year_before_the_books_is_allocated_from_their_opening(typed: Path, tmp_path: Path) -> None:
    """An excess of 90 000 on 131 and a deficit of 30 000 not yet allocated on 128, brought forward: 60 000 to allocate."""
    main = copy(typed, tmp_path)
    append(
        main,
        "fonct/2026-02.beancount",
        "2026-01-01 open Capitaux:FONCT:131-Excedent XOF\n2026-01-01 open Capitaux:FONCT:128-En-instance XOF\n"
        '2026-01-01 * "ONG" "Report à nouveau"\n  piece: "OD-FONCT-2026-0001"\n  ecriture: "a-nouveau"\n'
        "  Actif:FONCT:5211-Banque 60000 XOF\n  Capitaux:FONCT:128-En-instance 30000 XOF\n"
        "  Capitaux:FONCT:131-Excedent -90000 XOF\n"
        '2026-03-20 custom "rencontre" "ag" "Assemblée générale"\n  adopte: "comptes-2025"\n',
    )
    words = ("affectation", "--periode", "2025", "--vers", "118=60000", "--ecrire")
    done(main, *words)
    found = look(main)
    assert [balance(found.books, "FONCT", each, "2026-03-20") for each in ("131", "128", "118", "12")] == [
        0,
        0,
        -60_000,
        0,
    ]
    assert not [each for each in found.findings if each.rule in ("comptes-de-bilan", "numerotation-pieces")]
    assert "les livres ont déjà tout" in done(main, *words)


def test_what_reads_the_year_reads_the_same_before_and_after(shared: Path, opened: Path, tmp_path: Path) -> None:
    """Reports of result leave the closing out, statements too; balances and journals do not (contract §9)."""
    before, after = (_told(main, tmp_path / name) for name, main in (("before", shared), ("after", opened)))
    assert before.keys() == after.keys()
    assert {"bilan", "resultat", "flux-tresorerie", "suivi-budgetaire", "rapport-ag"} <= {path.stem for path in before}
    changed = {path.stem for path in before if before[path] != after[path]}
    assert changed == {"balance", "grand-livre", "livre-journal"}


def _told(main: Path, out: Path) -> dict[Path, object]:
    """What the reports of 2026 say, less the digest of the books they were made from."""
    for words in (("--all",), ("bilan",), ("resultat",), ("flux-tresorerie",), ("rapport-ag",)):
        command = ["report", *words, "--periode", "2026", "--format", "json", "--out", str(out)]
        result = CliRunner().invoke(cli, [*command, "--today", NOW, "--ledger", str(main)])
        assert result.exit_code == 0, result.output
    found: dict[Path, object] = {}
    for path in out.rglob("*.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        found[path.relative_to(out)] = {
            key: value for key, value in said.items() if key not in ("digest", "last_entry")
        }
    return found


# --- generated books --------------------------------------------------------------------------------------------------


def test_generated_books_get_back_the_shares_they_lost_and_close(tmp_path: Path) -> None:
    """A year of three donors (models A, B, C) as the benchmark makes them; what wrote their shares knows nothing of ours."""
    demo_books.write(tmp_path, bulk.files(3, 1, 500, 7))
    shutil.copy(year_books.ROOT / "rules/plan-comptable.yaml", tmp_path / "rules")
    main, late = tmp_path / "ledger/main.beancount", "2027-01-15"
    wanted = _released(look(main, late).books)
    assert len(wanted) == 24, "two donors, twelve months"
    for path in main.parent.rglob("*.beancount"):
        parts = path.read_text(encoding="utf-8").split("\n\n")
        kept = [part for part in parts if not re.search(r"^  Produits:[\w-]+:(702|7925)-\S+ ", part, re.MULTILINE)]
        path.write_text("\n\n".join(kept) + "\n", encoding="utf-8")
    year = f"{min(wanted)[1][:4]}"
    assert _released(look(main, late).books) == {}
    assert "aucun constat nouveau" in done(main, "quote-part", "--periode", year, "--ecrire", today=late)
    assert _released(look(main, late).books) == wanted
    assert "aucun constat nouveau" in done(main, "cloture", "--periode", year, "--ecrire", today=late)
    books = look(main, late).books
    assert [balance(books, tree, number, f"{year}-12-31") for tree in books.trees for number in "678"] == [0] * 9
    assert "les livres ont déjà tout" in done(main, "cloture", "--periode", year, "--ecrire", today=late)


def _released(books: Books) -> dict[tuple[str, str], int]:
    """What each tree released in each month."""
    found: dict[tuple[str, str], int] = {}
    for entry in books.touching("702", "7925"):
        key = entry.tree, f"{entry.date:%Y-%m}"
        found[key] = found.get(key, 0) - sum(m.value for m in entry.movements if m.account.is_("702", "7925"))
    return found


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "today", "said"),
    [
        (("quote-part", "--periode", "2026-13"), NOW, "« 2026-13 » n'est pas une période"),
        (("quote-part", "--periode", "2026", "--bailleur", "EAUX"), NOW, "Le projet « EAUX » n'existe pas. Vouliez-vous"),
        (("cloture", "--periode", "2026"), NOW, "ledger/eau/comptes.beancount:7 : il manque des quotes-parts"),
        (("cloture", "--periode", "2026"), "2026-12-30", "rules/organisation.yaml:3 : l'exercice 2026 finit le 31/12/2026"),
        (("cloture", "--periode", "2026-S1"), NOW, "« 2026-S1 » n'est pas un exercice"),
        (("cloture", "--periode", "2024"), NOW, "rules/organisation.yaml:3 : aucun exercice ne finit en 2024"),
        (("reouverture", "--periode", "2026"), NOW, "garde un solde au 31/12/2026, l'exercice 2026 n'y est pas clos"),
        (("affectation", "--periode", "2026", "--decide-le", "2027-03-27"), NOW, "qui a adopté les comptes 2026 est du 28/03"),
        (("affectation", "--periode", "2026"), "2027-03-27", "aucune assemblée générale n'a adopté les comptes 2026"),
        (("affectation", "--periode", "2026", "--vers", "131=5"), NOW, "un résultat s'affecte aux fonds propres (10 à 12)"),
        (("affectation", "--periode", "2026", "--vers", "118"), NOW, "écrivez COMPTE=FRANCS"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_its_place(
    typed: Path, words: tuple[str, ...], today: str, said: str
) -> None:
    result = run(typed, *words, today=today)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_the_next_year_must_be_open(closed: Path, tmp_path: Path) -> None:
    main = copy(closed, tmp_path)
    rules = main.parent.parent / "rules/organisation.yaml"
    said = rules.read_text(encoding="utf-8")
    rules.write_text(said.replace("  - {du: 2027-01-01, au: 2027-12-31}\n", ""), encoding="utf-8")
    result = run(main, "reouverture", "--periode", "2026", today="2026-12-31")
    assert (result.exit_code, "rules/organisation.yaml:3 : l'exercice qui commence le 01/01/2027" in result.output) == (
        2,
        True,
    )


def test_a_tree_whose_model_nobody_declared_is_refused(typed: Path, tmp_path: Path) -> None:
    main = copy(typed, tmp_path)
    rules = main.parent.parent / "rules/bailleurs/edu.yaml"
    rules.write_text('code: EDU\nnom: "Bailleur EDU"\n', encoding="utf-8")
    result = run(main, "quote-part", "--periode", "2026")
    assert (result.exit_code, "rules/bailleurs/edu.yaml:1 : EDU n'a aucune convention" in result.output) == (2, True)
    rules.unlink()
    result = run(main, "cloture", "--periode", "2026")
    assert (result.exit_code, "ledger/edu/comptes.beancount:7 : le projet EDU n'est décrit" in result.output) == (
        2,
        True,
    )


def test_a_closed_period_is_refused_with_what_closes_it(typed: Path, tmp_path: Path) -> None:
    main = copy(typed, tmp_path)
    append(
        main,
        "fonct/2026-04.beancount",
        '2026-04-10 custom "cloture" "2026-T1"\n  version: 1\n  empreinte: "sha256:00"\n',
    )
    result = run(main, "quote-part", "--periode", "2026")
    assert (result.exit_code, "ledger/fonct/2026-04.beancount:7 : la période 2026-T1 est close" in result.output) == (
        2,
        True,
    )
    assert '"quote-part"' in done(main, "quote-part", "--periode", "2026-S2"), "what is open may still be proposed"


def test_a_closing_is_completed_not_reversed(closed: Path) -> None:
    result = run(closed, "extourne", "OD-FONCT-2026-0001")
    assert (result.exit_code, "grandlivre entries cloture" in result.output) == (2, True), result.output


@pytest.mark.skipif(os.name == "nt", reason="roots are read from options on every system alike")
def test_the_roots_are_those_of_the_options(typed: Path, tmp_path: Path) -> None:
    """English roots: the account to open takes the word that the options say."""
    main = copy(typed, tmp_path)
    for path in main.parent.rglob("*.beancount"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("Produits", "Income").replace("Actif", "Assets"), encoding="utf-8")
    rules = main.parent.parent / "rules/bailleurs/edu.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("Actif", "Assets"), encoding="utf-8")
    assert "open Income:EDU:7925-" in done(main, "quote-part", "--periode", "2026", "--bailleur", "EDU")
