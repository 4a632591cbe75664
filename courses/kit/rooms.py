"""A room of the domain, and what it declares to the site in its `apps.py`.

The site asks the registry, never a room by name: a new room is a folder, a line in
INSTALLED_APPS and a line in the layers. What is declared is named by its place inside the room
("next_steps.next_steps"), because models cannot be imported while apps are being gathered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from courses.kit.steps import Step


@dataclass(frozen=True)
class NavEntry:
    """An entry of the navigation: a URL name, its label and icon.

    It stands for whoever may `ability` somewhere; without one it stands for everybody.
    """

    address: str
    label: Promise
    icon: str
    ability: str = ""


@dataclass(frozen=True)
class SearchResult:
    """A thing that a search found: its name, its address, and what stands beside the name."""

    title: str
    url: str
    beside: str = ""


@dataclass(frozen=True)
class SearchSource:
    """What the one box finds in a room: `find(asked, at)` returns `SearchResult`s, in order.

    Sources stand by `rank` (lower first) on the page of results.
    """

    heading: Promise
    find: str
    rank: int


class Room(AppConfig):
    """A room; every declaration may be left out."""

    # `next_steps(user, at)`: what somebody should do now.
    next_steps: str = ""
    navigation: tuple[NavEntry, ...] = ()
    search: tuple[SearchSource, ...] = ()

    def declared(self, place: str) -> Any:
        """Return what stands at a place of this room."""
        return import_string(f"{self.name}.{place}")

    @property
    def urls(self) -> str | None:
        """The room's map of addresses, where it has one."""
        place = f"{self.name}.urls"
        return place if find_spec(place) else None


def rooms() -> list[Room]:
    """Return all rooms, top floor first, as INSTALLED_APPS lists them."""
    return [config for config in apps.get_app_configs() if isinstance(config, Room)]


def next_steps(user: Any, at: datetime) -> Iterator[Step]:
    """Ask every room what this person should do next."""
    for room in rooms():
        if room.next_steps:
            yield from room.declared(room.next_steps)(user, at)


def navigation() -> list[NavEntry]:
    """Return the entries of all rooms."""
    return [entry for room in rooms() for entry in room.navigation]


def search_sources() -> list[tuple[Promise, Callable[[str, datetime], list[SearchResult]]]]:
    """Return heading and finder of every room's sources, in the order of the page."""
    found = [(source, room) for room in rooms() for source in room.search]
    found.sort(key=lambda pair: pair[0].rank)
    return [(source.heading, room.declared(source.find)) for source, room in found]
