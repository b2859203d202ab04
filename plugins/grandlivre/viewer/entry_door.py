"""The JSON door of guided entry (contract §12): `POST /<books>/grandlivre/saisie`, and where its photos come in.

What a form would write is tried on the books that the viewer has loaded; what is written goes through `tasks.guided`, which
reads the books anew, judges them with the entry, and writes all or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request

from grandlivre.books.index import Books
from grandlivre.i18n import Message
from grandlivre.policy.people import without_asides
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import guided
from grandlivre.tasks.desk import Desk, read_files
from grandlivre.tasks.guided import arrivals
from grandlivre.tasks.keeping import Author
from grandlivre.tasks.problem import WriteError
from grandlivre.viewer import fava_adapter
from grandlivre.viewer.readers import Reader, Role, reader
from grandlivre.viewer.refusals import Told
from grandlivre.viewer.state import Loaded

ENTRY, PHOTO = "grandlivre_saisie", "grandlivre_arrivee"
"""Flask's names of the two addresses."""
MAY_ENTER = frozenset({Role.LOCAL, Role.ACCOUNTANT})
_NOT_FOR_YOU = "Seul le comptable saisit dans ces livres."
_READ_ONLY = "Cette visionneuse est en lecture seule : rien n'y est saisi."
_SHAPE = 'La demande ne se lit pas : {"genre": "paiement", "champs": {…}, "essai": true}.'
_HALTED = Message(
    "Les livres ne se lisent pas entièrement : corrigez d'abord ce que montre la page « Contrôles ». ({count:constat})"
)
_FIELDS = "Des champs sont à compléter ou à corriger."
_NO_FILE = "Aucun fichier n'a été joint."


def install(app: Flask) -> None:
    """Opens the two addresses, once; an application that has served already takes them too."""
    if ENTRY in app.view_functions:
        return
    for name, path, view in ((ENTRY, "saisie", enter), (PHOTO, "arrivee", take_photo)):
        app.url_map.add(app.url_rule_class(f"/<bfile>/grandlivre/{path}", endpoint=name, methods={"POST", "OPTIONS"}))
        app.view_functions[name] = view


def may_enter() -> bool:
    """Whether the reader of the current request enters vouchers in these books."""
    return reader().role in MAY_ENTER and not fava_adapter.is_read_only(current_app)


def loaded_now() -> Loaded:
    """The load that the viewer shows."""
    found: Loaded = g.ledger.extensions.get_extension("Accueil").loaded
    return found


def desk_of(loaded: Loaded) -> Desk:
    """The loaded books as a task reads them, for what is only tried; raises RefusedError."""
    inspection = loaded.inspection
    if inspection.halted:
        raise RefusedError(_HALTED(count=inspection.errors))
    files, includes = read_files(inspection.main)
    return Desk(replace(inspection, judged=loaded.books), files, includes, "")


def enter() -> Response:
    """A form tried, or written."""
    refused = _refuse()
    if refused is not None:
        return refused
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        return _said(400, _SHAPE)
    genre, fields, trial = asked.get("genre"), asked.get("champs"), asked.get("essai", False)
    token = asked.get("formulaire", "")
    if not isinstance(genre, str) or not isinstance(fields, dict) or not isinstance(trial, bool):
        return _said(400, _SHAPE)
    if not isinstance(token, str):
        return _said(400, _SHAPE)
    try:
        return _tried(genre, fields) if trial else _written(genre, fields, token)
    except guided.FieldsError as error:
        # a form that is being typed is no failed request: the page asks for a plain answer
        return _said(200 if trial and asked.get("souple") is True else 400, _FIELDS, champs=error.said)
    except guided.BlockedError as error:
        return _answer(409, error.draft)
    except RefusedError as error:
        return _said(400, str(error))
    except WriteError as error:
        return _said(503, str(error))


def take_photo() -> Response:
    """A photo or a PDF put in the queue: made upright and light, without what the telephone adds."""
    refused = _refuse()
    if refused is not None:
        return refused
    sent = request.files.get("fichier")
    if sent is None or not sent.filename:
        return _said(400, _NO_FILE)
    try:
        path = arrivals.take_in(Path(g.ledger.beancount_file_path), sent.filename, sent.read())
    except RefusedError as error:
        return _said(400, str(error))
    except WriteError as error:
        return _said(503, str(error))
    return _as_json(200, {"chemin": path, "nom": path.rpartition("/")[2]})


def _refuse() -> Response | None:
    if fava_adapter.is_read_only(current_app):
        return _said(401, _READ_ONLY)
    return None if reader().role in MAY_ENTER else _said(403, _NOT_FOR_YOU)


def _tried(genre: str, fields: dict[str, Any]) -> Response:
    return _answer(200, guided.prepare(desk_of(loaded_now()), genre, fields))


def _written(genre: str, fields: dict[str, Any], token: str) -> Response:
    loaded = loaded_now()
    main = Path(g.ledger.beancount_file_path)
    entered = guided.enter(main, genre, fields, token=token, today=loaded.day, author=author_of(reader(), loaded.books))
    more: dict[str, Any] = {"commit": entered.commit} if entered.commit else {}
    more |= {"avis": [*entered.draft.notes, entered.problem]} if entered.problem else {}
    return _answer(
        200,
        entered.draft,
        texte=entered.text,
        piece=entered.piece,
        ecrit=True,
        deja=entered.again,
        fichiers=list(entered.paths),
        **more,
    )


def author_of(who: Reader, books: Books) -> Author | None:
    """Who git says wrote it: the account's person; git's own user on the accountant's machine."""
    if who.role is Role.LOCAL:
        return None
    person = books.policy.people.get(who.person)
    return Author(without_asides(person.name) if person is not None else who.name, who.name)


def _answer(status: int, draft: guided.Draft, **over: Any) -> Response:
    told = {
        "texte": draft.text,
        "piece": draft.piece,
        "constats": guided.sentences(draft.findings),
        "avis": list(draft.notes),
    }
    return _as_json(status, told | over)


def _said(status: int, sentence: str, **more: Any) -> Response:
    """A refusal, in the shape of an answer."""
    return _as_json(status, {"erreur": sentence, "texte": "", "piece": "", "constats": [], **more})


def _as_json(status: int, told: Mapping[str, Any]) -> Response:
    return Told(json.dumps(told, ensure_ascii=False), status=status, mimetype="application/json")
