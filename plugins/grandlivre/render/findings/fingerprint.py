"""A finding's fingerprint: the same from one version of the books to the next, wherever its line has moved.

It is made of the rule, the file, the date, the voucher and the sentence, which holds the amounts; never of the line, nor
of the figures that move on as days go by (`Message.moving`).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from grandlivre.render.findings.verdict import Said

_LINES = re.compile(r"(déjà ligne|lignes touchées :) [\d, et…]*\d")
"""Where a sentence itself cites lines."""


def fingerprints(findings: Sequence[Said]) -> tuple[str, ...]:
    """One SHA-256 a finding, in their order; findings alike in everything are told apart by their rank."""
    seen: Counter[str] = Counter()
    made: list[str] = []
    for said in findings:
        parts = (
            said.rule,
            said.file,
            said.date.isoformat() if said.date is not None else "",
            said.piece,
            _LINES.sub(r"\1", said.steady),
        )
        same = "\0".join(parts)
        seen[same] += 1
        made.append(hashlib.sha256(f"{same}\0{seen[same]}".encode("utf-8", "replace")).hexdigest())
    return tuple(made)
