"""The trail verified: whoever changes it past the triggers is named."""

from datetime import timedelta

import pytest

from courses.kit.models import AuditEntry, Seal
from courses.kit.trail import heads, seals
from courses.kit.trail.seals import seal_next
from tests.cast import NOW, person
from tests.courses.kit.trail import (
    faults,
    past_the_triggers,
    rewrite_everything,
    sealed,
    sql,
    write,
)

pytestmark = pytest.mark.django_db

EDITS: dict[str, str] = {
    "by": "UPDATE kit_auditentry SET by_id = (SELECT min(id) FROM people_user) WHERE id = %s",
    "verb": "UPDATE kit_auditentry SET verb = 'x' WHERE id = %s",
    "at": "UPDATE kit_auditentry SET at = '2026-11-23 10:00:00.000001+00:00' WHERE id = %s",
    "object_kind": "UPDATE kit_auditentry SET object_kind = 'x' WHERE id = %s",
    "object_id": "UPDATE kit_auditentry SET object_id = '8' WHERE id = %s",
    "from_state": "UPDATE kit_auditentry SET from_state = 'x' WHERE id = %s",
    "to_state": "UPDATE kit_auditentry SET to_state = 'x' WHERE id = %s",
    "reason": "UPDATE kit_auditentry SET reason = 'چون.' WHERE id = %s",
    "facts": """UPDATE kit_auditentry SET facts = '{"n": 99, "share": 0.5}' WHERE id = %s""",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_row_changed_by_sql_is_named(edit: str) -> None:
    person("aylin")
    numbers = sealed()
    with past_the_triggers():
        sql(edit, numbers[4])
    assert faults() == [f"entry {numbers[4]}, seal 2: changed"]


@pytest.mark.parametrize("place", [0, 2, 5])
def test_row_removed_by_sql_is_named(place: int) -> None:
    numbers = sealed()
    with past_the_triggers():
        sql("DELETE FROM kit_auditentry WHERE id = %s", numbers[place])
    assert faults() == [f"entry {numbers[place]}, seal {1 + place // 3}: missing"]


COPY = (
    "INSERT INTO kit_auditentry (id, at, verb, object_kind, object_id, from_state, to_state, "
    "reason, facts) SELECT %s, at, verb, object_kind, object_id, from_state, to_state, reason, "
    "facts FROM kit_auditentry WHERE id = %s"
)


def test_row_added_where_there_was_none_is_named() -> None:
    numbers = [entry.pk for entry in write(1)]
    sql(COPY, numbers[0] + 3, numbers[0])
    seal_next(at=NOW - timedelta(days=3))
    sql(COPY, numbers[0] + 1, numbers[0])
    sql(COPY, -5, numbers[0])
    assert faults() == [
        "entry -5: added below the first number",
        f"entry {numbers[0] + 1}, seal 1: added where there was none",
    ]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("UPDATE kit_seal SET head = 'x' WHERE number = 1",
         ["seal 1: its hash is not that of its content and the seal before",
          "seal 2: its hash is not that of its content and the seal before"]),
        ("UPDATE kit_seal SET made_at = '2026-01-01 00:00:00+00:00' WHERE number = 2",
         ["seal 2: its hash is not that of its content and the seal before"]),
        ("DELETE FROM kit_seal WHERE number = 1",
         ["seal 2: missing before it: 1", "seal 2: does not begin where the one before ends",
          "seal 2: its hash is not that of its content and the seal before"]),
    ],
    ids=["head", "time", "removed"],
)  # fmt: skip
def test_seal_changed_by_sql_is_named(edit: str, told: list[str]) -> None:
    sealed()
    with past_the_triggers():
        sql(edit)
    assert faults() == told


def test_seal_made_to_fit_a_changed_row_breaks_the_next() -> None:
    numbers = sealed()
    with past_the_triggers():
        sql(EDITS["verb"], numbers[0])
        seal = Seal.objects.get(number=1)
        rows = AuditEntry.objects.filter(pk__lte=seal.last_entry).order_by("pk")
        seal.digests = b"".join(map(seals.digest, rows.values_list(*seals.COLUMNS)))
        sql("UPDATE kit_seal SET digests = %s, head = %s WHERE number = 1",
            seal.digests, seals.head_of(seal, ""))  # fmt: skip
    assert faults() == ["seal 2: its hash is not that of its content and the seal before"]


def test_all_seals_rewritten_is_seen_by_a_head_that_was_carried_out() -> None:
    sealed()
    kept = heads.export_head(at=NOW)
    assert kept
    rewrite_everything()
    assert faults() == []
    assert faults(n2=kept.head) == ["seal 2: carried out, and gone"]
    write(1)
    seal_next(at=NOW)
    assert faults(n2=kept.head) == ["seal 2: its hash is not the one that was carried out"]


def test_cut_tail_is_seen_by_a_head_that_was_carried_out() -> None:
    numbers = sealed()
    kept = heads.export_head(at=NOW)
    assert kept
    with past_the_triggers():
        sql("DELETE FROM kit_seal WHERE number = 2")
        sql("DELETE FROM kit_auditentry WHERE id >= %s", numbers[3])
    assert faults() == []
    assert faults(n2=kept.head) == ["seal 2: carried out, and gone"]
