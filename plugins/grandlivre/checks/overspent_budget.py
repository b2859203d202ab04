"""The rule `depassement-budgetaire`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any, ClassVar, NamedTuple

from grandlivre.books.bounds import charging, tied
from grandlivre.books.budget import BudgetVersion, Charge, Commitment, budget_versions, charged, spent_before
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement, Place
from grandlivre.guards.budgets import BudgetRoom, Budgets, LineRoom
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message, Money, Percent
from grandlivre.policy.donors import Agreement, Flexibility
from grandlivre.policy.model import Field
from grandlivre.policy.periods import day_after
from grandlivre.policy.values import Percentage
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, Weaker, plugin

_STRICT = Flexibility.model_construct(level="ligne", threshold=Decimal(0))
"""The rule of an agreement that grants no flexibility."""
_TOTAL = ""
_ENOUGH = 10**18
"""What no budget comes to."""
_Key = tuple[str, str]
"""("ligne", code), ("rubrique", code) or ("total", "")."""


class OverspentBudget(Rule):
    """Dépense ou commande au-delà du budget et de la souplesse.

    Chaque ligne est suivie dans l'ordre des dates de valeur : ce qui est dépensé, plus les commandes en cours
    (attribution du marché moins les achats passés sur ce marché). Le constat est sur l'écriture, ou le marché, qui
    franchit la limite. La convention dit sa souplesse (`souplesse:`) ; sans elle, aucune ligne ne dépasse d'un franc.

    niveau — ligne : chaque ligne peut dépasser de `seuil` pour cent de sa base. rubrique : les lignes d'une rubrique
    se compensent librement, et la rubrique entière peut dépasser de `seuil` pour cent de sa base.
    base — dernier-avenant : le budget en vigueur ; un avenant remet le compteur à zéro. budget-initial : le budget
    signé ; ce qu'un avenant a déjà déplacé compte.
    sens — hausse : seul ce qui dépasse est surveillé. baisse, deux : ce qui dépasse est pris aux autres lignes ou
    rubriques, et aucune ne peut céder plus de `seuil` pour cent de sa base, ni ce qu'elle a déjà dépensé.
    cumulatif — oui : les dépassements s'ajoutent (20 % puis 5 % passent à 25 %, 20 % puis 6 % non). non : chaque
    écriture est jugée seule.
    exclues — ces lignes ou rubriques n'ont aucune souplesse, et ne cèdent rien.
    action — alerte, ou avenant (erreur). Le total de la convention, lui, ne se dépasse jamais.

    Ce qui est déplacé sans avenant (`reaffectations:`) compte dans la même souplesse, dans le sens qu'elle surveille,
    ajouté depuis le dernier avenant : 20 % puis 6 % d'une rubrique à 25 % ne passent pas. Au-delà, l'erreur est sur la
    ligne de la réaffectation ; une alerte, quand elle écrit l'accord du bailleur (`accord`).

    Une ligne d'une convention en cours qui atteint le seuil d'alerte donne une alerte, une seule fois, sur l'écriture
    qui l'a franchi en dernier. Au-dessus de son budget, elle dit ce qui le permet (sa souplesse, ou les chiffres de sa
    rubrique) ; au-delà de la part convenue, elle n'est plus dite permise, même si sa rubrique tient. Ce qu'une ligne dit dépensé avant ces livres (`realise-anterieur`) compte. Le budget est la part du bailleur, en francs au taux en vigueur.

    Source : manuel de procédures, budget et suivi ; conventions (Union européenne : 25 % par rubrique, cumulés).

    Exemple : rubrique de 10 000 000 FCFA, souplesse 25 % : 12 500 000 passent, un franc de plus demande un avenant.
    """

    id = "depassement-budgetaire"
    family = Family.FUNDS
    closing_point = ClosingPoint.BUDGETS
    weakens: ClassVar = {"alert": Weaker.HIGHER}

    alert: Percentage = Field(Decimal(90), alias="seuil-alerte")
    """Part du budget d'une ligne à partir de laquelle elle est signalée."""

    over_line = Message(
        "La ligne {code} « {label} » de la convention {agreement} est à {load}{ordered} pour un budget de {budget} ; "
        "la limite est de {limit} (souplesse {threshold}), dépassée de {excess}. "
        "Demandez un avenant avant de dépenser, ou imputez à une autre ligne."
    )
    over_heading = Message(
        "La rubrique {code} « {label} » de la convention {agreement} est à {load}{ordered} pour un budget de {budget} ; "
        "la limite est de {limit} (souplesse {threshold}), dépassée de {excess}. "
        "Demandez un avenant avant de dépenser."
    )
    big_step = Message(
        "Cette écriture dépasse de {step} le budget de {budget} de {unit} {code} « {label} » (convention {agreement}) ; "
        "une écriture peut le dépasser de {limit} (souplesse {threshold}). Demandez un avenant avant de dépenser."
    )
    taken = Message(
        "Les dépassements de la convention {agreement} font {need} ; les autres {units} ne peuvent céder que {give} "
        "({threshold} de chacune au plus, moins ce qui y est déjà dépensé). Demandez un avenant avant de dépenser."
    )
    over_total = Message(
        "La convention {agreement} est à {load}{ordered} pour un budget total de {budget}, dépassé de {excess}. "
        "Demandez un avenant, ou payez sur une autre source."
    )
    moved = Message(
        "La réaffectation de {amount} de la ligne {source} à la ligne {target} porte {unit} {code} « {label} » de la "
        "convention {agreement} à {gap} de {way} sur un budget de {base} ; la limite est de {limit} (souplesse {threshold}). "
        "Demandez un avenant, ou écrivez accord: avec la référence de celui du bailleur."
    )
    agreed = Message(
        "La réaffectation de {amount} de la ligne {source} à la ligne {target} porte {unit} {code} « {label} » de la "
        "convention {agreement} à {gap} de {way} sur un budget de {base}, au-delà de {limit} (souplesse {threshold}) ; "
        "accord écrit : {approval}. Reprenez-la dans le prochain avenant."
    )
    near = Message(
        "La ligne {code} « {label} » de la convention {agreement} est à {load}{ordered}, soit {rate} de son budget de "
        "{budget} (alerte à {alert}) : il reste {left}. Vérifiez les dépenses prévues, ou préparez un avenant.",
        moving=("load", "ordered", "rate", "left"),
    )
    above = Message(
        "La ligne {code} « {label} » de la convention {agreement} est à {load}{ordered}, soit {excess} de plus que son "
        "budget de {budget}, mais {permission}. Préparez un avenant.",
        moving=("load", "ordered", "excess", "permission"),
    )
    beyond = Message(
        "La ligne {code} « {label} » de la convention {agreement} est à {load}{ordered}, soit {rate} de son budget de "
        "{budget}, au-delà de la souplesse de {threshold} ; sa rubrique {heading} est à {heading_load} pour une limite de "
        "{heading_limit}. Demandez un avenant, ou l'accord écrit du bailleur, avant d'y dépenser encore.",
        moving=("load", "ordered", "rate", "heading_load"),
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each agreement that has a budget, in the order of value dates."""
        awards = _awards(books)
        charges: dict[str, list[Charge]] = {}
        for id_, charge in _borne(books, books.charges):
            charges.setdefault(id_, []).append(charge)
        for course in self._courses(books):
            yield from course.run(charges.get(course.id, []), awards.get(course.id, []))

    def guard(self, books: Books) -> Guard:
        """What is left of each line, heading and total before something may be said of it; anything of those it speaks of."""
        spent, awards, told = _spent(books), _awards(books), self.told(books)
        sure: dict[str, set[str]] = {}
        for piece in tied(books, lambda pattern: bool(charged(pattern))):
            for entry in books.vouchers(piece):
                for agreement in books.tree_agreements(entry.tree):
                    sure.setdefault(agreement.id, set()).add(piece)
        rooms = tuple(
            course.room(spent.get(course.id, {}), awards.get(course.id, []), told.union(sure.get(course.id, ())))
            for course in self._courses(books)
        )
        return on(Budgets(charging(books), rooms, books.reversed_pieces))

    def doubt(self, books: Books) -> Doubt:
        """The agreements whose budget may be crossed by all their charges and awards together, whatever their order."""
        spent, awards = _spent(books), _awards(books)
        near = {
            course.id
            for course in self._courses(books)
            if not course.is_quiet(spent.get(course.id, {}), awards.get(course.id, []))
        }
        if not near:
            return Doubt(())
        alike, others = books.alike_charges
        closer = [entry for each in alike if each.agreement and each.agreement.id in near for entry in each.entries]
        return Doubt([*closer, *(entry for shape in others for entry in shape.entries)])

    def _courses(self, books: Books) -> Iterator[_Course]:
        """The agreements that have a budget."""
        for donor in books.policy.donors.values():
            for agreement in donor.agreements:
                if agreement.headings:
                    yield _Course(self, books, agreement)


def _awards(books: Books) -> Mapping[str, list[Commitment]]:
    """By agreement, the awards on a line of its budget."""
    found: dict[str, list[Commitment]] = {}
    for each in books.awards:
        if each.agreement is not None and each.dossier.line in each.agreement.line_codes:
            found.setdefault(each.agreement.id, []).append(each)
    return found


def _spent(books: Books) -> Mapping[str, Mapping[tuple[str, str], int]]:
    """By agreement, what each line and dossier spends at most: charges that give back are left out."""
    return books.once("spent at most", lambda: _added_up(books))


def _added_up(books: Books) -> Mapping[str, Mapping[tuple[str, str], int]]:
    spent: dict[str, dict[tuple[str, str], int]] = {}
    alike, others = books.alike_charges
    for each in alike:
        if each.agreement is None:
            continue
        sums = spent.setdefault(each.agreement.id, {})
        for key, amount in each.sums().items():
            if key[0] in each.agreement.line_codes:
                sums[key] = sums.get(key, 0) + amount
    for id_, charge in _borne(books, books.charges_of([entry for shape in others for entry in shape.entries])):
        if charge.amount > 0:
            sums, key = spent.setdefault(id_, {}), (charge.line, charge.dossier)
            sums[key] = sums.get(key, 0) + charge.amount
    return spent


def _borne(books: Books, charges: Iterable[Charge]) -> Iterator[tuple[str, Charge]]:
    """The charges that a budget bears, with its agreement's id; a storno and what it reverses undo each other."""
    undone = books.reversed_pieces
    for charge in charges:
        entry, _, agreement, line, _ = charge
        if agreement is None or line not in agreement.line_codes:
            continue
        if not (books.vouchers(entry.text("annule")) if entry.kind == "extourne" else entry.piece in undone):
            yield agreement.id, charge


class _Spot(NamedTuple):
    """Where a finding stands."""

    at: Entry | Place
    movement: Movement | None = None


class _Event(NamedTuple):
    """Something other than a charge that changes what a budget bears; a day's come by `rank`, before its charges."""

    day: date
    rank: int  # 0 new budget, 1 end of a framework contract, 2 award
    number: int
    what: Any


class _Unit(NamedTuple):
    """A line or a heading under one rule of flexibility, in one version of the budget."""

    rule: int
    kind: str  # ligne | rubrique
    code: str
    budget: int
    most: int | None
    """What it may bear; None when increases are free."""
    least: int
    """What it must keep when others overspend."""
    threshold: Decimal


class _Course:
    """The course of one agreement's budget."""

    def __init__(self, rule: OverspentBudget, books: Books, agreement: Agreement) -> None:
        self.rule, self.books, self.agreement = rule, books, agreement
        self.flexibility = agreement.flexibility or (_STRICT,)
        self.versions = budget_versions(agreement, books.policy.currency)
        self.home = agreement.heading_of
        self.labels = {heading.code: heading.label for heading in agreement.headings}
        self.spent: dict[_Key, int] = {}
        """By (kind, code): lines, headings, and the total under ("total", "")."""
        self.ordered: dict[_Key, int] = {}
        self.keys: dict[str, tuple[_Key, ...]] = {}
        """The line, heading and total that a line counts in."""
        self.remaining: dict[str, int] = {}
        """What is still to come of each award."""
        self.booked: dict[str, int] = {}
        self.over: set[tuple[int, str, str]] = set()
        self.above: set[_Key] = set()
        """Lines and headings that bear more than their budget."""
        self.close: dict[str, _Spot] = {}
        """Lines at or above the alert, with where they crossed it."""
        self.version = self.versions[0]
        self.units: dict[_Key, list[_Unit]] = {}
        self.alerts: Mapping[str, int] = {}
        self._enter(self.version)
        for line, amount in spent_before(agreement, books.policy.currency).items():
            for key in self._keys(line):
                self.spent[key] = self.spent.get(key, 0) + amount

    @property
    def id(self) -> str:
        """The agreement's."""
        return self.agreement.id

    def is_quiet(self, spent: Mapping[tuple[str, str], int], awards: list[Commitment]) -> bool:
        """Whether all the charges and awards together, whatever their order, stay where there is nothing to say of them.

        `spent` adds up what each line and dossier spends. An award on its own line weighs what was booked on it, or
        its amount when that is more.
        """
        most = self._most(spent, awards)
        for version in self.versions:
            self._enter(version)
            calm = self._calm()
            if any(amount > calm.get(unit, amount) for unit, amount in most.items()):
                return False
        return True

    def _most(self, spent: Mapping[tuple[str, str], int], awards: list[Commitment]) -> Mapping[_Key, int]:
        """The most that each line, heading and the total may come to bear, whatever the order."""
        most = dict(self.spent)
        amounts = dict(spent)
        for award in awards:
            key = (award.dossier.line, award.dossier.id)
            amounts[key] = max(award.award, amounts.get(key, 0))
        for (line, _), amount in amounts.items():
            for unit in self._keys(line):
                most[unit] = most.get(unit, 0) + amount
        return most

    def room(
        self, spent: Mapping[tuple[str, str], int], awards: list[Commitment], doubtful: frozenset[str]
    ) -> BudgetRoom:
        """What may still be charged without a word; a line is told when something may be said of what shares its limits."""
        rooms = self._rooms(self._most(spent, awards))
        tight = {key for key, left in rooms.items() if left < 0}
        every = bool(tight) and (self._shares() or ("total", _TOTAL) in tight)
        headings = {code if kind == "rubrique" else self.home[code] for kind, code in tight if kind != "total"}
        lines = tuple(
            LineRoom(code, home, rooms.get(("ligne", code), _ENOUGH), every or home in headings)
            for code, home in sorted(self.home.items())
        )
        limits = tuple(sorted((code, left) for (kind, code), left in rooms.items() if kind == "rubrique"))
        awarded = tuple(sorted((award.dossier.id, award.dossier.line) for award in awards))
        return BudgetRoom(self.id, lines, limits, rooms["total", _TOTAL], awarded, doubtful if tight else frozenset())

    def _shares(self) -> bool:
        """Whether what moves between two lines is counted with all other moves."""
        return any(rule.direction != "hausse" and rule.cumulative for rule in self.flexibility)

    def _rooms(self, most: Mapping[_Key, int]) -> Mapping[_Key, int]:
        """What the tightest version leaves of each limit to what may come to bear on it."""
        rooms: dict[_Key, int] = {}
        for version in self.versions:
            self._enter(version)
            for key, limit in self._calm().items():
                left = limit - most.get(key, 0)
                rooms[key] = min(left, rooms.get(key, left))
        self._enter(self.versions[0])
        return rooms

    def _calm(self) -> Mapping[_Key, int]:
        """Up to where there is nothing to say of a line, a heading or the total in the version in force."""
        calm = {key: min(unit.budget for unit in units) for key, units in self.units.items()}
        for code, alert in self.alerts.items():
            calm["ligne", code] = min(alert - 1, calm.get(("ligne", code), alert))
        return calm

    # --- the course ---------------------------------------------------------------------------------------------------

    def run(self, charges: list[Charge], awards: list[Commitment]) -> Iterator[Finding]:
        """The findings of the agreement."""
        by_dossier = {award.dossier.id: award for award in awards}
        today = self.books.today
        events = [_Event(version.since, 0, i, version) for i, version in enumerate(self.versions[1:])]
        for i, award in enumerate(awards):
            events.append(_Event(award.dossier.date, 2, i, award))
            if award.dossier.until is not None:
                events.append(_Event(day_after(award.dossier.until), 1, i, award))
        # an addendum, an award or an end still to come changes nothing
        coming = deque(sorted((event for event in events if event.day <= today), key=lambda event: event[:3]))
        for charge in sorted(charges, key=lambda charge: charge.entry.value_date):
            while coming and coming[0].day <= charge.entry.value_date:
                yield from self._event(coming.popleft())
            award_of = by_dossier.get(charge.dossier) if charge.dossier else None
            yield from self._charge(charge, award_of)
        while coming:
            yield from self._event(coming.popleft())
        if self.agreement.final_day >= today:
            yield from self._alerts()

    def _event(self, event: _Event) -> Iterator[Finding]:
        what = event.what
        if event.rank == 0:
            self._enter(what)
            yield from self._moved(what)
            yield from self._look(self.units, self._written(what), 0)
        elif event.rank == 1:
            yield from self._look(self._order(what.dossier.line, what.dossier.id, 0), _Spot(what.dossier.place), 0)
        else:
            left = max(0, what.award - self.booked.get(what.dossier.id, 0))
            touched = self._order(what.dossier.line, what.dossier.id, left)
            yield from self._look(touched, _Spot(what.dossier.place), left)

    def _charge(self, charge: Charge, award: Commitment | None) -> Iterator[Finding]:
        touched = self._keys(charge.line)
        for key in touched:
            self.spent[key] = self.spent.get(key, 0) + charge.amount
        if award is not None:
            id_ = award.dossier.id
            self.booked[id_] = self.booked.get(id_, 0) + charge.amount
            if id_ in self.remaining:
                left = max(0, award.award - self.booked[id_])
                touched = (*touched, *self._order(award.dossier.line, id_, left))
        yield from self._look(tuple(dict.fromkeys(touched)), _Spot(charge.entry, charge.movement), charge.amount)

    def _order(self, line: str, dossier: str, left: int) -> tuple[_Key, ...]:
        """Sets what is still to come of an award, and returns what that touches."""
        change = left - self.remaining.get(dossier, 0)
        self.remaining[dossier] = left
        touched = self._keys(line)
        for key in touched:
            self.ordered[key] = self.ordered.get(key, 0) + change
        return touched

    def _keys(self, line: str) -> tuple[_Key, ...]:
        keys = self.keys.get(line)
        if keys is None:
            keys = self.keys[line] = (("ligne", line), ("rubrique", self.home[line]), ("total", _TOTAL))
        return keys

    def _load(self, key: _Key) -> int:
        return self.spent.get(key, 0) + self.ordered.get(key, 0)

    # --- limits -------------------------------------------------------------------------------------------------------

    def _enter(self, version: BudgetVersion) -> None:
        """Makes a version of the budget the one in force."""
        self.version = version
        first = self.versions[0].lines
        self.units = {}
        for number, rule in enumerate(self.flexibility):
            base = version.base if rule.base == "dernier-avenant" else first
            budgets: Mapping[str, int]
            bases: Mapping[str, int]
            kept: dict[str, int] = {}  # by heading: what its excluded lines must keep
            if rule.level == "rubrique":
                budgets, bases = self._by_heading(version.lines), self._by_heading(base)
                for code in rule.excluded:
                    if code in version.lines:
                        kept[self.home[code]] = kept.get(self.home[code], 0) + version.lines[code]
                        self._add(
                            _Unit(number, "ligne", code, *_bounds(rule, version.lines[code], 0, True), Decimal(0))
                        )
            else:
                budgets, bases = version.lines, base
            for code, whole in budgets.items():
                fixed = code in rule.excluded or (rule.level == "ligne" and self.home[code] in rule.excluded)
                budget, most, least = _bounds(rule, whole, bases.get(code, 0), fixed)
                threshold = Decimal(0) if fixed else rule.threshold
                least = max(least, kept.get(code, 0))
                self._add(_Unit(number, rule.level, code, budget, most, least, threshold))
        total = sum(version.lines.values())
        self._add(_Unit(-1, "total", _TOTAL, total, total, 0, Decimal(0)))
        self.alerts = {code: ceil(budget * self.rule.alert / 100) for code, budget in version.lines.items() if budget}

    def _add(self, unit: _Unit) -> None:
        self.units.setdefault((unit.kind, unit.code), []).append(unit)

    def _by_heading(self, lines: Mapping[str, int]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for code, amount in lines.items():
            sums[self.home[code]] = sums.get(self.home[code], 0) + amount
        return sums

    # --- what is moved ------------------------------------------------------------------------------------------------

    def _moved(self, version: BudgetVersion) -> Iterator[Finding]:
        """Whether a reallocation goes beyond what may be moved without an addendum: once a rule, where it receives first."""
        if version.move is None:
            return
        move = self.agreement.reallocations[version.move]
        if not {move.source, move.target} <= version.lines.keys():
            return  # it moves nothing: `reglement` says which line the budget does not have
        for rule in self.flexibility:
            for code, way in ((move.target, "hausse"), (move.source, "baisse")):
                if rule.direction in (way, "deux"):
                    finding = self._beyond(version, rule, code, way)
                    if finding is not None:
                        yield finding
                        break

    def _against(self, version: BudgetVersion, rule: Flexibility, code: str, by_heading: bool) -> tuple[int, int]:
        """What a line, or a heading, is given now, and what the rule measures it against."""
        base = version.base if rule.base == "dernier-avenant" else self.versions[0].base
        if by_heading:
            return self._by_heading(version.lines)[code], self._by_heading(base).get(code, 0)
        return version.lines[code], base.get(code, 0)

    def _beyond(self, version: BudgetVersion, rule: Flexibility, line: str, way: str) -> Finding | None:
        """What a reallocation makes of a line, or of its heading, against what it may become."""
        assert version.move is not None
        move = self.agreement.reallocations[version.move]
        heading = self.home[line]
        by_heading = rule.level == "rubrique" and line not in rule.excluded
        if by_heading and self.home[move.source] == self.home[move.target]:
            return None
        code = heading if by_heading else line
        now, whole = self._against(version, rule, code, by_heading)
        threshold = Decimal(0) if {line, heading} & set(rule.excluded) else rule.threshold
        amount = self.agreement.in_francs(move.amount, move.since, self.books.policy.currency)
        gap = (now - whole if way == "hausse" else whole - now) if rule.cumulative else amount
        limit = int(whole * threshold // 100)
        if gap <= limit:
            return None
        label = self.labels.get(code, code) if by_heading else self.agreement.budgets[-1][1][code].label
        said, level = self.rule.moved, Level.WARNING if rule.action == "alerte" else Level.ERROR
        if move.approval:
            said, level = self.rule.agreed, Level.WARNING
        return self._finding(
            said,
            self._written(version),
            level,
            amount=Money(amount),
            source=move.source,
            target=move.target,
            unit="la rubrique" if by_heading else "la ligne",
            code=code,
            label=label,
            agreement=self.agreement.id,
            gap=Money(gap),
            way=way,
            base=Money(whole),
            limit=Money(limit),
            threshold=Percent(threshold),
            **({"approval": move.approval} if move.approval else {}),
        )

    # --- what crosses -------------------------------------------------------------------------------------------------

    def _look(self, keys: Iterable[_Key], spot: _Spot, change: int) -> Iterator[Finding]:
        """The limits an event crosses among the lines, headings and total it touches."""
        said = False
        for key in keys:
            load = self._load(key)
            if key[0] == "ligne":
                self._approach(key[1], load, spot)
            for unit in self.units.get(key, ()):
                if unit.kind == "total":
                    continue
                (self.above.add if load > unit.budget else self.above.discard)(key)
                rule = self.flexibility[unit.rule]
                if not rule.cumulative and unit.threshold and spot.movement is not None:
                    finding = self._step(unit, rule, load, change, spot)
                else:
                    finding = self._crossed(unit, rule, load, spot)
                if finding is not None:
                    said = True
                    yield finding
        total = self._total(spot, said)
        if total is not None:
            yield total
        for number, rule in enumerate(self.flexibility):
            if rule.direction != "hausse" and rule.cumulative:
                finding = self._given(number, rule, spot)
                if finding is not None:
                    yield finding

    def _crossed(self, unit: _Unit, rule: Flexibility, load: int, spot: _Spot) -> Finding | None:
        if unit.most is None or (not rule.cumulative and unit.threshold):
            return None
        state = (unit.rule, unit.kind, unit.code)
        if load <= unit.most:
            self.over.discard(state)
            return None
        if state in self.over:
            return None
        self.over.add(state)
        message = self.rule.over_line if unit.kind == "ligne" else self.rule.over_heading
        return self._say(
            message,
            spot,
            rule,
            **self._facts((unit.kind, unit.code), unit.budget),
            limit=Money(unit.most),
            threshold=Percent(unit.threshold),
            excess=Money(load - unit.most),
        )

    def _step(self, unit: _Unit, rule: Flexibility, load: int, change: int, spot: _Spot) -> Finding | None:
        if unit.most is None:
            return None
        step = max(0, load - unit.budget) - max(0, load - change - unit.budget)
        allowed = unit.most - unit.budget
        if step <= allowed:
            return None
        facts = self._facts((unit.kind, unit.code), unit.budget)
        return self._say(
            self.rule.big_step,
            spot,
            rule,
            code=unit.code,
            label=facts["label"],
            agreement=self.agreement.id,
            budget=Money(unit.budget),
            unit="la ligne" if unit.kind == "ligne" else "la rubrique",
            step=Money(step),
            limit=Money(allowed),
            threshold=Percent(unit.threshold),
        )

    def _total(self, spot: _Spot, said: bool) -> Finding | None:
        """The whole agreement; silent when the same event already crosses a line or a heading."""
        key = ("total", _TOTAL)
        unit = self.units[key][0]
        state, load = (unit.rule, *key), self._load(key)
        if load <= unit.budget:
            self.over.discard(state)
            return None
        if state in self.over:
            return None
        self.over.add(state)
        if said:
            return None
        own = self.agreement.financing == "ressources-propres"
        mild = own and all(rule.action == "alerte" for rule in self.flexibility)
        facts = self._facts(key, unit.budget)
        level = Level.WARNING if mild else Level.ERROR
        return self._finding(self.rule.over_total, spot, level, **facts, excess=Money(load - unit.budget))

    def _given(self, number: int, rule: Flexibility, spot: _Spot) -> Finding | None:
        """Whether what overspends can be taken from the others."""
        if not self.above and (number, "baisse", "") not in self.over:
            return None
        need = give = 0
        for units in self.units.values():
            for unit in units:
                if unit.rule == number and unit.kind == rule.level:
                    load = self._load((unit.kind, unit.code))
                    need += max(0, load - unit.budget)
                    give += max(0, unit.budget - max(load, unit.least))
        state = (number, "baisse", "")
        if need <= give:
            self.over.discard(state)
            return None
        worse = any(each[0] in (number, -1) for each in self.over)
        if state in self.over or worse:
            return None
        self.over.add(state)
        return self._say(
            self.rule.taken,
            spot,
            rule,
            agreement=self.agreement.id,
            need=Money(need),
            units="lignes" if rule.level == "ligne" else "rubriques",
            give=Money(give),
            threshold=Percent(rule.threshold),
        )

    # --- near the limit -----------------------------------------------------------------------------------------------

    def _approach(self, line: str, load: int, spot: _Spot) -> None:
        alert = self.alerts.get(line)
        if alert is None or load < alert:
            self.close.pop(line, None)
        else:
            self.close.setdefault(line, spot)

    def _alerts(self) -> Iterator[Finding]:
        wrong = {code for _, kind, code in self.over if kind == "ligne"}
        for line, spot in self.close.items():
            if line in wrong:
                continue
            budget, load = self.version.lines[line], self._load(("ligne", line))
            facts = self._facts(("ligne", line), budget)
            rate = Percent((Decimal(load) * 100 / budget).quantize(Decimal("0.1"), ROUND_HALF_UP))
            if load > budget:
                yield self._above(line, spot, load, {**facts, "rate": rate, "excess": Money(load - budget)})
            else:
                left, alert = Money(budget - load), Percent(self.rule.alert)
                yield self._finding(self.rule.near, spot, Level.WARNING, **facts, rate=rate, alert=alert, left=left)

    def _above(self, line: str, spot: _Spot, load: int, facts: Mapping[str, Any]) -> Finding:
        """A line above its budget: what permits it, or that nothing agreed does."""
        heading = self.home[line]
        own, whole = self._tightest(("ligne", line)), self._tightest(("rubrique", heading))
        if own is not None or whole is None:
            permission = "elle reste dans sa souplesse" + (f" ({Money(load)} sur {Money(own[0])})" if own else "")
            return self._finding(self.rule.above, spot, Level.WARNING, **facts, permission=permission)
        (limit, threshold), held = whole, self._load(("rubrique", heading))
        if held <= limit and load * 100 <= self.version.lines[line] * (100 + threshold):
            permission = f"la rubrique {heading} reste dans sa souplesse ({Money(held)} sur {Money(limit)})"
            return self._finding(self.rule.above, spot, Level.WARNING, **facts, permission=permission)
        return self._finding(
            self.rule.beyond,
            spot,
            Level.WARNING,
            **facts,
            threshold=Percent(threshold),
            heading=heading,
            heading_load=Money(held),
            heading_limit=Money(limit),
        )

    def _tightest(self, key: _Key) -> tuple[int, Decimal] | None:
        """The most that a line or a heading may bear in all, and the flexibility in it; None when nothing bounds it."""
        bounds = [
            (unit.most, unit.threshold)
            for unit in self.units.get(key, ())
            if unit.most is not None and (self.flexibility[unit.rule].cumulative or not unit.threshold)
        ]
        return min(bounds, default=None)

    # --- sentences ----------------------------------------------------------------------------------------------------

    def _facts(self, key: _Key, budget: int) -> dict[str, Any]:
        kind, code = key
        label = self.labels.get(code, code)
        if kind == "ligne":
            label = self.agreement.budgets[-1][1][code].label
        ordered = self.ordered.get(key, 0)
        facts: dict[str, Any] = {
            "agreement": self.agreement.id,
            "load": Money(self._load(key)),
            "ordered": f" (dont {Money(ordered)} de commandes en cours)" if ordered else "",
            "budget": Money(budget),
        }
        return facts if kind == "total" else {"code": code, "label": label, **facts}

    def _say(self, message: Message, spot: _Spot, rule: Flexibility, **facts: Any) -> Finding:
        return self._finding(message, spot, Level.WARNING if rule.action == "alerte" else Level.ERROR, **facts)

    def _finding(self, message: Message, spot: _Spot, level: Level, **facts: Any) -> Finding:
        return self.rule.finding(message, spot.at, level=level, **facts)

    def _written(self, version: BudgetVersion) -> _Spot:
        """The line of the rules that changed the budget."""
        policy = self.books.policy
        if policy.root is None:
            return _Spot(Place(self.books.main, 1))
        where: tuple[str | int, ...] = ("taux",) if version.addendum is None else ("avenants", version.addendum)
        if version.move is not None:
            where = ("reaffectations", version.move)
        path, line = policy.agreement_line(self.agreement, *where)
        return _Spot(Place(str(path), line))


def _bounds(rule: Flexibility, budget: int, base: int, fixed: bool) -> tuple[int, int | None, int]:
    """(budget, the most it may bear, the least it must keep)."""
    if fixed:
        return budget, budget, budget
    most = max(budget, int(base * (100 + rule.threshold) // 100))
    least = ceil(base * (100 - rule.threshold) / 100)
    return budget, None if rule.direction == "baisse" else most, least


__plugins__ = (plugin(OverspentBudget),)
