"""Small expressions over named cells, worth the same in Python and in a spreadsheet: names, numbers, + - * / and parentheses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

Number = int | Fraction


class Reference(NamedTuple):
    """A cell a formula names: `actual`, or `above.balance` for the last filled one above."""

    key: str
    above: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression such as `budget - actual - orders`; an empty cell counts 0, a division by 0 gives an empty cell."""

    text: str

    @property
    def names(self) -> tuple[Reference, ...]:
        """The cells it names, in the order they appear."""
        return _parsed(self.text).names

    @property
    def runs(self) -> bool:
        """Whether it carries a value down from the row above."""
        return any(name.above for name in self.names)

    @property
    def rounds(self) -> bool:
        """Whether it can give more decimals than its cells hold."""
        return any(sign in self.text for sign in "*/")

    def worth(self, cells: Mapping[Reference, Number | None]) -> Number | None:
        """Its value; `None` when it divides by zero."""
        try:
            return _parsed(self.text).worth(cells)
        except ZeroDivisionError:
            return None

    def written(self, cell: Callable[[Reference], str]) -> tuple[str, tuple[str, ...]]:
        """The spreadsheet's expression and its divisors, each named cell written by `cell`."""
        parsed = _parsed(self.text)
        cells = [cell(name) for name in parsed.names]
        return parsed.pattern.format(*cells), tuple([divisor.format(*cells) for divisor in parsed.divisors])


Worth = Callable[[Mapping[Reference, Number | None]], Number]
"""What a part of a formula is worth, given its cells."""


class _Parsed(NamedTuple):
    """A formula read once: most tables write the same one on each of their rows."""

    names: tuple[Reference, ...]
    worth: Worth
    pattern: str
    """The spreadsheet's expression, with a gap for each name."""
    divisors: tuple[str, ...]


_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@cache
def _parsed(text: str) -> _Parsed:
    tree = ast.parse(text, mode="eval").body
    names: list[Reference] = []
    _collect(tree, text, names)
    known = tuple(dict.fromkeys(names))
    divisors: list[str] = []
    pattern = _written(tree, {name: f"{{{index}}}" for index, name in enumerate(known)}, divisors)
    return _Parsed(known, _worth(tree), pattern, tuple(dict.fromkeys(divisors)))


def _collect(node: ast.expr, text: str, names: list[Reference]) -> None:
    match node:
        case ast.Name() | ast.Attribute(value=ast.Name(id="above")):
            names.append(_reference(node))
        case ast.Constant(value=int() | float()):
            pass
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _collect(operand, text, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            _collect(left, text, names)
            _collect(right, text, names)
        case _:
            raise ValueError(f"formula {text!r}: {ast.unparse(node)} is not understood")


def _reference(node: ast.expr) -> Reference:
    if isinstance(node, ast.Attribute):
        return Reference(node.attr, above=True)
    assert isinstance(node, ast.Name)
    return Reference(node.id)


def _worth(node: ast.expr) -> Worth:
    match node:
        case ast.Constant(value=value):
            number = Fraction(str(value)) if isinstance(value, float) else int(str(value))
            return lambda cells: number
        case ast.UnaryOp(operand=operand):
            inner = _worth(operand)
            return lambda cells: -inner(cells)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _worth(left), _worth(right)
            match op:
                case ast.Add():
                    return lambda cells: a(cells) + b(cells)
                case ast.Sub():
                    return lambda cells: a(cells) - b(cells)
                case ast.Mult():
                    return lambda cells: a(cells) * b(cells)
                case _:
                    return lambda cells: Fraction(a(cells)) / b(cells)
        case _:
            name = _reference(node)
            return lambda cells: cells.get(name) or 0


def _written(node: ast.expr, cells: Mapping[Reference, str], divisors: list[str]) -> str:
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.UnaryOp(operand=operand):
            inner = _written(operand, cells, divisors)
            return f"-({inner})" if isinstance(operand, ast.BinOp) else f"-{inner}"
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _written(left, cells, divisors), _written(right, cells, divisors)
            a = f"({a})" if _looser(left, op) else a
            b = f"({b})" if _looser(right, op) or isinstance(right, ast.BinOp) else b
            if isinstance(op, ast.Div):
                divisors.append(b)
            return f"{a}{_SIGNS[type(op)]}{b}"
        case _:
            return cells[_reference(node)]


def _looser(node: ast.expr, op: ast.operator) -> bool:
    tight = isinstance(op, ast.Mult | ast.Div)
    return tight and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def rounded(number: Number | Decimal, places: int) -> Decimal:
    """Rounded half away from zero, as spreadsheets do."""
    numerator, denominator = number.as_integer_ratio()
    whole = (2 * abs(numerator) * 10**places + denominator) // (2 * denominator)
    value = Decimal(whole).scaleb(-places)
    return -value if number < 0 and whole else value
