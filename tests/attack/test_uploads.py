"""Hostile files through every door that takes one: a sentence, no error, nothing hidden kept."""

import io
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from courses.enrolment.models import Enrolment
from courses.kit.uploads import carries_more, picture_kind
from courses.organisations.actions import furnish_desk
from courses.organisations.models import Organisation
from courses.people.models import User
from tests import databases
from tests.attack.addresses import Names, patterns
from tests.attack.forms import read_forms
from tests.attack.hostile_files import CANARY, bent, whole
from tests.courses.kit.files import JPEG

pytestmark = [pytest.mark.attack, pytest.mark.django_db, pytest.mark.usefixtures("sown_site")]

DEEP = os.environ.get("JAVAR_DEEP") == "1"
# Whole and bent files together, over all doors: 500, or a tenth.
BENT = 25 if DEEP else 1
WHOLE = slice(None) if DEEP else slice(0, None, 9)

# Every door that takes a file: who stands before it, where it is, what the field is called.
DOORS: dict[str, tuple[str, str, str]] = {
    "paper": ("demo-student", "/enrolments/{place}/papers/", "file"),
    "consent": ("demo-registrar", "/enrolments/{place}/consent/", "scan"),
    "import": ("demo-registrar", "/imports/new/enrolment.students/{intake}/", "file"),
    "picture": ("demo-editor", "/admin/images/add/", "file"),
    "pictures": ("demo-editor", "/admin/images/multiple/add/", "files[]"),
    "chosen picture": ("demo-editor", "/admin/images/chooser/create/", "image-chooser-upload-file"),
    "replaced picture": ("demo-editor", "/admin/images/{image}/", "file"),
    "document": ("demo-editor", "/admin/documents/add/", "file"),
    "documents": ("demo-editor", "/admin/documents/multiple/add/", "files[]"),
    "chosen document": (
        "demo-editor", "/admin/documents/chooser/create/", "document-chooser-upload-file",
    ),
    "replaced document": ("demo-editor", "/admin/documents/edit/{document}/", "file"),
    "portrait": ("demo-editor", "/admin/account/", "avatar-avatar"),
}  # fmt: skip
# Where the page with the form is another than where it is sent.
SHOWN_AT = {
    "chosen picture": "/admin/images/chooser/",
    "chosen document": "/admin/documents/chooser/",
}


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path: Path) -> Path:
    """Keep what is uploaded away from everybody else's."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def names(own_media: Path) -> dict[str, str]:
    """What the addresses are about."""
    place = Enrolment.objects.get(student__username="demo-student")
    collection = furnish_desk(Organisation.objects.get(code="s03")).collection
    picture = get_image_model().objects.create(
        title="a", collection=collection, width=64, height=48,
        file=SimpleUploadedFile("old.jpg", JPEG),
    )  # fmt: skip
    document = get_document_model().objects.create(
        title="a", collection=collection, file=SimpleUploadedFile("old.txt", b"old")
    )
    return {
        "place": str(place.public_id), "intake": str(place.intake.public_id),
        "image": str(picture.pk), "document": str(document.pk),
    }  # fmt: skip


def files_for(door: str) -> Iterator[tuple[str, bytes]]:
    yield from whole()[WHOLE]
    yield from bent(BENT, seed=len(door))


def signed_in_as(who: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username=who))
    return client


@pytest.mark.parametrize("door", DOORS)
def test_a_hostile_file_is_answered_and_hides_nothing(
    door: str, names: dict[str, str], own_media: Path, settings: Any
) -> None:
    who, path, field = DOORS[door]
    path = path.format(**names)
    client = signed_in_as(who)
    shown = client.get(SHOWN_AT.get(door, path))
    assert shown.status_code == 200, shown.status_code
    fields, _files = read_forms(shown.content.decode())
    sent = 0
    there = {path: path.read_bytes() for path in own_media.rglob("*") if path.is_file()}
    for name, data in files_for(door):
        typed = {key: value for key, value in fields.items() if key not in {field, "avatar-avatar"}}
        title = next((key for key in typed if key.endswith("title")), "title")
        with databases.undone():
            file = io.BytesIO(data)
            # As a browser's sender may name it: Django's own class of a file would refuse some.
            file.name = name
            answer = client.post(path, typed | {title: "x", field: file})
        # The row is taken back; the file that was replaced is gone for good, so it is laid back.
        for old, content in there.items():
            if not old.exists():
                old.write_bytes(content)
        assert answer.status_code in {200, 302, 409, 422, 400, 403}, (name, data[:80], answer)
        sent += 1
    assert sent >= 5
    for folder in (own_media, Path(settings.PRIVATE_ROOT)):
        for kept in folder.rglob("*"):
            if kept.is_file():
                assert_bare(kept)


def assert_bare(kept: Path) -> None:
    """A kept picture is its pixels alone; what is private was redrawn too."""
    data = kept.read_bytes()
    kind = picture_kind(kept.name) or {b"\xff\xd8": "jpeg", b"\x89P": "png"}.get(data[:2])
    if kind:
        assert not carries_more(kind, data), kept
        assert CANARY not in data


def test_every_door_that_takes_a_file_is_on_the_list(names: dict[str, str]) -> None:
    known = {field for _who, _path, field in DOORS.values()}
    found: dict[str, str] = {}
    there = Names.there()
    there.uuids[:0] = [names["place"], names["intake"]]
    for who in ("demo-student", "demo-registrar", "demo-firm", "demo-officer", "demo-admin"):
        client = signed_in_as(who)
        for path in _filled(there, names):
            answer = client.get(path)
            if answer.status_code == 200 and not answer.streaming:
                _fields, files = read_forms(answer.content.decode(errors="replace"))
                found |= {field: path for field in files if field not in known}
    assert found == {}


def _filled(there: Names, names: dict[str, str]) -> Iterator[str]:
    """Yield every address once, filled with what the doors are about."""
    numbers = Names(
        uuids=[names["place"]], numbers=[int(names["image"])], words=["enrolment.students"]
    )
    intake = Names(uuids=[names["intake"]], numbers=there.numbers[:1], words=["enrolment.students"])
    for address in patterns():
        if "logout" in address.route or address.route.startswith("/admin/api"):
            continue
        for some in (numbers, intake):
            try:
                yield some.fill(address, random.Random(3))
            except (NoReverseMatch, IndexError):
                continue
