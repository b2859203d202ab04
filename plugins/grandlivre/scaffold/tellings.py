"""The skeletons of narratives, ready to be written: a quarter of each programme, the year of the organisation.

Everything but the headings is a comment, which no report takes for somebody's words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grandlivre.policy.donors import Donor
from grandlivre.policy.loading import Policy
from grandlivre.policy.periods import Period
from grandlivre.policy.programmes import Programme
from grandlivre.reports.activity_report import LAW
from grandlivre.reports.kit.tellings import FOLDER, WHOLE

_QUARTER = """\
<!--
{name} : {period}. Écrivez ici le trimestre en quelques phrases, puis sous chaque titre ce qui explique ses chiffres.
Un titre laissé vide ne paraît pas. Ce qui est entre ces signes ne paraît jamais.
-->
"""
_YEAR = """\
<!--
{name} : {period}. Le rapport annuel de l'organisation (SYCEBNL, art. 16-3) : ce paragraphe l'ouvre, chaque titre est demandé par la loi.
Ce qui est entre ces signes ne paraît jamais ; un titre laissé vide est signalé sur le rapport.
-->
"""
_ASKED = (
    "Ce que l'organisation a fait et où elle en est à la fin de l'année.",
    "Ce qui est prévu pour l'année qui vient.",
    "L'argent détenu, ce qui est dû, ce qui est attendu des bailleurs.",
    "Ce qui s'est passé d'important depuis le 31 décembre.",
)
"""What each heading of LAW asks."""


def telling_files(main: Path, policy: Policy, month: Period) -> Iterator[tuple[Path, bytes]]:
    """(path, content) of the narratives that a month ends: none but in the last month of a quarter."""
    quarter = Period.quarter(month.end)
    if month.end != quarter.end:
        return
    folder = main.parent / FOLDER
    for code, donor in sorted(policy.donors.items()):
        programmes = [each for each in policy.programmes if each.donor == code and _runs(each, quarter)]
        if programmes:
            yield folder / code.lower() / f"{quarter.code}.md", _quarter(donor, programmes, quarter).encode()
    year = Period.parse(f"{quarter.end.year:04d}")
    if year is not None and quarter.end == year.end:
        yield folder / WHOLE / f"{year.code}.md", _year(policy, year).encode()


def _runs(programme: Programme, quarter: Period) -> bool:
    begun = programme.start is None or programme.start <= quarter.end
    return begun and (programme.end is None or programme.end >= quarter.start)


def _quarter(donor: Donor, programmes: list[Programme], quarter: Period) -> str:
    titles = [f"{each.code} {each.label}" for programme in programmes for each in programme.activities]
    titles += _lines(donor, quarter)
    names = ", ".join(each.name for each in programmes)
    return _QUARTER.format(name=names, period=quarter.label) + "".join(f"\n## {each}\n" for each in titles)


def _lines(donor: Donor, quarter: Period) -> list[str]:
    """The lines of the agreements that run in the quarter, with the agreement's id where two use the same code."""
    running = [each for each in donor.agreements if each.start <= quarter.end and each.final_day >= quarter.start]
    budgets = [(each.id, each.budget_at(quarter.end)) for each in running]
    many = Counter(code for _, lines in budgets for code in lines)
    return [
        f"{agreement} {code} {line.label}" if many[code] > 1 else f"{code} {line.label}"
        for agreement, lines in budgets
        for code, line in lines.items()
    ]


def _year(policy: Policy, year: Period) -> str:
    head = _YEAR.format(name=policy.organisation.acronym, period=year.label)
    return head + "".join(f"\n## {title}\n<!-- {asked} -->\n" for title, asked in zip(LAW, _ASKED, strict=True))
