"""What a reader sees when a request is refused or fails: one French sentence, no path, no traceback."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence

from flask import Response


class Told(Response):
    """An answer that already says, in French, why something was not done."""


SENTENCES = {
    400: "La demande n'est pas valable.",
    401: "Cette visionneuse est en lecture seule : rien n'y est modifié.",
    403: "Cette demande est refusée par la visionneuse.",
    404: "Cette page n'existe pas ou n'existe plus.",
    405: "Cette adresse n'accepte pas ce type de demande.",
    408: "La demande n'est pas arrivée en entier.",
    409: "Un fichier porte déjà ce nom.",
    413: "Le fichier ou le texte envoyé est trop grand.",
    414: "L'adresse est trop longue.",
    422: "La demande est incomplète.",
    429: "Trop d'essais. Attendez quelques minutes avant de recommencer.",
    502: "Cette partie des livres ne répond pas. Réessayez dans quelques secondes.",
    503: "Trop de demandes attendent. Réessayez dans quelques secondes.",
    500: "Une erreur interne a empêché d'afficher cette page. Le détail est dans la fenêtre où tourne Grand Livre.",
}

HOST = "Cette adresse n'est pas celle de la visionneuse. Ouvrez celle qui est affichée au démarrage."
"""Row S13."""

_TRANSLATIONS: tuple[tuple[str, str], ...] = (
    (r"Failed to parse filter: ?(.*)", r"Le filtre n'est pas compris : \1"),
    (r"Failed to parse date: ?(.*)", r"La période n'est pas comprise : \1"),
    (r'Illegal character "(.*)" in filter\.(.*)', r"Le filtre contient un caractère inattendu : \1"),
    (r"No entry found for hash.*", "Cette écriture n'existe plus ; elle a peut-être été modifiée."),
    (r"Trying to read a non-source file.*", "Ce fichier ne fait pas partie des livres."),
    (r"The file at .* changed externally\.", "Le fichier a été modifié entre-temps. Rechargez la page."),
    (r"The entry is generated and cannot be edited\.", "Cette écriture est calculée et ne se modifie pas."),
    (r"Invalid API request.*", "La demande n'est pas valable."),
    (r"Not found\.", SENTENCES[404]),
    (r".*already exists\.", SENTENCES[409]),
    (
        r"(Not a valid document|Not valid document|Not a file|Not a documents folder|.*does not exist\.).*",
        "Ce fichier n'est pas un document des livres.",
    ),
    (r"You need to set a documents folder\.", "Aucun dossier de documents n'est déclaré dans les livres."),
    (r"No file uploaded\.|Uploaded file is missing filename\.", "Aucun fichier n'a été joint."),
    (r"Not a valid account.*", "Ce compte n'existe pas dans les livres."),
    (r"Statement .*", "Cette pièce n'est pas nommée dans l'écriture."),
    (
        r"Invalid entry date\.|Unsupported entry type\.|KeyError.*|.*[Ii]nvalid amount.*",
        "L'écriture n'est pas ajoutée : elle est incomplète.",
    ),
    (r"The source file contains invalid unicode.*", "Le fichier n'est pas en UTF-8."),
    (r"Only queries that return a table.*", "Seul un tableau peut être téléchargé ; cette requête n'en donne pas."),
)

_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Grand Livre</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;
color-scheme:light dark}}</style>
</head>
<body>
<h1>Grand Livre</h1>
<p>{sentence}</p>
<p><a href="/">Revenir au tableau de bord</a></p>
</body>
</html>
"""


def sentence(status: int) -> str:
    """The sentence of an HTTP status."""
    return SENTENCES.get(status, SENTENCES[500] if status >= 500 else SENTENCES[400])


def page(text: str) -> bytes:
    """A page that shows a sentence and leads back to the first page."""
    return _PAGE.format(sentence=html.escape(text, quote=False)).encode()


def as_json(text: str) -> bytes:
    """A sentence as Fava's pages expect an error of its API."""
    return json.dumps({"error": text}, ensure_ascii=False).encode()


def translated(message: str, status: int, folders: Sequence[str]) -> str:
    """Fava's message in French, on one line, without the folders; the status's sentence for what nobody translated."""
    line = " ".join(message.split())
    found = next((found for pattern, _ in _TRANSLATIONS if (found := re.fullmatch(pattern, line))), None)
    if found is None:
        return sentence(status)
    line = found.expand(dict(_TRANSLATIONS)[found.re.pattern])
    for folder in sorted(folders, key=len, reverse=True):
        line = line.replace(folder, "")
    return line[:500] or sentence(status)
