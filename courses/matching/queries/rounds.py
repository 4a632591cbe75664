"""Reading rounds: which there are, who may know of them, what takes part."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from courses.kit.rights import may
from courses.matching.models import (
    Application,
    AuditorLink,
    MatchOutcome,
    MatchRound,
    MatchRun,
    Scenario,
)
from courses.matching.solver.cutoffs import OPEN
from courses.matching.states import Answer, State
from courses.notices.queries import hash_of
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import published

PUBLIC_STATES = tuple(state for state in State if state != State.DRAFT)
RESULT_STATES = (State.PUBLISHED, State.CLOSED)
# A seat in one of these answers is taken; in the others it is free for a supplementary round.
TAKEN = (Answer.OFFERED, Answer.ACCEPTED)
GIVEN_UP = (Answer.DECLINED, Answer.LAPSED, Answer.WITHDRAWN)
# A place that the firm took back later binds nobody.
STILL_THERE = Q(vacancy__isnull=True) | Q(vacancy__state="published")


def visible_to(user: User) -> QuerySet[MatchRound]:
    """Return the rounds a person may know of: all for officers, opened ones for members."""
    if not user.is_authenticated:
        return MatchRound.objects.none()
    rounds = MatchRound.objects.defer("seed")
    return rounds if may(user, "matching.run_rounds") else rounds.filter(state__in=PUBLIC_STATES)


def public_rounds() -> QuerySet[MatchRound]:
    """Return the opened rounds: their ledger is everybody's, signed in or not."""
    return MatchRound.objects.filter(state__in=PUBLIC_STATES)


def present_round() -> MatchRound | None:
    """Return the newest opened round that is not closed: the one everybody works in."""
    return (
        MatchRound.objects.exclude(state__in=[State.DRAFT, State.CLOSED])
        .defer("seed")
        .select_related("supplements")
        .first()
    )


def round_chain(match_round: MatchRound) -> list[int]:
    """Return the keys of the round, the rounds it supplements, and their other supplements."""
    first = match_round
    while first.supplements is not None:
        first = first.supplements
    found, level = [first.pk], [first.pk]
    while level:
        level = list(MatchRound.objects.filter(supplements__in=level).values_list("pk", flat=True))
        found += level
    return found


def vacancies_in(match_round: MatchRound) -> QuerySet[Vacancy]:
    """Return the vacancies that take part and have not been taken back."""
    return published().filter(rounds=match_round)


def seats_left(match_round: MatchRound, vacancies: Sequence[Vacancy]) -> dict[int, int]:
    """Return how many seats each vacancy has for the round, by its key.

    Seats that other rounds filled are gone, whichever round supplements which.
    """
    first = min((vacancy.starts_on for vacancy in vacancies), default=None)
    if first is None:
        return {}
    taken = dict(
        MatchOutcome.objects.filter(answer__in=TAKEN, vacancy__starts_on__gte=first)
        .exclude(run__round=match_round)
        .values_list("vacancy")
        .annotate(n=Count("pk"))
    )
    return {v.pk: max(0, v.seats - taken.get(v.pk, 0)) for v in vacancies}


def reserved_seats_used(match_round: MatchRound) -> dict[int, dict[str, int]]:
    """Return by vacancy and school how many reserved seats earlier rounds of the chain filled."""
    if match_round.supplements_id is None:
        return {}
    chain = [key for key in round_chain(match_round) if key != match_round.pk]
    found: dict[int, dict[str, int]] = {}
    for vacancy, seat, count in (
        MatchOutcome.objects.filter(run__round__in=chain, answer__in=TAKEN)
        .exclude(seat__in=["", OPEN])
        .values_list("vacancy", "seat")
        .annotate(n=Count("pk"))
    ):
        found.setdefault(vacancy, {})[seat] = count
    return found


def may_enter(student: User, match_round: MatchRound) -> Answer | None:
    """Return what keeps a student out of a supplementary round; None: nothing does.

    Who accepted a place keeps it; who gave one up had the choice. Only a place that the firm took
    back later leaves its student free to enter.
    """
    if match_round.supplements_id is None:
        return None
    chain = [key for key in round_chain(match_round) if key != match_round.pk]
    answers = MatchOutcome.objects.filter(run__round__in=chain, list__student=student)
    bind = STILL_THERE | Q(answer__in=GIVEN_UP)
    return keeps_out(answers.filter(bind).values_list("answer", flat=True))


def keeps_out(answers: Iterable[str]) -> Answer | None:
    """Return which of a student's answers in a chain of rounds keeps them out of the next."""
    given = set(answers)
    if given & set(TAKEN):
        return Answer.ACCEPTED
    return Answer.DECLINED if given & set(GIVEN_UP) else None


def round_figures(match_round: MatchRound) -> dict[str, int]:
    """Return what an officer watches: lists, wishes, vacancies, seats, standings."""
    wishes = Application.objects.filter(list__round=match_round)
    return {
        "lists": match_round.lists.filter(applications__isnull=False).distinct().count(),
        "wishes": wishes.count(),
        "vacancies": match_round.vacancies.count(),
        "seats": match_round.vacancies.aggregate(total=Sum("seats"))["total"] or 0,
        "standings": wishes.filter(standing__isnull=False).count(),
    }


def auditor_link(token: str, *, at: datetime) -> AuditorLink | None:
    """Return the open link of an auditor's token; None when forged or outdated."""
    return (
        AuditorLink.objects.filter(token_hash=hash_of(token), expires_at__gt=at)
        .select_related("round")
        .first()
    )


def auditor_links(match_round: MatchRound) -> QuerySet[AuditorLink]:
    """Return the links made for a round's auditors, newest first."""
    return match_round.auditor_links.select_related("made_by")


def runs_of(match_round: MatchRound) -> QuerySet[MatchRun]:
    """Return every run of a round with who started and approved it, oldest first."""
    return match_round.runs.select_related("started_by", "approved_by")


def answer_figures(run: MatchRun) -> dict[str, int]:
    """Return how many places of a published run wait, were accepted, declined and so on."""
    counted = dict(run.outcomes.values_list("answer").annotate(n=Count("pk")))
    return {answer: counted.get(answer, 0) for answer in Answer.values}


def scenarios_of(match_round: MatchRound) -> QuerySet[Scenario]:
    """Return the what-ifs tried on a copy of a round, newest first; what was not solved is none."""
    return match_round.scenarios.select_related("made_by").exclude(report={})
