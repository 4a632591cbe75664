"""What templates write with: icons, drawings, seams, form fields, numbers and dates.

Built into every template (see `TEMPLATES` in the settings), so nothing has to be loaded.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.forms.boundfield import BoundWidget
from django.template import TemplateSyntaxError
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.kit import persian
from courses.kit.identity import read_mobile, spaced_mobile
from javar.theme import sheets, wording
from javar.theme.drawings import DIRECTIONS, ICONS, drawing_parts

register = template.Library()

# More stitches than this nobody counts; the number beside the seam tells them.
LONGEST_SEAM = 24


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon; it says nothing, the word beside it does."""
    if name not in ICONS:
        raise TemplateSyntaxError(f"There is no icon “{name}”.")
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>',
        "i flip" if name in DIRECTIONS else "i",
        mark_safe(ICONS[name]),  # noqa: S308 — a constant of ours
    )


@register.simple_tag
def drawing(name: str, label: str = "") -> SafeString:
    """Set a line drawing into the page: decoration, or an image that `label` describes.

    An unknown name draws nothing: editors may choose drawings, and one may be renamed.
    """
    parts = drawing_parts(name)
    if parts is None:
        return SafeString("")
    attributes, body = (mark_safe(part) for part in parts)  # noqa: S308 — files of the theme
    if label:
        return format_html('<svg {} role="img" aria-label="{}">{}</svg>', attributes, label, body)
    return format_html('<svg {} aria-hidden="true">{}</svg>', attributes, body)


@register.simple_tag
def seam(done: int, total: int) -> SafeString:
    """Draw countable progress, one stitch a unit; nothing when it is too long to count."""
    if not 0 < total <= LONGEST_SEAM:
        return SafeString("")
    stitches = ["on"] * done + ["now"] * (done < total) + [""] * (total - done - 1)
    said = ngettext(
        "%(done)s of %(total)s stitch is sewn", "%(done)s of %(total)s stitches are sewn", total
    ) % {"done": wording.number(done), "total": wording.number(total)}
    return format_html(
        '<span class="seam" role="img" aria-label="{}">{}</span>',
        said,
        format_html_join("", '<i class="{}"></i>', ((name,) for name in stitches)),
    )


@register.simple_tag
def hours_bar(theory: int, practice: int, workplace: int) -> SafeString:
    """Draw the shares of hours in class, in practice and at a workplace."""
    whole = theory + practice + workplace
    if not whole:
        return SafeString("")
    bars, start = [], 0.0
    for name, hours in (("theory", theory), ("practice", practice), ("workplace", workplace)):
        width = 100 * hours / whole
        bars.append((name, f"{start:.2f}", f"{max(width - 0.5, 0):.2f}"))
        start += width
    return format_html(
        '<div class="hours" aria-hidden="true"><svg viewBox="0 0 100 4"'
        ' preserveAspectRatio="none">{}</svg></div>',
        format_html_join(
            "", '<rect class="{}" x="{}" width="{}" height="4"/>',
            ((name, x, width) for name, x, width in bars),
        ),
    )  # fmt: skip


@register.inclusion_tag("theme/components/error_summary.html")
def error_summary(forms: BaseForm | Sequence[BaseForm]) -> dict[str, Any]:
    """Show what is wrong with a form, or with several in one summary; lines link to fields."""
    lines = []
    for form in [forms] if isinstance(forms, BaseForm) else forms:
        lines += [("", "", error) for error in form.non_field_errors()]
        lines += [
            (bound.id_for_label or bound.auto_id, str(bound.label).rstrip("?؟ "), error)
            for bound in form
            for error in bound.errors
        ]
    return {"lines": lines}


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Draw a field with label, hint, errors and control."""
    return bound.as_field_group()


@register.simple_tag
def label_of(bound: BoundField) -> str:
    """Return a field's label as words."""
    return str(bound.label)


@register.filter
def kind_of_control(bound: BoundField) -> str:
    """Tell the template how to draw a control: choices, tick or line."""
    name = type(bound.field.widget).__name__
    if name in {"RadioSelect", "CheckboxSelectMultiple"}:
        return "choices"
    return "tick" if name == "CheckboxInput" else "line"


@register.filter
def number(value: wording.Amount, decimals: int | None = None) -> str:
    """A number as the language writes it."""
    return wording.number(value, decimals)


@register.filter
def percent(value: wording.Amount) -> str:
    """A number of hundredths with its sign."""
    return wording.percent(value)


@register.filter
def toman(value: wording.Amount) -> str:
    """Rials, said in tomans."""
    return wording.toman(value)


@register.filter
def digits(value: Any) -> SafeString:
    """Any text, with markup or without, with the language's digits in its words."""
    return mark_safe(wording.digits_in_markup(conditional_escape(value)))  # noqa: S308 — escaped


@register.filter
def contact(value: object) -> SafeString:
    """A number as people in Iran write it, whole or masked; an e-mail or a user name as it is."""
    text = str(value or "")
    mobile = read_mobile(text)
    if (not mobile and "•" not in text.partition("@")[0]) or "@" in text:
        return format_html('<bdi class="code">{}</bdi>', text)
    shown = wording.digits(spaced_mobile(mobile) if mobile else text)
    return format_html('<bdi class="num" dir="ltr">{}</bdi>', shown)


@register.filter
def groups_of(bound: BoundField) -> list[tuple[str, list[BoundWidget], bool]]:
    """The grouped choices of a field: name, controls, whether one of them is chosen."""
    widget: Any = bound.field.widget
    attributes = bound.build_widget_attrs({"id": bound.auto_id})
    found = []
    # As a list: looked for in a text, "" and every part of it would be chosen too.
    chosen = widget.format_value(bound.value())
    for name, options, _index in widget.optgroups(bound.html_name, chosen, attributes):
        controls = [BoundWidget(widget, option, bound.form.renderer) for option in options]
        found.append((name or "", controls, any(option["selected"] for option in options)))
    return found


@register.filter
def clock(value: time | datetime | None) -> str:
    """A time of day."""
    return wording.clock(value) if value else ""


@register.filter
def jalali(value: date | datetime | None, shape: str = "") -> SafeString | str:
    """A day or a moment in words inside `<time>`; `shape` may hold `weekday` and `no-year`."""
    if not isinstance(value, date):
        return ""
    options = {"weekday": "weekday" in shape, "year": "no-year" not in shape}
    if isinstance(value, datetime):
        local = wording.in_tehran(value)
        words = wording.moment_words(value, **options)
        return format_html('<time datetime="{}">{}</time>', local.isoformat("T", "minutes"), words)
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), wording.date_words(value, **options)
    )


@register.simple_tag
def fonts_are_published() -> bool:
    """Tell whether the font sheet may be linked."""
    return sheets.fonts_are_published()


@register.simple_tag
def comma() -> str:
    """The language's comma, with its space."""
    return "، " if wording.in_persian() else ", "


@register.filter
def listed(values: list[object]) -> str:
    """Join short texts with the language's comma."""
    return persian.listed(values)


@register.simple_tag
def sample_mark() -> SafeString:
    """Mark an invented person or organisation as such."""
    return format_html('<span class="tag">{}</span>', _("sample"))
