"""Signing in by a code: who holds a proven number, on a telephone that may be in other hands."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as live
from django.test import Client
from django.urls import reverse

from courses.kit import limits
from courses.kit.calendars import jalali_digits
from courses.notices.models import Code, Message
from courses.people.actions import register_person
from courses.people.models import User
from javar.web.limits import ANSWERS, ANSWERS_LONG
from tests.cast import People, person, prove
from tests.codes import MOBILE, on_page, other, sent_to

pytestmark = pytest.mark.django_db

PASSWORD = "kafsh-o-kif-1405"
ASK, CHECK = "/account/code/", "/account/code/check/"
CHOOSE, ANSWER = "/account/code/choose/", "/account/code/answer/"


@pytest.fixture
def aylin(people: People) -> User:
    """Aylin, with a proven number and a password."""
    people.aylin.set_password(PASSWORD)
    return prove(people.aylin, mobile=MOBILE)


@pytest.fixture
def sara(people: People, aylin: User) -> User:
    """Her sister, who has proven the same number."""
    people.sara.set_password("other-words-1405")
    return prove(people.sara, mobile=MOBILE)


def with_code(client: Client, mobile: str = "0914 000 0000") -> Any:
    """Ask for a code and type it; return the last answer."""
    assert client.post(ASK, {"mobile": mobile}).headers["Location"] == CHECK
    return client.post(CHECK, {"code": sent_to()})


def born(user: User) -> dict[str, str]:
    """Return the answer only its owner knows."""
    return {"birth_date": jalali_digits(user.record.birth_date)}


def who(client: Client) -> str | None:
    """Return who is in."""
    return client.session.get("_auth_user_id")


def masked(text: str) -> str:
    """Return a page without what differs between any two answers."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    return re.sub(r'nonce="[^"]*"', "", text)


def test_code_and_birth_date_lead_in(aylin: User) -> None:
    client = Client()
    assert with_code(client).headers["Location"] == CHOOSE
    assert client.get(CHOOSE).headers["Location"] == ANSWER
    assert client.get(ANSWER).status_code == 200
    assert who(client) is None
    answer = client.post(ANSWER, born(aylin))
    assert (answer.status_code, answer.headers["Location"], who(client)) == (
        302, "/my/", str(aylin.pk),
    )  # fmt: skip


def test_known_browser_is_asked_nothing_more(aylin: User) -> None:
    client = Client()
    client.post("/account/login/", {"login": "aylin", "password": PASSWORD})
    client.post("/account/logout/")
    assert who(client) is None
    with_code(client)
    client.get(CHOOSE)
    assert client.get(ANSWER).status_code == 302
    assert who(client) == str(aylin.pk)


def test_browser_known_to_her_sister_is_not_known_to_her(aylin: User, sara: User) -> None:
    client = Client()
    client.post("/account/login/", {"login": "sara", "password": "other-words-1405"})
    client.post("/account/logout/")
    with_code(client)
    client.post(CHOOSE, {"who": "0"})
    assert client.get(ANSWER).status_code == 200
    assert who(client) is None


def test_sisters_choose_by_first_name_after_the_code_and_each_gets_in(
    aylin: User, sara: User
) -> None:
    for place, sister in enumerate((aylin, sara)):
        client = Client()
        asked = client.post(ASK, {"mobile": MOBILE})
        assert "Aylin" not in client.get(asked.headers["Location"]).content.decode()
        client.post(CHECK, {"code": sent_to()})
        page = client.get(CHOOSE).content.decode()
        assert re.findall(r"<span>(Aylin|Sara)</span>", page) == ["Aylin", "Sara"]
        assert "Sample" not in page
        assert client.post(CHOOSE, {"who": str(place)}).headers["Location"] == ANSWER
        client.post(ANSWER, born(sister))
        assert who(client) == str(sister.pk)


@pytest.mark.parametrize("value", ["2", "-1", "", "aylin", "999999"])
def test_nobody_but_the_number_s_own_can_be_chosen(aylin: User, sara: User, value: str) -> None:
    client = Client()
    with_code(client)
    assert client.post(CHOOSE, {"who": value}).status_code == 422
    assert client.get(ANSWER).headers["Location"] == ASK


def test_brother_who_holds_the_telephone_does_not_know_the_birth_date(aylin: User) -> None:
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    for _guess in range(4):
        assert client.post(ANSWER, {"birth_date": "1380/01/01"}).status_code == 422
    # The right date comes too late today, from any browser.
    assert client.post(ANSWER, born(aylin)).status_code == 422
    again = Client()
    with_code(again)
    again.get(CHOOSE)
    assert again.post(ANSWER, born(aylin)).status_code == 422
    assert (who(client), who(again)) == (None, None)
    assert Client().post(
        "/account/login/", {"login": "aylin", "password": PASSWORD}
    ).headers["Location"] == "/my/"  # fmt: skip


def test_refused_answers_use_nothing_up_of_the_long_count(aylin: User) -> None:
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    for _guess in range(14):
        client.post(ANSWER, {"birth_date": "1380/01/01"})
    assert limits.check(ANSWERS, str(aylin.pk)).is_full
    assert limits.check(ANSWERS_LONG, str(aylin.pk)).taken == 4


def test_right_answers_use_nothing_up(aylin: User) -> None:
    for _time in range(6):
        client = Client()
        with_code(client)
        client.get(CHOOSE)
        client.post(ANSWER, born(aylin))
        assert who(client) == str(aylin.pk)


def test_account_may_demand_its_password_beside_the_code(aylin: User) -> None:
    User.objects.filter(pk=aylin.pk).update(asks_password=True)
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    assert client.post(ANSWER, born(aylin)).status_code == 422
    assert client.post(ANSWER, born(aylin) | {"password": "wrong"}).status_code == 422
    assert who(client) is None
    client.post(ANSWER, born(aylin) | {"password": PASSWORD})
    assert who(client) == str(aylin.pk)


def test_account_without_a_birth_date_asks_its_password(people: People) -> None:
    people.teacher.set_password(PASSWORD)
    prove(people.teacher, mobile=MOBILE)
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    assert client.post(ANSWER, {"birth_date": "1389/07/01"}).status_code == 422
    client.post(ANSWER, {"password": PASSWORD})
    assert who(client) == str(people.teacher.pk)


def test_known_and_unknown_numbers_are_answered_alike(aylin: User) -> None:
    register_person(
        username="thief", first_name="-", last_name="-", by=None, mobile="+989149999999"
    )
    shown = []
    for number in ("09140000000", "09149999999", "09141111111"):
        client = Client()
        asked = client.post(ASK, {"mobile": number})
        page = client.get(CHECK)
        tried = [client.post(CHECK, {"code": "12345x"}) for _time in range(6)]
        bodies = [
            masked(one.content.decode()).replace(on_page(number), "N") for one in (page, *tried)
        ]
        shown.append(
            (asked.status_code, asked.headers["Location"], sorted(client.cookies),
             [one.status_code for one in tried], bodies)
        )  # fmt: skip
    assert shown[0] == shown[1] == shown[2]
    assert list(Message.objects.values_list("to", flat=True)) == [MOBILE]
    assert Code.objects.count() == 3


def test_wrong_number_is_422_and_keeps_what_was_typed() -> None:
    answer = Client().post(ASK, {"mobile": "0914"})
    assert answer.status_code == 422
    assert 'value="0914"' in answer.content.decode()
    assert Code.objects.count() == 0


def test_number_cannot_be_swapped_after_the_code_was_sent(aylin: User, people: People) -> None:
    prove(people.owner, mobile="+989149999999")
    client = Client()
    client.post(ASK, {"mobile": "09149999999"})
    digits = sent_to("+989149999999")
    client.post(ASK, {"mobile": "09140000000"})
    # The digits of one number do not open another, whatever else the form brings along.
    answer = client.post(CHECK, {"code": digits, "mobile": MOBILE, "subject": MOBILE})
    assert answer.status_code == 422
    assert client.get(CHOOSE).headers["Location"] == ASK


def test_code_of_one_visitor_is_no_use_to_another(aylin: User) -> None:
    victim, thief = Client(), Client()
    victim.post(ASK, {"mobile": MOBILE})
    digits = sent_to()
    thief.post(ASK, {"mobile": MOBILE})
    assert thief.post(CHECK, {"code": digits}).status_code == 422
    assert victim.post(CHECK, {"code": digits}).status_code == 302


def test_wrong_tries_kill_the_code(aylin: User) -> None:
    client = Client()
    client.post(ASK, {"mobile": MOBILE})
    for _try in range(5):
        assert client.post(CHECK, {"code": other(sent_to())}).status_code == 422
    assert client.post(CHECK, {"code": sent_to()}).status_code == 422


def test_steps_cannot_be_jumped(aylin: User) -> None:
    client = Client()
    assert [client.get(path).headers["Location"] for path in (CHECK, CHOOSE, ANSWER)] == [ASK] * 3
    client.post(ASK, {"mobile": MOBILE})
    assert [client.get(path).headers["Location"] for path in (CHOOSE, ANSWER)] == [ASK] * 2
    with_code(client)
    assert client.get(ANSWER).headers["Location"] == ASK
    client.get(CHOOSE)
    assert client.get("/account/code/password/").headers["Location"] == "/account/password/reset/"


def test_session_gets_another_key_when_the_code_is_right(aylin: User) -> None:
    client = Client()
    client.post(ASK, {"mobile": MOBILE})
    before = client.cookies[live.SESSION_COOKIE_NAME].value
    client.post(CHECK, {"code": sent_to()})
    assert client.cookies[live.SESSION_COOKIE_NAME].value != before


def test_flow_ends_by_itself(aylin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    with_code(client)
    kept = dict(client.session["code_flow"])
    session = client.session
    session["code_flow"] = kept | {"begun": kept["begun"] - 15 * 60 - 1}
    session.save()
    assert client.get(CHOOSE).headers["Location"] == ASK


def test_who_leaves_meanwhile_is_not_let_in(aylin: User) -> None:
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    User.objects.filter(pk=aylin.pk).update(is_active=False)
    assert client.post(ANSWER, born(aylin)).headers["Location"] == ASK
    assert who(client) is None


def test_code_leads_where_one_wanted_to_go_and_nowhere_else(aylin: User) -> None:
    for wanted, leads in (("/my/notices/", "/my/notices/"), ("//evil.example/", "/my/")):
        client = Client()
        client.post(f"{ASK}?next={wanted}", {"mobile": MOBILE})
        client.post(CHECK, {"code": sent_to()})
        client.get(CHOOSE)
        assert client.post(ANSWER, born(aylin)).headers["Location"] == leads


def test_classmate_s_number_typed_at_sign_up_signs_nobody_in(aylin: User) -> None:
    thief = Client()
    thief.post(
        reverse("account_signup"),
        {"first_name": "دزد", "last_name": "-", "birth_date": "1389/07/01", "sex": "girl",
         "mobile": MOBILE, "username": "thief", "password1": PASSWORD, "password2": PASSWORD},
    )  # fmt: skip
    taken = User.objects.get(username="thief")
    assert (taken.mobile, taken.proven_mobile) == (MOBILE, None)
    # The number opens its owner alone: neither the code nor the password finds the thief.
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    client.post(ANSWER, born(aylin))
    assert who(client) == str(aylin.pk)
    by_password = Client()
    by_password.post("/account/login/", {"login": MOBILE, "password": PASSWORD})
    assert who(by_password) == str(aylin.pk)


def test_one_password_that_fits_two_sisters_asks_which(aylin: User, sara: User) -> None:
    sara.set_password(PASSWORD)
    sara.save()
    client = Client()
    answer = client.post("/account/login/", {"login": MOBILE, "password": PASSWORD})
    assert (answer.headers["Location"], who(client)) == (CHOOSE, None)
    client.post(CHOOSE, {"who": "1"}, follow=True)
    assert who(client) == str(sara.pk)


def test_two_of_one_first_name_are_told_apart(aylin: User) -> None:
    twin = person("twin", age=16)
    twin.first_name = aylin.first_name
    prove(twin, mobile=MOBILE)
    client = Client()
    with_code(client)
    page = client.get(CHOOSE).content.decode()
    assert re.findall(r"<span>(Aylin \(\w+\))</span>", page) == ["Aylin (aylin)", "Aylin (twin)"]


def test_who_is_in_needs_no_code(aylin: User) -> None:
    client = Client()
    client.force_login(aylin, backend="django.contrib.auth.backends.ModelBackend")
    assert [client.get(path).headers["Location"] for path in (ASK, CHECK, CHOOSE, ANSWER)] == [
        "/my/"
    ] * 4


def test_code_is_over_after_ten_minutes(aylin: User) -> None:
    client = Client()
    client.post(ASK, {"mobile": MOBILE})
    Code.objects.update(expires_at=Code.objects.get().made_at + timedelta(microseconds=1))
    assert client.post(CHECK, {"code": sent_to()}).status_code == 422


@pytest.mark.parametrize("asks_password", [False, True])
def test_second_factor_is_asked_after_the_code(
    aylin: User, settings: Any, asks_password: bool
) -> None:
    settings.JAVAR_MFA = True
    TOTP.activate(aylin, generate_totp_secret())
    User.objects.filter(pk=aylin.pk).update(asks_password=asks_password)
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    answer = client.post(ANSWER, born(aylin) | {"password": PASSWORD})
    assert answer.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert who(client) is None
    assert client.get("/my/").status_code == 302


def test_second_factor_is_asked_after_choosing_by_password(
    aylin: User, sara: User, settings: Any
) -> None:
    settings.JAVAR_MFA = True
    sara.set_password(PASSWORD)
    sara.save()
    TOTP.activate(sara, generate_totp_secret())
    client = Client()
    client.post("/account/login/", {"login": MOBILE, "password": PASSWORD})
    client.post(CHOOSE, {"who": "1"})
    assert client.get(ANSWER).headers["Location"].startswith(reverse("mfa_authenticate"))
    assert who(client) is None
