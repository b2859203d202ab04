"""rules/cles.yaml: every mistake on its own line, and what is left is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from grandlivre.policy.loading import Policy, load_policy
from signing import HOST, ORIGIN, SoftKey, made_by_ssh_keygen, public

PEOPLE = """\
personnes:
  directeur: {nom: A. Traoré}
  presidente: {nom: F. Diarra}
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("cles")
    found = {name: public(made_by_ssh_keygen(folder, name)) for name in ("a", "b", "temoin")}
    return {**found, "phone": SoftKey.make("ecdsa", HOST).public, "token": SoftKey.make("ecdsa").public}


def policy(root: Path, text: str) -> Policy:
    for name, content in {"mandats.yaml": PEOPLE, "organisation.yaml": "sigle: A\n", "cles.yaml": text}.items():
        (root / name).write_text(content, encoding="utf-8")
    (root / "bailleurs").mkdir(exist_ok=True)
    (root / "plan-comptable.yaml").write_text("comptes: {}\n", encoding="utf-8")
    return load_policy(root)


def said(found: Policy) -> list[str]:
    return [f"{each.line}: {each.message}" for each in found.problems if each.path.name == "cles.yaml"]


GOOD = """\
cles:
  - {{personne: directeur, cle: "{a} poste de travail", du: 2026-01-01, au: 2026-12-31}}
  - {{personne: directeur, type: passkey, cle: "{phone}", origine: "{origin}", du: 2026-05-01}}
  - {{personne: presidente, cle: "{b}", du: 2026-01-01, revoquee-le: 2026-09-01, motif: ordinateur volé}}
temoins: [{{nom: Union européenne, cle: "{temoin}", du: 2026-01-01}}]
politique: {{gardiens: [directeur, presidente], seuil: 2}}
"""


def test_who_may_sign_on_a_day(tmp_path: Path, lines: dict[str, str]) -> None:
    found = policy(tmp_path, GOOD.format(origin=ORIGIN, **lines))
    assert said(found) == []
    register = found.keys
    kinds = {
        day: [each.kind for each in register.valid("directeur", day)]
        for day in (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    }
    assert list(kinds.values()) == [["ssh"], ["ssh", "passkey"], ["passkey"]]
    assert register.valid("directeur", date(2025, 12, 31)) == ()
    # revoked: nobody signs with it any more, whatever the day
    assert register.valid("presidente", date(2026, 3, 1)) == ()
    assert [each.id for each in register.witnesses] == ["union-europeenne"]
    assert register.guard is not None
    assert (register.guard.threshold, register.guard.plain[0]) == (2, "rules/taux.yaml")


def test_each_mistake_stands_on_its_line(tmp_path: Path, lines: dict[str, str]) -> None:
    text = """\
cles:
  - {{personne: directeur, cle: "{a}", du: 2026-01-01}}
  - {{personne: Directeur, cle: "{token}", du: 2026-01-01}}
  - {{personne: directrice, cle: "{token}", du: 2026-01-01}}
  - {{personne: presidente, cle: "{a}", du: 2026-01-01}}
  - {{personne: presidente, cle: "ssh-rsa AAAAB3NzaC1yc2E=", du: 2026-01-01}}
  - {{personne: presidente, cle: "{b}", du: 2026-12-31, au: 2026-01-01}}
  - {{personne: presidente, cle: "{b}", du: 2026-01-01, revoquee-le: 2026-03-01}}
  - {{personne: presidente, type: passkey, cle: "{phone}", du: 2026-01-01}}
  - {{personne: presidente, type: passkey, cle: "{phone}", origine: "https://ailleurs.org", du: 2026-01-01}}
  - {{personne: presidente, cle: "{b}", origine: "{origin}", du: 2026-01-01}}
temoins:
  - {{nom: directeur, cle: "{temoin}", du: 2026-01-01}}
politique: {{gardiens: [directeur, presidente], seuil: 2}}
"""
    expected = {
        3: "« Directeur » ne peut pas signer",
        4: "« directrice » n'est pas déclarée dans mandats.yaml",
        5: "déjà écrite, pour directeur",
        6: "ssh-rsa ne signe pas ici",
        7: "avant de commencer",
        8: "dit pourquoi",
        9: "dit son site",
        10: f"faite pour {HOST}",
        11: "origine n'a de sens",
        13: "déjà pris",
    }
    found = said(policy(tmp_path, text.format(origin=ORIGIN, **lines)))
    by_line = {int(each.partition(":")[0]): each for each in found}
    assert by_line.keys() == expected.keys(), found
    for line, words in expected.items():
        assert words in by_line[line]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{gardiens: [directeur, presidente], seuil: 1}", "au moins 2"),
        ("{gardiens: [directeur], seuil: 2}", "ne s'atteint jamais"),
        ("{gardiens: [directeur, directeur], seuil: 2}", "ne s'atteint jamais"),
        ("{gardiens: []}", "au moins 1 élément"),
        ("{gardiens: [directeur, presidente], simples: [rules/cles.yaml]}", "parmi les simples"),
        ("{gardiens: [directeur, presidente], seuil: 2}", "n'a pas de clé"),
        ('{gardiens: ["*", directeur]}', "ne peut pas signer"),
    ],
)
def test_guards_that_guard_nothing(tmp_path: Path, lines: dict[str, str], written: str, words: str) -> None:
    keys = f'cles: [{{personne: directeur, cle: "{lines["a"]}", du: 2026-01-01}}]\npolitique: {written}\n'
    assert any(words in each for each in said(policy(tmp_path, keys)))
