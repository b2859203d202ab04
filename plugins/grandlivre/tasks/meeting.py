"""What the accountant recorded and what the server recorded, put together entry by entry, before anything is sent.

Both add entries to the same month's file all the time: git would call that a conflict. Here a file of the books is a set
of directives, and only a directive that both changed, or one changed and the other took away, is one. Nothing of the
accountant's folder moves before all is known to go together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.i18n import counted, listing
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.past import Git
from grandlivre.tasks.problem import WriteError
from grandlivre.writing import LedgerText, insert_entry

_SHOWN = 5
_REMOTE = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL")
"""What the accountant told git of how to reach a server."""

_UNSAVED = "Des fichiers sont modifiés et pas encore enregistrés : {which}. Enregistrez-les (git add, git commit), puis recommencez."
_UNREACHED = (
    "Le dépôt « {remote} » n'a pas répondu, ou n'a pas la branche {branch}. Vérifiez la connexion et git remote -v."
)
_DETACHED = "Votre dossier n'est sur aucune branche (git status) : revenez à celle des livres, puis recommencez."
_CLASH = (
    "Vous et le serveur avez changé la même chose : {which}. Rien n'a été changé ni envoyé : gardez une seule des deux versions "
    "(git show {theirs}:FICHIER montre la leur), enregistrez, recommencez."
)
_REFUSED = "Le serveur n'a pas reçu votre envoi ; ce qu'il a dit est ci-dessus. Vos enregistrements sont intacts ici."


class Met(NamedTuple):
    """Both histories, and what they are together."""

    branch: str
    ours: str
    theirs: str
    base: str
    merged: str
    """The commit that holds both, on no branch yet; `ours` when the server had nothing new."""


class ClashError(Exception):
    """What both sides changed."""


def meet(main: Path, remote: str) -> Met:
    """Takes what the server has and puts it together with what is here, without changing a file; raises RefusedError."""
    git = Git(main.resolve().parent)
    changed = [line[3:] for line in _text(git, "status", "--porcelain", "--untracked-files=no").splitlines()]
    if changed:
        raise RefusedError(_UNSAVED.format(which=listing(tuple(changed[:_SHOWN]))))
    branch = _text(git, "symbolic-ref", "--quiet", "--short", "HEAD")
    if not branch:
        raise RefusedError(_DETACHED)
    if remote.startswith("-") or git.ask("fetch", "--quiet", "--", remote, branch, told=_told()) is None:
        raise RefusedError(_UNREACHED.format(remote=remote, branch=branch))
    ours, theirs = git.commit("HEAD"), git.commit("FETCH_HEAD")
    base = _text(git, "merge-base", ours, theirs)
    if base == theirs:
        return Met(branch, ours, theirs, base, ours)
    if base == ours:
        return Met(branch, ours, theirs, base, theirs)
    return Met(branch, ours, theirs, base, _together(git, base, ours, theirs))


def finish(main: Path, remote: str, met: Met) -> Iterator[str]:
    """Sets the two together out here and sends them; what was done, in sentences. Raises RefusedError or WriteError."""
    git = Git(main.resolve().parent)
    if met.merged != met.ours:
        if git.ask("read-tree", "-u", "-m", "HEAD", met.merged) is None:
            raise WriteError(
                "des fichiers de votre dossier portent le nom de ceux du serveur (git status). Rien n'a été modifié."
            )
        if git.ask("update-ref", "-m", "grandlivre", "HEAD", met.merged, met.ours) is None:
            raise WriteError("git n'a pas pu avancer votre branche. Vérifiez git status.")
        count = _text(git, "rev-list", "--count", f"{met.base}..{met.theirs}")
        yield f"Pris du serveur : {counted(int(count or 0), 'enregistrement')}."
    if met.merged == met.theirs:
        yield "Rien à envoyer : le serveur a tout ce que vous avez."
        return
    said, done = git.told_by("push", "--porcelain", "--", remote, f"HEAD:refs/heads/{met.branch}", told=_told())
    yield from (line.removeprefix("remote: ").rstrip() for line in said.splitlines() if line.startswith("remote: "))
    if not done:
        raise RefusedError(_REFUSED)
    yield "Envoyé."


def _told() -> dict[str, str]:
    return {name: os.environ[name] for name in _REMOTE if name in os.environ}


def _text(git: Git, *words: str) -> str:
    return (git.ask(*words) or b"").decode("utf-8", "replace").rstrip("\n")


# Together -----------------------------------------------------------------------------------------------------------


def _together(git: Git, base: str, ours: str, theirs: str) -> str:
    """A commit of both; raises RefusedError naming what both changed."""
    folder = git.folder()
    assert folder is not None
    index = folder / "grandlivre-reunion"
    index.unlink(missing_ok=True)
    try:
        git.ask("read-tree", "-i", "-m", "--aggressive", base, ours, theirs, index=index)
        clashes: list[str] = []
        for path, stages in _unmerged(git, index).items():
            try:
                blob = _blob(git, path, stages)
            except ClashError as error:
                clashes.append(str(error))
                continue
            git.ask("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", index=index)
        if clashes:
            raise RefusedError(_CLASH.format(which=" ; ".join(clashes[:_SHOWN]), theirs=theirs[:10]))
        tree = (git.ask("write-tree", index=index) or b"").decode().strip()
    finally:
        index.unlink(missing_ok=True)
    message = b"Livres : enregistrements du serveur et du comptable r\xc3\xa9unis\n"
    made = git.ask("commit-tree", tree, "-p", ours, "-p", theirs, "-F", "-", said=message) if tree else None
    if not made:
        raise RefusedError(
            "git n'a pas pu réunir les deux : dites-lui qui vous êtes (git config user.name, user.email)."
        )
    return made.decode("ascii").strip()


def _unmerged(git: Git, index: Path) -> dict[str, dict[int, str]]:
    """By path that both changed: the blob of the common version (1), ours (2) and theirs (3), where they have one."""
    found: dict[str, dict[int, str]] = {}
    for row in (git.ask("ls-files", "-u", "-z", index=index) or b"").split(b"\0"):
        if row:
            head, _, path = row.decode("utf-8", "surrogateescape").partition("\t")
            _, blob, stage = head.split(" ")
            found.setdefault(path, {})[int(stage)] = blob
    return found


def _blob(git: Git, path: str, stages: dict[int, str]) -> str:
    """The blob of both versions together; raises ClashError."""
    if not path.endswith(".beancount") or 2 not in stages or 3 not in stages:
        raise ClashError(path)
    base, ours, theirs = (
        (git.ask("cat-file", "blob", stages[stage]) or b"").decode("utf-8", "replace") if stage in stages else ""
        for stage in (1, 2, 3)
    )
    try:
        text = together(base, ours, theirs)
    except ClashError as error:
        raise ClashError(f"{path}, {error}") from None
    except WriteError:
        raise ClashError(path) from None
    made = git.ask("hash-object", "-w", "--stdin", said=text.encode("utf-8"))
    if made is None:
        raise ClashError(path)
    return made.decode("ascii").strip()


class _Part(NamedTuple):
    """One directive of a file."""

    day: date
    text: str

    @property
    def name(self) -> str:
        """What a person calls it: its first line."""
        return f"« {self.text.splitlines()[0].strip()[:80]} »"


def together(base: str, ours: str, theirs: str) -> str:
    """A file of the books with what each side added, changed or took away; raises ClashError for what both changed."""
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    if not base:
        raise ClashError("créé des deux côtés")
    before, mine, other = _parts(base), _parts(ours), _parts(theirs)
    if _frame(base) != _frame(theirs):
        raise ClashError("ses options ou ses étiquettes")
    added = [part for part in other if part not in before]
    gone = [part for part in before if part not in other]
    lost = [part for part in gone if part not in mine]
    if lost:
        raise ClashError(lost[0].name)
    text = _without(ours, gone)
    for part in added:
        if part not in mine:
            text = insert_entry(text, part.day, part.text)
    return text


def _parts(text: str) -> list[_Part]:
    lines = text.splitlines(keepends=True)
    return [
        _Part(date(*each.date), "".join(lines[each.first : each.end]).rstrip("\n") + "\n")
        for each in LedgerText(text).directives
    ]


def _without(text: str, gone: list[_Part]) -> str:
    """A text less some directives, each once."""
    lines = text.splitlines(keepends=True)
    left = [part.text for part in gone]
    cut: set[int] = set()
    for each, part in zip(LedgerText(text).directives, _parts(text), strict=True):
        if part.text in left:
            left.remove(part.text)
            cut.update(range(each.first, each.end))
    return "".join(line for number, line in enumerate(lines) if number not in cut)


def _frame(text: str) -> str:
    """What stands between directives, without blank lines and comments."""
    lines = text.splitlines()
    inside = {number for each in LedgerText(text).directives for number in range(each.first, each.end)}
    return "\n".join(
        line for number, line in enumerate(lines) if number not in inside and line.strip() and not line.startswith(";")
    )
