"""The changes of the rules in words: one French sentence each, with what the key means, as its schema says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic_core import PydanticCustomError

from grandlivre.books.digest import sealed_rules
from grandlivre.books.index import Books
from grandlivre.checks import rule_classes
from grandlivre.i18n import counted, day, one_line, show
from grandlivre.policy.changes import CONTROLS, Change, Kind, changes
from grandlivre.policy.loading import file_models
from grandlivre.policy.model import Model
from grandlivre.policy.values import field_docs, read_date, read_money
from grandlivre.policy.written import Written, all_written, one_spaced, written_files, written_now
from grandlivre.render.manual import summary

_SHOWN = 8
"""Values of a row that are told; the others are counted."""

Values = Mapping[tuple[str, str], Written]


class Told(NamedTuple):
    """A change of the rules, where it stands today and its sentence."""

    change: Change
    line: int | None
    """None where nothing stands any more."""
    sentence: str


def told_between(former: Path, rules: Path) -> tuple[Told, ...]:
    """What changed from one folder of rules to another: everything that is written there."""
    return told({where: each.value for where, each in all_written(former).items()}, all_written(rules))


def told_since_closing(books: Books) -> tuple[str, tuple[Told, ...]]:
    """The last closing that keeps rules, and what changed since among what is in force today; "" without one."""
    root = books.policy.root
    closing = next((each for each in reversed(books.closings) if sealed_rules(books, each)), None)
    if root is None or closing is None:
        return "", ()
    return closing.period, told(sealed_rules(books, closing), written_now(written_files(root), books.today))


def told(before: Mapping[tuple[str, str], str], now: Values) -> tuple[Told, ...]:
    """What changed, from values kept elsewhere to those that stand in the rules."""
    folded = {where: one_spaced(each.value) for where, each in now.items()}
    return tuple(_told(each, now) for each in changes({k: one_spaced(v) for k, v in before.items()}, folded))


def _told(change: Change, now: Values) -> Told:
    at = now.get((change.file, change.anchor))
    line = at.line if at is not None else None
    if not change.key and change.kind is not Kind.LOST_FILE:
        line = 1
    meaning = _meaning(change)
    return Told(change, line, one_line(f"{_fact(change)}.{f' {meaning}' if meaning else ''}"))


def _fact(change: Change) -> str:
    key, before, now = change.key, change.before, change.now
    match change.kind:
        case Kind.NEW_FILE:
            return f"Fichier de règles ajouté ({counted(int(now or 0), 'valeur')})"
        case Kind.LOST_FILE:
            return f"Fichier de règles retiré ({counted(int(before or 0), 'valeur')})"
        case Kind.RENAMED:
            return f"Fichier de règles renommé : {before} → {now}"
        case Kind.STOPPED:
            return f"La règle {key} est arrêtée"
        case Kind.RESUMED:
            return f"La règle {key} est remise en service{_rows(change, ' (', ')')}"
        case Kind.CAME | Kind.WENT:
            if change.rows[0][0]:
                return f"{key} : {change.kind.value}{_rows(change, ' (', ')')}"
            value = _shown(change.rows[0][1])
            return f"{key} : rien → {value}" if change.kind is Kind.CAME else f"{key} : {value} → rien"
        case _:
            return f"{key} : {_both(before, now)}{_days(change.start, change.end)}"


def _both(before: str | None, now: str | None) -> str:
    """« 51 000 → 500 000 FCFA »: the currency once when it is the same."""
    one, other = _shown(before), _shown(now)
    label = other.rpartition(" ")[2]
    if before and now and _is_money(before) and _is_money(now) and one.endswith(f" {label}"):
        one = one.removesuffix(f" {label}")
    return f"{one} → {other}"


def _rows(change: Change, opening: str, closing: str) -> str:
    rows = [_shown(value) if key.isdigit() else f"{key} {_shown(value)}" for key, value in change.rows if key]
    more = len(rows) - _SHOWN
    if more > 0:
        rows = [*rows[:_SHOWN], f"et {counted(more, 'autre valeur', 'autres valeurs')}"]
    return f"{opening}{' ; '.join(rows)}{closing}" if rows else ""


def _days(start: date | None, end: date | None) -> str:
    if start is not None and end is not None:
        return f" du {day(start)} au {day(end)}"
    if start is not None:
        return f" depuis le {day(start)}"
    return f" jusqu'au {day(end)}" if end is not None else ""


def _is_money(text: str) -> bool:
    try:
        read_money(text)
    except PydanticCustomError:
        return False
    return True


def _shown(text: str | None) -> str:
    """A value as sentences write it."""
    if text is None or not text.strip():
        return "rien"
    for read in (read_money, read_date):
        try:
            return show(read(text))
        except PydanticCustomError:
            continue
    return text


# --- what a key means ---------------------------------------------------------------------------------------------------


def _meaning(change: Change) -> str:
    """What the key of a change means, as the schemas say it; "" where they say nothing, or two things."""
    name = change.file.partition("/")[2]
    rule, _, rest = change.key.partition(".")
    if name == CONTROLS:
        cls = {each.id: each for each in rule_classes()}.get(rule)
        if cls is None or not rest:
            return summary(cls) if cls is not None else ""
        return _field(cls, rest.split("."))
    model = next((model for pattern, model in file_models().items() if Path(name).match(pattern)), None)
    return _field(model, change.key.split(".")) if model is not None and change.key else ""


def _field(model: type[Model], parts: list[str]) -> str:
    """What is said of the last part of a key that names a field of the model, or of those it is made of."""
    said = _described(model)
    return next((said[part] for part in reversed(parts) if part in said), "")


@cache
def _described(model: type[Model]) -> Mapping[str, str]:
    """By YAML key, what a model and those it is made of say of it; without the keys of which they say two things."""
    found: dict[str, set[str]] = {}
    for each in _models(model, set()):
        docs = field_docs(each)
        for name, info in each.model_fields.items():
            found.setdefault(info.alias or name, set()).add(" ".join(docs.get(name, "").split()))
    return {key: next(iter(texts)) for key, texts in found.items() if len(texts) == 1}


def _models(kind: Any, seen: set[Any]) -> Iterator[type[Model]]:
    if isinstance(kind, type) and issubclass(kind, Model) and "[" not in kind.__qualname__:
        if kind not in seen:
            seen.add(kind)
            yield kind
            for info in kind.model_fields.values():
                yield from _models(info.annotation, seen)
        return
    inner = (
        [info.annotation for info in kind.model_fields.values()] if hasattr(kind, "model_fields") else get_args(kind)
    )
    for each in inner:
        yield from _models(each, seen)
