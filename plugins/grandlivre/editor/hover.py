"""What a word means in these books, shown when the cursor rests on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.editor.words import Word, entry_start
from grandlivre.editor.workspace import Workspace
from grandlivre.i18n import Money
from grandlivre.i18n import day as french_day
from grandlivre.inspection import voices
from grandlivre.policy.donors import Agreement
from grandlivre.policy.people import without_asides
from grandlivre.render.manual import page
from grandlivre.reports.execution import LineExecution
from grandlivre.tasks import signatures
from grandlivre.tasks.guided.offers import lines_on

_SIGNS = ("signataire-", "autorise-par", "derogation-par")


def told(shown: Workspace, books: Books, path: Path, word: Word | None, spoken: Collection[str]) -> str:
    """Markdown about a word, and the manual page of each rule that speaks of its line; "" for nothing."""
    parts = list(_of_word(shown, books, path, word)) if word is not None else []
    parts += [f"```text\n{page(voice).strip()}\n```" for voice in voices() if voice.id in spoken]
    return "\n\n---\n\n".join(parts)


def _of_word(shown: Workspace, books: Books, path: Path, word: Word) -> Iterable[str]:
    now = shown.lines(path)
    account = books.accounts.get(word.text)
    if account is not None:
        yield f"**{account.number} {account.label}** – {account.tree}\n\nSolde : {Money(_balance(books, word))}"
        for step in books.ledger(account.name):
            if step.entry.file == str(path) and now(step.movement.line) == word.line + 1:
                yield f"Solde après cette écriture : {Money(step.balance)}"
    for entry in books.vouchers(word.text):
        yield _entry(books, entry)
    person = books.policy.people.get(word.text)
    if person is not None:
        yield f"**{without_asides(person.name)}**{f', {person.role}' if person.role else ''}"
    dossier = books.dossiers.get(word.text)
    if dossier is not None:
        award = dossier.award
        chosen = f"attribué à {award.name} pour {Money(award.amount)}" if award is not None else "sans attributaire"
        yield f"**Marché {dossier.id}** du {french_day(dossier.date)}, {chosen}"
    yield from _around(shown, books, path, word)


def _around(shown: Workspace, books: Books, path: Path, word: Word) -> Iterator[str]:
    """What a word means in the entry that holds it: the budget line charged, the signature given."""
    start, now = entry_start(shown.text(path).splitlines(), word.line) + 1, shown.lines(path)
    entry = next((each for each in books.entries if each.file == str(path) and now(each.line) == start), None)
    if entry is None:
        return
    if word.key == "ligne":
        for agreement, line in lines_on(books, entry.tree, entry.date):
            if line.code == word.text:
                yield _budget_line(agreement, line)
    if word.key.startswith(_SIGNS):
        yield from _signatures(books, entry, word.text)


def _budget_line(agreement: Agreement, line: LineExecution) -> str:
    rows = (
        ("Budget", line.budget),
        ("Dépensé", line.cumulative),
        ("Commandé", line.outstanding),
        ("Reste", line.available),
    )
    told = "\n".join(f"| {name} | {Money(amount)} |" for name, amount in rows)
    return f"**Ligne {line.code} {line.label}** – convention {agreement.id}\n\n| | Montant |\n| --- | ---: |\n{told}"


def _signatures(books: Books, entry: Entry, person: str = "") -> Iterator[str]:
    """Who signs an entry, and what each signature is worth today; of one person, or of all."""
    for each in signatures.of_entry(books, entry):
        if not person or each.id in person.split():
            yield f"{without_asides(each.name)} ({each.capacity}) : {each.said}"


def _balance(books: Books, word: Word) -> int:
    ledger = books.ledger(word.text)
    return ledger.balances[-1] if ledger.balances else 0


def _entry(books: Books, entry: Entry) -> str:
    rows = "\n".join(
        f"| {movement.account.number} {movement.account.label} | {Money(movement.value)} |"
        for movement in entry.movements
    )
    title = f"**{entry.piece}** du {french_day(entry.date)} – {entry.payee} – {entry.narration}"
    signed = "".join(f"\n* {each}" for each in _signatures(books, entry))
    return f"{title}\n\n| Compte | Montant |\n| --- | ---: |\n{rows}" + (f"\n{signed}" if signed else "")
