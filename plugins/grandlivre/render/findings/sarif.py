"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

from grandlivre.inspection import voices
from grandlivre.render.findings.fingerprint import fingerprints
from grandlivre.render.findings.verdict import Said, Verdict
from grandlivre.rules import Level

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")


def write(verdict: Verdict) -> str:
    """One run: the rules that ran, then the findings in the order of the verdict, each with its fingerprint."""
    rules = sorted({*verdict.rules, *(said.rule for said in verdict.findings)})
    places = {rule: index for index, rule in enumerate(rules)}
    prints = fingerprints(verdict.findings)
    run = {
        "tool": {"driver": _driver(rules)},
        "invocations": [{"executionSuccessful": not verdict.halted, **_changes(verdict)}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "Le dossier qui contient ledger/ et rules/."}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(said, places[said.rule], mark, verdict.since is not None)
            for said, mark in zip(verdict.findings, prints, strict=True)
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _changes(verdict: Verdict) -> dict[str, Any]:
    """What changed in the rules: notes on how the tool was set, no results."""
    if not verdict.rule_changes:
        return {}
    notes = [
        {
            "level": "note",
            "message": {"text": _text(told.sentence)},
            "locations": [_place(told.change.file, told.line or 1)],
        }
        for told in verdict.rule_changes
    ]
    return {"toolConfigurationNotifications": notes}


def _place(file: str, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _location(file), "region": {"startLine": line}}}


def _driver(rules: list[str]) -> dict[str, Any]:
    summaries = {cls.id: (cls.__doc__ or "").strip().partition("\n")[0] for cls in voices()}
    driver: dict[str, Any] = {
        "name": "Grand Livre",
        "language": "fr",
        "rules": [{"id": rule, "shortDescription": {"text": _text(summaries[rule])}} for rule in rules],
    }
    with suppress(PackageNotFoundError):  # run from its sources, never installed
        driver["semanticVersion"] = version("grandlivre")
    return driver


def _result(said: Said, index: int, fingerprint: str, compared: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": said.rule,
        "ruleIndex": index,
        "level": "error" if said.level == Level.ERROR else "warning",
        "message": {"text": _text(said.message)},
        "locations": [_place(said.file, said.line)],
        "partialFingerprints": {"grandlivre/v1": fingerprint},
    }
    if compared:
        result["baselineState"] = "new" if said.new else "unchanged"
    return result


def _location(file: str) -> dict[str, str]:
    if _ABSOLUTE.match(file):
        return {"uri": f"file:///{quote(file.removeprefix('/'), errors='replace')}"}
    return {"uri": quote(file, errors="replace"), "uriBaseId": _ROOT}


def _text(sentence: str) -> str:
    """SARIF reads brackets as links and braces as gaps: those of a sentence are only signs."""
    for sign in ("\\", "[", "]"):
        sentence = sentence.replace(sign, f"\\{sign}")
    return sentence.replace("{", "{{").replace("}", "}}")
