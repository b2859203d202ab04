"""Damaged books judged by the program and by the referee of tests/arbiter, and made organisations that hold no fault.

python scripts/referee.py                       600 damaged books, 50 made organisations
python scripts/referee.py --nombre 30 --debut 600
python scripts/referee.py --nombre 0 --organisations 200
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from _setup import ROOT, speak_utf8

sys.path.insert(0, str(ROOT / "tests"))


def damaged(first: int, count: int) -> int:
    """Plays the damaged books; returns how many the two judge otherwise."""
    from duel import Duel, bases, play

    with tempfile.TemporaryDirectory() as folder:
        ready = bases(Path(folder))
        wrong: list[Duel] = []
        halted, agreed = 0, Counter[str]()
        for number in range(first, first + count):
            duel = play(number, ready)
            halted += bool(duel.halted)
            agreed.update(each.rule for each in duel.agreed)
            if duel.missed or duel.invented or duel.halted:
                print(duel, flush=True)
            if duel.missed or duel.invented:
                wrong.append(duel)
    print(
        f"{count} livres abîmés : {count - len(wrong) - halted} jugés pareillement, {len(wrong)} autrement, {halted} illisibles."
    )
    print("Constats communs : " + ", ".join(f"{rule} {found}" for rule, found in sorted(agreed.items())))
    return len(wrong)


def valid(count: int) -> int:
    """Judges made organisations; returns how many hold an `erreur`."""
    from duel import false_errors, organisation, share_of_alerts
    from grandlivre.inspection import inspect

    done, wrong = [], 0
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            made, main = organisation(Path(folder), seed)
            found = inspect(main, made.today)
            done.append(found)
            errors = false_errors(found)
            wrong += bool(errors)
            print("\n  ".join([f"organisation {seed} : {len(errors)} erreur(s)", *errors]) if errors else "", end="")
    if done:
        entries = sum(len(found.books.entries) for found in done)
        print(
            f"{count} organisations, {entries} écritures : {wrong} avec une erreur, alertes {share_of_alerts(done):.2%}."
        )
    return wrong


def main() -> int:
    """Plays both and says the figures."""
    speak_utf8()
    os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--nombre", type=int, default=600, help="combien de livres abîmés")
    words.add_argument("--debut", type=int, default=0, help="numéro du premier")
    words.add_argument("--organisations", type=int, default=50, help="combien d'organisations sans faute")
    asked = words.parse_args()
    began = time.perf_counter()
    wrong = damaged(asked.debut, asked.nombre) if asked.nombre else 0
    wrong += valid(asked.organisations)
    print(f"{time.perf_counter() - began:.0f} s")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
