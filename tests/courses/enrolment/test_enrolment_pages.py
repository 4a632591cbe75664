"""Enrolling on the page, the registrar's desk, and leaving."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import translation

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.actions import (
    apply_to,
    approve_seat_change,
    change_seats,
    complete,
    withdraw,
)
from courses.enrolment.models import Criterion, Enrolment, Intake, SeatChange
from courses.enrolment.next_steps import next_steps
from courses.enrolment.states import State
from courses.enrolment.tasks import sweep_now
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from tests.cast import NOW, Bodies, People, SignIn, consent_for, make_intake, person
from tests.counting import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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


@pytest.mark.parametrize(
    "said", ["database is locked", "canceling statement due to lock timeout\nCONTEXT: …"]
)
def test_who_waits_too_long_hears_that_the_site_is_busy(
    intake: Intake, people: People, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    def wait(*who: object, **more: object) -> None:
        raise OperationalError(said)

    path = f"/intakes/{intake.public_id}/apply/"
    with monkeypatch.context() as patch:
        patch.setattr("courses.enrolment.actions.apply_to", wait)
        busy = signed_in(people.aylin).post(path)
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert signed_in(people.aylin).post(path).status_code == 302, "the same button, a moment later"
    with monkeypatch.context() as patch:
        said = "no such table"
        patch.setattr("courses.enrolment.actions.apply_to", wait)
        with pytest.raises(OperationalError):
            signed_in(people.sara).post(path)


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


def test_every_live_place_is_listed_with_its_next_step(
    bodies: Bodies, version: ProgrammeVersion, signed_in: SignIn
) -> None:
    girl = person("leyla", age=16, consented=False)

    def ask(code: str, seats: int = 1, **more: Any) -> Enrolment:
        return apply_to(
            make_intake(bodies.school, version, code=code, seats=seats, **more), by=girl, at=NOW
        )

    held = ask("held")
    queued = ask("queued", seats=0)
    page = signed_in(girl).get("/my/places/")
    assert {(place.pk, step.path) for place, step in page.context["live"]} == {
        (held.pk, f"/enrolments/{held.public_id}/guardian/"),
        (queued.pk, f"/enrolments/{queued.public_id}/"),
    }
    consent_for(girl)
    sweep_now(NOW)
    papers = ask("papers", parts={"papers": ["photo"]})
    offered = ask("offered", seats=0)
    change = change_seats(offered.intake.pools.get(), 1, by=registrar_of(bodies), reason="-")
    assert isinstance(change, SeatChange)
    approve_seat_change(change, by=registrar_of(bodies, "second"), at=NOW)
    passed = ask("passed")
    complete(passed, by=None, at=NOW)
    gone = ask("gone")
    withdraw(gone, by=girl, at=NOW)
    page = signed_in(girl).get("/my/places/")
    assert {(place.pk, step.path) for place, step in page.context["live"]} == {
        (held.pk, f"/learn/{held.public_id}/"),
        (queued.pk, f"/enrolments/{queued.public_id}/"),
        (papers.pk, f"/enrolments/{papers.public_id}/papers/"),
        (offered.pk, f"/enrolments/{offered.public_id}/"),
        (passed.pk, f"/enrolments/{passed.public_id}/"),
    }
    assert [place.pk for place in page.context["over"]] == [gone.pk]
    shown = page.content.decode()
    assert all(step.verb in shown for _place, step in page.context["live"])


def registrar_of(bodies: Bodies, name: str = "first") -> User:
    found = person(name)
    grant_role(found, bodies.school, Role.REGISTRAR, by=None, at=NOW)
    return found


def test_list_of_places_asks_as_often_for_one_as_for_many(
    people: People, bodies: Bodies, version: ProgrammeVersion, signed_in: SignIn, settings: Any
) -> None:
    settings.JAVAR_MOST_OPEN_ENROLMENTS = 100
    client, counted = signed_in(people.aylin), []
    for number in range(12):
        intake = make_intake(
            bodies.school, version, code=f"i{number}", seats=number % 2,
            parts={"papers": ["photo"]},
        )  # fmt: skip
        apply_to(intake, by=people.aylin, at=NOW)
        if number in {1, 11}:
            counted.append(queries(client, "/my/places/"))
    assert counted[0] == counted[1]


def test_registrars_page_says_what_waits_in_each_intake(
    people: People, bodies: Bodies, version: ProgrammeVersion
) -> None:
    intake = make_intake(
        bodies.school, version, policy="reviewed", seats=3, closes_at=NOW + timedelta(hours=1),
        parts={"criteria": [Criterion(title_fa="-", title_en="-", points=5)]},
    )  # fmt: skip
    held = make_intake(bodies.school, version, code="held", seats=4)
    apply_to(intake, by=people.aylin, at=NOW)
    apply_to(held, by=person("leyla", age=16, consented=False), at=NOW)

    def said(at: datetime) -> list[tuple[str, str]]:
        steps = [step for step in next_steps(people.registrar, at) if step.total]
        return sorted((step.text, step.path) for step in steps)

    with translation.override("en"):
        roster = f"/en/intakes/{held.public_id}/roster/"
        assert said(NOW) == [
            (
                "3 of 3 seats are free. 1 applications are under review.",
                f"/en/intakes/{intake.public_id}/roster/",
            ),
            ("3 of 4 seats are free. 1 seats wait for a consent.", roster),
        ]
        assert said(intake.closes_at)[0][1] == f"/en/intakes/{intake.public_id}/review/"


@pytest.fixture
def typed(version: ProgrammeVersion) -> dict[str, Any]:
    """What a registrar types."""
    return {
        "version": version.pk, "seats": "۱۲", "opens_on": "1405/09/01", "closes_on": "۱۴۰۵/۹/۲۰",
        "starts_on": "1405-10-01", "minimum_age": "15", "policy": "first_come",
        "consents_needed": "1", "hold_days": "۷", "offer_hours": "24",
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
    assert (intake.hold_days, intake.offer_hours) == (7, 24)
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
        ({"hold_days": "0"}, "hold_days"),
        ({"offer_hours": "0"}, "offer_hours"),
        ({"village_seats": "2"}, "reserve_until"),
        ({"policy": "reviewed"}, "criteria"),
        ({"policy": "reviewed", "criteria": "نمونه‌کار"}, "criteria"),
        ({"policy": "reviewed", "criteria": "= 5"}, "criteria"),
        ({"list_closes_on": "1405/09/10"}, "list_closes_on"),
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


def test_an_intake_is_opened_with_all_its_parts(
    people: People, bodies: Bodies, signed_in: SignIn, typed: dict[str, Any]
) -> None:
    typed |= {
        "women_seats": "۳", "host_family_seats": "2", "reserve_until": "۱۴۰۵/۹/۱۵",
        "maximum_age": "20", "least_grade": "9", "prior_field": "پوشاك", "completed": "pattern",
        "papers": ["photo", "identity"], "policy": "reviewed", "least_points": "10",
        "criteria": "نمونه‌کار = ۲۰\n\nگفت‌وگو = 5",
    }  # fmt: skip
    path = f"/my-school/{bodies.school.public_id}/intakes/new/"
    assert signed_in(people.registrar).post(path, typed).status_code == 302
    intake = Intake.objects.get()
    assert list(intake.pools.values_list("order", "group", "seats")) == [
        (1, "women", 3), (2, "host_family", 2), (3, "open", 12),
    ]  # fmt: skip
    assert {pool.opens_to_all_on for pool in intake.pools.exclude(group="open")} == {
        date(2026, 12, 6)
    }
    assert set(intake.requirements.values_list("kind", "number", "text")) == {
        ("least_age", 15, ""), ("most_age", 20, ""), ("least_grade", 9, ""),
        ("prior_field", None, "پوشاک"), ("completed", None, "pattern"),
    }  # fmt: skip
    assert list(intake.criteria.values_list("order", "title_fa", "points")) == [
        (1, "نمونه‌کار", 20), (2, "گفت‌وگو", 5),
    ]  # fmt: skip
    assert set(intake.papers.values_list("paper", flat=True)) == {"photo", "identity"}
    page = signed_in(people.aylin).get(f"/intakes/{intake.public_id}/").content.decode()
    assert page.index("زنان") < page.index("خانواده")


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


def test_place_is_called_mine_by_its_owner_alone(
    intake: Intake, people: People, signed_in: SignIn
) -> None:
    place = apply_to(intake, by=people.aylin, at=NOW)

    own, desk = (
        signed_in(user).get(f"/en/enrolments/{place.public_id}/").content.decode()
        for user in (people.aylin, people.registrar)
    )

    titles = [re.search(r"<title>\s*(.*?) –", page) for page in (own, desk)]
    assert [found and found[1] for found in titles] == [
        "My place", f"The place of {people.aylin}",
    ]  # fmt: skip


def test_places_and_wishes_are_shown_to_who_learns(people: People, signed_in: SignIn) -> None:
    for user, learns in ((people.aylin, True), (people.registrar, False), (people.teacher, False)):
        page = signed_in(user).get("/my/").content.decode()
        assert ("/my/places/" in page, "/my/wishes/" in page) == (learns, learns)
