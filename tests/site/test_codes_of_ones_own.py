"""A stranger asks and asks: the owner still gets in, by a browser she knows or by another way."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses.notices.models import Code, Message
from courses.people.models import User
from javar.web import limits
from tests.cast import People, prove
from tests.codes import MOBILE, on_page, sent_to
from tests.pages import said

pytestmark = pytest.mark.django_db

PASSWORD = "kafsh-o-kif-1405"
EMAIL = "aylin@example.test"
SIGN_IN, RESET, CHECK = "/account/code/", "/account/password/reset/", "/account/code/check/"
SIGN_UP = {
    "first_name": "دزد", "last_name": "-", "birth_date": "1389/07/01", "sex": "girl",
    "mobile": MOBILE, "password1": PASSWORD, "password2": PASSWORD,
}  # fmt: skip


@pytest.fixture
def aylin(people: People) -> User:
    """Aylin with a proven number, a proven e-mail and a password."""
    people.aylin.set_password(PASSWORD)
    return prove(people.aylin, mobile=MOBILE, email=EMAIL)


@pytest.fixture
def own(aylin: User) -> Client:
    """Her own telephone, from which she has signed in before."""
    return telephone_of(aylin)


def telephone_of(user: User) -> Client:
    """Return a browser that somebody has signed in with, and out."""
    client = Client()
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    client.post("/account/logout/")
    return client


def reached(client: Client, path: str, typed: dict[str, str], **facts: Any) -> bool:
    """Ask for a code or a link; tell whether a message went out."""
    before = Message.objects.count()
    client.post(path, typed, **facts)
    return Message.objects.count() == before + 1


# Every way of making the site write to her, and what a stranger types for it.
WAYS = {
    "sign-in": (SIGN_IN, {"mobile": MOBILE}),
    "new password, by number": (RESET, {"login": MOBILE}),
    "new password, by user name": (RESET, {"login": "aylin"}),
    "new password, by e-mail": (RESET, {"login": EMAIL}),
}


@pytest.mark.parametrize(("path", "typed"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("address", ["203.0.113.7", "127.0.0.1"])
def test_strangers_leave_the_owner_s_telephone_its_codes(
    own: Client, settings: Any, path: str, typed: dict[str, str], address: str
) -> None:
    settings.JAVAR_RATE_LIMITS = True
    settings.JAVAR_CODES_PER_ADDRESS = 30
    for turn in range(12):
        for flooded, words in WAYS.values():
            Client().post(flooded, words, REMOTE_ADDR="127.0.0.1" if turn % 2 else address)
    assert reached(Client(), path, typed, REMOTE_ADDR="198.51.100.9") is False
    assert reached(own, path, typed) is True


def test_strangers_who_sign_up_with_her_number_leave_her_telephone_its_codes(own: Client) -> None:
    for turn in range(12):
        Client().post("/account/signup/", SIGN_UP | {"username": f"thief-{turn}"})
    assert reached(Client(), SIGN_IN, {"mobile": MOBILE}) is False
    assert reached(own, SIGN_IN, {"mobile": MOBILE}) is True


def test_a_thief_s_own_account_makes_no_browser_known_to_her_number(
    own: Client, people: People
) -> None:
    people.sara.set_password(PASSWORD)
    prove(people.sara, mobile="+989140000077")
    thief = telephone_of(people.sara)
    for _turn in range(15):
        thief.post(SIGN_IN, {"mobile": MOBILE})
    assert Message.objects.filter(to=MOBILE).count() == 10
    assert Code.objects.exclude(known_by="").count() == 0
    assert reached(own, SIGN_IN, {"mobile": MOBILE}) is True


def test_a_sister_s_browser_is_known_to_the_number_they_share(own: Client, people: People) -> None:
    prove(people.sara, mobile=MOBILE)
    own.post(SIGN_IN, {"mobile": MOBILE})
    own.post(RESET, {"login": "sara"})
    # By a user name that account alone is meant, and it does not know the browser.
    assert [bool(code.known_by) for code in Code.objects.order_by("pk")] == [True, False]


def test_a_flood_of_sign_ups_does_not_stop_signing_in(aylin: User, settings: Any) -> None:
    settings.JAVAR_CODES_A_DAY = 12
    for turn in range(12):
        typed = SIGN_UP | {"username": f"bot-{turn}", "mobile": f"+98915000{turn:04d}"}
        Client().post("/account/signup/", typed)
    assert Message.objects.count() == 6
    assert reached(Client(), SIGN_IN, {"mobile": MOBILE}) is True


def test_a_flood_of_sign_ins_does_not_stop_signing_up(aylin: User, settings: Any) -> None:
    settings.JAVAR_CODES_A_DAY = 12
    settings.JAVAR_CODES_PER_NUMBER = 100
    for _turn in range(12):
        Client().post(SIGN_IN, {"mobile": MOBILE})
    assert Message.objects.count() == 6
    typed = SIGN_UP | {"username": "newcomer", "mobile": "+989150000000"}
    assert reached(Client(), "/account/signup/", typed) is True


def test_whoever_presses_for_an_hour_does_not_hold_back_the_browsers_of_a_school(
    own: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JAVAR_RATE_LIMITS = True
    few = limits.Limit("codes", 3, 3600, "a test")
    for name in ("accounts:code_ask", "accounts:code_check"):
        monkeypatch.setitem(limits.DOORS, name, ((few, limits.DOORS[name][0][1]),))
    pressed = [Client().post(SIGN_IN, {"mobile": "09149999999"}).status_code for _ in range(4)]
    assert pressed == [302, 302, 302, 429]
    own.post(SIGN_IN, {"mobile": MOBILE})
    assert own.post(CHECK, {"code": sent_to()}).headers["Location"] == "/account/code/choose/"


@pytest.mark.parametrize(
    ("path", "field", "known", "unknown"),
    [
        (SIGN_IN, "mobile", MOBILE, "+989149999999"),
        (RESET, "login", MOBILE, "+989149999999"),
        (RESET, "login", EMAIL, "nobody@example.test"),
        (RESET, "login", "aylin", "nobody-at-all"),
    ],
)
def test_a_browser_somebody_else_is_known_by_costs_the_same_statements_for_all(
    aylin: User, people: People, path: str, field: str, known: str, unknown: str
) -> None:
    people.sara.set_password(PASSWORD)
    people.sara.save()

    def statements(typed: str) -> list[str]:
        browser = telephone_of(people.sara)
        browser.get(path)
        with CaptureQueriesContext(connection) as found:
            browser.post(path, {field: typed})
        words = [re.sub(r"'[^']*'|\d+|\"s\w+_x\w+\"", "", one["sql"]).split()[:3] for one in found]
        return [" ".join(one) for one in words if "SAVEPOINT" not in one]

    mine, theirs = statements(known), statements(unknown)
    assert mine == theirs


def page_after(path: str, typed: dict[str, str]) -> str:
    """Ask from a new telephone; return the page that follows."""
    return Client().post(path, typed, follow=True).content.decode()


def plain(text: str, typed: str) -> str:
    """Return a page without what differs between any two answers."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    return re.sub(r'nonce="[^"]*"', "", text).replace(on_page(typed), "X")


def test_on_a_new_telephone_the_page_tells_other_ways_alike_to_all(
    aylin: User, settings: Any
) -> None:
    settings.JAVAR_CODES_PER_NUMBER = 1
    known = [plain(page_after(SIGN_IN, {"mobile": MOBILE}), MOBILE) for _turn in range(3)]
    other = "+989149999999"
    unknown = plain(page_after(SIGN_IN, {"mobile": other}), other)
    assert Message.objects.count() == 1
    assert known == [unknown] * 3
    assert said("No code comes?") in unknown
    assert 'href="/account/login/"' in unknown
    assert said(LAST_WAY) in unknown


LAST_WAY = "If you have lost password or number too, your school can make you a one-time link."


def test_too_many_presses_tell_other_ways_too(aylin: User, settings: Any) -> None:
    settings.JAVAR_RATE_LIMITS = True
    pages = [Client().post(RESET, {"login": "aylin"}) for _turn in range(6)]
    assert pages[-1].status_code == 429
    text = pages[-1].content.decode()
    assert said(LAST_WAY) in text
    assert 'href="/account/login/"' in text
