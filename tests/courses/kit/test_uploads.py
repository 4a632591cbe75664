"""Files people hand in: the good ones come out clean, are kept in private and given back."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import models
from PIL import Image, PngImagePlugin

from courses.kit.uploads import (
    CleanDocument,
    as_attachment,
    private_storage,
    read_document,
)
from courses.kit.uploads.pictures import read_measures
from tests.courses.kit.files import (
    HTML,
    JPEG,
    LOSSLESS_WEBP,
    PDF,
    PNG,
    WEBP,
    drawn,
    object_stream,
    paged,
    saved,
    stream,
    zipped,
)


def opened(document: CleanDocument) -> Image.Image:
    return Image.open(io.BytesIO(document.data))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jpg", JPEG),
        ("a.JPEG", JPEG),
        ("کفش‌ها ۱۴۰۵.jpg", JPEG),
        ("a.png", PNG),
        ("a.webp", WEBP),
        ("a.webp", LOSSLESS_WEBP),
        ("a.webp", saved(drawn(mode="RGBA"), "WEBP", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00")),
        ("a.jpg", saved(drawn(mode="CMYK"), "JPEG")),
        ("a.jpg", saved(drawn(mode="L"), "JPEG", progressive=True)),
        ("a.png", saved(drawn(mode="1"), "PNG")),
        ("a.png", saved(drawn(mode="P"), "PNG")),
        ("a.png", saved(drawn(mode="LA"), "PNG")),
    ],
)
def test_a_picture_comes_back_as_jpeg(name: str, data: bytes) -> None:
    document = read_document(name, data)
    assert (document.content_type, document.extension) == ("image/jpeg", "jpg")
    assert (document.width, document.height) == (64, 48)
    assert document.sha256 == hashlib.sha256(document.data).hexdigest()
    assert (opened(document).format, opened(document).size) == ("JPEG", (64, 48))
    assert read_document(name, data) == document


def test_a_pdf_comes_back_byte_for_byte() -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    assert read_document("a.pdf", PDF) == CleanDocument(PDF, "application/pdf", "pdf", digest)


@pytest.mark.parametrize(
    "data",
    [
        paged(b"/OpenAction [3 0 R /XYZ null null 0]"),
        paged(b"/Title (Javanan Javar)"),
        paged(b"", object_stream(b"<< /Type /Font /BaseFont /Vazirmatn >>")),
        paged(b"", stream(b"%!font", b"/Filter [/ASCII85Decode /FlateDecode]")),
        paged(b"", stream(b"\xff\xd8\xff\xe0 /JS /AA \xff", b"/Filter /DCTDecode", packed=False)),
        paged(version=b"2.0", end=b"\r\n\x00"),
    ],
    ids=["page one", "title", "object stream", "ascii", "chance", "version"],
)
def test_a_pdf_that_only_shows_pages_is_taken(data: bytes) -> None:
    assert read_document("a.pdf", data).data == data


def test_what_a_photo_says_about_its_place_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[2] = (38.0, 4.0, 48.0)
    remarks = PngImagePlugin.PngInfo()
    remarks.add_itxt("XML:com.adobe.xmp", "SECRET-XMP")
    remarks.add_text("Comment", "SECRET-TEXT")
    sources = {
        "a.jpg": saved(drawn(), "JPEG", exif=exif, icc_profile=b"SECRET-ICC", comment=b"SECRET-C"),
        "a.webp": saved(drawn(), "WEBP", exif=exif, icc_profile=b"SECRET-ICC", xmp=b"SECRET-XMP"),
        "a.png": saved(drawn(), "PNG", exif=exif, icc_profile=b"SECRET-ICC", pnginfo=remarks),
    }
    for name, data in sources.items():
        clean = read_document(name, data).data
        picture = Image.open(io.BytesIO(clean))
        assert b"SECRET" not in clean
        assert b"Exif" not in clean
        assert dict(picture.getexif()) == {}
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("name", "data"), [("a.jpg", JPEG), ("a.png", PNG), ("a.webp", WEBP)], ids=["j", "p", "w"]
)
def test_what_stands_behind_a_picture_is_gone(name: str, data: bytes) -> None:
    clean = read_document(name, data + zipped(payload=HTML) + HTML)
    assert clean == read_document(name, data)
    assert b"script" not in clean.data
    assert clean.data.endswith(b"\xff\xd9")


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_photo_stands_upright(turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    document = read_document("a.jpg", saved(drawn(), "JPEG", exif=exif, quality=95))
    # Where the blue corner is after the turn (Exif 2.32, tag 274).
    column, row = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1),
                   5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[turn]  # fmt: skip
    width, height = (48, 64) if turn > 4 else (64, 48)
    assert (document.width, document.height) == (width, height)
    for x in (0, 1):
        for y in (0, 1):
            place = (width // 4 + x * width // 2, height // 4 + y * height // 2)
            pixel = opened(document).getpixel(place)
            assert isinstance(pixel, tuple)
            assert (pixel[2] > pixel[0]) == ((x, y) == (column, row))


def test_unreadable_remarks_do_not_spoil_a_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Any) -> None:
        raise ValueError

    monkeypatch.setattr(Image.Image, "getexif", fails)
    assert read_document("a.jpg", JPEG).width == 64


@pytest.mark.parametrize(
    ("size", "expected"), [((3000, 1500), (2400, 1200)), ((100, 5000), (48, 2400))]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_is_made_smaller(
    kind: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    ending = {"JPEG": "jpg"}.get(kind, kind.lower())
    document = read_document(f"a.{ending}", saved(Image.new("RGB", size, "red"), kind))
    assert (document.width, document.height) == expected


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    palette = clear.convert("P")
    for data in (
        saved(clear, "PNG"),
        saved(palette, "PNG", transparency=palette.getpixel((0, 0))),
        saved(Image.new("RGB", (20, 20), (9, 9, 9)), "PNG", transparency=(9, 9, 9)),
    ):
        pixel = opened(read_document("a.png", data)).getpixel((10, 10))
        assert isinstance(pixel, tuple)
        assert min(pixel) > 250


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    grey = Image.new("I;16", (20, 20), 128 * 256)
    pixel = opened(read_document("a.png", saved(grey, "PNG"))).getpixel((10, 10))
    assert isinstance(pixel, int | float)
    assert abs(pixel - 128) <= 1


def test_a_photo_with_a_second_picture_in_it_is_its_first() -> None:
    second = Image.new("RGB", (64, 48), "green")
    both = saved(drawn(), "MPO", save_all=True, append_images=[second])
    assert read_document("a.jpg", both).width == 64


@pytest.mark.parametrize(
    ("kind", "data", "measures"),
    [
        ("png", PNG, (64, 48)),
        ("jpeg", JPEG, (64, 48)),
        ("jpeg", b"\xff\xd8\xff\xff" + JPEG[3:], (64, 48)),
        ("jpeg", b"\xff\xd8\xff\x01\xff\xd0" + JPEG[2:], (64, 48)),
        ("jpeg", b"\xff\xd8\xff\xd9" + bytes(20), (0, 0)),
        ("jpeg", b"\xff\xd8\xff", (0, 0)),
        ("webp", WEBP, (64, 48)),
        ("webp", LOSSLESS_WEBP, (64, 48)),
        ("webp", saved(drawn(mode="RGBA"), "WEBP", icc_profile=b"x"), (64, 48)),
        ("webp", b"RIFF\x00\x00\x00\x00WEBPXXXX" + bytes(20), None),
        ("png", JPEG, None),
        ("jpeg", PNG, None),
        ("webp", PNG, None),
    ],
)
def test_measures_are_read_from_the_header(
    kind: str, data: bytes, measures: tuple[int, int] | None
) -> None:
    assert read_measures(kind, data) == measures


def test_private_files_have_random_names_and_no_address(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path / "private"
    storage = private_storage()
    names = {storage.save("papers/photo.jpg", ContentFile(b"x")) for _ in range(5)}
    assert len(names) == 5
    for name in names:
        assert name.startswith("papers/")
        assert "photo" not in name
        path = tmp_path / "private" / name
        assert path.read_bytes() == b"x"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        with pytest.raises(ValueError, match="not accessible via a URL"):
            storage.url(name)


def test_private_files_stay_in_their_folder(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path / "private"
    for name in ("../x", "/etc/x", "a/../../x"):
        with pytest.raises(Exception, match=r"(?i)path"):
            private_storage().save(name, ContentFile(b"x"))
    assert not (tmp_path / "x").exists()


def test_a_migration_bakes_no_path() -> None:
    field = models.FileField(storage=private_storage)
    assert field.deconstruct()[3]["storage"] is private_storage


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ("a.pdf", 'attachment; filename="a.pdf"'),
        ('a"b.pdf', 'attachment; filename="a\\"b.pdf"'),
        ("a\r\nSet-Cookie: x=1.pdf", 'attachment; filename="aSet-Cookie: x=1.pdf"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("c:\\x\\y.jpg", 'attachment; filename="y.jpg"'),
        ("photo\u202egpj.exe", 'attachment; filename="photogpj.exe"'),
        ("کفش.pdf", "attachment; filename*=utf-8''%DA%A9%D9%81%D8%B4.pdf"),
        ("...", 'attachment; filename="document"'),
        ("", 'attachment; filename="document"'),
    ],
)
def test_a_document_is_given_back_as_a_download(filename: str, disposition: str) -> None:
    response = as_attachment(b"x", "application/pdf", filename)
    assert response.content == b"x"
    assert dict(response.headers) == {
        "Content-Type": "application/pdf",
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
