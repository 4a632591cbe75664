"""The first way into an account that a school made."""

import re
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
    shown = welcome(people.sara, by=people.registrar, at=NOW)
    message = Message.objects.get()
    assert (message.kind, message.to) == ("notices.welcome", "+989140000000")
    # What is shown to the registrar is another link than the one in the SMS.
    assert shown not in message.text
    assert Client().get(sent_path()).status_code == 200


def sent_path() -> str:
    """Return the path that stands in the newest SMS."""
    return re.findall(r"/start/[\w-]+/", Message.objects.latest("pk").text)[0]


@pytest.mark.parametrize("by_sms", [True, False])
def test_only_the_link_of_the_sms_proves_the_number(people: People, by_sms: bool) -> None:
    User.objects.filter(pk=people.sara.pk).update(mobile="+989140000000")
    people.sara.refresh_from_db()
    shown = welcome(people.sara, by=people.registrar, at=NOW)
    sent = sent_path()
    assert Client().post(sent if by_sms else shown, GOOD).status_code == 302
    people.sara.refresh_from_db()
    assert people.sara.proven_mobile == ("+989140000000" if by_sms else None)
    verbs = [line.verb for line in audit.trail(people.sara)]
    assert verbs.count("prove_mobile") == int(by_sms)
    # Both are over, whichever was used.
    assert [Client().get(path).status_code for path in (shown, sent)] == [404, 404]


def test_sms_proves_nothing_of_a_number_typed_since(people: People) -> None:
    User.objects.filter(pk=people.sara.pk).update(mobile="+989140000000")
    people.sara.refresh_from_db()
    welcome(people.sara, by=people.registrar, at=NOW)
    User.objects.filter(pk=people.sara.pk).update(mobile="+989149999999")
    assert Client().post(sent_path(), GOOD).status_code == 302
    people.sara.refresh_from_db()
    assert (people.sara.mobile, people.sara.proven_mobile) == ("+989149999999", None)


def test_of_two_links_one_begins(people: People) -> None:
    User.objects.filter(pk=people.sara.pk).update(mobile="+989140000000")
    people.sara.refresh_from_db()
    shown = welcome(people.sara, by=people.registrar, at=NOW).split("/")[2]
    links = [queries.find_first_link(t, at=NOW) for t in (shown, sent_path().split("/")[2])]
    assert None not in links
    begin_with(links[0], "a-long-sentence-1405", at=NOW)
    with pytest.raises(LinkOver):
        begin_with(links[1], "another-long-sentence", at=NOW)
    people.sara.refresh_from_db()
    assert (people.sara.check_password("a-long-sentence-1405"), people.sara.proven_mobile) == (
        True, None,
    )  # fmt: skip


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
