"""Nothing secret in the logs of a site that is really served: ways in, failures, worker, relay."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from django.conf import settings
from django.urls import get_resolver
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from courses.kit.scrubbing import SECRET_PARTS, addresses
from courses.notices.actions import send_sms, welcome
from courses.notices.models import Message
from tests import databases
from tests.cast import person
from tests.servers import environment_of, free_port, started

pytestmark = pytest.mark.deep

MOBILE, SECOND, CODE, NATIONAL = "9147654321", "9351112233", "730164", "0499370899"
CANARIES = {
    MOBILE, SECOND, CODE, NATIONAL, "canary.person", "Canary-Pass-1405", "Cn4ryT0kenOf20Signs_x",
    "۹۱۴۷۶۵۴۳۲۱", "۷۳۰۱۶۴",
}  # fmt: skip
TOKEN = "Cn4ryT0kenOf20Signs_x"
WORDS = (
    f"0{MOBILE} +98{SECOND} ۰۹۱۴۷۶۵۴۳۲۱ code {CODE} کد ۷۳۰۱۶۴ nc {NATIONAL} "
    f"canary.person@example.ir password=Canary-Pass-1405"
)
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tests.canary.site", "JAVAR_DEMO": "0", "JAVAR_LOG_FORMAT": "json",
    "LOG_LEVEL": "DEBUG", "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_PORT": "1", "JAVAR_SMS_BACKEND": "courses.notices.senders.HttpSender",
}  # fmt: skip


class Refusing(BaseHTTPRequestHandler):
    """A gateway that repeats in its refusal what it was sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500, "no")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[str]:
    """The address of a gateway that refuses everything."""
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def manage(environment: dict[str, str], *command: str) -> str:
    """Run a command as the installation does; return all it said."""
    done = subprocess.run(
        [sys.executable, "-W", "default", str(settings.ROOT / "manage.py"), *command],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_no_canary_in_anything_the_site_writes(
    gateway: str, django_db_setup: None, django_db_blocker: Any
) -> None:
    name, port = databases.own_name("canary"), free_port()
    with django_db_blocker.unblock():
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            start = welcome(person("zahra", age=16), by=person("registrar"), at=timezone.now())
            send_sms(f"+98{MOBILE}", "notices.sign_in_code", key="canary", code=CODE)
    environment = ENVIRONMENT | {"JAVAR_SMS_URL": gateway}
    command = [
        sys.executable, "-m", "gunicorn", "--pythonpath", str(settings.SITE), "--bind",
        f"127.0.0.1:{port}", "--threads", "2", "--worker-class", "gthread", "--log-level", "debug",
        "--access-logfile", "-", "--logger-class", "javar.web.logs.GunicornLogger", "javar.wsgi",
    ]  # fmt: skip
    with started(command, port=port, database=name, **environment) as server:
        crashed = walk(server.url, start)
    said = Path(server.log).read_text()
    whole = environment_of(name, **environment)
    said += manage(whole, "db_worker", "--batch", "--no-startup-delay", "--no-reload")
    said += manage(whole, "relay", "--once")
    said += manage(whole, "scheduler", "--once")
    said += manage(whole, "shell", "-v", "0", "-c", f"raise ValueError({WORDS!r})")
    with django_db_blocker.unblock():
        with databases.using(name):
            kept = [row.traceback for row in DBTaskResult.objects.all()]
            kept += [row.last_error for row in Message.objects.all()]
        databases.drop(name)

    secrets = {*CANARIES, start.strip("/").split("/")[-1]}
    assert {secret for secret in secrets if secret in said} == set()
    assert {secret for secret in secrets for text in kept if secret in text} == set()
    # And the log was really kept: each failure is there, under the number its page showed.
    lines = [json.loads(line) for line in said.splitlines() if line.startswith('{"time"')]
    of_crash = [line for line in lines if line["request"] == crashed]
    assert {line["logger"] for line in of_crash} >= {"javar.canary", "django.request"}
    assert {line["logger"] for line in lines} >= {
        "javar.canary", "django.request", "gunicorn.access", "javar.tasks", "javar",
    }  # fmt: skip
    assert any("ValueError" in text for text in kept)
    assert "gateway answered 500" in kept


def walk(site: str, start: str) -> str:
    """Go every way on which a secret is typed, sent or named; return the number of what failed."""
    client = requests.Session()

    def post(path: str, **data: str) -> requests.Response:
        client.get(f"{site}/account/login/")
        token = next(value for key, value in client.cookies.items() if "csrf" in key)
        return client.post(
            f"{site}{path}", data | {"csrfmiddlewaretoken": token}, allow_redirects=False,
            headers={"Referer": f"{site}/"},
        )  # fmt: skip

    person_ = {
        "first_name": "آ", "last_name": "ب", "birth_date": "۱۳۸۹/۷/۱", "sex": "girl",
        "mobile": f"0{MOBILE}", "username": "canary.person", "password1": "Canary-Pass-1405",
        "password2": "Canary-Pass-1405",
    }  # fmt: skip
    for path, data in (
        ("/account/signup/", person_ | {"birth_date": "x"}),
        ("/account/signup/", person_),
        ("/account/logout/", {}),
        ("/account/login/", {"login": f"0{MOBILE}", "password": "Canary-Pass-1405"}),
        ("/account/login/", {"login": "canary.person", "password": "Canary-Pass-1405"}),
        ("/account/logout/", {}),
        ("/account/password/reset/", {"email": "canary.person@example.ir"}),
        ("/account/password/reset/", {"login": f"0{MOBILE}"}),
        ("/account/code/", {"mobile": f"0{SECOND}"}),
        ("/account/code/check/", {"code": CODE}),
        (start, {"password1": "Canary-Pass-1405", "password2": "Canary-Pass-1405"}),
    ):
        post(path, **data)
    for way, names in addresses(get_resolver()):
        if SECRET_PARTS & set(names) and not way.startswith("admin/"):
            address = way % dict.fromkeys(names, TOKEN)
            for path in (f"/{address}", f"/en/{address}", f"/account/login/?next=/{address}"):
                client.get(f"{site}{path}", allow_redirects=False)
    client.get(f"{site}/search/?q=0{MOBILE}&token={TOKEN}")
    client.get(f"{site}/nothing/{NATIONAL}/", headers={"Referer": f"{site}/start/{TOKEN}/"})
    client.get(site, headers={"Host": f"{MOBILE}.example"})
    answer = post(f"/crash/{TOKEN}/", words=WORDS)
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.text
    return answer.headers["X-Request-ID"]
