"""A person in front of a real terminal: mistakes at each question, steps back, answers missing and given later."""

from __future__ import annotations

import os
import re
import sys
from datetime import date
from pathlib import Path

import pytest

from grandlivre.inspection import inspect
from grandlivre.policy.loading import load_policy
from small_books import ready, small  # noqa: F401 (fixtures)
from test_close import RESERVE, late  # noqa: F401 (a fixture)

pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed")
pytestmark = pytest.mark.skipif(not hasattr(pexpect, "spawn"), reason="no pseudo-terminal on this system (Windows)")


class Terminal:
    """A command in a pseudo-terminal, and who sits in front of it."""

    def __init__(self, folder: Path, *words: str, day: str) -> None:
        env = {
            **os.environ,
            "PYTHONUTF8": "1",
            "TERM": "dumb",
            "GRANDLIVRE_AUJOURDHUI": day,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        program = ["-m", "grandlivre", *words]
        self.run = pexpect.spawn(
            sys.executable, program, cwd=folder, env=env, encoding="utf-8", timeout=60, dimensions=(50, 200)
        )
        self.run.delaybeforesend = None  # the question stands there: no twentieth of a second before each answer

    def sees(self, said: str) -> None:
        """These words are printed."""
        self.run.expect_exact(said)

    def asked(self, question: str) -> None:
        """The question stands there, the cursor after it."""
        self.run.expect(re.escape(question) + r"[^\r\n]*: $")

    def says(self, question: str, answer: str) -> None:
        """The question is asked, and gets its answer."""
        self.asked(question)
        self.run.sendline(answer)

    def mends(self, question: str, wrong: str, said: str, right: str) -> None:
        """A wrong answer is refused with these words, and the same question asked again."""
        self.says(question, wrong)
        self.sees(said)
        self.says(question, right)

    def takes_back(self, question: str, wrong: str, following: str, right: str) -> None:
        """An answer that nothing can refuse is taken back at the next question."""
        self.says(question, wrong)
        self.says(following, "retour")
        self.says(question, right)

    def ends(self, status: int = 0) -> str:
        """What is printed to the end; the command ends with that status."""
        self.run.expect(pexpect.EOF)
        rest = str(self.run.before).replace("\r\n", "\n")
        self.run.close()
        assert self.run.exitstatus == status, rest
        return rest


def test_an_organisation_is_founded_with_a_mistake_mended_at_each_question(tmp_path: Path) -> None:
    here = Terminal(tmp_path, "init", "ong", day="2026-01-05")
    here.takes_back("Sigle", "SIMI", "Nom complet", "SINI")
    here.takes_back("Nom complet", "Sini", "Devise", "Sini Kɛnɛya (fictif)")
    here.mends("Devise", "EUR", "ne se tiennent pas en EUR", "")
    here.mends("Premier exercice", "26", "n'est pas un exercice", "2026")
    here.takes_back("Président du Bureau exécutif", "M. K", "Trésorier du Bureau exécutif", "M. Keïta (fictif)")
    here.mends("Trésorier du Bureau exécutif", "m. keïta (fictif)", "est déjà le nom d'une", "B. Coulibaly (fictif)")
    here.mends("Directeur", "B. Coulibaly (fictif)", "est déjà le nom d'une personne", "A. Diallo (fictif)")
    here.mends("Comptable", "A. Diallo (fictif)", "est déjà le nom d'une personne", "S. Traoré (fictif)")
    here.mends("Caissier", "S. Traoré (fictif)", "est déjà le nom d'une personne", "Y. Sangaré (fictif)")
    here.mends("Autre personne", "Y. Sangaré (fictif)", "est déjà le nom d'une personne", "O. Guindo (fictif)")
    here.mends("Identifiant de O. Guindo", "caissier", "désigne déjà quelqu'un", "chef-eau")
    here.takes_back("Fonction de O. Guindo", "Chef", "Collège de O. Guindo", "Chef de projet eau")
    here.mends("Collège de O. Guindo", "projet", "Choix : direction", "3")
    here.takes_back("Autre personne", "Personne de trop", "Identifiant de Personne de trop", "")
    here.mends("Code d'un bailleur", "fonct", "est déjà là : un bailleur", "ue-eau")
    here.takes_back("Nom de UE-EAU", "Union", "Financement de UE-EAU", "Union européenne (fictif)")
    here.mends("Financement de UE-EAU", "9", "Choix : fonds-administration", "1")
    here.mends("Pays d'où vient", "Belgique", "Deux lettres", "be")
    here.takes_back("Numéro de la convention", "UE/2026/6", "Elle commence le", "UE/2026/7")
    here.mends("Elle commence le", "1er janvier", "n'est pas une date", "")
    here.mends("Elle finit le", "2025-12-31", "avant de commencer", "2027-12-31")
    here.mends("Montant et devise", "100.000 EUR", "se lit de deux façons", "100 000 EUR")
    here.mends("Un EUR vaut combien", "0", "Un taux est attendu", "")
    here.mends("Code d'un bailleur", "UE-EAU", "est déjà là : un bailleur", "")
    here.takes_back("Banque de UE-EAU", "BMD", "Qui tient la caisse de UE-EAU", "BDM")
    here.mends("Qui tient la caisse de UE-EAU", "caisier", "Vouliez-vous écrire « caissier »", "caissier")
    here.takes_back("Autre caisse de UE-EAU", "Koro", "Qui tient la caisse Koro", "Bandiagara")
    here.mends("Qui tient la caisse Bandiagara", "guindo", "n'est pas une personne donnée", "chef-eau")
    here.says("Autre caisse de UE-EAU", "")
    here.takes_back("Monnaie électronique de UE-EAU", "Orange", "Monnaie électronique de UE-EAU", "Orange Money")
    here.says("Monnaie électronique de UE-EAU", "")
    here.takes_back("Banque de FONCT", "Banque", "Autre banque de FONCT", "BIM")
    here.takes_back("Autre banque de FONCT", "BNDA", "Autre banque de FONCT", "")
    here.mends("Qui tient la caisse de FONCT", "personne d'autre", "n'est pas une personne donnée", "non")
    here.takes_back("Monnaie électronique de FONCT", "Moov", "Monnaie électronique de FONCT", "")
    here.mends("Plafond d'un paiement", "beaucoup", "n'est pas un nombre", "5 000 000")
    here.sees("SINI : Sini Kɛnɛya (fictif). Exercice du 01/01/2026 au 31/12/2026, en XOF.")
    here.mends("Écrire ces livres dans ong", "peut-être", "Répondez o (oui), n (non) ou retour", "o")
    assert "Premier enregistrement git : fait." in here.ends()
    assert inspect(tmp_path / "ong/ledger/main.beancount").findings == ()
    policy = load_policy(tmp_path / "ong/rules")
    assert {key: person.name.removesuffix(" (fictif)") for key, person in policy.people.items()} == {
        "president": "M. Keïta",
        "tresorier": "B. Coulibaly",
        "directeur": "A. Diallo",
        "comptable": "S. Traoré",
        "caissier": "Y. Sangaré",
        "chef-eau": "O. Guindo",
    }
    donor = policy.donors["UE-EAU"]
    [agreement] = donor.agreements
    assert (donor.name, donor.accounts.bank) == ("Union européenne (fictif)", "Actif:UE-EAU:52111-Banque-BDM")
    assert (agreement.number, str(agreement.start), str(agreement.end)) == ("UE/2026/7", "2026-01-01", "2027-12-31")
    assert [(till.account, till.cashier) for till in donor.accounts.tills] == [
        ("Actif:UE-EAU:57111-Caisse", "caissier"),
        ("Actif:UE-EAU:57112-Caisse-Bandiagara", "chef-eau"),
    ]
    assert donor.accounts.mobile == ("Actif:UE-EAU:5521-Orange-Money",)
    assert policy.donors["FONCT"].accounts.banks == ("Actif:FONCT:52112-Banque-BIM",)
    assert {mandate.ceiling.units for mandate in policy.mandates if mandate.ceiling} == {5_000_000}


def test_a_till_is_counted_with_answers_missing_and_given_later(small: Path) -> None:  # noqa: F811
    month = small / "ledger/fonct/2026-01.beancount"
    text = month.read_text(encoding="utf-8")
    month.write_text(re.sub(r"2026-01-31 custom \"pv-caisse\".*\n(?:  .*\n)+\n", "", text), "utf-8", newline="\n")
    here = Terminal(small, "count", "FONCT", "--billets", "10000x8 5000x1 2000x2", "--pieces", "", day="2026-01-31")
    here.mends("Jour du comptage", "31/01/2026", "n'est pas une date : écrivez AAAA-MM-JJ", "")
    here.mends("Type", "annuel", "Le type « annuel » n'existe pas", "")
    here.mends("Heure (HH:MM)", "", "L'heure", "17:30")
    here.says("Caissier", "")
    here.mends("Contrôleur", "", "Dites qui est le contrôleur", "comptable")
    here.mends("Témoin", "comptable", "trois personnes différentes", "directeur")
    here.sees("Écart : manquant de 250 FCFA")
    here.mends("Motif de l'écart", "", "Un écart doit être expliqué", "Monnaie rendue")
    here.mends("Ajouter cette écriture avec le comptage ?", "sans doute", "Répondez o (oui) ou n (non)", "o")
    here.says("Écrire ce comptage dans les livres ?", "o")
    here.sees("Arrêté à la somme de quatre-vingt-neuf mille francs CFA (89 000 FCFA).")
    here.says("Préparer maintenant le procès-verbal à imprimer ?", "n")
    here.ends()
    books = inspect(small / "ledger/main.beancount").books
    [count] = books.directives.counts
    assert (count.counted, count.cashier, count.controller, count.witness) == (
        89_000,
        "caissier",
        "comptable",
        "directeur",
    )
    assert books.balance("Actif:FONCT:5711-Caisse", date(2026, 1, 31)) == 89_000


def test_a_quarter_waits_for_a_reason_and_is_closed_when_it_is_given(late: Path) -> None:  # noqa: F811
    main = late / "ledger/main.beancount"
    left = Terminal(late, "close", "2026-01", day="2026-02-10")
    left.says("Motif pour le déclarer en réserve", "")
    assert "Clôture impossible" in left.ends(1)
    doubted = Terminal(late, "close", "2026-01", day="2026-02-10")
    doubted.says("Motif pour le déclarer en réserve", "justifiée le 03/02/2026")
    doubted.mends("Clôturer et sceller 2026-01 ?", "plus tard", "Répondez o (oui) ou n (non)", "n")
    said = doubted.ends()
    assert "Rien n'a été écrit." in said
    assert inspect(main).books.closings == ()
    [command] = re.findall(r'grandlivre close 2026-01 --reserve "(.*)"', said)
    assert command == RESERVE, "what was typed can be given back"
    done = Terminal(late, "close", "2026-01", "--reserve", command, day="2026-02-10")
    done.says("Clôturer et sceller 2026-01 ?", "o")
    assert "Période 2026-01 close le 10/02/2026" in done.ends()
    [closing] = inspect(main).books.closings
    assert closing.reserves == (RESERVE,)
