"""What statements add up by columns is what they read entry by entry, on books drawn by chance where every bill may be disturbed.

The second reading is the same code over entries that each say they may be annotated: no column then stands for them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from grandlivre.books.index import Books
from grandlivre.statements.budget_year import budget_year
from grandlivre.statements.cash_basis import CashBasis, cash_basis
from grandlivre.statements.cash_sums import Alike, cash_sums
from grandlivre.statements.debts import Origin, debt_movements, debt_sums, debts_by_origin
from grandlivre.statements.figures import Span
from grandlivre.statements.minimal import minimal_income, shared_costs
from grandlivre.statements.uses import uses
from project_bed import donor, project

DONORS = donor("AAA", {"1": "cout-unitaire: 9 000 000 XOF", "2": "cout-unitaire: 900 000 XOF"}) | donor(
    "BBB", {"1": "cout-unitaire: 9 000 000 XOF"}, "fonds-affectes"
)
YEARS = (Span(date(2026, 1, 1), date(2026, 12, 31)), Span(date(2027, 1, 1), date(2027, 12, 31)))
CHARGES = ("Charges:{}:6011-Achats", "Charges:{}:6222-Loyer", "Actif:{}:2441-Materiel", "Actif:{}:4711-Divers")
DEBTS = ("Passif:{}:4011-Fournisseurs",) * 3 + ("Passif:{}:4812-Immobilisations", "Passif:{}:4211-Personnel")
MONEY = ("Actif:{}:5211-Banque", "Actif:{}:5711-Caisse", "Capitaux:{}:165-Fonds", "Produits:{}:758-Autres")
BILLS = ("F-1", "F 001", "F-2", "F-3", "F-4")
SHARED = """
2027-12-20 * "Part"
  reciproque: TRUE
  Charges:AAA:6222-Loyer  40 XOF
  Actif:AAA:5211-Banque  -40 XOF

2027-12-20 * "Part"
  reciproque: TRUE
  Actif:BBB:5211-Banque  40 XOF
  Produits:BBB:781-Transferts  -40 XOF

2027-12-21 * "Part que personne ne reçoit"
  reciproque: TRUE
  Charges:AAA:6222-Loyer  15 XOF
  Actif:AAA:5211-Banque  -15 XOF
"""
BESIDE = "Charges:{}:6318-Frais"


class Posted(NamedTuple):
    """An entry of two postings."""

    piece: str
    debit: str
    credit: str
    amount: int
    meta: dict[str, str]


class Drawn:
    """Books of so many entries: most are bills and their payments, some do what disturbs them."""

    def __init__(self, seed: int, entries: int = 90) -> None:
        self.chance = Random(seed)
        self.posted: list[Posted] = []
        self.odd = (0, 3, 25)[seed % 3]
        """How many in a hundred are odd."""
        self.owed: list[tuple[str, str, int]] = []
        """What the orderly are owed: their account, the bill, what is left."""
        months = sorted(self.chance.randrange(24) for _ in range(entries))
        self.text = "\n".join(self._entry(rank, month) for rank, month in enumerate(months, 1)) + SHARED

    def _entry(self, rank: int, month: int) -> str:
        draw, tree, year = self.chance, self.chance.choice(("AAA", "AAA", "BBB")), 2026 + month // 12
        charge, debt, money = (draw.choice(each).format(tree) for each in (CHARGES, DEBTS, MONEY))
        couples = [(charge, debt)] * 4 + [(debt, money)] * 4 + [(charge, money), (money, debt), (debt, charge)]
        couples.append((draw.choice(DEBTS).format(tree), debt))
        debit, credit = draw.choice(couples)
        amount, bill, who = draw.choice((100, 100, 250, 700)), draw.choice(BILLS), draw.choice(("Alpha", "Beta", ""))
        if draw.random() < 0.6:
            debit, credit, amount, bill = self._orderly(charge, debt, money, amount, f"G-{rank}")
            who = f"Gamma {bill}"
        meta = {"facture": bill, "ligne": draw.choice("123")}
        own = Posted(f"OD-{tree}-{year}-{rank:04d}", debit, credit, amount, meta)
        legs = f"  {debit}  {own.amount} XOF\n  {credit}  {-own.amount} XOF\n"
        if draw.randrange(100) < self.odd:
            legs = self._oddly(own, BESIDE.format(tree))
        else:
            self.posted.append(own)
        said = "".join(f'  {key}: "{value}"\n' for key, value in meta.items()).replace('"TRUE"', "TRUE")
        return f'{year}-{month % 12 + 1:02d}-15 * "{who}" "Opération {rank}"\n  piece: "{own.piece}"\n{said}{legs}'

    def _orderly(self, charge: str, debt: str, money: str, amount: int, bill: str) -> tuple[str, str, int, str]:
        """A new bill, more on one that is owed, or a payment of it."""
        if self.owed and self.chance.random() < 0.7:
            debt, bill, left = self.owed.pop(self.chance.randrange(len(self.owed)))
            if self.chance.random() < 0.2:
                self.owed.append((debt, bill, left + amount))
                return charge.replace("AAA", debt.split(":")[1]).replace("BBB", debt.split(":")[1]), debt, amount, bill
            amount = min(amount, left)
            if left > amount:
                self.owed.append((debt, bill, left - amount))
            return debt, money.replace("AAA", debt.split(":")[1]).replace("BBB", debt.split(":")[1]), amount, bill
        self.owed.append((debt, bill, amount))
        return charge, debt, amount, bill

    def _oddly(self, own: Posted, beside: str) -> str:
        """The postings of an entry unlike the others; its keys are changed."""
        _, debit, credit, amount, meta = own
        how = self.chance.choice(("unnamed", "noted", "three", "storno", "storno", "opening", "shared"))
        if how == "unnamed":
            del meta["facture"]
        elif how == "noted":
            return f'  {debit}  {amount} XOF\n    facture: "F-2"\n  {credit}  {-amount} XOF\n'
        elif how == "three":
            return f"  {debit}  {amount} XOF\n  {beside}  10 XOF\n  {credit}  {-amount - 10} XOF\n"
        elif how == "storno" and self.posted:
            piece, debit, credit, back, told = self.chance.choice(self.posted)
            meta |= told | {"ecriture": "extourne", "annule": piece}
            amount = -back
        elif how == "opening":
            meta["ecriture"] = "a-nouveau"
        elif how == "shared":
            meta["reciproque"] = "TRUE"
        return f"  {debit}  {amount} XOF\n  {credit}  {-amount} XOF\n"


@pytest.fixture(scope="module", params=range(24))
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Books:
    return project(tmp_path_factory.mktemp("drawn"), Drawn(request.param).text, DONORS)


def one_by_one(books: Books) -> Books:
    """The same books without a column to ask."""
    return replace(books, shapes=tuple(replace(shape, annotated=True) for shape in books.shapes), _memo={})


def summed(basis: CashBasis) -> dict[object, int]:
    """What each part of a year did, by account."""
    found: Counter[object] = Counter()
    for part, flows in enumerate(basis.parts):
        for each in flows:
            kept = (each.side, each.treasury) if not part else ()
            found[part, each.movement.account, each.account, *kept] += each.amount
    return {key: amount for key, amount in found.items() if amount}


def test_a_year_added_up_is_that_of_its_entries(books: Books) -> None:
    for year in YEARS:
        assert summed(cash_sums(books, year)) == summed(cash_basis(books, year))
        assert len(cash_sums(one_by_one(books), year).flows) == len(cash_basis(books, year).flows)


def test_statements_without_columns_are_the_same(books: Books) -> None:
    slow = one_by_one(books)
    assert debt_movements(books) == debt_movements(slow)
    for year in YEARS:
        assert debts_by_origin(books, year) == debts_by_origin(slow, year)
        assert shared_costs(books, year) == shared_costs(slow, year) == (40 if year is YEARS[1] else 0)
        for tree in ("", "AAA", "BBB"):
            assert minimal_income(books, year.end, tree) == minimal_income(slow, year.end, tree)
        for trees in (("AAA",), ("AAA", "BBB")):
            assert uses(books, year.end, trees) == uses(slow, year.end, trees)
            assert budget_year(books, year.end, trees) == budget_year(slow, year.end, trees)


def test_what_a_debt_did_is_added_up_by_its_movements(books: Books) -> None:
    for year in YEARS:
        found: Counter[tuple[str, Origin]] = Counter()
        for each in debt_movements(books):
            if each.date <= year.end:
                found[each.account.name, each.origin] += each.amount
        sums = [each for own in debt_sums(books, year).values() for each in own]
        assert {(each.account.name, each.origin): each.before + (each.within or 0) for each in sums} == found


def test_drawn_books_hold_what_is_added_up_and_what_is_not(books: Books) -> None:
    """Else the comparison would prove nothing."""
    alike = Alike(books)
    assert any(value > 0 for rows in alike.rows if rows.bills for value in rows.values)
    assert alike.others


NOBODY_S = """
2026-01-05 * "" "Dû sans nom ni numéro"
  Charges:AAA:6011-Achats  100 XOF
  Passif:AAA:4011-Fournisseurs  -100 XOF

2026-02-05 * "Alpha" "Paie un numéro que personne n'a facturé : la dette sans nom"
  facture: "F-9"
  Passif:AAA:4011-Fournisseurs  100 XOF
  Actif:AAA:5211-Banque  -100 XOF

2026-03-05 * "" "Paie sans nom ni numéro : il ne reste rien de dû"
  Passif:AAA:4011-Fournisseurs  100 XOF
  Actif:AAA:5711-Caisse  -100 XOF
"""


def test_a_debt_of_nobody_is_anybody_s(tmp_path: Path) -> None:
    books = project(tmp_path, NOBODY_S, DONORS)
    assert summed(cash_sums(books, YEARS[0])) == summed(cash_basis(books, YEARS[0]))
    assert {flow.account.number: flow.amount for flow in cash_sums(books, YEARS[0]).flows} == {
        "6011": -100,
        "4011": -100,
    }
