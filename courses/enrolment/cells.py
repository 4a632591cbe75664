"""Cells of a school's spreadsheet: the ways people write a sex, a relation, a grade, a code."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import DigitsField
from courses.kit.persian import listed, search_form
from courses.people.models import Relation, Sex


class WordField(forms.Field):
    """One of a few words, in any of the ways people write them; cleaned to our own code."""

    def __init__(self, words: Mapping[str, str], **kwargs: Any) -> None:
        """Take what people write and what it means."""
        super().__init__(**kwargs)
        self.words = {search_form(word): code for word, code in words.items()}
        usual: dict[str, str] = {}
        for word, code in words.items():
            usual.setdefault(code, word)
        self.usual = list(usual.values())

    def to_python(self, value: Any) -> str:
        """Return the code, or nothing where nothing is written."""
        word = search_form(str(value or ""))
        if not str(value or "").strip():
            return ""
        if word not in self.words:
            raise ValidationError(
                _("This word is not known here. Write one of these: %(words)s."),
                code="invalid", params={"words": lazy(listed, str)(self.usual)},
            )  # fmt: skip
        return self.words[word]


class GradeField(DigitsField):
    """A school grade as a number or a word, e.g. 10, «دهم», «پایهٔ دهم»."""

    GRADES = ("هفتم", "هشتم", "نهم", "دهم", "یازدهم", "دوازدهم")

    def to_python(self, value: Any) -> int | None:
        """Return the grade."""
        word = search_form(str(value or "")).removeprefix("پایه").strip()
        if word in self.GRADES:
            return self.GRADES.index(word) + 7
        return super().to_python(word)


class ReferenceField(forms.Field):
    """The code this site gave somebody (a UUID)."""

    def to_python(self, value: Any) -> uuid.UUID | None:
        """Return the code; what another system calls somebody is no fault, only unknown."""
        try:
            return uuid.UUID(str(value)) if value else None
        except ValueError:
            return None


SEXES = {
    "دختر": Sex.GIRL, "زن": Sex.GIRL, "مونث": Sex.GIRL, "خانم": Sex.GIRL, "girl": Sex.GIRL,
    "female": Sex.GIRL, "f": Sex.GIRL, "پسر": Sex.BOY, "مرد": Sex.BOY, "مذکر": Sex.BOY,
    "آقا": Sex.BOY, "boy": Sex.BOY, "male": Sex.BOY, "m": Sex.BOY,
}  # fmt: skip
RELATIONS = {
    "پدر": Relation.FATHER, "father": Relation.FATHER, "مادر": Relation.MOTHER,
    "mother": Relation.MOTHER, "پدربزرگ": Relation.GRANDFATHER, "جد پدری": Relation.GRANDFATHER,
    "پدربزرگ پدری": Relation.GRANDFATHER, "grandfather": Relation.GRANDFATHER,
    "قیم": Relation.APPOINTED, "سرپرست": Relation.APPOINTED, "قیم قانونی": Relation.APPOINTED,
    "guardian": Relation.APPOINTED, "appointed": Relation.APPOINTED,
}  # fmt: skip
