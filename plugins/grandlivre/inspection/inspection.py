"""One inspection of the books: files first, then the load, then every rule, all findings in one list.

Files are audited and read for typing traps before Beancount sees them. What the audit refuses is never loaded; a file
that Beancount cannot read is said in our words, in place of its cascade. No load is cached.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from operator import is_
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beancount.ops.pad import PadError

from grandlivre.books.index import Books, build
from grandlivre.books.loading import Ahead, Load, Parsing
from grandlivre.books.loading import load as load_books
from grandlivre.books.memory import MEMORY, Memory
from grandlivre.books.records import Place
from grandlivre.books.second import second_reader
from grandlivre.checks import judge, rule_ids, rules_folder, rules_for, rules_in
from grandlivre.i18n import Message
from grandlivre.inspection.sightings import sightings
from grandlivre.inspection.text import TextVoice
from grandlivre.policy.loading import Policy, load_policy
from grandlivre.rules import (
    KEPT,
    LOAD,
    OPTION,
    READERS,
    TEXT,
    TODAY,
    Finding,
    Level,
    Outcome,
    RuleError,
    collector_off,
    in_order,
    run,
    verified,
)
from grandlivre.rules import compare as compare_books
from grandlivre.rules.remembered import REMEMBERED, RememberedRules
from grandlivre.sources import audit, find_traps, walk
from grandlivre.sources.facts import AuditFact
from grandlivre.sources.files import Walk
from grandlivre.sources.overlay import Overlay, current, showing
from grandlivre.sources.typing_traps import Trap

if TYPE_CHECKING:
    from grandlivre.inspection.load_errors import LoadErrors

_STEADY = READERS | {"reglement", "periode-close", "piece-justificative", "piece-reutilisee", "releve-fichier"}
"""Whoever says the same on any day; the last four have read documents whole."""
_UNDECLARED = Message(
    "{main} ne déclare pas les contrôles : bean-check et Fava n'en feraient aucun. "
    'Ajoutez la ligne plugin "grandlivre.checks" "../rules".'
)


@dataclass(frozen=True)
class Inspection:
    """What an inspection read and found."""

    main: Path
    """The entry point, absolute."""
    today: date
    rules: tuple[str, ...]
    """The rules that ran."""
    findings: tuple[Finding, ...]
    """Sorted by file, line, rule, sentence."""
    waived: tuple[Finding, ...]
    entries: Sequence[Any]
    options: Mapping[str, Any]
    halted: bool
    """Whether the files could not be loaded, or not wholly: the rules that read books then did not run."""
    judged: Books | None = None
    """The books the rules read, when they are still those of the load."""
    _days: dict[date, Inspection] = field(default_factory=dict, compare=False, repr=False)
    """The same judged on other days: the reports of a period share one."""

    @property
    def root(self) -> Path:
        """The folder that holds ledger/ and rules/."""
        return self.main.parent.parent

    def relative(self, file: str) -> str:
        """A path as messages print it: relative to `root` when inside, with `/`."""
        return relative(file, self.root)

    @property
    def last_entry(self) -> date | None:
        """The day of the last transaction; None without any."""
        return self.books.entries[-1].date if self.books.entries else None

    @property
    def example(self) -> bool:
        """Whether these are example books, judged at a day of their own."""
        return self.policy.organisation.example is not None

    def at(self, day: date) -> Inspection:
        """The same inspection, the rules judging on another day; what does not depend on the day stays as it was said."""
        if day == self.books.today or self.halted:
            return self
        if day not in self._days:
            self._days[day] = self._judged_on(day)
        return self._days[day]

    def forget(self) -> None:
        """Lets go of what was judged on other days, and of what was worked out of the books."""
        for each in self._days.values():
            each.forget()
        self._days.clear()
        if self.judged is not None:
            self.judged.forget()

    def _judged_on(self, day: date) -> Inspection:
        books = self.books.at(day)
        outcome = run(rules_for(self.books), books, rule_ids())
        steady = [finding for finding in self.findings if finding.rule in _STEADY]
        findings = in_order([*steady, *outcome.findings])
        waived = in_order([*(finding for finding in self.waived if finding.rule in _STEADY), *outcome.waived])
        return replace(self, today=day, findings=findings, waived=waived, judged=books, _days={})

    @property
    def errors(self) -> int:
        """How many findings of level `erreur`."""
        return sum(finding.level == Level.ERROR for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings of level `alerte`."""
        return len(self.findings) - self.errors

    @cached_property
    def policy(self) -> Policy:
        """The policy the books were judged by."""
        if self.judged is not None:
            return self.judged.policy
        return rules_in(rules_folder(dict(self.options)))[1]

    @cached_property
    def books(self) -> Books:
        """The index over the load."""
        if self.judged is not None:
            return self.judged
        with collector_off():
            return build(list(self.entries), self.options, self.policy, self.today)


def relative(file: str, root: Path) -> str:
    """A path relative to a folder when it stands inside, else as it is; always with `/`."""
    try:
        return Path(file).relative_to(root).as_posix()
    except ValueError:
        return Path(file).as_posix()


def inspect(
    main: Path,
    today: date | None = None,
    memory: Memory | None = None,
    plain: Collection[Path] = (),
    parsed: Parsing | None = None,
    remembered: RememberedRules | None = None,
) -> Inspection:
    """Reads and judges the books whose entry point is `main`; never raises for what stands in them.

    With a memory, what earlier checks worked out of unchanged documents and sealed files is believed; so are the rules as they were
    `remembered`; so is it of ledgers known as
    `plain` that they hold neither a typing trap nor what must not be loaded, and of files `parsed` before what the parser made of them.
    """
    main = main.resolve()
    with collector_off():
        return _inspect(
            main,
            today,
            lambda ahead: load_books(
                main, {KEPT: [], TODAY: today, MEMORY: memory, REMEMBERED: remembered}, parsed, ahead
            ),
            plain=plain,
        )


def inspect_with(main: Path, overlay: Overlay, today: date | None = None, parsed: Parsing | None = None) -> Inspection:
    """The books as they would be with a change that nobody has written, judged as `inspect` judges."""
    with showing(overlay):
        return inspect(main, today, parsed=parsed)


def inspect_loaded(main: Path, load: Load, today: date | None = None, *, audited: bool = False) -> Inspection:
    """The same over a load already made, whose files may have been audited just before: the viewer says what `check` does."""
    with collector_off():
        if not audited:
            return _inspect(main, today, lambda _ahead: load, parses=False)
        seen = sightings(main.resolve())
        walked = seen.last()
        traps = list(find_traps(walked, seen.quiet("traps")))
        seen.searched("traps", (trap.path for trap in traps))
        seen.forget_texts()
        return _inspected(main, today, lambda: load, walked, [], traps)


def _inspect(
    main: Path,
    today: date | None,
    load: Callable[[Ahead | None], Load],
    *,
    plain: Collection[Path] = (),
    parses: bool = True,
) -> Inspection:
    """The inspection of books whose `load` is made beside a second process, unless it parses nothing."""
    walked = walk(main)
    with second_reader(_to_parse(walked, plain) if parses and not current().texts else {}) as second:
        refused, traps = list(audit(walked, plain=plain)), list(find_traps(walked, plain))
        return _inspected(main, today, partial(load, second), walked, refused, traps)


def _to_parse(walked: Walk, plain: Collection[Path]) -> dict[str, int]:
    """The files that nobody has read before, in the order in which the loader asks for them, and their sizes."""
    return {
        str(each.path): len(each.data) for each in walked.files[1:] if each.problem is None and each.path not in plain
    }


def _inspected(
    main: Path,
    today: date | None,
    load: Callable[[], Load],
    walked: Walk,
    refused: Sequence[AuditFact],
    traps: Sequence[Trap],
) -> Inspection:
    text = TextVoice.shipped()
    findings = list(text.of_facts(walked, refused, traps))
    if refused or walked.files[0].problem is not None:
        return _halted(main, today, findings)
    # files whose text Beancount cannot read rightly: our sentences replace its cascade
    broken = frozenset(str(trap.path) for trap in traps if trap.fatal)
    try:
        entries, errors, options = load()
    except Exception as error:  # Beancount's own: no entry, so no rule can run
        return _halted(main, today, [*findings, _load_errors().stop(error, str(main))])
    outcome, books, stray = _judged(main, entries, options, today)
    findings += _translated(main, errors, broken)
    if broken:
        policy_only = [f for f in outcome.findings if not f.file.endswith(".beancount")]
        return _halted(main, today, [*findings, *policy_only], entries, options)
    if load_policy(rules_folder(options)).unread if books is None else books.policy.unread:
        return _halted(main, today, [*findings, *outcome.findings], entries, options)
    findings += [*outcome.findings, *stray]
    return _reread(
        Inspection(
            main,
            outcome.today,
            tuple(sorted({*outcome.rules, *READERS})),
            in_order(findings),
            outcome.waived,
            entries,
            options,
            False,
            books,
        )
    )


def _translated(main: Path, errors: Sequence[Any], broken: frozenset[str]) -> Iterable[Finding]:
    """Beancount's own errors in our words, less those of files that cannot be read rightly."""
    # `reglement` refuses every pad: what Beancount makes of one says nothing more
    mute = (RuleError,) if broken else (RuleError, PadError)
    foreign = [error for error in errors if not isinstance(error, mute) and _file(error) not in broken]
    return _load_errors().translate(foreign, str(main)) if foreign else ()


def _load_errors() -> LoadErrors:
    """Imported for books that do not load cleanly: it compiles every sentence of Beancount's."""
    from grandlivre.inspection.load_errors import LoadErrors

    return LoadErrors.shipped()


def _reread(found: Inspection) -> Inspection:
    """The same with what documents say once read whole; the plugin looks at their names and sizes only."""
    kept, waived = verified(
        [rule for rule in rules_for(found.books) if rule.id in found.rules], found.books, rule_ids()
    )
    if not kept and not waived:
        return found
    return replace(found, findings=in_order([*found.findings, *kept]), waived=in_order([*found.waived, *waived]))


def compare(found: Inspection, former: Inspection) -> tuple[Finding, ...]:
    """What a former revision of the same books knew and these hold no more: seals, last vouchers.

    What is gone stands where it stood; nothing is said where one of the two could not be loaded whole.
    """
    if found.halted or former.halted:
        return ()
    said = compare_books([rule for rule in rules_for(found.books) if rule.id in found.rules], found.books, former.books)
    return in_order(each._replace(file=str(found.root / relative(each.file, former.root))) for each in said)


def _file(error: Any) -> str:
    source = getattr(error, "source", None) or {}
    return str(source.get("filename", ""))


def _judged(
    main: Path, entries: list[Any], options: dict[str, Any], today: date | None
) -> tuple[Outcome, Books | None, list[Finding]]:
    declared = any(str(name).startswith("grandlivre.checks") for name, _ in options.get("plugin", []))
    outcome = options.get(OPTION)
    kept: list[Books] = options.pop(KEPT, [])
    books = kept[-1] if kept and _same(kept[-1].raw, entries) else None
    stray: list[Finding] = []
    if not declared:
        place = Place(str(main), 1)
        message = _UNDECLARED(main=main.name)
        stray.append(Finding("reglement", Level.ERROR, place.file, place.line, message))
    whole = any(name == "grandlivre.checks" for name, _ in options.get("plugin", []))
    other_day = today is not None and isinstance(outcome, Outcome) and outcome.today != today
    if not isinstance(outcome, Outcome) or (other_day and (whole or not declared)):
        outcome, books = judge(entries, options, rules_in(rules_folder(options)), today)
    return outcome, books, stray


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two sequences hold the very same objects: no plugin changed the entries after ours."""
    return len(one) == len(other) and all(map(is_, one, other))


def _halted(
    main: Path,
    today: date | None,
    findings: list[Finding],
    entries: Sequence[Any] = (),
    options: Mapping[str, Any] | None = None,
) -> Inspection:
    return Inspection(
        main,
        today or date(1970, 1, 1),
        (LOAD, "reglement", TEXT) if options else (TEXT,),
        in_order(findings),
        (),
        entries,
        options or {"filename": str(main)},
        True,
    )


def refusals(main: Path) -> list[tuple[Path, int, str]]:
    """What forbids loading the books at all: (file, line, French sentence) of each fact of the static audit."""
    seen = sightings(main.resolve())
    walked = seen.look()
    text = TextVoice.shipped()
    facts = list(audit(walked, plain=seen.quiet("audit")))
    seen.searched("audit", (fact.path for fact in facts))
    found = [text.of_audit(fact, walked.main.name) for fact in facts]
    return [(Path(finding.file), finding.line, finding.message) for finding in found]
