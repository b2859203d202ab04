"""Writes rules/schemas/*.schema.json: what an editor needs to complete and check the rules as they are typed.

The schemas come from the models that read the rules: French keys, French descriptions, the same texts allowed.
`python scripts/schemas.py` writes them; `--check` says which are out of date and writes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from grandlivre.checks import rule_classes
from grandlivre.i18n import Money, amount, decimal, integer
from grandlivre.importers.formats import StatementFormat
from grandlivre.policy.loading import file_models
from grandlivre.policy.model import twin
from grandlivre.policy.values import Dated, Duration
from grandlivre.rules import Rule

FOLDER = Path(__file__).resolve().parent.parent / "rules" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SWITCH = ["oui", "non", True, False]


class _French(GenerateJsonSchema):
    """Defaults as an accountant would type them, and no English titles."""

    def encode_default(self, dft: Any) -> Any:
        return _typed(dft)

    def get_title_from_name(self, name: str) -> str:
        return ""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _typed(value: Any) -> Any:
    """A default value as it would be written in YAML."""
    match value:
        case bool():
            return "oui" if value else "non"
        case Money():
            return amount(*value).replace("FCFA", value.currency)
        case Duration() | date():
            return str(value)
        case Decimal():
            return decimal(value)
        case int():
            return integer(value)
        case Dated():
            return _typed(value.steps[0].value)
        case tuple() | list():
            return [_typed(each) for each in value]
        case Mapping():
            return {str(key): _typed(each) for key, each in value.items()}
        case str() | None:
            return value
        case _:
            return {}


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by its file name."""
    models = {**file_models(), "releves/*.yaml": StatementFormat}
    found = {f"{_stem(name)}.schema.json": _schema([model], _only) for name, model in models.items()}
    found["controles.schema.json"] = _schema(list(rule_classes()), _controls)
    return found


def _stem(name: str) -> str:
    """« bailleurs » for `bailleurs/*.yaml`, « organisation » for `organisation.yaml`."""
    return name.split("/")[0].removesuffix(".yaml")


def _schema(models: list[Any], root: Any) -> dict[str, Any]:
    twins = [twin(model) for model in models]
    refs, shared = models_json_schema([(each, "validation") for each in twins], schema_generator=_French)
    said = {model: dict(refs[each, "validation"]) for model, each in zip(models, twins, strict=True)}
    top, parts = root(said), _cleaned(shared["$defs"])
    return {"$schema": DIALECT, **top, "$defs": {name: parts[name] for name in sorted(_used(top, parts))}}


def _used(node: Any, parts: Mapping[str, Any]) -> set[str]:
    """The parts a schema leads to."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        match waiting.pop():
            case {"$ref": str(ref)} as each:
                name = ref.rsplit("/", 1)[-1]
                if name not in found:
                    found.add(name)
                    waiting.append(parts[name])
                waiting.extend(value for key, value in each.items() if key != "$ref")
            case dict() as each:
                waiting.extend(each.values())
            case list() as each:
                waiting.extend(each)
            case _:
                pass
    return found


def _only(said: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    (only,) = said.values()
    return only


def _controls(said: Mapping[type[Rule], dict[str, Any]]) -> dict[str, Any]:
    """One key a rule: its settings, or oui / non; a rule that is always on has no « non »."""
    rules = {}
    for rule, settings in said.items():
        first = (rule.__doc__ or "").strip().splitlines()[0]
        switch = {"enum": [each for each in _SWITCH if not (not rule.stoppable and each in ("non", False))]}
        rules[rule.id] = {
            "description": first,
            "anyOf": [settings, switch, {"type": "null"}],
        }
    described = "Réglages des contrôles. Une règle absente s'applique avec ses valeurs par défaut ; « non » l'éteint."
    return {"type": "object", "description": described, "properties": rules, "additionalProperties": False}


def _cleaned(node: Any) -> Any:
    """Free texts may be typed without quotes, so that an editor reads a number; empty titles go."""
    if isinstance(node, list):
        return [_cleaned(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _cleaned(each) for key, each in node.items() if not (key == "title" and isinstance(each, str))}
    if kept.get("type") == "string" and not {"enum", "const", "pattern", "format"} & kept.keys():
        kept["type"] = ["string", "number"]
    if str(kept.get("pattern", "")).endswith("%$") and isinstance(kept.get("default"), str):
        kept["default"] += " %"
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return kept


def text(schema: Mapping[str, Any]) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def stale(folder: Path = FOLDER) -> list[str]:
    """The files that are missing, out of date, or no longer made."""
    made = {name: text(schema) for name, schema in schemas().items()}
    here = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")} if folder.is_dir() else {}
    return sorted(name for name in {*made, *here} if made.get(name) != here.get(name))


def main(arguments: list[str]) -> int:
    """0 when the schemas are, or have been made, current."""
    changed = stale()
    if "--check" in arguments:
        for name in changed:
            print(f"rules/schemas/{name} is out of date: run python scripts/schemas.py")
        return 1 if changed else 0
    made = schemas()
    FOLDER.mkdir(exist_ok=True)
    for name in changed:
        path = FOLDER / name
        if name not in made:
            path.unlink()
            continue
        draft = path.with_suffix(".tmp")
        draft.write_text(text(made[name]), encoding="utf-8", newline="\n")
        draft.replace(path)
        print(f"rules/schemas/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
