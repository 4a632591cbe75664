"""Finding people."""

from datetime import date, datetime, time, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from courses.kit.identity import read_mobile
from courses.people.models import (
    Consent,
    Device,
    Guardian,
    LookVerdict,
    PersonalRecord,
    SignInEvent,
    SignInKind,
    User,
)
from courses.people.sign_ins import hash_of_name


def proven_by_mobile(text: str) -> QuerySet[User]:
    """Return the active people who have proven a mobile number, whatever form it is typed in.

    A family shares a telephone: there may be several. Who only typed a number is nobody here.
    """
    mobile = read_mobile(text)
    proven = User.objects.filter(is_active=True, mobile_proven_at__isnull=False)
    return proven.filter(mobile=mobile).order_by("pk") if mobile else User.objects.none()


def proven_by_email(text: str) -> User | None:
    """Return the active person who has proven an e-mail address, or None."""
    proven = User.objects.filter(is_active=True, email_proven_at__isnull=False)
    return proven.annotate(folded=Lower("email")).filter(folded=text.strip().lower()).first()


def is_unproven(user: User) -> bool:
    """Tell whether somebody typed a number or an e-mail that no code has proven yet."""
    return (user.mobile, user.email or "") != (user.proven_mobile, user.proven_email)


def record_of(user: User) -> PersonalRecord | None:
    """Return what is known of a person, or None."""
    return getattr(user, "record", None)


def standing_consents(student: User) -> QuerySet[Consent]:
    """Return the consents given for a student and not taken back, those that wait among them."""
    return Consent.objects.filter(guardian__student=student, revoked_at__isnull=True)


def consents_standing(student: User, scope: str) -> int:
    """Return how many of a student's guardians consent to something now, as far as it counts."""
    return standing_consents(student).filter(scope=scope, waits=False).count()


def guardians_of(student: User) -> QuerySet[Guardian]:
    """Return the guardians who are asked and heard, in the order they were named."""
    return Guardian.objects.filter(student=student).exclude(
        looked_verdict=LookVerdict.STRUCK
    ).order_by("pk")  # fmt: skip


def knows_device(user: User, token_hash: str) -> bool:
    """Tell whether somebody has wholly signed in with this browser before."""
    return Device.objects.filter(user=user, token_hash=token_hash).exists()


def is_known_to_any(token_hash: str, whose: QuerySet[User] | list[int]) -> bool:
    """Tell whether any of these people has wholly signed in with this browser before."""
    return Device.objects.filter(token_hash=token_hash, user__in=whose).exists()


def sessions_of(user: User) -> QuerySet[UserSession]:
    """Return where somebody is signed in now, the latest seen first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    return UserSession.objects.filter(
        user=user, session_key__in=alive.values("session_key")
    ).order_by("-last_seen_at")  # fmt: skip


def sign_ins_of(user: User) -> QuerySet[SignInEvent]:
    """Return when somebody came in or chose another password, the latest first."""
    return SignInEvent.objects.filter(
        account=user, kind__in=[SignInKind.SUCCESS, SignInKind.PASSWORD]
    ).order_by("-pk")  # fmt: skip


def failed_tries_at(user: User) -> QuerySet[SignInEvent]:
    """Return the tries that failed at somebody's account, the latest first.

    A wrong password stands under what was typed: the user name, or a contact that is proven. What
    was only typed into the account may be somebody else's, and so are the tries with it.
    """
    names = [user.username, user.proven_mobile, user.proven_email]
    return SignInEvent.objects.filter(
        Q(account=user) | Q(name_hash__in=[hash_of_name(name) for name in names if name]),
        kind__in=[SignInKind.FAILURE, SignInKind.CODE],
    ).order_by("-pk")


def find_sign_ins(
    *, name: str = "", kind: str = "", day: date | None = None
) -> QuerySet[SignInEvent]:
    """Return the lines of the log that fit all that is given, the latest first.

    `name` is a user name or what was typed as one; `day` is a day of the active zone.
    """
    events = SignInEvent.objects.select_related("account").order_by("-pk")
    if name:
        events = events.filter(Q(account__username=name) | Q(name_hash=hash_of_name(name)))
    if kind:
        events = events.filter(kind=kind)
    if day:
        begins = timezone.make_aware(datetime.combine(day, time.min))
        events = events.filter(at__gte=begins, at__lt=begins + timedelta(days=1))
    return events
