"""The rule `numerotation-pieces`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Pattern, Shape, Voucher, VoucherSeries
from grandlivre.guards.guard import ANYTHING, Guard, Vouchers, on
from grandlivre.guards.series import Run
from grandlivre.guards.series import Series as Series_
from grandlivre.i18n import Message
from grandlivre.policy.organisation import Organisation
from grandlivre.policy.sycebnl import JOURNALS
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Rule, plugin

_ACCOUNTS = {"BQ": "la banque (52)", "CS": "la caisse (57)", "MM": "la monnaie électronique (55)"}


class Series(NamedTuple):
    """A series of vouchers: one a journal, a tree and a year."""

    journal: str
    tree: str
    year: int

    def piece(self, number: int) -> str:
        """The voucher of that number."""
        return f"{self.journal}-{self.tree}-{self.year}-{number:04d}"


class _Register:
    """Who holds each number of the books, and who holds none."""

    def __init__(self, strays: Iterable[Entry]) -> None:
        self.seats: dict[Series, dict[int, Entry]] = {}
        """The first entry of each number."""
        self.strays: dict[Series, set[int]] = {}
        """The numbers that stand elsewhere than in their series."""
        self.twice: list[tuple[Entry, Entry, Series]] = []
        """The entries whose number is taken, each with the entry that holds it."""
        self.unread: list[Entry] = []
        """The entries without a number that can be read."""
        for entry in strays:  # `reglement` says so; the number is not missing from its series
            if entry.voucher is not None:
                self.strays.setdefault(Series(*entry.voucher[:3]), set()).add(entry.voucher.number)

    def enter(self, series: Series, number: int, entry: Entry) -> None:
        """Gives a number to an entry, unless another one came first."""
        first = self.seats.setdefault(series, {}).setdefault(number, entry)
        if first is not entry:
            self.twice.append((entry, first, series))

    @property
    def highest(self) -> dict[Series, int]:
        """The last number of each series."""
        return {series: max(numbers) for series, numbers in self.seats.items()}


class BrokenNumbering(Rule):
    """Numéro de pièce absent, mal formé, en double, manquant ou hors de l'ordre des dates.

    Chaque écriture porte `piece: "BQ-UE-EAU-2026-0042"` : la série (BQ banque, CS caisse, MM monnaie électronique,
    OD opérations diverses), le projet, l'année de l'exercice et un numéro d'au moins quatre chiffres. Une série par
    journal, par projet et par année commence à 0001, ne saute aucun numéro et suit l'ordre des dates de comptabilisation.
    Seul ce qu'écrit `grandlivre entries` (quote-part, amortissement, clôture, réouverture, affectation), sans tiers ni
    trésorerie, prend le numéro suivant à la date dont il parle : la quote-part de mars porte le 31 mars, même passée en mai.
    Un numéro annulé reste dans la série : une écriture sans mouvement, avec `annulee: "motif"`. Une extourne prend un
    numéro comme toute écriture. BQ touche la banque (52), CS une caisse (57), MM la monnaie électronique (55), OD aucune
    des trois, sauf l'à-nouveau.

    Des livres dont aucune écriture n'a de numéro n'ont qu'un constat, sur la première. Un numéro manquant se voit sur la
    pièce qui le suit. Une pièce classée dans le mauvais projet ou la mauvaise année
    est signalée une fois : son numéro compte dans la série où elle devrait être.

    Source : manuel de procédures (séries continues, sans doublon ni trou) ; AUDCIF, chronologie des écritures.

    Exemple : BQ-UE-EAU-2026-0043 suit BQ-UE-EAU-2026-0041 ; la pièce 0042 manque.
    """

    id = "numerotation-pieces"
    family = Family.VOUCHERS
    closing_point = ClosingPoint.SERIES

    absent = Message(
        'Cette écriture n\'a pas de numéro de pièce : ajoutez piece: "{example}", avec le numéro suivant de la série.'
    )
    none = Message(
        "Aucune des {count} écritures n'a de numéro de pièce : ajoutez piece: à chacune, dans l'ordre des dates, en "
        'commençant ici par "{example}".'
    )
    malformed = Message(
        "Le numéro de pièce « {piece} » ne se lit pas : écrivez série-projet-année-numéro, le numéro sur quatre chiffres "
        "au moins, par exemple {example}."
    )
    other_tree = Message(
        "La pièce {piece} porte le projet {tree}, mais l'écriture est dans {trees} : numérotez-la dans la série {series}."
    )
    unknown_tree = Message("La pièce {piece} porte le projet {tree}, qui n'existe pas : projets connus : {trees}.")
    other_year = Message(
        "La pièce {piece} porte l'année {year}, mais l'écriture est comptabilisée le {day} : numérotez-la dans la série "
        "{series}, ou corrigez la date."
    )
    other_journal = Message(
        "La pièce {piece} est de la série {journal}, mais l'écriture {touched}. "
        "Numérotez-la dans la série {series}, ou corrigez le compte."
    )
    twice = Message(
        "La pièce {piece} existe déjà ({where}) : un numéro, une écriture. Prenez le numéro suivant, {following}.",
        moving=("following",),
    )
    gap = Message(
        "Avant la pièce {piece}, il manque {missing} : une série n'a pas de trou. Retrouvez la pièce, ou gardez le "
        'numéro par une écriture sans mouvement avec annulee: "motif".'
    )
    too_early = Message(
        "La pièce {piece} est datée du {day}, avant la pièce {other} du {other_day} qui la précède : les numéros suivent "
        "les dates. Corrigez la date ou le numéro."
    )
    too_late = Message(
        "La pièce {piece} est datée du {day}, après la pièce {other} du {other_day} qui la suit : les numéros suivent "
        "les dates. Corrigez la date ou le numéro."
    )
    not_void = Message(
        "La pièce {piece} est annulée mais elle a des mouvements : retirez-les, ou retirez annulee: et passez une extourne."
    )
    empty = Message(
        'La pièce {piece} n\'a aucun mouvement : ajoutez annulee: "motif" si le numéro est annulé, sinon complétez-la.'
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each entry alone, then each series."""
        register = _Register(books.strays)
        years = _Years(books.policy.organisation)
        for entry in books.entries:
            yield from self._entered(books, entry, years, register)
        highest = register.highest
        for entry, first, series in register.twice:
            following = series.piece(highest[series] + 1)
            yield self.finding(self.twice, entry, piece=entry.piece, where=_where(first), following=following)
        if len(register.unread) > 1 and not any(entry.text("piece") for entry in books.entries):
            first = register.unread[0]
            yield self.finding(self.none, first.place, count=len(register.unread), example=_suggested(first, {}))
        else:
            for entry in register.unread:
                yield self._unread(entry, highest)
        for series, numbers in register.seats.items():
            yield from self._gaps(series, numbers, register.strays.get(series, set()))
            yield from self._order(numbers)

    def _entered(self, books: Books, entry: Entry, years: _Years, register: _Register) -> Iterator[Finding]:
        """What is wrong with an entry and its number alone, which takes its place in the register."""
        voucher = entry.voucher
        if voucher is None or voucher.number == 0:
            register.unread.append(entry)
            return
        yield from self._void(entry)
        series = Series(*voucher[:3])
        right = _right_series(series, entry, years.of(entry.date))
        if right != series or (not entry.trees and books.trees and series.tree not in books.trees):
            yield self._misplaced(books, entry, series, right)
            register.strays.setdefault(right, set()).add(voucher.number)
            return
        yield from self._journal(entry, voucher)
        register.enter(series, voucher.number, entry)

    def guard(self, books: Books) -> Guard:
        """What does not go on from the last number of a series; anything, where entries without one ask for the next of any.

        So it is where a number stands twice: the finding says the line of the other entry.
        """
        years = _Years(books.policy.organisation)
        odd = [each.numbers for each in books.series if not _in_sequence(each, years)]
        if any(0 in numbers or len(set(numbers)) < len(numbers) for numbers in odd):
            return ANYTHING
        if sum(len(series.numbers) for series in books.series) < len(books.entries):
            return ANYTHING
        runs, others = [], set()
        for series in books.series:
            name = f"{series.journal}-{series.tree}-{series.year:04d}"
            last = _last(books, series, years)
            if last is None:
                others.add(name)
            else:
                runs.append(Run(name, *last))
        spans = tuple((year.start, year.end) for year in books.policy.organisation.years)
        journals = tuple(JOURNALS.items())
        return on(Series_(tuple(runs), frozenset(others), journals, spans), Vouchers(self.told(books)))

    # --- many entries at once -------------------------------------------------------------------------------------

    def doubt(self, books: Books) -> Doubt | None:
        """The series that do not run from 1 without a gap in the order of the books, or hold an entry that does not fit."""
        if sum(len(series.numbers) for series in books.series) < len(books.entries):
            return None  # an entry without a number asks for the next one of any series
        years = _Years(books.policy.organisation)
        wrong = {id(series) for series in books.series if not _in_sequence(series, years)}
        for shape in books.shapes:
            wrong |= {id(series) for series in shape.series if not self._fits(books, shape, series)}
        if not wrong:
            return Doubt(())
        return Doubt([entry for entry in books.entries if id(entry.series) in wrong])

    def _fits(self, books: Books, shape: Shape, series: VoucherSeries) -> bool:
        """Whether a series is of the tree and of the accounts that entries alike touch, and none of them is void by mistake."""
        trees = shape.pattern.trees or books.trees
        if trees and series.tree not in trees:
            return False
        if "annulee" in shape.form.keys or not shape.pattern.accounts:
            return not any(True for entry in shape.entries for _ in self._void(entry))
        opening = series.journal == "OD" and all(entry.is_taken_over for entry in shape.entries)
        return opening or series.journal in _journals(shape.pattern)

    # --- one entry ------------------------------------------------------------------------------------------------

    def _unread(self, entry: Entry, highest: Mapping[Series, int]) -> Finding:
        example = _suggested(entry, highest)
        written = entry.text("piece")
        if not written:
            return self.finding(self.absent, entry, example=example)
        return self.finding(self.malformed, entry, piece=written, example=example)

    def _void(self, entry: Entry) -> Iterator[Finding]:
        if entry.movements and "annulee" in entry.meta:
            yield self.finding(self.not_void, entry, piece=entry.piece)
        elif not entry.movements and (not entry.is_cancelled or not isinstance(entry.meta.get("annulee"), str)):
            yield self.finding(self.empty, entry, piece=entry.piece)

    def _misplaced(self, books: Books, entry: Entry, series: Series, right: Series) -> Finding:
        facts: dict[str, Any] = {"piece": entry.piece, "series": f"{right.journal}-{right.tree}-{right.year}"}
        if series.tree != right.tree:
            return self.finding(self.other_tree, entry, **facts, tree=series.tree, trees=list(entry.trees))
        if series.year != right.year:
            return self.finding(self.other_year, entry, **facts, year=str(series.year), day=entry.date)
        return self.finding(self.unknown_tree, entry, piece=entry.piece, tree=series.tree, trees=list(books.trees))

    def _journal(self, entry: Entry, voucher: Voucher) -> Iterator[Finding]:
        journals = _journals(entry.pattern)
        if not entry.movements or voucher.series in journals or (voucher.series == "OD" and entry.is_taken_over):
            return
        if journals == ("OD",):
            touched = f"ne touche pas {_ACCOUNTS[voucher.series]}"
        else:
            touched = f"touche {' et '.join(_ACCOUNTS[each] for each in journals)}"
        series = " ou ".join(f"{each}-{voucher.tree}-{voucher.year}" for each in journals)
        yield self.finding(
            self.other_journal, entry, piece=entry.piece, journal=voucher.series, touched=touched, series=series
        )

    # --- one series -----------------------------------------------------------------------------------------------

    def _gaps(self, series: Series, numbers: dict[int, Entry], strays: set[int]) -> Iterator[Finding]:
        known = sorted({*numbers, *strays})
        before = 0
        for number in known:
            if number > before + 1 and number in numbers:
                first, last = before + 1, number - 1
                missing = series.piece(first) if first == last else f"{series.piece(first)} à {last:04d}"
                entry = numbers[number]
                yield self.finding(
                    self.gap, entry, piece=entry.piece, missing=missing, first=first, last=last, count=last - first + 1
                )
            before = number

    def _order(self, numbers: dict[int, Entry]) -> Iterator[Finding]:
        entries = [numbers[number] for number in sorted(numbers) if not numbers[number].is_reckoned]
        days = [entry.date for entry in entries]
        kept = _in_order(days)
        for index, entry in enumerate(entries):
            at = bisect_left(kept, index)
            if at < len(kept) and kept[at] == index:
                continue
            if at and days[kept[at - 1]] > entry.date:
                message, other = self.too_early, entries[kept[at - 1]]
            else:
                message, other = self.too_late, entries[kept[at]]
            yield self.finding(
                message, entry, piece=entry.piece, day=entry.date, other=other.piece, other_day=other.date
            )


def _suggested(entry: Entry, highest: Mapping[Series, int]) -> str:
    """The next number of the series in which an entry would stand."""
    series = Series(_journals(entry.pattern)[0], entry.tree or "FONCT", entry.date.year)
    return series.piece(highest.get(series, 0) + 1)


def _in_sequence(series: VoucherSeries, years: _Years) -> bool:
    """Whether its numbers run from 1, each once, in the order of the books, all in the fiscal year of its number."""
    first, last = years.of(series.first)
    inside = first <= series.year <= last and years.of(series.last) == (first, last)
    return inside and list(series.numbers) == list(range(1, len(series.numbers) + 1))


def _last(books: Books, series: VoucherSeries, years: _Years) -> tuple[int, date] | None:
    """The last number of a series and the last day of its vouchers; None where some do not follow the dates."""
    if _in_sequence(series, years):
        return len(series.numbers), series.last
    rows = books.once("vouchers by series", lambda: _by_series(books)).get(id(series), [])
    days = [day for _, day, reckoned in rows if not reckoned]
    if days != sorted(days):
        return None
    last = rows[-1][0] if rows else 0
    strays = [entry.number for entry in books.strays if entry.series is not None and _alike(entry.series, series)]
    return max(last, *strays, 0), max(days, default=date.min)


def _alike(one: VoucherSeries, other: VoucherSeries) -> bool:
    return (one.journal, one.tree, one.year) == (other.journal, other.tree, other.year)


def _by_series(books: Books) -> dict[int, list[tuple[int, date, bool]]]:
    """By series, each number with its day and whether it is reckoned, in the order of the numbers."""
    found: dict[int, list[tuple[int, date, bool]]] = {}
    for entry in books.entries:
        found.setdefault(id(entry.series), []).append((entry.number, entry.date, entry.is_reckoned))
    for rows in found.values():
        rows.sort()
    return found


def _in_order(days: Sequence[date]) -> list[int]:
    """The places of the longest run of days that never goes back: the fewest entries are blamed, rather the later ones."""
    lasts: list[int] = []  # read from the end: the first day of the best run of each length, as negative ordinals
    length = [0] * len(days)  # of the longest run that begins at each place
    for place in range(len(days) - 1, -1, -1):
        size = bisect_right(lasts, -days[place].toordinal())
        lasts[size : size + 1] = [-days[place].toordinal()]
        length[place] = size + 1
    run: list[int] = []
    wanted = len(lasts)
    for place, day in enumerate(days):
        if length[place] == wanted and (not run or days[run[-1]] <= day):
            run.append(place)
            wanted -= 1
    return run


def _journals(pattern: Pattern) -> tuple[str, ...]:
    """The journals that fit the accounts entries touch."""
    touched = {account.number[:2] for account in pattern.accounts}
    return tuple(journal for number, journal in JOURNALS.items() if number in touched) or ("OD",)


def _right_series(series: Series, entry: Entry, span: tuple[int, int]) -> Series:
    """Where a number belongs, by the tree of its entry and its booking date; itself when it is right."""
    tree = series.tree if series.tree in entry.trees or not entry.tree else entry.tree
    year = series.year if span[0] <= series.year <= span[1] else entry.date.year
    return Series(series.journal, tree, year)


class _Years:
    """The years a number of a day may carry: those of the day's fiscal year."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._known: dict[date, tuple[int, int]] = {}

    def of(self, day: date) -> tuple[int, int]:
        """First and last year; the calendar's where no fiscal year is declared."""
        if day not in self._known:
            year = self._organisation.year_of(day)
            self._known[day] = (year.start.year, year.end.year) if year is not None else (day.year, day.year)
        return self._known[day]


def _where(entry: Entry) -> str:
    """A place short enough for a sentence, the same in any working directory."""
    return f"{Path(entry.file).name}:{entry.line}"


__plugins__ = (plugin(BrokenNumbering),)
