"""From a proposed result to a published one: two officers, everybody told once, whole or not."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import transaction

from courses.kit import audit
from courses.kit.refusal import AlreadyDone, IllegalMove, NotAllowed
from courses.matching import tasks
from courses.matching.actions import publishing, runs
from courses.matching.actions.wishes import add_wish, set_wishes
from courses.matching.models import (
    MatchOutcome,
    MatchRound,
    MatchRun,
    ReserveEffect,
    VacancyResult,
)
from courses.matching.models.outcomes import PACKED_WISH
from courses.matching.refusals import AnotherOfficerPublishes, EffectsWait, NotTheTime
from courses.matching.solver.cutoffs import CODES
from courses.matching.states import Answer, State
from courses.notices.models import Notice
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    READY,
    delivered,
    frozen,
    in_state,
    opened,
    proposed,
    student_of,
    told,
)
from tests.working import work_off

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture
def match_round(people: People, vacancy: Vacancy) -> MatchRound:
    """A proposed round in which Aylin and Sara wished the only vacancy."""
    match_round = opened(people)
    for student in (people.aylin, people.sara):
        add_wish(match_round, vacancy, by=student, at=NOW)
    return proposed(frozen(match_round, people), people)


def test_another_officer_approves_than_who_ran_it(match_round: MatchRound, people: People) -> None:
    with pytest.raises(AnotherOfficerPublishes):
        publishing.approve_result(match_round, by=people.officer, at=READY)
    with pytest.raises(NotAllowed):
        publishing.approve_result(match_round, by=people.owner, at=READY)
    run = publishing.approve_result(match_round, by=people.officer_2, reason="دیدم", at=READY)
    assert (run.approved_by, run.approved_at) == (people.officer_2, READY)
    match_round.refresh_from_db()
    assert match_round.state == State.PROPOSED, "the worker publishes"
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.reason, line.facts) == (
        "approve_result", people.officer_2, "دیدم", {"run": 1},
    )  # fmt: skip
    assert told("matching.published") == []
    with pytest.raises(AlreadyDone):
        publishing.approve_result(match_round, by=people.officer_2, at=READY)
    work_off()
    match_round.refresh_from_db()
    assert match_round.state == State.PUBLISHED


def test_publishing_writes_places_windows_and_notices(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    delivered(match_round, people)
    assert (match_round.state, match_round.published_at, match_round.confirm_until) == (
        State.PUBLISHED, READY, READY + timedelta(days=5),
    )  # fmt: skip
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.from_state, line.to_state) == (
        "publish_round", people.officer_2, State.PROPOSED, State.PUBLISHED,
    )  # fmt: skip
    assert told("matching.published") == ["aylin", "sara"]
    assert told("matching.published_to_firm") == ["mentor", "owner"]
    paths = set(Notice.objects.filter(kind="matching.published").values_list("path", flat=True))
    assert paths == {"/rounds/r-1/result/"}
    assert set(MatchOutcome.objects.values_list("vacancy", "rank", "answer", "seat")) == {
        (vacancy.pk, 1, Answer.OFFERED, "open")
    }


def test_a_result_is_not_published_without_approval(
    match_round: MatchRound, people: People
) -> None:
    with pytest.raises(NotTheTime):
        publishing.publish_round(match_round, at=READY)
    MatchRun.objects.update(violations=["found later"])
    with pytest.raises(NotTheTime):
        publishing.approve_result(match_round, by=people.officer_2, at=READY)
    match_round.refresh_from_db()
    assert (match_round.state, MatchOutcome.objects.count()) == (State.PROPOSED, 0)


@pytest.mark.parametrize(
    "state", [s for s in State if s not in (State.PROPOSED, State.PUBLISHED, State.CLOSED)]
)
def test_only_a_proposed_round_is_published(state: State, people: People, vacancy: Vacancy) -> None:
    match_round = in_state(state, people)
    with pytest.raises(IllegalMove):
        publishing.approve_result(match_round, by=people.officer_2, at=READY)
    with pytest.raises(IllegalMove):
        publishing.publish_round(match_round, at=READY)


def test_publishing_twice_tells_everybody_once(match_round: MatchRound, people: People) -> None:
    stale = MatchRound.objects.get(pk=match_round.pk)
    delivered(match_round, people)
    told, outcomes = Notice.objects.count(), MatchOutcome.objects.count()
    again = publishing.publish_round(stale, at=READY + SECOND)
    assert (again.state, again.published_at) == (State.PUBLISHED, READY)
    assert (Notice.objects.count(), MatchOutcome.objects.count()) == (told, outcomes)
    with pytest.raises(IllegalMove):
        publishing.approve_result(match_round, by=people.officer_2, at=READY)


def test_a_result_whose_bytes_changed_is_not_delivered(
    match_round: MatchRound, people: People
) -> None:
    publishing.approve_result(match_round, by=people.officer_2, at=READY)
    MatchRun.objects.update(result_sha256="0" * 64)
    with pytest.raises(NotTheTime):
        publishing.publish_round(match_round, at=READY)
    match_round.refresh_from_db()
    assert (match_round.state, MatchOutcome.objects.count()) == (State.PROPOSED, 0)


@pytest.mark.parametrize("broken", ["move", "tell_all", "tell_firms"])
def test_a_publication_that_breaks_off_leaves_nothing(
    broken: str, match_round: MatchRound, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.approve_result(match_round, by=people.officer_2, at=READY)

    def killed(*args: Any, **how: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as context:
        context.setattr(publishing, broken, killed)
        with pytest.raises(RuntimeError), transaction.atomic():
            publishing.publish_round(match_round, at=READY)
    match_round.refresh_from_db()
    assert match_round.state == State.PROPOSED
    assert (MatchOutcome.objects.count(), VacancyResult.objects.count()) == (0, 0)
    assert told("matching.published") == []
    tasks.take_up_lost_runs(READY + tasks.PATIENCE + SECOND)
    work_off()
    match_round.refresh_from_db()
    assert (match_round.state, told("matching.published")) == (State.PUBLISHED, ["aylin", "sara"])


def test_an_outcome_packs_every_wish_and_its_reserved_seat(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    two, none = make_vacancy(code="two", seats=2), make_vacancy(code="none", seats=0)
    reserve_seats(two, bodies.school, 1, by=None, at=NOW)
    match_round = opened(people)
    boy = student_of(bodies.other_school, "boy")
    for student, wishes in ((people.aylin, [none, two]), (boy, [two])):
        set_wishes(match_round, wishes, by=student, at=NOW)
    delivered(proposed(frozen(match_round, people), people), people)
    rows = {}
    for outcome in MatchOutcome.objects.select_related("list__student"):
        packed = np.frombuffer(bytes(outcome.wishes), np.dtype(PACKED_WISH))
        rows[outcome.list.student.username] = (
            outcome.rank, outcome.seat, outcome.groups,
            [(key, CODES[code]) for key, _tier, code in packed.tolist()],
        )  # fmt: skip
    assert rows == {
        "aylin": (2, "school", ["school"], [(none.pk, "no_seats"), (two.pk, "placed")]),
        "boy": (1, "open", [], [(two.pk, "placed")]),
    }
    results = {row.vacancy_id: row for row in VacancyResult.objects.all()}
    assert [(s[0], s[1], s[2]) for s in results[two.pk].seats] == [("school", 1, 1), ("open", 1, 1)]
    assert (results[none.pk].capacity, results[none.pk].asked, results[none.pk].placed) == (0, 1, 0)


# Whom a reserve hurts


def _effect(match_round: MatchRound, bodies: Bodies, *, hurts: bool = True) -> ReserveEffect:
    worse: list[dict[str, object]] = (
        [{"student": "A", "with": None, "without": "x", "chain": []}] if hurts else []
    )
    return ReserveEffect.objects.create(
        run=match_round.runs.get(), school=bodies.school, firm=bodies.firm, seats=1,
        placed_with=1, placed_without=1, better=0, worse=worse,
    )  # fmt: skip


def test_an_effect_that_hurts_waits_to_be_read(
    match_round: MatchRound, people: People, bodies: Bodies
) -> None:
    effect = _effect(match_round, bodies)
    with pytest.raises(EffectsWait):
        publishing.approve_result(match_round, by=people.officer_2, at=READY)
    with pytest.raises(NotAllowed):
        publishing.acknowledge_effect(effect, by=people.owner, at=READY)
    publishing.acknowledge_effect(effect, by=people.officer, at=READY)
    publishing.acknowledge_effect(effect, by=people.officer_2, at=READY + SECOND)
    assert (effect.acknowledged_by, effect.acknowledged_at) == (people.officer, READY)
    lines = [line for line in audit.trail(match_round) if line.verb == "acknowledge_effect"]
    assert [(line.by, line.facts) for line in lines] == [
        (people.officer, {"worse": 1, "school": "school", "firm": "firm"})
    ]
    delivered(match_round, people)
    with pytest.raises(NotTheTime):
        publishing.acknowledge_effect(effect, by=people.officer_2, at=READY)


def test_an_effect_that_hurts_nobody_does_not_wait(
    match_round: MatchRound, people: People, bodies: Bodies
) -> None:
    _effect(match_round, bodies, hurts=False)
    assert delivered(match_round, people).state == State.PUBLISHED


def test_a_check_is_not_what_is_published(match_round: MatchRound, people: People) -> None:
    runs.finish_run(runs.check_result(match_round, by=people.officer_2, at=READY), at=READY)
    delivered(match_round, people)
    assert set(MatchOutcome.objects.values_list("run__number", flat=True)) == {1}
