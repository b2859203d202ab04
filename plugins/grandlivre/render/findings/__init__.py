"""Findings as people and machines read them: one format a module."""

from __future__ import annotations

import importlib

from grandlivre.render.findings.verdict import Said, Verdict

__all__ = ["Said", "Verdict", "write"]


def write(verdict: Verdict, form: str) -> str:
    """The verdict in one format: text, json, github …"""
    module = importlib.import_module(f"{__name__}.{'json_' if form == 'json' else form}")
    text: str = module.write(verdict)
    return text
