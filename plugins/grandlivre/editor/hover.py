"""What a word means in these books, shown when the cursor rests on it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.editor.words import Word
from grandlivre.i18n import Money
from grandlivre.i18n import day as french_day
from grandlivre.inspection import Inspection, voices
from grandlivre.render.manual import page


def told(inspection: Inspection, path: Path, word: Word | None, at: int) -> str:
    """Markdown about a word of a line (0: the first), and the manual page of each rule that speaks of the line; "" for nothing."""
    parts = list(_of_word(inspection.books, path, word)) if word is not None and not inspection.halted else []
    spoken = {each.rule for each in inspection.findings if each.file == str(path) and each.line == at + 1}
    parts += [f"```text\n{page(voice).strip()}\n```" for voice in voices() if voice.id in spoken]
    return "\n\n---\n\n".join(parts)


def _of_word(books: Books, path: Path, word: Word) -> Iterable[str]:
    account = books.accounts.get(word.text)
    if account is not None:
        yield f"**{account.number} {account.label}** – {account.tree}\n\nSolde : {Money(_balance(books, word))}"
        for step in books.ledger(account.name):
            if step.entry.file == str(path) and step.movement.line == word.line + 1:
                yield f"Solde après cette écriture : {Money(step.balance)}"
    for entry in books.vouchers(word.text):
        yield _entry(books, entry)
    person = books.policy.people.get(word.text)
    if person is not None:
        yield f"**{person.name}**"
    dossier = books.dossiers.get(word.text)
    if dossier is not None:
        award = dossier.award
        chosen = f"attribué à {award.name} pour {Money(award.amount)}" if award is not None else "sans attributaire"
        yield f"**Marché {dossier.id}** du {french_day(dossier.date)}, {chosen}"


def _balance(books: Books, word: Word) -> int:
    ledger = books.ledger(word.text)
    return ledger.balances[-1] if ledger.balances else 0


def _entry(books: Books, entry: Entry) -> str:
    rows = "\n".join(
        f"| {movement.account.number} {movement.account.label} | {Money(movement.value)} |"
        for movement in entry.movements
    )
    title = f"**{entry.piece}** du {french_day(entry.date)} – {entry.payee} – {entry.narration}"
    return f"{title}\n\n| Compte | Montant |\n| --- | ---: |\n{rows}"
