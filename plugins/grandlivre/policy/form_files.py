"""Where the files of donors' forms stand, and what they are called: known without reading one as a form."""

from __future__ import annotations

from pathlib import Path

from grandlivre.sources.yaml import Block, Scalar, load

FOLDER = "formulaires"
"""Under rules/."""


def shipped_folder() -> Path:
    """The forms that come with the program: beside the package when it is installed, else at the repository's root."""
    package = Path(__file__).resolve().parents[1]
    beside = package / "_rules" / FOLDER
    return beside if beside.is_dir() else package.parents[1] / "rules" / FOLDER


def own_models(rules: Path) -> tuple[str, ...]:
    """The models that an organisation's own files describe, read before its books are."""
    nodes = [load(path, []) for path in sorted((rules / FOLDER).glob("*.yaml"))]
    named = [node.items.get("modele") for node in nodes if isinstance(node, Block)]
    return tuple(each.text for each in named if isinstance(each, Scalar) and each.text)
