"""The rule `avance-en-retard`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

from grandlivre.books.bounds import on_numbers, tied
from grandlivre.books.index import Books
from grandlivre.books.people import keeps_till, person_key, same_person
from grandlivre.books.purchases import Advance
from grandlivre.books.records import Account, Entry, Movement
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.guards.sums import Altered
from grandlivre.i18n import Message, Money
from grandlivre.policy.model import Field
from grandlivre.policy.sycebnl import ADVANCES, NUMBERED_ADVANCES, TILL_SHORTAGE, TREASURY
from grandlivre.policy.values import Duration, Prefix, Span
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, Weaker, plugin


class LateAdvance(Rule):
    """Avance non justifiée à temps ; nouvelle avance remise à une personne qui en a une à justifier.

    Une avance s'ouvre avec son numéro (`avance`) et sa date limite (`echeance`) ; sans date limite, c'est `delai` après
    la remise. Elle se justifie, ou se rembourse, sous le même numéro. Passé la date limite, ce qui reste est une alerte
    sur l'écriture qui l'a ouverte. Qui a une avance en retard n'en reçoit pas d'autre, dans aucun projet : la nouvelle
    est une alerte, et une erreur quand l'ancienne a été remise depuis plus de `blocage`. Une avance justifiée au-delà de ce qui a été remis
    est une alerte, tant que la différence n'est ni remboursée ni corrigée. Une date limite d'avant la remise est une
    erreur : c'est alors `delai` qui court.

    Sur les comptes de `comptes`, une écriture sans numéro est une erreur (une alerte dans l'à-nouveau) : sans numéro,
    rien ne peut être suivi. Sur les autres comptes d'avances (421, 4091, 4093) aussi, quand l'argent sort de la banque, de la
    monnaie électronique ou d'une caisse ; le manquant d'une caisse, à la charge de qui la tient (4211), n'en a pas besoin.
    Leurs autres mouvements ne demandent un numéro, par une alerte, que si la même personne y a une avance numérotée encore
    ouverte.

    Source : manuel de procédures, avances à justifier (5 jours ouvrés ; une avance en retard de plus de 30 jours d'âge bloque).

    Exemple : 90 000 FCFA remis le 02/10/2026, à justifier le 19/10/2026, rien de justifié au 31/10/2026.
    """

    id = "avance-en-retard"
    family = Family.CASH
    closing_point = ClosingPoint.ADVANCES
    weakens: ClassVar = {"delay": Weaker.HIGHER, "block": Weaker.HIGHER, "accounts": Weaker.FEWER}

    delay: Span = Field(Duration(5, "jours ouvrés"), alias="delai")
    """Temps pour justifier une avance sans `echeance`."""
    block: Span = Field(Duration(30, "jours"), alias="blocage")
    """Âge au-delà duquel une avance en retard interdit d'en remettre une autre à la même personne."""
    accounts: tuple[Prefix, ...] = Field(NUMBERED_ADVANCES, alias="comptes")
    """Numéros des comptes où toute écriture porte un numéro d'avance."""

    late = Message(
        "Avance {advance} de {amount} remise à {holder} le {day} : {open} ne sont pas justifiés, la date limite était le "
        "{due} ({age} jours depuis la remise). Demandez les pièces ou le reversement.",
        moving=("age",),
    )
    due_too_early = Message(
        "L'avance {advance} est remise le {day}, mais sa date limite est le {due} : on ne justifie pas avant d'avoir reçu. "
        "Corrigez echeance: (sans elle, {delay} après la remise)."
    )
    blocked = Message(
        "{holder} reçoit {amount}, mais doit encore justifier {open} de l'avance {advance} ({tree}) remise le {day}, en "
        "retard depuis le {due}. Pas de nouvelle avance (erreur au-delà de {block}) : faites d'abord justifier ou reverser."
    )
    never_opened = Message(
        "{justified} justifient l'avance {advance}, qui n'est ouverte par aucune écriture avant celle-ci : corrigez le "
        "numéro, ou passez la remise de l'avance."
    )
    too_much = Message(
        "L'avance {advance} de {amount} est justifiée pour {justified}, soit {excess} de trop. Remboursez la différence "
        "sous le même numéro, ou corrigez la justification."
    )
    unnumbered = Message(
        "{account}, mouvement de {amount} sans numéro d'avance : ajoutez avance:, et echeance: si elle s'ouvre, pour que "
        "l'avance soit suivie."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """The advances of each holder, then the movements without a number."""
        holders: dict[str, list[Advance]] = {}
        for advance in books.advances:
            yield from self._alone(books, advance)
            holders.setdefault(person_key(books.policy, advance.holder), []).append(advance)
        for holder, advances in holders.items():
            if holder:
                yield from self._blocked(books, advances)
        yield from self._unnumbered(books, holders)

    def guard(self, books: Books) -> Guard:
        """The movements on the accounts it follows; the vouchers that another of their number may overtake."""
        followed = (*ADVANCES, *self.accounts)
        return on(Altered(followed), Vouchers(self.told(books) | tied(books, on_numbers(*followed))))

    def _due(self, books: Books, advance: Advance) -> date:
        if advance.due is not None and not _due_before_handed(advance):
            return advance.due
        return self.delay.after(advance.opened.value_date, books.policy.holidays)

    def _alone(self, books: Books, advance: Advance) -> Iterator[Finding]:
        left = advance.open_on(books.today)
        due = self._due(books, advance)
        if _due_before_handed(advance):
            yield self.finding(
                self.due_too_early,
                advance.opened,
                advance=advance.id,
                day=advance.opened.value_date,
                due=advance.due,
                delay=self.delay,
            )
        if left > 0 and due < books.today:
            yield self.finding(
                self.late,
                advance.opened,
                level=Level.WARNING,
                advance=advance.id,
                holder=_shown(books, advance.holder),
                amount=Money(advance.amount),
                open=Money(left),
                day=advance.opened.date,
                due=due,
                age=(books.today - advance.opened.date).days,
            )
        elif left < 0:
            if advance.amount <= 0:
                yield self.finding(
                    self.never_opened,
                    advance.opened,
                    level=Level.WARNING,
                    advance=advance.id,
                    justified=Money(-left),
                )
                return
            yield self.finding(
                self.too_much,
                _crossing(advance),
                level=Level.WARNING,
                advance=advance.id,
                amount=Money(advance.amount),
                justified=Money(advance.amount - left),
                excess=Money(-left),
            )

    def _blocked(self, books: Books, advances: list[Advance]) -> Iterator[Finding]:
        """Each new advance against the earlier ones that are still open."""
        pending: list[tuple[Advance, date]] = []
        for advance in sorted(advances, key=lambda each: each.opened.sort_key):
            day = advance.opened.date
            pending = [(each, due) for each, due in pending if each.open_on(day) > 0]
            if advance.amount > 0 and not advance.opened.is_taken_over:
                overdue = [(each.opened.date, each.id, due, each) for each, due in pending if due < day]
                if overdue:
                    since, _, due, old = min(overdue, key=lambda each: each[:3])
                    blocking = self.block.after(since, books.policy.holidays) < day
                    yield self.finding(
                        self.blocked,
                        advance.opened,
                        level=Level.ERROR if blocking else Level.WARNING,
                        holder=_shown(books, advance.holder),
                        amount=Money(advance.amount),
                        open=Money(old.open_on(day)),
                        advance=old.id,
                        tree=old.tree,
                        day=since,
                        due=due,
                        block=self.block,
                    )
            pending.append((advance, self._due(books, advance)))

    def _unnumbered(self, books: Books, holders: dict[str, list[Advance]]) -> Iterator[Finding]:
        for name, account in sorted(books.accounts.items()):
            followed = account.is_(*self.accounts)
            if not followed and not account.is_advance:
                continue
            for entry, movement in books.movements(name):
                if not movement.value or entry.text("avance", movement) or _is_cancelled(books, entry):
                    continue
                grave = (followed or _is_handed(books, entry, movement)) and not entry.is_taken_over
                if not (grave or followed or self._has_open(books, holders, entry, entry.payee_of(movement), name)):
                    continue
                level = Level.ERROR if grave else Level.WARNING
                yield self.finding(self.unnumbered, entry, level=level, account=name, amount=Money(abs(movement.value)))

    @staticmethod
    def _has_open(books: Books, holders: dict[str, list[Advance]], entry: Entry, holder: str, account: str) -> bool:
        """Whether the holder has a numbered advance, on that account, still open the day before the entry."""
        return any(
            advance.opened.date <= entry.date
            and advance.open_on(entry.date) > 0
            and any(m.account.name == account for m in advance.opened.movements)
            for advance in holders.get(person_key(books.policy, holder), ())
        )


def _due_before_handed(advance: Advance) -> bool:
    """Whether its last day comes before the money did; one brought forward was handed earlier than the books begin."""
    opened, due = advance.opened, advance.due
    return due is not None and due < opened.value_date and advance.amount > 0 and not opened.is_opening


def _is_cancelled(books: Books, entry: Entry) -> bool:
    """Whether it is one half of a storno and what it takes back."""
    return entry.is_storno or entry.piece in books.reversed_pieces


def _is_handed(books: Books, entry: Entry, movement: Movement) -> bool:
    """Whether an advance leaves the treasury: not what a till lacks, owed by who keeps it."""
    paying = [each.account for each in entry.movements if each.value < 0 and each.account.is_(*TREASURY)]
    if movement.value < 0 or not paying:
        return False
    return not (movement.account.is_(TILL_SHORTAGE) and all(_lacks(books, till, entry, movement) for till in paying))


def _lacks(books: Books, till: Account, entry: Entry, movement: Movement) -> bool:
    """Whether who keeps a till owes what it lacks."""
    payee = entry.payee_of(movement)
    named = [payee, *(who for who in books.policy.people if same_person(books.policy, who, payee))]
    return any(keeps_till(books.policy, who, till, entry.date) for who in named)


def _crossing(advance: Advance) -> Entry:
    """The entry that justifies more than was left."""
    left = advance.amount
    if left < 0:
        return advance.opened
    found = advance.opened
    for entry, part in advance.settlements:
        if left >= 0 > left - part:
            found = entry
        left -= part
    return found


def _shown(books: Books, holder: str) -> str:
    person = books.policy.people.get(holder)
    return person.name if person is not None else holder


__plugins__ = (plugin(LateAdvance),)
