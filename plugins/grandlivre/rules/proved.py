"""A rule about signatures, which may ask that they be proved by visas from some day on (`preuve`)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.guards.guard import Condition, Guard, Vouchers
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.policy.people import without_asides
from grandlivre.rules.finding import Finding, Level
from grandlivre.rules.proofs import DECLARED, Proof, Signed, State, proofs
from grandlivre.rules.rule import Rule

UNPROVED = Message(
    "{role} de {signatory}, déclarée, non prouvée, sur {what} : {why}. Faites signer : "
    "grandlivre sign --personne {person}{options}."
)


class ProvedRule(Rule):
    """Une règle de signatures."""

    proof: Proof = Field(DECLARED, alias="preuve")
    """declaree : un nom écrit suffit ; visa : la personne a signé avec sa clé (grandlivre sign). Datée : depuis, valeur."""

    def asks_visa(self, day: date) -> bool:
        """Whether what is dated that day is to be proved."""
        return self.proof.at(day) == "visa"

    @property
    def ever_asks_visa(self) -> bool:
        """Whether some day's signatures are to be proved."""
        return any(step.value == "visa" for step in self.proof.steps)

    def guarded(self, books: Books, *conditions: Condition, reads: Sequence[str] | None = None) -> Guard:
        """The guard of such a rule: where visas are asked for, all that an entry says was signed."""
        if self.ever_asks_visa:
            return Guard((*conditions, Vouchers(self.told(books))))
        return super().guarded(books, *conditions, reads=reads)

    def unproved_on(
        self,
        books: Books,
        entry: Entry,
        people: Iterable[str],
        role: str = "Signature",
        nature: str = "ecritures",
        level: Level = Level.ERROR,
    ) -> Iterator[Finding]:
        """A finding for each of some declared people whose visa of an entry is missing, or does not hold any more."""
        for who in dict.fromkeys(people):
            signed = proofs(books).entry(entry, who, nature)
            if who in books.policy.people and signed.state is not State.PROVED:
                yield self.finding(
                    UNPROVED,
                    entry,
                    level=level,
                    role=role,
                    signatory=books.policy.called(who),
                    person=who,
                    what=entry.named,
                    why=self.why(books, who, signed),
                    proof="visa",
                    options=f" {'--nature derogations ' if nature == 'derogations' else ''}{entry.piece}".rstrip(),
                )

    @staticmethod
    def why(books: Books, who: str, signed: Signed) -> str:
        """Why a signature does not hold, in words."""
        return proofs(books).why(signed, without_asides(books.policy.people[who].name))
