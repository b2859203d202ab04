"""The State's file of a year (dossier-etat): the pieces a signatory of the accord-cadre deposits, what is missing first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from grandlivre.books.directives.closings import Transmission
from grandlivre.books.reports_owed import ending
from grandlivre.i18n import Money
from grandlivre.policy.donors import Agreement, Donor
from grandlivre.policy.periods import Period
from grandlivre.reports.activity_report import LAW
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, grid
from grandlivre.reports.kit.tellings import FOLDER, telling
from grandlivre.reports.kit.wording import period_label, sum_in_figures

REPORT = ReportModel(
    name="dossier-etat",
    title="Dossier de l'État",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)

ACTIVITY, STATEMENTS, SOURCES = "rapport-activites", "etats-certifies", "sources-financement"
"""What a deposit is called in its directive: `custom "transmission" "rapport-activites" "" "2026-03"`."""
STATES = {
    "missing": "manque",
    "incomplete": "incomplet",
    "ahead": "à venir",
    "there": "déposé",
    "written": "inscrit",
}
"""What is said of a piece, in the order they are listed."""
_SHOWN = 16
"""Digits of a digest that a page prints."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the file, and what stands."""

    label: str
    period: Period | None
    state: str
    """One of STATES."""
    what: str = ""
    """Path of its file, or the number itself."""
    digest: str = ""
    """sha256 of the file, 64 hexadecimal digits."""
    deposited: date | None = None
    ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class StateFile:
    """The file of a year."""

    year: Period
    pieces: tuple[Piece, ...]
    """What is missing first."""
    sources: tuple[tuple[Donor, Agreement], ...]
    """The agreements that run on some day of the year."""

    def count(self, *states: str) -> int:
        """How many pieces are in one of those states."""
        return sum(each.state in states for each in self.pieces)


def build(context: Context) -> StateFile:
    """The file of the year in which the period ends."""
    year = Period.parse(f"{context.period.end.year:04d}")
    assert year is not None
    asked = replace(context, scope=Scope(), period=year)
    pieces = [*_reports(asked), *_headings(asked), *_numbers(asked)]
    order = list(STATES)
    sources = tuple(
        (donor, agreement)
        for _, donor in sorted(context.books.policy.donors.items())
        for agreement in donor.agreements
        if agreement.start <= year.end and agreement.final_day >= year.start
    )
    return StateFile(year, tuple(sorted(pieces, key=lambda each: order.index(each.state))), sources)


def _reports(context: Context) -> Iterator[Piece]:
    """The activity reports of each month, each quarter and the year, the certified statements and the list of sources."""
    _, year = context._, context.period
    first = context.books.first_transaction or context.books.start
    for many, label in ((1, _("Rapport d'activités du mois")), (3, _("Rapport d'activités du trimestre"))):
        for month in year.months():
            period = ending(month.end, many)
            if period is not None and period.end >= first:
                yield _deposit(context, label, ACTIVITY, period)
    yield _deposit(context, _("Rapport d'activités annuel"), ACTIVITY, year)
    yield _deposit(context, _("État financier certifié"), STATEMENTS, year)
    yield _deposit(context, _("Liste des sources de financement"), SOURCES, year)


def _deposit(context: Context, label: str, model: str, period: Period) -> Piece:
    """A piece with its last deposit: a sending of the whole organisation, and the file that proves it."""
    found = [
        each
        for each in context.books.directives.transmissions
        if (each.model, each.tree, each.period) == (model, "", period.code) and each.date <= context.books.today
    ]
    if not found:
        return Piece(label, period, "missing" if period.end < context.books.today else "ahead")
    sent = max(found, key=lambda each: each.date)
    path = _proof(context, sent)
    hashed = context.books.documents.hashed(path) if path else None
    digest = hashed[0] if hashed is not None else ""
    ref = Ref(sent.place.file, sent.place.line)
    return Piece(label, period, "there" if digest else "incomplete", path, digest, sent.date, ref)


def _proof(context: Context, sent: Transmission) -> str:
    """The stamped copy or the receipt of the administration (`document-…`), else the file that was sent."""
    named = {each.key: str(each.value) for each in context.books.directives.documents if each.place == sent.place}
    return next((value for key, value in sorted(named.items()) if key != "document"), sent.document)


def _headings(context: Context) -> Iterator[Piece]:
    """The four headings that the law asks of the yearly report, in what people wrote."""
    told, year = telling(context), context.period
    for heading in LAW:
        label = context._("Rapport annuel : {heading}").format(heading=context._(heading))
        absent = "missing" if year.end < context.books.today else "ahead"
        yield Piece(label, year, "written" if told.section(heading) else absent, f"ledger/{FOLDER}/{told.path}")


def _numbers(context: Context) -> Iterator[Piece]:
    """The numbers that every paper carries."""
    papers, place = context.books.policy.organisation.papers, context.books.rules_place("organisation.yaml", "identite")
    for label, value in (
        (context._("Récépissé de déclaration"), papers.registration),
        (context._("Numéro de l'accord-cadre"), papers.framework),
        (context._("Numéro d'identification fiscale"), papers.tax_id),
    ):
        yield Piece(label, None, "written" if value else "missing", value, ref=Ref(*place))


def report(context: Context) -> Report:
    """The file of the organisation, whatever tree is asked for."""
    _ = context._
    facts = build(context)
    body: list[Block] = [_pieces(context, facts)]
    if facts.sources:
        body.append(_sources(context, facts))
    else:
        said = _("Aucune convention ne court cette année : aucune source de financement n'est à déclarer.")
        body.append(Text((said,), title=_("Sources de financement"), role="warning"))
    return context.report(
        REPORT,
        scope=_("Toute l'organisation"),
        subtitle=period_label(facts.year, context.language),
        facts=(
            Fact(_("Pièces qui manquent"), facts.count("missing"), "count"),
            Fact(_("Pièces incomplètes"), facts.count("incomplete"), "count"),
            Fact(_("Pièces à venir"), facts.count("ahead"), "count"),
            Fact(_("Pièces déposées ou inscrites"), facts.count("there", "written"), "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR), board(context)),
        landscape=True,
    )


def _pieces(context: Context, facts: StateFile) -> Table:
    _ = context._
    columns = (
        Column("state", _("État"), width=10),
        Column("piece", _("Pièce"), width=38),
        Column("period", _("Période"), width=20, empty="—"),
        Column("deposited", _("Déposé le"), "date", empty="—"),
        Column("what", _("Fichier ou numéro"), width=44, empty="—"),
        Column("digest", _("Empreinte"), width=18, empty="—"),
        Column("sha256", "sha256", width=64, page=False),
    )
    rows = [
        Row(
            {
                "state": _(STATES[each.state]),
                "piece": each.label,
                "period": period_label(each.period, context.language) if each.period is not None else "",
                "deposited": each.deposited,
                "what": each.what,
                "digest": each.digest[:_SHOWN],
                "sha256": each.digest,
            },
            refs=(each.ref,) if each.ref is not None else (),
        )
        for each in facts.pieces
    ]
    note = _(
        "Un dépôt s'inscrit par une transmission sans projet, avec la copie tamponnée ou l'accusé de réception de "
        "l'administration (document-accuse). Déposé sans ce fichier, il est incomplet."
    )
    return grid("pieces", _("Pièces du dossier"), columns, rows, note=note)


def _sources(context: Context, facts: StateFile) -> Table:
    _ = context._
    columns = (
        Column("tree", _("Projet"), width=12),
        Column("donor", _("Bailleur"), width=30),
        Column("country", _("Pays"), width=8),
        Column("agreement", _("Convention"), width=18),
        Column("number", _("Numéro officiel"), width=20),
        Column("start", _("Du"), "date"),
        Column("end", _("Au"), "date"),
        Column("amount", _("Montant"), width=18, empty="—"),
    )
    rows = [
        Row(
            {
                "tree": donor.code,
                "donor": donor.partner or donor.name,
                "country": donor.country or _("à écrire"),
                "agreement": each.id,
                "number": each.number or _("à écrire"),
                "start": each.start,
                "end": each.final_day,
                "amount": _amount(context, each.amount),
            },
            refs=(Ref(*context.books.agreement_place(donor.code, each)),),
        )
        for donor, each in facts.sources
    ]
    note = _("Ce qui est à écrire s'écrit dans rules/bailleurs/ : pays-origine-fonds et numero.")
    return grid("sources", _("Sources de financement"), columns, rows, note=note)


def _amount(context: Context, money: Money | None) -> str:
    return sum_in_figures(money, context.language) if money is not None else ""
