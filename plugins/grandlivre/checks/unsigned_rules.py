"""The rule `regles-visees`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from grandlivre.books.index import Books
from grandlivre.books.meetings import assembly_minutes
from grandlivre.books.records import Place
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.guarded import guarded, main_digest
from grandlivre.policy.keys import FILE
from grandlivre.policy.model import Field
from grandlivre.proof.versions import waiting
from grandlivre.rules import Family, Finding, Rule, plugin, proofs
from grandlivre.sources.yaml import Block, plain


class UnsignedRules(Rule):
    """Règles ou modèles qui ne sont pas ceux que les gardiens ont signés.

    `rules/cles.yaml › politique` dit qui garde les règles, et combien de gardiens signent un changement (`seuil`, au moins
    2). Chaque version de rules/ et de templates/ est un texte de ledger/visas/regles/ que `grandlivre sign --nature regles`
    écrit : il montre ce que le changement fait, puis le gardien signe. Une version se vérifie avec les clés et le seuil de la
    précédente, puis avec les siens ; les fichiers `simples` ne demandent qu'un gardien. Une chaîne ne se raccourcit pas, ne
    se renumérote pas, ne recule pas dans le temps, et reste celle que les clôtures et les rapports envoyés nomment. Une chaîne
    dont les gardiens ne peuvent plus signer se remplace (grandlivre sign --nature regles --remplace) : par décision de
    l'assemblée générale, dont le procès-verbal est dans les livres, et devant un témoin du dehors ; l'ancienne reste où elle est.

    La règle se tait tant que rien ne l'appelle : ni première version, ni `preuve: visa` en vigueur, ni clôture qui nomme une
    version.

    Source : manuel de procédures (le Bureau exécutif adopte les règles) ; bonne pratique de signature à plusieurs.

    Exemple : le plafond de la caisse passe à 400 000 FCFA un soir ; deux gardiens ne l'ont pas signé.
    """

    id = "regles-visees"
    family = Family.FILES
    whole = True
    stoppable = False

    waiver: Literal["permise", "interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : le constat ne porte sur aucune écriture."""

    said = Message("{said}")
    """What its reader already put into words."""
    unsigned = Message(
        "Une preuve par visa est en vigueur, et personne n'a signé les règles : qui les écrit pourrait retirer la preuve. "
        "Écrivez politique: dans rules/cles.yaml, puis faites signer : grandlivre sign --nature regles."
    )
    changed = Message(
        "{file} n'est pas ce que {guardians} ont signé le {day} (version {version}). Faites signer le changement : "
        "grandlivre sign --nature regles ; ou remettez le fichier signé."
    )
    came = Message(
        "{file} n'est pas dans la version {version} des règles, signée le {day}. Faites-le signer : "
        "grandlivre sign --nature regles ; ou retirez-le."
    )
    went = Message(
        "{file}, signé le {day} (version {version}), n'est plus là. Remettez-le, ou faites signer son retrait : "
        "grandlivre sign --nature regles."
    )
    settings = Message(
        "Les lignes option et plugin de {file} ne sont pas celles de la version {version} des règles, signée le {day}. "
        "Faites signer le changement : grandlivre sign --nature regles ; ou rétablissez-les."
    )
    lost = Message(
        "{what} du {day} nomme la version « {version} » des règles, qui n'est plus dans ledger/visas/regles/ : la chaîne a été "
        "raccourcie ou remplacée. Remettez-la (git la garde)."
    )

    unminuted = Message(
        "Cette chaîne des règles remplace celle qui finit le {since}, et aucun procès-verbal d'assemblée générale daté de ce jour-là au "
        '{until} n\'est dans les livres. Inscrivez la réunion (custom "rencontre" "ag", document:) qui l\'a décidé.'
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """The chain by itself, what stands against it, and those who name a version of it."""
        root = books.policy.root
        if root is None:
            return
        versions = proofs(books).versions
        for problem in versions.problems:
            yield self.finding(self.said, Place(str(problem.path), problem.line), said=problem.message)
        yield from self._named(books)
        yield from self._minutes(books)
        if versions.in_force is not None:
            yield from self._against(books, root)
        elif not versions.chain and _asks_visa(books):
            yield self.finding(self.unsigned, books.rules_place(FILE, "politique"))
        elif versions.pending is not None:
            yield from self._pending(books)

    def guard(self, books: Books) -> Guard:
        """Nothing that entries say concerns it: neither the rules nor who signed them."""
        return on()

    def _against(self, books: Books, root: Path) -> Iterator[Finding]:
        """What stands in the folders against the last version that enough guardians signed."""
        versions = proofs(books).versions
        version = versions.in_force
        assert version is not None
        now, then = guarded(root.parent), version.files
        facts: dict[str, Any] = {"day": version.visa.date, "version": f"{version.visa.number:04d}"}
        differing = [name for name in sorted({*now, *then}) if now.get(name) != then.get(name)]
        if versions.pending is not None and (differing or _main(books) != version.visa.main):
            yield from self._pending(books)
        for name in differing:
            place = Place(str(root.parent / name) if name in now else str(root / FILE), 1)
            message = self.came if name not in then else self.went if name not in now else self.changed
            yield self.finding(message, place, file=name, guardians=list(version.guardians), **facts)
        if _main(books) != version.visa.main:
            yield self.finding(self.settings, Place(books.main, 1), file=Path(books.main).name, **facts)

    def _pending(self, books: Books) -> Iterator[Finding]:
        """A version that lacks signatures."""
        found = proofs(books)
        version = found.versions.pending
        assert version is not None
        said = waiting(version)
        yield self.finding(
            self.said,
            Place(str(found.store.place(version.file.path)), 1),
            said=f"{said[0].upper()}{said[1:]}. Faites signer : grandlivre sign --nature regles.",
        )

    def _minutes(self, books: Books) -> Iterator[Finding]:
        """Chains that replace another without the general assembly's minutes."""
        found = proofs(books)
        for version in found.versions.known:
            end = found.versions.replaced_by(version) if version.visa.replaces else None
            if end is not None and assembly_minutes(books, end.visa.date, version.visa.date) is None:
                place = Place(str(found.store.place(version.file.path)), 1)
                yield self.finding(self.unminuted, place, since=end.visa.date, until=version.visa.date)

    def _named(self, books: Books) -> Iterator[Finding]:
        """Closings and reports that name a version which is not in the chain."""
        known = {version.name for version in proofs(books).versions.known}
        for closing in books.closings:
            if closing.rules_visa and closing.rules_visa not in known:
                what = f"La clôture {closing.period}"
                yield self.finding(self.lost, closing.place, what=what, day=closing.date, version=closing.rules_visa)
        for sent in books.directives.transmissions:
            if sent.rules_visa and sent.rules_visa not in known:
                what = f"Le rapport {sent.model} {sent.period}, envoyé"
                yield self.finding(self.lost, sent.place, what=what, day=sent.date, version=sent.rules_visa)


def _main(books: Books) -> str:
    return books.once_for_all("main-digest", lambda whole: main_digest(Path(whole.main)))


def _asks_visa(books: Books) -> bool:
    """Whether some rule asks for visas today."""
    found = [plain(node).get("preuve") for node in books.policy.controls.values() if isinstance(node, Block)]
    return any(_says_visa(each, books.today.isoformat()) for each in found)


def _says_visa(written: object, today: str) -> bool:
    if isinstance(written, str):
        return written == "visa"
    steps = [each for each in written if isinstance(each, Mapping)] if isinstance(written, list) else []
    begun = [step for step in steps if str(step.get("depuis")) <= today]
    return bool(begun) and begun[-1].get("valeur") == "visa"


__plugins__ = (plugin(UnsignedRules),)
