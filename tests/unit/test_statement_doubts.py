"""What a statement says in two ways is refused with its row, unless its balances decide; what nothing reads is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from grandlivre.importers.describing import guess, propose, sample
from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.reading import read_statement
from grandlivre.importers.statement import Reading
from grandlivre.sources.problem import Problem

TWO = {"date": "Date", "libelle": "Libelle", "debit": "Debit", "credit": "Credit"}
ONE = {"date": "Date", "libelle": "Libelle", "montant": "Montant"}


def form(columns: Mapping[str, str] = TWO, **keys: object) -> StatementFormat:
    return StatementFormat.model_validate({"nom": "essai", "type": "csv", "colonnes": dict(columns), **keys})


def read(folder: Path, content: str | bytes, wanted: StatementFormat) -> Reading:
    file = folder / f"releve.{wanted.kind}"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_statement(file, wanted)


def amounts(reading: Reading) -> list[int]:
    assert reading.statement is not None, reading.problems
    return [line.amount for line in reading.statement.lines]


DIRECTED = form({**ONE, "sens": "Sens"}, entrees=["Recu"], sorties=["Envoye"])
CHARGED = form({**ONE, "frais": "Frais"})
DOUBTS = {
    "a cell was lost: 7 000 would go out": (form(), "Date;Libelle;Debit;Credit|01/10/2026;A;500;|02/10/2026;RECU;7000", 3),
    "the same title twice": (form(ONE), "Date;Libelle;Montant;Montant|01/10/2026;A;150;98394", 1),
    "a status that no key reads": (form(ONE), "Date;Libelle;Montant;Statut|01/10/2026;A;-300;ECHEC", 2),
    "fees that no key reads": (form(ONE), "Date;Libelle;Montant;Frais|01/10/2026;A;-300;0|02/10/2026;B;-300;50", 3),
    "a direction that no key reads": (form(ONE), "Date;Libelle;Montant;Sens|01/10/2026;A;300;D", 2),
    "another currency": (form(ONE), "Date;Libelle;Montant;Devise|01/10/2026;A;300;XOF|01/10/2026;A;300;EUR", 3),
    "money given back under a word of payment": (
        DIRECTED,
        "Date;Libelle;Montant;Sens|01/10/2026;A;1000;Envoye|02/10/2026;ANNULATION A;-1000;Envoye",
        3,
    ),
    "fees that are all negative": (CHARGED, "Date;Libelle;Montant;Frais|01/10/2026;A;-1000;-20", 2),
}  # fmt: skip


@pytest.mark.parametrize("kind", DOUBTS)
def test_a_doubt_is_refused_on_its_row(kind: str, tmp_path: Path) -> None:
    wanted, rows, line = DOUBTS[kind]
    found = read(tmp_path, rows.replace("|", "\n"), wanted)
    assert [each.line for each in found.problems] == [line], found


PROVED = {
    "a row that ends before its empty cells": (
        form(**{"solde-initial": "^avant", "solde-final": "^apres"}),
        "Date;Libelle;Debit;Credit|;avant;;1000|01/10/2026;A;500|;apres;;500",
        [-500],
    ),
    "a status of no consequence": (
        form({**ONE, "solde": "Solde"}),
        "Date;Libelle;Montant;Statut;Solde|01/10/2026;A;-300;X;700|02/10/2026;B;-200;Y;500",
        [-300, -200],
    ),
    "a column that the format sets aside": (
        form(ONE, **{"colonnes-ignorees": ["Frais"]}),
        "Date;Libelle;Montant;Frais|01/10/2026;A;-300;50",
        [-300],
    ),
    "fees that the format says negative": (
        form({**ONE, "frais": "Frais"}, signe="debits-negatifs"),
        "Date;Libelle;Montant;Frais|01/10/2026;A;-1000;-20",
        [-1000, -20],
    ),
    "a fee given back among others": (
        CHARGED,
        "Date;Libelle;Montant;Frais|01/10/2026;A;-1000;20|02/10/2026;B;1000;-20",
        [-1000, -20, 1000, 20],
    ),
}


@pytest.mark.parametrize("kind", PROVED)
def test_what_balances_or_the_format_decide_is_read(kind: str, tmp_path: Path) -> None:
    wanted, rows, expected = PROVED[kind]
    assert amounts(read(tmp_path, rows.replace("|", "\n"), wanted)) == expected


def test_a_second_sheet_of_the_same_titles_is_named(tmp_path: Path) -> None:
    book = Workbook()
    for name in ("Octobre", "Novembre"):
        sheet = book.create_sheet(name)
        sheet.append(list(TWO.values()))
        sheet.append([date(2026, 10, 5), name, 100, None])
    book.save(tmp_path / "releve.xlsx")
    [said] = read_statement(tmp_path / "releve.xlsx", form(type="xlsx")).problems
    assert "« Octobre », « Novembre »" in said.message
    chosen = read_statement(tmp_path / "releve.xlsx", form(type="xlsx", feuille="Novembre"))
    assert amounts(chosen) == [-100]


@pytest.mark.parametrize(
    ("shape", "said"),
    [("JJMMAAAA", "1112026"), ("AAAAMMJJ", "2026111"), ("AAAAMMJJ", "202611 1"), ("AAMMJJ", "2611")],
)
def test_a_day_whose_digits_are_not_all_there_is_none(shape: str, said: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"Date;Libelle;Debit;Credit\n{said};A;5;\n", form(**{"format-date": shape}))
    assert [each.line for each in found.problems] == [2]


@pytest.mark.parametrize(("written", "expected"), [("cp850", "cp1252"), ("utf-8", "cp1252"), ("cp1252", "cp850")])
def test_another_encoding_is_never_read_as_other_letters(written: str, expected: str, tmp_path: Path) -> None:
    """Mixed with what is right, so that the whole file proves nothing."""
    right = "Date;Libelle;Debit;Credit\n01/10/2026;Chèque déposé;5;\n"
    other = "02/10/2026;chèque déposé;6;\n"
    found = read(tmp_path, right.encode(expected) + other.encode(written), form(encodage=expected))
    assert [each.line for each in found.problems] == [3]
    assert "s'y lit mal" in found.problems[0].message
    plain = "Date;Libelle;Debit;Credit\n01/10/2026;Œuvre d’été – “à Ségou…” n°5, 20 €, ÉLÈVE À;5;\n"
    assert amounts(read(tmp_path, plain.encode("cp1252"), form(encodage="cp1252"))) == [-5]


OFX = "<OFX><STMTRS><CURDEF>XOF<BANKTRANLIST>{}</BANKTRANLIST></STMTRS></OFX>"


def movement(amount: int, name: str = "A", day: str = "20261005") -> str:
    return f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day}<TRNAMT>{amount}<NAME>{name}</STMTTRN>\n"


ASTRAY = {
    "no beginning": movement(-1) + movement(-2).removeprefix("<STMTTRN>") + movement(-3),
    "neither end nor beginning": (movement(-1) + movement(-2)).replace("</STMTTRN>\n<STMTTRN>", "\n"),
    "two amounts": movement(-1).replace("<TRNAMT>-1", "<TRNAMT>-1<TRNAMT>-9"),
}


@pytest.mark.parametrize("kind", ASTRAY)
def test_no_movement_of_an_ofx_file_is_lost(kind: str, tmp_path: Path) -> None:
    [said] = read(tmp_path, OFX.format(ASTRAY[kind]), form(type="ofx")).problems
    assert "une opération serait perdue" in said.message


def test_what_an_ofx_file_sets_aside_is_no_movement(tmp_path: Path) -> None:
    inside = f"<!-- {movement(-900)} -->" + movement(-1).replace("<STMTTRN>", "<STMTTRN >")
    pending = "</BANKTRANLIST><BANKTRANLISTP><STMTTRNP><TRNAMT>-7</STMTTRNP></BANKTRANLISTP><BANKTRANLIST>"
    assert amounts(read(tmp_path, OFX.format(inside + pending), form(type="ofx"))) == [-1]
    mixed = OFX.format(movement(-1, "é") + movement(-2, "dépôt")).encode().replace("é".encode(), b"\xe9", 1)
    assert "deux encodages" in read(tmp_path, mixed, form(type="ofx")).problems[0].message
    assert read(tmp_path, OFX.format(movement(-1, day="2026111")), form(type="ofx")).problems


# --- the format proposed from a file ----------------------------------------------------------------------------------


def described(folder: Path, rows: str, **said: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], Reading]:
    file = folder / "releve.csv"
    file.write_text(rows.replace("|", "\n"), encoding="utf-8")
    found = sample(file)
    assert not isinstance(found, Problem)
    words = {key.replace("_", "-"): each for key, each in said.items()}
    made = propose(found, "essai", {**guess(found), **words}, None)
    return (made.form.failed if made.form else ()), made.doubts, made.reading


def test_a_word_that_is_not_known_is_never_sorted(tmp_path: Path) -> None:
    rows = "Date;Libelle;Montant;Statut|25/10/2026;a;-100;Effectué|25/10/2026;b;-200;{}"
    for word in ("Non validé", "Invalide", "À valider", "Incomplet", "Payé"):
        _, _, reading = described(tmp_path, rows.format(word))
        assert [each.line for each in reading.problems] == [3], word
    failed, _, reading = described(tmp_path, rows.format("Non effectué"))
    assert (failed, amounts(reading)) == (("Non effectué",), [-100])
    _, _, reading = described(tmp_path, rows.format("Payé"), statuts_faits=("Payé",))
    assert amounts(reading) == [-100, -200]


def test_a_word_that_begins_with_c_is_no_credit(tmp_path: Path) -> None:
    rows = "Date;Libelle;Montant;Sens|25/10/2026;a;100;{}|25/10/2026;b;200;Crédit"
    assert amounts(described(tmp_path, rows.format("Cash out"))[2]) == [-100, 200]
    assert [each.line for each in described(tmp_path, rows.format("Chèque"))[2].problems] == [2]
    assert amounts(described(tmp_path, rows.format("D").replace("Crédit", "D"))[2]) == [-100, -200]
    refused = described(tmp_path, "Date;Libelle;Debit;Credit;Sens|25/10/2026;a;1;;D", sens=("Sens",))[2]
    assert "« sens » ne va qu'avec « montant »" in refused.problems[0].message


def test_days_and_signs_that_nothing_proves_are_said(tmp_path: Path) -> None:
    _, doubts, _ = described(tmp_path, "Date;Libelle;Montant|05/10/2026;a;100|06/10/2026;b;200")
    assert ["MM/JJ/AAAA" in doubts[0], "depenses-positives" in doubts[1]] == [True, True]
    assert described(tmp_path, "Date;Libelle;Montant|05/10/2026;a;-100|26/10/2026;b;200")[1] == ()
