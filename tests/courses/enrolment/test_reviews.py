"""Reviewed intakes: points by published criteria, one decision for everybody."""

from datetime import timedelta

import pytest

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions
from courses.enrolment.models import Criterion, Enrolment, Intake
from courses.enrolment.refusals import ReviewUnfinished, StillOpen
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.notices.models import Notice
from courses.people.models import User
from tests.cast import NOW, Bodies, People, SetClock, SignIn, make_intake, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(bodies: Bodies, version: ProgrammeVersion) -> Intake:
    """An intake of two seats that ranks by two criteria, from ten points on."""
    return make_intake(
        bodies.school, version, seats=2, policy="reviewed", least_points=10,
        parts={
            "criteria": [
                Criterion(title_fa="نمونه‌کار", title_en="Portfolio", points=20, order=1),
                Criterion(title_fa="گفت‌وگو", title_en="Talk", points=10, order=2),
            ]
        },
    )  # fmt: skip


def applied(intake: Intake, *students: User) -> list[Enrolment]:
    """Let students apply, a minute apart."""
    return [
        actions.apply_to(intake, by=student, at=NOW + timedelta(minutes=number))
        for number, student in enumerate(students)
    ]


def pointed(place: Enrolment, *points: int, by: User) -> None:
    """Give an application's points in the order of the criteria."""
    actions.give_points(
        place, dict(zip(place.intake.criteria.all(), points, strict=True)), by=by, at=NOW
    )


def test_seats_go_by_points_then_by_the_moment_of_asking(reviewed: Intake, people: People) -> None:
    students = [person(f"r{n}", age=16, consented=n != 3) for n in range(5)]
    places = applied(reviewed, *students)
    assert {place.state for place in places} == {State.SUBMITTED}
    assert reviewed.pools.get().taken == 0
    for place, points in zip(places, [(5, 4), (12, 5), (12, 5), (20, 10), (9, 6)], strict=True):
        pointed(place, *points, by=people.registrar)
    decision = actions.decide_review(reviewed, by=people.registrar, at=reviewed.closes_at)
    assert (decision.seated, decision.waiting, decision.refused) == (2, 2, 1)
    for place in places:
        place.refresh_from_db()
    assert [(place.state, place.sequence, place.points) for place in places] == [
        (State.REFUSED, None, 9),
        (State.ADMITTED, None, 17),
        (State.WAITLISTED, 1, 17),
        (State.HELD, None, 30),
        (State.WAITLISTED, 2, 15),
    ]
    line = audit.trail(places[3]).last()
    assert line is not None
    assert (line.verb, line.by, line.facts["place"]) == ("hold", people.registrar, 1)
    assert set(Notice.objects.filter(recipient=students[0]).values_list("kind", flat=True)) == {
        "enrolment.submitted", "enrolment.refused_by_points",
    }  # fmt: skip
    # Twice is once.
    again = actions.decide_review(reviewed, by=people.registrar, at=reviewed.closes_at)
    assert (again.seated, again.waiting, again.refused) == (0, 0, 0)


def test_nobody_decides_before_the_closing_or_without_all_points(
    reviewed: Intake, people: People
) -> None:
    first, second = applied(reviewed, people.aylin, people.sara)
    pointed(first, 12, 5, by=people.registrar)
    with pytest.raises(StillOpen):
        actions.decide_review(reviewed, by=people.registrar, at=NOW)
    only_one = {reviewed.criteria.earliest("order"): 20}
    actions.give_points(second, only_one, by=people.registrar, at=NOW)
    second.refresh_from_db()
    assert second.points is None
    with pytest.raises(ReviewUnfinished) as caught:
        actions.decide_review(reviewed, by=people.registrar, at=reviewed.closes_at)
    assert caught.value.values == {"count": 1}


def test_later_points_replace_earlier_until_it_is_decided(reviewed: Intake, people: People) -> None:
    (place,) = applied(reviewed, people.aylin)
    pointed(place, 12, 5, by=people.registrar)
    pointed(place, 13, 6, by=people.registrar)
    place.refresh_from_db()
    assert (place.points, place.scores.count()) == (19, 2)
    actions.decide_review(reviewed, by=people.registrar, at=reviewed.closes_at)
    with pytest.raises(IllegalMove):
        pointed(place, 1, 1, by=people.registrar)


@pytest.mark.parametrize("points", [(21, 0), (-1, 0), (0, 11)])
def test_points_stay_within_their_criterion(
    reviewed: Intake, people: People, points: tuple[int, int]
) -> None:
    (place,) = applied(reviewed, people.aylin)
    with pytest.raises(ValueError, match="points for"):
        pointed(place, *points, by=people.registrar)
    place.refresh_from_db()
    assert place.points is None


def test_only_the_schools_registrar_reviews(
    reviewed: Intake, people: People, signed_in: SignIn
) -> None:
    (place,) = applied(reviewed, people.aylin)
    for who in (people.onlooker, people.teacher, people.aylin, people.officer):
        with pytest.raises(NotAllowed):
            pointed(place, 1, 1, by=who)
        with pytest.raises(NotAllowed):
            actions.decide_review(reviewed, by=who, at=reviewed.closes_at)
        with pytest.raises(NotAllowed):
            actions.refuse(place, reason="-", by=who, at=NOW)


def test_review_on_the_page(
    reviewed: Intake, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    (place,) = applied(reviewed, people.aylin)
    client = signed_in(people.registrar)
    path = f"/enrolments/{place.public_id}/points/"
    one, two = (f"criterion_{criterion.pk}" for criterion in reviewed.criteria.all())
    wrong = client.post(path, {one: "۲۵", two: "۵"})
    assert wrong.status_code == 422
    assert f'href="#id_{one}"' in wrong.content.decode()
    assert client.post(path, {one: "۱۵", two: "۵"}).status_code == 302
    review = f"/intakes/{reviewed.public_id}/review/"
    assert client.post(review).status_code in {302, 409}
    place.refresh_from_db()
    assert (place.points, place.state) == (20, State.SUBMITTED), "people can still apply"
    clock(reviewed.closes_at)
    assert client.get(review).status_code == 200
    assert client.post(review).status_code == 302
    place.refresh_from_db()
    assert place.state == State.ADMITTED
    public = signed_in(None).get(f"/intakes/{reviewed.public_id}/").content.decode()
    assert "نمونه‌کار" in public


def test_one_is_refused_with_a_reason_the_student_reads(
    reviewed: Intake, people: People, signed_in: SignIn
) -> None:
    (place,) = applied(reviewed, people.aylin)
    actions.refuse(place, reason="مدرک ناقص", by=people.registrar, at=NOW)
    page = signed_in(people.aylin).get(f"/enrolments/{place.public_id}/").content.decode()
    assert "مدرک ناقص" in page
    with pytest.raises(IllegalMove):
        actions.refuse(place, reason="-", by=people.registrar, at=NOW)
