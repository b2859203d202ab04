"""Models are ordinary frozen classes, read by pydantic through their twins."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from grandlivre.i18n import Money
from grandlivre.policy.model import Model, twin
from grandlivre.policy.organisation import FiscalYear, Organisation
from grandlivre.policy.values import Amount, Dated, Number, Since

YEAR = {"du": "2026-01-01", "au": "2026-12-31"}


def test_what_is_read_is_a_value() -> None:
    year, again = FiscalYear.model_validate(YEAR), FiscalYear.model_validate(YEAR)
    assert type(year) is FiscalYear
    assert (year, hash(year), repr(year)) == (again, hash(again), repr(again))
    assert year.start == date(2026, 1, 1)
    assert year != FiscalYear.model_validate({**YEAR, "au": "2026-11-30"})
    assert year.model_fields_set == {"start", "end"}
    for change in (lambda: setattr(year, "start", date.min), lambda: delattr(year, "start")):
        with pytest.raises(AttributeError, match="frozen"):
            change()


def test_a_model_inside_another_is_its_own_kind() -> None:
    organisation = Organisation.model_validate({"nom": "A", "exercices": [YEAR]})
    assert [type(each) for each in organisation.years] == [FiscalYear]
    given = FiscalYear.model_validate(YEAR)
    assert Organisation.model_validate({"exercices": (given,)}).years[0] is given
    changed = organisation.model_copy(update={"name": "B"})
    assert (changed.name, changed.years, organisation.name) == ("B", organisation.years, "A")


def test_a_mistake_has_the_place_it_always_had() -> None:
    with pytest.raises(ValidationError) as found:
        Organisation.model_validate({"exercices": [YEAR, {**YEAR, "du": "2026-13-01"}], "inconnue": "x"})
    assert sorted(each["loc"] for each in found.value.errors()) == [("exercices", 1, "du"), ("inconnue",)]
    with pytest.raises(ValidationError) as found:
        FiscalYear.model_validate({**YEAR, "au": "2025-01-01"})
    assert [each["loc"] for each in found.value.errors()] == [()]


def test_a_generic_model_is_one_of_its_values() -> None:
    read = Dated[Amount].model_validate("51 000 XOF")
    assert read == Dated[Amount].always(Money(51_000, "XOF"))
    assert isinstance(read, Dated)
    assert Dated[Amount] is Dated[Amount]
    assert read != Dated[Number].always(Decimal(51_000))
    assert type(read.steps[0]) is Since[Amount]
    with pytest.raises(ValidationError):
        Dated[Amount].model_validate([{"depuis": "2026-01-01"}])


def test_a_model_is_copied_and_sent() -> None:
    read = Organisation.model_validate({"nom": "A", "exercices": [YEAR]})
    for same in (copy.copy(read), copy.deepcopy(read), pickle.loads(pickle.dumps(read))):
        assert (same, same.model_fields_set) == (read, read.model_fields_set)


def test_the_twin_of_a_model_has_its_fields() -> None:
    assert list(twin(Organisation).model_fields) == list(Organisation.declared) == list(Organisation.model_fields)
    assert isinstance(Organisation.unwritten(), Model)
