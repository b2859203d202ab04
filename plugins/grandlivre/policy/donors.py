"""Donors: one tree, one bank account, its tills, and successive grant agreements with their budgets."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from typing import Literal, Self

from grandlivre.i18n import Money
from grandlivre.policy.model import Field, Model, field_validator, model_validator
from grandlivre.policy.people import folded
from grandlivre.policy.periods import Period
from grandlivre.policy.rates import RatePolicy, RateTable, parity
from grandlivre.policy.values import (
    Amount,
    Dated,
    Day,
    Flag,
    Name,
    Number,
    Percentage,
    PeriodText,
    Prefix,
    Quantity,
    Span,
    check_order,
    exponent,
    refuse,
)

_CONTINGENCY = ("imprevu", "aleas", "contingenc")
"""How a line of contingencies is called, as `folded` writes it."""
_INDIRECT = ("couts indirects", "frais d appui", "indirect cost", "overhead")
"""How a line of indirect costs is called, as `folded` writes it."""
OWN_TREE = "FONCT"
"""The tree of the organisation's own running costs."""

Financing = Literal[
    "fonds-administration",
    "fonds-affectes",
    "subvention-exploitation",
    "subvention-investissement",
    "don",
    "avance",
    "ressources-propres",
]


class Bounds(Model):
    """Plancher et plafond d'une caisse depuis un jour."""

    since: Day = Field(alias="depuis")
    """Premier jour d'application."""
    floor: Amount = Field(alias="plancher")
    """Solde sous lequel la caisse doit être réapprovisionnée."""
    ceiling: Amount = Field(alias="plafond")
    """Solde que la caisse ne dépasse jamais."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= self.floor.units <= self.ceiling.units:
            raise refuse(f"le plancher ({self.floor}) doit être positif et sous le plafond ({self.ceiling})")
        return self


class CashBox(Model):
    """Une caisse : son compte, sa caissière ou son caissier, ses bornes datées."""

    account: Name = Field(alias="compte")
    """Compte de la caisse (57)."""
    cashier: Name | None = Field(None, alias="caissier")
    """Identifiant de la personne qui tient la caisse."""
    deputy: Name | None = Field(None, alias="suppleant")
    """Identifiant de la personne qui la remplace."""
    place: str = Field("", alias="lieu")
    """Où se tient la caisse ; il s'imprime sur les procès-verbaux."""
    bounds: tuple[Bounds, ...] = Field(alias="bornes")
    """Plancher et plafond, datés."""

    @field_validator("bounds")
    @classmethod
    def _dated(cls, bounds: tuple[Bounds, ...]) -> tuple[Bounds, ...]:
        check_order([each.since for each in bounds])
        return bounds

    def bounds_at(self, day: date) -> Bounds | None:
        """Floor and ceiling in force on a day."""
        return next((each for each in reversed(self.bounds) if each.since <= day), None)

    @property
    def keepers(self) -> frozenset[str]:
        """Who is declared to keep it."""
        return frozenset(filter(None, (self.cashier, self.deputy)))


class DonorAccounts(Model):
    """Les comptes de trésorerie du bailleur."""

    bank: Name | None = Field(None, alias="banque")
    """L'unique compte bancaire du bailleur."""
    bank_name: str = Field("", alias="banque-nom")
    """Nom de la banque, comme sur ses relevés."""
    branch: str = Field("", alias="agence")
    """Agence qui tient le compte."""
    holder: str = Field("", alias="intitule")
    """Intitulé du compte à la banque."""
    number: str = Field("", alias="rib")
    """Numéro du compte (RIB), comme sur ses relevés."""
    other_banks: tuple[Name, ...] = Field((), alias="autres-banques")
    """Les autres comptes bancaires du fonctionnement propre (FONCT, et lui seul)."""
    mobile: tuple[Name, ...] = Field(())
    """Comptes de monnaie électronique."""
    loans: tuple[Name, ...] = Field((), alias="prets")
    """Comptes déclarés pour les prêts entre projets."""
    tills: tuple[CashBox, ...] = Field((), alias="caisses")
    """Caisses du bailleur."""
    state_share: tuple[Name, ...] = Field((), alias="contrepartie-etat")
    """Comptes de trésorerie (51, 52, 53, 55, 57) qui tiennent la contrepartie de l'État : lignes FV et FY du tableau emplois-ressources (Guide d'application, App. 21)."""

    @property
    def banks(self) -> tuple[str, ...]:
        """Every bank account declared, the main one first."""
        return (*((self.bank,) if self.bank else ()), *self.other_banks)

    @model_validator(mode="after")
    def _main_bank(self) -> Self:
        if self.other_banks and self.bank is None:
            raise refuse("« autres-banques » demande d'abord « banque », le compte principal")
        return self


class Instalment(Model):
    """Une tranche attendue du bailleur."""

    due: Day = Field(alias="date")
    """Jour prévu."""
    amount: Amount = Field(alias="montant")
    """Montant dans la devise de la convention."""


class Flexibility(Model):
    """Une règle de souplesse budgétaire de la convention."""

    level: Literal["rubrique", "ligne"] = Field(alias="niveau")
    """À quel niveau l'écart se mesure."""
    threshold: Percentage = Field(alias="seuil")
    """Écart permis, en pourcentage de la base."""
    direction: Literal["hausse", "baisse", "deux"] = Field("hausse", alias="sens")
    """Écarts surveillés : hausse, baisse ou les deux."""
    cumulative: Flag = Field(True, alias="cumulatif")
    """oui : les écarts s'ajoutent depuis la base."""
    base: Literal["budget-initial", "dernier-avenant"] = Field("dernier-avenant")
    """Ce à quoi l'écart se compare."""
    excluded: tuple[Name, ...] = Field((), alias="exclues")
    """Lignes ou rubriques sans aucune souplesse."""
    action: Literal["alerte", "avenant"] = Field("avenant")
    """Ce qui est exigé au-delà : une alerte, ou un avenant (erreur)."""


class BudgetLine(Model):
    """Une ligne du budget."""

    code: Name = Field()
    """Code de la ligne, unique dans la convention."""
    label: Name = Field(alias="libelle")
    """Libellé en français."""
    english: str = Field("", alias="libelle-en")
    """Libellé en anglais, pour un bailleur dont la langue est en."""
    unit: str = Field("", alias="unite")
    """Unité (mois, kit, atelier…)."""
    english_unit: str = Field("", alias="unite-en")
    """Unité en anglais, pour un bailleur dont la langue est en."""
    quantity: Quantity = Field(Decimal(1), alias="quantite")
    """Nombre d'unités."""
    unit_cost: Amount = Field(alias="cout-unitaire")
    """Coût d'une unité."""
    accounts: tuple[Prefix, ...] = Field((), alias="comptes")
    """Natures SYCEBNL permises sur la ligne ; absent : toutes."""
    donor_share: Percentage = Field(Decimal(100), alias="part-bailleur")
    """Part payée par le bailleur."""
    spent_before: Amount | None = Field(None, alias="realise-anterieur")
    """Ce qui a été dépensé sur la ligne avant l'ouverture de ces livres, en francs CFA ou dans la devise de la convention."""
    indirect: Flag | None = Field(None, alias="indirects")
    """oui : des coûts indirects ; absent : oui selon le libellé (coûts indirects, frais d'appui, indirect costs)."""
    on_approval: Flag | None = Field(None, alias="sur-accord")
    """oui : ne se dépense qu'avec l'accord écrit du bailleur ; absent : oui pour une ligne d'imprévus, selon son libellé."""
    calendar: Mapping[PeriodText, Percentage] = Field({}, alias="calendrier")
    """Part du budget prévue par période ; absent : au prorata du temps."""

    @field_validator("calendar")
    @classmethod
    def _at_most_whole(cls, value: Mapping[Period, Decimal]) -> Mapping[Period, Decimal]:
        if sum(value.values()) > 100:
            raise refuse(f"la somme du calendrier fait {sum(value.values())} % : elle ne peut pas dépasser 100 %")
        return value

    @property
    def total(self) -> Money:
        """Quantity × unit cost, rounded half up to the smallest unit of its currency."""
        units = (self.quantity * self.unit_cost.units).quantize(Decimal(1), ROUND_HALF_UP)
        return Money(int(units), self.unit_cost.currency, self.unit_cost.exponent)

    def unit_in(self, language: str) -> str:
        """The unit as a donor of that language reads it."""
        return (self.english_unit if language == "en" else "") or self.unit

    @property
    def is_reserve(self) -> bool:
        """Whether nothing is planned on it until the donor agrees: contingencies."""
        if self.on_approval is not None:
            return self.on_approval
        return any(word in folded(f"{self.label} {self.english}") for word in _CONTINGENCY)

    @property
    def is_indirect(self) -> bool:
        """Whether it pays indirect costs, which donors cap as a share of the direct ones."""
        if self.indirect is not None:
            return self.indirect
        return any(word in folded(f"{self.label} {self.english}") for word in _INDIRECT)

    def allows(self, number: str) -> bool:
        """Whether an account of that number may be charged to the line."""
        return not self.accounts or number.startswith(self.accounts)


class Heading(Model):
    """Une rubrique du budget et ses lignes."""

    code: Name = Field()
    """Code de la rubrique."""
    label: Name = Field(alias="libelle")
    """Libellé en français."""
    english: str = Field("", alias="libelle-en")
    """Libellé en anglais."""
    lines: tuple[BudgetLine, ...] = Field(alias="lignes")
    """Lignes de la rubrique."""


class LineChange(Model):
    """Ce qu'un avenant change à une ligne, ou une ligne nouvelle."""

    label: str = Field("", alias="libelle")
    """Nouveau libellé."""
    english: str = Field("", alias="libelle-en")
    """Nouveau libellé en anglais."""
    unit: str = Field("", alias="unite")
    """Nouvelle unité."""
    english_unit: str = Field("", alias="unite-en")
    """Nouvelle unité en anglais."""
    quantity: Quantity | None = Field(None, alias="quantite")
    """Nouveau nombre d'unités."""
    unit_cost: Amount | None = Field(None, alias="cout-unitaire")
    """Nouveau coût unitaire."""
    accounts: tuple[Prefix, ...] | None = Field(None, alias="comptes")
    """Nouvelles natures permises."""
    on_approval: Flag | None = Field(None, alias="sur-accord")
    """non : le bailleur a donné son accord, la ligne peut se dépenser."""
    heading: Name | None = Field(None, alias="rubrique")
    """Rubrique d'une ligne nouvelle."""


class Addendum(Model):
    """Un avenant : le budget révisé à partir d'un jour."""

    since: Day = Field(alias="date")
    """Premier jour d'effet."""
    lines: Mapping[str, LineChange] = Field({}, alias="lignes")
    """Changements par code de ligne."""
    end: Day | None = Field(None, alias="au")
    """Nouvelle date de fin de la convention."""
    adopted: Day | None = Field(None, alias="adopte-le")
    """Jour où le Bureau exécutif l'a adopté."""


class Reallocation(Model):
    """Ce qu'on déplace d'une ligne du budget à une autre, sans avenant."""

    since: Day = Field(alias="date")
    """Premier jour d'effet."""
    source: Name = Field(alias="de")
    """Code de la ligne qui cède."""
    target: Name = Field(alias="vers")
    """Code de la ligne qui reçoit."""
    amount: Amount = Field(alias="montant")
    """Montant déplacé, en francs CFA ou dans la devise de la convention."""
    approval: str = Field("", alias="accord")
    """Référence ou document de l'accord écrit du bailleur ; absent : la souplesse de la convention suffit."""

    @model_validator(mode="after")
    def _between_two(self) -> Self:
        if self.source == self.target:
            raise refuse(f"la réaffectation va de la ligne {self.source} à elle-même")
        if self.amount.units <= 0:
            raise refuse("le montant déplacé est plus grand que zéro ; pour revenir en arrière, échangez de et vers")
        return self


DONOR_REPORTS = (
    *("rapport-financier", "suivi-budgetaire", "rapport-activites", "engagements", "avances", "journal-banque"),
    *("liste-depenses", "demande-de-fonds", "face", "ue-annexe-6", "etat-giz", "sf-425", "inpas-pg1"),
    *("bilan-projet", "exploitation-projet", "execution-budgetaire", "emplois-ressources"),
)
"""The models of reports that a donor is usually promised."""
HOUSE_REPORTS = (
    *("balance", "bon-caisse", "brouillard-caisse", "calendrier", "comparatif", "derogations", "grand-livre"),
    *("livre-journal", "ordre-paiement", "plan-tresorerie", "pv-caisse", "rapprochement", "budget-previsionnel"),
    *("bilan", "resultat", "flux-tresorerie", "notes", "reconciliation-tresorerie", "bilan-smt", "resultat-smt"),
    *("journal-tresorerie-smt", "registre-donateurs", "registre-immobilisations", "registre-rencontres", "recu"),
    *("inventaire-immobilisations", "pv-cloture"),
    *("rapport-direction", "tableau-parite", "registre-membres", "rapport-ag", "dossier-etat"),
)
"""The other models, which may be promised too."""


class ReportDue(Model):
    """Un rapport dû au bailleur."""

    model: Name = Field(alias="modele")
    """Modèle de rapport."""
    edition: str = Field("")
    """Édition du formulaire, celle qui est annexée au contrat ; absente : l'édition habituelle."""
    every: Literal["mois", "trimestre", "semestre", "annee"] = Field(alias="periodicite")
    """Périodicité."""
    delay: Span = Field(alias="delai")
    """Délai après la fin de la période."""


class IatiAgreement(Model):
    """Ce que la publication IATI dit de la convention."""

    identifier: str = Field("", alias="identifiant")
    """Identifiant de l'activité ; absent : celui de l'organisation, suivi de celui de la convention."""
    donor: str = Field("", alias="bailleur")
    """Identifiant IATI du bailleur, par exemple XI-IATI-EC_INTPA."""
    sector: str = Field("", alias="secteur")
    """Code du CAD de son seul secteur ; absent : les secteurs de l'organisation."""


class Agreement(Model):
    """Une convention de financement, son modèle comptable et son budget."""

    id: Name = Field()
    """Identifiant utilisé dans les écritures (`convention:`)."""
    number: str = Field("", alias="numero")
    """Numéro officiel."""
    label: str = Field("", alias="libelle")
    """Intitulé du projet."""
    start: Day = Field(alias="du")
    """Premier jour d'éligibilité."""
    end: Day = Field(alias="au")
    """Dernier jour d'éligibilité."""
    amount: Amount | None = Field(None, alias="montant")
    """Montant total dans la devise de la convention."""
    difference: str = Field("", alias="motif-ecart")
    """Pourquoi la somme des lignes n'est pas le montant de la convention."""
    rates: Dated[Number] | None = Field(None, alias="taux")
    """Francs CFA pour une unité de la devise de la convention, datés ; absent : 655,957 pour l'euro."""
    rate_policy: RatePolicy | None = Field(None, alias="taux-politique")
    """Comment ses dépenses se convertissent : fixe (son propre taux ; l'euro, sans rien écrire), encaissement (le taux de chaque tranche, la plus ancienne d'abord), encaissement-pondere, moyenne-mensuelle (des mois du rapport), mois (celui de chaque dépense)."""
    financing: Financing = Field(alias="financement")
    """Modèle SYCEBNL : fonds-administration (A), fonds-affectes (B), subvention-exploitation (C), subvention-investissement (D), don (E), avance (F), ressources-propres (FONCT)."""
    adopted: Day | None = Field(None, alias="adoptee-le")
    """Jour où le Bureau exécutif l'a adoptée."""
    follows_activities: Flag = Field(False, alias="lien-activite")
    """oui : chaque dépense nomme son activité, et chaque activité a ses dépenses."""
    grace: Span | None = Field(None, alias="delai-paiement")
    """Temps laissé après la fin pour payer ce qui a été engagé avant."""
    ineligible: tuple[Prefix, ...] = Field((), alias="ineligibles")
    """Natures que le bailleur refuse, en plus de celles de la règle hors-convention."""
    instalments: tuple[Instalment, ...] = Field((), alias="tranches")
    """Versements attendus."""
    flexibility: tuple[Flexibility, ...] = Field((), alias="souplesse")
    """Règles de souplesse budgétaire."""
    headings: tuple[Heading, ...] = Field((), alias="budget")
    """Rubriques et lignes."""
    addenda: tuple[Addendum, ...] = Field((), alias="avenants")
    """Avenants, du plus ancien au plus récent."""
    reallocations: tuple[Reallocation, ...] = Field((), alias="reaffectations")
    """Ce qui est déplacé entre lignes, du plus ancien au plus récent ; un avenant reprend ce qui l'a précédé."""
    explained: Percentage | None = Field(None, alias="ecart-a-expliquer")
    """Écart entre réalisé et prévu à ce jour au-delà duquel une ligne s'explique dans ledger/recits/ ; absent : aucun."""
    spent_first: Percentage | None = Field(None, alias="depense-exigee")
    """Part de la dernière tranche à dépenser avant de demander la suivante ; absent : aucune."""
    reports: tuple[ReportDue, ...] = Field((), alias="rapports")
    """Rapports dus."""
    iati: IatiAgreement | None = Field(None)
    """Publication IATI : {identifiant, bailleur, secteur}."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.end < self.start:
            raise refuse(f"la convention finit le {self.end} avant de commencer le {self.start}")
        return self

    @field_validator("addenda")
    @classmethod
    def _in_order(cls, addenda: tuple[Addendum, ...]) -> tuple[Addendum, ...]:
        if addenda:
            check_order([each.since for each in addenda])
        return addenda

    @field_validator("reallocations")
    @classmethod
    def _moved_in_order(cls, moves: tuple[Reallocation, ...]) -> tuple[Reallocation, ...]:
        if any(after.since < before.since for before, after in pairwise(moves)):
            raise refuse("les réaffectations s'écrivent de la plus ancienne à la plus récente")
        return moves

    def on(self, day: date) -> bool:
        """Whether the agreement is in force on a day."""
        return self.start <= day <= self.final_day

    @cached_property
    def final_day(self) -> date:
        """The last day of eligibility, the last addendum's when it moved it."""
        return next((each.end for each in reversed(self.addenda) if each.end is not None), self.end)

    @cached_property
    def budgets(self) -> tuple[tuple[date, Mapping[str, BudgetLine]], ...]:
        """The initial budget and each revised one, with its first day; lines by code in the budget's order."""
        current = {line.code: line for heading in self.headings for line in heading.lines}
        series = [(self.start, dict(current))]
        for addendum in self.addenda:
            for code, change in addendum.lines.items():
                current[code] = _changed(current.get(code), code, change)
            series.append((addendum.since, dict(current)))
        return tuple(series)

    def budget_at(self, day: date) -> Mapping[str, BudgetLine]:
        """The budget in force on a day (the initial one before the start)."""
        return next((lines for since, lines in reversed(self.budgets) if since <= day), self.budgets[0][1])

    def moves_in_force(self, day: date) -> tuple[Reallocation, ...]:
        """What was moved up to a day since the last addendum, which takes up what came before it."""
        since = max((each.since for each in self.addenda if each.since <= day), default=self.start)
        return tuple(each for each in self.reallocations if since <= each.since <= day)

    @cached_property
    def line_codes(self) -> frozenset[str]:
        """Every line that ever stood in the budget."""
        return frozenset(self.budgets[-1][1])

    @cached_property
    def heading_of(self) -> Mapping[str, str]:
        """The heading of each line."""
        home = {line.code: heading.code for heading in self.headings for line in heading.lines}
        for addendum in self.addenda:
            for code, change in addendum.lines.items():
                if change.heading is not None:
                    home[code] = change.heading
        for code in self.line_codes - home.keys():
            home[code] = code.split(".")[0]
        return home

    def currency(self, own: str) -> str:
        """What it is granted in: the currency of its amounts that is not the books', else the books'."""
        return next((each for each in self._currencies if each != own), own)

    @cached_property
    def _currencies(self) -> tuple[str, ...]:
        lines = (line.unit_cost for heading in self.headings for line in heading.lines)
        amounts = (*((self.amount,) if self.amount else ()), *(each.amount for each in self.instalments), *lines)
        return tuple(dict.fromkeys(each.currency for each in amounts))

    @property
    def conversion(self) -> RatePolicy:
        """How its expenses become its currency."""
        return self.rate_policy or "fixe"

    def rated(self, table: RateTable, own: str) -> Self:
        """The agreement with the rate its budget is read at, where it writes none: a parity, else the table's on its first day."""
        currency = self.currency(own)
        if self.rates is not None or currency == own:
            return self
        rate = parity(currency, own)
        if rate is None and self.rate_policy not in (None, "fixe"):
            rate = table.near(currency, self.start)
        return self if rate is None else self.model_copy(update={"rates": Dated[Number].always(rate)})

    def in_francs(self, money: Money, day: date, currency: str = "XOF") -> int:
        """An amount of the agreement in whole units of the books' currency, at the rate in force on `day`."""
        if money.currency == currency:
            return money.units
        whole = Decimal(money.units).scaleb(-money.exponent) * self.rate_on(day) * Decimal(10) ** exponent(currency)
        return int(whole.quantize(Decimal(1), ROUND_HALF_UP))

    def rate_on(self, day: date) -> Decimal:
        """The rate its budget is read at on a day; 0 where none is written."""
        return (self.rates.at(max(day, self.rates.steps[0].since)) if self.rates else None) or Decimal(0)


def _changed(line: BudgetLine | None, code: str, change: LineChange) -> BudgetLine:
    base = line or BudgetLine.model_validate(
        {"code": code, "libelle": change.label or code, "cout-unitaire": change.unit_cost or Money(0, "XOF")}
    )
    update: dict[str, object] = {}
    for name in ("label", "english", "unit", "english_unit", "quantity", "unit_cost", "accounts", "on_approval"):
        value = getattr(change, name)
        if value not in (None, ""):
            update[name] = value
    return base.model_copy(update=update)


class Donor(Model):
    """Un bailleur : ses comptes, une banque, ses caisses et ses conventions."""

    code: Name = Field()
    """Code du projet, deuxième partie de chaque compte."""
    name: Name = Field(alias="nom")
    """Nom complet."""
    partner: str = Field("", alias="partenaire")
    """Partenaire financier."""
    country: str = Field("", alias="pays-origine-fonds")
    """Pays d'origine des fonds (code ISO à deux lettres)."""
    language: Literal["fr", "en"] = Field("fr", alias="langue")
    """Langue de ses rapports."""
    accounts: DonorAccounts = Field(DonorAccounts.unwritten(), alias="comptes")
    """Comptes de trésorerie."""
    agreements: tuple[Agreement, ...] = Field((), alias="conventions")
    """Conventions successives."""

    @model_validator(mode="after")
    def _one_bank(self) -> Self:
        if self.accounts.other_banks and self.code != OWN_TREE:
            raise refuse(f"« autres-banques » n'est permis que dans {OWN_TREE} : un bailleur, un seul compte bancaire")
        return self

    def rated(self, table: RateTable, own: str) -> Self:
        """The donor with the rates its agreements' budgets are read at."""
        found = tuple(each.rated(table, own) for each in self.agreements)
        return self if found == self.agreements else self.model_copy(update={"agreements": found})

    def agreement(self, id: str) -> Agreement | None:  # noqa: A002 - the ledger's own word
        """The agreement of that id."""
        return next((each for each in self.agreements if each.id == id), None)
