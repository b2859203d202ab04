"""What a donor reads beside the execution of its budget: how the budget was made and moved, variances and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from grandlivre.books.budget import BudgetVersion, budget_versions, planned
from grandlivre.books.flexibility import room
from grandlivre.policy.donors import Agreement, BudgetLine
from grandlivre.policy.periods import Period, day_after, month_end
from grandlivre.policy.values import add_months
from grandlivre.reports.exchange import Exchange
from grandlivre.reports.execution import Execution, HeadingExecution, LineExecution
from grandlivre.reports.kit.budget_rows import budget_rows, cumulative_title, supported, title
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Column, Table, Value, grid
from grandlivre.reports.kit.tellings import Telling
from grandlivre.reports.kit.twins import SUFFIX, with_twins
from grandlivre.reports.kit.wording import day

TO_EXPLAIN = "à expliquer"
"""What stands in place of an explanation that nobody wrote yet."""


def following(period: Period) -> Period:
    """The period of the same length that comes after."""
    months = sum(1 for _ in period.months())
    start = day_after(period.end)
    return Period("", start, month_end(add_months(start, months - 1)))


@dataclass(frozen=True)
class Outlook:
    """One agreement's lines against what was planned: by now, and in the next period; in whole francs."""

    context: Context
    agreement: Agreement

    @cached_property
    def versions(self) -> tuple[BudgetVersion, ...]:
        """The versions of its budget."""
        return budget_versions(self.agreement, self.context.books.policy.currency)

    @cached_property
    def version(self) -> BudgetVersion:
        """The one in force at the period's end."""
        end = self.context.period.end
        return next((each for each in reversed(self.versions) if each.since <= end), self.versions[0])

    @cached_property
    def lines(self) -> Mapping[str, BudgetLine]:
        """The budget in force at the period's end."""
        return self.agreement.budget_at(self.context.period.end)

    def planned(self, line: LineExecution) -> int:
        """By the situation day; nothing is planned on what waits for the donor's approval."""
        span = Period("", self.agreement.start, max(self.context.reached, self.agreement.start))
        return self._within(line, span)

    def forecast(self, line: LineExecution) -> int:
        """In the next period, at most what the line has left."""
        return self._left(line, following(self.context.period))

    @cached_property
    def ahead(self) -> Period:
        """From the day after the situation day to the end of the next period: what runs still is to be spent too."""
        return Period("", day_after(self.context.reached), following(self.context.period).end)

    def ahead_of(self, line: LineExecution) -> int:
        """In those days, at most what the line has left."""
        return self._left(line, self.ahead)

    def _left(self, line: LineExecution, span: Period) -> int:
        return max(0, min(self._within(line, span), line.budget - line.cumulative))

    def _within(self, line: LineExecution, span: Period) -> int:
        return 0 if line.reserve else planned(self.agreement, self.lines.get(line.code), line.budget, span)

    def unexplained(self, line: LineExecution, told: str) -> bool:
        """Whether its variance is beyond the donor's threshold and nobody explained it."""
        threshold = self.agreement.explained
        if threshold is None or told or line.reserve:
            return False
        wanted = self.planned(line)
        return abs(line.cumulative - wanted) * 100 > wanted * threshold


def allocation_table(context: Context, execution: Execution, found: Exchange | None) -> Table | None:
    """How each line's budget was made: units, the amount signed, addenda, what was moved, what may still be."""
    agreement = execution.agreement
    if agreement is None or not agreement.headings:
        return None
    word, end, own = context._, context.period.end, context.books.policy.currency
    outlook = Outlook(context, agreement)
    version = outlook.version
    of_lines, of_headings = room(agreement, outlook.versions, end)
    columns = (
        Column("code", word("Code"), width=5),
        Column("label", word("Rubrique / Ligne"), width=26),
        Column("unit", word("Unité"), width=8),
        Column("units", word("Nombre"), "quantity"),
        Column("unit_cost", word("Coût unitaire"), "money"),
        Column("initial", word("Initial"), "money", total="sum", group=word("Budget")),
        Column("amended", word("Dernier avenant"), "money", total="sum", group=word("Budget")),
        Column("reallocation", word("Réaffecté"), "money", total="sum", group=word("Budget")),
        Column(
            "budget",
            word("Révisé"),
            "money",
            total="sum",
            formula=Formula("amended + reallocation"),
            group=word("Budget"),
        ),
        Column("up", word("À recevoir"), "money", group=word("Souplesse restante")),
        Column("down", word("À céder"), "money", group=word("Souplesse restante")),
    )

    def cells(line: LineExecution) -> dict[str, Value]:
        defined = outlook.lines.get(line.code)
        amended = version.base.get(line.code, 0)
        up, down = of_lines.get(line.code, (None, None))
        values: dict[str, Value] = {
            "unit": defined.unit_in(context.language) if defined is not None else "",
            "units": defined.quantity if defined is not None else None,
            "unit_cost": agreement.in_francs(defined.unit_cost, end, own) if defined is not None else None,
            "initial": line.initial,
            "amended": amended,
            "reallocation": line.budget - amended,
            "up": up,
            "down": down,
        }
        if found is not None:
            values |= _allocation_in_currency(found, line.code, defined, end)
            values |= _budget_rate(found, {"up": up, "down": down}, end)
        return values

    def of_heading(heading: HeadingExecution) -> dict[str, Value]:
        up, down = of_headings.get(heading.code, (None, None))
        own: dict[str, Value] = {"up": up, "down": down}
        return own | (_budget_rate(found, {"up": up, "down": down}, end) if found is not None else {})

    shown = with_twins(columns, found.currency) if found is not None else columns
    rows = budget_rows(context, execution, cells, of_heading, elapsed=False)
    heading = f"{word('Budget : unités, réaffectations et souplesse')} – {title(context, execution)}"
    return grid(f"allocation-{agreement.id}", heading, shown, rows, _flexibility_note(context, agreement))


def _allocation_in_currency(found: Exchange, code: str, defined: BudgetLine | None, end: date) -> dict[str, Value]:
    unit_cost = None
    if defined is not None:
        money = defined.unit_cost
        unit_cost = money.units if money.currency == found.currency else found.conversion.planned(money.units, end)
    moved = found.moved(code, end)
    return {
        "unit_cost" + SUFFIX: unit_cost,
        "initial" + SUFFIX: found.initial(code),
        "amended" + SUFFIX: found.amended(code, end),
        "reallocation" + SUFFIX: moved,
    }


def _budget_rate(found: Exchange, values: Mapping[str, int | None], end: date) -> dict[str, Value]:
    return {
        key + SUFFIX: None if value is None else found.conversion.planned(value, end) for key, value in values.items()
    }


def _flexibility_note(context: Context, agreement: Agreement) -> str:
    """What may move without an addendum, and what was moved."""
    word = context._
    said = []
    for rule in agreement.flexibility:
        level = word("par rubrique") if rule.level == "rubrique" else word("par ligne")
        said.append(word("Souplesse : {share} % {level}.").format(share=f"{rule.threshold:f}", level=level))
    for move in agreement.moves_in_force(context.period.end):
        text = word("{day} : {amount} de la ligne {source} à la ligne {target}").format(
            day=day(move.since), amount=move.amount, source=move.source, target=move.target
        )
        said.append(f"{text}{f' ({move.approval})' if move.approval else ''}.")
    return " ".join(said)


def variance_table(context: Context, execution: Execution, found: Exchange | None, told: Telling) -> Table | None:
    """What was spent against what was planned by now, why they differ, and what the next period is to spend."""
    agreement = execution.agreement
    if agreement is None or not agreement.headings:
        return None
    word = context._
    outlook, at = Outlook(context, agreement), context.reached
    columns = (
        Column("code", word("Code"), width=5),
        Column("label", word("Rubrique / Ligne"), width=26),
        Column("planned", word("Prévu à ce jour"), "money", total="sum"),
        Column("actual", cumulative_title(context, execution), "money", total="sum"),
        Column("variance", word("Écart"), "money", total="sum", formula=Formula("actual - planned")),
        Column("variance_rate", word("Écart en %"), "percent", formula=Formula("variance / planned")),
        Column("forecast", word("Prévision de la période suivante"), "money", total="sum"),
        Column("explanation", word("Explication"), width=30),
    )

    def cells(line: LineExecution) -> dict[str, Value]:
        said = told.of(agreement.id, line.code)
        wanted, forecast = outlook.planned(line), outlook.forecast(line)
        missing = not execution.began_before and outlook.unexplained(line, said)
        values: dict[str, Value] = {
            "planned": wanted,
            "actual": line.cumulative,
            "forecast": forecast,
            "explanation": word(TO_EXPLAIN) if missing else said,
        }
        if found is not None:
            values["planned" + SUFFIX] = found.conversion.planned(wanted, at)
            values["actual" + SUFFIX] = found.cumulative(line)
            values["forecast" + SUFFIX] = found.conversion.planned(forecast, at)
        return values

    shown = supported(execution, columns)
    rows = budget_rows(context, execution, cells, elapsed=False)
    heading = f"{word('Écarts et prévision')} – {title(context, execution)}"
    note = ""
    if agreement.explained is not None:
        note = word("Un écart de plus de {threshold} % du prévu s'explique.").format(
            threshold=f"{agreement.explained:f}"
        )
    return grid(
        f"variances-{agreement.id}",
        heading,
        with_twins(shown, found.currency) if found is not None else shown,
        rows,
        note,
    )
