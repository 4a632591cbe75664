"""Files people hand in: the hostile ones are refused by name, the good ones come out clean."""

import hashlib
import io
import random
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import models
from PIL import Image, PngImagePlugin

from courses.kit import uploads
from courses.kit.refusal import Refusal
from courses.kit.uploads import (
    MOST_BYTES,
    CleanDocument,
    UnreadableDocument,
    as_attachment,
    private_storage,
    read_document,
    read_measures,
)


# --- making files --------------------------------------------------------------------------------
def drawn(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """A picture whose four corners differ, so that a turn shows."""
    picture = Image.new("RGB", size, (200, 30, 30))
    picture.paste((30, 30, 200), (0, 0, size[0] // 2, size[1] // 2))
    return picture.convert(mode)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


JPEG = saved(drawn(), "JPEG")
PNG = saved(drawn(), "PNG")
WEBP = saved(drawn(), "WEBP")
LOSSLESS_WEBP = saved(drawn(), "WEBP", lossless=True)


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be as large as is said."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def pdf(
    *objects: bytes, trailer: bytes = b"", version: bytes = b"1.4", end: bytes = b"\n"
) -> bytes:
    """A whole PDF of these objects, with a true table of cross-references."""
    out = bytearray(b"%%PDF-%s\n" % version)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF%s" % (start, end))


FLATE = b"/Filter /FlateDecode"


def stream(body: bytes, dictionary: bytes = FLATE, *, packed: bool = True) -> bytes:
    body = zlib.compress(body) if packed else body
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(body), body)


def object_stream(content: bytes, dictionary: bytes = FLATE) -> bytes:
    return stream(b"9 0 " + content, b"/Type /ObjStm /N 1 /First 4 " + dictionary)


PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R >>"
DRAWING = stream(b"0 0 50 50 re f")


def paged(catalogue: bytes = b"", *more: bytes, **options: Any) -> bytes:
    """A PDF of one page, with this in its catalogue and these objects after it."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue
    return pdf(catalog, PAGES, PAGE, DRAWING, *more, **options)


PDF = paged()


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def pdf_and_zip() -> bytes:
    """Both at once: a zip's closing remark may hold the end of a PDF."""
    end = PDF.rindex(b"startxref")
    remark = PDF[end:]
    return PDF[:end] + zipped(a=b"x")[:-2] + struct.pack("<H", len(remark)) + remark


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
WEBP_CANVAS = (
    b"RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"
    + (16_000).to_bytes(3, "little") * 2
    + b"VP8 \x00\x00\x00\x00"
)
JPEG_HEADER_ONLY = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\xc3\x50\xc3\x50\x01\x01\x11\x00"
)

HOSTILE: dict[str, tuple[str, bytes, str]] = {
    # not what they say
    "svg as png": ("a.png", SVG, "document_disguised"),
    "svg by its name": ("a.svg", SVG, "document_kind"),
    "svg with a picture's second name": ("a.png.svg", PNG, "document_kind"),
    "html as jpg": ("a.jpg", HTML, "document_disguised"),
    "html by its name": ("a.html", HTML, "document_kind"),
    "html as pdf": ("a.pdf", HTML, "document_disguised"),
    "html in the guise of a pdf": ("a.pdf", b"%PDF-1.4\n" + HTML + b"\n%%EOF", "pdf_broken"),
    "html before a pdf": ("a.pdf", HTML + PDF, "document_disguised"),
    "gif": ("a.gif", saved(drawn(), "GIF"), "document_kind"),
    "gif as jpg": ("a.jpg", saved(drawn(), "GIF"), "document_disguised"),
    "gif that is a script": (
        "a.png",
        b"GIF89a/*" + b"x" * 60 + b"*/=1;alert(1)",
        "document_disguised",
    ),
    "png as jpg": ("a.jpg", PNG, "document_disguised"),
    "jpg as png": ("a.png", JPEG, "document_disguised"),
    "jpg as pdf": ("a.pdf", JPEG, "document_disguised"),
    "pdf as jpg": ("a.jpg", PDF, "document_disguised"),
    "bmp as png": ("a.png", saved(drawn(), "BMP"), "document_disguised"),
    "tiff as jpg": ("a.jpg", saved(drawn(), "TIFF"), "document_disguised"),
    "zip": ("a.zip", zipped(a=b"x"), "document_kind"),
    "zip as jpg": ("a.jpg", zipped(a=b"x"), "document_disguised"),
    "zip behind a pdf": ("a.pdf", PDF + zipped(a=b"x"), "pdf_broken"),
    "docx": ("a.docx", zipped(**{"word/document.xml": b"<w/>"}), "document_kind"),
    "program as png": ("a.png", b"MZ" + bytes(200), "document_disguised"),
    "avi as webp": ("a.webp", b"RIFF\x40\x00\x00\x00AVI LIST" + bytes(60), "document_disguised"),
    "postscript as pdf": ("a.pdf", b"%!PS-Adobe-3.0\nshowpage\n%%EOF", "document_disguised"),
    # empty, cut off, too much
    "empty": ("a.jpg", b"", "document_empty"),
    "one byte": ("a.jpg", b"\xff", "document_disguised"),
    "png signature only": ("a.png", PNG[:8], "document_disguised"),
    "webp header only": ("a.webp", WEBP[:30], "picture_broken"),
    "jpg cut in half": ("a.jpg", JPEG[: len(JPEG) // 2], "picture_broken"),
    "png cut in half": ("a.png", PNG[: len(PNG) // 2], "picture_broken"),
    "webp cut in half": ("a.webp", WEBP[: len(WEBP) // 2], "picture_broken"),
    "pdf cut in half": ("a.pdf", PDF[: len(PDF) // 2], "pdf_broken"),
    "png of zeros": ("a.png", PNG[:33] + bytes(400), "picture_broken"),
    "too heavy jpg": ("a.jpg", JPEG + bytes(MOST_BYTES), "document_too_heavy"),
    "too heavy pdf": ("a.pdf", PDF + b" " * MOST_BYTES, "document_too_heavy"),
    # pixel bombs
    "png of 50,000 × 50,000": ("a.png", png_header(50_000, 50_000), "picture_too_large"),
    "png of 2³¹ pixels a side": ("a.png", png_header(2**31 - 1, 2**31 - 1), "picture_too_large"),
    "png as a thread": ("a.png", png_header(20_000_000, 1), "picture_too_large"),
    "png without height": ("a.png", png_header(10, 0), "picture_broken"),
    "jpg of 50,000 × 50,000": ("a.jpg", JPEG_HEADER_ONLY, "picture_too_large"),
    "webp of 16,000 × 16,000": ("a.webp", WEBP_CANVAS, "picture_too_large"),
    "jpg of a hundred scans": ("a.jpg", JPEG[:-2] + b"\xff\xda\x00\x08" * 100, "picture_broken"),
    "png that grows a second header": (
        "a.png",
        PNG[:33] + chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)) + PNG[33:],
        "document_disguised",
    ),
    "png with a text bomb": (
        "a.png",
        PNG[:33] + chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(80_000_000))) + PNG[33:],
        "picture_broken",
    ),
    # moving
    "animated webp": ("a.webp", animated("WEBP"), "picture_moves"),
    "animated png": ("a.png", animated("PNG"), "picture_moves"),
    # names
    "name with a line break": ("a\r\nSet-Cookie: x=1.jpg", JPEG, "document_name"),
    "name that climbs": ("../../etc/passwd.jpg", JPEG, "document_name"),
    "name that climbs on Windows": ("..\\..\\boot.jpg", JPEG, "document_name"),
    "name with NUL": ("a.php\x00.jpg", JPEG, "document_name"),
    "name that turns around": ("photo\u202egpj.jpg", JPEG, "document_name"),
    "name without end": ("a" * 300 + ".jpg", JPEG, "document_name"),
    "name without ending": ("jpg", JPEG, "document_kind"),
    "ending with a blank": ("a.jpg ", JPEG, "document_kind"),
    "no name": ("", JPEG, "document_kind"),
    # PDF that does something
    "pdf with a script": ("a.pdf", paged(b"/OpenAction 5 0 R", SCRIPT), "pdf_active"),
    "pdf with a script by name": (
        "a.pdf",
        paged(b"/Names << /JavaScript << /Names [(a) 5 0 R] >> >>", SCRIPT),
        "pdf_active",
    ),
    "pdf with a script spelled otherwise": (
        "a.pdf",
        paged(b"/X 5 0 R", b"<< /S /J#61va#53cript >>"),
        "pdf_active",
    ),
    "pdf with a script spelled in small": ("a.pdf", paged(b"/#4a#53 (x)"), "pdf_active"),
    "pdf with a script in a comment": ("a.pdf", paged(b"% " + SCRIPT + b"\n"), "pdf_active"),
    "pdf with a script in a string": (
        "a.pdf",
        paged(b"/T ( 9 0 obj " + SCRIPT + b")"),
        "pdf_active",
    ),
    "pdf with a script behind a false stream": (
        "a.pdf",
        paged(b"% stream\n /OpenAction << /S /JavaScript >> % endstream\n"),
        "pdf_active",
    ),
    "pdf that launches": ("a.pdf", paged(b"/A << /S /Launch /F (cmd.exe) >>"), "pdf_active"),
    "pdf that sends": ("a.pdf", paged(b"/A << /S /SubmitForm >>"), "pdf_active"),
    "pdf that acts on its own": ("a.pdf", paged(b"/AA << /O 5 0 R >>", b"<< >>"), "pdf_active"),
    "pdf that opens with an action": (
        "a.pdf",
        paged(b"/OpenAction << /S /URI /URI (http://x) >>"),
        "pdf_active",
    ),
    "pdf with a file in it": (
        "a.pdf",
        paged(b"/Names << /EmbeddedFiles 5 0 R >>", b"<< >>"),
        "pdf_active",
    ),
    "pdf with a film": ("a.pdf", paged(b"/Subtype /RichMedia"), "pdf_active"),
    "pdf with a dynamic form": (
        "a.pdf",
        paged(b"/AcroForm << /XFA 5 0 R >>", b"<< >>"),
        "pdf_active",
    ),
    "pdf that is locked": ("a.pdf", paged(trailer=b"/Encrypt 5 0 R"), "pdf_locked"),
    "pdf with a packed script": ("a.pdf", paged(b"", object_stream(SCRIPT)), "pdf_active"),
    "pdf with a packed script, not said so": (
        "a.pdf",
        paged(b"", stream(b" 9 0 " + SCRIPT, b"/N 1 /First 4")),
        "pdf_active",
    ),
    "pdf with a packed script, spelled otherwise": (
        "a.pdf",
        paged(b"", object_stream(b"<< /S /#4AavaScript >>")),
        "pdf_active",
    ),
    "pdf with a packed short script": (
        "a.pdf",
        paged(b"", object_stream(b"<< /JS (x) >>")),
        "pdf_active",
    ),
    "pdf packed with a broken end": (
        "a.pdf",
        paged(b"", object_stream(SCRIPT + b" " * 99).replace(b"\nendstream", b"")[:-8]),
        "pdf_active",
    ),
    "pdf packed twice": (
        "a.pdf",
        paged(b"", stream(zlib.compress(b"9 0 " + SCRIPT), b"/Type /ObjStm " + FLATE)),
        "pdf_active",
    ),
    "pdf packed otherwise": (
        "a.pdf",
        paged(b"", stream(b"39203020>", b"/Type /ObjStm /Filter /ASCIIHexDecode", packed=False)),
        "pdf_active",
    ),
    "pdf packed with a predictor": (
        "a.pdf",
        paged(b"", object_stream(b"x", b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>")),
        "pdf_active",
    ),
    "pdf bomb": (
        "a.pdf",
        paged(b"", object_stream(b" " * 40_000_000)),
        "pdf_active",
    ),
    "pdf of streams": ("a.pdf", paged(b"stream " * 30_000), "pdf_active"),
    "pdf of names": ("a.pdf", paged(b"/a" * 1_100_000), "pdf_active"),
    "pdf with html behind its end": ("a.pdf", PDF + HTML, "pdf_broken"),
    "pdf that points nowhere": (
        "a.pdf",
        PDF[: PDF.rindex(b"startxref")] + b"startxref\n5\n%%EOF\n",
        "pdf_broken",
    ),
    "pdf that is a zip too": (
        "a.pdf",
        pdf_and_zip(),
        "document_disguised",
    ),
}


# --- refused -------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", HOSTILE, ids=str)
def test_a_hostile_file_is_refused_with_its_reason(case: str) -> None:
    name, data, code = HOSTILE[case]
    with pytest.raises(UnreadableDocument) as refusal:
        read_document(name, data)
    assert refusal.value.code == code
    assert isinstance(refusal.value, Refusal)
    assert "%(" not in str(refusal.value)


def test_the_corpus_is_large_enough() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_a_bomb_is_refused_before_any_decoder_sees_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bombs = {"png": png_header(50_000, 50_000), "jpg": JPEG_HEADER_ONLY, "webp": WEBP_CANVAS}

    def never(*args: Any) -> None:
        raise AssertionError("a decoder was called")

    monkeypatch.setattr(uploads, "_DECODERS", dict.fromkeys(["png", "jpeg", "webp"], never))
    with pytest.raises(uploads.TooManyPixels):
        read_document(f"a.{kind}", bombs[kind])


def test_a_moving_webp_is_refused_before_any_decoder_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "_DECODERS", {})
    with pytest.raises(uploads.MovingPicture):
        read_document("a.webp", animated("WEBP"))


@pytest.mark.parametrize(
    ("name", "data", "count"),
    [
        ("a.jpg", saved(drawn(), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08"), 125),
        ("a.png", saved(drawn(mode="P"), "PNG"), 125),
        ("a.webp", LOSSLESS_WEBP, 125),
        ("a.pdf", paged(b"", object_stream(b"<< /Type /Font >>")), 125),
    ],
    ids=["jpg", "png", "webp", "pdf"],
)
def test_a_mutated_file_is_read_or_refused_and_nothing_else(
    name: str, data: bytes, count: int
) -> None:
    luck = random.Random(f"mutated {name}")
    for _ in range(count):
        mutated = bytearray(data)
        for _ in range(luck.randint(1, 12)):
            place = luck.randrange(len(mutated))
            move = luck.randrange(4)
            if move == 0:
                mutated[place] ^= 1 << luck.randrange(8)
            elif move == 1:
                mutated[place : place + luck.randint(1, 20)] = b""
            elif move == 2:
                mutated[place:place] = luck.randbytes(luck.randint(1, 20))
            else:
                mutated[place] = luck.choice([0, 0x7F, 0xFF])
            mutated = mutated or bytearray(b"x")
        try:
            document = read_document(name, bytes(mutated))
        except UnreadableDocument:
            continue
        assert isinstance(document, CleanDocument)


def test_a_decoder_that_fails_strangely_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(uploads, "_DECODERS", {"jpeg": fails})
    with pytest.raises(uploads.BrokenPicture):
        read_document("a.jpg", JPEG)


# --- taken ---------------------------------------------------------------------------------------
def opened(document: CleanDocument) -> Image.Image:
    return Image.open(io.BytesIO(document.data))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jpg", JPEG),
        ("a.JPEG", JPEG),
        ("کفش‌ها ۱۴۰۵.jpg", JPEG),
        ("a.png", PNG),
        ("a.webp", WEBP),
        ("a.webp", LOSSLESS_WEBP),
        ("a.webp", saved(drawn(mode="RGBA"), "WEBP", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00")),
        ("a.jpg", saved(drawn(mode="CMYK"), "JPEG")),
        ("a.jpg", saved(drawn(mode="L"), "JPEG", progressive=True)),
        ("a.png", saved(drawn(mode="1"), "PNG")),
        ("a.png", saved(drawn(mode="P"), "PNG")),
        ("a.png", saved(drawn(mode="LA"), "PNG")),
    ],
)
def test_a_picture_comes_back_as_jpeg(name: str, data: bytes) -> None:
    document = read_document(name, data)
    assert (document.content_type, document.extension) == ("image/jpeg", "jpg")
    assert (document.width, document.height) == (64, 48)
    assert document.sha256 == hashlib.sha256(document.data).hexdigest()
    assert (opened(document).format, opened(document).size) == ("JPEG", (64, 48))
    assert read_document(name, data) == document


def test_a_pdf_comes_back_byte_for_byte() -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    assert read_document("a.pdf", PDF) == CleanDocument(PDF, "application/pdf", "pdf", digest)


@pytest.mark.parametrize(
    "data",
    [
        paged(b"/OpenAction [3 0 R /XYZ null null 0]"),
        paged(b"/Title (Javanan Javar)"),
        paged(b"", object_stream(b"<< /Type /Font /BaseFont /Vazirmatn >>")),
        paged(b"", stream(b"%!font", b"/Filter [/ASCII85Decode /FlateDecode]")),
        paged(b"", stream(b"\xff\xd8\xff\xe0 /JS /AA \xff", b"/Filter /DCTDecode", packed=False)),
        paged(version=b"2.0", end=b"\r\n\x00"),
    ],
    ids=["page one", "title", "object stream", "ascii", "chance", "version"],
)
def test_a_pdf_that_only_shows_pages_is_taken(data: bytes) -> None:
    assert read_document("a.pdf", data).data == data


def test_what_a_photo_says_about_its_place_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[2] = (38.0, 4.0, 48.0)
    remarks = PngImagePlugin.PngInfo()
    remarks.add_itxt("XML:com.adobe.xmp", "SECRET-XMP")
    remarks.add_text("Comment", "SECRET-TEXT")
    sources = {
        "a.jpg": saved(drawn(), "JPEG", exif=exif, icc_profile=b"SECRET-ICC", comment=b"SECRET-C"),
        "a.webp": saved(drawn(), "WEBP", exif=exif, icc_profile=b"SECRET-ICC", xmp=b"SECRET-XMP"),
        "a.png": saved(drawn(), "PNG", exif=exif, icc_profile=b"SECRET-ICC", pnginfo=remarks),
    }
    for name, data in sources.items():
        clean = read_document(name, data).data
        picture = Image.open(io.BytesIO(clean))
        assert b"SECRET" not in clean
        assert b"Exif" not in clean
        assert dict(picture.getexif()) == {}
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("name", "data"), [("a.jpg", JPEG), ("a.png", PNG), ("a.webp", WEBP)], ids=["j", "p", "w"]
)
def test_what_stands_behind_a_picture_is_gone(name: str, data: bytes) -> None:
    clean = read_document(name, data + zipped(payload=HTML) + HTML)
    assert clean == read_document(name, data)
    assert b"script" not in clean.data
    assert clean.data.endswith(b"\xff\xd9")


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_photo_stands_upright(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    document = read_document("a.jpg", saved(drawn(), "JPEG", exif=exif, quality=95))
    # Where the blue corner is after the turn (Exif 2.32, tag 274).
    column, row = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1),
                   5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[turn]  # fmt: skip
    width, height = (48, 64) if turn > 4 else (64, 48)
    assert (document.width, document.height) == (width, height)
    for x in (0, 1):
        for y in (0, 1):
            place = (width // 4 + x * width // 2, height // 4 + y * height // 2)
            pixel = opened(document).getpixel(place)
            assert isinstance(pixel, tuple)
            assert (pixel[2] > pixel[0]) == ((x, y) == (column, row))


def test_unreadable_remarks_do_not_spoil_a_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Any) -> None:
        raise ValueError

    monkeypatch.setattr(Image.Image, "getexif", fails)
    assert read_document("a.jpg", JPEG).width == 64


@pytest.mark.parametrize(
    ("size", "expected"), [((3000, 1500), (2400, 1200)), ((100, 5000), (48, 2400))]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_is_made_smaller(
    kind: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    ending = {"JPEG": "jpg"}.get(kind, kind.lower())
    document = read_document(f"a.{ending}", saved(Image.new("RGB", size, "red"), kind))
    assert (document.width, document.height) == expected


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    palette = clear.convert("P")
    for data in (
        saved(clear, "PNG"),
        saved(palette, "PNG", transparency=palette.getpixel((0, 0))),
        saved(Image.new("RGB", (20, 20), (9, 9, 9)), "PNG", transparency=(9, 9, 9)),
    ):
        pixel = opened(read_document("a.png", data)).getpixel((10, 10))
        assert isinstance(pixel, tuple)
        assert min(pixel) > 250


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    grey = Image.new("I;16", (20, 20), 128 * 256)
    pixel = opened(read_document("a.png", saved(grey, "PNG"))).getpixel((10, 10))
    assert isinstance(pixel, int | float)
    assert abs(pixel - 128) <= 1


def test_a_photo_with_a_second_picture_in_it_is_its_first() -> None:
    second = Image.new("RGB", (64, 48), "green")
    both = saved(drawn(), "MPO", save_all=True, append_images=[second])
    assert read_document("a.jpg", both).width == 64


@pytest.mark.parametrize(
    ("kind", "data", "measures"),
    [
        ("png", PNG, (64, 48)),
        ("jpeg", JPEG, (64, 48)),
        ("jpeg", b"\xff\xd8\xff\xff" + JPEG[3:], (64, 48)),
        ("jpeg", b"\xff\xd8\xff\x01\xff\xd0" + JPEG[2:], (64, 48)),
        ("jpeg", b"\xff\xd8\xff\xd9" + bytes(20), (0, 0)),
        ("jpeg", b"\xff\xd8\xff", (0, 0)),
        ("webp", WEBP, (64, 48)),
        ("webp", LOSSLESS_WEBP, (64, 48)),
        ("webp", saved(drawn(mode="RGBA"), "WEBP", icc_profile=b"x"), (64, 48)),
        ("webp", b"RIFF\x00\x00\x00\x00WEBPXXXX" + bytes(20), None),
        ("png", JPEG, None),
        ("jpeg", PNG, None),
        ("webp", PNG, None),
    ],
)
def test_measures_are_read_from_the_header(
    kind: str, data: bytes, measures: tuple[int, int] | None
) -> None:
    assert read_measures(kind, data) == measures


# --- kept and given back -------------------------------------------------------------------------
def test_private_files_have_random_names_and_no_address(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path / "private"
    storage = private_storage()
    names = {storage.save("papers/photo.jpg", ContentFile(b"x")) for _ in range(5)}
    assert len(names) == 5
    for name in names:
        assert name.startswith("papers/")
        assert "photo" not in name
        path = tmp_path / "private" / name
        assert path.read_bytes() == b"x"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        with pytest.raises(ValueError, match="not accessible via a URL"):
            storage.url(name)


def test_private_files_stay_in_their_folder(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path / "private"
    for name in ("../x", "/etc/x", "a/../../x"):
        with pytest.raises(Exception, match=r"(?i)path"):
            private_storage().save(name, ContentFile(b"x"))
    assert not (tmp_path / "x").exists()


def test_a_migration_bakes_no_path() -> None:
    field = models.FileField(storage=private_storage)
    assert field.deconstruct()[3]["storage"] is private_storage


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ("a.pdf", 'attachment; filename="a.pdf"'),
        ('a"b.pdf', 'attachment; filename="a\\"b.pdf"'),
        ("a\r\nSet-Cookie: x=1.pdf", 'attachment; filename="aSet-Cookie: x=1.pdf"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("c:\\x\\y.jpg", 'attachment; filename="y.jpg"'),
        ("photo\u202egpj.exe", 'attachment; filename="photogpj.exe"'),
        ("کفش.pdf", "attachment; filename*=utf-8''%DA%A9%D9%81%D8%B4.pdf"),
        ("...", 'attachment; filename="document"'),
        ("", 'attachment; filename="document"'),
    ],
)
def test_a_document_is_given_back_as_a_download(filename: str, disposition: str) -> None:
    response = as_attachment(b"x", "application/pdf", filename)
    assert response.content == b"x"
    assert dict(response.headers) == {
        "Content-Type": "application/pdf",
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


def refusals(of: type[Refusal]) -> list[type[Refusal]]:
    return [of, *(more for kind in of.__subclasses__() for more in refusals(kind))]


def test_every_refusal_has_a_code_of_its_own_and_is_tried() -> None:
    kinds = refusals(UnreadableDocument)
    codes = {kind.code for kind in kinds}
    assert len(codes) == len(kinds)
    assert codes == {code for _name, _data, code in HOSTILE.values()} | {"unreadable_document"}
