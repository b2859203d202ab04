"""Everything `.ci/run` runs: style, types, floors, generated files, then the tests. `--rapide`: the unit part only."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor

from _setup import PYTHON, ROOT, VENV, install, run, speak_utf8

SYSTEM = {
    "chromium": ("chromium", "pages du visualiseur"),
    "pdftoppm": ("poppler-utils", "PDF regardés en images"),
    "git": ("git", "dépôts réels"),
    "soffice": ("libreoffice-calc", "classeurs recalculés par LibreOffice"),
}
LIBRARIES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
"""What WeasyPrint loads; without them the PDF tests say why they are skipped."""

WORKERS = "3"
"""One more than a small machine has processors: a test that waits for a page or for a clock leaves it to another."""
QUIET = {"BEANCOUNT_DISABLE_LOAD_CACHE": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
"""Tests find nothing remembered but compiled Python, which hundreds of processes would compile again each."""


def system_packages() -> None:
    """Installs what tests of pages and PDFs need where that is possible (Debian, root); else those tests are skipped."""
    missing = [package for tool, (package, _) in SYSTEM.items() if shutil.which(tool) is None]
    if shutil.which("dpkg-query"):
        for library in LIBRARIES:
            asked = subprocess.run(["dpkg-query", "-W", library], capture_output=True, check=False)
            if asked.returncode:
                missing.append(library)
    if not missing:
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print(f"Paquets du système : {' '.join(missing)}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False, stdout=subprocess.DEVNULL)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return
    for tool, (package, why) in SYSTEM.items():
        if shutil.which(tool) is None:
            print(f"{tool} manque (paquet {package}) : {why} ne seront pas éprouvés.", flush=True)


def said(command: list[str]) -> subprocess.CompletedProcess[str]:
    """What a command says, and how it ends."""
    env = {**os.environ, **QUIET, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


Step = tuple[str, Future[subprocess.CompletedProcess[str]]]


def shown(steps: list[Step]) -> list[str]:
    """Prints what steps said, in their order, once each is done; the names of those that fail."""
    for name, each in steps:
        print(f"\n== {name}", flush=True)
        print(each.result().stdout + each.result().stderr, end="", flush=True)
    return [name for name, each in steps if each.result().returncode]


def main() -> int:
    """Status 0 when everything passes."""
    speak_utf8()
    options = argparse.ArgumentParser(description="Tous les essais de Grand Livre.")
    options.add_argument("--rapide", action="store_true", help="les essais unitaires seulement")
    options.add_argument("pytest", nargs="*", help="arguments transmis à pytest")
    chosen = options.parse_args()
    began = time.monotonic()
    install("dev")
    if not chosen.rapide:
        system_packages()
    tools = VENV / PYTHON.parent.name
    marks = ["-m", "not slow"] if chosen.rapide else []
    pytest = [str(PYTHON), "-m", "pytest", "-q", *marks, *chosen.pytest]
    with ThreadPoolExecutor() as threads:
        # three workers then find the tests compiled, instead of compiling all of them three times
        compiled = threads.submit(said, [*pytest, "--collect-only"])
        quick: list[Step] = [
            ("style", threads.submit(said, [str(tools / "ruff"), "check", "--quiet", "."])),
            ("mise en forme", threads.submit(said, [str(tools / "ruff"), "format", "--check", "--quiet", "."])),
        ]
        long: list[Step] = [  # beside the tests, which wait often enough
            ("types", threads.submit(said, [str(tools / "mypy")])),
            ("étages", threads.submit(said, [str(tools / "lint-imports"), "--no-logo"])),
        ]
        failed = shown(quick)
        compiled.result()
        print("\n== essais", flush=True)
        if run(*pytest, "-n", WORKERS, "--dist", "worksteal", env=QUIET):
            failed.append("essais")
        failed += shown(long)
    print(f"\n{time.monotonic() - began:.0f} s", flush=True)
    if failed:
        print(f"En échec : {', '.join(failed)}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    (ROOT / "build").mkdir(exist_ok=True)
    sys.exit(main())
