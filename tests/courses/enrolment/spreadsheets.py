"""A school's spreadsheet, taken through the steps of an import."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from courses.enrolment.models import Intake
from courses.imports import actions
from courses.imports.kinds import KINDS
from courses.imports.models import Batch
from courses.kit.identity import check_digit
from courses.kit.tables import Table
from courses.people.models import User
from tests.cast import NOW

KIND = KINDS["enrolment.students"]
HEADERS = ("نام", "نام خانوادگی", "کد ملی", "تاریخ تولد", "جنسیت", "موبایل")


def code_of(number: int) -> str:
    """Return a valid national code; low numbers begin with zeros."""
    nine = f"{number:09d}"
    return f"{nine}{check_digit(nine)}"


def line(number: int, **changes: Any) -> tuple[str, ...]:
    """Return a good line of a table under HEADERS."""
    values = {
        "first_name": f"نام{number}", "last_name": "نمونه", "national_code": code_of(number),
        "birth_date": "1389/02/11", "sex": "دختر", "mobile": "",
    }  # fmt: skip
    return tuple(str(value) for value in (values | changes).values())


def table(*lines: tuple[str, ...], headers: tuple[str, ...] = HEADERS) -> Table:
    """Return a table as it comes out of a file; line 1 holds the headers."""
    return Table(headers, tuple(enumerate(lines, start=2)))


def received(intake: Intake, found: Table, by: User, *, at: datetime = NOW) -> Batch:
    """Give a table and let the check run."""
    batch = actions.receive(
        KIND, str(intake.public_id), found, file_name="students.xlsx", by=by, at=at
    )
    actions.check_rows(batch.pk, batch.attempt, at=at)
    batch.refresh_from_db()
    return batch


def taken_in(batch: Batch, by: User, *, policy: str = "skip", at: datetime = NOW) -> Batch:
    """Take a checked batch in and let the work run."""
    batch = actions.apply(batch, policy, by=by, at=at)
    actions.apply_rows(batch.pk, batch.attempt, by=by, at=at)
    batch.refresh_from_db()
    return batch


def undone(batch: Batch, by: User, *, at: datetime = NOW) -> Batch:
    """Undo a batch and let the work run."""
    batch = actions.undo(batch, by=by, at=at)
    actions.undo_rows(batch.pk, batch.attempt, by=by, at=at)
    batch.refresh_from_db()
    return batch


def verdicts(batch: Batch) -> list[str]:
    """Return what the check says of each row."""
    return list(batch.rows.values_list("verdict", flat=True))


def outcomes(batch: Batch) -> list[str]:
    """Return what became of each row."""
    return list(batch.rows.values_list("outcome", flat=True))


def upload(client: Client, intake: Intake, name: str, data: bytes) -> Any:
    """Send a file as the page does."""
    return client.post(
        f"/imports/new/enrolment.students/{intake.public_id}/",
        {"file": SimpleUploadedFile(name, data)},
    )
