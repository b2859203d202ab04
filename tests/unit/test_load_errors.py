"""Beancount's frequent errors, provoked for real, and the French that replaces them."""

from __future__ import annotations

from pathlib import Path

import pytest
from beancount import loader

from grandlivre.inspection.load_errors import LoadErrors
from grandlivre.rules import Finding, RuleError

HEAD = """option "inferred_tolerance_default" "XOF:0.5"
2026-01-01 open Assets:A
2026-01-01 open Assets:L
2026-01-01 open Expenses:B XOF
"""
FIRST = HEAD.count("\n") + 1  # the line on which each snippet begins
TXN = '2026-01-02 * "x"\n'
REST = "  Assets:A 51 XOF\n  Expenses:B -51 XOF\n"

CASES = {
    "space-in-amount": (TXN + "  Assets:A 51 000 XOF\n  Expenses:B\n", 1, "une espace coupe le montant"),
    "no-indent": (TXN + "Assets:A 51 XOF\n", 1, "en retrait de deux espaces"),
    "no-flag": ('2026-01-02 "x"\n' + REST, 0, "après la date, mettez * ou !"),
    "no-account": ("2026-01-02 open\n", 0, "la fin de la ligne se trouve là où il faut un compte"),
    "no-amount": ("2026-01-02 balance Assets:A\n", 0, "il faut +, -, ( ou un nombre"),
    "day-first": ("30/02/2026 open Assets:Q\n", 0, "un nombre n'a pas sa place ici"),
    "small-letter": (TXN + "  Assets:banque 51 XOF\n", 1, "« Assets:banque » n'est pas un nom de compte"),
    "bare-word": ("2026-01-02 * Achat\n" + REST, 0, "« Achat » n'a pas sa place ici"),
    "open-quote": ('2026-01-02 * "x\n' + REST, 0, "n'est pas refermé"),
    "decimal-comma": (TXN + "  Assets:A 12,5 XOF\n  Expenses:B\n", 1, "Le nombre « 12,5 » ne se lit pas"),
    "no-such-day": ("2026-02-30 open Assets:Q\n", 0, "n'existe pas dans le calendrier"),
    "no-such-month": ("2026-13-01 open Assets:Q\n", 0, "n'existe pas dans le calendrier"),
    "pipe": ('2026-01-02 * "x" | "y"\n' + REST, 0, "ne sépare plus le tiers"),
    "root": (TXN + "  Actif:A 51 XOF\n  Expenses:B\n", 1, "« Actif:A » est refusé"),
    "three-texts": ('2026-01-02 * "x" "y" "z"\n' + REST, 0, "Plus de deux textes"),
    "late-tag": (TXN + "  Assets:A 51 XOF\n  #tard\n  Expenses:B\n", 0, "remontez-le sur la ligne de la date"),
    "twice": (TXN + '  piece: "a"\n  piece: "b"\n' + REST, 0, "La clé « piece » est écrite deux fois"),
    "twice-below": (TXN + '  Assets:A 5 XOF\n    ligne: "1"\n    ligne: "2"\n  Expenses:B\n', 0, "« ligne »"),
    "unbalanced": (TXN + "  Assets:A 51000 XOF\n  Expenses:B -50999 XOF\n", 0, "il reste 1 FCFA. Le débit"),
    "two-moneys": (TXN + "  Assets:A 51 XOF\n  Assets:L -50 EUR\n", 0, "il reste -50 EUR et 51 FCFA"),
    "two-blanks": (TXN + "  Assets:A 5 XOF\n  Expenses:B\n  Assets:L\n", 3, "un seul peut être laissé vide"),
    "no-currency": (TXN + "  Assets:A 51\n  Expenses:B\n", 1, "La ligne 1 de l'écriture n'a pas de devise"),
    "unknown-account": (TXN + "  Assets:Z 51 XOF\n  Expenses:B\n", 0, "Le compte Assets:Z n'est pas ouvert :"),
    "too-early": ('2025-01-02 * "x"\n  Assets:A 5 XOF\n  Assets:A\n', 0, "Assets:A n'est pas ouvert à cette date"),
    "open-twice": ("2026-01-02 open Assets:A\n", 0, "Assets:A est ouvert deux fois"),
    "close-twice": ("2026-02-02 close Assets:L\n2026-02-03 close Assets:L\n", 1, "Assets:L est fermé deux fois"),
    "close-unopened": ("2026-02-02 close Assets:Y\n", 0, "fermé sans avoir été ouvert"),
    "balance": (
        "2026-02-02 balance Assets:A 51000 XOF\n",
        0,
        "51 000 FCFA ; les écritures donnent 0 FCFA, soit 51 000",
    ),
    "balance-unknown": ("2026-02-02 balance Assets:Y 51 XOF\n", 0, "Assets:Y n'est pas ouvert :"),
    "currency": (TXN + "  Assets:A 5 EUR\n  Expenses:B -5 EUR\n", 0, "ne reçoit pas de EUR"),
    "commodity-twice": ("2026-01-01 commodity XOF\n2026-01-01 commodity XOF\n", 1, "La devise XOF est décrite deux"),
    "pad": ("2026-01-02 pad Assets:A Assets:L\n", 0, "« pad » est interdit"),
    "lot": (TXN + "  Assets:A 0 EUR {5 XOF}\n  Expenses:B\n", 1, "Un lot ({…})"),
    "document": ('2026-01-01 document Assets:A "absent.pdf"\n', 0, "Le document absent.pdf n'existe pas"),
    "plugin": ('plugin "n_existe_pas"\n', None, "« n_existe_pas » de la ligne plugin est introuvable"),
    "plugin-breaks": ('plugin "beancount.plugins.check_commodity" "("\n', None, "s'est interrompu"),
    "push": ("pushtag #mission\n", None, "ajoutez poptag #mission"),
    "pop": ("poptag #mission\n", 0, "« mission » est retiré sans avoir été posé"),
    "option": ('option "foo" "bar"\n', 0, "L'option « foo » est inconnue"),
    "option-value": ('option "booking_method" "bar"\n', 0, "Une option a une valeur refusée"),
    "negative-price": (TXN + "  Assets:A 5 EUR @ -5 XOF\n  Assets:L\n", 1, "Le prix -5 FCFA est négatif"),
    "price-of-nothing": (TXN + "  Assets:A EUR @@ 5 XOF\n  Assets:A 0 XOF\n", 1, "suit un montant vide"),
}


def translated(folder: Path, text: str) -> list[Finding]:
    """What the rule says of a ledger's own errors."""
    main = folder / "main.beancount"
    main.write_text(HEAD + text, encoding="utf-8")
    _, errors, _ = loader.load_file(str(main))
    assert errors, "the snippet is wrong in no way"
    return list(LoadErrors.model_validate({}).translate(errors, str(main)))


@pytest.mark.parametrize(("text", "offset", "words"), CASES.values(), ids=CASES.keys())
def test_frequent_errors(tmp_path: Path, text: str, offset: int | None, words: str) -> None:
    """Each is said once in French, on its line, the original kept, without this machine's folders."""
    findings = translated(tmp_path, text)
    matching = [finding for finding in findings if words in finding.message]
    assert len(matching) == 1, [finding.message for finding in findings]
    (finding,) = matching
    assert finding.line == (1 if offset is None else FIRST + offset)
    assert finding.file == str(tmp_path / "main.beancount")
    assert "(Beancount : " in finding.message
    assert "\n" not in finding.message
    assert str(tmp_path) not in finding.message
    assert "Traceback" not in finding.message
    assert not [other for other in findings if other.message.startswith("Beancount refuse cette ligne")]


def test_consequences_are_not_repeated(tmp_path: Path) -> None:
    """A refused account name is one finding, and so is a balance on an account that is not open."""
    assert len(translated(tmp_path, CASES["root"][0])) == 1
    assert len(translated(tmp_path, CASES["balance-unknown"][0])) == 1


def test_includes_are_left_to_texte(tmp_path: Path) -> None:
    """The rule `texte` walks the includes itself and knows their lines: nothing is said twice."""
    assert translated(tmp_path, 'include "rien/*.beancount"\ninclude "main.beancount"\n') == []


def test_unknown_sentence_is_kept(tmp_path: Path) -> None:
    """What Beancount may say tomorrow is reported as it is, on one line."""
    foreign = RuleError({"filename": "a.beancount", "lineno": 0}, "Something\nnew", None)._asdict()
    error = type("NewError", (), foreign)()
    (finding,) = LoadErrors.model_validate({}).translate([error])
    assert (finding.rule, finding.line) == ("beancount", 1)
    assert finding.message.endswith("(Beancount : Something)")


def test_errors_of_rules_pass_untouched() -> None:
    """A plugin's own error keeps its rule and its sentence."""
    error = RuleError({"filename": "a.beancount", "lineno": 7}, "Caisse à -5 FCFA. [caisse-hors-bornes]", None)
    (finding,) = LoadErrors.model_validate({}).translate([error])
    assert (finding.rule, finding.line, finding.message) == ("caisse-hors-bornes", 7, "Caisse à -5 FCFA.")
