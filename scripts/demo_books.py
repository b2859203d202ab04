"""Writes the demonstration books of ANI-Mali, or large valid books for the benchmark.

python scripts/demo_books.py                 writes ledger/ and rules/ of this repository
python scripts/demo_books.py --check         exits 1 when the committed files differ
python scripts/demo_books.py --donors 10 --years 5 --transactions 100000 --out DIR
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo import ani_mali, bulk

ROOT = Path(__file__).resolve().parent.parent
OWNED = ("ledger/documents", "ledger/releves", "ledger/ue-eau", "ledger/unicef-edu", "ledger/genre", "ledger/fonct")
"""Folders in which every file is generated."""


def write(root: Path, files: Mapping[str, bytes]) -> int:
    """Writes the files that differ, each whole or not at all; returns how many."""
    changed = 0
    for path, content in files.items():
        target = root / path
        if target.is_file() and target.read_bytes() == content:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(target.name + ".tmp")
        draft.write_bytes(content)
        draft.replace(target)
        changed += 1
    return changed


def strays(root: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Files of generated folders that no event explains any more."""
    kept = {root / path for path in files}
    found = [each for folder in OWNED for each in sorted((root / folder).rglob("*")) if each.is_file()]
    return [each for each in found if each not in kept]


def differences(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """What differs between the folder and the generated files."""
    wrong = [
        path for path, content in files.items() if not (root / path).is_file() or (root / path).read_bytes() != content
    ]
    return sorted(wrong + [each.relative_to(root).as_posix() for each in strays(root, files)])


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT, help="folder that receives ledger/ and rules/")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when files differ")
    parser.add_argument("--seed", type=int, default=ani_mali.SEED)
    parser.add_argument("--donors", type=int)
    parser.add_argument("--years", type=int)
    parser.add_argument("--transactions", type=int)
    parser.add_argument(
        "--reels", action="store_true", help="books of the real shape: a voucher file an entry, alerts …"
    )
    options = parser.parse_args(argv)
    if options.donors or options.years or options.transactions:
        if options.out == ROOT:
            parser.error("--donors/--years/--transactions need --out: they never replace the demonstration books")
        chart = ROOT / "rules" / "plan-comptable.yaml"
        made = bulk.files(
            options.donors or 10, options.years or 1, options.transactions or 1000, options.seed, options.reels
        )
        if chart.is_file():
            made["rules/plan-comptable.yaml"] = chart.read_bytes()
        print(f"{write(options.out, made)} files written under {options.out}")
        return 0
    made = ani_mali.files(options.seed)
    if options.check:
        wrong = differences(options.out, made)
        for path in wrong:
            print(f"differs: {path}")
        return 1 if wrong else 0
    for stray in strays(options.out, made):
        stray.unlink()
    print(f"{write(options.out, made)} files written under {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
