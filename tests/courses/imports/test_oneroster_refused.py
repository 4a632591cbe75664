"""What is no roster is refused by its place."""

import io
import stat
import zipfile
from typing import Any

import pytest

from courses.imports import oneroster
from courses.imports.oneroster import (
    UnreadableBundle,
    read_bundle,
    reading,
)
from tests.courses.imports.rosters import SCHOOL, TABRIZ, WRITTEN, changed, identifier, swap, zipped


def twice(content: bytes) -> bytes:
    return content + content.splitlines(keepends=True)[1]


def with_entry(name: str, **attributes: Any) -> bytes:
    target = io.BytesIO(zipped(WRITTEN))
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo(name)
        for attribute, value in attributes.items():
            setattr(info, attribute, value)
        archive.writestr(info, b"x" * 100)
    return target.getvalue()


def lying(data: bytes, by: int) -> bytes:
    """The directory of the zip promises other sizes than the files have."""
    place = data.index(b"PK\x01\x02") + 24
    size = int.from_bytes(data[place : place + 4], "little")
    return data[:place] + (size + by).to_bytes(4, "little") + data[place + 4 :]


def locked(data: bytes) -> bytes:
    """The directory of the zip says that its first file has a password."""
    place = data.index(b"PK\x01\x02") + 8
    return data[:place] + b"\x01" + data[place + 1 :]


GONE = identifier(99)


REFUSED: dict[str, tuple[bytes, str, str | None]] = {
    # the zip
    "empty": (b"", "unreadable_bundle", None),
    "no zip": (b"sourcedId,status", "unreadable_bundle", None),
    "cut off": (zipped(WRITTEN)[:-30], "unreadable_bundle", None),
    "spoilt": (zipped(WRITTEN).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "unreadable_bundle", None),
    "promising less": (lying(zipped(WRITTEN), -1), "unreadable_bundle", None),
    "promising more": (lying(zipped(WRITTEN), 1), "unreadable_bundle", None),
    "too heavy": (bytes(20 * 1024 * 1024 + 1), "bundle_too_large", None),
    "bomb": (changed(orgs=bytes(60_000_000)), "bundle_too_large", None),
    "10,000 files": (zipped({f"{n}.csv": b"" for n in range(10_000)}), "bundle_too_large", None),
    "a folder": (zipped({f"x/{k}": v for k, v in WRITTEN.items()}), "bundle_strange_file",
                 "x/manifest.csv"),
    "an empty folder": (with_entry("x/"), "bundle_strange_file", "x/"),
    "a climb": (with_entry("../../orgs.csv"), "bundle_strange_file", "../../orgs.csv"),
    "a root": (with_entry("/etc/cron.d/x"), "bundle_strange_file", "/etc/cron.d/x"),
    "a drive": (with_entry("c:\\orgs.csv"), "bundle_strange_file", "c:\\orgs.csv"),
    "a nested zip": (with_entry("more.zip"), "bundle_strange_file", "more.zip"),
    "a strange file": (with_entry("orgs"), "bundle_strange_file", "orgs"),
    "a strange name": (with_entry("a\nb.csv"), "bundle_strange_file", "a b.csv"),
    "a link": (with_entry("results.csv", external_attr=(stat.S_IFLNK | 0o777) << 16),
               "bundle_strange_file", "results.csv"),
    "another packing": (with_entry("results.csv", compress_type=zipfile.ZIP_LZMA),
                        "bundle_strange_file", "results.csv"),
    "a password": (
        locked(zipped(WRITTEN)),
        "bundle_strange_file", "manifest.csv",
    ),
    # the manifest
    "no manifest": (changed(manifest=None), "bundle_no_manifest", None),
    "version 1.1": (changed(manifest=swap("oneroster.version,1.2", "oneroster.version,1.1")),
                    "bundle_wrong_version", "manifest.csv:3"),
    "another manifest": (changed(manifest=swap("version,1.0", "version,2.0")),
                         "bundle_wrong_version", "manifest.csv:2"),
    "no version": (changed(manifest=swap("oneroster.version,1.2\r\n", "")),
                   "bundle_wrong_version", "manifest.csv"),
    "delta": (changed(manifest=swap("file.users,bulk", "file.users,delta")), "bundle_not_bulk",
              "manifest.csv:24"),
    "another mode": (changed(manifest=swap("file.users,bulk", "file.users,yes")),
                     "bundle_wrong_cell", "manifest.csv:24"),
    "manifest twice": (changed(manifest=twice), "bundle_repeated_row", "manifest.csv:27"),
    "manifest empty": (changed(manifest=b""), "bundle_wrong_header", "manifest.csv:1"),
    "file missing": (changed(users=None), "bundle_file_missing", "users.csv"),
    "file not declared": (changed(manifest=swap("file.users,bulk", "file.users,absent")),
                          "bundle_file_missing", "users.csv"),
    # the form
    "no header": (changed(orgs=b""), "bundle_wrong_header", "orgs.csv:1"),
    "wrong order": (changed(orgs=swap("name,type", "type,name")), "bundle_wrong_header",
                    "orgs.csv:1"),
    "wrong case": (changed(orgs=swap("sourcedId", "sourcedid")), "bundle_wrong_header",
                   "orgs.csv:1"),
    "column missing": (changed(orgs=swap(",parentSourcedId", "")), "bundle_wrong_header",
                       "orgs.csv:1"),
    "column too many": (changed(orgs=swap("parentSourcedId", "parentSourcedId,x")),
                        "bundle_wrong_header", "orgs.csv:1"),
    "column twice": (changed(orgs=swap("parentSourcedId", "parentSourcedId,metadata.a,metadata.a")),
                     "bundle_wrong_header", "orgs.csv:1"),
    "cell too many": (changed(orgs=swap("1360,", "1360,,")), "bundle_wrong_row", "orgs.csv:2"),
    "open quotation": (changed(orgs=swap("1360", '"1360')), "bundle_wrong_row", "orgs.csv:2"),
    "10 MB cell": (changed(orgs=swap("1360", "1360" * 2_500_000)), "bundle_too_large", None),
    "300 KB cell": (changed(orgs=swap("1360", "1360" * 75_000)), "bundle_wrong_row",
                    "orgs.csv:2"),
    "long cell": (changed(orgs=swap("1360", "1360" * 600)), "bundle_wrong_cell", "orgs.csv:2"),
    "NUL": (changed(orgs=swap("1360", "13\x0060")), "bundle_wrong_cell", "orgs.csv:2"),
    "line break": (changed(orgs=swap("1360", '"13\r\n60"')), "bundle_wrong_cell", "orgs.csv:2"),
    "no UTF-8": (changed(users=lambda c: c.replace("استاد".encode(), "استاد".encode("cp1256"))),
                 "bundle_wrong_row", "users.csv:3"),
    "UTF-16": (changed(users=lambda c: c.decode().encode("utf-16")), "bundle_wrong_row",
               "users.csv:1"),
    "a million rows": (changed(orgs=lambda c: c + b"a,,,a,a,,\r\n" * 100_001), "bundle_too_large",
                       None),
    # the content
    "org twice": (changed(orgs=twice), "bundle_repeated_row", "orgs.csv:3"),
    "born twice": (changed(demographics=twice), "bundle_repeated_row", "demographics.csv:3"),
    "status in bulk": (changed(orgs=swap(",,,", ",active,,")), "bundle_not_bulk", "orgs.csv:2"),
    "no name": (changed(orgs=swap(SCHOOL.name, " ")), "bundle_wrong_cell", "orgs.csv:2"),
    "no id": (changed(orgs=swap(identifier(1), "")), "bundle_wrong_cell", "orgs.csv:2"),
    "strange id": (changed(orgs=swap(identifier(1), "<b>")), "bundle_wrong_cell", "orgs.csv:2"),
    "strange type": (changed(orgs=swap(",school,", ",castle,")), "bundle_wrong_cell",
                     "orgs.csv:2"),
    "no such day": (changed(demographics=swap("2010-03-01", "2010-02-30")), "bundle_wrong_cell",
                    "demographics.csv:2"),
    "day of another kind": (changed(demographics=swap("2010-03-01", "20100301")),
                            "bundle_wrong_cell", "demographics.csv:2"),
    "strange sex": (changed(demographics=swap("female", "f")), "bundle_wrong_cell",
                    "demographics.csv:2"),
    "no first day": (changed(academicSessions=swap("2026-09-23", "")), "bundle_wrong_cell",
                     "academicSessions.csv:2"),
    "no last day": (changed(academicSessions=swap("2027-06-22", "")), "bundle_wrong_cell",
                    "academicSessions.csv:2"),
    "ends before it begins": (changed(academicSessions=swap("2027-06-22", "2026-06-22")),
                              "bundle_wrong_cell", "academicSessions.csv:2"),
    "no year": (changed(academicSessions=swap(",2027\r", ",۱۴۰۵\r")), "bundle_wrong_cell",
                "academicSessions.csv:2"),
    "strange answer": (changed(users=swap(",true,", ",TRUE,")), "bundle_wrong_cell",
                       "users.csv:2"),
    "strange role type": (changed(roles=swap("secondary", "third")), "bundle_wrong_cell",
                          "roles.csv:4"),
    "no role": (changed(roles=swap(f"{identifier(5)},primary", f"{identifier(6)},primary")),
                "bundle_dangling_reference", "users.csv:2"),
    "school gone": (changed(courses=swap(identifier(1), GONE)), "bundle_dangling_reference",
                    "courses.csv:2"),
    "course gone": (changed(classes=swap(identifier(3), GONE)), "bundle_dangling_reference",
                    "classes.csv:2"),
    "term gone": (changed(classes=swap(identifier(2), f'"{identifier(2)},{GONE}"')),
                  "bundle_dangling_reference", "classes.csv:2"),
    "person gone": (changed(enrollments=swap(identifier(5), GONE)), "bundle_dangling_reference",
                    "enrollments.csv:2"),
    "class gone": (changed(enrollments=swap(identifier(4), GONE)), "bundle_dangling_reference",
                   "enrollments.csv:2"),
    "enrolment's school gone": (changed(enrollments=swap(identifier(1), GONE)),
                                "bundle_dangling_reference", "enrollments.csv:2"),
    "role's person gone": (changed(roles=swap(identifier(5), GONE)), "bundle_dangling_reference",
                           "roles.csv:2"),
    "born nobody": (changed(demographics=swap(identifier(5), GONE)), "bundle_dangling_reference",
                    "demographics.csv:2"),
    "parent gone": (changed(orgs=swap("1360,", f"1360,{GONE}")), "bundle_dangling_reference",
                    "orgs.csv:2"),
    "own parent": (changed(orgs=swap("1360,", f"1360,{identifier(1)}")),
                   "bundle_dangling_reference", "orgs.csv:2"),
    "parents in a circle": (
        changed(orgs=lambda c: c.replace(b"1360,", f"1360,{GONE}".encode())
                + f"{GONE},,,a,school,,{identifier(1)}\r\n".encode()),
        "bundle_dangling_reference", "orgs.csv:2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_is_no_roster_is_refused_by_its_place(case: str) -> None:
    data, code, place = REFUSED[case]
    with pytest.raises(UnreadableBundle) as refusal:
        read_bundle(data)
    assert (refusal.value.code, refusal.value.values.get("place")) == (code, place)
    assert "%(" not in str(refusal.value)
    assert place is None or place in str(refusal.value)


def test_every_refusal_has_a_code_of_its_own_and_is_tried() -> None:
    kinds = [UnreadableBundle, *UnreadableBundle.__subclasses__()]
    assert {kind.code for kind in kinds} == {code for _data, code, _place in REFUSED.values()}
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_files_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_UNPACKED", sum(map(len, WRITTEN.values())))
    assert read_bundle(zipped(WRITTEN)) == TABRIZ
    monkeypatch.setattr(reading, "MOST_UNPACKED", sum(map(len, WRITTEN.values())) - 1)
    with pytest.raises(oneroster.BundleTooLarge):
        read_bundle(zipped(WRITTEN))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any) -> None:
        raise AssertionError("something was unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", never)
    with pytest.raises(oneroster.BundleTooLarge):
        read_bundle(REFUSED["bomb"][0])
