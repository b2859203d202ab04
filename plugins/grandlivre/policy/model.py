"""What the files of rules, and the rules themselves, are made of: frozen values with declared fields.

A model is an ordinary class. Pydantic, which takes as long to import as a small ledger to check, is asked only when something is to
be validated or described: it then makes a twin of the model from the same declarations (`twin`). What the twin read becomes an
instance of the model; JSON Schemas and what a field says of itself (`model_fields`) are the twin's.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NoReturn,
    Self,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter
    from pydantic.fields import FieldInfo

_F = TypeVar("_F")
_NOTHING: Any = object()
_READS = "_grandlivre_reads"
"""Where a function keeps what it reads: fields after their types did, or a whole model before or after its fields."""


class Declared:
    """What a model says of one field: its default, its key in YAML, its limits."""

    __slots__ = ("_default", "_factory", "_limits", "alias")

    def __init__(
        self, default: Any, factory: Callable[[], Any] | None, alias: str | None, limits: dict[str, Any]
    ) -> None:
        self._default = default
        self._factory = factory
        self._limits = limits
        self.alias = alias

    @property
    def is_required(self) -> bool:
        """Whether somebody must write it."""
        return self._default is _NOTHING and self._factory is None

    @property
    def shipped(self) -> Any:
        """The value where nothing is written."""
        return self._default if self._factory is None else self._factory()

    def as_pydantic(self) -> Any:
        """The same, as pydantic takes it."""
        from pydantic import Field as PydanticField

        said = dict(self._limits)
        if self.alias is not None:
            said["alias"] = self.alias
        if self._factory is not None:
            said["default_factory"] = self._factory
        elif self._default is not _NOTHING:
            said["default"] = self._default
        return PydanticField(**said)


def Field(  # noqa: N802 - the name of what declares a field, as everywhere else
    default: Any = _NOTHING,
    *,
    default_factory: Callable[[], Any] | None = None,
    alias: str | None = None,
    **limits: Any,
) -> Any:
    """A field of a model: its default, its key in YAML where the name is not it, its limits as pydantic calls them."""
    return Declared(default, default_factory, alias, limits)


class BeforeValidator:
    """Reads a value before its type does."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import BeforeValidator as Pydantic

        return Pydantic(self.func).__get_pydantic_core_schema__(source, handler)


class AfterValidator:
    """Reads a value after its type did."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self.func, handler(source))


class WithJsonSchema:
    """Says a value to an editor."""

    def __init__(self, json_schema: dict[str, Any]) -> None:
        self.json_schema = json_schema

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> Any:
        from pydantic import WithJsonSchema as Pydantic

        return Pydantic(self.json_schema).__get_pydantic_json_schema__(core, handler)


def field_validator(*names: str) -> Callable[[_F], _F]:
    """Marks a class method that reads fields once their types did."""
    return _marked("field", names)


def model_validator(*, mode: Literal["before", "after"]) -> Callable[[_F], _F]:
    """Marks what reads a whole model: a class method before its fields, a method after them."""
    return _marked(mode, ())


def _marked(when: str, names: tuple[str, ...]) -> Callable[[_F], _F]:
    def mark(function: _F) -> _F:
        setattr(getattr(function, "__func__", function), _READS, (when, names))
        return function

    return mark


class ModelType(type):
    """Notes the fields that a class declares."""

    declared: dict[str, Declared]
    """Each field by its name, in the order of the classes and of what each says."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelType:
        declared: dict[str, Declared] = {}
        for base in reversed(bases):
            declared |= getattr(base, "declared", {})
        for field, annotation in namespace.get("__annotations__", {}).items():
            if not field.startswith(("_", "model_")) and not _is_of_class(annotation):
                said = namespace.pop(field, _NOTHING)
                declared[field] = said if isinstance(said, Declared) else Declared(said, None, None, {})
        made = super().__new__(cls, name, bases, namespace)
        made.declared = declared
        return made

    @property
    def model_fields(cls) -> dict[str, FieldInfo]:
        """The fields as pydantic knows them."""
        return twin(cls).model_fields


def _is_of_class(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.startswith("ClassVar")
    return annotation is ClassVar or get_origin(annotation) is ClassVar


class Model(metaclass=ModelType):
    """What is written in a file of rules: frozen, French keys only, unknown keys refused."""

    __slots__ = ("__dict__", "__weakref__", "model_fields_set")

    model_fields_set: set[str]
    """The fields that somebody wrote."""
    _generic: ClassVar[ModelType | None] = None
    """The model that this one is made of, when that is a generic one."""
    _parameter: ClassVar[Any] = None
    """The kind of value it is made for."""

    @classmethod
    def model_validate(cls, written: Any) -> Self:
        """The model of what is written, as YAML says it; raises pydantic's ValidationError where it is none."""
        return _adapter(cls).validate_python(written)  # type: ignore[no-any-return]

    @classmethod
    def model_construct(cls, **values: Any) -> Self:
        """The model of values that need no validation; the others are those of a file that does not say them."""
        made = object.__new__(cls)
        own = made.__dict__
        for name, field in cls.declared.items():
            if name in values:
                own[name] = values[name]
            elif not field.is_required:
                own[name] = field.shipped
        object.__setattr__(made, "model_fields_set", set(values))
        return made

    @classmethod
    def rebuilt(cls, values: dict[str, Any], written: set[str]) -> Self:
        """The model of the values of all its fields, of which some were written."""
        made = object.__new__(cls)
        made.__dict__.update(values)
        object.__setattr__(made, "model_fields_set", written)
        return made

    @classmethod
    def unwritten(cls) -> Self:
        """What an absent file or block says: its defaults, for which nothing needs validating."""
        return cls.model_construct()

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The same with other values."""
        own, changed = self.__dict__, update or {}
        values = {name: own[name] for name in type(self).declared if name in own} | dict(changed)
        return self.rebuilt(values, self.model_fields_set | set(changed))

    def __class_getitem__(cls, parameter: Any) -> Any:
        return _made_for(cls, parameter)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def _values(self) -> list[Any]:
        own = self.__dict__
        return [own[name] for name in type(self).declared if name in own]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        mine, theirs = type(self), type(other)
        return (mine._generic or mine) is (theirs._generic or theirs) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(tuple(self._values()))

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        own = self.__dict__
        return ((name, own[name]) for name in type(self).declared if name in own)

    def __repr__(self) -> str:
        kind = type(self)._generic or type(self)
        return f"{kind.__name__}({', '.join(f'{name}={value!r}' for name, value in self)})"

    def __reduce__(self) -> tuple[Any, ...]:
        made = type(self)
        return _again, (
            made._generic or made,
            made._parameter if made._generic else None,
            dict(self),
            self.model_fields_set,
        )


def _again(cls: Any, parameter: Any, values: dict[str, Any], written: set[str]) -> Any:
    """A model that was copied or sent elsewhere."""
    return (cls if parameter is None else cls[parameter]).rebuilt(values, written)


@cache
def _made_for(generic: Any, parameter: Any) -> Any:
    """A generic model for one kind of value."""
    said = {"__module__": generic.__module__, "_generic": generic, "_parameter": parameter}
    return type(generic)(f"{generic.__name__}[…]", (generic,), said)


@cache
def field_docs(cls: type[Model]) -> Mapping[str, str]:
    """What the source says under each field of a model, by the field's name.

    Read when asked: at import (pydantic's `use_attribute_docstrings`) it would cost each load more than the rules' YAML.
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, Model) and "[" not in base.__qualname__:  # Since[Amount] has no source of its own
            [node] = ast.parse(textwrap.dedent(inspect.getsource(base))).body
            assert isinstance(node, ast.ClassDef)
            for field, said in pairwise(node.body):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    match said:
                        case ast.Expr(ast.Constant(str(text))):
                            found[field.target.id] = inspect.cleandoc(text)
    return found


# --- what pydantic is asked -------------------------------------------------------------------------------------------


@cache
def twin(cls: ModelType) -> type[BaseModel]:
    """A model as pydantic knows it: the same fields, read alike, but for what looks at a whole model after them."""
    import pydantic

    hints = _hints(cls)
    namespace: dict[str, Any] = {
        "__module__": cls.__module__,
        "__doc__": cls.__doc__,
        "__annotations__": {name: _as_pydantic(hints[name]) for name in cls.declared},
        "model_config": pydantic.ConfigDict(
            frozen=True,
            extra="forbid",
            arbitrary_types_allowed=True,
            defer_build=True,
            json_schema_extra=lambda schema: _describe(schema, cls),
        ),
        **{name: field.as_pydantic() for name, field in cls.declared.items()},
    }
    for name, (when, fields) in _readers(cls):
        if when == "field":
            namespace[name] = pydantic.field_validator(*fields)(staticmethod(getattr(cls, name)))
        elif when == "before":
            namespace[name] = pydantic.model_validator(mode="before")(_of_class(getattr(cls, name)))
    if described := _member(cls, "_json_schema"):
        namespace["__get_pydantic_json_schema__"] = described
    called = _title(cls)
    made: Any = type(pydantic.BaseModel)
    return made(called, (pydantic.BaseModel,), {**namespace, "__qualname__": called})  # type: ignore[no-any-return]


def _of_class(read: Callable[[Any], Any]) -> Any:
    return classmethod(lambda _cls, value: read(value))


def _title(cls: ModelType) -> str:
    """The name of a model in schemas."""
    if getattr(cls, "_generic", None) is None:
        return cls.__qualname__
    return f"{cls._generic.__name__}[{_said(cls._parameter)}]"  # type: ignore[attr-defined]


def _said(kind: Any) -> str:
    """The name of a kind of value in that of a schema."""
    if get_origin(kind) is Annotated:
        limits = (
            repr(each.as_pydantic()) if isinstance(each, Declared) else type(each).__name__
            for each in kind.__metadata__
        )
        return f"Annotated[{', '.join([_said(kind.__origin__), *limits])}]"
    if get_origin(kind) is Literal:
        return f"Literal[{', '.join(map(repr, get_args(kind)))}]"
    return str(getattr(kind, "__name__", kind))


def _hints(cls: ModelType) -> dict[str, Any]:
    """The type of each field; in a generic model `T` is what it is made for."""
    made_for = getattr(cls, "_parameter", None)
    return get_type_hints(cls, localns=None if made_for is None else {"T": made_for}, include_extras=True)


def _as_pydantic(kind: Any) -> Any:
    """A type whose limits pydantic knows."""
    if get_origin(kind) is not Annotated:
        return kind
    limits = (each.as_pydantic() if isinstance(each, Declared) else each for each in kind.__metadata__)
    return Annotated[(kind.__origin__, *limits)]


def _member(cls: ModelType, name: str) -> Any:
    """What the nearest class says under a name."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def _readers(cls: ModelType) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    """What reads fields or a whole model, by its name, in the order written."""
    for name in dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base)):
        member = _member(cls, name)
        reads = getattr(getattr(member, "__func__", member), _READS, None)
        if reads is not None:
            yield name, reads


def _describe(schema: dict[str, Any], cls: ModelType) -> None:
    """Completes the JSON Schema of a model with what its source says under each field."""
    said = field_docs(cls)
    for name, field in cls.declared.items():
        described = schema.get("properties", {}).get(field.alias or name)
        if described is not None and name in said:
            described["description"] = said[name]


@cache
def _adapter(cls: ModelType) -> TypeAdapter[Any]:
    import pydantic

    return pydantic.TypeAdapter(cls)


def _schema(cls: type[Model], _source: Any, handler: Any) -> Any:
    """What pydantic does where it meets a model: it reads its twin, and makes the model of what it read."""
    from pydantic_core import core_schema

    def made(value: Any, read: Callable[[Any], BaseModel]) -> Any:
        if isinstance(value, cls):
            return value
        found = read(value)
        return cls.rebuilt(found.__dict__, found.model_fields_set)

    schema: Any = core_schema.no_info_wrap_validator_function(made, handler.generate_schema(twin(cls)))
    for name, (when, _) in _readers(cls):
        if when == "after":
            schema = core_schema.no_info_after_validator_function(_member(cls, name), schema)
    return schema


setattr(Model, "__get_pydantic_core_schema__", classmethod(_schema))  # noqa: B010 - mypy would ask each model for it
