"""Pictures: measured before they are decoded, then drawn anew."""

import io
import re
import zipfile
from typing import Any

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from courses.kit.uploads.documents import CleanDocument, clean
from courses.kit.uploads.refusals import (
    BrokenPicture,
    DisguisedDocument,
    MovingPicture,
    TooManyPixels,
    UnreadableDocument,
)

MOST_PIXELS = 25_000_000
LONGEST_SIDE = 30_000
SERVED_SIDE = 2400
QUALITY = 85
# A progressive JPEG is decoded once per scan; cameras write at most some ten.
MOST_SCANS = 64
_DECODERS: dict[str, type[ImageFile]] = {
    # The classes themselves, not Image.open: no other format can answer, and a JPEG that carries
    # further pictures behind it (MPO, as many telephones write) is its first one.
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
}
_SAVED: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": QUALITY, "optimize": True},
    "png": {"optimize": True},
    "webp": {"quality": QUALITY},
}
_EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


# What a picture has no business to hold: an archive, a document, a page or a program behind or
# between its pixels. Long enough that compressed pixels do not spell them by chance.
_SOMETHING_ELSE = re.compile(
    rb"%PDF-[12]\.\d|<!doctype html|<script[\s>/]|<iframe[\s>/]|<\?php\s|<svg\s[^>]{0,200}xmlns=",
    re.IGNORECASE,
)


def read_picture(kind: str, data: bytes) -> CleanDocument:
    """Return a picture of a kind (jpeg, png, webp) as a JPEG; raise UnreadableDocument."""
    return _redrawn(kind, data, "jpeg")


def redraw_picture(kind: str, data: bytes) -> CleanDocument:
    """Return a picture of a kind (jpeg, png, webp) as the same kind; raise UnreadableDocument.

    What is published keeps its kind, because its name stands in pages and its paper may be
    transparent; everything but the pixels stays behind. A picture that is something else too is
    refused: an editor who has one should know.
    """
    if _SOMETHING_ELSE.search(data) or zipfile.is_zipfile(io.BytesIO(data)):
        raise DisguisedDocument
    return _redrawn(kind, data, kind)


def _redrawn(kind: str, data: bytes, target: str) -> CleanDocument:
    """Judge a picture before it is decoded, then draw it anew as the target kind."""
    measures = read_measures(kind, data)
    if measures is None:
        raise DisguisedDocument
    width, height = measures
    if width < 1 or height < 1:
        raise BrokenPicture
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise TooManyPixels(megapixels=MOST_PIXELS // 1_000_000)
    # Asked before decoding: a decoder of moving pictures takes room for every frame at once.
    if kind == "webp" and data[12:16] == b"VP8X" and data[20] & 0x02:
        raise MovingPicture
    if kind == "jpeg" and data.count(b"\xff\xda") > MOST_SCANS:
        raise BrokenPicture
    try:
        picture = _drawn_anew(
            _DECODERS[kind](io.BytesIO(data)), (width, height), see_through=target != "jpeg"
        )
        drawn = io.BytesIO()
        picture.save(drawn, target.upper(), **_SAVED[target])
    except UnreadableDocument:
        raise
    except Exception as error:
        # Decoders meet hostile bytes with exceptions of every kind; all mean the same to us.
        raise BrokenPicture from error
    content_type, extension = f"image/{target}", _EXTENSIONS[target]
    return clean(drawn.getvalue(), content_type, extension, *picture.size)


def carries_more(kind: str, data: bytes) -> bool:
    """Tell whether a picture holds anything but what its pixels need.

    True for remarks, places, profiles, previews and whatever lies behind the end; also for what
    cannot be followed to its end. Sources: ITU-T T.81 B.1, PNG 3rd edition §5, RFC 9649.
    """
    if kind == "jpeg":
        return _jpeg_carries_more(data)
    if kind == "png":
        return _png_carries_more(data)
    return _webp_carries_more(data)


def _jpeg_carries_more(data: bytes) -> bool:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        # APP0 (JFIF, without a preview) and APP14 (how colours are kept) belong to the pixels.
        if marker == 0xFE or 0xE1 <= marker <= 0xED or marker == 0xEF:
            return True
        if marker == 0xE0 and length > 16:
            return True
        if marker == 0xDA:
            return not (
                data.endswith(b"\xff\xd9") and data.find(b"\xff\xd9", place) == len(data) - 2
            )
        place += 2 + length
    return True


def _png_carries_more(data: bytes) -> bool:
    place = 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunk = data[place + 4 : place + 8]
        if chunk not in {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}:
            return True
        place += 12 + length
        if chunk == b"IEND":
            return place != len(data)
    return True


def _webp_carries_more(data: bytes) -> bool:
    place = 12
    while place + 8 <= len(data):
        if data[place : place + 4] not in {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}:
            return True
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + length + length % 2
    return place != len(data)


def read_measures(kind: str, data: bytes) -> tuple[int, int] | None:
    """Return width and height as a picture's header states them, without decoding anything.

    `kind` is jpeg, png or webp; None if the data is not of that kind. Sources: PNG 3rd edition
    §11.2.1, RFC 9649 (WebP), ITU-T T.81 B.2.2 (JPEG).
    """
    if kind == "png":
        if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 24:
            return None
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if kind == "webp":
        return _webp_measures(data)
    return _jpeg_measures(data)


def _webp_measures(data: bytes) -> tuple[int, int] | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    if data[12:16] == b"VP8X":
        return (
            int.from_bytes(data[24:27], "little") + 1,
            int.from_bytes(data[27:30], "little") + 1,
        )
    if data[12:16] == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return (
            int.from_bytes(data[26:28], "little") & 0x3FFF,
            int.from_bytes(data[28:30], "little") & 0x3FFF,
        )
    return None


def _jpeg_measures(data: bytes) -> tuple[int, int] | None:
    if data[:3] != b"\xff\xd8\xff":
        return None
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            place += 2
        elif marker in {0xD9, 0xDA}:
            break
        elif 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return (
                int.from_bytes(data[place + 7 : place + 9], "big"),
                int.from_bytes(data[place + 5 : place + 7], "big"),
            )
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
    return 0, 0


def _drawn_anew(
    picture: ImageFile, measures: tuple[int, int], *, see_through: bool = False
) -> Image.Image:
    """Return the still picture upright, small enough, with nothing but its pixels.

    On white, unless it may stay transparent.
    """
    if picture.size != measures:
        raise DisguisedDocument
    if getattr(picture, "is_animated", False):
        raise MovingPicture
    scale = min(1.0, SERVED_SIDE / max(measures))
    # A JPEG can be decoded at half, a quarter or an eighth at once; the others do not listen.
    picture.draft(None, (max(1, int(measures[0] * scale)), max(1, int(measures[1] * scale))))
    picture.load()
    turned = _TURNED.get(_orientation(picture))
    drawn = _with_alpha(picture) if see_through else _on_white(picture)
    if drawn is not picture:
        picture.close()
    drawn.thumbnail((SERVED_SIDE, SERVED_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if turned is not None:
        drawn = drawn.transpose(turned)
    drawn.info = {}
    return drawn


def _orientation(picture: ImageFile) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:
        # A picture with unreadable remarks is still a picture.
        return 1


def _with_alpha(picture: Image.Image) -> Image.Image:
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return _on_white(picture)


def _on_white(picture: Image.Image) -> Image.Image:
    # A picture of 25 million pixels takes 100 MB, so none is copied without need.
    if picture.has_transparency_data:
        if picture.mode != "RGBA":
            picture = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture)
        return paper
    if picture.mode.startswith("I"):
        # Sixteen bits of grey; a plain conversion would cut off all but the darkest.
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in {"L", "RGB"}:
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")
