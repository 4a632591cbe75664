"""What a version holds: all a student reads, and how it is found."""

import hashlib
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from courses.curricula import queries
from courses.curricula.actions import canonical, freeze_programme, snapshot_of
from courses.curricula.blocks import LessonBody
from courses.curricula.models import LessonPage, ProgrammePage, ProgrammeVersion
from courses.curricula.syllabus import ModuleHeading, Question
from courses.skills.models import Occupation, Skill
from tests.cast import NOW, QUESTION, make_programme
from tests.courses.curricula.programmes import (
    again,
    change_title,
    english,
    first_lesson,
    only_module,
)

pytestmark = pytest.mark.django_db


def test_snapshot_says_all_a_student_reads(
    programme: ProgrammePage, skills: dict[str, Skill], occupation: Occupation
) -> None:
    page = again(programme)
    page.occupations = [occupation]
    page.save()
    module = only_module(programme)
    module.skills = [skills["skiving"]]
    module.safety = [("line", "دستکش")]
    module.save()
    lesson = first_lesson(programme)
    LessonPage.objects.exclude(pk=lesson.pk).get().delete()
    assert snapshot_of(again(programme)) == {
        "schema": 1,
        "code": "pattern",
        "title": "الگوسازی pattern",
        "summary": "خلاصه",
        "level": "continuing",
        "hours": {"theory": 10, "practice": 20, "workplace": 0},
        "minimum_age": 15,
        "prerequisites": "",
        "pass_mark": 12,
        "occupations": ["closer"],
        "modules": [
            {
                "code": "pattern-m1",
                "number": 1,
                "title": "پودمان",
                "hours": {"theory": 10, "practice": 20, "workplace": 0},
                "outcomes": [],
                "criteria": [],
                "equipment": [],
                "safety": ["دستکش"],
                "under_18": "hands-on-supervised",
                "skills": ["skiving"],
                "lessons": [
                    {
                        "key": str(lesson.translation_key),
                        "slug": "lesson-1",
                        "title": "درس 1",
                        "minutes": 30,
                        "body": [
                            {"type": "heading", "value": "عنوان"},
                            {"type": "quiz", "value": {"questions": [QUESTION] * 5}},
                        ],
                    }
                ],
            }
        ],
    }


EVERY_BLOCK: list[tuple[str, Any]] = [
    ("heading", "عنوان"),
    ("text", "<p>متن</p>"),
    ("steps", [{"title": "", "text": "<p>یک</p>"}, {"title": "", "text": "<p>دو</p>"}]),
    ("table", {"caption": "ج", "head": ["a", "b"], "rows": [["<p>1</p>", "<p>2</p>"]]}),
    ("figure", {"image": None, "drawing": "last-side", "alt": "قالب", "caption": ""}),
    ("formula", {"expression": "a = b", "note": ""}),
    ("safety_card", {"hazard": "چاقو", "control": "<p>دستکش</p>", "under_18": "free"}),
    ("quiz", {"questions": [QUESTION, QUESTION | {"correct": 1}]}),
]


def test_snapshot_has_no_ids_of_blocks(programme: ProgrammePage) -> None:
    plain = [{"type": kind, "value": value} for kind, value in EVERY_BLOCK]
    lesson = first_lesson(programme)
    hashes = set()
    for _time in range(2):
        lesson.body = json.dumps(plain)
        lesson.save()
        snapshot = snapshot_of(again(programme))
        assert snapshot["modules"][0]["lessons"][0]["body"] == plain
        hashes.add(hashlib.sha256(canonical(snapshot)).hexdigest())
    assert len(hashes) == 1


def test_snapshot_comes_back_from_the_database_with_its_hash(version: ProgrammeVersion) -> None:
    kept = ProgrammeVersion.objects.get()
    assert hashlib.sha256(canonical(kept.snapshot)).hexdigest() == kept.sha256 == version.sha256


def test_canonical_bytes_are_sorted_and_close() -> None:
    assert canonical({"b": [1, {"d": None, "c": "کفش"}], "a": True}) == (
        '{"a":true,"b":[1,{"c":"کفش","d":null}]}'.encode()
    )


def test_lessons_of_a_version_are_found_by_their_key(
    version: ProgrammeVersion, programme: ProgrammePage
) -> None:
    key = str(first_lesson(programme).translation_key)
    assert [lesson.title for lesson in version.lessons] == ["درس 1", "درس 2"]
    found = version.syllabus.lesson(key)
    assert found is not None
    assert found.module == ModuleHeading("pattern-m1", 1, "پودمان")
    options = tuple(QUESTION["options"])
    assert found.questions == (Question(**{**QUESTION, "options": options}),) * 5
    assert version.syllabus.lesson("another") is None


def test_a_quiz_needs_its_right_answer_among_its_answers() -> None:
    body = LessonBody()
    for correct, right in ((2, True), (3, False), (0, False)):
        value = body.to_python(
            [{"type": "quiz", "value": {"questions": [QUESTION | {"correct": correct}]}}]
        )
        if right:
            body.clean(value)
        else:
            with pytest.raises(ValidationError):
                body.clean(value)


def test_newest_versions_are_one_a_programme(programme: ProgrammePage) -> None:
    other = freeze_programme(
        make_programme("soles", parent=programme.get_parent().specific), by=None, at=NOW
    )
    freeze_programme(programme, by=None, at=NOW)
    change_title(again(programme))
    second = freeze_programme(again(programme), by=None, at=NOW)
    assert set(queries.newest_versions()) == {other, second}
    assert queries.latest_version(programme) == second
    assert queries.latest_version(make_programme("none", parent=programme.get_parent())) is None


def test_programmes_are_found_by_level_and_words(programme: ProgrammePage) -> None:
    parent = programme.get_parent().specific
    make_programme("draft", parent=parent, live=False)
    bags = make_programme("bags", parent=parent)
    bags.level = "induction"
    bags.summary = "كيف‌دوزى و کار با چرم"
    bags.save()
    fa = programme.locale_id

    def asked(text: str = "", level: str = "") -> list[str]:
        return [page.code for page in queries.public_programmes(fa, asked=text, level=level)]

    assert asked() == ["pattern", "bags"]
    assert asked(level="induction") == ["bags"]
    assert (asked("کیف دوزی"), asked("کیفدوزی"), asked("pattern")) == (
        ["bags"],
        ["bags"],
        ["pattern"],
    )
    assert (asked("بتن"), queries.public_programmes(english().pk)) == ([], [])
    assert [page.code for page in queries.outline_of(programme)] == ["pattern-m1"]
