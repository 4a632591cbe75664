"""The bridge to django-allauth: what sign-in may know and show, and how its mail leaves."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from courses.kit.identity import read_mobile
from courses.notices.actions import set_password
from courses.people.models import User
from courses.people.queries import proven_by_mobile

# Where no address is known, all share one.
NOWHERE = "0.0.0.0"  # noqa: S104 - a value, nothing listens there


class AccountAdapter(DefaultAccountAdapter):
    """Signs people in by user name, proven mobile or proven e-mail.

    Codes are ours (`notices.actions.codes`), with their ceilings; allauth's own ways of proving
    an e-mail or a number are shut (`javar.urls`), so its hooks for them are not filled.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Anybody may make an account; it belongs to no organisation until one takes it in."""
        return True

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return who asks; a forwarded address counts only as far as our own proxies wrote it.

        A header that is too short for them is nobody's word, and no error of the visitor.
        """
        try:
            return get_client_ip(request) or NOWHERE
        except ImproperlyConfigured:
            return str(request.META.get("REMOTE_ADDR") or NOWHERE)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return the account that has proven this mobile number, the oldest of several."""
        return proven_by_mobile(phone).first()

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the mobile number and whether it is proven."""
        return (user.mobile, user.mobile_proven_at is not None) if user.mobile else None

    def clean_phone(self, phone: str) -> str:
        """Return the stored form of a number."""
        return read_mobile(phone) or phone

    def set_password(self, user: User, password: str) -> None:
        """Set a password that the account's owner, or who holds its link, has chosen."""
        way = "link" if self.request.user.is_anonymous else "change"
        set_password(user, password, by=user, way=way, keep=self.request.session.session_key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send none of the library's own letters: what leaves the site lies in the outbox."""
        raise NotImplementedError(f"{template_prefix} is no letter of ours")
