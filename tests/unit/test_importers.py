"""Statement files: what is read, what is refused and where, and that nothing comes in twice."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from beangulp import Ingest
from beangulp.exceptions import Error
from beangulp.extract import DUPLICATE, extract_from_file
from beangulp.testing import run_importer
from beangulp.testing import wrap as beangulp_test
from click.testing import CliRunner
from openpyxl import Workbook

from grandlivre.importers.drafts import IDENTITY, StatementImporter, statement_importers
from grandlivre.importers.formats import StatementFormat, load_formats
from grandlivre.importers.reading import read_statement, recognised
from grandlivre.importers.statement import BankFile, identities
from grandlivre.sources.problem import Problem

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated method:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[2]
BANK = "Actif:UE-EAU:52111-Banque-BDM"

CSV = """\
Banque BDM (exemple fictif) - agence de Mopti;;;;;;
Compte n° ;ML016 01201 0012345678 90;;;;;
Titulaire;ANI-Mali projet eau;;;;;
Période;du 01/03/2026 au 31/03/2026;;;;;
;;;;;;
Date;Valeur;Libellé;N° pièce;Débit;Crédit;Solde
;;SOLDE AU 28/02/2026;;;;4 512 000
02/03/2026;03/03/2026;VIREMENT REÇU UNION EUROPÉENNE;VR88121;;39 357 000;43 869 000
05/03/2026;04/03/2026;CHQ 0012331 FASO PAPETERIE;0012331;285 000,00;;43 584 000
05/03/2026;05/03/2026;VIR OV-0045;OV-0045;1\u00a0250\u00a0000;;42 334 000
;;SALAIRES FÉVRIER;;;;
;;;;;;
31/03/2026;31/03/2026;FRAIS TENUE DE COMPTE;;2 500;;42 331 500
31/03/2026;31/03/2026;TAF/FRAIS;;450;;42 331 050
;;NOUVEAU SOLDE AU 31/03/2026;;;;42 331 050
;;TOTAL DES MOUVEMENTS;;1 537 950;39 357 000;
SAUF ERREUR OU OMISSION, MERCI DE VÉRIFIER;;;;;;
"""

MOBILE = """\
Date et heure,Type,Correspondant,Motif,ID transaction,Sens,Montant,Frais,Solde
2026-03-09 08:01:12,Transfert,70000001,Relais Bandiagara,PP260309.0801,Envoyé,15000,150,84700
2026-03-08 18:45:00,Transfert,70000002,"Eau, Mopti",PP260308.1845,Envoyé,25000,150,99850
2026-03-08 09:10:33,Dépôt,Agence,,CI260308.0910,Reçu,125000,0,125000
"""

OFX = """\
OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>XOF
<BANKACCTFROM><BANKID>ML016<ACCTID>0012345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302<TRNAMT>500000<FITID>A1<NAME>VIREMENT RECU</STMTTRN>
<STMTTRN><TRNTYPE>CHECK<DTPOSTED>20260305<TRNAMT>-75000.00<FITID>A2<CHECKNUM>0012332<NAME>CHEQUE</STMTTRN>
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260331<TRNAMT>-2500<FITID>A3<NAME>AGIOS<MEMO>mars</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1422500<DTASOF>20260331</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


@pytest.fixture(scope="module")
def formats() -> dict[str, StatementFormat]:
    problems: list[Problem] = []
    found = load_formats(ROOT / "rules" / "releves", problems)
    assert problems == []
    return found


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def bdm(folder: Path, text: str = CSV) -> Path:
    return write(folder, "releve.csv", text, "cp1252")


def read(path: Path, form: StatementFormat) -> BankFile:
    reading = read_statement(path, form)
    assert reading.problems == ()
    assert reading.statement is not None
    return reading.statement


def mistakes(path: Path, form: StatementFormat) -> list[tuple[int, str]]:
    reading = read_statement(path, form)
    assert reading.statement is None
    assert {problem.path for problem in reading.problems} == {path}
    return [(problem.line, problem.message) for problem in reading.problems]


def workbook(path: Path, rows: list[tuple[Any, ...]], sheet: str = "Releve") -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def djoliba(folder: Path, *lines: tuple[Any, ...]) -> Path:
    head: list[tuple[Any, ...]] = [
        ("Banque du Djoliba (exemple fictif)",),
        ("Relevé de compte",),
        ("Compte", "ML099 0200 445566"),
        ("Titulaire", "ANI-Mali"),
        ("Période", "mars 2026"),
        ("Solde d'ouverture", None, None, None, None, None, 1_000_000),
        ("Devise", "XOF"),
        (),
        ("Date opération", "Date valeur", "Nature", "Détail", "Référence", "Montant XOF", "Solde XOF"),
    ]
    foot: list[tuple[Any, ...]] = [
        ("Solde de clôture", None, None, None, None, None, 917_500),
        ("Totaux", None, None, None, None, "=SUM(F10:F12)", None),
        ("Document sans valeur sans cachet",),
    ]
    usual = (
        (date(2026, 3, 3), date(2026, 3, 3), "Virement reçu", "Commune de Mopti", "V1", 20_000.0, 1_020_000),
        ("10-03-2026", "10-03-2026", "Chèque", "Faso Papeterie", "0012340", -100_000, 920_000),
        (date(2026, 3, 31), date(2026, 3, 31), "Agios", "mars", None, "-2 500", 917_500),
    )
    return workbook(folder / "releve.xlsx", [*head, *(lines or usual), *foot])


def test_csv_of_a_windows_bank_is_read_whole(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    statement = read(bdm(tmp_path), formats["bdm-exemple"])
    assert statement.account_id == "ML01601201001234567890"
    assert (statement.opening, statement.closing) == (4_512_000, 42_331_050)
    assert [(line.row, line.amount, line.nature) for line in statement.lines] == [
        (8, 39_357_000, None),
        (9, -285_000, None),
        (10, -1_250_000, None),
        (13, -2_500, "frais"),
        (14, -450, "frais"),
    ]
    cheque, transfer = statement.lines[1], statement.lines[2]
    assert (cheque.date, cheque.value_date, cheque.reference) == (date(2026, 3, 5), date(2026, 3, 4), "0012331")
    assert transfer.text == "VIR OV-0045 SALAIRES FÉVRIER"


def test_workbook_with_skipped_rows_and_footer_is_read(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    statement = read(djoliba(tmp_path), formats["banque-du-djoliba"])
    assert statement.account_id == "ML0990200445566"
    assert (statement.opening, statement.closing) == (1_000_000, 917_500)
    assert [(line.row, line.amount, line.text, line.nature) for line in statement.lines] == [
        (10, 20_000, "Virement reçu Commune de Mopti", None),
        (11, -100_000, "Chèque Faso Papeterie", None),
        (12, -2_500, "Agios mars", "frais"),
    ]


def test_mobile_money_fees_become_lines_of_their_own(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    statement = read(write(tmp_path, "mm.csv", MOBILE), formats["monnaie-mobile"])
    assert (statement.opening, statement.closing) == (0, 84_700)
    assert [(line.date.day, line.amount, line.nature) for line in statement.lines] == [
        (8, 125_000, None),
        (8, -25_000, None),
        (8, -150, "frais"),
        (9, -15_000, None),
        (9, -150, "frais"),
    ]
    assert statement.lines[1].text == "Transfert 70000002 Eau, Mopti"


def test_ofx_is_read_with_the_rows_of_the_file(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    statement = read(write(tmp_path, "releve.ofx", OFX), formats["ofx"])
    assert (statement.account_id, statement.opening, statement.closing) == ("0012345678", 1_000_000, 1_422_500)
    assert [(line.row, line.amount, line.reference, line.nature) for line in statement.lines] == [
        (14, 500_000, "A1", None),
        (15, -75_000, "0012332", None),
        (16, -2_500, "A3", "frais"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "row", "words"),
    [
        ("285 000,00", "285 000,50", 9, "porte des décimales"),
        ("285 000,00", "285.000", 9, "« 285.000 » est trouvé"),
        ("285 000,00", "2 85 000", 9, "« 2 85 000 » est trouvé"),
        ("285 000,00", "=1+1", 9, "« =1+1 » est trouvé"),
        ("05/03/2026;04/03/2026;CHQ", "30/02/2026;04/03/2026;CHQ", 9, "« 30/02/2026 » est trouvé"),
        ("05/03/2026;04/03/2026;CHQ", ";04/03/2026;CHQ", 9, "Une date est attendue"),
        ("285 000,00;;", "285 000,00;5 000;", 9, "pas les deux"),
        ("285 000,00;;", ";;", 9, "Un montant est attendu"),
        (";;43 584 000", ";;43 594 000", 9, "écart 10 000"),
        ("N° pièce;Débit", "Pièce;Débits", 6, "absentes : « N° pièce », « Débit » ; colonnes trouvées : « Date »"),
        ("31/03/2026;;;;42 331 050", "31/03/2026;;;;42 331 060", 14, "solde final imprimé est 42 331 060"),
        ("02/03/2026;03/03/2026;VIREMENT", '02/03/2026;03/03/2026;"VIREMENT', 8, "Une date|Un montant|guillemet"),
    ],
)
def test_a_wrong_csv_says_what_was_expected_and_found(
    tmp_path: Path, formats: dict[str, StatementFormat], old: str, new: str, row: int, words: str
) -> None:
    assert CSV.count(old) == 1
    found = mistakes(bdm(tmp_path, CSV.replace(old, new)), formats["bdm-exemple"])
    assert any(row == at and any(word in said for word in words.split("|")) for at, said in found), found


def test_all_mistakes_are_said_at_once(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    text = CSV.replace("02/03/2026;03", "2 mars;03").replace("2 500;;", "deux mille;;").replace("450;;", "4,5;;")
    assert [row for row, _ in mistakes(bdm(tmp_path, text), formats["bdm-exemple"])] == [8, 13, 14]


def test_a_missing_line_breaks_the_running_balance(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    text = "".join(line for line in CSV.splitlines(keepends=True) if "0012331" not in line)
    [(row, said)] = mistakes(bdm(tmp_path, text), formats["bdm-exemple"])
    assert row == 9
    assert "écart -285 000" in said


def test_wrong_kinds_of_file(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    form = formats["bdm-exemple"]
    cases = {
        write(tmp_path, "vide.csv", " \n"): (1, "Le fichier est vide"),
        write(tmp_path, "utf8.csv", CSV): (2, "en utf-8"),
        write(tmp_path, "utf16.csv", CSV, "utf-16"): (1, "en utf-16"),
        write(tmp_path, "releve.pdf", "%PDF-1.7 x"): (1, "un PDF"),
        djoliba(tmp_path): (1, "un classeur Excel"),
        tmp_path / "absent.csv": (1, "introuvable"),
        write(tmp_path, "virgules.csv", CSV.replace(";", ","), "cp1252"): (6, "séparateur attendu est « ; »"),
        write(tmp_path, "decale.csv", "Agence\nMopti\n" + CSV, "cp1252"): (6, "lignes-ignorees: 7"),
        write(tmp_path, "titres.csv", "".join(CSV.splitlines(keepends=True)[:6]), "cp1252"): (6, "Aucune opération"),
    }
    for path, (row, words) in cases.items():
        found = mistakes(path, form)
        assert [(at, words in said) for at, said in found] == [(row, True)], (path.name, found)
    [(row, said)] = mistakes(bdm(tmp_path), form.model_copy(update={"encoding": "utf-8"}))
    assert (row, "cp1252" in said) == (2, True)


def test_wrong_workbooks(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    form = formats["banque-du-djoliba"]
    day = date(2026, 3, 3)
    wrong = djoliba(
        tmp_path, (day, day, "Virement", "", "", "=2*3", 1), (day, day, "Virement", "", "", 12.5, 1), (day, day, "x")
    )
    assert [(row, said.split(" : ")[0]) for row, said in mistakes(wrong, form)] == [
        (10, "Colonne « Montant XOF »"),
        (11, "Colonne « Montant XOF »"),
        (12, "Un montant est attendu (colonne « Montant XOF ») ; la case est vide."),
    ]
    assert "formule" in mistakes(wrong, form)[0][1]
    assert "feuilles trouvées : Feuil1" in mistakes(workbook(tmp_path / "f.xlsx", [("x",)], "Feuil1"), form)[0][1]
    broken = tmp_path / "abime.xlsx"
    broken.write_bytes(djoliba(tmp_path).read_bytes()[:900])
    assert "abîmé" in mistakes(broken, form)[0][1]
    assert "classeur xlsx" in mistakes(write(tmp_path, "texte.xlsx", "Date;Montant"), form)[0][1]


def test_wrong_mobile_and_ofx_files(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    [(row, said)] = mistakes(write(tmp_path, "mm.csv", MOBILE.replace("Reçu", "Retrait")), formats["monnaie-mobile"])
    assert (row, "« Reçu »" in said, "« RETRAIT » est trouvé" in said) == (4, True, True)
    for old, new, at, words in (
        ("-75000.00", "-75.000", 15, "se lit 75 000 ou 75"),
        ("-75000.00", "abc", 15, "un montant est attendu"),
        ("XOF\n", "EUR\n", 1, "EUR"),
        ("<OFX>", "<X>", 1, "abîmé"),
    ):
        found = mistakes(write(tmp_path, "releve.ofx", OFX.replace(old, new)), formats["ofx"])
        assert [(row, words in said) for row, said in found] == [(at, True)]


def test_a_file_finds_its_format(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    def names(path: Path) -> list[str]:
        return [form.name.split(" (")[0] for form in formats.values() if recognised(path, form)]

    assert names(bdm(tmp_path)) == ["Banque BDM"]
    assert names(write(tmp_path, "mm.csv", MOBILE)) == ["Monnaie mobile Kalan"]
    assert names(djoliba(tmp_path)) == ["Banque du Djoliba"]
    assert names(write(tmp_path, "releve.ofx", OFX)) == ["Banque en ligne"]
    assert names(write(tmp_path, "autre.csv", "a;b\n1;2\n")) == []


def test_the_same_statement_twice_adds_nothing(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    importer = StatementImporter(formats["bdm-exemple"], BANK)
    first, again = (extract_from_file(importer, str(bdm(tmp_path)), []) for _ in range(2))
    assert [entry.flag for entry in first] == ["!"] * 5
    assert {entry.postings[0].account for entry in first} == {BANK}
    # The accountant gave them other dates meanwhile: their identity is enough.
    existing = [entry._replace(date=date(2027, 1, 1)) for entry in first]
    importer.deduplicate(again, existing)
    assert [entry.meta[DUPLICATE].date.year for entry in again] == [2027] * 5
    moved = read(
        bdm(tmp_path, CSV.replace("SALAIRES FÉVRIER;;;;\n;;;;;;\n", "SALAIRES FÉVRIER;;;;\n")), formats["bdm-exemple"]
    )
    assert identities(BANK, moved.lines) == tuple(entry.meta[IDENTITY] for entry in first)


def test_the_newest_above_keeps_the_bank_s_order(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    path = write(tmp_path, "mm.csv", MOBILE)
    entries = extract_from_file(StatementImporter(formats["monnaie-mobile"], BANK), str(path), [])
    assert [int(entry.postings[0].units.number) for entry in entries] == [125_000, -25_000, -150, -15_000, -150]


def test_equal_lines_are_counted() -> None:
    from grandlivre.importers.statement import StatementLine

    twice = [StatementLine(row, date(2026, 3, 5), None, -5_000, "RETRAIT", None) for row in (3, 9)]
    once, again = identities(BANK, twice)
    assert once != again
    assert identities(BANK, twice[1:]) == (once,)
    assert identities("Actif:FONCT:52111-Banque", twice)[0] != once


def test_beangulp_sees_an_importer(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    path = bdm(tmp_path)
    importer = StatementImporter(formats["bdm-exemple"], BANK)
    assert importer.identify(str(path))
    assert not importer.identify(str(write(tmp_path, "mm.csv", MOBILE)))
    account, day, name, entries = run_importer(importer, str(path))
    assert (account, day, name) == (BANK, date(2026, 3, 31), "releve.csv")
    assert len(entries) == 5
    with pytest.raises(Error, match=r"utf\.csv:2: L'encodage cp1252 est attendu"):
        importer.extract(str(write(tmp_path, "utf.csv", CSV)), [])


def test_an_import_script_of_beangulp(tmp_path: Path) -> None:
    """What `plugins/README.md` says: identify, extract and archive, with the formats of a folder of rules."""
    rules, inbox, archive = (tmp_path / name for name in ("rules/releves", "recus", "rangés"))
    for folder in (rules, inbox, archive):
        folder.mkdir(parents=True)
    told = (ROOT / "rules" / "releves" / "bdm-exemple.yaml").read_text(encoding="utf-8")
    (rules / "bdm.yaml").write_text(
        told.replace("ML016 01201 002600521110 37", "ML016 01201 0012345678 90"), encoding="utf-8"
    )
    shutil.copy(ROOT / "rules" / "releves" / "monnaie-mobile.yaml", rules)
    bdm(inbox)
    script = Ingest(statement_importers(rules)).cli

    def said(*words: str) -> str:
        result = CliRunner().invoke(script, [*words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    shown = re.search(r"```python\n(.*?)```", (ROOT / "plugins" / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    write(tmp_path, "import.py", shown[1])
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "import.py", "identify", "-v", str(inbox)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert f"Banque BDM (exemple fictif)\n  {BANK}" in done.stdout
    output = tmp_path / "brouillons.beancount"
    said("extract", "-o", str(output), str(inbox))
    drafts = output.read_text(encoding="utf-8")
    assert drafts.count('\n  ligne-releve: "') == 5
    assert '2026-03-05 ! "CHQ 0012331 FASO PAPETERIE"\n  ligne-releve: "' in drafts
    # Drafts kept elsewhere, and an entry typed by hand two days earlier, come out as comments.
    kept = "".join(f"\n{part}" for part in drafts.split("\n\n")[2:4])
    names = zip(("assets", "liabilities", "equity"), ("Actif", "Passif", "Capitaux"), strict=True)
    options = "".join(f'option "name_{name}" "{root}"\n' for name, root in names)
    typed = f'\n2026-03-03 * "Paie"\n  {BANK}  -1250000 XOF\n  Passif:UE-EAU:422-Remunerations\n'
    books = tmp_path / "livres.beancount"
    books.write_text(f"{options}{kept}\n{typed}", encoding="utf-8")
    again = said("extract", "-q", "-e", str(books), str(inbox))
    assert again.count("\n; 2026-03-0") == 3
    assert again.count('\n2026-03-31 ! "') == 2
    said("archive", "-o", str(archive), str(inbox))
    assert (archive / BANK.replace(":", "/") / "2026-03-31.releve.csv").is_file()


def test_beangulp_s_own_tests_run_on_a_format(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    path = write(tmp_path, "mm.csv", MOBILE)
    command = beangulp_test(StatementImporter(formats["monnaie-mobile"], "Actif:UE-EAU:5521-Orange-Money"))
    assert CliRunner().invoke(command, ["generate", str(path)]).exit_code == 0
    passed = CliRunner().invoke(command, ["test", str(path)])
    assert (passed.exit_code, "PASSED" in passed.output) == (0, True)


def test_an_import_script_says_what_is_wrong(tmp_path: Path, formats: dict[str, StatementFormat]) -> None:
    with pytest.raises(Error, match="porte le n° ML01601201001234567890, que le format ne connaît pas"):
        StatementImporter(formats["bdm-exemple"]).account(str(bdm(tmp_path)))
    with pytest.raises(Error, match="porte aucun numéro de compte"):
        StatementImporter(formats["monnaie-mobile"]).account(str(write(tmp_path, "mm.csv", MOBILE)))
    write(tmp_path, "x.yaml", "nom: Banque\ntype: csv\n")
    with pytest.raises(Error, match=r"x\.yaml:1: .*« colonnes » manque"):
        statement_importers(tmp_path)


def test_a_wrong_format_is_said_on_its_own_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        "x.yaml",
        "nom: Banque\ntype: csv\npied: '('\nformat-date: jour\nseparateurs: ;\ncolonnes:\n  date: Date\n"
        "  libelle: Libellé\n  debit: Débit\n",
    )
    problems: list[Problem] = []
    load_formats(tmp_path, problems)
    said = {(problem.line, problem.message.split(" ")[0]) for problem in problems}
    assert {line for line, _ in said} >= {3, 4, 5, 6}, problems
