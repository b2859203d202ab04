"""The rule `double-signature`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from math import inf
from typing import Any, ClassVar

from grandlivre.books.guarding import taken_by_banks, takers, trading
from grandlivre.books.index import Books
from grandlivre.books.people import same_person
from grandlivre.books.purchases import BankCharges, ChargeFault, Payment
from grandlivre.books.records import Entry, Movement, Shape, as_text
from grandlivre.guards.beyond import Twice
from grandlivre.guards.guard import Condition, Guard
from grandlivre.guards.paying import Hand, Signatures
from grandlivre.i18n import Message, Money, did_you_mean
from grandlivre.policy.loading import Policy
from grandlivre.policy.model import Field
from grandlivre.policy.people import College, Mandate, same_name
from grandlivre.policy.periods import day_after
from grandlivre.policy.sycebnl import BANK_FEES, STATED
from grandlivre.policy.values import Amount, Count, Prefix
from grandlivre.rules import (
    UNPROVED,
    ClosingPoint,
    Doubt,
    Family,
    Finding,
    Level,
    ProvedRule,
    Weaker,
    plugin,
    unless_proved,
)

_POWER = "signature-bancaire"
_PATIENCE = timedelta(days=15)
"""How long after its date a payment flagged `!` may wait for its signatures (contract-2 §7 bis)."""
_LATELY = timedelta(days=31)
"""From how long before the last entry on a guard knows who may sign, beside how payments are signed."""
_APART = frozenset({"date-valeur", "beneficiaire"})
"""Keys of entries whose day or payee is not the ordinary one."""
_READ = ("signataire-1", "signataire-2", "beneficiaire", "nif", "mode", "cheque", "ordre", "date-valeur")
"""The keys of entries that the rule reads, where it asks for no visa."""
_BODIES = {
    "direction": "la Direction",
    "bureau-executif": "le Bureau exécutif",
    "programme": "les responsables de programme",
    "appui": "le personnel d'appui",
}

_CHARGED: dict[ChargeFault, str] = {
    "": "",
    "ordre": " Ce débit en frais bancaires porte mode, cheque ou ordre : la banque ne l'a pas prélevé seule.",
    "montant": " Ce débit en frais bancaires dépasse {ceiling} : il se signe comme tout paiement.",
    "beneficiaire": " Ce débit en frais bancaires est au nom de {payee}, qui n'est pas la banque du compte.",
}
"""Why charges are signed all the same."""


class DoubleSignature(ProvedRule):
    """Paiement de banque ou de monnaie électronique sans ses deux signatures valables.

    Tout ce qui sort d'un compte 52, 53 ou 55, virements internes et réapprovisionnements de caisse compris, porte
    `signataire-1` et `signataire-2` : deux personnes différentes, une par collège, chacune mandatée ce jour-là pour ce
    compte et pour ce montant, et dont aucune ne reçoit l'argent. L'ordre des deux signatures est libre. C'est la date
    de valeur qui compte ; le premier et le dernier jour d'un mandat sont valables. Le plafond d'un mandat se compare à
    tout ce que l'écriture sort du compte. Deux identifiants d'un même nom sont une seule personne, sauf `homonyme: oui`.

    Un paiement noté ! peut attendre ses signatures quinze jours après sa date : jusque-là, une alerte ; ensuite une erreur,
    comme dès qu'un relevé le montre (pointage) ou que sa période est close.

    Une extourne qui fait sortir de l'argent est un paiement : elle se signe. Les frais que la banque prélève seule et les
    à-nouveaux n'ont pas de signature. La banque prélève seule ce qui est passé tout entier en frais bancaires (631, 6712, 6745), sans mode, cheque ni ordre, jusqu'au plafond,
    et au nom de la banque du compte (banque-nom dans le fichier du bailleur) ; sans banque-nom, le bénéficiaire n'est
    ni une personne déclarée ni un fournisseur (NIF, compte 401 ou proforma).

    Depuis le jour où `preuve` vaut visa, un nom ne suffit plus : chaque signataire nommé a signé l'écriture avec sa clé
    (grandlivre sign), et elle est encore ce qu'il a signé ; sinon le constat dit ce qui a changé.

    Source : manuel de procédures, « double signature sur tous les comptes ».

    Exemple : chèque du 01/07/2026 signé par la trésorière, dont le mandat a pris fin le 30/06/2026.
    """

    id = "double-signature"
    family = Family.SIGNATURES
    closing_point = ClosingPoint.SIGNATURES
    stoppable = False
    weakens: ClassVar = {
        "count": Weaker.LOWER,
        "colleges": Weaker.FEWER,
        "fees": Weaker.MORE,
        "fee_ceiling": Weaker.HIGHER,
        "proof": Weaker.NEVER,
    }

    count: Count = Field(2, alias="nombre", ge=1)
    """Nombre de signataires exigés : signataire-1, signataire-2…"""
    colleges: tuple[College, ...] = Field(("direction", "bureau-executif"))
    """Un signataire au moins de chacun de ces collèges."""
    fees: tuple[Prefix, ...] = Field(BANK_FEES, alias="frais-bancaires")
    """Un débit dont toute la contrepartie est faite de ces comptes est prélevé par la banque : il n'est pas signé."""
    fee_ceiling: Amount = Field(Money(25_000, "XOF"), alias="frais-bancaires-plafond")
    """Montant jusqu'auquel de tels frais ne sont pas signés ; au-delà, ils le sont comme tout paiement."""

    none = Message(
        "Paiement de {amount} par {account} sans aucune signature, sur {required} exigées.{why} Peuvent signer le {day} : "
        "{possible}. Faites signer, puis inscrivez {missing}."
    )
    too_few = Message(
        "Le paiement de {amount} par {account} ne porte que la signature de {signed}, sur {required} exigées.{why} "
        "Peuvent signer le {day} : {possible}. Faites signer, puis inscrivez {missing}."
    )
    waiting = Message(
        "Paiement de {amount} par {account} à signer : sans {missing}, c'est une erreur après le {deadline}, ou dès que la "
        "banque le montre.{why} Peuvent signer le {day} : {possible}. Faites signer, puis inscrivez {missing}."
    )
    same = Message(
        "{signed} sont la même personne ({name}) : il faut {required} personnes différentes. "
        "Faites signer quelqu'un d'autre, ou écrivez homonyme: oui si deux personnes portent ce nom."
    )
    unknown = Message(
        "{key} : « {signatory} » n'est pas une personne déclarée dans mandats.yaml. "
        "Corrigez l'identifiant ou déclarez la personne.{hint}"
    )
    never = Message(
        "{signatory} signe {account} sans avoir jamais reçu de mandat signature-bancaire. Peuvent signer le {day} : "
        "{possible}."
    )
    elsewhere = Message(
        "Le mandat de {signatory} ne couvre pas {account} (comptes du mandat : {accounts}). "
        "Peuvent signer le {day} : {possible}."
    )
    ended = Message(
        "{signatory} signe le {day} sur {account}, mais son mandat a pris fin le {end}. "
        "Peuvent signer ce jour-là : {possible}."
    )
    early = Message(
        "{signatory} signe le {day} sur {account}, mais son mandat ne commence que le {start}. "
        "Peuvent signer ce jour-là : {possible}."
    )
    over = Message(
        "L'écriture sort {amount} de {account} ; le plafond du mandat de {signatory} est de {ceiling}. "
        "Peuvent signer ce montant le {day} : {possible}."
    )
    college = Message(
        "Signé par {signed} : il manque un signataire pour {missing}. Il faut une signature de chaque collège. "
        "Peuvent signer le {day} : {possible}."
    )
    payee = Message(
        "{signatory} signe un paiement de {amount} dont le bénéficiaire est {name} : personne ne signe pour soi. "
        "Faites signer un autre mandataire."
    )

    unproved = UNPROVED

    def check(self, books: Books) -> Iterator[Finding]:
        """Each payment, then the visas of its signatories; what concerns the whole entry is said once."""
        yield from self._payments(books)
        yield from self._visas(books)

    def _payments(self, books: Books) -> Iterator[Finding]:
        """Each payment as it is declared."""
        policy = books.policy
        sound: dict[tuple[str, ...], bool] = {}  # whether such signatories are right by themselves
        valid: dict[tuple[str, str, date], tuple[Mandate, ...]] = {}
        entry: Entry | None = None
        said: set[tuple[str, ...]] = set()
        for payment in books.payments(STATED, self._charges):
            if payment.entry is not entry:
                entry, said = payment.entry, set()
            for written in dict.fromkeys(_written(entry, movement, self.keys) for movement in payment.movements):
                if written not in said:
                    said.add(written)
                    if not sound.get(written):
                        faults = list(self._people(policy, payment, written, _deadline(books, payment)))
                        sound[written] = not faults
                        yield from faults
                    yield from self._payees(policy, payment, written)
                yield from self._mandates(policy, payment, written, valid)

    def _visas(self, books: Books) -> Iterator[Finding]:
        """The signatures that are named, and that no visa proves."""
        if not self.ever_asks_visa:
            return
        said: set[int] = set()
        for payment in books.payments(STATED, self._charges):
            entry = payment.entry
            if self.asks_visa(entry.date) and id(entry) not in said:
                said.add(id(entry))
                named = [who for each in entry.movements for who in _written(entry, each, self.keys) if who]
                level = Level.WARNING if _deadline(books, payment) else Level.ERROR
                yield from self.unproved_on(books, entry, named, level=level)

    @property
    def keys(self) -> tuple[str, ...]:
        """The metadata of the signatories."""
        return tuple(f"signataire-{n}" for n in range(1, max(self.count, 2) + 1))

    def able(self, policy: Policy, payment: Payment) -> list[str]:
        """Who may sign a payment: a mandate of that day, for that account and that amount; payees left out."""
        return _able(policy, payment)

    def wanted(self, policy: Policy, payment: Payment, written: Sequence[str]) -> list[str]:
        """Who may still sign a payment: mandated that day for that amount, and leaving room for the colleges that are missing."""
        signed = [who for who in written if who]
        known = tuple([who for who in signed if who in policy.people])
        missing = len(self._unrepresented(policy, known))
        able = _others(policy, payment, signed)
        most = max(missing, self.count - len(_distinct(policy, signed)))
        return [who for who in able if len(self._unrepresented(policy, (*known, who))) < most]

    @property
    def _charges(self) -> BankCharges:
        """What is not signed: no setting exempts other numbers than bank charges."""
        return BankCharges(tuple(each for each in self.fees if each.startswith(BANK_FEES)), self.fee_ceiling.units)

    def guard(self, books: Books) -> Guard:
        """Payments signed as none of those of which nothing was said, and who may take charges by itself."""
        policy = books.policy
        mandates = [mandate for mandate in policy.mandates if mandate.power == _POWER]
        ceilings = {
            each.ceiling.units for each in mandates if each.ceiling and each.ceiling.currency == policy.currency
        }
        signers = {mandate.person for mandate in mandates}
        asked = Signatures(
            STATED,
            self.keys,
            tuple(_turns(policy)),
            tuple(sorted(ceilings)),
            frozenset(signers | {_name(policy, who) for who in signers}),
            taken_by_banks(books, self._charges, ()),
            frozenset(),
            min((step.since for step in self.proof.steps if step.value == "visa"), default=None),
        )
        hands, names = self._hands(books, asked)
        charges = taken_by_banks(books, self._charges, names)
        conditions: list[Condition] = [asked._replace(silent=hands, charges=charges)]
        if names:
            conditions.append(trading(names))
        if asked.proved is not None:
            paid = [each.entry for each in books.payments(STATED, self._charges)]
            conditions.append(Twice(frozenset([entry.piece for entry in paid if self.asks_visa(entry.date)])))
        return self.guarded(books, *conditions, reads=_READ)

    def _hands(self, books: Books, asked: Signatures) -> tuple[frozenset[Hand], frozenset[str]]:
        """How the payments are signed of which nothing is said, and who takes charges where no bank is told."""
        told, banks = self.told(books), books.charge_payees.banks
        silent: set[Hand] = set()
        loud: set[Hand] = set()
        names: set[str] = set()
        for shape, positions in books.paying(STATED):
            account = shape.pattern.accounts[positions[0]]
            if self._charges.alone(shape.pattern, positions):
                names |= takers(shape) if account.name not in banks else set()
            elif len(positions) == 1 and "ecriture" not in shape.form.keys and not shape.foreign:
                for hand, pieces in self._alike(shape, positions[0], asked, bool(told)):
                    (silent if told.isdisjoint(pieces) else loud).add(hand)
        sure = self._foreseen(books, asked, {hand[0] for hand in silent}, {hand[3] for hand in silent})
        return frozenset((silent - loud).union(sure)), frozenset(names)

    def _foreseen(
        self, books: Books, asked: Signatures, names: Iterable[str], signatories: Iterable[tuple[str, ...]]
    ) -> Iterator[Hand]:
        """How payments of late and to come may surely be signed: by those who sign some, on accounts that pay some."""
        if not books.entries:
            return
        last = books.entries[-1]
        first = asked.day(last.date - _LATELY)
        for rank in range(first, len(asked.days) + 1):
            day = asked.days[rank - 1] if rank else last.date - _LATELY
            entry = last._replace(date=day, value_date=day)
            for account in [books.accounts[name] for name in names]:
                for written in signatories:
                    limit = self._limit(books.policy, Payment(entry, account, 0, ()), written)
                    for amount, most in enumerate((*asked.amounts, inf)):
                        if most <= limit:
                            yield account.name, rank, amount, written

    def _alike(
        self, shape: Shape, position: int, asked: Signatures, one_by_one: bool
    ) -> Iterator[tuple[Hand, tuple[str, ...]]]:
        """How the payments of some entries that are alike are signed; with the voucher of each where they are looked at one by one."""
        account, amounts = shape.pattern.accounts[position].name, shape.moved(position)
        if shape.annotated:
            signed = [_written(entry, entry.movements[position], self.keys) for entry in shape.entries]
        else:
            signed = list(zip(*map(shape.texts, self.keys), strict=True))
        for run in shape.runs(asked.days):
            day, paid = asked.day(shape.entries[run.start].date), [-amount for amount in amounts[run]]
            least, most = asked.amount(min(paid)), asked.amount(max(paid))
            if min(paid) > 0 and least == most and not one_by_one:
                yield from [((account, day, most, written), ()) for written in set(signed[run])]
                continue
            for entry, written, amount in zip(shape.entries[run], signed[run], paid, strict=True):
                if amount > 0:
                    yield (account, day, asked.amount(amount), written), (entry.piece,)

    # --- many payments at once ------------------------------------------------------------------------------------

    def doubt(self, books: Books) -> Doubt:
        """The payments whose signatures are not surely right, asked of entries alike together."""
        turns = _turns(books.policy)
        closer: list[Entry] = []
        for shape, positions in books.paying(STATED):
            if self._charges.alone(shape.pattern, positions):
                closer += [payment.entry for payment in books.payments_of(shape.entries, STATED, self._charges)]
            else:
                closer += self._closer(books.policy, shape, positions, turns)
        unproved = unless_proved(books, repr(self), lambda: self._visas(books))
        closer += [finding.entry for finding in unproved if finding.entry is not None]
        return Doubt(closer)

    def _closer(self, policy: Policy, shape: Shape, positions: tuple[int, ...], turns: list[date]) -> Iterator[Entry]:
        """The entries, among some that are alike, whose signatures are not surely right."""
        if len(positions) > 1 or not shape.ordinary or not shape.form.keys.keys().isdisjoint(_APART):
            yield from shape.entries
            return
        account, amounts = shape.pattern.accounts[positions[0]], shape.moved(positions[0])
        names = {payee: _name(policy, payee) for payee in set(shape.payees)}
        signed = list(zip(*[shape.column(key) for key in self.keys], strict=True))
        for run in shape.runs(turns):  # the same mandates are valid all along
            sample = Payment(shape.entries[run.start], account, 0, ())
            limits: dict[tuple[Any, ...], float] = {}
            signatories: set[str] = set()
            for values in set(signed[run]):
                written = tuple([as_text(value) for value in values])
                limits[values] = self._limit(policy, sample, written)
                signatories.update([_name(policy, who) for who in written])
            if -min(amounts[run]) > min(limits.values()) or not signatories.isdisjoint(names.values()):
                for values, amount, entry in zip(signed[run], amounts[run], shape.entries[run], strict=True):
                    if -amount > limits[values] or names[entry.payee] in signatories:
                        yield entry

    def _limit(self, policy: Policy, payment: Payment, written: tuple[str, ...]) -> float:
        """Up to which amount such signatories surely sign for an account on a day; -inf when something is to be said."""
        if any(self._people(policy, payment, written)):
            return -inf
        account, day = payment.account, payment.entry.date
        limits: list[float] = []
        for who in written:
            held = [mandate for mandate in policy.mandates_of(who, _POWER) if mandate.on(day)]
            ceilings = [mandate.ceiling for mandate in held if mandate.covers(account.name, account.number)]
            own = [each.units for each in ceilings if each is not None and each.currency == policy.currency]
            limits.append(inf if None in ceilings else max(own, default=-inf))
        return min(limits)

    # --- who signs ------------------------------------------------------------------------------------------------

    def _people(
        self, policy: Policy, payment: Payment, written: tuple[str, ...], deadline: date | None = None
    ) -> Iterator[Finding]:
        """What is wrong with the signatories by themselves; until `deadline` signatures may still come."""
        signed = [signatory for signatory in written if signatory]
        if len(signed) < self.count:
            yield self._too_few(policy, payment, written, deadline)
        named = [(key, who) for key, who in zip(self.keys, written, strict=True) if who]
        strangers = [(key, who) for key, who in named if who not in policy.people]
        for key, who in strangers:
            yield self.finding(self.unknown, payment.entry, key=key, signatory=who, hint=_hint(policy, who))
        people = _distinct(policy, signed)
        if len(people) < min(len(signed), self.count):
            yield self._twice(policy, payment.entry, named)
        elif len(signed) >= self.count and not strangers:
            yield from self._colleges(policy, payment, people)

    def _too_few(self, policy: Policy, payment: Payment, written: tuple[str, ...], deadline: date | None) -> Finding:
        """The signatures that a payment does not bear, and who may give them."""
        entry = payment.entry
        signed = [signatory for signatory in written if signatory]
        facts: dict[str, Any] = {"deadline": deadline} if deadline else {}
        missing = [key for key, who in zip(self.keys, written, strict=True) if not who]
        return self.finding(
            self.waiting if deadline else self.too_few if signed else self.none,
            entry,
            level=Level.WARNING if deadline else Level.ERROR,
            **facts,
            amount=Money(payment.amount, policy.currency),
            account=payment.account.name,
            signed=[policy.called(who) for who in signed],
            required=self.count,
            why=_CHARGED[payment.charge].format(ceiling=self.fee_ceiling, payee=_receiver(entry) or "personne"),
            missing=missing[: self.count - len(signed)],
            day=entry.value_date,
            possible=_called(policy, self.wanted(policy, payment, written)),
        )

    def _twice(self, policy: Policy, entry: Entry, named: list[tuple[str, str]]) -> Finding:
        """One person who signs more than once, maybe under several identifiers."""
        alike = [(key, who) for key, who in named if sum(same_person(policy, who, other) for _, other in named) > 1]
        signed = [f"{key} ({who})" for key, who in alike]
        first = alike[0][1]
        name = policy.people[first].name if first in policy.people else first
        return self.finding(self.same, entry, signed=signed, name=name, required=self.count)

    def _colleges(self, policy: Policy, payment: Payment, people: tuple[str, ...]) -> Iterator[Finding]:
        missing = self._unrepresented(policy, people)
        if not missing:
            return
        yield self.finding(
            self.college,
            payment.entry,
            signed=[f"{policy.called(who)[:-1]}, {policy.people[who].college or 'sans collège'})" for who in people],
            missing=[_BODIES[each] for each in missing],
            day=payment.entry.value_date,
            possible=_called(policy, [who for who in _able(policy, payment) if policy.people[who].college in missing]),
        )

    def _unrepresented(self, policy: Policy, people: tuple[str, ...]) -> list[College]:
        """The colleges that no signatory stands for, when too few of those required are represented."""
        if "colleges" not in self.model_fields_set and all(person.college is None for person in policy.people.values()):
            return []  # nobody speaks of colleges
        colleges = [policy.people[who].college for who in people]
        absent = Counter[str](self.colleges)
        absent.subtract(college for college in colleges if college is not None)
        missing = [each for each in dict.fromkeys(self.colleges) if absent[each] > 0]
        represented = len(self.colleges) - sum(absent[each] for each in missing)
        return missing if represented < min(self.count, len(self.colleges)) else []

    def _payees(self, policy: Policy, payment: Payment, written: tuple[str, ...]) -> Iterator[Finding]:
        entry = payment.entry
        texts = {entry.payee, entry.text("beneficiaire")}
        texts |= {entry.text("beneficiaire", m) for m in entry.movements if "beneficiaire" in m.meta}
        names = {_name(policy, text) for text in texts} - {""}
        if not any(who and _name(policy, who) in names for who in written):
            return
        ids = texts & policy.people.keys()
        for who in _distinct(policy, [who for who in written if who]):
            person = policy.people.get(who)
            # of two people of one name, the identifier tells which is paid
            by_id = person is not None and person.namesake and bool(ids)
            if (who in ids) if by_id else (_name(policy, who) in names):
                amount, name = Money(payment.amount, policy.currency), person.name if person is not None else who
                yield self.finding(self.payee, entry, signatory=policy.called(who), amount=amount, name=name)

    # --- with which mandate ---------------------------------------------------------------------------------------

    def _mandates(
        self,
        policy: Policy,
        payment: Payment,
        written: tuple[str, ...],
        valid: dict[tuple[str, str, date], tuple[Mandate, ...]],
    ) -> Iterator[Finding]:
        """The signatories none of whose mandates holds; `valid` remembers those of a person, an account and a day."""
        account, day = payment.account, payment.entry.value_date
        for signatory in [who for who in dict.fromkeys(written) if who in policy.people]:
            key = (signatory, account.name, day)
            if key not in valid:
                held = policy.mandates_of(signatory, _POWER)
                valid[key] = tuple(m for m in held if m.on(day) and m.covers(account.name, account.number))
            if not any(_within(mandate, payment, policy.currency) for mandate in valid[key]):
                message, facts = self._flaw(policy, payment, signatory, valid[key])
                yield self.finding(
                    message,
                    payment.entry,
                    signatory=policy.called(signatory),
                    account=account.name,
                    day=day,
                    **facts,
                    possible=_called(policy, self._instead(policy, payment, written, signatory)),
                )

    def _flaw(
        self, policy: Policy, payment: Payment, signatory: str, valid: tuple[Mandate, ...]
    ) -> tuple[Message, dict[str, Any]]:
        """Why none of a signatory's mandates holds; `valid` are those of that day and account."""
        account = payment.account
        held = policy.mandates_of(signatory, _POWER)
        covering = [mandate for mandate in held if mandate.covers(account.name, account.number)]
        if not held:
            return self.never, {}
        if not covering:
            return self.elsewhere, {"accounts": list(dict.fromkeys(name for each in held for name in each.accounts))}
        if not valid:
            return self._out_of_term(covering, payment.entry.value_date)
        ceilings = [mandate.ceiling for mandate in valid if mandate.ceiling is not None]
        highest = max(ceilings, key=lambda money: money.units)
        return self.over, {"amount": Money(payment.amount, policy.currency), "ceiling": highest}

    def _out_of_term(self, mandates: list[Mandate], day: date) -> tuple[Message, dict[str, Any]]:
        """Why none of some mandates is valid on a day: one is over, or all are still to begin."""
        past = [mandate.end for mandate in mandates if mandate.end is not None and mandate.end < day]
        return (self.ended, {"end": max(past)}) if past else (self.early, {"start": min(m.start for m in mandates)})

    def _instead(self, policy: Policy, payment: Payment, written: tuple[str, ...], signatory: str) -> list[str]:
        """Who may sign in the place of a signatory: somebody of the same college, when colleges count."""
        college = policy.people[signatory].college
        able = _others(policy, payment, written[: self.count])
        return [who for who in able if college not in self.colleges or policy.people[who].college == college]


def _turns(policy: Policy) -> list[date]:
    """The days on which a mandate to sign begins, or is over, in order."""
    mandates = [mandate for mandate in policy.mandates if mandate.power == _POWER]
    ends = [day_after(mandate.end) for mandate in mandates if mandate.end is not None]
    return sorted({*ends, *[mandate.start for mandate in mandates]})


def _deadline(books: Books, payment: Payment) -> date | None:
    """Until when a payment may wait for its signatures; None when it may not, or no more."""
    entry = payment.entry
    if entry.flag != "!" or any(entry.text("pointage", each) for each in payment.movements):
        return None
    day = entry.date + _PATIENCE
    return None if books.today > day or books.closed_on(entry.date) else day


def _written(entry: Entry, movement: Movement, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The signatories of a posting, "" where one is missing."""
    return tuple([entry.text(key, movement) for key in keys])


def _receiver(entry: Entry) -> str:
    """Who receives what an entry pays: `beneficiaire` on it or on a posting, else the payee."""
    return next((name for each in entry.movements if (name := entry.text("beneficiaire", each))), entry.payee)


def _name(policy: Policy, who: str) -> str:
    """The name to compare a person by, from an identifier or from a name as written."""
    person = policy.people.get(who)
    return same_name(person.name if person is not None else who)


def _within(mandate: Mandate, payment: Payment, currency: str) -> bool:
    """Whether all that the entry takes out of the account stays under the mandate's ceiling."""
    ceiling = mandate.ceiling
    if ceiling is None:
        return True
    if ceiling.currency == currency:
        return payment.amount <= ceiling.units
    return -sum(m.units for m in payment.movements if m.currency == ceiling.currency) <= ceiling.units


def _able(policy: Policy, payment: Payment) -> list[str]:
    """Who may sign this payment: a mandate of that day, for that account and that amount; payees left out."""
    account, entry = payment.account, payment.entry
    texts = {entry.payee, entry.text("beneficiaire"), *(entry.text("beneficiaire", m) for m in entry.movements)}
    names = {same_name(text) for text in texts}
    return sorted(
        {
            mandate.person
            for mandate in policy.mandates
            if mandate.power == _POWER
            and mandate.person in policy.people
            and mandate.person not in texts
            and same_name(policy.people[mandate.person].name) not in names
            and mandate.on(entry.value_date)
            and mandate.covers(account.name, account.number)
            and _within(mandate, payment, policy.currency)
        }
    )


def _others(policy: Policy, payment: Payment, signed: Iterable[str]) -> list[str]:
    """Who may sign this payment besides those who did, under whatever identifier."""
    return [who for who in _able(policy, payment) if not any(same_person(policy, who, other) for other in signed)]


def _distinct(policy: Policy, signed: list[str]) -> tuple[str, ...]:
    """The different people among the signatories, each under the identifier written first."""
    people: list[str] = []
    for who in signed:
        if not any(same_person(policy, who, other) for other in people):
            people.append(who)
    return tuple(people)


def _called(policy: Policy, people: Iterable[str]) -> list[str]:
    """Who may sign, as messages name them."""
    return [policy.called(who) for who in people] or ["personne"]


def _hint(policy: Policy, written: str) -> str:
    """The identifier that was probably meant: the person of that name, else the closest identifier."""
    named = [who for who, person in policy.people.items() if same_name(person.name) == same_name(written)]
    return f" Vouliez-vous écrire « {named[0]} » ?" if named else did_you_mean(written, policy.people)


__plugins__ = (plugin(DoubleSignature),)
