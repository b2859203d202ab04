"""Questions put to passkeys and not answered yet: each is answered once, by who asked it, within some minutes."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from grandlivre.tasks.signing_passkeys import Asked

PATIENCE = 300.0
"""Seconds that a question waits."""
_MOST = 200
_SHOWN = 5_000
"""Canonical texts remembered, to say what changed since a page showed them."""


class _Waiting(NamedTuple):
    asked: Asked
    account: str
    since: float


class Ceremonies:
    """The questions of one server. Requests hold the guard's lock: nothing here is asked twice at once."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._shown: OrderedDict[str, str] = OrderedDict()

    def open(self, asked: Asked, account: str) -> str:
        """The token under which a question waits for its answer."""
        token = secrets.token_urlsafe(24)
        self._waiting[token] = _Waiting(asked, account, time.monotonic())
        while len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)
        return token

    def close(self, token: str, account: str) -> Asked | None:
        """The question of a token, which serves no more; None when it served, is too old, or is another account's."""
        found = self._waiting.pop(token, None)
        if found is None or found.account != account or time.monotonic() - found.since > PATIENCE:
            return None
        return found.asked

    def show(self, texts: Mapping[str, str]) -> None:
        """Remembers what a page shows."""
        for digest, text in texts.items():
            self._shown[digest] = text
            self._shown.move_to_end(digest)
        while len(self._shown) > _SHOWN:
            self._shown.popitem(last=False)

    def recall(self, digest: str) -> str | None:
        """The text that a page showed under a digest."""
        return self._shown.get(digest)
