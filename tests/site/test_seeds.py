"""The content: counted against the dossier, sown again without harm, refused when broken."""

import hashlib
import shutil
from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone
from wagtail.models import Page

from courses.curricula.actions import canonical
from courses.curricula.models import LessonPage, ModulePage, ProgrammePage, ProgrammeVersion
from courses.enrolment.models import Enrolment
from courses.enrolment.states import State
from courses.kit.identity import check_digit, hide_national_code
from courses.law.models import Holiday, Rule
from courses.matching.models import Application, MatchRound, Standing
from courses.matching.states import State as RoundState
from courses.organisations.models import Kind, Organisation, Role
from courses.people.models import Consent, PersonalRecord, User
from courses.people.queries import standing_consents
from courses.skills.models import Occupation, Skill, SkillGroup
from courses.vacancies.models import ReserveKind, SeatReserve, Vacancy
from courses.vacancies.states import State as VacancyState
from javar.demo import ACCOUNTS
from javar.seeding import read_seeds, sow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sown_site")]

SEEDS = settings.ROOT / "seeds"


def persian(model: type[Page]) -> int:
    return int(model._default_manager.filter(locale__language_code="fa", live=True).count())


def test_everything_of_the_dossier_is_there() -> None:
    assert (SkillGroup.objects.count(), Skill.objects.count()) == (18, 130)
    assert Occupation.objects.count() == 30
    assert (persian(ProgrammePage), persian(ModulePage), persian(LessonPage)) == (7, 61, 21)
    assert Counter(Organisation.objects.values_list("kind", flat=True)) == Counter(
        {Kind.SCHOOL: 8, Kind.FIRM: 14, Kind.OFFICE: 1, Kind.GUILD: 1, Kind.CHAMBER: 1}
    )
    published = Vacancy.objects.filter(state=VacancyState.PUBLISHED)
    assert (published.count(), published.aggregate(n=Sum("seats"))["n"]) == (30, 76)
    assert Holiday.objects.count() == 25
    assert sorted(Rule.objects.values_list("code", flat=True)) == [
        "R1", "R2", "R3", "R4", "R5", "R9",
    ]  # fmt: skip
    assert len(list((SEEDS).glob("briefs.yaml"))) == 1


def test_every_page_has_its_english_translation() -> None:
    for model in (ProgrammePage, ModulePage, LessonPage):
        keys = model._default_manager.filter(locale__language_code="fa")
        english = model._default_manager.filter(locale__language_code="en", live=True)
        assert set(keys.values_list("translation_key", flat=True)) == set(
            english.values_list("translation_key", flat=True)
        )


def test_every_programme_is_frozen_with_its_lessons_and_quizzes() -> None:
    versions = ProgrammeVersion.objects.all()
    assert [version.number for version in versions] == [1] * 7
    assert [hashlib.sha256(canonical(row.syllabus.plain())).hexdigest() for row in versions] == [
        row.sha256 for row in versions
    ]
    lessons = [lesson for version in versions for lesson in version.lessons]
    assert len(lessons) == 21
    assert {len(lesson.questions) for lesson in lessons} == {5}


def test_samples_say_so() -> None:
    assert not Organisation.objects.filter(is_sample=False).exists()
    assert not Organisation.objects.exclude(name_fa__contains="نمونه").exists()
    assert not User.objects.filter(is_sample=True).exclude(last_name__contains="نمونه").exists()


def test_demo_students_are_as_described() -> None:
    students = PersonalRecord.objects.filter(user__memberships__role=Role.STUDENT)
    today = timezone.now().date()
    assert 110 <= students.count() <= 130
    assert {record.age_on(today) for record in students} <= set(range(15, 20))
    nines = [f"000{number:06d}" for number in range(1, students.count() + 1)]
    assert set(students.values_list("national_code_hash", flat=True)) == {
        hide_national_code(f"{nine}{check_digit(nine)}", key=settings.NATIONAL_CODE_KEY)
        for nine in nines
    }
    for record in students.select_related("user"):
        assert record.home_locality
        scopes = set(standing_consents(record.user).values_list("scope", flat=True))
        (school,) = {e.intake.school.code for e in record.user.enrolments.all()}
        assert scopes == {"apprenticeship", f"enrolment:{school}"}
    assert Consent.objects.count() == 2 * students.count()
    states = Enrolment.objects.values_list("state", flat=True)
    assert len(states) == students.count()
    assert set(states) <= {State.ADMITTED, State.ENROLLED, State.COMPLETED, State.WAITLISTED}


def test_demo_accounts_exist_with_their_password() -> None:
    for name in ACCOUNTS:
        assert User.objects.get(username=name).check_password("javar-demo"), name


def test_demo_round_is_open_with_lists_and_rankings() -> None:
    match_round = MatchRound.objects.get()
    assert match_round.state == RoundState.OPEN
    assert match_round.wishes_close_at > timezone.now()
    assert match_round.lists.count() > 100
    assert Application.objects.count() > 500
    assert Standing.objects.filter(tier__isnull=False).count() > 400
    assert Standing.objects.exclude(unsuitable="").exists()


def test_hosts_with_three_seats_or_more_reserve_one_for_their_partner() -> None:
    reserved = {
        (reserve.vacancy.code, reserve.school.code): (reserve.seats, reserve.kind)
        for reserve in SeatReserve.objects.select_related("vacancy", "school")
    }
    hosts = {"f02": ["s01", "s08"], "f06": ["s02"], "f03": ["s05"], "f14": ["s07"]}
    wanted = {
        (vacancy.code, school): (1, ReserveKind.SOFT)
        for vacancy in Vacancy.objects.filter(firm__code__in=hosts, seats__gte=3)
        for school in hosts[vacancy.firm.code]
    }
    assert reserved == wanted
    assert reserved


def again(demo: bool = True) -> list[str]:
    report = sow(read_seeds(), at=timezone.now() + timedelta(days=9), demo=demo)
    return report.lines()


def test_sowing_again_changes_nothing() -> None:
    before = Page.objects.count(), Vacancy.objects.count(), User.objects.count()
    lines = again()
    assert all(": 0 created, 0 changed," in line for line in lines), lines
    assert (Page.objects.count(), Vacancy.objects.count(), User.objects.count()) == before


def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS, folder)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_changed_lesson_is_sown_and_makes_a_version(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    lesson = folder / "curricula/pattern-and-grading/lessons/size-systems-formulas.md"
    edit(lesson, "طول پای مشتری ۲۶۵", "طول پای مشتری ۲۶۶")
    report = sow(read_seeds(folder), at=timezone.now())
    # Persian and English page: the English one shows the same body.
    assert dict(report.changed) == {"lesson": 2}
    programme = ProgrammePage.objects.get(code="pattern-and-grading", locale__language_code="fa")
    assert [version.number for version in programme.versions.all()] == [1, 2]


@pytest.mark.parametrize("published", [True, False], ids=["published", "draft"])
def test_editors_work_is_kept_and_named(tmp_path: Path, published: bool) -> None:
    page = LessonPage.objects.get(slug="size-systems-formulas", locale__language_code="fa")
    page.title = "عنوان ویراستار"
    revision = page.save_revision()
    if published:
        revision.publish()
    folder = copied(tmp_path)
    lesson = folder / "curricula/pattern-and-grading/lessons/size-systems-formulas.md"
    edit(lesson, "سامانه‌های سایز و فرمول تبدیل", "عنوان تازهٔ بذر")
    report = sow(read_seeds(folder), at=timezone.now())
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().title == "عنوان ویراستار"
    assert len(report.kept) == 1
    assert "size-systems-formulas" in report.kept[0]


def test_deleted_page_stays_deleted() -> None:
    LessonPage.objects.get(slug="size-systems-formulas", locale__language_code="fa").delete()
    lines = again()
    assert (
        LessonPage.objects.filter(slug="size-systems-formulas", locale__language_code="fa").count()
        == 0
    )
    assert sum("deleted on the site" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("skills.yaml", "level: 2", "level: 7", "“level” is 1, 2 or 3"),
        ("skills.yaml", "not_for_minors: false", "not_for_miners: no", "is not known here"),
        ("occupations.yaml", "moodboard", "moodbord", "there is no skill “moodbord”"),
        ("vacancies.yaml", "firm: f01", "firm: f99", "there is no firm “f99”"),
        ("vacancies.yaml", "'08:30'", "half past", "two times"),
        ("intakes.yaml", "school: s01", "school: s99", "there is no school “s99”"),
        ("law.yaml", "valid_from: 1369-08-29", "valid_from: 1369-13-29", "write a Jalali date"),
        ("organisations/schools.yaml", "سراجی (نمونه)", "سراجی", "a sample's name says so"),
        ("organisations/firms.yaml", "  sample: true\n", "", "and no other name does"),
        ("curricula/safety-induction-young/programme.yaml", "theory: 10", "theory: 11",
         "the modules have 10 hours of theory, the programme 11"),
        ("curricula/safety-induction-young/lessons/hazard-map.md", "-m01", "-m09",
         "there is no module"),
        ("curricula/safety-induction-young/lessons/hazard-map.quiz.yaml", "right: 1", "right: 9",
         "there is no answer 9"),
        ("briefs.yaml", "weight: 0.4", "weight: 0.5", "the weights sum to"),
    ],
)  # fmt: skip
def test_broken_file_is_refused_with_its_place(
    tmp_path: Path, file: str, old: str, new: str, reason: str
) -> None:
    folder = copied(tmp_path)
    edit(folder / file, old, new)
    before = Page.objects.count()
    with pytest.raises(CommandError) as refusal:
        call_command("seed", folder=folder, stdout=StringIO())
    said = str(refusal.value)
    assert said.startswith("Nothing was written. ")
    assert reason in said
    place, line, _reason = said.removeprefix("Nothing was written. ").split(":", 2)
    assert Path(place) == folder / file
    assert int(line) >= 1
    assert Page.objects.count() == before
