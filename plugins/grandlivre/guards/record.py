"""What the records of this room are made of: `typing.NamedTuple` to whoever reads or checks the code.

When it runs, the same tuples are made without compiling what annotations say: some sixty classes are made before each answer that
follows an edit, and that alone would take a quarter of its time.
"""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class NamedTuple(tuple):
        """A tuple whose members have names, in the order of the class's annotations."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}

        def __init_subclass__(cls):
            fields = cls.__annotations__
            cls._fields = cls.__match_args__ = tuple(fields)
            cls._field_defaults = {name: cls.__dict__[name] for name in fields if name in cls.__dict__}
            for place, name in enumerate(fields):
                setattr(cls, name, property(itemgetter(place)))

        def __new__(cls, *members, **named):
            rest = cls._fields[len(members) :]
            if rest or named:
                known = {**cls._field_defaults, **named}
                members = (*members, *[known[name] for name in rest if name in known])
                if not named.keys() <= set(rest):
                    raise TypeError(f"{cls.__name__}: {', '.join(named.keys() - set(rest))}")
            if len(members) != len(cls._fields):
                raise TypeError(f"{cls.__name__}: {len(members)}")
            return tuple.__new__(cls, members)

        def __repr__(self):
            said = zip(self._fields, self, strict=True)
            return f"{type(self).__name__}({', '.join([f'{name}={value!r}' for name, value in said])})"

        def _replace(self, **named):
            return type(self)(
                *[named.pop(name, value) for name, value in zip(self._fields, self, strict=True)], **named
            )


__all__ = ["NamedTuple"]
