"""Reading runs and results."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from courses.enrolment.queries import schools_of
from courses.kit.rights import where_may
from courses.matching.models import (
    MatchOutcome,
    MatchRound,
    MatchRun,
    Objection,
    ReserveEffect,
)
from courses.matching.models.runs import Purpose
from courses.matching.queries.rounds import (
    RESULT_STATES,
    STILL_THERE,
    TAKEN,
    keeps_out,
    round_chain,
)
from courses.matching.states import Answer, Ruling, State
from courses.organisations.models import Organisation
from courses.people.models import User
from courses.vacancies.models import Vacancy


def good_run(match_round: MatchRound) -> MatchRun | None:
    """Return the newest finished run for the result that the verifier found clean."""
    return match_round.runs.filter(
        finished_at__isnull=False, violations=[], purpose=Purpose.RESULT
    ).last()


def places_given(round_id: int) -> QuerySet[MatchOutcome, uuid.UUID]:
    """Return the public identifiers of the places a round gave, in the order they were written."""
    given = MatchOutcome.objects.filter(run__round_id=round_id, vacancy__isnull=False)
    return given.order_by("pk").values_list("public_id", flat=True)


def latest_run(match_round: MatchRound) -> MatchRun | None:
    """Return the newest run, whatever it is for and wherever it stands."""
    return match_round.runs.last()


def result_of(student: User, match_round: MatchRound) -> MatchOutcome | None:
    """Return a student's published outcome, or None."""
    if match_round.state not in RESULT_STATES:
        return None
    return (
        MatchOutcome.objects.filter(run__round=match_round, list__student=student)
        .select_related("vacancy__firm", "list__round", "run__round")
        .first()
    )


def place_held(student: User, match_round: MatchRound) -> MatchOutcome | None:
    """Return the place a student holds from another round of the chain, or None."""
    chain = [key for key in round_chain(match_round) if key != match_round.pk]
    return (
        MatchOutcome.objects.filter(
            run__round__in=chain, list__student=student, answer__in=TAKEN,
            vacancy__state="published",
        )
        .select_related("vacancy__firm", "list__round", "run__round")
        .order_by("-run__round")
        .first()
    )  # fmt: skip


def open_to(students: Iterable[int], match_round: MatchRound) -> dict[int, Answer | None]:
    """Return what keeps each student out of a next supplementary round; None: nothing does.

    The same rule as `may_enter`, for many by their keys, with the round itself counting too.
    """
    keys = list(students)
    found: dict[int, set[str]] = {key: set() for key in keys}
    answers = MatchOutcome.objects.filter(
        STILL_THERE, run__round__in=round_chain(match_round), list__student__in=keys
    )
    for student, answer in answers.values_list("list__student", "answer"):
        found[student].add(answer)
    return {key: keeps_out(given) for key, given in found.items()}


def next_supplement(match_round: MatchRound, at: datetime) -> MatchRound | None:
    """Return the supplementary round of the chain that takes wishes now, or None."""
    return (
        MatchRound.objects.filter(
            pk__in=round_chain(match_round), pk__gt=match_round.pk, state=State.OPEN,
            wishes_close_at__gt=at,
        )
        .defer("seed")
        .first()
    )  # fmt: skip


def results_at(vacancy: Vacancy, match_round: MatchRound) -> QuerySet[MatchOutcome]:
    """Return whom a published round placed at a vacancy, with what each answered."""
    if match_round.state not in RESULT_STATES:
        return MatchOutcome.objects.none()
    return (
        MatchOutcome.objects.filter(run__round=match_round, vacancy=vacancy)
        .select_related("list__student")
        .order_by("list__pseudonym")
    )


def settled_students(match_round: MatchRound) -> set[int]:
    """Return the keys of students who hold a place from an earlier round of the chain."""
    chain = [key for key in round_chain(match_round) if key != match_round.pk]
    return set(
        MatchOutcome.objects.filter(
            run__round__in=chain,
            answer__in=[Answer.OFFERED, Answer.ACCEPTED],
            vacancy__state="published",
        ).values_list("list__student", flat=True)
    )


def placed_by_rank(run: MatchRun) -> list[tuple[int | None, int]]:
    """Return how many students got their first, second, … wish; None counts the unplaced."""
    return [(rank or None, count) for rank, count in run.report.get("ranks", [])]


def unfinished_runs(before: datetime) -> QuerySet[MatchRun]:
    """Return the unfinished runs of which nothing has been heard since before a moment."""
    return MatchRun.objects.filter(finished_at__isnull=True).filter(
        Q(stage_at__lt=before) | Q(stage_at__isnull=True, started_at__lt=before)
    )


def unpublished_runs(before: datetime) -> QuerySet[MatchRun]:
    """Return the runs approved before a moment whose round is not published yet."""
    return MatchRun.objects.filter(approved_at__lt=before, round__state=State.PROPOSED)


def silent_outcomes(at: datetime) -> QuerySet[MatchOutcome]:
    """Return the places that wait for an answer nobody may give any more."""
    return MatchOutcome.objects.filter(
        STILL_THERE, answer=Answer.OFFERED, run__round__confirm_until__lte=at
    ).select_related("run__round", "list__student", "vacancy__firm")


def outcomes_to_answer(at: datetime, *, within: timedelta) -> QuerySet[MatchOutcome]:
    """Return the places that wait for an answer due within a time from now."""
    return MatchOutcome.objects.filter(
        STILL_THERE,
        answer=Answer.OFFERED,
        run__round__confirm_until__gt=at,
        run__round__confirm_until__lte=at + within,
    ).select_related("run__round", "list__student", "vacancy")


def ranking_ends(at: datetime, *, within: timedelta) -> QuerySet[MatchRound]:
    """Return the rounds in which firms rank and have so little time left."""
    return MatchRound.objects.filter(
        state=State.OPEN,
        wishes_close_at__lte=at,
        ranking_closes_at__gt=at,
        ranking_closes_at__lte=at + within,
    )


def effects_of(run: MatchRun) -> QuerySet[ReserveEffect]:
    """Return what each partnership's reserve did, those that hurt somebody first."""
    return run.reserve_effects.select_related("school", "firm", "acknowledged_by").order_by("pk")


def open_objections() -> QuerySet[Objection]:
    """Return the objections that wait for an answer, the most urgent first."""
    return Objection.objects.filter(state=Ruling.OPEN).select_related(
        "outcome__run__round", "outcome__list"
    )


def objections_to(outcome: MatchOutcome) -> QuerySet[Objection]:
    """Return a student's objections to an outcome, newest first."""
    return outcome.objections.order_by("-raised_at")


def counselled_schools(user: User) -> QuerySet[Organisation]:
    """Return the schools where a person looks after students without a place."""
    return where_may(user, "matching.counsel")


def unplaced_of(school: Organisation, match_round: MatchRound) -> list[MatchOutcome]:
    """Return the students of a school whom a published round left without a place.

    Also those whose place lapsed, was given up or was taken back by the workshop: nobody is left
    alone with it.
    """
    if match_round.state not in RESULT_STATES:
        return []
    found = list(
        MatchOutcome.objects.filter(run__round=match_round)
        .exclude(Q(answer__in=TAKEN) & STILL_THERE)
        .filter(
            Q(list__student__memberships__organisation=school)
            | Q(list__student__enrolments__intake__school=school)
        )
        .select_related("list__student", "counselling__spoken_by", "vacancy")
        .distinct()
        .order_by("list__student__last_name", "list__student__first_name", "pk")
    )
    learns = schools_of([outcome.list.student for outcome in found])
    return [o for o in found if school.pk in learns.get(o.list.student_id, ())]
