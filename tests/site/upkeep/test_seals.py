"""Sealed streams: what comes out is what went in, to the last byte, or nothing is believed."""

import io
from pathlib import Path

import pytest

from javar.upkeep.backups.seals import (
    HEADER,
    PIECE,
    TAG,
    Key,
    Sealer,
    SealRefused,
    Unsealer,
    make_key,
    read_key,
)

KEY = Key(bytes(range(32)))


def sealed(content: bytes, key: Key = KEY) -> bytes:
    """Seal bytes, written in two halves."""
    out = io.BytesIO()
    sealer = Sealer(out, key)
    sealer.write(content[: len(content) // 2])
    sealer.write(content[len(content) // 2 :])
    sealer.close()
    return out.getvalue()


def opened(content: bytes, key: Key = KEY) -> bytes:
    """Open sealed bytes."""
    return io.BufferedReader(Unsealer(io.BytesIO(content), key)).read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_sealed_bytes_come_back(size: int) -> None:
    content = bytes(size % 251 for size in range(size))

    assert opened(sealed(content)) == content


def test_sealing_twice_gives_two_files() -> None:
    assert sealed(b"same") != sealed(b"same")


@pytest.mark.parametrize("bit", [1, 128])
def test_sealed_file_with_any_byte_changed_is_refused(bit: int) -> None:
    whole = sealed(b"thirty-two pupils and their marks")

    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= bit
        with pytest.raises(SealRefused):
            opened(bytes(changed))


def test_sealed_file_cut_anywhere_is_refused() -> None:
    whole = sealed(b"thirty-two pupils and their marks")

    for size in range(len(whole)):
        with pytest.raises(SealRefused):
            opened(whole[:size])


def test_sealed_pieces_left_out_swapped_or_repeated_are_refused() -> None:
    whole = sealed(b"a" * PIECE + b"b" * PIECE + b"c" * 5)
    head, step = whole[:HEADER], PIECE + TAG
    first, second, last = (whole[HEADER + n * step : HEADER + (n + 1) * step] for n in range(3))

    for pieces in (
        [first, second], [first, last], [second, first, last], [first, second, second, last],
        [first, second, last, last], [last],
    ):  # fmt: skip
        with pytest.raises(SealRefused):
            opened(head + b"".join(pieces))


def test_sealed_file_of_another_key_says_so() -> None:
    with pytest.raises(SealRefused, match="another key"):
        opened(sealed(b"x"), Key(bytes(32)))


def test_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"

    key = make_key(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path) == key
    with pytest.raises(SealRefused, match="never overwritten"):
        make_key(path)
    assert read_key(path) == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_key_file_that_others_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    make_key(path)
    path.chmod(mode)

    with pytest.raises(SealRefused, match="chmod 600"):
        read_key(path)


@pytest.mark.parametrize("words", ["", "javar-backup-key-1:AAAA", "javar-backup-key-1:ی", "x" * 40])
def test_file_that_is_no_key_is_refused(tmp_path: Path, words: str) -> None:
    path = tmp_path / "key"
    path.write_text(words)
    path.chmod(0o600)

    with pytest.raises(SealRefused, match="no key file"):
        read_key(path)
