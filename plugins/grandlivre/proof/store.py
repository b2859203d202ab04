"""The folder `ledger/visas/`: which texts stand there, with the signatures beside each and what they were about.

* `ecritures/2026-03/2026-03-12-directeur-1.visa` (and so for `derogations`, `refus`, `caisse`, `rapport`), `regles/0001.visa`,
  `cloture/2026-T1.visa`; a text's folder, name and content agree. A chain of rules that replaces another stands in `regles-2/`,
  the next in `regles-3/`: nothing is moved, so that what closings keep stays where it was.
* `<text>.<person>.sig` is that person's signature; `<text>.<witness>.sig` a witness'.
* `<text>.jsonl` keeps what was signed, one canonical item a line: it proves nothing more than its digests do, and lets a
  rule say what changed. It may be deleted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.proof.visa import PERSONAL, Visa, VisaError, digest_of, read
from grandlivre.sources.problem import Problem

FOLDER = "visas"
_RULES = re.compile(r"regles(?:-([2-9]))?")
_SIGNATURE = re.compile(r"(.+\.visa)\.([a-z0-9-]{1,40})\.sig")


class SignatureFile(NamedTuple):
    """A signature beside a text."""

    path: str
    """Relative to visas/, with « / »."""
    signer: str
    """The person or the witness whose it says it is."""
    content: bytes


class VisaFile(NamedTuple):
    """A text under visas/."""

    path: str
    """Relative to visas/, with « / »."""
    digest: str
    content: bytes
    visa: Visa | None
    """What it says; None when it is no visa."""
    problem: Problem | None
    """Why it is none, or stands in the wrong place."""
    signatures: tuple[SignatureFile, ...]


class Store(NamedTuple):
    """All that stands under visas/."""

    root: Path
    files: tuple[VisaFile, ...] = ()
    """By path."""
    strays: tuple[Problem, ...] = ()
    """Signatures of no text."""

    def place(self, path: str) -> Path:
        """Where a file of the folder is."""
        return self.root / path

    def kept(self, path: str) -> dict[str, str]:
        """What a text was about, by digest, as far as it was kept and still has that digest."""
        try:
            lines = (self.root / f"{path}.jsonl").read_bytes().split(b"\n")
        except OSError:
            return {}
        return {digest_of(line): line.decode("utf-8", "replace") for line in lines if line}


def read_store(root: Path, within: str = "") -> Store:
    """Everything under a folder of visas, or in one of its folders; nothing where there is none."""
    if not (root / within).is_dir():
        return Store(root)
    texts: dict[str, bytes] = {}
    signatures: dict[str, list[SignatureFile]] = {}
    for name, file in folder_files(root / within):
        path = f"{within}/{name}" if within else name
        match = _SIGNATURE.fullmatch(path)
        if match is not None:
            signatures.setdefault(match[1], []).append(SignatureFile(path, match[2], file.read_bytes()))
        elif path.endswith(".visa"):
            texts[path] = file.read_bytes()
    files = tuple(_file(root, path, content, signatures.get(path, [])) for path, content in sorted(texts.items()))
    strays = tuple(
        Problem(
            root / each.path,
            1,
            "Cette signature n'est à côté d'aucun visa : remettez le texte qu'elle signe (git le garde).",
        )
        for path, own in sorted(signatures.items())
        if path not in texts
        for each in own
    )
    return Store(root, files, strays)


def read_rules(root: Path) -> Store:
    """The chains of the rules alone, the first one first."""
    folders = [path.name for path in sorted(root.glob("regles*")) if path.is_dir() and _RULES.fullmatch(path.name)]
    found = [read_store(root, folder) for folder in folders]
    return Store(
        root,
        tuple(file for each in found for file in each.files),
        tuple(said for each in found for said in each.strays),
    )


def rules_folder(rank: int) -> str:
    """Where the chain of that rank stands, from 1: regles, regles-2."""
    return "regles" if rank == 1 else f"regles-{rank}"


def rules_rank(path: str) -> int:
    """The rank of the chain in which a version stands."""
    match = _RULES.fullmatch(path.partition("/")[0])
    return int(match[1] or 1) if match is not None else 1


def personal_path(nature: str, day: date, person: str, rank: int) -> str:
    """Where the visa of one person stands: the n-th of that nature and day."""
    return f"{nature}/{day:%Y-%m}/{day.isoformat()}-{person}-{rank}.visa"


def shared_path(visa: Visa) -> str:
    """Where a version of the rules, or a closing, stands."""
    return f"regles/{visa.number:04d}.visa" if visa.nature == "regles" else f"cloture/{visa.period}.visa"


def folder_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Each plain file under a folder, by its path relative to it."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            if not path.is_symlink() and path.is_file():
                yield path.relative_to(root).as_posix(), path


def _file(root: Path, path: str, content: bytes, signatures: list[SignatureFile]) -> VisaFile:
    visa: Visa | None = None
    problem: Problem | None = None
    try:
        visa = read(content)
    except VisaError as error:
        problem = Problem(root / path, error.line, str(error))
    if visa is not None and not _agrees(visa, path):
        said = (
            f"Ce visa de nature « {visa.nature} » du {visa.date:%d/%m/%Y} n'est pas à sa place, ou a changé de nom : un visa "
            "ne se déplace pas. Remettez-le où il a été signé (git le garde)."
        )
        problem = Problem(root / path, 1, said)
    return VisaFile(path, digest_of(content), content, visa, problem, tuple(signatures))


def _agrees(visa: Visa, path: str) -> bool:
    """Whether a text stands where what it says asks for."""
    if visa.nature not in PERSONAL:
        folder, _, name = path.partition("/")
        known = _RULES.fullmatch(folder) is not None if visa.nature == "regles" else folder == visa.nature
        return known and name == shared_path(visa).partition("/")[2]
    head = personal_path(visa.nature, visa.date, visa.person, 0).removesuffix("0.visa")
    rank = path.removeprefix(head).removesuffix(".visa")
    return path.startswith(head) and re.fullmatch(r"[1-9]\d{0,3}", rank) is not None
