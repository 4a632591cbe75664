"""Sowing programmes: `curricula/<programme>/programme.yaml` and `lessons/*.md` beside it."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courses.curricula.actions import freeze_programme
from courses.curricula.models import (
    LessonPage,
    Level,
    ModulePage,
    ProgrammeIndexPage,
    ProgrammePage,
    Under18,
)
from courses.kit.markdown_blocks import blocks_of
from courses.kit.persian import search_form
from courses.kit.seedfile import SeedError, SeedMap, Words, read_map, read_maps, read_markdown
from courses.kit.sowing import Sower
from courses.skills.models import Occupation, Skill

KINDS = ("theory", "practice", "workplace")


@dataclass(frozen=True)
class LessonSeed:
    """A lesson of a file, checked."""

    slug: str
    order: int
    title: Words
    minutes: int
    summary_en: str
    body: list[dict[str, Any]]


@dataclass(frozen=True)
class ModuleSeed:
    """A module of a file, checked."""

    code: str
    number: int
    title: Words
    book: Words
    grade: int | None
    hours: dict[str, int]
    outcomes: list[Words]
    criteria: list[Words]
    equipment: list[Words]
    safety: list[Words]
    skills: list[str]
    adult_skills: list[str]
    under_18: str
    lessons: list[LessonSeed]


@dataclass(frozen=True)
class ProgrammeSeed:
    """A programme of a folder, checked."""

    code: str
    title: Words
    summary: Words
    prerequisites: Words
    plain: dict[str, Any]
    hours: dict[str, int]
    occupations: list[str]
    modules: list[ModuleSeed]


def read_programmes(
    seeds: Path, *, skills: Collection[str], occupations: Collection[str]
) -> dict[str, ProgrammeSeed]:
    """Read every programme's folder; raise SeedError at the first mistake."""
    found = {}
    for folder in sorted((seeds / "curricula").iterdir()):
        if folder.is_dir():
            programme = _programme(folder, skills=skills, occupations=occupations)
            found[programme.code] = programme
    return found


def _programme(
    folder: Path, *, skills: Collection[str], occupations: Collection[str]
) -> ProgrammeSeed:
    entry = read_map(folder / "programme.yaml")
    if entry.text("code") != folder.name:
        raise entry.refuse(
            f"the folder is called “{folder.name}”; the code must be the same", "code"
        )
    lessons = _lessons(folder / "lessons")
    modules = [_module(item, skills, lessons) for item in entry.maps("modules")]
    for module_code, (path, _lesson) in ((c, found[0]) for c, found in lessons.items() if found):
        raise SeedError(path, 2, f"there is no module “{module_code}” in the programme")
    hours = _hours(entry)
    for kind in KINDS:
        total = sum(module.hours[kind] for module in modules)
        if total != hours[kind]:
            raise entry.refuse(
                f"the modules have {total} hours of {kind}, the programme {hours[kind]}", "hours"
            )
    programme = ProgrammeSeed(
        entry.text("code"),
        entry.words("title"),
        entry.words("summary"),
        entry.words("prerequisites", Words("", "")),
        {
            "level": entry.choice("level", Level.values),
            "eqf_like_level": entry.number("eqf_like_level", least=1),
            "minimum_age": entry.number("minimum_age", least=15),
            "pass_mark": entry.number("pass_mark", least=1),
        },
        hours,
        entry.refs("occupations", occupations, "occupation"),
        modules,
    )
    entry.done()
    return programme


def _hours(entry: SeedMap) -> dict[str, int]:
    hours = entry.map("hours")
    found = {kind: hours.number(kind, 0) for kind in KINDS}
    hours.done()
    return found


def _module(
    entry: SeedMap, skills: Collection[str], lessons: dict[str, list[tuple[Path, LessonSeed]]]
) -> ModuleSeed:
    book = entry.maybe_map("book")
    module = ModuleSeed(
        entry.text("code"),
        entry.number("number", least=1),
        entry.words("title"),
        book.words("title") if book else Words("", ""),
        book.number("grade", None) if book else None,
        _hours(entry),
        entry.all_words("outcomes"),
        entry.all_words("criteria"),
        entry.all_words("equipment"),
        entry.all_words("safety"),
        entry.refs("skills", skills, "skill"),
        entry.refs("adult_skills", skills, "skill"),
        entry.choice("under_18", Under18.values),
        sorted(
            (lesson for _path, lesson in lessons.pop(entry.text("code"), [])),
            key=lambda lesson: lesson.order,
        ),
    )
    if book:
        book.done()
    entry.done()
    return module


def _lessons(folder: Path) -> dict[str, list[tuple[Path, LessonSeed]]]:
    """Read a programme's lessons, by the code of their module."""
    found: dict[str, list[tuple[Path, LessonSeed]]] = {}
    for path in sorted(folder.glob("*.md")):
        head, text, shift = read_markdown(path)
        body = blocks_of(path, text, shift=shift)
        body.append({"type": "quiz", "value": {"questions": _quiz(path.with_suffix(".quiz.yaml"))}})
        lesson = LessonSeed(
            path.stem,
            head.number("order", least=1),
            head.words("title"),
            head.number("minutes", least=1),
            head.text("summary_en"),
            body,
        )
        found.setdefault(head.text("module"), []).append((path, lesson))
        head.done()
    return found


def _quiz(path: Path) -> list[dict[str, Any]]:
    found = []
    for entry in read_maps(path):
        answers = entry.texts("answers", least=2)
        right = entry.number("right", least=1)
        if right > len(answers):
            raise entry.refuse(f"there is no answer {right}", "right")
        found.append(
            {
                "question": entry.text("question"),
                "options": answers,
                "correct": right,
                "explanation": entry.text("why"),
            }
        )
        entry.done()
    return found


def sow_programmes(
    programmes: dict[str, ProgrammeSeed], index: ProgrammeIndexPage | None, sower: Sower
) -> None:
    """Write programmes, modules and lessons in both languages, then freeze what is live."""
    skills = {skill.code: skill for skill in Skill.objects.all()}
    occupations = {occupation.code: occupation for occupation in Occupation.objects.all()}
    for seed in programmes.values():
        programme = _sow_programme(seed, index, skills, occupations, sower)
        if programme is not None and programme.live:
            freeze_programme(programme, by=None, at=sower.at)


def _sow_programme(
    seed: ProgrammeSeed,
    index: ProgrammeIndexPage | None,
    skills: dict[str, Skill],
    occupations: dict[str, Occupation],
    sower: Sower,
) -> ProgrammePage | None:
    key = f"programme:{seed.code}"
    targets = [occupations[code] for code in seed.occupations]
    page = sower.page(
        ProgrammePage, key, index, _programme_values(seed, "fa", targets), slug=seed.code
    )
    sower.translation(page, key, _programme_values(seed, "en", targets))
    for module in seed.modules:
        module_key = f"module:{module.code}"
        sets = {
            "skills": [skills[code] for code in module.skills],
            "adult_skills": [skills[code] for code in module.adult_skills],
        }
        module_page = sower.page(
            ModulePage, module_key, page, _module_values(module, "fa") | sets, slug=module.code
        )
        sower.translation(module_page, module_key, _module_values(module, "en") | sets)
        for lesson in module.lessons:
            lesson_key = f"lesson:{seed.code}/{lesson.slug}"
            lesson_page = sower.page(
                LessonPage, lesson_key, module_page, _lesson_values(lesson, "fa"), slug=lesson.slug
            )
            sower.translation(lesson_page, lesson_key, _lesson_values(lesson, "en"))
    return page


def _programme_values(
    seed: ProgrammeSeed, language: str, occupations: list[Occupation]
) -> dict[str, Any]:
    title, summary = getattr(seed.title, language), getattr(seed.summary, language)
    return {
        "title": title,
        "code": seed.code,
        "summary": summary,
        "prerequisites": getattr(seed.prerequisites, language),
        "search_text": search_form(f"{title} {summary} {seed.code}"),
        "occupations": occupations,
        **seed.plain,
        **{f"hours_{kind}": hours for kind, hours in seed.hours.items()},
    }


def _module_values(module: ModuleSeed, language: str) -> dict[str, Any]:
    def lines(texts: list[Words]) -> list[dict[str, Any]]:
        return [{"type": "line", "value": getattr(words, language)} for words in texts]

    return {
        "title": getattr(module.title, language),
        "code": module.code,
        "number": module.number,
        "book_title": getattr(module.book, language),
        "book_grade": module.grade,
        "outcomes": lines(module.outcomes),
        "criteria": lines(module.criteria),
        "equipment": lines(module.equipment),
        "safety": lines(module.safety),
        "under_18": module.under_18,
        **{f"hours_{kind}": hours for kind, hours in module.hours.items()},
    }


def _lesson_values(lesson: LessonSeed, language: str) -> dict[str, Any]:
    return {
        "title": getattr(lesson.title, language),
        "summary": lesson.summary_en if language == "en" else "",
        "minutes": lesson.minutes,
        "body": lesson.body,
        "body_language": "fa",
    }
