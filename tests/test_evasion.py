"""Ways around the signatures, tried on copies of the demonstration books: the rule that stops each says it on its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from grandlivre import inspection
from grandlivre.rules import Finding

MONTH = "ledger/ue-eau/2026-10.beancount"
FONCT = "ledger/fonct/2026-10.beancount"
BANK, FEES = "Actif:UE-EAU:52111-Banque-BDM", "Charges:UE-EAU:6318-Frais-bancaires"


def add(root: Path, text: str, file: str = MONTH) -> int:
    """Writes directives at the end of a month; the line of the first."""
    path = root / file
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{text.strip()}\n", encoding="utf-8")
    return before.count("\n") + 2


def charges(amount: int, payee: str, *words: str) -> str:
    rows = ['piece: "BQ-UE-EAU-2026-0900"', 'pointage: "2026-10"', 'ligne: "5.2"', *words]
    told = "\n".join(f"  {row}" for row in rows)
    return f'2026-10-30 * "{payee}" "Frais de dossier"\n{told}\n  {FEES}  {amount} XOF\n  {BANK}  -{amount} XOF\n'


def said(root: Path, rule: str, line: int, file: str = MONTH, today: date | None = None) -> list[Finding]:
    """What a rule says of a line, once the books are inspected."""
    found = inspection.inspect(root / "ledger" / "main.beancount", today).findings
    return [each for each in found if each.rule == rule and Path(each.file) == root / file and each.line == line]


# --- bank charges ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [400_000, 40_000, 25_001])
def test_large_bank_charges_are_signed(demo_texts: Path, amount: int) -> None:
    """E5, E5b: an unsigned « frais de dossier »."""
    [finding] = said(demo_texts, "double-signature", add(demo_texts, charges(amount, "BDM (fictif)")))
    assert finding.level == "erreur"
    assert "dépasse 25 000 FCFA" in finding.message


def test_ordinary_bank_charges_are_not_signed(demo_texts: Path) -> None:
    """The ceiling itself passes."""
    assert said(demo_texts, "double-signature", add(demo_texts, charges(25_000, "BDM (fictif)"))) == []


@pytest.mark.parametrize("words", [('cheque: "7100999"',), ()])
def test_charges_paid_to_a_person_are_signed(demo_texts: Path, words: tuple[str, ...]) -> None:
    """E5c: a cheque, or a person, is never a fee."""
    person = "I. Togola (fictif)"
    [finding] = said(demo_texts, "double-signature", add(demo_texts, charges(20_000, person, *words)))
    assert ("porte mode, cheque ou ordre" if words else person) in finding.message


def test_a_transfer_to_a_shop_is_no_charge(demo_texts: Path) -> None:
    """E53: it is not authorised either."""
    text = charges(2_500_000, "Quincaillerie du Fleuve (fictif)", 'mode: "virement"')
    line = add(demo_texts, text)
    [finding] = said(demo_texts, "double-signature", line)
    assert "porte mode, cheque ou ordre" in finding.message
    assert said(demo_texts, "autorisation", line)


def test_purchases_are_not_made_bank_charges(demo_texts: Path) -> None:
    """E54: the setting is refused, and exempts nothing."""
    path = demo_texts / "rules" / "controles.yaml"
    old, new = "double-signature: {nombre: 2,", "double-signature: {frais-bancaires: [60, 61, 631], nombre: 2,"
    text = path.read_text(encoding="utf-8")
    at = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    line = add(demo_texts, charges(20_000, "BDM (fictif)").replace(FEES, "Charges:UE-EAU:6047-Fournitures"))
    assert said(demo_texts, "reglement", at, "rules/controles.yaml")
    assert said(demo_texts, "double-signature", line)


# --- stornos --------------------------------------------------------------------------------------------------------


def receipt(demo_texts: Path, account: str, amount: int, words: str = "") -> int:
    """A receipt and its storno, which takes the money out again; the storno's line."""
    series = "CS" if "5711" in account else "BQ"
    legs = [f"  {account}  {sign}{amount} XOF\n  Passif:UE-EAU:462-Fonds-administration\n" for sign in ("", "-")]
    first = f'2026-10-30 * "Membres (fictif)" "Cotisations"\n  piece: "{series}-UE-EAU-2026-0901"\n{legs[0]}\n'
    storno = (
        f'2026-10-30 * "Membres (fictif)" "Cotisations, extourne"\n  piece: "{series}-UE-EAU-2026-0902"\n'
        f'  ecriture: "extourne"\n  annule: "{series}-UE-EAU-2026-0901"\n{words}{legs[1]}'
    )
    add(demo_texts, first)
    return add(demo_texts, storno)


@pytest.mark.parametrize("amount", [511_330, 210_000])
def test_a_storno_that_pays_is_signed(demo_texts: Path, amount: int) -> None:
    """E21b, E21c: the storno of a receipt credits the bank."""
    [finding] = said(demo_texts, "double-signature", receipt(demo_texts, BANK, amount))
    assert "sans aucune signature" in finding.message


def test_a_signed_storno_still_mirrors(demo_texts: Path) -> None:
    """Signatures are no difference between a storno and what it cancels."""
    signed = '  signataire-1: "directeur"\n  signataire-2: "president"\n'
    line = receipt(demo_texts, BANK, 210_000, signed)
    assert said(demo_texts, "double-signature", line) == []
    assert not [each for each in said(demo_texts, "reglement", line) if "miroir" in each.message]


def test_a_storno_that_pays_cash_is_within_the_maximum(demo_texts: Path) -> None:
    """E21a: money that a storno takes out of a till is money spent."""
    line = receipt(demo_texts, "Actif:UE-EAU:5711-Caisse", 60_000)
    assert any("maximum en espèces" in each.message for each in said(demo_texts, "caisse-hors-bornes", line))


# --- signatures -----------------------------------------------------------------------------------------------------


def test_a_file_is_not_signed_at_once(demo_texts: Path) -> None:
    """E34: `pushmeta` puts a signature on whatever follows."""
    payment = charges(40_000, "Quincaillerie du Fleuve (fictif)", 'signataire-2: "president"')
    text = f'pushmeta signataire-1: "directeur"\n\n{payment}\npopmeta signataire-1:\n'
    [finding] = said(demo_texts, "reglement", add(demo_texts, text))
    assert finding.level == "erreur"
    assert "écriture par écriture" in finding.message


def payment(day: str, *words: str) -> str:
    """A payment by the bank that is flagged `!` and not signed."""
    told = "\n".join(f"  {word}" for word in ('piece: "BQ-UE-EAU-2026-0900"', 'mode: "cheque"', *words))
    return f'{day} ! "Papeterie (fictif)" "Cahiers"\n{told}\n  Charges:UE-EAU:6047-Fournitures  9000 XOF\n  {BANK}  -9000 XOF\n'


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (payment("2026-10-16"), "alerte"),
        (payment("2026-10-15"), "erreur"),
        (payment("2026-10-16", 'pointage: "2026-10"'), "erreur"),
        (payment("2026-09-30"), "erreur"),
        (payment("2026-10-16").replace("2026-10-16 !", "2026-10-16 *"), "erreur"),
    ],
)
def test_a_payment_to_sign_does_not_wait_for_ever(demo_texts: Path, text: str, level: str) -> None:
    """`!` postpones signatures for fifteen days, unless a statement or a closing names the payment: judged on 31 October."""
    [finding] = said(demo_texts, "double-signature", add(demo_texts, text))
    assert finding.level == level


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["TRAORE A.", "Traoré, A. (consultant)", "\u0410. Traor\u00e9 (fictif)"],
    ids=["order and accents", "aside", "a letter in disguise"],
)
def test_who_signs_is_not_paid_under_another_spelling(demo_texts: Path, name: str) -> None:
    """E24a: the director pays himself, his name written another way; « А » is Cyrillic there."""
    signed = ('signataire-1: "directeur"', 'signataire-2: "president"', 'mode: "cheque"')
    line = add(demo_texts, payment("2026-10-30", *signed).replace("Papeterie (fictif)", name))
    [finding] = said(demo_texts, "double-signature", line)
    assert "A. Traoré (directeur)" in finding.message


@pytest.mark.parametrize(
    ("word", "found"),
    [("K\u0430lan", True), ("\u0422r\u0430or\u00e9", True), ("\u041c\u043e\u0441\u043a\u0432\u0430", False)],
)
def test_a_word_of_two_scripts_is_refused(demo_texts: Path, word: str, found: bool) -> None:
    """E2e: a Cyrillic letter makes another house; a word of one script is lawful."""
    line = add(demo_texts, f'2026-10-30 event "lieu" "{word}"')
    findings = said(demo_texts, "texte", line)
    assert bool(findings) == found
    for each in findings:
        assert "lettre cyrillique" in each.message


def test_a_name_of_two_scripts_is_refused_in_the_rules(demo_texts: Path) -> None:
    path = demo_texts / "rules" / "mandats.yaml"
    text = path.read_text(encoding="utf-8")
    at = text[: text.index("A. Traoré")].count("\n") + 1
    path.write_text(text.replace("A. Traoré", "A. Tr\u0430oré"), encoding="utf-8")
    assert any("« Traoré »" in each.message for each in said(demo_texts, "reglement", at, "rules/mandats.yaml"))


def dossier(*names: str, nif: str = "") -> str:
    """A dossier with a quote from each name, and its purchase from the first."""
    told = f'  nif: "{nif}"\n' if nif else ""
    quotes = "".join(
        f'2026-10-20 custom "proforma" "M-2026-990" "{name}" {90_000 + 500 * rank} XOF\n{told if rank == 0 else ""}'
        for rank, name in enumerate(names)
    )
    award = (
        f'2026-10-20 custom "marche" "M-2026-990" "Papier"\n  bailleur: "UE-EAU"\n  attributaire: "{names[0]}"\n{told}'
    )
    bought = (
        payment("2026-10-30", 'marche: "M-2026-990"')
        .replace("9000 XOF", "90000 XOF")
        .replace("Papeterie (fictif)", names[0])
    )
    return f"{quotes}{award}\n{bought}"


def purchase_of(text: str) -> int:
    """How many lines of a dossier stand before its purchase."""
    return text[: text.index("2026-10-30")].count("\n")


@pytest.mark.parametrize("nif", ["", "089900001A"])
def test_one_house_that_quotes_under_three_spellings(demo_texts: Path, nif: str) -> None:
    """E2c: a slip, « Ets », another order; no NIF but one."""
    text = dossier("Kalan Services", "Kalan Servces", "Ets Kàlan", nif=nif)
    line = add(demo_texts, text) + purchase_of(text)
    found = said(demo_texts, "trois-proformas", line)
    assert [each.level for each in found] == ["alerte", "erreur"] or [each.level for each in found] == [
        "erreur",
        "alerte",
    ]
    [grave] = [each for each in found if each.level == "erreur"]
    assert "1 proforma de fournisseurs distincts sur 3" in grave.message
    assert "« Kalan Services » et « Kalan Servces » et « Ets Kàlan », peut-être une même maison" in grave.message


def test_one_house_that_quotes_with_a_letter_in_disguise(demo_texts: Path) -> None:
    """E2e: Cyrillic letters make no other supplier, and are refused where they stand."""
    text = dossier("Kalan Services", "K\u0430lan Services", "Kalan Serv\u0456ces")
    first = add(demo_texts, text)
    assert any(each.level == "erreur" for each in said(demo_texts, "trois-proformas", first + purchase_of(text)))
    assert said(demo_texts, "texte", first + 1)


def test_three_houses_without_a_tax_number(demo_texts: Path) -> None:
    """F-028: nothing says that they are distinct; that is an alert."""
    text = dossier("Atelier Mandé", "Comptoir Ségou", "Librairie Nord")
    [finding] = said(demo_texts, "trois-proformas", add(demo_texts, text) + purchase_of(text))
    assert (finding.level, "3 proformas sans NIF" in finding.message) == ("alerte", True)


def test_one_house_that_sells_in_parts_under_three_spellings(demo_texts: Path) -> None:
    """F-028: 3 × 20 000 on one line, to « Kalan Services », « Kalan Servces » and « Ets Kalan »."""
    sold = payment("2026-10-27", 'ligne: "2.2"').replace("9000", "20000")
    names = ("Kalan Services", "Kalan Servces", "Ets Kalan")
    lines = [
        add(demo_texts, sold.replace("0900", f"090{rank}").replace("Papeterie (fictif)", name))
        for rank, name in enumerate(names)
    ]
    found = [each for line in lines for each in said(demo_texts, "fractionnement", line)]
    assert any(each.level == "erreur" and "peut-être une même maison" in each.message for each in found)


# --- who is paid, and where -----------------------------------------------------------------------------------------


def paid(root: Path, *words: str) -> int:
    """A signed transfer to Faso Papeterie; its line."""
    signed = ('signataire-1: "directeur"', 'signataire-2: "president"', 'nif: "084112345A"')
    return add(root, payment("2026-10-30", *signed, *words).replace('"cheque"', '"virement"'))


def declare(root: Path, words: str) -> None:
    """Says more of Faso Papeterie in the register of suppliers."""
    path = root / "rules" / "fournisseurs.yaml"
    text = path.read_text(encoding="utf-8")
    assert "nif: 084112345A" in text
    path.write_text(text.replace("nif: 084112345A", f"nif: 084112345A, {words}"), encoding="utf-8")


def test_who_signs_is_related_to_whom_he_pays(demo_texts: Path) -> None:
    declare(demo_texts, "lie-a: [directeur]")
    [finding] = said(demo_texts, "conflit-d-interets", paid(demo_texts))
    assert (finding.level, "A. Traoré (directeur) signe" in finding.message) == ("alerte", True)


def test_an_excluded_supplier_is_not_bought_from(demo_texts: Path) -> None:
    declare(demo_texts, "exclu-depuis: 2026-10-30")
    [finding] = said(demo_texts, "conflit-d-interets", paid(demo_texts))
    assert (finding.level, "exclu depuis le 30/10/2026" in finding.message) == ("erreur", True)


def test_a_supplier_that_is_somebody_here(demo_texts: Path) -> None:
    """E24b, as far as a text tells: the name of the director, in another order, with a NIF."""
    line = add(demo_texts, payment("2026-10-30", 'nif: "089900002B"').replace("Papeterie (fictif)", "TRAORE A."))
    [finding] = said(demo_texts, "conflit-d-interets", line)
    assert (finding.level, "A. Traoré (directeur)" in finding.message) == ("alerte", True)


def test_the_name_is_right_and_the_account_is_another(demo_texts: Path) -> None:
    """A transfer « to Faso Papeterie » that goes to another account, by telephone or bank, as no register says."""
    paid(demo_texts, 'rib-beneficiaire: "76 00 11 22"')
    [finding] = said(demo_texts, "virement-fournisseur", paid(demo_texts, 'rib-beneficiaire: "70 99 88 77"'))
    assert (finding.level, "70 99 88 77" in finding.message, "76 00 11 22" in finding.message) == ("alerte", True, True)


# --- third parties and the balance sheet ----------------------------------------------------------------------------

PAYEE = "Quincaillerie du Fleuve (fictif)"


def paid_against(leaf: str, amount: int, *words: str, tree: str = "UE-EAU", day: str = "2026-10-30") -> str:
    """A signed cheque against an account that the demonstration may not have opened."""
    bank = BANK if tree == "UE-EAU" else "Actif:FONCT:52114-Banque-BIM"
    rows = [f'piece: "BQ-{tree}-2026-0900"', 'signataire-1: "directeur"', 'signataire-2: "president"', 'mode: "cheque"']
    told = "\n".join(f"  {row}" for row in (*rows, *words))
    return f'{day} * "{PAYEE}" "Divers"\n{told}\n  {leaf}  {amount} XOF\n  {bank}  -{amount} XOF\n'


def opened(root: Path, leaf: str) -> None:
    add(root, f"2026-01-01 open {leaf}  XOF", f"ledger/{leaf.split(':')[1].lower()}/comptes.beancount")


def test_an_advance_on_pay_carries_its_number(demo_texts: Path) -> None:
    """E7a: 400 000 on 4211, no number, no due date."""
    opened(demo_texts, "Actif:UE-EAU:4211-Personnel-avances")
    line = add(demo_texts, paid_against("Actif:UE-EAU:4211-Personnel-avances", 400_000))
    [finding] = said(demo_texts, "avance-en-retard", line)
    assert finding.level == "erreur"
    assert "400 000 FCFA sans numéro d'avance" in finding.message
    assert said(demo_texts, "tiers-a-solder", line) == [], "one fact is said once"


def test_money_is_not_parked_in_suspense(demo_texts: Path) -> None:
    """E7b: nobody allowed it; and the day after its delay, it waits there for too long."""
    opened(demo_texts, "Actif:UE-EAU:4711-Debiteurs-divers")
    line = add(demo_texts, paid_against("Actif:UE-EAU:4711-Debiteurs-divers", 900_000, day="2026-10-29"))
    [finding] = said(demo_texts, "comptes-de-bilan", line)
    assert finding.level == "erreur"
    assert "autorise-par manque" in finding.message
    for day, level in ((date(2026, 11, 28), []), (date(2026, 11, 29), ["alerte"])):
        assert [each.level for each in said(demo_texts, "tiers-a-solder", line, today=day)] == level
    [finding] = said(demo_texts, "tiers-a-solder", line, today=date(2026, 11, 29))
    assert "900 000 FCFA attendent sur Actif:UE-EAU:4711-Debiteurs-divers" in finding.message


@pytest.mark.parametrize(
    ("words", "told"),
    [(('facture: "F26-0999"', 'nif: "084112345A"'), "F26-0999, qui n'est comptabilisée nulle part"), ((), "fournisseur débiteur")],
)  # fmt: skip
def test_a_bill_that_was_never_booked_is_not_paid(demo_texts: Path, words: tuple[str, ...], told: str) -> None:
    """E7c: 4011 paid, whether an invoice is named or not."""
    line = add(demo_texts, paid_against("Passif:UE-EAU:4011-Fournisseurs", 350_000, *words))
    [finding] = said(demo_texts, "tiers-a-solder", line)
    assert finding.level == "erreur"
    assert told in finding.message


@pytest.mark.parametrize(
    ("leaf", "balance"),
    [("Passif:UE-EAU:442-Impots-et-taxes", "190 775 FCFA"), ("Passif:UE-EAU:422-Remunerations-dues", "300 000 FCFA")],
)
def test_nobody_is_paid_more_than_owed(demo_texts: Path, leaf: str, balance: str) -> None:
    """E7d, E7e: a tax paid twice, pay for nobody."""
    line = add(demo_texts, paid_against(leaf, 300_000))
    [finding] = said(demo_texts, "tiers-a-solder", line)
    assert finding.level == "erreur"
    assert f"{leaf} est débiteur de {balance} depuis BQ-UE-EAU-2026-0900" in finding.message


def test_a_parallel_cash_box_is_on_the_wrong_side(demo_texts: Path) -> None:
    """E14: an account of one's own among the sundry ones, in the chart as well."""
    add(demo_texts, '  "4799": Compte relais', "rules/plan-comptable.yaml")
    opened(demo_texts, "Actif:FONCT:4799-Compte-relais")
    line = add(demo_texts, paid_against("Actif:FONCT:4799-Compte-relais", 600_000, tree="FONCT"), FONCT)
    [finding] = said(demo_texts, "tiers-a-solder", line, FONCT)
    assert finding.level == "erreur"
    assert "4799-Compte-relais est débiteur de 600 000 FCFA" in finding.message


@pytest.mark.parametrize(
    ("leaf", "told"),
    [
        ("Capitaux:FONCT:121-Report-a-nouveau", "ne bougent que sur décision"),
        ("Produits:FONCT:7041-Dons", "un produit ne se débite que par l'extourne"),
    ],
)
def test_neither_reserves_nor_income_pay(demo_texts: Path, leaf: str, told: str) -> None:
    """E50, E51: 900 000 against reserves; a gift debited."""
    line = add(demo_texts, paid_against(leaf, 900_000, tree="FONCT"), FONCT)
    [finding] = said(demo_texts, "comptes-de-bilan", line, FONCT)
    assert finding.level == "erreur"
    assert told in finding.message
    assert "tresoriere" in finding.message


@pytest.mark.parametrize(("who", "count"), [("tresoriere", 0), ("directeur", 1), ("personne", 1)])
def test_what_the_board_allows_may_move(demo_texts: Path, who: str, count: int) -> None:
    """A name is enough where the person has the power that day."""
    text = paid_against("Capitaux:FONCT:121-Report-a-nouveau", 900_000, f'autorise-par: "{who}"', tree="FONCT")
    assert len(said(demo_texts, "comptes-de-bilan", add(demo_texts, text, FONCT), FONCT)) == count
