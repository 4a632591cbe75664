"""A few kinds of notice that no room declares, and somebody who can be reached."""

from collections.abc import Iterator

import pytest

from courses.notices.kinds import KINDS, declare
from courses.people.models import User
from tests.cast import People, prove

MOBILE, EMAIL = "+989140000000", "aylin@example.org"


@pytest.fixture
def kinds() -> Iterator[None]:
    """Declare one kind of each sort, all of one group."""
    declare("test.plain", "Plain %(n)s", group="learning")
    declare("test.sms", "Long %(n)s", sms="Short %(n)s %(link)s", group="learning")
    declare("test.legal", "Legal %(n)s", legal=True, group="learning")
    declare("test.urgent", "Urgent", sms="Now", urgent=True, group="enrolment")
    yield
    for code in ("test.plain", "test.sms", "test.legal", "test.urgent"):
        del KINDS[code]


@pytest.fixture
def aylin(people: People, kinds: None) -> User:
    """Aylin with a mobile and an e-mail, both proven."""
    return prove(people.aylin, mobile=MOBILE, email=EMAIL)
