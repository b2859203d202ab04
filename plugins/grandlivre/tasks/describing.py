"""A bank's format written under rules/releves/, from one of its files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from grandlivre.importers.cells import fold
from grandlivre.importers.describing import KEYS, WORDS, Columns, FormatProposal, Sample, guess, propose, sample
from grandlivre.inspection import relative
from grandlivre.sources.problem import Problem, RefusedError
from grandlivre.tasks.desk import Desk, find_account
from grandlivre.tasks.statement_files import of_tree


class Described(NamedTuple):
    """A format that reads the file whole, and where it is to be written."""

    proposal: FormatProposal
    target: Path


def looked_at(desk: Desk, path: Path, asked: tuple[str, ...]) -> tuple[Sample, Columns]:
    """The file, and its columns: those its titles name, changed by what is asked (`clé=titre`); raises RefusedError."""
    if not path.is_file():
        raise RefusedError(f"Le fichier {path.as_posix()} n'existe pas. Vérifiez le chemin du relevé.")
    said = dict(_column(each) for each in asked)
    found = sample(path, [title for key, titles in said.items() if key not in WORDS for title in titles])
    if isinstance(found, Problem):
        raise RefusedError(f"{relative(str(found.path), desk.root)}:{found.line}: {found.message}")
    columns = {**guess(found), **said}
    return found, {key: titles for key, titles in columns.items() if titles}


def titles_of(found: Sample, text: str) -> tuple[str, ...]:
    """The titles meant by an answer: their words or their ranks, set apart by « + »; raises RefusedError."""
    wanted = [part.strip() for part in text.split("+") if part.strip()]
    by_word = {fold(title): title for title in found.titles}
    chosen = []
    for each in wanted:
        rank = int(each) if each.isdecimal() else 0
        title = found.titles[rank - 1] if 0 < rank <= len(found.titles) else by_word.get(fold(each))
        if title is None:
            raise RefusedError(f"« {each} » n'est pas un titre de ce fichier : {', '.join(found.titles)}.")
        chosen.append(title)
    return tuple(chosen)


def describe(desk: Desk, found: Sample, name: str, columns: Columns, account: str | None) -> Described:
    """The format with which the file reads whole; raises RefusedError with what keeps it from reading."""
    accounts = tuple(each for each in desk.books.accounts.values() if each.is_bank or each.is_mobile)
    wanted = of_tree(accounts, account, None) if account else ""
    ledger = find_account(desk.books, wanted, accounts, "banque ou de monnaie électronique").name if account else None
    file = re.sub(r"[^a-z0-9]+", "-", fold(name).lower()).strip("-") or "releve"
    target = desk.root / "rules" / "releves" / f"{file}.yaml"
    if target.exists():
        raise RefusedError(
            f"rules/releves/{file}.yaml existe déjà : donnez un autre nom par --nom, ou corrigez ce fichier."
        )
    proposal = propose(found, name, columns, ledger)
    if proposal.reading.statement is None:
        problems = (
            f"{relative(str(each.path), desk.root)}:{each.line}: {each.message}" for each in proposal.reading.problems
        )
        raise RefusedError(
            "Aucun format proposé ne lit ce fichier en entier. Ce qui l'empêche, avec le meilleur :",
            *problems,
            "Un mot d'une colonne se dit par --colonne, par exemple --colonne statuts-faits=Payé+Traité ; de même entrees, sorties, "
            "statuts-ecartes, colonnes-ignorees. Rien n'a été écrit.",
        )
    return Described(proposal, target)


def write(desk: Desk, described: Described) -> tuple[str, ...]:
    """Writes the format; returns its path."""
    return desk.write("import", lambda pages: pages.change.create(described.target, described.proposal.text.encode()))


def _column(text: str) -> tuple[str, tuple[str, ...]]:
    key, sign, titles = text.partition("=")
    if not sign or key.strip() not in (*KEYS, *WORDS):
        known = ", ".join((*KEYS, *WORDS))
        raise RefusedError(f"--colonne « {text} » ne se lit pas : écrivez CLÉ=TITRE, avec une clé parmi {known}.")
    return key.strip(), tuple(title.strip() for title in titles.split("+") if title.strip())
