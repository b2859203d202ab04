"""Recording that a report was sent: its JSON and PDF kept beside the vouchers, and a `transmission` in the books."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

from grandlivre.books.digest import last_numbers, series_text
from grandlivre.books.index import Books
from grandlivre.policy.periods import Period
from grandlivre.render import html, json, pdf
from grandlivre.render.templates import shipped_templates
from grandlivre.reports.digest import digest as digest_of
from grandlivre.reports.kit.table import Report
from grandlivre.reports.sent import changed_since, transmissions
from grandlivre.rules import proofs
from grandlivre.scaffold.months import header
from grandlivre.sources.problem import Problem, RefusedError
from grandlivre.tasks.desk import month_file, read_files
from grandlivre.writing import ChangeSet, locked

FOLDER = "transmis"


def send(
    books: Books, root: Path, report: Report, tree: str, period: Period, day: date, templates: Path | None
) -> tuple[tuple[str, ...], Problem | None]:
    """Keeps a report as it is sent on `day`; the changed paths, and why there is no PDF.

    Raises WriteError when the books cannot be written, `RefusedError` when this very report was sent already.
    """
    report = _resting(report, books, day)
    page = html(report, templates=templates)
    if isinstance(page, Problem):
        return (), page
    before = transmissions(books, report.model, tree, period.code)
    content = json(report)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if before and not changed_since(report):
        raise RefusedError(
            f"Ce rapport est déjà transmis ({before[-1].document}) et aucun montant n'a changé depuis : rien n'a été écrit."
        )
    version = f"-v{len(before) + 1}" if before else ""
    name = f"{tree.lower()}/{FOLDER}/{report.model}-{period.code}{version}"
    printed = pdf(report, templates=templates, page=page)
    main = Path(books.main)
    documents = books.folder / "documents"
    lines = [
        f'{day.isoformat()} custom "transmission" "{report.model}" "{tree}" "{period.code}"',
        f'  empreinte: "{digest}"',
        f'  document: "{name}.json"',
        *_proved(books, period, report.closing_root),
    ]
    with locked(root, "report") as recovered:
        if recovered is not None or digest_of(main, templates or shipped_templates())[:12] != report.digest12:
            raise RefusedError(
                "Les livres ont changé pendant la préparation du rapport (ou une commande interrompue vient d'être "
                "terminée) : rien n'a été transmis. Relancez la commande."
            )
        change = ChangeSet(root)
        change.create(documents / f"{name}.json", content)
        if not isinstance(printed, Problem):
            change.create(documents / f"{name}.pdf", printed)
            lines.append(f'  document-pdf: "{name}.pdf"')
        entry = "\n".join(lines) + "\n"
        month = _month(books, main, tree, day)
        if month.is_file():
            change.ledger(month).insert_entry(day, entry)
        else:
            change.create(month, f"{header(main)}\n{entry}".encode())
        changed = change.commit()
    return changed, printed if isinstance(printed, Problem) else None


def _resting(report: Report, books: Books, day: date) -> Report:
    """The report with the last closing made by that day, on which it rests; with none when none was made."""
    made = [(closing.period, closing.digest) for closing in books.closings if closing.date <= day]
    period, root = made[-1] if made else ("", "")
    return replace(report, closing=period, closing_root=root)


def _month(books: Books, main: Path, tree: str, day: date) -> Path:
    files, includes = read_files(main)
    month = month_file(books, files, includes, tree, day)
    if month is None:
        raise RefusedError(
            f"Aucun fichier inclus ne tient le projet {tree} : l'envoi n'y serait pas lu, rien n'a été transmis. "
            f'Ajoutez à {main.name} une ligne include "{tree.lower()}/*.beancount".'
        )
    return month


def _proved(books: Books, period: Period, root: str) -> list[str]:
    """What a reader of the report may later hold against the books: the last closing's root, the last voucher numbers."""
    series = series_text(last_numbers(books, period.end))
    version = proofs(books).versions.in_force if proofs(books).store.files else None
    facts = {
        "racine-cloture": root,
        "dernieres-pieces": series,
        "visa-regles": version.name if version is not None else "",
    }
    return [f'  {key}: "{text}"' for key, text in facts.items() if text]
