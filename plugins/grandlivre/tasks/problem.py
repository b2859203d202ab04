"""What stops a task, said in French to the person who typed the command."""

from __future__ import annotations

from collections.abc import Iterable


class RefusedError(Exception):
    """A task that cannot go on; nothing was written."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        """French lines: what is wrong, then what to do."""


def near(word: str, known: Iterable[str]) -> str:
    """« Vouliez-vous dire … ? » when a known word looks like the one typed, else an empty text."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Vouliez-vous dire « {close[0]} » ?" if close else ""
