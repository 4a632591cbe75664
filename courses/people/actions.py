"""What changes people's records."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit import audit
from courses.kit.identity import hide_national_code
from courses.kit.moments import not_before
from courses.kit.moves import lock
from courses.kit.persian import normalise
from courses.kit.refusal import Refusal
from courses.people.models import (
    Consent,
    Device,
    Guardian,
    LookVerdict,
    Origin,
    PersonalRecord,
    User,
)


class GuardianIsTheStudent(Refusal):
    """Nobody consents for themselves."""

    code = "guardian_is_the_student"
    sentence = _("This is the student's own mobile number; write the guardian's.")


class TooManyGuardians(Refusal):
    """Two guardians at most stand by a student."""

    code = "too_many_guardians"
    sentence = _("Two guardians are registered already; ask the school to change them.")


class GuardianStruckOut(Refusal):
    """The school has found that the number is not the guardian's."""

    code = "guardian_struck_out"
    sentence = _("The school has struck this number out; ask the school.")


class NationalCodeTaken(Refusal):
    """Two accounts may not stand for one person."""

    code = "national_code_taken"
    sentence = _("Somebody is already registered with this national code.")


class AccountInUse(Refusal):
    """Somebody has signed in with it."""

    code = "account_in_use"
    sentence = _("This account has been used, so it was kept.")


@dataclass(frozen=True)
class Facts:
    """What a personal record is made from; `national_code` is ten digits or empty."""

    birth_date: date
    sex: str
    national_code: str = ""
    home_locality: str = ""
    home_lat: Decimal | None = None
    home_lon: Decimal | None = None
    grade: int | None = None
    prior_field: str = ""


@transaction.atomic
def register_person(
    *,
    username: str,
    first_name: str,
    last_name: str,
    by: User | None,
    facts: Facts | None = None,
    mobile: str | None = None,
    email: str = "",
    password: str | None = None,
    is_sample: bool = False,
    at: datetime | None = None,
) -> User:
    """Make an account, with a personal record where facts are given.

    `password` None leaves the account without one until it is set.
    """
    user = User(
        username=username.lower(),
        first_name=normalise(first_name),
        last_name=normalise(last_name),
        mobile=mobile,
        email=email,
        is_sample=is_sample,
    )
    user.set_password(password)
    user.save()
    audit.record(user, "register_person", by=by, at=at)
    if facts:
        record_facts(user, facts, by=by, at=at)
    return user


@transaction.atomic
def record_facts(
    user: User, facts: Facts, *, by: User | None, at: datetime | None = None
) -> PersonalRecord:
    """Write a person's record; the national code is kept as a keyed hash, an earlier one stays."""
    hidden = (
        hide_national_code(facts.national_code, key=settings.NATIONAL_CODE_KEY)
        if facts.national_code
        else None
    )
    if (
        hidden
        and PersonalRecord.objects.filter(national_code_hash=hidden).exclude(user=user).exists()
    ):
        raise NationalCodeTaken
    code = (
        {"national_code_hash": hidden, "national_code_end": facts.national_code[-4:]}
        if hidden
        else {}
    )
    record, created = PersonalRecord.objects.update_or_create(
        user=user,
        defaults={
            "birth_date": facts.birth_date,
            "sex": facts.sex,
            **code,
            "grade": facts.grade,
            "prior_field": normalise(facts.prior_field),
            "home_locality": normalise(facts.home_locality),
            "home_lat": facts.home_lat,
            "home_lon": facts.home_lon,
        },
    )
    user.record = record
    audit.record(user, "record_facts", by=by, at=at, first_time=created)
    return record


MOST_GUARDIANS = 2


@transaction.atomic
def name_guardian(
    student: User,
    *,
    full_name: str,
    relation: str,
    mobile: str,
    by: User | None,
    origin: str = "",
    is_sample: bool = False,
    at: datetime | None = None,
) -> Guardian:
    """Write down who may consent for a student; the same mobile again is the same guardian.

    `origin` says who typed the number where that is neither the student nor somebody of the
    school at a form. Raises GuardianIsTheStudent, TooManyGuardians, GuardianStruckOut.
    """
    if mobile == student.mobile or User.objects.filter(pk=student.pk, mobile=mobile).exists():
        raise GuardianIsTheStudent
    # Of two simultaneous third guardians one finds the other.
    lock(User.objects.filter(pk=student.pk))
    there = list(student.guardians.all())
    known = next((guardian for guardian in there if guardian.mobile == mobile), None)
    if known and known.looked_verdict == LookVerdict.STRUCK:
        raise GuardianStruckOut
    if known:
        return known
    if sum(one.looked_verdict != LookVerdict.STRUCK for one in there) >= MOST_GUARDIANS:
        raise TooManyGuardians
    origin = origin or _origin(student, by)
    guardian = Guardian.objects.create(
        student=student,
        full_name=normalise(full_name),
        relation=relation,
        mobile=mobile,
        origin=origin,
        named_by=by,
        named_at=at or timezone.now(),
        is_sample=is_sample,
    )
    audit.record(student, "name_guardian", by=by, at=at, relation=relation, origin=origin)
    return guardian


def _origin(student: User, by: User | None) -> Origin:
    if by is None:
        return Origin.UNKNOWN
    return Origin.STUDENT if by.pk == student.pk else Origin.SCHOOL


@transaction.atomic
def look_at_guardian(
    guardian: Guardian,
    verdict: str,
    *,
    marks: list[str],
    reason: str,
    by: User,
    at: datetime | None = None,
) -> Guardian:
    """Keep what the school found of a guardian's number, and of which `marks` it knew.

    The number is the guardian's: what was consented through it counts from now on. It is not:
    the guardian is struck out, and every consent that stands is taken back.
    """
    at = at or timezone.now()
    Guardian.objects.filter(pk=guardian.pk).update(
        looked_verdict=verdict, looked_at_marks=marks, looked_reason=reason, looked_by=by,
        looked_at=at,
    )  # fmt: skip
    guardian.refresh_from_db()
    audit.record(
        guardian.student, "look_at_guardian", by=by, at=at, reason=reason, guardian=guardian.pk,
        verdict=verdict, marks=marks,
    )  # fmt: skip
    standing = Consent.objects.filter(guardian=guardian, revoked_at__isnull=True)
    if verdict == LookVerdict.GUARDIAN:
        standing.filter(waits=True).update(waits=False)
    else:
        for consent in standing:
            revoke_consent(consent, by=by, reason=reason, at=at)
    return guardian


@transaction.atomic
def record_consent(
    guardian: Guardian,
    *,
    scope: str,
    channel: str,
    by: User | None,
    text_version: str = "1",
    waits: bool = False,
    at: datetime | None = None,
) -> Consent:
    """Keep the fact that a guardian agreed; the same consent twice is one row.

    `waits`: it came through a number somebody has to look at first. Where one that waits is then
    given before the school's eyes, the one counts.
    """
    consent, created = Consent.objects.get_or_create(
        guardian=guardian,
        scope=scope,
        revoked_at=None,
        defaults={
            "channel": channel,
            "text_version": text_version,
            "given_at": at or timezone.now(),
            "recorded_by": by,
            "waits": waits,
        },
    )
    if created:
        waiting: dict[str, Any] = {"waits": True} if waits else {}
        audit.record(
            consent, "record_consent", by=by, at=at, scope=scope, channel=channel,
            **waiting,
        )  # fmt: skip
    elif consent.waits and not waits:
        consent.waits, consent.channel, consent.recorded_by = False, channel, by
        consent.save(update_fields=["waits", "channel", "recorded_by"])
        audit.record(consent, "confirm_consent", by=by, at=at, scope=scope, channel=channel)
    return consent


@transaction.atomic
def revoke_consent(
    consent: Consent,
    *,
    by: User | None,
    reason: str = "",
    channel: str = "",
    at: datetime | None = None,
) -> bool:
    """Take a consent back; tell whether it stood until now. The row stays as history."""
    at = at or timezone.now()
    standing = Consent.objects.filter(pk=consent.pk, revoked_at__isnull=True)
    stood = standing.update(revoked_at=not_before("given_at", at))
    consent.refresh_from_db()
    if stood:
        audit.record(
            consent, "revoke_consent", by=by, at=at, reason=reason, scope=consent.scope,
            channel=channel,
        )  # fmt: skip
    return bool(stood)


def remember_device(user: User, token_hash: str, *, at: datetime | None = None) -> Device:
    """Let an account know a browser; known already, it was seen again."""
    at = at or timezone.now()
    device, _created = Device.objects.update_or_create(
        user=user,
        token_hash=token_hash,
        defaults={"last_seen": at},
        create_defaults={"last_seen": at, "first_seen": at},
    )
    return device


@transaction.atomic
def forget_devices(user: User, *, by: User | None, at: datetime | None = None) -> int:
    """Let an account know no browser any more, as when its password or number changes."""
    gone, _kinds = Device.objects.filter(user=user).delete()
    if gone:
        audit.record(user, "forget_devices", by=by, at=at, devices=gone)
    return gone


@transaction.atomic
def end_sessions(
    user: User, *, by: User | None, keep: str | None = None, at: datetime | None = None
) -> int:
    """Sign somebody out everywhere but in the session whose key is kept; return how many ended."""
    return _end(user, UserSession.objects.filter(user=user).exclude(session_key=keep), by=by, at=at)


@transaction.atomic
def end_session(session: UserSession, *, by: User | None, at: datetime | None = None) -> int:
    """End one session; one that is over already changes nothing."""
    return _end(session.user, UserSession.objects.filter(pk=session.pk), by=by, at=at)


def _end(user: User, ending: QuerySet[UserSession], *, by: User | None, at: datetime | None) -> int:
    keys = list(ending.values_list("session_key", flat=True))
    live, _kinds = Session.objects.filter(session_key__in=keys).delete()
    ending.delete()
    if live:
        audit.record(user, "end_sessions", by=by, at=at, sessions=live)
    return live


@transaction.atomic
def forget_person(user: User, *, by: User | None, at: datetime | None = None) -> User:
    """Empty an account that nobody has ever used; the row stays, for history points at it.

    The record goes, so do guardians who never consented, name, mobile and e-mail. Raises
    AccountInUse.
    """
    if user.last_login is not None:
        raise AccountInUse
    PersonalRecord.objects.filter(user=user).delete()
    Guardian.objects.filter(student=user, consents__isnull=True).delete()
    Device.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(
        first_name="", last_name="", mobile=None, mobile_proven_at=None,
        email="", email_proven_at=None, is_active=False,
    )  # fmt: skip
    audit.record(user, "forget_person", by=by, at=at)
    user.refresh_from_db()
    return user


@transaction.atomic
def forget_again(public_ids: set[str], *, at: datetime) -> dict[str, list[dict[str, str]]]:
    """Forget the people of these identifiers whom the trail does not know as forgotten.

    For a restored copy. Returns who was erased and who was refused, with the refusal's code.
    """
    done: list[dict[str, str]] = []
    refused: list[dict[str, str]] = []
    for public_id in sorted(public_ids):
        user = User.objects.filter(public_id=public_id).first()
        if user is None or audit.trail(user).filter(verb="forget_person").exists():
            continue
        try:
            with transaction.atomic():
                forget_person(user, by=None, at=at)
            done.append({"id": public_id})
        except Refusal as refusal:
            refused.append({"id": public_id, "why": refusal.code})
    return {"erased_again": done, "not_erased": refused}


@transaction.atomic
def remove_guardian(guardian: Guardian, *, by: User | None, at: datetime | None = None) -> bool:
    """Strike out a guardian who never consented to anything; tell whether one was struck out."""
    gone, _kinds = Guardian.objects.filter(pk=guardian.pk, consents__isnull=True).delete()
    if gone:
        audit.record(guardian.student, "remove_guardian", by=by, at=at)
    return bool(gone)
