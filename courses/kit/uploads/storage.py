"""Where files are kept: what is published, redrawn; what is private, with no address."""

import uuid
from collections.abc import Container
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

from courses.kit.uploads.reading import must_be_no_picture, picture_kind, redraw

# What Wagtail makes of pictures that were redrawn when they came in.
RENDITIONS = "images/"
# Enough to tell a picture by.
FIRST_BYTES = 16


class CleanFile(ContentFile[bytes]):
    """A picture that was redrawn a moment ago and need not be again."""


class PublicStorage(FileSystemStorage):
    """The public media. A picture is redrawn on its way in, whichever door it comes through.

    The editor's forms redraw it earlier and say what is wrong beside the field; this is the
    wall behind them, for uploads that wait, for copies, for commands. Raises UnreadableDocument.
    """

    def _save(self, name: str, content: File[bytes]) -> str:
        own = name.startswith(RENDITIONS) or isinstance(content, CleanFile)
        if not own:
            content.seek(0)
            if picture_kind(name):
                content = CleanFile(redraw(name, content.read()).data)
            else:
                must_be_no_picture(name, content.read(FIRST_BYTES))
                content.seek(0)
        return super()._save(name, content)  # type: ignore[misc]


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
