"""The rule `autorisation`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, ClassVar, NamedTuple

from grandlivre.books.guarding import names, pair_of, takers, trading
from grandlivre.books.index import Books
from grandlivre.books.people import authorisers, lacks_authority, same_person
from grandlivre.books.purchases import BankCharges, Payment
from grandlivre.books.records import Entry, Shape
from grandlivre.guards.beyond import Twice
from grandlivre.guards.guard import ANYTHING, Condition, Guard
from grandlivre.guards.paying import Spending as Spent
from grandlivre.i18n import Message, Money, counted, show
from grandlivre.policy.loading import Policy
from grandlivre.policy.model import Field, Model
from grandlivre.policy.people import College
from grandlivre.policy.sycebnl import MONEY, STATED, SUPPLIERS, TILL
from grandlivre.policy.values import Amount, Count, Day, Flag, Prefix
from grandlivre.rules import (
    UNPROVED,
    ClosingPoint,
    Doubt,
    Family,
    Finding,
    ProvedRule,
    Slack,
    State,
    Weaker,
    plugin,
    proofs,
)

_TREASURY = (*STATED, *TILL)
"""The accounts of spending."""
_CHARGES = BankCharges(ceiling=None)
"""What a bank takes by itself is authorised by nobody, whatever its amount."""
_NUMBERED = ("facture", "marche")
_READ = ("facture", "marche", "autorise-par", "beneficiaire", "nif", "mode", "cheque", "ordre", "date-valeur")
"""The keys of entries that the rule reads, where it asks for no visa."""
_BODIES = {
    "direction": "la Direction",
    "bureau-executif": "le Bureau exécutif",
    "programme": "les responsables de programme",
    "appui": "le personnel d'appui",
}


_Number = tuple[str, str, str]
"""The tree, `facture` or `marche`, and the number written."""


class Tier(Model):
    """Un palier : au-delà d'un montant, qui autorise."""

    since: Day = Field(date.min, alias="depuis")
    """Premier jour d'application ; absent : depuis toujours. Un palier remplace le précédent du même collège."""
    above: Amount = Field(alias="au-dela")
    """Montant strictement au-delà duquel l'autorisation est exigée."""
    college: College = Field("bureau-executif")
    """Collège de qui autorise (college: d'une personne, ou membres de l'organe du même nom)."""
    count: Count = Field(1, alias="nombre", ge=1)
    """Nombre de personnes différentes qui autorisent."""


class _Spending(NamedTuple):
    """What is to be authorised: an entry alone, or with those before it that pay the same invoice or dossier."""

    entry: Entry
    amount: int
    payments: tuple[Payment, ...]
    named: list[tuple[str, Entry]]
    """Who authorises it, each with the entry that says so."""
    purchase: str = ""
    """The invoice or dossier; "" for the entry alone."""


class UnauthorisedSpending(ProvedRule):
    """Dépense importante non autorisée par l'organe compétent.

    Ce qu'une écriture sort de la banque (52, 53), de la monnaie électronique (55) ou d'une caisse (57), au-delà d'un
    palier, porte `autorise-par` : une ou plusieurs personnes (séparées par une espace) du collège du palier, avec le
    pouvoir `autorisation` à la date de valeur, pour ce compte et ce montant (`plafond` du mandat), et qui ne reçoivent
    pas l'argent. Le montant du palier lui-même passe. Le palier le plus élevé qui est dépassé est celui qui compte.

    Le montant est le total de l'écriture, moins ce qui va au 58 (l'argent reste dans la maison). Les paiements d'une
    même facture, ou d'un même marché hors contrat-cadre, s'ajoutent : couper un règlement en deux ne dispense pas. Celui
    qui fait dépasser le palier, et les suivants, doivent être autorisés, à moins qu'une écriture précédente de cette
    facture ou de ce marché le soit valablement. Salaires et impôts comptent comme le reste, sauf `exclues`, et
    l'extourne qui sort de l'argent d'une caisse aussi. Les autres extournes, les à-nouveaux et les frais prélevés par la
    banque n'en ont pas besoin.

    Depuis le jour où `preuve` vaut visa, qui autorise signe l'écriture avec sa clé (grandlivre sign).

    Source : manuel de procédures, « qui autorise quoi » : le Bureau exécutif autorise au-delà de 1 000 000 FCFA.

    Exemple : règlement de 2 300 000 FCFA pour deux motos, autorise-par: "president".
    """

    id = "autorisation"
    family = Family.SIGNATURES
    closing_point = ClosingPoint.SIGNATURES
    weakens: ClassVar = {"exempt": Weaker.MORE, "bills": Weaker.NEVER, "tiers": Weaker.NEVER, "proof": Weaker.NEVER}

    tiers: tuple[Tier, ...] = Field(
        (Tier.model_construct(above=Money(1_000_000, "XOF")),), alias="paliers", min_length=1
    )
    """Paliers d'autorisation, dans l'ordre des dates."""
    exempt: tuple[Prefix, ...] = Field((), alias="exclues")
    """Numéros dont le règlement n'a pas besoin d'autorisation quand ils font toute la contrepartie (422, 43, 447…)."""
    bills: Flag = Field(False, alias="factures")
    """oui : la facture d'un fournisseur (40, 48) est contrôlée dès sa comptabilisation, en plus de son règlement."""

    absent = Message(
        "Dépense de {amount} sans autorisation ; au-delà de {limit}, {body} autorise. Peuvent autoriser le {day} : "
        "{possible}. Obtenez l'accord écrit, puis inscrivez autorise-par."
    )
    added = Message(
        "Les règlements {purchase} atteignent {amount} sans autorisation ; au-delà de {limit}, {body} autorise. "
        "Peuvent autoriser le {day} : {possible}. Obtenez l'accord écrit, puis inscrivez autorise-par."
    )
    invalid = Message(
        "Dépense de {amount} ; au-delà de {limit}, {body} autorise ({required:personne}), et autorise-par ne suffit "
        "pas : {reasons}. Peuvent autoriser le {day} : {possible}."
    )

    unproved = UNPROVED

    def slack(self, start: date = date.min) -> Iterator[Slack]:
        """Also a day on which an amount is authorised by less than the shipped tier asks: by nobody, or by another body."""
        yield from super().slack(start)
        [shipped] = type(self).shipped().tiers
        if any(tier.above.currency not in ("XOF", "XAF") for tier in self.tiers):
            return
        bounds = sorted({shipped.above.units, *(tier.above.units for tier in self.tiers)})
        for day in sorted({start, *(max(start, tier.since) for tier in self.tiers)}):
            for above in bounds[bounds.index(shipped.above.units) :]:
                tier = self._tier(above + 1, day)
                if tier is None or tier.college != shipped.college or tier.count < shipped.count:
                    yield Slack("paliers", _asked(tier, shipped.above._replace(units=above), day), _asked(shipped))
                    return

    def check(self, books: Books) -> Iterator[Finding]:
        """Each entry alone, then with those before it that pay the same invoice or dossier, in the order of the books."""
        frameworks = _frameworks(books)
        paid: dict[int, list[Payment]] = {}
        for payment in books.payments(_TREASURY, _CHARGES):
            if payment.account.is_till or not payment.entry.is_storno:  # at a bank, its signatures are enough
                paid.setdefault(id(payment.entry), []).append(payment)
        sums: dict[str, int] = {}
        allowed: dict[str, list[tuple[str, Entry]]] = {}
        for entry in books.entries:
            payments = tuple(paid.get(id(entry), ()))
            if entry.piece in books.reversed_pieces or (entry.kind and not payments):
                continue
            named = [(who, entry) for who in entry.text("autorise-par").split()]
            purchases = _purchases(books, entry, frameworks)
            for key in purchases:
                allowed.setdefault(key, []).extend(named)
            amount = self._amount(entry, payments)
            judged = list(self._judge(books, _Spending(entry, amount, payments, named)))
            if payments and amount:
                for key, (label, part) in purchases.items():
                    sums[key] = sums.get(key, 0) + min(part, amount)
                    if not judged and sums[key] > amount:
                        together = _Spending(entry, sums[key], payments, [*named, *allowed[key]], label)
                        judged = list(self._judge(books, together))
            yield from judged

    def guard(self, books: Books) -> Guard:
        """Spendings beyond the lowest tier, and the numbers of which more than half of it is paid."""
        if self.bills:
            return ANYTHING
        lowest, frameworks = min(tier.above.units for tier in self.tiers), _frameworks(books)
        spending = list(_spending(books))
        totals = _totals(
            (s, paid) for s, paid in spending if s.annotated or not s.form.keys.keys().isdisjoint(_NUMBERED)
        )
        heavy = ["\0".join(number) for number in _exceeding(totals, lowest // 2, frameworks)]
        spent = Spent(_TREASURY, lowest, frozenset(heavy), frozenset(frameworks))
        several = any(key == "facture" for _, key, _ in _exceeding(totals, lowest, frameworks))
        charged = [shape for shape, paid in spending if _is_charged(shape) and max(paid) > lowest]
        received = [trading(chain.from_iterable(map(takers, charged)))] if charged else []
        return self.guarded(books, spent, *self._named(books, lowest, several), *received, reads=_READ)

    def _named(self, books: Books, lowest: int, several: bool) -> Iterator[Condition]:
        """Names, where several vouchers pay one invoice; what is signed, where visas are asked for."""
        closer = _large(books, lowest)[1] if several or self.ever_asks_visa else []
        if several and len(set(map(pair_of, closer))) > 1:
            yield names(books)
        if self.ever_asks_visa:
            yield Twice(frozenset([entry.piece for entry in (*closer, *books.carrying("autorise-par"))]))

    def doubt(self, books: Books) -> Doubt | None:
        """What exceeds the lowest tier alone or with what pays the same number, and what may authorise it."""
        if self.bills:
            return None
        shared, closer = _large(books, min(tier.above.units for tier in self.tiers))
        return Doubt([*closer, *(books.carrying("autorise-par") if shared else ())])

    def _amount(self, entry: Entry, payments: tuple[Payment, ...]) -> int:
        """What an entry spends: out of treasury less what goes to 58, else (`factures`) new debts to suppliers."""
        if not payments:
            owed = -sum(m.value for m in entry.movements if m.value < 0 and m.account.is_(*SUPPLIERS))
            return owed if self.bills else 0
        received = [movement for movement in entry.movements if movement.value > 0]
        if self.exempt and received and all(movement.account.is_(*self.exempt) for movement in received):
            return 0
        kept = sum(movement.value for movement in received if movement.account.is_transit)
        return max(sum(payment.amount for payment in payments) - kept, 0)

    def _tier(self, amount: int, day: date) -> Tier | None:
        """The highest tier in force that an amount exceeds."""
        current: dict[tuple[str, int], Tier] = {}
        for tier in self.tiers:
            if tier.since <= day:
                current[tier.college, tier.count] = tier
        over = [tier for tier in current.values() if amount > tier.above.units]
        return max(over, key=lambda tier: (tier.above.units, tier.count), default=None)

    def _judge(self, books: Books, spending: _Spending) -> Iterator[Finding]:
        policy = books.policy
        tier = self._tier(spending.amount, spending.entry.value_date)
        if tier is None:
            return
        good, reasons = _heard(policy, spending, tier)
        if len(good) >= tier.count:
            yield from self._unproved(books, spending, good, tier)
            return
        if good:
            lacking = counted(tier.count - len(good), "personne")
            reasons.append(f"il manque {lacking} en plus de {', '.join(map(policy.called, good))}")
        facts: dict[str, Any] = {
            "amount": Money(spending.amount),
            "limit": tier.above,
            "body": _BODIES[tier.college],
            "day": spending.entry.value_date,
            "possible": _able(policy, spending, tier) or ["personne"],
        }
        if reasons:
            why = " ; ".join(dict.fromkeys(reasons))
            yield self.finding(self.invalid, spending.entry, **facts, required=tier.count, reasons=why)
        elif spending.purchase:
            yield self.finding(self.added, spending.entry, **facts, purchase=spending.purchase)
        else:
            yield self.finding(self.absent, spending.entry, **facts)

    def _unproved(self, books: Books, spending: _Spending, good: list[str], tier: Tier) -> Iterator[Finding]:
        """The authorisations that are named, and that no visa proves, when too few are proved."""
        if not self.asks_visa(spending.entry.date):
            return
        at = dict(reversed(spending.named))
        unproved = [who for who in good if proofs(books).entry(at[who], who).state is not State.PROVED]
        if len(good) - len(unproved) < tier.count:
            for who in unproved:
                yield from self.unproved_on(books, at[who], [who], "Autorisation")


def _heard(policy: Policy, spending: _Spending, tier: Tier) -> tuple[list[str], list[str]]:
    """The different people who validly authorise a spending, and why the others named do not."""
    good: list[str] = []
    reasons: list[str] = []
    for who, at in spending.named:
        if any(same_person(policy, who, other) for other in good):
            continue
        fault = _fault(policy, who, at, tier, spending)
        if fault:
            reasons.append(fault)
        else:
            good.append(who)
    return good, reasons


def _able(policy: Policy, spending: _Spending, tier: Tier) -> list[str]:
    """Who may authorise a spending, as messages name them."""
    return [
        policy.called(who) for who in authorisers(policy) if not _fault(policy, who, spending.entry, tier, spending)
    ]


def _asked(tier: Tier | None, above: Money | None = None, day: date | None = None) -> str:
    """« la Direction au-delà de 1 000 000 FCFA le 01/01/2026 »."""
    body = _BODIES[tier.college] if tier is not None else "personne"
    limit = above if above is not None else tier.above if tier is not None else ""
    return f"{body} au-delà de {show(limit)}{f' le {show(day)}' if day is not None else ''}"


def _numbers(entry: Entry) -> set[_Number]:
    """The invoice and dossier numbers an entry or its postings carry."""
    found = {(entry.tree, key, entry.text(key)) for key in _NUMBERED if key in entry.form.keys}
    if not entry.annotated:
        return found
    metas = []
    for movement in entry.movements:
        if len(movement.meta) > 2:  # more than its file and line
            metas.append(movement.meta)
    for meta in metas:
        for key in _NUMBERED:
            if key in meta:
                found.add((entry.tree, key, str(meta[key]).strip()))
    return found


def _spending(books: Books) -> Iterator[tuple[Shape, Sequence[int]]]:
    """The entries that may spend, those alike together, with the most that each pays out of all treasury accounts."""
    for shape, places in books.paying(_TREASURY):
        if len(places) == 1:
            yield shape, [-amount if amount < 0 else 0 for amount in shape.moved(places[0])]
        else:
            rows = zip(*[shape.moved(place) for place in places], strict=True)
            yield shape, [-sum([amount for amount in row if amount < 0]) for row in rows]


def _is_charged(shape: Shape) -> bool:
    """Whether a bank may have taken by itself what some entries alike pay."""
    return _CHARGES.alone(shape.pattern, shape.pattern.positions(_TREASURY))


def _large(books: Books, lowest: int) -> tuple[frozenset[_Number], list[Entry]]:
    """The numbers whose payments together exceed the lowest tier, whoever the supplier is; the entries that pay these,
    and those that exceed it alone.
    """
    found: list[Entry] = []
    numbered: list[tuple[Shape, Sequence[int]]] = []
    for shape, paid in _spending(books):
        if max(paid) > lowest:
            found += [shape.entries[index] for index, amount in enumerate(paid) if amount > lowest]
        if shape.annotated or not shape.form.keys.keys().isdisjoint(_NUMBERED):
            numbered.append((shape, paid))
    large = _exceeding(_totals(numbered), lowest, _frameworks(books))
    if large:
        for shape, paid in numbered:
            rows = zip(shape.entries, paid, strict=True)
            found += [entry for entry, amount in rows if amount and not large.isdisjoint(_numbers(entry))]
    return large, found


def _totals(numbered: Iterable[tuple[Shape, Sequence[int]]]) -> dict[_Number, int]:
    """What is paid under each number that entries carry."""
    totals: dict[_Number, int] = {}
    for shape, paid in numbered:
        for number, amount in _paid(shape, paid):
            totals[number] = totals.get(number, 0) + amount
    return totals


def _paid(shape: Shape, paid: Sequence[int]) -> Iterator[tuple[_Number, int]]:
    """Each number that entries alike carry, with what its entry pays; postings of their own are looked at one by one."""
    if shape.annotated:
        for entry, amount in zip(shape.entries, paid, strict=True):
            yield from [(number, amount) for number in (_numbers(entry) if amount else ())]
        return
    tree = shape.entries[0].tree
    for key in [key for key in _NUMBERED if key in shape.form.keys]:
        yield from [((tree, key, text), amount) for text, amount in zip(shape.texts(key), paid, strict=True)]


def _exceeding(totals: Mapping[_Number, int], lowest: int, frameworks: Collection[str]) -> frozenset[_Number]:
    """The numbers under which more than the lowest tier is paid, framework contracts left out."""
    return frozenset(
        number
        for number, total in totals.items()
        if total > lowest and number[2] and not (number[1] == "marche" and number[2] in frameworks)
    )


def _frameworks(books: Books) -> frozenset[str]:
    """The dossiers of framework contracts: each is many purchases, which do not add up."""
    return frozenset(dossier.id for dossier in books.directives.dossiers if dossier.framework)


def _purchases(books: Books, entry: Entry, frameworks: Collection[str]) -> dict[str, tuple[str, int]]:
    """The invoices and dossiers that an entry pays, framework contracts left out: name and amount."""
    found: dict[str, tuple[str, int]] = {}
    for movement in entry.movements:
        if movement.account.is_(*MONEY) or not (movement.value > 0 or movement.account.is_(*SUPPLIERS)):
            continue
        part = max(movement.value, 0)
        invoice, dossier = entry.text("facture", movement), entry.text("marche", movement)
        if invoice:
            supplier = books.suppliers.key(entry.text("nif", movement), entry.payee_of(movement))
            key = f"facture\0{entry.tree}\0{supplier}\0{invoice}"
            found[key] = (f"de la facture {invoice}", found[key][1] + part if key in found else part)
        if dossier and dossier not in frameworks:
            key = f"marche\0{entry.tree}\0{dossier}"
            found[key] = (f"du marché {dossier}", found[key][1] + part if key in found else part)
    return found


def _fault(policy: Policy, who: str, entry: Entry, tier: Tier, spending: _Spending) -> str:
    """Why a person named on an entry cannot authorise a spending, "" when they can."""
    person = policy.people.get(who)
    if person is not None and person.college != tier.college and who not in policy.organisation.members(tier.college):
        return f"{policy.called(who)} n'est pas de ce collège"
    accounts = [each.account for each in spending.payments]
    return lacks_authority(policy, who, entry, spending.amount, accounts, [entry.value_date])


__plugins__ = (plugin(UnauthorisedSpending),)
