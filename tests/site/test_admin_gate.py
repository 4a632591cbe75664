"""Who comes through the gate of the admin, and where everybody else is sent."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import People, SignIn
from tests.pages import said, sent_to_sign_in

pytestmark = pytest.mark.django_db

BELOW = ("/admin/", "/admin/pages/", "/admin/users/", "/admin/api/main/pages/", "/admin/no/such/")


@pytest.mark.parametrize("path", BELOW)
@pytest.mark.parametrize(
    "who", ["teacher", "registrar", "aylin", "owner", "mentor", "officer", "stranger"]
)
def test_others_are_told_where_their_own_page_is(
    people: People, signed_in: SignIn, path: str, who: str
) -> None:
    answer = signed_in(getattr(people, who)).get(path)

    assert answer.status_code == 403
    text = answer.content.decode()
    assert f'class="btn" href="{reverse("desk:my_page")}"' in text
    assert said("Only those who write programmes and keep the site work here.") in text


@pytest.mark.parametrize("path", BELOW)
def test_signed_out_are_led_to_the_sign_in_and_back(client: Client, path: str) -> None:
    assert sent_to_sign_in(client.get(path), path)


def test_sign_in_towards_the_admin_ends_somewhere(people: People, signed_in: SignIn) -> None:
    """A teacher who signs in on the way to the admin is refused once, not sent in a circle."""
    answer = signed_in(people.teacher).get("/account/login/?next=/admin/", follow=True)
    assert (answer.status_code, len(answer.redirect_chain)) == (403, 1)


def test_script_of_a_signed_out_tab_is_refused_in_place(client: Client) -> None:
    answer = client.get("/admin/api/main/pages/", headers={"x-requested-with": "XMLHttpRequest"})
    assert answer.status_code == 403


def test_writers_and_keepers_come_in(people: People, signed_in: SignIn) -> None:
    answers = [signed_in(who).get("/admin/").status_code for who in (people.editor, people.admin)]
    assert answers == [200, 200]


@pytest.mark.parametrize(
    "path",
    [
        "/admin/reports/site-history/", "/admin/users/", "/admin/groups/", "/admin/collections/",
        "/admin/workflows/list/", "/admin/api/main/images/", "/admin/locales/", "/admin/sites/",
        "/admin/embeds/chooser/", "/admin/images/1/generate_url/",
    ],
)  # fmt: skip
def test_what_is_the_keepers_is_not_there_for_writers(
    people: People, signed_in: SignIn, path: str
) -> None:
    assert signed_in(people.editor).get(path).status_code == 404


def test_number_that_no_key_can_have_is_not_found(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.admin)
    for path in ("pages/{}/edit/", "images/{}/", "documents/edit/{}/", "users/edit/{}/"):
        assert client.get(f"/admin/{path.format('9' * 30)}").status_code == 404


def test_who_may_enter_but_write_nothing_sees_nothing(people: People, signed_in: SignIn) -> None:
    from django.contrib.auth.models import Permission  # noqa: PLC0415

    people.stranger.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = signed_in(people.stranger)
    answers = [client.get(f"/admin/{path}").status_code for path in ("", "choose-page/", "images/")]
    assert answers == [200, 404, 302]
