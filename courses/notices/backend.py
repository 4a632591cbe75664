"""Who a password lets in: by user name, proven mobile or proven e-mail."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import get_user_by_username
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from courses.people.models import User
from courses.people.queries import proven_by_email, proven_by_mobile

# A password typed with a mobile is hashed at least so often, whoever has the number: the time of
# the answer must not tell a number nobody has from one that two sisters share.
MOBILE_WORK = 2


class ProvenContactBackend(AuthenticationBackend):
    """Checks the password of whoever a sign-in may mean; nothing unproven identifies anybody.

    A family's number means several: the password decides. Where it fits more than one of them,
    `request.fitting_accounts` names them all, and the sign-in asks which. Whom the limits hold
    (`request.held_accounts`) no password fits, in the same time.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Return whom the password fits. Nobody else is asked: that would hash it once more."""
        user = super().authenticate(request, **credentials)
        if user is None and credentials.get("password"):
            raise PermissionDenied
        return user

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        password = credentials["password"]
        meant = _meant(credentials)
        held = getattr(request, "held_accounts", ())
        free = [user for user in meant if user.pk not in held]
        # Every one is checked, also after the first that fits.
        fitting = [user for user in free if self._check_password(user, password)]
        more = MOBILE_WORK - max(1, len(meant)) if credentials.get("phone") else 0
        for _more in range(more + len(meant) - len(free)):
            self._mitigate_timing_attack(password)
        if request is not None:
            request.fitting_accounts = [user.pk for user in fitting]  # type: ignore[attr-defined]
        return fitting[0] if fitting else None


def _meant(credentials: dict[str, Any]) -> list[User]:
    """Return whom a sign-in may mean, each once."""
    found: dict[int, User] = {}
    named = get_user_by_username(credentials.get("username") or "")
    addressed = proven_by_email(credentials.get("email") or "")
    for user in (named, addressed, *proven_by_mobile(credentials.get("phone") or "")):
        if user is not None:
            found.setdefault(user.pk, user)
    return list(found.values())
