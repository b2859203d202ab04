"""Signatures that `pushmeta` would put on every entry of a file: once loaded, they look as if somebody had signed each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from grandlivre.books.records import BookProblem, Place
from grandlivre.sources.tokens import tokens

_SIGNED = re.compile(r"signataire-\d+|autorise-par|derogation-par")
"""The keys by which somebody answers for one entry."""


def pushed_signatures(files: Iterable[str]) -> Iterator[BookProblem]:
    """Each `pushmeta` of a signature in the ledgers among those files, on its line."""
    for name in files:
        path = Path(name)
        data = path.read_bytes() if path.suffix == ".beancount" and path.is_file() else b""
        if b"pushmeta" not in data:
            continue
        for word, key in pairwise(tokens(data)):
            if word.raw == b"pushmeta" and key.kind == "key" and _SIGNED.fullmatch(key.text()):
                said = (
                    f"pushmeta pose {key.text()} sur toutes les écritures qui suivent : une signature se donne écriture par "
                    f"écriture. Retirez cette ligne et son popmeta, et écrivez {key.text()}: sur chaque écriture signée."
                )
                yield BookProblem(Place(name, word.line), said)
