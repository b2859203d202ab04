"""controles.yaml with every rule at its defaults, each setting explained by its own documentation."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic.fields import FieldInfo

from grandlivre.checks import rule_classes
from grandlivre.i18n import Money, decimal, integer
from grandlivre.policy.model import BeforeValidator, Model
from grandlivre.policy.values import Dated, Duration, field_docs, read_percent
from grandlivre.rules import Rule

_HEAD = """\
# Réglages des contrôles : la procédure de l'organisation, en données.
#
# Chaque règle est ici avec ses valeurs par défaut ; changez une valeur, ou écrivez « non » pour éteindre la règle :
#   nom-de-la-regle: non
# Deux réglages sont communs à toutes :
#   niveau: erreur      alerte ramène les erreurs de la règle à des alertes
#   derogation: permise interdite refuse toute dérogation à cette règle
# Une valeur datée s'écrit [{depuis: 2026-01-01, valeur: 51 000 XOF}].
# grandlivre rules IDENTIFIANT affiche la page entière d'une règle. Sont toujours actives : texte, reglement, beancount.
"""
_TO_ADAPT = "# Les montants d'origine valent en francs CFA : écrivez ceux de votre procédure.\n"
_FRANCS = ("XOF", "XAF")
"""The two francs CFA, of one value."""


def controls_file(classes: Iterable[type[Rule]] | None = None, currency: str = "XOF") -> str:
    """The text of controles.yaml, its limits in the currency of the books."""
    parts = [_HEAD if currency in _FRANCS else _HEAD + _TO_ADAPT]
    for cls in classes if classes is not None else rule_classes():
        if cls.settable:
            parts.append("".join(f"{line}\n" for line in _rule(cls)))
    return "\n".join(parts).replace(" XOF", f" {currency}")


def _rule(cls: type[Rule]) -> Iterator[str]:
    first = " ".join(inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].split())
    yield from _comment(first, "")
    yield f"{cls.id}:"
    fields = sorted(cls.model_fields.items(), key=lambda item: item[0] in ("level", "waiver"))
    for field, info in fields:
        default = info.get_default(call_default_factory=True)
        key = info.alias or field
        if field not in ("level", "waiver"):
            yield from _comment(" ".join(field_docs(cls).get(field, "").split()), "  ")
        if default is None:
            yield f"  # {key}: (aucun)"
        else:
            yield f"  {key}: {written(default, info)}"


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, 116, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ", break_on_hyphens=False
    )


def written(value: Any, info: FieldInfo | None = None) -> str:
    """A default as an accountant types it in YAML."""
    match value:
        case bool():
            return "oui" if value else "non"
        case Money():
            return f"{_units(value)} {value.currency}"
        case int():
            return integer(value)
        case Decimal():
            return _decimal(value, info)
        case Duration() | date():
            return str(value)
        case Dated(steps=(only,)) if only.since == date.min:
            return written(only.value)
        case Dated():
            return written(value.steps)
        case Model():
            return "{" + ", ".join(_pairs(value)) + "}"
        case tuple() | list():
            return "[" + ", ".join(written(each, info) for each in value) + "]"
        case _:
            return _word(str(value))


def _units(money: Money) -> str:
    return f"{Decimal(money.units).scaleb(-money.exponent)}" if money.exponent else integer(money.units)


def _decimal(value: Decimal, info: FieldInfo | None) -> str:
    """A number or, where the setting is read as one, a percentage; the decimal comma asks YAML for quotes."""
    readers = info.metadata if info is not None else ()
    percent = any(isinstance(each, BeforeValidator) and each.func is read_percent for each in readers)
    said = f"{decimal(value)} %" if percent else decimal(value)
    return f'"{said}"' if "," in said else said


def _pairs(model: Model) -> Iterator[str]:
    for field, info in type(model).model_fields.items():
        value = getattr(model, field)
        if value is not None and not (field == "since" and value == date.min):
            yield f"{info.alias or field}: {written(value, info)}"


def _word(text: str) -> str:
    plain = text.replace("-", "").replace("_", "").isalnum() and text.isascii()
    return text if plain else f'"{text}"'
