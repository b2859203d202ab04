"""Click's own words in French: the frame of `--help`, and what it says when a command is badly typed.

Click asks `gettext` for its words; gettext answers by the machine's locale, which nothing here reads. Its modules are
given this table instead. A sentence that is not in it stays as click wrote it; a test counts them.
"""

from __future__ import annotations

from types import ModuleType

from click import core, decorators, exceptions, formatting, parser, termui, types

WORDS = {
    # the frame of a page of help
    "Usage:": "Emploi :",
    "Options": "Options",
    "Commands": "Commandes",
    "Positional arguments": "Arguments",
    "Show this message and exit.": "Affiche cette aide.",
    "Show the version and exit.": "Affiche la version.",
    "default: {default}": "par défaut : {default}",
    "env var: {var}": "variable : {var}",
    "required": "obligatoire",
    "(dynamic)": "(calculé)",
    # what is badly typed
    "Error: {message}": "Erreur : {message}",
    "Try '{command} {option}' for help.": "Pour l'aide : {command} {option}",
    "Missing command.": "Il manque une commande.",
    "Missing argument": "Il manque l'argument",
    "Missing option": "Il manque l'option",
    "Missing parameter": "Il manque le paramètre",
    "Missing {param_type}": "Il manque : {param_type}",
    "Missing parameter: {param_name}": "Il manque le paramètre {param_name}",
    "Invalid value: {message}": "Valeur refusée : {message}",
    "Invalid value for {param_hint}: {message}": "Valeur refusée pour {param_hint} : {message}",
    "No such option {name!r}.": "L'option « {name} » n'existe pas.",
    "No such command {name!r}.": "La commande « {name} » n'existe pas.",
    "Did you mean {possibility}?": "Vouliez-vous écrire {possibility} ?",
    "(Did you mean one of: {possibilities}?)": "Vouliez-vous écrire l'un de ceux-ci : {possibilities} ?",
    "Got unexpected extra argument ({args})": "Un mot est de trop : {args}. S'il fait partie d'un texte, mettez le texte entre guillemets",
    "Got unexpected extra arguments ({args})": "Des mots sont de trop : {args}. S'ils forment un texte, mettez-le entre guillemets",
    "Option {name!r} does not take a value.": "L'option « {name} » ne prend pas de valeur.",
    "Option {name!r} requires an argument.": "L'option « {name} » attend une valeur.",
    "Option {name!r} requires {nargs} arguments.": "L'option « {name} » attend {nargs} valeurs.",
    "Argument {name!r} takes {nargs} values.": "L'argument « {name} » attend {nargs} valeurs.",
    "Takes {nargs} values but 1 was given.": "{nargs} valeurs sont attendues, une seule est donnée.",
    "Takes {nargs} values but {len} were given.": "{nargs} valeurs sont attendues, {len} sont données.",
    "Value must be an iterable.": "Plusieurs valeurs sont attendues.",
    # values
    "{value!r} is not {choice}.": "« {value} » n'est pas {choice}.",
    "{value!r} is not one of {choices}.": "« {value} » n'est pas parmi {choices}.",
    "Choose from:\n\t{choices}": "Choisissez parmi :\n\t{choices}",
    "{value} is not in the range {range}.": "{value} n'est pas dans l'intervalle {range}.",
    "{value!r} is not a valid {number_type}.": "« {value} » n'est pas un nombre entier.",
    "{value!r} is not a valid boolean. Recognized values: {states}": "« {value} » n'est ni oui ni non : {states}",
    "{name} {filename!r} does not exist.": "« {filename} » n'existe pas.",
    "{name} {filename!r} is a file.": "« {filename} » est un fichier : un dossier est attendu.",
    "{name} {filename!r} is a directory.": "« {filename} » est un dossier : un fichier est attendu.",
    "{name} {filename!r} is not readable.": "« {filename} » ne peut pas être lu.",
    "{name} {filename!r} is not writable.": "« {filename} » ne peut pas être écrit.",
    "{name} {filename!r} is not executable.": "« {filename} » ne peut pas être exécuté.",
    "Could not open file {filename!r}: {message}": "« {filename} » ne peut pas être ouvert : {message}",
    "file": "fichier",
    "directory": "dossier",
    "path": "chemin",
    "unknown error": "erreur inconnue",
    # questions
    "Aborted!": "Interrompu.",
    "Error: invalid input": "Cette réponse n'est pas comprise.",
    "Error: The two entered values do not match.": "Les deux saisies diffèrent.",
    "Repeat for confirmation": "Encore une fois, pour confirmer",
    "Do you want to continue?": "Voulez-vous continuer ?",
    "Press any key to continue...": "Appuyez sur une touche pour continuer…",
}
"""Click's sentences; the gaps keep their names."""

MODULES: tuple[ModuleType, ...] = (core, decorators, exceptions, formatting, parser, termui, types)
"""Those that speak to a person who types a command."""


def speak_french() -> None:
    """Gives click's modules the words of this table."""
    for module in MODULES:
        words = vars(module)
        if "_" in words:
            words["_"] = _word
        if "ngettext" in words:
            words["ngettext"] = _counted


def _word(message: str) -> str:
    return WORDS.get(message, message)


def _counted(one: str, many: str, count: int) -> str:
    return _word(one if count < 2 else many)
