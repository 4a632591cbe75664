"""What the present round asks of students, firms, counsellors and officers."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.enrolment.queries import is_student
from courses.kit.rights import may
from courses.kit.steps import Step, Weight
from courses.matching.models import Application, MatchRound
from courses.matching.queries.results import (
    counselled_schools,
    open_objections,
    place_held,
    result_of,
    unplaced_of,
)
from courses.matching.queries.rounds import RESULT_STATES, may_enter, present_round
from courses.matching.queries.wishes import ranked_vacancies
from courses.matching.states import Answer, Phase
from courses.people.models import User
from courses.vacancies.states import State as VacancyState


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what the present round asks of a person as student, firm or officer."""
    match_round = present_round()
    steps: list[Step] = []
    if match_round is not None and user.is_authenticated:
        steps += _student_steps(user, match_round, at)
        steps += _firm_steps(user, match_round, at)
        steps += _counsellor_steps(user, match_round)
    if may(user, "matching.run_rounds"):
        steps += _objection_steps()
        steps += _officer_steps(match_round, at)
    return steps


def _student_steps(user: User, match_round: MatchRound, at: datetime) -> list[Step]:
    outcome = result_of(user, match_round)
    kept_out = None if outcome else may_enter(user, match_round)
    if kept_out == Answer.ACCEPTED:
        outcome = place_held(user, match_round)
    if outcome:
        path = reverse("matching:result_detail", args=[outcome.run.round.code])
        if outcome.vacancy is not None and outcome.vacancy.state == VacancyState.WITHDRAWN:
            return [
                Step(
                    Weight.ANSWER_OR_LOSE,
                    _("The workshop has taken this vacancy back"),
                    _("“%(vacancy)s” is no longer there; you may enter the supplementary round.")
                    % {"vacancy": outcome.vacancy},
                    path,
                    _("See my result"),
                )
            ]
        if outcome.answer == Answer.OFFERED:
            return [
                Step(
                    Weight.PLACE_FOUND,
                    _("Your place has been found"),
                    _("Say whether you take “%(vacancy)s”; silence declines it.")
                    % {"vacancy": outcome.vacancy},
                    path,
                    _("Answer and see why"),
                    due=outcome.run.round.confirm_until,
                )
            ]
        found = outcome.answer == Answer.ACCEPTED
        return [
            Step(
                Weight.DAYS_ARE_COUNTED if found else Weight.ANSWER_OR_LOSE,
                _("Your place") if found else _("The result is out"),
                str(outcome.vacancy) if found else _("You have no place from it; read why."),
                path,
                _("See my place and its reason"),
            )
        ]
    if kept_out or match_round.phase(at) != Phase.WISHES or not is_student(user):
        return []
    wished = Application.objects.filter(list__round=match_round, list__student=user).count()
    text = (
        ngettext(
            "You have %(count)s wish; you can change it until the deadline.",
            "You have %(count)s wishes; you can change them until the deadline.",
            wished,
        )
        % {"count": wished}
        if wished
        else _("Choose the workshops you would like and put them in order.")
    )
    return [
        Step(
            Weight.ORDER_WISHES if wished else Weight.DAYS_ARE_COUNTED,
            _("Put the workshops in your order"),
            text,
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
                    Weight.RANK_APPLICANTS,
                    _("Rank the applicants of “%(vacancy)s”") % {"vacancy": vacancy},
                    _("%(count)s applicants wait for your order.") % {"count": waiting},
                    path,
                    _("Rank them"),
                    due=match_round.ranking_closes_at,
                )
            )
        elif phase == Phase.WISHES:
            steps.append(
                Step(
                    Weight.WAIT,
                    str(vacancy),
                    _("Students choose now. You may publish a scoring rule, or rank them later."),
                    path,
                    _("See the vacancy in the round"),
                    due=match_round.wishes_close_at,
                )
            )
        elif match_round.state in RESULT_STATES:
            out = _("The result is out.")
            steps.append(Step(Weight.RESULT_IS_OUT, str(vacancy), out, path, _("See who comes")))
    return steps


def _officer_steps(match_round: MatchRound | None, at: datetime) -> list[Step]:
    if match_round is None:
        return [
            Step(
                Weight.RESULT_IS_OUT,
                _("No round is open"),
                _("Draft one with its deadlines, then open it."),
                reverse("matching:round_list"),
                _("See the rounds"),
            )
        ]
    phase = match_round.phase(at)
    return [
        Step(
            Weight.SOMETHING_CAME_BACK,
            match_round.title,
            str(phase.label if phase else match_round.get_state_display()),
            reverse("matching:round_detail", args=[match_round.code]),
            _("See the round"),
            due=match_round.wishes_close_at if match_round.phase(at) == Phase.WISHES else None,
        )
    ]


def _objection_steps() -> list[Step]:
    waiting = list(open_objections()[:50])
    if not waiting:
        return []
    return [
        Step(
            Weight.OBJECTIONS_WAIT,
            _("Objections wait for an answer"),
            _("%(count)s students asked a human to look.") % {"count": len(waiting)},
            reverse("matching:objection_list"),
            _("Read and answer"),
            due=waiting[0].due_at,
        )
    ]


def _counsellor_steps(user: User, match_round: MatchRound) -> list[Step]:
    if match_round.state not in RESULT_STATES:
        return []
    steps = []
    for school in counselled_schools(user):
        left = [o for o in unplaced_of(school, match_round) if not hasattr(o, "counselling")]
        if left:
            steps.append(
                Step(
                    Weight.COUNSEL,
                    _("Students without a place"),
                    ngettext(
                        "%(count)s student of %(school)s waits for a talk.",
                        "%(count)s students of %(school)s wait for a talk.",
                        len(left),
                    )
                    % {"count": len(left), "school": school.name},
                    reverse("matching:unplaced_list", args=[match_round.code, school.public_id]),
                    _("See who they are"),
                )
            )
    return steps
