"""How far a student is."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from courses.curricula.models import ProgrammeVersion
from courses.curricula.syllabus import Lesson, ModuleHeading
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.queries import own
from courses.enrolment.states import STUDIES
from courses.learning.models import QuizAttempt, SewnLesson
from courses.people.models import User
from courses.skills.models import Skill


@dataclass(frozen=True)
class Seam:
    """A student's progress: lessons in order, the keys of the `sewn`; the first open is `now`."""

    enrolment: Enrolment
    lessons: tuple[Lesson, ...]
    sewn: frozenset[str]

    @property
    def total(self) -> int:
        """How many lessons there are."""
        return len(self.lessons)

    @property
    def done(self) -> int:
        """How many are finished."""
        return sum(lesson.key in self.sewn for lesson in self.lessons)

    @property
    def now(self) -> Lesson | None:
        """The first unfinished lesson."""
        return next((lesson for lesson in self.lessons if lesson.key not in self.sewn), None)

    @property
    def position(self) -> int | None:
        """The number (from 1) of the first unfinished lesson."""
        return self.lessons.index(self.now) + 1 if self.now else None

    @property
    def modules(self) -> list[tuple[ModuleHeading, list[Lesson]]]:
        """The lessons grouped by module."""
        grouped: dict[str, tuple[ModuleHeading, list[Lesson]]] = {}
        for lesson in self.lessons:
            grouped.setdefault(lesson.module.code, (lesson.module, []))[1].append(lesson)
        return list(grouped.values())


def studies_of(user: User) -> QuerySet[Enrolment]:
    """Return the enrolments whose lessons a student may read: admitted or completed."""
    return own(user).filter(state__in=STUDIES)


def seams_of(enrolments: list[Enrolment]) -> list[Seam]:
    """Return the seam of each enrolment, with one query for all."""
    sewn: dict[int, set[str]] = {}
    for enrolment_id, key in SewnLesson.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment_id", "lesson_key"
    ):
        sewn.setdefault(enrolment_id, set()).add(key)
    return [
        Seam(enrolment, enrolment.intake.version.lessons, frozenset(sewn.get(enrolment.pk, ())))
        for enrolment in enrolments
    ]


@dataclass(frozen=True)
class Progress:
    """How far somebody is in a programme, without their lessons."""

    title: str
    done: int
    total: int


def progress_of(students: list[int]) -> dict[int, list[Progress]]:
    """Return for each student's key how far they are in what they study; two queries."""
    rows = list(
        Enrolment.objects.filter(student__in=students, state__in=STUDIES)
        .order_by("pk")
        .annotate(done=Count("sewn_lessons"))
        .values_list("student_id", "intake__version_id", "done")
    )
    versions = ProgrammeVersion.objects.in_bulk({version for _student, version, _done in rows})
    found: dict[int, list[Progress]] = {}
    for student, version_id, done in rows:
        version = versions[version_id]
        progress = Progress(version.title, done, len(version.lessons))
        found.setdefault(student, []).append(progress)
    return found


def learnt_shares(students: list[int]) -> dict[int, tuple[float, float]]:
    """Return for each student's key the shares of lessons finished and of quiz answers right.

    Both are 0 … 1 over the lessons, and over the quizzes, of a programme; of several programmes
    each share's best counts. A quiz's best try counts, one never tried is 0. Three queries.
    """
    enrolments = list(
        Enrolment.objects.filter(student__in=students, state__in=STUDIES)
        .annotate(done=Count("sewn_lessons"))
        .values_list("pk", "student_id", "intake__version_id", "done")
    )
    versions = ProgrammeVersion.objects.in_bulk({row[2] for row in enrolments})
    lessons = {key: max(1, len(version.lessons)) for key, version in versions.items()}
    quizzes = {
        key: max(1, sum(bool(lesson.questions) for lesson in version.lessons))
        for key, version in versions.items()
    }
    best: dict[int, dict[str, float]] = {}
    for enrolment, lesson, score, out_of in QuizAttempt.objects.filter(
        enrolment__in=[row[0] for row in enrolments], out_of__gt=0
    ).values_list("enrolment_id", "lesson_key", "score", "out_of"):
        mine = best.setdefault(enrolment, {})
        mine[lesson] = max(mine.get(lesson, 0.0), score / out_of)
    found: dict[int, tuple[float, float]] = {}
    for enrolment, student, version, done in enrolments:
        finished, right = found.get(student, (0.0, 0.0))
        answered = sum(best.get(enrolment, {}).values()) / quizzes[version]
        found[student] = (
            max(finished, min(1.0, done / lessons[version])),
            max(right, min(1.0, answered)),
        )
    return found


def skills_learnt(students: list[int]) -> dict[int, list[Skill]]:
    """Return for each student's key the skills of the modules they have finished; four queries.

    A module is finished with all its lessons; one without lessons here is not known to be.
    """
    enrolments = list(
        Enrolment.objects.filter(student__in=students, state__in=STUDIES).values_list(
            "pk", "student_id", "intake__version_id"
        )
    )
    versions = ProgrammeVersion.objects.in_bulk({version for _pk, _student, version in enrolments})
    sewn: dict[int, set[str]] = {}
    for enrolment, key in SewnLesson.objects.filter(
        enrolment__in=[pk for pk, _student, _version in enrolments]
    ).values_list("enrolment_id", "lesson_key"):
        sewn.setdefault(enrolment, set()).add(key)
    learnt: dict[int, set[str]] = {}
    for pk, student, version in enrolments:
        for module in versions[version].syllabus.modules:
            keys = {lesson.key for lesson in module.lessons}
            if keys and keys <= sewn.get(pk, set()):
                learnt.setdefault(student, set()).update(module.skills)
    known = list(Skill.objects.filter(code__in=set().union(*learnt.values())))
    return {
        student: [skill for skill in known if skill.code in codes]
        for student, codes in learnt.items()
    }


def last_attempt(enrolment: Enrolment, lesson_key: str) -> QuizAttempt | None:
    """Return the newest try at a lesson's quiz."""
    return QuizAttempt.objects.filter(enrolment=enrolment, lesson_key=lesson_key).last()


def class_progress(intake: Intake) -> list[tuple[Enrolment, int]]:
    """Return the admitted students of an intake, each with the number of finished lessons."""
    enrolments = (
        Enrolment.objects.filter(intake=intake, state__in=STUDIES)
        .select_related("student")
        .annotate(sewn=Count("sewn_lessons"))
        .order_by("student__last_name", "student__first_name", "pk")
    )
    return [(enrolment, enrolment.sewn) for enrolment in enrolments]
