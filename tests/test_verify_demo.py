"""The demonstration books, signed and closed: three hundred tamperings, each named by `verify` with its file and its reason.

By default each kind is tried once, those that stand apart from each other in the same books at once; with
GRANDLIVRE_FALSIFICATIONS=300 (any number) so many are tried, each alone.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import nursery
from grandlivre.books.loading import ParsedFiles, load
from grandlivre.inspection import inspect_loaded
from grandlivre.proof.store import personal_path
from grandlivre.proof.visa import Visa, digest_of, read
from grandlivre.rules import KEPT, TODAY, State
from grandlivre.tasks.verifying import Verdict, verified
from signed_demo import NOVEMBER, PIECES, Office, keys, office
from signed_demo import TODAY as DAY
from signing import ssh_sign
from tampering import Bed, another_end, one_byte, substitute, told, visa_files

__all__ = ["office"]
ASKED = int(os.environ.get("GRANDLIVRE_FALSIFICATIONS", "0"))
TREES = ("fonct", "genre", "ue-eau", "unicef-edu")
CLOSED = {
    "2026-T1": ("2026-01", "2026-02", "2026-03"),
    "2026-T2": ("2026-04", "2026-05", "2026-06"),
    "2026-T3": ("2026-07", "2026-08", "2026-09"),
    "2026-10": ("2026-10",),
}
"""The closed periods, and the months whose files hold their entries."""
DIRECTIVES = {
    "2026-T1": "2026-04",
    "2026-T2": "2026-07",
    "2026-T3": "2026-10",
    "2026-10": "2026-11",
}
"""Whose month's file holds each closing."""


def test_the_keys_are_always_the_same_and_say_so(tmp_path: Path) -> None:
    """OpenSSH reads them; what is printed names them for what they are; no private part is in the repository."""
    path = keys.write(tmp_path, "directeur")
    read_back = subprocess.run(["ssh-keygen", "-y", "-f", str(path)], capture_output=True, text=True, check=True)
    assert read_back.stdout.split()[:2] == keys.public("directeur").split()
    assert keys.public("directeur") == (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAF+1X47h0K2tw0nsvDTZjlcGLy6jpIHmitnITstHmW2"
    )
    assert "connues de tous" in path.with_name("directeur.pub").read_text(encoding="utf-8")
    assert keys.register("2026-10-16").startswith(
        "# Clés de démonstration, connues de tous : elles ne prouvent rien.\n"
    )


class Tampered(Bed):
    """A copy that several may tamper with at once: each takes a place that no other has."""

    def __init__(self, made: Office, root: Path) -> None:
        super().__init__(made.root, root)
        self.keys = made.keys
        self.taken: set[object] = set()
        self.today = DAY
        self._parsed = ParsedFiles()

    def restore(self) -> None:
        super().restore()
        self.taken, self.today = set(), DAY

    def verdict(self) -> Verdict:
        """What `verify` says; files that did not change are not parsed again, as in the viewer."""
        main = (self.root / "ledger/main.beancount").resolve()
        loaded = load(main, {KEPT: [], TODAY: self.today}, self._parsed)
        return verified(inspect_loaded(main, loaded, self.today), self.today)

    def one_of(self, found: Sequence[object], rand: random.Random, name: Callable[[object], object]) -> object:
        """One of them whose name nobody took."""
        free = [each for each in found if name(each) not in self.taken]
        assert free, found
        chosen = rand.choice(free)
        self.taken.add(name(chosen))
        return chosen

    def file_of(self, suffix: str, rand: random.Random, *, within: str = "") -> Path:
        """One of the texts under visas/, or of their signatures; a text and its signature are one place."""
        found = [path for path in visa_files(self.root, suffix) if within in path.as_posix()]
        chosen = self.one_of(found, rand, lambda path: ("visa", str(path).partition(".visa")[0]))
        assert isinstance(chosen, Path)
        return chosen


Change = Callable[[Tampered, random.Random], str]
"""Changes the books, and says what a fault must look like, as an expression over « file rule: message »."""


def said(found: Verdict) -> list[str]:
    return [f"{each.file} {each.rule}: {each.message}" for each in found.faults]


# --- what is closed --------------------------------------------------------------------------------------------------


class Place:
    """A closed period of a project."""

    def __init__(self, bed: Tampered, rand: random.Random) -> None:
        pairs = [(tree, period) for tree in TREES for period in CLOSED]
        chosen = bed.one_of(pairs, rand, lambda pair: pair)
        assert isinstance(chosen, tuple)
        self.tree, self.period = chosen
        month = rand.choice(CLOSED[self.period])
        self.path = bed.root / f"ledger/{self.tree}/{month}.beancount"
        self.month = month

    def block(self, pattern: str, rand: random.Random) -> re.Match[str]:
        """One of the entries of the file that an expression matches whole."""
        blocks = re.split(r"\n(?=\d{4}-\d\d-\d\d )", self.path.read_text(encoding="utf-8"))
        found = [match for block in blocks if (match := re.fullmatch(pattern, block.strip("\n"), re.DOTALL))]
        assert found, (self.path, pattern)
        return rand.choice(found)

    def swap(self, old: str, new: str) -> str:
        """The file with another text; what must be said."""
        text = self.path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (self.path, old)
        self.path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
        return self.told

    @property
    def told(self) -> str:
        home = f"fonct/{DIRECTIVES[self.period]}"
        return (
            rf"{home}\.beancount periode-close: Le projet {self.tree.upper()} a changé depuis la clôture {self.period} "
        )


ENTRY = r'(2026-\d\d-)(\d\d)( \* ")([^"]+)(" ")([^"]+)("\n  piece: .*)'


def closed_payee(bed: Tampered, rand: random.Random) -> str:
    place = Place(bed, rand)
    match = place.block(ENTRY, rand)
    return place.swap(match[0], match.expand(r"\1\2\3\4 et Cie\5\6\7"))


def closed_narration(bed: Tampered, rand: random.Random) -> str:
    place = Place(bed, rand)
    match = place.block(ENTRY, rand)
    return place.swap(match[0], match.expand(rf"\1\2\3\4\5\6, lot {rand.randint(2, 9)}\7"))


def closed_day(bed: Tampered, rand: random.Random) -> str:
    place = Place(bed, rand)
    match = place.block(ENTRY, rand)
    other = rand.choice([day for day in range(1, 29) if day != int(match[2])])
    return place.swap(match[0], match.expand(rf"\g<1>{other:02d}\3\4\5\6\7"))


def closed_amount(bed: Tampered, rand: random.Random) -> str:
    """Both sides of an entry of two."""
    place = Place(bed, rand)
    match = place.block(ENTRY[:-1] + r"\n  \S+ +)(-?)(\d+)( XOF\n  \S+ +)(-?)(\9)( XOF)", rand)
    more = int(match[9]) + rand.choice([1, 500, 1000])
    return place.swap(match[0], match.expand(rf"\1\2\3\4\5\6\7\g<8>{more}\10\g<11>{more}\13"))


def closed_account(bed: Tampered, rand: random.Random) -> str:
    """To another charge of the same project."""
    place = Place(bed, rand)
    match = place.block(ENTRY[:-1] + r"\n  )(Charges:\S+)( .*)", rand)
    accounts = (place.path.parent / "comptes.beancount").read_text(encoding="utf-8")
    others = [name for name in re.findall(r"open (Charges:\S+)", accounts) if name != match[8]]
    return place.swap(match[0], match.expand(rf"\1\2\3\4\5\6\7{rand.choice(others)}\9"))


def closed_key(bed: Tampered, rand: random.Random) -> str:
    """A value of an entry's metadata, or one key more."""
    place = Place(bed, rand)
    match = place.block(ENTRY, rand)
    key = rand.choice(["facture", "nif", "cheque", "ordre", "autorise-par"])
    kept = re.sub(rf'\n  {key}: "[^"]*"', "", match[0])
    first, _, rest = kept.partition("\n")
    return place.swap(match[0], f'{first}\n  {key}: "{rand.randint(1, 10**6)}"\n{rest}')


def closed_gone(bed: Tampered, rand: random.Random) -> str:
    place = Place(bed, rand)
    return place.swap(place.block(ENTRY, rand)[0], "; retirée")


def closed_came(bed: Tampered, rand: random.Random) -> str:
    """A copy of an entry under another voucher: the one entry too many is named."""
    place = Place(bed, rand)
    match = place.block(ENTRY, rand)
    more = re.sub(r'piece: "(\w+)-([\w-]+)-(\d{4})-\d+"', r'piece: "\1-\2-\3-0999"', match[0])
    place.path.write_text(f"{place.path.read_text(encoding='utf-8')}\n{more}\n", encoding="utf-8", newline="\n")
    name = place.path.relative_to(bed.root).as_posix()
    return rf"{re.escape(name)} periode-close: .*{match[2]}/{place.month[5:]}/2026 dans une période close \({place.period}\)"


def closed_count(bed: Tampered, rand: random.Random) -> str:
    """The hour of a count of the till."""
    place = Place(bed, rand)
    match = place.block(r'(2026-\d\d-\d\d custom "pv-caisse" .*\n  heure: ")(\d\d:\d\d)(".*)', rand)
    return place.swap(match[0], match.expand(r"\g<1>07:45\3"))


def closed_statement(bed: Tampered, rand: random.Random) -> str:
    """The balance that a bank's statement says."""
    place = Place(bed, rand)
    match = place.block(r'(2026-\d\d-\d\d custom "releve" \S+ "\d{4}-\d\d" )(-?\d+)( XOF.*)', rand)
    return place.swap(match[0], match.expand(rf"\g<1>{int(match[2]) + 1000}\3"))


# --- documents -------------------------------------------------------------------------------------------------------


def _document(bed: Tampered, rand: random.Random, reason: str) -> tuple[Path, str]:
    """A document that a closing sealed, and what must be said of it."""
    period = bed.one_of(list(CLOSED), rand, lambda each: ("document", each, reason == "n'a plus le même contenu"))
    manifest = bed.root / f"ledger/documents/MANIFESTE-{period}.tsv"
    paths = [line.split("\t")[2] for line in manifest.read_text(encoding="utf-8").splitlines()]
    name = rand.choice([path for path in paths if path.endswith(".pdf")])
    home = f"fonct/{DIRECTIVES[str(period)]}"
    what = rf"(Une pièce|\d+ pièces) de la période close {period} (a|ont) changé : .*{re.escape(name)} {reason}"
    return bed.root / "ledger/documents" / name, rf"{home}\.beancount periode-close: {what}"


def document_content(bed: Tampered, rand: random.Random) -> str:
    path, must = _document(bed, rand, "n'a plus le même contenu")
    one_byte(path, rand)
    return must


def document_size(bed: Tampered, rand: random.Random) -> str:
    path, must = _document(bed, rand, "n'a plus la même taille")
    path.write_bytes(path.read_bytes() + b" " * rand.randint(1, 9))
    return must


def document_gone(bed: Tampered, rand: random.Random) -> str:
    path, must = _document(bed, rand, "manque")
    path.unlink()
    return must


def document_renamed(bed: Tampered, rand: random.Random) -> str:
    path, must = _document(bed, rand, "manque")
    path.rename(path.with_name(f"{path.stem}-{rand.randint(1, 9)}.pdf"))
    return must


def a_report(bed: Tampered, rand: random.Random) -> str:
    """What a donor was sent."""
    found = sorted((bed.root / "ledger/documents").glob("*/transmis/*.json"))
    path = bed.one_of(found, rand, lambda each: each)
    assert isinstance(path, Path)
    one_byte(path, rand)
    tree, period = path.parts[-3], path.stem.removeprefix("rapport-financier-")
    return rf"{tree}/{DIRECTIVES[period]}\.beancount piece-justificative: .*{re.escape(path.name)}"


# --- what is signed and open -----------------------------------------------------------------------------------------


def _signed(bed: Tampered, rand: random.Random, pattern: str, new: str, why: str) -> str:
    """Another text in one of November's payments, and what must be said of both signatures."""
    piece = bed.one_of(PIECES, rand, lambda each: each)
    path = bed.root / NOVEMBER
    blocks = re.split(r"(?<=\n)\n(?=\d{4}-\d\d-\d\d )", path.read_text(encoding="utf-8"))
    [rank] = [rank for rank, block in enumerate(blocks) if f'piece: "{piece}"' in block]
    blocks[rank], many = re.subn(pattern, new, blocks[rank])
    assert many
    path.write_text("\n".join(blocks), encoding="utf-8", newline="\n")
    return rf"fonct/2026-11\.beancount double-signature: Signature de .* sur {piece} : .*{why} depuis la signature de"


def signed_amount(bed: Tampered, rand: random.Random) -> str:
    why = r"le montant est passé de [\d ]+ à 9\d{2} 000 FCFA"
    return _signed(bed, rand, r"\d+ XOF", f"9{rand.randint(10, 99)}000 XOF", why)


def signed_payee(bed: Tampered, rand: random.Random) -> str:
    return _signed(bed, rand, "Net Sahel", "Net Sahel 2", "le bénéficiaire « .* » est devenu « .* »")


def signed_account(bed: Tampered, rand: random.Random) -> str:
    return _signed(bed, rand, "Passif:FONCT:4011-Fournisseurs", "Actif:FONCT:5711-Caisse", "5711-Caisse.*")


def signed_key(bed: Tampered, rand: random.Random) -> str:
    return _signed(bed, rand, r'cheque: "\d+"', f'cheque: "{rand.randint(1, 999)}"', "cheque est passé de « .*")


def signed_document(bed: Tampered, rand: random.Random) -> str:
    must = _signed(bed, rand, "$", "", r"le document \S+ n'a plus le même contenu")
    [piece] = [piece for piece in PIECES if piece in must]
    one_byte(bed.root / f"ledger/documents/fonct/2026-11/{piece}.pdf", rand)
    return must


def signed_gone(bed: Tampered, rand: random.Random) -> str:
    must = _signed(bed, rand, r'piece: "BQ-FONCT-2026-02', 'piece: "BQ-FONCT-2026-03', "")
    [piece] = [piece for piece in PIECES if piece in must]
    return rf"-1\.visa visa: .* a signé {piece} le 10/11/2026, et les livres n'en ont plus rien"


# --- the rules -------------------------------------------------------------------------------------------------------


def a_value(bed: Tampered, rand: random.Random) -> str:
    """A number somewhere in the rules."""
    found = [path for path in sorted((bed.root / "rules").rglob("*.yaml")) if "schemas" not in path.parts]
    usable = [
        path for path in found if path.name != "cles.yaml" and re.search(r": [1-9]\d*$", path.read_text(), re.MULTILINE)
    ]
    path = bed.one_of(usable, rand, lambda each: each)
    assert isinstance(path, Path)
    substitute(path, r": [1-9]\d*$", rf"\g<0>{rand.randint(0, 9)}", rand)
    name = re.escape(path.relative_to(bed.root).as_posix())
    return rf"{name} regles-visees: {name} n'est pas ce que directeur et president ont signé le 31/10/2026"


def a_file_more(bed: Tampered, rand: random.Random) -> str:
    name = f"templates/journal-{rand.randint(1, 99)}.html"
    (bed.root / name).parent.mkdir(exist_ok=True)
    (bed.root / name).write_text("<p>rien</p>\n", encoding="utf-8")
    return rf"{re.escape(name)} regles-visees: {re.escape(name)} n'est pas dans la version 0001"


def a_file_less(bed: Tampered, rand: random.Random) -> str:
    (bed.root / "rules/fournisseurs.yaml").unlink()
    return r"rules/cles\.yaml regles-visees: rules/fournisseurs\.yaml, signé le 31/10/2026 .*, n'est plus là"


def a_setting(bed: Tampered, rand: random.Random) -> str:
    path = bed.root / "ledger/main.beancount"
    substitute(path, r'^option "title" "', r"\g<0>La ", rand)
    return r"ledger/main\.beancount regles-visees: Les lignes option et plugin de main\.beancount ne sont pas celles"


# --- visas -----------------------------------------------------------------------------------------------------------

BROKEN = r"(signé|attendu|attendue|coupé|inconnue?|visa|octets)"


def a_text(bed: Tampered, rand: random.Random) -> str:
    path = bed.file_of("", rand)
    one_byte(path, rand)
    return told(bed.root, path, BROKEN)


def a_signature(bed: Tampered, rand: random.Random) -> str:
    path = bed.file_of(".*.sig", rand)
    one_byte(path, rand)
    return told(bed.root, path, r"(ne vaut rien|remettez le texte)")


def a_tail(bed: Tampered, rand: random.Random) -> str:
    path = bed.file_of("", rand)
    another_end(path, rand)
    return told(bed.root, path, BROKEN)


def a_signature_tail(bed: Tampered, rand: random.Random) -> str:
    path = bed.file_of(".*.sig", rand)
    another_end(path, rand)
    return told(bed.root, path, "ne vaut rien")


def swapped(bed: Tampered, rand: random.Random) -> str:
    """Two signatures, each in the other's place."""
    one, other = bed.file_of(".*.sig", rand), bed.file_of(".*.sig", rand)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return told(bed.root, one, "ne vaut rien : (elle ne correspond pas au texte|sa clé est celle de)")


def moved(bed: Tampered, rand: random.Random) -> str:
    """To another nature, another day, another rank, with its signature."""
    path = bed.file_of("", rand, within="/ecritures/")
    kinds = [
        ("ecritures", "derogations"),
        ("2026-10-31", "2026-10-30"),
        ("2026-11-10", "2026-11-09"),
        ("-1.visa", "-01.visa"),
    ]
    found = [Path(str(path).replace(old, new, 1)) for old, new in kinds]
    target = rand.choice([each for each in found if each != path])
    target.parent.mkdir(parents=True, exist_ok=True)
    for each in sorted(path.parent.glob(f"{path.name}*")):
        shutil.move(each, str(each).replace(str(path), str(target)))
    return told(bed.root, target, "n'est pas à sa place")


def removed(bed: Tampered, rand: random.Random) -> str:
    """A visa that the closing of October keeps."""
    path = bed.file_of("", rand, within="2026-10-31")
    for each in sorted(path.parent.glob(f"{path.name}*")):
        each.unlink()
    return rf"visas/VISAS-2026-10\.tsv periode-close: Le visa .*{re.escape(path.name)} manque, que la clôture 2026-10 a gardé"


def cut(bed: Tampered, rand: random.Random) -> str:
    """The last closing's visa: nothing proves it any more."""
    for each in sorted((bed.root / "ledger/visas/cloture").glob("2026-10.visa*")):
        each.unlink()
    return r"fonct/2026-11\.beancount periode-close: La clôture 2026-10 du 05/11/2026 n'est pas prouvée : personne ne l'a signée"


def unsigned(bed: Tampered, rand: random.Random) -> str:
    path = bed.file_of(".*.sig", rand, within="/ecritures/")
    path.unlink()
    return told(bed.root, path, "manque. Remettez-le, ou faites signer de nouveau")


def forgotten(bed: Tampered, rand: random.Random) -> str:
    """What a visa was about, that the closing of October keeps too."""
    found = sorted((bed.root / "ledger/visas").rglob("2026-10-31-*.jsonl"))
    path = bed.one_of(found, rand, lambda each: ("visa", str(each).partition(".visa")[0]))
    assert isinstance(path, Path)
    one_byte(path, rand)
    return (
        rf"VISAS-2026-10\.tsv periode-close: Le visa .*{re.escape(path.name)} a changé, que la clôture 2026-10 a gardé"
    )


def a_list(bed: Tampered, rand: random.Random) -> str:
    path = bed.root / "ledger/visas/VISAS-2026-10.tsv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.pop(rand.randrange(len(lines)))
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return r"fonct/2026-11\.beancount periode-close: La liste des visas VISAS-2026-10\.tsv .* n'est plus celle qu'elle a scellée"


def other_namespace(bed: Tampered, rand: random.Random) -> str:
    """The person's own key, for something else than these books."""
    path = bed.file_of(".*.sig", rand)
    person = path.name.split(".")[-2]
    text = path.with_name(path.name.removesuffix(f".{person}.sig"))
    name = rand.choice(["git", "file", "grandlivre-temoin"])
    path.write_bytes(ssh_sign(bed.keys[person], text.read_bytes(), name))
    return told(bed.root, path, f"ne vaut rien : elle a été faite pour « {name} », pas pour « grandlivre »")


def _next(bed: Tampered, change: Callable[[Visa], Visa]) -> Path:
    """A visa more of the director's, made with the real key, after the last one."""
    bed.one_of(["suivant"], random.Random(0), lambda each: each)
    last = bed.root / "ledger/visas/ecritures/2026-11/2026-11-10-directeur-1.visa"
    visa = change(read(last.read_bytes())._replace(previous=digest_of(last.read_bytes())))
    path = bed.root / "ledger/visas" / personal_path(visa.nature, visa.date, visa.person, 7)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(visa.content)
    path.with_name(f"{path.name}.directeur.sig").write_bytes(ssh_sign(bed.keys["directeur"], visa.content))
    return path


def back_dated(bed: Tampered, rand: random.Random) -> str:
    day = date(2026, 11, rand.randint(1, 9))
    return told(
        bed.root, _next(bed, lambda visa: visa._replace(date=day)), "avant celui qu'il suit .* ne s'antidate pas"
    )


def post_dated(bed: Tampered, rand: random.Random) -> str:
    day = date(2026, 11, rand.randint(13, 28))
    return told(bed.root, _next(bed, lambda visa: visa._replace(date=day)), "après aujourd'hui")


def replayed(bed: Tampered, rand: random.Random) -> str:
    """The visa of other books, made with the same key."""
    books = f"{rand.getrandbits(128):032x}"
    return told(bed.root, _next(bed, lambda visa: visa._replace(books=books)), "celui d'autres livres")


def of_another_tree(bed: Tampered, rand: random.Random) -> str:
    tree = rand.choice(["UE-EAU", "GENRE", "UNICEF-EDU"])
    _next(bed, lambda visa: visa._replace(tree=tree))
    return rf"fonct/2026-11\.beancount (visa|double-signature): .*le projet est passé de {tree} à FONCT depuis la signature"


def forked(bed: Tampered, rand: random.Random) -> str:
    """A second visa after the same one: one of the two was made elsewhere."""
    before = read((bed.root / "ledger/visas/ecritures/2026-11/2026-11-10-directeur-1.visa").read_bytes()).previous
    return told(bed.root, _next(bed, lambda visa: visa._replace(previous=before)), "suivent le même")


# --- closings --------------------------------------------------------------------------------------------------------


def the_closing(bed: Tampered, rand: random.Random) -> str:
    """One of its digests."""
    key = rand.choice(
        ["empreinte: ", "empreinte-fonct: ", "empreinte-ue-eau: ", "regles: ", "visas: ", "visa-regles: "]
    )
    path = bed.root / NOVEMBER
    substitute(path, rf'^  {key}"(.*)[0-9a-f]{{4}}"', rf'  {key}"\g<1>{rand.randint(0, 9999):04d}"', rand)
    return r"fonct/2026-11\.beancount (periode-close|regles-visees): (L'empreinte de la clôture 2026-10|La liste des visas|Le fichier REGLES|La clôture 2026-10)"


def closing_gone(bed: Tampered, rand: random.Random) -> str:
    """A closing that the next one follows."""
    substitute(bed.root / "ledger/fonct/2026-07.beancount", r'^2026-07-15 custom "cloture" .*(?:\n  .*)+', "", rand)
    return r"fonct/2026-10\.beancount periode-close: La clôture 2026-T3 commence le 01/07/2026"


def a_manifest(bed: Tampered, rand: random.Random) -> str:
    period = bed.one_of(list(CLOSED), rand, lambda each: ("manifeste", each))
    substitute(bed.root / f"ledger/documents/MANIFESTE-{period}.tsv", r"^(.*)\n", "", rand)
    return (
        rf"fonct/{DIRECTIVES[str(period)]}\.beancount periode-close: L'empreinte de la clôture {period} n'est pas celle"
    )


def kept_rules(bed: Tampered, rand: random.Random) -> str:
    period = bed.one_of(list(CLOSED), rand, lambda each: ("regles", each))
    substitute(bed.root / f"ledger/documents/REGLES-{period}.tsv", r"^(.*)\n", "", rand)
    return rf"fonct/{DIRECTIVES[str(period)]}\.beancount periode-close: Le fichier REGLES-{period}\.tsv de la clôture {period} manque ou n'est plus"


# --- keys and clocks -------------------------------------------------------------------------------------------------


def _key(bed: Tampered, rand: random.Random, new: str, why: str) -> str:
    """The line of one of the keys; its visas are named."""
    person = rand.choice(SIGNERS)
    substitute(bed.root / "rules/cles.yaml", rf"(personne: {person}, .*)du: 2026-10-16", rf"\g<1>{new}", rand)
    return rf"2026-11-10-{person}-1\.visa\.{person}\.sig visa: La signature de {person} ne vaut rien : {why}"


SIGNERS = ("directeur", "tresoriere")


def expired(bed: Tampered, rand: random.Random) -> str:
    """The day before."""
    return _key(
        bed, rand, "du: 2026-10-16, au: 2026-11-09", r"sa clé a expiré le 09/11/2026, le visa est du 10/11/2026"
    )


def not_yet(bed: Tampered, rand: random.Random) -> str:
    """From the day after."""
    return _key(bed, rand, "du: 2026-11-11", r"sa clé ne vaut que depuis le 11/11/2026, le visa est du 10/11/2026")


def revoked(bed: Tampered, rand: random.Random) -> str:
    """The day before the closing that would have kept its visas."""
    day = rand.choice(["2026-11-04", "2026-10-20"])
    return _key(
        bed, rand, f"du: 2026-10-16, revoquee-le: {day}, motif: perdue", r"sa clé a été révoquée le .* \(perdue\)"
    )


def anothers(bed: Tampered, rand: random.Random) -> str:
    """One person's key under another's name."""
    person = rand.choice(SIGNERS)
    other = "coordinatrice"
    path = bed.root / "rules/cles.yaml"
    text = (
        path.read_text(encoding="utf-8")
        .replace(keys.public(other), "?")
        .replace(keys.public(person), keys.public(other))
    )
    path.write_text(text.replace("?", keys.public(person)), encoding="utf-8", newline="\n")
    return (
        rf"-{person}-1\.visa\.{person}\.sig visa: La signature de {person} ne vaut rien : sa clé est celle de {other}"
    )


def unknown(bed: Tampered, rand: random.Random) -> str:
    person = rand.choice(SIGNERS)
    substitute(bed.root / "rules/cles.yaml", rf"^  - \{{personne: {person}, .*\n", "", rand)
    return rf"-{person}-1\.visa\.{person}\.sig visa: La signature de {person} ne vaut rien : sa clé SHA256:\S+ n'est pas dans rules/cles\.yaml"


def early(bed: Tampered, rand: random.Random) -> str:
    """The machine's clock, put back before the last visas."""
    bed.today = date(2026, 11, rand.randint(6, 9))
    return r"2026-11-10-\w+-1\.visa visa: Ce visa est daté du 10/11/2026, après aujourd'hui"


def other_books(bed: Tampered, rand: random.Random) -> str:
    substitute(
        bed.root / "rules/organisation.yaml", r"^livres: [0-9a-f]{32}", f"livres: {rand.getrandbits(128):032x}", rand
    )
    return r"\.visa visa: Ce visa est celui d'autres livres"


TOGETHER: tuple[tuple[Change, ...], ...] = (
    (closed_payee, closed_narration, closed_day, closed_amount, closed_account, closed_key, closed_gone, closed_came),
    (closed_count, closed_statement, document_content, document_size, document_gone, document_renamed, a_report, signed_amount),
    (signed_payee, signed_account, signed_key, signed_document, signed_gone, a_value, a_file_more, a_text),
    (a_signature, a_tail, a_signature_tail, unsigned, other_namespace, back_dated, kept_rules),
    (swapped, removed, moved, forgotten, cut, post_dated),
    (a_list, replayed, closing_gone, a_file_less, a_setting),
    (of_another_tree, the_closing),
    (forked, a_manifest),
    (expired,), (not_yet,), (revoked,), (anothers,), (unknown,), (early,), (other_books,),
)  # fmt: skip
"""What leaves the others' places alone stands in one row."""


def rounds() -> Iterator[list[tuple[int, Change]]]:
    """What is done together, each with its rank, from which alone its choices come."""
    every = [change for together in TOGETHER for change in together]
    if ASKED:
        yield from ([(rank, every[rank % len(every)])] for rank in range(ASKED))
    else:
        yield from ([(every.index(change), change) for change in together] for together in TOGETHER)


def each_its_own(must: Sequence[str], faults: Sequence[str]) -> list[str]:
    """The expressions for which no fault is left, when each takes one that no other has."""
    owners: dict[int, int] = {}

    def placed(rank: int, tried: set[int]) -> bool:
        for at, fault in enumerate(faults):
            if at not in tried and re.search(must[rank], fault):
                tried.add(at)
                if at not in owners or placed(owners[at], tried):
                    owners[at] = rank
                    return True
        return False

    return [must[rank] for rank in range(len(must)) if not placed(rank, set())]


def test_each_tampering_is_named(office: Office, tmp_path: Path) -> None:
    bed = Tampered(office, tmp_path / "ong")
    assert bed.verdict().word == "coherent", said(bed.verdict())
    for together in rounds():
        must = [change(bed, random.Random(f"démonstration-{rank}")) for rank, change in together]
        faults = said(bed.verdict())
        names = [(rank, change.__name__) for rank, change in together]
        assert each_its_own(must, faults) == [], (names, faults)
        bed.restore()
    assert bed.verdict().word == "coherent", said(bed.verdict())


# --- what voids nothing ----------------------------------------------------------------------------------------------


def _month(bed: Tampered, rand: random.Random) -> Path:
    """A month's file that nobody took."""
    found = sorted(bed.root.glob("ledger/*/2026-0*.beancount")) + sorted(bed.root.glob("ledger/*/2026-1*.beancount"))
    path = bed.one_of(found, rand, lambda each: each)
    assert isinstance(path, Path)
    return path


def _blocks(path: Path) -> list[str]:
    return re.split(r"\n(?=\d{4}-\d\d-\d\d )", path.read_text(encoding="utf-8"))


def _lay(path: Path, blocks: Sequence[str]) -> None:
    text = "\n\n".join(block.strip("\n") for block in blocks)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def reformatted(bed: Tampered, rand: random.Random) -> None:
    substitute(_month(bed, rand), r"^( +)(\S+: .*)$", r"\g<1>" + " " * rand.randint(1, 6) + r"\g<2>", rand)


def commented(bed: Tampered, rand: random.Random) -> None:
    substitute(_month(bed, rand), r"^2026-\S+ .*$", rf"; relu, {rand.random()}\n\g<0>", rand)


def ordered(bed: Tampered, rand: random.Random) -> None:
    path = _month(bed, rand)
    head, *blocks = _blocks(path)
    rand.shuffle(blocks)
    _lay(path, [head, *blocks])


def between_files(bed: Tampered, rand: random.Random) -> None:
    """An entry goes to another file of the same project, or of another."""
    path, other = _month(bed, rand), _month(bed, rand)
    head, *blocks = _blocks(path)
    block = blocks.pop(rand.randrange(len(blocks)))
    _lay(path, [head, *blocks])
    _lay(other, [*_blocks(other), block])


def ticked(bed: Tampered, rand: random.Random) -> None:
    """A tick less; those of the demonstration all have theirs."""
    path = bed.root / rand.choice(["ledger/ue-eau/2026-10.beancount", "ledger/genre/2026-09.beancount"])
    substitute(path, r'^  pointage: "2026-\d\d"\n', "", rand)


def receipt(bed: Tampered, rand: random.Random) -> None:
    path = bed.root / "ledger/documents/fonct/2026-11/recu.pdf"
    path.write_bytes(f"%PDF-1.4 {rand.random()}".encode())
    substitute(bed.root / NOVEMBER, r"^  document: .*", r'\g<0>\n  document-paiement: "fonct/2026-11/recu.pdf"', rand)


def second_signatory(bed: Tampered, rand: random.Random) -> None:
    """Who is first and who is second."""
    old = r'signataire-1: "directeur"\n  signataire-2: "tresoriere"'
    substitute(bed.root / NOVEMBER, old, 'signataire-1: "tresoriere"\n  signataire-2: "directeur"', rand)


def line_ends(bed: Tampered, rand: random.Random) -> None:
    path = rand.choice([_month(bed, rand), bed.root / "rules/mandats.yaml", bed.root / "ledger/main.beancount"])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def numbers(bed: Tampered, rand: random.Random) -> None:
    substitute(_month(bed, rand), r"(\d+) XOF$", rf"\g<1>{rand.choice(['.0', '.00', ' '])} XOF", rand)


HARMLESS: tuple[Callable[[Tampered, random.Random], None], ...] = (
    reformatted, commented, ordered, between_files, ticked, receipt, second_signatory, line_ends, numbers,
)  # fmt: skip


def test_harmless_edits_void_nothing(office: Office, tmp_path: Path) -> None:
    """All at once, three times; with GRANDLIVRE_FALSIFICATIONS, a hundred, each alone."""
    bed = Tampered(office, tmp_path / "ong")
    alone = [[(rank, HARMLESS[rank % len(HARMLESS)])] for rank in range(100)]
    at_once = [[(rank * 10 + at, change) for at, change in enumerate(HARMLESS)] for rank in range(3)]
    for together in alone if ASKED else at_once:
        for rank, change in together:
            change(bed, random.Random(f"sans effet-{rank}"))
        found = bed.verdict()
        assert found.word == "coherent", ([(rank, change.__name__) for rank, change in together], said(found))
        assert {each.state for each in found.things} == {State.PROVED}
        bed.restore()


def test_the_command_says_the_same(office: Office, tmp_path: Path) -> None:
    """The installed command, on one of them."""
    bed = Tampered(office, tmp_path / "ong")
    must = signed_amount(bed, random.Random("commande"))
    words = ["verify", "--ledger", "ledger/main.beancount", "--today", DAY.isoformat()]
    program = [sys.executable, "-P", "-m", "grandlivre", *words]
    done = nursery.run(program, bed.root)
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("FAUX ")]
    assert any("le montant est passé de" in line and NOVEMBER in line for line in lines), (must, lines)


def test_a_month_after_a_quarter_follows_it(office: Office) -> None:
    """« 2026-10 » stands after « 2026-T3 », though not in the alphabet."""
    folder = office.root / "ledger/visas/cloture"
    assert read((folder / "2026-10.visa").read_bytes()).previous == digest_of((folder / "2026-T3.visa").read_bytes())
    periods = [each.period for each in office.desk(DAY).books.closings]
    assert periods == ["2026-T1", "2026-T2", "2026-T3", "2026-10"]
