"""The first page in words and drawings: for the viewer's templates and for the page beside the reports, values ready to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from grandlivre.i18n import currency_label
from grandlivre.policy.periods import Period
from grandlivre.render.format import NBSP, Format, typeset
from grandlivre.reports.course import TreasuryCourse, expected
from grandlivre.reports.holdings import AVAILABLE, COMMITTED, NET, Holdings
from grandlivre.reports.home import Home, Late, Waiting
from grandlivre.reports.pace import Pace

_FORM = Format()
_MILLION = 1_000_000
_WIDTH, _HEIGHT = 720, 150
"""Of the drawing of the course, in its own units."""
_FOOT = 3
"""How high a month that holds nothing is drawn."""
SHOWN = 4
"""What is late, or waits, shown at once."""


class Leads(Protocol):
    """Where the figures lead; "" where a page has nothing to lead to."""

    def held(self, figure: str) -> str:
        """`disponible`, `engage` or `net`."""

    def late(self, item: Late) -> str:
        """What is late."""

    def waiting(self, item: Waiting) -> str:
        """What awaits a signature."""

    def budget(self, tree: str) -> str:
        """The budget of a project."""

    def month(self, month: Period) -> str:
        """What a month that is gone held."""

    def plan(self) -> str:
        """The cash plan."""


@dataclass(frozen=True)
class Item:
    """A line: what it is, its figure, what is added in small."""

    label: str
    value: str = ""
    note: str = ""
    href: str = ""
    tone: str = ""
    """`bad`, `warn` or ""."""


@dataclass(frozen=True)
class MonthBar:
    """A month on the drawing of the course."""

    x: float
    y: float
    height: float
    kind: str
    """`passe`, `prevu` or `partiel`."""
    lowest: bool


@dataclass(frozen=True)
class CourseView:
    """The course of the treasury: a drawing, what it says in words, and its figures month by month."""

    bars: tuple[MonthBar, ...]
    width: float
    """Of a bar."""
    zero: float
    """The height at which nothing is left."""
    today: float
    """Between the months gone by and those to come."""
    first: str
    now: str
    last: str
    said: str
    """All that the drawing says, for who does not see it."""
    lowest: Item | None
    later: str
    """What the paler months after it are; "" without any."""
    warnings: tuple[str, ...]
    basis: tuple[str, ...]
    rows: tuple[Item, ...]
    plan: str
    """Where the cash plan is."""


@dataclass(frozen=True)
class HomeView:
    """The first page, ready to show."""

    day: str
    money: tuple[Item, ...]
    covered: Item | None
    late: tuple[Item, ...]
    late_many: int
    """One by one, meetings that were missed apart."""
    signing: tuple[Item, ...]
    signing_many: int
    signing_title: str
    paces: tuple[Item, ...]
    course: CourseView | None
    reckoning: tuple[Item, ...]
    """How each figure is reckoned."""


def _net(held: Holdings) -> str:
    """What the net position is called where it is more than the two figures above it, one less the other."""
    with_it = [("avances", held.advances.amount), ("créances", held.receivables.amount)]
    more = " et ".join(name for name, amount in with_it if amount)
    return f"{NET}, {more} comprises" if more else NET


def home_view(home: Home, leads: Leads) -> HomeView:
    """The first page; a figure leads where `leads` says."""
    held, day = home.held, _FORM.date(home.asked.day)
    money = (
        Item(AVAILABLE, _francs(held.available), href=leads.held("disponible")),
        Item(COMMITTED, _francs(held.committed), href=leads.held("engage")),
        Item(_net(held), _francs(held.net), href=leads.held("net"), tone="bad" if held.net < 0 else ""),
    )
    signing = tuple(_waiting(each, leads) for each in home.signing)
    return HomeView(
        day,
        money,
        _covered(home.course),
        tuple(_late(each, leads) for each in home.late),
        sum(each.many for each in home.late if not each.is_missed),
        signing,
        len(signing),
        f"Attend la signature de {home.person}" if home.person else "À signer",
        tuple(_pace(each, leads) for each in home.paces),
        _course(home, home.course, leads) if home.course is not None else None,
        tuple(_reckoning(home)),
    )


def _francs(units: int) -> str:
    return _FORM.money(units, label=currency_label())


def _millions(units: int) -> str:
    """« 14,1 M FCFA »; whole below a million."""
    if abs(units) < _MILLION:
        return _francs(units)
    return f"{_FORM.decimal(Decimal(units) / _MILLION, 1)}{NBSP}M{NBSP}{currency_label()}"


def _months(number: Decimal) -> str:
    return f"{_FORM.decimal(number, 1)}{NBSP}mois"


# Late, to sign, budgets ---------------------------------------------------------------------------------------------


def _late(item: Late, leads: Leads) -> Item:
    title = f"{item.title} : {', '.join(item.trees)}" if item.trees else item.title
    amount = f"{_francs(item.amount)}, " if item.amount is not None else ""
    since = "le plus ancien depuis le" if item.many > 1 else "depuis le"
    return Item(
        typeset(title),
        _FORM.integer(item.many) if item.many > 1 else "",
        typeset(f"{amount}{since} {_FORM.date(item.since)}"),
        leads.late(item),
        "bad",
    )


def _waiting(item: Waiting, leads: Leads) -> Item:
    value = _francs(item.amount) if item.amount is not None else ""
    return Item(
        typeset(item.title), value, typeset(f"{_FORM.date(item.day)}, {item.what}"), leads.waiting(item), "warn"
    )


def _pace(pace: Pace, leads: Leads) -> Item:
    """« 50,1 % dépensé pour 88,9 % du temps : 28,0 M FCFA à rendre ou à ne pas appeler si rien ne change »."""
    begins = f"{_FORM.percent(pace.rate, 1)} dépensé pour {_FORM.percent(pace.elapsed, 1)} du temps"
    end = _FORM.date(pace.agreement.final_day)
    if pace.over:
        said = f"le budget est dépassé de {_millions(pace.over)}, la convention finit le {end}"
    elif pace.out is not None:
        said = f"plus rien à dépenser le {_FORM.date(pace.out)}, {pace.early} jours avant la fin, si rien ne change"
    else:
        back = " à rendre ou à ne pas appeler" if pace.given_back else " non dépensés"
        said = f"{_millions(pace.left)}{back} à la fin ({end}) si rien ne change"
    tone = "warn" if pace.is_slow else "bad"
    return Item(pace.tree, "trop lent" if pace.is_slow else "trop vite", typeset(f"{begins} : {said}"), leads.budget(pace.tree), tone)  # fmt: skip


# How long it lasts --------------------------------------------------------------------------------------------------


def _covered(course: TreasuryCourse | None) -> Item | None:
    if course is None or course.covered is None:
        return None
    return Item("Frais de fonctionnement couverts", _months(course.covered), tone="bad" if course.covered < 1 else "")


# The course ---------------------------------------------------------------------------------------------------------


def _course(home: Home, course: TreasuryCourse, leads: Leads) -> CourseView:
    amounts = [*(each.available for each in course.points), *(each.available for each in course.coming)]
    kinds = ["passe"] * len(course.points) + ["partiel" if each.partial else "prevu" for each in course.coming]
    top, bottom = max(1, *amounts), min(0, *amounts)
    step = _WIDTH / len(amounts)
    scale = (_HEIGHT - _FOOT) / (top - bottom)
    zero = top * scale
    lowest = course.lowest
    low_at = len(course.points) + course.coming.index(lowest) if lowest is not None else -1
    bars = tuple(
        MonthBar(
            round(rank * step + step * 0.1, 1),
            round(zero - max(amount, 0) * scale, 1),
            round(max(abs(amount) * scale, _FOOT), 1),
            kind,
            rank == low_at,
        )
        for rank, (amount, kind) in enumerate(zip(amounts, kinds, strict=True))
    )
    months = [*(each.month for each in course.points), *(each.month for each in course.coming)]
    low = None
    if lowest is not None:
        low = Item(
            f"Au plus bas fin {_named(lowest.month)}",
            _millions(lowest.available),
            href=leads.plan(),
            tone="bad" if lowest.available < 0 else "",
        )
    return CourseView(
        bars,
        round(step * 0.8, 1),
        round(zero, 1),
        round(len(course.points) * step, 1),
        _named(months[0]),
        f"le {_FORM.date(home.asked.day)}",
        _named(months[-1]),
        _said(course, _FORM.date(home.asked.day), low),
        low,
        _later(course),
        tuple(_warnings(course)),
        tuple(_basis(course, running=months[len(course.points) - 1].end > home.asked.day)),
        tuple(_rows(home, course, leads)),
        leads.plan(),
    )


def _named(month: Period) -> str:
    return typeset(month.label)


def _said(course: TreasuryCourse, day: str, low: Item | None) -> str:
    first, last = course.points[0], course.points[-1]
    said = f"Disponible au {day} : {_millions(last.available)}"
    if first is not last:
        said = f"Disponible, de fin {first.month.label} au {day} : de {_millions(first.available)} à {_millions(last.available)}"
    if low is not None:
        said = f"{said} ; prévu, {low.label[0].lower()}{low.label[1:]} : {low.value}"
    return typeset(f"{said}.")


def _later(course: TreasuryCourse) -> str:
    """The months in which some projects only are known."""
    partial = [point for point in course.coming if point.partial]
    if not partial:
        return ""
    first = partial[0]
    return typeset(f"En gris, dès {first.month.label} : {', '.join(first.trees)} seulement")


def _warnings(course: TreasuryCourse) -> Iterator[str]:
    for low in course.lows:
        state = "sous zéro" if low.available < 0 else "moins d'un mois de salaires"
        lowest = f" ; au plus bas {_millions(low.lowest)} fin {low.worst.label}" if low.lowest < low.available else ""
        yield typeset(f"{low.tree} : {_millions(low.available)} fin {low.month.label}, {state}{lowest}.")
    if course.plan is not None and course.plan.uncovered:
        gone = ", ".join(f"{tree} dès {month.label}" for tree, month in course.plan.uncovered)
        yield typeset(f"Aucune convention connue, donc rien de prévu : {gone}.")


def _basis(course: TreasuryCourse, *, running: bool) -> Iterator[str]:
    """On what the plan stands; while a month runs, its last days are in the next one."""
    plan = course.plan
    if plan is None or not plan.known:
        return
    instalments, others, payments = expected(plan)
    until = plan.months[plan.known - 1].label
    yield typeset(
        f"Prévision jusqu'à {until}, comme le plan de trésorerie : ce qui est disponible ({_millions(plan.start)}), plus les "
        f"tranches promises à leur date ({_millions(instalments)}) et les autres recettes à la moyenne des douze derniers mois "
        f"({_millions(others)}), moins ce qui reste des budgets, réparti sur le temps qui reste ou selon leur calendrier, et les "
        f"dettes, payées le premier mois ({_millions(payments)} en tout)."
        + (" Le premier mois prévu comprend les jours qui restent du mois en cours." if running else "")
    )
    if any(point.partial for point in course.coming):
        yield typeset(
            "Barres grises : les seuls projets dont une convention va jusque-là ; l'argent des autres n'y est pas, ni ce qui serait "
            "signé d'ici là."
        )


def _rows(home: Home, course: TreasuryCourse, leads: Leads) -> Iterator[Item]:
    for point in course.points:
        running = point.month.end > home.asked.day
        yield Item(
            _named(point.month),
            _francs(point.available),
            f"au {_FORM.date(home.asked.day)}" if running else "",
            leads.month(point.month),
        )
    for coming in course.coming:
        note = f"prévu, {', '.join(coming.trees)} seulement" if coming.partial else "prévu"
        yield Item(_named(coming.month), _francs(coming.available), typeset(note), leads.plan())


# How it is reckoned -------------------------------------------------------------------------------------------------


def _reckoning(home: Home) -> Iterator[Item]:
    """What each figure is made of."""
    held, day = home.held, _FORM.date(home.asked.day)
    unsigned = held.unsigned.amount
    yield Item(
        AVAILABLE,
        note=typeset(
            f"Banques {_francs(held.bank.amount)}, caisses {_francs(held.till.amount)}, monnaie mobile "
            f"{_francs(held.mobile.amount)}"
            + (f", virements en route {_francs(held.transit.amount)}" if held.transit.amount else "")
            + (f", et {_francs(unsigned)} de paiements préparés qui attendent leurs signatures" if unsigned else "")
            + f", d'après les écritures jusqu'au {day}. Ce n'est pas le solde que dit la banque : un chèque émis et non encaissé en "
            "est déjà sorti."
        ),
    )
    ordered = f" Les commandes non facturées ({_francs(home.ordered)}) n'y sont pas." if home.ordered else ""
    yield Item(
        COMMITTED,
        note=typeset(
            f"Dettes envers fournisseurs, personnel, impôts et autres tiers {_francs(held.debts.amount)}, paiements préparés et "
            f"non signés {_francs(unsigned)}.{ordered}"
        ),
    )
    yield Item(
        _net(held),
        note=typeset(
            f"Disponible, plus avances à justifier {_francs(held.advances.amount)} et créances "
            f"{_francs(held.receivables.amount)}, moins l'engagé. L'argent d'un bailleur ne paie que son projet."
        ),
    )
    course = home.course
    if course is not None and course.covered is not None:
        yield Item("Frais de fonctionnement couverts", note=_covering(course))
    if home.paces:
        yield Item(
            "Budgets",
            note=typeset(
                "Dépensé depuis le début de la convention sur le budget en vigueur, jours écoulés sur jours de la convention. Un "
                "budget est dit trop lent ou trop rapide au-delà de 15 points d'écart ; « si rien ne change » prolonge la dépense "
                "moyenne par jour jusqu'à la fin."
            ),
        )
    yield Item(
        "En retard",
        note=typeset(
            "Ce dont le jour est passé et que les livres ne disent pas fait : rapports, avances, relevés, comptages, décisions, "
            "clôtures. Les réunions manquées depuis le début de l'exercice sont à part : elles ne se rattrapent pas."
        ),
    )


def _covering(course: TreasuryCourse) -> str:
    span = course.paced[0].label if len(course.paced) == 1 else f"{course.paced[0].label} à {course.paced[-1].label}"
    alone = ", ".join(
        f"{each.tree} {_FORM.decimal(each.months, 1)}" for each in course.covers if each.months is not None
    )
    several = f" Projet par projet, sans rien recevoir d'ici là : {alone}." if len(course.covers) > 1 else ""
    every = ""
    if course.lasts is not None:
        every = f" Toutes dépenses comprises ({_francs(course.monthly)} par mois) : {_months(course.lasts)}."
    return typeset(
        f"Position nette {_francs(course.net)} divisée par ce que coûtent un mois de personnel, de fonctionnement et d'impôts : "
        f"{_francs(course.running)}, moyenne de {span}, sans ce que les projets se paient entre eux.{every}{several}"
    )
