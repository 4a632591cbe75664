"""Guesses of passwords: the wrong ones are counted by account, browser and address.

A right sign-in counts nowhere, so a whole school signs in from one address in one minute. An
account's own number is taken before the password is looked at and given back when it was right:
of many guesses at one moment no more than the limit are looked at.

What was typed is counted beside the account, and it alone is refused aloud: an account may be
reached by a user name, a number and an e-mail, and who uses up its guesses by one must not read
from another's refusal that both are the same person's. Names that belong to nobody are counted as
accounts are, so an answer tells nothing of them.

A number that serves several is a guess at each of them: one that has no more room is left out,
the others are looked at. Strangers who guess at one sister do not shut the other out.
"""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.kit import limits
from courses.kit.limits import Limit, Standing, TooMany
from courses.people.models import User
from courses.people.queries import proven_by_email, proven_by_mobile
from javar.web import devices
from javar.web.limits import (
    ADDRESS,
    ADDRESS_NAMES,
    BROWSER,
    KNOWN,
    KNOWN_BROWSER,
    KNOWN_LONG,
    NAME_AT_ADDRESS,
    STRANGERS,
    STRANGERS_LONG,
    address_of,
    minutes,
)

Counted = tuple[Limit, str]


@dataclass
class Guess:
    """One guess on its way: what was counted before it, what is counted if it is wrong.

    `held` are the keys of accounts whose password is not looked at: they have no more room.
    `name_at` is the name a stranger typed and the address it came from.
    """

    taken: list[Standing] = field(default_factory=list)
    if_wrong: set[Counted] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    name_at: tuple[str, str] | None = None

    def admit(self, looked_at: list[Counted], taken: Counted) -> None:
        """Count one account's own number; raise TooMany, with nothing counted, where there is no
        more room.
        """
        for limit, key in looked_at:
            standing = limits.check(limit, key)
            if standing.is_full:
                raise TooMany(standing.wait())
        self.taken.append(limits.count_or_refuse(*taken))
        self.if_wrong.update(looked_at)

    def admit_name(self, request: HttpRequest, typed: str) -> None:
        """Take what a stranger typed; raise TooMany where it, or the address, has no more room.

        An address is held by the number of names it guesses at: one name used up by a classmate
        leaves a school's address open for all others.
        """
        address = address_of(request)
        standing = limits.check(ADDRESS_NAMES, address)
        if standing.is_full:
            raise TooMany(standing.wait())
        self.admit(*_room_of_strangers(request, f"name:{typed}"))
        self.name_at = (typed, address)

    def admit_silently(self, request: HttpRequest, users: list[User], typed: str) -> None:
        """Count the accounts that were meant, or nobody as if it were one; hold those without room.

        Their answer is a wrong password's: another one would say that what was typed now is a name
        of the account that was guessed at before.
        """
        for key, pk in [(f"user:{user.pk}", user.pk) for user in users] or [(f"none:{typed}", 0)]:
            try:
                self.admit(*_room_of_strangers(request, key))
            except TooMany:
                self.held.add(pk)

    def was_right(self) -> None:
        """Give back what was taken."""
        for standing in self.taken:
            limits.give_back(standing)

    def was_wrong(self) -> None:
        """Count what counts only wrong guesses."""
        for limit, key in self.if_wrong:
            limits.count(limit, key)
        if self.name_at:
            typed, address = self.name_at
            if limits.count(NAME_AT_ADDRESS, f"{address}|{typed}").taken == 1:
                limits.count(ADDRESS_NAMES, address)


def begin(request: HttpRequest, credentials: dict[str, Any]) -> Guess:
    """Begin a guess; raise TooMany where what was typed has no more room."""
    guess = Guess()
    if not settings.JAVAR_RATE_LIMITS:
        return guess
    names = [credentials.get(name) or "" for name in ("username", "email", "phone")]
    users = _accounts(*names)
    at_home = [user for user in users if devices.is_known(request, user)]
    strangers = [user for user in users if user not in at_home]
    refusals: list[TooMany] = []
    refused: set[int] = set()
    if strangers or not users:
        typed = "|".join(names).lower()
        try:
            guess.admit_name(request, typed)
        except TooMany as refusal:
            refusals.append(refusal)
            refused.update(user.pk for user in strangers)
        else:
            guess.admit_silently(request, strangers, typed)
    for user in at_home:
        try:
            guess.admit(*_room_at_home(request, user))
        except TooMany as refusal:
            refusals.append(refusal)
            refused.add(user.pk)
    if refusals and len(refused) == len(users):
        raise min(refusals, key=lambda refusal: refusal.retry_after)
    guess.held |= refused
    return guess


def _room_at_home(request: HttpRequest, user: User) -> tuple[list[Counted], Counted]:
    """Return what must have room for a guess from a browser that an account knows, and what is
    taken for it.
    """
    browser = devices.token_of(request) or ""
    own = f"{user.pk}:{browser}"
    return [(KNOWN_BROWSER, browser), (KNOWN_LONG, own)], (KNOWN, own)


def _room_of_strangers(request: HttpRequest, key: str) -> tuple[list[Counted], Counted]:
    """Return the same for what was typed, or for an account that does not know the browser."""
    browser = devices.token_of(request)
    browsers = [(BROWSER, browser)] if browser else []
    return [(ADDRESS, address_of(request)), *browsers, (STRANGERS_LONG, key)], (STRANGERS, key)


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
    # Alike for every limit: which of them it was says too much of the account.
    others = _("A code by SMS, or a browser with which you have signed in before, works meanwhile.")
    return forms.ValidationError(f"{sentence % {'minutes': wait}} {others}", code="too_many")
