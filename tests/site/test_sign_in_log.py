"""The sign-in log: who came in, who failed, who was refused; it names nobody who is not there."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses.kit.jobs import tick
from courses.people.models import SignInEvent, SignInKind
from courses.people.sign_ins import hash_of_address, hash_of_name, write_down_sign_in
from javar.web.sign_in_log import family_of, turned_away
from tests.cast import NOW, People, SetClock, SignIn, person
from tests.servers import free_port

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
PASSWORD = "kafsh-o-kif-1405"


def log_in(client: Client, name: str, password: str = PASSWORD) -> int:
    return client.post(
        reverse("account_login"), {"login": name, "password": password}, REMOTE_ADDR="10.1.2.3",
        headers={"User-Agent": PHONE},
    ).status_code  # fmt: skip


@pytest.fixture
def zahra() -> Any:
    """Somebody with a password."""
    user = person("zahra")
    user.set_password(PASSWORD)
    user.save()
    return user


def test_sign_in_and_out_are_written_down(zahra: Any) -> None:
    client = Client()

    assert log_in(client, "zahra") == 302
    client.post(reverse("account_logout"), REMOTE_ADDR="10.1.2.3", headers={"User-Agent": PHONE})

    lines = SignInEvent.objects.order_by("pk").values(
        "kind", "account", "network", "address_hash", "agent", "route", "name_hash"
    )
    same = {
        "account": zahra.pk, "network": "10.1.2.0", "address_hash": hash_of_address("10.1.2.3"),
        "agent": "Chrome, Android", "name_hash": "",
    }  # fmt: skip
    assert list(lines) == [
        same | {"kind": "success", "route": "account_login"},
        same | {"kind": "sign_out", "route": "account_logout"},
    ]


@pytest.mark.parametrize("name", ["zahra", "nobody-at-all", "09141234567"])
def test_failure_keeps_the_hash_of_what_was_typed_alone(zahra: Any, name: str) -> None:
    assert log_in(Client(), name, "wrong") == 422

    line = SignInEvent.objects.values().get()
    assert (line["kind"], line["account_id"], line["name_hash"]) == (
        "failure", None, hash_of_name(name),
    )  # fmt: skip
    assert name not in str(line)


def test_failure_asks_the_database_the_same_of_known_and_unknown(zahra: Any) -> None:
    counts = []
    for name in ("zahra", "nobody"):
        with CaptureQueriesContext(connection) as asked:
            write_down_sign_in(SignInKind.FAILURE, name=name, at=NOW)
        counts.append([query["sql"].split()[0] for query in asked])
    assert counts == [["SAVEPOINT", "INSERT", "RELEASE"]] * 2


def test_every_writing_of_a_number_has_one_hash_and_names_differ() -> None:
    writings = ("09141234567", "۰۹۱۴ ۱۲۳ ۴۵۶۷", "+989141234567")
    assert len({hash_of_name(writing) for writing in writings}) == 1
    assert hash_of_name("Zahra") == hash_of_name("zahra ")
    assert hash_of_name("zahra") != hash_of_name("sara")
    assert hash_of_name("") == ""


def test_refused_access_is_written_down_with_where(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.teacher)
    SignInEvent.objects.all().delete()

    assert client.get(reverse("wagtailadmin_home")).status_code == 403
    assert client.get("/no/such/page/").status_code == 404
    assert Client().get(reverse("desk:my_page")).status_code == 302

    line = SignInEvent.objects.get()
    assert (line.kind, line.account, line.route) == (
        "refused", people.teacher, "wagtailadmin_home",
    )  # fmt: skip


def test_refusal_of_an_action_is_written_down(
    people: People, signed_in: SignIn, intake: Any
) -> None:
    client = signed_in(people.teacher)
    SignInEvent.objects.all().delete()

    path = reverse("enrolment:intake_export", args=[intake.public_id, "csv"])
    assert client.get(path).status_code == 403

    assert [(line.kind, line.route) for line in SignInEvent.objects.all()] == [
        ("refused", "enrolment:intake_export")
    ]


def test_too_many_tries_and_a_wrong_code_are_written_down(
    people: People, signed_in: SignIn, rf: Any
) -> None:
    for status, where in ((429, "account_login"), (422, "accounts:code_check"), (422, "desk:x")):
        request = rf.post("/")
        request.user = people.aylin
        request.resolver_match = type("Match", (), {"view_name": where})
        turned_away(lambda request, status=status: HttpResponse(status=status))(request)  # type: ignore[misc]
    found = SignInEvent.objects.order_by("pk").values_list("kind", "route", "account")
    assert list(found) == [
        ("limited", "account_login", people.aylin.pk),
        ("code", "accounts:code_check", people.aylin.pk),
    ]


def test_new_password_is_written_down(zahra: Any) -> None:
    client = Client()
    log_in(client, "zahra")
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "another-1405-kif", "password2": "another-1405-kif"},
    )
    assert "password" in SignInEvent.objects.values_list("kind", flat=True)


def test_log_that_cannot_be_written_lets_the_sign_in_pass(
    zahra: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("disk full, zahra")

    monkeypatch.setattr(SignInEvent, "save", fail)

    assert log_in(Client(), "zahra") == 302

    said = [line.getMessage() for line in caplog.records if line.name == "javar.sign_ins"]
    assert said == ["a line of the sign-in log is lost: DatabaseError"]


def test_log_ends_after_the_set_time(settings: Any) -> None:
    settings.JAVAR_SIGN_IN_LOG = timedelta(days=90)
    for days in (89, 91):
        write_down_sign_in(SignInKind.FAILURE, name=f"n{days}", at=NOW - timedelta(days=days))

    assert "people.end_the_sign_in_log" in tick(NOW)

    assert [line.name_hash for line in SignInEvent.objects.all()] == [hash_of_name("n89")]


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (PHONE, "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0",
         "Firefox, Windows"),
        ("curl/8.1", "curl"), ("", ""), ("x" * 5000, ""),
    ],
)  # fmt: skip
def test_family_of_a_browser(agent: str, family: str) -> None:
    assert family_of(agent) == family


def read(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("sign_ins", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_keeper_reads_the_log_by_name_address_and_kind(zahra: Any) -> None:
    now = timezone.now()
    write_down_sign_in(SignInKind.SUCCESS, account=zahra, address="10.1.2.3", at=now)
    write_down_sign_in(SignInKind.FAILURE, name="zahra", address="10.9.9.9", at=now)
    write_down_sign_in(SignInKind.FAILURE, name="sara", at=now)
    write_down_sign_in(SignInKind.FAILURE, name="zahra", at=now - timedelta(days=8))

    assert len(read()) == 3
    assert len(read("--days", "9")) == 4
    assert len(read("--most", "1")) == 1
    assert [line.split()[2:4] for line in read("--name", "zahra")] == [
        ["failure", f"name#{hash_of_name('zahra')[:8]}"], ["success", "zahra"],
    ]  # fmt: skip
    assert len(read("--kind", "success")) == 1
    assert len(read("--address", "10.9.9.9")) == 1


def test_what_is_refused_again_and_again_is_written_once_a_minute(
    people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clients = [signed_in(user) for user in (people.teacher, people.teacher, people.sara)]
    SignInEvent.objects.all().delete()

    for _time in range(5):
        for client in clients:
            assert client.post(reverse("wagtailadmin_home")).status_code == 403
    clients[0].post(reverse("wagtailadmin_reports:locked_pages"))
    clients[0].post(reverse("wagtailadmin_home"), REMOTE_ADDR="10.9.9.9")
    said = [(line.account, line.route) for line in SignInEvent.objects.order_by("pk")]
    assert said == [
        (people.teacher, "wagtailadmin_home"), (people.sara, "wagtailadmin_home"),
        (people.teacher, "wagtailadmin_reports:locked_pages"),
        (people.teacher, "wagtailadmin_home"),
    ]  # fmt: skip

    clock(NOW + timedelta(seconds=60))
    clients[0].post(reverse("wagtailadmin_home"))
    assert SignInEvent.objects.count() == 5


def test_refusal_that_cannot_be_counted_is_answered_all_the_same(
    people: People, signed_in: SignIn, settings: Any
) -> None:
    client = signed_in(people.teacher)
    SignInEvent.objects.all().delete()
    settings.JAVAR_REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"

    assert client.get(reverse("wagtailadmin_home")).status_code == 403
    assert SignInEvent.objects.count() == 0
