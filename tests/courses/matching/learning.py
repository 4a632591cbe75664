"""Lessons that students have learnt."""

from courses.curricula.actions import freeze_programme
from courses.curricula.models import ModulePage, ProgrammePage
from courses.enrolment.actions import apply_to
from courses.enrolment.models import Enrolment
from courses.learning.actions import attempt_quiz
from courses.people.models import User
from courses.skills.models import Skill
from tests.cast import NOW, Bodies, make_intake, make_programme


def seat_of(student: User, bodies: Bodies, code: str, *, lessons: int = 2) -> Enrolment:
    """Return a student's seat in a new programme of so many lessons."""
    version = freeze_programme(make_programme(code, lessons=lessons), by=None, at=NOW)
    return apply_to(
        make_intake(bodies.school, version, code=f"i-{code}", seats=50), by=student, at=NOW
    )


def try_quiz(seat: Enrolment, lesson: int, right: int) -> None:
    """Answer a lesson's five questions, so many of them right."""
    answers = {str(n): 2 if n <= right else 1 for n in range(1, 6)}
    key = seat.intake.version.lessons[lesson].key
    attempt_quiz(seat, key, answers, by=seat.student, at=NOW)


def learn(student: User, bodies: Bodies, skill: Skill) -> None:
    """Let a student finish a programme of one lesson that teaches a skill."""
    programme = make_programme("learnt", lessons=1)
    module = ModulePage.objects.descendant_of(programme).get()
    module.skills.set([skill])
    module.save()
    version = freeze_programme(ProgrammePage.objects.get(pk=programme.pk), by=None, at=NOW)
    seat = apply_to(make_intake(bodies.school, version, code="learnt"), by=student, at=NOW)
    try_quiz(seat, 0, right=5)
