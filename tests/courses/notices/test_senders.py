"""Who carries messages out, up to the network's edge."""

import json
import smtplib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from courses.notices import senders
from courses.notices.actions import send_sms
from courses.notices.models import Message
from courses.notices.senders import ConsoleSender, FileSender, HttpSender, MailSender, SendingFailed

ID = "7b1c6f1e-0000-4000-8000-000000000001"
PERSIAN = 'سلام "{to}"'
WHAT = {"to": "+989140000000", "text": PERSIAN, "subject": "", "stable_id": ID}


def test_console_prints(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleSender().send(**WHAT)
    assert capsys.readouterr().out == f"SMS {ID} → +989140000000: {PERSIAN}\n"


def test_file_gets_a_line_each(settings: Any, tmp_path: Path) -> None:
    settings.JAVAR_SMS_FILE = tmp_path / "sms.jsonl"
    for _twice in range(2):
        FileSender().send(**WHAT)
    lines = [json.loads(line) for line in settings.JAVAR_SMS_FILE.read_text().splitlines()]
    assert lines == [{"id": ID, "to": "+989140000000", "text": PERSIAN}] * 2


def test_file_that_cannot_be_written_is_tried_again(settings: Any, tmp_path: Path) -> None:
    settings.JAVAR_SMS_FILE = tmp_path / "nowhere" / "sms.jsonl"
    with pytest.raises(SendingFailed, match=r"^file: FileNotFoundError$") as failed:
        FileSender().send(**WHAT)
    assert failed.value.retry is True


# --- the gateway


class Gateway(HTTPServer):
    """An SMS gateway on this machine: keeps what it gets, answers what it is told."""

    status = 200
    got: list[tuple[str, str, dict[str, str], Any]]


class _Desk(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        gateway: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {k: v for k, v in self.headers.items() if k in {"Authorization", "Content-Type"}}
        gateway.got.append((self.command, self.path, headers, json.loads(body)))
        self.send_response(gateway.status)
        if gateway.status in {301, 302, 307}:
            self.send_header("Location", gateway.elsewhere)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_PUT = do_GET = _answer  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def gateway(settings: Any) -> Iterator[Any]:
    """Run a gateway and point the settings at it."""
    server = Gateway(("127.0.0.1", 0), _Desk)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.JAVAR_SMS_URL = f"http://127.0.0.1:{server.server_port}/send"
    settings.JAVAR_SMS_METHOD = "POST"
    settings.JAVAR_SMS_HEADERS = '{"Authorization": "Bearer t"}'
    settings.JAVAR_SMS_BODY = '{"to": ["{to}"], "m": {"text": "{text}", "ref": "{id}"}, "n": 1}'
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_gateway_gets_address_text_and_id(gateway: Any) -> None:
    HttpSender().send(**WHAT)
    assert gateway.got == [
        (
            "POST", "/send",
            {"Authorization": "Bearer t", "Content-Type": "application/json"},
            {"to": ["+989140000000"], "m": {"text": PERSIAN, "ref": ID}, "n": 1},
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "retry"),
    [(400, False), (401, False), (404, False), (408, True), (429, True), (500, True), (503, True)],
)
def test_gateway_that_refuses(gateway: Any, status: int, retry: bool) -> None:
    gateway.status = status
    with pytest.raises(SendingFailed, match=f"^gateway answered {status}$") as failed:
        HttpSender().send(**WHAT)
    assert failed.value.retry is retry


@pytest.mark.parametrize("status", [301, 302, 307])
def test_gateway_that_leads_elsewhere_is_not_followed(
    gateway: Any, tmp_path: Path, status: int
) -> None:
    (tmp_path / "secret").write_text("{}")
    gateway.status = status
    for elsewhere in (f"file://{tmp_path}/secret", f"http://127.0.0.1:{gateway.server_port}/b"):
        gateway.got.clear()
        gateway.elsewhere = elsewhere
        with pytest.raises(SendingFailed, match=f"^gateway answered {status}$"):
            HttpSender().send(**WHAT)
        assert len(gateway.got) == 1


def test_gateway_that_is_not_there_is_tried_again(gateway: Any, settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.JAVAR_SMS_URL = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(SendingFailed, match=r"^gateway: ") as failed:
            HttpSender().send(**WHAT)
    assert failed.value.retry is True


def test_gateway_that_hangs_is_tried_again(
    gateway: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "TIMEOUT_SECONDS", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.JAVAR_SMS_URL = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(SendingFailed, match=r"^gateway: ") as failed:
            HttpSender().send(**WHAT)
    assert failed.value.retry is True


@pytest.mark.parametrize(
    "changes",
    [
        {"JAVAR_SMS_URL": ""},
        {"JAVAR_SMS_URL": "file:///etc/passwd"},
        {"JAVAR_SMS_URL": "ftp://gateway.example/"},
        {"JAVAR_SMS_HEADERS": "token"},
        {"JAVAR_SMS_BODY": "{to}"},
        {"DEVELOPMENT": False},
    ],
    ids=str,
)
def test_gateway_wrongly_set_up_fails_at_the_start(
    gateway: Any, settings: Any, changes: dict[str, Any]
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured):
        HttpSender()


# --- mail


def test_mail_carries_the_stable_id(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Javar <office@javar.example>"
    MailSender().send(to="a@example.org", text="متن", subject="موضوع", stable_id=ID)
    sent = mail.outbox[0]
    assert (sent.to, sent.subject, sent.body, sent.from_email) == (
        ["a@example.org"], "موضوع", "متن", "Javar <office@javar.example>",
    )  # fmt: skip
    assert sent.message()["Message-ID"] == f"<{ID}@javar.example>"


@pytest.mark.parametrize(
    ("error", "words", "retry"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"-")}), "mail refused: 550", False),
        (smtplib.SMTPRecipientsRefused({"a": (450, b"-")}), "mail refused: 450", True),
        (smtplib.SMTPDataError(552, b"secret"), "mail server: 552", True),
        (smtplib.SMTPServerDisconnected("secret"), "mail: SMTPServerDisconnected", True),
        (TimeoutError("secret"), "mail: TimeoutError", True),
    ],
    ids=lambda value: str(value)[:30],
)
def test_mail_that_fails(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str, retry: bool
) -> None:
    def fail(self: Any, messages: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    with pytest.raises(SendingFailed, match=f"^{words}$") as failed:
        MailSender().send(to="a@example.org", text="t", subject="s", stable_id=ID)
    assert failed.value.retry is retry


# --- the command


@pytest.mark.django_db
def test_relay_once_sends_what_is_due_and_says_so(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.JAVAR_SMS_BACKEND = "courses.notices.senders.FileSender"
    settings.JAVAR_SMS_FILE = tmp_path / "sms.jsonl"
    for number in range(3):
        send_sms("+989140000000", "notices.sign_in_code", key=f"k{number}", code="1")
    call_command("relay", "--once", "--size", "2")
    ids = [json.loads(line)["id"] for line in settings.JAVAR_SMS_FILE.read_text().splitlines()]
    assert ids == [str(message.stable_id) for message in Message.objects.all()]
    nothing = "0 to be tried again, 0 given up, 0 given back"
    assert capsys.readouterr().out.splitlines() == [
        f"2 taken: 2 sent, {nothing}", f"1 taken: 1 sent, {nothing}", "nothing is due",
    ]  # fmt: skip
