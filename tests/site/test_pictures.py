"""Published pictures: whichever door they come through, they show their pixels and nothing else."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from wagtail.images import get_image_model
from wagtail.models import Collection, UploadedFile

from courses.kit.uploads import DisguisedDocument, PictureUnderAnotherName, carries_more
from courses.organisations.actions import furnish_desk
from tests.cast import People
from tests.courses.kit.files import HTML, PDF, drawn, saved, zipped

pytestmark = pytest.mark.django_db

CANARY = b"ZQ-38.0962N-46.2738E"


def remarks() -> Image.Exif:
    """Remarks as a telephone writes them, with the place."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 5.0, 46.3), 3: "E", 4: (46.0, 16.0, 25.7)})
    return exif


def png_remarks() -> PngInfo:
    """A text chunk, as many programs write it."""
    found = PngInfo()
    found.add_text("Comment", CANARY.decode())
    return found


TELLING = {
    "a.jpg": saved(drawn(), "JPEG", exif=remarks(), comment=CANARY) + CANARY,
    "a.png": saved(drawn(), "PNG", exif=remarks(), pnginfo=png_remarks()) + CANARY,
    "a.webp": saved(drawn(), "WEBP", exif=remarks(), xmp=CANARY),
}
HOSTILE = {
    "archive.jpg": saved(drawn(), "JPEG") + zipped(),
    "document.png": saved(drawn(), "PNG") + PDF,
    "page.jpg": saved(drawn(), "JPEG", comment=HTML),
    "page-only.png": HTML,
    "half.jpg": saved(drawn((640, 480)), "JPEG")[:900],
    "bomb.png": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2
        + b"\x08\x02\x00\x00\x00\x00\x00\x00\x00" + b"\x00" * 40
    ),
    "flat-bomb.webp": saved(Image.new("1", (16_000, 1_600)).convert("RGB"), "WEBP"),
    "moving.webp": saved(drawn(), "WEBP", save_all=True, append_images=[drawn(mode="L")]),
    "moving.png": saved(drawn(), "PNG", save_all=True, append_images=[drawn().rotate(180)]),
    "renamed.png": saved(drawn(), "JPEG"),
    "script.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "empty.jpg": b"",
    "name\u202egpj.png": saved(drawn(), "PNG")[:20],
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_media(settings: Any, tmp_path: Path) -> Path:
    """Keep what is uploaded away from everybody else's."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def editor(people: People, client: Client) -> Client:
    """An editor of a school, signed in."""
    client.force_login(people.editor)
    return client


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def collection_of(people: People) -> Collection:
    return furnish_desk(people.school).collection


@pytest.mark.parametrize("name", TELLING)
def test_an_upload_keeps_its_pixels_alone(
    name: str, editor: Client, people: People, own_media: Path
) -> None:
    assert CANARY in TELLING[name]
    there = {"title": "x", "files[]": SimpleUploadedFile(name, TELLING[name])}

    said = editor.post("/admin/images/multiple/add/", there, HTTP_X_REQUESTED_WITH="XMLHttpRequest")

    assert said.json()["success"], said.content
    picture = get_image_model().objects.get()
    assert (picture.width, picture.height) == (64, 48)
    assert picture.file_size == picture.file.size
    shown = picture.get_rendition("max-32x32").file.read()
    for data in (picture.file.open().read(), shown):
        assert CANARY not in data
        assert not Image.open(io.BytesIO(data)).getexif()
    assert not carries_more(
        Image.open(picture.file.path).format.lower(), picture.file.open().read()
    )


def test_a_picture_that_waits_for_its_title_was_redrawn_too(
    editor: Client, own_media: Path
) -> None:
    there = {"title": "x" * 300, "files[]": SimpleUploadedFile("a.jpg", TELLING["a.jpg"])}

    editor.post("/admin/images/multiple/add/", there, HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    waiting = UploadedFile.objects.get()
    assert CANARY not in waiting.file.read()
    address = f"/admin/images/multiple/create_from_uploaded_image/{waiting.pk}/"
    prefix = f"uploaded-image-{waiting.pk}"
    editor.post(address, {f"{prefix}-title": "x"}, HTTP_X_REQUESTED_WITH="XMLHttpRequest")

    assert CANARY not in get_image_model().objects.get().file.read()


def test_the_form_of_one_picture_redraws_it(editor: Client, own_media: Path) -> None:
    there = {"title": "x", "file": SimpleUploadedFile("a.webp", TELLING["a.webp"])}

    editor.post("/admin/images/add/", there)

    assert CANARY not in get_image_model().objects.get().file.read()


def test_the_chooser_and_a_replaced_file_are_redrawn(
    editor: Client, people: People, own_media: Path
) -> None:
    form = {"image-chooser-upload-title": "x", "image-chooser-upload-file": SimpleUploadedFile(
        "a.png", TELLING["a.png"])}  # fmt: skip
    editor.post("/admin/images/chooser/create/", form)
    picture = get_image_model().objects.get()

    edited = {"title": "y", "file": SimpleUploadedFile("b.jpg", TELLING["a.jpg"])}
    editor.post(f"/admin/images/{picture.pk}/", edited)

    picture.refresh_from_db()
    assert picture.file.name.endswith("b.jpg")
    assert [path for path in files_below(own_media) if CANARY in path.read_bytes()] == []


def test_a_transparent_picture_stays_transparent(people: People) -> None:
    paper = Image.new("RGBA", (20, 20), (0, 0, 0, 0))

    name = default_storage.save("original_images/a.png", ContentFile(saved(paper, "PNG")))

    assert Image.open(default_storage.path(name)).convert("RGBA").getpixel((3, 3))[3] == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused_with_a_sentence(
    name: str, editor: Client, own_media: Path
) -> None:
    there = {"title": "x", "files[]": SimpleUploadedFile(name, HOSTILE[name] or b" ")}

    said = editor.post("/admin/images/multiple/add/", there, HTTP_X_REQUESTED_WITH="XMLHttpRequest")

    assert said.status_code == 200
    assert said.json()["success"] is False
    assert said.json()["error_message"]
    assert get_image_model().objects.count() == 0
    assert files_below(own_media) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_the_chooser_refuses_the_same_beside_the_field(name: str, editor: Client) -> None:
    there = {"image-chooser-upload-title": "x", "image-chooser-upload-file": SimpleUploadedFile(
        name, HOSTILE[name] or b" ")}  # fmt: skip

    said = editor.post("/admin/images/chooser/create/", there)

    assert said.status_code == 200
    assert get_image_model().objects.count() == 0


def test_the_wall_behind_the_forms_refuses(own_media: Path) -> None:
    with pytest.raises(DisguisedDocument):
        default_storage.save("original_images/a.jpg", ContentFile(HOSTILE["archive.jpg"]))

    assert files_below(own_media) == []


@pytest.mark.parametrize("name", TELLING)
def test_a_picture_under_another_name_is_no_document(
    name: str, editor: Client, own_media: Path
) -> None:
    there = {"title": "x", "file": SimpleUploadedFile("a.txt", TELLING[name])}

    said = editor.post("/admin/documents/add/", there).content.decode()

    assert "تصویر است که نام دیگری دارد" in said
    assert files_below(own_media) == []
    with pytest.raises(PictureUnderAnotherName):
        default_storage.save("documents/a.txt", ContentFile(TELLING[name]))
    assert default_storage.save("documents/a.txt", ContentFile("RIFFLE, نمونه".encode()))


def old_picture(own_media: Path, name: str, data: bytes) -> Any:
    """A picture as the site kept it before: the file as it came, and a rendition made of it."""
    (own_media / "original_images").mkdir(parents=True, exist_ok=True)
    (own_media / "original_images" / name).write_bytes(data)
    picture = get_image_model()(
        title=name, file=f"original_images/{name}", width=64, height=48,
        collection=Collection.get_first_root_node(),
    )  # fmt: skip
    picture.save()
    return picture


def test_what_exists_is_cleaned_by_a_command(
    own_media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = old_picture(own_media, "a.jpg", TELLING["a.jpg"])
    rendition = picture.get_rendition("max-32x32")
    left_over = own_media / "images" / "stray.png"
    left_over.write_bytes(TELLING["a.png"])

    call_command("clean_pictures", "--check")
    assert CANARY in (own_media / "original_images" / "a.jpg").read_bytes()
    call_command("clean_pictures")
    call_command("clean_pictures")

    said = capsys.readouterr().out.splitlines()
    assert [line.split(", ")[1] for line in said] == [
        "3 would be cleaned",
        "3 cleaned",
        "0 cleaned",
    ]
    assert [path for path in files_below(own_media) if CANARY in path.read_bytes()] == []
    picture.refresh_from_db()
    assert picture.file_size == picture.file.size
    assert not picture.renditions.filter(pk=rendition.pk).exists()


def test_what_cannot_be_cleaned_is_named(own_media: Path) -> None:
    old_picture(own_media, "half.jpg", HOSTILE["half.jpg"])

    with pytest.raises(CommandError):
        call_command("clean_pictures")
