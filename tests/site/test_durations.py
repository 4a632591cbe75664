"""What a sentence says of how long something lasts is what the code lets it last."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import polib
import pytest
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings as live
from django.contrib.auth.tokens import default_token_generator
from django.test import Client

from courses.imports.rules import UNDO_WITHIN
from courses.notices.actions import codes, way_back
from courses.notices.actions.welcome import LASTS as WELCOME_LASTS
from courses.notices.models import Message
from courses.people.models import User
from javar.upkeep import keepers
from tests.cast import People, prove

ROOT = Path(__file__).parents[2]
RESET = "/account/password/reset/"
# The words of a duration, and what it is true of.
SAID = {
    "good for ten minutes": (codes.LASTS, timedelta(minutes=10)),
    "good for one hour": (way_back.LASTS, timedelta(hours=1)),
    "opens once, for thirty days": (WELCOME_LASTS, timedelta(days=30)),
    "undone for one day": (UNDO_WITHIN, timedelta(days=1)),
    "approve it within a day": (way_back.ASKED_LASTS, timedelta(days=1)),
}
LASTS = re.compile(
    r"\b(?:for|within|after|lasts?) (?:an?|one|two|three|ten|thirty|\d+)"
    r" (?:minute|hour|day|month)s?\b"
)


@pytest.mark.parametrize("words", SAID)
def test_sentence_and_code_agree(words: str) -> None:
    lasts, said = SAID[words]
    assert lasts == said


def test_every_sentence_with_a_duration_stands_on_the_list() -> None:
    catalogue = polib.pofile(str(ROOT / "site/locale/fa/LC_MESSAGES/django.po"))
    timed = [entry.msgid for entry in catalogue if LASTS.search(entry.msgid)]
    assert [one for one in timed if not any(words in one for words in SAID)] == []
    assert [words for words in SAID if not any(words in one for one in timed)] == []


def test_what_the_keeper_s_link_is_said_to_last() -> None:
    assert timedelta(days=3) == keepers.LASTS
    assert "it lasts three days" in (ROOT / "deploy/install.sh").read_text()


def test_the_link_by_mail_lasts_as_long_as_a_registrar_s() -> None:
    assert timedelta(seconds=live.PASSWORD_RESET_TIMEOUT) == way_back.LASTS


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "said"), [(60, "۶۰ دقیقه"), (25, "۲۵ دقیقه")])
def test_mail_and_page_say_what_is_set(
    people: People, settings: Any, minutes: int, said: str
) -> None:
    settings.PASSWORD_RESET_TIMEOUT = minutes * 60
    prove(people.aylin, email="aylin@example.test")
    page = Client().post(RESET, {"login": "aylin@example.test"}, follow=True)
    assert said in page.content.decode()
    assert said in Message.objects.get().text


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "opens"), [(3500, True), (3601, False)])
def test_the_link_by_mail_is_over_after_an_hour(people: People, age: int, opens: bool) -> None:
    user = User.objects.get(pk=people.aylin.pk)
    generator = default_token_generator
    now = generator._num_seconds(generator._now())  # type: ignore[attr-defined]
    token = generator._make_token_with_timestamp(user, now - age, generator.secret)  # type: ignore[attr-defined]
    path = f"{RESET}key/{user_pk_to_url_str(user)}-{token}/"
    assert ('name="password1"' in Client().get(path, follow=True).content.decode()) is opens
