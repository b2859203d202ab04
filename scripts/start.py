"""Installs Grand Livre, checks the books, renders the latest quarter's reports, and says how to open the viewer."""

from __future__ import annotations

import sys

from _setup import GRANDLIVRE, ROOT, guard_commits, install, run, speak_utf8


def main() -> int:
    """Status 0 when the books hold no error."""
    speak_utf8()
    install("pdf")
    guard_commits()
    print("\nContrôle des livres (ledger/main.beancount)", flush=True)
    status = run(str(GRANDLIVRE), "check")
    print("\nRapports du dernier trimestre", flush=True)
    rendered = run(str(GRANDLIVRE), "report", "--all", "--periode", "dernier-trimestre")
    command = GRANDLIVRE.relative_to(ROOT).as_posix()
    print(f"\nPour ouvrir les livres dans le navigateur : {command} serve")
    print(f"Pour recontrôler après une correction :     {command} check")
    print(f"Pour comprendre un contrôle :               {command} rules caisse-hors-bornes")
    return status or rendered


if __name__ == "__main__":
    sys.exit(main())
