"""The register of fixed assets (registre-immobilisations): what is held, where, with whom, what it is worth, and what left.

Its totals are held against the balances of classes 2 and 28: a gap is a fact of the paper, nil in sound books.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from grandlivre.books.assets import Registered, register, registered_accounts
from grandlivre.books.records import Account
from grandlivre.policy.periods import day_before
from grandlivre.policy.sycebnl import DEPRECIATIONS
from grandlivre.reports.kit.account_figures import first_day
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import day

REPORT = ReportModel(
    name="registre-immobilisations",
    title="Registre des immobilisations",
    audience=Audience.DONOR,
    scope=MadeFor.ALL,
)


@dataclass(frozen=True)
class Compared:
    """An account over the period, and what the register says it should hold at its end; whole francs, all positive."""

    account: Account
    opening: int
    more: int
    less: int
    registered: int

    @property
    def closing(self) -> int:
        """Its balance."""
        return self.opening + self.more - self.less

    @property
    def gap(self) -> int:
        """Balance less register."""
        return self.closing - self.registered

    @property
    def says(self) -> bool:
        """Whether anything stands there."""
        return bool(self.opening or self.more or self.less or self.registered)


@dataclass(frozen=True)
class Register:
    """The assets of the scope on the situation day."""

    day: date
    held: tuple[Registered, ...]
    left: tuple[Registered, ...]
    """Those that left in the period."""
    costs: tuple[Compared, ...]
    wear: tuple[Compared, ...]

    @property
    def moved(self) -> list[Compared]:
        """The accounts of assets that say something."""
        return [each for each in self.costs if each.says]

    @property
    def worn(self) -> list[Compared]:
        """The accounts of depreciation that say something."""
        return [each for each in self.wear if each.says]

    @property
    def cost_gap(self) -> int:
        """What the accounts of assets hold beyond the register."""
        return sum(each.gap for each in self.costs)

    @property
    def wear_gap(self) -> int:
        """What the accounts of depreciation hold beyond the register."""
        return sum(each.gap for each in self.wear)


def build(context: Context) -> Register:
    """The register on the period's last day that the books have reached."""
    reached = context.reached
    own = [each for each in register(context.books) if context.scope.tree in ("", each.tree)]
    left = (each for each in own if each.asset.left is not None and context.period.start <= each.asset.left <= reached)
    return Register(
        reached,
        tuple(each for each in own if each.is_held(reached)),
        tuple(sorted(left, key=lambda each: each.asset.left or reached)),
        tuple(_costs(context, own)),
        tuple(_wear(context, own)),
    )


def _costs(context: Context, own: Iterable[Registered]) -> Iterator[Compared]:
    """The accounts whose assets are registered one by one."""
    wanted = set(context.accounts())
    for account in registered_accounts(context.books):
        if account in wanted:
            mine = (each for each in own if each.asset.account == account)
            yield _compared(context, account, 1, sum(each.cost_in_books(context.reached) for each in mine))


def _wear(context: Context, own: Iterable[Registered]) -> Iterator[Compared]:
    for account in context.accounts(*DEPRECIATIONS):
        mine = (each for each in own if each.wear_account == account)
        yield _compared(context, account, -1, sum(each.wear_in_books(context.reached) for each in mine))
    homeless = [each for each in own if each.wear_account is None]
    for account, group in groupby(homeless, key=lambda each: each.asset.account):  # nothing was ever depreciated there
        yield Compared(account, 0, 0, 0, sum(each.wear_in_books(context.reached) for each in group))


def _compared(context: Context, account: Account, sign: int, registered: int) -> Compared:
    """An account as it grows (sign 1: by its debits); a storno stands in its original's column."""
    ledger = context.books.ledger(account.name)
    start = ledger.brought_forward(first_day(context.books, context.period.start, context.period.end))
    end = ledger.until(context.reached)
    debit, credit = ledger.debits[end] - ledger.debits[start], ledger.credits[end] - ledger.credits[start]
    more, less = (debit, credit) if sign > 0 else (credit, debit)
    return Compared(account, sign * ledger.balances[start - 1] if start else 0, more, less, registered)


def report(context: Context) -> Report:
    """The assets by account, then what left, then each account of classes 2 and 28 held against the register."""
    _ = context._
    facts = build(context)
    body: list[Block] = []
    if facts.held:
        body.append(_held(context, facts))
    else:
        body.append(Text((_("Aucune immobilisation n'est inscrite au registre à cette date."),), role="warning"))
    if facts.left:
        body.append(_gone(context, facts))
    if facts.moved:
        titles = (_("Acquisitions"), _("Sorties"))
        body.append(_accounts(context, "movements", _("Valeurs brutes (note 5A)"), titles, facts.moved))
    if facts.worn:
        titles = (_("Dotations"), _("Reprises sur sorties"))
        note = (
            _("Un écart négatif est ce qui reste à passer : grandlivre entries amortissements.")
            if facts.wear_gap
            else ""
        )
        body.append(_accounts(context, "depreciation", _("Amortissements (note 5D)"), titles, facts.worn, note))
    return context.report(
        REPORT,
        facts=_facts(context, facts),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR), board(context)),
        landscape=True,
    )


def _facts(context: Context, facts: Register) -> tuple[Fact, ...]:
    _ = context._
    cost = sum(each.asset.cost for each in facts.held)
    worn = sum(each.worn(facts.day) for each in facts.held)
    return (
        Fact(_("Immobilisations"), len(facts.held), "count"),
        Fact(_("Valeur brute"), cost),
        Fact(_("Amortissements cumulés"), worn),
        Fact(_("Valeur nette"), cost - worn),
        Fact(_("Écart valeurs brutes : comptes − registre"), facts.cost_gap),
        Fact(_("Écart amortissements : comptes − registre"), facts.wear_gap),
    )


def identity_columns(context: Context) -> tuple[Column, ...]:
    """What an asset is and where it should be, as the register and the yearly count print it."""
    _ = context._
    return (
        Column("number", _("N°"), width=13),
        Column("serial", _("N° de série"), width=13, under="number"),
        Column("label", _("Désignation"), width=22),
        Column("account", _("Compte"), width=22, under="label"),
        Column("tree", _("Projet"), width=11),
        Column("agreement", _("Convention"), width=11, under="tree"),
        Column("location", _("Lieu"), width=14),
        Column("holder", _("Détenteur"), width=14, under="location"),
    )


def identity_cells(context: Context, each: Registered) -> dict[str, Value]:
    """What those columns say of an asset."""
    asset = each.asset
    words = context.account_words(asset.account)
    return {
        "number": asset.id,
        "serial": asset.serial,
        "label": asset.label or asset.account.label or words,
        "account": words,
        "tree": each.tree,
        "agreement": each.agreement.id if each.agreement is not None else "",
        "location": asset.location,
        "holder": name_of(context, asset.holder),
    }


def _held(context: Context, facts: Register) -> Table:
    _ = context._
    columns = (
        *identity_columns(context),
        Column("date", _("Achat"), "date"),
        Column("in_service", _("Mise en service"), "date", under="date"),
        Column("supplier", _("Fournisseur"), width=18),
        Column("vouchers", _("Pièces comptables"), width=18, under="supplier"),
        Column("cost", _("Coût"), "money", total="sum"),
        Column("life", _("Durée (mois)"), "count", empty="—"),
        Column("before", _("Antérieurs"), "money", total="sum", group=_("Amortissements")),
        Column("period", _("De la période"), "money", total="sum", group=_("Amortissements")),
        Column(
            "cumulated",
            _("Cumulés"),
            "money",
            total="sum",
            group=_("Amortissements"),
            formula=Formula("before + period"),
        ),
        Column("net", _("Valeur nette"), "money", total="sum", formula=Formula("cost - cumulated")),
        Column("condition", _("État du bien"), width=10),
        Column("inventoried", _("Dernier inventaire"), "date", under="condition"),
        Column("subsidy", _("Compte de la subvention"), page=False),
        Column("subsidised", _("Subvention"), "money", total="sum", page=False),
        Column("released", _("Subvention reprise"), "money", total="sum", page=False),
    )
    rows: list[Row] = []
    totals: list[int] = []
    for _key, group in groupby(facts.held, key=lambda each: (each.tree, each.asset.account.number)):
        assets, start = tuple(group), len(rows)
        rows += [_row(context, each, facts.day) for each in assets]
        totals.append(len(rows))
        said = f"{_('Total')} {context.account_words(assets[0].asset.account)}"
        rows.append(Row({"label": said}, role="subtotal", sums=range(start, len(rows))))
    rows.append(Row({"label": _("Total")}, role="total", sums=tuple(totals)))
    note = _(
        "Amortissement linéaire depuis la mise en service ; rien n'est amorti dans les projets qui rendent compte sur fonds "
        "d'administration ou avance à justifier, ni pour les terrains."
    )
    return grid("lines", _("Immobilisations détenues"), columns, rows, note=note)


def _row(context: Context, each: Registered, at: date) -> Row:
    asset = each.asset
    entries = [entry for piece in asset.pieces for entry in context.books.vouchers(piece)]
    before = each.worn(day_before(context.period.start))
    cells: dict[str, Value] = {
        **identity_cells(context, each),
        "date": asset.date,
        "in_service": asset.in_service,
        "supplier": next((entry.payee for entry in entries if not entry.is_taken_over), ""),
        "vouchers": ", ".join(asset.pieces),
        "cost": asset.cost,
        "life": asset.life if each.wears_out else None,
        "before": before,
        "period": each.worn(at) - before,
        "condition": asset.condition,
        "inventoried": asset.inventoried,
        "subsidy": asset.subsidy.name if asset.subsidy is not None else "",
        "subsidised": asset.subsidised or None,
        "released": each.released(at) if asset.subsidised else None,
    }
    return Row(cells, refs=(Ref(*asset.place), *(context.ref(entry) for entry in entries)))


def _gone(context: Context, facts: Register) -> Table:
    _ = context._
    columns = (
        Column("number", _("N°"), width=13),
        Column("label", _("Désignation"), width=24),
        Column("account", _("Compte"), width=24, under="label"),
        Column("tree", _("Projet"), width=11),
        Column("left", _("Sortie le"), "date"),
        Column("reason", _("Motif"), width=18),
        Column("vouchers", _("Pièces comptables"), width=18),
        Column("cost", _("Coût"), "money", total="sum"),
        Column("cumulated", _("Amort. cumulés"), "money", total="sum"),
        Column("net", _("Valeur nette"), "money", total="sum", formula=Formula("cost - cumulated")),
        Column("book_value", _("Valeur comptable (81)"), "money", total="sum"),
        Column("price", _("Prix (82)"), "money", total="sum"),
        Column(
            "gain", _("Plus-value (+) ou moins-value (−)"), "money", total="sum", formula=Formula("price - book_value")
        ),
    )
    rows = [_gone_row(context, each, facts.day) for each in facts.left]
    rows.append(Row({"label": _("Total")}, role="total", sums=range(len(rows))))
    waiting = [each.asset.id for each in facts.left if each.cost_out(facts.day) != each.asset.cost]
    note = ""
    if waiting:
        note = _("La sortie n'est pas encore passée dans les comptes : {assets}.").format(assets=", ".join(waiting))
    return grid("disposals", _("Immobilisations sorties dans la période (note 5C)"), columns, rows, note=note)


def _gone_row(context: Context, each: Registered, at: date) -> Row:
    asset = each.asset
    entries = list({id(one.entry): one.entry for one in each.leaving if one.entry.date <= at}.values())
    identity = identity_cells(context, each)
    cells: dict[str, Value] = {
        **{key: identity[key] for key in ("number", "label", "account", "tree")},
        "left": asset.left,
        "reason": asset.reason,
        "vouchers": ", ".join(f"{entry.named} ({day(entry.date)})" for entry in entries),
        "cost": asset.cost,
        "cumulated": each.worn(at),
        "book_value": each.book_value,
        "price": each.price,
    }
    return Row(cells, refs=(Ref(*asset.place), *(context.ref(entry) for entry in entries)))


def _accounts(
    context: Context, key: str, title: str, titles: tuple[str, str], compared: Iterable[Compared], note: str = ""
) -> Table:
    """Each account: opening, what came, what went, closing, as note 5 has them, and the register's total beside."""
    _ = context._
    columns = (
        Column("number", _("Compte"), width=9),
        Column("label", _("Intitulé"), width=34),
        Column("tree", _("Projet"), width=12),
        Column("opening", _("Ouverture"), "money", total="sum"),
        Column("more", titles[0], "money", total="sum"),
        Column("less", titles[1], "money", total="sum"),
        Column("closing", _("Clôture"), "money", total="sum", formula=Formula("opening + more - less")),
        Column("registered", _("Registre"), "money", total="sum"),
        Column("gap", _("Écart"), "money", total="sum", formula=Formula("closing - registered")),
    )
    rows = [
        Row(
            {
                "number": each.account.number,
                "label": each.account.label or each.account.name,
                "tree": each.account.tree,
                "opening": each.opening,
                "more": each.more,
                "less": each.less,
                "registered": each.registered,
            }
        )
        for each in compared
    ]
    rows.append(Row({"label": _("Total")}, role="total", sums=range(len(rows))))
    return grid(key, title, columns, rows, note=note)
