"""The execution of a project's budget over a fiscal year (exécution budgétaire), or of all projects combined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from grandlivre.i18n import did_you_mean
from grandlivre.policy.donors import Agreement, BudgetLine, Heading
from grandlivre.policy.sycebnl import PROJECTS
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.project import between_trees, subtitle, trees_of
from grandlivre.reports.kit.statutory import statutory
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, Value, grid
from grandlivre.sources.problem import RefusedError
from grandlivre.statements.between import Trees
from grandlivre.statements.budget_year import BudgetYear, Key, LineYear, behind_budget, budget_year
from grandlivre.statements.explaining import Behind
from grandlivre.statements.projects import between

REPORT = ReportModel(
    name="execution-budgetaire",
    title="Tableau d'exécution budgétaire",
    audience=Audience.DONOR,
    scope=MadeFor.ALL,
    financing=PROJECTS,
)


def report(context: Context) -> Report:
    """Budget of the year, disbursed, committed, realised, available; older orders and advances on open orders below."""
    trees = trees_of(context)
    facts = budget_year(context.books, context.period.end, trees)
    blocks, answered = between_trees(context, facts.span, trees)
    body: list[Block] = [_table(context, facts, trees), Text((_method(context),))]
    if facts.older:
        body.append(_older(context, facts))
    if facts.advances:
        body.append(_advances(context, facts))
    return statutory(
        context,
        REPORT,
        facts.span,
        (*body, *blocks),
        unattached=facts.unattached,
        nil=answered,
        chosen=(*context.rates(), *_choices(context)),
        subtitle=subtitle(context, trees),
        landscape=True,
    )


def explain(context: Context, ref: str) -> tuple[Behind, ...]:
    """What a budget line (or a heading) disbursed, by its code; raises `RefusedError` for a code without one."""
    trees, end = trees_of(context), context.period.end
    homes = {
        Key(tree, each.id, line): home
        for tree in trees
        for each in context.books.tree_agreements(tree)
        for line, home in each.heading_of.items()
    }
    every = budget_year(context.books, end, trees).lines
    found = {key for key in every if key.line == ref} or {key for key in every if homes.get(key) == ref}
    if not found:
        known = sorted({key.line for key in every})
        said = context._("La ligne « {ref} » n'est pas dans l'état {statement}.").format(ref=ref, statement=REPORT.name)
        raise RefusedError(said + did_you_mean(ref, known, f" Lignes : {', '.join(known)}."))
    return behind_budget(context.books, end, trees, found)


def _choices(context: Context) -> Iterator[Fact]:
    """What the texts leave open, as it was chosen."""
    word, chosen = context._, context.books.policy.organisation.choices
    older = word("comptées en (3b)") if chosen.older_orders == "comptes" else word("listées seulement")
    yield Fact(word("Choix : commandes d'exercices antérieurs"), older)
    time = word("en jours d'une année de 360") if chosen.share_of_time == "jours" else word("en mois")
    yield Fact(word("Choix : répartition du budget dans le temps"), time)
    yield Fact(word("Choix : report des crédits engagés"), word("oui") if chosen.carried_credits else word("non"))


def _method(context: Context) -> str:
    return context._(
        "Décaissement : charges et immobilisations de l'exercice, plus ce qui était dû aux fournisseurs en N-1, moins ce qui leur "
        "est dû en N, plus les avances qui leur sont versées. Reporté : ce que N-1 laissait à payer, avec le crédit qui le paie. "
        "Disponible = budget + reporté − réalisation."
    )


def _columns(context: Context) -> tuple[Column, ...]:
    word = context._
    return (
        Column("code", word("Code"), width=6),
        Column("label", word("Libellé"), width=28),
        Column("budget", word("Budget de l'exercice (1)"), "money", total="sum"),
        Column("carried", word("Reporté de N-1"), "money", total="sum"),
        Column("disbursed", word("Décaissement (2)"), "money", total="sum"),
        Column("invoices_due", word("Factures dues (3a)"), "money", total="sum", group=word("Engagement (3)")),
        Column("orders", word("Commandes (3b)"), "money", total="sum", group=word("Engagement (3)")),
        Column(
            "committed",
            word("Total"),
            "money",
            formula=Formula("invoices_due + orders"),
            group=word("Engagement (3)"),
        ),
        Column("realised", word("Réalisation (4=2+3)"), "money", formula=Formula("disbursed + committed")),
        Column("available", word("Crédit disponible (5)"), "money", formula=Formula("budget + carried - realised")),
        Column("rate", word("Exécution budget %"), "percent", formula=Formula("realised / (budget + carried)")),
    )


@dataclass(slots=True)
class _Rows:
    """The rows of the table, under construction."""

    context: Context
    facts: BudgetYear
    rows: list[Row] = field(default_factory=list)

    def tree(self, tree: str, *, titled: bool) -> int | None:
        """A project's rows, under its own subtotal when the table holds several; where that subtotal stands."""
        books, at = self.context.books, len(self.rows)
        tops: list[int] = []
        agreements = [*books.tree_agreements(tree), None]
        shown = [each for each in agreements if self._codes(tree, each)]
        if titled:
            self.rows.append(Row({}))
        for agreement in shown:
            tops += self._agreement(tree, agreement, titled=len(shown) > 1, depth=int(titled))
        if not titled:
            return None
        donor = books.policy.donors[tree]
        self.rows[at] = Row({"code": tree, "label": donor.partner or donor.name}, role="subtotal", sums=tops)
        return at

    def _codes(self, tree: str, agreement: Agreement | None) -> dict[str, BudgetLine | None]:
        """The lines of an agreement in the budget's order, then those that it does not have; all of them that say something."""
        name = agreement.id if agreement is not None else ""
        defined = dict(agreement.budget_at(self.facts.span.end)) if agreement is not None else {}
        if agreement is not None:
            defined = {**agreement.budgets[0][1], **defined}
        used = sorted(
            key.line for key, line in self.facts.lines.items() if key[:2] == (tree, name) and line != LineYear()
        )
        runs = agreement is not None and agreement.start <= self.facts.span.end
        runs = runs and agreement is not None and agreement.final_day >= self.facts.span.start
        found: dict[str, BudgetLine | None] = {code: line for code, line in defined.items() if runs or code in used}
        return found | {code: None for code in used if code not in found}

    def _agreement(self, tree: str, agreement: Agreement | None, *, titled: bool, depth: int) -> list[int]:
        """The rows of an agreement, heading by heading; where those that add up stand."""
        word, at, tops = self.context._, len(self.rows), list[int]()
        name = agreement.id if agreement is not None else ""
        if titled:
            self.rows.append(Row({}))
        for home, title, lines in self._headings(tree, agreement):
            first = len(self.rows) + 1
            sums = range(first, first + len(lines))
            tops.append(len(self.rows))
            self.rows.append(Row({"code": home, "label": title}, role="subtotal", depth=depth, sums=sums))
            for code, line in lines.items():
                said = _title(self.context, line) if line is not None else word("Hors budget")
                self.rows.append(self._line(tree, name, code, said, depth + 1))
        if not titled:
            return tops
        label = word("Dépenses hors convention") if agreement is None else agreement.number or agreement.id
        self.rows[at] = Row({"code": name, "label": label}, role="subtotal", depth=depth, sums=tops)
        return [at]

    def _headings(
        self, tree: str, agreement: Agreement | None
    ) -> Iterator[tuple[str, str, dict[str, BudgetLine | None]]]:
        """Each heading that has lines, in the budget's order: its code, its title, its lines; what has no line comes last."""
        homes = agreement.heading_of if agreement is not None else {}
        headings = agreement.headings if agreement is not None else ()
        groups: dict[str, dict[str, BudgetLine | None]] = {each.code: {} for each in headings}
        titles = {each.code: _title(self.context, each) for each in headings}
        for code, line in self._codes(tree, agreement).items():
            groups.setdefault(homes.get(code, "") if line else "", {})[code] = line
        for home, lines in groups.items():
            if lines:
                yield home, titles.get(home) or self.context._("Hors budget"), lines

    def _line(self, tree: str, agreement: str, code: str, label: str, depth: int) -> Row:
        found = self.facts.line(tree, agreement, code)
        cells: dict[str, Value] = {
            "code": code,
            "label": label,
            "budget": found.budget,
            "carried": found.carried,
            "disbursed": found.disbursed,
            "invoices_due": found.due,
            "orders": found.orders,
        }
        return Row(cells, depth=depth)


def _table(context: Context, facts: BudgetYear, trees: Trees) -> Table:
    word, made = context._, _Rows(context, facts)
    combined = not context.scope.tree
    tops = [made.tree(tree, titled=combined) for tree in trees]
    rows = made.rows
    sums = [top for top in tops if top is not None] if combined else _tops(rows)
    rows.append(Row({"label": word("Total")}, role="total", sums=sums, key="total"))
    charged = sum(each.moved for each in between(context.books, facts.span, trees).shares if each.moved > 0)
    if charged:
        none = dict.fromkeys(("budget", "carried", "invoices_due", "orders"), 0)
        label = word("À déduire : parts de charges entre projets")
        rows.append(Row({"label": label, **none, "disbursed": charged}, key="shares"))
        rows.append(
            Row({"label": word("Total combiné")}, role="total", formula=Formula("total - shares"), key="combined")
        )
    return grid("lines", word("Exécution budgétaire"), _columns(context), rows)


def _tops(rows: list[Row]) -> list[int]:
    """The rows that no other adds up."""
    inner = {place for row in rows for place in row.sums}
    return [place for place in range(len(rows)) if place not in inner]


def _title(context: Context, named: BudgetLine | Heading) -> str:
    return (named.english if context.language == "en" else "") or named.label


def _older(context: Context, facts: BudgetYear) -> Table:
    word = context._
    columns = (
        Column("dossier", word("Marché"), width=11),
        Column("date", word("Attribué le"), "date"),
        Column("subject", word("Objet"), width=32),
        Column("winner", word("Attributaire"), width=24),
        Column("line", word("Ligne"), width=6),
        Column("amount", word("Reste à facturer"), "money", total="sum"),
    )
    rows = [
        Row(
            {
                "dossier": order.dossier.id,
                "date": order.dossier.date,
                "subject": order.dossier.subject,
                "winner": order.dossier.winner_name,
                "line": order.dossier.line,
                "amount": order.outstanding_on(facts.span.end),
            },
            refs=(Ref(order.dossier.place.file, order.dossier.place.line, order.dossier.id),),
        )
        for order in facts.older
    ]
    rows.append(Row({"subject": word("Total")}, role="total", sums=range(len(rows))))
    note = word("Comptées en (3b), sauf sous le choix ordres-anciens: ignores.")
    return grid("older-orders", word("Commandes d'exercices antérieurs encore ouvertes"), columns, rows, note)


def _advances(context: Context, facts: BudgetYear) -> Table:
    word = context._
    columns = (
        Column("date", word("Date"), "date"),
        Column("piece", word("N° pièce"), width=19),
        Column("supplier", word("Fournisseur"), width=26),
        Column("dossier", word("Marché"), width=11),
        Column("amount", word("Avance à imputer"), "money", total="sum"),
    )
    rows = [
        Row(
            {
                "date": each.entry.date,
                "piece": each.entry.piece,
                "supplier": each.order.dossier.winner_name,
                "dossier": each.order.dossier.id,
                "amount": each.amount,
            },
            refs=(context.ref(each.entry),),
        )
        for each in facts.advances
    ]
    rows.append(Row({"supplier": word("Total")}, role="total", sums=range(len(rows))))
    note = word(
        "Ces avances sont dans le décaissement (2) et, avec leur commande, dans (3b) : elles y comptent deux fois."
    )
    return grid("advances-on-orders", word("Avances (409) versées sur des commandes ouvertes"), columns, rows, note)
