"""Looking at a page as somebody, and at what a wrong form answers."""

import re
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, override

from courses.people.models import User
from tests.cast import SignIn


def answers(signed_in: SignIn, who: list[User | None], path: str, method: str = "get") -> list[int]:
    """Return what a page answers to each of them; None is nobody."""
    return [getattr(signed_in(user), method)(path).status_code for user in who]


def sent_to_sign_in(response: Any, path: str) -> bool:
    """Return whether an answer leads to the sign-in and from there back to a page."""
    return (response.status_code, response.url) == (302, f"{reverse('account_login')}?next={path}")


def faulty_fields(page: str) -> list[str]:
    """Return the ids the one error summary links to; every one must stand in the page once."""
    assert page.count('id="errors"') == 1
    summary = re.search(r'id="errors".*?</ul>', page, re.DOTALL)
    assert summary is not None
    linked = re.findall(r'href="#([^"]+)"', summary[0])
    assert [page.count(f'id="{target}"') for target in linked] == [1] * len(linked)
    return linked


def said(words: str) -> str:
    """Return some words as the Persian pages say them."""
    with override("fa"):
        return gettext(words)
