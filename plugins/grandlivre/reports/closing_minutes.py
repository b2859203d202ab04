"""The minutes of a closing (procès-verbal de clôture): what was sealed, by which root, and who keeps that root outside the books.

Whoever can rewrite the books can rewrite their seals; nobody rewrites a paper that the board signed and keeps.
"""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.books.digest import file_digest, manifest_name, read_manifest, rules_name
from grandlivre.books.directives.closings import Closing
from grandlivre.policy.periods import Period
from grandlivre.proof.lists import list_name
from grandlivre.proof.store import FOLDER
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, name_of, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Code, Column, Fact, Report, Row, Span, Table, Text, grid
from grandlivre.reports.kit.wording import day, period_label
from grandlivre.rules import proofs

REPORT = ReportModel(
    name="pv-cloture",
    title="Procès-verbal de clôture",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)


def build(context: Context) -> tuple[tuple[Closing, Period], ...]:
    """The closings of the period, oldest first."""
    found = [(closing, span) for closing, span in context.books.closed if _within(span, context.period)]
    return tuple(sorted(found, key=lambda pair: pair[1].end))


def _within(span: Period, whole: Period) -> bool:
    return whole.start <= span.start and span.end <= whole.end


def report(context: Context) -> tuple[Report, ...]:
    """One paper a closing, ready to be signed."""
    found = build(context)
    if not found:
        said = context._("Aucune clôture ne porte sur cette période : grandlivre close PÉRIODE.")
        return (context.report(REPORT, body=(Text((said,), role="warning"),)),)
    return tuple(_report(context, *each) for each in found)


def _report(context: Context, closing: Closing, period: Period) -> Report:
    return context.report(
        REPORT,
        subtitle=f"{REPORT.name.upper()}-{closing.period}",
        period=Span(period_label(period, context.language), period.start, period.end),
        facts=tuple(_facts(context, closing)),
        body=tuple(_body(context, closing)),
        signatures=(officer(context, DIRECTOR), board(context)),
    )


def _facts(context: Context, closing: Closing) -> Iterator[Fact]:
    _ = context._
    standing = proofs(context.books).closing(closing).standing
    people = (*standing.signers, *standing.witnesses) if standing is not None else ()
    yield Fact(_("Clôturée le"), closing.date)
    yield Fact(_("Pièces jointes au manifeste"), len(read_manifest(context.books, closing.period).rows), "count")
    yield Fact(_("Visas de la clôture"), ", ".join(name_of(context, who) for who in people) or _("aucun"))
    yield Fact(_("Version signée des règles"), closing.rules_visa.partition(" ")[0] or _("aucune"))
    yield Fact(_("Identité des livres"), context.books.policy.organisation.books_id or _("aucune"))


def _body(context: Context, closing: Closing) -> Iterator[Block]:
    _ = context._
    yield Text((_opening(context, closing),))
    anchor = f"{closing.period}={closing.digest}"
    yield Code(anchor, (_("À lire au téléphone, ou à recopier :"), anchor), title=_("Racine de la clôture"))
    yield _sealed(context, closing)
    if closing.reserves:
        yield Text(closing.reserves, title=_("Réserves"))
    yield Text(
        (
            _(
                "Le Bureau exécutif garde ce procès-verbal signé hors des livres : c'est leur ancre. Une clôture refaite plus tard n'a plus "
                "cette racine, quoi qu'on ait changé dans les fichiers."
            ),
            _("Pour le vérifier, sur une copie des livres : {command}").format(
                command=f"grandlivre verify --racine {anchor}"
            ),
        ),
        role="sentence",
    )


def _opening(context: Context, closing: Closing) -> str:
    """Whose books were closed, on which day, for which period."""
    _ = context._
    own = context.books.policy.organisation
    said = _("Le {day}, les livres de {organisation} ont été clos pour la période {period}. Plus rien n'y change.")
    return said.format(day=day(closing.date), organisation=own.name or own.acronym, period=closing.period)


def _sealed(context: Context, closing: Closing) -> Table:
    """Every digest that the root holds, with the file that it is the digest of."""
    _ = context._
    books = context.books
    manifest = read_manifest(books, closing.period)
    rows = [(_("Projet {tree}").format(tree=tree.upper()), "", digest) for tree, digest in closing.trees]
    rows += [
        (_("Manifeste des pièces jointes"), f"documents/{manifest_name(closing.period)}", manifest.digest),
        (_("Règles en vigueur"), f"documents/{rules_name(closing.period)}", closing.rules),
        (_("Liste des visas"), f"{FOLDER}/{list_name(closing.period)}", closing.visas),
        (_("Version signée des règles"), *_rules(context, closing)),
        (_("Racine de la clôture d'avant"), "", closing.previous),
        (_("Visa de la clôture"), f"{FOLDER}/cloture/{closing.period}.visa", _visa(context, closing)),
    ]
    columns = (
        Column("what", _("Ce qui est scellé"), width=26),
        Column("file", _("Fichier"), width=30, under="what"),
        Column("digest", _("Empreinte"), width=72),
    )
    kept = [
        Row({"what": what, "file": file, "digest": digest.removeprefix("sha256:")})
        for what, file, digest in rows
        if digest
    ]
    note = _("Empreintes sha256, en hexadécimal. Les fichiers sont sous ledger/.")
    return grid("sealed", _("Ce que la racine scelle"), columns, kept, note=note)


def _rules(context: Context, closing: Closing) -> tuple[str, str]:
    """The version of the rules that a closing names: its file, in whichever chain it stands, and its digest."""
    number, _space, digest = closing.rules_visa.partition(" ")
    known = proofs(context.books).versions.known if digest else ()
    path = next((each.file.path for each in known if each.name == closing.rules_visa), f"regles/{number}.visa")
    return f"{FOLDER}/{path}", digest


def _visa(context: Context, closing: Closing) -> str:
    """The digest of the text that was signed; "" where nobody signed it yet."""
    standing = proofs(context.books).closing(closing).standing
    return file_digest(standing.file.content) if standing is not None else ""
