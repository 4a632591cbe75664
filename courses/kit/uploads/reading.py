"""Judging a file by its name and its content."""

from courses.kit.uploads.documents import CleanDocument
from courses.kit.uploads.names import is_strange
from courses.kit.uploads.pdf import read_pdf
from courses.kit.uploads.pictures import read_picture, redraw_picture
from courses.kit.uploads.refusals import (
    EmptyDocument,
    NoPicture,
    PictureUnderAnotherName,
    StrangeName,
    TooHeavyDocument,
    WrongKindOfDocument,
)

MOST_BYTES = 8 * 1024 * 1024
_KINDS = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "webp": "webp", "pdf": "pdf"}


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
    return read_pdf(data) if kind == "pdf" else read_picture(kind, data)


def picture_kind(name: str) -> str | None:
    """Return what kind of picture (jpeg, png, webp) a name promises; None for other files."""
    kind = _KINDS.get(name.rpartition(".")[2].lower() if "." in name else "")
    return None if kind == "pdf" else kind


# How the bytes of each kind of picture begin; a telephone looks at these, not at the name.
_BEGINS = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"RI": "webp"}


def picture_kind_of(data: bytes) -> str | None:
    """Return what kind of picture the first bytes of a file promise; None for other files."""
    kind = _BEGINS.get(data[:2])
    return None if kind == "webp" and data[8:12] != b"WEBP" else kind


def must_be_no_picture(name: str, data: bytes) -> None:
    """Refuse a picture under another name: it would be published with its place and remarks."""
    if picture_kind(name) is None and picture_kind_of(data) is not None:
        raise PictureUnderAnotherName


def redraw(name: str, data: bytes) -> CleanDocument:
    """Return a picture of this name, of the same kind, with nothing but its pixels.

    For pictures that are published. Raises UnreadableDocument, and nothing else.
    """
    kind = picture_kind(name)
    if kind is None:
        raise NoPicture
    if not data:
        raise EmptyDocument
    if len(data) > MOST_BYTES:
        raise TooHeavyDocument(megabytes=MOST_BYTES // 1024**2)
    return redraw_picture(kind, data)


def _kind_by_name(name: str) -> str:
    strange = any(sign in "/\\" or is_strange(sign) for sign in name)
    if strange or len(name) > 255:
        raise StrangeName
    kind = _KINDS.get(name.rpartition(".")[2].lower() if "." in name else "")
    if kind is None:
        raise WrongKindOfDocument
    return kind
