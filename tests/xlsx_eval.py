"""Evaluates the formulas of our spreadsheets by an independent path.

Numbers, cell references (of other sheets too), SUM, SUMPRODUCT over comparisons, IF, ROUND, + - * / and =.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from io import BytesIO

import openpyxl
from openpyxl.utils import range_boundaries

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|((?:'(?:[^']|'')+'!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)|([A-Z]+)(?=\()"
    r'|("[^"]*")|([-+*/=(),]))'
)


class Sheet:
    """One sheet: what is written in each cell, and what its formulas are worth."""

    def __init__(self, written, cached, others: dict[str, Sheet]) -> None:
        self.written = written
        self.cached = cached
        self.others = others
        self.known: dict[str, object] = {}

    def formulas(self) -> dict[str, tuple[object, object]]:
        """Every formula's cell: its value computed here, and the value the file carries."""
        return {
            cell.coordinate: (self.value(cell.coordinate), self.cached[cell.coordinate].value)
            for row in self.written.iter_rows()
            for cell in row
            if cell.data_type == "f"
        }

    def value(self, at: str) -> object:
        if at not in self.known:
            content = self.written[at].value
            if self.written[at].data_type == "f":
                parser = _Parser(content[1:], self)
                content = parser.comparison()
                assert not parser.rest, f"{at}: {self.written[at].value} is not understood from {parser.rest}"
            elif isinstance(content, int | float):
                content = Fraction(str(content))
            self.known[at] = content
        return self.known[at]

    def find(self, reference: str) -> tuple[Sheet, str]:
        """The sheet that a reference names, and the reference inside it."""
        name, _, cell = reference.rpartition("!")
        return self.others[name[1:-1].replace("''", "'")] if name else self, cell.replace("$", "")

    def content(self, at: str) -> object:
        """What is in a cell, as a comparison sees it."""
        return "" if (value := self.value(at)) is None else value

    def number(self, at: str) -> Fraction:
        value = self.value(at)
        assert value is None or isinstance(value, Fraction), f"{at} holds {value!r}"
        return value or Fraction(0)


def sheets(content: bytes) -> dict[str, Sheet]:
    """The sheets of a workbook by name."""
    written = openpyxl.load_workbook(BytesIO(content))
    cached = openpyxl.load_workbook(BytesIO(content), data_only=True)
    found: dict[str, Sheet] = {}
    found |= {sheet.title: Sheet(sheet, cached[sheet.title], found) for sheet in written.worksheets}
    return found


class _Parser:
    def __init__(self, text: str, sheet: Sheet) -> None:
        self.sheet = sheet
        self.rest: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found, f"{text!r} is not understood at {at}"
            kind = ("number", "cell", "function", "text", "sign")[found.lastindex - 1]
            self.rest.append((kind, found[found.lastindex]))
            at = found.end()

    def take(self, *signs: str) -> str:
        if self.rest and self.rest[0][1] in signs and self.rest[0][0] == "sign":
            return self.rest.pop(0)[1]
        return ""

    def comparison(self):
        left = self.addition()
        return left == self.addition() if self.take("=") else left

    def addition(self):
        value = self.product()
        while sign := self.take("+", "-"):
            other = self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self):
        value = self.atom()
        while sign := self.take("*", "/"):
            other = self.atom()
            value = value * other if sign == "*" else (value / other if other else None)
        return value

    def atom(self):
        if self.take("-"):
            return -self.atom()
        if self.take("("):
            value = self.comparison()
            assert self.take(")")
            return value
        kind, text = self.rest.pop(0)
        match kind:
            case "number":
                return Fraction(text)
            case "text":
                return text[1:-1]
            case "cell" if ":" not in text:
                sheet, at = self.sheet.find(text)
                return sheet.number(at)
            case "function":
                return self.function(text)
        raise AssertionError(f"{text!r} is not understood")

    def function(self, name: str):
        assert self.take("(")
        if name == "SUM":
            total = Fraction(0)
            while True:
                if self.rest[0][0] == "cell":
                    sheet, range_ = self.sheet.find(self.rest.pop(0)[1])
                    total += sum((sheet.number(cell) for cell in _cells(range_)), Fraction(0))
                else:
                    total += self.addition()
                if self.take(")"):
                    return total
                assert self.take(",")
        if name == "SUMPRODUCT":
            return self.matching()
        if name == "IF":
            test = self.comparison()
            assert self.take(",")
            chosen = self.comparison()
            assert self.take(",")
            other = self.comparison()
            assert self.take(")")
            return chosen if test else other
        assert name == "ROUND", name
        value = self.addition()
        assert self.take(",")
        places = int(self.addition())
        assert self.take(")")
        if value is None:
            return None
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return Fraction(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))

    def matching(self) -> Fraction:
        """(range=cell)*(range=cell)*range, the function's name and parenthesis already read."""
        kept: list[bool] | None = None
        while self.take("("):
            sheet, column = self.sheet.find(self.rest.pop(0)[1])
            assert self.take("=")
            here, at = self.sheet.find(self.rest.pop(0)[1])
            assert self.take(")")
            assert self.take("*")
            same = [sheet.content(cell) == here.content(at) for cell in _cells(column)]
            kept = same if kept is None else [one and other for one, other in zip(kept, same, strict=True)]
        sheet, column = self.sheet.find(self.rest.pop(0)[1])
        assert kept is not None
        assert self.take(")")
        return sum((sheet.number(cell) for cell, yes in zip(_cells(column), kept, strict=True) if yes), Fraction(0))


def _cells(text: str) -> list[str]:
    left, top, right, bottom = range_boundaries(text)
    letter = openpyxl.utils.get_column_letter
    return [f"{letter(column)}{row}" for row in range(top, bottom + 1) for column in range(left, right + 1)]
