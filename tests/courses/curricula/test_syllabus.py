"""The typed reading of a frozen version: it holds every byte, and schema 1 renders for ever."""

import copy
import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from courses.curricula.actions import canonical
from courses.curricula.models import LessonPage, ProgrammePage, ProgrammeVersion
from courses.curricula.syllabus import READERS, UnknownSchema, read
from courses.enrolment.actions import apply_to
from tests.cast import NOW, Bodies, People, SetClock, SignIn, make_intake

# The bytes of a sown programme as they were frozen when schema 1 was the only one. Never written
# anew: students are pinned to bytes like these.
FROZEN = (Path(__file__).parent / "frozen" / "schema-1.json").read_bytes()
SHA256 = "2a5ee3e8fbe01398373e33acd2aa5753a047c4d3bbfd86a4a94498c070191b5c"


@pytest.fixture
def kept(programme: ProgrammePage) -> ProgrammeVersion:
    """A version whose snapshot is the kept bytes of schema 1."""
    return ProgrammeVersion.objects.create(
        programme=programme, number=9, snapshot=json.loads(FROZEN), sha256=SHA256, made_at=NOW
    )


def test_kept_bytes_of_schema_1_are_read_and_written_alike() -> None:
    assert hashlib.sha256(FROZEN).hexdigest() == SHA256

    syllabus = read(json.loads(FROZEN))

    assert canonical(syllabus.plain()) == FROZEN
    assert (syllabus.schema, syllabus.code, syllabus.title) == (
        1, "pattern-and-grading", "الگوسازی و طبقه‌بندی سایز کفش",
    )  # fmt: skip
    assert (len(syllabus.modules), len(syllabus.lessons)) == (5, 8)
    assert [len(lesson.questions) for lesson in syllabus.lessons] == [5] * 8
    kinds = {block.type for lesson in syllabus.lessons for block in lesson.body}
    assert kinds == set(LessonPage.body.field.stream_block.child_blocks)


@pytest.mark.django_db
def test_every_lesson_of_schema_1_renders(
    kept: ProgrammeVersion, bodies: Bodies, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    seat = apply_to(make_intake(bodies.school, kept), by=people.aylin, at=NOW)
    client = signed_in(people.aylin)
    course = client.get(f"/learn/{seat.public_id}/").content.decode()

    for number, lesson in enumerate(kept.lessons, start=1):
        page = client.get(f"/learn/{seat.public_id}/{lesson.slug}/")
        shown = page.content.decode()

        assert page.status_code == 200
        assert (page.context["lesson"], page.context["number"]) == (lesson, number)
        assert [part.block_type for part in page.context["body"]] == [
            block.type for block in lesson.body if block.type != "quiz"
        ]
        assert shown.count('type="radio"') == sum(len(one.options) for one in lesson.questions)
        assert all(f'name="q{place}"' in shown for place in range(1, len(lesson.questions) + 1))
        assert lesson.title in shown
        assert f"/{lesson.slug}/" in course


@pytest.mark.django_db
def test_a_frozen_programme_is_read_from_its_row_once(version: ProgrammeVersion) -> None:
    row = ProgrammeVersion.objects.get()

    assert canonical(row.syllabus.plain()) == canonical(version.snapshot)
    assert row.syllabus is row.syllabus
    assert row.lessons == version.lessons == row.syllabus.lessons


@pytest.mark.parametrize("schema", [0, 2, 99, "1", 1.0, True, None, [1]])
def test_an_unknown_schema_is_refused_with_a_sentence(schema: Any) -> None:
    with pytest.raises(UnknownSchema) as refused:
        read({**json.loads(FROZEN), "schema": schema})

    with translation.override("en"):
        assert str(refused.value) == (
            f"This version of the programme is written in a form ({schema}) that this site cannot "
            "read yet. The site must be updated first."
        )


@pytest.mark.django_db
def test_a_page_of_an_unknown_schema_says_the_sentence(
    programme: ProgrammePage, bodies: Bodies, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    newer = ProgrammeVersion.objects.create(
        programme=programme, number=2, snapshot={"schema": 2}, sha256="", made_at=NOW
    )
    intake = make_intake(bodies.school, newer)

    client, path = signed_in(people.aylin), f"/intakes/{intake.public_id}/"

    plain = client.get(path)
    # A browser that is sent back keeps the address it came from: two refusing pages, or one that
    # was asked from itself, would send it round for ever.
    again = client.get(path, headers={"referer": f"http://testserver{path}"})
    from_elsewhere = client.get(path, headers={"referer": "http://testserver/my/"})

    assert [page.status_code for page in (plain, again)] == [409, 409]
    assert str(UnknownSchema(schema=2)) in plain.content.decode()
    assert (from_elsewhere.status_code, from_elsewhere["Location"]) == (
        302, "http://testserver/my/",
    )  # fmt: skip


@pytest.mark.parametrize("change", ["missing", "unknown"])
@pytest.mark.parametrize(
    "path",
    [
        (), ("hours",), ("modules", 0), ("modules", 0, "hours"), ("modules", 0, "lessons", 0),
        ("modules", 0, "lessons", 0, "body", 0),
        ("modules", 0, "lessons", 0, "body", -1, "value", "questions", 0),
    ],
)  # fmt: skip
def test_a_field_that_is_missing_or_unknown_is_an_error(
    path: tuple[str | int, ...], change: str
) -> None:
    damaged = part = json.loads(FROZEN)
    for step in path:
        part = part[step]
    if change == "missing":
        del part[next(key for key in part if key != "schema")]
    else:
        part["unknown"] = 1

    with pytest.raises(ValueError, match="not a snapshot of schema 1"):
        read(damaged)


def test_nothing_in_a_syllabus_can_be_changed() -> None:
    syllabus = read(json.loads(FROZEN))
    lesson = syllabus.lessons[0]
    parts: list[Any] = [
        syllabus, syllabus.hours, syllabus.modules[0], lesson, lesson.module, lesson.body[0],
        lesson.questions[0],
    ]  # fmt: skip

    for part in parts:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, dataclasses.fields(part)[0].name, "another")
        assert not hasattr(part, "__dict__")
        hash(part)


texts = st.text(max_size=6)
numbers = st.integers(0, 400)
hours = st.fixed_dictionaries({"theory": numbers, "practice": numbers, "workplace": numbers})
lines = st.lists(texts, max_size=3)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
questions = st.fixed_dictionaries(
    {"question": texts, "options": lines, "correct": numbers, "explanation": texts}
)
quizzes = st.fixed_dictionaries(
    {
        "type": st.just("quiz"),
        "value": st.fixed_dictionaries({"questions": st.lists(questions, max_size=3)}),
    }
)
blocks = st.fixed_dictionaries({"type": st.sampled_from(["heading", "table"]), "value": values})
lessons = st.fixed_dictionaries(
    {
        "key": st.uuids().map(str), "slug": texts, "title": texts, "minutes": numbers,
        "body": st.lists(blocks | quizzes, max_size=4),
    }
)  # fmt: skip
modules = st.fixed_dictionaries(
    {
        "code": texts, "number": numbers, "title": texts, "hours": hours, "outcomes": lines,
        "criteria": lines, "equipment": lines, "safety": lines, "under_18": texts,
        "skills": lines, "lessons": st.lists(lessons, max_size=3),
    }
)  # fmt: skip
programmes = st.fixed_dictionaries(
    {
        "schema": st.sampled_from(sorted(READERS)), "code": texts, "title": texts,
        "summary": texts, "level": texts, "hours": hours, "minimum_age": numbers,
        "prerequisites": texts, "pass_mark": numbers, "occupations": lines,
        "modules": st.lists(modules, max_size=3),
    }
)  # fmt: skip


@given(programmes)
def test_every_programme_comes_back_as_its_bytes(snapshot: dict[str, Any]) -> None:
    before = copy.deepcopy(snapshot)

    syllabus = read(snapshot)

    assert canonical(syllabus.plain()) == canonical(before)
    assert snapshot == before
    assert read(syllabus.plain()) == syllabus
    raw = [(module, lesson) for module in before["modules"] for lesson in module["lessons"]]
    assert [lesson.key for lesson in syllabus.lessons] == [lesson["key"] for _m, lesson in raw]
    for lesson, (module, plain) in zip(syllabus.lessons, raw, strict=True):
        assert (lesson.module.code, lesson.module.title) == (module["code"], module["title"])
        found = syllabus.lesson(lesson.key)
        assert found is not None
        assert found.key == lesson.key
        assert lesson.reading == [block for block in plain["body"] if block["type"] != "quiz"]
        assert [one.question for one in lesson.questions] == [
            one["question"]
            for block in plain["body"]
            if block["type"] == "quiz"
            for one in block["value"]["questions"]
        ]
