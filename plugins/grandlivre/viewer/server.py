"""`grandlivre serve`: the viewer on this machine only, or for people with accounts; stopped by Ctrl-C or SIGTERM."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
import webbrowser
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import click
from flask import Flask

from grandlivre.i18n import Message
from grandlivre.rules import TODAY
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import accounts
from grandlivre.tasks.keeping import commit_rest
from grandlivre.viewer import entry_door, fava_adapter
from grandlivre.viewer.compression import compressed
from grandlivre.viewer.connections import THREADS, Server
from grandlivre.viewer.donor_rooms import DonorRooms
from grandlivre.viewer.gatehouse import Gatehouse
from grandlivre.viewer.guard import Audit, harden
from grandlivre.viewer.sessions import LIMITS, Attempts, Limits, Sessions
from grandlivre.viewer.site import THIS_MACHINE, Site, site_of

ADDRESS = "127.0.0.1"
USUAL_PORTS = range(5050, 5060)
"""Tried first, so that a bookmark keeps working; any free port after them."""
_LISTENS = 0.2
"""Seconds between two looks at whether the server is asked to end."""

_MISSING = Message(
    "Le fichier {path} n'existe pas. Lancez la commande depuis le dossier des livres, "
    "ou nommez le fichier avec --ledger."
)
_BUSY = Message("Le port {port} est déjà utilisé. Fermez l'autre programme, ou choisissez un autre port avec --port.")
_REFUSED = Message("{file}:{line}: erreur: {sentence}")
_NOT_OPENED = Message("Les livres ne sont pas ouverts : {count:anomalie} de sécurité à corriger d'abord.")
_UNREADABLE = Message("Les livres n'ont pas pu être lus : {reason}.")
_OPEN = Message("Grand Livre est ouvert à l'adresse {url}{mode}. Ctrl+C pour arrêter.")
_STOPPED = "Grand Livre est arrêté."
_NOBODY = "Le fichier des accès ne connaît personne encore : grandlivre users add NOM --role ROLE --acces FICHIER."


class Access(NamedTuple):
    """Whom the books are served to, and under which address."""

    file: Path
    """The accounts."""
    address: str = ADDRESS
    origin: str = ""
    limits: Limits = LIMITS


def serve(
    ledger: Path,
    profile: str = "local",
    port: int | None = None,
    read_only: bool = False,
    open_browser: bool = True,
    audit: Audit | None = None,
    today: date | None = None,
    access: Access | None = None,
) -> int:
    """Serves the books until Ctrl-C or SIGTERM; the exit status (0 stopped, 1 refused by the audit, 2 cannot start).

    `audit` runs on the files before they are loaded, now and at each reload; what it finds forbids loading them.
    `today` is the day to judge at, when the accountant gave one. With `access` everybody logs in.
    """
    if not ledger.is_file():
        click.echo(_MISSING(path=ledger), err=True)
        return 2
    try:
        site = site_of(access.origin, access.address) if access is not None else THIS_MACHINE
        known = accounts.Watched(access.file, _warn) if access is not None else None
    except (RefusedError, ValueError) as error:
        click.echo(str(error), err=True)
        return 2
    if _is_refused(ledger, audit):
        return 1
    app = _app(ledger, profile, read_only, audit, today, site)
    if app is None:
        return 2
    rooms = DonorRooms(ledger.absolute(), today)
    front = app
    if access is not None and known is not None:
        limits = access.limits
        front = Gatehouse(app, site, known.accounts, Sessions(limits), Attempts(limits), rooms)  # type: ignore[assignment]
        _begin(ledger, known)
    server = listening(compressed(front), port, access.address if access is not None else ADDRESS)
    if server is None:
        click.echo(_BUSY(port=port), err=True)
        return 2
    url = f"{site.origin or f'http://{ADDRESS}:{server.bind_addr[1]}'}/"
    click.echo(_OPEN(url=url, mode=" (lecture seule)" if read_only else ""))
    if open_browser and access is None:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    try:
        _run(server)
    finally:
        rooms.close()
    click.echo(_STOPPED)
    return 0


def _app(
    ledger: Path, profile: str, read_only: bool, audit: Audit | None, today: date | None, site: Site
) -> Flask | None:
    """The books served; None when they cannot be read: it then said why."""
    app = fava_adapter.create_app(ledger, read_only=read_only)
    app.config[TODAY] = today
    harden(app, profile=profile, read_only=read_only, audit=audit, site=site)
    entry_door.install(app)
    try:
        fava_adapter.first_ledger(app)
    except OSError as error:
        click.echo(_UNREADABLE(reason=error.strerror or type(error).__name__), err=True)
        return None
    return app


def _is_refused(ledger: Path, audit: Audit | None) -> bool:
    """Whether the audit forbids loading the books; it then said why."""
    found = audit(ledger.absolute()) if audit else []
    for file, line, sentence in found:
        click.echo(_REFUSED(file=_short(file, ledger), line=line, sentence=sentence), err=True)
    if found:
        click.echo(_NOT_OPENED(count=len(found)), err=True)
    return bool(found)


def _begin(ledger: Path, known: accounts.Watched) -> None:
    """What a server with accounts does first: what an interrupted one wrote without recording it is recorded."""
    if not known.accounts():
        click.echo(_NOBODY, err=True)
    rest = commit_rest(ledger.absolute().parent.parent)
    if rest.problem:
        click.echo(rest.problem, err=True)


def _warn(sentence: str) -> None:
    click.echo(sentence, err=True)


def _short(file: Path, ledger: Path) -> str:
    """A path as the other commands print it: from the folder that holds `ledger/` and `rules/`."""
    top = ledger.absolute().parent.parent
    return file.relative_to(top).as_posix() if file.is_relative_to(top) else file.as_posix()


def listening(app: Any, port: int | None, address: str = ADDRESS) -> Any:
    """A server bound to the port asked for, else to a usual one, else to any; None when the port asked for is taken."""
    for candidate in [port] if port is not None else [*USUAL_PORTS, 0]:
        server = Server((address, candidate), app, numthreads=THREADS, server_name=ADDRESS, request_queue_size=64)
        server.shutdown_timeout = 1
        server.max_request_header_size = 4_000_000  # the guard answers 414 long before, in French
        server.software = "Grand Livre"
        with contextlib.suppress(OSError):
            server.prepare()
            return server
    return None


def _run(server: Any) -> None:
    """Serves until Ctrl+C or a request to end; neither interrupts the thread that hands connections over.

    With an exception raised there by the signal, one worker in some stops waited for ever, and the server did not end.
    """
    asked: list[int] = []
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: asked.append(number))
    serving = threading.Thread(target=server.serve, daemon=True)
    serving.start()
    while serving.is_alive() and not asked:
        time.sleep(_LISTENS)
    server.stop()
    serving.join()
