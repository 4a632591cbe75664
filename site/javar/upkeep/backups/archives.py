"""A copy as one file: a tar of the database, the files and a manifest, closed by its own hash.

The manifest is the last member: every part with its size and SHA-256. After the tar's end stands
one more block with the SHA-256 of everything before it, so that not one byte can change unseen;
ordinary `tar` passes over it. A sealed copy is the same stream inside `seals`.

Reading trusts nothing: members are plain files under the few names a copy has, each once, and
the bytes are written by us, never by `tarfile`.
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from javar.upkeep.backups.seals import Key, Sealer, SealRefused, Sink, Unsealer, is_sealed

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
SETTINGS = "env"
FOLDERS = ("media", "private")
BLOCK = 512
READ = 1 << 20
MOST_MANIFEST = 1 << 28
_NAME = re.compile(r"(?:media|private)(?:/[^/\x00]+)+", re.DOTALL)


class CopyRefused(Exception):  # noqa: N818 - said to people, as every refusal
    """The copy cannot be made or used; the sentence says why, and what to do."""


@dataclass(frozen=True)
class Part:
    """One member of a copy."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a copy holds and where it comes from.

    `migrations` are “app.name”; `counts` the rows of each table; `missing` the files that rows of
    the copy name and that were not there any more when the files were read; `entry` the highest
    line of the audit trail; `code_key` tells one NATIONAL_CODE_KEY from another; `journal` is the
    first moment of the journal that was kept when the copy was made.
    """

    made_at: str
    engine: str
    engine_version: str
    versions: dict[str, str]
    migrations: list[str]
    counts: dict[str, int]
    missing: list[str]
    entry: int
    code_key: str
    journal: str
    parts: list[Part] = field(default_factory=list)
    format: int = FORMAT

    @classmethod
    def read(cls, content: bytes) -> "Manifest":
        """Return the manifest of its JSON; refuse what is none."""
        try:
            found = json.loads(content)
            parts = [Part(**part) for part in found.pop("parts")]
            manifest = cls(**found, parts=parts)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CopyRefused("The copy's manifest cannot be read; use another copy.") from error
        if manifest.format != FORMAT or manifest.engine not in DATABASES:
            raise CopyRefused("The copy was made by a newer Javar; restore with that one.")
        return manifest

    def written(self) -> bytes:
        """Return the manifest as JSON."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"

    @property
    def database(self) -> str:
        """Return the name of the database's part."""
        return DATABASES[self.engine]

    @property
    def size(self) -> int:
        """Return the bytes of all parts."""
        return sum(part.size for part in self.parts)


def trailer(digest: str) -> bytes:
    """Return the block that closes a copy."""
    return f"javar-copy-{FORMAT} sha256 {digest}\n".encode().ljust(BLOCK, b"\0")


class _Counted:
    """A sink that counts and hashes what passes."""

    def __init__(self, out: Sink) -> None:
        self.out, self.place, self.hash = out, 0, hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.out.write(piece)
        self.hash.update(piece)
        self.place += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self.place


class Writer:
    """Puts parts into a copy one after the other; `close` writes manifest and trailer."""

    def __init__(self, out: IO[bytes], key: Key | None) -> None:
        """Begin; with a key the copy is sealed."""
        self.seal = Sealer(out, key) if key else None
        self.sink = _Counted(self.seal or out)
        self.tar = tarfile.open(  # noqa: SIM115 - closed by `close`
            fileobj=self.sink,  # type: ignore[call-overload]
            mode="w", format=tarfile.PAX_FORMAT,
        )  # fmt: skip
        self.parts: list[Part] = []

    def add(self, name: str, path: Path) -> Part:
        """Put a file in under a name; raises FileNotFoundError where it is gone."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            reading = _Read(file, size)
            self.tar.addfile(_member(name, size), reading)
        part = Part(name, size, reading.hash.hexdigest())
        self.parts.append(part)
        return part

    def close(self, manifest: Manifest) -> None:
        """Write the manifest, the end of the tar and the trailer."""
        content = manifest.written()
        self.tar.addfile(_member(MANIFEST, len(content)), io.BytesIO(content))
        self.tar.close()
        self.sink.write(trailer(self.sink.hash.hexdigest()))
        if self.seal:
            self.seal.close()


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


class _Read:
    """A file on its way in: hashed, and exactly as long as it was at the beginning."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.file, self.left, self.hash = file, size, hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self.file.read(min(size, self.left))
        if not piece and self.left:
            raise CopyRefused(f"{self.file.name} became shorter while it was read; try again.")
        self.left -= len(piece)
        self.hash.update(piece)
        return piece


class _Checked(io.RawIOBase):
    """The stream of a copy without its trailer, which `finish` compares with what passed."""

    def __init__(self, source: Any) -> None:
        self.source, self.hash = source, hashlib.sha256()
        self.ahead = _read_full(source, BLOCK)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = self.ahead + _read_full(self.source, max(size, 0))
        passed, self.ahead = found[:-BLOCK], found[-BLOCK:]
        self.hash.update(passed)
        return passed

    def finish(self) -> None:
        """Read to the end; refuse a copy that is not what was written."""
        while self.read(READ):
            pass
        if self.ahead != trailer(self.hash.hexdigest()):
            raise CopyRefused("The copy was changed or cut off; use another one.")


def _read_full(source: Any, size: int) -> bytes:
    """Read so many bytes, fewer at the end only."""
    found = bytearray()
    while len(found) < size:
        piece = source.read(min(READ, size - len(found)))
        if not piece:
            break
        found += piece
    return bytes(found)


@contextmanager
def _opened(path: Path, key: Key | None) -> Iterator[Any]:
    """Open a copy, sealed or not, as the stream of its tar."""
    try:
        sealed = is_sealed(path)
    except OSError as error:
        raise CopyRefused(f"{path} cannot be read: {error.strerror}.") from error
    if sealed and key is None:
        raise CopyRefused("The copy is sealed; name its key with --key or JAVAR_BACKUP_KEY_FILE.")
    with path.open("rb") as file:
        try:
            yield Unsealer(file, key) if sealed and key else file
        except SealRefused as refusal:
            raise CopyRefused(str(refusal)) from refusal


def read(path: Path, key: Key | None, keep: Callable[[str], Path | None]) -> Manifest:
    """Read a whole copy, checking every byte; return its manifest.

    `keep` says where a part is written, None: nowhere. Until this returns, what was written is
    not to be trusted. Raises CopyRefused.
    """
    with _opened(path, key) as source:
        checked = _Checked(source)
        try:
            parts, content = _members(checked, keep)
        except (tarfile.TarError, EOFError, UnicodeError, ValueError) as error:
            raise CopyRefused("The copy was changed or cut off; use another one.") from error
        checked.finish()
    if content is None:
        raise CopyRefused("The copy has no manifest at its end; it is not whole.")
    manifest = Manifest.read(content)
    if manifest.parts != parts or manifest.database not in {part.name for part in parts}:
        raise CopyRefused("The copy does not hold what its manifest lists; use another one.")
    return manifest


def _members(
    checked: _Checked, keep: Callable[[str], Path | None]
) -> tuple[list[Part], bytes | None]:
    """Go through the members; return the parts and the manifest's bytes."""
    parts: list[Part] = []
    seen: set[str] = set()
    with tarfile.open(fileobj=checked, mode="r|") as tar:
        for member in tar:
            _must_be_ours(member, seen)
            file = tar.extractfile(member)
            if file is None:
                raise CopyRefused(f"“{member.name}” in the copy cannot be read.")
            if member.name == MANIFEST:
                if member.size > MOST_MANIFEST:
                    raise CopyRefused("The copy's manifest is too large.")
                content = file.read()
                if tar.next() is not None:
                    raise CopyRefused("Something stands behind the manifest of the copy.")
                return parts, content
            parts.append(_take(member, file, keep(member.name)))
    return parts, None


def _must_be_ours(member: tarfile.TarInfo, seen: set[str]) -> None:
    """Refuse what no copy holds: links, devices, ways out of the folder, a name twice."""
    name = member.name
    known = name in {*DATABASES.values(), MANIFEST, SETTINGS}
    inside = _NAME.fullmatch(name) and not {".", ".."} & set(name.split("/"))
    if member.type != tarfile.REGTYPE or member.sparse or not (known or inside) or name in seen:
        raise CopyRefused(f"The copy holds “{name}”, which no copy of ours does; nothing was done.")
    seen.add(name)


def _take(member: tarfile.TarInfo, file: IO[bytes], to: Path | None) -> Part:
    """Hash a member's bytes, and write them where they are wanted."""
    found, size = hashlib.sha256(), 0
    out = None
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        out = os.fdopen(os.open(to, flags, 0o600), "wb")
    try:
        while piece := file.read(READ):
            found.update(piece)
            size += len(piece)
            if out:
                out.write(piece)
        if out:
            out.flush()
            os.fsync(out.fileno())
    finally:
        if out:
            out.close()
    return Part(member.name, size, found.hexdigest())
