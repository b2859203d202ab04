"""How Fava's own pages look beside ours: French throughout, nothing empty, nothing that a reader may not use.

Fava's scripts are changed as they are sent, its templates as they are read; `tests/test_fava_contract.py` checks that
each text to change stands in the installed Fava.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, redirect
from markupsafe import Markup

from grandlivre.viewer import fava_adapter
from grandlivre.viewer.fava_adapter import g, url_for
from grandlivre.viewer.readers import Role, reader
from grandlivre.viewer.rights import may
from grandlivre.viewer.routes import OWN_PAGES, RequestKind

WORDS = {
    "Cleared transactions": "Écritures validées",
    "Commodities": "Devises",
    "Dark": "Sombre",
    "Duplicate": "Dupliquer",
    "Hold Shift while clicking to expand all children.\nHold Ctrl or Cmd while clicking to expand one level.": (
        "Maj et clic : tout ouvrir.\nCtrl ou Cmd et clic : ouvrir un niveau."
    ),
    "Light": "Clair",
    "Other transactions": "Autres écritures",
    "Pending transactions": "Écritures à compléter",
    "Show keyboard shortcuts": "Montrer les raccourcis du clavier",
    "System": "Comme l'ordinateur",
    "Treemap": "Carte",
}
"""Fava's words that its French catalogue lacks, or says badly."""

_ENGLISH = "January February March April May June July August September October November December".split()
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_SHORT = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()
_DAYS = "dimanche lundi mardi mercredi jeudi vendredi samedi".split()


def _listed(words: list[str]) -> str:
    """The words as Fava's scripts write them."""
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


SCRIPTS = (
    (_listed(_ENGLISH), _listed(_MONTHS)),
    (_listed("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()), _listed(_SHORT)),
    (_listed("Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()), _listed(_DAYS)),
    (_listed("Sun Mon Tue Wed Thu Fri Sat".split()), _listed([day[:3] + "." for day in _DAYS])),
    ('thousands: ",",', 'decimal: ",", thousands: "\\u202f",'),
    ('"m", "", "k", "M", "G", "T"', '"m", "", "\\u00a0k", "\\u00a0M", "\\u00a0Md", "\\u00a0T"'),
    ('format(".3s")', 'format(".3~s")'),
    ("getUTCFullYear().toString()}Q${", "getUTCFullYear().toString()}-T${"),
    ("(Last entry: ", "(dernière écriture : "),
    (", or <a data-remote", " ou <a data-remote"),
    ("Loading entry context...", "Lecture de l'écriture…"),
    ("Loading entry slice...", "Lecture de l'écriture…"),
    ('["open", "Open"', '["open", "Ouverture"'),
    ('["close", "Close"', '["close", "Fermeture"'),
    ('["balance", "Balance"', '["balance", "Solde contrôlé"'),
    ('["transaction", "Transaction"', '["transaction", "Écriture"'),
    ('["pad", "Pad"', '["pad", "Équilibrage"'),
    ('["query", "Query"', '["query", "Requête"'),
    ('["custom", "Custom"', '["custom", "Acte"'),
    ("The last entry is a passing balance check.", "La dernière ligne est un solde vérifié."),
    ("The last entry is not a balance check.", "La dernière ligne n'est pas un solde vérifié."),
    ("The last entry is a failing balance check.", "Le dernier solde vérifié est faux."),
    ("Click to copy the balance directives to the clipboard:", "Cliquez pour copier les directives de solde :"),
    ("This account has not been updated in a while. (", "Ce compte n'a pas bougé depuis longtemps ("),
    (" days ago)", " jours)"),
    ("Saving failed: ", "L'enregistrement a échoué : "),
    ("Deleting failed: ", "Suppression refusée : "),
    ("Upload error: ", "L'envoi a échoué : "),
    ("Formatting source failed: ", "La mise en forme a échoué : "),
    ("Failed to fetch some journal pages", "Des pages du journal n'ont pas pu être lues"),
    ("Error fetching ledger data: ", "Les données n'ont pas pu être lues : "),
    ("Error importing module for extension ", "Une page n'a pas pu être chargée : "),
)
"""(text of Fava's scripts, what is sent in its place)."""

TEMPLATES = {
    "_layout.html": (
        ("<html>", '<html lang="fr" data-gl-hidden="{{ gl_hidden()|join(\' \') }}">'),
        ("</head>", "{{ gl_token() }}<style>{{ gl_style() }}</style></head>"),
        ("</article>", "</article>{{ gl_account() }}"),
        (
            "<body>",
            '<body>\n<a class="gl-skip" href="#gl-contenu">Aller au contenu</a>',
        ),
        ("<article>", '<article id="gl-contenu" tabindex="-1">'),
    ),
    "_journal_table.html": (
        ("href='#context-{{ entry_hash }}'", "href='#context-{{ entry_hash }}' data-piece='{{ gl_piece(entry) }}'"),
        ("accumulated <span", "cumulé <span"),
        ("&nbsp;from&nbsp;", "&nbsp;depuis&nbsp;"),
        ("'balance': 'Bal',", "'balance': 'Sol', 'custom': 'Acte', 'query': 'Req',"),
        ("'close': 'Close',", "'close': 'Ferm',"),
        ("'open': 'Open',", "'open': 'Ouv',"),
    ),
}
"""(text of Fava's templates, what is read in its place)."""

_HIDDEN = ("help", "import", "errors", "statistics", "holdings")
"""Fava's pages that ours replace, or whose words come from Beancount itself, in English."""
_UNLISTED = ("journal", "documents")
"""Fava's pages that ours replace in the menu; who knows their address opens them."""
_IN_PLACE = {"help": "Aide", "import": "Aide", "errors": "Controles", "documents": "Documents"}
"""Which page of ours comes in the place of one of Fava's; the first page for the others."""
_EDITING = ("editor", "options")
_ROLES = {
    Role.LOCAL: "",
    Role.DIRECTION: "Direction",
    Role.BOARD: "Bureau exécutif",
    Role.ACCOUNTANT: "comptable",
    Role.AUDITOR: "auditeur",
    Role.DONOR: "bailleur",
}
_STYLE = (
    ".gl-skip{position:absolute;left:-99rem;top:0;z-index:99;padding:.6rem 1rem;background:#fff;color:#004b87}"
    ".gl-skip:focus{left:0}article:focus{outline:0}.metadata-indicator{display:none!important}"
    "header input{background:#00000040!important;color:#fff!important}header input::placeholder{color:#fff!important;opacity:1!important}"
)
_ACCOUNT = (
    ".gl-account{grid-column:1/-1;display:flex;gap:1rem;align-items:center;justify-content:flex-end;margin:0;"
    "padding:.4rem 1rem;border-top:1px solid var(--border)}.gl-account button{min-height:2rem}"
)
_NO_EDITING = 'a[href="#add-transaction"],a[href="#export"],.aside-buttons a{display:none!important}'


def hidden() -> tuple[str, ...]:
    """Fava's pages that the reader of the current request is not offered."""
    ledger = g.ledger
    if ledger.extensions.get_extension("Piece") is None:
        return ()
    kinds = ledger.all_entries_by_type
    empty = {
        "documents": not kinds.Document,
        "events": not kinds.Event,
        "commodities": not kinds.Price,
    }
    own = [*(name for name in _HIDDEN if name != "import" or not ledger.ingest.module_path)]
    own += [name for name, nothing in empty.items() if nothing]
    if not may(RequestKind.SOURCE) or not may(RequestKind.WRITE):
        own += _EDITING
    if not may(RequestKind.QUERY):
        own.append("query")
    return tuple(own)


def style() -> Markup:
    """What the pages of Fava need, and nothing that the reader may not use."""
    names = hidden() + (_UNLISTED if g.ledger.extensions.get_extension("Piece") is not None else ())
    names += tuple(page for page, kind in OWN_PAGES.items() if not may(kind))
    gone = ",".join(f'aside li:has(>a[href*="/{name}/"])' for name in names)
    shown = (
        _STYLE
        + (_ACCOUNT if reader().token else "")
        + (f"{gone}{{display:none}}" if gone else "")
        + ("" if may(RequestKind.WRITE) else _NO_EDITING)
    )
    return Markup(shown)  # noqa: S704 - our own names


def token() -> Markup:
    """What scripts that write send back in `X-Jeton`; nothing where nobody logs in."""
    found = reader().token
    return Markup('<meta name="jeton" content="{}">').format(found) if found else Markup()


def account() -> Markup:
    """Who is logged in, and the way out; nothing where nobody logs in."""
    found = reader()
    if not found.token:
        return Markup()
    return Markup(
        '<form class="gl-account" method="post" action="/deconnexion"><span>{}, {}</span>'
        '<input type="hidden" name="jeton" value="{}"><button>Se déconnecter</button></form>'
    ).format(found.name, _ROLES[found.role], found.token)


def piece(entry: Any) -> str:
    """The page of a directive in Fava's journals, "" when our pages are not there."""
    extension: Any = g.ledger.extensions.get_extension("Piece")
    return extension.address_of(entry) if extension is not None else ""


def dress(app: Flask) -> None:
    """Gives Fava's pages their looks, once."""
    if "grandlivre-appearance" in app.extensions:
        return
    app.extensions["grandlivre-appearance"] = True
    fava_adapter.edit_templates(app, TEMPLATES)
    fava_adapter.edit_scripts(app, SCRIPTS)
    fava_adapter.add_words(app, WORDS)
    app.jinja_env.globals.update(gl_hidden=hidden, gl_style=style, gl_piece=piece, gl_token=token, gl_account=account)
    for name in ("report", "help_page", "holdings_by"):
        app.view_functions[name] = _in_place(app.view_functions[name])


def _in_place(view: Any) -> Any:
    """A view of Fava that leads to ours when the reader is not offered it."""

    def shown(**arguments: str) -> Response | str:
        name = arguments.get("report_name") or ("holdings" if "aggregation_key" in arguments else "help")
        if name not in hidden():
            return view(**arguments)  # type: ignore[no-any-return]
        address = url_for("extension_report", extension_name=_IN_PLACE.get(name, "Accueil"))
        return current_app.make_response(redirect(address))

    return shown
