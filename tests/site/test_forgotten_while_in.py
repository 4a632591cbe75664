"""A forgotten password while signed in: the way is told, and it does not lead in a circle."""

from typing import Any

import pytest
from django.test import Client

from courses.kit.calendars import jalali_digits
from courses.notices.models import Code
from courses.people.models import User
from tests.cast import People, SignIn, prove
from tests.codes import MOBILE, sent_to
from tests.pages import said

pytestmark = pytest.mark.django_db

RESET = "/account/password/reset/"
NEW = "charm-o-nakh-1405"
STAY = "Do not sign out yet: no confirmed number or e-mail of yours could let you in again. Ask your school, or who keeps the site, for a one-time link first."  # noqa: E501 - as it is said
SMS, MAIL = "a code comes by SMS", "a link comes by e-mail"


def shown(client: Client) -> set[str]:
    """Return which ways the page tells."""
    page = client.get(RESET).content.decode()
    return {way for way in (SMS, MAIL, STAY) if said(way) in page}


def test_signed_in_person_comes_to_a_new_password(people: People, signed_in: SignIn) -> None:
    people.aylin.set_password("a-forgotten-one-1405")
    aylin = prove(people.aylin, mobile=MOBILE)
    client = signed_in(aylin)
    assert RESET in client.get("/account/password/change/").content.decode()
    page = client.get(RESET)
    assert (page.status_code, f'name="next" value="{RESET}"' in page.content.decode()) == (
        200,
        True,
    )

    out = client.post("/account/logout/", {"next": RESET})
    assert out.headers["Location"] == RESET
    client.post(RESET, {"login": MOBILE})
    client.post("/account/code/check/", {"code": sent_to()})
    client.get("/account/code/choose/")
    client.post("/account/code/answer/", {"birth_date": jalali_digits(aylin.record.birth_date)})
    typed = {"new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/code/password/", typed).headers["Location"] == "/my/"
    assert User.objects.get(pk=aylin.pk).check_password(NEW)


@pytest.mark.parametrize(
    ("proven", "facts", "told"),
    [
        ({"mobile": MOBILE, "email": "a@example.test"}, {}, {SMS, MAIL}),
        ({"mobile": MOBILE}, {"asks_password": True}, {STAY}),
        ({"mobile": MOBILE, "email": "a@example.test"}, {"asks_password": True}, {MAIL}),
        ({}, {}, {STAY}),
        ({}, {"mobile": MOBILE, "email": "a@example.test"}, {STAY}),
    ],
)
def test_only_ways_that_lead_back_in_are_told(
    people: People,
    signed_in: SignIn,
    proven: dict[str, str],
    facts: dict[str, Any],
    told: set[str],
) -> None:
    prove(people.aylin, **proven)
    User.objects.filter(pk=people.aylin.pk).update(**facts)
    assert shown(signed_in(people.aylin)) == told


def test_who_has_no_birth_date_here_is_not_told_of_a_code(
    people: People, signed_in: SignIn
) -> None:
    prove(people.teacher, mobile=MOBILE)
    assert shown(signed_in(people.teacher)) == {STAY}


def test_press_while_signed_in_writes_to_nobody(people: People, signed_in: SignIn) -> None:
    prove(people.aylin, mobile=MOBILE)
    assert signed_in(people.teacher).post(RESET, {"login": MOBILE}).status_code == 200
    assert Code.objects.count() == 0


def test_other_methods_are_refused(people: People, signed_in: SignIn) -> None:
    assert signed_in(people.aylin).put(RESET).status_code == 405
    assert [Client().post(f"{RESET}done/").status_code, Client().put(RESET).status_code] == [
        405
    ] * 2
