"""The rules in force on a day."""

from datetime import date

from django.db.models import Q, QuerySet

from courses.law.models import OF_WORK, Confidence, Holiday, Rule, RuleCode


def rules_switched_on() -> QuerySet[Rule]:
    """Return the rules of work that are switched on, of every time."""
    return Rule.objects.filter(in_force=True, code__in=sorted(OF_WORK))


def rules_on(day: date) -> QuerySet[Rule]:
    """Return the rules of work valid on a day, in the order of their codes."""
    return _valid(rules_switched_on(), day)


def _valid(rules: QuerySet[Rule], day: date) -> QuerySet[Rule]:
    return rules.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


def signature_rule_on(day: date) -> Rule | None:
    """Return the rule that says whose signature binds a minor on a day, or None."""
    return _valid(Rule.objects.filter(in_force=True, code=RuleCode.R5), day).first()


def statute_on(day: date) -> "tuple[Rule, ...]":
    """Return the same as a tuple, one query, to judge many cases by."""
    return tuple(rules_on(day))


def holiday_on(day: date) -> Holiday | None:
    """Return the official holiday of a day when its date is certain, or None."""
    return Holiday.objects.filter(day=day, confidence=Confidence.HIGH).first()
