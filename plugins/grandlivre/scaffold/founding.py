"""Every file of a new organisation's repository."""

from __future__ import annotations

from grandlivre.scaffold.accounts import name
from grandlivre.scaffold.ledger_files import example_tree, ledger_files, opening_document, quoted
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

_COPIED = {
    "README.md": "README.md",
    "ledger.md": "ledger/README.md",
    "documents.md": "ledger/documents/README.md",
    "releves.md": "rules/releves/README.md",
    "templates.md": "templates/README.md",
    "gitignore": ".gitignore",
    "gitattributes": ".gitattributes",
    "github.yml": ".github/workflows/controle.yml",
    "gitlab-ci.yml": ".gitlab-ci.yml",
    "pre-commit.sh": HOOK,
}
"""Texts of `scaffold/files/` and where they go."""
_SNIPPETS = "grandlivre.code-snippets"


def founding_files(org: NewOrganisation) -> dict[str, bytes]:
    """Each file's content by its path from the repository's root, sorted by path; raises as `wheel` does."""
    files = {path: text.encode() for path, text in ledger_files(org)}
    files.update(rules_files(org))
    words = _words(org)
    for source, target in _COPIED.items():
        files[target] = _filled(text_file(source), words).encode()
    for path in sorted(shipped(".vscode").iterdir()):
        text = path.read_text(encoding="utf-8")
        files[f".vscode/{path.name}"] = (_snippets(text, org) if path.name == _SNIPPETS else text).encode()
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


def _words(org: NewOrganisation) -> dict[str, str]:
    """What the texts call @MOT@: the organisation's own accounts, people and months."""
    tree = example_tree(org)
    signers = [mandate.person for mandate in org.mandates if mandate.power == "signature-bancaire"]
    college = {person.id: person.college for person in org.people}
    first = next((each for each in signers if college[each] == "direction"), "directeur")
    second = next((each for each in signers if college[each] == "bureau-executif"), "president")
    till = name(tree, tree.tills[0][0]) if tree.tills else "Actif:FONCT:5711-Caisse"
    bank = name(tree, tree.banks[0]) if tree.banks else "Actif:FONCT:52111-Banque"
    year, month = org.start.year, org.start.month
    return {
        "SIGLE": org.acronym,
        "NOM": org.name,
        "ANNEE": str(year),
        "MOIS": f"{year}-{month:02d}",
        "DEVISE": org.currency,
        "BANQUE": bank,
        "CAISSE": till,
        "SIGNATAIRE-1": first,
        "SIGNATAIRE-2": second,
        "ARBRES": "\n".join(f"| `{each.code}` | {each.name} | {each.financing} |" for each in org.trees),
        "DOSSIERS": ", ".join(f"`{each.code.lower()}/`" for each in org.trees),
        "TITRE": quoted(org.name)[1:-1],
    }


def _filled(text: str, words: dict[str, str]) -> str:
    for key, word in words.items():
        text = text.replace(f"@{key}@", word)
    return text


def _snippets(text: str, org: NewOrganisation) -> str:
    """The editor's examples with the names of this organisation in place of the demonstration's."""
    tree = next((each for each in org.trees if each.financing != "ressources-propres"), org.trees[0])
    bank = tree.banks[0].leaf if tree.banks else "52111-Banque"
    folder = f"{tree.code.lower()}/{org.start:%Y-%m}"
    return text.replace("UE-EAU", tree.code).replace("52111-Banque-BDM", bank).replace("ue-eau/2026-01", folder)
