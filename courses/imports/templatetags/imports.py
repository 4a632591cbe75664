"""Drawing faults."""

from django import template

from courses.imports.kinds import Fault, ImportKind
from courses.imports.receipts import sentence_of
from courses.kit.persian import local_digits

register = template.Library()


@register.filter
def said(fault: Fault, kind: ImportKind) -> str:
    """A fault as a sentence."""
    return sentence_of(fault, kind)


@register.simple_tag
def sum_of(first: int, second: int) -> str:
    """Two counts together, as the language writes them."""
    return local_digits(str(first + second))
