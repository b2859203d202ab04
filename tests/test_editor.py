"""`grandlivre lsp` and a real client: what it underlines is what `check` says, of text that nobody saved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from lsprotocol import types

from grandlivre.editor import places, rules_completion
from grandlivre.editor.completion import completions
from grandlivre.editor.curing import cures
from grandlivre.editor.hover import told
from grandlivre.editor.remedies import Case, candidates
from grandlivre.editor.text import Directive
from grandlivre.editor.words import word_at
from grandlivre.editor.workspace import Workspace
from grandlivre.inspection import Inspection
from grandlivre.rules import Finding
from signed_books import PAYMENT, all_signed, keyed, keys
from small_books import ready

__all__ = ["all_signed", "keyed", "keys", "ready"]

from editor_bed import Editor


@pytest.fixture(scope="module")
def books(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books of a small organisation, for the editor of this module."""
    return Path(shutil.copytree(ready, tmp_path_factory.mktemp("editor") / "ong"))


@pytest.fixture(scope="module")
def editor(books: Path) -> Iterator[Editor]:
    """One editor for all."""
    made = Editor(books)
    yield made
    made.close()


@pytest.fixture
def month(books: Path, editor: Editor) -> Iterator[Path]:
    """The month's file, shown as it was saved before and after."""
    path = books / "ledger/fonct/2026-01.beancount"
    yield path
    editor.show(path, path.read_text(encoding="utf-8"))


def checked(books: Path) -> set[tuple[str, int, str, str]]:
    """What the command says of the saved books."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "grandlivre", "check", "--format", "json"],
        cwd=books,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return {(row["file"], row["line"], row["rule"], row["message"]) for row in json.loads(done.stdout)["findings"]}


def test_underlines_what_check_says_of_the_unsaved_text(
    books: Path, editor: Editor, month: Path, tmp_path: Path
) -> None:
    saved = month.read_text(encoding="utf-8")
    editor.show(month, saved)
    assert editor.findings() == checked(books)
    typed = saved.replace('piece: "BQ-FONCT-2026-0002"', 'piece: "BQ-FONCT-2026-0009"', 1)
    editor.show(month, typed)
    copy = Path(shutil.copytree(books, tmp_path / "copie"))
    (copy / month.relative_to(books)).write_text(typed, encoding="utf-8", newline="\n")
    assert editor.findings() == checked(copy) != checked(books)
    assert month.read_text(encoding="utf-8") == saved


@pytest.mark.parametrize("cut", [411, 733, 1201])
def test_half_typed_text_is_said_in_french_and_never_breaks_the_server(
    books: Path, editor: Editor, month: Path, cut: int
) -> None:
    saved = month.read_text(encoding="utf-8")
    editor.show(month, saved[: min(cut, len(saved) - 3)])
    assert editor.findings()
    assert not any("Traceback" in sentence for *_, sentence in editor.findings())
    editor.show(month, saved)
    assert editor.findings() == checked(books)
    assert editor.complaints == []


def test_goes_to_what_a_word_names(books: Path, editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8")
    editor.show(month, text)
    lines = text.splitlines()
    account = next(at for at, line in enumerate(lines) if "585-Virements" in line)
    place = types.Position(account, lines[account].index("585") + 1)
    [found] = editor.do(
        editor.client.text_document_definition_async(types.DefinitionParams(editor.document(month), place))
    )
    declared = Path(found.uri.removeprefix("file://")).read_text(encoding="utf-8").splitlines()[found.range.start.line]
    assert "open Actif:FONCT:585-Virements-de-fonds" in declared
    named = editor.do(
        editor.client.text_document_references_async(
            types.ReferenceParams(types.ReferenceContext(include_declaration=True), editor.document(month), place)
        )
    )
    assert len(named) == sum(
        path.read_text(encoding="utf-8").count("Actif:FONCT:585-Virements-de-fonds")
        for path in [*books.glob("ledger/**/*.beancount"), *books.glob("rules/**/*.yaml")]
    )
    signer = next(at for at, line in enumerate(lines) if "signataire-1" in line)
    place = types.Position(signer, lines[signer].index("directeur") + 1)
    [found] = editor.do(
        editor.client.text_document_definition_async(types.DefinitionParams(editor.document(month), place))
    )
    assert found.uri.endswith("rules/mandats.yaml")


def test_says_balances_beside_bank_postings(editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8")
    editor.show(month, text)
    whole = types.Range(types.Position(0, 0), types.Position(len(text.splitlines()), 0))
    hints = editor.do(
        editor.client.text_document_inlay_hint_async(types.InlayHintParams(editor.document(month), whole))
    )
    lines = text.splitlines()
    first = next(each for each in hints if "52111-Banque" in lines[each.position.line])
    assert first.label == "solde 500 000 FCFA"
    held = ("  Actif:FONCT:52111-", "  Actif:FONCT:5711-")
    assert [each.position.line for each in hints] == [at for at, line in enumerate(lines) if line.startswith(held)]


def test_hovering_an_account_tells_its_balance_and_a_finding_its_rule(editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8")
    typed = text.replace('piece: "BQ-FONCT-2026-0002"', 'piece: "BQ-FONCT-2026-0009"', 1)
    editor.show(month, typed)
    lines = typed.splitlines()
    bank = next(at for at, line in enumerate(lines) if "52111-Banque" in line)
    place = types.Position(bank, lines[bank].index("52111"))
    said = editor.do(editor.client.text_document_hover_async(types.HoverParams(editor.document(month), place)))
    assert said is not None
    assert "Solde après cette écriture : 500 000 FCFA" in str(said.contents)
    wrong = next(each for each in editor.said[month] if each.code == "numerotation-pieces")
    said = editor.do(
        editor.client.text_document_hover_async(types.HoverParams(editor.document(month), wrong.range.start))
    )
    assert said is not None
    assert "numerotation-pieces" in str(said.contents)


def test_formatting_aligns_amounts_and_touches_nothing_else(editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8").replace("52111-Banque      500000", "52111-Banque  500000")
    text += '\n2026-01-28 * "Marché" "Fournitures"\n  Actif:FONCT:52111-Banque   -1500 XOF\n  Charges:FONCT:6041-Fournitures 1500 XOF\n'
    editor.show(month, text)
    asked = types.DocumentFormattingParams(editor.document(month), types.FormattingOptions(2, insert_spaces=True))
    edits = editor.do(editor.client.text_document_formatting_async(asked))
    lines = text.splitlines()
    for edit in sorted(edits or [], key=lambda each: -each.range.start.character):
        line, start, end = edit.range.start.line, edit.range.start.character, edit.range.end.character
        assert not lines[line][start:end].strip()
        assert not edit.new_text.strip()
        lines[line] = lines[line][:start] + edit.new_text + lines[line][end:]
    assert edits
    last = [line for line in lines if "1500 XOF" in line]
    assert len({line.index(" XOF") for line in last}) == 1
    assert [line.split() for line in lines] == [line.split() for line in text.splitlines()]


ROOT = Path(__file__).resolve().parent.parent
EAU, FONCT = "ledger/ue-eau/2026-10.beancount", "ledger/fonct/2026-10.beancount"
FAULTS = [
    ("texte", EAU, '2026-10-06 * "M. Ouologuem', '06/10/2026 * "M. Ouologuem', "Écrire « 2026-10-06 »"),
    ("texte", EAU, "75000 XOF\n", "75 000 XOF\n", "Écrire « 75000 »"),
    ("montant-entier", EAU, "189500 XOF", "189.500 XOF", "Écrire 189500 XOF"),
    ("numerotation-pieces", EAU, "OD-UE-EAU-2026-0055", "OD-GENRE-2026-0055", "Numéroter OD-UE-EAU-2026-0055"),
    ("reglement", EAU, 'cheque: "0441051"', "cheque: 441051", 'Écrire cheque: "441051"'),
    ("ligne-budgetaire", EAU, '  ligne: "4.5"\n', '  ligne: "4.55"\n', "Écrire « 4.5 »"),
    ("double-signature", EAU, 'signataire-2: "tresoriere"', 'signataire-2: "tresorière"', "Écrire « tresoriere »"),
    ("avance-en-retard", EAU, '  avance: "AV-2026-007"\n', "", "Numéroter l'avance AV-2026-007"),
    (
        "derogation",
        EAU,
        '"CS-UE-EAU-2026-0042"\n',
        '"CS-UE-EAU-2026-0042"\n  derogation: "fractionnement"\n  motif: "x"\n  derogation-par: "president"\n',
        "Retirer la dérogation",
    ),
    ("decision-en-retard", FONCT, "  decision-1-faite: 2026-10-16\n", "", "Noter la décision faite aujourd'hui"),
    (
        "date-valeur-lointaine",
        EAU,
        '"CS-UE-EAU-2026-0042"\n',
        '"CS-UE-EAU-2026-0042"\n  date-valeur: 2026-04-06\n',
        "Retirer date-valeur:",
    ),
    ("pv-de-caisse", FONCT, '  caissier: "caissiere-fonct"', '  caissier: "directeur"', "Caissier : V. Fomba (fictif)"),
    (
        "rapprochement-bancaire",
        EAU,
        '"OV-UE-EAU-063"\n  ligne: "4.5"\n  pointage: "2026-10"\n',
        '"OV-UE-EAU-063"\n  ligne: "4.5"\n',
        "suspens: BQ-UE-EAU-2026-0120 BQ-UE-EAU-2026-0112",
    ),
    (
        "piece-justificative",
        EAU,
        "ue-eau/2026-10/BQ-UE-EAU-2026-0112",
        "ue-eau/BQ-UE-EAU-2026-0112",
        "document: ue-eau/2026-10/BQ-UE-EAU-2026-0112.pdf",
    ),
    ("trois-proformas", EAU, '  marche: "M-2026-034"\n', '  marche: "M-2026-043"\n', "Marché M-2026-034"),
    (
        "beancount",
        EAU,
        "6222-Locations-de-batiments",
        "6222-Location-de-batiment",
        "Écrire « Charges:UE-EAU:6222-Locations-de-batiments »",
    ),
]


@pytest.fixture(scope="module")
def shown() -> Workspace:
    """The demonstration books, shown and never written."""
    return Workspace(ROOT / "ledger/main.beancount")


@pytest.fixture(scope="module")
def saved(shown: Workspace) -> Counter[tuple[str, str]]:
    """What is said of the books as they are."""
    return Counter(_said(shown.judged()))


@pytest.mark.parametrize(
    ("rule", "name", "right", "wrong", "title"), FAULTS, ids=[f"{row[0]}-{row[4]}" for row in FAULTS]
)
def test_a_remedy_leaves_one_finding_fewer_and_none_more(
    shown: Workspace, saved: Counter[tuple[str, str]], rule: str, name: str, right: str, wrong: str, title: str
) -> None:
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    assert right in text
    shown.show(path, text.replace(right, wrong, 1).encode())
    try:
        inspection, books = shown.judged(), shown.whole().books
        faults = [each for each in inspection.findings if each.rule == rule and not saved[_words(each)]]
        [(finding, remedy), *_] = [
            (each, remedy)
            for each in faults
            for remedy in candidates(Case(each, books, _spot(shown, each)))
            if remedy.title == title
        ]
        cured = shown.tried(*remedy.changes)
        assert _words(finding) not in _said(cured)
        assert not Counter(_said(cured)) - Counter(_said(inspection)) - saved
    finally:
        shown.show(path, None)
    assert path.read_text(encoding="utf-8") == text


def _words(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.message


def _said(inspection: Inspection) -> list[tuple[str, str]]:
    return [_words(each) for each in inspection.findings]


def _spot(shown: Workspace, finding: Finding) -> Directive:
    path = Path(finding.file)
    return Directive(path, shown.text(path).splitlines(), finding.line - 1)


def test_only_remedies_that_cure_are_offered(shown: Workspace) -> None:
    path = ROOT / EAU
    text = path.read_text(encoding="utf-8")
    shown.show(path, text.replace('  ligne: "4.5"\n', '  ligne: "4.55"\n', 1).encode())
    try:
        [finding] = [each for each in shown.judged().findings if each.rule == "ligne-budgetaire"]
        asked = [each.title for each in candidates(Case(finding, shown.whole().books, _spot(shown, finding)))]
        offered = [remedy.title for _, remedy in cures(shown, path, finding.line - 1, finding.line - 1)]
        assert "Écrire « 4.5 »" in offered
        assert set(offered) <= set(asked)
    finally:
        shown.show(path, None)


ENTRY = """
2026-10-30 * "Bureautique Kora (fictif)" "Fournitures"
  piece: "
  mode: "cheque"
  signataire-1: "
  ligne: "
  marche: "
  nif: "
  document: "ue-eau/2026-10/CS-UE-EAU-2026-0042
  Charges:UE-EAU:6054-F
  Actif:UE-EAU:52111-Banque-BDM  -75000 XOF
"""


@pytest.mark.parametrize(
    ("start", "text", "told"),
    [
        ('2026-10-30 * "Bureautique K', "Bureautique Kora (fictif)", "NIF 083905521C"),
        ('  piece: "', "CS-UE-EAU-2026-0047", "prochain numéro"),
        ('  signataire-1: "', "tresoriere", "Trésorière"),
        ('  ligne: "', "4.3", "reste "),
        ('  marche: "', "M-2026-036", "prochain numéro"),
        ('  nif: "', "083905521C", ""),
        ('  document: "ue', "ue-eau/2026-10/CS-UE-EAU-2026-0042.pdf", ""),
        ("  Charges:UE-EAU:6054-F", "Charges:UE-EAU:6054-Fournitures-entretien", "solde "),
        ("  mo", "mode: ", ""),
    ],
)
def test_completion_knows_the_books(shown: Workspace, start: str, text: str, told: str) -> None:
    path = ROOT / EAU
    lines = [*path.read_text(encoding="utf-8").splitlines(), *ENTRY.splitlines()]
    at = next((rank for rank, line in enumerate(lines) if rank > len(lines) - 12 and line.startswith(start)), None)
    if at is None:
        at = len(lines) - 2
        lines.insert(at, start)
    found = completions(shown.whole().books, path, lines, types.Position(at, len(start)), "UE-EAU")
    item = next(each for each in found if each.label == text)
    assert told in (item.detail or "")
    edit = item.text_edit
    assert isinstance(edit, types.TextEdit)
    typed = lines[at][: edit.range.start.character] + edit.new_text
    assert typed.endswith(text)
    assert typed.count('"') <= 3


def test_an_editor_is_offered_the_remedy_as_a_change_of_text(editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8")
    typed = text.replace("10750 XOF", "10 750 XOF", 1)
    editor.show(month, typed)
    wrong = next(each for each in editor.said[month] if each.code == "texte")
    asked = types.CodeActionParams(editor.document(month), wrong.range, types.CodeActionContext([wrong]))
    [offered, *_] = editor.do(editor.client.text_document_code_action_async(asked)) or []
    assert isinstance(offered, types.CodeAction)
    assert offered.edit is not None
    [edit] = (offered.edit.changes or {})[month.as_uri()]
    lines = typed.splitlines(keepends=True)
    lines[edit.range.start.line : edit.range.end.line] = [edit.new_text]
    assert "".join(lines) == text


def test_the_missing_arrival_of_a_transfer_is_offered(books: Path) -> None:
    """The other half of a transfer, under the number that its series lacks, in the currency of the books."""
    shown, path = Workspace(books / "ledger/main.beancount"), books / "ledger/fonct/2026-01.beancount"
    text = path.read_text(encoding="utf-8")
    start = text.index('2026-01-06 * "Banque"')
    end = text.index("2026-01-07 *")
    shown.show(path, (text[:start] + text[end:]).encode())
    missing = next(each for each in shown.judged().findings if each.rule == "virement-en-transit")
    offered = candidates(Case(missing, shown.whole().books, _spot(shown, missing)))
    chosen = next(each for each in offered if "(CS-FONCT-2026-0001)" in each.title)
    assert "  Actif:FONCT:5711-Caisse  100000 XOF" in chosen.change.lines
    cured = shown.tried(*chosen.changes)
    assert "virement-en-transit" not in {each.rule for each in cured.findings}


def test_a_till_below_its_floor_is_refilled_from_the_bank_through_the_585(shown: Workspace) -> None:
    """Two vouchers under their next numbers, prepared: what is left to do, signing and filing the papers, is said of them."""
    [low] = [each for each in shown.judged().findings if each.rule == "caisse-hors-bornes"]
    [(_, remedy)] = cures(shown, Path(low.file), low.line - 1, low.line - 1)
    assert remedy.title == "Réapprovisionner Caisse de 112 500 FCFA par le 585 (à signer)"
    said = "\n".join(remedy.change.lines)
    assert said.count("585-Virements-de-fonds") == 2
    assert [line.split()[-1] for line in remedy.change.lines if "piece:" in line] == [
        '"BQ-GENRE-2026-0094"',
        '"CS-GENRE-2026-0040"',
    ]
    after = shown.tried(*remedy.changes)
    new = {each.rule for each in after.findings if _words(each) not in _said(shown.judged())}
    assert new == {"double-signature", "piece-justificative", "rapprochement-bancaire"}
    assert after.books.balance("Actif:GENRE:5711-Caisse", after.today) == 120_000


def test_a_purchase_without_a_dossier_is_offered_one_with_its_quotes_to_copy(shown: Workspace) -> None:
    """What is blank is said, and no blank quote counts as one."""
    path = ROOT / EAU
    shown.show(path, path.read_text(encoding="utf-8").replace('  marche: "M-2026-034"\n', "", 1).encode())
    try:
        [bare] = [each for each in shown.judged().findings if each.rule == "trois-proformas"]
        offered = {remedy.title: remedy for _, remedy in cures(shown, path, bare.line - 1, bare.line - 1)}
        after = shown.tried(*offered["Ouvrir le marché M-2026-036 : 3 proformas à recopier"].changes)
        assert _words(bare) not in _said(after)
        told = [each.message for each in after.findings if _words(each) not in _said(shown.judged())]
        assert sum("n'a pas de montant" in each for each in told) == 3
        assert sum("ne dit pas de qui elle est" in each for each in told) == 2
        assert [each for each in told if "0 proforma de fournisseurs distincts sur 3" in each]
    finally:
        shown.show(path, None)


def test_any_entry_may_be_taken_back(books: Path, editor: Editor, month: Path) -> None:
    """The storno that `entries extourne` would write, over the unsaved text; a transfer with its other half."""
    text = month.read_text(encoding="utf-8").replace('"Dotation"', '"Dotation de la caisse"')
    editor.show(month, text)
    before = editor.findings()
    at = next(rank for rank, line in enumerate(text.splitlines()) if "BQ-FONCT-2026-0002" in line)
    spot = types.Range(types.Position(at, 4), types.Position(at, 4))
    kinds = types.CodeActionContext([], only=[types.CodeActionKind.Source])
    asked = types.CodeActionParams(editor.document(month), spot, kinds)
    [storno] = editor.do(editor.client.text_document_code_action_async(asked)) or []
    assert isinstance(storno, types.CodeAction)
    assert storno.edit is not None
    assert storno.title.startswith("Extourner BQ-FONCT-2026-0002 et CS-FONCT-2026-0001 (")
    [edit] = (storno.edit.changes or {})[month.as_uri()]
    assert edit.new_text.count('ecriture: "extourne"') == 2
    assert '"Extourne : Dotation de la caisse"' in edit.new_text
    lines = text.splitlines(keepends=True)
    lines[edit.range.start.line : edit.range.end.line] = [edit.new_text]
    editor.show(month, "".join(lines))
    new = {rule for *_, rule, _ in editor.findings() - before}
    assert new
    assert not new & {"beancount", "reglement", "numerotation-pieces", "virement-en-transit"}
    assert month.read_text(encoding="utf-8") != text


def _told(shown: Workspace, path: Path, at: int, word: str) -> str:
    lines = shown.text(path).splitlines()
    found = word_at(lines, types.Position(at, lines[at].index(word) + 1))
    return told(shown, shown.latest().books, path, found, ())


def test_hovering_a_signatory_tells_what_the_visa_is_worth_now(all_signed: Path) -> None:
    path = all_signed / "ledger/fonct/2026-01.beancount"
    shown = Workspace(all_signed / "ledger/main.beancount", date(2026, 2, 10))
    text = path.read_text(encoding="utf-8")
    at = next(rank for rank, line in enumerate(text.splitlines()) if PAYMENT in line)
    assert "D. Deux (signataire 1) : signé avec sa clé le 10/02/2026" in _told(shown, path, at + 1, "directeur")
    assert "* T. Un (signataire 2) : signé avec sa clé le 10/02/2026" in _told(shown, path, at, PAYMENT)
    shown.show(path, text.replace("100000 XOF", "150000 XOF").encode())
    said = _told(shown, path, at + 1, "directeur")
    assert "signature tombée : le montant est passé de 100 000 à 150 000 FCFA depuis la signature de D. Deux" in said


def test_hovering_a_budget_line_tells_what_is_left_of_it(shown: Workspace) -> None:
    path = ROOT / EAU
    at = next(rank for rank, line in enumerate(path.read_text(encoding="utf-8").splitlines()) if 'ligne: "4.3"' in line)
    at = next(
        r for r, line in enumerate(path.read_text(encoding="utf-8").splitlines()) if r > at and 'ligne: "4.3"' in line
    )
    said = _told(shown, path, at, "4.3")
    assert "**Ligne 4.3 " in said
    assert [row.split("|")[1].strip() for row in said.splitlines() if row.startswith("| ")][2:] == [
        "Budget",
        "Dépensé",
        "Commandé",
        "Reste",
    ]


RULES = [
    ("mandats.yaml", "  - {|", "personne", "Identifiant de la personne. (obligatoire)"),
    ("mandats.yaml", "  - {personne: dir|", "directeur", "A. Traoré, Directeur"),
    (
        "mandats.yaml",
        "  - personne: directeur\n    pouvoir: |",
        "signature-bancaire",
        "signature-bancaire, autorisation",
    ),
    ("mandats.yaml", "  - {personne: directeur, comptes: [|", "52", "Banques"),
    ("controles.yaml", "trois-proformas:\n  |", "seuil", "Montant au-delà duquel (strictement)"),
    ("controles.yaml", "parite|", "parite", ""),
    ("bailleurs/ue-eau.yaml", "parten|", "partenaire", "Partenaire financier."),
    ("organisation.yaml", "organes:\n  bureau: {membres: [|", "tresoriere", "F. Diarra"),
    ("organisation.yaml", "cles-de-repartition:\n  - depuis: 2026-01-01\n    cle: {UE-EAU: 40 %, |", "GENRE", ""),
    ("programmes/ue-eau.yaml", 'bailleur: UE-EAU\nactivites:\n  - code: A9\n    lignes: ["|', "4.3", "(UE-2025-118)"),
    ("programmes/ue-eau.yaml", "bailleur: |", "UE-EAU", "Union européenne"),
    ("bailleurs/ue-eau.yaml", "code: UE-EAU\ncomptes:\n  banque: Actif:UE|", "Actif:UE-EAU:52111-Banque-BDM", "solde "),
    ("bailleurs/ue-eau.yaml", "conventions:\n  - id: X\n    rapports:\n      - {modele: |", "rapport-financier", ""),
]


@pytest.mark.parametrize(("name", "typed", "label", "told"), RULES, ids=[f"{row[0]}-{row[2]}" for row in RULES])
def test_completion_in_the_rules_follows_their_schemas(
    shown: Workspace, name: str, typed: str, label: str, told: str
) -> None:
    lines = typed.replace("|", "").split("\n")
    if name == "mandats.yaml":
        lines = ["mandats:", *lines]
    spot = types.Position(len(lines) - 1, len(lines[-1]))
    found = rules_completion.completions(shown.whole().books, ROOT / "rules" / name, lines, spot)
    item = next(each for each in found if each.label == label)
    assert told in (item.detail or "")
    edit = item.text_edit
    assert isinstance(edit, types.TextEdit)
    assert edit.new_text.strip('": ').startswith(lines[-1][edit.range.start.character :])


def test_completion_in_the_rules_leaves_out_what_is_there_and_knows_a_half_typed_file(shown: Workspace) -> None:
    lines = [
        "personnes:",
        "",
        "  a: {nom: A}",
        "# Les pouvoirs",
        "mandats:",
        "  - personne: a",
        "",
        "    ",
        "    du: 2026-01-01",
    ]
    found = rules_completion.completions(shown.whole().books, ROOT / "rules/mandats.yaml", lines, types.Position(7, 4))
    assert [each.label for each in found][:1] == ["pouvoir"]
    assert not {"personne", "du"} & {each.label for each in found}
    assert (
        rules_completion.completions(shown.whole().books, ROOT / "rules/README.md", lines, types.Position(7, 4)) == []
    )


@pytest.mark.parametrize(
    ("start", "file", "told"),
    [
        ('  ligne: "4.3', "ue-eau.yaml", 'code: "4.3"'),
        ('  marche: "M-2026-034', "2026-10.beancount", 'custom "marche" "M-2026-034"'),
        ('  piece: "BQ-UE-EAU-2026-0114', "2026-10.beancount", '2026-10-12 * "Orange Money'),
        ('  document: "ue-eau/2026-10/BQ-UE-EAU-2026-0114', "BQ-UE-EAU-2026-0114.pdf", ""),
    ],
)
def test_a_word_leads_to_where_it_is_declared(shown: Workspace, start: str, file: str, told: str) -> None:
    path = ROOT / EAU
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(rank for rank, line in enumerate(lines) if line.startswith(start))
    word = word_at(lines, types.Position(at, len(start) - 1))
    assert word is not None
    [found] = places.definitions(shown.whole().books, word, "UE-EAU")
    declared = Path(found.uri.removeprefix("file://"))
    assert declared.name == file
    assert told in (declared.read_text(encoding="utf-8").splitlines()[found.range.start.line] if told else "")


def test_findings_follow_their_lines_as_one_types(editor: Editor, month: Path) -> None:
    """Said at the keystroke itself, before any inspection: what is typed is a remark, or half an entry."""
    text = month.read_text(encoding="utf-8")
    typed = text.replace('piece: "BQ-FONCT-2026-0002"', 'piece: "BQ-FONCT-2026-0009"', 1)
    editor.show(month, typed)
    [before] = [each for each in editor.said[month] if each.code == "numerotation-pieces"][:1]
    first = typed.index("\n2026-01-0")
    editor.type(month, f"{typed[:first]}\n; à revoir\n{typed[first:]}")
    [after] = [each for each in editor.said[month] if each.message == before.message][:1]
    assert after.range.start.line == before.range.start.line + 2
    editor.rest()
    editor.type(month, f'{typed[:first]}\n2026-01-02 * "Mar\n{typed[first:]}')
    [after] = [each for each in editor.said[month] if each.message == before.message][:1]
    assert after.range.start.line == before.range.start.line + 2
    assert "texte" in {each.code for each in editor.said[month]}
    editor.rest()


def test_a_paper_that_comes_is_seen(books: Path, editor: Editor, month: Path) -> None:
    text = month.read_text(encoding="utf-8").replace('"fonct/a.pdf"', '"fonct/neuf.pdf"', 1)
    editor.show(month, text)
    assert "piece-justificative" in {each.code for each in editor.said[month]}
    paper = books / "ledger/documents/fonct/neuf.pdf"
    paper.write_bytes(b"%PDF-1.4 neuf")
    event = types.FileEvent(paper.as_uri(), types.FileChangeType.Created)
    editor.rest(lambda: editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event])))
    assert "piece-justificative" not in {each.code for each in editor.said[month]}
    paper.unlink()
    event = types.FileEvent(paper.as_uri(), types.FileChangeType.Deleted)
    editor.rest(lambda: editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event])))
    assert "piece-justificative" in {each.code for each in editor.said[month]}
