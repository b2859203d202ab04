"""Who is the same person, who receives an entry's money (contract §5), and who may authorise it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from grandlivre.books.records import Account, Entry
from grandlivre.policy.loading import Policy
from grandlivre.policy.people import Power, same_name


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


def keeps_till(policy: Policy, who: str, till: Account, day: date) -> bool:
    """Whether a person keeps a till that day: declared with it, or by a mandate."""
    box = policy.tills.get(till.name)
    return (box is not None and who in box.keepers) or policy.holds_power(
        who, "tenue-caisse", day, till.name, till.number
    )


AUTHORISES: Power = "autorisation"
"""The power that authorises spending, waivers and what moves by decision alone."""


def authorisers(policy: Policy) -> list[str]:
    """Whoever holds or held the power to authorise, by identifier."""
    return sorted({mandate.person for mandate in policy.mandates if mandate.power == AUTHORISES})


def lacks_authority(
    policy: Policy, who: str, entry: Entry, amount: int, accounts: Iterable[Account], days: Iterable[date]
) -> str:
    """Why a person cannot authorise that amount on those accounts on each of those days, "" when they can."""
    if who not in policy.people:
        return f"« {who} » n'est pas une personne déclarée"
    held = [
        mandate
        for mandate in policy.mandates_of(who, AUTHORISES)
        if all(mandate.covers(account.name, account.number) for account in accounts)
    ]
    for day in days:
        valid = [mandate for mandate in held if mandate.on(day)]
        if not valid:
            return f"{policy.called(who)} n'a pas le pouvoir « autorisation » le {day:%d/%m/%Y}"
        if not any(mandate.allows(amount) for mandate in valid):
            ceiling = max(mandate.ceiling for mandate in valid if mandate.ceiling is not None)
            return f"le mandat de {policy.called(who)} s'arrête à {ceiling}"
    return f"{policy.called(who)} reçoit cet argent" if receives(policy, entry, who) else ""
