"""The digest of a closed period: what it says, whatever the files that say it look like (contract §5).

Version 1, so that another program can recompute it:

* An item is a transaction or a `marche`, `proforma`, `pv-caisse`, `releve` or `immobilisation` directive dated in the
  period, as Beancount books it. It is written as one JSON array (UTF-8, no spaces, keys sorted, non-ASCII as it is):
  - transaction: ["transaction", date, flag, payee, narration, [tags], [links], metadata, [postings], [documents]]
    with each posting as the text of the array [account, number, currency, cost, price, metadata]; cost and price null
    when absent, else [number, currency] or, for a cost, [number, currency, date, label];
  - directive: [type, date, [values], metadata, [documents]] with each value [kind, value].
* Tags, links, postings and documents are sorted. Texts are in Unicode NFC with `\\n`
  line ends; dates are AAAA-MM-JJ; numbers have no exponent and no needless zeros.
* Metadata is an object of [kind, value] without `pointage`, `filename`, `lineno` and the keys that begin with `__`;
  kinds: texte, date, nombre, oui-non, montant, rien.
* A document is [path, sha256] for each `document` or `document-…` of the item, the sha256 (lower case hexadecimal) read
  in MANIFESTE-<period>.tsv, null when it is not there.
* An item's digest is the sha256 of that text. It belongs to the tree of its accounts (each of them when it mixes two),
  a cancelled number to its voucher's; `marche` to its `bailleur`; `proforma` to the tree of the dossier of its number when that
  dossier is dated no later than the period's end; pv-caisse, releve and immobilisation to the tree of their account. An item
  of no tree belongs to « sans-bailleur ». Tree codes are in lower case.
* A tree's digest is the sha256 of its items' digests (hexadecimal, sorted, each followed by `\\n`).
* The root is the sha256 of the JSON array [1, period, previous root ("" for the first), [[tree, digest], …]], trees sorted.

Version 2, which closings are written in:

* An `immobilisation` is without what its life changes later: lieu, detenteur, etat, inventaire, sortie, motif-sortie.
* Items are also `rencontre` (without decision-N-faite; tree of its `programme`, else the own tree), `activite`,
  `organe-communautaire` and `transmission` (the tree that they name), `face` (its agreement's tree), `revision` (the own tree).
* The root is the sha256 of [2, livres, period, previous root, [[tree, digest], …], manifest, rules, visas, visas of the rules,
  [reserves sorted], [[series, last number], …]]: `livres` is the identity of the books, `manifest` the digest of the file
  MANIFESTE-<period>.tsv, `rules` that of REGLES-<period>.tsv, `visas` that of VISAS-<period>.tsv under visas/ (`sha256<TAB>path`,
  every file of that folder which no earlier list holds), `visas of the rules` that of the version of the rules which guardians had
  signed, "" for what does not exist; a series is `BQ-UE-EAU-2026`, every one
  with a voucher dated no later than the period's end.

Digests are written « sha256: » and 64 hexadecimal digits. What a person signs of an item is said in `books/signed.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core import account as account_types
from beancount.core import amount, data

from grandlivre.books.directives.assets import FOLLOWED
from grandlivre.books.directives.closings import Closing
from grandlivre.books.documents import DocumentFolder, is_document_key
from grandlivre.books.index import Books
from grandlivre.books.reading import parse_voucher
from grandlivre.books.records import Place
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.periods import Period
from grandlivre.policy.written import sealed_values

VERSION = 2
"""The version that closings are written in; earlier ones stay verified as they were written."""
NO_TREE = "sans-bailleur"
_FROZEN = frozenset({"marche", "proforma", "pv-caisse", "releve", "immobilisation"})
_FROZEN_2 = _FROZEN | {"rencontre", "activite", "organe-communautaire", "face", "transmission", "revision"}
_DONE = re.compile(r"decision-\d+-faite")
"""What says later that a decision was carried out."""
_LEFT_OUT = frozenset({"pointage", "filename", "lineno"})
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_QUOTE = json.encoder.encode_basestring
"""A text as `_ENCODE` writes it."""


class Item(NamedTuple):
    """One transaction or directive of a period, with its digest."""

    digest: str
    kind: str
    """"transaction", or the directive's type."""
    place: Place
    date: date
    trees: tuple[str, ...]
    documents: tuple[str, ...]


class ClosingDigest(NamedTuple):
    """The digests of a period: one a tree, and the root over them."""

    period: str
    trees: Mapping[str, str]
    root: str


class ManifestRow(NamedTuple):
    """A document of a closed period as its manifest lists it."""

    sha256: str
    size: int


class Manifest(NamedTuple):
    """MANIFESTE-<period>.tsv: the documents by path, and what of it does not read."""

    path: Path
    exists: bool
    digest: str
    """Of its bytes; "" when it does not exist."""
    rows: Mapping[str, ManifestRow]
    bad_lines: tuple[int, ...]


class DocumentFault(NamedTuple):
    """A document that is no longer what its manifest says."""

    path: str
    reason: str  # manque | taille | contenu | chemin


# --- items ------------------------------------------------------------------------------------------------------------


class Closed(NamedTuple):
    """A period, the version its items are said in, and the documents its manifest lists."""

    period: Period
    version: int
    manifest: Mapping[str, ManifestRow]


def items(books: Books, period: Period, manifest: Mapping[str, ManifestRow]) -> list[Item]:
    """The items of a period in the order of the books."""
    return period_items(books, [Closed(period, VERSION, manifest)])[0]


def period_items(books: Books, closed: Sequence[Closed]) -> list[list[Item]]:
    """The items of each of several periods, which do not overlap and come in order; one pass over the books."""
    starts = [each.period.start for each in closed]
    found: list[list[Item]] = [[] for _ in closed]
    if not closed:
        return found
    dossiers = {dossier.id: dossier for dossier in books.directives.dossiers}
    writers = [ItemWriter(each.manifest.get, version=each.version) for each in closed]
    for entry in books.raw:
        rank = bisect_right(starts, entry.date) - 1
        if rank < 0 or entry.date > closed[rank].period.end:
            continue
        period, version, _ = closed[rank]
        kind = type(entry)
        if kind is data.Transaction:
            trees = _trees_of(books, entry)
        elif kind is data.Custom and entry.type in (_FROZEN if version == 1 else _FROZEN_2):
            trees = (_tree_of(books, entry, period.end, dossiers),)
        else:
            continue
        found[rank].append(writers[rank].item(entry, trees))
    return found


def trees_of(books: Books, entry: Any) -> tuple[str, ...]:
    """The trees that an entry or a directive is of, in lower case; none for a kind that no closing ever holds."""
    if type(entry) is data.Transaction:
        return _trees_of(books, entry)
    if type(entry) is data.Custom and entry.type in _FROZEN_2:
        every = books.directives.dossiers
        dossiers = books.once("dossiers by number", lambda: {dossier.id: dossier for dossier in every})
        return (_tree_of(books, entry, date.max, dossiers),)
    return ()


def _trees_of(books: Books, txn: data.Transaction) -> tuple[str, ...]:
    trees = {books.index.get(posting.account).tree for posting in txn.postings} - {""}
    if not trees and not txn.postings:
        voucher = parse_voucher(str((txn.meta or {}).get("piece") or "").strip())
        trees = {voucher.tree} if voucher is not None else set()
    return tuple(sorted(tree.lower() for tree in trees)) or (NO_TREE,)


def _tree_of(books: Books, custom: data.Custom, end: date, dossiers: Mapping[str, Any]) -> str:
    """The tree that a directive is of, as its kind says."""
    match custom.type:
        case "activite" | "organe-communautaire":
            tree = _word(custom, 0)
        case "transmission":
            tree = _word(custom, 1)
        case "rencontre":
            tree = _noted(custom, "programme") or OWN_TREE
        case "revision":
            tree = OWN_TREE
        case "marche":
            tree = _noted(custom, "bailleur")
        case "face":
            tree = _agreed_tree(books, _word(custom, 0))
        case "proforma":
            tree = _dossier_tree(custom, end, dossiers)
        case _:
            tree = _account_tree(books, custom)
    return tree.lower() or NO_TREE


def _word(custom: data.Custom, place: int) -> str:
    """One of a directive's values as text, "" where it has none."""
    values = custom.values or ()
    return str(values[place].value).strip() if len(values) > place else ""


def _noted(custom: data.Custom, key: str) -> str:
    """A directive's metadata as text, "" where it has none."""
    return str(custom.meta.get(key) or "").strip()


def _agreed_tree(books: Books, agreement: str) -> str:
    """The tree of the donor who signed an agreement."""
    return next((code for code, donor in books.policy.donors.items() if agreement and donor.agreement(agreement)), "")


def _dossier_tree(quote: data.Custom, end: date, dossiers: Mapping[str, Any]) -> str:
    """The tree of a quote's dossier, when that was opened by the end of the period."""
    dossier = dossiers.get(_word(quote, 0)) if quote.values else None
    return dossier.tree if dossier is not None and dossier.date <= end else ""


def _account_tree(books: Books, custom: data.Custom) -> str:
    """The tree of the first account that a directive names."""
    named = next((value.value for value in custom.values or () if value.dtype == account_types.TYPE), "")
    return books.index.get(named).tree if named else ""


def is_left_out(key: str) -> bool:
    """Whether a closing leaves a key out of its items."""
    return key in _LEFT_OUT or key.startswith("__")


class ItemWriter:
    """Writes items in their canonical form, that of `_ENCODE`; thousands share their accounts and their keys.

    `row` finds the digest of a document; `left_out` says which keys do not count, `flagged` whether the flag does,
    `version` which closing they are written for.
    """

    def __init__(
        self,
        row: Callable[[str], ManifestRow | None],
        left_out: Callable[[str], bool] = is_left_out,
        *,
        flagged: bool = True,
        version: int = VERSION,
    ) -> None:
        self._row, self._is_left_out, self._flagged = row, left_out, flagged
        self._version = version
        self._named: dict[str, str] = {}
        """Accounts and commodities as JSON."""
        self._ordered: dict[tuple[str, ...], tuple[tuple[str, str, bool], ...]] = {}
        """The keys of metadata that are kept, sorted: each, as JSON, whether it names a document."""

    def item(self, entry: Any, trees: tuple[str, ...]) -> Item:
        """One item and its digest."""
        text, documents = self.written(entry)
        kind = "transaction" if type(entry) is data.Transaction else entry.type
        return Item(_sha256(text), kind, Place.of(entry.meta or {}), entry.date, trees, documents)

    def written(self, entry: Any) -> tuple[str, tuple[str, ...]]:
        """The text that is hashed, and the documents that it names."""
        paths: set[str] = set()
        said = self._transaction(entry, paths) if type(entry) is data.Transaction else self._directive(entry, paths)
        documents = tuple(sorted(paths))
        rows = ",".join(map(self._document, documents))
        return f"{said},[{rows}]]", documents

    def _transaction(self, entry: Any, paths: set[str]) -> str:
        """An entry's own text, up to its documents, which join `paths`."""
        words = _ENCODE([sorted(entry.tags), sorted(entry.links)]) if entry.tags or entry.links else "[[],[]]"
        postings = ",".join(map(_QUOTE, sorted(self._posting(posting, paths) for posting in entry.postings)))
        flag = (entry.flag or "") if self._flagged else ""
        return (
            f'["transaction","{entry.date.isoformat()}",{_QUOTE(flag)},{_quoted(entry.payee or "")},'
            f"{_quoted(entry.narration or '')},{words[1:-1]},{self._metadata(entry.meta or {}, paths)},[{postings}]"
        )

    def _directive(self, entry: Any, paths: set[str]) -> str:
        """A directive's own text, up to its documents, which join `paths`."""
        values = _ENCODE([_value(value.value, value.dtype) for value in entry.values or ()])
        meta = self._lasting(entry.type, entry.meta or {})
        return f'[{_QUOTE(entry.type)},"{entry.date.isoformat()}",{values},{self._metadata(meta, paths)}'

    def _lasting(self, kind: str, meta: Mapping[str, Any]) -> Mapping[str, Any]:
        """A directive's metadata without what its life changes later."""
        if kind == "rencontre":
            return {key: value for key, value in meta.items() if not _DONE.fullmatch(key)}
        if kind == "immobilisation" and self._version > 1:
            return {key: value for key, value in meta.items() if key not in FOLLOWED}
        return meta

    def _name(self, name: str) -> str:
        found = self._named.get(name)
        if found is None:
            found = self._named[name] = _quoted(name)
        return found

    def _document(self, path: str) -> str:
        row = self._row(path)
        return f"[{_QUOTE(path)},{_QUOTE(row.sha256) if row is not None else 'null'}]"

    def _posting(self, posting: Any, paths: set[str]) -> str:
        units, cost, price, meta = posting.units, posting.cost, posting.price, posting.meta
        amount = more = "null,null"
        if units is not None:
            number = _number(units.number)
            amount = f"{_QUOTE(number) if number is not None else 'null'},{self._name(units.currency)}"
        if cost is not None or price is not None:
            bought = (
                [_number(cost.number), cost.currency, cost.date.isoformat(), cost.label] if cost is not None else None
            )
            paid = [_number(price.number), price.currency] if price is not None else None
            more = _ENCODE([bought, paid])[1:-1]
        return f"[{self._name(posting.account)},{amount},{more},{self._metadata(meta or {}, paths)}]"

    def _metadata(self, meta: Mapping[str, Any], paths: set[str]) -> str:
        names = tuple(meta)
        keys = self._ordered.get(names)
        if keys is None:
            kept = sorted(key for key in names if not self._is_left_out(key))
            keys = self._ordered[names] = tuple((key, _QUOTE(key), is_document_key(key)) for key in kept)
        parts: list[str] = []
        for key, name, document in keys:
            value = meta[key]
            if isinstance(value, str):
                parts.append(f'{name}:["texte",{_quoted(value)}]')
                if document and value.strip():
                    paths.add(_text(value.strip()))
            else:
                parts.append(f"{name}:{_ENCODE(_value(value))}")
        return f"{{{','.join(parts)}}}"


def _value(value: Any, kind: Any = None) -> list[Any]:
    if isinstance(value, str):
        return ["compte" if kind == account_types.TYPE else "texte", _text(value)]
    if isinstance(value, bool):
        return ["oui-non", value]
    if isinstance(value, Decimal):
        return ["nombre", _number(value)]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, amount.Amount):
        return ["montant", _number(value.number), value.currency]
    return ["rien", None] if value is None else ["texte", _text(str(value))]


def _text(text: str) -> str:
    if text.isascii():
        return text.replace("\r\n", "\n") if "\r" in text else text
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def _quoted(text: str) -> str:
    """A text, composed, as JSON."""
    return _QUOTE(text if text.isascii() and "\r" not in text else _text(text))


def _number(number: Decimal | None) -> str | None:
    if number is None:
        return None
    text = str(number)
    if text.isdecimal():
        return text
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- what was found sound before --------------------------------------------------------------------------------------


def seal_key(books: Books, closed: Closed, trees: Sequence[tuple[str, str]], manifest: Manifest) -> str:
    """What stands for all that the digests of a closed period depend on; "" where nothing is remembered."""
    if books.memory is None or not manifest.exists:
        return ""
    period, version, _ = closed
    first = bisect_left(books.raw, period.start, key=_date_of)
    held = books.raw[first : bisect_right(books.raw, period.end, key=_date_of)]
    kinds = (data.Transaction, data.Custom)
    files = [str((entry.meta or {}).get("filename", "")) for entry in held if type(entry) in kinds]
    facts = [
        period.code,
        version,
        sorted(trees),
        manifest.digest,
        len(files),
        sorted(_dossier_trees(books, period.end)),
    ]
    return books.memory.key([books.main, *files, *map(str, books.policy.files)], [*facts, unicodedata.unidata_version])


def is_remembered(books: Books, key: str) -> bool:
    """Whether an earlier check found what the key stands for as it was sealed."""
    return books.memory is not None and books.memory.is_sound(key)


def remember(books: Books, key: str, found: Sequence[Item]) -> None:
    """Spares the next checks the work of this one, unless what an entry says may depend on other files (lots at cost)."""
    if books.memory is None or not key or not found:
        return
    if not books.once("lots", lambda: any(map(_has_lots, books.raw))):
        books.memory.found_sound(key)


def _dossier_trees(books: Books, end: date) -> Iterator[tuple[str, str]]:
    return ((dossier.id, dossier.tree) for dossier in books.directives.dossiers if dossier.date <= end)


def _has_lots(entry: Any) -> bool:
    return type(entry) is data.Transaction and any(posting.cost is not None for posting in entry.postings)


def _date_of(entry: Any) -> date:
    day: date = entry.date
    return day


# --- trees and root ---------------------------------------------------------------------------------------------------


def tree_digests(found: Iterable[Item]) -> dict[str, str]:
    """The digest of each tree that holds an item."""
    by_tree: dict[str, list[str]] = {}
    for item in found:
        for tree in item.trees:
            by_tree.setdefault(tree, []).append(item.digest)
    return {tree: _signed(_joined(sorted(by_tree[tree]))) for tree in sorted(by_tree)}


class Bound(NamedTuple):
    """What the root of a closing binds besides its trees, from version 2 on; digests « sha256:… », "" when there is none."""

    books_id: str = ""
    manifest: str = ""
    rules: str = ""
    reserves: tuple[str, ...] = ()
    series: tuple[tuple[str, int], ...] = ()
    visas: str = ""
    """Of the list of visas that the closing keeps."""
    rules_visa: str = ""
    """Of the version of the rules that guardians had signed."""


NOTHING_BOUND = Bound()
"""What a closing binds where there is neither manifest, nor rules, nor voucher."""


def root_digest(
    period: str,
    previous: str,
    trees: Mapping[str, str],
    bound: Bound = NOTHING_BOUND,
    version: int = VERSION,
) -> str:
    """The root of a closing over its trees, the root before, and what else it binds."""
    pairs = [list(pair) for pair in sorted(trees.items())]
    if version == 1:
        return _signed(_ENCODE([1, period, previous, pairs]))
    reserves, series = sorted(bound.reserves), [list(pair) for pair in sorted(bound.series)]
    digests = [bound.manifest, bound.rules, bound.visas, bound.rules_visa]
    return _signed(_ENCODE([version, bound.books_id, period, previous, pairs, *digests, reserves, series]))


def digest_period(
    books: Books,
    period: Period,
    previous: str,
    manifest: Mapping[str, ManifestRow] | None = None,
    bound: Bound = NOTHING_BOUND,
) -> ClosingDigest:
    """The digests of a period; `previous` is the root of the closing before, "" for the first."""
    rows = manifest if manifest is not None else read_manifest(books, period.code).rows
    trees = tree_digests(items(books, period, rows))
    return ClosingDigest(period.code, trees, root_digest(period.code, previous, trees, bound))


def file_digest(content: bytes) -> str:
    """« sha256: » and the 64 hexadecimal digits of a file's bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def last_numbers(books: Books, end: date) -> tuple[tuple[str, int], ...]:
    """The last number of each series of vouchers among the entries dated no later than a day: (BQ-UE-EAU-2026, 124)."""
    last: dict[str, int] = {}
    for series in books.series:
        if series.first <= end:
            last.setdefault(f"{series.journal}-{series.tree}-{series.year:04d}", 0)
    for entry in books.entries if last else ():
        if entry.date > end:
            break
        if entry.series is not None:
            name = f"{entry.series.journal}-{entry.series.tree}-{entry.series.year:04d}"
            last[name] = max(last.get(name, 0), entry.number)
    return tuple(sorted(last.items()))


def series_text(series: tuple[tuple[str, int], ...]) -> str:
    """The last numbers as `dernieres-pieces:` writes them: BQ-UE-EAU-2026=124 CS-UE-EAU-2026=39."""
    return " ".join(f"{name}={number}" for name, number in series)


def intruder(found: Sequence[Item], tree: str, digest: str) -> Item | None:
    """The one item of a tree without which its digest would be right: an insertion. None when there is none.

    A tree of more than 4 000 items is not searched: the cost grows with the square of their number.
    """
    own = sorted((item for item in found if tree in item.trees), key=lambda item: item.digest)
    if len(own) > 4000:
        return None
    lines = [f"{item.digest}\n".encode() for item in own]
    rest = memoryview(b"".join(lines))
    head = hashlib.sha256()
    for item, line in zip(own, lines, strict=True):
        rest = rest[len(line) :]
        without = head.copy()
        without.update(rest)
        if f"sha256:{without.hexdigest()}" == digest:
            return item
        head.update(line)
    return None


def _joined(digests: Iterable[str]) -> str:
    return "".join(f"{digest}\n" for digest in digests)


def _signed(text: str) -> str:
    return f"sha256:{_sha256(text)}"


# --- documents --------------------------------------------------------------------------------------------------------


def manifest_name(period: str) -> str:
    """The name of the manifest of a period, under documents/."""
    return f"MANIFESTE-{period}.tsv"


def rules_name(period: str) -> str:
    """The name of the file that keeps the rules in force in a closed period, under documents/."""
    return f"REGLES-{period}.tsv"


def sealed_rules(books: Books, closing: Closing) -> Mapping[tuple[str, str], str]:
    """The rules that a closing keeps, by file and key; nothing when its file is missing (`periode-close` says so)."""
    path = books.folder / "documents" / rules_name(closing.period)
    try:
        return sealed_values(path.read_text(encoding="utf-8")) if closing.rules else {}
    except (OSError, UnicodeDecodeError):
        return {}


def read_manifest(books: Books, period: str) -> Manifest:
    """The manifest of a closed period: `sha256<TAB>bytes<TAB>path`, sorted by path; read once for these books."""
    return books.once(("manifest", period), lambda: _read_manifest(books, period))


def _read_manifest(books: Books, period: str) -> Manifest:
    path = books.folder / "documents" / manifest_name(period)
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return Manifest(path, path.is_file(), "", {}, (1,) if path.is_file() else ())
    rows: dict[str, ManifestRow] = {}
    bad: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line:
            continue
        parts = line.split("\t")
        if len(parts) != 3 or len(parts[0]) != 64 or not parts[1].isdecimal() or parts[2] in rows:
            bad.append(number)
            continue
        rows[_text(parts[2])] = ManifestRow(parts[0].lower(), int(parts[1]))
    return Manifest(path, True, file_digest(content), rows, tuple(bad))


def manifest_digest(books: Books, closing: Closing) -> str:
    """The digest of the manifest that a closing seals; "" without one. An extract holds a part of it, and the digest of all."""
    return closing.manifest if closing.extract else read_manifest(books, closing.period).digest


def make_manifest(books: Books, period: Period) -> tuple[dict[str, ManifestRow], tuple[str, ...]]:
    """The rows of a period about to be closed, each file hashed, and the paths that name no plain file."""
    paths = sorted({path for item in items(books, period, {}) for path in item.documents})
    rows: dict[str, ManifestRow] = {}
    absent: list[str] = []
    for path in paths:
        row = None if DocumentFolder.escapes(path) else _row(books.documents, path)
        if row is None:
            absent.append(path)
        else:
            rows[path] = row
    return rows, tuple(absent)


def manifest_text(rows: Mapping[str, ManifestRow]) -> str:
    """The manifest as it is written."""
    return "".join(f"{row.sha256}\t{row.size}\t{path}\n" for path, row in sorted(rows.items()))


def size_faults(books: Books, manifest: Manifest) -> Iterator[DocumentFault]:
    """Documents that are missing or of another size."""
    for path, row in sorted(manifest.rows.items()):
        fault = _size_fault(books.documents, path, row)
        if fault is not None:
            yield fault


def _size_fault(folder: DocumentFolder, path: str, row: ManifestRow) -> DocumentFault | None:
    if DocumentFolder.escapes(path):
        return DocumentFault(path, "chemin")
    size = folder.size(path)
    if size == row.size:
        return None
    return DocumentFault(path, "manque" if size is None else "taille")


def verify_documents(books: Books, closing: Closing) -> Iterator[DocumentFault]:
    """Documents of a closed period whose bytes changed, each file hashed again; missing ones included."""
    for path, row in sorted(read_manifest(books, closing.period).rows.items()):
        fault = _size_fault(books.documents, path, row)
        if fault is None:
            now = _row(books.documents, path)
            if now is None or now.sha256 != row.sha256:
                fault = DocumentFault(path, "contenu" if now is not None else "manque")
        if fault is not None:
            yield fault


def _row(folder: DocumentFolder, path: str) -> ManifestRow | None:
    found = folder.hashed(path)
    return ManifestRow(*found) if found is not None else None
