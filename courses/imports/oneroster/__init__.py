"""OneRoster 1.2 in and out: a school's roster as one zip of CSV files, as pure functions.

Source: 1EdTech, OneRoster CSV Binding 1.2 (final 2022-09-19; 1.2.1 of 2023-08-22). Only whole
rosters (`bulk`) are written and read; a bundle of changes (`delta`) is refused, because what it
means depends on what the reader already has. Hence `status` and `dateLastModified` stay empty, as
the binding demands in bulk mode.

What is ours in it:

- `sourced_id`s are our public UUIDs when we write; whatever the standard allows when we read.
- A text that a spreadsheet would take for a formula (= + - @ at its beginning, also wide ones,
  also behind blanks or apostrophes) is written with one more apostrophe before it, and reading
  takes exactly one away again: a round trip changes nothing. A bare telephone number (+98…) is
  left as it is, since other readers expect E.164 and it computes nothing.
- A cell is one line (the binding forbids carriage returns): control characters are written as
  one blank, and refused when read.
- A table without rows is left out and declared `absent`, as the binding demands; reading also
  bears with a table that has its header only.
- An enrolment's own state has no place in the standard's bulk files, so it travels in the
  extension column `metadata.javar.status`, written only if a state is given.
- Columns and files of the standard that have no place in the classes below are read past.
- `end` is the day after the last, in sessions and enrolments, as in the standard.
"""

from courses.imports.oneroster.reading import (
    read_bundle,
)
from courses.imports.oneroster.refusals import (
    BundleTooLarge,
    DanglingReference,
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
    AcademicSession,
    Bundle,
    ClassGroup,
    Course,
    Enrolment,
    Org,
    Person,
    Post,
)
from courses.imports.oneroster.writing import (
    write_bundle,
)

__all__ = [
    "AcademicSession",
    "Bundle",
    "BundleTooLarge",
    "ClassGroup",
    "Course",
    "DanglingReference",
    "Enrolment",
    "FileMissing",
    "NoManifest",
    "NotBulk",
    "Org",
    "Person",
    "Post",
    "RepeatedRow",
    "StrangeFileInBundle",
    "UnreadableBundle",
    "WrongCell",
    "WrongHeader",
    "WrongRow",
    "WrongVersion",
    "read_bundle",
    "write_bundle",
]
