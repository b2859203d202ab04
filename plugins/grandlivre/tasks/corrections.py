"""Corrections: the storno of a voucher and the right entry that takes its place, dated in the open period.

Nothing is ever edited: the storno repeats the entry with opposite signs (AUDCIF art. 20), on the first day of the first
open period, its value date being the day the operation happened (art. 22-4°).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
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
from grandlivre.tasks.desk import Desk, Pages, require_open
from grandlivre.tasks.entries import quoted
from grandlivre.tasks.problem import RefusedError

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


class Correction(NamedTuple):
    """What corrects a voucher."""

    original: Entry
    day: date
    file: Path
    """Where both entries go."""
    piece: str
    """The storno's voucher."""
    storno: str
    right: str
    """The entry to complete, with the next voucher."""
    notes: tuple[str, ...]
    """French sentences on how the date and the ticks were chosen."""


def correction(desk: Desk, piece: str, day: date | None = None) -> Correction:
    """The storno of a voucher and the entry that replaces it; raises RefusedError when it cannot be reversed."""
    books = desk.books
    original = _reversible(books, piece)
    series, tree = _series(original), original.tree
    when, notes = _day(books, original, series, day)
    number, year = _next(books, series, tree, when)
    pieces = [f"{series}-{tree}-{year}-{each:04d}" for each in (number, number + 1)]
    ticked = bool(original.text("pointage")) or any(m.meta.get("pointage") for m in original.movements)
    tick = Period.month(when).code if ticked else ""
    if ticked:
        notes.append(
            f"La banque a déjà montré {piece} : l'extourne et la bonne écriture portent le même pointage ({tick}), elles "
            "s'annulent sur le relevé. Si le montant de la banque était le bon, gardez-le."
        )
    value = {"date-valeur": original.value_date} if original.value_date != when else {}
    currency = books.policy.currency
    storno = _text(
        original,
        when,
        "*",
        f"Extourne : {original.narration}",
        {"piece": pieces[0], "ecriture": "extourne", "annule": piece, **value},
        -1,
        lambda key: key not in _OWN | _PAPERS and not is_document_key(key),
        currency,
        tick,
    )
    right = _text(
        original,
        when,
        "!",
        original.narration,
        {"piece": pieces[1], **value},
        1,
        lambda key: key not in _OWN and not is_document_key(key),
        currency,
        tick,
    )
    file = desk.month_file(original.movements[0].account, when)
    return Correction(original, when, file, pieces[0], storno, right, tuple(notes))


def write(desk: Desk, made: Correction) -> tuple[str, ...]:
    """Adds the storno to its month's file; returns the changed paths."""

    def edit(pages: Pages) -> None:
        pages.insert(made.file, made.day, made.storno)

    return desk.write("entries", edit)


def first_open_day(books: Books) -> date:
    """The day after the last closed period, else the first day of the books."""
    ends = [period.end for closing in books.closings if (period := Period.parse(closing.period))]
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
    if len(entry.trees) > 1:
        raise RefusedError(
            f"La pièce {piece} mêle {' et '.join(entry.trees)} : une extourne a un seul arbre, faites-la à la main."
        )
    return entry


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


def _day(books: Books, original: Entry, series: str, wanted: date | None) -> tuple[date, list[str]]:
    """The day of the correction: the first open one, later when the series has already gone further."""
    opened = first_open_day(books)
    closed = any(original.date in period for each in books.closings if (period := Period.parse(each.period)))
    last = max((entry.date for entry in _of_series(books, series, original.tree)), default=opened)
    least = max(opened, original.date)
    if wanted is not None:
        require_open(books, wanted, "L'extourne")
        if wanted < original.date:
            raise RefusedError(f"L'extourne ne peut pas précéder la pièce {original.piece}, du {shown(original.date)}.")
        if wanted < last:
            raise RefusedError(
                f"La série {series} de {original.tree} va déjà jusqu'au {shown(last)}, et les numéros suivent les dates : "
                f"datez l'extourne du {shown(last)} ou après."
            )
        return wanted, []
    found = max(least, last)
    require_open(books, found, "L'extourne")
    notes = []
    if closed:
        notes.append(
            f"La période de {original.piece} est close : la correction se passe dans la première période ouverte, qui "
            f"commence le {shown(opened)}, avec la date de valeur {shown(original.value_date)} (AUDCIF art. 22, 4°)."
        )
    if found > least:
        notes.append(
            f"La série {series} de {original.tree} va déjà jusqu'au {shown(found)} : l'extourne est datée de ce jour, car "
            "les numéros suivent les dates."
        )
    return found, notes


def _of_series(books: Books, series: str, tree: str) -> list[Entry]:
    return [e for e in books.entries if e.voucher is not None and (e.voucher.series, e.voucher.tree) == (series, tree)]


def _next(books: Books, series: str, tree: str, when: date) -> tuple[int, int]:
    """(number, year) that follow the last voucher of the series in the fiscal year of that day."""
    year = books.policy.organisation.year_of(when)
    mine = [
        entry.voucher
        for entry in _of_series(books, series, tree)
        if entry.voucher is not None and (entry.date in year if year is not None else entry.date.year == when.year)
    ]
    if not mine:
        return 1, when.year
    last = max(mine, key=lambda voucher: (voucher.year, voucher.number))
    return last.number + 1, last.year


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
    words = [quoted(entry.payee)] if entry.payee else []
    labels = [*(f"#{tag}" for tag in sorted(entry.tags)), *(f"^{link}" for link in sorted(entry.links))]
    lines = [" ".join([when.isoformat(), flag, *words, quoted(narration), *labels])]
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
