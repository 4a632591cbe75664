"""Drawing faults."""

from django import template

from courses.imports import wording
from courses.imports.kinds import Fault, ImportKind
from courses.imports.models import Row
from courses.imports.receipts import answer_of, in_language, sentence_of
from courses.kit.persian import local_digits

register = template.Library()


@register.filter
def said(fault: Fault, kind: ImportKind) -> str:
    """A fault as a sentence."""
    return sentence_of(fault, kind)


@register.filter
def worded(words: dict[str, str]) -> str:
    """What a row keeps in every language, in the active one."""
    return in_language(words)


@register.filter
def row_tone(row: Row) -> str:
    """The tone of a line."""
    return wording.row_tone(row)


@register.filter
def answered(row: Row) -> str:
    """What was decided of a row."""
    return answer_of(row)


@register.simple_tag
def sum_of(first: int, second: int) -> str:
    """Two counts together, as the language writes them."""
    return local_digits(str(first + second))
