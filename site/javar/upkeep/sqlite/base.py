"""Django's SQLite backend, which never makes a database by opening one.

SQLite makes an empty file where it finds none: a site whose database was moved away for a moment
would write into the empty one, and lose all of that when the true one comes back. Here a missing
file is a lost database; `migrate` alone makes one (`make_missing`).
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a file that must be there."""

    @property
    def file(self) -> Path | None:
        """Where the database lies; None for one in memory, or one named by a URI."""
        name = str(self.settings_dict["NAME"])
        in_memory = name == ":memory:" or name.startswith("file:")
        return None if in_memory else Path(name)

    def get_connection_params(self) -> dict[str, Any]:
        """Open for reading and writing, not for making."""
        found: dict[str, Any] = super().get_connection_params()
        if self.file is not None:
            found["database"] = f"file:{quote(str(self.file))}?mode=rw"
        return found

    def make_missing(self) -> bool:
        """Make an empty file where there is none; tell whether it was made."""
        if self.file is None or self.file.exists():
            return False
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.touch()
        return True
