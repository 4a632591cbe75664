"""Posting, changing, publishing and taking back vacancies; reserving seats."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit import audit
from courses.kit.models import new_public_id
from courses.kit.moves import lock, move
from courses.kit.persian import search_form
from courses.kit.refusal import Refusal
from courses.kit.rights import must
from courses.law.queries import statute_on
from courses.organisations.models import Organisation
from courses.people.models import User
from courses.skills.models import Skill
from courses.vacancies import rules
from courses.vacancies.models import ReserveKind, SeatReserve, Vacancy
from courses.vacancies.states import EDITABLE, MOVES


class TheLawForbids(Refusal):
    """The vacancy breaks the law of young workers; `reasons` names each rule."""

    code = "the_law_forbids"
    sentence = _("The law forbids this vacancy: %(sentences)s")

    def __init__(self, reasons: Iterable[rules.Reason]) -> None:
        """Keep the reasons for machines, their sentences for people."""
        self.reasons = tuple(reasons)
        super().__init__(sentences=" ".join(reason.sentence for reason in self.reasons))


class NotEditable(Refusal):
    """What students have seen does not change under them."""

    code = "not_editable"
    sentence = _("A published vacancy cannot be changed; take it back and post a new one.")


class MoreReservedThanSeats(Refusal):
    """Reserves are minimums within the seats."""

    code = "more_reserved_than_seats"
    sentence = _("More seats would be reserved than the vacancy has.")


@transaction.atomic
def post_vacancy(
    vacancy: Vacancy, *, skills: Iterable[Skill], by: User | None, at: datetime | None = None
) -> Vacancy:
    """Save a new vacancy of a firm as a draft. `by` None is the seed command."""
    if by is not None:
        must(by, "vacancies.keep", vacancy)
    vacancy.code = vacancy.code or f"v-{new_public_id().hex[:10]}"
    return _write(vacancy, skills, "post_vacancy", by=by, at=at)


@transaction.atomic
def change_vacancy(
    vacancy: Vacancy, *, skills: Iterable[Skill], by: User, at: datetime | None = None
) -> Vacancy:
    """Change a draft."""
    must(by, "vacancies.keep", vacancy)
    if not lock(Vacancy.objects.filter(pk=vacancy.pk, state__in=EDITABLE)):
        raise NotEditable
    if sum(reserve.seats for reserve in vacancy.reserves.all()) > vacancy.seats:
        raise MoreReservedThanSeats
    return _write(vacancy, skills, "change_vacancy", by=by, at=at)


@transaction.atomic
def publish_vacancy(vacancy: Vacancy, *, by: User | None, at: datetime | None = None) -> Vacancy:
    """Put a draft before the public; refuses with every reason of the law."""
    if by is not None:
        must(by, "vacancies.keep", vacancy)
    reasons = rules.reasons_against_publishing(vacancy, statute_on(vacancy.starts_on))
    if reasons:
        raise TheLawForbids(reasons)
    return move(vacancy, MOVES, "publish", by=by, at=at or timezone.now())


@transaction.atomic
def take_back_vacancy(
    vacancy: Vacancy, *, by: User, reason: str, at: datetime | None = None
) -> Vacancy:
    """Take a vacancy off the list; it cannot come back."""
    must(by, "vacancies.keep", vacancy)
    return move(vacancy, MOVES, "take_back", by=by, at=at or timezone.now(), reason=reason)


@transaction.atomic
def reserve_seats(
    vacancy: Vacancy,
    school: Organisation,
    seats: int,
    *,
    by: User | None,
    kind: str = ReserveKind.SOFT,
    at: datetime | None = None,
) -> SeatReserve:
    """Keep seats for a school's students; the reserves together never exceed the seats."""
    # Two reservers queue up, so the sum below is true.
    lock(vacancy, fields=["seats"])
    others = SeatReserve.objects.filter(vacancy=vacancy).exclude(school=school)
    if sum(reserve.seats for reserve in others) + seats > vacancy.seats:
        raise MoreReservedThanSeats
    reserve, _created = SeatReserve.objects.update_or_create(
        vacancy=vacancy, school=school,
        defaults={"seats": seats, "kind": kind, "precedence": len(others)},
    )  # fmt: skip
    audit.record(vacancy, "reserve_seats", by=by, at=at, school=school.code, seats=seats, kind=kind)
    return reserve


def _write(
    vacancy: Vacancy, skills: Iterable[Skill], verb: str, *, by: User | None, at: datetime | None
) -> Vacancy:
    skills = list(skills)
    occupation = vacancy.occupation
    words = [vacancy.title_fa, vacancy.title_en, vacancy.duties, vacancy.firm.name_fa,
             vacancy.firm.name_en, vacancy.firm.locality_fa, vacancy.firm.locality_en,
             occupation.label_fa, occupation.label_en]  # fmt: skip
    for skill in skills:
        words += [skill.label_fa, skill.label_en]
    vacancy.search_text = search_form(" ".join(words))
    vacancy.save()
    vacancy.skills.set(skills)
    audit.record(vacancy, verb, by=by, at=at, seats=vacancy.seats)
    return vacancy
