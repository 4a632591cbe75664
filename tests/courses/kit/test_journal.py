"""The journal: what happened stands outside the database, without anybody's name."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from courses.enrolment import actions
from courses.enrolment.models import Enrolment, Intake
from courses.kit import audit, journal
from courses.kit.models import AuditEntry, JournalMark
from courses.kit.tasks import keep_journal
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchOutcome
from courses.people.actions import forget_person
from courses.vacancies.models import Vacancy
from tests import databases
from tests.cast import NOW, People, person
from tests.courses.matching.small_rounds import opened, published

pytestmark = pytest.mark.django_db


def lines(*kinds: str) -> list[dict[str, Any]]:
    """Return the journal's lines of some kinds, without the moment of writing."""
    found = list(journal.read())
    for line in found:
        line.pop("w", None)
    return [line for line in found if line["kind"] in kinds]


def folder(settings: Any) -> Path:
    """Return where the journal lies."""
    return Path(settings.JAVAR_JOURNAL_DIR)


@pytest.fixture
def followed() -> None:
    """Let the journal know all there was before."""
    journal.sweep(at=NOW)


@pytest.fixture
def place(intake: Intake, people: People) -> Enrolment:
    """A place of Aylin's."""
    journal.sweep(at=NOW)
    return actions.apply_to(intake, by=people.aylin, at=NOW)


def test_journal_begins_by_saying_so_and_keeps_the_order(settings: Any) -> None:
    journal.write([{"kind": "a"}])
    journal.write([{"kind": "b"}, {"kind": "c"}])

    assert [line["kind"] for line in journal.read()] == ["begins", "a", "b", "c"]
    (path,) = folder(settings).iterdir()
    assert path.name == f"journal-{datetime.now(UTC):%Y-%m}.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600


def test_line_cut_off_by_a_crash_harms_no_other(settings: Any) -> None:
    journal.write([{"kind": "a"}])
    (path,) = folder(settings).iterdir()
    with path.open("a") as file:
        file.write('{"w":"2026-11-23T10:00:00+00:00","kind":"pl')

    journal.write([{"kind": "b"}])

    assert [line["kind"] for line in journal.read()] == ["begins", "a", "torn", "b"]


def test_writers_at_once_mix_no_lines() -> None:
    def write(number: int) -> None:
        for _time in range(20):
            journal.write([{"kind": "x", "by": number, "long": "-" * 5000}] * 2)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [line["kind"] for line in journal.read()] == ["begins", *["x"] * 160]


def test_sweep_carries_a_place_over_once(place: Enrolment) -> None:
    entry = audit.trail(place).get()

    assert journal.sweep(at=NOW) == 1

    assert lines("place") == [
        {
            "kind": "place", "of": "enrolment.enrolment", "id": str(place.public_id),
            "move": "apply", "to": "admitted", "at": NOW.isoformat(), "entry": entry.pk,
        }
    ]  # fmt: skip
    assert journal.sweep(at=NOW) == 0


def test_sweep_goes_on_where_it_ended(place: Enrolment, people: People) -> None:
    journal.sweep(at=NOW)
    actions.withdraw(place, by=people.aylin, at=NOW)

    assert journal.sweep(at=NOW) == 1

    assert [(line["move"], line["to"]) for line in lines("place")] == [
        ("apply", "admitted"), ("withdraw", "withdrawn"),
    ]  # fmt: skip


def test_sweep_in_portions_loses_nothing(place: Enrolment, people: People) -> None:
    actions.withdraw(place, by=people.aylin, at=NOW)

    written = [journal.sweep(at=NOW, most=1) for _time in range(10)]

    assert sum(written) == len(lines("place")) == 2


def test_crash_between_line_and_mark_says_it_twice_and_loses_nothing(place: Enrolment) -> None:
    with databases.undone():
        journal.sweep(at=NOW)

    journal.sweep(at=NOW)

    assert [line["id"] for line in lines("place")] == [str(place.public_id)] * 2


def late_entry(place: Enrolment, number: int) -> None:
    """Commit a line of the trail whose number was taken long ago."""
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                pk=number, at=NOW, verb="late", to_state="held", object_id=str(place.pk),
                object_kind="enrolment.enrolment",
            )
        ]
    )  # fmt: skip


def test_transaction_that_ends_late_is_carried_over(place: Enrolment) -> None:
    last = AuditEntry.objects.order_by("pk").last()
    assert last is not None
    late_entry(place, last.pk + 5)
    journal.sweep(at=NOW)
    late_entry(place, last.pk + 3)

    journal.sweep(at=NOW + timedelta(minutes=59))

    assert [line["entry"] for line in lines("place")] == [last.pk, last.pk + 5, last.pk + 3]
    mark = JournalMark.objects.get()
    assert [gap[:2] for gap in mark.gaps if gap[0] > last.pk] == [
        [last.pk + 1, last.pk + 2], [last.pk + 4, last.pk + 4],
    ]  # fmt: skip


def test_number_that_never_comes_is_waited_for_an_hour(place: Enrolment) -> None:
    last = AuditEntry.objects.order_by("pk").last()
    assert last is not None
    late_entry(place, last.pk + 1_000_000)
    journal.sweep(at=NOW)

    journal.sweep(at=NOW + timedelta(minutes=61))

    mark = JournalMark.objects.get()
    assert (mark.entry, mark.gaps) == (last.pk + 1_000_000, [])


def test_erased_person_is_a_number_in_the_journal(followed: None) -> None:
    user = person("nobody")
    journal.sweep(at=NOW)
    forget_person(user, by=None, at=NOW)
    entry = audit.trail(user).get(verb="forget_person")

    journal.sweep(at=NOW)

    assert lines("erased") == [
        {
            "kind": "erased", "of": "people.user", "id": str(user.public_id),
            "move": "forget_person", "at": NOW.isoformat(), "entry": entry.pk,
        }
    ]  # fmt: skip


def test_published_round_tells_every_place_it_gave(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    for student in (people.aylin, people.sara):
        add_wish(match_round, vacancy, by=student, at=NOW)
    published(match_round, people)
    entry = audit.trail(match_round).get(verb="publish_round")

    journal.sweep(at=NOW)

    given = MatchOutcome.objects.filter(vacancy__isnull=False).order_by("pk")
    assert lines("place") == [
        {
            "kind": "place", "of": "matching.matchoutcome", "trail": "matching.matchround",
            "ids": [str(outcome.public_id) for outcome in given], "move": "publish_round",
            "to": "offered", "at": entry.at.isoformat(), "entry": entry.pk,
        }
    ]  # fmt: skip
    assert given.count() == 2


def test_journal_names_nobody(place: Enrolment, people: People, settings: Any) -> None:
    people.aylin.mobile = "+989140000001"
    people.aylin.save()
    actions.withdraw(place, by=people.aylin, reason="canary 4711", at=NOW)

    journal.sweep(at=NOW)

    (path,) = folder(settings).iterdir()
    found = path.read_text()
    for canary in ("Aylin", "aylin", "canary", "4711", "98914", "intake"):
        assert canary not in found
    assert {key for line in lines("place") for key in line} == {
        "kind", "of", "id", "move", "from", "to", "at", "entry",
    }  # fmt: skip


def test_journal_that_cannot_be_written_is_said_and_caught_up(
    place: Enrolment, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reached = JournalMark.objects.get().entry
    before, settings.JAVAR_JOURNAL_DIR = settings.JAVAR_JOURNAL_DIR, tmp_path / "file"
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.ERROR):
        keep_journal(NOW)
    assert "the journal cannot be written" in caplog.text
    assert JournalMark.objects.get().entry == reached
    settings.JAVAR_JOURNAL_DIR = before

    keep_journal(NOW)

    assert [line["id"] for line in lines("place")] == [str(place.public_id)]


def test_replay_names_the_places_the_trail_does_not_know(place: Enrolment) -> None:
    journal.sweep(at=NOW)
    lost = {"kind": "place", "of": "matching.matchoutcome", "move": "publish_round", "entry": 9**9}
    journal.write([lost | {"ids": ["a", "b"], "at": NOW.isoformat()}] * 2)

    found = journal.replay(made_at=datetime.now(UTC), at=NOW)

    assert [line["id"] for line in found.found["place"]["younger"]] == ["a", "b"]


def test_replay_leaves_out_what_was_written_long_before_the_copy(place: Enrolment) -> None:
    journal.write([{"kind": "place", "of": "x.y", "id": "a", "move": "m", "entry": 9**9}])

    found = journal.replay(made_at=datetime.now(UTC) + timedelta(hours=2), at=NOW)

    assert found.found["place"] == {"younger": []}
    assert json.dumps(found.found)
