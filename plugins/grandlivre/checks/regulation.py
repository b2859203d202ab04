"""The rule `reglement`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from typing import ClassVar, Literal

from grandlivre.books.assets import booked_otherwise, is_taken_over, register
from grandlivre.books.citations import unknown_words
from grandlivre.books.directives.cash import CashCount
from grandlivre.books.guarding import opening
from grandlivre.books.index import Books
from grandlivre.books.metadata import CHOICES, KINDS, MetaFault, meta_faults
from grandlivre.books.records import Account, Entry, Movement, Place
from grandlivre.books.stornos import mirrors
from grandlivre.guards.guard import Guard, Touching, Vouchers
from grandlivre.guards.wording import Agreed, Before, Citing, Misspelt, Outside
from grandlivre.i18n import Message, Money, did_you_mean, listing
from grandlivre.policy.donors import DONOR_REPORTS, HOUSE_REPORTS, Donor
from grandlivre.policy.loading import Policy
from grandlivre.policy.model import Field
from grandlivre.policy.sycebnl import AGREED, IN_KIND, STATED
from grandlivre.rules import Doubt, Family, Finding, Rule, plugin

_BELIEVABLE = ((date(1900, 1, 1), date(2200, 12, 31)),)
"""The open days where no fiscal year is declared."""
_FLAGS = ("*", "!")
_TOLD = (
    *("ecriture", "annule", "convention", "autorise-par", "derogation-par", "membre", "immobilisation"),
    "donateur",
)
"""Keys whose value is compared with the rules or with other entries."""


class Regulation(Rule):
    """Règle, directive ou métadonnée mal écrite ou contradictoire.

    Chaque faute des fichiers YAML est dite sur son fichier et sa ligne, toutes à la fois. La règle confronte ensuite
    ce que disent les règles et ce que disent les livres : comptes déclarés et jamais ouverts, caisse ouverte que
    personne ne déclare, projet sans fichier de bailleur, écriture hors des exercices ouverts, à-nouveau mal placé,
    convention inconnue ou à choisir entre deux, rapport promis qui n'existe pas, personne inconnue, extourne qui n'est
    pas le miroir exact de la pièce annulée, contributions en nature (XOF-CVN) hors de la classe 9.

    Elle lit aussi la forme des métadonnées : une date se met sans guillemets (date-valeur: 2026-03-31), un texte avec
    (ligne: "3.10", nif: "084112345A" : sans guillemets, un zéro en tête se perd), TRUE ou FALSE sans guillemets.

    Une signature (signataire-1, autorise-par, derogation-par) se donne écriture par écriture : pushmeta n'en pose pas.

    Toujours en service, sans dérogation : sans elle, les autres règles ne savent pas de quoi elles parlent.

    Source : manuel de procédures, tel que rules/ l'écrit (rules/README.md en dit chaque clé).

    Exemple : « Le compte Actif:UE-EAU:5711-Caisse, déclaré ici, n'est ouvert nulle part. »
    """

    id = "reglement"
    family = Family.FILES
    stoppable = False
    settable = False

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite."""

    said = Message("{said}")
    """A mistake that its reader already put into words."""

    # YAML against the ledger
    never_opened = Message(
        "Le compte {account}, déclaré ici, n'est ouvert nulle part : corrigez son nom, ou ajoutez sa ligne open dans "
        "comptes.beancount."
    )
    undeclared = Message(
        "{account} est ouvert, mais aucun bailleur ne le déclare : ajoutez-le à {key} dans le fichier du bailleur {tree}."
    )
    unknown_tree = Message(
        "Le projet {tree} n'a pas de fichier dans rules/bailleurs/ : créez-le, ou corrigez le nom du compte {account}.{hint}"
    )
    unknown_report = Message(
        "Le rapport « {model} », promis par la convention {agreement}, n'existe pas : personne ne pourrait le préparer.{hint} "
        "Corrigez modele: ; modèles pour un bailleur : {known}."
    )
    unknown_edition = Message(
        "La convention {agreement} demande l'édition « {edition} » de {model}, qui n'existe pas ; éditions : {known}. "
        "Corrigez edition: avec celle qui est annexée au contrat."
    )
    no_edition = Message("{model} n'a pas d'éditions : retirez edition: « {edition} » de la convention {agreement}.")
    no_tree = Message(
        "Le compte {account} n'est dans aucun projet : un compte s'écrit Racine:BAILLEUR:NNNN-Intitule. Renommez-le."
    )

    # entries
    out_of_years = Message(
        "Cette écriture du {day} est hors des exercices ouverts ({years}) : corrigez sa date, ou ajoutez l'exercice "
        "dans organisation.yaml. Elle ne compte pas."
    )
    opening_year = Message(
        "Un à-nouveau ne se passe que dans le premier exercice ({first}) : ensuite les soldes se reportent d'eux-mêmes. "
        "Retirez cette écriture."
    )
    opening_twice = Message(
        "Le projet {tree} a déjà son à-nouveau ({other}) : un seul par projet. Réunissez-les en une écriture."
    )
    opening_late = Message(
        "L'à-nouveau de {tree} vient après {other} : il est la première écriture du projet. Datez-le du {first}."
    )
    flag = Message("Le drapeau « {flag} » n'a pas de sens ici : écrivez * (complet) ou ! (la pièce suit).")
    unknown_agreement = Message(
        "La convention « {agreement} » n'existe pas chez {tree} : conventions connues : {known}.{hint}"
    )
    which_agreement = Message(
        "Deux conventions de {tree} sont en vigueur le {day} ({known}) : dites laquelle par convention:."
    )
    in_kind_elsewhere = Message(
        "Une contribution en nature ({currency}) est portée sur {account} : elle ne touche que la classe 9. "
        "Changez le compte, ou écrivez le montant en {francs}."
    )
    francs_in_nine = Message(
        "{account} (classe 9) reçoit du {currency} : la classe 9 ne tient que des contributions en nature, en {cvn}. "
        "Changez le compte ou la devise."
    )
    unknown_person = Message(
        "La personne « {person} » ({key}) n'est pas déclarée dans mandats.yaml : corrigez l'identifiant, ou "
        "déclarez-la.{hint}"
    )

    # metadata
    wrong_kinds: ClassVar[Mapping[str, Message]] = {
        "date": Message(
            "« {key} » vaut « {value} », qui n'est pas une date : écrivez {key}: {example}, sans guillemets."
        ),
        "vrai-faux": Message("« {key} » vaut « {value} » : écrivez {key}: TRUE ou {key}: FALSE, sans guillemets."),
        "nombre": Message("« {key} » vaut « {value} » : écrivez un nombre sans guillemets, par exemple {key}: 12."),
        "texte": Message(
            "« {key} » est écrit sans guillemets (lu : {value}) : un numéro y perdrait ses zéros. "
            'Écrivez {key}: "{value}", tel qu\'il est sur la pièce.'
        ),
        "choix": Message("« {key} » vaut « {value} » ; valeurs permises : {choices}.{hint} Corrigez le mot."),
    }
    """One sentence a kind of metadata."""

    # stornos
    storno_of_nothing = Message(
        "Cette extourne ne dit pas quelle pièce elle annule : ajoutez annule: suivi du numéro entre guillemets."
    )
    annule_alone = Message(
        "annule: nomme {piece}, mais l'écriture n'est pas une extourne : ajoutez ecriture: \"extourne\", ou retirez "
        "annule:."
    )
    storno_unknown = Message(
        "La pièce {piece}, que cette extourne annule, n'existe pas dans les livres : corrigez le numéro."
    )
    storno_twice = Message("La pièce {piece} est déjà extournée ({other}) : une extourne suffit. Retirez celle-ci.")
    storno_early = Message(
        "Cette extourne du {day} précède la pièce {piece} du {other} qu'elle annule : corrigez sa date."
    )
    storno_differs = Message(
        "Cette extourne n'est pas le miroir exact de {piece} : reprenez les mêmes comptes et les mêmes montants, de "
        "signe contraire. Pour corriger, passez ensuite une écriture neuve."
    )

    # directives
    loose_quote = Message(
        "Cette proforma nomme le marché {dossier}, qui n'est ouvert nulle part : ajoutez sa directive marche, ou "
        "corrigez le numéro.{hint}"
    )
    unknown_donor = Message("Le bailleur « {tree} » n'a pas de fichier dans rules/bailleurs/ : corrigez le code.{hint}")
    not_a_till = Message("{account} n'est pas une caisse : un pv-caisse porte sur un compte 57. Corrigez le compte.")
    not_a_bank = Message(
        "{account} n'est pas un compte de banque : un relevé porte sur un compte 52 ou 55. Corrigez-le."
    )
    unknown_word = Message("« {key} » cite « {word} », qui n'est pas {wanted} : corrigez-le, ou déclarez-le.{hint}")
    unknown_voucher = Message("La pièce {piece} n'existe pas dans les livres : corrigez son numéro.")
    no_life = Message(
        "L'immobilisation {asset} s'amortit ({account}) et ne dit pas sur combien de temps : ajoutez duree:, par exemple "
        'duree: "36 mois".'
    )
    served_early = Message(
        "L'immobilisation {asset}, achetée le {bought}, serait en service depuis le {day} : corrigez mise-en-service. "
        "Reprise d'autres livres, elle nomme la pièce d'à-nouveau, ou dit amortissement-anterieur."
    )
    other_cost = Message(
        "{assets} : {cost} inscrits au registre, {booked} portés à {account} par {piece}. Corrigez le coût, la pièce, ou "
        "inscrivez le bien qui manque."
    )
    unknown_asset = Message(
        "L'immobilisation « {asset} » n'est inscrite nulle part : corrigez son numéro, ou ajoutez sa directive.{hint}"
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """What is badly written first, then what contradicts itself."""
        for problem in books.policy.problems:
            yield self.finding(self.said, Place(str(problem.path), problem.line), said=problem.message)
        if books.policy.unread:  # what the books say against it would be told of a file that cannot be read
            return
        for fault in books.problems:
            yield self.finding(self.said, fault.place, said=fault.message)
        yield from self._declared(books)
        yield from self._promised(books)
        yield from self._opened(books)
        yield from self._entries(books)
        yield from self._stornos(books)
        yield from self._directives(books)
        yield from self._cited(books)

    def guard(self, books: Books) -> Guard:
        """Days that are not open, badly written keys, words that name nothing, vouchers that stornos and assets name."""
        policy, organisation = books.policy, books.policy.organisation
        spans = tuple((year.start, year.end) for year in organisation.years) or _BELIEVABLE
        known = (f"{code}/{each.id}" for code, donor in policy.donors.items() for each in donor.agreements)
        stornos = (entry.text("annule") for entry in books.carrying("annule"))
        openings = [(entry.tree, entry.date) for entry in books.carrying("ecriture") if entry.is_opening]
        return self.guarded(
            books,
            Outside(spans),
            Misspelt(tuple(KINDS.items()), tuple(CHOICES.items())),
            Agreed(frozenset(known), frozenset(policy.donors), tuple(_double(books)), AGREED),
            Touching(IN_KIND),
            *_citations(books),
            Vouchers(frozenset((*stornos, *(piece for each in books.directives.assets for piece in each.pieces)))),
            Before(tuple(sorted(set(openings)))),
            *opening(books),
        )

    def doubt(self, books: Books) -> Doubt:
        """The entries that carry what may be badly written, and those that agreements or class 9 may contradict."""
        several = _overlapping(books)
        closer = [*books.doubtful, *books.foreign, *books.touching(*IN_KIND), *books.carrying(*_TOLD)]
        for shape in books.shapes:
            if shape.annotated or shape.flag not in _FLAGS or not several.isdisjoint(shape.pattern.trees):
                closer += shape.entries
        return Doubt(closer)

    # --- declared against opened ------------------------------------------------------------------------------------

    def _declared(self, books: Books) -> Iterator[Finding]:
        """Accounts that the rules name and nobody opened."""
        policy, accounts = books.policy, books.accounts
        for code, donor in policy.donors.items():
            for name, where in _declared(donor):
                if name not in accounts or accounts[name].opened is None:
                    yield self.finding(self.never_opened, _yaml(books, code, *where), account=name)
        names = [*(till.account for till in policy.loose_tills), *policy.numbers]
        for name in names:
            if not any(a.opened and (a.name == name or a.name.startswith(f"{name}:")) for a in accounts.values()):
                yield self.finding(self.never_opened, Place(books.main, 1), account=name)

    def _promised(self, books: Books) -> Iterator[Finding]:
        """Reports promised to a donor that nobody can make, or in an edition that nobody has."""
        own = {form.model for form in books.policy.forms}
        known = {*DONOR_REPORTS, *HOUSE_REPORTS, *own}
        for code, donor in books.policy.donors.items():
            for number, agreement in enumerate(donor.agreements):
                for rank, due in enumerate(agreement.reports):
                    at = ("conventions", number, "rapports", rank)
                    if due.model not in known:
                        yield self.finding(
                            self.unknown_report,
                            _yaml(books, code, *at, "modele"),
                            model=due.model,
                            agreement=agreement.id,
                            hint=did_you_mean(due.model, sorted(known), likeness=0.7),
                            known=[*DONOR_REPORTS, *sorted(own - {*DONOR_REPORTS})],
                        )
                    elif due.edition and due.edition not in (found := _editions(books.policy, due.model)):
                        yield self.finding(
                            self.unknown_edition if found else self.no_edition,
                            _yaml(books, code, *at, "edition"),
                            model=due.model,
                            agreement=agreement.id,
                            edition=due.edition,
                            known=list(found),
                        )

    def _opened(self, books: Books) -> Iterator[Finding]:
        """Accounts opened that nobody declares, and trees that no file describes."""
        policy = books.policy
        told = {problem.path for problem in policy.problems}
        if not policy.donors and (policy.root is None or told & {policy.root, policy.root / "bailleurs"}):
            return
        opened = [account for account in sorted(books.accounts.values()) if account.opened is not None]
        for account in opened:
            if _undescribed(account, policy):
                continue  # its tree is unknown: that is said once a tree
            if not account.tree and policy.root is not None:
                yield self.finding(self.no_tree, account.place, account=account.name)
            elif key := _undeclared(account, policy, told):
                yield self.finding(self.undeclared, account.place, account=account.name, key=key, tree=account.tree)
        yield from self._unknown_trees(policy, opened, told)

    def _unknown_trees(self, policy: Policy, opened: list[Account], told: set[Path]) -> Iterator[Finding]:
        """Trees that no donor's file describes, each at its first account."""
        described = {policy.donor_line(code)[0] for code in policy.donors}
        if any(path.parent.name == "bailleurs" for path in told - described):
            return  # a donor's file that cannot be read may be theirs
        strangers: dict[str, Account] = {}
        for account in opened:
            if code := _undescribed(account, policy):
                strangers.setdefault(code, account)
        for tree, account in strangers.items():
            near = did_you_mean(tree, policy.donors, likeness=0.7)
            yield self.finding(self.unknown_tree, account.place, tree=tree, account=account.name, hint=near)

    # --- entries ----------------------------------------------------------------------------------------------------

    def _entries(self, books: Books) -> Iterator[Finding]:
        francs = books.policy.currency
        spans = [f"du {year.start:%d/%m/%Y} au {year.end:%d/%m/%Y}" for year in books.policy.organisation.years]
        several = _overlapping(books)
        opened: dict[str, Entry] = {}
        for entry in books.strays:
            yield self.finding(self.out_of_years, entry, day=entry.date, years=spans)
        for entry in books.entries:
            if entry.is_opening:
                yield from self._opening(books, entry, opened)
            if entry.flag not in _FLAGS:
                yield self.finding(self.flag, entry, flag=entry.flag)
            for meta in (entry.meta, *(movement.meta for movement in entry.movements if entry.annotated)):
                for fault in meta_faults(meta):
                    yield self._metadata(entry, fault)
            yield from self._agreement(books, entry, several)
            for movement in entry.movements:
                yield from self._in_kind(entry, movement, francs)
            yield from self._people(books, entry)

    def _in_kind(self, entry: Entry, movement: Movement, francs: str) -> Iterator[Finding]:
        cvn, account = f"{francs}-CVN", movement.account
        nine = account.is_(*IN_KIND)
        if movement.currency == francs and not nine:
            return
        if account.number and nine != (movement.currency == cvn):
            yield self.finding(
                self.francs_in_nine if nine else self.in_kind_elsewhere,
                entry,
                movement=movement,
                account=account.name,
                currency=movement.currency,
                francs=francs,
                cvn=cvn,
            )

    def _opening(self, books: Books, entry: Entry, opened: dict[str, Entry]) -> Iterator[Finding]:
        years = books.policy.organisation.years
        first = years[0] if years else None
        if first is not None and first.end < entry.date:
            span = f"du {first.start:%d/%m/%Y} au {first.end:%d/%m/%Y}"
            yield self.finding(self.opening_year, entry, first=span)
        elif entry.tree in opened:
            yield self.finding(self.opening_twice, entry, tree=entry.tree, other=opened[entry.tree].named)
        elif entry.tree and (earlier := books.first_entry(entry.tree)) is not entry:
            day = first.start if first is not None else earlier.date
            yield self.finding(self.opening_late, entry, tree=entry.tree, other=earlier.named, first=day)
        opened.setdefault(entry.tree, entry)

    def _metadata(self, entry: Entry, fault: MetaFault) -> Finding:
        example = fault.value if re.fullmatch(r"\d{4}-\d{2}-\d{2}", fault.value.strip()) else "2026-03-31"
        choices = list(CHOICES.get(fault.key, ()))
        hint = did_you_mean(fault.value.lower(), choices, likeness=0.7)
        return self.finding(
            self.wrong_kinds[fault.kind],
            entry,
            key=fault.key,
            value=fault.value,
            example=example,
            choices=choices,
            hint=hint,
        )

    def _agreement(self, books: Books, entry: Entry, several: Set[str]) -> Iterator[Finding]:
        donor = books.policy.donors.get(entry.tree)
        if donor is None:
            return
        named = {entry.text("convention", movement) for movement in (None, *entry.movements)}
        for name in sorted(named):
            yield from self._named_agreement(entry, name, donor)
        if entry.tree in several and not entry.is_apart:
            for movement in entry.movements:
                if movement.account.number.startswith(AGREED) and not entry.text("convention", movement):
                    fitting = books.agreements(entry, movement)
                    if len(fitting) > 1:
                        ids = [agreement.id for agreement in fitting]
                        yield self.finding(
                            self.which_agreement, entry, tree=donor.code, day=entry.value_date, known=ids
                        )
                        return

    def _named_agreement(self, at: Entry | Place, name: str, donor: Donor) -> Iterator[Finding]:
        """An agreement that an entry or a dossier names, when it names one, and that its donor does not have."""
        if name and donor.agreement(name) is None:
            known = [agreement.id for agreement in donor.agreements]
            yield self.finding(
                self.unknown_agreement,
                at,
                agreement=name,
                tree=donor.code,
                known=known or ["aucune"],
                hint=did_you_mean(name, known, likeness=0.7),
            )

    def _people(self, books: Books, entry: Entry) -> Iterator[Finding]:
        named = [("autorise-par", person) for person in entry.text("autorise-par").split()]
        if not any(mandate.power == "autorisation" for mandate in books.policy.mandates):
            # with such mandates the rule `derogation` says who has no power
            named += [("derogation-par", person) for person in entry.text("derogation-par").split()]
        yield from self._strangers(books, entry, named)

    def _strangers(self, books: Books, at: Entry | Place, named: Iterable[tuple[str, str]]) -> Iterator[Finding]:
        """The people named, each under its key, whom nobody declares; without declared people, nobody is a stranger."""
        people = books.policy.people
        for key, person in named if people else ():
            if person not in people:
                near = did_you_mean(person, people, likeness=0.7)
                yield self.finding(self.unknown_person, at, person=person, key=key, hint=near)

    # --- stornos ----------------------------------------------------------------------------------------------------

    def _stornos(self, books: Books) -> Iterator[Finding]:
        reversed_by: dict[str, Entry] = {}
        for entry in books.carrying("ecriture", "annule"):
            if entry.kind != "extourne" and "annule" not in entry.meta:
                continue
            piece = entry.text("annule")
            if not entry.is_storno:
                if piece:
                    yield self.finding(self.annule_alone, entry, piece=piece)
                continue
            originals = [each for each in books.vouchers(piece) if each is not entry]
            if not piece:
                yield self.finding(self.storno_of_nothing, entry)
            elif not originals:
                yield self.finding(self.storno_unknown, entry, piece=piece)
            elif piece in reversed_by:
                yield self.finding(self.storno_twice, entry, piece=piece, other=reversed_by[piece].named)
            elif not any(mirrors(entry, original) for original in originals):
                yield self.finding(self.storno_differs, entry, piece=piece)
            elif all(entry.date < original.date for original in originals):
                yield self.finding(self.storno_early, entry, day=entry.date, piece=piece, other=originals[0].date)
            reversed_by.setdefault(piece, entry)

    def _cited(self, books: Books) -> Iterator[Finding]:
        """What meetings, activities and dues cite and nothing declares."""
        for each in unknown_words(books):
            hint = did_you_mean(each.word, each.known, likeness=0.7)
            yield self.finding(
                self.unknown_word, each.place, key=each.key, word=each.word, wanted=each.wanted, hint=hint
            )

    # --- directives -------------------------------------------------------------------------------------------------

    def _directives(self, books: Books) -> Iterator[Finding]:
        """What directives name that the rules or the books do not hold, one kind of name after another."""
        yield from self._quotes(books)
        yield from self._donors(books)
        for dossier in books.directives.dossiers:
            donor = books.policy.donors.get(dossier.tree)
            if donor is not None:
                yield from self._named_agreement(dossier.place, dossier.agreement, donor)
        yield from self._counts(books)
        for statement in books.directives.statements:
            number = statement.account.number
            if number and not number.startswith(STATED):
                yield self.finding(self.not_a_bank, statement.place, account=statement.account.name)
        yield from self._assets(books)

    def _assets(self, books: Books) -> Iterator[Finding]:
        """Assets whose directive says too little, or something else than the books; what leaves and was never registered."""
        for each in register(books):
            asset, donor = each.asset, books.policy.donors.get(each.tree)
            for piece in asset.pieces:
                if not books.vouchers(piece):
                    yield self.finding(self.unknown_voucher, asset.place, piece=piece)
            if donor is not None:
                yield from self._named_agreement(asset.place, asset.agreement, donor)
            if each.wears_out and asset.life is None:
                yield self.finding(self.no_life, asset.place, asset=asset.id, account=asset.account.name)
            served = asset.in_service
            if served is not None and served < asset.date and not is_taken_over(books, asset):
                yield self.finding(self.served_early, asset.place, asset=asset.id, bought=asset.date, day=served)
        for gap in booked_otherwise(books):
            yield self.finding(
                self.other_cost,
                gap.assets[-1].place,
                assets=[asset.id for asset in gap.assets],
                cost=Money(gap.registered),
                booked=Money(gap.booked),
                account=gap.account,
                piece=listing(gap.pieces),
            )
        yield from self._never_registered(books)

    def _never_registered(self, books: Books) -> Iterator[Finding]:
        """Entries that name an asset the register does not hold."""
        numbers = [asset.id for asset in books.directives.assets]
        for entry in books.carrying("immobilisation"):
            if (number := entry.text("immobilisation")) and number not in numbers:
                hint = did_you_mean(number, numbers, likeness=0.7)
                yield self.finding(self.unknown_asset, entry, asset=number, hint=hint)

    def _quotes(self, books: Books) -> Iterator[Finding]:
        """Quotes of a dossier that nobody opened."""
        for quote in books.directives.loose_quotes:
            near = did_you_mean(quote.dossier, (each.id for each in books.directives.dossiers), likeness=0.7)
            yield self.finding(self.loose_quote, quote.place, dossier=quote.dossier, hint=near)

    def _donors(self, books: Books) -> Iterator[Finding]:
        """Donors that directives name and no file describes; with no file at all, none is unknown."""
        said, donors = books.directives, books.policy.donors
        named = [(dossier.tree, dossier.place) for dossier in said.dossiers]
        named += [(sent.tree, sent.place) for sent in said.transmissions]
        named += [(meeting.programme, meeting.place) for meeting in said.meetings]
        named += [(step.tree, step.place) for step in said.activities]
        named += [(body.tree, body.place) for body in said.communities]
        for tree, place in named if donors else ():
            if tree and tree not in donors:
                yield self.finding(self.unknown_donor, place, tree=tree, hint=did_you_mean(tree, donors, likeness=0.7))

    def _counts(self, books: Books) -> Iterator[Finding]:
        """Cash counts of what is no till, and the unknown people who took part."""
        tills = {account.name for account in books.tills}
        for count in books.directives.counts:
            if count.account.name not in tills:
                yield self.finding(self.not_a_till, count.place, account=count.account.name)
            yield from self._strangers(books, count.place, _present(count))


def _declared(donor: Donor) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The accounts of a donor's file, each with its place in it."""
    accounts = donor.accounts
    if accounts.bank:
        yield accounts.bank, ("comptes", "banque")
    for index, name in enumerate(accounts.other_banks):
        yield name, ("comptes", "autres-banques", index)
    for index, name in enumerate(accounts.mobile):
        yield name, ("comptes", "mobile", index)
    for index, till in enumerate(accounts.tills):
        yield till.account, ("comptes", "caisses", index, "compte")
    for index, name in enumerate(accounts.loans):
        yield name, ("comptes", "prets", index)


def _editions(policy: Policy, model: str) -> tuple[str, ...]:
    """The editions that forms of a model have; read when an agreement names one."""
    from grandlivre.policy.forms import editions, named_forms

    return editions(named_forms(policy.forms).get(model, ()))


def _yaml(books: Books, code: str, *where: str | int) -> Place:
    """Where a donor's file says something, else (inline rules) the top of the books."""
    if books.policy.root is None:
        return Place(books.main, 1)
    path, line = books.policy.donor_line(code, *where)
    return Place(str(path), line)


def _undescribed(account: Account, policy: Policy) -> str:
    """The code of the tree that an account's name gives and no donor's file describes, "" when there is none."""
    if account.tree:
        return "" if account.tree in policy.donors else account.tree
    parts = account.name.split(":")
    return parts[1] if policy.root is not None and len(parts) >= 3 else ""


def _undeclared(account: Account, policy: Policy, told: Collection[Path]) -> str:
    """The key of a donor's file under which a till or a mobile account is missing, "" when it is there."""
    if account.tree and policy.donor_line(account.tree)[0] in told:
        return ""  # its file is not wholly read: it may be there
    if account.is_till:
        return "" if account.name in policy.tills else "caisses"
    declared = any(account.name in donor.accounts.mobile for donor in policy.donors.values())
    return "mobile" if account.is_mobile and not declared else ""


def _present(count: CashCount) -> list[tuple[str, str]]:
    """Who took part in a count, each under its key; a name with spaces is somebody from outside."""
    present = (("caissier", count.cashier), ("controleur", count.controller), ("temoin", count.witness))
    return [(key, person) for key, person in present if person and " " not in person]


def _overlapping(books: Books) -> frozenset[str]:
    """The trees that may have two agreements on one day."""
    return frozenset(code for code, donor in books.policy.donors.items() if _overlap(donor))


def _double(books: Books) -> Iterator[tuple[str, date, date]]:
    """The trees that have two agreements in force, from which day to which."""
    for code, donor in books.policy.donors.items():
        for one, other in combinations(donor.agreements, 2):
            start, end = max(one.start, other.start), min(one.final_day, other.final_day)
            if start <= end:
                yield code, start, end


def _overlap(donor: Donor) -> bool:
    """Whether two agreements of a donor are in force on one day."""
    spans = sorted((agreement.start, agreement.final_day) for agreement in donor.agreements)
    return any(start <= end for (_, end), (start, _) in pairwise(spans))


__plugins__ = (plugin(Regulation),)


def _citations(books: Books) -> Iterator[Citing]:
    """What entries may name: people, members and givers where the rules list them, assets."""
    policy = books.policy
    if policy.people:
        yield Citing("autorise-par", frozenset(policy.people), True)
    for key, known in (("membre", policy.members.members), ("donateur", policy.givers.givers)):
        if known:
            yield Citing(key, frozenset(each.id for each in known))
    yield Citing("immobilisation", frozenset(asset.id for asset in books.directives.assets))
