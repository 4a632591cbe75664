"""Where somebody stands between asking for a code and being in: kept in the session, never a form.

The session names the row of the code, so that no number can be swapped after it was sent; and whom
the code opened, so that nobody else can be chosen. It ends by itself.
"""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest

from courses.notices.models import Code
from courses.notices.states import Channel
from courses.people.models import User
from courses.people.queries import proven_by_mobile

KEY = "code_flow"
# Seconds: longer than a code lasts, short enough for a telephone that is passed on.
LASTS = 15 * 60


@dataclass
class Flow:
    """One way in. `opened` are the keys of whom the code (or a password that fits several) opened.

    `to_password` leads to a new password instead of in. `only` is whom a typed user name meant;
    -1 is nobody. `marks` are what password and number of those opened were then.
    """

    shown: str
    purpose: str = ""
    subject: str = ""
    code: str = ""
    to_password: bool = False
    only: int | None = None
    next: str = ""
    way: str = "code"
    opened: list[int] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    chosen: int | None = None
    answered: bool = False
    begun: float = field(default_factory=time.time)


def load(request: HttpRequest) -> Flow | None:
    """Return where this visitor stands, or None where nothing was begun or it is over."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if not kept:
        return None
    flow = Flow(**kept)
    if time.time() - flow.begun > LASTS:
        clear(request)
        return None
    return flow


def store(request: HttpRequest, flow: Flow) -> None:
    """Keep where this visitor stands."""
    if flow.opened and not flow.marks:
        users = User.objects.filter(pk__in=flow.opened)
        flow.marks = {str(user.pk): user.get_session_auth_hash() for user in users}
    request.session[KEY] = asdict(flow)


def clear(request: HttpRequest) -> None:
    """Forget it."""
    request.session.pop(KEY, None)


def open_with(request: HttpRequest, flow: Flow, code: Code) -> None:
    """Note whom a used code opens; the session gets another key, as at every step up."""
    if code.channel == Channel.SMS:
        flow.opened = [
            user.pk
            for user in proven_by_mobile(code.to)
            if flow.only is None or user.pk == flow.only
        ]
    request.session.cycle_key()
    store(request, flow)


def accounts(flow: Flow) -> list[User]:
    """Return who may be chosen, in a fixed order.

    Whoever has left since is gone, and so is who has another password or number since: a way that
    was begun before ends with them, as sessions do.
    """
    found = User.objects.filter(pk__in=flow.opened, is_active=True).order_by("pk")
    return [
        user
        for user in found.select_related("record")
        if flow.marks.get(str(user.pk)) == user.get_session_auth_hash()
    ]


def chosen(flow: Flow) -> User | None:
    """Return who was chosen."""
    return next((user for user in accounts(flow) if user.pk == flow.chosen), None)
