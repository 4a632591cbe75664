"""Firms' published scoring rules, and the points they give at the freeze."""

from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.moves import lock
from courses.kit.rights import must
from courses.matching import rules, scoring
from courses.matching.models import Application, MatchRound, Score, ScoringRule
from courses.matching.refusals import RuleStands
from courses.people.models import User
from courses.vacancies.models import Vacancy

# So many applicants are read, scored and written at a time.
CROWD = 5_000


@transaction.atomic
def publish_scoring_rule(
    vacancy: Vacancy,
    match_round: MatchRound,
    *,
    lessons: int,
    quizzes: int,
    nearness: int,
    by: User,
    at: datetime | None = None,
) -> ScoringRule:
    """Publish by which rule a vacancy's applicants are ranked; once, while students choose.

    The points add up to 100. Publishing the same again changes nothing.
    """
    at = at or timezone.now()
    must(by, "matching.rank_applicants", vacancy)
    lock(match_round, fields=["state", "wishes_close_at", "ranking_closes_at"])
    if not rules.students_choose(match_round, at) or not match_round.vacancies.contains(vacancy):
        raise RuleStands
    weights = {"lessons": lessons, "quizzes": quizzes, "nearness": nearness}
    rule, created = ScoringRule.objects.get_or_create(
        vacancy=vacancy, round=match_round,
        defaults=weights | {"published_by": by, "published_at": at},
    )  # fmt: skip
    if not created:
        if any(getattr(rule, name) != points for name, points in weights.items()):
            raise RuleStands
        return rule
    audit.record(
        vacancy, "publish_scoring_rule", by=by, at=at, round=match_round.code, weights=weights
    )
    return rule


def write_scores(match_round: MatchRound) -> int:
    """Write the points of every applicant of a vacancy with a scoring rule; return how many.

    A constant number of queries for each few thousand applicants, however many rules there are.
    """
    by_vacancy = {
        rule.vacancy_id: rule for rule in match_round.scoring_rules.select_related("vacancy__firm")
    }
    wishes = (
        Application.objects.filter(
            list__round=match_round, vacancy__scoring_rules__round=match_round
        )
        .select_related("list")
        .order_by("list_id", "pk")
        .iterator(CROWD)
    )
    written = 0
    while batch := list(islice(wishes, CROWD)):
        rows = [
            Score(application=wish, points=sum(parts.values()), parts=parts)
            for wish, parts in scoring.parts_of(by_vacancy, batch)
        ]
        Score.objects.bulk_create(rows, batch_size=1_000)
        written += len(rows)
    return written
