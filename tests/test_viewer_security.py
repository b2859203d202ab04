"""The rows of the security table, against a real server on this machine: ours, ours for reading, and plain `fava`."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from beancount import loader

import nursery
from grandlivre.viewer import entry_door, fava_adapter, refusals
from grandlivre.viewer.guard import CSP, HEADERS
from grandlivre.viewer.routes import KINDS, WRITING, RequestKind
from viewer_bed import SERVE, Answer, Viewer, free_port, running, serving, write_books

pytestmark = pytest.mark.slow

EXTENSION = """
from fava.ext import FavaExtensionBase
from grandlivre.viewer import guard

class Essai(FavaExtensionBase):
    def __init__(self, ledger, config=None):
        super().__init__(ledger, config)
        guard.harden_running()

    def before_request(self):
        guard.guard_request()
"""


def hostile_books(folder: Path) -> Path:
    """Books that name files outside themselves and carry a script in a narration."""
    secret = folder / "secret.txt"
    secret.write_text("TRES-SECRET", encoding="utf-8")
    main = write_books(
        folder,
        extra=f'2026-01-04 document Assets:Eau:521-Banque "{secret.as_posix()}"\n'
        '2026-01-04 document Assets:Eau:521-Banque "../secret.txt"\n'
        '2026-01-04 document Assets:Eau:521-Banque "documents/lien.txt"\n'
        '2026-01-04 * "Pirate" "<img src=x onerror=\'document.title=1\'><script>document.title=2</script>"\n'
        '  document: "Assets/Eau/521-Banque/2026-01-05 facture.pdf"\n'
        '  document-2: "../../secret.txt"\n'
        "  Expenses:Eau:604-Fournitures  5 XOF\n  Assets:Eau:521-Banque\n",
    )
    if hasattr(os, "symlink") and os.name != "nt":
        (main.parent / "documents" / "lien.txt").symlink_to(secret)
    return main


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_books(tmp_path_factory.mktemp("livres"))


@pytest.fixture(scope="module")
def local(books: Path) -> Iterator[Viewer]:
    with serving(books) as viewer:
        yield viewer


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    with serving(hostile_books(tmp_path_factory.mktemp("lecture")), read_only=True) as viewer:
        yield viewer


@pytest.fixture(scope="module")
def plain_fava(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Fava's own command, whose books load an extension that calls the guard."""
    main = hostile_books(tmp_path_factory.mktemp("fava"))
    (main.parent / "essai_viewer.py").write_text(EXTENSION, encoding="utf-8")
    with main.open("a", encoding="utf-8") as file:
        file.write('\n2026-01-01 custom "fava-extension" "essai_viewer"\n')
    port = free_port()
    with running(
        [sys.executable, "-m", "fava.cli", "-p", str(port), str(main)], main.parent, slug="livres-dessai"
    ) as it:
        yield it


@pytest.fixture(params=["local", "plain_fava"])
def viewer(request: pytest.FixtureRequest) -> Viewer:
    found: Viewer = request.getfixturevalue(request.param)
    return found


def refused(answer: Answer, *statuses: int) -> str:
    """The French sentence of a refusal, which carries no path and no traceback."""
    assert answer.status in (statuses or (400, 403)), answer.text
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text
    assert not re.search(r"/(tmp|home|root|usr)/", answer.text)
    assert answer.headers["content-security-policy"] == CSP
    return str(answer.json["error"]) if "/json" in answer.headers["content-type"] else answer.text


# --- the first request of plain fava is already examined


def test_first_request_of_plain_fava(tmp_path: Path) -> None:
    main = hostile_books(tmp_path)
    (main.parent / "essai_viewer.py").write_text(EXTENSION, encoding="utf-8")
    with main.open("a", encoding="utf-8") as file:
        file.write('\n2026-01-01 custom "fava-extension" "essai_viewer"\n')
    port = free_port()
    command = [sys.executable, "-m", "fava.cli", "-p", str(port), str(main)]
    with running(command, main.parent, slug="livres-dessai") as viewer:
        answer = viewer.ask("~/api/query", headers={"Host": "evil.example"}, query_string=f".output {tmp_path}/vole")
        refused(answer, 400)
    assert not (tmp_path / "vole").exists()


# --- S1, S3, S4: queries


@pytest.mark.parametrize("prefix", ["", ".", " ."])
@pytest.mark.parametrize(
    "command",
    ["output", "set format csv", "tables", "describe postings", "history", "parse SELECT 1", "reload", "exit"],
)
def test_shell_commands_are_off(viewer: Viewer, books: Path, prefix: str, command: str) -> None:
    stolen = books.parent / "vole.txt"
    text = prefix + ("output vole.txt" if command == "output" else command)
    assert refused(viewer.query(text)).startswith(("Cette visionneuse", "La requête"))
    refused(viewer.ask("~/download-query/query_result.csv", query_string=text))
    assert not stolen.exists()


def test_stored_queries_run_and_write_nothing(viewer: Viewer, books: Path) -> None:
    assert (
        viewer.query("run soldes").json["data"]
        == viewer.query("SELECT account, sum(position) GROUP BY account ORDER BY account").json["data"]
    )
    assert viewer.query('run "soldes"').status == 200
    refused(viewer.query("run ecrit"))
    assert "inconnue" in refused(viewer.query("run inconnue"))
    assert not (books.parent / "stolen.txt").exists()


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE x USING 'csv:/etc/hostname'",
        "CREATE TABLE x (a int) USING 'csv:vole.csv'",
        "INSERT INTO x VALUES (1)",
        "CREATE TABLE x AS SELECT 1",
    ],
)
def test_no_table_is_opened(viewer: Viewer, books: Path, text: str) -> None:
    refused(viewer.query(text))
    assert not (books.parent / "vole.csv").exists()


@pytest.mark.parametrize("statement", ["BALANCES", "JOURNAL 'Banque'", "PRINT", "SELECT date, narration LIMIT 2;"])
def test_the_four_statements_run(viewer: Viewer, statement: str) -> None:
    assert viewer.query(statement).status == 200


def test_query_download(local: Viewer) -> None:
    answer = local.ask("~/download-query/query_result.csv", query_string="SELECT account, sum(position) GROUP BY 1")
    assert answer.status == 200
    assert answer.headers["content-disposition"].startswith("attachment")


CATASTROPHIC = [
    "(a+)+$",
    "(a|aa)+$",
    "(.*)*x",
    r"(\w+\s?)+!",
    "(a?){40}a{40}",
    r"(a)\1+",
    "a*" * 30,
    "(x+x+)+y",
    "b" * 300,
]


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_catastrophic_patterns(viewer: Viewer, pattern: str) -> None:
    start = time.monotonic()
    for text in (
        f"SELECT date WHERE narration ~ '{pattern}'",
        f"SELECT date WHERE narration !~ '{pattern}'",
        f"SELECT date WHERE '{pattern}' ?~ narration",
        f"SELECT date WHERE '{pattern}' ?~ ANY(other_accounts)",
        f"SELECT grep('{pattern}', narration)",
        f"SELECT subst('{pattern}', '', narration)",
        f"SELECT findfirst('{pattern}', tags)",
        f"SELECT date WHERE has_account('{pattern}')",
        f"SELECT date WHERE narration ~ '{pattern[:1]}' + '{pattern[1:]}'",
        f"JOURNAL '{pattern}'",
        f"SELECT date FROM (SELECT date, narration WHERE narration ~ '{pattern}')",
    ):
        refused(viewer.query(text))
    refused(viewer.ask("~/api/journal", account=pattern), 400)
    refused(viewer.ask("~/api/journal", filter=f'"{pattern}"'), 400)
    refused(viewer.ask("~/api/journal", filter=f'any(account:"{pattern}")'), 400)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("pattern", ["Banque", "^Assets:Eau(:|$)", "(BQ|CS)-.*-2026", r"\d{1,2}/\d{1,2}", "achat.*1?"])
def test_honest_patterns(viewer: Viewer, pattern: str) -> None:
    assert viewer.query(f"SELECT date WHERE narration ~ '{pattern}'").status == 200
    assert viewer.ask("~/api/journal", account=pattern).status == 200


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("~/api/query", {"query_string": "SELECT " + "1+" * 2000 + "1"}),
        ("~/api/query", {"query_string": "SELECT " + "(" * 900 + "1" + ")" * 900}),
        ("~/api/query", {"query_string": "SELECT subst('.', 'aaaaaaaaaa', subst('.', 'aaaaaaaaaa', narration))"}),
        ("~/api/query", {"query_string": "SELECT round(1, -1000000000)"}),
        ("~/api/journal", {"filter": "(" * 400}),
        ("~/api/journal", {"filter": "a " * 1000}),
        ("~/api/journal", {"account": "a" * 400}),
        ("~/api/income_statement", {"time": "0001 - 9999", "interval": "day"}),
        ("~/api/journal", {"time": "2026-" * 100}),
    ],
)
def test_long_and_deep_requests(viewer: Viewer, path: str, parameters: dict[str, str]) -> None:
    start = time.monotonic()
    refused(viewer.ask(path, **parameters))
    assert time.monotonic() - start < 10


# --- S2, S13, S14: who asks


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:{port}", "", "x@y"]
)
def test_host_must_be_this_machine(viewer: Viewer, host: str) -> None:
    for path in ("/", "~/income_statement/", "~/api/changed", "/static/app.js"):
        refused(viewer.ask(path, headers={"Host": host.format(port=viewer.port)}), 400)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_own_names_are_served(viewer: Viewer, host: str) -> None:
    assert viewer.ask("~/api/changed", headers={"Host": f"{host}:{viewer.port}"}).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_get_no_figures(viewer: Viewer, site: str) -> None:
    picture = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    frame = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    for path in ("~/api/query?query_string=SELECT+1", "~/api/ledger_data", "~/download-journal/", "/jump?time=2026"):
        refused(viewer.ask(path, headers=picture), 403)
        refused(viewer.ask(path, headers=link), 403)
    refused(viewer.ask("~/income_statement/", headers=picture), 403)
    refused(viewer.ask("~/income_statement/", headers=frame), 403)
    refused(viewer.ask("~/editor/", headers=link), 403)
    assert viewer.ask("~/income_statement/", headers=link).status == 200
    assert viewer.ask("~/income_statement/", headers={"Sec-Fetch-Site": "none"}).status == 200
    assert viewer.ask("~/api/changed", headers={"Sec-Fetch-Site": "same-origin"}).status == 200


def write_routes() -> list[tuple[str, str]]:
    return [
        (endpoint.split(".")[1].split("_", 1)[0].upper(), "~/api/" + endpoint.split("_", 2)[2])
        for endpoint, kind in sorted(KINDS.items())
        if kind is RequestKind.WRITE
    ]


@pytest.mark.parametrize(("method", "path"), write_routes())
def test_other_sites_write_nothing(viewer: Viewer, method: str, path: str) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": f"http://127.0.0.1:{viewer.port + 1}"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        refused(viewer.ask(path, method, headers={**headers, "Content-Type": "application/json"}, body="{}"), 403)
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert viewer.ask(path, "OPTIONS", headers=foreign).status == 403
    assert viewer.ask(path, "POST", headers=foreign, body="x=1").status in {403, 405}


# --- S6: the browser's rules


@pytest.mark.parametrize(
    "path", ["/", "~/income_statement/", "~/api/changed", "/static/app.js", "/x/", "~/x/", "~/help/zz"]
)
def test_headers_on_every_answer(viewer: Viewer, path: str) -> None:
    answer = viewer.ask(path)
    assert {name: answer.headers[name.lower()] for name in HEADERS} == HEADERS


def test_narrations_are_text(viewer: Viewer) -> None:
    journal = str(
        viewer.ask("~/api/journal_page", page="1", order="asc", filter="payee:Pirate").json["data"]["journal"]
    )  # type: ignore[index]
    assert "&lt;script&gt;" in journal
    assert "<script" not in journal
    assert "<img" not in journal


def test_policy_is_strict() -> None:
    assert "'unsafe-eval'" not in CSP
    assert "script-src 'self' 'wasm-unsafe-eval';" in CSP
    assert "default-src 'none'" in CSP


# --- S7, S8, S9, S16: files


def folder_of(main: Path) -> str:
    return (main.parent / "documents" / "Assets" / "Eau" / "521-Banque").as_posix()


def books_of(viewer: Viewer) -> Path:
    """The main file of the books a server has open."""
    return viewer.folder / "main.beancount"


def test_files_outside_the_books_stay_there(viewer: Viewer) -> None:
    main = books_of(viewer)
    for name in (
        main.parent.parent / "secret.txt",
        main.parent / ".." / "secret.txt",
        main.parent / "documents" / ".." / ".." / "secret.txt",
        main.parent / "documents" / "lien.txt",
        main,
        "/etc/hostname",
        "documents",
        "a\0b",
        "",
    ):
        answer = viewer.ask("~/document/", filename=str(name))
        refused(answer, 404)
        assert "TRES-SECRET" not in answer.text
        assert viewer.ask("~/api/extract", filename=str(name), importer="x").status >= 400
        if name != main and name:
            refused(viewer.ask("~/api/source", filename=str(name)))
        put = {"Content-Type": "application/json"}
        moved = f'{{"account": "Assets:Eau:521-Banque", "new_name": "x", "filename": "{Path(str(name)).as_posix()}"}}'
        assert viewer.ask("~/api/move", "PUT", headers=put, body=moved.replace("\0", "")).status >= 400
        assert viewer.ask("~/api/document", "DELETE", filename=str(name)).status >= 400
    assert (main.parent.parent / "secret.txt").read_text(encoding="utf-8") == "TRES-SECRET"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("2026-01-05 facture.pdf", "application/pdf"),
        ("2026-01-05 photo.png", "image/png"),
        ("2026-01-05 page.html", None),
        ("2026-01-05 dessin.svg", None),
    ],
)
def test_vouchers_are_shown_or_downloaded(viewer: Viewer, name: str, shown: str | None) -> None:
    answer = viewer.ask("~/document/", filename=f"{folder_of(books_of(viewer))}/{name}")
    assert answer.status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = answer.headers["content-disposition"]
    if shown:
        assert answer.headers["content-type"] == shown
        assert disposition == f"inline; filename*=UTF-8''{quote(name)}"
    else:
        assert answer.headers["content-type"] == "application/octet-stream"
        assert disposition == f"attachment; filename*=UTF-8''{quote(name)}"
        assert answer.headers["content-security-policy"].startswith("sandbox;")


def test_vouchers_named_in_metadata(viewer: Viewer) -> None:
    entries = viewer.ask("~/api/journal", filter="payee:Pirate").json["data"]
    entry = next(e for e in entries if e.get("payee") == "Pirate")  # type: ignore[attr-defined]
    entry_hash = str(entry["entry_hash"])
    assert (
        viewer.ask("~/statement/", entry_hash=entry_hash, key="document").headers["content-type"] == "application/pdf"
    )
    refused(viewer.ask("~/statement/", entry_hash=entry_hash, key="document-2"), 404)
    refused(viewer.ask("~/statement/", entry_hash=entry_hash, key="filename"), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../application.py",
        "/static/%2e%2e/application.py",
        "/static/..%2fapplication.py",
        "~/extension_js_module/..%2f..%2fx.js",
        "~/extension/..%2fx/",
        "~/help/..%2f..%2fcli",
        "~/download-query/query_result...%2f..%2fx?query_string=BALANCES",
    ],
)
def test_traversal(viewer: Viewer, path: str) -> None:
    answer = viewer.ask(path)
    assert answer.status in {400, 404}
    assert "import annotations" not in answer.text


# --- S15, S25


@pytest.mark.parametrize(
    "referer",
    ["https://evil.example/a", "//evil.example/", "http://127.0.0.1:{port}@evil.example/", "javascript:1", None],
)
def test_jump_stays_here(viewer: Viewer, referer: str | None) -> None:
    headers = {"Referer": referer.format(port=viewer.port)} if referer else {}
    answer = viewer.ask("/jump?time=2026", headers=headers)
    assert (answer.status, answer.headers["location"]) == (302, "/")


def test_jump_goes_back(viewer: Viewer) -> None:
    page = f"{viewer.url}/{viewer.slug}/journal/?account=x"
    assert viewer.ask("/jump?time=2026", headers={"Referer": page}).headers["location"] == f"{page}&time=2026"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_method_override_is_ignored(local: Viewer, header: str) -> None:
    name = f"{folder_of(books_of(local))}/2026-01-05 photo.png"
    assert local.ask("~/api/document", headers={header: "DELETE"}, filename=name).status == 405
    assert (
        local.ask("~/api/document", "POST", headers={header: "DELETE"}, filename=name, _method="DELETE").status == 405
    )
    assert Path(name).is_file()


# --- routes, reading only


def test_every_route_is_classified(books: Path) -> None:
    app = fava_adapter.create_app(books)
    entry_door.install(app)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(KINDS)
    for rule in app.url_map.iter_rules():
        changing = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        assert not changing or KINDS[rule.endpoint] in WRITING or rule.endpoint == "extension_endpoint", rule


@pytest.mark.parametrize(
    ("method", "path"), [*write_routes(), ("POST", "~/extension/Essai/x"), ("PUT", "~/extension/E/x")]
)
def test_reading_only_changes_nothing(reading: Viewer, method: str, path: str) -> None:
    main = books_of(reading)
    before = {p: p.read_bytes() for p in main.parent.rglob("*") if p.is_file()}
    own = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", "Origin": reading.url}
    for headers in (own, {**own, "X-HTTP-Method-Override": "GET"}, {"Content-Type": "application/json"}):
        assert "lecture seule" in refused(reading.ask(path, method, headers=headers, body="{}"), 403)
    assert {p: p.read_bytes() for p in main.parent.rglob("*") if p.is_file()} == before


def test_editing_is_on_for_the_accountant(tmp_path: Path) -> None:
    main = write_books(tmp_path, months=1)
    with serving(main) as viewer:
        source = viewer.ask("~/api/source").json["data"]
        body = f'{{"file_path": "{main.as_posix()}", "sha256sum": "{source["sha256sum"]}", "source": "; vide\\n"}}'  # type: ignore[index]
        answer = viewer.ask("~/api/source", "PUT", headers={"Content-Type": "application/json"}, body=body)
        assert answer.status == 200, answer.text
        assert main.read_text(encoding="utf-8") == "; vide\n"


# --- sizes, errors


def test_oversized_requests(viewer: Viewer) -> None:
    refused(viewer.ask("~/api/query?query_string=" + "a" * 2_000_000), 414)
    refused(viewer.ask("~/api/query?query_string=" + "a" * 9_000), 414)
    body = b'{"source": "' + b"a" * 3_000_000 + b'"}'
    json_type = {"Content-Type": "application/json"}
    refused(viewer.ask("~/api/format_source", "PUT", headers=json_type, body=body), 413)
    assert viewer.ask("~/api/changed").status == 200


def test_errors_are_french(viewer: Viewer) -> None:
    for path in ("/x/", "~/x/", "~/extension/Rien/"):
        page = refused(viewer.ask(path), 404)
        assert 'lang="fr"' in page
        assert "Cette page n'existe pas" in page
    assert "La période" in refused(viewer.ask("~/api/journal", time="hier soir"))
    assert "Le filtre" in refused(viewer.ask("~/api/journal", filter="any("))
    assert "n'existe plus" in refused(viewer.ask("~/api/context", entry_hash="zz"), 404)
    assert "près de" in refused(viewer.query("SELECT FROM WHERE"))
    assert "ne peut pas être calculée" in refused(viewer.query("SELECT inconnu"))
    refused(viewer.ask("~/api/context"), 400)
    refused(viewer.ask("~/api/changed", "DELETE"), 405)


def test_console_shows_one_line_an_error(local: Viewer) -> None:
    local.query("SELECT inconnu")
    local.ask("~/api/journal_page", page="1")
    time.sleep(0.3)
    assert not [line for line in local.output if "Traceback" in line or line.startswith("  File")]


def test_slow_sender_keeps_nobody_waiting(viewer: Viewer) -> None:
    with socket.create_connection(("127.0.0.1", viewer.port)) as slow:
        slow.sendall(
            f"PUT /{viewer.slug}/api/format_source HTTP/1.1\r\nHost: 127.0.0.1:{viewer.port}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
        )
        time.sleep(0.2)
        start = time.monotonic()
        assert viewer.ask("~/api/changed").status == 200
        assert time.monotonic() - start < 3


def test_unchanged_scripts_are_not_sent_twice(local: Viewer) -> None:
    first = local.ask("/static/app.js", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = local.ask("/static/app.js", headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


# --- S29: downloads


def test_no_cell_of_a_download_is_a_formula(tmp_path: Path) -> None:
    texts = ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", "\\t=1", "ordinaire"]
    written = "".join(
        f'2026-02-0{day} * "{text}" "{text}" #lot\n  facture: "{text}"\n'
        f"  Expenses:Eau:604-Fournitures  {day} XOF\n  Assets:Eau:521-Banque\n"
        for day, text in enumerate(texts, start=1)
    )
    with serving(write_books(tmp_path, extra=written, months=1)) as viewer:
        query = (
            "SELECT payee, narration, meta('facture') AS facture, tags, position, -number AS moins WHERE 'lot' IN tags"
        )
        answer = viewer.ask("~/download-query/query_result.csv", query_string=query)
    assert answer.status == 200
    assert answer.headers["content-disposition"] == "attachment; filename=requete.csv"
    rows = list(csv.reader(answer.body.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) == 1 + 2 * len(texts)
    for row in rows[1:]:
        assert not [cell for cell in row[:4] if cell.startswith(("=", "+", "-", "@", "\t"))]
        assert {cell.lstrip("-").isdigit() for cell in row[4:]} == {True}


@pytest.mark.parametrize("form", ["xlsx", "ods", "xls", "exe", "csv.exe"])
def test_only_what_we_serve_is_downloaded(viewer: Viewer, form: str) -> None:
    refused(viewer.ask(f"~/download-query/query_result.{form}", query_string="SELECT date"), 404)


@pytest.mark.parametrize("query", ["", "PRINT", "run inconnue", 'run "', "SELECT inconnu", ".output x"])
def test_a_download_that_cannot_be_is_refused_in_french(viewer: Viewer, query: str) -> None:
    assert (
        "requête" in refused(viewer.ask("~/download-query/query_result.csv", query_string=query), 400)
        or query == ".output x"
    )
    refused(viewer.ask("~/download-query/query_result.csv"), 400)


# --- S33: what is added to the books

ENTRY: dict[str, object] = {
    "t": "Transaction",
    "date": "2026-06-01",
    "flag": "*",
    "payee": "Nouveau",
    "narration": 'Un "ajout"',
    "tags": ["lot1"],
    "links": [],
    "meta": {"piece": "BQ-1"},
    "postings": [
        {"account": "Expenses:Eau:604-Fournitures", "amount": "7 XOF", "meta": {"ligne": "1.1"}},
        {"account": "Assets:Eau:521-Banque", "amount": ""},
    ],
}
EVIL = 'x\nplugin "evil"\n'
BALANCE = {"t": "Balance", "date": "2026-06-01", "meta": {}, "account": "Assets:Eau:521-Banque"}
FORGED: dict[str, object] = {
    "tag": {**ENTRY, "tags": [EVIL]},
    "link": {**ENTRY, "links": ["a", EVIL]},
    "key": {**ENTRY, "meta": {EVIL: "1"}},
    "key with a quote": {**ENTRY, "meta": {'a: "b" c': "1"}},
    "account": {**ENTRY, "postings": [{"account": f"Assets:Eau{EVIL}", "amount": "1 XOF"}]},
    "key of a movement": {
        **ENTRY,
        "postings": [{"account": "Assets:Eau:521-Banque", "amount": "", "meta": {EVIL: "1"}}],
    },
    "amount": {**ENTRY, "postings": [{"account": "Assets:Eau:521-Banque", "amount": f"1 XOF{EVIL}"}]},
    "lot": {**ENTRY, "postings": [{"account": "Assets:Eau:521-Banque", "amount": '1 XOF {1 EUR, "\\n"}'}]},
    "flag": {**ENTRY, "flag": EVIL},
    "date": {**ENTRY, "date": f"2026-06-01{EVIL}"},
    "carriage return": {**ENTRY, "narration": "a\rb"},
    "value": {**ENTRY, "meta": {"piece": {"a": EVIL}}},
    "currency": {**BALANCE, "amount": {"number": "1", "currency": f"XOF{EVIL}"}},
    "number": {**BALANCE, "amount": {"number": "1e999999999", "currency": "XOF"}},
    "balance": {**BALANCE, "account": EVIL, "amount": {"number": "1", "currency": "XOF"}},
    "note": {"t": "Note", "date": "2026-06-01", "meta": {}, "account": EVIL, "comment": "x"},
    "kind": {"t": EVIL, "date": "2026-06-01", "meta": {}},
    "no tags": {key: value for key, value in ENTRY.items() if key != "tags"},
    "not an entry": 1,
    "tags that are a number": {**ENTRY, "tags": 1},
    "meta that is a text": {**ENTRY, "meta": "x"},
}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """The accountant's viewer, over books that these tests may write in."""
    with serving(write_books(tmp_path_factory.mktemp("bureau"), months=1)) as viewer:
        yield viewer


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_entry_is_not_written(desk: Viewer, name: str) -> None:
    before = books_of(desk).read_bytes()
    body = json.dumps({"entries": [ENTRY, FORGED[name]]})
    assert refused(desk.ask("~/api/add_entries", "PUT", headers=JSON, body=body), 400).startswith(
        "L'écriture n'est pas"
    )
    assert books_of(desk).read_bytes() == before


@pytest.mark.parametrize("body", ["[]", "{}", '{"entries": 1}', '{"entries": {}}', "x", ""])
def test_what_is_no_list_of_entries_is_refused(desk: Viewer, body: str) -> None:
    refused(desk.ask("~/api/add_entries", "PUT", headers=JSON, body=body), 400)


def test_a_lawful_entry_is_written(desk: Viewer) -> None:
    note = {
        "t": "Note",
        "date": "2026-06-02",
        "meta": {},
        "account": "Assets:Eau:521-Banque",
        "comment": "deux\nlignes",
    }
    balance = {**BALANCE, "amount": {"number": "-21197", "currency": "XOF"}}
    body = json.dumps({"entries": [ENTRY, note, balance]})
    answer = desk.ask("~/api/add_entries", "PUT", headers=JSON, body=body)
    assert answer.status == 200, answer.text
    written = books_of(desk).read_text(encoding="utf-8")
    assert 'piece: "BQ-1"' in written
    assert "2026-06-01 balance Assets:Eau:521-Banque" in written
    entries, errors, _ = loader.load_file(str(books_of(desk)))
    assert [error.message for error in errors if not error.message.startswith("Balance failed")] == []
    assert 'Un "ajout"' in [getattr(entry, "narration", "") for entry in entries]


def multipart(name: str, **fields: str) -> tuple[dict[str, str], bytes]:
    """A form that sends a file; its name may hold anything (percent signs stand for themselves)."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    parts.append(f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n%PDF\r\n--x--\r\n')
    return {"Content-Type": "multipart/form-data; boundary=x"}, "".join(parts).encode()


@pytest.mark.parametrize("name", ['a\\"b.pdf', "a\x01b.pdf", "a\x7f.pdf", "x" * 300])
def test_a_voucher_s_name_is_a_name(desk: Viewer, name: str) -> None:
    before = sorted(desk.folder.rglob("*"))
    for path in ("~/api/add_document", "~/api/upload_import_file"):
        headers, body = multipart(name, folder="documents", account="Assets:Eau:521-Banque")
        assert "Le nom" in refused(desk.ask(path, "PUT", headers=headers, body=body), 400)
    move = json.dumps({"account": "Assets:Eau:521-Banque", "new_name": name.replace("\\", ""), "filename": "x"})
    assert "Le nom" in refused(desk.ask("~/api/move", "PUT", headers=JSON, body=move), 400)
    assert sorted(desk.folder.rglob("*")) == before


@pytest.mark.parametrize("name", [f"a.pdf{EVIL}", 'a"b.pdf', "", "a\\b"])
def test_an_attached_document_ends_no_line(desk: Viewer, name: str) -> None:
    before = books_of(desk).read_bytes()
    data = desk.ask("~/api/journal").json["data"]
    entry_hash = next(entry["entry_hash"] for entry in data if entry["t"] == "Transaction")  # type: ignore[attr-defined]
    body = json.dumps({"filename": name, "entry_hash": entry_hash})
    assert "Le nom" in refused(desk.ask("~/api/attach_document", "PUT", headers=JSON, body=body), 400)
    assert books_of(desk).read_bytes() == before


# --- nobody's question is our failure


@pytest.mark.skipif(os.name == "nt", reason="names that Windows forbids")
def test_a_voucher_named_with_line_breaks(tmp_path: Path) -> None:
    main = write_books(tmp_path, months=1)
    odd = Path(folder_of(main)) / "a\r\nX-Evil: 1.pdf"
    odd.write_bytes(b"%PDF")
    with serving(main) as viewer:
        answer = viewer.ask("~/document/", filename=str(odd))
        refused(answer, 404)
        assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "parameters", "status"),
    [
        ("GET", "~/statement/", {"entry_hash": "inconnu", "key": "document"}, 404),
        ("GET", "~/statement/", {}, 404),
        ("GET", "~/api/context", {"entry_hash": "inconnu"}, 404),
        ("GET", "~/api/source_slice", {"entry_hash": "inconnu"}, 404),
        ("GET", "~/api/query", {"query_string": "SELECT inconnu"}, 400),
        ("GET", "~/api/query", {"query_string": ""}, 400),
        ("GET", "~/api/query", {}, 400),
        ("DELETE", "~/api/document", {"filename": "/etc/hostname"}, 400),
        ("DELETE", "~/api/document", {"filename": "documents/absent.pdf"}, 400),
        ("DELETE", "~/api/source_slice", {"entry_hash": "inconnu", "sha256sum": "x"}, 404),
        ("GET", "~/api/source", {"filename": "/etc/hostname"}, 400),
        ("GET", "~/api/extract", {"filename": "/etc/hostname", "importer": "x"}, 400),
        ("GET", "~/api/journal_page", {"page": "999999", "order": "asc"}, 404),
        ("GET", "~/api/journal_page", {"page": "x", "order": "asc"}, 400),
        ("GET", "~/journal/", {"time": "hier"}, 200),
        ("GET", "~/api/help", {"page_slug": "../../x"}, 404),
        ("GET", "~/document/", {"filename": "a\r\nb"}, 404),
        ("GET", "~/account/Inconnu/", {}, 200),
    ],
)
def test_a_question_amiss_is_answered_in_french(
    viewer: Viewer, method: str, path: str, parameters: dict[str, str], status: int
) -> None:
    answer = viewer.ask(path, method, **parameters)
    if status == 200:
        assert answer.status == 200
        return
    said = refused(answer, status)
    assert not re.search(r"\b(?:Not|not|found|valid|Trying|missing|error|does)\b", said), said


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT inconnu", "la colonne « inconnu » n'existe pas"),
        ("SELECT date FROM #rien", "la table « rien » n'existe pas"),
        ("SELECT soleil(date)", "la fonction « soleil(date) » n'existe pas"),
        ("SELECT date - 'x'", "l'opération « "),
        ("SELECT date, sum(position), payee GROUP BY date", 'GROUP BY nomme aussi : "payee"'),
        ("SELECT date WHERE sum(number) > 1", "une somme n'a pas sa place dans WHERE"),
        ("SELECT date ORDER BY 9", "ORDER BY nomme une colonne"),
        ("SELECT date IN 3", "un nom, une fonction ou une comparaison n'y va pas"),
    ],
)
def test_what_a_query_cannot_mean_is_said_in_french(local: Viewer, query: str, words: str) -> None:
    assert words in refused(local.query(query), 400)


def test_english_nobody_translated_is_not_shown() -> None:
    assert refusals.translated("Something new in Fava", 400, []) == refusals.SENTENCES[400]
    assert refusals.translated("Not valid document or import file: 'x'.", 400, []).startswith("Ce fichier n'est pas")


# --- where the books lie is nobody's matter


READER_PAGES = [
    "/",
    "~/income_statement/",
    "~/journal/",
    "~/errors/",
    "~/documents/",
    "~/query/",
    "~/api/journal",
    "~/api/journal_page?page=1&order=asc",
    "~/api/documents",
    "~/api/ledger_data",
    "~/api/errors",
    "~/api/statistics",
    "~/api/query?query_string=SELECT+filename,+meta('filename'),+location+LIMIT+3",
    "~/download-query/query_result.csv?query_string=SELECT+filename,+meta('filename'),+location+LIMIT+3",
]


@pytest.mark.parametrize("path", READER_PAGES)
def test_a_reader_sees_no_folder_of_the_machine(reading: Viewer, path: str) -> None:
    answer = reading.ask(path)
    answer = reading.ask(answer.headers["location"]) if answer.status == 302 else answer
    assert answer.status == 200, answer.text
    top = reading.folder.parent
    for spelt in (str(top), quote(str(top)), quote(str(top), safe=""), json.dumps(str(top))[1:-1]):
        assert spelt not in answer.text


def test_queries_name_files_from_the_top_for_everybody(local: Viewer) -> None:
    rows = local.query("SELECT meta('filename') LIMIT 1").json["data"]["rows"]  # type: ignore[index]
    assert rows == [["ledger/main.beancount"]]


def test_a_reader_opens_vouchers_by_the_names_shown(reading: Viewer) -> None:
    shown = [entry["filename"] for entry in reading.ask("~/api/documents").json["data"]]  # type: ignore[attr-defined]
    name = next(name for name in shown if name.endswith("facture.pdf"))
    assert name == "ledger/documents/Assets/Eau/521-Banque/2026-01-05 facture.pdf"
    assert reading.ask("~/document/", filename=name).headers["content-type"] == "application/pdf"


@pytest.mark.parametrize(
    "path",
    ["~/api/source", "~/api/options", "~/api/imports", "~/download-journal/", "~/editor/", "~/options/", "~/import/"],
)
def test_a_reader_has_no_source(reading: Viewer, path: str) -> None:
    assert "lecture seule" in refused(reading.ask(path), 403)


# --- S32: who waits for whom


def answers_beside(local: Viewer, waiting: list[socket.socket]) -> bool:
    """Whether a page comes within two seconds while others wait; these are closed then."""
    try:
        start = time.monotonic()
        return local.ask("~/api/changed").status == 200 and time.monotonic() - start < 2
    finally:
        for connection in waiting:
            connection.close()


def opened(port: int, said: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(said)
    return connection


def test_half_open_connections_keep_nobody_waiting(local: Viewer) -> None:
    head = f"PUT /livres/api/format_source HTTP/1.1\r\nHost: 127.0.0.1:{local.port}\r\n".encode()
    begun = [b"", b"", b"GET", head, head + b"Content-Length: 9\r\n\r\n{"]
    waiting = [opened(local.port, said) for said in begun * 5]
    time.sleep(0.3)
    assert answers_beside(local, waiting)


def test_silent_connections_hold_no_thread(local: Viewer) -> None:
    assert answers_beside(local, [opened(local.port, b"") for _ in range(100)])


def test_headers_by_drops_come_to_an_end(local: Viewer) -> None:
    start = time.monotonic()
    with opened(local.port, b"GET / HTTP/1.1\r\nX: ") as drops:
        ended = False
        while not ended and time.monotonic() - start < 15:
            try:
                drops.sendall(b"x")
                drops.settimeout(0.3)
                answer = drops.recv(100)
                ended = not answer or b" 408 " in answer
            except TimeoutError:
                continue
            except OSError:
                ended = True
    assert ended
    assert 3 < time.monotonic() - start < 12


def test_a_queue_too_long_answers(tmp_path: Path) -> None:
    code = "from grandlivre.viewer import connections; connections.LONGEST_QUEUE = 0; " + SERVE
    main = write_books(tmp_path, months=1)
    with running([sys.executable, "-c", code, str(main), "local"], main.parent) as viewer:
        answer = viewer.ask("~/api/changed")
        assert answer.status == 503
        assert "Trop de demandes attendent" in answer.text


def processor_time(pid: int) -> float:
    """Seconds of the processor that a process took, whatever else the machine does; 0 where the system does not tell."""
    told = Path(f"/proc/{pid}/stat")
    if not told.exists():
        return 0.0
    fields = told.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_sixty_sums_are_stopped(tmp_path: Path) -> None:
    """Whether the time goes in reckoning or in writing out what was reckoned."""
    main = write_books(tmp_path, months=12)
    text = main.read_text(encoding="utf-8")
    entries = text[text.index('2026-01-03 * "Fournisseur 00"') :]
    main.write_text(text + entries * 20, encoding="utf-8", newline="\n")
    sums = ", ".join(f"sum(position) AS s{number}" for number in range(60))
    balances = ", ".join(f"balance AS b{number}" for number in range(60))
    code = "from grandlivre.viewer import queries; queries.SECONDS = 0.5; " + SERVE
    with running([sys.executable, "-c", code, str(main), "local"], main.parent) as viewer:
        for query in (f"SELECT date, narration, payee, {sums} GROUP BY 1, 2, 3", f"SELECT {balances}"):
            for path in ("~/api/query", "~/download-query/query_result.csv"):
                start = processor_time(viewer.process.pid)
                assert "secondes" in refused(viewer.ask(path, query_string=query), 400)
                assert processor_time(viewer.process.pid) - start < 5  # half a second is allowed, then it must end


# --- S5: readers at once

READERS, OF_PLAIN_FAVA = 20, 8
"""Fava's own command, whose server is not ours, is read by fewer."""
SECONDS = float(os.environ.get("GRANDLIVRE_SECONDES_LECTEURS", "1"))
"""How long they read on at least; each reads each of its pages, however long that takes."""


def reader_paths(viewer: Viewer, supplier: int) -> list[str]:
    chosen = f"payee%3A%22Fournisseur%20{supplier:02}%22"
    slug = f"/{viewer.slug}"
    select = quote(f"SELECT narration, position WHERE payee = 'Fournisseur {supplier:02}' ORDER BY narration")
    order = "asc" if supplier % 2 else "desc"
    return [
        f"{slug}/api/query?query_string=SELECT+payee,+sum(number)+GROUP+BY+payee&filter={chosen}",
        f"{slug}/api/query?query_string={select}",
        f"{slug}/api/query?query_string=PRINT&filter={chosen}",
        f"{slug}/api/journal_page?page=1&order={order}",
        f"{slug}/api/income_statement?filter=%23lot{supplier}&time=2026-{supplier % 12 + 1:02}",
        f"{slug}/download-query/query_result.csv?query_string=BALANCES&filter={chosen}",
    ]


def resident_kilobytes(viewer: Viewer) -> int:
    status = Path(f"/proc/{viewer.process.pid}/status")
    return int(re.findall(r"VmRSS:\s+(\d+)", status.read_text(encoding="utf-8"))[0]) if status.exists() else 0


def test_many_readers_at_once(viewer: Viewer) -> None:
    readers = READERS if viewer.slug == "livres" else OF_PLAIN_FAVA
    expected = {path: viewer.ask(path).body for n in range(readers) for path in reader_paths(viewer, n)}
    assert len(set(expected.values())) > readers * 4
    before = resident_kilobytes(viewer)
    wrong: list[str] = []
    counts = [0] * readers
    end = time.monotonic() + (SECONDS if viewer.slug == "livres" else min(SECONDS, 3))

    def read(number: int) -> None:
        while time.monotonic() < end and not wrong:
            for path in reader_paths(viewer, number):
                answer = viewer.ask(path)
                counts[number] += 1
                if answer.status != 200 or answer.body != expected[path]:
                    wrong.append(f"{path}: {answer.status} {answer.text[:200]}")

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert min(counts) > 0
    assert resident_kilobytes(viewer) - before < 60_000


# --- start, reload, stop


def test_change_shows_without_restart(tmp_path: Path) -> None:
    main = write_books(tmp_path, months=1)
    whole = main.read_text(encoding="utf-8")
    with serving(main) as viewer:

        def eventually(path: str, wanted: str) -> None:
            end = time.monotonic() + 10
            while wanted not in (said := viewer.ask(path).text):
                assert time.monotonic() < end, said[:500]
                viewer.ask("~/api/changed")
                time.sleep(0.1)

        addition = '\n2026-06-01 * "Nouveau" "Ajout"\n  Expenses:Eau:604-Fournitures  7 XOF\n  Assets:Eau:521-Banque\n'
        main.write_text(whole + addition, encoding="utf-8")
        eventually("~/api/journal", "Nouveau")
        main.write_text(whole + addition[:-25], encoding="utf-8")
        eventually("~/api/errors", "message")
        assert viewer.ask("~/income_statement/").status == 200
        main.unlink()
        eventually("~/api/errors", "n'est plus lisible")
        assert "Fournisseur 01" in viewer.ask("~/api/journal").text
        main.write_text(whole, encoding="utf-8")
        eventually("~/api/errors", '"data":[]')
        assert "Nouveau" not in viewer.ask("~/api/journal").text


def test_readers_during_reloads_see_whole_books(tmp_path: Path) -> None:
    main = write_books(tmp_path, months=2)
    text = main.read_text(encoding="utf-8")
    more = '\n2026-06-01 * "Nouveau" "Ajout"\n  Expenses:Eau:604-Fournitures  7 XOF\n  Assets:Eau:521-Banque\n'
    count = "SELECT count(*) WHERE account ~ 'Banque'"
    seen: list[tuple[int, object]] = []
    with serving(main) as viewer:
        end = time.monotonic() + 3

        def read() -> None:
            while time.monotonic() < end:
                viewer.ask("~/api/changed")
                answer = viewer.query(count)
                rows = answer.json["data"]["rows"] if answer.status == 200 else answer.text  # type: ignore[index]
                seen.append((answer.status, str(rows)))

        threads = [threading.Thread(target=read) for _ in range(5)]
        for thread in threads:
            thread.start()
        for turn in range(12):
            fresh = main.with_suffix(".tmp")
            fresh.write_text(text + more * (turn % 2), encoding="utf-8")
            fresh.replace(main)
            time.sleep(0.25)
        for thread in threads:
            thread.join()
    assert set(seen) == {(200, "[[40]]"), (200, "[[41]]")}


def start(main: Path | str, *arguments: str, code: str = SERVE) -> subprocess.CompletedProcess[str]:
    return nursery.run([sys.executable, "-c", code, str(main), *arguments])


def test_what_prevents_starting(tmp_path: Path) -> None:
    missing = start(tmp_path / "absent.beancount", "local")
    assert missing.returncode == 2
    assert "n'existe pas" in missing.stderr
    main = write_books(tmp_path, months=1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code = SERVE.replace("port=0", f"port={taken.getsockname()[1]}")
        busy = start(main, "local", code=code)
    assert busy.returncode == 2
    assert "déjà utilisé" in busy.stderr
    audit = SERVE.replace("port=0", "port=0, audit=lambda p: [(p, 3, 'La ligne plugin \"x\" est refusée.')]")
    refusal = start(main, "local", code=audit)
    assert refusal.returncode == 1
    assert "ledger/main.beancount:3: erreur: La ligne plugin" in refusal.stderr
    for done in (missing, busy, refusal):
        assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.skipif(os.name == "nt", reason="a signal ends a process at once there")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_stops_cleanly(tmp_path: Path, sent: signal.Signals) -> None:
    with serving(write_books(tmp_path, months=1)) as viewer:
        viewer.ask("/")
        viewer.process.send_signal(sent)
        assert viewer.process.wait(60) == 0  # a loaded machine takes its time
    assert viewer.output[-1] == "Grand Livre est arrêté."
    assert "Traceback" not in "\n".join(viewer.output)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", viewer.port)) != 0
