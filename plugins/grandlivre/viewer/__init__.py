"""The directors' viewer: Fava with our pages, behind a guard (`guard.py`) and a small local server (`server.py`).

Fava finds our pages here: `2026-01-01 custom "fava-extension" "grandlivre.viewer"`. One class a page, listed in Fava's
menu in the alphabetical order of their names.
"""

from grandlivre.viewer.documents_page import Documents
from grandlivre.viewer.entry_page import Saisir
from grandlivre.viewer.journal_page import Journal
from grandlivre.viewer.pages import Accueil, Aide, Banque, Budget, Controles, Rapports, Suivi
from grandlivre.viewer.piece_page import Piece
from grandlivre.viewer.signing_page import ASigner

__all__ = [
    "ASigner",
    "Accueil",
    "Aide",
    "Banque",
    "Budget",
    "Controles",
    "Documents",
    "Journal",
    "Piece",
    "Rapports",
    "Saisir",
    "Suivi",
]
