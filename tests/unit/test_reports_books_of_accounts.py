"""Books of accounts on small ledgers: identities on generated ones, boundaries, and books without any policy."""

from __future__ import annotations

import textwrap
from datetime import date, timedelta

import pytest
from beancount import loader
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.books.index import Books, build
from grandlivre.i18n import Money
from grandlivre.policy.loading import Policy
from grandlivre.policy.periods import Period
from grandlivre.reports import (
    bank_book,
    cash_book,
    cash_minutes,
    cash_voucher,
    journal,
    ledger_accounts,
    payment_order,
    trial_balance,
)
from grandlivre.reports.kit.account_figures import sides
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Text
from grandlivre.reports.kit.wording import amount_in_figures, amount_in_words, period_label, sum_in_figures

OPENS = """
2026-01-01 open Assets:EAU:52111-Bank
2026-01-01 open Assets:EAU:5711-Till
2026-01-01 open Assets:EAU:585-Transfers
2026-01-01 open Liabilities:EAU:4011-Suppliers
2026-01-01 open Liabilities:EAU:4478-Withheld
2026-01-01 open Equity:EAU:121-Forward
2026-01-01 open Expenses:EAU:6047-Supplies
"""
ACCOUNTS = [line.split()[-1] for line in OPENS.split("\n") if line]


def books(text: str) -> Books:
    """The books of a ledger with English roots and no policy at all."""
    entries, errors, options = loader.load_string(OPENS + textwrap.dedent(text))
    assert not errors
    return build(entries, options, Policy())


def of(read: Books, period: str, **scope: str) -> Context:
    span = Period.parse(period)
    assert span is not None
    return Context(read, Scope(**scope), span)


def texts(report) -> str:
    return " ".join(p for block in report.body if isinstance(block, Text) for p in block.paragraphs)


# --- identities -------------------------------------------------------------------------------------------------------

movements = st.lists(
    st.tuples(
        st.integers(0, 364),
        st.permutations(ACCOUNTS).map(lambda names: names[:2]),
        st.integers(1, 10**9),
        st.sampled_from(["", "", "", "extourne", "a-nouveau"]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(movements, st.sampled_from(["2026", "2026-S1", "2026-T2", "2026-01", "2026-07"]))
def test_identities_hold_on_any_books(drawn, period):
    text = "".join(
        f'\n{date(2026, 1, 1) + timedelta(days=day)} * "Tiers" "Libellé"\n  piece: "OD-EAU-2026-{i:04d}"\n'
        + (f'  ecriture: "{kind}"\n' if kind else "")
        + f"  {debit}  {amount} XOF\n  {credit}  -{amount} XOF\n"
        for i, (day, (debit, credit), amount, kind) in enumerate(drawn, 1)
    )
    read = books(text)
    context = of(read, period)
    balance = trial_balance.build(context)[0]
    for side in ("opening_", "", "year_", "closing_"):
        assert balance.total(f"{side}debit") == balance.total(f"{side}credit")
    for figures in ledger_accounts.build(context)[0].accounts:
        assert figures.closing == read.balance(figures.account.name, context.period.end)
        assert sum(m.movement.value for m in figures.movements) == figures.debit - figures.credit
    book = journal.build(context)[0]
    assert book.debit == book.credit
    for month in bank_book.build(context)[0].months:
        assert month.closing == read.balance("Assets:EAU:52111-Bank", month.period.end)
    for model in (bank_book, cash_book, journal, ledger_accounts, trial_balance):
        made = model.report(context)  # `grid` refuses a given figure that disagrees with its recipe
        assert all(report.tables or texts(report) for report in (made if isinstance(made, tuple) else (made,)))


def test_a_storno_is_written_negative_on_its_originals_side():
    read = books("""
        2026-02-02 * "A" "Achat"
          piece: "BQ-EAU-2026-0001"
          Expenses:EAU:6047-Supplies  1000 XOF
          Assets:EAU:52111-Bank      -1000 XOF
        2026-02-03 * "A" "Extourne"
          piece: "BQ-EAU-2026-0002"
          ecriture: "extourne"
          annule: "BQ-EAU-2026-0001"
          Expenses:EAU:6047-Supplies -1000 XOF
          Assets:EAU:52111-Bank       1000 XOF
    """)
    purchase, storno = read.entries
    assert sides(purchase, 1000) == (1000, 0)
    assert (sides(storno, -1000), sides(storno, 1000)) == ((-1000, 0), (0, -1000))
    month = bank_book.build(of(read, "2026-02"))[0].months[0]
    assert (month.receipts, month.payments, month.closing) == (0, 0, 0)
    (order,) = payment_order.report(of(read, "2026-02"))
    assert "extournée : ne la payez pas" in texts(order)


def test_an_opening_counts_as_opening_on_the_first_day_only():
    text = """
        {day} * "ONG" "Report à nouveau"
          piece: "OD-EAU-2026-0001"
          ecriture: "a-nouveau"
          Assets:EAU:52111-Bank   500000 XOF
          Equity:EAU:121-Forward -500000 XOF
    """
    first = bank_book.build(of(books(text.format(day="2026-01-01")), "2026-01"))[0].months[0]
    assert (first.opening, first.receipts, first.lines) == (500000, 0, ())
    read = books(
        '2026-01-02 * "A" "B"\n  Assets:EAU:5711-Till  5 XOF\n  Assets:EAU:52111-Bank  -5 XOF\n'
        + textwrap.dedent(text.format(day="2026-01-05"))
    )
    later = bank_book.build(of(read, "2026-01"))[0].months[0]
    assert (later.opening, later.receipts, later.closing) == (0, 500000, 499995)


# --- cash counts ------------------------------------------------------------------------------------------------------

TILL = """
2026-03-01 * "Banque" "Approvisionnement"
  piece: "CS-EAU-2026-0001"
  Assets:EAU:5711-Till       100000 XOF
  Assets:EAU:585-Transfers  -100000 XOF
2026-03-31 * "A" "Achat"
  piece: "CS-EAU-2026-0002"
  Expenses:EAU:6047-Supplies  20000 XOF
  Assets:EAU:5711-Till       -20000 XOF
2026-03-31 * "B" "Achat après le comptage"
  piece: "CS-EAU-2026-0003"
  Expenses:EAU:6047-Supplies   5000 XOF
  Assets:EAU:5711-Till        -5000 XOF
"""


def count(amount: int, meta: str) -> tuple[cash_minutes.Minutes, str]:
    text = f'{TILL}2026-03-31 custom "pv-caisse" Assets:EAU:5711-Till {amount} XOF\n{textwrap.indent(meta, "  ")}\n'
    context = of(books(text), "2026-03", account="Assets:EAU:5711-Till")
    (minutes,) = cash_minutes.build(context)
    (report,) = cash_minutes.report(context)
    return minutes, texts(report)


def test_a_count_takes_in_its_last_voucher_and_none_after():
    minutes, said = count(80000, 'billets: "10000x8"\nderniere-piece: "CS-EAU-2026-0002"')
    assert (minutes.before, minutes.receipts, minutes.payments, minutes.theory) == (0, 100000, 20000, 80000)
    assert minutes.gap == 0
    assert "quatre-vingt mille francs CFA" in said
    minutes, _ = count(75000, 'billets: "10000x7 5000x1"')
    assert (minutes.theory, minutes.gap) == (75000, 0)


def test_five_hundred_is_a_note_and_a_coin():
    minutes, _ = count(75000, 'billets: "10000x7 2000x2 500x1"\npieces: "500x1"')
    assert minutes.cash == minutes.count.detailed == 75000
    assert (minutes.count.notes[-1], minutes.count.coins) == ((500, 1), ((500, 1),))


def test_shortage_surplus_and_missing_or_wrong_details_are_said():
    minutes, said = count(74500, 'billets: "10000x7 2000x2 500x1"\nmotif: "erreur de rendu"')
    assert minutes.gap == -500
    assert "Manquant de" in said
    assert "Motif : erreur de rendu" in said
    minutes, said = count(80000, 'billets: "10000x8"')
    assert minutes.gap == 5000
    assert "Excédent de" in said
    assert "Motif : non indiqué" in said
    minutes, said = count(75000, 'heure: "17:30"')
    assert (minutes.detailed, minutes.cash, minutes.gap) == (False, 75000, 0)
    assert "pas détaillé" in said
    minutes, said = count(75000, 'billets: "10000x7"')
    assert (minutes.cash, minutes.gap) == (70000, -5000)
    assert "corrigez la directive" in said


# --- vouchers ---------------------------------------------------------------------------------------------------------


def test_a_withholding_in_the_voucher_lessens_what_is_paid():
    read = books("""
        2026-04-01 * "Cabinet" "Honoraires"
          piece: "BQ-EAU-2026-0001"
          mode: "virement"
          Expenses:EAU:6047-Supplies   100000 XOF
          Liabilities:EAU:4478-Withheld -15000 XOF
          Assets:EAU:52111-Bank        -85000 XOF
    """)
    (voucher,) = payment_order.build(of(read, "2026-04"))
    assert (voucher.gross, voucher.deductions, voucher.amount) == (100000, 15000, 85000)
    (order,) = payment_order.report(of(read, "2026-04"))
    figures = [row.cells["amount"] for row in order.tables[0].rows]
    assert figures == [100000, 100000, 15000, 15000, 85000]
    assert [box.role for box in order.signatures] == [
        "Établi par",
        "Vu, bon à payer : première signature",
        "Vu, bon à payer : seconde signature",
        "Pour acquit, le bénéficiaire",
    ]


def test_money_paid_into_a_till_has_its_voucher_too():
    read = books(TILL)
    into, out, _ = cash_voucher.report(of(read, "2026-03"))
    assert (into.title, out.title) == ("Bon d'entrée de caisse", "Bon de sortie de caisse")
    assert into.tables[0].rows[-1].cells["amount"] == 100000
    assert "La caisse a reçu de Banque la somme de cent mille francs CFA" in texts(into)


@pytest.mark.parametrize(
    ("francs", "words", "figures"),
    [
        (0, "zéro franc CFA", "0\u00a0FCFA"),
        (1, "un franc CFA", "1\u00a0FCFA"),
        (80000, "quatre-vingt mille francs CFA", "80\u202f000\u00a0FCFA"),
        (2_000_000, "deux millions de francs CFA", "2\u202f000\u202f000\u00a0FCFA"),
        (-500, "moins cinq cents francs CFA", "\u2212500\u00a0FCFA"),
    ],
)
def test_amounts_in_sentences(francs, words, figures):
    assert (amount_in_words(francs), amount_in_figures(francs)) == (words, figures)


@pytest.mark.parametrize(
    ("code", "french", "english"),
    [
        ("2026", "année 2026", "year 2026"),
        ("2026-S1", "1er semestre 2026", "1st half 2026"),
        ("2026-T3", "3e trimestre 2026", "3rd quarter 2026"),
        ("2026-08", "août 2026", "August 2026"),
    ],
)
def test_periods_are_called_as_their_reader_calls_them(code, french, english):
    period = Period.parse(code)
    assert period is not None
    assert (period_label(period), period_label(period, "en")) == (french, english)


def test_an_agreement_s_sum_is_written_as_its_reader_writes():
    sum_of_euros = Money(15_000_050, "EUR", 2)
    assert sum_in_figures(sum_of_euros) == "150 000,50 EUR"
    assert sum_in_figures(sum_of_euros, "en") == "150,000.50 EUR"
    assert sum_in_figures(Money(9_000_000), "en") == "9,000,000 XOF"
