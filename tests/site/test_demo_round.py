"""The demo's own round, run to its end: it places students, keeps the reserves and verifies."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from courses.enrolment.queries import schools_of
from courses.matching.actions.freezing import freeze_round, type_in_public_value
from courses.matching.actions.publishing import acknowledge_effect, approve_result, publish_round
from courses.matching.actions.rounds import end_phase
from courses.matching.actions.runs import finish_run, start_run
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchOutcome, MatchRound
from courses.matching.models.outcomes import PACKED_WISH
from courses.matching.reasons import explained
from courses.matching.rules import StatuteBook, reasons_against_wish
from courses.matching.solver.cutoffs import CODES
from courses.matching.solver.snapshot import Snapshot
from courses.matching.solver.verify import verify
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.models import SeatReserve, Vacancy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sown_site")]


def test_demo_round_places_students_and_keeps_the_reserves() -> None:
    officer, other = (User.objects.get(username=f"demo-officer{end}") for end in ("", "-2"))
    student = User.objects.get(username="demo-student")
    match_round = MatchRound.objects.get(code="r-sample-1")
    now = timezone.now()
    add_wish(match_round, Vacancy.objects.get(code="v14"), by=student, at=now)
    for minute in (1, 2):
        end_phase(match_round, by=officer, reason="demo", at=now + timedelta(minutes=minute))
    later = now + timedelta(minutes=3)
    freeze_round(match_round, by=officer, at=later)
    type_in_public_value(match_round, value="7 12 31", source="-", by=officer, at=later)
    run = finish_run(start_run(match_round, by=other, at=later))
    match_round.refresh_from_db()
    assert (match_round.state, run.violations) == (State.PROPOSED, [])
    for effect in run.reserve_effects.all():
        acknowledge_effect(effect, by=officer, at=later)
    approve_result(match_round, by=officer, at=later)
    publish_round(match_round, at=later)
    snapshot = Snapshot.from_bytes(bytes(match_round.frozen.content))
    tickets = snapshot.tickets(bytes(match_round.seed or b""), match_round.public_value)
    lottery = tuple(
        name for _place, name in sorted(zip(tickets.tolist(), snapshot.students, strict=True))
    )
    assert verify(snapshot.market(lottery), _placement(run.pk)) == []

    outcomes = list(
        MatchOutcome.objects.filter(run=run).select_related("vacancy", "list__student__record")
    )
    placed = [outcome for outcome in outcomes if outcome.vacancy]
    assert run.placed == len(placed) > 50

    # Nobody is where the law or the vacancy's ages do not allow them.
    book = StatuteBook()
    for outcome in placed:
        assert not reasons_against_wish(outcome.list.student.record, outcome.vacancy, book)

    # A reserve whose school's students wanted more seats than they got is full.
    learns_at = schools_of([outcome.list.student for outcome in outcomes])
    kept = 0
    for reserve in SeatReserve.objects.select_related("vacancy", "school"):
        members = [o for o in placed if o.vacancy_id == reserve.vacancy_id
                   and reserve.school_id in learns_at.get(o.list.student_id, ())]  # fmt: skip
        turned_away = [
            wish
            for wish in Application.objects.filter(
                vacancy=reserve.vacancy, list__round=match_round
            ).select_related("list", "standing")
            if reserve.school_id in learns_at.get(wish.list.student_id, ())
            and not (hasattr(wish, "standing") and wish.standing.unsuitable)
            and _wanted_more(wish, outcomes)
        ]
        if turned_away:
            assert len(members) >= reserve.seats
        kept += len(members) >= reserve.seats
    assert kept > 3

    # Everybody can read a reason for every wish.
    for outcome in outcomes[:20]:
        lines = explained(outcome)
        assert len(lines) == outcome.list.applications.count()
        assert all(line.sentence for line in lines)


def _placement(run_id: int) -> dict[str, str | None]:
    return {
        outcome.list.pseudonym: outcome.vacancy.code if outcome.vacancy else None
        for outcome in MatchOutcome.objects.filter(run_id=run_id).select_related("list", "vacancy")
    }


def _wanted_more(wish: Application, outcomes: list[MatchOutcome]) -> bool:
    """Tell whether the student got nothing as good as this wish, and was allowed to have it."""
    outcome = next(o for o in outcomes if o.list_id == wish.list_id)
    code = CODES[np.frombuffer(bytes(outcome.wishes), np.dtype(PACKED_WISH))[wish.rank - 1]["code"]]
    return code not in {"placed", "not_reached", "ineligible"}
