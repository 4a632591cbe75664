"""Roles have names in few places; everything else asks abilities, and only those there are."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from courses.kit.rights import ABILITIES
from courses.organisations.models import Role

# Where a role may be called by its name: what it is, what it may, the demo.
NAMES_ROLES = re.compile(
    r"courses/organisations/|/rights\.py$|site/javar/demo_seeding\.py$|/migrations/"
)
ASKED = re.compile(
    r"""(?:may|must|where_may|who_may|who_may_each|asks)\(\s*(?:[\w.()]+,\s*)?"([\w.]+)"|"""
    r"""\{% may "([\w.]+)\""""
)


def sources(*kinds: str) -> Iterator[tuple[str, str]]:
    """Return every file of ours of some kinds, with its text."""
    for top in ("courses", "site"):
        for kind in kinds:
            for path in sorted(Path(settings.ROOT, top).rglob(f"*.{kind}")):
                yield str(path.relative_to(settings.ROOT)), path.read_text()


def test_roles_are_named_where_their_rights_stand() -> None:
    named = {
        path
        for path, text in sources("py")
        if re.search(r"\bRole\b|\borganisations_where\b|organisations\.queries\.members\b", text)
        and not NAMES_ROLES.search(path)
    }
    assert named == set()


def test_sessions_of_every_role_end() -> None:
    assert set(settings.SESSION_MINUTES) == {*Role.values, "keeper"}


def test_abilities_that_are_asked_are_declared() -> None:
    asked = {
        (path, first or second)
        for path, text in sources("py", "html")
        for first, second in ASKED.findall(text)
    }
    assert len(asked) > 50
    assert {(path, name) for path, name in asked if name not in ABILITIES} == set()


def test_every_ability_is_asked_by_its_name() -> None:
    texts = [text for path, text in sources("py", "html") if not path.endswith("/rights.py")]
    assert {name for name in ABILITIES if not any(f'"{name}"' in text for text in texts)} == set()


def test_no_room_asks_an_ability_of_a_room_above() -> None:
    told = tomllib.loads(Path(settings.ROOT, "pyproject.toml").read_text())
    (floors,) = (
        contract["layers"]
        for contract in told["tool"]["importlinter"]["contracts"]
        if contract["name"] == "The rooms, top floor first"
    )
    height = {
        room.strip(" ()"): -number
        for number, floor in enumerate(floors)
        for room in floor.split("|")
    }
    upward = {
        (path, first or second)
        for path, text in sources("py", "html")
        if path.startswith("courses/")
        for first, second in ASKED.findall(text)
        for own, other in [(path.split("/")[1], (first or second).split(".")[0])]
        if own != other and height.get(other, 1) >= height[own]
    }
    assert upward == set()
