"""Women and men among the staff, the recruited, the bodies, the participants and the bodies that communities elect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from grandlivre.books.directives.governance import ActivityStep, CommunityBody
from grandlivre.books.index import Books
from grandlivre.policy.organisation import Parity
from grandlivre.policy.people import Person

Group = Literal["personnel", "recrutements", "organe", "participants", "communautes"]


class Share(NamedTuple):
    """How many women and men a group counts."""

    group: Group
    subject: str
    """An organ of the organisation, or a tree; "" for the whole organisation."""
    women: int
    men: int

    @property
    def total(self) -> int:
        """Both."""
        return self.women + self.men


def is_missed(share: Share, parity: Parity) -> bool:
    """Whether a group is further from the aim than the tolerance; nobody, or the split nearest to the aim, is not."""
    if not share.total:
        return False
    aimed = parity.aim * share.total / 100
    away = abs(share.women - aimed)
    return away > parity.tolerance * share.total / 100 and away >= 1


def shares(books: Books, day: date) -> tuple[Share, ...]:
    """Every group as it stands on a day; recruited and participants since the first day of its year."""
    return (
        _count("personnel", "", staff(books, day)),
        _count("recrutements", "", _recruited(books, day)),
        *(_count("organe", name, members) for name, members in _organs(books)),
        *_participants(books, day),
        *_communities(books, day),
    )


def elected(books: Books, day: date) -> tuple[CommunityBody, ...]:
    """Each community body as it was last elected on or before a day, by tree and identifier."""
    last: dict[tuple[str, str], CommunityBody] = {}
    for body in books.directives.communities:
        if body.date <= day:
            last[body.tree, body.id] = body
    return tuple(last[key] for key in sorted(last))


def _count(group: Group, subject: str, people: Iterable[Person]) -> Share:
    sexes = [person.sex for person in people]
    return Share(group, subject, sexes.count("f"), sexes.count("h"))


def staff(books: Books, day: date) -> Iterator[Person]:
    """Those in post on a day; who sits on the board is an elected organ, not staff."""
    for person in books.policy.people.values():
        if person.college != "bureau-executif" and any(
            post.start <= day and (post.end is None or day <= post.end) for post in person.posts
        ):
            yield person


def _recruited(books: Books, day: date) -> Iterator[Person]:
    """One a recruitment of the year: a person recruited twice counts twice."""
    for person in books.policy.people.values():
        for post in person.posts:
            if post.recruited and post.start.year == day.year and post.start <= day:
                yield person


def _organs(books: Books) -> Iterator[tuple[str, list[Person]]]:
    people = books.policy.people
    for name, body in books.policy.organisation.bodies.items():
        yield name, [people[who] for who in body.members if who in people]


def attended(books: Books, day: date) -> Iterator[ActivityStep]:
    """The activities that ended in the year, up to a day."""
    yield from (step for step in books.directives.activities if step.end.year == day.year and step.end <= day)


def _participants(books: Books, day: date) -> Iterator[Share]:
    """Those of each tree's activities of the year, each time they came."""
    return _by_tree("participants", attended(books, day))


def _communities(books: Books, day: date) -> Iterator[Share]:
    """Those who sit in the bodies that a tree's communities elected."""
    return _by_tree("communautes", elected(books, day))


def _by_tree(group: Group, counted: Iterable[ActivityStep | CommunityBody]) -> Iterator[Share]:
    found: dict[str, tuple[int, int]] = {}
    for each in counted:
        women, men = found.get(each.tree, (0, 0))
        found[each.tree] = women + each.women, men + each.men
    yield from (Share(group, tree, *found[tree]) for tree in sorted(found))
