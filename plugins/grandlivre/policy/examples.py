"""The form a key takes, written out from its own model: what to type where something else was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from grandlivre.policy.model import Model, WithJsonSchema

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def example_of(model: type[Model], where: Sequence[str | int]) -> str:
    """How the value at a location (French keys and ranks) is written, its required keys alone; "" when nothing says it."""
    kinds: list[Any] = [model]
    info: FieldInfo | None = None
    for step in where:
        if isinstance(step, int):
            continue
        fields = [found for kind in kinds for found in _fields(kind) if found[0] == step]
        if not fields:
            return ""
        info = fields[0][1]
        kinds = [info.annotation]
    return _form(info.annotation, info.metadata) if info is not None else ""


def _fields(annotation: Any) -> Iterator[tuple[str, FieldInfo]]:
    """Each key of the models an annotation names, at any depth of lists, mappings and unions."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        for name, info in annotation.model_fields.items():
            yield info.alias or name, info
    for inner in get_args(annotation):
        yield from _fields(inner)


def _form(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """How a value is written: the example its type gives, else what its type is made of."""
    example = _given(metadata)
    if example is not None:
        return example
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return _block(annotation)
    if hasattr(annotation, "__metadata__"):  # Annotated
        return _form(inner[0], annotation.__metadata__)
    if annotation is date:
        return "2026-01-31"
    if origin is Literal:
        return str(inner[0])
    if origin is tuple:
        return f"[{_form(inner[0])}]"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{{…: {_form(inner[1])}}}"
    return next((_form(each) for each in inner if each is not type(None)), "…")


def _given(metadata: Sequence[Any]) -> str | None:
    """The example that a type itself gives."""
    for said in metadata:
        if isinstance(said, WithJsonSchema) and said.json_schema and (examples := said.json_schema.get("examples")):
            return str(examples[0])
    return None


def _block(model: type[Model]) -> str:
    """A block with the keys that a model requires."""
    required = [(key, info) for key, info in _fields(model) if info.is_required()]
    keys = ", ".join(f"{key}: {_form(info.annotation, info.metadata)}" for key, info in required)
    return f"{{{keys}}}" if keys else ""
