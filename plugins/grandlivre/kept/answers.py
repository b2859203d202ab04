"""An answer as it is kept: what `check` found, of all the rules, whatever the form it is then written in."""

from __future__ import annotations

from datetime import date

from grandlivre.kept.marks import UnsureError
from grandlivre.render.findings.verdict import Said, Verdict
from grandlivre.words import Level

KIND = "grandlivre reponse 2"

Rows = list[list[str]]
"""Records, as texts."""


class Answer:
    """A verdict on all the rules, and the papers that had just changed when it was given."""

    __slots__ = ("fresh", "verdict")

    def __init__(self, verdict: Verdict, fresh: dict[str, str]) -> None:
        self.verdict = verdict
        self.fresh = fresh
        """Their digests, by path from the root: their marks do not stand for their content."""


def as_records(answer: Answer) -> Rows:
    """The answer as texts. Raises TypeError or ValueError where a fact is none that JSON can hold."""
    verdict = answer.verdict
    last = verdict.last_entry.isoformat() if verdict.last_entry is not None else ""
    return [
        ["verdict", verdict.ledger, verdict.today.isoformat(), last, "oui" if verdict.example else "", verdict.extract],
        ["rules", *verdict.rules],
        ["waived", *verdict.waived_rules],
        *(["fresh", path, digest] for path, digest in sorted(answer.fresh.items())),
        *(_record(said) for said in verdict.findings),
    ]


def _record(said: Said) -> list[str]:
    import json

    when = said.date.isoformat() if said.date is not None else ""
    facts = json.dumps(dict(said.facts), ensure_ascii=False) if said.facts else ""
    code = str(said.facts.get("code", ""))
    place = [said.file, str(said.line), str(said.level), said.rule]
    return ["said", *place, said.message, when, said.piece, said.steady, code, facts]


def from_records(records: Rows, facts: bool) -> Answer:
    """The answer again; without the facts, but for the one that orders a list, unless they are wanted.

    Raises UnsureError where a record is none of ours.
    """
    try:
        (_, ledger, today, last, example, extract), (_, *rules), (_, *waived), *others = records
        fresh = {path: digest for _, path, digest in (each for each in others if each[0] == "fresh")}
        findings = tuple([_said(each, facts) for each in others if each[0] != "fresh"])
        last_entry = date.fromisoformat(last) if last else None
        day, of_example = date.fromisoformat(today), bool(example)
        verdict = Verdict(ledger, day, tuple(rules), findings, len(waived), False, last_entry, of_example, extract)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise UnsureError from error
    return Answer(verdict._replace(waived_rules=tuple(waived)), fresh)


def _said(record: list[str], facts: bool) -> Said:
    _, file, line, level, rule, message, when, piece, steady, code, written = record
    known: dict[str, object] = {"code": code} if code else {}
    if facts and written:
        import json

        known = json.loads(written)
    day = date.fromisoformat(when) if when else None
    return Said(file, int(line), Level(level), rule, message, day, piece, known, steady)
