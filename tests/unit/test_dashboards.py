"""The viewer's figures against plain loops over Beancount's own directives, on the demonstration books."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from beancount.core.data import Custom, Transaction

from grandlivre.books.records import Entry
from grandlivre.checks import rule_ids
from grandlivre.inspection import Inspection, inspect, inspect_loaded
from grandlivre.policy.periods import Period
from grandlivre.reports import calendar, dashboard, duties
from grandlivre.reports.asked import Asked, ask, named
from grandlivre.reports.holdings import together
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.rules import Finding, Level
from grandlivre.viewer import bank, controls, shelf
from grandlivre.viewer.state import Loaded, read

TODAY = date(2026, 10, 31)
SPANS = [None, (date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 1, 1), date(2026, 6, 15))]


@pytest.fixture(scope="module")
def whole(demo: Inspection) -> Asked:
    return ask(demo.books)


def balance(demo: Inspection, wanted: Callable[[str, str], bool], day: date) -> int:
    """The sum of postings on accounts, given (tree, number), from Beancount's transactions."""
    total = 0
    for entry in demo.entries:
        if isinstance(entry, Transaction) and entry.date <= day:
            for posting in entry.postings:
                _, tree, leaf = posting.account.split(":")
                if posting.units.currency == "XOF" and wanted(tree, leaf.split("-")[0]):
                    total += int(posting.units.number)
    return total


# Asking -------------------------------------------------------------------------------------------------------------


def test_without_filter_the_year_up_to_today(demo: Inspection, whole: Asked) -> None:
    assert (whole.start, whole.day, whole.whole) == (date(2026, 1, 1), TODAY, True)
    assert whole.trees[-1] == "FONCT"
    assert set(whole.trees) == {"UE-EAU", "UNICEF-EDU", "GENRE", "FONCT"}


def test_filters_choose_days_and_trees(demo: Inspection) -> None:
    asked = ask(demo.books, (date(2026, 7, 1), date(2026, 12, 31)), lambda name: ":UE-EAU:" in name)
    assert (asked.start, asked.day, asked.trees, asked.whole) == (date(2026, 7, 1), TODAY, ("UE-EAU",), False)
    later = ask(demo.books, (date(2027, 1, 1), date(2027, 1, 31)))
    assert later.day == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
        (date(2026, 7, 1), date(2026, 9, 30), "2026-T3"),
        (date(2026, 7, 1), date(2026, 12, 31), "2026-S2"),
        (date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (date(2026, 2, 1), date(2026, 4, 30), None),
        (date(2026, 2, 2), date(2026, 2, 28), None),
        (date(2026, 1, 1), date(2026, 10, 31), None),
    ],
)
def test_only_whole_periods_have_a_code(first: date, last: date, code: str | None) -> None:
    period = named(first, last)
    assert (period.code if period else None) == code


# Treasury, tills ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("span", SPANS)
def test_treasury_is_what_the_accounts_hold(demo: Inspection, span: tuple[date, date] | None) -> None:
    asked = ask(demo.books, span)
    rows = dashboard.treasury(demo.books, asked, dashboard.equations(demo.books))
    assert [row.tree for row in rows] == list(asked.trees)
    for row in rows:

        def of(*numbers: str, tree: str = row.tree) -> int:
            return balance(demo, lambda owner, number: owner == tree and number.startswith(numbers), asked.day)

        held = row.held
        assert (held.bank.amount, held.till.amount, held.mobile.amount) == (of("52"), of("57"), of("55"))
        assert held.advances.amount == of("409", "421")
        assert held.available == of("5")
        third_parties = of("4") - of("449", "462", "463", "464", "469", "473", "475", "477")
        assert held.net == held.available + third_parties
        assert held.committed == held.available + held.advances.amount + held.receivables.amount - held.net >= 0
        if row.funds is not None:
            end = row.funds.month.end
            assert end <= asked.day
            tree = row.tree
            given = -balance(
                demo,
                lambda owner, number, tree=tree: (  # type: ignore[misc]
                    owner == tree
                    and number.startswith(("16", "17", "462", "463", "464", "477", "20", "21", "22", "23", "24"))
                ),
                end,
            )
            assert row.funds.unspent == given
            assert row.funds.gap == 0
    assert together(row.held for row in rows).net == sum(row.held.net for row in rows)
    assert {row.tree for row in rows if row.funds} == {"UE-EAU", "UNICEF-EDU"}


def test_tills_say_what_to_ask_for(demo: Inspection, whole: Asked) -> None:
    tills = {till.account.tree: till for till in dashboard.tills(demo.books, whole)}
    assert len(tills) == 4
    for tree, till in tills.items():
        assert till.held == balance(demo, lambda owner, number, t=tree: owner == t and number[:2] == "57", TODAY)  # type: ignore[misc]
        assert till.floor is not None
        low = till.held < till.floor
        assert till.request == (till.ceiling - till.held if low else 0)
        assert till.excess == max(0, till.held - till.ceiling)
        assert till.gauge is not None
    low = tills["GENRE"]
    assert (low.held, low.floor, low.request) == (7_500, 20_000, 112_500)


# Budgets ------------------------------------------------------------------------------------------------------------


def test_budgets_agree_with_the_entries_behind_each_line(demo: Inspection, whole: Asked) -> None:
    found = dashboard.budgets(demo.books, whole)
    assert {budget.tree for budget in found} == set(whole.trees)
    for budget in found:
        for line in budget.execution.lines:
            behind = dashboard.charged(demo.books, budget.tree, budget.agreement.id, line.code, TODAY)
            assert line.earlier + sum(charge.amount for charge in behind) == line.cumulative
        assert budget.available == sum(line.available for line in budget.execution.lines)
        assert budget.granted == sum(line.budget for line in budget.execution.lines)
    by_tree: dict[str, int] = {}
    for budget in found:
        by_tree[budget.tree] = by_tree.get(budget.tree, 0) + budget.spent
    spent = balance(
        demo,
        lambda tree, number: tree == "UE-EAU" and number[0] == "6" and not number.startswith(("603", "68", "69")),
        TODAY,
    )
    bought = balance(
        demo, lambda tree, number: tree == "UE-EAU" and number[:2] in {"20", "21", "22", "23", "24"}, TODAY
    )
    assert by_tree["UE-EAU"] == spent + bought


def test_only_budgets_in_force_stand_on_the_first_page(demo: Inspection, whole: Asked) -> None:
    found = dashboard.budgets(demo.books, whole)
    kept = dashboard.current(found, TODAY)
    assert [b.tree for b in kept].count("GENRE") == 1
    assert dashboard.current(found, date(2035, 1, 1)) == found


# What waits ---------------------------------------------------------------------------------------------------------

UNSIGNED = """
2026-10-30 * "Faso Papeterie" "Papier"
  piece: "BQ-UE-EAU-2026-9001"
  signataire-1: "directeur"
  Charges:UE-EAU:6047-Fournitures  40000 XOF
  Actif:UE-EAU:52111-Banque-BDM

2026-10-30 ! "Faso Papeterie" "Facture à venir"
  piece: "OD-UE-EAU-2026-9001"
  Charges:UE-EAU:6047-Fournitures  1000 XOF
  Passif:UE-EAU:4011-Fournisseurs
"""


def test_what_waits_for_a_signature(demo: Inspection, whole: Asked, demo_copy: Path) -> None:
    assert dashboard.to_sign(demo.books, whole) == ()
    with (demo_copy / "ledger/ue-eau/2026-10.beancount").open("a", encoding="utf-8") as file:
        file.write(UNSIGNED)
    books = inspect(demo_copy / "ledger/main.beancount").books
    rows = dashboard.to_sign(books, ask(books))
    assert {(row.entry.piece, row.amount, row.missing) for row in rows} == {
        ("BQ-UE-EAU-2026-9001", 40_000, "1 signature"),
        ("OD-UE-EAU-2026-9001", 1_000, "à compléter"),
    }
    other = ask(books, None, lambda name: ":GENRE:" in name)
    assert dashboard.to_sign(books, other) == ()


def test_late_advances_are_those_whose_day_has_passed(demo: Inspection, whole: Asked) -> None:
    late = dashboard.late_advances(demo.books, whole)
    assert (len(late.advances), late.people, late.amount) == (1, 1, 90_000)
    early = ask(demo.books, (date(2026, 10, 1), date(2026, 10, 10)))
    assert dashboard.late_advances(demo.books, early).advances == ()


def test_what_is_late_is_counted_once_the_same_on_the_first_page_and_in_the_calendar(
    demo: Inspection, whole: Asked
) -> None:
    """Whatever its age, and before what is still to come."""
    books = replace(demo.books, directives=demo.books.directives._replace(transmissions=()), _memo={})
    found = duties.waiting(books, whole)
    for code in ("2026", "2026-T4", "2026-10", "2027"):
        period = Period.parse(code)
        assert period is not None
        assert duties.late(found) == calendar.build(Context(books, Scope(), period)).overdue == 11
    for tree in whole.trees:
        asked = ask(books, None, lambda name, tree=tree: f":{tree}:" in name)  # type: ignore[misc]
        own = calendar.build(Context(books, Scope(tree), asked.period))
        assert duties.late(duties.waiting(books, asked)) == own.overdue
    assert [due.days < 0 for due in found] == sorted((due.days < 0 for due in found), reverse=True)
    sent = {(each.model, each.tree, each.period) for each in demo.books.directives.transmissions}
    assert sent
    for due in duties.waiting(demo.books, whole):
        for row in due.rows:
            assert (row.subject, row.tree, row.period) not in sent
    late = next(due for due in found if due.title == "Rapport financier")
    assert (len(late.rows), late.label) == (9, "1er trimestre 2026 – 3e trimestre 2026")
    assert [(row.tree, row.period) for row in late.latest] == [
        (tree, "2026-T3") for tree in ("GENRE", "UE-EAU", "UNICEF-EDU")
    ]
    coming = [due for due in found if due.days >= 0]
    assert duties.to_send(found) == 0
    assert coming == []


def test_a_decision_not_done_stays_late_until_it_is(demo_copy: Path) -> None:
    path = demo_copy / "ledger/fonct/2026-02.beancount"
    text = path.read_text(encoding="utf-8")
    done = re.findall(r"\n  decision-1-faite: [^\n]*", text)
    assert done
    path.write_text(text.replace(done[0], "", 1), encoding="utf-8", newline="\n")
    books = inspect(demo_copy / "ledger/main.beancount").books
    found = duties.waiting(books, ask(books))
    decision, other = sorted((due for due in found if due.first.kind == "decision"), key=lambda due: due.days)
    assert other.days == -16
    assert decision.days < -200
    assert decision.title.startswith("Décision : ")
    assert duties.late(found) == 4


def test_last_meetings(demo: Inspection, whole: Asked) -> None:
    meetings = [e for e in demo.entries if isinstance(e, Custom) and e.type == "rencontre"]
    for row in duties.last_meetings(demo.books, whole):
        assert row.date == max(e.date for e in meetings if e.values[0].value == row.body)


# Controls -----------------------------------------------------------------------------------------------------------


def finding(
    rule: str, level: Level = Level.ERROR, message: str = "Il manque 1 FCFA. Ajoutez-le.", **more: Any
) -> Finding:
    return Finding(rule, level, more.pop("file", "/livres/a.beancount"), 3, message, **more)


def test_every_rule_has_one_family() -> None:
    assert {rule for rule in rule_ids() if controls.family_of(rule) == controls.OTHER} == set()


@pytest.mark.parametrize(
    ("message", "said", "remedy"),
    [
        ("La caisse est à 5 FCFA. Versez 2 FCFA.", "La caisse est à 5 FCFA.", "Versez 2 FCFA."),
        ("Une seule phrase, de 3.10 à 3.11", "Une seule phrase, de 3.10 à 3.11", ""),
        ("A. Traoré signe seul. Faites signer B. Konaté.", "A. Traoré signe seul.", "Faites signer B. Konaté."),
        ("Fin par un point.", "Fin par un point.", ""),
    ],
)
def test_a_sentence_ends_with_its_remedy(message: str, said: str, remedy: str) -> None:
    assert controls.parts(message) == (said, remedy)


def test_findings_are_grouped_and_chosen() -> None:
    rows = (
        (finding("caisse-hors-bornes", Level.WARNING), "GENRE"),
        (finding("caisse-hors-bornes"), "GENRE"),
        (finding("texte"), ""),
        (finding("inconnue", Level.WARNING), ""),
    )
    every = controls.groups(rows, controls.FilterChoice())
    assert [(g.rule, g.errors, g.warnings) for g in every] == [
        ("caisse-hors-bornes", 1, 1),
        ("texte", 1, 0),
        ("inconnue", 0, 1),
    ]
    assert [row.finding.level for row in every[0].findings] == [Level.ERROR, Level.WARNING]
    assert [g.rule for g in controls.groups(rows, controls.FilterChoice(level="alerte"))] == [
        "caisse-hors-bornes",
        "inconnue",
    ]
    assert [g.rule for g in controls.groups(rows, controls.FilterChoice(family="Fichiers et règlement"))] == ["texte"]
    assert [g.rule for g in controls.groups(rows, controls.FilterChoice(rule="inconnue"))] == ["inconnue"]
    assert sum(len(g.findings) for g in controls.first(every, 2)) == 2
    families = controls.families(rows, ["caisse-hors-bornes", "texte", "decouvert"])
    assert [(f.name, f.errors, f.warnings) for f in families] == [
        ("Caisses et avances", 1, 1),
        ("Banque", 0, 0),
        ("Fichiers et règlement", 1, 0),
        (controls.OTHER, 0, 1),
    ]
    assert [rule for rule, _ in controls.quiet(rows, ["decouvert", "texte"])] == ["decouvert"]


def test_findings_follow_trees_and_days(demo: Inspection) -> None:
    asked = ask(demo.books, (date(2026, 3, 1), date(2026, 3, 31)), lambda name: ":GENRE:" in name)
    rows = [
        finding("texte", date=date(2026, 3, 5), piece="a"),
        finding("texte", date=date(2026, 4, 5), piece="b"),
        finding("texte", piece="c"),
    ]

    def kept(tree: str, timed: bool) -> str:
        return "".join(f.piece for f, _ in controls.concerned(rows, asked, lambda _f: tree, timed))

    assert kept("GENRE", True) == "ac"
    assert kept("GENRE", False) == "abc"
    assert kept("UE-EAU", True) == ""
    assert kept("", True) == "ac"


# Bank, reports, loads -----------------------------------------------------------------------------------------------


def test_bank_shows_every_movement_with_its_balance(demo: Inspection, whole: Asked) -> None:
    accounts = bank.treasury_accounts(demo.books, whole)
    assert {a.number[:2] for a in accounts} == {"52", "55", "57"}
    period = bank.whole_months(whole.start, whole.day)
    for account in accounts:
        shown = bank.journal(demo.books, account, period)
        name = account.name
        total = sum(
            int(p.units.number)
            for e in demo.entries
            if isinstance(e, Transaction)
            for p in e.postings
            if p.account == name
        )
        assert shown.book.closing == total
        lines = [line for month in shown.months for line in month.lines]
        if lines:
            assert lines[0].balance == total
            assert [line.entry.date for line in lines] == sorted((line.entry.date for line in lines), reverse=True)


def test_bank_cuts_old_movements_and_says_how_many(
    demo: Inspection, whole: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = bank.treasury_accounts(demo.books, whole)[0]
    period = bank.whole_months(whole.start, whole.day)
    every = sum(len(month.lines) for month in bank.journal(demo.books, account, period).months)
    monkeypatch.setattr(bank, "SHOWN", 7)
    cut = bank.journal(demo.books, account, period)
    assert sum(len(month.lines) for month in cut.months) == 7
    assert cut.hidden == every - 7


def test_months_beside(demo: Inspection) -> None:
    before, after = bank.neighbours(demo.books, bank.whole_months(date(2026, 1, 5), date(2026, 1, 9)))
    assert before is None
    assert after is not None
    assert after.code == "2026-02"


def test_every_report_can_be_asked_for(demo: Inspection, whole: Asked) -> None:
    period = shelf.periods(demo.books)[-1]
    assert [each.code for each in shelf.periods(demo.books)][:3] == ["2026", "2026-S2", "2026-S1"]
    shelves = shelf.shelves(demo.books, whole.trees, period, True)
    assert [each.tree for each in shelves] == ["", *whole.trees]
    offered = {offer.model.name for each in shelves for offers in each.offers.values() for offer in offers}
    unpromised = {name for name, model in shelf.models().items() if model.form} - {"face", "ue-annexe-6"}
    assert offered.isdisjoint(unpromised), "a donor's form is offered where it was promised"
    assert offered | unpromised | {model.name for model in shelf.of_pieces()} == set(shelf.models())


def load_of(demo: Inspection, **changes: Any) -> Loaded:
    return read(str(demo.main), demo.entries, (), dict(demo.options), demo.today, audited=changes.get("audited", True))


def test_the_viewer_says_what_check_says(demo: Inspection) -> None:
    loaded = load_of(demo)
    assert loaded.inspection.findings == demo.findings
    assert loaded.inspection.rules == demo.rules
    again = inspect_loaded(demo.main, (list(demo.entries), [], dict(demo.options)))
    assert again.findings == demo.findings


def test_a_load_is_worked_out_once(demo: Inspection) -> None:
    loaded = load_of(demo)
    assert loaded.books is loaded.inspection.books
    count: list[int] = []
    for _ in range(3):
        loaded.once("clé", lambda: count.append(1))
    assert count == [1]
    for number in range(100):
        assert loaded.once(number, lambda number=number: number) == number  # type: ignore[misc]


def test_a_line_leads_to_its_directive(demo: Inspection) -> None:
    loaded = load_of(demo)
    entry: Entry = demo.books.entries[40]
    raw = loaded.directive_at(entry.place)
    assert isinstance(raw, Transaction)
    assert (raw.meta["filename"], raw.meta["lineno"]) == entry.place
    assert loaded.directive_at(entry.place._replace(line=entry.movements[-1].line)) is raw
    assert loaded.directive_at(entry.place._replace(line=1)) is None
    assert loaded.directive_at(entry.place._replace(file="ailleurs")) is None


def test_findings_know_their_tree_by_line_or_folder(demo: Inspection) -> None:
    loaded = load_of(demo)
    entry = demo.books.entries[40]
    assert loaded.tree_of(finding("texte", file=entry.file)._replace(line=entry.line)) == entry.tree
    folder = demo.books.folder / "genre"
    assert loaded.tree_of(finding("texte", file=str(folder / "2026-01.beancount"))._replace(line=99_999)) == "GENRE"
    assert loaded.tree_of(finding("reglement", file="ailleurs.yaml")) == ""


def test_broken_files_keep_the_books_that_were_loaded(demo: Inspection, demo_copy: Path) -> None:
    main = demo_copy / "ledger/main.beancount"
    before = inspect(main)
    with main.open("a", encoding="utf-8") as file:
        file.write('plugin "os"\n')
    loaded = read(str(main), before.entries, (), dict(before.options), before.today, audited=False)
    assert loaded.inspection.halted
    assert any(f.rule == "texte" for f in loaded.inspection.findings)
    assert len(loaded.books.entries) == len(before.books.entries)
    assert loaded.books.today == before.books.today
