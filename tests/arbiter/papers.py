"""Numbers, documents, value dates, closings and the rules themselves."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from arbiter.money import OPENING, bank_takes_it_alone, on
from arbiter.reading import Entry, Ledger, Note, Verdict, month_end, months, period_of, whole

FORMAT = re.compile(r"(BQ|CS|MM|OD)-(.+)-(\d{4})-(\d{4,})")
TOUCHES = {"BQ": "52", "CS": "57", "MM": "55"}


# --- numerotation-pieces ----------------------------------------------------------------------------------------------


def numbering(books: Ledger) -> Iterator[Verdict]:
    rule = "numerotation-pieces"
    series: dict[tuple[str, str, int], list[tuple[int, Entry]]] = defaultdict(list)
    for entry in books.entries:
        form = FORMAT.fullmatch(entry.piece)
        if form is None:
            yield on(rule, entry)
            continue
        journal, tree, year, number = form.group(1), form.group(2), int(form.group(3)), int(form.group(4))
        own = entry.trees or [tree]
        wrong = tree not in books.donors or tree not in own or year != entry.day.year
        if wrong or not _touches(entry, journal) or (bool(entry.legs) == bool(entry.text("annulee"))):
            yield on(rule, entry)
        series[journal, tree if tree in own else own[0], entry.day.year].append((number, entry))
    for numbered in series.values():
        yield from _one_series(sorted(numbered, key=lambda each: (each[0], each[1].order)))


def _touches(entry: Entry, journal: str) -> bool:
    if not entry.legs:
        return True
    if journal == "OD":
        return entry.kind in OPENING or not entry.of("52", "55", "57")
    return bool(entry.of(TOUCHES[journal]))


def _one_series(numbered: list[tuple[int, Entry]]) -> Iterator[Verdict]:
    rule, before = "numerotation-pieces", 0
    kept: list[tuple[int, Entry]] = []
    for number, entry in numbered:
        if number == before:
            yield on(rule, entry)
            continue
        if number > before + 1:
            yield on(rule, entry)
        before = number
        kept.append((number, entry))
    rising = longest_rise([entry.day for _, entry in kept])
    for place, (_, entry) in enumerate(kept):
        if place not in rising:
            yield on(rule, entry)


def longest_rise(days: list[date]) -> set[int]:
    """The places of a longest run of days that never goes back; of several, the one that keeps the earliest places."""
    lengths = [1] * len(days)
    tails: list[date] = []  # of the days read backwards, turned round
    for place in range(len(days) - 1, -1, -1):
        turned = date.fromordinal(date.max.toordinal() - days[place].toordinal())
        at = bisect_right(tails, turned)
        tails[at : at + 1] = [turned]
        lengths[place] = at + 1
    wanted, last, kept = len(tails), date.min, set()
    for place, day in enumerate(days):
        if lengths[place] == wanted and day >= last:
            kept.add(place)
            wanted, last = wanted - 1, day
    return kept


# --- documents --------------------------------------------------------------------------------------------------------

TYPES = ("pdf", "png", "jpg", "jpeg", "tif", "tiff", "webp", "xlsx", "ods", "docx", "odt")
HEADS = {"pdf": b"%PDF", "png": b"\x89PNG", "jpg": b"\xff\xd8", "jpeg": b"\xff\xd8"}
INTERNAL = "1 28 29 462 463 464 476 477 478 479 49 59 68 69 7".split()


def documents_of(each: Entry | Note) -> list[str]:
    metas = [each.meta, *(leg.meta for leg in getattr(each, "legs", ()))]
    return [str(said) for meta in metas for key, said in meta.items() if key.startswith("document") and said]


def file_fault(books: Ledger, path: str) -> str:
    """« forbidden », « missing », « bad », or nothing."""
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        return "forbidden"
    file = books.root / "ledger" / "documents" / path
    if not file.is_file():
        return "missing"
    suffix = file.suffix[1:].lower()
    data = file.read_bytes()
    bad = not data or suffix not in TYPES or not data.startswith(HEADS.get(suffix, b""))
    return "bad" if bad or len(data) > 10_000_000 else ""


def vouchers(books: Ledger) -> Iterator[Verdict]:
    rule = "piece-justificative"
    for entry in books.entries:
        soft = "alerte" if entry.flag == "!" else "erreur"
        named = documents_of(entry)
        internal = bool(entry.legs) and all(leg.is_(*INTERNAL) for leg in entry.legs)
        exempt = entry.kind in ("extourne", "a-nouveau", "cloture", "reprise") or internal or entry.text("annulee")
        if not named and not exempt:
            yield on(rule, entry, soft)
        for path in named:
            fault = file_fault(books, path)
            if fault:
                yield on(rule, entry, soft if fault == "missing" else "erreur")
    for note in books.notes:
        bad = ("missing", "forbidden") if note.kind == "transmission" else ("missing", "forbidden", "bad")
        if any(file_fault(books, path) in bad for path in documents_of(note)):
            yield on(rule, note)


def bare(number: str) -> str:
    return re.sub(r"[\s-]", "", number).lstrip("0").upper()


def joined(books: Ledger, one: Entry, other: Entry) -> bool:
    """Whether two entries may share a voucher or a number."""
    invoices = [(entry.text("facture"), entry.text("nif")) for entry in (one, other)]
    if all(invoices[0]) and invoices[0] == invoices[1]:
        return True
    for key in ("marche", "avance"):
        if one.text(key) and one.text(key) == other.text(key):
            return True
    if one.piece in books.reversed_pieces or other.piece in books.reversed_pieces:
        return True
    if "extourne" in (one.kind, other.kind) or (one.shared and other.shared):
        return True
    transit = {leg.account for leg in one.of("585")} & {leg.account for leg in other.of("585")}
    if one.day == other.day and transit:
        return True
    return _one_order(one, other)


def _one_order(one: Entry, other: Entry) -> bool:
    banks = {leg.account for leg in one.of("52", "55")} & {leg.account for leg in other.of("52", "55")}
    order = bare(one.text("ordre"))
    return bool(order) and order == bare(other.text("ordre")) and bool(banks) and one.day == other.day


def reused(books: Ledger) -> Iterator[Verdict]:
    yield from _reused_files(books)
    yield from _reused_numbers(books)


def _digest(books: Ledger, path: str) -> str:
    file = books.root / "ledger" / "documents" / path
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else path


def _reused_files(books: Ledger) -> Iterator[Verdict]:
    statement = {path for note in books.notes_of("releve") for path in documents_of(note)}
    uses: dict[str, list[Entry | Note]] = defaultdict(list)
    everything: list[Entry | Note] = [*books.entries, *books.notes_of("proforma"), *books.notes_of("marche")]
    for each in sorted(
        everything, key=lambda e: (e.day, isinstance(e, Entry), getattr(e, "order", ()), e.file, e.line)
    ):
        for path in set() if _gives_it_back(books, each) else {*documents_of(each)}:
            if not (path in statement and isinstance(each, Entry) and _bank_own(books, each)):
                uses[_digest(books, path)].append(each)
    for users in uses.values():
        for place, each in enumerate(users):
            alone = place and not any(_may_share(books, each, other) for other in users[:place])
            if alone and not (isinstance(each, Entry) and reckoned(each)):
                yield on("piece-reutilisee", each)


def _gives_it_back(books: Ledger, each: Entry | Note) -> bool:
    """A storno, what it cancels, a cancelled number and what was taken over leave their paper to another."""
    if isinstance(each, Note):
        return False
    return each.kind in ("extourne", *OPENING) or each.piece in books.reversed_pieces or bool(each.text("annulee"))


def reckoned(entry: Entry) -> bool:
    """What is only reckoned may show any paper; nobody spends on that of a reckoning."""
    return bool(entry.legs) and all(leg.is_(*INTERNAL) for leg in entry.legs)


def _bank_own(books: Ledger, entry: Entry) -> bool:
    amount = -min(0, entry.total("52"))
    interest = entry.total("52") > 0
    return interest or bank_takes_it_alone(books, entry, amount)


def _may_share(books: Ledger, one: Entry | Note, other: Entry | Note) -> bool:
    if isinstance(one, Entry) and isinstance(other, Entry):
        return joined(books, one, other)
    if isinstance(one, Entry) or isinstance(other, Entry):
        entry, note = (one, other) if isinstance(one, Entry) else (other, one)
        assert isinstance(entry, Entry)
        assert isinstance(note, Note)
        return entry.text("marche") == note.values[0]
    return one.kind != other.kind and one.values[0] == other.values[0]


def _reused_numbers(books: Ledger) -> Iterator[Verdict]:
    for key in ("cheque", "ordre"):
        uses: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        for entry in books.entries:
            for leg in entry.of("52", "55"):
                number = bare(entry.text(key, leg))
                year = str(entry.day.year) if key == "ordre" else ""
                if number and leg.value < 0 and entry not in uses[leg.account, number, year]:
                    uses[leg.account, number, year].append(entry)
        for users in uses.values():
            for place, entry in enumerate(users):
                if place and not any(joined(books, entry, other) for other in users[:place]):
                    yield on("piece-reutilisee", entry)


# --- value dates ------------------------------------------------------------------------------------------------------


def far_value_date(books: Ledger) -> Iterator[Verdict]:
    rule = "date-valeur-lointaine"
    delay = whole(books.setting(rule, "delai", "60 jours"))
    closings = [(period_of(note.values[0]), note.day) for note in books.notes_of("cloture")]
    for entry in books.entries:
        value = entry.value_day
        if value == entry.day:
            continue
        if abs((entry.day - value).days) > delay:
            yield on(rule, entry, "alerte")
        out = [leg for leg in entry.of("52", "53", "55", "57") if leg.value < 0]
        pays = bool(out) and not bank_takes_it_alone(books, entry, -sum(leg.value for leg in out))
        for (start, end), closed in closings:
            if start <= value <= end and (entry.day > closed or (pays and entry.day > end)):
                yield on(rule, entry, "alerte")
        if entry.kind not in ("extourne", *OPENING) and _revived(books, entry):
            yield on(rule, entry)


def _revived(books: Ledger, entry: Entry) -> bool:
    """Whether someone signs or authorises by a mandate that holds on the value date and not on the entry's."""
    for leg in entry.of("52", "53", "55"):
        signed = [entry.text(f"signataire-{n}", leg) for n in (1, 2)]
        if leg.value < 0 and any(_only_then(books, who, "signature-bancaire", entry, leg.account) for who in signed):
            return True
    who = entry.text("autorise-par").split()
    out = [leg for leg in entry.of("52", "53", "55", "57") if leg.value < 0]
    return bool(out) and any(_only_then(books, each, "autorisation", entry, out[0].account) for each in who)


def _only_then(books: Ledger, who: str, power: str, entry: Entry, account: str) -> bool:
    amount = -sum(leg.value for leg in entry.legs if leg.account == account and leg.value < 0)
    then = books.person_holds(who, power, entry.value_day, account, amount)
    return then and not books.person_holds(who, power, entry.day, account, amount)


# --- closings ---------------------------------------------------------------------------------------------------------


def late_closing(books: Ledger) -> Iterator[Verdict]:
    delay = timedelta(days=whole(books.organisation.get("delai-cloture", "30 jours")))
    begun = [entry.day for entry in books.entries if entry.kind not in OPENING]
    if not begun:
        return
    closed = [period_of(note.values[0]) for note in books.notes_of("cloture")]
    for last in (month for month in months(min(begun), books.today) if month.month % 3 == 0):
        end = month_end(last)
        quarter = months(date(end.year, end.month - 2, 1), end)
        own = [month for month in quarter if month_end(month) >= min(begun)]
        done = all(any(start <= month and month_end(month) <= stop for start, stop in closed) for month in own)
        if not done and books.today > end + delay:
            late = books.today > end + 3 * delay
            file = str(books.root / "rules" / "organisation.yaml")
            yield Verdict(
                "cloture-en-retard", "erreur" if late else "alerte", file, line_of(Path(file), "delai-cloture")
            )


def line_of(file: Path, key: str) -> int:
    for number, text in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        if text.startswith(f"{key}:"):
            return number
    return 1


def short_series(books: Ledger) -> Iterator[Verdict]:
    last: Counter[str] = Counter()
    for entry in books.entries:
        form = FORMAT.fullmatch(entry.piece)
        if form:
            series = f"{form.group(1)}-{form.group(2)}-{form.group(3)}"
            last[series] = max(last[series], int(form.group(4)))
    knew: dict[str, tuple[date, Note]] = {}
    for note in [*books.notes_of("cloture"), *books.notes_of("transmission")]:
        for each in note.text("dernieres-pieces").split():
            series, _, number = each.partition("=")
            if int(number) > last[series] and (series not in knew or knew[series][0] <= note.day):
                knew[series] = (note.day, note)
    for _, note in knew.values():
        yield on("serie-tronquee", note)


NOT_SEALED = ("pointage", "filename", "lineno")
LIFE_OF_AN_ASSET = ("lieu", "detenteur", "etat", "inventaire", "sortie", "motif-sortie")
SEALED_NOTES = (
    "marche proforma pv-caisse releve immobilisation activite rencontre organe-communautaire face transmission revision"
).split()


Sealed = dict[str, Counter[str]]


def items(books: Ledger, start: date, end: date) -> tuple[Sealed, dict[str, Entry | Note]]:
    """What a closing seals of each tree (meaning, not layout), and where each item stands."""
    found: Sealed = defaultdict(Counter)
    places: dict[str, Entry | Note] = {}
    owners = {note.values[0]: note.text("bailleur") for note in books.notes_of("marche") if note.day <= end}
    for entry in books.entries:
        if start <= entry.day <= end:
            legs = sorted((leg.account, leg.value, leg.currency, repr(_said(leg.meta))) for leg in entry.legs)
            said = repr((entry.day, entry.flag, entry.payee, entry.narration, _said(entry.meta), legs))
            places[said] = entry
            for tree in entry.trees or [_tree_of(entry.piece)]:
                found[tree][said] += 1
    for note in books.notes:
        if note.kind in SEALED_NOTES and start <= note.day <= end:
            gone = LIFE_OF_AN_ASSET if note.kind == "immobilisation" else ()
            meta = {key: value for key, value in note.meta.items() if key not in gone}
            said = repr((note.day, note.kind, note.values, _said(meta)))
            places[said] = note
            found[_note_tree(note, owners)][said] += 1
    return found, places


def _said(meta: dict[str, Any]) -> list[tuple[str, str]]:
    kept = {key: said for key, said in meta.items() if not re.fullmatch(r"decision-\d+-faite", key)}
    return sorted((key, repr(said)) for key, said in kept.items() if key not in NOT_SEALED)


def _tree_of(piece: str) -> str:
    form = FORMAT.fullmatch(piece)
    return form.group(2) if form else ""


def _note_tree(note: Note, owners: dict[str, str]) -> str:
    if note.kind == "marche":
        return note.text("bailleur")
    if note.kind == "proforma":
        return owners.get(note.values[0], "")
    if note.kind in ("pv-caisse", "releve"):
        return str(note.values[0].split(":")[1])
    if note.kind == "immobilisation":
        return str(note.values[1].split(":")[1])
    if note.kind == "transmission":
        return str(note.values[1])
    return note.text("programme") or (str(note.values[0]) if note.kind == "activite" else "FONCT")


def closed_period(books: Ledger, sealed: Ledger) -> Iterator[Verdict]:
    """What stands in a closed period is what stood there when it was closed; one thing added is shown itself."""
    for note in books.notes_of("cloture"):
        start, end = period_of(note.values[0])
        (now, places), (then, _) = items(books, start, end), items(sealed, start, end)
        for tree in {*now, *then}:
            added, gone = now[tree] - then[tree], then[tree] - now[tree]
            if added or gone:
                alone = not gone and added.total() == 1
                yield on("periode-close", places[next(iter(added))] if alone else note)
        if _manifest_broken(books, note):
            yield on("periode-close", note)
    roots = {note.text("empreinte") for note in books.notes_of("cloture")}
    for note in books.notes_of("transmission"):
        if note.text("racine-cloture") and note.text("racine-cloture") not in roots:
            yield on("periode-close", note)


def _manifest_broken(books: Ledger, note: Note) -> bool:
    folder = books.root / "ledger" / "documents"
    manifest = folder / f"MANIFESTE-{note.values[0]}.tsv"
    if not manifest.is_file():
        return True
    for row in manifest.read_text(encoding="utf-8").splitlines():
        digest, _, path = row.split("\t")
        file = folder / path
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            return True
    return False


def bank_file(books: Ledger, sealed: Ledger) -> Iterator[Verdict]:
    """The bank's files are those of the sealed books, whose statements agreed with them."""
    rule = "releve-fichier"
    wrote = {(n.values[0], n.values[1]): n.values[2] for n in sealed.notes_of("releve")}
    filed = {note: _has_file(books, note) for note in books.notes_of("releve")}
    for note, found in filed.items():
        account, month, balance = note.values
        said = wrote.get((account, month))
        if found and said is not None and said != balance:
            yield on(rule, note)
        others = any(has for other, has in filed.items() if other.values[0] == account)
        if not found and others and _moved(books, note):
            yield on(rule, note, "alerte")


def _moved(books: Ledger, note: Note) -> bool:
    """Whether a statement's balance is not that of the one before."""
    account, month, balance = note.values
    earlier = [n for n in books.notes_of("releve") if n.values[0] == account and n.values[1] < month]
    before = max(earlier, key=lambda n: str(n.values[1])).values[2] if earlier else None
    return bool(balance.number) if before is None else bool(before != balance)


def _has_file(books: Ledger, note: Note) -> bool:
    account, month = note.values[:2]
    _, tree, leaf = account.split(":")
    number = re.match(r"\d+", leaf)
    assert number is not None
    return any((books.root / "ledger" / "releves" / tree.lower()).glob(f"{month}-{number.group()}.*"))


# --- the rules themselves ---------------------------------------------------------------------------------------------

HIGHER_IS_LESS = {
    "trois-proformas": {"seuil": 51000, "validite": 90},
    "fractionnement": {"seuil": 51000},
    "caisse-hors-bornes": {"delai": 3},
    "pv-de-caisse": {"delai": 5},
    "rapprochement-bancaire": {"delai": 10, "suspens-ancien": 90, "suspens-perime": 180},
    "date-valeur-lointaine": {"delai": 60},
    "avance-en-retard": {"delai": 5, "blocage": 30},
    "depassement-budgetaire": {"seuil-alerte": 90},
    "piece-justificative": {"taille-maximale": 10},
    "double-signature": {"frais-bancaires-plafond": 25000},
}
LOWER_IS_LESS = {
    "trois-proformas": {"nombre": 3},
    "fractionnement": {"fenetre": 30},
    "facture-en-double": {"jours": 10},
}
CANNOT_STOP = ("periode-close", "double-signature", "bailleurs-croises")


def weakened(books: Ledger) -> Iterator[Verdict]:
    found = Verdict("regles-affaiblies", "alerte", str(books.root / "rules" / "controles.yaml"), 0)
    for rule, said in (books.rules.get("controles.yaml") or {}).items():
        if rule in CANNOT_STOP:
            continue
        if said in ("non", "false"):
            yield found
        if isinstance(said, dict) and _asks_less(rule, said):
            yield found
    organisation = str(books.root / "rules" / "organisation.yaml")
    example, name = books.organisation.get("exemple"), books.organisation.get("nom", "")
    longer = whole(books.organisation.get("delai-cloture", "30 jours")) > 30
    if longer or (example and not re.search("fictif|démonstration", name)):
        yield Verdict("regles-affaiblies", "alerte", organisation, 0)


def _asks_less(rule: str, said: dict[str, Any]) -> bool:
    if said.get("niveau") == "alerte":
        return True
    for key, shipped in HIGHER_IS_LESS.get(rule, {}).items():
        if any(whole(value) > shipped for value in _values(said.get(key))):
            return True
    return any(
        whole(value) < shipped
        for key, shipped in LOWER_IS_LESS.get(rule, {}).items()
        for value in _values(said.get(key))
    )


def _values(said: Any) -> list[str]:
    if said is None:
        return []
    return [row["valeur"] for row in said] if isinstance(said, list) else [said]


LEFT_OUT = {
    "livres",
    "exemple",
    "exercices",
    "nom",
    "fonction",
    "telephone",
    "adresse",
    "courriel",
    "semaines-fermees",
    "jours-feries",
}
ENDS = ("au", "jusqu-au", "revoquee-le")
NATURAL = ("code", "id", "compte", "personne", "depuis", "du", "date")


def row_name(row: Any, rank: int) -> str:
    if not isinstance(row, dict):
        return str(rank)
    if "personne" in row and "pouvoir" in row:
        return "+".join(row[key] for key in ("personne", "pouvoir", "du") if key in row)
    return next((row[key] for key in NATURAL if key in row), str(rank))


def flat(node: Any, path: tuple[str, ...] = (), born: str = "") -> Iterator[tuple[str, str, str]]:
    """Key, value, and the day from which its row counts."""
    if isinstance(node, dict):
        own = max([born, *(node[key] for key in ("depuis", "du", "date") if isinstance(node.get(key), str))])
        for key, value in node.items():
            if key not in LEFT_OUT and not key.startswith("libelle"):
                yield from flat(value, (*path, key), own)
    elif isinstance(node, list):
        for rank, row in enumerate(node, 1):
            yield from flat(row, (*path, row_name(row, rank)), born)
    else:
        yield ".".join(path), " ".join(str(node).split()), born


def retroactive(books: Ledger) -> Iterator[Verdict]:
    now = {
        (f"rules/{path}", key): (value, born) for path, said in books.rules.items() for key, value, born in flat(said)
    }
    free = {(note.values[0], note.values[1]) for note in books.notes_of("revision") if note.text("motif")}
    for note in books.notes_of("cloture"):
        table = books.root / "ledger" / "documents" / f"REGLES-{note.values[0]}.tsv"
        end = period_of(note.values[0])[1].isoformat()
        rows = [row.split("\t") for row in table.read_text(encoding="utf-8").splitlines()]
        then = {(file, key): value for file, key, value in rows}
        changed = [place for place, value in then.items() if _rewritten(place, value, now.get(place, ("", ""))[0], end)]
        came = [place for place, (_, born) in now.items() if place not in then and _came_late(place, born, end)]
        for place in (*changed, *came):
            if place not in free:
                yield Verdict("regle-retroactive", "erreur", str(books.root / place[0]), 0)


def _rewritten(place: tuple[str, str], then: str, now: str, end: str) -> bool:
    """A value that changed or went; an end later than the period is free."""
    later_end = place[1].rsplit(".", 1)[-1] in ENDS and min(now or "0", then) > end
    return now != then and not later_end


def _came_late(place: tuple[str, str], born: str, end: str) -> bool:
    """A value that came with a day in the period, or without a day in the rules of the whole organisation."""
    general = place[0].split("/", 1)[1] in ("controles.yaml", "plan-comptable.yaml", "organisation.yaml")
    return place[1].rsplit(".", 1)[-1] not in ENDS and (born <= end if born else general)
