"""Who signs an entry, and what each signature is worth: proved by a visa, only written, fallen since, refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.purchases import Payment
from grandlivre.books.records import Entry
from grandlivre.checks import rules_for
from grandlivre.checks.double_signature import DoubleSignature
from grandlivre.i18n import Money, listing
from grandlivre.i18n import day as shown
from grandlivre.policy.people import Mandate, without_asides
from grandlivre.policy.sycebnl import STATED
from grandlivre.rules import Signed as Standing
from grandlivre.rules import State, proofs

_POWER = "signature-bancaire"


class Signature(NamedTuple):
    """Somebody's name on an entry."""

    id: str
    """Who, as rules/mandats.yaml names them."""
    name: str
    role: str
    """What they are in the organisation."""
    capacity: str
    """« signataire 1 », « autorise », « accorde la dérogation »."""
    state: str
    """`ok` (proved by a visa), `warn` (only written), `bad` (fallen or refused), `none` (where nobody has a key)."""
    said: str
    """The same in words."""


def of_entry(books: Books, entry: Entry) -> tuple[Signature, ...]:
    """Every name on an entry, then whoever refused it without being named."""
    named = list(dict.fromkeys(_named(entry)))
    found = [_signature(books, entry, who, capacity, nature) for who, capacity, nature in named]
    known = {who for who, _, _ in named}
    for person in {each.person for each in proofs(books).refused() if each.entry.place == entry.place} - known:
        found.append(_signature(books, entry, person, "a refusé de signer", "ecritures"))
    return tuple(found)


def refused(books: Books) -> tuple[tuple[Entry, str], ...]:
    """The entries that somebody refused to sign, each with who, when and why."""
    people = books.policy.people
    return tuple(
        (
            each.entry,
            f"{people[each.person].name if each.person in people else each.person} : {in_words(books, each.said, '')}",
        )
        for each in proofs(books).refused()
    )


def _named(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """(person, in what capacity, nature of the visa that proves it)."""
    for key in sorted(key for key in entry.form.keys if key.startswith("signataire-")):
        if who := entry.text(key):
            yield who, key.replace("-", " "), "ecritures"
    for movement in entry.movements if entry.annotated else ():
        for key in sorted(key for key in movement.meta if key.startswith("signataire-")):
            if who := entry.text(key, movement):
                yield who, key.replace("-", " "), "ecritures"
    yield from [(who, "autorise", "ecritures") for who in entry.text("autorise-par").split()]
    if who := entry.text("derogation-par"):
        yield who, "accorde la dérogation", "derogations"


def _signature(books: Books, entry: Entry, who: str, capacity: str, nature: str) -> Signature:
    person = books.policy.people.get(who)
    name, role = (person.name, person.role) if person is not None else (who, "")
    signed = proofs(books).entry(entry, who, nature)
    if signed.state is State.ABSENT and not books.policy.keys.keys:
        return Signature(who, name, role, capacity, "none", f"inscrit sur la pièce du {shown(entry.date)}")
    state = {State.PROVED: "ok", State.ABSENT: "warn"}.get(signed.state, "bad")
    return Signature(who, name, role, capacity, state, in_words(books, signed, name))


def in_words(books: Books, signed: Standing, name: str) -> str:
    """What is known of a signature, as a reader is told it."""
    match signed.state:
        case State.PROVED:
            return f"signé avec sa clé le {shown(signed.day)}" if signed.day is not None else "signé avec sa clé"
        case State.CHANGED:
            return f"signature tombée : {proofs(books).why(signed, without_asides(name))}"
        case State.REFUSED:
            on = f" le {shown(signed.day)}" if signed.day is not None else ""
            back = f" ; depuis, {signed.since}" if signed.since else ""
            return f"refusé{on} : {signed.why}{back}"
        case _:
            return "nom inscrit, sans visa"


def fallen(before: Standing) -> str:
    """Why a person's own signature, or refusal, does not stand any more; "" when there was none."""
    on = f" du {shown(before.day)}" if before.day is not None else ""
    if before.state is State.CHANGED:
        return f"Votre signature{on} est tombée : {before.why} depuis"
    if before.state is State.REFUSED:
        return f"Votre refus{on} disait « {before.why} » ; depuis, {before.since}"
    return ""


# --- what a signature would be worth ----------------------------------------------------------------------------------


def worth(books: Books, entry: Entry, person: str, key: str) -> tuple[str, ...]:
    """What a person's signature of an entry is worth: with which mandate, and who else may sign that day for that amount."""
    found: list[str] = []
    for payment in books.payments_of([entry], STATED):
        found += _of_payment(books, payment, person, key)
    if person in entry.text("autorise-par").split():
        found.append("Votre signature autorise cette dépense.")
    if person == entry.text("derogation-par"):
        found.append(f"Votre signature accorde la dérogation à « {entry.text('derogation')} ».")
    return tuple(dict.fromkeys(found))


def _of_payment(books: Books, payment: Payment, person: str, key: str) -> Iterator[str]:
    policy = books.policy
    day, amount = payment.entry.value_date, Money(payment.amount, policy.currency)
    rule = next((each for each in rules_for(books) if isinstance(each, DoubleSignature)), None)
    if rule is None:
        return
    able = rule.able(policy, payment)
    own = key or next((each for each in rule.keys if payment.entry.text(each, payment.movements[0]) == person), "")
    if own and person in able:
        mandate = _mandate(books, payment, person)
        yield f"Votre signature compte comme {own.replace('-', ' ')}{_limits(mandate)}."
    elif own:
        yield f"Votre mandat ne couvre pas ce paiement de {amount} le {shown(day)} : votre signature ne suffira pas."
    others = [without_asides(policy.people[who].name) for who in able if who != person]
    yield f"{'Peut' if len(others) < 2 else 'Peuvent'} aussi signer ce montant le {shown(day)} : {listing(others) if others else 'personne'}."


def _mandate(books: Books, payment: Payment, person: str) -> Mandate | None:
    held = books.policy.mandates_of(person, _POWER)
    day, account = payment.entry.value_date, payment.account
    return next((each for each in held if each.on(day) and each.covers(account.name, account.number)), None)


def _limits(mandate: Mandate | None) -> str:
    if mandate is None:
        return ""
    until = f" jusqu'au {shown(mandate.end)}" if mandate.end is not None else ""
    ceiling = f", plafond de {mandate.ceiling}" if mandate.ceiling is not None else ", sans plafond"
    return f", par votre mandat du {shown(mandate.start)}{until}{ceiling}"
