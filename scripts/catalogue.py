"""Writes rules/README.md, the catalogue of controls, from the rule classes. `--check`: status 1 when it is not current."""

from __future__ import annotations

import sys
from pathlib import Path

from grandlivre.inspection import voices
from grandlivre.render.manual import catalogue
from grandlivre.writing import write_file

TARGET = Path(__file__).resolve().parent.parent / "rules" / "README.md"


def main() -> int:
    """The catalogue on disk is the one the classes give."""
    wanted = catalogue(voices()).encode()
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.exists() and TARGET.read_bytes() == wanted else 1
    write_file(TARGET, wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
