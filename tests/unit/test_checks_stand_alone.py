"""Signatures, quotes, whole francs and voucher series in anybody's Beancount file: English roots, names without numbers."""

from __future__ import annotations

from beancount import loader

from grandlivre.rules import OPTION, Outcome

_OPENS = """
2026-01-01 open Assets:Water:Bank
2026-01-01 open Assets:Water:Till
2026-01-01 open Expenses:Water:Stationery
2026-01-01 open Expenses:Water:Fees
"""
_NUMBERS = """
  numeros:
    Assets:Water:Bank: 52111
    Assets:Water:Till: 5711
    Expenses:Water:Stationery: 6047
    Expenses:Water:Fees: 6318
"""
_PURCHASE = """
2026-01-05 * "Faso Papeterie" "Paper"
  {meta}
  Expenses:Water:Stationery   {amount} XOF
  Assets:Water:Bank
"""


def _said(module: str, config: str, text: str) -> tuple[Outcome, list[str]]:
    """The outcome of one rule on a ledger, and the sentences of its findings."""
    plugin = f'plugin "grandlivre.checks.{module}" "{_NUMBERS}{config}"\n'
    _, errors, options = loader.load_string(plugin + _OPENS + text)
    assert {type(error).__name__ for error in errors} <= {"RuleError"}
    return options[OPTION], [finding.message for finding in options[OPTION].findings]


def test_payment_from_a_numbered_account_is_signed() -> None:
    """Without any declared person the two signatures are still asked for; bank charges are not signed."""
    _, said = _said("double_signature", "", _PURCHASE.format(meta='mode: "cheque"', amount=1000))
    assert len(said) == 1
    assert "sans aucune signature" in said[0]
    fees = '2026-01-06 * "Bank" "Fees"\n  Expenses:Water:Fees   10 XOF\n  Assets:Water:Bank\n'
    assert _said("double_signature", "", fees)[1] == []


def test_number_of_signatories_is_a_setting() -> None:
    """One signatory may be enough, none may not."""
    config = (
        "  nombre: 1\n  colleges: []\n  personnes:\n    head: {nom: A. Head}\n"
        "  mandats:\n    - {personne: head, pouvoir: signature-bancaire, du: 2026-01-01}\n"
    )
    assert _said("double_signature", config, _PURCHASE.format(meta='signataire-1: "head"', amount=1000))[1] == []
    for module in ("double_signature", "missing_quotes"):
        assert [text.partition(" : ")[2] for text in _said(module, "  nombre: 0\n", "")[1]] == [
            "« nombre » : la valeur doit être d'au moins 1."
        ]


def test_colleges_count_where_somebody_has_one() -> None:
    """By default one signatory a college; where nobody speaks of colleges, two mandated persons are enough."""
    people = (
        "  personnes: {{ada: {{nom: A. Ada{}}}, bob: {{nom: B. Bob}}}}\n"
        "  mandats:\n    - {{personne: ada, pouvoir: signature-bancaire, du: 2026-01-01}}\n"
        "    - {{personne: bob, pouvoir: signature-bancaire, du: 2026-01-01}}\n"
    )
    signed = _PURCHASE.format(meta='signataire-1: "ada"\n  signataire-2: "bob"', amount=1000)
    assert _said("double_signature", people.format(""), signed)[1] == []
    _, said = _said("double_signature", people.format(", college: direction"), signed)
    assert len(said) == 1
    assert (
        "A. Ada (ada, direction) et B. Bob (bob, sans collège) : il manque un signataire pour le Bureau exécutif"
        in said[0]
    )


def test_settings_may_stand_under_the_rules_name() -> None:
    """As controles.yaml writes them."""
    purchase = _PURCHASE.format(meta='mode: "cheque"', amount=60000)
    assert _said("missing_quotes", "  trois-proformas: {seuil: 60 000 XOF}\n", purchase)[1] == []
    assert len(_said("missing_quotes", "  trois-proformas: {seuil: 59 999 XOF}\n", purchase)[1]) == 1


def test_purchase_of_a_numbered_account_needs_quotes() -> None:
    """The threshold is strict."""
    assert _said("missing_quotes", "", _PURCHASE.format(meta='mode: "cheque"', amount=51000))[1] == []
    assert len(_said("missing_quotes", "", _PURCHASE.format(meta='mode: "cheque"', amount=51001))[1]) == 1


def test_series_of_a_numbered_account() -> None:
    """The tree is the second part of the account, whatever the roots."""
    assert _said("broken_numbering", "", _PURCHASE.format(meta='piece: "BQ-Water-2026-0001"', amount=1000))[1] == []
    _, said = _said("broken_numbering", "", _PURCHASE.format(meta='piece: "CS-Water-2026-0001"', amount=1000))
    assert len(said) == 1
    assert "BQ-Water-2026" in said[0]


def test_reversed_series_blames_all_but_one() -> None:
    """Thousands of vouchers in the wrong order are judged in one pass."""
    entries = "".join(
        f'2026-01-{31 - number // 100:02d} * "x"\n  piece: "BQ-Water-2026-{number + 1:04d}"\n'
        "  Expenses:Water:Fees   1 XOF\n  Assets:Water:Bank\n"
        for number in range(2000)
    )
    _, said = _said("broken_numbering", "", entries)
    assert len(said) == 1900


def test_a_franc_is_never_waived() -> None:
    """`montant-entier` refuses waivers by default."""
    meta = 'derogation: "montant-entier"\n  motif: "facture étrangère"'
    outcome, said = _said("fractional_amount", "", _PURCHASE.format(meta=meta, amount="51.000"))
    assert len(said) == 1
    assert outcome.waived == ()
    assert outcome.findings[0].facts["whole"] == "51000"


def test_stornos_and_openings_owe_nothing_to_authorise() -> None:
    """With `factures: oui` a storno that owes the supplier again is no new invoice, nor is a debt brought forward."""
    config = (
        "  factures: oui\n  numeros: {Assets:Water:Bank: 52111, Liabilities:Water:Suppliers: 4011}\n"
        "  personnes:\n    head: {nom: A. Head, college: bureau-executif}\n"
        "  mandats:\n    - {personne: head, pouvoir: autorisation, du: 2026-01-01}\n"
    )
    books = """
2026-01-01 open Assets:Water:Bank
2026-01-01 open Liabilities:Water:Suppliers
2026-01-01 open Equity:Water:Opening
2026-01-01 * "" "Opening"
  ecriture: "a-nouveau"
  Assets:Water:Bank   20000000 XOF
  Liabilities:Water:Suppliers   -3000000 XOF
    facture: "F-1"
  Equity:Water:Opening
2026-01-05 * "Hygia" "Paid"
  piece: "BQ-Water-2026-0001"
  facture: "F-1"
  autorise-par: "head"
  Liabilities:Water:Suppliers   3000000 XOF
  Assets:Water:Bank
2026-01-06 * "Hygia" "Paid, reversed"
  piece: "BQ-Water-2026-0002"
  facture: "F-1"
  ecriture: "extourne"
  annule: "BQ-Water-2026-0001"
  Liabilities:Water:Suppliers   -3000000 XOF
  Assets:Water:Bank
"""
    _, errors, options = loader.load_string(f'plugin "grandlivre.checks.unauthorised_spending" "\n{config}"\n{books}')
    assert errors == []
    assert options[OPTION].findings == ()


def test_a_mistake_of_the_rules_is_said_once() -> None:
    """Several rules that read the same faulty configuration do not repeat what is wrong with it."""
    config = (
        "  personnes:\n    head: {nom: A. Head}\n  mandats:\n    - {personne: head, pouvoir: tout, du: 2026-01-01}\n"
    )
    modules = ("double_signature", "unauthorised_spending", "regulation")
    plugins = "".join(f'plugin "grandlivre.checks.{module}" "\n{config}"\n' for module in modules)
    _, errors, options = loader.load_string(plugins)
    assert len({error.message for error in errors}) == len(errors) == len(options[OPTION].findings) == 1


def test_the_same_sentence_on_the_same_line_is_said_once() -> None:
    """Two rules of flexibility that one entry breaks alike are one error for bean-check too, as for `check`."""
    config = """
  bailleurs:
    - code: Water
      nom: A donor
      conventions:
        - id: C1
          du: 2026-01-01
          au: 2026-12-31
          financement: don
          souplesse:
            - {niveau: ligne, seuil: 10 %, cumulatif: non}
            - {niveau: ligne, seuil: 10 %, cumulatif: non, sens: deux}
          budget: [{code: '1', libelle: A, lignes: [{code: '1.1', libelle: B, cout-unitaire: 1 000 XOF}]}]
"""
    _, said = _said("overspent_budget", config, _PURCHASE.format(meta='ligne: "1.1"', amount=5000))
    assert len([text for text in said if "une écriture peut" in text]) == 1


def test_books_without_any_voucher_have_one_finding() -> None:
    """Old books: each entry would be proposed the same first number."""
    bare = _PURCHASE.format(meta='mode: "cheque"', amount=1000)
    (numbers,) = _said("broken_numbering", "", bare * 12)[1]
    assert numbers.startswith("Aucune des 12 écritures n'a de numéro de pièce")
    assert '"BQ-Water-2026-0001"' in numbers
    (papers,) = _said("missing_voucher", "", bare * 12)[1]
    assert papers.startswith("Aucune des 12 écritures ne nomme de pièce justificative")


def test_books_with_one_voucher_say_each_missing_one() -> None:
    bare, known = (
        _PURCHASE.format(meta='mode: "cheque"', amount=1000),
        _PURCHASE.format(meta='piece: "BQ-Water-2026-0001"', amount=1),
    )
    assert len(_said("broken_numbering", "", bare * 3 + known)[1]) == 3
    named = _PURCHASE.format(meta='document: "absent.pdf"', amount=1)
    assert len(_said("missing_voucher", "", bare * 3 + named)[1]) == 4


def test_a_payment_without_signatures_says_who_may_sign() -> None:
    config = (
        "  personnes:\n    head: {nom: A. Head}\n    chair: {nom: B. Chair}\n    late: {nom: C. Late}\n  mandats:\n"
        "    - {personne: head, pouvoir: signature-bancaire, du: 2026-01-01}\n"
        "    - {personne: chair, pouvoir: signature-bancaire, du: 2026-01-01}\n"
        "    - {personne: late, pouvoir: signature-bancaire, du: 2026-06-01}\n"
    )
    (bare,) = _said("double_signature", config, _PURCHASE.format(meta='mode: "cheque"', amount=1000))[1]
    assert bare.endswith(
        "Peuvent signer le 05/01/2026 : B. Chair (chair) et A. Head (head). Faites signer, puis inscrivez signataire-1 et "
        "signataire-2."
    )
    (half,) = _said("double_signature", config, _PURCHASE.format(meta='signataire-1: "head"', amount=1000))[1]
    assert half.endswith("Peuvent signer le 05/01/2026 : B. Chair (chair). Faites signer, puis inscrivez signataire-2.")


def test_a_word_with_its_accents_is_suggested_without() -> None:
    (said,) = _said("regulation", "", _PURCHASE.format(meta='mode: "Espèces"', amount=1000))[1]
    assert "« mode » vaut « Espèces »" in said
    assert said.endswith("Vouliez-vous écrire « especes » ? Corrigez le mot.")
