"""A place of one's own: a database with committed changes, and folders for files and copies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import databases


@pytest.fixture
def place(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[str]:
    """A migrated database that other processes see too; its name. Files lie below `tmp_path`."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.JAVAR_BACKUP_DIR = str(tmp_path / "copies")
    settings.JAVAR_JOURNAL_DIR = tmp_path / "journal"
    name = databases.own_name("place")
    with django_db_blocker.unblock():
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            yield name
        databases.drop(name)
