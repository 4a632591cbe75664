"""Students' wishes: added, moved, taken out; the list counts as it stands at the deadline."""

import base64
import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from courses.enrolment.queries import is_student
from courses.kit import audit
from courses.matching import rules
from courses.matching.models import Application, MatchRound, PreferenceList
from courses.matching.refusals import (
    ListIsFull,
    NotAStudent,
    NotInThisRound,
    WishesAreClosed,
)
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import published


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
def move_wish(wish: Application, by_places: int, *, by: User, at: datetime | None = None) -> None:
    """Move a wish up (−1) or down (+1)."""
    at = at or timezone.now()
    wishes = _locked_list(wish.list.round, by, at)
    ranked = list(wishes.applications.order_by("rank").values_list("pk", flat=True))
    if wish.pk not in ranked:
        raise NotInThisRound
    _write_ranks(wishes, rules.moved(ranked, wish.pk, by_places))
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
    _write_ranks(wishes, list(wishes.applications.order_by("rank").values_list("pk", flat=True)))
    audit.record(wishes, "take_out_wish", by=by, at=at, vacancy=vacancy.code)


def _locked_list(match_round: MatchRound, student: User, at: datetime) -> PreferenceList:
    """Return the student's list, written to first so that two changers queue up; or refuse."""
    if not is_student(student):
        raise NotAStudent
    match_round.refresh_from_db(fields=["state", "wishes_close_at", "ranking_closes_at"])
    if not rules.students_choose(match_round, at):
        raise WishesAreClosed
    wishes, _created = PreferenceList.objects.get_or_create(
        round=match_round,
        student=student,
        defaults={"pseudonym": pseudonym_of(student, match_round), "changed_at": at},
    )
    PreferenceList.objects.filter(pk=wishes.pk).update(changed_at=at)
    return wishes


def _write_ranks(wishes: PreferenceList, ranked: list[int]) -> None:
    """Number the wishes 1, 2, 3 …, by way of numbers no list uses: ranks are unique."""
    aside = 10_000
    rows = {wish.pk: wish for wish in wishes.applications.all()}
    changed = [pk for rank, pk in enumerate(ranked, start=1) if rows[pk].rank != rank]
    for shift in (aside, 0):
        for rank, pk in enumerate(ranked, start=1):
            if pk in changed:
                Application.objects.filter(pk=pk).update(rank=rank + shift)


def pseudonym_of(student: User, match_round: MatchRound) -> str:
    """Return the student's code in a round: a keyed hash, different in every round."""
    message = f"{match_round.public_id}|{student.public_id}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return f"T-{base64.b32encode(digest).decode()[:8]}"
