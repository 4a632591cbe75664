"""Lists that leave the site, and come back."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.actions import apply_to, withdraw
from courses.enrolment.models import Enrolment, Intake
from courses.imports.models import Batch
from courses.imports.oneroster import read_bundle
from courses.imports.states import Verdict
from courses.kit import audit
from courses.kit.tables import read_table
from courses.people.models import User
from tests.cast import NOW, Bodies, People, SignIn, make_intake
from tests.working import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def listed(intake: Intake, people: People) -> Intake:
    """An intake with two places; one of the names is a formula."""
    User.objects.filter(pk=people.sara.pk).update(last_name="=HYPERLINK(1)")
    people.sara.refresh_from_db()
    apply_to(intake, by=people.aylin, at=NOW)
    apply_to(intake, by=people.sara, at=NOW + timedelta(minutes=1))
    return intake


def test_roster_leaves_as_text_and_who_took_it_is_recorded(
    listed: Intake, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.registrar)
    for form in ("xlsx", "csv"):
        answer = client.get(f"/intakes/{listed.public_id}/roster.{form}")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        found = read_table(f"roster.{form}", answer.content)
        assert [row[1][:2] for row in found.rows] == [
            ("Aylin", "Sample"), ("Sara", "=HYPERLINK(1)"),
        ]  # fmt: skip
        assert found.rows[0][1][-1] == str(people.aylin.public_id)
        line = audit.trail(listed).last()
        assert line is not None
        assert (line.verb, line.by, line.facts) == (
            "export", people.registrar, {"form": form, "rows": 2, "what": "roster"},
        )  # fmt: skip
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/intakes/{listed.public_id}/roster.xlsx").content)
    )
    sheet = book.active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert sheet.sheet_view.rightToLeft is True


def test_bundle_holds_who_has_a_place(listed: Intake, people: People, signed_in: SignIn) -> None:
    sara = Enrolment.objects.get(student=people.sara)
    withdraw(sara, by=people.sara, at=NOW)
    answer = signed_in(people.registrar).get(f"/intakes/{listed.public_id}/roster.oneroster")
    assert zipfile.is_zipfile(io.BytesIO(answer.content))
    bundle = read_bundle(answer.content)
    assert [one.sourced_id for one in bundle.people] == [str(people.aylin.public_id)]
    assert [(one.code, one.sourced_id) for one in bundle.classes] == [
        (listed.code, str(listed.public_id))
    ]
    assert [one.status for one in bundle.enrolments] == ["admitted"]


def test_bundle_comes_in_where_its_people_are_known(
    listed: Intake, people: People, bodies: Bodies, version: ProgrammeVersion, signed_in: SignIn
) -> None:
    client = signed_in(people.registrar)
    bundle = client.get(f"/intakes/{listed.public_id}/roster.oneroster").content
    other = make_intake(bodies.school, version, code="other", seats=9)

    def sent(intake: Intake) -> Batch:
        given: Any = client.post(
            f"/imports/new/enrolment.students/{intake.public_id}/",
            {"file": SimpleUploadedFile("roster.zip", bundle)},
        )
        assert given.status_code == 302
        work_off()
        return Batch.objects.latest("pk")

    same = sent(listed)
    assert set(same.rows.values_list("verdict", flat=True)) == {Verdict.KNOWN}
    new = sent(other)
    assert set(new.rows.values_list("verdict", flat=True)) == {Verdict.NEW}
    client.post(f"/imports/{new.public_id}/apply/", {"policy": "all"})
    work_off()
    assert set(
        Enrolment.objects.filter(intake=other).values_list("student__username", flat=True)
    ) == {"aylin", "sara"}


def test_broken_bundle_is_said_at_the_field(
    listed: Intake, people: People, signed_in: SignIn
) -> None:
    given = signed_in(people.registrar).post(
        f"/imports/new/enrolment.students/{listed.public_id}/",
        {"file": SimpleUploadedFile("roster.zip", b"PK\x03\x04 nothing")},
    )
    assert given.status_code == 422
    assert 'href="#id_file"' in given.content.decode()


def test_receipt_tells_every_line(listed: Intake, people: People, signed_in: SignIn) -> None:
    client = signed_in(people.registrar)
    rows = (
        "نام,نام خانوادگی,کد ملی,تاریخ تولد\nالف,نمونه,0012345679,1389/02/11\nب,نمونه,99,1389/02/11"
    )
    client.post(
        f"/imports/new/enrolment.students/{listed.public_id}/",
        {"file": SimpleUploadedFile("a.csv", rows.encode())},
    )
    work_off()
    batch = Batch.objects.get()
    for form in ("xlsx", "csv"):
        found = read_table(
            f"a.{form}", client.get(f"/imports/{batch.public_id}/receipt.{form}").content
        )
        assert [row[1][:2] for row in found.rows] == [("2", "الف نمونه"), ("3", "ب نمونه")]
        assert "«\u206899\u2069»" in found.rows[1][1][4]


def test_example_is_a_file_that_can_be_imported(
    listed: Intake, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.registrar)
    for form in ("xlsx", "csv"):
        example = client.get(f"/imports/example/enrolment.students.{form}").content
        given = client.post(
            f"/imports/new/enrolment.students/{listed.public_id}/",
            {"file": SimpleUploadedFile(f"a.{form}", example)},
        )
        assert given.status_code == 302
        work_off()
        assert Batch.objects.latest("pk").rows.get().verdict == Verdict.NEW


def test_progress_of_a_class_leaves_as_a_table(
    listed: Intake, people: People, signed_in: SignIn
) -> None:
    answer = signed_in(people.teacher).get(f"/intakes/{listed.public_id}/progress.csv")
    rows = read_table("a.csv", answer.content).rows
    assert sorted(cells for _number, cells in rows) == [
        ("Aylin", "Sample", "0", "2"),
        ("Sara", "=HYPERLINK(1)", "0", "2"),
    ]


def test_own_places_leave_as_a_table_and_nobody_elses(
    intake: Intake, people: People, signed_in: SignIn
) -> None:
    for student in (people.aylin, people.sara):
        apply_to(intake, by=student, at=NOW)
    with translation.override("en"):
        sent = signed_in(people.aylin).get("/en/my/places.csv")
    lines = sent.content.decode("utf-8-sig").splitlines()
    assert (sent.status_code, len(lines)) == (200, 2)
    assert lines[1].split(",")[2:] == ["admitted", "", "1405/09/02", "1405/09/02", "1405/09/22"]
    assert signed_in(people.aylin).get("/my/places.xlsx").content[:2] == b"PK"
