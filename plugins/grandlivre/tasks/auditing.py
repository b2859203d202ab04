"""The auditor's pack: a sample that anybody can draw again, its documents, the canonical items of its closings, the visas.

Same books, same seed: same bytes. For one donor, only that tree's items, documents and visas; other trees are digests.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from grandlivre.books.digest import Closed, ItemWriter, ManifestRow, period_items, read_manifest
from grandlivre.books.directives.closings import Closing
from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.books.purchases import BankCharges
from grandlivre.books.records import Entry, Place
from grandlivre.books.signed import signables
from grandlivre.i18n import Money, counted
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import STATED, TILL
from grandlivre.proof import verifier
from grandlivre.proof.allowed import allowed_signers
from grandlivre.proof.visa import PERSONAL
from grandlivre.rules import proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.signing import roles
from grandlivre.writing import write_file

METHODS = ("unites-monetaires", "aleatoire")
_TREASURY = (*STATED, *TILL)
_CHARGES = BankCharges(ceiling=None)
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Request(NamedTuple):
    """What an auditor asks for."""

    period: Period
    tree: str
    """A donor's code; "" for the whole organisation."""
    size: int
    seed: str
    method: str
    named: bool
    """Whether people are named, not only known by their identifiers."""


class Pack(NamedTuple):
    """What is in a pack."""

    files: Mapping[str, bytes]
    population: int
    sample: tuple[str, ...]
    root: str
    closings: tuple[str, ...]


class _Payment(NamedTuple):
    entry: Entry
    amount: int


def pack(books: Books, asked: Request) -> Pack:
    """The pack that is asked for; raises RefusedError where nothing is closed yet."""
    closings = _closings(books, asked)
    root = closings[-1][0].digest
    population = _population(books, asked)
    ranks = verifier.chosen([each.amount for each in population], root, asked.seed, asked.size, asked.method)
    sample = [population[rank] for rank in ranks]
    within = [(closing, period) for closing, period in closings if period.start >= asked.period.start]
    files = {
        "dossier.json": _json(_about(books, asked, root, [closing for closing, _ in within])),
        "population.jsonl": _lines(_row(each) for each in population),
        **_proofs(books, asked, within, sample),
    }
    files["LISEZMOI.txt"] = _readme(books, asked, sample, files).encode()
    return Pack(
        files, len(population), tuple(each.entry.piece for each in sample), root, tuple(c.period for c, _ in within)
    )


def _closings(books: Books, asked: Request) -> list[tuple[Closing, Period]]:
    """The closings to the end of the period; raises RefusedError where there is none, or no such project."""
    if asked.tree and asked.tree not in books.trees:
        raise RefusedError(f"Le projet {asked.tree} n'existe pas : {', '.join(books.trees)}.")
    closings = [(closing, period) for closing, period in books.closed if period.end <= asked.period.end]
    if not closings:
        raise RefusedError(
            f"Aucune période n'est close au {asked.period.end:%d/%m/%Y} : un échantillon se tire d'une racine scellée."
        )
    return closings


def _about(books: Books, asked: Request, root: str, closings: Iterable[Closing]) -> dict[str, Any]:
    """What the pack says of itself."""
    return {
        "organisation": books.policy.organisation.name,
        "periode": asked.period.code,
        "bailleur": asked.tree,
        "racine": root,
        "graine": asked.seed,
        "echantillon": asked.size,
        "methode": asked.method,
        "arbres": _trees(asked),
        "clotures": [_closing(books, closing) for closing in closings],
    }


def _trees(asked: Request) -> list[str]:
    """The tree that is asked for, as closings call it; none for the whole organisation."""
    return [asked.tree.lower()] if asked.tree else []


def _proofs(
    books: Books, asked: Request, closings: list[tuple[Closing, Period]], sample: Iterable[_Payment]
) -> dict[str, bytes]:
    """The items, the sample with its documents, the visas with the keys, and the program that verifies them."""
    rows = [_sampled(books, each) for each in sample]
    return {
        "elements.jsonl": _lines(_items(books, closings, _trees(asked))),
        "echantillon.jsonl": _lines(rows),
        "cles/allowed_signers": allowed_signers(books.policy.keys).encode(),
        "verifier.py": Path(verifier.__file__).read_bytes().replace(b"\r\n", b"\n"),
        **dict(_documents(books, rows)),
        **dict(_visas(books, asked.tree)),
    }


def write(found: Pack, path: Path) -> None:
    """Writes a pack as a zip whose bytes depend on its content alone; raises WriteError."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in sorted(found.files.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    write_file(path, held.getvalue())


def _population(books: Books, asked: Request) -> list[_Payment]:
    """The payments of the period by date, then voucher."""
    amounts: dict[Place, int] = {}
    entries: dict[Place, Entry] = {}
    for payment in books.payments(_TREASURY, _CHARGES):
        entry = payment.entry
        if entry.date in asked.period and entry.piece and (not asked.tree or entry.tree == asked.tree):
            entries[entry.place] = entry
            amounts[entry.place] = amounts.get(entry.place, 0) + payment.amount
    found = [_Payment(entry, amounts[place]) for place, entry in entries.items() if amounts[place] > 0]
    return sorted(found, key=lambda each: (each.entry.date, each.entry.piece))


def _row(each: _Payment) -> dict[str, Any]:
    return {"date": each.entry.date.isoformat(), "piece": each.entry.piece, "montant": each.amount}


def _sampled(books: Books, each: _Payment) -> dict[str, Any]:
    """A payment of the sample: its item as a closing says it, the text that people sign, and who is asked to."""
    entry = each.entry
    raw = next(found for found in books.raw if Place.of(found.meta) == entry.place)
    closed = next((closing for closing, period in books.closed if entry.date in period), None)
    rows = read_manifest(books, closed.period).rows if closed is not None else None
    text, _ = ItemWriter(rows.get if rows is not None else lambda path: _hashed(books, path)).written(raw)
    states = {who: proofs(books).entry(entry, who).state for who in sorted(roles(entry))}
    return {
        **_row(each),
        "beneficiaire": entry.payee_of(),
        "libelle": entry.narration,
        "signataires": sorted(roles(entry)),
        "etats": states,
        "element": text,
        "signe": signables(books).entry(entry).text,
    }


def _hashed(books: Books, path: str) -> ManifestRow | None:
    found = books.documents.hashed(path)
    return ManifestRow(*found) if found is not None else None


def _closing(books: Books, closing: Closing) -> dict[str, Any]:
    return {
        "periode": closing.period,
        "date": closing.date.isoformat(),
        "version": closing.version,
        "livres": books.policy.organisation.books_id or "",
        "precedente": closing.previous,
        "racine": closing.digest,
        "arbres": dict(closing.trees),
        "manifeste": read_manifest(books, closing.period).digest,
        "regles": closing.rules,
        "visas": closing.visas,
        "visa-regles": closing.rules_visa.partition(" ")[2],
        "reserves": list(closing.reserves),
        "series": [list(pair) for pair in closing.series],
    }


def _items(books: Books, closings: list[tuple[Closing, Period]], trees: list[str]) -> Iterator[dict[str, Any]]:
    """Every canonical item of those closings, of the trees that are asked for."""
    closed = [
        Closed(period, closing.version, read_manifest(books, closing.period).rows) for closing, period in closings
    ]
    raw = {Place.of(entry.meta): entry for entry in books.raw}
    for (closing, _), each, found in zip(closings, closed, period_items(books, closed), strict=True):
        writer = ItemWriter(each.manifest.get, version=each.version)
        for item in found:
            if not trees or not set(trees).isdisjoint(item.trees):
                text, _ = writer.written(raw[item.place])
                yield {"periode": closing.period, "arbres": list(item.trees), "element": text}


def _documents(books: Books, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """The documents of the sample that are there."""
    for row in rows:
        for path, _ in json.loads(row["element"])[9]:
            if not DocumentFolder.escapes(path) and books.documents.size(path) is not None:
                yield f"pieces/{path}", books.documents.place(path).read_bytes()


def _visas(books: Books, tree: str) -> Iterator[tuple[str, bytes]]:
    """The visas of the tree that is asked for, and those of closings and rules, with their signatures."""
    for file in proofs(books).store.files:
        if file.visa is not None and (not tree or file.visa.nature not in PERSONAL or file.visa.tree == tree):
            yield f"visas/{file.path}", file.content
            yield from [(f"visas/{each.path}", each.content) for each in file.signatures]


def _readme(books: Books, asked: Request, sample: list[_Payment], files: Mapping[str, bytes]) -> str:
    """What the pack is, what it proves, and how to go on."""
    people = sorted({who for each in sample for who in roles(each.entry)})
    named = [f"  {who} : {books.policy.people[who].name}" for who in people if who in books.policy.people]
    words = (
        f"--periode {asked.period.code}{f' --bailleur {asked.tree}' if asked.tree else ''} --echantillon {asked.size}"
    )
    lines = [
        f"Dossier d'audit : {books.policy.organisation.name}, {asked.period.label}{f', {asked.tree}' if asked.tree else ''}",
        "",
        f"{counted(len(sample), 'paiement tiré', 'paiements tirés')}, méthode {asked.method}, graine {asked.seed}.",
        *(
            f"  {each.entry.date:%d/%m/%Y}  {each.entry.piece}  {Money(each.amount, books.policy.currency)}  {each.entry.payee_of()}"
            for each in sample
        ),
        "",
        "1. Vérifier ce dossier (Python et ssh-keygen suffisent, aucun réseau) :",
        "     python verifier.py",
        "2. Vérifier qu'il est celui des livres : sur le dépôt de l'organisation, la même commande rend les mêmes octets :",
        f"     grandlivre audit {words} --graine {asked.seed} --methode {asked.method}{' --nominatif' if asked.named else ''} --out dossier.zip",
        "     grandlivre verify --racine (la racine que vous avez notée)",
        "3. Comparer les racines de verifier.py au registre du Bureau exécutif, ou au pied d'un rapport reçu à l'époque.",
        "4. Demander à chaque signataire l'empreinte de sa clé (ssh-keygen -l) et la comparer à cles/allowed_signers.",
        "",
        f"{counted(len(files) + 1, 'fichier')}. Les personnes sont désignées par leur identifiant"
        + (" :" if asked.named else " ; l'organisation en donne les noms."),
        *(named if asked.named else []),
    ]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()
