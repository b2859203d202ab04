"""The folder `.grandlivre/index/`: what was seen last, and the last few answers under what they were made of."""

from __future__ import annotations

import os
from datetime import date

from grandlivre.kept import answers, records
from grandlivre.kept.answers import Answer, Rows
from grandlivre.kept.git import GitMark, tracks_nothing
from grandlivre.kept.marks import State, Text, UnsureError, content_digest, digest_of, look, mark_of
from grandlivre.kept.program import settled_version, version

_SEEN, _PROGRAM, _TURNS = "vu", "programme", "tours"
_SEEN_KIND, _PROGRAM_KIND = "grandlivre vu 1", "grandlivre programme 1"
_ANSWER = "reponse-"
_MOST = 12
"""Answers that are kept: branches, days, an edit and its undoing."""
_COMPARED = 50
"""One run in so many reads everything again and compares."""
_LONG_AGO = 10**18
"""Nanoseconds: 2001."""
_ORGANISATION = "rules/organisation.yaml"
_IGNORED = "# La mémoire de grandlivre check : elle s'efface sans risque.\n*\n"


class Known:
    """What a whole run knows beside its answer."""

    __slots__ = ("example", "libraries", "plain", "voices")

    def __init__(self, libraries: list[str], example: str, voices: frozenset[str], plain: frozenset[str]) -> None:
        self.libraries = libraries
        """The files of the libraries it loaded."""
        self.example = example
        """The day of example books, as ISO writes it, or ""."""
        self.voices = voices
        """The rules that `--only` may name."""
        self.plain = plain
        """The ledgers, by path from the root, of which neither the audit nor the search for typing traps said anything."""


class Index:
    """The index of the books whose entry point is `main`, an absolute path without links."""

    def __init__(self, main: str) -> None:
        self.main = main
        self.root = os.path.dirname(os.path.dirname(main))
        self.folder = f"{self.root}/.grandlivre/index"
        self._seen: dict[str, Text] = {}
        self.git = GitMark()
        """The list of files of the repository, when the last run saw it."""
        self._libraries: list[str] = []
        self._version = ""
        self._now = ""
        self._example = ("", "")
        self._plain_under = ""
        self.voices: frozenset[str] = frozenset()

    # --- the folder ---------------------------------------------------------------------------------------------------

    def _stands(self) -> bool:
        """Whether the folder is there, and nothing beside it or in it is a link, a pipe or a device: to read one might never end."""
        return os.path.isdir(self.folder) and _is_plain(os.path.dirname(self.folder))

    def prepare(self) -> None:
        """Makes the folder, which git ignores. Raises OSError, or UnsureError where a link stands."""
        if not self._stands():
            if not _is_plain(os.path.dirname(self.folder)):
                raise UnsureError
            os.makedirs(self.folder, exist_ok=True)
            if not self._stands():
                raise UnsureError
            records.save(f"{self.folder}/.gitignore", _IGNORED.encode())
        if not os.path.isfile(f"{self.folder}/{_TURNS}"):
            records.save(f"{self.folder}/{_TURNS}", b"1")

    def clear(self) -> None:
        """Forgets everything."""
        if self._stands():
            for name in os.listdir(self.folder):
                if name != _TURNS and os.path.isfile(f"{self.folder}/{name}"):
                    os.unlink(f"{self.folder}/{name}")

    def turn(self) -> tuple[int, bool]:
        """The disk's own time now, and whether this run is one of those that compare. Raises OSError or UnsureError."""
        if not self._stands():
            raise UnsureError
        path = f"{self.folder}/{_TURNS}"
        try:
            with open(path, "rb", buffering=0) as stream:
                said = stream.read(20)
            turns = int(said) + 1 if said.isdigit() else 0
        except FileNotFoundError:
            turns = 0
        return _clock(path, b"%d" % turns), turns % _COMPARED == 0  # a damaged counter counts as due

    def now(self) -> int:
        """The disk's own time now. Raises OSError or UnsureError."""
        return _clock(f"{self.folder}/horloge", b"")

    # --- looking ------------------------------------------------------------------------------------------------------

    def recall(self) -> None:
        """Reads what the last run saw. Raises OSError or UnsureError."""
        if not self._stands():
            raise UnsureError
        try:
            (_, organisation, example, self._plain_under, *voices), (_, *git), *texts = records.load(
                f"{self.folder}/{_SEEN}", _SEEN_KIND
            )
            self.git, self._example = GitMark.of(git), (organisation, example)
            self._seen = {path: Text(mark, digest, bool(old), bool(plain)) for path, mark, digest, old, plain in texts}
            (self._version,), *libraries = records.load(f"{self.folder}/{_PROGRAM}", _PROGRAM_KIND)
            self._libraries = [path for (path,) in libraries]
        except ValueError as error:
            raise UnsureError from error
        if self._plain_under.startswith(f"{self._version} "):  # both files were left by one program
            self.voices = frozenset(voices)

    def look(self, clock: int) -> State:
        """What stands on the disk now. Raises OSError or UnsureError."""
        return look(self.main, clock, self._seen)

    def key(self, state: State, day: date) -> str:
        """What stands for everything that an answer is made of, but for papers that have just changed."""
        texts = [f"{path}\t{text.digest}" for path, text in sorted(state.texts.items())]
        return digest_of("\0".join([*self.under(state, day), *texts]).encode("utf-8", "surrogateescape"))

    def under(self, state: State, day: date) -> tuple[str, ...]:
        """The same without the contents of texts: the program, the entry point, the day, names, papers, what lies beside."""
        return self._version, self.main, day.isoformat(), state.names, state.papers, state.beside

    # --- asking -------------------------------------------------------------------------------------------------------

    def answer(self, state: State, day: date, facts: bool) -> Answer:
        """The answer that was given of the same things on the same day. Raises OSError or UnsureError where there is none."""
        if not self.is_program_the_same():
            raise UnsureError
        path = f"{self.folder}/{_ANSWER}{self.key(state, day)}"
        found = answers.from_records(records.load(path, answers.KIND), facts)
        if found.verdict.today != day or not state.fresh.keys() <= found.fresh.keys():  # a clock that was put back
            raise UnsureError
        if self.digests({path: mark_of(os.lstat(f"{self.root}/{path}")) for path in found.fresh}) != found.fresh:
            raise UnsureError
        self.settle(state, day, found, tracks_nothing(self.main, self.git, state.clock))
        return found

    def day_of_example(self, state: State) -> str:
        """The day of example books, or "". Raises UnsureError when their file is not the one it was read from."""
        now = state.texts.get(_ORGANISATION)
        if now is None or now.digest != self._example[0]:
            raise UnsureError
        return self._example[1]

    def is_due(self) -> bool:
        """Whether this run is one of those that compare. Raises OSError."""
        with open(f"{self.folder}/{_TURNS}", "rb", buffering=0) as stream:
            said = stream.read(20)
        return not said.isdigit() or int(said) % _COMPARED == 0

    def plain(self, state: State) -> frozenset[str]:
        """The ledgers, by path from the root, of which the audit and the search for typing traps had nothing to say. Raises OSError."""
        if not self.is_program_the_same():
            return frozenset()
        if self._plain_under != self._what_plain_means(state):
            return frozenset()
        return frozenset(path for path, text in state.texts.items() if text.plain)

    def is_program_the_same(self) -> bool:
        """Whether the program that left the index is the one that runs. Raises OSError when a library of it is gone."""
        if self._version and not self._now:
            self._now = version(self._libraries)
        return bool(self._version) and self._now == self._version

    def _what_plain_means(self, state: State) -> str:
        """The program that looked, and the content of the entry point, which says what the others must declare."""
        main = state.texts[os.path.relpath(self.main, self.root).replace(os.sep, "/")].digest
        return f"{self._version} {main}"

    def settle(self, state: State, day: date, found: Answer, git: GitMark) -> None:
        """Remembers marks that now stand for the contents just read again; a disk that refuses costs time only."""
        try:
            read_again = any(self._seen.get(path) is not text for path, text in state.texts.items())
            if read_again or git is not self.git:
                self._seen, self.git = state.texts, git
                self._save_seen()
            if found.fresh.keys() - state.fresh.keys():
                path = f"{self.folder}/{_ANSWER}{self.key(state, day)}"
                kept = [
                    each for each in records.load(path, answers.KIND) if each[0] != "fresh" or each[1] in state.fresh
                ]
                records.save(path, records.written(answers.KIND, kept))
        except (OSError, UnsureError):
            return

    def keep_answer(self, state: State, day: date, rows: Rows) -> None:
        """Keeps an answer for the next time that the same is asked; a disk that refuses costs time only."""
        try:
            records.save(f"{self.folder}/{_ANSWER}{self.key(state, day)}", records.written(answers.KIND, rows))
            self._forget_the_oldest()
        except OSError:
            return

    # --- keeping ------------------------------------------------------------------------------------------------------

    def keep(self, before: State, answer: Answer, known: Known) -> State:
        """Keeps the answer of a whole run that began with a look, when nothing changed meanwhile: what then stood on the disk.

        Raises OSError or UnsureError.
        """
        after = look(self.main, self.now(), before.texts, papers=False)
        if not before.same_as(after):
            raise UnsureError
        git = tracks_nothing(self.main, GitMark(), after.clock)
        if self.digests({path: mark_of(os.lstat(f"{self.root}/{path}")) for path in answer.fresh}) != answer.fresh:
            raise UnsureError
        before_it = self._libraries if self.is_program_the_same() else []
        self._libraries = sorted({*before_it, *known.libraries})
        self._version = settled_version(self._libraries, before.clock)
        content = records.written(answers.KIND, answers.as_records(answer))
        if (
            not self._version
            or answers.from_records(records.read(answers.KIND, content), True).verdict != answer.verdict
        ):
            raise UnsureError
        self._seen = {
            path: Text(text.mark, text.digest, text.settled, path in known.plain) for path, text in after.texts.items()
        }
        self.git, self.voices, self._plain_under = git, known.voices, self._what_plain_means(after)
        self._example = (after.texts[_ORGANISATION].digest if _ORGANISATION in after.texts else "", known.example)
        program = [[self._version], *([path] for path in self._libraries)]
        records.save(f"{self.folder}/{_PROGRAM}", records.written(_PROGRAM_KIND, program))
        self._save_seen()
        after.papers = before.papers
        records.save(f"{self.folder}/{_ANSWER}{self.key(after, answer.verdict.today)}", content)
        self._forget_the_oldest()
        return after

    def digests(self, papers: dict[str, str]) -> dict[str, str]:
        """The digests of papers by path, from their marks. Raises OSError or UnsureError."""
        return {path: content_digest(f"{self.root}/{path}", mark) for path, mark in papers.items()}

    def _save_seen(self) -> None:
        head = [["vu", *self._example, self._plain_under, *sorted(self.voices)], ["git", *self.git.as_record()]]
        texts = [
            [path, each.mark, each.digest, "oui" if each.settled else "", "oui" if each.plain else ""]
            for path, each in self._seen.items()
        ]
        records.save(f"{self.folder}/{_SEEN}", records.written(_SEEN_KIND, [*head, *texts]))

    def _forget_the_oldest(self) -> None:
        with os.scandir(self.folder) as found:
            kept = sorted((-each.stat().st_mtime_ns, each.path) for each in found if each.name.startswith(_ANSWER))
        for _, path in kept[_MOST:]:
            os.unlink(path)


def _is_plain(folder: str) -> bool:
    """Whether a folder, if it is there, and all below it are ordinary files and folders."""
    if not os.path.lexists(folder):
        return True
    waiting = [folder] if not os.path.islink(folder) else []
    plain = bool(waiting)
    while waiting and plain:
        with os.scandir(waiting.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif not entry.is_file(follow_symlinks=False):
                    plain = False
    return plain


def _clock(path: str, content: bytes) -> int:
    """Writes a file; the disk's own time then. Raises OSError, and UnsureError on a disk that lets programs say the last change."""
    now = records.save(path, content)
    os.utime(path, ns=(0, 0))
    if (
        os.name != "nt" and os.stat(path).st_ctime_ns < _LONG_AGO
    ):  # FAT: the time of the last change is that of the content
        raise UnsureError
    return now
