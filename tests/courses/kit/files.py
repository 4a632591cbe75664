"""Files of every kind, made for the tests of uploads."""

import io
import zipfile
import zlib
from typing import Any

from PIL import Image


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


HTML = b"<!doctype html><script>alert(1)</script>"
