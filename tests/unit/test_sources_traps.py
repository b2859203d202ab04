"""Every typing trap: a line that must complain at its place, and its neighbour that must not."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.sources.files import SourceFile, Walk
from grandlivre.sources.typing_traps import Trap, TrapKind, find_traps, traps_in

HEADER = {"name_assets": "Actif", "name_expenses": "Charges"}
PATH = Path("/livres/ledger/ue-eau/2026-03.beancount")


def traps(text: str | bytes, required: dict[str, str] | None = None) -> list[Trap]:
    data = text if isinstance(text, bytes) else text.encode()
    return traps_in(SourceFile(PATH, data), required or {})


def seen(text: str | bytes) -> list[tuple[str, int, int, str, str]]:
    return [(t.kind, t.line, t.column, t.found, t.suggestion) for t in traps(text)]


POSTING = '2026-03-02 * "Faso" "Achat"\n  piece: "BQ-1"\n  Charges:UE:6047-Fournitures  {}\n  Actif:UE:52111-Banque\n'


@pytest.mark.parametrize(
    ("amount", "kind", "column", "found", "suggestion", "fatal"),
    [
        ("51 000 XOF", "space-in-number", 32, "51 000", "51000", True),
        ("-1 250 000 XOF", "space-in-number", 32, "-1 250 000", "-1250000", True),
        ("51 000XOF", "space-in-number", 32, "51 000", "51000", True),
        ("51\u00a0000 XOF", "hidden-space", 34, "U+00A0", "51000", True),
        ("51\u202f000 XOF", "hidden-space", 34, "U+202F", "51000", True),
        ("51000\u00a0XOF", "hidden-space", 37, "U+00A0", "51000 XOF", True),
        ("51,000 XOF", "thousands-comma", 32, "51,000", "51000", False),
        ("1,250,000 XOF", "thousands-comma", 32, "1,250,000", "1250000", False),
        ("12,5 EUR", "decimal-comma", 32, "12,5", "12.5", True),
        ("51,00 XOF", "decimal-comma", 32, "51,00", "51", True),
        ("1.250,50 EUR", "decimal-comma", 32, "1.250,50", "1250.50", True),
        ("1.250.000 XOF", "thousands-dot", 32, "1.250.000", "1250000", True),
        ("1234567890123456 XOF", "too-many-digits", 32, "1234567890123456", "", False),
        ("−51000 XOF", "minus", 32, "−", "-", True),
        ("–51000 XOF", "minus", 32, "–", "-", True),
        ("51000 €", "foreign", 38, "€", "EUR", True),
    ],
)
def test_amounts(amount: str, kind: str, column: int, found: str, suggestion: str, fatal: bool) -> None:
    (trap,) = traps(POSTING.format(amount))
    assert trap == Trap(kind, PATH, 3, column, found, suggestion, fatal)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "amount",
    [
        "51000 XOF", "-51000 XOF", "655.957 EUR", "123456789012345 XOF", "60000 EUR @@ 39357420 XOF", "51.000 XOF",
        "(1000 + 20 / 4) XOF", "51000 XOF ; 51 000 FCFA, soit 12,5 % « à peu près » le 03/01/2026",
    ],
)  # fmt: skip
def test_lawful_amounts_are_silent(amount: str) -> None:
    assert traps(POSTING.format(amount)) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('03/01/2026 * "Faso" "Achat"', ("date-order", 1, 1, "03/01/2026", "2026-01-03")),
        ('03-01-26 * "Faso" "Achat"', ("date-order", 1, 1, "03-01-26", "2026-01-03")),
        ('31/02/2026 * "Faso" "Achat"', ("date-order", 1, 1, "31/02/2026", "")),
        ('2026-02-30 * "Faso" "Achat"', ("impossible-date", 1, 1, "2026-02-30", "")),
        ('2026-13-01 * "Faso" "Achat"', ("impossible-date", 1, 1, "2026-13-01", "")),
        ('2026-02-29 * "Faso" "Achat"', ("impossible-date", 1, 1, "2026-02-29", "")),
        ('2026-00-10 * "Faso" "Achat"', ("impossible-date", 1, 1, "2026-00-10", "")),
        ('2026/4/31 * "Faso" "Achat"', ("impossible-date", 1, 1, "2026/4/31", "")),
        ('2026-12-00 * "Faso" "Achat"', ("impossible-date", 1, 1, "2026-12-00", "")),
        ("  date-valeur: 03/01/2026", ("date-order", 1, 16, "03/01/2026", "2026-01-03")),
        ("  date-valeur:   2026-02-30", ("impossible-date", 1, 18, "2026-02-30", "")),
        ('  échéance: "x"', ("key", 1, 3, "échéance", "echeance")),
        ('2026-03-02 * "x" #été', ("tag", 1, 18, "#été", "#ete")),
        ('2026-03-02 * "x" ^pièce-1', ("tag", 1, 18, "^pièce-1", "^piece-1")),
        ("2026-03-02 * “Faso” “Achat, 12,5 kg”", ("quotes", 1, 14, "“", '"')),
        ("2026-03-02 * « Faso »", ("quotes", 1, 14, "«", '"')),
        ("  piece: ‘BQ-1’", ("quotes", 1, 10, "‘", '"')),
        ('\u00a0 piece: "BQ-1"', ("hidden-space", 1, 1, "U+00A0", " ")),
        ('2026-03-02 * "Faso" "Per diem <b>"', ("angle", 1, 31, "<", "")),
        ('  motif: "a > b"', ("angle", 1, 13, ">", "")),
        ('2026-03-10 custom "marche" "M-1" "a<b"', ("angle", 1, 36, "<", "")),
        ('  note: "Tom\u200bbouctou"', ("invisible", 1, 13, "U+200B", "")),
        ('  note: "soft\u00adhyphen"', ("invisible", 1, 14, "U+00AD", "")),
        ("; commentaire \u202e caché", ("bidi", 1, 15, "U+202E", "")),
        ('  note: "x\x07y"', ("control", 1, 11, "U+0007", "")),
        ('  note: "x\u0085y"', ("control", 1, 11, "U+0085", "")),
        ('  note: "ligne\rligne"', ("control", 1, 15, "U+000D", "")),
        ('2026-03-02 * "K\u0430lan Services" "x"', ("mixed", 1, 15, "K\u0430lan", "Kalan")),
        ('2026-03-02 * "So\u0441i\u00e9t\u00e9" "x"', ("mixed", 1, 15, "So\u0441i\u00e9t\u00e9", "Soci\u00e9t\u00e9")),
        ('2026-03-02 * "x" "\u0397\u00f4tel"', ("mixed", 1, 19, "\u0397\u00f4tel", "H\u00f4tel")),
        ("2026-01-01 open Actif:UE:52111-B\u0430nque", ("mixed", 1, 32, "B\u0430nque", "Banque")),
        ('  note: "B\u0436n"', ("mixed", 1, 10, "B\u0436n", "")),
        ('2026-03-02 * "Se\u0301gou" "x"', ("nfd", 1, 14, '"Ségou"', '"Ségou"')),
        ("; Se\u0301gou", ("nfd", 1, 3, "Ségou", "Ségou")),
        ("<<<<<<< HEAD", ("conflict", 1, 1, "<<<<<<<", "")),
        ("=======", ("conflict", 1, 1, "=======", "")),
        (">>>>>>> branche", ("conflict", 1, 1, ">>>>>>>", "")),
    ],
)
def test_lines(line: str, expected: tuple[str, int, int, str, str]) -> None:
    kind, _, column, found, suggestion = expected
    assert seen(f"{line}\n") == [expected]
    assert seen(f"; ouverture\n\n{line}\n\n; suite\n") == [(kind, 3, column, found, suggestion)]
    assert seen(f"; ouverture\r\n\r\n{line}\r\n\r\n; suite\r\n") == [(kind, 3, column, found, suggestion)]


@pytest.mark.parametrize(
    "line",
    [
        '2026/03/01 * "Faso" "Achat"',
        '2026/3/1 * "Faso" "Achat"',
        '2024-02-29 * "Faso" "Achat du 03/01/2026, 12,5 kg à 51 000"',
        '2026-03-02 * "« L’École » — 51\u00a0000 FCFA à Ségou" #ete ^piece-1 ; été',
        "2026-01-01 open Actif:UE:Équipement-Ségou XOF",
        "  date-valeur: 2026-03-31",
        '  nif: "1234567890123456789"',
        '2026-03-02 query "gros" "SELECT account WHERE number > 5"',
        'option "title" "Comptes <2026>"',
        "* Été 2026, titre « ignoré » 51 000",
        "; 5 < 6 et « guillemets », 12,5 et 51 000",
        '2026-03-31 custom "comptage" 12 13',
        '2026-03-31 custom "pv-caisse" Actif:UE:5711-Caisse 87500 XOF',
        "; <<<<<<< pas un conflit",
        '  note: "dit \\"51,000\\" à Ségou"',
        '  note: "\u07d2\u07de\u07cf, \u0627\u0644\u0639\u0631\u0628\u064a\u0629, \u2d5c\u2d49\u2d3c\u2d49, \u041c\u043e\u0441\u043a\u0432\u0430, \u0391\u03b8\u03ae\u03bd\u03b1"',
        '  note: "bamanankan k\u025b f\u0254 \u014b\u0254mi, c\u0153ur, n\u00b0 3, \u2116 3, 5 \u00b5m, 5 \u03bcm, 2 k\u03a9, 3 m\u00b2"',
    ],
)
def test_lawful_lines_are_silent(line: str) -> None:
    assert seen(f"{line}\n") == []


def test_byte_order_mark_and_crlf() -> None:
    text = 'option "name_assets" "Actif"\r\n2026-03-02 * "x" "y"\r\n  Charges:UE:60  51,000 XOF\r\n'
    data = b"\xef\xbb\xbf" + text.encode()
    assert seen(data) == [("bom", 1, 1, "U+FEFF", ""), ("thousands-comma", 3, 18, "51,000", "51000")]
    assert not traps_in(SourceFile(PATH, data[3:].replace(b"51,000", b"51000")), {"name_assets": "Actif"})


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-32-le", "UTF-32"),
    ],
)
def test_wide_encodings_say_only_that(encoding: str, found: str) -> None:
    assert seen(POSTING.format("51 000 XOF").encode(encoding)) == [("utf16", 1, 1, found, "UTF-8")]


def test_windows_encoding_names_the_first_line_and_counts() -> None:
    data = '; ok\n2026-03-02 * "Ségou" "Œuvre"\n; été\n  Charges:UE:60  51,000 XOF\n'.encode("cp1252")
    encoding, comma = traps(data)
    assert encoding == Trap("encoding", PATH, 2, 16, '"Ségou"', "é", True, 2)
    assert (comma.kind, comma.line) == ("thousands-comma", 4)


def test_a_bad_byte_amid_utf8() -> None:
    (trap,) = traps("; été\n; été".encode() + b"\xe9\n")
    assert (trap.kind, trap.line, trap.found, trap.suggestion, trap.lines) == ("encoding", 2, "étéé", "é", 1)


def test_header_wanted_only_where_entries_stand() -> None:
    entry = '2026-03-02 * "x" "y"\n'
    assert traps("; vide\n", HEADER) == []
    assert traps("", HEADER) == []
    (missing,) = traps(f'option "name_assets" "Actif"\n{entry}', HEADER)
    assert missing == Trap("header", PATH, 1, 1, "name_expenses", 'option "name_expenses" "Charges"', True)
    (late,) = traps(f'option "name_assets" "Actif"\n{entry}option "name_expenses" "Charges"\n', HEADER)
    assert late.kind == "header"
    (other,) = traps(f'option "name_expenses" "Charges"\noption "name_assets" "Assets"\n{entry}', HEADER)
    assert (other.kind, other.line, other.suggestion) == ("header-differs", 2, 'name_assets "Actif"')
    assert traps(f'option "name_assets" "Actif"\r\noption "name_expenses" "Charges"\r\n{entry}', HEADER) == []


def test_header_is_asked_of_included_files_only() -> None:
    head = SourceFile(Path("/l/main.beancount"), b'option "name_assets" "Actif"\n')
    bare = SourceFile(Path("/l/a.beancount"), b"2026-01-01 open Actif:A\n")
    found = list(find_traps(Walk(head.path, (head, bare), (), ())))
    assert [(t.kind, t.path) for t in found] == [("header", bare.path)]


def test_unclosed_string_is_found_where_it_opens() -> None:
    text = (
        '2026-03-02 * "Faso" "Achat\n  piece: "BQ-1"\n  Charges:UE:60  10 XOF\n  Actif:UE:52\n'
        '\n2026-03-03 * "Ségou" "Achat"\n  Charges:UE:60  51,000 XOF\n'
    )
    assert seen(text) == [
        ("unclosed", 1, 21, '"Achat', '"Achat"'),
        ("thousands-comma", 7, 18, "51,000", "51000"),
    ]


def test_two_unclosed_strings_are_both_found() -> None:
    text = '2026-03-02 * "Faso\n  Actif:UE:52  5 XOF\n\n2026-03-03 * "Bla\n2026-03-04 * "x" "y"\n'
    assert [(t.kind, t.line) for t in traps(text)] == [("unclosed", 1), ("unclosed", 4)]


def test_string_cut_by_the_end_of_the_file() -> None:
    assert seen('2026-03-02 * "x" "y"\n  piece: "BQ-UE') == [("unclosed", 2, 10, '"BQ-UE', '"BQ-UE"')]


@pytest.mark.parametrize(
    "text",
    [
        '2026-03-02 * "x" "sur\ndeux lignes, dont 51 000"\n  Actif:UE:52  5 XOF\n',
        'plugin "grandlivre.checks" "\n  regles: "\n',
        '2026-03-02 query "q" "\nSELECT x\n  WHERE a < 5\n"\n',
        '2026-03-02 note Actif:UE:52 "a\n\n  b"\n',
    ],
)
def test_strings_over_several_lines_are_lawful(text: str) -> None:
    assert traps(text) == []


@pytest.mark.parametrize(
    "tail",
    [
        "2026-03-02",
        "2026-0",
        "2026-03-02 *",
        "2026-03-02 open ",
        "  piece:",
        "  Charges:UE:60  -51000",
        "  Charges:UE:60  -",
    ],
)
def test_truncated_file(tail: str) -> None:
    before = '2026-03-01 * "x" "y"\n  Actif:UE:52  5 XOF\n'
    assert seen(before + tail) == [("truncated", 3, 1, tail.strip(), "")]


@pytest.mark.parametrize(
    "tail", ["  Actif:UE:52", "; fin", "2026-03-02 open Actif:A", '  piece: "x"', "  Actif:UE:52  5 XOF"]
)
def test_missing_last_line_end_is_no_fault(tail: str) -> None:
    assert traps('2026-03-01 * "x" "y"\n' + tail) == []


def test_a_huge_line() -> None:
    text = '  note: "' + "abc, 12,5 é " * 50_000 + '"\n  Charges:UE:60  51 000 XOF\n'
    assert seen(text) == [("space-in-number", 2, 18, "51 000", "51000")]


def test_one_of_a_kind_on_a_line() -> None:
    assert [t.kind for t in traps('  note: "a\u200bb\u200bc" ; \u200b\n')] == ["invisible"]


def test_every_kind_is_in_the_tests_above() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in get_args(TrapKind) if f'"{kind}"' not in source] == []


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=120).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(
            st.sampled_from([*'"\\;\n\r é\u00a0\u202e<,1/-:.#^', "\n2026-02-30", "\n  k: ", "51 000"]), max_size=40
        ).map(lambda parts: "".join(parts).encode()),
    )
)
def test_no_bytes_raise_and_places_exist(data: bytes) -> None:
    last = data.count(b"\n") + 1
    for trap in traps_in(SourceFile(PATH, data), HEADER):
        assert 1 <= trap.line <= last
        assert trap.column >= 1
