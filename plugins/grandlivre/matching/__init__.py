"""Statement lines against book movements: what is certain is matched, what is not is shown, nothing is guessed.

`match` is a pure function over two lists. In order of proof:

1. the exact amount and the cheque or transfer number;
2. the number alone, when the lines (or movements) that carry it add up to the amount;
3. amount, days and every word of the payee, then some of them;
4. lines or movements of one payee that add up to the amount;
5. the only such amount within the days;
6. sums without a word in common: certain only for one day's batch.

Equal items are matched together when there are as many lines as movements, since every pairing matches the same set;
otherwise they are a `Choice`. At the end, a match without a number is taken back, and shown, when what is left over
explains it as well: an older movement of the same amount, or a whole of which it may be a part.
"""

from grandlivre.matching.matcher import WINDOW_DAYS, match
from grandlivre.matching.records import (
    BookMovement,
    Choice,
    Discrepancy,
    Evidence,
    Line,
    Match,
    Matching,
    Outstanding,
    Reason,
)

__all__ = [
    "WINDOW_DAYS",
    "BookMovement",
    "Choice",
    "Discrepancy",
    "Evidence",
    "Line",
    "Matching",
    "Outstanding",
    "Reason",
    "Match",
    "match",
]
