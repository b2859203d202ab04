"""Each condition on sums and series is met by what may change a finding, and not by what may not: numbers reckoned by hand."""

from __future__ import annotations

from datetime import date

from grandlivre.books.bounds import floor_of
from grandlivre.guards.bills import Bill, Bills, Marks
from grandlivre.guards.budgets import (
    Activities,
    BudgetRoom,
    Budgets,
    EarlySpan,
    LineRoom,
    LinesAllowed,
    LineSums,
    OutOfDays,
    PaidAfter,
    Spending,
    SpentMonths,
    Unheld,
)
from grandlivre.guards.change import Change, PlainEntry, PlainMovement
from grandlivre.guards.reading import Agreed, Charging
from grandlivre.guards.series import LastNumber, LastNumbers, Run, Series
from grandlivre.guards.sums import (
    Altered,
    CashSpent,
    Counted,
    Course,
    EqualTree,
    Equation,
    InTrees,
    NamesOf,
    Side,
    Sides,
    Standing,
    Stated,
    Ticked,
    Transit,
)

FIRST, LAST = date.min, date.max
BANK, TILL, COST, FUND = "Actif:EAU:5211-B", "Actif:EAU:5711-C", "Charges:EAU:6047-F", "Passif:EAU:462-F"
TRANSIT, PAY = "Actif:EAU:585-V", "Passif:EAU:4221-S"
CHARGING = Charging((Agreed("EAU", "A", date(2026, 1, 1), date(2026, 12, 31)),), ("6",), ("2",), ("81", "82"), ("68",))


def at(month: int, day: int) -> date:
    return date(2026, month, day)


def entry(
    day: date, number: int, *moved: tuple[str, int], series: str = "BQ", payee: str = "X", **keys: str
) -> PlainEntry:
    told = {
        "piece": f"sBQ-EAU-2026-{number:04d}".replace("BQ", series),
        **{k.replace("_", "-"): f"s{v}" for k, v in keys.items()},
    }
    return PlainEntry(day, payee, "Libellé", "", "", told, tuple(PlainMovement(name, amount) for name, amount in moved))


def spent(day: date, number: int, amount: int, out: str = BANK, **keys: str) -> PlainEntry:
    return entry(day, number, (COST, amount), (out, -amount), **keys)


def come(*entries: PlainEntry) -> Change:
    return Change((), entries)


def test_a_balance_stays_within_its_bounds() -> None:
    days = [(FIRST, 0), (at(1, 5), 100), (at(1, 10), 40), (at(1, 20), 70)]
    evenings = Course(BANK, floor_of(days), (), True)
    assert not evenings.is_met(come(spent(at(1, 25), 1, 70)))
    assert evenings.is_met(come(spent(at(1, 25), 1, 71)))
    assert not evenings.is_met(come(spent(at(1, 7), 1, 40)))  # the evening of the 10th keeps nothing
    assert evenings.is_met(come(spent(at(1, 7), 1, 41)))
    assert evenings.is_met(come(spent(at(1, 4), 1, 1)))  # nothing was there yet
    moved = Change((spent(at(1, 7), 1, 50),), (spent(at(1, 25), 1, 50),))
    assert not evenings.is_met(moved)
    assert not evenings.is_met(come(entry(at(1, 1), 1, (COST, 5), (FUND, -5))))


def test_a_balance_that_is_beyond_its_bounds_is_told_again() -> None:
    below = Course(BANK, floor_of([(FIRST, 0), (at(1, 5), -10), (at(1, 9), 60)]), (), True)
    assert below.is_met(come(entry(at(1, 5), 1, (BANK, 30), (FUND, -30))))
    assert not below.is_met(come(spent(at(1, 20), 1, 60)))


def test_the_order_within_a_day_of_a_till_is_not_known() -> None:
    low, high = (
        floor_of([(FIRST, -1), (at(1, 5), 50), (at(1, 6), 30)]),
        floor_of([(FIRST, -1), (at(1, 5), 20), (at(1, 6), 40)]),
    )
    till = Course(TILL, low, high, False)
    assert not till.is_met(come(spent(at(1, 6), 1, 30, TILL)))
    assert till.is_met(come(spent(at(1, 6), 1, 31, TILL)))
    assert till.is_met(come(entry(at(1, 7), 1, (TILL, 41), (TRANSIT, -41)), spent(at(1, 7), 2, 41, TILL)))
    same = Change((spent(at(1, 6), 1, 900, TILL),), (spent(at(1, 6), 1, 930, TILL),))
    assert same.gone[0] != same.come[0]
    assert not till.is_met(same)


def test_what_a_till_pays_on_a_day() -> None:
    paid = CashSpent(TILL, 25, 30, frozenset({at(1, 9)}))
    assert not paid.is_met(come(spent(at(1, 6), 1, 25, TILL)))
    assert paid.is_met(come(spent(at(1, 6), 1, 26, TILL)))
    assert paid.is_met(come(spent(at(1, 6), 1, 16, TILL), spent(at(1, 6), 2, 15, TILL)))
    assert paid.is_met(come(spent(at(1, 9), 1, 1, TILL)))


def test_a_transfer_that_is_even_on_a_settled_day() -> None:
    transit = Transit(TRANSIT, ((at(2, 3), at(2, 8)),), frozenset({"BQ-EAU-2026-0009"}))
    both = (entry(at(1, 6), 1, (TRANSIT, 50), (BANK, -50)), entry(at(1, 6), 1, (TILL, 50), (TRANSIT, -50), series="CS"))
    assert not transit.is_met(come(*both))
    assert transit.is_met(come(both[0]))
    assert transit.is_met(come(*(each._replace(date=at(2, 5)) for each in both)))
    assert transit.is_met(come(*(each._replace(keys={"piece": "sBQ-EAU-2026-0009"}) for each in both)))


def test_a_count_takes_in_what_comes_before_it() -> None:
    months = tuple((2026 * 12 + month, count) for month, count in ((1, 3), (2, 1), (3, 2)))
    till = Counted(TILL, at(3, 31), (at(3, 31), 7), frozenset({"CS-EAU-2026-0007"}), months)
    assert not till.is_met(come(spent(at(4, 1), 8, 10, TILL, series="CS")))
    assert not till.is_met(come(spent(at(3, 31), 8, 10, TILL, series="CS")))
    assert till.is_met(come(spent(at(3, 31), 6, 10, TILL, series="CS")))
    assert till.is_met(come(spent(at(3, 1), 6, 10, TILL, series="CS")))
    label = Change(
        (spent(at(2, 1), 5, 10, TILL, series="CS"),), (spent(at(2, 1), 5, 10, TILL, series="CS", payee="Y"),)
    )
    assert not till.is_met(label)
    idle = Counted(TILL, FIRST, None, frozenset(), ((2026 * 12 + 1, 1), (2026 * 12 + 2, 0)))
    assert idle.is_met(come(spent(at(1, 3), 1, 10, TILL)))  # February holds something else
    assert idle.is_met(come(spent(at(2, 3), 1, 10, TILL)))
    assert not idle.is_met(come(spent(at(3, 3), 1, 10, TILL)))


def test_the_equation_of_months_that_are_over() -> None:
    sides = Sides(("5", "169"), ("462",), ("4",), frozenset(), ("6",), ("68",), ("7",))
    equal = Equation(at(10, 31), sides, (EqualTree("EAU", FIRST, ("462",)),))
    assert not equal.is_met(come(spent(at(11, 3), 1, 10)))
    assert equal.is_met(come(spent(at(10, 3), 1, 10)))
    assert not equal.is_met(come(entry(at(10, 3), 1, (TILL, 10), (BANK, -10))))
    assert equal.is_met(come(entry(at(10, 3), 1, (BANK, 10), (FUND, -10))))  # the funds may be in debit
    assert not equal.is_met(Change((spent(at(10, 3), 1, 10),), (spent(at(10, 9), 1, 10),)))
    assert equal.is_met(Change((spent(at(9, 3), 1, 10),), (spent(at(10, 9), 1, 10),)))
    told = equal._replace(trees=(EqualTree("EAU", at(10, 31), ("462",)),))
    assert told.is_met(come(entry(at(10, 3), 1, (COST, 10), ("Produits:EAU:702-Q", -10))))
    assert not told.is_met(come(entry(at(10, 3), 1, (TILL, 10), (BANK, -10))))
    assert InTrees(frozenset({"EAU"}), ("6",), at(10, 31)).is_met(come(spent(at(10, 3), 1, 10)))
    assert not InTrees(frozenset({"EAU"}), ("6",), at(10, 31)).is_met(come(spent(at(11, 3), 1, 10)))


def budgets(told: bool = False, awards: tuple[tuple[str, str], ...] = ()) -> Budgets:
    lines = (LineRoom("1.1", "1", 100, told), LineRoom("1.2", "1", 500, told), LineRoom("2.1", "2", 500, False))
    room = BudgetRoom("A", lines, (("1", 300),), 600, awards, frozenset({"BQ-EAU-2026-0099"}))
    return Budgets(CHARGING, (room,), frozenset({"BQ-EAU-2026-0098"}))


def test_what_a_line_a_heading_and_a_total_may_still_bear() -> None:
    assert not budgets().is_met(come(spent(at(2, 1), 1, 100, ligne="1.1")))
    assert budgets().is_met(come(spent(at(2, 1), 1, 101, ligne="1.1")))
    assert budgets().is_met(come(spent(at(2, 1), 1, 301, ligne="1.2")))
    assert budgets().is_met(come(spent(at(2, 1), 1, 300, ligne="1.2"), spent(at(2, 2), 2, 301, ligne="2.1")))
    assert not budgets().is_met(come(spent(at(2, 1), 1, 900, ligne="9.9")))
    changed = Change((spent(at(2, 1), 1, 900, ligne="1.1"),), (spent(at(2, 1), 1, 1000, ligne="1.1"),))
    assert not budgets().is_met(changed)
    assert budgets().is_met(come(spent(at(2, 1), 99, 1, ligne="2.1")))
    assert budgets().is_met(come(spent(at(2, 1), 98, 1, ligne="2.1")))


def test_a_budget_of_which_something_is_said() -> None:
    assert budgets(told=True).is_met(come(spent(at(2, 1), 1, 1, ligne="1.2")))
    assert not budgets(told=True).is_met(come(spent(at(2, 1), 1, 1, ligne="2.1")))
    label = Change((spent(at(2, 1), 1, 1, ligne="1.2"),), (spent(at(2, 1), 1, 1, ligne="1.2", payee="Y"),))
    assert not budgets(told=True).is_met(label)
    assert budgets(told=True, awards=(("M-1", "1.1"),)).is_met(come(spent(at(2, 1), 1, 1, ligne="2.1", marche="M-1")))


def test_charges_on_days_that_somebody_looks_at() -> None:
    early = Spending(CHARGING, (EarlySpan("A", at(1, 1), at(1, 14)),))
    assert early.is_met(come(spent(at(1, 14), 1, 10)))
    assert not early.is_met(come(spent(at(1, 15), 1, 10)))
    sums = LineSums(CHARGING, (("A", at(9, 30)),))
    assert sums.is_met(come(spent(at(9, 30), 1, 10, ligne="1")))
    assert not sums.is_met(come(spent(at(10, 1), 1, 10, ligne="1")))
    assert not sums.is_met(Change((spent(at(9, 3), 1, 10, ligne="1"),), (spent(at(9, 8), 1, 10, ligne="1"),)))
    months = SpentMonths(CHARGING, (("A", 2026 * 12 + 3, 1),))
    assert not months.is_met(come(spent(at(3, 3), 1, 10)))
    assert months.is_met(come(spent(at(4, 3), 1, 10)))
    assert months.is_met(Change((spent(at(3, 3), 1, 10),), ()))


def test_lines_activities_and_days_of_agreements() -> None:
    allowed = (("A", at(1, 1), "1", ("604",)), ("A", at(7, 1), "1", ("605",)), ("A", at(7, 1), "2", ()))
    lines = LinesAllowed(CHARGING, frozenset({"A"}), allowed)
    assert not lines.is_met(come(spent(at(6, 30), 1, 10, ligne="1")))
    assert lines.is_met(come(spent(at(7, 1), 1, 10, ligne="1")))
    assert not lines.is_met(come(spent(at(7, 1), 1, 10, ligne="2")))
    assert lines.is_met(come(spent(at(6, 30), 1, 10)))
    paid = Activities(CHARGING, (("EAU", "A1", 2), ("EAU", "A2", 0)))
    assert not paid.is_met(come(spent(at(6, 3), 1, 10, activite="A1")))
    assert paid.is_met(come(spent(at(6, 3), 1, 10, activite="A2")))
    assert not paid.is_met(Change((spent(at(6, 3), 1, 10, activite="A1"),), ()))
    unheld = Unheld(CHARGING, frozenset({"A"}), frozenset({("EAU", "A1")}), frozenset({("EAU", "1")}))
    assert not unheld.is_met(come(spent(at(6, 3), 1, 10, activite="A1", ligne="1")))
    assert unheld.is_met(come(spent(at(6, 3), 1, 10, activite="A9", ligne="1")))
    assert unheld.is_met(come(spent(at(6, 3), 1, 10, ligne="1")))
    assert not unheld.is_met(come(spent(at(6, 3), 1, 10, ligne="2")))
    days = OutOfDays(CHARGING, frozenset({"EAU"}), frozenset())
    assert not days.is_met(come(spent(at(12, 31), 1, 10)))
    assert days.is_met(come(spent(date(2027, 1, 1), 1, 10)))
    assert PaidAfter(("401",), (("EAU", at(6, 30)),)).is_met(
        come(entry(at(7, 1), 1, ("Passif:EAU:401-F", 5), (BANK, -5)))
    )
    assert not PaidAfter(("401",), (("EAU", at(6, 30)),)).is_met(
        come(entry(at(6, 30), 1, ("Passif:EAU:401-F", 5), (BANK, -5)))
    )


def test_what_a_statement_compares() -> None:
    bank = Stated(BANK, at(1, 2), at(3, 31), "2026-03", "2026-01", frozenset({"2026-03"}), ("2026-01", "2026-05"))
    assert not bank.is_met(come(spent(at(4, 1), 1, 10)))
    assert not bank.is_met(come(spent(at(4, 1), 1, 10, pointage="2026-04")))
    assert bank.is_met(come(spent(at(4, 1), 1, 10, pointage="2026-03")))
    assert bank.is_met(come(spent(at(4, 1), 1, 10, pointage="2026-06")))
    assert bank.is_met(come(spent(at(4, 1), 1, 10, pointage="avril")))
    assert bank.is_met(come(spent(at(3, 31), 1, 10)))
    assert not bank.is_met(Change((spent(at(3, 1), 1, 10),), (spent(at(3, 1), 1, 10, payee="Y"),)))
    assert bank.is_met(Change((spent(at(3, 1), 1, 10),), (spent(at(3, 1), 1, 10, pointage="2026-03"),)))
    shown = Ticked(BANK, "2026-03")
    assert shown.is_met(come(spent(at(3, 1), 1, 10, pointage="2026-03")))
    assert not shown.is_met(come(spent(at(3, 1), 1, 10)))
    assert not shown.is_met(
        Change((spent(at(3, 1), 1, 10, pointage="2026-03"),), (spent(at(3, 2), 2, 10, pointage="2026-03"),))
    )


def test_the_side_and_the_age_of_a_balance() -> None:
    pay = Standing(PAY, at(11, 29), -100, at(11, 1), Side(0, LAST), Side(120, at(10, 31)), False)
    assert not pay.is_met(come(entry(at(11, 5), 1, (PAY, 100), (BANK, -100))))
    assert pay.is_met(come(entry(at(11, 5), 1, (PAY, 101), (BANK, -101))))
    assert not pay.is_met(come(entry(at(11, 5), 1, (COST, 500), (PAY, -500))))
    assert pay.is_met(come(entry(at(10, 5), 1, (COST, 21), (PAY, -21))))
    assert not pay.is_met(come(entry(at(10, 5), 1, (COST, 20), (PAY, -20))))
    assert pay.is_met(Change((entry(at(11, 5), 1, (PAY, 21), (BANK, -21)),), ()))
    assert not pay.is_met(come(entry(at(11, 30), 1, (PAY, 900), (BANK, -900))))
    assert pay._replace(told=True).is_met(come(entry(at(11, 5), 1, (PAY, 1), (BANK, -1))))
    assert Altered(("422",)).is_met(come(entry(at(11, 5), 1, (PAY, 1), (BANK, -1))))
    assert not Altered(("422",)).is_met(come(spent(at(11, 5), 1, 1)))


def test_who_is_the_same_supplier() -> None:
    names = NamesOf(
        frozenset({"N1\0Sahel", "\0Sahel"}), frozenset({"\0Sahel"}), frozenset({"sahel"}), frozenset({"N1"})
    )
    assert not names.is_met(come(spent(at(1, 5), 1, 1, payee="Sahel", nif="N1")))
    assert names.is_met(come(spent(at(1, 5), 1, 1, payee="Sahel", nif="N2")))
    assert names.is_met(come(spent(at(1, 5), 1, 1, payee="SAHEL")))
    assert names.is_met(come(spent(at(1, 5), 1, 1, payee="Autre", nif="N 1")))
    assert not names.is_met(come(spent(at(1, 5), 1, 1, payee="Autre")))
    assert names.is_met(Change((spent(at(1, 5), 1, 1, payee="Sahel"),), ()))


def test_vouchers_that_go_on_from_the_last() -> None:
    bq, years = Run("BQ-EAU-2026", 7, at(6, 9)), ((at(1, 1), at(12, 31)),)
    series = Series((bq,), frozenset({"OD-EAU-2026"}), (("52", "BQ"), ("57", "CS")), years)
    assert not series.is_met(come(spent(at(6, 9), 8, 1), spent(at(6, 10), 9, 1)))
    assert series.is_met(come(spent(at(6, 8), 8, 1)))
    assert series.is_met(come(spent(at(6, 9), 9, 1)))
    assert series.is_met(come(spent(at(6, 9), 8, 1, TILL)))
    assert series.is_met(come(spent(date(2027, 1, 5), 8, 1)))
    assert not series.is_met(come(spent(at(6, 9), 1, 1, TILL, series="CS")))
    assert not series.is_met(Change((spent(at(6, 9), 7, 1),), ()))
    assert series.is_met(Change((spent(at(5, 9), 3, 1),), ()))
    assert not series.is_met(Change((spent(at(5, 9), 3, 1),), (spent(at(5, 9), 3, 2),)))
    assert series.is_met(Change((spent(at(5, 9), 3, 1),), (spent(at(5, 8), 3, 1),)))
    assert series.is_met(come(entry(at(6, 9), 1, (COST, 1), (FUND, -1), series="OD")))


def test_the_number_that_a_closing_knew() -> None:
    known = LastNumbers((LastNumber("BQ-EAU-2026", 5, 9), LastNumber("CS-EAU-2026", 0, 3)))
    assert known.is_met(Change((spent(at(6, 9), 5, 1),), ()))
    assert not known.is_met(Change((spent(at(6, 9), 5, 1),), (spent(at(6, 9), 5, 2),)))
    assert not known.is_met(Change((spent(at(6, 9), 9, 1),), ()))
    assert known.is_met(come(spent(at(6, 9), 4, 1, TILL, series="CS")))
    assert not known.is_met(come(spent(at(6, 9), 3, 1, TILL, series="CS")))


def test_an_entry_that_takes_out_of_a_till_and_puts_back() -> None:
    till = Course(TILL, floor_of([(FIRST, -1), (at(1, 5), 50), (at(1, 6), 30)]), (), False)
    assert till.is_met(come(entry(at(1, 6), 1, (TILL, -31), (TILL, 31))))
    assert not till.is_met(come(entry(at(1, 6), 1, (TILL, -30), (TILL, 30))))


def owed(month: int, day: int, number: int, amount: int, invoice: str, payee: str = "Sahel") -> PlainEntry:
    return entry(
        at(month, day), number, (COST, amount), ("Passif:EAU:401-F", -amount), series="OD", payee=payee, facture=invoice
    )


def paid(month: int, day: int, number: int, amount: int, invoice: str, payee: str = "Sahel") -> PlainEntry:
    return entry(at(month, day), number, ("Passif:EAU:401-F", amount), (BANK, -amount), payee=payee, facture=invoice)


def test_bills_of_suppliers() -> None:
    open_ = (Bill("EAU", frozenset({"\0Sahel"}), frozenset({"F-1"}), 100),)
    taken = Marks.of({("EAU", "f-1"), ("EAU", "f-7")})
    bills = Bills(("401",), at(10, 1), open_, frozenset({"EAU\0\0Impair"}), taken)
    assert not bills.is_met(come(paid(11, 3, 1, 100, "F-1")))
    assert bills.is_met(come(paid(11, 3, 1, 101, "F-1")))
    assert not bills.is_met(come(paid(11, 3, 1, 130, "F-1"), owed(11, 2, 1, 30, "F-1")))
    assert not bills.is_met(come(owed(11, 2, 1, 30, "F-2")))
    assert not bills.is_met(come(owed(11, 2, 1, 30, "F-2"), paid(11, 3, 1, 30, "F-2")))
    assert bills.is_met(come(owed(11, 2, 1, 30, "F-2"), paid(11, 3, 1, 31, "F-2")))
    assert bills.is_met(come(owed(9, 30, 1, 30, "F-2")))  # it is late already
    assert bills.is_met(come(owed(11, 2, 1, 30, "Facture F 07")))  # the number of another one
    assert bills.is_met(come(paid(11, 3, 1, 1, "F-9")))
    assert bills.is_met(come(paid(11, 3, 1, 1, "")))
    assert bills.is_met(come(owed(11, 2, 1, 30, "F-3", "Impair")))
    assert bills.is_met(Change((paid(11, 3, 1, 30, "F-7"),), ()))
    assert not bills.is_met(Change((paid(11, 3, 1, 30, "F-1"),), (paid(11, 3, 1, 130, "F-1"),)))
