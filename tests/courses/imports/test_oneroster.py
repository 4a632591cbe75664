"""A roster goes out and comes in as the same roster; what is no roster is refused by place."""

import csv
import io
import stat
import uuid
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.imports import oneroster
from courses.imports.oneroster import (
    CLASS_ROLES,
    FILES,
    HEADERS,
    ORG_TYPES,
    ROLES,
    SESSION_TYPES,
    SEXES,
    AcademicSession,
    Bundle,
    ClassGroup,
    Course,
    Enrolment,
    Org,
    Person,
    Post,
    UnreadableBundle,
    disarm,
    read_bundle,
    rearm,
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


# --- taking a bundle apart and putting it together -----------------------------------------------
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


def twice(content: bytes) -> bytes:
    return content + content.splitlines(keepends=True)[1]


# --- out -----------------------------------------------------------------------------------------
def test_the_bundle_is_what_the_standard_prescribes() -> None:
    assert list(WRITTEN) == [
        "manifest.csv", "orgs.csv", "academicSessions.csv", "courses.csv", "classes.csv",
        "users.csv", "roles.csv", "enrollments.csv", "demographics.csv",
    ]  # fmt: skip
    first = {name: content.decode().split("\r\n")[0] for name, content in WRITTEN.items()}
    life = "sourcedId,status,dateLastModified,"
    assert first == {
        "manifest.csv": "propertyName,value",
        "orgs.csv": life + "name,type,identifier,parentSourcedId",
        "academicSessions.csv": life + "title,type,startDate,endDate,parentSourcedId,schoolYear",
        "courses.csv": life
        + "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
        "classes.csv": life
        + "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
        + "termSourcedIds,subjects,subjectCodes,periods",
        "users.csv": life
        + "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,"
        + "phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,"
        + "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
        "roles.csv": life
        + "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
        "enrollments.csv": life
        + "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate,"
        + "metadata.javar.status",
        "demographics.csv": life
        + "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
        + "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
        + "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,"
        + "publicSchoolResidenceStatus",
    }


def test_the_manifest_names_every_file_of_the_standard() -> None:
    rows = list(csv.reader(io.StringIO(WRITTEN["manifest.csv"].decode(), newline="")))
    bulk = {"academicSessions", "classes", "courses", "demographics", "enrollments", "orgs",
            "roles", "users"}  # fmt: skip
    assert rows == [
        ["propertyName", "value"],
        ["manifest.version", "1.0"],
        ["oneroster.version", "1.2"],
        *([f"file.{name}", "bulk" if name in bulk else "absent"] for name in FILES),
        ["source.systemName", "Javar"],
        ["source.systemCode", "javar"],
    ]
    assert len(FILES) == 21


def test_rows_are_written_with_iso_dates_and_blank_status() -> None:
    lines = {name: content.decode().split("\r\n")[1:-1] for name, content in WRITTEN.items()}
    assert lines["academicSessions.csv"] == [
        f"{identifier(2)},,,۱۴۰۵–۱۴۰۶,schoolYear,2026-09-23,2027-06-22,,2027"
    ]
    assert lines["enrollments.csv"] == [
        f"{identifier(7)},,,{identifier(4)},{identifier(1)},{identifier(5)},"
        "student,,2026-09-23,,enrolled"
    ]
    assert lines["users.csv"] == [
        f"{identifier(5)},,,true,{identifier(5)},,لیلا,رضایی,,77,,,+989140000000,,,,,,,,"
        f"{identifier(1)},",
        f"{identifier(6)},,,false,karimi,,استاد,کریمی,,,,,,,,,,,,,{identifier(1)},",
    ]
    assert [line.split(",")[3:9] for line in lines["roles.csv"]] == [
        [identifier(5), "primary", "student", "", "", identifier(1)],
        [identifier(6), "primary", "teacher", "", "", identifier(1)],
        [identifier(6), "secondary", "principal", "", "", identifier(1)],
    ]


def test_the_extension_column_is_written_only_where_a_status_is_given() -> None:
    plain = replace(TABRIZ, enrolments=(replace(PLACE, status=""),))
    content = files_of(write_bundle(plain, at=AT))["enrollments.csv"].decode()
    assert content.split("\r\n")[0] == ",".join(HEADERS["enrollments"])


def test_the_same_roster_at_the_same_moment_is_the_same_bytes() -> None:
    data = write_bundle(TABRIZ, at=AT)
    assert data == write_bundle(TABRIZ, at=AT)
    assert data != write_bundle(TABRIZ, at=AT + timedelta(hours=1))
    assert read_bundle(write_bundle(TABRIZ, at=datetime(1970, 1, 1, tzinfo=UTC))) == TABRIZ


def test_empty_tables_are_left_out_and_declared_absent() -> None:
    files = files_of(write_bundle(Bundle(orgs=(SCHOOL,)), at=AT))
    assert list(files) == ["manifest.csv", "orgs.csv"]
    assert b"file.users,absent" in files["manifest.csv"]
    assert read_bundle(write_bundle(Bundle(), at=AT)) == Bundle()


@pytest.mark.parametrize(
    ("bundle", "code", "place"),
    [
        (replace(TABRIZ, courses=()), "bundle_dangling_reference", "classes.csv:2"),
        (replace(TABRIZ, people=(replace(LEILA, family=" "), MASTER)), "bundle_wrong_cell",
         "users.csv:2"),
        (replace(TABRIZ, orgs=(SCHOOL, SCHOOL)), "bundle_repeated_row", "orgs.csv:3"),
        (replace(TABRIZ, orgs=(replace(SCHOOL, sourced_id="a b"),)), "bundle_wrong_cell",
         "orgs.csv:2"),
        (replace(TABRIZ, orgs=(replace(SCHOOL, name="x" * 2001),)), "bundle_wrong_cell",
         "orgs.csv:2"),
        (replace(TABRIZ, people=(replace(LEILA, role="apprentice"),)), "bundle_wrong_cell",
         "roles.csv:2"),
    ],
)  # fmt: skip
def test_what_nobody_could_read_is_not_written(bundle: Bundle, code: str, place: str) -> None:
    with pytest.raises(UnreadableBundle) as refusal:
        write_bundle(bundle, at=AT)
    assert (refusal.value.code, refusal.value.values["place"]) == (code, place)


# --- formulas ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        (" =1+1", "' =1+1"),
        ("\t=1+1", "' =1+1"),
        ("\r=1+1", "' =1+1"),
        ("'=1+1", "''=1+1"),
        ("''@x", "'''@x"),
        ("+989140000000", "+989140000000"),
        ("'+989140000000", "''+989140000000"),
        ("لیلا", "لیلا"),
        ("'a", "'a"),
        ("", ""),
    ],
)
def test_a_formula_is_disarmed(text: str, cell: str) -> None:
    assert disarm(text) == cell


@given(st.text(st.sampled_from("'=+-@ a1＝")))
def test_a_disarmed_text_comes_back(text: str) -> None:
    cell = disarm(text)
    assert rearm(cell) == text
    assert cell[:1] not in set("=-@＝")
    assert not cell.startswith("+") or cell[1:].isdigit()


def test_no_cell_of_a_bundle_begins_a_formula() -> None:
    evil = Person(identifier(5), "=HYPERLINK(1)", '@x","=2', "student", SCHOOL.sourced_id, "-1")
    data = write_bundle(Bundle(orgs=(SCHOOL,), people=(evil,)), at=AT)
    for content in files_of(data).values():
        for row in csv.reader(io.StringIO(content.decode(), newline="")):
            assert not [cell for cell in row if cell[:1] in set("=+-@")]
    assert read_bundle(data).people == (evil,)


def test_control_characters_are_written_as_one_blank() -> None:
    odd = replace(SCHOOL, name="a\r\nb\x00\ud800c")
    assert read_bundle(write_bundle(Bundle(orgs=(odd,)), at=AT)).orgs[0].name == "a b c"


# --- there and back ------------------------------------------------------------------------------
one_line = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12) | st.sampled_from(
    ["=1+1", "'=x", "+98914", "NULL", '"', "a,b", "لیلا‌جان", "\ufeff"]
)
said = one_line.filter(str.strip)
days = st.dates(date(1300, 1, 1), date(9000, 1, 1))
uuids = st.integers(min_value=10**6, max_value=2**120)


def words(vocabulary: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from([*vocabulary, "ext:guild"])


@st.composite
def spans(draw: Any) -> tuple[date | None, date | None]:
    begin, end = draw(st.none() | days), draw(st.none() | days)
    return (end, begin) if begin and end and end < begin else (begin, end)


@st.composite
def bundles(draw: Any) -> Bundle:
    numbers = iter(draw(st.lists(uuids, min_size=24, max_size=24, unique=True)))

    def new() -> str:
        return identifier(next(numbers))

    def some(made: list[Any], *, blank: bool = True) -> str:
        return draw(st.sampled_from(([""] if blank else []) + [row.sourced_id for row in made]))

    def times(most: int, *needed: list[Any]) -> range:
        return range(draw(st.integers(0, most)) if all(needed) else 0)

    orgs: list[Org] = []
    for _ in times(3):
        orgs.append(Org(new(), draw(said), draw(words(ORG_TYPES)), draw(one_line), some(orgs)))
    sessions: list[AcademicSession] = []
    for _ in times(3):
        begin, end = sorted([draw(days), draw(days)])
        year, kind = draw(st.integers(1, 9999)), draw(words(SESSION_TYPES))
        sessions.append(AcademicSession(new(), draw(said), begin, end, year, kind, some(sessions)))
    courses = [
        Course(new(), draw(said), some(orgs, blank=False), draw(one_line), some(sessions))
        for _ in times(2, orgs)
    ]
    terms = st.lists(st.sampled_from([s.sourced_id for s in sessions] or [""]), min_size=1)
    classes = [
        ClassGroup(
            new(), draw(said), some(courses, blank=False), some(orgs, blank=False),
            tuple(draw(terms.filter(bool))[:3]), draw(one_line), draw(words(("scheduled",))),
            draw(one_line),
        )
        for _ in times(2, courses, sessions)
    ]  # fmt: skip
    people = [
        Person(
            new(), draw(said), draw(said), draw(words(ROLES)), some(orgs, blank=False),
            draw(one_line), draw(one_line), draw(st.none() | days), draw(words(("", *SEXES))),
            draw(st.just("") | said), draw(st.booleans()),
            tuple(Post(some(orgs, blank=False), draw(words(ROLES))) for _ in times(2)),
        )
        for _ in times(3, orgs)
    ]  # fmt: skip
    enrolments = [
        Enrolment(
            new(), some(people, blank=False), some(classes, blank=False),
            draw(words(CLASS_ROLES)), *draw(spans()), draw(one_line),
        )
        for _ in times(3, people, classes)
    ]  # fmt: skip
    return Bundle(
        tuple(orgs), tuple(sessions), tuple(courses), tuple(classes), tuple(people),
        tuple(enrolments),
    )  # fmt: skip


@settings(max_examples=300)
@given(bundles())
def test_a_bundle_comes_back_as_it_went(bundle: Bundle) -> None:
    assert read_bundle(write_bundle(bundle, at=AT)) == bundle


def test_the_named_bundle_comes_back() -> None:
    assert read_bundle(zipped(WRITTEN)) == TABRIZ


# --- in, from others -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "data",
    [
        changed(orgs=lambda content: b"\xef\xbb\xbf" + content),
        changed(orgs=lambda content: content.replace(b"\r\n", b"\n")),
        changed(orgs=lambda content: content + b"\r\n\r\n"),
        changed(manifest=swap("1.2", "1.2.1")),
        changed(manifest=swap("file.userResources,absent\r\n", "")),
        changed(
            users=lambda content: b"\r\n".join(
                b",".join([*line.split(b",")[:17], extra, *line.split(b",")[17:]])
                for line, extra in zip(
                    content.split(b"\r\n")[:3], [b"resourceSourcedIds", b"", b""], strict=True
                )
            )
        ),
        changed(
            orgs=lambda c: c.replace(b"Id\r\n", b"Id,metadata.x\r\n").replace(b"1360,", b"1360,,")
        ),
        changed(lineItems=b"x", manifest=swap("lineItems,absent", "lineItems,bulk")),
        changed(users=swap(",,,+989140000000", ",,+989140000000,")),
        changed(roles=lambda c: b"".join(c.splitlines(keepends=True)[i] for i in (0, 3, 1, 2))),
    ],
    ids=["bom", "lf", "blank", "1.2.1", "silent", "1.2", "metadata", "more", "sms", "order"],
)  # fmt: skip
def test_what_others_write_in_their_way_is_read(data: bytes) -> None:
    assert read_bundle(data) == TABRIZ


def test_a_table_with_its_header_only_is_empty() -> None:
    header = ",".join(HEADERS["demographics"]).encode() + b"\r\n"
    people = read_bundle(changed(demographics=header)).people
    assert [person.birth_date for person in people] == [None, None]


def test_somebody_without_a_chief_role_has_the_first_one() -> None:
    people = read_bundle(changed(roles=swap("primary", "secondary"))).people
    assert people == TABRIZ.people


# --- refused -------------------------------------------------------------------------------------
def with_entry(name: str, **attributes: Any) -> bytes:
    target = io.BytesIO(zipped(WRITTEN))
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo(name)
        for attribute, value in attributes.items():
            setattr(info, attribute, value)
        archive.writestr(info, b"x" * 100)
    return target.getvalue()


def lying(data: bytes, by: int) -> bytes:
    """The directory of the zip promises other sizes than the files have."""
    place = data.index(b"PK\x01\x02") + 24
    size = int.from_bytes(data[place : place + 4], "little")
    return data[:place] + (size + by).to_bytes(4, "little") + data[place + 4 :]


def locked(data: bytes) -> bytes:
    """The directory of the zip says that its first file has a password."""
    place = data.index(b"PK\x01\x02") + 8
    return data[:place] + b"\x01" + data[place + 1 :]


GONE = identifier(99)
REFUSED: dict[str, tuple[bytes, str, str | None]] = {
    # the zip
    "empty": (b"", "unreadable_bundle", None),
    "no zip": (b"sourcedId,status", "unreadable_bundle", None),
    "cut off": (zipped(WRITTEN)[:-30], "unreadable_bundle", None),
    "spoilt": (zipped(WRITTEN).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "unreadable_bundle", None),
    "promising less": (lying(zipped(WRITTEN), -1), "unreadable_bundle", None),
    "promising more": (lying(zipped(WRITTEN), 1), "unreadable_bundle", None),
    "too heavy": (bytes(20 * 1024 * 1024 + 1), "bundle_too_large", None),
    "bomb": (changed(orgs=bytes(60_000_000)), "bundle_too_large", None),
    "10,000 files": (zipped({f"{n}.csv": b"" for n in range(10_000)}), "bundle_too_large", None),
    "a folder": (zipped({f"x/{k}": v for k, v in WRITTEN.items()}), "bundle_strange_file",
                 "x/manifest.csv"),
    "an empty folder": (with_entry("x/"), "bundle_strange_file", "x/"),
    "a climb": (with_entry("../../orgs.csv"), "bundle_strange_file", "../../orgs.csv"),
    "a root": (with_entry("/etc/cron.d/x"), "bundle_strange_file", "/etc/cron.d/x"),
    "a drive": (with_entry("c:\\orgs.csv"), "bundle_strange_file", "c:\\orgs.csv"),
    "a nested zip": (with_entry("more.zip"), "bundle_strange_file", "more.zip"),
    "a strange file": (with_entry("orgs"), "bundle_strange_file", "orgs"),
    "a strange name": (with_entry("a\nb.csv"), "bundle_strange_file", "a b.csv"),
    "a link": (with_entry("results.csv", external_attr=(stat.S_IFLNK | 0o777) << 16),
               "bundle_strange_file", "results.csv"),
    "another packing": (with_entry("results.csv", compress_type=zipfile.ZIP_LZMA),
                        "bundle_strange_file", "results.csv"),
    "a password": (
        locked(zipped(WRITTEN)),
        "bundle_strange_file", "manifest.csv",
    ),
    # the manifest
    "no manifest": (changed(manifest=None), "bundle_no_manifest", None),
    "version 1.1": (changed(manifest=swap("oneroster.version,1.2", "oneroster.version,1.1")),
                    "bundle_wrong_version", "manifest.csv:3"),
    "another manifest": (changed(manifest=swap("version,1.0", "version,2.0")),
                         "bundle_wrong_version", "manifest.csv:2"),
    "no version": (changed(manifest=swap("oneroster.version,1.2\r\n", "")),
                   "bundle_wrong_version", "manifest.csv"),
    "delta": (changed(manifest=swap("file.users,bulk", "file.users,delta")), "bundle_not_bulk",
              "manifest.csv:24"),
    "another mode": (changed(manifest=swap("file.users,bulk", "file.users,yes")),
                     "bundle_wrong_cell", "manifest.csv:24"),
    "manifest twice": (changed(manifest=twice), "bundle_repeated_row", "manifest.csv:27"),
    "manifest empty": (changed(manifest=b""), "bundle_wrong_header", "manifest.csv:1"),
    "file missing": (changed(users=None), "bundle_file_missing", "users.csv"),
    "file not declared": (changed(manifest=swap("file.users,bulk", "file.users,absent")),
                          "bundle_file_missing", "users.csv"),
    # the form
    "no header": (changed(orgs=b""), "bundle_wrong_header", "orgs.csv:1"),
    "wrong order": (changed(orgs=swap("name,type", "type,name")), "bundle_wrong_header",
                    "orgs.csv:1"),
    "wrong case": (changed(orgs=swap("sourcedId", "sourcedid")), "bundle_wrong_header",
                   "orgs.csv:1"),
    "column missing": (changed(orgs=swap(",parentSourcedId", "")), "bundle_wrong_header",
                       "orgs.csv:1"),
    "column too many": (changed(orgs=swap("parentSourcedId", "parentSourcedId,x")),
                        "bundle_wrong_header", "orgs.csv:1"),
    "column twice": (changed(orgs=swap("parentSourcedId", "parentSourcedId,metadata.a,metadata.a")),
                     "bundle_wrong_header", "orgs.csv:1"),
    "cell too many": (changed(orgs=swap("1360,", "1360,,")), "bundle_wrong_row", "orgs.csv:2"),
    "open quotation": (changed(orgs=swap("1360", '"1360')), "bundle_wrong_row", "orgs.csv:2"),
    "10 MB cell": (changed(orgs=swap("1360", "1360" * 2_500_000)), "bundle_too_large", None),
    "300 KB cell": (changed(orgs=swap("1360", "1360" * 75_000)), "bundle_wrong_row",
                    "orgs.csv:2"),
    "long cell": (changed(orgs=swap("1360", "1360" * 600)), "bundle_wrong_cell", "orgs.csv:2"),
    "NUL": (changed(orgs=swap("1360", "13\x0060")), "bundle_wrong_cell", "orgs.csv:2"),
    "line break": (changed(orgs=swap("1360", '"13\r\n60"')), "bundle_wrong_cell", "orgs.csv:2"),
    "no UTF-8": (changed(users=lambda c: c.replace("استاد".encode(), "استاد".encode("cp1256"))),
                 "bundle_wrong_row", "users.csv:3"),
    "UTF-16": (changed(users=lambda c: c.decode().encode("utf-16")), "bundle_wrong_row",
               "users.csv:1"),
    "a million rows": (changed(orgs=lambda c: c + b"a,,,a,a,,\r\n" * 100_001), "bundle_too_large",
                       None),
    # the content
    "org twice": (changed(orgs=twice), "bundle_repeated_row", "orgs.csv:3"),
    "born twice": (changed(demographics=twice), "bundle_repeated_row", "demographics.csv:3"),
    "status in bulk": (changed(orgs=swap(",,,", ",active,,")), "bundle_not_bulk", "orgs.csv:2"),
    "no name": (changed(orgs=swap(SCHOOL.name, " ")), "bundle_wrong_cell", "orgs.csv:2"),
    "no id": (changed(orgs=swap(identifier(1), "")), "bundle_wrong_cell", "orgs.csv:2"),
    "strange id": (changed(orgs=swap(identifier(1), "<b>")), "bundle_wrong_cell", "orgs.csv:2"),
    "strange type": (changed(orgs=swap(",school,", ",castle,")), "bundle_wrong_cell",
                     "orgs.csv:2"),
    "no such day": (changed(demographics=swap("2010-03-01", "2010-02-30")), "bundle_wrong_cell",
                    "demographics.csv:2"),
    "day of another kind": (changed(demographics=swap("2010-03-01", "20100301")),
                            "bundle_wrong_cell", "demographics.csv:2"),
    "strange sex": (changed(demographics=swap("female", "f")), "bundle_wrong_cell",
                    "demographics.csv:2"),
    "no first day": (changed(academicSessions=swap("2026-09-23", "")), "bundle_wrong_cell",
                     "academicSessions.csv:2"),
    "no last day": (changed(academicSessions=swap("2027-06-22", "")), "bundle_wrong_cell",
                    "academicSessions.csv:2"),
    "ends before it begins": (changed(academicSessions=swap("2027-06-22", "2026-06-22")),
                              "bundle_wrong_cell", "academicSessions.csv:2"),
    "no year": (changed(academicSessions=swap(",2027\r", ",۱۴۰۵\r")), "bundle_wrong_cell",
                "academicSessions.csv:2"),
    "strange answer": (changed(users=swap(",true,", ",TRUE,")), "bundle_wrong_cell",
                       "users.csv:2"),
    "strange role type": (changed(roles=swap("secondary", "third")), "bundle_wrong_cell",
                          "roles.csv:4"),
    "no role": (changed(roles=swap(f"{identifier(5)},primary", f"{identifier(6)},primary")),
                "bundle_dangling_reference", "users.csv:2"),
    "school gone": (changed(courses=swap(identifier(1), GONE)), "bundle_dangling_reference",
                    "courses.csv:2"),
    "course gone": (changed(classes=swap(identifier(3), GONE)), "bundle_dangling_reference",
                    "classes.csv:2"),
    "term gone": (changed(classes=swap(identifier(2), f'"{identifier(2)},{GONE}"')),
                  "bundle_dangling_reference", "classes.csv:2"),
    "person gone": (changed(enrollments=swap(identifier(5), GONE)), "bundle_dangling_reference",
                    "enrollments.csv:2"),
    "class gone": (changed(enrollments=swap(identifier(4), GONE)), "bundle_dangling_reference",
                   "enrollments.csv:2"),
    "enrolment's school gone": (changed(enrollments=swap(identifier(1), GONE)),
                                "bundle_dangling_reference", "enrollments.csv:2"),
    "role's person gone": (changed(roles=swap(identifier(5), GONE)), "bundle_dangling_reference",
                           "roles.csv:2"),
    "born nobody": (changed(demographics=swap(identifier(5), GONE)), "bundle_dangling_reference",
                    "demographics.csv:2"),
    "parent gone": (changed(orgs=swap("1360,", f"1360,{GONE}")), "bundle_dangling_reference",
                    "orgs.csv:2"),
    "own parent": (changed(orgs=swap("1360,", f"1360,{identifier(1)}")),
                   "bundle_dangling_reference", "orgs.csv:2"),
    "parents in a circle": (
        changed(orgs=lambda c: c.replace(b"1360,", f"1360,{GONE}".encode())
                + f"{GONE},,,a,school,,{identifier(1)}\r\n".encode()),
        "bundle_dangling_reference", "orgs.csv:2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_is_no_roster_is_refused_by_its_place(case: str) -> None:
    data, code, place = REFUSED[case]
    with pytest.raises(UnreadableBundle) as refusal:
        read_bundle(data)
    assert (refusal.value.code, refusal.value.values.get("place")) == (code, place)
    assert "%(" not in str(refusal.value)
    assert place is None or place in str(refusal.value)


def test_every_refusal_has_a_code_of_its_own_and_is_tried() -> None:
    kinds = [UnreadableBundle, *UnreadableBundle.__subclasses__()]
    assert {kind.code for kind in kinds} == {code for _data, code, _place in REFUSED.values()}
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_files_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oneroster, "MOST_UNPACKED", sum(map(len, WRITTEN.values())))
    assert read_bundle(zipped(WRITTEN)) == TABRIZ
    monkeypatch.setattr(oneroster, "MOST_UNPACKED", sum(map(len, WRITTEN.values())) - 1)
    with pytest.raises(oneroster.BundleTooLarge):
        read_bundle(zipped(WRITTEN))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any) -> None:
        raise AssertionError("something was unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", never)
    with pytest.raises(oneroster.BundleTooLarge):
        read_bundle(REFUSED["bomb"][0])


@given(st.data())
@settings(max_examples=500)
def test_a_mutated_bundle_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    whole = data.draw(st.booleans())
    name = data.draw(st.sampled_from(list(WRITTEN)))
    content = bytearray(zipped(WRITTEN) if whole else WRITTEN[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        content = content or bytearray(b"x")
    mutated = bytes(content) if whole else zipped({**WRITTEN, name: bytes(content)})
    with suppress(UnreadableBundle):
        assert isinstance(read_bundle(mutated), Bundle)
