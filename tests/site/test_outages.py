"""While the database is lost every address answers 503 in words, and asks the database nothing."""

import html
import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import override

from courses.enrolment.models import Enrolment, Intake
from courses.kit.faults import Fault
from javar.upkeep.quiet import FaultsAreCounted
from javar.web import outage
from javar.web.sessions import SessionMiddleware
from tests.cast import Bodies, People, SignIn, make_intake
from tests.pages import said

pytestmark = pytest.mark.django_db

LOST = "unable to open database file"
FULL = "database or disk is full"


@contextmanager
def failing(words: str, *, writes_only: bool = False) -> Iterator[list[str]]:
    """Let every statement fail, or every one that writes; yield those that were tried."""
    tried: list[str] = []

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if writes_only and sql.startswith(("SELECT", "PRAGMA")):
            return execute(sql, params, many, context)
        tried.append(sql)
        raise OperationalError(words)

    with connection.execute_wrapper(fail):
        yield tried


def ask(client: Client, path: str, method: str = "get", **more: Any) -> Any:
    """Ask as a browser does, which sees answers and no exceptions."""
    client.raise_request_exception = False
    return getattr(client, method)(path, **more)


@pytest.fixture
def intake(bodies: Bodies, version: Any, clock: Any) -> Intake:
    return make_intake(bodies.school, version, seats=3)


PATHS = ("/", "/en/", "/programmes/", "/my/", "/search/?q=x", "/intakes/", "/admin/", "/no-page/",
         "/vacancies/", "/my/notices/", "/account/logout/")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", [None, "aylin", "admin"])
def test_every_address_says_in_words_that_the_database_is_lost(
    path: str, who: str | None, people: People, signed_in: SignIn
) -> None:
    client = signed_in(getattr(people, who) if who else None)
    with failing(LOST):
        answer = ask(client, path)
    if answer.status_code in {200, 302} and who is None:
        return  # an address that asks the database nothing goes on
    assert (answer.status_code, answer["Retry-After"]) == (503, "15")
    assert answer["Cache-Control"] == "no-store"
    with override(outage.language_of(answer.wsgi_request)):
        assert html.escape(str(outage.TITLES[Fault.LOST])) in answer.content.decode()


@pytest.mark.parametrize("path", ["/my/", "/intakes/", "/no-page/"])
def test_lost_database_is_said_to_every_method_and_in_json(
    path: str, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.aylin)
    with failing(LOST):
        head = ask(client, path, "head")
        post = ask(client, path, "post")
        api = ask(client, path, headers={"accept": "application/json"})
    assert (head.status_code, head.content) == (503, b"")
    assert post.status_code == 503
    assert (api.status_code, api.json()["code"]) == (503, "unavailable_lost")
    assert api.json()["retry_after"] == 15


def test_answer_is_made_without_the_database(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    with failing(LOST) as tried:
        assert ask(client, "/my/").status_code == 503
    assert len(tried) == 1, "the session was asked for once, and nothing after it"


def test_reading_goes_on_while_nothing_can_be_written(
    intake: Intake, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.aylin)
    with failing(FULL, writes_only=True):
        reads = [ask(client, path).status_code for path in ("/my/", "/intakes/", "/search/")]
        wrote = ask(client, f"/intakes/{intake.public_id}/apply/", "post")
        reads_after = ask(client, f"/intakes/{intake.public_id}/").status_code
    assert (reads, reads_after) == ([200, 200, 200], 200)
    assert (wrote.status_code, wrote["Retry-After"]) == (503, "60")
    assert said("What you sent was not stored.") in wrote.content.decode()
    assert Enrolment.objects.count() == 0
    assert ask(client, f"/intakes/{intake.public_id}/apply/", "post").status_code == 302


def remembering(request: Any) -> HttpResponse:
    """Answer, and want to remember something."""
    request.session["seen"] = True
    return HttpResponse("read")


def test_page_whose_session_cannot_be_kept_is_shown_all_the_same() -> None:
    with failing(FULL, writes_only=True) as tried:
        answer = SessionMiddleware(remembering)(RequestFactory().get("/"))
    assert (answer.status_code, answer.content) == (200, b"read")
    assert len(tried) == 1
    assert answer.cookies == {}


def test_press_whose_session_cannot_be_kept_is_not_said_to_be_done() -> None:
    with failing(FULL, writes_only=True), pytest.raises(OperationalError):
        SessionMiddleware(remembering)(RequestFactory().post("/"))


def test_press_that_was_done_when_the_database_went_is_not_said_to_be_undone() -> None:
    """Before, the page swore that nothing was stored though all of it was."""
    request = RequestFactory().post("/")
    site = SessionMiddleware(outage.OutagesBecomeWords(remembering))

    with failing(FULL, writes_only=True), pytest.raises(OperationalError) as raised:
        site(request)

    page = outage.say_outage(request, Fault.FULL, raised.value).content.decode()
    assert said(str(outage.UNSURE)) in page
    assert said("What you sent was not stored.") not in page


@pytest.mark.django_db(transaction=True)
def test_answer_to_a_commit_that_was_lost_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    request = RequestFactory().post("/somewhere/")

    def _commit() -> None:
        raise OperationalError(LOST)

    monkeypatch.setattr(connection, "_commit", _commit)
    with pytest.raises(OperationalError) as raised, transaction.atomic():
        pass
    monkeypatch.undo()

    page = outage.say_outage(request, Fault.LOST, raised.value).content.decode()
    assert said(str(outage.UNSURE)) in page


def test_what_was_typed_comes_back_and_is_sent_again(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    typed = {"kind": ["a", "b"], "text": 'با "گیومه" و <نشان>'}
    with failing(LOST):
        page = ask(client, "/my/notices/choices/", "post", data=typed).content.decode()
    found = [
        (name, html.unescape(value))
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    ]
    assert found == [("kind", "a"), ("kind", "b"), ("text", typed["text"])]
    assert 'action="/my/notices/choices/"' in page


@pytest.mark.parametrize(
    "typed",
    [
        {"login": "aylin", "password": "open-sesame"},
        {"code": "123456"},
        {"text": "x" * 200_001},
        {"text": "a", "file": SimpleUploadedFile("a.txt", b"content")},
    ],
    ids=["password", "code", "long", "file"],
)
def test_secrets_files_and_books_are_not_written_into_the_page(typed: dict[str, Any]) -> None:
    request = RequestFactory().post("/somewhere/", typed)
    page = outage.say_outage(request, Fault.FULL, OperationalError(FULL)).content.decode()
    assert 'type="hidden"' not in page
    assert said("Go back with your browser: your form is there as you filled it in."
                " Send it again in a moment.") in page  # fmt: skip


def test_server_itself_gets_an_answer_for_what_breaks_before_the_site() -> None:
    def broken(environ: Any, start_response: Any) -> Any:
        raise OperationalError(LOST)

    heard: list[Any] = []
    environ = RequestFactory().get("/en/").environ
    body = b"".join(
        outage.guarded(broken)(environ, lambda status, headers: heard.extend([status, headers]))
    )
    assert heard[0] == "503 Service Unavailable"
    assert ("Retry-After", "15") in heard[1]
    assert b"cannot reach its data" in body


def test_mistake_of_ours_is_no_outage(people: People, signed_in: SignIn) -> None:
    def broken(environ: Any, start_response: Any) -> Any:
        raise OperationalError("no such column: x")

    with failing("no such column: x"):
        assert ask(signed_in(None), "/intakes/").status_code == 500
    with pytest.raises(OperationalError, match="no such column"):
        outage.guarded(broken)({}, lambda *what: None)


def test_page_that_cannot_be_drawn_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*what: Any) -> str:
        raise RuntimeError

    monkeypatch.setattr(outage, "render_to_string", broken)
    answer = outage.say_outage(RequestFactory().get("/"), Fault.LOST, OperationalError(LOST))
    assert (answer.status_code, answer.content.decode()) == (503, outage.LAST_RESORT)


def counted(clock: list[float]) -> tuple[logging.Logger, io.StringIO]:
    """Return a logger of its own whose lines go through the filter, and what it wrote."""
    written = io.StringIO()
    logger = logging.Logger("outage")
    handler = logging.StreamHandler(written)
    handler.addFilter(FaultsAreCounted(watch=lambda: clock[0]))
    logger.addHandler(handler)
    return logger, written


def test_fault_is_written_once_a_minute_with_the_count_of_the_others() -> None:
    clock = [0.0]
    logger, written = counted(clock)
    for _second in range(120):
        for _press in range(100):
            try:
                raise OperationalError("database is locked\nand more")
            except OperationalError:
                logger.exception("a job failed")
        clock[0] += 1
    logger.error("another %s", "matter")
    lines = written.getvalue().splitlines()
    assert lines == [
        "a job failed: database is locked",
        "a job failed: database is locked (and 5999 times more since the last line)",
        "another matter",
    ]


def test_two_faults_are_counted_apart_and_mistakes_not_at_all() -> None:
    logger, written = counted([0.0])
    for fault in ("lost", "full", "lost", "full"):
        logger.error("it is %s", fault, extra={"fault": fault})
    for _time in range(2):
        try:
            raise ValueError("ours")
        except ValueError:
            logger.exception("mistake")
    lines = [line for line in written.getvalue().splitlines() if re.match("mistake|it is", line)]
    assert lines == ["it is lost", "it is full", "mistake", "mistake"]
    assert written.getvalue().count("Traceback") == 2
