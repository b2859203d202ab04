"""Who signs a donor's report: the director, and one person of the executive board whose mandate is valid that day."""

from __future__ import annotations

from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.table import Signature

_BODY = "bureau-executif"
_POWERS = ("signature-bancaire", "autorisation")


def donor_signatures(context: Context) -> tuple[Signature, ...]:
    """Directeur and Bureau exécutif."""
    return (officer(context, DIRECTOR), board(context))


def board(context: Context) -> Signature:
    """The first member of the executive board with a mandate at the period's end, else its first member."""
    policy, day = context.books.policy, context.period.end
    holders = [mandate.person for mandate in policy.mandates if mandate.power in _POWERS and mandate.on(day)]
    members = [key for key in holders if key in policy.people and policy.people[key].college == _BODY]
    members += [key for key in policy.organisation.members(_BODY) if key in policy.people]
    if not members:
        return Signature(context._("Bureau exécutif"))
    person = policy.people[members[0]]
    return Signature(context._(person.role or "Bureau exécutif"), person.name)
