"""Enrolling on the page, the registrar's desk, and leaving."""

from typing import Any

import pytest

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.actions import apply_to
from courses.enrolment.models import Enrolment, Intake, SeatChange
from courses.enrolment.states import State
from tests.cast import NOW, Bodies, People, SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the site believe that it is NOW."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_enrolling_twice_gives_one_place(intake: Intake, people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    path = f"/intakes/{intake.public_id}/apply/"
    first, second = client.post(path), client.post(path)
    seat = Enrolment.objects.get()
    assert (
        first.headers["Location"]
        == second.headers["Location"]
        == (f"/enrolments/{seat.public_id}/")
    )
    assert client.get(f"/enrolments/{seat.public_id}/").status_code == 200


def test_who_may_not_enrol_reads_why(intake: Intake, people: People, signed_in: SignIn) -> None:
    client = signed_in(people.teacher)
    page = client.get(f"/intakes/{intake.public_id}/").content.decode()
    assert "/apply/" not in page
    refused = client.post(f"/intakes/{intake.public_id}/apply/")
    assert refused.status_code == 409
    back = client.post(
        f"/intakes/{intake.public_id}/apply/",
        headers={"referer": f"http://testserver/intakes/{intake.public_id}/"},
    )
    assert back.headers["Location"] == f"http://testserver/intakes/{intake.public_id}/"
    shown = client.get(back.headers["Location"])
    assert [message.level_tag for message in shown.context["messages"]] == ["error"]
    assert not Enrolment.objects.exists()


def test_waiting_place_is_shown_and_moves_up(
    intake: Intake, people: People, signed_in: SignIn
) -> None:
    intake.pools.update(seats=1)
    seat = apply_to(intake, by=people.aylin, at=NOW)
    waiting = apply_to(intake, by=people.sara, at=NOW)
    client = signed_in(people.sara)
    assert client.get(f"/enrolments/{waiting.public_id}/").context["rank"] == 1
    left = signed_in(people.aylin).post(f"/enrolments/{seat.public_id}/leave/", {"reason": ""})
    assert left.status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == State.OFFERED
    assert client.get(f"/enrolments/{waiting.public_id}/").context["rank"] is None
    again = signed_in(people.aylin).post(f"/enrolments/{seat.public_id}/leave/", {"reason": ""})
    assert again.status_code == 409


@pytest.fixture
def typed(version: ProgrammeVersion) -> dict[str, Any]:
    """What a registrar types."""
    return {
        "version": version.pk, "seats": "۱۲", "opens_on": "1405/09/01", "closes_on": "۱۴۰۵/۹/۲۰",
        "starts_on": "1405-10-01", "minimum_age": "15", "policy": "first_come",
        "consents_needed": "1",
    }  # fmt: skip


def test_registrar_opens_an_intake_once(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any]
) -> None:
    client = signed_in(people.registrar)
    path = f"/my-school/{bodies.school.public_id}/intakes/new/"
    assert client.post(path, typed).status_code == 302
    intake = Intake.objects.get()
    assert (intake.seats, intake.learners, intake.starts_on.isoformat()) == (
        12, "girls", "2026-12-22",
    )  # fmt: skip
    second = client.post(path, typed)
    assert second.status_code == 422
    assert 'href="#id_starts_on"' in second.content.decode()
    assert Intake.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seats": "-1"}, "seats"),
        ({"seats": "بیست"}, "seats"),
        ({"closes_on": "1405/08/30"}, "closes_on"),
        ({"starts_on": "1405/09/10"}, "starts_on"),
        ({"opens_on": "دیروز"}, "opens_on"),
        ({"version": "999"}, "version"),
        ({"minimum_age": ""}, "minimum_age"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_intake_is_422_at_its_field(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any],
    change: dict[str, str], field: str,
) -> None:  # fmt: skip
    response = signed_in(people.registrar).post(
        f"/my-school/{bodies.school.public_id}/intakes/new/", typed | change
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert f'href="#id_{field}"' in page
    assert f'id="id_{field}"' in page
    assert not Intake.objects.exists()


def test_seats_are_changed_with_a_reason(intake: Intake, people: People, signed_in: SignIn) -> None:
    apply_to(intake, by=people.aylin, at=NOW)
    client = signed_in(people.registrar)
    path = f"/intakes/{intake.public_id}/seats/"
    pool = intake.pools.get().pk
    for wrong, field in (({"seats": "0", "reason": "-"}, "seats"), ({"seats": "5"}, "reason")):
        refused = client.post(path, {"pool": pool, **wrong})
        assert refused.status_code == 422
        assert f'href="#id_{field}"' in refused.content.decode()
    asked = client.post(path, {"pool": pool, "seats": "۵", "reason": "کلاس دوم"})
    assert asked.status_code == 302
    # Enrolment has opened: nothing changes before a second person agrees.
    assert intake.pools.get().seats == 2
    change = SeatChange.objects.get()
    assert (change.seats, change.reason, change.asked_by) == (5, "کلاس دوم", people.registrar)
    second = signed_in(people.officer).post(
        f"/seat-changes/{change.public_id}/", {"answer": "approve"}
    )
    assert second.status_code == 302
    assert intake.pools.get().seats == 5
