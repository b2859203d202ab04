"""Queries a visitor may run: SELECT, BALANCES, JOURNAL and PRINT over the books in memory, and nothing else.

Fava hands the text to an interactive shell whose commands write files (`.output`) and whose state is shared by every
request (rows S1, S3 and S5 of the security table). Here a query has its own connection and no shell.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import beanquery
from beanquery import compiler
from beanquery.parser import ast
from beanquery.render import beancount as entries_as_text

from grandlivre.i18n import Message
from grandlivre.sources.problem import RefusedError
from grandlivre.viewer.patterns import Timed, objection, still_allowed, time_limit

LONGEST = 2000
"""Characters of a query: its parser takes about a second for each thousand."""

SECONDS = 5.0
"""Processor time of a query."""

_STATEMENTS = (ast.Select, ast.Balances, ast.Journal, ast.Print)
_PATTERN_FUNCTIONS = {"grep", "grepn", "subst", "findfirst", "has_account"}
_RUN = re.compile(r"\.?run\b\s*(?P<name>.*)", re.IGNORECASE | re.DOTALL)

_LONG = Message("La requête compte {length} caractères ; la limite est de {limit}. Raccourcissez-la.")
_EMPTY = Message("La requête est vide. Écrivez par exemple SELECT date, narration, position.")
_SYNTAX = Message("La requête n'est pas comprise près de « {near} ». Vérifiez l'orthographe et les guillemets.")
_REFUSED = Message("Cette visionneuse n'exécute que SELECT, BALANCES, JOURNAL et PRINT.")
_NESTED = Message("La requête est trop imbriquée. Écrivez-la plus simplement.")
_COMPUTED = Message("Un motif de recherche s'écrit en toutes lettres entre guillemets, il ne se calcule pas.")
_SUBST = Message("subst() ne s'emploie qu'une fois par requête, avec un remplacement de 100 caractères au plus.")
_ROUND = Message("Le nombre de décimales de round() s'écrit en chiffres, de 0 à 12.")
_QUOTE = Message("Le motif de JOURNAL ne contient pas de guillemet.")
_MEANING = Message("La requête ne peut pas être calculée : {reason}.")
_UNKNOWN = Message("Il n'y a pas de requête enregistrée « {name} » dans les livres.")
_REASONS = tuple(
    (re.compile(english), french)
    for english, french in (
        (r'column "(.*)" not found in table.*', r"la colonne « \1 » n'existe pas"),
        (r'table "(.*)" does not exist', r"la table « \1 » n'existe pas"),
        (r'no function matches "(.*)" name.*', r"la fonction « \1 » n'existe pas avec ces valeurs"),
        (r'operator "(.*)" not supported', r"l'opération « \1 » ne se fait pas entre ces valeurs"),
        (r'structured type has no attribute "(.*)"', r"« \1 » n'existe pas dans cette colonne"),
        (r"all non-aggregates must be covered .*missing: (.*)", r"avec une somme, GROUP BY nomme aussi : \1"),
        (r"aggregate query without a GROUP-BY.*", "avec une somme sans GROUP BY, tout est une somme"),
        (r"aggregates are not allowed in (\w+) clause", r"une somme n'a pas sa place dans \1"),
        (r".*[Aa]ggregate.*", "les sommes et les autres colonnes ne se mêlent pas ainsi"),
        (r".*(GROUP|ORDER|PIVOT)[- ]BY.*", r"\1 BY nomme une colonne qu'il ne peut pas prendre"),
        (r"CLOSE date.*", "la date de CLOSE vient après celle de OPEN"),
    )
)
"""What beanquery says in English, and what a reader sees."""
_OTHERWISE = "un nom, une fonction ou une comparaison n'y va pas"

_NUMBER = Message("Le calcul demandé n'est pas possible sur ces valeurs.")


def run(
    text: str,
    entries: Sequence[Any],
    errors: Sequence[Any],
    options: Mapping[str, Any],
    stored: Callable[[str], str | None],
) -> beanquery.Cursor | str:
    """The rows of a query, or the text of PRINT; `stored` gives a named query. Raises RefusedError."""
    named = _RUN.fullmatch(text.strip().rstrip("; \t"))
    if named:
        name = named["name"].strip().strip("\"'")
        found = stored(name)
        if found is None:
            raise RefusedError(_UNKNOWN(name=name))
        text = found
    statement = _parse(text)
    _examine(statement)
    with time_limit(SECONDS):
        return _execute(statement, Timed(entries), errors, options)


def _parse(text: str) -> ast.Node:
    text = text.strip().rstrip(";").rstrip()
    if len(text) > LONGEST:
        raise RefusedError(_LONG(length=len(text), limit=LONGEST))
    if not text:
        raise RefusedError(_EMPTY())
    if text.startswith("."):
        raise RefusedError(_REFUSED())
    try:
        statement = beanquery.parser.parse(text)
    except beanquery.ParseError as error:
        near = text[error.parseinfo.pos : error.parseinfo.pos + 20] if error.parseinfo else text[:20]
        raise RefusedError(_SYNTAX(near=near.strip() or text[-20:])) from error
    except RecursionError:
        raise RefusedError(_NESTED()) from None
    except (ValueError, ArithmeticError, LookupError):
        raise RefusedError(_SYNTAX(near=text[:20])) from None
    if not isinstance(statement, _STATEMENTS):
        raise RefusedError(_REFUSED())
    return statement


def _examine(statement: ast.Node) -> None:
    """Raises RefusedError for what would write, or compute without end."""
    substitutions = 0
    for node in statement.walk():
        match node:
            case ast.CreateTable() | ast.Insert():
                raise RefusedError(_REFUSED())
            case ast.Match() | ast.NotMatch():
                _examine_pattern(node.right)
            case ast.Matches():
                _examine_pattern(node.left)
            case ast.Any() | ast.All() if node.op in {"~", "!~", "?~"}:
                _examine_sides(node)
            case ast.Journal() if node.account:
                _examine_account(node.account)
            case ast.Function():
                _examine_call(node)
                substitutions += node.fname == "subst"
                if substitutions > 1:
                    raise RefusedError(_SUBST())


def _examine_account(pattern: str) -> None:
    if '"' in pattern:
        raise RefusedError(_QUOTE())
    _examine_pattern(ast.Constant(pattern))


def _examine_call(node: Any) -> None:
    """A function's pattern in plain words, and what it may be given beside it."""
    if node.fname in _PATTERN_FUNCTIONS and node.operands:
        _examine_pattern(node.operands[0])
    second: Any = node.operands[1] if len(node.operands) > 1 else None
    if node.fname == "subst" and not (_is_text(second) and len(second.value) <= 100):
        raise RefusedError(_SUBST())
    if node.fname == "round" and second is not None and not _is_few(second):
        raise RefusedError(_ROUND())


def _is_few(node: Any) -> bool:
    """Whether it is a number of decimals, written out."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and 0 <= node.value <= 12


def _examine_sides(node: Any) -> None:
    """`'motif' ?~ any(accounts)`: beanquery takes the pattern from either side, so both are plain."""
    for part in (*node.left.walk(), *(node.right.walk() if isinstance(node.right, ast.Node) else ())):
        if isinstance(part, (ast.BinaryOp, ast.Function)):
            raise RefusedError(_COMPUTED())
        for value in part.value if isinstance(part, ast.Constant) and isinstance(part.value, list) else [part]:
            if _is_text(value):
                _examine_pattern(value)
            elif isinstance(value, str):
                _examine_pattern(ast.Constant(value))


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _examine_pattern(node: Any) -> None:
    if not _is_text(node):
        raise RefusedError(_COMPUTED())
    reason = objection(node.value)
    if reason:
        raise RefusedError(reason)
    try:
        re.compile(node.value)
    except (re.error, OverflowError, RecursionError) as error:
        raise RefusedError(_MEANING(reason=f"le motif « {node.value} » est mal écrit ({error})")) from error


def _reason(said: str) -> str:
    """What beanquery found wrong, in French."""
    found = ((pattern.fullmatch(said), french) for pattern, french in _REASONS)
    return next((match.expand(french) for match, french in found if match), _OTHERWISE)


def _execute(
    statement: ast.Node, entries: Sequence[Any], errors: Sequence[Any], options: Mapping[str, Any]
) -> beanquery.Cursor | str:
    try:
        connection = beanquery.connect("beancount:", entries=entries, errors=errors, options=options)
        cursor = connection.execute(statement)
        cursor._rows = Timed(cursor._rows or ())  # what writes them out is timed too
    except RecursionError:
        raise RefusedError(_NESTED()) from None
    except (compiler.CompilationError, beanquery.Error, TypeError, re.error) as error:
        raise RefusedError(_MEANING(reason=_reason(str(error)))) from error
    except (ArithmeticError, ValueError, AttributeError, LookupError):
        raise RefusedError(_NUMBER()) from None
    if not isinstance(statement, ast.Print):
        return cursor
    out = io.StringIO()
    entries_as_text.render(cursor.description, cursor.fetchall(), out, dcontext=options["dcontext"])
    still_allowed()
    return out.getvalue().strip()
