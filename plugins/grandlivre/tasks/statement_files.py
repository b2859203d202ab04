"""A statement file as a task meets it: which format it has, which account it is of, what it says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.records import Account
from grandlivre.i18n import did_you_mean
from grandlivre.importers.drafts import StatementImporter
from grandlivre.importers.formats import StatementFormat, load_formats
from grandlivre.importers.reading import may_be, read_statement
from grandlivre.importers.statement import BankFile
from grandlivre.inspection import relative
from grandlivre.sources.problem import Problem, RefusedError
from grandlivre.tasks.desk import Desk, find_account


class BankSource(NamedTuple):
    """A statement that was read."""

    path: Path
    format: str
    """The name of its format's file under rules/releves/, without `.yaml`."""
    form: StatementFormat
    statement: BankFile


def read_source(desk: Desk, path: Path, wanted: str | None = None) -> BankSource:
    """The statement of a file, by the format named or recognised; raises RefusedError with every problem."""
    formats = _formats(desk)
    if not path.is_file():
        raise RefusedError(f"Le fichier {path.as_posix()} n'existe pas. Vérifiez le chemin du relevé.")
    if wanted is not None and wanted not in formats:
        known = ", ".join(formats)
        raise RefusedError(f"Le format « {wanted} » n'existe pas.{did_you_mean(wanted, formats)} Formats : {known}.")
    importers = {name: StatementImporter(form) for name, form in formats.items()}
    names = [wanted] if wanted is not None else [n for n, each in importers.items() if each.identify(str(path))]
    if not names:
        raise RefusedError(*_unknown(desk, path, formats))
    if len(names) > 1:
        names = _by_account(path, names, formats)
    form = formats[names[0]]
    reading = read_statement(path, form)
    if reading.statement is None:
        raise RefusedError(
            f"Le relevé {path.name} ne se lit pas ({form.name}) :", *(_said(desk, each) for each in reading.problems)
        )
    return BankSource(path, names[0], form, reading.statement)


def account_of(desk: Desk, source: BankSource, wanted: str | None) -> Account:
    """The account of a statement: the one named, which must not be another's, else the one its number stands for.

    Raises RefusedError when none is named, when it is another's, or when the words fit several.
    """
    books = desk.books
    accounts = tuple(each for each in books.accounts.values() if each.is_bank or each.is_mobile)
    number = source.statement.account_id or ""
    declared = source.form.account_of(number)
    if wanted is not None:
        meant = of_tree(accounts, wanted, declared)
        account = find_account(books, meant, accounts, "banque ou de monnaie électronique")
        if declared is not None and declared != account.name:
            raise RefusedError(
                f"Ce relevé est celui du compte n° {number}, c'est-à-dire {declared} ; vous demandez {account.name}. "
                "Prenez le bon fichier, ou le bon compte."
            )
        return account
    if declared is not None:
        return find_account(books, declared, accounts, "banque ou de monnaie électronique")
    printed = f"Le relevé porte le compte n° {number}" if number else "Le relevé ne dit pas son numéro de compte"
    raise RefusedError(
        f"{printed}, et rules/releves/{source.format}.yaml ne dit pas quel compte c'est. Ajoutez --compte COMPTE, "
        f'ou écrivez-le une fois pour toutes : comptes: {{"{number or "numéro"}": Actif:…}}.',
        f"Comptes possibles : {', '.join(sorted(each.name for each in accounts if each.opened))}.",
    )


def of_tree(accounts: tuple[Account, ...], wanted: str, declared: str | None) -> str:
    """What a tree stands for: the account whose number the statement carries, else its only bank; other words stay."""
    mine = [each for each in accounts if each.opened is not None and each.tree.casefold() == wanted.casefold()]
    banks = [each.name for each in mine if each.is_bank]
    if declared is not None and declared in [each.name for each in mine]:
        return declared
    return banks[0] if len(banks) == 1 else wanted


def file_statement(desk: Desk, source: BankSource, account: Account, month: str) -> Path | None:
    """Where the statement's file is to be kept under ledger/releves/, or None when it already stands there."""
    folder = desk.ledger / "releves"
    if source.path.resolve().is_relative_to(folder.resolve()):
        return None
    data = source.path.read_bytes()
    for rank in count(1):
        again = f"-{rank}" if rank > 1 else ""
        name = f"{month}-{account.number}{again}{source.path.suffix.lower()}"
        kept = folder / account.tree.lower() / name
        if not kept.exists():
            return kept
        if kept.read_bytes() == data:
            break
    return None


def _formats(desk: Desk) -> dict[str, StatementFormat]:
    folder = desk.root / "rules" / "releves"
    problems: list[Problem] = []
    formats = load_formats(folder, problems)
    if problems:
        raise RefusedError(
            "Les formats de relevés sont à corriger :",
            *(f"{relative(str(p.path), desk.root)}:{p.line}: {p.message}" for p in problems),
        )
    if not formats:
        raise RefusedError(
            "Aucun format n'est décrit dans rules/releves/ : grandlivre import --decrire FICHIER en propose un à partir d'un "
            "relevé de votre banque."
        )
    return formats


def _by_account(path: Path, names: list[str], formats: Mapping[str, StatementFormat]) -> list[str]:
    """The formats among which the account's number decides; raises RefusedError when it does not."""
    mine = []
    for name in names:
        statement = read_statement(path, formats[name]).statement
        if statement is not None and formats[name].account_of(statement.account_id) is not None:
            mine.append(name)
    if len(mine) != 1:
        raise RefusedError(
            f"Ce fichier peut se lire de plusieurs façons : {', '.join(names)}. Choisissez avec --format-releve, ou écrivez dans "
            "chacun les numéros de ses comptes (comptes:) : le numéro du relevé choisira."
        )
    return mine


def _unknown(desk: Desk, path: Path, formats: Mapping[str, StatementFormat]) -> list[str]:
    found = path.suffix.lower() or "un fichier sans extension"
    lines = [f"{path.name} ne ressemble à aucun format de rules/releves/. Ce qui est attendu, ce qui est trouvé :"]
    for name, form in formats.items():
        if not may_be(path, form):
            lines.append(f"{name} ({form.name}) : un fichier .{form.kind} est attendu ; c'est {found}.")
            continue
        problems = read_statement(path, form).problems
        lines += [f"{name} ({form.name}) : {_said(desk, each)}" for each in problems[:1]]
    lines.append(
        f"Si c'est l'un d'eux sous un autre nom, ajoutez --format-releve (par exemple {next(iter(formats))}) ; si c'est une "
        "autre banque, grandlivre import --decrire FICHIER propose son format."
    )
    return lines


def _said(desk: Desk, problem: Problem) -> str:
    return f"{relative(str(problem.path), desk.root)}:{problem.line}: {problem.message}"
