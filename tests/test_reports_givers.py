"""The register of donors (SYCEBNL art. 17 and 18): every gift in its place, nothing dropped, equal to the accounts of gifts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data

from grandlivre.books.index import Books, build
from grandlivre.inspection import Inspection
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.reports import receipt
from grandlivre.reports.givers_register import report
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Row, Text

MAIN = """\
option "name_assets" "Actif"
option "name_income" "Produits"
option "name_equity" "Capitaux"
option "name_liabilities" "Passif"
option "name_expenses" "Charges"
2026-01-01 open Actif:FONCT:5211-Banque
2026-01-01 open Actif:FONCT:5711-Caisse
2026-01-01 open Actif:FONCT:2442-Informatique
2026-01-01 open Actif:FONCT:475-Generosites-a-recevoir
2026-01-01 open Capitaux:FONCT:1672-Dons-d-immobilisations
2026-01-01 open Produits:FONCT:7041-Dons
2026-01-01 open Produits:FONCT:7042-Legs
2026-01-01 open Produits:FONCT:754-Dons-en-nature
2026-01-01 open Produits:FONCT:7923-Reprises
2026-01-01 open Charges:FONCT:654-Dons-distribues
2026-01-01 open Charges:FONCT:900-Secours
2026-01-01 open Charges:FONCT:904-Benevoles
2026-01-01 open Produits:FONCT:910-Dons-en-nature
2026-01-01 open Produits:FONCT:914-Benevolat
; An asset given before these books began: brought forward, it is in the register of the former years.
2026-01-01 * "A-nouveau" "Report"
  piece: "OD-FONCT-2026-0001"
  ecriture: "a-nouveau"
  Actif:FONCT:2442-Informatique   900000 XOF
  Capitaux:FONCT:1672-Dons-d-immobilisations   -900000 XOF
2026-02-01 * "KEITA Fatou" "Don"
  piece: "CS-FONCT-2026-0001"
  registre: "RD-2026-0001"
  Actif:FONCT:5711-Caisse   100000 XOF
  Produits:FONCT:7041-Dons   -100000 XOF
2026-02-02 * "Étude de Me Diarra" "Legs de feu M. Koné"
  piece: "BQ-FONCT-2026-0001"
  mode: "cheque"
  cheque: "0441030"
  Actif:FONCT:5211-Banque   2000000 XOF
  Produits:FONCT:7042-Legs   -2000000 XOF
2026-02-03 * "Quête de l'assemblée" "Dons de deux personnes"
  piece: "BQ-FONCT-2026-0002"
  mode: "virement"
  Actif:FONCT:5211-Banque   50000 XOF
  Produits:FONCT:7041-Dons   -30000 XOF
    donateur: "keita"
  Produits:FONCT:7041-Dons   -20000 XOF
    beneficiaire: "Issa"
2026-02-10 * "KEITA Fatou" "Extourne du reçu saisi deux fois"
  piece: "CS-FONCT-2026-0002"
  ecriture: "extourne"
  annule: "CS-FONCT-2026-0001"
  Actif:FONCT:5711-Caisse   -100000 XOF
  Produits:FONCT:7041-Dons   100000 XOF
2026-03-01 * "Fondation Niger" "Promesse de don"
  piece: "OD-FONCT-2026-0002"
  Actif:FONCT:475-Generosites-a-recevoir   400000 XOF
  Produits:FONCT:7041-Dons   -400000 XOF
2026-03-05 * "Fondation Niger" "Promesse tenue"
  piece: "BQ-FONCT-2026-0003"
  mode: "virement"
  Actif:FONCT:5211-Banque   400000 XOF
  Actif:FONCT:475-Generosites-a-recevoir   -400000 XOF
2026-03-06 * "Issa" "Don rendu à sa demande"
  piece: "BQ-FONCT-2026-0004"
  mode: "virement"
  Actif:FONCT:5211-Banque   -20000 XOF
  Produits:FONCT:7041-Dons   20000 XOF
2026-04-01 * "Fondation Niger" "Dix vivres distribués"
  piece: "OD-FONCT-2026-0003"
  Charges:FONCT:654-Dons-distribues   75000 XOF
  Produits:FONCT:754-Dons-en-nature   -75000 XOF
2026-04-02 * "Fondation Niger" "Ordinateur donné"
  piece: "OD-FONCT-2026-0004"
  Actif:FONCT:2442-Informatique   300000 XOF
  Capitaux:FONCT:1672-Dons-d-immobilisations   -300000 XOF
; What is released as the gift wears out was given before: no line.
2026-04-30 * "ONG" "Reprise du mois"
  piece: "OD-FONCT-2026-0005"
  Capitaux:FONCT:1672-Dons-d-immobilisations   10000 XOF
  Produits:FONCT:7923-Reprises   -10000 XOF
2026-05-01 * "Fondation Niger" "Secours, évalués"
  piece: "OD-FONCT-2026-0006"
  Charges:FONCT:900-Secours   60000 XOF-CVN
  Produits:FONCT:910-Dons-en-nature   -60000 XOF-CVN
; Volunteers give their time: no gift of the register.
2026-05-02 * "Bénévoles" "Bénévolat"
  piece: "OD-FONCT-2026-0007"
  Charges:FONCT:904-Benevoles   9000 XOF-CVN
  Produits:FONCT:914-Benevolat   -9000 XOF-CVN
2027-01-15 * "KEITA Fatou" "Don"
  piece: "BQ-FONCT-2027-0001"
  Actif:FONCT:5211-Banque   5000 XOF
  Produits:FONCT:7041-Dons   -5000 XOF
"""

GIVERS = """\
donateurs:
  - {id: keita, personne: physique, nom: Keita, prenoms: Fatou, adresse: "Badalabougou, Bamako", courriel: f.keita@exemple.ml}
  - {id: niger, personne: morale, nom: Fondation Niger, immatriculation: 0123/MATD, adresse: Ségou}
"""
ORGANISATION = """\
nom: Association fictive
exercices: [{du: 2026-01-01, au: 2026-12-31}, {du: 2027-01-01, au: 2027-12-31}]
"""


def asked(books: Any, code: str, **scope: str) -> Context:
    period = Period.parse(code)
    assert period is not None
    return Context(books, Scope(**scope), period)


def written(folder: Path, givers: str = GIVERS, organisation: str = ORGANISATION, mandates: str = "") -> Any:
    (folder / "rules" / "bailleurs").mkdir(parents=True)
    (folder / "ledger").mkdir()
    for name, text in (("organisation.yaml", organisation), ("donateurs.yaml", givers)):
        (folder / "rules" / name).write_text(text, encoding="utf-8")
    for name, text in (("mandats.yaml", mandates), ("plan-comptable.yaml", "")):
        (folder / "rules" / name).write_text(text, encoding="utf-8")
    main = folder / "ledger" / "main.beancount"
    main.write_text(MAIN, encoding="utf-8")
    entries, errors, options = loader.load_file(str(main))
    assert not errors
    policy = load_policy(folder / "rules")
    assert not policy.problems
    return build(entries, options, policy)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return written(tmp_path_factory.mktemp("givers"))


def lines(made: Report) -> list[Row]:
    return [row for row in made.tables[0].rows if row.role == "normal"]


def told(made: Report, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(row.cells.get(key) for key in keys) for row in lines(made)]


def facts(made: Report) -> dict[str, Any]:
    return {fact.label: fact.value for fact in made.facts}


def said(made: Report) -> str:
    return " ".join(text for block in made.body if isinstance(block, Text) for text in block.paragraphs)


def test_each_gift_has_its_line(books: Books) -> None:
    """Nothing of the ledger above is dropped: a storno and money given back are lines of their own, negative."""
    made = report(asked(books, "2026"))
    assert [table.key for table in made.tables] == ["lines"]
    assert told(made, "number", "voucher", "nature", "form", "amount", "in_kind") == [
        (1, "CS-FONCT-2026-0001", "Don", "espèces", 100_000, None),
        (2, "BQ-FONCT-2026-0001", "Legs", "chèque", 2_000_000, None),
        (3, "BQ-FONCT-2026-0002", "Don", "virement", 30_000, None),
        (4, "BQ-FONCT-2026-0002", "Don", "virement", 20_000, None),
        (5, "CS-FONCT-2026-0002", "Don", "espèces", -100_000, None),
        (6, "OD-FONCT-2026-0002", "Don", "promesse", 400_000, None),
        (7, "BQ-FONCT-2026-0004", "Don", "restitution", -20_000, None),
        (8, "OD-FONCT-2026-0003", "Don en nature", "en nature", 75_000, None),
        (9, "OD-FONCT-2026-0004", "Don ou legs d'immobilisation", "en nature", 300_000, None),
        (10, "OD-FONCT-2026-0006", "Don en nature", "en nature", None, 60_000),
    ]
    assert told(made, "remark")[0] == ("annulé par le n° 5",)
    assert told(made, "remark")[4] == ("annule le n° 1",)


def test_it_agrees_with_the_accounts_of_gifts(books: Books) -> None:
    """704: 100 000 + 2 000 000 + 50 000 − 100 000 + 400 000 − 20 000 = 2 430 000; 754 and 167 are other accounts."""
    said = facts(report(asked(books, "2026")))
    assert said["Comptes 704 de la période"] == 2_430_000
    assert said["Écart avec les comptes 704"] == 0
    assert said["Dons inscrits"] == 2_430_000 + 75_000 + 300_000
    assert said["Évalués hors bilan (classe 9)"] == 60_000


def test_who_gave_is_named_as_the_law_asks(books: Books) -> None:
    """A person: name, first names, domicile, e-mail; a body: registration, NIF, seat, e-mail (art. 17)."""
    made = report(asked(books, "2026"))
    keys = ("kind", "name", "first_names", "address", "email", "registration", "tax_id")
    rows = told(made, *keys)
    keita = ("Personne", "Keita", "Fatou", "Badalabougou, Bamako", "f.keita@exemple.ml", "", "")
    assert rows[0] == rows[2] == rows[4] == keita
    todo = "à compléter"
    assert rows[5] == ("Organisme", "Fondation Niger", "", "Ségou", todo, "0123/MATD", todo)
    assert rows[1] == (todo, "Étude de Me Diarra", None, todo, todo, None, "")
    # 3 lines of people nobody describes (2, 4 and 7) lack three data; 4 lines of the foundation lack its NIF and its e-mail
    assert facts(made)["Données à compléter"] == 3 * 3 + 4 * 2


def test_each_receipt_is_the_one_that_recu_prints(books: Books) -> None:
    """A promise hands out nothing yet; a storno and money given back ask for no receipt."""
    assert [row[0] for row in told(report(asked(books, "2026")), "receipt")] == [
        "CS-FONCT-2026-0001",
        "BQ-FONCT-2026-0001",
        "BQ-FONCT-2026-0002-1",
        "BQ-FONCT-2026-0002-2",
        "",
        "",
        "",
        "OD-FONCT-2026-0003",
        "OD-FONCT-2026-0004",
        "OD-FONCT-2026-0006",
    ]


def test_a_promise_is_receipted_when_it_is_kept(books: Books) -> None:
    """Nothing is handed over on 01/03: the receipt is that of the payment of 05/03; volunteers (914) have none."""
    made = [(each.subtitle, each.tables[0].rows[-1].cells["amount"]) for each in receipt.report(asked(books, "2026"))]
    assert ("BQ-FONCT-2026-0003", 400_000) in made
    assert ("OD-FONCT-2026-0006", 60_000) in made
    assert {"OD-FONCT-2026-0002", "OD-FONCT-2026-0007"}.isdisjoint(each for each, _ in made)


def test_numbers_never_begin_again(books: Books) -> None:
    """A number is the gift's in every report, of a month, a year or one tree; the bank gift of 2027 does not say its mode."""
    assert told(report(asked(books, "2026-04")), "number") == [(8,), (9,)]
    later = report(asked(books, "2027-01", tree="FONCT"))
    assert told(later, "number", "form", "reference") == [(11, "à compléter", "")]
    assert (later.scope, facts(later)["Écart avec les comptes 704"]) == ("Toute l'organisation", 0)


def test_a_finished_period_does_not_know_what_came_later(books: Books) -> None:
    """On 01/02, the storno of the 10th is unknown: a report of January or of a day never changes afterwards."""
    made = report(asked(books.at(books.entries[1].date), "2026"))
    assert told(made, "number", "remark") == [(1, "")]


def test_the_managers_declare_where_there_is_no_auditor(books: Any, tmp_path: Path) -> None:
    made = report(asked(books, "2026"))
    assert "En l'absence de commissaire aux comptes, les dirigeants soussignés déclarent" in said(made)
    assert "Réserve : 17 données sur les donateurs restent à compléter." in said(made)
    auditor = ORGANISATION + "commissaires-aux-comptes: [{nom: Cabinet Fictif, du: 2025-06-01, au: 2028-05-31}]\n"
    other = written(tmp_path, organisation=auditor)
    assert "Le commissaire aux comptes, Cabinet Fictif, fait rapport" in said(report(asked(other, "2026")))


def test_a_compulsory_auditor_is_asked_for(tmp_path: Path) -> None:
    """Art. 19: resources over 200 M; here 21 people in post (the threshold is 20), and nobody appointed."""
    people = "".join(f"  p{n}: {{nom: Personne {n}, postes: [{{du: 2026-01-01}}]}}\n" for n in range(21))
    books = written(tmp_path, mandates=f"personnes:\n{people}")
    assert "effectif permanent 21" in said(report(asked(books, "2026")))
    assert "Un commissaire aux comptes est obligatoire" in said(report(asked(books, "2026")))
    assert "Un commissaire aux comptes est obligatoire" not in said(report(asked(written(tmp_path / "b"), "2026")))


def test_a_period_without_gifts(books: Books) -> None:
    made = report(asked(books, "2026-11"))
    assert (lines(made), facts(made)["Écart avec les comptes 704"]) == ([], 0)
    assert "Aucun don n'est inscrit" in said(made)


@pytest.mark.parametrize("code", ["2026-03", "2026-T2", "2026"])
def test_the_demonstration_is_found_again_by_a_plain_loop(demo: Inspection, code: str) -> None:
    """Gifts of 7041 and what is lent (911), straight from Beancount; the ledger's own references follow the numbers."""
    context = asked(demo.books, code)
    found: list[tuple[int, int | None, int | None]] = []
    rank = 0
    for entry in (each for each in demo.books.raw if isinstance(each, data.Transaction)):
        for posting in entry.postings:
            leaf = posting.account.split(":")[2].split("-")[0]
            if leaf in ("7041", "911"):
                rank += 1
                worth = -int(posting.units.number)
                if entry.date in context.period:
                    found.append((rank, worth, None) if leaf == "7041" else (rank, None, worth))
    assert told(report(context), "number", "amount", "in_kind") == found


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{id: a, personne: morale, nom: Info, prenoms: Jean}", "« prenoms » ne se dit pas d'une personne morale"),
        ("{id: a, personne: physique, nom: Ba, nif: 0841A}", "« nif » ne se dit pas d'une personne physique"),
        ("{id: a, personne: association, nom: Ba}", "valeurs permises : physique, morale"),
        ("{id: keita, personne: physique, nom: Ba}", "Le donateur « keita » est inscrit deux fois"),
        ("{id: b, personne: morale, nom: X, autres-noms: [fatou KEITA]}", "est déjà le nom du donateur « keita »"),
    ],
)
def test_mistakes_of_the_list_stand_on_their_line(tmp_path: Path, row: str, words: str) -> None:
    (tmp_path / "bailleurs").mkdir()
    for name in ("organisation.yaml", "mandats.yaml", "plan-comptable.yaml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "donateurs.yaml").write_text(f"{GIVERS}  - {row}\n", encoding="utf-8")
    problems = load_policy(tmp_path).problems
    assert [(each.path.name, each.line) for each in problems] == [("donateurs.yaml", 4)]
    assert words in problems[0].message
