"""The notes to the statements of associations: one table a note, each tied to the lines of the statements it details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from grandlivre.books.parity import shares
from grandlivre.books.records import Account
from grandlivre.policy.sycebnl import DISPOSAL_PRICES, DISPOSALS, EARMARKED, ENTRUSTED, IN_KIND
from grandlivre.reports.commitments import build as commitments
from grandlivre.reports.execution import executions, ratio
from grandlivre.reports.kit.account_figures import account_figures
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.statutory import nil, statutory
from grandlivre.reports.kit.table import Column, Fact, Report, Row, Table, Value, grid
from grandlivre.statements.notes import Movements, details, funds, lines_of, movements
from grandlivre.statements.years import Year, year

REPORT = ReportModel(name="notes", title="Notes annexes", audience=Audience.MANAGEMENT, scope=MadeFor.ALL)

_DETAILED: Mapping[str, str] = {
    "6": "Immobilisations financières",
    "7": "Actif circulant et dettes circulantes H.A.O.",
    "8": "Stocks et encours",
    "9": "Adhérents, clients-usagers",
    "10": "Autres créances",
    "11": "Titres de placement",
    "12": "Valeurs à encaisser",
    "13": "Banques, établissements financiers, caisses et assimilés",
    "14": "Écarts de conversion",
    "15": "Dotations et droits d'entrée",
    "16": "Réserves et report à nouveau",
    "17A": "Subventions d'investissement et provisions réglementées",
    "18A": "Dettes financières et ressources assimilées",
    "19": "Fournisseurs",
    "20": "Autres dettes",
    "22": "Banques et crédits de trésorerie",
    "23": "Revenus",
    "24": "Achats",
    "25": "Transports",
    "26": "Services extérieurs",
    "27": "Impôts et taxes",
    "28": "Autres charges",
    "29": "Charges de personnel",
    "30": "Dotations et reprises",
    "31": "Frais financiers et charges assimilées",
    "32": "Produits et charges H.A.O.",
}
"""Notes that detail the accounts of the lines that refer to them."""
_ALWAYS = frozenset({"9", "10", "13", "15", "16", "19", "20", *(str(number) for number in range(23, 32))})
"""Those a small organisation prints even when nothing stands in them."""
_ORDER = (
    *("1", "5A", "5C", "5D", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17A", "17B", "18A", "19"),
    *("20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "29B", "30", "31", "32", "33", "35"),
)


def report(context: Context) -> Report:
    """Every note a small organisation needs, in the order of their numbers."""
    balance, income = (
        year(context.books, each, context.period.end, context.scope.tree) for each in ("bilan", "resultat")
    )
    made = {
        "1": _commitments(context),
        "5A": _assets(context, balance, deductions=False),
        "5C": _disposals(context),
        "5D": _assets(context, balance, deductions=True),
        "17B": _funds(context, balance, "17B", EARMARKED),
        "21": _funds(context, balance, "21", ENTRUSTED),
        "29B": _staff(context),
        "33": _indicators(context, balance, income),
        "35": _execution(context),
    }
    for note in _DETAILED:
        table = _detailed(context, note, balance, income)
        if table.rows or note in _ALWAYS:
            made[note] = table
    body = tuple(_said(context, note, made[note]) for note in _ORDER if note in made)
    return statutory(
        context,
        REPORT,
        balance.span,
        body,
        unattached=(*balance.now.unattached, *income.now.unattached),
        nil=tuple(_ties(context, balance, made)),
        landscape=True,
    )


def _said(context: Context, note: str, table: Table) -> Table:
    """The table with its number, and « Néant » where nothing stands in it."""
    title = context._("Note {number} – {title}").format(number=note, title=context._(table.title))
    return replace(table, title=title, note=table.note or ("" if table.rows else context._("Néant.")))


def _label(context: Context, number: str, accounts: Iterable[Account]) -> str:
    """The chart's own label of a number, else that of its only account, else of what it extends."""
    chart, own = context.books.policy.chart, {account.label or account.name for account in accounts}
    return chart.accounts.get(number) or (chart.label(number) if len(own) > 1 else "") or min(own)


def _key(note: str) -> str:
    return f"note-{note.lower()}"


def _detailed(context: Context, note: str, *years: Year) -> Table:
    """The accounts behind each line that refers to a note, with a subtotal a line when there are several."""
    rows: list[Row] = []
    totals: list[int] = []
    for made in years:
        for line in lines_of(made, note):
            start = len(rows)
            for each in details(made, line):
                if note == "20" and each.number.startswith(ENTRUSTED):
                    continue  # detailed in note 21
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
    return grid(_key(note), _DETAILED[note], columns, rows)


def _moving(
    context: Context,
    key: str,
    title: str,
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
    return grid(key, title, columns, rows)


def _assets(context: Context, balance: Year, *, deductions: bool) -> Table:
    """Notes 5A and 5D: what the fixed assets cost, what depreciation takes away of them."""
    found: list[tuple[Mapping[str, Value], Movements]] = []
    for note in ("5", "6"):
        for line in lines_of(balance, note):
            moved = movements(balance, line, deductions=deductions)
            if any(moved[1:]):
                found.append(({"ref": line.ref, "label": line.label}, moved))
    key, title = ("5D", "Amortissements et dépréciations") if deductions else ("5A", "Immobilisations brutes")
    words = ("Dotations", "Reprises et sorties") if deductions else ("Acquisitions", "Sorties")
    first = (Column("ref", "REF", width=4), Column("label", context._("Libellés"), width=48))
    return _moving(context, _key(key), title, found, first, words)


def _funds(context: Context, balance: Year, note: str, prefixes: tuple[str, ...]) -> Table:
    """Notes 17B and 21: each donor's funds, what came in the year and what was used or moved."""
    found: list[tuple[Mapping[str, Value], Movements]] = []
    for each in funds(context.books, balance, prefixes, context.scope.tree):
        cells = {
            "tree": each.account.tree,
            "number": each.account.number,
            "label": each.account.label or each.account.name,
        }
        found.append((cells, Movements("", -each.opening, each.credit, each.debit)))
    title = "Fonds affectés et reportés" if note == "17B" else "Fonds d'administration, par bailleur"
    first = (
        Column("tree", context._("Projet"), width=12),
        Column("number", context._("Compte"), width=8),
        Column("label", context._("Libellés"), width=36),
    )
    return _moving(context, _key(note), title, found, first, ("Reçus", "Utilisés ou virés"))


def _commitments(context: Context) -> Table:
    """Note 1: orders placed and not invoiced, and contributions in kind (class 9, outside every total in francs)."""
    word = context._
    rows: list[Row] = []
    trees = (context.scope.tree,) if context.scope.tree else context.books.trees
    for tree in trees:
        placed = commitments(replace(context, scope=Scope(tree)))
        left = sum(order.outstanding_on(context.period.end) for order in placed.orders)
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
    return grid(_key("1"), "Engagements et contributions volontaires en nature", columns, rows)


def _disposals(context: Context) -> Table:
    """Note 5C: what left, its book value, its price, the gain or the loss."""
    word = context._
    found: dict[tuple[str, str], dict[str, int]] = {}
    for each in account_figures(context):
        if each.account.is_(*DISPOSALS):
            kind = each.account.number[2:3]
            sums = found.setdefault((each.account.tree, kind), {"value": 0, "price": 0})
            moved = each.year_debit - each.year_credit
            if each.account.is_(*DISPOSAL_PRICES):
                sums["price"] -= moved
            else:
                sums["value"] += moved
    names = {"1": "Incorporelles", "2": "Corporelles", "6": "Financières"}
    rows = [
        Row({"tree": tree, "label": word(names.get(kind, "Autres")), "value": sums["value"], "price": sums["price"]})
        for (tree, kind), sums in sorted(found.items())
        if any(sums.values())
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
    return grid(_key("5C"), "Plus-values et moins-values de cession", columns, rows)


def _staff(context: Context) -> Table:
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
    return grid(_key("29B"), "Effectifs", columns, rows)


def _indicators(context: Context, balance: Year, income: Year) -> Table:
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
    return grid(_key("33"), "Indicateurs", columns, rows)


def _execution(context: Context) -> Table:
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
    return grid(_key("35"), "Exécution budgétaire", columns, rows)


def _ties(context: Context, balance: Year, made: Mapping[str, Table]) -> Iterator[Fact]:
    """What must be nil between the notes and the statements."""
    fixed = balance.now.amounts["AZ"]
    yield nil(context, "Écart note 5A − bilan", _total(made["5A"], "closing") - fixed.gross)
    yield nil(context, "Écart note 5D − bilan", _total(made["5D"], "closing") - fixed.depreciation)
    yield nil(context, "Écart note 17B − bilan", _total(made["17B"], "closing") - balance.now.net("CY"))


def _total(table: Table, column: str) -> int:
    """A table's total; 0 when nothing stands in it."""
    return int(str(table.rows[-1].cells[column])) if table.rows else 0
