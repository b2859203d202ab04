"""A photo or a PDF of a voucher, made fit to be kept: upright, without what a telephone adds, small, harmless.

Sizes are bounded before anything is decoded; what is refused is said in French, with what to do instead.
"""

from __future__ import annotations

import io
import re
import zlib
from typing import NamedTuple

from PIL import Image, ImageOps

LARGEST = 25_000_000
"""Bytes of a file that is taken in."""
_MOST_PIXELS = 60_000_000
_LONGEST_SIDE = 2_400
"""Pixels: a page of A4 at 200 points an inch."""
_LIGHT = 3_000_000
"""Bytes above which a picture without losses becomes a JPEG."""
_QUALITY = 85
_GREY, _FLAT = frozenset("1L"), frozenset("1LP")
"""Pillow's modes without colours, and those of few."""
_PLAIN = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "gamma", "transparency", "progressive"})
"""What a picture may say beside its pixels."""
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_UNPACKED = 40_000_000
"""Bytes that the packed objects of a PDF may unfold to."""
_NAME = re.compile(rb"/([^\x00\t\n\f\r /<>\[\](){}%]+)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED = re.compile(rb"<<(?:(?!endobj).)*?/(?:ObjStm|#4fbjStm)(?:(?!endobj).)*?stream\r?\n", re.DOTALL)
_ACTIVE = {
    b"JavaScript": "un script",
    b"JS": "un script",
    b"XFA": "un formulaire à scripts",
    b"Launch": "le lancement d'un programme",
    b"EmbeddedFile": "un fichier caché dedans",
    b"EmbeddedFiles": "un fichier caché dedans",
    b"RichMedia": "un film ou un programme",
    b"Movie": "un film ou un programme",
    b"SubmitForm": "un envoi de données",
    b"ImportData": "une lecture de données",
    b"Encrypt": "un chiffrement (mot de passe ou droits)",
}
"""Names by which a PDF does something by itself, and what each is."""
_REPRINT = "Ouvrez-le et imprimez-le en PDF (« Microsoft Print to PDF », « Enregistrer au format PDF »), puis joignez cette copie."


class Scan(NamedTuple):
    """A paper fit to be kept."""

    content: bytes
    suffix: str


def scanned(content: bytes) -> Scan | str:
    """The file made fit to be kept, or the French sentence that refuses it."""
    if len(content) > LARGEST:
        size = f"{len(content) / 1_000_000:.1f}".replace(".", ",")
        return (
            f"Le fichier pèse {size} Mo ; {LARGEST // 1_000_000} Mo au plus. Scannez en 150 points par pouce, ou prenez la "
            "photo en qualité normale."
        )
    if not content:
        return "Le fichier est vide (0 octet) : prenez la photo ou scannez de nouveau."
    if content.startswith(b"\xff\xd8\xff"):
        return _picture(content, "JPEG")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture(content, "PNG")
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return (
            "Cette photo est au format HEIC, que les autres ne lisent pas. Sur l'iPhone : Réglages, Appareil photo, Formats, "
            "« Le plus compatible » ; ou envoyez-la par courriel, qui la convertit en JPEG."
        )
    return "Ce fichier n'est ni une photo (JPEG, PNG) ni un PDF : photographiez la pièce, ou imprimez-la en PDF."


def _picture(content: bytes, form: str) -> Scan | str:
    """A picture turned upright, reduced, and rid of all but its pixels; as it is when it is so already."""
    try:
        with Image.open(io.BytesIO(content), formats=(form,)) as found:
            if found.width * found.height > _MOST_PIXELS:
                return (
                    f"L'image fait {found.width} × {found.height} points ; {_MOST_PIXELS // 1_000_000} millions au plus. "
                    "Prenez la photo en qualité normale."
                )
            if _is_plain(found, content):
                found.load()
                return Scan(content, ".jpg" if form == "JPEG" else ".png")
            return _reduced(found, form)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, zlib.error):
        return "La photo est abîmée et ne s'ouvre pas entièrement : prenez-la ou copiez-la de nouveau."


def _is_plain(found: Image.Image, content: bytes) -> bool:
    """Whether a picture holds nothing but pixels, few enough to be kept as they are."""
    ends = content.endswith(b"\xff\xd9") if found.format == "JPEG" else content.endswith(b"IEND\xaeB`\x82")
    return (
        ends
        and max(found.size) <= _LONGEST_SIDE
        and len(content) <= _LIGHT
        and found.info.keys() <= _PLAIN
        and not any(name != "APP0" for name, _ in getattr(found, "applist", ()))
    )


def _reduced(found: Image.Image, form: str) -> Scan:
    found.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # decodes a large JPEG at half its size, in half the time
    upright = ImageOps.exif_transpose(found)
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    if form == "PNG":
        bare = upright.convert("RGB" if upright.mode not in _FLAT else upright.mode)
        bare.info = {}
        kept = io.BytesIO()
        bare.save(kept, "PNG", optimize=True)
        if kept.tell() <= _LIGHT:
            return Scan(kept.getvalue(), ".png")
    bare = upright.convert("L" if upright.mode in _GREY else "RGB")
    bare.info = {}
    kept = io.BytesIO()
    bare.save(kept, "JPEG", quality=_QUALITY, optimize=True)
    return Scan(kept.getvalue(), ".jpg")


def _pdf(content: bytes) -> Scan | str:
    """A PDF as it is, when nothing in it does anything by itself."""
    if b"%%EOF" not in content[-2_048:]:
        return "Le PDF est incomplet (sa fin manque) : copiez-le ou scannez-le de nouveau."
    texts = [content]
    left = _UNPACKED
    for match in _PACKED.finditer(content):
        unfolded = _unfolded(content[match.end() :], left) if b"FlateDecode" in match[0] else None
        if unfolded is None:
            return f"Le PDF est compressé d'une façon qui ne se vérifie pas. {_REPRINT}"
        left -= len(unfolded)
        texts.append(unfolded)
    for text in texts:
        for name in _NAME.findall(text):
            plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), name)
            if plain in _ACTIVE:
                return f"Le PDF contient {_ACTIVE[plain]} (/{plain.decode()}) : il n'est pas gardé. {_REPRINT}"
    return Scan(content, ".pdf")


def _unfolded(packed: bytes, most: int) -> bytes | None:
    """What a packed stream unfolds to; None when it cannot be read, or holds more than a document needs."""
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(packed, most)
    except zlib.error:
        return None
    return None if reader.unconsumed_tail and not reader.eof else text
