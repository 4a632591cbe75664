"""OneRoster 1.2 in and out: a school's roster as one zip of CSV files, as pure functions.

Source: 1EdTech, OneRoster CSV Binding 1.2 (final 2022-09-19; 1.2.1 of 2023-08-22). Only whole
rosters (`bulk`) are written and read; a bundle of changes (`delta`) is refused, because what it
means depends on what the reader already has. Hence `status` and `dateLastModified` stay empty, as
the binding demands in bulk mode.

What is ours in it:

- `sourced_id`s are our public UUIDs when we write; whatever the standard allows when we read.
- A text that a spreadsheet would take for a formula (= + - @ at its beginning, also wide ones,
  also behind blanks or apostrophes) is written with one more apostrophe before it, and reading
  takes exactly one away again: a round trip changes nothing. A bare telephone number (+98…) is
  left as it is, since other readers expect E.164 and it computes nothing.
- A cell is one line (the binding forbids carriage returns): control characters are written as
  one blank, and refused when read.
- A table without rows is left out and declared `absent`, as the binding demands; reading also
  bears with a table that has its header only.
- An enrolment's own state has no place in the standard's bulk files, so it travels in the
  extension column `metadata.javar.status`, written only if a state is given.
- Columns and files of the standard that have no place in the classes below are read past.
- `end` is the day after the last, in sessions and enrolments, as in the standard.
"""

import csv
import io
import re
import stat
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal
from courses.kit.tables import disarm, rearm

VERSIONS = ("1.2", "1.2.1")
MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_TIMES_SMALLER = 200
MOST_FILES = 32
MOST_ROWS = 100_000
LONGEST_CELL = 2000

_LIFE = ("sourcedId", "status", "dateLastModified")
_MANIFEST = ("propertyName", "value")
_STATUS = "metadata.javar.status"
# Every table we know, with its header in the order the binding prescribes, in the order of writing.
HEADERS: dict[str, tuple[str, ...]] = {
    "orgs": (*_LIFE, "name", "type", "identifier", "parentSourcedId"),
    "academicSessions": (
        *_LIFE, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear",
    ),
    "courses": (
        *_LIFE, "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId",
        "subjects", "subjectCodes",
    ),
    "classes": (
        *_LIFE, "title", "grades", "courseSourcedId", "classCode", "classType", "location",
        "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
    ),
    "users": (
        *_LIFE, "enabledUser", "username", "userIds", "givenName", "familyName", "middleName",
        "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
        "userMasterIdentifier", "preferredGivenName", "preferredMiddleName",
        "preferredFamilyName", "primaryOrgSourcedId", "pronouns",
    ),
    "roles": (
        *_LIFE, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
        "userProfileSourcedId",
    ),
    "enrollments": (
        *_LIFE, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary",
        "beginDate", "endDate",
    ),
    "demographics": (
        *_LIFE, "birthDate", "sex", "americanIndianOrAlaskaNative", "asian",
        "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander", "white",
        "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity", "countryOfBirthCode",
        "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus",
    ),
}  # fmt: skip
# Version 1.2 had one column more in users.csv, which 1.2.1 moved into a file of its own.
_USERS_BEFORE = (*HEADERS["users"][:17], "resourceSourcedIds", *HEADERS["users"][17:])
# Every file the manifest speaks of, in its order.
FILES = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources",
    "demographics", "enrollments", "lineItemLearningObjectiveIds", "lineItems",
    "lineItemScoreScales", "orgs", "resources", "resultLearningObjectiveIds", "results",
    "resultScoreScales", "roles", "scoreScales", "userProfiles", "userResources", "users",
)  # fmt: skip

ORG_TYPES = ("department", "school", "district", "local", "state", "national")
SESSION_TYPES = ("gradingPeriod", "semester", "schoolYear", "term")
CLASS_TYPES = ("homeroom", "scheduled")
ROLES = (
    "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor",
    "relative", "siteAdministrator", "student", "systemAdministrator", "teacher",
)  # fmt: skip
CLASS_ROLES = ("administrator", "proctor", "student", "teacher")
SEXES = ("male", "female", "unspecified", "other")


# --- what a roster holds -------------------------------------------------------------------------
# Words of the standard's vocabularies are given as such; it allows further ones as `ext:word`.
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


# --- how a bundle is refused ---------------------------------------------------------------------
class UnreadableBundle(Refusal):
    """The bundle cannot be read as a whole, so nothing of it is. `values["place"]` is file:line."""

    code = "unreadable_bundle"
    sentence = _("This file is no OneRoster bundle. Export it again as a zip of CSV files.")


class BundleTooLarge(UnreadableBundle):
    """Too heavy, too many files, or it unpacks to too much."""

    code = "bundle_too_large"
    sentence = _("This bundle unpacks to more than can be read. Export fewer schools at a time.")


class StrangeFileInBundle(UnreadableBundle):
    """A file the standard does not know, a folder, a link, a locked or a repeated file."""

    code = "bundle_strange_file"
    sentence = _(
        "%(place)s does not belong in a OneRoster bundle."
        " Zip the CSV files themselves, without a folder around them and without a password."
    )


class NoManifest(UnreadableBundle):
    """No manifest.csv."""

    code = "bundle_no_manifest"
    sentence = _("manifest.csv is missing. Export the bundle again as OneRoster 1.2.")


class WrongVersion(UnreadableBundle):
    """Another version than `VERSIONS`."""

    code = "bundle_wrong_version"
    sentence = _("%(place)s: this is not OneRoster 1.2. Export the bundle again in version 1.2.")


class NotBulk(UnreadableBundle):
    """A bundle of changes only."""

    code = "bundle_not_bulk"
    sentence = _(
        "%(place)s: only whole rosters (bulk) are read, no changes (delta). Export everything."
    )


class FileMissing(UnreadableBundle):
    """The manifest and the files in the bundle do not agree."""

    code = "bundle_file_missing"
    sentence = _(
        "%(place)s: the manifest and the files in the bundle do not agree on this file."
        " Export the bundle again."
    )


class WrongHeader(UnreadableBundle):
    """A header that is not the one prescribed."""

    code = "bundle_wrong_header"
    sentence = _(
        "%(place)s: the column “%(column)s” is missing or stands in the wrong place."
        " Put the headers right."
    )


class WrongCell(UnreadableBundle):
    """A cell that cannot be read: empty, of the wrong form, too long, or not UTF-8."""

    code = "bundle_wrong_cell"
    sentence = _(
        "%(place)s: “%(column)s” is empty or not written as OneRoster 1.2 wants it. Put it right."
    )


class WrongRow(UnreadableBundle):
    """A row that is no CSV, or has not as many cells as the header."""

    code = "bundle_wrong_row"
    sentence = _("%(place)s: this row cannot be read. Check its commas and quotation marks.")


class RepeatedRow(UnreadableBundle):
    """The same identifier twice in one file."""

    code = "bundle_repeated_row"
    sentence = _(
        "%(place)s: this identifier stands in an earlier row already. Take out one of the two."
    )


class DanglingReference(UnreadableBundle):
    """A reference to a row that is not there, or in a circle."""

    code = "bundle_dangling_reference"
    sentence = _(
        "%(place)s: “%(column)s” names a row that is not in the bundle, or itself. Put it right."
    )


# --- cells ---------------------------------------------------------------------------------------
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_ID = re.compile(r"[0-9A-Za-z._/@\-]{1,255}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXTENSION = re.compile(r"ext:[A-Za-z0-9.\-_]+")


@dataclass(frozen=True)
class _Row:
    """One row of a table: the cells by column, and where it stands."""

    file: str
    line: int
    cells: dict[str, str]

    @property
    def place(self) -> str:
        return f"{self.file}.csv:{self.line}"

    def wrong(self, column: str) -> WrongCell:
        return WrongCell(place=self.place, column=column)

    def dangling(self, column: str) -> DanglingReference:
        return DanglingReference(place=self.place, column=column)

    def text(self, column: str, *, needed: bool = False) -> str:
        text = self.cells.get(column, "")
        if len(text) > LONGEST_CELL or (needed and not text.strip()):
            raise self.wrong(column)
        return text

    def sourced_id(self, column: str = "sourcedId") -> str:
        if not _ID.fullmatch(text := self.text(column)):
            raise self.wrong(column)
        return text

    def word(self, column: str, words: Iterable[str], *, needed: bool = True) -> str:
        text = self.text(column, needed=needed)
        if text and text not in words and not _EXTENSION.fullmatch(text):
            raise self.wrong(column)
        return text

    def day(self, column: str) -> date | None:
        if not (text := self.text(column)):
            return None
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise self.wrong(column)

    def span(self, begin: str, end: str) -> tuple[date | None, date | None]:
        first, after = self.day(begin), self.day(end)
        if first and after and after < first:
            raise self.wrong(end)
        return first, after

    def reference(self, column: str, known: Iterable[str], *, needed: bool = True) -> str:
        text = self.text(column, needed=needed)
        if text and text not in known:
            raise self.dangling(column)
        return text


_Tables = dict[str, list[_Row]]


# --- out -----------------------------------------------------------------------------------------
def write_bundle(bundle: Bundle, *, at: datetime) -> bytes:
    """Return the roster as a zip. The same roster at the same moment is the same bytes.

    Raises UnreadableBundle, with the file and line it would have, for a roster that nobody could
    read: a name missing, a reference to nothing, a word outside its vocabulary.
    """
    tables = {name: list(rows) for name, rows in _rows(bundle).items()}
    _assembled(
        {
            name: [
                _Row(name, line, {column: _CONTROL.sub(" ", text) for column, text in row.items()})
                for line, row in enumerate(rows, start=2)
            ]
            for name, rows in tables.items()
        }
    )
    properties = {"manifest.version": "1.0", "oneroster.version": VERSIONS[0]}
    properties |= {f"file.{name}": "bulk" if tables.get(name) else "absent" for name in FILES}
    properties |= {"source.systemName": "Javar", "source.systemCode": "javar"}
    files: dict[str, list[tuple[str, ...]]] = {"manifest": [_MANIFEST, *properties.items()]}
    for name, rows in tables.items():
        if rows:
            header = HEADERS[name]
            if any(row.get(_STATUS) for row in rows):
                header = (*header, _STATUS)
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
             _STATUS: enrolment.status}
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


# --- in ------------------------------------------------------------------------------------------
def read_bundle(data: bytes) -> Bundle:
    """Return the roster in a zip; raise UnreadableBundle, and nothing else.

    Texts are given as they were sent; to bring them into the form we store
    (`courses.kit.persian.normalise`, `courses.kit.identity.read_mobile`) is for whoever keeps them.
    """
    files = _unpacked(data)
    declared = _declared(files)
    tables: _Tables = {}
    for name in HEADERS:
        if declared[name] != (name in files):
            raise FileMissing(place=f"{name}.csv")
        tables[name] = []
        if name in files:
            headers = [HEADERS[name], _USERS_BEFORE] if name == "users" else [HEADERS[name]]
            room = MOST_ROWS - sum(map(len, tables.values()))
            tables[name] += islice(_lines(name, files[name], headers), room + 1)
            if len(tables[name]) > room:
                raise BundleTooLarge
    return _assembled(tables)


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of the zip by name without `.csv`; those we do not read are left packed."""
    # Every entry has this sign in the directory at the end; counted before the directory is read.
    if len(data) > MOST_BYTES or data.count(b"PK\x01\x02") > MOST_FILES:
        raise BundleTooLarge
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _judge(entries)
            return {
                entry.filename.removesuffix(".csv"): _read_entry(archive, entry)
                for entry in entries
                if entry.filename.removesuffix(".csv") in {"manifest", *HEADERS}
            }
    except UnreadableBundle:
        raise
    except (
        zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError,
        OSError, LookupError, OverflowError,
    ) as error:  # fmt: skip
        raise UnreadableBundle from error


def _judge(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse by what the directory of the zip says, before anything is unpacked."""
    seen: set[str] = set()
    for entry in entries:
        known = entry.filename.removesuffix(".csv") in {"manifest", *FILES}
        if (
            not known
            or not entry.filename.endswith(".csv")
            or entry.filename in seen
            or entry.flag_bits & 0x1
            or stat.S_ISLNK(entry.external_attr >> 16)
            or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        ):
            raise StrangeFileInBundle(place=_CONTROL.sub(" ", entry.filename)[:80])
        seen.add(entry.filename)
        if entry.file_size > max(1, entry.compress_size) * MOST_TIMES_SMALLER + 1024 * 1024:
            raise BundleTooLarge
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise BundleTooLarge


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Unpack at most what the directory promised: a directory may lie."""
    with archive.open(entry) as packed:
        content = packed.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise UnreadableBundle
    return content


def _declared(files: dict[str, bytes]) -> dict[str, bool]:
    """Return of each table whether the manifest says it is in the bundle."""
    if "manifest" not in files:
        raise NoManifest
    rows: dict[str, _Row] = {}
    for row in _lines("manifest", files["manifest"], [_MANIFEST]):
        if row.cells["propertyName"] in rows:
            raise RepeatedRow(place=row.place)
        rows[row.cells["propertyName"]] = row
    for name, values in (("manifest.version", ("1.0",)), ("oneroster.version", VERSIONS)):
        if name not in rows or rows[name].cells["value"] not in values:
            raise WrongVersion(place=rows[name].place if name in rows else "manifest.csv")
    declared = {}
    for name in FILES:
        said = rows.get(f"file.{name}")
        # Other systems leave out the files they have never heard of.
        mode = said.cells["value"] if said else "absent"
        if said and mode == "delta":
            raise NotBulk(place=said.place)
        if said and mode not in {"bulk", "absent"}:
            raise said.wrong("value")
        declared[name] = mode == "bulk"
    return declared


def _lines(file: str, content: bytes, headers: list[tuple[str, ...]]) -> Iterator[_Row]:
    """Yield the rows under one of the allowed headers; `metadata.` columns may stand behind it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WrongRow(place=f"{file}.csv:{line}") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    while True:
        # A row is named by the line it begins on, also where a quotation runs over many.
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise WrongRow(place=f"{file}.csv:{line}") from error
        if cells is None:
            break
        if not columns:
            columns = _header(file, cells, headers)
        elif cells:
            place = f"{file}.csv:{line}"
            if len(cells) != len(columns):
                raise WrongRow(place=place)
            for column, cell in zip(columns, cells, strict=True):
                if len(cell) > LONGEST_CELL + 1 or _CONTROL.search(cell):
                    raise WrongCell(place=place, column=column)
            texts = dict(zip(columns, map(rearm, cells), strict=True))
            yield _Row(file, line, texts)
    if not columns:
        raise WrongHeader(place=f"{file}.csv:1", column=headers[0][0])


def _header(file: str, cells: list[str], headers: list[tuple[str, ...]]) -> list[str]:
    for header in headers:
        more = cells[len(header) :]
        if (
            tuple(cells[: len(header)]) == header
            and all(column.startswith("metadata.") for column in more)
            and len(set(more)) == len(more)
        ):
            return cells
    expected = headers[0]
    missing = next(
        (column for place, column in enumerate(expected) if cells[place : place + 1] != [column]),
        (cells[len(expected) :] or expected)[0][:80],
    )
    raise WrongHeader(place=f"{file}.csv:1", column=missing)


_Ids = dict[str, set[str]]


def _assembled(tables: _Tables) -> Bundle:
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


def _identifiers(rows: list[_Row]) -> set[str]:
    """Return the identifiers of a table's rows, each of them met once."""
    seen: set[str] = set()
    for row in rows:
        if row.text("status") or row.text("dateLastModified"):
            raise NotBulk(place=row.place)
        if row.sourced_id() in seen:
            raise RepeatedRow(place=row.place)
        seen.add(row.sourced_id())
    return seen


def _refuse_circles(rows: list[_Row]) -> None:
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


def _posts(rows: list[_Row], ids: _Ids) -> dict[str, list[Post]]:
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


def _born(rows: list[_Row], ids: _Ids) -> dict[str, tuple[date | None, str]]:
    return {
        row.reference("sourcedId", ids["users"]): (
            row.day("birthDate"),
            row.word("sex", SEXES, needed=False),
        )
        for row in rows
    }


def _org(row: _Row, ids: _Ids) -> Org:
    return Org(
        sourced_id=row.sourced_id(),
        name=row.text("name", needed=True),
        type=row.word("type", ORG_TYPES),
        identifier=row.text("identifier"),
        parent=row.reference("parentSourcedId", ids["orgs"], needed=False),
    )


def _session(row: _Row, ids: _Ids) -> AcademicSession:
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


def _course(row: _Row, ids: _Ids) -> Course:
    return Course(
        sourced_id=row.sourced_id(),
        title=row.text("title", needed=True),
        org=row.reference("orgSourcedId", ids["orgs"]),
        code=row.text("courseCode"),
        school_year=row.reference("schoolYearSourcedId", ids["academicSessions"], needed=False),
    )


def _class_group(row: _Row, ids: _Ids) -> ClassGroup:
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
    row: _Row, ids: _Ids, posts: dict[str, list[Post]], born: dict[str, tuple[date | None, str]]
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
        phone=row.text("phone") or row.text("sms"),
        birth_date=birth_date,
        sex=sex,
        username="" if username == own else username,
        enabled=enabled == "true",
        posts=tuple(others),
    )


def _enrolment(row: _Row, ids: _Ids) -> Enrolment:
    begin, end = row.span("beginDate", "endDate")
    row.reference("schoolSourcedId", ids["orgs"])
    return Enrolment(
        sourced_id=row.sourced_id(),
        person=row.reference("userSourcedId", ids["users"]),
        class_group=row.reference("classSourcedId", ids["classes"]),
        role=row.word("role", CLASS_ROLES),
        begin=begin,
        end=end,
        status=row.text(_STATUS),
    )
