"""Files people hand in: what is taken, made harmless, kept in private and given back.

`read_document` judges a file by its name *and* its content and answers with a `CleanDocument` or
an `UnreadableDocument`, never with anything else. A picture's measures are read from its header
before a single pixel is decoded, and the picture is drawn anew as a JPEG: what it carried along
(place of the photo, colour profile, a second file behind its end) stays behind. A PDF is kept as
it is, so it is only taken when nothing in it does more than show pages; that is judged without a
PDF library, cautiously, and the file is ever after served as a download and never inline
(RELIABILITY T37, T38; OWASP ASVS 5.2; PDF names after ISO 32000-2).
"""

import hashlib
import io
import re
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from courses.kit.refusal import Refusal

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 30_000
SERVED_SIDE = 2400
QUALITY = 85
# A progressive JPEG is decoded once per scan; cameras write at most some ten.
MOST_SCANS = 64


class UnreadableDocument(Refusal):
    """The file cannot be taken. Every refusal of `read_document` is one of these."""

    code = "unreadable_document"
    sentence = _("This file cannot be read. Save it again as JPEG or PDF and hand it in anew.")


class EmptyDocument(UnreadableDocument):
    """There is nothing in the file."""

    code = "document_empty"
    sentence = _("This file is empty. Save it on your device first and choose it again.")


class TooHeavyDocument(UnreadableDocument):
    """More than `MOST_BYTES`."""

    code = "document_too_heavy"
    sentence = _(
        "This file is larger than %(megabytes)s MB."
        " Take the photo at a smaller size, or save fewer pages."
    )


class StrangeName(UnreadableDocument):
    """Control characters, directions or folders in the name."""

    code = "document_name"
    sentence = _(
        "The name of this file has signs that a file name may not have."
        " Rename it, for example to photo.jpg, and choose it again."
    )


class WrongKindOfDocument(UnreadableDocument):
    """The name ends in something we do not take."""

    code = "document_kind"
    sentence = _(
        "Only pictures (JPEG, PNG, WebP) and PDF files are taken."
        " Save the file as one of these, or take a photo of it."
    )


class DisguisedDocument(UnreadableDocument):
    """The content is not what the name says, or it is two kinds of file at once."""

    code = "document_disguised"
    sentence = _(
        "The content of this file is not what its name says."
        " Open it on your device and save it anew as JPEG or PDF."
    )


class TooManyPixels(UnreadableDocument):
    """More than `MOST_PIXELS`, or a side longer than `LONGEST_SIDE`."""

    code = "picture_too_large"
    sentence = _(
        "This picture has more than %(megapixels)s million pixels. Make it smaller and try again."
    )


class MovingPicture(UnreadableDocument):
    """More than one frame."""

    code = "picture_moves"
    sentence = _("Moving pictures are not taken. Hand in a still picture.")


class BrokenPicture(UnreadableDocument):
    """The picture cannot be decoded from beginning to end."""

    code = "picture_broken"
    sentence = _("This picture is damaged or incomplete. Take it again, or save it anew as JPEG.")


class BrokenPdf(UnreadableDocument):
    """The PDF lacks what every PDF has, or has something behind its end."""

    code = "pdf_broken"
    sentence = _("This PDF is damaged or incomplete. Print it to a new PDF and hand that in.")


class ActivePdf(UnreadableDocument):
    """The PDF does more than show pages, or hides what it does."""

    code = "pdf_active"
    sentence = _(
        "This PDF does more than show pages: it has a script, a form or an attached file in it."
        " Print it to a new PDF, or take photos of its pages."
    )


class LockedPdf(UnreadableDocument):
    """The PDF is encrypted."""

    code = "pdf_locked"
    sentence = _("This PDF is locked with a password. Save it without one and hand that in.")


@dataclass(frozen=True)
class CleanDocument:
    """A file that may be kept. Width and height in pixels are known of pictures only."""

    data: bytes
    content_type: str
    extension: str
    sha256: str
    width: int | None = None
    height: int | None = None


def read_document(name: str, data: bytes) -> CleanDocument:
    """Return the file as it may be kept; raise UnreadableDocument, and nothing else.

    The name serves to judge the kind and is not kept. Pictures come back as JPEG whatever they
    were, a PDF byte for byte.
    """
    kind = _kind_by_name(name)
    if not data:
        raise EmptyDocument
    if len(data) > MOST_BYTES:
        raise TooHeavyDocument(megabytes=MOST_BYTES // 1024**2)
    return _read_pdf(data) if kind == "pdf" else _read_picture(kind, data)


def _kind_by_name(name: str) -> str:
    # Cf holds the marks that turn the direction of writing, so that one ending looks like
    # another; ZWNJ and ZWJ belong to Persian names.
    strange = any(
        sign in "/\\" or (unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"})
        for sign in name
        if sign not in "\u200c\u200d"
    )
    if strange or len(name) > 255:
        raise StrangeName
    kind = _KINDS.get(name.rpartition(".")[2].lower() if "." in name else "")
    if kind is None:
        raise WrongKindOfDocument
    return kind


_KINDS = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "webp": "webp", "pdf": "pdf"}


# --- pictures ------------------------------------------------------------------------------------
_DECODERS: dict[str, type[ImageFile]] = {
    # The classes themselves, not Image.open: no other format can answer, and a JPEG that carries
    # further pictures behind it (MPO, as many telephones write) is its first one.
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
}
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


def _read_picture(kind: str, data: bytes) -> CleanDocument:
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
        picture = _drawn_anew(_DECODERS[kind](io.BytesIO(data)), (width, height))
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=QUALITY, optimize=True)
    except UnreadableDocument:
        raise
    except Exception as error:
        # Decoders meet hostile bytes with exceptions of every kind; all mean the same to us.
        raise BrokenPicture from error
    return _clean(target.getvalue(), "image/jpeg", "jpg", *picture.size)


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


def _drawn_anew(picture: ImageFile, measures: tuple[int, int]) -> Image.Image:
    """Return the still picture upright, on white, small enough, with nothing but its pixels."""
    if picture.size != measures:
        raise DisguisedDocument
    if getattr(picture, "is_animated", False):
        raise MovingPicture
    scale = min(1.0, SERVED_SIDE / max(measures))
    # A JPEG can be decoded at half, a quarter or an eighth at once; the others do not listen.
    picture.draft(None, (max(1, int(measures[0] * scale)), max(1, int(measures[1] * scale))))
    picture.load()
    turned = _TURNED.get(_orientation(picture))
    drawn = _on_white(picture)
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


# --- PDF -----------------------------------------------------------------------------------------
MOST_STREAMS = 20_000
MOST_NAMES = 1_000_000
MOST_UNPACKED = 16 * 1024 * 1024
MOST_UNPACKED_TOGETHER = 32 * 1024 * 1024
_CHUNK = 16 * 1024
_WHITE = b"\x00\t\n\x0c\r "
_PDF_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\x00\s]*\Z")
_CROSS_REFERENCES = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_STREAM = re.compile(rb"(?<!end)stream")


def _names(*names: str, but: bytes = b"") -> re.Pattern[bytes]:
    """Return a pattern for PDF names in either spelling: `#4A` may stand for `J`."""
    spelled = (
        b"".join(rb"(?:%c|(?i:#%02x))" % (ord(sign), ord(sign)) for sign in name) for name in names
    )
    ends = rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%]|\Z)"
    initials = "".join({name[0] for name in names}).encode()
    return re.compile(rb"/(?=[#" + initials + rb"])(?:" + b"|".join(spelled) + rb")" + ends + but)


_LOCK = _names("Encrypt")
# Looked for in every byte of the file and of what is packed in it: long enough that compressed
# data does not spell them by chance.
_ACTIVE = _names(
    "JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "Rendition",
    "SubmitForm", "ImportData", "GoToE", "XFA",
)  # fmt: skip
# A bare destination ("open at page 1", as LibreOffice writes into its files) runs nothing.
_OPENING = _names("OpenAction", but=rb"(?!\s*\[[^\[\]<>()]*\])")
# Compressed data does spell these by chance, so they are looked for around it, and in it unpacked.
# Without one of the names above they run nothing.
_ACTIVE_SHORT = _names("JS", "AA")
_OBJECT_STREAM = _names("ObjStm")
# What could wrap an object stream so that we would not see into it; nobody writes both.
_WRAPPING = _names(
    "ASCIIHexDecode", "ASCII85Decode", "LZWDecode", "RunLengthDecode", "Crypt", "AHx", "A85"
)
_FILTER = _names("Filter")
_PREDICTOR = _names("Predictor")


def _read_pdf(data: bytes) -> CleanDocument:
    if not re.match(rb"%PDF-[12]\.\d", data):
        raise DisguisedDocument
    end = _PDF_END.search(data, max(0, len(data) - 2048))
    if end is None or not _CROSS_REFERENCES.match(data, int(end[1])):
        raise BrokenPdf
    if zipfile.is_zipfile(io.BytesIO(data)):
        raise DisguisedDocument
    if data.count(b"/") > MOST_NAMES:
        raise ActivePdf
    if _LOCK.search(data):
        raise LockedPdf
    if _runs_something(data) or _ACTIVE_SHORT.search(_around_streams(data)):
        raise ActivePdf
    if _OBJECT_STREAM.search(data) and _WRAPPING.search(data):
        raise ActivePdf
    for objects in _unpacked_objects(data):
        if _runs_something(objects) or _ACTIVE_SHORT.search(objects) or _LOCK.search(objects):
            raise ActivePdf
    return _clean(data, "application/pdf", "pdf")


def _runs_something(data: bytes) -> bool:
    return bool(_ACTIVE.search(data) or _OPENING.search(data))


def _around_streams(data: bytes) -> bytes:
    """Return the file without what lies between `stream` and `endstream`."""
    pieces, place = [], 0
    while found := _STREAM.search(data, place):
        end = data.find(b"endstream", found.end())
        if end < 0:
            break
        pieces.append(data[place : found.start()])
        place = end
    return b" ".join([*pieces, data[place:]])


def _unpacked_objects(data: bytes) -> Iterator[bytes]:
    """Yield, unpacked, everything compressed that could hold PDF objects.

    An object stream begins with numbers (ISO 32000-2, 7.5.7). So whatever a stream's dictionary
    says, its beginning is unpacked; if it begins with a number, all of it is, within bounds.
    """
    unpacked = names = 0
    for count, found in enumerate(_STREAM.finditer(data)):
        if count >= MOST_STREAMS:
            raise ActivePdf
        start = found.end()
        while start < len(data) and data[start] in _WHITE:
            start += 1
        begins = _inflate(data, start, 1024).lstrip(_WHITE)[:1]
        numbers = begins != b"" and begins in b"0123456789+-.%"
        before = data[max(0, found.start() - 4096) : found.start()]
        dictionary = before[max(0, before.rfind(b"obj")) :]
        if _OBJECT_STREAM.search(dictionary) and (
            _PREDICTOR.search(dictionary) or (_FILTER.search(dictionary) and not numbers)
        ):
            raise ActivePdf
        if numbers:
            objects = _inflate(data, start, MOST_UNPACKED + 1)
            unpacked += len(objects)
            names += objects.count(b"/")
            if (
                len(objects) > MOST_UNPACKED
                or unpacked > MOST_UNPACKED_TOGETHER
                or names > MOST_NAMES
            ):
                raise ActivePdf
            yield objects


def _inflate(data: bytes, start: int, most: int) -> bytes:
    """Return at most so many bytes of the zlib stream that starts here; what can be had of it.

    Readers of PDF show what they could unpack of a damaged stream, so that much counts.
    """
    for window, skipped in ((zlib.MAX_WBITS, 0), (-zlib.MAX_WBITS, 2)):
        if start + 2 > len(data) or data[start] & 0x0F != zlib.DEFLATED:
            break
        machine = zlib.decompressobj(window)
        pieces: list[bytes] = []
        left = most
        place = start + skipped
        try:
            while left > 0 and place < len(data) and not machine.eof:
                pieces.append(machine.decompress(data[place : place + _CHUNK], left))
                left -= len(pieces[-1])
                place += _CHUNK
        except zlib.error:
            pass
        if any(pieces):
            return b"".join(pieces)
    return b""


def _clean(
    data: bytes,
    content_type: str,
    extension: str,
    width: int | None = None,
    height: int | None = None,
) -> CleanDocument:
    digest = hashlib.sha256(data).hexdigest()
    return CleanDocument(data, content_type, extension, digest, width, height)


# --- keeping and giving back ---------------------------------------------------------------------
class PrivateStorage(FileSystemStorage):
    """Files beside the public media, under names nobody can guess, with no address of their own.

    The place is asked of the settings at every use. A `base_url` of None given to Django's own
    class would fall back to MEDIA_URL; here there is none, so `url` raises ValueError.
    """

    base_url = None  # type: ignore[assignment]

    def __init__(self) -> None:
        """Let only our own user read."""
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> str:
        """Return the folder, which no web server may serve."""
        return str(settings.PRIVATE_ROOT)

    @property
    def location(self) -> str:
        """Return the folder's absolute path."""
        return str(Path(self.base_location).absolute())

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Return a random name in the folder that was asked for; the name asked for is dropped."""
        return str(Path(name).parent / str(uuid.uuid4()))


def private_storage() -> FileSystemStorage:
    """Return the private storage. Give the function itself to a field: migrations keep its name,
    never this machine's path.
    """
    return PrivateStorage()


def sweep_private(folder: str, known: Container[str], *, before: datetime) -> int:
    """Delete files of a private folder that no row knows of; return how many.

    A process that died between the file and its row leaves such a file. `known` holds names as
    file fields keep them; what was made after `before` may still be on its way to a row.
    """
    root = Path(PrivateStorage().location)
    swept = 0
    for path in (root / folder).glob("*"):
        name = str(path.relative_to(root))
        if name not in known and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def as_attachment(data: bytes, content_type: str, filename: str) -> HttpResponse:
    """Answer with a download that no browser opens, guesses at, runs or stores (RFC 6266)."""
    response = HttpResponse(data, content_type=content_type)
    disposition = content_disposition_header(as_attachment=True, filename=_file_name(filename))
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _file_name(name: str) -> str:
    """Return the last part of a name without signs that break headers or mislead the eye."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(
        sign
        for sign in last
        if sign in "\u200c\u200d"
        or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    return kept.strip(". ")[-120:] or "document"
