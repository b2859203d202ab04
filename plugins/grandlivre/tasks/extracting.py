"""The books of one donor, drawn from the whole: entries, documents, rules and visas of one project, and nothing of the others.

What stays is the text as it stands: each directive is cut out of its file whole, so that its digest is the one that the
closings sealed. Of the other projects only digests stay, in the closings, which say by `extrait:` that they are not all
there. `EXTRAIT.json` holds the digest of every file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core import data

from grandlivre.books.digest import manifest_name, read_manifest, rules_name, trees_of
from grandlivre.books.directives.closings import Closing
from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.i18n import counted, did_you_mean
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.written import Written, all_written
from grandlivre.proof.visa import PERSONAL
from grandlivre.rules import Level, proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, open_desk
from grandlivre.tasks.extracted_rules import cut, names_one, words
from grandlivre.tasks.problem import WriteError
from grandlivre.tasks.redrawing import NAME, Notes, Page, cut_directives, own_tree, papers_of, texts_of
from grandlivre.writing.problem import because

VERSION = 1
_ENTRY = re.compile(r"[ \t]*include\s")
_NUMBER = re.compile(r"nif:\s*[\"']?([\w-]+)")
_LEFT = frozenset(("membres.yaml", "donateurs.yaml"))
_SHIPPED = frozenset(("releves", "etats", "formulaires"))
"""Folders of rules/ whose files speak of nobody's project, unless they name one."""


class Extracted(NamedTuple):
    """What was drawn."""

    folder: Path
    files: int
    errors: int
    """Errors that `check` finds there; the whole books have them too."""
    notes: Notes
    """What drawing it again after an edit hangs on."""


def extract(main: Path, code: str, out: Path, today: date | None = None) -> Extracted:
    """Draws the books of a donor into a new folder; raises RefusedError or WriteError, and leaves no folder then."""
    desk = open_desk(main, "extract", today)
    tree = _tree(desk.books, code)
    _require_place(desk, out)
    drawing = _Drawing(desk, tree)
    contents = drawing.contents()
    folder = _new_folder(out)
    try:
        for path, content in contents.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        drawn = inspect(folder / "ledger" / "main.beancount", today)
        errors = _compared(desk, drawn)
        _forget(folder)
        folder.replace(out)
    except OSError as error:
        raise because(error, out.as_posix()) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Extracted(out, len(contents), errors, drawing.notes(errors))


def _tree(books: Books, code: str) -> str:
    donors = [tree for tree in books.trees if tree != OWN_TREE]
    found = next((tree for tree in donors if tree.casefold() == code.strip().casefold()), None)
    if found is None:
        hint = did_you_mean(code, donors)
        raise RefusedError(
            f"« {code} » n'est le projet d'aucun bailleur.{hint} Projets : {', '.join(sorted(donors)) or 'aucun'}."
        )
    if books.policy.organisation.extract:
        raise RefusedError("Ces livres sont déjà un extrait : extrayez des livres de l'organisation.")
    return found


def _require_place(desk: Desk, out: Path) -> None:
    place = out.resolve()
    if place.is_relative_to(desk.root) or desk.root.is_relative_to(place):
        raise RefusedError(f"{out.as_posix()} est dans le dossier des livres : choisissez un dossier ailleurs.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RefusedError(f"{out.as_posix()} existe et n'est pas vide : choisissez un dossier nouveau.")


def _new_folder(out: Path) -> Path:
    """A private folder beside the wanted one, so that this one appears whole or not at all."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise because(error, out.as_posix()) from error


def _forget(folder: Path) -> None:
    """What looking at the books left there."""
    shutil.rmtree(folder / ".grandlivre", ignore_errors=True)


def _compared(desk: Desk, drawn: Inspection) -> int:
    """The errors of the extract; raises WriteError for one that the whole books do not have."""
    whole = desk.inspection
    known = {(each.rule, whole.relative(each.file), each.piece) for each in whole.findings}
    errors = [each for each in drawn.findings if each.level is Level.ERROR]
    for each in errors:
        place = drawn.relative(each.file)
        if (each.rule, place, each.piece) not in known:
            raise WriteError(
                f"l'extrait n'est pas juste, et n'est pas gardé : {place}:{each.line} : {each.message} [{each.rule}]. "
                "Signalez-le à ceux qui tiennent Grand Livre."
            )
    return len(errors)


class _Drawing:
    """What one extract holds, path by path from its folder."""

    def __init__(self, desk: Desk, tree: str) -> None:
        self.desk, self.books, self.tree = desk, desk.books, tree
        self.names_others = names_one(each for each in _codes(desk.books) if each != tree)
        self.kept = [entry for entry in self.books.raw if self._stays(entry)]
        self.ledgers = dict(self._ledgers())

    def contents(self) -> dict[str, bytes]:
        """Every file, and the list of them."""
        rules = dict(self._rules([text.decode("utf-8") for text in self.ledgers.values()]))
        found = {**self.ledgers, **rules, **dict(self._closings(rules))}
        found |= {**dict(self._documents()), **dict(self._visas()), **dict(self._beside())}
        return {**found, NAME: self._list(found)}

    def notes(self, errors: int) -> Notes:
        """What the drawing knew, for the next."""
        accounts = {account.name: account.tree.lower() for account in self.books.accounts.values()}
        entries: dict[Path, list[Any]] = {}
        for entry in self.books.raw:
            entries.setdefault(Path(entry.meta["filename"]), []).append(entry)
        suppliers = self.desk.root / "rules" / "fournisseurs.yaml"
        numbers = _NUMBER.findall(suppliers.read_text(encoding="utf-8")) if suppliers.is_file() else []
        names = [f"documents/{manifest_name(each.period)}" for each in self.books.closings]
        pages = {
            path.relative_to(self.desk.ledger).as_posix(): self._page(path, entries.get(path, []), accounts)
            for path in self.desk.files
            if path.suffix == ".beancount" and path != self.desk.inspection.main
        }
        manifests = tuple(name for name in names if (self.desk.ledger / name).is_file())
        return Notes(self.tree, accounts, pages, manifests, tuple(numbers), errors)

    def _page(self, path: Path, entries: list[Any], accounts: Mapping[str, str]) -> Page:
        """What is known of one file."""
        own = [entry for entry in entries if self._stays(entry)]
        texts = texts_of(self.desk.files[path].decode("utf-8"))
        others = [entry for entry in entries if own_tree(entry, accounts) is None]
        known = {texts.get(entry.meta["lineno"], ""): self._stays(entry) for entry in others}
        closes = any(type(entry) is data.Custom and entry.type == "cloture" for entry in others)
        ordinary = not closes and "" not in known and len(known) == len(others)
        papers = tuple(sorted({paper for entry in own for paper in papers_of(entry)}))
        return Page(ordinary, papers, bool(own), known)

    # What is of the tree --------------------------------------------------------------------------------------------

    def _stays(self, entry: Any) -> bool:
        """Whether a directive is the tree's; raises RefusedError for an entry that would show another's."""
        if type(entry) is data.Custom and entry.type in ("cloture", "fava-option", "fava-extension"):
            return True
        if type(entry) in (data.Commodity, data.Price):
            return True
        trees = trees_of(self.books, entry)
        if self.tree.lower() in trees:
            if len(trees) > 1:
                place = Place.of(entry.meta)
                others = ", ".join(each.upper() for each in trees if each != self.tree.lower())
                raise RefusedError(
                    f"{self.desk.inspection.relative(place.file)}:{place.line} : l'écriture mêle {self.tree} et {others}, "
                    "l'extrait montrerait l'autre. Séparez-la, puis recommencez."
                )
            return True
        account = getattr(entry, "account", "")
        if account:
            return self.books.index.get(account).tree == self.tree
        return type(entry) is data.Custom and entry.type == "revision"

    def _ledgers(self) -> Iterator[tuple[str, bytes]]:
        lines: dict[Path, dict[int, Any]] = {}
        for entry in self.kept:
            place = Place.of(entry.meta)
            lines.setdefault(Path(place.file), {})[place.line] = entry
        main = self.desk.inspection.main
        found = {path: self._cut(path, lines.get(path, {})) for path in self.desk.files if path.suffix == ".beancount"}
        kept = {path for path, text in found.items() if text and lines.get(path)}
        for path in sorted({*kept, main}):
            text = found[path] if path != main else self._entry(main, lines.get(main, {}), kept)
            yield f"ledger/{path.relative_to(self.desk.ledger).as_posix()}", text.encode()

    def _cut(self, path: Path, wanted: Mapping[int, Any]) -> str:
        """A file without the directives of others, and without comments."""
        text = self.desk.files[path].decode("utf-8")
        return cut_directives(text, wanted, lambda line: self._added(wanted[line]))

    def _added(self, entry: Any) -> list[str]:
        """What a closing says in an extract beside what it said."""
        if type(entry) is not data.Custom or entry.type != "cloture":
            return []
        digest = read_manifest(self.books, str(entry.values[0].value).strip()).digest
        more = [f'  extrait: "{self.tree}"\n']
        return [*more, f'  manifeste: "{digest}"\n'] if digest else more

    def _entry(self, main: Path, wanted: Mapping[int, Any], kept: Iterable[Path]) -> str:
        """The entry point: its options, its plugin, and the includes that still name a file."""
        left = {path for path in kept if path != main}
        idle = {each.line for each in self.desk.includes if each.path == main and not left & set(each.targets)}
        text = self.desk.files[main].decode("utf-8")
        rows = text.splitlines(keepends=True)
        stay = [row for number, row in enumerate(rows, 1) if self._is_of_main(row) and number not in idle]
        return "".join(stay) + self._cut_directives(main, wanted)

    @staticmethod
    def _is_of_main(row: str) -> bool:
        return bool(_ENTRY.match(row)) or row.startswith(("option", "plugin"))

    def _cut_directives(self, main: Path, wanted: Mapping[int, Any]) -> str:
        return "".join(row for row in self._cut(main, wanted).splitlines(keepends=True) if not row.startswith("option"))

    # What goes with it ----------------------------------------------------------------------------------------------

    def _documents(self) -> Iterator[tuple[str, bytes]]:
        """The documents that the tree's directives name."""
        for path in sorted({path for entry in self.kept for path in papers_of(entry)}):
            if not DocumentFolder.escapes(path) and self.books.documents.size(path) is not None:
                yield f"ledger/documents/{path}", self.books.documents.place(path).read_bytes()

    def _closings(self, rules: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        """Of each closing, the documents that are the tree's, and the rules that the extract still says alike."""
        own = {path for entry in self.kept for path in papers_of(entry)}
        whole, left = all_written(self.desk.root / "rules"), self._written(rules)
        for closing in self.books.closings:
            manifest = self.books.folder / "documents" / manifest_name(closing.period)
            if manifest.is_file():
                rows = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
                kept = "".join(row for row in rows if row.rstrip("\r\n").rpartition("\t")[2] in own)
                yield f"ledger/documents/{manifest.name}", kept.encode()
            sealed = manifest.with_name(rules_name(closing.period))
            if sealed.is_file():
                rows = sealed.read_text(encoding="utf-8").splitlines(keepends=True)
                kept = "".join(row for row in rows if self._is_own_rule(row, whole, left))
                yield f"ledger/documents/{sealed.name}", kept.encode()

    @staticmethod
    def _written(rules: Mapping[str, bytes]) -> Mapping[tuple[str, str], Written]:
        """The values of the rules of the extract."""
        with tempfile.TemporaryDirectory(prefix="grandlivre-") as kept:
            for path, content in rules.items():
                place = Path(kept) / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            return all_written(Path(kept) / "rules")

    def _is_own_rule(
        self, row: str, whole: Mapping[tuple[str, str], Written], left: Mapping[tuple[str, str], Written]
    ) -> bool:
        """Whether a rule that a closing keeps is one that the extract still says, or that nobody says any more."""
        file, _, rest = row.partition("\t")
        key = (file, rest.partition("\t")[0])
        now, here = whole.get(key), left.get(key)
        if now is None:
            return self._is_own_file(file.partition("/")[2]) and not self.names_others(row)
        return here is not None and here.value == now.value

    def _is_own_file(self, file: str) -> bool:
        """Whether a file of rules/ is the tree's, or everybody's."""
        folder, _, name = file.rpartition("/")
        if folder in ("bailleurs", "programmes"):
            path = self.desk.root / "rules" / file
            said = path.read_text(encoding="utf-8") if path.is_file() else ""
            key = "code" if folder == "bailleurs" else "bailleur"
            return re.search(rf"(?m)^{key}:\s*[\"']?{re.escape(self.tree)}[\"']?\s*(?:#.*)?$", said) is not None
        if folder == "classeurs":
            return name.partition(".")[0] in self._workbooks()
        return not folder or folder in _SHIPPED

    def _workbooks(self) -> frozenset[str]:
        """The names of the donor's own workbooks."""
        donor = self.books.donor(self.tree)
        named = [str(donor)] if donor is not None else []
        return words(named) & {Path(name).stem for name in self.books.policy.workbooks}

    def _visas(self) -> Iterator[tuple[str, bytes]]:
        """The visas of the tree, of the closings and of the rules, with their signatures."""
        for file in proofs(self.books).store.files:
            if file.visa is not None and (file.visa.nature not in PERSONAL or file.visa.tree == self.tree):
                yield f"ledger/visas/{file.path}", file.content
                yield from [(f"ledger/visas/{each.path}", each.content) for each in file.signatures]

    def _beside(self) -> Iterator[tuple[str, bytes]]:
        """Statements and tellings of the tree, and the organisation's own templates."""
        for name in ("releves", "recits"):
            yield from _files(self.desk.ledger / name / self.tree.lower(), f"ledger/{name}/{self.tree.lower()}")
        yield from _files(self.desk.root / "templates", "templates")

    def _rules(self, texts: list[str]) -> Iterator[tuple[str, bytes]]:
        """The files of rules/, in the order in which one tells whom the next still speaks of."""
        said = list(texts)
        root = self.desk.root / "rules"
        files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
        names = {path.relative_to(root).as_posix(): path for path in files}
        last = ("organisation.yaml", "mandats.yaml", "fournisseurs.yaml")
        for name in [*(each for each in names if each not in last), *(each for each in last if each in names)]:
            if Path(name).name in _LEFT or not self._is_own_file(name) or Path(name).suffix == ".md":
                continue
            content = names[name].read_bytes()
            if name.endswith(".yaml"):
                text = self._rule_text(name, content.decode("utf-8"), said)
                if not text.strip():
                    continue
                said.append(text)
                content = text.encode()
            yield f"rules/{name}", content

    def _rule_text(self, name: str, text: str, said: list[str]) -> str:
        """A file of rules without what speaks of others."""
        if name == "fournisseurs.yaml":
            known = words(said)
            return cut(text, lambda row: not _names(row, known), rows_only=True)
        kept = cut(text, self.names_others)
        return f"{kept.rstrip()}\nextrait: {self.tree}\n" if name == "organisation.yaml" else kept

    # The list -------------------------------------------------------------------------------------------------------

    def _list(self, found: Mapping[str, bytes]) -> bytes:
        closings: list[Closing] = list(self.books.closings)
        said = {
            "version": VERSION,
            "livres": self.books.policy.organisation.books_id or "",
            "bailleur": self.tree,
            "jour": self.books.today.isoformat(),
            "clotures": {each.period: each.digest for each in closings},
            "fichiers": {path: hashlib.sha256(content).hexdigest() for path, content in sorted(found.items())},
        }
        return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _codes(books: Books) -> set[str]:
    """Every project's code, the organisation's own included."""
    return {*books.trees, *books.policy.donors, *(each.tree for each in books.accounts.values() if each.tree), OWN_TREE}


def _names(row: str, known: frozenset[str]) -> bool:
    """Whether a row's own number or name is among the words of the books."""
    found = _NUMBER.search(row)
    return found is not None and found[1] in known


def _files(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Every plain file of a folder but what explains it, by the name it has in the extract."""
    if folder.is_dir() and not folder.is_symlink():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix != ".md":
                yield f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def summary(found: Extracted) -> str:
    """What was done, in a sentence."""
    told = counted(found.files, "fichier")
    same = f" ; {counted(found.errors, 'erreur')}, les mêmes que dans les livres" if found.errors else ""
    return f"{told} dans {found.folder.as_posix()}{os.sep}{same}."
