"""How the site does, in a few cheap looks: what `/readyz` and the keeper's page tell.

A look that is not good and `vital` means that the site cannot do its work (503); any other one
wants a keeper. Numbers only: no name, no address, nothing of what is stored.
"""

import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_tasks_db.models import DBTaskResult

from courses.imports.queries import standing_still
from courses.kit import holds
from courses.kit.faults import fault_of
from courses.kit.models import Heartbeat, Part
from courses.notices.queries import STUCK_AFTER as MESSAGE_LATE_AFTER
from courses.notices.queries import outbox_age
from javar.upkeep import tasks

# A part beats every few seconds, rests at most half a minute, and may be at a long task.
BEAT_LATE_AFTER = timedelta(seconds=90)
IMPORT_LATE_AFTER = timedelta(minutes=15)
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Look:
    """One thing looked at."""

    name: str
    is_good: bool
    vital: bool = True
    numbers: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what a program is told."""
        return {"ok": self.is_good, **self.numbers}


def look_at_all(at: datetime) -> list[Look]:
    """Look at everything; where the database is lost, at what needs none."""
    looks = [_disk(), _writable()]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        asked = [Look("database", is_good=True), _migrations()]
        # Tables that are not there yet cannot be asked.
        if asked[-1].is_good:
            asked += [_database_writes(), *_parts(at), _outbox(at), _tasks(at), _imports(at)]
    except Exception as error:
        if not connection.in_atomic_block:
            connections.close_all()
        return [Look("database", is_good=False, numbers={"fault": fault_of(error)}), *looks]
    return [*asked, *looks]


def is_ready(looks: list[Look]) -> bool:
    """Tell whether the site can do its work."""
    return all(look.is_good for look in looks if look.vital)


def _disk() -> Look:
    try:
        found = shutil.disk_usage(settings.VAR)
    except OSError:
        return Look("disk", is_good=False)
    free = found.free // MEGABYTE
    return Look(
        "disk", is_good=free >= settings.JAVAR_LEAST_DISK,
        numbers={
            "free_mb": free, "least_mb": settings.JAVAR_LEAST_DISK,
            "free_percent": round(100 * found.free / max(found.total, 1)),
        },
    )  # fmt: skip


def _writable() -> Look:
    """Really write: a file system that turned read-only looks writable to whoever only asks."""
    file = settings.VAR / f".writable-{os.getpid()}"
    try:
        file.write_bytes(b".")
        file.unlink()
    except OSError:
        return Look("files_writable", is_good=False)
    return Look("files_writable", is_good=True)


def _database_writes() -> Look:
    """Ask whether the database takes writes; the heartbeats are the proof that it does."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            return Look("database_writable", is_good=cursor.fetchone()[0] == "off")
    file = getattr(connection, "file", None)
    return Look("database_writable", is_good=file is None or os.access(file, os.W_OK))


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    """Return the last migration of every app, from the files; they do not change in a process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def _migrations() -> Look:
    applied = MigrationRecorder(connection).applied_migrations()
    pending = len(_last_migrations() - set(applied))
    return Look("migrations", is_good=not pending, numbers={"apps_pending": pending})


def _parts(at: datetime) -> list[Look]:
    beats = dict(Heartbeat.objects.values_list("part", "at"))
    at_work = DBTaskResult.objects.running().filter(started_at__gte=at - tasks.STUCK_AFTER)
    looks = []
    for part in Part:
        age = at - beats[part] if part in beats else None
        lives = age is not None and age <= BEAT_LATE_AFTER
        # The worker's heart beats between two tasks.
        lives = lives or (age is not None and part is Part.WORKER and at_work.exists())
        seconds = None if age is None else max(0, round(age.total_seconds()))
        looks.append(Look(str(part), is_good=lives, numbers={"age_s": seconds}))
    return looks


def _outbox(at: datetime) -> Look:
    age, held = outbox_age(at=at), holds.stands()
    return Look(
        "outbox", is_good=age <= MESSAGE_LATE_AFTER and not held, vital=False,
        numbers={"oldest_s": round(age.total_seconds()), "held_after_restore": held},
    )  # fmt: skip


def _tasks(at: datetime) -> Look:
    late, stuck, failed = tasks.late(at).count(), tasks.stuck(at).count(), tasks.failed().count()
    return Look(
        "tasks", is_good=not (late or stuck or failed), vital=False,
        numbers={"late": late, "stuck": stuck, "failed": failed},
    )  # fmt: skip


def _imports(at: datetime) -> Look:
    stuck = standing_still(at - IMPORT_LATE_AFTER).count()
    return Look("imports", is_good=not stuck, vital=False, numbers={"stuck": stuck})
