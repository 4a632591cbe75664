"""Ten thousand students from a workbook to a preview; beside it, one line at a time."""

import time

from courses.imports import actions
from courses.imports.actions import steps
from courses.imports.kinds import KINDS
from courses.imports.models import Batch
from courses.imports.states import State
from courses.kit.identity import check_digit
from courses.kit.tables import Table, read_table, write_xlsx
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from tests import databases
from tests.bench.figures import SMALL, Figure, Say, middle
from tests.load import rushes

ROWS, ALONE, TAKEN, RUNS = (200, 50, 20, 1) if SMALL else (10_000, 1_000, 300, 3)
KIND = KINDS["enrolment.students"]
HEADERS = ("نام", "نام خانوادگی", "کد ملی", "تاریخ تولد", "جنسیت", "موبایل")


def workbook(rows: int) -> bytes:
    """Return so many students as a school's office would keep them."""
    lines = []
    for number in range(rows):
        nine = f"{number:09d}"
        code = f"{nine}{check_digit(nine)}"
        lines.append((f"نام{number}", "نمونه", code, "۱۳۸۹/۲/۱۱", "دختر", f"0914{number:07d}"))
    return write_xlsx(HEADERS, lines, title="لیست", right_to_left=True)


def measured(say: Say) -> list[Figure]:
    """Read, check and take in."""
    name = rushes.own_database("bench")
    try:
        with databases.using(name):
            return _measured(say)
    finally:
        databases.drop(name)


def _measured(say: Say) -> list[Figure]:
    crowd = rushes.prepared(databases.own_name("bench"), 1)
    registrar = User.objects.create(username="registrar")
    grant_role(registrar, crowd.school, Role.REGISTRAR, by=None)
    file = workbook(ROWS)
    reading, checking, alone = [], [], []
    for number in range(1, RUNS + 1):
        begun = time.monotonic()
        table = read_table("students.xlsx", file)
        reading.append(time.monotonic() - begun)
        checking.append(ROWS / _checked(crowd, table, registrar))
        steps.PORTION, portion = 1, steps.PORTION
        alone.append(ALONE / _checked(crowd, _some(table, ALONE), registrar))
        steps.PORTION = portion
        say(f"run {number} of {RUNS}: {checking[-1]:,.0f} rows a second")
    taking = _taken(crowd, _some(table, TAKEN), registrar)
    preview = middle(reading) + ROWS / middle(checking)
    return [
        Figure(f"import: {ROWS} rows from xlsx to preview", round(preview, 2), "s", runs=RUNS),
        Figure(
            "import: rows checked a second", round(middle(checking)), "/s",
            "one line at a time", round(middle(alone)), runs=RUNS,
        ),
        Figure("import: rows taken in a second", round(TAKEN / taking), "/s"),
    ]  # fmt: skip


def _some(table: Table, rows: int) -> Table:
    return Table(table.headers, table.rows[:rows])


def _received(crowd: rushes.Rush, table: Table, by: User) -> Batch:
    intake = crowd.intake(len(table.rows))
    return actions.receive(KIND, str(intake.public_id), table, file_name="students.xlsx", by=by)


def _checked(crowd: rushes.Rush, table: Table, by: User) -> float:
    batch = _received(crowd, table, by)
    begun = time.monotonic()
    actions.check_rows(batch.pk, batch.attempt)
    seconds = time.monotonic() - begun
    batch.refresh_from_db()
    if (batch.state, batch.rows.filter(verdict="new").count()) != (State.CHECKED, len(table.rows)):
        raise SystemExit("the check found something else than new students")
    actions.drop(batch, by=by)
    return seconds


def _taken(crowd: rushes.Rush, table: Table, by: User) -> float:
    batch = _received(crowd, table, by)
    actions.check_rows(batch.pk, batch.attempt)
    batch.refresh_from_db()
    batch = actions.apply(batch, "skip", by=by)
    begun = time.monotonic()
    actions.apply_rows(batch.pk, batch.attempt, by=by)
    seconds = time.monotonic() - begun
    if batch.rows.filter(outcome="made").count() != len(table.rows):
        raise SystemExit("not everybody was taken in")
    return seconds
