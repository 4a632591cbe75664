"""From rows to a roster, every reference followed."""

import re
from datetime import date

from courses.imports.oneroster.cells import Row, Tables
from courses.imports.oneroster.refusals import (
    NotBulk,
    RepeatedRow,
)
from courses.imports.oneroster.roster import (
    AcademicSession,
    Bundle,
    ClassGroup,
    Course,
    Enrolment,
    Org,
    Person,
    Post,
)
from courses.imports.oneroster.standard import (
    CLASS_ROLES,
    CLASS_TYPES,
    ORG_TYPES,
    ROLES,
    SESSION_TYPES,
    SEXES,
    STATUS,
)

_Ids = dict[str, set[str]]


def assembled(tables: Tables) -> Bundle:
    """Return the roster of the rows, every reference followed."""
    ids = {name: _identifiers(rows) for name, rows in tables.items()}
    for name in ("orgs", "academicSessions"):
        _refuse_circles(tables[name])
    posts = _posts(tables["roles"], ids)
    born = _born(tables["demographics"], ids)
    return Bundle(
        orgs=tuple(_org(row, ids) for row in tables["orgs"]),
        sessions=tuple(_session(row, ids) for row in tables["academicSessions"]),
        courses=tuple(_course(row, ids) for row in tables["courses"]),
        classes=tuple(_class_group(row, ids) for row in tables["classes"]),
        people=tuple(_person(row, ids, posts, born) for row in tables["users"]),
        enrolments=tuple(_enrolment(row, ids) for row in tables["enrollments"]),
    )


def _identifiers(rows: list[Row]) -> set[str]:
    """Return the identifiers of a table's rows, each of them met once."""
    seen: set[str] = set()
    for row in rows:
        if row.text("status") or row.text("dateLastModified"):
            raise NotBulk(place=row.place)
        if row.sourced_id() in seen:
            raise RepeatedRow(place=row.place)
        seen.add(row.sourced_id())
    return seen


def _refuse_circles(rows: list[Row]) -> None:
    """Refuse what stands above itself, over however many steps."""
    parents = {row.sourced_id(): row.text("parentSourcedId") for row in rows}
    well: set[str] = set()
    for row in rows:
        path: set[str] = set()
        at = row.sourced_id()
        while at in parents and at not in well:
            if at in path:
                raise row.dangling("parentSourcedId")
            path.add(at)
            at = parents[at]
        well |= path


def _posts(rows: list[Row], ids: _Ids) -> dict[str, list[Post]]:
    """Return what each person does and where, the chief role first."""
    posts: dict[str, list[Post]] = {}
    chiefs: set[str] = set()
    for row in rows:
        person = row.reference("userSourcedId", ids["users"])
        post = Post(row.reference("orgSourcedId", ids["orgs"]), row.word("role", ROLES))
        row.span("beginDate", "endDate")
        kind = row.text("roleType", needed=True)
        if kind not in {"primary", "secondary"}:
            raise row.wrong("roleType")
        held = posts.setdefault(person, [])
        if kind == "primary" and person not in chiefs:
            chiefs.add(person)
            held.insert(0, post)
        else:
            held.append(post)
    return posts


def _born(rows: list[Row], ids: _Ids) -> dict[str, tuple[date | None, str]]:
    return {
        row.reference("sourcedId", ids["users"]): (
            row.day("birthDate"),
            row.word("sex", SEXES, needed=False),
        )
        for row in rows
    }


def _org(row: Row, ids: _Ids) -> Org:
    return Org(
        sourced_id=row.sourced_id(),
        name=row.text("name", needed=True),
        type=row.word("type", ORG_TYPES),
        identifier=row.text("identifier"),
        parent=row.reference("parentSourcedId", ids["orgs"], needed=False),
    )


def _session(row: Row, ids: _Ids) -> AcademicSession:
    begin, end = row.span("startDate", "endDate")
    if begin is None or end is None:
        raise row.wrong("endDate" if begin else "startDate")
    if not re.fullmatch(r"[0-9]{4}", row.text("schoolYear")):
        raise row.wrong("schoolYear")
    return AcademicSession(
        sourced_id=row.sourced_id(),
        title=row.text("title", needed=True),
        begin=begin,
        end=end,
        school_year=int(row.text("schoolYear")),
        type=row.word("type", SESSION_TYPES),
        parent=row.reference("parentSourcedId", ids["academicSessions"], needed=False),
    )


def _course(row: Row, ids: _Ids) -> Course:
    return Course(
        sourced_id=row.sourced_id(),
        title=row.text("title", needed=True),
        org=row.reference("orgSourcedId", ids["orgs"]),
        code=row.text("courseCode"),
        school_year=row.reference("schoolYearSourcedId", ids["academicSessions"], needed=False),
    )


def _class_group(row: Row, ids: _Ids) -> ClassGroup:
    terms = tuple(part.strip() for part in row.text("termSourcedIds", needed=True).split(","))
    if not ids["academicSessions"].issuperset(terms):
        raise row.dangling("termSourcedIds")
    return ClassGroup(
        sourced_id=row.sourced_id(),
        title=row.text("title", needed=True),
        course=row.reference("courseSourcedId", ids["courses"]),
        school=row.reference("schoolSourcedId", ids["orgs"]),
        terms=terms,
        code=row.text("classCode"),
        type=row.word("classType", CLASS_TYPES),
        location=row.text("location"),
    )


def _person(
    row: Row, ids: _Ids, posts: dict[str, list[Post]], born: dict[str, tuple[date | None, str]]
) -> Person:
    own = row.sourced_id()
    if own not in posts:
        raise row.dangling("roles.csv")
    row.reference("primaryOrgSourcedId", ids["orgs"], needed=False)
    enabled = row.text("enabledUser", needed=True)
    if enabled not in {"true", "false"}:
        raise row.wrong("enabledUser")
    username = row.text("username", needed=True)
    birth_date, sex = born.get(own, (None, ""))
    chief, *others = posts[own]
    return Person(
        sourced_id=own,
        given=row.text("givenName", needed=True),
        family=row.text("familyName", needed=True),
        role=chief.role,
        org=chief.org,
        identifier=row.text("identifier"),
        phone=row.text("sms") or row.text("phone"),
        birth_date=birth_date,
        sex=sex,
        username="" if username == own else username,
        enabled=enabled == "true",
        posts=tuple(others),
    )


def _enrolment(row: Row, ids: _Ids) -> Enrolment:
    begin, end = row.span("beginDate", "endDate")
    row.reference("schoolSourcedId", ids["orgs"])
    return Enrolment(
        sourced_id=row.sourced_id(),
        person=row.reference("userSourcedId", ids["users"]),
        class_group=row.reference("classSourcedId", ids["classes"]),
        role=row.word("role", CLASS_ROLES),
        begin=begin,
        end=end,
        status=row.text(STATUS),
    )
