"""Hostile files: whole ones of every kind, then as many bent ones as are asked for."""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.courses.kit.files import HTML, JPEG, PDF, PNG, WEBP, drawn, paged, saved, zipped

# Written into every file, where it has room for remarks: it may be found nowhere afterwards.
CANARY = b"ZQ-PLACE-38.0962N"
CSV = "نام,نام خانوادگی,کد ملی,تاریخ تولد,جنسیت\nآیلین,نمونه,0012345679,1389/02/11,دختر\n".encode()
_NAMES = [
    "a.jpg", "a.png", "a.webp", "a.pdf", "a.csv", "a.xlsx", "a.docx", "a.zip", "a.txt", "a.svg",
    "a.html", "a.php", "a.jpg.php", "a.php.jpg", "a", ".htaccess", "..", "../../a.jpg", "a\x00.jpg",
    "a\u202egpj.exe", "CON", "a" * 300 + ".png", "نمونه.JPG", "a.JPG ", "a;b.csv", "%2e%2e%2f.png",
]  # fmt: skip


def _sheet(cells: str, *, head: str = "", **parts: bytes) -> bytes:
    """A workbook made by hand, as no spreadsheet would write it."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/package/2006"
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{kinds}/content-types"><Default Extension="xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        )
        found.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{kinds}/relationships"><Relationship Id="r1" '
            f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        found.writestr(
            "xl/workbook.xml",
            f'{head}<workbook xmlns="{space}" xmlns:r="{links}"><sheets>'
            '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        found.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{kinds}/relationships"><Relationship Id="r1" '
            f'Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        found.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>',
        )
        for name, data in parts.items():
            found.writestr(name, data)
    return book.getvalue()


def _bomb_png(width: int, height: int) -> bytes:
    """A picture of few bytes that says it is vast, with true checksums."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\x00" * min((width // 8 + 2) * height, 4_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _exif() -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = CANARY.decode()
    return found


def whole() -> list[tuple[str, bytes]]:
    """Return (name, content) of the files that were made by hand, each with one idea."""
    billion = "<!DOCTYPE a [" + "".join(
        f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"x" * 9}">' for n in range(9)
    ) + "]>"  # fmt: skip
    return [
        ("a.jpg", saved(drawn(), "JPEG", exif=_exif(), comment=CANARY) + CANARY),
        ("a.png", saved(drawn(), "PNG", exif=_exif()) + CANARY),
        ("a.webp", saved(drawn(), "WEBP", exif=_exif(), xmp=CANARY)),
        ("a.jpg", JPEG + zipped(a=HTML)),
        ("a.png", PNG + PDF),
        ("a.jpg", HTML),
        ("a.pdf", HTML + PDF),
        ("a.gif", b"GIF89a=1;/*" + HTML),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>"),
        ("a.png", _bomb_png(60_000, 60_000)),
        ("a.png", _bomb_png(25_000, 999)),
        ("a.png", _bomb_png(0, 0)),
        ("a.png", _bomb_png(1, 2**31 - 1)),
        ("a.pdf", paged(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>")),
        ("a.pdf", paged(b"/Names << /EmbeddedFiles 9 0 R >>")),
        ("a.pdf", PDF + zipped(a=HTML)),
        ("a.csv", b"\x00" * 1000),
        ("a.csv", b"\xff\xfe" + b"a,b\n" * 50),
        ("a.csv", CSV * 900),
        ("a.csv", ("=HYPERLINK(1)," * 70).encode()),
        ("a.csv", b'"' + b"a" * 100_000),
        ("a.csv", b"," * 200_000),
        ("a.csv", gzip.compress(b"a" * 9_000_000)),
        ("a.xlsx", _sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
        ("a.xlsx", _sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>=1</t></is></c></row>' * 50)),
        ("a.xlsx", _sheet("", head=billion)),
        ("a.xlsx", _sheet("", head="<!DOCTYPE a SYSTEM 'file:///etc/passwd'>")),
        (
            "a.xlsx",
            _sheet('<row r="1"><c r="A1"><v>1e999</v></c><c r="A1" t="d"><v>0000</v></c></row>'),
        ),
        ("a.xlsx", _sheet("", **{"../../evil": b"x", "xl/vbaProject.bin": b"x" * 9})),
        ("a.xlsx", zipped(a=b"\x00" * 30_000_000)),
        ("a.docx", zipped(a=HTML)),
        ("a.xlsx", PDF),
        ("a.zip", zipped(**{f"f{n}": b"" for n in range(900)})),
        ("a.txt", HTML),
        ("empty.jpg", b""),
    ]


def bent(count: int, *, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many files made of whole ones: cut, flipped, doubled, under other names."""
    luck = random.Random(seed)
    stock = [
        *whole(),
        ("a.jpg", JPEG),
        ("a.png", PNG),
        ("a.webp", WEBP),
        ("a.pdf", PDF),
        ("a.csv", CSV),
    ]
    for _file in range(count):
        name, data = luck.choice(stock)
        raw = bytearray(data[:400_000])
        for _bend in range(luck.randint(0, 6)):
            if not raw:
                break
            place = luck.randrange(len(raw))
            how = luck.randrange(4)
            if how == 0:
                raw[place] = luck.randrange(256)
            elif how == 1:
                del raw[place : place + luck.randint(1, 64)]
            elif how == 2:
                raw[place:place] = luck.randbytes(luck.randint(1, 64))
            else:
                raw[place : place + 4] = luck.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"]
                )
        yield (luck.choice(_NAMES) if luck.random() < 0.4 else name), bytes(raw)
