"""The register of donors (registre-donateurs): every gift, numbered over the life of the books (SYCEBNL art. 17 and 18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from grandlivre.books.gifts import Gift, gifts, treasury
from grandlivre.books.records import Movement
from grandlivre.policy.givers import Giver
from grandlivre.policy.sycebnl import ASSETS_HELD, BANK_AND_MOBILE, GIFTS, MOBILE, TILL, TREASURY
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Report, Row, Signature, Table, Text, Value, grid
from grandlivre.reports.kit.wording import MODES, amount_in_figures
from grandlivre.reports.receipt import receipts
from grandlivre.statements.eligibility import auditor_duty
from grandlivre.statements.figures import Span, figures

REPORT = ReportModel(
    name="registre-donateurs",
    title="Registre des donateurs",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)

_NATURES = {
    "don": "Don",
    "legs": "Legs",
    "mecenat": "Mécénat",
    "parrainage": "Parrainage",
    "don-en-nature": "Don en nature",
    "immobilisation": "Don ou legs d'immobilisation",
    "prestation": "Prestation en nature",
}
_IN_KIND = ("don-en-nature", "prestation")
_KINDS = {"physique": "Personne", "morale": "Organisme"}
_MISSING = "à compléter"
_ASKED = {"physique": ("first_names", "address", "email"), "morale": ("registration", "tax_id", "address", "email")}
"""What the law asks beside the name, by the kind of giver."""
_ASKED_OF_ALL = ("kind", "address", "email")
"""What is missing of a giver whom nothing describes: the kind says the rest."""


@dataclass(frozen=True)
class Register:
    """The lines of a period, and the account they must agree with, whole francs."""

    lines: tuple[Gift, ...]
    income: int
    """What the accounts of gifts in money gained in the period."""
    reversed: Mapping[int, int]
    """The number of a gift, and of the storno that takes it back, both ways."""

    @property
    def amount(self) -> int:
        """All that was given, in the books' currency."""
        return sum(each.amount for each in self.lines)

    @property
    def beside(self) -> int:
        """All that was valued off the balance sheet."""
        return sum(each.beside for each in self.lines)

    @property
    def gap(self) -> int:
        """What the accounts say more than the register."""
        posted = (movement for each in self.lines for movement in each.movements if movement.account.is_(*GIFTS))
        return self.income + sum(movement.value for movement in posted)


def build(context: Context) -> Register:
    """The register of the whole organisation, for the days of the period that are over."""
    books, start, end = context.books, context.period.start, context.reached
    known = [each for each in gifts(books) if each.entry.date <= end]
    income = sum(-each.movement for each in figures(books, Span(start, end)) if each.account.is_(*GIFTS))
    return Register(tuple(each for each in known if each.entry.date >= start), income, dict(_reversals(known)))


def _reversals(known: list[Gift]) -> Iterator[tuple[int, int]]:
    numbers = {(each.entry.piece, each.payer, each.nature): each.number for each in known if not each.entry.is_storno}
    for each in known:
        original = numbers.get((each.entry.text("annule"), each.payer, each.nature)) if each.entry.is_storno else None
        if original is not None:
            yield each.number, original
            yield original, each.number


def report(context: Context) -> Report:
    """The register of the organisation, whatever tree is asked for."""
    context = replace(context, scope=Scope())
    _, found = context._, build(context)
    rows = [_row(context, found, gift) for gift in found.lines]
    missing = sum(value == _(_MISSING) for row in rows for value in row.cells.values())
    body: list[Block] = []
    if not rows:
        body.append(Text((_("Aucun don n'est inscrit dans cette période."),), role="warning"))
    body += [_lines(context, rows), *_unaudited(context), _declaration(context, missing)]
    return context.report(
        REPORT,
        facts=(
            Fact(_("Inscriptions"), len(rows), "count"),
            Fact(_("Dons inscrits"), found.amount),
            Fact(_("Évalués hors bilan (classe 9)"), found.beside),
            Fact(_("Comptes 704 de la période"), found.income),
            Fact(_("Écart avec les comptes 704"), found.gap),
            Fact(_("Données à compléter"), missing, "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR), board(context), Signature(_("Cote et paraphe du tribunal"))),
        landscape=True,
    )


def _lines(context: Context, rows: list[Row]) -> Table:
    _ = context._
    columns = (
        Column("number", _("N°"), "count", width=6),
        Column("date", _("Date"), "date"),
        Column("reference", _("Référence"), width=14, under="date"),
        Column("kind", _("Donateur"), width=12),
        Column("name", _("Nom ou dénomination"), width=28),
        Column("first_names", _("Prénoms"), width=16, under="name"),
        Column("address", _("Domicile ou siège"), width=26),
        Column("email", _("Courriel"), width=22, under="address"),
        Column("registration", _("Immatriculation"), width=18),
        Column("tax_id", _("NIF"), width=12, under="registration"),
        Column("nature", _("Nature"), width=16),
        Column("form", _("Forme"), width=12, under="nature"),
        Column("amount", _("Montant"), "money", total="sum"),
        Column("in_kind", _("Évalué hors bilan"), "money", total="sum", empty=""),
        Column("receipt", _("Reçu n°"), width=20),
        Column("voucher", _("N° pièce"), width=20, page=False),
        Column("remark", _("Observation"), width=16, under="receipt"),
        Column("signature", _("Signature du représentant légal"), width=18, by_hand=True),
    )
    total = [Row({"name": _("Total")}, role="total", sums=range(len(rows)))] if rows else []
    note = _(
        "Le numéro suit l'ordre des livres depuis leur ouverture (SYCEBNL, art. 17). Ce qui est à compléter s'écrit dans "
        "rules/donateurs.yaml. Une ligne annulée reste inscrite, suivie de son annulation."
    )
    return grid("lines", _("Dons, donations et legs"), columns, [*rows, *total], note=note)


def _row(context: Context, found: Register, gift: Gift) -> Row:
    _, entry = context._, gift.entry
    cells: dict[str, Value] = {
        "number": gift.number,
        "date": entry.date,
        "reference": gift.reference,
        **_identity(context, gift),
        "nature": _(_NATURES[gift.nature]),
        "form": _form(context, gift),
        "amount": gift.amount or None,
        "in_kind": gift.beside or None,
        "receipt": _receipt(context, gift),
        "voucher": entry.piece,
        "remark": _remark(context, found, gift),
        "signature": "",
    }
    return Row(cells, refs=(context.ref(entry),))


def _identity(context: Context, gift: Gift) -> dict[str, Value]:
    """Who gave it: what the law asks and nothing says is to be completed."""
    _, giver = context._, gift.giver
    if giver is None:
        said = {"name": gift.payer, "tax_id": gift.entry.text("nif", gift.movements[0])}
        return {**said, **dict.fromkeys(_ASKED_OF_ALL if gift.payer else ("name", *_ASKED_OF_ALL), _(_MISSING))}
    cells: dict[str, Value] = {"kind": _(_KINDS[giver.kind]), "name": giver.name}
    return cells | {
        key: _said(giver, key) or _missing(context, giver, key) for key in (*_ASKED["morale"], "first_names")
    }


def _said(giver: Giver, key: str) -> str:
    return str(getattr(giver, key))


def _missing(context: Context, giver: Giver, key: str) -> str:
    return context._(_MISSING) if key in _ASKED[giver.kind] else ""


def _form(context: Context, gift: Gift) -> str:
    """Cash, cheque, transfer, electronic money or in kind; else what the entry does instead of receiving."""
    _, entry = context._, gift.entry
    if gift.nature in _IN_KIND or entry.pattern.touches(ASSETS_HELD):
        return _("en nature")
    account = treasury(entry)
    if account is not None:
        usual = "especes" if account.is_(*TILL) else "mobile" if account.is_(*MOBILE) else ""
        mode = entry.text("mode") or ("cheque" if entry.text("cheque") else usual)
        return _(MODES.get(mode, mode)) if mode or not account.is_(*BANK_AND_MOBILE) else _(_MISSING)
    if entry.pattern.touches(TREASURY):
        return _("restitution")
    return _("promesse") if gift.amount > 0 else _("régularisation")


def _receipt(context: Context, gift: Gift) -> str:
    """The number of the receipt that was handed out for it; "" when none is due."""
    first: Movement = gift.movements[0]
    found = (each.number for each in receipts(context, (gift.entry,)) if first in each.movements)
    return next(found, "")


def _remark(context: Context, found: Register, gift: Gift) -> str:
    other, _ = found.reversed.get(gift.number), context._
    if gift.entry.is_storno:
        if other is None:
            return _("annule {voucher}").format(voucher=gift.entry.text("annule"))
        return _("annule le n° {number}").format(number=other)
    return _("annulé par le n° {number}").format(number=other) if other is not None else ""


def _unaudited(context: Context) -> Iterator[Text]:
    """That an auditor has become compulsory (art. 19 to 21), where nobody holds that mandate."""
    if context.books.policy.organisation.auditor_on(context.reached) is not None:
        return
    duty = auditor_duty(context.books, context.reached)
    if not duty.is_compulsory:
        return
    said = context._(
        "Un commissaire aux comptes est obligatoire (SYCEBNL, art. 19 à 21) : total du bilan {assets}, ressources {resources}, "
        "effectif permanent {staff}, dans cet exercice ou l'un des deux précédents. Faites-le nommer par l'assemblée générale, "
        "puis écrivez commissaires-aux-comptes dans rules/organisation.yaml."
    )
    largest = max(duty.sizes, key=lambda each: each.is_large)
    assets, resources = (amount_in_figures(each, context.language) for each in (largest.assets, largest.resources))
    yield Text((said.format(assets=assets, resources=resources, staff=largest.staff),), role="warning")


def _declaration(context: Context, missing: int) -> Text:
    """What article 18 asks: the auditor's report, or the managers' declaration where there is no auditor."""
    _, own = context._, context.books.policy.organisation
    auditor = own.auditor_on(context.reached)
    if auditor is not None:
        said = _("Le commissaire aux comptes, {name}, fait rapport sur la tenue de ce registre (SYCEBNL, art. 18).")
        return Text((said.format(name=auditor.name),))
    said = _(
        "En l'absence de commissaire aux comptes, les dirigeants soussignés déclarent à l'assemblée générale que le registre "
        "des donateurs de {organisation} est régulièrement tenu : chaque don y est inscrit à son ordre et à sa date, sans "
        "blanc ni rature."
    ).format(organisation=own.name)
    if missing:
        said += " " + _("Réserve : {count} données sur les donateurs restent à compléter.").format(count=missing)
    return Text((said,), title=_("Déclaration des dirigeants (SYCEBNL, art. 18)"))
