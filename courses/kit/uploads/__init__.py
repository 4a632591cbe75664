"""Files people hand in: what is taken, made harmless, kept in private and given back.

`read_document` judges a file by its name *and* its content and answers with a `CleanDocument` or
an `UnreadableDocument`, never with anything else. A picture's measures are read from its header
before a single pixel is decoded, and the picture is drawn anew as a JPEG: what it carried along
(place of the photo, colour profile, a second file behind its end) stays behind. Pictures that are
published go through `PublicStorage`, which redraws them in their own kind. A PDF is kept as
it is, so it is only taken when nothing in it does more than show pages; that is judged without a
PDF library, cautiously, and the file is ever after served as a download and never inline
(RELIABILITY T37, T38; OWASP ASVS 5.2; PDF names after ISO 32000-2).
"""

from courses.kit.uploads.attachments import (
    as_attachment,
)
from courses.kit.uploads.documents import (
    CleanDocument,
)
from courses.kit.uploads.pictures import (
    carries_more,
)
from courses.kit.uploads.reading import (
    must_be_no_picture,
    picture_kind,
    picture_kind_of,
    read_document,
    redraw,
)
from courses.kit.uploads.refusals import (
    ActivePdf,
    BrokenPdf,
    BrokenPicture,
    DisguisedDocument,
    EmptyDocument,
    LockedPdf,
    MovingPicture,
    NoPicture,
    PictureUnderAnotherName,
    StrangeName,
    TooHeavyDocument,
    TooManyPixels,
    UnreadableDocument,
    WrongKindOfDocument,
)
from courses.kit.uploads.storage import (
    FIRST_BYTES,
    CleanFile,
    PrivateStorage,
    PublicStorage,
    private_storage,
    sweep_private,
)

__all__ = [
    "FIRST_BYTES",
    "ActivePdf",
    "BrokenPdf",
    "BrokenPicture",
    "CleanDocument",
    "CleanFile",
    "DisguisedDocument",
    "EmptyDocument",
    "LockedPdf",
    "MovingPicture",
    "NoPicture",
    "PictureUnderAnotherName",
    "PrivateStorage",
    "PublicStorage",
    "StrangeName",
    "TooHeavyDocument",
    "TooManyPixels",
    "UnreadableDocument",
    "WrongKindOfDocument",
    "as_attachment",
    "carries_more",
    "must_be_no_picture",
    "picture_kind",
    "picture_kind_of",
    "private_storage",
    "read_document",
    "redraw",
    "sweep_private",
]
