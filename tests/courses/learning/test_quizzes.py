"""Answering quizzes: graded whole, kept for ever, one stitch a lesson."""

import pytest

from courses.curricula.actions import freeze_programme
from courses.curricula.models import LessonPage, ModulePage, ProgrammePage
from courses.enrolment.actions import apply_to, withdraw
from courses.enrolment.models import Enrolment, Intake, SeatPool
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.learning import actions, queries, rules
from courses.learning.models import QuizAttempt, SewnLesson
from courses.notices.models import Notice
from tests.cast import NOW, Bodies, People, SetClock, SignIn, make_intake, make_programme

pytestmark = pytest.mark.django_db

# Of the cast's quizzes the second answer is right.
RIGHT = {str(number): 2 for number in range(1, 6)}


@pytest.fixture
def seat(intake: Intake, people: People) -> Enrolment:
    """Aylin's seat in a programme of two lessons."""
    return apply_to(intake, by=people.aylin, at=NOW)


def keys(seat: Enrolment) -> list[str]:
    return [lesson.key for lesson in seat.intake.version.lessons]


@pytest.mark.parametrize(
    ("right", "passed"), [(0, False), (1, False), (2, False), (3, True), (4, True), (5, True)]
)
def test_three_of_five_pass(seat: Enrolment, people: People, right: int, passed: bool) -> None:
    answers = {str(number): 2 if number <= right else 1 for number in range(1, 6)}
    attempt = actions.attempt_quiz(seat, keys(seat)[0], answers, by=people.aylin, at=NOW)
    assert (attempt.score, attempt.out_of, attempt.passed) == (right, 5, passed)
    assert SewnLesson.objects.count() == passed
    (seam,) = queries.seams_of([seat])
    assert (seam.done, seam.total, seam.position) == (passed, 2, 2 if passed else 1)


def test_every_attempt_is_kept_and_the_stitch_stays(seat: Enrolment, people: People) -> None:
    first = keys(seat)[0]
    for answers in (RIGHT, {**RIGHT, "1": 1, "2": 1, "3": 1}, RIGHT):
        actions.attempt_quiz(seat, first, answers, by=people.aylin, at=NOW)
    assert list(QuizAttempt.objects.values_list("passed", flat=True)) == [True, False, True]
    assert SewnLesson.objects.count() == 1
    newest = queries.last_attempt(seat, first)
    assert newest is not None
    assert newest.score == 5


def test_a_quiz_is_graded_whole(seat: Enrolment, people: People) -> None:
    with pytest.raises(actions.AnswersMissing) as refusal:
        actions.attempt_quiz(seat, keys(seat)[0], {"1": 2, "9": 1}, by=people.aylin, at=NOW)
    assert "4" in str(refusal.value)
    assert not QuizAttempt.objects.exists()


def test_nobody_learns_for_somebody_else(seat: Enrolment, people: People) -> None:
    for who in (people.sara, people.teacher, people.registrar, people.stranger):
        with pytest.raises(NotAllowed):
            actions.attempt_quiz(seat, keys(seat)[0], RIGHT, by=who, at=NOW)


def test_who_left_learns_no_more(seat: Enrolment, people: People) -> None:
    withdraw(seat, by=people.aylin, at=NOW)
    with pytest.raises(NotAllowed):
        actions.attempt_quiz(seat, keys(seat)[0], RIGHT, by=people.aylin, at=NOW)


def test_unknown_lesson_is_refused(seat: Enrolment, people: People) -> None:
    with pytest.raises(actions.NoSuchLesson):
        actions.attempt_quiz(seat, "none", RIGHT, by=people.aylin, at=NOW)


def test_all_lessons_complete_a_programme_taught_here(seat: Enrolment, people: People) -> None:
    for key in keys(seat):
        actions.attempt_quiz(seat, key, RIGHT, by=people.aylin, at=NOW)
    seat.refresh_from_db()
    assert seat.state == State.COMPLETED
    assert [line.verb for line in audit.trail(seat)] == ["apply", "complete"]
    told = Notice.objects.filter(recipient=people.aylin, kind="learning.completed")
    assert told.count() == 1
    # Reading once more changes nothing; who has completed sits on no seat any more.
    actions.attempt_quiz(seat, keys(seat)[0], RIGHT, by=people.aylin, at=NOW)
    seat.intake.refresh_from_db()
    assert (told.count(), SeatPool.objects.get(intake=seat.intake).taken) == (1, 0)


def test_modules_without_lessons_are_not_completed_by_reading(
    programme: ProgrammePage, bodies: Bodies, people: People
) -> None:
    programme.add_child(
        instance=ModulePage(
            title="کارگاهی", slug="m2", code="m2", number=2, locale=programme.locale
        )
    )
    version = freeze_programme(ProgrammePage.objects.get(pk=programme.pk), by=None, at=NOW)
    assert not rules.teaches_wholly(version.syllabus)
    seat = apply_to(make_intake(bodies.school, version), by=people.aylin, at=NOW)
    for key in keys(seat):
        actions.attempt_quiz(seat, key, RIGHT, by=people.aylin, at=NOW)
    seat.refresh_from_db()
    assert seat.state == State.ADMITTED


def test_a_lesson_without_questions_is_sewn_by_reading(people: People, bodies: Bodies) -> None:
    programme = make_programme("reading", lessons=1)
    lesson = LessonPage.objects.descendant_of(programme).get()
    lesson.body = [("heading", "تنها متن")]
    lesson.save()
    version = freeze_programme(programme, by=None, at=NOW)
    seat = apply_to(make_intake(bodies.school, version), by=people.aylin, at=NOW)
    attempt = actions.attempt_quiz(seat, keys(seat)[0], {}, by=people.aylin, at=NOW)
    assert (attempt.passed, SewnLesson.objects.count()) == (True, 1)


def test_an_edited_page_leaves_the_students_copy_alone(seat: Enrolment, people: People) -> None:
    before = seat.intake.version.lessons[0].title
    page = LessonPage.objects.get(slug="lesson-1")
    page.title = "عنوان تازه"
    page.save_revision().publish()
    (seam,) = queries.seams_of([Enrolment.objects.get(pk=seat.pk)])
    assert seam.lessons[0].title == before


def test_lesson_page_grades_says_why_and_keeps_the_choice(
    people: People, intake: Intake, signed_in: SignIn, clock: SetClock
) -> None:
    seat = apply_to(intake, by=people.aylin, at=NOW)
    client = signed_in(people.aylin)
    path = f"/learn/{seat.public_id}/lesson-1/"
    open_ones = client.post(path, {"q1": "2", "q2": "1"})
    page = open_ones.content.decode()
    assert open_ones.status_code == 422
    assert 'id="errors"' in page
    assert page.count("checked") == 2
    sent = client.post(path, {f"q{n}": "2" for n in range(1, 6)})
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{path}#quiz")
    page = client.get(path).content.decode()
    assert page.count("چون") == 5, "every answer's reason is shown"
    assert SewnLesson.objects.count() == 1
    assert client.get(f"/learn/{seat.public_id}/none/").status_code == 404
    for odd in ("x", "-1", "999", "۲"):
        assert client.post(path, {"q1": odd}).status_code == 422


def test_pages_mark_the_sewn_lessons_alone(
    seat: Enrolment, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    actions.attempt_quiz(seat, keys(seat)[0], RIGHT, by=people.aylin, at=NOW)
    client = signed_in(people.aylin)

    course, first, second = (
        client.get(f"/en/learn/{seat.public_id}/{rest}").content.decode()
        for rest in ("", "lesson-1/", "lesson-2/")
    )

    waiting = [page.count('<li class="wait">') for page in (course, first, second)]
    assert waiting == [1, 1, 1]
    finished = [page.count("finished") for page in (course, first, second)]
    assert finished == [1, 1, 0]


def test_teacher_sees_how_far_a_class_is(people: People, intake: Intake, signed_in: SignIn) -> None:
    seat = apply_to(intake, by=people.aylin, at=NOW)
    actions.attempt_quiz(seat, keys(seat)[0], RIGHT, by=people.aylin, at=NOW)
    response = signed_in(people.teacher).get(f"/intakes/{intake.public_id}/progress/")
    assert response.context["students"] == [(seat, 1)]
    assert queries.progress_of([people.aylin.pk]) == {
        people.aylin.pk: [queries.Progress(intake.version.title, 1, 2)]
    }


def test_a_completion_that_two_stitches_missed_is_caught_up(
    seat: Enrolment, people: People
) -> None:
    """As when neither of the last two at once had seen the other."""
    for key in keys(seat):
        SewnLesson.objects.create(enrolment=seat, lesson_key=key, sewn_at=NOW)
    actions.attempt_quiz(seat, keys(seat)[0], RIGHT, by=people.aylin, at=NOW)
    seat.refresh_from_db()
    assert seat.state == State.COMPLETED
