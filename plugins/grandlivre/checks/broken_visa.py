"""The rule `visa`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.guards.beyond import Lost
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.proof.store import FOLDER, folder_files
from grandlivre.rules import ClosingPoint, Family, Finding, Rule, plugin, proofs, unless_proved


class BrokenVisa(Rule):
    """Visa qui ne vaut rien : signature fausse, clé inconnue, expirée ou révoquée, chaîne rompue, pièce disparue.

    Un visa est un petit texte de ledger/visas/ que grandlivre sign écrit et que sa personne signe avec sa clé ; `ssh-keygen
    -Y verify` le vérifie aussi bien. La règle relit chaque texte, qui n'a qu'une forme, et sa signature ; la clé doit être
    celle de la personne, et valable ce jour-là, dans rules/cles.yaml. Chaque visa d'une clé suit le précédent : rien ne se
    retire ni ne s'intercale. Un visa d'autres livres, déplacé ou antidaté ne vaut rien. Une clé révoquée n'est plus crue,
    sauf pour ce qu'une clôture d'avant a gardé.

    Une pièce signée qui a changé depuis est dite par la règle qui demande la signature, avec ce qui a changé (preuve:).

    Source : manuel de procédures, double signature ; OpenSSH, PROTOCOL.sshsig.

    Exemple : le fichier 2026-03-12-directeur-1.visa a été modifié après sa signature.
    """

    id = "visa"
    family = Family.SIGNATURES
    closing_point = ClosingPoint.SIGNATURES
    stoppable = False

    waiver: Literal["permise", "interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : le constat ne porte sur aucune écriture."""

    said = Message("{said}")
    """What its reader already put into words."""
    gone = Message(
        "{person} a signé {what} le {day}, et les livres n'en ont plus rien : une pièce signée ne se retire ni ne se renomme. "
        "Remettez-la ; une erreur se corrige par grandlivre entries extourne."
    )

    removed = Message(
        "Le visa {path} était dans la révision comparée et {how} : un visa ne se retire ni ne se modifie. Remettez-le (il est dans "
        "git)."
    )

    def compare(self, books: Books, former: Books) -> Iterator[Finding]:
        """Visas that stood in a former revision: they never go nor change, whoever has seen them."""
        now = dict(folder_files(books.folder / FOLDER))
        for path, file in folder_files(former.folder / FOLDER):
            if path not in now:
                yield self.finding(self.removed, Place(str(file), 1), path=path, how="n'est plus là")
            elif now[path].read_bytes() != file.read_bytes():
                yield self.finding(self.removed, Place(str(file), 1), path=path, how="n'est plus le même")

    def check(self, books: Books) -> Iterator[Finding]:
        """Each visa by itself, then what they are about and that is gone."""
        yield from unless_proved(books, self.id, lambda: self._judged(books))

    def guard(self, books: Books) -> Guard:
        """Vouchers that a visa lists, where they go, or come back."""
        listed = proofs(books).listed_vouchers()
        return on(Lost(frozenset([each for each in listed if not books.vouchers(each)]))) if listed else on()

    def _judged(self, books: Books) -> Iterator[Finding]:
        found = proofs(books)
        for problem in found.problems:
            yield self.finding(self.said, Place(str(problem.path), problem.line), said=problem.message)
        for standing, name in found.gone():
            visa = standing.visa
            line = 1 + next(rank for rank, text in enumerate(visa.text.split("\n")) if text.endswith(f" {name}"))
            yield self.finding(
                self.gone,
                Place(str(found.store.place(standing.file.path)), line),
                person=books.policy.called(visa.person),
                what=name,
                day=visa.date,
            )


__plugins__ = (plugin(BrokenVisa),)
