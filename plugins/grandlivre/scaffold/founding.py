"""Every file of a new organisation's repository."""

from __future__ import annotations

import json
import re

from grandlivre.scaffold.examples import Examples, forms
from grandlivre.scaffold.ledger_files import ledger_files, opening_document
from grandlivre.scaffold.organisation import NewOrganisation
from grandlivre.scaffold.program import wheel
from grandlivre.scaffold.rules_files import rules_files
from grandlivre.scaffold.shipped import shipped, text_file

HOOK = ".githooks/pre-commit"
"""What git runs before each commit, in a folder of its own that a clone brings along."""
EXECUTABLE = (HOOK, "scripts/ouvrir.sh")
"""Files that the system runs by themselves."""
SCRIPTS = ("_setup.py", "start.py", "ouvrir.cmd", "ouvrir.sh")
"""What a person types on a fresh machine, the same as for this program's own repository."""

_FILLED = {
    "README.md": "README.md",
    "ledger.md": "ledger/README.md",
    "documents.md": "ledger/documents/README.md",
}
"""Texts of `scaffold/files/` with gaps for the organisation's own names, in the order they are read, and where they go."""
_COPIED = {
    "templates.md": "templates/README.md",
    "gitignore": ".gitignore",
    "gitattributes": ".gitattributes",
    "github.yml": ".github/workflows/controle.yml",
    "gitlab-ci.yml": ".gitlab-ci.yml",
    "pre-commit.sh": HOOK,
    "relire.sh": "scripts/relire.sh",
}
"""Texts of `scaffold/files/` that are the same for everybody, and where they go."""
_SNIPPETS = "grandlivre.code-snippets"


def founding_files(org: NewOrganisation) -> dict[str, bytes]:
    """Each file's content by its path from the repository's root, sorted by path; raises as `wheel` does."""
    files = {path: text.encode() for path, text in ledger_files(org)}
    files.update(rules_files(org))
    examples = Examples(org)
    for source, target in _FILLED.items():
        files[target] = examples.fill(text_file(source)).encode()
    for source, target in _COPIED.items():
        files[target] = text_file(source).encode()
    for path in sorted(shipped(".vscode").iterdir()):
        files[f".vscode/{path.name}"] = path.read_bytes()
    files[f".vscode/{_SNIPPETS}"] = _snippets(files["ledger/README.md"].decode())
    for script in SCRIPTS:
        files[f"scripts/{script}"] = (shipped("scripts") / script).read_bytes()
    program, content = wheel()
    files[f"outils/{program}"] = content
    files["outils/constraints.txt"] = shipped("constraints.txt").read_bytes()
    if org.opening_file is not None:
        for tree in org.trees:
            if tree.opening:
                files[f"ledger/documents/{opening_document(org, tree)}"] = org.opening_file[1]
    return dict(sorted(files.items()))


def _snippets(page: str) -> bytes:
    """The editor's completions: every form of the page, the day and the place of the numbers left to whoever types."""
    made = {
        title: {"scope": "beancount", "prefix": word, "description": title, "body": _body(block)}
        for word, title, block in forms(page)
    }
    return f"{json.dumps(made, ensure_ascii=False, indent=2)}\n".encode()


def _body(block: str) -> list[str]:
    """A form as a snippet: today's date in place of the example's."""
    text = block.rstrip("\n").replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")
    today = "${CURRENT_YEAR}-${CURRENT_MONTH}-${CURRENT_DATE}"
    return [re.sub(r"^\d{4}-\d\d-\d\d(?= [!*c])", today, line) for line in (*text.split("\n"), "$0")]
