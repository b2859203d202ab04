"""Voucher files: minimal valid PDF and PNG, written byte by byte so that every machine writes the same."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence


def pdf(lines: Sequence[str]) -> bytes:
    """A one-page A5 PDF with a title and lines of text."""
    text = ["BT /F1 11 Tf 36 380 Td 15 TL"]
    for index, line in enumerate(lines):
        safe = line.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        text.append(f"({safe.decode('cp1252')}) Tj T*")
        if index == 1:
            text.append("/F1 9 Tf")
    stream = "\n".join([*text, "ET"]).encode("cp1252")
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 420]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for index, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (index, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in offsets)
    out += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def png(seed: int) -> bytes:
    """A small black-and-white picture of a till receipt: bars of « text » that differ with the seed."""
    width, height = 72, 96
    rows = bytearray()
    state = seed * 2654435761 % 2**32
    for y in range(height):
        rows.append(0)
        if y % 8 == 0:
            state = (state * 1664525 + 1013904223) % 2**32
        inked = 3 + state % 5 if y % 8 in (3, 4, 5) else 0
        rows += bytes(0x55 if 1 <= column <= inked else 0xFF for column in range(width // 8))
    stored = bytes(rows)
    size = len(stored)
    packed = (
        b"\x78\x01\x01" + struct.pack("<HH", size, size ^ 0xFFFF) + stored + struct.pack(">I", zlib.adler32(stored))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
            (b"IDAT", packed),
            (b"IEND", b""),
        )
    )
