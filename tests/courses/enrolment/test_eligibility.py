"""Who may apply: dated conditions, each with its reason, said before anybody applies."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions, rules
from courses.enrolment.models import Enrolment, Intake, Requirement
from courses.enrolment.refusals import NotEligible, RuleOfThePast
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.people.actions import Facts, record_facts
from courses.people.models import User
from tests.cast import NOW, TODAY, Bodies, People, SignIn, birth_date, make_intake, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def girl(people: People) -> User:
    """Leyla, sixteen, of grade 9, who studied sewing."""
    found = person("leyla", age=16)
    record_facts(
        found, Facts(birth_date(16), "girl", grade=9, prior_field="دوخت لباس"), by=None, at=NOW
    )
    return found


def asking(bodies: Bodies, version: ProgrammeVersion, **facts: Any) -> Intake:
    """Open an intake that asks one thing."""
    return make_intake(
        bodies.school, version, parts={"least_age": None, "requirements": [Requirement(**facts)]}
    )


def codes(intake: Intake, student: User, **more: Any) -> list[str]:
    return [one.code for one in rules.reasons_against(intake, student, at=NOW, **more)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"kind": "least_age", "number": 16}, []),
        ({"kind": "least_age", "number": 17}, ["too_young"]),
        ({"kind": "most_age", "number": 16}, []),
        ({"kind": "most_age", "number": 15}, ["too_old"]),
        ({"kind": "least_grade", "number": 9}, []),
        ({"kind": "least_grade", "number": 10}, ["grade"]),
        ({"kind": "prior_field", "text": "دوخت  لباس"}, []),
        ({"kind": "prior_field", "text": "دوخت لباس"}, []),
        ({"kind": "prior_field", "text": "سراجی"}, ["prior_field"]),
        ({"kind": "completed", "text": "safety-induction-young"}, ["not_completed"]),
    ],
    ids=str,
)
def test_each_requirement_has_its_reason(
    bodies: Bodies, version: ProgrammeVersion, girl: User, facts: Any, expected: list[str]
) -> None:
    assert codes(asking(bodies, version, **facts), girl) == expected


def test_age_is_counted_on_the_first_day_of_school(
    bodies: Bodies, version: ProgrammeVersion, girl: User
) -> None:
    intake = asking(bodies, version, kind="least_age", number=17)
    for days, expected in ((0, []), (1, ["too_young"])):
        born = birth_date(17, on=intake.starts_on) + timedelta(days=days)
        record_facts(girl, Facts(born, "girl"), by=None, at=NOW)
        assert codes(intake, User.objects.get(pk=girl.pk)) == expected


def test_who_has_completed_the_induction_may_apply(
    bodies: Bodies, version: ProgrammeVersion, girl: User, people: People
) -> None:
    induction = make_intake(bodies.school, version, code="induction")
    asks = make_intake(
        bodies.school, version, code="asks",
        parts={"requirements": [Requirement(kind="completed", text=version.syllabus.code)]},
    )  # fmt: skip
    assert codes(asks, girl) == ["not_completed"]
    place = actions.apply_to(induction, by=girl, at=NOW)
    assert codes(asks, girl) == ["not_completed"]
    actions.complete(place, by=None, at=NOW)
    assert codes(asks, girl) == []


@pytest.mark.parametrize(
    ("begins", "ends", "holds"),
    [
        (None, None, True),
        (0, None, True),
        (1, None, False),
        (None, 0, True),
        (None, -1, False),
        (-3, 3, True),
        (-3, -1, False),
    ],
)
def test_requirement_holds_on_its_days_only(
    bodies: Bodies, version: ProgrammeVersion, girl: User,
    begins: int | None, ends: int | None, *, holds: bool,
) -> None:  # fmt: skip
    def day(offset: int | None) -> Any:
        return None if offset is None else TODAY + timedelta(days=offset)

    intake = asking(
        bodies, version, kind="least_grade", number=12, valid_from=day(begins), valid_to=day(ends)
    )
    assert codes(intake, girl) == (["grade"] if holds else [])


def test_every_reason_is_given_at_once_and_in_words(
    bodies: Bodies, version: ProgrammeVersion, people: People
) -> None:
    intake = make_intake(
        bodies.school, version,
        parts={"least_age": 18, "requirements": [Requirement(kind="least_grade", number=10)]},
    )  # fmt: skip
    boy = person("reza", age=16, sex="boy")
    with translation.override("en"):
        assert [(one.code, one.sentence) for one in rules.reasons_against(intake, boy, at=NOW)] == [
            ("school_kind", "This intake is for girls."),
            ("too_young", "On the first day you must be at least 18 full years old."),
            ("grade", "You must have reached grade 10; the school writes your grade down."),
        ]
    with pytest.raises(NotEligible):
        actions.apply_to(intake, by=boy, at=NOW)
    assert not Enrolment.objects.exists()


def test_grown_ups_intake_and_missing_record(
    bodies: Bodies, version: ProgrammeVersion, girl: User, people: People
) -> None:
    intake = make_intake(bodies.school, version, learners="adult")
    assert codes(intake, girl) == ["too_young"]
    assert codes(intake, person("grown", age=18)) == []
    assert codes(intake, people.teacher) == ["no_record"]
    early, over = intake.opens_at - timedelta(1), intake.closes_at
    assert [
        [one.code for one in rules.reasons_against(intake, person(f"p{n}", age=20), at=at)]
        for n, at in enumerate((early, over))
    ] == [["not_open_yet"], ["closed"]]


def test_reasons_stand_on_the_page_before_anybody_applies(
    bodies: Bodies, version: ProgrammeVersion, girl: User, signed_in: SignIn
) -> None:
    intake = make_intake(
        bodies.school, version,
        parts={
            "least_age": 17,
            "requirements": [
                Requirement(kind="least_grade", number=10),
                Requirement(kind="prior_field", text="سراجی", valid_from=TODAY + timedelta(2)),
                Requirement(kind="most_age", number=19, valid_to=TODAY - timedelta(1)),
            ],
        },
    )  # fmt: skip
    path = f"/intakes/{intake.public_id}/"
    page = signed_in(girl).get(path).content.decode()
    assert re.findall(r'data-reason="(\w+)"', page) == ["too_young", "grade"]
    assert "/apply/" not in page
    assert ("سراجی" in page, "۴ آذر" in page, "۱۹" in page) == (True, True, False)
    anybody = signed_in(None).get(path).content.decode()
    assert ("۱۷" in anybody, "data-reason" in anybody) == (True, False)


def test_requirement_is_added_from_a_day_on_and_ended_never_rewritten(
    bodies: Bodies, version: ProgrammeVersion, girl: User, people: People
) -> None:
    intake = make_intake(bodies.school, version)
    first = actions.apply_to(intake, by=people.aylin, at=NOW)
    asked = Requirement(
        intake=intake, kind="least_grade", number=10, valid_from=TODAY, source="شورای هنرستان"
    )
    for who in (people.teacher, people.onlooker, people.officer, girl):
        with pytest.raises(NotAllowed):
            actions.add_requirement(asked, by=who, at=NOW)
    asked.valid_from = TODAY - timedelta(days=1)
    with pytest.raises(RuleOfThePast):
        actions.add_requirement(asked, by=people.registrar, at=NOW)
    asked.valid_from = TODAY
    actions.add_requirement(asked, by=people.registrar, at=NOW)
    assert codes(Intake.objects.get(), girl) == ["grade"]
    first.refresh_from_db()
    assert first.state == "admitted", "who has applied is not asked again"
    with pytest.raises(NotAllowed):
        actions.end_requirement(asked, TODAY, by=people.onlooker, at=NOW)
    with pytest.raises(RuleOfThePast):
        actions.end_requirement(asked, TODAY - timedelta(days=1), by=people.registrar, at=NOW)
    asked = actions.end_requirement(asked, TODAY, by=people.registrar, at=NOW)
    tomorrow = NOW + timedelta(days=1)
    assert (asked.valid_to, rules.reasons_against(Intake.objects.get(), girl, at=tomorrow)) == (
        TODAY, (),
    )  # fmt: skip
    with pytest.raises(RuleOfThePast):
        actions.end_requirement(asked, TODAY + timedelta(9), by=people.registrar, at=tomorrow)
    lines = audit.trail(intake).values_list("verb", "reason")
    assert list(lines)[1:] == [("add_requirement", "شورای هنرستان"), ("end_requirement", "")]


def test_requirements_are_kept_on_their_page(
    intake: Intake, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.registrar)
    path = f"/intakes/{intake.public_id}/requirements/"
    typed = {"kind": "least_grade", "number": "۹", "valid_from": "۱۴۰۵/۹/۳", "source": "شورا"}
    for wrong, field in (
        ({"number": ""}, "number"), ({"kind": "prior_field"}, "field"),
        ({"kind": "completed"}, "programme"), ({"kind": "weather"}, "kind"),
        ({"valid_from": "1405/9/1"}, "valid_from"), ({"source": ""}, "source"),
    ):  # fmt: skip
        refused = client.post(path, typed | wrong)
        assert (refused.status_code, f'href="#id_{field}"' in refused.content.decode()) == (
            422, True,
        )  # fmt: skip
    assert client.post(path, typed).headers["Location"] == path
    kept = intake.requirements.get(kind="least_grade")
    assert (kept.number, kept.text, kept.valid_from, kept.source) == (
        9, "", TODAY + timedelta(days=1), "شورا",
    )  # fmt: skip
    assert client.post(path, typed | {"kind": "completed", "programme": "pattern"}).status_code == (
        302
    )
    assert intake.requirements.get(kind="completed").text == "pattern"
    assert client.post(f"{path}{kept.pk}/end/").headers["Location"] == path
    kept.refresh_from_db()
    assert kept.valid_to == TODAY
    assert client.post(f"{path}99999/end/").status_code == 404
    assert client.get(path).status_code == 200


def test_requirement_says_what_it_asks(intake: Intake) -> None:
    for facts in ({"kind": "least_grade"}, {"kind": "completed"}, {"kind": "prior_field"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Requirement.objects.create(intake=intake, **facts)
