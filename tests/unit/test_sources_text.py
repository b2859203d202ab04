"""The rule `texte`: one French sentence a fact, on its file and line."""

import re
from pathlib import Path
from typing import get_args

from grandlivre.inspection.text import TextVoice
from grandlivre.sources import Trap, walk
from grandlivre.sources.audit import AuditKind
from grandlivre.sources.files import WalkKind
from grandlivre.sources.typing_traps import TrapKind

RULE = TextVoice.model_validate({})


def test_every_kind_has_its_sentence() -> None:
    assert set(RULE.traps) == set(get_args(TrapKind))
    assert set(RULE.walks) == set(get_args(WalkKind))
    assert set(RULE.audits) == set(get_args(AuditKind))


def test_every_sentence_fills_its_gaps_and_ends_with_a_remedy() -> None:
    for kind in get_args(TrapKind):
        for found, suggestion in (("U+00A0", ""), ("é", "e"), ("", "")):
            message = RULE.of_trap(Trap(kind, Path("/x"), 1, 1, found, suggestion, True), "main.beancount").message
            assert not re.search(r"[{}\n]", message)
            assert message.endswith((".", ")."))


def test_findings_of_a_small_set(tmp_path: Path) -> None:
    (tmp_path / "main.beancount").write_text(
        'option "name_assets" "Actif"\nplugin "evil"\ninclude "a.beancount"\ninclude "rien.beancount"\n',
        encoding="utf-8",
    )
    (tmp_path / "a.beancount").write_text(
        'option "name_assets" "Actif"\n2026-03-02 * "x" "y"\n  Actif:UE:52  51,000 XOF\n  Actif:UE:57  51\u00a0000 XOF\n',
        encoding="utf-8",
    )
    found = [
        (f.rule, f.level, Path(f.file).name, f.line, f.message)
        for f in RULE.check_sources(walk(tmp_path / "main.beancount"))
    ]
    assert found == [
        (
            "texte", "erreur", "main.beancount", 4,
            "L'inclusion « rien.beancount » ne trouve aucun fichier. Vérifiez le chemin (avec /), ou retirez la ligne.",
        ),
        (
            "texte", "erreur", "main.beancount", 2,
            ("Le module « evil » exécuterait du code à la lecture des livres ; seuls ceux de grandlivre.checks sont permis. "
            "Retirez cette ligne plugin."),
        ),
        (
            "texte", "erreur", "a.beancount", 3,
            "Le montant « 51,000 » contient une virgule : Beancount lit 51000. Écrivez 51000, sans séparateur.",
        ),
        (
            "texte", "erreur", "a.beancount", 4,
            "Une espace insécable (U+00A0) se cache ici : Beancount la colle au mot voisin. Remplacez-la : « 51000 ».",
        ),
    ]  # fmt: skip


def test_dates_without_a_cure_and_signs_with_one() -> None:
    def say(kind: TrapKind, found: str, suggestion: str) -> str:
        return RULE.of_trap(Trap(kind, Path("/x"), 1, 1, found, suggestion, True), "main.beancount").message

    assert "Écrivez AAAA-MM-JJ" in say("date-order", "31/02/2026", "")
    assert "Écrivez 2026-01-03" in say("date-order", "03/01/2026", "2026-01-03")
    assert "Écrivez « EUR »" in say("foreign", "€", "EUR")
    assert "espace sans largeur (U+200B)" in say("invisible", "U+200B", "")
    assert "(lignes touchées : 1)" in say("encoding", "Ségou", "é")
