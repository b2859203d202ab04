"""A whole run of the controls beside the index: what is kept of it, and whether the index would have said the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from grandlivre.books.pages import KeptPages
from grandlivre.checks import rule_ids
from grandlivre.inspection import Inspection
from grandlivre.inspection.today import example_day
from grandlivre.kept.after_edit import answer_after_edit
from grandlivre.kept.answers import Answer, as_records
from grandlivre.kept.ground import Ground
from grandlivre.kept.grounding import facts_of, guards_of
from grandlivre.kept.index import Index, Known
from grandlivre.kept.marks import State, UnsureError
from grandlivre.kept.page_files import PageFiles, parser_version
from grandlivre.kept.program import loaded
from grandlivre.render.findings.verdict import Verdict
from grandlivre.rules import READERS, TEXT, was_interrupted
from grandlivre.sources import audit, find_traps, walk


class Keeper:
    """The index of some books while they are read whole."""

    def __init__(self, index: Index, before: State, today: date, sure: bool) -> None:
        self._index = index
        self._before = before
        self._fresh = index.digests(before.fresh)
        self.compares = compares = sure or index.is_due()
        """Whether all is read, as if nothing had been kept."""
        self.kept = _kept(index, before, today, compares)
        """What the index would have answered; None where it had nothing to say."""
        known = _plain(index, before)
        self.plain: frozenset[Path] = frozenset() if compares else known
        """The ledgers that the audit and the search for typing traps need not read again."""
        self._to_prove = known if compares else frozenset()
        digests = {path: text.digest for path, text in before.texts.items()}
        self._files = PageFiles(index.folder, index.root, digests, parser_version())
        self.pages = KeptPages(self._files.of if not compares else lambda _name: None)
        """What the parser made of the ledgers that did not change."""

    @classmethod
    def of(cls, main: Path, today: date, sure: bool = False) -> Keeper | None:
        """Looks at the books before they are read, all of them when `sure`; None where nothing of them can be kept."""
        index = Index(str(main))
        try:
            index.prepare()
            _recall(index)
            return cls(index, index.look(index.now()), today, sure)
        except (OSError, UnsureError):
            return None

    def differs(self, verdict: Verdict) -> bool:
        """Whether the index would have answered otherwise, or helped wrongly; it then forgets everything."""
        if self.kept in (None, verdict) and self._is_proved() and not self._files.differ(self.pages.fresh):
            return False
        if not self._is_steady():  # somebody wrote in the books meanwhile: the two speak of different things
            return False
        self._index.clear()
        self._files.clear()
        return True

    def _is_steady(self) -> bool:
        try:
            after = self._index.look(self._index.now())
        except (OSError, UnsureError):
            return False
        return self._before.same_as(after) and self._before.papers == after.papers

    def _is_proved(self) -> bool:
        """Whether the ledgers that were believed plain are."""
        if not self._to_prove:
            return True
        walked = walk(Path(self._index.main))
        facts, traps = list(audit(walked)), list(find_traps(walked))
        return facts == list(audit(walked, plain=self._to_prove)) and traps == list(find_traps(walked, self._to_prove))

    def keep(self, found: Inspection, verdict: Verdict) -> None:
        """Keeps the verdict of an inspection, when all that it read was looked at and nothing changed meanwhile."""
        if found.halted or any(was_interrupted(each) for each in found.findings):
            return
        if found.policy.root != found.root / "rules" or not self._saw(found.options.get("include", ())):
            return
        said = example_day(found.main)
        names = rule_ids() | READERS
        told = {each.file for each in verdict.findings if each.rule == TEXT}
        ledgers = {found.relative(str(file)) for file in found.options.get("include", ())}
        plain = frozenset(ledgers - told - {verdict.ledger})
        try:
            known = Known(loaded(), said.isoformat() if said is not None else "", names, plain)
            answer = Answer(verdict, self._fresh)
            state = self._index.keep(self._before, answer, known)
            self._files.save(self.pages.fresh)
            self._keep_ground(found, answer, plain, state)
        except (OSError, UnsureError, TypeError, ValueError):  # no answer, then: the next run reads everything
            return

    def _keep_ground(self, found: Inspection, answer: Answer, plain: frozenset[str], state: State) -> None:
        """Keeps what an answer after an edit stands on, where there may be one. Raises OSError, TypeError or ValueError."""
        facts = facts_of(found, plain)
        guards = guards_of(found) if facts is not None else None
        if facts is None or guards is None:
            return
        under = (*self._index.under(state, answer.verdict.today), self._files.under)
        texts = {path: text.digest for path, text in state.texts.items()}
        Ground(under, as_records(answer), facts, texts, guards).save(self._index.folder)

    def _saw(self, files: Iterable[str]) -> bool:
        """Whether every ledger that was loaded is one that the look saw."""
        seen = {f"{self._index.root}/{path}" for path in self._before.texts}
        return all(Path(file).as_posix() in seen for file in files)


def _recall(index: Index) -> None:
    try:
        index.recall()
    except (OSError, UnsureError):
        return


def _plain(index: Index, state: State) -> frozenset[Path]:
    try:
        return frozenset(Path(index.root, path) for path in index.plain(state))
    except (OSError, UnsureError, KeyError):
        return frozenset()


def _kept(index: Index, state: State, today: date, compares: bool) -> Verdict | None:
    """What the index says of the books as they are; what has changed is told for the sake of comparing only."""
    try:
        return index.answer(state, today, facts=True).verdict
    except (OSError, UnsureError):
        if not compares:
            return None
    try:
        return answer_after_edit(index, state, today, facts=True).verdict
    except (OSError, UnsureError):
        return None
