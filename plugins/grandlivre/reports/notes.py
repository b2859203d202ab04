"""The notes to the statements of associations: one table a note, each tied to the lines of the statements it details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from grandlivre.books.parity import shares
from grandlivre.books.records import Account
from grandlivre.policy.sycebnl import DISPOSAL_PRICES, DISPOSALS, DISPOSED, IN_KIND
from grandlivre.reports.execution import executions, orders, ratio
from grandlivre.reports.kit.account_figures import account_figures
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.statutory import statutory
from grandlivre.reports.kit.table import Column, Fact, Report, Row, Table, Value, grid
from grandlivre.statements.figures import figures
from grandlivre.statements.notes import Movements, Note, details, funds, lines_of, movements, notes
from grandlivre.statements.years import Year, year

REPORT = ReportModel(name="notes", title="Notes annexes", audience=Audience.MANAGEMENT, scope=MadeFor.ALL)


def report(context: Context) -> Report:
    """Every note a small organisation needs, in the order of their numbers."""
    balance, income = (
        year(context.books, each, context.period.end, context.scope.tree) for each in ("bilan", "resultat")
    )
    made = {note.number: table for note in notes() if (table := _table(context, note, balance, income)) is not None}
    return statutory(
        context,
        REPORT,
        balance.span,
        tuple(made.values()),
        unattached=(*balance.now.unattached, *income.now.unattached),
        nil=tuple(_ties(context, balance, made)),
        landscape=True,
    )


def _table(context: Context, note: Note, balance: Year, income: Year) -> Table | None:
    """A note with its number, and « Néant » where nothing stands in it; None where it need not be printed."""
    match note.kind:
        case "engagements":
            table = _commitments(context, note)
        case "immobilisations" | "amortissements":
            table = _assets(context, note, balance)
        case "cessions":
            table = _disposals(context, note, balance)
        case "fonds":
            table = _funds(context, note, balance)
        case "effectifs":
            table = _staff(context, note)
        case "indicateurs":
            table = _indicators(context, note, balance, income)
        case "execution":
            table = _execution(context, note)
        case "detail":
            table = _detailed(context, note, balance, income)
            if not table.rows and not note.always:
                return None
    title = context._("Note {number} – {title}").format(number=note.number, title=context._(note.label))
    return replace(table, title=title, note=table.note or ("" if table.rows else context._("Néant.")))


def _label(context: Context, number: str, accounts: Iterable[Account]) -> str:
    """The chart's own label of a number, else that of its only account, else of what it extends."""
    chart, own = context.books.policy.chart, {account.label or account.name for account in accounts}
    return chart.accounts.get(number) or (chart.label(number) if len(own) > 1 else "") or min(own)


def _detailed(context: Context, note: Note, *years: Year) -> Table:
    """The accounts behind each line that refers to a note, with a subtotal a line when there are several."""
    rows: list[Row] = []
    totals: list[int] = []
    for made in years:
        for line in lines_of(made, note.number):
            start = len(rows)
            for each in details(made, line):
                if note.excluded and each.number.startswith(note.excluded):
                    continue  # another note details it
                change = None if each.previous is None else each.amount - each.previous
                cells = {"ref": line.ref, "number": each.number, "label": _label(context, each.number, each.accounts)}
                rows.append(Row({**cells, "amount": each.amount, "previous": each.previous, "change": change}))
            if len(rows) > start:
                totals.append(len(rows))
                rows.append(Row({"ref": line.ref, "label": line.label}, role="subtotal", sums=range(start, len(rows))))
    word = context._
    columns = (
        Column("ref", "REF", width=4),
        Column("number", word("Compte"), width=8),
        Column("label", word("Libellés"), width=48),
        Column("amount", word("Exercice N"), "money", total="sum"),
        Column("previous", word("Exercice N-1"), "money", total="sum"),
        Column("change", word("Variation"), "money", total="sum"),
    )
    return grid(note.key, note.label, columns, rows)


def _moving(
    context: Context,
    note: Note,
    found: list[tuple[Mapping[str, Value], Movements]],
    first: tuple[Column, ...],
    words: tuple[str, str],
) -> Table:
    """Opening, what came, what went, closing; a total."""
    word = context._
    columns = (
        *first,
        Column("opening", word("À l'ouverture"), "money", total="sum"),
        Column("increase", word(words[0]), "money", total="sum"),
        Column("decrease", word(words[1]), "money", total="sum"),
        Column("closing", word("À la clôture"), "money", total="sum", formula=Formula("opening + increase - decrease")),
    )
    rows = [
        Row({**cells, "opening": each.opening, "increase": each.increase, "decrease": each.decrease})
        for cells, each in found
    ]
    if rows:
        rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    return grid(note.key, note.label, columns, rows)


def _assets(context: Context, note: Note, balance: Year) -> Table:
    """Notes 5A and 5D: what the fixed assets cost, what depreciation takes away of them."""
    deductions = note.kind == "amortissements"
    found: list[tuple[Mapping[str, Value], Movements]] = []
    for reference in note.lines:
        for line in lines_of(balance, reference):
            moved = movements(balance, line, deductions=deductions)
            if any(moved[1:]):
                found.append(({"ref": line.ref, "label": line.label}, moved))
    words = ("Dotations", "Reprises et sorties") if deductions else ("Acquisitions", "Sorties")
    first = (Column("ref", "REF", width=4), Column("label", context._("Libellés"), width=48))
    return _moving(context, note, found, first, words)


def _funds(context: Context, note: Note, balance: Year) -> Table:
    """Notes 17B and 21: each donor's funds, what came in the year and what was used or moved."""
    found: list[tuple[Mapping[str, Value], Movements]] = []
    for each in funds(context.books, balance, note.numbers, context.scope.tree):
        account = each.account
        label = _label(context, account.number, (account,))
        cells = {"tree": account.tree, "number": account.number, "label": label}
        found.append((cells, Movements("", -each.opening, each.credit, each.debit)))
    first = (
        Column("tree", context._("Projet"), width=12),
        Column("number", context._("Compte"), width=8),
        Column("label", context._("Libellés"), width=36),
    )
    return _moving(context, note, found, first, ("Reçus", "Utilisés ou virés"))


def _commitments(context: Context, note: Note) -> Table:
    """Note 1: orders placed and not invoiced, and contributions in kind (class 9, outside every total in francs)."""
    word = context._
    rows: list[Row] = []
    trees = (context.scope.tree,) if context.scope.tree else context.books.trees
    for tree in trees:
        placed = orders(replace(context, scope=Scope(tree)))
        left = sum(order.outstanding_on(context.period.end) for order in placed)
        if left:
            label = word("Commandes et contrats non exécutés, {tree}").format(tree=tree)
            rows.append(Row({"kind": word("Engagements donnés"), "label": label, "amount": left}))
    for commodity in context.books.commodities_beside:
        for each in account_figures(context, commodity):
            if each.account.is_(*IN_KIND):
                kind = word("Emplois en nature") if each.debit - each.credit > 0 else word("Contributions reçues")
                label = f"{each.account.number} {_label(context, each.account.number, (each.account,))}"
                rows.append(Row({"kind": kind, "label": label, "amount": abs(each.debit - each.credit)}))
    columns = (
        Column("kind", word("Nature"), width=24),
        Column("label", word("Libellés"), width=56),
        Column("amount", word("Exercice N"), "money"),
    )
    return grid(note.key, note.label, columns, rows)


def _disposals(context: Context, note: Note, balance: Year) -> Table:
    """Note 5C: what left, its book value, its price, the gain or the loss."""
    word = context._
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for each in figures(context.books, balance.span, context.scope.tree):
        if each.account.is_(*DISPOSALS) and each.movement:
            key = (each.account.tree, DISPOSED.get(each.account.number[2:3], "Autres"))
            price, value = found.get(key, (0, 0))
            sold = each.account.is_(*DISPOSAL_PRICES)
            found[key] = (price - each.movement, value) if sold else (price, value + each.movement)
    rows = [
        Row({"tree": tree, "label": word(kind), "price": price, "value": value})
        for (tree, kind), (price, value) in sorted(found.items())
    ]
    if rows:
        rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    columns = (
        Column("tree", word("Projet"), width=12),
        Column("label", word("Immobilisations sorties"), width=36),
        Column("price", word("Prix de cession (82)"), "money", total="sum"),
        Column("value", word("Valeur comptable (81)"), "money", total="sum"),
        Column(
            "gain", word("Plus-value (+) ou moins-value (−)"), "money", total="sum", formula=Formula("price - value")
        ),
    )
    return grid(note.key, note.label, columns, rows)


def _staff(context: Context, note: Note) -> Table:
    """Note 29B: the staff on the last day, women and men."""
    word = context._
    own = next(each for each in shares(context.books, context.reached) if each.group == "personnel")
    rows = (
        [Row({"label": word("Personnel en poste"), "women": own.women, "men": own.men, "total": own.total})]
        if own.total
        else []
    )
    columns = (
        Column("label", word("Libellés"), width=36),
        Column("women", word("Femmes"), "count"),
        Column("men", word("Hommes"), "count"),
        Column("total", word("Total"), "count", formula=Formula("women + men")),
    )
    return grid(note.key, note.label, columns, rows)


def _indicators(context: Context, note: Note, balance: Year, income: Year) -> Table:
    """Note 33: what a reader compares from one year to the next."""
    word = context._
    revenue, spent = "XA", "XB"
    cash = [balance.now.net("BX") - balance.now.net("DX")]
    cash.append(balance.before.net("BX") - balance.before.net("DX") if balance.before is not None else 0)
    wanted = (
        ("Cotisations sur revenus des activités ordinaires", "RA", revenue),
        ("Générosité sur revenus des activités ordinaires", "RC", revenue),
        ("Subventions d'exploitation sur revenus des activités ordinaires", "RF", revenue),
        ("Charges de personnel sur charges des activités ordinaires", "TJ", spent),
        ("Services extérieurs sur charges des activités ordinaires", "TG", spent),
        ("Résultat net sur revenus des activités ordinaires", "XE", revenue),
    )
    rows = []
    for label, part, whole in wanted:
        before = income.before
        rows.append(
            Row(
                {
                    "label": word(label),
                    "rate": ratio(income.now.net(part), income.now.net(whole)),
                    "previous": ratio(before.net(part), before.net(whole)) if before is not None else None,
                }
            )
        )
    covered = [
        ratio(cash[0], income.now.net(spent)),
        ratio(cash[1], income.before.net(spent)) if income.before else None,
    ]
    rows.append(
        Row({"label": word("Trésorerie nette sur charges de l'exercice"), "rate": covered[0], "previous": covered[1]})
    )
    columns = (
        Column("label", word("Libellés"), width=56),
        Column("rate", word("Exercice N"), "percent", empty="—"),
        Column("previous", word("Exercice N-1"), "percent", empty="—"),
    )
    return grid(note.key, note.label, columns, rows)


def _execution(context: Context, note: Note) -> Table:
    """Note 35: each agreement's budget, what the year spent of it, what is left."""
    word = context._
    rows: list[Row] = []
    for tree in (context.scope.tree,) if context.scope.tree else context.books.trees:
        for each in executions(replace(context, scope=Scope(tree))):
            budget = sum(line.budget or 0 for line in each.lines)
            cumulative = sum(line.cumulative for line in each.lines)
            of_the_year = sum(line.period for line in each.lines)
            if budget or cumulative:
                rows.append(
                    Row(
                        {
                            "tree": tree,
                            "agreement": each.agreement.id if each.agreement is not None else word("hors convention"),
                            "budget": budget,
                            "before": cumulative - of_the_year,
                            "period": of_the_year,
                        }
                    )
                )
    if rows:
        rows.append(Row({"tree": word("Total")}, role="total", sums=range(len(rows))))
    columns = (
        Column("tree", word("Projet"), width=12),
        Column("agreement", word("Convention"), width=20),
        Column("budget", word("Budget"), "money", total="sum"),
        Column("before", word("Antérieur"), "money", total="sum"),
        Column("period", word("Exercice N"), "money", total="sum"),
        Column("left", word("Reste à dépenser"), "money", total="sum", formula=Formula("budget - before - period")),
        Column("rate", word("Taux d'exécution"), "percent", formula=Formula("(before + period) / budget")),
    )
    return grid(note.key, note.label, columns, rows)


def _ties(context: Context, balance: Year, made: Mapping[str, Table]) -> Iterator[Fact]:
    """What must be nil between the notes and the balance sheet."""
    fixed = balance.now.amounts["AZ"]
    wanted = {"5A": fixed.gross, "5D": fixed.depreciation, "17B": balance.now.net("CY")}
    for number, amount in wanted.items():
        label = context._("Écart note {number} − bilan").format(number=number)
        yield Fact(label, _total(made[number], "closing") - amount)


def _total(table: Table, column: str) -> int:
    """A table's total; 0 when nothing stands in it."""
    return int(str(table.rows[-1].cells[column])) if table.rows else 0
