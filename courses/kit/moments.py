"""When something ended, said so that it never ended before it began."""

from datetime import datetime

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest


def not_before(began: str, at: datetime) -> Greatest:
    """Return the end of a row as an UPDATE writes it: `at`, or its beginning if that is later.

    Whoever ends a thing may have read the clock, then waited for a lock while another began it.
    `began` is the row's own column.
    """
    return Greatest(Value(at), F(began), output_field=DateTimeField())
