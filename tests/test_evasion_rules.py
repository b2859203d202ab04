"""Ways around the rules and their seals, tried on copies of the demonstration books; and where each known way is held."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from grandlivre import inspection
from grandlivre.inspection import Inspection
from grandlivre.rules import Finding

ROOT = Path(__file__).resolve().parent.parent
CONTROLS, MANDATES, GENRE = "rules/controles.yaml", "rules/mandats.yaml", "rules/bailleurs/genre.yaml"
OCTOBER, CLOSINGS = "ledger/ue-eau/2026-10.beancount", "ledger/fonct/2026-10.beancount"
SEPTEMBER = "ledger/ue-eau/2026-09.beancount"
BANK, TILL = "Actif:UE-EAU:52111-Banque-BDM", "Actif:UE-EAU:5711-Caisse"
CORE = ("double-signature", "periode-close", "bailleurs-croises", "reglement", "texte")


def seen(root: Path) -> Inspection:
    return inspection.inspect(root / "ledger" / "main.beancount")


def said(root: Path, rule: str, file: str, line: int) -> list[Finding]:
    """What a rule says of a line."""
    at = (rule, root / file, line)
    return [each for each in seen(root).findings if (each.rule, Path(each.file), each.line) == at]


def edit(root: Path, file: str, old: str, new: str) -> int:
    """Writes something else the first time it stands in a file; the line of what is new."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    lead = len(new) - len(new.lstrip("\n"))
    return text[: text.index(old)].count("\n") + 1 + lead


def add(root: Path, text: str, file: str = OCTOBER) -> int:
    """Writes directives at the end of a file; the line of the first."""
    path = root / file
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{text.strip()}\n", encoding="utf-8")
    return before.count("\n") + 2


# --- A. switching off the controls ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", CORE)
def test_the_core_controls_do_not_stop(demo_texts: Path, rule: str) -> None:
    """E12, E16f."""
    path = demo_texts / CONTROLS
    lines = [each for each in path.read_text(encoding="utf-8").splitlines() if not each.startswith(f"{rule}:")]
    path.write_text("\n".join([*lines, f"{rule}: non", ""]), encoding="utf-8")
    [finding] = said(demo_texts, "reglement", CONTROLS, len(lines) + 1)
    assert finding.level == "erreur"
    assert "ne peut pas être arrêté" in finding.message


def test_a_closed_voucher_changes_though_its_rule_is_stopped(demo_texts: Path) -> None:
    """E16f: the rule is refused its rest, and goes on."""
    edit(demo_texts, CONTROLS, "periode-close: oui", "periode-close: non")
    edit(demo_texts, SEPTEMBER, '  ligne: "', '  ligne: "9')
    assert any(each.rule == "periode-close" and each.level == "erreur" for each in seen(demo_texts).findings)


def test_the_core_controls_are_not_weakened(demo_texts: Path) -> None:
    """E12b."""
    line = edit(demo_texts, CONTROLS, "double-signature: {nombre: 2,", "double-signature: {niveau: alerte, nombre: 1,")
    messages = [each.message for each in said(demo_texts, "reglement", CONTROLS, line)]
    assert len(messages) == 2
    assert any("ne se ramène pas à des alertes" in each for each in messages)
    assert any("nombre vaut 1, Grand Livre exige 2" in each for each in messages)


def test_the_other_controls_stop_in_sight(demo_texts: Path) -> None:
    """E12."""
    line = edit(demo_texts, CONTROLS, "decouvert: oui", "decouvert: non")
    [finding] = said(demo_texts, "regles-affaiblies", CONTROLS, line)
    assert finding.level == "alerte"


THRESHOLD = "seuil: [{depuis: 2008-01-01, valeur: 51 000 XOF}]"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CONTROLS, THRESHOLD, THRESHOLD.replace("51 000", "500 000")),
        (CONTROLS, THRESHOLD, THRESHOLD.replace("}]", "}, {depuis: 2026-02-01, valeur: 500 000 XOF}]")),
        (GENRE, "cout-unitaire: 170 000 XOF", "cout-unitaire: 1 700 000 XOF"),
        (MANDATES, "mandats:\n", "mandats:\n  - {personne: conseiller, pouvoir: signature-bancaire, du: 2026-02-01}\n"),
        (CONTROLS, "  nombre: 3\n", "  nombre: 1\n"),
        (CONTROLS, "  nombre: 3\n", "  nombre: 3\n  exclues: [60, 61, 62, 63, 21, 22, 23, 24]\n"),
        (GENRE, "plafond: 120 000 XOF", "plafond: 90 000 000 XOF"),
    ],
    ids=["E10", "E10b", "E10c", "E11", "E37", "E38", "E39"],
)
def test_a_rule_of_a_closed_quarter_does_not_change(demo_texts: Path, file: str, old: str, new: str) -> None:
    line = edit(demo_texts, file, old, new)
    found = [each for each in seen(demo_texts).findings if each.rule == "regle-retroactive"]
    assert found
    assert all(each.level == "erreur" and Path(each.file) == demo_texts / file for each in found)
    assert any(abs(each.line - line) <= new.count("\n") for each in found)


# --- B. removing the seal ---------------------------------------------------------------------------------------------


def test_the_closings_are_deleted(demo_texts: Path) -> None:
    """E16b: without git, what is left is that a quarter is over and not closed."""
    for path in (demo_texts / "ledger").rglob("*.beancount"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r'\n2026-\d\d-\d\d custom "cloture".*\n(?:  .*\n)+', "\n", text), encoding="utf-8")
    for path in (demo_texts / "ledger" / "documents").glob("*-2026-T*.tsv"):
        path.unlink()
    found = [each for each in seen(demo_texts).findings if each.rule == "cloture-en-retard"]
    assert [each.level for each in found] == ["erreur", "erreur", "alerte"]


@pytest.mark.parametrize("manifest", [False, True])
def test_a_voucher_of_a_closed_quarter_is_replaced(demo_copy: Path, manifest: bool) -> None:
    """E16c, E16d: with or without its row of the manifest."""
    documents = demo_copy / "ledger" / "documents"
    tsv = documents / "MANIFESTE-2026-T3.tsv"
    row = next(line for line in tsv.read_text(encoding="utf-8").splitlines() if "BQ-UE-EAU" in line)
    digest, size, name = row.split("\t")
    content = (documents / name).read_bytes()
    (documents / name).write_bytes(content[:-1] + b"#")
    if manifest:
        edit(demo_copy, "ledger/documents/MANIFESTE-2026-T3.tsv", row, f"{digest[::-1]}\t{size}\t{name}")
    found = [each for each in seen(demo_copy).findings if each.rule == "periode-close"]
    assert found
    assert all(each.level == "erreur" for each in found)


def test_a_payment_typed_as_an_opening(demo_texts: Path) -> None:
    """E52."""
    text = f'2026-10-30 * "Quincaillerie" "À nouveau"\n  ecriture: "a-nouveau"\n  Capitaux:UE-EAU:121-Report  900000 XOF\n  {BANK}'
    line = add(demo_texts, text.replace("Capitaux:UE-EAU:121-Report", "Passif:UE-EAU:462-Fonds-administration"))
    assert any(each.level == "erreur" for each in said(demo_texts, "reglement", OCTOBER, line))


# --- C. money out of the bank or till ---------------------------------------------------------------------------------


def payment(payee: str, *words: str, account: str = BANK, amount: int = 30_000, series: str = "BQ") -> str:
    rows = [f'piece: "{series}-UE-EAU-2026-0900"', 'ligne: "4.3"', *words]
    told = "\n".join(f"  {row}" for row in rows)
    return (
        f'2026-10-30 * "{payee}" "Fournitures"\n{told}\n'
        f"  Charges:UE-EAU:6055-Fournitures-de-bureau  {amount} XOF\n  {account}  -{amount} XOF"
    )


SIGNED = ('mode: "cheque"', 'cheque: "7100999"', 'signataire-1: "directeur"', 'signataire-2: "president"')


def test_a_signer_pays_himself(demo_texts: Path) -> None:
    """E24a: his name without its accent; under another's name only the bank knows (E24b)."""
    line = add(demo_texts, payment("A. Traore", *SIGNED))
    [finding] = said(demo_texts, "double-signature", OCTOBER, line)
    assert finding.level == "erreur"


def test_an_expense_against_the_transit_account(demo_texts: Path) -> None:
    """E36."""
    text = payment("Quincaillerie", account="Actif:UE-EAU:585-Virements-de-fonds", series="OD")
    add(demo_texts, text)
    found = seen(demo_texts).at(date(2026, 11, 20)).findings
    assert any(each.rule == "virement-en-transit" and "585" in each.message for each in found)


@pytest.mark.parametrize(("month", "today"), [("2026-11", None), ("", date(2026, 11, 20))], ids=["E35a", "E35b"])
def test_a_payment_that_no_statement_shows(demo_texts: Path, month: str, today: date | None) -> None:
    """Ticked with a statement that does not exist, or never ticked: said at once, or once the statement is due."""
    words = (*SIGNED, f'pointage: "{month}"') if month else SIGNED
    add(demo_texts, payment("Quincaillerie du Fleuve", *words))
    found = seen(demo_texts) if today is None else seen(demo_texts).at(today)
    assert any(each.rule == "rapprochement-bancaire" and BANK in each.message for each in found.findings)


def test_an_entry_moved_to_a_day_to_come(demo_texts: Path) -> None:
    """E41."""
    line = edit(demo_texts, OCTOBER, "\n2026-10-20 * ", "\n2027-10-20 * ")
    assert any(
        Path(each.file) == demo_texts / OCTOBER and each.level == "erreur" for each in seen(demo_texts).findings
    ), line


# --- D. quotes and vouchers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "third", "numbers"),
    [
        ("Faso Papeterie", "Faso Papeterie", ("084112345A", "1", "2")),
        ("FASO-PAPETERIE SARL", "faso papeterie", ("084112345A", "1", "2")),
        ("Papeterie du Mali", "Bureau Plus", ("084112345A", "084112345A", "084112345A")),
    ],
    ids=["E2a", "E2b", "E2d"],
)
def test_three_quotes_of_one_supplier(demo_texts: Path, second: str, third: str, numbers: tuple[str, str, str]) -> None:
    """One name, one name written otherwise, one tax number under three names."""
    month = demo_texts / "ledger" / "ue-eau" / "2026-03.beancount"
    text = month.read_text(encoding="utf-8")
    quotes = re.findall(r'\n2026-\d\d-\d\d custom "proforma" "M-2026-013" ".*\n(?:  .*\n)+', text)
    assert len(quotes) == 3
    for quote, name, number in zip(quotes, ("Faso Papeterie", second, third), numbers, strict=True):
        new = re.sub(r'("M-2026-013" )"[^"]*"', rf'\1"{name}"', quote)
        text = text.replace(quote, re.sub(r'nif: "[^"]*"', f'nif: "{number}"', new))
    month.write_text(text, encoding="utf-8")
    found = [each for each in seen(demo_texts).findings if each.rule == "trois-proformas" and each.level == "erreur"]
    assert any("M-2026-013" in each.message or Path(each.file) == month for each in found)


def _written(path: Path, text: str) -> None:
    """Another file takes the name: the copies of the books share their vouchers."""
    path.unlink()
    path.write_text(text, encoding="utf-8")


def _empty(path: Path) -> None:
    _written(path, "")


def _text(path: Path) -> None:
    _written(path, "ce n'est pas un PDF")


def _link(path: Path) -> None:
    other = path.with_name("ailleurs.pdf")
    path.rename(other)
    path.symlink_to(other)


@pytest.mark.parametrize("how", [_empty, _text, _link], ids=["E43", "E43b", "E55"])
def test_a_voucher_that_is_none(demo_texts: Path, how: Callable[[Path], None]) -> None:
    how(demo_texts / "ledger" / "documents" / "ue-eau" / "2026-10" / "CS-UE-EAU-2026-0042.pdf")
    text = (demo_texts / OCTOBER).read_text(encoding="utf-8")
    at = text[: text.index('piece: "CS-UE-EAU-2026-0042"')].count("\n")
    found = seen(demo_texts)
    assert said(demo_texts, "piece-justificative", OCTOBER, at) or found.halted
    assert found.errors


# --- E. counts, calendar, files ---------------------------------------------------------------------------------------


def test_a_receipt_booked_and_not_counted(demo_texts: Path) -> None:
    """E15b."""
    text = (
        f'2026-10-28 * "Membre (fictif)" "Cotisation"\n  piece: "CS-UE-EAU-2026-0900"\n  mode: "especes"\n'
        f"  {TILL}  5000 XOF\n  Passif:UE-EAU:462-Fonds-administration  -5000 XOF"
    )
    add(demo_texts, text)
    assert any(each.rule == "pv-de-caisse" and each.level == "erreur" for each in seen(demo_texts).findings)


def test_a_month_left_out_of_the_includes(demo_texts: Path) -> None:
    """E45."""
    edit(demo_texts, "ledger/main.beancount", 'include "ue-eau/*.beancount"', 'include "ue-eau/2026-0*.beancount"')
    assert any(each.level == "erreur" and "2026-10" in each.file + each.message for each in seen(demo_texts).findings)


# --- the table --------------------------------------------------------------------------------------------------------

HELD = {
    "E12": "test_evasion_rules.py::test_the_core_controls_do_not_stop",
    "E12b": "test_evasion_rules.py::test_the_core_controls_are_not_weakened",
    "E16f": "test_evasion_rules.py::test_a_closed_voucher_changes_though_its_rule_is_stopped",
    "E13": "test_strays.py::test_the_line_of_the_controls_is_exact",
    "E13b": "test_strays.py::test_the_line_of_the_controls_is_exact",
    "E10": "test_evasion_rules.py::test_a_rule_of_a_closed_quarter_does_not_change",
    "E10b": "test_evasion_rules.py::test_a_rule_of_a_closed_quarter_does_not_change",
    "E10c": "test_evasion_rules.py::test_a_rule_of_a_closed_quarter_does_not_change",
    "E11": "test_evasion_rules.py::test_a_rule_of_a_closed_quarter_does_not_change",
    "E14": "test_evasion.py::test_a_parallel_cash_box_is_on_the_wrong_side",
    "E37": "test_evasion_rules.py::test_a_rule_of_a_closed_quarter_does_not_change",
    "E38": "test_evasion_rules.py::test_a_rule_of_a_closed_quarter_does_not_change",
    "E39": "test_evasion_rules.py::test_a_rule_of_a_closed_quarter_does_not_change",
    "E54": "test_evasion.py::test_purchases_are_not_made_bank_charges",
    "E16b": "test_since.py::test_a_closing_that_went_is_refused_where_it_stood",
    "E16a": "test_since.py::test_a_closing_made_again_is_refused_with_its_files",
    "E16c": "test_evasion_rules.py::test_a_voucher_of_a_closed_quarter_is_replaced",
    "E16d": "test_evasion_rules.py::test_a_voucher_of_a_closed_quarter_is_replaced",
    "E52": "test_evasion_rules.py::test_a_payment_typed_as_an_opening",
    "E5": "test_evasion.py::test_large_bank_charges_are_signed",
    "E5b": "test_evasion.py::test_large_bank_charges_are_signed",
    "E5c": "test_evasion.py::test_charges_paid_to_a_person_are_signed",
    "E53": "test_evasion.py::test_a_transfer_to_a_shop_is_no_charge",
    "E21a": "test_evasion.py::test_a_storno_that_pays_cash_is_within_the_maximum",
    "E21b": "test_evasion.py::test_a_storno_that_pays_is_signed",
    "E21c": "test_evasion.py::test_a_storno_that_pays_is_signed",
    "E7a": "test_evasion.py::test_an_advance_on_pay_carries_its_number",
    "E7b": "test_evasion.py::test_money_is_not_parked_in_suspense",
    "E7c": "test_evasion.py::test_a_bill_that_was_never_booked_is_not_paid",
    "E7d": "test_evasion.py::test_nobody_is_paid_more_than_owed",
    "E7e": "test_evasion.py::test_nobody_is_paid_more_than_owed",
    "E50": "test_evasion.py::test_neither_reserves_nor_income_pay",
    "E51": "test_evasion.py::test_neither_reserves_nor_income_pay",
    "E24a": "test_evasion_rules.py::test_a_signer_pays_himself",
    "E36": "test_evasion_rules.py::test_an_expense_against_the_transit_account",
    "E35a": "test_evasion_rules.py::test_a_payment_that_no_statement_shows",
    "E35b": "test_evasion_rules.py::test_a_payment_that_no_statement_shows",
    "E41": "test_evasion_rules.py::test_an_entry_moved_to_a_day_to_come",
    "E8": "test_evasion.py::test_a_payment_to_sign_does_not_wait_for_ever",
    "E1": "test_evasion_papers.py::test_a_statement_forged_beside_the_bank_s_own_file",
    "E2a": "test_evasion_rules.py::test_three_quotes_of_one_supplier",
    "E2b": "test_evasion_rules.py::test_three_quotes_of_one_supplier",
    "E2d": "test_evasion_rules.py::test_three_quotes_of_one_supplier",
    "E2c": "test_evasion.py::test_one_house_that_quotes_under_three_spellings",
    "E2e": "test_evasion.py::test_one_house_that_quotes_with_a_letter_in_disguise",
    "E17": "test_evasion_papers.py::test_three_quotes_that_are_two_files_and_one_of_another_dossier",
    "E17b": "test_evasion_papers.py::test_three_quotes_that_are_two_files_and_one_of_another_dossier",
    "E42": "test_evasion_papers.py::test_the_paper_of_another_voucher_copied_under_a_new_name",
    "E42b": "test_evasion_papers.py::test_two_vouchers_cite_one_file",
    "E44": "test_evasion_papers.py::test_one_cheque_number_twice",
    "E43": "test_evasion_rules.py::test_a_voucher_that_is_none",
    "E43b": "test_evasion_rules.py::test_a_voucher_that_is_none",
    "E55": "test_evasion_rules.py::test_a_voucher_that_is_none",
    "E34": "test_evasion.py::test_a_file_is_not_signed_at_once",
    "E20": "test_evasion_papers.py::test_a_value_date_into_a_closed_quarter",
    "E20b": "test_evasion_papers.py::test_a_mandate_that_ended_is_not_revived_by_a_value_date",
    "E15a": "test_since.py::test_the_last_vouchers_of_a_series_do_not_go",
    "E15b": "test_evasion_rules.py::test_a_receipt_booked_and_not_counted",
    "E45": "test_evasion_rules.py::test_a_month_left_out_of_the_includes",
    "E46": "test_since.py::test_a_month_put_among_the_drafts",
    "E36b": "test_check_command.py::test_what_is_late_is_said_though_nobody_types_anything",
    "P1": "unit/test_plugin_cache.py",
    "P2": "unit/test_memory.py::test_a_document_changed_behind_its_time_is_seen",
}
"""By known way around (row of the threat list), the test that holds it."""
BEYOND = {"E9", "E18", "E24b", "E40", "E47", "E48", "E49"}
"""What text alone cannot tell: plugins/SECURITY.md says what a reader does instead."""


def test_every_known_way_around_is_held_or_told() -> None:
    """Each has its test, or its row in SECURITY.md with what to do instead."""
    for row, where in HELD.items():
        file, _, name = where.partition("::")
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, (row, where)
    page = (ROOT / "plugins" / "SECURITY.md").read_text(encoding="utf-8")
    beyond = page.partition("## What text alone cannot tell")[2].partition("\n## ")[0]
    told = {
        word
        for line in beyond.splitlines()
        if line.startswith("| E")
        for word in re.findall(r"E\d+[a-z]?", line.split("|")[1])
    }
    assert told == BEYOND
    assert not set(HELD) & BEYOND
