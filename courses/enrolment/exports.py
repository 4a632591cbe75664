"""Lists that leave the site as files."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.enrolment import queries
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import LIVE
from courses.imports import oneroster
from courses.kit.calendars import TEHRAN, jalali_digits, to_jalali, today
from courses.kit.tables import table_file

ZIP = "application/zip"


def roster_file(intake: Intake, form: str, *, at: datetime) -> tuple[bytes, str, str]:
    """Return a roster as bytes, content type and file name; raise KeyError for another form.

    `form` is xlsx, csv, or oneroster (a bundle with everybody who has a place now).
    """
    name = f"{_('roster')}-{intake.code}"
    if form == "oneroster":
        return _bundle(intake, at=at), ZIP, f"{name}.zip"
    headers = [
        _("First name"), _("Family name"), _("User name"), _("Birth date"), _("Girl or boy"),
        _("State"), _("Number given"), _("Points"), _("Asked"), _("Lapses on"),
        _("Code on this site"),
    ]  # fmt: skip
    rows = (_line(one) for one in queries.roster(intake).select_related("student__record"))
    persian = (get_language() or "fa").startswith("fa")
    data, kind = table_file(form, headers, rows, title=intake.version.title, right_to_left=persian)
    return data, kind, f"{name}.{form}"


def own_places(places: Iterable[Enrolment]) -> tuple[list[str], Iterator[Sequence[object]]]:
    """Return the headers and rows of a student's own places."""
    headers = [
        _("Programme"), _("School"), _("State"), _("Number given"), _("Asked"), _("Last moved"),
        _("First day"),
    ]  # fmt: skip
    rows = (
        [
            place.intake.version.title, place.intake.school.name, place.get_state_display(),
            place.sequence or "", jalali_digits(place.asked_at.astimezone(TEHRAN).date()),
            jalali_digits(place.moved_at.astimezone(TEHRAN).date()),
            jalali_digits(place.intake.starts_on),
        ]
        for place in places
    )  # fmt: skip
    return headers, rows


def _line(enrolment: Enrolment) -> list[object]:
    student = enrolment.student
    record = getattr(student, "record", None)
    return [
        student.first_name,
        student.last_name,
        student.username,
        jalali_digits(record.birth_date) if record else "",
        record.get_sex_display() if record else "",
        enrolment.get_state_display(),
        enrolment.sequence or "",
        "" if enrolment.points is None else enrolment.points,
        jalali_digits(enrolment.asked_at.astimezone(TEHRAN).date()),
        jalali_digits(enrolment.due_at.astimezone(TEHRAN).date()) if enrolment.due_at else "",
        str(student.public_id),
    ]


def _bundle(intake: Intake, *, at: datetime) -> bytes:
    """Return the intake as a OneRoster class; who has no place now is not on it."""
    school, version = intake.school, intake.version
    begin = intake.starts_on
    year = to_jalali(begin)[0]
    # The school year ends with the summer after the first day (domain dossier, §1).
    next_day = begin + timedelta(days=1)
    end = next_day.replace(year=next_day.year + 1) - timedelta(days=1)
    org = oneroster.Org(str(school.public_id), school.name_fa, identifier=school.code)
    session = oneroster.AcademicSession(
        f"year-{year}", f"{year}-{year + 1}", begin, end, school_year=end.year
    )
    course = oneroster.Course(
        f"{version.syllabus.code}-{version.number}",
        version.title,
        org.sourced_id,
        code=version.syllabus.code,
    )
    group = oneroster.ClassGroup(
        str(intake.public_id), version.title, course.sourced_id, org.sourced_id,
        (session.sourced_id,), code=intake.code,
    )  # fmt: skip
    places = list(
        queries.roster(intake).filter(state__in=sorted(LIVE)).select_related("student__record")
    )
    sexes = {"girl": "female", "boy": "male"}
    people, enrolments = [], []
    for place in places:
        record = getattr(place.student, "record", None)
        people.append(
            oneroster.Person(
                str(place.student.public_id), place.student.first_name, place.student.last_name,
                "student", org.sourced_id, username=place.student.username,
                birth_date=record.birth_date if record else None,
                sex=sexes.get(record.sex, "") if record else "",
            )
        )  # fmt: skip
        enrolments.append(
            oneroster.Enrolment(
                str(place.public_id), str(place.student.public_id), group.sourced_id,
                begin=max(begin, today(place.moved_at)), status=place.state,
            )
        )  # fmt: skip
    return oneroster.write_bundle(
        oneroster.Bundle((org,), (session,), (course,), (group,), tuple(people), tuple(enrolments)),
        at=at,
    )
