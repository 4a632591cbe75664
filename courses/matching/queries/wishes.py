"""Reading students' wishes and firms' applicants."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from courses.kit.rights import where_may
from courses.matching.models import Application, MatchRound, PreferenceList, ScoringRule
from courses.matching.scoring import parts_of
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import published


def wish_list(student: User, match_round: MatchRound) -> PreferenceList | None:
    """Return the student's list in a round with its wishes in order, or None."""
    wishes = Application.objects.select_related("vacancy__firm").prefetch_related("vacancy__skills")
    return (
        PreferenceList.objects.filter(student=student, round=match_round)
        .prefetch_related(Prefetch("applications", queryset=wishes.order_by("rank")))
        .first()
    )


def lists_with_wishes(match_round: MatchRound) -> QuerySet[PreferenceList]:
    """Return the lists of a round that have at least one wish."""
    return PreferenceList.objects.filter(
        pk__in=Application.objects.filter(list__round=match_round).values("list")
    )


def full_lists(match_round: MatchRound) -> int:
    """Return how many lists are as long as the round allows."""
    return (
        match_round.lists.annotate(n=Count("applications"))
        .filter(n__gte=match_round.longest_list)
        .count()
    )


def ranked_vacancies(user: User, match_round: MatchRound) -> QuerySet[Vacancy]:
    """Return the round's vacancies whose applicants the person may rank.

    Each with how many `asked` for it and how many are `placed`: ranked or turned away, or all
    of them where a scoring rule ranks (`by_rule`).
    """
    rule = ScoringRule.objects.filter(round=match_round, vacancy=OuterRef("pk"))
    return (
        Vacancy.objects.filter(
            rounds=match_round, firm__in=where_may(user, "matching.rank_applicants")
        )
        .select_related("firm", "occupation")
        .annotate(by_rule=Exists(rule))
        .annotate(
            asked=Count("applications", filter=Q(applications__list__round=match_round)),
            placed=Count(
                "applications",
                filter=Q(applications__list__round=match_round)
                & (Q(applications__standing__isnull=False) | Q(by_rule=True)),
            ),
        )
        .order_by("code")
    )


def carried_over(student: User, match_round: MatchRound) -> QuerySet[Vacancy]:
    """Return what of the student's last list takes part in this round too and is not on it yet."""
    last = (
        PreferenceList.objects.filter(student=student, round__lt=match_round.pk)
        .order_by("-round")
        .first()
    )
    if last is None:
        return Vacancy.objects.none()
    now = Application.objects.filter(list__student=student, list__round=match_round)
    return (
        published()
        .filter(rounds=match_round, applications__list=last)
        .exclude(pk__in=now.values("vacancy"))
        .order_by("applications__rank")
    )


@dataclass(frozen=True)
class Points:
    """A firm's rule and what a student would get by it today."""

    rule: ScoringRule
    parts: dict[str, int]

    @property
    def total(self) -> int:
        """All points together."""
        return sum(self.parts.values())


def scoring_of(wishes: Sequence[Application], match_round: MatchRound) -> dict[int, Points]:
    """Return by the vacancy's key the points of those wishes whose firm published a rule."""
    rules = {
        rule.vacancy_id: rule
        for rule in ScoringRule.objects.filter(
            round=match_round, vacancy__in=[wish.vacancy_id for wish in wishes]
        ).select_related("vacancy__firm")
    }
    if not rules:
        return {}
    asked = [wish for wish in wishes if wish.vacancy_id in rules]
    return {
        wish.vacancy_id: Points(rules[wish.vacancy_id], parts)
        for wish, parts in parts_of(rules, asked)
    }


def vacancies_with_waiting(match_round: MatchRound) -> QuerySet[Vacancy]:
    """Return the round's vacancies with applicants nobody has ranked, each with how many.

    A vacancy with a scoring rule ranks by itself.
    """
    return (
        match_round.vacancies.exclude(scoring_rules__round=match_round)
        .annotate(
            waiting=Count(
                "applications",
                filter=Q(
                    applications__list__round=match_round, applications__standing__isnull=True
                ),
            )
        )
        .filter(waiting__gt=0)
        .select_related("firm")
        .order_by("code")
    )


def scoring_rule(vacancy: Vacancy, match_round: MatchRound) -> ScoringRule | None:
    """Return the rule a firm published for a vacancy in a round, or None."""
    return ScoringRule.objects.filter(vacancy=vacancy, round=match_round).first()


def public_rule(vacancy: Vacancy) -> ScoringRule | None:
    """Return the rule a vacancy ranks by in the newest round that is neither draft nor closed."""
    return (
        ScoringRule.objects.filter(vacancy=vacancy)
        .exclude(round__state__in=[State.DRAFT, State.CLOSED])
        .order_by("-round_id")
        .first()
    )


def applicants(vacancy: Vacancy, match_round: MatchRound) -> list[Application]:
    """Return who asked for a vacancy: best tier first, unranked after, "not suitable" last.

    Within a tier the order is the pseudonym's: neither arrival nor the wish's rank shows.
    """
    asked = (
        Application.objects.filter(vacancy=vacancy, list__round=match_round)
        .select_related("list", "standing", "score")
        .order_by("list__pseudonym")
    )

    def place(application: Application) -> tuple[int, int]:
        standing = getattr(application, "standing", None)
        if standing is None:
            return (1, 0)
        return (0, standing.tier) if standing.tier else (2, 0)

    return sorted(asked, key=place)
