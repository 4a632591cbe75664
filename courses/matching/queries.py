"""Reading rounds, wishes, applicants and results."""

from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.enrolment.queries import is_student
from courses.kit.steps import Step
from courses.matching.models import (
    Application,
    MatchOutcome,
    MatchRound,
    MatchRun,
    PreferenceList,
)
from courses.matching.states import Phase, State
from courses.organisations.queries import is_officer
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import kept_by

PUBLIC_STATES = tuple(state for state in State if state != State.DRAFT)
RESULT_STATES = (State.PUBLISHED, State.CLOSED)


def visible_to(user: User) -> QuerySet[MatchRound]:
    """Return the rounds a person may know of: all for officers, opened ones for members."""
    if not user.is_authenticated:
        return MatchRound.objects.none()
    rounds = MatchRound.objects.defer("snapshot", "seed")
    return rounds if is_officer(user) else rounds.filter(state__in=PUBLIC_STATES)


def present_round() -> MatchRound | None:
    """Return the newest opened round that is not closed: the one everybody works in."""
    return (
        MatchRound.objects.exclude(state__in=[State.DRAFT, State.CLOSED])
        .defer("snapshot", "seed")
        .first()
    )


def wish_list(student: User, match_round: MatchRound) -> PreferenceList | None:
    """Return the student's list in a round with its wishes in order, or None."""
    wishes = Application.objects.select_related("vacancy__firm").prefetch_related("vacancy__skills")
    return (
        PreferenceList.objects.filter(student=student, round=match_round)
        .prefetch_related(Prefetch("applications", queryset=wishes.order_by("rank")))
        .first()
    )


def ranked_vacancies(user: User, match_round: MatchRound) -> QuerySet[Vacancy]:
    """Return the round's vacancies of the firms where the person is owner or mentor."""
    return (
        kept_by(user)
        .filter(rounds=match_round)
        .annotate(
            asked=Count("applications", filter=Q(applications__list__round=match_round)),
            placed=Count(
                "applications",
                filter=Q(
                    applications__list__round=match_round,
                    applications__standing__isnull=False,
                ),
            ),
        )
        .order_by("code")
    )


def applicants(vacancy: Vacancy, match_round: MatchRound) -> list[Application]:
    """Return who asked for a vacancy: best tier first, unranked after, "not suitable" last.

    Within a tier the order is the pseudonym's: neither arrival nor the wish's rank shows.
    """
    asked = (
        Application.objects.filter(vacancy=vacancy, list__round=match_round)
        .select_related("list", "standing")
        .order_by("list__pseudonym")
    )

    def place(application: Application) -> tuple[int, int]:
        standing = getattr(application, "standing", None)
        if standing is None:
            return (1, 0)
        return (0, standing.tier) if standing.tier else (2, 0)

    return sorted(asked, key=place)


def good_run(match_round: MatchRound) -> MatchRun | None:
    """Return the newest finished run the verifier found clean."""
    return match_round.runs.filter(finished_at__isnull=False, violations=[]).last()


def result_of(student: User, match_round: MatchRound) -> MatchOutcome | None:
    """Return a student's published outcome, or None."""
    if match_round.state not in RESULT_STATES:
        return None
    return (
        MatchOutcome.objects.filter(run=good_run(match_round), list__student=student)
        .select_related("vacancy__firm", "list")
        .first()
    )


def results_at(vacancy: Vacancy, match_round: MatchRound) -> QuerySet[MatchOutcome]:
    """Return who a published round placed at a vacancy."""
    if match_round.state not in RESULT_STATES:
        return MatchOutcome.objects.none()
    return (
        MatchOutcome.objects.filter(run=good_run(match_round), vacancy=vacancy)
        .select_related("list__student")
        .order_by("list__pseudonym")
    )


def round_figures(match_round: MatchRound) -> dict[str, int]:
    """Return what an officer watches: lists, wishes, vacancies, seats, standings."""
    wishes = Application.objects.filter(list__round=match_round)
    return {
        "lists": match_round.lists.filter(applications__isnull=False).distinct().count(),
        "wishes": wishes.count(),
        "vacancies": match_round.vacancies.count(),
        "seats": sum(match_round.vacancies.values_list("seats", flat=True)),
        "standings": wishes.filter(standing__isnull=False).count(),
    }


def placed_by_rank(run: MatchRun) -> list[tuple[int | None, int]]:
    """Return how many students got their first, second, … wish; None counts the unplaced."""
    rows = run.outcomes.values_list("rank").annotate(n=Count("pk"))
    return sorted(rows, key=lambda row: (row[0] is None, row[0] or 0))


def unfinished_runs(before: datetime) -> QuerySet[MatchRun]:
    """Return the runs that were started before a moment and have not finished."""
    return MatchRun.objects.filter(finished_at__isnull=True, started_at__lt=before)


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what the present round asks of a person as student, firm or officer."""
    match_round = present_round()
    steps: list[Step] = []
    if match_round is not None and user.is_authenticated:
        steps += _student_steps(user, match_round, at)
        steps += _firm_steps(user, match_round, at)
    if is_officer(user):
        steps += _officer_steps(match_round, at)
    return steps


def _student_steps(user: User, match_round: MatchRound, at: datetime) -> list[Step]:
    outcome = result_of(user, match_round)
    if outcome:
        found = bool(outcome.vacancy)
        return [
            Step(
                100,
                _("Your place has been found") if found else _("The result is out"),
                str(outcome.vacancy) if found else _("No place was found this time; read why."),
                reverse("matching:result_detail", args=[match_round.code]),
                _("See my place and its reason"),
            )
        ]
    if match_round.phase(at) != Phase.WISHES or not is_student(user):
        return []
    wished = Application.objects.filter(list__round=match_round, list__student=user).count()
    text = (
        _("You have %(count)s wishes; you can change them until the deadline.")
        if wished
        else _("Choose the workshops you would like and put them in order.")
    )
    return [
        Step(
            65 if wished else 90,
            _("Put the workshops in your order"),
            text % {"count": wished} if wished else text,
            reverse("matching:wish_list"),
            _("Put in order") if wished else _("Choose"),
            due=match_round.wishes_close_at,
        )
    ]


def _firm_steps(user: User, match_round: MatchRound, at: datetime) -> list[Step]:
    steps = []
    phase = match_round.phase(at)
    for vacancy in ranked_vacancies(user, match_round):
        path = reverse("matching:applicant_list", args=[match_round.code, vacancy.public_id])
        waiting = vacancy.asked - vacancy.placed  # type: ignore[attr-defined]
        if phase == Phase.RANKING and waiting:
            steps.append(
                Step(
                    85,
                    _("Rank the applicants of “%(vacancy)s”") % {"vacancy": vacancy},
                    _("%(count)s applicants wait for your order.") % {"count": waiting},
                    path,
                    _("Rank them"),
                    due=match_round.ranking_closes_at,
                )
            )
        elif match_round.state in RESULT_STATES:
            steps.append(Step(50, str(vacancy), _("The result is out."), path, _("See who comes")))
    return steps


def _officer_steps(match_round: MatchRound | None, at: datetime) -> list[Step]:
    if match_round is None:
        return [
            Step(
                50,
                _("No round is open"),
                _("Draft one with its deadlines, then open it."),
                reverse("matching:round_list"),
                _("See the rounds"),
            )
        ]
    phase = match_round.phase(at)
    return [
        Step(
            80,
            match_round.title,
            str(phase.label if phase else match_round.get_state_display()),
            reverse("matching:round_detail", args=[match_round.code]),
            _("See the round"),
            due=match_round.wishes_close_at if match_round.phase(at) == Phase.WISHES else None,
        )
    ]
