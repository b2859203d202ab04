"""The closing of a month or a quarter: which period comes next, what it seals, and the directive that says so.

The `cloture` stands in the own tree's file of the month it is dated; its manifest in ledger/documents/.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.digest import (
    VERSION,
    Bound,
    ClosingDigest,
    ManifestRow,
    digest_period,
    file_digest,
    last_numbers,
    make_manifest,
    manifest_name,
    manifest_text,
    rules_name,
    series_text,
)
from grandlivre.books.directives.closings import Closing
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.i18n import day as shown
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.periods import Period
from grandlivre.policy.written import written_text, written_values
from grandlivre.proof.lists import list_name, list_text, new_files
from grandlivre.rules import RESERVABLE, Reserve, proofs, read_reserve
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, Pages
from grandlivre.tasks.entries import quoted


class Seal(NamedTuple):
    """What a closing writes."""

    period: Period
    day: date
    previous: str
    """Root of the closing before, "" for the first."""
    digest: ClosingDigest
    manifest: Mapping[str, ManifestRow]
    bound: Bound
    rules: str
    """The rules in force, as the closing keeps them."""
    visas: str = ""
    """The list of the visas it keeps; "" when none came since the closing before."""
    rules_visa: str = ""
    """The version of the rules that guardians had signed."""

    @property
    def directive(self) -> str:
        """The `cloture` directive."""
        lines = [
            f"{self.day.isoformat()} custom {quoted('cloture')} {quoted(self.period.code)}",
            f"  version: {VERSION}",
        ]
        if self.previous:
            lines.append(f"  precedente: {quoted(self.previous)}")
        lines.append(f"  empreinte: {quoted(self.digest.root)}")
        lines += [f"  empreinte-{tree}: {quoted(each)}" for tree, each in sorted(self.digest.trees.items())]
        lines.append(f"  regles: {quoted(self.bound.rules)}")
        lines += [f"  visas: {quoted(self.bound.visas)}"] if self.bound.visas else []
        lines += [f"  visa-regles: {quoted(self.rules_visa)}"] if self.rules_visa else []
        lines += [f"  reserve-{rank}: {quoted(text)}" for rank, text in enumerate(self.bound.reserves, 1)]
        if self.bound.series:
            lines.append(f"  dernieres-pieces: {quoted(series_text(self.bound.series))}")
        return "\n".join(lines) + "\n"


def read_period(books: Books, text: str) -> Period:
    """The month or quarter that may be closed now; raises RefusedError with the one that comes next."""
    period = Period.parse(text)
    if period is None or "-S" in period.code or len(period.code) == 4:
        raise RefusedError(f"« {text} » ne se clôture pas : donnez un trimestre (2026-T3) ou un mois (2026-03).")
    last = _last(books)
    if last is None:
        if books.start not in period:
            raise RefusedError(
                f"Les livres commencent le {shown(books.start)} : la première clôture est {_choice(books.start)}, "
                f"pas {period.code}."
            )
        return period
    closing, closed = last
    if period.start <= closed.end:
        raise RefusedError(
            f"{_sentence(period)} est déjà clos : la dernière clôture est {closing.period}, du {shown(closing.date)}. "
            "Une erreur se corrige par : grandlivre entries extourne PIÈCE."
        )
    following = closed.end + timedelta(days=1)
    if period.start != following:
        raise RefusedError(
            f"Les clôtures se suivent sans trou : après {closing.period}, clôturez {_choice(following)}, puis {period.code}."
        )
    return period


def read_reserves(texts: Iterable[str]) -> tuple[Reserve, ...]:
    """What is declared open; raises RefusedError for a text that does not read."""
    found: list[Reserve] = []
    for text in texts:
        reserve = read_reserve(text)
        if reserve is None:
            raise RefusedError(
                f"La réserve « {text} » ne se lit pas : écrivez « règle · objet · motif », par exemple "
                "« avance-en-retard · AV-2026-002 · justifiée le 03/04/2026 ».",
                f"Règles possibles : {', '.join(sorted(RESERVABLE))}.",
            )
        found.append(reserve)
    return tuple(found)


def require_useful(idle: Iterable[Reserve]) -> None:
    """Raises RefusedError when a reserve covers nothing that is open."""
    for reserve in idle:
        raise RefusedError(
            f"La réserve « {reserve.text} » ne couvre rien : {reserve.rule} ne reproche rien à {reserve.object} dans cette "
            "période. Reprenez l'objet tel que le contrôle le nomme, ou retirez la réserve."
        )


def closing_day(books: Books, period: Period, wanted: date | None) -> date:
    """The day the closing is dated: the one asked for, else today or the period's last day; raises RefusedError."""
    day = wanted or max(period.end, books.today)
    if day < period.end:
        raise RefusedError(
            f"La période {period.code} finit le {shown(period.end)} : la clôture ne peut pas être datée avant."
        )
    return day


def seal(books: Books, period: Period, day: date, declared: Sequence[Reserve] = ()) -> Seal:
    """The digests of the period as the books stand, chained to the closing before; what is declared open is sealed too."""
    last = _last(books)
    previous = last[0].digest if last is not None else ""
    rows, _ = make_manifest(books, period)
    root = books.policy.root
    rules = written_text(written_values(root, period.end)) if root is not None else ""
    found = proofs(books)
    visas = list_text(new_files(found.store, [closing.period for closing in books.closings]))
    version = found.versions.in_force if found.versions.chain else None
    rules_visa = version.name if version is not None else ""
    bound = Bound(
        books.policy.organisation.books_id or "",
        file_digest(manifest_text(rows).encode()),
        file_digest(rules.encode()),
        tuple(sorted(unicodedata.normalize("NFC", each.text) for each in declared)),
        last_numbers(books, period.end),
        file_digest(visas.encode()) if visas else "",
        rules_visa.partition(" ")[2],
    )
    digest = digest_period(books, period, previous, rows, bound)
    return Seal(period, day, previous, digest, rows, bound, rules, visas, rules_visa)


def write(desk: Desk, made: Seal) -> tuple[str, ...]:
    """Adds the directive, the manifest and the rules in force, all or none; returns the changed paths; raises WriteError."""
    documents = desk.ledger / "documents"
    kept = {
        documents / manifest_name(made.period.code): manifest_text(made.manifest).encode(),
        documents / rules_name(made.period.code): made.rules.encode(),
    }

    if made.visas:
        kept[proofs(desk.books).store.place(list_name(made.period.code))] = made.visas.encode()

    def edit(pages: Pages) -> None:
        pages.insert(desk.month_file(_home(desk.books), made.day), made.day, made.directive)
        for path, content in kept.items():
            if path.is_file():  # left by a closing that was taken back
                pages.change.edit(path, content, path.read_bytes())
            else:
                pages.change.create(path, content)

    return desk.write("close", edit)


def _home(books: Books) -> Account:
    """An account of the tree whose files hold the closings: the own tree, else the first."""
    trees = [tree for tree in (OWN_TREE, *books.trees) if books.tree_accounts(tree)]
    if not trees:
        raise RefusedError("Ces livres n'ont aucun compte : il n'y a rien à clôturer.")
    accounts = books.tree_accounts(trees[0])
    return next((account for account in accounts if account.is_bank), accounts[0])


def _last(books: Books) -> tuple[Closing, Period] | None:
    return max(books.closed, key=lambda pair: pair[1].end, default=None)


def _choice(start: date) -> str:
    """The month or the quarter that begins (or holds) that day."""
    month, quarter = Period.month(start), Period.quarter(start)
    return f"{quarter.code} ou {month.code}" if quarter.start == month.start else month.code


def _sentence(period: Period) -> str:
    label = period.label
    return f"Le {label}" if "trimestre" in label else f"Le mois de {label}"
