"""What must be in order before a period is closed: one point a subject, with what is open and where to go.

The rules judge the books as they stood on the last day of the period, once with the delays for counts and statements
elapsed: what was an `alerte` during the month is refused at close (contract §5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.digest import make_manifest
from grandlivre.books.index import Books
from grandlivre.checks import rule_classes, rule_ids, rules_of
from grandlivre.checks.cash_not_counted import CashNotCounted
from grandlivre.checks.unreconciled_bank import UnreconciledBank
from grandlivre.i18n import Money
from grandlivre.i18n import day as shown
from grandlivre.inspection import Inspection
from grandlivre.policy.periods import Period
from grandlivre.rules import Finding, Level, Rule, run

Where = tuple[str, int, str]
"""File, line, sentence."""

_ERRORS_OF = (
    ("Séries de pièces sans trou ni doublon", ("numerotation-pieces",)),
    ("Trois proformas, achats et factures", ("trois-proformas", "fractionnement", "facture-en-double")),
    ("Signatures et autorisations", ("double-signature", "autorisation")),
    ("Budgets et conventions", ("ligne-budgetaire", "depassement-budgetaire", "hors-convention")),
    ("Égalité de trésorerie par bailleur", ("egalite-de-tresorerie",)),
    ("Caisses et banques", ("caisse-hors-bornes", "decouvert", "compte-bancaire-unique", "bailleurs-croises")),
)
"""Points that are the unwaived errors of some rules."""
_APART = frozenset({"rapprochement-bancaire", "pv-de-caisse", "avance-en-retard", "virement-en-transit", "derogation"})


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


def checklist(inspection: Inspection, period: Period) -> tuple[Point, ...]:
    """Every point for a period, in the order they are shown."""
    books = inspection.books
    rules, _ = rules_of(books.policy)
    on = {rule.id: rule for rule in rules if not rule.on_sources}
    outcome = run(tuple(on.values()), _at(books, period.end), rule_ids())
    dates = {(str(e.meta.get("filename")), int(e.meta.get("lineno", 0))): e.date for e in books.raw if e.meta}

    def within(finding: Finding) -> bool:
        when = finding.date or dates.get((finding.file, finding.line))
        return when is None or when <= period.end

    found = [finding for finding in outcome.findings if within(finding)]
    errors = [finding for finding in found if finding.level == Level.ERROR]
    always = {cls.id for cls in rule_classes() if cls.always_on or cls.on_sources} | {"periode-close"}
    known = {(each.file, each.line, each.message) for each in errors}
    errors += [
        finding
        for finding in inspection.findings
        if finding.rule in always and finding.level == Level.ERROR and _key(finding) not in known and within(finding)
    ]
    used = {rule for _, rules_of_point in _ERRORS_OF for rule in rules_of_point}
    points = [
        _late(
            books,
            on,
            "rapprochement-bancaire",
            period,
            "Relevés de banque rapprochés",
            "grandlivre reconcile COMPTE --releve FICHIER",
        ),
        _late(books, on, "pv-de-caisse", period, "Procès-verbaux de caisse", "grandlivre count CAISSE"),
        Point(
            "Avances à justifier",
            _where(finding for finding in found if finding.rule == "avance-en-retard"),
            "demandez les pièces ou le reversement, puis passez la justification",
        ),
        Point(
            "Virements internes soldés (58)",
            (*_transit(books, period), *_where(f for f in found if f.rule == "virement-en-transit")),
            "passez l'écriture d'arrivée",
        ),
        Point("Écritures complètes (sans !)", tuple(_pending(books, period)), "rangez la pièce et remplacez ! par *"),
        _documents(books, period, errors),
    ]
    for title, ids in _ERRORS_OF:
        points.append(_errors(title, (f for f in errors if f.rule in ids), ids))
    waived = [finding for finding in outcome.waived if within(finding)]
    points.append(
        _errors("Dérogations", (f for f in errors if f.rule == "derogation"), ("derogation",))._replace(
            note=f"{len(waived)} constat(s) levé(s) par dérogation"
        )
    )
    rest = [f for f in errors if f.rule not in used | _APART | {"piece-justificative"}]
    points.append(_errors("Autres contrôles", rest, ()))
    return tuple(points)


def _at(books: Books, day: date) -> Books:
    """The same books judged on another day."""
    return replace(books, as_of=day, _memo={})


def _late(books: Books, on: dict[str, Rule], id_: str, period: Period, title: str, command: str) -> Point:
    """What a rule of monthly papers says once their delay has elapsed; an old outstanding cheque closes nothing."""
    rule = on.get(id_)
    if rule is None:
        return Point(title, (), command, note=f"contrôle {id_} éteint")
    assert isinstance(rule, (CashNotCounted, UnreconciledBank))
    elapsed = rule.delay.after(period.end, books.policy.holidays) + timedelta(days=1)
    outcome = run((rule,), _at(books, elapsed), rule_ids())
    dated = {(each.place.file, each.place.line): each.date for each in books.directives.statements}
    dated |= {(each.place.file, each.place.line): each.date for each in books.directives.counts}
    found = []
    for finding in outcome.findings:
        when = finding.date or dated.get((finding.file, finding.line))
        if "age" not in finding.facts and (when is None or when <= period.end):
            found.append(finding)
    return Point(title, _where(found), command)


def _transit(books: Books, period: Period) -> Iterator[Where]:
    for name, account in sorted(books.accounts.items()):
        left = books.balance(name, period.end) if account.is_("58") and name not in books.policy.loan_accounts else 0
        if left:
            yield (*account.place, f"{name} garde {Money(left)} au {shown(period.end)} : le 58 est nul à la clôture.")


def _pending(books: Books, period: Period) -> Iterator[Where]:
    for entry in books.entries:
        if entry.flag == "!" and entry.date in period:
            yield entry.file, entry.line, f"{entry.piece or 'Une écriture'} du {shown(entry.date)} attend sa pièce (!)."


def _documents(books: Books, period: Period, errors: list[Finding]) -> Point:
    rows, absent = make_manifest(books, period)
    found = _where(finding for finding in errors if finding.rule == "piece-justificative")
    said = " ".join(sentence for _, _, sentence in found)
    missing = tuple(
        (str(books.folder / "documents"), 1, f"Le fichier {path} est introuvable ou ne peut pas être scellé.")
        for path in absent
        if path not in said
    )
    return Point(
        "Pièces justificatives",
        (*found, *missing),
        _check(("piece-justificative",)),
        note=f"{len(rows)} pièces à sceller",
    )


def _errors(title: str, findings: Iterable[Finding], ids: tuple[str, ...]) -> Point:
    return Point(title, _where(findings), _check(ids))


def _check(ids: tuple[str, ...]) -> str:
    return " ".join(["grandlivre check", *(f"--only {id_}" for id_ in ids)])


def _where(findings: Iterable[Finding]) -> tuple[Where, ...]:
    return tuple((finding.file, finding.line, f"{finding.message} [{finding.rule}]") for finding in findings)


def _key(finding: Finding) -> tuple[str, int, str]:
    return finding.file, finding.line, finding.message
