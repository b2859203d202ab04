"""Project books that hypothesis makes: two donors (models A and B) over two years, every kind of operation, always lawful.

Each operation is a few whole entries of one tree; what it does to cash, to debts and to advances is decided by what was booked before,
so that no advance is justified twice and no invoice paid beyond what is owed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from hypothesis import strategies as st

CHARGES = (
    "6011-Achats",
    "6181-Voyages",
    "6222-Loyer",
    "6327-Prestataires",
    "6413-Taxes",
    "652-Partenaires",
    "6611-Salaires",
)
FUNDS = {"AAA": "Passif:AAA:462-Fonds", "BBB": "Capitaux:BBB:165-Fonds"}
RELEASED = {"AAA": "Produits:AAA:702-Quote-part", "BBB": "Produits:BBB:7925-Reprise"}
KINDS = (
    *(
        "receipt",
        "invoice",
        "invoice",
        "pay",
        "pay",
        "spend",
        "mixed",
        "asset",
        "advance",
        "justify",
        "prepay",
        "deliver",
    ),
    *("refund", "interest", "withhold", "settle_tax", "dispose", "transfer", "move_funds", "release", "storno", "wear"),
    *("loan", "share", "bounce", "gift"),
)


class Operation(NamedTuple):
    """What happens, to whom, on which day of two years, for how much."""

    kind: str
    tree: str
    day: int
    amount: int
    which: int


operations = st.lists(
    st.builds(
        Operation,
        st.sampled_from(KINDS),
        st.sampled_from(("AAA", "BBB")),
        st.integers(0, 23),
        st.integers(1, 900),
        st.integers(0, 6),
    ),
    min_size=5,
    max_size=40,
)


class Writer:
    """The ledger's text, operation after operation, in the order of their days."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.owed: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
        """By tree: account, invoice number, what is left to pay."""
        self.advanced: dict[tuple[str, str], int] = defaultdict(int)
        self.withheld: dict[str, int] = defaultdict(int)
        self.assets: dict[str, list[int]] = defaultdict(list)
        self.spent: dict[str, int] = defaultdict(int)
        self.number = 0

    def entry(self, day: str, tree: str, legs: dict[str, int], meta: str = "") -> str:
        """Writes an entry; its voucher."""
        self.number += 1
        piece = f"OD-{tree}-{day[:4]}-{self.number:04d}"
        rows = "".join(f"  {self.name(tree, account)}  {amount} XOF\n" for account, amount in legs.items() if amount)
        self.entries.append(f'{day} * "Tiers {tree}" "Opération {self.number}"\n  piece: "{piece}"\n{meta}{rows}')
        return piece

    def name(self, tree: str, account: str) -> str:
        """The whole account."""
        if ":" in account:
            return account
        root = {"6": "Charges", "7": "Produits", "8": "Charges", "1": "Capitaux"}.get(account[0], "Actif")
        if account.startswith("82"):
            root = "Produits"
        if account.startswith(("401", "4812", "447")):
            root = "Passif"
        return f"{root}:{tree}:{account}"

    def write(self, made: list[Operation]) -> str:
        """The ledger of those operations."""
        for each in sorted(made, key=lambda each: each.day):
            day = f"{2026 + each.day // 12}-{each.day % 12 + 1:02d}-15"
            getattr(self, f"_{each.kind}")(day, each.tree, each.amount * 1000, each.which)
        return "\n".join(self.entries)

    def _receipt(self, day: str, tree: str, amount: int, which: int) -> None:
        account = ("52111-Banque", "5711-Caisse")[which % 2]
        self.entry(day, tree, {account: amount * 3, FUNDS[tree]: -amount * 3})

    def _spend(self, day: str, tree: str, amount: int, which: int) -> None:
        self.entry(day, tree, {CHARGES[which]: amount, "52111-Banque": -amount}, '  ligne: "1"\n')
        self.spent[tree] += amount

    def _invoice(self, day: str, tree: str, amount: int, which: int) -> None:
        number = f"F-{self.number}"
        meta = f'  facture: "{number}"\n  ligne: "1"\n'
        self.entry(day, tree, {CHARGES[which]: amount, "4011-Fournisseurs": -amount}, meta)
        self.owed[tree].append(("4011-Fournisseurs", number, amount))
        self.spent[tree] += amount

    def _mixed(self, day: str, tree: str, amount: int, which: int) -> None:
        number, part = f"F-{self.number}", amount // 3
        legs = {CHARGES[which]: part, CHARGES[(which + 1) % 7]: amount - part, "4011-Fournisseurs": -amount}
        legs |= {FUNDS[tree]: amount, RELEASED[tree]: -amount}
        self.entry(day, tree, legs, f'  facture: "{number}"\n  ligne: "1"\n')
        self.owed[tree].append(("4011-Fournisseurs", number, amount))

    def _asset(self, day: str, tree: str, amount: int, which: int) -> None:
        number = f"F-{self.number}"
        account = ("2451-Vehicule", "2442-Ordinateurs", "213-Logiciels")[which % 3]
        self.entry(day, tree, {account: amount, "4812-Fournisseurs": -amount}, f'  facture: "{number}"\n  ligne: "1"\n')
        self.owed[tree].append(("4812-Fournisseurs", number, amount))
        if which % 3 == 0:
            self.assets[tree].append(amount)

    def _pay(self, day: str, tree: str, amount: int, which: int) -> None:
        if self.owed[tree]:
            account, number, left = self.owed[tree].pop(which % len(self.owed[tree]))
            paid = min(left, amount)
            self.entry(day, tree, {account: paid, "52111-Banque": -paid}, f'  facture: "{number}"\n')
            if left > paid:
                self.owed[tree].append((account, number, left - paid))

    def _advance(self, day: str, tree: str, amount: int, which: int) -> None:
        account = ("4213-Frais-avances", "4211-Avances")[which % 2]
        self.entry(day, tree, {account: amount, "5711-Caisse": -amount}, f'  avance: "AV-{account[:4]}"\n')
        self.advanced[tree, account] += amount

    def _justify(self, day: str, tree: str, amount: int, which: int) -> None:
        account = ("4213-Frais-avances", "4211-Avances")[which % 2]
        used = min(amount, self.advanced[tree, account])
        if used:
            self.advanced[tree, account] -= used
            legs = {"6384-Missions": used // 2, "5711-Caisse": used - used // 2, account: -used}
            self.entry(day, tree, legs, f'  avance: "AV-{account[:4]}"\n  ligne: "1"\n')
            self.spent[tree] += used // 2

    def _prepay(self, day: str, tree: str, amount: int, which: int) -> None:
        self.entry(day, tree, {"4091-Avances": amount, "52111-Banque": -amount}, '  avance: "AV-F"\n  ligne: "1"\n')
        self.advanced[tree, "4091-Avances"] += amount

    def _deliver(self, day: str, tree: str, amount: int, which: int) -> None:
        used, number = min(amount, self.advanced[tree, "4091-Avances"]), f"F-{self.number}"
        self.advanced[tree, "4091-Avances"] -= used
        legs = {CHARGES[which]: amount, "4091-Avances": -used, "4011-Fournisseurs": used - amount}
        self.entry(day, tree, legs, f'  avance: "AV-F"\n  facture: "{number}"\n  ligne: "1"\n')
        if amount > used:
            self.owed[tree].append(("4011-Fournisseurs", number, amount - used))
        self.spent[tree] += amount

    def _refund(self, day: str, tree: str, amount: int, which: int) -> None:
        if which % 2:
            self.entry(day, tree, {FUNDS[tree]: amount, "52111-Banque": -amount})
        else:
            self.entry(day, tree, {FUNDS[tree]: amount, f"Passif:{tree}:4739-A-reverser": -amount})
            self.entry(day, tree, {f"Passif:{tree}:4739-A-reverser": amount // 2, "52111-Banque": -(amount // 2)})

    def _interest(self, day: str, tree: str, amount: int, which: int) -> None:
        self.entry(day, tree, {"52111-Banque": amount, ("771-Interets", FUNDS[tree])[which % 2]: -amount})

    def _withhold(self, day: str, tree: str, amount: int, which: int) -> None:
        tax = amount // 10
        legs = {"6327-Prestataires": amount, "4478-Retenues": -tax, "52111-Banque": tax - amount}
        self.entry(day, tree, legs, '  ligne: "1"\n')
        self.withheld[tree] += tax
        self.spent[tree] += amount

    def _settle_tax(self, day: str, tree: str, amount: int, which: int) -> None:
        paid = min(amount, self.withheld[tree])
        if paid:
            self.withheld[tree] -= paid
            self.entry(day, tree, {"4478-Retenues": paid, "52111-Banque": -paid})

    def _wear(self, day: str, tree: str, amount: int, which: int) -> None:
        self.entry(
            day, tree, {"6813-Dotations": amount, "2845-Amortissements": -amount}, '  ecriture: "amortissement"\n'
        )

    def _dispose(self, day: str, tree: str, amount: int, which: int) -> None:
        if self.assets[tree]:
            cost = self.assets[tree].pop()
            legs = {"812-Valeur": cost, "2451-Vehicule": -cost}
            price = {"52111-Banque": amount, "822-Prix": -amount}
            if which % 2:
                self.entry(day, tree, legs | price)
            else:
                self.entry(day, tree, legs)
                self.entry(day, tree, price)

    def _gift(self, day: str, tree: str, amount: int, which: int) -> None:
        """Computers received in kind: no cash."""
        self.entry(day, tree, {"2442-Ordinateurs": amount, f"Capitaux:{tree}:1672-Dons": -amount})

    def _transfer(self, day: str, tree: str, amount: int, which: int) -> None:
        self.entry(day, tree, {"585-Virements": amount, "52111-Banque": -amount})
        self.entry(day, tree, {"5711-Caisse": amount, "585-Virements": -amount})

    def _move_funds(self, day: str, tree: str, amount: int, which: int) -> None:
        self.entry(day, tree, {f"Capitaux:{tree}:162-Fonds": amount, FUNDS[tree]: -amount})

    def _release(self, day: str, tree: str, amount: int, which: int) -> None:
        if self.spent[tree]:
            self.entry(day, tree, {FUNDS[tree]: self.spent[tree], RELEASED[tree]: -self.spent[tree]})
            self.spent[tree] = 0

    def _storno(self, day: str, tree: str, amount: int, which: int) -> None:
        """A charge paid and an invoice, each booked and reversed at once."""
        number = f"F-{self.number}"
        for other in ("52111-Banque", "4011-Fournisseurs"):
            meta = '  ligne: "1"\n' + (f'  facture: "{number}"\n' if other.startswith("4") else "")
            piece = self.entry(day, tree, {CHARGES[which]: amount, other: -amount}, meta)
            undone = f'{meta}  ecriture: "extourne"\n  annule: "{piece}"\n'
            self.entry(day, tree, {CHARGES[which]: -amount, other: amount}, undone)

    def _bounce(self, day: str, tree: str, amount: int, which: int) -> None:
        """An invoice paid, and its payment reversed: it is owed again."""
        number = f"F-{self.number}"
        meta = f'  facture: "{number}"\n'
        self.entry(day, tree, {CHARGES[which]: amount, "4011-Fournisseurs": -amount}, meta + '  ligne: "1"\n')
        piece = self.entry(day, tree, {"4011-Fournisseurs": amount, "52111-Banque": -amount}, meta)
        undone = f'{meta}  ecriture: "extourne"\n  annule: "{piece}"\n'
        self.entry(day, tree, {"4011-Fournisseurs": -amount, "52111-Banque": amount}, undone)
        self.owed[tree].append(("4011-Fournisseurs", number, amount))
        self.spent[tree] += amount

    def _loan(self, day: str, tree: str, amount: int, which: int) -> None:
        other = "BBB" if tree == "AAA" else "AAA"
        legs = {"4711-Prets": amount, "52111-Banque": -amount}
        legs |= {f"Actif:{other}:52111-Banque": amount, f"Actif:{other}:4711-Prets": -amount}
        self.entry(day, tree, legs)

    def _share(self, day: str, tree: str, amount: int, which: int) -> None:
        other = "BBB" if tree == "AAA" else "AAA"
        self.entry(day, tree, {"6222-Loyer": amount, "52111-Banque": -amount}, '  reciproque: TRUE\n  ligne: "1"\n')
        self.entry(day, other, {"52111-Banque": amount, "781-Transferts": -amount}, "  reciproque: TRUE\n")
        self.spent[tree] += amount
