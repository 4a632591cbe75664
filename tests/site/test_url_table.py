"""Everybody knocks at every address of ours and is answered as the table says."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import databases
from tests.cast import SignIn
from tests.site.url_table import TABLE, Row
from tests.site.who_may import CAST, who
from tests.site.world import World, built, world

pytestmark = pytest.mark.django_db

__all__ = ["built", "world"]

ANSWERS = {200: ".", 302: ">", 403: "3", 404: "4", 405: "5", 409: "9", 422: "2", 500: "!", 503: "x"}


@pytest.mark.parametrize("row", TABLE, ids=[f"{n}-{row.name}" for n, row in enumerate(TABLE)])
def test_door(row: Row, world: World, signed_in: SignIn) -> None:
    path = reverse(row.name, args=row.args(world))
    clients = [signed_in(who(world, name)) for name in CAST]
    answers = "".join(_answer(client, row, path) for client in clients)
    assert answers == row.answers, f"{row.name}: {dict(zip(CAST, answers, strict=True))}"


def _answer(client: Client, row: Row, path: str) -> str:
    """Ask and take back whatever was changed, so that the next one finds the same world."""
    with databases.undone():
        response = getattr(client, row.method)(path, dict(row.data))
    if response.status_code == 302 and response.headers["Location"].startswith(
        reverse("account_login") + "?next="
    ):
        return ">" if row.name == "admin_sign_in" else "i"
    return ANSWERS[response.status_code]


OUR_VIEWS = [row for row in TABLE if ":" in row.name]


@pytest.mark.parametrize("row", OUR_VIEWS, ids=[f"{n}-{r.name}" for n, r in enumerate(OUR_VIEWS)])
def test_door_is_opened_by_its_own_method_alone(row: Row, world: World, signed_in: SignIn) -> None:
    path = reverse(row.name, args=row.args(world))
    assert signed_in(world.people.owner).delete(path).status_code == 405


def _names(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern.url_patterns, space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{prefix}{pattern.name}", pattern.callback.__module__


def test_every_address_of_ours_is_in_the_table() -> None:
    patterns = get_resolver().url_patterns
    ours = {
        name
        for name, module in _names(patterns)
        if module.startswith("courses.")
        or (module.startswith("javar.") and not module.startswith("javar.editors"))
    }
    own_lines = {p.name for p in patterns if isinstance(p, URLPattern) and p.name}
    assert {row.name for row in TABLE} == ours | own_lines
