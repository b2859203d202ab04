"""A whole run of the controls beside the index: what is kept of it, and whether the index would have said the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from grandlivre.inspection import Inspection, voices
from grandlivre.inspection.today import example_day
from grandlivre.kept.answers import Answer
from grandlivre.kept.index import Index
from grandlivre.kept.marks import State, UnsureError
from grandlivre.kept.program import loaded
from grandlivre.render.findings.verdict import Verdict
from grandlivre.rules import was_interrupted


class Keeper:
    """The index of some books while they are read whole."""

    def __init__(self, index: Index, before: State, fresh: dict[str, str], kept: Verdict | None) -> None:
        self._index = index
        self._before = before
        self._fresh = fresh
        self.kept = kept
        """What the index would have answered; None where it had nothing to say."""

    @classmethod
    def of(cls, main: Path, today: date) -> Keeper | None:
        """Looks at the books before they are read; None where nothing of them can be kept."""
        index = Index(str(main))
        try:
            index.prepare()
            _recall(index)
            before = index.look(index.now())
            return cls(index, before, index.digests(before.fresh), _kept(index, before, today))
        except (OSError, UnsureError):
            return None

    def differs(self, verdict: Verdict) -> bool:
        """Whether the index would have answered otherwise; it then forgets everything."""
        if self.kept is None or self.kept == verdict:
            return False
        self._index.clear()
        return True

    def keep(self, found: Inspection, verdict: Verdict) -> None:
        """Keeps the verdict of an inspection, when all that it read was looked at and nothing changed meanwhile."""
        if found.halted or any(was_interrupted(each) for each in found.findings):
            return
        if found.policy.root != found.root / "rules" or not self._saw(found.options.get("include", ())):
            return
        said = example_day(found.main)
        names = frozenset(voice.id for voice in voices())
        try:
            answer = Answer(verdict, self._fresh)
            self._index.keep(self._before, answer, loaded(), said.isoformat() if said is not None else "", names)
        except (OSError, UnsureError, TypeError, ValueError):  # no answer, then: the next run reads everything
            return

    def _saw(self, files: Iterable[str]) -> bool:
        """Whether every ledger that was loaded is one that the look saw."""
        seen = {f"{self._index.root}/{path}" for path in self._before.texts}
        return all(Path(file).as_posix() in seen for file in files)


def _recall(index: Index) -> None:
    try:
        index.recall()
    except (OSError, UnsureError):
        return


def _kept(index: Index, state: State, today: date) -> Verdict | None:
    try:
        return index.answer(state, today, facts=True).verdict
    except (OSError, UnsureError):
        return None
