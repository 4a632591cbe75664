"""The page on which a keeper reads what a restore found, and lets the site go on."""

from typing import Any

import pytest

from courses.kit import holds
from courses.kit.models import Hold
from courses.notices.models import Message
from tests.cast import NOW, People, SignIn
from tests.courses.notices.test_relay import queued

pytestmark = pytest.mark.django_db

PATH = "/my/notices/outbox/release/"
PLACE = {"id": "4f0c", "to": "admitted", "at": NOW.isoformat(), "of": "x", "move": "apply"}


def report(**changes: Any) -> dict[str, Any]:
    """Return what a restore writes into its hold."""
    return {
        "copy": "javar-20261123T000000Z.tar", "made_at": NOW.isoformat(), "journal": "whole",
        "counts": {
            "sent.settled": 3, "sent.younger": 1, "place.younger": 1, "erased.erased_again": 2,
            "erased.not_erased": 0,
        },
        "found": {
            "sent": {"younger": [{"id": "9a1b", "at": NOW.isoformat()}]},
            "place": {"younger": [PLACE]},
        },
        "missing_files": 0, "other_code_key": False, "checks": {"count_seats": ""},
    } | changes  # fmt: skip


@pytest.fixture
def hold(people: People) -> Hold:
    """The site held with a report."""
    return holds.put(report(), at=NOW)


def test_keeper_reads_what_was_found(hold: Hold, people: People, signed_in: SignIn) -> None:
    answer = signed_in(people.admin).get(PATH)

    found = answer.context["found"]
    assert (found.settled, found.younger, found.places, found.erased) == (3, 1, 1, 2)
    assert found.failed_checks == []
    assert [row[0] for row in found.younger_places + found.younger_messages] == ["4f0c", "9a1b"]
    assert "4f0c admitted" in answer.text
    assert "دفتر رویداد" not in answer.text


@pytest.mark.parametrize(
    "changes",
    [{"journal": "none"}, {"journal": "late"}, {"other_code_key": True},
     {"checks": {"count_seats": "wrong"}}],
)  # fmt: skip
def test_page_warns_of_what_is_not_in_order(
    people: People, signed_in: SignIn, changes: dict[str, Any]
) -> None:
    holds.put(report(**changes), at=NOW)

    answer = signed_in(people.admin).get(PATH)

    assert answer.text.count('class="notice warn"') == 1


def test_release_asks_whether_it_was_read(
    hold: Hold, kinds: None, people: People, signed_in: SignIn
) -> None:
    keeper = signed_in(people.admin)

    for typed in ({}, {"waiting": "send"}, {"read": "on"}, {"waiting": "x", "read": "on"}):
        assert keeper.post(PATH, typed).status_code == 422
    assert holds.stands()
    answer = keeper.post(PATH, {"waiting": "send", "read": "on"})

    assert (answer.status_code, answer["Location"]) == (302, "/my/notices/outbox/")
    hold.refresh_from_db()
    assert (hold.standing, hold.released_by) == (False, people.admin)
    assert keeper.get(PATH).status_code == 404


def test_release_can_give_the_copys_messages_up(
    hold: Hold, kinds: None, people: People, signed_in: SignIn
) -> None:
    queued()

    signed_in(people.admin).post(PATH, {"waiting": "give_up", "read": "on"})

    assert Message.objects.get().state == "dead"


def test_outbox_leads_to_the_page_while_the_site_is_held(
    hold: Hold, people: People, signed_in: SignIn
) -> None:
    assert PATH in signed_in(people.admin).get("/my/notices/outbox/").text


def test_nobody_else_knows_of_the_page(hold: Hold, people: People, signed_in: SignIn) -> None:
    for who in (None, people.stranger, people.officer, people.registrar):
        assert signed_in(who).get(PATH).status_code == 404
        assert signed_in(who).post(PATH, {"waiting": "send", "read": "on"}).status_code == 404
    assert holds.stands()
