"""A small set of books and a viewer over it, in a process of its own, for the tests of the viewer."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import nursery

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)

HEAD = """option "title" "Livres d'essai"
option "operating_currency" "XOF"
option "documents" "documents"
1990-01-01 custom "fava-option" "language" "fr"
1990-01-01 custom "fava-option" "locale" "fr"
1990-01-01 custom "fava-option" "import-dirs" "releves"
2026-01-01 commodity XOF
2026-01-01 open Assets:Eau:521-Banque XOF
2026-01-01 open Expenses:Eau:604-Fournitures XOF
2026-01-01 open Income:Eau:702-Fonds XOF
2026-01-02 query "soldes" "SELECT account, sum(position) GROUP BY account ORDER BY account"
2026-01-02 query "ecrit" ".output stolen.txt"
2026-01-02 event "lieu" "Bamako"
2026-01-02 price EUR 655.957 XOF
"""


def write_books(folder: Path, *, extra: str = "", months: int = 12) -> Path:
    """Books with a voucher of each kind, twenty suppliers, and whatever `extra` adds; the main file."""
    ledger = folder / "ledger"
    papers = ledger / "documents" / "Assets" / "Eau" / "521-Banque"
    papers.mkdir(parents=True)
    (ledger / "releves").mkdir()
    (ledger / "releves" / "2026-01.csv").write_text("date;montant\n", encoding="utf-8")
    for name, data in {
        "2026-01-05 facture.pdf": PDF,
        "2026-01-05 photo.png": PNG,
        "2026-01-05 page.html": b"<script>document.title='pris'</script>",
        "2026-01-05 dessin.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    }.items():
        (papers / name).write_bytes(data)
    lines = [HEAD, extra]
    for month in range(1, months + 1):
        for supplier in range(20):
            lines.append(
                f'2026-{month:02}-{supplier + 3:02} * "Fournisseur {supplier:02}" "Achat {month}" #lot{supplier}\n'
                f"  Expenses:Eau:604-Fournitures  {1000 * month + supplier} XOF\n"
                "  Assets:Eau:521-Banque\n"
            )
    main = ledger / "main.beancount"
    main.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    return main


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> dict[str, object]:
        value: dict[str, object] = json.loads(self.body)
        return value


@dataclass
class Viewer:
    """A running server."""

    url: str
    process: subprocess.Popen[str] | nursery.Forked
    output: list[str] = field(default_factory=list)
    slug: str = "livres"
    folder: Path = Path()
    """Where the books are."""

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | str | None = None,
        **parameters: str,
    ) -> Answer:
        """One request; `~` at the start of the path stands for the books' own address."""
        path = f"/{self.slug}{path[1:]}" if path.startswith("~") else path
        if parameters:
            path += "?" + urlencode(parameters, quote_via=quote)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def query(self, text: str, **parameters: str) -> Answer:
        return self.ask("~/api/query", query_string=text, **parameters)


def first_load(page: Any, viewer: Viewer) -> list[int]:
    """The bytes that a browser receives to show the first page, answer by answer."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda e: sizes.append(int(e["encodedDataLength"])))
    page.goto(f"{viewer.url}/")
    page.wait_for_load_state("networkidle")
    print(f"\npremier chargement : {sum(sizes)} octets en {len(sizes)} réponses")
    return sizes


def _collect(viewer: Viewer) -> None:
    for line in viewer.process.stdout or ():
        viewer.output.append(line.rstrip())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody listens on, among those that no connection takes by itself before the server does."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def running(command: list[str], folder: Path, announced: str = "http://", slug: str = "livres") -> Iterator[Viewer]:
    """A server in a child process, ended by its own id."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    process = nursery.popen(command, cwd=folder, env=env)
    viewer = Viewer("", process, slug=slug, folder=folder)
    reader = threading.Thread(target=_collect, args=(viewer,), daemon=True)
    reader.start()
    try:
        end = time.monotonic() + 40
        while not viewer.url:
            assert process.poll() is None, "\n".join(viewer.output)
            assert time.monotonic() < end, "the server did not start"
            said = next((line for line in viewer.output if announced in line), "")
            if said:
                viewer.url = "http://127.0.0.1:" + said.split("http://", 1)[1].split(":", 1)[1].split("/")[0].split()[0]
            time.sleep(0.05)
        while not _listens(viewer.port):
            assert time.monotonic() < end, "the server does not listen"
            time.sleep(0.05)
        yield viewer
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        reader.join(5)


SERVE = (
    "import sys; from pathlib import Path; from grandlivre.viewer.server import serve; "
    "sys.exit(serve(Path(sys.argv[1]), port=0, read_only=sys.argv[2] == 'lecture', open_browser=False))"
)


def serving(main: Path, *, read_only: bool = False) -> AbstractContextManager[Viewer]:
    """Our own server over a main file."""
    return running([sys.executable, "-c", SERVE, str(main), "lecture" if read_only else "local"], main.parent)
