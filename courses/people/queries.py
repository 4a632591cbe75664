"""Finding people."""

from django.db.models import QuerySet

from courses.kit.identity import read_mobile
from courses.people.models import Consent, Device, PersonalRecord, User


def by_mobile(text: str) -> User | None:
    """Return the person a mobile number belongs to, whatever form it is typed in."""
    mobile = read_mobile(text)
    return User.objects.filter(mobile=mobile).first() if mobile else None


def record_of(user: User) -> PersonalRecord | None:
    """Return what is known of a person, or None."""
    return getattr(user, "record", None)


def standing_consents(student: User) -> QuerySet[Consent]:
    """Return the consents given for a student and not taken back."""
    return Consent.objects.filter(guardian__student=student, revoked_at__isnull=True)


def consents_standing(student: User, scope: str) -> int:
    """Return how many of a student's guardians consent to something now."""
    return standing_consents(student).filter(scope=scope).count()


def knows_device(user: User, token_hash: str) -> bool:
    """Tell whether somebody has wholly signed in with this browser before."""
    return Device.objects.filter(user=user, token_hash=token_hash).exists()
