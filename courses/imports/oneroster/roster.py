"""What a roster holds, as values.

Words of the standard's vocabularies are given as such; it allows further ones as `ext:word`.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Org:
    """A school, or what stands above it (`ORG_TYPES`)."""

    sourced_id: str
    name: str
    type: str = "school"
    identifier: str = ""
    parent: str = ""


@dataclass(frozen=True)
class AcademicSession:
    """A school year or a part of one (`SESSION_TYPES`); `school_year` is the year it ends in."""

    sourced_id: str
    title: str
    begin: date
    end: date
    school_year: int
    type: str = "schoolYear"
    parent: str = ""


@dataclass(frozen=True)
class Course:
    """What is taught; for us a programme in the version a school offers."""

    sourced_id: str
    title: str
    org: str
    code: str = ""
    school_year: str = ""


@dataclass(frozen=True)
class ClassGroup:
    """A course held at a school in one session or several; for us an intake."""

    sourced_id: str
    title: str
    course: str
    school: str
    terms: tuple[str, ...]
    code: str = ""
    type: str = "scheduled"
    location: str = ""


@dataclass(frozen=True)
class Post:
    """A role somebody has at an organisation (`ROLES`) beside the first one."""

    org: str
    role: str


@dataclass(frozen=True)
class Person:
    """Somebody on the roster with the role they chiefly have, and where.

    `username` is empty where the other side need not know one: the standard demands one, so the
    sourced id stands in its place. `sex` is one of `SEXES` or empty.
    """

    sourced_id: str
    given: str
    family: str
    role: str
    org: str
    identifier: str = ""
    phone: str = ""
    birth_date: date | None = None
    sex: str = ""
    username: str = ""
    enabled: bool = True
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True)
class Enrolment:
    """A person in a class (`CLASS_ROLES`); `status` is the sender's own word, or empty."""

    sourced_id: str
    person: str
    class_group: str
    role: str = "student"
    begin: date | None = None
    end: date | None = None
    status: str = ""


@dataclass(frozen=True)
class Bundle:
    """A whole roster, each table in the order of its file."""

    orgs: tuple[Org, ...] = ()
    sessions: tuple[AcademicSession, ...] = ()
    courses: tuple[Course, ...] = ()
    classes: tuple[ClassGroup, ...] = ()
    people: tuple[Person, ...] = ()
    enrolments: tuple[Enrolment, ...] = ()
