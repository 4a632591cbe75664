"""What changes people's records."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit import audit
from courses.kit.identity import hide_national_code
from courses.kit.persian import normalise
from courses.kit.refusal import Refusal
from courses.people.models import Consent, Guardian, PersonalRecord, User


class NationalCodeTaken(Refusal):
    """Two accounts may not stand for one person."""

    code = "national_code_taken"
    sentence = _("Somebody is already registered with this national code.")


@dataclass(frozen=True)
class Facts:
    """What a personal record is made from; `national_code` is ten digits or empty."""

    birth_date: date
    sex: str
    national_code: str = ""
    home_locality: str = ""
    home_lat: Decimal | None = None
    home_lon: Decimal | None = None


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
            "home_locality": normalise(facts.home_locality),
            "home_lat": facts.home_lat,
            "home_lon": facts.home_lon,
        },
    )
    audit.record(user, "record_facts", by=by, at=at, first_time=created)
    return record


@transaction.atomic
def record_consent(
    guardian: Guardian,
    *,
    scope: str,
    channel: str,
    by: User | None,
    text_version: str = "1",
    at: datetime | None = None,
) -> Consent:
    """Keep the fact that a guardian agreed; the same consent twice is one row."""
    consent, created = Consent.objects.get_or_create(
        guardian=guardian,
        scope=scope,
        revoked_at=None,
        defaults={
            "channel": channel,
            "text_version": text_version,
            "given_at": at or timezone.now(),
            "recorded_by": by,
        },
    )
    if created:
        audit.record(consent, "record_consent", by=by, at=at, scope=scope, channel=channel)
    return consent
