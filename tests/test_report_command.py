"""`grandlivre report`: what it writes, where, the same bytes each time, and its sentences when it cannot."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from grandlivre.cli import _terminal, cli
from grandlivre.inspection import inspect
from grandlivre.reports.asked import ask
from grandlivre.reports.digest import digest, meaning
from grandlivre.reports.home import home

ROOT = Path(__file__).resolve().parent.parent
LEDGER = str(ROOT / "ledger" / "main.beancount")


def run(*words: str, ledger: str | Path = LEDGER):
    return CliRunner().invoke(cli, ["report", *words, "--ledger", str(ledger)])


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def books(tmp_path_factory) -> Path:
    """A copy of the demonstration books, without their vouchers, which reports do not read."""
    root = tmp_path_factory.mktemp("livres")
    shutil.copytree(ROOT / "ledger", root / "ledger", ignore=shutil.ignore_patterns("*.pdf", "*.png", "*.jpg"))
    shutil.copytree(ROOT / "rules", root / "rules")
    return root


def test_same_books_same_options_same_bytes(demo_texts, tmp_path, monkeypatch):
    asked = ("rapport-financier", "--periode", "2026-T3", "--format", "html,xlsx,csv,json")
    monkeypatch.chdir(tmp_path)
    assert run(*asked, "--out", "un").exit_code == 0
    monkeypatch.chdir("/")
    assert run(*asked, "--out", str(tmp_path / "deux"), ledger=demo_texts / "ledger").exit_code == 0
    first, second = tree(tmp_path / "un"), tree(tmp_path / "deux")
    assert first == second
    assert not any(str(folder).encode() in content for content in first.values() for folder in (ROOT, tmp_path))
    endings = (".html", ".xlsx", ".json", *(f"-{table}.csv" for table in ("budget", "depenses", "flow", "position")))
    assert set(first) >= {
        f"2026-T3/{code}/rapport-financier{ending}"
        for code in ("fonct", "genre", "ue-eau", "unicef-edu")
        for ending in endings
    }
    # one agreement is in euros, the others are not
    (converted,) = [name for name in first if "conversion" in name]
    assert converted == "2026-T3/ue-eau/rapport-financier-conversion-ue-2025-118.csv"


def test_the_index_of_one_donor_leaves_the_whole_one_alone(tmp_path):
    (tmp_path / "2026-T3").mkdir()
    (tmp_path / "2026-T3" / "index.html").write_text("tout", "utf-8")
    made = run("--all", "--bailleur", "GENRE", "--periode", "2026-T3", "--format", "csv", "--out", str(tmp_path))
    assert made.exit_code == 0, made.output
    files = tree(tmp_path / "2026-T3")
    assert f", {sum(name.endswith('.csv') for name in files)} feuilles (" in made.output
    assert files["index.html"] == b"tout"
    linked = {part.split('"')[0] for part in files["genre/index.html"].decode().split('href="./')[1:]}
    assert {f"genre/{name}" for name in linked} == set(files) - {"index.html", "genre/index.html"} != set()


@pytest.mark.slow
def test_all_that_is_due_with_an_index(tmp_path):
    asked = ("--all", "--periode", "dernier-trimestre", "--format", "html", "--out", str(tmp_path))
    first = run(*asked)
    assert first.exit_code == 0, first.output
    files = tree(tmp_path / "2026-T3")
    assert {
        "index.html",
        "ue-eau/rapport-financier.html",
        "ue-eau/suivi-budgetaire.html",
        "ensemble/balance.html",
    } <= set(files)
    index = files["index.html"].decode()
    linked = {part.split('"')[0] for part in index.split('href="./')[1:]}
    assert linked == set(files) - {"index.html"}
    assert "ce modèle n'existe pas encore" in index or "face" in index.lower()
    for name in (
        "Journal de banque – 52111 Banque BDM",
        "État de rapprochement bancaire – 52111 Banque BDM, septembre 2026",
        "Procès-verbal de caisse – 5711 Caisse, 31/07/2026",
        "Tableau comparatif des offres – M-2026-027",
    ):
        assert f"<dt>{name}</dt>" in index
    said = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", index, flags=re.DOTALL).split())
    inspection = inspect(Path(LEDGER)).at(date(2026, 9, 30))  # the page speaks of its period's last day
    facts = home(inspection.books, ask(inspection.books, (date(2026, 7, 1), date(2026, 9, 30))))
    assert facts.course is not None
    assert facts.course.lowest is not None
    for words in (
        "L'argent au 30/09/2026",
        f"Disponible en banque et caisses {facts.held.available:,} FCFA",
        f"Engagé : dettes à payer {facts.held.committed:,} FCFA",
        f"avances comprises {facts.held.net:,} FCFA",
        "Frais de fonctionnement couverts",
        f"Au plus bas fin {facts.course.lowest.month.label}",
        f"fin {facts.course.points[0].month.label} au 30/09/2026",
    ):
        assert words.replace(",", " ") in said.replace("\u202f", " ").replace("\u00a0", " "), words
    assert index.count('<rect class="passe"') == len(facts.course.points) == 9
    assert index.count('<rect class="p') == 9 + len(facts.course.coming)
    assert 'href="./ensemble/plan-tresorerie.html">Au plus bas' in index
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.html")}
    assert run(*asked[:1], "--periode", "2026-T3", *asked[3:], "--today", "2026-12-20").exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.html")} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "un seul modèle parmi : "),
        (("rapport-financer",), "Vouliez-vous écrire « rapport-financier » ?"),
        (("balance", "--bailleur", "UE-EU"), "Vouliez-vous écrire « UE-EAU » ?"),
        (("balance", "--periode", "2026-T9"), "n'est pas une période"),
        (("balance", "--format", "docx"), "Format inconnu : docx"),
        (("journal-banque", "--compte", "Actif:UE-EAU:5711-Caisse"), "se fait pour les comptes 52, 55"),
        (("journal-banque", "--compte", "Actif:UE-EAU:52112-Banque"), "n'existe pas"),
        (("comparatif", "--piece", "M-2026-999"), "n'existe pas dans ces livres"),
        (("rapport-financier", "--transmettre"), "donnez --bailleur"),
        (("--all", "--transmettre"), "demandent un modèle"),
        (
            ("journal-banque", "--bailleur", "GENRE", "--periode", "2019"),
            "aucun compte 52, 55 de GENRE n'a de mouvement",
        ),
    ],
)
def test_what_is_badly_asked_is_said_in_french(tmp_path, words, said):
    result = run(*words, "--out", str(tmp_path))
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert list(tmp_path.iterdir()) == []


def test_a_broken_template_is_named_with_its_line(books, tmp_path):
    own = tmp_path / "livres"
    shutil.copytree(books, own)
    (own / "templates").mkdir()
    (own / "templates" / "rapport-financier.html").write_text(
        "{% extends 'rapport.html' %}\n{% block corps %}", "utf-8"
    )
    result = run("rapport-financier", "--bailleur", "GENRE", "--format", "html", ledger=own / "ledger")
    assert result.exit_code == 2
    assert "templates/rapport-financier.html:2:" in result.output
    (own / "templates" / "rapport-financier.html").write_text("{% extends 'absent.html' %}", "utf-8")
    result = run("rapport-financier", "--bailleur", "GENRE", "--format", "html", ledger=own / "ledger")
    assert result.exit_code == 2
    assert "« absent.html » manque" in result.output
    assert not (own / "build").exists()


def test_without_a_printer_the_page_is_left_and_said(tmp_path, monkeypatch):
    from grandlivre.sources.problem import Problem
    from grandlivre.tasks import publishing

    monkeypatch.setattr(publishing, "pdf", lambda *_, **__: Problem("", 1, "Aucun programme ne sait faire le PDF."))
    result = run(
        "engagements", "--bailleur", "GENRE", "--periode", "2026-T3", "--format", "pdf", "--out", str(tmp_path)
    )
    assert result.exit_code == 0
    assert "Aucun programme ne sait faire le PDF" in result.output
    assert set(tree(tmp_path)) == {"2026-T3/genre/engagements.html"}


def test_the_digest_says_what_the_books_say(books, tmp_path):
    copy = tmp_path / "ailleurs"
    shutil.copytree(books, copy)
    main, templates = copy / "ledger" / "main.beancount", ROOT / "templates"
    before = digest(main, templates)
    assert before == digest(books / "ledger" / "main.beancount", templates)
    month = copy / "ledger" / "ue-eau" / "2026-08.beancount"
    month.write_bytes(month.read_bytes().replace(b"\n", b"\r\n"))
    (copy / "ledger" / "brouillons").mkdir()
    (copy / "ledger" / "brouillons" / "x.beancount").write_text("2026-01-01 open Actif:X\n", "utf-8")
    assert digest(main, templates) == before
    with month.open("ab") as stream:
        stream.write(b'\n2026-08-31 custom "transmission" "balance" "UE-EAU" "2026-T1"\n  empreinte: "sha256:0"\n')
    assert digest(main, templates) == before
    with month.open("ab") as stream:
        stream.write(b"; un commentaire\n")
    assert digest(main, templates) != before


def test_only_what_was_sent_is_left_out_of_the_digest():
    text = b'2026-01-01 custom "transmission" "a" "B" "C"\n  document: "x"\n\n2026-01-02 * "a" "custom \\"transmission\\""\n'
    assert meaning(text) == b'2026-01-02 * "a" "custom \\"transmission\\""\n'


@pytest.mark.slow
def _as_before(row: dict) -> dict:
    """A row of the position as version 0.1 wrote it."""
    label = row["cells"]["label"]
    said = {"− Engagé : dettes à payer": "− Dettes", "Position nette": "Solde détenu (position)"}.get(label, label)
    return row | {"cells": row["cells"] | {"label": said}}


def test_a_report_that_was_sent_stays(books, tmp_path):
    own = tmp_path / "livres"
    shutil.copytree(books, own)
    ledger, sent = own / "ledger", own / "ledger" / "documents" / "ue-eau" / "transmis"
    asked = ("rapport-financier", "--bailleur", "UE-EAU", "--periode", "2026-T3")

    result = run(*asked, "--transmettre", "--date", "2026-10-12", ledger=ledger)
    assert result.exit_code == 0, result.output
    content = (sent / "rapport-financier-2026-T3.json").read_bytes()
    month = ledger / "ue-eau" / "2026-10.beancount"
    assert (
        '2026-10-12 custom "transmission" "rapport-financier" "UE-EAU" "2026-T3"\n'
        f'  empreinte: "sha256:{hashlib.sha256(content).hexdigest()}"\n'
        '  document: "ue-eau/transmis/rapport-financier-2026-T3.json"\n'
    ) in month.read_text("utf-8")
    known = inspect(ledger / "main.beancount").books
    own = ("UE-EAU", "2026-T3")
    [transmission] = [each for each in known.directives.transmissions if (each.tree, each.period) == own]
    # what an outsider may hold against the books: the last closing at that day, the last numbers at the period's end
    second, third = known.closings[-2:]
    assert second.date.isoformat() <= "2026-10-12" < third.date.isoformat()
    assert transmission.closing == second.digest
    said = json.loads(content)
    assert (said["closing"], said["root"]) == (second.period, second.digest)
    assert transmission.series == third.series

    # nothing changed: the figures are the same, and there is nothing to send again
    def shown() -> dict:
        made = run(*asked, "--format", "json", "--out", str(tmp_path / "vu"), ledger=ledger)
        assert made.exit_code == 0, made.output
        return json.loads((tmp_path / "vu/2026-T3/ue-eau/rapport-financier.json").read_bytes())

    first = json.loads(content)
    again = shown()
    assert again["digest"] == first["digest"]
    assert [block for block in again["body"] if block["type"] == "table"] == [
        block for block in first["body"] if block["type"] == "table"
    ]
    assert "aucun montant n'a changé" in run(*asked, "--transmettre", ledger=ledger).output

    # a row that an earlier version called otherwise, or did not show, is no adjustment
    older = first | {
        "body": [
            block
            if block.get("key") != "position"
            else block
            | {"rows": [_as_before(row) for row in block["rows"] if "Disponible" not in row["cells"]["label"]]}
            for block in first["body"]
        ]
    }
    path, names = sent / "rapport-financier-2026-T3.json", month.read_text("utf-8")
    path.write_bytes(json.dumps(older).encode())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    month.write_text(names.replace(hashlib.sha256(content).hexdigest(), digest), "utf-8")
    assert [block["key"] for block in shown()["body"] if block["type"] == "table"][-1] == "position"
    path.write_bytes(content)
    month.write_text(names, "utf-8")

    # a voucher corrected afterwards is an adjustment, line by line
    august = ledger / "ue-eau" / "2026-08.beancount"
    text = august.read_text("utf-8")
    assert text.count(" 7500 XOF") == text.count("-7500 XOF") == 1
    august.write_text(text.replace(" 7500 XOF", " 8500 XOF").replace("-7500 XOF", "-8500 XOF"), "utf-8")
    tables = {block["key"]: block for block in shown()["body"] if block["type"] == "table"}
    rows = {row["cells"]["code"]: row["cells"] for row in tables["budget-UE-2025-118-ajustements"]["rows"]}
    row = rows["4.4"]
    assert (row["period_b"], row["period_a"] + row["period_b"]) == (1000, row["period_c"])
    assert rows["1.1"]["period_b"] == 0
    funds = {row["cells"]["label"]: row["cells"] for row in tables["flow-ajustements"]["rows"]}
    assert funds["Solde de clôture théorique"]["amount_b"] == -1000

    # and is sent as a second version
    assert run(*asked, "--transmettre", ledger=ledger).exit_code == 0
    assert (sent / "rapport-financier-2026-T3-v2.json").is_file()

    # the file that was sent is never believed when it is another
    second = sent / "rapport-financier-2026-T3-v2.json"
    second.write_bytes(second.read_bytes() + b" ")
    refused = run(*asked, "--format", "html", ledger=ledger)
    assert refused.exit_code == 2
    assert "a été modifié depuis" in refused.output
    second.unlink()
    assert "introuvable" in run(*asked, "--format", "html", ledger=ledger).output


def test_the_root_of_the_last_closing_is_on_every_page(books, tmp_path):
    """Whoever keeps the paper can tell whether a quarter was closed again since; the day of printing changes nothing."""
    last = inspect(books / "ledger" / "main.beancount").books.closings[-1]
    asked = ("rapport-financier", "--bailleur", "GENRE", "--periode", "2026-T1", "--format", "html,json,xlsx")
    made = []
    for name, day in (("un", "2026-10-31"), ("deux", "2026-12-24")):
        done = run(*asked, "--out", str(tmp_path / name), "--today", day, ledger=books / "ledger")
        assert done.exit_code == 0, done.output
        made.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("rapport-financier.*")})
    assert made[0] == made[1]
    said = json.loads(made[0]["rapport-financier.json"])
    assert (said["closing"], said["root"]) == (last.period, last.digest)
    page = made[0]["rapport-financier.html"].decode("utf-8")
    assert page.count(last.digest.removeprefix("sha256:")) == 2  # the foot of each printed page, and that of the screen
    (tmp_path / "classeur.xlsx").write_bytes(made[0]["rapport-financier.xlsx"])
    sheet = openpyxl.load_workbook(tmp_path / "classeur.xlsx").worksheets[0]
    assert f"Dernière clôture {last.period}, racine {last.digest}" in [row[0].value for row in sheet.iter_rows()]


@pytest.mark.parametrize("day", ["2026-10-12", "2026-11-05"])
def test_what_is_sent_is_written_where_the_books_read_it(books, tmp_path, day):
    own = tmp_path / "livres"
    shutil.copytree(books, own)
    ledger = own / "ledger"
    (ledger / "ue-eau").rename(ledger / "eau")
    main = ledger / "main.beancount"
    main.write_text(main.read_text("utf-8").replace('"ue-eau/*', '"eau/*'), "utf-8")
    sending = ("--bailleur", "UE-EAU", "--periode", "2026-T3", "--transmettre", "--date", day)
    done = run("balance", *sending, ledger=ledger)
    assert done.exit_code == 0, done.output
    assert not (ledger / "ue-eau").exists()
    assert (ledger / "eau" / f"{day[:7]}.beancount").read_text("utf-8").count('custom "transmission"') == 1
    again = run("balance", *sending, ledger=ledger)
    assert "déjà transmis" in again.output


def test_sending_asks_the_day_and_says_what_is_still_open(demo_texts, monkeypatch):
    ledger = demo_texts / "ledger"
    sending = ("balance", "--bailleur", "UE-EAU", "--periode", "2026-T3", "--transmettre")
    month = ledger / "ue-eau" / "2026-09.beancount"
    untouched = month.read_text("utf-8")
    month.write_text(untouched.replace("  signataire-2:", "  autre:", 1), "utf-8")
    monkeypatch.setattr(_terminal, "interactive", lambda: True)
    words = ["report", *sending, "--ledger", str(ledger / "main.beancount")]
    refused = CliRunner().invoke(cli, words, input="n\n")
    assert "porte la mention PROVISOIRE" in refused.output
    assert "Rien n'a été transmis." in refused.output
    assert not (ledger / "documents" / "ue-eau" / "transmis" / "balance-2026-T3.json").exists()
    month.write_text(untouched, "utf-8")
    other = ledger / "genre" / "2026-10.beancount"
    other.write_text(other.read_text("utf-8").replace("  signataire-2:", "  autre:", 1), "utf-8")
    done = CliRunner().invoke(cli, words, input="12/10/2026\n2026-10-12\n")
    assert done.exit_code == 0, done.output
    assert " hors de ce rapport" in done.output
    assert "« 12/10/2026 » n'est pas une date" in done.output
    assert '2026-10-12 custom "transmission"' in (ledger / "ue-eau" / "2026-10.beancount").read_text("utf-8")


@pytest.mark.parametrize("period", ["2027", "2027-T1", "2026-11"])
def test_a_period_that_has_not_begun_is_refused(books, tmp_path, period):
    asked = ("rapport-financier", "--bailleur", "UE-EAU", "--periode", period, "--out", str(tmp_path / "vu"))
    done = run(*asked, ledger=books / "ledger")
    assert done.exit_code == 2, done.output
    assert "les livres sont au 31/10/2026" in done.output
    assert not (tmp_path / "vu").exists()


def test_a_period_that_is_not_over_says_its_day(books, tmp_path):
    asked = ("rapport-financier", "--bailleur", "UE-EAU", "--format", "html,json,xlsx", "--out", str(tmp_path))
    assert run(*asked, "--periode", "2026", ledger=books / "ledger").exit_code == 0
    made = json.loads((tmp_path / "2026/ue-eau/rapport-financier.json").read_bytes())
    assert (made["provisional"], made["situation"]) == (True, "2026-10-31")
    page = (tmp_path / "2026/ue-eau/rapport-financier.html").read_text("utf-8")
    assert "situation au 31/10/2026 · dernière écriture le 31/10/2026" in page
    assert (made["today"], made["last_entry"]) == ("2026-10-31", "2026-10-31")
    assert "Montants en FCFA" in page.replace("\N{NO-BREAK SPACE}", " ")
    elapsed = next(fact["value"] for fact in made["facts"] if fact["label"] == "Temps écoulé")
    assert abs(float(elapsed) - 304 / 730) < 0.005, "days from 1 January 2026 to 31 October, of two years"
    assert run(*asked, "--periode", "2026-T3", ledger=books / "ledger").exit_code == 0
    over = json.loads((tmp_path / "2026-T3/ue-eau/rapport-financier.json").read_bytes())
    assert not {"situation", "today", "last_entry"} & over.keys()
