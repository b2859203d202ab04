"""The fiscal year that a command of the year's end speaks of, and the one that follows."""

from __future__ import annotations

from datetime import date

from grandlivre.i18n import day as shown
from grandlivre.policy.periods import Period, day_after, day_before
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk


def fiscal_year(desk: Desk, asked: Period) -> Period:
    """The open fiscal year that ends in the year asked for; raises RefusedError when there is none."""
    years = desk.books.policy.organisation.years
    if len(asked.code) != 4:
        raise RefusedError(f"« {asked.code} » n'est pas un exercice : écrivez une année, par exemple {asked.code[:4]}.")
    found = next((year for year in years if f"{year.end:%Y}" == asked.code), None)
    if found is not None:
        return Period(asked.code, found.start, found.end)
    if years:
        raise RefusedError(
            f"{place_of_years(desk)} : aucun exercice ne finit en {asked.code} ; exercices ouverts : "
            f"{', '.join(f'du {shown(year.start)} au {shown(year.end)}' for year in years)}."
        )
    return asked


def before_the_books(desk: Desk, asked: Period) -> Period | None:
    """The year asked for when it is the one before these books, whose balances their opening brings forward."""
    years = desk.books.policy.organisation.years
    if len(asked.code) != 4 or not years:
        return None
    eve = day_before(years[0].start)
    return Period(asked.code, min(asked.start, eve), eve) if f"{eve:%Y}" == asked.code else None


def require_over(desk: Desk, year: Period) -> None:
    """Raises RefusedError when a fiscal year has not ended."""
    if desk.books.today < year.end:
        raise RefusedError(
            f"{place_of_years(desk)} : l'exercice {year.code} finit le {shown(year.end)}, il n'est pas fini le "
            f"{shown(desk.books.today)}. Revenez quand toutes ses écritures sont passées."
        )


def following_day(desk: Desk, year: Period) -> date:
    """The first day of the fiscal year after; raises RefusedError when it is not open yet."""
    day = day_after(year.end)
    if not desk.books.policy.organisation.is_open(day):
        raise RefusedError(
            f"{place_of_years(desk)} : l'exercice qui commence le {shown(day)} n'est pas ouvert : ajoutez-le dans exercices."
        )
    return day


def is_closed(desk: Desk, year: Period) -> bool:
    """Whether the accounts of a fiscal year were closed in some tree."""
    return any(each.kind == "cloture" and each.value_date in year for each in desk.books.carrying("ecriture"))


def place_of_years(desk: Desk) -> str:
    """Where the fiscal years are declared."""
    place = desk.books.rules_place("organisation.yaml", "exercices")
    return f"{desk.inspection.relative(place.file)}:{place.line}"
