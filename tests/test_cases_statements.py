"""Statements as banks and operators really export them: read rightly, or refused on their row; never changed in silence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from grandlivre.importers.formats import StatementFormat, load_formats
from grandlivre.importers.reading import read_statement, recognised
from grandlivre.importers.statement import Reading

CASES = Path(__file__).parent / "cases"
FORMATS = load_formats(Path(__file__).resolve().parent.parent / "rules" / "releves", [])
OF_KIND = {"ofx": "OFX", "csv": "Banque BDM", "xlsx": "Banque BNDA"}


def form_of(folder: Path, file: Path) -> StatementFormat:
    own = load_formats(folder, [])
    if own:
        return next(iter(own.values()))
    found = [form for form in FORMATS.values() if recognised(file, form)]
    if len(found) == 1:
        return found[0]
    kind = file.suffix[1:]
    return next(form for form in FORMATS.values() if form.kind == kind and OF_KIND[kind] in form.name)


def reading(slug: str) -> Reading:
    folder = next(CASES.glob(f"{slug}-*"))
    file = next(folder.glob("releve.*"))
    return read_statement(file, form_of(folder, file))


READ: dict[str, list[tuple[str, int, str, str | None]]] = {
    "01": [("2026-11-01", -61_100, "VIR EMIS OV-FONCT-070 NET SAHEL", None)],
    "02": [("2026-11-30", -61_100, "VIR EMIS OV-FONCT-070 NET SAHEL", None)],
    "03": [("2026-11-15", -148_500, "CHQ 0915641 LIBRAIRIE", None)],
    "12": [("2026-11-05", 55_045, "Cash in 70000000", None), ("2026-11-06", -26_000, "P2P 70000001", None)],
    "16": [("2026-11-05", -25_000, "PRÉLÈVEMENT", "prelevements")],
    "17": [("2026-11-05", -25_000, "PRÉLÈVEMENT", "prelevements")],
    "18": [("2026-11-05", -25_000, "RÈGLEMENT", None)],
    "19": [("2026-11-05", -25_000, "PRÉLÈVEMENT", "prelevements")],
    "20": [("2026-11-05", -25_000, "PRÉLÈVEMENT ÉLECTRICITÉ", "prelevements")],
    "21": [("2026-11-05", -25_000, "VIR À ÁFRICA Í", None)],
    "22": [("2026-11-05", -8_500, "INTÉRÊTS DÉBITEURS", "interets")],
    "23": [("2026-11-05", -25_000, "PRÉLÈVEMENT", "prelevements")],
    "24": [("2026-11-05", -25_000, "PRÉLÈVEMENT", "prelevements")],
    "25": [("2026-11-05", -25_000, "PRÉLÈVEMENT", "prelevements")],
    "26": [("2026-11-05", -25_000, "VIR EMIS OV-FONCT-070 NET SAHEL", None)],
    "27": [("2026-11-05", -25_000, "FRAIS TENUE DE COMPTE", "frais")],
    "28": [("2026-11-05", -25_000, "RETRAIT GAB BAMAKO", None)],
    "30": [
        ("2026-11-02", -134_500, "CHQ 0441060 STATION SAHEL", None),
        ("2026-11-05", 2_000_000, "VIR RECU UE TRANCHE 3", None),
    ],
    "31": [("2026-11-02", -100, "A", None), ("2026-11-02", -200, "B", None), ("2026-11-02", -300, "C", None)],
    "32": [
        ("2026-11-02", -134_500, "CHQ 0441060 STATION SAHEL", None),
        ("2026-11-05", 2_000_000, "VIR RECU UE TRANCHE 3", None),
    ],
    "33": [
        ("2026-11-02", -134_500, "CHQ 0441060 STATION SAHEL", None),
        ("2026-11-05", 2_000_000, "VIR RECU UE TRANCHE 3", None),
    ],
    "34": [("2026-11-02", -134_500, "CHQ", None)],
    "35": [("2026-11-02", -134_500, "CHQ", None)],
    "36": [("2026-11-02", -74_800, "CHQ 0730600 PAPETERIE", None), ("2026-11-05", 2_000_000, "VIR RECU UNICEF", None)],
    "37": [("2026-11-30", -935, "TAF 17 % SUR FRAIS", "frais")],
    "38": [("2026-11-02", -74_800, "CHQ 0730600 PAPETERIE", None), ("2026-11-05", 2_000_000, "VIR RECU UNICEF", None)],
    "39": [
        ("2026-11-02", -134_500, "CHQ 0441060", None),
        ("2026-11-02", -500, "FRAIS CHQ", "frais"),
        ("2026-11-05", 2_000_000, "VIR", None),
    ],
    "44": [("2026-11-05", -25_000, "Chèque 0915640", None)],
    "46": [("2026-11-05", -25_000, "VIR EMIS OV-FONCT-070 NET SAHEL", None)],
    "49": [("2026-11-05", -61_100, "VIR EMIS OV-FONCT-070 NET SAHEL", None)],
}


@pytest.mark.parametrize("case", READ)
def test_read_as_the_bank_wrote_it(case: str) -> None:
    statement, problems = reading(case)
    assert problems == ()
    assert statement is not None
    assert [(line.date.isoformat(), line.amount, line.text, line.nature) for line in statement.lines] == READ[case]


@pytest.mark.parametrize(
    ("case", "row", "words"),
    [
        ("11", 9, "8 cases sous 7 titres"),
        ("14", 14, "TRNTYPE DEBIT contredit"),
        ("15", 14, "TRNTYPE FEE contredit"),
        ("29", 15, "2 opérations commencées, 1 complète"),
        ("47", 8, "02/11/2062"),
        ("48", 8, "02/11/0026"),
        ("52", 1, "Un seul compte"),
        ("56", 8, "« 134.500 » est trouvé. Si la banque écrit ainsi les milliers : « separateur-milliers"),
        ("58", 6, "« lignes-ignorees: 4 »"),
        ("59", 1, "une page web"),
    ],
)
def test_refused_on_its_row(case: str, row: int, words: str) -> None:
    statement, problems = reading(case)
    assert statement is None
    assert any(each.line == row and words in each.message for each in problems), problems


def test_a_failed_transfer_is_left_out_and_counted() -> None:
    statement, _ = reading("12")
    assert statement is not None
    assert statement.left_out == 1


@pytest.mark.parametrize(
    ("case", "balances"),
    [
        ("30", (18_036_797, 19_902_297)),
        ("31", (18_036_797, 18_036_197)),
        ("32", (18_036_797, 19_902_297)),
        ("33", (18_036_797, 19_902_297)),
        ("34", (-100_000, -234_500)),
        ("35", (100_000, -34_500)),
        ("37", (13_737_707, 13_736_772)),
        ("38", (13_737_707, 15_662_907)),
        ("39", (18_036_797, 19_901_797)),
    ],
)
def test_the_balances_are_the_bank_s(case: str, balances: tuple[int, int]) -> None:
    statement, _ = reading(case)
    assert statement is not None
    assert (statement.opening, statement.closing) == balances


def test_a_reference_kept_as_text_loses_its_quotes() -> None:
    statement, _ = reading("45")
    assert statement is not None
    assert [line.reference for line in statement.lines] == ["0441060", None]


def test_no_reference_where_the_bank_gives_none() -> None:
    statement, _ = reading("28")
    assert statement is not None
    assert statement.lines[0].reference is None


@pytest.mark.parametrize(
    ("case", "amounts", "closing"),
    [
        ("13", [55_045, -26_000, -260, 26_000, 260], None),
        ("50", [-61_100, -94_900], 7_397_292),
        ("51", [-61_100, -300], None),
        ("53", [-25_000, -300], None),
        ("54", [-25_000], None),
        ("55", [-134_500, 2_000_000], 19_902_297),
        ("57", [-134_500, 2_000_000], 19_902_297),
        ("60", [-74_800, 2_000_000], 15_662_907),
        ("61", [-25_000, -25_000], None),
        ("62", [1_000], 8_908_823),
    ],
)
def test_stays_right(case: str, amounts: list[int], closing: int | None) -> None:
    statement, problems = reading(case)
    assert problems == ()
    assert statement is not None
    assert [line.amount for line in statement.lines] == amounts
    assert closing in (None, statement.closing)


def test_a_quoted_wording_over_two_lines_is_one() -> None:
    statement, _ = reading("57")
    assert statement is not None
    assert statement.lines[0].text == 'CHQ 0441060 STATION "SAHEL"'


def test_the_fee_of_a_doubled_identifier_is_a_fee() -> None:
    statement, _ = reading("51")
    assert statement is not None
    assert [line.nature for line in statement.lines] == [None, "frais"]


def test_every_case_is_read_here() -> None:
    """One folder a case; a case without a value would prove nothing. What is reconciled is read in `test_cases_month`."""
    text = "".join(
        Path(__file__).with_name(name).read_text("utf-8") for name in (Path(__file__).name, "test_cases_month.py")
    )
    statements = [folder.name for folder in CASES.iterdir() if any(folder.glob("releve.*"))]
    assert len(statements) >= 51
    assert [name for name in statements if f'"{name[:2]}' not in text] == []


def test_an_unknown_status_is_named(tmp_path: Path) -> None:
    folder = next(CASES.glob("12-*"))
    file = tmp_path / "releve.csv"
    file.write_text((folder / "releve.csv").read_text(encoding="utf-8").replace("Échec", "En cours"), encoding="utf-8")
    statement, problems = read_statement(file, form_of(folder, file))
    assert statement is None
    assert [(each.line, "« EN COURS »" in each.message) for each in problems] == [(7, True)]


@pytest.mark.parametrize("cut", range(0, 900, 37))
def test_a_damaged_file_is_a_problem_and_no_exception(cut: int, tmp_path: Path) -> None:
    whole = next(next(CASES.glob("51-*")).glob("releve.ofx")).read_bytes()
    file = tmp_path / "releve.ofx"
    file.write_bytes(whole[:cut] + b"\xff<" + whole[cut + 9 :])
    form = next(form for form in FORMATS.values() if form.kind == "ofx")
    statement, problems = read_statement(file, form)
    assert (statement is None) == bool(problems)
    if statement is not None:
        assert all(line.date > date(2000, 1, 1) for line in statement.lines)
