"""`preuve: visa`: a name that somebody typed is not enough, and what changed since a signature is said in words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from grandlivre.inspection import compare, inspect
from grandlivre.rules import Finding, Level
from signed_books import PAYMENT, all_signed, keyed, keys, run, sign, signed, unsigned, visas
from signing import Keys
from small_books import month_of, ready, swap

__all__ = ["all_signed", "keyed", "keys", "ready", "signed", "unsigned"]

VISA = "ecritures/2026-02/2026-02-10-directeur-1.visa"


def prove(root: Path, *rules: str, since: str = "2026-01-01") -> None:
    """Asks for visas from a day on; none before it."""
    path = root / "rules/controles.yaml"
    text = path.read_text(encoding="utf-8")
    for rule in rules:
        text = re.sub(rf"^{rule}:.*\n(?: .*\n)*", "", text, flags=re.MULTILINE)
        text += f"{rule}: {{preuve: [{{depuis: {since}, valeur: visa}}]}}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def said(root: Path, *rules: str) -> list[Finding]:
    """What is found, less that nobody signed the rules themselves (tests/test_sign_rules.py)."""
    found = inspect(root / "ledger/main.beancount", date(2026, 2, 10)).findings
    return [each for each in found if (each.rule in rules if rules else each.rule != "regles-visees")]


def test_what_is_signed_is_proved(signed: Path) -> None:
    prove(signed, "double-signature", "pv-de-caisse")
    assert said(signed) == []


def test_without_keys_nothing_is_asked(unsigned: Path) -> None:
    (unsigned / "rules/cles.yaml").unlink()
    assert said(unsigned) == []


def test_a_name_is_not_a_signature(unsigned: Path) -> None:
    prove(unsigned, "double-signature", "pv-de-caisse")
    found = [f"{each.rule} {each.message}" for each in said(unsigned)]
    for rule, who in (
        ("double-signature Signature de D. Deux (directeur)", "directeur"),
        ("double-signature Signature de T. Un (tresorier)", "tresorier"),
    ):
        [own] = [each for each in found if each.startswith(rule)]
        assert f"déclarée, non prouvée, sur {PAYMENT} : aucun visa de" in own
        assert f"grandlivre sign --personne {who} {PAYMENT}." in own
    counted = [each for each in found if each.startswith("pv-de-caisse")]
    assert [re.search(r"--personne (\w+) --nature caisse", each)[1] for each in counted] == ["caissier", "comptable"]  # type: ignore[index]
    assert len(found) == 4


def test_only_from_its_day_on(unsigned: Path) -> None:
    """The payment is of 6 January: the day before and the day itself."""
    prove(unsigned, "double-signature", since="2026-01-07")
    assert said(unsigned) == []
    prove(unsigned, "double-signature", since="2026-01-06")
    assert len(said(unsigned)) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            swap("100000 XOF\n  Actif:FONCT:52111", "90000 XOF\n  Actif:FONCT:52111"),
            "le montant est passé de 100 000 à 90 000 FCFA depuis la signature de D. Deux du 10/02/2026",
        ),
        (
            swap('"Caisse" "Dotation"', '"Caisse de Bamako" "Dotation"'),
            "le bénéficiaire « Caisse » est devenu « Caisse de Bamako »",
        ),
        (
            swap('document: "fonct/b.pdf"', 'document: "fonct/a.pdf"'),
            "document est passé de « fonct/b.pdf » à « fonct/a.pdf »",
        ),
        (swap('2026-01-06 * "Caisse"', '2026-01-08 * "Caisse"'), "la date est passée du 06/01/2026 au 08/01/2026"),
        (
            swap('  pointage: "2026-01"\n  document: "fonct/b.pdf"', '  cheque: "1"\n  document: "fonct/b.pdf"'),
            "cheque (« 1 ») a été ajouté",
        ),
    ],
)
def test_what_changed_is_said(signed: Path, change: Callable[[Path], None], words: str) -> None:
    prove(signed, "double-signature")
    change(signed)
    found = said(signed, "double-signature")
    assert len(found) == 2
    assert all(each.piece == PAYMENT and each.level == Level.ERROR for each in found)
    assert words in found[0].message


def test_the_bytes_of_a_document_are_said(signed: Path) -> None:
    prove(signed, "double-signature")
    (signed / "ledger/documents/fonct/b.pdf").write_bytes(b"%PDF-1.4 autre")
    assert (
        "le document fonct/b.pdf n'a plus le même contenu depuis la signature"
        in said(signed, "double-signature")[0].message
    )
    # what was kept of it is gone: the change is still found, only its words are lost
    for path in (signed / "ledger/visas").rglob("*.jsonl"):
        path.unlink()
    assert "son contenu a changé depuis la signature de D. Deux" in said(signed, "double-signature")[0].message


def test_a_refusal_withdraws(signed: Path, keys: Keys) -> None:
    prove(signed, "double-signature")
    done = sign(
        signed,
        keys,
        "directeur",
        "--nature",
        "refus",
        "--motif",
        "Le devis manque",
        PAYMENT,
        "--oui",
        today="2026-02-10",
    )
    assert done.exit_code == 0, done.output
    [found] = said(signed, "double-signature")
    assert "D. Deux a refusé le 10/02/2026 : Le devis manque" in found.message


# --- the rule `visa` ------------------------------------------------------------------------------------------------


def rewrite(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / path
        text = file.read_bytes()
        assert old.encode() in text
        file.write_bytes(text.replace(old.encode(), new.encode(), 1))

    return change


def move(old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        for tail in ("", ".directeur.sig", ".jsonl"):
            target = root / f"ledger/visas/{new}{tail}"
            target.parent.mkdir(parents=True, exist_ok=True)
            (root / f"ledger/visas/{old}{tail}").rename(target)

    return change


def _sig(root: Path) -> Path:
    return root / f"ledger/visas/{VISA}.directeur.sig"


def two_blocks(root: Path) -> None:
    _sig(root).write_bytes(_sig(root).read_bytes() * 2)


def no_signature(root: Path) -> None:
    _sig(root).unlink()


def of_another(root: Path) -> None:
    shutil.copy(root / "ledger/visas/ecritures/2026-02/2026-02-10-tresorier-1.visa.tresorier.sig", _sig(root))


def as_well(root: Path) -> None:
    shutil.copy(_sig(root), root / f"ledger/visas/{VISA}.tresorier.sig")


def without_text(root: Path) -> None:
    (root / f"ledger/visas/{VISA}").unlink()


KEYS = "rules/cles.yaml"
ATTACKS: list[tuple[str, Callable[[Path], None], str]] = [
    ("text", rewrite(f"ledger/visas/{VISA}", "2026-02-10", "2026-02-09"), "n'est pas à sa place"),
    ("object", rewrite(f"ledger/visas/{VISA}", "FONCT-2026-0002", "FONCT-2026-0001"), "ne correspond pas au texte"),
    ("tree", rewrite(f"ledger/visas/{VISA}", "arbre FONCT", "arbre UE-EAU"), "ne correspond pas au texte"),
    ("crlf", rewrite(f"ledger/visas/{VISA}", "\n", "\r\n"), "fins de ligne de Windows"),
    (
        "other books",
        rewrite("rules/organisation.yaml", "livres: ", "livres: 0000000000000000000000000000abcd #"),
        "d'autres livres",
    ),
    ("moved", move(VISA, "refus/2026-02/2026-02-10-directeur-1.visa"), "n'est pas à sa place"),
    ("renamed", move(VISA, "ecritures/2026-02/2026-02-11-directeur-1.visa"), "n'est pas à sa place"),
    ("month", move(VISA, "ecritures/2026-01/2026-02-10-directeur-1.visa"), "n'est pas à sa place"),
    ("two blocks", two_blocks, "un seul bloc"),
    ("unsigned", no_signature, "n'est pas signé"),
    ("another's", of_another, "sa clé est celle de tresorier"),
    ("as well", as_well, "sa clé est celle de directeur"),
    ("no text", without_text, "à côté d'aucun visa"),
    ("key gone", rewrite(KEYS, "{personne: directeur", "{personne: comptable"), "sa clé est celle de comptable"),
    ("not yet", rewrite(KEYS, "du: 2026-01-01", "du: 2026-02-11"), "ne vaut que depuis le 11/02/2026"),
    ("expired", rewrite(KEYS, "du: 2026-01-01", "du: 2026-01-01, au: 2026-02-09"), "a expiré le 09/02/2026"),
    (
        "revoked",
        rewrite(KEYS, "du: 2026-01-01", "du: 2026-01-01, revoquee-le: 2026-03-01, motif: perdue"),
        "révoquée le 01/03/2026 (perdue)",
    ),
    ("voucher gone", swap(f'piece: "{PAYMENT}"', 'piece: "BQ-FONCT-2026-0003"'), "les livres n'en ont plus rien"),
]


@pytest.mark.parametrize(("change", "words"), [pytest.param(*rest, id=name) for name, *rest in ATTACKS])
def test_an_attack_is_told(signed: Path, change: Callable[[Path], None], words: str) -> None:
    """In its own words, on the visa's file; and what it proved is proved no more."""
    prove(signed, "double-signature")
    change(signed)
    found = said(signed, "visa")
    assert any(words in each.message for each in found), found
    assert all("/ledger/visas/" in each.file for each in found)
    assert any(each.rule == "double-signature" for each in said(signed)) or words == "sa clé est celle de directeur"


@pytest.mark.parametrize("key", ["2026-02-10", "2026-12-31"])
def test_a_key_that_ends_later_holds(signed: Path, key: str) -> None:
    prove(signed, "double-signature")
    rewrite(KEYS, "du: 2026-01-01", f"du: 2026-01-01, au: {key}")(signed)
    assert said(signed) == []


def test_a_chain_is_neither_cut_nor_forked(signed: Path, keys: Keys) -> None:
    swap("100000 XOF\n  Actif:FONCT:52111", "90000 XOF\n  Actif:FONCT:52111")(signed)
    before = Path(shutil.copytree(signed, signed.with_name("avant")))
    assert sign(signed, keys, "directeur", "--oui", today="2026-02-11").exit_code == 0
    # another day of signing, from the same past: two visas follow the same one
    assert sign(before, keys, "directeur", "--oui", today="2026-02-12").exit_code == 0
    shutil.copytree(before / "ledger/visas", signed / "ledger/visas", dirs_exist_ok=True)
    assert any("suivent le même" in each.message for each in said(signed, "visa"))
    # the first is taken away: whoever follows it says so
    for path in (signed / "ledger/visas/ecritures").rglob("2026-02-10-directeur-1*"):
        path.unlink()
    gone = [each for each in said(signed, "visa") if "n'est plus là" in each.message]
    assert len(gone) == 2
    assert visas(signed)


def test_a_visa_is_not_dated_after_today(signed: Path) -> None:
    found = inspect(signed / "ledger/main.beancount", date(2026, 2, 9)).findings
    assert any("après aujourd'hui" in each.message for each in found)
    # the plugin alone knows no day: it does not judge that
    assert run(signed, "check", today="2026-02-10").exit_code == 0
    assert month_of(signed).is_file()


def test_the_last_visas_of_a_key_are_missed_by_who_knows_an_earlier_revision(signed: Path, tmp_path: Path) -> None:
    """Nothing that follows names them yet: only `check --since` can tell that they are gone."""
    former = inspect(signed / "ledger/main.beancount", date(2026, 2, 10))
    later = Path(shutil.copytree(signed, tmp_path / "apres"))
    for path in (later / "ledger/visas/caisse").rglob("*-caissier-1.visa*"):
        path.unlink()
    found = inspect(later / "ledger/main.beancount", date(2026, 2, 10))
    assert [each for each in found.findings if each.rule == "visa"] == []
    lost = compare(found, former)
    assert len(lost) == 3  # the text, its signature, what was signed
    assert all("était dans la révision comparée et n'est plus là" in each.message for each in lost)
    assert all(each.file.startswith(str(later)) for each in lost)
