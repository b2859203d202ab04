"""Which reports exist and which are due: a module of this package with a `REPORT` and a `report(context)`, or a donor's form."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache, partial
from types import MappingProxyType
from typing import NamedTuple

import grandlivre.reports as package
from grandlivre.policy.donors import ReportDue
from grandlivre.policy.forms import Form, chosen, named_forms
from grandlivre.policy.loading import Policy
from grandlivre.policy.periods import Period
from grandlivre.reports.forms.making import form_reports
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.table import Report
from grandlivre.statements.explaining import Behind

Maker = Callable[[Context], Report | tuple[Report, ...]]
Explainer = Callable[[Context, str], tuple[Behind, ...]]
_MONTHS = {"mois": 1, "trimestre": 3, "semestre": 6, "annee": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(ReportModel):
    """A report of the catalogue: what it says of itself, and how it is made."""

    make: Maker
    explain: Explainer | None = None
    """What lists the entries behind one of its lines; None where no line has a REF."""
    form: bool = False
    """Whether it is a donor's own form, which only the trees that promised it fill in."""

    def reports(self, context: Context) -> tuple[Report, ...]:
        """The report, or its several sheets; raises `RefusedError` when it cannot be made as asked."""
        made = self.make(context)
        return made if isinstance(made, tuple) else (made,)


class Due(NamedTuple):
    """A report to make."""

    tree: str
    """Empty for the whole organisation."""
    model: str
    """The name of the model, which may not exist."""
    period: Period
    deadline: date | None = None
    """The day it is owed to the donor; None inside the house."""


def models(policy: Policy | None = None) -> Mapping[str, Listed]:
    """Every report by its name, in alphabetical order: those of this package, the forms that ship, and an organisation's own."""
    found = _shipped()
    own = {form.model: _form(form) for form in reversed(policy.forms)} if policy is not None else {}
    new = {name: each for name, each in own.items() if name not in found}
    return MappingProxyType(dict(sorted({**found, **new}.items()))) if new else found


def model_named(name: str, policy: Policy) -> Listed | None:
    """A report by its name; the forms are read for a name that no report of this package has."""
    return _programmed().get(name) or models(policy).get(name)


@cache
def _shipped() -> Mapping[str, Listed]:
    found = {**_programmed()}
    for name, forms in named_forms(()).items():
        found[name] = _form(chosen(forms, "", "fr") or forms[0])
    return MappingProxyType(dict(sorted(found.items())))


@cache
def _programmed() -> Mapping[str, Listed]:
    """The reports that are modules of this package."""
    found: dict[str, Listed] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        said = getattr(module, "REPORT", None)
        if isinstance(said, ReportModel):
            own = {field.name: getattr(said, field.name) for field in fields(said)}
            found[said.name] = Listed(make=module.report, explain=getattr(module, "explain", None), **own)
    return MappingProxyType(dict(sorted(found.items())))


def _form(form: Form) -> Listed:
    """A donor's form as a report of the catalogue: its usual edition says its title."""
    make = partial(form_reports, model=form.model)
    return Listed(name=form.model, title=form.title.in_("fr"), audience=Audience.DONOR, make=make, form=True)


@cache
def routine() -> tuple[str, ...]:
    """What every tree prints each period, in order."""
    return tuple(each.name for each in sorted(_programmed().values(), key=lambda each: each.routine) if each.routine)


@cache
def whole() -> tuple[str, ...]:
    """What is printed once for the whole organisation, in order."""
    return tuple(each.name for each in sorted(_programmed().values(), key=lambda each: each.whole) if each.whole)


def due(policy: Policy, period: Period) -> tuple[Due, ...]:
    """What is due for a period: what each donor is owed, then what the house prints for itself, tree by tree.

    A report owed more often than the period is long is made once, for the whole period; one owed more seldom is made
    for its own period when that ends with this one.
    """
    found: list[Due] = []
    for tree, donor in sorted(policy.donors.items()):
        named: dict[str, Due] = {}
        for agreement in donor.agreements:
            for asked in agreement.reports:
                own = _owed(asked, period)
                if own is not None and agreement.start <= own.end and agreement.final_day >= own.start:
                    deadline = asked.delay.after(own.end, frozenset(policy.organisation.holidays))
                    named.setdefault(asked.model, Due(tree, asked.model, own, deadline))
        found += named.values()
        found += (Due(tree, name, period) for name in routine() if name not in named)
    found += (Due("", name, period) for name in whole())
    return tuple(found)


def _owed(asked: ReportDue, period: Period) -> Period | None:
    """The period of a report owed, that ends with `period`; None when it is not due."""
    for own in _longer(period):
        if len(list(own.months())) >= _MONTHS[asked.every]:
            return own if own.end == period.end else None
    return None


def _longer(period: Period) -> Iterator[Period]:
    """The period, then the longer ones that hold its last day."""
    day = period.end
    half, year = Period.parse(f"{day.year:04d}-S{(day.month + 5) // 6}"), Period.parse(f"{day.year:04d}")
    assert half is not None
    assert year is not None
    months = len(list(period.months()))
    yield period
    yield from (each for each in (Period.quarter(day), half, year) if len(list(each.months())) > months)
