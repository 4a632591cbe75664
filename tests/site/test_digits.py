"""Persian pages write Persian digits, telephone numbers as people do, and names as they are."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils.html import format_html
from django.utils.translation import override

from courses.enrolment.models import Enrolment, Intake
from courses.kit.persian import local_digits
from courses.people.models import User
from javar.demo import PASSWORD
from tests.cast import People, SignIn, prove


class Words(HTMLParser):
    """Collects the words of a page, without codes, links to files and what is typed."""

    KEPT = ("script", "style", "code", "svg", "option", "textarea", "title")
    EMPTY = ("br", "hr", "img", "input", "link", "meta", "wbr", "path", "use", "source")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go in, and note whether what is in there is a code."""
        if tag not in self.EMPTY:
            said = dict(attrs)
            classes = (said.get("class") or "").split()
            self.open.append(tag in self.KEPT or "code" in classes or "hidden" in said)

    def handle_endtag(self, tag: str) -> None:
        """Come out."""
        if tag not in self.EMPTY and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Keep words that hold a Latin digit and are no name with Latin letters."""
        if not any(self.open):
            plain = re.sub(r"[\w.@:/+*-]*[A-Za-z][\w.@:/+*-]*", "", data, flags=re.ASCII)
            if re.search(r"[0-9]", plain):
                self.found.append(data.strip())


def latin_digits(page: str) -> list[str]:
    """Return the words of a page that hold Latin digits."""
    words = Words()
    words.feed(page)
    return words.found


def drawn(template: str, **values: Any) -> str:
    """Return a template with values."""
    return Template(template).render(Context(values))


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        ("+989141234567", "fa", '<bdi class="num" dir="ltr">۰۹۱۴ ۱۲۳ ۴۵۶۷</bdi>'),
        ("0914 123 45 67", "fa", '<bdi class="num" dir="ltr">۰۹۱۴ ۱۲۳ ۴۵۶۷</bdi>'),
        ("+989141234567", "en", '<bdi class="num" dir="ltr">0914 123 4567</bdi>'),
        ("0914 ••• 67", "fa", '<bdi class="num" dir="ltr">۰۹۱۴ ••• ۶۷</bdi>'),
        ("a1•••@b.example", "fa", '<bdi class="code">a1•••@b.example</bdi>'),
        ("a1@b.example", "fa", '<bdi class="code">a1@b.example</bdi>'),
        ("<b>", "fa", '<bdi class="code">&lt;b&gt;</bdi>'),
    ],
)
def test_contact_is_written_as_people_write_it(value: str, language: str, shown: str) -> None:
    with override(language):
        assert drawn("{{ value|contact }}", value=value) == shown


def test_names_and_entities_keep_their_digits() -> None:
    with override("fa"):
        assert (
            local_digits("keeper-2 در ۳ و 12:45، list2.csv") == "keeper-2 در ۳ و ۱۲:۴۵، list2.csv"
        )
        said = format_html("«{}» 4", "it's")
        assert drawn("{{ said|digits }}", said=said) == "«it&#x27;s» ۴"
        assert drawn("{{ said|digits }}", said="<i> 4") == "&lt;i&gt; ۴"


@pytest.mark.django_db
def test_whoever_signs_in_is_greeted_by_the_name_they_typed(people: People) -> None:
    people.aylin.username = "aylin-2"
    people.aylin.set_password(PASSWORD)
    people.aylin.save()

    client = Client()
    typed = {"login": "aylin-2", "password": PASSWORD}
    page = client.post("/account/login/", typed, follow=True).content.decode()

    assert "aylin-2" in page
    assert "aylin-۲" not in page


@pytest.mark.django_db
def test_numbers_are_shown_spaced_on_every_page_of_ones_own(
    people: People, signed_in: SignIn
) -> None:
    client = signed_in(prove(people.aylin, mobile="+989141234567"))

    for path in ("/account/contacts/", "/account/contacts/mobile/remove/", "/my/notices/choices/"):
        page = client.get(path).content.decode()
        assert "۰۹۱۴ ۱۲۳ ۴۵۶۷" in page
        assert "+98914" not in page


@pytest.mark.django_db
def test_sown_pages_hold_no_latin_digit(sown_site: str, signed_in: SignIn) -> None:
    place = Enrolment.objects.get(student__username="demo-student")
    intake = Intake.objects.get(code="s03-leather-goods-saraji-next")
    pages = {
        "demo-student": [
            "/my/", "/my/places/", "/my/notices/", "/my/wishes/", "/account/sessions/",
            f"/enrolments/{place.public_id}/", f"/learn/{place.public_id}/",
        ],
        "demo-registrar": [
            "/my/", f"/enrolments/{place.public_id}/", f"/intakes/{place.intake.public_id}/roster/",
            f"/imports/new/enrolment.students/{intake.public_id}/",
            f"/intakes/{place.intake.public_id}/progress/",
        ],
        "demo-firm": ["/my/"],
        "demo-officer": ["/my/", "/rounds/r-sample-1/"],
        "demo-admin": ["/my/", "/my/upkeep/", "/my/notices/outbox/", "/my/upkeep/sign-ins/"],
    }  # fmt: skip

    wrong: dict[str, list[str]] = {}
    for name, paths in pages.items():
        client = signed_in(User.objects.get(username=name))
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200
            if found := latin_digits(answer.content.decode()):
                wrong[f"{name} {path}"] = found
    assert wrong == {}
