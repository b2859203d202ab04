"""A till counted: the denominations, the balance the books expect, the difference and its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.counts import taken_in
from grandlivre.books.directives.cash import FACES, CashCount
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger
from grandlivre.books.records import Account
from grandlivre.i18n import Money, amount, did_you_mean, integer, one_line
from grandlivre.i18n import day as shown
from grandlivre.policy.people import Person
from grandlivre.policy.sycebnl import JOURNALS, TILL, TILL_SHORTAGE, TILL_SURPLUS
from grandlivre.reports.kit.wording import amount_in_words
from grandlivre.scaffold.accounts import root_of, slug
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, Pages, filed, find_account, require_open
from grandlivre.tasks.entries import Value, directive, transaction
from grandlivre.tasks.numbers import NextNumbers

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
    typed: date
    """The day it is written into the books."""

    @property
    def counted(self) -> int:
        """The money in the till."""
        return total((*self.notes, *self.coins))

    @property
    def gap(self) -> int:
        """Counted less expected: an excess is positive."""
        return self.counted - self.expected.balance

    @property
    def is_late(self) -> bool:
        """Whether it is written on a later day than it was made."""
        return self.typed > self.expected.day


class Settlement(NamedTuple):
    """The entry a difference calls for, to be completed."""

    date: date
    entry: str
    opening: str
    """The `open` directive of its account when the tree has none, else ""."""


def find_till(books: Books, wanted: str) -> Account:
    """The till a person means; raises RefusedError when the words fit none or several."""
    return find_account(books, wanted, books.tills, "caisse")


def expected(books: Books, till: Account, day: date, last_piece: str = "") -> Expected:
    """The balance after a voucher of that till, else at the end of the day; raises RefusedError."""
    require_open(books, day, "Le comptage")
    ledger = books.ledger(till.name)
    reached = taken_in(ledger, day, last_piece)
    if reached is None:
        raise RefusedError(_no_movement(till, day, last_piece, ledger))
    steps = ledger[:reached]
    since = _last_count(books, till, day)
    first = min(_counted_then(ledger, since), reached)
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


def _no_movement(till: Account, day: date, piece: str, ledger: Ledger) -> str:
    known = [step.entry.piece for step in ledger if step.entry.date <= day]
    return (
        f"La pièce {piece} n'est pas un mouvement de {till.name} jusqu'au {shown(day)}."
        f"{did_you_mean(piece, known)} La dernière est {known[-1] if known else '(aucune)'}."
    )


def _counted_then(ledger: Ledger, count: CashCount | None) -> int:
    """How many movements an earlier count takes in; all until its day when its last voucher is not there any more."""
    if count is None:
        return 0
    reached = taken_in(ledger, count.date, count.last_piece)
    return ledger.until(count.date) if reached is None else reached


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


def settlement(desk: Desk, count: Count) -> Settlement | None:
    """The entry that brings the books to what was counted; None without a difference."""
    till, books = count.expected.account, desk.books
    if not count.gap:
        return None
    number = TILL_SHORTAGE if count.gap < 0 else TILL_SURPLUS
    day, piece = NextNumbers(books, JOURNALS[TILL[0]], till.tree).next(count.expected.day)
    name, opening = _account(desk, till.tree, number, day)
    who: Person | None = books.policy.people.get(count.cashier)
    said = f"au PV du {shown(count.expected.day)}"
    words: dict[str, Value] = {"piece": piece}
    if count.gap < 0:
        words |= {"mode": "especes", "beneficiaire": count.cashier}
        said = f"Manquant de caisse {said}, à la charge du caissier"
        legs = ((name, -count.gap), (till.name, count.gap))
    else:
        said = f"Excédent de caisse {said}, en attente d'explication"
        legs = ((till.name, count.gap), (name, -count.gap))
    payee = who.name if who is not None else count.cashier
    return Settlement(day, transaction(day, "!", payee, said, words, legs, books.policy.currency), opening)


def _account(desk: Desk, tree: str, number: str, day: date) -> tuple[str, str]:
    """The account of a tree by its number, and how to open it when it has none on a day."""
    books = desk.books
    found = next((each for each in books.tree_accounts(tree, number) if books.index.is_open(each.name, day)), None)
    if found is not None:
        return found.name, ""
    root = desk.inspection.options[f"name_{root_of(number)}"]
    name = f"{root}:{tree}:{number}-{slug(books.policy.chart.label(number)) or 'Divers'}"
    return name, f"{day.isoformat()} open {name} {books.policy.currency}\n"


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


def require_day(books: Books, day: date) -> date:
    """A day on which a till may have been counted; raises RefusedError."""
    require_open(books, day, "Le comptage")
    if day > books.today:
        raise RefusedError(f"Le comptage du {shown(day)} n'a pas encore eu lieu : nous sommes le {shown(books.today)}.")
    return day


def require_kind(kind: str) -> str:
    """A kind of count; raises RefusedError."""
    if kind not in KINDS:
        raise RefusedError(f"Le type « {kind} » n'existe pas : {', '.join(KINDS)}.")
    return kind


def require_hour(books: Books, expected: Expected, hour: str) -> str:
    """An hour at which the till is not counted already; raises RefusedError."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", hour):
        raise RefusedError(f"L'heure « {hour} » ne se lit pas : écrivez --heure 17:30.")
    till, day = expected.account, expected.day
    for known in books.directives.counts:
        if known.account.name == till.name and known.date == day and known.hour == hour:
            raise RefusedError(f"Un comptage de {till.name} est déjà écrit le {shown(day)} à {known.hour}.")
    return hour


def require_reason(count: Count, reason: str) -> str:
    """What explains a difference; raises RefusedError."""
    if count.gap and not reason.strip():
        raise RefusedError(
            f"Solde théorique {Money(count.expected.balance)} ; solde physique {Money(count.counted)} : "
            f"{difference(count.gap)}. Un écart doit être expliqué : ajoutez --motif."
        )
    return reason.strip()


def require_other(person: str, others: Sequence[str]) -> str:
    """A person who has no other part in the count; raises RefusedError."""
    if person in others:
        raise RefusedError("Le caissier, le contrôleur et le témoin doivent être trois personnes différentes.")
    return person


def may_serve(books: Books, day: date, power: str = "") -> tuple[str, ...]:
    """« identifiant (nom) » of the people in office on a day, those with a power when one is named."""
    return tuple(
        f"{key} ({person.name})"
        for key, person in books.policy.people.items()
        if (not person.posts or any(post.start <= day <= (post.end or date.max) for post in person.posts))
        and (not power or books.policy.holds_power(key, power, day))
    )


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
    require_other(count.controller, (count.cashier,))
    require_other(count.witness, (count.cashier, count.controller))
    require_kind(count.kind)
    require_hour(books, count.expected, count.hour)
    require_reason(count, count.reason)
    return count


def find_document(desk: Desk, wanted: str | None) -> str:
    """The signed minutes, relative to ledger/documents/, or ""; raises RefusedError when the file is not there."""
    return filed(desk, wanted, "le procès-verbal signé") if wanted else ""


def write(desk: Desk, count: Count, settled: Settlement | None = None) -> tuple[str, ...]:
    """Adds the `pv-caisse`, and the entry of its difference, to their month's file; returns the changed paths.

    Raises WriteError.
    """
    found = count.expected
    entry = text_of(count, desk.books.policy.currency)

    def edit(pages: Pages) -> None:
        pages.insert(desk.month_file(found.account, found.day), found.day, entry)
        if settled is not None and settled.opening:
            pages.insert(Path(found.account.place.file), settled.date, settled.opening)
        if settled is not None:
            pages.insert(desk.month_file(found.account, settled.date), settled.date, settled.entry)

    return desk.write("count", edit)


def text_of(count: Count, currency: str) -> str:
    """The directive."""
    words: dict[str, Value] = {
        "heure": count.hour,
        "type": count.kind,
        "billets": _spelled(count.notes),
        "pieces": _spelled(count.coins),
        "caissier": count.cashier,
        "controleur": count.controller,
        "temoin": count.witness,
        **({"derniere-piece": count.expected.last_piece} if count.expected.last_piece else {}),
        **({"motif": count.reason.strip()} if count.reason.strip() else {}),
        **({"saisi-le": count.typed} if count.is_late else {}),
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
        *((f"Saisi dans les livres après coup, le {shown(count.typed)}.",) if count.is_late else ()),
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
