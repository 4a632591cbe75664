"""A lost telephone: what the page of the app says, and how the app moves to another one."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.urls import reverse

from courses.kit import audit
from tests.cast import People
from tests.pages import said
from tests.site.test_second_factor import (
    PASSWORD,
    code_now,
    first_step,
    second_step,
    with_app,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def factors_on(settings: Any) -> None:
    """As outside the demo."""
    settings.JAVAR_MFA = True


def test_last_app_that_stays_is_told_in_our_words_alone(people: People) -> None:
    client = first_step(with_app(people.registrar))
    second_step(client, code_now())
    client.post(reverse("mfa_reauthenticate"), {"code": code_now(ahead=1)})

    answer = client.post(reverse("mfa_deactivate_totp"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert said("Your role needs a second step: add a passkey first, then the app can go.") in page
    assert 'id="errors"' not in page


def test_app_of_a_lost_telephone_moves_to_another_in_one_step(
    people: People, django_capture_on_commit_callbacks: Any
) -> None:
    """Before, who came in with a printed code could neither remove the app nor set up another."""
    registrar = with_app(people.registrar)
    printed = RecoveryCodes.activate(registrar).generate_codes()
    client = first_step(registrar)
    second_step(client, printed[0])
    path = reverse("mfa_replace_totp")

    asked = client.get(path)
    client.post(asked["Location"], {"password": PASSWORD, "next": path})
    page = client.get(path).content.decode()
    secret = re.search(r'class="letters"[^>]*>\s*([A-Z2-7]+)', page)
    assert secret
    wrong = client.post(path, {"code": "000000"})
    kept = Authenticator.objects.get(user=registrar, type="totp").pk
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(path, {"code": code_now(secret[1])})

    assert wrong.status_code == 422
    assert done.status_code == 302
    assert Authenticator.objects.get(user=registrar, type="totp").pk != kept
    assert second_step(first_step(registrar), code_now(ahead=1)).status_code == 422
    assert second_step(first_step(registrar), code_now(secret[1], ahead=1)).status_code == 302
    # The printed codes go on; the trail tells both halves.
    assert second_step(first_step(registrar), printed[1]).status_code == 302
    kinds = [(one.verb, one.facts["kind"]) for one in audit.trail(registrar)
             if one.verb.endswith("_second_factor")]  # fmt: skip
    assert kinds[-2:] == [("remove_second_factor", "totp"), ("add_second_factor", "totp")]


def test_app_is_moved_only_where_there_is_one(people: People) -> None:
    client = first_step(people.aylin)
    assert client.get(reverse("mfa_replace_totp"))["Location"].startswith("/account/")
    assert not Authenticator.objects.exists()
