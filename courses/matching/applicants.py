"""What a firm may see of who asked for its vacancy: a code, what was learnt, where it put them.

Never a name, sex, age, school or home, and nothing of the student's own list: neither its length
nor where on it this vacancy stands, nor a number of the lottery. Pages and tables are filled from
here alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from courses.learning.queries import Progress, progress_of, skills_learnt
from courses.matching import queries, scoring
from courses.matching.models import Application, MatchRound, ScoringRule, Standing
from courses.skills.models import Skill
from courses.vacancies.models import Vacancy


@dataclass(frozen=True)
class Applicant:
    """One applicant as the firm sees them.

    `parts` are the points of each criterion where a scoring rule ranks, else None; `by_points`
    is then one more than how many have more points.
    """

    application: Application
    code: str
    standing: Standing | None
    learnt: Sequence[Progress] = ()
    skills: Sequence[Skill] = ()
    parts: dict[str, int] | None = None
    by_points: int | None = None

    @property
    def points(self) -> int | None:
        """All points of the rule."""
        return None if self.parts is None else sum(self.parts.values())

    @property
    def group(self) -> int | None:
        """The group the firm chose; where a rule ranks, none."""
        return self.standing.tier if self.standing and self.parts is None else None

    @property
    def place(self) -> int | None:
        """Where the firm's order has this applicant: by the rule's points, or the group."""
        return self.group if self.parts is None else self.by_points

    @property
    def set_aside(self) -> bool:
        """Whether the firm said "not suitable"."""
        return bool(self.standing and self.standing.unsuitable)

    @property
    def answered(self) -> bool:
        """Whether the firm has said anything."""
        return self.set_aside or self.group is not None


def applicants_of(
    vacancy: Vacancy, match_round: MatchRound, rule: ScoringRule | None, *, code: str | None = None
) -> list[Applicant]:
    """Return a vacancy's applicants in the firm's order, from a constant number of queries.

    Best group first, whom it has not ranked after, "not suitable" last; where a rule ranks, by
    points. Whoever stands equal follows the code. With `code` only that one is looked up closely:
    the others are there to be counted.
    """
    wishes = queries.applicants(vacancy, match_round)
    looked_up = [w for w in wishes if code in (None, w.list.pseudonym)]
    students = [wish.list.student_id for wish in looked_up]
    learnt, skills = progress_of(students), skills_learnt(students)
    parts = _parts(vacancy, wishes, rule) if rule else {}
    best_first = sorted((sum(mine.values()) for mine in parts.values()), reverse=True)
    found = [
        Applicant(
            wish,
            wish.list.pseudonym,
            getattr(wish, "standing", None),
            learnt.get(wish.list.student_id, ()),
            skills.get(wish.list.student_id, ()),
            parts.get(wish.pk),
            best_first.index(sum(parts[wish.pk].values())) + 1 if rule else None,
        )
        for wish in wishes
    ]
    if rule:
        found.sort(key=lambda one: (one.set_aside, -(one.points or 0), one.code))
    return found


def _parts(
    vacancy: Vacancy, wishes: list[Application], rule: ScoringRule
) -> dict[int, dict[str, int]]:
    """Return the frozen points, or before the freeze what they are today."""
    if all(hasattr(wish, "score") for wish in wishes):
        return {wish.pk: wish.score.parts for wish in wishes}
    rule.vacancy = vacancy
    return {wish.pk: parts for wish, parts in scoring.parts_of({vacancy.pk: rule}, wishes)}
