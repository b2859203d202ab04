"""Who is the same supplier, who may be, and who is not however alike the names."""

from __future__ import annotations

import random
import string
from time import thread_time

import pytest

from grandlivre.books.likeness import alike, alike_pairs
from grandlivre.books.suppliers import Suppliers
from grandlivre.policy.suppliers import RegisteredSupplier, same_number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Faso Papeterie", "Faso Papetrie"),
        ("Faso Papeterie", "Ets Faso Papeterie SARL"),
        ("Faso Papeterie", "S.A.R.L. Papeterie FASO (Bamako)"),
        ("Faso Papeterie", "Papeterie du Faso"),
        ("Kalan Services", "Kalan Servces"),
        ("Kalan Servces", "Ets Kalan"),
        ("Kalan Services", "K\u0430lan"),
        ("Graphi-Sahel", "Graphisahel"),
        ("Établissements Nièta", "Ets Nieta"),
        ("Librairie Coulibaly", "Librairie Coulibally"),
    ],
)
def test_one_house(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)
    assert list(alike_pairs([one, other, "Pompes et Forages"])) == [tuple(sorted((one, other)))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hôtel Sahel 1", "Hôtel Sahel 2"),
        ("Hôtel Sahel 1", "Hôtel Sahel"),
        ("Amadou Diarra", "Mamadou Diarra"),
        ("M. Keïta", "A. Keïta"),
        ("Awa Diarra", "Ada Diarra"),
        ("Station Nord", "Station Sud"),
        ("Diarra et Fils", "Diarra Commerce"),
        ("Centre Kalan So", "Ets Kalan"),
        ("Garage Central du Plateau", "Garage Central du Fleuve"),
        ("Librairie Sidibé", "Librairie Cissé"),
        ("Services", "Commerce"),
        ("Ets", "SARL"),
        ("", "Faso"),
    ],
)
def test_two_houses(one: str, other: str) -> None:
    assert not alike(one, other)
    assert list(alike_pairs([one, other])) == []


def test_a_tax_number_settles_it() -> None:
    """Two NIF are two suppliers; a name without one is the known house it is like, and only that one."""
    books = Suppliers(
        [("1", "Hôtel du Sahel"), ("2", "Hôtel Sahel SA"), ("3", "Faso Papeterie"), ("", "Faso Papetrie")]
    )
    assert books.house(books.key("1", "Hôtel du Sahel")) != books.house(books.key("2", "Hôtel Sahel SA"))
    assert books.house(books.key("", "Faso Papetrie")) == books.key("3", "Faso Papeterie") == "nif:3"
    assert books.key("", "Faso Papetrie") != "nif:3", "a guess is never a fact"
    assert books.house("") == ""


def test_names_without_any_tax_number_are_put_together() -> None:
    names = ["Kalan Services", "Kalan Servces", "Ets Kalan"]
    books = Suppliers([("", name) for name in (*names, "Faso Papeterie")])
    assert len({books.house(books.key("", name)) for name in names}) == 1
    assert len({books.house(books.key("", name)) for name in ("Ets Kalan", "Faso Papeterie")}) == 2


def test_a_name_between_two_known_houses_joins_one_and_never_both() -> None:
    books = Suppliers([("1", "Hôtel Sahel SA"), ("2", "Ets Hôtel Sahel"), ("", "Hotel Sahell")])
    assert books.house(books.key("", "Hotel Sahell")) == "nif:2", "the first by name"
    assert (books.house("nif:1"), books.house("nif:2")) == ("nif:1", "nif:2")


def row(**written: object) -> RegisteredSupplier:
    return RegisteredSupplier.model_validate(written)


def test_the_register_says_who_is_one() -> None:
    register = (row(nom="Faso Papeterie", nif="08 41", **{"autres-noms": ["Bouba Papiers"]}), row(nom="Ets Kalan"))
    books = Suppliers([("0841", "Faso"), ("99", "Bouba Papiers"), ("", "Kalan Services")], register)
    keys = {books.key("", "Faso Papeterie"), books.key("99", "Bouba Papiers"), books.key("0841", "X")}
    assert keys == {"nif:0841"}
    assert books.register["nif:0841"] is register[0]
    assert books.key("99", "Autre") == "nif:99"
    assert books.house(books.key("", "Kalan Services")) == books.key("", "Ets Kalan")
    assert books.register[books.key("", "ETS Kalan")] is register[1]


def test_two_rows_of_the_register_are_two_houses() -> None:
    books = Suppliers([], (row(nom="Hôtel Sahel SA"), row(nom="Ets Hôtel Sahel")))
    one, other = books.key("", "Hôtel Sahel SA"), books.key("", "Ets Hôtel Sahel")
    assert (books.house(one), books.house(other)) == (one, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ML016 01201 020112345678 90", "ml0160120102011234567890", True),
        ("+223 76 00 11 22", "76001122", True),
        ("76001122", "76001123", False),
        ("1122", "76001122", False),
        ("1122", "11 22", True),
    ],
)
def test_numbers_of_one_account(one: str, other: str, same: bool) -> None:
    assert same_number(one, other) is same


def test_thousands_of_names_are_compared_in_a_moment() -> None:
    rng = random.Random(7)
    names = [f"Boutique {''.join(rng.choices(string.ascii_lowercase, k=9))}" for _ in range(8000)]
    before = thread_time()
    list(alike_pairs(names[:2000]))
    short = max(thread_time() - before, 0.01)
    before = thread_time()
    list(alike_pairs(names))
    assert thread_time() - before < 12 * short
