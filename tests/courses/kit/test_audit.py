"""The audit trail: lines are added and read; nothing changes or removes them."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.models import AuditEntry, JobTick, new_public_id
from tests.cast import NOW, person

pytestmark = pytest.mark.django_db


def test_record_keeps_who_what_when_and_why() -> None:
    aylin, admin = person("aylin"), person("admin")
    audit.record(
        aylin, "move", by=admin, at=NOW, from_state="here", to_state="there", reason="چون", n=3
    )
    line = AuditEntry.objects.get(verb="move")
    assert (line.at, line.by, line.object_kind, line.object_id) == (
        NOW,
        admin,
        "people.user",
        str(aylin.pk),
    )
    assert (line.from_state, line.to_state, line.reason, line.facts) == (
        "here",
        "there",
        "چون",
        {"n": 3},
    )
    assert str(line) == f"move people.user {aylin.pk}"


def test_record_without_a_moment_takes_the_present_one() -> None:
    aylin = person("aylin")
    before = timezone.now()
    line = audit.record(aylin, "look", by=None)
    assert before <= line.at <= timezone.now()
    assert line.by is None


def test_trail_is_of_one_object_and_oldest_first() -> None:
    aylin, sara = person("aylin"), person("sara")
    tick = JobTick.objects.create(pk=aylin.pk, job="a", period="1", at=NOW)
    audit.record(aylin, "second", by=None, at=NOW)
    audit.record(sara, "hers", by=None, at=NOW)
    audit.record(tick, "of_another_kind", by=None, at=NOW)
    audit.record(aylin, "third", by=sara, at=NOW - timedelta(days=1))
    assert [line.verb for line in audit.trail(aylin)] == ["register_person", "second", "third"]


def test_lines_are_never_changed_or_removed() -> None:
    line = audit.record(person("aylin"), "look", by=None, at=NOW)
    before = list(AuditEntry.objects.values())
    line.verb = "other"
    attempts = (
        line.save,
        line.delete,
        lambda: AuditEntry.objects.update(verb="other"),
        lambda: AuditEntry.objects.filter(pk=line.pk).delete(),
        lambda: AuditEntry.objects.bulk_update([line], ["verb"]),
        lambda: AuditEntry.objects.update_or_create(pk=line.pk, defaults={"verb": "other"}),
    )
    for attempt in attempts:
        with pytest.raises(TypeError), transaction.atomic():
            attempt()
    assert list(AuditEntry.objects.values()) == before


def test_public_ids_are_not_alike() -> None:
    assert len({new_public_id() for _n in range(100)}) == 100
