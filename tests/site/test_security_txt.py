"""Where somebody who found a weakness writes to."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from javar.web.security_txt import _text

PATH = "/.well-known/security.txt"


@pytest.fixture
def contact(settings: Any) -> None:
    settings.JAVAR_SECURITY_CONTACT = "mailto:security@javar.example"
    settings.WAGTAILADMIN_BASE_URL = "https://javar.example/"


@pytest.mark.usefixtures("contact")
def test_security_txt_names_the_contact_and_the_day_it_ends() -> None:
    text = _text("mailto:security@javar.example", now=datetime(2026, 3, 1, 13, 5, tzinfo=UTC))

    assert text == (
        "Contact: mailto:security@javar.example\n"
        "Expires: 2026-08-28T00:00:00Z\n"
        "Preferred-Languages: fa, en\n"
        "Canonical: https://javar.example/.well-known/security.txt\n"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("contact")
def test_security_txt_is_plain_text_without_a_session() -> None:
    answer = Client().get(PATH)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().startswith("Contact: mailto:security@javar.example\n")
    assert answer.cookies == {}
    assert Client().post(PATH).status_code == 405


@pytest.mark.django_db
def test_security_txt_of_nobody_is_no_file(settings: Any) -> None:
    settings.JAVAR_SECURITY_CONTACT = ""

    assert Client().get(PATH).status_code == 404
