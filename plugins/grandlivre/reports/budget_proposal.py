"""The budget of a year as it is put to the vote (budget-previsionnel): lines by quarter, who pays, the year before beside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from grandlivre.books.adoptions import adoptions
from grandlivre.books.directives.governance import Meeting
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.periods import Period
from grandlivre.reports.execution import total
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Span, Table, Text, Value, grid
from grandlivre.reports.kit.wording import amount_in_figures, day, period_label
from grandlivre.reports.yearly_budget import Adopted, AgreementBudget, LineBudget, Quarters, YearBudget, year_budget

REPORT = ReportModel(
    name="budget-previsionnel",
    title="Budget prévisionnel",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
    ahead=True,
)

QUARTERS = ("q1", "q2", "q3", "q4")


def report(context: Context) -> Report:
    """The budget of the period's year: of one tree, or of the organisation."""
    _ = context._
    facts = year_budget(context.books, context.scope.tree, context.period.end.year)
    body: list[Block] = []
    if said := tuple(_warnings(context, facts)):
        body.append(Text(said, role="warning"))
    if facts.agreements:
        body.append(summary(context, facts))
    if facts.shared.trees:
        body.append(_shared(context, facts))
    if facts.running:
        body.append(_adoption(context, facts))
        body += [_lines(context, facts, each) for each in facts.running if each.lines]
    if any(line.reserve for each in facts.running for line in each.lines):
        body.append(_reserves(context, facts))
    if said := tuple(_absent(context, facts)):
        body.append(Text(said, title=_("Conventions dont rien ne tombe dans l'année")))
    if facts.agreements:
        body.append(Text(_method(context, facts), title=_("Comment ce budget est fait")))
    return context.report(
        REPORT,
        period=Span(period_label(facts.year, context.language), facts.year.start, facts.year.end),
        facts=tuple(headline(context, facts)),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR), board(context)),
        landscape=True,
        provisional=replace(context, period=facts.before).provisional,  # what is to come is no draft of accounts
        situation=None,
        last_entry=None,
    )


def headline(context: Context, facts: YearBudget) -> Iterator[Fact]:
    """What a reader wants first: the budget, who pays it, what the year before spent."""
    _ = context._
    budget = sum(facts.quarters)
    donor = sum(each.donor for each in facts.agreements)
    label = _("Budget consolidé") if facts.shared.trees else _("Budget")
    yield Fact(f"{label} {facts.year.code}", budget)
    yield Fact(_("Payé par les bailleurs"), donor)
    yield Fact(_("Payé par les ressources propres"), budget - donor)
    if facts.known:
        yield Fact(actual(context, facts.before), facts.spent)


def actual(context: Context, before: Period) -> str:
    """« Réalisé 2025 », or « Réalisé 2026 au 29/11/2026 » while that year is not over."""
    said = context._("Réalisé {year}").format(year=before.code)
    if (before.end.month, before.end.day) == (12, 31):
        return said
    return context._("{what} au {day}").format(what=said, day=day(before.end))


def _warnings(context: Context, facts: YearBudget) -> Iterator[str]:
    _ = context._
    if not facts.agreements:
        yield _("Aucune convention n'est écrite dans rules/bailleurs/ : il n'y a pas de budget à présenter.")
        return
    trees = {each.tree for each in facts.running}
    asked = (context.scope.tree,) if context.scope.tree else dict.fromkeys(each.tree for each in facts.agreements)
    for tree in asked:
        if tree not in trees:
            yield _(
                "{tree} n'a aucun budget en {year} : écrivez la convention qui court cette année-là, avec ses lignes, dans "
                "rules/bailleurs/, avant de mettre ce budget au vote."
            ).format(tree=tree, year=facts.year.code)
    for each in facts.running:
        if not each.lines and each.agreement is not None:
            yield _("{agreement} n'a pas encore de lignes : écrivez son budget dans rules/bailleurs/.").format(
                agreement=each.agreement.id
            )


def _absent(context: Context, facts: YearBudget) -> Iterator[str]:
    _ = context._
    for each in facts.agreements:
        if each.runs or each.agreement is None:
            continue
        first, last = day(each.agreement.start), day(each.agreement.final_day)
        said = _("{agreement} ({tree}) court du {first} au {last}.").format(
            agreement=each.agreement.id, tree=each.tree, first=first, last=last
        )
        spent = _("{what} : {amount}.").format(
            what=actual(context, facts.before), amount=amount_in_figures(each.spent, context.language)
        )
        yield f"{said} {spent}" if each.spent else said


# --- tables ---------------------------------------------------------------------------------------------------------


def _quarters(context: Context, year: Period) -> tuple[Column, ...]:
    """The four quarters and the year they make."""
    _ = context._
    group = f"{_('Budget')} {year.code}"
    titles = (_("1er trim."), _("2e trim."), _("3e trim."), _("4e trim."))
    return (
        *(Column(key, title, "money", total="sum", group=group) for key, title in zip(QUARTERS, titles, strict=True)),
        Column("year", _("Année"), "money", total="sum", group=group, formula=Formula(" + ".join(QUARTERS))),
    )


def _cells(quarters: Quarters) -> dict[str, Value]:
    return dict(zip(QUARTERS, quarters, strict=True))


def _previous(context: Context, facts: YearBudget) -> Column:
    return Column("previous", actual(context, facts.before), "money", total="sum", empty="—")


def summary(context: Context, facts: YearBudget) -> Table:
    """One row an agreement, projects before the organisation's own running; the whole, less what trees charge each other."""
    _ = context._
    payers = _("Qui paie")
    columns = (
        Column("tree", _("Projet"), width=11),
        Column("agreement", _("Convention"), width=16),
        Column("payer", _("Payeur"), width=18, group=payers),
        *_quarters(context, facts.year),
        Column("donor", _("Bailleur"), "money", total="sum", group=payers),
        Column("own", _("Ressources propres"), "money", total="sum", group=payers),
        Column("instalments", _("Tranches attendues"), "money", total="sum", group=payers),
        _previous(context, facts),
    )
    rows: list[Row] = []
    sums: list[int] = []
    for management, label in ((False, _("Projets")), (True, _("Fonctionnement"))):
        own = facts.shown(management)
        if own:
            first = len(rows)
            rows += [_agreement(context, facts, each) for each in own]
            sums.append(len(rows))
            rows.append(Row({"tree": label}, role="subtotal", sums=range(first, len(rows)), key=f"sum{management:d}"))
    shared = facts.shared
    if shared.trees:
        rows.append(Row({"tree": _("Somme")}, role="subtotal", sums=sums, key="gross"))
        cells = {
            "tree": _("Quotes-parts"),
            "agreement": _("à retrancher"),
            **_cells(shared.quarters),
            "donor": 0,
            "own": sum(shared.quarters),
            "previous": shared.spent if facts.known else None,
        }
        rows.append(Row(cells, key="shared", refs=_charged(context, facts, *shared.trees)))
        rows.append(Row({"tree": _("Budget consolidé")}, role="total", formula=Formula("gross - shared")))
    else:
        rows.append(Row({"tree": _("Total")}, role="total", sums=sums))
    return grid("budgets", _("Budget par convention"), columns, rows)


def _agreement(context: Context, facts: YearBudget, each: AgreementBudget) -> Row:
    donor = context.books.policy.donors.get(each.tree)
    payer = donor.partner or donor.name if donor is not None else ""
    agreement = each.agreement
    place = context.books.agreement_place(each.tree, agreement) if agreement is not None else None
    return Row(
        {
            "tree": each.tree,
            "agreement": agreement.id if agreement is not None else context._("hors convention"),
            "payer": payer if each.donor else context._("ressources propres") if each.own else "",
            **_cells(each.quarters),
            "donor": each.donor,
            "own": each.own,
            "instalments": each.instalments,
            "previous": each.spent if facts.known else None,
        },
        refs=(Ref(place.file, place.line),) if place is not None else (),
    )


def _charged(context: Context, facts: YearBudget, *trees: str) -> tuple[Ref, ...]:
    """The entries by which some trees paid their shares."""
    own = (charge for tree in trees for charge in facts.shared.charged.get(tree, ()))
    return tuple(dict.fromkeys(context.ref(charge.entry) for charge in own))


def _shared(context: Context, facts: YearBudget) -> Table:
    """What trees charge each other, both sides: the difference shows whether a share has no counterpart."""
    _ = context._
    shared = facts.shared
    columns = (
        Column("label", _("Quotes-parts des charges communes"), width=40),
        *_quarters(context, facts.year),
        _previous(context, facts),
    )
    rows = [
        Row(
            {
                "label": _("Facturé à {tree}").format(tree=tree),
                **_cells(shared.expected.get(tree, (0, 0, 0, 0))),
                "previous": total(shared.charged.get(tree, ())) if facts.known else None,
            },
            refs=_charged(context, facts, tree),
        )
        for tree in shared.trees
    ]
    rows.append(Row({"label": _("Facturé")}, role="subtotal", sums=range(len(rows)), key="charged"))
    received = tuple(context.ref(each) for each in shared.received)
    taken: dict[str, Value] = {"label": _("Reçu en contrepartie (78)"), **_cells(shared.quarters)}
    taken["previous"] = shared.taken if facts.known else None
    rows.append(Row(taken, key="received", refs=received))
    rows.append(Row({"label": _("Écart")}, role="total", formula=Formula("charged - received")))
    note = _(
        "Ce qu'un projet verse à un autre pour des charges communes est dans les deux budgets ; il ne compte qu'une fois dans "
        "le budget consolidé. Les quotes-parts à venir sont estimées : la moyenne mensuelle des douze derniers mois, pour chaque mois où les "
        "deux projets ont une convention."
    )
    return grid("shared", _("Ce que les projets se facturent"), columns, rows, note=note)


def _adoption(context: Context, facts: YearBudget) -> Table:
    """Who adopted each budget, when, and the minutes that say it."""
    _ = context._
    columns = (
        Column("budget", _("Budget"), width=26),
        Column("state", _("Adoption"), width=46),
        Column("document", _("Procès-verbal"), width=36, empty="—"),
    )
    rows = [_adopted(context, each) for budget in facts.running for each in budget.adopted]
    if not context.scope.tree:
        name = f"programme-{facts.year.code}"
        meeting = adoptions(context.books, "ag").get(name)
        rows.append(_decided(context, name, _("Adopté par l'assemblée générale le {day}."), meeting))
    return grid("adoption", _("Adoption"), columns, rows)


def _adopted(context: Context, each: Adopted) -> Row:
    said = context._("Adopté par le Bureau exécutif le {day}.")
    if each.meeting is None and each.day is not None:
        return Row({"budget": each.text, "state": said.format(day=day(each.day))})
    return _decided(context, each.text, said, each.meeting)


def _decided(context: Context, name: str, said: str, meeting: Meeting | None) -> Row:
    if meeting is None:
        return Row({"budget": name, "state": context._("À adopter")})
    return Row(
        {"budget": name, "state": said.format(day=day(meeting.date)), "document": meeting.document},
        refs=(Ref(meeting.place.file, meeting.place.line),),
    )


def _lines(context: Context, facts: YearBudget, each: AgreementBudget) -> Table:
    """The lines of an agreement, heading by heading; contingencies are in a table of their own."""
    _ = context._
    agreement = each.agreement
    assert agreement is not None
    columns = (
        Column("code", _("Code"), width=6),
        Column("label", _("Rubrique / Ligne"), width=34),
        *_quarters(context, facts.year),
        Column("own", _("dont ressources propres"), "money", total="sum", page=0 < each.own < each.year),
        _previous(context, facts),
    )
    titles = {heading.code: _title(context, heading.label, heading.english) for heading in agreement.headings}
    rows: list[Row] = []
    sums: list[int] = []
    for code, lines in each.headings:
        kept = [line for line in lines if not line.reserve or line.spent]
        if kept:
            sums.append(len(rows))
            many = range(len(rows) + 1, len(rows) + 1 + len(kept))
            rows.append(Row({"code": code, "label": titles.get(code) or _("Hors budget")}, role="subtotal", sums=many))
            rows += [_line(context, facts, line) for line in kept]
    rows.append(Row({"label": _("Total")}, role="total", sums=sums))
    title = f"{each.tree} – {_('Convention')} {agreement.number or agreement.id}"
    if each.tree == OWN_TREE:
        title = f"{_('Fonctionnement')} – {agreement.label or agreement.id}"
    return grid(f"budget-{agreement.id}", title, columns, rows)


def _title(context: Context, label: str, english: str) -> str:
    return (english if context.language == "en" else "") or label


def _line(context: Context, facts: YearBudget, each: LineBudget) -> Row:
    line = each.line
    label = _title(context, line.label, line.english) if line is not None else context._("Hors budget")
    return Row(
        {
            "code": each.code,
            "label": label,
            **_cells(each.quarters),
            "own": each.own,
            "previous": total(each.spent) if facts.known else None,
        },
        depth=1,
        refs=tuple(dict.fromkeys(context.ref(charge.entry) for charge in each.spent)),
    )


def _reserves(context: Context, facts: YearBudget) -> Table:
    _ = context._
    columns = (
        Column("tree", _("Projet"), width=11),
        Column("agreement", _("Convention"), width=16),
        Column("code", _("Code"), width=6),
        Column("label", _("Ligne"), width=40),
        Column("reserve", _("Réservé"), "money", total="sum"),
    )
    rows = [
        Row(
            {
                "tree": each.tree,
                "agreement": each.agreement.id if each.agreement is not None else "",
                "code": line.code,
                "label": _title(context, line.line.label, line.line.english) if line.line is not None else "",
                "reserve": line.reserve,
            }
        )
        for each in facts.running
        for line in each.lines
        if line.reserve
    ]
    rows.append(Row({"tree": _("Total")}, role="total", sums=range(len(rows))))
    note = _(
        "Ces lignes ne se dépensent qu'avec l'accord écrit du bailleur : elles ne sont dans aucun trimestre, ni dans le total."
    )
    return grid("reserves", _("Imprévus, hors budget de l'année"), columns, rows, note=note)


def _method(context: Context, facts: YearBudget) -> tuple[str, ...]:
    _ = context._
    said = [
        _(
            "Chaque ligne compte ce que son calendrier met dans le trimestre, sinon sa part au prorata des jours de la "
            "convention ; les trimestres font l'année, et les années la ligne entière."
        )
    ]
    if not facts.known:
        said.append(
            _("Ces livres commencent le {day} : ils ne disent rien de {year}.").format(
                day=day(context.books.start), year=facts.before.code
            )
        )
    return tuple(said)
