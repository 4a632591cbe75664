"""An objection is answered by a human who did not run the round, once, with a reason."""

from datetime import datetime, timedelta

import pytest

from courses.kit import audit
from courses.kit.calendars import TEHRAN
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.law.models import Confidence, Holiday
from courses.matching.actions.objections import answer_objection, raise_objection
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchOutcome, Objection
from courses.matching.refusals import (
    AnotherOfficerAnswers,
    AnswerIsClosed,
    AnswerOwesAReason,
    OneObjection,
)
from courses.matching.rules import objection_due
from courses.matching.states import OBJECTIONS, Ruling
from courses.notices.models import Notice
from courses.vacancies.models import Vacancy
from tests.cast import NOW, People
from tests.courses.matching.small_rounds import ANSWERED, READY, opened, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def outcome(people: People, vacancy: Vacancy) -> MatchOutcome:
    """Aylin's published place; the officer ran the round."""
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    published(match_round, people)
    return MatchOutcome.objects.get()


@pytest.fixture
def objection(outcome: MatchOutcome, people: People) -> Objection:
    """Aylin's objection."""
    return raise_objection(outcome, text="چرا؟", by=people.aylin, at=READY)


@pytest.mark.parametrize("upheld", [True, False])
def test_an_answer_is_written_and_told_once(
    objection: Objection, people: People, upheld: bool
) -> None:
    answered = answer_objection(
        objection, upheld=upheld, answer="درست می‌گویید", by=people.officer_2, at=READY
    )
    assert answered.state == (Ruling.UPHELD if upheld else Ruling.REJECTED)
    assert (answered.answer, answered.answered_by) == ("درست می‌گویید", people.officer_2)
    with pytest.raises(IllegalMove):
        answer_objection(objection, upheld=False, answer="نه", by=people.officer_2, at=READY)
    assert Notice.objects.filter(kind="matching.objection_answered").count() == 1
    assert [line.verb for line in audit.trail(objection)] == ["raise_objection", "answer_objection"]


def test_who_may_not_answer(objection: Objection, people: People) -> None:
    with pytest.raises(AnotherOfficerAnswers):
        answer_objection(objection, upheld=True, answer="-", by=people.officer, at=READY)
    for who in (people.aylin, people.owner, people.registrar, people.admin):
        with pytest.raises(NotAllowed):
            answer_objection(objection, upheld=True, answer="-", by=who, at=READY)
    with pytest.raises(AnswerOwesAReason):
        answer_objection(objection, upheld=True, answer="  ", by=people.officer_2, at=READY)
    objection.refresh_from_db()
    assert objection.state == Ruling.OPEN


def test_who_may_not_object_and_when(
    outcome: MatchOutcome, objection: Objection, people: People
) -> None:
    with pytest.raises(NotAllowed):
        raise_objection(outcome, text="-", by=people.sara, at=READY)
    with pytest.raises(OneObjection):
        raise_objection(outcome, text="-", by=people.aylin, at=READY)
    with pytest.raises(AnswerIsClosed):
        raise_objection(outcome, text="-", by=people.aylin, at=ANSWERED)
    with pytest.raises(AnswerOwesAReason):
        raise_objection(outcome, text=" ", by=people.aylin, at=READY)
    answer_objection(objection, upheld=False, answer="نه", by=people.officer_2, at=READY)
    # Answered, one may ask again.
    raise_objection(outcome, text="و باز", by=people.aylin, at=READY)


def test_every_move_of_the_table() -> None:
    allowed = {(move.verb, state) for move in OBJECTIONS for state in Ruling
               if OBJECTIONS.allows(move.verb, state)}  # fmt: skip
    assert allowed == {("uphold", Ruling.OPEN), ("reject", Ruling.OPEN)}


@pytest.mark.parametrize(
    ("day", "due"),
    [(21, 24), (23, 28), (25, 30), (26, 30), (27, 30)],
    ids=["Saturday", "Monday", "Wednesday", "Thursday", "Friday"],
)
def test_the_term_is_three_working_days(db: None, day: int, due: int) -> None:
    at = datetime(2026, 11, day, 10, tzinfo=TEHRAN)
    assert objection_due(at) == at + timedelta(days=due - day)


def test_a_holiday_is_no_working_day(db: None) -> None:
    at = datetime(2026, 11, 21, 10, tzinfo=TEHRAN)
    Holiday.objects.create(
        day=at.date() + timedelta(days=1), name_fa="-", name_en="-", confidence=Confidence.HIGH
    )
    assert objection_due(at) == at + timedelta(days=4)
