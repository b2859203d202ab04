"""Journals, books of banks and tills, ledger, balance, cash minutes and vouchers against the demonstration books.

Every figure is worked out again from Beancount's own entries, by BQL or by a plain loop.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

import beanquery
import pytest
from beancount.core import convert, data

from grandlivre import render
from grandlivre.inspection import Inspection
from grandlivre.policy.periods import Period
from grandlivre.reports import (
    bank_book,
    cash_book,
    cash_minutes,
    cash_voucher,
    journal,
    ledger_accounts,
    payment_order,
    reconciliation,
    trial_balance,
)
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Table, Text
from grandlivre.sources.problem import RefusedError
from xlsx_eval import sheets

TREES = ("UE-EAU", "UNICEF-EDU", "GENRE", "FONCT")
PERIODS = ("2026-01", "2026-03", "2026-T2", "2026-T3", "2026")
YEAR = date(2026, 1, 1)


def of(demo: Inspection, period: str, tree: str = "", account: str = "", piece: str = "") -> Context:
    """A report's inputs on the demonstration books."""
    span = Period.parse(period)
    assert span is not None
    return Context(demo.books, Scope(tree, account, piece), span, demo.findings, demo.waived, "0123456789ab")


@pytest.fixture(scope="module")
def bql(demo: Inspection):
    """BQL over the demonstration books: francs only."""
    source = beanquery.connect("beancount:", entries=list(demo.entries), errors=[], options=dict(demo.options))

    @cache
    def totals(before: date) -> dict[str, int]:
        asked = (
            f"SELECT account, sum(number(weight)) WHERE currency(weight) = 'XOF' AND date < {before} GROUP BY account"
        )
        return {account: int(total) for account, total in source.execute(asked)}

    def balances(before: date, tree: str = "") -> dict[str, int]:
        return {name: total for name, total in totals(before).items() if not tree or name.split(":")[1] == tree}

    return balances


RAW: list[tuple[data.Transaction, data.Posting, int]] = []


def raw_postings(demo: Inspection) -> list[tuple[data.Transaction, data.Posting, int]]:
    """Every posting in francs as Beancount weighs it, worked out once."""
    if not RAW:
        for entry in demo.entries:
            for posting in entry.postings if isinstance(entry, data.Transaction) else ():
                weight = convert.get_weight(posting)
                if weight.currency == "XOF":
                    RAW.append((entry, posting, int(weight.number)))
    return RAW


def columns(demo: Inspection, start: date, end: date, tree: str) -> dict[str, tuple[int, int]]:
    """Debit and credit of each account in a span, openings of the first day aside, stornos in their own column."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for entry, posting, number in raw_postings(demo):
        if not start <= entry.date <= end or (tree and posting.account.split(":")[1] != tree):
            continue
        kind = entry.meta.get("ecriture")
        if kind == "a-nouveau" and entry.date == start:
            continue
        is_debit = (number > 0) != (kind == "extourne")
        found[posting.account][0 if is_debit else 1] += number if is_debit else -number
    return {account: (debit, credit) for account, (debit, credit) in found.items()}


def opening(demo: Inspection, bql, start: date, tree: str) -> dict[str, int]:
    """Balances brought forward, the opening entries of that day in them."""
    found = dict(bql(start, tree))
    for entry, posting, number in raw_postings(demo):
        ours = not tree or posting.account.split(":")[1] == tree
        if ours and entry.date == start and entry.meta.get("ecriture") == "a-nouveau":
            found[posting.account] = found.get(posting.account, 0) + number
    return found


# --- balance and ledger -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("tree", ["", *TREES])
def test_the_balance_is_beancounts(demo, bql, period, tree):
    context = of(demo, period, tree)
    start, end = context.period.start, context.period.end
    balance = trial_balance.build(context)[0]
    forward, final = opening(demo, bql, start, tree), bql(end + timedelta(days=1), tree)
    moved, year = columns(demo, start, end, tree), columns(demo, YEAR, end, tree)
    accounts = {figures.account.name: figures for line in balance.lines for figures in line.accounts}
    assert set(accounts) >= {name for name, total in final.items() if total} | set(moved)
    for name, figures in accounts.items():
        assert figures.opening == forward.get(name, 0), name
        assert (figures.debit, figures.credit) == moved.get(name, (0, 0)), name
        assert (figures.year_debit, figures.year_credit) == year.get(name, (0, 0)), name
        assert figures.closing == final.get(name, 0), name
    assert balance.total("closing_debit") == sum(total for total in final.values() if total > 0)
    for side in ("opening_", "", "year_", "closing_"):
        assert balance.total(f"{side}debit") == balance.total(f"{side}credit")
    (total,) = [row for row in trial_balance.report(context).tables[0].rows if row.role == "total"]
    assert total.cells["closing_debit"] == total.cells["closing_credit"] == balance.total("closing_debit")


def test_the_general_balance_adds_the_trees_up(demo):
    whole = trial_balance.build(of(demo, "2026-T2"))[0]
    parts = [trial_balance.build(of(demo, "2026-T2", tree))[0] for tree in TREES]
    for column in ("opening_debit", "debit", "credit", "year_debit", "closing_debit", "closing_credit"):
        assert whole.total(column) == sum(part.total(column) for part in parts)


def test_kind_stands_in_a_table_of_its_own(demo):
    main, kind = trial_balance.build(of(demo, "2026-03", "FONCT"))
    assert not any(line.number.startswith("9") for line in main.lines)
    assert kind.commodity == "XOF-CVN"
    assert {line.number: (line.debit, line.credit) for line in kind.lines} == {"904": (69000, 0), "914": (0, 69000)}
    assert [ledger.commodity for ledger in ledger_accounts.build(of(demo, "2026-03", "FONCT"))] == ["", "XOF-CVN"]


@pytest.mark.parametrize("period", ["2026-03", "2026-T2"])
@pytest.mark.parametrize("tree", ["", *TREES])
def test_the_ledger_runs_from_opening_to_closing(demo, bql, period, tree):
    context = of(demo, period, tree)
    forward, final = opening(demo, bql, context.period.start, tree), bql(context.period.end + timedelta(days=1), tree)
    rows = ledger_accounts.report(context).tables[0].rows
    accounts = iter(ledger_accounts.build(context)[0].accounts)
    balance, account, lines = 0, "", 0
    for row in rows:
        if row.role == "opening":
            account = next(accounts).account.name
            balance = row.cells["balance"]
            assert balance == forward.get(account, 0)
        elif row.role == "normal":
            lines += 1
            balance += (row.cells["debit"] or 0) - (row.cells["credit"] or 0)
            assert row.cells["balance"] == balance
        elif row.role == "closing":
            assert row.cells["balance"] == balance == final.get(account, 0), account
    expected = [
        posting
        for entry, posting, _ in raw_postings(demo)
        if entry.date in context.period
        and (not tree or posting.account.split(":")[1] == tree)
        and not (entry.meta.get("ecriture") == "a-nouveau" and entry.date == context.period.start)
    ]
    assert lines == len(expected)


def test_the_ledger_of_one_account(demo):
    account = "Actif:UE-EAU:52111-Banque-BDM"
    (figures,) = ledger_accounts.build(of(demo, "2026-03", account=account))[0].accounts
    assert figures.closing == demo.books.balance(account, date(2026, 3, 31))
    with pytest.raises(RefusedError, match="n'existe pas dans ces livres"):
        ledger_accounts.report(of(demo, "2026-03", account="Actif:UE-EAU:52999-Inconnu"))


# --- journal ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tree", ["", *TREES])
def test_the_journal_holds_every_entry_once_and_in_order(demo, tree):
    context = of(demo, "2026-T3", tree)
    found = journal.build(context)[0]
    entries = [each for month in found.months for each in month.entries]
    expected = {
        entry.meta["piece"]
        for entry in demo.entries
        if isinstance(entry, data.Transaction)
        and entry.date in context.period
        and all(convert.get_weight(posting).currency == "XOF" for posting in entry.postings)
        and (not tree or f"-{tree}-" in entry.meta["piece"])
    }
    assert len(entries) == len(expected) == found.count
    assert {each.entry.piece for each in entries} == expected
    assert [each.entry.date for each in entries] == sorted(each.entry.date for each in entries)
    assert [each.order for each in entries] == list(range(entries[0].order, entries[0].order + len(entries)))
    moved = columns(demo, context.period.start, context.period.end, tree)
    assert found.debit == found.credit == sum(debit for debit, _ in moved.values())
    (total,) = [row for row in journal.report(context).tables[0].rows if row.role == "total"]
    assert total.cells["debit"] == total.cells["credit"] == found.debit


def test_the_journal_numbers_go_on_through_the_year(demo):
    first, second = (journal.build(of(demo, period, "GENRE"))[0] for period in ("2026-T1", "2026-T2"))
    assert second.months[0].entries[0].order == first.count + 1


def test_a_storno_stands_negative_in_its_own_column(demo):
    report = journal.report(of(demo, "2026-06", "UE-EAU"))
    rows = [row for row in report.tables[0].rows if row.cells.get("piece") == "OD-UE-EAU-2026-0029"]
    assert [(row.cells["debit"], row.cells["credit"]) for row in rows] == [(-64000, None), (None, -64000)]


def test_the_ledger_letters_a_debt_with_what_paid_it(demo):
    """And never otherwise afterwards: what is paid in a later period takes a later letter."""

    def lettered(period: str) -> dict[str, str]:
        rows = ledger_accounts.report(of(demo, period, "UE-EAU")).tables[0].rows
        return {
            str(r.cells["piece"]): str(r.cells["letter"])
            for r in rows
            if r.cells.get("account") == "4011" and r.cells.get("piece")
        }

    quarter, year = lettered("2026-T1"), lettered("2026")
    assert quarter["OD-UE-EAU-2026-0006"] == quarter["BQ-UE-EAU-2026-0017"] != ""
    assert {piece: year[piece] for piece, letter in quarter.items() if letter} == {
        piece: letter for piece, letter in quarter.items() if letter
    }
    waiting = {piece for piece, letter in quarter.items() if not letter}
    assert any(year[piece] for piece in waiting), "paid later: not lettered in the quarter"
    rows = journal.report(of(demo, "2026-03", "UE-EAU")).tables[0].rows
    assert {row.cells["book"] for row in rows if row.cells.get("piece")} == {"BQ", "CS", "MM", "OD"}


def test_a_cancelled_number_stays_in_the_journal(demo):
    report = journal.report(of(demo, "2026-08", "UNICEF-EDU"))
    (row,) = [row for row in report.tables[0].rows if "annulée" in str(row.cells.get("label"))]
    assert row.cells["label"] == "Pièce annulée : chèque mal libellé, conservé et barré"
    assert "debit" not in row.cells


# --- banks, mobile money, tills ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [bank_book, cash_book], ids=("journal-banque", "brouillard-caisse"))
@pytest.mark.parametrize("tree", TREES)
def test_the_books_of_treasury_accounts_chain_month_after_month(demo, bql, module, tree):
    year = {book.account.name: book for book in module.build(of(demo, "2026", tree))}
    assert year
    assert all(name.split(":")[2].startswith(module.REPORT.prefixes) for name in year)
    for name, book in year.items():
        orders = [line.order for month in book.months for line in month.lines]
        assert orders == list(range(1, len(orders) + 1))
        expected = opening(demo, bql, YEAR, tree).get(name, 0)
        for month in book.months:
            assert month.opening == expected
            moved = columns(demo, month.period.start, month.period.end, tree).get(name, (0, 0))
            assert (month.receipts, month.payments) == moved
            expected = bql(month.period.end + timedelta(days=1), tree).get(name, 0)
            assert month.closing == expected == (month.lines[-1].balance if month.lines else month.opening)
        alone = module.build(of(demo, "2026-05", account=name))[0]
        assert alone.months == tuple(month for month in book.months if month.period.code == "2026-05")
    assert [month.period.code for month in next(iter(year.values())).months] == [f"2026-{n:02d}" for n in range(1, 11)]


def test_no_book_is_closed_at_a_day_to_come(demo):
    """« Arrêté au » is the situation day while the month is not over."""
    early = replace(demo.books, as_of=date(2026, 10, 16))
    for module, account in ((bank_book, "52111-Banque-BDM"), (cash_book, "5711-Caisse")):
        for books, day in ((early, "16/10/2026"), (demo.books, "31/10/2026")):
            context = replace(of(demo, "2026-10", account=f"Actif:UE-EAU:{account}"), books=books)
            (made,) = module.report(context)
            (closing,) = (block for block in made.body if isinstance(block, Text) and block.role == "sentence")
            assert f"arrêté au {day}" in closing.paragraphs[0]


def test_each_month_of_a_book_is_closed(demo):
    for module, account in ((bank_book, "52111-Banque-BDM"), (cash_book, "5711-Caisse")):
        (made,) = module.report(of(demo, "2026-T3", account=f"Actif:UE-EAU:{account}"))
        said = [block.paragraphs[0] for block in made.body if isinstance(block, Text) and block.role == "sentence"]
        assert [text[text.index("au") :][:13] for text in said] == ["au 31/07/2026", "au 31/08/2026", "au 30/09/2026"]
        kinds = [type(block) for block in made.body if isinstance(block, Table | Text)]
        assert kinds == [Table, Text] * 3


def test_a_balance_reads_debit_or_credit(demo):
    page = str(render.html(ledger_accounts.report(of(demo, "2026-T3", "UE-EAU"))))
    cells = re.findall(r'<td class="n[^"]*">([^<]*)</td>', page)
    assert "3\u202f000\u202f000\u00a0C" in cells
    assert "2\u202f300\u202f000\u00a0D" in cells
    assert not any(cell.startswith("\u2212") and cell.endswith(("C", "D")) for cell in cells)


def test_minutes_say_the_bounds_of_the_till(demo):
    (made,) = cash_minutes.report(of(demo, "2026-09", account="Actif:UE-EAU:5711-Caisse"))
    facts = {fact.label: fact.value for fact in made.facts}
    assert (facts["Plancher"], facts["Plafond"]) == (25_000, 150_000)


def test_bank_papers_say_the_account_as_the_bank_knows_it(demo):
    """And a till's minutes say where it stands; nothing of it where the rules do not."""
    donor = demo.books.policy.donors["UE-EAU"]
    own = {"bank_name": "Banque BDM", "branch": "Bandiagara", "holder": "ANI-Mali UE-EAU", "number": "ML016 01201 0123"}
    tills = tuple(each.model_copy(update={"place": "bureau de Bandiagara"}) for each in donor.accounts.tills)
    accounts = donor.accounts.model_copy(update={**own, "tills": tills})
    policy = replace(
        demo.books.policy,
        donors={**demo.books.policy.donors, "UE-EAU": donor.model_copy(update={"accounts": accounts})},
    )
    books = replace(demo.books, policy=policy)
    bank, till = ("Actif:UE-EAU:52111-Banque-BDM", "Actif:UE-EAU:5711-Caisse")
    wanted = {"Banque": "Banque BDM", "Agence": "Bandiagara", "Titulaire": "ANI-Mali UE-EAU", "RIB": "ML016 01201 0123"}
    for module in (bank_book, reconciliation):
        made = module.report(replace(of(demo, "2026-09", account=bank), books=books))[0]
        facts = {fact.label: fact.value for fact in made.facts}
        assert {label: facts[label] for label in wanted} == wanted
    order = payment_order.report(
        replace(of(demo, "2026-10"), books=books, scope=Scope("UE-EAU", "", "BQ-UE-EAU-2026-0112"))
    )
    assert ("RIB", "ML016 01201 0123") in [(fact.label, fact.value) for fact in order[0].facts]
    minutes = cash_minutes.report(replace(of(demo, "2026-09", account=till), books=books))[0]
    assert ("Lieu", "bureau de Bandiagara") in [(fact.label, fact.value) for fact in minutes.facts]


def test_papers_name_accounts_in_words(demo):
    (made,) = bank_book.report(of(demo, "2026-03", account="Actif:UE-EAU:52111-Banque-BDM"))
    assert made.about == "UE-EAU — Banque BDM (52111)"
    assert "Actif:" not in re.sub(r"<[^>]+>", "", str(render.html(made)).split("</style>")[1])


def test_the_bank_book_as_it_is_signed(demo):
    bank, mobile = bank_book.report(of(demo, "2026-03", "UE-EAU"))
    assert (bank.title, mobile.title) == ("Journal de banque", "Journal de monnaie électronique")
    assert (bank.scope, mobile.scope) == ("Actif:UE-EAU:52111-Banque-BDM", "Actif:UE-EAU:5521-Orange-Money")
    table = bank.tables[0]
    assert [column.title for column in table.columns] == (
        "N°|Date|Date de valeur|N° pièce|Mode|N° chèque / OV|Bénéficiaire / Émetteur|Libellé|Compte|Projet|Ligne|"
        "Recettes (débit)|Dépenses (crédit)|Solde progressif|Signataire 1|Signataire 2|Pointé relevé n°"
    ).split("|")
    assert (table.rows[0].role, table.rows[-2].role, table.rows[-1].role) == ("opening", "total", "closing")
    (row,) = [row for row in table.rows if row.cells.get("piece") == "BQ-UE-EAU-2026-0017"]
    assert row.cells["payments"] == 285000
    assert (row.cells["mode"], row.cells["cheque"], row.cells["account"]) == ("chèque", "0441024", "4011")
    assert (row.cells["first"], row.cells["second"]) == ("A. Traoré (fictif)", "B. Konaté (fictif)")
    assert [(box.role, box.name) for box in bank.signatures] == [
        ("Comptable", "P. Kanté (fictif)"),
        ("Directeur", "A. Traoré (fictif)"),
    ]
    sentence = bank.body[-1]
    assert isinstance(sentence, Text)
    closing = demo.books.balance("Actif:UE-EAU:52111-Banque-BDM", date(2026, 3, 31))
    assert render.amount_in_words(closing) in sentence.paragraphs[0]


def test_the_cash_book_shows_floor_and_ceiling_and_leaves_room_for_visas(demo):
    (book,) = cash_book.report(of(demo, "2026-03", "UE-EAU"))
    gauge = book.body[0].gauges[0]
    assert (gauge.value, gauge.floor, gauge.ceiling) == (30750, 25000, 150000)
    assert [column.key for column in book.tables[0].columns][-2:] == ["cashier", "control"]
    assert book.signatures[0].name == "T. Kassogué (fictif)"


def test_a_month_without_movement_says_so(demo):
    (book,) = bank_book.report(of(demo, "2026-02", account="Actif:UE-EAU:5521-Orange-Money"))
    assert [row.role for row in book.tables[0].rows] == ["opening", "note", "closing"]
    assert book.tables[0].rows[1].cells["label"] == "Aucun mouvement dans le mois"


# --- cash minutes -----------------------------------------------------------------------------------------------------


def test_every_count_of_the_year(demo):
    counted = [entry for entry in demo.entries if isinstance(entry, data.Custom) and entry.type == "pv-caisse"]
    minutes = cash_minutes.build(of(demo, "2026"))
    assert len(minutes) == len(counted) > 40
    by_till = {(each.count.account.name, each.count.date): each for each in minutes}
    for entry in counted:
        account, amount = entry.values[0].value, int(entry.values[1].value.number)
        each = by_till[account, entry.date]
        words = f"{entry.meta['billets']} {entry.meta.get('pieces', '')}".split()
        faces = sum(int(face) * int(many) for face, many in (word.split("x") for word in words))
        last = int(entry.meta["derniere-piece"][-4:])
        theory = sum(
            number
            for transaction, posting, number in raw_postings(demo)
            if posting.account == account
            and (transaction.date < entry.date or transaction.date == entry.date)
            and (transaction.meta.get("ecriture") == "a-nouveau" or int(transaction.meta["piece"][-4:]) <= last)
        )
        assert each.cash == faces == amount
        assert each.theory == theory
        assert each.gap == amount - theory
    for account in {name for name, _ in by_till}:
        chain = [each for (name, _), each in sorted(by_till.items()) if name == account]
        assert chain[0].previous is None
        assert [each.before for each in chain[1:]] == [each.theory for each in chain[:-1]]
    assert [each.gap for each in minutes if each.gap] != []


def test_the_minutes_as_they_are_signed(demo):
    (sheet,) = cash_minutes.report(of(demo, "2026-03", "UE-EAU"))
    notes, check = sheet.tables
    assert [
        (row.cells["nature"], row.cells["face"], row.cells["many"]) for row in notes.rows if row.role == "normal"
    ] == [
        *(("Billets", face, {10000: 3, 500: 1}.get(face, 0)) for face in (10000, 5000, 2000, 1000, 500)),
        *(("Pièces", face, {250: 1}.get(face, 0)) for face in (500, 250, 200, 100, 50, 25, 10, 5)),
    ]
    assert [row.key for row in check.rows] == list("BCDEAFGH")
    figures = {row.key: row.cells["amount"] for row in check.rows}
    assert figures["A"] == notes.rows[-1].cells["amount"] == 30750
    assert figures["H"] == 0
    assert "trente mille sept cent cinquante francs CFA" in sheet.body[-1].paragraphs[0]
    assert [box.role for box in sheet.signatures] == ["Caissier", "Contrôleur", "Témoin"]
    assert (sheet.title, sheet.subtitle) == ("Procès-verbal de caisse, arrêté mensuel", "PV-2026-03-31")
    assert sheet.body[0].paragraphs[0].startswith("Le 31/03/2026 à 17:30, Bandiagara, ")
    assert "a compté la caisse tenue par T. Kassogué (fictif)" in sheet.body[0].paragraphs[0]
    assert sheet.body[-1].paragraphs[1].startswith("Fait en deux exemplaires")


def test_a_difference_is_explained(demo):
    short = next(each for each in cash_minutes.build(of(demo, "2026")) if each.gap)
    context = of(demo, Period.month(short.count.date).code, account=short.count.account.name)
    sheets_made = cash_minutes.report(context)
    said = " ".join(p for sheet in sheets_made for b in sheet.body if isinstance(b, Text) for p in b.paragraphs)
    assert ("Manquant de" if short.gap < 0 else "Excédent de") in said
    assert f"Motif : {short.count.reason}" in said


# --- vouchers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tree", TREES)
def test_every_payment_has_its_order_and_every_order_its_amount(demo, tree):
    orders = payment_order.build(of(demo, "2026", tree))
    paid: dict[str, int] = defaultdict(int)
    fees_only = set()
    for entry in demo.entries:
        if (
            not isinstance(entry, data.Transaction)
            or entry.meta.get("ecriture")
            or f"-{tree}-" not in entry.meta["piece"]
        ):
            continue
        out = [p for p in entry.postings if p.account.split(":")[2].startswith(("52", "55")) and p.units.number < 0]
        others = [p for p in entry.postings if not p.account.split(":")[2].startswith(("52", "55"))]
        if out and others and all(p.account.split(":")[2].startswith(("631", "6712", "6745")) for p in others):
            fees_only.add(entry.meta["piece"])
        elif out:
            paid[entry.meta["piece"]] -= sum(int(p.units.number) for p in out)
    assert {order.entry.piece: order.amount for order in orders} == dict(paid)
    assert all(order.gross - order.deductions == order.amount for order in orders)
    fee = min(fees_only)
    assert payment_order.build(of(demo, "2026", piece=fee))[0].amount > 0


def test_the_order_as_it_is_signed(demo):
    (order,) = payment_order.report(of(demo, "2026-03", piece="BQ-UE-EAU-2026-0017"))
    facts = {fact.label: fact.value for fact in order.facts}
    assert facts["Net à payer"] == 285000
    assert (facts["Bénéficiaire"], facts["N° chèque / OV"]) == ("Faso Papeterie (fictif)", "0441024")
    said, place = (block.paragraphs[0] for block in order.body[-2:])
    assert "deux cent quatre-vingt-cinq mille francs CFA" in said
    assert said.endswith(
        "par le débit de notre compte n° ML016 01201 002600521110 37 ouvert à la banque BDM (fictif), agence de Mopti."
    )
    assert place.startswith("Fait à …")
    assert (facts["Banque"], facts["RIB"]) == ("BDM (fictif)", "ML016 01201 002600521110 37")
    imputation, invoices = order.tables
    assert imputation.rows[-1].cells["amount"] == 285000
    assert invoices.rows[0].cells["number"] == "F26-0064"
    assert invoices.rows[-1].cells["paid"] == 285000
    assert [(box.role, box.name) for box in order.signatures] == [
        ("Service fait, certifié par", "S. Coulibaly (fictif)"),
        ("Établi par", "P. Kanté (fictif)"),
        ("Vu, bon à payer : première signature", "A. Traoré (fictif)"),
        ("Vu, bon à payer : seconde signature", "B. Konaté (fictif)"),
        ("Pour acquit, le bénéficiaire", "Faso Papeterie (fictif)"),
    ]


def test_no_paper_of_a_bank_prints_a_name_of_the_books(demo):
    """Even where the rules do not say what the bank calls the account."""
    donor = demo.books.policy.donors["UE-EAU"]
    accounts = donor.accounts.model_copy(update={"number": "", "bank_name": "", "branch": "", "holder": ""})
    donors = {**demo.books.policy.donors, "UE-EAU": donor.model_copy(update={"accounts": accounts})}
    bare = replace(demo.books, policy=replace(demo.books.policy, donors=donors))
    for books in (demo.books, bare):
        (order,) = payment_order.report(replace(of(demo, "2026-10", piece="BQ-UE-EAU-2026-0112"), books=books))
        page = render.html(order)
        assert isinstance(page, str)
        assert "Actif:" not in page
    assert "par le débit de notre compte Banque BDM (52111)." in order.body[-2].paragraphs[0]
    assert ("Compte du bénéficiaire", "………………………") in [(fact.label, fact.value) for fact in order.facts]


def test_an_order_shows_what_was_withheld_on_the_invoice(demo):
    (order,) = [
        order
        for order in payment_order.build(of(demo, "2026-T2", "FONCT"))
        if any(invoice.number == "F26-0053" for invoice in order.invoices)
    ]
    (invoice,) = order.invoices
    assert (invoice.gross, invoice.withheld, invoice.owed, invoice.paid) == (1800000, 270000, 1530000, 1530000)
    assert order.amount == 1530000


def test_vouchers_that_cannot_be_made_say_why(demo):
    for piece, said in (
        ("BQ-UE-EAU-2026-9999", "n'existe pas"),
        ("CS-UE-EAU-2026-0008", "ne fait sortir aucun argent"),
        (next(entry.piece for entry in demo.books.entries if entry.is_cancelled), "est annulée"),
    ):
        with pytest.raises(RefusedError, match=said):
            payment_order.report(of(demo, "2026-03", piece=piece))
    with pytest.raises(RefusedError, match="ne touche aucun compte 57"):
        cash_voucher.report(of(demo, "2026-03", piece="BQ-UE-EAU-2026-0017"))


@pytest.mark.parametrize("tree", TREES)
def test_cash_vouchers_add_up_to_the_tills_movements(demo, tree):
    found = cash_voucher.build(of(demo, "2026-T2", tree))
    moved = columns(demo, date(2026, 4, 1), date(2026, 6, 30), tree)
    tills = [sides for name, sides in moved.items() if name.split(":")[2].startswith("57")]
    assert sum(voucher.amount for voucher in found if voucher.amount > 0) == sum(credit for _, credit in tills)
    assert -sum(voucher.amount for voucher in found if voucher.amount < 0) == sum(debit for debit, _ in tills)
    titles = {report.title for report in cash_voucher.report(of(demo, "2026-T2", tree))}
    assert titles == {"Bon de sortie de caisse", "Bon d'entrée de caisse"}


def test_a_period_with_nothing_says_so(demo):
    for module in (cash_minutes, payment_order, cash_voucher):
        (sheet,) = module.report(of(demo, "2026-12", "GENRE"))
        assert isinstance(sheet.body[0], Text)
        assert sheet.body[0].paragraphs[0].startswith("Aucun ")
    assert isinstance(journal.report(of(demo, "2026-12", "GENRE")).body[0], Text)
    assert isinstance(trial_balance.report(of(demo, "2025-12", "GENRE")).body[0], Text)
    assert isinstance(ledger_accounts.report(of(demo, "2025-12", "GENRE")).body[0], Text)
    with pytest.raises(RefusedError, match=r"n'est ouvert sur la période 2025-12 pour GENRE"):
        bank_book.report(of(demo, "2025-12", "GENRE"))
    with pytest.raises(RefusedError, match=r"n'est pas un compte de banque"):
        bank_book.report(of(demo, "2026-03", account="Actif:UE-EAU:5711-Caisse"))


# --- on paper and in spreadsheets -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    [bank_book, cash_book, journal, ledger_accounts, trial_balance, cash_minutes, payment_order, cash_voucher],
    ids=lambda module: module.REPORT.name,
)
def test_pages_and_spreadsheets_hold_the_facts(demo, module):
    for tree in ("UE-EAU", "FONCT"):
        made = module.report(of(demo, "2026-03", tree))
        for report in (made if isinstance(made, tuple) else (made,))[:3]:
            page = render.html(report)
            assert isinstance(page, str)
            assert page == render.html(report)
            assert report.tables
            checked = 0
            for sheet in sheets(render.xlsx(report)).values():
                for cell, (value, cached) in sheet.formulas().items():
                    assert value == Fraction(str(cached or 0)), cell
                    checked += 1
            assert checked or not any(_computed(table) for table in report.tables)


def _computed(table: Table) -> bool:
    return any(row.sums or row.formula for row in table.rows)


def test_a_report_asked_without_its_tree_speaks_its_donors_language(demo):
    policy = demo.policy
    donors = {**policy.donors, "UNICEF-EDU": policy.donors["UNICEF-EDU"].model_copy(update={"language": "en"})}
    books = replace(demo.books, policy=replace(policy, donors=donors))
    asked = replace(of(demo, "2026-03", account="Actif:UNICEF-EDU:52112-Banque-BNDA"), books=books)
    (book,) = bank_book.report(asked)
    assert book.language == "en"
    assert book.currency_label == "XOF"
    assert "CFA francs" in book.body[-1].paragraphs[0]
    (order,) = payment_order.report(replace(of(demo, "2026-03", piece="BQ-UE-EAU-2026-0017"), books=books))
    assert order.language == "fr"
    assert order.tables[0].rows[0].cells["label"] == "Fournisseurs"
