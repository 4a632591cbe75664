"""Templates are written for people, one element a line; pages are sent without those blanks.

Blanks are drawn as one blank, so many may be sent as one; and beside an element that makes a line
of its own none is drawn at all. Each template is closed up once, when it is read.
"""

import re

from django.conf import settings
from django.template import Origin
from django.template.loaders import app_directories

# Elements that make a line (or a cell) of their own.
_BLOCK = (
    "address|article|aside|body|caption|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form"
    "|h[1-6]|head|header|hr|html|legend|li|link|main|meta|nav|ol|option|p|script|section|select"
    "|summary|table|tbody|td|tfoot|th|thead|title|tr|ul|br|circle|g|path|rect"
)
# Tags that draw nothing themselves.
_CONTROL = "block|csrf_token|elif|else|empty|endblock|endfor|endif|endwith|extends|for|if|load|with"
_INSIDE = r"(?:[^%]|%(?!\}))*"
_RULES = [
    # A line's indent, and empty lines.
    (r"\s*\n\s*", "\n"),
    # Between the attributes of a long tag, and before its end.
    (rf"\n(\{{%\s*if\b{_INSIDE}%\}})\n(?=[a-z-]+=\")", r" \1"),
    (r"\n(\{%\s*endif\s*%\})\n?(?=>)", r"\1"),
    (r"\n(?=[a-z-]+=\")", " "),
    (r"\n(?=/?>)", ""),
    # Behind such a tag: a blank stands before it already.
    (rf"(?<=\n)(\{{%\s*(?:{_CONTROL})\b{_INSIDE}%\}})\n", r"\1"),
    # Inside and between elements that make a line of their own.
    (rf"(<(?:{_BLOCK})(?:\s(?:[^<>{{]|\{{\{{[^}}]*\}}\}}|\{{%{_INSIDE}%\}})*)?>)\n", r"\1"),
    (rf"\n(?=</(?:{_BLOCK})>)", ""),
    (rf"(</(?:{_BLOCK})>)\n", r"\1"),
]
_COMPILED = [(re.compile(blanks), instead) for blanks, instead in _RULES]
# Here every blank counts.
_KEEPS_BLANKS = re.compile(r"<(?:pre|textarea)\b|\{% *(?:verbatim|comment)\b")


def closed_up(text: str) -> str:
    """Return a template's text without the blanks that no browser draws."""
    if _KEEPS_BLANKS.search(text):
        return text
    for blanks, instead in _COMPILED:
        text = blanks.sub(instead, text)
    return text


class ClosedUp(app_directories.Loader):
    """Reads the templates of this project closed up, and those of packages as they are."""

    def get_contents(self, origin: Origin) -> str:
        """Return a template's text."""
        text = super().get_contents(origin)
        # `.venv` lies in the project's folder too, so its name alone says nothing.
        ours = origin.name.startswith((f"{settings.ROOT}/courses/", f"{settings.SITE}/"))
        return closed_up(text) if ours and origin.name.endswith(".html") else text
