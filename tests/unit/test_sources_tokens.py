"""The lexer of the audit agrees with Beancount's, word for word, on ordinary and on hostile text."""

import pytest
from beancount.parser import lexer
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.sources.tokens import tokens

_BITS = st.sampled_from(
    [
        *'"\\;:*#^!&?%|@{}~+-/(),.\n\r\t aZ09é\u00a0',
        "plugin ", 'plugin "x"', "include", "option", "custom", "document", "2026-03-10", "2026/3/1", "Actif:UE:5711",
        "Équipe:É", "XOF", "A ", "51,000", "12.5", "1,", "TRUE", "piece:", "option:", "#tag", "^lien", "\n* ", "\n; ",
        '"\n', '\\"', "\\\n", "@@", "{{", "/6J", "\x00", "\ufeff",
    ]
)  # fmt: skip
_NAMES = {"STRING": "string", "EOL": "eol", "ACCOUNT": "account", "KEY": "key"}
_WORDS = {"plugin", "include", "option", "custom", "document"}


def beancount(data: bytes) -> list[tuple[str, int]]:
    found = []
    for name, line, _, value in lexer.lex_iter_string(data):
        if name in _NAMES:
            found.append((_NAMES[name] + (value if name == "STRING" else ""), line))
        elif name.lower() in _WORDS:
            found.append((name.lower(), line))
    return found


def ours(data: bytes) -> list[tuple[str, int]]:
    found = []
    for token in tokens(data):
        if token.kind in _NAMES.values():
            # Beancount gives a string, and a line end, the line where it ends.
            line = token.line + token.raw.count(b"\n")
            found.append((token.kind + (token.text() if token.kind == "string" else ""), line))
        elif token.kind == "word" and token.raw.decode() in _WORDS:
            found.append((token.raw.decode(), token.line))
    return found


@settings(max_examples=400, deadline=None)
@given(st.lists(_BITS, max_size=30).map("".join))
def test_same_words_as_beancount(text: str) -> None:
    data = text.encode()
    assert ours(data) == beancount(data)


@pytest.mark.parametrize(
    "text",
    [
        'a"\nplugin "evil"\n',
        '"x" plugin "evil"\n',
        '; " \nplugin "evil"\n',
        '"a\\\nplugin "evil"\n',
        '* "\nplugin "evil"\n',
        '1plugin "evil"\n',
        '"\\"" plugin\t\r"evil"\n',
    ],
)
def test_tricks_do_not_hide_a_plugin(text: str) -> None:
    found = [word for word, _ in ours(text.encode())]
    assert "plugin" in found
    assert "stringevil" in found
    assert found == [word for word, _ in beancount(text.encode())]


def test_escapes_are_undone() -> None:
    (token,) = tokens(rb'"a\.\"b\\c\n"')
    assert token.text() == 'a."b\\c\n'
