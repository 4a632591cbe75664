"""Taking a consent back: by a code to the guardian's number or at the school, not by a link alone.

Before, whoever found an old message could take a consent back.
"""

from datetime import timedelta

import pytest
from django.test import Client

from courses.enrolment import actions
from courses.enrolment.models import Intake
from courses.enrolment.refusals import ConsentStands
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.notices.models import Code, Message
from courses.people.models import Consent, User
from tests.cast import NOW, People, SetClock, SignIn
from tests.courses.enrolment.consent_links import AGREE, BACK, agreed, classmate, code_to, link_to
from tests.courses.enrolment.guardians import FATHER, MOTHER, asked
from tests.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_link_alone_takes_nothing_back(girl: User, intake: Intake) -> None:
    """Whoever finds the message on the family's telephone."""
    place, _guardian, path = agreed(girl, intake)
    finder = Client()
    answer = finder.post(path, BACK)
    assert answer.headers["Location"].startswith(f"{path}?code=take_back")
    for typed in ("", "000000", "abc", code_to(FATHER)[:5], "9" * 400):
        wrong = finder.post(path, BACK | {"code": typed})
        assert wrong.status_code == 422
        assert 'href="#id_code"' in wrong.content.decode()
    place.refresh_from_db()
    assert place.state == State.ADMITTED


NO = {"answer": "disagree"}


def test_link_alone_ends_no_place_whose_consent_waits_for_a_look(
    girl: User, intake: Intake
) -> None:
    """Before, the finder's "no" gave the place up without a code."""
    classmate(FATHER)
    place, [guardian] = asked(girl, intake, FATHER)
    path = link_to(FATHER)
    Client().post(path, AGREE)
    assert Consent.objects.get(guardian=guardian).waits
    finder = Client()
    answer = finder.post(path, NO)
    assert answer.headers["Location"].startswith(f"{path}?code=disagree")
    assert finder.post(path, NO | {"code": ""}).status_code == 422
    with pytest.raises(ConsentStands):
        actions.refuse_consent(place, guardian, at=NOW)
    place.refresh_from_db()
    assert (place.state, Consent.objects.get(guardian=guardian).revoked_at) == (State.HELD, None)
    # With the code it is a taking back: the place is held, and not ended at once.
    finder.post(path, NO | {"code": code_to(FATHER)})
    place.refresh_from_db()
    given = Consent.objects.get(guardian=guardian)
    assert (place.state, given.revoked_at) == (State.HELD, NOW)


def test_link_alone_ends_no_place_after_a_taking_back(girl: User, intake: Intake) -> None:
    place, _guardian, path = agreed(girl, intake)
    phone = Client()
    phone.post(path, BACK)
    phone.post(path, BACK | {"code": code_to(FATHER)})
    place.refresh_from_db()
    assert place.state == State.HELD
    answer = phone.post(path, NO)
    assert answer.headers["Location"].startswith(f"{path}?code=disagree")
    place.refresh_from_db()
    assert place.state == State.HELD
    phone.post(path, NO | {"code": code_to(FATHER)})
    place.refresh_from_db()
    assert place.state == State.WITHDRAWN


def test_code_to_the_guardians_number_takes_it_back_once(girl: User, intake: Intake) -> None:
    place, guardian, path = agreed(girl, intake)
    phone = Client()
    phone.post(path, BACK)
    code = code_to(FATHER)
    assert Code.objects.get().to == FATHER
    phone.post(path, BACK | {"code": code})
    place.refresh_from_db()
    given = Consent.objects.get(guardian=guardian)
    assert (place.state, given.revoked_at) == (State.HELD, NOW)
    trail = audit.trail(given).last()
    assert trail is not None
    assert (trail.verb, trail.by, trail.facts["channel"]) == ("revoke_consent", None, "sms")


def test_consent_taken_back_is_not_given_again_by_the_link_alone(
    girl: User, intake: Intake
) -> None:
    """The child has the message, too."""
    place, guardian, path = agreed(girl, intake)
    actions.take_consent_back(place, guardian, at=NOW)
    child = Client()
    child.post(path, AGREE)
    place.refresh_from_db()
    assert place.state == State.HELD
    page = child.get(f"{path}?code=agree").content.decode()
    assert 'name="code"' in page
    child.post(path, AGREE | {"code": code_to(FATHER)})
    place.refresh_from_db()
    assert place.state == State.ADMITTED


def test_code_of_one_guardian_is_none_of_anothers(girl: User, intake: Intake) -> None:
    place, [_father, _mother] = asked(girl, intake, FATHER, MOTHER)
    paths = [link_to(FATHER), link_to(MOTHER)]
    Client().post(paths[0], AGREE)
    Client().post(paths[1], AGREE)
    Client().post(paths[0], BACK)
    Client().post(paths[1], BACK)
    code = code_to(FATHER)
    # Were both the same six digits by chance, the test would say so of itself.
    assert code != code_to(MOTHER)
    assert Client().post(paths[1], BACK | {"code": code}).status_code == 422
    place.refresh_from_db()
    assert place.state == State.ADMITTED


@pytest.mark.parametrize("channel", ["in_person", "paper"])
def test_guardian_who_comes_to_the_school_takes_it_back_there(
    girl: User, intake: Intake, people: People, signed_in: SignIn, channel: str
) -> None:
    place, guardian, _path = agreed(girl, intake)
    client = signed_in(people.registrar)
    path = f"/enrolments/{place.public_id}/consent/back/"
    assert path in client.get(f"/enrolments/{place.public_id}/").content.decode()
    answer = client.post(path, {"guardian": guardian.pk, "channel": channel, "reason": "کوچ"})
    assert answer.status_code == 302
    place.refresh_from_db()
    given = Consent.objects.get(guardian=guardian)
    trail = audit.trail(given).last()
    assert trail is not None
    assert (place.state, given.revoked_at) == (State.HELD, NOW)
    assert (trail.by, trail.reason, trail.facts["channel"]) == (people.registrar, "کوچ", channel)
    assert Message.objects.filter(kind="enrolment.consent_code").count() == 0
    # There is nothing to take back twice, and only who consented is offered.
    again = client.post(path, {"guardian": guardian.pk, "channel": channel})
    assert again.status_code == 422


def test_taking_back_at_the_school_is_the_registrars_to_write_down(
    girl: User, intake: Intake, people: People
) -> None:
    place, guardian, _path = agreed(girl, intake)
    for who in (girl, people.onlooker, people.teacher, None):
        with pytest.raises(NotAllowed):
            actions.take_consent_back(place, guardian, channel="paper", by=who, at=NOW)
    with pytest.raises(NotAllowed):
        actions.take_consent_back(place, guardian, by=people.registrar, at=NOW)


# --- how long a link lives -----------------------------------------------------------------------
def test_link_lives_as_long_as_what_it_allows(
    girl: User, intake: Intake, clock: SetClock, people: People
) -> None:
    place, _guardian, path = agreed(girl, intake)
    actions.enrol(place, by=people.registrar, at=NOW)
    much_later = NOW + timedelta(days=500)  # she is seventeen still
    clock(much_later)
    shown = Client().get(path)
    assert shown.status_code == 200
    assert f'href="{path}?back=1"' in shown.content.decode()
    place.refresh_from_db()
    actions.withdraw(place, by=people.registrar, reason="-", at=much_later)
    assert Client().get(path).status_code == 200, "who answered reads how it ended"
    clock(much_later + timedelta(days=31))
    assert Client().get(path).status_code == 404


def test_over_a_grown_up_nobody_has_a_link(girl: User, intake: Intake, clock: SetClock) -> None:
    place, _guardian, path = agreed(girl, intake)
    clock(NOW + timedelta(days=2 * 366))
    assert Client().get(path).status_code == 404
    Client().post(path, BACK)
    place.refresh_from_db()
    assert place.state == State.ADMITTED


def read(client: Client, path: str) -> str:
    """Return a page."""
    return client.get(path).content.decode()


def test_guardian_reads_what_happened_and_what_comes_next(girl: User, intake: Intake) -> None:
    """Before, the page after taking back looked like the first one: nothing seemed done."""
    place, _guardian, path = agreed(girl, intake)
    phone = Client()

    given = read(phone, path)
    phone.post(path, BACK)
    phone.post(path, BACK | {"code": code_to(FATHER)})
    taken = read(phone, path)

    assert place.state == State.ADMITTED
    assert said("You need do nothing more. Keep the message: its link also lets you take the "
                "consent back.") in given  # fmt: skip
    assert said("You have taken your consent back") not in given
    assert said("You have taken your consent back") in taken


def test_guardian_who_says_no_reads_that_the_place_is_given_up(girl: User, intake: Intake) -> None:
    place, _guardians = asked(girl, intake, FATHER)
    path = link_to(FATHER)
    phone = Client()

    answer = phone.post(path, NO, follow=True)

    place.refresh_from_db()
    assert place.state == State.WITHDRAWN
    sentence = said("You have not agreed. The place was given up; the student is told.")
    assert sentence in answer.content.decode()


def test_student_and_school_read_that_it_was_taken_back(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    place, guardian, _path = agreed(girl, intake)
    actions.take_consent_back(place, guardian, at=NOW)

    for reader in (girl, people.registrar):
        page = read(signed_in(reader), f"/enrolments/{place.public_id}/")
        assert said("taken back") in page
        assert said("The guardian got a link by SMS; one tap is enough, no account is needed.") \
            not in page  # fmt: skip


def test_nobody_is_chosen_before_somebody_chooses(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    place, [_guardian] = asked(girl, intake, FATHER)

    own = read(signed_in(girl), f"/enrolments/{place.public_id}/guardian/")
    desk = read(signed_in(people.registrar), f"/enrolments/{place.public_id}/consent/")
    unsaid = signed_in(girl).post(
        f"/enrolments/{place.public_id}/guardian/", {"full_name": "مادر", "mobile": MOTHER}
    )

    assert (own.count("checked"), own.count("selected")) == (0, 0)
    assert (desk.count("checked"), desk.count("selected")) == (0, 0)
    assert unsaid.status_code == 422
    assert girl.guardians.count() == 1
