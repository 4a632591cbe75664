"""How often a door may be tried: the one table of limits, and what is said where one is reached.

Guesses of passwords are counted by `javar.web.guesses`; every other door that takes a secret or
makes the site write to somebody stands in `DOORS`, and each press of its button counts. allauth's
own limits are off: each process counted them in its memory.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from courses.kit.http import visitor
from courses.kit.identity import read_mobile
from courses.kit.limits import Limit, TooMany, count_or_refuse
from courses.kit.persian import to_ascii_digits
from courses.kit.tallies import CannotCount
from javar.web.devices import token_of

Answer = Callable[[HttpRequest], HttpResponse]
Key = Callable[[HttpRequest], str]

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60

# --- guesses of passwords: only wrong ones count ----------------------------------------------
STRANGERS = Limit(
    "sign_in.account", 9, 15 * MINUTE,
    "Wrong guesses at one account from browsers it does not know: who has forgotten a password"
    " tries five or six; nine are no guess at a password of eight signs.",
)  # fmt: skip
STRANGERS_LONG = Limit(
    "sign_in.account_day", 60, DAY,
    "The same through a patient day: 60 guesses find none but the commonest passwords, which the"
    " site takes from nobody. The owner comes in by a known browser or a code meanwhile.",
)  # fmt: skip
KNOWN = Limit(
    "sign_in.known", 10, 15 * MINUTE,
    "Wrong guesses from a browser the account knows, counted apart: strangers cannot use them up,"
    " so nobody locks an owner out.",
)  # fmt: skip
KNOWN_LONG = Limit(
    "sign_in.known_day", 60, DAY,
    "The same through a patient day: who took the telephone has it longer than a quarter of an"
    " hour. The owner comes in by another browser or a code.",
)  # fmt: skip
KNOWN_BROWSER = Limit(
    "sign_in.known_browser", 60, HOUR,
    "Wrong guesses from one browser at all accounts that know it: a class at one computer mistypes"
    " less; who sits down at a lab's and tries everybody it knows needs more.",
)  # fmt: skip
ADDRESS_NAMES = Limit(
    "sign_in.address_names", 100, 15 * MINUTE,
    "Different names guessed at from one address, each counted once: of a school of 400 fewer"
    " mistype in a quarter of an hour; one password tried at all accounts of a school needs more."
    " A pupil who guesses at a classmate's again and again holds back that account alone.",
)  # fmt: skip
NAME_AT_ADDRESS = Limit(
    "sign_in.name_at_address", 1, 15 * MINUTE, "Marks a name that has been counted there."
)
ADDRESS = Limit(
    "sign_in.address", 500, 15 * MINUTE,
    "Wrong guesses from one address in all, however few the names: nine each at half a class'"
    " accounts are fewer; five hundred are a machine.",
)  # fmt: skip
BROWSER = Limit(
    "sign_in.browser", 20, 15 * MINUTE,
    "Wrong guesses at accounts that do not know this browser, though others do: the computer of a"
    " lab passes from hand to hand, but not to twenty who all forgot.",
)  # fmt: skip
SECOND_FACTOR = Limit(
    "second_factor", 5, 5 * MINUTE,
    "Wrong codes of a second factor: three of a million are right at a time.",
)  # fmt: skip
SECOND_FACTOR_LONG = Limit(
    "second_factor.day", 30, DAY, "The same through a day: one chance in ten thousand."
)

# --- other doors: every press counts ----------------------------------------------------------
SIGN_UP = Limit(
    "sign_up", 300, HOUR, "A school's pupils make their accounts in one hour, from one address."
)
RESET = Limit("reset", 60, 10 * MINUTE, "Each press may write to somebody; a class forgets too.")
RESET_TO = Limit(
    "reset.to", 5, HOUR, "Nobody is written to more often than this at one browser's wish."
)
RESET_LINK = Limit("reset.link", 60, 10 * MINUTE, "The link is long; this ends mere trying.")
OWN_PASSWORD = Limit(
    "own_password", 10, 10 * MINUTE, "Whoever sits at an open session guesses the old password."
)
CONFIRM = Limit("confirm", 60, 10 * MINUTE, "Links and codes that confirm an address.")
CODES = Limit(
    "codes", 600, HOUR,
    "Steps of a sign-in by code from one address, or from one browser that has signed in before: a"
    " school's pupils come in by it in one hour.",
)  # fmt: skip
# --- what a telephone alone does not know: only wrong answers count ----------------------------
ANSWERS = Limit(
    "code_answers", 4, DAY, "Who owns the account knows its birth date; four are typing mistakes."
)
ANSWERS_LONG = Limit(
    "code_answers.long", 12, 90 * DAY,
    "Pupils of one school are born on a thousand days: twelve tries find one in eighty. The"
    " password is not held back.",
)  # fmt: skip


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from; of an IPv6 address the part a household has."""
    return str(get_ip(request))


def _visitor(request: HttpRequest) -> str:
    """Return the browser where it has a token of ours, otherwise the address.

    A classmate who presses for an hour holds back who has never signed in there, nobody else.
    Which accounts know the browser plays no part: that would say whose number was typed.
    """
    return token_of(request) or address_of(request)


def _person(request: HttpRequest) -> str:
    return str(visitor(request).pk)


def _typed_contact(request: HttpRequest) -> str:
    typed = to_ascii_digits(request.POST.get("login", "")).strip().lower()[:254]
    # Beside a browser's own presses, strangers share theirs: they cannot use up an owner's.
    return f"{read_mobile(typed) or typed}|{token_of(request) or ''}"


DOORS: dict[str, tuple[tuple[Limit, Key], ...]] = {
    "account_signup": ((SIGN_UP, address_of),),
    "account_reset_password": ((RESET, _visitor), (RESET_TO, _typed_contact)),
    "account_reset_password_from_key": ((RESET_LINK, _visitor),),
    "account_change_password": ((OWN_PASSWORD, _person),),
    "account_set_password": ((OWN_PASSWORD, _person),),
    "account_reauthenticate": ((OWN_PASSWORD, _person),),
    "accounts:code_ask": ((CODES, _visitor),),
    "accounts:code_check": ((CODES, _visitor),),
    "accounts:code_answer": ((CODES, _visitor),),
    "accounts:code_password": ((RESET_LINK, _visitor),),
    "accounts:contact_change": ((OWN_PASSWORD, _person),),
    "accounts:contact_remove": ((OWN_PASSWORD, _person),),
    "accounts:contact_password": ((OWN_PASSWORD, _person),),
    "accounts:contact_check": ((CONFIRM, _person),),
}
TABLE = (
    STRANGERS, STRANGERS_LONG, KNOWN, KNOWN_LONG, KNOWN_BROWSER, ADDRESS, ADDRESS_NAMES,
    NAME_AT_ADDRESS, BROWSER, SECOND_FACTOR, SECOND_FACTOR_LONG, SIGN_UP, RESET, RESET_TO,
    RESET_LINK, OWN_PASSWORD, CONFIRM, CODES, ANSWERS, ANSWERS_LONG,
)  # fmt: skip
# Seconds after which it is worth asking again where nobody could count.
UNCOUNTED = 15


class LimitsHold:
    """Counts at the doors, and answers 429 in the site's words wherever a limit is reached."""

    def __init__(self, get_response: Answer) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; a form that was refused for a limit is shown again as 429."""
        response = self.get_response(request)
        seconds = getattr(request, "retry_after", None)
        if seconds is not None and response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(seconds)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Count a press at a door of the table."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if request.method == "POST" and settings.JAVAR_RATE_LIMITS:
            try:
                for limit, key in DOORS.get(name, ()):
                    count_or_refuse(limit, key(request))
            except TooMany as refusal:
                return too_many(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer limits that a view met; what cannot be counted is not done."""
        if isinstance(exception, TooMany):
            return too_many(request, exception)
        if isinstance(exception, CannotCount):
            response = render(request, "uncounted.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
            response["Retry-After"] = str(UNCOUNTED)
            return response
        return None


limits_hold = LimitsHold


# Words in the names of fields that never come back into a page.
SECRET = ("password", "secret", "code", "credential", "token")


def too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    """Say that it was too often and for how long; what was typed waits behind one button."""
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not any(word in name.lower() for word in SECRET)
    ]
    values = {
        "minutes": minutes(refusal.retry_after),
        "kept": kept,
        "path": request.get_full_path(),
        "sent": request.method == "POST",
        "signing_in": _is_signing_in(request),
    }
    response = render(request, "429.html", values, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(refusal.retry_after)
    return response


def _is_signing_in(request: HttpRequest) -> bool:
    """Tell whether a way in was refused, so that the others are worth naming."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name.startswith(("accounts:code_", "account_reset_"))


def minutes(seconds: int) -> int:
    """Return seconds as whole minutes, as they are said."""
    return -(-seconds // MINUTE)
