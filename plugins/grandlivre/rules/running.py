"""How rules are set by controles.yaml and run over books: one that raises becomes an error that names it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.i18n import Message, did_you_mean, one_line
from grandlivre.policy.limits import limits_elsewhere
from grandlivre.policy.loading import Document, Policy
from grandlivre.policy.reading import validate
from grandlivre.rules.finding import Finding, Level, Outcome, in_order
from grandlivre.rules.reserves import reserves
from grandlivre.rules.rule import READERS, Rule
from grandlivre.rules.waivers import waiver_fault
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import Node, Scalar

_ON, _OFF = ("", "oui", "true"), ("non", "false")
"""What a key of controles.yaml may say in place of settings."""


def configure(classes: Iterable[type[Rule]], policy: Policy) -> tuple[tuple[Rule, ...], Policy]:
    """The rules that are on, as controles.yaml sets them, and the policy with what is wrong in that file."""
    problems: list[Problem] = []
    path = (policy.root or Path()) / "controles.yaml"
    document = policy.documents.get("controles.yaml")
    by_id = {cls.id: cls for cls in classes}
    rules: list[Rule] = []
    stopped: list[str] = []
    for id_, node in policy.controls.items():
        if id_ in READERS:
            if not isinstance(node, Scalar) or node.text.lower() not in _ON:
                said = f"« {id_} » n'a pas de réglage et ne peut pas être arrêté : retirez cette clé."
                problems.append(Problem(path, node.line, said))
        elif id_ not in by_id:
            line = document.line(id_) if document else node.line
            hint = did_you_mean(id_, by_id, " La liste est dans rules/README.md.")
            problems.append(Problem(path, line, f"La règle « {id_} » est inconnue.{hint}"))
    for id_, cls in sorted(by_id.items()):
        written = policy.controls.get(id_)
        if isinstance(written, Scalar) and written.text.lower() in _OFF:
            if not cls.stoppable:
                problems.append(Problem(path, written.line, f"La règle « {id_} » ne peut pas être arrêtée."))
            else:
                stopped.append(id_)
                continue
        rule = read_rule(cls, written, path, problems)
        rules.append(rule)
        for where, said in limits_elsewhere(rule, policy.currency, (id_,)):
            line = document.line(*where) if document else 1
            problems.append(Problem(path, line, f"{id_} : {said}"))
        problems += _weakened(rule, path, document)
    kept = tuple(sorted({*policy.problems, *problems}))
    return tuple(rules), replace(policy, problems=kept, stopped=tuple(stopped))


def _weakened(rule: Rule, path: Path, document: Document | None) -> Iterator[Problem]:
    """What a rule that nothing may weaken is asked to let go."""
    if rule.stoppable or document is None:
        return
    if Level(rule.level) is Level.WARNING and Level(type(rule).shipped().level) is not Level.WARNING:
        said = f"La règle « {rule.id} » ne se ramène pas à des alertes : retirez niveau."
        yield Problem(path, document.line(rule.id, "niveau"), said)
    if rule.waiver == "permise" and type(rule).shipped().waiver == "interdite":
        said = f"La règle « {rule.id} » n'admet aucune dérogation : retirez derogation."
        yield Problem(path, document.line(rule.id, "derogation"), said)
    for key, now, shipped in rule.slack():
        said = f"La règle « {rule.id} » ne s'affaiblit pas : {key} vaut {now}, Grand Livre exige {shipped}. Rétablissez-le."
        yield Problem(path, document.line(rule.id, key), said)


def read_rule(cls: type[Rule], written: Node | None, path: Path, problems: list[Problem]) -> Rule:
    if written is None or isinstance(written, Scalar):
        if isinstance(written, Scalar) and written.text.lower() not in (*_ON, *_OFF):
            said = f"« {cls.id} » : écrivez oui, non, ou un bloc de réglages."
            problems.append(Problem(path, written.line, said))
        return cls.shipped()
    found: list[Problem] = []
    rule = validate(cls, written, path, found)
    problems.extend(problem._replace(message=f"{cls.id} : {problem.message}") for problem in found)
    return rule if rule is not None else cls.shipped()


def run(rules: Sequence[Rule], books: Books, known: frozenset[str] | None = None) -> Outcome:
    """Every rule over the books: findings sorted by file, line, rule and sentence; waived ones apart.

    Where a file of the rules cannot be read, only those run that say so: the others would judge by what is missing.
    """
    if books.policy.unread:
        rules = [rule for rule in rules if not rule.settable]
    if books.policy.organisation.extract:
        rules = [rule for rule in rules if not rule.whole]
    by_id = {rule.id: rule for rule in rules}
    names = known if known is not None else frozenset(by_id)
    raised: list[Finding] = []
    for rule in rules:
        found = _guarded(rule, books, lambda rule=rule: rule.judge(books))  # type: ignore[misc]
        rule.remember(books, found)
        raised += found
    kept, waived, reserved = _parted(raised, books, _excused(books, by_id, names))
    used = frozenset(finding.entry.place for finding in waived if finding.entry is not None)
    for rule in rules:
        kept += _guarded(rule, books, lambda rule=rule: rule.after(books, rules, used))  # type: ignore[misc]
    return Outcome(books.today, tuple(sorted(by_id)), in_order(kept), in_order(waived), in_order(reserved))


def _excused(books: Books, by_id: Mapping[str, Rule], names: frozenset[str]) -> dict[Place, str]:
    """The rule that each entry is validly excused from."""
    valid = [waiver for waiver in books.waivers if waiver_fault(waiver, books, by_id, names) is None]
    return {waiver.entry.place: waiver.rule for waiver in valid}


def _parted(
    raised: Iterable[Finding], books: Books, excused: Mapping[Place, str]
) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """The findings that stand, those that a waiver silences, and those that a closing declared open."""
    kept: list[Finding] = []
    waived: list[Finding] = []
    reserved: list[Finding] = []
    declared = reserves(books.closings)
    for finding in raised:
        if finding.entry is not None and excused.get(finding.entry.place) == finding.rule:
            waived.append(finding)
        elif any(reserve.covers(finding) for reserve in declared):
            reserved.append(finding)
        else:
            kept.append(finding)
    return kept, waived, reserved


def verify(rules: Sequence[Rule], books: Books) -> list[Finding]:
    """What the rules say once they have read the documents whole, less what is waived and what a closing declared open."""
    return verified(rules, books)[0]


def verified(
    rules: Sequence[Rule], books: Books, known: frozenset[str] | None = None
) -> tuple[list[Finding], list[Finding]]:
    """The same, then what is waived."""
    by_id = {rule.id: rule for rule in rules}
    found = [each for rule in rules for each in _guarded(rule, books, lambda rule=rule: rule.verify(books))]  # type: ignore[misc]
    excused = _excused(books, by_id, known if known is not None else frozenset(by_id))
    kept, waived, _ = _parted(found, books, excused)
    return kept, waived


def compare(rules: Iterable[Rule], books: Books, former: Books) -> list[Finding]:
    """What the rules say of what a former revision knew and the books hold no more; nothing excuses from it."""
    return [
        each
        for rule in rules
        for each in _guarded(rule, books, lambda rule=rule: rule.compare(books, former))  # type: ignore[misc]
    ]


_INTERRUPTED = "s'est interrompu ("
_BROKEN = Message(
    "Le contrôle « {rule} » s'est interrompu ({reason}) : ses constats manquent, les autres contrôles ont tourné. "
    "Signalez-le à qui entretient Grand Livre."
)


def was_interrupted(finding: Finding) -> bool:
    """Whether a finding says that a control, or all of them, raised an error of ours: another run may say something else."""
    return _INTERRUPTED in finding.message


def _guarded(rule: Rule, books: Books, work: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(work())
    except Exception as error:  # a broken rule must never hide the others
        document = books.policy.documents.get("controles.yaml")
        place = Place(str(document.path), document.line(rule.id)) if document else Place(books.main, 1)
        reason = f"{type(error).__name__} : {one_line(str(error))[:120]}"
        return [rule.finding(_BROKEN, place, rule=rule.id, reason=reason)]
