"""The work behind a batch: checking its rows, taking them in, taking them back."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from courses.imports import rules
from courses.imports.actions.batches import read_back
from courses.imports.kinds import KINDS, Draft, Fault, Import, Judgement, fault
from courses.imports.models import Batch, Row
from courses.imports.refusals import HasToBeAskedAgain, NotDecided
from courses.imports.states import LEAVE_OUT, MOVES, Outcome, Policy, State, Verdict
from courses.kit.moves import move
from courses.kit.refusal import NotAllowed, Refusal
from courses.people.models import User

PORTION = 250
# Taken in under one commit: the others wait for a fraction of a second at most.
TOGETHER = 20


class _Overtaken(Exception):  # noqa: N818 - it reads as a claim
    """Another worker has gone on with this batch: leave it to that one."""


def _advance(batch: Batch, by_rows: int, *, at: datetime) -> None:
    """Claim the next rows of the present step: the first write of every portion."""
    ours = Batch.objects.filter(
        pk=batch.pk, state=batch.state, attempt=batch.attempt, done=batch.done
    )
    if not ours.update(done=batch.done + by_rows, beat_at=at):
        raise _Overtaken
    batch.done += by_rows


def _current(batch_id: int, attempt: int, state: str) -> Batch | None:
    """Return a batch if it is still at this step; a step that was done already is nothing."""
    return (
        Batch.objects.select_related("made_by")
        .filter(pk=batch_id, attempt=attempt, state=state)
        .first()
    )


def _begin(batch: Batch, by: User, at: datetime, *, undoing: bool = False) -> Import:
    kind = KINDS[batch.kind]
    try:
        subject = kind.subject_or_404(by, batch.subject)
    except Http404 as error:
        # The role ended between the button and the work.
        raise NotAllowed from error
    return kind.begin(subject, by=by, at=at, undoing=undoing)


def _drafts(batch: Batch) -> list[Draft]:
    columns = KINDS[batch.kind].columns
    return [
        rules.read_row(number, cells, batch.columns, columns)
        for number, cells in read_back(batch).rows
    ]


def _judged(judge: Import, drafts: list[Draft]) -> list[Judgement]:
    """Return what a kind says of drafts; a draft that could not be read is bad whatever it says."""
    return [
        Judgement(
            said.label,
            Verdict.BAD if draft.faults or said.faults else said.verdict,
            (*draft.faults, *said.faults),
            None if draft.faults or said.faults else said.asked,
        )
        for draft, said in zip(drafts, judge.judge(drafts), strict=True)
    ]


def _portions(drafts: list[Draft]) -> Iterator[list[Draft]]:
    for start in range(0, len(drafts), PORTION):
        yield drafts[start : start + PORTION]


def check_rows(batch_id: int, attempt: int, *, at: datetime | None = None) -> None:
    """Judge every row and write what was found, a portion a transaction."""
    at = at or timezone.now()
    batch = _current(batch_id, attempt, State.CHECKING)
    if batch is None:
        return
    try:
        judge = _begin(batch, batch.made_by, at)
        seen = 0
        for portion in _portions(_drafts(batch)):
            # Also the rows an earlier worker has written: later ones may repeat them.
            found = _judged(judge, portion)
            seen += len(portion)
            if seen <= batch.done:
                continue
            with transaction.atomic():
                _advance(batch, len(portion), at=timezone.now())
                Row.objects.bulk_create(
                    Row(
                        batch=batch, number=draft.number, label=said.label[:120],
                        verdict=said.verdict, faults=list(said.faults), question=said.asked,
                    )
                    for draft, said in zip(portion, found, strict=True)
                )  # fmt: skip
        with transaction.atomic():
            move(batch, MOVES, "finish_check", by=None, at=at, beat_at=at)
    except _Overtaken:
        return
    except Refusal as refusal:
        _give_up(batch, "finish_check", refusal, at=at)


def apply_rows(batch_id: int, attempt: int, *, by: User, at: datetime | None = None) -> None:
    """Take in every row that is good, under the batch's policy; the world is judged anew."""
    at = at or timezone.now()
    batch = _current(batch_id, attempt, State.APPLYING)
    if batch is None:
        return
    try:
        work = _begin(batch, by, at)
        drafts = _drafts(batch)
        judged = [said for portion in _portions(drafts) for said in _judged(work, portion)]
        pairs = list(zip(drafts, judged, strict=True))[batch.done :]
        if batch.policy == Policy.ALL:
            _apply_all(batch, work, pairs, at=at)
        else:
            for start in range(0, len(pairs), TOGETHER):
                together = pairs[start : start + TOGETHER]
                with transaction.atomic():
                    _advance(batch, len(together), at=timezone.now())
                    for draft, said in together:
                        _apply_one(batch, work, draft, said)
            with transaction.atomic():
                move(
                    batch,
                    MOVES,
                    "finish_apply",
                    by=by,
                    at=at,
                    beat_at=at,
                    applied_at=timezone.now(),
                )
    except _Overtaken:
        return
    except Refusal as refusal:
        _give_up(batch, "give_up", refusal, at=at)


def _apply_one(batch: Batch, work: Import, draft: Draft, said: Judgement) -> None:
    row = Row.objects.filter(batch=batch, number=draft.number)
    kept = row.get()
    draft.answer = rules.answer_to(said, kept)
    if not rules.is_good(said, draft.answer):
        row.update(verdict=said.verdict, faults=_why_outside(said, kept), outcome=Outcome.SKIPPED)
        return
    try:
        with transaction.atomic():
            effect = work.make(draft)
    except Refusal as refusal:
        row.update(outcome=Outcome.REFUSED, faults=[fault("", refusal)])
        return
    row.update(outcome=effect.outcome, made=dict(effect.made))


def _why_outside(said: Judgement, row: Row) -> list[Fault]:
    """Return what a row that is left out says in the receipt."""
    if said.verdict != Verdict.LOOK:
        return list(said.faults)
    if row.answer == LEAVE_OUT:
        return []
    return [fault("", HasToBeAskedAgain() if row.answer else NotDecided())]


def _apply_all(
    batch: Batch, work: Import, pairs: list[tuple[Draft, Judgement]], *, at: datetime
) -> None:
    """Take in all rows in one transaction, or none and say which row stood in the way."""
    draft = None
    try:
        with transaction.atomic():
            _advance(batch, len(pairs), at=timezone.now())
            for draft, said in pairs:
                row = Row.objects.get(batch=batch, number=draft.number)
                draft.answer = rules.answer_to(said, row)
                if draft.answer == LEAVE_OUT:
                    Row.objects.filter(pk=row.pk).update(outcome=Outcome.SKIPPED)
                    continue
                if not rules.is_good(said, draft.answer):
                    raise _Refused(draft, said)
                effect = work.make(draft)
                Row.objects.filter(pk=row.pk).update(outcome=effect.outcome, made=dict(effect.made))
            move(
                batch, MOVES, "finish_apply", by=None, at=at, beat_at=at, applied_at=timezone.now()
            )
            return
    except _Refused as refused:
        found = refused
    except Refusal as refusal:
        if draft is None:
            raise
        found = _Refused(draft, Judgement("", Verdict.BAD, (fault("", refusal),)))
    with transaction.atomic():
        batch.refresh_from_db()
        move(batch, MOVES, "give_up", by=None, at=at, beat_at=at)
        # What was decided was decided of somebody else: it is asked again.
        Row.objects.filter(batch=batch, number=found.draft.number).update(
            verdict=found.said.verdict, faults=list(found.said.faults), question=found.said.asked,
            answer="", answered_by=None, answered_at=None,
        )  # fmt: skip


class _Refused(Exception):  # noqa: N818 - it reads as a claim
    """A row that cannot be taken in, where all or none was asked for."""

    def __init__(self, draft: Draft, said: Judgement) -> None:
        super().__init__(draft.number)
        self.draft, self.said = draft, said


def undo_rows(batch_id: int, attempt: int, *, by: User, at: datetime | None = None) -> None:
    """Take back what the rows made, the last one first; what has been used since is kept."""
    at = at or timezone.now()
    batch = _current(batch_id, attempt, State.UNDOING)
    if batch is None:
        return
    try:
        work = _begin(batch, by, at, undoing=True)
        rows = list(Row.objects.filter(batch=batch).order_by("-number"))[batch.done :]
        for row in rows:
            with transaction.atomic():
                _advance(batch, 1, at=timezone.now())
                if rules.was_made(row.outcome):
                    _undo_one(row, work)
        with transaction.atomic():
            move(batch, MOVES, "finish_undo", by=by, at=at, beat_at=at)
    except _Overtaken:
        return


def _undo_one(row: Row, work: Import) -> None:
    changes = Row.objects.filter(pk=row.pk)
    try:
        with transaction.atomic():
            work.unmake(row.made)
    except Refusal as refusal:
        changes.update(outcome=Outcome.KEPT, faults=[fault("", refusal)])
        return
    changes.update(outcome=Outcome.UNDONE, made={})


def _give_up(batch: Batch, verb: str, refusal: Refusal, *, at: datetime) -> None:
    """End a step that cannot be done at all (the intake closed, the file is gone) and say why."""
    with transaction.atomic():
        batch.refresh_from_db()
        move(batch, MOVES, verb, by=None, at=at, beat_at=at, reason=str(refusal))
