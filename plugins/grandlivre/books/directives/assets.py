"""Fixed assets, as their directive tells them: what, where, with whom, how long, and when they left."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from beancount.core import account as account_types
from beancount.core import amount

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Account, Place
from grandlivre.policy.sycebnl import ASSETS_HELD, EQUIPMENT_SUBSIDIES

FOLLOWED = ("lieu", "detenteur", "etat", "inventaire", "sortie", "motif-sortie")
"""What changes in an asset's life: written on its directive long after the month that bought it was closed."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_LIFE = re.compile(r"(\d{1,3})\s*(mois|ans?)")


class Asset(NamedTuple):
    """A fixed asset."""

    id: str
    account: Account
    cost: int
    date: dt.date
    in_service: dt.date | None
    life: int | None
    """Months it is depreciated over; None when the directive does not say, 0 when that does not read."""
    piece: str
    place: Place
    label: str = ""
    location: str = ""
    holder: str = ""
    """Who answers for it: the identifier of a person, or a name."""
    serial: str = ""
    condition: str = ""
    agreement: str = ""
    """The agreement it names (`convention`)."""
    inventoried: dt.date | None = None
    left: dt.date | None = None
    """The day it was sold, given away, lost or scrapped."""
    reason: str = ""
    subsidy: Account | None = None
    """The account of the investment subsidy that paid for it."""
    subsidised: int = 0
    """What that subsidy paid."""
    worn_before: int | None = None
    """What other books had depreciated before these; None: what the register reckons itself."""

    @property
    def pieces(self) -> tuple[str, ...]:
        """The vouchers that booked its cost."""
        return tuple(dict.fromkeys(self.piece.replace(",", " ").split()))


def _asset(source: Source) -> Asset:
    number, account, cost = source.values[0].strip(), source.account(source.values[1]), source.money(source.values[2])
    if account.number and not account.is_(*ASSETS_HELD):
        source.say(f"{account.name} n'est pas un compte d'immobilisation (20 à 27) : corrigez le compte de {number}.")
    if cost <= 0:
        source.say(f"Le coût de {number} doit être positif : écrivez ce que l'immobilisation a coûté.")
    subsidy, subsidised = _subsidy(source, account, cost)
    return Asset(
        number,
        account,
        cost,
        source.date,
        _service(source),
        _life(source),
        source.text("piece"),
        source.place,
        source.text("libelle"),
        source.text("lieu"),
        source.text("detenteur"),
        source.text("numero-de-serie"),
        source.text("etat"),
        source.text("convention"),
        source.day("inventaire"),
        _exit(source),
        source.text("motif-sortie"),
        subsidy,
        subsidised,
        _worn_before(source, cost),
    )


def _service(source: Source) -> dt.date | None:
    """The day it was put into service; one that nobody can have seen is refused."""
    day = source.day("mise-en-service")
    if day is None or _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return day
    source.say(f"La mise en service du {day.isoformat()} n'est pas croyable : corrigez l'année.")
    return None


def _worn_before(source: Source, cost: int) -> int | None:
    """What other books depreciated, between nothing and the cost."""
    worn = source.francs("amortissement-anterieur")
    if worn is not None and not 0 <= worn <= cost:
        source.say(f"« amortissement-anterieur » vaut {worn} pour un coût de {cost} : il va de 0 au coût.")
        return None
    return worn


def _life(source: Source) -> int | None:
    """« 36 mois », « 3 ans » in months; None when missing, 0 when said otherwise."""
    written = source.text("duree")
    if not written:
        return None
    match = _LIFE.fullmatch(written)
    months = int(match[1]) * (12 if match[2] != "mois" else 1) if match else 0
    if not months:
        source.say(f'« duree » vaut « {written} » : écrivez duree: "36 mois" ou duree: "3 ans".')
    return months


def _exit(source: Source) -> dt.date | None:
    """The day it left, with why; never before it was bought or put into service."""
    day, reason = source.day("sortie"), source.text("motif-sortie")
    if day is None:
        if reason and "sortie" not in source.entry.meta:
            source.say("« motif-sortie » est écrit sans « sortie » : écrivez sortie: et le jour, sans guillemets.")
        return None
    began = source.entry.meta.get("mise-en-service")
    since = max(source.date, began) if isinstance(began, dt.date) else source.date
    if day < since:
        what = "la mise en service" if since == began else "l'achat"
        source.say(f"La sortie du {day.isoformat()} précède {what} du {since.isoformat()} : corrigez l'une des deux.")
    if not reason:
        source.say(
            "« sortie » est écrit sans « motif-sortie » : dites pourquoi (vente, transfert, don, vol, perte, rebut)."
        )
    return day


def _subsidy(source: Source, account: Account, cost: int) -> tuple[Account | None, int]:
    """The account of the subsidy that paid for the asset, and what it paid: all of it when nothing is said."""
    name, part = source.text("subvention"), source.francs("subvention-montant")
    if not name:
        if part is not None:
            source.say("« subvention-montant » est écrit sans « subvention » : écrivez le compte 14 qui l'a reçue.")
        return None, 0
    found = source.account(name)
    if not found.is_(*EQUIPMENT_SUBSIDIES) or found.tree != account.tree:
        source.say(
            f"« subvention » vaut {name} : écrivez un compte 14 du projet {account.tree}, celui de la subvention reçue."
        )
        return None, 0
    paid = cost if part is None else part
    if not 0 < paid <= cost:
        source.say(f"« subvention-montant » vaut {paid} pour un coût de {cost} : elle n'a pas payé plus que le coût.")
    return found, max(0, min(paid, cost))


KINDS = (
    Kind(
        "immobilisation",
        '"IM-2026-001" Actif:…:2442-Informatique 850000 XOF',
        (str, account_types.TYPE, amount.Amount),
        _asset,
    ),
)
