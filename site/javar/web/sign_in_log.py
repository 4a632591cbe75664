"""What the sign-in log hears: signals of sign-ins, and answers that turn somebody away."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from courses.kit import limits
from courses.kit.limits import Limit
from courses.kit.tallies import CannotCount
from courses.people.models import SecondStep, SignInKind, SignInWay, User
from courses.people.sign_ins import write_down_sign_in
from javar.web import code_flow
from javar.web.session_ends import shortened

# Forms that take a code or an answer beside the password: shown again with 422, it was wrong.
CODE_FORMS = {
    "accounts:code_check", "accounts:code_answer", "accounts:contact_check", "mfa_authenticate",
    "mfa_reauthenticate", "account_reauthenticate",
}  # fmt: skip
# What the session remembers of a first factor, and what the log calls it.
_WAYS = {
    "password": SignInWay.PASSWORD, "code": SignInWay.CODE, "link": SignInWay.LINK,
    "password_reset": SignInWay.RESET,
}  # fmt: skip
TURNED_AWAY = Limit(
    "sign_in_log.turned_away", 1, 60,
    "One line a minute says that somebody is refused at a door; a thousand a minute fill the disk.",
)  # fmt: skip
# What is found first counts: every browser calls itself several others.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"), ("python", "Python"),
)  # fmt: skip
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


def family_of(agent: str) -> str:
    """Return the kind of browser and system, without versions that would tell people apart."""
    browser = next((name for sign, name in _BROWSERS if sign.lower() in agent.lower()), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    return ", ".join(filter(None, (browser, system)))


def _note(
    request: HttpRequest | None, kind: str, *, user: Any = None, name: str = "", **shown: Any
) -> None:
    """Add one line about a request; without one (a command, a test) there is only who and what."""
    if request is None:
        write_down_sign_in(kind, account=user, name=name, **shown)
        return
    address = get_adapter(request).get_client_ip(request)
    match = request.resolver_match
    write_down_sign_in(
        kind, account=user if isinstance(user, User) else None, name=name, address=address,
        network=shortened(address), agent=family_of(request.headers.get("User-Agent", "")),
        route=match.view_name if match else "", **shown,
    )  # fmt: skip


@receiver(user_logged_in)
def _signed_in(request: HttpRequest | None, user: User, **signal: Any) -> None:
    _note(request, SignInKind.SUCCESS, user=user, **_shown(request, user))


def _shown(request: HttpRequest | None, user: User) -> dict[str, str]:
    """Return by which way somebody comes in, and what was shown second."""
    shown = {"way": "", "second": ""}
    for record in get_authentication_records(request, user) if request else []:
        if record.get("method") != "mfa":
            shown["way"] = _WAYS.get(record.get("method", ""), "")
        elif record.get("type") in SecondStep.values:
            shown["second"] = record["type"]
    return shown


@receiver(user_logged_out)
def _signed_out(request: HttpRequest | None, user: User | None, **signal: Any) -> None:
    if user is not None:
        _note(request, SignInKind.SIGN_OUT, user=user)


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **signal: Any) -> None:
    """The name is hashed as it was typed; whose it is nobody asks."""
    names = [credentials.get(key) for key in ("username", "phone", "email")]
    name = next((str(name) for name in names if name), "")
    _note(request, SignInKind.FAILURE, name=name, way=SignInWay.PASSWORD)


@receiver([password_changed, password_set, password_reset])
def _new_password(request: HttpRequest | None, user: User, **signal: Any) -> None:
    _note(request, SignInKind.PASSWORD, user=user)


def turned_away(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Write down whom an answer turned away: refused access, a wrong code, too many tries."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        kind = _kind_of(request, response)
        user = request.user if kind and request.user.is_authenticated else None
        if kind and _is_news(request, kind, user):
            whose: dict[str, Any] = {"user": user} if user else {}
            if kind == SignInKind.CODE and not user:
                whose = _at_whose_door(request)
            _note(request, kind, **whose)
        return response

    return answer


def _at_whose_door(request: HttpRequest) -> dict[str, Any]:
    """Return whose account a wrong code was typed for, as far as this session has come.

    After a password or a link it is an account; before, a number or a name, which stays a hash.
    """
    flow = code_flow.load(request)
    if flow is None:
        stage = get_pending_stage(request)
        return {"user": stage.login.user} if stage else {}
    chosen = code_flow.chosen(flow)
    whose = {"user": chosen} if chosen else {"name": flow.subject}
    return {**whose, "way": SignInWay.CODE if flow.way == "code" else SignInWay.PASSWORD}


def _is_news(request: HttpRequest, kind: str, user: Any) -> bool:
    """Tell whether this door has turned nobody away from there a minute long.

    Where nobody can count, no line is written either: the answer goes out as it is.
    """
    if kind not in {SignInKind.REFUSED, SignInKind.LIMITED}:
        return True
    match = request.resolver_match
    where = match.view_name if match else ""
    address = get_adapter(request).get_client_ip(request)
    key = f"{kind}|{where}|{address}|{user.pk if user else ''}"
    try:
        if limits.check(TURNED_AWAY, key).is_full:
            return False
        limits.count(TURNED_AWAY, key)
    except (DatabaseError, CannotCount):
        return False
    return True


def _kind_of(request: HttpRequest, response: HttpResponse) -> str:
    """Return what a response tells the log, or nothing."""
    where = request.resolver_match.view_name if request.resolver_match else ""
    match response.status_code:
        case HTTPStatus.FORBIDDEN if request.user.is_authenticated:
            return SignInKind.REFUSED
        case HTTPStatus.TOO_MANY_REQUESTS:
            return SignInKind.LIMITED
        case HTTPStatus.UNPROCESSABLE_ENTITY if where in CODE_FORMS:
            return SignInKind.CODE
    return ""
