"""The rule `ligne-budgetaire`."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.books.bounds import charging
from grandlivre.books.budget import Charge
from grandlivre.books.directives.purchasing import Dossier
from grandlivre.books.index import Books
from grandlivre.guards.budgets import LinesAllowed
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.i18n import Message, Money, did_you_mean
from grandlivre.policy.donors import Agreement
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, plugin

_SHOWN = 4
"""How many lines a sentence proposes at most."""


class UnknownBudgetLine(Rule):
    """Dépense sans ligne budgétaire, ou sur une ligne inexistante ou non permise.

    Chaque mouvement de charge (classe 6) ou d'immobilisation (classe 2) d'un projet dont la convention a un budget porte
    `ligne:`, sur l'écriture ou sur le mouvement ; cela vaut pour les quotes-parts de charges communes (reciproque) et
    pour FONCT quand son budget est décrit. La ligne est celle du budget en vigueur à la date de valeur, et la nature
    SYCEBNL du compte fait partie de ses `comptes`. Un marché porte aussi sa ligne : ce qui reste à recevoir y est
    compté comme engagé.

    Sans ligne : les dotations et provisions (68, 69, 28, 29), les variations de stocks (603), les cessions (81, 82),
    l'ouverture et la clôture. Une extourne suit l'écriture qu'elle annule, et une écriture annulée n'est plus signalée.

    Source : manuel de procédures, budget et suivi.

    Exemple : D 6277 pour un atelier sur la ligne 1.1 (salaires, comptes 661) : la ligne 2.1 le permet.
    """

    id = "ligne-budgetaire"
    family = Family.FUNDS
    closing_point = ClosingPoint.BUDGETS

    missing = Message(
        "{account} reçoit {amount} sans ligne budgétaire ; la convention {agreement} a un budget. "
        "Ajoutez ligne: avec le code de la ligne.{hint}"
    )
    unknown = Message(
        "La ligne « {line} » n'est pas dans le budget de la convention {agreement}.{hint} Corrigez ligne:, ou faites "
        "ajouter la ligne par un avenant."
    )
    too_early = Message(
        "La ligne {line} de la convention {agreement} n'existe que depuis l'avenant du {since} ; cette dépense est du "
        "{day}. Imputez-la à une ligne en vigueur ce jour-là.{hint}"
    )
    wrong_nature = Message(
        "{account} n'est pas une nature de la ligne {line} « {label} » de la convention {agreement} (comptes {accounts}). "
        "Changez la ligne ou le compte.{hint}"
    )
    no_line = Message(
        "Le marché {dossier} ne dit pas sa ligne budgétaire : ce qui reste à recevoir n'est compté comme engagé sur "
        'aucune ligne de la convention {agreement}. Ajoutez ligne: "CODE".'
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each posting a budget pays, then each dossier."""
        for charge in books.charges:
            agreement = charge.agreement
            if agreement is None or not agreement.headings:
                continue
            if not (charge.entry.is_storno or charge.entry.piece in books.reversed_pieces):
                yield from self._charge(charge, agreement)
        for dossier in books.dossiers.values():
            agreement = books.agreement_on(dossier.tree, dossier.agreement, dossier.date)
            if agreement is not None and agreement.headings:
                yield from self._dossier(dossier, agreement)

    def guard(self, books: Books) -> Guard:
        """The charges to a line that does not surely take them."""
        agreements = [each for donor in books.policy.donors.values() for each in donor.agreements if each.headings]
        allowed = tuple(
            (each.id, since, code, tuple(line.accounts))
            for each in agreements
            for since, lines in each.budgets
            for code, line in lines.items()
        )
        return on(
            LinesAllowed(charging(books), frozenset(each.id for each in agreements), allowed),
            Vouchers(self.told(books) | books.reversed_pieces),
        )

    def doubt(self, books: Books) -> Doubt:
        """The entries charged to a line that does not always take their accounts."""
        alike, others = books.alike_charges
        closer = [entry for shape in others for entry in shape.entries]
        for each in alike:
            numbers = [each.shape.pattern.accounts[position].number for position in each.positions]
            pairs = ((line, number) for line in each.lines() for number in numbers)
            if each.agreement is not None and not all(_always_right(each.agreement, *pair) for pair in pairs):
                closer += each.entries
        return Doubt(closer)

    def _charge(self, charge: Charge, agreement: Agreement) -> Iterator[Finding]:
        entry, movement, account = charge.entry, charge.movement, charge.movement.account
        budget = agreement.budget_at(charge.day)
        line = budget.get(charge.line)
        if line is not None and line.allows(account.number):
            return
        fitting = [code for code, each in budget.items() if each.accounts and each.allows(account.number)]
        hint = f" Lignes qui permettent {account.number} : {', '.join(fitting[:_SHOWN])}." if fitting else ""
        if not charge.line:
            yield self.finding(
                self.missing,
                entry,
                movement=movement,
                account=account.name,
                amount=Money(movement.value),
                agreement=agreement.id,
                hint=hint,
            )
        elif line is not None:
            yield self.finding(
                self.wrong_nature,
                entry,
                movement=movement,
                account=account.name,
                line=line.code,
                label=line.label,
                agreement=agreement.id,
                accounts=", ".join(line.accounts),
                hint=hint,
            )
        elif charge.line in agreement.line_codes:
            since = next(since for since, lines in agreement.budgets if charge.line in lines)
            yield self.finding(
                self.too_early,
                entry,
                movement=movement,
                line=charge.line,
                agreement=agreement.id,
                since=since,
                day=charge.day,
                hint=hint,
            )
        else:
            near = _nearest(charge.line, agreement)
            yield self.finding(
                self.unknown, entry, movement=movement, line=charge.line, agreement=agreement.id, hint=near or hint
            )

    def _dossier(self, dossier: Dossier, agreement: Agreement) -> Iterator[Finding]:
        if not dossier.line:
            yield self.finding(
                self.no_line, dossier.place, level=Level.WARNING, dossier=dossier.id, agreement=agreement.id
            )
        elif dossier.line not in agreement.line_codes:
            near = _nearest(dossier.line, agreement)
            yield self.finding(self.unknown, dossier.place, line=dossier.line, agreement=agreement.id, hint=near)


def _always_right(agreement: Agreement, code: str, number: str) -> bool:
    """Whether a line takes an account in the initial budget and after each addendum; true without a budget."""
    lines = [budget.get(code) for _, budget in agreement.budgets]
    return not agreement.headings or all(line is not None and line.allows(number) for line in lines)


def _nearest(code: str, agreement: Agreement) -> str:
    codes = list(agreement.budgets[-1][1])
    return did_you_mean(code, codes, likeness=0.5)


__plugins__ = (plugin(UnknownBudgetLine),)
