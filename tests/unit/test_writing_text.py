"""Edits of a ledger's text: the intended lines change, every other byte stays."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from beancount.parser import parser
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.writing import LedgerText, MetadataValue, WriteError, insert_entry, remove_metadata, set_metadata

MARCH = """\
; -*- coding: utf-8 -*-
option "name_assets" "Actif"

* Mars, « titre » avec un " guillemet

; loyer du siège
2026-03-02 * "Bailleur"   "Loyer"  #siege ; remarque "non fermée
  piece:   "BQ-UE-EAU-2026-0001"   ; la pièce
  ; un commentaire au milieu
  Charges:UE-EAU:6222-Loyer      50000 XOF
    ligne: "1.1"
  Actif:UE-EAU:52111-BDM
; suite du loyer

2026-03-10 * "Marché
2026-12-31 fausse date dans une chaîne" "Fournitures"
\tCharges:UE-EAU:6047-Fournitures  7000 XOF
\tActif:UE-EAU:5711-Caisse  ; caisse

2026-03-10 open Actif:UE-EAU:5712-Caisse
; annonce la suite
2026-03-20 custom "pv-caisse" Actif:UE-EAU:5711-Caisse 87500 XOF
"""
ENTRY = '2026-03-15 * "Nouveau"\n  Charges:UE-EAU:6047-Fournitures  1 XOF\n  Actif:UE-EAU:5711-Caisse\n'
STYLES: list[Callable[[str], str]] = [str, lambda text: text.replace("\n", "\r\n")]


def _added(before: str, after: str) -> list[str]:
    """The lines added, having checked that the others are the same bytes in the same order."""
    old, new = before.split("\n"), after.split("\n")
    added, index = [], 0
    for line in new:
        if index < len(old) and line == old[index]:
            index += 1
        else:
            added.append(line)
    assert index == len(old), "a line was changed or lost"
    return added


def _parsed(text: str) -> list[Any]:
    entries, errors, _ = parser.parse_string(text.replace("Actif", "Assets").replace("Charges", "Expenses"))
    assert not errors
    return list(entries)


@pytest.mark.parametrize("style", STYLES, ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("day", "line_before", "line_after"),
    [
        (date(2026, 2, 28), "", "; loyer du siège"),  # before the first later one, under the headings
        (date(2026, 3, 2), "; suite du loyer", ""),
        (date(2026, 3, 9), "; suite du loyer", ""),
        (date(2026, 3, 10), "2026-03-10 open Actif:UE-EAU:5712-Caisse", "; annonce la suite"),
        (date(2026, 3, 31), '2026-03-20 custom "pv-caisse" Actif:UE-EAU:5711-Caisse 87500 XOF', None),
    ],
)
def test_an_entry_goes_after_the_last_one_of_its_day_or_before(
    style: Callable[[str], str], day: date, line_before: str, line_after: str | None
) -> None:
    entry = ENTRY.replace("2026-03-15", day.isoformat())
    after = insert_entry(style(MARCH), day, entry)
    assert after.replace("\r\n", "\n") == insert_entry(MARCH, day, entry)
    assert after.count("\r\n") == (0 if style is str else after.count("\n"))
    assert style(entry) in after
    _added(style(MARCH), after)
    lines = after.replace("\r\n", "\n").split("\n")
    start = lines.index(entry.split("\n")[0])
    blank_before = 0 if line_before == "" else 1
    assert lines[start - 1] == ""
    assert lines[start - 1 - blank_before] == line_before
    if line_after is None:
        assert lines[start + 3 :] == [""]
    else:
        assert lines[start + 3] == ""
        assert line_after in lines[start + 3 : start + 5]


def test_an_entry_of_an_empty_file_a_header_and_a_file_without_final_newline() -> None:
    day = date(2026, 3, 15)
    assert insert_entry("", day, ENTRY) == ENTRY
    assert insert_entry('option "a" "b"\n', day, "\n" + ENTRY + "\n\n") == 'option "a" "b"\n\n' + ENTRY
    assert insert_entry('option "a" "b"\r\n\r\n', day, ENTRY) == 'option "a" "b"\r\n\r\n' + ENTRY.replace("\n", "\r\n")
    assert insert_entry("2026-03-01 open Actif:A", day, ENTRY) == "2026-03-01 open Actif:A\n\n" + ENTRY[:-1]
    assert insert_entry("; Titre\n2026-03-16 open Actif:A\n", day, ENTRY) == (
        "; Titre\n\n" + ENTRY + "\n2026-03-16 open Actif:A\n"
    )


def test_trailing_blank_lines_and_odd_spaces_stay() -> None:
    text = "2026-03-01 open Actif:A  \n \t\n\n\u00a0\u2028x\n\n\n"
    assert insert_entry(text, date(2026, 3, 15), ENTRY) == text.replace("Actif:A  \n", "Actif:A  \n\n" + ENTRY)


def test_several_entries_stand_in_the_order_of_their_dates_then_of_the_calls() -> None:
    ledger = LedgerText("2026-03-01 open Actif:A\n\n2026-04-01 open Actif:B\n")
    for day, name in ((20, "c"), (15, "a"), (15, "b")):
        ledger.insert_entry(date(2026, 3, day), f"2026-03-{day} open Actif:{name.upper()}2\n")
    assert ledger.text() == (
        "2026-03-01 open Actif:A\n\n2026-03-15 open Actif:A2\n\n2026-03-15 open Actif:B2\n\n"
        "2026-03-20 open Actif:C2\n\n2026-04-01 open Actif:B\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "pushtag #a\n2026-03-01 open Actif:A\n2026-04-01 open Actif:B\npoptag #a\n",
            "pushtag #a\n2026-03-01 open Actif:A\n2026-04-01 open Actif:B\npoptag #a\n\n" + ENTRY,
        ),
        (
            "\npushmeta zz: 1\n2026-04-01 open Actif:A\npopmeta zz:\n",
            "\n" + ENTRY + "\npushmeta zz: 1\n2026-04-01 open Actif:A\npopmeta zz:\n",
        ),
        (
            "poptag #b\n\npushtag #a\n2026-03-01 open Actif:A\n",
            "poptag #b\n\n" + ENTRY + "\npushtag #a\n2026-03-01 open Actif:A\n",
        ),
    ],
    ids=["after", "before", "never popped"],
)
def test_an_entry_never_takes_a_pushed_tag(text: str, expected: str) -> None:
    assert insert_entry(text, date(2026, 3, 15), ENTRY) == expected


def test_an_entry_that_is_not_one_is_a_bug() -> None:
    for entry in ("", "open", "2026-03-16 open Actif:A", '2026-03-15 note Actif:A "x', "  2026-03-15 open Actif:A"):
        with pytest.raises(ValueError, match="not an entry"):
            insert_entry(MARCH, date(2026, 3, 15), entry)
    assert "; brouillon\n2026-03-15" in insert_entry("", date(2026, 3, 15), "; brouillon\n" + ENTRY)


@pytest.mark.parametrize("style", STYLES, ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("line", "posting", "added"),
    [
        (7, None, '  pointage: "2026-03"'),  # after the metadata there is, before the comment
        (7, 10, '    pointage: "2026-03"'),  # like the posting's own
        (7, 12, '    pointage: "2026-03"'),  # like the other posting's
        (15, None, '\tpointage: "2026-03"'),  # like the postings, under a header of two lines
        (15, 18, '\t\tpointage: "2026-03"'),
        (20, None, '  pointage: "2026-03"'),  # no neighbour
        (22, None, '  pointage: "2026-03"'),
    ],
)
def test_a_value_is_added_with_the_indentation_of_its_neighbours(
    style: Callable[[str], str], line: int, posting: int | None, added: str
) -> None:
    before = style(MARCH)
    after = set_metadata(before, line, "pointage", "2026-03", posting)
    assert _added(before, after) == [style(added + "\n").removesuffix("\n")]
    found = [
        (entry.date.day, owner.meta["pointage"])
        for entry in _parsed(after)
        for owner in (entry, *getattr(entry, "postings", ()))
        if "pointage" in (owner.meta or {})
    ]
    assert found == [({7: 2, 15: 10, 20: 10, 22: 20}[line], "2026-03")]


def test_a_first_value_goes_between_header_and_postings() -> None:
    text = '2026-03-02 * "a"\n    Actif:A  1 XOF\n    Actif:B'
    assert set_metadata(text, 1, "piece", "x") == '2026-03-02 * "a"\n    piece: "x"\n    Actif:A  1 XOF\n    Actif:B'
    assert set_metadata(text, 1, "piece", "x", 3) == text + '\n      piece: "x"'
    tagged = '2026-03-02 ! "a"\n  #tag ^lien\n  ; note\n  # Actif:A  1 XOF\n  Actif:B\n'
    after = set_metadata(set_metadata(tagged, 1, "piece", "x"), 1, "ligne", "1", 5)
    assert after == tagged.replace('"a"\n', '"a"\n  piece: "x"\n').replace(
        "# Actif:A  1 XOF\n", '# Actif:A  1 XOF\n    ligne: "1"\n'
    )
    assert _parsed(after)[0].postings[0].meta["ligne"] == "1"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('  piece: "a"\n', '  piece: "N"\n'),
        ('\t piece:\t"a ; \\" b"  ; c "d\n', '\t piece:\t"N"  ; c "d\n'),
        ('  piece: "sur\n deux ; lignes"  ; fin\n', '  piece: "N"  ; fin\n'),
        ("  piece:\n", '  piece: "N"\n'),
        ("  piece:   ; à remplir\n", '  piece:   "N" ; à remplir\n'),
        ('  piece:"a"\n', '  piece: "N"\n'),
        ("  piece: 12.50 XOF \r\n", '  piece: "N" \r\n'),
        ("  piece: #tag;c\n", '  piece: "N";c\n'),
        ("  piece: 2026-01-02", '  piece: "N"'),
    ],
)
def test_a_value_is_replaced_in_place(row: str, expected: str) -> None:
    header = '2026-03-02 open Actif:A\n  piece-2: "autre"\n'
    assert set_metadata(header + row, 1, "piece", "N") == header + expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        'guillemet " et \\ barre',
        "ligne\nsuivante\ttab\r",
        "é ʼ « » ;#",
        True,
        False,
        12,
        -3,
        Decimal("12.50"),
        date(2026, 3, 1),
    ],
)
def test_a_value_comes_back_from_beancount_as_it_was(value: MetadataValue) -> None:
    text = set_metadata("2026-03-02 open Actif:A\n", 1, "valeur", value)
    assert text.count("\n") == 2
    assert _parsed(text)[0].meta["valeur"] == value
    assert isinstance(value, str) == ('"' in text)


def test_a_value_of_another_owner_is_left_alone() -> None:
    after = set_metadata(MARCH, 7, "ligne", "9")
    assert _added(MARCH, after) == ['  ligne: "9"']
    assert set_metadata(after, 7, "ligne", "9") == after
    assert '"9.2"' in set_metadata(after, 7, "ligne", "9.2", 11)
    assert set_metadata(after, 7, "ligne", "9.2", 11).count('"9"') == 1


def test_lines_mean_those_of_the_text_as_given() -> None:
    ledger = LedgerText(MARCH)
    ledger.insert_entry(date(2026, 2, 1), ENTRY.replace("2026-03-15", "2026-02-01"))
    for line in (7, 15, 20):
        ledger.set_metadata(line, "pointage", "avant")
        ledger.set_metadata(line, "pointage", "2026-03")
    assert ledger.text().count('pointage: "2026-03"') == 3
    assert "avant" not in ledger.text()
    assert [entry.date.month for entry in _parsed(ledger.text())] == [2, 3, 3, 3, 3]


def test_a_value_is_removed_with_its_line() -> None:
    after = remove_metadata(MARCH, 7, "piece")
    assert _added(after, MARCH) == ['  piece:   "BQ-UE-EAU-2026-0001"   ; la pièce']
    assert remove_metadata(MARCH, 7, "ligne") == MARCH
    assert remove_metadata("2026-03-02 open Actif:A\n  ab: 1", 1, "ab") == "2026-03-02 open Actif:A"
    ledger = LedgerText(MARCH)
    ledger.set_metadata(15, "piece", "x")
    ledger.remove_metadata(15, "piece")
    assert ledger.text() == MARCH


@pytest.mark.parametrize(
    ("line", "posting", "said"),
    [
        (2, None, "aucune écriture"),
        (8, None, "aucune écriture"),
        (16, None, "aucune écriture"),
        (99, None, "aucune écriture"),
        (7, 8, "aucun mouvement"),
        (7, 17, "aucun mouvement"),
        (22, 22, "aucun mouvement"),
    ],
)
def test_a_line_that_is_no_directive_or_posting_is_said(line: int, posting: int | None, said: str) -> None:
    with pytest.raises(WriteError, match=said) as caught:
        set_metadata(MARCH, line, "piece", "x", posting)
    assert caught.value.line == (posting or line)


def test_an_unclosed_string_is_said_with_its_line() -> None:
    with pytest.raises(WriteError, match="guillemet") as caught:
        LedgerText('2026-03-02 open Actif:A\n2026-03-03 note Actif:A "oh\n', "ledger/a.beancount")
    assert str(caught.value).startswith("ledger/a.beancount:2: ")


def test_a_wrong_key_or_number_is_a_bug() -> None:
    for key in ("Piece", "p", "pièce", "a b"):
        with pytest.raises(ValueError, match="not a metadata key"):
            set_metadata(MARCH, 7, key, "x")
    with pytest.raises(ValueError, match="not a number"):
        set_metadata(MARCH, 7, "quantite", Decimal("NaN"))


_BLOCKS = st.sampled_from(
    [
        "\n",
        " \t\n",
        "; commentaire é\n",
        '* titre " seul\n',
        '2026-03-05 open Assets:A ; "\n',
        "2026-03-20 open Assets:B\n",
        '2026-03-10 * "multi\n2026-01-01 ligne" "b" ; x\n  zz: "a;\n  b"\n  Assets:A  1 XOF\n    yy: 3\n  Assets:B\n',
        '2026-03-01 note Assets:A "é\u2028\x0b\x85 \\" x"\r\n  ab: 1\r\n',
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_BLOCKS, max_size=8).map("".join), st.integers(1, 28), st.booleans())
def test_any_edit_keeps_every_byte_and_adds_exactly_what_was_asked(text: str, day: int, final: bool) -> None:
    text = text if final else text.removesuffix("\n")
    ledger = LedgerText(text)
    assert ledger.text() == text
    before = _parsed(text)
    entry = f'2026-03-{day:02} note Assets:N "nouveau"\n'
    after = insert_entry(text, date(2026, 3, day), entry)
    assert after.replace("\r\n", "\n").count(entry.strip()) == 1
    kept = iter(after)
    assert all(character in kept for character in text), "the old text is a subsequence of the new one"
    assert len(_parsed(after)) == len(before) + 1
    for found in before:
        ledger.set_metadata(found.meta["lineno"], "pointage", "2026-03")
    ticked = _parsed(ledger.text())
    assert [found.meta["pointage"] for found in ticked] == ["2026-03"] * len(before)
    assert [set(found.meta) - {"pointage"} for found in ticked] == [set(found.meta) for found in before]
