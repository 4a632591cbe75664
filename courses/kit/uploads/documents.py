"""A file that may be kept."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class CleanDocument:
    """A file that may be kept. Width and height in pixels are known of pictures only."""

    data: bytes
    content_type: str
    extension: str
    sha256: str
    width: int | None = None
    height: int | None = None


def clean(
    data: bytes,
    content_type: str,
    extension: str,
    width: int | None = None,
    height: int | None = None,
) -> CleanDocument:
    """Return the document of these bytes, with their fingerprint."""
    digest = hashlib.sha256(data).hexdigest()
    return CleanDocument(data, content_type, extension, digest, width, height)
