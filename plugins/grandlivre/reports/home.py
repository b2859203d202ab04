"""What a director asks first: what money there is, what is late, what waits for a signature, which budgets go wrong, how long it lasts.

One answer for the viewer's first page and for the page that `report --all` leaves beside the reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.reports import dashboard, duties
from grandlivre.reports.asked import Asked, ask
from grandlivre.reports.course import TreasuryCourse, course
from grandlivre.reports.duties import BODIES, DueGroup
from grandlivre.reports.holdings import Holdings, holdings, together
from grandlivre.reports.pace import Pace, paces

_MISSED = "reunion"
_FIRST = ("rapport", "avance", "releve", "comptage", "decision", "cloture", _MISSED)
"""What is late, in the order it is shown; a meeting that was missed, which nobody can hold any more, after it."""


@dataclass(frozen=True)
class Late:
    """Things of one kind that are past their day and not done."""

    kind: str
    """`rapport`, `reunion`, `avance`, `releve`, `comptage`, `decision` or `cloture`."""
    title: str
    many: int
    since: date
    """The day of the oldest."""
    trees: tuple[str, ...]
    """The projects concerned; none for the organisation itself."""
    who: str = ""
    """The identifier of who does it, when one person does."""
    place: Place | None = None
    """Where it is written, when it is one thing."""
    amount: int | None = None
    """What is at stake, in whole francs."""

    @property
    def is_missed(self) -> bool:
        """Whether it can be done no more: it stands apart, and is not counted with what is late."""
        return self.kind == _MISSED


@dataclass(frozen=True)
class Waiting:
    """Something that awaits a signature."""

    title: str
    amount: int | None
    what: str
    """What is missing, or what it is."""
    day: date
    place: Place


@dataclass(frozen=True)
class Home:
    """The first page."""

    asked: Asked
    last_entry: date | None
    held: Holdings
    ordered: int
    """Ordered and not invoiced: in no figure of `held`."""
    late: tuple[Late, ...]
    signing: tuple[Waiting, ...]
    """What awaits one person's signature, or anybody's."""
    person: str
    """The name of that person; "" for everybody."""
    paces: tuple[Pace, ...]
    course: TreasuryCourse | None


def home(
    books: Books,
    asked: Asked,
    last_entry: date | None = None,
    signing: Iterable[Waiting] | None = None,
    person: str = "",
) -> Home:
    """The answers for some trees on a day; `signing` is what awaits `person`, else what awaits anybody is worked out."""
    budgets = dashboard.current(dashboard.budgets(books, asked), asked.day)
    return Home(
        asked,
        last_entry,
        together(holdings(books, tree, asked.day) for tree in asked.trees),
        _ordered(books, asked),
        late(books, asked),
        tuple(_to_sign(books, asked) if signing is None else signing),
        person,
        paces(budgets, asked.day),
        course(books, asked),
    )


def _ordered(books: Books, asked: Asked) -> int:
    own = (each for each in books.commitments if each.dossier.tree in asked.trees)
    return sum(each.outstanding_on(asked.day) for each in own)


def _to_sign(books: Books, asked: Asked) -> Iterator[Waiting]:
    for row in dashboard.to_sign(books, asked):
        payee = books.policy.people.get(row.entry.payee)
        title = payee.name if payee is not None else row.entry.payee or row.entry.narration
        yield Waiting(title, row.amount, row.missing, row.entry.date, row.entry.place)


def late(books: Books, asked: Asked) -> tuple[Late, ...]:
    """All that is late today, whatever days are looked at: reports, meetings, advances, statements, counts, the rest."""

    def read() -> tuple[Late, ...]:
        overdue = [each for each in duties.waiting(books, asked) if each.days < 0]
        found = [_advances(books, asked, each) if each.first.kind == "avance" else _of_group(each) for each in overdue]
        found += _meetings(books, asked)
        return tuple(sorted(found, key=lambda each: (_FIRST.index(each.kind), each.since, each.title)))

    return books.once(("late", asked.trees, asked.whole), read)


def _of_group(group: DueGroup) -> Late:
    title = f"{group.title}, {group.label}" if group.label and group.first.kind != "decision" else group.title
    trees = tuple(each.tree for each in group.latest if each.tree)
    alone = group.first if len(group.rows) == 1 else None
    return Late(
        group.first.kind,
        title,
        len(group.rows),
        group.first.day,
        trees,
        alone.who if alone is not None else "",
        alone.place if alone is not None else None,
    )


def _meetings(books: Books, asked: Asked) -> Iterator[Late]:
    """The meetings missed since the fiscal year began, as one."""
    rows = duties.missed(books, ask(books).start, asked.trees, whole=asked.whole)
    if rows:
        names = ", ".join(f"{row.programme or BODIES[row.body]} {len(row.slots)}" for row in rows)
        many = sum(len(row.slots) for row in rows)
        oldest = min(row.slots[0].end for row in rows)
        yield Late(_MISSED, f"Réunions manquées : {names}", many, oldest, ())


def _advances(books: Books, asked: Asked, group: DueGroup) -> Late:
    """The advances not justified today: how many people hold them, and how much."""
    found = dashboard.late_advances(books, asked._replace(day=books.today))
    trees = tuple(each.tree for each in group.latest)
    title = f"Avances non justifiées, {found.people} agent{'s' if found.people > 1 else ''}"
    return Late("avance", title, len(group.rows), group.first.day, trees, amount=found.amount)
