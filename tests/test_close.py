"""Closing: the checklist refuses what is open, the seal holds, later corrections go to the open period."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from grandlivre.cli import _terminal, cli
from grandlivre.inspection import inspect
from grandlivre.reports.deadlines import overdue
from grandlivre.rules import Level, is_reservable, objects
from small_books import MONTH, close, month_of, ready, small, swap

__all__ = ["ready", "small"]


def test_a_clean_month_is_closed_and_sealed(small: Path) -> None:
    before = month_of(small).read_text(encoding="utf-8")
    result = close(small, "2026-01", "--date", "2026-02-10", "--oui")
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output
    assert "écrit : ledger/documents/MANIFESTE-2026-01.tsv" in result.output
    assert month_of(small).read_text(encoding="utf-8") == before
    found = inspect(small / "ledger/main.beancount")
    assert found.findings == ()
    [closing] = found.books.closings
    assert (closing.period, closing.previous, [tree for tree, _ in closing.trees]) == ("2026-01", "", ["fonct"])
    rows = (small / "ledger/documents/MANIFESTE-2026-01.tsv").read_text(encoding="utf-8").splitlines()
    assert rows == [
        f"{hashlib.sha256(b'%PDF-1.4 ' + name).hexdigest()}\t10\tfonct/{name.decode()}.pdf"
        for name in (b"a", b"b", b"c", b"d")
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swap('2026-01-31 custom "releve"', '; '), "Relevés de banque rapprochés"),
        (swap('"2026-01" 400000', '"2026-01" 400001'), "Relevés de banque rapprochés"),
        (swap('2026-01-31 custom "pv-caisse"', '; '), "Procès-verbaux de caisse"),
        (swap("2026-01-07 *", "2026-01-07 !"), "Écritures complètes (sans !)"),
        (swap("fonct/d.pdf", "fonct/e.pdf"), "Pièces justificatives"),
        (swap("CS-FONCT-2026-0002", "CS-FONCT-2026-0003"), "Séries de pièces sans trou ni doublon"),
        (swap('  signataire-2: "tresorier"\n', ""), "Signatures et autorisations"),
        (swap("2026-01-06 * \"Banque\"", "2026-02-01 * \"Banque\""), "Virements internes soldés (58)"),
        (swap("Charges:FONCT:6055-Fournitures-de-bureau", 'Actif:FONCT:4213-Avances-a-justifier'), "Avances à justifier"),
    ],
)  # fmt: skip
def test_what_is_open_refuses_the_closing(small: Path, change: Callable[[Path], None], said: str) -> None:
    change(small)
    kept = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    result = close(small, "2026-01", "--oui")
    assert result.exit_code == 1
    assert f"✗ {said}" in result.output
    assert re.search(r"Clôture impossible : \d points? bloquants?\.$", result.output.strip())
    for path, content in kept.items():
        if ".grandlivre" not in path.parts:
            assert path.read_bytes() == content


def test_an_overdue_advance_is_open_unless_waived(small: Path) -> None:
    advance = '  avance: "AV-2026-001"\n  echeance: 2026-01-20\n  piece: "CS-FONCT-2026-0002"'
    swap('  piece: "CS-FONCT-2026-0002"', advance)(small)
    swap("Charges:FONCT:6055-Fournitures-de-bureau", "Actif:FONCT:4213-Avances-a-justifier")(small)
    assert "✗ Avances à justifier" in close(small, "2026-01", "--voir").output
    waiver = 'derogation: "avance-en-retard"\n  motif: "mission prolongée"\n  derogation-par: "tresorier"\n  avance:'
    swap("avance: ", f"{waiver} ")(small)
    result = close(small, "2026-01", "--voir")
    assert (result.exit_code, "1 constat levé par dérogation" in result.output) == (0, True), result.output


def test_looking_writes_nothing(small: Path) -> None:
    shutil.rmtree(small / ".grandlivre")  # what `init` left
    result = close(small, "2026-01", "--voir")
    assert (result.exit_code, "Tout est en ordre" in result.output) == (0, True)
    assert not list((small / "ledger/documents").glob("MANIFESTE-*"))
    assert not (small / ".grandlivre").exists()


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2026-S1", "ne se clôture pas"),
        ("2026", "ne se clôture pas"),
        ("janvier", "ne se clôture pas"),
        ("2026-02", "la première clôture est 2026-T1 ou 2026-01, pas 2026-02"),
    ],
)
def test_only_the_next_month_or_quarter_closes(small: Path, period: str, said: str) -> None:
    result = close(small, period)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_an_empty_month_is_closed_and_holds(small: Path) -> None:
    """Closings follow each other from the first day: nothing to seal is sealed too, and what comes afterwards is found."""
    month = month_of(small)
    kept = month.read_text(encoding="utf-8")
    month.write_text(kept.replace(MONTH, ""), encoding="utf-8", newline="\n")
    result = close(small, "2026-01", "--date", "2026-02-10", "--oui")
    assert result.exit_code == 0, result.output
    found = inspect(small / "ledger/main.beancount")
    assert [each.message for each in found.findings if each.rule == "periode-close"] == []
    assert found.books.closings[0].trees == ()
    month.write_text(kept, encoding="utf-8", newline="\n")
    said = [each for each in inspect(small / "ledger/main.beancount").findings if each.rule == "periode-close"]
    assert len(said) == 1
    assert "n'avait rien dans 2026-01 à la clôture" in said[0].message


def test_closings_follow_each_other(small: Path) -> None:
    assert close(small, "2026-01", "--date", "2026-01-31").exit_code == 0
    assert "déjà clos" in close(small, "2026-01").output
    assert "déjà clos" in close(small, "2026-T1").output
    assert "après 2026-01, clôturez 2026-02, puis 2026-03" in close(small, "2026-03").output
    assert "ne peut pas être datée avant" in close(small, "2026-02", "--date", "2026-02-27").output


def test_an_insertion_after_the_closing_is_found_and_the_correction_passes(small: Path) -> None:
    assert close(small, "2026-01", "--date", "2026-01-31").exit_code == 0
    swap('2026-01-31 custom "pv-caisse"', EXTRA)(small)
    found = inspect(small / "ledger/main.beancount")
    [error] = [finding for finding in found.findings if finding.rule == "periode-close"]
    assert (error.level, error.piece) == (Level.ERROR, "OD-FONCT-2026-0001")
    assert "01/02/2026" in error.message


EXTRA = """2026-01-20 * "Fournisseur" "Oubliée"
  piece: "OD-FONCT-2026-0001"
  document: "fonct/d.pdf"
  Charges:FONCT:6047-Fournitures  5000 XOF
  Passif:FONCT:4011-Fournisseurs

2026-01-31 custom "pv-caisse\""""


@pytest.mark.slow
def test_the_closings_of_the_demonstration_books_are_those_that_close_writes(demo_texts: Path) -> None:
    """The demonstration's own implementation of the digest and the product's agree."""
    months = sorted((demo_texts / "ledger/fonct").glob("2026-*.beancount"))
    written = "".join(path.read_text(encoding="utf-8") for path in months)
    seals = re.findall(r'^(\d{4}-\d\d-\d\d) custom "cloture" "(2026-T[123])"\n((?:  .*\n)+)', written, re.MULTILINE)
    assert [period for _, period, _ in seals] == ["2026-T1", "2026-T2", "2026-T3"]
    manifests = {path.name: path.read_bytes() for path in (demo_texts / "ledger/documents").glob("MANIFESTE-*")}
    for path in months:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r'^\d{4}-\d\d-\d\d custom "cloture".*\n(?:  .*\n)+\n?', "", text, flags=re.MULTILINE)
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")
    kept = {path.name: path.read_bytes() for path in (demo_texts / "ledger/documents").glob("REGLES-*")}
    for name in (*manifests, *kept):
        (demo_texts / "ledger/documents" / name).unlink()
    for day, period, _ in seals:
        result = close(demo_texts, period, "--date", day)
        assert result.exit_code == 0, result.output
    again = "".join(path.read_text(encoding="utf-8") for path in months)
    for day, period, lines in seals:
        assert f'{day} custom "cloture" "{period}"\n{lines}' in again
    assert manifests == {path.name: path.read_bytes() for path in (demo_texts / "ledger/documents").glob("MANIFESTE-*")}
    assert kept == {path.name: path.read_bytes() for path in (demo_texts / "ledger/documents").glob("REGLES-*")}


ADVANCE = '  avance: "AV-2026-001"\n  echeance: 2026-01-20\n  piece: "CS-FONCT-2026-0002"'
SETTLED = """
2026-02-03 * "Papeterie" "Justification"
  piece: "OD-FONCT-2026-0001"
  avance: "AV-2026-001"
  document: "fonct/d.pdf"
  Charges:FONCT:6055-Fournitures-de-bureau  10750 XOF
  Actif:FONCT:4213-Avances-a-justifier
"""
RESERVE = "avance-en-retard · AV-2026-001 · justifiée le 03/02/2026"


@pytest.fixture
def late(small: Path) -> Path:
    """Books with an advance due on 20 January and justified on 3 February."""
    swap('  piece: "CS-FONCT-2026-0002"', ADVANCE)(small)
    swap("Charges:FONCT:6055-Fournitures-de-bureau", "Actif:FONCT:4213-Avances-a-justifier")(small)
    month = small / "ledger/fonct/2026-02.beancount"
    month.write_text(month_of(small).read_text("utf-8").split("\n\n")[0] + "\n" + SETTLED, "utf-8")
    return small


@pytest.mark.parametrize("today", [None, date(2026, 2, 10), date(2026, 6, 30)])
def test_what_is_open_and_lawful_is_declared_and_never_blocks_again(late: Path, today: date | None) -> None:
    refused = close(late, "2026-01", "--date", "2026-02-10", "--oui")
    assert refused.exit_code == 1
    assert 'si c\'est régulier : --reserve "avance-en-retard · AV-2026-001 · motif"' in refused.output
    done = close(late, "2026-01", "--date", "2026-02-10", "--oui", "--reserve", RESERVE)
    assert done.exit_code == 0, done.output
    found = inspect(late / "ledger/main.beancount", today)
    assert [finding for finding in found.findings if finding.rule in ("periode-close", "avance-en-retard")] == []
    [closing] = found.books.closings
    assert (closing.version, closing.reserves) == (2, (RESERVE,))


def test_the_reasons_typed_are_kept_when_the_period_is_not_closed(late: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    answers = "justifiée le 03/02/2026\nn\n"
    main = str(late / "ledger/main.beancount")
    said = CliRunner().invoke(cli, ["close", "2026-01", "--date", "2026-02-10", "--ledger", main], input=answers)
    assert said.exit_code == 0, said.output
    assert "Rien n'a été écrit." in said.output
    assert f'grandlivre close 2026-01 --reserve "{RESERVE}"' in said.output


def test_a_reserve_is_sealed(late: Path) -> None:
    assert close(late, "2026-01", "--date", "2026-02-10", "--oui", "--reserve", RESERVE).exit_code == 0
    month = late / "ledger/fonct/2026-02.beancount"
    text = month.read_text("utf-8")
    for changed in (text.replace("justifiée le 03/02", "justifiée le 04/02"), re.sub(r"  reserve-1.*\n", "", text)):
        assert changed != text
        month.write_text(changed, "utf-8")
        said = [f.message for f in inspect(late / "ledger/main.beancount").findings if f.rule == "periode-close"]
        assert any("n'est pas celle de ce qu'elle scelle" in message for message in said)


@pytest.mark.parametrize(
    ("reserve", "said"),
    [
        ("avance-en-retard · AV-2026-009 · jamais remise", "ne couvre rien"),
        ("double-signature · BQ-FONCT-2026-0002 · absent", "ne se lit pas"),
        ("avance-en-retard · AV-2026-001", "ne se lit pas"),
        ("avance-en-retard", "ne se lit pas"),
    ],
)
def test_a_reserve_that_covers_nothing_is_refused(late: Path, reserve: str, said: str) -> None:
    done = close(late, "2026-01", "--date", "2026-02-10", "--oui", "--reserve", reserve)
    assert (done.exit_code, said in done.output) == (2, True), done.output


def test_a_reserve_typed_by_hand_that_covered_nothing_is_said(small: Path) -> None:
    assert close(small, "2026-01", "--date", "2026-02-10", "--oui").exit_code == 0
    month = small / "ledger/fonct/2026-02.beancount"
    text = month.read_text("utf-8")
    idle = '  reserve-1: "pv-de-caisse · Actif:FONCT:5711-Caisse 2026-01 · oublié"\n'
    month.write_text(text.replace("  dernieres-pieces", f"{idle}  dernieres-pieces"), "utf-8")
    said = [f.message for f in inspect(small / "ledger/main.beancount").findings if f.rule == "periode-close"]
    assert any("n'excusait rien" in message for message in said)


def test_a_waiver_that_was_useful_at_the_closing_stays_valid(late: Path) -> None:
    waiver = 'derogation: "avance-en-retard"\n  motif: "mission prolongée"\n  derogation-par: "tresorier"\n  avance:'
    swap("avance: ", f"{waiver} ")(late)
    done = close(late, "2026-01", "--date", "2026-02-10", "--oui")
    assert done.exit_code == 0, done.output
    assert [f.message for f in inspect(late / "ledger/main.beancount").findings if f.rule == "derogation"] == []


def test_a_forgotten_count_is_declared_and_nobody_antedates(small: Path) -> None:
    text = month_of(small).read_text("utf-8")
    month_of(small).write_text(re.sub(r'2026-01-31 custom "pv-caisse"(?:.*\n)+?\n', "", text), "utf-8")
    assert "✗ Procès-verbaux de caisse" in close(small, "2026-01", "--voir").output
    reserve = "pv-de-caisse · Actif:FONCT:5711-Caisse 2026-01 · caissier malade"
    done = close(small, "2026-01", "--date", "2026-02-20", "--oui", "--reserve", reserve)
    assert done.exit_code == 0, done.output
    for today in (date(2026, 2, 20), date(2026, 12, 31)):
        findings = inspect(small / "ledger/main.beancount", today).findings
        assert not any(f.rule == "periode-close" or "2026-01" in f.facts.values() for f in findings)


TAX = """2026-01-08 * "Direction des impôts" "Acompte"
  piece: "BQ-FONCT-2026-0003"
  signataire-1: "directeur"
  signataire-2: "tresorier"
  pointage: "2026-01"
  document: "fonct/e.pdf"
  Passif:FONCT:442-Impots-et-taxes  5000 XOF
  Actif:FONCT:52111-Banque

2026-01-31 custom "pv-caisse"
"""


def test_a_balance_that_is_explained_is_declared(small: Path) -> None:
    """A tax paid before its charge is booked: the account and the day since which it waits name it, for as long as it does."""
    swap('2026-01-31 custom "pv-caisse"', TAX.rstrip())(small)
    swap('"2026-01" 400000 XOF', '"2026-01" 395000 XOF')(small)
    (small / "ledger/documents/fonct/e.pdf").write_bytes(b"%PDF-1.4 e")
    assert "✗ Comptes de tiers soldés ou expliqués" in close(small, "2026-01", "--voir").output
    reserve = "tiers-a-solder · Passif:FONCT:442-Impots-et-taxes 2026-01-08 · acompte, charge au 31/03"
    done = close(small, "2026-01", "--date", "2026-02-10", "--oui", "--reserve", reserve)
    assert done.exit_code == 0, done.output
    for today in (date(2026, 2, 10), date(2026, 12, 31)):
        findings = inspect(small / "ledger/main.beancount", today).findings
        assert [each.message for each in findings if each.rule in ("periode-close", "tiers-a-solder")] == []


def test_a_till_below_its_floor_stays_declared_once_its_delay_is_over(small: Path) -> None:
    """The reserve that `close` proposes names the day the till went below, not the deadline that passes."""
    for old, new in (
        ("585-Virements-de-fonds  100000 XOF", "585-Virements-de-fonds  30000 XOF"),
        ("5711-Caisse  100000 XOF", "5711-Caisse  30000 XOF"),
        ('2026-01-07 * "Papeterie"', '2026-01-30 * "Papeterie"'),
        ("5711-Caisse 89250 XOF", "5711-Caisse 19250 XOF"),
        ('billets: "10000x8 5000x1 2000x2"', 'billets: "10000x1 5000x1 2000x2"'),
        ('"2026-01" 400000 XOF', '"2026-01" 470000 XOF'),
    ):
        swap(old, new)(small)
    main = small / "ledger/main.beancount"
    [low] = [each for each in inspect(main, date(2026, 1, 31)).findings if is_reservable(each)]
    assert objects(low)[0] == "Actif:FONCT:5711-Caisse 2026-01-30"
    done = close(
        small, "2026-01", "--date", "2026-02-10", "--oui", "--reserve", f"{low.rule} · {objects(low)[0]} · fonds le 11"
    )
    assert done.exit_code == 0, done.output
    for today in (date(2026, 2, 1), date(2026, 2, 10), date(2026, 12, 31)):
        said = [each.rule for each in inspect(main, today).findings]
        assert {"periode-close", "caisse-hors-bornes"}.isdisjoint(said)


def test_a_reserve_of_a_report_or_a_decision_is_about_one_alone(demo_texts: Path) -> None:
    """A report of the same name that three projects owe is named with its project, unless one alone is late."""
    late = inspect(demo_texts / "ledger/main.beancount", date(2027, 1, 31)).findings
    named = {objects(each) for each in late if each.rule in ("rapport-en-retard", "decision-en-retard")}
    assert {
        ("rapport-financier 2026-T3 UE-EAU", "rapport-financier 2026-T3"),
        ("rapport-financier 2026-T4 GENRE",),
    } <= named
    assert ("bureau 2026-09-18 decision-1", "bureau 2026-09-18") in named


def test_close_proposes_first_what_stops_it(late: Path) -> None:
    """A reserve that is needed is never hidden behind those that are not."""
    decisions = "".join(f'  decision-{n}: "Chose {n}"\n  decision-{n}-echeance: 2026-01-21\n' for n in range(1, 6))
    swap('"Réunion du mois"\n', f'"Réunion du mois"\n{decisions}')(late)
    said = close(late, "2026-01", "--voir").output
    proposed = [line for line in said.splitlines() if "si c'est régulier" in line]
    assert "avance-en-retard · AV-2026-001" in proposed[0]
    assert [line.partition("2026-01-20 ")[2] for line in proposed[1:]] == [f'decision-{n} · motif"' for n in (1, 2, 3)]


def test_the_rules_of_the_period_are_kept(small: Path) -> None:
    assert close(small, "2026-01", "--date", "2026-02-10", "--oui").exit_code == 0
    kept = small / "ledger/documents/REGLES-2026-01.tsv"
    rows = [line.split("\t") for line in kept.read_text("utf-8").splitlines()]
    assert rows == sorted(rows)
    values = {(file, key): value for file, key, value in rows}
    assert (
        values["rules/controles.yaml", "trois-proformas.seuil"].replace(" ", "").startswith("51000")
        or (
            "rules/controles.yaml",
            "trois-proformas.seuil.2008-01-01.valeur",
        )
        in values
    )
    assert not any("libelle" in key or key.endswith(".nom") or "exercices" in key for _, key in values)
    kept.write_text(kept.read_text("utf-8") + "rules/x.yaml\ta\tb\n", "utf-8")
    said = [f.message for f in inspect(small / "ledger/main.beancount").findings if f.rule == "periode-close"]
    assert any("REGLES-2026-01.tsv" in message for message in said)


def test_what_is_late_is_counted_from_the_first_entry_and_closed_by_the_last_month_of_a_quarter(small: Path) -> None:
    """The calendar asks for what `check` asks: nothing of before the first entry, nothing of a quarter closed month by month."""
    month = small / "ledger/fonct/2026-07.beancount"
    entries = month_of(small).read_text("utf-8")
    month.write_text(entries.replace("2026-01", "2026-08"), "utf-8")
    month_of(small).unlink()
    main = small / "ledger/main.beancount"

    def late(today: date) -> list[str]:
        return [f"{each.kind} {each.period}" for each in overdue(inspect(main, today).books, "", today)]

    assert late(date(2026, 11, 12)) == [
        "comptage 2026-09",
        "releve 2026-09",
        "cloture 2026-T3",
        "comptage 2026-10",
        "releve 2026-10",
    ]
    closing = '\n2026-10-05 custom "cloture" "2026-09"\n  version: 2\n'
    month.write_text(month.read_text("utf-8") + closing, "utf-8")
    assert "cloture 2026-T3" not in late(date(2026, 11, 12))
    month.write_text(entries.split("2026-01-02 custom")[0].replace("2026-01", "2026-07"), "utf-8")
    assert late(date(2026, 11, 12)) == []
