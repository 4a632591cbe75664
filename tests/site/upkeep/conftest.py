"""A place of one's own, and an empty one: databases with committed changes, folders for files."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from courses.imports.models import Batch
from courses.imports.states import State
from tests import databases
from tests.site.upkeep.restoring import NOW, account

EmptyPlace = Callable[[], AbstractContextManager[str]]


def _live_in(settings: Any, folder: Path) -> None:
    """Let media, private files and the rest lie below a folder; copies stay where they are."""
    folder.mkdir(exist_ok=True)
    settings.VAR = folder
    settings.MEDIA_ROOT, settings.PRIVATE_ROOT = folder / "media", folder / "private"


@pytest.fixture
def place(
    django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path
) -> Iterator[str]:
    """A migrated database that other processes see too; its name. Files lie in `tmp_path`/var."""
    _live_in(settings, tmp_path / "var")
    settings.JAVAR_BACKUP_DIR = str(tmp_path / "copies")
    settings.JAVAR_JOURNAL_DIR = tmp_path / "journal"
    name = databases.own_name("place")
    with django_db_blocker.unblock():
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            yield name
        databases.drop(name)


@pytest.fixture
def empty_place(place: str, settings: Any, tmp_path: Path) -> EmptyPlace:
    """A way into an empty place: no database's tables, no file, as after the loss of everything."""

    @contextmanager
    def enter() -> Iterator[str]:
        name = databases.own_name("restored")
        databases.create(name)
        before = settings.VAR
        _live_in(settings, tmp_path / "new")
        try:
            with databases.using(name):
                yield name
        finally:
            _live_in(settings, before)
            databases.drop(name)
            for end in (".restoring", ".restoring-wal", ".restoring-shm"):
                Path(f"{databases.database_name(name)}{end}").unlink(missing_ok=True)

    return enter


@pytest.fixture
def paper(place: str) -> str:
    """A file that a row names; its name."""
    batch = Batch(
        kind="x", subject="s", made_by=account("clerk"), made_at=NOW, beat_at=NOW, total=0,
        state=State.CHECKING,
    )  # fmt: skip
    batch.table.save("t", ContentFile(b"rows"), save=False)
    batch.save()
    return str(batch.table.name)
