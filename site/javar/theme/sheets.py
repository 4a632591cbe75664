"""The style sheets, served as one: a weak network pays for requests more than for bytes.

There is no build step. `ThemeSheetFinder` is a static files finder which joins the sheets below
into `theme/javar.css`; runserver, WhiteNoise and `collectstatic` find it as they find any file.
The @font-face rules stand in a sheet of their own outside `static/`: a manifest storage refuses
to collect a sheet whose fonts are missing, so it is offered only when the font files are there.
"""

import functools
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

THEME = Path(__file__).resolve().parent
CSS = THEME / "static" / "theme" / "css"
MAIN_SHEET = "theme/javar.css"
FONT_SHEET = "theme/fonts.css"
FONT_FILES = (
    "fonts/vazirmatn-arabic-wght-normal.woff2",
    "fonts/vazirmatn-latin-wght-normal.woff2",
)
# `tokens` comes first: it orders the cascade layers. Where two components speak of the same
# element, the later one wins.
COMPONENTS = (
    "icon", "button", "card", "band", "seam", "tag", "facts", "stat", "hours", "notice", "form",
    "search", "steps", "lines", "ticks", "rank", "crumbs", "stepper", "table", "figure", "chart",
    "details", "empty", "certificate", "codes",
)  # fmt: skip
SHEETS = (
    CSS / "tokens.css",
    CSS / "base.css",
    CSS / "layout.css",
    *(CSS / "components" / f"{name}.css" for name in COMPONENTS),
    CSS / "utilities.css",
)

Stamp = tuple[tuple[int, int], ...]


def sources_of(path: str) -> tuple[Path, ...]:
    """Return the sheets a published path is joined from; none if it is not ours to publish."""
    if path == MAIN_SHEET:
        return SHEETS
    if path == FONT_SHEET and fonts_are_found():
        return (THEME / "fonts.css",)
    return ()


def fonts_are_found() -> bool:
    """Tell whether both subsets of Vazirmatn are among the static files' sources."""
    return all(finders.find(name) for name in FONT_FILES)


@functools.cache
def fonts_are_published() -> bool:
    """Tell whether the font sheet may be linked; asked once per process.

    Where files are collected under hashed names the manifest knows; elsewhere the sources do.
    """
    collected: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
    return FONT_SHEET in collected if collected else fonts_are_found()


def joined(sources: Iterable[Path]) -> str:
    """Return the text of the sheets, one after the other."""
    return "\n".join(sheet.read_text(encoding="utf-8").strip() for sheet in sources) + "\n"


def stamp_of(sources: Iterable[Path]) -> Stamp:
    """Return what changes when a sheet changes: time of writing (ns) and size (bytes) of each."""
    found = (sheet.stat() for sheet in sources)
    return tuple((sheet.st_mtime_ns, sheet.st_size) for sheet in found)


class ThemeSheetFinder(finders.BaseFinder):
    """Finds the joined sheets; each is written again only when one of its sources changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep the joined sheets in the installation's own folder, never among the sources."""
        super().__init__()
        self.storage = FileSystemStorage(location=Path(settings.VAR) / "sheets")
        self.written: dict[str, Stamp] = {}

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Have nothing to configure, so nothing to complain of."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return where the joined sheet lies; an empty list for every other path."""
        if kwargs.get("all"):
            find_all = True
        if not (sources := sources_of(path)):
            return []
        self._write(path, sources)
        place = self.storage.path(path)
        return [place] if find_all else place

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        """Yield the sheets that can be published now, with the storage that holds them."""
        for path in (MAIN_SHEET, FONT_SHEET):
            if sources := sources_of(path):
                self._write(path, sources)
                yield path, self.storage

    def _write(self, path: str, sources: tuple[Path, ...]) -> None:
        stamp = stamp_of(sources)
        place = Path(self.storage.path(path))
        if self.written.get(path) == stamp and place.exists():
            return
        text = joined(sources)
        if not (place.exists() and place.read_text(encoding="utf-8") == text):
            place.parent.mkdir(parents=True, exist_ok=True)
            # Several workers may write at once: each writes its own file and swaps it in whole.
            handle, draft = tempfile.mkstemp(dir=place.parent, suffix=".css")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(draft).chmod(0o644)
            Path(draft).replace(place)
        self.written[path] = stamp
