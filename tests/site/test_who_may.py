"""The page of who may what against the rooms' own tables: two hands must write the same."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser

from courses.kit.rights import ABILITIES, Predicate, may, predicate
from courses.organisations.models import ROLES_OF_KIND
from courses.organisations.queries import memberships_of
from courses.organisations.rights import Holds
from tests.site.who_may import CAST, RIGHTS, Right, who
from tests.site.world import World, built, world

pytestmark = pytest.mark.django_db

__all__ = ["built", "world"]


def have(world: World, line: Right) -> set[str]:
    """Return who of the cast has an ability, as the site answers."""
    thing = line.about(world)
    return {name for name in CAST if may(who(world, name) or AnonymousUser(), line.ability, thing)}


def test_site_answers_what_the_page_says(world: World) -> None:
    answers = {(n, line.ability): have(world, line) for n, line in enumerate(RIGHTS)}

    assert answers == {(n, line.ability): line.who for n, line in enumerate(RIGHTS)}


def test_every_ability_stands_on_the_page() -> None:
    assert {line.ability for line in RIGHTS} == set(ABILITIES)


def widened(asked: Predicate) -> Iterator[Predicate]:
    """Return an ability as a slip of the pen would give it: to everybody, to one role more."""
    yield predicate(lambda: True)
    if isinstance(asked, Holds) and not asked.kind:
        others = [roles for roles in ROLES_OF_KIND.values() if roles & asked.roles]
        for role in sorted(set[str]().union(*others) - asked.roles):
            yield Holds(*asked.roles, role, of=asked.of)
    elif isinstance(asked, Holds):
        yield predicate(lambda user: memberships_of(user).filter(role__in=asked.roles).exists())


@pytest.mark.parametrize("ability", sorted({line.ability for line in RIGHTS}))
def test_ability_that_is_given_to_more_or_to_nobody_is_seen(
    world: World, ability: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line for line in RIGHTS if line.ability == ability]
    alive = []
    for mutant in [predicate(lambda: False), *widened(ABILITIES[ability])]:
        with monkeypatch.context() as patch:
            patch.setitem(ABILITIES, ability, mutant)
            if all(line.who == have(world, line) for line in lines):
                alive.append(str(mutant))

    assert alive == []
