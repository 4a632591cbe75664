"""A copy as a file: read whole and believed whole, or refused with a sentence."""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from javar.upkeep.backups import archives
from javar.upkeep.backups.archives import CopyRefused, Manifest, Part, Writer, trailer
from javar.upkeep.backups.seals import Key

KEY = Key(bytes(range(32)))
DEEP = os.environ.get("JAVAR_DEEP") == "1"
CONTENT = {
    "database.sqlite3": b"rows" * 300,
    "media/images/ن.webp": b"p",
    "private/documents/1": b"",
}


def manifest(parts: list[Part]) -> Manifest:
    """Return a manifest of parts."""
    return Manifest(
        made_at="2026-11-23T10:00:00+00:00", engine="sqlite", engine_version="3", versions={},
        migrations=["people.0001_initial"], counts={"people_user": 1}, missing=[], entry=1,
        code_key="k", journal="", parts=parts,
    )  # fmt: skip


@pytest.fixture(params=[None, KEY], ids=["plain", "sealed"])
def key(request: pytest.FixtureRequest) -> Key | None:
    """No key, and a key."""
    return request.param


@pytest.fixture
def copy(tmp_path: Path, key: Key | None) -> Path:
    """A small copy of three parts."""
    path = tmp_path / "copy"
    with path.open("wb") as out:
        writer = Writer(out, key)
        for name, content in CONTENT.items():
            (tmp_path / "part").write_bytes(content)
            writer.add(name, tmp_path / "part")
        writer.close(manifest(writer.parts))
    return path


def nowhere(name: str) -> None:
    """Write no part anywhere."""


def test_copy_comes_back_whole(copy: Path, key: Key | None, tmp_path: Path) -> None:
    found = archives.read(copy, key, lambda name: tmp_path / "out" / name)

    there = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert there == CONTENT
    assert found == manifest(
        [Part(name, len(c), hashlib.sha256(c).hexdigest()) for name, c in CONTENT.items()]
    )


def test_plain_copy_is_an_ordinary_tar(copy: Path, key: Key | None) -> None:
    if key is not None:
        assert not tarfile.is_tarfile(copy)
        return
    with tarfile.open(copy) as tar:
        assert tar.getnames() == [*CONTENT, "manifest.json"]


def test_copy_with_any_byte_changed_is_refused(copy: Path, key: Key | None) -> None:
    whole = copy.read_bytes()
    luck = Random("bytes")
    places = range(len(whole)) if DEEP else sorted(luck.sample(range(len(whole)), 150))

    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << luck.randrange(8)
        copy.write_bytes(changed)
        with pytest.raises(CopyRefused):
            archives.read(copy, key, nowhere)


def test_copy_cut_anywhere_or_made_longer_is_refused(copy: Path, key: Key | None) -> None:
    whole = copy.read_bytes()
    sizes = range(len(whole)) if DEEP else [0, 1, 511, *range(512, len(whole), 256), len(whole) - 1]

    for content in [*(whole[:size] for size in sizes), whole + b"\0", whole + whole]:
        copy.write_bytes(content)
        with pytest.raises(CopyRefused):
            archives.read(copy, key, nowhere)


def test_sealed_copy_without_its_key_says_what_is_missing(copy: Path, key: Key | None) -> None:
    if key is None:
        assert archives.read(copy, KEY, nowhere).engine == "sqlite"
        return
    with pytest.raises(CopyRefused, match="name its key"):
        archives.read(copy, None, nowhere)
    with pytest.raises(CopyRefused, match="another key"):
        archives.read(copy, Key(bytes(32)), nowhere)


def hostile(path: Path, *members: tarfile.TarInfo) -> Path:
    """Write a copy whose hashes are all right and that holds members of somebody's own."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        database = tarfile.TarInfo("database.sqlite3")
        tar.addfile(database)
        parts = [Part("database.sqlite3", 0, hashlib.sha256().hexdigest())]
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
            digest = hashlib.sha256(b"x" * member.size).hexdigest()
            parts.append(Part(member.name, member.size, digest))
        content = manifest(parts).written()
        last = tarfile.TarInfo("manifest.json")
        last.size = len(content)
        tar.addfile(last, io.BytesIO(content))
    path.write_bytes(out.getvalue() + trailer(hashlib.sha256(out.getvalue()).hexdigest()))
    return path


def plain(name: str) -> tarfile.TarInfo:
    """Return a file of one byte."""
    member = tarfile.TarInfo(name)
    member.size = 1
    return member


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """Return a link."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


@pytest.mark.parametrize(
    "member",
    [
        plain("../evil"), plain("/etc/evil"), plain("media/../../evil"), plain("media/./x"),
        plain("media"), plain("media//x"), plain("evil"), plain("database.sqlite3"),
        plain("private/.."), link("media/x", "/etc/passwd"), link("media/x", "../../evil"),
        link("media/x", "database.sqlite3", tarfile.LNKTYPE), link("media/x", "", tarfile.CHRTYPE),
        link("media/x", "", tarfile.FIFOTYPE), link("media/x", "", tarfile.DIRTYPE),
        link("media/x", "", tarfile.GNUTYPE_SPARSE),
    ],
    ids=lambda member: f"{member.name} {member.type!r}",
)  # fmt: skip
def test_member_that_is_no_plain_file_of_ours_is_refused(
    tmp_path: Path, member: tarfile.TarInfo
) -> None:
    copy = hostile(tmp_path / "copy", member)

    with pytest.raises(CopyRefused):
        archives.read(copy, None, lambda name: tmp_path / "out" / name)

    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        "copy", "database.sqlite3",
    }  # fmt: skip


def test_hostile_copy_of_the_test_above_is_fine_without_its_member(tmp_path: Path) -> None:
    found = archives.read(hostile(tmp_path / "copy", plain("media/x")), None, nowhere)

    assert [part.name for part in found.parts] == ["database.sqlite3", "media/x"]


Change = Callable[[Manifest], Manifest]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b'{"parts": 3}', b'{"parts": [], "format": 1}', b"\xff"],
)
def test_manifest_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(CopyRefused):
        Manifest.read(content)


def test_manifest_of_a_newer_format_is_refused() -> None:
    content = manifest([]).written().replace(b'"format": 1', b'"format": 2')

    with pytest.raises(CopyRefused, match="newer Javar"):
        Manifest.read(content)
