"""Sealing a copy: a stream in pieces, each encrypted and authenticated, in order and to the end.

A sealed file is a header and pieces of 1 MiB under ChaCha20-Poly1305. The header holds a random
salt, from which and from the key file the file's own key is derived; it is authenticated with
every piece. A piece's nonce is its number and whether it is the last, so that nobody can leave
out, repeat, reorder or cut off pieces without the reading failing. The construction is STREAM
(Hoang, Reyhanitabar, Rogaway, Vizár 2015), as the tool `age` uses it.
"""

import base64
import hashlib
import io
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"javar-sealed-1\n"
SALT, MARK, TAG = 32, 8, 16
HEADER = len(MAGIC) + SALT + MARK
PIECE = 1 << 20
KEY_WORD = "javar-backup-key-1:"


class SealRefused(Exception):  # noqa: N818 - said to people, as every refusal
    """The key or the sealed file cannot be used; the sentence says why."""


class Sink(Protocol):
    """What can be written to."""

    def write(self, piece: bytes, /) -> object:
        """Take a piece."""


@dataclass(frozen=True)
class Key:
    """The secret of the copies: 32 bytes, kept in a file of its own away from them."""

    secret: bytes

    @property
    def mark(self) -> bytes:
        """Return what tells one key from another and nothing of the key."""
        return hashlib.sha256(b"javar key mark" + self.secret).digest()[:MARK]

    def cipher(self, header: bytes) -> ChaCha20Poly1305:
        """Return the cipher of one file."""
        derived = HKDF(SHA256(), 32, salt=header[len(MAGIC) :], info=b"javar backup file")
        return ChaCha20Poly1305(derived.derive(self.secret))


def make_key(path: Path) -> Key:
    """Write a new key file that only its owner reads; an existing one is never touched."""
    key = Key(secrets.token_bytes(32))
    line = KEY_WORD + base64.b64encode(key.secret).decode() + "\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SealRefused(f"{path} is already there; a key is never overwritten.") from error
    with os.fdopen(handle, "w") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> Key:
    """Return the key of a file; refuse one that others can read."""
    try:
        mode = path.stat().st_mode
        words = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SealRefused(f"The key file {path} cannot be read.") from error
    if mode & 0o077:
        raise SealRefused(f"Others can read the key file {path}; say: chmod 600 {path}")
    try:
        secret = base64.b64decode(words.removeprefix(KEY_WORD), validate=True)
    except ValueError:
        secret = b""
    if not words.startswith(KEY_WORD) or len(secret) != 32:
        raise SealRefused(f"{path} is no key file of `manage.py backup --make-key`.")
    return Key(secret)


def is_sealed(path: Path) -> bool:
    """Tell whether a file says of itself that it is sealed."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealer:
    """A sink that seals what is written to it; `close` writes the last piece."""

    def __init__(self, out: Sink, key: Key) -> None:
        """Write the header."""
        self.out, self.number, self.waiting = out, 0, bytearray()
        self.header = MAGIC + secrets.token_bytes(SALT) + key.mark
        self.cipher = key.cipher(self.header)
        out.write(self.header)

    def write(self, piece: bytes) -> int:
        """Take bytes; a whole piece goes out once it is known not to be the last."""
        self.waiting += piece
        while len(self.waiting) > PIECE:
            self._seal(bytes(self.waiting[:PIECE]), last=False)
            del self.waiting[:PIECE]
        return len(piece)

    def close(self) -> None:
        """Write what is left as the last piece."""
        self._seal(bytes(self.waiting), last=True)
        self.waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self.out.write(self.cipher.encrypt(_nonce(self.number, last=last), piece, self.header))
        self.number += 1


class Unsealer(io.RawIOBase):
    """A stream of what a sealed file holds; raises SealRefused where it was changed."""

    def __init__(self, file: IO[bytes], key: Key) -> None:
        """Read the header; refuse another key's file."""
        self.file, self.number, self.ready = file, 0, b""
        self.header = file.read(HEADER)
        if len(self.header) < HEADER or not self.header.startswith(MAGIC):
            raise SealRefused("The file is no sealed copy of this version, or was cut off.")
        if self.header[-MARK:] != key.mark:
            raise SealRefused("The copy was sealed with another key than this one.")
        self.cipher = key.cipher(self.header)
        self.ahead = file.read(PIECE + TAG)
        self.over = False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Give at most as many bytes as are asked for; none at the end."""
        if not self.ready and not self.over:
            self.ready = self._next()
        size = min(len(buffer), len(self.ready))
        buffer[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        return size

    def _next(self) -> bytes:
        piece, self.ahead = self.ahead, self.file.read(PIECE + TAG)
        self.over = not self.ahead
        try:
            opened = self.cipher.decrypt(_nonce(self.number, last=self.over), piece, self.header)
        except InvalidTag as error:
            raise SealRefused(
                f"The copy was changed or cut off (piece {self.number + 1}); use another one."
            ) from error
        self.number += 1
        return opened
