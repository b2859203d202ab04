"""The rule `fractionnement`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations
from typing import ClassVar, NamedTuple

from grandlivre.books.guarding import names, pairs_by_supplier, purchase_marks
from grandlivre.books.index import Books
from grandlivre.books.purchases import Nature, Purchase
from grandlivre.books.records import Entry, Place
from grandlivre.guards.buying import (
    Purchases,
    Windows,
    activity_signal,
    day_mark,
    nature_signal,
    supplier_signal,
)
from grandlivre.guards.guard import ANYTHING, Guard
from grandlivre.i18n import Message, Money
from grandlivre.policy.model import Field
from grandlivre.policy.periods import day_before
from grandlivre.policy.sycebnl import PURCHASE_EXCLUSIONS, PURCHASE_NATURES
from grandlivre.policy.values import Amount, Dated, Duration, Prefix, Span
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, Weaker, plugin

_REMEMBERED = 184
"""Of how many days before the last entry a guard knows the sums."""
_WIDEST = 400
"""The most days of a window that a guard adds up."""
_SHOWN = 6
"""How many vouchers a sentence lists before « … et N autres »."""

_READ = ("marche", "facture", "nif", "beneficiaire", "reciproque", "date-valeur", "ligne", "activite")
"""The keys of entries that the rule reads."""
_SAME_SUPPLIER = "même fournisseur"

_Key = tuple[str, ...]


class _Part(NamedTuple):
    """What one purchase brings to one signal, or to two at once."""

    purchase: Purchase
    amount: int

    @property
    def entry(self) -> Entry:
        return self.purchase.lines[0].entry

    @property
    def day(self) -> date:
        return self.entry.value_date


class _Crossing(NamedTuple):
    """Purchases that go beyond the threshold together, with those that came while they stayed beyond it."""

    at: _Part
    """The one that went beyond."""
    parts: tuple[_Part, ...]
    threshold: Money
    signals: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(part.amount for part in self.parts)

    @property
    def purchases(self) -> frozenset[tuple[str, str, str, str]]:
        bought = (part.purchase for part in self.parts)
        return frozenset((each.tree, each.kind, each.supplier, each.key) for each in bought)


class SplitPurchase(Rule):
    """Achats fractionnés sous le seuil des trois proformas.

    Sur une fenêtre glissante de 30 jours (le premier et le dernier compris), la règle additionne les achats sans marché
    qui ont en commun : le fournisseur (ou deux noms trop proches, sans NIF qui les distingue), tous projets confondus ; la nature et la ligne budgétaire d'un même projet ;
    l'activité d'un même projet. Un seul de ces signaux est une alerte. Deux signaux sur les mêmes achats sont une
    erreur : ouvrez un marché, ou justifiez. Le constat est sur l'achat qui franchit le seuil, un seul tant que la fenêtre
    reste au-dessus ; il donne la somme à ce jour et nomme les pièces. Un achat extourné n'y compte plus.

    Un achat qui dépasse seul le seuil relève de trois-proformas. Les achats passés sur un marché, contrat-cadre
    compris, ne comptent pas : un besoin qui revient chaque mois demande un contrat-cadre.

    Source : manuel de procédures, achats (seuil des trois factures proforma).

    Exemple : 30 000 FCFA de cahiers le 2 mars et 25 000 le 20, chez le même papetier, sur la même ligne.
    """

    id = "fractionnement"
    family = Family.PURCHASES
    closing_point = ClosingPoint.PURCHASES
    weakens: ClassVar = {
        "threshold": Weaker.HIGHER,
        "window": Weaker.LOWER,
        "natures": Weaker.FEWER,
        "excluded": Weaker.MORE,
    }

    threshold: Dated[Amount] = Field(Dated[Amount].always(Money(51_000, "XOF")), alias="seuil")
    """Seuil des trois factures proforma ; gardez le même que trois-proformas."""
    window: Span = Field(Duration(30, "jours"), alias="fenetre")
    """Temps sur lequel les achats s'additionnent."""
    natures: tuple[Prefix, ...] = Field(PURCHASE_NATURES)
    """Natures qui sont des achats."""
    excluded: tuple[Prefix, ...] = Field(PURCHASE_EXCLUSIONS, alias="exclues")
    """Natures qui n'en sont pas."""

    one = Message(
        "{count} achats sans marché font {total} du {first} au {last} ({signal}), au-dessus du seuil de {threshold} : "
        "{pieces}.{alike} À justifier ; si c'est un même besoin, demandez trois proformas et ouvrez un marché.",
        moving=("count", "total", "last", "pieces", "alike"),
    )
    two = Message(
        "{count} achats sans marché font {total} du {first} au {last} ({signal}), au-dessus du seuil de {threshold} : "
        "{pieces}.{alike} Deux signes d'un même besoin partagé : demandez trois proformas et ouvrez un marché, ou justifiez.",
        moving=("count", "total", "last", "pieces", "alike"),
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Every window of every signal: first two signals at once, then those that stand alone."""
        single: dict[_Key, list[_Part]] = {}
        double: dict[tuple[_Key, _Key], list[_Part]] = {}
        names: dict[_Key, str] = {}
        for purchase in self._small(books):
            shares = _shares(purchase, books.suppliers.house(purchase.supplier), names)
            for key, amount in shares.items():
                single.setdefault(key, []).append(_Part(purchase, amount))
            for (one, amount), (other, also) in combinations(shares.items(), 2):
                if one[0] != other[0]:
                    double.setdefault((one, other), []).append(_Part(purchase, min(amount, also)))
        grave: dict[Place, _Crossing] = {}
        for (one, other), parts in double.items():
            for crossing in self._crossings(parts, (names[one], names[other])):
                place = crossing.at.entry.place
                before = grave.get(place, crossing)
                signals = tuple(dict.fromkeys((*before.signals, *crossing.signals)))
                largest = max(before, crossing, key=lambda each: len(each.parts))
                grave[place] = largest._replace(signals=signals)
        told = [crossing.purchases for crossing in grave.values()]
        for crossing in grave.values():
            yield self._say(self.two, crossing, Level.ERROR)
        for key, parts in single.items():
            for crossing in self._crossings(parts, (names[key],)):
                if not any(crossing.purchases <= known or known <= crossing.purchases for known in told):
                    yield self._say(self.one, crossing, Level.WARNING)

    def guard(self, books: Books) -> Guard:
        """Who may be the same supplier, and small purchases without a dossier that others of their window join beyond the threshold."""
        width = self._width
        if width > _WIDEST:
            return ANYTHING
        nature = Nature(tuple(self.natures), tuple(self.excluded))
        limits = [step.value.units for step in self.threshold.steps] or [0]
        known, common = purchase_marks(books, nature)
        apart = Purchases(*nature, known, common, min(limits), max(limits), False)
        last = books.entries[-1].date if books.entries else books.today
        since = max(last.toordinal() - _REMEMBERED, 1)
        windows = Windows(*nature, min(limits), max(limits), width, since, ())
        sums = tuple(sorted(self._sums(books, windows).items()))
        return self.guarded(books, names(books), apart, windows._replace(sums=sums), reads=_READ)

    @property
    def _width(self) -> int:
        """The most days that a window has, the first and the last included."""
        days = (date(2024, 1, 1) + timedelta(days=n) for n in range(1461))
        return max((self.window.after(day_before(day)) - day).days + 1 for day in days)

    def _sums(self, books: Books, windows: Windows) -> dict[int, int]:
        """What was bought lately on each day with each thing in common."""
        first = windows.since - windows.width
        lately = [
            purchase
            for purchase in books.purchases(Nature(windows.natures, windows.excluded))
            if purchase.kind != "marche"
            and purchase.total <= windows.above
            and purchase.lines[0].entry.value_date.toordinal() > first
        ]
        houses, found = dict[str, list[str]](), dict[int, int]()
        for supplier, pairs in pairs_by_supplier(books).items() if lately else ():
            houses.setdefault(books.suppliers.house(supplier), []).extend(pairs)
        for purchase in lately:
            day = purchase.lines[0].entry.value_date.toordinal()
            for key, amount in _shares(purchase, books.suppliers.house(purchase.supplier), {}).items():
                for signal in _signals(key, houses):
                    mark = day_mark(signal, day)
                    found[mark] = found.get(mark, 0) + amount
        return found

    def _small(self, books: Books) -> Iterator[Purchase]:
        """Purchases without a dossier, each within the threshold, by value date."""
        nature = Nature(tuple(self.natures), tuple(self.excluded))
        bought = (each for each in books.purchases(nature) if each.kind != "marche")
        for purchase in sorted(bought, key=lambda each: each.lines[0].entry.value_date):
            limit = self.threshold.at(purchase.lines[0].entry.value_date)
            if limit is not None and purchase.total <= limit.units:
                yield purchase

    def _crossings(self, parts: Iterable[_Part], signals: tuple[str, ...]) -> Iterator[_Crossing]:
        """The windows in which parts, in the order of their days, come to exceed the threshold and stay beyond it."""
        inside: deque[_Part] = deque()
        beyond: _Crossing | None = None
        for part in parts:
            left = len(inside)
            while inside and self.window.after(day_before(inside[0].day)) < part.day:
                inside.popleft()
            before = sum(each.amount for each in inside)
            inside.append(part)
            limit = self.threshold.at(part.day)
            over = limit is not None and before + part.amount > limit.units
            stayed = limit is not None and (len(inside) > left or before > limit.units)
            if beyond is not None and over and stayed:
                beyond = beyond._replace(parts=(*beyond.parts, part))
                continue
            if beyond is not None:
                yield beyond
            beyond = _Crossing(part, tuple(inside), limit, signals) if limit is not None and over else None
        if beyond is not None:
            yield beyond

    def _say(self, message: Message, crossing: _Crossing, level: Level) -> Finding:
        pieces = [part.entry.named for part in crossing.parts]
        shown = list(dict.fromkeys(pieces))
        if len(shown) > _SHOWN:
            shown = [*shown[:_SHOWN], f"{len(shown) - _SHOWN} autres"]
        return self.finding(
            message,
            crossing.at.entry,
            level=level,
            count=len(crossing.parts),
            total=Money(crossing.total),
            first=crossing.parts[0].day,
            last=crossing.parts[-1].day,
            signal=" ; ".join(crossing.signals),
            threshold=crossing.threshold,
            pieces=shown,
            alike=_alike(crossing) if any(each.startswith(_SAME_SUPPLIER) for each in crossing.signals) else "",
        )


def _signals(key: _Key, houses: Mapping[str, list[str]]) -> list[str]:
    """A signal as guards write it; of a house, under each name and tax number it is known by."""
    kind, *rest = key
    if kind == "fournisseur":
        return [supplier_signal(who) for who in houses[rest[0]]]
    return [nature_signal(*rest) if kind == "nature" else activity_signal(*rest)]


def _alike(crossing: _Crossing) -> str:
    """The names that are added up though they are written in several ways."""
    names = {part.purchase.supplier: part.purchase.name for part in reversed(crossing.parts)}
    if len(names) < 2:
        return ""
    said = [f"« {name} »" for name in reversed(names.values())]
    return f" {' et '.join(said)} sont peut-être une même maison ; si c'en sont deux, écrivez leurs NIF (nif:)."


def _shares(purchase: Purchase, house: str, names: dict[_Key, str]) -> dict[_Key, int]:
    """What a purchase from a house brings to each signal; `names` learns how each signal reads."""
    shares: dict[_Key, int] = {}
    if house:
        key: _Key = ("fournisseur", house)
        names.setdefault(key, f"{_SAME_SUPPLIER} : {purchase.name}")
        shares[key] = purchase.total
    for entry, movement, *_ in purchase.lines:
        number, line = movement.account.number, entry.text("ligne", movement)
        key = ("nature", purchase.tree, number, line)
        if key not in names:
            names[key] = f"même nature {number}" + (
                f", ligne {line} ({purchase.tree})" if line else f" ({purchase.tree})"
            )
        shares[key] = shares.get(key, 0) + movement.value
        activity = entry.text("activite", movement)
        if activity:
            key = ("activite", purchase.tree, activity)
            names.setdefault(key, f"même activité : {activity} ({purchase.tree})")
            shares[key] = shares.get(key, 0) + movement.value
    return shares


__plugins__ = (plugin(SplitPurchase),)
