"""Intakes with their pools of seats, enrolments, reviews and documents.

An `Intake` (نوبت پذیرش) is one school's dated offering of one frozen programme version. Its seats
lie in one or more `SeatPool`s: open ones and ones reserved for a named group, tried in their
published order. `Requirement`s are dated rows that say who may apply.

An `Enrolment` (ثبت‌نام) joins a student to an intake; it is also the application. There is one
live row per student and intake; joining again after leaving is a new row.
"""

from courses.enrolment.models.documents import Document, DocumentLook, RequiredDocument
from courses.enrolment.models.enrolments import Enrolment, Tally
from courses.enrolment.models.intakes import (
    Group,
    GroupProof,
    Intake,
    Requirement,
    SeatChange,
    SeatPool,
)
from courses.enrolment.models.reviews import Criterion, Score

__all__ = [
    "Criterion",
    "Document",
    "DocumentLook",
    "Enrolment",
    "Group",
    "GroupProof",
    "Intake",
    "RequiredDocument",
    "Requirement",
    "Score",
    "SeatChange",
    "SeatPool",
    "Tally",
]
