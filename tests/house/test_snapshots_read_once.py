"""A frozen version's snapshot is read by `curricula.syllabus` alone; others ask a Syllabus.

Whoever takes a snapshot apart by key knows the form of one schema, and breaks at the next.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.ROOT)
READER = "courses/curricula/syllabus.py"
# The model hands the snapshot to the reader, and the action writes it.
HOLDERS = {READER, "courses/curricula/models.py", "courses/curricula/actions.py"}
# These look at the bytes as they are written, or show the rule what it must find.
TESTS_OF_IT = {
    "tests/house/test_snapshots_read_once.py",
    "tests/courses/curricula/test_snapshots.py",
    "tests/courses/curricula/test_versions.py",
    "tests/courses/curricula/test_syllabus.py",
}
# The frozen market of a round is another thing of that name, and typed already.
MARKETS = ("courses/matching/", "tests/courses/matching/", "tests/bench/", "tests/site/test_demo_r")
TAKERS = {"get", "pop", "items", "values", "keys", "setdefault"}
LOOKUP = re.compile(r"(?:^|__)snapshot(?:__\w+)?$")


def taken_apart(source: str, *, market: bool = False, holder: bool = False) -> Iterator[int]:
    """Yield the lines of Python that read a version's snapshot.

    `market` tells that other attributes of the name belong to a round; `holder` that the module
    may pass the snapshot on, yet not read it.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=value) if is_snapshot(value):
                yield node.lineno
            case ast.Attribute(attr=attr, value=value) if attr in TAKERS and is_snapshot(value):
                yield node.lineno
            case ast.Attribute(attr="snapshot", value=owner) if not holder and (
                not market or "version" in ast.unparse(owner)
            ):
                yield node.lineno
            case ast.Constant(value=str(text)) if not (market or holder) and LOOKUP.search(text):
                yield node.lineno
            case ast.keyword(arg=str(text)) if "__" in text and LOOKUP.search(text):
                yield node.lineno


def is_snapshot(node: ast.expr) -> bool:
    """Tell whether an expression is named as a snapshot is, or makes one."""
    match node:
        case ast.Call(func=function):
            return bool(re.search(r"\bsnapshot_of$", ast.unparse(function)))
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name == "snapshot" or name.endswith("_snapshot")
    return False


def taken_apart_in_template(source: str) -> list[str]:
    """Return the readings of a version's snapshot in a template."""
    return re.findall(r"\bsnapshot\.\w+", "".join(re.findall(r"\{[{%].*?[%}]\}", source, re.S)))


def test_no_module_but_the_reader_takes_a_snapshot_apart() -> None:
    found = []
    for folder in ("courses", "site", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name in {READER, *TESTS_OF_IT} or "/migrations/" in name:
                continue
            lines = taken_apart(
                path.read_text(encoding="utf-8"),
                market=name.startswith(MARKETS), holder=name in HOLDERS,
            )  # fmt: skip
            found += [f"{name}:{line}" for line in lines]

    assert found == [], "read `version.syllabus` instead"


def test_no_template_takes_a_snapshot_apart() -> None:
    pages = [path for folder in ("courses", "site") for path in (ROOT / folder).rglob("*.html")]
    read = {path: taken_apart_in_template(path.read_text(encoding="utf-8")) for path in pages}

    assert len(pages) > 100
    assert {path: found for path, found in read.items() if found} == {}


@pytest.mark.parametrize(
    "source",
    [
        'version.snapshot["title"]',
        "intake.version.snapshot[key]",
        'version.snapshot.get("modules")',
        "for key, value in version.snapshot.items(): pass",
        'snapshot["modules"]',
        'version_snapshot["modules"]',
        'snapshot_of(programme)["modules"]',
        "raw = version.snapshot",
        "teaches_wholly(enrolment.intake.version.snapshot)",
        'versions.values_list("number", "snapshot__title")',
        'Intake.objects.filter(version__snapshot__code="x")',
        'versions.values_list("snapshot", flat=True)',
    ],
)
def test_the_rule_finds_every_way_to_take_one_apart(source: str) -> None:
    assert list(taken_apart(source)) != []


@pytest.mark.parametrize(
    "source",
    ['version.snapshot["title"]', "raw = intake.version.snapshot", 'snapshot["modules"]'],
)
def test_the_rule_holds_where_markets_are_frozen(source: str) -> None:
    assert list(taken_apart(source, market=True)) != []


def test_the_rule_holds_where_a_snapshot_is_passed_on() -> None:
    assert list(taken_apart('self.snapshot["title"]', holder=True)) == [1]
    assert list(taken_apart("read(self.snapshot)", holder=True)) == []


@pytest.mark.parametrize(
    ("source", "market"),
    [
        ("version.syllabus.title", False),
        ("Snapshot.from_bytes(content)", False),
        ("round.snapshot_sha256", False),
        ("frozen.snapshot.vacancies[0].code", True),
    ],
)
def test_the_rule_leaves_other_readings_alone(source: str, market: bool) -> None:
    assert list(taken_apart(source, market=market)) == []


def test_the_rule_reads_templates() -> None:
    assert taken_apart_in_template("{{ intake.version.snapshot.summary }}") == ["snapshot.summary"]
    assert taken_apart_in_template("{% if a.snapshot.level %}x{% endif %}") == ["snapshot.level"]
    assert taken_apart_in_template("snapshot.bin {{ round.snapshot_sha256 }}") == []
