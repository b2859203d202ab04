"""`egalite-de-tresorerie` reads `revenus-propres` in organisation.yaml: that income enters FONCT only."""

from __future__ import annotations

from pathlib import Path

from marks import outcome

_LEDGER = """plugin "grandlivre.checks.unequal_funds" "regles: ../rules"
2026-01-01 open Assets:EAU:52111-Banque
2026-01-01 open Income:EAU:7052-Services
2026-01-01 open Liabilities:EAU:462-Fonds
2026-01-01 open Assets:DON:52112-Banque
2026-01-01 open Income:DON:7041-Dons
2026-01-01 open Income:DON:7052-Services
2026-01-01 open Assets:FONCT:52113-Banque
2026-01-01 open Income:FONCT:7052-Services

2026-01-05 * "Formation facturée par le projet"
  Assets:EAU:52111-Banque   1000 XOF
  Income:EAU:7052-Services
2026-01-05 * "Formation facturée par FONCT"
  Assets:FONCT:52113-Banque   1000 XOF
  Income:FONCT:7052-Services
2026-01-06 * "Don libre"
  Assets:DON:52112-Banque   1000 XOF
  Income:DON:7041-Dons
2026-01-07 * "Formation facturée par l'arbre du don"
  Assets:DON:52112-Banque   1000 XOF
  Income:DON:7052-Services
"""


def test_own_income_enters_fonct_only(tmp_path: Path) -> None:
    rules = tmp_path / "rules" / "bailleurs"
    rules.mkdir(parents=True)
    (rules.parent / "organisation.yaml").write_text("revenus-propres: [701, 7041, 7052]\n", encoding="utf-8")
    for code, model in (("EAU", "fonds-administration"), ("DON", "don"), ("FONCT", "ressources-propres")):
        agreement = f"{{id: {code}-1, du: 2026-01-01, au: 2026-12-31, financement: {model}}}"
        text = f"code: {code}\nnom: {code}\nconventions: [{agreement}]\n"
        (rules / f"{code.lower()}.yaml").write_text(text, encoding="utf-8")
    ledger = tmp_path / "ledger" / "main.beancount"
    ledger.parent.mkdir()
    ledger.write_text(_LEDGER, encoding="utf-8")
    said, _ = outcome(ledger)
    about = {(f.line, f.facts["tree"]) for f in said.findings if f.rule == "egalite-de-tresorerie"}
    assert about == {(13, "EAU"), (22, "DON")}
    assert all("FONCT" in f.message for f in said.findings if f.rule == "egalite-de-tresorerie")
