"""A till counted: the denominations, the balance the books expect, the difference and its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from grandlivre.books.counts import taken_in
from grandlivre.books.directives.cash import FACES, CashCount
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.i18n import Money, amount, did_you_mean, integer, one_line
from grandlivre.i18n import day as shown
from grandlivre.policy.people import Person
from grandlivre.reports.kit.wording import amount_in_words
from grandlivre.tasks.desk import Desk, Pages, filed, find_account, require_open
from grandlivre.tasks.entries import directive
from grandlivre.tasks.problem import RefusedError

KINDS = ("quotidien", "inopine", "mensuel", "cloture", "passation")
_KIND_NAMES = {"billets": "billet", "pieces": "pièce"}


@dataclass(frozen=True)
class Expected:
    """What the books say a till holds at a moment; whole francs."""

    account: Account
    day: date
    last_piece: str
    """The last voucher taken into account."""
    before: int
    """Balance at the last count, or 0."""
    since: date | None
    """Day of the last count."""
    receipts: int
    payments: int
    """What came in and went out since, both positive."""

    @property
    def balance(self) -> int:
        """The theoretical balance."""
        return self.before + self.receipts - self.payments


class Count(NamedTuple):
    """A finished count, ready to be written."""

    expected: Expected
    notes: tuple[tuple[int, int], ...]
    coins: tuple[tuple[int, int], ...]
    """(face value, how many), the greatest first."""
    kind: str
    hour: str
    cashier: str
    controller: str
    witness: str
    reason: str
    document: str

    @property
    def counted(self) -> int:
        """The money in the till."""
        return total((*self.notes, *self.coins))

    @property
    def gap(self) -> int:
        """Counted less expected: an excess is positive."""
        return self.counted - self.expected.balance


def find_till(books: Books, wanted: str) -> Account:
    """The till a person means."""
    return find_account(books, wanted, books.tills, "caisse")


def expected(books: Books, till: Account, day: date, last_piece: str = "") -> Expected:
    """The balance after a voucher of that till, else at the end of the day; raises RefusedError."""
    require_open(books, day, "Le comptage")
    ledger = books.ledger(till.name)
    reached = taken_in(ledger, day, last_piece)
    if reached is None:
        known = [step.entry.piece for step in ledger if step.entry.date <= day]
        raise RefusedError(
            f"La pièce {last_piece} n'est pas un mouvement de {till.name} jusqu'au {shown(day)}."
            f"{did_you_mean(last_piece, known)} La dernière est {known[-1] if known else '(aucune)'}."
        )
    steps = ledger[:reached]
    since = _last_count(books, till, day)
    first = 0
    if since is not None:
        before = taken_in(ledger, since.date, since.last_piece)
        first = min(ledger.until(since.date) if before is None else before, reached)
    values = [step.movement.value for step in steps]
    return Expected(
        till,
        day,
        last_piece or next((step.entry.piece for step in reversed(steps) if step.entry.piece), ""),
        sum(values[:first]),
        since.date if since is not None else None,
        sum(value for value in values[first:] if value > 0),
        -sum(value for value in values[first:] if value < 0),
    )


def denominations(text: str, key: str) -> tuple[tuple[int, int], ...]:
    """« 10000x8 5000x1 » as (face, how many), the greatest first; `key` is billets or pieces; raises RefusedError."""
    found: dict[int, int] = {}
    for word in text.split():
        match = re.fullmatch(r"(\d{1,6})[xX*](\d{1,9})", word)
        if match is None:
            raise RefusedError(
                f"« {word} » ne se lit pas : écrivez valeur x quantité sans espace, par exemple 10000x8."
            )
        face = int(match[1])
        if face not in FACES[key]:
            allowed = ", ".join(integer(each) for each in FACES[key])
            raise RefusedError(f"Il n'existe pas de {_KIND_NAMES[key]} de {amount(face)} ; valeurs : {allowed}.")
        if face in found:
            raise RefusedError(
                f"La valeur {integer(face)} est donnée deux fois dans {key} : additionnez les quantités."
            )
        found[face] = int(match[2])
    return tuple(sorted(((face, many) for face, many in found.items() if many), reverse=True))


def total(rows: tuple[tuple[int, int], ...]) -> int:
    """The sum of denominations."""
    return sum(face * many for face, many in rows)


def difference(gap: int) -> str:
    """« manquant de 500 FCFA », « excédent de 500 FCFA » or « aucun écart »."""
    if not gap:
        return "aucun écart"
    return f"{'excédent' if gap > 0 else 'manquant'} de {Money(abs(gap))}"


def advice(gap: int) -> str:
    """The entry a difference calls for."""
    if gap < 0:
        return (
            f"À comptabiliser : {Money(-gap)} au débit du 4211 (caissier), ou du 658 si le Bureau exécutif l'accepte."
        )
    return f"À comptabiliser : {Money(gap)} au crédit du 4712, en attente d'explication (ensuite 7588)."


def bounds(books: Books, count: Count) -> str:
    """What the till's floor and ceiling ask for after the count, or ""."""
    box = books.policy.tills.get(count.expected.account.name)
    limits = box.bounds_at(count.expected.day) if box is not None else None
    if limits is None:
        return ""
    if count.counted < limits.floor.units:
        return (
            f"Caisse au-dessous du plancher ({limits.floor}) : demandez un réapprovisionnement de "
            f"{Money(limits.ceiling.units - count.counted)} (plafond {limits.ceiling})."
        )
    if count.counted > limits.ceiling.units:
        return f"Caisse au-dessus du plafond ({limits.ceiling}) : versez {Money(count.counted - limits.ceiling.units)} en banque."
    return ""


def require_person(books: Books, person: str, title: str) -> str:
    """The identifier itself, when somebody carries it; raises RefusedError."""
    people = books.policy.people
    if not person:
        raise RefusedError(
            f"Dites qui est {title} : --{_option(title)} et l'identifiant d'une personne de mandats.yaml."
        )
    if people and person not in people:
        raise RefusedError(f"« {person} » n'est pas dans rules/mandats.yaml.{did_you_mean(person, people)}")
    return person


def settle(books: Books, count: Count) -> Count:
    """The count, once everything the minutes need is there; raises RefusedError."""
    for person, title in (
        (count.cashier, "le caissier"),
        (count.controller, "le contrôleur"),
        (count.witness, "le témoin"),
    ):
        require_person(books, person, title)
    if len({count.cashier, count.controller, count.witness}) < 3:
        raise RefusedError("Le caissier, le contrôleur et le témoin doivent être trois personnes différentes.")
    if count.kind not in KINDS:
        raise RefusedError(f"Le type « {count.kind} » n'existe pas : {', '.join(KINDS)}.")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", count.hour):
        raise RefusedError(f"L'heure « {count.hour} » ne se lit pas : écrivez --heure 17:30.")
    if count.gap and not count.reason.strip():
        raise RefusedError(
            f"Solde théorique {Money(count.expected.balance)} ; solde physique {Money(count.counted)} : "
            f"{difference(count.gap)}. Un écart doit être expliqué : ajoutez --motif."
        )
    till, day = count.expected.account, count.expected.day
    for known in books.directives.counts:
        if known.account.name == till.name and known.date == day and known.hour == count.hour:
            raise RefusedError(f"Un comptage de {till.name} est déjà écrit le {shown(day)} à {known.hour}.")
    return count


def find_document(desk: Desk, wanted: str | None) -> str:
    """The signed minutes, relative to ledger/documents/, or ""; raises RefusedError when the file is not there."""
    return filed(desk, wanted, "le procès-verbal signé") if wanted else ""


def write(desk: Desk, count: Count) -> tuple[str, ...]:
    """Adds the `pv-caisse` to the month's file; returns the changed paths."""
    found = count.expected
    entry = text_of(count, desk.books.policy.currency)

    def edit(pages: Pages) -> None:
        pages.insert(desk.month_file(found.account, found.day), found.day, entry)

    return desk.write("count", edit)


def text_of(count: Count, currency: str) -> str:
    """The directive."""
    words = {
        "heure": count.hour,
        "type": count.kind,
        "billets": _spelled(count.notes),
        "pieces": _spelled(count.coins),
        "caissier": count.cashier,
        "controleur": count.controller,
        "temoin": count.witness,
        **({"derniere-piece": count.expected.last_piece} if count.expected.last_piece else {}),
        **({"motif": count.reason.strip()} if count.reason.strip() else {}),
        **({"document": count.document} if count.document else {}),
    }
    return directive(
        count.expected.day, "pv-caisse", (count.expected.account.name, f"{count.counted} {currency}"), words
    )


def minutes(books: Books, count: Count) -> tuple[str, ...]:
    """The minutes as lines of text, ready to be signed on paper."""
    found = count.expected
    name = books.policy.organisation.acronym
    lines = [
        f"{name} : PROCÈS-VERBAL DE COMPTAGE DE CAISSE ({count.kind})",
        f"{found.account.name}, le {shown(found.day)} à {count.hour} ; dernière pièce : {found.last_piece or 'aucune'}",
        "",
    ]
    for title, rows in (("Billets", count.notes), ("Pièces", count.coins)):
        lines += [f"  {title:8}{integer(face):>8} x {many:>5} = {integer(face * many):>12}" for face, many in rows]
        lines.append(f"  Sous-total {title.lower():17} {integer(total(rows)):>12}")
    since = f" au {shown(found.since)}" if found.since else ""
    lines += [
        f"  {'SOLDE PHYSIQUE':28} {integer(count.counted):>12}",
        "",
        f"  {'Solde au dernier comptage' + since:40} {integer(found.before):>12}",
        f"  {'+ recettes depuis':40} {integer(found.receipts):>12}",
        f"  {'- dépenses depuis':40} {integer(found.payments):>12}",
        f"  {'= solde théorique':40} {integer(found.balance):>12}",
        f"  Écart : {difference(count.gap)}{f' ; motif : {one_line(count.reason)}' if count.gap else ''}",
        "",
        f"Arrêté à la somme de {amount_in_words(count.counted)} ({amount(count.counted)}).",
        "",
    ]
    for title, person in (("Caissier", count.cashier), ("Contrôleur", count.controller), ("Témoin", count.witness)):
        who: Person | None = books.policy.people.get(person)
        lines.append(f"  {title:11}{who.name if who else person:40} signature : ____________________")
    return tuple(lines)


def _last_count(books: Books, till: Account, day: date) -> CashCount | None:
    mine = [each for each in books.directives.counts if each.account.name == till.name and each.date < day]
    return mine[-1] if mine else None


def _spelled(rows: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{face}x{many}" for face, many in rows)


def _option(title: str) -> str:
    bare = title.removeprefix("le ").lower()
    return {"contrôleur": "controleur", "témoin": "temoin"}.get(bare, bare)
