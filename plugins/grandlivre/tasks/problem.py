"""What stops a task, said in French to the person who typed the command."""

from __future__ import annotations

from grandlivre.writing import WriteError

__all__ = ["RefusedError", "WriteError"]


class RefusedError(Exception):
    """A task that cannot go on; nothing was written."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        """French lines: what is wrong, then what to do."""
