"""How a rule becomes a Beancount plugin, and what plugins leave in a load's options."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grandlivre.books.index import Books, build
from grandlivre.i18n import one_line
from grandlivre.policy.limits import limits_elsewhere
from grandlivre.policy.loading import Inline, Policy, inline_policy, load_policy
from grandlivre.rules.collector import collector_off
from grandlivre.rules.finding import Finding, Level, Outcome, RuleError, in_order
from grandlivre.rules.rule import Rule
from grandlivre.rules.running import read_rule, run
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import Block, Scalar, parse

OPTION = "grandlivre"
"""The key of `options_map` under which the outcome of the rules is left."""
TODAY = "grandlivre-today"
"""The key of `options_map` under which commands and the viewer hand the day to judge at; absent: the last entry's."""
KEPT = "grandlivre-books"
"""The key of `options_map` under which a list waits for the books the rules read."""

Plugin = Callable[..., tuple[list[Any], list[RuleError]]]


def as_errors(outcome: Outcome, entries: Sequence[Any]) -> list[RuleError]:
    """The findings of level `erreur` as Beancount errors, each with the directive it stands on."""
    grave = [finding for finding in outcome.findings if finding.level == Level.ERROR]
    if not grave:
        return []
    by_line = {(entry.meta.get("filename"), entry.meta.get("lineno")): entry for entry in entries}
    return [
        RuleError(
            {"filename": finding.file, "lineno": finding.line},
            f"{finding.message} [{finding.rule}]",
            by_line.get((finding.file, finding.line)),
        )
        for finding in grave
    ]


def deposit(options: dict[str, Any], outcome: Outcome) -> None:
    """Leaves the outcome in the options; several stand-alone plugins add up."""
    before = options.get(OPTION)
    if isinstance(before, Outcome):
        outcome = Outcome(
            outcome.today,
            tuple(sorted({*before.rules, *outcome.rules})),
            in_order((*before.findings, *outcome.findings)),
            in_order((*before.waived, *outcome.waived)),
            in_order((*before.reserved, *outcome.reserved)),
        )
    options[OPTION] = outcome


def keep(options: Mapping[str, Any], books: Books) -> None:
    """Hands the books to whoever loads and asked for them: the list under `KEPT`."""
    asked = options.get(KEPT)
    if asked is not None:
        asked.append(books)


def watch(options: dict[str, Any], policy: Policy) -> None:
    """Names what the rules read among the includes: Beancount's cache then expires, and Fava reloads, when it changes.

    That is the YAML files; the folders where others, or vouchers, may come and go; and those of this program.
    """
    included = options.setdefault("include", [])
    known = set(included)
    tops = [Path(__file__).parent.parent]
    if options.get("filename"):
        tops.append(Path(str(options["filename"])).parent / "documents")
    if policy.root is not None:
        tops.append(policy.root)
    for name in (*(str(path.resolve()) for path in policy.files), *(each for top in tops for each in _folders(top))):
        if name not in known:
            known.add(name)
            included.append(name)


def _folders(top: Path) -> Iterator[str]:
    """A folder, there or not, and those inside it; hidden ones and what Python compiles left out."""
    yield str(top)
    for folder, inner, _ in os.walk(top):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__")))
        yield from (os.path.join(folder, name) for name in inner)  # noqa: PTH118 - half the time of a Path's


def plugin(cls: type[Rule]) -> Plugin:
    """One rule as a Beancount plugin of its own; its config is the rule's YAML."""

    def apply(
        entries: list[Any], options: dict[str, Any], config: str | None = None
    ) -> tuple[list[Any], list[RuleError]]:
        with collector_off():
            rule, policy = _standalone(cls, config or "", options)
            watch(options, policy)
            books = build(entries, options, policy, options.get(TODAY))
            outcome = run((rule,), books)
            main = Path(str(options.get("filename") or ""))
            stray = [_as_finding(cls.id, problem, main) for problem in policy.problems if cls.id != "reglement"]
            outcome = outcome._replace(findings=in_order(_unsaid(options, (*outcome.findings, *stray))))
        deposit(options, outcome)
        return entries, as_errors(outcome, entries)

    apply.__name__ = f"grandlivre_{cls.id.replace('-', '_')}"
    apply.__doc__ = cls.__doc__
    return apply


def _unsaid(options: Mapping[str, Any], findings: Iterable[Finding]) -> list[Finding]:
    """Findings without the mistakes of the rules that another plugin has said: all that read them find them."""
    before = options.get(OPTION)
    said = {each[:6] for each in before.findings if each.rule == "reglement"} if isinstance(before, Outcome) else set()
    return [each for each in findings if each[:6] not in said]


def _as_finding(rule: str, problem: Problem, main: Path) -> Finding:
    return Finding("reglement", Level.ERROR, str(problem.path or main), max(1, problem.line), one_line(problem.message))


def _standalone(cls: type[Rule], config: str, options: Mapping[str, Any]) -> tuple[Rule, Policy]:
    main = Path(str(options.get("filename") or ""))
    problems: list[Problem] = []
    node = parse(main, config.encode(), problems)
    problems = [problem._replace(line=1) for problem in problems]  # Beancount does not say where a plugin line stands
    block = node if isinstance(node, Block) else Block({}, 1)
    folder = block.items.get("regles")
    organisation, own = _parted(cls, block)
    if isinstance(folder, Scalar):
        policy = load_policy((main.parent / folder.text).resolve())
        written = own if own.items else policy.controls.get(cls.id)
        if isinstance(written, Scalar):
            written = None
    else:
        policy = inline_policy(organisation, main, problems)
        written = own
    found: list[Problem] = []
    rule = read_rule(cls, written, main, found)
    problems += [problem._replace(line=1) for problem in found]
    problems += [Problem(main, 1, said) for _, said in limits_elsewhere(rule, policy.currency)]
    return rule, replace(policy, problems=tuple(sorted({*policy.problems, *problems})))


def _parted(cls: type[Rule], block: Block) -> tuple[Block, Block]:
    """What a configuration says of the organisation, and the settings of the rule, under its name or not."""
    keys = {info.alias or name for name, info in Inline.declared.items()}
    inline = {key: node for key, node in block.items.items() if key in keys}
    own = {key: node for key, node in block.items.items() if key != "regles" and key not in keys}
    named = own.get(cls.id)
    if isinstance(named, Block) and len(own) == 1:  # as controles.yaml writes it
        return Block(inline, 1, block.lines), named
    return Block(inline, 1, block.lines), Block(own, 1, block.lines)
