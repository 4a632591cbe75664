"""What students say to a place: every move of the table, who may, until when, who is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.matching import queries
from courses.matching.actions.answers import (
    accept_place,
    decline_place,
    lapse_place,
    remind_to_answer,
    withdraw_place,
)
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchOutcome, MatchRound
from courses.matching.refusals import AnswerIsClosed, PlaceIsGone
from courses.matching.states import ANSWERS, Answer
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, MakeVacancy, People
from tests.courses.matching.small_rounds import ANSWERED, READY, drafted, opened, published, told

pytestmark = pytest.mark.django_db

VERBS: dict[str, Callable[..., MatchOutcome]] = {
    "accept_place": accept_place, "decline_place": decline_place, "withdraw_place": withdraw_place,
}  # fmt: skip


@pytest.fixture
def place(people: People, vacancy: Vacancy) -> MatchOutcome:
    """Aylin's published place."""
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    published(match_round, people)
    return MatchOutcome.objects.get()


@pytest.mark.parametrize("before", [Answer.OFFERED, *(move.target for move in ANSWERS)])
@pytest.mark.parametrize("verb", VERBS)
def test_every_move_of_the_table(
    place: MatchOutcome, people: People, verb: str, before: Answer
) -> None:
    MatchOutcome.objects.filter(pk=place.pk).update(answer=before)
    target = next(move.target for move in ANSWERS if move.verb == verb)
    if before == target or ANSWERS.allows(verb, before):
        assert VERBS[verb](place, by=people.aylin, at=READY).answer == target
    else:
        with pytest.raises(IllegalMove):
            VERBS[verb](place, by=people.aylin, at=READY)
        place.refresh_from_db()
        assert place.answer == before
    lines = [
        (line.verb, line.by, line.at, line.from_state, line.to_state) for line in audit.trail(place)
    ]
    moved = before != target and ANSWERS.allows(verb, before)
    assert lines == ([(verb, people.aylin, READY, before, target)] if moved else [])


def test_a_student_without_a_place_has_nothing_to_answer(
    people: People, make_vacancy: MakeVacancy
) -> None:
    vacancy = make_vacancy(seats=1)
    match_round = opened(people)
    for student in (people.aylin, people.sara):
        add_wish(match_round, vacancy, by=student, at=NOW)
    published(match_round, people)
    none = MatchOutcome.objects.select_related("list__student").get(vacancy=None)
    for verb in VERBS.values():
        with pytest.raises(IllegalMove):
            verb(none, by=none.list.student, at=READY)
    remind_to_answer(none, at=READY)
    assert told("matching.answer_soon") == []


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_answers_for_somebody_else(place: MatchOutcome, people: People, verb: str) -> None:
    for who in (people.sara, people.stranger, people.owner, people.registrar, people.officer,
                people.admin):  # fmt: skip
        with pytest.raises(NotAllowed):
            VERBS[verb](place, by=who, at=READY)
    place.refresh_from_db()
    assert (place.answer, place.answered_at) == (Answer.OFFERED, None)


def test_the_window_ends_to_the_second(place: MatchOutcome, people: People) -> None:
    until = place.run.round.confirm_until
    assert until == READY + timedelta(days=5)
    for verb in (accept_place, decline_place):
        with pytest.raises(AnswerIsClosed):
            verb(place, by=people.aylin, at=until)
    assert lapse_place(place, at=until - timedelta(seconds=1)).answer == Answer.OFFERED
    accepted = accept_place(place, by=people.aylin, at=until - timedelta(seconds=1))
    assert accepted.answered_at == until - timedelta(seconds=1)
    # What was accepted can be given back as long as there is something to give.
    assert withdraw_place(place, by=people.aylin, at=ANSWERED).answer == Answer.WITHDRAWN


def test_the_firm_is_told_once_of_each_answer(place: MatchOutcome, people: People) -> None:
    for _press in range(2):
        accept_place(place, by=people.aylin, at=READY)
    assert told("matching.place_accepted") == ["mentor", "owner"]
    for _press in range(2):
        withdraw_place(place, by=people.aylin, at=READY)
    assert told("matching.place_given_up") == ["mentor", "owner"]
    assert told("matching.place_lapsed") == []


def test_silence_lapses_by_rule_and_both_are_told(place: MatchOutcome) -> None:
    lapse_place(place, at=ANSWERED)
    assert (place.answer, place.answered_at) == (Answer.LAPSED, ANSWERED)
    assert told("matching.place_given_up") == ["mentor", "owner"]
    assert told("matching.place_lapsed") == ["aylin"]
    line = audit.trail(place).get()
    assert (line.verb, line.by, line.to_state) == ("lapse_place", None, Answer.LAPSED)
    with pytest.raises(IllegalMove):
        lapse_place(place, at=ANSWERED)


def test_a_reminder_comes_once(place: MatchOutcome) -> None:
    for _turn in range(2):
        remind_to_answer(place, at=READY)
    assert told("matching.answer_soon") == ["aylin"]


def test_two_answers_at_once_are_one(place: MatchOutcome, people: People) -> None:
    """The second page still shows an open question; what was said first stands."""
    second = MatchOutcome.objects.get(pk=place.pk)
    decline_place(place, by=people.aylin, at=READY)
    with pytest.raises(IllegalMove):
        accept_place(second, by=people.aylin, at=READY)
    place.refresh_from_db()
    assert place.answer == Answer.DECLINED


def test_a_place_whose_vacancy_was_taken_back_cannot_be_taken(
    place: MatchOutcome, vacancy: Vacancy, people: People
) -> None:
    take_back_vacancy(vacancy, by=people.owner, reason="-", at=READY)
    with pytest.raises(PlaceIsGone):
        accept_place(place, by=people.aylin, at=READY)
    place.refresh_from_db()
    assert place.answer == Answer.OFFERED
    # That is not the student's doing: nothing keeps them out of a supplementary round.
    assert queries.open_to([people.aylin.pk], place.run.round) == {people.aylin.pk: None}


def test_accepting_twice_is_once_even_after_the_vacancy_went(
    place: MatchOutcome, vacancy: Vacancy, people: People
) -> None:
    accept_place(place, by=people.aylin, at=READY)
    take_back_vacancy(vacancy, by=people.owner, reason="-", at=READY)
    assert accept_place(place, by=people.aylin, at=READY).answer == Answer.ACCEPTED


@pytest.mark.parametrize(
    ("verbs", "kept_out"),
    [
        ([], Answer.ACCEPTED),
        ([accept_place], Answer.ACCEPTED),
        ([decline_place], Answer.DECLINED),
        ([accept_place, withdraw_place], Answer.DECLINED),
    ],
    ids=["silent so far", "accepted", "declined", "given back"],
)
def test_who_may_enter_the_next_round_is_said_the_same_for_one_and_for_many(
    place: MatchOutcome, people: People, verbs: list[Callable[..., MatchOutcome]],
    kept_out: Answer,
) -> None:  # fmt: skip
    for verb in verbs:
        verb(place, by=people.aylin, at=READY)
    match_round = place.run.round
    supplement: MatchRound = drafted(
        people, "r-1s", supplements=match_round,
        wishes_close_at=ANSWERED + timedelta(days=5),
        ranking_closes_at=ANSWERED + timedelta(days=6),
    )  # fmt: skip
    students = (people.aylin, people.sara)
    assert queries.open_to([student.pk for student in students], match_round) == {
        people.aylin.pk: kept_out, people.sara.pk: None,
    }  # fmt: skip
    assert [queries.may_enter(student, supplement) for student in students] == [kept_out, None]


def test_a_place_the_firm_took_back_neither_reminds_nor_lapses(
    place: MatchOutcome, people: People
) -> None:
    assert place.vacancy is not None
    take_back_vacancy(place.vacancy, reason="-", by=people.owner, at=READY)
    near = ANSWERED - timedelta(hours=1)
    assert not queries.outcomes_to_answer(near, within=timedelta(days=1)).exists()
    assert not queries.silent_outcomes(ANSWERED).exists()


def test_who_declined_stays_out_also_when_the_firm_takes_the_place_back(
    place: MatchOutcome, people: People
) -> None:
    assert place.vacancy is not None
    decline_place(place, by=people.aylin, at=READY)
    take_back_vacancy(place.vacancy, reason="-", by=people.owner, at=READY)
    supplement = drafted(people, "r-1s", supplements=place.run.round)
    assert queries.may_enter(people.aylin, supplement) == Answer.DECLINED


def test_another_main_round_has_only_the_seats_that_are_left(
    place: MatchOutcome, people: People
) -> None:
    """Whichever round supplements which: a seat is given once."""
    assert place.vacancy is not None
    seats = place.vacancy.seats
    other = drafted(people, "r-2")
    assert queries.seats_left(other, [place.vacancy]) == {place.vacancy.pk: seats - 1}
    decline_place(place, by=people.aylin, at=READY)
    assert queries.seats_left(other, [place.vacancy]) == {place.vacancy.pk: seats}
