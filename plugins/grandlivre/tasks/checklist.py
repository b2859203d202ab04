"""What must be in order before a period is closed: one point a subject, with what is open and where to go.

The rules judge the books as they stood on the last day of the period, once with the delays for counts and statements
elapsed: what was an `alerte` during the month is refused at close (contract §5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from grandlivre.books.digest import make_manifest
from grandlivre.books.index import Books
from grandlivre.checks import rule_ids, rules_for
from grandlivre.checks.cash_not_counted import CashNotCounted
from grandlivre.checks.unreconciled_bank import UnreconciledBank
from grandlivre.i18n import Money, capital, counted
from grandlivre.i18n import day as shown
from grandlivre.inspection import Inspection, voices
from grandlivre.policy.periods import Period
from grandlivre.rules import ClosingPoint, Finding, Level, Reserve, Rule, is_reservable, objects, run
from grandlivre.tasks.shares import how_to_write, missing

Where = tuple[str, int, str]
"""File, line, sentence."""

_SEALED = "periode-close"
"""Judged by the inspection of the whole books: what is sealed does not depend on the day."""
_ERRORS_ALONE = (
    ClosingPoint.SERIES,
    ClosingPoint.PURCHASES,
    ClosingPoint.SIGNATURES,
    ClosingPoint.BUDGETS,
)
"""Points that are the unwaived errors of the rules that belong there, and nothing else."""


class Point(NamedTuple):
    """One point of the checklist."""

    title: str
    open: tuple[Where, ...]
    """What is not in order; nothing: the point is."""
    remedy: str
    """Where to go."""
    note: str = ""
    """A count worth reading even when the point is in order."""

    @property
    def done(self) -> bool:
        """Whether nothing is open."""
        return not self.open


class Checklist(NamedTuple):
    """The points of a period, and what of them may be declared open."""

    points: tuple[Point, ...]
    reservable: tuple[Finding, ...]
    """What is open and may be reserved, in the order found."""
    idle: tuple[Reserve, ...]
    """The reserves asked for that cover nothing."""


def checklist(inspection: Inspection, period: Period, declared: Sequence[Reserve] = ()) -> Checklist:
    """Every point for a period, in the order they are shown; what is declared open no longer is."""
    books = inspection.books
    on = {rule.id: rule for rule in rules_for(books)}
    kept = _Declared(declared)
    found, errors, waived = _judged(inspection, on, period, kept)
    points = (
        _late(
            books,
            on,
            "rapprochement-bancaire",
            period,
            kept,
            ClosingPoint.STATEMENTS,
            "grandlivre reconcile COMPTE --releve FICHIER",
        ),
        _late(books, on, "pv-de-caisse", period, kept, ClosingPoint.COUNTS, "grandlivre count CAISSE"),
        Point(
            ClosingPoint.ADVANCES,
            _where(_of(found, "avance-en-retard")),
            "demandez les pièces ou le reversement, ou déclarez l'avance avec son motif (--reserve)",
        ),
        Point(
            ClosingPoint.TRANSIT,
            (*_transit(books, period), *_where(_of(found, "virement-en-transit"))),
            "passez l'écriture d'arrivée",
        ),
        Point(
            ClosingPoint.THIRD_PARTIES,
            _where(finding for finding in found if finding.rule == "tiers-a-solder"),
            "payez, rendez ou portez à son vrai compte, ou déclarez ce qui reste avec son motif (--reserve)",
        ),
        Point(ClosingPoint.PENDING, tuple(_pending(books, period)), "rangez la pièce et remplacez ! par *"),
        _documents(books, period, errors),
        Point(
            ClosingPoint.REPORTS,
            _where(_of(found, "rapport-en-retard")),
            "envoyez-les, ou déclarez-les avec leur motif (--reserve)",
        ),
        *(_errors(point, errors) for point in _ERRORS_ALONE),
        _funds(books, period, errors),
        _errors(ClosingPoint.TREASURY, errors),
        _errors(ClosingPoint.WAIVERS, errors)._replace(
            note=f"{counted(len(waived), 'constat levé', none='aucun')} par dérogation"
        ),
        _errors(ClosingPoint.OTHER, errors)._replace(remedy=_check()),
    )
    return Checklist(points, tuple(kept.reservable), kept.idle)


class _Judged(NamedTuple):
    """What is said of a period once it has ended."""

    found: list[Finding]
    """By the rules, on its last day; what is declared open left out."""
    errors: list[Finding]
    """Those of them that are errors, and the errors that no day changes."""
    waived: list[Finding]


def _judged(inspection: Inspection, on: Mapping[str, Rule], period: Period, kept: _Declared) -> _Judged:
    books = inspection.books
    outcome = run(tuple(on.values()), books.at(period.end), rule_ids())
    dates = {(str(e.meta.get("filename")), int(e.meta.get("lineno", 0))): e.date for e in books.raw if e.meta}

    def until_its_end(findings: Iterable[Finding]) -> list[Finding]:
        return [f for f in findings if (f.date or dates.get((f.file, f.line), period.end)) <= period.end]

    found = kept.open(until_its_end(outcome.findings))
    errors = [finding for finding in found if finding.level == Level.ERROR]
    known = set(map(_key, errors))
    errors += [finding for finding in until_its_end(_whatever_the_day(inspection)) if _key(finding) not in known]
    return _Judged(found, errors, until_its_end(outcome.waived))


def _whatever_the_day(inspection: Inspection) -> Iterator[Finding]:
    """The errors of the whole books that nobody may stop: what cannot be read, what was sealed."""
    always = {cls.id for cls in voices() if not cls.stoppable} | {_SEALED}
    return (each for each in inspection.findings if each.rule in always and each.level == Level.ERROR)


class _Declared:
    """What is declared open, while the points are looked at."""

    def __init__(self, declared: Sequence[Reserve]) -> None:
        self._declared = declared
        self._useful: set[Reserve] = set()
        self.reservable: list[Finding] = []

    @property
    def idle(self) -> tuple[Reserve, ...]:
        return tuple(each for each in self._declared if each not in self._useful)

    def open(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that no reserve covers."""
        left = []
        for finding in findings:
            covering = [each for each in self._declared if each.covers(finding)]
            self._useful.update(covering)
            if not covering:
                left.append(finding)
                if is_reservable(finding) and objects(finding) and _key(finding) not in map(_key, self.reservable):
                    self.reservable.append(finding)
        return left


def _late(
    books: Books, on: Mapping[str, Rule], id_: str, period: Period, kept: _Declared, title: str, command: str
) -> Point:
    """What a rule of monthly papers says once their delay has elapsed; an old outstanding cheque or a surprise count that was
    not made closes nothing."""
    rule = on.get(id_)
    if rule is None:
        return Point(title, (), command, note=f"contrôle {id_} éteint")
    assert isinstance(rule, (CashNotCounted, UnreconciledBank))
    elapsed = rule.delay.after(period.end, books.policy.holidays) + timedelta(days=1)
    outcome = run((rule,), books.at(elapsed), rule_ids())
    dated = {(each.place.file, each.place.line): each.date for each in books.directives.statements}
    dated |= {(each.place.file, each.place.line): each.date for each in books.directives.counts}
    found = []
    for finding in outcome.findings:
        when = finding.date or dated.get((finding.file, finding.line))
        if finding.facts.keys().isdisjoint(("age", "quarter")) and (when is None or when <= period.end):
            found.append(finding)
    return Point(title, _where(kept.open(found)), command)


def _transit(books: Books, period: Period) -> Iterator[Where]:
    for name, account in sorted(books.accounts.items()):
        left = books.balance(name, period.end) if account.is_transit and name not in books.policy.loan_accounts else 0
        if left:
            yield (*account.place, f"{name} garde {Money(left)} au {shown(period.end)} : le 58 est nul à la clôture.")


def _pending(books: Books, period: Period) -> Iterator[Where]:
    for entry in books.entries:
        if entry.flag == "!" and entry.date in period:
            wanted = "ses signatures" if entry.place in books.awaiting_signature else "sa pièce"
            yield entry.file, entry.line, f"{capital(entry.named)} attend {wanted} (!)."


def _documents(books: Books, period: Period, errors: list[Finding]) -> Point:
    rows, absent = make_manifest(books, period)
    found = _where(_of(errors, "piece-justificative"))
    said = " ".join(sentence for _, _, sentence in found)
    missing = tuple(
        (str(books.folder / "documents"), 1, f"Le fichier {path} est introuvable ou ne peut pas être scellé.")
        for path in absent
        if path not in said
    )
    return Point(
        ClosingPoint.DOCUMENTS,
        (*found, *missing),
        _check("piece-justificative"),
        note=f"{len(rows)} pièces à sceller",
    )


def _funds(books: Books, period: Period, errors: Iterable[Finding]) -> Point:
    """The equality of funds; where shares are missing, the command that writes them."""
    point = _errors(ClosingPoint.FUNDS, errors)
    wanted = how_to_write(period, missing(books, period)) if point.open else ""
    return point._replace(remedy=wanted or point.remedy)


def _errors(point: ClosingPoint, errors: Iterable[Finding]) -> Point:
    ids = [cls.id for cls in voices() if cls.closing_point == point]
    return Point(point, _where(_of(errors, *ids)), _check(*ids))


def _of(findings: Iterable[Finding], *ids: str) -> Iterator[Finding]:
    return (finding for finding in findings if finding.rule in ids)


def _check(*ids: str) -> str:
    return " ".join(["grandlivre check", *(f"--only {id_}" for id_ in ids)])


def _where(findings: Iterable[Finding]) -> tuple[Where, ...]:
    return tuple((finding.file, finding.line, f"{finding.message} [{finding.rule}]") for finding in findings)


def _key(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line, finding.message
