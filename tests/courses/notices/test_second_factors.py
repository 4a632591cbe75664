"""A lost second factor: two keepers together, never one, never the owner."""

import getpass
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command

from courses.kit import audit
from courses.notices.actions import reset_second_factor
from courses.notices.models import Notice
from courses.notices.refusals import NotTwoKeepers
from courses.people.actions import remember_device
from courses.people.models import Device, User
from tests.cast import NOW, People, SignIn, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def second_keeper(db: None) -> User:
    """Another one who keeps the site."""
    keeper = person("keeper")
    keeper.is_superuser = True
    keeper.set_password("kafsh-o-kif-1405")
    keeper.save()
    return keeper


@pytest.fixture
def locked_out(people: People, signed_in: SignIn) -> User:
    """The registrar with an app, codes, a session and a known browser."""
    TOTP.activate(people.registrar, generate_totp_secret())
    RecoveryCodes.activate(people.registrar)
    signed_in(people.registrar)
    remember_device(people.registrar, "0" * 64, at=NOW)
    return people.registrar


def test_two_keepers_take_it_away_and_the_owner_is_told(
    people: People, locked_out: User, second_keeper: User
) -> None:
    count = reset_second_factor(
        locked_out, asked_by=people.admin, by=second_keeper, reason="came in person", at=NOW
    )
    assert count == 2
    left = (Authenticator, UserSession, Device)
    assert [model.objects.filter(user=locked_out).exists() for model in left] == [False] * 3
    line = audit.trail(locked_out).get(verb="reset_second_factor")
    assert (line.by, line.reason, line.facts) == (
        second_keeper, "came in person",
        {"asked_by": people.admin.pk, "kinds": ["recovery_codes", "totp"]},
    )  # fmt: skip
    notices = Notice.objects.filter(recipient=locked_out)
    assert [notice.kind for notice in notices] == ["notices.second_factor_reset"]


@pytest.mark.parametrize("case", ["alone", "no keeper", "himself", "asleep"])
def test_one_keeper_is_not_two(
    people: People, locked_out: User, second_keeper: User, case: str
) -> None:
    asked_by, by = people.admin, second_keeper
    if case == "alone":
        by = people.admin
    elif case == "no keeper":
        by = people.officer
    elif case == "himself":
        User.objects.filter(pk=locked_out.pk).update(is_superuser=True)
        locked_out.refresh_from_db()
        by = locked_out
    else:
        by.is_active = False
    with pytest.raises(NotTwoKeepers):
        reset_second_factor(locked_out, asked_by=asked_by, by=by, reason="-", at=NOW)
    assert Authenticator.objects.filter(user=locked_out).count() == 2


def test_the_command_asks_both_for_their_passwords(
    people: People, locked_out: User, second_keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.admin.set_password("charm-1406-x")
    people.admin.save()
    typed = {"Password of admin: ": "charm-1406-x", "Password of keeper: ": "wrong"}
    monkeypatch.setattr(getpass, "getpass", lambda prompt: typed[prompt])
    command = ["reset_second_factor", "registrar", "admin", "keeper", "--reason", "in person"]
    with pytest.raises(CommandError, match="not the password of keeper"):
        call_command(*command)
    typed["Password of keeper: "] = "kafsh-o-kif-1405"
    said = StringIO()
    call_command(*command, stdout=said)
    assert said.getvalue().startswith("registrar: 2 taken away")
    with pytest.raises(CommandError, match="no account"):
        call_command("reset_second_factor", "nobody", "admin", "keeper", "--reason", "-")
    with pytest.raises(CommandError, match=str(NotTwoKeepers())):
        call_command("reset_second_factor", "registrar", "admin", "admin", "--reason", "-")
