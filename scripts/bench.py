"""Times Grand Livre against plain Beancount on made books, as ratios of paired runs in one go (A B C A B C …).

python scripts/bench.py                  books of 1 000, 10 000 and 100 000 transactions
python scripts/bench.py --tailles 1000   only those
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from _setup import PYTHON, ROOT, speak_utf8
from bench_matching import matching_seconds

SHAPES = {1_000: (4, 1), 10_000: (10, 2), 100_000: (10, 5)}
"""Donors and years of each size."""


def make(folder: Path, transactions: int) -> Path:
    """Valid books of that size; returns the entry point."""
    donors, years = SHAPES.get(transactions, (10, 2))
    command = [sys.executable, str(ROOT / "scripts" / "demo_books.py"), "--out", str(folder)]
    sizes = ["--donors", str(donors), "--years", str(years), "--transactions", str(transactions)]
    subprocess.run([*command, *sizes], check=True, stdout=subprocess.DEVNULL)
    return folder / "ledger" / "main.beancount"


def without_plugin(main: Path) -> Path:
    """The same books under an entry point that declares no control."""
    bare = main.with_name(".sans-controles.beancount")  # hidden: no part of the books
    text = main.read_text(encoding="utf-8")
    bare.write_text(re.sub(r"(?m)^plugin .*$", "", text), encoding="utf-8")
    return bare


class Seconds(NamedTuple):
    """What one command took: by the clock, and of the processor (the same on Windows), which other work troubles less."""

    clock: float
    processor: float


def processor_seconds() -> float:
    """What the commands run so far took of the processor."""
    return sum(os.times()[2:4]) if os.name == "posix" else time.perf_counter()


def seconds(command: list[str]) -> Seconds:
    """The time of one command; a crash ends the bench."""
    env = {**os.environ, "BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
    began, began_processor = time.perf_counter(), processor_seconds()
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    took = Seconds(time.perf_counter() - began, processor_seconds() - began_processor)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return took


def measure(main: Path, rounds: int) -> dict[str, list[Seconds]]:
    """Times of the three commands, round after round."""
    tools = PYTHON.parent if PYTHON.exists() else Path(sys.executable).parent
    python = str(tools / PYTHON.name)
    bean_check = [str(tools / "bean-check"), "-C"]
    commands = {
        "bean-check": [*bean_check, str(without_plugin(main))],
        "bean-check + plugin": [*bean_check, str(main)],
        "grandlivre check": [python, "-m", "grandlivre", "check", "--ledger", str(main)],
    }
    taken: dict[str, list[Seconds]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(seconds(command))
    return taken


def report_seconds(main: Path) -> float:
    """The time of making every report of the last quarter as a page and a workbook, the load of the books apart."""
    python = str(PYTHON if PYTHON.exists() else Path(sys.executable))
    command = [python, str(Path(__file__).with_name("bench_reports.py")), str(main)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def viewer_seconds(main: Path) -> tuple[float, float, float]:
    """The time of an answer of the dashboard after a load: the plain page, a month not asked before; a reload over Fava's."""
    python = str(PYTHON if PYTHON.exists() else Path(sys.executable))
    command = [python, str(Path(__file__).with_name("bench_dashboard.py")), str(main)]
    plain, fresh, reload = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(plain), float(fresh), float(reload)


def ratio(taken: dict[str, list[Seconds]], over: str, under: str) -> str:
    """The medians of the ratios of the runs of each round: by the clock (of the processor)."""
    pairs = list(zip(taken[over], taken[under], strict=True))
    clock, processor = (statistics.median(a[field] / b[field] for a, b in pairs) for field in range(2))
    return f"{clock:.2f} ({processor:.2f})"


def main() -> int:
    """Prints one table."""
    speak_utf8()
    parser = argparse.ArgumentParser(description="Mesure Grand Livre contre Beancount, en rapports de durées.")
    parser.add_argument("--tailles", type=int, nargs="+", default=sorted(SHAPES), metavar="N")
    parser.add_argument("--tours", type=int, default=3, metavar="N", help="tours de mesure (défaut : 3)")
    chosen = parser.parse_args()
    print(
        "| opérations | bean-check -C | avec le plugin | rapport (processeur) | grandlivre check | rapport (processeur) |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    reports: dict[int, float] = {}
    viewer: dict[int, tuple[float, float]] = {}
    reload: dict[int, float] = {}
    matching: dict[int, float] = {}
    for size in chosen.tailles:
        with tempfile.TemporaryDirectory() as folder:
            books = make(Path(folder), size)
            taken = measure(books, chosen.tours)
            *answers, reload[size] = viewer_seconds(books)
            reports[size] = statistics.median(report_seconds(books) for _ in range(chosen.tours))
        middle = {name: statistics.median(each.clock for each in values) for name, values in taken.items()}
        plugin = ratio(taken, "bean-check + plugin", "bean-check")
        check = ratio(taken, "grandlivre check", "bean-check + plugin")
        print(
            f"| {size} | {middle['bean-check']:.2f} s | {middle['bean-check + plugin']:.2f} s | {plugin} "
            f"| {middle['grandlivre check']:.2f} s | {check} |",
            flush=True,
        )
        reports[size] /= middle["bean-check + plugin"]
        plain, fresh = answers
        viewer[size] = (plain / middle["bean-check + plugin"], fresh / middle["bean-check + plugin"])
        matching[size] = statistics.median(matching_seconds() for _ in range(chosen.tours)) / middle["bean-check"]
    said = ", ".join(f"{part:.2f} ({size} opérations)" for size, part in reports.items())
    print(f"\nTous les rapports d'un trimestre (HTML et XLSX), chargement à part, sur bean-check -C : {said}.")
    said = ", ".join(f"{part:.2f} ({size} opérations)" for size, part in matching.items())
    print(f"Rapprocher 2 000 lignes de 2 000 mouvements, sur bean-check -C sans le plugin : {said}.")
    said = ", ".join(f"{part:.4f} ; {fresh:.4f} ({size} opérations)" for size, (part, fresh) in viewer.items())
    print(f"Tableau de bord après un chargement, et un mois jamais demandé, sur bean-check -C : {said}.")
    said = ", ".join(f"{part:.2f} ({size} opérations)" for size, part in reload.items())
    print(f"Relire les livres dans la visionneuse après la modification d'un mois, sur Fava seul : {said}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
