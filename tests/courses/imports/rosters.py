"""Rosters and bundles, made for the tests of OneRoster."""

import io
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

from courses.imports.oneroster import (
    AcademicSession,
    Bundle,
    ClassGroup,
    Course,
    Enrolment,
    Org,
    Person,
    Post,
    write_bundle,
)

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def identifier(number: int) -> str:
    return str(uuid.UUID(int=number))


SCHOOL = Org(identifier(1), "هنرستان کفش تبریز", identifier="1360")


YEAR = AcademicSession(identifier(2), "۱۴۰۵–۱۴۰۶", date(2026, 9, 23), date(2027, 6, 22), 2027)


COURSE = Course(identifier(3), "کفش‌دوزی", SCHOOL.sourced_id, code="K1")


GROUP = ClassGroup(
    identifier(4), "دهم الف", COURSE.sourced_id, SCHOOL.sourced_id, (YEAR.sourced_id,)
)


LEILA = Person(
    identifier(5), "لیلا", "رضایی", "student", SCHOOL.sourced_id, identifier="77",
    phone="+989140000000", birth_date=date(2010, 3, 1), sex="female",
)  # fmt: skip


MASTER = Person(
    identifier(6), "استاد", "کریمی", "teacher", SCHOOL.sourced_id, username="karimi",
    enabled=False, posts=(Post(SCHOOL.sourced_id, "principal"),),
)  # fmt: skip


PLACE = Enrolment(
    identifier(7), LEILA.sourced_id, GROUP.sourced_id, begin=date(2026, 9, 23), status="enrolled"
)


TABRIZ = Bundle((SCHOOL,), (YEAR,), (COURSE,), (GROUP,), (LEILA, MASTER), (PLACE,))


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


WRITTEN = files_of(write_bundle(TABRIZ, at=AT))


def changed(**tables: Callable[[bytes], bytes] | bytes | None) -> bytes:
    """The written bundle with some files replaced, changed, or (None) taken out."""
    files = dict(WRITTEN)
    for name, change in tables.items():
        before = files.pop(f"{name}.csv", b"")
        if change is not None:
            files[f"{name}.csv"] = change(before) if callable(change) else change
    return zipped(files)


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return change
