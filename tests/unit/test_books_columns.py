"""Entries alike and their columns say what the entries say, one by one; so do an account's ledger and ticks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from grandlivre.books.budget import tree_charges
from grandlivre.books.index import Books, build
from grandlivre.books.loading import load
from grandlivre.books.records import as_text
from grandlivre.inspection import Inspection
from grandlivre.policy.loading import inline_policy
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.account_figures import is_forward, sides
from grandlivre.sources.yaml import Block


@pytest.fixture(scope="module")
def books(demo: Inspection) -> Books:
    return demo.books


def test_each_entry_has_one_shape(books: Books) -> None:
    places = sorted(place for shape in books.shapes for place in shape.places)
    assert places == list(range(len(books.entries)))
    for shape in books.shapes:
        assert list(shape.places) == sorted(shape.places)
        assert [books.entries[place] for place in shape.places] == list(shape.entries)
        for entry in shape.entries:
            assert (entry.pattern, entry.form, entry.flag) == (shape.pattern, shape.form, shape.flag)
    firsts = [shape.places[0] for shape in books.shapes]
    assert firsts == sorted(firsts)


def test_columns(books: Books) -> None:
    keys = {key for shape in books.shapes for key in shape.form.keys} | {"inconnue"}
    for shape in books.shapes:
        assert list(shape.payees) == [entry.payee for entry in shape.entries]
        assert list(shape.names()) == [entry.payee_of() for entry in shape.entries]
        for key in keys:
            assert shape.column(key) == [entry.meta.get(key) for entry in shape.entries]
            assert shape.texts(key) == [as_text(entry.meta.get(key)) for entry in shape.entries]
        for position in range(len(shape.pattern.accounts)):
            moved = [entry.movements[position].value for entry in shape.entries]
            assert list(shape.moved(position)) == moved
        if not shape.annotated:
            own = {key for entry in shape.entries for movement in entry.movements for key in movement.meta}
            assert own <= {"filename", "lineno", "__automatic__"}
        currencies = {movement.currency for entry in shape.entries for movement in entry.movements}
        assert shape.foreign or currencies <= {books.policy.currency}


def test_charges_line_by_line(books: Books) -> None:
    """What a line bears up to a day, and in a period, is what its charges say one by one; so for prepared payments."""
    for tree, own in books.charges_by_tree.items():
        days = sorted({charge.entry.date for charge in own})
        spans = [
            Period("", days[0], days[0]),
            Period("", days[len(days) // 3], days[-2]),
            Period("", days[-1], days[0]),
        ]
        prepared = frozenset(charge.entry.place for charge in own[::3])
        told = tree_charges(own, prepared)
        wanted = (
            (books.charges_by_line(tree).every, own),
            (told.every, own),
            (told.signed, [each for each in own if each.entry.place not in prepared]),
            (told.prepared, [each for each in own if each.entry.place in prepared]),
        )
        for lines, charges in wanted:
            assert sum(line.spent(days[-1]) for each in lines.values() for line in each.values()) == sum(
                charge.amount for charge in charges
            )
            for agreement, each in lines.items():
                for code, line in each.items():
                    alone = [
                        c for c in charges if ((c.agreement.id if c.agreement else ""), c.line) == (agreement, code)
                    ]
                    for day in (days[0] - timedelta(1), days[0], days[len(days) // 2], days[-1]):
                        assert line.spent(day) == sum(c.amount for c in alone if c.entry.date <= day)
                        assert line.begun(day) == any(c.entry.date <= day for c in alone)
                    for span in spans:
                        assert line.dated(span) == tuple(c for c in alone if span.start <= c.entry.date <= span.end)


def test_runs_between_turning_days(books: Books) -> None:
    days = sorted({entry.date for entry in books.entries})
    turns = [days[0] - timedelta(1), days[len(days) // 3], days[len(days) // 2], days[-1] + timedelta(1)]
    for shape in books.shapes:
        runs = list(shape.runs(turns))
        assert [entry for run in runs for entry in shape.entries[run]] == list(shape.entries)
        for run in runs:
            inside = {sum(turn <= entry.date for turn in turns) for entry in shape.entries[run]}
            assert len(inside) == 1


def test_series(books: Books) -> None:
    for series in books.series:
        own = [
            entry
            for entry in books.entries
            if entry.voucher and entry.voucher[:3] == (series.journal, series.tree, series.year)
        ]
        assert list(series.numbers) == [entry.voucher.number for entry in own if entry.voucher]
        assert (series.first, series.last) == (own[0].date, own[-1].date)


def test_the_ledger_of_an_account(books: Books) -> None:
    for name in books.accounts:
        ledger, posted = books.ledger(name), books.movements(name)
        balance = debit = credit = 0
        assert len(ledger) == len(posted)
        for rank, (step, (entry, movement)) in enumerate(zip(ledger, posted, strict=True)):
            assert (ledger.debits[rank], ledger.credits[rank]) == (debit, credit)
            balance += movement.value
            left, right = sides(entry, movement.value)
            debit, credit = debit + left, credit + right
            assert step == ledger[rank] == (entry, movement, balance)
        for entry, _ in posted[::20]:
            assert ledger.until(entry.date) == sum(each.entry.date <= entry.date for each in posted)
            assert ledger.brought_forward(entry.date) == sum(is_forward(each.entry, entry.date) for each in posted)
        assert (ledger.debits[-1], ledger.credits[-1]) == (debit, credit)
        assert ledger[1:3] == tuple(ledger)[1:3]


def test_amounts_of_any_size_are_kept(tmp_path: Path) -> None:
    """The columns hold 64 bits; a larger amount widens them and loses nothing."""
    main = tmp_path / "main.beancount"
    huge = 10**25
    lines = [
        f'2026-01-0{day} * "essai"\n  Assets:Bank  {amount} XOF\n  Equity:Opening  -{amount} XOF\n'
        for day, amount in ((2, 5), (3, huge), (4, 7))
    ]
    opens = "2026-01-01 open Assets:Bank\n2026-01-01 open Equity:Opening\n"
    main.write_text(opens + "\n".join(lines), encoding="utf-8")
    entries, errors, options = load(main)
    assert errors == []
    books = build(entries, options, inline_policy(Block({}, 1), main, []))
    (shape,) = books.shapes
    assert list(shape.moved(0)) == [5, huge, 7]
    assert list(shape.moved(1)) == [-5, -huge, -7]
    assert books.ledger("Assets:Bank").balances == [5, huge + 5, huge + 12]


def test_an_amount_that_beancount_works_out_is_nobody_s_note(tmp_path: Path) -> None:
    main = tmp_path / "main.beancount"
    opens = "2026-01-01 open Assets:Bank\n2026-01-01 open Equity:Opening\n"
    legs = "  Assets:Bank  5 XOF\n  Equity:Opening\n"
    noted = '  Assets:Bank  7 XOF\n  Equity:Opening\n    ligne: "1.1"\n'
    main.write_text(f'{opens}2026-01-02 * "essai"\n{legs}\n2026-01-03 * "essai"\n{noted}', encoding="utf-8")
    entries, _, options = load(main)
    books = build(entries, options, inline_policy(Block({}, 1), main, []))
    assert [(shape.annotated, list(shape.amounts)) for shape in books.shapes] == [(False, [5, -5]), (True, [7, -7])]
