"""Three new organisations as their people would keep them: an agreement in euros, one in dollars, one in francs, from `init`
to the report that was sent. Every figure was computed by hand from what is typed below."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli
from xlsx_eval import sheets

TODAY = "2026-04-10"
FORMS = (
    "face",
    "ue-annexe-6",
    "etat-giz",
    "sf-425",
    "inpas-pg1",
    "liste-depenses",
    "demande-de-fonds",
    "rapport-financier",
)
PEOPLE = (
    "directrice:A. Diallo (fictif):Directrice:direction",
    "presidente:M. Keïta (fictif):Présidente:bureau-executif",
    "comptable:S. Traoré (fictif):Comptable:appui",
)


class Journey(NamedTuple):
    """An organisation of one donor: what `init` is told, what is typed afterwards, and what its quarter comes to."""

    tree: str
    name: str
    signed: str
    currency: str
    language: str
    model: str
    """The form that is sent."""
    receipt: str
    rates: str
    converted: tuple[int, int, int]
    """The bank's fee of 10 000 in January, the workshop of 50 000 in February, the fees of 51 000 in March, converted."""
    received: int


EURO = Journey(
    "EAU",
    "Union européenne (fictif):fonds-administration:BE",
    "UE/2026/7:2026-01-01:2026-12-31:3000 EUR",
    "EUR",
    "fr",
    "ue-annexe-6",
    """
2026-01-10 ! "Union européenne (fictif)" "Tranche 1 : virement reçu"
  piece: "BQ-EAU-2026-0001"
  mode: "virement"
  Actif:EAU:52111-Banque-BDM             1170723 XOF
  Charges:EAU:6318-Frais-bancaires         10000 XOF
    ligne: "2.2"
  Actif:EAU:4692-Fonds-a-recevoir         -1800 EUR @@ 1180723 XOF
""",
    "",
    (1524, 7622, 7775),  # / 655,957: 15.2449…, 76.2245…, 77.7490…
    180_000,
)
DOLLAR = Journey(
    "EDU",
    "UNICEF (fictif):fonds-administration:US",
    "UNICEF/2026/3:2026-01-01:2026-12-31:3000 USD:600",
    "USD",
    "en",
    "face",
    """
2026-01-10 ! "UNICEF (fictif)" "Tranche 1 : virement reçu"
  piece: "BQ-EDU-2026-0001"
  mode: "virement"
  Actif:EDU:52111-Banque-BDM             1075400 XOF
  Charges:EDU:6318-Frais-bancaires         10000 XOF
    ligne: "2.2"
  Actif:EDU:4692-Fonds-a-recevoir         -1800 USD @@ 1080000 XOF
  Passif:EDU:462-Fonds-administration     -5400 XOF
""",
    """\
taux:
  - {devise: USD, mois: 2026-01, valeur: 601.25, source: ONU}
  - {devise: USD, mois: 2026-02, valeur: 603, source: ONU}
  - {devise: USD, mois: 2026-03, valeur: 605, source: ONU}
""",
    (1663, 8292, 8430),  # / 601,25: 16.6320… · / 603: 82.9187… · / 605: 84.2975…
    180_000,
)
FRANC = Journey(
    "FEM",
    "Fonds des femmes (fictif):fonds-administration:SN",
    "FF-12:2026-01-01:2026-12-31:2000000",
    "XOF",
    "fr",
    "liste-depenses",
    """
2026-01-10 ! "Fonds des femmes (fictif)" "Tranche 1 : virement reçu"
  piece: "BQ-FEM-2026-0001"
  mode: "virement"
  Actif:FEM:52111-Banque-BDM             1190000 XOF
  Charges:FEM:6318-Frais-bancaires         10000 XOF
    ligne: "2.2"
  Actif:FEM:4692-Fonds-a-recevoir       -1200000 XOF
""",
    "",
    (10_000, 50_000, 51_000),
    1_200_000,
)
CALLED = {"EUR": "1800 EUR @@ 1180723 XOF", "USD": "1800 USD @@ 1080000 XOF", "XOF": "1200000 XOF"}
FUND = {"EUR": 1_180_723, "USD": 1_080_000, "XOF": 1_200_000}
AGREED = """\
    tranches: [{{date: 2026-01-10, montant: {first} {money}}}, {{date: 2026-07-06, montant: {second} {money}}}]
    souplesse: [{{niveau: rubrique, seuil: 20 %, sens: deux, action: avenant}}]
    adoptee-le: 2026-01-01
    motif-ecart: "Le reste sera réparti par avenant"
    budget:
      - code: "1"
        libelle: "Ressources humaines"
        libelle-en: "Human resources"
        lignes: [{{code: "1.1", libelle: "Honoraires", libelle-en: "Fees", unite: mois, unite-en: month, quantite: 12, cout-unitaire: {fee} {money}, comptes: [6324]}}]
      - code: "2"
        libelle: "Activités"
        libelle-en: "Activities"
        lignes:
          - {{code: "2.1", libelle: "Ateliers", libelle-en: "Workshops", unite: atelier, quantite: 10, cout-unitaire: {shop} {money}, comptes: [6277]}}
          - {{code: "2.2", libelle: "Banque", libelle-en: "Bank", unite: mois, quantite: 12, cout-unitaire: {bank} {money}, comptes: [631]}}
    rapports: [{{modele: {model}, periodicite: trimestre, delai: 30 jours}}]
"""
NUMBERS = {
    "EUR": {"first": "1 800", "second": "1 200", "fee": "80", "shop": "120", "bank": "20"},
    "USD": {"first": "1 800", "second": "1 200", "fee": "80", "shop": "120", "bank": "20"},
    "XOF": {"first": "1 200 000", "second": "800 000", "fee": "52 000", "shop": "80 000", "bank": "13 000"},
}
PROGRAMME = """\
bailleur: {tree}
nom: "Programme"
activites: [{{code: A1, libelle: "Relais", libelle-en: "Field workers", lignes: ["2.1"]}}]
"""
SPENT = """
2026-01-05 ! "Bailleur (fictif)" "Tranche 1 : appel de fonds"
  piece: "OD-{tree}-2026-0001"
  Actif:{tree}:4692-Fonds-a-recevoir  {called}
  Passif:{tree}:462-Fonds-administration  -{fund} XOF
{receipt}
2026-02-12 ! "Hôtel Sahel (fictif)" "Atelier de Mopti"
  piece: "BQ-{tree}-2026-0002"
  mode: "cheque"
  cheque: "0000101"
  signataire-1: "directrice"
  signataire-2: "presidente"
  activite: "A1"
  quantite: 1
  Charges:{tree}:6277-Ateliers  50000 XOF
    ligne: "2.1"
  Actif:{tree}:52111-Banque-BDM  -50000 XOF

2026-03-12 ! "Cabinet Koro (fictif)" "Suivi"
  piece: "BQ-{tree}-2026-0003"
  mode: "cheque"
  cheque: "0000102"
  signataire-1: "directrice"
  signataire-2: "presidente"
  Charges:{tree}:6324-Honoraires  51000 XOF
    ligne: "1.1"
  Actif:{tree}:52111-Banque-BDM  -51000 XOF
"""


def typed(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name}: {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


class Kept(NamedTuple):
    """An organisation's books once its first quarter is written, and its reports."""

    journey: Journey
    root: Path

    @property
    def books(self) -> tuple[str, ...]:
        return ("--ledger", str(self.root / "ledger/main.beancount"), "--today", TODAY)

    def json(self, model: str) -> dict[str, Any]:
        path = self.root / f"out/2026-T1/{self.journey.tree.lower()}/{model}.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def xlsx(self, model: str) -> bytes:
        return (self.root / f"out/2026-T1/{self.journey.tree.lower()}/{model}.xlsx").read_bytes()

    def table(self, model: str, key: str) -> dict[str, Any]:
        report = self.json(model)
        return next(each for each in (*report["body"], *report["annexes"]) if each.get("key", "").startswith(key))

    def rows(self, model: str, key: str) -> list[dict[str, Any]]:
        return [row["cells"] for row in self.table(model, key)["rows"]]


def founded(journey: Journey, root: Path) -> Kept:
    """`init`, the agreement copied from what was signed, the quarter typed, the quota proposed and written, the reports."""
    words = [f"--arbre={journey.tree}:{journey.name}", f"--convention={journey.tree}:{journey.signed}"]
    words += [
        f"--banque={journey.tree}:BDM",
        "--banque=FONCT:BIM",
        f"--caisse={journey.tree}:non",
        "--caisse=FONCT:non",
    ]
    words += [f"--personne={person}" for person in PEOPLE]
    made = typed("init", str(root), "--oui", "--exercice=2026", "--nom=Sini (fictif)", "--sigle=SINI", *words)
    assert made.exit_code == 0, made.output
    tree = journey.tree.lower()
    agreement = AGREED.format(money=journey.currency, model=journey.model, **NUMBERS[journey.currency])
    donor = root / f"rules/bailleurs/{tree}.yaml"
    replaced(donor, "    # tranches, souplesse : recopiez ce que dit la convention signée.\n", agreement)
    replaced(donor, "langue: fr", f"langue: {journey.language}")
    if journey.rates:
        replaced(
            donor, "    taux: [{depuis: 2026-01-01, valeur: 600}]\n    taux-politique: fixe", "    taux-politique: mois"
        )
        (root / "rules/taux.yaml").write_text(journey.rates, encoding="utf-8")
    replaced(root / "rules/organisation.yaml", "# identite:\n", 'iati: {identifiant: ML-XXX-1, secteurs: [{code: 14030, part: 100 %}]}\nidentite: {nif: "080000000A", telephone: "+223 20"}\n# identite:\n')  # fmt: skip
    programmes = root / "rules/programmes"
    programmes.mkdir(exist_ok=True)
    (programmes / f"{tree}.yaml").write_text(PROGRAMME.format(tree=journey.tree), encoding="utf-8")
    month = root / f"ledger/{tree}/2026-01.beancount"
    said = SPENT.format(
        tree=journey.tree, called=CALLED[journey.currency], fund=FUND[journey.currency], receipt=journey.receipt
    )
    month.write_text(month.read_text(encoding="utf-8") + said, encoding="utf-8")
    kept = Kept(journey, root)
    shared = typed("entries", "quote-part", "--periode", "2026", "--bailleur", journey.tree, "--ecrire", *kept.books)
    assert shared.exit_code == 0, shared.output
    for model in FORMS:
        words = ["report", model, "--bailleur", journey.tree, "--periode", "2026-T1", "--format", "json,xlsx"]
        done = typed(*words, "--out", str(root / "out"), *kept.books)
        assert done.exit_code == 0, f"{model}: {done.output}"
    return kept


@pytest.fixture(scope="module")
def lone_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder above which there is no repository, and git as on a fresh machine."""
    root = tmp_path_factory.mktemp("journeys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_CEILING_DIRECTORIES", str(root))
        yield root


@pytest.fixture(scope="module", params=(EURO, DOLLAR, FRANC), ids=lambda each: each.currency)
def kept(request: pytest.FixtureRequest, lone_git: Path) -> Kept:
    return founded(request.param, lone_git / request.param.currency)


def test_what_was_typed_is_without_error(kept: Kept) -> None:
    found = typed("check", *kept.books)
    assert " erreur: " not in found.output
    assert found.exit_code == 0


def test_every_form_tells_one_total(kept: Kept) -> None:
    """Each expense to the cent; totals add cents."""
    total = sum(kept.journey.converted)
    own = "" if kept.journey.currency == "XOF" else "_currency"
    assert kept.rows("face", "lines")[-1]["b"] == total
    assert kept.rows("ue-annexe-6", "budget")[-1]["period"] == total
    assert kept.rows("ue-annexe-6", "expenses")[-1]["value"] == total
    assert kept.rows("etat-giz", "lines")[-1]["period"] == total
    assert kept.rows("liste-depenses", "lines")[-1]["value"] == total
    assert [row["value"] for row in kept.rows("liste-depenses", "lines")[:-1]] == [
        kept.journey.converted[rank] for rank in (2, 1, 0)
    ]
    boxes = {fact["label"]: fact["value"] for fact in kept.json("sf-425")["facts"]}
    received = kept.journey.received
    assert [boxes[box] for box in ("10a", "10b", "10c", "10e")] == [received, total, received - total, total]
    for key, column in (("budget-", "period"), ("expenses", "amount")):
        cells = kept.rows("rapport-financier", key)[-1]
        assert (cells["amount" if key == "expenses" else column], cells[column + own]) == (111_000, total)
    flow = {row["label"]: row[f"amount{own}"] for row in kept.rows("rapport-financier", "flow")}
    assert received in flow.values()
    assert received - total in flow.values()


def test_the_grant_statement_agrees_with_the_accounts_in_any_currency(kept: Kept) -> None:
    """What converting the accounts changes is shown, and nothing is left unexplained."""
    rows = kept.table("inpas-pg1", "reconciliation")["rows"]
    amounts = [row["cells"]["amount"] for row in rows]
    position, exchange, closing, gap = amounts[-4:]
    assert closing == kept.journey.received - sum(kept.journey.converted)
    assert gap == position + exchange - closing == 0
    # dollars: 974 400 francs in the bank at March's 605 are 1 610.58; 1 800.00 − 183.85 were not spent
    assert (exchange != 0) is (kept.journey.currency != "XOF")
    if kept.journey.currency == "USD":
        assert (position, exchange) == (161_058, 161_615 - 161_058)


def test_what_the_bank_credited_is_explained(kept: Kept) -> None:
    """10 000 francs are the bank's; 5 400 more than the dollars were called at are the exchange's, and no more dollars."""
    if kept.journey.currency == "XOF":
        assert not any(each.get("key", "").startswith("receipts") for each in kept.json("rapport-financier")["body"])
        return
    first = kept.rows("rapport-financier", "receipts-")[0]
    gain = 5_400 if kept.journey.currency == "USD" else 0
    assert (first["amount"], first["gap"], first["fees"], first["exchange"]) == (180_000, 10_000 - gain, 10_000, -gain)
    # at the receipt's 600: 5 400 F are 9.00 USD; at 655.957, 10 000 F are 15.24 EUR
    told = [first[f"{key}_currency"] for key in ("converted", "credited", "fees", "exchange")]
    assert told == ([180_000, 179_233, 1_667, -900] if gain else [180_000, 178_476, 1_524, 0])
    assert first["note"] == ("bank charges, exchange difference" if gain else "frais de la banque")


COLUMNS = {
    ("face", "lines"): "activity code a b c d e f g",
    (
        "ue-annexe-6",
        "budget",
    ): "code label unit budget_units budget_unit_value budget reallocation contingency units unit_value"
    " period before cumulative variance variance_rate explanation",
    ("ue-annexe-6", "funding"): "source budget received rate",
    ("ue-annexe-6", "expenses"): "line date supplier label voucher invoice currency amount rate value paid",
}


def test_columns_are_those_that_other_programs_rely_on(kept: Kept) -> None:
    for (model, key), names in COLUMNS.items():
        assert [column["key"] for column in kept.table(model, key)["columns"]] == names.split()


def test_every_workbook_computes_its_totals_and_names_them(kept: Kept) -> None:
    for model in FORMS:
        content = kept.xlsx(model)
        book = openpyxl.load_workbook(BytesIO(content))
        for sheet in sheets(content).values():
            for at, (worth, cached) in sheet.formulas().items():
                assert worth is None or abs(float(worth) - float(cached)) < 1e-6, (model, at)
        assert len(book.defined_names) == sum(totals(kept.json(model))), model
        if model != "rapport-financier":  # a form is printed on one page, its signatures under its totals
            assert book.worksheets[0].page_setup.fitToHeight in (None, 1), model
        # a name is cut in no word: what a sheet cannot hold is left at its dash
        assert all(len(name) <= 31 and not re.search(r"( de| la| –|\()$", name) for name in book.sheetnames), model
    (title,) = openpyxl.load_workbook(BytesIO(kept.xlsx("inpas-pg1"))).sheetnames
    assert title == ("INPAS PG1 – Grant statement" if kept.journey.language == "en" else "INPAS PG1")


def test_the_list_of_expenses_sorts_by_heading_activity_and_month(kept: Kept) -> None:
    """The contract fixes the columns of its files; the spreadsheet of Annex VI has four more, its page the rank alone."""
    book = openpyxl.load_workbook(BytesIO(kept.xlsx("ue-annexe-6")))
    found = {column.name for sheet in book.worksheets for each in sheet.tables.values() for column in each.tableColumns}
    english = kept.journey.language == "en"
    assert found >= ({"No.", "Heading", "Activity", "Month"} if english else {"N°", "Rubrique", "Activité", "Mois"})


def totals(report: dict[str, Any]) -> Iterator[int]:
    """How many figures the totals of each table hold."""
    for block in (*report["body"], *report["annexes"]):
        if block["type"] == "table":
            summed = [column["key"] for column in block["columns"] if column["total"] == "sum"]
            rows = [row["cells"] for row in block["rows"] if row["role"] in ("total", "closing")]
            yield sum(cells.get(key) is not None for cells in rows for key in summed)


def test_a_twin_s_total_has_its_own_name(kept: Kept) -> None:
    if kept.journey.currency != "EUR":
        return
    book = openpyxl.load_workbook(BytesIO(kept.xlsx("rapport-financier")))
    found = {name.rpartition("_Total_")[2] for name in book.defined_names}
    columns = {"Initial", "Revise", "Anterieur", "Periode", "Cumule"}
    assert {end for each in columns for end in (each, f"{each}_EUR")} <= {each.removeprefix("Total_") for each in found}


@pytest.mark.parametrize(
    ("model", "column"), [("face", "amount"), ("ue-annexe-6", "value"), ("rapport-financier", "amount")]
)
def test_one_expense_changed_moves_the_summary(kept: Kept, model: str, column: str) -> None:
    """The list is a table of the spreadsheet; a total of the sheet that draws from it follows."""
    book = openpyxl.load_workbook(BytesIO(kept.xlsx(model)))
    listed = next(sheet for sheet in book.worksheets if sheet.tables and sheet.title not in ("Financement", "Funding"))
    title = next(each["title"] for each in kept.table(model, "expenses")["columns"] if each["key"] == column)
    top = int(re.findall(r"\d+", next(iter(listed.tables.values())).ref)[0])
    heads = [cell.value for cell in listed[top]]
    at = listed.cell(row=top + 1, column=heads.index(title) + 1)
    before = named_totals(book)
    at.value = float(at.value) + 1000
    after = named_totals(book)
    moved = {sheet for (sheet, cell), worth in after.items() if abs(worth - before[sheet, cell] - 1000) < 1e-6}
    assert listed.title in moved
    assert moved - {listed.title}


def named_totals(book: openpyxl.Workbook) -> dict[tuple[str, str], float]:
    """What each named total is worth when the workbook is computed anew."""
    out = BytesIO()
    book.save(out)
    places = [next(iter(each.destinations)) for each in book.defined_names.values()]
    found = sheets(out.getvalue())
    return {(sheet, at): float(found[sheet].number(at.replace("$", ""))) for sheet, at in places}


def test_an_english_donor_reads_english(kept: Kept) -> None:
    if kept.journey.language != "en":
        return
    report = kept.json("rapport-financier")
    assert [each["role"] for each in report["signatures"]] == ["Director", "Chair"]
    assert kept.table("rapport-financier", "allocation-")["note"] == "Flexibility: 20% by heading."
    texts = [text for block in report["body"] if block["type"] == "text" for text in block["paragraphs"]]
    assert texts[-1].startswith("Done on ")
    assert kept.rows("face", "lines")[0]["activity"] == "Field workers"
    assert kept.rows("face", "ice")[1]["unit"] == "month"
    facts = {fact["label"]: fact["value"] for fact in report["facts"]}
    assert (facts["Contact"], facts["Tax no."]) == ("+223 20", "080000000A")


def test_what_is_sent_is_kept_and_the_activity_file_written(kept: Kept) -> None:
    asked = ("report", kept.journey.model, "--bailleur", kept.journey.tree, "--periode", "2026-T1")
    sent = typed(*asked, "--transmettre", "--date", TODAY, *kept.books)
    assert sent.exit_code == 0, sent.output
    folder = kept.root / f"ledger/documents/{kept.journey.tree.lower()}/transmis"
    assert {path.suffix for path in folder.iterdir()} == {".json", ".pdf"}
    assert " erreur: " not in typed("check", *kept.books).output
    out = kept.root / "iati.xml"
    made = typed("export", "iati", "--periode", "2026", "--bailleur", kept.journey.tree, "--out", str(out), *kept.books)
    assert made.exit_code == 0, made.output
    assert "111 000 FCFA" in made.output


def test_a_month_without_a_rate_is_refused_by_its_name(kept: Kept, tmp_path: Path) -> None:
    if kept.journey.currency != "USD":
        return
    table = kept.root / "rules/taux.yaml"
    whole = table.read_text(encoding="utf-8")
    table.write_text("".join(line for line in whole.splitlines(True) if "2026-03" not in line), encoding="utf-8")
    try:
        words = (
            "report",
            "face",
            "--bailleur",
            "EDU",
            "--periode",
            "2026-T1",
            "--format",
            "json",
            "--out",
            str(tmp_path),
        )
        refused = typed(*words, *kept.books)
        assert (refused.exit_code, "mars 2026" in refused.output) == (1, True)
    finally:
        table.write_text(whole, encoding="utf-8")


def test_a_new_agreement_speaks_its_own_currency(kept: Kept) -> None:
    """The account of called funds is open in it, and the example of an instalment is one that these books take."""
    accounts = (kept.root / f"ledger/{kept.journey.tree.lower()}/comptes.beancount").read_text(encoding="utf-8")
    opened = re.search(r"open Actif:\w+:4692-\S+ +(\S+)", accounts)
    assert opened is not None
    assert kept.journey.currency in opened[1].split(",")
    shown = (kept.root / "ledger/README.md").read_text(encoding="utf-8")
    assert ("10000 USD @@ 6000000 XOF" in shown) is (kept.journey.currency == "USD")
