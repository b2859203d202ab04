"""Who is the same person, and who receives an entry's money (contract §5)."""

from __future__ import annotations

from grandlivre.books.records import Entry
from grandlivre.policy.loading import Policy
from grandlivre.policy.people import same_name


def same_person(policy: Policy, one: str, other: str) -> bool:
    """Whether two texts (identifiers or names) are one person: same id, or same name unless one is declared a namesake."""
    if one == other:
        return True
    first, second = policy.people.get(one), policy.people.get(other)
    if first and second and (first.namesake or second.namesake):
        return False
    name = same_name(first.name if first else one)
    return bool(name) and name == same_name(second.name if second else other)


def person_key(policy: Policy, text: str) -> str:
    """One key for every text that means the same person or supplier, for sums and lookups."""
    person = policy.people.get(text)
    if person is None:
        return same_name(text)
    return f"id:{text}" if person.namesake else same_name(person.name)


def receives(policy: Policy, entry: Entry, who: str) -> bool:
    """Whether a person receives the entry's money, as payee or as `beneficiaire` of the entry or of a posting."""
    written = {entry.text("beneficiaire", movement) for movement in entry.movements}
    written |= {entry.payee, entry.text("beneficiaire")}
    return any(same_person(policy, who, text) for text in written - {""})
