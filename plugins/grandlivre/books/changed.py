"""What changed of an entry or a count since somebody signed it, in words: « le montant est passé de 285 000 à 385 000 FCFA »."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from grandlivre.i18n import currency_label, day, decimal

_PLACES = {"date": 1, "payee": 3, "narration": 4, "tags": 5, "links": 6, "metadata": 7, "postings": 8, "documents": 9}
"""Where an entry's canonical array says what."""
_MOST = 3


def what_changed(before: str, now: str) -> tuple[str, ...]:
    """Each difference of two canonical texts, the amount first; at most a few, for a sentence to hold them."""
    old, new = json.loads(before), json.loads(now)
    if old[0] != new[0]:
        return ("ce n'est plus la même chose",)
    found = list(_of_entries(old, new) if old[0] == "transaction" else _of_directives(old, new))
    if len(found) > _MOST:
        found[_MOST - 1 :] = [f"{len(found) - _MOST + 1} autres choses ont changé"]
    return tuple(found) or ("son texte a changé",)


def _of_entries(old: list[Any], new: list[Any]) -> Iterator[str]:
    said = {name: (old[place], new[place]) for name, place in _PLACES.items()}
    yield from _amounts(*said["postings"])
    yield from _dates(*said["date"])
    for name, words in (("payee", "le bénéficiaire"), ("narration", "le libellé")):
        one, other = said[name]
        if one != other:
            yield f"{words} « {one} » est devenu « {other} »"
    yield from _accounts(*said["postings"])
    yield from _metadata(*said["metadata"])
    yield from _documents(*said["documents"])
    if said["tags"][0] != said["tags"][1] or said["links"][0] != said["links"][1]:
        yield "les mots-clés ou les liens ont changé"


def _of_directives(old: list[Any], new: list[Any]) -> Iterator[str]:
    yield from _dates(old[1], new[1])
    for one, other in zip(old[2], new[2], strict=False):
        if one != other:
            yield f"« {_shown(one)} » est devenu « {_shown(other)} »"
    yield from _metadata(old[3], new[3])
    yield from _documents(old[4], new[4])


def _dates(one: str, other: str) -> Iterator[str]:
    if one != other:
        yield f"la date est passée du {day(date.fromisoformat(one))} au {day(date.fromisoformat(other))}"


def _amounts(old: list[str], new: list[str]) -> Iterator[str]:
    """What is debited, by commodity."""
    one, other = _debits(old), _debits(new)
    for currency in sorted({*one, *other}):
        before, now = one.get(currency, Decimal(0)), other.get(currency, Decimal(0))
        if before != now:
            yield f"le montant est passé de {decimal(before)} à {decimal(now)} {currency_label(currency)}"


def _debits(postings: list[str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for posting in postings:
        _, number, currency, *_ = json.loads(posting)
        if number is not None and Decimal(number) > 0:
            found[currency] = found.get(currency, Decimal(0)) + Decimal(number)
    return found


def _accounts(old: list[str], new: list[str]) -> Iterator[str]:
    """Accounts that came or went, then lines that changed otherwise."""
    one, other = ([json.loads(each) for each in postings] for postings in (old, new))
    before, now = Counter(each[0] for each in one), Counter(each[0] for each in other)
    gone, come = sorted((before - now).elements()), sorted((now - before).elements())
    if len(gone) == len(come) == 1:
        yield f"le compte {gone[0]} est devenu {come[0]}"
    else:
        yield from [f"une ligne sur {name} est partie" for name in gone]
        yield from [f"une ligne sur {name} est venue" for name in come]
    if not gone and not come and _debits(old) == _debits(new) and old != new:
        names = sorted(json.loads(each)[0] for each in set(old) - set(new))
        yield f"la répartition ou les précisions de {names[0]} ont changé"


def _metadata(old: Mapping[str, list[Any]], new: Mapping[str, list[Any]]) -> Iterator[str]:
    for key in sorted({*old, *new}):
        if key not in new:
            yield f"{key} (« {_shown(old[key])} ») a été retiré"
        elif key not in old:
            yield f"{key} (« {_shown(new[key])} ») a été ajouté"
        elif old[key] != new[key]:
            yield f"{key} est passé de « {_shown(old[key])} » à « {_shown(new[key])} »"


def _documents(old: list[list[Any]], new: list[list[Any]]) -> Iterator[str]:
    """Files whose bytes changed under the same name; names are keys of the metadata, told with them."""
    before = dict(old)
    for path, sha256 in new:
        if path in before and before[path] != sha256:
            yield f"le document {path} manque" if sha256 is None else f"le document {path} n'a plus le même contenu"


def _shown(value: list[Any]) -> str:
    return " ".join(str(each) for each in value[1:])
