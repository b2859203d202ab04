"""An asset that leaves: its directive says when and why, one entry takes its cost and its depreciation out of the accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from grandlivre.books.assets import Registered, register
from grandlivre.i18n import Money, did_you_mean
from grandlivre.i18n import day as shown
from grandlivre.policy.sycebnl import BOOK_VALUE_OF_INTANGIBLE, BOOK_VALUE_OF_TANGIBLE, INTANGIBLE
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.depreciation import wear_account
from grandlivre.tasks.desk import Desk, Pages
from grandlivre.tasks.entries import Value, transaction
from grandlivre.tasks.numbers import NextNumbers
from grandlivre.tasks.proposed import Batch, Draft, Leg, Proposed, insert

_SERIES = "OD"
"""What is sold is cashed by a voucher of its own."""


class Leaving(NamedTuple):
    """What takes an asset out: the entry, and what its directive says from then on."""

    batch: Batch
    asset: Registered
    left: date
    reason: str


def propose(desk: Desk, number: str, day: date | None, reason: str) -> Leaving:
    """The entry of an asset's exit; raises RefusedError where it cannot leave as asked."""
    each = _found(desk, number)
    draft = Draft(desk)
    left, why = _when(draft, each, day), reason.strip() or each.asset.reason
    if not why:
        raise RefusedError("Dites pourquoi : --motif vente, transfert, don, vol, perte ou rebut.")
    each = replace(each, asset=each.asset._replace(left=left))
    if booked := _booked(draft, each):
        draft.note(f"{each.asset.id} est déjà sortie des comptes : {', '.join(booked)}.")
        return Leaving(draft.done(), each, left, why)
    entry = _entry(draft, each, left, why)
    done = draft.done()
    return Leaving(Batch((entry,), done.openings, done.notes), each, left, why)


def _found(desk: Desk, number: str) -> Registered:
    assets = {each.asset.id: each for each in register(desk.books)}
    if number not in assets:
        raise RefusedError(f"L'immobilisation « {number} » n'est inscrite nulle part.{did_you_mean(number, assets)}")
    return assets[number]


def _booked(draft: Draft, each: Registered) -> tuple[str, ...]:
    """The vouchers that took it out, or that name it and credit its account while its directive does not say that it left."""
    account = each.asset.account
    named = [
        entry.named
        for entry in draft.books.carrying("immobilisation")
        if entry.text("immobilisation") == each.asset.id
        and any(m.account == account and m.value < 0 for m in entry.movements)
    ]
    return tuple(dict.fromkeys([*(one.entry.named for one in each.leaving), *named]))


def _when(draft: Draft, each: Registered, day: date | None) -> date:
    """The day it leaves: the one asked for, which its directive may not contradict."""
    asset = each.asset
    where = draft.at(asset.place)
    left = day or asset.left
    if left is None:
        raise RefusedError("Dites le jour de la sortie : --date AAAA-MM-JJ.")
    if asset.left is not None and left != asset.left:
        raise RefusedError(
            f"{where} : {asset.id} porte sortie: {asset.left.isoformat()} : corrigez l'un des deux jours."
        )
    since = max(asset.date, asset.in_service or asset.date)
    if left < since:
        raise RefusedError(f"{where} : {asset.id} est là depuis le {shown(since)} : elle ne peut pas sortir avant.")
    return left


def _entry(draft: Draft, each: Registered, left: date, why: str) -> Proposed:
    books, asset = draft.books, each.asset
    opened, words = draft.first_open(left)
    when, piece = NextNumbers(books, _SERIES, each.tree).next(opened)
    narration = f"Sortie, {why} : {asset.label or asset.id}"
    draft.require_open(when, each.tree, narration)
    values: dict[str, Value] = {"piece": piece, "immobilisation": asset.id, **words}
    if when != left:
        values["date-valeur"] = left
    legs = _legs(draft, each, left)
    currency = books.policy.currency
    text = transaction(when, "!", books.policy.organisation.acronym, narration, values, legs, currency)
    _explain(draft, each, left)
    said = f"{asset.id} : coût {Money(asset.cost)}, amortie de {Money(each.worn(left))}, valeur comptable {Money(each.net(left))}."
    return Proposed(each.tree, when, draft.desk.month_file(asset.account, when), piece, text, said, tuple(legs))


def _legs(draft: Draft, each: Registered, left: date) -> list[Leg]:
    asset = each.asset
    value = BOOK_VALUE_OF_INTANGIBLE if asset.account.is_(*INTANGIBLE) else BOOK_VALUE_OF_TANGIBLE
    legs: list[Leg] = []
    if each.worn(left):
        wear = wear_account(draft.books, each)
        legs.append((draft.account(each.tree, wear, left) if wear.isdigit() else wear, each.worn(left)))
    if each.net(left):
        legs.append((draft.account(each.tree, value, left), each.net(left)))
    return [*legs, (asset.account.name, -asset.cost)]


def _explain(draft: Draft, each: Registered, left: date) -> None:
    """What remains to be done by hand or by another command."""
    place = draft.at(each.asset.place)
    draft.note(f"{place} : la directive de {each.asset.id} dira sortie: {left.isoformat()} et son motif.")
    draft.note("L'écriture est en ! : joignez le procès-verbal de sortie (document:), puis mettez *.")
    draft.note(
        f'Un prix encaissé se passe à part, au crédit de 82, avec immobilisation: "{each.asset.id}" : le registre en dira la '
        "plus-value ou la moins-value."
    )
    if each.wears_out or each.asset.subsidised:
        draft.note(
            f"Passez ensuite ses amortissements jusqu'à ce jour, et le reste de sa subvention : grandlivre entries amortissements "
            f"--periode {left:%Y-%m} --bailleur {each.tree}."
        )


def write(desk: Desk, leaving: Leaving) -> tuple[str, ...]:
    """Writes the entry and what the directive says, all or none; returns the changed paths. Raises WriteError."""
    asset = leaving.asset.asset

    def edit(pages: Pages) -> None:
        pages.set(asset.place.file, asset.place.line, "sortie", leaving.left)
        pages.set(asset.place.file, asset.place.line, "motif-sortie", leaving.reason)
        insert(pages, leaving.batch)

    return desk.write("entries", edit)
