"""The rule `tiers-a-solder`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar, NamedTuple

from grandlivre.books.bounds import FIRST, LAST, names_of, on_numbers, tied, young_part
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger, Part
from grandlivre.books.owed import (
    Bill,
    Excess,
    SuppliersOwed,
    bills_for_guard,
    doubtful_suppliers,
    suppliers_owed,
    turned,
    unsettled,
)
from grandlivre.books.records import Account, Entry, Place
from grandlivre.guards.guard import Condition, Guard, Vouchers, on
from grandlivre.guards.sums import Altered, Side, Standing
from grandlivre.i18n import Message, Money
from grandlivre.policy.model import Field
from grandlivre.policy.periods import day_after, day_before, month_end
from grandlivre.policy.sycebnl import (
    DEBTORS,
    INVOICES_LATER,
    LEVIES,
    NET_PAY,
    OWED,
    SETTLED_LATER,
    SUNDRY,
    SUNDRY_DEBTORS,
    SUPPLIER_DEBTS,
    THIRD_PARTIES,
)
from grandlivre.policy.values import Dated, Duration, Prefix, Span
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, Weaker, plugin


class _Delay(NamedTuple):
    """How long a balance may stand on accounts of those numbers."""

    numbers: tuple[str, ...]
    excluded: tuple[str, ...]
    spans: Dated[Span]
    by_month: bool
    """Whether it begins at the month's end, and runs on what is owed alone."""

    def concerns(self, account: Account) -> bool:
        """Whether it runs on an account."""
        return account.is_(*self.numbers) and not account.is_(*self.excluded)

    def due(self, books: Books, entry: Entry) -> date:
        """The last day of an amount's delay; the last day of time before any delay is in force."""
        return self.ends(books, entry.value_date)

    def ends(self, books: Books, day: date) -> date:
        """The same of an amount of a day."""
        span = self.spans.at(day)
        if span is None:
            return date.max
        return span.after(month_end(day) if self.by_month else day, books.policy.holidays)


class _Late(NamedTuple):
    """What of a balance waits beyond its delay."""

    account: Account
    amount: int
    last: Entry
    """The account's last entry."""
    oldest: Entry
    """The oldest one that nothing settled."""
    due: date
    """Its last day."""


class UnsettledAccount(Rule):
    """Compte de tiers du mauvais côté, règlement d'une facture jamais comptabilisée, somme en attente depuis trop longtemps.

    Trois questions, posées aux soldes du jour. De quel côté ? Ce que l'on doit aux fournisseurs, au personnel, aux
    organismes sociaux, à l'État et aux créditeurs divers (`crediteurs`, moins 409, 421, 445 et 485) ne finit pas débiteur :
    on aurait payé plus que dû. Un débiteur divers (`debiteurs`) ne finit pas créditeur : il aurait rendu plus que reçu.
    C'est une erreur, sur la dernière écriture du compte. Les avances au personnel et aux fournisseurs (421, 4091, 4093)
    relèvent d'`avance-en-retard`, les fonds des bailleurs d'`egalite-de-tresorerie`.

    Quelle facture ? Les comptes de fournisseurs (401, 402, 404, 408, 481) sont suivis, dans chaque projet, fournisseur par
    fournisseur (NIF, sinon nom) et facture par facture. Un règlement qui porte `facture` en solde une de ce numéro, passée
    au plus tard ce jour-là ou depuis ; à défaut, ce qui est dû à ce fournisseur sans numéro. Un règlement sans `facture`
    solde ce qui lui est dû, en commençant par le plus ancien. Le reste est une erreur sur le règlement : facture jamais
    comptabilisée, facture payée deux fois, ou fournisseur débiteur. Ce que l'à-nouveau reprend sans nommer de fournisseur
    est dû à qui se présente, jusqu'à épuisement.

    Depuis quand ? Les plus anciens montants sont soldés les premiers ; ce qui reste au-delà de son délai est une alerte.
    `delai-attente`, 30 jours : un débit ou un crédit du 47 (moins 4713, 473 et 475 à 478, qui ont leur propre calendrier) est
    expliqué avant le deuxième arrêté mensuel qui le montre. `delai-salaires`, 8 jours après la fin du mois : le terme que le
    Code du travail donne à la paie mensuelle. `delai-impots`, 15 jours après la fin du mois : l'échéance de l'INPS et des
    retenues ; qui déclare par trimestre (dix salariés au plus) écrit 77 jours, soit deux mois de plus. `delai-fournisseurs`,
    60 jours après la facture : le double de l'usage commercial de 30 jours, au-delà duquel un fournisseur réclame ; ni les
    retenues de garantie (4017) ni les factures non parvenues (408) ne vieillissent. Un délai peut changer à une date connue
    (`[{depuis, valeur}]`) ; celui du jour de l'écriture vaut.

    Une extourne se solde avec ce qu'elle annule. Les écritures de clôture comptent dans les soldes comme les autres.
    À la clôture, ce qui reste ouvert se solde, ou se déclare avec son motif (`grandlivre close PÉRIODE --reserve
    "tiers-a-solder · objet · motif"`, l'objet étant la pièce, ou le compte suivi du jour depuis lequel il attend).

    Source : SYCEBNL, fonctionnement des comptes 40, 42, 43, 44 et 47 ; AUDCIF art. 17 (livres et inventaire) ; Code du
    travail du Mali, paiement du salaire ; manuel de procédures, factures et règlements.

    Exemple : 442 débiteur de 190 775 FCFA après un second versement à la Direction des impôts.
    """

    id = "tiers-a-solder"
    family = Family.VOUCHERS
    closing_point = ClosingPoint.THIRD_PARTIES
    weakens: ClassVar = {
        "owed": Weaker.FEWER,
        "owing": Weaker.FEWER,
        "suspense": Weaker.HIGHER,
        "pay": Weaker.HIGHER,
        "levies": Weaker.HIGHER,
        "suppliers": Weaker.HIGHER,
    }

    owed: tuple[Prefix, ...] = Field(OWED, alias="crediteurs")
    """Numéros des comptes qui ne finissent pas débiteurs."""
    owing: tuple[Prefix, ...] = Field(SUNDRY_DEBTORS, alias="debiteurs")
    """Numéros des comptes qui ne finissent pas créditeurs."""
    suspense: Dated[Span] = Field(Dated[Span].always(Duration(30, "jours")), alias="delai-attente")
    """Temps pour expliquer un montant en attente (47)."""
    pay: Dated[Span] = Field(Dated[Span].always(Duration(8, "jours")), alias="delai-salaires")
    """Temps pour payer les salaires (422), après la fin du mois."""
    levies: Dated[Span] = Field(Dated[Span].always(Duration(15, "jours")), alias="delai-impots")
    """Temps pour verser cotisations et impôts (431 à 433, 442, 447), après la fin du mois."""
    suppliers: Dated[Span] = Field(Dated[Span].always(Duration(60, "jours")), alias="delai-fournisseurs")
    """Temps pour régler une facture de fournisseur."""

    in_debit = Message(
        "{account} est débiteur de {balance} depuis {piece} du {day} : on y a payé plus que dû. Passez la charge ou la "
        "facture qui manque, ou faites rendre la différence ; une avance se porte au 4091 ou au 421, avec avance: et echeance:."
    )
    in_credit = Message(
        "{account} est créditeur de {balance} depuis {piece} du {day} : on y a rendu plus que dû. Passez ce qui manque au "
        "débit, ou portez la différence au 4712."
    )
    never_booked = Message(
        "{supplier} reçoit {amount} pour la facture {invoice}, qui n'est comptabilisée nulle part dans {tree}. Passez la facture "
        "sous ce numéro et ce NIF, corrigez facture: ou nif:, ou faites rendre l'argent."
    )
    paid_twice = Message(
        "La facture {invoice} de {supplier} est comptabilisée pour {booked} et réglée pour {paid}, soit {amount} de trop. "
        "Corrigez facture:, extournez le règlement qui n'a pas eu lieu, ou faites rembourser."
    )
    not_owed = Message(
        "{supplier} a reçu {amount} de plus que ce qui lui est dû dans {tree} : fournisseur débiteur. Passez la facture qui "
        "manque, ou faites rembourser ; un acompte se porte au 4091, avec avance: et echeance:."
    )
    waiting = Message(
        "{amount} attendent sur {accounts} depuis {piece} du {day} ; ce montant devait être soldé le {due} au plus tard. "
        "Payez-le, ou portez-le à son vrai compte ; s'il est juste, expliquez-le à la clôture."
    )
    unpaid = Message(
        "{piece} : {amount} dus à {supplier} depuis le {day} ; le règlement était attendu le {due} au plus tard. Payez, ou "
        "notez ce qui l'empêche (litige, livraison incomplète)."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """The suppliers of each tree, bill by bill; then the accounts, by their balance."""
        suppliers = suppliers_owed(books.supplier_lines, books.vouchers, books.today)
        for tree in suppliers.values():
            yield from map(self._excess, tree.excesses)
            for bill in tree.bills:
                yield from self._unpaid(books, bill)
        waiting: dict[tuple[Place, Place, date], list[_Late]] = {}
        for _, account in sorted(books.accounts.items()):
            if account.is_(*THIRD_PARTIES):
                ledger = books.ledger(account.name)
                reached = ledger.until(books.today)
                wrong = self._wrong(account, books.balance(account.name, books.today))
                if wrong is None:
                    for late in self._late(books, account, ledger, reached):
                        waiting.setdefault((late.last.place, late.oldest.place, late.due), []).append(late)
                elif not _is_told(account, suppliers):
                    yield self._turned(wrong, account, ledger, reached)
        yield from map(self._waiting, waiting.values())

    def guard(self, books: Books) -> Guard:
        """The bills of suppliers; of every other account, the side and the age of its balance."""
        standing = [
            self._standing(books, account)
            for _, account in sorted(books.accounts.items())
            if account.is_(*THIRD_PARTIES)
        ]
        return on(
            self._bills(books),
            names_of(books, *SUPPLIER_DEBTS),
            *(each for each in standing if each is not None),
            Vouchers(self.told(books) | books.reversed_pieces | tied(books, on_numbers(*THIRD_PARTIES))),
        )

    def _bills(self, books: Books) -> Condition:
        """What suppliers are owed; any movement there, where entries are dated later than the day judged on."""
        if not books.entries or books.entries[-1].date > books.today:
            return Altered(SUPPLIER_DEBTS)
        return bills_for_guard(books, self._young(books, self._of_suppliers()))

    def _of_suppliers(self) -> _Delay:
        return _Delay(SUPPLIER_DEBTS, INVOICES_LATER, self.suppliers, by_month=False)

    def _standing(self, books: Books, account: Account) -> Standing | None:
        """How far the balance of an account may go without a word; None where nothing is ever said of it."""
        owed = account.is_(*self.owed) and not account.is_(*DEBTORS)
        owing = account.is_(*self.owing)
        delay = next((each for each in self._delays() if each.concerns(account)), None)
        if not (owed or owing or delay):
            return None
        ledger = books.ledger(account.name)
        reached = ledger.until(books.today)
        balance = ledger.balances[reached - 1] if reached else 0
        told = self._wrong(account, balance) is not None or any(self._late(books, account, ledger, reached))
        since = FIRST if delay is None else self._young(books, delay)

        def side(one: int, never: bool) -> Side:
            young = delay is not None and not never and not (one > 0 and delay.by_month)
            return Side(*young_part(ledger, reached, since, one)) if young else Side(0 if never else None, LAST)

        return Standing(account.name, books.today, balance, since, side(1, owed), side(-1, owing), told)

    def _young(self, books: Books, delay: _Delay) -> date:
        """The first day from which on no amount waits beyond its delay; the first of all days when none ever does."""

        def read() -> date:
            day, first = books.today, books.entries[0].value_date if books.entries else books.today
            while day >= first and delay.ends(books, day) >= books.today:
                day = day_before(day)
            return day_after(day)

        return books.once(("no delay is over from", repr(delay)), read)

    def doubt(self, books: Books) -> Doubt | None:
        """The suppliers with a bill that is not even, and the accounts with a balance."""
        if not books.entries or books.entries[-1].date > books.today:
            return None
        names = [name for name, account in books.accounts.items() if account.is_(*THIRD_PARTIES)]
        left = [name for name in names if sum(map(_moved, books.parts(name)))]
        return Doubt([*doubtful_suppliers(books)], left)

    def _excess(self, excess: Excess) -> Finding:
        bill, amount = excess.bill, Money(excess.amount)
        if bill is None:
            return self.finding(
                self.not_owed, excess.payment, supplier=excess.name, amount=amount, tree=excess.account.tree
            )
        if bill.booked <= 0:
            return self.finding(
                self.never_booked,
                excess.payment,
                supplier=excess.name,
                amount=amount,
                invoice=bill.number,
                tree=excess.account.tree,
            )
        return self.finding(
            self.paid_twice,
            excess.payment,
            supplier=excess.name,
            amount=amount,
            invoice=bill.number,
            booked=Money(bill.booked),
            paid=Money(bill.paid),
        )

    def _unpaid(self, books: Books, bill: Bill) -> Iterator[Finding]:
        delay = self._of_suppliers()
        entry = bill.entry
        if entry is None or not delay.concerns(bill.account):
            return
        due = delay.due(books, entry)
        if due < books.today:
            yield self.finding(
                self.unpaid,
                entry,
                level=Level.WARNING,
                piece=(bill.number and f"Facture {bill.number}") or entry.named,
                amount=Money(bill.left),
                supplier=bill.name,
                day=entry.value_date,
                due=due,
            )

    def _wrong(self, account: Account, balance: int) -> Message | None:
        """What is said of an account whose balance is on the wrong side."""
        if balance > 0 and account.is_(*self.owed) and not account.is_(*DEBTORS):
            return self.in_debit
        return self.in_credit if balance < 0 and account.is_(*self.owing) else None

    def _turned(self, message: Message, account: Account, ledger: Ledger, reached: int) -> Finding:
        since = turned(ledger, reached)
        return self.finding(
            message,
            ledger[reached - 1].entry,
            account=account.name,
            balance=Money(abs(ledger.balances[reached - 1])),
            piece=since.named,
            day=since.date,
        )

    def _late(self, books: Books, account: Account, ledger: Ledger, reached: int) -> Iterator[_Late]:
        """What of a balance should have been settled by now, since its oldest part."""
        delay = next((each for each in self._delays() if each.concerns(account)), None)
        parts = [(part, delay.due(books, part.entry)) for part in unsettled(ledger, reached)] if delay else []
        late = [(part, due) for part, due in parts if due < books.today]
        if delay is None or not late or (delay.by_month and late[0][0].amount > 0):
            return
        oldest, due = late[-1]
        amount = sum(part.amount for part, _ in late)
        yield _Late(account, amount, ledger[reached - 1].entry, oldest.entry, due)

    def _waiting(self, parts: list[_Late]) -> Finding:
        """Accounts that one entry moved last, and that wait since one entry, are said together."""
        first = parts[0]
        return self.finding(
            self.waiting,
            first.last,
            level=Level.WARNING,
            accounts=[part.account.name for part in parts],
            account=first.account.name,
            amount=Money(abs(sum(part.amount for part in parts))),
            piece=first.oldest.named,
            day=first.oldest.value_date,
            due=first.due,
        )

    def _delays(self) -> tuple[_Delay, ...]:
        return (
            _Delay(SUNDRY, SETTLED_LATER, self.suspense, by_month=False),
            _Delay(NET_PAY, (), self.pay, by_month=True),
            _Delay(LEVIES, (), self.levies, by_month=True),
        )


def _moved(part: Part) -> int:
    """What entries alike move on the account they touch."""
    shape, positions = part
    return sum([amount for position in positions for amount in shape.moved(position)])


def _is_told(account: Account, suppliers: Mapping[str, SuppliersOwed]) -> bool:
    """Whether a supplier who was paid too much explains the side of a supplier account."""
    own = suppliers.get(account.tree)
    return own is not None and bool(own.excesses) and account.is_(*SUPPLIER_DEBTS)


__plugins__ = (plugin(UnsettledAccount),)
