"""Limits on signing in: a school may, a guesser may not, and nobody locks an owner out."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from courses.kit.models import Tally
from courses.people.models import User
from javar.web import guesses, limits
from tests.cast import NOW, People, SetClock, person, prove
from tests.servers import free_port

pytestmark = pytest.mark.django_db

PASSWORD = "kafsh-o-kif-1405"
SCHOOL = "203.0.113.7"


@pytest.fixture(autouse=True)
def limits_on(settings: Any) -> None:
    """Hold the limits, which other tests do without."""
    settings.JAVAR_RATE_LIMITS = True


@pytest.fixture
def aylin(people: People) -> User:
    """Aylin with a password."""
    return with_password(people.aylin)


def with_password(user: User) -> User:
    """Give somebody the password of these tests."""
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(
    login: str,
    password: str,
    *,
    client: Client | None = None,
    address: str = SCHOOL,
    **headers: Any,
) -> Any:
    """Try the sign-in page, from a fresh browser unless one is given."""
    return (client or Client()).post(
        reverse("account_login"), {"login": login, "password": password, "next": "/my/"},
        REMOTE_ADDR=address, **headers,
    )  # fmt: skip


@pytest.mark.stress
def test_a_whole_school_signs_in_from_one_address_in_one_minute(
    people: People, clock: SetClock
) -> None:
    hashed = with_password(people.aylin).password
    User.objects.bulk_create(
        User(username=f"pupil-{number}", password=hashed) for number in range(400)
    )
    answers = [sign_in(f"pupil-{number}", PASSWORD).status_code for number in range(400)]
    assert answers == [302] * 400
    assert sum(Tally.objects.values_list("taken", flat=True)) == 0


def test_the_tenth_wrong_guess_is_refused_from_wherever_it_comes(
    aylin: User, clock: SetClock
) -> None:
    answers = [
        sign_in(
            "aylin", f"guess-{number}", address=f"198.51.100.{number}",
            HTTP_X_FORWARDED_FOR=f"10.1.{number}.7",
        ).status_code
        for number in range(12)
    ]  # fmt: skip
    assert answers == [422] * 9 + [429] * 3
    # Not looked at any more: the right one gets the same answer, in time the owner's page.
    assert sign_in("aylin", PASSWORD).status_code == 429
    clock(NOW + timedelta(minutes=15))
    assert sign_in("aylin", PASSWORD).status_code == 302


def test_names_an_account_has_share_its_number(people: People, clock: SetClock) -> None:
    with_password(people.aylin)
    User.objects.filter(pk=people.aylin.pk).update(
        mobile="+989140001122", mobile_proven_at=NOW, email="aylin@example.test",
        email_proven_at=NOW,
    )  # fmt: skip
    names = ["aylin", "AYLIN", "09140001122", "aylin@example.test", "+989140001122"]
    answers = [sign_in(names[number % 5], "wrong").status_code for number in range(9)]
    assert answers == [422] * 9
    # Not looked at any more by any name.
    assert [sign_in(name, PASSWORD).status_code for name in names] == [422] * 5
    clock(NOW + timedelta(minutes=15))
    assert sign_in("aylin@example.test", PASSWORD).status_code == 302


@pytest.mark.parametrize("first", ["aylin", "09140001122", "aylin@example.test"])
def test_a_refusal_does_not_say_that_two_names_are_one_person_s(
    people: People, clock: SetClock, first: str
) -> None:
    prove(with_password(people.aylin), mobile="+989140001122", email="aylin@example.test")
    for _ in range(10):
        sign_in(first, "wrong")

    own = ["aylin", "09140001122", "aylin@example.test"]
    others = ["sara", "09149999999", "nobody@example.test"]
    assert sign_in(first, "wrong").status_code == 429
    answers = {name: sign_in(name, "wrong").status_code for name in {*own, *others} - {first}}
    assert set(answers.values()) == {422}


def test_a_name_that_belongs_to_nobody_is_answered_as_one_that_does(
    aylin: User, clock: SetClock
) -> None:
    known = [sign_in("aylin", "wrong") for _ in range(10)]
    unknown = [sign_in("nobody-such", "wrong") for _ in range(10)]

    def said(response: Any) -> tuple[int, str]:
        text = re.sub(r'value="[^"]*"', "", response.content.decode())
        return response.status_code, text.replace("nobody-such", "").replace("aylin", "")

    assert [said(answer) for answer in known] == [said(answer) for answer in unknown]


class CountingHasher(PBKDF2PasswordHasher):
    """Counts how often a password is hashed."""

    algorithm = "counting"
    iterations = 1
    hashed = 0

    def encode(self, *args: Any, **kwargs: Any) -> str:
        """Count."""
        CountingHasher.hashed += 1
        return super().encode(*args, **kwargs)


def test_an_unknown_name_costs_the_site_as_much_as_a_known_one(
    people: People, settings: Any, clock: SetClock
) -> None:
    settings.PASSWORD_HASHERS = ["tests.site.test_limits.CountingHasher"]
    with_password(people.aylin)
    User.objects.filter(pk=people.aylin.pk).update(
        mobile="+989140001122", mobile_proven_at=NOW, email="aylin@example.test",
        email_proven_at=NOW,
    )  # fmt: skip
    User.objects.filter(pk=people.sara.pk).update(password="!unusable", is_active=False)

    def cost(login: str) -> int:
        CountingHasher.hashed = 0
        sign_in(login, "wrong")
        return CountingHasher.hashed

    assert cost("aylin") == cost("nobody-such") == cost("sara") >= 1
    assert cost("09140001122") == cost("09149999999") >= 1
    assert cost("aylin@example.test") == cost("nobody@example.test") >= 1


def test_an_owner_comes_in_by_a_known_browser_while_strangers_guess(
    aylin: User, clock: SetClock
) -> None:
    own = Client()
    assert sign_in("aylin", PASSWORD, client=own).status_code == 302
    own.post(reverse("account_logout"))
    for number in range(20):
        sign_in("aylin", f"guess-{number}")
    assert sign_in("aylin", PASSWORD).status_code == 429
    assert sign_in("aylin", PASSWORD, client=own).status_code == 302
    own.post(reverse("account_logout"))
    answers = [sign_in("aylin", "wrong", client=own).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_one_password_at_many_accounts_from_one_address_is_ended(
    people: People, clock: SetClock
) -> None:
    for number in range(102):
        person(f"pupil-{number}")
    answers = [sign_in(f"pupil-{number}", "Summer-2026-x").status_code for number in range(102)]
    assert answers == [422] * 100 + [429] * 2
    assert sign_in("pupil-0", "Summer-2026-x", address="203.0.113.8").status_code == 422


def test_one_browser_does_not_guess_at_many_accounts(people: People, clock: SetClock) -> None:
    with_password(people.sara)
    browser = Client()
    sign_in("sara", PASSWORD, client=browser)
    browser.post(reverse("account_logout"))
    for number in range(21):
        person(f"pupil-{number}")
    answers = [
        sign_in(f"pupil-{number}", "wrong", client=browser, address=f"198.51.100.{number}")
        for number in range(21)
    ]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]


def test_a_patient_guesser_is_ended_by_the_day(aylin: User, clock: SetClock) -> None:
    passed = 0
    for quarter in range(12):
        clock(NOW + timedelta(minutes=16 * quarter))
        passed += sum(sign_in("aylin", "wrong").status_code == 422 for _ in range(10))
    assert passed == limits.STRANGERS_LONG.most


def test_only_our_own_proxies_are_believed(people: People, settings: Any, clock: SetClock) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def seen(forwarded: str) -> str:
        request = Client().get("/account/login/", HTTP_X_FORWARDED_FOR=forwarded).wsgi_request
        return limits.address_of(request)

    assert seen("10.9.9.9, 203.0.113.7") == "203.0.113.7"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 3
    assert seen("203.0.113.7") == "127.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert seen("10.9.9.9") == "127.0.0.1"


@pytest.mark.parametrize(("prefix", "words"), [("", "دقیقه صبر کنید"), ("/en", "Wait 15 minutes")])
def test_the_refusal_is_said_in_the_sites_words_and_keeps_the_name(
    aylin: User, clock: SetClock, prefix: str, words: str
) -> None:
    for _ in range(9):
        sign_in("aylin", "wrong")
    response = Client().post(
        f"{prefix}/account/login/", {"login": "aylin", "password": "wrong-secret"}
    )
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert words in page
    assert 'value="aylin"' in page
    assert "wrong-secret" not in page


def test_other_doors_answer_in_the_sites_frame_and_keep_what_was_typed(
    db: None, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = limits.Limit("sign_up", 1, 60, "a test")
    monkeypatch.setitem(limits.DOORS, "account_signup", ((one, limits.address_of),))
    typed = {"first_name": "آیلین", "username": "aylin-new", "password1": "kafsh-1", "mobile": "12"}
    answers = [Client().post("/account/signup/", typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 429]
    page = answers[1].content.decode()
    assert answers[1]["Retry-After"] == "60"
    assert "theme/css" in page or 'id="main"' in page
    assert '<input type="hidden" name="first_name" value="آیلین">' in page
    assert "kafsh-1" not in page


def test_nobody_is_written_to_again_and_again(people: People, clock: SetClock) -> None:
    answers = [
        Client().post(
            "/account/password/reset/", {"login": name}, REMOTE_ADDR=f"198.51.100.{number}"
        ).status_code
        for number, name in enumerate(["A@example.test", "a@example.test"] * 3)
    ]  # fmt: skip
    assert answers[5] == 429
    assert 429 not in answers[:5]


def test_allauths_own_counts_in_memory_are_off(aylin: User, clock: SetClock) -> None:
    sign_in("aylin", "wrong")
    Client().post("/account/password/reset/", {"login": "a@example.test"})
    assert [key for key in getattr(cache, "_cache", {}) if ":rl:" in key] == []
    # Seven of the guess, two of the door, and the one by which codes wait for one another.
    assert Tally.objects.count() == 10


def test_without_a_counter_nobody_signs_in(aylin: User, settings: Any) -> None:
    pytest.importorskip("redis")
    settings.JAVAR_REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    client = Client(raise_request_exception=False)
    response = sign_in("aylin", PASSWORD, client=client)
    assert (response.status_code, response["Retry-After"]) == (503, "15")
    assert client.get(reverse("desk:my_page")).status_code == 302
    assert client.get("/account/login/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_guesses_at_one_moment_pass_no_more_than_the_limit(people: People) -> None:
    with_password(people.aylin)

    def attempt(number: int) -> int:
        try:
            return sign_in("aylin", f"guess-{number}", address=f"198.51.100.{number}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(attempt, range(18)))
    assert sorted(answers) == [422] * 9 + [429] * 9


def known_browser(*users: User) -> Client:
    """Return a browser with which each has signed in and out."""
    browser = Client()
    for user in users:
        assert sign_in(user.username, PASSWORD, client=browser).status_code == 302
        browser.post(reverse("account_logout"))
    return browser


def test_a_known_browser_is_ended_by_the_day_too(aylin: User, clock: SetClock) -> None:
    browser = known_browser(aylin)
    passed = 0
    for quarter in range(12):
        clock(NOW + timedelta(minutes=16 * quarter))
        passed += sum(
            sign_in("aylin", "wrong", client=browser).status_code == 422 for _ in range(7)
        )
    assert passed == limits.KNOWN_LONG.most
    # Elsewhere the owner is none the worse for it.
    assert sign_in("aylin", PASSWORD).status_code == 302


def test_a_lab_s_browser_does_not_guess_at_all_who_know_it(
    people: People, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = limits.Limit("sign_in.known_browser", 6, 3600, "a test")
    monkeypatch.setattr(guesses, "KNOWN_BROWSER", few)
    three = [with_password(user) for user in (people.aylin, people.sara, people.stranger)]
    browser = known_browser(*three)
    answers = [
        sign_in(user.username, f"wrong-{turn}", client=browser).status_code
        for turn in range(3)
        for user in three
    ]
    assert answers == [422] * 6 + [429] * 3


def test_strangers_who_guess_at_one_sister_do_not_shut_the_other_out(
    people: People, clock: SetClock
) -> None:
    for sister in (with_password(people.aylin), people.sara):
        prove(sister, mobile="+989140001122")
    people.sara.set_password("other-words-1405")
    people.sara.save()
    assert [sign_in("sara", f"guess-{n}").status_code for n in range(10)] == [422] * 9 + [429]

    assert sign_in("09140001122", PASSWORD).status_code == 302
    # Of the sister who is guessed at nothing is looked at, and her own words are a wrong guess.
    answers = [sign_in("09140001122", "other-words-1405").status_code for _ in range(10)]
    assert answers == [422] * 9 + [429]
    assert sign_in("09140001122", PASSWORD).status_code == 429
    clock(NOW + timedelta(minutes=15))
    assert sign_in("09140001122", "other-words-1405").status_code == 302


def test_every_limit_of_the_table_holds_a_door() -> None:
    text = "".join(path.read_text() for path in Path(limits.__file__).parent.glob("*.py"))
    idle = [limit.name for limit in limits.TABLE if text.count(name_of(limit)) < 3]
    assert idle == []


def name_of(limit: limits.Limit) -> str:
    """Return the name under which a limit stands in its module, as a word beside others."""
    return next(name for name, value in vars(limits).items() if value is limit)
