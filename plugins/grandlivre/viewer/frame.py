"""The frame of our pages: one load shared by all, filters understood, every failure said in French on the page."""

from __future__ import annotations

import sys
from contextlib import suppress
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from flask import current_app, request
from markupsafe import Markup

from grandlivre.i18n import currency_label, in_words, one_line
from grandlivre.inspection import real_day
from grandlivre.render.format import NBSP, Format, typeset
from grandlivre.render.templates import shipped_templates
from grandlivre.reports.asked import Asked, ask
from grandlivre.sources.problem import RefusedError
from grandlivre.viewer import appearance, entry_door, fava_adapter, guard, refusals
from grandlivre.viewer.fava_adapter import FavaAPIError, FavaExtensionBase, FavaLedger
from grandlivre.viewer.links import Links
from grandlivre.viewer.state import Loaded, read

PAGES = (
    ("Accueil", "Accueil"),
    ("ASigner", "À signer"),
    ("Controles", "Contrôles"),
    ("Budget", "Budget"),
    ("Banque", "Banque"),
    ("Journal", "Journal"),
    ("Documents", "Documents"),
    ("Suivi", "Suivi"),
    ("Rapports", "Rapports"),
    ("Saisir", "Saisir"),
)
"""(class, what the tab says), in the order of the tabs."""
_KEEPER = "Accueil"
"""The page that keeps the load for all of them."""


class Tab(NamedTuple):
    """A link among others of its kind."""

    label: str
    href: str
    current: bool


class View(NamedTuple):
    """What a request looks at."""

    loaded: Loaded
    asked: Asked
    timed: bool
    """Whether a time filter is set."""
    ignored: str
    """The free filter, that our pages do not follow."""
    links: Links


class Page(FavaExtensionBase):
    """One of our pages."""

    template = ""
    filtered = True
    """Whether the page follows the reader's filters."""

    def __init__(self, ledger: FavaLedger, config: str | None = None) -> None:
        super().__init__(ledger, config)
        self._kept: Loaded | None = None
        guard.harden_running()

    def before_request(self) -> None:
        """Under plain `fava` the guard comes with the first request; figures asked for alone are not stale either."""
        guard.guard_request()
        appearance.dress(current_app)
        entry_door.install(current_app)
        if self.name == _KEEPER and request.blueprint == "json_api" and request.method == "GET":
            self.ledger.changed()

    def before_load_file(self) -> None:
        """Lets go of the load shown so far: two whole copies would not stand side by side longer than needed."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.forget()

    @cached_property
    def jinja_env(self) -> jinja2.Environment:
        """Fava asks for a template named after the class; the page is made by `page`, which lets nothing through."""
        whole = jinja2.DictLoader({f"{self.name}.html": "{{ extension.page() }}"})
        return jinja2.Environment(loader=whole, autoescape=True)

    @property
    def loaded(self) -> Loaded:
        """The load that Fava shows now; worked out once, whichever page is asked first."""
        keeper = self.ledger.extensions.get_extension(_KEEPER)
        own = keeper if isinstance(keeper, Page) else self
        ledger = self.ledger
        kept = own._kept
        today = real_day(Path(ledger.beancount_file_path), fava_adapter.day_asked())
        stale = kept is None or kept.entries is not ledger.all_entries or kept.errors is not ledger.load_errors
        if kept is None or stale or kept.day != today:  # a server left on past midnight judges on the new day
            refused = any(isinstance(error, fava_adapter.LoadProblem) for error in ledger.load_errors)
            kept = own._kept = read(
                ledger.beancount_file_path,
                ledger.all_entries,
                ledger.load_errors,
                dict(ledger.options),
                today,
                audited=guard.audits_loads() and not refused,
            )
        return kept

    def prepare(self) -> None:
        """Works out the page without filters; what fails is said when the page is asked for."""
        with suppress(Exception):
            loaded = self.loaded
            self.facts(View(loaded, ask(loaded.books), False, "", Links(loaded)))

    def view(self, *, bare: bool = False) -> View:
        """What the current request looks at, or everything (`bare`). Raises FavaAPIError and RefusedError."""
        loaded = self.loaded
        time, account, ignored = ("" if bare else request.args.get(name, "") for name in ("time", "account", "filter"))
        span = fava_adapter.span_of(self.ledger, time)
        match = fava_adapter.accounts_matching(account) if account else None
        return View(loaded, ask(loaded.books, span, match), span is not None, ignored.strip(), Links(loaded))

    def facts(self, view: View) -> dict[str, Any]:
        """The rows of the page."""
        raise NotImplementedError

    def page(self) -> Markup:
        """The page, or a page that says in French why it cannot be shown."""
        try:
            view = self.view(bare=not self.filtered)
            facts = {**self.facts(view), "view": view, "chips": self._chips(view), "tabs": self._tabs()}
            return self.render(self.template, facts)
        except (RefusedError, FavaAPIError) as error:
            ours = isinstance(error, (RefusedError, fava_adapter.InFrench))
            said = str(error) if ours else refusals.translated(str(error), 400, [])
        except Exception:  # our own mistake: said here, told on the console
            current_app.log_exception(sys.exc_info())
            said = refusals.SENTENCES[500]
        clear = fava_adapter.url_for("extension_report", extension_name=self.name, time=None, account=None, filter=None)
        return self.render("empechement.html", {"said": one_line(said), "clear": clear, "tabs": self._tabs()})

    def render(self, template: str, facts: dict[str, Any]) -> Markup:
        """A template filled in."""
        return Markup(_templates().get_template(template).render(page=self, **facts))  # noqa: S704 - autoescaped

    def _tabs(self) -> list[Tab]:
        return [
            Tab(label, fava_adapter.url_for("extension_report", extension_name=name), name == self.name)
            for name, label in PAGES
            if name != "Saisir" or entry_door.may_enter()
        ]

    def _chips(self, view: View) -> list[Tab]:
        """Every tree, and all of them: Fava's own account filter."""
        every = ask(view.loaded.books).trees
        if len(every) < 2 or not self.filtered:
            return []
        kept = {
            name: value for name, value in request.args.items() if name not in ("account", "partial", "compte", "bfile")
        }

        def chip(label: str, account: str | None, current: bool) -> Tab:
            parameters = {**kept, "account": account}
            return Tab(label, fava_adapter.url_for("extension_report", extension_name=self.name, **parameters), current)

        return [
            chip("Tous", None, view.asked.whole),
            *(chip(tree, tree, not view.asked.whole and view.asked.trees == (tree,)) for tree in every),
        ]


def loaded_of(ledger: FavaLedger) -> Loaded:
    """The load that a ledger shows now; its books have our pages."""
    keeper = ledger.extensions.get_extension(_KEEPER)
    assert isinstance(keeper, Page)
    return keeper.loaded


@cache
def _templates() -> jinja2.Environment:
    """Our templates, and those of reports for the drawings; the values of a page and nothing else."""
    own = Path(__file__).with_name("templates")
    loader = jinja2.FileSystemLoader([own, shipped_templates()], encoding="utf-8")
    env = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    form = Format()
    env.filters.update(
        francs=form.integer,
        fcfa=lambda units: form.money(units, label=currency_label()),
        decimale=lambda number: form.decimal(number, 1),
        quantite=form.decimal,
        en_mots=in_words,
        insecable=typeset,
        jour=form.date,
        millions=lambda units: form.decimal(Decimal(units).scaleb(-6), 1),
        part=lambda ratio: "–" if ratio is None else form.percent(ratio),
        pluriel=_plural,
    )
    return env


def _plural(count: int, one: str, many: str = "") -> str:
    """« 1 alerte », « 2 alertes »; « aucune » is the template's business."""
    word = one if count < 2 else many or f"{one}s"
    return f"{Format().integer(count)}{NBSP}{word}"
