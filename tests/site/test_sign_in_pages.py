"""What the sign-in log shows: one's own last sign-ins and tries, and all of it to a keeper."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.kit.models import AuditEntry
from courses.notices.actions import welcome
from courses.people.models import SignInEvent, SignInKind, User
from courses.people.sign_ins import hash_of_name, write_down_sign_in
from tests.cast import People, SignIn, prove
from tests.codes import MOBILE, other, sent_to
from tests.counting import queries
from tests.site.test_code_sign_in import ANSWER, ASK, CHECK, CHOOSE, PASSWORD, born, with_code
from tests.site.test_second_factor import code_now, first_step, second_step, with_app

pytestmark = pytest.mark.django_db

OWN, LOG = "/account/sessions/", "/my/upkeep/sign-ins/"
NEW = {"new_password1": "another-1405-kif", "new_password2": "another-1405-kif"}
TELEPHONE = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"


@pytest.fixture
def aylin(people: People) -> User:
    """Aylin, with a proven number and a password."""
    people.aylin.set_password(PASSWORD)
    return prove(people.aylin, mobile=MOBILE)


def shown(client: Client, path: str = OWN, **asked: str) -> str:
    """Return a page's text, without markup."""
    text = client.get(path, asked).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def _by_password(user: User) -> Client:
    client = Client()
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    return client


def _by_code(user: User) -> Client:
    client = Client()
    with_code(client)
    client.get(CHOOSE)
    client.post(ANSWER, born(user))
    return client


def _by_reset(user: User) -> Client:
    client = Client()
    client.post("/account/password/reset/", {"login": MOBILE})
    client.post(CHECK, {"code": sent_to()})
    client.get(CHOOSE)
    client.post(ANSWER, born(user))
    client.post("/account/code/password/", NEW)
    return client


def _by_link(user: User) -> Client:
    user.set_unusable_password()
    user.save()
    client = Client()
    client.post(welcome(user, by=None), NEW)
    return client


@pytest.mark.parametrize(
    ("come_in", "way", "words"),
    [
        (_by_password, "password", "از راه گذرواژه"),
        (_by_code, "code", "از راه کد پیامکی"),
        (_by_reset, "reset", "از راه بازنشانی گذرواژه"),
        (_by_link, "link", "از راه پیوند یک‌بارمصرف"),
    ],
    ids=["password", "code", "reset", "link"],
)
def test_own_page_says_by_which_way_somebody_came_in(
    aylin: User, come_in: Callable[[User], Client], way: str, words: str
) -> None:
    client = come_in(aylin)

    line = SignInEvent.objects.get(kind=SignInKind.SUCCESS)
    assert (line.account, line.way, line.second) == (aylin, way, "")
    assert words in shown(client)


@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_second_step_stands_beside_the_first(people: People, settings: Any, kind: str) -> None:
    settings.JAVAR_MFA = True
    user = with_app(people.aylin)
    client = first_step(user)
    code = code_now()
    if kind == "recovery_codes":
        from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: PLC0415

        code = RecoveryCodes.activate(user).get_unused_codes()[0]
    second_step(client, "000000")
    second_step(client, code)

    lines = SignInEvent.objects.order_by("pk").values_list("kind", "account", "way", "second")
    assert list(lines) == [
        ("code", user.pk, "", ""), ("success", user.pk, "password", kind),
    ]  # fmt: skip


def test_failed_tries_are_shown_under_what_is_proven_alone(aylin: User, people: People) -> None:
    prove(aylin, mobile=MOBILE, email="aylin@example.test")
    people.sara.mobile = "+989141112233"
    people.sara.save()
    for name in ("aylin", "0914 000 0000", "aylin@example.test", "sara", "09141112233", "nobody"):
        Client().post(
            "/account/login/", {"login": name, "password": "wrong"}, REMOTE_ADDR="203.0.113.77",
            headers={"User-Agent": TELEPHONE},
        )  # fmt: skip
    own = _by_password(aylin)

    text = shown(own)
    assert text.count("نام یا گذرواژهٔ نادرست") == 3
    assert "Chrome · Android" in text
    assert "203.0.113" not in text
    assert "203.0.113.77" not in text


def test_wrong_code_and_wrong_answer_are_shown_to_whom_they_were_about(
    aylin: User, people: People
) -> None:
    thief = Client()
    thief.post(ASK, {"mobile": MOBILE})
    thief.post(CHECK, {"code": other(sent_to())})
    thief.post(CHECK, {"code": sent_to()})
    thief.get(CHOOSE)
    thief.post(ANSWER, {"birth_date": "1380/01/01"})

    lines = SignInEvent.objects.order_by("pk").values_list("kind", "account", "name_hash", "way")
    assert list(lines) == [
        ("code", None, hash_of_name(MOBILE), "code"), ("code", aylin.pk, "", "code"),
    ]  # fmt: skip
    assert shown(_by_password(aylin)).count("کد نادرست") == 2


def test_own_page_shows_nothing_of_others_and_the_way_on(
    people: People, aylin: User, signed_in: SignIn
) -> None:
    for user in (people.sara, people.teacher):
        write_down_sign_in(
            SignInKind.SUCCESS, account=user, agent="Opera, Linux", network="9.9.9.0"
        )
        write_down_sign_in(SignInKind.FAILURE, name=user.username, agent="Opera, Linux")
    client = signed_in(aylin)

    page = client.get(OWN).content.decode()

    assert "Opera" not in page
    assert "9.9.9" not in page
    assert reverse("account_change_password") in page
    assert page.count(reverse("accounts:session_end_all")) == 1


def test_many_failures_do_not_hide_a_sign_in_and_ask_no_more(
    aylin: User, signed_in: SignIn
) -> None:
    client = signed_in(aylin)
    first = queries(client, OWN)
    for _time in range(30):
        write_down_sign_in(SignInKind.FAILURE, name="aylin")

    assert queries(client, OWN) == first
    text = shown(client)
    assert len(re.findall("وارد شد ", text)) == 1
    assert text.count("نام یا گذرواژهٔ نادرست") == 8


# --- the keeper's page ------------------------------------------------------------------------


def lines_of(client: Client, **asked: str) -> list[list[str]]:
    """Return the cells of the log that a keeper sees."""
    page = client.get(LOG, asked).content.decode()
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in body.split("<tr")[1:]]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in rows]


def test_keeper_reads_the_log_and_filters_it(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.admin)
    SignInEvent.objects.all().delete()
    now = timezone.now()
    write_down_sign_in(
        SignInKind.SUCCESS, account=people.aylin, agent="Chrome, Android", network="10.1.2.0",
        way="password", second="webauthn", at=now - timedelta(days=2),
    )  # fmt: skip
    write_down_sign_in(SignInKind.FAILURE, name="aylin", way="password", at=now)
    write_down_sign_in(SignInKind.FAILURE, name="sara", way="password", at=now)

    code = f"نامی نوشته‌شده #{hash_of_name('aylin')[:8]}"
    assert [row[1] for row in lines_of(client)] == [
        f"نامی نوشته‌شده #{hash_of_name('sara')[:8]}", code, "aylin",
    ]  # fmt: skip
    assert [row[1] for row in lines_of(client, account="aylin")] == [code, "aylin"]
    [came] = lines_of(client, kind="success")
    assert came[1:] == [
        "aylin", "وارد شد", "گذرواژه، کلید عبور", "Chrome, Android", "10.1.2.0",
    ]  # fmt: skip
    day = timezone.localtime(now - timedelta(days=2)).date()
    assert [row[1] for row in lines_of(client, day=day.isoformat())] == ["aylin"]
    assert lines_of(client, account="nobody-at-all") == []


def test_keeper_sees_no_name_but_the_accounts(people: People, signed_in: SignIn) -> None:
    prove(people.aylin, mobile=MOBILE, email="aylin@example.test")
    write_down_sign_in(SignInKind.SUCCESS, account=people.aylin, address="10.1.2.3")
    write_down_sign_in(SignInKind.FAILURE, name=MOBILE, address="10.1.2.3")

    text = shown(signed_in(people.admin), LOG)

    assert "aylin" in text
    for private in ("Aylin", "Sample", MOBILE, MOBILE[1:], "example.test", "10.1.2.3"):
        assert private not in text, private


def test_every_look_of_a_keeper_stands_in_the_trail(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.admin)
    client.get(LOG)
    client.get(LOG, {"account": "aylin", "kind": "failure", "day": "1405/09/02"})
    client.get(LOG, {"day": "yesterday"})

    found = AuditEntry.objects.filter(verb="look_at_sign_ins").order_by("pk")
    assert [(line.by, line.object_id, line.facts) for line in found] == [
        (people.admin, str(people.admin.pk), {"of_all": True}),
        (people.admin, str(people.aylin.pk),
         {"of_all": False, "kind": "failure", "day": "2026-11-23"}),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"day": "yesterday"}, {"kind": "none"}])
def test_wrong_filter_is_said(people: People, signed_in: SignIn, wrong: dict[str, str]) -> None:
    answer = signed_in(people.admin).get(LOG, wrong)

    assert answer.status_code == 422
    assert next(iter(wrong.values())) in answer.content.decode() or "kind" in wrong
    assert 'id="errors"' in answer.content.decode()


def test_log_is_paged_and_asks_the_same_of_one_line_and_of_many(
    people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.admin)
    SignInEvent.objects.all().delete()
    write_down_sign_in(SignInKind.SUCCESS, account=people.aylin)
    first = queries(client, LOG)
    for number in range(60):
        user = (people.aylin, people.sara, people.teacher)[number % 3]
        write_down_sign_in(SignInKind.SUCCESS, account=user)

    assert queries(client, LOG) == first
    assert (len(lines_of(client)), len(lines_of(client, page="2"))) == (50, 11)
    page = client.get(LOG, {"kind": "success"}).content.decode()
    assert 'href="?kind=success&amp;page=2"' in page
    assert "صفحهٔ ۱ از ۲" in page


@pytest.mark.parametrize("who", ["registrar", "officer", "aylin"])
def test_log_is_hidden_from_all_but_keepers(people: People, signed_in: SignIn, who: str) -> None:
    assert signed_in(getattr(people, who)).get(LOG).status_code == 404
