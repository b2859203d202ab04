"""What an agency of the United Nations authorised and accepted, as its form came back: typed, never recomputed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from beancount.core import amount

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Place
from grandlivre.i18n import Money
from grandlivre.policy.periods import Period
from grandlivre.policy.values import exponent

_KEYS = ("autorise", "accepte", "demande", "autorise-suivant")


class AgencyFigures(NamedTuple):
    """The figures of one activity over one period; None where the agency has said nothing yet."""

    agreement: str
    period: str
    activity: str
    authorised: Money | None
    """A: what the form sent back authorised for the period."""
    accepted: Money | None
    """C: what the agency accepted of the expenses."""
    requested: Money | None
    """E: what is asked for the next period."""
    next_authorised: Money | None
    """F: what the agency authorised for it."""
    date: dt.date
    place: Place


def _agency(source: Source) -> AgencyFigures:
    agreement, period, activity = (value.strip() for value in source.values)
    if Period.parse(period) is None:
        source.say(f"La période « {period} » ne se lit pas : écrivez 2026-T1 ou 2026-03.")
    authorised, accepted, requested, following = (_money(source, key) for key in _KEYS)
    if (authorised, accepted, requested, following) == (None,) * len(_KEYS):
        source.say(f"Cette directive face ne dit aucun montant : ajoutez {', '.join(f'{key}:' for key in _KEYS)}.")
    return AgencyFigures(
        agreement, period, activity, authorised, accepted, requested, following, source.date, source.place
    )


def _money(source: Source, key: str) -> Money | None:
    """An amount of the metadata, in any currency; what is none is said."""
    value = source.entry.meta.get(key)
    if value is None:
        return None
    if not isinstance(value, amount.Amount) or value.number is None:
        source.say(f"« {key} » doit être un montant sans guillemets, par exemple {key}: 5000000 XOF.")
        return None
    if not source.once(key, value.number):
        return None
    places = exponent(value.currency)
    units = Decimal(value.number).scaleb(places)
    if units != units.to_integral_value():
        most = f"avec {places} décimales au plus" if places else "sans décimale"
        source.say(f"« {key} » vaut {value.number} {value.currency} : {value.currency} s'écrit {most}.")
    return Money(int(units), value.currency, places)


KINDS = (Kind("face", '"UNICEF-2025-07" "2026-T1" "A1.2"', (str, str, str), _agency),)
