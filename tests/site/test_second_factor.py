"""The second factor: demanded of who holds others' things, asked at every sign-in, once each."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.kit import audit, limits
from courses.kit.rights import ABILITIES
from courses.notices.actions import make_link, welcome
from courses.notices.queries import WAY_BACK, find_link
from courses.organisations.actions import furnish_desk, grant_role
from courses.organisations.models import Role
from courses.people.models import User
from javar.web import second_factor
from javar.web.limits import SECOND_FACTOR_LONG
from javar.web.second_factor import SealedOtherwise
from tests.cast import NOW, Bodies, People, SignIn

pytestmark = pytest.mark.django_db

PASSWORD = "kafsh-o-kif-1405"
SECRET = generate_totp_secret()


@pytest.fixture(autouse=True)
def factors_on(settings: Any) -> None:
    """Demand second factors, and count tries of them."""
    settings.JAVAR_MFA = True


def code_now(secret: str = SECRET, *, ahead: int = 0) -> str:
    """Return what an app shows now, or so many half minutes ahead."""
    return f"{hotp_value(secret, int(time.time()) // 30 + ahead):06}"


def with_app(user: User) -> User:
    """Give somebody a password and an app."""
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, SECRET)
    return user


def first_step(user: User, client: Client | None = None) -> Client:
    """Come in by the password."""
    client = client or Client()
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    return client


def second_step(client: Client, code: str) -> Any:
    """Write a code."""
    return client.post(reverse("mfa_authenticate"), {"code": code})


def where(client: Client, path: str = "/my/") -> str:
    """Return where a page leads, or its status."""
    response = client.get(path)
    return response.headers.get("Location", str(response.status_code)).split("?")[0]


def test_it_is_demanded_of_who_holds_other_peoples_things(
    people: People, bodies: Bodies, settings: Any
) -> None:
    grant_role(people.stranger, bodies.school, Role.COUNSELLOR, by=None, at=NOW)
    names = [
        name for name, user in vars(people).items()
        if second_factor.is_demanded_of(User.objects.get(pk=user.pk))
    ]  # fmt: skip
    assert names == [
        "stranger", "registrar", "editor", "onlooker", "officer", "officer_2", "admin",
    ]  # fmt: skip
    settings.JAVAR_MFA = False
    assert not second_factor.is_demanded_of(people.admin)


# What a stolen password opens alone: one's own things, one's own firm, one's own class.
HARMLESS = {
    "enrolment.answer_offer", "enrolment.keep_place", "enrolment.know_desk",
    "enrolment.see_rosters", "learning.study", "matching.answer_result", "matching.keep_wishes",
    "matching.rank_applicants", "notices.hear_as_student", "vacancies.keep", "vacancies.see_desk",
}  # fmt: skip
# Whoever has one of these has one that demands it, or keeps the site.
WITH_OTHERS = {
    "enrolment.decide_all_seats", "enrolment.decide_seats", "matching.answer_objections",
    "notices.give_ways_back", "notices.keep_outbox", "notices.reset_factors", "site.keep",
}  # fmt: skip


def test_every_ability_demands_it_or_is_known_to_be_harmless() -> None:
    assert set(ABILITIES) == HARMLESS | WITH_OTHERS | set(second_factor.DEMANDED_WITH)
    assert not (HARMLESS | WITH_OTHERS) & set(second_factor.DEMANDED_WITH)


@pytest.mark.parametrize("who", ["registrar", "editor", "officer", "admin"])
@pytest.mark.parametrize(
    "path", ["/my/", "/admin/", "/search/", "/", "/account/password/change/", "/en/my/"]
)
def test_without_one_nothing_opens_but_setting_it_up(
    people: People, signed_in: SignIn, who: str, path: str
) -> None:
    client = signed_in(getattr(people, who))
    index = ("/en" if path.startswith("/en/") else "") + "/account/second-factor/"
    assert where(client, path) == index
    assert client.get(index).status_code == 200
    assert client.get(reverse("account_logout")).status_code == 200


def test_whoever_cannot_set_it_up_now_is_led_out_not_in_a_circle(
    people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.registrar).get(reverse("mfa_index")).content.decode()
    main = page.split("<main")[1].split("</main>")[0]
    assert 'href="/my/"' not in main
    assert 'href="/account/logout/"' in main


def test_a_student_and_an_owner_are_not_asked(people: People, signed_in: SignIn) -> None:
    assert [where(signed_in(user)) for user in (people.aylin, people.owner, people.teacher)] == [
        "200", "200", "200",
    ]  # fmt: skip


def test_setting_up_an_app_opens_the_site_and_gives_codes_to_print(
    people: People, settings: Any
) -> None:
    people.registrar.set_password(PASSWORD)
    people.registrar.save()
    client = first_step(people.registrar)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked["Location"], {"password": PASSWORD, "next": reverse("mfa_activate_totp")})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'class="letters"[^>]*>([A-Z2-7]+)<', page)
    assert secret
    assert 'src="data:image/svg+xml;base64,' in page
    assert " style=" not in page

    done = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret[1])})

    assert (done.status_code, done["Location"]) == (302, reverse("mfa_view_recovery_codes"))
    codes = client.get(done["Location"]).content.decode()
    assert len(re.findall(r'<code dir="ltr" translate="no">\d{8}</code>', codes)) == 10
    assert where(client) == "200"
    stored = [str(row.data) for row in Authenticator.objects.all()]
    assert not any(secret[1] in data for data in stored)


def test_wrong_code_sets_nothing_up(people: People) -> None:
    people.registrar.set_password(PASSWORD)
    people.registrar.save()
    client = first_step(people.registrar)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    response = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert response.status_code == 422
    assert not Authenticator.objects.exists()
    assert where(client) == reverse("mfa_index")


def test_the_password_alone_opens_nothing(people: People) -> None:
    client = first_step(with_app(people.registrar))
    assert where(client) == reverse("account_login")
    assert where(client, "/admin/") == reverse("account_login")
    response = second_step(client, code_now())
    assert (response.status_code, response["Location"]) == (302, reverse("desk:my_page"))
    assert where(client) == "200"


def test_a_first_sign_in_by_link_is_asked_too(people: People, bodies: Bodies) -> None:
    TOTP.activate(people.sara, SECRET)
    link = welcome(people.sara, by=people.registrar, at=None)
    client = Client()
    client.get(link)
    response = client.post(
        link, {"new_password1": "charm-1406-x", "new_password2": "charm-1406-x"}
    )  # fmt: skip
    assert response["Location"] == reverse("mfa_authenticate")
    assert where(client) == reverse("account_login")


def test_a_session_that_came_past_the_sign_in_is_asked_by_the_second_wall(
    people: People, signed_in: SignIn
) -> None:
    with_app(people.registrar)
    client = signed_in(people.registrar)
    assert where(client) == reverse("mfa_reauthenticate")
    for name in ("mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes"):
        assert where(client, reverse(name)) == reverse("mfa_reauthenticate")
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert Authenticator.objects.count() == 1
    response = client.post(reverse("mfa_reauthenticate"), {"code": code_now(), "next": "/my/"})
    assert (response.status_code, response["Location"]) == (302, "/my/")
    assert where(client) == "200"


def test_a_code_opens_one_session(people: People) -> None:
    with_app(people.registrar)
    code = code_now()
    assert second_step(first_step(people.registrar), code).status_code == 302
    # Another process of the site has seen nothing of the first.
    cache.clear()
    again = second_step(first_step(people.registrar), code)
    assert again.status_code == 422
    assert "یک بار به کار رفته" in again.content.decode()
    assert second_step(first_step(people.registrar), code_now(ahead=1)).status_code == 302


def test_persian_digits_and_spaces_are_read(people: People) -> None:
    with_app(people.registrar)
    code = code_now().translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert second_step(first_step(people.registrar), f"{code[:3]} {code[3:]}").status_code == 302


def test_codes_are_not_guessed(people: People) -> None:
    client = first_step(with_app(people.registrar))
    answers = [second_step(client, f"00000{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert int(answers[5]["Retry-After"]) > 0
    assert second_step(client, code_now()).status_code == 429


def test_refused_codes_use_nothing_up_of_the_day(people: People) -> None:
    client = first_step(with_app(people.registrar))
    for number in range(9):
        second_step(client, f"00000{number}")
    assert limits.check(SECOND_FACTOR_LONG, str(people.registrar.pk)).taken == 5


def test_a_recovery_code_opens_once(people: People) -> None:
    with_app(people.registrar)
    code = RecoveryCodes.activate(people.registrar).generate_codes()[0]
    client = first_step(people.registrar)
    assert second_step(client, code).status_code == 302
    # Whoever came in with a printed code reads how many are left, and where to set up another app.
    assert "۹ کد مانده است" in client.get("/my/").content.decode()
    assert second_step(first_step(people.registrar), code).status_code == 422


def test_secrets_lie_sealed_and_keys_may_change(people: People, settings: Any) -> None:
    settings.JAVAR_SECOND_FACTOR_KEYS = ["old"]
    with_app(people.registrar)
    RecoveryCodes.activate(people.registrar)
    stored = str([row.data for row in Authenticator.objects.all()])
    assert SECRET not in stored
    settings.JAVAR_SECOND_FACTOR_KEYS = ["new", "old"]
    assert second_step(first_step(people.registrar), code_now()).status_code == 302


def test_factor_sealed_with_a_lost_key_is_a_wrong_code_with_a_sentence(
    people: People, settings: Any
) -> None:
    """Before, every sign-in after a restore without the keys was a 500."""
    settings.JAVAR_SECOND_FACTOR_KEYS = ["lost"]
    with_app(people.registrar)
    recovery = RecoveryCodes.activate(people.registrar).generate_codes()[0]
    settings.JAVAR_SECOND_FACTOR_KEYS = ["new"]
    client = first_step(people.registrar)
    for code in (code_now(), recovery, "000000"):
        answer = second_step(client, code)
        assert answer.status_code == 422
        assert answer.context["form"].errors["code"] == [str(SealedOtherwise())]
    assert where(client) == "/account/login/"


def test_the_last_factor_stays_with_whom_it_is_demanded_of(people: People) -> None:
    for user in (people.registrar, people.aylin):
        client = first_step(with_app(user))
        second_step(client, code_now())
        client.post(reverse("mfa_reauthenticate"), {"code": code_now(ahead=1)})
        client.post(reverse("mfa_deactivate_totp"))
    assert [row.user for row in Authenticator.objects.all()] == [people.registrar]


def test_changing_factors_asks_again(people: People) -> None:
    client = first_step(with_app(people.aylin))
    second_step(client, code_now())
    for name in ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"):
        RecoveryCodes.activate(people.aylin)
        assert "reauthenticate" in where(client, reverse(name))


def test_a_new_role_asks_at_the_next_press(
    people: People, bodies: Bodies, signed_in: SignIn
) -> None:
    client = signed_in(people.stranger)
    assert where(client) == "200"
    grant_role(people.stranger, bodies.school, Role.REGISTRAR, by=people.admin, at=NOW)
    assert where(client) == reverse("mfa_index")


@pytest.mark.parametrize("way", ["mark", "group", "group, other side", "group's rights", "right"])
def test_power_given_past_our_actions_asks_at_the_next_press(
    people: People, bodies: Bodies, signed_in: SignIn, way: str
) -> None:
    user, readers = people.stranger, Group.objects.create(name="readers")
    access = Permission.objects.get(codename="access_admin")
    group = furnish_desk(bodies.school).group
    readers.user_set.add(user)
    client = signed_in(user)
    assert where(client) == "200"
    link = make_link(WAY_BACK, str(user.public_id), expires_at=timezone.now() + timedelta(hours=1))

    if way == "mark":
        user.is_superuser = True
        user.save()
    elif way == "group":
        user.groups.add(group)
    elif way == "group, other side":
        group.user_set.add(user)
    elif way == "group's rights":
        readers.permissions.add(access)
    else:
        user.user_permissions.add(access)

    assert where(client) == reverse("mfa_index")
    assert find_link(link, WAY_BACK, at=timezone.now()) is None


def test_session_that_does_not_know_what_it_owes_looks_now(
    people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.registrar)
    session = client.session
    del session[second_factor.OWES]
    session.save()
    assert where(client) == reverse("mfa_index")


@pytest.mark.django_db(transaction=True)
def test_every_change_is_in_the_trail(people: People) -> None:
    people.registrar.set_password(PASSWORD)
    people.registrar.save()
    client = first_step(people.registrar)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    client.post(reverse("mfa_generate_recovery_codes"))
    lines = audit.trail(people.registrar).filter(verb__endswith="second_factor")
    assert sorted((line.verb, line.facts["kind"]) for line in lines) == [
        ("add_second_factor", "recovery_codes"),
        ("add_second_factor", "totp"),
        ("renew_second_factor", "recovery_codes"),
    ]
