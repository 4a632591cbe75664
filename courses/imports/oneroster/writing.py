"""A roster out: the same roster at the same moment is the same bytes."""

import csv
import io
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from courses.imports.oneroster.assembly import assembled
from courses.imports.oneroster.cells import CONTROL, Row
from courses.imports.oneroster.roster import (
    Bundle,
    Post,
)
from courses.imports.oneroster.standard import (
    FILES,
    HEADERS,
    MANIFEST,
    STATUS,
    VERSIONS,
)
from courses.kit.tables import disarm


def write_bundle(bundle: Bundle, *, at: datetime) -> bytes:
    """Return the roster as a zip. The same roster at the same moment is the same bytes.

    Raises UnreadableBundle, with the file and line it would have, for a roster that nobody could
    read: a name missing, a reference to nothing, a word outside its vocabulary.
    """
    tables = {name: list(rows) for name, rows in _rows(bundle).items()}
    assembled(
        {
            name: [
                Row(name, line, {column: CONTROL.sub(" ", text) for column, text in row.items()})
                for line, row in enumerate(rows, start=2)
            ]
            for name, rows in tables.items()
        }
    )
    properties = {"manifest.version": "1.0", "oneroster.version": VERSIONS[0]}
    properties |= {f"file.{name}": "bulk" if tables.get(name) else "absent" for name in FILES}
    properties |= {"source.systemName": "Javar", "source.systemCode": "javar"}
    files: dict[str, list[tuple[str, ...]]] = {"manifest": [MANIFEST, *properties.items()]}
    for name, rows in tables.items():
        if rows:
            header = HEADERS[name]
            if any(row.get(STATUS) for row in rows):
                header = (*header, STATUS)
            files[name] = [header, *(tuple(row.get(key, "") for key in header) for row in rows)]
    moment = max(at.astimezone(UTC), datetime(1980, 1, 1, tzinfo=UTC)).timetuple()[:6]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, lines in files.items():
            info = zipfile.ZipInfo(f"{name}.csv", moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, _csv(lines))
    return target.getvalue()


def _csv(lines: Iterable[tuple[str, ...]]) -> bytes:
    """Return RFC 4180 in UTF-8, without a byte order mark."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([disarm(cell) for cell in line] for line in lines)
    return text.getvalue().encode()


def _rows(bundle: Bundle) -> dict[str, Iterator[dict[str, str]]]:
    """Return what stands in each table, by column."""
    schools = {group.sourced_id: group.school for group in bundle.classes}
    return {
        "orgs": (
            {"sourcedId": org.sourced_id, "name": org.name, "type": org.type,
             "identifier": org.identifier, "parentSourcedId": org.parent}
            for org in bundle.orgs
        ),
        "academicSessions": (
            {"sourcedId": session.sourced_id, "title": session.title, "type": session.type,
             "startDate": _iso(session.begin), "endDate": _iso(session.end),
             "parentSourcedId": session.parent, "schoolYear": f"{session.school_year:04d}"}
            for session in bundle.sessions
        ),
        "courses": (
            {"sourcedId": course.sourced_id, "schoolYearSourcedId": course.school_year,
             "title": course.title, "courseCode": course.code, "orgSourcedId": course.org}
            for course in bundle.courses
        ),
        "classes": (
            {"sourcedId": group.sourced_id, "title": group.title,
             "courseSourcedId": group.course, "classCode": group.code, "classType": group.type,
             "location": group.location, "schoolSourcedId": group.school,
             "termSourcedIds": ",".join(group.terms)}
            for group in bundle.classes
        ),
        "users": (
            {"sourcedId": person.sourced_id, "enabledUser": "true" if person.enabled else "false",
             "username": person.username or person.sourced_id, "givenName": person.given,
             "familyName": person.family, "identifier": person.identifier,
             "phone": person.phone, "primaryOrgSourcedId": person.org}
            for person in bundle.people
        ),
        "roles": (
            {"sourcedId": str(uuid.uuid5(_POSTS, f"{person.sourced_id} {count}")),
             "userSourcedId": person.sourced_id, "roleType": "secondary" if count else "primary",
             "role": post.role, "orgSourcedId": post.org}
            for person in bundle.people
            for count, post in enumerate((Post(person.org, person.role), *person.posts))
        ),
        "enrollments": (
            {"sourcedId": enrolment.sourced_id, "classSourcedId": enrolment.class_group,
             "schoolSourcedId": schools.get(enrolment.class_group, ""),
             "userSourcedId": enrolment.person, "role": enrolment.role,
             "beginDate": _iso(enrolment.begin), "endDate": _iso(enrolment.end),
             STATUS: enrolment.status}
            for enrolment in bundle.enrolments
        ),
        "demographics": (
            {"sourcedId": person.sourced_id, "birthDate": _iso(person.birth_date),
             "sex": person.sex}
            for person in bundle.people
            if person.birth_date or person.sex
        ),
    }  # fmt: skip


# A role has an identifier in the standard and none with us: made from the person's, always alike.
_POSTS = uuid.UUID("6f1b6a2e-6a55-5c0e-9f0c-6d9b8f3f1f52")


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
