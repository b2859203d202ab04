"""Statement lines against book movements: what is ticked, what is left to a person, what is outstanding."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count

import pytest

from grandlivre.importers.statement import StatementLine
from grandlivre.matching import BookMovement, Evidence, Match, Matching, Reason, match

MARCH = date(2026, 3, 1)


def day(number: int) -> date:
    return MARCH + timedelta(days=number - 1)


def line(
    row: int, at: int, amount: int, text: str, reference: str | None = None, nature: str | None = None
) -> StatementLine:
    return StatementLine(row, day(at), None, amount, text, reference, None, nature)


def booked(key: str, at: int, amount: int, payee: str = "", **more: str | bool) -> BookMovement:
    return BookMovement(key, day(at), amount, payee=payee, voucher=key, **more)  # type: ignore[arg-type]


def ticks(matching: Matching) -> list[tuple[list[int], list[str], Evidence]]:
    return [([x.row for x in t.lines], [x.key for x in t.movements], t.evidence) for t in matching.certain]


def waiting(matching: Matching) -> list[str]:
    return [each.movement.key for each in matching.outstanding]


def rows(matching: Matching) -> list[int]:
    return [each.row for each in matching.unmatched]


def options(matching: Matching) -> list[tuple[Reason, list[tuple[list[int], list[str]]]]]:
    return [
        (choice.reason, [([x.row for x in t.lines], [x.key for x in t.movements]) for t in choice.options])
        for choice in matching.choices
    ]


def test_ownand_amount_win_over_days_and_words() -> None:
    found = match(
        [line(1, 20, -75_000, "CHQ 0012331 PRESENTE"), line(2, 20, -75_000, "CHQ N° 12332")],
        [
            booked("A", 1, -75_000, "Faso Papeterie", cheque="0012332"),
            booked("B", -60, -75_000, "Sahel Carburants", cheque="0012331"),
            booked("C", 19, -75_000, "Presente SARL"),
        ],
    )
    assert ticks(found) == [([1], ["B"], Evidence.NUMBER), ([2], ["A"], Evidence.NUMBER)]
    assert waiting(found) == ["C"]


def test_transfer_orders_match_by_reference() -> None:
    found = match(
        [line(1, 4, -500_000, "VIR EMIS", "OV-2026-0045"), line(2, 4, -500_000, "VIR OV 2026-0046 FOURNISSEUR")],
        [
            booked("A", 3, -500_000, "X", transfer="OV-2026-0046"),
            booked("B", 3, -500_000, "Y", transfer="OV-2026-0045"),
        ],
    )
    assert ticks(found) == [([1], ["B"], Evidence.NUMBER), ([2], ["A"], Evidence.NUMBER)]


def test_payee_words_tell_equal_amounts_apart_even_cut_short_by_the_bank() -> None:
    found = match(
        [line(1, 5, -50_000, "VIR SAHEL CARBURA"), line(2, 5, -50_000, "VIR FASO PAPETER")],
        [booked("A", 4, -50_000, "Faso Papéterie"), booked("B", 4, -50_000, "Sahel Carburants")],
    )
    assert ticks(found) == [([1], ["B"], Evidence.PAYEE), ([2], ["A"], Evidence.PAYEE)]


def test_a_lone_amount_within_the_days_is_certain_and_outside_is_not() -> None:
    movements = [booked("A", 3, -61_500, "Hydro Services")]
    assert ticks(match([line(1, 10, -61_500, "CHEQUE")], movements)) == [([1], ["A"], Evidence.AMOUNT)]
    late = match([line(1, 11, -61_500, "CHEQUE")], movements)
    assert (waiting(late), rows(late)) == (["A"], [1])
    assert ticks(match([line(1, 11, -61_500, "CHEQUE")], movements, window_days=8)) == [([1], ["A"], Evidence.AMOUNT)]


def test_the_value_date_counts_too() -> None:
    seen = line(1, 15, -61_500, "CHEQUE")._replace(value_date=day(9))
    assert ticks(match([seen], [booked("A", 3, -61_500)])) == [([1], ["A"], Evidence.AMOUNT)]


def test_a_lone_amount_that_names_another_payee_is_left_to_a_person() -> None:
    found = match(
        [line(1, 5, -50_000, "VIR FASO PAPETERIE")],
        [booked("A", 4, -50_000, "Sahel Carburants"), booked("B", 4, -12_000, "Faso Papeterie")],
    )
    assert ticks(found) == []
    assert options(found) == [(Reason.OTHER_PAYEE, [([1], ["A"])])]
    assert [each.key for each in found.suspens] == ["A", "B"]


def test_equal_items_are_ticked_as_a_set_or_shown() -> None:
    twins = [booked("A", 4, -25_000, "Moussa Diarra"), booked("B", 4, -25_000, "Moussa Diarra")]
    lines = [line(1, 5, -25_000, "VIR DIARRA MOUSSA"), line(2, 5, -25_000, "VIR DIARRA MOUSSA")]
    both = match(lines, twins)
    assert {key for _, keys, _ in ticks(both) for key in keys} == {"A", "B"}
    assert (both.choices, both.outstanding, both.unmatched) == ((), (), ())
    one = match(lines[:1], twins)
    assert (ticks(one), waiting(one)) == ([], [])
    assert options(one) == [(Reason.EQUAL, [([1], ["A"]), ([1], ["B"])])]
    three = match([*lines, line(3, 6, -25_000, "VIR DIARRA MOUSSA")], twins)
    assert ticks(three) == []
    assert [choice.reason for choice in three.choices] == [Reason.EQUAL]


def test_a_decided_choice_is_kept_and_frees_the_rest() -> None:
    twins = [booked("A", 4, -25_000, "Moussa Diarra"), booked("B", 4, -25_000, "Moussa Diarra")]
    lines = [line(1, 5, -25_000, "VIR DIARRA MOUSSA")]
    chosen = match(lines, twins).choices[0].options[1]
    after = match(lines, twins, decided=[chosen])
    assert ticks(after) == [([1], ["B"], Evidence.DECIDED)]
    assert (after.choices, waiting(after)) == ((), ["A"])
    wrong = Match((lines[0],), (booked("A", 4, -24_000),), Evidence.DECIDED)
    with pytest.raises(ValueError, match="add up"):
        match(lines, twins, decided=[wrong])


def test_several_movements_on_one_line() -> None:
    movements = [
        booked("A", 3, -30_000, "Awa Keïta", cheque="0000101"),
        booked("B", 3, -45_000, "Awa Keïta", cheque="0000102"),
        booked("C", 4, -70_000, "Issa Coulibaly"),
        booked("D", 4, -80_000, "Issa Coulibaly"),
        booked("E", 4, -11_000, "Issa Coulibaly"),
    ]
    found = match([line(1, 5, -75_000, "CHQ 0000101 0000102"), line(2, 6, -150_000, "VIR COULIBALY I.")], movements)
    assert ticks(found) == [([1], ["A", "B"], Evidence.NUMBER_SUM), ([2], ["C", "D"], Evidence.PAYEE_SUM)]
    assert waiting(found) == ["E"]


def test_several_lines_for_one_movement() -> None:
    found = match(
        [
            line(1, 5, -100_000, "VIR OV-0045 1/2"),
            line(2, 8, -200_000, "VIR OV-0045 2/2"),
            line(3, 8, -40_000, "VIR HYDRO SERVICES"),
            line(4, 9, -50_000, "VIR HYDRO SERVICES"),
        ],
        [booked("A", 4, -300_000, "Sahel", transfer="OV-0045"), booked("B", 7, -90_000, "Hydro Services")],
    )
    assert ticks(found) == [([1, 2], ["A"], Evidence.NUMBER_SUM), ([3, 4], ["B"], Evidence.PAYEE_SUM)]


def test_several_possible_sums_are_shown() -> None:
    movements = [
        booked(key, 4, -amount, "Issa Coulibaly") for key, amount in zip("ABC", (30_000, 30_000, 50_000), strict=True)
    ]
    found = match([line(1, 5, -80_000, "VIR COULIBALY")], movements)
    assert options(found) == [(Reason.SEVERAL_SUMS, [([1], ["A", "C"]), ([1], ["B", "C"])])]


def test_a_single_amount_and_a_sum_exclude_each_other() -> None:
    found = match(
        [line(1, 5, -80_000, "VIR COULIBALY")],
        [
            booked("A", 4, -30_000, "Issa Coulibaly"),
            booked("B", 4, -50_000, "Issa Coulibaly"),
            booked("C", 4, -80_000, "Hydro"),
        ],
    )
    assert ticks(found) == []
    assert options(found) == [(Reason.SINGLE_OR_SUM, [([1], ["A", "B"]), ([1], ["C"])])]


def test_a_ticked_part_is_doubted_when_the_whole_waits() -> None:
    found = match(
        [line(1, 5, -100_000, "VIR COULIBALY"), line(2, 5, -200_000, "VIR COULIBALY")],
        [booked("A", 4, -300_000, "Issa Coulibaly"), booked("B", 4, -100_000, "Issa Coulibaly")],
    )
    assert ticks(found) == []
    assert options(found) == [(Reason.SINGLE_OR_SUM, [([1, 2], ["A"]), ([1], ["B"])])]


def test_an_older_equal_movement_makes_a_doubt() -> None:
    found = match(
        [line(1, 5, -50_000, "LOYER MAIGA")],
        [booked("fevrier", -25, -50_000, "Oumar Maïga"), booked("mars", 4, -50_000, "Oumar Maïga")],
    )
    assert ticks(found) == []
    assert options(found) == [(Reason.OLDER, [([1], ["mars"]), ([1], ["fevrier"])])]


def test_a_day_s_batch_is_certain_and_a_lone_sum_is_shown() -> None:
    salaries = [
        booked(f"S{n}", 25, -100_000 - 1_000 * n, f"Agent {'ABCDEFGHIJKL'[n] * 4}", text="Salaires") for n in range(12)
    ]
    batch = match(
        [line(1, 27, sum(each.amount for each in salaries), "VIREMENTS MULTIPLES")],
        [*salaries, booked("X", 25, -7_000)],
    )
    assert [(sorted(keys), why) for _, keys, why in ticks(batch)] == [
        (sorted(each.key for each in salaries), Evidence.DAY_SUM)
    ]
    lone = match([line(1, 5, -90_000, "REMISE")], [booked("A", 1, -40_000, "Faso"), booked("B", 3, -50_000, "Sahel")])
    assert options(lone) == [(Reason.LONE_SUM, [([1], ["A", "B"])])]


def test_charges_find_booked_charges_and_no_purchase() -> None:
    lines = [
        line(1, 31, -2_500, "FRAIS TENUE DE COMPTE", nature="frais"),
        line(2, 31, -450, "TAF/FRAIS", nature="frais"),
        line(3, 31, -4_000, "AGIOS", nature="frais"),
    ]
    movements = [
        booked("purchase", 30, -4_000, "Quincaillerie Mopti"),
        booked("charges", 31, -2_950, "BDM", text="Frais de tenue de compte et TAF", charge=True),
    ]
    found = match(lines, movements)
    assert ticks(found) == [([1, 2], ["charges"], Evidence.PAYEE_SUM)]
    # the purchase is no charge, but nothing proves that it was not booked so: a person says, nothing is written twice
    assert options(found) == [(Reason.PERHAPS_BOOKED, [([3], ["purchase"])])]
    assert (waiting(found), rows(found)) == ([], [])


def test_the_same_ownwith_another_amount_is_said_and_never_ticked() -> None:
    found = match(
        [line(1, 5, -57_000, "CHQ 0012331"), line(2, 6, -75_000, "CHQ 0012399")],
        [booked("A", 4, -75_000, "Faso Papeterie", cheque="0012331")],
    )
    assert (ticks(found), waiting(found), rows(found)) == ([], ["A"], [1, 2])
    assert [(each.line.row, each.movement.key) for each in found.discrepancies] == [(1, "A")]


def test_ages_and_nothing_at_all() -> None:
    assert match([], []) == Matching((), (), (), (), ())
    found = match([], [booked("A", 1, -5), booked("B", -90, 7)], as_of=day(31))
    assert [(each.movement.key, each.days) for each in found.outstanding] == [("B", 121), ("A", 30)]
    with pytest.raises(ValueError, match="same key"):
        match([], [booked("A", 1, -5), booked("A", 2, -6)])


PAYEES = (
    "Faso Papeterie", "Sahel Carburants", "Hydro Services Mopti", "Imprimerie du Fleuve", "Garage Sangha", "INPS",
    "Énergie du Mali", "Awa Keïta", "Issa Coulibaly", "Oumar Maïga", "Hôtel Ambedjele", "Kalan Téléphonie",
)  # fmt: skip


def books(chance: random.Random, size: int, days: int) -> list[BookMovement]:
    """Payments and receipts as a small NGO has them, with two amounts repeated on the same day."""
    made: list[BookMovement] = []
    for number in range(size):
        payee = chance.choice(PAYEES)
        mode = chance.choice(("cheque", "cheque", "transfer", ""))
        amount = chance.randrange(4_000, 3_000_000, 250) * chance.choice((-1, -1, -1, 1))
        made.append(
            BookMovement(
                f"m{number:04d}",
                MARCH + timedelta(days=chance.randrange(days)),
                amount,
                cheque=f"{1_200_000 + number:07d}" if mode == "cheque" else None,
                transfer=f"OV-2026-{number:04d}" if mode == "transfer" else None,
                payee=payee,
                text=f"Règlement {payee}",
            )
        )
    for twin, (payee, cheque) in enumerate((("Moussa Diarra", None), ("Fanta Sow", "7654321"))):
        at, amount = MARCH + timedelta(days=chance.randrange(days)), -chance.randrange(5_000, 90_000, 500)
        for copy in "ab":
            own = None if cheque is None else f"{cheque}{twin}{ord(copy)}"
            made.append(BookMovement(f"t{twin}{copy}", at, amount, cheque=own, payee=payee))
    return made


def wording(movement: BookMovement, chance: random.Random) -> str:
    """What a bank prints: capitals, cut short, with the number or with the payee."""
    payee = movement.payee.upper()[: chance.choice((10, 14, 24))]
    if movement.cheque:
        return chance.choice(
            (f"CHQ {movement.cheque}", f"CHEQUE N° {movement.cheque} {payee}", f"CHQ{movement.cheque}")
        )
    if movement.transfer:
        return chance.choice((f"VIR {movement.transfer}", f"VIREMENT {payee} {movement.transfer}"))
    return f"VIR {payee}"


def statement(
    movements: Sequence[BookMovement], chance: random.Random
) -> tuple[list[StatementLine], dict[int, frozenset[str]], set[str], set[int]]:
    """The bank's side: lines, what each row truly stands for, the planted outstanding keys, the planted charge rows."""
    rows_ = count(1)
    made: list[StatementLine] = []
    truth: dict[int, frozenset[str]] = {}

    def emit(at: date, amount: int, text: str, keys: frozenset[str], nature: str | None = None) -> None:
        row = next(rows_)
        shifted = at + timedelta(days=chance.randint(-3, 3))
        made.append(StatementLine(row, shifted, chance.choice((None, shifted)), amount, text, None, None, nature))
        truth[row] = keys

    plain = [each for each in movements if not each.key.startswith("t")]
    planted = {each.key for each in chance.sample(plain, max(3, len(plain) // 12))}
    # The unnumbered twins wait together or not at all; of the numbered ones, one may wait alone.
    planted |= chance.choice((set(), {"t1a"}, {"t1b"}, {"t1a", "t1b"}, {"t0a", "t0b"}))
    left = [each for each in movements if each.key not in planted]
    merged: set[str] = set()
    by_payee: dict[tuple[str, bool], list[BookMovement]] = {}
    for each in left:
        if each.key.startswith("m"):
            by_payee.setdefault((each.payee, each.amount > 0), []).append(each)
    for group in by_payee.values():
        near = [each for each in sorted(group) if abs((each.date - group[0].date).days) <= 1][:3]
        if len(near) > 1 and chance.random() < 0.5:
            merged |= {each.key for each in near}
            numbers = " ".join(each.cheque or each.transfer or "" for each in near)
            text = f"OPERATIONS {near[0].payee.upper()} {numbers}"
            emit(near[0].date, sum(each.amount for each in near), text, frozenset(each.key for each in near))
    for each in left:
        if each.key in merged:
            continue
        if each.key.startswith("m") and abs(each.amount) > 100_000 and chance.random() < 0.08:
            first = each.amount * chance.randint(20, 45) // 100
            for part in (first, each.amount - first):
                emit(each.date, part, wording(each, chance) + " PARTIEL", frozenset({each.key}))
        else:
            emit(each.date, each.amount, wording(each, chance), frozenset({each.key}))
    charges: set[int] = set()
    last = max(each.date for each in movements)
    # One charge has the very amount of an outstanding payment: it must not be taken for it.
    payments = sorted((each for each in plain if each.key in planted and each.amount < 0), key=lambda each: each.key)
    for amount, text in (
        (-2_500, "FRAIS TENUE DE COMPTE"),
        (-450, "TAF/FRAIS"),
        *((each.amount, "AGIOS") for each in payments[:1]),
    ):
        emit(payments[0].date if text == "AGIOS" else last, amount, text, frozenset(), "frais")
        charges.add(made[-1].row)
    chance.shuffle(made)
    return made, truth, planted, charges


@pytest.mark.parametrize("seed", range(50))
def test_planted_outstanding_items_are_found_exactly(seed: int) -> None:
    chance = random.Random(seed)
    movements = books(chance, 60, 31)
    lines, truth, planted, charges = statement(movements, chance)
    chance.shuffle(movements)
    found = match(lines, movements)
    for tick in found.certain:
        meant = frozenset().union(*(truth[each.row] for each in tick.lines))
        assert {each.key for each in tick.movements} == meant, (tick, meant)
        assert sum(each.amount for each in tick.lines) == sum(each.amount for each in tick.movements)
    assert {each.key for each in found.suspens} == planted
    assert {each.row for each in found.unexplained} == charges


@pytest.mark.parametrize("seed", range(20))
def test_without_any_ownnothing_is_ticked_wrongly(seed: int) -> None:
    chance = random.Random(seed)
    movements = [each._replace(cheque=None, transfer=None) for each in books(chance, 60, 31)]
    lines, truth, planted, _ = statement(movements, chance)
    found = match(lines, movements)
    for tick in found.certain:
        assert {each.key for each in tick.movements} == frozenset().union(*(truth[each.row] for each in tick.lines))
    assert planted <= {each.key for each in found.suspens}
    assert len(found.certain) > 40
    assert match(lines[::-1], movements[::-1]) == found


def test_two_thousand_against_two_thousand_is_quick() -> None:
    chance = random.Random(7)
    movements = books(chance, 2_000, 365)
    lines, truth, planted, _ = statement(movements, chance)
    start = time.perf_counter()
    found = match(lines, movements)
    spent = time.perf_counter() - start
    for tick in found.certain:
        assert {each.key for each in tick.movements} == frozenset().union(*(truth[each.row] for each in tick.lines))
    assert planted <= {each.key for each in found.suspens}
    assert spent < 3


def test_a_charge_booked_under_another_payee_is_a_choice_and_never_a_new_entry() -> None:
    lines = [line(1, 4, -1_500, "COMMISSION VIREMENT 04/11", nature="frais")]
    found = match(lines, [booked("fee", 4, -1_500, "Imprimerie Kalan", text="Commission virement 04/11")])
    assert options(found) == [(Reason.PERHAPS_BOOKED, [([1], ["fee"])])]
    assert rows(found) == []
    far = match(lines, [booked("fee", 20, -1_500, "Imprimerie Kalan")])
    assert (options(far), rows(far)) == ([], [1])


@pytest.mark.parametrize(
    ("wording", "numbers"),
    [
        ("COMMISSION VIREMENT", {"transfer": "OV-2026-031"}),
        ("COMMISSION OV-2026-031", {}),
        ("FRAIS CHQ 0001234", {"transfer": "FT26278010"}),
    ],
)
def test_no_number_makes_a_booked_charge_a_new_entry(wording: str, numbers: dict[str, str]) -> None:
    """A fee stands in the books under the number of its payment, or names it on the statement: neither tells it apart."""
    lines = [line(1, 5, -250_000, "VIR OV-2026-031 SOGEMA"), line(2, 5, -1_500, wording, nature="frais")]
    paid = booked("paid", 5, -250_000, "SOGEMA", transfer="OV-2026-031")
    found = match(lines, [paid, booked("fee", 5, -1_500, "BDM", charge=True, **numbers)])
    assert rows(found) == []
    assert options(found) == [(Reason.PERHAPS_BOOKED, [([2], ["fee"])])]
    other = match([line(1, 5, -1_500, "CHQ 0001234")], [booked("B", 5, -1_500, "Kalan", cheque="0001243")])
    assert (rows(other), options(other)) == ([1], []), "a cheque is told from another by its number"


def test_a_line_joins_the_choice_that_holds_its_movement() -> None:
    lines = [
        line(1, 10, -2_200, "PAIEMENT BOUTIQUE"),
        *(line(row, 10, -1_100, f"FRAIS {row}", nature="frais") for row in (2, 3, 4)),
    ]
    movements = [
        booked("shop", 10, -2_200, "Boutique du Fleuve"),
        *(booked(f"fee{n}", 10, -1_100, "BDM", text="Frais", charge=True) for n in range(4)),
    ]
    found = match(lines, movements)
    assert rows(found) == [], "no line is free to be written as a new entry while a movement of its amount is near"


def test_nothing_that_the_books_may_hold_is_left_free() -> None:
    """Whatever payee, account or wording the books chose, a line of a month booked whole is never taken for a new one."""
    for seed in range(300):
        chance = random.Random(seed)
        amounts = [-chance.choice((500, 1_100, 1_500, 2_200, 25_000)) for _ in range(12)]
        lines = [
            line(
                row, chance.randint(1, 28), amount, chance.choice(("FRAIS", "CHQ", "VIR X", "COMMISSION")), None, nature
            )
            for row, amount in enumerate(amounts)
            for nature in [chance.choice((None, "frais"))]
        ]
        movements = [
            booked(
                f"b{each.row}",
                each.date.day,
                each.amount,
                chance.choice(("BDM", "Kalan", "", "Niger Net")),
                charge=charge,
            )
            for each in lines
            for charge in [chance.choice((True, False))]
        ]
        assert rows(match(lines, movements)) == [], seed


def test_what_stands_in_brackets_beside_a_name_is_no_part_of_it() -> None:
    lines = [line(1, 4, -9_000, "VIR GARAGE SANGHA"), line(2, 4, -9_000, "VIR CAISSE COMMUNE")]
    books = [booked("a", 3, -9_000, "Garage Sangha (agence de Sévaré)"), booked("b", 3, -9_000, "(Caisse commune)")]
    assert ticks(match(lines, books)) == [([1], ["a"], Evidence.PAYEE), ([2], ["b"], Evidence.PAYEE)]


def test_only_the_nearest_few_are_shown() -> None:
    years = [booked(f"b{rank:02}", 3 - 30 * rank, -9_000, "Faso Papeterie") for rank in range(33)]
    (choice,) = match([line(1, 4, -9_000, "VIR FASO PAPETERIE")], years).choices
    assert [each.movements[0].key for each in choice.options] == ["b00", "b04", "b03", "b02", "b01"]
    assert choice.more == 28
    assert len(choice.movements) == 33


def test_an_operation_and_its_fee_are_one_movement_when_the_books_hold_them_so() -> None:
    one = [line(4, 19, -26_000, "PAIEMENT"), line(4, 19, -260, "Frais PAIEMENT", nature="frais")]
    found = match(one, [booked("A", 19, -26_260, "Relais du village")])
    assert (ticks(found), rows(found)) == ([([4, 4], ["A"], Evidence.FEE_SUM)], [])
    found = match(one, [booked("A", 19, -26_000, "Relais du village")])
    assert (ticks(found), rows(found)) == ([([4], ["A"], Evidence.AMOUNT)], [4]), "the fee alone is still to be booked"
    found = match(one, [booked("A", 19, -26_261, "Relais du village")])
    assert (ticks(found), waiting(found)) == ([], ["A"])
    apart = [line(4, 19, -26_000, "PAIEMENT"), line(5, 19, -260, "Frais de tenue", nature="frais")]
    assert ticks(match(apart, [booked("A", 19, -26_260, "Relais du village")])) == []


def test_two_operations_with_the_same_fee_are_left_to_a_person() -> None:
    two = [
        each
        for row in (4, 5)
        for each in (line(row, 19, -26_000, "PAIEMENT"), line(row, 19, -260, "Frais PAIEMENT", nature="frais"))
    ]
    found = match(two, [booked("A", 18, -26_260, "Relais du village"), booked("B", 20, -26_260, "Relais du fleuve")])
    assert (ticks(found), rows(found)) == ([], [])
    [(reason, offered)] = options(found)
    assert (reason, len(offered)) == (Reason.SEVERAL_SUMS, 4)
