"""The manual of the controls, made from the rule classes: one page a rule, and the catalogue of rules/README.md."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic_core import PydanticUndefined

from grandlivre.i18n import Message, counted, show
from grandlivre.policy.choices import Choices
from grandlivre.policy.loading import file_models
from grandlivre.policy.model import Model
from grandlivre.policy.values import Dated, field_docs
from grandlivre.rules import Voice

_COMMON = ("niveau", "derogation")
_COUNTED = re.compile(r"\{(\w+):([^}]+)\}")


def page(cls: type[Voice]) -> str:
    """The manual page of a rule: what it signals, its settings with their defaults, its sentences."""
    lines = [
        cls.id,
        "=" * len(cls.id),
        "",
        inspect.cleandoc(cls.__doc__ or ""),
        "",
    ]
    own = settings(cls)
    if own:
        lines += ["Réglages (rules/controles.yaml)", ""]
    for key, default, said in own:
        lines.append(f"  {key} (par défaut : {default})")
        lines.append(f"      {said}")
    lines += [*([""] if own else []), "Phrases", ""]
    lines += [f"  - {text}" for text in sentences(cls)]
    if not cls.stoppable:
        lines += ["", "Ce contrôle ne peut pas être arrêté."]
    return "\n".join(lines) + "\n"


def settings(cls: type[Voice]) -> list[tuple[str, str, str]]:
    """(YAML key, default in French, what it says), its own settings first."""
    rows = []
    said = field_docs(cls)
    for name, info in cls.model_fields.items():
        key = info.alias or name
        default = info.get_default(call_default_factory=True)
        rows.append((key, _shown(default), " ".join(said.get(name, "").split())))
    return sorted(rows, key=lambda row: row[0] in _COMMON)


def sentences(cls: type[Voice]) -> list[str]:
    """The sentences of a rule with their gaps, in the order they are written."""
    found: list[str] = []
    for value in vars(cls).values():
        messages = value.values() if isinstance(value, dict) else [value]
        found += [_COUNTED.sub(_several, message.text) for message in messages if isinstance(message, Message)]
    return found


def _several(gap: re.Match[str]) -> str:
    """« {found} proformas » for {found:proforma}."""
    return f"{{{gap[1]}}}{counted(2, *gap[2].split('|')).removeprefix('2')}"


def _shown(value: Any) -> str:
    if value is PydanticUndefined:
        return "à donner"
    if value is None:
        return "aucun"
    if isinstance(value, Model) and not isinstance(value, Dated):
        return "{" + ", ".join(f"{key}: {text}" for key, text in _written(value)) + "}"
    if isinstance(value, Dated):
        return _shown(value.steps[-1].value)
    if isinstance(value, (tuple, list, frozenset)) and not hasattr(value, "_fields"):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    return show(value)


def _written(value: Model) -> Iterator[tuple[str, str]]:
    """The keys of a setting made of several, less those at their default."""
    for name, info in type(value).model_fields.items():
        part = getattr(value, name)
        if info.is_required() or part != info.get_default(call_default_factory=True):
            yield info.alias or name, _shown(part)


def summary(cls: type[Voice]) -> str:
    """The first sentence of a rule's docstring."""
    first = inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0]
    return " ".join(first.split())


def catalogue(classes: Iterable[type[Voice]]) -> str:
    """rules/README.md: the catalogue of controls in Markdown."""
    ordered = sorted(classes, key=lambda cls: cls.id)
    lines = [
        "# Le catalogue des contrôles",
        "",
        "Ce fichier est produit par `python scripts/catalogue.py` à partir des règles elles-mêmes : ne le modifiez pas.",
        "",
        "Les règles se règlent dans `controles.yaml`. Une règle absente est active avec ses valeurs par défaut ; seul",
        "`non` l'arrête. Un constat de niveau `erreur` fait échouer `grandlivre check` et `bean-check` ; une `alerte` se",
        "lit dans `grandlivre check` et dans le tableau de bord. `niveau: alerte` ramène les erreurs d'une règle à des",
        "alertes. Une dérogation (`derogation`, `motif`, `derogation-par` sur l'écriture) tait une seule règle sur une",
        "seule écriture ; elle est comptée et listée. `derogation: interdite` la refuse.",
        "",
        "Les autres fichiers disent ce que les règles comparent :",
        "",
        *(f"* `{name}` : {_said(model)}" for name, model in file_models().items()),
        "",
        *_choices(),
        "",
        "## Les contrôles",
        "",
        "| Règle | Ce qu'elle signale |",
        "|---|---|",
        *(f"| [`{cls.id}`](#{cls.id}) | {summary(cls)} |" for cls in ordered),
    ]
    for cls in ordered:
        lines += ["", f"## {cls.id}", "", inspect.cleandoc(cls.__doc__ or ""), ""]
        if not cls.stoppable:
            lines += ["Toujours active.", ""]
        rows = [f"| `{key}` | {_cell(default)} | {_cell(said)} |" for key, default, said in settings(cls)]
        if rows:
            lines += ["| Réglage | Par défaut | Sens |", "|---|---|---|", *rows, ""]
        lines += ["Phrases :", ""]
        lines += [f"- {_cell(text)}" for text in sentences(cls)]
    return "\n".join(lines) + "\n"


def _choices() -> Iterator[str]:
    """What the texts leave open, with the values allowed and the source of each."""
    yield "## Les choix que la loi laisse ouverts (`organisation.yaml › choix`)"
    yield ""
    yield inspect.cleandoc(Choices.__doc__ or "").replace("\n\n", " ")
    yield ""
    yield "| Choix | Par défaut | Autre valeur | Sens et source |"
    yield "|---|---|---|---|"
    said = field_docs(Choices)
    for name, info in Choices.model_fields.items():
        default = _shown(info.get_default(call_default_factory=True))
        allowed = get_args(info.annotation) or ("oui", "non")
        others = ", ".join(f"`{each}`" for each in allowed if each != default)
        yield f"| `{info.alias}` | `{default}` | {others} | {_cell(said[name])} |"


def _said(model: type[Model]) -> str:
    """What a file of rules holds, from its model, in a line."""
    text = " ".join(inspect.cleandoc(model.__doc__ or "").split())
    return text[:1].lower() + text[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
