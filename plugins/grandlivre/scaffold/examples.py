"""The examples that new books show: written with their own accounts and people, numbered and added up as they go along."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from datetime import date

import jinja2

from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.periods import Period
from grandlivre.policy.rates import parity
from grandlivre.policy.sycebnl import EXPENSES, NOT_CHARGED
from grandlivre.scaffold.accounts import name, opened
from grandlivre.scaffold.organisation import NewOrganisation, NewTree

_WIDTH = 60
"""Column where the amounts of postings end."""
_NOTES = (10_000, 5_000, 2_000, 1_000, 500)
_COINS = (250, 200, 100, 50, 25, 10, 5, 1)
_LATEST_START = 5
"""Books that begin later in a month show their examples in the next one."""


class Examples:
    """What the texts of new books are filled with. Each voucher takes the next number, each posting moves its account."""

    def __init__(self, org: NewOrganisation) -> None:
        self.org = org
        self.month = example_month(org)
        self._numbers: Counter[tuple[str, str]] = Counter(("OD", tree.code) for tree in org.trees if tree.opening)
        self._held: Counter[str] = Counter()
        for tree in org.trees:
            self._held.update({name(tree, each): units for each, units in tree.opening})

    def fill(self, text: str) -> str:
        """A text with its gaps filled; called on the texts in the order they are read."""
        environment = jinja2.Environment(  # noqa: S701 - Markdown, not a page
            trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
        )
        return environment.from_string(text).render(
            ong=self.org,
            sigle=self.org.acronym,
            devise=self.org.currency,
            mois=self.month.code,
            annee=self.month.start.year,
            fin=calendar.monthrange(self.month.start.year, self.month.start.month)[1],
            fonct=self._tree(OWN_TREE),
            arbres=self.org.trees,
            bailleurs=[tree for tree in self.org.trees if tree.code != OWN_TREE],
            direction=self._signer("direction", "directeur"),
            bureau=self._signer("bureau-executif", "president"),
            membres=[person.id for person in self.org.people if person.college == "bureau-executif"],
            agent=self._person("programme", "appui", "direction"),
            controleur=next((m.person for m in self.org.mandates if m.power == "controle-caisse"), "comptable"),
            piece=self.voucher,
            compte=self.account,
            banque=lambda tree: name(tree, tree.banks[0]),
            caisse=lambda tree: name(tree, tree.tills[0][0]),
            mobile=lambda tree: name(tree, tree.mobile[0]),
            ligne=self.posting,
            appel=self.foreign,
            valeur=self.worth,
            solde=self.held,
            charges=self.charges,
            billets=lambda units: change(units, _NOTES),
            monnaie=lambda units: change(units % _NOTES[-1], _COINS),
        )

    def voucher(self, series: str, tree: NewTree) -> str:
        """The next number of a series."""
        self._numbers[series, tree.code] += 1
        return f"{series}-{tree.code}-{self.month.start.year}-{self._numbers[series, tree.code]:04d}"

    def account(self, tree: NewTree, number: str) -> str:
        """The tree's account of a number, else the first that extends it."""
        accounts = opened(tree)
        found = next((each for each in accounts if each.number == number), None) or next(
            each for each in accounts if each.number.startswith(number)
        )
        return name(tree, found)

    def posting(self, account: str, units: int, currency: str = "", cost: int = 0) -> str:
        """A posting's line, and its account moved; `cost` is the whole worth of an amount in another currency."""
        written = f"{units} {currency or self.org.currency}"
        if cost:
            written += f" @@ {cost} {self.org.currency}"
        if not currency or cost:
            self._held[account] += (cost if units > 0 else -cost) if cost else units
        room = _WIDTH - 2 - len(str(units))
        return f"  {account.ljust(room - 1)} {written}"

    def foreign(self, tree: NewTree) -> str:
        """The currency of an example of instalment: the agreement's, the euro where that is the books' own."""
        return tree.called if tree.called != self.org.currency else "EUR"

    def worth(self, tree: NewTree) -> int:
        """What ten thousand of it are worth, in whole units of the books."""
        said = tree.agreement.rate if tree.agreement is not None else None
        return int((said or parity("EUR", "XOF") or 1) * 10_000)

    def held(self, account: str) -> int:
        """The balance of an account after what was shown so far."""
        return self._held[account]

    def charges(self, tree: NewTree) -> int:
        """The charges of a tree so far, as its share of funds pays them."""
        accounts = {name(tree, each): each.number for each in opened(tree)}
        paid = (name for name, number in accounts.items() if number.startswith(EXPENSES))
        return sum(self._held[each] for each in paid if not accounts[each].startswith(NOT_CHARGED))

    def _tree(self, code: str) -> NewTree:
        found = self.org.tree(code)
        assert found is not None, "every organisation has its own tree"
        return found

    def _signer(self, college: str, usual: str) -> str:
        colleges = {person.id: person.college for person in self.org.people}
        signers = [mandate.person for mandate in self.org.mandates if mandate.power == "signature-bancaire"]
        return next((each for each in signers if colleges.get(each) == college), usual)

    def _person(self, *colleges: str) -> str:
        found = (person.id for college in colleges for person in self.org.people if person.college == college)
        return next(found, "comptable")


def example_month(org: NewOrganisation) -> Period:
    """The month of the examples: the first whole one, or nearly, that is kept in the books."""
    first = org.adopted
    if first.day <= _LATEST_START:
        return Period.month(first)
    later = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return Period.month(later)


def change(units: int, pieces: tuple[int, ...]) -> str:
    """An amount in notes or coins, as `pv-caisse` writes them: « 10000x8 500x1 »."""
    found = []
    for each in pieces:
        count, units = divmod(units, each)
        if count:
            found.append(f"{each}x{count}")
    return " ".join(found)


def forms(text: str) -> list[tuple[str, str, str]]:
    """The entry forms of a page: the word in backquotes that ends a title, the title, and the block under it."""
    return [
        (word, title.strip(), block)
        for title, word, block in re.findall(
            r"^### (.+?) \(`([a-z-]+)`\)$.*?^```beancount\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
        )
    ]
