"""Freezing a programme: the same content is the same version, and no version ever changes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from courses.curricula.actions import (
    HoursDoNotSum,
    NotTheSource,
    canonical,
    freeze_programme,
    must_sum,
    snapshot_of,
)
from courses.curricula.models import ModulePage, ProgrammePage, ProgrammeVersion
from courses.curricula.rules import HoursDiffer, hours_that_differ
from courses.curricula.syllabus import read
from courses.kit import audit
from tests.cast import NOW, QUESTION, People
from tests.courses.curricula.programmes import (
    again,
    change_title,
    english,
    first_lesson,
    only_module,
)

pytestmark = pytest.mark.django_db


def test_freeze_makes_the_first_version(programme: ProgrammePage, people: People) -> None:
    version = freeze_programme(programme, by=people.editor, at=NOW)
    kept = ProgrammeVersion.objects.get()
    assert (kept, kept.programme, kept.number) == (version, programme, 1)
    assert (kept.made_by, kept.made_at, kept.title) == (people.editor, NOW, programme.title)
    assert str(kept) == f"{programme.title} – 1"
    line = audit.trail(version).get()
    assert (line.verb, line.by, line.at, line.facts) == (
        "freeze_programme",
        people.editor,
        NOW,
        {"number": 1, "sha256": version.sha256},
    )


def test_same_content_is_the_same_version(programme: ProgrammePage) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    lesson = first_lesson(programme)
    lesson.save_revision().publish()
    second = freeze_programme(again(programme), by=None, at=NOW + timedelta(days=1))
    assert (second, second.made_at) == (first, NOW)
    assert (ProgrammeVersion.objects.count(), audit.trail(first).count()) == (1, 1)


def change_lesson(programme: ProgrammePage) -> None:
    """Write another heading into the first lesson."""
    lesson = first_lesson(programme)
    lesson.body = [("heading", "نو"), ("quiz", {"questions": [QUESTION]})]
    lesson.save()


def unpublish_lesson(programme: ProgrammePage) -> None:
    """Take the first lesson back."""
    first_lesson(programme).unpublish()


def reorder_lessons(programme: ProgrammePage) -> None:
    """Put the first lesson last."""
    first_lesson(programme).move(only_module(programme), pos="last-child")


def change_outcomes(programme: ProgrammePage) -> None:
    """Promise one more thing."""
    module = only_module(programme)
    module.outcomes = [("line", "می‌برد")]
    module.save()


@pytest.mark.parametrize(
    "change", [change_title, change_lesson, unpublish_lesson, reorder_lessons, change_outcomes]
)
def test_changed_content_is_the_next_version(programme: ProgrammePage, change: Any) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    before = canonical(first.snapshot)
    change(again(programme))
    second = freeze_programme(again(programme), by=None, at=NOW + timedelta(days=1))
    assert (second.number, second.made_at) == (2, NOW + timedelta(days=1))
    assert second.sha256 != first.sha256
    first.refresh_from_db()
    assert (canonical(first.snapshot), first.number) == (before, 1)
    assert [line.facts["number"] for line in audit.trail(second)] == [2]


def test_returning_to_an_older_text_is_a_version_of_its_own(programme: ProgrammePage) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    old = programme.title
    for title in ("نام نو", old):
        page = again(programme)
        page.title = title
        page.save()
        freeze_programme(page, by=None, at=NOW)
    numbers = programme.versions.values_list("number", "sha256")
    assert [number for number, _sha in numbers] == [1, 2, 3]
    assert numbers[2][1] == first.sha256


def test_what_nobody_reads_makes_no_version(programme: ProgrammePage) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    page = again(programme)
    page.slug = "elsewhere"
    page.save()
    draft = first_lesson(programme)
    draft.title = "پیش‌نویس"
    draft.save_revision()
    assert freeze_programme(again(programme), by=None, at=NOW) == first


def test_hours_must_sum(programme: ProgrammePage) -> None:
    programme.hours_practice = 21
    programme.hours_workplace = 8
    programme.save()
    assert hours_that_differ(programme) == [
        HoursDiffer("hours_practice", 21, 20),
        HoursDiffer("hours_workplace", 8, 0),
    ]
    with translation.override("en"), pytest.raises(HoursDoNotSum) as caught:
        freeze_programme(programme, by=None, at=NOW)
    assert "practice: 20 ≠ 21, at the workplace: 0 ≠ 8" in str(caught.value)
    assert ProgrammeVersion.objects.count() == 0
    assert programme.hours_total == 39


def test_a_module_that_is_not_live_does_not_count(programme: ProgrammePage) -> None:
    programme.add_child(
        instance=ModulePage(
            title="دوم", slug="m2", code="m2", number=2, hours_theory=99, live=False,
            locale=programme.locale,
        )
    )  # fmt: skip
    must_sum(programme)
    assert [module.number for module in read(snapshot_of(programme)).modules] == [1]


def test_a_programme_without_modules_is_an_announcement(programme: ProgrammePage) -> None:
    only_module(programme).delete()
    page = again(programme)
    assert hours_that_differ(page) == []
    assert freeze_programme(page, by=None, at=NOW).lessons == ()


def test_only_the_persian_programme_is_frozen(programme: ProgrammePage) -> None:
    index = programme.get_parent().specific
    index.copy_for_translation(english())
    translated = programme.copy_for_translation(english())
    with pytest.raises(NotTheSource):
        freeze_programme(translated, by=None, at=NOW)
    translated.save_revision().publish()
    assert ProgrammeVersion.objects.count() == 0


def test_a_version_is_never_changed(version: ProgrammeVersion) -> None:
    for attempt in (version.save, version.delete):
        with pytest.raises(TypeError):
            attempt()
    assert ProgrammeVersion.objects.get() == version


def test_a_version_is_never_changed_in_bulk(version: ProgrammeVersion) -> None:
    for attempt in (
        lambda: ProgrammeVersion.objects.update(number=9),
        lambda: ProgrammeVersion.objects.filter(pk=version.pk).delete(),
        lambda: ProgrammeVersion.objects.bulk_update([version], ["number"]),
    ):
        with pytest.raises(TypeError), transaction.atomic():
            attempt()
    assert list(ProgrammeVersion.objects.values_list("number", flat=True)) == [1]


def test_a_version_number_is_used_once(version: ProgrammeVersion) -> None:
    for number in (1, 0):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProgrammeVersion.objects.create(
                programme=version.programme, number=number, snapshot={}, sha256="", made_at=NOW
            )
