"""What is logged: nobody's secrets, on lines that name the request or the task they belong to."""

import io
import json
import logging
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, path
from django_tasks import task
from django_tasks_db.models import DBTaskResult
from gunicorn.config import Config

from courses.kit.jobs import JOBS, Job, tick
from courses.kit.scrubbing import SECRET_PARTS, addresses, scrub
from courses.kit.tracing import trace, traced
from courses.notices.actions import relay_batch, send_sms
from courses.notices.models import Message
from courses.notices.senders import SendingFailed
from javar import urls as site_urls
from javar.web.error_reports import Report
from javar.web.logs import GunicornLogger, Handler, JsonFormatter, LineFormatter
from tests.cast import NOW

TOKEN = "Ab3dEfGhIjKlMnOpQrS7"
# What an address may name that is nobody's secret: who holds it has gained nothing.
PLAIN_PARTS = {
    "code", "firm_id", "form", "id", "kind", "path", "pk", "pseudonym", "public_id", "rest",
    "school_id", "slug", "stable_id", "subject", "task_id", "what",
}  # fmt: skip
SECRETS = {
    "mobile": "09141234567",
    "mobile_as_stored": "+989141234567",
    "mobile_in_persian": "۰۹۱۴۱۲۳۴۵۶۷",
    "mobile_in_arabic": "٠٩١٤١٢٣٤٥٦٧",
    "mobile_as_written": "+98 (914) 123-4567",
    "mobile_with_zeros": "0098 914 123 45 67",
    "mobile_without_zero": "9141234567",
    "mobile_in_a_query": "%DB%B0%DB%B9%DB%B1%DB%B4%DB%B1%DB%B2%DB%B3%DB%B4%DB%B5%DB%B6%DB%B7",
    "mobile_in_json": json.dumps("۰۹۱۴۱۲۳۴۵۶۷").strip('"'),
    "mobile_with_marks": "\u200e0914\u200e 123\u00a04567",
    "national_code": "0012345679",
    "national_code_in_persian": "۰۰۱۲۳۴۵۶۷۹",
    "national_code_in_parts": "001-234567-9",
    "national_code_without_zeros": "12345679",
    "sign_in_code": "483920",
    "sign_in_code_in_persian": "۴۸۳۹۲۰",
    "email": "zahra.n+x@school.example.ir",
    "email_in_a_query": "zahra%40school.example.ir",
    "token": TOKEN,
    "reset_key": "d0xk2a-0123456789abcdef0123456789abcdef",
    "session": "k3v9x0z1m2n4b5c6d7f8g9h0j1k2l3q4",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(
    "sentence", ["{}", "Key (x)=({}) already exists.", "id «{}»، دوباره", "x: '{}', y", "{}."]
)
def test_scrub_leaves_nothing_of_a_secret(secret: str, sentence: str) -> None:
    assert scrub(sentence.format(secret)).replace("\u200e", "") == sentence.format("•••")


@pytest.mark.parametrize(
    "line",
    [
        "Not Found: /intakes/3fa85f64-5717-4562-b3fc-2c963f66afa6/roster.xlsx",
        "worker 31 of 4096 took 0.123456 s, 5000 rows, port 8150",
        'File "courses/enrolment/actions/seats.py", line 155, in _offer',
        "a day: 2026-11-29, an hour: 10:30:00",
        "127.0.0.1:8000 SELECT count(*) FROM enrolment_intake",
    ],
)
def test_scrub_keeps_what_a_keeper_needs(line: str) -> None:
    assert scrub(line) == line


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("password='hunter2', n=3", "password='•••', n=3"),
        ("{'csrfmiddlewaretoken': 'abc', 'n': 1}", "{'csrfmiddlewaretoken': '•••', 'n': 1}"),
        ("Authorization: Bearer abc.def", "Authorization: •••"),
        ("?token=abc&page=2", "?token=•••&page=2"),
    ],
)
def test_scrub_hides_what_is_called_a_secret(said: str, kept: str) -> None:
    assert scrub(said) == kept


def our_addresses() -> list[tuple[str, list[str]]]:
    return [
        (way, names)
        for way, names in addresses(get_resolver())
        if not way.startswith(("admin/", "documents/", "_util/"))
    ]


def test_every_part_of_an_address_is_known_as_secret_or_plain() -> None:
    named = {name for _way, names in our_addresses() for name in names if name[0] != "_"}
    assert {name for name in named if name not in SECRET_PARTS | PLAIN_PARTS} - {
        # Whole numbers, and Wagtail's own pages and files.
        "rank", "number", "effect_id", "image_id", "filter_spec", "filename", "page_id",
        "page_view_restriction_id", "document_id", "collection_id", "restriction_id",
        "collection_view_restriction_id",
    } == set()  # fmt: skip


def test_every_address_with_a_secret_is_scrubbed() -> None:
    secret = {way: names for way, names in our_addresses() if SECRET_PARTS & set(names)}
    assert len(secret) >= 6
    for way, names in secret.items():
        address = "/" + way % dict.fromkeys(names, "short")
        quoted = address.replace("/", "%2F")
        for line in (address, f"/en{address}", f"GET {address}?x=1 500", address.rstrip("/")):
            assert "short" not in scrub(line), way
        assert "short" not in scrub(f"/account/login/?next={quoted}"), way


def record(message: str, *args: Any, exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord("javar.x", logging.ERROR, "a.py", 7, message, args, exc_info)


def broken() -> Any:
    """Return an exception with a secret in its words, as it would be logged."""
    try:
        raise ValueError(f"nobody has {SECRETS['mobile']}")
    except ValueError:
        return sys.exc_info()


def test_json_line_says_what_where_and_to_which_request() -> None:
    line = record("sent to %s", "09141234567", exc_info=broken())

    with traced("3f2a"):
        found = json.loads(JsonFormatter().format(line))

    told = found.pop("traceback")
    assert told.splitlines()[-1] == "ValueError: nobody has •••"
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "ERROR", "logger": "javar.x", "message": "sent to •••", "request": "3f2a",
        "process": line.process,
    }  # fmt: skip


def test_text_line_keeps_its_time_and_is_scrubbed() -> None:
    line = record("sent to %s", "09141234567", exc_info=broken())

    with traced("3f2a"):
        first, *_rest, last = LineFormatter().format(line).splitlines()

    assert first.split(" ", 2)[2] == "ERROR javar.x [3f2a]: sent to •••"
    assert first[:2] == "20"
    assert last == "ValueError: nobody has •••"


def test_a_line_that_cannot_be_written_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    handler = Handler(io.StringIO())
    handler.setFormatter(JsonFormatter())

    handler.handle(record("%d", "09141234567"))

    assert capsys.readouterr().err == "a line of javar.x, line 7, could not be logged\n"


def test_every_handler_of_ours_scrubs() -> None:
    handlers = {
        handler
        for name in ["", *logging.root.manager.loggerDict]
        for handler in logging.getLogger(name).handlers
        if not type(handler).__module__.startswith(("_pytest", "logging"))
    }
    assert handlers
    assert {type(one.formatter) for one in handlers} <= {LineFormatter, JsonFormatter}
    assert logging.getLogger("django").handlers == []


def test_gunicorn_logs_our_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVAR_LOG_FORMAT", "json")
    config = Config()
    config.set("accesslog", "-")
    log = GunicornLogger(config)

    handlers = log.error_log.handlers + log.access_log.handlers

    assert [type(one.formatter) for one in handlers] == [JsonFormatter] * 2
    for logger in (log.error_log, log.access_log):
        logger.handlers.clear()


def test_what_nobody_caught_is_logged_scrubbed(caplog: pytest.LogCaptureFixture) -> None:
    sys.excepthook(*broken())
    assert [line.message for line in caplog.records] == ["nobody caught this"]
    assert caplog.records[0].levelname == "CRITICAL"
    assert sys.excepthook.__module__ == "javar.web.logs"


# --- the number of a request
def crash(request: HttpRequest, token: str) -> HttpResponse:
    """Fail with secrets in hand."""
    raise RuntimeError(f"{SECRETS['mobile']} {SECRETS['email']} {token}")


def look(request: HttpRequest) -> HttpResponse:
    return HttpResponse(trace())


urlpatterns = [
    path("crash/<str:token>/", crash),
    path("look/", look),
    *site_urls.urlpatterns,
]
handler500 = "javar.errors.server_error"


@pytest.fixture
def crashing(settings: Any) -> Client:
    """A client of the site with a view that fails."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.django_db
def test_error_page_and_log_name_the_same_request(
    crashing: Client, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda found: lines.append(JsonFormatter().format(found))  # type: ignore[method-assign]
    logging.root.addHandler(handler)
    try:
        answer = crashing.get(f"/crash/{TOKEN}/", headers={"X-Request-ID": "forged-number"})
    finally:
        logging.root.removeHandler(handler)

    number = answer["X-Request-ID"]
    assert answer.status_code == 500
    assert len(number) == 12
    assert answer.content.decode().count(number) == 2
    found = [json.loads(line) for line in lines]
    assert [(line["request"], line["message"]) for line in found if line["level"] == "ERROR"] == [
        (number, "Internal Server Error: /crash/•••/")
    ]
    for secret in (TOKEN, SECRETS["mobile"], SECRETS["email"]):
        assert secret not in "".join(lines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [(0, "from-outside-1", False), (1, "from-outside-1", True), (1, "short", False),
     (1, "a b\tc<script>", False), (1, "x" * 65, False)],
)  # fmt: skip
def test_number_from_outside_counts_behind_a_trusted_proxy_alone(
    crashing: Client, settings: Any, proxies: int, given: str, kept: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    answer = crashing.get("/look/", headers={"X-Request-ID": given})

    assert (answer["X-Request-ID"] == given) is kept
    assert answer.content.decode() == answer["X-Request-ID"]
    assert trace() == ""


def test_error_report_names_variables_without_values(rf: RequestFactory) -> None:
    # Read backwards here, for a report shows the lines of the code that failed.
    code, pin, cookie, mobile = (
        text[::-1] for text in ("029384", "nip-terces", "eulav-eikooc", "76543214190")
    )
    request = rf.post(f"/start/short/?code={code}", {"pin": pin})
    request.COOKIES = {"session": cookie}
    request.META["HTTP_COOKIE"] = f"session={cookie}"
    try:
        local_secret = mobile
        raise ValueError(local_secret)
    except ValueError:
        report = Report(request, *sys.exc_info())

    for text in (report.get_traceback_html(), report.get_traceback_text()):
        assert "ValueError" in text
        for secret in (code, pin, cookie, mobile):
            assert secret not in text
    assert "local_secret" in report.get_traceback_html()


# --- tasks, messages, jobs
@task()
def fail_with(words: str) -> None:
    """Fail."""
    raise ValueError(f"{words} in {trace()[:5]}")


@pytest.mark.django_db(transaction=True)
def test_failed_task_is_logged_and_kept_scrubbed(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    number = fail_with.enqueue(SECRETS["mobile"]).id

    call_command("db_worker", batch=True, no_startup_delay=True, verbosity=0)

    row = DBTaskResult.objects.get(pk=number)
    assert row.traceback.splitlines()[-1] == "ValueError: ••• in task-"
    [line] = [line for line in caplog.records if line.name == "javar.tasks"]
    assert line.levelname == "ERROR"
    assert line.getMessage().splitlines()[-1] == "ValueError: ••• in task-"
    assert trace() == ""


class Failing:
    """A gateway that repeats what it was given."""

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Fail."""
        raise SendingFailed(f"no {to} {trace()[:16]}", retry=False)


@pytest.mark.django_db
def test_last_error_of_a_message_is_scrubbed() -> None:
    send_sms("+989141234567", "notices.sign_in_code", key="k", code="483920", at=NOW)

    relay_batch({"sms": Failing()}, owner="o", at=NOW)

    message = Message.objects.get()
    assert message.last_error == f"no ••• message-{str(message.stable_id)[:8]}"


@pytest.mark.django_db
def test_lines_of_a_job_carry_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    job = Job("kit.x", timedelta(minutes=1), lambda at: found.append(trace()))
    monkeypatch.setattr("courses.kit.jobs.JOBS", {"kit.x": job})

    assert tick(NOW) == ["kit.x"]
    assert found == ["job-kit.x"]
    assert JOBS
