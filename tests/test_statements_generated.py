"""The statements of associations on generated books: every set balances, and a second path that knows only numbers agrees."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.books.index import Books
from grandlivre.statements.years import year as statement
from statement_bed import ORGANISATION, books_of, cells, gaps, made, table

TWO_YEARS = ORGANISATION.replace("exercices:\n", "exercices:\n  - {du: 2025-01-01, au: 2025-12-31}\n")
ROOTS = {
    "1": "Capitaux",
    "2": "Actif",
    "3": "Actif",
    "4": "Passif",
    "5": "Actif",
    "6": "Charges",
    "7": "Produits",
    "8": "Charges",
}
NUMBERS = (  # every class, both sides of third parties and banks, all models of financing
    *("1011", "1025", "103", "112", "121", "1417", "162", "165", "1672", "171", "182", "191"),
    *("213", "222", "231", "2441", "2451", "2458", "252", "275", "2813", "2844", "2845", "2912"),
    *("334", "391", "4011", "4081", "4091", "411", "4161", "419", "4211", "4213", "422", "4311", "4472", "445", "4515"),
    *("462", "463", "469", "4711", "4712", "4732", "476", "477", "478", "479", "4812", "485", "491"),
    *(
        "521",
        "531",
        "552",
        "561",
        "571",
        "601",
        "6031",
        "6047",
        "6181",
        "6222",
        "6413",
        "651",
        "654",
        "6611",
        "6712",
        "6813",
        "691",
    ),
    *(
        "701",
        "702",
        "703",
        "7041",
        "7051",
        "7052",
        "706",
        "711",
        "713",
        "754",
        "771",
        "7925",
        "799",
        "812",
        "822",
        "831",
        "841",
    ),
)
ENTRY = st.tuples(
    st.sampled_from(NUMBERS), st.sampled_from(NUMBERS), st.integers(1, 9_999_999), st.integers(0, 23), st.booleans()
)


def account(number: str) -> str:
    return f"{ROOTS[number[0]]}:FONCT:{number}-Compte"


def ledger(entries: list[tuple[str, str, int, int, bool]]) -> str:
    """Each entry: debit, credit, francs, month from January 2025, whether it is a storno of the same."""
    text = "".join(f"2025-01-01 open {account(number)}\n" for number in NUMBERS)
    for rank, (debit, credit, francs, month, storno) in enumerate(entries, 1):
        day = f"{2025 + month // 12}-{month % 12 + 1:02d}-15"
        amount, mark = (-francs, '  ecriture: "extourne"\n') if storno else (francs, "")
        text += (
            f'{day} * "Écriture {rank}"\n{mark}  {account(debit)}  {amount} XOF\n  {account(credit)}  {-amount} XOF\n'
        )
    return text


def balances(books: Books, until: str, since: str = "") -> dict[str, int]:
    """Debits less credits by number, from the entries alone."""
    found: dict[str, int] = defaultdict(int)
    for entry in books.entries:
        if since <= entry.date.isoformat() <= until:
            for movement in entry.movements:
                found[movement.account.number] += movement.value
    return found


def on_the_assets(number: str, value: int) -> bool:
    """The side of the balance sheet an account stands on, by its number and the sign of its balance (domain §5)."""
    if number.startswith(("52", "53")):
        return value > 0
    if number.startswith(("2", "3", "409", "41", "485", "478", "490", "491", "492", "493", "494", "497", "498", "5")):
        return not number.startswith(("419", "56"))
    return number.startswith(("42", "43", "44", "45", "46", "47")) and not number.startswith("479") and value > 0


@settings(max_examples=15, deadline=None)
@given(st.lists(ENTRY, min_size=1, max_size=25))
def test_every_statement_balances_and_a_second_path_agrees(entries: list[tuple[str, str, int, int, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        books = books_of(Path(folder), ledger(entries), TWO_YEARS)
        for year in ("2025", "2026"):
            held = balances(books, f"{year}-12-31")
            moved = balances(books, f"{year}-12-31", f"{year}-01-01")
            balance, income, flows, notes = (
                made(books, each, year) for each in ("bilan", "resultat", "flux-tresorerie", "notes")
            )
            assert set(gaps(balance).values()) == {0}
            assert not table(balance, "unattached").rows
            assets = sum(value for number, value in held.items() if on_the_assets(number, value))
            assert cells(balance, "assets", "net")["BZ"] == cells(balance, "liabilities", "net")["DZ"] == assets
            result = -sum(value for number, value in moved.items() if number[0] in "678")
            assert cells(balance, "liabilities", "net")["CH"] == cells(income, "lines", "amount")["XE"] == result
            assert not table(income, "unattached").rows
            assert set(gaps(notes).values()) == {0}
            cash = sum(value for number, value in held.items() if number.startswith("5"))
            ends = cells(flows, "lines", "amount")
            missed = sum(int(str(row.cells["amount"])) for row in table(flows, "unattached").rows[:-1])
            gap = gaps(flows)["Écart de trésorerie (flux − bilan)"]
            assert ends["ZG"] == cash + int(str(gap))
            assert ends["ZA"] == cash - sum(value for number, value in moved.items() if number.startswith("5"))
            assert gap == missed + _silent(books, year), "what no flow names explains the gap, to the franc"


def _silent(books: Books, year: str) -> int:
    """What the layout says is no flow: nil in sound books, anything in books drawn by chance."""
    found = statement(books, "flux-tresorerie", date(int(year), 12, 31))
    return sum(share.amount for share in found.now.silent)


@pytest.mark.parametrize(
    ("number", "unknown"), [("1011", "1071"), ("2451", "2991"), ("4812", "4891"), ("6222", "609"), ("701", "7091")]
)
def test_an_account_moved_to_an_unknown_number_is_listed_and_never_lost(
    tmp_path: Path, number: str, unknown: str
) -> None:
    entries = [(number, "521", 750_000, 14, False)] if number[0] in "26" else [("521", number, 750_000, 14, False)]
    text = ledger(entries).replace(f":{number}-", f":{unknown}-")
    books = books_of(tmp_path, text, TWO_YEARS)
    report = made(books, "resultat" if number[0] in "67" else "bilan")
    listed = {row.cells.get("number"): abs(int(str(row.cells["amount"]))) for row in table(report, "unattached").rows}
    assert listed[unknown] == 750_000
    assert report.provisional
