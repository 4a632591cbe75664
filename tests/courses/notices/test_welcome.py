"""The first way into an account that a school made."""

from datetime import timedelta

import pytest
from django.test import Client

from courses.enrolment.actions import apply_to, invite
from courses.enrolment.models import Intake
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.notices import queries
from courses.notices.actions import begin_with, welcome
from courses.notices.models import Link, Message
from courses.notices.refusals import AlreadyIn, LinkOver
from courses.people.models import User
from tests.cast import NOW, People, SetClock, SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

GOOD = {"new_password1": "a-long-sentence-1405", "new_password2": "a-long-sentence-1405"}


def test_link_leads_to_a_password_and_in_and_then_nowhere(people: People) -> None:
    path = welcome(people.sara, by=people.registrar, at=NOW)
    client = Client()
    for _look in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert "sara" in page.content.decode()
    assert client.post(path, GOOD).headers["Location"] == "/my/"
    assert client.get("/my/").status_code == 200
    people.sara.refresh_from_db()
    assert people.sara.check_password(GOOD["new_password1"]) is True
    assert [line.verb for line in audit.trail(people.sara)][-2:] == ["welcome", "first_password"]
    assert Client().get(path).status_code == 404
    assert Client().post(path, GOOD).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{}, {"new_password1": "12345678", "new_password2": "12345678"},
              {"new_password1": "a-long-sentence-1405", "new_password2": "another"}],
)  # fmt: skip
def test_wrong_password_is_422_and_the_link_stays(people: People, wrong: dict[str, str]) -> None:
    path = welcome(people.sara, by=people.registrar, at=NOW)
    assert Client().post(path, wrong).status_code == 422
    assert Client().post(path, GOOD).status_code == 302


def test_link_goes_by_sms_where_there_is_a_mobile(people: People) -> None:
    welcome(people.sara, by=people.registrar, at=NOW)
    assert Message.objects.count() == 0
    User.objects.filter(pk=people.sara.pk).update(mobile="+989140000000")
    people.sara.refresh_from_db()
    path = welcome(people.sara, by=people.registrar, at=NOW)
    message = Message.objects.get()
    assert (message.kind, message.to) == ("notices.welcome", "+989140000000")
    assert path in message.text


def test_newer_link_closes_the_older(people: People) -> None:
    older = welcome(people.sara, by=people.registrar, at=NOW)
    newer = welcome(people.sara, by=people.registrar, at=NOW + timedelta(seconds=1))
    assert [Client().get(path).status_code for path in (older, newer)] == [404, 200]


def test_link_lapses(people: People, clock: SetClock) -> None:
    path = welcome(people.sara, by=people.registrar, at=NOW)
    clock(NOW + timedelta(days=31))
    assert Client().get(path).status_code == 404


def test_nobody_gets_a_way_into_an_account_in_use(people: People) -> None:
    people.sara.set_password("mine")
    people.sara.save()
    User.objects.filter(pk=people.aylin.pk).update(last_login=NOW)
    people.aylin.refresh_from_db()
    for student in (people.sara, people.aylin):
        with pytest.raises(AlreadyIn):
            welcome(student, by=people.registrar, at=NOW)
    assert Link.objects.count() == 0


def test_link_of_somebody_who_found_another_way_in_is_over(people: People) -> None:
    path = welcome(people.sara, by=people.registrar, at=NOW)
    link = queries.find_link(path.split("/")[2], queries.FIRST_SIGN_IN, at=NOW)
    assert link is not None
    people.sara.set_password("mine")
    people.sara.save()
    assert Client().get(path).status_code == 404
    with pytest.raises(LinkOver):
        begin_with(link, "another-long-sentence", at=NOW)
    people.sara.refresh_from_db()
    assert people.sara.check_password("mine") is True


def test_registrar_hands_links_out_for_her_own_school_only(
    intake: Intake, people: People, signed_in: SignIn
) -> None:
    place = apply_to(intake, by=people.aylin, at=NOW)
    for stranger in (people.onlooker, people.teacher, people.aylin):
        with pytest.raises(NotAllowed):
            invite(place, by=stranger, at=NOW)
    page = signed_in(people.registrar).post(
        f"/intakes/{intake.public_id}/roster/bulk/",
        {"places": [str(place.public_id)], "verb": "invite"},
    )
    shown = page.content.decode()
    assert page.status_code == 200
    assert "/start/" in shown
    assert "aylin" in shown
