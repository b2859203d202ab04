"""Findings as an accountant reads them in a terminal: `fichier:ligne: erreur: phrase. [identifiant]`, then totals."""

from __future__ import annotations

from grandlivre.i18n import day
from grandlivre.render.findings.verdict import Verdict


def write(verdict: Verdict) -> str:
    """One line a finding, then one line of totals."""
    lines = [f"{f.file}:{f.line}: {f.level}: {f.message} [{f.rule}]" for f in verdict.findings]
    return "\n".join([*lines, totals(verdict)]) + "\n"


def totals(verdict: Verdict) -> str:
    """« 2 erreurs, 1 alerte. 27 contrôles au 31/10/2026. »"""
    counted = f"{_count(verdict.errors, 'erreur')}, {_count(verdict.warnings, 'alerte')}."
    if verdict.halted:
        return (
            f"{counted} Les livres ne se lisent pas en entier : les autres contrôles attendent ces corrections. "
            "Corrigez, puis relancez."
        )
    waived = f", {_count(verdict.waived, 'constat')} sous dérogation" if verdict.waived else ""
    remedy = " Corrigez puis relancez." if verdict.errors else ""
    return f"{counted} {_count(len(verdict.rules), 'contrôle')} au {day(verdict.today)}{waived}.{remedy}"


def _count(number: int, noun: str) -> str:
    if number == 0:
        return f"aucune {noun}" if noun != "contrôle" else "aucun contrôle"
    return f"{number} {noun}{'s' if number > 1 else ''}"
