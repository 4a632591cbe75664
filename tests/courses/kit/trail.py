"""Writing, sealing and forging the trail: for its tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection

from courses.kit import audit
from courses.kit.models import AuditEntry, JobTick
from courses.kit.trail.seals import seal_all, seal_next
from courses.kit.trail.verification import Verification
from tests import databases
from tests.cast import NOW


def write(count: int, verb: str = "look") -> list[AuditEntry]:
    """Add so many lines about nobody in particular."""
    tick_ = JobTick(pk=7)
    return [
        audit.record(tick_, verb, by=None, at=NOW, reason="چون", n=n, share=0.5)
        for n in range(count)
    ]


def faults(**kept: str) -> list[str]:
    """Return what the verification finds."""
    given = {int(number[1:]): head for number, head in kept.items()}
    return [str(found) for found in Verification(given, at=NOW).faults()]


def sql(statement: str, *values: Any) -> None:
    """Do what an operator with the database's password does."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def past_the_triggers() -> Iterator[None]:
    """Be somebody who may take triggers away, and puts them back."""
    with databases.lifted_triggers():
        yield


def sealed(count: int = 6) -> list[int]:
    """Write and seal in two seals; return the numbers."""
    numbers = [entry.pk for entry in write(count // 2)]
    seal_next(at=NOW - timedelta(days=3))
    numbers += [entry.pk for entry in write(count - count // 2)]
    seal_next(at=NOW - timedelta(days=3))
    return numbers


def rewrite_everything() -> None:
    """Be the operator who changes a row and makes every seal anew."""
    with past_the_triggers():
        sql("UPDATE kit_auditentry SET verb = 'x' WHERE id = (SELECT min(id) FROM kit_auditentry)")
        sql("DELETE FROM kit_seal")
    seal_all(at=NOW)
