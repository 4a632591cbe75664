"""An editor meets Persian on the screens of the admin she uses, whoever wrote their words."""

import re
from pathlib import Path

import polib
import pytest
import wagtail.admin
from django.conf import settings
from django.urls import reverse

from courses.organisations.models import SchoolPage
from courses.people.models import User
from tests.cast import SignIn
from tests.site.test_digits import Words

# What is Latin in Persian too: the maker's name, file types, codes.
LATIN = {
    "http", "domain", "com", "blog", "slug", "Wagtail", "JavaScript", "JPG", "JPEG", "PNG", "WEBP",
    "EQF", "Root", "English",
}  # fmt: skip


class EveryWord(Words):
    """Collects what is read on a page or read aloud, attributes too."""

    KEPT = ("script", "style", "template", "textarea")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go in; labels are words."""
        super().handle_starttag(tag, attrs)
        for name, value in attrs:
            if name in {"aria-label", "placeholder", "title"}:
                self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        """Keep words of Latin letters that are no code (`s03`) and not Latin in Persian too."""
        if not any(self.open):
            words = set(re.findall(r"\b[A-Za-z]{3,}\b", data)) - LATIN
            self.found += [data.strip()] if words else []


@pytest.mark.django_db
def test_editors_screens_are_persian(sown_site: str, signed_in: SignIn) -> None:
    client = signed_in(User.objects.get(username="demo-editor"))
    page = SchoolPage.objects.get(organisation__code="s03", locale__language_code="fa")
    paths = [
        "/admin/", "/admin/pages/", "/admin/pages/search/?q=کیف", "/admin/images/",
        "/admin/images/add/", "/admin/documents/", "/admin/documents/multiple/add/",
        "/admin/account/",
        *(
            reverse(f"wagtailadmin_pages:{name}", args=[page.pk])
            for name in ("edit", "history", "usage", "delete", "unpublish", "copy")
        ),
        reverse("wagtailadmin_pages:add", args=["curricula", "programmepage", page.pk]),
        reverse("wagtailadmin_explore", args=[page.pk]),
        reverse("wagtailimages_chooser:choose"),
    ]  # fmt: skip

    english: dict[str, list[str]] = {}
    for path in paths:
        answer = client.get(path, follow=True)
        assert answer.status_code == 200
        words = EveryWord()
        words.feed("<body" + answer.content.decode().partition("<body")[2])
        if words.found:
            english[path] = words.found
    assert english == {}


def test_every_word_of_the_admins_scripts_has_its_persian() -> None:
    upstream = Path(wagtail.admin.__file__).parent / "locale"
    asked = polib.pofile(str(upstream / "en/LC_MESSAGES/djangojs.po"))
    theirs = polib.pofile(str(upstream / "fa/LC_MESSAGES/djangojs.po"))
    ours = polib.pofile(str(settings.SITE / "locale_upstream/fa/LC_MESSAGES/djangojs.po"))

    there = {entry.msgid for po in (theirs, ours) for entry in po if entry.translated()}

    assert {entry.msgid for entry in asked} - there == set()
