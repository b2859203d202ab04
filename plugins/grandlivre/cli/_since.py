"""The books against those of a former revision, at once or one recording after the other."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.i18n import day, one_line

if TYPE_CHECKING:
    from grandlivre.inspection import Inspection
    from grandlivre.render.findings import Verdict
    from grandlivre.rules import Finding
    from grandlivre.tasks.past import Recording

_KEPT = 3
"""Inspections kept at once with their folders: a recording and its parents."""
_BACK = 50
"""How far before a revision that cannot be loaded one that can is looked for."""


def compared(main: Path, since: str, today: date, only: Sequence[str]) -> Verdict:
    """The verdict on the books, or on those of a later revision (A..B), against the books of a former one."""
    from grandlivre.tasks.past import is_nothing

    former, parted, later = since.partition("..")
    with _refusing(), Past(main, today) as past:
        current = past.at((later or "HEAD") if parted else None)
        if current is None:
            raise click.UsageError(f"Les livres n'existaient pas dans la révision « {one_line(later or 'HEAD')} ».")
        return _verdict(past, current, None if is_nothing(former) else former, only)._replace(since=since)


def walk(main: Path, since: str, today: date, only: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """What each recording since a revision brought, oldest first, and whether it took away what never goes.

    A recording is compared with each of its parents: a merge loses nothing of either. Errors of one that a later one
    repairs are told, and do not fail; a closing or the last vouchers of a series that go, do.
    """
    from grandlivre.tasks.past import recordings

    with _refusing(), Past(main, today) as past:
        found = recordings(main, since)
        for rank, each in enumerate(found, 1):
            yield _step(past, each, only, f"{rank}/{len(found)}")


def _step(past: Past, recording: Recording, only: Sequence[str], rank: str) -> tuple[str, bool]:
    head = f"{rank} {recording.id[:10]} du {day(recording.date)}, « {one_line(recording.subject)[:72]} »"
    current = past.at(recording.id)
    if current is None:
        return f"{head} : pas de livres.", False
    verdicts = [_verdict(past, current, parent, only) for parent in recording.parents or (None,)]
    lines = _brought(verdicts)
    said = "\n".join([f"{head} :", *(f"  {line}" for line in lines)]) if lines else f"{head} : rien de nouveau."
    return said, any(verdict.lost for verdict in verdicts)


def _brought(verdicts: Sequence[Verdict]) -> list[str]:
    """What a recording brought against each of its parents: rules changed on its own branch, then findings."""
    from grandlivre.render.findings.text import changes_of, line_of

    first = verdicts[0]
    lost = [said for verdict in verdicts for said in verdict.lost]
    fresh = [said for said in first.findings if said.new and all(said in verdict.findings for verdict in verdicts)]
    return [*changes_of(first), *dict.fromkeys(line_of(said) for said in (*lost, *fresh))]


def _verdict(past: Past, current: Inspection, former: str | None, only: Sequence[str]) -> Verdict:
    """What is found today and was not in a former revision; None: before the first."""
    from grandlivre.inspection import compare
    from grandlivre.render.findings import Verdict
    from grandlivre.render.findings.fingerprint import fingerprints
    from grandlivre.render.rule_changes import told_between

    known: set[str] = set()
    before: Inspection | None = None
    for inspection in past.from_(former) if former is not None else ():
        known |= set(fingerprints(Verdict.of(inspection, only).findings))
        before = inspection
        if current.halted or not inspection.halted:
            break
    lost: tuple[Finding, ...] = compare(current, before) if before is not None else ()
    whole = replace(current, findings=(*current.findings, *lost))
    verdict = Verdict.of(whole, only)
    changed = told_between(before.root / "rules", current.root / "rules") if before is not None else ()
    return verdict.compared(known, fingerprints(verdict.findings), former or "")._replace(
        rule_changes=changed, lost=Verdict.of(replace(current, findings=lost), only).findings
    )


class Past:
    """The books as they stand and as they stood, each inspected once; the last few are kept with their folders."""

    def __init__(self, main: Path, today: date) -> None:
        self._main = main
        self._today = today
        self._kept: OrderedDict[str | None, tuple[ExitStack, Inspection | None]] = OrderedDict()

    def __enter__(self) -> Past:
        return self

    def __exit__(self, *told: object) -> None:
        while self._kept:
            self._kept.popitem()[1][0].close()

    def at(self, revision: str | None) -> Inspection | None:
        """The books of a revision, None for those that stand; None where there were none."""
        from grandlivre.inspection import inspect
        from grandlivre.tasks.past import as_of

        if revision in self._kept:
            self._kept.move_to_end(revision)
            return self._kept[revision][1]
        while len(self._kept) >= _KEPT:
            self._kept.popitem(last=False)[1][0].close()
        with ExitStack() as opened:
            main = opened.enter_context(as_of(self._main, revision)) if revision is not None else self._main
            inspection = inspect(main, self._today) if main.is_file() else None
            self._kept[revision] = opened.pop_all(), inspection
        return inspection

    def from_(self, revision: str) -> Iterator[Inspection]:
        """The books of a revision, then of those before it."""
        from grandlivre.sources.problem import RefusedError

        for back in range(_BACK):
            try:
                found = self.at(f"{revision}~{back}" if back else revision)
            except RefusedError:
                if not back:
                    raise
                return
            if found is None:
                return
            yield found


@contextmanager
def _refusing() -> Iterator[None]:
    """A revision that cannot be read ends the command with status 2."""
    from grandlivre.sources.problem import RefusedError

    try:
        yield
    except RefusedError as error:
        raise click.UsageError(one_line(str(error))) from None
