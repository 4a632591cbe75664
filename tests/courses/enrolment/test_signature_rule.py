"""Whose signature binds a minor: a dated rule that warns, never code."""

from datetime import timedelta
from typing import Any

import pytest

from courses.enrolment import actions
from courses.enrolment.models import Intake
from courses.enrolment.states import State
from courses.law.models import Rule
from courses.law.queries import rules_on, signature_rule_on
from courses.law.rules import doubts_signature
from courses.people.models import User
from tests.cast import NOW, TODAY, People, SignIn
from tests.courses.enrolment.guardians import FATHER, MOTHER, asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_whose_signature_binds_is_a_dated_rule_that_warns_and_refuses_nothing(
    girl: User, intake: Intake, people: People, signed_in: SignIn, statute: None
) -> None:
    place, [_father, mother] = asked(girl, intake, FATHER, MOTHER)
    page = signed_in(people.registrar).get(f"/enrolments/{place.public_id}/").content.decode()
    rule = signature_rule_on(TODAY)
    assert rule is not None
    assert page.count(rule.sentence_fa) == 1
    assert "حقوق‌دان" in page
    actions.give_consent(place, mother, channel="sms", by=None, at=NOW)
    place.refresh_from_db()
    assert place.state == State.ADMITTED


def test_signature_rule_ends_and_another_begins() -> None:
    values: dict[str, Any] = {
        "code": "R5", "article_fa": "-", "article_en": "-", "sentence_fa": "-", "sentence_en": "-",
        "source_fa": "-", "source_en": "-",
    }  # fmt: skip
    Rule.objects.create(
        valid_from=TODAY - timedelta(9), valid_until=TODAY, parameters={"binds": ["father"]},
        **values,
    )  # fmt: skip
    Rule.objects.create(
        valid_from=TODAY + timedelta(1), parameters={"binds": ["father", "mother"]}, **values
    )
    said = [
        doubts_signature("mother", signature_rule_on(TODAY + timedelta(days)))
        for days in (-10, 0, 1)
    ]
    assert said == [False, True, False]
    assert rules_on(TODAY).count() == 0, "it is no rule of work"
