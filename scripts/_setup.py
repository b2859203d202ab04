"""The virtual environment of start.py and test.py; standard library only, messages in French.

The same file stands in the books that `grandlivre init` writes: there the program is a wheel kept in `outils/`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
GRANDLIVRE = PYTHON.with_name("grandlivre.exe" if os.name == "nt" else "grandlivre")
"""The installed command: unlike `python -m`, it looks for no module in the current folder."""


def speak_utf8() -> None:
    """The console reads and writes UTF-8, also on Windows."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def need_python() -> None:
    """Ends with a French sentence when this Python cannot run Grand Livre."""
    if not (3, 11) <= sys.version_info[:2] < (3, 15):
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(
            f"Il faut Python 3.11 à 3.14 ; celui-ci est {found}. Installez-en un depuis python.org, puis relancez."
        )


def install(extras: str) -> None:
    """The environment with the package and its extras, exactly the pinned versions; done again only when they change."""
    need_python()
    if not PYTHON.exists():
        print("Préparation de l'environnement Python (.venv)…", flush=True)
        try:
            venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"L'environnement .venv ne peut pas être créé ({error}). Sous Debian : apt install python3-venv.")
    source, pins = _program()
    wanted = _fingerprint(extras, source, pins)
    mark = VENV / f"grandlivre-{extras or 'base'}.txt"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    print("Installation des paquets (la première fois, une à deux minutes)…", flush=True)
    asked = f"[{extras}]" if extras else ""
    target = [f"{source}{asked}"] if source.suffix == ".whl" else ["-e", f".{asked}"]
    command = [str(PYTHON), "-P", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(pins)]
    done = subprocess.run([*command, *target], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit("L'installation a échoué : vérifiez la connexion à internet (elle ne sert qu'ici), puis relancez.")
    mark.write_text(wanted, encoding="utf-8")


def _program() -> tuple[Path, Path]:
    """What is installed (the build file of the sources, or the wheel the books keep) and the pinned versions."""
    if (ROOT / "pyproject.toml").exists():
        return ROOT / "pyproject.toml", ROOT / "constraints.txt"
    wheels = sorted((ROOT / "outils").glob("grandlivre-*.whl"))
    if len(wheels) != 1:
        sys.exit(f"Le dossier outils/ contient {len(wheels)} fichiers grandlivre-….whl : il en faut un, et un seul.")
    return wheels[0], ROOT / "outils" / "constraints.txt"


def _fingerprint(extras: str, *files: Path) -> str:
    """What the installation depends on: the files it reads and the Python that runs it."""
    digest = hashlib.sha256(f"{extras} {sys.version}".encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def guard_commits() -> None:
    """Has git run the books' own hook before each commit, where these are books that carry one."""
    git = shutil.which("git")
    if git is None or Path(git).resolve().is_relative_to(ROOT):  # Windows looks in the current folder first
        return
    if (ROOT / ".git").exists() and (ROOT / ".githooks").is_dir():
        subprocess.run([git, "config", "core.hooksPath", ".githooks"], cwd=ROOT, check=False)


def run(*command: str, env: dict[str, str] | None = None) -> int:
    """Runs a command of the environment from the repository root, its output shown as it comes."""
    sys.stdout.flush()
    return subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, **(env or {})}).returncode
