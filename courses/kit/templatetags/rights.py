"""Pages ask what somebody may from the same table as views and actions."""

from typing import Any

from django import template

from courses.kit import rights

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], ability: str, thing: Any = None) -> bool:
    """Tell whether who looks at the page has an ability: `{% may ABILITY thing as name %}`."""
    request = context.get("request")
    return request is not None and rights.may(request.user, ability, thing)
