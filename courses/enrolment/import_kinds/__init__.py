"""What this room takes in from files; found at start-up by `courses.imports`."""

from courses.enrolment.import_kinds.students import StudentImport, Students

__all__ = ["StudentImport", "Students"]
