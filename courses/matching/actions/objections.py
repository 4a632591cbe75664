"""Objections: raised by a student within the window, answered by a human within a term."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.moves import move
from courses.kit.persian import normalise
from courses.kit.refusal import NotAllowed
from courses.kit.rights import must, who_may
from courses.matching import queries, rules
from courses.matching.models import Counselling, MatchOutcome, Objection
from courses.matching.refusals import (
    AnotherOfficerAnswers,
    AnswerIsClosed,
    AnswerOwesAReason,
    OneObjection,
)
from courses.matching.states import OBJECTIONS
from courses.notices.actions import tell
from courses.people.models import User


@transaction.atomic
def raise_objection(
    outcome: MatchOutcome, *, text: str, by: User, at: datetime | None = None
) -> Objection:
    """Ask a human to look at a result; one open objection at a time."""
    at = at or timezone.now()
    must(by, "matching.answer_result", outcome)
    text = normalise(text)
    if not text:
        raise AnswerOwesAReason
    if not outcome.run.round.takes_answers(at):
        raise AnswerIsClosed
    try:
        with transaction.atomic():
            objection = Objection.objects.create(
                outcome=outcome, text=text, raised_at=at, due_at=rules.objection_due(at)
            )
    except IntegrityError as error:
        raise OneObjection from error
    audit.record(objection, "raise_objection", by=by, at=at, to_state=objection.state)
    for officer in who_may("matching.answer_objections"):
        tell(
            officer, "matching.objection_raised", at=at, path="/objections/",
            key=f"matching.objection_raised:{objection.public_id}",
            round=outcome.run.round.title_fa, until=objection.due_at.isoformat(),
        )  # fmt: skip
    return objection


@transaction.atomic
def answer_objection(
    objection: Objection, *, upheld: bool, answer: str, by: User, at: datetime | None = None
) -> Objection:
    """Answer an objection with a reason, as another officer than who ran the round."""
    must(by, "matching.answer_objections")
    at = at or timezone.now()
    if objection.outcome.run.started_by_id == by.pk:
        raise AnotherOfficerAnswers
    answer = normalise(answer)
    if not answer:
        raise AnswerOwesAReason
    move(
        objection, OBJECTIONS, "uphold" if upheld else "reject", by=by, at=at,
        reason=answer[:500], answer=answer, answered_by=by, answered_at=at,
    )  # fmt: skip
    outcome = objection.outcome
    tell(
        outcome.list.student, "matching.objection_answered", at=at,
        key=f"matching.objection_answered:{objection.public_id}",
        path=f"/rounds/{outcome.run.round.code}/result/", round=outcome.run.round.title_fa,
    )  # fmt: skip
    return objection


@transaction.atomic
def note_talk(
    outcome: MatchOutcome, *, note: str, by: User, at: datetime | None = None
) -> Counselling:
    """Write down that somebody at the school spoke with a student without a place."""
    at = at or timezone.now()
    if not any(
        outcome in queries.unplaced_of(school, outcome.run.round)
        for school in queries.counselled_schools(by)
    ):
        raise NotAllowed
    note = normalise(note)
    if not note:
        raise AnswerOwesAReason
    talk, _created = Counselling.objects.update_or_create(
        outcome=outcome, defaults={"note": note, "spoken_by": by, "spoken_at": at}
    )
    audit.record(talk, "note_talk", by=by, at=at)
    return talk
