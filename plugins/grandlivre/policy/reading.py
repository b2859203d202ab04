"""From a YAML tree to a frozen model: every mistake becomes a French sentence on its own line, and what is left is kept.

A mistaken part is reported, cut out, and the rest is read again: one typing error never hides another, and never
switches a control off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from grandlivre.i18n import capital, counted, did_you_mean
from grandlivre.policy.examples import example_of
from grandlivre.policy.model import Model
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import Block, Node, line_of, plain, without

M = TypeVar("M", bound=Model)

_SENTENCES = {
    "missing": "la clé « {key} » manque : ajoutez-la",
    "extra_forbidden": "la clé « {key} » est inconnue.{near}",
    "literal_error": "« {input} » n'est pas permis ici ; valeurs permises : {expected}",
    "enum": "« {input} » n'est pas permis ici ; valeurs permises : {expected}",
    "model_type": "un bloc de clés est attendu ici{form}",
    "model_attributes_type": "un bloc de clés est attendu ici{form}",
    "dict_type": "un bloc de clés est attendu ici{form}",
    "tuple_type": "une liste est attendue ici{form}",
    "list_type": "une liste est attendue ici{form}",
    "string_type": "un texte est attendu ici",
    "int_parsing": "« {input} » n'est pas un nombre entier",
    "int_type": "un nombre entier est attendu ici",
    "decimal_parsing": "« {input} » n'est pas un nombre",
    "date_from_datetime_parsing": "« {input} » n'est pas une date (AAAA-MM-JJ)",
    "date_parsing": "« {input} » n'est pas une date (AAAA-MM-JJ)",
    "bool_parsing": "écrivez oui ou non",
    "greater_than": "la valeur doit être supérieure à {gt}",
    "greater_than_equal": "la valeur doit être d'au moins {ge}",
    "less_than_equal": "la valeur doit être d'au plus {le}",
    "too_short": "la liste doit avoir au moins {min_length}",
    "string_pattern_mismatch": "« {input} » n'a pas la forme attendue",
    "value_error": "{said}",
    "assertion_error": "{said}",
    "none_required": "rien n'est attendu ici",
    "recursion_loop": "ce bloc se contient lui-même",
}


def validate(model: type[M], node: Node | None, path: Path, problems: list[Problem]) -> M | None:
    """The model of what is written, or None when nothing of it can be kept (a required key is missing at the top)."""
    return read(model, node, path, problems)[0]


def read(model: type[M], node: Node | None, path: Path, problems: list[Problem]) -> tuple[M | None, Node | None]:
    """The same, with the part of the tree it was read from: rows that were cut out no longer count there."""
    if node is None:
        return None, None
    from pydantic import ValidationError

    if not isinstance(node, Block):
        problems.append(Problem(path, node.line, "Un bloc « clé: valeur » est attendu ici."))
        return None, node
    kept: Node | None = node
    cuts: set[_Cut] = set()
    known = frozenset(_siblings(model))
    for _ in range(200):
        if kept is None:
            return None, node
        try:
            return model.model_validate(plain(kept)), kept
        except ValidationError as error:
            wheres: set[tuple[str | int, ...]] = set()
            for mistake in error.errors(include_url=False):
                where = _written(mistake["loc"], kept)
                if not _is_consequence(mistake["type"], where, kept, cuts, known):
                    problems.append(_problem(mistake, where, kept, path, model))
                wheres.add(where[:-1] if mistake["type"] == "missing" else where)
            cuts |= {_Cut(_keys(where[:-1]), line_of(kept, where[:-1]), where[-1]) for where in wheres if where}
            for where in sorted(wheres, key=_place_in_order, reverse=True):
                kept = without(kept, where) if kept is not None else None
    return None, node


class _Cut(NamedTuple):
    """Something taken out: the keys and the line of what held it (list places move, lines do not), and its own step."""

    holder: tuple[str, ...]
    line: int
    step: str | int


def _is_consequence(
    kind: str, where: tuple[str | int, ...], node: Node, cuts: set[_Cut], known: frozenset[str]
) -> bool:
    """Whether a mistake is only the hole that an earlier cut left: a key now missing, a list or a map now too short."""
    if not where:
        return False
    if kind == "missing":
        return _Cut(_keys(where[:-1]), line_of(node, where[:-1]), where[-1]) in cuts
    keys, line = _keys(where), line_of(node, where)
    return any(cut.holder == keys and cut.line == line and cut.step not in known for cut in cuts)


def _place_in_order(where: tuple[str | int, ...]) -> tuple[tuple[bool, int], ...]:
    """Sorted backwards, cutting one row (or one key of it) does not move those still to be cut."""
    return tuple((isinstance(step, int), step if isinstance(step, int) else 0) for step in where)


def _keys(where: tuple[str | int, ...]) -> tuple[str, ...]:
    """A location without its list places, which move when a row is cut."""
    return tuple(step for step in where if isinstance(step, str))


def _written(loc: tuple[int | str, ...], node: Node) -> tuple[str | int, ...]:
    """The part of pydantic's location that stands in the file (it names union branches and dict keys too)."""
    steps: list[str | int] = []
    for index, step in enumerate(loc):
        if step in ("[key]", "steps"):
            continue
        if isinstance(node, Block):
            if isinstance(step, str) and step in node.items:
                node = node.items[step]
                steps.append(step)
                continue
            if index == len(loc) - 1 and isinstance(step, str):
                steps.append(step)
            continue
        items = getattr(node, "items", None)
        if isinstance(items, list) and isinstance(step, int) and step < len(items):
            node = items[step]
            steps.append(step)
    return tuple(steps)


def _problem(mistake: Any, where: tuple[str | int, ...], node: Node, path: Path, model: type[Model]) -> Problem:
    kind = mistake["type"]
    key = next((str(step) for step in reversed(where) if isinstance(step, str)), "")
    facts = _facts(mistake, key, example_of(model, where))
    if kind == "extra_forbidden":
        facts["near"] = did_you_mean(key, _siblings(model), " Retirez-la, ou corrigez son nom.", likeness=0.75)
    template = _SENTENCES.get(kind, "la valeur « {input} » ne convient pas")
    sentence = facts["said"] if kind == "francais" else template.format_map(_Lenient(facts))
    spot = "" if not key or kind in ("missing", "extra_forbidden") else f"« {key} » : "
    stop = "" if sentence.endswith(("?", ".")) else "."
    return Problem(path, line_of(node, where), capital(f"{spot}{sentence}{stop}"))


def _facts(mistake: Any, key: str, form: str) -> dict[str, str]:
    """What the sentence of a mistake may name; `form`: how the key is written."""
    facts = {name: str(value) for name, value in (mistake.get("ctx") or {}).items()}
    if "expected" in facts:
        facts["expected"] = facts["expected"].replace("'", "").replace(" or ", ", ")
    if "min_length" in facts:
        facts["min_length"] = counted(int(facts["min_length"]), "élément")
    said = facts.get("said") or facts.get("error") or ""
    facts |= {"key": key, "input": str(mistake.get("input"))[:60], "said": said, "near": ""}
    facts["form"] = f", par exemple {key}: {form}" if form else ""
    return facts


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _siblings(model: type[Model]) -> list[str]:
    """Every key known to a model and the models inside it."""
    seen: set[type[Model]] = set()
    keys: set[str] = set()
    queue: list[Any] = [model]
    while queue:
        kind = queue.pop()
        queue.extend(getattr(kind, "__args__", ()))
        if isinstance(kind, type) and issubclass(kind, Model) and kind not in seen:
            seen.add(kind)
            for name, info in kind.model_fields.items():
                keys.add(info.alias or name)
                queue.append(info.annotation)
    return sorted(keys)
