"""A one-time link for who lost password and number: who may give it, to whom, and how little it is.

Before there was none: a student without e-mail, password and number did not get back in.
"""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from courses.enrolment import actions
from courses.enrolment.models import Enrolment, Intake
from courses.kit import audit
from courses.kit.refusal import AlreadyDone, NotAllowed, Refusal
from courses.notices.actions import (
    approve_way_back,
    ask_way_back,
    come_back_with,
    prove_contact,
    remove_contact,
    send_code,
    set_password,
    way_back,
)
from courses.notices.models import Code, Link, Message, Notice, WayBack
from courses.notices.queries import PROVE, RESET, SIGN_IN, WAY_BACK, find_link
from courses.notices.refusals import (
    LinkOver,
    SecondKeeperNeeded,
    TooManyWaysBack,
    TwoKeepersNeeded,
)
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from tests import databases
from tests.cast import NOW, Bodies, People, SetClock, SignIn, person, prove
from tests.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WHY = "با کارت ملی آمد"
NEW = {"new_password1": "kafsh-o-kif-1405", "new_password2": "kafsh-o-kif-1405"}


@pytest.fixture
def place(people: People, intake: Intake) -> Enrolment:
    """Aylin's place: her one role is student of the school."""
    return actions.apply_to(intake, by=people.aylin, at=NOW)


@pytest.fixture
def second(people: People) -> User:
    """Another keeper."""
    keeper = person("second-keeper")
    keeper.is_superuser = keeper.is_staff = True
    keeper.save()
    return keeper


def given(place: Enrolment, by: User) -> str:
    return actions.let_back_in(place, reason=WHY, by=by, at=NOW)


def link_of(path: str) -> Link:
    found = find_link(path.split("/")[2], WAY_BACK, at=NOW)
    assert found is not None
    return found


# --- the registrar's ---------------------------------------------------------------------------
def test_student_gets_back_in_by_the_link_her_registrar_hands_over(
    place: Enrolment, people: People, signed_in: SignIn
) -> None:
    girl = people.aylin
    User.objects.filter(pk=girl.pk).update(
        mobile="+989141111111", mobile_proven_at=NOW, email="a@example.test", email_proven_at=NOW
    )
    elsewhere = signed_in(girl)
    path = f"/enrolments/{place.public_id}/way-back/"
    registrar = signed_in(people.registrar)
    assert registrar.get(path).status_code == 200
    assert registrar.post(path, {"reason": " "}).status_code == 422
    shown = registrar.post(path, {"reason": WHY})
    assert shown.status_code == 200
    assert "no-store" in shown.headers["Cache-Control"]
    found = re.search(r"/way-back/[\w-]{20}/", shown.content.decode())
    assert found
    link = link_of(found[0])
    assert (link.expires_at, link.subject) == (NOW + timedelta(hours=1), str(girl.public_id))
    row = WayBack.objects.get()
    assert (row.user, row.asked_by, row.reason, row.link) == (girl, people.registrar, WHY, link)
    line = audit.trail(girl).last()
    assert line is not None
    assert (line.verb, line.by, line.reason) == ("give_way_back", people.registrar, WHY)
    told = Message.objects.filter(kind="notices.way_back_made")
    assert {(one.channel, one.to) for one in told} == {
        ("sms", "+989141111111"), ("mail", "a@example.test"),
    }  # fmt: skip
    assert not any("way-back/" in one.text for one in told)
    assert Notice.objects.filter(recipient=girl, kind="notices.way_back_made").count() == 1

    phone = Client()
    assert girl.username in phone.get(found[0]).content.decode()
    assert phone.post(found[0], {"new_password1": "1", "new_password2": "2"}).status_code == 422
    answer = phone.post(found[0], NEW)
    assert answer.status_code == 302
    girl.refresh_from_db()
    assert girl.check_password(NEW["new_password1"])
    assert phone.session["_auth_user_id"] == str(girl.pk)
    assert elsewhere.get("/my/").status_code == 302, "every other session is over"
    assert girl.mobile_proven_at == NOW, "it is left as it was"
    assert Client().get(found[0]).status_code == 404, "once"
    assert Client().post(found[0], NEW).status_code == 404


def test_link_proves_no_number(place: Enrolment, people: People) -> None:
    User.objects.filter(pk=people.aylin.pk).update(mobile="+989141111111")
    come_back_with(link_of(given(place, people.registrar)), NEW["new_password1"], at=NOW)
    people.aylin.refresh_from_db()
    assert people.aylin.mobile_proven_at is None
    assert not Message.objects.filter(to="+989141111111").exists(), "a typed number hears nothing"


def test_link_ends_after_an_hour_and_with_the_next_one(
    place: Enrolment, people: People, clock: SetClock
) -> None:
    first, second_path = given(place, people.registrar), given(place, people.registrar)
    assert [Client().get(path).status_code for path in (first, second_path)] == [404, 200]
    clock(NOW + timedelta(hours=1))
    assert Client().get(second_path).status_code == 404


def test_of_two_who_use_a_link_at_once_one_is_refused(place: Enrolment, people: People) -> None:
    link = link_of(given(place, people.registrar))
    come_back_with(link, "first-password-1405", at=NOW)
    with pytest.raises(LinkOver):
        come_back_with(link, "second-password-1405", at=NOW)
    people.aylin.refresh_from_db()
    assert people.aylin.check_password("first-password-1405")


def test_role_granted_meanwhile_closes_the_link(
    place: Enrolment, people: People, bodies: Bodies
) -> None:
    path = given(place, people.registrar)
    grant_role(people.aylin, bodies.school, Role.TEACHER, by=None, at=NOW)
    assert Client().get(path).status_code == 404


def test_account_that_is_more_than_a_student_of_the_school_needs_two_keepers(
    place: Enrolment, people: People, bodies: Bodies, intake: Intake, signed_in: SignIn
) -> None:
    stranger = actions.apply_to(intake, by=people.stranger, at=NOW)
    with pytest.raises(TwoKeepersNeeded):
        given(stranger, people.registrar)
    page = signed_in(people.registrar).get(f"/enrolments/{stranger.public_id}/way-back/")
    assert (page.status_code, 'name="reason"' in page.content.decode()) == (200, False)
    answer = signed_in(people.registrar).post(
        f"/enrolments/{stranger.public_id}/way-back/", {"reason": WHY}
    )
    assert answer.status_code == 409
    for change in ("other role", "other school", "group", "keeper", "inactive"):
        with databases.undone():
            girl = people.aylin
            if change == "other role":
                grant_role(girl, bodies.firm, Role.MENTOR, by=None, at=NOW)
            elif change == "other school":
                grant_role(girl, bodies.other_school, Role.STUDENT, by=None, at=NOW)
            elif change == "group":
                girl.groups.add(Group.objects.get(name="Editors"))
            else:
                User.objects.filter(pk=girl.pk).update(
                    **({"is_superuser": True} if change == "keeper" else {"is_active": False})
                )
            fresh = Enrolment.objects.get(pk=place.pk)
            with pytest.raises(TwoKeepersNeeded):
                given(fresh, people.registrar)
    assert WayBack.objects.count() == 0


def test_only_the_schools_registrar_gives_it(
    place: Enrolment, people: People, signed_in: SignIn
) -> None:
    path = f"/enrolments/{place.public_id}/way-back/"
    answers = [
        signed_in(who).get(path).status_code
        for who in (None, people.stranger, people.onlooker, people.aylin, people.teacher)
    ]
    assert answers == [404, 404, 404, 403, 403]
    assert signed_in(people.registrar).delete(path).status_code == 405
    for who in (people.aylin, people.teacher, people.onlooker, people.admin):
        with pytest.raises(NotAllowed):
            given(place, who)


def test_so_many_a_day_and_then_keepers_and_school_are_told(
    place: Enrolment, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way_back, "MOST_A_DAY", 2)
    given(place, people.registrar)
    assert not Notice.objects.filter(kind="notices.ways_back_ceiling").exists()
    given(place, people.registrar)
    with pytest.raises(TooManyWaysBack):
        given(place, people.registrar)
    told = Notice.objects.filter(kind="notices.ways_back_ceiling")
    assert {one.recipient.username for one in told} == {"admin", "registrar"}
    actions.let_back_in(
        place, reason=WHY, by=people.registrar, at=NOW + timedelta(days=1, seconds=1)
    )


def test_second_factor_is_still_asked(place: Enrolment, people: People) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: PLC0415

    TOTP.activate(people.aylin, generate_totp_secret())
    path = given(place, people.registrar)
    phone = Client()
    answer = phone.post(path, NEW)
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in phone.session
    assert not Session.objects.filter(session_key=phone.session.session_key or "-").filter(
        session_data__contains="_auth_user_id"
    ).exists()  # fmt: skip


@pytest.mark.parametrize("token", ["x" * 20, "x", "ي" * 20, "%00" * 3])
def test_forged_link_says_what_an_old_one_says(token: str) -> None:
    assert Client().get(f"/way-back/{token}/").status_code == 404
    assert Client().post(f"/way-back/{token}/", NEW).status_code == 404


def test_link_handed_out_does_not_outlive_the_owners_own_reset(
    place: Enrolment, people: People
) -> None:
    path = given(place, people.registrar)
    set_password(people.aylin, "own-words-1405", by=people.aylin, way="code", at=NOW)
    assert Client().post(path, NEW).status_code == 404
    people.aylin.refresh_from_db()
    assert people.aylin.check_password("own-words-1405")


@pytest.mark.parametrize("how", ["proven", "removed"])
def test_link_handed_out_does_not_outlive_a_change_of_number(
    place: Enrolment, people: People, how: str
) -> None:
    girl = prove(people.aylin, mobile="+989141111111")
    path = given(place, people.registrar)
    code = send_code(PROVE, str(girl.pk), to="+989142222222", channel="sms", at=NOW)
    Code.objects.filter(pk=code.pk).update(used_at=NOW, tries=1)
    code.refresh_from_db()
    if how == "proven":
        prove_contact(girl, code, by=girl, at=NOW)
    else:
        remove_contact(girl, "sms", by=girl, at=NOW)
    assert Client().post(path, NEW).status_code == 404


def test_codes_asked_for_before_do_not_open_a_new_password(people: People) -> None:
    own, other = "+989141111111", "+989142222222"
    girl = prove(people.aylin, mobile=own)
    prove(people.sara, mobile=other)
    asked = [
        (SIGN_IN, own, own), (RESET, own, own), (RESET, "AYLIN", own), (SIGN_IN, other, other),
        (PROVE, str(girl.pk), "+989143333333"),
    ]  # fmt: skip
    codes = [
        send_code(purpose, subject, to=to, channel="sms", at=NOW) for purpose, subject, to in asked
    ]
    after = NOW + timedelta(minutes=1)
    set_password(girl, "own-words-1405", by=girl, way="change", at=after)
    fresh = [Code.objects.get(pk=code.pk) for code in codes]
    assert [code.expires_at > after for code in fresh] == [False] * 3 + [True] * 2


# --- two keepers' ------------------------------------------------------------------------------
def test_two_keepers_let_a_registrar_back_in(
    people: People, second: User, signed_in: SignIn
) -> None:
    first_keeper, second_keeper = signed_in(people.admin), signed_in(second)
    wrong = first_keeper.post("/my/ways-back/", {"username": "nobody-here", "reason": WHY})
    assert wrong.status_code == 422
    answer = first_keeper.post("/my/ways-back/", {"username": "registrar", "reason": WHY})
    assert answer.status_code == 302
    asked = WayBack.objects.get()
    assert (asked.user, asked.asked_by, asked.link) == (people.registrar, people.admin, None)
    told = Notice.objects.filter(kind="notices.way_back_asked")
    assert [one.recipient for one in told] == [second]
    path = f"/my/ways-back/{asked.public_id}/"
    assert first_keeper.post(path).status_code == 409
    assert path in second_keeper.get("/my/ways-back/").content.decode()
    shown = second_keeper.post(path).content.decode()
    found = re.search(r"/way-back/[\w-]{20}/", shown)
    assert found
    asked.refresh_from_db()
    assert (asked.approved_by, asked.approved_at) == (second, NOW)
    assert [(one.verb, one.by) for one in audit.trail(people.registrar)][-2:] == [
        ("ask_way_back", people.admin), ("approve_way_back", second),
    ]  # fmt: skip
    assert second_keeper.post(path).status_code == 409, "approved once, shown once"
    assert Client().post(found[0], NEW).status_code == 302


def test_no_keeper_does_it_alone_or_for_themselves(people: People, second: User) -> None:
    with pytest.raises(NotAllowed):
        ask_way_back(people.aylin, reason=WHY, by=people.registrar, at=NOW)
    with pytest.raises(SecondKeeperNeeded):
        ask_way_back(people.admin, reason=WHY, by=people.admin, at=NOW)
    about_second = ask_way_back(second, reason=WHY, by=people.admin, at=NOW)
    for who, refusal in (
        (people.admin, SecondKeeperNeeded), (second, SecondKeeperNeeded),
        (people.registrar, NotAllowed),
    ):  # fmt: skip
        with pytest.raises(refusal):
            approve_way_back(about_second, by=who, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        WayBack.objects.filter(pk=about_second.pk).update(
            approved_by=people.admin, approved_at=NOW, link=Link.objects.create(
                token_hash="-", purpose="-", subject="-", made_at=NOW,
                expires_at=NOW + timedelta(1),
            )
        )  # fmt: skip


def test_what_was_asked_lapses_and_so_does_who_asked(people: People, second: User) -> None:
    asked = ask_way_back(people.owner, reason=WHY, by=people.admin, at=NOW)
    with pytest.raises(AlreadyDone):
        approve_way_back(asked, by=second, at=NOW + timedelta(days=1))
    User.objects.filter(pk=people.admin.pk).update(is_superuser=False)
    fresh = WayBack.objects.get(pk=asked.pk)
    with pytest.raises(Refusal):
        approve_way_back(fresh, by=second, at=NOW)
    assert Link.objects.filter(purpose=WAY_BACK).count() == 0


def test_what_was_asked_is_withdrawn_when_the_owner_comes_in_by_a_reset(
    people: People, signed_in: SignIn, second: User
) -> None:
    """Before, whoever had fooled one keeper still had the other to fool after her new password."""
    asked = ask_way_back(people.owner, reason=WHY, by=people.admin, at=NOW)
    other = ask_way_back(people.mentor, reason=WHY, by=people.admin, at=NOW)

    set_password(people.owner, "own-words-1405", by=people.owner, way="code", at=NOW)

    with pytest.raises(AlreadyDone):
        approve_way_back(asked, by=second, at=NOW)
    asked.refresh_from_db()
    assert (asked.withdrawn_at, asked.link) == (NOW, None)
    verbs = [line.verb for line in audit.trail(people.owner)]
    assert verbs.count("withdraw_way_back") == 1
    page = signed_in(second).get("/my/ways-back/").content.decode()
    assert f"/my/ways-back/{asked.public_id}/" not in page
    assert page.count("صاحب حساب خودش وارد شد") == 1
    assert approve_way_back(other, by=second, at=NOW).startswith("/way-back/")


def test_keepers_page_is_the_keepers(people: People, signed_in: SignIn, second: User) -> None:
    asked = ask_way_back(people.owner, reason=WHY, by=people.admin, at=NOW)
    for who in (None, people.stranger, people.registrar, people.officer):
        client = signed_in(who)
        assert client.get("/my/ways-back/").status_code == 404
        assert client.post(f"/my/ways-back/{asked.public_id}/").status_code == 404
    assert signed_in(second).get(f"/my/ways-back/{asked.public_id}/").status_code == 405


def test_second_keeper_reads_what_the_account_opens_and_what_became_of_it(
    people: People, second: User, signed_in: SignIn
) -> None:
    asked = ask_way_back(people.registrar, reason=WHY, by=people.admin, at=NOW)
    client = signed_in(second)

    todo = client.get("/my/").content.decode()
    listed = client.get("/my/ways-back/").content.decode()
    given = client.post(f"/my/ways-back/{asked.public_id}/").content.decode()
    after = client.get("/my/ways-back/").content.decode()

    assert said("Somebody waits to be let back in") in todo
    assert said("registrar") in listed
    # Nothing of hers is proven: nothing could be told, and the page does not say it was.
    assert said("The account's confirmed number and address have been told that a link was made.") \
        not in given  # fmt: skip
    assert 'href="/my/ways-back/"' in given
    assert "پیوند ساخته شده است" in after
    assert said("Somebody waits to be let back in") not in client.get("/my/").content.decode()
    own = signed_in(people.admin).get("/my/").content.decode()
    assert said("Choose a programme") not in own
    assert "/my/places/" not in own
