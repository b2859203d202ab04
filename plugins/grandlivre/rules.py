"""What a rule and a finding are, how waivers silence, and how a rule becomes a Beancount plugin.

A rule is a frozen model: its fields are its YAML keys, its docstring is its manual page, its `Message`s are its
sentences, `check(books)` yields findings. A rule that raises becomes an error that names it; the others still run.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import ConfigDict, Field

from grandlivre.books.index import Books, build
from grandlivre.books.records import Entry, Movement, Place, Waiver
from grandlivre.i18n import Message, one_line, plain
from grandlivre.policy.loading import Inline, Policy, inline_policy, load_policy
from grandlivre.policy.people import normalise
from grandlivre.policy.reading import validate
from grandlivre.policy.values import Model
from grandlivre.sources.yaml import Block, Node, Problem, Scalar, parse

OPTION = "grandlivre"
"""The key of `options_map` under which the outcome of the rules is left."""
KEPT = "grandlivre-books"
"""The key of `options_map` under which a list waits for the books the rules read."""


class Level(StrEnum):
    """How grave a finding is."""

    ERROR = "erreur"
    WARNING = "alerte"


class Finding(NamedTuple):
    """One thing that is not as it should be: which rule, where, the sentence, and its facts for machines."""

    rule: str
    level: Level
    file: str
    line: int
    message: str
    date: date | None = None
    piece: str = ""
    facts: Mapping[str, Any] = {}
    entry: Entry | None = None
    told: str = ""
    """The sentence without the figures that move on as days go by, when it holds any."""

    @property
    def steady(self) -> str:
        """What tells the finding from others, from one day to the next."""
        return self.told or self.message


class RuleError(NamedTuple):
    """A finding of level `erreur` as Beancount, Fava and editors read it."""

    source: dict[str, Any]
    message: str
    entry: Any


class Outcome(NamedTuple):
    """What the rules said of a load; picklable."""

    today: date
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    """Findings silenced by a waiver."""


class Rule(Model):
    """Une règle de contrôle."""

    model_config = ConfigDict(ignored_types=(Message,))

    id: ClassVar[str] = ""
    """The rule's name in YAML and in messages."""
    always_on: ClassVar[bool] = False
    """Whether YAML cannot turn it off."""
    on_sources: ClassVar[bool] = False
    """Whether it reads files or Beancount's errors instead of books: only `check` and the viewer run it."""

    level: Literal["erreur", "alerte"] = Field("erreur", alias="niveau")
    """alerte : ramène toutes les erreurs de cette règle à des alertes."""
    waiver: Literal["permise", "interdite"] = Field("permise", alias="derogation")
    """interdite : aucune dérogation n'est acceptée pour cette règle."""

    def check(self, books: Books) -> Iterator[Finding]:
        """The findings of this rule on the books."""
        raise NotImplementedError

    def after(self, books: Books, rules: Sequence[Rule], used: frozenset[Place]) -> Iterator[Finding]:
        """Findings that depend on what the other rules said: `used` holds the entries whose waiver silenced one."""
        return iter(())

    def verify(self, books: Books) -> Iterator[Finding]:
        """Findings that ask for whole documents to be read: too slow for the plugin, `check` adds them."""
        return iter(())

    def finding(
        self,
        message: Message,
        at: Entry | Place,
        *,
        movement: Movement | None = None,
        level: Level = Level.ERROR,
        **facts: object,
    ) -> Finding:
        """A finding that stands on an entry (or one of its postings) or on any other line."""
        if self.level == "alerte":
            level = Level.WARNING
        entry = at if isinstance(at, Entry) else None
        line = movement.line if movement is not None else at.line
        return Finding(
            self.id,
            level,
            at.file,
            max(1, line),
            message(**facts),
            entry.date if entry is not None else None,
            entry.piece if entry is not None else "",
            {key: plain(value) for key, value in facts.items()},
            entry,
            message.steady(**facts) if message.moving else "",
        )


# --- waivers ------------------------------------------------------------------------------------------------------


class WaiverFault(StrEnum):
    """Why a waiver silences nothing."""

    NO_RULE = "sans-regle"
    UNKNOWN_RULE = "regle-inconnue"
    NO_REASON = "sans-motif"
    FORBIDDEN = "interdite"
    NO_AUTHOR = "sans-auteur"
    POWERLESS = "sans-pouvoir"
    PAYEE = "beneficiaire"


def waiver_fault(waiver: Waiver, books: Books, rules: Mapping[str, Rule], known: frozenset[str]) -> WaiverFault | None:
    """What makes a waiver void, or None. Its author is asked for where somebody holds the power `autorisation`."""
    policy, entry = books.policy, waiver.entry
    if not waiver.rule:
        return WaiverFault.NO_RULE
    if waiver.rule not in known:
        return WaiverFault.UNKNOWN_RULE
    rule = rules.get(waiver.rule)
    if rule is not None and rule.waiver == "interdite":
        return WaiverFault.FORBIDDEN
    if not waiver.reason:
        return WaiverFault.NO_REASON
    if not any(mandate.power == "autorisation" for mandate in policy.mandates):
        return None
    if not waiver.by:
        return WaiverFault.NO_AUTHOR
    if not policy.holds_power(waiver.by, "autorisation", entry.value_date):
        return WaiverFault.POWERLESS
    names = {normalise(waiver.by), normalise(policy.people[waiver.by].name) if waiver.by in policy.people else ""}
    payees = {normalise(entry.payee_of(movement)) for movement in entry.movements} | {normalise(entry.payee)}
    if names & payees - {""}:
        return WaiverFault.PAYEE
    return None


# --- running ------------------------------------------------------------------------------------------------------


@contextmanager
def collector_off() -> Iterator[None]:
    """The garbage collector at rest while many small immutable records are made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_LARGE = 20_000
"""A load of that many directives is worth being spared."""


def spare(entries: Sequence[Any]) -> None:
    """Takes a large load out of the collector's sight, which would walk through all of it again before the load ends.

    What an earlier load of the same process left there is given back, and collected when nobody uses it any more.
    """
    if len(entries) < _LARGE:
        return
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    gc.freeze()


def configure(classes: Iterable[type[Rule]], policy: Policy) -> tuple[tuple[Rule, ...], Policy]:
    """The rules that are on, as controles.yaml sets them, and the policy with what is wrong in that file."""
    problems: list[Problem] = []
    path = (policy.root or Path()) / "controles.yaml"
    document = policy.documents.get("controles.yaml")
    by_id = {cls.id: cls for cls in classes}
    rules: list[Rule] = []
    for id_, node in policy.controls.items():
        if id_ not in by_id:
            line = document.line(id_) if document else node.line
            problems.append(Problem(path, line, f"La règle « {id_} » est inconnue.{_near(id_, by_id)}"))
    for id_, cls in sorted(by_id.items()):
        written = policy.controls.get(id_)
        if isinstance(written, Scalar) and written.text.lower() in ("non", "false"):
            if cls.always_on:
                problems.append(Problem(path, written.line, f"La règle « {id_} » ne peut pas être arrêtée."))
            else:
                continue
        rules.append(_read_rule(cls, written, path, problems))
    kept = tuple(sorted({*policy.problems, *problems}))
    return tuple(rules), replace(policy, problems=kept)


def _read_rule(cls: type[Rule], written: Node | None, path: Path, problems: list[Problem]) -> Rule:
    if written is None or isinstance(written, Scalar):
        if isinstance(written, Scalar) and written.text.lower() not in ("", "oui", "non", "true", "false"):
            said = f"« {cls.id} » : écrivez oui, non, ou un bloc de réglages."
            problems.append(Problem(path, written.line, said))
        return cls.model_validate({})
    found: list[Problem] = []
    rule = validate(cls, written, path, found)
    problems.extend(problem._replace(message=f"{cls.id} : {problem.message}") for problem in found)
    return rule if rule is not None else cls.model_validate({})


def _near(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Vouliez-vous écrire « {close[0]} » ?" if close else " La liste est dans rules/README.md."


def run(rules: Sequence[Rule], books: Books, known: frozenset[str] | None = None) -> Outcome:
    """Every rule over the books: findings sorted by file, line, rule and sentence; waived ones apart."""
    by_id = {rule.id: rule for rule in rules}
    names = known if known is not None else frozenset(by_id)
    raised: list[Finding] = []
    for rule in rules:
        raised += _guarded(rule, books, lambda rule=rule: rule.check(books))  # type: ignore[misc]
    valid = {
        waiver.entry.place: waiver.rule for waiver in books.waivers if waiver_fault(waiver, books, by_id, names) is None
    }
    kept: list[Finding] = []
    waived: list[Finding] = []
    for finding in raised:
        excused = finding.entry is not None and valid.get(finding.entry.place) == finding.rule
        (waived if excused else kept).append(finding)
    used = frozenset(finding.entry.place for finding in waived if finding.entry is not None)
    for rule in rules:
        kept += _guarded(rule, books, lambda rule=rule: rule.after(books, rules, used))  # type: ignore[misc]
    return Outcome(books.today, tuple(sorted(by_id)), _sorted(kept), _sorted(waived))


def verify(rules: Iterable[Rule], books: Books) -> list[Finding]:
    """What the rules say once they have read the documents whole."""
    return [each for rule in rules for each in _guarded(rule, books, lambda rule=rule: rule.verify(books))]  # type: ignore[misc]


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By place, rule and sentence; what is said twice in the same words is said once."""
    unique = {each[:5]: each for each in findings}
    ordered = sorted(unique.values(), key=lambda f: (f.file, f.line, f.rule, f.message))
    return tuple(finding._replace(entry=None) for finding in ordered)


_BROKEN = Message(
    "Le contrôle « {rule} » s'est interrompu ({reason}) : ses constats manquent, les autres contrôles ont tourné. "
    "Signalez-le à qui entretient Grand Livre."
)


def _guarded(rule: Rule, books: Books, work: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(work())
    except Exception as error:  # a broken rule must never hide the others
        document = books.policy.documents.get("controles.yaml")
        place = Place(str(document.path), document.line(rule.id)) if document else Place(books.main, 1)
        reason = f"{type(error).__name__} : {one_line(str(error))[:120]}"
        return [rule.finding(_BROKEN, place, rule=rule.id, reason=reason)]


# --- Beancount plugins --------------------------------------------------------------------------------------------

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
            _sorted((*before.findings, *outcome.findings)),
            _sorted((*before.waived, *outcome.waived)),
        )
    options[OPTION] = outcome


def keep(options: Mapping[str, Any], books: Books) -> None:
    """Hands the books to whoever loads and asked for them: the list under `KEPT`."""
    asked = options.get(KEPT)
    if asked is not None:
        asked.append(books)


def watch(options: dict[str, Any], policy: Policy) -> None:
    """Names the YAML files among the includes: Beancount's cache then expires, and Fava reloads, when one changes."""
    included = options.setdefault("include", [])
    for path in policy.files:
        name = str(path.resolve())
        if name not in included:
            included.append(name)


def plugin(cls: type[Rule]) -> Plugin:
    """One rule as a Beancount plugin of its own; its config is the rule's YAML."""

    def apply(
        entries: list[Any], options: dict[str, Any], config: str | None = None
    ) -> tuple[list[Any], list[RuleError]]:
        with collector_off():
            rule, policy = _standalone(cls, config or "", options)
            watch(options, policy)
            books = build(entries, options, policy)
            outcome = run((rule,), books)
            main = Path(str(options.get("filename") or ""))
            stray = [_as_finding(cls.id, problem, main) for problem in policy.problems if cls.id != "reglement"]
            outcome = outcome._replace(findings=_sorted(_unsaid(options, (*outcome.findings, *stray))))
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
    inline_keys = {info.alias or name for name, info in Inline.model_fields.items()}
    own = Block({k: v for k, v in block.items.items() if k != "regles" and k not in inline_keys}, 1, block.lines)
    named = own.items.get(cls.id)
    if isinstance(named, Block) and len(own.items) == 1:  # as controles.yaml writes it, under its name
        own = named
    if isinstance(folder, Scalar):
        policy = load_policy((main.parent / folder.text).resolve())
        written = own if own.items else policy.controls.get(cls.id)
        if isinstance(written, Scalar):
            written = None
    else:
        inline = Block({k: v for k, v in block.items.items() if k in inline_keys}, 1, block.lines)
        policy = inline_policy(inline, main, problems)
        written = own
    found: list[Problem] = []
    rule = _read_rule(cls, written, main, found)
    problems += [problem._replace(line=1) for problem in found]
    return rule, replace(policy, problems=tuple(sorted({*policy.problems, *problems})))
