"""The accountant's end of month: shares of funds, voucher numbers, signatures, ticks, bank statements."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from demo.books import Books, account
from demo.days import MONTHS, month_code, month_end
from demo.model import Tx, number_of
from demo.world import BANK_MANDATES, DIRECTOR_AWAY, LAST, TREES, UE, UNICEF, YEAR

BOARD_ABOVE = 1_000_000
"""Spending above it is authorised by the executive board."""
SHARE = 95
"""Order of the day of the shares of funds: last."""


def shares(books: Books) -> None:
    """The month's charges taken from the donor's funds (462 to 702, 165 to 7925)."""
    for code in (UE, UNICEF):
        tree = TREES[code]
        for month in range(1, 11):
            day = month_end(date(YEAR, month, 1))
            charges = sum(
                posting.francs
                for tx in books.of(code)
                if tx.day.month == month
                for posting in tx.postings
                if number_of(posting.account)[0] == "6" and number_of(posting.account)[:2] not in ("68", "69")
            )
            what = "Quote-part de fonds d'administration" if code == UE else "Reprise de fonds affectés"
            books.add(
                day, code, "OD", "ANI-Mali", f"{what}, charges {MONTHS[month - 1]} {YEAR}",
                (tree.fund, charges), (tree.share, -charges), rank=SHARE, kind="Note de calcul",
            )  # fmt: skip


def number(books: Books) -> None:
    """Voucher, cheque and transfer numbers in date order; references to vouchers resolved; the keys put in order."""
    by_seq: dict[int, Tx] = {}
    for tree in TREES.values():
        last: Counter[str] = Counter()
        for tx in books.of(tree.code):
            by_seq[tx.seq] = tx
            last[tx.series] += 1
            tx.meta["piece"] = f"{tx.series}-{tx.tree}-{YEAR}-{last[tx.series]:04d}"
            if paid_out(tx) or "annulee" in tx.meta:
                if tx.meta.get("mode") == "cheque" or "annulee" in tx.meta:
                    last["cheque"] += 1
                    tx.meta["cheque"] = f"{tree.cheque + last['cheque']:07d}"
                elif tx.meta.get("mode") == "virement":
                    last["ordre"] += 1
                    tx.meta["ordre"] = f"OV-{tree.code}-{last['ordre']:03d}"
    for item in (*books.txs, *books.directives):
        for key, value in item.meta.items():
            if isinstance(value, str) and value.startswith("@"):
                item.meta[key] = by_seq[int(value[1:])].piece  # type: ignore[index]


def paid_out(tx: Tx) -> int:
    """What leaves the bank or the telephone, bank charges apart."""
    out = sum(-p.amount for p in tx.postings if number_of(p.account)[:2] in ("52", "55") and p.amount < 0)
    others = [p for p in tx.postings if number_of(p.account)[:2] not in ("52", "55")]
    if tx.meta.get("ecriture") or all(number_of(p.account).startswith("631") for p in others):
        return 0
    return out


def sign(books: Books) -> None:
    """Two signatories of different colleges on every payment; the board's authorisation above its amount."""
    turn = 0
    for tx in sorted(books.txs, key=lambda each: each.key):
        out = paid_out(tx)
        if out:
            turn += 1
            payee = str(tx.meta.get("beneficiaire", ""))
            away = DIRECTOR_AWAY[0] <= tx.day <= DIRECTOR_AWAY[1]
            tx.meta["signataire-1"] = "coordinatrice" if away or payee == "directeur" else "directeur"
            board = [p for p in ("president", "tresoriere", "secretaire-generale") if _may_sign(p, tx.day, out)]
            tx.meta["signataire-2"] = board[turn % len(board)]
        spent = sum(p.francs for p in tx.postings if number_of(p.account)[0] in "26" and p.francs > 0)
        if max(out, spent) > BOARD_ABOVE and "ecriture" not in tx.meta:
            tx.meta["autorise-par"] = "president" if tx.meta.get("signataire-2") != "president" else "tresoriere"


def _may_sign(person: str, day: date, amount: int) -> bool:
    return any(who == person and start <= day <= end and amount <= top for who, start, end, top, _ in BANK_MANDATES)


def reconcile(books: Books) -> None:
    """Ticks every movement with the statement that shows it, then writes each month's statement and outstanding list."""
    turn = 0
    for code, tree in TREES.items():
        for number_, label in ((tree.bank[0], "52"), *((("5521", "5521"),) if code == UE else ())):
            name = account(code, label)
            moves: list[tuple[date, int, str, str]] = []
            for tx in books.of(code):
                ours = [p for p in tx.postings if p.account == name]
                if tx.meta.get("ecriture") == "a-nouveau":
                    moves += [
                        (tx.day, p.amount, str(p.meta.get("piece", tx.piece)), str(p.meta["pointage"])) for p in ours
                    ]
                elif ours:
                    turn += 1
                    tick = _tick(tx, turn)
                    if tick:
                        tx.meta["pointage"] = tick
                    moves.append((tx.day, sum(p.amount for p in ours), tx.piece, tick))
            for month in range(1, 11):
                _statement(books, code, name, number_, month, moves)


def _tick(tx: Tx, turn: int) -> str:
    """The statement a movement appears on."""
    if tx.lag is None:
        return ""
    lag = tx.lag + (turn % 5 if tx.meta.get("mode") == "cheque" and tx.lag > 2 else 0)
    return month_code(min(tx.day + timedelta(days=lag), LAST))


def _statement(
    books: Books, code: str, name: str, number_: str, month: int, moves: list[tuple[date, int, str, str]]
) -> None:
    day = month_end(date(YEAR, month, 1))
    period = month_code(day)
    shown = sum(amount for _, amount, _, tick in moves if tick and tick <= period)
    waiting = [piece for at, _, piece, tick in moves if at <= day and (not tick or tick > period)]
    path = f"{TREES[code].folder}/{period}/releve-{number_}.pdf"
    books.say(
        day, code, "releve", name, f'"{period}"', f"{shown} XOF", rank=99,
        meta={"suspens": " ".join(waiting) or None, "document": path},  # type: ignore[dict-item]
    )  # fmt: skip
    books.vouchers[path] = (
        "RELEVÉ DE COMPTE" if number_ != "5521" else "RELEVÉ DE MONNAIE ÉLECTRONIQUE",
        f"{TREES[code].bank_payee if number_ != '5521' else 'Orange Money (fictif)'}, compte {number_}",
        f"Période {period}", f"Solde au {day:%d/%m/%Y} : {shown:,} FCFA".replace(",", " "),
    )  # fmt: skip


KEYS = (
    "piece", "ecriture", "annule", "annulee", "signataire-1", "signataire-2", "autorise-par", "mode", "cheque", "ordre",
    "beneficiaire", "rib-beneficiaire", "nif", "facture", "marche", "convention", "ligne", "activite", "quantite", "avance", "echeance",
    "reciproque", "registre", "membre", "annee", "date-valeur", "pointage", "document",
)  # fmt: skip
"""Order in which an entry's metadata is typed."""


def tidy(books: Books) -> None:
    """Puts the metadata of every transaction in the usual order."""
    for tx in books.txs:
        unknown = set(tx.meta) - set(KEYS)
        if unknown:
            raise AssertionError(f"unknown keys {unknown}")
        tx.meta = {key: tx.meta[key] for key in KEYS if key in tx.meta}
