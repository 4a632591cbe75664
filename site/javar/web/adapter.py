"""The account adapter as the web site needs it: the domain's own, with the limits on guesses."""

from typing import Any

from allauth.core import context
from django.http import HttpRequest
from django.utils.translation import gettext as _

from courses.kit.http import say
from courses.kit.limits import TooMany
from courses.notices.adapter import AccountAdapter
from javar.web import guesses


class SiteAdapter(AccountAdapter):
    """Counts every guess of a password, and leads nobody to where no page is."""

    def is_safe_url(self, url: str) -> bool:
        """Tell whether one may be led there: to a whole path of this site, nothing else.

        What is relative to the sign-in page is no page, and `#name` is that very page again.
        """
        return url.startswith("/") and super().is_safe_url(url)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return whose name and password these are, or None; refuse where a limit is reached."""
        try:
            guess = guesses.begin(request, credentials)
        except TooMany as error:
            raise guesses.refusal(request or context.request, error) from error
        if request is not None:
            request.held_accounts = guess.held  # type: ignore[attr-defined]
        user = super().authenticate(request, **credentials)
        if user:
            guess.was_right()
        else:
            guess.was_wrong()
        return user

    def logout(self, request: HttpRequest) -> None:
        """Sign out, then say so: what is said before goes with the session."""
        super().logout(request)
        say(request, _("You are signed out. Nothing of yours is left open in this browser."))
