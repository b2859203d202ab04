"""What the viewer relies on in Fava and beanquery. When one of these fails after an upgrade, `fava_adapter` is the place."""

from __future__ import annotations

import html
import inspect
import itertools
from importlib.metadata import version
from pathlib import Path

import beanquery
import fava
import fava.application
import fava.core
import fava.core.filters
import fava.json_api
import pytest
from beanquery.parser import ast
from fava.core import FavaLedger, FilteredLedger
from fava.core.file import FileModule
from fava.core.query_shell import FavaBQLShell
from fava.ext import FavaExtensionBase
from flask import Flask

from grandlivre.sources.problem import RefusedError
from grandlivre.viewer import appearance, fava_adapter, guard, patterns, queries
from viewer_bed import write_books


@pytest.fixture
def main(tmp_path: Path) -> Path:
    return write_books(tmp_path, months=1)


def test_versions_are_the_ones_studied() -> None:
    assert version("fava") == "1.30.16"
    assert version("beanquery").startswith("0.2.")


def test_functions_we_replace_have_the_shape_we_expect() -> None:
    def names(function: object) -> list[str]:
        return list(inspect.signature(function).parameters)  # type: ignore[arg-type]

    assert names(FavaBQLShell.run) == ["self", "entries", "query"]
    assert names(FavaLedger.load_file) == ["self"]
    assert names(FavaLedger.statement_path) == ["self", "entry_hash", "metadata_key"]
    assert names(FileModule.get_source) == ["self", "path"]
    assert names(FilteredLedger.__init__) == ["self", "ledger", "account", "filter", "time"]
    assert names(fava.core.filters.Match.__init__) == ["self", "search"]


def test_fava_looks_up_the_names_we_replace_when_it_is_asked() -> None:
    assert "FilteredLedger" in FavaLedger._get_filtered.__code__.co_names
    assert "Match" in fava.core.filters.FilterSyntaxParser.p_simple_expr_STRING.__code__.co_names
    assert "Match" in fava.core.filters.AccountFilter.__init__.__code__.co_names
    assert "is_document_or_import_file" in fava.json_api.put_move.__wrapped__.__code__.co_names  # type: ignore[attr-defined]


def test_views_look_up_the_names_we_replace(main: Path) -> None:
    app = fava_adapter.create_app(main)
    assert {"is_document_or_import_file", "send_file_inline"} <= set(app.view_functions["document"].__code__.co_names)
    assert "send_file_inline" in app.view_functions["statement"].__code__.co_names


def test_books_have_one_address_whatever_their_title(main: Path) -> None:
    app = fava_adapter.create_app(main)
    loader = app.config["LEDGERS"]
    assert isinstance(loader, fava.application._LedgerSlugLoader)
    assert [slug for slug, _ in loader.items()] == ["livres"]
    assert loader["livres"] is fava_adapter.first_ledger(app)


def test_books_load_lazily_so_that_the_guard_comes_first(main: Path) -> None:
    app = fava.application.create_app([main])
    assert app.config["LEDGERS"]._ledgers is None


def test_folders(main: Path) -> None:
    ledger = fava_adapter.first_ledger(fava_adapter.create_app(main))
    folders = fava_adapter.folders_of(ledger)
    assert folders.books == main.parent
    assert folders.documents == (main.parent / "documents", main.parent / "releves")


def test_flask_walks_the_lists_we_replace() -> None:
    app = Flask("essai")

    @app.route("/")
    def first() -> str:
        seen.append("page")
        return ""

    seen: list[str] = []
    app.test_client().get("/")
    app.before_request_funcs[None] = [lambda: seen.append("avant")]
    app.after_request_funcs[None] = [lambda response: (seen.append("apres"), response)[1]]
    app.test_client().get("/")
    assert seen == ["page", "avant", "page", "apres"]


def test_guard_is_put_once(main: Path) -> None:
    app = fava_adapter.create_app(main)
    guard.harden(app)
    before = (app.wsgi_app, list(app.before_request_funcs[None]))
    guard.harden(app, read_only=True)
    assert (app.wsgi_app, app.before_request_funcs[None]) == before


def test_extension_hooks_exist() -> None:
    for name in ("after_load_file", "before_request"):
        assert list(inspect.signature(getattr(FavaExtensionBase, name)).parameters) == ["self"]


def test_extension_is_made_within_the_first_request(main: Path) -> None:
    """Plain `fava` loads the books while it answers: the application is at hand in the extension's `__init__`."""
    (main.parent / "ext_de_contrat.py").write_text(
        "from fava.ext import FavaExtensionBase\nfrom grandlivre.viewer import guard\n"
        "class Contrat(FavaExtensionBase):\n"
        "    def __init__(self, ledger, config=None):\n"
        "        super().__init__(ledger, config)\n"
        "        guard.harden_running()\n",
        encoding="utf-8",
    )
    with main.open("a", encoding="utf-8") as file:
        file.write('\n2026-01-01 custom "fava-extension" "ext_de_contrat"\n')
    app = fava.application.create_app([main])
    answer = app.test_client().get("/livres-dessai/api/changed", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "grandlivre" in app.extensions


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT 1", ast.Select),
        ("BALANCES", ast.Balances),
        ("JOURNAL 'x'", ast.Journal),
        ("PRINT", ast.Print),
        ("CREATE TABLE x (a int)", ast.CreateTable),
        ("INSERT INTO x VALUES (1)", ast.Insert),
    ],
)
def test_statements_of_beanquery(text: str, kind: type) -> None:
    assert type(beanquery.parser.parse(text)) is kind


def test_no_new_statement_or_pattern_function_in_beanquery() -> None:
    """A new one has to be judged before `queries` may let it through."""
    statements = {
        name for name in dir(ast) if isinstance(getattr(ast, name), type) and issubclass(getattr(ast, name), ast.Node)
    }
    assert {"Select", "Balances", "Journal", "Print", "CreateTable", "Insert"} <= statements
    from beanquery import query_env

    source = inspect.getsource(query_env)
    using = {name for name in ("grep", "grepn", "subst", "findfirst") if f"def {name}(pattern" in source}
    assert using == {"grep", "grepn", "subst", "findfirst"}
    assert source.count("re.search(") + source.count("re.sub(") + source.count("re.match(") == 4


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("Banque", True),
        (r"^(BQ|CS|MM)-[A-Z-]+-\d{4}-\d+$", True),
        (".*eau.*", True),
        ("[", True),
        ("(a+)+", False),
        (".*.*.*", False),
        (r"(.)\1", False),
        ("(?:ab|a)*", False),
        ("(?=a+b+c+)x", False),
        ("a" * 201, False),
    ],
)
def test_parse_tree_of_re(pattern: str, allowed: bool) -> None:
    """`re._parser` is private: its tree is what the weights are counted on."""
    assert (patterns.objection(pattern) is None) is allowed


def test_time_limit_stops_a_long_walk() -> None:
    with patterns.time_limit(0.05), pytest.raises(RefusedError, match="0 secondes"):
        list(itertools.chain.from_iterable(patterns.Timed(range(200)) for _ in itertools.count()))
    assert list(patterns.Timed(range(3))) == [0, 1, 2]


def test_a_query_that_lasts_is_stopped(main: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SECONDS", 0.0)
    ledger = fava_adapter.first_ledger(fava_adapter.create_app(main))
    with pytest.raises(RefusedError):
        queries.run("SELECT date", ledger.all_entries, [], ledger.options, lambda _name: None)


def test_journals_are_escaped_and_otherwise_unchanged(main: Path) -> None:
    with main.open("a", encoding="utf-8") as file:
        file.write(
            '2026-02-01 * "A & B" "<b>gras</b>"\n  Expenses:Eau:604-Fournitures  5 XOF\n  Assets:Eau:521-Banque\n'
        )
    ours = fava_adapter.create_app(main)
    theirs = fava.application.create_app([main])
    fava_adapter.escape_journals(ours)
    page = "api/journal_page?page=1&order=asc"
    escaped = str(ours.test_client().get(f"/livres/{page}").json["data"]["journal"])  # type: ignore[index]
    bare = str(theirs.test_client().get(f"/livres-dessai/{page}").json["data"]["journal"])  # type: ignore[index]
    assert "<b>gras</b>" in bare
    assert "<b>gras</b>" not in escaped
    assert html.unescape(escaped).replace("/livres/", "/livres-dessai/") == html.unescape(bare)


def test_texts_that_are_changed_stand_in_fava() -> None:
    """A text of Fava's scripts or templates that is gone after an upgrade would stay in English."""
    scripts = [path.read_text(encoding="utf-8") for path in (Path(fava.__file__).parent / "static").glob("*.js")]
    for text, french in appearance.SCRIPTS:
        assert sum(script.count(text) for script in scripts) in (1, 2), text
        assert french not in text
    folder = Path(fava.__file__).parent / "templates"
    for name, edits in appearance.TEMPLATES.items():
        source = (folder / name).read_text(encoding="utf-8")
        for text, _ in edits:
            assert source.count(text) == 1, text


def test_internal_error_is_one_sentence_here_and_one_line_there(main: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def broken(**_parts: str) -> str:
        raise ZeroDivisionError("secret\nde plusieurs lignes")

    app = fava_adapter.create_app(main)
    guard.harden(app)
    app.view_functions["report"] = broken
    answer = app.test_client().get("/livres/journal/")
    assert answer.status_code == 500
    assert "Une erreur interne" in answer.text
    assert "secret" not in answer.text
    said = capfd.readouterr().err
    assert said.startswith("Erreur interne sur /livres/journal/ : ZeroDivisionError : secret de plusieurs lignes (")
    assert said.count("\n") == 1


def test_unclassified_address_is_refused(main: Path) -> None:
    app = fava_adapter.create_app(main)
    app.add_url_rule("/<bfile>/nouveau/x", "nouveau", lambda: "x")
    guard.harden(app)
    assert app.test_client().get("/livres/nouveau/x").status_code == 403
