"""What changed since a revision: rules told one by one, seals and vouchers that never go; each recording of a push."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli
from grandlivre.inspection import inspect
from grandlivre.policy.changes import Change, Kind, changes
from grandlivre.render.rule_changes import told_between, told_since_closing
from march_books import FILES, MARCH, write_books
from viewer_bed import serving

ROOT = Path(__file__).resolve().parent.parent
SARIF = json.loads((ROOT / "tests" / "data" / "sarif" / "sarif-2.1.0-rtm.4.json").read_text(encoding="utf-8"))
CONTROLS = "rules/controles.yaml"
OCTOBER = "ledger/fonct/2026-10.beancount"
LIMIT = "Montant au-delà duquel (strictement) les proformas sont exigées."
OLD, NEW = "{depuis: 2008-01-01, valeur: 51 000 XOF}", "{depuis: 2008-01-01, valeur: 500 000 XOF}"


def edit(root: Path, file: str, old: str, new: str) -> None:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def git(root: Path, *words: str) -> str:
    own = ["-c", "user.name=Essai", "-c", "user.email=essai@example.org", "-c", "core.autocrlf=false"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(["git", *own, *words], cwd=root, env=clean, check=True, capture_output=True, encoding="utf-8")
    return done.stdout.strip()


def record(root: Path, subject: str) -> str:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--no-gpg-sign", "--allow-empty", "-m", subject)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def books(demo_texts: Path) -> Path:
    """The demonstration in a repository of its own."""
    git(demo_texts, "init", "--quiet", "--initial-branch=main")
    record(demo_texts, "début")
    return demo_texts


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Books of one month in a repository of their own."""
    said = {CONTROLS: f"{FILES[CONTROLS]}trois-proformas:\n  seuil: [{OLD}]\n"}
    root = write_books(tmp_path / "livres", said).parents[1]
    git(root, "init", "--quiet", "--initial-branch=main")
    record(root, "début")
    return root


def check(root: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--ledger", str(root / "ledger" / "main.beancount"), *options])


def seal(root: Path, period: str = "2026-T3") -> str:
    found = re.search(
        rf'\n2026-\d\d-\d\d custom "cloture" "{period}"\n(  .*\n)+', (root / OCTOBER).read_text(encoding="utf-8")
    )
    assert found is not None
    return found[0]


# --- rules, value by value --------------------------------------------------------------------------------------------


def of(before: str, now: str, key: str = "r.seuil") -> list[tuple[str | None, str | None, date | None, date | None]]:
    """The stretches over which a value written « 51 » or « 2026-01-01=51 2027-01-01=60 » changed."""

    def values(text: str) -> dict[tuple[str, str], str]:
        made: dict[tuple[str, str], str] = {}
        for word in text.split():
            day, dated, value = word.rpartition("=")
            at = f"{key}.{day}" if dated else ""
            made |= (
                {(CONTROLS, f"{at}.depuis"): day, (CONTROLS, f"{at}.valeur"): value}
                if dated
                else {(CONTROLS, key): value}
            )
        return made

    return [(each.before, each.now, each.start, each.end) for each in changes(values(before), values(now))]


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ("51", "51", []),
        ("51", "60", [("51", "60", None, None)]),
        ("2008-01-01=51", "2008-01-01=60", [("51", "60", date(2008, 1, 1), None)]),
        ("2008-01-01=51", "2008-01-01=51 2027-01-01=60", [("51", "60", date(2027, 1, 1), None)]),
        (
            "2008-01-01=51",
            "2008-01-01=60 2009-01-01=51",
            [("51", "60", date(2008, 1, 1), date(2008, 12, 31))],
        ),
        ("51", "2008-01-01=51", [("51", None, None, date(2007, 12, 31))]),
        ("2008-01-01=51 2009-01-01=60", "2009-01-01=60", [("51", None, date(2008, 1, 1), date(2008, 12, 31))]),
    ],
)
def test_a_dated_value_is_what_applied_each_day(before: str, now: str, found: list[object]) -> None:
    assert of(before, now) == found


def test_rows_are_told_whole_and_files_by_their_code() -> None:
    row = {("rules/mandats.yaml", f"mandats.a+autorisation+2026-01-01.{key}"): key for key in ("personne", "plafond")}
    other = {("rules/mandats.yaml", "mandats.b+autorisation+2026-01-01.personne"): "b"}
    donor = {("rules/bailleurs/a.yaml", "code"): "A", ("rules/bailleurs/a.yaml", "langue"): "fr"}
    moved = {("rules/bailleurs/b.yaml", "code"): "A", ("rules/bailleurs/b.yaml", "langue"): "en"}
    found = changes({**other, **donor}, {**other, **row, **moved})
    assert [(each.kind, each.file, each.key) for each in found] == [
        (Kind.RENAMED, "rules/bailleurs/b.yaml", ""),
        (Kind.CHANGED, "rules/bailleurs/b.yaml", "langue"),
        (Kind.CAME, "rules/mandats.yaml", "mandats.a+autorisation+2026-01-01"),
    ]
    assert [each.kind for each in changes(row, {})] == [Kind.LOST_FILE]
    assert [each.kind for each in changes({}, row)] == [Kind.NEW_FILE]


def test_a_rule_stopped_or_resumed_says_nothing_else() -> None:
    on = {(CONTROLS, "decouvert.niveau"): "alerte"}
    off = {(CONTROLS, "decouvert"): "non"}
    assert changes(on, off) == (Change(Kind.STOPPED, CONTROLS, "decouvert", anchor="decouvert"),)
    (resumed,) = changes(off, on)
    assert (resumed.kind, resumed.rows) == (Kind.RESUMED, (("niveau", "alerte"),))
    assert changes({(CONTROLS, "decouvert"): "oui"}, {(CONTROLS, "autre"): "oui"}) == ()


def test_sentences(demo_texts: Path, tmp_path: Path) -> None:
    """Each says what changed, then what the schema says of its key."""
    edit(demo_texts, CONTROLS, OLD, NEW)
    edit(demo_texts, CONTROLS, "decouvert: oui", "decouvert: non")
    edit(demo_texts, CONTROLS, "fenetre: 30 jours", "fenetre: 10 jours")
    edit(demo_texts, CONTROLS, "pays: [FR]", "pays: [FR, US]")
    edit(demo_texts, "rules/mandats.yaml", 'nom: "B. Konaté (fictif)"', 'nom: "Z. Konaté (fictif)"')
    (demo_texts / "rules" / "programmes" / "ue-eau.yaml").unlink()
    found = [
        (each.change.file, each.line, each.sentence) for each in told_between(ROOT / "rules", demo_texts / "rules")
    ]
    lines = (demo_texts / CONTROLS).read_text(encoding="utf-8").splitlines()

    def at(text: str) -> int:
        return next(number for number, line in enumerate(lines, 1) if text in line)

    assert found == [
        (
            CONTROLS,
            at("decouvert"),
            "La règle decouvert est arrêtée. Banque ou monnaie électronique à découvert en fin de journée.",
        ),
        (
            CONTROLS,
            at("fenetre"),
            "fractionnement.fenetre : 30 jours → 10 jours. Temps sur lequel les achats s'additionnent.",
        ),
        (
            CONTROLS,
            at("pays"),
            "origine-des-fonds.pays.2 : rien → US. Codes ISO des pays dont les fonds sont à signaler.",
        ),
        (
            CONTROLS,
            at(NEW),
            f"trois-proformas.seuil : 51 000 → 500 000 FCFA depuis le 01/01/2008. {LIMIT}",
        ),
        (
            "rules/mandats.yaml",
            4,
            "personnes.president.nom : B. Konaté (fictif) → Z. Konaté (fictif). Prénom et nom.",
        ),
        found[-1],
    ]
    assert re.fullmatch(r"Fichier de règles retiré \(\d+ valeurs\)\.", found[-1][2])


# --- check --since ----------------------------------------------------------------------------------------------------


def test_the_changes_of_the_rules_are_told_first_in_every_form(small: Path) -> None:
    edit(small, CONTROLS, OLD, NEW)
    sentence = "trois-proformas.seuil : 51 000 → 500 000 FCFA depuis le 01/01/2008."
    first = check(small, "--since", "HEAD").stdout.splitlines()[0]
    assert re.match(rf"rules/controles\.yaml:\d+: règle changée : {re.escape(sentence)}", first)
    (change,) = json.loads(check(small, "--since", "HEAD", "--format", "json").stdout)["rule_changes"]
    assert (change["before"], change["now"], change["from"]) == ("51 000 XOF", "500 000 XOF", "2008-01-01")
    assert (change["key"], change["file"]) == ("trois-proformas.seuil", CONTROLS)
    log = json.loads(check(small, "--since", "HEAD", "--format", "sarif").stdout)
    jsonschema.Draft4Validator(SARIF).validate(log)
    (note,) = log["runs"][0]["invocations"][0]["toolConfigurationNotifications"]
    assert note["message"]["text"].startswith(sentence)
    issue = json.loads(check(small, "--since", "HEAD", "--format", "gitlab").stdout)[0]
    assert (issue["severity"], issue["check_name"]) == ("info", "regles-changees")
    suite = ET.fromstring(check(small, "--since", "HEAD", "--format", "junit").stdout)[0]
    assert sentence in (suite.findtext("system-out") or "")
    notice = check(small, "--since", "HEAD", "--format", "github").stdout.splitlines()[0]
    assert notice.startswith(f"::notice file={CONTROLS},line=")
    assert "rule_changes" not in json.loads(check(small, "--format", "json").stdout)


def test_nothing_changed_is_nothing_told(small: Path) -> None:
    found = check(small, "--since", "HEAD")
    assert found.exit_code == 0
    assert "règle changée" not in found.stdout
    assert json.loads(check(small, "--since", "HEAD", "--format", "json").stdout)["rule_changes"] == []


def test_a_closing_that_went_is_refused_where_it_stood(books: Path) -> None:
    """E16b: the three closings and their files deleted leave nothing to recompute; the former revision knows them."""
    text = (books / OCTOBER).read_text(encoding="utf-8")
    line = text[: text.index(seal(books)) + 1].count("\n") + 1
    edit(books, OCTOBER, seal(books), "\n")
    assert "était dans la révision" not in check(books).stdout
    found = check(books, "--since", "HEAD")
    assert found.exit_code == 1
    assert (
        f"{OCTOBER}:{line}: erreur: nouveau : La clôture 2026-T3 du 15/10/2026 était dans la révision" in found.stdout
    )
    (books / OCTOBER).write_text(f"; déplacée\n{text}", encoding="utf-8", newline="\n")
    assert check(books, "--since", "HEAD").exit_code == 0


@pytest.mark.parametrize("name", ["MANIFESTE-2026-T3.tsv", "REGLES-2026-T3.tsv"])
def test_a_closing_made_again_is_refused_with_its_files(books: Path, name: str) -> None:
    """E16a: the seal of the last quarter deleted, its files too, and made again over other facts."""
    edit(books, OCTOBER, seal(books), seal(books).replace("\n2026-10-15", "\n2026-10-16"))
    path = books / "ledger" / "documents" / name
    path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))
    found = json.loads(check(books, "--since", "HEAD", "--format", "json").stdout)["findings"]
    (said,) = [each for each in found if each["rule"] == "periode-close" and "révision comparée" in each["message"]]
    assert f"sa directive a changé et {name} a changé" in said["message"]
    path.unlink()
    assert f"{name} manque" in check(books, "--since", "HEAD").stdout


def test_the_last_vouchers_of_a_series_do_not_go(books: Path) -> None:
    """E15a: no closing knew the voucher of October; the former revision did."""
    month = books / "ledger" / "genre" / "2026-10.beancount"
    text = month.read_text(encoding="utf-8")
    last = max(re.findall(r'piece: "CS-GENRE-2026-(\d+)"', text))
    (entry,) = [each for each in re.split(r"\n(?=\S)", text) if f"CS-GENRE-2026-{last}" in each and " * " in each]
    line = text[: text.index(entry)].count("\n") + 1
    month.write_text(text.replace(entry, ""), encoding="utf-8", newline="\n")
    assert "serie-tronquee" not in check(books).stdout
    found = check(books, "--since", "HEAD")
    assert found.exit_code == 1
    assert (
        f"ledger/genre/2026-10.beancount:{line}: erreur: nouveau : La série CS-GENRE-2026 finissait au n° {int(last)} "
        "(révision comparée)" in found.stdout
    )


def test_a_month_put_among_the_drafts(books: Path) -> None:
    """E46: the file of October moved out of the ledger: each series that it held ends too early."""
    drafts = books / "ledger" / "brouillons"
    drafts.mkdir(exist_ok=True)
    (books / "ledger" / "genre" / "2026-10.beancount").rename(drafts / "2026-10.beancount")
    found = check(books, "--since", "HEAD", "--only", "serie-tronquee")
    assert found.exit_code == 1
    assert {"BQ-GENRE-2026", "CS-GENRE-2026"} <= set(re.findall(r"La série (\S+) finissait", found.stdout))


def test_a_revision_that_does_not_load_is_no_way_round(books: Path) -> None:
    """The books broken, then mended without their closing: those before the broken ones are compared."""
    text = (books / OCTOBER).read_text(encoding="utf-8")
    (books / OCTOBER).write_text(f'{text}\noption "plugin_processing_mode" "raw"\n', encoding="utf-8", newline="\n")
    record(books, "cassé")
    assert inspect(books / "ledger" / "main.beancount").halted
    (books / OCTOBER).write_text(text, encoding="utf-8", newline="\n")
    assert check(books, "--since", "HEAD").exit_code == 0
    edit(books, OCTOBER, seal(books), "\n")
    assert "La clôture 2026-T3 du 15/10/2026 était dans la révision" in check(books, "--since", "HEAD").stdout


# --- each recording of a push -----------------------------------------------------------------------------------------


def test_each_recording_is_read(books: Path) -> None:
    """A seal taken away and put back, a threshold raised for one recording: the end alone shows nothing."""
    base = git(books, "rev-parse", "HEAD")
    kept = seal(books)
    edit(books, CONTROLS, OLD, NEW)
    record(books, "Seuil relevé")
    edit(books, OCTOBER, kept, "\n")
    record(books, "Sceau retiré")
    (books / OCTOBER).write_text((books / OCTOBER).read_text("utf-8") + kept, encoding="utf-8", newline="\n")
    edit(books, CONTROLS, NEW, OLD)
    record(books, "Tout remis")
    assert check(books, "--since", base).exit_code == 0
    found = check(books, "--since", base, "--un-par-un")
    assert found.exit_code == 1
    first, second, third = re.split(r"^(?=\d/3 )", found.stdout, flags=re.MULTILINE)[1:]
    assert re.match(
        r"1/3 [0-9a-f]{10} du \d\d/\d\d/\d{4}, « Seuil relevé » :\n  rules/controles.yaml:\d+: règle ch", first
    )
    assert "« Sceau retiré » :\n  ledger/fonct/2026-10.beancount:" in second
    assert "La clôture 2026-T3 du 15/10/2026 était dans la révision" in second
    assert "500 000 → 51 000 FCFA depuis le 01/01/2008" in third
    assert "Refusé : une clôture ou des pièces passées ont disparu" in found.stdout


def test_what_a_later_recording_repairs_does_not_fail(small: Path) -> None:
    base = git(small, "rev-parse", "HEAD")
    text = (small / MARCH).read_text(encoding="utf-8")
    (small / MARCH).write_text(text + '\n2026-03-30 custom "inconnu" 1\n', encoding="utf-8", newline="\n")
    record(small, "\x1b[31mErreur")
    (small / MARCH).write_text(text, encoding="utf-8", newline="\n")
    record(small, "Réparée")
    found = check(small, "--since", base, "--un-par-un")
    assert found.exit_code == 0
    assert "\x1b" not in found.stdout
    assert "erreur: nouveau" not in found.stdout
    assert "« Réparée » : rien de nouveau." in found.stdout


def test_a_merge_loses_nothing_of_its_two_sides(books: Path) -> None:
    kept = seal(books)
    edit(books, OCTOBER, kept, "\n")
    base = record(books, "avant la clôture")
    git(books, "checkout", "--quiet", "-b", "cloture")
    (books / OCTOBER).write_text((books / OCTOBER).read_text("utf-8") + kept, encoding="utf-8", newline="\n")
    record(books, "clôture")
    git(books, "checkout", "--quiet", "main")
    record(books, "rien")
    git(books, "merge", "--quiet", "--no-gpg-sign", "-s", "ours", "-m", "fusion", "cloture")
    found = check(books, "--since", base, "--un-par-un")
    assert found.exit_code == 1
    assert "« fusion » :\n" in found.stdout


def test_from_the_first_recording_on(small: Path) -> None:
    """A branch that is pushed for the first time: nothing was before it."""
    record(small, "suite")
    found = check(small, "--since", "0" * 40, "--un-par-un", "--today", "2026-04-02")
    assert found.exit_code == 0
    assert "1/2 " in found.stdout
    assert "« suite » : rien de nouveau." in found.stdout
    assert check(small, "--un-par-un").exit_code == 2
    assert check(small, "--since", "HEAD", "--un-par-un", "--format", "json").exit_code == 2


# --- the viewer -------------------------------------------------------------------------------------------------------


def test_the_changes_since_the_last_closing(demo_texts: Path) -> None:
    edit(
        demo_texts,
        CONTROLS,
        OLD,
        f"{OLD}, {{depuis: 2026-10-20, valeur: 60 000 XOF}}, {{depuis: 2027-01-01, valeur: 70 000 XOF}}",
    )
    period, told = told_since_closing(inspect(demo_texts / "ledger" / "main.beancount").books)
    assert period == "2026-T3"
    sentences = [each.sentence for each in told if each.change.file == CONTROLS]
    assert len(sentences) == 1, sentences
    assert sentences[0].startswith("trois-proformas.seuil : 51 000 → 60 000 FCFA depuis le 20/10/2026.")


@pytest.mark.slow
def test_the_controls_page_tells_them(demo_texts: Path) -> None:
    edit(demo_texts, CONTROLS, OLD, f"{OLD}, {{depuis: 2026-10-20, valeur: 60 000 XOF}}")
    with serving(demo_texts / "ledger" / "main.beancount") as viewer:
        page = viewer.ask("~/extension/Controles/").text
    assert "Règles changées depuis la clôture 2026-T3" in page
    assert "51 000 → 60 000" in page.replace("\u00a0", " ").replace("\u202f", " ")
