"""Who carries a message out: the console, a file, an SMS gateway over HTTP, a mail server.

Every sender is called with the address, the text and the message's stable id, outside any
transaction, and raises `SendingFailed` when it did not go. Which one carries SMS is a setting,
`JAVAR_SMS_BACKEND`; mail goes by Django's own `EMAIL_BACKEND`.
"""

import json
import os
import re
import smtplib
import sys
import urllib.error
import urllib.request
from email.utils import parseaddr
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.utils.module_loading import import_string

from courses.notices.states import Channel

# What the gateway gets in its body.
_PLACE = re.compile(r"\{(to|text|id)\}")
# A send takes no longer than this; the relay's leases are long against it.
TIMEOUT_SECONDS = 10


class SendingFailed(Exception):  # noqa: N818 - it reads as a claim
    """The message did not go. `retry` tells whether another attempt makes sense.

    The words are shown to keepers: they hold neither text nor address nor token.
    """

    def __init__(self, words: str, *, retry: bool) -> None:
        """Keep why, in few words."""
        super().__init__(words)
        self.retry = retry


class Sender(Protocol):
    """Carries one message."""

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Send, or raise `SendingFailed`."""


class ConsoleSender:
    """Writes to the standard output: for development."""

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Print the message."""
        sys.stdout.write(f"SMS {stable_id} → {to}: {text}\n")
        sys.stdout.flush()


class FileSender:
    """Appends a line of JSON to `JAVAR_SMS_FILE`: for tests and the demo."""

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Append in one write and wait until the line is on the disk."""
        line = json.dumps({"id": stable_id, "to": to, "text": text}, ensure_ascii=False)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            file = os.open(settings.JAVAR_SMS_FILE, flags, 0o600)
            try:
                os.write(file, f"{line}\n".encode())
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise SendingFailed(f"file: {type(error).__name__}", retry=True) from error


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it could lead to a file, or carry the token to another host."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Answer no: the redirect itself is then the answer."""


class HttpSender:
    """Speaks to any SMS gateway that takes one HTTP request per message.

    Method, address, headers and body are settings. The body is JSON with the places {to}, {text}
    and {id} anywhere in its strings; the id lets the gateway recognise what it already has.
    """

    def __init__(self) -> None:
        """Read the settings; fail at the start rather than at the first message."""
        self.url = settings.JAVAR_SMS_URL
        self.method = settings.JAVAR_SMS_METHOD
        try:
            self.headers: dict[str, str] = json.loads(settings.JAVAR_SMS_HEADERS)
            self.body = json.loads(settings.JAVAR_SMS_BODY)
        except ValueError as error:
            raise ImproperlyConfigured(
                "JAVAR_SMS_HEADERS and JAVAR_SMS_BODY must be JSON."
            ) from error
        allowed = {"https", "http"} if settings.DEVELOPMENT else {"https"}
        if urlsplit(self.url).scheme not in allowed:
            raise ImproperlyConfigured("JAVAR_SMS_URL must begin with https://.")
        # No other handlers than these: no files, no FTP, no redirects.
        self.opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(), urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(), urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(), _SameScheme(),
        ):  # fmt: skip
            self.opener.add_handler(handler)

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Send the request; 4xx will not get better, except for 408, 425 and 429."""
        body = json.dumps(_filled(self.body, {"to": to, "text": text, "id": stable_id}))
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            self.url,
            data=body.encode(),
            method=self.method,
            headers={"Content-Type": "application/json", **self.headers},
        )
        try:
            with self.opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError as error:
            raise SendingFailed(f"gateway: {type(error).__name__}", retry=True) from error
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            passing = {
                HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS,
            }  # fmt: skip
            retry = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in passing
            raise SendingFailed(f"gateway answered {status}", retry=retry)


def _filled(template: Any, values: dict[str, str]) -> Any:
    """Return a JSON value whose strings have their places filled, each in one pass."""
    if isinstance(template, dict):
        return {name: _filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    return _PLACE.sub(lambda place: values[place[1]], template)


class MailSender:
    """Sends by Django's mail, always under the same Message-ID."""

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Send one plain mail; what the server refuses for good is not tried again."""
        _name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
        domain = sender.rpartition("@")[2] or "localhost"
        mail = EmailMessage(
            subject, text, to=[to], headers={"Message-ID": f"<{stable_id}@{domain}>"},
            connection=get_connection(timeout=TIMEOUT_SECONDS),
        )  # fmt: skip
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _words in error.recipients.values()]
            retry = any(code < 500 for code in codes)
            raise SendingFailed(f"mail refused: {codes[0]}", retry=retry) from error
        except smtplib.SMTPResponseException as error:
            # 5yz before a recipient was named is the server's trouble, not the address's.
            raise SendingFailed(f"mail server: {error.smtp_code}", retry=True) from error
        except OSError as error:
            raise SendingFailed(f"mail: {type(error).__name__}", retry=True) from error


def senders() -> dict[str, Sender]:
    """Return who carries what, as the settings say."""
    return {Channel.SMS: import_string(settings.JAVAR_SMS_BACKEND)(), Channel.MAIL: MailSender()}
