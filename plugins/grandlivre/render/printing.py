"""A page as PDF: by WeasyPrint, else by a Chrome or Edge without a window, else not at all and said so."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from grandlivre.render.page import html
from grandlivre.reports.kit.table import Report
from grandlivre.sources.problem import Problem
from grandlivre.sources.programs import program

_FONTS = Path(__file__).resolve().with_name("fonts")
_SECONDS = 120
"""How long a browser may take."""
_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
    "microsoft-edge-stable",
)
_INSTALLED = (
    ("PROGRAMFILES", "Google/Chrome/Application/chrome.exe"),
    ("PROGRAMFILES(X86)", "Google/Chrome/Application/chrome.exe"),
    ("LOCALAPPDATA", "Google/Chrome/Application/chrome.exe"),
    ("PROGRAMFILES(X86)", "Microsoft/Edge/Application/msedge.exe"),
    ("PROGRAMFILES", "Microsoft/Edge/Application/msedge.exe"),
)
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_NO_PRINTER = (
    "Aucun programme ne sait faire le PDF sur ce poste : la page HTML est le rapport et reste lisible. "
    "Installez Chrome ou Edge (ou la bibliothèque WeasyPrint : pip install grandlivre[pdf]), ou imprimez la page depuis le navigateur."
)
_FONT_LOCK = Lock()


def pdf(report: Report, *, templates: Path | None = None, page: str | None = None) -> bytes | Problem:
    """The report as PDF; `page` is its HTML when it was made already."""
    if page is None:
        made = html(report, templates=templates)
        if isinstance(made, Problem):
            return made
        page = made
    try:
        from weasyprint.urls import URLFetcher  # noqa: F401 - before version 68 it cannot be kept from the network
    except (ImportError, OSError):
        browser = find_browser()
        if browser is None:
            return Problem(Path(), 1, _NO_PRINTER)
        return browser_pdf(page, report.period.end, browser)
    return weasyprint_pdf(page)


def weasyprint_pdf(page: str) -> bytes:
    """The page as tagged PDF/A-2a, the same bytes on every machine: fonts of the package only, no address followed."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    packed: dict[str, str] = {}

    def short(font: re.Match[str]) -> str:
        packed[address := f"data:font/ttf,{len(packed)}"] = font[0]
        return address

    page = _PACKED.sub(short, page)
    with _own_fonts():
        fonts = FontConfiguration()
        document = weasyprint.HTML(string=_with_glyphs(page), url_fetcher=_fetcher(packed), media_type="print")
        return bytes(document.write_pdf(font_config=fonts, pdf_variant="pdf/a-2a", pdf_identifier=b"grandlivre"))


_PACKED = re.compile(r'(?<=url\(")data:font/woff2;base64,[A-Za-z0-9+/=]+(?="\))')
"""A font as a style carries it (a text of the page writes no plain quote): most of a page, which the printer would read letter by letter."""


def _fetcher(packed: Mapping[str, str]) -> Any:
    """Reads what stands in the page itself and nothing else; a font of ours comes unpacked, since each page carries the same ones."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Own(URLFetcher):  # type: ignore[misc,unused-ignore]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in packed:
                return URLFetcherResponse(url, _unpacked(packed[url]), {"Content-Type": "font/ttf"})
            return super().fetch(url, headers)

    return Own(allowed_protocols=("data",))


@lru_cache(maxsize=8)
def _unpacked(url: str) -> bytes:
    """The font of such an address as the printer would unpack it, page after page: a third of what a page costs."""
    from fontTools.ttLib import woff2  # type: ignore[import-untyped,unused-ignore]

    font = BytesIO()
    woff2.decompress(BytesIO(b64decode(url.partition(",")[2])), font)
    return font.getvalue()


def _with_glyphs(page: str) -> str:
    """The page with each character that no font of ours can draw shown as « □ », so that its loss is seen."""
    covered = _covered()
    missing = {ord(char): "" if ord(char) in _JOINERS else "□" for char in set(page) if ord(char) not in covered}
    return page.translate(missing)


_JOINERS = (0x200C, 0x200D, *range(0xFE00, 0xFE10))
"""Characters that only tell how their neighbours join."""


@cache
def _covered() -> frozenset[int]:
    """Every character that the package's fonts can draw, and the line break."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped,unused-ignore]

    codes = {0x0A}
    for path in sorted(_FONTS.glob("*.woff2")) + sorted(_FONTS.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            codes |= set(font.getBestCmap())
    return frozenset(codes)


@contextmanager
def _own_fonts() -> Iterator[None]:
    """Fontconfig reads the package's fonts only while the block runs: letters missing there fall back to our own."""
    with _FONT_LOCK, tempfile.TemporaryDirectory(prefix="grandlivre-") as folder:
        setting = Path(folder, "fonts.conf")
        setting.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
            f"<fontconfig><dir>{_FONTS.as_posix()}</dir><cachedir>{Path(folder, 'cache').as_posix()}</cachedir></fontconfig>",
            encoding="utf-8",
        )
        before = os.environ.get("FONTCONFIG_FILE")
        os.environ["FONTCONFIG_FILE"] = str(setting)
        try:
            yield
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before


def find_browser() -> Path | None:
    """The first Chrome or Edge of this machine."""
    named = (program(name) for name in _BROWSERS)
    installed = (str(Path(os.environ[root], path)) for root, path in _INSTALLED if root in os.environ)
    for candidate in (*named, *installed, *_MAC):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    return None


def browser_pdf(page: str, day: date, browser: Path) -> bytes | Problem:
    """The page printed by that browser, its dates fixed to `day`; no network, a profile of its own."""
    with tempfile.TemporaryDirectory(prefix="grandlivre-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "rapport.html"), Path(folder, "rapport.pdf")
        source.write_text(page, encoding="utf-8")
        command = [
            str(browser),
            "--headless",
            "--disable-gpu",
            "--disable-quic",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--no-first-run",
            "--no-default-browser-check",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={Path(folder, 'profil')}",
            "--no-pdf-header-footer",
            "--virtual-time-budget=5000",  # waits for the fonts: without it, a busy machine prints other bytes
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        if sys.platform == "linux" and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - a browser we found
        if not target.is_file():
            return Problem(
                Path(),
                1,
                f"{browser.stem} n'a pas rendu le PDF ; la page HTML est le rapport. Imprimez-la depuis le navigateur.",
            )
        return _dated(target.read_bytes(), day)


def _dated(content: bytes, day: date) -> bytes:
    """The same PDF with the dates of its making replaced by `day`, of the same length so that offsets stay right."""
    fixed = f"D:{day:%Y%m%d}000000+00'00'".encode("ascii")

    def replaced(found: re.Match[bytes]) -> bytes:
        return found[1] + fixed[: len(found[2])].ljust(len(found[2]), b"0") + b")"

    return _renumbered(re.sub(rb"(/(?:CreationDate|ModDate) \()(D:[^)]*)\)", replaced, content))


def _renumbered(content: bytes) -> bytes:
    """The names a browser gives the parts of a page, in their own order from 1: it starts from another number each time."""
    names = sorted(set(re.findall(rb"\(node(\d{8})\)", content)))
    ranks = {name: b"(node%08d)" % rank for rank, name in enumerate(names, 1)}
    return re.sub(rb"\(node(\d{8})\)", lambda match: ranks[match[1]], content)
