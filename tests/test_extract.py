"""The extract of one donor: it checks clean by itself, says nothing of the others, and still proves what was closed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conftest import ROOT
from grandlivre.checks import rule_classes
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect
from grandlivre.rules import Finding
from grandlivre.tasks.extracted_rules import cut, names_one
from signing import Keys

pytestmark = pytest.mark.slow

DONORS = ("UE-EAU", "GENRE", "UNICEF-EDU")
CODES = (*DONORS, "FONCT")
MAIN = "ledger/main.beancount"
WHOLE = {each.id for each in rule_classes() if each.whole}


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, [words[0], "--ledger", str(root / MAIN), *words[1:]])


def draw(root: Path, code: str, out: Path) -> Path:
    done = run(root, "extract", "--bailleur", code, "--out", str(out))
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The extract of each donor of the demonstration."""
    folder = tmp_path_factory.mktemp("extraits")
    return {code: draw(ROOT, code, folder / code) for code in DONORS}


def marks(inspection: Inspection) -> set[tuple[str, str, str, str]]:
    return {(f.rule, f.level.name, inspection.relative(f.file), f.message) for f in inspection.findings}


@pytest.mark.parametrize("code", DONORS)
def test_an_extract_says_what_the_books_say_of_that_project(
    drawn: dict[str, Path], demo: Inspection, code: str
) -> None:
    """Nothing new is found in it, of any level, and what the books say of the project's own files is found again."""
    found = inspect(drawn[code] / MAIN, demo.today)
    assert marks(found) <= marks(demo)

    def own(each: Finding, inspection: Inspection) -> bool:
        return f"/{code.lower()}/" in inspection.relative(each.file) or f"/{code.lower()}.yaml" in each.file

    said = {f.message for f in demo.findings if own(f, demo) and f.rule not in WHOLE}
    assert said == {f.message for f in found.findings if own(f, found)}
    there = [each.piece for each in demo.books.entries if each.tree == code or f"-{code}-" in each.piece]
    assert sorted(each.piece for each in found.books.entries) == sorted(there)
    assert {account.tree for account in found.books.accounts.values()} == {code}


@pytest.mark.parametrize("code", DONORS)
def test_check_and_verify_take_it(drawn: dict[str, Path], demo: Inspection, code: str) -> None:
    said = run(drawn[code], "check").output
    assert f"extrait de {code} seul" in said
    root = demo.books.closings[-1].digest
    done = run(drawn[code], "verify", "--racine", root)
    assert done.exit_code == 0, done.output
    assert run(drawn[code], "verify", "--racine", root[:-1] + "0").exit_code in (1, 2)
    shutil.rmtree(drawn[code] / ".grandlivre", ignore_errors=True)


@pytest.mark.parametrize("code", DONORS)
def test_nothing_is_said_of_the_others(drawn: dict[str, Path], demo: Inspection, code: str) -> None:
    """Their names stand in the digests of closings alone; their vouchers, suppliers, people and files nowhere."""
    names = "|".join(each for each in CODES if each != code)
    others = re.compile(rf"(?<![\w-])(?:(?:{names})(?![\w-])|(?:{names.lower()})/)")
    strangers = {
        entry.payee
        for entry in demo.books.entries
        if entry.tree != code and entry.payee and not entry.payee.startswith("ANI-Mali")
    }
    own = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ledger" / code.lower()).glob("*.beancount"))
    people = {person.name for person in demo.books.policy.people.values()}
    strangers = {each for each in strangers if each not in own} - people
    assert len(strangers) > 20
    for path in drawn[code].rglob("*"):
        if not path.is_file():
            continue
        name = path.relative_to(drawn[code]).as_posix()
        if path.suffix in (".beancount", ".yaml", ".tsv", ".json", ".md", ".csv"):
            text = path.read_text(encoding="utf-8", errors="replace")
            rows = [row for row in text.splitlines() if others.search(row)]
            said = [row for row in rows if not re.match(r'  (empreinte-[a-z-]+: "sha256:|dernieres-pieces: )', row)]
            said = [row for row in said if name != "EXTRAIT.json" or "fonct/" not in row]
            said = [row for row in said if not (name == MAIN and 'include "fonct/' in row)]
            assert said == [], (name, said[:3])
            for stranger in strangers:
                assert stranger not in text, (name, stranger)
    for name in ("membres.yaml", "donateurs.yaml"):
        assert not (drawn[code] / "rules" / name).exists()
    listed = {path.name for path in (drawn[code] / "rules/bailleurs").iterdir()}
    assert listed == {f"{code.lower()}.yaml"}


def test_comments_stay_behind(drawn: dict[str, Path]) -> None:
    for path in (drawn["UE-EAU"] / "ledger").rglob("*.beancount"):
        assert not [row for row in path.read_text(encoding="utf-8").splitlines() if row.startswith(";")]


def test_the_list_of_digests(drawn: dict[str, Path], demo: Inspection, tmp_path: Path) -> None:
    """Every file but the list itself, and the roots of the closings; the same books give the same bytes."""
    root = drawn["GENRE"]
    said = json.loads((root / "EXTRAIT.json").read_text(encoding="utf-8"))
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert set(said["fichiers"]) == there - {"EXTRAIT.json"}
    for path, digest in said["fichiers"].items():
        assert hashlib.sha256((root / path).read_bytes()).hexdigest() == digest
    assert said["clotures"] == {each.period: each.digest for each in demo.books.closings}
    assert (said["bailleur"], said["livres"]) == ("GENRE", demo.books.policy.organisation.books_id)
    again = draw(ROOT, "GENRE", tmp_path / "encore")
    assert (again / "EXTRAIT.json").read_bytes() == (root / "EXTRAIT.json").read_bytes()


# --- what is changed in an extract is told


@pytest.fixture
def extract(drawn: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(drawn["UE-EAU"], tmp_path / "extrait"))


def told(root: Path) -> set[tuple[str, str]]:
    found = inspect(root / MAIN)
    return {(f.rule, f.message) for f in found.findings if f.level.name == "ERROR"}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("ledger/ue-eau/2026-03.beancount", '"Registres et carnets"', '"Registres"', "Le projet UE-EAU a changé"),
        (
            "ledger/fonct/2026-10.beancount",
            'empreinte-genre: "sha256:89',
            'empreinte-genre: "sha256:98',
            "n'est pas celle",
        ),
        ("ledger/fonct/2026-10.beancount", 'manifeste: "sha256:', 'manifeste: "sha256:0', "n'est pas celle"),
        ("ledger/fonct/2026-10.beancount", 'extrait: "UE-EAU"', 'extrait: "GENRE"', "dit « extrait: GENRE »"),
        ("ledger/fonct/2026-10.beancount", '  extrait: "UE-EAU"\n', "", "dit « extrait: rien »"),
        ("rules/organisation.yaml", "extrait: UE-EAU", "extrait: GENRE", "ils tiennent aussi UE-EAU"),
    ],
)
def test_a_change_in_an_extract_is_told(extract: Path, file: str, old: str, new: str, said: str) -> None:
    change(extract / file, old, new)
    assert any(rule == "periode-close" and said in message for rule, message in told(extract))


def test_whole_books_do_not_call_themselves_an_extract(demo_texts: Path) -> None:
    """Whoever wants the other projects not to be judged is told, by the closings and by the accounts."""
    change(demo_texts / "ledger/fonct/2026-10.beancount", "  version: 2\n", '  version: 2\n  extrait: "UE-EAU"\n')
    with (demo_texts / "rules/organisation.yaml").open("a", encoding="utf-8") as file:
        file.write("extrait: UE-EAU\n")
    found = {message for rule, message in told(demo_texts) if rule == "periode-close"}
    assert any("ils tiennent aussi FONCT, GENRE et UNICEF-EDU" in message for message in found)
    assert any("dit « extrait: rien »" in message for message in found)


# --- what is refused


@pytest.mark.parametrize(
    ("code", "out", "said"),
    [
        ("UE", "dehors", "n'est le projet d'aucun bailleur"),
        ("FONCT", "dehors", "n'est le projet d'aucun bailleur"),
        ("../UE-EAU", "dehors", "n'est le projet d'aucun bailleur"),
        ("UE-EAU", "plein", "existe et n'est pas vide"),
        ("UE-EAU", "livres/extrait", "est dans le dossier des livres"),
        ("UE-EAU", ".", "est dans le dossier des livres"),
    ],
)
def test_what_is_not_drawn(drawn: dict[str, Path], tmp_path: Path, code: str, out: str, said: str) -> None:
    """On an extract, which is small: of the codes and folders nothing else matters."""
    books = tmp_path / "livres"
    shutil.copytree(drawn["GENRE"], books)
    (tmp_path / "plein").mkdir()
    (tmp_path / "plein/a").write_text("a", encoding="utf-8")
    if code != "UE-EAU":
        done = run(books, "extract", "--bailleur", code, "--out", str(tmp_path / out))
    else:
        change(books / "rules/organisation.yaml", "extrait: GENRE\n", "")
        done = run(books, "extract", "--bailleur", "GENRE", "--out", str(tmp_path / out))
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert not (tmp_path / "dehors").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_extract_of_an_extract_is_refused(drawn: dict[str, Path], tmp_path: Path) -> None:
    done = run(drawn["GENRE"], "extract", "--bailleur", "GENRE", "--out", str(tmp_path / "x"))
    assert done.exit_code == 2
    assert "sont déjà un extrait" in done.output


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the books'."""
    return tmp_path_factory.mktemp("ailleurs")


def test_an_entry_of_two_projects_is_not_shown(demo_texts: Path, elsewhere: Path) -> None:
    month = demo_texts / "ledger/ue-eau/2026-10.beancount"
    with month.open("a", encoding="utf-8") as file:
        file.write(
            '\n2026-10-30 * "X" "Mêlée"\n  Actif:UE-EAU:52111-Banque-BDM  -5 XOF\n  Actif:GENRE:52113-Banque-BMS  5 XOF\n'
        )
    done = run(demo_texts, "extract", "--bailleur", "UE-EAU", "--out", str(elsewhere / "x"))
    assert done.exit_code == 2
    assert "l'écriture mêle UE-EAU et GENRE" in done.output


# --- visas


def test_the_visas_of_the_project_hold_without_the_others(demo_texts: Path, elsewhere: Path) -> None:
    """A director signs for two projects in turn: the extract holds one project's visas, and they prove it still."""
    keys = Keys(elsewhere, ("directeur",))
    (demo_texts / "rules/cles.yaml").write_text(keys.yaml(), encoding="utf-8")
    for piece in ("BQ-UE-EAU-2026-0119", "BQ-GENRE-2026-0083", "BQ-UE-EAU-2026-0120"):
        done = run(demo_texts, "sign", "--personne", "directeur", "--cle", str(keys.files["directeur"]), "--oui", piece)
        assert done.exit_code == 0, done.output
    out = draw(demo_texts, "UE-EAU", elsewhere / "extrait")
    texts = [path.read_text(encoding="utf-8") for path in (out / "ledger/visas").rglob("*.visa")]
    assert len(texts) == 2
    assert all("\narbre UE-EAU\n" in text for text in texts)
    assert [path.suffix for path in sorted((out / "ledger/visas").rglob("*"))].count(".sig") == 2
    verified = run(out, "verify")
    assert verified.exit_code == 0, verified.output
    change(out / "ledger/ue-eau/2026-10.beancount", "Fournitures de bureau de l'antenne : règlement", "Fournitures")
    assert run(out, "verify").exit_code == 1


# --- rules, cut


def test_rules_are_cut_by_lines_and_by_items() -> None:
    text = """\
# en tête
mandats:
  - {personne: a, pouvoir: tenue-caisse, comptes: ['Actif:UE-EAU:5711-Caisse', 'Actif:GENRE:5711-Caisse']}
  - {personne: b, pouvoir: tenue-caisse, comptes: ['Actif:GENRE:5711-Caisse']}
  - personne: c
    comptes:
      - Actif:GENRE:5711-Caisse
      - Actif:UE-EAU:5711-Caisse
  - {personne: d, bailleur: GENRE, pouvoir: autorisation}
cle: {UE-EAU: 40 %, GENRE: 60 %}
GENRE:
  tout: 1
autre: "Le mot GENRE-2 et AGENRE restent"
"""
    assert (
        cut(text, names_one(["GENRE"]))
        == """\
mandats:
  - {personne: a, pouvoir: tenue-caisse, comptes: ['Actif:UE-EAU:5711-Caisse']}
  - personne: c
    comptes:
      - Actif:UE-EAU:5711-Caisse
cle: {UE-EAU: 40 %}
autre: "Le mot GENRE-2 et AGENRE restent"
"""
    )
    assert cut("a: [GENRE]\n", names_one(["GENRE"])) == ""
    assert cut("", names_one(["GENRE"])) == ""
    assert cut("a: GENRE\n", names_one([])) == "a: GENRE\n"
