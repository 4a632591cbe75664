"""Hostile and broken files are refused by name, before any decoder sees them."""

import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from courses.kit import uploads
from courses.kit.refusal import Refusal
from courses.kit.uploads import (
    CleanDocument,
    UnreadableDocument,
    pictures,
    read_document,
)
from courses.kit.uploads.reading import MOST_BYTES
from tests.courses.kit.files import (
    FLATE,
    HTML,
    JPEG,
    LOSSLESS_WEBP,
    PDF,
    PNG,
    WEBP,
    drawn,
    object_stream,
    paged,
    saved,
    stream,
    zipped,
)


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


def pdf_and_zip() -> bytes:
    """Both at once: a zip's closing remark may hold the end of a PDF."""
    end = PDF.rindex(b"startxref")
    remark = PDF[end:]
    return PDF[:end] + zipped(a=b"x")[:-2] + struct.pack("<H", len(remark)) + remark


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


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

    monkeypatch.setattr(pictures, "_DECODERS", dict.fromkeys(["png", "jpeg", "webp"], never))
    with pytest.raises(uploads.TooManyPixels):
        read_document(f"a.{kind}", bombs[kind])


def test_a_moving_webp_is_refused_before_any_decoder_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "_DECODERS", {})
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

    monkeypatch.setattr(pictures, "_DECODERS", {"jpeg": fails})
    with pytest.raises(uploads.BrokenPicture):
        read_document("a.jpg", JPEG)


def refusals(of: type[Refusal]) -> list[type[Refusal]]:
    return [of, *(more for kind in of.__subclasses__() for more in refusals(kind))]


def test_every_refusal_has_a_code_of_its_own_and_is_tried() -> None:
    kinds = refusals(UnreadableDocument)
    codes = {kind.code for kind in kinds}
    assert len(codes) == len(kinds)
    tried = {code for _name, _data, code in HOSTILE.values()}
    with pytest.raises(uploads.NoPicture) as refused:
        uploads.redraw("a.gif", JPEG)
    with pytest.raises(uploads.PictureUnderAnotherName) as hidden:
        uploads.must_be_no_picture("a.txt", JPEG)
    assert codes == tried | {"unreadable_document", refused.value.code, hidden.value.code}
