"""A browser is asked whether an address that a stranger wrote leads it away from this site.

What a browser makes of odd signs is its own affair; `someone` fails where it asks another host.
"""

from urllib.parse import quote

import pytest

from tests.journeys.conftest import Someone

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

# Behind `next=`, decoded once by the server, and read by the browser in a Location.
NEXT = [
    "/%09/evil.example/",
    "/%0d/evil.example/",
    "/%5cevil.example/",
    "/%5c/evil.example/",
    "/%2f/evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "/.//evil.example/",
    "/%2e%2e//evil.example/",
    "/en/../..//evil.example/",
    "/;//evil.example/",
    "/\u2028/evil.example/",
    "//evil\u3002example/",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "//evil.example\\@127.0.0.1/",
    "evil.example",
    ".evil.example",
    "#//evil.example",
    "javascript:location='//evil.example'",
]
DOORS = ["/account/login/", "/account/signup/", "/account/login/code/", "/admin/login/"]


@pytest.mark.parametrize("door", DOORS)
def test_no_way_on_leaves_the_site(someone: Someone, door: str) -> None:
    page = someone("demo-student")

    for way in NEXT:
        answer = page.goto(f"{door}?next={quote(way, safe='')}", wait_until="domcontentloaded")

        assert answer is not None
        assert answer.status in {200, 403, 404}, way
        # The page it came to, if it is the one that says that nothing is here, keeps one here too.
        for link in page.locator("a[href]").evaluate_all("links => links.map(a => a.host)"):
            assert link == page.evaluate("location.host"), way
