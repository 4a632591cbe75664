"""Sessions: left ones and old ones end, all with what they stood on; nothing stays behind."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.kit import audit
from courses.organisations.actions import end_role
from courses.organisations.models import Membership
from courses.people.actions import end_sessions, remember_device
from courses.people.models import Device
from courses.people.tasks import forget_ended_sessions, forget_lost_devices
from javar.web import session_ends, session_pages
from tests.cast import NOW, People, SetClock, SignIn
from tests.pages import said

pytestmark = pytest.mark.django_db
MINUTES = {
    "student": (120, 720), "registrar": (30, 600), "teacher": (60, 600), "editor": (60, 600),
    "keeper": (30, 480),
}  # fmt: skip


@pytest.fixture(autouse=True)
def real_limits(settings: Any) -> None:
    """Let sessions end by the clock, which other tests turn as they like."""
    settings.SESSION_MINUTES = settings.SESSION_MINUTES | MINUTES


def my_page(client: Client) -> int:
    """Ask for a private page."""
    return client.get(reverse("desk:my_page")).status_code


def test_a_session_ends_when_nobody_presses(
    people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.aylin)
    for minutes in (119, 238):
        clock(NOW + timedelta(minutes=minutes))
        assert my_page(client) == 200
    clock(NOW + timedelta(minutes=238 + 122))
    response = client.get(reverse("desk:my_page"))
    assert (response.status_code, response["Clear-Site-Data"]) == (302, '"cache", "storage"')
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)
    assert "چون مدتی گذشته" in client.get(response["Location"]).content.decode()


def test_a_session_ends_however_busy_it_is(
    people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.aylin)
    answers = []
    for minutes in range(0, 721 + 90, 90):
        clock(NOW + timedelta(minutes=minutes))
        answers.append(my_page(client))
    assert answers == [200] * 9 + [302]


def test_the_strictest_role_counts(people: People) -> None:
    assert [
        session_ends.minutes_of(user)
        for user in (people.stranger, people.aylin, people.teacher, people.registrar, people.admin)
    ] == [(120, 720), (120, 720), (60, 600), (30, 600), (30, 480)]


def test_a_new_role_shortens_a_session_that_is_open(
    people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.stranger)
    people.stranger.is_superuser = True
    people.stranger.save()
    clock(NOW + timedelta(minutes=2))
    assert my_page(client) == 200
    clock(NOW + timedelta(minutes=33))
    assert my_page(client) == 302


def test_a_session_is_written_once_a_minute(
    people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.aylin)
    seen = []
    for seconds in (0, 59, 60, 61, 119, 120):
        clock(NOW + timedelta(seconds=seconds))
        with CaptureQueriesContext(connection) as captured:
            my_page(client)
        writes = [query for query in captured if query["sql"].startswith("UPDATE")]
        seen.append((seconds, len(writes)))
    assert seen == [(0, 0), (59, 0), (60, 2), (61, 0), (119, 0), (120, 2)]
    assert UserSession.objects.get().last_seen_at == NOW + timedelta(seconds=120)


def test_what_the_admin_asks_of_itself_keeps_nothing_alive(
    people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.editor)
    for minutes in range(0, 71, 10):
        clock(NOW + timedelta(minutes=minutes))
        client.post("/admin/editing-sessions/1/", {})
    assert client.get("/admin/").status_code == 302


def test_no_full_address_is_kept(people: People) -> None:
    assert [session_ends.shortened(ip) for ip in ("203.0.113.77", "2001:db8:1:2::7")] == [
        "203.0.113.0",
        "2001:db8:1::",
    ]
    client = Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Telephone")
    people.aylin.set_password("kafsh-o-kif-1405")
    people.aylin.save()
    client.post(
        reverse("account_login"), {"login": "aylin", "password": "kafsh-o-kif-1405"}
    )  # fmt: skip
    row = UserSession.objects.get()
    assert (row.ip, row.user_agent) == ("203.0.113.0", "Telephone")


def test_the_end_of_a_role_ends_its_sessions(people: People, signed_in: SignIn) -> None:
    client, other = signed_in(people.registrar), signed_in(people.teacher)
    membership = Membership.objects.get(user=people.registrar)
    end_role(membership, by=people.admin, at=NOW)
    assert (my_page(client), my_page(other)) == (302, 200)
    line = audit.trail(people.registrar).last()
    assert line is not None
    assert (line.verb, line.by, line.facts) == ("end_sessions", people.admin, {"sessions": 1})
    again = signed_in(people.registrar)
    end_role(membership, by=people.admin, at=NOW)
    assert my_page(again) == 200


def test_a_new_password_ends_the_other_sessions_and_forgets_devices(
    people: People, signed_in: SignIn
) -> None:
    people.aylin.set_password("kafsh-o-kif-1405")
    people.aylin.save()
    mine, stolen = signed_in(people.aylin), signed_in(people.aylin)
    remember_device(people.aylin, "0" * 64, at=NOW)
    new = {"password1": "charm-1406-x", "password2": "charm-1406-x"}
    response = mine.post(
        reverse("account_change_password"), {"oldpassword": "kafsh-o-kif-1405"} | new
    )  # fmt: skip
    assert response.status_code == 302
    assert (my_page(mine), my_page(stolen)) == (200, 302)
    assert not Device.objects.exists()
    assert [row.session_key for row in UserSession.objects.all()] == [mine.session.session_key]


def test_ending_sessions_can_keep_one(people: People, signed_in: SignIn) -> None:
    kept, ended = signed_in(people.aylin), signed_in(people.aylin)
    assert end_sessions(people.aylin, by=people.aylin, keep=kept.session.session_key, at=NOW) == 1
    assert (my_page(kept), my_page(ended)) == (200, 302)
    assert end_sessions(people.aylin, by=None, at=NOW) == 1
    assert my_page(kept) == 302


def test_the_next_person_reads_nothing_of_the_one_before(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    session = client.session
    session["typed"] = "آیلین"
    session.save()
    response = client.post(reverse("account_logout"))
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert client.session.get("typed") is None
    client.force_login(people.sara)
    assert client.session.get("typed") is None
    page = client.get(reverse("desk:my_page"))
    assert "no-store" in page["Cache-Control"]
    assert "Aylin" not in page.content.decode()


@pytest.mark.parametrize(
    "path", ["login/", "signup/", "code/", "password/reset/", "password/reset/done/", "inactive/",
             "password/reset/key/AAA-bbb/", "password/reset/key/done/"],
)  # fmt: skip
def test_page_on_the_way_in_is_not_stored(people: People, path: str) -> None:
    """Before, the page of a reset link and those after it were."""
    page = Client().get(f"/account/{path}")

    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


def test_a_sentence_nobody_read_goes_with_the_session(people: People) -> None:
    client = Client()
    people.aylin.set_password("kafsh-o-kif-1405")
    people.aylin.save()
    client.post(reverse("account_login"), {"login": "aylin", "password": "kafsh-o-kif-1405"})
    # “Signed in as Aylin” waits for the next page.
    client.post(reverse("account_logout"))
    assert "Aylin" not in client.get("/account/login/").content.decode()


def test_the_cookie_ends_with_the_browser(people: People) -> None:
    people.aylin.set_password("kafsh-o-kif-1405")
    people.aylin.save()
    client = Client()
    client.post(reverse("account_login"), {"login": "aylin", "password": "kafsh-o-kif-1405"})
    cookie = client.cookies["sessionid"]
    assert (cookie["max-age"], cookie["expires"], cookie["httponly"], cookie["samesite"]) == (
        "", "", True, "Lax",
    )  # fmt: skip


def test_the_night_drops_what_is_over(people: People, signed_in: SignIn, clock: SetClock) -> None:
    signed_in(people.aylin)
    signed_in(people.sara)
    Session.objects.filter(
        session_key=UserSession.objects.get(user=people.sara).session_key
    ).delete()
    forget_ended_sessions(NOW)
    assert [row.user for row in UserSession.objects.all()] == [people.aylin]
    remember_device(people.aylin, "0" * 64, at=NOW - timedelta(days=181))
    remember_device(people.aylin, "1" * 64, at=NOW - timedelta(days=179))
    forget_lost_devices(NOW)
    assert [device.token_hash[0] for device in Device.objects.all()] == ["1"]


# --- one's own list ---------------------------------------------------------------------------
TELEPHONE = "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 Chrome/96.0 Mobile Safari/537.36"


def test_the_list_shows_ones_own_sessions_in_words(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    signed_in(people.aylin)
    signed_in(people.sara)
    UserSession.objects.filter(user=people.aylin).update(user_agent=TELEPHONE, ip="203.0.113.0")
    page = client.get(reverse("accounts:session_list")).content.decode()
    assert page.count("Chrome · Android</bdi></strong>") == 2
    assert page.count("اینجا، همین حالا") == 1
    # A network says nothing to its owner; on a lent telephone it says where a family lives.
    assert "203.0.113" not in page


def test_browsers_are_called_by_their_names() -> None:
    names = {
        TELEPHONE: "Chrome · Android",
        "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0": "Edge · Windows",
        "Mozilla/5.0 (iPhone; CPU) Version/16.0 Mobile Safari/604.1": "Safari · iPhone",
        "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Firefox/120.0": "Firefox · Linux",
        "curl/8": "مرورگری ناشناخته",
    }
    assert {agent: session_pages.browser_of(agent) for agent in names} == names


def test_one_session_is_ended(people: People, signed_in: SignIn) -> None:
    mine, lost = signed_in(people.aylin), signed_in(people.aylin)
    row = UserSession.objects.get(session_key=lost.session.session_key)
    response = mine.post(reverse("accounts:session_end", args=[row.pk]))
    assert (response.status_code, response["Location"]) == (302, reverse("accounts:session_list"))
    assert (my_page(mine), my_page(lost)) == (200, 302)


def test_nobody_ends_anothers_session(people: People, signed_in: SignIn) -> None:
    other = signed_in(people.sara)
    row = UserSession.objects.get(user=people.sara)
    answer = signed_in(people.aylin).post(reverse("accounts:session_end", args=[row.pk]))
    assert (answer.status_code, my_page(other)) == (404, 200)
    assert signed_in(people.aylin).get(reverse("accounts:session_end_all")).status_code == 405


def test_everywhere_means_here_too(people: People, signed_in: SignIn) -> None:
    mine, lost = signed_in(people.aylin), signed_in(people.aylin)
    response = mine.post(reverse("accounts:session_end_all"))
    assert (response.status_code, response["Location"]) == (302, reverse("account_login"))
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert (my_page(mine), my_page(lost)) == (302, 302)
    assert not UserSession.objects.exists()


def test_whoever_signs_out_here_reads_it(people: People, signed_in: SignIn) -> None:
    said_so = said("You are signed out. Nothing of yours is left open in this browser.")
    client = signed_in(people.aylin)
    this = UserSession.objects.get(user=people.aylin)

    listed = client.get("/account/sessions/").content.decode()
    ended = client.post(f"/account/sessions/{this.pk}/end/", follow=True)
    again = signed_in(people.aylin)
    again.post("/account/logout/")
    left = again.get("/account/login/")

    assert said("Sign out here") in listed
    assert said("Sign out there") not in listed
    assert said_so in ended.content.decode()
    assert said_so in left.content.decode()
