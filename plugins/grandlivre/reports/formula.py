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
            return _worth(_parsed(self.text).tree, cells)
        except ZeroDivisionError:
            return None

    def written(self, cell: Callable[[Reference], str]) -> tuple[str, tuple[str, ...]]:
        """The spreadsheet's expression and its divisors, each named cell written by `cell`."""
        divisors: list[str] = []
        text = _written(_parsed(self.text).tree, cell, divisors)
        return text, tuple(dict.fromkeys(divisors))


class _Parsed(NamedTuple):
    tree: ast.expr
    names: tuple[Reference, ...]


_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@cache
def _parsed(text: str) -> _Parsed:
    tree = ast.parse(text, mode="eval").body
    names: list[Reference] = []
    _collect(tree, text, names)
    return _Parsed(tree, tuple(dict.fromkeys(names)))


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


def _worth(node: ast.expr, cells: Mapping[Reference, Number | None]) -> Number:
    match node:
        case ast.Constant(value=value):
            return Fraction(str(value)) if isinstance(value, float) else int(str(value))
        case ast.UnaryOp(operand=operand):
            return -_worth(operand, cells)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _worth(left, cells), _worth(right, cells)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case _:
                    return Fraction(a) / b
        case _:
            return cells.get(_reference(node)) or 0


def _written(node: ast.expr, cell: Callable[[Reference], str], divisors: list[str]) -> str:
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.UnaryOp(operand=operand):
            inner = _written(operand, cell, divisors)
            return f"-({inner})" if isinstance(operand, ast.BinOp) else f"-{inner}"
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _written(left, cell, divisors), _written(right, cell, divisors)
            a = f"({a})" if _looser(left, op) else a
            b = f"({b})" if _looser(right, op) or isinstance(right, ast.BinOp) else b
            if isinstance(op, ast.Div):
                divisors.append(b)
            return f"{a}{_SIGNS[type(op)]}{b}"
        case _:
            return cell(_reference(node))


def _looser(node: ast.expr, op: ast.operator) -> bool:
    tight = isinstance(op, ast.Mult | ast.Div)
    return tight and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def rounded(number: Number, places: int) -> Decimal:
    """Rounded half away from zero, as spreadsheets do."""
    scaled = abs(Fraction(number)) * 10**places + Fraction(1, 2)
    whole = scaled.numerator // scaled.denominator
    value = Decimal(whole).scaleb(-places)
    return -value if number < 0 and whole else value
