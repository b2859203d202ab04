"""The periodic report to a donor: execution of its budget, statement of its funds, list of expenses with vouchers."""

from __future__ import annotations

from dataclasses import dataclass

from grandlivre.policy.periods import Period
from grandlivre.reports.execution import Execution, LineExecution, executions
from grandlivre.reports.funds import FundsStatement, carried_over, funds
from grandlivre.reports.holdings import AVAILABLE, COMMITTED, NET
from grandlivre.reports.kit.budget_rows import budget_rows, cumulative_title, note, supported, title
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.signing import donor_signatures
from grandlivre.reports.kit.table import Block, Column, Drawn, Fact, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.tellings import Telling, telling
from grandlivre.reports.kit.wording import MODES, day, period_label, sum_in_figures
from grandlivre.sources.problem import RefusedError

REPORT = ReportModel(
    name="rapport-financier",
    title="Rapport financier",
    audience=Audience.DONOR,
)


_CLOSING = "Solde de clôture théorique"
"""What the movements leave, beside what is held."""


@dataclass(frozen=True, slots=True)
class FinancialReport:
    """The facts of one tree over one period."""

    executions: tuple[Execution, ...]
    funds: FundsStatement
    telling: Telling

    @property
    def spent(self) -> int:
        """Of the period, by the budgets."""
        return sum(line.period for execution in self.executions for line in execution.lines)


def build(context: Context) -> FinancialReport:
    """The facts of the scope's tree; raises `RefusedError` for a tree nobody declared."""
    if context.donor is None:
        raise RefusedError(
            f"Le projet {context.scope.tree or '(aucun)'} n'a pas de fiche dans rules/bailleurs/ : "
            "un rapport financier se fait pour un bailleur et ses conventions."
        )
    return FinancialReport(executions(context), funds(context), telling(context))


def report(context: Context) -> Report:
    """The report of one tree."""
    facts = build(context)
    word = context._
    expenses = _expenses(context, facts.executions)
    body: list[Block] = [
        _execution(context, each, facts.telling, several=len(facts.executions) > 1) for each in facts.executions
    ]
    if not body:
        text = word("Aucune convention n'est en vigueur sur cette période et rien n'a été dépensé.")
        body.append(Text((text,), role="warning"))
    if facts.telling.general:
        body.append(Text(facts.telling.general, word("Commentaires")))
    body += [_flow(context, facts.funds, listed=facts.spent), _position(context, facts.funds)]
    return context.report(
        REPORT,
        facts=(*_facts(context, facts.executions), *context.rates()),
        body=tuple(body),
        signatures=donor_signatures(context),
        annexes=(expenses,),
        landscape=True,
    )


def _facts(context: Context, found: tuple[Execution, ...]) -> tuple[Fact, ...]:
    word, donor = context._, context.donor
    facts = [Fact(word("Partenaire"), donor.partner)] if donor is not None and donor.partner else []
    for execution in found:
        agreement = execution.agreement
        if agreement is None:
            continue
        facts.append(Fact(word("Convention"), agreement.number or agreement.id))
        if agreement.label:
            facts.append(Fact(word("Projet"), agreement.label))
        facts.append(Fact(word("Début de la convention"), agreement.start))
        facts.append(Fact(word("Fin de la convention"), agreement.final_day))
        if agreement.amount is not None:
            facts.append(Fact(word("Montant de la convention"), sum_in_figures(agreement.amount, context.language)))
        facts.append(Fact(word("Temps écoulé"), execution.elapsed))
    return tuple(facts)


def _execution(context: Context, execution: Execution, told: Telling, *, several: bool) -> Table:
    word = context._
    agreement = execution.agreement.id if execution.agreement is not None else ""
    same = (("line", "code"), ("agreement", "agreement")) if several else (("line", "code"),)
    columns = (
        Column("code", word("Code"), width=5),
        Column("label", word("Rubrique / Ligne"), width=26),
        Column("initial", word("Initial"), "money", total="sum", group=word("Budget")),
        Column("budget", word("Révisé"), "money", total="sum", group=word("Budget")),
        Column("before", word("Antérieur"), "money", total="sum", group=word("Réalisé"), page=False),
        Column(
            "period",
            word("Période"),
            "money",
            total="sum",
            group=word("Réalisé"),
            drawn=Drawn("expenses", "amount", where=same),
        ),
        Column(
            "actual",
            cumulative_title(context, execution),
            "money",
            total="sum",
            formula=Formula("before + period"),
            group=word("Réalisé"),
        ),
        Column("orders", word("Commandes en cours"), "money", total="sum"),
        Column("available", word("Solde disponible"), "money", formula=Formula("budget - actual - orders")),
        Column("rate", word("Taux d'exécution"), "percent", formula=Formula("actual / budget")),
        Column("elapsed", word("Taux temporel"), "percent"),
        Column("comment", word("Commentaire"), width=26),
        *((Column("agreement", word("Convention"), page=False),) if several else ()),
    )

    def cells(line: LineExecution) -> dict[str, Value]:
        return {
            "initial": line.initial,
            "budget": line.budget,
            "before": line.cumulative - line.period,
            "period": line.period,
            "actual": line.cumulative,
            "orders": line.outstanding,
            "comment": told.of(agreement, line.code),
            **({"agreement": agreement} if several else {}),
        }

    heading = f"{word('Exécution du budget')} – {title(context, execution)}"
    key = f"budget-{agreement}" if agreement else "budget"
    rows = budget_rows(context, execution, cells)
    sheet = f"{word('Budget')} {agreement or word('hors convention')}" if several else word("Budget")
    return grid(key, heading, supported(execution, columns), rows, note(context, execution), sheet)


def _flow(context: Context, found: FundsStatement, listed: int) -> Table:
    word = context._
    former, carried = carried_over(context)
    rows = [Row({"label": word("Solde d'ouverture"), "amount": found.opening - carried}, key="opening")]
    formula = "opening + received + interest - expenses"
    if former is not None and carried:
        label = word("Report de la convention {agreement}").format(agreement=former.number or former.id)
        rows.append(Row({"label": f"+ {label}", "amount": carried}, key="carried"))
        formula += " + carried"
    rows += [
        Row(
            {"label": f"+ {word('Fonds reçus')}", "amount": found.received},
            key="received",
            refs=tuple(context.ref(entry) for entry in found.receipts),
        ),
        Row(
            {"label": f"+ {word('Intérêts')}", "amount": found.interest},
            key="interest",
            refs=tuple(context.ref(entry) for entry in found.interests),
        ),
    ]
    if found.other:
        rows.append(Row({"label": f"+ {word('Autres ressources')}", "amount": found.other}, key="other"))
        formula += " + other"
    rows += [
        Row(
            {"label": f"− {word('Dépenses')}", "amount": found.expenses},
            key="expenses",
            drawn=Drawn("expenses", "amount") if found.expenses == listed else None,
        ),
        Row(
            {"label": word(_CLOSING), "amount": found.closing},
            role="total",
            key="closing",
            formula=Formula(formula),
        ),
    ]
    return grid("flow", word("État des fonds : mouvements de la période"), _label_amount(context), rows)


def _position(context: Context, found: FundsStatement) -> Table:
    word, held = context._, found.holdings
    money = [
        ("bank", "Banque", held.bank.amount, True),
        ("till", "Caisse", held.till.amount, True),
        ("mobile", "Monnaie électronique", held.mobile.amount, True),
        ("transit", "Virements en transit", held.transit.amount, False),
        ("unsigned", "Paiements à signer", held.unsigned.amount, False),
    ]
    others = [
        ("advances", "Avances à justifier", held.advances.amount, True),
        ("receivables", "Autres créances", held.receivables.amount, False),
    ]
    shown, beside = (
        [(key, name, value) for key, name, value, always in parts if always or value] for parts in (money, others)
    )
    rows = [
        Row({"label": f"{'+ ' if index else ''}{word(name)}", "amount": value}, key=key)
        for index, (key, name, value) in enumerate(shown)
    ]
    rows.append(
        Row(
            {"label": word(AVAILABLE), "amount": held.available},
            role="subtotal",
            key="available",
            formula=Formula(" + ".join(key for key, _, _ in shown)),
        )
    )
    rows += [Row({"label": f"+ {word(name)}", "amount": value}, key=key) for key, name, value in beside]
    rows += [
        Row({"label": f"− {word(COMMITTED)}", "amount": held.committed}, key="debts"),
        Row(
            {"label": word(NET), "amount": found.held},
            role="subtotal",
            key="held",
            formula=Formula(" + ".join(("available", *(key for key, _, _ in beside))) + " - debts"),
        ),
        Row(
            {"label": word(_CLOSING), "amount": found.closing},
            key="closing",
            drawn=Drawn("flow", "amount", row="closing"),
        ),
        Row(
            {"label": word("Écart entre les deux calculs"), "amount": found.gap},
            role="total",
            formula=Formula("closing - held"),
        ),
    ]
    said = word("Les deux soldes concordent.") if not found.gap else word("Les deux soldes diffèrent : à expliquer.")
    title = word("État des fonds : situation au {day}").format(day=day(context.reached))
    return grid("position", title, _label_amount(context), rows, said)


def _label_amount(context: Context) -> tuple[Column, ...]:
    return (
        Column("label", context._("Libellé"), width=34),
        Column("amount", context._("Montant"), "money", total="sum"),
    )


def _expenses(context: Context, found: tuple[Execution, ...]) -> Table:
    word = context._
    several = sum(execution.agreement is not None for execution in found) > 1
    columns = [
        Column("order", word("N°"), "count"),
        Column("heading", word("Rubrique"), width=22, page=False),
        Column("line", word("Ligne"), width=5),
        Column("month", word("Mois"), width=14, page=False),
        Column("date", word("Date"), "date"),
        Column("piece", word("N° pièce"), width=19),
        Column("payee", word("Bénéficiaire"), width=24),
        Column("label", word("Libellé"), width=32),
        Column("account", word("Compte"), width=7),
        Column("mode", word("Mode de paiement"), width=9),
        Column("amount", word("Montant"), "money", total="sum"),
    ]
    if several:
        columns.insert(1, Column("agreement", word("Convention"), width=12))
    rows: list[Row] = []
    lines = (
        (execution, heading, line) for execution in found for heading in execution.headings for line in heading.lines
    )
    for execution, heading, line in lines:
        for charge in line.spent:
            entry = charge.entry
            cells: dict[str, Value] = {
                "order": len(rows) + 1,
                "heading": f"{heading.code} {heading.label}".strip(),
                "line": line.code,
                "month": period_label(Period.month(entry.date), context.language),
                "date": entry.date,
                "piece": entry.piece,
                "payee": _name(context, entry.payee_of(charge.movement)),
                "label": entry.label_of(charge.movement),
                "account": charge.movement.account.number,
                "mode": word(MODES.get(mode, mode)) if (mode := entry.text("mode")) else "",
                "amount": charge.amount,
            }
            if several:
                cells["agreement"] = execution.agreement.id if execution.agreement is not None else ""
            rows.append(Row(cells, refs=(context.ref(entry),)))
    if rows:
        rows.append(Row({"label": word("Total des dépenses de la période")}, role="total", sums=range(len(rows))))
    return grid("expenses", word("Liste des dépenses de la période"), columns, rows, sheet=word("Dépenses"))


def _name(context: Context, who: str) -> str:
    """A declared person's name for its id, else the text as written."""
    person = context.books.policy.people.get(who)
    return person.name if person is not None else who
