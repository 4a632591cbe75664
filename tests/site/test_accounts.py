"""Signing up and in: one way in for everybody, wrong input kept, nothing compulsory but a name."""

import pytest
from django.test import Client
from django.urls import reverse

from courses.people.models import User
from tests.cast import People, SignIn, prove

pytestmark = pytest.mark.django_db

SIGN_UP = {
    "first_name": "آیلين",  # typed with an Arabic ya
    "last_name": "نمونه",
    "birth_date": "۱۳۸۹/۷/۱",
    "sex": "girl",
    "mobile": "۰۹۱۴ ۰۰۰ ۱۱ ۲۲",
    "username": "Aylin-New",
    "password1": "kafsh-o-kif-1405",
    "password2": "kafsh-o-kif-1405",
}


def test_sign_up_makes_an_account_with_its_record() -> None:
    client = Client()
    response = client.post(reverse("account_signup"), SIGN_UP)
    assert (response.status_code, response.headers["Location"]) == (
        302, reverse("accounts:contact_check"),
    )  # fmt: skip
    user = User.objects.get(username="aylin-new")
    assert (user.first_name, user.mobile, user.email) == ("آیلین", "+989140001122", "")
    assert (user.proven_mobile, user.has_usable_password()) == (None, True)
    assert (user.record.birth_date.isoformat(), user.record.sex) == ("2010-09-23", "girl")
    assert client.get(reverse("desk:my_page")).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("birth_date", "سی و یک مهر"),
        ("mobile", "12"),
        ("username", ""),
        ("password2", "another-password-1405"),
        ("sex", "none"),
        ("first_name", ""),
    ],
)
def test_wrong_sign_up_is_422_and_keeps_what_was_typed(field: str, value: str) -> None:
    response = Client().post(reverse("account_signup"), SIGN_UP | {field: value})
    page = response.content.decode()
    assert response.status_code == 422
    target = "id_password2" if field == "password2" else f"id_{field}"
    assert f'href="#{target}"' in page or 'id="errors"' in page
    assert f'id="{target}"' in page
    assert "نمونه" in page
    assert not User.objects.exists()


def test_number_that_is_somebodys_may_be_typed_and_stays_unproven(people: People) -> None:
    prove(people.aylin, mobile="+989140001122")
    response = Client().post(reverse("account_signup"), SIGN_UP)
    assert response.status_code == 302
    assert User.objects.get(username="aylin-new").proven_mobile is None


LOGINS = ["aylin", "AYLIN", "0914 000 1122", "+989140001122", "۰۹۱۴۰۰۰۱۱۲۲", "aylin@example.test"]


@pytest.mark.parametrize("login", LOGINS)
def test_sign_in_by_name_mobile_or_email(people: People, login: str) -> None:
    people.aylin.set_password("kafsh-o-kif-1405")
    prove(people.aylin, mobile="+989140001122", email="aylin@example.test")
    response = Client().post(
        reverse("account_login"), {"login": login, "password": "kafsh-o-kif-1405"}
    )
    assert (response.status_code, response.headers["Location"]) == (302, reverse("desk:my_page"))


def test_wrong_sign_in_is_422_and_keeps_the_name(people: People) -> None:
    response = Client().post(reverse("account_login"), {"login": "aylin", "password": "wrong"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="aylin"' in page
    assert 'id="errors"' in page


def test_admin_is_entered_through_the_same_door(people: People, signed_in: SignIn) -> None:
    response = Client().get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert signed_in(people.aylin).get("/admin/").status_code in (302, 403)
    assert signed_in(people.editor).get("/admin/").status_code == 200


def test_sign_out_needs_a_button(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("desk:my_page")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert client.get(reverse("desk:my_page")).status_code == 302


def test_refused_form_says_so_in_persian() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("account_login"), {"login": "a", "password": "b"})
    assert response.status_code == 403
    assert "فرم کهنه" in response.content.decode()
