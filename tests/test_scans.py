"""Photos and PDFs of vouchers: upright, without what a telephone adds, small; what could do something by itself is refused."""

from __future__ import annotations

import io
import struct
import time
import zlib
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from grandlivre.inspection import inspect
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import open_desk
from grandlivre.tasks.guided import enter, prepare
from grandlivre.tasks.guided.arrivals import queue, take_in
from grandlivre.tasks.guided.scans import LARGEST, Scan, scanned
from march_books import write_books

PDF = b"%%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R%s>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%s\n%%%%EOF\n"
MALI = (17.0, 34.0, 12.5)


def photo(size: tuple[int, int] = (4032, 3024), orientation: int = 6) -> bytes:
    """A photo as a telephone takes it: lying on its side, with the place where it was taken, red on its left edge."""
    image = Image.effect_noise((size[0] // 8, size[1] // 8), 40).convert("RGB").resize(size)
    image.paste((200, 0, 0), (0, 0, size[0] // 4, size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: MALI, 3: "W", 4: (8.0, 0.0, 0.0)})
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, exif=exif, comment=b"a la maison")
    return out.getvalue()


def test_a_photo_of_twelve_megapixels_is_turned_upright_and_keeps_nothing_of_where_it_was_taken() -> None:
    taken = photo()
    assert b"Exif" in taken
    assert Image.open(io.BytesIO(taken)).getexif().get_ifd(0x8825)
    began = time.monotonic()
    found = scanned(taken)
    print(f"\n12 Mpx : {len(taken)} octets, {len(found.content) if isinstance(found, Scan) else found} gardés en "
          f"{time.monotonic() - began:.2f} s")  # fmt: skip
    assert isinstance(found, Scan)
    assert found.suffix == ".jpg"
    kept = Image.open(io.BytesIO(found.content))
    assert kept.size == (1800, 2400)
    assert not kept.getexif()
    assert not any(word in found.content for word in (b"Exif", b"Telephone", b"a la maison", b"GPS"))
    assert len(found.content) < len(taken) / 2
    red, _, blue = kept.convert("RGB").getpixel((900, 60))  # type: ignore[misc]
    assert red > 150 > blue, "what was on the left stands at the top"
    assert scanned(found.content) == found, "what is fit already stays byte for byte"


def test_a_png_loses_its_words_and_stays_a_png() -> None:
    from PIL import PngImagePlugin

    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "S. Traore")
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(out, "PNG", pnginfo=words)
    found = scanned(out.getvalue())
    assert isinstance(found, Scan)
    assert (found.suffix, b"Traore" in found.content) == (".png", False)


def test_what_hides_behind_a_picture_is_not_kept() -> None:
    out = io.BytesIO()
    Image.new("L", (40, 40)).save(out, "JPEG")
    found = scanned(out.getvalue() + b"PK\x03\x04 un zip")
    assert isinstance(found, Scan)
    assert b"un zip" not in found.content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "Le plus compatible"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\0" * (LARGEST + 1), "25 Mo au plus"),
        (b"", "vide"),
        (b"MZ\x90\x00", "ni une photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "ni une photo"),
        (photo((64, 48))[:400], "abîmée"),
        (PDF % (b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>", b""), "un script"),
        (PDF % (b"/OpenAction<</S/#4aavaScript/#4a#53(app.alert(1))>>", b""), "un script"),
        (PDF % (b"", b"3 0 obj<</S/Launch/F(cmd.exe)>>endobj"), "lancement"),
        (PDF % (b"/Names<</EmbeddedFiles 4 0 R>>", b""), "fichier caché"),
        (PDF % (b"", b"trailer<</Encrypt 5 0 R>>"), "chiffrement"),
        (b"%PDF-1.4\n1 0 obj<<>>endobj", "incomplet"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_do_instead(content: bytes, said: str) -> None:
    found = scanned(content)
    assert isinstance(found, str)
    assert said in found


def test_a_script_packed_in_an_object_stream_is_found() -> None:
    packed = zlib.compress(b"9 0 <</S/JavaScript/JS(app.alert(1))>>")
    stream = b"6 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj" % (
        len(packed),
        packed,
    )
    found = scanned(PDF % (b"", stream))
    assert isinstance(found, str)
    assert "un script" in found
    harmless = zlib.compress(b"9 0 <</Type/Font>>")
    stream = b"6 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj" % (
        len(harmless),
        harmless,
    )
    assert scanned(PDF % (b"", stream)) == Scan(PDF % (b"", stream), ".pdf")


def test_a_picture_that_would_unfold_to_gigabytes_is_refused_before_it_is_decoded() -> None:
    """A PNG of 100 000 × 100 000 points, a few bytes on disk."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    began = time.monotonic()
    found = scanned(bomb + b"\0" * 100)
    assert isinstance(found, str)
    assert time.monotonic() - began < 2


def test_a_pdf_that_unfolds_without_end_is_refused() -> None:
    packed = zlib.compress(b"\0" * 60_000_000)
    stream = b"6 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n%s\nendstream endobj" % packed
    assert "ne se vérifie pas" in str(scanned(PDF % (b"", stream)))


# --- the queue ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def main(tmp_path: Path) -> Path:
    controls = "double-signature: {nombre: 2, colleges: [direction, bureau-executif]}\npv-de-caisse: non\nrapprochement-bancaire: non\n"
    return write_books(tmp_path, {"rules/controles.yaml": controls})


def test_a_paper_of_the_queue_justifies_nothing_until_it_bears_the_name_of_its_voucher(main: Path) -> None:
    day = date(2026, 3, 31)
    taken = photo((400, 300))
    path = take_in(main, "Reçu de la boutique n° 3 (été).JPG", taken)
    assert path == "arrivee/Recu-de-la-boutique-n-3-ete.jpg"
    assert take_in(main, "Reçu de la boutique n° 3 (été).JPG", taken) == path, "sent twice, kept once"
    [waiting] = queue(main.parent)
    assert (waiting.path, waiting.shown, waiting.refused) == (path, True, "")
    before = inspect(main, day)
    assert not [each for each in before.findings if "arrivee" in each.message]
    fields = {"bailleur": "EAU", "date": "2026-03-31", "beneficiaire": "Papeterie du Marché (fictif)", "libelle": "Craies",
              "montant": "4 000", "ligne": "1.1", "document": path}  # fmt: skip
    draft = prepare(open_desk(main, "essai", day), "depense-caisse", fields)
    assert 'document: "eau/2026-03/CS-EAU-2026-0003.jpg"' in draft.text
    assert not [each for each in draft.errors if each.rule == "piece-justificative"]
    assert queue(main.parent), "a form that is only tried leaves the queue alone"
    month = main.parent / "eau/2026-03.beancount"
    text = month.read_text(encoding="utf-8")
    month.write_text(text.replace('  piece: "CS-EAU-2026-0002"\n', f'  piece: "CS-EAU-2026-0002"\n  document: "{path}"\n'),
                     encoding="utf-8")  # fmt: skip
    said = [each.message for each in inspect(main, day).findings if each.rule == "piece-justificative"]
    assert any("attend encore dans la file" in each for each in said)


def test_a_photo_dropped_in_the_folder_is_made_fit_when_its_entry_takes_it(main: Path) -> None:
    home = main.parent / "documents/arrivee"
    home.mkdir(parents=True)
    (home / "été à Koro.jpg").write_bytes(photo((2600, 1900)))
    (home / "IMG_1.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    (home / ".DS_Store").write_bytes(b"x")
    waiting = {each.name: each.refused for each in queue(main.parent)}
    assert waiting["été à Koro.jpg"] == ""
    assert "Le plus compatible" in waiting["IMG_1.heic"]
    assert set(waiting) == {"été à Koro.jpg", "IMG_1.heic"}
    (main.parent.parent / "rules/controles.yaml").write_text("piece-justificative: non\npv-de-caisse: non\nrapprochement-bancaire: non\n"
        "double-signature: {nombre: 2, colleges: [direction, bureau-executif]}\n", encoding="utf-8")  # fmt: skip
    fields = {"bailleur": "EAU", "date": "2026-03-30", "beneficiaire": "Papeterie (fictif)", "libelle": "Craies", "montant": 4000,
              "ligne": "1.1", "document": "arrivee/été à Koro.jpg"}  # fmt: skip
    entered = enter(main, "depense-caisse", fields, today=date(2026, 3, 30))
    assert not (home / "été à Koro.jpg").exists()
    kept = main.parent / "documents/eau/2026-03/CS-EAU-2026-0003.jpg"
    assert not Image.open(kept).getexif()
    assert max(Image.open(kept).size) <= 2400
    assert "ledger/documents/eau/2026-03/CS-EAU-2026-0003.jpg" in entered.paths


@pytest.mark.parametrize(
    "path", ["arrivee/../main.beancount", "arrivee/absent.pdf", "arrivee/a/b.pdf", "arrivee/.cache.pdf"]
)
def test_only_a_file_of_the_queue_itself_is_taken(main: Path, path: str) -> None:
    fields = {"bailleur": "EAU", "date": "2026-03-30", "beneficiaire": "X (fictif)", "libelle": "Craies", "montant": 4000,
              "ligne": "1.1", "document": path}  # fmt: skip
    with pytest.raises(RefusedError, match="file des pièces"):
        prepare(open_desk(main, "essai", date(2026, 3, 30)), "depense-caisse", fields)
