"""A roster in: unpacked within bounds, line by line."""

import csv
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice

from courses.imports.oneroster.assembly import assembled
from courses.imports.oneroster.cells import CONTROL, LONGEST_CELL, Row, Tables
from courses.imports.oneroster.refusals import (
    BundleTooLarge,
    FileMissing,
    NoManifest,
    NotBulk,
    RepeatedRow,
    StrangeFileInBundle,
    UnreadableBundle,
    WrongCell,
    WrongHeader,
    WrongRow,
    WrongVersion,
)
from courses.imports.oneroster.roster import (
    Bundle,
)
from courses.imports.oneroster.standard import (
    FILES,
    HEADERS,
    MANIFEST,
    USERS_BEFORE,
    VERSIONS,
)
from courses.kit.tables import rearm

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_TIMES_SMALLER = 200
MOST_FILES = 32
MOST_ROWS = 100_000


def read_bundle(data: bytes) -> Bundle:
    """Return the roster in a zip; raise UnreadableBundle, and nothing else.

    Texts are given as they were sent; to bring them into the form we store
    (`courses.kit.persian.normalise`, `courses.kit.identity.read_mobile`) is for whoever keeps them.
    """
    files = _unpacked(data)
    declared = _declared(files)
    tables: Tables = {}
    for name in HEADERS:
        if declared[name] != (name in files):
            raise FileMissing(place=f"{name}.csv")
        tables[name] = []
        if name in files:
            headers = [HEADERS[name], USERS_BEFORE] if name == "users" else [HEADERS[name]]
            room = MOST_ROWS - sum(map(len, tables.values()))
            tables[name] += islice(_lines(name, files[name], headers), room + 1)
            if len(tables[name]) > room:
                raise BundleTooLarge
    return assembled(tables)


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of the zip by name without `.csv`; those we do not read are left packed."""
    # Every entry has this sign in the directory at the end; counted before the directory is read.
    if len(data) > MOST_BYTES or data.count(b"PK\x01\x02") > MOST_FILES:
        raise BundleTooLarge
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _judge(entries)
            return {
                entry.filename.removesuffix(".csv"): _read_entry(archive, entry)
                for entry in entries
                if entry.filename.removesuffix(".csv") in {"manifest", *HEADERS}
            }
    except UnreadableBundle:
        raise
    except (
        zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError,
        OSError, LookupError, OverflowError,
    ) as error:  # fmt: skip
        raise UnreadableBundle from error


def _judge(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse by what the directory of the zip says, before anything is unpacked."""
    seen: set[str] = set()
    for entry in entries:
        known = entry.filename.removesuffix(".csv") in {"manifest", *FILES}
        if (
            not known
            or not entry.filename.endswith(".csv")
            or entry.filename in seen
            or entry.flag_bits & 0x1
            or stat.S_ISLNK(entry.external_attr >> 16)
            or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        ):
            raise StrangeFileInBundle(place=CONTROL.sub(" ", entry.filename)[:80])
        seen.add(entry.filename)
        if entry.file_size > max(1, entry.compress_size) * MOST_TIMES_SMALLER + 1024 * 1024:
            raise BundleTooLarge
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise BundleTooLarge


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Unpack at most what the directory promised: a directory may lie."""
    with archive.open(entry) as packed:
        content = packed.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise UnreadableBundle
    return content


def _declared(files: dict[str, bytes]) -> dict[str, bool]:
    """Return of each table whether the manifest says it is in the bundle."""
    if "manifest" not in files:
        raise NoManifest
    rows: dict[str, Row] = {}
    for row in _lines("manifest", files["manifest"], [MANIFEST]):
        if row.cells["propertyName"] in rows:
            raise RepeatedRow(place=row.place)
        rows[row.cells["propertyName"]] = row
    for name, values in (("manifest.version", ("1.0",)), ("oneroster.version", VERSIONS)):
        if name not in rows or rows[name].cells["value"] not in values:
            raise WrongVersion(place=rows[name].place if name in rows else "manifest.csv")
    declared = {}
    for name in FILES:
        said = rows.get(f"file.{name}")
        # Other systems leave out the files they have never heard of.
        mode = said.cells["value"] if said else "absent"
        if said and mode == "delta":
            raise NotBulk(place=said.place)
        if said and mode not in {"bulk", "absent"}:
            raise said.wrong("value")
        declared[name] = mode == "bulk"
    return declared


def _lines(file: str, content: bytes, headers: list[tuple[str, ...]]) -> Iterator[Row]:
    """Yield the rows under one of the allowed headers; `metadata.` columns may stand behind it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WrongRow(place=f"{file}.csv:{line}") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    while True:
        # A row is named by the line it begins on, also where a quotation runs over many.
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise WrongRow(place=f"{file}.csv:{line}") from error
        if cells is None:
            break
        if not columns:
            columns = _header(file, cells, headers)
        elif cells:
            place = f"{file}.csv:{line}"
            if len(cells) != len(columns):
                raise WrongRow(place=place)
            for column, cell in zip(columns, cells, strict=True):
                if len(cell) > LONGEST_CELL + 1 or CONTROL.search(cell):
                    raise WrongCell(place=place, column=column)
            texts = dict(zip(columns, map(rearm, cells), strict=True))
            yield Row(file, line, texts)
    if not columns:
        raise WrongHeader(place=f"{file}.csv:1", column=headers[0][0])


def _header(file: str, cells: list[str], headers: list[tuple[str, ...]]) -> list[str]:
    for header in headers:
        more = cells[len(header) :]
        if (
            tuple(cells[: len(header)]) == header
            and all(column.startswith("metadata.") for column in more)
            and len(set(more)) == len(more)
        ):
            return cells
    expected = headers[0]
    missing = next(
        (column for place, column in enumerate(expected) if cells[place : place + 1] != [column]),
        (cells[len(expected) :] or expected)[0][:80],
    )
    raise WrongHeader(place=f"{file}.csv:1", column=missing)
