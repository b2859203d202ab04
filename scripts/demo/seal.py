"""The closings of the demonstration books, computed from the story itself and not from the program it is judged by.

A second, independent writing of the digest of a closing (contract §5; the canonical form is told at the head of
`grandlivre/books/digest.py`). A test compares it with what `grandlivre close` writes.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import yaml

from demo.books import Books
from demo.model import Directive, Posting, Tx, Value

QUARTERS = (
    ("2026-T1", date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 15)),
    ("2026-T2", date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 15)),
    ("2026-T3", date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 15)),
)
"""Each closed quarter: code, first day, last day, day of its closing."""
HOME = "FONCT"
BOOKS_ID = "6a3f0c9e2d8b47158e7c41b09f5d2a63"
"""The identity of the demonstration books."""
FROZEN = (
    *("marche", "proforma", "pv-caisse", "releve", "immobilisation", "rencontre", "activite"),
    *("organe-communautaire", "transmission"),
)
LATER = {
    "rencontre": r"decision-\d+-faite",
    "immobilisation": "lieu|detenteur|etat|inventaire|sortie|motif-sortie",
}
"""The keys of a directive that are written once its month is closed, and that no seal holds."""
NAMES = (("code",), ("id",), ("compte",), ("personne", "pouvoir", "du"), ("depuis",), ("du",), ("date",))
LEFT_OUT = "livres exemple exercices nom fonction telephone adresse courriel semaines-fermees jours-feries".split()
LAID_OUT = ("rules/formulaires/", "rules/classeurs/")
"""What says how a page looks rules no entry."""
RANK = 99
"""Order of the day of a closing: last."""

Item = Tx | Directive
Documents = Mapping[str, bytes]
"""Every voucher file by its path under ledger/documents/."""


class Sealed(NamedTuple):
    """One item said in the canonical form: its digest, its trees, its documents."""

    digest: str
    trees: tuple[str, ...]
    documents: tuple[str, ...]


def close(books: Books, documents: Documents, rules: Mapping[str, str]) -> dict[str, bytes]:
    """Adds the `cloture` directives to the books; returns the manifests and the rules in force by path.

    `rules` holds every YAML file by its path under the books' root (`rules/controles.yaml`).
    """
    manifests: dict[str, bytes] = {}
    before, closed = "", date.min
    for code, start, end, day in QUARTERS:
        _prove(books, closed, end, before)
        items = [each for each in (*books.txs, *books.directives) if start <= each.day <= end]
        sealed = [_sealed(each, end, books, documents) for each in items if isinstance(each, Tx) or each.kind in FROZEN]
        trees = _trees(sealed)
        named = sorted({path for each in sealed for path in each.documents})
        rows = [f"{hashlib.sha256(documents[path]).hexdigest()}\t{len(documents[path])}\t{path}\n" for path in named]
        manifest, written, last = "".join(rows), _rules(rules, end), _last_numbers(books, end)
        pairs = [[tree, digest] for tree, digest in trees.items()]
        bound = [_hash(manifest), _hash(written), "", "", [], [list(each) for each in last]]
        root = _hash(_json([2, BOOKS_ID, code, before, pairs, *bound]))
        chain: dict[str, Value] = {"version": 2, **({"precedente": before} if before else {}), "empreinte": root}
        meta: dict[str, Value] = {**chain, **{f"empreinte-{tree}": digest for tree, digest in trees.items()}}
        meta |= {"regles": _hash(written), "dernieres-pieces": " ".join(f"{name}={number}" for name, number in last)}
        books.directives.append(Directive(day, HOME, "cloture", (f'"{code}"',), meta, RANK))
        manifests[f"ledger/documents/MANIFESTE-{code}.tsv"] = manifest.encode()
        manifests[f"ledger/documents/REGLES-{code}.tsv"] = written.encode()
        before, closed = root, day
    _prove(books, closed, date.max, before)
    return manifests


def _prove(books: Books, closed: date, end: date, root: str) -> None:
    """Writes in each report sent between a closing and a day that closing's root."""
    for each in books.directives:
        if each.kind == "transmission" and closed <= each.day <= end and root:
            each.meta["racine-cloture"] = root


def _last_numbers(books: Books, end: date) -> list[tuple[str, int]]:
    last: dict[str, int] = {}
    for tx in books.txs:
        if tx.day <= end:
            series, _, number = str(tx.meta["piece"]).rpartition("-")
            last[series] = max(last.get(series, 0), int(number))
    return sorted(last.items())


def _rules(files: Mapping[str, str], end: date) -> str:
    rows: list[tuple[str, str, str]] = []
    for path, text in files.items():
        if path.startswith(LAID_OUT):
            continue
        rows += [(path, key, value) for key, value in _written(yaml.load(text, yaml.BaseLoader), "", end)]
    return "".join("\t".join(" ".join(part.split()) for part in row) + "\n" for row in sorted(rows))


def _written(node: object, key: str, end: date) -> Iterator[tuple[str, str]]:
    """Each value of a file in force at the end of a period, with its key; read by PyYAML alone."""
    if isinstance(node, dict):
        begins = next(
            (node[name] for name in ("depuis", "du", "date") if re.fullmatch(r"\d{4}-\d\d-\d\d", str(node.get(name)))),
            "",
        )
        if begins > end.isoformat():
            return
        for name, child in node.items():
            if name not in LEFT_OUT and not name.startswith("libelle"):
                yield from _written(child, f"{key}.{name}" if key else name, end)
    elif isinstance(node, list):
        for rank, child in enumerate(node, 1):
            found = [names for names in NAMES if isinstance(child, dict) and all(name in child for name in names)]
            named = "+".join(child[name] for name in found[0]) if found else str(rank)
            yield from _written(child, f"{key}.{named}", end)
    else:
        yield key, str(node)


def _trees(sealed: Iterable[Sealed]) -> dict[str, str]:
    """The digest of each tree, sorted by tree."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in sealed:
        for tree in each.trees:
            found[tree].append(each.digest)
    return {tree: _hash("".join(f"{digest}\n" for digest in sorted(found[tree]))) for tree in sorted(found)}


def _sealed(item: Item, end: date, books: Books, documents: Documents) -> Sealed:
    if isinstance(item, Tx):
        said = ["transaction", item.day.isoformat(), "*", _text(item.payee), _text(item.narration), [], []]
        said += [_metadata(item.meta), sorted(_json(_posting(each)) for each in item.postings)]
        trees = {each.account.split(":")[1] for each in item.postings} or {item.tree}
        metas = [item.meta, *(each.meta for each in item.postings)]
    else:
        later = LATER.get(item.kind, "(?!)")
        meta = {key: value for key, value in item.meta.items() if not re.fullmatch(later, key)}
        said = [item.kind, item.day.isoformat(), [_typed(each) for each in item.values], _metadata(meta)]
        trees = {_tree(item, end, books)}
        metas = [item.meta]
    named = sorted(
        {str(v) for meta in metas for key, v in meta.items() if key == "document" or key.startswith("document-")}
    )
    said.append([[path, hashlib.sha256(documents[path]).hexdigest()] for path in named])
    lower = tuple(sorted(tree.lower() for tree in trees))
    return Sealed(hashlib.sha256(_json(said).encode()).hexdigest(), lower, tuple(named))


def _tree(item: Directive, end: date, books: Books) -> str:
    if item.kind == "marche":
        return str(item.meta["bailleur"])
    if item.kind == "rencontre":
        return str(item.meta.get("programme", HOME))
    if item.kind in ("activite", "organe-communautaire"):
        return str(_typed(item.values[0])[1])
    if item.kind == "transmission":
        return str(_typed(item.values[1])[1])
    if item.kind == "proforma":
        awards = [each for each in books.directives if each.kind == "marche" and each.values[0] == item.values[0]]
        return next((str(each.meta["bailleur"]) for each in awards if each.day <= end), "sans-bailleur")
    return next(each.split(":")[1] for each in item.values if ":" in each and not each.startswith('"'))


def _posting(posting: Posting) -> list[object]:
    price = None
    if posting.price is not None:
        price = [_number(Decimal(posting.price) / abs(posting.amount)), "XOF"]
    return [posting.account, _number(Decimal(posting.amount)), posting.currency, None, price, _metadata(posting.meta)]


def _metadata(meta: Mapping[str, Value]) -> dict[str, list[object]]:
    return {key: _value(value) for key, value in meta.items() if key != "pointage"}


def _value(value: Value) -> list[object]:
    if isinstance(value, bool):
        return ["oui-non", value]
    if isinstance(value, str):
        return ["texte", _text(value)]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, tuple):
        return ["montant", str(value[0]), value[1]]
    return ["nombre", str(value)]


def _typed(written: str) -> list[object]:
    """A directive's value as it is written in the ledger."""
    if written.startswith('"'):
        return ["texte", _text(re.sub(r"\\(.)", r"\1", written[1:-1]))]
    amount = re.fullmatch(r"(-?\d+) ([A-Z-]+)", written)
    return ["montant", amount[1], amount[2]] if amount else ["compte", _text(written)]


def _text(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _number(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _hash(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
