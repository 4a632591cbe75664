"""The rules in force on a day."""

from datetime import date

from django.db.models import Q, QuerySet

from courses.law.models import Confidence, Holiday, Rule


def rules_switched_on() -> QuerySet[Rule]:
    """Return the rules that are switched on, of every time."""
    return Rule.objects.filter(in_force=True)


def rules_on(day: date) -> QuerySet[Rule]:
    """Return the rules that are switched on and valid on a day, in the order of their codes."""
    return rules_switched_on().filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day
    )


def statute_on(day: date) -> "tuple[Rule, ...]":
    """Return the same as a tuple, one query, to judge many cases by."""
    return tuple(rules_on(day))


def holiday_on(day: date) -> Holiday | None:
    """Return the official holiday of a day when its date is certain, or None."""
    return Holiday.objects.filter(day=day, confidence=Confidence.HIGH).first()
