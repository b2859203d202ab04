"""Findings as GitHub's annotations: it shows ten errors and ten warnings a step, so the newest come first."""

from __future__ import annotations

from datetime import date

from grandlivre.render.findings.text import totals
from grandlivre.render.findings.verdict import Said, Verdict

_SHOWN = 10


def write(verdict: Verdict) -> str:
    """Workflow commands, newest findings first, then the totals as a notice; `summary` holds them all.

    Against a former revision, those it did not have come before.
    """
    newest = sorted(verdict.findings, key=lambda f: (f.new, f.date or date.max), reverse=True)
    lines = [
        f"::notice file={_property(told.change.file)},line={told.line or 1},title=Règle changée::{_escape(told.sentence)}"
        for told in verdict.rule_changes
    ]
    lines += [_command(f) for f in newest]
    if len(newest) > _SHOWN:
        lines.append(
            f"::notice::{_escape(f'{len(newest)} constats : la liste entière est dans le résumé de cette étape.')}"
        )
    return "\n".join([*lines, f"::notice title=Grand Livre::{_escape(totals(verdict))}"]) + "\n"


def summary(verdict: Verdict) -> str:
    """Every finding as a Markdown table for the step summary."""
    rows = [f"| {_cell(f'{f.file}:{f.line}')} | {f.level} | {_cell(f.message)} | {f.rule} |" for f in verdict.findings]
    head = ["## Grand Livre", "", totals(verdict), ""]
    if verdict.rule_changes:
        changes = [f"- {_cell(told.change.file)} : {_cell(told.sentence)}" for told in verdict.rule_changes]
        head += ["### Règles changées", "", *changes, ""]
    if rows:
        head += ["| Où | Niveau | Constat | Règle |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _command(said: Said) -> str:
    kind = "error" if said.level == "erreur" else "warning"
    place = f"file={_property(said.file)},line={said.line},title={_property(said.rule)}"
    return f"::{kind} {place}::{_escape(f'{said.message} [{said.rule}]')}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    for mark in ("\\", "|", "<", ">", "`", "*", "_", "["):
        text = text.replace(mark, f"\\{mark}")
    return text
