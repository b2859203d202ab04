"""The rule `egalite-de-tresorerie`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grandlivre.books.funds import Funds, month_ends
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement
from grandlivre.i18n import Message, Money
from grandlivre.policy.donors import OWN_TREE, Donor
from grandlivre.policy.sycebnl import FINANCING, FUND_ACCOUNTS, GIFTS
from grandlivre.rules import ClosingPoint, Family, Finding, Rule, plugin

_EQUAL = frozenset({"fonds-administration", "fonds-affectes"})
"""The models whose trees obey the equation."""
_ALLOWED: Mapping[str, tuple[str, ...]] = {model: tuple(sorted(set(prefixes))) for model, prefixes in FINANCING.items()}
"""The accounts of funds of each model."""

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

    Source : SYCEBNL, Guide d'application, applications 4 et 8.

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

    def check(self, books: Books) -> Iterator[Finding]:
        """The equation of each tree, then the accounts of each entry."""
        yield from self._equation(books)
        yield from self._accounts(books)

    def _equation(self, books: Books) -> Iterator[Finding]:
        donors = books.policy.donors.values()
        trees = frozenset(donor.code for donor in donors if _equal(donor))
        before: dict[str, int] = {}
        for funds in month_ends(books.entries, books.shapes, trees, books.policy.loan_accounts, books.today):
            if funds.gap and funds.gap != before.get(funds.tree, 0):
                yield self.finding(
                    self.unequal,
                    books.tree_place(funds.tree),
                    month=funds.month.label,
                    code=funds.month.code,
                    tree=funds.tree,
                    held=Money(funds.held),
                    unspent=Money(funds.unspent),
                    gap=Money(funds.gap),
                    charges=Money(funds.charges),
                    income=Money(funds.income),
                    remedy=_remedy(funds),
                )
            before[funds.tree] = funds.gap

    def _accounts(self, books: Books) -> Iterator[Finding]:
        """Each account of funds that not every model of its tree has, and each account of own income."""
        own = tuple(books.policy.organisation.own_income)
        for account in books.accounts.values():
            donor = books.policy.donors.get(account.tree)
            if donor is None or not donor.agreements or not account.is_(*FUND_ACCOUNTS):
                continue
            owned = account.is_(*own)
            if owned or not (_equal(donor) or all(account.is_(*_ALLOWED[model]) for model in _models(donor))):
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


def _models(donor: Donor) -> frozenset[str]:
    return frozenset(agreement.financing for agreement in donor.agreements)


def _equal(donor: Donor) -> bool:
    """Whether a tree obeys the equation; the others are held to the accounts of their models."""
    models = _models(donor)
    return bool(models) and models <= _EQUAL


def _concerned(books: Books, entry: Entry) -> bool:
    """Whether an entry may put money on a wrong account; `bailleurs-croises` speaks of those over two trees."""
    undone = entry.is_storno or entry.piece in books.reversed_pieces
    return not undone and entry.kind != "cloture" and len(entry.trees) <= 1


def _models_of(books: Books, donor: Donor, entry: Entry) -> tuple[str, ...]:
    """The model of the entry's agreement; outside any, every model of its tree."""
    agreement = books.agreement(entry)
    return (agreement.financing,) if agreement is not None else tuple(sorted(_models(donor)))


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
