"""The ways around that only a visa or a seal holds (rows of the threat list that say so), in books whose people have keys."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from grandlivre.inspection import inspect
from grandlivre.rules import Finding
from signed_books import PAYMENT, all_signed, keyed, keys, run, sign
from signing import Keys
from small_books import month_of, ready, swap
from test_proved import prove
from test_sign_closing import CLOSING, closed, proved
from test_sign_rules import GUARD, both

__all__ = ["all_signed", "closed", "keyed", "keys", "proved", "ready"]


@pytest.fixture(scope="module")
def whole(all_signed: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every signature is asked for by visa, and given; two guardians signed the rules."""
    root = Path(shutil.copytree(all_signed, tmp_path_factory.mktemp("gardes") / "ong"))
    (root / "rules/cles.yaml").write_text(keys.yaml(GUARD), encoding="utf-8")
    prove(root, "double-signature", "pv-de-caisse", "derogation", "autorisation")
    both(root, keys)
    assert [each for each in found(root) if each.level == "erreur"] == []
    return root


@pytest.fixture
def books(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "ong"))


def found(root: Path) -> tuple[Finding, ...]:
    return tuple(inspect(root / "ledger/main.beancount", date(2026, 2, 10)).findings)


def said(root: Path, rule: str) -> list[str]:
    return [each.message for each in found(root) if each.rule == rule and each.level == "erreur"]


# --- the rules under seal --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("controles.yaml", r"^piece-reutilisee:\n(?: .*\n)+", "piece-reutilisee: non\n"),
        ("controles.yaml", r"^  seuil: 51 000 XOF", "  seuil: 90 000 000 XOF"),
        ("bailleurs/fonct.yaml", r'"Budget de fonctionnement, 2026"', '"Budget de fonctionnement, 2026, revu"'),
        ("mandats.yaml", r"^mandats:\n", "mandats:\n  - {personne: caissier, pouvoir: autorisation, du: 2026-01-01}\n"),
        ("plan-comptable.yaml", r'^  "4711": .*$', r'\g<0>\n  "4799": Comptes divers'),
        ("controles.yaml", r"^( *)nombre: 3$", r"\1nombre: 1"),
        ("controles.yaml", r"exclues: \[603,", "exclues: [604, 605, 603,"),
        ("bailleurs/fonct.yaml", r"plafond: 150 000 XOF", "plafond: 90 000 000 XOF"),
    ],
    ids=["E12", "E10", "E10c", "E11", "E14", "E37", "E38", "E39"],
)
def test_a_rule_changes_and_no_guardian_signed_it(books: Path, file: str, old: str, new: str) -> None:
    """E10 to E14, E37 to E39: whatever the change does, the file and who signed the former one are named."""
    path = books / "rules" / file
    text = path.read_text(encoding="utf-8")
    changed, many = re.subn(old, new, text, count=1, flags=re.MULTILINE)
    assert many == 1
    path.write_text(changed, encoding="utf-8", newline="\n")
    [told] = [each for each in said(books, "regles-visees") if f"rules/{file} " in each]
    assert "n'est pas ce que directeur et tresorier ont signé le 10/02/2026" in told


def test_a_quarter_closed_again_has_another_root(proved: Path, keys: Keys, tmp_path: Path) -> None:
    """E16a: the closing is made again and signed again by the same people; a root that somebody kept tells it."""
    root = Path(shutil.copytree(proved, tmp_path / "ong"))
    text = (root / CLOSING).read_text(encoding="utf-8")
    kept = re.search(r'empreinte: "(sha256:\w+)"', text)
    assert kept is not None
    (root / CLOSING).unlink()
    for path in (root / "ledger/visas").glob("VISAS-*"):
        path.unlink()
    shutil.rmtree(root / "ledger/visas/cloture")
    swap('"Papeterie" "Registres"', '"Papeterie" "Rien"')(root)
    again = run(root, "close", "2026-01", "--date", "2026-02-11", "--oui", today="2026-02-11")
    assert again.exit_code == 0, again.output
    for person in ("directeur", "tresorier"):
        assert sign(root, keys, person, "--nature", "cloture", "--oui", today="2026-02-12").exit_code == 0
    done = run(root, "verify", "--racine", f"2026-01={kept[1]}", "--format", "json", today="2026-02-12")
    assert done.exit_code == 1
    [fault] = json.loads(done.stdout)["faults"]
    assert "elle a été refaite depuis que cette racine a été notée" in fault["message"]


# --- the entries under visa ------------------------------------------------------------------------------------------


def test_a_signatory_pays_himself_under_another_name(books: Path) -> None:
    """E24b: the payee changes after the other one signed, and both signatures fall."""
    swap('"Caisse" "Dotation"', '"Z. Prête-Nom" "Dotation"')(books)
    told = said(books, "double-signature")
    assert len(told) == 2
    assert all("le bénéficiaire « Caisse » est devenu « Z. Prête-Nom » depuis la signature de" in each for each in told)


def test_a_signature_written_over_a_whole_file_signs_nothing(books: Path) -> None:
    """E34: two names typed on a payment, by hand or for a whole file at once; neither signed it."""
    text = month_of(books).read_text(encoding="utf-8")
    payment = (
        '\n2026-01-30 * "Quelqu\'un" "Achat"\n  piece: "BQ-FONCT-2026-0003"\n  document: "fonct/a.pdf"\n'
        '  signataire-1: "directeur"\n  signataire-2: "tresorier"\n'
        "  Charges:FONCT:6055-Fournitures-de-bureau  300000 XOF\n  Actif:FONCT:52111-Banque\n"
    )
    month_of(books).write_text(text + payment, encoding="utf-8", newline="\n")
    told = said(books, "double-signature")
    assert len(told) == 2
    assert all("déclarée, non prouvée, sur BQ-FONCT-2026-0003 : aucun visa de" in each for each in told)


def test_a_waiver_by_the_president_is_typed(books: Path) -> None:
    """E9: « the treasurer allowed it » is a word, until the treasurer's own key says so."""
    text = month_of(books).read_text(encoding="utf-8")
    waived = (
        '\n2026-01-30 * "Quelqu\'un" "Achat"\n  piece: "CS-FONCT-2026-0003"\n  derogation: "piece-justificative"\n'
        '  derogation-par: "tresorier"\n  motif: "reçu perdu"\n'
        "  Charges:FONCT:6055-Fournitures-de-bureau  3000 XOF\n  Actif:FONCT:5711-Caisse\n"
    )
    month_of(books).write_text(text + waived, encoding="utf-8", newline="\n")
    told = " ".join(each.message for each in found(books))
    assert "T. Un (tresorier), déclarée, non prouvée, sur CS-FONCT-2026-0003 : aucun visa de" in told
    assert "grandlivre sign --personne tresorier --nature derogations CS-FONCT-2026-0003." in told


def test_the_last_voucher_goes_and_the_count_is_forged(books: Path) -> None:
    """E15a: the count agrees with the books, and is not what those who counted signed."""
    text = month_of(books).read_text(encoding="utf-8")
    head, tail = text.split('2026-01-07 * "Papeterie"')
    text = head + tail.partition("\n\n")[2]
    text = text.replace("89250 XOF", "100000 XOF").replace("10000x8 5000x1 2000x2", "10000x10")
    month_of(books).write_text(text.replace('  pieces: "250x1"\n', ""), encoding="utf-8", newline="\n")
    told = said(books, "pv-de-caisse")
    assert len(told) == 2  # the cashier's, the controller's
    assert all("« 89250 XOF » est devenu « 100000 XOF », billets est passé de" in each for each in told)
    assert PAYMENT not in " ".join(told)
