"""The rule `derogation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import ClassVar, Literal

from grandlivre.books.index import Books
from grandlivre.books.records import Place, Waiver
from grandlivre.checks import rule_ids, rules_for
from grandlivre.guards.beyond import Twice
from grandlivre.guards.guard import Condition, Guard, on
from grandlivre.i18n import Message, did_you_mean
from grandlivre.policy.model import Field
from grandlivre.rules import (
    UNPROVED,
    ClosingPoint,
    Family,
    Finding,
    ProvedRule,
    Rule,
    WaiverFault,
    Weaker,
    plugin,
    waiver_fault,
)


class UnfoundedWaiver(ProvedRule):
    """Dérogation non valable : règle, motif, auteur habilité ou objet manquant.

    Une dérogation (`derogation:`, `motif:`, `derogation-par:`) fait taire une seule règle sur une seule écriture ; elle
    est comptée et imprimée dans l'état des dérogations. Son auteur détient le pouvoir « autorisation » ce jour-là et
    n'est pas le bénéficiaire. Une dérogation qui ne vaut pas ne fait rien taire ; celle qui ne fait rien taire est de
    trop : laissée en place, elle excuserait une faute future.

    Depuis le jour où `preuve` vaut visa, qui accorde la dérogation la signe avec sa clé (grandlivre sign).

    Employée seule, cette règle ne sait pas ce que disent les autres : elle ne juge que la forme.

    Source : manuel de procédures (dérogations écrites, comptées).

    Exemple : derogation: "trois-proformas", motif: "fournisseur unique agréé", derogation-par: "president".
    """

    id = "derogation"
    family = Family.SIGNATURES
    closing_point = ClosingPoint.WAIVERS
    weakens: ClassVar = {"proof": Weaker.NEVER}

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : on ne déroge pas à la règle des dérogations."""

    faults: ClassVar[Mapping[WaiverFault, Message]] = {
        WaiverFault.NO_RULE: Message(
            'Cette dérogation ne nomme aucune règle : écrivez derogation: "identifiant" (un seul), ou retirez-la.'
        ),
        WaiverFault.UNKNOWN_RULE: Message(
            "Cette dérogation nomme la règle « {rule} », qui n'existe pas.{hint} Une dérogation vaut pour une seule "
            "règle."
        ),
        WaiverFault.NO_REASON: Message(
            "La dérogation à « {rule} » n'a pas de motif : ajoutez motif: suivi de la raison entre guillemets."
        ),
        WaiverFault.FORBIDDEN: Message(
            "La règle « {rule} » n'admet aucune dérogation : retirez-la et corrigez l'écriture."
        ),
        WaiverFault.NO_AUTHOR: Message(
            "La dérogation à « {rule} » n'a pas d'auteur : faites-la signer par {holders}, puis inscrivez "
            "derogation-par: suivi de l'identifiant."
        ),
        WaiverFault.POWERLESS: Message(
            "{by} n'a pas le pouvoir « autorisation » le {day} : la dérogation à « {rule} » ne vaut rien. "
            "Faites-la signer par {holders}."
        ),
        WaiverFault.PAYEE: Message(
            "{by} est le bénéficiaire de cette écriture : la dérogation à « {rule} » ne vaut rien. Faites-la signer "
            "par une autre personne qui a le pouvoir « autorisation »."
        ),
    }
    """One sentence a fault."""

    useless = Message(
        "La dérogation à « {rule} » n'a plus d'objet : cette règle ne reproche ici rien qu'une dérogation puisse "
        "excuser. Retirez derogation: et motif:."
    )
    off = Message("La dérogation à « {rule} » est sans objet : cette règle est arrêtée. Retirez derogation: et motif:.")

    unproved = UNPROVED

    def check(self, books: Books) -> Iterator[Finding]:
        """Nothing yet: waivers are judged when the other rules have spoken."""
        return iter(())

    def guard(self, books: Books) -> Guard:
        """What the rules hang on from which entries are excused, today and, where nothing is excused, when their period was closed."""
        rules = {rule.id: rule for rule in rules_for(books)}
        pieces: set[str] = set()
        conditions: list[Condition] = []
        for waiver in books.waivers:
            pieces.add(waiver.entry.piece)
            rule = rules.get(waiver.rule)
            if rule is None or rule.id == self.id:
                continue
            closed = books.closed_on(waiver.entry.date) if waiver.entry.piece not in rule.told(books) else None
            for judged in (books, *(books.at(day) for day in closed or ())):
                conditions += rule.guard(judged).conditions
        return on(Twice(frozenset(pieces)), *dict.fromkeys(conditions)) if books.waivers else on()

    def after(self, books: Books, rules: Sequence[Rule], used: frozenset[Place]) -> Iterator[Finding]:
        """Waivers that are void, then those that silenced nothing."""
        if not books.waivers:
            return
        known = rule_ids()
        by_id = {rule.id: rule for rule in rules}
        alone = set(by_id) == {self.id}
        for waiver in books.waivers:
            entry = waiver.entry
            if waiver.by and self.asks_visa(entry.date):
                yield from self.unproved_on(books, entry, [waiver.by], "Dérogation", "derogations")
            fault = waiver_fault(waiver, books, by_id, known)
            if fault is not None:
                yield self.finding(
                    self.faults[fault],
                    entry,
                    rule=waiver.rule,
                    by=books.policy.called(waiver.by),
                    day=entry.value_date,
                    hint=did_you_mean(waiver.rule, sorted(known), " La liste est dans rules/README.md."),
                    holders=_holders(books, waiver.entry.value_date),
                )
            elif entry.place not in used and not alone and not _was_useful(books, by_id, waiver):
                yield self.finding(self.useless if waiver.rule in by_id else self.off, entry, rule=waiver.rule)


def _was_useful(books: Books, rules: Mapping[str, Rule], waiver: Waiver) -> bool:
    """Whether the waiver silences what only whole documents tell, or silenced something when its period was closed."""
    rule, closed = rules.get(waiver.rule), books.closed_on(waiver.entry.date)
    if rule is None:
        return False
    then = chain.from_iterable(rule.judge(books.at(day)) for day in closed or ())
    return any(
        finding.entry is not None and finding.entry.place == waiver.entry.place
        for finding in chain(then, rule.verify(books))
    )


def _holders(books: Books, day: date) -> str:
    """Who holds the power that day, in words."""
    policy = books.policy
    people = {m.person for m in policy.mandates if m.power == "autorisation" and m.on(day)}
    return " ou ".join(policy.called(who) for who in sorted(people)) or "une personne mandatée ce jour-là"


__plugins__ = (plugin(UnfoundedWaiver),)
