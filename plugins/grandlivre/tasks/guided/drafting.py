"""A form made into the text that would be written, judged by every control before anybody writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from grandlivre.i18n import did_you_mean
from grandlivre.inspection import Inspection, inspect_with
from grandlivre.rules import Finding, Level
from grandlivre.sources.overlay import Overlay
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import shares
from grandlivre.tasks.desk import Changes, Desk, Pages
from grandlivre.tasks.guided import advances, gatherings, payments, procurement, receipts
from grandlivre.tasks.guided.form import FieldsError, Form
from grandlivre.tasks.guided.making import Maker, Move, Part
from grandlivre.tasks.proposed import Opening

_ALWAYS = ("bailleur", "date", "convention", "activite", "derogation", "motif", "derogation-par")
_ENTRY = ("libelle", "montant", "compte", "ligne", "quantite", "demandeur", "rib-beneficiaire")
_PAID = ("beneficiaire", "mode", "cheque", "ordre", "signataires", "autorise-par", "caisse")
_BUYS = ("nif", "facture", "marche", "proformas", "date-marche", "objet", *procurement.AWARD)


class _Kind(NamedTuple):
    """A kind of form: what makes it, and the fields it has."""

    make: Callable[[Maker], None]
    fields: tuple[str, ...]
    stems: tuple[str, ...] = ()
    papers: bool = True
    """Whether it takes any paper (`document`, `document-…`), not only those among its fields."""


_KINDS: Mapping[str, _Kind] = {
    "paiement": _Kind(payments.payment, (*_ENTRY, *_PAID, *_BUYS, "frais")),
    "facture": _Kind(payments.invoice, ("beneficiaire", *_ENTRY, *_BUYS)),
    "depense-caisse": _Kind(payments.cash_expense, ("beneficiaire", "caisse", "autorise-par", *_ENTRY, *_BUYS)),
    "reapprovisionnement": _Kind(
        payments.refill, ("caisse", "montant", "libelle", "mode", "cheque", "ordre", "signataires")
    ),
    "marche": _Kind(
        procurement.dossier,
        ("numero", "objet", "attributaire", "proformas", "document-pv", *procurement.AWARD),
        papers=False,
    ),
    "avance": _Kind(advances.advance, (*_ENTRY, *_PAID, "echeance", "avance", "nif")),
    "justification": _Kind(advances.justification, ("avance", "lignes", "reliquat", "libelle", "mode", "caisse")),
    "recette": _Kind(
        receipts.receipt,
        (*_ENTRY, "de", "nature", "montant-devise", "membre", "annee", "mode", "caisse", "registre", "frais"),
    ),
    "rencontre": _Kind(
        gatherings.meeting,
        ("organe", "objet", "programme", "femmes", "hommes", "presents", "adopte", "mandate"),
        ("decision-",),
    ),
    "activite": _Kind(
        gatherings.activity,
        ("code", "intitule", "etape", "fin", "lieu", "femmes", "hommes", "nouveaux-femmes", "nouveaux-hommes"),
        ("indicateur", "valeur"),
    ),
}
GENRES = tuple(_KINDS)
"""The ten kinds of forms."""
_ALIASES: Mapping[str, Mapping[str, str]] = {
    "rencontre": {"type": "organe", "corps": "organe", "libelle": "objet", "intitule": "objet", "titre": "objet"},
    "activite": {
        "activite": "code",
        "programme": "bailleur",
        "libelle": "intitule",
        "objet": "intitule",
        "titre": "intitule",
    },
}
"""Other names under which a field is understood."""


@dataclass(frozen=True)
class Draft:
    """What a form would write, and what the controls say of it."""

    genre: str
    piece: str
    """Its first voucher, or its dossier; "" for what has neither."""
    parts: tuple[Part, ...]
    openings: tuple[Opening, ...]
    moves: tuple[Move, ...]
    notes: tuple[str, ...]
    """French sentences: what the form does by itself."""
    findings: tuple[Finding, ...] = ()
    """What the controls would say that they do not say now, of both levels."""

    @property
    def text(self) -> str:
        """Everything that would be written, in the order of the form."""
        return "\n".join([*(each.text for each in self.openings), *(each.text for each in self.parts)])

    @property
    def pieces(self) -> tuple[str, ...]:
        """The vouchers that would be written."""
        return tuple(each.piece for each in self.parts if each.piece)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps it from being written."""
        return tuple(each for each in self.findings if each.level == Level.ERROR)

    @property
    def files(self) -> tuple[Path, ...]:
        """The ledgers that would change, each once."""
        files = [*(each.file for each in self.openings), *(each.file for each in self.parts)]
        return tuple(dict.fromkeys(files))

    def insert(self, pages: Pages) -> None:
        """Puts it into the pages of a change: accounts, entries, and the papers of the queue under their vouchers' names."""
        for opening in self.openings:
            pages.insert(opening.file, opening.date, opening.text)
        for part in self.parts:
            pages.insert(part.file, part.date, part.text)
        for move in self.moves:
            pages.change.create(pages.desk.ledger / "documents" / move.target, move.source.content)
            pages.change.remove(move.source.path, move.source.before)


def prepare(desk: Desk, genre: str, fields: Mapping[str, Any]) -> Draft:
    """The draft of a form, judged; raises FieldsError when fields cannot be read, RefusedError for an unknown kind."""
    drafted = unjudged(desk, genre, fields)
    after = _with(desk, drafted)
    completed = _with_shares(desk, drafted, after)
    if completed is not drafted:
        drafted, after = completed, _with(desk, completed)
    return replace(drafted, findings=_added(desk, drafted, after))


def unjudged(desk: Desk, genre: str, fields: Mapping[str, Any]) -> Draft:
    """The draft of a form, for who judges it otherwise; raises as `prepare` does."""
    kind = _KINDS.get(genre)
    if kind is None:
        raise RefusedError(f"« {genre[:40]} » n'est pas un genre : {', '.join(GENRES)}.{did_you_mean(genre, GENRES)}")
    names = _ALIASES.get(genre, {})
    said = {name: value for name, value in fields.items() if name not in names}
    said |= {names[name]: value for name, value in fields.items() if name in names and names[name] not in said}
    form = Form(said, desk.books.policy.currency)
    maker = Maker(desk, form)
    kind.make(maker)
    form.require((*_ALWAYS, *kind.fields), kind.stems, papers=kind.papers)
    if form.said:
        raise FieldsError(form.said)
    return Draft(genre, maker.piece, tuple(maker.parts), maker.openings, tuple(maker.moves), tuple(maker.notes))


def _with(desk: Desk, drafted: Draft) -> Inspection:
    """The books with the draft, judged on the same day as they were without it."""
    changes = desk.planned(drafted.insert)
    return inspect_with(desk.inspection.main, _overlay(desk, changes), desk.books.as_of)


def _overlay(desk: Desk, changes: Changes) -> Overlay:
    folder = desk.ledger / "documents"
    texts = {path: after for path, (_, after) in changes.items() if after is not None and path.suffix == ".beancount"}
    papers = {
        path.relative_to(folder).as_posix(): after
        for path, (_, after) in changes.items()
        if after is not None and path.is_relative_to(folder)
    }
    return Overlay(texts, papers)


def _with_shares(desk: Desk, drafted: Draft, after: Inspection) -> Draft:
    """The draft with the complement that its charges ask of the shares of months that are over (models A and B)."""
    if after.halted:
        return drafted
    trees = sorted({entry.tree for entry in after.books.entries if entry.piece in drafted.pieces})
    trial = replace(desk, inspection=after)
    batch = shares.complete(trial, desk.books, [tree for tree in trees if tree])
    if not batch.entries:
        return drafted
    more = tuple(Part(each.file, each.date, each.text, each.piece) for each in batch.entries)
    notes = tuple(each.why for each in batch.entries)
    openings = (*drafted.openings, *(each for each in batch.openings if each not in drafted.openings))
    return replace(
        drafted, parts=(*drafted.parts, *more), openings=openings, notes=(*drafted.notes, *notes, *batch.notes)
    )


def _added(desk: Desk, drafted: Draft, after: Inspection) -> tuple[Finding, ...]:
    """What is said with the draft and was not without it; of two like sentences, the draft's own is the new one."""
    known = Counter((f.rule, f.level, f.file, f.steady) for f in desk.inspection.findings)
    own = set(drafted.pieces)
    # a rule that said one sentence for all the entries (« aucune des 12 … ») and says one for each from now on adds nothing
    summed = {each.rule for each in desk.inspection.findings if "count" in each.facts and not each.piece}
    found: list[Finding] = []
    for finding in sorted(after.findings, key=lambda each: each.piece in own):
        key = (finding.rule, finding.level, finding.file, finding.steady)
        if known[key] > 0:
            known[key] -= 1
        elif finding.rule not in summed or not finding.piece or finding.piece in own:
            found.append(finding)
    return tuple(
        sorted(found, key=lambda each: (each.level != Level.ERROR, each.file, each.line, each.rule, each.message))
    )


def sentences(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as the door answers them."""
    return [{"rule": each.rule, "level": str(each.level), "message": each.message} for each in findings]
