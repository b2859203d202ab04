"""The command `grandlivre`; what the terminal reads and writes is UTF-8, also on Windows."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_YOUNG = 100_000
"""New objects after which Python's collector looks at them: at 700, as it ships, it looks a hundred times while modules load."""


def main() -> None:
    """Runs one command; an interruption or a broken pipe ends it quietly.

    The process then ends at once: taking a large ledger apart, record by record, would cost what reading its files does.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    gc.set_threshold(_YOUNG)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # nobody else's package reads along, and none is looked for
    checked = _checked(sys.argv[1:])
    if checked is not None:
        _end(checked)
    from grandlivre.cli import cli

    code = 0
    os.environ.setdefault("NoDefaultCurrentDirectoryInExePath", "oui")  # Windows then finds no git.exe among the books
    try:
        cli(prog_name="grandlivre")
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        code = end.code or 0
    _end(code)


def _checked(words: list[str]) -> int | None:
    """The exit status of the check that is asked for most often, with no library for command lines; None: it is another command."""
    if words[:1] != ["check"]:
        return None
    from grandlivre.kept import asking

    asked = asking.read(words)
    if asked is None:
        return None
    try:
        known = asking.answered(asked)
        if known is not None:
            return known
        from grandlivre.kept.running import run

        return run(asked)
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrompu.\n")
        return 1


def _end(code: int) -> NoReturn:
    """Ends the process, once what it wrote is out of its hands."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    # `python -m grandlivre` puts the current folder, most often the books', before every library: a click.py there would
    # run. What Python itself reads before this line (a package grandlivre/, a runpy.py) nobody can stop: see SECURITY.md.
    sys.path[:] = [each for each in sys.path if each not in ("", os.getcwd())]  # noqa: PTH109 - pathlib would be looked for there
    main()
