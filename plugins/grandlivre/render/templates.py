"""The templates: the organisation's own folder first, then the copy that comes with the package, in a sandbox."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from traceback import extract_tb

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.exceptions import SecurityError
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from grandlivre.render import apart
from grandlivre.render.words import translator
from grandlivre.sources.files import passes_a_link
from grandlivre.sources.problem import Problem

_PACKAGE = Path(__file__).resolve().parents[1]
_FONTS = Path(__file__).resolve().with_name("fonts")
_IMAGES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}

_LARGEST = 5_000_000
_LINK = "templates/{name} est un lien symbolique : il n'est pas suivi. Mettez à sa place le fichier lui-même."
_SPECIAL = "templates/{name} n'est pas un fichier ordinaire : il n'est pas ouvert. Retirez-le."
_HEAVY = "templates/{name} pèse plus de 5 Mo : il n'est pas pris. Allégez-le."
_NOT_UTF8 = "Le modèle n'est pas enregistré en UTF-8. Dans l'éditeur, enregistrez-le de nouveau avec l'encodage UTF-8."


def shipped_templates() -> Path:
    """The folder of templates that comes with the program: beside the package, else at the repository's root."""
    beside = _PACKAGE / "_templates"
    return beside if beside.is_dir() else _PACKAGE.parents[1] / "templates"


def environment(own: Path | None) -> ImmutableSandboxedEnvironment:
    """Templates that can read what they are given and nothing else; `own` is the organisation's folder."""
    folders = [folder for folder in (own, shipped_templates()) if folder is not None and folder.is_dir()]
    return _environment(tuple(dict.fromkeys(folder.resolve() for folder in folders)))


@cache
def _environment(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(
        loader=_PlainFiles(folders, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    env.globals.update(police=font, image=_image(folders))
    env.filters["css"] = css_string
    return env


class _PlainFiles(FileSystemLoader):
    """Templates that are files of the folders themselves: a link could show any file of the machine, a pipe never ends."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        for folder in self.searchpath:
            path = Path(folder, *split_template_path(template))
            if os.path.lexists(path):
                _require_plain(path, Path(folder))
                break
        return super().get_source(environment, template)


class TemplateRefusedError(TemplateError):
    """What a template asks for and does not get, said in French."""


def _require_plain(path: Path, folder: Path) -> None:
    """Raises TemplateRefusedError unless the path is a file of the folder, of a size that a page can carry."""
    name = path.relative_to(folder).as_posix()
    if passes_a_link(path, folder):
        raise TemplateRefusedError(_LINK.format(name=name))
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise TemplateRefusedError(_SPECIAL.format(name=name))
    if found.st_size > _LARGEST:
        raise TemplateRefusedError(_HEAVY.format(name=name))


def rendered(own: Path | None, names: list[str], facts: Mapping[str, object]) -> str | Problem:
    """The first of these templates that exists, filled in; a template's mistake is a value.

    With templates of the organisation's own, another process fills them in (`apart`). The facts say their language.
    """
    written = _written(own) if own is not None else []
    if own is None or not written:
        return filled(own, names, facts)
    first = next((name for name in names if name in written), written[0])
    return apart.fill(own.resolve(), names, facts, f"templates/{first}")


def _written(own: Path) -> list[str]:
    """The organisation's own templates: its folder less what only pages show, or nothing when it is the program's."""
    if own.resolve() == shipped_templates().resolve():
        return []
    names = sorted(path.relative_to(own).as_posix() for path in own.rglob("*") if not path.is_dir())
    return [name for name in names if Path(name).suffix.lower() not in {*_IMAGES, ".md"}]


def filled(own: Path | None, names: list[str], facts: Mapping[str, object]) -> str | Problem:
    """The same in this process: for templates that came with the program, or where limits are set."""
    env = environment(own)
    try:
        return env.select_template(names).render({**facts, "_": translator(str(facts["langue"]))})
    except TemplateSyntaxError as error:
        return Problem(Path(_shown(error.filename or error.name or "")), error.lineno, _syntax(error))
    except UnicodeDecodeError as error:
        path = _not_utf8(env)
        if path is None:
            raise
        return Problem(Path(_shown(str(path))), error.object.count(b"\n", 0, error.start) + 1, _NOT_UTF8)
    except Exception as error:
        place, line = _place(error, env)
        if not place and (own is None or not _written(own)) and not isinstance(error, TemplateError):
            raise  # no template's fault
        return Problem(Path(place or f"templates/{_chosen(env, names)}"), line, _sentence(error))


def _chosen(env: ImmutableSandboxedEnvironment, names: list[str]) -> str:
    """The first of these templates that lies in a folder, else the last one asked for."""
    assert isinstance(env.loader, FileSystemLoader)
    found = (name for name in names if any(os.path.lexists(Path(folder, name)) for folder in env.loader.searchpath))
    return next(found, names[-1])


def _not_utf8(env: ImmutableSandboxedEnvironment) -> Path | None:
    """The first template file whose bytes are not UTF-8."""
    assert isinstance(env.loader, FileSystemLoader)
    for folder in env.loader.searchpath:
        for path in sorted(Path(folder).glob("*.*ml")) + sorted(Path(folder).glob("*.css")):
            try:
                _require_plain(path, Path(folder))
                path.read_text(encoding="utf-8")
            except TemplateRefusedError:
                continue
            except UnicodeDecodeError:
                return path
    return None


def _place(error: Exception, env: ImmutableSandboxedEnvironment) -> tuple[str, int]:
    """The deepest template line the error went through."""
    assert isinstance(env.loader, FileSystemLoader)
    folders = [Path(folder) for folder in env.loader.searchpath]
    for frame in reversed(extract_tb(error.__traceback__)):
        if any(folder in Path(frame.filename).parents for folder in folders):
            return _shown(frame.filename), frame.lineno or 1
    return "", 1


def _shown(path: str) -> str:
    """The path from the templates' folder on: machine paths stay out of messages."""
    for folder in Path(path).parents:
        if folder.name in ("templates", "_templates"):
            return f"templates/{Path(path).relative_to(folder).as_posix()}"
    return f"templates/{Path(path).name}"


def _syntax(error: TemplateSyntaxError) -> str:
    return f"Le modèle contient une faute d'écriture ({error.message}). Corrigez cette ligne ou reprenez le modèle d'origine."


def _sentence(error: Exception) -> str:
    match error:
        case TemplateRefusedError():
            return str(error)
        case MemoryError():
            return "Le modèle demande trop de mémoire : il a été arrêté. Cherchez-y une boucle ou un texte trop grand."
        case RecursionError():
            return "Le modèle ne peut pas être rempli : il s'inclut lui-même sans fin, ou ses calculs sont trop imbriqués. Simplifiez-le."
        case SyntaxError():
            return "Le modèle a trop de boucles ou de parenthèses l'une dans l'autre. Simplifiez-le."
        case TemplateNotFound():
            return f"Le modèle « {error.name} » manque. Remettez ce fichier dans le dossier templates/."
        case UndefinedError():
            return f"Le modèle nomme une valeur qui n'existe pas ({error.message}). Les valeurs permises sont dans templates/README.md."
        case SecurityError():
            return f"Le modèle demande une opération interdite ({error.message}). Un modèle ne fait que montrer les valeurs du rapport."
        case _:
            return f"Le modèle ne peut pas être rempli ({type(error).__name__} : {error}). Corrigez cette ligne ou reprenez le modèle d'origine."


@cache
def font(name: str) -> Markup:
    """A bundled font as a `data:` address. Raises TemplateRefusedError."""
    path = _FONTS / Path(name).name
    if not path.is_file():
        fonts = ", ".join(sorted(each.name for each in _FONTS.glob("*.woff2")))
        raise TemplateRefusedError(f"La police « {name} » n'est pas fournie. Il y a : {fonts}.")
    return Markup(_data("font/woff2", path.read_bytes()))  # noqa: S704 - our own bytes, in base64


def _image(folders: tuple[Path, ...]) -> Callable[[str], str]:
    def image(name: str) -> str:
        """The first image of that name in the templates' folders as a `data:` address; an empty text when there is none."""
        kind = _IMAGES.get(Path(name).suffix.lower())
        for folder in folders:
            path = folder / Path(name).name
            if kind and os.path.lexists(path):
                _require_plain(path, folder)
                return _data(kind, path.read_bytes())
        return ""

    return image


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def css_string(text: str) -> Markup:
    """A text as a CSS string between quotes, safe inside `<style>`."""
    inner = "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):x} " for char in text)
    return Markup(f'"{inner}"')  # noqa: S704 - only letters, digits and CSS escapes
