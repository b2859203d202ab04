"""`grandlivre check` from end to end: its formats, its exit status, what it says when files and rules fail it."""

from __future__ import annotations

import builtins
import glob
import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from fava.core import FavaLedger

from grandlivre.checks.overdrawn_account import OverdrawnAccount
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect, voices
from grandlivre.inspection.today import VARIABLE
from grandlivre.render.findings import Said, Verdict, write
from grandlivre.render.findings.fingerprint import fingerprints
from grandlivre.rules import Finding, Level
from march_books import FILES, HEADER, MARCH, line_of, write_books

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("text", "json", "github", "gitlab", "junit", "sarif")
SCHEMA = json.loads((ROOT / "tests" / "data" / "sarif" / "sarif-2.1.0-rtm.4.json").read_text(encoding="utf-8"))

UNSIGNED = FILES[MARCH].replace('  signataire-2: "president"\n', "")
"""A payment that one person signed."""
POORLY = UNSIGNED.replace("12000 XOF", "12000.50 XOF").replace("-12000 XOF", "-12000.50 XOF")


def check(main: Path, *options: str) -> Result:
    """The command, in this process."""
    found = CliRunner().invoke(cli, ["check", "--ledger", str(main), *options])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    assert "Traceback" not in found.output
    return found


def said(main: Path, *options: str) -> list[dict[str, Any]]:
    """The findings as JSON."""
    findings: list[dict[str, Any]] = json.loads(check(main, "--format", "json", *options).stdout)["findings"]
    return findings


def errors(main: Path) -> list[dict[str, Any]]:
    """The findings that fail, as JSON."""
    return [each for each in said(main) if each["level"] == "erreur"]


@pytest.fixture(autouse=True)
def at_the_end_of_march(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which these books are judged: that of their last entry."""
    monkeypatch.setenv(VARIABLE, "2026-03-31")


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Small books in order."""
    return write_books(tmp_path / "livres")


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """The same with a signature missing and a fractional amount."""
    return write_books(tmp_path / "livres", {MARCH: POORLY})


# --- status and options -----------------------------------------------------------------------------------------------


def test_books_in_order_are_status_0(books: Path) -> None:
    found = check(books)
    assert found.exit_code == 0
    *said, last = found.stdout.splitlines()
    assert re.fullmatch(r"Aucune erreur, 3 alertes \(\d+ contrôles, au 31/03/2026\)\.", last)
    assert all(each.endswith("[regles-affaiblies]") for each in said), "these books stop three rules, and say so"


def test_errors_are_status_1(faulty: Path) -> None:
    found = check(faulty)
    assert found.exit_code == 1
    unsigned, fractional = line_of(POORLY, '"Réapprovisionnement"'), line_of(POORLY, "12000.50")
    assert f"{MARCH}:{unsigned}: erreur: " in found.stdout
    assert re.search(rf"^{MARCH}:{fractional}: erreur: .* \[montant-entier\]$", found.stdout, re.MULTILINE)


def test_warnings_alone_are_status_0(tmp_path: Path) -> None:
    yaml = FILES["rules/bailleurs/eau.yaml"].replace("BE", "FR")
    found = check(write_books(tmp_path, {"rules/bailleurs/eau.yaml": yaml}))
    assert found.exit_code == 0
    assert "rules/bailleurs/eau.yaml:3: alerte: " in found.stdout
    assert "Aucune erreur, 4 alertes" in found.stdout


def test_a_missing_ledger_is_status_2(tmp_path: Path) -> None:
    found = check(tmp_path / "absent.beancount")
    assert found.exit_code == 2
    assert "absent.beancount n'existe pas" in found.stderr
    assert found.stdout == ""


def test_an_unknown_rule_is_status_2(books: Path) -> None:
    found = check(books, "--only", "double-signatures")
    assert found.exit_code == 2
    assert "Règle inconnue : double-signatures" in found.stderr


def test_a_day_that_is_none_is_status_2(books: Path) -> None:
    found = check(books, "--today", "31/03/2026")
    assert found.exit_code == 2
    assert "« 31/03/2026 » n'est pas une date" in found.stderr


def test_only_keeps_one_rule(faulty: Path) -> None:
    assert {finding["rule"] for finding in said(faulty)} >= {"double-signature", "montant-entier"}
    found = json.loads(check(faulty, "--format", "json", "--only", "montant-entier").stdout)
    assert found["rules"] == ["montant-entier"]
    assert {finding["rule"] for finding in found["findings"]} == {"montant-entier"}


def test_only_several_rules(faulty: Path) -> None:
    found = said(faulty, "--only", "montant-entier", "--only", "double-signature")
    assert {finding["rule"] for finding in found} == {"montant-entier", "double-signature"}


def test_today_moves_what_is_late(tmp_path: Path) -> None:
    """A till below its floor is a warning while it may be replenished, an error later."""
    text = FILES[MARCH].replace("12000 XOF", "80000 XOF").replace("-12000 XOF", "-80000 XOF")
    text = text.replace("2026-03-05", "2026-03-31")
    main = write_books(tmp_path, {MARCH: text})
    now, later = (
        [f["level"] for f in said(main, "--only", "caisse-hors-bornes", *when) if "plancher" in f["message"]]
        for when in ((), ("--today", "2026-04-30"))
    )
    assert (now, later) == (["alerte"], ["erreur"])
    assert json.loads(check(main, "--format", "json", "--today", "2026-04-30").stdout)["today"] == "2026-04-30"


def test_the_folder_of_the_ledger_names_its_main_file(books: Path) -> None:
    assert check(books.parent).stdout == check(books).stdout


# --- formats ----------------------------------------------------------------------------------------------------------


def as_text(out: str) -> set[tuple[str, int, str]]:
    rows = (re.fullmatch(r"(.+?):(\d+): (?:erreur|alerte): .* \[([a-z-]+)\]", row) for row in out.splitlines()[:-1])
    return {(row[1], int(row[2]), row[3]) for row in rows if row}


def as_json(out: str) -> set[tuple[str, int, str]]:
    return {(f["file"], f["line"], f["rule"]) for f in json.loads(out)["findings"]}


def as_github(out: str) -> set[tuple[str, int, str]]:
    rows = (re.match(r"::(?:error|warning) file=([^,]+),line=(\d+),title=([a-z-]+)::", row) for row in out.splitlines())
    return {(row[1], int(row[2]), row[3]) for row in rows if row}


def as_gitlab(out: str) -> set[tuple[str, int, str]]:
    return {(f["location"]["path"], f["location"]["lines"]["begin"], f["check_name"]) for f in json.loads(out)}


def as_junit(out: str) -> set[tuple[str, int, str]]:
    root = ET.fromstring(out)
    rows = [line for case in root.iter("testcase") for part in case for line in (part.text or "").splitlines()]
    return as_text("\n".join([*rows, "totaux"]))


def as_sarif(out: str) -> set[tuple[str, int, str]]:
    (run,) = json.loads(out)["runs"]
    places = [(r["locations"][0]["physicalLocation"], r["ruleId"]) for r in run["results"]]
    return {(place["artifactLocation"]["uri"], place["region"]["startLine"], rule) for place, rule in places}


READERS: dict[str, Callable[[str], set[tuple[str, int, str]]]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "gitlab": as_gitlab,
    "junit": as_junit,
    "sarif": as_sarif,
}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_every_finding(form: str, faulty: Path) -> None:
    found = check(faulty, "--format", form)
    assert found.exit_code == 1
    places = READERS[form](found.stdout)
    assert len(places) >= 3
    assert places == as_json(check(faulty, "--format", "json").stdout)
    assert all("\\" not in file and not file.startswith(("/", ".")) and line >= 1 for file, line, _ in places)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_the_demonstration_books(form: str, demo: Inspection) -> None:
    verdict = Verdict.of(demo)
    assert READERS[form](write(verdict, form)) == {(f.file, f.line, f.rule) for f in verdict.findings} != set()


def test_json_is_the_contract(faulty: Path) -> None:
    found = json.loads(check(faulty, "--format", "json").stdout)
    assert list(found) == [
        "version",
        "ledger",
        "today",
        "last_entry",
        "example",
        "errors",
        "warnings",
        "rules",
        "findings",
    ]
    assert (found["last_entry"], found["example"]) == ("2026-03-31", False)
    assert (found["version"], found["ledger"], found["today"]) == (1, "ledger/main.beancount", "2026-03-31")
    assert found["rules"] == sorted(
        {voice.id for voice in voices()} - {"piece-justificative", "pv-de-caisse", "rapprochement-bancaire"}
    )
    keys = ["rule", "level", "file", "line", "date", "piece", "message", "facts"]
    assert all(list(finding) == keys for finding in found["findings"])
    order = [(f["file"], f["line"], f["rule"], f["message"]) for f in found["findings"]]
    assert order == sorted(order)
    assert found["errors"] + found["warnings"] == len(order)


def test_sarif_is_valid(faulty: Path, books: Path, demo: Inspection) -> None:
    for text in (check(faulty, "--format", "sarif").stdout, write(Verdict.of(demo), "sarif")):
        log = json.loads(text)
        jsonschema.Draft4Validator(SCHEMA).validate(log)
        (run,) = log["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
        assert all(rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate({**log, "runs": [{**run, "results": [{"level": "grave"}]}]})


def test_junit_has_one_case_a_rule(faulty: Path) -> None:
    root = ET.fromstring(check(faulty, "--format", "junit").stdout)
    (suite,) = root
    cases = [case.get("name") for case in suite]
    assert cases == json.loads(check(faulty, "--format", "json").stdout)["rules"]
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    assert failed == {f["rule"] for f in said(faulty) if f["level"] == "erreur"}
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), str(len(failed)))


def test_github_adds_all_to_the_page_of_the_step(faulty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "résumé.md"
    page.write_text("# Avant\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    check(faulty, "--format", "json")
    assert page.read_text(encoding="utf-8") == "# Avant\n"
    found = check(faulty, "--format", "github")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Avant\n## Grand Livre\n")
    assert text.count("| erreur |") + text.count("| alerte |") == len(said(faulty))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "absent" / "page.md"))
    again = check(faulty, "--format", "github")
    assert (again.stdout, again.exit_code) == (found.stdout, 1)
    assert "n'a pas pu être écrit" in again.stderr


HOSTILE = "à 100 %\n::error::x\r<b>&\x1b[31m ]]> \x00\ufffe [lien](http://x) {0} | `a` \\"


def verdict_of(message: str, file: str = "ledger/a,b:c%.beancount") -> Verdict:
    finding = Said(file, 3, Level.ERROR, "texte", message, date(2026, 3, 1), "BQ-1", {}, message)
    return Verdict("ledger/main.beancount", date(2026, 3, 31), ("texte",), (finding,), 0, False)


def test_hostile_text_is_only_text() -> None:
    """A sentence is one line before it comes here; the formats would still hold if it were not."""
    hostile = verdict_of(HOSTILE)
    command, totals = write(hostile, "github").splitlines()
    assert command.startswith(
        "::error file=ledger/a%2Cb%3Ac%25.beancount,line=3,title=texte::à 100 %25%0A::error::x%0D"
    )
    assert totals.startswith("::notice ")
    (issue,) = json.loads(write(hostile, "gitlab"))
    assert issue["description"] == HOSTILE
    root = ET.fromstring(write(hostile, "junit"))
    (failure,) = root.iter("failure")
    assert "<b>&\ufffd[31m ]]> \ufffd\ufffd [lien]" in (failure.text or "")
    log = json.loads(write(hostile, "sarif"))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    (result,) = log["runs"][0]["results"]
    assert "\\[lien\\](http://x) {{0}} | `a` \\\\" in result["message"]["text"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "ledger/a%2Cb%3Ac%25.beancount"


def test_a_file_outside_the_books_has_a_whole_address() -> None:
    for file, address in (("/srv/x é.yaml", "file:///srv/x%20%C3%A9.yaml"), ("D:/x.yaml", "file:///D%3A/x.yaml")):
        log = json.loads(write(verdict_of("x", file), "sarif"))
        jsonschema.Draft4Validator(SCHEMA).validate(log)
        place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place == {"uri": address}


def test_a_file_name_never_forges_a_line(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("such names do not exist there")
    main = write_books(tmp_path, {"ledger/eau/a\nledger/b.beancount:1: erreur: faux [x].beancount": UNSIGNED})
    rows = check(main).stdout.splitlines()
    assert not any(row.startswith("ledger/b.beancount") for row in rows)
    assert len(rows) == len(said(main)) + 1


# --- fingerprints -----------------------------------------------------------------------------------------------------


def test_fingerprints_forget_lines(faulty: Path) -> None:
    before = {issue["fingerprint"] for issue in json.loads(check(faulty, "--format", "gitlab").stdout)}
    path = faulty.parent / "eau" / "2026-03.beancount"
    path.write_text(POORLY.replace("\n2026-03-02", "\n; une note\n\n2026-03-02", 1), encoding="utf-8")
    moved = json.loads(check(faulty, "--format", "gitlab").stdout)
    assert {issue["fingerprint"] for issue in moved} == before
    assert len(before) == len(moved)
    path.write_text(POORLY.replace("12000.50", "12000.75"), encoding="utf-8")
    assert {issue["fingerprint"] for issue in json.loads(check(faulty, "--format", "gitlab").stdout)} != before


def test_equal_findings_are_told_apart_by_their_rank() -> None:
    twin = verdict_of("x").findings[0]
    three = fingerprints([twin, twin._replace(line=9), twin._replace(line=12, rule="beancount")])
    assert len(set(three)) == 3
    assert fingerprints([twin, twin._replace(line=40)]) == three[:2]
    cited = "La clé « nom » est écrite deux fois (déjà ligne {}) : gardez-en une."
    one, other = (fingerprints([twin._replace(steady=cited.format(line))]) for line in (3, 12))
    assert one == other


AGEING = """\
2026-01-20 * "Puits du Sahel (fictif)" "Avance sur le forage"
  piece: "BQ-EAU-2026-0001"
  signataire-1: "directeur"
  signataire-2: "president"
  avance: "AV-2026-001"
  echeance: 2026-02-10
  Actif:EAU:4213-Avances    90000 XOF
  Actif:EAU:52111-Banque   -90000 XOF

2026-01-31 custom "releve" Actif:EAU:52111-Banque "2026-01" 1000000 XOF
  suspens: "BQ-EAU-2026-0001"

2026-03-10 * "Papeterie (fictif)" "Cahiers"
  piece: "OD-EAU-2026-0002"
  ligne: "1.1"
  Charges:EAU:6047-Fournitures  950000 XOF
  Passif:EAU:462-Fonds         -950000 XOF
"""
MORE = """
2026-03-20 * "Papeterie (fictif)" "Encore des cahiers"
  piece: "OD-EAU-2026-0003"
  ligne: "1.1"
  Charges:EAU:6047-Fournitures  10000 XOF
  Passif:EAU:462-Fonds         -10000 XOF
"""


def test_a_finding_that_ages_stays_the_same_finding(tmp_path: Path) -> None:
    """Days go by and the line is spent further: the sentences say it, GitLab and `--since` know them again."""
    accounts = FILES["ledger/eau/comptes.beancount"] + "2026-01-01 open Actif:EAU:4213-Avances XOF\n"
    rules = FILES["rules/controles.yaml"].replace(
        "rapprochement-bancaire: non", "rapprochement-bancaire: {suspens-ancien: 20 jours}"
    )
    january = FILES["ledger/eau/2026-01.beancount"]
    changed = {MARCH: HEADER, "ledger/eau/comptes.beancount": accounts, "rules/controles.yaml": rules}
    main = write_books(tmp_path, changed | {"ledger/eau/2026-01.beancount": f"{january}\n{AGEING}"})

    def seen(day: str) -> dict[str, tuple[str, str]]:
        issues = json.loads(check(main, "--format", "gitlab", "--today", day).stdout)
        told = [each for each in issues if re.search(r"\d jours|il reste", each["description"])]
        return {each["check_name"]: (each["fingerprint"], each["description"]) for each in told}

    before = seen("2026-02-27")
    ageing = {"avance-en-retard", "rapprochement-bancaire", "depassement-budgetaire"}
    assert before.keys() == ageing
    (tmp_path / MARCH).write_text(HEADER + MORE, encoding="utf-8")
    after = seen("2026-03-31")
    assert {rule: after[rule][0] for rule in ageing} == {rule: before[rule][0] for rule in ageing}
    assert all(after[rule][1] != before[rule][1] for rule in ageing)
    (tmp_path / "ledger/eau/2026-01.beancount").write_text(
        f"{january}\n{AGEING.replace('90000 XOF', '90001 XOF')}", encoding="utf-8"
    )
    assert seen("2026-03-31")["avance-en-retard"][0] != before["avance-en-retard"][0]


# --- the same bytes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_same_books_same_bytes(form: str, faulty: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = check(faulty, "--format", form).stdout
    assert check(faulty, "--format", form).stdout == first
    monkeypatch.chdir(faulty.parent.parent)
    assert check(Path("ledger/main.beancount"), "--format", form).stdout == first
    monkeypatch.chdir(faulty.parent / "eau")
    assert check(Path("../main.beancount"), "--format", form).stdout == first
    shuffle_the_disk(monkeypatch)
    assert check(faulty, "--format", form).stdout == first
    elsewhere = write_books(tmp_path / "ailleurs é", {MARCH: POORLY})
    assert check(elsewhere, "--format", form).stdout == first


def shuffle_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders list their files in another order, as another disk would."""
    chance = random.Random(5)
    names, entries, found = os.listdir, os.scandir, glob.glob

    def listdir(*args: Any) -> list[Any]:
        return chance.sample(made := names(*args), len(made))

    class Scandir:
        def __init__(self, *args: Any) -> None:
            with entries(*args) as each:
                made = list(each)
            self.left = iter(chance.sample(made, len(made)))

        def __iter__(self) -> Iterator[Any]:
            return self.left

        def __next__(self) -> Any:
            return next(self.left)

        def __enter__(self) -> Scandir:
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

        def close(self) -> None:
            self.left = iter(())

    def shuffled(*args: Any, **options: Any) -> list[str]:
        return chance.sample(made := found(*args, **options), len(made))

    monkeypatch.setattr(os, "listdir", listdir)
    monkeypatch.setattr(os, "scandir", Scandir)
    monkeypatch.setattr(glob, "glob", shuffled)


@pytest.mark.slow
def test_the_demonstration_books_read_in_any_order(demo: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write(Verdict.of(demo), "json")
    shuffle_the_disk(monkeypatch)
    assert check(ROOT / "ledger" / "main.beancount", "--format", "json").stdout == expected


# --- when something breaks --------------------------------------------------------------------------------------------


def test_a_rule_that_raises_is_named_and_the_others_run(faulty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: OverdrawnAccount, books: object) -> Iterator[Finding]:
        raise ZeroDivisionError("division\npar zéro")

    before = said(faulty)
    monkeypatch.setattr(OverdrawnAccount, "check", broken)
    after = said(faulty)
    (new,) = [finding for finding in after if finding not in before]
    assert (new["rule"], new["level"], new["file"]) == ("decouvert", "erreur", "rules/controles.yaml")
    assert "Le contrôle « decouvert » s'est interrompu (ZeroDivisionError : division par zéro)" in new["message"]
    assert [finding for finding in after if finding != new] == before
    assert check(faulty).exit_code == 1


def test_a_rule_file_that_vanishes_is_an_error(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was listed, then somebody moved it before it was read."""
    gone = books.parents[1] / "rules" / "bailleurs" / "eau.yaml"
    read = Path.read_bytes

    def vanishing(path: Path) -> bytes:
        if path.name == gone.name:
            gone.unlink(missing_ok=True)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", vanishing)
    found = check(books)
    assert found.exit_code == 1
    assert "rules/bailleurs/eau.yaml:1: erreur: Le fichier eau.yaml manque dans le dossier bailleurs/" in found.stdout


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("2026-03.beancount", "ledger/main.beancount:9: erreur: Le fichier eau/2026-03.beancount ne peut pas être lu"),
        ("main.beancount", "ledger/main.beancount:1: erreur: Le fichier main.beancount ne peut pas être lu"),
        ("eau.yaml", "rules/bailleurs/eau.yaml:1: erreur: Le fichier eau.yaml ne peut pas être lu"),
    ],
)
def test_a_file_that_may_not_be_read(name: str, place: str, books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = io.open

    def refusing(file: Any, *args: Any, **options: Any) -> Any:
        if isinstance(file, (str, os.PathLike)) and Path(file).name == name:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *args, **options)

    monkeypatch.setattr(io, "open", refusing)
    monkeypatch.setattr(builtins, "open", refusing)
    found = check(books)
    assert found.exit_code == 1
    assert place in found.stdout


# --- typing traps -----------------------------------------------------------------------------------------------------

AMOUNT = "Charges:EAU:6047-Fournitures  12000 XOF"
TRAPS: dict[str, tuple[str | bytes, str, str]] = {
    "space": (FILES[MARCH].replace(AMOUNT, AMOUNT.replace("12000", "12 000")), "12 000 XOF", "« 12 000 » contient une espace"),
    "no-break-space": (
        FILES[MARCH].replace(AMOUNT, AMOUNT.replace("12000", "12\u00a0000")), "12\u00a0000", "espace insécable"
    ),
    "thousands-comma": (FILES[MARCH].replace(AMOUNT, AMOUNT.replace("12000", "12,000")), "12,000", "« 12,000 » contient"),
    "decimal-comma": (FILES[MARCH].replace(AMOUNT, AMOUNT.replace("12000", "12000,5")), "12000,5", "« 12000,5 » contient"),
    "date-order": (FILES[MARCH].replace("2026-03-05", "05/03/2026"), "05/03/2026", "Écrivez 2026-03-05"),
    "impossible-date": (FILES[MARCH].replace("2026-03-05", "2026-02-30"), "2026-02-30", "n'existe pas dans le calendrier"),
    "key": (FILES[MARCH].replace("  ligne:", "  éligne:"), "éligne", "La clé « éligne » contient un accent"),
    "tag": (FILES[MARCH].replace('"Cahiers"', '"Cahiers" #été'), "#été", "Écrivez « #ete »"),
    "quotes": (FILES[MARCH].replace('"Cahiers"', "“Cahiers”"), "“Cahiers”", "guillemet typographique"),
    "angle": (FILES[MARCH].replace('"Cahiers"', '"<b>Cahiers"'), "<b>", "refusé dans un libellé"),
    "invisible": (FILES[MARCH].replace('"Cahiers"', '"Ca\u200bhiers"'), "Ca\u200bhiers", "caractère invisible"),
    "bidi": (FILES[MARCH].replace('"Cahiers"', '"Ca\u202ehiers"'), "Ca\u202ehiers", "sens d'écriture"),
    "mixed": (
        FILES[MARCH].replace('"Cahiers"', '"C\u0430hiers"'), "C\u0430hiers", "cyrillique « \u0430 » (U+0430) parmi des lettres latines"
    ),
    "minus": (FILES[MARCH].replace("-12000 XOF", "−12000 XOF", 1), "−12000", "n'est pas un signe moins"),
    "long-number": (FILES[MARCH].replace(AMOUNT, AMOUNT.replace("12000", "0000000000012000")), "00012000", "plus de 15 chiffres"),
    "nfd": (FILES[MARCH].replace("Réapprovisionnement", "Re\u0301approvisionnement", 1), "Re\u0301", "décomposés"),
    "conflict": (FILES[MARCH].replace("\n2026-03-05", "\n<<<<<<< HEAD\n2026-03-05"), "<<<<<<<", "conflit de git"),
    "unclosed": (FILES[MARCH].replace('"Cahiers"', '"Cahiers'), '"Cahiers', "n'est jamais refermé"),
    "header": (FILES[MARCH].replace(HEADER, ""), "", "L'en-tête du fichier est incomplet"),
    "bom": (b"\xef\xbb\xbf" + FILES[MARCH].encode(), "option", "marque invisible (BOM)"),
    "utf-16": (FILES[MARCH].encode("utf-16"), "", "Le fichier est en UTF-16"),
    "cp1252": (FILES[MARCH].encode("cp1252"), "Réapprovisionnement", "n'est pas en UTF-8"),
    "cut": (FILES[MARCH] + "2026-03-31 *", "2026-03-31 *", "s'arrête au milieu d'une ligne"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_a_typing_trap_is_said_in_french_on_its_line(name: str, tmp_path: Path) -> None:
    text, where, words = TRAPS[name]
    assert text != FILES[MARCH]
    main = write_books(tmp_path, {MARCH: text})
    found = check(main)
    assert found.exit_code == 1
    findings = said(main)
    shown = text if isinstance(text, str) else FILES[MARCH]
    line = shown.count("\n") + 1 if name == "cut" else line_of(shown, where)
    (trap,) = [f for f in findings if words in f["message"]]
    assert (trap["rule"], trap["level"], trap["file"], trap["line"]) == ("texte", "erreur", MARCH, line)
    # its sentence stands for Beancount's own about that file
    assert [f for f in findings if f["rule"] == "beancount" and f["file"] == MARCH] == []
    assert len(findings) <= 4, [f["message"] for f in findings]


# --- documents read whole ---------------------------------------------------------------------------------------------


def test_a_report_that_was_sent_does_not_change(tmp_path: Path) -> None:
    content = b'{"body": []}'
    sent = (
        '\n2026-03-31 custom "transmission" "balance" "EAU" "2026-T1"\n'
        f'  empreinte: "sha256:{hashlib.sha256(content).hexdigest()}"\n  document: "eau/transmis/balance-2026-T1.json"\n'
    )
    rules = FILES["rules/controles.yaml"].replace("piece-justificative: non\n", "")
    main = write_books(tmp_path, {MARCH: FILES[MARCH] + sent, "rules/controles.yaml": rules})
    line = line_of(FILES[MARCH] + sent, "transmission")
    file = main.parent / "documents/eau/transmis/balance-2026-T1.json"
    file.parent.mkdir(parents=True)

    def findings() -> list[str]:
        return [each["message"] for each in said(main) if (each["file"], each["line"]) == (MARCH, line)]

    file.write_bytes(content)
    assert findings() == []
    assert len(bean_check(main)) == len(errors(main))
    file.write_bytes(b'{"body": [1]}')
    [altered] = findings()
    assert altered.startswith(
        "Le rapport balance de EAU (2026-T1), transmis le 31/03/2026, a changé depuis : eau/transmis/"
    )
    assert len(bean_check(main)) == len(errors(main)) - 1, "the plugin reads no document whole"
    assert check(main, "--only", "piece-justificative").exit_code == 1
    file.unlink()
    [lost] = findings()
    assert "n'est plus dans documents/ : eau/transmis/balance-2026-T1.json" in lost


# --- a terminal that was told not to use UTF-8 ------------------------------------------------------------------------


def in_ascii(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`grandlivre` where Python reads names and arguments as ASCII."""
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "grandlivre", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", env=env, check=False, timeout=120)


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 here whatever the settings")
def test_names_that_python_cannot_read_are_refused_in_french(tmp_path: Path) -> None:
    main = write_books(tmp_path / "Livres Économie", {MARCH: UNSIGNED})
    for words in (("check",), ("month", "2026-11"), ("report", "balance"), ("serve", "--sans-navigateur")):
        done = in_ascii(*words, cwd=main.parents[1])
        assert (done.returncode, done.stdout) == (2, ""), done
        assert "en ascii, et « " in done.stderr
        assert "Livres Économie/ledger/main.beancount » a des accents" in done.stderr
        assert "Relancez avec PYTHONUTF8=1" in done.stderr
        assert "Traceback" not in done.stderr
    made = in_ascii("init", "Société", "--oui", cwd=tmp_path)
    assert (made.returncode, (tmp_path / "Société").exists()) == (2, False)
    assert "Société » a des accents" in made.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 here whatever the settings")
def test_names_without_accents_are_read_the_same_anywhere(tmp_path: Path) -> None:
    lost = UNSIGNED.replace('  ligne: "1.1"', '  ligne: "1.1"\n  document: "reçus/pièce.pdf"')
    rules = FILES["rules/controles.yaml"].replace("piece-justificative: non\n", "")
    main = write_books(tmp_path / "livres", {MARCH: lost, "rules/controles.yaml": rules})
    done = in_ascii("check", cwd=main.parents[1])
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == check(main).stdout
    assert "reçus/pièce.pdf n'existe pas" in done.stdout
    folder = main.parent / "documents" / "reçus"
    folder.mkdir(parents=True)
    assert in_ascii("check", cwd=main.parents[1]).returncode == 2
    folder.rmdir()
    main.write_text(main.read_text(encoding="utf-8") + 'include "économie/*.beancount"\n', encoding="utf-8")
    done = in_ascii("check", cwd=main.parents[1])
    assert (done.returncode, done.stderr) == (1, "")
    assert "L'inclusion « économie/*.beancount » ne trouve aucun fichier" in done.stdout


# --- the same verdict everywhere --------------------------------------------------------------------------------------


def bean_check(main: Path, code: str = "") -> set[tuple[str, int, str]]:
    """What `bean-check` prints, in a process of its own: file, line, message."""
    program = f"{code}\nfrom beancount.scripts.check import main\nmain()"
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    options = [] if code else ["--no-cache"]
    done = subprocess.run(
        [sys.executable, "-c", program, *options, str(main)],
        capture_output=True,
        encoding="utf-8",
        env=env,
        check=False,
    )
    assert "Traceback" not in done.stderr
    root = f"{main.parents[1].as_posix()}/"
    rows = (re.match(r"(\S.*?):(\d+):\s+(.*\])$", row) for row in done.stderr.replace("\\", "/").splitlines())
    return {(row[1].removeprefix(root), int(row[2]), row[3]) for row in rows if row}


def errors_of(main: Path) -> set[tuple[str, int, str]]:
    """The errors of `check` that a Beancount plugin can say."""
    return {
        (f["file"], f["line"], f"{f['message']} [{f['rule']}]")
        for f in said(main)
        if f["level"] == "erreur" and f["rule"] not in ("texte", "beancount")
    }


def test_bean_check_and_fava_show_the_same_errors(tmp_path: Path) -> None:
    controls = FILES["rules/controles.yaml"] + "montants-entiers: non\n"
    main = write_books(tmp_path, {MARCH: POORLY, "rules/controles.yaml": controls}).resolve()
    expected = errors_of(main)
    assert {message.rpartition("[")[2] for _, _, message in expected} >= {
        "double-signature]",
        "montant-entier]",
        "reglement]",
    }
    assert bean_check(main) == expected
    root = f"{main.parents[1].as_posix()}/"
    shown = {
        (str(e.source["filename"]).replace("\\", "/").removeprefix(root), e.source["lineno"], e.message)
        for e in FavaLedger(str(main)).errors
        if e.source is not None and e.message.endswith("]")
    }
    assert shown == expected


def test_the_cache_of_bean_check_expires_with_a_rule(tmp_path: Path) -> None:
    main = write_books(tmp_path, {MARCH: POORLY}).resolve()
    expected = errors_of(main)  # `check` reads no cache, and removes it
    cached = "import beancount.loader as loader\nloader.PICKLE_CACHE_THRESHOLD = 0\nloader.initialize(True)"
    first = bean_check(main, cached)
    (cache,) = main.parent.glob(".*.picklecache")
    written = cache.stat().st_mtime_ns
    assert first == expected
    assert bean_check(main, cached) == first
    assert cache.stat().st_mtime_ns == written, "the cache was not read: nothing is proved"
    rules = main.parents[1] / "rules" / "controles.yaml"
    rules.write_text(FILES["rules/controles.yaml"] + "montant-entier: non\n", encoding="utf-8")
    after = bean_check(main, cached)
    assert after == {error for error in first if not error[2].endswith("[montant-entier]")} != first


# --- against a former revision ----------------------------------------------------------------------------------------


class Repository:
    """The books in a git repository of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.main = root / "ledger" / "main.beancount"
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        own = ["-c", "user.name=Essai", "-c", "user.email=essai@example.org", "-c", "core.autocrlf=false"]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        done = subprocess.run(
            ["git", *own, *words],
            cwd=self.root,
            capture_output=True,
            encoding="utf-8",
            env=clean,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-gpg-sign", "--allow-empty", "-m", "essai")
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8", newline="\n")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    write_books(tmp_path / "dépôt", {MARCH: UNSIGNED})
    made = Repository(tmp_path / "dépôt")
    made.commit()
    return made


def test_known_errors_do_not_fail(repository: Repository) -> None:
    assert check(repository.main).exit_code == 1
    found = check(repository.main, "--since", "HEAD")
    assert found.exit_code == 0
    assert "1 erreur dont aucune nouvelle, 3 alertes dont aucune nouvelle depuis « HEAD » (" in found.stdout
    assert "nouveau" not in found.stdout.splitlines()[0]


def test_new_errors_come_first_and_fail(repository: Repository) -> None:
    text = UNSIGNED.replace('"Cahiers"\n  piece: "CS-EAU-2026-0002"', '"Cahiers"\n  piece: "CS-EAU-2026-0003"')
    repository.write(MARCH, text.replace("\n2026-03-02", "\n\n\n; plus bas\n2026-03-02", 1))
    found = check(repository.main, "--since", "HEAD")
    assert found.exit_code == 1
    first, second, *stopped, totals = found.stdout.splitlines()
    assert all(each.endswith("[regles-affaiblies]") for each in stopped)
    assert re.match(rf"{MARCH}:\d+: erreur: nouveau : .* \[numerotation-pieces\]$", first)
    assert re.match(rf"{MARCH}:\d+: erreur: (?!nouveau).* \[double-signature\]$", second)
    assert totals.startswith("2 erreurs dont 1 nouvelle, 3 alertes dont aucune nouvelle depuis « HEAD » (")
    log = json.loads(check(repository.main, "--since", "HEAD", "--format", "sarif").stdout)
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    assert sorted(r["baselineState"] for r in log["runs"][0]["results"]) == ["new", *["unchanged"] * 4]
    written = json.loads(check(repository.main, "--since", "HEAD", "--format", "json").stdout)
    assert (written["since"], written["new_errors"]) == ("HEAD", 1)
    assert [f["new"] for f in written["findings"]] == [f["rule"] == "numerotation-pieces" for f in written["findings"]]
    suite = ET.fromstring(check(repository.main, "--since", "HEAD", "--format", "junit").stdout)[0]
    assert suite.get("failures") == "1"
    assert (
        "numerotation-pieces" in check(repository.main, "--since", "HEAD", "--format", "github").stdout.split("\n")[0]
    )
    assert check(repository.main, "--since", "HEAD", "--only", "double-signature").exit_code == 0


def test_a_range_compares_the_books_of_its_two_ends(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.write(MARCH, UNSIGNED + '\n2026-03-02 custom "inconnu" 1\n')
    second = repository.commit()
    repository.write(MARCH, UNSIGNED)
    repository.commit()
    repository.write(MARCH, UNSIGNED + '\n2026-03-02 custom "inconnu" 2\n')  # not recorded: of no range
    found = check(repository.main, "--since", f"{first}..{second}")
    assert (found.exit_code, "2 erreurs dont 1 nouvelle" in found.stdout) == (1, True)
    assert check(repository.main, "--since", f"{first}..").exit_code == 0
    assert check(repository.main, "--since", f"{second}..{first}").exit_code == 0
    assert check(repository.main, "--since", f"{first}..inconnue").exit_code == 2


def test_strict_fails_for_warnings_too(tmp_path: Path) -> None:
    floor = FILES["rules/bailleurs/eau.yaml"].replace("plancher: 25 000", "plancher: 95 000")
    late = Repository(write_books(tmp_path / "dépôt", {"rules/bailleurs/eau.yaml": floor}).parent.parent)
    late.commit()
    soon = ("--today", "2026-03-06")
    assert check(late.main, *soon).exit_code == 0
    assert check(late.main, *soon, "--strict").exit_code == 1
    assert check(late.main, *soon, "--strict", "--since", "HEAD").exit_code == 0


def test_a_second_equal_error_is_new(repository: Repository) -> None:
    """Findings are counted, not only named."""
    missing = '\n2026-03-02 custom "inconnu" 1\n'
    repository.write(MARCH, UNSIGNED + missing)
    repository.commit()
    assert check(repository.main, "--since", "HEAD").exit_code == 0
    repository.write(MARCH, UNSIGNED + missing * 2)
    found = check(repository.main, "--since", "HEAD")
    assert found.exit_code == 1
    assert "3 erreurs dont 1 nouvelle" in found.stdout


def test_the_former_books_are_judged_as_of_the_same_day(repository: Repository) -> None:
    """A new entry moves the day on; what was late already is not new for that."""
    yaml = FILES["rules/bailleurs/eau.yaml"].replace("plancher: 25 000", "plancher: 95 000")
    repository.write("rules/bailleurs/eau.yaml", yaml)
    repository.commit()
    before = check(repository.main).stdout
    more = '\n2026-04-30 * "Frais (fictif)" "Tenue de compte"\n  piece: "OD-EAU-2026-0003"\n'
    more += "  Passif:EAU:462-Fonds         1 XOF\n  Produits:EAU:702-Quote-part -1 XOF\n"
    repository.write("ledger/eau/2026-04.beancount", f"{HEADER}{more}")
    found = check(repository.main, "--since", "HEAD", "--only", "caisse-hors-bornes")
    assert "caisse-hors-bornes" in before
    assert found.exit_code == 0, found.stdout
    assert "dont aucune nouvelle" in found.stdout


def test_no_attribute_hides_a_file_from_the_comparison(repository: Repository) -> None:
    """What an archive would leave out is known all the same."""
    repository.write(".gitattributes", "*.beancount export-ignore\nrules/** export-ignore\n")
    repository.commit()
    assert "main.beancount" not in repository.git("archive", "--format=tar", "HEAD")
    assert check(repository.main, "--since", "HEAD").exit_code == 0


def test_nothing_of_the_repository_moves(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Index, files and settings stay; no hook runs; what a hook's environment says of git is set aside."""
    repository.write(MARCH, FILES[MARCH])
    repository.git("add", MARCH)
    repository.write(MARCH, POORLY)
    index = (repository.root / ".git" / "index").read_bytes()
    status = repository.git("status", "--porcelain")
    hook = repository.root / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch crochet\n", encoding="utf-8")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository.root / "nulle-part"))
    monkeypatch.setenv("GIT_DIR", str(repository.root / "ailleurs"))
    assert check(repository.main, "--since", "HEAD").exit_code == 1
    assert not (repository.root / "crochet").exists()
    assert (repository.root / ".git" / "index").read_bytes() == index
    hook.unlink()
    assert repository.git("status", "--porcelain") == status


def test_books_that_did_not_exist_are_all_new(repository: Repository) -> None:
    first = repository.git("commit-tree", repository.git("mktree"), "-m", "vide")
    found = check(repository.main, "--since", first)
    assert found.exit_code == 1
    assert "1 erreur dont 1 nouvelle" in found.stdout


@pytest.mark.parametrize("revision", ["absente", "--all", "HEAD~40", "", "HEAD:ledger", "x\ny"])
def test_an_unknown_revision_is_status_2(revision: str, repository: Repository) -> None:
    found = check(repository.main, f"--since={revision}")
    assert found.exit_code == 2
    assert "est inconnue de ce dépôt" in found.stderr
    assert found.stdout == ""


def test_a_shallow_repository_says_what_to_do(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit()
    repository.git("clone", "--quiet", "--depth=1", repository.root.as_uri(), str(tmp_path / "clone"))
    found = check(tmp_path / "clone" / "ledger" / "main.beancount", "--since", first)
    assert found.exit_code == 2
    assert "git fetch --unshallow" in found.stderr


def test_books_outside_git_are_status_2(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = check(books, "--since", "HEAD")
    assert found.exit_code == 2
    assert "ne sont pas dans un dépôt git" in found.stderr
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert "git n'est pas installé" in check(books, "--since", "HEAD").stderr


def test_books_in_a_folder_of_a_larger_repository(tmp_path: Path) -> None:
    write_books(tmp_path / "grand" / "association", {MARCH: UNSIGNED})
    repository = Repository(tmp_path / "grand")
    repository.commit()
    main = tmp_path / "grand" / "association" / "ledger" / "main.beancount"
    assert check(main, "--since", "main").exit_code == 0
    repository.write(f"association/{MARCH}", POORLY)
    assert check(main, "--since", "main").exit_code == 1


# --- the program ------------------------------------------------------------------------------------------------------


def test_the_command_itself(faulty: Path) -> None:
    """The real program, its real status and its bytes."""
    command = [sys.executable, "-m", "grandlivre", "check"]
    done = subprocess.run(command, cwd=faulty.parents[1], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr == b""
    assert done.stdout.decode("utf-8").replace("\r\n", "\n") == check(faulty).stdout


# --- the day --------------------------------------------------------------------------------------------------------


def test_the_day_is_the_machine_s_unless_something_says_another(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def judged(*options: str) -> tuple[str, bool]:
        found = json.loads(check(books, "--format", "json", *options).stdout)
        assert found["last_entry"] == "2026-03-31"
        return found["today"], found["example"]

    monkeypatch.delenv(VARIABLE)
    assert judged() == (date.today().isoformat(), False)  # noqa: DTZ011 - the machine's day is what is asked
    monkeypatch.setenv(VARIABLE, "2026-05-05")
    assert judged() == ("2026-05-05", False)
    assert judged("--today", "2026-06-06") == ("2026-06-06", False)
    organisation = books.parent.parent / "rules" / "organisation.yaml"
    organisation.write_text(organisation.read_text("utf-8") + "exemple: 2026-04-04\n", "utf-8")
    assert judged() == ("2026-04-04", True)
    assert "au 04/04/2026, EXEMPLE)" in check(books).stdout
    assert judged("--today", "2026-06-06") == ("2026-06-06", True)


def test_a_day_of_the_environment_that_does_not_read_is_said(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "demain")
    found = check(books)
    assert found.exit_code == 2
    assert "GRANDLIVRE_AUJOURDHUI vaut « demain »" in found.output


def test_what_is_late_is_said_though_nobody_types_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The less was typed, the greener it was: the delays now run on the real day."""
    text = FILES[MARCH].replace("12000 XOF", "80000 XOF").replace("-12000 XOF", "-80000 XOF")
    main = write_books(tmp_path, {MARCH: text.replace("2026-03-05", "2026-03-31")})
    assert [f["level"] for f in said(main, "--only", "caisse-hors-bornes") if "plancher" in f["message"]] == ["alerte"]
    monkeypatch.setenv(VARIABLE, "2026-11-29")
    assert [f["level"] for f in said(main, "--only", "caisse-hors-bornes") if "plancher" in f["message"]] == ["erreur"]
    assert "dernière écriture le 31/03/2026, il y a 243 jours" in check(main).stdout
    assert inspect(main).today == date(2026, 3, 31), "the plugin and the Python API keep the last transaction's day"


def test_a_write_that_waits_to_be_finished_is_said_beside_the_result(books: Path) -> None:
    before = check(books, "--format", "json").stdout
    journal = books.parent.parent / ".grandlivre" / "journal" / "journal.json"
    journal.parent.mkdir(parents=True)
    journal.write_text("{}", encoding="utf-8")
    result = check(books, "--format", "json")
    assert (result.exit_code, result.stdout) == (0, before)
    assert "interrompue pendant son écriture" in result.stderr


def test_months_are_said_in_the_order_of_time() -> None:
    months = {"2026-08": "août", "2026-04": "avril", "2026-10": "octobre"}
    (one,) = verdict_of("rien").findings
    found = [one._replace(message=name, facts={"code": code}) for code, name in sorted(months.items(), key=str)]
    shown = write(verdict_of("rien")._replace(findings=tuple(sorted(found, key=lambda f: f.message))), "text")
    assert re.findall("avril|août|octobre", shown) == ["avril", "août", "octobre"]
