"""Makes the extension of VS Code from `scripts/vscode/`: `dist/grand-livre-VERSION.vsix`. Needs npm, for the client library."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from _setup import ROOT, speak_utf8

SOURCES = ROOT / "scripts" / "vscode"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TYPES = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
{rows}
</Types>
"""
_MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="fr" Id="{name}" Version="{version}" Publisher="{publisher}" />
    <DisplayName>{display}</DisplayName>
    <Description xml:space="preserve">{description}</Description>
    <Categories>{categories}</Categories>
    <Properties><Property Id="Microsoft.VisualStudio.Code.Engine" Value="{engine}" /></Properties>
    <License>extension/LICENSE</License>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code" /></Installation>
  <Dependencies />
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true" />
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true" />
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE" Addressable="true" />
  </Assets>
</PackageManifest>
"""


def main() -> int:
    """Status 0 when the file is made."""
    speak_utf8()
    npm = shutil.which("npm")
    if npm is None:
        print("npm manque : installez Node (nodejs.org), puis relancez.")
        return 1
    with tempfile.TemporaryDirectory(prefix="grandlivre-") as folder:
        built = Path(folder) / "extension"
        shutil.copytree(SOURCES, built)
        words = [
            npm,
            "install",
            "--omit=dev",
            "--ignore-scripts",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--silent",
        ]
        if subprocess.run(words, cwd=built, check=False).returncode:
            print("npm n'a pas pu prendre vscode-languageclient : vérifiez la connexion, puis relancez.")
            return 1
        print(pack(built, ROOT / "dist").relative_to(ROOT).as_posix())
    return 0


def pack(built: Path, target: Path) -> Path:
    """The archive of an extension whose libraries are installed; same files, same bytes."""
    said = json.loads((built / "package.json").read_text(encoding="utf-8"))
    files = {
        f"extension/{path.relative_to(built).as_posix()}": path.read_bytes()
        for path in sorted(built.rglob("*"))
        if path.is_file() and path.name != ".package-lock.json"
    }
    endings = sorted({Path(name).suffix or ".txt" for name in files} | {".vsixmanifest"})
    rows = "\n".join(f'  <Default Extension="{each}" ContentType="application/octet-stream" />' for each in endings)
    files["[Content_Types].xml"] = _TYPES.format(rows=rows).encode()
    files["extension.vsixmanifest"] = _MANIFEST.format(
        name=said["name"],
        version=said["version"],
        publisher=said["publisher"],
        display=said["displayName"],
        description=said["description"],
        categories=",".join(said["categories"]),
        engine=said["engines"]["vscode"],
    ).encode()
    target.mkdir(exist_ok=True)
    made = target / f"{said['name']}-{said['version']}.vsix"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return made


if __name__ == "__main__":
    sys.exit(main())
