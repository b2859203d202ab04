"""The digest of a closed period depends on what the books say and on the documents' bytes, and on nothing else."""

from __future__ import annotations

import hashlib
import json
import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from beancount import loader
from beancount.parser import printer
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.books.digest import (
    Bound,
    Closed,
    ClosingDigest,
    ManifestRow,
    digest_period,
    last_numbers,
    make_manifest,
    manifest_text,
    period_items,
    read_manifest,
    root_digest,
    verify_documents,
)
from grandlivre.books.index import Books, build
from grandlivre.checks.closed_period import ClosedPeriod
from grandlivre.policy.loading import Policy
from grandlivre.policy.periods import Period

QUARTER = Period.parse("2026-T1")
assert QUARTER is not None

OPENS = """\
2026-01-01 open Assets:EAU:52111-Banque
2026-01-01 open Assets:EAU:5711-Caisse
2026-01-01 open Assets:EAU:4692-Fonds-a-recevoir
2026-01-01 open Assets:EAU:2442-Informatique
2026-01-01 open Expenses:EAU:6047-Fournitures
2026-01-01 open Liabilities:EAU:462-Fonds
2026-01-01 open Assets:EDU:52112-Banque
2026-01-01 open Expenses:EDU:6277-Ateliers
"""
BOOKS = """\
2026-01-12 * "Union européenne (fictif)" "Tranche reçue" #tranche ^UE-1
  piece: "BQ-EAU-2026-0001"
  pointage: "2026-01"
  Assets:EAU:52111-Banque   32000000 XOF
  Assets:EAU:4692-Fonds-a-recevoir   -50000 EUR @@ 32000000 XOF

2026-02-03 * "Papeterie du Fleuve (fictif)" "Cahiers d'écolier"
  piece: "BQ-EAU-2026-0002"
  signataire-1: "directeur"
  signataire-2: "tresoriere"
  marche: "M-2026-001"
  date-valeur: 2026-02-01
  document: "eau/facture.pdf"
  Expenses:EAU:6047-Fournitures   285000 XOF
    ligne: "3.1"
    quantite: 12
  Assets:EAU:52111-Banque   -285000 XOF

2026-02-03 * "Hôtel Kanaga (fictif)" "Atelier"
  piece: "BQ-EDU-2026-0001"
  Expenses:EDU:6277-Ateliers   90000 XOF
  Assets:EDU:52112-Banque   -90000 XOF

2026-02-04 * "Pièce annulée"
  piece: "BQ-EAU-2026-0003"
  annulee: "chèque raturé"

2026-01-25 custom "proforma" "M-2026-001" "Papeterie du Fleuve (fictif)" 285000 XOF
  nif: "084112345A"
2026-01-26 custom "marche" "M-2026-001" "Cahiers"
  bailleur: "EAU"
  attributaire: "Papeterie du Fleuve (fictif)"
2026-03-31 custom "pv-caisse" Assets:EAU:5711-Caisse 87500 XOF
  billets: "10000x8 5000x1 2000x1"
  pieces: "250x2"
2026-03-31 custom "releve" Assets:EAU:52111-Banque "2026-03" 31715000 XOF
  suspens: ""
2026-01-15 custom "immobilisation" "IM-2026-001" Assets:EAU:2442-Informatique 850000 XOF
  mise-en-service: 2026-01-20
"""
AFTER = """\
2026-04-01 * "Après la clôture" "Libre"
  piece: "BQ-EAU-2026-0004"
  Expenses:EAU:6047-Fournitures   1000 XOF
  Assets:EAU:52111-Banque
2026-04-02 custom "activite" "EAU" "A1" "Formation"
"""


class Archive:
    """A small ledger written to disk and closed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.document = root / "documents" / "eau" / "facture.pdf"
        self.document.parent.mkdir(parents=True)
        self.document.write_bytes(b"%PDF-1.4 facture")
        books = self.books(BOOKS)
        rows, absent = make_manifest(books, QUARTER)
        assert absent == ()
        (root / "documents" / "MANIFESTE-2026-T1.tsv").write_bytes(manifest_text(rows).encode())

    def books(self, *texts: str) -> Books:
        names = []
        for number, text in enumerate(texts):
            (self.root / f"part-{number}.beancount").write_bytes(text.encode())
            names.append(f'include "part-{number}.beancount"\n')
        main = self.root / "main.beancount"
        main.write_text(OPENS + AFTER + "".join(names), encoding="utf-8")
        entries, errors, options = loader.load_file(str(main))
        assert errors == []
        return build(entries, options, Policy())

    def digest(self, *texts: str) -> ClosingDigest:
        return digest_period(self.books(*texts), QUARTER, "")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def _paragraphs(text: str) -> list[str]:
    """Each directive with the lines that belong to it."""
    return [block for block in re.split(r"\n+(?=\d{4}-)", text.strip()) if block]


def _printed(text: str) -> str:
    entries, _, _ = loader.load_string(OPENS + text)
    return "".join(printer.format_entry(entry) + "\n" for entry in entries if type(entry).__name__ != "Open")


SAME: dict[str, Callable[[str], tuple[str, ...]]] = {
    "reformatted": lambda text: (re.sub(r"   (-?\d)", r"          \1", text),),
    "printed by bean-format": lambda text: (_printed(text),),
    "reordered": lambda text: ("\n\n".join(reversed(_paragraphs(text))),),
    "moved between files": lambda text: ("\n".join(_paragraphs(text)[::2]), "\n".join(_paragraphs(text)[1::2])),
    "CRLF": lambda text: (text.replace("\n", "\r\n"),),
    "comments": lambda text: ("; janvier\n" + text.replace('"Atelier"', '"Atelier" ; vu'),),
    "ticked": lambda text: (text.replace('  piece: "BQ-EDU', '  pointage: "2026-02"\n  piece: "BQ-EDU'),),
    "unticked": lambda text: (text.replace('  pointage: "2026-01"\n', ""),),
    "posting ticked": lambda text: (text.replace("-90000 XOF\n", '-90000 XOF\n    pointage: "2026-02"\n'),),
    "postings reordered": lambda text: (
        text.replace(
            "  Expenses:EDU:6277-Ateliers   90000 XOF\n  Assets:EDU:52112-Banque   -90000 XOF",
            "  Assets:EDU:52112-Banque   -90000 XOF\n  Expenses:EDU:6277-Ateliers   90000 XOF",
        ),
    ),
    "metadata reordered": lambda text: (
        text.replace(
            '  signataire-1: "directeur"\n  signataire-2: "tresoriere"\n',
            '  signataire-2: "tresoriere"\n  signataire-1: "directeur"\n',
        ),
    ),
    "elided amount": lambda text: (text.replace("Banque   -90000 XOF", "Banque"),),
    "needless decimals": lambda text: (text.replace(" 90000 XOF", " 90000.00 XOF").replace("12\n", "12.0\n"),),
    "unit price": lambda text: (text.replace("@@ 32000000 XOF", "@ 640 XOF"),),
    "decomposed accents": lambda text: (unicodedata.normalize("NFD", text),),
    "an asset counted, moved and gone": lambda text: (
        text.replace(
            "  mise-en-service: 2026-01-20\n",
            '  mise-en-service: 2026-01-20\n  lieu: "Koro"\n  detenteur: "logisticien"\n  etat: "usé"\n'
            '  inventaire: 2026-12-31\n  sortie: 2027-01-05\n  motif-sortie: "rebut"\n',
        ),
    ),
    "a note added": lambda text: (text + '2026-03-02 note Assets:EAU:52111-Banque "relu"\n',),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_appearance_does_not_matter(archive: Archive, change: Callable[[str], tuple[str, ...]]) -> None:
    written = change(BOOKS)
    assert written != (BOOKS,)
    assert archive.digest(*written) == archive.digest(BOOKS)


OTHER = {
    "amount": ("285000 XOF\n    ligne", "285001 XOF\n    ligne", "-285000", "-285001"),
    "account": ("Expenses:EDU:6277-Ateliers   90000", "Assets:EDU:52112-Banque   90000"),
    "date": ('2026-02-03 * "Hôtel', '2026-02-05 * "Hôtel'),
    "flag": ('2026-02-03 * "Hôtel', '2026-02-03 ! "Hôtel'),
    "payee": ("Hôtel Kanaga", "Hôtel Kanago"),
    "narration": ('"Atelier"', '"Ateliers"'),
    "voucher": ("BQ-EDU-2026-0001", "BQ-EDU-2026-0002"),
    "signatory": ('signataire-2: "tresoriere"', 'signataire-2: "president"'),
    "value date": ("date-valeur: 2026-02-01", "date-valeur: 2026-02-02"),
    "budget line": ('ligne: "3.1"', 'ligne: "3.10"'),
    "quantity": ("quantite: 12", "quantite: 13"),
    "type of a value": ("quantite: 12", 'quantite: "12"'),
    "price": ("@@ 32000000 XOF", "@@ 32000001 XOF", "52111-Banque   32000000", "52111-Banque   32000001"),
    "tag": ("#tranche", "#tranches"),
    "link": ("^UE-1", "^UE-2"),
    "quote": ('(fictif)" 285000 XOF', '(fictif)" 284000 XOF'),
    "supplier's tax id": ("084112345A", "084112345B"),
    "winner": ('attributaire: "Papeterie', 'attributaire: "Imprimerie'),
    "cash counted": ("Caisse 87500", "Caisse 87250"),
    "denominations": ("5000x1 2000x1", "5000x1 1000x2"),
    "statement": ("31715000", "31715001"),
    "outstanding list": ('suspens: ""', 'suspens: "BQ-EAU-2026-0002"'),
    "asset": ("2026-01-20", "2026-01-21"),
    "reason of a cancelled number": ("chèque raturé", "chèque perdu"),
    "document named": ("eau/facture.pdf", "eau/autre.pdf"),
}


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_meaning_matters(archive: Archive, change: tuple[str, ...]) -> None:
    text = BOOKS
    for old, new in zip(change[::2], change[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    before, after = archive.digest(BOOKS), archive.digest(text)
    assert after.root != before.root
    touched = {tree for tree in before.trees if before.trees[tree] != after.trees[tree]}
    assert touched in ({"eau"}, {"edu"}), "a change belongs to its tree alone"


@pytest.mark.parametrize("gone", range(len(_paragraphs(BOOKS))))
def test_nothing_can_be_removed_or_doubled(archive: Archive, gone: int) -> None:
    blocks = _paragraphs(BOOKS)
    roots = {
        archive.digest(BOOKS).root,
        archive.digest("\n".join([*blocks[:gone], *blocks[gone + 1 :]])).root,
        archive.digest("\n".join([*blocks, blocks[gone]])).root,
    }
    assert len(roots) == 3


def test_the_bytes_of_a_document_matter(archive: Archive) -> None:
    """The digest takes the manifest's sha256; the plugin compares sizes; `verify` hashes again."""
    before = archive.digest(BOOKS)
    old = root_digest("2026-T1", "", before.trees, version=1)
    entry = f'2026-04-05 custom "cloture" "2026-T1"\n  version: 1\n  empreinte: "{old}"\n' + "".join(
        f'  empreinte-{tree}: "{digest}"\n' for tree, digest in before.trees.items()
    )
    rule = ClosedPeriod.model_validate({})
    books = archive.books(BOOKS, entry)
    assert [*rule.check(books), *rule.verify(books)] == []

    archive.document.write_bytes(b"%PDF-1.4 facturf")  # same size
    books = archive.books(BOOKS, entry)
    assert list(rule.check(books)) == []
    assert [fault.reason for fault in verify_documents(books, books.closings[0])] == ["contenu"]
    assert "eau/facture.pdf n'a plus le même contenu" in next(rule.verify(books)).message

    archive.document.write_bytes(b"%PDF-1.4 facture plus longue")
    books = archive.books(BOOKS, entry)
    assert "eau/facture.pdf n'a plus la même taille" in next(rule.check(books)).message

    manifest = read_manifest(books, "2026-T1").path
    manifest.write_text(manifest.read_text("utf-8").replace(manifest.read_text("utf-8")[:64], "0" * 64), "utf-8")
    assert archive.digest(BOOKS).trees["eau"] != before.trees["eau"]
    assert archive.digest(BOOKS).trees["edu"] == before.trees["edu"]


def test_an_insertion_is_told_on_its_own_line(archive: Archive) -> None:
    before = archive.digest(BOOKS)
    old = root_digest("2026-T1", "", before.trees, version=1)
    closing = f'2026-04-05 custom "cloture" "2026-T1"\n  empreinte: "{old}"\n' + "".join(
        f'  empreinte-{tree}: "{digest}"\n' for tree, digest in before.trees.items()
    )
    late = (
        '2026-02-18 * "Oubli"\n  piece: "BQ-EAU-2026-0009"\n'
        "  Expenses:EAU:6047-Fournitures   1 XOF\n  Assets:EAU:52111-Banque\n"
    )
    (said,) = ClosedPeriod.model_validate({}).check(archive.books(BOOKS, closing, late))
    assert (Path(said.file).name, said.line, said.piece) == ("part-2.beancount", 1, "BQ-EAU-2026-0009")
    assert said.message.startswith(
        "Écriture datée du 18/02/2026 dans une période close (2026-T1). "
        "Passez une écriture de correction au 01/04/2026 avec date de valeur 18/02/2026"
    )


def test_a_quote_follows_a_dossier_of_its_time(archive: Archive) -> None:
    """A dossier opened after the period does not move the quotes of a closed period to another tree."""
    alone = BOOKS.replace('2026-01-26 custom "marche"', '2026-04-26 custom "marche"')
    without = "\n".join(block for block in _paragraphs(BOOKS) if 'custom "marche"' not in block)
    assert archive.digest(alone) == archive.digest(without)
    assert set(archive.digest(alone).trees) == {"eau", "edu", "sans-bailleur"}


def test_the_root_is_chained(archive: Archive) -> None:
    books = archive.books(BOOKS)
    first = digest_period(books, QUARTER, "")
    second = digest_period(books, QUARTER, first.root)
    assert first.trees == second.trees
    assert first.root != second.root
    said = [2, "", "2026-T1", first.root, sorted(first.trees.items()), "", "", "", "", [], []]
    text = json.dumps(said, separators=(",", ":"))
    assert second.root == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_any_order_over_any_files(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    archive = Archive(tmp_path_factory.mktemp("livres"))
    shuffled = random.Random(seed)
    blocks = _paragraphs(BOOKS)
    shuffled.shuffle(blocks)
    cut = shuffled.randrange(len(blocks) + 1)
    assert archive.digest("\n\n".join(blocks[:cut]), "\n".join(blocks[cut:])) == archive.digest(BOOKS)


def test_a_meeting_counts_and_what_became_of_its_decisions_does_not(archive: Archive) -> None:
    meeting = '2026-03-02 custom "rencontre" "direction" "Mars"\n  decision-1: "Relancer"\n'
    before, held = archive.digest(BOOKS), archive.digest(BOOKS, meeting)
    assert set(held.trees) - set(before.trees) == {"fonct"}
    assert archive.digest(BOOKS, meeting + "  decision-1-faite: 2026-04-20\n") == held
    assert archive.digest(BOOKS, meeting.replace("Relancer", "Payer")) != held


def test_the_root_binds_all_that_a_closing_says(archive: Archive) -> None:
    books = archive.books(BOOKS)
    bound = Bound("0" * 32, "sha256:a", "sha256:b", ("pv-de-caisse · x · y",), (("BQ-EAU-2026", 3),))
    root = digest_period(books, QUARTER, "", None, bound).root
    others = (
        bound._replace(books_id="1" * 32),
        bound._replace(manifest="sha256:c"),
        bound._replace(rules="sha256:c"),
        bound._replace(reserves=()),
        bound._replace(series=(("BQ-EAU-2026", 4),)),
    )
    assert root not in {digest_period(books, QUARTER, "", None, each).root for each in others}
    assert last_numbers(books, QUARTER.end) == (("BQ-EAU-2026", 3), ("BQ-EDU-2026", 1))


def test_the_form_of_an_item_is_that_of_the_contract(archive: Archive) -> None:
    """Written once more by `json`, from words of every kind."""
    found = period_items(archive.books(ODD), [Closed(QUARTER, 2, {"eau/pièce.pdf": ManifestRow("ab" * 32, 3)})])[0]
    postings = [
        ["Assets:EAU:52111-Banque", "-1000.5", "EUR", None, ["655", "XOF"], {}],
        ["Expenses:EAU:6047-Fournitures", "655327.5", "XOF", None, None, {"ligne": ["texte", '5 % d\'"écart"']}],
    ]
    said = [
        "transaction", "2026-02-03", "!", 'Papeterie "Du Fleuve" \\ Été', "100 %s\nligne", ["a", "b"], ["x"],
        {
            "date-valeur": ["date", "2026-02-01"], "document": ["texte", " eau/pièce.pdf"],
            "document-pv": ["texte", "eau/autre.pdf"], "fait": ["oui-non", True], "nombre": ["nombre", "1.5"], "somme": ["montant", "12", "XOF"],
            "rien": ["rien", None],
        },
        sorted(written(each) for each in postings), [["eau/autre.pdf", None], ["eau/pièce.pdf", "ab" * 32]],
    ]  # fmt: skip
    [item] = found
    assert item.digest == hashlib.sha256(written(said).encode()).hexdigest()
    assert (item.kind, item.trees, item.documents) == ("transaction", ("eau",), ("eau/autre.pdf", "eau/pièce.pdf"))


def written(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


ODD = """\
2026-02-03 ! "Papeterie \\"Du Fleuve\\" \\\\ E\u0301te\u0301" "100 %s\r\nligne" #b #a ^x
  nombre: 1.50
  document: " eau/pie\u0300ce.pdf"
  document-pv: "eau/autre.pdf"
  fait: TRUE
  rien:
  somme: 12.0 XOF
  pointage: "2026-01"
  date-valeur: 2026-02-01
  Expenses:EAU:6047-Fournitures   655327.50 XOF
    ligne: "5 % d'\\"e\u0301cart\\""
  Assets:EAU:52111-Banque   -1000.50 EUR @ 655 XOF
"""
