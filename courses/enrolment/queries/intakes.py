"""Reading intakes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, F, Q, QuerySet
from django.db.models.functions import Cast

from courses.curricula.models import ProgrammePage
from courses.enrolment.models import Enrolment, Intake, SeatChange, SeatPool, Tally
from courses.enrolment.states import OPEN, TAKES_A_SEAT, ChangeState, State
from courses.kit.models import AuditEntry
from courses.kit.rights import may, where_may, who_may
from courses.people.models import User


def public_intakes() -> QuerySet[Intake]:
    """Return every intake with what its card shows; intakes are public."""
    return Intake.objects.select_related("school", "version").prefetch_related("pools")


def intakes_of(programme: ProgrammePage, *, at: datetime) -> QuerySet[Intake]:
    """Return the intakes of a programme, in whichever language, that have not closed."""
    return public_intakes().filter(
        version__programme__translation_key=programme.translation_key, closes_at__gt=at
    )


def intakes_open(at: datetime) -> QuerySet[Intake]:
    """Return the intakes that take enrolments at a moment."""
    return public_intakes().filter(opens_at__lte=at, closes_at__gt=at)


def intakes_behind(*things: Enrolment | SeatPool) -> QuerySet[Intake]:
    """Return the intakes of places or pools: whoever decides about these locks those first."""
    return Intake.objects.filter(pk__in={thing.intake_id for thing in things})


def kept_by(user: User) -> QuerySet[Intake]:
    """Return the intakes whose rosters the person may see."""
    return public_intakes().filter(school__in=where_may(user, "enrolment.see_rosters"))


def counts(intake: Intake) -> dict[str, int]:
    """Return how many enrolments of an intake stand in each state."""
    rows = Enrolment.objects.filter(intake=intake).values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(State.values, 0) | dict(rows)


def programme_title(code: str) -> str:
    """Return the title of a programme by its code, or the code."""
    page = ProgrammePage.objects.filter(code=code, locale__language_code="fa").first()
    return page.title if page else code


def changes_waiting(user: User) -> QuerySet[SeatChange]:
    """Return the changes of seats a person may decide on: not their own."""
    waiting = SeatChange.objects.filter(state=ChangeState.ASKED).exclude(asked_by=user.pk)
    waiting = waiting.select_related("pool__intake__school", "pool__intake__version", "asked_by")
    if may(user, "enrolment.decide_all_seats"):
        return waiting
    return waiting.filter(pool__intake__school__in=where_may(user, "enrolment.keep_intakes"))


def second_persons(change: SeatChange) -> list[User]:
    """Return who may decide on a change of seats: the school's other registrars, or officers.

    Officers are asked where the school has nobody else: they need not hear of every school.
    """
    others = who_may("enrolment.keep_intakes", change).exclude(pk=change.asked_by_id)
    return list(others) or list(
        who_may("enrolment.decide_all_seats").exclude(pk=change.asked_by_id)
    )


@dataclass(frozen=True)
class FunnelStep:
    """How many enrolments of an intake ever reached one of some states."""

    name: str
    reached: int


FUNNEL: tuple[tuple[str, frozenset[str]], ...] = (
    ("asked", frozenset(State.values)),
    ("seat", frozenset({State.HELD, State.ADMITTED, State.OFFERED})),
    ("sure", frozenset({State.ADMITTED, State.ACCEPTED})),
    ("enrolled", frozenset({State.ENROLLED})),
    ("completed", frozenset({State.COMPLETED})),
)


def funnel(intake: Intake) -> list[FunnelStep]:
    """Return how many ever asked, were given a seat, were sure of it, came, and completed.

    Counted from the audit trail, so that leaving later takes nobody out of an earlier step.
    """
    keys = Enrolment.objects.filter(intake=intake).annotate(
        text_key=Cast("pk", CharField())
    ).values("text_key")  # fmt: skip
    lines = AuditEntry.objects.filter(
        object_kind=Enrolment._meta.label_lower, object_id__in=keys
    ).values_list("object_id", "to_state")
    reached: dict[str, set[str]] = {}
    for key, state in lines.distinct():
        reached.setdefault(state, set()).add(key)
    return [
        FunnelStep(name, len(set().union(*(reached.get(state, set()) for state in states))))
        for name, states in FUNNEL
    ]


@dataclass(frozen=True)
class Miscount:
    """A counter that is not the number of what it counts."""

    what: str
    said: int
    true: int

    def __str__(self) -> str:
        return f"{self.what} counts {self.said}, not {self.true}"


def miscounts() -> list[Miscount]:
    """Return every pool and tally whose counter has left its places; mostly none."""
    sat = Count("enrolments", filter=Q(enrolments__state__in=sorted(TAKES_A_SEAT)))
    pools = SeatPool.objects.annotate(true=sat).exclude(taken=F("true"))
    held = Count("student__enrolments", filter=Q(student__enrolments__state__in=sorted(OPEN)))
    tallies = Tally.objects.annotate(true=held).exclude(open=F("true"))
    return [
        *(
            Miscount(f"pool {key}", said, true)
            for key, said, true in pools.order_by("pk").values_list("pk", "taken", "true")
        ),
        *(
            Miscount(f"tally {key}", said, true)
            for key, said, true in tallies.order_by("pk").values_list("pk", "open", "true")
        ),
    ]
