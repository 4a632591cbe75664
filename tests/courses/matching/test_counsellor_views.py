"""A counsellor's list of students without a place."""

import pytest
from django.urls import reverse

from courses.matching.actions.wishes import add_wish
from courses.matching.models import Counselling, MatchOutcome, MatchRound
from courses.matching.queries import next_steps
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SignIn, person
from tests.counting import queries
from tests.courses.matching.small_rounds import READY, opened, published, student_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor(bodies: Bodies) -> User:
    """The girls' school's counsellor."""
    found = person("counsellor")
    grant_role(found, bodies.school, Role.COUNSELLOR, by=None, at=NOW)
    return found


@pytest.fixture
def match_round(people: People, bodies: Bodies, make_vacancy: MakeVacancy) -> MatchRound:
    """A published round with one seat for Aylin, Sara and a boy of the other school."""
    vacancy = make_vacancy(seats=1)
    found = opened(people)
    for student in (people.aylin, people.sara, student_of(bodies.other_school, "boy")):
        add_wish(found, vacancy, by=student, at=NOW)
    return published(found, people)


def _list(match_round: MatchRound, bodies: Bodies) -> str:
    return reverse("matching:unplaced_list", args=[match_round.code, bodies.school.public_id])


def test_the_list_has_the_schools_own_students_without_a_place(
    match_round: MatchRound, bodies: Bodies, people: People, counsellor: User, signed_in: SignIn
) -> None:
    page = signed_in(counsellor).get(_list(match_round, bodies))
    names = {outcome.list.student.username for outcome, _codes in page.context["rows"]}
    unplaced = set(
        MatchOutcome.objects.filter(vacancy=None).values_list("list__student__username", flat=True)
    )
    assert names == unplaced - {"boy"}
    assert names
    for codes in [codes for _outcome, codes in page.context["rows"]]:
        assert codes == ["lottery"]
    assert signed_in(people.registrar).get(_list(match_round, bodies)).status_code == 200


def test_the_list_is_the_schools_own_business(
    match_round: MatchRound, bodies: Bodies, people: People, signed_in: SignIn
) -> None:
    outcome = MatchOutcome.objects.filter(
        vacancy=None, list__student__in=[people.aylin, people.sara]
    ).first()
    assert outcome
    paths = [
        _list(match_round, bodies),
        reverse("matching:unplaced_export", args=["r-1", bodies.school.public_id, "csv"]),
        reverse("matching:talk_note", args=["r-1", outcome.public_id]),
    ]
    for who in (None, people.stranger, people.aylin, people.teacher, people.onlooker,
                people.owner, people.officer):  # fmt: skip
        assert [signed_in(who).get(path).status_code for path in paths] == [404] * 3


def test_a_talk_is_written_down_and_can_be_changed(
    match_round: MatchRound, bodies: Bodies, counsellor: User, signed_in: SignIn
) -> None:
    client = signed_in(counsellor)
    outcome = client.get(_list(match_round, bodies)).context["rows"][0][0]
    path = reverse("matching:talk_note", args=["r-1", outcome.public_id])
    assert client.get(path).status_code == 200
    assert client.post(path, {"note": " "}).status_code == 422
    for note in ("به دور تکمیلی می‌آید", "نخست در هنرستان"):
        assert client.post(path, {"note": note}).status_code == 302
    talk = Counselling.objects.get()
    assert (talk.note, talk.spoken_by) == ("نخست در هنرستان", counsellor)
    steps = next_steps(counsellor, READY)
    left = len(client.get(_list(match_round, bodies)).context["rows"]) - 1
    assert len(steps) == bool(left)


def test_the_list_leaves_as_a_table(
    match_round: MatchRound, bodies: Bodies, counsellor: User, signed_in: SignIn
) -> None:
    for form, status in (("csv", 200), ("xlsx", 200), ("exe", 404)):
        path = reverse("matching:unplaced_export", args=["r-1", bodies.school.public_id, form])
        assert signed_in(counsellor).get(path).status_code == status


def test_the_list_takes_the_same_queries_for_one_and_thirty(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, counsellor: User, signed_in: SignIn
) -> None:
    vacancy: Vacancy = make_vacancy(seats=1)
    counts = []
    for code, students in (("r-1", 2), ("r-2", 31)):
        found = opened(people, code)
        for number in range(students):
            add_wish(found, vacancy, by=student_of(bodies.school, f"{code}-{number}"), at=NOW)
        published(found, people)
        counts.append(queries(signed_in(counsellor), _list(found, bodies)))
    assert counts[0] == counts[1]
