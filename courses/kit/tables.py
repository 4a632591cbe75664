"""Tables people keep in spreadsheets: reading messy ones, writing harmless ones.

`read_table` takes whatever a school's office calls a list (xlsx, or text with commas, semicolons
or tabs in one of several encodings) and answers with a `Table` of text or an `UnreadableTable`,
never with anything else. A workbook is a zip of XML written by strangers: it is weighed before it
is unpacked, unpacked only up to a limit, and refused where its XML declares entities.

What we write computes nothing: text in a workbook is typed as text, and in a text file whatever a
spreadsheet would take for a formula gets an apostrophe before it, which reading takes away again
(RELIABILITY T38, T39, T45; OWASP ASVS 1.2.10; RFC 4180).
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

import openpyxl
from django.utils.translation import gettext_lazy as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from courses.kit.persian import normalise
from courses.kit.refusal import Refusal

MOST_BYTES = 8 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 20_000
MOST_COLUMNS = 60
# Gaps between rows cost little, but a cell in the last line of a sheet is a trap.
MOST_LINES = 5 * MOST_ROWS
LONGEST_CELL = 2000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"

_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# In UTF-8, and in UTF-16 with a zero after each sign.
_DECLARES = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T|E\x00?N\x00?T\x00?I)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_FORMULA = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_PHONE = re.compile(r"\+[0-9]{1,15}")
_DELIMITERS = ",;\t|"
# What Persian text in Windows-1256 decodes to: Arabic letters, and signs of ASCII.
_PERSIAN = re.compile("[\u0600-\u06ff\u200c\u200d]")


class UnreadableTable(Refusal):
    """The file holds no table we can read. Every refusal of `read_table` is one of these."""

    code = "unreadable_table"
    sentence = _("This file cannot be read as a table. Save it as xlsx or csv and choose it again.")


class EmptyTable(UnreadableTable):
    """No line below the headers."""

    code = "table_empty"
    sentence = _("There is no line below the headers in this file.")


class TooHeavyTable(UnreadableTable):
    """More than `MOST_BYTES`, packed, or `MOST_UNPACKED`."""

    code = "table_too_heavy"
    sentence = _("This file is larger than %(megabytes)s MB. Leave pictures and other sheets out.")


class TooLongTable(UnreadableTable):
    """More than `MOST_ROWS`."""

    code = "table_too_long"
    sentence = _("There are more than %(rows)s lines in this file. Split it into several.")


class TooWideTable(UnreadableTable):
    """More than `MOST_COLUMNS`."""

    code = "table_too_wide"
    sentence = _(
        "There are more than %(columns)s columns in this file. Leave out what is not asked."
    )


class TooLongCell(UnreadableTable):
    """More than `LONGEST_CELL` signs."""

    code = "table_cell_too_long"
    sentence = _("A cell in line %(line)s holds more than %(signs)s signs.")


class OldWorkbook(UnreadableTable):
    """The format of before 2007, or a workbook locked by a password."""

    code = "table_old_or_locked"
    sentence = _("This is an old or a locked Excel file. Save it as xlsx without a password.")


@dataclass(frozen=True)
class Table:
    """Headers, and rows of text with their line in the file (the first line is 1).

    Every row has as many cells as there are headers; rows without any text are left out.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(name: str, data: bytes) -> Table:
    """Read a file by its content; `name` tells only what it claims to be.

    Raises UnreadableTable.
    """
    if len(data) > MOST_BYTES:
        raise TooHeavyTable(megabytes=MOST_BYTES // 1024**2)
    if not data.strip(b"\x00 \t\r\n"):
        raise EmptyTable
    if data.startswith(_OLD_OFFICE):
        raise OldWorkbook
    try:
        if data.startswith(_ZIP):
            return _table(_workbook_lines(data))
        return _table(_text_lines(_decoded(data)))
    except UnreadableTable:
        raise
    except Exception as error:
        # The libraries raise whatever comes up on XML that was not written by a spreadsheet.
        raise UnreadableTable from error


def _table(lines: Iterator[tuple[int, Sequence[str]]]) -> Table:
    """Make a table of numbered lines; the first that is not empty holds the headers."""
    headers: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in lines:
        if number > MOST_LINES:
            raise TooLongTable(rows=MOST_ROWS)
        if not any(cells):
            continue
        if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
            raise TooWideTable(columns=MOST_COLUMNS)
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise TooLongCell(line=number, signs=LONGEST_CELL)
        if not headers:
            named = [normalise(cell) for cell in cells]
            while not named[-1]:
                named.pop()
            headers = tuple(named)
            continue
        if len(rows) >= MOST_ROWS:
            raise TooLongTable(rows=MOST_ROWS)
        padded = (*cells, *[""] * len(headers))[: len(headers)]
        if any(padded):
            rows.append((number, padded))
    if not rows:
        raise EmptyTable
    return Table(headers, tuple(rows))


# --- workbooks -----------------------------------------------------------------------------------
def _workbook_lines(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the lines of the first sheet that is shown and holds something."""
    _weigh(data)
    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            # What a sheet says of its own size may be wrong by accident or on purpose.
            sheet.reset_dimensions()
            lines = enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), start=1)
            filled = ((number, [_said(value) for value in cells]) for number, cells in lines)
            head = list(islice(filled, 50))
            if any(any(cells) for _number, cells in head):
                yield from head
                yield from filled
                return
    finally:
        book.close()


def _weigh(data: bytes) -> None:
    """Refuse a workbook that would unpack into too much, or whose XML declares anything."""
    if data.count(b"PK\x01\x02") > MOST_PARTS:
        raise TooHeavyTable(megabytes=MOST_BYTES // 1024**2)
    left = MOST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" not in names:
            raise UnreadableTable
        for entry in archive.infolist():
            if entry.flag_bits & 0x1:
                raise OldWorkbook
            with archive.open(entry) as packed:
                # The directory may lie about sizes: what counts is what comes out.
                part = packed.read(left + 1)
            left -= len(part)
            if left < 0:
                raise TooHeavyTable(megabytes=MOST_BYTES // 1024**2)
            if entry.filename.endswith((".xml", ".rels")) and _DECLARES.search(part):
                raise UnreadableTable


def _said(value: object) -> str:
    """Return a cell's value as the text a person would have typed."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
        case _:
            return _tidy(str(value))


def _tidy(text: str) -> str:
    """Return text without control characters and blanks around it."""
    return _CONTROL.sub(" ", text).strip()


# --- text ----------------------------------------------------------------------------------------
def _decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 with its mark, or Windows-1256 as a last resort."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\x00" in data:
        raise UnreadableTable
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1256")
    strange = [sign for sign in text if sign > "\x7f"]
    if 2 * sum(map(bool, map(_PERSIAN.match, strange))) < len(strange):
        raise UnreadableTable
    return text


def _text_lines(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the lines of a text; a line within quotes counts on, as an editor would show it."""
    first, _break, rest = text.partition("\n")
    offset = 0
    told = re.fullmatch(r"sep=(.)\r?", first.strip("\ufeff"))
    if told:
        text, offset = rest, 1
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=told[1] if told else _delimiter(text)
    )
    before = 0
    for cells in reader:
        yield offset + before + 1, [_tidy(rearm(_tidy(cell))) for cell in cells]
        before = reader.line_num


def _delimiter(text: str) -> str:
    """Return the delimiter that stands most often in the first lines, outside quotes."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:10]
    bare = re.sub(r'"[^"]*"', "", "\n".join(lines))
    return max(_DELIMITERS, key=bare.count)


# --- writing -------------------------------------------------------------------------------------
def disarm(text: str) -> str:
    """Return the text as a cell no spreadsheet computes; `rearm` gives it back unchanged.

    A bare telephone number (+98…) is left as it is: it computes nothing.
    """
    text = _CONTROL.sub(" ", text)
    return f"'{text}" if _FORMULA.match(text) and not _PHONE.fullmatch(text) else text


def rearm(cell: str) -> str:
    """Return the text of a cell: without the apostrophe `disarm` put before it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a text file that spreadsheets open rightly: UTF-8 with its mark, commas, CRLF."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    for row in (headers, *rows):
        writer.writerow([disarm(str(value)) for value in row])
    return target.getvalue().encode("utf-8-sig")


def write_xlsx(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str,
    right_to_left: bool,
) -> bytes:
    """Return a workbook of one sheet; numbers stay numbers, everything else is typed as text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", _CONTROL.sub(" ", title))[:31] or "1")
    sheet.sheet_view.rightToLeft = right_to_left
    sheet.freeze_panes = "A2"
    for number, header in enumerate(headers, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(header) + 4)

    def cell(value: object, *, bold: bool = False) -> WriteOnlyCell:
        made = WriteOnlyCell(sheet)
        if isinstance(value, int | float) and not isinstance(value, bool):
            made.value = value
        else:
            made.value = _CONTROL.sub(" ", str(value))[:32_000]
            # A text that begins with = would otherwise be a formula.
            made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(header, bold=True) for header in headers])
    for row in rows:
        sheet.append([cell(value) for value in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def table_file(
    form: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str,
    right_to_left: bool,
) -> tuple[bytes, str]:
    """Return a table as a file and its content type; `form` is `xlsx` or `csv`, else KeyError."""
    if form == "csv":
        return write_csv(headers, rows), CSV
    if form == "xlsx":
        return write_xlsx(headers, rows, title=title, right_to_left=right_to_left), XLSX
    raise KeyError(form)
