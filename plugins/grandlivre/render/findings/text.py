"""Findings as an accountant reads them in a terminal: `fichier:ligne: erreur: phrase. [identifiant]`, then totals."""

from __future__ import annotations

from grandlivre.render.findings.verdict import Said, Verdict
from grandlivre.words import Level, capital, counted, day, one_line


def write(verdict: Verdict) -> str:
    """One line a finding, then one line of totals; against a former revision, changes of the rules, new findings, others."""
    found = sorted(verdict.findings, key=_in_time)
    if verdict.since is None:
        lines = [line_of(f) for f in found]
    else:
        lines = [line_of(f, "nouveau : ") for f in found if f.new]
        lines += [line_of(f) for f in found if not f.new]
    return "\n".join([*changes_of(verdict), *lines, totals(verdict)]) + "\n"


def changes_of(verdict: Verdict) -> list[str]:
    """What changed in the rules since the revision compared with, one line each."""
    return [
        f"{told.change.file}{f':{told.line}' if told.line else ''}: règle changée : {told.sentence}"
        for told in verdict.rule_changes
    ]


def _in_time(said: Said) -> tuple[str, int, str, str, str]:
    """By place and rule, then by the month a finding speaks of: August comes after April, whatever the alphabet says."""
    return said.file, said.line, said.rule, str(said.facts.get("code", "")), said.message


def line_of(said: Said, mark: str = "") -> str:
    """A finding on one line."""
    return f"{said.file}:{said.line}: {said.level}: {mark}{said.message} [{said.rule}]"


def totals(verdict: Verdict) -> str:
    """« 2 erreurs, 1 alerte (27 contrôles, au 31/10/2026). »"""
    found = capital(f"{_counted(verdict, Level.ERROR, 'erreur')}, {_counted(verdict, Level.WARNING, 'alerte')}")
    found += f" depuis « {one_line(verdict.since)} »" if verdict.since is not None else ""
    if verdict.halted:
        return (
            f"{found}. Les livres ne se lisent pas en entier : les autres contrôles attendent ces corrections. "
            "Corrigez, puis relancez."
        )
    waived = f" ; {counted(verdict.waived, 'constat')} sous dérogation" if verdict.waived else ""
    extract = f", extrait de {one_line(verdict.extract)} seul" if verdict.extract else ""
    remedy = " Corrigez puis relancez." if verdict.blocking else ""
    rules = counted(len(verdict.rules), "contrôle", none="aucun")
    return f"{found} ({rules}, au {day(verdict.today)}{_last(verdict)}{extract}{waived}).{remedy}"


def _last(verdict: Verdict) -> str:
    """« ; dernière écriture le 31/10/2026, il y a 29 jours »; that the books are an example."""
    if verdict.example:
        return ", EXEMPLE"
    if verdict.last_entry is None or verdict.last_entry == verdict.today:
        return ""
    ago = (verdict.today - verdict.last_entry).days
    when = f"il y a {counted(ago, 'jour')}" if ago > 0 else f"dans {counted(-ago, 'jour')}"
    return f" ; dernière écriture le {day(verdict.last_entry)}, {when}"


def _counted(verdict: Verdict, level: Level, noun: str) -> str:
    found = [f for f in verdict.findings if f.level == level]
    if verdict.since is None or not found:
        return counted(len(found), noun, none="aucune")
    fresh = sum(f.new for f in found)
    return f"{counted(len(found), noun)} dont {fresh or 'aucune'} nouvelle{'s' if fresh > 1 else ''}"
