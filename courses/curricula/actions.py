"""Freezing programmes into versions."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from courses.curricula import queries, rules
from courses.curricula.models import LessonPage, ModulePage, ProgrammePage, ProgrammeVersion
from courses.kit import audit
from courses.kit.moves import lock
from courses.kit.persian import listed
from courses.kit.refusal import Refusal
from courses.people.models import User


class HoursDoNotSum(Refusal):
    """Hours of modules and programme disagree."""

    code = "hours_do_not_sum"
    sentence = _(
        "The modules' hours do not sum to the programme's: correct one or the other, "
        "then publish (%(kinds)s)."
    )


class HalfWritten(Refusal):
    """A draft is not finished: a question without its answer, a figure without a description."""

    code = "half_written"
    sentence = _(
        "“%(title)s” is not finished yet. Open it and press “Publish” there: "
        "what is missing is marked."
    )


class NotTheSource(Refusal):
    """Only the Persian page is frozen; a translation follows it."""

    code = "not_the_source"
    sentence = _("Versions are made of the Persian programme.")


def canonical(snapshot: dict[str, Any]) -> bytes:
    """Return the bytes a snapshot is hashed as: sorted keys, no spaces, UTF-8."""
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def must_sum(programme: ProgrammePage) -> None:
    """Refuse while the hours of the live modules do not sum to the programme's."""
    differing = rules.hours_that_differ(programme)
    if differing:
        raise HoursDoNotSum(
            kinds=listed(f"{rules.KINDS[d.kind]}: {d.modules} ≠ {d.programme}" for d in differing)
        )


def must_be_finished(page: Page) -> None:
    """Refuse a page whose blocks are half written."""
    if rules.is_half_written(page):
        raise HalfWritten(title=page.title)


@transaction.atomic
def freeze_programme(
    programme: ProgrammePage, *, by: User | None, at: datetime | None = None
) -> ProgrammeVersion:
    """Make the next version of a published programme.

    When nothing changed since the latest version, that one is returned: publishing twice makes
    one version. Refuses while hours do not sum.
    """
    if programme.locale.language_code != "fa":
        raise NotTheSource
    # Two publishers of one programme queue up here.
    lock(ProgrammePage.objects.filter(pk=programme.pk).only("pk"))
    must_sum(programme)
    snapshot = snapshot_of(programme)
    digest = hashlib.sha256(canonical(snapshot)).hexdigest()
    latest = queries.latest_version(programme)
    if latest and latest.sha256 == digest:
        return latest
    at = at or timezone.now()
    version = ProgrammeVersion.objects.create(
        programme=programme,
        number=latest.number + 1 if latest else 1,
        snapshot=snapshot,
        sha256=digest,
        made_at=at,
        made_by=by,
    )
    audit.record(version, "freeze_programme", by=by, at=at, number=version.number, sha256=digest)
    return version


def snapshot_of(programme: ProgrammePage) -> dict[str, Any]:
    """Return everything a student of this programme reads, as plain JSON-ready data."""
    return {
        "schema": 1,
        "code": programme.code,
        "title": programme.title,
        "summary": programme.summary,
        "level": programme.level,
        "hours": _hours(programme),
        "minimum_age": programme.minimum_age,
        "prerequisites": programme.prerequisites,
        "pass_mark": programme.pass_mark,
        "occupations": sorted(programme.occupations.values_list("code", flat=True)),
        "modules": [_module(module) for module in queries.modules_of(programme)],
    }


def _hours(page: ProgrammePage | ModulePage) -> dict[str, int]:
    return {
        "theory": page.hours_theory,
        "practice": page.hours_practice,
        "workplace": page.hours_workplace,
    }


def _module(module: ModulePage) -> dict[str, Any]:
    return {
        "code": module.code,
        "number": module.number,
        "title": module.title,
        "hours": _hours(module),
        "outcomes": [str(child.value) for child in module.outcomes],
        "criteria": [str(child.value) for child in module.criteria],
        "equipment": [str(child.value) for child in module.equipment],
        "safety": [str(child.value) for child in module.safety],
        "under_18": module.under_18,
        "skills": [skill.code for skill in module.skills.all()],
        "lessons": [_lesson(lesson) for lesson in module.live_lessons],
    }


def _lesson(lesson: LessonPage) -> dict[str, Any]:
    # The translation key outlives renaming, moving and reordering: progress hangs on it.
    return {
        "key": str(lesson.translation_key),
        "slug": lesson.slug,
        "title": lesson.title,
        "minutes": lesson.minutes,
        "body": _plain(lesson.body),
    }


def _plain(body: Any) -> list[dict[str, Any]]:
    """Return a stream's values without the random ids of its blocks: equal text, equal hash."""
    prepared = body.stream_block.get_prep_value(body)
    return [{"type": block["type"], "value": _without_ids(block["value"])} for block in prepared]


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"type", "value", "id"}:
            return _without_ids(value["value"])
        return {key: _without_ids(item) for key, item in value.items()}
    return value
