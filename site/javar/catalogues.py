"""Compiling the catalogues: a bare machine has no msgfmt, so polib does it."""

import gettext
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation import trans_real


def catalogues() -> list[Path]:
    """Return every catalogue of the site, ours and the upstream supplement."""
    return sorted(po for folder in settings.LOCALE_PATHS for po in Path(folder).rglob("*.po"))


def compile_catalogues() -> list[Path]:
    """Compile each catalogue that is newer than what was compiled; return those."""
    compiled = []
    for po in catalogues():
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            polib.pofile(str(po)).save_as_mofile(str(mo))
            compiled.append(po)
    if compiled:
        # Whatever was translated before, perhaps at import, was looked up in the older ones;
        # and Python keeps what it has read of a file under the file's name.
        gettext._translations.clear()  # type: ignore[attr-defined]
        trans_real._translations.clear()  # type: ignore[attr-defined]
        trans_real._default = None  # type: ignore[attr-defined]
    return compiled
