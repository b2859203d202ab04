"""The yearly count of fixed assets (inventaire-immobilisations): a sheet to carry from room to room and fill in by hand."""

from __future__ import annotations

from grandlivre.reports.assets_register import build, identity_cells, identity_columns
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Signature, Text, grid

REPORT = ReportModel(
    name="inventaire-immobilisations",
    title="Fiche d'inventaire des immobilisations",
    audience=Audience.INTERNAL,
    scope=MadeFor.ALL,
)
_FREE_ROWS = 5
"""Rows for what is found and stands in no register."""


def report(context: Context) -> Report:
    """What the register says is there, room for what the committee sees, and who signs."""
    _ = context._
    held = build(context).held
    body: list[Block] = []
    if not held:
        body.append(Text((_("Aucune immobilisation n'est inscrite au registre à cette date."),), role="warning"))
    seen = _("Constaté par la commission")
    columns = (
        *identity_columns(context),
        Column("condition", _("État au registre"), width=11),
        Column("inventoried", _("Dernier inventaire"), "date", under="condition"),
        Column("found", _("Vu (oui, non)"), width=8, group=seen, by_hand=True),
        Column("state", _("État du bien"), width=13, group=seen, by_hand=True),
        Column("place", _("Lieu"), width=16, group=seen, by_hand=True),
        Column("remarks", _("Observations"), width=28, group=seen, by_hand=True),
    )
    rows = [
        Row(
            {
                **identity_cells(context, each),
                "condition": each.asset.condition,
                "inventoried": each.asset.inventoried,
            },
            refs=(Ref(*each.asset.place),),
        )
        for each in held
    ]
    rows += [Row({})] * _FREE_ROWS
    note = _(
        "Les dernières lignes sont pour ce qui est trouvé sans être inscrit. Reportez ensuite inventaire:, etat:, lieu: et "
        "detenteur: sur la directive de chaque bien ; ce qui manque se signale le jour même à la direction."
    )
    body.append(grid("lines", _("Biens à voir"), columns, rows, note=note))
    member = _("Commission d'inventaire")
    return context.report(
        REPORT,
        facts=(
            Fact(_("Biens inscrits"), len(held), "count"),
            Fact(_("Date de l'inventaire"), "…… / …… / ………", "text"),
            Fact(_("Lieux visités"), "……………………………………", "text"),
        ),
        body=tuple(body),
        signatures=(
            *(Signature(member, "", _("Nom et fonction :")) for _rank in range(3)),
            officer(context, DIRECTOR),
        ),
        landscape=True,
    )
