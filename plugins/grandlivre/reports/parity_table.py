"""The table of parity (tableau-parite): women and men of each group against the aim, and the rates quarter by quarter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from grandlivre.books.directives.governance import CommunityBody
from grandlivre.books.index import Books
from grandlivre.books.parity import Group, Share, attended, elected, is_missed, shares
from grandlivre.books.records import Place
from grandlivre.i18n import in_words
from grandlivre.policy.organisation import Parity
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Bar, Bars, Block, Column, Fact, Ref, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import day

REPORT = ReportModel(
    name="tableau-parite",
    title="Tableau de parité",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)

GROUPS: Mapping[Group, str] = {
    "personnel": "Personnel en poste",
    "recrutements": "Recrutements de l'année",
    "organe": "Organe",
    "participants": "Participants de l'année",
    "communautes": "Organes communautaires",
}
_OF_TREES = ("participants", "communautes")
_CHAIRS = {"f": "une femme", "h": "un homme", "": ""}


@dataclass(frozen=True)
class Quarter:
    """How the groups stood at the end of a quarter, or on the day that the books have reached in it."""

    rank: int
    day: date
    ended: bool
    shares: tuple[Share, ...]

    def of(self, share: Share) -> Share:
        """The same group then; all trees together for what has no subject."""
        same = [each for each in self.shares if each.group == share.group and share.subject in ("", each.subject)]
        return share._replace(women=sum(each.women for each in same), men=sum(each.men for each in same))


@dataclass(frozen=True)
class ParityTable:
    """Women and men on a day, and over the quarters of its year."""

    day: date
    parity: Parity | None
    shares: tuple[Share, ...]
    bodies: tuple[CommunityBody, ...]
    quarters: tuple[Quarter, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nobody is counted anywhere."""
        return not any(each.total for each in self.shares)


def build(context: Context) -> ParityTable:
    """The groups of the organisation, or the participants and community bodies of one tree."""
    books, at, tree = context.books, context.reached, context.scope.tree
    return ParityTable(
        at,
        books.policy.organisation.parity,
        tuple(_with_totals(_shares(books, at, tree))),
        tuple(each for each in elected(books, at) if tree in ("", each.tree)),
        tuple(_quarters(books, at, tree)),
    )


def _shares(books: Books, at: date, tree: str) -> tuple[Share, ...]:
    return tuple(each for each in shares(books, at) if not tree or (each.group in _OF_TREES and each.subject == tree))


def _with_totals(found: Iterable[Share]) -> Iterator[Share]:
    """The trees of a group are followed by all of them, when there are several."""
    for group, same in groupby(found, key=lambda each: each.group):
        own = list(same)
        yield from own
        if group in _OF_TREES and len(own) > 1:
            yield Share(group, "", sum(each.women for each in own), sum(each.men for each in own))


def _quarters(books: Books, at: date, tree: str) -> Iterator[Quarter]:
    """Those of the year that have begun; organs of the organisation carry no date, so they have no past to tell."""
    for rank, month in enumerate((1, 4, 7, 10), 1):
        span = Period.quarter(date(at.year, month, 1))
        if span.start <= at:
            own = tuple(each for each in _shares(books, min(span.end, at), tree) if each.group != "organe")
            yield Quarter(rank, min(span.end, at), span.end <= at, own)


def report(context: Context) -> Report:
    """The parity of the organisation, or of one tree's activities and communities."""
    _ = context._
    facts = build(context)
    judged = [each for each in facts.shares if facts.parity is not None and each.total]
    missed = sum(facts.parity is not None and is_missed(each, facts.parity) for each in judged)
    body: list[Block] = []
    if facts.is_empty:
        said = _("Personne n'est compté : écrivez sexe et postes dans mandats.yaml, et qui vient aux activités.")
        body.append(Text((said,), role="warning"))
    if facts.shares:
        body.append(_groups(context, facts))
    if facts.bodies:
        body.append(_bodies(context, facts))
    if not facts.is_empty:
        body += [_trend(context, facts), *_chart(context, facts)]
    return context.report(
        REPORT,
        facts=(
            Fact(_("Situation au"), facts.day),
            *_aims(context, facts.parity),
            Fact(_("Groupes jugés"), len(judged), "count"),
            Fact(_("Objectif non atteint"), missed, "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR), board(context)),
    )


def _aims(context: Context, parity: Parity | None) -> tuple[Fact, ...]:
    _ = context._
    if parity is None:
        return (Fact(_("Objectif"), _("aucun objectif")),)
    return (Fact(_("Objectif"), parity.aim / 100), Fact(_("Tolérance"), parity.tolerance, "points"))


def state(context: Context, share: Share, parity: Parity | None) -> str:
    """Whether the aim is met; « au plus près » when no split of so few people is within the tolerance."""
    _ = context._
    if not share.total:
        return _("personne")
    if parity is None:
        return _("aucun objectif")
    if is_missed(share, parity):
        return _("non atteint")
    away = abs(share.women * 100 - parity.aim * share.total)
    return _("atteint") if away <= parity.tolerance * share.total else _("au plus près")


def _counted(context: Context, *, aims: bool) -> tuple[Column, ...]:
    """Women, men and their rate before the aim, which a page may leave to its other table."""
    _ = context._
    return (
        Column("women", _("Femmes"), "count"),
        Column("men", _("Hommes"), "count"),
        Column("rate", _("Part des femmes"), "percent", formula=Formula("women / (women + men)"), empty="—"),
        Column("aim", _("Objectif"), "percent", empty="—", page=aims),
        Column("tolerance", _("Tolérance"), "points", empty="—", page=aims),
        Column("state", _("État"), width=15),
    )


def _cells(context: Context, share: Share, parity: Parity | None) -> dict[str, Value]:
    return {
        "women": share.women,
        "men": share.men,
        "aim": parity.aim / 100 if parity is not None else None,
        "tolerance": parity.tolerance if parity is not None else None,
        "state": state(context, share, parity),
    }


def _groups(context: Context, facts: ParityTable) -> Table:
    _ = context._
    columns = (
        Column("kind", _("Type"), width=14, page=False),
        Column("group", _("Groupe"), width=32),
        Column("subject", _("Qui"), width=20),
        *_counted(context, aims=True),
    )
    rows = [
        Row(
            {
                "kind": each.group,
                "group": _(GROUPS[each.group]),
                "subject": _subject(context, each),
                **_cells(context, each, facts.parity),
            },
            refs=tuple(dict.fromkeys(Ref(place.file, place.line) for place in _places(context.books, facts, each))),
        )
        for each in facts.shares
    ]
    note = _(
        "Recrutements et participants sont comptés depuis le 1er janvier, les participants chaque fois qu'ils viennent. "
        "Une personne dont mandats.yaml n'écrit pas le sexe n'est pas comptée ; le personnel est celui qui a un poste ce jour-là."
    )
    return grid("groups", _("Groupes"), columns, rows, note=note)


def _subject(context: Context, share: Share) -> str:
    if share.group == "organe":
        return context._(in_words(share.subject))
    return share.subject or (context._("Tous les projets") if share.group in _OF_TREES else "")


def _places(books: Books, facts: ParityTable, share: Share) -> Iterable[Place]:
    """Where the people of a group are written."""
    match share.group:
        case "organe":
            yield books.rules_place("organisation.yaml", "organes", share.subject)
        case "participants":
            yield from (each.place for each in attended(books, facts.day) if share.subject in ("", each.tree))
        case "communautes":
            yield from (each.place for each in facts.bodies if share.subject in ("", each.tree))
        case "personnel" | "recrutements":
            yield books.rules_place("mandats.yaml", "personnes")


def _bodies(context: Context, facts: ParityTable) -> Table:
    _ = context._
    columns = (
        Column("tree", _("Projet"), width=12),
        Column("id", _("N°"), width=10),
        Column("label", _("Organe communautaire"), width=34),
        Column("elected", _("Élu le"), "date"),
        Column("chair", _("Présidence"), width=12, empty="—"),
        *_counted(context, aims=False),
        Column("document", _("Document"), width=22, page=False),
    )
    rows = [
        Row(
            {
                "tree": each.tree,
                "id": each.id,
                "label": each.label,
                "elected": each.date,
                "chair": _(_CHAIRS[each.chair]) if each.chair else "",
                "document": each.document,
                **_cells(context, Share("communautes", each.tree, each.women, each.men), facts.parity),
            },
            refs=(Ref(each.place.file, each.place.line),),
        )
        for each in facts.bodies
    ]
    return grid("bodies", _("Organes communautaires, l'un après l'autre"), columns, rows)


def _trend(context: Context, facts: ParityTable) -> Table:
    _ = context._
    columns = [Column("group", _("Groupe"), width=34), Column("subject", _("Qui"), width=20)]
    for each in facts.quarters:
        head = _label(context, each)
        columns += (
            Column(f"women_{each.rank}", f"{_('Femmes')} {head}", "count", page=False),
            Column(f"men_{each.rank}", f"{_('Hommes')} {head}", "count", page=False),
            Column(
                f"rate_{each.rank}",
                head,
                "percent",
                formula=Formula(f"women_{each.rank} / (women_{each.rank} + men_{each.rank})"),
                empty="—",
            ),
        )
    rows = []
    for share in (each for each in facts.shares if each.group != "organe"):
        cells: dict[str, Value] = {"group": _(GROUPS[share.group]), "subject": _subject(context, share)}
        for each in facts.quarters:
            then = each.of(share)
            cells |= {f"women_{each.rank}": then.women, f"men_{each.rank}": then.men}
        rows.append(Row(cells))
    note = _("La part des femmes au dernier jour de chaque trimestre, comptée depuis le 1er janvier.")
    if any(each.group == "organe" for each in facts.shares):
        note = " ".join((note, _("Les organes ne sont pas datés dans organisation.yaml : ils n'y sont pas.")))
    return grid("trend", _("Part des femmes, trimestre par trimestre"), columns, rows, note=note)


def _label(context: Context, quarter: Quarter) -> str:
    said = f"T{quarter.rank} {quarter.day.year}"
    return said if quarter.ended else context._("{quarter} (au {day})").format(quarter=said, day=day(quarter.day))


def _chart(context: Context, facts: ParityTable) -> Iterator[Bars]:
    """For each group, all trees together, a bar a quarter."""
    _ = context._
    together = {each.group: each for each in facts.shares if each.group != "organe"}  # the total comes last
    aim = facts.parity.aim / 100 if facts.parity is not None else None
    for group, whole in together.items():
        bars = tuple(
            Bar(_label(context, quarter), then.women, then.total, aim, counted=_("personnes"))
            for quarter in facts.quarters
            if (then := quarter.of(whole)).total
        )
        if bars:
            title = " – ".join(filter(None, (_(GROUPS[group]), _subject(context, whole))))
            yield Bars(bars, title, _("objectif"), heads=(_("Femmes"), _("Personnes")))
