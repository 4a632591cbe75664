"""Students' wishes: added, moved, taken out; the list counts as it stands at the deadline."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from courses.enrolment.queries import is_student
from courses.kit import audit
from courses.matching import queries, rules
from courses.matching.models import Application, MatchRound, PreferenceList
from courses.matching.refusals import (
    GaveAPlaceUp,
    HasAPlace,
    ListIsFull,
    NotAStudent,
    NothingToCarryOver,
    NotInThisRound,
    WishesAreClosed,
)
from courses.matching.states import Answer
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import published

# Ranks are unique: while a list is written anew its rows stand on numbers no list uses.
ASIDE = 10_000


@transaction.atomic
def add_wish(
    match_round: MatchRound, vacancy: Vacancy, *, by: User, at: datetime | None = None
) -> Application:
    """Put a vacancy at the end of the student's list; one wished already stays where it is."""
    at = at or timezone.now()
    wishes = _locked_list(match_round, by, at)
    if not published().filter(pk=vacancy.pk, rounds=match_round).exists():
        raise NotInThisRound
    wish = wishes.applications.filter(vacancy=vacancy).first()
    if wish is not None:
        return wish
    count = wishes.applications.count()
    if count >= match_round.longest_list:
        raise ListIsFull(longest=match_round.longest_list)
    wish = Application.objects.create(list=wishes, vacancy=vacancy, rank=count + 1)
    audit.record(wishes, "add_wish", by=by, at=at, vacancy=vacancy.code)
    return wish


@transaction.atomic
def set_wishes(
    match_round: MatchRound, vacancies: Sequence[Vacancy], *, by: User, at: datetime | None = None
) -> PreferenceList:
    """Make the student's list exactly these vacancies in this order, all or nothing.

    A wish that stays keeps its row; setting the same list again changes nothing.
    """
    at = at or timezone.now()
    wishes = _locked_list(match_round, by, at)
    wanted = [vacancy.pk for vacancy in vacancies]
    if len(set(wanted)) != len(wanted):
        raise NotInThisRound
    if len(wanted) > match_round.longest_list:
        raise ListIsFull(longest=match_round.longest_list)
    present = dict(wishes.applications.order_by("rank").values_list("vacancy_id", "pk"))
    if list(present) == wanted:
        return wishes
    new = [pk for pk in wanted if pk not in present]
    if published().filter(pk__in=new, rounds=match_round).count() != len(new):
        raise NotInThisRound
    if present:
        wishes.applications.exclude(vacancy__in=wanted).delete()
        _write_ranks(
            wishes, {present[pk]: rank for rank, pk in enumerate(wanted, 1) if pk in present}
        )
    Application.objects.bulk_create(
        [
            Application(list=wishes, vacancy_id=pk, rank=rank)
            for rank, pk in enumerate(wanted, start=1)
            if pk not in present
        ]
    )
    audit.record(wishes, "set_wishes", by=by, at=at, vacancies=[v.code for v in vacancies])
    return wishes


def carry_over(match_round: MatchRound, *, by: User, at: datetime | None = None) -> PreferenceList:
    """Add the wishes of the student's last list that take part in this round too, in order.

    They come after the wishes that are there already, as far as the list is long enough.
    """
    at = at or timezone.now()
    more = list(queries.carried_over(by, match_round))
    if not more:
        raise NothingToCarryOver
    now = list(
        Vacancy.objects.filter(
            applications__list__round=match_round, applications__list__student=by
        ).order_by("applications__rank")
    )
    return set_wishes(match_round, [*now, *more][: match_round.longest_list], by=by, at=at)


@transaction.atomic
def move_wish(wish: Application, by_places: int, *, by: User, at: datetime | None = None) -> None:
    """Move a wish up (−1) or down (+1)."""
    at = at or timezone.now()
    wishes = _locked_list(wish.list.round, by, at)
    ranked = list(wishes.applications.order_by("rank").values_list("pk", flat=True))
    if wish.pk not in ranked:
        raise NotInThisRound
    _write_ranks(wishes, _numbered(rules.moved(ranked, wish.pk, by_places)))
    audit.record(wishes, "move_wish", by=by, at=at, vacancy=wish.vacancy.code, places=by_places)


@transaction.atomic
def take_out_wish(wish: Application, *, by: User, at: datetime | None = None) -> None:
    """Take a wish out; the others close ranks. Taking out twice changes nothing."""
    at = at or timezone.now()
    wishes = _locked_list(wish.list.round, by, at)
    vacancy = wish.vacancy
    deleted, _rows = Application.objects.filter(pk=wish.pk, list=wishes).delete()
    if not deleted:
        return
    left = wishes.applications.order_by("rank").values_list("pk", flat=True)
    _write_ranks(wishes, _numbered(left))
    audit.record(wishes, "take_out_wish", by=by, at=at, vacancy=vacancy.code)


def _locked_list(match_round: MatchRound, student: User, at: datetime) -> PreferenceList:
    """Return the student's list, written to first so that two changers queue up; or refuse."""
    if not is_student(student):
        raise NotAStudent
    match_round.refresh_from_db(fields=["state", "wishes_close_at", "ranking_closes_at"])
    if not rules.students_choose(match_round, at):
        raise WishesAreClosed
    kept_out = queries.may_enter(student, match_round)
    if kept_out:
        raise HasAPlace if kept_out == Answer.ACCEPTED else GaveAPlaceUp
    wishes, _created = PreferenceList.objects.get_or_create(
        round=match_round,
        student=student,
        defaults={"pseudonym": pseudonym_of(student, match_round), "changed_at": at},
    )
    PreferenceList.objects.filter(pk=wishes.pk).update(changed_at=at)
    return wishes


def _write_ranks(wishes: PreferenceList, ranks: dict[int, int]) -> None:
    """Give wishes, by their keys, new ranks; by way of numbers no list uses: ranks are unique."""
    rows = wishes.applications.filter(pk__in=ranks)
    changed = [row for row in rows if row.rank != ranks[row.pk]]
    if not changed:
        return
    rows.filter(pk__in=[row.pk for row in changed]).update(rank=F("rank") + ASIDE)
    for row in changed:
        row.rank = ranks[row.pk]
    Application.objects.bulk_update(changed, ["rank"])


def _numbered(keys: Iterable[int]) -> dict[int, int]:
    return {key: rank for rank, key in enumerate(keys, start=1)}


def pseudonym_of(student: User, match_round: MatchRound) -> str:
    """Return the student's code in a round: a keyed hash, different in every round."""
    message = f"{match_round.public_id}|{student.public_id}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return f"T-{base64.b32encode(digest).decode()[:10]}"
