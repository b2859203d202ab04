"""The rule `trois-proformas`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar

from grandlivre.books.directives.purchasing import Dossier, Quote
from grandlivre.books.guarding import names, purchase_marks
from grandlivre.books.index import Books
from grandlivre.books.purchases import Nature, Purchase
from grandlivre.books.records import Entry, Place
from grandlivre.guards.buying import Purchases
from grandlivre.guards.guard import ANYTHING, Guard
from grandlivre.i18n import Message, Money, day, did_you_mean
from grandlivre.policy.model import Field
from grandlivre.policy.people import folded
from grandlivre.policy.sycebnl import PURCHASE_EXCLUSIONS, PURCHASE_NATURES
from grandlivre.policy.values import Amount, Count, Dated, Duration, Flag, Prefix, Span
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, Weaker, plugin

_READ = ("marche", "facture", "nif", "beneficiaire", "reciproque", "date-valeur")
"""The keys of entries that the rule reads."""
_AtLeastOne = Annotated[Count, Field(ge=1)]


class MissingQuotes(Rule):
    """Achat au-dessus du seuil sans trois proformas en règle.

    Un achat dont le total dépasse 51 000 FCFA (51 000 exactement est dispensé) renvoie par `marche:` à un dossier qui
    tient trois proformas de trois fournisseurs distincts, datées au plus tard du jour de l'attribution et encore
    valables ce jour-là ; l'attribution précède l'achat ; l'achat se fait chez l'attributaire, pour le montant attribué
    au plus. Une offre plus chère que la moins chère se justifie par `motif-choix`.

    Les mouvements d'un même dossier s'ajoutent, sinon ceux d'une même facture d'un fournisseur, sinon ceux d'une même
    pièce ; le total est toutes taxes comprises. Deux noms d'un même NIF, ou d'une même ligne de fournisseurs.yaml, sont un seul
    fournisseur ; deux noms qui ne diffèrent que d'une faute de frappe, d'une forme juridique ou d'un mot comme
    « services » le sont aussi, sauf si chacun a son NIF. Chaque proforma porte donc `nif:` ; celle qui ne l'a pas est une
    alerte, car une petite maison peut ne pas encore en avoir. De plusieurs offres de l'attributaire, celle de son nom, la
    moins chère, est le montant attribué. Le seuil et le nombre
    sont ceux du jour de l'attribution, sans dossier ceux de la date de valeur du premier mouvement. Le constat est sur
    l'écriture qui franchit le seuil. Sous un contrat-cadre, les proformas sont demandées une fois, à l'attribution ; les
    achats s'ajoutent jusqu'au montant attribué et jusqu'à `fin`.

    Le fichier d'une proforma relève de piece-justificative ; l'achat découpé en plusieurs, de fractionnement.

    Source : manuel de procédures, « au moins 3 factures pro forma pour les marchés dépassant 51 000 FCFA ».

    Exemple : 285 000 FCFA de fournitures payés chez Faso Papeterie avec deux proformas.
    """

    id = "trois-proformas"
    family = Family.PURCHASES
    closing_point = ClosingPoint.PURCHASES
    weakens: ClassVar = {
        "threshold": Weaker.HIGHER,
        "count": Weaker.LOWER,
        "validity": Weaker.HIGHER,
        "natures": Weaker.FEWER,
        "exempt": Weaker.MORE,
        "tax_ids": Weaker.LOWER,
    }

    threshold: Dated[Amount] = Field(Dated[Amount].always(Money(51_000, "XOF")), alias="seuil")
    """Montant au-delà duquel (strictement) les proformas sont exigées."""
    count: Dated[_AtLeastOne] = Field(Dated[_AtLeastOne].always(3), alias="nombre")
    """Nombre de proformas de fournisseurs distincts."""
    validity: Span = Field(Duration(90, "jours"), alias="validite")
    """Durée de validité d'une proforma qui ne dit pas `valable-jusqu-au`."""
    natures: tuple[Prefix, ...] = Field(PURCHASE_NATURES)
    """Comptes dont le débit est un achat."""
    exempt: tuple[Prefix, ...] = Field(PURCHASE_EXCLUSIONS, alias="exclues")
    """Comptes dispensés parmi les natures : eau, électricité, loyers, transport public, frais bancaires…"""
    tax_ids: Flag = Field(True, alias="nif")
    """non : une proforma sans NIF n'est pas signalée ; les noms proches restent un seul fournisseur."""

    no_dossier = Message(
        "Achat de {total} chez {supplier} sans dossier de marché : au-delà de {threshold}, il faut {required} proformas "
        'de fournisseurs distincts. Ouvrez le dossier (custom "marche", custom "proforma"), puis ajoutez marche: ici.'
    )
    unknown = Message(
        'Le marché « {dossier} » n\'existe pas : corrigez marche:, ou ouvrez le dossier par custom "marche" "{dossier}".'
        "{hint}"
    )
    other_tree = Message(
        "Le marché {dossier} est du bailleur {owner}, mais cet achat est dans {tree} : un marché sert un seul bailleur. "
        "Ouvrez un dossier pour {tree}, ou corrigez marche: ou bailleur:."
    )
    too_few = Message(
        "Achat de {total} chez {supplier} : {found:proforma} de fournisseurs distincts sur {required} exigées au-delà "
        "de {threshold} (marché {dossier} : {suppliers}).{alike} Ajoutez celles qui manquent, ou passez une dérogation motivée."
    )
    no_tax_id = Message(
        "Marché {dossier} : {quotes:proforma} sans NIF ({suppliers}) pour un achat de {total}. Au-delà de {threshold}, le NIF "
        'dit que ce sont des maisons distinctes : ajoutez nif: à custom "proforma", ou inscrivez la maison dans '
        "rules/fournisseurs.yaml."
    )
    late_quote = Message(
        "Marché {dossier}, attribué le {award} : {quotes} après l'attribution. Les proformas se demandent avant de "
        "choisir ; corrigez la date si elle est mal recopiée."
    )
    expired = Message(
        "Marché {dossier}, attribué le {award} : {quotes}, donc plus valable ce jour-là. Faites confirmer l'offre avant "
        "d'attribuer, ou corrigez valable-jusqu-au."
    )
    early_purchase = Message(
        "Achat du {day} chez {supplier} avant l'attribution du marché {dossier} ({award}) : on attribue, puis on achète. "
        "Corrigez la date de l'attribution, ou date-valeur de l'achat."
    )
    other_supplier = Message(
        "Achat chez {supplier} sur le marché {dossier}, attribué à {winner} : achetez chez l'attributaire, ou "
        "corrigez attributaire:. Deux noms d'une même maison portent le même nif:."
    )
    unquoted = Message(
        "{winner}, attributaire du marché {dossier}, n'a pas de proforma dans le dossier ({suppliers}). "
        "Ajoutez la sienne, ou corrigez attributaire:."
    )
    no_winner = Message("Le marché {dossier} n'a pas d'attributaire : ajoutez attributaire: au dossier.")
    dearer = Message(
        "Le marché {dossier} est attribué à {winner} pour {chosen}, alors que {lowest_supplier} offrait {lowest} : un "
        "choix plus cher se justifie. Ajoutez motif-choix: (qualité, délai, disponibilité…)."
    )
    not_lowest = Message(
        "Le marché {dossier} dit « {reason} », mais {winner} l'emporte pour {chosen} alors que {lowest_supplier} offrait "
        "{lowest}. Écrivez la vraie raison dans motif-choix:, ou corrigez les montants."
    )
    beyond = Message(
        "Les achats du marché {dossier} atteignent {total} ; il a été attribué pour {award_amount}. {excess} de trop : "
        "ouvrez un nouveau dossier pour le supplément."
    )
    ended = Message(
        "Achat du {day} sur le contrat-cadre {dossier}, qui a pris fin le {until}. "
        "Remettez les fournisseurs en concurrence dans un nouveau dossier."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each dossier's choice, then each purchase."""
        for dossier in books.dossiers.values():
            yield from self._choice(dossier)
        strangers: set[str] = set()
        for purchase in books.purchases(Nature(self.natures, self.exempt)):
            dossier_ = books.dossiers.get(purchase.key) if purchase.kind == "marche" else None
            if purchase.kind == "marche" and dossier_ is None:
                if purchase.key not in strangers:
                    strangers.add(purchase.key)
                    hint = _hint(purchase.key, books)
                    yield self.finding(self.unknown, purchase.lines[0].entry, dossier=purchase.key, hint=hint)
            elif dossier_ is None:
                yield from self._bare(purchase)
            else:
                yield from self._under(books, purchase, dossier_)

    def guard(self, books: Books) -> Guard:
        """Who is the same supplier, what a dossier buys, and purchases beyond the threshold or of a known invoice."""
        if self.told(books) and any(map(self._says_lines, books.dossiers.values())):
            return ANYTHING
        nature = Nature(self.natures, self.exempt)
        lowest = min((step.value.units for step in self.threshold.steps), default=0)
        known, common = purchase_marks(books, nature)
        purchases = Purchases(*nature, known, common, lowest, None, True)
        return self.guarded(books, names(books), purchases, reads=_READ)

    def _says_lines(self, dossier: Dossier) -> bool:
        """Whether what is said of a dossier names the lines of its quotes, which a change may move."""
        return any(quote.date > dossier.date or self._last_day(quote) < dossier.date for quote in dossier.quotes)

    def _bare(self, purchase: Purchase) -> Iterator[Finding]:
        """A purchase without a dossier."""
        when = purchase.lines[0].entry.value_date
        threshold, required = self.threshold.at(when), self.count.at(when)
        if threshold is None or not required or purchase.total <= threshold.units:
            return
        yield self.finding(
            self.no_dossier,
            _crossing(purchase, threshold.units),
            total=Money(purchase.total, threshold.currency),
            supplier=purchase.name or "un fournisseur sans nom",
            threshold=threshold,
            required=required,
            proformas=0,
        )

    # --- a purchase and its dossier -------------------------------------------------------------------------------

    def _under(self, books: Books, purchase: Purchase, dossier: Dossier) -> Iterator[Finding]:
        if dossier.tree and dossier.tree != purchase.tree:
            facts: dict[str, Any] = {"dossier": dossier.id, "owner": dossier.tree, "tree": purchase.tree}
            yield self.finding(self.other_tree, purchase.lines[0].entry, **facts)
        threshold = self.threshold.at(dossier.date)
        award = dossier.award
        asked = purchase.total
        if dossier.framework and award is not None:
            asked = max(asked, award.amount)
        if threshold is None or asked <= threshold.units:
            return
        # a framework contract is one order: its quotes are due with the first purchase
        entry = _crossing(purchase, 0 if dossier.framework else threshold.units)
        yield from self._houses(books, purchase, dossier, entry, threshold)
        yield from self._validity(dossier, entry)
        yield from self._purchase_lines(purchase, dossier)
        if award is not None and purchase.total > award.amount:
            yield self.finding(
                self.beyond,
                _crossing(purchase, award.amount),
                dossier=dossier.id,
                total=Money(purchase.total, threshold.currency),
                award_amount=Money(award.amount, threshold.currency),
                excess=Money(purchase.total - award.amount, threshold.currency),
            )

    def _houses(
        self, books: Books, purchase: Purchase, dossier: Dossier, entry: Entry, threshold: Money
    ) -> Iterator[Finding]:
        """Who quoted: enough suppliers, each with its NIF, the winner among them."""
        required = self.count.at(dossier.date) or 0
        houses = _by_house(books, dossier.quotes)
        names = [house[0].name for house in houses]
        total = Money(purchase.total, threshold.currency)
        facts: dict[str, Any] = {"dossier": dossier.id}
        if len(names) < required:
            yield self.finding(
                self.too_few,
                entry,
                **facts,
                total=total,
                supplier=purchase.name or dossier.winner_name or "un fournisseur sans nom",
                found=len(names),
                required=required,
                threshold=threshold,
                suppliers=names or ["aucune proforma"],
                alike=_alike(houses),
                proformas=len(names),
            )
        bare = [quote.name for quote in dossier.quotes if not books.suppliers.has_tax_id(quote.supplier)]
        if self.tax_ids and bare:
            yield self.finding(
                self.no_tax_id,
                entry,
                level=Level.WARNING,
                **facts,
                total=total,
                quotes=len(bare),
                suppliers=bare,
                threshold=threshold,
            )
        if dossier.winner and dossier.quotes and dossier.award is None:
            yield self.finding(self.unquoted, entry, **facts, winner=dossier.winner_name, suppliers=names)

    def _validity(self, dossier: Dossier, entry: Entry) -> Iterator[Finding]:
        """Quotes made after the award, and those that were no longer valid on its day."""
        facts: dict[str, Any] = {"dossier": dossier.id, "award": dossier.date}
        late = [quote for quote in dossier.quotes if quote.date > dossier.date]
        if late:
            said = [f"la proforma de {quote.name} ({_short(quote.place)}) est du {day(quote.date)}" for quote in late]
            yield self.finding(self.late_quote, entry, **facts, quotes=said)
        dated = [(quote, self._last_day(quote)) for quote in dossier.quotes if quote.date <= dossier.date]
        said = [
            f"la proforma de {quote.name} ({_short(quote.place)}) valait jusqu'au {day(last)}"
            for quote, last in dated
            if last < dossier.date
        ]
        if said:
            yield self.finding(self.expired, entry, **facts, quotes=said)

    def _last_day(self, quote: Quote) -> date:
        return quote.valid_until if quote.valid_until is not None else self.validity.after(quote.date)

    def _purchase_lines(self, purchase: Purchase, dossier: Dossier) -> Iterator[Finding]:
        """What each entry of a dossier may do wrong; a purchase too early or too late is said of the first one."""
        early = ended = False
        seen: set[Place] = set()
        for entry, _, supplier, name, *_ in purchase.lines:
            facts: dict[str, Any] = {"dossier": dossier.id, "supplier": name or purchase.name}
            when = entry.value_date
            if not early and when < dossier.date:
                early = True
                yield self.finding(self.early_purchase, entry, **facts, day=when, award=dossier.date)
            if not ended and dossier.framework and dossier.until is not None and when > dossier.until:
                ended = True
                yield self.finding(self.ended, entry, **facts, day=when, until=dossier.until)
            if dossier.winner and supplier and supplier != dossier.winner and entry.place not in seen:
                seen.add(entry.place)
                yield self.finding(self.other_supplier, entry, **facts, winner=dossier.winner_name)

    # --- a dossier alone ------------------------------------------------------------------------------------------

    def _choice(self, dossier: Dossier) -> Iterator[Finding]:
        """Who was chosen, and whether that is justified: what the dossier itself must say."""
        threshold = self.threshold.at(dossier.date)
        if threshold is None or not any(quote.amount > threshold.units for quote in dossier.quotes):
            return
        award = dossier.award
        if not dossier.winner:
            yield self.finding(self.no_winner, dossier.place, dossier=dossier.id)
        if award is None or award.amount <= threshold.units:
            return
        others = (quote for quote in dossier.quotes if quote.supplier != dossier.winner)
        rivals = [quote for quote in others if quote.date <= dossier.date <= self._last_day(quote)]
        lowest = min((award, *rivals), key=lambda quote: quote.amount)
        claims_lowest = folded(dossier.reason).startswith("moins disant")
        if lowest.amount < award.amount and (not dossier.reason or claims_lowest):
            yield self.finding(
                self.not_lowest if dossier.reason else self.dearer,
                dossier.place,
                dossier=dossier.id,
                reason=dossier.reason,
                winner=award.name,
                chosen=Money(award.amount, threshold.currency),
                lowest_supplier=lowest.name,
                lowest=Money(lowest.amount, threshold.currency),
            )


def _crossing(purchase: Purchase, limit: int) -> Entry:
    """The entry whose purchases bring the total above a limit."""
    total = 0
    for entry, movement, *_ in purchase.lines:
        total += movement.value
        if total > limit:
            return entry
    return purchase.lines[-1].entry


def _by_house(books: Books, quotes: tuple[Quote, ...]) -> list[list[Quote]]:
    """The quotes by supplier, or by what may be one, in their order."""
    found: dict[str, list[Quote]] = {}
    for quote in quotes:
        found.setdefault(books.suppliers.house(quote.supplier), []).append(quote)
    return list(found.values())


def _alike(houses: list[list[Quote]]) -> str:
    """The names that are counted once though they are written in several ways."""
    said = []
    for quotes in houses:
        names = {quote.supplier: quote.name for quote in reversed(quotes)}
        if len(names) > 1:
            said.append(" et ".join(f"« {name} »" for name in reversed(names.values())))
    if not said:
        return ""
    return f" Comptées une fois : {', '.join(said)}, peut-être une même maison ; si c'en sont deux, écrivez leurs NIF (nif:)."


def _hint(written: str, books: Books) -> str:
    return did_you_mean(written, sorted(books.dossiers), likeness=0.8)


def _short(place: Place) -> str:
    return f"{Path(place.file).name}:{place.line}"


__plugins__ = (plugin(MissingQuotes),)
