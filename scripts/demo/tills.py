"""The tills: small expenses that respect the procedures, replenishments, the month's counts."""

from __future__ import annotations

import random
from datetime import date, timedelta

from demo.books import Books, account, person
from demo.days import before, month_end, shift, works
from demo.model import Tx, Value
from demo.story import CASH, PAID
from demo.world import FONCT, GENRE, PEOPLE, SMALL, TREES, UE, UNICEF, YEAR, Small, Tree

THRESHOLD, WINDOW = 51000, timedelta(days=30)
LEFT_LOW = date(YEAR, 10, 29)
"""From that day on the till of GENRE waits for its replenishment."""
SHORTAGE = date(YEAR, 3, 31)
SURPRISES = {
    UE: ((2, 11), (5, 20), (8, 12)),
    UNICEF: ((3, 18), (6, 10), (8, 19)),
    GENRE: ((3, 11), (6, 17), (8, 20)),
    FONCT: ((2, 18), (5, 14), (8, 12)),
}
"""By tree, the (month, day) on which the treasurer counts the till without notice, once a quarter."""
NOTES, COINS = (10000, 5000, 2000, 1000, 500), (250, 200, 100, 50, 25, 10, 5)


class SmallPurchases:
    """Remembers small purchases and refuses one that would look like a split order."""

    def __init__(self) -> None:
        self.groups: dict[tuple[str, ...], list[tuple[date, int]]] = {}

    def admits(self, day: date, tree: str, line: str, shop: str, amount: int) -> bool:
        """Whether no 30 days of this shop, or of this line, would exceed the threshold; the shop is new that day."""
        seen = self.groups.get((shop,), [])
        if any(at == day or (paid == amount and abs(at - day).days <= 90) for at, paid in seen):
            return False
        return all(self._fits(self.groups.get(key, []), day, amount) for key in ((shop,), (tree, line)))

    @staticmethod
    def _fits(seen: list[tuple[date, int]], day: date, amount: int) -> bool:
        near = [(day, amount), *((at, paid) for at, paid in seen if abs(at - day) <= WINDOW)]
        return all(sum(paid for at, paid in near if start <= at <= start + WINDOW) <= THRESHOLD for start, _ in near)

    def book(self, day: date, tree: str, line: str, shop: str, amount: int) -> None:
        """Remembers a purchase."""
        for key in ((shop,), (tree, line)):
            self.groups.setdefault(key, []).append((day, amount))


def pick(rng: random.Random, items: tuple[str, ...]) -> str:
    """One of several."""
    return items[rng.randrange(len(items))]


def small_expenses(books: Books, seed: int) -> None:
    """Each tree's petty expenses, month after month."""
    rng = random.Random(seed)
    memory = SmallPurchases()
    for month in range(1, 11):
        for tree in TREES.values():
            days = _open_days(tree, month)
            wanted = tree.cash_pace + rng.randrange(2) if len(days) > 12 else tree.cash_pace // 2
            tried = 0
            taken: set[tuple[date, str]] = set()
            while wanted and tried < 200:
                tried += 1
                if _expense(books, rng, memory, tree, days[rng.randrange(len(days))], taken):
                    wanted -= 1


def _open_days(tree: Tree, month: int) -> list[date]:
    first, last = date(YEAR, month, 1), before(month_end(date(YEAR, month, 1)))
    span = [first + timedelta(days=n) for n in range(last.day - 1)]
    return [day for day in span if works(day) and day >= tree.cash_from and day < LEFT_LOW]


def _expense(
    books: Books, rng: random.Random, memory: SmallPurchases, tree: Tree, day: date, taken: set[tuple[date, str]]
) -> bool:
    kinds = [kind for kind in SMALL if tree.code in kind.lines]
    kind: Small = kinds[rng.randrange(len(kinds))]
    amount = (kind.least + rng.randrange(kind.most - kind.least + 1)) // 250 * 250
    said = pick(rng, kind.sentences)
    words: dict[str, Value] = {"mode": "especes", "ligne": kind.lines[tree.code]}
    if kind.purchase:
        payee = f"{pick(rng, kind.payees)} (fictif)"
        if not memory.admits(day, tree.code, words["ligne"], payee, amount):  # type: ignore[arg-type]
            return False
        memory.book(day, tree.code, kind.lines[tree.code], payee, amount)
    else:
        staff = tuple(each.person for each in tree.staff if each.person not in (tree.cashier, "gardien"))
        who = pick(rng, staff)
        if (day, who) in taken:
            return False
        taken.add((day, who))
        payee = person(who)
        words["beneficiaire"] = who
    books.add(
        day, tree.code, "CS", payee, said, (kind.account, amount), ("5711", -amount), rank=CASH, kind="Reçu", **words
    )
    return True


def shortage(books: Books) -> None:
    """A till short of 500 F at the count of March, owed by the cashier, who pays it back."""
    day = shift(SHORTAGE, 1)
    payee = person("caissiere-fonct")
    for when, sign, said in (
        (day, 1, "Manquant de caisse au PV du 31/03/2026, à la charge de la caissière"),
        (date(YEAR, 4, 28), -1, "Remboursement du manquant de caisse de mars"),
    ):
        books.add(
            when, FONCT, "CS", payee, said, ("4211", 500 * sign), ("5711", -500 * sign),
            rank=CASH, kind="Bon de caisse", mode="especes", beneficiaire="caissiere-fonct",
        )  # fmt: skip


def replenish(books: Books, seed: int) -> None:
    """Feeds every till through 585 before it runs dry, and leaves that of GENRE under its floor at the end."""
    rng = random.Random(seed + 1)
    for tree in TREES.values():
        Till(books, tree, rng).run()


class Till:
    """One till walked through in order; feeds it when it falls under its floor."""

    def __init__(self, books: Books, tree: Tree, rng: random.Random) -> None:
        self.books, self.tree, self.rng = books, tree, rng
        self.name = account(tree.code, "5711")
        self.order: list[Tx] = []
        self.held = 0
        self.due: date | None = None

    def moved(self, tx: Tx) -> int:
        """What a transaction moves in the till."""
        return sum(posting.amount for posting in tx.postings if posting.account == self.name)

    def run(self) -> None:
        """Walks through the year."""
        waiting = self.books.of(self.tree.code, "CS")
        opening = self.books.of(self.tree.code, "OD")[0]
        self.held = self.moved(opening) if opening.meta.get("ecriture") == "a-nouveau" else 0
        for tx in waiting:
            change = self.moved(tx)
            if self.due is not None and (tx.day > self.due or self.held + change < 0):
                self.feed(min(self.due, tx.day))
            if self.held + change < 0:
                self.feed(tx.day)
            self.take(tx)
            if self.held < self.tree.floor and self.due is None and tx.day < LEFT_LOW:
                self.due = self.next_visit(tx.day)
        if self.due is not None:
            self.feed(self.due)
        if self.tree.code == GENRE:
            self.run_low()
        for place, tx in enumerate(self.order):
            tx.seq = 10000 + place

    def take(self, tx: Tx) -> None:
        """Lets a movement happen."""
        self.held += self.moved(tx)
        if not 0 <= self.held <= self.tree.ceiling:
            raise AssertionError(f"{self.name}: {self.held} on {tx.day}")
        self.order.append(tx)

    def next_visit(self, day: date) -> date:
        """The same day or the next open one, never more than three days later, in the same month."""
        later = shift(day, 1)
        patient = self.rng.randrange(3) > 0 and (later - day).days <= 3 and later.month == day.month
        return later if patient else day

    def feed(self, day: date) -> None:
        """A cheque cashed and put in the till the same day."""
        code, amount = self.tree.code, self.tree.fill - self.held
        self.books.add(
            day, code, "BQ", f"Caisse {code}", "Réapprovisionnement de la caisse, bordereau des pièces joint",
            ("585", amount), ("52", -amount), rank=PAID, kind="Bordereau de réapprovisionnement", lag=0, mode="cheque",
        )  # fmt: skip
        cash = self.books.add(
            day, code, "CS", f"Banque {code}", "Réapprovisionnement de la caisse",
            ("5711", amount), ("585", -amount), rank=CASH, kind="Bon d'entrée en caisse", mode="especes",
        )  # fmt: skip
        self.due = None
        self.take(cash)

    def run_low(self) -> None:
        """Per diems of the last days bring the till under its floor."""
        staff = ("responsable-genre", "animatrice-genre-1")
        day, place = LEFT_LOW, 0
        while self.held >= self.tree.floor:
            amount = min(22500, self.held - 7500) // 250 * 250
            if self.held - amount < self.tree.floor:
                day = shift(LEFT_LOW, 1)
            who = staff[place % 2]
            self.take(
                self.books.add(
                    day, GENRE, "CS", person(who), f"Per diem, bilan annuel des groupements, jour {place + 1}",
                    ("6384", amount), ("5711", -amount), rank=CASH, kind="Reçu",
                    mode="especes", ligne="2.4", beneficiaire=who,
                )
            )  # fmt: skip
            place += 1


def denominations(amount: int) -> tuple[str, str]:
    """Notes and coins of an amount, greedily."""
    said = []
    for values in (NOTES, COINS):
        parts = []
        for each in values:
            count, amount = divmod(amount, each)
            if count:
                parts.append(f"{each}x{count}")
        said.append(" ".join(parts))
    return said[0], said[1]


def counts(books: Books) -> None:
    """The month's count of every till, on its last open day, and a surprise count each quarter."""
    for tree in TREES.values():
        cash = books.of(tree.code, "CS")
        opening = books.of(tree.code, "OD")[0]
        name = account(tree.code, "5711")
        start = sum(p.amount for p in opening.postings if p.account == name)
        ends = [before(month_end(date(YEAR, month, 1))) for month in range(1, 11)]
        for day in sorted({*ends, *(date(YEAR, month, number) for month, number in SURPRISES[tree.code])}):
            before_it = [tx for tx in cash if tx.day <= day]
            held = start + sum(p.amount for tx in before_it for p in tx.postings if p.account == name)
            short = 500 if tree.code == FONCT and day == SHORTAGE else 0
            _count(books, tree, day, held - short, short, before_it[-1].piece if before_it else "", day in ends)


def _count(books: Books, tree: Tree, day: date, held: int, short: int, last: str, monthly: bool) -> None:
    notes, coins = denominations(held)
    path = f"{tree.folder}/{day:%Y-%m}/pv-caisse-{day:%d}.pdf"
    meta: dict[str, Value] = {
        "heure": "17:30" if monthly else "10:15",
        "type": "mensuel" if monthly else "inopine",
        "billets": notes,
        "pieces": coins,
        "caissier": tree.cashier,
        "controleur": "comptable" if monthly else "tresoriere",
        "temoin": "secretaire" if tree.code == FONCT else tree.lead,
    }
    if last:
        meta["derniere-piece"] = last
    if short:
        meta["motif"] = f"manquant de {short} F reconnu par la caissière, remboursé en avril"
    meta["document"] = path
    books.say(day, tree.code, "pv-caisse", account(tree.code, "5711"), f"{held} XOF", rank=98, meta=meta)
    books.vouchers[path] = (
        "PROCÈS-VERBAL DE CONTRÔLE DE CAISSE", f"{tree.code}, {day:%d/%m/%Y}",
        f"Espèces comptées : {held:,} FCFA".replace(",", " "), f"Billets : {notes or 'néant'}",
        f"Pièces : {coins or 'néant'}", f"Caissier : {PEOPLE[tree.cashier][0]}",
    )  # fmt: skip
