"""The IATI activity file: the order of its elements, its totals beside the books', no person in it, the same bytes each time."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from form_books import RULES, write
from grandlivre.cli import cli
from grandlivre.exchange.iati import Exported, export
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.sources.problem import RefusedError

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = Path(os.environ.get("GRANDLIVRE_SCHEMAS") or ROOT.parent / "shared" / "domain" / "schemas")
OWN = (
    RULES["organisation.yaml"]
    + "iati: {identifiant: ML-XXX-0350, secteurs: [{code: 14030, part: 60 %}, {code: 11120, part: 40 %}]}\n"
)
GRANT = """
2026-01-01 open Charges:EDU:652-Subventions
2026-06-20 custom "organe-communautaire" "EDU" "OC-1" "Comité de Koro"
  femmes: 3
  hommes: 3
2026-06-25 * "Comité de Koro" "Subvention au comité"
  piece: "BQ-EDU-2026-0004"
  ligne: "1.2"
  Charges:EDU:652-Subventions  300000 XOF
  Actif:EDU:52112-Banque
2026-06-26 * "Awa Diallo" "Subvention"
  piece: "BQ-EDU-2026-0005"
  ligne: "1.2"
  Charges:EDU:652-Subventions  50000 XOF
  Actif:EDU:52112-Banque
2026-06-28 * "UNICEF" "Fonds rendus"
  piece: "BQ-EDU-2026-0006"
  Passif:EDU:463-Fonds-affectes  200000 XOF
  Actif:EDU:52112-Banque
2026-03-15 custom "marche" "M-2026-001" "Formation de Mme Diallo"
  bailleur: "EDU"
  attributaire: "Hôtel Niger"
  ligne: "1.1"
2026-03-10 custom "proforma" "M-2026-001" "Hôtel Niger" 900000 XOF
2026-03-10 custom "proforma" "M-2026-001" "Hôtel Sahel" 950000 XOF
2026-07-02 custom "marche" "M-2026-002" "Suivi"
  bailleur: "EDU"
  attributaire: "Hôtel Sahel"
  ligne: "1.2"
2026-07-01 custom "proforma" "M-2026-002" "Hôtel Sahel" 100000 XOF
2026-05-02 custom "activite" "EDU" "A1.2" "Formation des maîtres"
  etape: "execution"
  femmes: 10
  hommes: 5
  indicateur: "maîtres formés"
  valeur: 15
"""
ORDER = (
    "iati-identifier reporting-org title description participating-org other-identifier activity-status activity-date "
    "contact-info activity-scope recipient-country recipient-region location sector tag country-budget-items "
    "humanitarian-scope policy-marker collaboration-type default-flow-type default-finance-type default-aid-type "
    "default-tied-status budget planned-disbursement capital-spend transaction document-link related-activity legacy-data "
    "conditions result crs-add fss"
).split()
INSIDE = {
    "transaction": "transaction-type transaction-date value description provider-org receiver-org".split(),
    "budget": "period-start period-end value".split(),
    "planned-disbursement": "period-start period-end value provider-org receiver-org".split(),
    "result": "title description indicator".split(),
    "indicator": "title description baseline period".split(),
    "period": "period-start period-end target actual".split(),
}
MANDATORY = {
    "iati-activities": ["version"],
    "reporting-org": ["ref", "type"],
    "participating-org": ["role"],
    "activity-status": ["code"],
    "activity-date": ["type", "iso-date"],
    "recipient-country": ["code"],
    "sector": ["code"],
    "transaction-type": ["code"],
    "transaction-date": ["iso-date"],
    "value": ["value-date"],
    "period-start": ["iso-date"],
    "period-end": ["iso-date"],
    "result": ["type"],
    "indicator": ["measure"],
    "baseline": ["year"],
}
"""What the published schema of 2.03 asks for, read on 2026-11-29 (IATI/IATI-Schemas, version-2.03)."""
HALF = Period.parse("2026-S1")


def books(root: Path, **rules: str) -> Inspection:
    own = {
        "organisation.yaml": OWN,
        "fournisseurs.yaml": "fournisseurs: [{nom: Hôtel Niger, nif: 081234567A}]\n",
        **{f"{name}.yaml": text for name, text in rules.items()},
    }
    return inspect(write(root, ledger=GRANT, rules=own), date(2026, 11, 29))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    assert HALF is not None
    return export(books(tmp_path_factory.mktemp("iati")).books, HALF)


@pytest.fixture(scope="module")
def tree(made: Exported) -> ET.Element:
    return ET.fromstring(made.content)


def activity(tree: ET.Element, code: str) -> ET.Element:
    return next(each for each in tree if (each.findtext("iati-identifier") or "").endswith(code))


def test_elements_stand_in_the_order_of_the_schema(tree: ET.Element) -> None:
    for each in tree:
        places = [ORDER.index(child.tag) for child in each]
        assert places == sorted(places)
        assert {"title", "description", "participating-org", "activity-status", "activity-date", "sector"} <= {
            child.tag for child in each
        }
    for element in tree.iter():
        if element.tag in INSIDE:
            places = [INSIDE[element.tag].index(child.tag) for child in element]
            assert places == sorted(places)
        assert [name for name in MANDATORY.get(element.tag, []) if not element.get(name)] == []


def test_it_is_valid_against_the_published_schema(made: Exported) -> None:
    schema = SCHEMAS / "iati-2.03" / "iati-activities-schema.xsd"
    if not schema.is_file():
        pytest.skip(
            f"the published schemas are not at {SCHEMAS.name}/ (kept outside the repository; GRANDLIVRE_SCHEMAS says where)"
        )
    etree = pytest.importorskip("lxml.etree")
    judge = etree.XMLSchema(etree.parse(str(schema)))
    assert judge.validate(etree.fromstring(made.content)), str(judge.error_log)


def test_its_totals_are_those_of_the_books(made: Exported, tree: ET.Element) -> None:
    """Received: 8 000 000 − 200 000 given back, and 60 000 EUR that were worth 39 357 420 before the bank's fee.

    Spent: 4 200 000 + 150 000 + 300 000 + 50 000, and 10 000 + 5 247 656 + 2 689 424 + 1 000 000.
    """
    assert (made.received, made.spent, made.ordered) == (47_157_420, 13_647_080, 900_000)
    sums: dict[str, int] = {}
    for each in tree.iter("transaction"):
        kind, value = each.find("transaction-type"), each.find("value")
        assert kind is not None
        assert value is not None
        if kind.get("code") != "11":
            sums[str(kind.get("code"))] = sums.get(str(kind.get("code")), 0) + int(value.text or 0)
    assert sums == {"1": made.received, "2": made.ordered, "3": 350_000, "4": 13_297_080}


def test_an_agreement_is_an_activity(tree: ET.Element) -> None:
    europe = activity(tree, "UE-1")
    (signed,) = [each for each in europe.iter("transaction") if each.find("transaction-type").get("code") == "11"]  # type: ignore[union-attr]
    value = signed.find("value")
    assert value is not None
    assert (value.text, value.get("currency"), value.get("value-date")) == ("99991.50", "EUR", "2025-12-12")
    assert [(each.get("type"), each.findtext("value")) for each in europe.findall("budget")] == [
        ("1", "65590125"),  # 99 991.50 EUR, line by line at 655.957
        ("2", "65557327"),  # the addendum takes 50 EUR away
    ]
    assert [each.findtext("value") for each in europe.findall("planned-disbursement")] == ["39991.50"]
    assert [(each.get("code"), each.get("percentage")) for each in europe.findall("sector")] == [
        ("14030", "60"),
        ("11120", "40"),
    ]
    period = activity(tree, "UNICEF-2025-07").find("result/indicator/period")
    assert period is not None
    assert [period.find(name).get("value") for name in ("target", "actual")] == ["40", "15"]  # type: ignore[union-attr]


def test_what_was_awarded_is_an_outgoing_commitment(tree: ET.Element) -> None:
    """The lowest of two quotes, awarded in March to a registered supplier; the award of July is of the next half-year."""
    found = [each for each in tree.iter("transaction") if each.find("transaction-type").get("code") == "2"]  # type: ignore[union-attr]
    (made,) = found
    assert made.get("ref") == "M-2026-001"
    assert made.find("transaction-date").get("iso-date") == "2026-03-15"  # type: ignore[union-attr]
    assert (made.findtext("value"), made.findtext("description/narrative")) == (
        "900000",
        "Marché attribué : Formations",
    )
    assert made.findtext("receiver-org/narrative") == "Hôtel Niger"
    assert [each.tag for each in made] == [
        "transaction-type",
        "transaction-date",
        "value",
        "description",
        "receiver-org",
    ]


def test_nobody_is_named(made: Exported, tree: ET.Element) -> None:
    """The committee that beneficiaries elected is; the person who was paid from the same account is not."""
    named = [each.findtext("narrative") for each in tree.iter("receiver-org")]
    assert named == ["Hôtel Niger", "Comité de Koro"]
    text = made.content.decode("utf-8")
    assert not [who for who in ("Diallo", "Traoré", "Diarra", "Hôtel Sahel") if who in text]


def test_the_same_books_give_the_same_bytes(made: Exported, tmp_path: Path) -> None:
    assert HALF is not None
    assert export(books(tmp_path).books, HALF).content == made.content


def test_as_a_user_types_it(tmp_path: Path) -> None:
    main = write(tmp_path, ledger=GRANT, rules={"organisation.yaml": OWN})
    out = tmp_path / "build" / "iati.xml"
    words = ["export", "iati", "--periode", "2026-S1", "--ledger", str(main), "--out", str(out)]
    done = CliRunner().invoke(cli, [*words, "--bailleur", "edu"])
    assert done.exit_code == 0, done.output
    assert "(1 activité)" in done.output
    assert "Marchés attribués (type 2) : 900 000 FCFA." in done.output
    assert "Fonds reçus (type 1) : 7 800 000 FCFA ; dépenses (types 3 et 4) : 4 700 000 FCFA." in done.output
    assert [each.findtext("iati-identifier") for each in ET.parse(out).getroot()] == ["ML-XXX-0350-UNICEF-2025-07"]
    assert "Vouliez-vous écrire « EDU » ?" in CliRunner().invoke(cli, [*words, "--bailleur", "EDDU"]).output
    assert CliRunner().invoke(cli, ["export", "iati", "--periode", "2026-X", "--out", str(out)]).exit_code == 2


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert HALF is not None
    with pytest.raises(RefusedError, match="L'identifiant IATI de l'organisation manque"):
        export(books(tmp_path / "a", organisation=RULES["organisation.yaml"]).books, HALF)
    alone = RULES["organisation.yaml"] + "iati: {identifiant: ML-XXX-0350}\n"
    with pytest.raises(RefusedError, match="Aucun secteur n'est dit pour la convention UE-1"):
        export(books(tmp_path / "b", organisation=alone).books, HALF)
    wrong = RULES["organisation.yaml"] + "iati: {identifiant: ML-XXX-0350, secteurs: [{code: 14030, part: 60 %}]}\n"
    found = [each.message for each in books(tmp_path / "c", organisation=wrong).findings if each.rule == "reglement"]
    assert any("les parts des secteurs font 60 %" in said for said in found)
