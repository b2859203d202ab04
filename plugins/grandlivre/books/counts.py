"""What a cash count takes in: the movements of its till up to its last voucher, else to the end of its day."""

from __future__ import annotations

from datetime import date

from grandlivre.books.ledger import Ledger


def taken_in(steps: Ledger, day: date, last_piece: str = "") -> int | None:
    """How many movements of a till a count of that day takes in; None when its last voucher is not among them."""
    reached = steps.until(day)
    if not last_piece:
        return reached
    return next((rank for rank in range(reached, 0, -1) if steps[rank - 1].entry.piece == last_piece), None)
