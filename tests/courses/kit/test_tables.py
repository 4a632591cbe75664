"""Tables: what is understood of a messy file, what is refused, what leaves without harm."""

import io
import os
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from random import Random

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from courses.kit.tables import (
    LONGEST_CELL,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_ROWS,
    EmptyTable,
    OldWorkbook,
    Table,
    TooHeavyTable,
    TooLongCell,
    TooLongTable,
    TooWideTable,
    UnreadableTable,
    disarm,
    read_table,
    rearm,
    table_file,
    write_csv,
    write_xlsx,
)

HEADERS = ("نام", "کد")


def book(*rows: list[object], fill: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    """Return a workbook with these rows on its first sheet."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if fill:
        fill(made)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def rezipped(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook with one of its parts changed."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(kept, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            new.writestr(entry.filename, change(part) if entry.filename == name else part)
    return kept.getvalue()


def test_workbook_cells_are_what_a_person_would_have_typed() -> None:
    data = book(
        [" نام ", "كد", None],
        [],
        ["آیلین", 12345678, 9.5],
        ["سارا", 1234567890.0, True],
        [date(2010, 5, 1), datetime(2010, 5, 1, 8, 30), time(8, 30)],
        [None, None, "زیر هیچ سرستونی نیست"],
    )
    found = read_table("list.xlsx", data)
    assert found.headers == ("نام", "کد")
    assert found.rows == (
        (3, ("آیلین", "12345678")),
        (4, ("سارا", "1234567890")),
        (5, ("2010-05-01", "2010-05-01 08:30")),
    )


def test_first_shown_sheet_with_something_on_it_is_read() -> None:
    def fill(made: openpyxl.Workbook) -> None:
        made.worksheets[0].sheet_state = "hidden"
        made.create_sheet("empty")
        last = made.create_sheet("list")
        last.append(["نام", "کد"])
        last.append(["الف", 1])

    assert read_table("a.xlsx", book(["hidden"], ["x"], fill=fill)).rows == ((2, ("الف", "1")),)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1256"], ids=lambda value: value
)
@pytest.mark.parametrize(
    "delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"]
)
def test_text_is_read_in_its_encoding_with_its_delimiter(encoding: str, delimiter: str) -> None:
    # Windows-1256 has no Persian ya: offices that use it write the Arabic one.
    lines = [delimiter.join(["نام", "كد"]), delimiter.join(["سارا", '"دو\nسطر"']), "", "هما"]
    found = read_table("a.csv", "\r\n".join(lines).encode(encoding))
    assert found.headers == ("نام", "کد")
    assert found.rows == ((2, ("سارا", "دو سطر")), (5, ("هما", "")))


def test_excels_own_word_for_its_delimiter_is_understood() -> None:
    found = read_table("a.csv", b"sep=;\r\na,1;b\r\nx,2;y\r\n")
    assert (found.headers, found.rows) == (("a,1", "b"), ((3, ("x,2", "y")),))


REFUSED: list[tuple[str, bytes, type[UnreadableTable]]] = [
    ("empty.csv", b"", EmptyTable),
    ("blank.csv", b"\r\n \r\n", EmptyTable),
    ("headers.csv", "نام,کد\r\n,\r\n".encode(), EmptyTable),
    ("heavy.csv", b"x" * (MOST_BYTES + 1), TooHeavyTable),
    ("long.csv", b"a\n" + b"b\n" * (MOST_ROWS + 1), TooLongTable),
    ("wide.csv", b",".join([b"a"] * (MOST_COLUMNS + 1)) + b"\nb", TooWideTable),
    ("cell.csv", b"a\n" + b"b" * (LONGEST_CELL + 1), TooLongCell),
    ("old.xls", b"\xd0\xcf\x11\xe0 and so on", OldWorkbook),
    ("nul.csv", b"a,b\n\x00,1", UnreadableTable),
    ("picture.csv", bytes(range(128, 256)) * 9, UnreadableTable),
    ("noise.xlsx", b"PK\x03\x04 noise", UnreadableTable),
    ("docx.xlsx", b"PK\x05\x06" + b"\0" * 18, UnreadableTable),
]


@pytest.mark.parametrize(("name", "data", "refusal"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_cannot_be_read_says_why(
    name: str, data: bytes, refusal: type[UnreadableTable]
) -> None:
    with pytest.raises(refusal) as caught:
        read_table(name, data)
    assert str(caught.value)


SHEET = "xl/worksheets/sheet1.xml"


def test_entities_are_refused_before_they_unfold() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    for declared in (bomb, bomb.decode().encode("utf-16")):
        with pytest.raises(UnreadableTable):
            read_table("a.xlsx", rezipped(book(["a"], ["b"]), SHEET, lambda _part, d=declared: d))  # type: ignore[misc]


def test_zip_that_unpacks_to_too_much_is_refused() -> None:
    kept = io.BytesIO(book(["a"], ["b"]))
    with zipfile.ZipFile(kept, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * (70 * 1024 * 1024))
    with pytest.raises(TooHeavyTable):
        read_table("a.xlsx", kept.getvalue())


def test_cell_at_the_end_of_the_world_is_refused() -> None:
    def far(part: bytes) -> bytes:
        row = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>'
        return part.replace(b"</sheetData>", row + b"</sheetData>")

    with pytest.raises(UnreadableTable):
        read_table("a.xlsx", rezipped(book(["a"], ["b"]), SHEET, far))


def test_size_a_sheet_claims_is_not_believed() -> None:
    def claim(part: bytes) -> bytes:
        return part.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')

    assert read_table("a.xlsx", rezipped(book(["a"], ["b"]), SHEET, claim)).rows == ((2, ("b",)),)


DANGEROUS = ["=1+1", "+1+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", " =1", "'=1", "\t=1", "\r=1"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_leaves_computes_nothing(text: str) -> None:
    found = read_table("a.csv", write_csv(HEADERS, [[text, "x"]]))
    assert disarm(text).startswith("'")
    assert found.rows[0][1][0] == text.replace("\t", " ").replace("\r", " ").strip()
    opened = openpyxl.load_workbook(
        io.BytesIO(write_xlsx(HEADERS, [[text, "x"]], title="t", right_to_left=True))
    )
    sheet = opened.active
    assert sheet is not None
    assert sheet["A2"].data_type in {"s", "inlineStr"}


def test_telephone_numbers_and_plain_words_stay_as_they_are() -> None:
    assert [disarm(text) for text in ("+989140000000", "سارا", "a-b", "12")] == [
        "+989140000000", "سارا", "a-b", "12",
    ]  # fmt: skip


plain = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn")), min_size=1, max_size=30
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(plain, plain), min_size=1, max_size=8))
def test_what_was_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    expected = tuple((number, row) for number, row in enumerate(rows, start=2))
    for form in ("csv", "xlsx"):
        data, _kind = table_file(form, HEADERS, rows, title="لیست", right_to_left=True)
        assert read_table(f"a.{form}", data).rows == expected


@given(st.text())
def test_disarmed_text_is_rearmed(text: str) -> None:
    assert rearm(disarm(text)) == disarm(text).removeprefix("'") or rearm(disarm(text)) == text


def test_another_form_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        table_file("exe", HEADERS, [], title="t", right_to_left=False)


def test_fuzzed_files_are_read_or_refused() -> None:
    luck = Random("tables")
    rows: list[list[object]] = [["نام", "کد"], *([f"نام{n}", n] for n in range(20))]
    whole = [
        book(*rows),
        "\r\n".join(f"{name},{code}" for name, code in rows).encode(),
        "\r\n".join(f"{name};{code}" for name, code in rows).encode("utf-16"),
    ]
    parts = zipfile.ZipFile(io.BytesIO(whole[0])).namelist()

    def hurt(data: bytes) -> bytes:
        found = bytearray(data)
        for _wound in range(luck.choice([1, 2, 9])):
            where = luck.randrange(len(found) or 1)
            piece = luck.choice([b"", b"\x00", b"<", b"&x;", b'"', b"\xff", luck.randbytes(3)])
            found[where : where + luck.choice([0, 1, 40])] = piece
        return bytes(found)

    for _file in range(2000 if os.environ.get("JAVAR_DEEP") == "1" else 300):
        data = luck.choice(whole)
        if data is whole[0] and luck.random() < 0.7:
            # The zip stays whole; the XML in it does not.
            data = rezipped(data, luck.choice(parts), hurt)
        else:
            data = hurt(data)
        try:
            found = read_table("a", data)
        except UnreadableTable:
            continue
        assert isinstance(found, Table)
        assert all(len(cells) == len(found.headers) for _number, cells in found.rows)
