"""Accounts that a line of a file may mean, and what is asked about it: for the tests of both."""

from datetime import date

from courses.imports import actions
from courses.imports.models import Batch, Row
from courses.people.actions import Facts, register_person
from courses.people.models import User
from tests.cast import NOW
from tests.courses.enrolment.spreadsheets import (
    HEADERS,
)

NUMBER = "09141111111"

BORN = date(2010, 5, 1)

GUARDIAN = (*HEADERS, "نام ولی", "نسبت", "همراه ولی")


def account(
    username: str = "zqother", *, name: tuple[str, str] = ("نام1", "نمونه"), code: str = "",
    proven: bool = False, born: date = BORN, mobile: str | None = "+989141111111",
) -> User:  # fmt: skip
    """Make an account as somebody makes their own: with a mobile, typed or proven."""
    user = register_person(
        username=username, first_name=name[0], last_name=name[1], by=None,
        facts=Facts(born, "girl", code), mobile=mobile, at=NOW,
    )  # fmt: skip
    if proven:
        user.mobile_proven_at = NOW
        user.save()
    return user


def row_of(batch: Batch, number: int = 2) -> Row:
    return batch.rows.get(number=number)


def keys(row: Row) -> list[str]:
    return [one["key"] for one in row.question["answers"]]


def answered(batch: Batch, key: str, by: User, *, number: int = 2, instead_of: str = "") -> Row:
    return actions.answer_row(
        row_of(batch, number), key, instead_of=instead_of, by=by, at=NOW
    )  # fmt: skip
