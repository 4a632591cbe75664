"""Who of a file's lines is registered already."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q

from courses.enrolment.import_kinds.refusals import OtherBirthDate, SomebodyElses, WhoIsIt
from courses.enrolment.models import Intake
from courses.imports.kinds import (
    Draft,
    Fault,
    fault,
)
from courses.kit.identity import hide_national_code
from courses.organisations.models import Role
from courses.people.models import User


class People:
    """Who of a portion's lines is registered already."""

    def __init__(self) -> None:
        self.by_code: dict[str, User] = {}
        self.by_mobile: dict[str, User] = {}
        self.by_reference: dict[uuid.UUID, User] = {}

    @classmethod
    def of(cls, drafts: Sequence[Draft], intake: Intake) -> "People":
        """Look everybody up, in three queries. A reference counts within the own school only."""
        found = cls()
        everybody = User.objects.select_related("record")
        codes = [_hidden(d.values["national_code"]) for d in drafts if d.values["national_code"]]
        for user in everybody.filter(record__national_code_hash__in=codes):
            found.by_code[user.record.national_code_hash or ""] = user
        mobiles = [d.values["mobile"] for d in drafts if d.values["mobile"]]
        for user in everybody.filter(mobile__in=mobiles):
            found.by_mobile[user.mobile or ""] = user
        references = [d.values["reference"] for d in drafts if d.values["reference"]]
        own = everybody.filter(
            Q(memberships__organisation=intake.school_id, memberships__role=Role.STUDENT,
              memberships__ended_on__isnull=True)
            | Q(enrolments__intake__school=intake.school_id),
            public_id__in=references,
        )  # fmt: skip
        for user in own.distinct():
            found.by_reference[user.public_id] = user
        return found

    def everybody(self) -> list[User]:
        """Return whoever was found."""
        return [*self.by_code.values(), *self.by_mobile.values(), *self.by_reference.values()]

    def recognise(self, values: Mapping[str, Any]) -> tuple[User | None, list[Fault]]:
        """Return who a line is, or nobody; and what does not fit together.

        A mobile alone is not enough: the birth date must be the registered one.
        """
        code, mobile, reference = values["national_code"], values["mobile"], values["reference"]
        by_code = self.by_code.get(_hidden(code)) if code else None
        by_mobile = self.by_mobile.get(mobile) if mobile else None
        by_reference = self.by_reference.get(reference) if reference else None
        student = by_code or by_reference
        if by_code and by_reference and by_code != by_reference:
            return None, [fault("reference", SomebodyElses())]
        if student is None and by_mobile is not None:
            if not self._is_same(by_mobile, values):
                return None, [fault("mobile", SomebodyElses(), mobile)]
            student = by_mobile
        elif student is not None and by_mobile is not None and by_mobile != student:
            return None, [fault("mobile", SomebodyElses(), mobile)]
        if student is None and not code and not mobile:
            return None, [fault("national_code", WhoIsIt())]
        born = getattr(getattr(student, "record", None), "birth_date", None)
        if student is not None and born != values["birth_date"] and values["birth_date"]:
            return None, [fault("birth_date", OtherBirthDate())]
        return student, []

    @staticmethod
    def _is_same(user: User, values: Mapping[str, Any]) -> bool:
        record = getattr(user, "record", None)
        if record is None or record.birth_date != values["birth_date"]:
            return False
        code = values["national_code"]
        return not code or record.national_code_hash in {None, _hidden(code)}


def _hidden(code: str) -> str:
    return hide_national_code(code, key=settings.NATIONAL_CODE_KEY)
