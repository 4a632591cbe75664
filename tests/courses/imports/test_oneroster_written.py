"""A roster goes out as the standard prescribes."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.imports.oneroster import (
    Bundle,
    Person,
    UnreadableBundle,
    read_bundle,
    write_bundle,
)
from courses.imports.oneroster.standard import (
    FILES,
    HEADERS,
)
from courses.kit.tables import disarm, rearm
from tests.courses.imports.rosters import (
    AT,
    LEILA,
    MASTER,
    PLACE,
    SCHOOL,
    TABRIZ,
    WRITTEN,
    files_of,
    identifier,
)


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
