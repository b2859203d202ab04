"""The rule `bailleurs-croises`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement, Pattern
from grandlivre.guards.guard import Carrying, Guard, OnAccounts
from grandlivre.guards.moving import Across
from grandlivre.i18n import Message, Money, listing
from grandlivre.policy.sycebnl import BANK, JOURNALS, MOBILE, MONEY, TILL, TRANSFERS
from grandlivre.policy.values import exponent
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, plugin


class CrossedDonors(Rule):
    """Argent d'un bailleur mêlé à celui d'un autre, ou virement entre bailleurs qui ne passe pas par le 585.

    Une écriture ne touche qu'un seul projet : la dépense d'un bailleur est payée par sa banque, ses caisses
    ou sa monnaie électronique, jamais par celles d'un autre. Seule exception : un prêt entre projets, passé par des
    comptes déclarés (`prets:` dans le fichier du bailleur), équilibré dans chaque projet et couvert par une dérogation.
    Sans ces comptes, la dérogation ne vaut rien.

    Seuls les projets que décrit un fichier de bailleur sont jugés ; les autres relèvent de `reglement`.

    Entre la banque (52), la monnaie électronique (55) et la caisse (57) d'un même projet, l'argent passe par le compte
    585 en deux écritures du même jour, chacune dans sa série. Un mouvement direct est refusé ; le constat montre les
    deux écritures à passer. Une extourne répète la faute de l'écriture qu'elle annule : elle n'est pas signalée.

    Une part de charges communes (`reciproque: TRUE`) n'est pas un achat : elle va par deux, du même montant, l'une qui
    sort de la banque d'un projet, l'autre qui entre dans celle d'un autre. Une part seule est une alerte.

    Source : manuel de procédures (un compte bancaire par partenaire financier).

    Exemple : un atelier de GENRE payé par la banque de UE-EAU ; un retrait de 150 000 FCFA passé de la banque à la
    caisse en une seule écriture.
    """

    id = "bailleurs-croises"
    family = Family.FUNDS
    closing_point = ClosingPoint.TREASURY
    stoppable = False

    paid = Message(
        "{account} ({payer}) paie {amount} pour {others} : l'argent d'un bailleur ne paie que ses propres dépenses. "
        "Passez une écriture par bailleur, chacune payée par sa banque ou sa caisse ; pour une charge commune, "
        "une quote-part en deux écritures reciproque: TRUE."
    )
    mixed = Message(
        "Cette écriture mêle les projets {trees} : une écriture, un seul projet. Séparez-la en une écriture par bailleur."
    )
    lopsided = Message(
        "Ce prêt entre {trees} n'est pas équilibré dans chaque projet ({tree} : écart de {gap}). "
        "Ajoutez dans ce projet le compte de prêt ou de banque qui manque."
    )
    loan = Message(
        "Prêt entre les projets {trees} : il lui faut une dérogation. Faites-le approuver, puis ajoutez "
        'derogation: "bailleurs-croises", motif: et derogation-par:.'
    )
    direct = Message(
        "Mouvement direct de {amount} de {sources} vers {targets} : passez par le 585, en deux écritures du même jour. "
        "{form}."
    )

    alone = Message(
        "Cette part de charges communes de {amount} (reciproque: TRUE) n'a pas sa contrepartie dans un autre projet : "
        "une part s'écrit deux fois, D 6 / C 52 dans le projet qui la paie, D 52 / C 781 dans celui qui la reçoit. "
        "Passez l'écriture qui manque, ou retirez reciproque: d'un achat ordinaire."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each entry alone, a storno repeats what it reverses; then the shares of common costs, two by two."""
        yield from self._shares(books)
        strays, kinds = _strays(books), _kinds(books)
        for entry in books.entries:
            if entry.is_storno:
                continue
            trees = _trees(books, entry, strays)
            if len(trees) > 1:
                yield self._crossed(books, entry, strays, trees)
            elif not entry.kind:
                yield from self._direct(books, entry, kinds)

    def guard(self, books: Books) -> Guard:
        """Entries on several kinds of treasury, on an account that another tree declares, and the shares of common costs."""
        strays = OnAccounts(frozenset(_strays(books)))
        return self.guarded(
            books, Across(tuple(JOURNALS)), strays, Carrying(frozenset({"reciproque"})), reads=("reciproque",)
        )

    def doubt(self, books: Books) -> Doubt:
        """Shares of common costs, and accounts of several trees or of several kinds of treasury together."""
        strays, kinds = _strays(books), _kinds(books)
        donors = books.policy.donors

        def suspect(pattern: Pattern) -> bool:
            touched = {kinds[account.name] for account in pattern.accounts} - {""}
            return (
                sum(tree in donors for tree in pattern.trees) > 1
                or len(touched) > 1
                or any(a.name in strays for a in pattern.accounts)
            )

        return Doubt([*books.carrying("reciproque"), *books.matching(suspect)])

    # --- two trees ------------------------------------------------------------------------------------------------

    def _crossed(
        self, books: Books, entry: Entry, strays: Mapping[str, str], trees: Mapping[str, list[Movement]]
    ) -> Finding:
        loans = books.policy.loan_accounts
        if all(any(m.account.name in loans for m in movements) for movements in trees.values()):
            return self._loan(entry, trees, books.policy.currency)
        names = sorted(trees)
        payers = {tree: paying for tree in names if (paying := _payers(trees[tree]))}
        if len(payers) == 1:
            [(payer, [first, *_])] = payers.items()
            others = [tree for tree in names if tree != payer]
            amount = sum(m.value for tree in others for m in trees[tree])
            if amount > 0:
                account = first.account.name
                return self._final(
                    self.paid, entry, account=account, payer=payer, amount=Money(amount), others=others, trees=names
                )
        return self._final(self.mixed, entry, trees=names)

    def _loan(self, entry: Entry, trees: Mapping[str, list[Movement]], francs: str) -> Finding:
        """A loan by declared accounts: balanced in each tree, it asks for a waiver only."""
        names = sorted(trees)
        for tree in names:
            for currency, gap in _gaps(trees[tree], francs).items():
                if gap:
                    shown = Money(gap, currency, exponent(currency))
                    return self._final(self.lopsided, entry, trees=names, tree=tree, gap=shown)
        return self.finding(self.loan, entry, trees=names)

    def _final(self, message: Message, entry: Entry, **facts: Any) -> Finding:
        """A finding that no waiver silences: waivers are for declared loan accounts only."""
        return self.finding(message, entry, **facts)._replace(entry=None)

    # --- shares of common costs -----------------------------------------------------------------------------------

    def _shares(self, books: Books) -> Iterator[Finding]:
        if books.policy.organisation.extract:
            return  # the other half of a share stands in the books that the extract was drawn from
        for entry in books.shared_costs.alone:
            amount = sum(m.value for m in entry.movements if m.value > 0)
            yield self.finding(self.alone, entry, level=Level.WARNING, amount=Money(amount))

    # --- bank, mobile money and till of one tree --------------------------------------------------------------------

    def _direct(self, books: Books, entry: Entry, kinds: Mapping[str, str]) -> Iterator[Finding]:
        given, taken = _sides(entry, kinds)
        if not given or not taken or _touched(given, kinds) == _touched(taken, kinds):
            return
        moved = min(-sum(m.value for m in given), sum(m.value for m in taken))
        leaving, coming = _parts(given, moved), _parts(taken, moved)
        yield self.finding(
            self.direct,
            entry,
            amount=Money(moved),
            sources=listing(tuple(dict.fromkeys(name for name, _ in leaving))),
            targets=listing(tuple(dict.fromkeys(name for name, _ in coming))),
            form=_form(books, entry.tree, kinds, leaving, coming),
        )


def _payers(movements: Iterable[Movement]) -> list[Movement]:
    """The movements that pay."""
    return [m for m in movements if m.account.is_(*MONEY) and m.value < 0]


def _sides(entry: Entry, kinds: Mapping[str, str]) -> tuple[list[Movement], list[Movement]]:
    """The movements of treasury: those that give, those that take."""
    moved = [movement for movement in entry.movements if kinds[movement.account.name]]
    return [movement for movement in moved if movement.value < 0], [
        movement for movement in moved if movement.value > 0
    ]


def _touched(movements: Iterable[Movement], kinds: Mapping[str, str]) -> set[str]:
    """The kinds of treasury of some movements."""
    return {kinds[movement.account.name] for movement in movements}


def _parts(movements: Sequence[Movement], moved: int) -> list[tuple[str, int]]:
    """What each account gives or takes of an amount; one alone does it all."""
    return [(m.account.name, moved if len(movements) == 1 else abs(m.value)) for m in movements]


def _form(
    books: Books,
    tree: str,
    kinds: Mapping[str, str],
    leaving: Iterable[tuple[str, int]],
    coming: Iterable[tuple[str, int]],
) -> str:
    """The entries to book by the 585 instead, each in its series."""
    transit = next((account.name for account in books.tree_accounts(tree, *TRANSFERS)), f"le 585 de {tree}, à ouvrir")
    steps = [(name, transit, name, amount) for name, amount in leaving]
    steps += [(name, name, transit, amount) for name, amount in coming]
    return " ; puis ".join(
        f"{JOURNALS[kinds[name]]} : débit {debit} {Money(amount)}, crédit {credit} {Money(amount)}"
        for name, debit, credit, amount in steps
    )


def _strays(books: Books) -> dict[str, str]:
    """The treasury accounts that a tree declares and another one holds, with the tree that declares them."""
    owners = {
        name: code
        for code, donor in books.policy.donors.items()
        for name in (
            *donor.accounts.banks,
            *donor.accounts.mobile,
            *(till.account for till in donor.accounts.tills),
        )
    }
    accounts = books.accounts
    return {name: tree for name, tree in owners.items() if name in accounts and accounts[name].tree != tree}


def _kinds(books: Books) -> dict[str, str]:
    """Of each account, 52, 55 or 57 when it is one of these."""
    return {account.name: _kind(books, account) for account in books.accounts.values()}


def _trees(books: Books, entry: Entry, strays: Mapping[str, str]) -> dict[str, list[Movement]]:
    """The movements of each declared donor; a declared account belongs to the donor that declares it."""
    found: dict[str, list[Movement]] = {}
    for movement in entry.movements:
        tree = strays.get(movement.account.name, movement.account.tree)
        if tree in books.policy.donors:
            found.setdefault(tree, []).append(movement)
    return found


def _gaps(movements: list[Movement], currency: str) -> dict[str, int]:
    """What is left of each commodity; a priced posting weighs in the books' currency."""
    found: dict[str, int] = {}
    for movement in movements:
        key, weight = (currency, movement.value) if movement.value else (movement.currency, movement.units)
        found[key] = found.get(key, 0) + weight
    return found


def _kind(books: Books, account: Account) -> str:
    """52, 55 or 57 by the account's number, else by its declaration, "" for the rest."""
    for prefix in JOURNALS:
        if account.is_(prefix):
            return prefix
    if account.number:
        return ""
    if account.name in books.policy.tills:
        return TILL[0]
    for donor in books.policy.donors.values():
        if account.name in donor.accounts.banks:
            return BANK[0]
        if account.name in donor.accounts.mobile:
            return MOBILE[0]
    return ""


__plugins__ = (plugin(CrossedDonors),)
