"""Roles from the command line: how a new installation begins."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from courses.organisations.models import Membership, Role
from courses.organisations.rights import Holds
from tests.cast import Bodies, People

pytestmark = pytest.mark.django_db


def test_role_is_granted_once_and_ended(people: People, bodies: Bodies) -> None:
    said = StringIO()
    for _time in range(2):
        call_command("role", "stranger", "firm", "mentor", stdout=said)
    assert Membership.objects.filter(user=people.stranger).count() == 1
    assert Holds(Role.MENTOR).test(people.stranger, bodies.firm)
    call_command("role", "stranger", "firm", "mentor", end=True, stdout=said)
    assert not Holds(Role.MENTOR).test(people.stranger, bodies.firm)
    assert said.getvalue().splitlines() == [
        "stranger is mentor of firm",
        "stranger is mentor of firm",
        "stranger is no longer mentor of firm",
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("nobody", "firm", "mentor"), "there is no account “nobody”"),
        (("stranger", "nowhere", "mentor"), "there is no organisation “nowhere”"),
        (("stranger", "firm", "registrar"), "چنین نقشی ندارد"),
    ],
)
def test_what_does_not_fit_is_refused(
    people: People, words: tuple[str, str, str], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("role", *words, stdout=StringIO())
    assert not Membership.objects.filter(user=people.stranger).exists()


def test_role_that_is_not_held_cannot_be_ended(people: People) -> None:
    with pytest.raises(CommandError, match="is not mentor of firm"):
        call_command("role", "stranger", "firm", "mentor", end=True, stdout=StringIO())
