"""Made organisations that keep every rule: several trees, tills, mobile money, currencies, years and closings.

Each is written month after month as an accountant would, from a seed. `check` must find no `erreur` in any of them.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from arbiter.reading import month_end, months

HEAD = "\n".join(
    f'option "name_{key}" "{name}"'
    for key, name in (
        ("assets", "Actif"),
        ("liabilities", "Passif"),
        ("equity", "Capitaux"),
        ("income", "Produits"),
        ("expenses", "Charges"),
    )
)
ROOTS = {"4": "Passif", "5": "Actif", "6": "Charges", "7": "Produits", "1": "Capitaux", "2": "Actif"}
NAMES = {"5711": "Caisse", "6055": "Fournitures-de-bureau"}
ASSETS = ("4213", "4692", "4732")
LINES = {
    "1.1": ("661", "Salaires"),
    "2.1": ("6384, 6181", "Missions"),
    "2.2": ("6047, 6055, 6054", "Fournitures"),
    "2.3": ("6053", "Carburant"),
    "2.4": ("6277, 633", "Ateliers"),
    "3.1": ("6222, 6052, 6284, 6281", "Bureau"),
    "3.2": ("631", "Frais bancaires"),
    "3.3": ("624", "Entretien"),
}
SHOPS = (
    "Papeterie du Fleuve",
    "Quincaillerie Sanké",
    "Librairie Nyeta",
    "Boutique Kanaga",
    "Maison Dugu",
    "Comptoir Wassa",
)
MODELS = ("fonds-administration", "fonds-affectes", "subvention-exploitation")
FUND = {"fonds-administration": "462", "fonds-affectes": "165", "subvention-exploitation": "4732"}
INCOME = {"fonds-administration": "702", "fonds-affectes": "7925", "subvention-exploitation": "713"}
FLOOR, CEILING = 20_000, 120_000


@dataclass
class Paper:
    """One transaction before it has its number."""

    day: date
    series: str
    payee: str
    narration: str
    legs: list[tuple[str, int | str]]
    words: list[str] = field(default_factory=list)
    piece: str = ""
    document: bool = True
    cancels: Paper | None = None


@dataclass
class Tree:
    """One donor, or the organisation itself."""

    code: str
    model: str
    random: random.Random
    mobile: bool
    currency: str
    papers: list[Paper] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cash: int = 0
    purse: int = 0
    counter: Counter[str] = field(default_factory=Counter)
    dossiers: int = 0

    def account(self, number: str) -> str:
        name = NAMES.get(number, "Compte")
        root = "Actif" if number.startswith(ASSETS) else ROOTS[number[0]]
        return f"{root}:{self.code}:{number}-{name}"

    def number(self, kind: str, year: int) -> str:
        self.counter[kind] += 1
        return f"{kind}-{self.code}-{year}-{self.counter[kind]:03d}"


class Organisation:
    """What is written for one seed."""

    def __init__(self, seed: int) -> None:
        draw = self.random = random.Random(seed)
        self.seed = seed
        trees = draw.choice([1, 2, 3, 4, 4, 6])
        length = draw.choice([1, 2, 3, 4, 6, 10, 12, 15])
        self.sealed = length > 3 or draw.random() < 0.4
        start_year = 2025 if length > 10 else 2026
        self.first = date(start_year, 1, 1)
        self.months = list(months(self.first, self.first + timedelta(days=30 * length)))[:length]
        self.end = month_end(self.months[-1])
        self.trees = [Tree("FONCT", "ressources-propres", draw, False, "XOF")]
        for rank in range(trees - 1):
            currency = draw.choice(["XOF", "XOF", "EUR", "USD"])
            self.trees.append(Tree(f"BAIL-{rank + 1}", MODELS[(rank + seed) % 3], draw, draw.random() < 0.5, currency))
        self.rich = seed >= 20
        """Whether what is rarer happens too: limits reached exactly, late charges, counts after the month's end."""
        self.today = self.end + timedelta(days=draw.choice([0, 1, 4, 9]))

    # --- what happens

    def live(self) -> None:
        for month in self.months:
            for tree in self.trees:
                Month(self, tree, month).happen()
            self._share_costs(month)
        for tree in self.trees:
            self._number(tree)

    @property
    def quarters(self) -> list[tuple[str, date]]:
        """The quarters that are closed, and the day of each closing."""
        ends = [month_end(month) for month in self.months if month.month % 3 == 0]
        closed = [(end, end + timedelta(days=9)) for end in ends if self.sealed]
        return [(f"{end.year}-T{end.month // 3}", day) for end, day in closed if day <= self.today]

    def _share_costs(self, month: date) -> None:
        """The organisation pays a bill; each tree pays its share in two entries."""
        if len(self.trees) < 2:
            return
        own, day = self.trees[0], month.replace(day=26)
        for tree in self.trees[1:]:
            amount = 10_000 + 5 * self.random.randrange(2_000)
            tree.papers.append(
                Paper(
                    day,
                    "BQ",
                    "Fonctionnement",
                    f"Part des charges communes de {month:%m/%Y}",
                    [(tree.account("6284"), amount), (tree.account("52111"), -amount)],
                    [
                        'ligne: "3.1"',
                        "reciproque: TRUE",
                        *self.signed(),
                        'mode: "virement"',
                        f'ordre: "{tree.number("OV", day.year)}"',
                    ],
                )
            )
            own.papers.append(
                Paper(
                    day,
                    "BQ",
                    tree.code,
                    f"Part des charges communes de {month:%m/%Y}",
                    [(own.account("52111"), amount), (own.account("781"), -amount)],
                    ["reciproque: TRUE", 'mode: "virement"'],
                )
            )

    def signed(self) -> list[str]:
        pair = [self.random.choice(["directeur", "coordinatrice"]), self.random.choice(["president", "tresoriere"])]
        self.random.shuffle(pair)
        return [f'signataire-1: "{pair[0]}"', f'signataire-2: "{pair[1]}"']

    def _number(self, tree: Tree) -> None:
        """Numbers in the order of dates, shares of funds, then counts and statements."""
        for month in self.months:
            own = [p for p in tree.papers if p.day.replace(day=1) == month]
            charges = sum(v for p in own for a, v in p.legs if a.startswith("Charges:") and isinstance(v, int))
            if tree.model in MODELS[:2] and charges:
                fund, income = tree.account(FUND[tree.model]), tree.account(INCOME[tree.model])
                said = f"Quote-part de {month:%m/%Y}"
                share = Paper(month_end(month), "OD", "Organisation", said, [(fund, charges), (income, -charges)])
                share.document = self.random.random() < 0.5
                tree.papers.append(share)
        order = {id(paper): rank for rank, paper in enumerate(tree.papers)}
        tree.papers.sort(key=lambda paper: (paper.day, order[id(paper)]))
        numbers: Counter[tuple[str, int]] = Counter()
        for paper in tree.papers:
            numbers[paper.series, paper.day.year] += 1
            paper.piece = f"{paper.series}-{tree.code}-{paper.day.year}-{numbers[paper.series, paper.day.year]:04d}"
        for month in self.months:
            self._tick(tree, month)

    def _tick(self, tree: Tree, month: date) -> None:
        """Late cheques appear on the next statement; every month has its count and its statements."""
        for number in ("52111", "5521"):
            own = [p for p in tree.papers if any(a == tree.account(number) for a, _ in p.legs)]
            for paper in own:
                if paper.day.replace(day=1) == month and _tick_of(paper) == "9999-99":
                    late = 'mode: "cheque"' in paper.words and paper.day.day >= 25 and month != self.months[-1]
                    shown = month_end(month) + timedelta(days=1) if late else month
                    paper.words.append(f'pointage: "{shown:%Y-%m}"')
            if own and own[0].day <= month_end(month):
                self._statement(tree, tree.account(number), own, month)
        self._count(tree, month_end(month))

    def _statement(self, tree: Tree, account: str, own: list[Paper], month: date) -> None:
        end, code = month_end(month), f"{month:%Y-%m}"
        waiting = [p.piece for p in own if p.day <= end and _tick_of(p) > code]
        shown = [leg for p in own if _tick_of(p) <= code for leg in p.legs]
        balance = sum(value for name, value in shown if name == account and isinstance(value, int))
        words = f'\n  suspens: "{" ".join(waiting)}"' if waiting else ""
        tree.notes.append(f'{end} custom "releve" {account} "{code}" {balance} XOF{words}')

    def _count(self, tree: Tree, end: date) -> None:
        till = tree.account("5711")
        own = [p for p in tree.papers if p.day <= end and any(a == till for a, _ in p.legs)]
        if not own:
            return
        held = sum(v for p in own for a, v in p.legs if a == till and isinstance(v, int))
        notes, rest = divmod(held, 5000)
        words = [f'billets: "5000x{notes}"', f'pieces: "5x{rest // 5}"' if rest else 'pieces: ""']
        surprise = end.month % 3 == 2
        words += [
            'type: "inopine"' if surprise else 'type: "mensuel"',
            'heure: "17:00"',
            f'caissier: "caissier-{tree.code.lower()}"',
            f'controleur: "{"tresoriere" if surprise else "comptable"}"',
        ]
        words += ['temoin: "temoin"', f'derniere-piece: "{own[-1].piece}"']
        late = self.rich and end != self.end and self.random.random() < 0.3
        day = end + timedelta(days=2) if late else end
        tree.notes.append(f'{day} custom "pv-caisse" {till} {held} XOF\n  ' + "\n  ".join(words))

    # --- what is written

    def write(self, root: Path, chart: Path) -> Path:
        """Writes ledger/ and rules/ under `root`; returns the entry point."""
        self.live()
        files = self._rules() | self._ledger()
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        shutil.copy(chart, root / "rules" / "plan-comptable.yaml")
        for path in re.findall(r'"((?:fonct|bail)[^"]*\.pdf)"', "\n".join(files.values())):
            document = root / "ledger" / "documents" / path
            document.parent.mkdir(parents=True, exist_ok=True)
            document.write_bytes(f"%PDF-1.4 {path}\n".encode())
        return root / "ledger" / "main.beancount"

    def _ledger(self) -> dict[str, str]:
        main = [HEAD, 'option "title" "Organisation"', 'option "operating_currency" "XOF"']
        main += ['option "inferred_tolerance_default" "XOF:0.5"', 'plugin "grandlivre.checks" "../rules"']
        files: dict[str, str] = {}
        for tree in self.trees:
            folder = f"ledger/{tree.code.lower()}"
            main.append(f'include "{tree.code.lower()}/*.beancount"')
            money = {tree.account("52111"), tree.account("5711"), *([tree.account("5521")] if tree.mobile else [])}
            money |= {tree.account(number) for number in ("6055", "585", "4213")}
            used = sorted(money | {account for paper in tree.papers for account, _ in paper.legs})
            opens = [f"{self.first} open {account}" for account in used]
            files[f"{folder}/comptes.beancount"] = "\n".join([HEAD, "", *opens, ""])
            for month in self.months:
                own = [_text(tree, p) for p in tree.papers if p.day.replace(day=1) == month]
                own += [note for note in tree.notes if note[:7] == f"{month:%Y-%m}"]
                files[f"{folder}/{month:%Y-%m}.beancount"] = "\n\n".join([HEAD, *own]) + "\n"
        files["ledger/main.beancount"] = "\n".join(main) + "\n"
        return files

    def _rules(self) -> dict[str, str]:
        years = sorted({month.year for month in self.months})
        rows = ", ".join(f"{{du: {year}-01-01, au: {year}-12-31}}" for year in years)
        text = f'sigle: ONG\nnom: "Organisation {self.seed} (fictive)"\ndevise: XOF\nlangue: fr\nexercices: [{rows}]\n'
        text += "organes: {bureau-executif: [president, tresoriere], direction: [directeur, coordinatrice]}\n"
        text += "revenus-propres: [701, 7052]\njours-feries: [2026-01-20]\n"
        files = {"rules/organisation.yaml": text, "rules/mandats.yaml": self._people(years)}
        if self.seed % 2:
            files["rules/controles.yaml"] = (
                "caisse-hors-bornes: {delai: 3 jours, maximum-par-depense: 25 000 XOF, "
                "maximum-par-jour-et-beneficiaire: 50 000 XOF}\ntrois-proformas: {nombre: 3}\n"
            )
        for tree in self.trees:
            files[f"rules/bailleurs/{tree.code.lower()}.yaml"] = self._donor(tree)
        return files

    def _people(self, years: list[int]) -> str:
        rows = [("directeur", "direction"), ("coordinatrice", "direction"), ("president", "bureau-executif")]
        rows += [
            ("tresoriere", "bureau-executif"),
            ("comptable", "appui"),
            ("temoin", "appui"),
            ("agent-1", "programme"),
        ]
        rows += [("agent-2", "programme"), *((f"caissier-{tree.code.lower()}", "appui") for tree in self.trees)]
        text = "personnes:\n"
        for who, college in rows:
            text += f'  {who}: {{nom: "{who.title()} (fictif)", fonction: Membre, college: {college}, sexe: f}}\n'
        text += "mandats:\n"
        for year in years:
            span = f"du: {year}-01-01, au: {year}-12-31"
            for who in ("directeur", "coordinatrice", "president", "tresoriere"):
                text += f"  - {{personne: {who}, pouvoir: signature-bancaire, {span}, comptes: [52, 55], plafond: 9 000 000 XOF}}\n"
            text += f"  - {{personne: president, pouvoir: autorisation, {span}}}\n"
            for who in ("comptable", "tresoriere"):
                text += f"  - {{personne: {who}, pouvoir: controle-caisse, {span}, comptes: [57]}}\n"
        return text

    def _donor(self, tree: Tree) -> str:
        own = tree.code == "FONCT"
        mobile = f"[{tree.account('5521')}]" if tree.mobile else "[]"
        text = f'code: {tree.code}\nnom: "{tree.code} (fictif)"\npartenaire: Partenaire\npays-origine-fonds: {"ML" if own else "BE"}\n'
        text += f"comptes:\n  banque: {tree.account('52111')}\n  banque-nom: Banque fictive\n  mobile: {mobile}\n  prets: []\n  caisses:\n"
        text += f"    - {{compte: {tree.account('5711')}, caissier: caissier-{tree.code.lower()}, "
        text += f"bornes: [{{depuis: 2025-01-01, plancher: {FLOOR} XOF, plafond: {CEILING} XOF}}]}}\n"
        text += "conventions:\n"
        last = date(self.first.year + 2, 12, 31)
        middle = self.months[len(self.months) // 2]
        if self.rich and tree.model == "subvention-exploitation" and middle != self.first:
            text += self._agreement(tree, "A", self.first, middle - timedelta(days=1))
            return text + self._agreement(tree, "B", middle, last)
        return text + self._agreement(tree, "", self.first, last)

    def _agreement(self, tree: Tree, name: str, start: date, end: date) -> str:
        text = f"  - id: CONV-{tree.code}{name}\n    du: {start}\n    au: {end}\n"
        text += f"    financement: {tree.model}\n    adoptee-le: {self.first.year - 1}-12-12\n"
        if tree.currency != "XOF":
            rate = {"EUR": "655.957", "USD": "600"}[tree.currency]
            text += f"    montant: 900 000 {tree.currency}\n    taux-politique: fixe\n"
            text += f"    taux: [{{depuis: {self.first}, valeur: {rate}}}]\n"
        text += '    budget:\n      - code: "1"\n        libelle: Budget\n        lignes:\n'
        for code, (accounts, label) in LINES.items():
            text += f'          - {{code: "{code}", libelle: {label}, unite: an, quantite: 3, cout-unitaire: 20 000 000 XOF, comptes: [{accounts}]}}\n'
        return text


def _tick_of(paper: Paper) -> str:
    return next((word[11:18] for word in paper.words if word.startswith("pointage")), "9999-99")


def _text(tree: Tree, paper: Paper) -> str:
    rows = [f'{paper.day} * "{paper.payee}" "{paper.narration}"', f'  piece: "{paper.piece}"']
    rows += [f"  {word}" for word in paper.words]
    if paper.cancels:
        rows.append(f'  annule: "{paper.cancels.piece}"')
    elif paper.document:
        rows.append(f'  document: "{tree.code.lower()}/{paper.day:%Y-%m}/{paper.piece}.pdf"')
    if not paper.legs:
        return "\n".join(rows)
    rows += [
        f"  {account}  {value} XOF" if isinstance(value, int) else f"  {account}  {value}"
        for account, value in paper.legs
    ]
    return "\n".join(rows)


class Month:
    """One month of one tree."""

    def __init__(self, books: Organisation, tree: Tree, first: date) -> None:
        self.books, self.tree, self.first, self.random = books, tree, first, books.random

    def happen(self) -> None:
        self._funds()
        self._rent()
        if self.books.rich and self.first != self.books.first:
            self._late_charge()
        for day in sorted(self.random.sample(range(5, 25), self.random.choice([3, 6, 10]))):
            acts = [self._cash, self._cash, self._small, self._advance, self._purchase, self._mobile, self._mistake]
            acts += [
                self._cancelled,
                *([self._limits, self._wrong_cash, self._order, self._late_invoice] * self.books.rich),
            ]
            act = self.random.choice(acts)
            act(self.first.replace(day=day))
        self._fuel()
        self._pay()
        self._charges()

    def add(self, paper: Paper) -> Paper:
        self.tree.papers.append(paper)
        return paper

    def bank(self, number: str) -> str:
        return self.tree.account(number)

    def paid(self, mode: str = "") -> list[str]:
        mode = mode or self.random.choice(["cheque", "virement"])
        key = "cheque" if mode == "cheque" else "ordre"
        number = self.tree.number("CH" if mode == "cheque" else "OV", self.first.year)
        return [*self.books.signed(), f'mode: "{mode}"', f'{key}: "{number}"']

    def _funds(self) -> None:
        tree, month = self.tree, self.first.month
        if tree.code == "FONCT":
            if self.first == self.books.first and self.books.seed % 3 == 0:
                self._opening()
            self.add(
                Paper(
                    self.first.replace(day=2),
                    "BQ",
                    "Membres",
                    "Cotisations",
                    [(self.bank("52111"), 9_000_000), (tree.account("701"), -9_000_000)],
                )
            )
            return
        if month not in (1, 7):
            return
        fund = tree.account(FUND[tree.model])
        day = self.first.replace(day=2)
        value = 65_595_700 if tree.currency == "EUR" else 60_000_000
        foreign = f"100000 {tree.currency} @@ {value} XOF"
        if tree.model == "subvention-exploitation":
            self.add(
                Paper(day, "OD", "Partenaire", "Subvention accordée", [(fund, value), (tree.account("713"), -value)])
            )
            self.add(Paper(day, "BQ", "Partenaire", "Tranche reçue", [(self.bank("52111"), value), (fund, -value)]))
        elif tree.currency == "XOF":
            self.add(Paper(day, "BQ", "Partenaire", "Tranche reçue", [(self.bank("52111"), value), (fund, -value)]))
        else:
            called = tree.account("4692")
            self.add(Paper(day, "OD", "Partenaire", "Tranche appelée", [(called, foreign), (fund, -value)]))
            fee = 82_000
            legs: list[tuple[str, int | str]] = [
                (self.bank("52111"), value - fee),
                (tree.account("6318"), fee),
                (called, f"-{foreign}"),
            ]
            self.add(Paper(day, "BQ", "Partenaire", "Tranche reçue", legs, ['ligne: "3.2"']))

    def _opening(self) -> None:
        """What the year before left: the bank's balance, a cheque that nobody had cashed, the till."""
        tree = self.tree
        legs: list[tuple[str, int | str]] = [(self.bank("52111"), 3_000_000), (tree.account("5711"), 40_000)]
        legs.append((tree.account("121"), -3_040_000))
        self.add(Paper(self.first, "OD", "Organisation", "Report à nouveau", legs, ['ecriture: "a-nouveau"']))
        tree.cash = 40_000

    def _rent(self) -> None:
        amount = 75_000
        legs: list[tuple[str, int | str]] = [(self.tree.account("6222"), amount), (self.bank("52111"), -amount)]
        self.add(
            Paper(self.first.replace(day=4), "BQ", "Bailleur du local", "Loyer", legs, [*self.paid(), 'ligne: "3.1"'])
        )

    def _feed(self, day: date, wanted: int) -> None:
        """The till is replenished to its ceiling, through the transfer account, on one day."""
        tree = self.tree
        if tree.cash - wanted >= FLOOR:
            return
        fed = CEILING - tree.cash
        transit = tree.account("585")
        self.add(
            Paper(day, "BQ", "Caisse", "Réapprovisionnement", [(transit, fed), (self.bank("52111"), -fed)], self.paid())
        )
        self.add(
            Paper(
                day,
                "CS",
                "Banque",
                "Réapprovisionnement",
                [(tree.account("5711"), fed), (transit, -fed)],
                ['mode: "especes"'],
            )
        )
        tree.cash += fed

    def _cash(self, day: date) -> None:
        amount = 500 + 5 * self.random.randrange(3_000)
        self._feed(day, amount)
        legs: list[tuple[str, int | str]] = [(self.tree.account("6181"), amount), (self.tree.account("5711"), -amount)]
        self.add(
            Paper(
                day,
                "CS",
                f"Transporteur {self.random.randrange(40)}",
                "Déplacement",
                legs,
                ['mode: "especes"', 'ligne: "2.1"'],
            )
        )
        self.tree.cash -= amount

    def _small(self, day: date) -> None:
        """An invoice under the threshold, and its payment."""
        shop = self.random.choice(SHOPS)
        amount = 1_000 + 5 * self.random.randrange(900)
        number = self.tree.number("F", day.year)
        words = [f'nif: "08{SHOPS.index(shop)}"', f'facture: "{number}"']
        owed = self.tree.account("4011")
        legs: list[tuple[str, int | str]] = [(self.tree.account("6047"), amount), (owed, -amount)]
        self.add(Paper(day, "OD", shop, "Fournitures : facture", legs, [*words, 'ligne: "2.2"']))
        settle: list[tuple[str, int | str]] = [(owed, amount), (self.bank("52111"), -amount)]
        self.add(Paper(day + timedelta(days=1), "BQ", shop, "Fournitures : règlement", settle, [*self.paid(), *words]))

    def _advance(self, day: date) -> None:
        tree = self.tree
        number = tree.number("AV", day.year)
        amount, spent = 60_000, 40_000 + 500 * self.random.randrange(41)
        open_, words = (
            tree.account("4213"),
            [f'avance: "{number}"', f'beneficiaire: "agent-{self.random.choice([1, 2])}"'],
        )
        due = day + timedelta(days=3)
        legs: list[tuple[str, int | str]] = [(open_, amount), (self.bank("52111"), -amount)]
        self.add(Paper(day, "BQ", "Agent", "Avance de mission", legs, [*self.paid(), *words, f"echeance: {due}"]))
        back: list[tuple[str, int | str]] = [(tree.account("6384"), spent), (open_, -spent)]
        self.add(Paper(day + timedelta(days=2), "OD", "Agent", "Justification", back, [*words, 'ligne: "2.1"']))
        if spent < amount:
            rest: list[tuple[str, int | str]] = [(self.bank("52111"), amount - spent), (open_, spent - amount)]
            self.add(Paper(due, "BQ", "Agent", "Reliquat", rest, [*words, 'mode: "especes"']))

    def _purchase(self, day: date) -> None:
        """A purchase above the threshold: three quotes, the award, the invoice, the payment."""
        tree = self.tree
        tree.dossiers += 1
        number = f"M-{tree.code}-{tree.dossiers:03d}"
        price = self.random.choice([51_001, 80_000, 450_000, 1_400_000]) + self.random.randrange(500) * 5
        shops = self.random.sample(SHOPS, 3)
        folder = tree.code.lower()
        for rank, shop in enumerate(shops):
            note = f'{day - timedelta(days=2)} custom "proforma" "{number}" "{shop}" {price + 5_000 * rank} XOF\n'
            tree.notes.append(f'{note}  nif: "08{SHOPS.index(shop)}"\n  document: "{folder}/{number}-{rank}.pdf"')
        award = (
            f'{day} custom "marche" "{number}" "Fournitures"\n  bailleur: "{tree.code}"\n  attributaire: "{shops[0]}"\n'
        )
        tree.notes.append(
            f'{award}  ligne: "2.2"\n  motif-choix: "moins-disant"\n  document-pv: "{folder}/{number}-pv.pdf"'
        )
        words = [f'nif: "08{SHOPS.index(shops[0])}"', f'facture: "{tree.number("F", day.year)}"', f'marche: "{number}"']
        owed = tree.account("4011")
        parts = [price] if self.random.random() < 0.7 else [price // 2, price - price // 2 + 0]
        legs: list[tuple[str, int | str]] = [(tree.account("6047"), price), (owed, -price)]
        self.add(Paper(day, "OD", shops[0], "Achat : facture", legs, [*words, 'ligne: "2.2"']))
        for rank, part in enumerate(parts):
            when = day + timedelta(days=1 + rank)
            allowed = ['autorise-par: "president"'] if price > 1_000_000 else []
            settle: list[tuple[str, int | str]] = [(owed, part), (self.bank("52111"), -part)]
            signed = self.paid()
            if allowed:
                signed = [word.replace('"president"', '"tresoriere"') for word in signed]
            self.add(Paper(when, "BQ", shops[0], "Achat : règlement", settle, [*signed, *words, *allowed]))

    def _mobile(self, day: date) -> None:
        tree = self.tree
        if not tree.mobile:
            return
        amount = 5_000 + 5 * self.random.randrange(2_000)
        transit, purse = tree.account("585"), tree.account("5521")
        if tree.purse < amount:
            fed = 60_000
            later = day if self.random.random() < 0.5 else day + timedelta(days=1)
            self.add(
                Paper(
                    day,
                    "BQ",
                    "Monnaie électronique",
                    "Alimentation",
                    [(transit, fed), (self.bank("52111"), -fed)],
                    self.paid("virement"),
                )
            )
            self.add(Paper(later, "MM", "Banque", "Alimentation", [(purse, fed), (transit, -fed)], ['mode: "mobile"']))
            tree.purse += fed
            day = later
        legs: list[tuple[str, int | str]] = [(tree.account("6384"), amount), (purse, -amount)]
        words = [*self.books.signed(), 'mode: "mobile"', 'ligne: "2.1"']
        self.add(Paper(day, "MM", f"Relais {self.random.randrange(30)}", "Indemnité", legs, words))
        tree.purse -= amount

    def _mistake(self, day: date) -> None:
        """An invoice booked on the wrong account, reversed, then booked rightly."""
        shop, amount = self.random.choice(SHOPS), 2_000 + 5 * self.random.randrange(400)
        words = [f'nif: "08{SHOPS.index(shop)}"', f'facture: "{self.tree.number("F", day.year)}"', 'ligne: "2.2"']
        owed, wrong = self.tree.account("4011"), self.tree.account("6054")
        first = self.add(Paper(day, "OD", shop, "Fournitures", [(wrong, amount), (owed, -amount)], words))
        back = Paper(
            day, "OD", shop, "Extourne", [(wrong, -amount), (owed, amount)], ['ligne: "2.2"', 'ecriture: "extourne"']
        )
        back.cancels = first
        self.add(back)
        self.add(
            Paper(day, "OD", shop, "Fournitures", [(self.tree.account("6047"), amount), (owed, -amount)], list(words))
        )
        settle: list[tuple[str, int | str]] = [(owed, amount), (self.bank("52111"), -amount)]
        self.add(Paper(day + timedelta(days=1), "BQ", shop, "Règlement", settle, [*self.paid(), *words[:2]]))

    def _cancelled(self, day: date) -> None:
        self.add(Paper(day, "BQ", "Chèque annulé", "Numéro annulé", [], ['annulee: "chèque mal libellé"']))

    def _limits(self, day: date) -> None:
        """What stands exactly at a limit: the largest cash expense, the threshold of quotes, the till at its floor."""
        tree = self.tree
        self._feed(day, 25_000)
        legs: list[tuple[str, int | str]] = [(tree.account("6181"), 25_000), (tree.account("5711"), -25_000)]
        self.add(Paper(day, "CS", f"Chauffeur {day}", "Déplacement", legs, ['ligne: "2.1"']))
        tree.cash -= 25_000
        last = min(tree.cash - FLOOR, 25_000)
        if last > 0:
            legs = [(tree.account("6181"), last), (tree.account("5711"), -last)]
            self.add(Paper(day, "CS", f"Chauffeur {day}", "Retour", legs, ['ligne: "2.1"']))
            tree.cash -= last
        bought: list[tuple[str, int | str]] = [(tree.account("6242"), 51_000), (self.bank("52111"), -51_000)]
        if not any(a == tree.account("6242") for p in tree.papers for a, _ in p.legs):
            self.add(Paper(day, "BQ", "Garage du Rail", "Réparation", bought, [*self.paid(), 'ligne: "3.3"']))

    def _wrong_cash(self, day: date) -> None:
        """A cash expense booked for too much, reversed and booked again on that day."""
        tree = self.tree
        self._feed(day, 9_000)
        said = [tree.account("6181"), tree.account("5711")]
        first = Paper(
            day, "CS", "Gare routière", "Déplacement", [(said[0], 9_000), (said[1], -9_000)], ['ligne: "2.1"']
        )
        words = ['ligne: "2.1"', 'ecriture: "extourne"']
        back = Paper(
            day, "CS", "Gare routière", "Extourne", [(said[0], -9_000), (said[1], 9_000)], words, cancels=first
        )
        right = Paper(
            day, "CS", "Gare routière", "Déplacement", [(said[0], 6_000), (said[1], -6_000)], ['ligne: "2.1"']
        )
        for paper in (first, back, right):
            self.add(paper)
        tree.cash -= 6_000

    def _order(self, day: date) -> None:
        """One transfer order pays two people."""
        words = self.paid("virement")
        for who in ("Formatrice A", "Formatrice B"):
            legs: list[tuple[str, int | str]] = [(self.tree.account("6384"), 15_000), (self.bank("52111"), -15_000)]
            self.add(Paper(day, "BQ", f"{who} {day}", "Indemnité", legs, [*words, 'ligne: "2.1"']))

    def _late_invoice(self, day: date) -> None:
        """An invoice that arrives some days after the service."""
        shop, amount = self.random.choice(SHOPS), 1_500 + 5 * self.random.randrange(300)
        words = [f'nif: "08{SHOPS.index(shop)}"', f'facture: "{self.tree.number("F", day.year)}"', 'ligne: "2.2"']
        words.append(f"date-valeur: {day - timedelta(days=4)}")
        legs: list[tuple[str, int | str]] = [(self.tree.account("6047"), amount), (self.tree.account("4011"), -amount)]
        self.add(Paper(day, "OD", shop, "Fournitures : facture tardive", legs, words))
        settle: list[tuple[str, int | str]] = [(self.tree.account("4011"), amount), (self.bank("52111"), -amount)]
        self.add(Paper(day + timedelta(days=1), "BQ", shop, "Règlement", settle, [*self.paid(), *words[:2]]))

    def _late_charge(self) -> None:
        """What the bank took at the end of the month before, known by its statement."""
        before = self.first - timedelta(days=1)
        legs: list[tuple[str, int | str]] = [(self.tree.account("6318"), 1_180), (self.bank("52111"), -1_180)]
        words = ['ligne: "3.2"', f"date-valeur: {before}", f'pointage: "{before:%Y-%m}"']
        self.add(Paper(self.first.replace(day=2), "BQ", "Banque fictive", "Commission", legs, words))

    def _fuel(self) -> None:
        """A framework contract of the year, bought from each month."""
        tree, day = self.tree, self.first.replace(day=24)
        number, folder = f"M-{tree.code}-CARB-{day.year}", tree.code.lower()
        if self.first.month == 1:
            for rank, shop in enumerate(("Station Sahel", "Station Nord", "Station Sud")):
                note = f'{day.replace(day=2)} custom "proforma" "{number}" "{shop}" {1_500_000 + 10_000 * rank} XOF\n'
                tree.notes.append(f'{note}  nif: "07{rank}"\n  document: "{folder}/{number}-{rank}.pdf"')
            award = f'{day.replace(day=3)} custom "marche" "{number}" "Carburant"\n  bailleur: "{tree.code}"\n'
            award += '  attributaire: "Station Sahel"\n  ligne: "2.3"\n  motif-choix: "moins-disant"\n  contrat-cadre: TRUE\n'
            tree.notes.append(f'{award}  fin: {day.year}-12-31\n  document-pv: "{folder}/{number}-pv.pdf"')
        amount = 60_000 + 5 * self.random.randrange(8_000)
        words = ['nif: "070"', f'facture: "{tree.number("F", day.year)}"', f'marche: "{number}"']
        owed = tree.account("4011")
        self.add(
            Paper(
                day,
                "OD",
                "Station Sahel",
                "Carburant",
                [(tree.account("6053"), amount), (owed, -amount)],
                [*words, 'ligne: "2.3"'],
            )
        )
        settle: list[tuple[str, int | str]] = [(owed, amount), (self.bank("52111"), -amount)]
        self.add(
            Paper(
                day + timedelta(days=1), "BQ", "Station Sahel", "Carburant : règlement", settle, [*self.paid(), *words]
            )
        )

    def _pay(self) -> None:
        amount, day, due = 450_000, self.first.replace(day=25), self.tree.account("422")
        self.add(
            Paper(
                day,
                "OD",
                "Personnel",
                "Salaires",
                [(self.tree.account("6611"), amount), (due, -amount)],
                ['ligne: "1.1"'],
            )
        )
        self.add(
            Paper(
                day,
                "BQ",
                "Personnel",
                "Virement des salaires",
                [(due, amount), (self.bank("52111"), -amount)],
                self.paid("virement"),
            )
        )

    def _charges(self) -> None:
        fee = 1_500 + 5 * self.random.randrange(300)
        legs: list[tuple[str, int | str]] = [(self.tree.account("6318"), fee), (self.bank("52111"), -fee)]
        self.add(Paper(self.first.replace(day=27), "BQ", "Banque fictive", "Tenue de compte", legs, ['ligne: "3.2"']))
