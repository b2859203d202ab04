"""What every kind of form does while its entries are made: where they go, how they are numbered, which papers they carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.records import Account
from grandlivre.i18n import day as shown
from grandlivre.i18n import did_you_mean
from grandlivre.policy.people import without_asides
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import JOURNALS, MOBILE, STATED
from grandlivre.scaffold.accounts import slug
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.entries import Value, directive
from grandlivre.tasks.guided import known
from grandlivre.tasks.guided.arrivals import ARRIVALS, Arrival, arrival
from grandlivre.tasks.guided.form import Form
from grandlivre.tasks.guided.text import Leg, written
from grandlivre.tasks.numbers import NextNumbers
from grandlivre.tasks.proposed import Draft as Opener
from grandlivre.tasks.proposed import Opening

_OPTIONAL = ("convention", "activite", "quantite", "demandeur", "rib-beneficiaire")
_WAIVER = ("derogation", "motif", "derogation-par")
_ORDER = (
    "piece", "signataire-", "mode", "cheque", "ordre", "autorise-par", "beneficiaire", "demandeur", "rib-beneficiaire",
    "convention", "nif", "facture", "marche", "ligne", "activite", "quantite", "avance", "echeance", "registre",
    "membre", "annee", "derogation", "motif", "derogation-par", "date-valeur", "document",
)  # fmt: skip
"""The keys of an entry, in the order of the house."""
_SERIES_OF_NOTHING = "OD"
_OWN_PAPERS = frozenset({"document-pv", "document-appel", "document-reliquat"})
"""Papers of a form that are not its first entry's."""


class Part(NamedTuple):
    """An entry or a directive of a draft, and the file where it goes."""

    file: Path
    date: date
    text: str
    piece: str = ""
    """Its voucher; "" for a directive."""


class Move(NamedTuple):
    """A paper of the queue that takes the name of its voucher."""

    source: Arrival
    target: str
    """Its path in documents/."""


class Maker:
    """The entries of one form while they are made."""

    def __init__(self, desk: Desk, form: Form) -> None:
        self.desk = desk
        self.books = desk.books
        self.form = form
        self.currency = desk.books.policy.currency
        self.parts: list[Part] = []
        self.moves: list[Move] = []
        self.notes: list[str] = []
        """French sentences: what the form does by itself."""
        self.piece = ""
        """What the form is known by: its first voucher, or its dossier."""
        self._opener = Opener(desk)
        self._numbers: dict[tuple[str, str], NextNumbers] = {}
        self._taken: dict[str, str] = {}

    @property
    def openings(self) -> tuple[Opening, ...]:
        """The accounts that the entries need and no file opens."""
        return self._opener.done().openings

    # --- what is asked of every form --------------------------------------------------------------------------------

    def tree(self, name: str = "bailleur") -> str:
        """The tree of the form; "" when it is missing or unknown."""
        said = self.form.text(name, needed="dites le projet (bailleur).")
        found = {tree.casefold(): tree for tree in self.books.trees}.get(said.casefold(), "")
        if said and not found:
            trees = ", ".join(self.books.trees)
            self.form.say(name, f"« {said} » n'est pas un projet : {trees}.{did_you_mean(said, self.books.trees)}")
        elif found and not known.open_accounts(self.books, found, date.max):
            self.form.say(name, f"le projet {found} n'a aucun compte ouvert : ouvrez-les dans son comptes.beancount.")
            return ""
        return found

    def day(self, name: str = "date") -> date | None:
        """The date of the form."""
        return self.form.day(name, needed="dites la date, par exemple 2026-03-12.")

    def payee(self, name: str = "beneficiaire", needed: str = "dites à qui.") -> tuple[str, str]:
        """A name, and the identifier when it is a declared person's ("" else)."""
        said = self.form.text(name, needed=needed)
        who, called = known.person_called(self.books, said)
        return called or said, who

    def account(self, name: str, tree: str, day: date) -> Account | str:
        """The account that a field names, by its number or its whole name; "" when it is missing or wrong.

        A number of the chart that the tree does not use yet is opened with the entry.
        """
        said = self.form.text(name)
        if not said:
            return ""
        exact = self.books.accounts.get(said)
        if exact is not None and exact.opened is not None:
            return exact
        if not said.isdigit():
            names = [each.name for each in known.open_accounts(self.books, tree, day)]
            self.form.say(name, f"« {said} » n'est pas un compte ouvert.{did_you_mean(said, names)}")
            return ""
        opened = known.open_accounts(self.books, tree, day, said)
        same = [each for each in opened if each.number == said] or list(opened)
        if len(same) == 1:
            return same[0]
        if same:
            self.form.say(name, f"le {said} désigne plusieurs comptes : {', '.join(each.name for each in same)}.")
            return ""
        if not self.books.policy.chart.label(said):
            self.form.say(name, f"le {said} n'est pas dans le plan comptable (rules/plan-comptable.yaml).")
            return ""
        return self._opener.account(tree, said, day)

    def need(self, tree: str, number: str, day: date) -> str:
        """The name of a tree's account of that number, opened with the entry when there is none."""
        return self._opener.account(tree, number, day)

    def money(self, tree: str, day: date, mode: str, till: str = "") -> Account | None:
        """The account that pays or receives: the till for cash, electronic money, else the donor's bank."""
        if mode == "especes":
            return self._held(known.till_of(self.books, tree, day, till), tree, "caisse ouverte", "caisse")
        if mode == "mobile":
            return self._held(known.mobile_of(self.books, tree, day), tree, "compte de monnaie électronique", "mode")
        return self._held(known.bank_of(self.books, tree, day), tree, "compte bancaire ouvert", "bailleur")

    def _held(self, found: Account | None, tree: str, what: str, name: str) -> Account | None:
        if found is None and tree:
            self.form.say(name, f"le projet {tree} n'a pas un seul {what} : dites lequel, ou déclarez-le dans rules/.")
        return found

    def optional(self) -> dict[str, Value]:
        """The keys that any entry may carry, as they were filled in."""
        words: dict[str, Value] = {}
        for name in (*_OPTIONAL, *_WAIVER):
            if name == "quantite":
                number = self.form.number(name)
                if number is not None:
                    words[name] = number
            elif said := self.form.text(name):
                words[name] = said
        return words

    def signatories(self) -> dict[str, Value]:
        """`signataire-1`, `signataire-2`…, by identifier or name."""
        people = [known.person_called(self.books, each)[0] or each for each in self.form.words("signataires")]
        return {f"signataire-{rank}": who for rank, who in enumerate(people, 1)}

    def is_signed(self, words: Mapping[str, Value], day: date) -> bool:
        """Whether a payment named enough signatories, and nobody has still to prove it with a key."""
        rule = known.signature_rule(self.books)
        wanted, proved = (rule.count, rule.asks_visa(day)) if rule is not None else (2, False)
        return not proved and sum(1 for key in words if key.startswith("signataire-")) >= wanted

    # --- numbers, files, papers -------------------------------------------------------------------------------------

    def number(self, series: str, tree: str, day: date) -> tuple[date, str, dict[str, Value]]:
        """The day and the number of the next voucher; `date-valeur` says the real day when the series went further.

        A day in a closed period stays what it is: `check` says so.
        """
        numbers = self._numbers.setdefault((series, tree), NextNumbers(self.books, series, tree))
        if self.books.closed_on(day) is not None:
            return day, numbers.next_on(day), {}
        when, piece = numbers.next_within(day)
        if when == day:
            return when, piece, {}
        self.notes.append(
            f"La série {numbers.name} va déjà jusqu'au {shown(when)} : la pièce prend ce jour, et la date de valeur dit le "
            f"{shown(day)}."
        )
        return when, piece, {"date-valeur": day}

    def month_file(self, tree: str, day: date) -> Path:
        """Where a directive of a tree and day goes."""
        opened = next(each for each in self.books.tree_accounts(tree) if each.opened is not None)
        return self.desk.month_file(opened, day)

    def papers(self, tree: str, day: date, stem: str, only: str = "") -> dict[str, Value]:
        """The papers of the form, or the one that is this entry's; those of the queue take the name of the voucher."""
        folder = f"{self._folder(tree)}/{Period.month(day).code}"
        named = self.form.documents()
        if only:
            return {"document": self.paper(only, named[only], folder, stem)} if only in named else {}
        return {
            key: self.paper(key, path, folder, stem + key.removeprefix("document"))
            for key, path in named.items()
            if key not in _OWN_PAPERS
        }

    def paper(self, field: str, path: str, folder: str, stem: str, form: Form | None = None) -> str:
        """The path of one paper once the entry is written."""
        if not path.startswith(f"{ARRIVALS}/"):
            return path
        if path in self._taken:
            return self._taken[path]
        found = arrival(self.desk, path)
        if isinstance(found, str):
            (form or self.form).say(field, found)
            return path
        target = f"{folder}/{stem}{found.suffix}"
        taken = {move.target for move in self.moves}
        rank = 2
        while target in taken or self.books.documents.size(target) is not None:
            target = f"{folder}/{stem}-{rank}{found.suffix}"
            rank += 1
        self.moves.append(Move(found, target))
        self._taken[path] = target
        return target

    def _folder(self, tree: str) -> str:
        return known.home_of(self.books, tree).parent.name if tree else ""

    # --- entries ----------------------------------------------------------------------------------------------------

    def transaction(
        self,
        money: Account | None,
        tree: str,
        day: date,
        payee: str,
        narration: str,
        words: Mapping[str, Value],
        legs: tuple[Leg, ...],
        *,
        signed: bool = True,
        papers: Mapping[str, Value] | None = None,
        paper: str = "",
    ) -> str:
        """Adds an entry of the series of its money (OD without); returns its voucher.

        Prepared only (`!`) while its paper, or a signature on money held by a bank, is missing.
        """
        if money is not None and sum(leg.account == money.name for leg in legs) > 1:
            self.form.say("compte", f"{money.name} ne peut pas se payer lui-même : dites ce qui est acheté ou réglé.")
        series = JOURNALS[money.number[:2]] if money is not None else _SERIES_OF_NOTHING
        when, piece, real = self.number(series, tree, day)
        found = self.papers(tree, when, piece, paper) if papers is None else papers
        asked = money is not None and money.number.startswith(STATED) and any(
            leg.account == money.name and leg.units < 0 for leg in legs
        )  # fmt: skip
        flag = "*" if found and (signed or not asked) else "!"
        values = {"piece": piece, **words, **real, **found}
        ordered = dict(sorted(values.items(), key=lambda each: _rank(each[0])))
        text = written(when, flag, payee, narration, ordered, legs, self.currency)
        self.parts.append(Part(self.month_file(tree, when), when, text, piece))
        self.piece = self.piece or piece
        return piece

    def custom(self, tree: str, day: date, kind: str, values: tuple[str, ...], words: Mapping[str, Value]) -> None:
        """Adds a directive; its values are already as they are written."""
        self.parts.append(Part(self.month_file(tree, day), day, directive(day, kind, values, words)))


def _rank(key: str) -> tuple[int, str]:
    return next((at for at, stem in enumerate(_ORDER) if key.startswith(stem)), len(_ORDER)), key if "-" in key else ""


def short(name: str) -> str:
    """A name as the end of a file's name: « faso », « librairie »."""
    words = re.findall(r"[a-z0-9]+", slug(without_asides(name)).lower())
    return next((word for word in words if len(word) > 2 and word not in {"ets", "ste", "sarl", "les"}), "piece")


def is_mobile(account: Account) -> bool:
    """Whether an account is electronic money."""
    return account.is_(*MOBILE)
