"""One address, a whole class: a guesser holds back one account, a machine the whole address."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from courses.kit import limits as counts
from courses.people.models import User
from javar.web import guesses, limits
from tests.cast import People, SetClock, person
from tests.pages import said

pytestmark = pytest.mark.django_db

PASSWORD = "kafsh-o-kif-1405"
SCHOOL = "203.0.113.7"


@pytest.fixture(autouse=True)
def limits_on(settings: Any) -> None:
    """Hold the limits, which other tests do without."""
    settings.JAVAR_RATE_LIMITS = True


@pytest.fixture
def pupils(people: People, clock: SetClock) -> list[str]:
    """Return the user names of a class of thirty, none of whom has signed in anywhere yet."""
    people.aylin.set_password(PASSWORD)
    return named(30, people.aylin.password)


def named(many: int, hashed: str = "!") -> list[str]:
    """Make so many accounts, with the hash of their password; return their user names."""
    names = [f"pupil-{place}" for place in range(many)]
    User.objects.bulk_create(User(username=name, password=hashed) for name in names)
    return names


def sign_in(login: str, password: str) -> int:
    """Try the sign-in page from a new browser at the school's address."""
    return (
        Client()
        .post(reverse("account_login"), {"login": login, "password": password}, REMOTE_ADDR=SCHOOL)
        .status_code
    )


def test_one_pupil_who_guesses_at_a_classmate_s_account_holds_back_nobody_else(
    pupils: list[str],
) -> None:
    guessed = [sign_in(pupils[0], f"guess-{turn}") for turn in range(200)]
    assert guessed == [422] * 9 + [429] * 191
    assert [sign_in(name, PASSWORD) for name in pupils] == [429] + [302] * 29


def test_one_pupil_who_guesses_at_half_the_class_holds_back_no_other_half(
    pupils: list[str],
) -> None:
    guessed, others = pupils[:15], pupils[15:]
    for turn in range(15):
        for name in guessed:
            sign_in(name, f"guess-{turn}")
    assert [sign_in(name, PASSWORD) for name in others] == [302] * 15


@pytest.mark.parametrize("exist", [True, False])
def test_many_names_from_one_address_are_held_whether_they_exist_or_not(
    people: People, clock: SetClock, exist: bool
) -> None:
    names = named(101) if exist else [f"0914{place:07d}" for place in range(101)]
    assert [sign_in(name, "Summer-2026-x") for name in names] == [422] * 100 + [429]


def test_one_name_written_in_many_ways_is_one(people: People, clock: SetClock) -> None:
    person("pupil")
    for name in ("pupil", "PUPIL", " Pupil "):
        sign_in(name, "wrong")
    assert counts.check(limits.ADDRESS_NAMES, SCHOOL).taken == 1


def test_right_sign_ins_and_refused_guesses_name_nobody(pupils: list[str]) -> None:
    for turn in range(30):
        sign_in(pupils[0], f"guess-{turn}")
        sign_in(pupils[1], PASSWORD)
    taken = [counts.check(one, SCHOOL).taken for one in (limits.ADDRESS_NAMES, limits.ADDRESS)]
    assert taken == [1, 9]


def test_a_machine_at_few_names_is_ended_by_the_number(
    people: People, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "ADDRESS", counts.Limit("sign_in.address", 20, 900, "a test"))
    names = named(6)
    answers = [sign_in(name, f"guess-{turn}") for turn in range(4) for name in names]
    assert answers == [422] * 20 + [429] * 4


@pytest.mark.django_db(transaction=True)
def test_guesses_at_one_moment_name_an_account_once(people: People) -> None:
    names = named(4)

    def attempt(turn: int) -> int:
        try:
            return sign_in(names[turn % 4], f"guess-{turn}")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(attempt, range(24)))
    assert answers == [422] * 24
    assert counts.check(limits.ADDRESS_NAMES, SCHOOL).taken == 4
    assert counts.check(limits.ADDRESS, SCHOOL).taken == 24


def test_the_refusal_tells_the_ways_that_are_left(pupils: list[str]) -> None:
    for turn in range(9):
        sign_in(pupils[0], f"guess-{turn}")
    page = Client().post(reverse("account_login"), {"login": pupils[0], "password": "wrong"})
    assert page.status_code == 429
    text = page.content.decode()
    assert said(MEANWHILE) in text
    assert f'action="{reverse("accounts:code_ask")}"' in text


MEANWHILE = "A code by SMS, or a browser with which you have signed in before, works meanwhile."
