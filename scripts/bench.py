"""Times Grand Livre against plain Beancount on made books, as ratios of paired runs in one go (A B C A B C …).

python scripts/bench.py                  books of 1 000, 10 000 and 100 000 transactions
python scripts/bench.py --tailles 1000   only those
python scripts/bench.py --reels          books of the real shape: closed quarters, a voucher an entry, amounts left out, alerts
python scripts/bench.py --visas          what visas cost, after the rest
python scripts/bench.py --avant REV      the check of the demonstration books too, over that of an earlier revision
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from _setup import PYTHON, ROOT, speak_utf8
from bench_matching import matching_seconds

SHAPES = {1_000: (4, 1), 10_000: (10, 2), 100_000: (10, 5)}
"""Donors and years of each size."""
ENTRY = re.compile(r'^(20\d\d-\d\d-\d\d) \* ("[^"\n]*" "[^"\n]*)"\n(?:[ \t]+\S.*\n)+', re.MULTILINE)


def make(folder: Path, transactions: int, real: bool = False) -> Path:
    """Valid books of that size; returns the entry point."""
    donors, years = SHAPES.get(transactions, (10, 2))
    command = [sys.executable, str(ROOT / "scripts" / "demo_books.py"), "--out", str(folder)]
    sizes = ["--donors", str(donors), "--years", str(years), "--transactions", str(transactions)]
    subprocess.run([*command, *sizes, *(["--reels"] if real else [])], check=True, stdout=subprocess.DEVNULL)
    main = folder / "ledger" / "main.beancount"
    if real:
        subprocess.run(
            [tool(), str(Path(__file__).with_name("bench_seal.py")), str(main)], check=True, stdout=subprocess.DEVNULL
        )
        time.sleep(4)  # `check` remembers nothing of a file that has just changed
    return main


def tool() -> str:
    """The Python that Grand Livre is installed in."""
    return str(PYTHON if PYTHON.exists() else Path(sys.executable))


def beside(main: Path, name: str, without: str) -> Path:
    """The same books under a hidden entry point, which is no part of them, without some lines."""
    bare = main.with_name(name)
    bare.write_text(re.sub(rf"(?m)^{without}.*$", "", main.read_text(encoding="utf-8")), encoding="utf-8")
    return bare


def without_plugin(main: Path) -> Path:
    """The same books under an entry point that declares no control."""
    return beside(main, ".sans-controles.beancount", "plugin ")


class Seconds(NamedTuple):
    """What one command took: by the clock, and of the processor (the same on Windows), which other work troubles less."""

    clock: float
    processor: float


def processor_seconds() -> float:
    """What the commands run so far took of the processor."""
    if os.name != "posix":
        return time.perf_counter()
    import resource  # to the microsecond, where `os.times` counts hundredths

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(command: list[str], **more: str) -> Seconds:
    """The time of one command; a crash ends the bench."""
    env = {**os.environ, "BEANCOUNT_DISABLE_LOAD_CACHE": "1", "CI": "", **more}
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
        "grandlivre check": [python, "-m", "grandlivre", "check", "--sans-index", "--ledger", str(main)],
    }
    taken: dict[str, list[Seconds]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(seconds(command))
    return taken


def sealed_ratios(main: Path, rounds: int) -> tuple[str, str]:
    """What `check` of closed books costs over that of the same without closings: remembering, and working all out."""
    python = [tool(), "-m", "grandlivre", "check", "--sans-index", "--ledger"]
    bare = beside(main, ".sans-clotures.beancount", 'include "clotures')
    taken: dict[str, list[Seconds]] = {"open": [], "warm": [], "whole": []}
    seconds([*python, str(main)])
    for _ in range(rounds):
        taken["open"].append(seconds([*python, str(bare)]))
        taken["warm"].append(seconds([*python, str(main)]))
        taken["whole"].append(seconds([*python, str(main)], CI="1"))
    return ratio(taken, "warm", "open"), ratio(taken, "whole", "open")


class IndexRatios(NamedTuple):
    """What `check` costs with its index: by the clock (of the processor)."""

    unchanged: str
    """Asked again, over `python -c pass`."""
    unchanged_whole: str
    """Asked again, over the same without the index."""
    edited: str
    """After a change that asks for a whole run, over the same without the index."""
    edited_bean_check: str
    """The same over bean-check -C with the plugin."""
    entry: str
    """After a change of an ordinary entry that concerns no rule, over `python -c pass`."""
    entry_bean_check: str
    """The same over bean-check -C with the plugin."""
    entry_memory: int
    """The most memory of that check, in kilobytes; 0 where the system does not say."""


def index_ratios(main: Path, rounds: int) -> IndexRatios:
    """Times `check` with its index, asked again and after an edit, against Python alone, itself without it, and bean-check."""
    check = [tool(), "-m", "grandlivre", "check", "--ledger", str(main)]
    bean_check = [str(Path(tool()).parent / "bean-check"), "-C", str(main)]
    month = min(main.parent.glob("*/20*.beancount"))
    names = ("pass", "again", "whole", "edited", "entry", "bean-check")
    taken: dict[str, list[Seconds]] = {name: [] for name in names}
    memory = 0
    quiet = {"PYTHONDONTWRITEBYTECODE": ""}
    seconds(check, **quiet)
    for turn in range(rounds + 1):
        with month.open("a", encoding="utf-8") as stream:
            stream.write(f"\n; \u2500 {turn}\n")  # a sign that nobody types: all is read
        taken["edited"].append(seconds(check, **quiet))
        time.sleep(4)  # what has just changed is read again each time
        seconds(check, **quiet)
        taken["pass"].append(seconds([tool(), "-c", "pass"]))
        taken["again"].append(seconds(check, **quiet))
        taken["whole"].append(seconds([*check[:4], "--sans-index", *check[4:]], **quiet))
        taken["bean-check"].append(seconds(bean_check, **quiet))
        with another_word(main):
            taken["entry"].append(seconds(check, **quiet))
        with another_word(main):
            memory = peak(check)
    taken = {name: each[1:] for name, each in taken.items()}  # the first round compiles and remembers
    return IndexRatios(
        unchanged=ratio(taken, "again", "pass"),
        unchanged_whole=ratio(taken, "again", "whole"),
        edited=ratio(taken, "edited", "whole"),
        edited_bean_check=ratio(taken, "edited", "bean-check"),
        entry=ratio(taken, "entry", "pass"),
        entry_bean_check=ratio(taken, "entry", "bean-check"),
        entry_memory=memory,
    )


@contextmanager
def another_word(main: Path) -> Iterator[None]:
    """The narration of an ordinary entry of an open month says more; the bench ends when the index does not answer."""
    ground = main.parent.parent / ".grandlivre" / "index" / "appui"
    under = ground.read_text(encoding="utf-8").split("\n")[3].split("\t")
    day = under[2]
    months = [each for each in main.parent.glob("*/20*.beancount") if each.stem <= day[:7]]
    month = max(months, key=lambda each: (each.stem, each.parent.name))
    text = month.read_text(encoding="utf-8")
    entries = [
        each for each in ENTRY.finditer(text) if each[1] <= day and " XOF @" not in each[0] and "EUR" not in each[0]
    ]
    end = entries[len(entries) // 2].end(2)
    former = ground.stat().st_mtime_ns
    month.write_text(f"{text[:end]} {time.time_ns()}{text[end:]}", encoding="utf-8", newline="\n")
    yield
    if ground.stat().st_mtime_ns != former:
        sys.exit(f"{month} : tout a été relu")


def peak(command: list[str]) -> int:
    """The most memory that a command takes, in kilobytes."""
    if os.name != "posix":
        return 0
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=-3); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    env = {**os.environ, "CI": "", "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run([tool(), "-c", script, *command], capture_output=True, text=True, check=True, env=env)
    return int(done.stdout)


def demonstration_index(rounds: int) -> IndexRatios:
    """The same for the demonstration books, outside git."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("ledger", "rules", "templates"):
            shutil.copytree(ROOT / part, Path(folder, part))
        time.sleep(4)
        return index_ratios(Path(folder, "ledger", "main.beancount"), rounds)


def revision_ratios(revision: str, rounds: int) -> tuple[str, str]:
    """What a `check` of the demonstration books after an edit costs over that of an earlier revision of its own: with the index, without.

    Both stand outside git, whose list of tracked files the audit asks for where there is one.
    """
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
    taken: dict[str, list[Seconds]] = {"now": [], "then": [], "cold": []}
    with tempfile.TemporaryDirectory() as folder:
        now, then = Path(folder, "now"), Path(folder, "then")
        with tarfile.open(fileobj=io.BytesIO(archive)) as former:
            former.extractall(then, filter="data")
        for part in ("plugins", "ledger", "rules", "templates"):
            shutil.copytree(ROOT / part, now / part)
        time.sleep(4)  # `check` remembers nothing of a file that has just changed
        for turn in range(rounds + 2):  # the first two compile and remember
            for name, root, more in (("now", now, ()), ("then", then, ()), ("cold", now, ("--sans-index",))):
                with (root / "ledger" / "fonct" / "2026-10.beancount").open("a", encoding="utf-8") as month:
                    month.write(f"\n; {turn}\n")
                main = root / "ledger" / "main.beancount"
                command = [tool(), "-m", "grandlivre", "check", *more, "--ledger", str(main)]
                took = seconds(command, PYTHONPATH=str(root / "plugins"), PYTHONDONTWRITEBYTECODE="")
                taken[name] += [took] if turn > 1 else []
    return ratio(taken, "now", "then"), ratio(taken, "cold", "then")


def report_seconds(main: Path) -> float:
    """The time of making every report of the last quarter as a page and a workbook, the load of the books apart."""
    command = [tool(), str(Path(__file__).with_name("bench_reports.py")), str(main)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def statement_seconds(main: Path) -> tuple[float, float]:
    """The time of making every statutory set of the last year, the load of the books apart; then of writing it all."""
    command = [tool(), str(Path(__file__).with_name("bench_statements.py")), str(main)]
    made, written = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(made), float(written)


class ViewerFigures(NamedTuple):
    """What the viewer costs."""

    plain: float
    """Seconds of the processor for an answer of the dashboard after a load."""
    fresh: float
    """The same for a month not asked before."""
    reload: float
    """The processor's time of a reload after an edit, over Fava's own."""
    alone: float
    """Seconds of the processor of Fava's own."""
    grown: float
    """The most memory a reload holds, over what the process held before."""


def viewer_figures(main: Path) -> ViewerFigures:
    """Times the first page after a load, and a reload beside Fava's."""
    command = [tool(), str(Path(__file__).with_name("bench_dashboard.py")), str(main)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return ViewerFigures(*map(float, said))


def room_line(main: Path, alone: float) -> str:
    """What an edit costs until a donor reads the fresh first page of their room, in a sentence."""
    command = [tool(), str(Path(__file__).with_name("bench_rooms.py")), str(main)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    clock, processor, grown = map(float, said)
    return (
        f"{clock:.2f} s ({processor:.2f} s de processeur), {processor / alone:.4f} de Fava seul sur les livres entiers ; "
        f"mémoire {grown:.2f}"
    )


def typing_milliseconds(main: Path) -> str:
    """How long a keystroke takes in an editor until what is underlined is told again: the middle one and the longest."""
    command = [tool(), str(Path(__file__).with_name("bench_lsp.py")), str(main)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    label, longest, entry, slowest = (f"{float(each):.0f}" for each in said)
    return f"libellé {label} ms (au plus {longest}), écriture à moitié tapée {entry} ms (au plus {slowest})"


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
    parser.add_argument("--reels", action="store_true", help="livres de la forme réelle, trimestres clos")
    parser.add_argument("--visas", action="store_true", help="signe tous les paiements, et dit ce que cela coûte")
    parser.add_argument("--avant", metavar="REV", help="compare aussi le contrôle de la démonstration à celui de REV")
    chosen = parser.parse_args()
    print(
        "| opérations | bean-check -C | avec le plugin | rapport (processeur) | grandlivre check | rapport (processeur) |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    reports: dict[int, float] = {}
    viewer: dict[int, tuple[float, float]] = {}
    served: dict[int, ViewerFigures] = {}
    rooms: dict[int, str] = {}
    matching: dict[int, float] = {}
    sealed: dict[int, tuple[str, str]] = {}
    statements: dict[int, tuple[float, float]] = {}
    visas: dict[int, str] = {}
    typing: dict[int, str] = {}
    indexed: dict[str, IndexRatios] = {"démonstration": demonstration_index(chosen.tours)}
    for size in chosen.tailles:
        with tempfile.TemporaryDirectory() as folder:
            books = make(Path(folder), size, chosen.reels)
            taken = measure(books, chosen.tours)
            if chosen.reels:
                sealed[size] = sealed_ratios(books, chosen.tours)
            indexed[f"{size} opérations"] = index_ratios(books, chosen.tours)
            served[size] = viewer_figures(books)
            if os.name == "posix":
                rooms[size] = room_line(books, served[size].alone)
            typing[size] = typing_milliseconds(books)
            reports[size] = statistics.median(report_seconds(books) for _ in range(chosen.tours))
            sets = [statement_seconds(books) for _ in range(chosen.tours)]
            if chosen.visas:
                command = [tool(), str(Path(__file__).with_name("bench_visas.py")), str(books)]
                visas[size] = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
        middle = {name: statistics.median(each.clock for each in values) for name, values in taken.items()}
        plugin = ratio(taken, "bean-check + plugin", "bean-check")
        check = ratio(taken, "grandlivre check", "bean-check + plugin")
        print(
            f"| {size} | {middle['bean-check']:.2f} s | {middle['bean-check + plugin']:.2f} s | {plugin} "
            f"| {middle['grandlivre check']:.2f} s | {check} |",
            flush=True,
        )
        reports[size] /= middle["bean-check + plugin"]
        made, written = (statistics.median(each) / middle["bean-check + plugin"] for each in zip(*sets, strict=True))
        statements[size] = (made, written)
        plain, fresh = served[size][:2]
        viewer[size] = (plain / middle["bean-check + plugin"], fresh / middle["bean-check + plugin"])
        matching[size] = statistics.median(matching_seconds() for _ in range(chosen.tours)) / middle["bean-check"]
    said = ", ".join(f"{part:.2f} ({size} opérations)" for size, part in reports.items())
    print(f"\nTous les rapports d'un trimestre (HTML et XLSX), chargement à part, sur bean-check -C : {said}.")
    said = ", ".join(f"{made:.2f} ; {written:.2f} ({size} opérations)" for size, (made, written) in statements.items())
    print(f"Tous les jeux d'états de l'exercice, établis puis écrits (XLSX et PDF), sur bean-check -C : {said}.")
    said = ", ".join(f"{part:.2f} ({size} opérations)" for size, part in matching.items())
    print(f"Rapprocher 2 000 lignes de 2 000 mouvements, sur bean-check -C sans le plugin : {said}.")
    said = ", ".join(f"{part:.4f} ; {fresh:.4f} ({size} opérations)" for size, (part, fresh) in viewer.items())
    print(f"Tableau de bord après un chargement, et un mois jamais demandé, sur bean-check -C : {said}.")
    said = ", ".join(
        f"{each.reload:.3f} ; mémoire {each.grown:.2f} ({size} opérations)" for size, each in served.items()
    )
    print(f"Relire les livres dans la visionneuse après la modification d'un mois, sur Fava seul : {said}.")
    for size, told in rooms.items():
        print(f"De la modification d'un mois à la page d'un bailleur, chez lui : {told} ({size} opérations).")
    for size, told in typing.items():
        print(f"Frappe → constats dans un éditeur : {told} ({size} opérations).")
    for name, each in indexed.items():
        print(
            f"Contrôler de nouveau sans rien changer, sur python -c pass : {each.unchanged} ; sur le même sans index : "
            f"{each.unchanged_whole} ({name})."
        )
        print(
            f"Contrôler après une modification qui fait tout relire, sur le même sans index : {each.edited} ; sur bean-check -C avec le "
            f"plugin : {each.edited_bean_check} ({name})."
        )
        print(
            f"Contrôler après un mot de plus dans le libellé d'une écriture, sur python -c pass : {each.entry} ; sur bean-check -C "
            f"avec le plugin : {each.entry_bean_check} ; mémoire au plus {each.entry_memory / 1024:.0f} Mo ({name})."
        )
    for size, (warm, whole) in sealed.items():
        print(
            f"Contrôler les livres clos, sur les mêmes sans clôture : {warm} ; sans mémoire {whole} ({size} opérations)."
        )
    for size, told in visas.items():
        print(f"{size} opérations. {told}", end="")
    if chosen.avant:
        edited, cold = revision_ratios(chosen.avant, 3 * chosen.tours)
        print(f"Contrôler la démonstration, sur {chosen.avant} : {edited} ; sans index : {cold}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
