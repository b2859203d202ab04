"""The committed JSON Schemas: current, valid, French, and true of the rules as they are written."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grandlivre.policy.loading import file_models
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import load, plain

ROOT = Path(__file__).resolve().parent.parent


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("schemas", ROOT / "scripts" / "schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()
SCHEMAS: dict[str, dict[str, Any]] = {
    path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCRIPT.FOLDER.glob("*.json"))
}
"""The committed ones, which are those the models make: so says the first test."""
WRITTEN = sorted((ROOT / "rules").rglob("*.yaml"))


def test_schemas_are_current() -> None:
    """`python scripts/schemas.py` has been run since the models or the rules last changed."""
    assert SCRIPT.stale() == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_valid(name: str) -> None:
    """Each is a schema, and refers only to its own parts."""
    Draft202012Validator.check_schema(SCHEMAS[name])
    parts = set(SCHEMAS[name]["$defs"])
    refs = {node["$ref"].rsplit("/", 1)[-1] for node in _nodes(SCHEMAS[name]) if "$ref" in node}
    assert refs == parts


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_is_explained(name: str) -> None:
    """An editor shows a French sentence at every key."""
    silent = [
        key
        for node in _nodes(SCHEMAS[name])
        for key, value in node.get("properties", {}).items()
        if not str(value.get("description", "")).strip()
    ]
    assert silent == []


def test_the_editor_knows_every_schema() -> None:
    """Each schema is named once in the editor's settings, for its own file or folder."""
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    named = {}
    for name in SCHEMAS:
        stem = name.removesuffix(".schema.json")
        here = f"{stem}.yaml" if f"{stem}.yaml" in {*file_models(), "controles.yaml"} else f"{stem}/*.yaml"
        named[f"rules/schemas/{name}"] = f"rules/{here}"
    assert settings["yaml.schemas"] == named


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT / "rules").as_posix())
def test_rules_validate(path: Path) -> None:
    """The rules, every value read as text, are what their schema describes."""
    assert mistakes(path, path.relative_to(ROOT / "rules").parts[0]) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("organisation", "devize: XOF"),
        ("organisation", "exercices: [{du: 1er janvier, au: 2026-12-31}]"),
        ("mandats", "mandats: [{personne: a, pouvoir: signature, du: 2026-01-01}]"),
        ("bailleurs", "{code: A, nom: B, conventions: [{id: C, du: 2026-01-01, au: 2026-12-31, financement: X}]}"),
        ("plan-comptable", "comptes: {6A: Fournitures}"),
        ("releves", "{nom: Banque, type: pdf}"),
        ("releves", "{nom: Banque, type: ofx, format-date: jour}"),
        ("releves", "{nom: Banque, type: csv, separateur: point-virgule}"),
        ("releves", "{nom: Banque, type: csv, colonnes: {date: Date, libele: Texte, montant: Montant}}"),
        ("controles", "reglement: non"),
        ("controles", "caisse-hors-borne: oui"),
        ("controles", "caisse-hors-bornes: {delai: trois jours}"),
    ],
)
def test_mistakes_are_underlined(tmp_path: Path, name: str, text: str) -> None:
    """An editor underlines what `reglement` refuses."""
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    assert mistakes(path, name)


@pytest.mark.parametrize("word", ["oui", "non", "{niveau: alerte, delai: 5 jours ouvrés}", ""])
def test_rule_switches(tmp_path: Path, word: str) -> None:
    """A rule is on, off, set, or left empty."""
    path = tmp_path / "controles.yaml"
    path.write_text(f"caisse-hors-bornes: {word}\n", encoding="utf-8")
    assert mistakes(path, "controles") == []


def mistakes(path: Path, name: str) -> list[str]:
    """What a schema refuses in a file."""
    problems: list[Problem] = []
    value = plain(load(path, problems))
    assert problems == []
    schema = SCHEMAS[f"{name.removesuffix('.yaml')}.schema.json"]
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(value)]


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of a schema."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)
