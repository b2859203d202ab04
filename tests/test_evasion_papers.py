"""Ways around the papers, tried on a copy of the demonstration books: each is found, and by the right rule."""

from __future__ import annotations

import re
from pathlib import Path

from grandlivre import inspection


def _said(root: Path, rule: str) -> list[tuple[str, str]]:
    """The level and the sentence of each finding of a rule."""
    found = inspection.inspect(root / "ledger" / "main.beancount").findings
    return [(finding.level.value, finding.message) for finding in found if finding.rule == rule]


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_paper_of_another_voucher_copied_under_a_new_name(demo_copy: Path) -> None:
    documents = demo_copy / "ledger" / "documents" / "ue-eau" / "2026-10"
    one, other = sorted(documents.glob("CS-*.pdf"))[:2]
    other.write_bytes(one.read_bytes())
    ((level, message),) = _said(demo_copy, "piece-reutilisee")
    assert level == "erreur"
    assert re.match(
        rf"Le fichier ue-eau/2026-10/{other.name} est la copie exacte de ue-eau/2026-10/{one.name}, ", message
    )


def test_two_vouchers_cite_one_file(demo_texts: Path) -> None:
    documents = demo_texts / "ledger" / "documents" / "ue-eau" / "2026-10"
    one, other = sorted(documents.glob("CS-*.pdf"))[:2]
    month = demo_texts / "ledger" / "ue-eau" / "2026-10.beancount"
    _replace(month, f'document: "ue-eau/2026-10/{other.name}"', f'document: "ue-eau/2026-10/{one.name}"')
    ((level, message),) = _said(demo_texts, "piece-reutilisee")
    assert level == "erreur"
    assert message.startswith(f"Le fichier ue-eau/2026-10/{one.name} sert déjà à CS-UE-EAU-2026-")


def test_three_quotes_that_are_two_files_and_one_of_another_dossier(demo_copy: Path) -> None:
    documents = demo_copy / "ledger" / "documents" / "ue-eau"
    second, third = documents / "M-2026-013-kenekadi.pdf", documents / "M-2026-013-sanya.pdf"
    second.write_bytes((documents / "M-2026-013-hygia.pdf").read_bytes())
    month = demo_copy / "ledger" / "ue-eau" / "2026-03.beancount"
    elsewhere = next(path for path in sorted(documents.glob("M-*.pdf")) if not path.name.startswith("M-2026-013"))
    _replace(month, f'document: "ue-eau/{third.name}"', f'document: "ue-eau/{elsewhere.name}"')
    said = _said(demo_copy, "piece-reutilisee")
    assert len(said) == 2
    assert any(second.name in message and "copie exacte" in message for _, message in said)
    assert any(f"{elsewhere.name} sert déjà" in message or f"{elsewhere.name} est" in message for _, message in said)


def test_one_cheque_number_twice(demo_texts: Path) -> None:
    month = demo_texts / "ledger" / "ue-eau" / "2026-03.beancount"
    numbers = re.findall(r'cheque: "(\d+)"', month.read_text(encoding="utf-8"))
    _replace(month, f'cheque: "{numbers[1]}"', f'cheque: "{numbers[0]}"')
    ((level, message),) = _said(demo_texts, "piece-reutilisee")
    assert level == "erreur"
    assert f"Le chèque n° {numbers[0]} de Actif:UE-EAU:52111-Banque-BDM a déjà payé" in message


# --- value dates ---------------------------------------------------------------------------------------------------------


def _signed_payment(root: Path) -> tuple[Path, str]:
    """The month and the first lines of a payment of October that two people sign."""
    month = root / "ledger" / "ue-eau" / "2026-10.beancount"
    found = re.search(r'\n2026-10-\d\d \* .*\n  piece: "BQ-.*\n  signataire-1: .*\n', month.read_text(encoding="utf-8"))
    assert found is not None
    return month, found[0]


def test_a_mandate_that_ended_is_not_revived_by_a_value_date(demo_texts: Path) -> None:
    month, head = _signed_payment(demo_texts)
    new = re.sub(r'signataire-1: ".*"', 'signataire-1: "secretaire-generale"', head)
    _replace(month, head, new + "  date-valeur: 2026-09-15\n")
    said = _said(demo_texts, "date-valeur-lointaine")
    assert [level for level, _ in said] == ["alerte", "erreur"]
    assert "« secretaire-generale » signe un paiement" in said[1][1]


def test_a_value_date_into_a_closed_quarter(demo_texts: Path) -> None:
    month, head = _signed_payment(demo_texts)
    _replace(month, head, head + "  date-valeur: 2026-09-28\n")
    ((level, message),) = _said(demo_texts, "date-valeur-lointaine")
    assert level == "alerte"
    assert "dans une période close jusqu'au 30/09/2026 (clôture du 15/10/2026)" in message


# --- statements ----------------------------------------------------------------------------------------------------------


def test_a_statement_forged_beside_the_bank_s_own_file(demo_texts: Path) -> None:
    month = demo_texts / "ledger" / "ue-eau" / "2026-10.beancount"
    text = month.read_text(encoding="utf-8")
    found = re.search(r'custom "releve" Actif:UE-EAU:52111-Banque-BDM "2026-10" (\d+) XOF', text)
    assert found is not None
    _replace(month, found[0], found[0].replace(found[1], str(int(found[1]) - 150_000)))
    ((level, message),) = _said(demo_texts, "releve-fichier")
    assert level == "erreur"
    assert "le fichier ue-eau/2026-10-52111.csv dit" in message
    assert "soit 150 000 FCFA d'écart" in message.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_bank_s_file_taken_away(demo_texts: Path) -> None:
    (demo_texts / "ledger" / "releves" / "ue-eau" / "2026-10-52111.csv").unlink()
    ((level, message),) = _said(demo_texts, "releve-fichier")
    assert level == "alerte"
    assert "Rangez-y ue-eau/2026-10-52111 suivi de son extension" in message


def test_a_waiver_reaches_what_only_whole_documents_tell(demo_copy: Path) -> None:
    """A byte copy may be excused like a cited file: it is then counted and listed, and the waiver has an object."""
    documents = demo_copy / "ledger" / "documents" / "ue-eau" / "2026-10"
    one, other = sorted(documents.glob("CS-*.pdf"))[:2]
    other.write_bytes(one.read_bytes())
    month = demo_copy / "ledger" / "ue-eau" / "2026-10.beancount"
    line = f'  document: "ue-eau/2026-10/{other.name}"\n'
    words = ('derogation: "piece-reutilisee"', 'motif: "Une facture pour deux dépenses"', 'derogation-par: "president"')
    before = inspection.inspect(demo_copy / "ledger" / "main.beancount")
    _replace(month, line, line + "".join(f"  {each}\n" for each in words))
    after = inspection.inspect(demo_copy / "ledger" / "main.beancount")
    assert [each.rule for each in before.findings].count("piece-reutilisee") == 1
    assert not [each for each in after.findings if each.rule in ("piece-reutilisee", "derogation")]
    assert [each.rule for each in after.waived].count("piece-reutilisee") == 1
    assert [each.rule for each in after.at(before.today.replace(day=30)).waived].count("piece-reutilisee") == 1
    other.write_bytes(one.read_bytes() + b"\n")
    [useless] = [
        each
        for each in inspection.inspect(demo_copy / "ledger" / "main.beancount").findings
        if each.rule == "derogation"
    ]
    assert "n'a plus d'objet" in useless.message
