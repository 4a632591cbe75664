"""Known devices: a browser that has wholly signed in is known to the account, and opens nothing."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from courses.kit import audit
from courses.people.actions import forget_devices
from courses.people.models import Device, User
from javar.web import devices
from tests.cast import People

pytestmark = pytest.mark.django_db

PASSWORD = "kafsh-o-kif-1405"


def sign_in(client: Client, user: User, password: str = PASSWORD) -> int:
    """Sign in through the page."""
    user.set_password(PASSWORD)
    user.save()
    return client.post(
        reverse("account_login"), {"login": user.username, "password": password}
    ).status_code  # fmt: skip


def known(client: Client, user: User) -> bool:
    """Ask as a page would."""
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    return devices.is_known(request, user)


def test_a_sign_in_makes_the_browser_known(people: People) -> None:
    client = Client()
    assert sign_in(client, people.aylin) == 302
    cookie = client.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        True,
        "Lax",
        devices.REMEMBERED,
    )
    assert (known(client, people.aylin), known(client, people.sara)) == (True, False)
    device = Device.objects.get()
    assert device.user == people.aylin
    assert device.token_hash not in cookie.value


def test_a_failed_sign_in_makes_nothing_known(people: People) -> None:
    client = Client()
    assert sign_in(client, people.aylin, "wrong") == 422
    assert not Device.objects.exists()


def test_one_browser_serves_a_family(people: People) -> None:
    client = Client()
    sign_in(client, people.aylin)
    token = client.cookies["device"].value
    client.post(reverse("account_logout"))
    sign_in(client, people.sara)
    assert client.cookies["device"].value.split(":")[0] == token.split(":")[0]
    assert (known(client, people.aylin), known(client, people.sara)) == (True, True)
    assert Device.objects.values("token_hash").distinct().count() == 1


def test_a_forged_cookie_is_not_known(people: People) -> None:
    client = Client()
    sign_in(client, people.aylin)
    client.cookies["device"] = client.cookies["device"].value[:-2] + "xx"
    assert not known(client, people.aylin)


def test_forgotten_devices_are_strangers(people: People) -> None:
    client = Client()
    sign_in(client, people.aylin)
    assert forget_devices(people.aylin, by=people.aylin) == 1
    assert not known(client, people.aylin)
    assert audit.trail(people.aylin).last().facts == {"devices": 1}  # type: ignore[union-attr]
