"""How long it takes to match a large statement with as many movements of the books."""

from __future__ import annotations

import time
from datetime import date, timedelta
from random import Random

from grandlivre.importers.statement import StatementLine
from grandlivre.matching import BookMovement, match

PAYEES = ("Faso Papeterie", "Sahel Carburants", "Hydro Services", "Garage Sangha", "INPS", "Awa Keïta", "Oumar Maïga")


def matching_seconds(size: int = 2_000, seed: int = 2026) -> float:
    """Seconds to match `size` lines, re-dated by up to three days, with `size` movements of one year.

    Every tenth line has neither number nor payee; every fiftieth movement is not on the statement and as many lines are
    the bank's own charges.
    """
    chance = Random(seed)
    movements: list[BookMovement] = []
    lines: list[StatementLine] = []
    for number in range(size):
        payee = chance.choice(PAYEES)
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(365))
        amount = chance.randrange(4_000, 3_000_000, 250) * chance.choice((-1, -1, -1, 1))
        cheque = f"{1_200_000 + number:07d}" if number % 2 else None
        movements.append(
            BookMovement(f"m{number:05d}", day, amount, cheque=cheque, payee=payee, text=f"Règlement {payee}")
        )
        shown = day + timedelta(days=chance.randint(-3, 3))
        text = "OPERATION" if number % 10 == 0 else f"CHQ {cheque}" if cheque else f"VIR {payee.upper()}"
        if number % 50 == 0:
            lines.append(
                StatementLine(number, shown, None, -chance.randrange(500, 9_000), "AGIOS", None, None, "frais")
            )
        else:
            lines.append(StatementLine(number, shown, shown, amount, text))
    chance.shuffle(lines)
    start = time.perf_counter()
    found = match(lines, movements)
    spent = time.perf_counter() - start
    if len(found.certain) < size * 8 // 10:
        raise AssertionError(f"only {len(found.certain)} of {size} lines were matched")
    return spent


if __name__ == "__main__":
    print(f"2 000 x 2 000: {matching_seconds():.2f} s")
