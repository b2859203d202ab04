"""The keys an entry may carry (contract §2), what each must be, and which values are of another kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

_KINDS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "piece",
            "signataire-1",
            "signataire-2",
            "mode",
            "cheque",
            "ordre",
            "autorise-par",
            "demandeur",
            "beneficiaire",
            "ligne",
            "convention",
            "activite",
            "marche",
            "facture",
            "nif",
            "rib-beneficiaire",
            "pointage",
            "avance",
            "registre",
            "ecriture",
            "annule",
            "annulee",
            "derogation",
            "motif",
            "derogation-par",
            "membre",
            "immobilisation",
            "donateur",
        ),
        "texte",
    ),
    "date-valeur": "date",
    "echeance": "date",
    "decide-le": "date",
    "reciproque": "vrai-faux",
    "quantite": "nombre",
    "annee": "nombre",
}

KEYS = tuple(sorted(_KINDS))
"""Every key that an entry may carry, papers apart."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": ("cheque", "virement", "especes", "mobile"),
    "ecriture": (
        *("a-nouveau", "cloture", "extourne", "reprise"),
        *("quote-part", "amortissement", "affectation", "reouverture"),
    ),
}
"""Keys whose value is one of a few words."""

_SAFE: Mapping[str, frozenset[str]] = {key: frozenset(words) for key, words in CHOICES.items()}

_LETTERS = {"texte": "s", "date": "d", "vrai-faux": "b", "nombre": "n"}
KINDS: Mapping[str, str] = {key: _LETTERS[kind] for key, kind in _KINDS.items()}
"""The letter of each key's kind, as pages write it (`guards/change.py`)."""

_TYPES: Mapping[str, type] = {"texte": str, "date": date, "vrai-faux": bool, "nombre": Decimal}
_WANTED: Mapping[str, type] = {key: _TYPES[kind] for key, kind in _KINDS.items()}


def is_missing(value: object) -> bool:
    """Whether a metadata value is none or an empty text; Beancount's amounts cannot be compared with a text."""
    return value is None or (isinstance(value, str) and not value)


class MetaFault(NamedTuple):
    """A value that is not what its key asks for."""

    key: str
    kind: str
    """texte | date | vrai-faux | nombre | choix."""
    value: str


def meta_faults(meta: Mapping[str, Any]) -> Sequence[MetaFault]:
    """The values of the wrong kind; an empty text is a missing value, and files are another rule's matter."""
    found: list[MetaFault] = []
    for key, value in meta.items():
        wanted = _WANTED.get(key)
        if wanted is None or (type(value) is wanted and key not in CHOICES) or is_missing(value):
            continue
        if not isinstance(value, wanted):
            found.append(MetaFault(key, _KINDS[key], str(value)))
        elif key in CHOICES and (word := str(value).strip()) and word not in CHOICES[key]:
            found.append(MetaFault(key, "choix", word))
    return found


def is_sound(meta: Mapping[str, Any]) -> bool:
    """Whether every value is surely of the kind its key asks for; `meta_faults` decides when it may not be."""
    return all(
        value is None or (type(value) is _WANTED.get(key, type(value)) and value in _SAFE.get(key, (value,)))
        for key, value in meta.items()
    )


def is_sound_as_written(keys: Mapping[str, str]) -> bool:
    """The same of values as a page writes them: a letter for the kind, then the text."""
    return all(
        value[:1] == KINDS.get(key, value[:1]) and value[1:] in _SAFE.get(key, (value[1:],))
        for key, value in keys.items()
    )
