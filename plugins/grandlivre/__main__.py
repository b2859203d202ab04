"""The command `grandlivre`; what the terminal reads and writes is UTF-8, also on Windows."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Runs one command; an interruption or a broken pipe ends it quietly.

    The process then ends at once: taking a large ledger apart, record by record, would cost what reading its files does.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    from grandlivre.cli import cli

    code = 0
    try:
        cli(prog_name="grandlivre")
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        code = end.code or 0
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more
        code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
