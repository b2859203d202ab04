"""Every control as one Beancount plugin: `plugin "grandlivre.checks" "../rules"`.

The rules are the `Rule` classes of the modules beside this one; there is no registry to keep. Nothing is read at import.
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

from grandlivre.books.index import Books, build
from grandlivre.books.memory import MEMORY
from grandlivre.books.records import Place
from grandlivre.i18n import Message
from grandlivre.policy.loading import Policy, load_policy
from grandlivre.rules import (
    TODAY,
    Finding,
    Level,
    Outcome,
    Rule,
    RuleError,
    as_errors,
    collector_off,
    configure,
    deposit,
    keep,
    run,
    spare,
    watch,
)
from grandlivre.rules.remembered import REMEMBERED

__plugins__ = ("check",)

_STOPPED = Message(
    "Grand Livre s'est interrompu ({reason}) : aucun contrôle n'a tourné. Signalez-le à qui entretient Grand Livre."
)


@cache
def rule_classes() -> tuple[type[Rule], ...]:
    """Every rule of this package, by id."""
    found: dict[str, type[Rule]] = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Rule) and value.id:
                found[value.id] = value
    return tuple(found[id_] for id_ in sorted(found))


def rule_ids() -> frozenset[str]:
    """The names of all the rules."""
    return frozenset(cls.id for cls in rule_classes())


def rules_of(policy: Policy) -> tuple[tuple[Rule, ...], Policy]:
    """The rules that are on for a policy, and the policy with what is wrong in controles.yaml."""
    return configure(rule_classes(), policy)


def rules_for(books: Books) -> tuple[Rule, ...]:
    """The rules that are on for some books, set once."""
    return books.once(rules_for, lambda: rules_of(books.policy)[0])


def rules_in(folder: Path) -> tuple[tuple[Rule, ...], Policy]:
    """The rules that are on for the policy written in a folder, and that policy."""
    return rules_of(load_policy(folder))


def judge(
    entries: list[Any], options: dict[str, Any], set_: tuple[tuple[Rule, ...], Policy], today: date | None = None
) -> tuple[Outcome, Books]:
    """The outcome of the rules set for a policy, and the books they read."""
    rules, policy = set_
    books = build(entries, options, policy, today)
    books.once(rules_for, lambda: rules)
    return run(rules, books, rule_ids()), books


def rules_folder(options: dict[str, Any], config: str | None = None) -> Path:
    """The folder of the rules: the plugin's config, relative to the entry point."""
    main = Path(str(options.get("filename") or ""))
    written = config
    if written is None:
        written = next((text for name, text in options.get("plugin", []) if name == __name__ and text), None)
    return (main.parent / (written or "../rules")).resolve()


def check(entries: list[Any], options: dict[str, Any], config: str | None = None) -> tuple[list[Any], list[RuleError]]:
    """The Beancount plugin: entries unchanged, one error a finding of level `erreur`."""
    try:
        with collector_off():
            folder, remembered = rules_folder(options, config), options.get(REMEMBERED)
            set_ = remembered.or_read(folder, partial(rules_in, folder)) if remembered else rules_in(folder)
            if MEMORY not in options:  # a command's own load, which nothing keeps or makes again
                watch(options, set_[1])
            outcome, books = judge(entries, options, set_, options.get(TODAY))
            keep(options, books)
            del books  # gone before the collector comes back, unless kept: it would walk through all of them
            spare(entries)
    except Exception as error:  # a bug of ours is said, and the books still load
        place = Place(str(options.get("filename") or ""), 1)
        message = _STOPPED(reason=f"{type(error).__name__} : {error}")
        outcome = Outcome(date.min, (), (Finding("reglement", Level.ERROR, place.file, 1, message),), ())
    deposit(options, outcome)
    return entries, as_errors(outcome, entries)
