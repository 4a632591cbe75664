"""Guesses of passwords: the wrong ones are counted by account, browser and address.

A right sign-in counts nowhere, so a whole school signs in from one address in one minute. An
account's own number is taken before the password is looked at and given back when it was right:
of many guesses at one moment no more than the limit are looked at. Names that belong to nobody
are counted as accounts are, so an answer tells nothing of them.
"""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import ngettext

from courses.kit import limits
from courses.kit.limits import Limit, Standing, TooMany
from courses.people.models import User
from courses.people.queries import proven_by_email, proven_by_mobile
from javar.web import devices
from javar.web.limits import (
    ADDRESS,
    BROWSER,
    KNOWN,
    STRANGERS,
    STRANGERS_LONG,
    address_of,
    minutes,
)


@dataclass
class Guess:
    """One guess on its way: what was counted before it, what is counted if it is wrong."""

    taken: list[Standing] = field(default_factory=list)
    if_wrong: list[tuple[Limit, str]] = field(default_factory=list)

    def take(self, limit: Limit, key: str) -> None:
        """Count before the password is looked at."""
        self.taken.append(limits.count_or_refuse(limit, key))

    def look(self, limit: Limit, key: str) -> None:
        """Refuse where there is no more room; count only what turns out wrong."""
        standing = limits.check(limit, key)
        if standing.is_full:
            raise TooMany(standing.wait())
        self.if_wrong.append((limit, key))

    def was_right(self) -> None:
        """Give back what was taken."""
        for standing in self.taken:
            limits.give_back(standing)

    def was_wrong(self) -> None:
        """Count what counts only wrong guesses."""
        for limit, key in self.if_wrong:
            limits.count(limit, key)


def begin(request: HttpRequest, credentials: dict[str, Any]) -> Guess:
    """Begin a guess; raise TooMany where the account, the browser or the address has no more."""
    guess = Guess()
    if not settings.JAVAR_RATE_LIMITS:
        return guess
    names = [credentials.get(name) or "" for name in ("username", "email", "phone")]
    users = _accounts(*names)
    known = [user for user in users if devices.is_known(request, user)]
    strange = [f"user:{user.pk}" for user in users if user not in known]
    if not users:
        strange = [f"name:{'|'.join(names).lower()}"]
    browser = devices.token_of(request)
    if strange:
        guess.look(ADDRESS, address_of(request))
        if browser:
            guess.look(BROWSER, browser)
    for key in strange:
        guess.look(STRANGERS_LONG, key)
    takes = [(KNOWN, f"{user.pk}:{browser}") for user in known]
    takes += [(STRANGERS, key) for key in strange]
    for limit, key in takes:
        guess.take(limit, key)
    return guess


def _accounts(username: str, email: str, phone: str) -> list[User]:
    """Return whom the names may mean: nobody by a number or an e-mail that was only typed."""
    named = User.objects.filter(username__iexact=username) if username else []
    addressed = proven_by_email(email)
    found = [*named, *([addressed] if addressed else []), *proven_by_mobile(phone)]
    return list({user.pk: user for user in found}.values())


def refusal(request: HttpRequest, error: TooMany) -> forms.ValidationError:
    """Return the sentence a form shows for a reached limit; its page is answered as 429."""
    request.retry_after = error.retry_after  # type: ignore[attr-defined]
    wait = minutes(error.retry_after)
    sentence = ngettext(
        "That were too many wrong tries. Wait %(minutes)s minute and try again.",
        "That were too many wrong tries. Wait %(minutes)s minutes and try again.",
        wait,
    )
    return forms.ValidationError(sentence % {"minutes": wait}, code="too_many")
