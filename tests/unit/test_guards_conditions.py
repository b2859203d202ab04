"""Each condition of the guards of purchases, payments, papers and names: what meets it, what does not."""

from __future__ import annotations

from datetime import date

import pytest

from grandlivre.guards.beyond import Beyond, Lost, Twice
from grandlivre.guards.buying import (
    ODD_DAY,
    Bills,
    Purchases,
    Windows,
    activity_signal,
    amount_mark,
    bill_mark,
    day_mark,
    invoice_mark,
    nature_signal,
    piece_mark,
    supplier_signal,
)
from grandlivre.guards.change import Change, PlainEntry, PlainMovement
from grandlivre.guards.guard import Anything, Condition
from grandlivre.guards.moving import Across, Begun, Debited
from grandlivre.guards.naming import Names, Naming, Trading, Transfers, pair, plain_name
from grandlivre.guards.papers import Papers, Reused, number_mark
from grandlivre.guards.paying import Charges, Signatures, Spending
from grandlivre.guards.sieve import Sieve
from grandlivre.guards.wording import Agreed, Before, Citing, Misspelt, Outside
from grandlivre.policy.people import same_name

BANK, TILL = "Actif:EAU:5211-Banque", "Actif:EAU:5711-Caisse"
PAPER, FEES, OWED = "Charges:EAU:6055-Papier", "Charges:EAU:6318-Frais", "Passif:EAU:4011-Fournisseurs"
DAY = date(2026, 3, 10)
NUL = "\0"


def entry(
    *moved: tuple[str, int], day: date = DAY, payee: str = "Faso", label: str = "Papier", **keys: str
) -> PlainEntry:
    """An ordinary entry; keys as pages write them, with `_` for `-`."""
    said = {"piece": "sBQ-EAU-2026-0007", **{key.replace("_", "-"): value for key, value in keys.items()}}
    return PlainEntry(day, payee, label, "", "", said, tuple(PlainMovement(*each) for each in moved))


def paid(amount: int = 30_000, out: str = BANK, to: str = PAPER, **more: object) -> PlainEntry:
    return entry((to, amount), (out, -amount), **more)  # type: ignore[arg-type]


def came(*entries: PlainEntry) -> Change:
    return Change((), entries)


def became(one: PlainEntry, other: PlainEntry) -> Change:
    return Change((one,), (other,))


def signed(amount: int = 30_000, **more: object) -> PlainEntry:
    return paid(amount, **{"signataire_1": "sawa", "signataire_2": "sali", **more})  # type: ignore[arg-type]


def taken(amount: int = 5_000, **more: object) -> PlainEntry:
    return paid(amount, to=FEES, **{"payee": "Banque du Sahel", **more})


def billed(number: str = "F1", amount: int = 30_000, **more: object) -> PlainEntry:
    return paid(amount, **{"facture": f"s{number}", **more})  # type: ignore[arg-type]


WHO = pair("", "Faso")
CHARGES = Charges(("631",), 25_000, (), frozenset({"banque du sahel"}), ("401",))
SIGNED = Signatures(
    ("52", "53", "55"),
    ("signataire-1", "signataire-2"),
    (date(2026, 7, 1),),
    (500_000,),
    frozenset({"awa", "awa traore"}),
    CHARGES,
    frozenset({(BANK, 0, 0, ("awa", "ali"))}),
)
SPENT = Spending(("52", "57"), 1_000_000, frozenset({"EAU\0facture\0F9"}), frozenset({"M-CADRE"}))
PAPERS = Papers(frozenset({"new.pdf"}), frozenset({"bad.pdf"}), 40, ("7", "462"))
REUSED = Reused(
    frozenset({"new.pdf"}),
    frozenset({"twice.pdf"}),
    Sieve.of([number_mark(BANK, "cheque", "", "12"), number_mark(BANK, "ordre", "2026", "5")]),
    Sieve.of([number_mark(BANK, "ordre", "2026", "5")]),
    ("52",),
    ((date(2026, 1, 1), date(2026, 12, 31)),),
)
SPAN = DAY.toordinal() // 11
BILLS = Bills(
    ("60",),
    ("603",),
    10,
    Sieve.of([bill_mark(WHO, "f-1"), amount_mark(WHO, 40_000, SPAN + 1), amount_mark(WHO, 50_000, ODD_DAY)]),
    Sieve.of([bill_mark(WHO, "f-8")]),
)
QUOTES = Purchases(
    ("60",),
    ("603",),
    Sieve.of([invoice_mark("EAU", WHO, "F1"), piece_mark("EAU", "BQ-EAU-2026-0001")]),
    Sieve.of([invoice_mark("EAU", WHO, "F8")]),
    51_000,
    None,
    True,
)
SPLIT = QUOTES._replace(upto=0, above=51_000, dossiers=False)
JUST = Windows(
    ("60",),
    ("603",),
    51_000,
    51_000,
    30,
    date(2026, 1, 1).toordinal(),
    (
        (day_mark(supplier_signal(WHO), DAY.toordinal() - 29), 40_000),
        (day_mark(nature_signal("EAU", "6055", "1.2"), DAY.toordinal() + 29), 40_000),
        (day_mark(activity_signal("EAU", "A1"), DAY.toordinal()), 40_000),
    ),
)
AGREED = Agreed(
    frozenset({"EAU/C1", "EAU/C2"}), frozenset({"EAU"}), (("EAU", date(2026, 6, 1), date(2026, 6, 30)),), ("6",)
)
MISSPELT = Misspelt((("nif", "s"), ("date-valeur", "d"), ("mode", "s")), (("mode", ("cheque", "virement")),))
INTERNAL = (("Passif:EAU:4621-Fonds", 500), ("Produits:EAU:7021-Fonds", -500))

MET: dict[str, tuple[Condition, Change]] = {
    "an unsigned payment": (SIGNED, came(paid())),
    "an amount beyond a ceiling": (SIGNED, came(signed(500_001))),
    "a day of other mandates": (SIGNED, came(signed(day=date(2026, 7, 1)))),
    "another day of value": (SIGNED, came(signed(date_valeur="d2026-03-01"))),
    "a signatory is paid": (SIGNED, came(signed(payee="Traoré, AWA"))),
    "a signatory is paid under a name in brackets": (SIGNED, came(signed(payee="Awa Traoré (directrice)"))),
    "a signatory receives": (SIGNED, came(signed(beneficiaire="sawa"))),
    "two accounts are paid from": (SIGNED, came(entry((PAPER, 9), (BANK, -4), ("Actif:EAU:5511-Mobile", -5)))),
    "charges beyond the ceiling": (SIGNED, came(taken(25_001))),
    "charges of somebody else": (SIGNED, came(taken(payee="Faso"))),
    "charges that were ordered": (SIGNED, came(taken(cheque="s12"))),
    "charges of who is a supplier by now": (SIGNED, came(taken(), billed(payee="Banque du Sahel", nif="sN1"))),
    "a payment that wants visas": (SIGNED._replace(proved=DAY), came(signed())),
    "a spending beyond the tier": (SPENT, came(paid(1_000_001))),
    "a heavy invoice": (SPENT, came(entry((PAPER, 5), (OWED, -5), facture="sF9"))),
    "half of an invoice at once": (SPENT, came(billed("F2", 500_001))),
    "halves of an invoice together": (SPENT, came(billed("F2", 300_000), billed("F2", 300_000))),
    "a file that is not known": (PAPERS, came(paid(document="sother.pdf"))),
    "no file": (PAPERS, came(paid())),
    "a path that is no text": (PAPERS, came(paid(document="n12"))),
    "a faulty file": (PAPERS, became(paid(document="sbad.pdf"), paid(document="snew.pdf"))),
    "all that named a file went": (PAPERS._replace(naming=1), Change((paid(document="sown.pdf"),), ())),
    "a file that serves twice": (REUSED, Change((paid(document="stwice.pdf"),), ())),
    "a file that serves already": (REUSED, came(paid(document="sother.pdf"))),
    "one new file for two": (REUSED, came(paid(document="snew.pdf"), paid(document="snew.pdf", day=date(2026, 4, 1)))),
    "a cheque that was used": (REUSED, came(paid(cheque="s00 12"))),
    "an order of several payments": (REUSED, became(paid(ordre="s5"), paid(ordre="s6"))),
    "a number of the same supplier": (BILLS, came(billed("Facture F-001"))),
    "a number that several share": (BILLS, Change((billed("F8", 10),), ())),
    "the amount of about that day": (BILLS, came(billed("F3", 40_000))),
    "the amount of an odd day": (BILLS, came(billed("F3", 50_000))),
    "a bill with a day of its own": (BILLS, came(billed("F3", date_valeur="d2026-01-01"))),
    "a bill of long ago": (BILLS._replace(since=DAY.toordinal() + 1), came(billed("F3"))),
    "two new bills of one number": (BILLS, came(billed("F3", 10), billed("F3", 20))),
    "two new bills of one amount": (BILLS, came(billed("F3", 10), billed("F4", 10, day=date(2026, 3, 20)))),
    "a large purchase": (QUOTES, came(billed("F3", 51_001))),
    "a part of a known invoice": (QUOTES, came(billed("F1", 10))),
    "a part of a shared invoice": (QUOTES, Change((billed("F8", 10),), ())),
    "a purchase of a dossier": (QUOTES, came(paid(10, marche="sM1"))),
    "a second purchase of one voucher": (QUOTES, came(paid(10, piece="sBQ-EAU-2026-0001"))),
    "a small purchase": (SPLIT, came(paid(10))),
    "too much of one supplier in thirty days": (JUST, came(paid(11_001))),
    "too much of one nature in thirty days": (JUST, came(paid(11_001, payee="Sira", ligne="s1.2"))),
    "too much for one activity": (JUST, came(paid(11_001, payee="Sira", activite="sA1"))),
    "a part of too much went": (JUST._replace(limit=30_000), Change((paid(1, day=date(2026, 2, 9)),), ())),
    "too much together": (JUST, came(paid(30_000, day=date(2026, 6, 1)), paid(30_000, day=date(2026, 6, 20)))),
    "a day long ago": (JUST, came(paid(10, day=date(2025, 12, 31)))),
    "another day of value in a window": (JUST, came(paid(10, date_valeur="d2026-06-01"))),
    "a new name": (Names(frozenset({WHO}), Sieve.of(())), came(paid(payee="Sira"))),
    "the last of a name": (Names(frozenset({WHO}), Sieve.of((WHO,))), Change((paid(),), ())),
    "somebody tied": (Naming(frozenset({WHO})), came(paid())),
    "a taker of charges who sells": (Trading(frozenset({"faso"}), ("401",)), came(paid(nif="sN1"))),
    "a taker of charges who is owed": (Trading(frozenset({"faso"}), ("401",)), came(entry((PAPER, 5), (OWED, -5)))),
    "another account of a supplier": (
        Transfers("rib-beneficiaire", frozenset({f"{WHO}{NUL}76"})),
        came(paid(rib_beneficiaire="s70")),
    ),
    "bank and till": (Across(("52", "55", "57")), came(entry((TILL, 5), (BANK, -5)))),
    "a debit": (Debited(("7",)), came(entry(("Produits:EAU:7011-Dons", 5), (BANK, -5)))),
    "a value of another kind": (MISSPELT, came(paid(nif="n12"))),
    "a word that is no choice": (MISSPELT, came(paid(mode="sespece"))),
    "an unknown person": (Citing("autorise-par", frozenset({"awa"}), True), came(paid(autorise_par="sawa ali"))),
    "an unknown member": (Citing("membre", frozenset({"m1"})), came(paid(membre="sm1 "))),
    "an agreement of another tree": (AGREED, came(paid(convention="sX"))),
    "two agreements": (AGREED, came(paid(day=date(2026, 6, 30)))),
    "before the first transaction": (Begun(date(2026, 3, 11)), came(paid())),
    "the first transaction went": (Begun(DAY), Change((paid(),), ())),
    "a closed year": (Outside(((date(2026, 1, 1), date(2026, 12, 31)),)), came(paid(day=date(2027, 1, 1)))),
    "before the balances brought forward": (Before((("EAU", DAY),)), came(paid())),
    "another amount": (Beyond((Anything(),)), became(paid(10), paid(20))),
    "another label of what is told of": (
        Beyond((), frozenset({"BQ-EAU-2026-0007"})),
        became(paid(), paid(label="Encre")),
    ),
    "one of two alike went": (Beyond((Anything(),)), Change((paid(), paid()), (paid(label="Encre"),))),
    "a voucher went": (Lost(frozenset()), Change((paid(),), ())),
    "a voucher came back": (Lost(frozenset({"BQ-EAU-2026-0007"})), came(paid())),
    "a voucher twice": (Twice(frozenset({"BQ-EAU-2026-0007"})), came(paid())),
}

UNMET: dict[str, tuple[Condition, Change]] = {
    "signed as others": (SIGNED, came(signed(500_000))),
    "money comes in": (SIGNED, came(entry((BANK, 5), ("Produits:EAU:7011-Dons", -5)))),
    "the till pays": (SIGNED, came(paid(out=TILL))),
    "charges of a bank": (SIGNED, came(taken(payee="BANQUE du Sahel"))),
    "charges of the account's bank": (
        SIGNED._replace(charges=CHARGES._replace(banks=((BANK, "bdm mali"),))),
        came(taken(payee="BDM-Mali")),
    ),
    "payments before visas": (SIGNED._replace(proved=date(2026, 6, 1)), came(signed())),
    "within the tier": (SPENT, came(paid(1_000_000))),
    "half of an invoice": (SPENT, came(billed("F2", 500_000))),
    "a framework contract": (SPENT, came(paid(900_000, marche="sM-CADRE"))),
    "a sound new file": (PAPERS, came(paid(document="snew.pdf"))),
    "the same file": (PAPERS, became(paid(10, document="sown.pdf"), paid(20, document="sown.pdf"))),
    "an internal entry": (PAPERS, came(entry(*INTERNAL))),
    "a new file": (REUSED, came(paid(document="snew.pdf"))),
    "its own file and cheque": (
        REUSED,
        became(paid(10, document="sown.pdf", cheque="s12"), paid(20, document="sown.pdf", cheque="s0012")),
    ),
    "a new cheque": (REUSED, came(paid(document="snew.pdf", cheque="s13"))),
    "the order's number of another year": (REUSED, came(paid(ordre="s5", day=date(2027, 1, 5)))),
    "a new bill": (BILLS, came(billed("F3"))),
    "its own bill": (BILLS, became(billed("F1", 10), billed("F1", 20))),
    "no number": (BILLS, came(paid(40_000))),
    "a share of common costs": (BILLS, came(billed("F1", reciproque="b1"))),
    "what is no purchase": (BILLS, came(billed("F1", to=FEES))),
    "a purchase within the threshold": (QUOTES, came(billed("F3", 51_000))),
    "its own invoice": (QUOTES, became(billed("F1", 10), billed("F1", 20))),
    "no purchase": (QUOTES, came(paid(900_000, to=FEES))),
    "a purchase large by itself": (SPLIT, came(paid(51_001))),
    "a purchase with a dossier": (SPLIT, came(paid(10, marche="sM1"))),
    "enough room in thirty days": (JUST, came(paid(11_000, payee="Faso", ligne="s1.2"))),
    "thirty days later": (JUST, came(paid(51_000, day=date(2026, 3, 11), ligne="s1.3"))),
    "less of what was bought": (JUST, became(paid(30_000, day=date(2026, 6, 1)), paid(20_000, day=date(2026, 6, 1)))),
    "large by itself": (JUST, came(paid(51_001))),
    "with a dossier": (JUST, came(paid(50_000, marche="sM1"))),
    "a known name": (Names(frozenset({WHO}), Sieve.of((WHO,))), became(paid(10), paid(20))),
    "somebody tied, on other accounts": (Naming(frozenset({WHO}), ("401",)), came(paid())),
    "a taker of charges who is only paid": (Trading(frozenset({"faso"}), ("401",)), came(paid())),
    "the only account of a supplier": (
        Transfers("rib-beneficiaire", frozenset({f"{WHO}{NUL}76"})),
        came(paid(rib_beneficiaire="s76")),
    ),
    "one kind of money": (Across(("52", "55", "57")), came(paid())),
    "a credit": (Debited(("7",)), came(entry((BANK, 5), ("Produits:EAU:7011-Dons", -5)))),
    "values as they should be": (MISSPELT, came(paid(nif="s012", mode="scheque", date_valeur="d2026-03-01"))),
    "known people": (Citing("autorise-par", frozenset({"awa", "ali"}), True), came(paid(autorise_par="sawa ali"))),
    "an agreement of the tree": (AGREED, came(paid(convention="sC2", day=date(2026, 6, 30)))),
    "one agreement": (AGREED, came(paid())),
    "another amount on the first day": (Begun(DAY), became(paid(10), paid(20))),
    "a later transaction went": (Begun(DAY), Change((paid(day=date(2026, 3, 11)),), ())),
    "an open year": (Outside(((date(2026, 1, 1), date(2026, 12, 31)),)), came(paid())),
    "after the balances brought forward": (Before((("EAU", date(2026, 1, 1)),)), came(paid())),
    "another label": (Beyond((Anything(),)), became(paid(), paid(label="Encre"))),
    "a key that is not read": (
        Beyond((Anything(),), frozenset(), frozenset({"pointage"})),
        became(paid(), paid(pointage="s2026-03")),
    ),
    "the same voucher": (Lost(frozenset()), became(paid(10), paid(20))),
    "vouchers as many": (Twice(frozenset({"BQ-EAU-2026-0007"})), became(paid(10), paid(20))),
}


@pytest.mark.parametrize(("condition", "change"), MET.values(), ids=MET)
def test_is_met(condition: Condition, change: Change) -> None:
    assert condition.is_met(change)


@pytest.mark.parametrize(("condition", "change"), UNMET.values(), ids=UNMET)
def test_is_not_met(condition: Condition, change: Change) -> None:
    assert not condition.is_met(change)


def test_a_sieve_holds_what_it_was_made_of_and_little_else() -> None:
    texts = [f"Faso\0{number}" for number in range(2_000)]
    sieve = Sieve.of(texts)
    assert all(text in sieve for text in texts)
    assert sum(f"Sira\0{number}" in sieve for number in range(2_000)) < 100
    assert len(sieve.bits) < 3 * len(texts)
    assert "Faso" not in Sieve.of(())


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("Traoré, AWA", True),
        ("L’Union d'Éléonore", True),
        ("SONATAM-Mali S.A.", True),
        ("Awa (dir.) Ly ((x) y)", True),
        ("(Awa)", True),
        ("Сира", False),
    ],
)
def test_a_plain_name_is_the_one_that_names_are_compared_by(name: str, same: bool) -> None:
    assert plain_name(name) == (same_name(name) if same else None)
