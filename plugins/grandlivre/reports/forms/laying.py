"""A form of the rules laid on the facts of one agreement: its tables with their formulas, its header, its signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from grandlivre.i18n import currency_label, decimal
from grandlivre.policy.figures import FIGURES, NO_BOX, WHOLE_KINDS
from grandlivre.policy.figures import Kind as Nature
from grandlivre.policy.forms import Form, FormCap, FormColumn, FormDrawn, FormRow, FormSignature, FormTable
from grandlivre.policy.values import exponent
from grandlivre.reports.forms.facts import FormFacts, LineFacts
from grandlivre.reports.forms.figures import BY_SOURCE, IN_CURRENCY, MONEY_SPENT, WHOLE, Placed, placed
from grandlivre.reports.kit.formula import Formula, rounded
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.signing import board, donor_signatures
from grandlivre.reports.kit.table import (
    Block,
    Column,
    Drawn,
    Fact,
    Kind,
    Report,
    Role,
    Row,
    Signature,
    Table,
    Text,
    Value,
    grid,
)

_KINDS: Mapping[Nature, Kind] = {
    "texte": "text",
    "montant": "money",
    "date": "date",
    "pourcentage": "percent",
    "nombre": "quantity",
}
_ROLES: Mapping[str, Role] = {"ligne": "normal", "titre": "heading", "sous-total": "subtotal", "total": "total"}
_CODES, _LABELS = ("code",), ("libelle",)
"""The figures under which a heading writes its code and its label."""


def laid(form: Form, facts: FormFacts, *, several: bool) -> Report:
    """The form of one agreement; `several`: another agreement of the tree has its own."""
    context = facts.context
    tongue = context.language if context.language in form.languages else form.languages[0]
    sheet = _Sheet(form, facts, tongue)
    tables = sheet.tables()
    shares = [sheet.cap(cap, tables[cap.table][1]) for cap in form.caps]
    own = facts.purse.own
    return context.report(
        ReportModel(name=form.model, title=form.title.in_(tongue), audience=Audience.DONOR),
        language=tongue,
        subtitle=facts.agreement.id if several else "",
        currency_label=currency_label(own) if facts.purse.currency == own and tongue == "fr" else facts.purse.currency,
        facts=(*sheet.header(), *(fact for fact, _ in shares), *sheet.named_facts(tables)),
        body=sheet.body(tables, [said for _, said in shares if said]),
        signatures=tuple(sheet.signature(each) for each in form.signatures) or donor_signatures(context),
        annexes=tuple(made for said, made in tables.values() if said.annexed),
        landscape=form.landscape,
    )


_Tables = Mapping[str, tuple[FormTable, Table]]
"""The tables of a form by their keys, each with what the form says of it."""


@dataclass(slots=True)
class _Rows:
    """The rows of a table as they are laid, and those that a sum of each name adds."""

    found: list[Row] = field(default_factory=list)
    named: dict[str, list[int]] = field(default_factory=dict)

    def add(self, row: Row, name: str = "") -> int:
        self.found.append(row)
        if name:
            self.named.setdefault(name, []).append(len(self.found) - 1)
        return len(self.found) - 1


@dataclass(frozen=True)
class _Sheet:
    """One form, the facts of one agreement, and the language it is written in."""

    form: Form
    facts: FormFacts
    tongue: str

    def header(self) -> Iterator[Fact]:
        """The boxes at the top; those that nothing fills are left to be filled by hand."""
        for said in self.form.facts:
            label = said.label.in_(self.tongue)
            value = WHOLE[said.figure](self.facts) if said.figure else said.text.in_(self.tongue)
            if value not in (None, ""):
                kind = _KINDS[WHOLE_KINDS[said.figure]] if said.figure else "text"
                yield Fact(label, value, kind, self.facts.purse.exponent if kind == "money" else 0)
            elif said.figure not in NO_BOX:
                yield Fact(label, "…………", "text")

    def tables(self) -> _Tables:
        """Every table of the form, one a currency where it is repeated."""
        found: dict[str, tuple[FormTable, Table]] = {}
        for said in self.form.tables:
            for currency in self.facts.currencies if said.by_currency else (self.facts.purse.currency,):
                made = self.table(said, currency)
                found[made.key] = (said, made)
        return found

    def body(self, tables: _Tables, warnings: list[str]) -> tuple[Block, ...]:
        """What stands above the signatures: what is wrong, the tables, what is certified."""
        found: list[Block] = [Text(tuple(warnings), role="warning")] if warnings else []
        found += [made for said, made in tables.values() if not said.annexed]
        if self.form.certification:
            found.append(Text(tuple(each.in_(self.tongue) for each in self.form.certification), role="sentence"))
        return tuple(found)

    def _note(self, said: FormTable, rows: list[Row]) -> str:
        """The remark under a table, and what the form says of each column that no row fills."""
        empty = (
            self._filled(column.when_empty.in_(self.tongue))
            for column in said.columns
            if all(row.cells.get(column.key) is None for row in rows)
        )
        return " ".join(filter(None, (said.note.in_(self.tongue), *empty)))

    def _filled(self, words: str) -> str:
        """A sentence with what it names filled in: what is to be written can be copied."""
        facts = self.facts
        needs = sum(facts.planned(line, facts.following) or 0 for line in facts.lines)
        for name, value in (
            ("convention", facts.agreement.id),
            ("periode", facts.context.period.code),
            ("activite", next((each.code for each in facts.activities), "A1")),
            ("jour", facts.following.start.isoformat()),
            ("montant", f"{Decimal(needs).scaleb(-facts.purse.exponent):f}"),
            ("monnaie", facts.purse.currency),
        ):
            words = words.replace(f"{{{name}}}", value)
        return words

    def named_facts(self, tables: _Tables) -> Iterator[Fact]:
        """The rows of the table that the form names, as facts of their own for machines, by what its first column calls them."""
        if self.form.named not in tables:
            return
        table = tables[self.form.named][1]
        first, money = table.columns[0], [column for column in table.columns if column.kind == "money"][-1]
        for row in table.rows:
            if row.key:
                name = str(row.cells.get(first.key) or row.key)
                yield Fact(name, row.cells.get(money.key), "money", money.exponent, page=False)

    def table(self, said: FormTable, currency: str) -> Table:
        """A table; `currency` is that of what was spent, where it is repeated for each."""
        columns = [self._column(said, column, currency) for column in said.columns]
        rows = _Rows()
        for row in said.rows:
            if row.source is not None:
                self._sourced(said, row, rows, currency)
            else:
                self._alone(said, row, rows)
        title = said.title.in_(self.tongue) + (f" – {currency}" if said.by_currency else "")
        key = f"{said.key}-{currency}" if said.by_currency else said.key
        sheet = said.sheet.in_(self.tongue) + (
            f" {currency}" if said.by_currency and said.sheet.in_(self.tongue) else ""
        )
        listed = any(row.source == "depenses" and row.grouped for row in said.rows)
        lines = next((column.key for column in said.columns if listed and column.figure == "ligne"), "")
        return grid(key, title, columns, rows.found, self._note(said, rows.found), sheet, parts=lines)

    def _column(self, table: FormTable, said: FormColumn, currency: str) -> Column:
        kind = _KINDS[table.kind(said)]
        places = exponent(currency) if said.figure in MONEY_SPENT else self.facts.purse.exponent
        return Column(
            said.key,
            said.title.in_(self.tongue),
            kind,
            width=said.width,
            total="sum" if kind == "money" and said.adds else "none",
            formula=Formula(said.formula) if said.formula else None,
            group=said.group.in_(self.tongue),
            exponent=places if kind == "money" else 0,
            drawn=_drawn(said.drawn),
            page=said.page,
            data=said.data,
            as_written=said.figure == "montant-devise",
        )

    def _sourced(self, table: FormTable, said: FormRow, rows: _Rows, currency: str) -> None:
        """The rows of a source, each heading before its own with their sum; a list of expenses is parted by the page alone."""
        assert said.source is not None
        groups: dict[tuple[str, str], list[Placed]] = {}
        for each in placed(self.facts, said.source):
            groups.setdefault(each[0] if said.grouped and said.source != "depenses" else ("", ""), []).append(each)
        rows.named.setdefault(said.name, [])
        for heading, own in groups.items():
            headed = any(heading)
            if headed:
                at = len(rows.found) + 1
                cells = self._heading(table, heading)
                rows.add(Row(cells, role="subtotal", sums=range(at, at + len(own))), said.name)
            for _, about, entries in own:
                cells = {
                    column.key: self._value(table, column, said, about, currency)
                    for column in table.columns
                    if column.figure in FIGURES[said.source]
                }
                refs = tuple(dict.fromkeys(self.facts.context.ref(entry) for entry in entries))
                rows.add(Row(cells, depth=1 if headed else 0, refs=refs), "" if headed else said.name)

    def _value(self, table: FormTable, column: FormColumn, said: FormRow, about: object, currency: str) -> Value:
        assert said.source is not None
        if table.by_currency and column.figure in IN_CURRENCY and isinstance(about, LineFacts):
            return IN_CURRENCY[column.figure](about, currency)
        return BY_SOURCE[said.source][column.figure](self.facts, about)

    def _heading(self, table: FormTable, heading: tuple[str, str]) -> dict[str, Value]:
        """The code and the label of a heading, each in the column that holds them; both in one where there is one."""
        code, label = heading
        cells: dict[str, Value] = {}
        coded = next((column.key for column in table.columns if column.figure in _CODES), "")
        labelled = next((column.key for column in table.columns if column.figure in _LABELS), "") or _first_text(table)
        if coded and coded != labelled:
            cells[coded] = code
            cells[labelled] = label
        else:
            cells[labelled] = " ".join(filter(None, heading))
        return cells

    def _alone(self, table: FormTable, said: FormRow, rows: _Rows) -> None:
        cells: dict[str, Value] = {key: words.in_(self.tongue) for key, words in said.texts.items()}
        if label := said.label.in_(self.tongue):
            cells[_first_text(table, cells)] = label
        cells |= {key: WHOLE[name](self.facts) for key, name in said.values.items()}
        sums = [index for name in said.adds for index in rows.named.get(name, ())]
        formula = Formula(said.formula) if said.formula else None
        rows.add(Row(cells, role=_ROLES[said.role], key=said.key, sums=sums, formula=formula), said.key)

    def cap(self, said: FormCap, table: Table) -> tuple[Fact, str]:
        """What a share is beside what the donor allows; and the sentence that says it is beyond, "" when it is not."""
        word, column = self.facts.context._, table.column(said.column)
        part, whole = (_units(table, key, column.key) for key in (said.row, said.of))
        share = Decimal(0) if not whole else rounded(Fraction(part, whole) * 100, 3)
        numbers = {"share": self._number(share), "most": self._number(said.most)}
        what = said.said.in_(self.tongue)
        over = part * 100 > whole * said.most
        told = word("{what} : {share} %, au-dessus du plafond de {most} % : à ramener au plafond.").format(
            what=what, **numbers
        )
        return Fact(what, word("{share} %, au plus {most} %").format(**numbers), "text"), told if over else ""

    def _number(self, number: Decimal) -> str:
        return decimal(number) if self.tongue == "fr" else f"{number.normalize():f}"

    def signature(self, said: FormSignature) -> Signature:
        """A box to sign."""
        role, note = said.role.in_(self.tongue), said.note.in_(self.tongue)
        if said.who == "personne":
            return Signature(role, "", note)
        found = officer(self.facts.context, DIRECTOR) if said.who == "directeur" else board(self.facts.context)
        return Signature(role or found.role, found.name, note or (found.role if role else ""))


def _drawn(said: FormDrawn | None) -> Drawn | None:
    """Where a spreadsheet recomputes a column from."""
    if said is None:
        return None
    return Drawn(said.table, said.column, where=tuple((there, here) for here, there in said.where.items()))


def _first_text(table: FormTable, taken: Mapping[str, Value] = {}) -> str:
    """The column that a label stands in: the labels' own, else the first one of texts that holds none yet."""
    texts = [column for column in table.columns if table.kind(column) == "texte" and column.key not in taken]
    labels = [column.key for column in texts if column.figure in _LABELS]
    return (labels or [column.key for column in texts] or [table.columns[0].key])[0]


def _units(table: Table, key: str, column: str) -> int:
    value = next((row.cells.get(column) for row in table.rows if row.key == key), None)
    return value if isinstance(value, int) else 0
