"""Vouchers' files that a repository cannot hold: links, heavy files, odd paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from beancount import loader

from grandlivre.rules import OPTION

LEDGER = """
option "inferred_tolerance_default" "XOF:0.5"
plugin "grandlivre.checks.missing_voucher" "taille-maximale: 1"
2026-01-01 open Assets:EAU:521-Bank
2026-01-01 open Expenses:EAU:6047-Supplies
2026-01-05 ! "Papeterie" "Cahiers"
  document: "{path}"
  Expenses:EAU:6047-Supplies   1 XOF
  Assets:EAU:521-Bank
"""


BACKSLASHES = ["eau\\\\bon.pdf", "\\\\\\\\serveur\\\\bon.pdf"]
"""As typed between quotes, where Beancount reads a doubled backslash as one."""


def said(folder: Path, path: str) -> list[str]:
    """What the rule says of one entry that names one file, with the level of each finding."""
    ledger = folder / "main.beancount"
    ledger.write_text(LEDGER.format(path=path), encoding="utf-8")
    _, errors, options = loader.load_file(str(ledger))
    assert not [e for e in errors if type(e).__name__ != "RuleError"]
    return [f"{finding.level}: {finding.message}" for finding in options[OPTION].findings]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder of vouchers beside the ledger."""
    folder = tmp_path / "documents"
    (folder / "eau").mkdir(parents=True)
    (folder / "eau" / "bon.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    return folder


def test_good_file_is_silent(documents: Path) -> None:
    """An ordinary small PDF satisfies the rule."""
    assert said(documents.parent, "eau/bon.pdf") == []


@pytest.mark.parametrize(("size", "heavy"), [(1_000_000, False), (1_000_001, True)])
def test_size_limit(documents: Path, size: int, heavy: bool) -> None:
    """Exactly the limit passes; one byte more is an error whatever the flag, and says the size rounded up."""
    with (documents / "eau" / "lourd.pdf").open("wb") as stream:
        stream.write(b"%PDF-1.4")
        stream.truncate(size)
    findings = said(documents.parent, "eau/lourd.pdf")
    assert bool(findings) is heavy
    if heavy:
        assert findings[0].startswith("erreur: Le fichier eau/lourd.pdf pèse 2 Mo ; la taille maximale est de 1 Mo")


def test_links_are_refused(documents: Path) -> None:
    """Neither a link to a file nor a file behind a linked folder is a voucher."""
    try:
        (documents / "eau" / "lien.pdf").symlink_to(documents / "eau" / "bon.pdf")
        (documents / "ailleurs").symlink_to(documents / "eau", target_is_directory=True)
    except OSError:
        pytest.skip("this system does not let this user make links")
    for path in ("eau/lien.pdf", "ailleurs/bon.pdf"):
        (finding,) = said(documents.parent, path)
        assert finding.startswith(f"erreur: {path} passe par un lien symbolique")


@pytest.mark.parametrize(
    "path", [*BACKSLASHES, "D:bon.pdf", "eau/../eau/bon.pdf", "./eau/bon.pdf", "eau//bon.pdf", "eau/"]
)
def test_foreign_paths_are_refused(documents: Path, path: str) -> None:
    """Backslashes, network shares, drives, dots and empty steps never name a voucher."""
    (finding,) = said(documents.parent, path)
    assert finding.startswith("erreur: Le chemin")
    assert "n'est pas un chemin simple" in finding


@pytest.mark.parametrize("path", ["eau", "eau/bon", "EAU/bon.pdf", "bon.pdf"])
def test_what_is_no_plain_file_is_missing(documents: Path, path: str) -> None:
    """A folder, or a path not written as on the disk, is not a file; a `!` entry only warns."""
    (finding,) = said(documents.parent, path)
    assert finding.startswith("alerte: Le fichier")
