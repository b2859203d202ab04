"""Writes the keys of the demonstration's people into a folder, to try `grandlivre sign`: clés de démonstration, connues de tous.

`python scripts/demo_keys.py DOSSIER` writes a private key and its `.pub` a person, and prints the `rules/cles.yaml` that names them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from _setup import speak_utf8
from demo import keys


def main() -> None:
    """Writes the files and says what they are worth."""
    speak_utf8()
    parser = argparse.ArgumentParser(description=f"Écrit les {keys.NOTICE}.")
    parser.add_argument("folder", type=Path, metavar="DOSSIER", help="Où les écrire, hors des livres.")
    chosen = parser.parse_args()
    for person in keys.PEOPLE:
        keys.write(chosen.folder, person)
    print(keys.register("2026-10-16"), end="")


if __name__ == "__main__":
    main()
