"""A roster comes in as it went out."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.imports.oneroster import (
    AcademicSession,
    Bundle,
    ClassGroup,
    Course,
    Enrolment,
    Org,
    Person,
    Post,
    UnreadableBundle,
    read_bundle,
    write_bundle,
)
from courses.imports.oneroster.standard import (
    CLASS_ROLES,
    HEADERS,
    ORG_TYPES,
    ROLES,
    SESSION_TYPES,
    SEXES,
)
from tests.courses.imports.rosters import AT, TABRIZ, WRITTEN, changed, identifier, swap, zipped

one_line = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12) | st.sampled_from(
    ["=1+1", "'=x", "+98914", "NULL", '"', "a,b", "لیلا‌جان", "\ufeff"]
)


said = one_line.filter(str.strip)


days = st.dates(date(1300, 1, 1), date(9000, 1, 1))


uuids = st.integers(min_value=10**6, max_value=2**120)


def words(vocabulary: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from([*vocabulary, "ext:guild"])


@st.composite
def spans(draw: Any) -> tuple[date | None, date | None]:
    begin, end = draw(st.none() | days), draw(st.none() | days)
    return (end, begin) if begin and end and end < begin else (begin, end)


@st.composite
def bundles(draw: Any) -> Bundle:
    numbers = iter(draw(st.lists(uuids, min_size=24, max_size=24, unique=True)))

    def new() -> str:
        return identifier(next(numbers))

    def some(made: list[Any], *, blank: bool = True) -> str:
        return draw(st.sampled_from(([""] if blank else []) + [row.sourced_id for row in made]))

    def times(most: int, *needed: list[Any]) -> range:
        return range(draw(st.integers(0, most)) if all(needed) else 0)

    orgs: list[Org] = []
    for _ in times(3):
        orgs.append(Org(new(), draw(said), draw(words(ORG_TYPES)), draw(one_line), some(orgs)))
    sessions: list[AcademicSession] = []
    for _ in times(3):
        begin, end = sorted([draw(days), draw(days)])
        year, kind = draw(st.integers(1, 9999)), draw(words(SESSION_TYPES))
        sessions.append(AcademicSession(new(), draw(said), begin, end, year, kind, some(sessions)))
    courses = [
        Course(new(), draw(said), some(orgs, blank=False), draw(one_line), some(sessions))
        for _ in times(2, orgs)
    ]
    terms = st.lists(st.sampled_from([s.sourced_id for s in sessions] or [""]), min_size=1)
    classes = [
        ClassGroup(
            new(), draw(said), some(courses, blank=False), some(orgs, blank=False),
            tuple(draw(terms.filter(bool))[:3]), draw(one_line), draw(words(("scheduled",))),
            draw(one_line),
        )
        for _ in times(2, courses, sessions)
    ]  # fmt: skip
    people = [
        Person(
            new(), draw(said), draw(said), draw(words(ROLES)), some(orgs, blank=False),
            draw(one_line), draw(one_line), draw(st.none() | days), draw(words(("", *SEXES))),
            draw(st.just("") | said), draw(st.booleans()),
            tuple(Post(some(orgs, blank=False), draw(words(ROLES))) for _ in times(2)),
        )
        for _ in times(3, orgs)
    ]  # fmt: skip
    enrolments = [
        Enrolment(
            new(), some(people, blank=False), some(classes, blank=False),
            draw(words(CLASS_ROLES)), *draw(spans()), draw(one_line),
        )
        for _ in times(3, people, classes)
    ]  # fmt: skip
    return Bundle(
        tuple(orgs), tuple(sessions), tuple(courses), tuple(classes), tuple(people),
        tuple(enrolments),
    )  # fmt: skip


@settings(max_examples=300)
@given(bundles())
def test_a_bundle_comes_back_as_it_went(bundle: Bundle) -> None:
    assert read_bundle(write_bundle(bundle, at=AT)) == bundle


def test_the_named_bundle_comes_back() -> None:
    assert read_bundle(zipped(WRITTEN)) == TABRIZ


@pytest.mark.parametrize(
    "data",
    [
        changed(orgs=lambda content: b"\xef\xbb\xbf" + content),
        changed(orgs=lambda content: content.replace(b"\r\n", b"\n")),
        changed(orgs=lambda content: content + b"\r\n\r\n"),
        changed(manifest=swap("1.2", "1.2.1")),
        changed(manifest=swap("file.userResources,absent\r\n", "")),
        changed(
            users=lambda content: b"\r\n".join(
                b",".join([*line.split(b",")[:17], extra, *line.split(b",")[17:]])
                for line, extra in zip(
                    content.split(b"\r\n")[:3], [b"resourceSourcedIds", b"", b""], strict=True
                )
            )
        ),
        changed(
            orgs=lambda c: c.replace(b"Id\r\n", b"Id,metadata.x\r\n").replace(b"1360,", b"1360,,")
        ),
        changed(lineItems=b"x", manifest=swap("lineItems,absent", "lineItems,bulk")),
        changed(users=swap(",,,+989140000000", ",,+989140000000,")),
        changed(roles=lambda c: b"".join(c.splitlines(keepends=True)[i] for i in (0, 3, 1, 2))),
    ],
    ids=["bom", "lf", "blank", "1.2.1", "silent", "1.2", "metadata", "more", "sms", "order"],
)  # fmt: skip
def test_what_others_write_in_their_way_is_read(data: bytes) -> None:
    assert read_bundle(data) == TABRIZ


def test_a_table_with_its_header_only_is_empty() -> None:
    header = ",".join(HEADERS["demographics"]).encode() + b"\r\n"
    people = read_bundle(changed(demographics=header)).people
    assert [person.birth_date for person in people] == [None, None]


def test_somebody_without_a_chief_role_has_the_first_one() -> None:
    people = read_bundle(changed(roles=swap("primary", "secondary"))).people
    assert people == TABRIZ.people


@given(st.data())
@settings(max_examples=500)
def test_a_mutated_bundle_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    whole = data.draw(st.booleans())
    name = data.draw(st.sampled_from(list(WRITTEN)))
    content = bytearray(zipped(WRITTEN) if whole else WRITTEN[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        content = content or bytearray(b"x")
    mutated = bytes(content) if whole else zipped({**WRITTEN, name: bytes(content)})
    with suppress(UnreadableBundle):
        assert isinstance(read_bundle(mutated), Bundle)
