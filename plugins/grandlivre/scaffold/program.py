"""The running program as a wheel: new books keep a copy of what checks them, and nothing is fetched under a bare name."""

from __future__ import annotations

import base64
import hashlib
import io
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_ROOT = _PACKAGE.parents[1]
_NAME = _PACKAGE.name
_KEPT = ("METADATA", "WHEEL", "entry_points.txt", "licenses/LICENSE")
_LEFT = frozenset({".pyc", ".pyo"})


@cache
def wheel() -> tuple[str, bytes]:
    """The name and the bytes of a wheel of this program; the same files give the same bytes.

    Raises ModuleNotFoundError when Python does not know how the program was installed.
    """
    installed = metadata.distribution(_NAME)
    label = f"{_NAME}-{installed.version}"
    contents = dict(_files())
    for name in _KEPT:
        contents[f"{label}.dist-info/{name}"] = (installed.read_text(name) or "").encode()
    record = f"{label}.dist-info/RECORD"
    rows = [f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in sorted(contents.items())]
    contents[record] = "".join([*rows, f"{record},,\n"]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3  # whatever the machine
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return f"{label}-py3-none-any.whl", packed.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    """Each file of the package, and, when it runs from its sources, those that the build puts beside it."""
    yield from _under(_PACKAGE, _NAME)
    built = _ROOT / "pyproject.toml"
    if _PACKAGE.parent.name == "plugins" and built.is_file():
        tool = tomllib.loads(built.read_text(encoding="utf-8"))["tool"]
        for source, target in tool["hatch"]["build"]["targets"]["wheel"]["force-include"].items():
            yield from _under(_ROOT / source, target)


def _under(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        yield name, path.read_bytes()
        return
    for each in path.rglob("*"):
        if each.is_file() and each.suffix not in _LEFT:
            yield f"{name}/{each.relative_to(path).as_posix()}", each.read_bytes()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
