"""Guided entry: ten kinds of forms made into text, judged before they are written, written whole, once.

`GRANDLIVRE_SAISIES=200` makes that many generated forms; every step of every writing is killed with `GRANDLIVRE_LONG=1`.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import threading
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import command_faults
from grandlivre.inspection import inspect
from grandlivre.tasks.desk import open_desk, verdict
from grandlivre.tasks.guided import GENRES, BlockedError, FieldsError, enter, prepare
from grandlivre.tasks.keeping import Author
from guided_books import SIGNED, Accountant, found, open_year
from test_commands_crash import files, leftovers

FORMS = int(os.environ.get("GRANDLIVRE_SAISIES", "24"))
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process a step is affordable only by forking")
DAY = date(2026, 1, 31)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books whose year is open: budgets adopted, money received, a till filled, all through forms."""
    main = found(tmp_path_factory.mktemp("saisie") / "ong")
    shutil.rmtree(main.parent.parent / ".git", ignore_errors=True)
    open_year(Accountant(main, date(2026, 1, 6)))
    assert not inspect(main, date(2026, 1, 6)).errors
    return main


@pytest.fixture
def main(opened: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(opened.parent.parent, tmp_path / "ong")
    return tmp_path / "ong/ledger/main.beancount"


@pytest.fixture
def who(main: Path) -> Accountant:
    """Somebody who enters vouchers at the end of January."""
    return Accountant(main, DAY)


def errors(main: Path, day: date) -> list[str]:
    return [f"{each.rule} : {each.message}" for each in inspect(main, day).findings if each.level == "erreur"]


# --- two hundred forms ------------------------------------------------------------------------------------------------


class Week:
    """A draw of forms that are right: what is bought is small or put to competition, what is paid is owed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.owed: list[dict[str, Any]] = []
        self.advanced: list[tuple[str, int]] = []
        self.till = 140_000
        self.cheque = 100
        self.dossiers = 0

    def form(self, day: date, rank: int) -> tuple[str, dict[str, Any]]:
        """The next form, of each kind in its turn."""
        turn = ("facture", "paiement", "depense-caisse", "marche", "avance", "justification", "recette", "rencontre",
                "activite", "paiement", "reapprovisionnement")  # fmt: skip
        kind = turn[rank % len(turn)]
        made = getattr(self, f"_{kind.replace('-', '_')}")(day, rank)
        return (kind, made) if made is not None else ("depense-caisse", self._depense_caisse(day, rank))

    def _cheque(self) -> str:
        self.cheque += 1
        return f"{self.cheque:07d}"

    def _facture(self, day: date, rank: int) -> dict[str, Any]:
        made = {
            "bailleur": "EAU", "date": day.isoformat(), "beneficiaire": f"Garage Nº {rank} (fictif)", "nif": f"08{rank:07d}K",
            "facture": f"F-{rank}", "libelle": "Location d'un local de stockage", "montant": self.draw.randrange(5_000, 48_000),
            "compte": "6222", "ligne": "2.3",
        }  # fmt: skip
        self.owed.append(made)
        return made

    def _paiement(self, day: date, rank: int) -> dict[str, Any]:
        if self.owed and rank % 2:
            bill = self.owed.pop(0)
            known = {key: bill[key] for key in ("bailleur", "beneficiaire", "facture", "montant")}
            return {**known, "date": day.isoformat(), "libelle": "Règlement du local", "cheque": self._cheque(),
                    "signataires": SIGNED}  # fmt: skip
        return {"bailleur": self.draw.choice(("EAU", "EDU", "GENRE")), "date": day.isoformat(),
                "beneficiaire": f"M. Cissé {rank} (fictif)", "libelle": "Loyer du mois", "montant": 40_000 + rank,
                "ligne": "2.3", "mode": "virement", "ordre": f"OV-{rank}", "signataires": SIGNED}  # fmt: skip

    def _depense_caisse(self, day: date, rank: int) -> dict[str, Any]:
        self.till -= 500
        return {"bailleur": "EAU", "date": day.isoformat(), "beneficiaire": f"Boutique {rank} (fictif)",
                "libelle": "Registres", "montant": 500, "ligne": "2.2", "compte": "6055"}  # fmt: skip

    def _reapprovisionnement(self, day: date, rank: int) -> dict[str, Any] | None:
        lacks = 140_000 - self.till
        if lacks < 1_000:
            return None
        self.till = 140_000
        return {"bailleur": "EAU", "date": day.isoformat(), "montant": lacks, "cheque": self._cheque(),
                "signataires": SIGNED}  # fmt: skip

    def _marche(self, day: date, rank: int) -> dict[str, Any]:
        price = self.draw.randrange(60_000, 200_000)
        quoted = [
            (f"Maison {word} {rank}", price + extra)
            for word, extra in (("Kora", 9_000), ("Djoliba", 0), ("Sanya", 4_000))
        ]
        return {"bailleur": "EDU", "date": day.isoformat(), "objet": f"Fournitures, lot {rank}", "ligne": "2.2",
                "proformas": [{"fournisseur": name, "nif": f"0{90 + at}{rank:06d}Z", "date": day.isoformat(), "montant": worth}
                              for at, (name, worth) in enumerate(quoted)]}  # fmt: skip

    def _avance(self, day: date, rank: int) -> dict[str, Any]:
        number, amount = f"AV-2026-{rank + 1:03d}", 10_000 + rank
        self.advanced.append((number, amount))
        return {"bailleur": "EAU", "date": day.isoformat(), "beneficiaire": "chef-eau", "libelle": "Mission de suivi",
                "montant": amount, "echeance": (day + timedelta(days=20)).isoformat(), "avance": number,
                "cheque": self._cheque(), "signataires": SIGNED}  # fmt: skip

    def _justification(self, day: date, rank: int) -> dict[str, Any] | None:
        if not self.advanced:
            return None
        number, amount = self.advanced.pop(0)
        return {"avance": number, "date": day.isoformat(), "reliquat": 1_000,
                "lignes": [{"compte": "6384", "ligne": "2.1", "montant": amount - 1_000, "libelle": "Hébergement"}]}  # fmt: skip

    def _recette(self, day: date, rank: int) -> dict[str, Any]:
        natures = ("don", "cotisation", "prestation", "interets", "tranche")
        nature = natures[(rank // 11) % len(natures)]
        made = {"bailleur": "EDU" if nature == "tranche" else "FONCT", "date": day.isoformat(), "nature": nature,
                "de": "BIM (fictif)" if nature == "interets" else f"Donateur {rank} (fictif)", "montant": 12_000 + rank}  # fmt: skip
        return made | ({"annee": 2026} if nature == "cotisation" else {})

    def _rencontre(self, day: date, rank: int) -> dict[str, Any]:
        return {"date": day.isoformat(), "organe": "direction", "objet": f"Réunion {rank}", "femmes": 2, "hommes": 2,
                "presents": "directrice comptable", "decision-1": "Relancer le bailleur",
                "decision-1-responsable": "directrice", "decision-1-echeance": (day + timedelta(days=30)).isoformat()}  # fmt: skip

    def _activite(self, day: date, rank: int) -> dict[str, Any]:
        return {"bailleur": "GENRE", "date": day.isoformat(), "code": "A1", "intitule": f"Atelier {rank}", "lieu": "Koro",
                "femmes": self.draw.randrange(1, 9), "hommes": self.draw.randrange(1, 9)}  # fmt: skip


def test_generated_forms_of_every_kind_are_what_check_accepts(main: Path, who: Accountant) -> None:
    """Each is written as it comes; the books stay without an error, in the order of the days, and every number follows."""
    week, kinds, day = Week(20260718), Counter[str](), date(2026, 1, 7)
    for rank in range(FORMS):
        who.today = day
        genre, fields = week.form(day, rank)
        entered = who.enters(genre, **fields)
        assert entered.text
        assert entered.paths
        kinds[genre] += 1
        day = min(day + timedelta(days=rank % 8 == 7), date(2026, 1, 30))
    assert set(kinds) == set(GENRES) or len(GENRES) + 1 > FORMS
    assert errors(main, who.today) == []
    print(f"\n{sum(kinds.values())} formulaires écrits sans erreur : {dict(kinds)}")


# --- what the books know is not asked ---------------------------------------------------------------------------------


def test_an_ordinary_payment_is_completed_from_what_the_books_know(who: Accountant) -> None:
    who.enters("facture", bailleur="EAU", date="2026-01-12", beneficiaire="Faso Papeterie (fictif)", nif="084112345A",
               facture="F26-0064", libelle="Cahiers", montant="48 000", compte="6047", ligne="2.2")  # fmt: skip
    draft = who.tries("paiement", bailleur="eau", date="2026-01-14", beneficiaire="Faso Papeterie (fictif)",
                      facture="f26/64", libelle="Cahiers : règlement", montant="48 000", cheque="0441024",
                      signataires="directrice presidente", autorise_par=None, document=who.paper())  # fmt: skip
    assert draft.findings == ()
    assert draft.piece == "BQ-EAU-2026-0003"
    assert draft.text == (
        '2026-01-14 * "Faso Papeterie (fictif)" "Cahiers : règlement"\n'
        '  piece: "BQ-EAU-2026-0003"\n'
        '  signataire-1: "directrice"\n'
        '  signataire-2: "presidente"\n'
        '  mode: "cheque"\n'
        '  cheque: "0441024"\n'
        '  nif: "084112345A"\n'
        '  facture: "f26/64"\n'
        '  document: "papier-0008.pdf"\n'
        "  Passif:EAU:4011-Fournisseurs                       48000 XOF\n"
        "  Actif:EAU:52111-Banque-BDM                        -48000 XOF\n"
    )


def test_a_payment_to_sign_is_prepared_without_an_error_and_nobody_is_asked_twice(who: Accountant) -> None:
    draft = who.tries("paiement", bailleur="EAU", date="2026-01-28", beneficiaire="M. Bagayoko (fictif)",
                      libelle="Loyer de janvier", montant=150_000, ligne="2.3", document=who.paper())  # fmt: skip
    assert draft.text.startswith('2026-01-28 ! "M. Bagayoko (fictif)"')
    assert [(each.rule, each.level) for each in draft.findings] == [("double-signature", "alerte")]
    assert "12/02/2026" in draft.findings[0].message
    late = prepare(open_desk(who.main, "essai", date(2026, 2, 20)), "paiement", {
        "bailleur": "EAU", "date": "2026-01-28", "beneficiaire": "M. Bagayoko (fictif)", "libelle": "Loyer",
        "montant": 150_000, "ligne": "2.3", "document": who.paper()})  # fmt: skip
    assert [each.rule for each in late.errors if each.rule == "double-signature"] == ["double-signature"]


def test_a_voucher_entered_late_takes_the_last_day_of_its_series_and_says_its_own(who: Accountant) -> None:
    who.enters("depense-caisse", bailleur="EAU", date="2026-01-20", beneficiaire="Boutique (fictif)", libelle="Savon",
               montant=900, ligne="2.2", compte="6055")  # fmt: skip
    draft = who.tries("depense-caisse", bailleur="EAU", date="2026-01-15", beneficiaire="Boutique B (fictif)",
                      libelle="Cahiers", montant=700, ligne="2.2", document=who.paper())  # fmt: skip
    assert draft.text.startswith("2026-01-20 *")
    assert "date-valeur: 2026-01-15" in draft.text
    assert "jusqu'au 20/01/2026" in draft.notes[0]
    assert draft.errors == ()


def test_a_charge_of_a_month_that_is_over_brings_the_complement_of_its_share(who: Accountant) -> None:
    draft = prepare(open_desk(who.main, "essai", date(2026, 2, 3)), "depense-caisse", {
        "bailleur": "EAU", "date": "2026-01-22", "beneficiaire": "Boutique (fictif)", "libelle": "Savon", "montant": 900,
        "ligne": "2.2", "compte": "6055", "document": who.paper()})  # fmt: skip
    assert [part.piece for part in draft.parts] == ["CS-EAU-2026-0002", "OD-EAU-2026-0002"]
    assert "Passif:EAU:462-Fonds-administration                  900 XOF" in draft.text
    assert not [each for each in draft.errors if each.rule == "egalite-de-tresorerie"]


def test_fields_that_cannot_be_read_are_each_said_and_nothing_is_written(who: Accountant) -> None:
    before = files(who.main.parent.parent)
    with pytest.raises(FieldsError) as told:
        who.enters("paiement", bailleur="EAUX", date="hier", montant="180.000", libelle="<b>", mode="troc", zorro=1)
    assert set(told.value.said) == {"bailleur", "date", "montant", "libelle", "mode", "zorro", "beneficiaire"}
    assert "Vouliez-vous écrire « EAU »" in told.value.said["bailleur"]
    assert "se lit de deux façons" in told.value.said["montant"]
    assert before == {k: v for k, v in files(who.main.parent.parent).items() if "papier-" not in k or k in before}
    with pytest.raises(FieldsError, match="se payer lui-même"):
        who.tries("depense-caisse", **{**CASH, "compte": "Actif:EAU:5711-Caisse"})
    with pytest.raises(FieldsError, match=r"proformas\.1\.montant"):
        who.tries("marche", bailleur="EAU", date="2026-01-20", objet="Lot", proformas=[{}, {"fournisseur": "A",
                  "date": "2026-01-19", "montant": "zéro"}])  # fmt: skip


# --- what is wrong is refused, in the rule's own words ------------------------------------------------------------------

CASH = {"bailleur": "EAU", "date": "2026-01-20", "beneficiaire": "Boutique (fictif)", "libelle": "Registres", "montant": 900,
        "ligne": "2.2", "compte": "6055"}  # fmt: skip
BANK = {"bailleur": "EAU", "date": "2026-01-20", "beneficiaire": "M. Cissé (fictif)", "libelle": "Loyer", "montant": 150_000,
        "ligne": "2.3", "cheque": "0007001", "signataires": SIGNED}  # fmt: skip
FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("double-signature", "paiement", {**BANK, "signataires": ["presidente", "tresorier"]}),
    ("double-signature", "paiement", {**BANK, "signataires": ["directrice", "directrice-x"]}),
    ("double-signature", "paiement", {**BANK, "beneficiaire": "directrice"}),
    ("caisse-hors-bornes", "depense-caisse", {**CASH, "montant": 139_999}),
    ("caisse-hors-bornes", "reapprovisionnement", {"bailleur": "EAU", "date": "2026-01-20", "montant": 900_000,
                                                   "cheque": "0007002", "signataires": SIGNED}),
    ("trois-proformas", "facture", {**CASH, "montant": 51_001, "facture": "F1", "nif": "081234567B"}),
    ("bailleurs-croises", "depense-caisse", {**CASH, "compte": "Actif:EAU:52111-Banque-BDM", "ligne": ""}),
    ("bailleurs-croises", "paiement", {**BANK, "compte": "Charges:EDU:6222-Locations-de-batiments"}),
    ("decouvert", "paiement", {**BANK, "montant": 60_000_000}),
    ("piece-justificative", "depense-caisse", {**CASH, "document": "eau/absente.pdf"}),
    ("texte", "depense-caisse", {**CASH, "document": "../dehors.pdf"}),
    ("ligne-budgetaire", "depense-caisse", {**CASH, "ligne": "9.9"}),
    ("ligne-budgetaire", "depense-caisse", {**CASH, "ligne": "2.3"}),
    ("depassement-budgetaire", "paiement", {**BANK, "montant": 5_500_000, "autorise-par": "presidente"}),
    ("reglement", "depense-caisse", {**CASH, "convention": "UE-1999-1"}),
    ("autorisation", "paiement", {**BANK, "montant": 1_000_001}),
    ("piece-reutilisee", "paiement", {**BANK, "cheque": "0000001"}),
    ("tiers-a-solder", "paiement", {**BANK, "compte": "4011", "facture": "F-inconnue"}),
    ("egalite-de-tresorerie", "recette", {"bailleur": "EAU", "date": "2026-01-20", "de": "X (fictif)", "nature": "cotisation",
                                      "montant": 12_000}),
    ("quorum", "rencontre", {"date": "2026-01-20", "organe": "bureau", "objet": "Comptes", "presents": "tresorier",
                             "adopte": "comptes-2025"}),
    ("derogation", "depense-caisse", {**CASH, "derogation": "trois-proformas"}),
    ("comptes-de-bilan", "depense-caisse", {**CASH, "compte": "4712", "ligne": ""}),
    ("reglement", "activite", {"bailleur": "EAU", "date": "2026-01-20", "code": "A1", "intitule": "Atelier", "femmes": 3,
                               "nouveaux-femmes": 5}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "genre", "fields"), FAULTS, ids=[f"{rule}-{at}" for at, (rule, *_) in enumerate(FAULTS)]
)
def test_a_planted_fault_is_refused_with_the_rules_own_sentence(
    opened: Path, tmp_path: Path, rule: str, genre: str, fields: dict[str, Any]
) -> None:
    """What the trial says is what `check` says once the very same text stands in the files."""
    copied = Path(shutil.copytree(opened.parent.parent, tmp_path / "ong")) / "ledger/main.beancount"
    who = Accountant(copied, DAY)
    given = {"document": who.paper(), **fields}
    before = files(copied.parent.parent)
    with pytest.raises(BlockedError) as told:
        enter(copied, genre, given, today=DAY)
    assert files(copied.parent.parent) == before
    said = [(each.rule, each.message) for each in told.value.draft.errors]
    assert rule in [each for each, _ in said], said
    desk = open_desk(copied, "essai", DAY)
    desk.write("essai", told.value.draft.insert)
    after, new = verdict(desk.inspection)
    shown = {(each.rule, str(each.level), each.message) for each in told.value.draft.findings}
    assert {(each.rule, str(each.level), each.message) for each in new} <= shown
    assert shown <= {(each.rule, str(each.level), each.message) for each in after.findings}


# --- written whole, once ------------------------------------------------------------------------------------------------


def in_child(main: Path, step: int, genre: str, fields: dict[str, Any]) -> int:
    """Enters a form in a process that dies at a step of its writing; its status (0: it reached the end)."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            command_faults.fail_at(step, "kill" if step % 2 else "exit")
            enter(main, genre, fields, token="jeton-de-page", today=DAY)
            status = 0
        finally:
            os._exit(status)
    waited = os.waitpid(child, 0)[1]
    return 0 if os.WIFEXITED(waited) and os.WEXITSTATUS(waited) == 0 else 9


@forks
def test_a_server_killed_at_any_write_leaves_the_books_before_or_after(
    main: Path, who: Accountant, tmp_path: Path
) -> None:
    """A replenishment with its photo: two entries, a paper that moves; then the same form is sent again, and is there once."""
    home = main.parent / "documents/arrivee"
    home.mkdir()
    (home / "bordereau.pdf").write_bytes(b"%PDF-1.4 bordereau\n%%EOF\n")
    fields = {"bailleur": "EAU", "date": "2026-01-20", "montant": 9_000, "cheque": "0007001", "signataires": SIGNED,
              "document": "arrivee/bordereau.pdf"}  # fmt: skip
    genre = "reapprovisionnement"
    fields["montant"] = 5_000
    root = main.parent.parent
    before = files(root)
    whole = Path(shutil.copytree(root, tmp_path / "fait")) / "ledger/main.beancount"
    assert in_child(whole, 10_000, genre, fields) == 0
    after = files(whole.parent.parent)
    assert set(after) - set(before) == {"ledger/documents/eau/2026-01/BQ-EAU-2026-0003.pdf"}
    assert set(before) - set(after) == {"ledger/documents/arrivee/bordereau.pdf"}
    step, every = 1, bool(os.environ.get("GRANDLIVRE_LONG"))
    while True:
        tried = Path(shutil.copytree(root, tmp_path / f"n{step}"))
        status = in_child(tried / "ledger/main.beancount", step, genre, fields)
        open_desk(tried / "ledger/main.beancount", "essai", DAY)  # the next to come finishes what was begun
        now = files(tried)
        assert now in (before, after), step
        again = enter(tried / "ledger/main.beancount", genre, fields, token="jeton-de-page", today=DAY)
        assert again.again is (now == after), step
        assert files(tried) == after, step
        assert leftovers(tried) == []
        shutil.rmtree(tried)
        if status == 0:
            break
        step += 1 if every or step < 8 else 5
    print(f"\n{step} étapes d'écriture interrompues")


def test_a_form_sent_twice_is_written_once(who: Accountant) -> None:
    fields = {**CASH, "document": who.paper()}
    first = enter(who.main, "depense-caisse", fields, token="jeton-0001", today=DAY)
    once = files(who.main.parent.parent)
    again = enter(who.main, "depense-caisse", fields, token="jeton-0001", today=DAY)
    assert (again.again, again.piece, again.text) == (True, first.piece, first.text)
    assert files(who.main.parent.parent) == once
    results: list[Any] = []
    given = {**CASH, "beneficiaire": "Autre boutique (fictif)", "document": who.paper()}

    def send() -> None:
        try:
            results.append(enter(who.main, "depense-caisse", given, token="jeton-0002", today=DAY))
        except Exception as error:
            results.append(error)

    senders = [threading.Thread(target=send) for _ in range(3)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    text = (who.main.parent / "eau/2026-01.beancount").read_text(encoding="utf-8")
    assert text.count("Autre boutique (fictif)") == 1
    assert all(getattr(each, "piece", "CS-EAU-2026-0003") == "CS-EAU-2026-0003" for each in results), results
    # a form taken out of the books since may be sent anew
    (who.main.parent / "eau/2026-01.beancount").write_text(
        text.replace("Autre boutique", "Encore une"), encoding="utf-8"
    )
    assert enter(who.main, "depense-caisse", {**given, "beneficiaire": "Troisième (fictif)", "document": who.paper()},
                 token="jeton-0002", today=DAY).piece == "CS-EAU-2026-0004"  # fmt: skip


def test_in_git_each_entry_is_a_commit_by_its_author(who: Accountant) -> None:
    root = who.main.parent.parent

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, encoding="utf-8").stdout

    git("init", "--quiet")
    git(
        "-c",
        "user.name=N",
        "-c",
        "user.email=n@n",
        "-c",
        "core.excludesFile=",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "un",
    )
    git("add", "-A")
    git("-c", "user.name=N", "-c", "user.email=n@n", "commit", "-q", "-m", "deux")
    (root / "ledger/brouillon.txt").write_text("à moi", encoding="utf-8")
    (root / ".git/hooks/pre-commit").write_text("#!/bin/sh\ntouch pris\nexit 1\n", encoding="utf-8")
    (root / ".git/hooks/pre-commit").chmod(0o755)
    author = Author("S. Traoré", "comptable")
    entered = enter(who.main, "depense-caisse", {**CASH, "document": who.paper()}, today=DAY, author=author)
    told = git("log", "-1", "--format=%H|%an|%ae|%s")
    assert told.strip() == (
        f"{entered.commit}|S. Traoré|comptable@livres.invalid|CS-EAU-2026-0002 : Boutique (fictif) Registres"
    )
    assert git("show", "--name-only", "--format=", "HEAD").split() == ["ledger/eau/2026-01.beancount"]
    assert not (root / "pris").exists()
    assert "brouillon.txt" in git("status", "--short")


def test_the_answer_of_the_door_is_plain_data(who: Accountant) -> None:
    from grandlivre.tasks.guided import sentences

    draft = who.tries("depense-caisse", **{**CASH, "montant": 139_999, "document": who.paper()})
    told = json.loads(json.dumps(sentences(draft.findings)))
    assert set(told[0]) == {"rule", "level", "message"}
    assert re.search("Caisse", " ".join(each["message"] for each in told))
