"""The commands an accountant types, one a module; `--help` lists only those that exist."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from grandlivre.cli._french import speak_french
from grandlivre.i18n import did_you_mean

LEDGER = "ledger/main.beancount"


class Commands(click.Group):
    """Commands found beside this module; each is imported only when it is asked for."""

    def main(self, *args: Any, **options: Any) -> Any:
        """As click does, in French."""
        speak_french()
        return super().main(*args, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in alphabetical order."""
        names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
        return sorted(name.removesuffix("_") for name in names)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, from the module of that name (`import_` for `import`)."""
        if name not in self.list_commands(ctx):
            return None
        for module in (name, f"{name}_"):
            try:
                found = importlib.import_module(f"{__name__}.{module}")
            except ModuleNotFoundError as error:
                if error.name != f"{__name__}.{module}":
                    raise
                continue
            command: click.Command = found.command
            return command
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, in French when the word is unknown."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.list_commands(ctx))
            raise click.UsageError(f"La commande « {args[0]} » n'existe pas.{hint}", ctx)
        return super().resolve_command(ctx, args)


class Day(click.ParamType):  # type: ignore[type-arg]
    """A date written AAAA-MM-JJ."""

    name = "AAAA-MM-JJ"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date, or a French refusal."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"« {value} » n'est pas une date : écrivez AAAA-MM-JJ, par exemple 2026-03-31.", param, ctx)


class Francs(click.ParamType):  # type: ignore[type-arg]
    """An amount of whole units of the books' own currency, as people write it: 7553292, « 7 553 292 FCFA »."""

    name = "FRANCS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The units, or a French refusal; an amount with two readings is refused with both, as in the rules."""
        from pydantic_core import PydanticCustomError

        from grandlivre.policy.values import read_money

        if isinstance(value, int):
            return value
        said = re.sub(r"\s*\bF(\s?CFA)?$", " XOF", str(value).strip(), flags=re.IGNORECASE)
        try:
            money = read_money(said if re.search(r"[A-Z]{3}$", said) else f"{said} XOF")
        except PydanticCustomError as error:
            self.fail(error.message(), param, ctx)
        if money.exponent:
            self.fail(f"« {value} » n'est pas dans la monnaie des livres : écrivez 7553292 ou 7 553 292.", param, ctx)
        return money.units


def entry_point(path: Path) -> Path:
    """The entry point of the books, absolute; a missing file ends the command with status 2."""
    if path.is_dir():
        path = path / "main.beancount"
    if not path.is_file():
        raise click.UsageError(
            f"Le fichier {path.as_posix()} n'existe pas. Placez-vous dans le dossier qui contient ledger/ et rules/, "
            "ou donnez le chemin avec --ledger."
        )
    main = path.resolve()
    require_names(main, (main.parent, main.parent.parent / "rules", main.parent.parent / "templates"))
    return main


def require_names(path: Path, folders: Sequence[Path] = ()) -> None:
    """Ends the command with status 2 when Python cannot spell a path, a name under the folders or what was typed.

    Only where it was told not to use UTF-8 for names: the system then opens such a file, but Beancount cannot say its
    path, no rule finds a document written `reçu.pdf`, and what was typed with accents cannot be written.
    """
    encoding = sys.getfilesystemencoding()
    if encoding == "utf-8":
        return
    names = [os.fsencode(path.absolute()), *map(os.fsencode, sys.argv[1:])]
    for folder in folders:
        for _, inner, files in os.walk(os.fsencode(folder)):
            names += [*inner, *files]
    odd = next((name.decode("utf-8", "replace") for name in names if not name.isascii()), None)
    if odd is not None:
        raise click.UsageError(
            f"Python lit ici les noms et les chemins en {encoding}, et « {odd} » a des accents : il serait mal lu. "
            "Relancez avec PYTHONUTF8=1 dans l'environnement."
        )


def say_waiting(main: Path) -> None:
    """Says, beside the result, that an interrupted command has still to write in these books."""
    if not (main.parent.parent / ".grandlivre" / "journal").is_dir():
        return
    from grandlivre.tasks.desk import waiting

    if said := waiting(main):
        click.echo(said, err=True)


ledger_option = click.option(
    "--ledger",
    "ledger",
    type=click.Path(path_type=Path),
    default=LEDGER,
    show_default=True,
    metavar="FICHIER",
    help="Fichier principal des livres.",
)
today_option = click.option(
    "--today",
    type=Day(),
    default=None,
    help="Date de référence (par défaut : aujourd'hui ; les livres d'exemple disent le leur).",
)


def judging_day(main: Path, asked: date | None) -> date:
    """The day a command judges at; an environment that does not read ends it with status 2."""
    from grandlivre.inspection import real_day

    try:
        return real_day(main, asked)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    help="Comptabilité d'ONG en fichiers texte, contrôlée automatiquement.",
)
@click.version_option(package_name="grandlivre", message="grandlivre %(version)s", help="Affiche la version.")
def cli() -> None:
    """The group itself does nothing."""
