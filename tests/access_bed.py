"""Books served to people with accounts, in a process of their own, and browsers of a few lines that log in."""

from __future__ import annotations

import http.client
import json
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from re import search
from urllib.parse import urlencode

from argon2 import PasswordHasher

from grandlivre.tasks.accounts import digest_of
from grandlivre.viewer import entry_door, fava_adapter
from grandlivre.viewer.routes import KINDS, OWN_DOORS, OWN_PAGES
from viewer_bed import Answer, Viewer, running

PASSWORD = "quatre mots sans rapport"
PEOPLE = {
    "awa": ("direction", "directeur"),
    "binta": ("bureau", "tresorier"),
    "kadi": ("comptable", "comptable"),
    "oumar": ("auditeur", ""),
}
SERVE = (
    "import sys, json; from pathlib import Path; from grandlivre.inspection import refusals\n"
    "from grandlivre.viewer.server import Access, serve; from grandlivre.viewer.sessions import Limits\n"
    "main, file, origin, limits = sys.argv[1:]\n"
    "access = Access(Path(file), origin=origin, limits=Limits(**json.loads(limits)))\n"
    "sys.exit(serve(Path(main), 'direction', 0, audit=refusals, access=access))"
)


@cache
def digest(dear: bool) -> str:
    """The digest of the password; a cheap one unless the test is about what it costs."""
    return digest_of("nom", PASSWORD) if dear else PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)


def write_accounts(file: Path, people: dict[str, tuple[str, str]], *, dear: bool = False) -> Path:
    """Accounts of one password."""
    rows = [
        {"nom": name, "role": role, "personne": person, "empreinte": digest(dear)}
        for name, (role, person) in people.items()
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 1, "comptes": rows}), encoding="utf-8")
    file.chmod(0o600)
    return file


def serving_people(
    main: Path, accounts: Path, *, origin: str = "", limits: dict[str, float] | None = None
) -> AbstractContextManager[Viewer]:
    """The served profile over a main file; behind an origin the server announces that, so the port is looked up."""
    words = [str(main), str(accounts), origin, json.dumps(limits or {})]
    return running([sys.executable, "-c", SERVE, *words], main.parent)


@dataclass
class Person:
    """A browser: it keeps cookies, and says from which site it asks."""

    viewer: Viewer
    cookies: dict[str, str] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    """Headers of every request."""

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | str | None = None,
        **parameters: str,
    ) -> Answer:
        """One request with its cookies; `~` stands for the books' own address."""
        path = f"/livres{path[1:]}" if path.startswith("~") else path
        if parameters:
            path += "?" + urlencode(parameters)
        told = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.viewer.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers={**told, **self.more, **(headers or {})})
            response = connection.getresponse()
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    self._keep(value)
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def _keep(self, said: str) -> None:
        key, _, value = said.partition(";")[0].partition("=")
        if "max-age=0" in said.lower():
            self.cookies.pop(key, None)
        else:
            self.cookies[key] = value

    def post(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Answer:
        told = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.ask(path, "POST", told, urlencode(fields))

    def log_in(self, name: str, password: str = PASSWORD, then: str = "/") -> Answer:
        """Opens the form, fills it in, sends it."""
        form = hidden(self.ask("/connexion", suite=then).text)
        return self.post("/connexion", {**form, "nom": name, "mot-de-passe": password})

    def token(self) -> str:
        """What the pages of this session carry."""
        found = search(r'<meta name="jeton" content="([^"]+)"', self.ask("~/extension/Accueil/").text)
        assert found is not None
        return found[1]


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form of login."""
    found = {}
    for name in ("jeton", "suite"):
        match = search(f'name="{name}" value="([^"]*)"', page)
        assert match is not None, page
        found[name] = unescape(match[1])
    return found


def logged_in(viewer: Viewer, name: str) -> Person:
    """A browser in which somebody is logged in."""
    person = Person(viewer)
    answer = person.log_in(name)
    assert answer.status == 303, answer.text
    return person


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


def addresses(main: Path) -> list[tuple[str, str, dict[str, str]]]:
    """Every rule of the application: its endpoint, an address that it answers, and the parts of that address."""
    app = fava_adapter.create_app(main)
    entry_door.install(app)
    pages = ["Accueil", "Piece", *OWN_PAGES, *OWN_DOORS]
    parts = {
        "name": ["Actif:FONCT:5711-Caisse"],
        "aggregation_key": ["account"],
        "report_name": ["journal", "income_statement", "editor", "options", "import", "query", "errors"],
        "result_format": ["csv"],
        "page_slug": ["filters"],
        "extension_name": pages,
        "endpoint": ["x"],
        "filename": ["app.css"],
        "bfile": ["livres"],
    }
    found = []
    for rule in app.url_map.iter_rules():
        assert rule.endpoint in KINDS, f"nobody classified {rule.rule}"
        assert not rule.arguments - parts.keys(), f"{rule.rule}: say here what {rule.arguments - parts.keys()} may be"
        varied = [name for name in rule.arguments if len(parts[name]) > 1]
        for choice in parts[varied[0]] if varied else [""]:
            values = {name: parts[name][0] for name in rule.arguments} | ({varied[0]: choice} if varied else {})
            with app.test_request_context():
                adapter = app.url_map.bind("127.0.0.1")
                found.append(
                    (rule.endpoint, adapter.build(rule.endpoint, values, method=min(rule.methods or {"GET"})), values)
                )
    return found
