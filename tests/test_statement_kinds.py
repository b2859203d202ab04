"""What banks print otherwise than one expects: each kind is read rightly, or refused on its row with the key that reads it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from grandlivre.importers.formats import Columns, Natures, StatementFormat, load_formats
from grandlivre.importers.reading import read_statement, recognised
from grandlivre.importers.statement import BankFile

FOLDER = Path(__file__).resolve().parent.parent / "rules" / "releves"
FORMATS = load_formats(FOLDER, [])
BDM, OFX = FORMATS["bdm-exemple"], FORMATS["ofx"]
HEAD = """\
Banque BDM (exemple fictif)
Compte n° ;ML016 01201 002600521110 37
Titulaire;ANI-Mali
Période;du 01/11/2026 au 30/11/2026

Date;Valeur;Libellé;N° pièce;Débit;Crédit;Solde
"""
OPENING = ";;SOLDE AU 31/10/2026;;;;1 000 000\n"


def csv(tmp_path: Path, *rows: str, head: str = HEAD + OPENING) -> Path:
    file = tmp_path / "releve.csv"
    file.write_text(head + "".join(f"{row}\n" for row in rows), encoding="cp1252")
    return file


def read(file: Path, form: StatementFormat = BDM) -> BankFile:
    statement, problems = read_statement(file, form)
    assert problems == ()
    assert statement is not None
    return statement


def refused(file: Path, form: StatementFormat = BDM) -> list[tuple[int, str]]:
    statement, problems = read_statement(file, form)
    assert statement is None
    return [(each.line, each.message) for each in problems]


@pytest.mark.parametrize("model", [StatementFormat, Columns, Natures])
def test_every_key_stands_in_the_guide(model: type[StatementFormat | Columns | Natures]) -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    keys = {info.alias or name for name, info in model.model_fields.items()}
    assert {key for key in keys if f"`{key}" not in guide} == set()


@pytest.mark.parametrize(
    "written",
    [
        "134 500",
        "134 500 F",
        "XOF 134 500",
        "F CFA 134 500",
        "134 500 FCFA",
        "134 500 F.CFA",
        "134'500",
        "134\u2019500",
        "**134 500**",
        "134 500 DR",
        "134 500 D",
        '="134 500"',
        "134 500,00",
    ],
)
def test_a_payment_however_it_is_written(written: str, tmp_path: Path) -> None:
    [line] = read(csv(tmp_path, f"02/11/2026;;CHQ 1;1;{written};;865 500")).lines
    assert line.amount == -134_500


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("134 500 CR", "contredit"),
        ("134 500 C", "contredit"),
        ("(134 500", "un montant comme"),
        ("-134 500-", "un montant comme"),
        ("134.500", '« separateur-milliers: "." »'),
        ("134,500", "se lit 134 500 ou 134 et une fraction"),
        ("1e5", "un montant comme"),
        ("inf", "un montant comme"),
    ],
)
def test_an_amount_that_is_not_guessed(written: str, words: str, tmp_path: Path) -> None:
    [(row, said)] = refused(csv(tmp_path, f"02/11/2026;;CHQ 1;1;{written};;865 500"))
    assert (row, words in said) == (8, True), said


SIGNED = """\
nom: Essai
type: csv
separateur: ";"
{keys}
colonnes: {{date: Date, libelle: Libellé, montant: Montant, {columns}}}
"""


@pytest.mark.parametrize(
    ("keys", "columns", "row", "amounts"),
    [
        ("", "", "134 500 D", [-134_500]),
        ("", "", "134 500 CR", [134_500]),
        ("", "", "-134 500 D", [-134_500]),
        ("signe: depenses-positives", "", "134 500 D", [-134_500]),
        ("signe: depenses-positives", "", "134 500", [-134_500]),
        ("signe: depenses-positives", "", "134 500 C", None),
        ("", "frais: Frais", "-1 000;150 D", [-1_000, -150]),
        ("", "frais: Frais", "-1 000;150 C", None),
        ("entrees: Reçu\nsorties: Envoyé", "sens: Sens", "1 000;Envoyé", [-1_000]),
        ("entrees: Reçu\nsorties: Envoyé", "sens: Sens", "-1 000;Envoyé", [-1_000]),
        ("entrees: Reçu\nsorties: Envoyé", "sens: Sens", "1 000;Reçu", [1_000]),
        ("entrees: Reçu\nsorties: Envoyé", "sens: Sens", "-1 000;Reçu", None),
        ("entrees: Reçu\nsorties: Envoyé", "sens: Sens", "1 000 D;Reçu", None),
    ],
)
def test_the_letter_the_sign_and_the_column_agree(
    keys: str, columns: str, row: str, amounts: list[int] | None, tmp_path: Path
) -> None:
    (tmp_path / "essai.yaml").write_text(SIGNED.format(keys=keys, columns=columns), encoding="utf-8")
    form = load_formats(tmp_path, [])["essai"]
    title = columns.partition(": ")[2]
    file = tmp_path / "releve.csv"
    file.write_text(f"Date;Libellé;Montant;{title}\n02/11/2026;VIR;{row}\n", encoding="utf-8")
    statement, problems = read_statement(file, form)
    assert (None if statement is None else [line.amount for line in statement.lines]) == amounts, problems
    assert amounts is not None or "contredit" in problems[0].message


@pytest.mark.parametrize(
    "text", ["SOLDE PRÉCÉDENT", "Ancien solde", "SOLDE AU 31/10/2026", "TOTAL", "Sous-total", "REPORT", "À reporter"]
)
def test_a_dated_balance_is_no_receipt(text: str, tmp_path: Path) -> None:
    found = refused(csv(tmp_path, f"01/11/2026;;{text};;;1 000 000;", "02/11/2026;;CHQ 1;1;100;;", head=HEAD))
    assert [(row, "pas une opération" in said) for row, said in found] == [(7, True)]


@pytest.mark.parametrize("text", ["SOLDE FACTURE 12", "VIR SOLDE DE TOUT COMPTE", "TOTALENERGIES", "REPORT ECHEANCE"])
def test_an_operation_that_speaks_of_a_balance(text: str, tmp_path: Path) -> None:
    [line] = read(csv(tmp_path, f"02/11/2026;;{text};;100;;999 900")).lines
    assert line.text == text


def test_an_operation_below_the_footer_is_not_lost(tmp_path: Path) -> None:
    rows = ("02/11/2026;;CHQ 1;1;100;;", "TOTAL DES MOUVEMENTS;;;;100;;", "03/11/2026;;CHQ 2;2;200;;")
    [(row, said)] = refused(csv(tmp_path, *rows))
    assert (row, "resserrez « pied »" in said) == (10, True)


@pytest.mark.parametrize("closed", ["CHQ 2", 'CHQ "SAHEL'])
def test_a_quote_left_open_swallows_no_line(closed: str, tmp_path: Path) -> None:
    """A lenient reader would give the first operation the amount of the second, and lose a line."""
    rows = ('02/11/2026;;"CHQ 1;1;100;;', f'03/11/2026;;{closed}";2;200;;', "04/11/2026;;CHQ 3;3;300;;")
    assert refused(csv(tmp_path, *rows))[0][0] == 8


def test_an_operation_without_a_wording(tmp_path: Path) -> None:
    rows = ("02/11/2026;;;0441060;100;;999 900", "03/11/2026;;;;100;;999 800")
    assert [line.text for line in read(csv(tmp_path, *rows)).lines] == ["Opération 0441060", "Opération sans libellé"]


def test_a_commission_on_movements_is_no_total(tmp_path: Path) -> None:
    rows = ("02/11/2026;;CHQ 1;1;100;;999 900", ";;COMMISSION DE MOUVEMENT;;50;;999 850")
    assert [line.amount for line in read(csv(tmp_path, *rows)).lines] == [-100, -50]


def test_marks_of_direction_and_dashes_say_nothing(tmp_path: Path) -> None:
    form = BDM.model_copy(update={"encoding": "utf-8"})
    file = tmp_path / "releve.csv"
    row = "\u200e02/11/2026;—;\u200eCHQ 1\u200f;—;\u200e134 500;—;865 500\n"
    file.write_text(HEAD + OPENING + row, encoding="utf-8")
    [line] = read(file, form).lines
    assert (line.amount, line.text, line.reference, line.value_date) == (-134_500, "CHQ 1", None, None)


@pytest.mark.parametrize("written", ["(134 500)", "-134 500", "134 500-"])
def test_debits_printed_with_their_minus_name_the_key(written: str, tmp_path: Path) -> None:
    row = f"02/11/2026;;CHQ 1;1;{written};;865 500"
    [(at, said)] = refused(csv(tmp_path, row))
    assert (at, "« signe: debits-negatifs »" in said) == (8, True), said
    alone = csv(tmp_path, f"02/11/2026;;CHQ 1;1;{written};;", head=HEAD)
    assert any("« signe: debits-negatifs »" in said for _, said in refused(alone))
    [line] = read(csv(tmp_path, row), BDM.model_copy(update={"sign": "debits-negatifs"})).lines
    assert line.amount == -134_500


def test_a_debit_taken_back_is_a_receipt_when_the_balances_say_so(tmp_path: Path) -> None:
    [line] = read(csv(tmp_path, "02/11/2026;;FRAIS RENDUS;1;-500;;1 000 500")).lines
    assert line.amount == 500


def test_positive_debits_under_the_other_sign_name_the_key(tmp_path: Path) -> None:
    form = BDM.model_copy(update={"sign": "debits-negatifs"})
    [(row, said)] = refused(csv(tmp_path, "02/11/2026;;CHQ 1;1;134 500;;865 500"), form)
    assert (row, "« signe: recettes-positives »" in said) == (8, True)


@pytest.mark.parametrize(
    ("printed", "closing"),
    [
        (";;SOLDE FINAL;;34 500;;", -34_500),
        (";;SOLDE FINAL;;;34 500;", 34_500),
        (";;SOLDE FINAL;;;;34 500 D", -34_500),
        (";;SOLDE FINAL;;;;34 500 DR", -34_500),
        (";;SOLDE FINAL;;;;34 500 CR", 34_500),
        (";;SOLDE FINAL;;;;-34 500", -34_500),
        (";;SOLDE FINAL DÉBITEUR;;;;34 500", -34_500),
        (";;SOLDE FINAL CRÉDITEUR;;;;34 500", 34_500),
        (";;SOLDE FINAL AU 30/11/2026;;0;34 500;", 34_500),
        (";;SOLDE FINAL;;;;XOF **34 500**", 34_500),
    ],
)
def test_an_overdrawn_account(printed: str, closing: int, tmp_path: Path) -> None:
    statement = read(csv(tmp_path, "02/11/2026;;CHQ 1;1;134 500;;", printed, head=HEAD))
    assert (statement.opening, statement.closing) == (closing + 134_500, closing)


def test_a_balance_on_both_sides_is_refused(tmp_path: Path) -> None:
    found = refused(csv(tmp_path, "02/11/2026;;CHQ 1;1;134 500;;", ";;SOLDE FINAL;;34 500;20 000;", head=HEAD))
    assert (8, "Un seul solde est attendu sur cette ligne ; 34 500 et 20 000 sont trouvés.") in [
        (row, said.replace("\u202f", " ").replace("\u00a0", " ")) for row, said in found
    ]


def test_a_balance_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    found = refused(csv(tmp_path, "02/11/2026;;CHQ 1;1;134 500;;865 500", ";;SOLDE FINAL;;;865.500;865.500"))
    assert found[0][0] == 9
    assert "« 865.500 »" in found[0][1]


def test_a_report_row_is_checked(tmp_path: Path) -> None:
    rows = ("02/11/2026;;CHQ 1;1;100;;999 900", ";;A REPORTER;;;;999 900", ";;REPORT;;;;999 800")
    [(row, said)] = refused(csv(tmp_path, *rows, "03/11/2026;;CHQ 2;2;100;;999 800"))
    assert (row, "Le report imprimé" in said) == (10, True)


def test_without_a_key_a_report_row_names_it(tmp_path: Path) -> None:
    form = BDM.model_copy(update={"carried": None, "day_once": False})
    rows = ("02/11/2026;;CHQ 1;1;100;;999 900", ";;A REPORTER;;;;999 900", ";;FRAIS;;50;;999 850")
    found = refused(csv(tmp_path, *rows), form)
    assert [row for row, _ in found] == [9, 10]
    assert all(word in found[1][1] for word in ("« pied »", "« lignes-de-report »", "« date-reprise: oui »"))


@pytest.mark.parametrize(
    "row", [";;TOTAUX;;100;;", ";;Total mouvements;;100;;", ";;CUMUL;;100;;", ";;;;100;;", ";05/11/2026;FRAIS;;100;;"]
)
def test_a_row_without_a_date_is_not_an_operation_by_its_look(row: str, tmp_path: Path) -> None:
    form = BDM.model_copy(update={"footer": None})
    [(at, said)] = refused(csv(tmp_path, "02/11/2026;;CHQ 1;1;100;;999 900", row), form)
    assert (at, "« pied »" in said) == (9, True)


def test_a_row_without_a_date_needs_balances_that_count_it(tmp_path: Path) -> None:
    rows = ("02/11/2026;;CHQ 1;1;100;;", ";;OPÉRATIONS DU MOIS;;100;;")
    [(row, said)] = refused(csv(tmp_path, *rows, head=HEAD))
    assert (row, "les soldes ne prouvent pas" in said) == (8, True)


def test_no_movement_in_the_month(tmp_path: Path) -> None:
    statement = read(csv(tmp_path, ";;AUCUN MOUVEMENT;;;;", ";;NOUVEAU SOLDE;;;;1 000 000"))
    assert (statement.lines, statement.opening, statement.closing) == ((), 1_000_000, 1_000_000)


@pytest.mark.parametrize(
    "rows",
    [
        # The newest day first, the day's own lines in their order; then everything mixed within two days.
        ("03;C;300;;999 400", "03;D;100;;999 300", "02;A;100;;999 900", "02;B;200;;999 700"),
        ("02;B;200;;999 700", "02;A;100;;999 900", "03;D;100;;999 300", "03;C;300;;999 400"),
    ],
)
def test_balances_put_the_lines_in_order(rows: tuple[str, ...], tmp_path: Path) -> None:
    written = (f"{day}/11/2026;;{text};1;{rest}" for day, text, rest in (row.split(";", 2) for row in rows))
    statement = read(csv(tmp_path, *written))
    assert [line.text for line in statement.lines] == ["A", "B", "C", "D"]
    assert statement.closing == 999_300


def test_an_order_declared_wrongly_is_put_right(tmp_path: Path) -> None:
    rows = ("02/11/2026;;A;1;100;;999 900", "03/11/2026;;B;1;200;;999 700")
    form = BDM.model_copy(update={"order": "decroissant"})
    assert [line.text for line in read(csv(tmp_path, *rows), form).lines] == ["A", "B"]


@pytest.mark.parametrize("seed", range(40))
def test_any_order_within_the_days_is_put_right(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    balance, rows = 1_000_000, []
    for day in (2, 3, 4):
        that_day = []
        for rank in range(chance.randrange(1, 7)):
            amount = chance.choice((100, 100, 200, -300))
            balance -= amount
            side = f"{amount};" if amount > 0 else f";{-amount}"
            that_day.append(f"{day:02d}/11/2026;;L{day}{rank};;{side};{balance}")
        chance.shuffle(that_day)
        rows += that_day
    chance.choice((rows.sort, rows.reverse, list))()
    statement = read(csv(tmp_path, *rows))
    assert (statement.opening, statement.closing, len(statement.lines)) == (1_000_000, balance, len(rows))
    running = 1_000_000
    for line in statement.lines:
        running += line.amount
        assert line.balance == running


def test_a_line_missing_in_any_order_is_still_said(tmp_path: Path) -> None:
    rows = ("02/11/2026;;C;1;300;;999 400", "02/11/2026;;A;1;100;;999 900")
    assert any("Une ligne manque" in said for _, said in refused(csv(tmp_path, *rows)))


def test_a_day_outside_the_printed_period(tmp_path: Path) -> None:
    [(row, said)] = refused(csv(tmp_path, "02/12/2026;;CHQ 1;1;100;;999 900"))
    assert (row, "du 1er novembre" in said or "01/11/2026" in said) == (8, True), said


def test_an_operation_and_its_value_years_apart(tmp_path: Path) -> None:
    form = BDM.model_copy(update={"period": None})
    [(row, said)] = refused(csv(tmp_path, "02/11/2062;02/11/2026;CHQ 1;1;100;;999 900"), form)
    assert (row, "une année est fausse" in said) == (8, True)


def test_a_hundred_mistakes_are_enough(tmp_path: Path) -> None:
    found = refused(csv(tmp_path, *["x;;CHQ;1;100;;"] * 400))
    assert (len(found), found[-1][1].startswith("… et 300 autres")) == (101, True)


# --- OFX ----------------------------------------------------------------------------------------------------------------

BODY = """\
OFXHEADER:100

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}
<BANKACCTFROM><ACCTID>0012345678</BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day}<TRNAMT>{amount}<FITID>A1<NAME>VIR{more}</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def ofx(
    tmp_path: Path,
    name: str = "releve.ofx",
    *,
    currency: str = "XOF",
    day: str = "20261102",
    amount: str = "-500",
    more: str = "",
) -> Path:
    file = tmp_path / name
    file.write_text(BODY.format(currency=currency, day=day, amount=amount, more=more), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", ["releve.ofx", "RELEVE.QFX", "releve.txt", "export.xml"])
def test_ofx_is_known_by_what_it_says(name: str, tmp_path: Path) -> None:
    file = ofx(tmp_path, name)
    assert [each for each, form in FORMATS.items() if recognised(file, form)] == ["ofx"]


def test_a_csv_named_txt_is_known_by_its_columns(tmp_path: Path) -> None:
    file = csv(tmp_path, "02/11/2026;;A;1;100;;999 900").rename(tmp_path / "export.txt")
    assert [each for each, form in FORMATS.items() if recognised(file, form)] == ["bdm-exemple"]


def test_what_no_one_sees_is_left_out_of_ofx(tmp_path: Path) -> None:
    [line] = read(
        ofx(tmp_path, day="\u200e20261102", amount="\u200e-500", more="&#x200e; N\u200f\x00ET&#xD800;"), OFX
    ).lines
    assert (line.date.isoformat(), line.amount, line.text) == ("2026-11-02", -500, "VIR NET\ufffd")


@pytest.mark.parametrize("currency", ["XOF", "CFA", "FCFA", "cfa", ""])
def test_francs_by_their_other_names(currency: str, tmp_path: Path) -> None:
    assert read(ofx(tmp_path, currency=currency), OFX).lines[0].amount == -500


@pytest.mark.parametrize(
    "more",
    [
        "<CURRENCY><CURRATE>655.957<CURSYM>EUR</CURRENCY>",
        "<CURRENCY>EUR",
        "<CURRENCY>\n<CURSYM>EUR</CURSYM>\n</CURRENCY>",
    ],
)
def test_a_movement_in_euros_is_no_movement_in_francs(more: str, tmp_path: Path) -> None:
    [(row, said)] = refused(ofx(tmp_path, more=more), OFX)
    assert (row, "en EUR" in said) == (5, True)


def test_what_a_movement_was_before_the_bank_changed_it(tmp_path: Path) -> None:
    file = ofx(tmp_path, more="<ORIGCURRENCY><CURRATE>655.957<CURSYM>EUR</ORIGCURRENCY>")
    assert read(file, OFX).lines[0].amount == -500


@pytest.mark.parametrize(("amount", "words"), [("-500.50", "Demandez à la banque"), ("-61.100", "sans séparateur")])
def test_the_remedy_is_not_a_key_that_ofx_ignores(amount: str, words: str, tmp_path: Path) -> None:
    [(_, said)] = refused(ofx(tmp_path, amount=amount), OFX)
    assert words in said
    assert "decimale" not in said
    assert "separateur-milliers" not in said


def test_years_apart_in_ofx(tmp_path: Path) -> None:
    file = ofx(tmp_path, more="</STMTTRN>\n<STMTTRN><DTPOSTED>20621102<TRNAMT>-1<NAME>X")
    assert [(row, "une année est fausse" in said) for row, said in refused(file, OFX)] == [(6, True)]
