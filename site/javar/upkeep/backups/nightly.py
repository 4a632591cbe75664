"""The copy of every night, where JAVAR_BACKUP_DIR names a place for it."""

import logging
import subprocess
import sys
from datetime import datetime

from django.conf import settings
from django.db import transaction

from courses.kit.jobs import every

logger = logging.getLogger("javar.backup")


@every(hours=24)
def back_up(at: datetime) -> None:
    """Start `manage.py backup` as a process of its own, once the tick is written.

    Not here: the tick holds SQLite's one writer, and a copy of an hour must keep no job waiting.
    The folder's lock keeps two apart, `last.json` says how it went, and the keeper's page reads it.
    """
    if settings.JAVAR_BACKUP_DIR:
        transaction.on_commit(_start)


def _start() -> None:
    command = [sys.executable, str(settings.ROOT / "manage.py"), "backup"]
    try:
        subprocess.Popen(  # noqa: S603
            command, cwd=settings.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        logger.error("the nightly backup could not be started: %s", error.strerror)
