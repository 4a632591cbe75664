"""The second factor: of whom it is demanded, and that no session goes far without it.

Whoever has one is asked for it at every sign-in, by allauth's own stage, whatever the first
factor was. The middleware is the second wall: a session in which the factor was not shown, or of
somebody who still has to set one up, reaches the pages for that and the way out, nothing else.
"""

import base64
import hashlib
import logging
from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from courses.kit import audit
from courses.kit.http import visitor
from courses.kit.refusal import Refusal
from courses.kit.rights import may_somewhere
from courses.organisations.models import Membership
from courses.organisations.rights import gives
from courses.people.models import User

logger = logging.getLogger("javar.second_factor")
Answer = Callable[[HttpRequest], HttpResponse]

# Papers, birth dates, results, published words: what a stolen password must not open alone.
DEMANDED_WITH = (
    "curricula.write", "enrolment.keep_intakes", "matching.counsel", "matching.run_rounds",
    "organisations.speak_for_body",
)  # fmt: skip
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

# What a session still owes, and that a factor was set up in it.
OWES, SET_UP_HERE = "second_factor_owes", "second_factor_set_up"
ASK, SET_UP = "ask", "set_up"
OUT = {"account_logout"}
OPEN_TO = {
    ASK: OUT | {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"},
    SET_UP: OUT | {
        "account_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn",
        "mfa_view_recovery_codes", "mfa_download_recovery_codes",
    },
}  # fmt: skip


class SealedOtherwise(Refusal):
    """As after a restore without the keys of before."""

    code = "sealed_otherwise"
    sentence = _(
        "No code can be checked: the site's keys have changed. "
        "Ask who keeps the site to remove your second factor."
    )


def is_demanded_of(user: User) -> bool:
    """Tell whether somebody may work here only with a second factor."""
    if not settings.JAVAR_MFA:
        return False
    if user.is_superuser or user.is_staff or user.has_perm("wagtailadmin.access_admin"):
        return True
    return bool(may_somewhere(user, DEMANDED_WITH))


def is_demanded_with(membership: Membership) -> bool:
    """Tell whether a role demands a second factor of who is given it."""
    return any(gives(membership, ability) for ability in DEMANDED_WITH)


def has_one(user: User) -> bool:
    """Tell whether somebody has a second factor; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def owed(request: HttpRequest, user: User) -> str:
    """Return what this session still owes: to show the factor, to set one up, or nothing."""
    if has_one(user):
        records = get_authentication_records(request, user)
        shown = any(record.get("method") == "mfa" for record in records)
        return "" if shown or request.session.get(SET_UP_HERE) else ASK
    return SET_UP if is_demanded_of(user) else ""


class SecondFactorAsked:
    """Leads a session that owes its second factor to where it is shown or set up."""

    def __init__(self, get_response: Answer) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let through what owes nothing, and the few pages that are open to what does.

        A session that does not know what it owes looks now: it was begun by an older release, or
        its owner has been given more powers since (`javar.web.new_powers`).
        """
        if not request.user.is_authenticated or request.session.get(OWES) == "":
            return None
        owes = owed(request, visitor(request))
        if owes != request.session.get(OWES):
            request.session[OWES] = owes
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not owes or name in OPEN_TO[owes]:
            return None
        if owes == SET_UP:
            return redirect("mfa_index")
        back = request.get_full_path() if request.method == "GET" else ""
        query = f"?{urlencode({'next': back})}" if back else ""
        return redirect(reverse("mfa_reauthenticate") + query)


second_factor_asked = SecondFactorAsked


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps secrets sealed in the database, and the last factor with whom it is demanded of."""

    def get_totp_label(self, user: User) -> str:
        """Name the account in the app by its user name: an e-mail changes."""
        return str(user.username)

    def get_totp_issuer(self) -> str:
        """Name the site in letters every app can show."""
        return "Javar"

    def encrypt(self, text: str) -> str:
        """Seal a secret with the newest key."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret with whichever key sealed it; raise SealedOtherwise."""
        try:
            return _seal().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            logger.error("JAVAR_SECOND_FACTOR_KEYS lacks the key a second factor was sealed with")
            raise SealedOtherwise from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep the last factor of somebody who may not be without one."""
        others = Authenticator.objects.filter(
            user_id=authenticator.user_id, type__in=FACTORS
        ).exclude(pk=authenticator.pk)  # fmt: skip
        return others.exists() or not is_demanded_of(authenticator.user)


def _seal() -> MultiFernet:
    keys = [
        hashlib.sha256(b"javar.second_factor\0" + key.encode()).digest()
        for key in settings.JAVAR_SECOND_FACTOR_KEYS
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _record(
    signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any
) -> None:
    """Write every change of somebody's factors into the trail."""
    verbs = {id(authenticator_added): "add", id(authenticator_removed): "remove"}
    verb = verbs.get(id(signal), "renew")
    if verb == "add" and authenticator.type in FACTORS:
        request.session[SET_UP_HERE] = True
    audit.record(user, f"{verb}_second_factor", by=user, kind=authenticator.type)
