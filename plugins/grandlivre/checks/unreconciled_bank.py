"""The rule `rapprochement-bancaire`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import ClassVar

from grandlivre.books.bank import Reconciliation, Tick, Ticks, is_month
from grandlivre.books.bounds import FIRST, LAST
from grandlivre.books.directives.bank import Statement
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.guards.sums import Stated
from grandlivre.i18n import Message, Money, capital
from grandlivre.policy.model import Field
from grandlivre.policy.periods import Period
from grandlivre.policy.values import Duration, Span
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, Weaker, plugin


class UnreconciledBank(Rule):
    """Compte sans relevé, ou relevé en désaccord avec les livres.

    Chaque compte 52 a un relevé par mois (directive `releve`), au plus tard dix jours après la fin du mois : passé ce
    délai, une alerte, et la clôture est refusée. Chaque mouvement que la banque montre porte `pointage:` avec le mois de
    ce relevé. Pour chaque relevé saisi, au franc près :
    solde du relevé + encaissements en suspens − paiements en suspens = solde des livres à la date du relevé,
    et les pièces en suspens recalculées sont celles de `suspens:`, figées le jour du rapprochement.

    Est en suspens ce qui est passé dans les livres et pas encore pointé à ce mois. L'ouverture est répartie : le solde
    du relevé, et un mouvement par chèque ancien avec sa propre `piece:`. Une écriture et son extourne que la banque n'a
    jamais vues s'annulent. Un suspens de plus de 90 jours est une alerte ; de plus de 180 jours, une alerte plus
    pressante : relancez le bénéficiaire, faites opposition, extournez. Un mouvement ne peut pas être pointé avant d'avoir eu
    lieu, ni sur un mois dont aucun relevé n'est attendu.

    Ce que seul le relevé a fait connaître (agios, intérêts) prend le numéro suivant de la série, donc une date plus
    récente que le relevé quand d'autres pièces ont suivi : l'écriture garde la date de la banque en `date-valeur:`, le
    mois du relevé en `pointage:`, et s'ajoute au solde des livres à la date du relevé.

    Les autres comptes (monnaie électronique) sont vérifiés quand un relevé est saisi.

    Source : manuel de procédures, état de rapprochement bancaire.

    Exemple : relevé 4 512 000, un chèque de 285 000 non présenté, livres 4 227 000 : en règle.
    """

    id = "rapprochement-bancaire"
    family = Family.BANK
    closing_point = ClosingPoint.STATEMENTS
    weakens: ClassVar = {"delay": Weaker.HIGHER, "old": Weaker.HIGHER, "stale": Weaker.HIGHER}

    delay: Span = Field(Duration(10, "jours"), alias="delai")
    """Temps laissé après la fin du mois pour saisir le relevé."""
    old: Span = Field(Duration(90, "jours"), alias="suspens-ancien")
    """Âge à partir duquel un suspens est signalé."""
    stale: Span = Field(Duration(180, "jours"), alias="suspens-perime")
    """Âge à partir duquel un suspens doit être régularisé."""

    missing = Message(
        "{account} n'a pas de relevé {month} ; il était dû le {due}. "
        'Saisissez la directive releve "{code}" avec le solde de la banque et les suspens.'
    )
    unequal = Message(
        "{account}, relevé {month} : {balance} + {receipts} d'encaissements en suspens − {payments} de paiements en "
        "suspens = {adjusted}, mais les livres disent {book} le {day}{since} (écart de {gap}). "
        "Vérifiez les montants, les pointages et les frais de banque à passer."
    )
    unlisted = Message(
        "{account}, relevé {month} : en suspens dans les livres et absentes de suspens: {pieces}. "
        "Pointez-les si le relevé les montre, ou ajoutez-les à suspens."
    )
    listed = Message(
        "{account}, relevé {month} : suspens: nomme {pieces}, qui ne sont pas en suspens à cette date. "
        "Retirez-les, ou corrigez leur pointage."
    )
    twice = Message("{account} a deux relevés {month} : gardez-en un.")
    misdated = Message(
        "Le relevé {month} est daté du {day} : datez-le du dernier jour qu'il couvre, dans le mois {month}."
    )
    bad_tick = Message(
        '« {tick} » n\'est pas un mois : écrivez pointage: avec le mois du relevé, par exemple "{example}".'
    )
    early_tick = Message(
        "Mouvement du {day} pointé sur le relevé {month}, avant d'avoir eu lieu. Corrigez pointage: ou la date."
    )
    no_statement = Message(
        "Mouvement pointé sur le relevé {month}, que {account} n'a pas. Saisissez ce relevé, ou corrigez pointage:."
    )
    ageing = Message(
        "{piece} ({amount}) est en suspens sur {account} depuis le {day}, {age} jours. "
        "Relancez le bénéficiaire ou demandez à la banque.",
        moving=("age",),
    )
    expired = Message(
        "{piece} ({amount}) est en suspens sur {account} depuis le {day}, {age} jours. "
        "Faites opposition ou demandez à la banque, puis extournez la pièce et réglez autrement.",
        moving=("age",),
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each bank account, and each other account that has a statement."""
        statements: dict[str, list[Statement]] = {}
        for statement in books.directives.statements:
            statements.setdefault(statement.account.name, []).append(statement)
        accounts = {account.name: account for account in books.banks}
        accounts |= {name: found[0].account for name, found in statements.items()}
        for name in sorted(accounts):
            own = statements.get(name, [])
            yield from self._missing(books, accounts[name], {statement.month for statement in own})
            yield from self._statements(own)
            yield from self._ticks(books, accounts[name], {statement.month for statement in own})
            done = books.reconciliations(name)
            for reconciliation in done:
                yield from self._compare(reconciliation)
            if done:
                yield from self._ages(books, done[-1])

    def guard(self, books: Books) -> Guard:
        """What a statement of an account compares, and ticks that are not surely right."""
        last: dict[str, tuple[date, str]] = {}
        known: dict[str, set[str]] = {}
        for statement in books.directives.statements:
            name = statement.account.name
            day, month = last.get(name, (FIRST, ""))
            last[name] = max(day, statement.date), max(month, statement.month)
            known.setdefault(name, set()).add(statement.month)
        accounts = {account.name: account for account in books.banks}
        accounts |= {each.account.name: each.account for each in books.directives.statements}
        return on(
            *(
                self._stated(books, account, *last.get(name, (FIRST, "")), known.get(name, ()))
                for name, account in sorted(accounts.items())
            ),
            Vouchers(self.told(books)),
        )

    def _stated(self, books: Books, account: Account, day: date, month: str, known: Iterable[str]) -> Stated:
        ticks = books.ticks(account.name)
        first = ticks[0].entry.date if ticks else LAST
        awaited = (_month(first), _month(books.today)) if account.is_bank and ticks else ("", "")
        return Stated(account.name, first, day, month, _month(books.start), frozenset(known), awaited)

    def _missing(self, books: Books, account: Account, known: set[str]) -> Iterator[Finding]:
        ticks = books.ticks(account.name)
        if account.opened is None or not account.is_bank or not ticks:
            return
        month = Period.month(max(books.start, ticks[0].entry.date))
        while account.closed is None or month.start <= account.closed:
            due = self.delay.after(month.end, books.policy.holidays)
            if books.today <= due:
                return
            if month.code not in known:
                yield self.finding(
                    self.missing,
                    account.place,
                    level=Level.WARNING,
                    account=account.name,
                    month=_of(month.code),
                    code=month.code,
                    due=due,
                )
            month = Period.month(month.end + timedelta(days=1))

    def _statements(self, own: list[Statement]) -> Iterator[Finding]:
        seen: set[str] = set()
        for statement in own:
            month = _of(statement.month)
            if statement.month in seen:
                yield self.finding(self.twice, statement.place, account=statement.account.name, month=month)
            seen.add(statement.month)
            if is_month(statement.month) and _month(statement.date) != statement.month:
                yield self.finding(self.misdated, statement.place, month=month, day=statement.date)

    def _ticks(self, books: Books, account: Account, known: set[str]) -> Iterator[Finding]:
        """Ticks that cannot be; a month without statement is said once an account."""
        first, current = _month(books.start), _month(books.today)
        ticks = books.ticks(account.name)
        since = _month(ticks[0].entry.date) if ticks else current
        settled = set(known)  # months that have their statement, or of which it is said that they have none
        for booked, tick in _doubtful(ticks, known, first):
            month = tick.month
            fault = self._misticked(tick, booked)
            if fault is not None:
                yield fault
            elif month >= first and month not in settled and not (account.is_bank and since <= month <= current):
                settled.add(month)  # a bank's statement of those months is awaited, and said by `_missing`
                yield self.finding(
                    self.no_statement, tick.entry, movement=tick.movement, month=_of(month), account=account.name
                )

    def _misticked(self, tick: Tick, booked: str) -> Finding | None:
        """A tick that is no month, or a month before the movement took place."""
        entry, month = tick.entry, tick.month
        if not is_month(month):
            return self.finding(self.bad_tick, entry, movement=tick.movement, tick=month, example=booked)
        if month < booked and not entry.is_taken_over and month < _month(entry.value_date):
            happened = min(entry.date, entry.value_date)
            return self.finding(self.early_tick, entry, movement=tick.movement, day=happened, month=_of(month))
        return None

    def _compare(self, found: Reconciliation) -> Iterator[Finding]:
        statement = found.statement
        account, month = statement.account.name, _of(statement.month)
        if found.gap:
            yield self.finding(
                self.unequal,
                statement.place,
                account=account,
                month=month,
                balance=Money(statement.balance),
                receipts=Money(found.receipts),
                payments=Money(found.payments),
                adjusted=Money(found.book + found.since + found.gap),
                book=Money(found.book),
                since=f", et {Money(found.since)} passés depuis" if found.since else "",
                day=statement.date,
                gap=Money(found.gap),
            )
        absent = [piece for piece in found.pieces if piece not in statement.outstanding]
        if absent:
            yield self.finding(self.unlisted, statement.place, account=account, month=month, pieces=absent)
        extra = sorted(set(statement.outstanding) - set(found.pieces))
        if extra:
            yield self.finding(self.listed, statement.place, account=account, month=month, pieces=extra)

    def _ages(self, books: Books, last: Reconciliation) -> Iterator[Finding]:
        """What the latest statement leaves outstanding and no later tick has cleared."""
        today: date = books.today
        for tick in last.outstanding:
            if tick.month:
                continue
            age = (today - tick.day).days
            message = self._aged(tick, today)
            if message is not None:
                yield self.finding(
                    message,
                    tick.entry,
                    movement=tick.movement if tick.movement.meta.get("piece") else None,
                    level=Level.WARNING,
                    piece=capital(tick.named),
                    amount=Money(abs(tick.movement.value)),
                    account=last.statement.account.name,
                    day=tick.day,
                    age=age,
                )

    def _aged(self, tick: Tick, today: date) -> Message | None:
        if today > self.stale.after(tick.day):
            return self.expired
        return self.ageing if today > self.old.after(tick.day) else None


def _doubtful(ticks: Ticks, known: Collection[str], first: str) -> Iterator[tuple[str, Tick]]:
    """The movements whose tick is not surely right, each after the month in which it is booked."""
    for booked, run in ticks.by_month():
        for rank in range(run.start, run.stop):
            month = ticks.months[rank]
            if month and not (booked <= month and (month in known or month < first) and is_month(month)):
                yield booked, ticks[rank]


@cache
def _month(day: date) -> str:
    return day.isoformat()[:7]


def _of(month: str) -> str:
    """« de mars 2026 », « d'avril 2026 »."""
    period = Period.parse(month) if is_month(month) else None
    return f"« {month} »" if period is None else period.of


__plugins__ = (plugin(UnreconciledBank),)
