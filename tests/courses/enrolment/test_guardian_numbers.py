"""Guardians' numbers: who typed one, which are looked at, and what waits for the look.

Before, any number was taken silently: the first tests fail on that code, for a classmate could
consent for a classmate.
"""

from datetime import timedelta

import pytest
from django.test import Client

from courses.enrolment import actions, queries
from courses.enrolment.models import Intake
from courses.enrolment.refusals import NotYourGuardian
from courses.enrolment.states import State
from courses.enrolment.tasks import sweep_now
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.notices.models import Notice
from courses.people.actions import GuardianStruckOut, name_guardian, record_consent
from courses.people.models import Consent, Guardian, User
from courses.people.queries import consents_standing
from tests.cast import NOW, People, SignIn, person
from tests.codes import on_page
from tests.courses.enrolment.consent_links import AGREE, classmate, link_to, looked, marks
from tests.courses.enrolment.guardians import FATHER, MOTHER, asked
from tests.courses.enrolment.spreadsheets import HEADERS, line, received, table, taken_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- who typed it --------------------------------------------------------------------------------
def test_who_typed_a_number_is_kept_and_shown_to_the_registrar_alone(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    place, [father] = asked(girl, intake, FATHER)
    mother = actions.name_and_ask(
        place, full_name="مادر", relation="mother", mobile=MOTHER, by=people.registrar, at=NOW
    )
    assert [(one.origin, one.named_by, one.named_at) for one in (father, mother)] == [
        ("student", girl, NOW), ("school", people.registrar, NOW),
    ]  # fmt: skip
    page = signed_in(people.registrar).get(f"/enrolments/{place.public_id}/").content.decode()
    assert "این شماره را هنرجو نوشته است" in page
    assert "این شماره را هنرستان نوشته است" in page
    assert on_page(FATHER) in page
    own = signed_in(girl).get(f"/enrolments/{place.public_id}/").content.decode()
    assert ("این شماره را" in own, on_page(FATHER) in own) == (False, False)


def test_number_of_a_file_says_so_and_an_old_row_says_that_nobody_knows(
    roomy: Intake, people: People, girl: User
) -> None:
    headers = (*HEADERS, "نام ولی", "نسبت", "همراه ولی")
    found = table((*line(1), "علی", "پدر", "09142222222"), headers=headers)
    taken_in(received(roomy, found, people.registrar), people.registrar)
    from_file = Guardian.objects.get(mobile="+989142222222")
    assert (from_file.origin, from_file.named_by) == ("file", people.registrar)
    # As the code of before wrote it, and as the migration leaves it.
    old = Guardian.objects.create(student=girl, full_name="-", relation="father", mobile=FATHER)
    old.refresh_from_db()
    assert (old.origin, old.named_by, old.named_at) == ("unknown", None, None)


# --- which numbers give reason to look -----------------------------------------------------------
@pytest.mark.parametrize("proven", [False, True])
def test_consent_through_a_classmates_number_waits_until_the_school_has_looked(
    girl: User, intake: Intake, people: People, signed_in: SignIn, proven: bool
) -> None:
    pupil = classmate(FATHER, proven=proven)
    place, [guardian] = asked(girl, intake, FATHER)
    phone = Client()

    phone.post(link_to(FATHER), AGREE)

    place.refresh_from_db()
    given = Consent.objects.get(guardian=guardian)
    assert (place.state, given.waits, marks(guardian)) == (State.HELD, True, ["pupil"])
    assert consents_standing(girl, given.scope) == 0
    # Not by the sweep either, and not by pressing again.
    phone.post(link_to(FATHER), AGREE)
    sweep_now(NOW + timedelta(minutes=1))
    place.refresh_from_db()
    assert place.state == State.HELD
    told = set(Notice.objects.values_list("recipient__username", "kind"))
    assert {
        ("registrar", "enrolment.consent_waits_here"), ("leyla", "enrolment.consent_waits"),
    } <= told  # fmt: skip
    own = signed_in(girl).get(f"/enrolments/{place.public_id}/").content.decode()
    assert 'id="number"' in own
    assert "lassmate" not in own, "nobody else is named"
    assert "نگاه" in phone.get(link_to(FATHER)).content.decode()

    client = signed_in(people.registrar)
    path = f"/enrolments/{place.public_id}/guardians/{guardian.pk}/"
    assert client.post(path, {"verdict": "guardian"}).status_code == 422, "a look has a reason"
    assert client.post(path, {"reason": "x"}).status_code == 422, "nothing is chosen beforehand"
    answer = client.post(path, {"verdict": "guardian", "reason": "تلفن زدم"})
    assert answer.status_code == 302
    place.refresh_from_db()
    guardian.refresh_from_db()
    assert (place.state, Consent.objects.get(guardian=guardian).waits) == (State.ADMITTED, False)
    assert (guardian.looked_by, guardian.looked_at, guardian.looked_reason) == (
        people.registrar, NOW, "تلفن زدم",
    )  # fmt: skip
    line_ = [one for one in audit.trail(girl) if one.verb == "look_at_guardian"]
    assert [(one.by, one.reason, one.facts) for one in line_] == [
        (people.registrar, "تلفن زدم", {
            "guardian": guardian.pk, "verdict": "guardian", "marks": [f"pupil:{pupil.pk}"],
        })
    ]  # fmt: skip


def test_own_number_named_first_and_made_the_students_own_afterwards_is_looked_at(
    girl: User, intake: Intake
) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    User.objects.filter(pk=girl.pk).update(mobile=FATHER)
    Client().post(link_to(FATHER), AGREE)
    place.refresh_from_db()
    assert (place.state, marks(guardian)) == (State.HELD, ["pupil"])


@pytest.mark.parametrize(
    ("family", "relation", "name", "is_marked"),
    [
        ("Sample", "father", "ولی  ليلا", False),  # one father of two sisters
        ("Sample", "mother", "مادر", False),  # father and mother with one telephone
        ("Sample", "father", "پدر دیگری", True),  # two fathers with one telephone
        ("Others", "father", "ولی لیلا", True),  # one name, two families
        ("Others", "mother", "مادر", True),
    ],
)
def test_number_by_an_unrelated_student_is_looked_at(
    girl: User, intake: Intake, family: str, relation: str, name: str, is_marked: bool
) -> None:
    other = person("other", age=16, consented=False)
    User.objects.filter(pk=other.pk).update(last_name=family)
    name_guardian(other, full_name=name, relation=relation, mobile=FATHER, by=other, at=NOW)
    place, [guardian] = asked(girl, intake, FATHER)
    Client().post(link_to(FATHER), AGREE)
    place.refresh_from_db()
    assert (marks(guardian), place.state) == (
        (["shared"], State.HELD) if is_marked else ([], State.ADMITTED)
    )


def test_look_covers_what_it_saw_and_a_new_reason_asks_again(
    girl: User, intake: Intake, people: People
) -> None:
    classmate(FATHER)
    place, [guardian] = asked(girl, intake, FATHER)
    looked(place, guardian, "guardian", people.registrar)
    assert marks(guardian) == []
    classmate(FATHER, name="second")
    assert marks(guardian) == ["pupil"]
    Client().post(link_to(FATHER), AGREE)
    place.refresh_from_db()
    assert place.state == State.HELD


def test_nobody_can_hold_up_a_consent_that_counts_by_typing_its_number(
    girl: User, intake: Intake
) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    Client().post(link_to(FATHER), AGREE)
    classmate(FATHER)
    sweep_now(NOW + timedelta(minutes=1))
    place.refresh_from_db()
    assert (place.state, Consent.objects.get(guardian=guardian).waits) == (State.ADMITTED, False)


def test_consent_seen_by_the_registrar_counts_whatever_the_number_is(
    girl: User, intake: Intake, people: People
) -> None:
    classmate(FATHER)
    place, [guardian] = asked(girl, intake, FATHER)
    Client().post(link_to(FATHER), AGREE)
    actions.record_seen_consent(
        place, guardian, channel="in_person", scan=None, by=people.registrar, at=NOW
    )
    place.refresh_from_db()
    given = Consent.objects.get(guardian=guardian)
    assert (place.state, given.waits, given.channel, given.recorded_by) == (
        State.ADMITTED, False, "in_person", people.registrar,
    )  # fmt: skip


def test_number_struck_out_ends_its_consent_its_link_and_the_places_that_rested_on_it(
    girl: User, intake: Intake, people: People
) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    path = link_to(FATHER)
    Client().post(path, AGREE)
    looked(place, guardian, "struck", people.registrar)
    place.refresh_from_db()
    given = Consent.objects.get(guardian=guardian)
    assert (place.state, given.revoked_at) == (State.HELD, NOW)
    assert Client().get(path).status_code == 404
    with pytest.raises(NotYourGuardian):
        actions.give_consent(place, guardian, channel="sms", by=None, at=NOW)
    with pytest.raises(GuardianStruckOut):
        name_guardian(girl, full_name="-", relation="father", mobile=FATHER, by=girl, at=NOW)
    # The seat of the two is free again for the right one.
    for mobile in (MOTHER, "+989140000003"):
        name_guardian(girl, full_name="-", relation="mother", mobile=mobile, by=girl, at=NOW)
    assert [one.mobile for one, _consent in queries.guardians_with_consent(place)] == [
        MOTHER, "+989140000003",
    ]  # fmt: skip


def test_seat_does_not_lapse_over_the_schools_own_question(girl: User, intake: Intake) -> None:
    classmate(FATHER)
    place, _guardians = asked(girl, intake, FATHER)
    late = NOW + timedelta(days=intake.hold_days) - timedelta(hours=1)
    guardian = Guardian.objects.get(mobile=FATHER)
    actions.give_consent(place, guardian, channel="sms", by=None, at=late)
    place.refresh_from_db()
    assert place.due_at == late + timedelta(days=intake.hold_days)
    # Once: the same consent again keeps nothing longer.
    later = late + timedelta(days=1)
    actions.give_consent(place, guardian, channel="sms", by=None, at=later)
    place.refresh_from_db()
    assert place.due_at == late + timedelta(days=intake.hold_days)


def test_registrar_is_told_names_of_the_own_school_only(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    own = classmate(FATHER, name="ownpupil")
    actions.apply_to(intake, by=own, at=NOW)
    classmate(FATHER, name="farpupil")
    place, [guardian] = asked(girl, intake, FATHER)
    page = signed_in(people.registrar).get(
        f"/enrolments/{place.public_id}/guardians/{guardian.pk}/"
    ).content.decode()  # fmt: skip
    assert ("Ownpupil" in page, "Farpupil" in page) == (True, False)


def test_nobody_else_looks(girl: User, intake: Intake, people: People, signed_in: SignIn) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    for path in (
        f"/enrolments/{place.public_id}/guardians/{guardian.pk}/",
        f"/enrolments/{place.public_id}/consent/back/",
    ):
        answers = [
            signed_in(who).get(path).status_code
            for who in (None, people.stranger, people.onlooker, girl, people.teacher)
        ]
        assert answers == [404, 404, 404, 403, 403]
        assert signed_in(people.registrar).delete(path).status_code == 405
    for who in (girl, people.teacher, people.onlooker):
        with pytest.raises(NotAllowed):
            looked(place, guardian, "guardian", who)
    with pytest.raises(NotYourGuardian):
        looked(place, people.sara.guardians.get(), "guardian", people.registrar)
    foreign = f"/enrolments/{place.public_id}/guardians/{people.sara.guardians.get().pk}/"
    assert signed_in(people.registrar).get(foreign).status_code == 404


def test_consent_of_a_number_not_looked_at_counts_nowhere(girl: User, people: People) -> None:
    """Rounds ask the same question as places."""
    guardian = name_guardian(girl, full_name="-", relation="father", mobile=FATHER, by=girl, at=NOW)
    record_consent(guardian, scope="placement", channel="sms", by=None, waits=True, at=NOW)
    assert consents_standing(girl, "placement") == 0
    record_consent(guardian, scope="placement", channel="paper", by=people.registrar, at=NOW)
    assert consents_standing(girl, "placement") == 1
