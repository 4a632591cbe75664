"""A forgotten password: a code to a proven number, a link to a proven e-mail, alike for all."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.kit import audit
from courses.kit.calendars import jalali_digits
from courses.notices.models import Code, Message, Notice
from courses.people.models import User
from tests.cast import People, SignIn, prove
from tests.codes import MOBILE, on_page, sent_to

pytestmark = pytest.mark.django_db

OLD, NEW = "kafsh-o-kif-1405", "charm-o-nakh-1405"
GOOD = {"new_password1": NEW, "new_password2": NEW}
ASK, CHECK = "/account/password/reset/", "/account/code/check/"
CHOOSE, ANSWER = "/account/code/choose/", "/account/code/answer/"
PASSWORD = "/account/code/password/"


@pytest.fixture
def aylin(people: People) -> User:
    """Aylin with a proven number, a proven e-mail and a password."""
    people.aylin.set_password(OLD)
    return prove(people.aylin, mobile=MOBILE, email="aylin@example.test")


def born(user: User) -> dict[str, str]:
    """Return the answer only its owner knows."""
    return {"birth_date": jalali_digits(user.record.birth_date)}


def to_new_password(client: Client, login: str, user: User, place: str = "0") -> Any:
    """Go all the way to a new password; return the answer."""
    assert client.post(ASK, {"login": login}).headers["Location"] == CHECK
    client.post(CHECK, {"code": sent_to()})
    client.post(CHOOSE, {"who": place})
    client.post(ANSWER, born(user))
    return client.post(PASSWORD, GOOD)


def masked(text: str) -> str:
    """Return a page without what differs between any two answers."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    return re.sub(r'nonce="[^"]*"', "", text)


@pytest.mark.parametrize("login", ["aylin", "Aylin", "09140000000", "۰۹۱۴ ۰۰۰ ۰۰۰۰"])
def test_code_leads_to_a_new_password_and_in(aylin: User, signed_in: SignIn, login: str) -> None:
    elsewhere, client = signed_in(aylin), Client()
    assert elsewhere.get("/my/").status_code == 200
    answer = to_new_password(client, login, aylin)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
    aylin.refresh_from_db()
    assert check_password(NEW, aylin.password) is True
    # Every other session has ended; the account is told, at its number too.
    assert elsewhere.get("/my/").status_code == 302
    assert client.get("/my/").status_code == 200
    assert Notice.objects.get(recipient=aylin).kind == "notices.password_changed"
    assert Message.objects.filter(kind="notices.password_changed", to=MOBILE).count() == 1
    line = audit.trail(aylin).filter(verb="set_password").get()
    assert (line.by, line.facts["way"]) == (aylin, "code")


@pytest.mark.parametrize("what", ["password", "number"])
def test_way_begun_before_ends_with_password_and_number(aylin: User, what: str) -> None:
    client = Client()
    client.post(ASK, {"login": MOBILE})
    client.post(CHECK, {"code": sent_to()})
    client.get(CHOOSE)
    assert client.post(ANSWER, born(aylin)).headers["Location"] == PASSWORD
    if what == "password":
        aylin.set_password("the-owner-s-own-1405")
        aylin.save()
    else:
        prove(aylin, mobile="+989149999999")
    before = User.objects.get(pk=aylin.pk).password

    assert client.post(PASSWORD, GOOD).headers["Location"] == ASK
    assert User.objects.get(pk=aylin.pk).password == before


def test_sisters_with_one_number_each_reset_their_own(aylin: User, people: People) -> None:
    sara = prove(people.sara, mobile=MOBILE)
    to_new_password(Client(), MOBILE, sara, "1")
    aylin.refresh_from_db()
    sara.refresh_from_db()
    assert (aylin.check_password(OLD), sara.check_password(NEW)) == (True, True)


def test_user_name_opens_its_own_account_alone(aylin: User, people: People) -> None:
    prove(people.sara, mobile=MOBILE)
    client = Client()
    client.post(ASK, {"login": "sara"})
    client.post(CHECK, {"code": sent_to()})
    assert client.get(CHOOSE).headers["Location"] == ANSWER
    assert "Sara" in client.get(ANSWER).content.decode()


def test_new_password_needs_code_and_answer(aylin: User) -> None:
    client = Client()
    assert client.post(PASSWORD, GOOD).headers["Location"] == ASK
    client.post(ASK, {"login": MOBILE})
    assert client.post(PASSWORD, GOOD).headers["Location"] == ASK
    client.post(CHECK, {"code": sent_to()})
    client.get(CHOOSE)
    assert client.post(PASSWORD, GOOD).headers["Location"] == ASK
    assert client.post(ANSWER, {"birth_date": "1380/01/01"}).status_code == 422
    assert client.post(PASSWORD, GOOD).headers["Location"] == ASK
    aylin.refresh_from_db()
    assert aylin.check_password(OLD) is True


def test_code_to_sign_in_sets_no_password(aylin: User) -> None:
    client = Client()
    client.post("/account/code/", {"mobile": MOBILE})
    client.post(CHECK, {"code": sent_to()})
    client.get(CHOOSE)
    assert client.post(PASSWORD, GOOD).headers["Location"] == ASK


def test_weak_password_is_422_and_the_way_stays_open(aylin: User) -> None:
    client = Client()
    client.post(ASK, {"login": MOBILE})
    client.post(CHECK, {"code": sent_to()})
    client.get(CHOOSE)
    client.post(ANSWER, born(aylin))
    weak = client.post(PASSWORD, {"new_password1": "12345678", "new_password2": "12345678"})
    assert weak.status_code == 422
    assert client.post(PASSWORD, GOOD).headers["Location"] == "/my/"


def test_account_that_demands_its_password_is_not_reset_by_sms(aylin: User) -> None:
    User.objects.filter(pk=aylin.pk).update(asks_password=True)
    client = Client()
    client.post(ASK, {"login": MOBILE})
    client.post(CHECK, {"code": sent_to()})
    client.get(CHOOSE)
    assert client.get(ANSWER).headers["Location"] == ASK
    assert client.post(PASSWORD, GOOD).headers["Location"] == ASK


def test_account_without_a_birth_date_is_not_reset_by_sms(people: People) -> None:
    prove(people.teacher, mobile=MOBILE)
    client = Client()
    client.post(ASK, {"login": MOBILE})
    client.post(CHECK, {"code": sent_to()})
    client.get(CHOOSE)
    assert client.get(ANSWER).headers["Location"] == ASK


def test_link_goes_to_a_proven_email_and_sets_a_password(aylin: User, signed_in: SignIn) -> None:
    elsewhere, client = signed_in(aylin), Client()
    answer = client.post(ASK, {"login": "Aylin@example.test"})
    assert answer.headers["Location"] == "/account/password/reset/done/"
    mail = Message.objects.get()
    assert (mail.channel, mail.to.lower()) == ("mail", "aylin@example.test")
    path = re.findall(r"https?://[^/]+(/account/password/reset/key/\S+/)", mail.text)[0]
    form = client.get(path).headers["Location"]
    client.post(form, {"password1": NEW, "password2": NEW})
    aylin.refresh_from_db()
    assert aylin.check_password(NEW) is True
    assert elsewhere.get("/my/").status_code == 302
    assert audit.trail(aylin).filter(verb="set_password").get().facts["way"] == "link"
    # The link is good once.
    assert "password1" not in Client().get(path, follow=True).content.decode()


def test_link_goes_to_the_kept_address_never_to_one_that_folds_to_it(people: People) -> None:
    prove(people.aylin, email="kimia@example.test")
    # The Kelvin sign is a small k in Python's eyes; elsewhere it is another box.
    assert Client().post(ASK, {"login": "\u212aimia@example.test"}).status_code == 302
    assert [message.to for message in Message.objects.all()] == ["kimia@example.test"]


def test_a_link_that_is_over_says_so_and_leads_on() -> None:
    page = Client().get("/account/password/reset/key/1-abc-xyz/").content.decode()
    assert "توکن" not in page
    assert "این پیوند دیگر کار نمی‌کند" in page
    assert f'class="btn" href="{ASK}"' in page
    for path in ("/way-back/xxxxxxxxxxxxxxxxxxxx/", "/start/xxxxxxxxxxxxxxxxxxxx/"):
        page = Client().get(path).content.decode()
        assert 'class="btn" href="/account/login/"' in page


def test_a_password_s_rules_and_its_repetition_are_said_rightly(aylin: User) -> None:
    client = Client()
    client.post(ASK, {"login": MOBILE})
    client.post(CHECK, {"code": sent_to()})
    client.post(CHOOSE, {"who": "0"})
    client.post(ANSWER, born(aylin))
    page = client.get(PASSWORD).content.decode()
    # Django's own Persian asks for the password of before: the one that is forgotten.
    assert "رمز عبور قبلی" not in page
    assert "همان گذرواژهٔ تازه را یک بار دیگر بنویسید" in page
    assert "فقط عدد نباشد" in page


def test_the_way_to_a_new_password_stands_once_beside_sign_in() -> None:
    page = Client().get("/account/login/").content.decode()
    assert page.count(f'href="{ASK}"') == 1


def test_unproven_number_and_email_receive_nothing(people: People) -> None:
    User.objects.filter(pk=people.sara.pk).update(mobile=MOBILE, email="sara@example.test")
    for login in (MOBILE, "sara@example.test", "sara"):
        Client().post(ASK, {"login": login})
    assert Message.objects.count() == 0


# What is typed: somebody's, nobody's, and what was only typed once; then how they are answered.
ALIKE = {
    "numbers": ("09140000000", "09141111111", "09142222222"),
    "user names": ("aylin", "nobody-at-all", "sara", "teacher"),
    "e-mails": ("aylin@example.test", "nobody@example.test", "sara@example.test"),
}


@pytest.mark.parametrize("logins", ALIKE.values(), ids=ALIKE)
def test_known_and_unknown_are_answered_alike(
    aylin: User, people: People, logins: tuple[str, ...]
) -> None:
    User.objects.filter(pk=people.sara.pk).update(mobile="+989142222222", email="sara@example.test")
    prove(people.teacher, email="teacher@example.test")
    seen = []
    for login in logins:
        client = Client()
        asked = client.post(ASK, {"login": login})
        bodies = [client.get(asked.headers["Location"])]
        if "@" not in login:
            bodies += [client.post(CHECK, {"code": "12345x"}) for _time in range(6)]
        shown = on_page(login) if login.startswith("0") else login
        seen.append(
            (asked.status_code, asked.headers["Location"], sorted(client.cookies),
             [(one.status_code, masked(one.content.decode()).replace(shown, "X"))
              for one in bodies])
        )  # fmt: skip
    assert all(one == seen[0] for one in seen)
    # As many rows are written for the one as for the other.
    assert Code.objects.count() == len(logins)


def test_statements_are_the_same_for_known_and_unknown(aylin: User) -> None:
    def statements(login: str) -> list[str]:
        client = Client()
        client.get(ASK)
        with CaptureQueriesContext(connection) as found:
            client.post(ASK, {"login": login})
        plain = [re.sub(r"'[^']*'|\d+|\"s\w+_x\w+\"", "", one["sql"]) for one in found]
        return [" ".join(one.split()[:3]) for one in plain]

    for known, unknown in (
        (MOBILE, "09141111111"),
        ("aylin@example.test", "nobody@example.test"),
    ):
        mine, theirs = statements(known), statements(unknown)
        # Only the message's savepoint ends otherwise: kept for the one, taken back for the other.
        assert [one for one in mine if "SAVEPOINT" not in one] == [
            one for one in theirs if "SAVEPOINT" not in one
        ]


def test_the_library_s_other_doors_are_shut(aylin: User, signed_in: SignIn) -> None:
    client = signed_in(aylin)
    paths = ("email/", "confirm-email/", "confirm-email/abc/", "login/code/", "login/code/confirm/",
             "phone/verify/", "phone/change/", "signup/passkey/")  # fmt: skip
    assert [client.get(f"/account/{path}").status_code for path in paths] == [404] * len(paths)


def test_second_factor_is_asked_after_a_new_password(aylin: User, settings: Any) -> None:
    settings.JAVAR_MFA = True
    TOTP.activate(aylin, generate_totp_secret())
    client = Client()
    answer = to_new_password(client, MOBILE, aylin)
    assert answer.headers["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/my/").status_code == 302
