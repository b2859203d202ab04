"""Large valid books for the benchmark: the same procedures, repeated over donors and years.

One file a donor-month and one voucher file a month, shared by its entries. Books of the real shape have a voucher file an
entry, entries that leave out their last amount, and cheques that nobody ever cashes, which are alerts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from demo.days import month_end
from demo.policies import money
from demo.vouchers import pdf
from demo.writer import COMMODITIES, HEADER, MAIN, WIDTH

LAST_YEAR = 2026
FLOOR, CEILING = 25000, 150000
MODELS = (
    ("fonds-administration", "Passif", "462-Fonds-administration", "702-Quote-part-fonds-administration"),
    ("fonds-affectes", "Capitaux", "165-Fonds-affectes-a-un-projet", "7925-Reprises-de-fonds-affectes"),
    ("subvention-exploitation", "Actif", "4732-Subventions-a-recevoir", "713-Subventions-exploitation"),
)
"""Financing models in turn: name, root and account of the funds, account of the income."""
GOODS = (("2.1", "6011-Biens-lies-a-l-activite"), ("2.2", "6053-Carburant"), ("2.3", "6277-Ateliers"))
VILLAGES = ("Dourou", "Sangha", "Ende", "Wadouba", "Borko", "Pelou", "Niono", "Markala", "Kadiolo", "Koro", "Bankass")
REASONS = (
    "Suivi des activités du mois",
    "Collecte de données",
    "Animation communautaire",
    "Supervision des relais",
    "Réunion de coordination",
    "Visite des comités",
)
STAFF = """\
# Exemple de démonstration : personnes, organisations et chiffres sont fictifs.
personnes:
  directeur: {nom: "A. Traoré (fictif)", fonction: Directeur, college: direction, sexe: h}
  president: {nom: "B. Konaté (fictif)", fonction: Président, college: bureau-executif, sexe: h}
  tresoriere: {nom: "F. Diarra (fictif)", fonction: Trésorière, college: bureau-executif, sexe: f}
  comptable: {nom: "P. Kanté (fictif)", fonction: Comptable, college: appui, sexe: h}
"""


@dataclass
class Donor:
    """One tree while it is being written."""

    index: int
    code: str
    rng: random.Random
    real: bool = False
    """Whether its entries have the shape of those that accountants write."""
    lost: list[tuple[str, int]] = field(default_factory=list)
    """Cheques never cashed: voucher and amount."""
    cash: int = 0
    bank: int = 0
    invoices: int = 0
    advances: int = 0
    prices: set[tuple[int, int]] = field(default_factory=set)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Name of its folder."""
        return self.code.lower()

    @property
    def model(self) -> tuple[str, str, str, str]:
        """Its financing model."""
        return MODELS[self.index % len(MODELS)]

    def account(self, root: str, leaf: str) -> str:
        """A full account name."""
        return f"{root}:{self.code}:{leaf}"

    def supplier(self, place: int) -> tuple[str, str]:
        """The winner of a framework contract and its tax number."""
        return f"Fournisseur {self.index + 1:02d}-{place + 1} (fictif)", f"08{self.index:03d}{place}{'147'}X"


def files(donors: int, years: int, transactions: int, seed: int, real: bool = False) -> dict[str, bytes]:
    """Every file of the books and of their rules, by path; plan-comptable.yaml is the caller's."""
    first_year = LAST_YEAR - years + 1
    months = [date(year, month, 1) for year in range(first_year, LAST_YEAR + 1) for month in range(1, 13)]
    share, rest = divmod(transactions, donors * len(months))
    if share < 12:
        raise SystemExit(
            f"{transactions} transactions: at least {donors * len(months) * 12} are needed (12 a donor-month)"
        )
    out: dict[str, str] = {}
    trees = [Donor(n, f"BAIL-{n + 1:02d}", random.Random(seed * 1000 + n), real) for n in range(donors)]
    main = HEADER.format(title="Livres de mesure") + MAIN.format(title="Livres de mesure (fictifs)", first=months[0])
    out["ledger/main.beancount"] = main + "".join(f'include "{tree.folder}/*.beancount"\n' for tree in trees)
    out["ledger/comptes.beancount"] = HEADER.format(title="Monnaies") + "\n" + COMMODITIES.format(first=months[0])
    raw: dict[str, bytes] = {}
    place = 0
    for tree in trees:
        out[f"ledger/{tree.folder}/comptes.beancount"] = _accounts(tree, months[0])
        for month in months:
            wanted = share + (place < rest)
            place += 1
            name = f"{tree.folder}/{month:%Y-%m}.pdf"
            written = Month(tree, month, wanted, share + 1, months[-1])
            out[f"ledger/{tree.folder}/{month:%Y-%m}.beancount"] = written.write()
            for each in written.vouchers:
                raw[f"ledger/documents/{each}"] = pdf(("PIÈCE", each, "Document fictif"))
            raw[f"ledger/documents/{name}"] = pdf(("PIÈCES DU MOIS", f"{tree.code}, {month:%m/%Y}", "Document fictif"))
    out |= _rules(trees, months[0], months[-1], share + 1)
    return {path: text.encode("utf-8") for path, text in out.items()} | raw


class Month:
    """One donor's month, written in date order."""

    def __init__(self, tree: Donor, first: date, wanted: int, most: int, final: date) -> None:
        self.tree, self.first, self.wanted, self.most = tree, first, wanted, most
        self.last = month_end(first)
        self.period = f"{first:%Y-%m}"
        self.final = first == final
        self.document = f"{tree.folder}/{self.period}.pdf"
        self.parts: list[str] = []
        self.vouchers: list[str] = []
        """The files that entries have of their own."""
        self.done = self.out = self.charges = 0
        self.waiting: list[tuple[str, int]] = []
        self.queue: list[tuple[int, str, int, int, str]] = []
        self.bank_name = tree.account("Actif", "5211-Banque")
        self.till = tree.account("Actif", "5711-Caisse")
        self.transit = tree.account("Actif", "585-Virements-de-fonds")

    def write(self) -> str:
        """The file's text."""
        tree = self.tree
        granted = tree.model[0] == "subvention-exploitation"
        fund_piece = self.piece("BQ")
        claim_piece = self.piece("OD") if granted else ""
        self.done = 3  # the instalment, the bank's fees, and the share or the claim
        days = [2 + 25 * n // max(1, self.wanted) for n in range(self.wanted)]
        for day in days:
            self.settle(day)
            if self.done + len(self.queue) >= self.wanted:
                break
            self.event(self.first.replace(day=day), self.wanted - self.done - len(self.queue))
        self.settle(99)
        while self.done < self.wanted:
            self.direct(self.first.replace(day=27))
        self.fees()
        funds = self.out - tree.bank + 500000 if self.out > tree.bank else 500000
        tree.bank += funds - self.out
        head = self.instalment(fund_piece, claim_piece, funds)
        if not granted:
            self.share()
        text = [HEADER.format(title=f"{tree.code}, {self.period}").rstrip("\n")]
        if self.first.month == 1:
            text += self.frameworks()
        text += [*head, *self.parts, self.count(), self.statement()]
        return "\n\n".join(text) + "\n"

    # --- pieces -----------------------------------------------------------------------------------------------------

    def piece(self, series: str) -> str:
        """The next voucher number of a series."""
        key = series, self.first.year
        self.tree.numbers[key] = number = self.tree.numbers.get(key, 0) + 1
        return f"{series}-{self.tree.code}-{self.first.year}-{number:04d}"

    def entry(self, day: date, payee: str, said: str, piece: str, words: str, *legs: tuple[str, int]) -> str:
        """One transaction as text; `words` holds the metadata between the voucher and its document."""
        told = [f"\n  {name.ljust(WIDTH - len(str(amount)) - 1)} {amount} XOF" for name, amount in legs]
        document = self.document
        if self.tree.real:
            document = f"{self.tree.folder}/{self.period}/{piece}.pdf"
            self.vouchers.append(document)
            told[-1] = f"\n  {legs[-1][0]}"
        return f'{day} * "{payee}" "{said}"\n  piece: "{piece}"{words}\n  document: "{document}"{"".join(told)}'

    def payment(self, day: date, mode: str, amount: int, piece: str) -> str:
        """Metadata of a signed payment; late cheques appear on the next statement."""
        board = "president" if self.tree.rng.random() < 0.5 else "tresoriere"
        signed = f'\n  signataire-1: "directeur"\n  signataire-2: "{board}"\n  mode: "{mode}"'
        tick = self.period
        if mode == "cheque" and self.tree.real and self.tree.rng.random() < 0.01:
            self.tree.lost.append((piece, amount))
            self.out += amount
            return signed
        if mode == "cheque" and day.day >= 25 and not self.final:
            self.waiting.append((piece, amount))
            following = month_end(self.first).toordinal() + 1
            tick = f"{date.fromordinal(following):%Y-%m}"
        self.out += amount
        return f'{signed}\n  pointage: "{tick}"'

    # --- what happens -----------------------------------------------------------------------------------------------

    def event(self, day: date, room: int) -> None:
        """One of the month's events, no larger than the room left."""
        draw = self.tree.rng.random()
        if draw < 0.34 and room >= 2:
            self.invoice(day)
        elif draw < 0.42 and room >= 2:
            self.advance(day)
        elif draw < 0.72 and room >= 3:
            self.petty(day)
        else:
            self.direct(day)

    def invoice(self, day: date) -> None:
        """An invoice under a framework contract; its payment waits in the queue."""
        tree, rng = self.tree, self.tree.rng
        place = rng.randrange(3)
        amount = 40000 + 5 * rng.randrange(32000)
        while (place, amount) in tree.prices:
            amount += 5
        tree.prices.add((place, amount))
        tree.invoices += 1
        payee, nif = tree.supplier(place)
        line, leaf = GOODS[place]
        refs = (
            f'\n  nif: "{nif}"\n  facture: "F{self.first:%y}-{tree.invoices * 3:05d}"\n  marche: "{self.market(place)}"'
        )
        self.parts.append(
            self.entry(
                day, payee, f"Livraison du {day.day}, bon {tree.invoices}", self.piece("OD"), f'{refs}\n  ligne: "{line}"',
                (tree.account("Charges", leaf), amount), (tree.account("Passif", "4011-Fournisseurs"), -amount),
            )
        )  # fmt: skip
        self.charges += amount
        self.done += 1
        self.queue.append((min(27, day.day + 1 + rng.randrange(6)), "invoice", amount, place, refs))

    def advance(self, day: date) -> None:
        """An advance; its justification waits in the queue."""
        tree = self.tree
        tree.advances += 1
        amount = 30000 + 500 * tree.rng.randrange(240)
        due = min(27, day.day + 5)
        number = f"AV-{self.first.year}-{tree.index + 1:02d}{tree.advances:05d}"
        words = f'\n  avance: "{number}"'
        piece = self.piece("BQ")
        self.parts.append(
            self.entry(
                day, f"Agent {tree.index + 1:02d}-{tree.advances} (fictif)", "Avance à justifier, mission",
                piece, f"{self.payment(day, 'virement', amount, piece)}{words}\n  echeance: {self.first.replace(day=due)}",
                (tree.account("Actif", "4213-Avances-a-justifier"), amount), (self.bank_name, -amount),
            )
        )  # fmt: skip
        self.done += 1
        self.queue.append((due, "advance", amount, tree.advances, words))

    def settle(self, day: int) -> None:
        """Payments and justifications that fall due."""
        ready = sorted(item for item in self.queue if item[0] <= day)
        self.queue = [item for item in self.queue if item[0] > day]
        tree = self.tree
        for at, kind, amount, place, words in ready:
            when = self.first.replace(day=at)
            self.done += 1
            if kind == "invoice":
                piece = self.piece("BQ")
                mode = "cheque" if place else "virement"
                self.parts.append(
                    self.entry(
                        when, tree.supplier(place)[0], "Règlement de facture", piece,
                        self.payment(when, mode, amount, piece) + words,
                        (tree.account("Passif", "4011-Fournisseurs"), amount), (self.bank_name, -amount),
                    )
                )  # fmt: skip
            else:
                self.charges += amount
                self.parts.append(
                    self.entry(
                        when, f"Agent {tree.index + 1:02d}-{place} (fictif)", "Justification d'avance, mission",
                        self.piece("OD"), f'{words}\n  ligne: "1.1"',
                        (tree.account("Charges", "6384-Missions"), amount),
                        (tree.account("Actif", "4213-Avances-a-justifier"), -amount),
                    )
                )  # fmt: skip

    def direct(self, day: date) -> None:
        """Per diems paid by the bank."""
        tree, rng = self.tree, self.tree.rng
        amount = 5000 + 250 * rng.randrange(340)
        piece = self.piece("BQ")
        village, reason = VILLAGES[rng.randrange(len(VILLAGES))], REASONS[rng.randrange(len(REASONS))]
        words = self.payment(day, "cheque" if rng.random() < 0.4 else "virement", amount, piece)
        self.parts.append(
            self.entry(
                day, f"Relais de {village} (fictif)", f"{reason}, {village}", piece, f'{words}\n  ligne: "1.1"',
                (tree.account("Charges", "6384-Missions"), amount), (self.bank_name, -amount),
            )
        )  # fmt: skip
        self.charges += amount
        self.done += 1

    def petty(self, day: date) -> None:
        """A small trip paid by the till, replenished first when it would fall under its floor."""
        tree, rng = self.tree, self.tree.rng
        amount = 1500 + 250 * rng.randrange(70)
        if tree.cash - amount < FLOOR:
            fed = CEILING - tree.cash
            piece = self.piece("BQ")
            self.parts.append(
                self.entry(
                    day, f"Caisse {tree.code}", "Réapprovisionnement de la caisse", piece,
                    self.payment(day, "virement", fed, piece), (self.transit, fed), (self.bank_name, -fed),
                )
            )  # fmt: skip
            self.parts.append(
                self.entry(
                    day, f"Banque {tree.code}", "Réapprovisionnement de la caisse", self.piece("CS"), '\n  mode: "especes"',
                    (self.till, fed), (self.transit, -fed),
                )
            )  # fmt: skip
            tree.cash += fed
            self.done += 2
        piece = self.piece("CS")
        village = VILLAGES[rng.randrange(len(VILLAGES))]
        self.parts.append(
            self.entry(
                day, f"Agent {piece.rsplit('-', 1)[1]} (fictif)", f"Transport vers {village}", piece, '\n  mode: "especes"\n  ligne: "1.2"',
                (tree.account("Charges", "6181-Voyages-et-deplacements"), amount), (self.till, -amount),
            )
        )  # fmt: skip
        tree.cash -= amount
        self.charges += amount
        self.done += 1

    # --- the month's ends -------------------------------------------------------------------------------------------

    def instalment(self, piece: str, claim: str, funds: int) -> list[str]:
        """The donor's monthly instalment, claimed first under model C."""
        tree = self.tree
        _, root, leaf, income = tree.model
        name = tree.account(root, leaf)
        payee, day = f"Bailleur {tree.index + 1:02d} (fictif)", self.first
        parts = []
        if claim:
            words = (name, funds), (tree.account("Produits", income), -funds)
            parts.append(self.entry(day, payee, "Subvention à recevoir", claim, "", *words))
        paid = f'\n  mode: "virement"\n  pointage: "{self.period}"'
        parts.append(self.entry(day, payee, "Tranche du mois", piece, paid, (self.bank_name, funds), (name, -funds)))
        return parts

    def fees(self) -> None:
        """The bank's fees."""
        amount = 2925 + 585 * (self.first.month % 4)
        self.out += amount
        self.charges += amount
        words = f'\n  pointage: "{self.period}"\n  ligne: "4.6"'
        legs = (self.tree.account("Charges", "6318-Frais-bancaires"), amount), (self.bank_name, -amount)
        self.parts.append(
            self.entry(self.last, "Banque (fictif)", "Frais de tenue de compte", self.piece("BQ"), words, *legs)
        )

    def share(self) -> None:
        """The month's charges taken from the donor's funds."""
        tree = self.tree
        _, root, leaf, income = tree.model
        legs = (tree.account(root, leaf), self.charges), (tree.account("Produits", income), -self.charges)
        self.parts.append(self.entry(self.last, "ANI-Mali", "Quote-part du mois", self.piece("OD"), "", *legs))

    def market(self, place: int) -> str:
        """The framework contract of the year."""
        return f"M-{self.first.year}-{self.tree.index * 3 + place + 1:03d}"

    def frameworks(self) -> list[str]:
        """The year's framework contracts and their quotes."""
        tree, parts = self.tree, []
        for place, (line, _) in enumerate(GOODS):
            code, award = self.market(place), award_of(self.most)
            day = self.first.replace(day=2)
            for other in range(3):
                name, nif = tree.supplier(place)
                if other:
                    name, nif = (
                        f"Concurrent {tree.index + 1:02d}-{place + 1}-{other} (fictif)",
                        f"09{tree.index:03d}{place}{other}00Y",
                    )
                parts.append(
                    f'{day} custom "proforma" "{code}" "{name}" {award + other * 250000} XOF\n  nif: "{nif}"\n'
                    f'  valable-jusqu-au: {day.replace(month=12, day=31)}\n  document: "{self.document}"'
                )
            parts.append(
                f'{day} custom "marche" "{code}" "Contrat-cadre {line}"\n  bailleur: "{tree.code}"\n'
                f'  attributaire: "{tree.supplier(place)[0]}"\n  ligne: "{line}"\n  motif-choix: "moins-disant"\n'
                f'  document-pv: "{self.document}"\n  contrat-cadre: TRUE\n  fin: {day.replace(month=12, day=31)}'
            )
        return parts

    def count(self) -> str:
        """The month's count of the till; by the director and without notice in the middle of each quarter."""
        surprise = self.last.month % 3 == 2
        notes, left = divmod(self.tree.cash, 1000)
        coins, halves = divmod(left, 250)
        assert halves == 0
        return (
            f'{self.last} custom "pv-caisse" {self.till} {self.tree.cash} XOF\n  heure: "17:30"\n'
            f'  type: "{"inopine" if surprise else "mensuel"}"\n'
            f'  billets: "{f"1000x{notes}" if notes else ""}"\n  pieces: "{f"250x{coins}" if coins else ""}"\n'
            f'  caissier: "caissier-{self.tree.index + 1:02d}"\n  controleur: "{"directeur" if surprise else "comptable"}"\n'
            f'  document: "{self.document}"'
        )

    def statement(self) -> str:
        """The bank's statement and the cheques it does not show yet."""
        open_cheques = [*self.tree.lost, *self.waiting]
        shown = self.tree.bank + sum(amount for _, amount in open_cheques)
        waiting = " ".join(piece for piece, _ in open_cheques)
        said = f'\n  suspens: "{waiting}"' if waiting else ""
        return f'{self.last} custom "releve" {self.bank_name} "{self.period}" {shown} XOF{said}\n  document: "{self.document}"'


def award_of(most: int) -> int:
    """An award larger than a year's invoices could ever be."""
    return most * 6 * 200000


def _accounts(tree: Donor, first: date) -> str:
    _, root, leaf, income = tree.model
    leaves = [
        ("Actif", "4213-Avances-a-justifier"), ("Actif", "5211-Banque"), ("Actif", "5711-Caisse"),
        ("Actif", "585-Virements-de-fonds"), ("Passif", "4011-Fournisseurs"), (root, leaf), ("Produits", income),
        *(("Charges", each) for _, each in GOODS), ("Charges", "6181-Voyages-et-deplacements"),
        ("Charges", "6318-Frais-bancaires"), ("Charges", "6384-Missions"),
    ]  # fmt: skip
    opens = "".join(f"{first} open {tree.account(*each).ljust(52)} XOF\n" for each in sorted(leaves))
    return HEADER.format(title=f"{tree.code}, comptes") + "\n" + opens


def _rules(trees: list[Donor], first: date, last: date, most: int) -> dict[str, str]:
    years = range(first.year, last.year + 1)
    end = date(last.year, 12, 31)
    cashiers = "".join(
        f'  caissier-{tree.index + 1:02d}: {{nom: "Caissier {tree.index + 1:02d} (fictif)", fonction: Caissier, college: appui}}\n'
        for tree in trees
    )
    mandates = [
        *(f"{who}, pouvoir: signature-bancaire, comptes: [52, 55], plafond: 5 000 000 XOF" for who in ("directeur", "president", "tresoriere")),
        "president, pouvoir: autorisation",
        *(f"{who}, pouvoir: controle-caisse, comptes: [57]" for who in ("comptable", "directeur")),
        *(f"caissier-{tree.index + 1:02d}, pouvoir: tenue-caisse, comptes: ['{tree.account('Actif', '5711-Caisse')}']" for tree in trees),
    ]  # fmt: skip
    out = {
        "rules/mandats.yaml": STAFF + cashiers + "mandats:\n"
        + "".join(f"  - {{personne: {each}, du: {first}, au: {end}}}\n" for each in mandates),
        "rules/organisation.yaml": "sigle: ANI-Mali\nnom: \"Livres de mesure (fictifs)\"\ndevise: XOF\nlangue: fr\nexercices:\n"
        + "".join(f"  - {{du: {year}-01-01, au: {year}-12-31}}\n" for year in years)
        + "organes: {bureau-executif: [president, tresoriere], direction: [directeur, comptable]}\n"
        + "revenus-propres: [701, 7041, 7052, 752]\n"
        + "delai-cloture: 99 ans  # ces livres de mesure ne se closent pas\n",
        "rules/controles.yaml": "double-signature: {nombre: 2, colleges: [direction, bureau-executif]}\n"
         "piece-reutilisee: non  # ces livres de mesure rangent les pièces d'un mois dans un seul fichier\n",
    }  # fmt: skip
    for tree in trees:
        out[f"rules/bailleurs/{tree.folder}.yaml"] = "".join(_donor(tree, first, end, most, len(years)))
    return out


def _donor(tree: Donor, first: date, end: date, most: int, years: int) -> Iterator[str]:
    yield f'code: {tree.code}\nnom: "Bailleur {tree.index + 1:02d} (fictif)"\npartenaire: Bailleur\npays-origine-fonds: BE\n'
    yield f"comptes:\n  banque: {tree.account('Actif', '5211-Banque')}\n  mobile: []\n  prets: []\n  caisses:\n"
    yield f"    - {{compte: {tree.account('Actif', '5711-Caisse')}, caissier: caissier-{tree.index + 1:02d}, "
    yield f"bornes: [{{depuis: {first}, plancher: {money(FLOOR)}, plafond: {money(CEILING)}}}]}}\n"
    yield f"conventions:\n  - id: CONV-{tree.index + 1:02d}\n    du: {first}\n    au: {end}\n"
    yield f"    financement: {tree.model[0]}\n    adoptee-le: {first}\n    budget:\n"
    yield '      - code: "1"\n        libelle: "Dépenses"\n        lignes:\n'
    cost = most * 12 * 150000 * 2
    for code, label, amount, accounts in (
        ("1.1", "Missions", cost, "6384"), ("1.2", "Transports", cost, "6181"),
        *((line, "Contrat-cadre", award_of(most) * 2, leaf.split("-")[0]) for line, leaf in GOODS),
        ("4.6", "Frais bancaires", 200000, "631"),
    ):  # fmt: skip
        yield f'          - {{code: "{code}", libelle: "{label}", unite: an, quantite: {years}, '
        yield f"cout-unitaire: {money(amount)}, comptes: [{accounts}]}}\n"
