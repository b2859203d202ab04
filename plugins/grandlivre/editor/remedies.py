"""The remedies that findings name, as changes of text; `editor/curing.py` keeps those that hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.editor.text import Change, Directive
from grandlivre.i18n import Money, counted
from grandlivre.policy.sycebnl import TILL, TRANSIT
from grandlivre.rules import Finding
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Changes, Desk
from grandlivre.tasks.entries import Value, directive, quoted
from grandlivre.tasks.guided import known
from grandlivre.tasks.guided.drafting import unjudged
from grandlivre.tasks.numbers import NextNumbers


class Remedy(NamedTuple):
    """A change and what it does, in French."""

    title: str
    change: Change
    more: tuple[Change, ...] = ()
    """Changes of other files that go with it."""
    unfinished: bool = False
    """Whether a person has still to fill it in: the finding is gone, and what is blank is said in its place."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All that it changes, one change a file."""
        return (self.change, *self.more)


Draft = Callable[[Callable[[Desk], Changes]], tuple[Change, ...]]


class Case(NamedTuple):
    """A finding and what surrounds it."""

    finding: Finding
    books: Books
    spot: Directive
    draft: Draft | None = None
    """Makes what a task would write into changes of what is shown; None where no task is asked."""

    def fact(self, name: str) -> str:
        """A fact of the finding as text; "" when it does not have it."""
        said = self.finding.facts.get(name, "")
        return "" if said is None else str(said)

    @property
    def entry(self) -> Entry | None:
        """The entry that holds the finding's line."""
        line = self.spot.start + 1
        return next((each for each in self.books.entries if (each.file, each.line) == (self.finding.file, line)), None)


Cure = Callable[[Case], Iterable[Remedy | None]]
_SERIES = re.compile(r"(?P<journal>[A-Z]+)-(?P<tree>.+?)-(?P<year>\d{4})(?:-\d+)?$")
_LACKING = 3
_ACCOUNT = re.compile(r"[^\W\d_][\w-]*(?::[\w-]+){2,}")
_QUOTED = re.compile(r"« ([^»]+) »")


def candidates(case: Case) -> list[Remedy]:
    """What may cure a finding; each still has to be tried."""
    found = [each for cure in (*_CURES.get(case.finding.rule, ()), _hinted) for each in cure(case) if each is not None]
    return list(dict.fromkeys(found))


def _swap(case: Case, old: str, new: str, title: str = "") -> Remedy | None:
    change = case.spot.swapped(old, new, case.spot.at) or case.spot.swapped(old, new)
    return Remedy(title or f"Écrire « {new} »", change) if old and new and change is not None else None


def _hinted(case: Case) -> Iterator[Remedy | None]:
    """« Vouliez-vous écrire … ? », whatever the rule."""
    hint = case.fact("hint")
    if "Vouliez-vous" not in hint:
        return
    new = _QUOTED.findall(hint)[0]
    written = {name: case.fact(name) for name in case.finding.facts if name != "hint"}
    for old in written.values():
        if old and f'"{old}"' in "\n".join(case.spot.lines[case.spot.start : case.spot.end]):
            yield _swap(case, f'"{old}"', f'"{new}"', f"Écrire « {new} »")


# --- texts and amounts -----------------------------------------------------------------------------------------------


def _retyped(case: Case) -> Iterator[Remedy | None]:
    yield _swap(case, case.fact("found"), case.fact("suggestion"))


def _whole(case: Case) -> Iterator[Remedy | None]:
    written, currency = case.fact("written").split(" ")[0], case.fact("currency")
    for name in ("whole", "rounded"):
        new = case.fact(name).replace(" ", "")
        yield _swap(case, written, new, f"Écrire {new} {currency}")


# --- numbers ---------------------------------------------------------------------------------------------------------


def _numbered(case: Case) -> Iterator[Remedy | None]:
    """The numbers that the series of the entry has free: those it lacks, then the next."""
    entry = case.entry
    series = case.fact("series") or case.fact("example") or case.fact("following") or case.fact("piece")
    found = _SERIES.match(series)
    if entry is None or found is None:
        return
    for new in _free(case.books, found["journal"], found["tree"], entry.date):
        yield Remedy(f"Numéroter {new}", case.spot.with_key("piece", f'"{new}"'))


def _free(books: Books, journal: str, tree: str, day: date) -> list[str]:
    """The numbers that a series lacks in the fiscal year of a day, in order, then its next one."""
    taken = {
        each.number
        for each in books.entries
        if each.series is not None
        and (each.series.journal, each.series.tree, each.series.year) == (journal, tree, day.year)
    }
    lacking = [number for number in range(1, max(taken, default=0)) if number not in taken]
    numbers = [f"{journal}-{tree}-{day.year}-{number:04d}" for number in lacking[:_LACKING]]
    return [*numbers, NextNumbers(books, journal, tree).next_on(day)]


def _advance_numbered(case: Case) -> Iterator[Remedy | None]:
    taken = [re.fullmatch(r"(.*?)(\d+)", each.id) for each in case.books.advances]
    known = [(found[1], len(found[2]), int(found[2])) for found in taken if found is not None]
    year = case.entry.date.year if case.entry is not None else 0
    mine = [row for row in known if str(year) in row[0]] or [(f"AV-{year}-", 3, 0)]
    prefix, width, last = max(mine, key=lambda row: row[2])
    unopened = sorted(each.id for each in case.books.advances if each.amount <= 0)
    for new in (*unopened, f"{prefix}{last + 1:0{width}d}"):
        yield Remedy(f"Numéroter l'avance {new}", case.spot.with_key("avance", f'"{new}"'))
    yield Remedy("Retirer echeance:", case.spot.without("echeance"))


# --- keys ------------------------------------------------------------------------------------------------------------


def _metadata(case: Case) -> Iterator[Remedy | None]:
    """A value of the wrong kind, a flag, a storno that lacks a word."""
    key, value = case.fact("key"), case.fact("value")
    if key and value and key in "".join(case.spot.lines[case.spot.start : case.spot.end]):
        yield Remedy(f'Écrire {key}: "{value}"', case.spot.with_key(key, f'"{value}"'))
        for said in ("TRUE", "FALSE"):
            yield Remedy(f"Écrire {key}: {said}", case.spot.with_key(key, said))
        yield Remedy(f"Écrire {key}: {value}", case.spot.with_key(key, value))
    if case.fact("flag"):
        first = case.spot.lines[case.spot.start]
        for flag in ("*", "!"):
            said = f"{first[:11]}{flag}{first[12:]}"
            yield Remedy(f"Écrire {flag}", Change(case.spot.path, case.spot.start, case.spot.start + 1, (said,)))
    if case.spot.value("annule"):
        yield Remedy('Ajouter ecriture: "extourne"', case.spot.with_key("ecriture", '"extourne"'))
        yield Remedy("Retirer annule:", case.spot.without("annule"))


def _which_agreement(case: Case) -> Iterator[Remedy | None]:
    tree = case.entry.tree if case.entry is not None else ""
    for agreement in case.books.tree_agreements(tree):
        yield Remedy(f"Convention {agreement.id}", case.spot.with_key("convention", f'"{agreement.id}"'))


def _budget_line(case: Case) -> Iterator[Remedy | None]:
    """The lines of the agreement that take the account."""
    entry, wanted = case.entry, case.fact("agreement")
    if entry is None:
        return
    agreement = next((each for each in case.books.tree_agreements(entry.tree) if each.id == wanted), None)
    if agreement is None:
        return
    movement = next((each for each in entry.movements if each.line == case.finding.line), None)
    number = movement.account.number if movement is not None else ""
    for code, line in agreement.budget_at(entry.date).items():
        if number and line.accounts and not line.allows(number):
            continue
        title = f"Ligne {code} « {line.label} »"
        if case.spot.value("ligne"):
            yield Remedy(title, case.spot.with_key("ligne", f'"{code}"'))
        else:
            yield Remedy(title, case.spot.under("ligne", f'"{code}"'))


def _activity(case: Case) -> Iterator[Remedy | None]:
    """The activities that the books say were held in the tree."""
    for code in sorted({each.code for each in case.books.directives.activities if each.tree == case.fact("tree")}):
        if case.spot.value("activite"):
            yield Remedy(f"Activité {code}", case.spot.with_key("activite", f'"{code}"'))
        else:
            yield Remedy(f"Activité {code}", case.spot.under("activite", f'"{code}"'))


def _value_date(case: Case) -> Iterator[Remedy | None]:
    yield Remedy("Retirer date-valeur:", case.spot.without("date-valeur"))


def _waiver(case: Case) -> Iterator[Remedy | None]:
    yield Remedy("Retirer la dérogation", case.spot.without("derogation", "motif", "derogation-par"))


def _done(case: Case) -> Iterator[Remedy | None]:
    key = f"decision-{case.fact('rank')}-faite"
    yield Remedy("Noter la décision faite aujourd'hui", case.spot.with_key(key, case.books.today.isoformat()))


def _cashier(case: Case) -> Iterator[Remedy | None]:
    declared = case.fact("cashier")
    for id_, person in case.books.policy.people.items():
        if declared in (id_, person.name, case.books.policy.called(id_)):
            yield Remedy(f"Caissier : {person.name}", case.spot.with_key("caissier", f'"{id_}"'))


def _suspense(case: Case) -> Iterator[Remedy | None]:
    """The vouchers that a statement leaves in suspense, as the books know them."""
    named = case.finding.facts.get("pieces", ())
    pieces = [str(each) for each in named] if isinstance(named, list | tuple) else []
    now = [each for each in re.split(r"[,\s]+", case.spot.value("suspens")) if each]
    for wanted in ([*now, *(each for each in pieces if each not in now)], [each for each in now if each not in pieces]):
        if pieces and wanted != now:
            listed = " ".join(wanted)
            change = case.spot.with_key("suspens", f'"{listed}"') if wanted else case.spot.without("suspens")
            yield Remedy(f"suspens: {listed or 'aucune'}", change)


# --- documents -------------------------------------------------------------------------------------------------------


def _document(case: Case) -> Iterator[Remedy | None]:
    """The file that a path was meant to name, or the one that carries the voucher's number."""
    root = case.books.folder / "documents"
    path, piece = case.fact("path"), case.finding.piece
    if path:
        name = Path(path.replace("\\", "/")).name.casefold()
        near = [each for each in _files(root) if Path(each).name.casefold() == name]
        for each in near:
            yield _swap(case, f'"{path}"', f'"{each}"', f"document: {each}")
    elif piece:
        for each in _files(root):
            if Path(each).stem.casefold().startswith(piece.casefold()):
                yield Remedy(f"document: {each}", case.spot.with_key("document", f'"{each}"'))
    key = case.fact("key")
    if key:
        value = case.spot.value(key)
        yield Remedy(f'Écrire {key}: "{value}"', case.spot.with_key(key, f'"{value}"'))


def _files(root: Path) -> list[str]:
    return sorted(each.relative_to(root).as_posix() for each in root.rglob("*") if each.is_file())


# --- entries ---------------------------------------------------------------------------------------------------------


def _arrival(case: Case) -> Iterator[Remedy | None]:
    """The other half of a transfer between a bank and a till: the arrival in the till, the same day."""
    entry = case.entry
    if entry is None:
        return
    tree = entry.tree
    transit = next((each.account.name for each in entry.movements if each.account.number.startswith(TRANSIT)), "")
    amount = next((each.value for each in entry.movements if each.account.name == transit), 0)
    for till in case.books.tree_accounts(tree, *TILL):
        for piece in _free(case.books, "CS", tree, entry.date) if amount > 0 else ():
            yield Remedy(
                f"Passer l'arrivée dans {till.label or till.name} ({piece})",
                case.spot.followed(
                    f"{entry.date.isoformat()} * {quoted(entry.payee)} {quoted(entry.narration)}",
                    f'  piece: "{piece}"',
                    f"  {till.name}  {amount} {case.books.policy.currency}",
                    f"  {transit}",
                ),
            )


def _refill(case: Case) -> Iterator[Remedy | None]:
    """What a till below its floor asks for, from the bank through the 585: the two vouchers of the form `reapprovisionnement`."""
    entry, request, last = case.entry, re.sub(r"\D", "", case.fact("request")), case.fact("deadline")
    if entry is None or case.draft is None or not request or not last:
        return
    till = case.books.accounts[case.fact("account")]
    day = max(entry.date, min(case.books.today, date.fromisoformat(last)))
    fields = {"bailleur": till.tree, "date": day.isoformat(), "caisse": till.name, "montant": request}
    try:
        first, *more = case.draft(lambda desk: desk.planned(unjudged(desk, "reapprovisionnement", fields).insert))
    except RefusedError:
        return
    title = f"Réapprovisionner {till.label or till.name} de {Money(int(request))} par le 585 (à signer)"
    yield Remedy(title, first, tuple(more), unfinished=True)


def _quotes(case: Case) -> Iterator[Remedy | None]:
    """The dossier that a purchase lacks, or the quotes that a dossier lacks, blank: a person copies what the papers say."""
    entry, required = case.entry, case.fact("required")
    if entry is None or not required.isdigit():
        return
    opened = case.fact("dossier")
    number = opened or known.next_dossier(case.books, entry.value_date)
    lacking = int(required) - int(case.fact("found") or 0)
    lines: list[str] = []
    for name in [*([] if opened else [entry.payee]), *([""] * lacking)][:lacking]:
        words: dict[str, str | date] = {"nif": known.tax_id(case.books, name), "document": ""}
        worth = f"0 {case.books.policy.currency}"
        lines += _written(entry.value_date, "proforma", (quoted(number), quoted(name), worth), words)
    purchase = case.spot.lines[case.spot.start : case.spot.end]
    if not opened:
        line = entry.text("ligne")
        told = {"bailleur": entry.tree, "attributaire": entry.payee, **({"ligne": line} if line else {})}
        lines += _written(entry.value_date, "marche", (quoted(number), quoted(entry.narration)), told)
        purchase = [*purchase[:1], f"  marche: {quoted(number)}", *purchase[1:]]
    title = f"{'Compléter' if opened else 'Ouvrir'} le marché {number} : {counted(lacking, 'proforma')} à recopier"
    yield Remedy(title, case.spot.replaced(*lines, *purchase), unfinished=True)


def _written(day: date, kind: str, words: Iterable[str], values: Mapping[str, Value]) -> list[str]:
    return [*directive(day, kind, words, values).splitlines(), ""]


def _dossier(case: Case) -> Iterator[Remedy | None]:
    """The winner that a dossier does not name: the lowest of its quotes; the dossier of the same supplier."""
    entry, dossier = case.entry, case.books.dossiers.get(case.fact("dossier"))
    if entry is not None and dossier is None:
        for each in case.books.dossiers.values():
            if each.tree == entry.tree and each.winner_name == entry.payee:
                yield Remedy(f"Marché {each.id}", case.spot.with_key("marche", f'"{each.id}"'))
    if dossier is not None and dossier.quotes and not case.spot.value("attributaire"):
        lowest = min(dossier.quotes, key=lambda each: each.amount)
        yield Remedy(f"Attribuer à {lowest.name}", case.spot.with_key("attributaire", f'"{lowest.name}"'))


def _near_account(case: Case) -> Iterator[Remedy | None]:
    """The opened account that looks like the one that nobody opened."""
    from difflib import get_close_matches

    opened = [name for name, each in case.books.accounts.items() if each.opened is not None]
    said = "\n".join(case.spot.lines[case.spot.start : case.spot.end])
    for name in dict.fromkeys(_ACCOUNT.findall(said)):
        for near in get_close_matches(name, opened, n=2, cutoff=0.8) if name not in opened else ():
            yield _swap(case, name, near)


_CURES: Mapping[str, tuple[Cure, ...]] = {
    "texte": (_retyped,),
    "montant-entier": (_whole,),
    "numerotation-pieces": (_numbered,),
    "avance-en-retard": (_advance_numbered,),
    "reglement": (_metadata, _which_agreement),
    "ligne-budgetaire": (_budget_line,),
    "depense-sans-activite": (_activity,),
    "date-valeur-lointaine": (_value_date,),
    "derogation": (_waiver,),
    "decision-en-retard": (_done,),
    "pv-de-caisse": (_cashier,),
    "rapprochement-bancaire": (_suspense,),
    "piece-justificative": (_document,),
    "virement-en-transit": (_arrival,),
    "trois-proformas": (_dossier, _quotes),
    "caisse-hors-bornes": (_refill,),
    "beancount": (_near_account,),
    "compte-hors-plan": (_near_account,),
}
"""By rule, what may cure it."""
