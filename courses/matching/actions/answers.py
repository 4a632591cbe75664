"""What students say to the place a round gave them; silence declines by rule."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.kit.moves import lock, move
from courses.kit.rights import must, who_may
from courses.matching.models import MatchOutcome
from courses.matching.refusals import AnswerIsClosed, PlaceIsGone
from courses.matching.states import ANSWERS, Answer
from courses.notices.actions import tell
from courses.people.models import User
from courses.vacancies.queries import published


@transaction.atomic
def accept_place(outcome: MatchOutcome, *, by: User, at: datetime | None = None) -> MatchOutcome:
    """Take the place; taking it twice is taking it once.

    A place whose vacancy was taken back meanwhile cannot be taken: there is nobody to come to.
    """
    if (
        outcome.answer == Answer.OFFERED
        and outcome.vacancy is not None
        and not published().filter(pk=outcome.vacancy.pk).exists()
    ):
        raise PlaceIsGone
    return _answer(outcome, "accept_place", by=by, at=at or timezone.now())


@transaction.atomic
def decline_place(outcome: MatchOutcome, *, by: User, at: datetime | None = None) -> MatchOutcome:
    """Leave the place to the supplementary round, which is then for others."""
    return _answer(outcome, "decline_place", by=by, at=at or timezone.now())


@transaction.atomic
def withdraw_place(outcome: MatchOutcome, *, by: User, at: datetime | None = None) -> MatchOutcome:
    """Give an accepted place back; its seat is free for the supplementary round."""
    return _answer(outcome, "withdraw_place", by=by, at=at or timezone.now())


@transaction.atomic
def lapse_place(outcome: MatchOutcome, *, at: datetime | None = None) -> MatchOutcome:
    """Let a place lapse whose student was silent until the end of the window."""
    at = at or timezone.now()
    if outcome.run.round.takes_answers(at):
        return outcome
    return _move(outcome, "lapse_place", by=None, at=at)


@transaction.atomic
def remind_to_answer(outcome: MatchOutcome, *, at: datetime | None = None) -> None:
    """Remind a student once that silence declines."""
    until = outcome.run.round.confirm_until
    if outcome.vacancy is None or until is None:
        return
    tell(
        outcome.list.student, "matching.answer_soon", at=at,
        key=f"matching.answer_soon:{outcome.public_id}",
        path=f"/rounds/{outcome.run.round.code}/result/",
        vacancy=outcome.vacancy.title_fa, until=until.isoformat(),
    )  # fmt: skip


def _answer(outcome: MatchOutcome, verb: str, *, by: User, at: datetime) -> MatchOutcome:
    must(by, "matching.answer_result", outcome)
    outcome.run.round.refresh_from_db()
    lock(outcome, fields=["answer", "answered_at"])
    if outcome.answer == ANSWERS[verb].target:
        return outcome
    if verb != "withdraw_place" and not outcome.run.round.takes_answers(at):
        raise AnswerIsClosed
    return _move(outcome, verb, by=by, at=at)


def _move(outcome: MatchOutcome, verb: str, *, by: User | None, at: datetime) -> MatchOutcome:
    move(outcome, ANSWERS, verb, by=by, at=at, answered_at=at)
    _tell(outcome, at=at)
    return outcome


def _tell(outcome: MatchOutcome, *, at: datetime) -> None:
    """Tell the firm who comes or does not; a lapse also the student."""
    vacancy, match_round = outcome.vacancy, outcome.run.round
    if vacancy is None:
        return
    kind = {
        Answer.ACCEPTED: "matching.place_accepted",
        Answer.DECLINED: "matching.place_given_up",
        Answer.LAPSED: "matching.place_given_up",
        Answer.WITHDRAWN: "matching.place_given_up",
    }[Answer(outcome.answer)]
    for person in who_may("matching.rank_applicants", vacancy):
        tell(
            person, kind, key=f"{kind}:{outcome.public_id}:{outcome.answer}", at=at,
            path=f"/rounds/{match_round.code}/vacancies/{vacancy.public_id}/",
            vacancy=vacancy.title_fa,
        )  # fmt: skip
    if outcome.answer == Answer.LAPSED:
        tell(
            outcome.list.student, "matching.place_lapsed", at=at,
            key=f"matching.place_lapsed:{outcome.public_id}",
            path=f"/rounds/{match_round.code}/result/", vacancy=vacancy.title_fa,
        )  # fmt: skip
