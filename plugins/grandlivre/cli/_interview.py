"""Questions asked one after another: each answer is checked at once, kept, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from grandlivre.sources.problem import RefusedError

T = TypeVar("T")

Kept = tuple[str, str]
"""A question and its answer, as they were asked and typed."""
BACK, FORGET, EXPLAIN = "retour", "recommencer", "?"
"""What may be typed instead of an answer."""


class _AgainError(Exception):
    """The questions are gone through again, with the answers that are left."""


class Silence:
    """Nobody is there: the usual answer to each question."""

    def ask(self, question: str, check: Callable[[str], T], usual: str = "", about: str = "") -> T:
        """The usual answer, checked; raises what the check raises."""
        return check(usual)


class Interview(Silence):
    """A person answers. The same questions are gone through again after each step back, the kept answers given for them."""

    def __init__(self, kept: Sequence[Kept], keep: Callable[[Sequence[Kept]], None]) -> None:
        self._kept = list(kept)
        self._keep = keep
        self._at = 0

    def run(self, questions: Callable[[Interview], T]) -> T:
        """What the questions give once each has its answer."""
        while True:
            self._at = 0
            try:
                return questions(self)
            except _AgainError:
                self._keep(self._kept)

    def ask(self, question: str, check: Callable[[str], T], usual: str = "", about: str = "") -> T:
        """The kept answer, else the one typed: asked again until it passes the check. `about` explains the question."""
        if self._at < len(self._kept):
            asked, answer = self._kept[self._at]
            try:
                if asked == question:
                    value = check(answer)
                    self._at += 1
                    return value
            except RefusedError:
                pass
            del self._kept[self._at :]
        answer, value = self._answer(question, check, usual, about)
        self._kept.append((question, answer))
        self._at += 1
        self._keep(self._kept)
        return value

    def confirm(self, question: str) -> bool:
        """A last yes or no, never kept; one may still go back."""
        return self._answer(f"{question} [O/n]", _yes_or_no, "o", "")[1]

    def _answer(self, question: str, check: Callable[[str], T], usual: str, about: str) -> tuple[str, T]:
        while True:
            answer = str(click.prompt(question, default=usual, show_default=bool(usual))).strip()
            if answer.lower() in (BACK, FORGET):
                self._take_back(everything=answer.lower() == FORGET)
            if answer == EXPLAIN:
                click.echo(about or "Rien de plus à en dire : Entrée prend la valeur entre crochets.")
                continue
            try:
                return answer, check(answer)
            except RefusedError as error:
                click.echo(str(error))

    def _take_back(self, *, everything: bool) -> None:
        del self._kept[0 if everything else max(self._at - 1, 0) :]
        raise _AgainError


def _yes_or_no(answer: str) -> bool:
    if answer.lower() not in ("o", "oui", "n", "non"):
        raise RefusedError(f"Répondez o (oui), n (non) ou {BACK}.")
    return answer.lower().startswith("o")
