"""Telling many is telling each of them: the same rows, once, in a constant number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.notices.actions import tell, tell_all, telling
from courses.notices.models import Message, Notice
from courses.people.models import User
from tests.cast import NOW, People, person, prove

pytestmark = pytest.mark.django_db

KIND = "matching.published"
PATH = "/rounds/r-1/result/"
VALUES = {"round": "دور پاییز", "until": "2026-12-06T10:00:00+00:00"}
# In the middle of the house's quiet hours, and outside them.
NIGHT, DAY = NOW.replace(hour=21), NOW


@pytest.fixture
def crowd(people: People) -> list[User]:
    """People with a mobile, a mail address, both, and neither."""
    found = [person(f"p{number}") for number in range(4)]
    for number, user in enumerate(found):
        prove(
            user,
            mobile=f"+98901000000{number}" if number in (0, 2) else None,
            email=f"p{number}@example.org" if number in (1, 2) else "",
        )
    return found


def _rows() -> tuple[list[Any], list[Any]]:
    notices = list(
        Notice.objects.order_by("recipient").values_list(
            "recipient", "kind", "values", "path", "key", "told_at", "read_at"
        )
    )
    messages = list(
        Message.objects.order_by("recipient", "channel").values_list(
            "recipient", "channel", "to", "kind", "key", "subject", "text", "not_before", "made_at",
            "state",
        )
    )  # fmt: skip
    return notices, messages


@pytest.mark.parametrize("at", [DAY, NIGHT])
@pytest.mark.parametrize(
    "kind", ["matching.published", "matching.proposed", "matching.answer_soon"]
)
def test_telling_many_writes_what_telling_each_writes(
    kind: str, at: Any, crowd: list[User]
) -> None:
    values = VALUES | {"vacancy": "کیف"}
    for user in crowd:
        tell(user, kind, key="k", path=PATH, at=at, **values)
    one_by_one = _rows()
    Notice.objects.all().delete()
    Message.objects.all().delete()
    tell_all(User.objects.filter(pk__in=[u.pk for u in crowd]), kind, key="k", path=PATH, at=at,
             **values)  # fmt: skip
    assert _rows() == one_by_one
    assert len(one_by_one[0]) == 4


def test_telling_again_changes_nothing(crowd: list[User]) -> None:
    everybody = User.objects.filter(pk__in=[u.pk for u in crowd])
    tell(crowd[0], KIND, key="k", path=PATH, at=NOW, **VALUES)
    for later in range(2):
        tell_all(everybody, KIND, key="k", path=PATH, at=NOW + timedelta(later), **VALUES)
    assert Notice.objects.count() == 4
    assert Notice.objects.get(recipient=crowd[0]).told_at == NOW
    assert Message.objects.filter(recipient=crowd[0]).count() == 1


def test_nobody_is_told_nothing(people: People) -> None:
    tell_all(User.objects.none(), KIND, key="k", path=PATH, at=NOW, **VALUES)
    assert not Notice.objects.exists()


def test_many_are_told_in_batches_with_the_same_queries_each(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [person(f"u{number}") for number in range(7)]
    for user in users:
        prove(user, email=f"{user.username}@example.org")

    def told(count: int, key: str) -> int:
        chosen = User.objects.filter(pk__in=[u.pk for u in users[:count]])
        with CaptureQueriesContext(connection) as captured:
            tell_all(chosen, KIND, key=key, path=PATH, at=NOW, **VALUES)
        assert Notice.objects.filter(key=key).count() == count
        return len(captured)

    assert told(1, "one") == told(7, "seven")
    monkeypatch.setattr(telling, "CROWD", 3)
    told(7, "batches")
    assert Message.objects.filter(key="batches").count() == 7
