"""The rule `egalite-de-tresorerie`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any

from grandlivre.books.bounds import FIRST
from grandlivre.books.financing import (
    balance,
    last_agreement,
    models,
    months_of,
    moved,
    settled,
    trees_of,
    year_results,
)
from grandlivre.books.funds import Funds, sides
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement
from grandlivre.guards.guard import Condition, Guard, OnAccounts, Vouchers, on
from grandlivre.guards.sums import EqualTree, Equation, InTrees
from grandlivre.i18n import Message, Money
from grandlivre.policy.donors import OWN_TREE, Donor
from grandlivre.policy.periods import day_before, month_end
from grandlivre.policy.sycebnl import (
    ADVANCED_FUNDS,
    BOOK_VALUES,
    DEPRECIATION,
    EQUIPMENT_SUBSIDIES,
    EXPENSES,
    FINANCING,
    FUND_ACCOUNTS,
    GIFTS,
    INCOME,
    LAND,
    PREPAID_INCOME,
    RELEASED_FROM,
    SUBSIDIES_RELEASED,
    TO_GIVE_BACK,
)
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, plugin

_EQUAL = frozenset({"fonds-administration", "fonds-affectes"})
"""The models whose trees obey the equation."""
_ALLOWED: Mapping[str, tuple[str, ...]] = {model: tuple(sorted(set(prefixes))) for model, prefixes in FINANCING.items()}
"""The accounts of funds of each model."""

_RUNNING = ("held", "unspent", "charges", "income", "remedy")
"""What a month's finding says of all the months before it."""
_LABELS: Mapping[str, str] = {
    "fonds-administration": "fonds d'administration (modèle A)",
    "fonds-affectes": "fonds affectés (modèle B)",
    "subvention-exploitation": "subvention d'exploitation (modèle C)",
    "subvention-investissement": "subvention d'investissement (modèle D)",
    "don": "don libre (modèle E)",
    "avance": "avance à justifier (modèle F)",
    "ressources-propres": "ressources propres",
}


class UnequalFunds(Rule):
    """Trésorerie d'un projet différente des fonds reçus moins les dépenses.

    Modèles A (fonds d'administration) et B (fonds affectés), à la fin de chaque mois écoulé, au franc près :
    trésorerie et créances moins dettes (classe 5 ; classe 4 sans 462 à 464 ni 477 ; 169 et prêts entre projets)
    = fonds du bailleur (161 à 168, 171 à 178, 462 à 464, 477) moins immobilisations brutes (20 à 27).
    L'égalité tient quand les produits du projet (quotes-parts 702 ou 7925) égalent ses charges, 68 et 69 mises à
    part. Elle casse quand une quote-part manque ou se trompe d'un franc, quand l'argent d'un projet paie la dette d'un
    autre, quand des intérêts vont au 771 au lieu du 462 (165). Le constat est sur le compte bancaire du projet, au
    premier mois de chaque écart nouveau.

    Autres modèles : le projet ne touche que les comptes de son modèle (subvention d'exploitation : 71, 4732, 4739, 477 ;
    subvention d'investissement : 14, 799, 4731 ; don : 704, 754, 475 ; avance : 161 à 169, 46 ; ressources propres :
    70, 75, 10). Les revenus propres de l'organisation (`revenus-propres`) n'entrent que dans FONCT, un don libre mis à
    part.

    Chaque modèle a aussi ses comptes à tenir :

    - A et B : les fonds (462 à 464, 165 à 168) ne sont jamais débiteurs à la fin d'un mois. Ce qui est dépensé en plus de ce qui
      est reçu est à recevoir du bailleur : 4692 (169). C'est une alerte en cours d'exercice, une erreur à sa fin.
    - C : à la fin d'un exercice, une subvention qui court encore et a plus de produits que de charges a sa part des exercices
      suivants au 477 ; une fois la convention finie et payée, la part non employée est à rendre, 4739 (alertes).
    - D : la subvention d'équipement (14) se reprend au 799 au rythme des amortissements (68) des biens qu'elle a payés, ni
      plus vite, ni jamais (alertes) ; un terrain, qui ne s'amortit pas, est laissé de côté.
    - F : une fois la convention finie et payée, l'avance (161) est reclassée ou rendue (alerte).

    Source : SYCEBNL, Guide d'application, applications 3, 4, 8 et 16.

    Exemple : 285 000 FCFA de charges et 284 999 au compte 702 : la trésorerie et les fonds diffèrent d'un franc.
    """

    id = "egalite-de-tresorerie"
    family = Family.FUNDS
    closing_point = ClosingPoint.FUNDS

    unequal = Message(
        "Fin {month}, le projet {tree} détient {held} (trésorerie et créances moins dettes) pour {unspent} de fonds du "
        "bailleur non dépensés : écart de {gap}. Ses charges font {charges}, ses produits {income}. {remedy}"
    )
    foreign_account = Message(
        "{account} n'est pas un compte du modèle du projet {tree} : {model}. "
        "Comptes de fonds permis : {allowed}. Corrigez le compte, ou le financement de la convention."
    )
    own_income = Message(
        "{account} reçoit un revenu propre de l'organisation dans le projet {tree}. "
        "Encaissez-le sur la banque de FONCT, ou corrigez le compte."
    )

    in_debit = Message(
        "Fin {month}, les fonds du projet {tree} ({accounts}) sont débiteurs de {amount} : il a dépensé plus que reçu. Portez "
        "cette somme au {receivable}, à recevoir du bailleur ; s'il a payé, cherchez l'encaissement mal classé."
    )
    unearned = Message(
        "À la fin de l'exercice, le {day}, le projet {tree} a {income} de produits pour {charges} de charges et rien au 477, "
        "alors que la convention {agreement} court jusqu'au {end}. Portez au 477 la part des exercices suivants."
    )
    unreturned = Message(
        "La convention {agreement}, finie le {end}, laisse {amount} de subvention non employée et rien au 4739. Inscrivez ce "
        "qui est à rendre au bailleur, ou faites prolonger la convention."
    )
    released_faster = Message(
        "Au {day}, le projet {tree} a repris {released} de subventions d'équipement (799) pour {worn} d'amortissements et de "
        "valeurs cédées : une subvention se reprend au rythme des biens qu'elle a payés. Reprenez l'excédent."
    )
    never_released = Message(
        "Au {day}, le projet {tree} a amorti {worn} et n'a rien repris au 799 de ses {held} de subventions d'équipement (14). "
        "Passez la reprise : grandlivre entries amortissements --periode {year} --bailleur {tree} --ecrire."
    )
    unjustified = Message(
        "La convention {agreement}, finie le {end}, garde {amount} d'avance à justifier (161). Reclassez ce qui est justifié "
        "(462, 162 à 164) et inscrivez le reste à rendre (4739)."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """The equation of each tree, then the accounts of each entry, then what each model owes at the year's end."""
        yield from self._equation(books)
        yield from self._accounts(books)
        yield from self._grants(books)
        yield from self._subsidies(books)
        yield from self._advances(books)

    def guard(self, books: Books) -> Guard:
        """The equation at the month ends that are over, the accounts of funds that it judges, and what each model owes."""
        return on(self._sums(books), OnAccounts(frozenset(_judged(books))), *_owed(books), Vouchers(self.told(books)))

    def _sums(self, books: Books) -> Equation:
        trees = []
        for tree, rows in sorted(months_of(books).items()):
            donor = books.policy.donors[tree]
            if _equal(donor):
                until = max((row.month.end for row in rows if row.gap), default=FIRST)
                numbers = {number for model in models(donor) for number in RELEASED_FROM[model][0]}
                trees.append(EqualTree(tree, until, tuple(sorted(numbers))))
        return Equation(_over(books.today), sides(books.policy.loan_accounts), tuple(trees))

    def _equation(self, books: Books) -> Iterator[Finding]:
        before: dict[str, int] = {}
        debits: dict[tuple[str, str], int] = {}
        equal = [rows for tree, rows in sorted(months_of(books).items()) if _equal(books.policy.donors[tree])]
        for funds in chain.from_iterable(equal):
            yield from self._debits(books, funds, debits)
            change = funds.gap - before.get(funds.tree, 0)
            if funds.gap and change:
                yield self._unequal(books, funds, change)
            before[funds.tree] = funds.gap

    def _unequal(self, books: Books, funds: Funds, change: int) -> Finding:
        """The gap of a month's end; what the month itself added tells it from others, whatever is mended before it."""
        facts: dict[str, Any] = {
            "month": funds.month.label,
            "code": funds.month.code,
            "tree": funds.tree,
            "held": Money(funds.held),
            "unspent": Money(funds.unspent),
            "gap": Money(funds.gap),
            "charges": Money(funds.charges),
            "income": Money(funds.income),
            "remedy": _remedy(funds),
        }
        told = self.unequal(**{**facts, **dict.fromkeys(_RUNNING, "…"), "gap": Money(change)})
        return self.finding(self.unequal, books.tree_place(funds.tree), **facts)._replace(told=told)

    def _debits(self, books: Books, funds: Funds, before: dict[tuple[str, str], int]) -> Iterator[Finding]:
        """Funds that stand in debit at a month's end: said when they come to be, and at the end of a fiscal year."""
        day = funds.month.end
        last = any(year.end == day for year in books.policy.organisation.years)
        for model in sorted(models(books.policy.donors[funds.tree])):
            numbers, receivable = RELEASED_FROM[model]
            amount = balance(books, funds.tree, numbers, day)
            if amount > 0 and (last or before.get((funds.tree, model), 0) <= 0):
                held = [
                    each.name for each in books.tree_accounts(funds.tree, *numbers) if books.balance(each.name, day)
                ]
                yield self.finding(
                    self.in_debit,
                    books.tree_place(funds.tree),
                    level=Level.ERROR if last else Level.WARNING,
                    month=funds.month.label,
                    code=funds.month.code,
                    tree=funds.tree,
                    accounts=", ".join(held),
                    amount=Money(amount),
                    receivable=receivable,
                )
            before[funds.tree, model] = amount

    def _grants(self, books: Books) -> Iterator[Finding]:
        """Model C: what of its income belongs to later years, or is to be given back."""
        for donor in trees_of(books, "subvention-exploitation"):
            agreement, left = last_agreement(donor), 0
            for result in year_results(books, donor.code):
                left += result.income - result.charges
                day = result.year.end
                if (
                    result.income > result.charges
                    and agreement.final_day > day
                    and not balance(books, donor.code, PREPAID_INCOME, day)
                ):
                    yield self.finding(
                        self.unearned,
                        books.tree_place(donor.code),
                        level=Level.WARNING,
                        day=day,
                        tree=donor.code,
                        income=Money(result.income),
                        charges=Money(result.charges),
                        agreement=agreement.id,
                        end=agreement.final_day,
                    )
                over = settled(books, agreement) <= day and books.today > settled(books, agreement)
                if left > 0 and over and not any(map(books.movements, _names(books, donor.code, TO_GIVE_BACK))):
                    yield self.finding(
                        self.unreturned,
                        books.agreement_place(donor.code, agreement),
                        level=Level.WARNING,
                        agreement=agreement.id,
                        end=agreement.final_day,
                        amount=Money(left),
                    )
                    break

    def _subsidies(self, books: Books) -> Iterator[Finding]:
        """Model D: 799 at the pace of 68."""
        for donor in trees_of(books, "subvention-investissement"):
            tree = donor.code
            if any(map(books.movements, _names(books, tree, LAND))):
                continue
            for result in year_results(books, tree):
                day = result.year.end
                released = -moved(books, tree, (SUBSIDIES_RELEASED,), day)
                worn = moved(books, tree, DEPRECIATION, day) + moved(books, tree, BOOK_VALUES, day)
                held = -balance(books, tree, EQUIPMENT_SUBSIDIES, day)
                if released > worn or (worn > 0 and not released and held > 0):
                    yield self.finding(
                        self.released_faster if released > worn else self.never_released,
                        books.tree_place(tree),
                        level=Level.WARNING,
                        day=day,
                        year=f"{day:%Y}",
                        tree=tree,
                        released=Money(released),
                        worn=Money(worn),
                        held=Money(held),
                    )

    def _advances(self, books: Books) -> Iterator[Finding]:
        """Model F: an advance that nobody justified before its agreement was over."""
        for donor in trees_of(books, "avance"):
            agreement = last_agreement(donor)
            left = -balance(books, donor.code, ADVANCED_FUNDS, books.today)
            if left > 0 and books.today > settled(books, agreement):
                yield self.finding(
                    self.unjustified,
                    books.agreement_place(donor.code, agreement),
                    level=Level.WARNING,
                    agreement=agreement.id,
                    end=agreement.final_day,
                    amount=Money(left),
                )

    def _accounts(self, books: Books) -> Iterator[Finding]:
        """Each account of funds that not every model of its tree has, and each account of own income."""
        own = tuple(books.policy.organisation.own_income)
        for account in books.accounts.values():
            donor = books.policy.donors.get(account.tree)
            if donor is None or not donor.agreements or not account.is_(*FUND_ACCOUNTS):
                continue
            owned = account.is_(*own)
            if owned or not (_equal(donor) or all(account.is_(*_ALLOWED[model]) for model in models(donor))):
                for entry, movement in books.movements(account.name):
                    if movement.value and _concerned(books, entry):
                        yield from self._account(donor, _models_of(books, donor, entry), entry, movement, owned)

    def _account(
        self, donor: Donor, models: tuple[str, ...], entry: Entry, movement: Movement, owned: bool
    ) -> Iterator[Finding]:
        """What is wrong with a posting's account under the models of its entry; `owned`: it holds own income."""
        account = movement.account
        if owned and not _may_earn(donor, models, account.number):
            yield self.finding(self.own_income, entry, movement=movement, account=account.name, tree=donor.code)
        elif not _equal(donor) and not any(account.is_(*_ALLOWED[model]) for model in models):
            permitted = sorted({prefix for model in models for prefix in _ALLOWED[model]})
            yield self.finding(
                self.foreign_account,
                entry,
                movement=movement,
                account=account.name,
                tree=donor.code,
                model=", ".join(_LABELS[model] for model in models),
                allowed=", ".join(permitted),
            )


def _over(today: date) -> date:
    """The end of the last month that is over."""
    end = month_end(today)
    return end if end <= today else day_before(today.replace(day=1))


def _judged(books: Books) -> Iterator[str]:
    """The accounts of funds of which something may be said under some model of their tree."""
    own = tuple(books.policy.organisation.own_income)
    for account in books.accounts.values():
        donor = books.policy.donors.get(account.tree)
        if donor is not None and donor.agreements and account.is_(*FUND_ACCOUNTS):
            held = [(each,) for each in sorted(models(donor))]
            for some in (*held, tuple(sorted(models(donor)))):
                earned = account.is_(*own) and not _may_earn(donor, some, account.number)
                if earned or not (_equal(donor) or any(account.is_(*_ALLOWED[model]) for model in some)):
                    yield account.name


def _owed(books: Books) -> Iterator[Condition]:
    """What the models owe at the end of the last fiscal year that is over, or of their agreements."""
    ends = [year.end for year in books.policy.organisation.years if year.end <= books.today]
    until = max(ends, default=None)
    granted, equipped, advanced = (
        frozenset(donor.code for donor in trees_of(books, model))
        for model in ("subvention-exploitation", "subvention-investissement", "avance")
    )
    if until is not None:
        yield InTrees(granted, (*EXPENSES, *INCOME, *PREPAID_INCOME), until)
        yield InTrees(granted, TO_GIVE_BACK, date.max)
        yield InTrees(equipped, (*BOOK_VALUES, *DEPRECIATION, *EQUIPMENT_SUBSIDIES, SUBSIDIES_RELEASED), until)
        yield InTrees(equipped, LAND, date.max)
    yield InTrees(advanced, ADVANCED_FUNDS, date.max)


def _names(books: Books, tree: str, numbers: tuple[str, ...]) -> list[str]:
    return [account.name for account in books.tree_accounts(tree, *numbers)]


def _equal(donor: Donor) -> bool:
    """Whether a tree obeys the equation; the others are held to the accounts of their models."""
    own = models(donor)
    return bool(own) and own <= _EQUAL


def _concerned(books: Books, entry: Entry) -> bool:
    """Whether an entry may put money on a wrong account; `bailleurs-croises` speaks of those over two trees."""
    undone = entry.is_storno or entry.piece in books.reversed_pieces
    return not undone and entry.kind != "cloture" and len(entry.trees) <= 1


def _models_of(books: Books, donor: Donor, entry: Entry) -> tuple[str, ...]:
    """The model of the entry's agreement; outside any, every model of its tree."""
    agreement = books.agreement(entry)
    return (agreement.financing,) if agreement is not None else tuple(sorted(models(donor)))


def _may_earn(donor: Donor, models: tuple[str, ...], number: str) -> bool:
    own = donor.code == OWN_TREE or "ressources-propres" in models
    return own or ("don" in models and number.startswith(GIFTS))


def _remedy(funds: Funds) -> str:
    """What to do, when the shares alone explain the gap or not."""
    missing = funds.charges - funds.income
    if missing + funds.gap == 0 and missing:
        if missing > 0:
            return (
                f"Passez la quote-part qui manque (702 ou 7925) pour {Money(missing)}. Elle s'écrit par : "
                f"grandlivre entries quote-part --periode {funds.month.start:%Y} --bailleur {funds.tree} --ecrire."
            )
        return f"Reprenez {Money(-missing)} de produits en trop : des intérêts ou remboursements vont au 462 (165)."
    return (
        "Cherchez dans le projet un compte étranger à ses fonds, ou l'argent d'un autre bailleur : "
        "dette payée par une autre banque, dépense payée pour un autre."
    )


__plugins__ = (plugin(UnequalFunds),)
