"""Advances to be justified (avances): what is still open, whose, since when, and whether it blocks (controls §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from grandlivre.books.people import person_key
from grandlivre.books.purchases import Advance
from grandlivre.books.records import Entry, Place
from grandlivre.checks.late_advance import LateAdvance
from grandlivre.policy.sycebnl import ADVANCES, TREASURY
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.limits import setting
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.table import Block, Column, Fact, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import amount_in_figures

REPORT = ReportModel(
    name="avances",
    title="Avances à justifier",
    audience=Audience.MANAGEMENT,
    routine=10,
)

OPEN, LATE, BLOCKING, EXCESS = "ouverte", "en retard", "bloquante", "trop justifiée"


@dataclass(frozen=True)
class OpenAdvance:
    """An advance at the period's end, in whole francs."""

    advance: Advance
    holder: str
    """The name of who must justify it."""
    due: date
    given: int
    justified: int
    """By vouchers."""
    returned: int
    """In money."""
    age: int
    """Days since it was given."""
    state: str

    @property
    def left(self) -> int:
        """Given − justified − returned."""
        return self.given - self.justified - self.returned


@dataclass(frozen=True)
class TreeAdvances:
    """The advances of one tree at the period's end."""

    tree: str
    advances: tuple[OpenAdvance, ...]
    """By person, then by date."""
    unnumbered: int
    """Balance of the movements that carry no advance number."""
    loose: tuple[Entry, ...]
    """Those movements' entries."""

    @property
    def left(self) -> int:
        """What is to be justified."""
        return sum(each.left for each in self.advances)

    @property
    def balance(self) -> int:
        """What the accounts of advances hold."""
        return self.left + self.unnumbered


def build(context: Context) -> tuple[TreeAdvances, ...]:
    """The open advances of the scope's tree, or of each tree."""
    trees = (context.scope.tree,) if context.scope.tree else context.books.trees
    rule = setting(context, LateAdvance)
    cash = _Cash()
    opened: dict[str, list[OpenAdvance]] = {tree: [] for tree in trees}
    for advance in context.books.advances:
        if advance.tree not in opened or advance.opened.date > context.reached:
            continue
        found = _open_advance(context, advance, rule, cash)
        if found.left:
            opened[advance.tree].append(found)
    return tuple(_tree(context, tree, opened[tree]) for tree in trees)


def _tree(context: Context, tree: str, found: list[OpenAdvance]) -> TreeAdvances:
    policy, end = context.books.policy, context.reached
    found.sort(key=lambda each: (person_key(policy, each.advance.holder), each.advance.opened.sort_key))
    loose = [
        posted
        for account in context.books.tree_accounts(tree, *ADVANCES)
        for posted in context.books.movements(account.name)
        if posted.entry.date <= end and not posted.entry.text("avance", posted.movement)
    ]
    entries = tuple(dict.fromkeys(posted.entry.place for posted in loose))
    by_place = {posted.entry.place: posted.entry for posted in loose}
    unnumbered = sum(posted.movement.value for posted in loose)
    return TreeAdvances(tree, tuple(found), unnumbered, tuple(by_place[place] for place in entries))


class _Cash:
    """Money that came back: an entry that settles several advances gives it to the first ones."""

    def __init__(self) -> None:
        self.left: dict[Place, int] = {}

    def take(self, entry: Entry, part: int) -> int:
        if entry.place not in self.left:
            in_ = (m.value for m in entry.movements if m.account.is_(*TREASURY) and m.value > 0)
            self.left[entry.place] = sum(in_)
        taken = min(part, self.left[entry.place])
        self.left[entry.place] -= taken
        return taken


def _open_advance(context: Context, advance: Advance, rule: LateAdvance, cash: _Cash) -> OpenAdvance:
    end, holidays = context.reached, context.books.policy.holidays
    parts = [(entry, part) for entry, part in advance.settlements if entry.date <= end]
    given = advance.amount - sum(part for _, part in parts if part < 0)
    returned = sum(cash.take(entry, part) for entry, part in parts if part > 0)
    justified = sum(part for _, part in parts if part > 0) - returned
    due = advance.due or rule.delay.after(advance.opened.value_date, holidays)
    excess = given < justified + returned
    state = EXCESS if excess else _state(due, rule.block.after(due, holidays), end)
    age = (end - advance.opened.date).days
    return OpenAdvance(advance, name_of(context, advance.holder), due, given, justified, returned, age, state)


def _state(due: date, blocking: date, day: date) -> str:
    """How late an advance is at the end of a day."""
    if blocking < day:
        return BLOCKING
    return LATE if due < day else OPEN


def report(context: Context) -> Report:
    """The open advances, tree by tree and person by person."""
    _ = context._
    facts = build(context)
    every = [each for tree in facts for each in tree.advances]
    body: list[Block] = []
    warnings = tuple(_warnings(context, every))
    if warnings:
        body.append(Text(warnings, role="warning"))
    if not every:
        body.append(Text((_("Aucune avance n'est ouverte à cette date."),)))
    several = len(facts) > 1
    for tree in facts:
        name = f" – {tree.tree}" if several else ""
        if tree.advances:
            body.append(_advances(context, tree, name))
        if tree.advances or tree.unnumbered:
            body.append(_accounts(context, tree, name))
    return context.report(
        REPORT,
        facts=(
            Fact(_("Situation au"), context.reached),
            Fact(_("Avances ouvertes"), len(every), "count"),
            Fact(_("Reste à justifier"), sum(each.left for each in every)),
            Fact(_("En retard ou bloquantes"), sum(each.state in (LATE, BLOCKING) for each in every), "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR)),
        landscape=True,
    )


def _warnings(context: Context, every: list[OpenAdvance]) -> list[str]:
    _ = context._
    said = _("{holder} : {left} de l'avance {advance} bloquent toute nouvelle avance.")
    return [
        said.format(holder=each.holder, left=amount_in_figures(each.left, context.language), advance=each.advance.id)
        for each in every
        if each.state == BLOCKING
    ]


def _advances(context: Context, found: TreeAdvances, name: str) -> Table:
    _ = context._
    rows: list[Row] = []
    sums: list[int] = []
    people: dict[str, list[OpenAdvance]] = {}
    for each in found.advances:
        people.setdefault(person_key(context.books.policy, each.advance.holder), []).append(each)
    for own in people.values():
        first = len(rows) + 1
        sums.append(len(rows))
        rows.append(Row({"holder": own[0].holder}, role="subtotal", sums=range(first, first + len(own))))
        rows += (_row(context, each) for each in own)
    rows.append(Row({"holder": _("Total")}, role="total", sums=sums))
    columns = (
        Column("holder", _("Bénéficiaire / N° avance"), width=24),
        Column("subject", _("Objet"), width=28),
        Column("day", _("Remise le"), "date"),
        Column("due", _("Date limite"), "date"),
        Column("given", _("Montant"), "money", total="sum"),
        Column("justified", _("Justifié"), "money", total="sum"),
        Column("returned", _("Reversé"), "money", total="sum"),
        Column("left", _("Solde"), "money", formula=Formula("given - justified - returned")),
        Column("age", _("Âge (jours)"), "count"),
        Column("state", _("État"), width=12),
    )
    return grid(f"avances-{found.tree}", f"{_('Avances ouvertes')}{name}", columns, rows)


def _row(context: Context, each: OpenAdvance) -> Row:
    end = context.reached
    settled = tuple(entry for entry, part in each.advance.settlements if entry.date <= end and part)
    cells: dict[str, Value] = {
        "holder": each.advance.id,
        "subject": each.advance.opened.narration,
        "day": each.advance.opened.date,
        "due": each.due,
        "given": each.given,
        "justified": each.justified,
        "returned": each.returned,
        "age": each.age,
        "state": context._(each.state),
    }
    refs = (context.ref(each.advance.opened), *(context.ref(entry) for entry in settled))
    return Row(cells, depth=1, refs=tuple(dict.fromkeys(refs)))


def _accounts(context: Context, found: TreeAdvances, name: str) -> Table:
    _ = context._
    rows = (
        Row({"label": _("Avances ouvertes, par numéro"), "amount": found.left}, key="numbered"),
        Row(
            {"label": _("Mouvements sans numéro d'avance"), "amount": found.unnumbered},
            key="loose",
            refs=tuple(context.ref(entry) for entry in found.loose),
        ),
        Row(
            {"label": _("Solde des comptes d'avances ({numbers})").format(numbers=", ".join(ADVANCES))},
            role="total",
            formula=Formula("numbered + loose"),
        ),
    )
    columns = (Column("label", _("Libellé"), width=70), Column("amount", _("Montant"), "money", total="sum"))
    return grid(f"comptes-{found.tree}", f"{_('Accord avec les comptes')}{name}", columns, rows)
