"""PDF files: taken as they are when nothing in them does more than show pages."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from courses.kit.uploads.documents import CleanDocument, clean
from courses.kit.uploads.refusals import ActivePdf, BrokenPdf, DisguisedDocument, LockedPdf

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


def read_pdf(data: bytes) -> CleanDocument:
    """Return a PDF as it is; raise UnreadableDocument."""
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
    return clean(data, "application/pdf", "pdf")


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
