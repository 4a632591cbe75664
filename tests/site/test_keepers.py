"""The first account of an installation: no password anybody knows, a link that opens once."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from courses.kit.models import AuditEntry
from courses.notices.models import Link, Message
from courses.notices.refusals import AlreadyIn
from courses.people.models import User
from javar.upkeep.keepers import NameIsAnothers, appoint_keeper
from tests.cast import NOW, People
from tests.pages import said

pytestmark = pytest.mark.django_db


def test_keeper_has_no_password_until_the_link_is_used() -> None:
    path = appoint_keeper("Parvin", email="p@javar.example", by=None, at=NOW)

    keeper = User.objects.get(username="parvin")
    assert (keeper.is_superuser, keeper.is_staff, keeper.has_usable_password()) == (
        True, True, False,
    )  # fmt: skip
    assert path.startswith("/start/")
    link = Link.objects.get(subject=str(keeper.public_id))
    assert (link.expires_at, link.closed_at) == (NOW + timedelta(days=3), None)
    verbs = AuditEntry.objects.filter(object_id=str(keeper.pk)).order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [
        "register_person", "change_account", "appoint_keeper", "welcome",
    ]  # fmt: skip


def test_keeper_begins_with_the_link_once() -> None:
    said = StringIO()
    call_command("keeper", "parvin", stdout=said)
    base = settings.WAGTAILADMIN_BASE_URL
    path = said.getvalue().strip().removeprefix(base)
    words = {"new_password1": "chamedan-e-charmi-7", "new_password2": "chamedan-e-charmi-7"}

    first = Client().post(path, words)
    second = Client().post(path, words)

    assert first.status_code == 302
    assert second.status_code == 404
    assert User.objects.get(username="parvin").check_password("chamedan-e-charmi-7")


def test_second_call_closes_the_first_link() -> None:
    appoint_keeper("parvin", by=None, at=NOW)
    appoint_keeper("parvin", by=None, at=NOW + timedelta(hours=1))

    ends = list(Link.objects.order_by("pk").values_list("closed_at", flat=True))
    assert ends == [NOW + timedelta(hours=1), None]
    assert User.objects.filter(username="parvin").count() == 1


def test_keeper_who_has_begun_gets_no_second_way_in() -> None:
    appoint_keeper("parvin", by=None, at=NOW)
    keeper = User.objects.get(username="parvin")
    keeper.set_password("chamedan-e-charmi-7")
    keeper.save()
    said = StringIO()

    with pytest.raises(AlreadyIn):
        appoint_keeper("parvin", by=None, at=NOW)
    call_command("keeper", "parvin", stdout=said)

    assert said.getvalue() == "parvin keeps the site already and has begun.\n"


def test_no_existing_account_is_raised_by_its_name(people: People) -> None:
    with pytest.raises(NameIsAnothers):
        appoint_keeper("stranger", by=None, at=NOW)
    with pytest.raises(CommandError):
        call_command("keeper", "stranger", stdout=StringIO())

    people.stranger.refresh_from_db()
    assert people.stranger.is_superuser is False


@pytest.mark.parametrize("typed", ["09123456789", "۰۹۱۲ ۳۴۵ ۶۷۸۹", "+98 912 345 6789"])
def test_number_and_address_are_kept_as_they_are_compared(typed: str) -> None:
    call_command("keeper", "parvin", mobile=typed, email="P@Javar.Example", stdout=StringIO())

    keeper = User.objects.get(username="parvin")
    assert (keeper.mobile, keeper.email) == ("+989123456789", "p@javar.example")
    assert [one.to for one in Message.objects.all()] == ["+989123456789"]


def test_number_that_is_none_makes_no_keeper() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("keeper", "parvin", mobile="0912-12", stdout=StringIO())

    assert str(refused.value) == said("Write a mobile number, for example 0914 000 0000.")
    assert User.objects.filter(username="parvin").exists() is False
