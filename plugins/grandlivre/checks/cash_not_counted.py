"""The rule `pv-de-caisse`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any, ClassVar, Literal

from grandlivre.books.bounds import FIRST, on_account, tied
from grandlivre.books.counts import taken_in
from grandlivre.books.directives.cash import CashCount
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger
from grandlivre.books.people import keeps_till, same_person
from grandlivre.books.records import Account
from grandlivre.guards.guard import Guard, on
from grandlivre.guards.sums import Counted
from grandlivre.i18n import Message, Money, capital, day
from grandlivre.policy.loading import Policy
from grandlivre.policy.model import Field
from grandlivre.policy.periods import Period, day_after, day_before
from grandlivre.policy.values import Duration, Span
from grandlivre.rules import UNPROVED, ClosingPoint, Family, Finding, Level, ProvedRule, State, Weaker, plugin, proofs


class CashNotCounted(ProvedRule):
    """Caisse non comptée dans le mois, ou procès-verbal qui ne s'accorde pas.

    Chaque caisse est comptée chaque mois. Le comptage d'un mois est daté de ce mois ou des premiers jours du suivant
    (`delai`) ; un même procès-verbal ne sert qu'à un mois, et l'arrêté quotidien du caissier ne suffit pas (`types`).
    S'il manque passé le délai, une alerte se tient sur la ligne `open` de la caisse ; `close` refuse un trimestre où il
    en manque. Une caisse vide et sans mouvement du mois n'est pas comptée.

    Chaque trimestre, un comptage au moins se fait sans préavis (`type: "inopine"`), contrôlé par quelqu'un d'autre que les
    comptages du mois d'avant : un manquant que caissier et contrôleur taisent ensemble ne se voit pas autrement. Un
    trimestre fini où il n'y en a pas se signale par une alerte sur la ligne `open` ; la clôture n'en est pas empêchée, car
    personne ne compte après coup. Rien n'est demandé du trimestre où commencent les livres ou la caisse.

    Un procès-verbal doit se tenir : les billets et les pièces font le montant compté (500 existe en billet et en
    pièce) ; ce montant est celui des livres après `derniere-piece` (absente : après le jour du comptage), sinon
    `motif` explique le manquant ou l'excédent ; aucune pièce d'un jour antérieur ne suit la dernière pièce citée.
    Caissier, contrôleur et témoin sont des personnes différentes. Le caissier est celui de la caisse, son suppléant, ou
    a le pouvoir `tenue-caisse` ce jour-là ; le contrôleur a le pouvoir `controle-caisse`. Un arrêté quotidien peut se
    passer de contrôleur.

    Depuis le jour où `preuve` vaut visa, caissier, contrôleur et témoin signent le procès-verbal, chacun avec sa clé
    (grandlivre sign) ; un témoin du dehors, nommé en clair, ne signe pas.

    Source : manuel de procédures, procès-verbal de contrôle et arrêté de caisse.

    Exemple : 87 000 FCFA comptés, 87 500 FCFA dans les livres, pas de motif : manquant de 500 FCFA.
    """

    id = "pv-de-caisse"
    family = Family.CASH
    closing_point = ClosingPoint.COUNTS
    weakens: ClassVar = {"delay": Weaker.HIGHER, "kinds": Weaker.MORE, "surprise": Weaker.OTHER, "proof": Weaker.NEVER}

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : le constat ne porte sur aucune écriture."""
    delay: Span = Field(Duration(5, "jours"), alias="delai")
    """Temps laissé après la fin du mois pour compter la caisse."""
    kinds: tuple[Literal["quotidien", "inopine", "mensuel", "cloture", "passation"], ...] = Field(
        ("inopine", "mensuel", "cloture", "passation"), alias="types"
    )
    """Types de procès-verbal qui valent pour le mois (un procès-verbal sans type vaut aussi)."""

    surprise: Literal["trimestre", "non"] = Field("trimestre", alias="inopine")
    """trimestre : chaque caisse est comptée sans préavis une fois par trimestre, par quelqu'un d'autre ; non : rien n'est demandé."""

    unannounced = Message(
        "{account} n'a pas été comptée sans préavis au {quarter} : un comptage inopiné par trimestre est attendu. Faites-la "
        "compter ce trimestre-ci par quelqu'un d'autre que le contrôleur habituel (type: \"inopine\")."
    )
    usual = Message(
        "Le comptage inopiné de {account} du {day} est contrôlé par {person}, qui contrôlait déjà le mois d'avant, et le "
        "{quarter} n'en a pas d'autre. Faites-la compter ce trimestre-ci par quelqu'un d'autre."
    )
    missing = Message(
        "{account} n'a pas de procès-verbal de caisse pour {month} : il était attendu le {deadline} au plus tard. "
        "Comptez la caisse et ajoutez la directive pv-caisse."
    )
    undetailed = Message(
        "Le procès-verbal de {account} dit {counted} sans billets ni pièces : ajoutez billets: et pieces:, par exemple "
        'billets: "10000x8".'
    )
    badly_added = Message(
        "Les billets et pièces de {account} font {detailed} ; le montant compté est de {counted}. Refaites l'addition "
        "(500 existe en billet et en pièce)."
    )
    shortage = Message(
        "{account} : {counted} comptés le {day}, {book} dans les livres {when} : manquant de {gap}. Expliquez-le par "
        "motif:, puis passez-le en écriture (4211 caissier, ou 658 avec l'accord du Bureau exécutif)."
    )
    surplus = Message(
        "{account} : {counted} comptés le {day}, {book} dans les livres {when} : excédent de {gap}. Expliquez-le par "
        "motif:, puis passez-le en écriture (4712 en attente)."
    )
    unknown_piece = Message(
        "derniere-piece: {piece} ne touche pas {account} : citez la dernière pièce de caisse écrite avant le comptage."
    )
    later_piece = Message(
        "derniere-piece: {piece} est du {written}, après le comptage du {day} : citez la dernière pièce écrite avant."
    )
    skipped = Message(
        "{piece} est du {written} et vient après {last}, dernière pièce du comptage du {day} : elle manque au solde "
        "comparé. Citez la vraie dernière pièce, ou corrigez la date."
    )
    nobody = Message(
        "Le procès-verbal de {account} ne dit pas le {role} : faites-le signer, puis inscrivez {key}: suivi de son identifiant."
    )
    alone = Message(
        "{role} et {other} sont la même personne ({person}) : on ne contrôle pas sa propre caisse. Faites signer "
        "quelqu'un d'autre."
    )
    not_cashier = Message(
        "{person} ne tient pas {account} le {day} (caissier déclaré : {cashier}). Corrigez caissier:, ou donnez-lui "
        "un mandat tenue-caisse."
    )
    not_controller = Message(
        "{person} n'a pas le pouvoir controle-caisse sur {account} le {day}. Faites contrôler par une personne "
        "mandatée, ou ajoutez son mandat."
    )

    unproved = UNPROVED

    def check(self, books: Books) -> Iterator[Finding]:
        """Each till: its months, then each of its counts; `reglement` says when a count is not of a till."""
        counts: dict[str, list[CashCount]] = {}
        for count in books.directives.counts:
            counts.setdefault(count.account.name, []).append(count)
        for account in books.tills:
            own = sorted(counts.get(account.name, ()), key=lambda count: (count.date, count.hour, count.place))
            steps = books.ledger(account.name)
            yield from self._months(books, account, own, steps)
            if self.surprise != "non":
                yield from self._quarters(books, account, own, steps)
            for count in own:
                yield from self._amounts(count, steps)
                yield from self._people(books, count)

    def guard(self, books: Books) -> Guard:
        """What the counts of each till compare, and whether each month that is over holds or moves money."""
        counts: dict[str, list[CashCount]] = {}
        for count in books.directives.counts:
            counts.setdefault(count.account.name, []).append(count)
        return on(*(self._counted(books, account, counts.get(account.name, [])) for account in books.tills))

    def _counted(self, books: Books, account: Account, counts: list[CashCount]) -> Counted:
        ledger = books.ledger(account.name)
        day = max((count.date for count in counts), default=FIRST)
        places = [_place(books, count) for count in counts if count.date == day]
        last = None if None in places else max((each for each in places if each is not None), default=None)
        moved = Counter(each.year * 12 + each.month for each in ledger.dates)
        first = max(account.opened or FIRST, books.start)
        over = Period("", first, day_before(books.today.replace(day=1))).months()
        months = [each.start.year * 12 + each.start.month for each in over]
        named = _named(books, account, counts)
        return Counted(account.name, day, last, named, tuple((each, moved[each]) for each in months))

    # --- one count a month ------------------------------------------------------------------------------------------

    def _months(self, books: Books, account: Account, counts: list[CashCount], steps: Ledger) -> Iterator[Finding]:
        if account.opened is None:
            return
        valid = [count.date for count in counts if not count.kind or count.kind in self.kinds]
        last_day = min(books.today, account.closed or date.max)
        next_count = position = 0
        for month in Period("", max(account.opened, books.start), last_day).months():
            deadline = self.delay.after(month.end, books.policy.holidays)
            held = steps.balances[position - 1] if position else 0
            position = steps.until(month.end)
            if not held and position == steps.until(day_before(month.start)):
                continue
            while next_count < len(valid) and valid[next_count] < month.start:
                next_count += 1
            if next_count < len(valid) and valid[next_count] <= deadline:
                next_count += 1
            elif deadline < books.today:
                yield self.finding(
                    self.missing,
                    account.place,
                    level=Level.WARNING,
                    account=account.name,
                    month=month.label,
                    code=month.code,
                    deadline=deadline,
                )

    # --- one surprise count a quarter -------------------------------------------------------------------------------

    def _quarters(self, books: Books, account: Account, counts: list[CashCount], steps: Ledger) -> Iterator[Finding]:
        """Each quarter that is over, after the one in which the books or the till began, when the till held or moved money."""
        if account.opened is None:
            return
        quarter = Period.quarter(day_after(Period.quarter(max(account.opened, books.start)).end))
        while quarter.end < min(books.today, account.closed or date.max):
            before = steps.until(day_before(quarter.start))
            held = steps.balances[before - 1] if before else 0
            if held or steps.until(quarter.end) > before:
                yield from self._surprise(books, account, quarter, counts)
            quarter = Period.quarter(day_after(quarter.end))

    def _surprise(self, books: Books, account: Account, quarter: Period, counts: list[CashCount]) -> Iterator[Finding]:
        found = [count for count in counts if count.kind == "inopine" and count.date in quarter]
        if any(not _is_usual(books, count, counts) for count in found):
            return
        place = found[-1].place if found else account.place
        facts: dict[str, Any] = {"account": account.name, "quarter": quarter.label, "code": quarter.code}
        if found:
            facts |= {"day": found[-1].date, "person": books.policy.called(found[-1].controller)}
        message = self.usual if found else self.unannounced
        yield self.finding(message, place, level=Level.WARNING, **facts)

    # --- what was counted -------------------------------------------------------------------------------------------

    def _amounts(self, count: CashCount, steps: Ledger) -> Iterator[Finding]:
        name, counted = count.account.name, Money(count.counted)
        if not count.notes and not count.coins and count.counted:
            yield self.finding(self.undetailed, count.place, account=name, counted=counted)
        elif count.detailed != count.counted:
            yield self.finding(
                self.badly_added, count.place, account=name, counted=counted, detailed=Money(count.detailed)
            )
        reached = taken_in(steps, count.date, count.last_piece)
        if reached is None:
            yield self._misnamed(count, steps)
            return
        when = "à la fin de ce jour"
        if count.last_piece:
            after = steps[reached].entry if reached < len(steps) else None
            if after is not None and after.date < count.date:
                yield self.finding(
                    self.skipped,
                    count.place,
                    piece=capital(after.named),
                    written=after.date,
                    last=count.last_piece,
                    day=count.date,
                )
            when = f"après {count.last_piece}"
        book = steps.balances[reached - 1] if reached else 0
        gap = count.counted - book
        if gap and not count.reason:
            yield self.finding(
                self.surplus if gap > 0 else self.shortage,
                count.place,
                account=name,
                counted=counted,
                book=Money(book),
                gap=Money(abs(gap)),
                day=count.date,
                when=when,
            )

    def _misnamed(self, count: CashCount, steps: Ledger) -> Finding:
        """What is wrong with a last voucher that is not among the movements counted."""
        piece = count.last_piece
        written = next((step.entry.date for step in steps if step.entry.piece == piece), None)
        if written is None:
            return self.finding(self.unknown_piece, count.place, account=count.account.name, piece=piece)
        return self.finding(self.later_piece, count.place, piece=piece, written=written, day=count.date)

    # --- who counted ------------------------------------------------------------------------------------------------

    def _people(self, books: Books, count: CashCount) -> Iterator[Finding]:
        """Whether all were there, were different people, and had the power to."""
        policy, name = books.policy, count.account.name
        if not count.cashier:
            yield self.finding(self.nobody, count.place, account=name, role="caissier", key="caissier")
        if not count.controller and count.kind != "quotidien":
            yield self.finding(self.nobody, count.place, account=name, role="contrôleur", key="controleur")
        yield from self._visas(books, count)
        yield from self._alone(policy, count)
        yield from self._cashier(policy, count)
        yield from self._controller(policy, count)

    def _visas(self, books: Books, count: CashCount) -> Iterator[Finding]:
        """The people who counted, and whose visa does not prove it."""
        for role, who in (("caissier", count.cashier), ("contrôleur", count.controller), ("témoin", count.witness)):
            if who in books.policy.people and self.asks_visa(count.date):
                signed = proofs(books).count(count, who)
                if signed.state is not State.PROVED:
                    yield self.finding(
                        UNPROVED,
                        count.place,
                        role=f"Signature du {role}",
                        signatory=books.policy.called(who),
                        person=who,
                        what=f"le comptage de {count.account.name} du {day(count.date)}",
                        why=self.why(books, who, signed),
                        proof="visa",
                        options=" --nature caisse",
                    )

    def _alone(self, policy: Policy, count: CashCount) -> Iterator[Finding]:
        """One person in two roles."""
        named = (("Le caissier", count.cashier), ("le contrôleur", count.controller), ("le témoin", count.witness))
        present = [(role, person) for role, person in named if person]
        for (role, person), (other, twin) in combinations(present, 2):
            if same_person(policy, person, twin):
                shown = role[0].upper() + role[1:]
                yield self.finding(self.alone, count.place, role=shown, other=other, person=policy.called(person))

    def _cashier(self, policy: Policy, count: CashCount) -> Iterator[Finding]:
        """A cashier who is neither the till's own, nor the deputy, nor mandated."""
        account = count.account
        box = policy.tills.get(account.name)
        if not count.cashier or not (policy.people or (box is not None and box.keepers)):
            return
        if not keeps_till(policy, count.cashier, account, count.date):
            declared = policy.called(box.cashier) if box is not None and box.cashier else "aucun"
            yield self.finding(
                self.not_cashier,
                count.place,
                account=account.name,
                person=policy.called(count.cashier),
                day=count.date,
                cashier=declared,
            )

    def _controller(self, policy: Policy, count: CashCount) -> Iterator[Finding]:
        """A controller who is not mandated; a daily count needs none."""
        account = count.account
        if not count.controller or not policy.people or count.kind == "quotidien":
            return
        if not policy.holds_power(count.controller, "controle-caisse", count.date, account.name, account.number):
            person = policy.called(count.controller)
            yield self.finding(self.not_controller, count.place, account=account.name, person=person, day=count.date)


def _named(books: Books, account: Account, counts: list[CashCount]) -> frozenset[str]:
    """The vouchers that counts name as the last, and those of the same day and number, which may overtake them."""
    named = {count.last_piece for count in counts} - {""}
    sure = tied(books, on_account(account.name))
    beside = {entry.number for piece in named for entry in books.vouchers(piece)} if sure else set()
    return frozenset(named | {piece for piece in sure for entry in books.vouchers(piece) if entry.number in beside})


def _place(books: Books, count: CashCount) -> tuple[date, int] | None:
    """The day and the number of the last voucher that a count takes in; None where it says none, or one that is not there."""
    return max(((entry.date, entry.number) for entry in books.vouchers(count.last_piece)), default=None)


def _is_usual(books: Books, count: CashCount, counts: list[CashCount]) -> bool:
    """Whether a count is controlled by whoever controlled one of the month before."""
    before = Period.month(day_before(count.date.replace(day=1)))
    usual = {each.controller for each in counts if each.date in before and each.controller}
    return any(same_person(books.policy, count.controller, each) for each in sorted(usual))


__plugins__ = (plugin(CashNotCounted),)
