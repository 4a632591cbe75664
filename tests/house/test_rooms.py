"""The site asks the registry of rooms; what it still names by hand gets fewer, never more."""

import ast
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from courses.kit.rooms import navigation, rooms, search_sources

# Modules that walk every room asking, and so may know none by name.
ASK_THE_REGISTRY = ("javar/frame.py", "javar/search/views.py", "javar/urls.py")
# What they may know beside the kit: the bell's number stands on every page.
MAY_KNOW = {"javar/frame.py": {"courses.notices.queries"}}


def rooms_named_in(path: Path) -> set[str]:
    """Return the modules of rooms that a module imports or names, the kit apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {name for name in named if name and name.startswith("courses.") and ".kit" not in name}


def test_what_walks_all_rooms_names_none() -> None:
    named = {path: rooms_named_in(Path(settings.SITE) / path) for path in ASK_THE_REGISTRY}

    assert named == {path: MAY_KNOW.get(path, set()) for path in ASK_THE_REGISTRY}


def test_every_room_is_a_room_and_what_it_declares_is_there() -> None:
    declared = {room.name for room in rooms()}

    assert declared == {name for name in settings.INSTALLED_APPS if name.startswith("courses.")}
    assert all(callable(room.declared(room.next_steps)) for room in rooms() if room.next_steps)
    assert all(callable(search) for _heading, search in search_sources())
    assert all(reverse(entry.address).startswith("/") for entry in navigation())
    assert {room.label for room in rooms() if room.urls} == {
        "matching", "learning", "enrolment", "vacancies", "imports", "notices",
    }  # fmt: skip
