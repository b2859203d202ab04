"""Custom directives read into records: dossiers, quotes, counts, statements, closings, meetings, activities.

Beancount checks neither the shape nor the accounts of a `custom`: this module does, and says what is missing in French.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core import account as account_types
from beancount.core import amount, data

from grandlivre.books.documents import is_document_key
from grandlivre.books.metadata import is_missing
from grandlivre.books.reading import Reader
from grandlivre.books.records import (
    Account,
    ActivityStep,
    Asset,
    BookProblem,
    CashCount,
    Closing,
    Decision,
    Dossier,
    Fractional,
    Meeting,
    NamedDocument,
    Place,
    Quote,
    Statement,
    Transmission,
)
from grandlivre.i18n import did_you_mean
from grandlivre.policy.people import normalise
from grandlivre.policy.periods import Period

FACES = {"billets": (10000, 5000, 2000, 1000, 500), "pieces": (500, 250, 200, 100, 50, 25, 10, 5, 1)}
"""Face values of the notes and coins of the BCEAO; 500 exists as both."""

_SHAPES = {
    "marche": ('"M-2026-014" "Objet du marché"', (str, str)),
    "proforma": ('"M-2026-014" "Fournisseur" 285000 XOF', (str, str, amount.Amount)),
    "pv-caisse": ("Actif:…:5711-Caisse 87500 XOF", (account_types.TYPE, amount.Amount)),
    "releve": ('Actif:…:52111-Banque "2026-03" 4512000 XOF', (account_types.TYPE, str, amount.Amount)),
    "cloture": ('"2026-T1"', (str,)),
    "transmission": ('"rapport-financier" "UE-EAU" "2026-T1"', (str, str, str)),
    "immobilisation": ('"IM-2026-001" Actif:…:2442-Informatique 850000 XOF', (str, account_types.TYPE, amount.Amount)),
    "rencontre": ('"direction" "Objet de la réunion"', (str, str)),
    "activite": ('"UE-EAU" "A1.2" "Intitulé"', (str, str, str)),
}
_FOREIGN = frozenset({"budget", "fava-option", "fava-extension", "fava-sidebar-link"})
_BODIES = ("equipe", "direction", "bureau", "ag")
_STAGES = ("identification", "planification", "execution", "suivi", "evaluation")
_KINDS = ("quotidien", "inopine", "mensuel", "cloture", "passation")


class Directives(NamedTuple):
    """Every custom directive of the books, each kind in the order of its dates."""

    dossiers: tuple[Dossier, ...]
    loose_quotes: tuple[Quote, ...]
    """Quotes whose dossier does not exist."""
    counts: tuple[CashCount, ...]
    statements: tuple[Statement, ...]
    closings: tuple[Closing, ...]
    transmissions: tuple[Transmission, ...]
    assets: tuple[Asset, ...]
    meetings: tuple[Meeting, ...]
    activities: tuple[ActivityStep, ...]
    documents: tuple[NamedDocument, ...] = ()
    """Every voucher's file a directive names (`document`, `document-…`); a report sent is known by its sha256."""


class _Source:
    """One custom directive, its values already of the right kinds."""

    def __init__(self, entry: Any, reader: Reader) -> None:
        self.entry = entry
        self.reader = reader
        self.date: date = entry.date
        self.place = Place(str(entry.meta.get("filename", "")), int(entry.meta.get("lineno", 0)))
        self.values = [value.value for value in entry.values or ()]  # None when it has no value

    def say(self, message: str) -> None:
        """Note a mistake of this directive."""
        self.reader.problems.append(BookProblem(self.place, message))

    def text(self, key: str) -> str:
        """A metadata value as text, "" when missing."""
        value = self.entry.meta.get(key)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        return str(value)

    def day(self, key: str) -> date | None:
        """A metadata date; a quoted one is refused in French."""
        value = self.entry.meta.get(key)
        if is_missing(value):
            return None
        if isinstance(value, date):
            return value
        self.say(
            f"La date « {key} » est entre guillemets ou n'en est pas une : écrivez {key}: 2026-03-31, sans guillemets."
        )
        return None

    def truth(self, key: str) -> bool:
        """A metadata value that is TRUE or FALSE."""
        value = self.entry.meta.get(key)
        if isinstance(value, bool) or value is None:
            return bool(value)
        self.say(f"« {key} » s'écrit TRUE ou FALSE, sans guillemets.")
        return False

    def count(self, key: str) -> int:
        """A metadata value that is a whole number, 0 when missing."""
        value = self.entry.meta.get(key)
        if is_missing(value):
            return 0
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        self.say(f"« {key} » doit être un nombre entier, sans guillemets.")
        return 0

    def choice(self, key: str, value: str, allowed: tuple[str, ...]) -> str:
        """The value when it is one of the allowed words."""
        if value and value not in allowed:
            self.say(f"« {key} » vaut « {value} » ; valeurs permises : {', '.join(allowed)}.")
        return value

    def account(self, value: str) -> Account:
        """An account, which must be open on the directive's date."""
        account = self.reader.accounts.get(value)
        if not self.reader.accounts.is_open(value, self.date):
            self.say(f"Le compte {value} n'est pas ouvert le {self.date.isoformat()} : corrigez-le ou ouvrez-le.")
        return account

    def money(self, value: amount.Amount) -> int:
        """An amount in the currency of the books, whole smallest units."""
        if value.currency != self.reader.currency:
            self.say(f"Le montant est en {value.currency} : écrivez-le en {self.reader.currency}.")
        number = value.number or Decimal(0)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < 0 and not self.reader.exponent(value.currency):
            self.reader.fractional.append(Fractional(self.place, number, value.currency, None))
        return self.reader.units(number, value.currency)


def _shape(source: _Source) -> bool:
    example, kinds = _SHAPES[source.entry.type]
    values = source.entry.values or ()
    good = len(values) == len(kinds) and all(
        value.dtype == kind if isinstance(kind, str) else (isinstance(value.value, kind) and value.dtype is kind)
        for value, kind in zip(values, kinds, strict=True)
    )
    if not good:
        source.say(f'La directive s\'écrit : custom "{source.entry.type}" {example}. Complétez-la.')
    return good


def read_directives(entries: Iterable[Any], reader: Reader) -> Directives:
    """Every custom directive; misshapen ones become problems of the reader."""
    found: dict[str, list[Any]] = {kind: [] for kind in _SHAPES}
    documents: list[NamedDocument] = []
    for entry in entries:
        if isinstance(entry, data.Pad):
            place = Place(str(entry.meta.get("filename", "")), int(entry.meta.get("lineno", 0)))
            said = (
                "« pad » est interdit dans ces livres : il invente un montant. Retirez cette ligne et passez l'écriture "
                "qui manque."
            )
            reader.problems.append(BookProblem(place, said))
        elif isinstance(entry, data.Balance):
            _balance(entry, reader)
        if not isinstance(entry, data.Custom) or entry.type in _FOREIGN:
            continue
        source = _Source(entry, reader)
        documents += [
            NamedDocument(source.place, key, value)
            for key, value in entry.meta.items()
            if is_document_key(key) and not (entry.type == "transmission" and key == "document")
        ]
        if entry.type not in _SHAPES:
            if reader.accounts.by_name and not entry.type.startswith("fava"):
                source.say(_unknown(entry.type))
            continue
        if _shape(source):
            found[entry.type].append(_READERS[entry.type](source))
    quotes: list[Quote] = found["proforma"]
    dossiers: list[Dossier] = []
    seen: dict[str, Dossier] = {}
    for dossier in found["marche"]:
        if dossier.id in seen:
            said = f"Le marché {dossier.id} est déjà ouvert ({_short(seen[dossier.id].place)}) : un numéro, un marché."
            reader.problems.append(BookProblem(dossier.place, said))
            continue
        own = tuple(quote for quote in quotes if quote.dossier == dossier.id)
        seen[dossier.id] = dossier._replace(quotes=own)
        dossiers.append(seen[dossier.id])
    loose = tuple(quote for quote in quotes if quote.dossier not in seen)
    return Directives(
        dossiers=tuple(dossiers),
        loose_quotes=loose,
        counts=tuple(found["pv-caisse"]),
        statements=tuple(found["releve"]),
        closings=tuple(found["cloture"]),
        transmissions=tuple(found["transmission"]),
        assets=tuple(found["immobilisation"]),
        meetings=tuple(found["rencontre"]),
        activities=tuple(found["activite"]),
        documents=tuple(documents),
    )


def _short(place: Place) -> str:
    return f"{Path(place.file).name}:{place.line}"


def _unknown(kind: str) -> str:
    hint = did_you_mean(kind, _SHAPES, f" Directives connues : {', '.join(_SHAPES)}.")
    return f"La directive « {kind} » est inconnue.{hint}"


def _balance(entry: Any, reader: Reader) -> None:
    number = entry.amount.number
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0 and not reader.exponent(entry.amount.currency):
        place = Place(str(entry.meta.get("filename", "")), int(entry.meta.get("lineno", 0)))
        reader.fractional.append(Fractional(place, number, entry.amount.currency, None))


def _dossier(source: _Source) -> Dossier:
    framework = source.truth("contrat-cadre")
    until = source.day("fin")
    if framework and until is None:
        source.say("Un contrat-cadre doit dire son dernier jour : ajoutez fin: AAAA-MM-JJ.")
    tree = source.text("bailleur")
    if not tree:
        source.say('Ce marché ne dit pas son bailleur : ajoutez bailleur: "CODE".')
    winner = source.text("attributaire")
    return Dossier(
        source.values[0].strip(),
        source.values[1].strip(),
        source.date,
        tree,
        normalise(winner),
        winner,
        source.text("nif"),
        source.text("ligne"),
        source.text("activite"),
        source.text("convention"),
        source.text("motif-choix"),
        source.text("document-pv"),
        framework,
        until,
        (),
        source.place,
    )


def _quote(source: _Source) -> Quote:
    return Quote(
        source.values[0].strip(),
        source.date,
        normalise(source.values[1]),
        source.values[1].strip(),
        source.text("nif"),
        source.money(source.values[2]),
        source.day("valable-jusqu-au"),
        source.text("document"),
        source.place,
    )


def _denominations(source: _Source, key: str) -> tuple[tuple[int, int], ...]:
    rows: list[tuple[int, int]] = []
    seen: set[int] = set()
    for word in source.text(key).split():
        match = re.fullmatch(r"(\d{1,6})[xX](\d{1,9})", word)
        if match is None:
            source.say(f"« {word} » dans {key} ne se lit pas : écrivez valeur x quantité, par exemple 10000x8.")
            continue
        face, many = int(match[1]), int(match[2])
        if face not in FACES[key]:
            allowed = ", ".join(str(each) for each in FACES[key])
            kind = "billet" if key == "billets" else "pièce"
            source.say(f"Il n'existe pas de {kind} de {face} FCFA ; valeurs permises dans {key} : {allowed}.")
            continue
        if face in seen:
            source.say(f"La valeur {face} est comptée deux fois dans {key}.")
        seen.add(face)
        rows.append((face, many))
    return tuple(sorted(rows, reverse=True))


def _count(source: _Source) -> CashCount:
    return CashCount(
        source.account(source.values[0]),
        source.date,
        source.money(source.values[1]),
        source.text("heure"),
        source.choice("type", source.text("type"), _KINDS),
        _denominations(source, "billets"),
        _denominations(source, "pieces"),
        source.text("caissier"),
        source.text("controleur"),
        source.text("temoin"),
        source.text("derniere-piece"),
        source.text("motif"),
        source.place,
    )


def _statement(source: _Source) -> Statement:
    month = source.values[1].strip()
    period = Period.parse(month)
    if period is None or len(month) != 7 or "T" in month or "S" in month:
        source.say(f"Le mois du relevé « {month} » ne se lit pas : écrivez AAAA-MM, par exemple 2026-03.")
    return Statement(
        source.account(source.values[0]),
        month,
        source.date,
        source.money(source.values[2]),
        tuple(source.text("suspens").split()),
        source.text("document"),
        source.place,
    )


def _closing(source: _Source) -> Closing:
    code = source.values[0].strip()
    if Period.parse(code) is None:
        source.say(f"La période « {code} » ne se lit pas : écrivez 2026-T1 ou 2026-03.")
    trees = tuple(
        sorted(
            (key.removeprefix("empreinte-"), str(value))
            for key, value in source.entry.meta.items()
            if key.startswith("empreinte-")
        )
    )
    version = source.count("version") or 1
    reserves = tuple(
        _reserve(source, str(value).strip())
        for key, value in sorted(source.entry.meta.items())
        if key.startswith("reserve-") and str(value).strip()
    )
    return Closing(
        code,
        source.date,
        version,
        source.text("precedente"),
        source.text("empreinte"),
        trees,
        source.place,
        source.text("regles"),
        reserves,
        _series(source),
    )


def _reserve(source: _Source, text: str) -> str:
    if len(text.split(RESERVE_MARK, 2)) != 3:
        source.say(f"La réserve « {text} » ne se lit pas : écrivez « règle · objet · motif ».")
    return unicodedata.normalize("NFC", text)


RESERVE_MARK = " · "
"""What parts a reserve: rule, object, reason."""


def _series(source: _Source) -> tuple[tuple[str, int], ...]:
    found = []
    for word in source.text("dernieres-pieces").split():
        series, mark, number = word.rpartition("=")
        if not mark or not number.isdecimal():
            source.say(f"« {word} » ne se lit pas dans dernieres-pieces: : écrivez BQ-UE-EAU-2026=124.")
        else:
            found.append((series, int(number)))
    return tuple(found)


def _transmission(source: _Source) -> Transmission:
    model, tree, period = (value.strip() for value in source.values)
    return Transmission(
        model, tree, period, source.date, source.text("empreinte"), source.text("document"), source.place
    )


def _asset(source: _Source) -> Asset:
    return Asset(
        source.values[0].strip(),
        source.account(source.values[1]),
        source.money(source.values[2]),
        source.date,
        source.day("mise-en-service"),
        source.text("duree"),
        source.text("piece"),
        source.place,
    )


def _meeting(source: _Source) -> Meeting:
    decisions: list[Decision] = []
    while text := source.text(key := f"decision-{len(decisions) + 1}"):
        who, due, done = source.text(f"{key}-responsable"), source.day(f"{key}-echeance"), source.day(f"{key}-faite")
        decisions.append(Decision(text, who, due, done))
    return Meeting(
        source.choice("rencontre", source.values[0].strip(), _BODIES),
        source.values[1].strip(),
        source.date,
        source.text("programme"),
        source.count("femmes"),
        source.count("hommes"),
        source.text("adopte"),
        tuple(decisions),
        source.text("document"),
        source.place,
    )


def _activity(source: _Source) -> ActivityStep:
    value = source.entry.meta.get("valeur")
    return ActivityStep(
        source.values[0].strip(),
        source.values[1].strip(),
        source.values[2].strip(),
        source.date,
        source.choice("etape", source.text("etape"), _STAGES),
        source.text("lieu"),
        source.count("femmes"),
        source.count("hommes"),
        source.text("indicateur"),
        value if isinstance(value, Decimal) else None,
        source.place,
    )


_READERS: dict[str, Callable[[_Source], Any]] = {
    "marche": _dossier,
    "proforma": _quote,
    "pv-caisse": _count,
    "releve": _statement,
    "cloture": _closing,
    "transmission": _transmission,
    "immobilisation": _asset,
    "rencontre": _meeting,
    "activite": _activity,
}
