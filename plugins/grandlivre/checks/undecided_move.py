"""The rule `comptes-de-bilan`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.people import authorisers, lacks_authority
from grandlivre.books.records import Account, Entry, Pattern
from grandlivre.guards.guard import Guard, Touching
from grandlivre.guards.moving import Debited
from grandlivre.i18n import Message, Money
from grandlivre.policy.sycebnl import (
    FUNDS_HELD,
    FUNDS_RELEASED,
    INCOME,
    INTERNAL,
    OWN_FUNDS,
    RESULT,
    SUSPENSE,
    TREASURY,
)
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Rule, plugin


class _Move(NamedTuple):
    """What an entry moves on accounts that move by decision alone."""

    message: Message
    amount: int
    accounts: tuple[Account, ...]


class UndecidedMove(Rule):
    """Mouvement sur fonds propres ou en attente, produit débité, que personne n'a autorisé.

    Un détournement se paie rarement sur un compte de charges, que budgets et bailleurs regardent : il passe sur les
    réserves, sur un compte d'attente, ou en moins d'un produit. Une écriture porte donc `autorise-par`, le nom de qui a le
    pouvoir `autorisation`, quel que soit son montant, quand elle touche :

    - les dotations, réserves, reports et résultats (10 à 13), qui ne bougent que sur décision ;
    - les débiteurs et créditeurs divers (4711, 4712), qui ne sont la destination de rien ;
    - les produits (classe 7), quand elle en débite plus qu'elle n'en crédite. Passer d'un produit à un autre n'en retire aucun.

    Y créditer ce qui entre en banque ou en caisse n'attend l'accord de personne : apport, droit d'entrée, versement à
    expliquer, remboursement d'un débiteur. Le sortir, si.

    Qui autorise a ce pouvoir à la date de l'écriture et à sa date de valeur, pour ce montant et pour les comptes dont
    l'argent sort (sinon pour ceux qu'elle touche), et ne reçoit pas l'argent. L'accord donné pour `autorisation` sert ici.

    N'en ont pas besoin : l'à-nouveau et la reprise ; ce qu'écrit `grandlivre entries` (clôture, affectation, quote-part…)
    tant que l'écriture ne touche ni tiers ni trésorerie ; une quote-part à reprendre, toute entre un produit 702, 792, 796 ou 799
    et les fonds dont il vient, qu'`egalite-de-tresorerie` recalcule. L'extourne non plus, ni ce qu'elle annule : elle remet
    les comptes comme ils étaient, `reglement` vérifie qu'elle est le miroir exact d'une pièce, et l'argent qu'elle rend
    se signe (`double-signature`) ou s'autorise (`autorisation`). La bonne écriture qui la suit est jugée comme les autres.

    Source : SYCEBNL, fonctionnement des comptes 10 à 13 et 47, art. 16-3 et 21 (l'assemblée générale affecte le résultat) ;
    AUDCIF art. 17 ; manuel de procédures, « qui autorise quoi ».

    Exemple : 900 000 FCFA virés à un fournisseur au débit du 121 (report à nouveau), sans autorise-par.
    """

    id = "comptes-de-bilan"
    family = Family.SIGNATURES
    whole = True
    closing_point = ClosingPoint.SIGNATURES

    own_funds = Message(
        "{piece} déplace {amount} sur {accounts}, sans autorisation valable ({reasons}) : fonds propres, reports et résultats "
        "ne bougent que sur décision. Une dépense se passe en classe 6 ou 2 ; sinon obtenez l'accord écrit, puis inscrivez "
        "autorise-par. Peuvent autoriser le {day} : {possible}."
    )
    suspense = Message(
        "{piece} déplace {amount} sur {accounts}, sans autorisation valable ({reasons}) : un compte d'attente n'est pas une "
        "destination. Portez le montant à son vrai compte, ou obtenez l'accord écrit, puis inscrivez autorise-par. Peuvent "
        "autoriser le {day} : {possible}."
    )
    income = Message(
        "{piece} retire {amount} de {accounts}, sans autorisation valable ({reasons}) : un produit ne se débite que par "
        "l'extourne de la pièce fausse. Extournez-la, ou obtenez l'accord écrit, puis inscrivez autorise-par. Peuvent "
        "autoriser le {day} : {possible}."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each entry on those accounts, by all that it moves there."""
        for entry in books.matching(_concerns):
            if not _is_left_alone(books, entry):
                for move in self._moves(entry):
                    yield from self._judge(books, entry, move)

    def guard(self, books: Books) -> Guard:
        """Entries on own funds and suspense accounts, and those that debit an income account."""
        return self.guarded(
            books,
            Touching((*OWN_FUNDS, *SUSPENSE)),
            Debited(INCOME),
            reads=("autorise-par", "beneficiaire", "date-valeur"),
        )

    def doubt(self, books: Books) -> Doubt:
        """The entries on own funds and suspense accounts, and those that debit an income account."""
        found: list[Entry] = []
        for shape in books.shapes:
            positions = shape.pattern.positions(INCOME)
            if shape.pattern.touches((*OWN_FUNDS, *SUSPENSE)):
                found += shape.entries
            elif positions:
                rows = zip(*map(shape.moved, positions), strict=True)
                found += [entry for entry, row in zip(shape.entries, rows, strict=True) if max(row) > 0]
        return Doubt(found)

    def _moves(self, entry: Entry) -> Iterator[_Move]:
        received = sum(_on(entry, TREASURY).values()) > 0
        for message, numbers in ((self.own_funds, OWN_FUNDS), (self.suspense, SUSPENSE)):
            moved = {each: amount for each, amount in _on(entry, numbers).items() if amount > 0 or not received}
            if any(moved.values()):
                accounts = tuple(account for account, amount in moved.items() if amount)
                yield _Move(message, sum(map(abs, moved.values())), accounts)
        income = _on(entry, INCOME)
        if sum(income.values()) > 0:
            debited = {account: amount for account, amount in income.items() if amount > 0}
            yield _Move(self.income, sum(income.values()), tuple(debited))

    def _judge(self, books: Books, entry: Entry, move: _Move) -> Iterator[Finding]:
        policy = books.policy
        days = tuple(dict.fromkeys((entry.value_date, entry.date)))
        paying = tuple(m.account for m in entry.movements if m.account.is_(*TREASURY) and m.value < 0)

        def fault(who: str) -> str:
            return lacks_authority(policy, who, entry, move.amount, paying or move.accounts, days)

        reasons = [fault(who) for who in entry.text("autorise-par").split()]
        if "" not in reasons:
            yield self.finding(
                move.message,
                entry,
                piece=entry.named,
                amount=Money(move.amount),
                accounts=[account.name for account in move.accounts],
                reasons=" ; ".join(dict.fromkeys(reasons)) or "autorise-par manque",
                day=entry.date,
                possible=[policy.called(who) for who in authorisers(policy) if not fault(who)] or ["personne"],
            )


def _concerns(pattern: Pattern) -> bool:
    """Whether entries on those accounts may move what moves by decision alone."""
    return pattern.touches((*OWN_FUNDS, *SUSPENSE, *INCOME))


def _is_left_alone(books: Books, entry: Entry) -> bool:
    """Whether nobody has to authorise such an entry."""
    if entry.is_taken_over or entry.is_storno or entry.piece in books.reversed_pieces:
        return True
    alone = (*INTERNAL, *RESULT) if entry.kind else (*FUNDS_RELEASED, *FUNDS_HELD)
    return all(account.is_(*alone) for account in entry.pattern.accounts)


def _on(entry: Entry, numbers: tuple[str, ...]) -> dict[Account, int]:
    """What an entry moves on each account of those numbers."""
    moved: dict[Account, int] = {}
    for movement in entry.movements:
        if movement.account.is_(*numbers):
            moved[movement.account] = moved.get(movement.account, 0) + movement.value
    return moved


__plugins__ = (plugin(UndecidedMove),)
