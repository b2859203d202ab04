"""What a rule is: a frozen model whose fields are its YAML keys, whose docstring is its manual page, whose `Message`s
are its sentences, and whose `check(books)` yields findings."""

# no annotations as texts here: pydantic would evaluate those of `Voice` and `Rule` again for each rule
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import ConfigDict, Field

from grandlivre.books.documents import DOCUMENT
from grandlivre.books.index import Books
from grandlivre.books.metadata import KEYS
from grandlivre.books.part import Doubt, about
from grandlivre.books.records import Entry, Movement, Place
from grandlivre.guards.beyond import Beyond
from grandlivre.guards.guard import ANYTHING, Condition, Guard
from grandlivre.i18n import Message, plain
from grandlivre.policy.values import Model
from grandlivre.rules.finding import Finding, Level
from grandlivre.rules.slack import Slack, Weaker, slack_of

TEXT, LOAD = "texte", "beancount"
"""The voices of the inspection that read files and load errors; they are no rules, and nothing excuses from them."""
READERS = frozenset({TEXT, LOAD})


class Family(StrEnum):
    """How a director groups the controls, in the order shown."""

    SIGNATURES = "Signatures"
    CASH = "Caisses et avances"
    BANK = "Banque"
    PURCHASES = "Achats"
    VOUCHERS = "Pièces et écritures"
    FUNDS = "Bailleurs et budgets"
    GOVERNANCE = "Vie de l'organisation"
    FILES = "Fichiers et règlement"


class ClosingPoint(StrEnum):
    """The points of the closing checklist, in the order shown."""

    STATEMENTS = "Relevés de banque rapprochés"
    COUNTS = "Procès-verbaux de caisse"
    ADVANCES = "Avances à justifier"
    TRANSIT = "Virements internes soldés (58)"
    THIRD_PARTIES = "Comptes de tiers soldés ou expliqués"
    PENDING = "Écritures complètes (sans !)"
    DOCUMENTS = "Pièces justificatives"
    SERIES = "Séries de pièces sans trou ni doublon"
    PURCHASES = "Trois proformas, achats et factures"
    SIGNATURES = "Signatures et autorisations"
    BUDGETS = "Budgets et conventions"
    FUNDS = "Égalité de trésorerie par bailleur"
    TREASURY = "Caisses et banques"
    REPORTS = "Rapports dus envoyés"
    WAIVERS = "Dérogations"
    OTHER = "Autres contrôles"


class Voice(Model):
    """Who speaks in findings: a rule, or a reader of files and load errors."""

    model_config = ConfigDict(ignored_types=(Message,), defer_build=True)

    id: ClassVar[str] = ""
    """The name in messages, in waivers, and in YAML where it has settings."""
    family: ClassVar[Family]
    """Where a director looks for it."""
    closing_point: ClassVar[ClosingPoint] = ClosingPoint.OTHER
    """Where the closing checklist asks for it."""
    stoppable: ClassVar[bool] = False
    """Whether YAML may turn it off."""
    waivable: ClassVar[bool] = False
    """Whether an entry may be excused from it."""

    @classmethod
    def shipped(cls) -> Self:
        """As it is where YAML says nothing: most rules then need no validator, which costs more than the rule itself."""
        return cls.model_construct()

    def capped(self, level: Level) -> Level:
        """The level a finding takes."""
        return level

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
        level = self.capped(level)
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


class Rule(Voice):
    """Une règle de contrôle."""

    stoppable = True
    waivable = True
    settable: ClassVar[bool] = True
    """Whether it has a key of its own in controles.yaml."""
    whole: ClassVar[bool] = False
    """Whether it judges the whole organisation: it says nothing in the extract of a project, which holds neither all its
    meetings nor all its rules."""
    weakens: ClassVar[Mapping[str, Weaker]] = {}
    """By field, the way its setting goes to ask less than the shipped one."""

    level: Literal["erreur", "alerte"] = Field("erreur", alias="niveau")
    """alerte : ramène toutes les erreurs de cette règle à des alertes."""
    waiver: Literal["permise", "interdite"] = Field("permise", alias="derogation")
    """interdite : aucune dérogation n'est acceptée pour cette règle."""

    def capped(self, level: Level) -> Level:
        """Never above the level that YAML gives the rule."""
        return Level.WARNING if self.level == "alerte" else level

    def slack(self, start: date = date.min) -> Iterator[Slack]:
        """The settings that ask less than the shipped ones, on some day from `start` on."""
        fields = type(self).model_fields
        for name, way in self.weakens.items():
            shipped = fields[name].get_default(call_default_factory=True)
            yield from slack_of(fields[name].alias or name, getattr(self, name), shipped, way, start)

    def check(self, books: Books) -> Iterator[Finding]:
        """The findings of this rule on the books, and the only truth about them."""
        raise NotImplementedError

    def doubt(self, books: Books) -> Doubt | None:
        """Where in the books this rule may find something; None: anywhere.

        It makes `judge` fast and nothing else: without it the findings are the same (`tests/test_doubt.py`).
        """
        return None

    def guard(self, books: Books) -> Guard:
        """What the findings on these books hang on: a change of entries that does not meet it leaves them word for word.

        It covers `check`, `after` and `verify`, and makes the next run fast and nothing else (`tests/test_guards.py`).
        """
        return ANYTHING

    def guarded(self, books: Books, *conditions: Condition, reads: Sequence[str] | None = None) -> Guard:
        """The guard of a rule that reads neither narrations, tags nor links of ordinary entries; of keys, some or all.

        Whatever it reads, it is asked when an entry changes of which it says something.
        """
        told = self.told(books)
        unread = frozenset() if reads is None else frozenset((*KEYS, DOCUMENT)).difference(("piece", *reads))
        return Guard((Beyond(conditions, told, unread),)) if conditions or told else Guard()

    def told(self, books: Books) -> frozenset[str]:
        """The vouchers of the entries of which `check` says something, waived or not."""
        return self.remember(books, None)

    def remember(self, books: Books, found: Sequence[Finding] | None) -> frozenset[str]:
        """Keeps what `check` said, for whoever asks `told`; what was kept, else what `check` says now."""

        def read() -> frozenset[str]:
            return frozenset([each.piece for each in (self.judge(books) if found is None else found)]) - {""}

        return books.once(("told", self.id, self), read)

    def judge(self, books: Books) -> Iterator[Finding]:
        """The same findings as `check`, looked for where there is a doubt."""
        doubt = self.doubt(books)
        return self.check(books if doubt is None else about(books, doubt))

    def after(self, books: Books, rules: "Sequence[Rule]", used: frozenset[Place]) -> Iterator[Finding]:
        """Findings that depend on what the other rules said: `used` holds the entries whose waiver silenced one."""
        return iter(())

    def verify(self, books: Books) -> Iterator[Finding]:
        """Findings that ask for whole documents to be read: too slow for the plugin, `check` adds them."""
        return iter(())

    def compare(self, books: Books, former: Books) -> Iterator[Finding]:
        """What a former revision of the books knew and these hold no more: `check --since` adds it."""
        return iter(())
