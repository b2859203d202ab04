"""The command `grandlivre`; what the terminal reads and writes is UTF-8, also on Windows."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs one command; an interruption or a broken pipe ends it quietly."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    from grandlivre.cli import cli

    cli(prog_name="grandlivre")


if __name__ == "__main__":
    main()
