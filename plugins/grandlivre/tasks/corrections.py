"""Corrections: the storno of a voucher and the right entry that takes its place, dated in the open period.

Nothing is ever edited: the storno repeats the entry with opposite signs (AUDCIF art. 20), on the first day of the first
open period, its value date being the day the operation happened (art. 22-4°).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from grandlivre.books.documents import is_document_key
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement
from grandlivre.i18n import day as shown
from grandlivre.i18n import did_you_mean, one_line
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import JOURNALS
from grandlivre.policy.values import exponent
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, Pages, require_open
from grandlivre.tasks.entries import quoted
from grandlivre.tasks.numbers import NextNumbers

_WIDTH = 56
"""Column where amounts end, counted from the posting's indentation."""
_OWN = frozenset({"filename", "lineno", "piece", "date-valeur", "pointage", "annule", "ecriture"})
"""Metadata that belongs to one entry only."""
_PAPERS = frozenset(
    "signataire-1 signataire-2 mode cheque ordre autorise-par derogation motif derogation-par registre echeance".split()
)
"""Metadata of the payment itself, which a storno does not make again."""
_FIRST = ("piece", "ecriture", "annule", "date-valeur")

Keep = Callable[[str], bool]


class Half(NamedTuple):
    """One voucher taken back, and the entry that takes its place."""

    original: Entry
    file: Path
    """Where both entries go."""
    piece: str
    """The storno's voucher."""
    storno: str
    right: str
    """The entry to complete, with a voucher of its own."""


class Correction(NamedTuple):
    """What corrects a voucher: its own half, then that of the voucher which answers it through the transit account."""

    day: date
    halves: tuple[Half, ...]
    notes: tuple[str, ...]
    """French sentences on how the date and the ticks were chosen."""


def correction(desk: Desk, piece: str, day: date | None = None) -> Correction:
    """The storno of a voucher and the entry that replaces it; raises RefusedError when it cannot be reversed.

    A transfer is two vouchers: the one that answers is taken back on the same day, or money would hang in transit.
    """
    books = desk.books
    original = _reversible(books, piece)
    answer, notes = _answer(books, original)
    originals = [original] if answer is None else [original, answer]
    series = {code: NextNumbers(books, code, original.tree) for code in map(_series, originals)}
    when, said = _day(books, originals, series.values(), day)
    notes += said
    stornos = [series[_series(each)].next(when)[1] for each in originals]
    rights = [series[_series(each)].next(when)[1] for each in originals]
    halves = [_half(desk, *each, when) for each in zip(originals, stornos, rights, strict=True)]
    for each in originals:
        notes += _own_notes(each, when)
    return Correction(when, tuple(halves), tuple(notes))


def write(desk: Desk, made: Correction) -> tuple[str, ...]:
    """Adds the stornos to their month's file; returns the changed paths. Raises WriteError."""
    return desk.write("entries", partial(insert, made))


def insert(made: Correction, pages: Pages) -> None:
    """Puts the stornos into the pages of a change."""
    for half in made.halves:
        pages.insert(half.file, made.day, half.storno)


def _half(desk: Desk, original: Entry, storno: str, right: str, when: date) -> Half:
    """The two texts of one voucher, under the numbers given."""
    tick = Period.month(when).code if _ticked(original) else ""
    value = {"date-valeur": original.value_date} if original.value_date != when else {}
    currency = desk.books.policy.currency
    return Half(
        original,
        desk.month_file(original.movements[0].account, when),
        storno,
        _text(
            original,
            when,
            "!" if _pays_back(original) else "*",
            f"Extourne : {original.narration}",
            {"piece": storno, "ecriture": "extourne", "annule": original.piece, **value},
            -1,
            lambda key: key not in _OWN | _PAPERS and not is_document_key(key),
            currency,
            tick,
        ),
        _text(
            original,
            when,
            "!",
            original.narration,
            {"piece": right, **value},
            1,
            lambda key: key not in _OWN and not is_document_key(key),
            currency,
            tick,
        ),
    )


def _ticked(entry: Entry) -> bool:
    return bool(entry.text("pointage")) or any(m.meta.get("pointage") for m in entry.movements)


def _pays_back(entry: Entry) -> bool:
    """Whether taking it back makes money leave a bank: the storno is then a payment, to be signed."""
    return any(m.value > 0 and (m.account.is_bank or m.account.is_mobile) for m in entry.movements)


def _own_notes(original: Entry, when: date) -> list[str]:
    notes = []
    if _ticked(original):
        notes.append(
            f"La banque a déjà montré {original.piece} : l'extourne et la bonne écriture portent le même pointage "
            f"({Period.month(when).code}), elles s'annulent sur le relevé. Si le montant de la banque était le bon, gardez-le."
        )
    if _pays_back(original):
        notes.append(
            f"L'extourne de {original.piece} retire de l'argent de la banque, c'est un paiement : faites-le signer, inscrivez "
            "signataire-1: et signataire-2:, puis remplacez ! par *."
        )
    return notes


def first_open_day(books: Books) -> date:
    """The day after the last closed period, else the first day of the books."""
    ends = [period.end for _, period in books.closed]
    return max(ends) + timedelta(days=1) if ends else books.start


# --- what may be reversed ---------------------------------------------------------------------------------------------


def _reversible(books: Books, piece: str) -> Entry:
    found = books.vouchers(piece)
    if not found:
        known = [entry.piece for entry in books.entries if entry.piece]
        raise RefusedError(f"La pièce {piece} n'existe pas dans les livres.{did_you_mean(piece, known)}")
    if len(found) > 1:
        raise RefusedError(
            f"La pièce {piece} est portée par {len(found)} écritures : corrigez d'abord la numérotation."
        )
    entry = found[0]
    if not entry.movements:
        raise RefusedError(f"La pièce {piece} est un numéro annulé, sans mouvement : il n'y a rien à extourner.")
    if entry.is_storno:
        raise RefusedError(f"La pièce {piece} est elle-même une extourne : passez plutôt la bonne écriture.")
    if piece in books.reversed_pieces:
        other = next((each.piece for each in books.entries if each.is_storno and each.text("annule") == piece), "")
        raise RefusedError(f"La pièce {piece} est déjà extournée par {other}.")
    if entry.is_taken_over:
        raise RefusedError(
            f"{piece} est un à-nouveau : corrigez le compte faux par une écriture ordinaire, datée d'aujourd'hui."
        )
    if entry.kind == "cloture":
        raise RefusedError(
            f"{piece} clôt les comptes d'un exercice : ce qui est passé ou corrigé depuis la complète, relancez grandlivre "
            f"entries cloture --periode {entry.date:%Y} --ecrire."
        )
    if len(entry.trees) > 1:
        raise RefusedError(
            f"La pièce {piece} mêle {' et '.join(entry.trees)} : une extourne a un seul projet, faites-la à la main."
        )
    return entry


def _answer(books: Books, original: Entry) -> tuple[Entry | None, list[str]]:
    """The voucher at the other end of a transfer: the same day, the opposite amount on the same transit account.

    Several transfers of one amount and day answer each other in the order of their numbers.
    """
    moved = _in_transit(original)
    if len(moved) != 1:
        return None, []
    ((account, amount),) = moved.items()
    here, there = (_moving(books, account, each, original.date) for each in (amount, -amount))
    rank = here.index(original)
    if rank >= len(there):
        return None, []
    answer = there[rank]
    pair = f"{original.piece} et {answer.piece} sont les deux moitiés d'un même virement interne"
    said = [f"{pair} : elles s'extournent ensemble, le même jour."]
    if len(there) > 1:
        others = ", ".join(each.piece for each in there if each is not answer)
        said.append(f"{others} porte le même montant ce jour-là : vérifiez que {answer.piece} est la bonne moitié.")
    return answer, said


def _moving(books: Books, account: str, amount: int, day: date) -> list[Entry]:
    """The entries of a day that leave an amount on a transit account and still stand, each once."""
    entries = {entry.place: entry for entry, _ in books.movements(account) if entry.date == day}.values()
    standing = (e for e in entries if not (e.is_storno or e.is_opening or e.piece in books.reversed_pieces))
    return [entry for entry in standing if _in_transit(entry).get(account) == amount]


def _in_transit(entry: Entry) -> dict[str, int]:
    """What an entry leaves on each transit account."""
    moved: Counter[str] = Counter()
    for movement in entry.movements:
        if movement.account.is_transit:
            moved[movement.account.name] += movement.value
    return {name: amount for name, amount in moved.items() if amount}


def _series(entry: Entry) -> str:
    """The series of the accounts the entry touches; the storno touches the same."""
    touched = [
        journal
        for prefix, journal in JOURNALS.items()
        if any(m.account.number.startswith(prefix) for m in entry.movements)
    ]
    if len(touched) > 1:
        raise RefusedError(
            f"La pièce {entry.piece} touche à la fois {' et '.join(touched)} : aucune série ne lui convient. "
            "Extournez-la à la main, par le 585, en deux écritures."
        )
    return touched[0] if touched else "OD"


# --- when, and which number -------------------------------------------------------------------------------------------


def _day(
    books: Books, originals: Sequence[Entry], series: Iterable[NextNumbers], wanted: date | None
) -> tuple[date, list[str]]:
    """The day of the correction: the first open one, later when a series has already gone further."""
    opened = first_open_day(books)
    first = originals[0]
    least = max(opened, *(each.date for each in originals))
    reached = {each.name: each.latest or least for each in series}
    last = max(reached.values())
    furthest = " et ".join(name for name, day in reached.items() if day == last)
    if wanted is not None:
        require_open(books, wanted, "L'extourne")
        if wanted < first.date:
            raise RefusedError(f"L'extourne ne peut pas précéder la pièce {first.piece}, du {shown(first.date)}.")
        if wanted < last:
            raise RefusedError(
                f"La série {furthest} va déjà jusqu'au {shown(last)}, et les numéros suivent les dates : "
                f"datez l'extourne du {shown(last)} ou après."
            )
        return wanted, []
    found = max(least, last)
    require_open(books, found, "L'extourne")
    notes = []
    if books.closed_on(first.date) is not None:
        notes.append(
            f"La période de {first.piece} est close : la correction se passe dans la première période ouverte, qui "
            f"commence le {shown(opened)}, avec la date de valeur {shown(first.value_date)} (AUDCIF art. 22, 4°)."
        )
    if found > least:
        notes.append(
            f"La série {furthest} va déjà jusqu'au {shown(found)} : l'extourne est datée de ce jour, car les numéros suivent "
            "les dates."
        )
    return found, notes


# --- text -------------------------------------------------------------------------------------------------------------


def _text(
    entry: Entry,
    when: date,
    flag: str,
    narration: str,
    head: Mapping[str, Any],
    sign: int,
    keep: Keep,
    currency: str,
    tick: str,
) -> str:
    """The entry said again, its amounts times `sign`, with the metadata that is kept."""
    lines = [_headline(entry, when, flag, narration)]
    head = {**head, **({"pointage": tick} if tick and entry.text("pointage") else {})}
    own = {key: value for key, value in entry.meta.items() if keep(key) and key not in _FIRST}
    lines += _metadata({**head, **own}, "  ", sign)
    for movement in entry.movements:
        lines.append(_posting(movement, sign, currency))
        meta = {key: value for key, value in movement.meta.items() if keep(key)}
        if tick and movement.meta.get("pointage"):
            meta["pointage"] = tick
        lines += _metadata(meta, "    ", sign)
    return "\n".join(lines) + "\n"


def _headline(entry: Entry, when: date, flag: str, narration: str) -> str:
    words = [quoted(entry.payee)] if entry.payee else []
    labels = [*(f"#{tag}" for tag in sorted(entry.tags)), *(f"^{link}" for link in sorted(entry.links))]
    return " ".join([when.isoformat(), flag, *words, quoted(narration), *labels])


def _posting(movement: Movement, sign: int, currency: str) -> str:
    number = _decimal(sign * movement.units, movement.currency)
    name = movement.account.name.ljust(_WIDTH - len(number) - 1)
    foreign = movement.currency != currency and movement.value
    price = f" @@ {_decimal(abs(movement.value), currency)} {currency}" if foreign else ""
    return f"  {name} {number} {movement.currency}{price}"


def _decimal(units: int, currency: str) -> str:
    return f"{Decimal(units).scaleb(-exponent(currency)):f}"


def _metadata(values: Mapping[str, Any], indent: str, sign: int) -> list[str]:
    lines = []
    for key, value in values.items():
        if key.startswith("__") or value is None or value == "":
            continue
        match value:
            case bool():
                said = "TRUE" if value else "FALSE"
            case date():
                said = value.isoformat()
            case Decimal():
                said = f"{sign * value:f}" if key == "quantite" else f"{value:f}"
            case str():
                said = quoted(value)
            case _:
                said = one_line(str(value))
        lines.append(f"{indent}{key}: {said}")
    return lines
