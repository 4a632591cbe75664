"""What stands in the navigation is what somebody may do, and every entry opens for them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from courses.kit.rooms import navigation
from javar.frame import UPKEEP
from tests.cast import SignIn
from tests.site.who_may import CAST, have, who
from tests.site.world import World, built, world

pytestmark = pytest.mark.django_db

__all__ = ["built", "world"]

# By hand: whom each entry is for, beside the public ones and one's own pages.
ENTRIES = {
    "matching:round_list": "matching.run_rounds",
    "upkeep:upkeep_detail": "site.keep",
    "matching:wish_list": "matching.keep_wishes",
}


def links(client: Client) -> set[str]:
    """Return the addresses in the navigation of a page."""
    page = client.get(reverse("vacancies:vacancy_list")).content.decode()
    found = re.search(r'<nav class="nav".*?</nav>', page, re.DOTALL)
    assert found
    return set(re.findall(r'href="([^"]+)"', found.group()))


def test_navigation_is_what_one_may_and_opens(world: World, signed_in: SignIn) -> None:
    shown, shut = {}, {}
    for name in CAST:
        client = signed_in(who(world, name))
        found = links(client)
        shown[name] = {entry for entry in ENTRIES if reverse(entry) in found}
        # The pages of the site's tree are not in this world.
        ours = found - {"/", "/programmes/", "/schools/"}
        shut[name] = {link for link in ours if client.get(link).status_code != 200}

    assert shown == {
        name: {entry for entry, ability in ENTRIES.items() if name in have(ability)}
        for name in CAST
    }
    assert not any(shut.values()), shut
    declared = {entry.address: entry.ability for entry in [*navigation(), UPKEEP] if entry.ability}
    assert declared == ENTRIES
