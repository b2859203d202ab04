"""What the controls said of a period, and what they were asked to excuse: counted by rule, then listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from grandlivre.books.records import Waiver
from grandlivre.inspection import relative
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, grid
from grandlivre.rules import Finding, Level

REPORT = ReportModel(
    name="derogations",
    title="Constats et dérogations",
    audience=Audience.MANAGEMENT,
    routine=12,
)


@dataclass(frozen=True)
class Tally:
    """What one rule said."""

    rule: str
    errors: int
    warnings: int
    waived: int
    """Findings a waiver silences."""


@dataclass(frozen=True)
class Excused:
    """A waiver and the findings it silences; none when it is void or needless."""

    waiver: Waiver
    findings: tuple[Finding, ...]

    @property
    def amount(self) -> int:
        """What its entry debits, in whole francs."""
        return sum(movement.value for movement in self.waiver.entry.movements if movement.value > 0)


@dataclass(frozen=True)
class Findings:
    """A period before the controls."""

    tallies: tuple[Tally, ...]
    """By rule."""
    excused: tuple[Excused, ...]
    """In the order of the books."""
    open: tuple[Finding, ...]
    """Not waived: errors first, then by date."""


def build(context: Context) -> Findings:
    """The findings and waivers dated in the period, and the findings without a date, of the scope's tree or of none."""
    kept = tuple(each for each in context.findings if _concerns(context, each))
    waived = tuple(each for each in context.waived if _concerns(context, each))
    tree, period = context.scope.tree, context.period
    excused = tuple(
        Excused(waiver, _silenced(waiver, context.waived))
        for waiver in context.books.waivers
        if waiver.entry.date in period and (not tree or tree in waiver.entry.trees)
    )
    ordered = sorted(kept, key=lambda each: (each.level != Level.ERROR, str(each.date or ""), each.file, each.line))
    return Findings(_tally(kept, waived), excused, tuple(ordered))


def _tally(kept: Iterable[Finding], waived: Iterable[Finding]) -> tuple[Tally, ...]:
    """What each rule that spoke said, by name."""
    said = Counter((each.rule, each.level) for each in kept)
    silenced = Counter(each.rule for each in waived)
    return tuple(
        Tally(rule, said[rule, Level.ERROR], said[rule, Level.WARNING], silenced[rule])
        for rule in sorted({*silenced, *(rule for rule, _ in said)})
    )


def _concerns(context: Context, finding: Finding) -> bool:
    if finding.date is not None and finding.date not in context.period:
        return False
    return not context.scope.tree or context.tree_of(finding) in ("", context.scope.tree)


def _silenced(waiver: Waiver, waived: Iterable[Finding]) -> tuple[Finding, ...]:
    entry = waiver.entry
    lines = {entry.line, *(movement.line for movement in entry.movements)}
    return tuple(each for each in waived if each.rule == waiver.rule and each.file == entry.file and each.line in lines)


def report(context: Context) -> Report:
    """The findings and waivers of one tree, or of the organisation."""
    _ = context._
    facts = build(context)
    errors = sum(tally.errors for tally in facts.tallies)
    body: list[Block] = []
    if facts.tallies:
        body.append(_tallies(context, facts))
    else:
        body.append(Text((_("Aucun constat : les contrôles n'ont rien à redire sur cette période."),)))
    if facts.excused:
        body.append(excused(context, facts))
    else:
        body.append(Text((_("Aucune dérogation n'a été accordée sur cette période."),)))
    if facts.open:
        body.append(_findings(context, facts))
    return context.report(
        REPORT,
        facts=(
            Fact(_("Erreurs"), errors, "count"),
            Fact(_("Alertes"), sum(tally.warnings for tally in facts.tallies), "count"),
            Fact(_("Dérogations"), len(facts.excused), "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR), board(context)),
        landscape=True,
    )


def _tallies(context: Context, facts: Findings) -> Table:
    _ = context._
    rows = [
        Row({"rule": each.rule, "errors": each.errors, "warnings": each.warnings, "waived": each.waived})
        for each in facts.tallies
    ]
    rows.append(Row({"rule": _("Total")}, role="total", sums=range(len(rows))))
    columns = (
        Column("rule", _("Règle"), width=40),
        Column("errors", _("Erreurs"), "count", total="sum"),
        Column("warnings", _("Alertes"), "count", total="sum"),
        Column("waived", _("Constats levés par dérogation"), "count", total="sum"),
    )
    return grid("controles", _("Par contrôle"), columns, rows)


def excused(context: Context, facts: Findings) -> Table:
    """The waivers, each with what it silences."""
    _ = context._
    rows = []
    for each in facts.excused:
        entry = each.waiver.entry
        said = " ".join(finding.message for finding in each.findings)
        rows.append(
            Row(
                {
                    "date": entry.date,
                    "piece": entry.piece,
                    "rule": each.waiver.rule or _("non indiqué"),
                    "amount": each.amount,
                    "reason": each.waiver.reason or _("non indiqué"),
                    "by": name_of(context, each.waiver.by) or _("non indiqué"),
                    "finding": said or _("Aucun constat levé."),
                },
                refs=(context.ref(entry),),
            )
        )
    columns = (
        Column("date", _("Date"), "date"),
        Column("piece", _("N° pièce"), width=19),
        Column("rule", _("Règle"), width=16),
        Column("amount", _("Montant"), "money"),
        Column("reason", _("Motif"), width=30),
        Column("by", _("Accordée par"), width=16),
        Column("finding", _("Constat levé"), width=40),
    )
    return grid("derogations", _("Dérogations accordées"), columns, rows)


def _findings(context: Context, facts: Findings) -> Table:
    _ = context._
    root = context.books.folder.parent
    rows = [
        Row(
            {
                "level": _(str(each.level)),
                "date": each.date,
                "piece": each.piece,
                "rule": each.rule,
                "finding": each.message,
                "place": f"{relative(each.file, root)}:{each.line}",
            },
            refs=(Ref(each.file, each.line, each.piece),),
        )
        for each in facts.open
    ]
    columns = (
        Column("level", _("Niveau"), width=7),
        Column("date", _("Date"), "date"),
        Column("piece", _("N° pièce"), width=19),
        Column("rule", _("Règle"), width=16),
        Column("finding", _("Constat"), width=60),
        Column("place", _("Où"), width=24),
    )
    note = _("Les constats sans date sont établis au jour de l'édition.")
    return grid(
        "constats", _("Constats ouverts"), columns, rows, note if any(not each.date for each in facts.open) else ""
    )
