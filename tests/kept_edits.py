"""What people and machines do to the files of books between two checks, drawn by lot; each edit says what it did."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import guard_bed

Edit = Callable[["Bench"], str]


@dataclass
class Bench:
    """Books under edits, with what earlier states left behind."""

    root: Path
    lot: random.Random
    backups: list[tuple[Path, bytes, os.stat_result]] = field(default_factory=list)
    skew: int = 0
    """Nanoseconds by which the clock of the index is wrong."""
    day: str = "2026-11-29"
    months: str = "20*"
    """Which files of entries are edited."""

    @property
    def index(self) -> Path:
        return self.root / ".grandlivre" / "index"

    def ledgers(self) -> list[Path]:
        """The files of entries."""
        return [
            path for path in sorted((self.root / "ledger").rglob(f"{self.months}.beancount")) if path.stat().st_size
        ]

    def papers(self) -> list[Path]:
        return [path for path in sorted((self.root / "ledger" / "documents").rglob("*")) if path.is_file()]

    def pick(self, paths: list[Path]) -> Path:
        return self.lot.choice(paths)

    def back_up(self, path: Path) -> None:
        self.backups.append((path, path.read_bytes(), path.stat()))

    def rewrite(self, path: Path, change: Callable[[str], str]) -> str:
        """Another text in the same file; what it held is a backup."""
        before = path.read_text(encoding="utf-8")
        after = change(before)
        if after != before:
            self.back_up(path)
            path.write_text(after, encoding="utf-8", newline="\n")
        return path.name

    def replaced(self, text: str, pattern: str, change: Callable[[re.Match[str]], str]) -> str:
        """The text with one occurrence changed."""
        found = list(re.finditer(pattern, text, re.MULTILINE))
        if not found:
            return text
        one = self.lot.choice(found)
        return text[: one.start()] + change(one) + text[one.end() :]

    def paragraph(self, text: str) -> str:
        """One whole entry."""
        found = re.findall(r"^20\d\d-\d\d-\d\d [*!].*\n(?:[ \t]+\S.*\n)+", text, re.MULTILINE)
        return self.lot.choice(found) if found else ""


def amount(bench: Bench) -> str:
    def other(found: re.Match[str]) -> str:
        return f"{found[1]}{int(found[2]) + bench.lot.choice((1, -1, 1000, 5_000_000))} XOF"

    return bench.rewrite(bench.pick(bench.ledgers()), lambda text: bench.replaced(text, r"(\s-?)(\d+) XOF", other))


def account(bench: Bench) -> str:
    names = ["5711-Caisse", "52111-Banque", "585-Virements-de-fonds", "6055-Fournitures-de-bureau", "9999-Inconnu"]
    pattern = r"\b\d{3,5}-[A-Z][\w-]+"
    return bench.rewrite(
        bench.pick(bench.ledgers()), lambda text: bench.replaced(text, pattern, lambda _: bench.lot.choice(names))
    )


def date(bench: Bench) -> str:
    def other(found: re.Match[str]) -> str:
        return bench.lot.choice((f"2026-0{bench.lot.randint(1, 9)}-{found[3]}", f"2027-{found[2]}-{found[3]}"))

    pattern = r"^(20\d\d)-(\d\d)-(\d\d)(?= [*!])"
    return bench.rewrite(bench.pick(bench.ledgers()), lambda text: bench.replaced(text, pattern, other))


def key(bench: Bench) -> str:
    """A line of metadata goes."""
    return bench.rewrite(
        bench.pick(bench.ledgers()), lambda text: bench.replaced(text, r"^  [a-z-]+\d?: .*\n", lambda _: "")
    )


def deletion(bench: Bench) -> str:
    path = bench.pick(bench.ledgers())
    return bench.rewrite(path, lambda text: text.replace(bench.paragraph(text) or "\0", "", 1))


def duplicate(bench: Bench) -> str:
    path = bench.pick(bench.ledgers())
    return bench.rewrite(path, lambda text: f"{text}\n{bench.paragraph(text)}")


def comment(bench: Bench) -> str:
    return bench.rewrite(bench.pick(bench.ledgers()), lambda text: f"; revu\n{text}")


def typed(bench: Bench) -> str:
    """What a keyboard, a spreadsheet or somebody with bad intentions leaves in a file."""
    left = bench.lot.choice(
        ("  note: \"12\u00a0500 e\u0301tat\"", "; <<<<<<< HEAD\n<<<<<<< HEAD", 'plugin "os"', 'option "documents" "/etc"', "; \u200b",
         '2026-01-02 document Actif:FONCT:5711-Caisse "../../x.pdf"', "2026-01-31 balance Actif:FONCT:5711-Caisse 51 000 XOF",
         'include "absent.beancount"', f"; {'x' * 100_001}", "2026-01-31 balance Actif:FONCT:5711-Caisse 8/2 XOF")
    )  # fmt: skip
    return bench.rewrite(bench.pick(bench.ledgers()), lambda text: f"{text}\n{left}\n")


def other_roots(bench: Bench) -> str:
    """The entry point asks for other headers."""
    main = bench.root / "ledger" / "main.beancount"
    return bench.rewrite(main, lambda text: text.replace('"Actif"', '"Actifs"') if "Actifs" not in text else text)


def yaml_value(bench: Bench) -> str:
    path = bench.root / "rules" / bench.lot.choice(("organisation.yaml", "controles.yaml", "mandats.yaml"))
    return bench.rewrite(path, lambda text: bench.replaced(text, r"\b\d{1,9}\b", lambda found: str(int(found[0]) + 1)))


def rename(bench: Bench) -> str:
    path = bench.pick(bench.ledgers())
    other = path.with_name(f"{path.stem[:7]}-{bench.lot.randint(1, 99)}.beancount")
    if not other.exists():
        path.rename(other)
    return f"{path.name} -> {other.name}"


def emptied(bench: Bench) -> str:
    path = bench.pick(bench.papers())
    bench.back_up(path)
    path.write_bytes(b"")
    return path.name


def paper_gone(bench: Bench) -> str:
    path = bench.pick(bench.papers())
    bench.back_up(path)
    path.unlink()
    return path.name


def paper_come(bench: Bench) -> str:
    path = bench.root / "ledger" / "documents" / f"recu-{bench.lot.randint(1, 9)}.pdf"
    path.write_bytes(b"%PDF-1.4 " + bytes([bench.lot.randint(65, 70)]))
    return path.name


def touched_back(bench: Bench) -> str:
    """One digit changes, and the time of the content is put back (touch -r)."""
    path = bench.pick(bench.ledgers())
    before = path.stat()
    bench.rewrite(path, lambda text: bench.replaced(text, r"\d(?= XOF)", lambda found: str((int(found[0]) + 1) % 10)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return path.name


def paper_touched_back(bench: Bench) -> str:
    path = bench.pick(bench.papers())
    bench.back_up(path)
    before = path.stat()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([(content[-1] + 1) % 256]) if content else b"")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return path.name


def restored(bench: Bench) -> str:
    """A backup comes back with the time it had."""
    if not bench.backups:
        return "rien"
    path, content, seen = bench.lot.choice(bench.backups)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    return path.name


def undone(bench: Bench) -> str:
    """The last edit is undone."""
    if not bench.backups:
        return "rien"
    path, content, _ = bench.backups.pop()
    path.write_bytes(content)
    return path.name


def clock_back(bench: Bench) -> str:
    """The clock goes back an hour, or comes right again, or is an hour fast."""
    bench.skew = bench.lot.choice((-3600, 0, 3600)) * 1_000_000_000
    return str(bench.skew)


def from_the_future(bench: Bench) -> str:
    """A file was written by a machine whose clock is fast."""
    path = bench.pick(bench.ledgers())
    when = path.stat().st_mtime_ns + 86_400_000_000_000
    os.utime(path, ns=(when, when))
    return path.name


def swapped(bench: Bench) -> str:
    """Another file of the same size and time takes the place of one."""
    path = bench.pick(bench.ledgers())
    seen = path.stat()
    text = path.read_text(encoding="utf-8")
    bench.back_up(path)
    other = path.with_name("autre.tmp")
    changed = bench.replaced(text, r"\d(?= XOF)", lambda found: str((int(found[0]) + 1) % 10))
    other.write_text(changed, encoding="utf-8", newline="\n")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)
    return path.name


def touched(bench: Bench) -> str:
    """The time of a file changes, and nothing else."""
    path = bench.pick([*bench.ledgers(), *bench.papers()])
    os.utime(path)
    return path.name


def index_damaged(bench: Bench) -> str:
    found = [path for path in sorted(bench.index.rglob("*")) if path.is_file() and path.stat().st_size]
    if not found:
        return "rien"
    path = bench.pick(found)
    content = bytearray(path.read_bytes())
    content[bench.lot.randrange(len(content))] ^= 1 << bench.lot.randrange(8)
    path.write_bytes(content)
    return path.name


def index_half_written(bench: Bench) -> str:
    found = [path for path in sorted(bench.index.rglob("*")) if path.is_file()]
    if not found:
        return "rien"
    path = bench.pick(found)
    path.write_bytes(path.read_bytes()[: bench.lot.randrange(path.stat().st_size + 1)])
    return path.name


def index_gone(bench: Bench) -> str:
    shutil.rmtree(bench.index, ignore_errors=True)
    return "index"


def stray(bench: Bench) -> str:
    """Code beside the books, or no more."""
    path = bench.root / bench.lot.choice(("click.py", "ledger/a.py", "outil/__init__.py", "ledger/perdu.beancount"))
    if path.exists():
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
    return path.name


def link(bench: Bench) -> str:
    path = bench.root / "ledger" / "documents" / "lien.pdf"
    if path.is_symlink():
        path.unlink()
    else:
        path.symlink_to(bench.root / "rules" / "organisation.yaml")
    return path.name


def other_day(bench: Bench) -> str:
    bench.day = bench.lot.choice(("2026-03-10", "2026-11-29", "2026-11-30", "2027-04-01"))
    return bench.day


def nothing(bench: Bench) -> str:
    return "rien"


def ordinary(bench: Bench) -> str:
    """One entry changes and stays an ordinary one, or another comes below the last."""
    path = bench.pick(bench.ledgers())
    return bench.rewrite(path, lambda _: guard_bed.edited(path, bench.lot))


def inserted(bench: Bench) -> str:
    """An entry comes among the others, under the next number, and the lines below it move."""

    def change(text: str) -> str:
        own = bench.paragraph(text)
        return text.replace(own, f"{guard_bed.next_of(own, text)}\n{own}", 1) if own else text

    return bench.rewrite(bench.pick(bench.ledgers()), change)


def worded(bench: Bench) -> str:
    """A narration says more."""
    pattern = r'^(20\d\d-\S+ \* "[^"\n]*" "[^"\n]*)"'
    return bench.rewrite(
        bench.pick(bench.ledgers()), lambda text: bench.replaced(text, pattern, lambda found: f'{found[1]} bis"')
    )


def spaced(bench: Bench) -> str:
    """Blank lines and remarks come between two entries."""
    pattern = r"\n\n(?=20\d\d-)"
    left = bench.lot.choice(("\n\n\n", "\n\n; revu\n", "\n; vu le 5\n\n"))
    return bench.rewrite(bench.pick(bench.ledgers()), lambda text: bench.replaced(text, pattern, lambda _: left))


EDITS: tuple[Edit, ...] = (
    amount, account, date, key, deletion, duplicate, comment, typed, other_roots, yaml_value, rename, emptied, paper_gone, paper_come, touched_back,
    paper_touched_back, restored, undone, clock_back, from_the_future, swapped, touched, index_damaged, index_half_written,
    index_gone, stray, link, other_day, nothing, ordinary, inserted, worded, spaced,
)  # fmt: skip
OFTEN: tuple[Edit, ...] = (ordinary, ordinary, inserted, worded, spaced)
"""What an accountant does all day."""
ENTRIES: tuple[Edit, ...] = (amount, account, date, key, deletion, duplicate)
"""What changes one entry, rightly or wrongly."""
