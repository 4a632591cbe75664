"""An outcome's reason codes as sentences: true, naming nobody else, checkable from cutoffs.

A firm's groups count from 1, best first; by a scoring rule one has points of 100. Of a vacancy
with few seats the last admitted's exact points would tell who that was: tens are said instead.
"""

from dataclasses import dataclass

import numpy as np
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from courses.kit.persian import local_digits
from courses.matching.market import UNRANKED
from courses.matching.models import (
    Application,
    Explanation,
    MatchOutcome,
    Score,
    ScoringRule,
    VacancyResult,
)
from courses.matching.models.outcomes import FEW_SEATS, PACKED_WISH
from courses.matching.models.wishes import ALL_POINTS
from courses.matching.rules import StatuteBook, reasons_against_wish
from courses.matching.solver.cutoffs import CODES, OPEN, Reason, Seats, refused
from courses.matching.states import Answer
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord
from courses.vacancies.models import Vacancy

LOST = ("outranked", "lottery", "reserved", "no_seats", "not_ranked")


@dataclass(frozen=True)
class KindOfSeat:
    """One kind of seat of a vacancy: who it is for, how many there are and where it ended."""

    title: str
    room: int
    used: int
    last: str


@dataclass(frozen=True)
class ExplainedWish:
    """One wish of a published result: where it stood, what became of it, why."""

    rank: int
    vacancy: Vacancy
    code: str
    status: str
    sentence: str
    own: str = ""
    kinds: tuple[KindOfSeat, ...] = ()
    asked: int = 0
    seats: int = 0
    score: Score | None = None
    rule: ScoringRule | None = None

    @property
    def won(self) -> bool:
        """Whether this is the student's place."""
        return self.code == "placed"

    @property
    def several_kinds(self) -> bool:
        """Whether there is more to say of the seats than the sentence does."""
        return len(self.kinds) > 1

    @property
    def lost(self) -> bool:
        """Whether something could have been different."""
        return self.code in LOST


@dataclass(frozen=True)
class Scale:
    """How a vacancy's tiers are said: groups a firm made, or points of its scoring rule."""

    by_points: bool
    few_seats: bool

    def own(self, tier: int) -> str:
        """Say where the student stands."""
        if self.by_points:
            return _("%(points)s of 100 points") % {"points": ALL_POINTS - tier}
        if tier == UNRANKED:
            return _("not ranked, which is the last group")
        return _("group %(group)s") % {"group": tier + 1}

    def last(self, tier: int) -> str:
        """Say where the last admitted stands, as far as that gives nobody away."""
        if not self.by_points or not self.few_seats:
            return self.own(tier)
        tens = (ALL_POINTS - tier) // 10 * 10
        return _("between %(low)s and %(high)s points") % {
            "low": tens, "high": min(tens + 9, ALL_POINTS),
        }  # fmt: skip


def explained(outcome: MatchOutcome) -> list[ExplainedWish]:
    """Return every wish of a published outcome with its reason, in the reader's language.

    The law's sentences are formed again from its present wording; a firm's "not suitable" shows
    the sentence it wrote for the student. Constant queries.
    """
    rows = np.frombuffer(bytes(outcome.wishes), np.dtype(PACKED_WISH))
    keys = rows["vacancy"].tolist()
    wishes = {
        wish.vacancy_id: wish
        for wish in Application.objects.filter(list=outcome.list)
        .select_related("vacancy__firm", "standing", "score")
        .prefetch_related("vacancy__skills")
    }
    results = {
        row.vacancy_id: row
        for row in VacancyResult.objects.filter(run=outcome.run_id, vacancy__in=keys)
    }
    scoring = {
        rule.vacancy_id: rule
        for rule in ScoringRule.objects.filter(round=outcome.run.round_id, vacancy__in=keys)
    }
    schools = {row.code: row for row in Organisation.objects.filter(kind="school")} if any(
        len(result.seats) > 1 for result in results.values()
    ) else {}  # fmt: skip
    record = PersonalRecord.objects.filter(user=outcome.list.student_id).first()
    book = StatuteBook()
    lines = []
    for rank, (key, tier, number) in enumerate(rows.tolist(), start=1):
        wish, result, code = wishes[key], results[key], CODES[number]
        seats = [
            Seats(kind, room, used, None if last is None else (last, ticket))
            for kind, room, used, last, ticket in result.seats
        ]
        # Of each kind by itself: one reserved seat among many would tell whose points they are.
        few = any(min(one.room, one.used) < FEW_SEATS for one in seats if one.room)
        scale = Scale(key in scoring, few)
        said: tuple[str, str]
        if code == "placed":
            said = _placed(outcome.seat)
        elif code == "not_reached":
            said = (
                _("not looked at"),
                _("You reached a wish you want more, so this one was not looked at."),
            )
        elif code == "ineligible":
            against = reasons_against_wish(record, wish.vacancy, book) if record else ()
            said = (
                _("not allowed"),
                (
                    " ".join(reason.sentence for reason in against)
                    or _("A rule does not allow this place for you.")
                ),
            )
        elif code == "not_ranked":
            said = _("not suitable"), _unsuitable(wish)
        else:
            reason = refused((tier, outcome.ticket), outcome.groups, seats)
            mine = any(one.room and one.kind in outcome.groups for one in seats)
            said = _refused(reason, scale, schools, own_seats=mine)
        lines.append(
            ExplainedWish(
                rank, wish.vacancy, code, *said,
                own=scale.own(tier) if code in ("placed", *LOST) and code != "not_ranked" else "",
                kinds=tuple(_kind(one, scale, schools) for one in seats if one.room),
                asked=result.asked, seats=result.capacity,
                score=getattr(wish, "score", None), rule=scoring.get(key),
            )
        )  # fmt: skip
    return lines


def _kind(seats: Seats, scale: Scale, schools: dict[str, Organisation]) -> KindOfSeat:
    last = scale.last(seats.last[0]) if seats.last else ""
    return KindOfSeat(_seats_title(seats.kind, schools), seats.room, seats.used, last)


def _seats_title(kind: str, schools: dict[str, Organisation]) -> str:
    if kind == OPEN:
        return _("open seats")
    return _("seats reserved for %(school)s") % {
        "school": schools[kind].name if kind in schools else kind
    }


def _placed(seat: str) -> tuple[str, str]:
    if seat != OPEN:
        return _("your place"), _("You were given one of the seats reserved for your own school.")
    return _("your place"), _("The workshop had a seat for your place in its order.")


def _unsuitable(wish: Application) -> str:
    standing = getattr(wish, "standing", None)
    if standing is None:
        return _("The workshop gave a reason why it cannot take you.")
    return f"{standing.get_unsuitable_display()}: {standing.sentence}"


def _refused(
    reason: Reason, scale: Scale, schools: dict[str, Organisation], *, own_seats: bool
) -> tuple[str, str]:
    """Return the status and the sentence of a wish whose seats went to others.

    `own_seats` tells whether seats are reserved here for the student's own school.
    """
    if reason.code == "no_seats":
        return _("no seat"), _("There was no seat here that you could have been given.")
    if reason.code == "reserved":
        # Without an open seat there is no last admitted to one either.
        return _("did not reach"), _reserved_for_others(own_seats, open_seats=bool(reason.seat))
    own = scale.own(reason.own_tier - 1) if reason.own_tier else ""
    last = scale.last(reason.last_tier - 1) if reason.last_tier else ""
    if reason.code == "lottery":
        return _("did not reach"), _(
            "You stood level with the last one admitted (%(own)s); the lottery decided. "
            "Your number is %(ticket)s, the last admitted number %(last)s."
        ) % {"own": own, "ticket": reason.own_ticket, "last": reason.last_ticket}
    seats = _seats_title(reason.seat or OPEN, schools)
    return _("did not reach"), _(
        "You stood at %(own)s; the last one admitted to the %(seats)s stood at %(last)s."
    ) % {"own": own, "last": last, "seats": seats}


def _reserved_for_others(own_seats: bool, *, open_seats: bool) -> str:
    if open_seats and own_seats:
        return _(
            "The open seats and those reserved for your school went to others before you; the "
            "other seats are reserved for other schools."
        )
    if open_seats:
        return _(
            "The open seats went to others before you; the other seats are reserved for other "
            "schools."
        )
    if own_seats:
        return _(
            "All seats here are reserved: those for your school went to others before you, the "
            "others are for other schools."
        )
    return _("All seats here are reserved for other schools.")


def could_have_been(explanation: Explanation, lines: list[ExplainedWish]) -> list[str]:
    """Return what would have given the student a lost wish, a sentence for each change.

    Every one was verified by solving the changed round. A number of points that would tell where
    the last admitted of few stood is said as the next ten, which is true all the more.
    """
    wish = lines[explanation.rank - 1]
    few = any(min(kind.room, kind.used) < FEW_SEATS for kind in wish.kinds)
    scale = Scale(wish.rule is not None, few)
    return [
        _if(one["kind"], one["value"], scale, wish)
        + " "
        + (
            _("you would have been given this place.")
            if one["wish"] == explanation.rank
            else _(
                "you would have been given your wish number %(wish)s, which you want more still."
            )
            % {"wish": one["wish"]}
        )
        for one in explanation.needed
    ]


def _if(kind: str, value: int, scale: Scale, wish: ExplainedWish) -> str:
    if kind == "seats":
        return ngettext(
            "If the workshop had had one seat more,",
            "If the workshop had had %(count)s seats more,",
            value,
        ) % {"count": value}
    if kind == "ticket":
        return _("If your number in the lottery had been %(number)s or lower,") % {"number": value}
    suitable = wish.code != "not_ranked"
    if scale.by_points:
        points = ALL_POINTS - (value - 1)
        enough = points <= 0 or (wish.score is not None and wish.score.points >= points)
        if not suitable and enough:
            return _("If the workshop had found you suitable,")
        if scale.few_seats:
            points = min(ALL_POINTS, -(-points // 10) * 10)
        if not suitable:
            return _(
                "If the workshop had found you suitable and you had had %(points)s points or more,"
            ) % {"points": points}
        return _("If you had had %(points)s points or more,") % {"points": points}
    if not suitable and value > UNRANKED:
        # Even in the last group, among those the workshop did not rank.
        return _("If the workshop had found you suitable,")
    if not suitable:
        return _(
            "If the workshop had found you suitable and put you in group %(group)s or a better one,"
        ) % {"group": value}
    return _("If the workshop had put you in group %(group)s or a better one,") % {"group": value}


def what_is_open(kept_out: Answer | None) -> str:
    """Say in a line what is left to a student whom a round left without a place."""
    if kept_out is None:
        return _("may enter the supplementary round")
    if kept_out == Answer.ACCEPTED:
        return _("has a place by now")
    return _("gave a place up: the next main round")


def summary(outcome: MatchOutcome) -> list[str]:
    """Return the code of every wish of an outcome; no query."""
    rows = np.frombuffer(bytes(outcome.wishes), np.dtype(PACKED_WISH))
    return [CODES[number] for number in rows["code"].tolist()]


def summed_up(codes: list[str]) -> str:
    """Say in a line how often each reason came: for whoever speaks with the student."""
    said = {
        "placed": _("given"),
        "not_reached": _("not looked at"),
        "ineligible": _("not allowed"),
        "not_ranked": _("not suitable"),
        "no_seats": _("no seat"),
        "outranked": _("others stood higher"),
        "lottery": _("the lottery decided"),
        "reserved": _("reserved seats"),
    }
    found = [f"{codes.count(code)} × {said[code]}" for code in CODES if code in codes]
    between = "; " if get_language() == "en" else "؛ "
    return local_digits(between.join(found)) if found else _("no wish left")
