"""The bridge to django-allauth: who a mobile number belongs to, and what sign-in may show."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from courses.kit.identity import read_mobile
from courses.notices.actions import send_sms
from courses.people.models import User
from courses.people.queries import by_mobile


class AccountAdapter(DefaultAccountAdapter):
    """Signs people in by user name, mobile or e-mail.

    A mobile is a name to sign in with, set by the school or by the person. Codes to it go by the
    outbox, urgently; no page of the site asks for one yet.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Anybody may make an account; it belongs to no organisation until one takes it in."""
        return True

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return the account with this mobile number."""
        return by_mobile(phone)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the mobile number and whether it was verified (it was not)."""
        return (user.mobile, False) if user.mobile else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Set the mobile number in its one stored form."""
        user.mobile = read_mobile(phone)
        user.save(update_fields=["mobile"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Keep the number; verification is not recorded yet."""
        self.set_phone(user, phone, True)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kw: Any) -> None:
        """Queue the code as an urgent SMS; each code is an event of its own."""
        send_sms(phone, "notices.sign_in_code", key=f"code:{uuid.uuid4()}", code=code)

    def clean_phone(self, phone: str) -> str:
        """Return the stored form of a number."""
        return read_mobile(phone) or phone
