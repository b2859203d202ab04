"""Guided entry: the ten forms of the page « Saisir » (contract §12), each a record of fields made into the text of the books.

    draft = prepare(desk, "paiement", {"bailleur": "UE-EAU", "date": "2026-03-12", …})
    draft.text, draft.piece, draft.findings          # as it will stand, and what the controls would say of it
    entered = enter(main, "paiement", fields, token="…")   # judged, written all or none, once; committed where there is git

What the books know is not asked: the donor's bank, the next voucher, the account of a budget line, a supplier's NIF, the
invoice that a payment settles. A rule is never written twice: the books are judged with the entry, by the same rules.
"""

from grandlivre.tasks.guided.drafting import GENRES, Draft, prepare, sentences
from grandlivre.tasks.guided.form import FieldsError
from grandlivre.tasks.guided.keeping import BlockedError, Entered, enter, write

__all__ = ["GENRES", "BlockedError", "Draft", "Entered", "FieldsError", "enter", "prepare", "sentences", "write"]
