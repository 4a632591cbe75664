"""What a guardian gets and what a school sees of a number: for the tests of consents."""

import re

from django.test import Client

from courses.enrolment import actions, queries
from courses.enrolment.consent_texts import CURRENT
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import State
from courses.kit.persian import to_ascii_digits
from courses.notices.models import Message
from courses.people.models import Guardian, User
from tests.cast import NOW, person
from tests.courses.enrolment.guardians import FATHER, asked

AGREE = {"answer": "agree", "version": CURRENT}

BACK = {"answer": "take_back"}


def link_to(number: str) -> str:
    """Return the path of the newest consent link that went to a number."""
    for message in Message.objects.filter(to=number).order_by("-pk"):
        found = re.search(r"/consent/[\w-]+/", message.text)
        if found:
            return found[0]
    raise AssertionError("no link went there")


def code_to(number: str) -> str:
    message = Message.objects.filter(to=number, kind="enrolment.consent_code").latest("pk")
    found = re.search(r"\d{6}", to_ascii_digits(message.text))
    assert found
    return found[0]


def classmate(mobile: str, *, proven: bool = False, name: str = "classmate") -> User:
    """Another pupil whose own mobile this is."""
    user = person(name, age=16)
    user.mobile, user.mobile_proven_at = mobile, NOW if proven else None
    user.save()
    return user


def marks(guardian: Guardian) -> list[str]:
    return [mark.kind for mark in queries.unseen_marks(guardian)]


def looked(place: Enrolment, guardian: Guardian, verdict: str, by: User) -> Guardian:
    return actions.look_at_number(
        place, guardian, verdict, reason="I have phoned", by=by, at=NOW
    )  # fmt: skip


def agreed(girl: User, intake: Intake) -> tuple[Enrolment, Guardian, str]:
    place, [guardian] = asked(girl, intake, FATHER)
    path = link_to(FATHER)
    Client().post(path, AGREE)
    place.refresh_from_db()
    assert place.state == State.ADMITTED
    return place, guardian, path
