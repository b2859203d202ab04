"""Ways around the cash counts, tried on a copy of the demonstration books: each is found on its own line."""

from __future__ import annotations

import re
from pathlib import Path

from grandlivre import inspection
from grandlivre.rules import Finding

FEBRUARY, MAY = "ledger/ue-eau/2026-02.beancount", "ledger/ue-eau/2026-05.beancount"
SURPRISE, MONTHLY = "ue-eau/2026-05/pv-caisse-20.pdf", "ue-eau/2026-05/pv-caisse-29.pdf"


def edit(root: Path, file: str, old: str, new: str) -> None:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def said(root: Path, rule: str) -> list[Finding]:
    found = inspection.inspect(root / "ledger" / "main.beancount").findings
    return [each for each in found if each.rule == rule]


def count_line(root: Path, file: str, document: str) -> int:
    """The line of the count that names a document."""
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if f'document: "{document}"' in line)
    return next(number for number in range(at, -1, -1) if lines[number].startswith("2026-")) + 1


def test_a_quarter_without_a_surprise_count(demo_texts: Path) -> None:
    """The surprise count is called an ordinary one: said on the till, an alert, and it closes nothing."""
    file = demo_texts / MAY
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('type: "inopine"', 'type: "mensuel"'), encoding="utf-8")
    [finding] = said(demo_texts, "pv-de-caisse")
    assert (finding.level, Path(finding.file).name) == ("alerte", "comptes.beancount")
    assert "Actif:UE-EAU:5711-Caisse n'a pas été comptée sans préavis au 2e trimestre 2026" in finding.message


def test_a_surprise_count_by_the_usual_controller(demo_texts: Path) -> None:
    line = count_line(demo_texts, MAY, SURPRISE)
    file = demo_texts / MAY
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('controleur: "tresoriere"', 'controleur: "comptable"'), encoding="utf-8")
    [finding] = said(demo_texts, "pv-de-caisse")
    assert (finding.level, Path(finding.file), finding.line) == ("alerte", file, line)
    assert "qui contrôlait déjà le mois d'avant" in finding.message


def test_two_counts_do_not_share_their_minutes(demo_texts: Path) -> None:
    line = count_line(demo_texts, MAY, MONTHLY)
    edit(demo_texts, MAY, f'document: "{MONTHLY}"', f'document: "{SURPRISE}"')
    [finding] = said(demo_texts, "piece-reutilisee")
    assert (finding.level, finding.line) == ("erreur", line)
    assert f"Le fichier {SURPRISE} sert déjà au comptage de Actif:UE-EAU:5711-Caisse du 20/05/2026" in finding.message


def test_the_minutes_of_another_count_copied_under_a_new_name(demo_copy: Path) -> None:
    documents = demo_copy / "ledger" / "documents"
    (documents / MONTHLY).write_bytes((documents / SURPRISE).read_bytes())
    [finding] = said(demo_copy, "piece-reutilisee")
    assert finding.line == count_line(demo_copy, MAY, MONTHLY)
    assert f"Le fichier {MONTHLY} est la copie exacte de {SURPRISE}" in finding.message


def test_the_minutes_of_a_count_tell_the_entry_of_its_gap(demo_texts: Path) -> None:
    """The entry of the till and its count may name the same file; that of another till may not."""
    file = demo_texts / MAY
    text = file.read_text(encoding="utf-8")
    voucher = re.search(r'document: "(ue-eau/2026-05/CS-UE-EAU-2026-\d+\.pdf)"', text)
    assert voucher is not None
    edit(demo_texts, MAY, voucher[0], f'document: "{SURPRISE}"')
    assert said(demo_texts, "piece-reutilisee") == []
    other = demo_texts / "ledger" / "genre" / "2026-05.beancount"
    text = other.read_text(encoding="utf-8")
    voucher = re.search(r'document: "(genre/2026-05/CS-GENRE-2026-\d+\.pdf)"', text)
    assert voucher is not None
    edit(demo_texts, "ledger/genre/2026-05.beancount", voucher[0], f'document: "{SURPRISE}"')
    [finding] = said(demo_texts, "piece-reutilisee")
    assert Path(finding.file) in (file, other)


def test_a_count_without_its_signed_minutes(demo_texts: Path) -> None:
    line = count_line(demo_texts, MAY, MONTHLY)
    edit(demo_texts, MAY, f'  document: "{MONTHLY}"\n', "")
    [finding] = said(demo_texts, "piece-justificative")
    assert (finding.level, finding.line) == ("alerte", line)
    assert "ne nomme pas son procès-verbal signé" in finding.message
