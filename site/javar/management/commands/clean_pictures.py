"""`manage.py clean_pictures`: redraw what is published and carries more than its pixels."""

import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from wagtail.images import get_image_model

from courses.kit.uploads import FIRST_BYTES, carries_more, picture_kind, picture_kind_of, redraw
from courses.kit.uploads.refusals import UnreadableDocument
from courses.kit.uploads.storage import RENDITIONS

# Kinds that were taken once and cannot be redrawn in their own kind.
OLD_KINDS = {".gif", ".bmp", ".tif", ".tiff", ".heic", ".avif", ".svg"}


class Command(BaseCommand):
    """Walks the public media; a second run finds nothing to do."""

    help = "Strip places, remarks and whatever else hides in pictures that are there already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to look only."""
        parser.add_argument(
            "--check", action="store_true", help="say what would be done, do nothing"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Clean; say what was done, and fail when a file could not be."""
        seen = cleaned = 0
        left: list[str] = []
        for path in self._pictures():
            seen += 1
            name = path.relative_to(settings.MEDIA_ROOT).as_posix()
            try:
                done = self._clean(path, name, check=check)
            except (UnreadableDocument, OSError) as error:
                left.append(f"  {name}: {error}")
                if not check:
                    self._forget_renditions(name)
                continue
            cleaned += done
            if done and options["verbosity"] > 1:
                self.stdout.write(f"  {name}")
        verb = "would be cleaned" if check else "cleaned"
        self.stdout.write(f"{seen} pictures looked at, {cleaned} {verb}, {len(left)} left.")
        if left:
            self.stdout.write("\n".join(left))
            raise CommandError("Replace these in the admin, or take them away.")

    def _pictures(self) -> Iterator[Path]:
        for path in sorted(Path(settings.MEDIA_ROOT).rglob("*")):
            known = picture_kind(path.name) or path.suffix.lower() in OLD_KINDS
            if path.is_file() and (known or self._is_disguised(path)):
                yield path

    def _is_disguised(self, path: Path) -> bool:
        """Tell whether a file of another name is a picture; `redraw` then refuses it by name."""
        with path.open("rb") as file:
            return picture_kind_of(file.read(FIRST_BYTES)) is not None

    def _clean(self, path: Path, name: str, *, check: bool) -> bool:
        """Redraw one file in its place; tell whether it had to be."""
        data = path.read_bytes()
        kind = picture_kind(name)
        if kind and not carries_more(kind, data):
            return False
        drawn = redraw(name, data)
        if check:
            return True
        # Written beside it first: a process that dies leaves the old file whole.
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".redrawn-")
        with os.fdopen(handle, "wb") as file:
            file.write(drawn.data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(path.stat().st_mode & 0o777)
        Path(beside).replace(path)
        if not name.startswith(RENDITIONS):
            self._forget_renditions(name)
            self._measure_again(name)
        return True

    def _measure_again(self, name: str) -> None:
        """Let the rows of a file know its new size; Wagtail counts its hash again from the file."""
        for picture in get_image_model().objects.filter(file=name):
            picture._set_image_file_metadata()
            picture.width, picture.height = picture.file.width, picture.file.height
            picture.save(update_fields=["file_size", "file_hash", "width", "height"])

    def _forget_renditions(self, name: str) -> None:
        """Take away what was made of a picture; it is made again when a page asks."""
        for picture in get_image_model().objects.filter(file=name):
            for rendition in picture.renditions.all():
                rendition.file.delete(save=False)
                rendition.delete()
